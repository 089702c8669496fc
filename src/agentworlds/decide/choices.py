"""One choice, and the candidates that are the same everywhere."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

from agentworlds.decide.known import Candidate

CALL = Candidate("call it now", "call", "schema", None)
STOP = Candidate("that is all", "stop", "schema", None)
WRITE = Candidate("write a message", "write", "schema", None)
PLAIN = Candidate("a message that states nothing", "text", "schema", "Message")
JOIN = Candidate("join parts of texts", "join", "schema", None)
WORDS = Candidate("words of the request", "words", "request", None)
FINISH = Candidate("finish: it is done", "finish", "schema", "finish")
ANSWER = Candidate("finish: give an answer", "finish", "schema", "answer")
IMPOSSIBLE = Candidate("finish: it cannot be done", "finish", "schema", "impossible")
SEVERAL = Candidate("a list", "several", "schema", None)
FURTHER = ("write", "join", "span", "words")
"""Kinds of candidates that lead to further choices."""


class Decision(NamedTuple):
    """One choice to make.

    Attributes:
        question: What is asked: ``tool``, an argument's name, ``which else``, ``first word`` …
        candidates: What can be chosen; never empty, and all of them are valid.
        tool: The tool whose argument is asked for.
        about: The argument's description.
    """

    question: str
    candidates: list[Candidate]
    tool: str = ""
    about: str = ""


Choosing = Generator[Decision, Candidate, Any]
"""Asks for choices, is sent the chosen candidates, and returns what they amount to."""
