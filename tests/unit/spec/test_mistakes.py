"""Every human error in a script is reported with file, line, what was expected and the nearest name."""

from __future__ import annotations

import pytest

from agentworlds.compile.program import Program
from agentworlds.errors import ScriptError
from agentworlds.runtime.template import make_template
from agentworlds.spec.loader import load_script
from agentworlds.tasks.drawing import BadIntent
from agentworlds.worlds.world import LoadedWorld

SCRIPT = '''"""A kennel."""
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from agentworlds import Draw, Money, Places, Range, Row, Task, TaskDraw, Text, Word, World, count, field, insert, now, refuse, rows

world = World("kennel", title="Kennel")


@world.table
class Owner(Row):
    name: Word
    balance: Money = field(default=Decimal(0))


@world.table(show=("owner.balance",), owner="owner")
class Dog(Row):
    owner: Owner
    name: Word
    size: Literal["small", "large"]
    weight: Annotated[Decimal, Places(1), Range(1, 90)]
    born: date | None = None


world.role("keeper", about="You keep the kennel.")
world.role("owner", Owner, about="You help an owner.")
world.reads(Owner, by=("name",))
world.reads(Dog, by=("name", "size", "owner.name"), sort=("name",))


@world.tool(roles="keeper")
def admit(owner: Owner, name: Word, size: Literal["small", "large"]) -> Dog:
    """Admit a dog.

    Args:
        name: what it answers to
    """
    if owner.balance > 100:
        refuse("conflict", "Pay first.")
    return insert(Dog(owner=owner, name=name, size=size, weight=Decimal(9)))


@world.rule(Dog, "conflict", "An owner has at most nine dogs.")
def few_dogs(dog: Dog) -> bool:
    return count(Dog, owner=dog.owner) <= 9


@world.data
def fill(draw: Draw) -> None:
    for _ in draw.many(5):
        draw.new(Dog, owner=draw.new(Owner), name="Rex")


@world.intent(
    "Admit {dog}, it belongs to {owner.name}.",
    "{owner.name} brings {dog} for a stay.",
    "Please take in {dog} of {owner.name} today.",
    "New guest: {dog}. Owner: {owner.name}.",
    "Could we house {owner.name}'s animal {dog}?",
    "Register the arrival of {dog} under {owner.name}.",
    "There is a dog called {dog} at the door with {owner.name}; sign it in.",
    "Write {dog} into the book beside the name {owner.name}.",
    role="keeper",
)
def admit_one(draw: TaskDraw) -> Task:
    owner = draw.pick(Owner)

    def solve(do: object) -> None:
        pass

    return draw.task(solve, owner=owner, dog="Fido")
'''

