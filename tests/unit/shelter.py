"""A small world with one of everything, and tools that misbehave on purpose."""

from __future__ import annotations

from functools import cache
from typing import Any

from agentworlds.runtime.instance import Instance
from agentworlds.spec.loader import load_script
from agentworlds.worlds.world import LoadedWorld

SCRIPT = '''"""An animal shelter."""
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal
from agentworlds import (
    Draw, Duration, Email, Money, Paragraph, PersonName, Places, Range, Row, Word, World, actor, count, delete, field,
    first, insert, now, refuse, role, rows, today, total,
)

world = World("shelter", title="Shelter", now="2026-03-02 08:00", tick=20)


@world.table
class Owner(Row):
    name: PersonName
    email: Email = field(unique=True)
    balance: Money = field(default=Decimal(0))
    pin: Word = field(hidden=True, default="0000")


@world.table
class Tag(Row):
    word: Word


@world.table(owner="owner")
class Pet(Row):
    owner: Owner
    name: Word
    species: Literal["dog", "guinea_pig"]
    weight: Annotated[Decimal, Places(1), Range(0.2, 90)] = field(default=Decimal(5))
    born: date | None = None
    mother: "Pet | None" = None
    neutered: bool = False
    tags: list[Tag]


@world.table(show=("pet.owner.name", "pet.species"), owner="pet.owner", unique=[("pet", "starts")])
class Visit(Row):
    pet: Pet
    starts: datetime
    opens: time = field(default=time(9))
    length: Duration | None = None
    note: Paragraph = field(wording=True, default="")
    rank: int = field(free=True, default=0)
    made: datetime = field(default=now)


@world.table(transient=True)
class Page(Row):
    word: Word


@world.table
class Bulk(Row):
    number: int


@dataclass
class Summary:
    pets: int
    owed: Money
    oldest: Pet
    names: list[Word]


world.role("keeper", about="You keep the shelter.")
world.role("owner", Owner, about="You help an owner.")
world.reads(Owner, by=("name", "balance"), sort=("name", "balance"))
world.reads(Pet, by=("name", "species", "owner", "owner.name", "weight", "born", "neutered"), sort=("name", "owner.name"))
world.reads(Visit, by=("pet", "starts", "opens"), sort=("starts",))


@world.tool
def add_pet(owner: Owner, name: Word, species: Literal["dog", "guinea_pig"], weight: Annotated[Decimal, Places(1), Range(0.2, 90)] = Decimal(5), born: date | None = None, mother: Pet | None = None, tags: list[Tag] | None = None) -> Pet:
    """Take in a pet.

    Args:
        name: what it answers to
        born: its birthday,
            if known
    """
    pet = insert(Pet(owner=owner, name=name, species=species, weight=weight, born=born, mother=mother))
    pet.tags = tags or []
    return pet


@world.tool(roles="keeper", idempotent=True)
def set_balance(owner: Owner, balance: Money) -> Owner:
    """Set what an owner owes."""
    owner.balance = balance
    return owner


@world.tool
def set_weight(pet: Pet, weight: Annotated[Decimal, Places(1), Range(0.2, 90)]) -> Pet:
    """Weigh a pet."""
    pet.weight = weight
    return pet


@world.tool
def tag_pet(pet: Pet, tags: list[Tag]) -> list[Tag]:
    """Give a pet exactly these tags."""
    pet.tags = tags
    return pet.tags


@world.tool(destructive=True)
def drop_pet(pet: Pet) -> None:
    """Remove a pet."""
    delete(pet)


@world.tool
def set_mother(pet: Pet, mother: Pet | None) -> Pet:
    """Say whose child a pet is."""
    pet.mother = mother
    return pet


@world.tool
def swap_emails(owner: Owner, other: Owner) -> None:
    """Swap two owners' addresses."""
    mine, theirs = owner.email, other.email
    owner.email = "swap@example.com"
    count(Owner)
    other.email = mine
    count(Owner)
    owner.email = theirs


@world.tool
def plan(pet: Pet, starts: datetime, note: Paragraph = "", length: Duration | None = None) -> Visit:
    """Plan a visit."""
    return insert(Visit(pet=pet, starts=starts, note=note, length=length))


@world.tool
def clock() -> datetime:
    """What time it is."""
    return now()


@world.tool
def look_at(word: Word) -> Page:
    """Turn to a page."""
    return insert(Page(word=word))


@world.query
def summary(owner: Owner) -> Summary:
    """An owner in short."""
    pets = rows(Pet, owner=owner, order="born,name")
    return Summary(pets=len(pets), owed=owner.balance, oldest=pets[0], names=[pet.name for pet in pets])


@world.query
def weights(pet: Pet) -> list[Money]:
    """Numbers."""
    return [pet.weight, total(Pet, "weight")]


@world.query
def who_acts() -> Word:
    """Who acts."""
    row = actor(Owner)
    return f"{role()} {row.id if row else None} {actor(Pet)}"


@world.tool
def refuse_late(owner: Owner) -> None:
    """Change much, then refuse."""
    owner.balance = Decimal(99)
    pet = insert(Pet(owner=owner, name="ghost", species="dog"))
    insert(Visit(pet=pet, starts=now()))
    delete(first(Visit))
    owner.name = "Nobody"
    refuse("conflict", "After all, no.", hint="try another day", field="owner_id")


@world.tool
def break_down(owner: Owner, how: Literal["index", "next", "custom", "unique", "reference", "type", "sql", "value", "gone", "twice", "arithmetic", "recursion", "pattern"]) -> None:
    """Change something, then fail."""
    owner.balance = Decimal(77)
    insert(Owner(name="Made Up", email="made.up@example.com"))
    if how == "index":
        [][0]
    if how == "next":
        next(iter([]))
    if how == "custom":
        raise Oops("oops")
    if how == "unique":
        insert(Owner(name="Ada", email="made.up@example.com"))
    if how == "reference":
        delete(owner)
    if how == "type":
        owner.name = 7
    if how == "sql":
        rows(Owner, limit="many")
    if how == "value":
        rows(Owner, nam="x")
    if how == "gone":
        page = insert(Page(word="x"))
        delete(page)
        page.word
    if how == "twice":
        insert(insert(Page(word="x")))
    if how == "arithmetic":
        Decimal(1) / 0
    if how == "recursion":
        forever()
    if how == "pattern":
        import re
        re.compile("(")


class Oops(Exception):
    pass


def forever():
    forever()


@world.query
def sneak(owner: Owner, how: Literal["assign", "insert", "delete", "list"]) -> None:
    """A read that writes."""
    if how == "assign":
        owner.balance = Decimal(1)
    if how == "insert":
        insert(Page(word="x"))
    if how == "delete":
        delete(first(Visit))
    if how == "list":
        first(Pet).tags = []


@world.query
def read_many(times: int) -> int:
    """Read all rows of the bulk so many times."""
    return sum(len(rows(Bulk)) for _ in range(times))


@world.tool
def write_many(owner: Owner, number: int) -> int:
    """Write so many rows."""
    for position in range(number):
        insert(Page(word=f"w{position}"))
    return number


@world.query
def grind() -> int:
    """Join the bulk with itself, at length."""
    return sum(count(Bulk, number=number) for number in range(100_000))


@world.tool
def grind_and_write(owner: Owner) -> int:
    """The same with a change before."""
    owner.balance = Decimal(5)
    return sum(count(Bulk, number=number) for number in range(100_000))


@world.data
def fill(draw: Draw) -> None:
    ada = insert(Owner(name="Ada Lovelace", email="ada@example.com", balance=Decimal("12.50")))
    bob = insert(Owner(name="Bob 100% O'Neil", email="bob@example.com", pin="1234"))
    eve = insert(Owner(name="Eve_lyn Ross", email="eve@example.com", balance=Decimal(-3)))
    old, young = insert(Tag(word="old")), insert(Tag(word="young"))
    milo = insert(Pet(owner=ada, name="Milo", species="dog", weight=Decimal("12.5"), born=date(2020, 2, 29)))
    luna = insert(Pet(owner=ada, name="Luna", species="guinea_pig", weight=Decimal("0.9"), mother=milo, neutered=True))
    rex = insert(Pet(owner=bob, name="Rex", species="dog"))
    milo.tags = [old, young]
    insert(Visit(pet=milo, starts=datetime(2026, 3, 3, 9), length=None, note="a limp"))
    for number in range(2100):
        insert(Bulk(number=number))
'''


def world_of(script: str, id: str = "shelter") -> LoadedWorld:
    """The world of a script that is on no disk."""
    return LoadedWorld(load_script(f"{id}.py", {f"{id}.py": script}))


@cache
def shelter() -> LoadedWorld:
    return world_of(SCRIPT)


def dump(instance: Instance) -> dict[str, list[tuple[Any, ...]]]:
    """Every row, read by plain SQL."""
    return {
        table.name: instance.store.db.execute(f'SELECT * FROM "{table.name}" ORDER BY id').fetchall()
        for table in instance.program.tables
    }


def state(instance: Instance) -> tuple[Any, ...]:
    """All that a call may change, but for the time."""
    store = instance.store
    return dump(instance), list(store.next_ids), instance.changes(), bool(store.dirty), store.writable
