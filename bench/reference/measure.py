"""Benchmark the reference system's way: one FastAPI + SQLAlchemy server over MCP per episode.

    python bench/reference/measure.py

Makes its own venv from requirements.txt on first use, then measures; writes results.json and outputs.json.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
REQUIREMENTS = HERE / "requirements.txt"
INSTALLED = VENV / "installed-requirements.txt"
MINOR_VERSIONS = (12, 13)


def suitable_python() -> str:
    """Return an interpreter that the reference package accepts (3.12 or 3.13).

    Raises:
        SystemExit: None was found.
    """
    if sys.version_info[:2] in {(3, minor) for minor in MINOR_VERSIONS}:
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for minor in MINOR_VERSIONS:
        candidates = [
            shutil.which(f"python3.{minor}"),
            *sorted(map(str, pyenv.glob(f"versions/3.{minor}.*/bin/python"))),
        ]
        for candidate in filter(None, candidates):
            if works(candidate, minor):
                return candidate
    raise SystemExit("The reference package needs Python 3.12 or 3.13; start this script with one of them.")


def works(python: str, minor: int) -> bool:
    """Tell whether this interpreter runs and is 3.`minor`; a version manager's shim may be neither."""
    probe = subprocess.run(
        [python, "-c", "import sys; print(sys.version_info[1])"],
        capture_output=True,
        text=True,
        check=False,
    )
    return probe.returncode == 0 and probe.stdout.strip() == str(minor)


def make_venv() -> Path:
    """Make the venv unless it already holds these requirements; return its interpreter."""
    python = VENV / "bin" / "python"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not (INSTALLED.exists() and INSTALLED.read_text(encoding="utf-8") == wanted):
        print("installing the reference package (once)", flush=True)
        subprocess.run([suitable_python(), "-m", "venv", "--clear", VENV], check=True)
        install: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            "-qq",
            "--disable-pip-version-check",
            "-r",
            REQUIREMENTS,
        ]
        subprocess.run(install, check=True)
        INSTALLED.write_text(wanted, encoding="utf-8")
    return python


if __name__ == "__main__":
    interpreter = make_venv()
    os.execv(interpreter, [str(interpreter), str(HERE / "run.py")])
