"""The address book: what its tools change and refuse, its rules, its cards, and the engine behind it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import vobject

import agentworlds
from agentworlds.engines import EngineError
from agentworlds.engines.contacts import Card, Reach, Vcard

world = agentworlds.load("suite:contacts")
engine = Vcard()
FULL = Card(
    "Ada M. Lovelace", "contact-1", "Analyse; & Co, Ltd", "Head, of sums", "1 High St, Floor 2", "Bath", "BA1 2CD",
    date(1990, 2, 3), "Bob Roe", "First line\nsecond; with ü, and \\ in it. " * 8 + "End", ("Press, local", "Suppliers"),
    (Reach("+442079460123", "mobile", True), Reach("+442079460124", "fax")),
    (Reach("ada@lovelace.example", "work"), Reach("a@home.example", "home", True)),
)  # fmt: skip
NEW = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zoe Quill\r\nN:Quill;Zoe;;;\r\n{0}END:VCARD\r\n"
LONELY = (
    "SELECT id FROM contact_detail WHERE contact_id = (SELECT id FROM contact WHERE street IS NULL "
    "AND (SELECT count(*) FROM contact_detail d WHERE d.contact_id = contact.id) = 1)"
)


@pytest.fixture
def book() -> Iterator[agentworlds.Instance]:
    with world.instance() as instance:
        yield instance


def value(book: agentworlds.Instance, sql: str) -> Any:
    return book.store.db.execute(sql + " LIMIT 1").get


def call(book: agentworlds.Instance, tool: str, **given: Any) -> Any:
    step = book.call(tool, **given)
    assert step.ok, step.text
    return step.data


OUTSIDE = "SELECT id FROM contact WHERE id NOT IN (SELECT contact_id FROM group_member WHERE group_id = 1)"
MEMBER = "SELECT {0} FROM group_member WHERE group_id = 1"
REFUSALS = [
    ("search_contacts", {"number_or_address": "12"}, "invalid", "too short"),
    ("create_contact", {"name": "Zoe Quill", "phone": "020 7946 01"}, "invalid", "is no telephone number"),
    ("create_contact", {"name": "Zoe Quill", "phone": "020 7946 0123 ext 4"}, "invalid", "without its extension"),
    ("create_contact", {"name": "Zoe Quill", "email": "zoe@quill"}, "invalid", "is no e-mail address"),
    ("create_contact", {"name": "Zoe Quill"}, "invalid", "needs a telephone number, an e-mail address or a street"),
    ("create_contact", {"name": "SELECT c.name FROM contact c JOIN contact_detail d ON d.contact_id = c.id WHERE d.kind = 'mobile' ORDER BY d.id",
                        "phone": "SELECT written FROM contact_detail WHERE kind = 'mobile' ORDER BY id"},
     "conflict", "is in the address book with that already"),
    ("update_contact", {"contact_id": 1}, "invalid", "Nothing is to be changed"),
    ("update_contact", {"contact_id": 1, "birthday": "2026-03-03"}, "invalid", "not in the future"),
    ("update_contact", {"contact_id": 1, "city": "Bath", "clear": ["city"]}, "invalid", "not to be cleared too"),
    ("update_contact", {"contact_id": 1, "assistant_id": 1}, "conflict", "Nobody is their own assistant"),
    ("add_contact_detail", {"contact_id": 1, "kind": "work email", "value": "a..b@c.example"}, "invalid", "two periods"),
    ("add_contact_detail", {"contact_id": "SELECT contact_id FROM contact_detail WHERE kind = 'mobile'", "kind": "home phone",
                            "value": "SELECT value FROM contact_detail WHERE kind = 'mobile'"}, "conflict", "already"),
    ("change_contact_detail", {"detail_id": 1}, "invalid", "Nothing is to be changed"),
    ("change_contact_detail", {"detail_id": "SELECT id FROM contact_detail WHERE kind = 'mobile'", "kind": "home email"},
     "invalid", "A mobile does not become a home email"),
    ("merge_contacts", {"keep_id": 2, "other_id": 2}, "conflict", "cannot be merged with itself"),
    ("delete_contact", {"contact_id": "SELECT assistant_id FROM contact WHERE assistant_id IS NOT NULL"},
     "conflict", "is the assistant of"),
    ("create_contact_group", {"name": "PRESS"}, "conflict", "There is a group PRESS already"),
    ("change_contact_group", {"group_id": 1}, "invalid", "Nothing is to be changed"),
    ("change_contact_group", {"group_id": 1, "remove_ids": ["SELECT id FROM contact WHERE id NOT IN (" + MEMBER.format("contact_id") + ")"]},
     "conflict", "is not in the group Newsletter"),
    ("change_contact_group", {"group_id": 1, "remove_ids": [MEMBER.format("contact_id")],
                              "add_ids": [MEMBER.format("contact_id")]}, "invalid", "to be added and to be removed"),
    ("export_vcards", {}, "invalid", "There is nobody to export"),
    ("import_vcards", {"text": "Dear all"}, "invalid", "this is no vCard text"),
    ("import_vcards", {"text": NEW.format("").replace("3.0", "2.1")}, "invalid", "vCard 2.1 is not read"),
    ("import_vcards", {"text": NEW.format("TEL:1234\r\n")}, "invalid", "'1234' is no telephone number"),
    ("import_vcards", {"text": NEW.format(f"ORG:{'x' * 101}\r\n")}, "invalid", "longer than 100 characters"),
    ("import_vcards", {"text": NEW.format("ADR:;;1 High St;Bath;;B;\r\n")}, "invalid", "not 2 to 12"),
    ("import_vcards", {"text": NEW.format("")}, "invalid", "needs a telephone number"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "given", "code", "message"), REFUSALS)
def test_refuses_and_leaves_nothing_behind(book, tool, given, code, message):
    def known(one: Any) -> Any:
        if isinstance(one, list):
            return [known(item) for item in one]
        return value(book, one) if str(one).startswith("SELECT") else one

    step = book.call(tool, **{name: known(one) for name, one in given.items()})
    assert step.refusal is not None
    assert (step.refusal.code, message in step.refusal.message) == (code, True), step.refusal.message
    assert book.changes() == []


def test_the_last_way_to_reach_somebody_cannot_be_removed(book):
    contact = call(book, "create_contact", name="Zoe Quill", phone="+49 30 901820")
    detail = contact["phones"][0]
    assert (detail["value"], detail["written"], detail["preferred"]) == ("+4930901820", "+49 30 901820", True)
    refusal = book.call("change_contact_detail", detail_id=detail["id"], remove=True).refusal
    assert refusal is not None
    assert "A contact needs a telephone number" in refusal.message


def test_the_oldest_other_number_is_preferred_when_the_preferred_one_goes(book):
    contact = call(book, "create_contact", name="Zoe Quill", phone="07700 900999", email="zoe@quill.example")
    number = contact["contact"]["id"]
    call(book, "add_contact_detail", contact_id=number, kind="work phone", value="0117 496 0123")
    card = call(
        book, "add_contact_detail", contact_id=number, kind="home phone", value="(020) 7946-0999", preferred=True
    )
    assert [one["written"] for one in card["phones"]] == ["020 7946 0999", "07700 900999", "0117 496 0123"]
    assert [one["preferred"] for one in card["phones"]] == [True, False, False]
    card = call(book, "change_contact_detail", detail_id=card["phones"][0]["id"], remove=True)
    assert [(one["written"], one["preferred"]) for one in card["phones"]] == [
        ("07700 900999", True), ("0117 496 0123", False)]  # fmt: skip
    assert [one["preferred"] for one in card["emails"]] == [True]


def test_a_number_is_corrected_and_relabelled_in_one_call(book):
    card = call(book, "create_contact", name="Zoe Quill", phone="07700 900999", phone_kind="home phone")
    card = call(book, "change_contact_detail", detail_id=card["phones"][0]["id"], value="07700 900998", kind="mobile")
    assert [(one["kind"], one["value"]) for one in card["phones"]] == [("mobile", "+447700900998")]


def test_merging_keeps_what_was_known_fills_gaps_and_moves_references(book):
    keep = call(
        book, "create_contact", name="Zoe Quill", organisation="Quill & Co", phone="07700 900991", note="Likes tea."
    )
    other = call(book, "create_contact", name="Z. Quill", organisation="Old Quill", job_title="buyer", city="Bath",
                 phone="07700 900991", email="zoe@quill.example", note="Met at the fair.")  # fmt: skip
    kept, gone = keep["contact"]["id"], other["contact"]["id"]
    call(book, "add_contact_detail", contact_id=gone, kind="work phone", value="0117 496 0123", preferred=True)
    call(book, "create_contact_group", name="Tea", contact_ids=[kept, gone])
    call(book, "create_contact_group", name="Fair", contact_ids=[gone])
    call(book, "update_contact", contact_id=1, assistant_id=gone)
    card = call(book, "merge_contacts", keep_id=kept, other_id=gone, take=["name"])
    contact = card["contact"]
    assert [contact[name] for name in ("name", "organisation", "job_title", "city", "note")] == [
        "Z. Quill", "Quill & Co", "buyer", "Bath", "Likes tea.\nMet at the fair."]  # fmt: skip
    assert [(one["written"], one["preferred"]) for one in card["phones"]] == [
        ("07700 900991", True), ("0117 496 0123", False)]  # fmt: skip
    assert [(one["written"], one["preferred"]) for one in card["emails"]] == [("zoe@quill.example", True)]
    assert [one["name"] for one in card["groups"]] == ["Tea", "Fair"]
    assert call(book, "get_contact", contact_id=1)["contact"]["assistant_id"] == kept
    assert book.call("get_contact", contact_id=gone).refusal.code == "not_found"


def test_merging_somebody_with_their_assistant_leaves_no_own_assistant(book):
    boss, assistant = book.store.db.execute("SELECT id, assistant_id FROM contact WHERE assistant_id > 0").fetchall()[0]
    assert call(book, "merge_contacts", keep_id=boss, other_id=assistant)["contact"]["assistant_id"] is None


def test_notes_that_are_too_long_together_stop_a_merge(book):
    call(book, "update_contact", contact_id=1, note="x" * 1500)
    call(book, "update_contact", contact_id=2, note="y" * 600)
    refusal = book.call("merge_contacts", keep_id=1, other_id=2).refusal
    assert (refusal.code, "longer than 2,000" in refusal.message) == ("limit", True)


def test_deleting_takes_numbers_and_memberships_along(book):
    contact = value(book, "SELECT contact_id FROM group_member WHERE contact_id NOT IN "
                          "(SELECT assistant_id FROM contact WHERE assistant_id IS NOT NULL)")  # fmt: skip
    assert call(book, "delete_contact", contact_id=contact) == {"done": True}
    assert value(book, f"SELECT count(*) FROM contact_detail WHERE contact_id = {contact}") == 0
    assert value(book, f"SELECT count(*) FROM group_member WHERE contact_id = {contact}") == 0


def test_duplicates_are_alike_in_name_and_share_something(book):
    pairs = call(book, "find_duplicate_contacts")["results"]
    assert len(pairs) == 3
    for pair in pairs:
        one, other = pair["one"]["name"].split(), pair["other"]["name"].split()
        assert (one[-1], one[0][0]) == (other[-1], other[0][0])
        assert pair["why"].startswith("alike names, and both have ")
    call(book, "merge_contacts", keep_id=pairs[0]["one"]["id"], other_id=pairs[0]["other"]["id"])
    assert len(call(book, "find_duplicate_contacts")["results"]) == 2


def test_namesakes_at_different_places_are_no_duplicates(book):
    one = call(book, "create_contact", name="Zoe Quill", organisation="Quill & Co", phone="07700 900991")
    call(book, "create_contact", name="Zoe Quill", organisation="Another Firm", phone="07700 900992")
    pairs = call(book, "find_duplicate_contacts")["results"]
    assert all(pair["one"]["id"] != one["contact"]["id"] for pair in pairs)


@pytest.mark.parametrize("written", ["07700 900991", "+44 7700 900 991", "(07700) 900-991", "00447700900991"])
def test_a_number_is_found_however_it_is_written(book, written):
    call(book, "create_contact", name="Zoe Quill", phone="07700900991")
    found = call(book, "search_contacts", number_or_address=written)["results"]
    assert [one["name"] for one in found] == ["Zoe Quill"]


def test_filters_hold_together_and_pages_follow_each_other(book):
    everybody = call(book, "search_contacts", limit=50)["results"]
    names = [one["name"] for one in everybody]
    assert names == sorted(names)
    pages = [call(book, "search_contacts", limit=10, offset=offset) for offset in (0, 10, 20)]
    assert [one["id"] for page in pages for one in page["results"]] == [one["id"] for one in everybody]
    assert [page["more"] for page in pages] == [True, True, False]
    some = call(book, "search_contacts", group_id=1, city="e")["results"]
    members = {one for (one,) in book.store.db.execute(MEMBER.format("contact_id")).fetchall()}
    assert {one["id"] for one in some} == {
        one["id"] for one in everybody if one["id"] in members and "e" in (one["city"] or "").casefold()}  # fmt: skip
    keeper = next(one["keeper_name"] for one in everybody if one["keeper_name"])
    kept = call(book, "search_contacts", keeper_name=keeper.upper())["results"]
    assert [one["id"] for one in kept] == [one["id"] for one in everybody if one["keeper_name"] == keeper]


SUMMARIES = [
    ("search_contacts", {"name": "zzz"}, "Nobody in the address book fits."),
    ("search_contacts", {"name": "Zoe"}, "One contact: Zoe Quill."),
    ("search_contacts", {"number_or_address": "guest1@"}, "One contact: Guest 1."),
    ("search_contacts", {"name": "Guest 1", "limit": 10}, "8 contacts, by name from Guest 1 to Guest 16."),
    ("search_contacts", {"name": "Quill"}, "2 contacts: Yves Quill (Quill & Co) and Zoe Quill."),
    (
        "search_contacts",
        {"name": "Quill", "limit": 1},
        "1 contact from Yves Quill (Quill & Co) on, and there are more.",
    ),
    ("list_contact_groups", {}, "6 groups; the largest is Everyone with 40 members."),
]


@pytest.mark.parametrize(("tool", "given", "said"), SUMMARIES)
def test_results_are_summed_up(book, tool, given, said):
    call(book, "create_contact", name="Zoe Quill", phone="07700 900991")
    call(book, "create_contact", name="Yves Quill", organisation="Quill & Co", phone="07700 900992")
    for number in range(17):
        call(book, "create_contact", name=f"Guest {number}", email=f"guest{number}@x.example")
    call(book, "create_contact_group", name="Everyone", contact_ids=list(range(1, 41)))
    assert book.call(tool, **given).text.split("\n")[0] == said


def test_refusals_say_what_to_do_instead(book):
    hints = {
        (tool, step.refusal.field): step.refusal.hint
        for tool, given in (
            ("add_contact_detail", {"contact_id": 1, "kind": "mobile", "value": "07700 900"}),
            ("merge_contacts", {"keep_id": 1, "other_id": 1}),
            ("change_contact_group", {"group_id": 1, "remove_ids": [value(book, OUTSIDE)]}),
            ("update_contact", {"contact_id": 1, "assistant_id": 1}),
        )
        for step in [book.call(tool, **given)]
    }  # fmt: skip
    assert hints == {
        (
            "add_contact_detail",
            "value",
        ): "a number has its area code, and one from abroad + and its country's code "
        "before that; if it was given like this, ask for the right one",
        ("merge_contacts", "other_id"): "find_duplicate_contacts names both entries of a pair",
        ("change_contact_group", "remove_ids"): "search_contacts(group_id=1) finds who is",
        ("update_contact", None): "give another contact",
    }


def test_questions_about_missing_addresses_have_many_answers():
    answers = {
        task.spec.answer_given for seed in range(10) for task in world.tasks(seed) if task.spec.intent == "contacts_without_email"
    }  # fmt: skip
    assert len(answers) >= 4


def test_who_is_in_the_book_twice_is_named_only_where_that_is_the_matter():
    for seed in range(6):
        with world.instance(seed=seed) as office:
            pairs = call(office, "find_duplicate_contacts")["results"]
        doubles = {one[end]["name"] for one in pairs for end in ("one", "other")}
        for number, task in enumerate(world.tasks(seed)):
            if task.spec.intent in ("address_of_an_assistant", "add_a_preferred_mobile", "add_a_number_that_is_none"):
                text = world.episode(number, seed).instruction
                assert not any(name in text for name in doubles), text


def test_a_card_is_summed_up(book):
    card = call(book, "create_contact", name="Zoe Quill", phone="07700 900991", email="zoe@quill.example")
    lead = "Zoe Quill is best reached at 07700 900991 or zoe@quill.example."
    assert book.call("get_contact", contact_id=card["contact"]["id"]).text.startswith(lead)
    card = call(book, "create_contact", name="Yves Quill", street="1 High St")
    text = book.call("get_contact", contact_id=card["contact"]["id"]).text
    assert text.startswith("There is no number or address of Yves Quill.")


def test_an_import_says_what_was_new_and_what_was_there(book):
    card = NEW.format("TEL;TYPE=CELL:07700 900991\r\nEMAIL:zoe@quill.example\r\nCATEGORIES:Press,Unknown\r\n")
    step = book.call("import_vcards", text=card + card.replace("Zoe", "Yves").replace("991", "992"))
    assert step.text.startswith("2 contacts are new.")
    found = call(book, "get_contact", contact_id=step.data["added"][0]["id"])
    assert [one["value"] for one in found["phones"] + found["emails"]] == ["+447700900991", "zoe@quill.example"]
    assert [one["name"] for one in found["groups"]] == ["Press"]
    assert book.call("import_vcards", text=card).refusal.code == "conflict"
    third = card.replace("Zoe", "Xaver").replace("991", "993").replace("zoe@", "xaver@")
    assert book.call("import_vcards", text=card + third).text.startswith("One contact is new; 1 was there already.")


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_an_export_is_read_back_by_the_library_to_the_same_contacts(book, version):
    text = call(book, "export_vcards", group_id=1, version=version)["value"]
    assert text == call(book, "export_vcards", group_id=1, version=version)["value"]
    cards = list(vobject.readComponents(text))
    members = call(book, "search_contacts", group_id=1, limit=50)["results"]
    assert sorted(card.fn.value for card in cards) == sorted(one["name"] for one in members)
    assert {card.version.value for card in cards} == {version}
    for card in cards:
        whole = call(book, "get_contact", contact_id=int(card.uid.value.removeprefix("contact-")))
        numbers = [line.value.removeprefix("tel:") for line in card.contents.get("tel", ())]
        assert sorted(numbers) == sorted(one["value"] for one in whole["phones"])
        assert sorted(line.value for line in card.contents.get("email", ())) == sorted(
            one["value"] for one in whole["emails"]
        )


def test_cards_that_fill_no_single_file_are_exported_in_parts(book):
    for number in range(1, 13):
        call(book, "update_contact", contact_id=number, note="All about it. " * 140)
    refusal = book.call("export_vcards", contact_ids=list(range(1, 13))).refusal
    assert (refusal.code, refusal.message) == ("limit", "The cards of 12 contacts are too long for one file.")
    assert call(book, "export_vcards", contact_ids=list(range(1, 7)))["value"].count("BEGIN:VCARD") == 6


def test_what_one_office_exports_another_imports(book):
    text = call(book, "export_vcards", contact_ids=[1, 2, 3])["value"]
    with world.instance(seed=7) as other:
        added = call(other, "import_vcards", text=text)["added"]
        again = call(other, "export_vcards", contact_ids=[one["id"] for one in added])["value"]
    kept = [line for line in text.splitlines() if not line.startswith(("UID", "X-ASSISTANT"))]
    assert [line for line in again.splitlines() if not line.startswith(("UID", "X-ASSISTANT"))] == kept


# The engine ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_card_goes_out_and_comes_back_the_same(version):
    text = engine.write_cards([FULL, Card("Bo")], version)
    assert engine.read_cards(text) == [FULL, Card("Bo")]
    assert text == engine.write_cards([FULL, Card("Bo")], version)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_either_version_marks_what_comes_first_in_its_own_way():
    card = Card("Zoe Quill", birthday=date(1990, 2, 3), phones=(Reach("+447700900991", "mobile", True),))
    assert engine.write_cards([card], "3.0") == (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nBDAY:1990-02-03\r\nFN:Zoe Quill\r\nN:Quill;Zoe;;;\r\n"
        "TEL;TYPE=CELL,PREF:+447700900991\r\nEND:VCARD\r\n"
    )
    assert engine.write_cards([card], "4.0") == (
        "BEGIN:VCARD\r\nVERSION:4.0\r\nBDAY:19900203\r\nFN:Zoe Quill\r\nN:Quill;Zoe;;;\r\n"
        "TEL;PREF=1;TYPE=cell;VALUE=uri:tel:+447700900991\r\nEND:VCARD\r\n"
    )


NUMBERS = [
    ("020 7946 0123", "GB", "+442079460123", "020 7946 0123"),
    ("+44 20 7946 0123", "DE", "+442079460123", "+44 20 7946 0123"),
    ("030 901820", "DE", "+4930901820", "030 901820"),
    ("07700900123", "GB", "+447700900123", "07700 900123"),
    ("+1 202-555-0147", "GB", "+12025550147", "+1 202-555-0147"),
]


@pytest.mark.parametrize(("text", "region", "e164", "written"), NUMBERS)
def test_numbers_are_read_and_written_as_in_their_region(text, region, e164, written):
    number = engine.phone(text, region)
    assert (number.e164, number.written) == (e164, written)


@pytest.mark.parametrize("text", ["", "nobody", "123", "020 7946 01", "020 7946 012345", "+999 1234567", "07700 90012"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(EngineError, match="is no telephone number"):
        engine.phone(text, "GB")


WRONG = [
    ("07700 900", "GB", "too short"),
    ("07700 90012", "GB", "too short"),
    ("020 7946 01", "GB", "too short"),
    ("020 7946 012345", "GB", "too long"),
    ("0999 999 9999", "GB", "not in use in its country"),
]


@pytest.mark.parametrize(("text", "region", "why"), WRONG)
def test_what_is_wrong_with_a_number_is_said(text, region, why):
    with pytest.raises(EngineError, match=f"it is {why}"):
        engine.phone(text, region)


@pytest.mark.parametrize(
    "text", ["", "x", "BEGIN:VCARD", "BEGIN:VCARD\nEND:VCARD", "BEGIN:VCALENDAR\nEND:VCALENDAR", "END:VCARD",
             "BEGIN:VCARD\nVERSION:4.0\nEND:VCARD", NEW.format("") * 201],
)  # fmt: skip
def test_what_holds_no_cards_is_refused(text):
    with pytest.raises(EngineError):
        engine.read_cards(text)


def test_cards_are_not_written_in_an_unknown_version():
    with pytest.raises(EngineError, match=r"versions are 3\.0, 4\.0"):
        engine.write_cards([FULL], "2.1")


class Careless:
    """An engine of one's own, which takes every number for what it says."""

    def phone(self, text: str, region: str) -> Any:
        from agentworlds.engines.contacts import Number

        return Number(text.replace(" ", ""), text)

    def email(self, text: str) -> str:
        return text

    def write_cards(self, cards: Any, version: str) -> str:
        return "\n".join(card.name for card in cards)

    def read_cards(self, text: str) -> list[Card]:
        return [Card(name, emails=(Reach(f"{name}@x.example"),)) for name in text.splitlines()]