MISTAKES = [
    # what is replaced, by what, the line, and what the message says
    ("import date\n", "import date,\n", 2, "not Python"),
    ("from decimal import Decimal", "import os", 3, "import of 'os' is not allowed"),
    ("from decimal import Decimal", "import jsn", 3, "scripts use agentworlds and pure parts of the standard library"),
    ('World("kennel"', 'World("My Kennel"', 7, "is not snake_case, such as 'vet_clinic'"),
    ('title="Kennel")', 'title="Kennel", now="yesterday")', 7, "now: expected a date and time such as '2026-03-02 08:00'"),
    ('title="Kennel")', 'title="Kennel", tick=-1)', 7, "tick: expected seconds from 0 to 86400, got -1"),
    ("class Owner(Row):", "class Owner:", 11, "table Owner must be written class Owner(Row)"),
    ("    name: Word\n    balance", "    name: float\n    balance", 12, "Owner.name: floats are not exact; use Decimal"),
    ("    name: Word\n    balance", "    name: dict\n    balance", 12, "Owner.name: 'dict' is not a type of the language; expected text"),
    ("    name: Word\n    balance", "    name: Wrod\n    balance", 12, "name 'Wrod' is not defined; did you mean 'Word'?"),
    ("    name: Word\n    balance", '    name: "Wrod"\n    balance', 12, "'Wrod' is not defined; did you mean 'Word'?"),
    ("    name: Word\n    balance", "    id: int\n    balance", 12, "Owner.id: this name is taken by the runtime"),
    ("field(default=Decimal(0))", 'field(default="much")', 13, "Owner.balance: expected a number from"),
    ("balance: Money =", "balance: Annotated[Money, Range(9, 1)] =", 13, "Range(9, 1) is empty"),
    ('size: Literal["small", "large"]\n    weight', 'size: Literal["small", 3]\n    weight', 20, "Literal needs words only or whole numbers only"),
    ("    size: Literal", "    sizes: int | str\n    size: Literal", 20, "Dog.sizes: a union may only be with None"),
    ("Range(1, 90)]", "Range(1, 90), 7]", 21, "7 is not known in Annotated; expected Range(low, high) or Places(count)"),
    ("    born: date | None = None", "    born: Annotated[date, Range(1, 2)]", 22, "Range belongs to int, Decimal, Money or Duration"),
    ('show=("owner.balance",)', 'show=("owner.balanse",)', 17, "owner has no column 'balanse'; did you mean 'balance'?"),
    ('show=("owner.balance",)', 'show=("owner",)', 17, "show: 'owner' is a reference; show a column of it"),
    ('owner="owner")', 'owner="name")', 17, "owner: 'name' is no reference to a person's table"),
    ('show=("owner.balance",)', 'label="nam"', 17, "label: dog has no column 'nam'; did you mean 'name'?"),
    ('show=("owner.balance",)', 'unique=[("owner", "nane")]', 17, "unique: dog has no column 'nane'; did you mean 'name'?"),
    ("class Dog(Row):", "class Owner(Row):", 17, "there is already a table 'owner'"),
    ('by=("name", "size", "owner.name")', 'by=("name", "sise")', 28, "dog has no column 'sise'; did you mean 'size'?"),
    ('by=("name", "size", "owner.name")', 'by=("name.length",)', 28, "dog.name is no reference, so nothing can follow it"),
    ('sort=("name",)', 'sort=("owner",)', 28, "sort: 'owner' is a reference; sort by a column of it"),
    ('roles="keeper")', 'roles="keper")', 31, "admit: there is no role 'keper'; did you mean 'keeper'?"),
    ("    name: what it answers to", "    nam: what it answers to", 31, "the docstring describes 'nam', which is no parameter; did you mean 'name'?"),
    ('    """Admit a dog.\n\n    Args:\n        name: what it answers to\n    """\n', "", 31, "admit: a tool needs a docstring; agents read it"),
    ("name: Word, size", "name, size", 31, "admit: parameter 'name' needs a type"),
    (') -> Dog:\n    """Admit', '):\n    """Admit', 31, "admit: say what it returns ('-> None' if nothing)"),
    (') -> Dog:\n    """Admit', ') -> Dog | None:\n    """Admit', 31, "a tool returns a value or refuses"),
    ("name: Word, size", "*names: Word, size", 31, "*names cannot be shown to agents; name every parameter"),
    ('"large"]) -> Dog', '"large"], note: Word = None) -> Dog', 31, "defaults to None, so its type needs '| None'"),
    ("def admit(", "def finish(", 31, "the name 'finish' is reserved"),
    ("def admit(", "def search_dogs(", 31, "there is already a tool 'search_dogs'"),
    ('refuse("conflict", "Pay first.")', 'refuse("conflct", "Pay first.")', 39, "'conflct' is not a code; did you mean 'conflict'?"),
    ('refuse("conflict", "Pay first.")', 'refuse("conflict")', 39, "refuse needs a code and a message"),
    ('refuse("conflict", "Pay first.")', "while True:\n            pass", 39, "'while' may never end"),
    ('refuse("conflict", "Pay first.")', "open('x')", 39, "open() is not part of the language: files are outside the world"),
    ('refuse("conflict", "Pay first.")', "date.today()", 39, "the wall clock is not the world's; use today()"),
    ('refuse("conflict", "Pay first.")', "owner.__class__", 39, "__class__ reaches under the language"),
    ('refuse("conflict", "Pay first.")', "now().timestamp()", 39, ".timestamp(): depends on the machine's time zone"),
    ("from decimal import Decimal", "from decimal import Decimal; from statistics import random", 3, "'random' reaches outside the world"),
    ("from decimal import Decimal", "from decimal import Decimal; from functools import cache", 3, "cache would keep values from one episode to the next"),
    ('refuse("conflict", "Pay first.")', "SEEN.append(owner)\n\n\nSEEN = []\nif True:\n    if True:\n        pass", 39, "SEEN is shared by all episodes"),
    ("def few_dogs(dog: Dog) -> bool:", "def helper(seen={}) -> None: ...\n\n\ndef few_dogs(dog: Dog) -> bool:", 44, "a default that can change is shared by all episodes"),
    ('@world.rule(Dog, "conflict", "An owner has at most nine dogs.")', '@world.rule(Dog, "conflict", "{row.nam} is one too many.")', 43, "dog has no column 'nam'; did you mean 'name'?"),
    ('    role="keeper",\n)\ndef admit_one', '    role="keeper", kind="bulk",\n)\ndef admit_one', 54, "kind 'bulk' is not one of write, question"),
    ('refuse("conflict", "Pay first.")', "Owner.fees = 3", 39, "Owner is shared by all episodes"),
    ('refuse("conflict", "Pay first.")', "list({d.name for d in rows(Dog)})", 39, "the order of a set differs from run to run"),
    ("for _ in draw.many(5):", "for _ in set(draw.many(5)):", 50, "the order of a set differs from run to run"),
    ('sort=("name",))', 'sort=("pin",))', 28, "dog has no column 'pin'"),
    ("count(Dog, owner=dog.owner) <= 9", "False", 43, "rule few_dogs does not hold for"),
    ('@world.rule(Dog, "conflict", "An owner has at most nine dogs.")', '@world.rule(Dog, "conflict", "x", watch=["Dgo.owner"])', 43, "there is no table 'Dgo'; did you mean 'Dog'?"),
    ("draw.new(Owner), name=", "draw.new(Owner), nam=", 51, "dog has no column 'nam'; did you mean 'name'?"),
    ("@world.data\n", "", 1, "a world needs a function under @world.data that fills it"),
    ('    "Write {dog} into the book beside the name {owner.name}.",\n', "", 54, "expected at least 8 wordings, got 7"),
    ("Write {dog} into the book beside the name {owner.name}.", "Guest new: {dog}. Owner: {owner.name}.", 54, "wording 8 is too like another"),
    ("Write {dog} into the book", "Write it into the book", 54, "wording 8 and the first do not state the same slots: {dog}"),
    ('    role="keeper",\n)\ndef admit_one', '    role="kepper",\n)\ndef admit_one', 54, "admit_one: there is no role 'kepper'; did you mean 'keeper'?"),
    ("@world.rule(Dog", 'world.include("ledgr", Account=Owner)\n\n\n@world.rule(Dog', 43, "there is no module or suite 'ledgr'; did you mean 'ledger'?"),
    ("@world.rule(Dog", 'world.include("ledger", Acount=Owner)\n\n\n@world.rule(Dog', 43, "including ledger needs a table for Account"),
    ("@world.rule(Dog", 'world.include("ledger", Account=Owner, rename={"Entri": "Line"})\n\n\n@world.rule(Dog', 43, "ledger has nothing called 'Entri' to rename; did you mean 'Entry'?"),
    ("@world.rule(Dog", 'world.include("ledger", Account=Dog)\n\n\n@world.rule(Dog', 43, "Account: Dog has no column 'balance'"),
]  # fmt: skip


