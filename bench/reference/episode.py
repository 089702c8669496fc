"""One live episode of the reference system: its database copy, its server process and what they cost."""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import ClassVar

STARTUP_LIMIT = 60.0
STOP_LIMIT = 5.0
SCENARIO = "shop_bench"


class Way(Enum):
    """How the server process is started."""

    LAUNCHER = "launcher"
    """The package's own launcher: a Python that rewrites the script and starts another through a shell."""
    DIRECT = "direct"
    """The script alone, with the MCP mount already in it: the least that this architecture can do."""


@dataclass(frozen=True)
class Sources:
    """The files that all episodes share."""

    initial_db: Path
    app_script: Path
    envs_file: Path
    folder: Path


@dataclass(frozen=True)
class Memory:
    """Resident memory of an episode's processes, in MiB."""

    pss: float
    uss: float


class Episode:
    """A server process on its own copy of the initial database."""

    _live: ClassVar[set[Episode]] = set()

    def __init__(self, process: subprocess.Popen[bytes], port: int, db: Path, log: Path) -> None:
        """Take charge of a process that was just spawned; use `Episode.start`."""
        self.process, self.port, self.db, self.log = process, port, db, log
        self._live.add(self)

    @classmethod
    def start(cls, sources: Sources, way: Way) -> Episode:
        """Copy the database and spawn the server; return without waiting until it answers."""
        port = free_port()
        db = sources.folder / f"episode_{port}.db"
        log = sources.folder / f"server_{port}.log"
        shutil.copyfile(sources.initial_db, db)
        environment = os.environ | {
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "DATABASE_PATH": f"sqlite:///{db}",
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                _command(sources, way, port, db),
                env=environment,
                start_new_session=True,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return cls(process, port, db, log)

    @property
    def url(self) -> str:
        """The base address of the server."""
        return f"http://127.0.0.1:{self.port}"

    async def listening(self) -> None:
        """Wait until the port accepts connections.

        Raises:
            RuntimeError: The server ended before that; its log is quoted.
            TimeoutError: It did not listen within `STARTUP_LIMIT` seconds.
        """
        async with asyncio.timeout(STARTUP_LIMIT):
            while True:
                if self.process.poll() is not None:
                    raise RuntimeError(f"server ended with {self.process.returncode}:\n{self.log.read_text()[-2000:]}")
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except ConnectionRefusedError:
                    await asyncio.sleep(0.005)
                else:
                    writer.close()
                    return

    def stop(self) -> None:
        """End every process of the episode; safe to call twice."""
        if self in self._live:
            self._live.remove(self)
            _signal_group(self.process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_LIMIT)
            _signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @classmethod
    def stop_all(cls) -> None:
        """Stop whatever is still live."""
        for episode in list(cls._live):
            episode.stop()

    def processes(self) -> list[int]:
        """Return the ids of the episode's processes, launcher and shell included."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _session_of(entry) == self.process.pid:
                found.append(int(entry.name))
        return found

    def cpu_ms(self) -> float:
        """Return the CPU time that the episode's processes have used so far."""
        tasks = [task for pid in self.processes() for task in Path(f"/proc/{pid}/task").iterdir()]
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6

    def memory(self) -> Memory:
        """Return the memory of all the episode's processes together."""
        totals = {"Pss": 0, "Private_Clean": 0, "Private_Dirty": 0}
        for pid in self.processes():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                key, _, rest = line.partition(":")
                if key in totals:
                    totals[key] += int(rest.split()[0])
        return Memory(totals["Pss"] / 1024, (totals["Private_Clean"] + totals["Private_Dirty"]) / 1024)


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _command(sources: Sources, way: Way, port: int, db: Path) -> list[str]:
    if way is Way.DIRECT:
        return [sys.executable, str(sources.app_script)]
    return [
        sys.executable,
        "-m",
        "awm.core.server",
        "--port",
        str(port),
        "--scenario",
        SCENARIO,
        "--db_path",
        str(db),
        "--temp_server_path",
        str(sources.folder / f"server_{port}.py"),
        "--envs_load_path",
        str(sources.envs_file),
    ]


def _session_of(process: Path) -> int | None:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[3])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)


atexit.register(Episode.stop_all)
