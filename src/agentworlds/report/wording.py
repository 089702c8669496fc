"""How numbers are written on the page; each function is a filter in the templates."""

_NONE = "–"


def count(value: int) -> str:
    """A whole number with its thousands apart: 12,345."""
    return f"{value:,}"


def plural(value: int, noun: str) -> str:
    """A count with its noun: 1 world, 8 worlds."""
    return f"{count(value)} {noun}" if value == 1 else f"{count(value)} {noun}s"


def number(value: float) -> str:
    """A number to two places at most, without idle zeros: 0.5, 3, −1.25."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", "0"} else text.replace("-", "−")


def decimal(value: float) -> str:
    """A number to two places, for columns: 0.50, 3.00."""
    text = f"{value:,.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")


def percent(share: float | None) -> str:
    """A share as a percentage without its sign; 0.0 and 100.0 are said only of none and all."""
    if share is None:
        return _NONE
    text = f"{100 * share:.1f}"
    if text == "0.0" and share > 0:
        return "<0.1"
    return ">99.9" if text == "100.0" and share < 1 else text


def micros(value: float) -> str:
    """Microseconds for columns: 8.4, 127, 12,345."""
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def microseconds(value: float) -> str:
    """A duration in the unit that suits it, to three digits: 15.8 µs, 1 ms, 2.51 s."""
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if value >= 0.9995 * size:  # which rounds up to the next unit
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} µs"


def words(name: str) -> str:
    """An id as words: vet_clinic becomes vet clinic."""
    return name.replace("_", " ")
