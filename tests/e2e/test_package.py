"""The wheel works by itself, outside the checkout; and importing the library imports next to nothing."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import venv
from pathlib import Path

import orjson
import pytest

from agentworlds.registry import CONTENT

ROOT = Path(__file__).parents[2]
LATE = ("apsw", "mimesis", "click", "rich", "jinja2", "msgspec", "orjson", "prompt_toolkit", "torch", "mcp", "fastapi")


def run(*words: str | Path, folder: Path) -> str:
    """A program's output, run away from this checkout and its settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AGENTWORLDS"))}
    done = subprocess.run(list(map(str, words)), cwd=folder, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel in it, and this one's packages, without their editable installs, behind it."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT, folder=folder)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", symlinks=True)
    (packages,) = (folder / "env" / "lib").glob("*/site-packages")
    (packages / "others.pth").write_text("\n".join(site.getsitepackages()))
    pip = (sys.executable, "-m", "pip", "--python", folder / "env" / "bin" / "python", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", "--ignore-installed", wheel, folder=folder)
    return folder


def test_the_installed_command_works_outside_the_checkout(installed: Path) -> None:
    command, python = (installed / "env" / "bin" / name for name in ("agentworlds", "python"))
    where = run(python, "-c", "import agentworlds; print(agentworlds.__file__)", folder=installed).strip()
    assert Path(where).is_relative_to(installed / "env")
    listed = orjson.loads(run(command, "list", "--json", folder=installed))
    assert [one["id"] for one in listed] == CONTENT.ids("domains")
    played = run(command, "run", "--agent", "reference", "--episodes", "3", "--out", "out", "--json", folder=installed)
    assert orjson.loads(played)["success"] == 1.0
    run(command, "report", "out", folder=installed)
    assert (installed / "out" / "report.html").read_text().startswith("<!doctype html>")
    run(command, "new", "clinic", folder=installed)
    assert run(command, "check", "clinic.py", folder=installed) == "1 script checked, no problem found\n"


def test_the_wheel_holds_the_package_and_no_tests(installed: Path) -> None:
    (packages,) = (installed / "env" / "lib").glob("*/site-packages")
    assert {path.name for path in packages.glob("*") if path.is_dir() and path.suffix != ".dist-info"} == {
        "agentworlds"
    }
    assert (packages / "agentworlds" / "py.typed").is_file()
    (info,) = packages.glob("agentworlds-*.dist-info")
    assert (info / "licenses" / "LICENSE").is_file()


@pytest.mark.parametrize(
    ("statement", "late"),
    [("import agentworlds", LATE), ("import agentworlds.cli.main", ("apsw", "mimesis", "rich", "jinja2", "torch"))],
)
def test_importing_is_cheap(statement: str, late: tuple[str, ...], tmp_path: Path) -> None:
    loaded = run(sys.executable, "-c", f"import sys; {statement}; print(*sys.modules)", folder=tmp_path).split()
    assert [name for name in late if name in loaded] == []


def test_knowing_which_worlds_there_are_imports_none_of_them(tmp_path: Path) -> None:
    script = (
        "import sys; from agentworlds.registry import CONTENT; print(*CONTENT.ids('domains'), file=sys.stderr);"
        "print(*(name for name in sys.modules if name.startswith('agentworlds')))"
    )
    loaded = run(sys.executable, "-c", script, folder=tmp_path).split()
    assert loaded == ["agentworlds", "agentworlds.errors", "agentworlds.registry"]
