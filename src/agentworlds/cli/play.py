"""``agentworlds play``: a person plays an episode."""

from __future__ import annotations

import shlex
from typing import Any

import click
import msgspec
import orjson

from agentworlds.cli.output import json_option
from agentworlds.errors import AgentworldsError, nearest
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.loading import load

HELP = """Type a call as  tool name=value other="two words"  — values are JSON where they parse as JSON, else text.
  :tools [WORD]   the tools, or those whose name or description has a word
  :tool NAME      one tool's arguments
  :json           toggle JSON or words
  :changes        what you have changed so far
  :task           the instruction again
  :undo           take the last call back
  :restart        back to the start
  finish answer=… or finish impossible=true ends the episode; :quit leaves it."""


def parse_call(line: str) -> tuple[str, dict[str, Any]]:
    """A typed call. Raises ValueError with what was expected."""
    words = shlex.split(line)
    arguments: dict[str, Any] = {}
    for word in words[1:]:
        name, sign, value = word.partition("=")
        if not sign:
            raise ValueError(f"expected name=value, got {word!r}")
        try:
            arguments[name] = orjson.loads(value)
        except orjson.JSONDecodeError:
            if value[:1] in "[{" and value:
                raise ValueError(
                    f'{name}: a list or an object goes in single quotes, as {name}=\'["a", "b"]\''
                ) from None
            arguments[name] = value
    return words[0], arguments


@click.command("play")
@click.argument("world")
@click.option("--task", default="0", show_default=True, help="A task's number or an intent's name.")
@click.option("--seed", default=0, show_default=True, help="Which data and tasks.")
@json_option
def play_command(world: str, task: str, seed: int, as_json: bool) -> None:
    """Play an episode in the terminal, with completion, and see what you changed. Also reads calls from a pipe.

    \b
    agentworlds play vet_clinic --task 2
    echo 'search_pets name=Milo' | agentworlds play vet_clinic --json
    """
    with load(world).episode(int(task) if task.isdigit() else task, seed) as episode:
        game = Game(episode, as_json=as_json)
        game.greet()
        for line in _lines(episode):
            if not game.take(line):
                break


class Game:
    """One episode at the keyboard."""

    def __init__(self, episode: Episode, *, as_json: bool = False) -> None:
        self.episode = episode
        self.as_json = as_json
        self.before: list[bytes] = []
        self.names = [tool["function"]["name"] for tool in episode.tools]

    def greet(self) -> None:
        """Say what is asked."""
        tools, budget = len(self.names), self.episode.budget
        if self.as_json:
            print_line({"instruction": self.episode.instruction, "tools": tools, "budget": budget})
        else:
            click.echo(f"{self.episode.instruction}\n\n{tools} tools, {budget} calls. :help tells how.\n")

    def take(self, line: str) -> bool:
        """Carry out one line; False ends the game."""
        if line.startswith(":"):
            return self._command(*line[1:].split(maxsplit=1))
        try:
            tool, arguments = parse_call(line)
        except ValueError as problem:
            click.echo(f"not a call: {problem}; :help tells how")
            return True
        if tool not in self.names:
            click.echo(f"there is no tool {tool!r}{nearest(tool, self.names)}")
            return True
        self.before.append(self.episode.instance.snapshot())
        try:
            step = self.episode.apply(tool, arguments)
        except AgentworldsError as problem:
            click.echo(f"fault: {problem}")
            return True
        click.echo(step.json if self.as_json else step.text)
        if step.done and self.episode.verdict is not None:
            if self.as_json:
                print_line(msgspec.to_builtins(self.episode.verdict))
            else:
                click.echo(f"\n{self.episode.verdict.explain()}")
            return False
        return True

    def _command(self, name: str = "help", rest: str = "") -> bool:
        match name:
            case "quit" | "q":
                return False
            case "json":
                self.as_json = not self.as_json
                click.echo("JSON" if self.as_json else "words")
            case "changes":
                changes = self.episode.changes()
                for change in changes:
                    click.echo(
                        f"  {change.kind} {change.table} {change.id}: {_differences(change.before, change.after)}"
                    )
                if not changes:
                    click.echo("  nothing so far")
            case "task":
                click.echo(self.episode.instruction)
            case "undo":
                self._undo()
            case "restart":
                self.episode.reset()
                self.before.clear()
                click.echo("back at the start")
            case "tools":
                for tool in self.episode.tools:
                    function = tool["function"]
                    if rest.lower() in f"{function['name']} {function['description']}".lower():
                        click.echo(f"  {function['name']:28} {function['description'][:90]}")
            case "tool":
                self._tool(rest.strip())
            case _:
                click.echo(HELP)
        return True

    def _undo(self) -> None:
        if not self.before or not self.episode.steps:
            click.echo("there is nothing to take back")
            return
        self.episode.instance.restore(self.before.pop())
        click.echo(f"took back {self.episode.steps.pop().tool}")

    def _tool(self, name: str) -> None:
        for tool in self.episode.tools:
            if tool["function"]["name"] == name:
                click.echo(orjson.dumps(tool["function"], option=orjson.OPT_INDENT_2).decode())
                return
        click.echo(f"there is no tool {name!r}{nearest(name, self.names)}")


def print_line(value: Any) -> None:
    """Print a value as one line of JSON."""
    click.echo(orjson.dumps(value).decode())


def _differences(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    if before is None or after is None:
        return ", ".join(f"{name}={value}" for name, value in (after or before or {}).items())
    return ", ".join(f"{name}: {before[name]} → {after[name]}" for name in after if after[name] != before[name])


def _lines(episode: Episode) -> Any:
    import sys

    if not sys.stdin.isatty():
        yield from (line.strip() for line in sys.stdin if line.strip())
        return
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter

    words = {":tools", ":tool", ":json", ":changes", ":task", ":undo", ":restart", ":quit", ":help"}
    for tool in episode.tools:
        words.add(tool["function"]["name"])
        words |= {f"{name}=" for name in tool["function"]["parameters"]["properties"]}
    session: PromptSession[str] = PromptSession("> ", completer=WordCompleter(sorted(words), WORD=True))
    while not episode.done:
        try:
            line = session.prompt().strip()
        except (EOFError, KeyboardInterrupt):
            return
        if line:
            yield line
