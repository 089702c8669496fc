"""The town hall's application desk: its rules, tools, policies and sums."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

import agentworlds
from agentworlds import Instance

WORLD = agentworlds.load("form_desk")


@pytest.fixture
def desk() -> Iterator[Instance]:
    with WORLD.instance() as instance:
        yield instance


def one(desk: Instance, sql: str, *values: Any) -> int:
    found: list[Any] = desk.store.db.execute(sql, values).fetchall()
    return int(found[0][0])


def table(name: str) -> type[agentworlds.Row]:
    return next(one.cls for one in WORLD.program.tables if one.name == name)


def application(desk: Instance, status: str, prefix: str = "%", where: str = "1") -> int:
    """An application in a state; ``where`` may speak of a (application) and p (its applicant)."""
    return one(desk, f"""SELECT a.id FROM application a JOIN applicant p ON p.id = a.applicant_id
        WHERE a.status = ? AND a.reference LIKE ? AND {where} ORDER BY a.id""", status, f"{prefix}-%")  # fmt: skip


def form_field(desk: Instance, label: str) -> int:
    return one(desk, "SELECT id FROM form_field WHERE label = ?", label)


def option(desk: Instance, label: str) -> int:
    return one(desk, "SELECT id FROM field_option WHERE label = ?", label)


def document(desk: Instance, name: str) -> int:
    return one(desk, "SELECT id FROM document_kind WHERE name = ?", name)


EMPTY = "a.id NOT IN (SELECT application_id FROM field_value)"
FULL = """a.id IN (SELECT application_id FROM field_value WHERE field_id IN
    (SELECT max(id) FROM form_field WHERE required GROUP BY form_type_id))"""


def refused(desk: Instance, code: str, words: str, tool: str, **arguments: Any) -> None:
    step = desk.call(tool, **arguments)
    assert step.refusal is not None, step.text
    assert (step.refusal.code, words in step.refusal.message) == (code, True), step.text
    assert desk.changes() == []


def changed(desk: Instance) -> dict[str, Any]:
    """What changed: new rows as ``+table``, updates as ``table.column``, removals as ``-table``."""
    result: dict[str, Any] = {}
    for change in desk.changes():
        before, after = change.before or {}, change.after or {}
        if change.kind == "update":
            result |= {f"{change.table}.{name}": value for name, value in after.items() if before[name] != value}
        else:
            result["+" + change.table if change.kind == "insert" else "-" + change.table] = after or before
    return result


# Rules -------------------------------------------------------------------------------------------------------


def test_nobody_has_two_open_applications_of_a_kind(desk: Instance) -> None:
    draft = desk.call("get_application", application_id=application(desk, "draft")).observation
    refused(desk, "conflict", "another Street party permit application open", "start_application",
            applicant_id=draft["applicant_id"], form_type_id=draft["form_type_id"])  # fmt: skip


def test_officers_take_only_cases_of_their_department(desk: Instance) -> None:
    parks = one(desk, "SELECT max(id) FROM officer")
    refused(desk, "conflict", "belongs to another department", "assign_application",
            application_id=application(desk, "submitted", "PS"), officer_id=parks)  # fmt: skip


def test_nobody_reviews_more_than_three_cases(desk: Instance) -> None:
    full = one(desk, "SELECT officer_id FROM application WHERE status = 'under_review' GROUP BY 1 HAVING count(*) = 3")
    refused(desk, "limit", "has three cases", "assign_application", application_id=application(desk, "submitted", "SP"),
            officer_id=full)  # fmt: skip


def test_a_skip_is_not_collected_before_it_is_delivered(desk: Instance) -> None:
    draft = application(desk, "draft", "SK", EMPTY)
    fields = {name: form_field(desk, name) for name in ("Delivery date", "Collection date")}
    assert desk.call("enter_date", application_id=draft, field_id=fields["Delivery date"], day="2026-05-04").ok
    before = desk.changes()
    step = desk.call("enter_date", application_id=draft, field_id=fields["Collection date"], day="2026-05-01")
    assert step.refusal is not None
    assert (step.refusal.code, "lies before" in step.refusal.message) == ("invalid", True)
    assert desk.changes() == before


# Refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "label", "value", "code", "words"),
    [
        ("enter_text", "Delivery date", {"text": "in May"}, "invalid", "is a date field, not a text field"),
        ("enter_text", "Where the skip stands", {"text": "here"}, "invalid", "expected 5 to 60 characters, got 4"),
        ("enter_number", "Parking bays taken", {"number": 4}, "invalid", "expected 0 to 3, got 4"),
        ("enter_date", "Delivery date", {"day": "2026-03-17"}, "invalid", "3 to 180 days from today, got 1"),
        ("choose_option", "Skip size", {"option_id": 1}, "invalid", "is no option of Skip size"),
        ("tick_box", "Site rules accepted", {}, "invalid", "is no field of the Skip licence form"),
        ("clear_field", "Skip size", {}, "conflict", "is empty already"),
    ],
)
def test_a_value_must_fit_its_field(
    desk: Instance, tool: str, label: str, value: dict[str, Any], code: str, words: str
) -> None:
    draft = application(desk, "draft", "SK", EMPTY)
    refused(desk, code, words, tool, application_id=draft, field_id=form_field(desk, label), **value)


@pytest.mark.parametrize(
    ("tool", "which", "more", "code", "words"),
    [
        ("tick_box", ("approved", "PS"), {"field_id": 1}, "conflict", "is approved and cannot be changed"),
        ("attach_document", ("draft", "SK", EMPTY), {"kind_id": 1, "file": "a.doc"}, "invalid", "PDF, JPG or PNG"),
        ("attach_document", ("draft", "AT"), {"kind_id": 1, "file": "a.pdf"}, "invalid", "asks for no site plan"),
        ("submit_application", ("draft", "SK", EMPTY), {}, "conflict", "lacks: Where the skip stands"),
        ("submit_application", ("draft", "SP", f"p.balance > 0 AND {FULL}"), {}, "insufficient", "still owes £"),
        ("withdraw_application", ("under_review",), {}, "unavailable", "is being reviewed"),
        ("withdraw_application", ("approved",), {}, "conflict", "is approved already"),
        ("assign_application", ("draft",), {"officer_id": 1}, "conflict", "not waiting for review"),
        ("assign_application", ("under_review", "PS"), {"officer_id": 3}, "conflict", "already"),
        ("approve_application", ("under_review", "PS"), {}, "conflict", "lacks: "),
        ("approve_application", ("submitted",), {}, "conflict", "not under review"),
        ("reject_application", ("under_review",), {"reason": " "}, "invalid", "must be told why"),
    ],
)
def test_an_application_takes_only_steps_that_fit_its_state(
    desk: Instance, tool: str, which: tuple[str, ...], more: dict[str, Any], code: str, words: str
) -> None:
    refused(desk, code, words, tool, application_id=application(desk, *which), **more)


def test_an_officer_decides_only_their_own_cases(desk: Instance) -> None:
    case = desk.call("get_application", application_id=application(desk, "under_review", "SP")).observation
    other = 2 if case["officer_id"] == 1 else 1
    desk.act_as("officer", (table("officer"), other))
    refused(desk, "forbidden", "is with", "approve_application", application_id=case["id"])


# Writes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "label", "value", "column", "stored"),
    [
        ("enter_text", "Where the skip stands", {"text": "outside 9 Elm Grove"}, "text", "outside 9 Elm Grove"),
        ("enter_number", "Parking bays taken", {"number": 2}, "number", 2),
        ("enter_date", "Delivery date", {"day": "2026-04-20"}, "day", "2026-04-20"),
        ("choose_option", "Skip size", {"option_id": "8-yard"}, "option_id", "8-yard"),
        ("tick_box", "Lamps and cones provided", {"ticked": True}, "ticked", 1),
    ],
)
def test_filling_in_a_field_stores_that_value_alone(
    desk: Instance, tool: str, label: str, value: dict[str, Any], column: str, stored: Any
) -> None:
    draft, target = application(desk, "draft", "SK", EMPTY), form_field(desk, label)
    if column == "option_id":
        value, stored = {"option_id": option(desk, stored)}, option(desk, stored)
    assert desk.call(tool, application_id=draft, field_id=target, **value).ok
    empty = dict.fromkeys(("text", "number", "day", "option_id", "ticked"))
    assert changed(desk) == {"+field_value": empty | {"application_id": draft, "field_id": target, column: stored}}
    assert desk.call("clear_field", application_id=draft, field_id=target).ok
    assert desk.changes() == []


def test_starting_charges_the_fee_and_half_of_it_with_a_concession_card(desk: Instance) -> None:
    for concession, fee in ((0, 4600), (1, 2300)):
        desk.reset()
        who = one(desk, """SELECT id FROM applicant WHERE concession = ? AND id NOT IN
            (SELECT applicant_id FROM application WHERE reference LIKE 'AT-%')""", concession)  # fmt: skip
        owed = one(desk, "SELECT balance FROM applicant WHERE id = ?", who)
        assert desk.call("start_application", applicant_id=who, form_type_id=4).ok
        made = changed(desk)
        assert made["applicant.balance"] == owed + fee
        assert (made["+entry"]["amount"], made["+application"]["fee"]) == (fee, fee)
        assert made["+application"]["status"] == "draft"


def test_attaching_twice_keeps_the_later_file(desk: Instance) -> None:
    draft, kind = application(desk, "draft", "SK", EMPTY), document(desk, "Photo of the site")
    for file in ("one.jpg", "two.jpg"):
        assert desk.call("attach_document", application_id=draft, kind_id=kind, file=file).ok
    assert {key: value["file"] for key, value in changed(desk).items()} == {"+attachment": "two.jpg"}


@pytest.mark.parametrize(
    ("tool", "which", "more", "expected"),
    [
        ("submit_application", ("draft", "PS", f"p.balance = 0 AND {FULL}"), {}, {"application.status": "submitted"}),
        ("withdraw_application", ("submitted", "SK"), {}, {"application.status": "withdrawn"}),
        ("assign_application", ("submitted", "SP"), {"officer_id": 2},
         {"application.status": "under_review", "application.officer_id": 2, "officer.under_review": 1}),
        ("approve_application", ("under_review", "SP"), {},
         {"application.status": "approved", "officer.under_review": 2}),
        ("reject_application", ("under_review", "SP"), {"reason": "No room."},
         {"application.status": "rejected", "officer.under_review": 2}),
        ("return_application", ("under_review", "SP"), {"reason": "Plan unclear."},
         {"application.status": "returned", "application.officer_id": None, "officer.under_review": 2}),
    ],
)  # fmt: skip
def test_an_application_moves_on(
    desk: Instance, tool: str, which: tuple[str, ...], more: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert desk.call(tool, application_id=application(desk, *which), **more).ok
    made = changed(desk)
    decision = made.pop("+decision", None)
    papers = [made.pop(key, None) for key in ("+file", "+folder", "+file_share")]
    assert all(papers) == (tool == "approve_application")
    assert {k: v for k, v in made.items() if k not in ("application.submitted", "application.decided")} == expected
    if tool.startswith(("approve", "reject", "return")):
        assert decision is not None
        assert decision["outcome"] == expected["application.status"]


# The drive ---------------------------------------------------------------------------------------------------


def test_approving_issues_a_locked_permit_that_the_applicant_may_view(desk: Instance) -> None:
    case = desk.call("get_application", application_id=application(desk, "under_review", "SK")).observation
    desk.call("approve_application", application_id=case["id"])
    found = desk.call("search_files", folder_path=case["reference"], name="Permit").observation["results"]
    assert [(one["folder_path"], one["locked"]) for one in found] == [(f"/Cases/{case['reference']}", True)]
    details = desk.call("file_details", file_id=found[0]["id"]).observation
    assert [(one["person_id"], one["access"]) for one in details["shares"]] == [(case["applicant_id"], "view")]
    lines = desk.call("read_file", file_id=found[0]["id"]).observation["text"].splitlines()
    sheet = desk.call("read_application", application_id=case["id"]).observation
    assert lines[:4] == [f"SKIP LICENCE {case['reference']}", "Ashcombe Town Hall", "",
                         f"Granted to: {case['applicant_name']}"]  # fmt: skip
    assert lines[-1] == f"{case['officer_name']}, 16 March 2026"
    labels = [value["field_label"] for value in sheet["values"]]
    assert [line.partition(": ")[0] for line in lines[4:-2]] == labels
    place = next(value["text"] for value in sheet["values"] if value["field_label"] == "Where the skip stands")
    assert f"Where the skip stands: {place}" in lines
    refusal = desk.call(
        "write_file", folder=found[0]["folder_path"], name="Permit.txt", text="", mode="replace"
    ).refusal
    assert refusal is not None and (refusal.code, "is locked" in refusal.message) == ("forbidden", True)
    assert desk.call("move_file", file_id=found[0]["id"], folder="/Post").refusal is not None


def test_an_approval_that_fails_issues_no_permit(desk: Instance) -> None:
    refused(desk, "conflict", "lacks: ", "approve_application", application_id=application(desk, "under_review", "PS"))


def test_every_approved_application_has_its_permit_from_the_start(desk: Instance) -> None:
    permits = desk.call("search_files", name="Permit.txt", locked=True, limit=50).observation["results"]
    approved = desk.call("search_applications", status="approved", limit=50).observation["results"]
    assert approved
    assert {one["folder_path"] for one in permits} == {f"/Cases/{one['reference']}" for one in approved}


def test_the_post_book_names_the_scans_that_there_are(desk: Instance) -> None:
    book = desk.call("search_files", name="Post book March").observation["results"][0]
    lines = desk.call("read_file", file_id=book["id"]).observation["text"].splitlines()[1:]
    scans = desk.call("search_files", folder_path="/Post", media_type="pdf", sort="name").observation["results"]
    assert [line.split("; ")[1] for line in lines] == [one["name"] for one in scans]
    for line in lines:
        reference = line.split("; ")[2]
        assert desk.call("search_applications", reference=reference).observation["results"]


def test_residents_do_not_use_the_desks_drive(desk: Instance) -> None:
    desk.act_as("applicant", (table("applicant"), 1))
    for tool, arguments in (("list_folder", {"folder": "/Cases"}), ("search_files", {}), ("read_file", {"file_id": 1})):
        refused(desk, "forbidden", "for the", tool, **arguments)


# Policies ----------------------------------------------------------------------------------------------------


def test_an_option_can_call_for_a_further_document(desk: Instance) -> None:
    draft = application(desk, "draft", "PS", FULL)
    target, late = form_field(desk, "Closing time"), option(desk, "Until 23:00")
    assert desk.call("choose_option", application_id=draft, field_id=target, option_id=late).ok
    review = desk.call("review_application", application_id=draft).observation
    assert [kind["name"] for kind in review["missing_documents"]] == ["Noise management statement"]


def test_a_required_box_that_is_unticked_is_missing(desk: Instance) -> None:
    draft, box = application(desk, "draft", "AT", FULL), form_field(desk, "Site rules accepted")
    assert desk.call("tick_box", application_id=draft, field_id=box, ticked=False).ok
    review = desk.call("review_application", application_id=draft).observation
    assert [one["label"] for one in review["missing_fields"]] == ["Site rules accepted"]


def test_the_officers_numbers_agree_with_their_cases(desk: Instance) -> None:
    case = application(desk, "under_review", "SP")
    assert desk.call("assign_application", application_id=case, officer_id=2).ok
    for officer in desk.call("list_officers").observation["results"]:
        sql = "SELECT count(*) FROM application WHERE status = 'under_review' AND officer_id = ?"
        assert officer["under_review"] == one(desk, sql, officer["id"])


def test_residents_see_and_touch_only_their_own_applications(desk: Instance) -> None:
    draft = desk.call("get_application", application_id=application(desk, "draft", "SK", EMPTY)).observation
    other = one(desk, "SELECT id FROM application WHERE applicant_id <> ?", draft["applicant_id"])
    desk.act_as("applicant", (table("applicant"), draft["applicant_id"]))
    found = desk.call("search_applications").observation["results"]
    assert {row["applicant_id"] for row in found} == {draft["applicant_id"]}
    refused(desk, "forbidden", "is not yours", "read_application", application_id=other)
    refused(desk, "forbidden", "for the officer", "approve_application", application_id=draft["id"])


# Sums --------------------------------------------------------------------------------------------------------


def test_the_fees_of_a_kind_agree_with_sql(desk: Instance) -> None:
    day = date(2026, 3, 1).isoformat()
    for form in (1, 2, 3, 4):
        found = desk.call("search_applications", form_type_id=form, submitted_from=day, limit=50).observation["results"]
        sql = "SELECT coalesce(sum(fee), 0) FROM application WHERE form_type_id = ? AND submitted >= ?"
        assert sum(row["fee"] for row in found) * 100 == one(desk, sql, form, day)


def test_what_applicants_owe_agrees_with_sql(desk: Instance) -> None:
    sql = """SELECT coalesce(sum(CASE e.kind WHEN 'charge' THEN e.amount ELSE -e.amount END), 0) FROM entry e
        JOIN application a USING (applicant_id) WHERE a.id = ?"""
    for number in range(1, 20):
        review = desk.call("review_application", application_id=number).observation
        assert review["applicant_owes"] * 100 == one(desk, sql, number)