def test_an_engine_of_ones_own_takes_the_place_of_the_libraries():
    with agentworlds.load("suite:contacts", engines={"contacts": Careless}).instance() as book:
        assert call(book, "create_contact", name="Zoe", phone="12 3")["phones"][0]["value"] == "123"
        added = call(book, "import_vcards", text="Yves\nXaver")["added"]
        assert call(book, "export_vcards", contact_ids=[one["id"] for one in added])["value"] == "Yves\nXaver"


HOST = '''
from agentworlds import Email, PersonName, Row, World, bound, insert
from agentworlds.engines.contacts import Card, Reach
world = World("studio", title="Studio")
@world.table
class Colleague(Row):
    full_name: PersonName
    mail: Email
book = world.include("contacts", Person=bound(Colleague, name="full_name", email="mail"), region="DE", groups=("Press", "Fair"),
                     organisations=(("Alt & Neu", "Ring 2", "Bonn", "53111", "altneu.example"),))
@world.tool
def note_visitor(name: PersonName, colleague: Colleague) -> book.Contact:
    """Note a visitor of the fair, with the number of the hall."""
    return book.add(Card(name, groups=("Fair",), phones=(Reach("030 901820", "work"),)), colleague)
@world.data
def fill(draw):
    for _ in draw.many(6):
        draw.new(Colleague)
    insert(book.Contact(name="Own Contact", street="Ring 1"))
'''


def test_a_host_binds_its_people_names_groups_and_adds_contacts_itself(tmp_path):
    script = tmp_path / "studio.py"
    script.write_text(HOST)
    with agentworlds.load(script).instance() as studio:
        assert [one["group"]["name"] for one in call(studio, "list_contact_groups")["results"]] == ["Fair", "Press"]
        new = call(studio, "note_visitor", name="Zoe Quill", colleague_id=2)
        card = call(studio, "get_contact", contact_id=new["id"])
        assert [(one["kind"], one["value"], one["written"]) for one in card["phones"]] == [
            ("work phone", "+4930901820", "030 901820")]  # fmt: skip
        assert [one["name"] for one in card["groups"]] == ["Fair"]
        kept = call(studio, "search_contacts", keeper_name=new["keeper_full_name"])["results"]
        assert new["id"] in [one["id"] for one in kept]
        assert call(studio, "search_contacts", name="Own Contact")["results"][0]["id"] == 1
