"""Snapshots: an instance's state as what it changed, and bringing an instance to one."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import apsw
import msgspec

from agentworlds.runtime.store import Store
from agentworlds.runtime.template import Template
from agentworlds.spec.rows import Row


class Saved(msgspec.Struct, array_like=True, frozen=True):
    """A snapshot's content: the digest of the template it belongs to, time, counters and changed rows."""

    digest: str
    seconds: int
    next_ids: dict[int, int]
    rows: list[tuple[int, int, list[Any] | None]]


class Parked(NamedTuple):
    """What is kept of an instance that has given its connection back."""

    saved: Saved
    role: str | None
    actor_key: tuple[type[Row], int] | None


class Difference(NamedTuple):
    """A row that is not as in the template: its table's index, its id, and its stored values before and after."""

    table: int
    id: int
    before: Sequence[Any] | None
    after: Sequence[Any] | None


ENCODER = msgspec.msgpack.Encoder()
DECODER = msgspec.msgpack.Decoder(Saved)


def differences(store: Store) -> list[Difference]:
    """Every row that differs from the template, in the order of the first changes."""
    different = []
    for (index, id), before in store.first.items():
        found = store.execute(store.program.select_one[index], (id,)).fetchall()
        after = found[0] if found else None
        if before != after:
            different.append(Difference(index, id, before, after))
    return different


def save(store: Store, template: Template) -> Saved:
    """A store's state: equal states give equal bytes, whichever rows changed first."""
    counters = {i: n for i, (n, t) in enumerate(zip(store.next_ids, template.next_ids, strict=True)) if n != t}
    rows = [(one.table, one.id, None if one.after is None else list(one.after)) for one in differences(store)]
    rows.sort(key=itemgetter(0, 1))
    return Saved(template.digest[:16], store.seconds, counters, rows)


def rewind(store: Store, template: Template) -> None:
    """Back to the template."""
    store.execute("ROLLBACK")
    store.execute("BEGIN")
    store.rewind(template.next_ids)


def load(store: Store, template: Template, saved: Saved) -> None:
    """Bring a store to a state: from the template's, remove every changed row and put each as it should be."""
    program = store.program
    rewind(store, template)
    if saved.rows:
        store.execute("PRAGMA defer_foreign_keys = ON")
        for index, id, _ in saved.rows:
            found = store.execute(program.select_one[index], (id,)).fetchall()
            store.first[index, id] = found[0] if found else None
            if found:
                store.execute(program.delete[index], (id,))
        for index, id, values in saved.rows:
            if values is not None:
                store.execute(program.insert[index], (id, *values))
        store.execute("PRAGMA defer_foreign_keys = OFF")
    store.seconds = saved.seconds
    for index, number in saved.next_ids.items():
        store.next_ids[index] = number


def load_bytes(store: Store, template: Template, snapshot: bytes) -> None:
    """Take the state of a snapshot from anywhere, or keep the one there is. Raises ValueError for what does not fit."""
    try:
        saved = DECODER.decode(snapshot)
    except msgspec.DecodeError as error:
        raise ValueError(f"this is no snapshot: {error}") from None
    if saved.digest != template.digest[:16]:
        raise ValueError("this snapshot belongs to another world, seed or version")
    tables, first = template.program.tables, template.next_ids
    fits = saved.seconds >= 0 and all(0 <= i < len(first) and n >= first[i] for i, n in saved.next_ids.items())
    for index, id, values in saved.rows:
        fits = fits and 0 <= index < len(tables) and id >= 1
        fits = fits and (values is None or len(values) == len(tables[index].columns))
    if not fits:
        raise ValueError("this snapshot does not fit the world's tables; it was not made by snapshot()")
    before = save(store, template)
    try:
        load(store, template, saved)
    except (apsw.Error, TypeError) as error:
        load(store, template, before)
        raise ValueError(f"this snapshot does not fit the world's tables: {error}") from None
    if store.db.status(apsw.SQLITE_DBSTATUS_DEFERRED_FKS)[0]:
        load(store, template, before)
        raise ValueError("this snapshot refers to rows that it does not have")
