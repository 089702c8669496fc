"""`do`: how a reference solution acts. It calls the public tools only, and everything it learns is recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from agentworlds.errors import AgentworldsError
from agentworlds.judge.goal import deeds_of
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.step import Step
from agentworlds.types import say_date


class SolutionFailed(AgentworldsError):
    """The reference solution met a refusal that it did not expect, or asked for what was not there."""


class Derived(msgspec.Struct, frozen=True):
    """A value worked out from others in a declared way."""

    operation: str
    value: Any
    inputs: list[Any]
    before_call: int


class Called(msgspec.Struct):
    """One call of a reference solution."""

    tool: str
    arguments: dict[str, Any]
    ok: bool
    observation: dict[str, Any]
    looked_at: bool = False
    changed: bool = False
    repeated: bool = False
    """The same call was made before, and nothing that counts has changed since."""
    new_ids: dict[str, list[int]] = {}

    @property
    def contributes(self) -> bool:
        """Whether it changed what counts, or its result was looked at."""
        return self.changed or (self.looked_at and not self.repeated)


class Composed(str):
    """A message made by `Do.compose`: its wording is free, the values in it are not."""

    __slots__ = ("facts",)
    facts: list[Any]


class Found(dict[str, Any]):
    """A row or record that a tool gave, with attributes: ``pet.id``, ``pet.owner_name``."""

    __slots__ = ("_called", "_rename")

    def __init__(self, data: dict[str, Any], called: Called, rename: dict[str, list[str]]) -> None:
        super().__init__(data)
        self._called, self._rename = called, rename

    def __getattr__(self, name: str) -> Any:
        return self[name]

    def __getitem__(self, name: str) -> Any:
        self._called.looked_at = True
        try:
            return _wrap(super().__getitem__(renamed(name, self._rename, self)), self._called, self._rename)
        except KeyError:
            raise SolutionFailed(f"{self._called.tool} gave no {name!r}; it gave {', '.join(self)}") from None


class Page(Sequence[Any]):
    """What a search gave: a sequence of rows, and whether there are more."""

    def __init__(self, results: list[Any], more: bool, called: Called, rename: dict[str, list[str]]) -> None:
        self._results, self.more, self._called = [_wrap(one, called, rename) for one in results], more, called

    def __getitem__(self, index: Any) -> Any:
        self._called.looked_at = True
        try:
            return self._results[index]
        except IndexError:
            raise SolutionFailed(
                f"{self._called.tool}({self._called.arguments}) found {len(self._results)} rows"
            ) from None

    def __iter__(self) -> Iterator[Any]:
        self._called.looked_at = True
        return iter(self._results)

    def __len__(self) -> int:
        self._called.looked_at = True
        return len(self._results)


def _wrap(value: Any, called: Called, rename: dict[str, list[str]]) -> Any:
    if isinstance(value, dict):
        return Found(value, called, rename)
    if isinstance(value, list):
        return [_wrap(one, called, rename) for one in value]
    return value


class Do:
    """The hands of a reference solution: ``do.search_pets(name="Milo")[0].id``.

    Every tool of the world is a method. Besides, there are the declared ways to work a value out of others,
    so that nothing an agent could not know ever enters an argument.
    """

    def __init__(
        self, instance: Instance, tools: dict[str, str] | None = None, rename: dict[str, list[str]] | None = None
    ) -> None:
        self._instance = instance
        self._tools, self._rename = tools or {}, rename or {}
        self.called: list[Called] = []
        self.derived: list[Derived] = []
        self.composed: dict[str, list[Any]] = {}
        self._tables = {table.name: table for table in instance.program.tables}
        self._done: list[str] = []
        self._since_change: list[Called] = []

    def _deeds(self) -> list[str]:
        return sorted(deed.deep for deed in deeds_of(self._instance.changes(), self._tables))

    def __getattr__(self, tool: str) -> Callable[..., Any]:
        if tool.startswith("_"):
            raise AttributeError(tool)

        def call(**arguments: Any) -> Any:
            step, called = self._call(tool, arguments)
            if not step.ok:
                raise SolutionFailed(f"{tool}({_say(arguments)}) was refused: {step.text}")
            return _result(called, self._rename)

        return call

    def attempt(self, tool: str, **arguments: Any) -> Any:
        """Call a tool that may refuse; None if it does. Seeing the refusal counts as looking."""
        step, called = self._call(tool, arguments)
        called.looked_at = True
        return _result(called, self._rename) if step.ok else None

    def every(self, search: str, **arguments: Any) -> list[Any]:
        """All results of a search, page after page of fifty."""
        found: list[Any] = []
        for page in range(40):
            step, called = self._call(search, {**arguments, "limit": 50, **({"offset": 50 * page} if page else {})})
            if not step.ok:
                raise SolutionFailed(f"{search}({_say(arguments)}) was refused: {step.text}")
            called.looked_at = True
            found += list(_result(called, self._rename))
            if not called.observation.get("more"):
                return found
        raise SolutionFailed(f"{search}: two thousand results are more than anyone reads; narrow the search")

    def _call(self, tool: str, arguments: dict[str, Any]) -> tuple[Step, Called]:
        tool = self._tools.get(tool, tool)
        rename = self._rename
        declared = self._instance.tools.get(tool)
        known = declared.by_name if declared is not None else {}
        sent = {renamed(name, rename, known): as_json(value) for name, value in arguments.items() if value is not None}
        before = list(self._instance.store.next_ids)
        step = self._instance.apply(tool, sent)
        made = {
            table.name: list(range(old, new))
            for table, old, new in zip(
                self._instance.program.tables, before, self._instance.store.next_ids, strict=True
            )
            if new > old
        }
        deeds = self._deeds()
        repeated = any(one.tool == tool and one.arguments == sent for one in self._since_change)
        changed = deeds != self._done
        called = Called(tool, sent, step.ok, step.observation, changed=changed, repeated=repeated, new_ids=made)
        self._done = deeds
        self._since_change = [] if called.changed else [*self._since_change, called]
        self.called.append(called)
        return step, called

    # Declared ways to work values out -------------------------------------------------------------------

    def _derive(self, operation: str, value: Any, inputs: Iterable[Any]) -> Any:
        self.derived.append(Derived(operation, as_json(value), [as_json(one) for one in inputs], len(self.called)))
        return value

    def count(self, things: Sequence[Any]) -> int:
        """How many there are."""
        return int(self._derive("count", len(things), []))

    def sum(self, values: Iterable[Any]) -> float | int:
        """The sum of numbers."""
        numbers = list(values)
        return self._derive("sum", _number(sum((Decimal(str(one)) for one in numbers), Decimal(0))), numbers)  # type: ignore[no-any-return]

    def difference(self, one: Any, other: Any) -> float | int:
        """The first number less the second."""
        return self._derive("difference", _number(Decimal(str(one)) - Decimal(str(other))), [one, other])  # type: ignore[no-any-return]

    def product(self, one: Any, other: Any) -> float | int:
        """One number times another, to the hundredth."""
        value = _number((Decimal(str(one)) * Decimal(str(other))).quantize(Decimal("0.01")))
        return self._derive("product", value, [one, other])  # type: ignore[no-any-return]

    def percent(self, share: Any, whole: Any) -> float | int:
        """So many percent of a number, to the hundredth."""
        value = _number((Decimal(str(share)) * Decimal(str(whole)) / 100).quantize(Decimal("0.01")))
        return self._derive("percent", value, [share, whole])  # type: ignore[no-any-return]

    def shift(self, moment: Any, *, days: int = 0, minutes: int = 0) -> str:
        """A date or time so many days or minutes later, or earlier."""
        text = as_json(moment)
        change = timedelta(days=days, minutes=minutes)
        value: Any = datetime.fromisoformat(text) + change if "T" in text else date.fromisoformat(text) + change
        return str(self._derive("shift", as_json(value), [text, abs(days) or abs(minutes)]))

    def compose(self, template: str, **values: Any) -> str:
        """A message: its words are free, the values in it are facts that count."""
        text = Composed(template.format(**{name: _readable(value) for name, value in values.items()}))
        text.facts = [as_json(value) for value in values.values()]
        self.composed[" ".join(text.split())] = text.facts
        self._derive("compose", str(text), text.facts)
        return text


def _result(called: Called, rename: dict[str, list[str]]) -> Any:
    data = called.observation
    if set(data) == {"results", "more"}:
        return Page(data["results"], data["more"], called, rename)
    if set(data) == {"value"}:
        called.looked_at = True
        return _wrap(data["value"], called, rename)
    return Found(data, called, rename)


def renamed(name: str, rename: dict[str, list[str]], known: Collection[str]) -> str:
    """A parameter or key that is not known by its name, in the words that the including world has for it."""
    if not rename or name in known:
        return name
    names = [name]
    for own, words in rename.items():
        whole = rf"(?<![a-z0-9]){own}(?![a-z0-9])"
        names += [re.sub(whole, word, one) for one in names for word in words if re.search(whole, one)]
    return next((one for one in names if one in known), names[-1])


def as_json(value: Any) -> Any:
    """A value as an agent would send it."""
    if isinstance(value, datetime):
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value // timedelta(minutes=1)
    if isinstance(value, Decimal):
        return _number(value)
    if hasattr(value, "strftime"):
        return value.strftime("%H:%M")
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    return str(value) if isinstance(value, Composed) else value


def _number(value: Decimal) -> float | int:
    return int(value) if value == int(value) else float(value)


def _readable(value: Any) -> str:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            return str(value)
    if isinstance(value, datetime):
        return f"{say_date(value.date())} at {value:%H:%M}"
    if isinstance(value, date):
        return say_date(value)
    return f"{value:.2f}" if isinstance(value, float | Decimal) else str(value)


def _say(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())
