"""What a suite has beyond a module: an engine, sentences for its results, intents under other names, tools left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentworlds.certify.certificate import certify_task
from agentworlds.engines import EngineError, find_engine, make_engine
from agentworlds.errors import Fault, NotFound, ScriptError
from agentworlds.spec.loader import load_script
from agentworlds.spec.tools import fitting
from agentworlds.tasks.solver import renamed
from agentworlds.worlds.world import LoadedWorld

SUITE = '''"""A shelf of words, ranked by an engine."""
from typing import Literal, Protocol
from agentworlds import (
    Answer, Do, Draw, EngineError, Module, Row, Task, TaskDraw, Word, count, derived, field, first, insert, refuse, rows,
)

shelf = Module("shelf", title="Shelf", wraps="nothing")


class Ranker(Protocol):
    def rank(self, words: list[str], query: str) -> list[str]: ...


engine: Ranker = shelf.engine(Ranker, "tests.unit.spec.test_suites:ByLength")


@shelf.placeholder
class Person(Row):
    name: Word


@shelf.table
class Item(Row):
    keeper: Person
    word: Word = field(unique=True)
    state: Literal["kept", "lent"] = "kept"


shelf.reads(Item, by=("word", "state", "keeper.name"), sort=("word",))


def words() -> tuple[str, ...]:
    return tuple(item.word for item in rows(Item))


@shelf.query
def rank_items(query: Word) -> list[Word]:
    """Words, the best first."""
    try:
        return engine.rank(list(derived(words, Item)), query)
    except EngineError as problem:
        refuse("invalid", str(problem), field="query")


@shelf.tool
def lend_item(item: Item, keeper: Person) -> Item:
    """Lend a word to somebody."""
    item.state, item.keeper = "lent", keeper
    return item


@shelf.tool
def burn_item(item: Item) -> None:
    """Burn a word."""
    refuse("unavailable", "Words do not burn.")


@shelf.says("search_items")
def items_in_words(data: dict) -> str:
    found = len(data["results"])
    return f"{found} {'word' if found == 1 else 'words'} on the shelf." if found else ""


@shelf.intent(
    "Lend {word} to {person.name}.", "{person.name} would like to have {word} for a while.",
    "Hand over the word {word}; it goes to {person.name}.", "Give {word} out. Who takes it: {person.name}.",
    "The next holder of {word} shall be {person.name}, please note that.", "Word {word}, borrower {person.name}: book the loan.",
    "Could {person.name} get hold of {word} from us today?", "Put {person.name} down as the one who took {word} home.",
)
def lend_a_word(draw: TaskDraw) -> Task:
    item = draw.choice(rows(Item, state="kept"))
    person = draw.choice([p for p in rows(Person) if p.id != item.keeper.id and count(Person, name=p.name) == 1])

    def solve(do: Do) -> None:
        found = do.search_items(word=item.word, state="kept")[0]
        assert found.keeper_name
        do.lend_item(item_id=found.id, keeper_id=do.search_people(name=person.name)[0].id)

    return draw.task(solve, word=item.word, person=person)


@shelf.data
def fill(draw: Draw) -> None:
    for word in ("ash", "beech", "alder", "elm"):
        draw.new(Item, word=word, state="kept")
'''
HOST = '''"""A host."""
from agentworlds import Draw, Row, Word, World, insert

world = World("host", title="Host")


@world.table
class Person(Row):
    name: Word


world.reads(Person, by=("name",))
shelf = world.include({include})


@world.data
def fill(draw: Draw) -> None:
    for name in ("Ada", "Bob", "Cy"):
        insert(Person(name=name))
'''


class ByLength:
    """Short words first."""

    wraps = "none"

    def rank(self, words: list[str], query: str) -> list[str]:
        if query == "bad":
            raise EngineError("that is a bad word")
        return sorted((word for word in words if query in word), key=lambda word: (len(word), word))


class Backwards(ByLength):
    """Long words first."""

    def rank(self, words: list[str], query: str) -> list[str]:
        return super().rank(words, query)[::-1]


class Lacking:
    """Needs a package that nobody has."""

    requires = ("a_package_that_nobody_has",)

    def rank(self, words: list[str], query: str) -> list[str]:
        return words


def host(include: str = '"shelf.py", Person=Person', **engines: type | str) -> LoadedWorld:
    texts = {"host.py": HOST.replace("{include}", include), "shelf.py": SUITE}
    return LoadedWorld(load_script("host.py", texts, engines or None))


def problems(include: str, **engines: type | str) -> str:
    with pytest.raises(ScriptError) as caught:
        host(include, **engines)
    return str(caught.value)


@pytest.fixture
def world() -> Iterator[LoadedWorld]:
    made = host()
    yield made
    made.close()


def test_the_engine_of_the_suite_does_the_work(world: LoadedWorld) -> None:
    with world.instance() as instance:
        assert instance.call("rank_items", query="e").data == {"results": ["elm", "alder", "beech"], "more": False}


def test_what_an_engine_cannot_do_is_refused(world: LoadedWorld) -> None:
    with world.instance() as instance:
        assert instance.call("rank_items", query="bad").observation == {
            "refused": {"code": "invalid", "message": "that is a bad word", "field": "query"}
        }


@pytest.mark.parametrize("chosen", [Backwards, "tests.unit.spec.test_suites:Backwards"])
def test_whoever_loads_a_world_may_choose_another_engine(chosen: type | str) -> None:
    with host(shelf=chosen).instance() as instance:
        step = instance.call("rank_items", query="e")
        assert step.data is not None
        assert step.data["results"] == ["beech", "alder", "elm"]


def test_the_including_world_may_choose_another_engine() -> None:
    include = '"shelf.py", Person=Person, engine="tests.unit.spec.test_suites:Backwards"'
    with host(include).instance() as instance:
        assert instance.call("rank_items", query="e").data == {"results": ["beech", "alder", "elm"], "more": False}


def test_an_engine_that_cannot_be_used_is_named_with_the_line_that_includes_it() -> None:
    assert "host.py:13: 'tests.unit.spec.test_suites:Nobody' cannot be imported" in problems(
        '"shelf.py", Person=Person, engine="tests.unit.spec.test_suites:Nobody"'
    ).replace("engine 'tests", "'tests")
    assert "str is no engine for shelf: it has no rank" in problems('"shelf.py", Person=Person', shelf=str)
    lacking = problems('"shelf.py", Person=Person', shelf=Lacking)
    assert "the suite shelf needs a_package_that_nobody_has: pip install 'agentworlds[suites]'" in lacking


def test_an_unknown_engine_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(EngineError, match="search has no engine 'bm25'; did you mean 'bm25s'"):
        find_engine("search", "bm25")
    with pytest.raises(EngineError, match="expected a name, 'module:Class' or a class, got 7"):
        make_engine("search", object, 7)


def test_a_sentence_sums_up_what_a_search_found(world: LoadedWorld) -> None:
    with world.instance() as instance:
        assert instance.call("search_items").text.startswith("4 words on the shelf.\n4 items:\n- item 1 ash")
        assert instance.call("search_items", word="ash").text.startswith("1 word on the shelf.\n1 item:")
        assert instance.call("search_items", word="oak").text == "No items found."


def test_derived_values_are_shared_until_an_episode_changes_their_tables(world: LoadedWorld) -> None:
    with world.instance() as one, world.instance() as other:
        one.call("rank_items", query="e")
        assert len(world.template().shared) == 1
        one.call("lend_item", item_id=1, keeper_id=2)
        assert one.call("rank_items", query="ash").data == other.call("rank_items", query="ash").data
        assert len(world.template().shared) == 1


def test_intents_of_a_suite_work_under_the_names_of_the_including_world() -> None:
    include = """"shelf.py", Person=Person, rename={"Item": "Thing", "word": "label", "lend_item": "hand_out", "keeper": "holder"}"""
    world = host(include)
    assert {"search_things", "get_thing", "hand_out"} <= set(world.world.tools)
    drawn = world.task(0)
    assert [call.tool for call in drawn.spec.solution] == ["search_things", "search_people", "hand_out"]
    assert certify_task(world.pool(0), drawn).reasons == []


def test_a_world_may_do_without_tools_and_intents_of_a_suite() -> None:
    world = host('"shelf.py", Person=Person, without=("burn_item", "get_item"), intents=False')
    assert sorted(world.world.tools) == ["get_person", "lend_item", "rank_items", "search_items", "search_people"]
    assert world.world.intents == {}
    assert "shelf has no tool 'burn_items' to leave out; did you mean 'burn_item'" in problems(
        '"shelf.py", Person=Person, without="burn_items"'
    )


def test_a_sentence_for_a_tool_that_is_not_there_is_a_mistake() -> None:
    texts = {"host.py": HOST.replace("{include}", '"shelf.py", Person=Person'), "shelf.py": SUITE.replace(
        'says("search_items")', 'says("search_item")')}  # fmt: skip
    with pytest.raises(
        ScriptError, match="items_in_words: there is no tool 'search_item'; did you mean 'search_items'"
    ):
        load_script("host.py", texts)


def test_a_module_can_be_tried_alone(tmp_path: Path) -> None:
    import agentworlds

    world = agentworlds.load("module:booking")
    assert world.template().row_counts["slot"] > 100
    with world.instance() as instance:
        assert instance.call("search_slots", limit=1).ok
    with pytest.raises(agentworlds.NotFound, match="there is no suite 'emial'; did you mean 'email'"):
        agentworlds.load("suite:emial")


def test_filters_of_a_suite_follow_the_other_names_of_a_hosts_columns() -> None:
    script = HOST.replace("    name: Word\n", "    called: Word\n").replace("Person(name=", "Person(called=")
    script = script.replace('by=("name",)', 'by=("called",)').replace("import Draw", "import bound, Draw")
    texts = {
        "host.py": script.replace("{include}", '"shelf.py", Person=bound(Person, name="called")'),
        "shelf.py": SUITE,
    }
    world = LoadedWorld(load_script("host.py", texts))
    assert "keeper_called" in {param.name for param in world.world.tools["search_items"].params}
    with world.instance() as instance:
        assert instance.call("search_items", keeper_called="Ada").ok
    assert certify_task(world.pool(0), world.task(0)).reasons == []


def test_what_a_suite_says_of_tools_fits_the_world_that_includes_it() -> None:
    suite = SUITE.replace(
        'refuse("unavailable", "Words do not burn.")', 'refuse("unavailable", "No.", hint="lend_item gives them away")'
    )
    suite = suite.replace(
        '"""Lend a word to somebody."""',
        '"""Lend a word to somebody. Unlike burn_item it can be undone. See search_items."""',
    )

    def told(include: str) -> tuple[str, str, str | None]:
        world = LoadedWorld(load_script("host.py", {"host.py": HOST.replace("{include}", include), "shelf.py": suite}))
        tools = world.world.tools
        lend = tools.get("lend_item") or tools.get("hand_out")
        burn = next((name for name in tools if "burn" in name), None)
        with world.instance() as instance:
            refusal = instance.call(burn, item_id=1).refusal if burn else None
        return lend.description if lend else "", ", ".join(tools), refusal.hint if refusal else None

    whole = "Lend a word to somebody. Unlike burn_item it can be undone. See search_items."
    assert told('"shelf.py", Person=Person')[0::2] == (whole, "lend_item gives them away")
    renamed = told(
        '"shelf.py", Person=Person, rename={"Item": "Thing", "lend_item": "hand_out", "burn_item": "burn_thing"}'
    )
    assert renamed[0] == "Lend a word to somebody. Unlike burn_thing it can be undone. See search_things."
    assert renamed[2] == "hand_out gives them away"
    without = told('"shelf.py", Person=Person, without=("burn_item",), intents=False')
    assert without[0] == "Lend a word to somebody. See search_items."
    assert told('"shelf.py", Person=Person, without=("lend_item",), intents=False')[2] is None


DERIVING = '''"""Boxes."""
from agentworlds import Draw, Row, Word, World, derived, insert, now, role, rows

world = World("boxes", title="Boxes")
world.role("clerk", about="You are the clerk.")


@world.table
class Tag(Row):
    word: Word


@world.table
class Box(Row):
    type: Word
    first: Tag
    tags: list[Tag]


def words() -> tuple[str, ...]:
    return tuple(tag.word for box in rows(Box) for tag in box.tags)


def who() -> str:
    return str(role())


def when() -> str:
    return now().isoformat()


@world.query
def all_words() -> list[Word]:
    """Words."""
    return list(derived(words, Box))


@world.query
def who_acts() -> Word:
    """Who."""
    return derived(who)


@world.query
def what_time() -> Word:
    """When."""
    return derived(when)


@world.query
def on_the_spot() -> int:
    """Count."""
    return derived(lambda: len(rows(Box)), Box)


@world.tool
def mark_box(box: Box, tag: Tag) -> Box:
    """Add a tag."""
    box.tags = [*box.tags, tag]
    return box


@world.data
def fill(draw: Draw) -> None:
    red, blue = insert(Tag(word="red")), insert(Tag(word="blue"))
    insert(Box(type="crate", first=red)).tags = [red]
'''


def boxes() -> LoadedWorld:
    return LoadedWorld(load_script("boxes.py", {"boxes.py": DERIVING}))


def test_a_column_may_have_the_name_of_a_builtin() -> None:
    with boxes().instance() as instance:
        assert instance.call("mark_box", box_id=1, tag_id=2).data == {
            "id": 1, "type": "crate", "first_id": 1, "first_word": "red"
        }  # fmt: skip


def test_derived_values_follow_list_columns() -> None:
    with boxes().instance() as instance:
        assert instance.call("all_words").data == {"results": ["red"], "more": False}
        instance.call("mark_box", box_id=1, tag_id=2)
        assert instance.call("all_words").data == {"results": ["red", "blue"], "more": False}


def test_derived_values_depend_neither_on_who_acts_nor_on_the_time_nor_on_functions_made_on_the_spot() -> None:
    with boxes().instance() as instance:
        instance.act_as("clerk")
        assert instance.call("who_acts").data == {"value": "None"}
        with pytest.raises(Fault, match="may not depend on the time"):
            instance.call("what_time")
        with pytest.raises(Fault, match="give it one by name"):
            instance.call("on_the_spot")
        assert instance.call("who_acts").ok


def test_a_sentence_that_cannot_be_made_is_a_fault_with_its_tool() -> None:
    texts = {"host.py": HOST.replace("{include}", '"shelf.py", Person=Person'), "shelf.py": SUITE.replace(
        'found = len(data["results"])', 'found = data["results"][99]')}  # fmt: skip
    with LoadedWorld(load_script("host.py", texts)).instance() as instance:
        step = instance.call("search_items")
        with pytest.raises(Fault, match="what sums search_items up failed: IndexError"):
            _ = step.text


def test_an_engine_for_a_suite_that_is_not_there_is_not_ignored() -> None:
    with pytest.raises(NotFound, match="host includes no suite 'shelv'; did you mean 'shelf'"):
        host(shelv=Backwards)


def test_names_are_exchanged_at_once() -> None:
    assert fitting("Use one to read, then two.", {"one": "two", "two": "one"}) == "Use two to read, then one."
    assert fitting("Use one. Or three.", {"one": None}) == "Or three."
    assert renamed("person_name", {"name": ["full", "sign"]}, {"person_full"}) == "person_full"
    assert renamed("room_name", {"name": ["full", "sign"]}, {"room_sign"}) == "room_sign"
