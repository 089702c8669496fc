"""A template: one seeded database image that all instances of a world share and none can change.

The image lies in a file named after its hash. Every connection opens that file, memory-mapped and without locks,
begins a transaction that is never committed, and keeps its changes in its own page cache; ROLLBACK is the reset.
Three things keep the file as it is: pages never spill, a commit hook turns any COMMIT into a rollback,
and the hash is checked when a process first opens it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import apsw
import apsw.ext

from agentworlds.compile.program import Program
from agentworlds.data.draw import Draw, Rejected
from agentworlds.errors import MISTAKES, Fault, Problem, Refused, ScriptError, in_words, place_of, short
from agentworlds.observe.prose import Prose
from agentworlds.runtime.rules import broken_rule
from agentworlds.runtime.store import Store
from agentworlds.spec.rows import rows, using

PAGE_SIZE = 512
FIRST = 32
"""Connections of a template that keep `MANY` prepared statements; those after them keep `FEW`."""
MANY, FEW = 256, 16
"""Preparing a statement takes longer than running it, and keeping it costs three to six kilobytes of private memory: a
training run has some dozens of connections, which are used again and again, a server may have thousands."""
TRIES = 30
"""How often the data of a seed are drawn until no data function rejects them."""


def cache_folder() -> Path:
    """Where templates lie: ``$AGENTWORLDS_CACHE``, or a folder under the user's cache."""
    given = os.environ.get("AGENTWORLDS_CACHE")
    base = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "agentworlds"
    return base


@dataclass
class Template:
    """A world's program with the rows of one seed."""

    program: Program
    seed: int
    scale: int
    image: bytes = field(repr=False)
    next_ids: tuple[int, ...]

    def __post_init__(self) -> None:
        self.digest = hashlib.sha256(self.image).hexdigest()
        self.prose = Prose(self.program.views, self.program.world.currency)
        self._path: Path | None = None
        self._opened = 0
        self.shared: dict[Any, Any] = {}

    def store(self) -> Store:
        """The rows, on a connection of their own."""
        return Store(self.connect(), self.program, self.next_ids, self.shared)

    @property
    def row_counts(self) -> dict[str, int]:
        """How many rows each table was seeded with."""
        return {table.name: self.next_ids[table.index] - 1 for table in self.program.tables}

    @cached_property
    def rows(self) -> list[dict[int, tuple[Any, ...]]]:
        """Every seeded row, by table and id."""
        db = self.connect()
        return [{row[0]: row for row in db.execute(f'SELECT * FROM "{table.name}"')} for table in self.program.tables]

    @property
    def path(self) -> Path:
        """The image's file, written atomically when first asked for."""
        if self._path is None:
            folder = cache_folder() / "templates"
            path = folder / f"{self.digest}.sqlite"
            if not (path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == self.digest):
                folder.mkdir(parents=True, exist_ok=True)
                handle, name = tempfile.mkstemp(dir=folder, suffix=".tmp")
                with os.fdopen(handle, "wb") as file:
                    file.write(self.image)
                Path(name).replace(path)
            self._path = path
        return self._path

    def connect(self) -> apsw.Connection:
        """A connection in its never-ending transaction."""
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI | apsw.SQLITE_OPEN_NOMUTEX
        if self._path is not None and not self._path.exists():
            self._path = None  # somebody cleared the cache
        uri = f"file:{self.path.as_posix().replace('?', '%3f').replace('#', '%23')}?nolock=1"
        self._opened += 1
        db = apsw.Connection(uri, flags=flags, statementcachesize=MANY if self._opened <= FIRST else FEW)
        for pragma in ("mmap_size = 1073741824", "journal_mode = MEMORY", "foreign_keys = ON", "cache_spill = OFF",
                       "temp_store = MEMORY", "trusted_schema = OFF"):  # fmt: skip
            db.execute(f"PRAGMA {pragma}").fetchall()
        db.set_commit_hook(lambda: True)
        db.execute("BEGIN")
        return db


def make_template(program: Program, seed: int = 0, scale: int = 1) -> Template:
    """Seed a world's database.

    Raises:
        ScriptError: when the data do not fit the tables or break a rule, or a data function fails or rejects all draws.
    """
    reasons = []
    for attempt in range(TRIES):
        try:
            return _draw_template(program, seed, scale, attempt)
        except Rejected as reason:
            reasons.append(str(reason))
            place = place_of(reason, program.files)
    assert place is not None, "only a data function rejects"
    message = f"no data of {TRIES} draws were accepted {_here(program, seed)}: {', '.join(sorted(set(reasons)))}"
    raise ScriptError([Problem(short(place[0]), place[1], message)])


def _draw_template(program: Program, seed: int, scale: int, attempt: int) -> Template:
    """The template with the data of one attempt. Raises Rejected when a data function does not accept them."""
    world = program.world
    db = apsw.Connection(":memory:")
    for pragma in (f"page_size = {PAGE_SIZE}", "foreign_keys = ON"):
        db.execute(f"PRAGMA {pragma}").fetchall()
    for statement in program.ddl:
        db.execute(statement)
    db.execute("BEGIN")
    store = Store(db, program, [1] * len(program.tables))
    store.writable, store.limited = True, False
    again = (attempt,) if attempt else ()
    with using(store):
        for hosted, seeder in sorted(world.seeders, key=lambda pair: pair[0]):
            store.writes = 0
            home = seeder.__module__ if hosted else f"agentworlds.scripts.{world.id}"
            draw = Draw(world, seed, "data", home, seeder.__name__, *again, scale=scale)
            try:
                seeder(draw)
                store.flush()
            except Refused as refused:
                message = f"the data function was refused {_here(program, seed)}: {refused}"
                raise _problem_in(seeder, message, refused) from None
            except (Fault, *MISTAKES) as error:
                message = f"the data function failed {_here(program, seed)}: {in_words(error)}"
                raise _problem_in(seeder, message, error) from error
            store.known.clear()
        store.writable = False
        _check_rules(program, seed)
    db.execute("COMMIT")
    db.execute("VACUUM")
    db.execute("ANALYZE")
    return Template(program, seed, scale, bytes(db.serialize("main")), tuple(store.next_ids))


def _here(program: Program, seed: int) -> str:
    return f"in {program.world.id} at seed {seed}"


def _check_rules(program: Program, seed: int) -> None:
    for rule in program.world.rules:
        for row in rows(rule.cls):
            try:
                broken = broken_rule(rule, row)
            except MISTAKES as error:
                message = f"rule {rule.name} failed for {row!r} {_here(program, seed)}: {in_words(error)}"
                raise _problem_in(rule.holds, message, error) from error
            if broken is not None:
                message = f"rule {rule.name} does not hold for {row!r} {_here(program, seed)}: {broken.message}"
                raise ScriptError([Problem(short(rule.file), rule.line, message)])


def _problem_in(function: Callable[..., object], message: str, error: BaseException) -> ScriptError:
    """A problem at the innermost line of the function's own script that an exception passed through."""
    code = function.__code__
    file, line = place_of(error, {code.co_filename}) or (code.co_filename, code.co_firstlineno)
    return ScriptError([Problem(short(file), line, message)])