def problems(script: str) -> list[str]:
    try:
        world = load_script("kennel.py", {"kennel.py": script})
        make_template(Program(world))
    except ScriptError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_the_script_itself_is_right() -> None:
    assert problems(SCRIPT) == []


@pytest.mark.parametrize(("old", "new", "line", "message"), MISTAKES, ids=[m[3][:48] for m in MISTAKES])
def test_a_mistake_is_reported_with_its_line_and_what_was_expected(old: str, new: str, line: int, message: str) -> None:
    assert SCRIPT.count(old) == 1, "the mistake must be made in one place"
    found = problems(SCRIPT.replace(old, new))
    assert any(f":{line}: " in problem and message in problem for problem in found), found


def test_several_mistakes_are_reported_together() -> None:
    found = problems(SCRIPT.replace("name: Word\n    balance: Money", "name: float\n    balance: set"))
    assert [problem.split(":")[1] for problem in found] == ["12", "13"]


NOTHING = "StopIteration: next() found nothing"
AT_A_SEED = [
    # what the owner's name is replaced by in the data, and what is said after world and seed
    ("next(one.name for one in rows(Owner, balance=7))", NOTHING),
    ('"".join(next(two.name for two in rows(Owner, balance=7)) for one in rows(Owner))', NOTHING),
    ("draw.choice(rows(Owner, balance=7)).name", "ValueError: there is nothing to choose from: the options are empty"),
    ("draw.pick(Owner, balance=7).name", "Fault: there is no Owner to pick with {'balance': 7}"),
    ('refuse("conflict", "Nobody has seven pounds.")', None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said"), AT_A_SEED, ids=[name[:24] for name, _ in AT_A_SEED])
def test_data_that_cannot_be_made_at_a_seed_name_world_seed_and_line(name: str, said: str | None) -> None:
    script = SCRIPT.replace('owner=draw.new(Owner), name="Rex"', f"owner=draw.new(Owner), name={name}")
    world = load_script("kennel.py", {"kennel.py": script})
    with pytest.raises(ScriptError) as failed:
        make_template(Program(world), seed=7)
    how = f"failed in kennel at seed 7: {said}" if said else "was refused in kennel at seed 7: Nobody has seven pounds."
    assert str(failed.value) == f"kennel.py:51: the data function {how}"


def test_a_rule_that_fails_over_the_data_names_world_seed_row_and_line() -> None:
    script = SCRIPT.replace(
        "count(Dog, owner=dog.owner) <= 9", "next(one for one in rows(Dog) if one.name == '') == dog"
    )
    with pytest.raises(ScriptError) as failed:
        make_template(Program(load_script("kennel.py", {"kennel.py": script})), seed=7)
    assert str(failed.value) == f"kennel.py:45: rule few_dogs failed for <Dog 1> in kennel at seed 7: {NOTHING}"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("owner = next(one for one in rows(Owner, balance=7))", f"kennel.py:66: intent admit_one at seed 7: {NOTHING}"),
        (
            "owner = draw.choice(rows(Owner, balance=7))",
            "kennel.py:54: intent admit_one at seed 7: no draw of 30 was accepted: there is nothing to choose from",
        ),
    ],
    ids=["next", "choice"],
)
def test_a_task_that_cannot_be_drawn_at_a_seed_names_seed_and_line(line: str, said: str) -> None:
    script = SCRIPT.replace("owner = draw.pick(Owner)", line)
    world = LoadedWorld(load_script("kennel.py", {"kennel.py": script}))
    with pytest.raises(BadIntent) as failed:
        world.task(0, seed=7)
    assert str(failed.value) == said


def test_data_that_a_data_function_rejects_are_drawn_anew() -> None:
    needs = '    draw.need(draw.chance(20), "luck")\n'
    script = SCRIPT.replace("    for _ in draw.many(5):", needs + "    for _ in draw.many(5):")
    usual, lucky = (Program(load_script("kennel.py", {"kennel.py": one})) for one in (SCRIPT, script))
    digests = [make_template(lucky, seed).digest for seed in range(4)]
    assert len(set(digests)) == 4
    assert digests == [make_template(lucky, seed).digest for seed in range(4)]
    always = Program(load_script("kennel.py", {"kennel.py": script.replace("draw.chance(20)", "True")}))
    assert make_template(always, 0).digest == make_template(usual, 0).digest


def test_data_that_are_always_rejected_are_a_problem_of_the_line_that_rejects_them() -> None:
    needs = '    draw.need(count(Dog) > 5, "five dogs are too few")\n\n\n@world.intent'
    script = SCRIPT.replace('name="Rex")\n\n\n@world.intent', f'name="Rex")\n{needs}')
    assert problems(script) == [
        "kennel.py:52: no data of 30 draws were accepted in kennel at seed 0: five dogs are too few"
    ]
