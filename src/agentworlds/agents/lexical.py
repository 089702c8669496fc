"""A yardstick that learns nothing: it chooses by the words that things share with the request.

Written once, as the strongest simple rule that half an hour gave, with a look at seeds from 1,000 on; then frozen. It
knows no world and was tuned to none. What is learned has to beat it; a better rule goes under another name. It does
most tasks of one step between two searches; in the packaged worlds, whose tasks take seven calls and more, what it gets
is mostly the impossible ones, so look at kinds of tasks and at progress beside its success.

The changes asked for are taken to be the writing tools whose words, weighed by how rare they are among the tools, cover
those of the request; if none of them can be made, the one that takes most of the rows that fit. Names that no result
has shown are looked up first, then the rows that a change needs. A task in which no change could be made is taken to be
impossible.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from math import fsum, log
from typing import Any

from agentworlds.decide.choices import PLAIN, Decision
from agentworlds.decide.decisions import Decisions, fits
from agentworlds.decide.known import Candidate
from agentworlds.judge.verdict import Verdict
from agentworlds.spec.columns import ListOf, Ref
from agentworlds.spec.tools import Tool
from agentworlds.types import Choice, Date, Moment, TextType
from agentworlds.worlds.episode import Episode

ENDING = re.compile(r"(?:ations?|ments?|ings?|ies|ed|es|s|e|y)$")
DOUBLED = re.compile(r"(.)\1$")
ASKED = re.compile(r"\b(how many|how much|answer|tell me)\b|^\W*(which|what|who|when|where)\b")
MOST_GOALS, MOST_REFUSED, MOST_FACTS, MOST_LOOKUPS = 4, 3, 3, 3
PLAIN_WORDS = {"the", "and", "for", "with"}
MESSAGES = ("body", "text", "message", "note", "content")
"""Arguments that are written rather than copied."""
NEAR = 6
"""So many words before a value of the request tell what it is for."""
Plan = dict[str, Any]


class Lexical:
    """Chooses by the words that a candidate shares with the request."""

    name = "lexical"

    def play(self, episode: Episode, seed: int) -> Verdict:
        """See Agent. There is no chance in the rule, so the seed does not matter."""
        decisions = Decisions(episode)
        rule = Rule(decisions)
        while decisions.decision is not None:
            decisions.choose(rule.choice(decisions.decision))
        return episode.finish()


class Rule:
    """The rule in one episode."""

    def __init__(self, decisions: Decisions) -> None:
        self.decisions, self.known = decisions, decisions.known
        self.text = f" {' '.join(self.known.request.casefold().split())} "
        self.words = stems(self.text)
        self.asked = ASKED.search(self.text) is not None
        self.tools = {tool.name: (tool, stems(f"{tool.name} {tool.description}")) for tool in decisions.tools}
        self.among = Counter(stem for _, words in self.tools.values() for stem in words)
        self.goals = [] if self.asked else self.changes(self.words)
        reads = (tool for tool in decisions.tools if not tool.writes)
        self.reads = sorted(reads, key=lambda tool: -self.cover(tool, self.words))
        self.tried: set[tuple[str, str]] = set()
        self.used: set[tuple[str, str, Any]] = set()
        self.plan: Plan | None = None
        self.calls = self.done = self.refused = self.facts = 0
        self.fitting: dict[tuple[str, int], float] = {}

    def cover(self, tool: Tool, left: frozenset[str]) -> float:
        """How much of some words a tool has: of its name's in full, of its description's the less the longer it is."""
        name, words = stems(tool.name), self.tools[tool.name][1]
        weights = {stem: log(1 + len(self.tools) / self.among[stem]) for stem in words & left}
        return fsum(weight * (2 if stem in name else (1 + len(words)) ** -0.5) for stem, weight in weights.items())

    def changes(self, left: frozenset[str]) -> list[Tool]:
        """The writing tools that cover a request, each what those before it left, down to half of the first's share."""
        goals: list[Tool] = []
        shares = {tool: self.cover(tool, left) for tool in self.decisions.tools if tool.writes}
        least = max(1.0, max(shares.values(), default=0.0) / 2)
        while len(goals) < MOST_GOALS and max(shares.values(), default=0.0) >= least:
            goals.append(max(shares, key=lambda tool: shares[tool]))
            left = left - self.tools[goals[-1].name][1]
            shares = {tool: self.cover(tool, left) for tool in shares}
        return goals

    def choice(self, decision: Decision) -> int:
        """The index of the candidate to choose."""
        candidates, question = decision.candidates, decision.question
        if question == "tool":
            wanted = self.action({c.value for c in candidates if c.kind == "tool"})
            return next(at for at, c in enumerate(candidates) if c.value == wanted)
        if question == "which else":
            given = self.plan if self.plan is not None else {c.field for c in candidates if self.meant(c.field)}
            return next((at for at, c in enumerate(candidates) if c.field and c.field in given), 0)
        scores = [self.score(c, decision) for c in candidates]
        best = scores.index(max(scores))
        self.used.add((decision.tool, question, candidates[best].text))
        self.facts = self.facts + 1 if question == "fact" else 0
        return best

    def meant(self, name: str) -> bool:
        """Whether the request has all the words of an argument's name."""
        return bool(stems(name)) and stems(name) <= self.words

    def action(self, offered: set[str]) -> str:
        """The tool to call, or how to finish."""
        self.fitting = self.rows()
        taken = self.decisions.taken
        if self.goals and len(taken) > self.calls and taken[-1].tool == self.goals[0].name:
            self.done, self.refused = self.done + taken[-1].ok, self.refused + (not taken[-1].ok)
            if taken[-1].ok or self.refused >= MOST_REFUSED:
                self.goals.pop(0)
        self.calls = len(taken)
        needs = tables(self.goals[0]) if self.goals else [shown(tool) for tool in self.reads[: self.asked]]
        near = {*needs, *(other for tool in self.reads if shown(tool) in needs for other in tables(tool, every=True))}
        found = chain(self.lookups(near), *(self.finding(table, 2) for table in needs))
        for tool, plan in found:
            key = tool.name, repr(sorted(plan.items()))
            if key not in self.tried and tool.name in offered:
                self.tried.add(key)
                self.plan = plan
                return tool.name
        self.plan = None
        while self.goals and not (self.goals[0].name in offered and self.grounded(self.goals[0])):
            self.goals.pop(0)
        if not (self.goals or self.asked or self.done or self.refused):
            writes = (tool for tool in self.decisions.tools if tool.writes and tables(tool) and tool.name in offered)
            fitting = [tool for tool in writes if self.grounded(tool)]
            self.goals = sorted(fitting, key=lambda t: (-len({*tables(t)}), -self.cover(t, self.words)))[:1]
        return self.goals[0].name if self.goals else "answer" if self.asked else "finish" if self.done else "impossible"

    def grounded(self, goal: Tool) -> bool:
        """Whether a row that fits is known for all that a change needs, and an address where it asks for one."""
        wanted = [p.kind for p in goal.params if p.required and isinstance(p.kind, TextType) and p.kind.kind == "email"]
        texts, best = self.known.of("text"), self.best()
        return all(table in best for table in tables(goal)) and all(
            any(fits(k, c.value) for c in texts) for k in wanted
        )

    def lookups(self, near: set[str]) -> Iterator[tuple[Tool, Plan]]:
        """Searches for names in the request that no result has shown; tables that are needed first."""
        for one in (c for c in self.known.of("text") if c.span and not c.cells):
            found = [(4 * ("@" in one.value and "email" in p.name) + 3 * (shown(tool) in near) + 2 * (p.name == "name"),
                      tool, p.name) for tool in self.reads if tool.search for p in tool.params
                     if isinstance(p.kind, TextType) and fits(p.kind, one.value)]  # fmt: skip
            found.sort(key=lambda each: -each[0])
            yield from ((tool, {name: one.value}) for _, tool, name in found[:MOST_LOOKUPS])

    def finding(self, table: str, depth: int) -> Iterator[tuple[Tool, Plan]]:
        """Calls that may show a row of a table that fits, while none is known; first what they take themselves."""
        best = self.best()
        for tool in self.reads if depth and table not in best else ():
            if shown(tool) != table:
                continue
            for other in tables(tool, every=True):
                yield from self.finding(other, depth - 1)
            refs: Plan = {}
            stated: Plan = {}
            dates = [c.value for c in self.known.of("date") if c.span]
            for p in tool.params:
                if isinstance(p.kind, Ref) and p.kind.target.__table__.name in best:
                    refs[p.name] = best[p.kind.target.__table__.name]
                elif isinstance(p.kind, Choice) and p.name != "sort":
                    options = [o for o in p.kind.options if f" {str(o).replace('_', ' ')}" in self.text]
                    stated |= {p.name: options[-1]} if options else {}
                elif isinstance(p.kind, (Date, Moment)) and dates:
                    stated[p.name] = dates[-1] if p.name.endswith("_to") else dates[0]
            if all(other in best for other in tables(tool)):
                yield from ((tool, plan) for plan in (refs | stated, refs, {})[: 3 if depth == 2 else 1])

    def stated(self, kind: str, value: Any) -> float:
        """How far the request states a value."""
        if kind != "text":
            alike = [self.known.get(kind, value), self.known.get("date", str(value)[:10])]
            return (0.5 if kind == "number" else 1.0) * any(known is not None and known.span for known in alike)
        words = stems(str(value))
        whole = re.search(rf"\W{re.escape(' '.join(str(value).casefold().split()))}\W", self.text)
        return 1.0 + (len(words) > 1) if whole else 0.5 * len(words & self.words) / (len(words) or 1)

    def rows(self) -> dict[tuple[str, int], float]:
        """How far each row that was shown fits the request: by its values, and by half those of rows it refers to."""
        own: dict[tuple[str, int], dict[str, float]] = {}
        links: set[tuple[tuple[str, int], tuple[str, int]]] = set()
        for cell in (cell for cell in self.known.cells if cell.row >= 0):
            key = self.known.rows[cell.row][:2]
            values = own.setdefault(key, {})
            if not cell.kind.startswith("row:"):
                values[cell.field] = self.stated(cell.kind, cell.value)
            elif cell.field != "id":
                links.add((key, (cell.kind[4:], cell.value)))
        fitting = {key: sum(values.values()) for key, values in own.items()}
        for key, other in sorted(links):
            fitting[key] += 0.5 * sum(own.get(other, {}).values())
        return fitting

    def best(self) -> dict[str, int]:
        """The row of each table that fits best, if any does: for the person acted for, their own."""
        ranked = sorted(self.fitting.items(), key=lambda one: one[1])
        acting = [
            c for table in sorted(self.known.tables) for c in self.known.of(f"row:{table}") if c.source == "clock"
        ]
        return {table: id for (table, id), fit in ranked if fit >= 1} | {c.kind[4:]: c.value for c in acting}

    def score(self, c: Candidate, decision: Decision) -> float:
        """How well a candidate answers a question."""
        question, open_ended = decision.question, decision.question in ("fact", "answer")
        if self.plan is not None and question in self.plan:
            return float(c.value == self.plan[question])
        if c.kind in ("join", "words", "span", "stop", "write") or c is PLAIN:
            write = 1.2 if question in MESSAGES else -1.0
            stop = 0.6 if self.facts < MOST_FACTS else 99.0
            return {"stop": stop, "write": write, "text": 0.6}.get(c.kind, -9.0)
        wanted = self.words if open_ended else stems(f"{question} {decision.about}")
        score = 0.001 * c.turn - ((decision.tool, question, c.text) in self.used)
        if c.span is not None:
            before = self.known.tokens[max(0, c.span[0] - NEAR) : c.span[0]]
            words = stems(" ".join(self.known.request[start:end] for start, end in before))
            return score + (-0.5 if open_ended else 0.5 + len(words & wanted))
        fit = self.fitting.get((c.kind[4:], c.value) if c.kind.startswith("row:") else c.row or ("", 0), 0.0)
        said = self.stated("text", c.value) if c.kind == "choice" else 0.0
        like = len(stems(c.field) & wanted)
        return score + said + 0.4 * fit * (like > 0 or c.kind.startswith("row:")) + 0.7 * like


@lru_cache(maxsize=20_000)
def stems(text: str) -> frozenset[str]:
    """The words of a text without their endings."""
    words = re.findall(r"[a-z]{3,}", text.casefold().replace("_", " ").replace("e-mail", "email"))
    stemmed = (ENDING.sub("", word) if len(word) > 4 else word.removesuffix("s") for word in words)
    return frozenset(DOUBLED.sub(r"\1", stem) for stem in stemmed if stem not in PLAIN_WORDS)


def shown(tool: Tool) -> str:
    """The table whose rows a tool shows."""
    kind = Ref(tool.search.cls) if tool.search else tool.returns
    kind = kind.item if isinstance(kind, ListOf) else kind
    return kind.target.__table__.name if isinstance(kind, Ref) else ""


def tables(tool: Tool, *, every: bool = False) -> list[str]:
    """The tables of which a tool needs a row, or takes one if it is given."""
    kinds = (p.kind.item if isinstance(p.kind, ListOf) else p.kind for p in tool.params if p.required or every)
    return [kind.target.__table__.name for kind in kinds if isinstance(kind, Ref)]
