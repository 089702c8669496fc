"""The mailbox: what each tool changes and refuses, conversations and drafts, and mail as mail programs exchange it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

import agentworlds
from agentworlds import EngineError
from agentworlds.certify.fuzz import refusal_sites
from agentworlds.engines.email import File, Mail, MailEngine, Mime
from agentworlds.runtime.instance import Instance

WORLD = agentworlds.load("suite:email")
HOME = "office@world.example"


@pytest.fixture
def box() -> Iterator[Instance]:
    with WORLD.instance() as instance:
        yield instance


def ask(box: Instance, sql: str) -> Any:
    row = box.store.db.execute(sql).fetchone()
    assert row is not None, f"the seed has none: {sql}"
    return row[0] if len(row) == 1 else row


def done(box: Instance, tool: str, **arguments: Any) -> dict[str, Any]:
    step = box.call(tool, **arguments)
    assert step.data is not None, step.text
    return step.data


INCOMING = "SELECT id FROM message WHERE folder = 'inbox'"
OURS = "SELECT id FROM message WHERE folder = 'sent'"
BINNED = "SELECT id FROM message WHERE folder = 'trash'"
DRAFT = "SELECT id FROM message WHERE folder = 'drafts'"
WITH_FILE = "SELECT id FROM message WHERE attachments != ''"
REFUSED = [
    ("send_message", {"recipient": HOME.upper(), "subject": "Hi", "body": "Hello"}, "conflict", "our own address"),
    ("send_message", {"recipient": "a@b.example", "subject": "Hi", "body": " "}, "invalid", "needs a body"),
    ("reply_to_message", {"message_id": OURS, "body": "Hello"}, "conflict", "a message of our own"),
    ("reply_to_message", {"message_id": BINNED, "body": "Hello"}, "conflict", "in the trash"),
    ("reply_to_message", {"message_id": INCOMING, "body": " "}, "invalid", "needs a body"),
    ("forward_message", {"message_id": BINNED, "recipient": "a@b.example"}, "conflict", "in the trash"),
    ("forward_message", {"message_id": DRAFT, "recipient": "a@b.example"}, "conflict", "a draft of our own"),
    ("forward_message", {"message_id": INCOMING, "recipient": "a@b.example", "note": "x" * 1990}, "limit", "2,000"),
    ("save_draft", {"subject": "Hi"}, "invalid", "needs a recipient"),
    ("save_draft", {"recipient": "a@b.example"}, "invalid", "needs a subject"),
    ("save_draft", {"recipient": HOME, "subject": "Hi"}, "conflict", "our own address"),
    ("save_draft", {"draft_id": INCOMING, "subject": "Hi"}, "conflict", "no draft"),
    ("save_draft", {"draft_id": DRAFT}, "invalid", "Nothing is to be changed"),
    ("save_draft", {"answers_id": OURS}, "conflict", "Only a message that came in"),
    ("send_draft", {"draft_id": OURS}, "conflict", "no draft"),
    ("mark_message", {"message_id": OURS, "read": False}, "conflict", "always read"),
    ("mark_message", {"message_id": DRAFT, "read": False}, "conflict", "Drafts are always read"),
    ("label_message", {"message_id": INCOMING, "label": "Bills"}, "not_found", "no label Bills"),
    ("read_attachment", {"message_id": WITH_FILE, "name": "plan.pdf"}, "not_found", "no attachment plan.pdf; it has "),
    ("move_message", {"message_id": OURS, "folder": "inbox"}, "conflict", "mail that others sent"),
    ("move_message", {"message_id": INCOMING, "folder": "drafts"}, "conflict", "not sent yet"),
    ("move_message", {"message_id": DRAFT, "folder": "archive"}, "conflict", "not sent yet"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments", "code", "message"), REFUSED)
def test_refuses_and_nothing_remains(
    box: Instance, tool: str, arguments: dict[str, Any], code: str, message: str
) -> None:
    given = {name: ask(box, value) if str(value).startswith("SELECT") else value for name, value in arguments.items()}
    step = box.call(tool, **given)
    assert step.refusal is not None
    assert (step.refusal.code.value, message in step.refusal.message) == (code, True), step.text
    assert box.changes() == []


def test_every_refusal_and_every_rule_of_the_suite_is_reached_here(box: Instance) -> None:
    reached = {discard_and_send(box), throw_away_what_a_draft_answers(box), empty_draft(box), export_a_bad_address(box)}
    for tool, arguments, _, _ in REFUSED:
        given = {n: ask(box, v) if str(v).startswith("SELECT") else v for n, v in arguments.items()}
        refusal = box.call(tool, **given).refusal
        reached.add(refusal.site if refusal else None)
    assert reached == {site for site in refusal_sites(WORLD) if "suites/email.py" in site}


def discard_and_send(box: Instance) -> str | None:
    draft = done(box, "save_draft", recipient="ann@example.com", subject="Plan", body="Here.")
    done(box, "move_message", message_id=draft["id"], folder="trash")
    step = box.call("send_draft", draft_id=draft["id"])
    assert step.text == (
        "Refused (conflict): That draft is in the trash. Try: move_message(folder='drafts') takes it out"
    )
    done(box, "move_message", message_id=draft["id"], folder="drafts")
    assert done(box, "send_draft", draft_id=draft["id"])["folder"] == "sent"
    return step.refusal.site if step.refusal else None


def throw_away_what_a_draft_answers(box: Instance) -> str | None:
    incoming = ask(box, INCOMING)
    draft = done(box, "save_draft", answers_id=incoming, body="On my way.")
    step = box.call("move_message", message_id=incoming, folder="trash")
    assert step.refusal is not None
    assert step.refusal.message.startswith("A draft answers “")
    done(box, "send_draft", draft_id=draft["id"])
    done(box, "move_message", message_id=incoming, folder="trash")
    return step.refusal.site


def empty_draft(box: Instance) -> str | None:
    draft = done(box, "save_draft", recipient="ann@example.com", subject="Plan")
    step = box.call("send_draft", draft_id=draft["id"])
    assert step.text == "Refused (invalid): An e-mail needs a body. Try: save_draft writes one"
    return step.refusal.site if step.refusal else None


def export_a_bad_address(box: Instance) -> str | None:
    odd = done(box, "send_message", recipient="a,b@c.example", subject="Hi", body="Hello")
    step = box.call("export_message", message_id=odd["id"])
    assert step.text == "Refused (invalid): a,b@c.example is no address that mail can be sent to."
    return step.refusal.site if step.refusal else None


def test_a_draft_can_be_discarded_and_taken_back(box: Instance) -> None:
    assert discard_and_send(box) is not None


def test_what_a_draft_answers_is_not_thrown_away_before_it_is_sent(box: Instance) -> None:
    assert throw_away_what_a_draft_answers(box) is not None


def test_an_empty_draft_is_not_sent(box: Instance) -> None:
    assert empty_draft(box) is not None


def test_an_address_that_no_mail_program_takes_is_not_exported(box: Instance) -> None:
    assert export_a_bad_address(box) is not None


def test_a_message_goes_to_those_in_copy_once_and_not_to_ourselves(box: Instance) -> None:
    sent = done(box, "send_message", recipient="ann@example.com", subject="Plan", body="Here.",
                cc=["Cy@example.com", "ANN@example.com", HOME, "bo@example.com", "cy@example.com"])  # fmt: skip
    assert sent["cc"] == "bo@example.com, cy@example.com"


def test_a_reply_to_all_goes_to_those_who_got_the_message(box: Instance) -> None:
    message, sender, cc = ask(box, "SELECT id, sender, cc FROM message WHERE cc != '' AND NOT read")
    reply = done(box, "reply_to_message", message_id=message, body="Fine.", reply_all=True)
    assert (reply["recipient"], reply["cc"], reply["answers_id"]) == (sender, cc, message)
    assert done(box, "reply_to_message", message_id=message, body="Fine.")["cc"] == ""
    assert done(box, "get_message", message_id=message)["read"] is True


def test_a_conversation_is_whole_from_any_of_its_messages(box: Instance) -> None:
    first, second = ask(box, "SELECT a.id, b.id FROM message a JOIN message b ON b.answers_id = a.id WHERE a.cc != ''")
    reply = done(box, "reply_to_message", message_id=second, body="Fine.")
    threads = [done(box, "read_thread", message_id=one) for one in (first, second, reply["id"])]
    assert [one["id"] for one in threads[0]["messages"]] == [first, second, reply["id"]]
    assert threads[0] == threads[1] == threads[2]
    page = done(box, "read_thread", message_id=first, limit=1, offset=1)
    assert ([one["id"] for one in page["messages"]], page["total"], page["more"]) == ([second], 3, True)


def test_a_forwarded_message_takes_its_attachments_along(box: Instance) -> None:
    message, names = ask(box, "SELECT id, attachments FROM message WHERE attachments != ''")
    text = done(box, "read_attachment", message_id=message, name=names)["text"]
    sent = done(box, "forward_message", message_id=message, recipient="ann@example.com", note="See below.")
    assert sent["attachments"] == names
    assert done(box, "read_attachment", message_id=sent["id"], name=names)["text"] == text


def test_a_changed_draft_keeps_what_was_not_given(box: Instance) -> None:
    incoming, sender, subject = ask(box, "SELECT id, sender, subject FROM message WHERE folder = 'inbox' AND NOT read")
    draft = done(box, "save_draft", answers_id=incoming, body="We will see.", cc=["bo@example.com"])
    assert (draft["recipient"], draft["subject"], draft["folder"]) == (sender, f"Re: {subject}", "drafts")
    changed = done(box, "save_draft", draft_id=draft["id"], body="Yes.")
    assert changed == {**draft, "body": "Yes.", "sent": changed["sent"]}
    sent = done(box, "send_draft", draft_id=draft["id"])
    assert sent == {**changed, "folder": "sent", "sent": sent["sent"]}
    assert done(box, "get_message", message_id=incoming)["read"] is True


def test_labels_are_put_on_and_taken_off_and_counted(box: Instance) -> None:
    message = ask(box, "SELECT id FROM message WHERE folder = 'inbox' AND labels = '' AND NOT read")
    before = {one["name"]: one for one in done(box, "mailbox_overview")["labels"]}["Waiting"]
    done(box, "label_message", message_id=message, label="waiting")
    assert done(box, "label_message", message_id=message, label="Invoices")["labels"] == "Invoices, Waiting"
    assert done(box, "label_message", message_id=message, label="Invoices")["labels"] == "Invoices, Waiting"
    assert message in [one["id"] for one in done(box, "search_messages", labels="Waiting")["results"]]
    after = {one["name"]: one for one in done(box, "mailbox_overview")["labels"]}["Waiting"]
    assert (after["messages"], after["unread"]) == (before["messages"] + 1, before["unread"] + 1)
    assert done(box, "label_message", message_id=message, label="Waiting", remove=True)["labels"] == "Invoices"


def test_the_overview_counts_what_lies_in_each_folder(box: Instance) -> None:
    for folder in done(box, "mailbox_overview")["folders"]:
        where = f"FROM message WHERE folder = '{folder['name']}'"
        assert folder["messages"] == ask(box, f"SELECT count(*) {where}")
        assert folder["unread"] == ask(box, f"SELECT count(*) {where} AND NOT read")


def lead(box: Instance, tool: str, **arguments: Any) -> str:
    return box.call(tool, **arguments).text.splitlines()[0]


def test_results_are_summed_up_as_a_person_would(box: Instance) -> None:
    assert lead(box, "search_messages", subject="Collection days this spring").startswith(
        "One message, unread: “Collection days this spring” from collections@townwaste.example, "
    )
    assert lead(box, "search_messages", subject="Collection days").startswith(
        "2 messages, 1 unread; the latest is “Collection days this spring” from collections@townwaste.example, "
    )
    assert lead(box, "search_messages", subject="Collection days", limit=1).startswith(
        "1 message on this page, none unread; the latest is “Collection days this winter” from "
    )
    assert lead(box, "search_messages", folder="drafts", limit=1).startswith("1 message on this page, none unread; ")
    assert lead(box, "search_messages", subject="nothing like it") == "No messages found."
    message, name = ask(box, "SELECT id, attachments FROM message WHERE attachments LIKE 'invoice%'")
    assert lead(box, "get_message", message_id=message).endswith(f" to {HOME}, 1 attachment.")
    whole = done(box, "read_attachment", message_id=message, name=name)["characters"]
    assert lead(box, "read_attachment", message_id=message, name=name) == f"{name}, all {whole} characters."
    assert lead(box, "read_attachment", message_id=message, name=name, start=10) == (
        f"{name}, characters 11 to {whole} of {whole}."
    )
    assert (
        lead(box, "read_attachment", message_id=message, name=name, start=9999)
        == f"{name} ends after {whole} characters."
    )
    first = ask(box, "SELECT id FROM message WHERE cc != '' AND answers_id IS NULL")
    sender, subject = ask(box, f"SELECT sender, subject FROM message WHERE id = {first}")
    thread = f"“{subject}”: 2 messages{{}}, written by {sender}; 1 unread."
    assert lead(box, "read_thread", message_id=first) == thread.format("")
    assert lead(box, "read_thread", message_id=first, limit=1) == thread.format(", 1 of them here")
    assert lead(box, "mailbox_overview").endswith(" unread; 2 drafts to be sent.")


# Mail as text ------------------------------------------------------------------------------------------------

MAILS = [
    Mail("message-1@x.example", "ann@x.example", "bo@y.example", "Plan", "Hello,\n\nsee you.\n.\nFrom Ann", datetime(2026, 3, 2, 9)),
    Mail("message-2@x.example", "ann@x.example", "bo@y.example", "Übergrößen " * 20 + "— fin", "Grüße\n" + "lang " * 300 + "!",
         datetime(2026, 12, 31, 23, 59), cc=("cy@z.example", "di@z.example"), sender_name='Ann "Nan" Lee, Ltd.'),
    Mail("message-3@x.example", "ann@x.example", "bo@y.example", "Re: Plan", "", datetime(2026, 3, 2, 9, 30, 12),
         references=("message-1@x.example", "message-2@x.example"),
         files=(File("a b.csv", "text/csv", "name,sum\r\nZoë,1\n\n"), File("ü.txt", "text/plain", ""))),
]  # fmt: skip


@pytest.mark.parametrize("mail", MAILS, ids=["plain", "other letters", "attachments"])
def test_what_is_written_can_be_read_back_and_is_the_same_every_time(mail: Mail) -> None:
    raw = Mime().write(mail)
    assert Mime().read(raw) == mail
    assert Mime().write(mail) == raw
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split("\r\n"))


def test_a_subject_cannot_smuggle_a_header_in() -> None:
    mail = Mail("m@x.example", "a@x.example", "b@x.example", "Hi\r\nBcc: spy@x.example", "Hello", datetime(2026, 3, 2))
    read = message_from_bytes(Mime().write(mail).encode(), policy=policy.default)
    assert (read["Subject"], read["Bcc"]) == ("Hi Bcc: spy@x.example", None)


HEAD = "From: a@x.example\r\nTo: b@x.example\r\nDate: Mon, 2 Mar 2026 09:00:00 +0100\r\n"
UNREADABLE = [
    ("", "needs the headers From, To and Date"),
    ("From: a@x.example\r\nTo: b@x.example\r\n\r\nHello", "needs the headers From, To and Date"),
    (HEAD.replace("b@x.example", "nobody") + "\r\nHello", "no address"),
    (HEAD + "Content-Type: text/html\r\n\r\n<p>Hello", "no plain text"),
    (HEAD + "Content-Type: text/plain; charset=klingon\r\n\r\nHello", "nothing reads text in klingon"),
    (HEAD + 'Content-Type: multipart/mixed; boundary="-"\r\n\r\n---\r\n\r\nHello\r\n---\r\nContent-Type: image/png\r\n'
     'Content-Disposition: attachment; filename="a.png"\r\n\r\nx\r\n-----\r\n', "a.png is image/png; only text"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "message"), UNREADABLE)
def test_what_is_no_readable_mail_is_an_error_that_says_why(raw: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        Mime().read(raw)


def test_an_exported_message_says_what_the_mailbox_shows(box: Instance) -> None:
    message = ask(box, "SELECT id FROM message WHERE attachments LIKE 'quote%'")
    shown = done(box, "get_message", message_id=message)
    part = done(box, "export_message", message_id=message)
    assert (part["name"], part["media_type"], part["more"]) == (f"message-{message}.eml", "message/rfc822", False)
    read = message_from_bytes(part["text"].encode(), policy=policy.default)
    body = read.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == shown["body"] + "\n"
    assert (read["From"], read["To"], read["Subject"]) == (shown["sender"], shown["recipient"], shown["subject"])
    assert read["Date"].datetime == datetime.fromisoformat(shown["sent"])
    assert read["In-Reply-To"] == f"<message-{shown['answers_id']}@world.example>"
    [file] = read.iter_attachments()
    assert file.get_content() == done(box, "read_attachment", message_id=message, name="quote.txt")["text"]
    assert done(box, "export_message", message_id=message) == part


def test_a_note_stands_above_what_is_forwarded_and_nothing_does_without_one(box: Instance) -> None:
    sent = done(box, "forward_message", message_id=1, recipient="ann@example.com")["body"]
    assert sent.startswith("---\nFrom: ")
    noted = done(box, "forward_message", message_id=1, recipient="ann@example.com", note="For you.")["body"]
    assert noted == f"For you.\n\n{sent}"


def test_a_long_message_is_exported_in_parts_that_make_up_the_whole(box: Instance) -> None:
    message = done(box, "send_message", recipient="ann@example.com", subject="Long", body="😺" * 1990)["id"]
    one = done(box, "export_message", message_id=message)
    assert one["more"]
    other = done(box, "export_message", message_id=message, start=len(one["text"]))
    read = message_from_bytes((one["text"] + other["text"]).encode(), policy=policy.default)
    assert read.get_content().replace("\r\n", "\n").rstrip("\n") == "😺" * 1990


# Hosts -------------------------------------------------------------------------------------------------------

HOST = '''"""A desk that hands mail in."""
from agentworlds import Draw, Email, PersonName, Row, World, refuse, EngineError, Document
world = World("desk", title="Desk", now="2026-03-02 09:00")

@world.table
class Client(Row):
    name: PersonName
    email: Email

mail = world.include("email", Person=Client, address="desk@desk.example", name="The desk", intents=False{more})

@world.tool
def hand_in(raw: Document) -> mail.Message:
    """Hand a raw message in."""
    try:
        return mail.receive(raw)
    except EngineError as problem:
        refuse("invalid", str(problem))

@world.data
def people(draw: Draw) -> None:
    for _ in range(3):
        draw.new(Client)
    asked = mail.deliver("ann@x.example", "Plan", "May I see it?", sent=draw.moment(-3, -2))
    mail.attach(asked, "plan, final.txt", "One.")
    mail.attach(asked, "plan, final.txt", "Two.")
'''


def host(folder: Path, more: str = "") -> Path:
    path = folder / "desk.py"
    path.write_text(HOST.replace("{more}", more))
    return path


def test_a_host_hands_raw_mail_in_and_it_is_found_read_and_answered(tmp_path: Path) -> None:
    with agentworlds.load(host(tmp_path)).instance() as box:
        asked = done(box, "search_messages", subject="Plan", sender="ann")["results"][0]
        assert asked["attachments"] == "plan final.txt, 2-plan final.txt"
        assert done(box, "read_attachment", message_id=asked["id"], name="2-plan final.txt")["text"] == "Two."
        ours = done(box, "reply_to_message", message_id=asked["id"], body="Here it is.")
        raw = Mime().write(
            Mail("x1@x.example", "ann@x.example", "desk@desk.example", "Re: Plan", "Thank you!\n\nAnn", datetime(2026, 3, 1, 8),
                 cc=("bo@x.example",), references=(f"message-{ours['id']}@desk.example",),
                 files=(File("sums.csv", "text/csv", "a,1\n"),))
        )  # fmt: skip
        got = done(box, "hand_in", raw=raw)
        assert {name: got[name] for name in ("folder", "sender", "recipient", "cc", "body", "sent", "attachments")} == {
            "folder": "inbox", "sender": "ann@x.example", "recipient": "desk@desk.example", "cc": "bo@x.example",
            "body": "Thank you!\n\nAnn", "sent": "2026-03-01T08:00:00", "attachments": "sums.csv",
        }  # fmt: skip
        thread = done(box, "read_thread", message_id=asked["id"])["messages"]
        assert {one["id"] for one in thread} == {asked["id"], ours["id"], got["id"]}
        refused = box.call("hand_in", raw=Mime().write(Mail("x@x.example", "a@x.example", "b@x.example", "", "x" * 2001,
                                                            datetime(2026, 3, 1))))  # fmt: skip
        assert refused.text == (
            "Refused (invalid): the message is too long: 2,000 characters of text and 300 of subject are read."
        )


def test_a_host_without_the_tools_for_drafts_has_none(tmp_path: Path) -> None:
    def drafts(more: str) -> int:
        with agentworlds.load(host(tmp_path, more)).instance() as box:
            found = {one["name"]: one["messages"] for one in done(box, "mailbox_overview")["folders"]}
            return int(found["drafts"])

    assert (drafts(""), drafts(", drafts=False")) == (2, 0)


def test_a_host_sets_the_labels(tmp_path: Path) -> None:
    with agentworlds.load(host(tmp_path, ', labels=("Home", "Work")')).instance() as box:
        assert [one["name"] for one in done(box, "mailbox_overview")["labels"]] == ["Home", "Work"]


class Shouting(Mime):
    """An engine of somebody's own."""

    def write(self, mail: Mail) -> str:
        """Everything in capitals."""
        return super().write(mail).upper()


def test_another_engine_takes_the_place_of_the_suites_own() -> None:
    engine: MailEngine = Shouting()
    assert engine.write(MAILS[0]).startswith("FROM: ANN@X.EXAMPLE")
    with agentworlds.load("suite:email", engines={"email": Shouting}).instance() as box:
        assert done(box, "export_message", message_id=1)["text"].startswith("FROM: ")
