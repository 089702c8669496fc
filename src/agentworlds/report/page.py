"""One self-contained HTML page that shows a summary: no script, no font, no request."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentworlds.report import wording
from agentworlds.report.curves import LinePlot
from agentworlds.report.plots import HEIGHT, LEFT, RIGHT, WIDTH, Axis, Plot, histogram_plot, shared_top
from agentworlds.report.summary import AgentRow, Cell, IntentRow, Summary

if TYPE_CHECKING:
    import jinja2

_LISTED = 6
_WEAK = 0.5


@dataclass(frozen=True, slots=True)
class Panel:
    """One of several plots side by side."""

    name: str
    note: str
    plot: Plot | LinePlot


@dataclass(frozen=True, slots=True)
class GridRow:
    """One group of episodes, with a cell for each agent in the order of the summary."""

    group: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Difficulty:
    """Which intents an agent finds hard; `solved` is listed only for an agent that mostly fails.

    `hardest` is empty where all intents are alike, since ties in alphabetical order would say nothing.
    """

    agent: str
    intents: int
    never: int
    always: int
    hardest: tuple[IntentRow, ...]
    solved: tuple[IntentRow, ...]


@dataclass(frozen=True, slots=True)
class IntentGridRow:
    """One intent, with the rows of each agent in the order of the summary."""

    world: str
    intent: str
    kind: str
    cells: tuple[IntentRow | None, ...]


def template(name: str) -> "jinja2.Template":
    """The template of a page."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("agentworlds.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for word in ("count", "plural", "number", "decimal", "percent", "micros", "microseconds", "words"):
        environment.filters[word] = getattr(wording, word)
    environment.globals.update(WIDTH=WIDTH, HEIGHT=HEIGHT, LEFT=LEFT, RIGHT=RIGHT)
    return environment.get_template(name)


def render(summary: Summary, *, title: str = "Run report") -> str:
    """Draw the page; the same summary and title always give the same text."""
    return template("page.html").render(
        title=title,
        summary=summary,
        worlds=_grid(summary, summary.worlds, summary.by_world),
        kinds=_grid(summary, summary.kinds, summary.by_kind),
        rewards=_reward_panels(summary.agents),
        calls=_calls_panels(summary.agents),
        solution=_solution_plot(summary),
        latency=_latency_plot(summary),
        difficulties=[_difficulty(row, summary.intents) for row in summary.agents],
        intents=_intent_grid(summary),
    )


def _grid(summary: Summary, groups: Sequence[str], cells: Sequence[Cell]) -> list[GridRow]:
    found = {(cell.group, cell.agent): cell for cell in cells}
    return [GridRow(str(group), tuple(found.get((group, row.agent)) for row in summary.agents)) for group in groups]


def _intent_grid(summary: Summary) -> list[IntentGridRow]:
    found = {(row.world, row.intent, row.agent): row for row in summary.intents}
    return [
        IntentGridRow(world, intent, kind, tuple(found.get((world, intent, row.agent)) for row in summary.agents))
        for world, intent, kind in sorted({(row.world, row.intent, row.kind.value) for row in summary.intents})
    ]


def _reward_panels(agents: Sequence[AgentRow]) -> list[Panel]:
    if not agents:
        return []
    top = shared_top([row.reward_histogram for row in agents])
    return [
        Panel(
            row.agent,
            f"mean {wording.decimal(row.reward.mean)}, median {wording.decimal(row.reward.median)}",
            histogram_plot(row.reward_histogram, Axis.LINEAR, noun="episodes", x_title="reward", top=top),
        )
        for row in agents
    ]


def _calls_panels(agents: Sequence[AgentRow]) -> list[Panel]:
    if not agents:
        return []
    top = shared_top([row.calls_histogram for row in agents])
    return [
        Panel(
            row.agent,
            f"mean {row.calls.mean:.1f}, median {wording.number(row.calls.median)}, "
            f"most {wording.number(row.calls.maximum)}",
            histogram_plot(row.calls_histogram, Axis.WHOLE, noun="episodes", x_title="calls in an episode", top=top),
        )
        for row in agents
    ]


def _solution_plot(summary: Summary) -> Plot:
    histogram = summary.solution.histogram
    top = shared_top([histogram])
    return histogram_plot(histogram, Axis.WHOLE, noun="tasks", x_title="calls in the reference solution", top=top)


def _latency_plot(summary: Summary) -> Plot | None:
    if summary.latency is None:
        return None
    histogram = summary.latency.histogram
    top = shared_top([histogram])
    return histogram_plot(histogram, Axis.MICROSECONDS, noun="calls", x_title="latency of a call", top=top)


def _difficulty(agent: AgentRow, rows: Sequence[IntentRow]) -> Difficulty:
    own = [row for row in rows if row.agent == agent.agent]
    alike = len({(row.success.value, row.progress) for row in own}) == 1
    failed = [row for row in own if row.success.hits < row.success.of]
    solved = [row for row in reversed(own) if row.success.hits] if agent.success.value < _WEAK else []
    return Difficulty(
        agent=agent.agent,
        intents=len(own),
        never=sum(row.success.hits == 0 for row in own),
        always=len(own) - len(failed),
        hardest=() if alike else tuple(failed[:_LISTED]),
        solved=tuple(solved[:_LISTED]),
    )
