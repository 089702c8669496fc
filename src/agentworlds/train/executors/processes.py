"""A process of this machine for each worker.

They are spawned: connections to SQLite and the threads of torch do not survive a fork. Each gets one thread for its
arithmetic, ends when its parent does, even by a kill, and leaves ctrl-C to the parent.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from agentworlds.train.executors.executor import MAKING, Executor, Kept, WorkerDied

PATIENCE = 5
"""Seconds that an idle worker has to end in, before it is killed."""


class Processes(Executor):
    """Workers in processes of their own, each at the other end of a pipe.

    A script that makes one must do so under ``if __name__ == "__main__":``, since spawned processes import it.
    """

    def _start(self) -> None:
        self._busy = False
        self._workers: list[tuple[SpawnProcess, Connection]] = []
        spawn = get_context("spawn")
        with one_thread():
            for number in range(self.workers):
                ours, theirs = spawn.Pipe()
                process = spawn.Process(target=serve, args=(theirs,), name=f"worker-{number}", daemon=True)
                with theirs:  # closed on this side, so that the end of the process is the end of the pipe
                    process.start()
                self._workers.append((process, ours))

    def _exchange(self, doing: str, messages: Sequence[bytes]) -> list[bytes]:
        replies = []
        self._busy = True
        number = 0
        try:
            for number, message in enumerate(messages):
                self._workers[number][1].send_bytes(message)
            for number in range(self.workers):
                replies.append(self._workers[number][1].recv_bytes())
        except (EOFError, OSError):
            raise WorkerDied(number, self.workers, doing, self._how(number, doing)) from None
        self._busy = False
        return replies

    def _how(self, number: int, doing: str) -> str:
        process, _ = self._workers[number]
        process.join(PATIENCE)
        code = process.exitcode
        if code is None:
            return "it closed its pipe"
        if code < 0:
            lack = " (perhaps for lack of memory)" if -code == signal.SIGKILL else ""
            return f"killed by {signal.Signals(-code).name}{lack}"
        where = " What it said is on standard error."
        guard = ' Is the script\'s own work under `if __name__ == "__main__":`?' if doing == MAKING else ""
        return f"exited with code {code}.{where}{guard}"

    def _end(self) -> None:
        for process, connection in self._workers:
            connection.close()
            if self._busy:
                process.kill()
        for process, _ in self._workers:
            process.join(PATIENCE)
            process.kill()
            process.join()
            process.close()
        self._workers.clear()


@contextmanager
def one_thread() -> Iterator[None]:
    """Processes started meanwhile calculate on one thread: it is read once, when numpy or torch is imported."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before


def serve(connection: Connection) -> None:
    """What a worker's process does: answer messages until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_the_parent, daemon=True).start()
    kept = Kept()
    while True:
        try:
            connection.send_bytes(kept.answer(connection.recv_bytes()))
        except (EOFError, OSError):  # the executor is closed
            return


def end_with_the_parent() -> None:
    """Wait until the parent has ended, however it did, then end at once, in the middle of whatever goes on."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
