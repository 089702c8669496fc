"""The path of one call: arguments in, the tool's body or search over rows, rules, and the result as JSON-able data."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import apsw

from agentworlds.compile.arguments import read_filters
from agentworlds.compile.schemas import MOST_ITEMS
from agentworlds.errors import Code, Fault, Refusal, Refused, place_of, short
from agentworlds.runtime.rules import check_rules
from agentworlds.runtime.store import Store, like
from agentworlds.spec.columns import Kind, ListOf, Record, Ref
from agentworlds.spec.rows import Row
from agentworlds.spec.tools import Param, Tool

MOST_LETTERS = 16_000
"""Letters of text on one page of results; what does not fit is on the next."""


class Calls:
    """Carries out calls on one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.program = store.program
        self.readers, self.shapes = store.program.readers, store.program.shapes
        self.tools = store.program.world.tools

    def read(self, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
        """Carry out a read. Raises Refused or Fault."""
        store = self.store
        if store.role is not None:
            self._permit(tool)
        store.begin(writable=False)
        try:
            if tool.search is not None:
                return self._search(tool, arguments)
            values = self.readers[tool](arguments, self.find)
            if tool.getter is not None:
                row = next(iter(values.values()))
                return self._row(tool.getter, row)
            return self.result(tool.returns, tool.fn(**values))  # type: ignore[misc]
        except Refused:
            raise
        except apsw.InterruptError:
            raise too_much_work() from None
        except Exception as error:
            raise failure(tool, error, self.program.files) from error

    def write(self, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
        """Carry out a write whole, or leave everything as it was. Raises Refused or Fault."""
        store = self.store
        if store.role is not None:
            self._permit(tool)
        store.begin(writable=True)
        done = False
        try:
            values = self.readers[tool](arguments, self.find)
            returned = tool.fn(**values)  # type: ignore[misc]
            if store.dirty:
                store.flush()
            store.writable = False
            if store.touched and self.program.rules_on:
                check_rules(store)
            data = self.result(tool.returns, returned)
            done = True
        except Refused:
            raise
        except apsw.InterruptError:
            raise too_much_work() from None
        except Exception as error:
            raise failure(tool, error, self.program.files) from error
        finally:
            if done:
                store.commit()
            else:
                store.rollback()
        return data

    def _permit(self, tool: Tool) -> None:
        if tool.roles and self.store.role not in tool.roles:
            message = f"{tool.name} is for the {' or '.join(tool.roles)}, and you act as the {self.store.role}"
            raise Refused(Refusal(Code.FORBIDDEN, message))

    def find(self, cls: type[Row], id: int, param: Param) -> Row:
        """The row that an argument names. Raises Refused when there is none, or it is somebody else's."""
        store = self.store
        row = store.lookup(cls, id)
        if row is None:
            table = cls.__table__
            search = f"search_{table.plural}"
            hint = f"{search} finds {table.plural.replace('_', ' ')}" if search in self.tools else None
            message = f"{param.name}: there is no {table.name.replace('_', ' ')} {id}"
            raise Refused(Refusal(Code.NOT_FOUND, message, hint, param.name))
        if store.actor_key is not None:
            owner = self.program.owner_paths[cls]
            if owner is not None and owner[1] is store.actor_key[0]:
                found = store.execute(self.program.owner_query(cls), (id,)).get
                if found != store.actor_key[1]:
                    message = f"{param.name}: {cls.__table__.name.replace('_', ' ')} {id} is not yours"
                    raise Refused(Refusal(Code.FORBIDDEN, message, field=param.name))
        return row

    def _search(self, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
        search = tool.search
        assert search is not None
        given = read_filters(tool, arguments, self.find)
        limit, offset = given.pop("limit", 20), given.pop("offset", 0)
        order = search.sort[given.pop("sort")] if "sort" in given else None
        values = [v if search.filters[k].operator != "contains" else like(v) for k, v in given.items()]
        actor = self.store.actor_key
        owner = self.program.owner_paths[search.cls] if actor is not None else None
        owned = actor is not None and owner is not None and owner[1] is actor[0]
        if owned:
            values.append(actor[1])  # type: ignore[index]
        sql = self.program.search(tool, search, tuple(given), order, owned)
        found = self.store.execute(sql, (*values, limit + 1, offset)).fetchall()
        more = len(found) > limit
        view = self.program.views[search.cls]
        results = [view.show(stored) for stored in (found[:limit] if more else found)]
        if view.long:
            fitting = how_many_fit(results)
            more = more or fitting < len(results)
            results = results[:fitting]
        return {"results": results, "more": more}

    def result(self, kind: Kind | None, value: Any) -> dict[str, Any]:
        """A returned value as a JSON object."""
        if kind is None:
            return {"done": True}
        if isinstance(kind, Ref):
            return self._row(kind.target, value)
        if isinstance(kind, ListOf):
            values = list(value)
            return {"results": self.shapes[kind](values[:MOST_ITEMS], self._row), "more": len(values) > MOST_ITEMS}
        shaped = self.shapes[kind](value, self._row)
        return shaped if isinstance(kind, Record) else {"value": shaped}

    def _row(self, cls: type[Row], row: Row) -> dict[str, Any]:
        if row._stored is None:
            row._stored = self.store.fetch(row)
        return self.program.views[cls].show_row(row, self.store.lookup)


def how_many_fit(results: list[dict[str, Any]]) -> int:
    """How many rows stay within the size of a page; at least one."""
    letters = 0
    for position, row in enumerate(results):
        letters += sum(len(value) for value in row.values() if isinstance(value, str))
        if letters > MOST_LETTERS and position:
            return position
    return len(results)


def failure(tool: Tool, error: Exception, files: Collection[str]) -> Fault:
    """The fault that a bug in a tool's body amounts to, whatever it raised, with the line of the script."""
    place = place_of(error, files)
    where = f"{short(place[0])}:{place[1]}: " if place else ""
    what = str(error) if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
    return Fault(f"{where}{tool.name} failed: {what}")


def too_much_work() -> Refused:
    """The refusal of a call that runs too long, counted in steps and never in time."""
    return Refused(Refusal(Code.LIMIT, "this call takes too many steps", "narrow it with more filters"))
