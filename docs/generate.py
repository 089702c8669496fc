"""Write the generated pages and the starter of `agentworlds new`; a test fails while they are stale."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Iterable
from importlib.metadata import metadata, packages_distributions
from pathlib import Path
from typing import Any

import click

from agentworlds.cli.look import overview, suite_overview
from agentworlds.cli.main import VERBS, cli
from agentworlds.engines import ENGINES, find_engine
from agentworlds.registry import CONTENT
from agentworlds.spec.hosting import placeholders
from agentworlds.train.algorithms.algorithm import ALGORITHMS, algorithm_of
from agentworlds.train.config import Config
from agentworlds.worlds.loading import load
from agentworlds.worlds.world import LoadedWorld

DOCS = Path(__file__).parent
MADE = "<!-- Made by `make docs`; do not edit. -->"
STARTER = "../src/agentworlds/cli/starter.py.txt"
LONGEST_DEFAULT = 60


def pages() -> dict[str, str]:
    """Each generated page, by the name of its file."""
    return {
        "cli.md": cli_page(), "worlds.md": worlds_page(), "suites.md": suites_page(),
        "algorithms.md": algorithms_page(), STARTER: starter(),
    }  # fmt: skip


def starter() -> str:
    """What ``agentworlds new`` writes: the world that writing-worlds.md builds."""
    blocks = re.findall(r"^```python\n(.*?)^```", (DOCS / "writing-worlds.md").read_text(encoding="utf-8"), re.M | re.S)
    return "\n\n".join(blocks).replace('World("clinic"', 'World("WORLD_ID"')


# The command line ---------------------------------------------------------------------------------------


def cli_page() -> str:
    """Every verb with its help."""
    lines = [
        MADE, "# Command line", "", f"{cli.help} `agentworlds VERB --help` says the same as this page.", "",
        "Exit codes: 0 for success; 1 for a failure that was found, such as a problem in a script or a task that is "
        "not sound; 2 for a wrong call; 130 when stopped by Ctrl-C. With `--json`, standard output holds JSON and "
        "nothing else.", "",
        "| verb | |", "| --- | --- |",
    ]  # fmt: skip
    context = click.Context(cli, info_name="agentworlds", **cli.context_settings)
    commands = {}
    for verb in VERBS:
        command = cli.get_command(context, verb)
        assert command is not None
        commands[verb] = command
        lines.append(f"| [`{verb}`](#{verb}) | {command.get_short_help_str(200)} |")
    for verb, command in commands.items():
        lines += ["", *verb_section(verb, command, context)]
    return page(lines)


def verb_section(verb: str, command: click.Command, parent: click.Context) -> list[str]:
    """One verb: how it is called, what it does, an example, its options."""
    context = click.Context(command, parent, info_name=verb)
    lines = [f"## {verb}", "", f"`{context.command_path} {' '.join(command.collect_usage_pieces(context))}`", ""]
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b\n"):
            lines += ["```console", *paragraph.splitlines()[1:], "```", ""]
        else:
            lines += [" ".join(paragraph.split()), ""]
    records = [record for parameter in command.get_params(context) if (record := parameter.get_help_record(context))]
    lines += [f"- `{option}`: {about}" for option, about in records if about]
    return lines


# Algorithms ---------------------------------------------------------------------------------------------


def algorithms_page() -> str:
    """Every algorithm, and every setting with its default."""
    lines = [MADE, "# Algorithms", "", ALGORITHMS_ABOUT, "", "## The run", "", *settings_table(Config)]
    for name in ALGORITHMS:
        kind = algorithm_of(name)
        about = inspect.cleandoc(inspect.getmodule(kind).__doc__ or "")
        lines += ["", f"## {name}", "", *about.splitlines(), "", *settings_table(kind.settings_class)]
    return page(lines)


def settings_table(record: type) -> list[str]:
    """The fields of a record with their defaults, and what its docstrings say of them."""
    about: dict[str, str] = {}
    for cls in reversed(record.__mro__[:-1]):
        about |= attributes(cls)
    lines = ["| setting | default | |", "| --- | ---: | --- |"]
    for field in dataclasses.fields(record):
        made = field.default_factory is not dataclasses.MISSING
        default = field.default_factory() if made else field.default
        if dataclasses.is_dataclass(default) and not isinstance(default, type):
            shown = ", ".join(f"{name} {value}" for name, value in dataclasses.asdict(default).items() if value != ())
        else:
            shown = (
                "" if default in ("", (), {}, None) else f"{default:g}" if isinstance(default, float) else str(default)
            )
        lines.append(f"| `{field.name}` | {shown} | {about[field.name]} |")
    return lines


def attributes(cls: type) -> dict[str, str]:
    """What a class's own docstring says of its attributes."""
    _, _, section = inspect.cleandoc(cls.__dict__.get("__doc__") or "").partition("Attributes:\n")
    found = re.findall(r"^    (\w+): (.*(?:\n        .*)*)", section, re.M)
    return {name: " ".join(text.split()).replace("``", "`") for name, text in found}


