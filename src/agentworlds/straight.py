"""Functions written out for one table or one tool, for the few paths that every call takes.

A loop over columns or parameters costs more than the work it does; the same steps without the loop do not.
Only numbers and quoted names are ever put into such a text: values come in through `names`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def write_out(head: str, lines: list[str], names: dict[str, Any]) -> Callable[..., Any]:
    """The function of a head such as ``shown(row)`` and the lines of its body, which see `names`."""
    namespace = dict(names)
    body = "".join(f"    {line}\n" for line in lines)
    exec(compile(f"def {head}:\n{body}", f"<{head.partition('(')[0]}>", "exec"), namespace)  # noqa: S102
    written: Callable[..., Any] = namespace[head.partition("(")[0]]
    return written
