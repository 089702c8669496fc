"""Exact arithmetic, units, currencies and dates.

Numbers are decimals throughout: 28 digits, halves rounded up, never a float. Expressions are evaluated by simpleeval,
units converted by Pint, currencies named by Babel, and months counted by dateutil. What a currency is worth and which
days are free is the world's to say, not a library's.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    localcontext,
)
from decimal import Overflow as TooLarge
from functools import lru_cache
from typing import Any, Protocol

from agentworlds.engines import Engine, EngineError
from agentworlds.errors import nearest

CONTEXT = Context(
    prec=28, rounding=ROUND_HALF_UP, Emin=-999, Emax=999, traps=[DivisionByZero, InvalidOperation, TooLarge]
)
MOST_DEPTH = 40
MOST_POWER = 20_000


@dataclass(frozen=True)
class Currency:
    """A currency of ISO 4217: its code, its English name, and the decimal places of its amounts."""

    code: str
    name: str
    places: int


class CalculatorEngine(Protocol):
    """What the suite needs of libraries that calculate. All amounts are exact decimals."""

    def evaluate(self, expression: str, names: Mapping[str, Decimal]) -> Decimal:
        """The value of an expression in which some names stand for numbers. Raises EngineError."""

    def convert(self, amount: Decimal, source: str, target: str) -> Decimal:
        """An amount of one unit in another. Raises EngineError for an unknown unit, or one of another kind."""

    def currency(self, code: str) -> Currency:
        """The currency of a code. Raises EngineError."""

    def money(self, amount: Decimal, code: str) -> str:
        """An amount as people write it, such as £1,250.00."""

    def shift(self, day: date, years: int, months: int, weeks: int, days: int) -> date:
        """A day so much later, or earlier. The 31st becomes the last of a shorter month. Raises EngineError."""

    def apart(self, first: date, last: date) -> tuple[int, int, int]:
        """From a day to a later one: whole years, then whole months, then days."""

    def easter(self, year: int) -> date:
        """Easter Sunday of the western churches."""


class Pint(Engine):
    """Pint for units, with simpleeval, Babel and dateutil for the rest."""

    wraps = "pint, simpleeval, babel, python-dateutil"
    requires = ("pint", "simpleeval", "babel", "dateutil")
    formats = ("ISO 4217",)

    def evaluate(self, expression: str, names: Mapping[str, Decimal]) -> Decimal:
        """See CalculatorEngine."""
        from simpleeval import InvalidExpression, NameNotDefined

        text = plain(expression)
        try:
            tree = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError) as problem:
            raise EngineError(f"“{expression}” cannot be read: {getattr(problem, 'msg', problem)}") from None
        if not text.isascii() or depth(tree) > MOST_DEPTH:
            raise EngineError(f"“{expression}” cannot be read: it is nested too deeply or holds strange signs")
        try:
            with localcontext(CONTEXT):
                return _settled(Decimal(_evaluator(text, names).eval(text, tree)))
        except NameNotDefined as problem:
            known = [*names, *FUNCTIONS]
            raise EngineError(f"there is no number called {problem.name}{nearest(problem.name, known)}") from None
        except DivisionByZero:
            raise EngineError(f"“{expression}” divides by zero") from None
        except TooLarge:
            raise EngineError(f"“{expression}” is too large a number") from None
        except (InvalidExpression, InvalidOperation, TypeError, ValueError):
            signs = "numbers without thousands separators, names of saved values, + - * / // % **"
            raise EngineError(f"“{expression}” cannot be calculated; use {signs} and {', '.join(FUNCTIONS)}") from None

    def convert(self, amount: Decimal, source: str, target: str) -> Decimal:
        """See CalculatorEngine."""
        from pint import DimensionalityError

        try:
            with localcontext(CONTEXT):  # also while the units are made, which remember what they work out
                quantity = _registry().Quantity(amount, _unit(source))
                return _settled(Decimal(quantity.to(_unit(target)).magnitude))
        except DimensionalityError:
            raise EngineError(f"“{source}” and “{target}” do not measure the same") from None
        except (ArithmeticError, TypeError):
            raise EngineError(f"{amount} “{source}” cannot be converted exactly") from None

    def currency(self, code: str) -> Currency:
        """See CalculatorEngine."""
        from babel.numbers import get_currency_name, get_currency_precision

        if code not in _currencies():
            raise EngineError(f"{code} is no currency of ISO 4217{nearest(code, _currencies())}")
        return Currency(code, get_currency_name(code, locale=LOCALE), get_currency_precision(code))

    def money(self, amount: Decimal, code: str) -> str:
        """See CalculatorEngine."""
        from babel.numbers import format_currency

        with localcontext(CONTEXT):
            return str(format_currency(amount, code, locale=LOCALE))

    def shift(self, day: date, years: int, months: int, weeks: int, days: int) -> date:
        """See CalculatorEngine."""
        from dateutil.relativedelta import relativedelta

        try:
            later: date = day + relativedelta(years=years, months=months, weeks=weeks, days=days)
        except (ValueError, OverflowError):
            raise EngineError("there is no such day in the calendar") from None
        return later

    def apart(self, first: date, last: date) -> tuple[int, int, int]:
        """See CalculatorEngine."""
        from dateutil.relativedelta import relativedelta

        between = relativedelta(last, first)
        return between.years, between.months, between.days

    def easter(self, year: int) -> date:
        """See CalculatorEngine."""
        from dateutil.easter import easter

        found: date = easter(year)
        return found


LOCALE = "en_GB"


# Expressions ---------------------------------------------------------------------------------------------


def plain(expression: str) -> str:
    """An expression with signs as a programmer types them, and ``15% of 80`` written out."""
    text = expression.strip().translate(SIGNS).replace("^", "**")
    return PERCENT.sub(r"(\1/100)*", text)


SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-"})
PERCENT = re.compile(r"([\d.]+)\s*(?:%|percent)\s+of\b", re.I)


def depth(tree: ast.AST) -> int:
    """How deeply an expression is nested."""
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return deepest


def _settled(value: Decimal) -> Decimal:
    """A result: below 1E+30, and with at most 28 decimal places."""
    if not value.is_finite() or abs(value) >= LIMIT:
        raise TooLarge
    return value.quantize(FINEST) if value.as_tuple().exponent < -28 else +value  # type: ignore[operator]


LIMIT, FINEST = Decimal("1E+30"), Decimal("1E-28")


def _rounded(value: Decimal, places: Decimal = Decimal(0), rounding: str = ROUND_HALF_UP) -> Decimal:
    if places != int(places) or not -20 <= places <= 20:
        raise InvalidOperation
    return value.quantize(Decimal(1).scaleb(-int(places)), rounding)


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if abs(exponent) > MOST_POWER:
        raise TooLarge
    return base**exponent


FUNCTIONS: dict[str, Callable[..., Decimal]] = {
    "abs": abs,
    "average": lambda *values: sum(values, Decimal(0)) / len(values),
    "ceil": lambda value: _rounded(value, rounding=ROUND_CEILING),
    "floor": lambda value: _rounded(value, rounding=ROUND_FLOOR),
    "max": lambda *values: max(values),
    "min": lambda *values: min(values),
    "round": lambda value, places=Decimal(0): _rounded(value, places),
    "sqrt": lambda value: value.sqrt(),
    "sum": lambda *values: sum(values, Decimal(0)),
}
OPERATORS: dict[type[ast.AST], Callable[..., Decimal]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: _power,
    ast.USub: lambda a: -a,
    ast.UAdd: lambda a: +a,
}
NUMBER = re.compile(r"\d[\d_]*(\.\d*)?([eE][+-]?\d{1,3})?|\.\d+([eE][+-]?\d{1,3})?")


def _evaluator(text: str, names: Mapping[str, Decimal]) -> Any:
    """A simpleeval evaluator that knows numbers, names, operators and functions, and no other construct."""
    from simpleeval import InvalidExpression, SimpleEval

    def number(node: ast.Constant) -> Decimal:
        written = ast.get_source_segment(text, node) or ""
        if not NUMBER.fullmatch(written):
            raise InvalidExpression(f"{written} is no number")
        return Decimal(written)

    made = SimpleEval(operators=OPERATORS, functions=FUNCTIONS, names=dict(names))
    made.nodes = {kind: made.nodes[kind] for kind in (ast.Name, ast.UnaryOp, ast.BinOp, ast.Call)}
    made.nodes[ast.Constant] = number
    return made


# Units and currencies ------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(non_int_type=Decimal)


@lru_cache(maxsize=512)
def _unit(name: str) -> Any:
    """The unit that people write as ``km``, ``square metres``, ``fluid ounce``, ``m2`` or ``km/h``."""
    from pint import UndefinedUnitError

    text = re.sub(
        r"(?i)\b(square|cubic) (\w+)", lambda m: f"{m[2]}{2 if m[1].lower() == 'square' else 3}", name.strip()
    )
    text = re.sub(r" per ", "/", text).translate(RAISED)
    if not UNIT.fullmatch(text):
        raise EngineError(f"“{name}” is no unit; units are written like km, lb, square metres or km/h")
    text = re.sub(r"(?<=[a-z°])\^?([23])\b", r"**\1", text.replace(" ", "_"))
    try:
        return _registry().parse_units(text)
    except (UndefinedUnitError, AttributeError, ValueError):
        raise EngineError(f"“{name}” is no unit; units are written like km, lb, square metres or km/h") from None


RAISED = str.maketrans({"²": "2", "³": "3"})
UNIT = re.compile(r"°?[A-Za-z]+(?: [A-Za-z]+)*(?:\^?[23])?(?:/[A-Za-z]+(?: [A-Za-z]+)*(?:\^?[23])?)?")


@lru_cache(maxsize=1)
def _currencies() -> tuple[str, ...]:
    from babel.core import get_global

    return tuple(
        sorted(
            {
                code
                for spans in get_global("territory_currencies").values()
                for code, start, end, tender in spans
                if tender and end is None
            }
        )
    )