ALGORITHMS_ABOUT = (
    "What each algorithm of `agentworlds train --algo` is, how it differs from its paper, and its settings, which go "
    "into `--set NAME=VALUE` or the table `[options]` of a configuration file. [How to train](training.md) is said "
    "elsewhere."
)


# Worlds, modules and suites -----------------------------------------------------------------------------


def worlds_page() -> str:
    """Every packaged world, module and suite."""
    worlds = [load(id) for id in CONTENT.ids("domains")]
    lines = [
        MADE, "# Worlds", "",
        "The packaged worlds, and the [modules](#modules) that they include; [suites](suites.md) have their own page. "
        "Rows are those of a seed at scale 1; writes are the tools that can change something.", "",
        "| world | | tables | tools | writes | rows | intents |", "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for world in worlds:
        about = overview(world)
        figures = " | ".join(str(about[key]) for key in ("tables", "tools", "writes", "rows", "intents"))
        lines.append(f"| [`{world.id}`](#{world.id}) | {world.title} | {figures} |")
    for world in worlds:
        lines += ["", *world_section(world)]
    lines += ["", "## Modules"]
    for path in CONTENT.paths("modules"):
        lines += ["", *module_section(path)]
    return page(lines)


def suites_page() -> str:
    """Every suite, and the engines behind them."""
    suites = [suite_overview(id) for id in CONTENT.ids("suites")]
    lines = [
        MADE, "# Suites", "", SUITES_ABOUT, "",
        "| suite | tools | tables | intents | wraps |", "| --- | ---: | ---: | ---: | --- |",
    ]  # fmt: skip
    for one in suites:
        lines.append(f"| [`{one['id']}`](#{one['id']}) | {one['tools']} | {one['tables']} | {one['intents']} | "
                     f"{one['wraps'] or 'nothing'} |")  # fmt: skip
    lines += ["", "## Engines", "", ENGINES_ABOUT, "",
              "| suite | engine | library | licence | formats |", "| --- | --- | --- | --- | --- |"]  # fmt: skip
    for suite, engines in ENGINES.items():
        for name in engines:
            engine: Any = find_engine(suite, name)
            licences = ", ".join(dict.fromkeys(licence_of(package) for package in engine.requires))
            licences = engine.licence or licences
            formats = ", ".join(engine.formats) or "–"
            lines.append(f"| {suite} | `{name}` | {engine.wraps} | {licences or PYTHON_LICENCE} | {formats} |")
    lines += ["", "## Every suite", "", "What each needs of its host, and what it brings."]
    for path in CONTENT.paths("suites"):
        lines += ["", *module_section(path)]
    return page(lines)


SUITES_ABOUT = (
    "Toolboxes of everyday life. A world includes one in a line, bound to its own people: `mail = "
    'world.include("email", Person=Owner, address="desk@willowvets.example")`; its tables, tools, rules, data and '
    "tasks become the world's own, and its functions serve the world's own tools. All state is in the world's "
    "database, so reset, snapshots, forks and goals cover it. `pip install 'agentworlds[suites]'` brings the "
    "libraries; [how to write one](writing-worlds.md#writing-a-suite) is said elsewhere."
)
ENGINES_ABOUT = (
    "What a library does for a suite stands behind a small protocol (`agentworlds.engines`). "
    '`world.include("search", engine="bm25s")` chooses another engine, and `agentworlds.load("suite:search", '
    'engines={"search": MyEngine})` one of your own for a world that is already written ([an '
    "example](../examples/own_search_engine.py)). An engine is a class without state whose methods take and give "
    "plain values, the same ones always. `agentworlds.engines.contract.check_engine` says what one of yours still "
    "lacks (for search and analyst), and `agentworlds certify suite:search --engine search=my_package:MyEngine` "
    "plays every task of the suite with it."
)
PYTHON_LICENCE = "PSF-2.0, as Python"


def licence_of(package: str) -> str:
    """The licence of the distribution that holds an importable package, as its metadata has it."""
    if package in sys.stdlib_module_names:
        return PYTHON_LICENCE
    about = metadata(packages_distributions()[package][0])
    if about["License-Expression"]:
        return str(about["License-Expression"])
    classified = [line.split(" :: ")[-1] for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
    return classified[0] if classified else (about["License"] or "unknown").splitlines()[0]


def world_section(world: LoadedWorld) -> list[str]:
    """One world."""
    declared, counts = world.world, world.template().row_counts
    figures = overview(world)
    lines = [
        f"## {world.id}", "", f"**{world.title}.** {declared.about}", "",
        f"{figures['tables']} tables, {figures['tools']} tools of which {figures['writes']} write, "
        f"{figures['rows']} rows, {figures['intents']} intents. "
        f"It is {declared.now:%A, %Y-%m-%d, %H:%M}; a call takes {declared.tick} seconds.", "",
        "Tables: " + ", ".join(f"`{table.name}` ({counts[table.name]})" for table in declared.tables) + ".",
    ]  # fmt: skip
    if declared.roles:
        lines += ["", "Roles:", ""]
        for role in declared.roles.values():
            bound = f", a row of `{role.cls.__table__.name}`" if role.cls else ""
            lines.append(f"- `{role.name}`{bound}: {role.about}")
    lines += ["", "Rules:", ""]
    lines += [f"- `{rule.cls.__table__.name}`: {rule.message} (`{rule.code}`)" for rule in declared.rules]
    own, others = {}, {}
    for tool in declared.tools.values():
        if tool.source in ("", world.id):
            own[tool.name] = tool
        else:
            others.setdefault(tool.source, []).append(tool.name)
    lines += ["", "Tools:", ""]
    for tool in own.values():
        roles = f" For the {' and the '.join(tool.roles)}." if tool.roles else ""
        lines.append(f"- `{tool.name}`{' (write)' if tool.writes else ''}: {tool.description}{roles}")
    for source, names in others.items():
        home = "suites.md" if source in CONTENT.ids("suites") else ""
        lines.append(f"- from [{source}]({home}#{source}): {', '.join(f'`{name}`' for name in names)}")
    lines += ["", "Intents, with the first wording of each:", ""]
    lines += [f"- `{one.name}` ({one.kind}): {' '.join(one.wordings[0].split())}" for one in declared.intents.values()]
    return lines


def module_section(path: Path) -> list[str]:
    """One module or suite: what it asks of its host, and what it brings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    name = path.stem
    given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in _calls(tree, "Module")[0].keywords}
    world = load(f"{path.parent.name.removesuffix('s')}:{name}").world
    lines = [f"### {name}", "", f"**{given['title']}.** {' '.join((ast.get_docstring(tree) or '').split())}", ""]
    if given.get("wraps"):
        lines += [f"Wraps: {given['wraps']}.", ""]
    for placeholder in placeholders(tree):
        columns = ", ".join(f"`{ast.unparse(line)}`" for line in placeholder.body if isinstance(line, ast.AnnAssign))
        lines += [f"- needs a table for `{placeholder.name}`" + (f" with {columns}" if columns else "")]
    for call in sorted(_calls(tree, "setting"), key=lambda call: call.lineno):
        default = ast.unparse(call.args[1])
        shown = default if len(default) <= LONGEST_DEFAULT else f"{default[:LONGEST_DEFAULT]}…"
        lines.append(f"- setting `{ast.literal_eval(call.args[0])}`, by default `{shown}`")
    for table in world.tables:
        if table.file == str(path):
            lines.append(f"- table `{table.name}`: {', '.join(f'`{column.stored_name}`' for column in table.columns)}")
    for tool in world.tools.values():
        if tool.source == name:
            lines.append(f"- tool `{tool.name}`{' (write)' if tool.writes else ''}: {tool.description}")
    for rule in world.rules:
        if rule.file == str(path):
            lines.append(f"- rule on `{rule.cls.__table__.name}`: {rule.message} (`{rule.code}`)")
    for intent in world.intents.values():
        if intent.source == name:
            lines.append(f"- intent `{intent.name}` ({intent.kind}): {' '.join(intent.wordings[0].split())}")
    return lines


def _calls(tree: ast.Module, name: str) -> list[ast.Call]:
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call for call in found if name in (getattr(call.func, "id", None), getattr(call.func, "attr", None))]


def page(lines: Iterable[str]) -> str:
    """Lines as the text of a page."""
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    for file, text in pages().items():
        (DOCS / file).write_text(text, encoding="utf-8")
