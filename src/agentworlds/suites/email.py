"""The organisation's mailbox: read, search, write, answer, forward, file and label; threads, drafts, attachments.

The host gives the people it writes with (Person). Subjects and bodies are free wording: a goal asks only
for the facts that a message must state, and for the right recipient. Hosts bring mail in with `deliver`, `attach`
and `receive`, which takes a raw message.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    Do,
    Document,
    Draw,
    EngineError,
    Module,
    Paragraph,
    PersonName,
    Range,
    Row,
    Task,
    TaskDraw,
    Text,
    Word,
    containing,
    count,
    field,
    first,
    insert,
    now,
    one_of,
    other_than,
    refuse,
    rows,
)
from agentworlds import (
    Email as Address,
)
from agentworlds.engines.email import File, Mail, MailEngine
from agentworlds.types import say_date

email = Module("email", title="Mailbox", wraps="email (Python standard library)")
HOME: str = email.setting("address", "office@world.example")
NAME: str = email.setting("name", "The office")
STAFF = email.setting("staff", ())
LABELS: tuple[str, ...] = email.setting("labels", ("Invoices", "Quotes", "Visits", "Waiting", "Private"))
TOPICS: tuple[tuple[str, str], ...] = email.setting("topics", (
    ("Question about my account", "Hello, could you tell me what is on my account at the moment? Thank you."),
    ("Change of address", "Please note that we are moving at the end of the month. I will send the new address."),
    ("Thank you", "Just a line to say thank you for your help last week. Everything went well."),
    ("Opening hours", "Are you open on the Friday before the holiday? I could not find it on the site."),
))  # fmt: skip
FIRMS: tuple[tuple[str, str], ...] = email.setting("firms", (
    ("Harbour & Sons", "office@harboursons.example"), ("Harbour & Daughters", "mail@harbourdaughters.example"),
    ("Clearview Property Care", "visits@clearview.example"), ("Northgate Works", "office@northgate.example"),
    ("Lantern House Services", "help@lantern.example"), ("Millrace Maintenance", "service@millrace.example"),
    ("Oakfield Contractors", "workshop@oakfield.example"), ("Swift & Marlow", "hello@swiftmarlow.example"),
    ("Pennant Brothers", "office@pennant.example"), ("Fern Lane Repairs", "desk@fernlane.example"),
    ("Copper Beech Company", "jobs@copperbeech.example"), ("Brightwater Building", "works@brightwater.example"),
))  # fmt: skip
"""Firms that work for the house, twelve at least, or none; much of the mail, and of the tasks, is about their letters."""
JOBS: tuple[str, ...] = email.setting("jobs", (
    "new window blinds", "cleaning the carpets", "painting the hall", "painting the fence", "a lock for the side door",
    "servicing the boiler", "clearing the gutters", "new shelves", "checking the fire extinguishers",
))  # fmt: skip
DRAFTS: bool = email.setting("drafts", True)
"""Whether drafts of ours lie there already; a house that leaves out the tools for drafts has none."""
Folder = Literal["inbox", "drafts", "sent", "archive", "trash"]
Page = Annotated[int, Range(1, 50)]
Skipped = Annotated[int, Range(0, 1_000_000)]
PART = 6_000
"""Characters that a long text is read in at a time."""


@email.placeholder
class Person(Row):
    name: PersonName
    email: Address


@email.table(label="subject", show=("answers.subject",))
class Message(Row):
    folder: Folder
    sender: Address
    recipient: Address
    subject: Text = field(wording=True)
    body: Paragraph = field(wording=True)
    sent: datetime = field(default=now)
    read: bool = field(default=False)
    answers: "Message | None" = None
    cc: Document = ""
    labels: Paragraph = ""
    attachments: Paragraph = ""
    draft: bool = field(default=False, hidden=True)


@email.table(label="name", unique=[("message", "name")])
class MailFile(Row):
    message: Message
    name: Text
    media_type: Word
    content: Document = field(hidden=True)


@dataclass
class Tally:
    name: Word
    messages: int
    unread: int


@dataclass
class Overview:
    folders: list[Tally]
    labels: list[Tally]


@dataclass
class Thread:
    subject: Text
    total: int
    unread: int
    more: bool
    messages: list[Message]


@dataclass
class Part:
    name: Text
    media_type: Text
    text: Document
    start: int
    characters: int
    more: bool


engine = email.engine(MailEngine, "mime")
email.reads(
    Message, sort=("sent",), roles=STAFF,
    by=("folder", "sender", "recipient", "subject", "body", "sent", "read", "cc", "labels", "attachments"),
)  # fmt: skip

# Reading -----------------------------------------------------------------------------------------------------


@email.query(roles=STAFF)
def mailbox_overview() -> Overview:
    """How many messages each folder and each label holds, and how many of them are unread."""
    folders: list[Folder] = ["inbox", "drafts", "sent", "archive", "trash"]
    return Overview(
        [Tally(one, count(Message, folder=one), count(Message, folder=one, read=False)) for one in folders],
        [
            Tally(one, count(Message, labels=containing(one)), count(Message, labels=containing(one), read=False))
            for one in LABELS
        ],
    )


@email.query(roles=STAFF)
def read_thread(message: Message, limit: Page = 20, offset: Skipped = 0) -> Thread:
    """The conversation that a message belongs to, from its first message on, whichever folders they are in.

    Args:
        message: any message of the conversation
        limit: messages per page
        offset: how many to skip: as many as were shown so far
    """
    found = conversation(message)
    unread = sum(not one.read for one in found)
    return Thread(found[0].subject, len(found), unread, offset + limit < len(found), found[offset : offset + limit])


@email.query(roles=STAFF)
def read_attachment(message: Message, name: Text, start: Skipped = 0) -> Part:
    """The text of an attachment.

    Args:
        name: the attachment's name, as the message lists it
        start: characters to skip, for the further parts of a long one
    """
    file = first(MailFile, message=message, name=name.strip())
    if file is None:
        there = f"it has {message.attachments}" if message.attachments else "it has no attachment"
        refuse("not_found", f"That message has no attachment {name}; {there}.", field="name")
    return part_of(file.name, file.media_type, file.content, start)


@email.query(roles=STAFF)
def export_message(message: Message, start: Skipped = 0) -> Part:
    """A message as the text that mail programs exchange (RFC 5322 and MIME), attachments included.

    Args:
        start: characters to skip, for the further parts of a long one
    """
    try:
        raw = engine.write(as_mail(message))
    except EngineError as problem:
        refuse("invalid", str(problem))
    return part_of(f"message-{message.id}.eml", "message/rfc822", raw, start)


def part_of(name: str, media_type: str, text: str, start: int) -> Part:
    """A text from one character on, as much as is read at a time; past its end, nothing."""
    return Part(name, media_type, text[start : start + PART], start, len(text), start + PART < len(text))


def conversation(message: Message) -> list[Message]:
    """The messages that answer one another, oldest first."""
    root = [message, *before(message)][-1]
    found, latest = [root], [root]
    for _ in range(count(Message)):
        latest = rows(Message, answers=one_of(latest))
        if not latest:
            break
        found += latest
    return sorted(found, key=lambda one: (one.sent, one.id))


def before(message: Message) -> list[Message]:
    """The message that one answers, the one that this answers, and so on."""
    found = list[Message]()
    answered = message.answers
    for _ in range(count(Message)):
        if answered is None:
            break
        found.append(answered)
        answered = answered.answers
    return found


@email.says("search_messages")
def messages_in_words(data: dict[str, Any]) -> str:
    found = data["results"]
    if not found:
        return ""
    latest = max(found, key=lambda one: (one["sent"], one["id"]))
    ours = latest["sender"].casefold() == HOME.casefold()
    other = f"to {latest['recipient']}" if ours else f"from {latest['sender']}"
    when = say_date(date.fromisoformat(latest["sent"][:10]))
    which = f"“{latest['subject']}” {other}, {when}"
    unread = sum(not one["read"] for one in found)
    if len(found) == 1 and not data["more"]:
        return f"One message{', unread' * unread}: {which}."
    said = f"{len(found)} message{'s' * (len(found) != 1)}{' on this page' if data['more'] else ''}"
    return f"{said}, {unread or 'none'} unread; the latest is {which}."


@email.says("get_message")
def message_in_words(data: dict[str, Any]) -> str:
    files = [one for one in data["attachments"].split(", ") if one]
    attached = f", {len(files)} attachment{'s' * (len(files) != 1)}" if files else ""
    return f"“{data['subject']}” from {data['sender']} to {data['recipient']}{attached}."


@email.says("read_thread")
def thread_in_words(data: dict[str, Any]) -> str:
    writers = list(dict.fromkeys(one["sender"] for one in data["messages"]))
    number = f"{data['total']} message{'s' * (data['total'] != 1)}"
    shown = f", {len(data['messages'])} of them here" if len(data["messages"]) < data["total"] else ""
    between = f", written by {' and '.join(writers)}" if writers else ""
    return f"“{data['subject']}”: {number}{shown}{between}; {data['unread'] or 'none'} unread."


@email.says("mailbox_overview")
def overview_in_words(data: dict[str, Any]) -> str:
    held = {one["name"]: one for one in data["folders"]}
    drafts = held["drafts"]["messages"]
    waiting = f"; {drafts} draft{'s' * (drafts != 1)} to be sent" if drafts else ""
    return f"{held['inbox']['messages']} in the inbox, {held['inbox']['unread'] or 'none'} unread{waiting}."


@email.says("read_attachment")
def attachment_in_words(data: dict[str, Any]) -> str:
    return part_in_words(data)


@email.says("export_message")
def export_in_words(data: dict[str, Any]) -> str:
    return part_in_words(data)


def part_in_words(data: dict[str, Any]) -> str:
    """Which part of a long text this is."""
    if data["start"] == 0 and not data["more"]:
        return f"{data['name']}, all {data['characters']} characters."
    end = data["start"] + len(data["text"])
    if not data["text"]:
        return f"{data['name']} ends after {data['characters']} characters."
    return f"{data['name']}, characters {data['start'] + 1} to {end} of {data['characters']}."


# Writing -----------------------------------------------------------------------------------------------------


@email.tool(roles=STAFF)
def send_message(recipient: Address, subject: Text, body: Paragraph, cc: list[Address] | None = None) -> Message:
    """Send an e-mail.

    Args:
        recipient: the address it goes to
        cc: addresses that get a copy
    """
    check_recipient(recipient)
    if not body.strip():
        refuse("invalid", "An e-mail needs a body.", field="body")
    return insert(
        Message(
            folder="sent", sender=HOME, recipient=recipient, subject=subject, body=body, read=True,
            cc=in_copy(cc or [], recipient),
        )
    )  # fmt: skip


@email.tool(roles=STAFF)
def reply_to_message(message: Message, body: Paragraph, reply_all: bool = False) -> Message:
    """Reply to an e-mail that came in; it is marked as read.

    Args:
        reply_all: the others who got the message get the reply in copy
    """
    if message.sender.casefold() == HOME.casefold():
        refuse("conflict", "That is a message of our own.", hint="send_message writes a new one")
    if message.folder == "trash":
        refuse("conflict", "That message is in the trash.", hint="move_message takes it out")
    if not body.strip():
        refuse("invalid", "A reply needs a body.", field="body")
    message.read = True
    others = [message.recipient, *split(message.cc)] if reply_all else []
    return insert(
        Message(
            folder="sent", sender=HOME, recipient=message.sender, subject=answering("Re", message), body=body,
            read=True, answers=message, cc=in_copy(others, message.sender),
        )
    )  # fmt: skip


@email.tool(roles=STAFF)
def forward_message(message: Message, recipient: Address, note: Paragraph = "") -> Message:
    """Forward an e-mail with its attachments, with a note above it."""
    check_recipient(recipient)
    if message.folder == "trash":
        refuse("conflict", "That message is in the trash.", hint="move_message takes it out")
    if message.draft:
        refuse("conflict", "That is a draft of our own.", hint="save_draft changes its recipient, send_draft sends it")
    above = f"{note}\n\n" if note.strip() else ""
    body = f"{above}---\nFrom: {message.sender}\n{message.body}"
    if len(body) > 2000:
        refuse("limit", "With the note the e-mail is longer than 2,000 characters.", hint="write a shorter note")
    forwarded = insert(
        Message(
            folder="sent", sender=HOME, recipient=recipient, subject=f"Fwd: {message.subject}"[:300], body=body,
            read=True, answers=message,
        )
    )  # fmt: skip
    for file in rows(MailFile, message=message):
        attach(forwarded, file.name, file.content, file.media_type)
    return forwarded


@email.tool(roles=STAFF)
def save_draft(
    draft: Message | None = None,
    recipient: Address | None = None,
    subject: Text | None = None,
    body: Paragraph | None = None,
    cc: list[Address] | None = None,
    answers: Message | None = None,
) -> Message:
    """Save an e-mail as a draft, or change one that was saved; nothing is sent. What is not given stays as it is.

    Args:
        draft: the draft to change; without it a new one is saved
        recipient: the address it is for; a new draft needs one unless it answers a message
        subject: a new draft needs one unless it answers a message
        cc: addresses that get a copy
        answers: the message that it answers
    """
    if draft is not None:
        check_draft(draft)
    if answers is not None and (answers.draft or answers.sender.casefold() == HOME.casefold()):
        refuse("conflict", "Only a message that came in can be answered.", field="answers_id")
    if draft is None:
        recipient = answers.sender if recipient is None and answers is not None else recipient
        subject = answering("Re", answers) if subject is None and answers is not None else subject
        if recipient is None or subject is None:
            missing = "recipient" if recipient is None else "subject"
            refuse("invalid", f"A new draft needs a {missing}.", field=missing)
        check_recipient(recipient)
        return insert(
            Message(
                folder="drafts", sender=HOME, recipient=recipient, subject=subject, body=body or "", read=True,
                answers=answers, cc=in_copy(cc or [], recipient), draft=True,
            )
        )  # fmt: skip
    if recipient is None and subject is None and body is None and cc is None and answers is None:
        refuse("invalid", "Nothing is to be changed.", hint="give recipient, subject, body, cc or answers_id")
    draft.recipient = draft.recipient if recipient is None else recipient
    check_recipient(draft.recipient)
    draft.subject = draft.subject if subject is None else subject
    draft.body = draft.body if body is None else body
    draft.cc = in_copy(split(draft.cc) if cc is None else cc, draft.recipient)
    draft.answers = draft.answers if answers is None else answers
    draft.sent = now()
    return draft


@email.tool(roles=STAFF)
def send_draft(draft: Message) -> Message:
    """Send a draft as it is; the message that it answers is marked as read."""
    check_draft(draft)
    if not draft.body.strip():
        refuse("invalid", "An e-mail needs a body.", hint="save_draft writes one")
    draft.folder = "sent"
    draft.draft = False
    draft.sent = now()
    if draft.answers is not None:
        draft.answers.read = True
    return draft


# Keeping order -----------------------------------------------------------------------------------------------


@email.tool(roles=STAFF, idempotent=True)
def move_message(message: Message, folder: Literal["inbox", "archive", "trash", "drafts"]) -> Message:
    """Move an e-mail to another folder. A draft can only go to the trash, and back to the drafts."""
    message.folder = folder
    return message


@email.tool(roles=STAFF, idempotent=True)
def mark_message(message: Message, read: bool) -> Message:
    """Mark an e-mail as read or unread."""
    if message.folder == "sent":
        refuse("conflict", "Sent messages are always read.")
    if message.draft:
        refuse("conflict", "Drafts are always read.")
    message.read = read
    return message


@email.tool(roles=STAFF, idempotent=True)
def label_message(message: Message, label: Word, remove: bool = False) -> Message:
    """Put a label on an e-mail, or take it off. A message may carry several.

    Args:
        label: the label's name; mailbox_overview lists them
        remove: take the label off
    """
    known = next((one for one in LABELS if one.casefold() == label.strip().casefold()), None)
    if known is None:
        refuse("not_found", f"There is no label {label}.", field="label", hint=f"labels are {', '.join(LABELS)}")
    kept = [one for one in split(message.labels) if one != known]
    message.labels = ", ".join(kept if remove else sorted([*kept, known]))
    return message


def check_recipient(recipient: str) -> None:
    """Refuse to write to ourselves."""
    if recipient.casefold() == HOME.casefold():
        refuse("conflict", "That is our own address.")


def check_draft(message: Message) -> None:
    """Refuse what is no draft, or was thrown away."""
    if not message.draft:
        refuse("conflict", "That message is no draft.", hint="search_messages(folder='drafts') finds drafts")
    if message.folder == "trash":
        refuse("conflict", "That draft is in the trash.", hint="move_message(folder='drafts') takes it out")


def in_copy(addresses: Sequence[str], recipient: str) -> str:
    """The addresses that get a copy, in order of the alphabet; neither the recipient's nor our own."""
    others = {one.casefold(): one for one in addresses}
    for known in (recipient, HOME):
        others.pop(known.casefold(), None)
    return ", ".join(others[key] for key in sorted(others))


def answering(prefix: str, message: Message) -> str:
    """The subject of an answer."""
    return message.subject if message.subject.startswith(f"{prefix}: ") else f"{prefix}: {message.subject}"[:300]


def split(joined: str) -> list[str]:
    """The parts of a text such as ``ann@example.com, bob@example.com``."""
    return [one for one in joined.split(", ") if one]


@email.rule(Message, "conflict", "Mail in the inbox is mail that others sent.")
def inbox_holds_incoming(message: Message) -> bool:
    return message.folder != "inbox" or message.sender.casefold() != HOME.casefold()


@email.rule(Message, "conflict", "Drafts are what was not sent yet; they stay in their folder, or go to the trash.")
def drafts_are_unsent(message: Message) -> bool:
    return message.draft == (message.folder == "drafts") or (message.draft and message.folder == "trash")


@email.rule(
    Message, "conflict", "A draft answers “{row.subject}”, so it cannot be in the trash.",
    "send the draft, or throw it away first", watch=["Message.answers"],
)  # fmt: skip
def answered_mail_is_kept(message: Message) -> bool:
    return message.folder != "trash" or count(Message, answers=message, folder="drafts") == 0


# For hosts ---------------------------------------------------------------------------------------------------


def deliver(
    sender: str, subject: str, body: str, *, sent: datetime | None = None, cc: Sequence[str] = (),
    answers: Message | None = None, folder: Folder = "inbox", read: bool = False,
) -> Message:  # fmt: skip
    """A message that somebody wrote to this mailbox, now or at a time before."""
    return insert(
        Message(
            folder=folder, sender=sender, recipient=HOME, subject=subject, body=body, sent=sent or now(), read=read,
            answers=answers, cc=in_copy(cc, HOME),
        )
    )  # fmt: skip


def attach(message: Message, name: str, content: str, media_type: str = "text/plain") -> MailFile:
    """Attach a text to a message; its name loses commas, which part names, and gets a number where it is taken."""
    name = " ".join(name.replace(",", " ").split())
    if count(MailFile, message=message, name=name):
        name = f"{count(MailFile, message=message) + 1}-{name}"
    message.attachments = ", ".join([*split(message.attachments), name])
    return insert(MailFile(message=message, name=name, media_type=media_type, content=content))


def receive(raw: str) -> Message:
    """Deliver a raw message (RFC 5322): its headers, text and attachments. Raises EngineError where it cannot be read."""
    mail = engine.read(raw)
    if len(mail.body) > 2000 or len(mail.subject) > 300:
        raise EngineError("the message is too long: 2,000 characters of text and 300 of subject are read")
    known = re.fullmatch(r"message-(\d+)@.*", mail.references[-1]) if mail.references else None
    answers = first(Message, id=int(known[1])) if known else None
    others = [one for one in (mail.recipient, *mail.cc) if one.casefold() != mail.sender.casefold()]
    message = deliver(mail.sender, mail.subject or "(no subject)", mail.body, sent=mail.sent, cc=others,
                      answers=answers)  # fmt: skip
    for file in mail.files:
        attach(message, file.name, file.content, file.media_type)
    return message


def as_mail(message: Message) -> Mail:
    """A message as the engine takes it."""
    return Mail(
        identity=identity(message), sender=message.sender, recipient=message.recipient, subject=message.subject,
        body=message.body, sent=message.sent, cc=tuple(split(message.cc)),
        sender_name=NAME if message.sender.casefold() == HOME.casefold() else "",
        files=tuple(File(one.name, one.media_type, one.content) for one in rows(MailFile, message=message)),
        references=tuple(identity(one) for one in reversed(before(message))),
    )  # fmt: skip


def identity(message: Message) -> str:
    """What a message's Message-ID holds: its number at its writer's host."""
    return f"message-{message.id}@{message.sender.rpartition('@')[2]}"


# Data --------------------------------------------------------------------------------------------------------


@email.data
def inbox(draw: Draw) -> None:
    """What people wrote in the last days, some of it answered."""
    topics = draw.shuffled(TOPICS)
    for number in draw.many(16):
        person = draw.pick(Person, skew=True)
        subject, body = topics[number % len(topics)]
        sent = draw.moment(-12, -1)
        text = f"{body}\n\n{person.name}"
        folder: Literal["inbox", "archive"] = "inbox" if draw.chance(75) else "archive"
        draw.new(Message, folder=folder, sender=person.email, recipient=HOME, subject=subject, body=text, sent=sent,
                 read=folder == "archive" or draw.chance(40), answers=None)  # fmt: skip
    answered = first(Message, folder="archive")
    if answered is not None:
        draw.new(Message, folder="archive", sender=HOME, recipient=answered.sender, subject=f"Re: {answered.subject}",
                 body=f"Thank you for your message. {NAME}", sent=min(answered.sent + timedelta(hours=3), now()), read=True,
                 answers=answered)  # fmt: skip


@email.data
def firms(draw: Draw) -> None:
    """What the house writes about with the firms it buys from: visits, invoices, quotes, faults, and the bins."""
    for message in rows(Message, folder="archive"):
        message.labels = draw.choice(LABELS) if draw.chance(40) else ""
    if not FIRMS:
        return
    names = draw.shuffled(FIRMS)
    jobs = draw.shuffled(JOBS)
    for firm, trouble in zip(names[:2], draw.sample(TROUBLES, 2), strict=True):
        agree_on_a_visit(draw, firm, jobs.pop(), trouble)
    for firm in names[2:4]:
        send_invoices(draw, firm)
    covers = draw.shuffled(COVERS)
    ask_for_quotes(draw, names[4:7], jobs.pop(), covers[:3])
    ask_for_quotes(draw, names[7:9], jobs.pop(), covers[3:])
    ask_for_quotes(draw, names[9:10], jobs.pop(), [])
    for firm in names[10:12]:
        report_a_fault(draw, firm)
    bins = "Please put the bins out by seven. From now on, paper is collected on"
    deliver(BINS[1], "Collection days this winter", f"{bins} Tuesdays.\n\n{BINS[0]}", sent=draw.moment(-85, -80),
            folder="archive", read=True)  # fmt: skip
    deliver(BINS[1], "Collection days this spring", f"{bins} Thursdays.\n\n{BINS[0]}", sent=draw.moment(-6, -3))


Firm = tuple[str, str]
BINS: Firm = ("Town Waste Service", "collections@townwaste.example")
VISIT, INVOICE, REQUEST, FAULT = "Our visit: ", "Invoice ", "Request for a quote: ", "The fault you reported"
BLANK = "______"
COVERS = (
    "Thank you for asking. Our quote is attached; it holds for thirty days.",
    "We would be glad to do this for you. Please find enclosed what it comes to.",
    "Here is our quote, as you wished. Do ring if anything in it is unclear.",
    "It was good to hear from you. The attached sheet says what we charge and when we are free.",
    "Attached is our offer. It includes travel and clearing up afterwards.",
)
TROUBLES = ("a van broke down", "two of us have the flu", "the parts have not come", "a flood keeps us busy elsewhere")


def agree_on_a_visit(draw: Draw, firm: Firm, job: str, trouble: str) -> None:
    """A firm names a day and then another one."""
    name, address = firm
    planning = f"planning@{address.partition('@')[2]}"
    sent, day = draw.moment(-9, -7), draw.day(4, 8)
    day += to_weekday(day)
    told = deliver(address, VISIT + job, f"We have put you down for {job}.\n\nDate: {day}\nTime: 09:30\n\nPlease "
                   f"confirm.\n\n{name}", sent=sent, cc=[planning], read=True)  # fmt: skip
    day += timedelta(days=draw.integer(2, 5))
    day += to_weekday(day)
    hour = draw.choice(("10:15", "10:45", "11:15", "11:30", "12:30"))
    deliver(address, answering("Re", told), f"We are sorry, {trouble} and we cannot come on the day we named. "
            f"This is when we can:\n\nDate: {day}\nTime: {hour}\n\nPlease confirm this one.\n\n{name}",
            sent=sent + timedelta(days=draw.integer(2, 5), minutes=75), cc=[planning], answers=told)  # fmt: skip


def send_invoices(draw: Draw, firm: Firm) -> None:
    """Three invoices, and one that takes the place of another."""
    name, address = firm
    number, sent = draw.integer(310, 880) * 10 + 1, draw.moment(-60, -52)
    wrong = number + draw.integer(0, 2)
    for this in (number, number + 1, number + 2, number + 4):
        sent += timedelta(days=draw.integer(6, 13), minutes=45)
        labour, material = draw.money(40, 260, "2.50"), draw.money(8, 95, "0.05")
        again = this == number + 4
        subject = f"{INVOICE}{this}{f' (replaces invoice {wrong})' if again else ''}"
        body = f"The hours in invoice {wrong} were wrong, please discard it." if again else "With thanks for the order."
        old = not again and draw.chance(60)
        message = deliver(address, subject, f"{body} Our invoice {this} is attached.\n\n{name}", sent=sent,
                          folder="archive" if old and this != wrong else "inbox", read=old)  # fmt: skip
        lines = (f"INVOICE {this}", name, "", f"Labour: {labour}", f"Material: {material}", f"Total: {labour + material}",
                 f"To be paid by: {(sent + timedelta(days=30)).date()}", "")  # fmt: skip
        attach(message, f"invoice-{this}.txt", "\n".join(lines))


def ask_for_quotes(draw: Draw, some: Sequence[Firm], job: str, covers: Sequence[str]) -> None:
    """Our requests to several firms, and the quotes they sent with a covering letter each, or that they could not."""
    sent = draw.moment(-9, -8)
    sent += to_weekday(sent)
    totals = draw.sample([Decimal(cents) / 20 for cents in range(2400, 9000, 37)], len(some))
    starts = draw.sample(range(8, 30), len(some))
    for number, (name, address) in enumerate(some):
        asked = insert(Message(folder="sent", sender=HOME, recipient=address, subject=REQUEST + job, read=True, sent=sent,
                               body=f"Dear {name},\n\nwhat would you charge for {job}, and when could you begin?\n\n{NAME}"))  # fmt: skip
        later = sent + timedelta(days=draw.integer(1, 5), minutes=draw.integer(3, 200))
        if not covers:
            body = f"Thank you for asking. We are booked up and cannot make you an offer for {job}.\n\n{name}"
            deliver(address, answering("Re", asked), body, sent=later, answers=asked)
            continue
        cover = f"{covers[number]}\n\n{name}"
        quote = deliver(address, answering("Re", asked), cover, sent=later, answers=asked, read=draw.chance(50))
        begin = draw.today + timedelta(days=starts[number])
        lines = ("QUOTE", name, "", f"For: {job}", f"Total: {totals[number]:.2f}", f"We can begin on: {begin}", "")
        attach(quote, "quote.txt", "\n".join(lines))


def to_weekday(day: date) -> timedelta:
    """How far the Monday after a weekend is; nothing on other days."""
    return timedelta(days=7 - day.weekday() if day.weekday() > 4 else 0)


def report_a_fault(draw: Draw, firm: Firm) -> None:
    """A fault that a firm files under one number and then another; a draft of ours waits for the number."""
    name, address = firm
    sent, letters = draw.moment(-7, -6), "".join(re.findall(r"\b[A-Z]", name))
    reported = insert(Message(folder="sent", sender=HOME, recipient=address, subject="A fault", read=True, sent=sent,
                              body=f"Dear {name},\n\nwhat you put in two weeks ago has stopped working.\n\n{NAME}"))  # fmt: skip
    one, other = (f"{letters}-{number}" for number in draw.sample(range(20311, 88777, 13), 2))
    thrown: Folder = "trash" if draw.chance(50) else "archive"
    filed = deliver(address, FAULT, f"We have filed your report under the ticket {one}.\n\n{name}", answers=reported,
                    sent=sent + timedelta(minutes=20), folder=thrown, read=True)  # fmt: skip
    deliver(address, answering("Re", filed), f"Other customers have the same fault. The ticket {one} is closed, and the "
            f"matter goes on under {other}. Please quote it when you write.\n\n{name}", answers=filed, read=True,
            sent=sent + timedelta(days=draw.integer(1, 4), minutes=55),
            folder="archive" if thrown == "trash" else "trash")  # fmt: skip
    begun = draw.moment(-1, -1)
    if DRAFTS:
        body = f"Dear {name},\n\nthe fault has come back. Our ticket is {BLANK}.\n\n{NAME}"
        insert(Message(folder="drafts", sender=HOME, recipient=address, subject="The fault is still there", read=True,
                       draft=True, sent=begun, body=body))  # fmt: skip


# Tasks -------------------------------------------------------------------------------------------------------


def firms_with(subject: str, folder: Folder = "inbox") -> list[str]:
    """The firms whose letters in a folder have this in their subject."""
    senders = {one.sender for one in rows(Message, folder=folder, subject=containing(subject))}
    return [name for name, address in FIRMS if address in senders]


def mail_of(firm: str) -> list[Message]:
    """A firm's letters, oldest first."""
    return rows(Message, order="sent", sender=one_of([address for name, address in FIRMS if name == firm]))


def stated(word: str, text: str) -> str:
    """What a text says after a word: ``Date: 2026-03-12``."""
    return text.partition(f"{word}: ")[2].partition("\n")[0]


def replaced_by(subjects: Sequence[str]) -> list[str]:
    """The numbers of the invoices that others replace."""
    return [found[1] for one in subjects if (found := re.search(r"replaces invoice (\d+)", one))]


@email.intent(
    "{firm} have written about a visit. Confirm the day and the time that they named last, in a reply to everyone who "
    "got that mail, and put both of their mails into the archive under the label {label}.",
    "When {firm} come has changed once already. Please reply to all on their latest mail, repeating date and time as "
    "they now stand; label both mails about the visit {label} and archive them.",
    "Could you settle the visit with {firm}? They want a confirmation, copies to the same people, of what they proposed "
    "in the end, with date and hour. Their two mails then belong in the archive, labelled {label}.",
    "Tell {firm}, and whoever they had in copy, that the date and time in their second mail suit us, and state them. "
    "After that, {label} is the label for the pair of mails, and the archive their place.",
    "Agree to the appointment that {firm} offer. Mind that the first one no longer holds: answer the newer message, "
    "reply-all, quoting day and hour. File the two messages in the archive as {label}.",
    "We owe {firm} an answer: yes to the newest date and time (name both), sent as a reply to all. Both messages of "
    "theirs can leave the inbox for the archive; give each the label {label}.",
    "A visit by {firm} needs confirming by reply to all recipients. In the text, give the day and the time on which we "
    "will now see them. Then archive what they sent about it, two mails, each with {label} as its label.",
    "{firm} had to postpone. Write back to the mail that says so, everyone included, confirming the new date with its "
    "time, and clear both their mails out of the inbox: label {label}, folder archive.",
)  # fmt: skip
def confirm_a_visit(draw: TaskDraw) -> Task:
    firm, label = draw.choice(firms_with(VISIT)), draw.choice(LABELS)

    def solve(do: Do) -> None:
        found = do.search_messages(folder="inbox", body=firm)
        latest = do.read_thread(message_id=found[0].id).messages[-1]
        body = do.compose(
            "We confirm {day} at {hour}.", day=stated("Date", latest.body), hour=stated("Time", latest.body)
        )
        do.reply_to_message(message_id=latest.id, body=body, reply_all=True)
        for message in found:
            do.label_message(message_id=message.id, label=label)
            do.move_message(message_id=message.id, folder="archive")

    return draw.task(solve, firm=firm, label=label)


@email.intent(
    "What do the invoices of {firm} come to in all? Where one replaces another, only the new one counts.",
    "Add up everything that {firm} have invoiced us for; the totals are in the attachments, and an invoice that was "
    "replaced is void.",
    "How much money does {firm} want from us altogether, going by their invoices, without the one that they asked us to "
    "discard?",
    "I need the sum of the totals on all valid invoices from {firm}, wherever they are filed. A corrected invoice "
    "stands in for the wrong one.",
    "Please work out our bill with {firm}: every invoice they mailed, except one they have since replaced.",
    "Going through the mails of {firm}, what is the amount of their invoices taken together? Leave out what a later "
    "invoice takes the place of.",
    "Before I pay {firm}, tell me the total over their invoices. Careful, one was sent again with other figures and the "
    "first version must not be counted.",
    "{firm} sent several invoices as attachments, one of them wrong and sent anew. Which sum do we owe for all that "
    "hold?",
    kind="aggregate",
)  # fmt: skip
def sum_of_invoices(draw: TaskDraw) -> Task:
    firm = draw.choice(firms_with(INVOICE))
    gone = replaced_by([one.subject for one in mail_of(firm)])
    valid = [one for one in mail_of(firm) if one.subject.split()[1] not in gone]
    files = [rows(MailFile, message=one)[0].content for one in valid]

    def solve(do: Do) -> Any:
        found = do.every("search_messages", body=firm)
        void = replaced_by([one.subject for one in found])
        totals = []
        for message in found:
            if message.subject.split()[1] not in void:
                file = do.read_attachment(message_id=message.id, name=message.attachments)
                totals.append(stated("Total", file.text))
        return do.sum(totals)

    return draw.task(
        solve, answer=Answer.money(sum((Decimal(stated("Total", one)) for one in files), Decimal(0))), firm=firm
    )


@email.intent(
    "Tidy up the invoices of {firm}: label those that hold {label} and see that they are in the archive. The one that "
    "was replaced goes to the trash, without the label.",
    "The mails with invoices from {firm} should all be in the archive with {label} on them, apart from the invoice they "
    "told us to discard; throw that one into the trash as it is.",
    "Please file what {firm} invoiced. Archive and {label} for each invoice that still counts; trash for the one which a "
    "later invoice replaces.",
    "{firm} replaced one of their invoices. Bin the mail with the old one, and put {label} on the rest of their invoice "
    "mails, which belong into the archive.",
    "I want every valid invoice of {firm} under the label {label} and out of the inbox, in the archive. Whatever "
    "invoice is void ends in the trash and gets no label.",
    "Go through the invoices by {firm}. Void: to the trash. Good: label it {label}, and archive it unless it is there "
    "already.",
    "Sort the mail in which {firm} send invoices, new and old. Three of them are valid and want archiving plus the "
    "label {label}; a fourth was replaced and is rubbish.",
    "Make order among the invoices from {firm}, wherever they lie now: those in force into the archive, marked {label}; that "
    "which they withdrew into the trash, unmarked.",
    kind="batch",
)  # fmt: skip
def file_the_invoices(draw: TaskDraw) -> Task:
    firm, label = draw.choice(firms_with(INVOICE)), draw.choice(LABELS)

    def solve(do: Do) -> None:
        found = do.every("search_messages", body=firm)
        void = replaced_by([one.subject for one in found])
        for message in found:
            if message.subject.split()[1] in void:
                do.move_message(message_id=message.id, folder="trash")
                continue
            do.label_message(message_id=message.id, label=label)
            if message.folder != "archive":
                do.move_message(message_id=message.id, folder="archive")

    return draw.task(solve, firm=firm, label=label)


@email.intent(
    "We asked several firms for a quote for {job}. Accept the cheapest by a reply that names its total, and turn the "
    "others down with a reply each.",
    "Quotes for {job} have been requested. Take the lowest: reply to that firm stating the sum. Every other firm that "
    "made an offer gets a reply as well, saying no.",
    "Who is cheapest for {job}? Answer that firm's mail with our order and the total they quoted, and answer the remaining "
    "offers with a refusal.",
    "Please decide on {job} by price alone. The firm with the smallest total gets an acceptance that repeats the total; "
    "the rest get a polite no. Use replies to their mails.",
    "The offers for {job} should be in. Reply to each: to the best one that we accept at the price of such and such, "
    "to the others that we do not.",
    "Order {job} from whoever quoted least, by replying with the total in the text. Whoever quoted more is to be told, "
    "likewise in a reply, that it went elsewhere.",
    "On {job}: compare what the firms want, give the order to the lowest bidder in a reply that mentions the amount, and "
    "do not leave the other bidders without a reply.",
    "It is time to answer the quotes for {job}. Only the total matters. Confirm it to the cheapest firm, in figures; "
    "decline the dearer ones.",
    kind="conditional",
)  # fmt: skip
def accept_the_cheapest_quote(draw: TaskDraw) -> Task:
    job = draw.choice([one for one in JOBS if quotes_for(one)])

    def solve(do: Do) -> None:
        totals = {}
        for message in do.search_messages(folder="inbox", subject=job):
            file = do.read_attachment(message_id=message.id, name=message.attachments)
            totals[message.id] = stated("Total", file.text)
        cheapest = min(totals, key=lambda one: Decimal(totals[one]))
        for message, amount in totals.items():
            if message == cheapest:
                body = do.compose("We accept your offer over {amount}.", amount=do.sum([amount]))
            else:
                body = do.compose("Thank you for your offer; we have chosen another.")
            do.reply_to_message(message_id=message, body=body)

    return draw.task(solve, job=job)


@email.impossible(accept_the_cheapest_quote)
def accept_a_quote_that_nobody_made(draw: TaskDraw) -> Task:
    asked = [one for one in JOBS if count(Message, folder="sent", subject=REQUEST + one)]
    job = draw.choice([one for one in asked if not quotes_for(one)])

    def solve(do: Do) -> None:
        for message in do.search_messages(folder="inbox", subject=job):
            do.get_message(message_id=message.id)

    return draw.task(solve, impossible=True, job=job)


def quotes_for(job: str) -> list[MailFile]:
    """The quotes that we got for a job."""
    return rows(MailFile, name="quote.txt", message__folder="inbox", message__subject=f"Re: {REQUEST}{job}")


@email.intent(
    "Of the firms that sent us a quote for {job}, which one could begin first?",
    "Somebody should start soon on {job}. Going by the quotes, who has the earliest date to begin?",
    "Please look into the quotes for {job} and name the firm with the soonest start.",
    "I do not care what it costs: which firm is quickest to start with {job}, according to its quote?",
    "Whose quote for {job} promises the earliest beginning?",
    "We have offers for {job}. Tell me the name of the firm that can be here before the others.",
    "Compare the starting dates in the attachments that came in for {job}: what is the firm called that is ahead?",
    "Give me the firm, by name, whose offer regarding {job} has work beginning on the first date of all.",
    kind="question",
)  # fmt: skip
def who_can_begin_first(draw: TaskDraw) -> Task:
    job = draw.choice([one for one in JOBS if quotes_for(one)])
    best = min(quotes_for(job), key=lambda one: stated("We can begin on", one.content))
    names = {address: name for name, address in FIRMS}

    def solve(do: Do) -> str:
        starts = dict[str, str]()
        for message in do.search_messages(folder="inbox", subject=job):
            text = do.read_attachment(message_id=message.id, name=message.attachments).text
            starts[stated("We can begin on", text)] = text.splitlines()[1]
        return starts[min(starts)]

    return draw.task(solve, answer=Answer.text(names[best.message.sender]), job=job)


@email.intent(
    "There is a draft to {firm} about a fault. It still lacks the ticket: put in the number that counts now, add "
    "{copy} in copy, then send the draft.",
    "Finish the draft for {firm} by filling in the ticket under which they deal with our fault today, and send it off with "
    "a copy to {copy}.",
    "I left a mail to {firm} unfinished because I had no ticket number. Look up the current one in what they wrote, enter "
    "it, put {copy} on the copy line and let the mail go out.",
    "The blank in the draft addressed to {firm} is for their ticket. They have changed it once, so take the valid one; "
    "complete the text and send, cc {copy}.",
    "Please send what waits among the drafts for {firm}, but not before its gap holds the ticket that the matter goes on "
    "under, nor without {copy} as a recipient in copy.",
    "{firm} closed one ticket and opened another for our fault. Write the open one into our draft to them and mail it; "
    "{copy} gets a copy.",
    "Our draft to {firm} reads 'Our ticket is', and then nothing. Find the number in force, complete that draft rather than "
    "writing anew, copy {copy} in, and send it.",
    "Get the message to {firm} off my desk: it is a draft, it needs the ticket they use at present instead of the line of "
    "underscores, it should also reach {copy} (cc), and then it can be sent.",
)  # fmt: skip
def finish_a_draft(draw: TaskDraw) -> Task:
    firm = draw.choice([name for name, address in FIRMS if count(Message, recipient=address, folder="drafts")])
    copy = draw.pick(Person).email

    def solve(do: Do) -> None:
        draft = do.search_messages(folder="drafts", body=firm)[0]
        known = do.search_messages(sender=draft.recipient)
        latest = do.read_thread(message_id=known[0].id).messages[-1]
        ticket = re.findall(r"[A-Z]+-\d{5}", latest.body)[-1]
        body = do.compose("The fault has come back. Our ticket is {ticket}.", ticket=ticket)
        do.save_draft(draft_id=draft.id, body=body, cc=[copy])
        do.send_draft(draft_id=draft.id)

    return draw.task(solve, firm=firm, copy=copy)


@email.intent(
    "One of the mails from {firm} about our fault was thrown away by mistake. Put it back into the inbox as unread, and "
    "label both of their mails {label}.",
    "Somebody binned a message of {firm} that we still need. Restore it to the inbox, unread, and see that it and their "
    "other message on the fault carry the label {label}.",
    "Please rescue what {firm} wrote from the trash: inbox, marked as unread. The label {label} belongs on each of the "
    "two mails they sent us about the fault.",
    "A mail about the fault, sender {firm}, has landed in the trash. Back with it into the inbox, as if nobody had read "
    "it; then {label} for that one and for the other mail of theirs.",
    "I cannot find one half of what {firm} told us about the fault; it must have been deleted. Bring it back to the inbox, "
    "set it to unread, and label the halves {label}.",
    "Repair the filing of the two mails from {firm} on the fault. Both should be labelled {label}, and whichever is in the trash "
    "should be in the inbox and unread instead.",
    "The trash holds a letter by {firm} which is not rubbish. Move it to the inbox and make it unread. Give the letters "
    "about the fault from this firm the label {label}, both of them.",
    "Undo a slip: of the mails that {firm} sent regarding the fault, one was put in the trash. It should lie unread in the inbox. "
    "Also mark the pair with {label}.",
    kind="repair",
)  # fmt: skip
def rescue_a_mail(draw: TaskDraw) -> Task:
    firm, label = draw.choice(firms_with(FAULT, "trash")), draw.choice(LABELS)

    def solve(do: Do) -> None:
        lost = do.search_messages(folder="trash", body=firm)[0]
        thread = do.read_thread(message_id=lost.id)
        do.move_message(message_id=lost.id, folder="inbox")
        do.mark_message(message_id=lost.id, read=False)
        for message in thread.messages:
            if message.sender == lost.sender:
                do.label_message(message_id=message.id, label=label)

    return draw.task(solve, firm=firm, label=label)


@email.intent(
    "Forward the latest mail of the {bins} about the collection days to {one.name} and to {other.name}; both "
    "have written to us, so their addresses are in the mailbox.",
    "{one.name} and {other.name} ought to know when the bins are emptied. Send each of them the newest message from the "
    "{bins}, forwarded. You find their addresses on the mails they sent us.",
    "Pass on to {one.name}, and likewise to {other.name}, what the {bins} wrote last on collection days, as "
    "a forward to the address that each of them writes from.",
    "Two people need the current collection days: {one.name}, {other.name}. Use the addresses from their own mails "
    "and forward them the most recent mail of the {bins}.",
    "Take the newer of the mails from the {bins}, forward it to {one.name} first and then to {other.name}. Their own "
    "messages to us tell you where to.",
    "Would you let {one.name} and {other.name} see the recent letter on bin collections by the {bins}? "
    "Forward it to both separately; look for their addresses among our mail.",
    "The {bins} has new collection days. Get that mail, not the old one, to {other.name} as well as "
    "{one.name}, by forwarding. Each wrote to us before, which gives you the address.",
    "Please forward something twice: the last mail of the {bins}, to the addresses under which {one.name} and "
    "{other.name} have been writing to us.",
)  # fmt: skip
def pass_on_the_collection_days(draw: TaskDraw) -> Task:
    one, other = draw.sample(known_writers(), 2)

    def solve(do: Do) -> None:
        found = do.search_messages(body=BINS[0])
        latest = max(found, key=lambda message: message.sent)
        for person in (one, other):
            address = do.search_messages(body=person.name)[0].sender
            do.forward_message(message_id=latest.id, recipient=address)

    return draw.task(solve, one=one, other=other, bins=BINS[0])


def known_writers() -> list[Person]:
    """People whose name stands under their own mails and in nobody else's."""
    return [
        person for person in rows(Person)
        if count(Message, body=containing(person.name), sender=person.email)
        and not count(Message, body=containing(person.name), sender=other_than(person.email))
    ]  # fmt: skip


@email.intent(
    "On which day will {firm} come to us? They have changed it once.",
    "{firm} postponed their visit. What date does it take place now?",
    "Please look up when we are to expect {firm}, going by the last that they wrote.",
    "For the wall planner: the date of the visit by {firm}, as it stands after the postponement.",
    "Somebody has to be here when {firm} arrive. Which day is that, according to their mails?",
    "What is the day {firm} gave us in place of the one that fell through?",
    "I have lost track of the appointment with {firm}. Find their newest mail on it and give me the day.",
    "Name the date on which work by {firm} will be done; remember that the first date they gave is off.",
    kind="question",
)  # fmt: skip
def when_is_the_visit(draw: TaskDraw) -> Task:
    firm = draw.choice(firms_with(VISIT))

    def solve(do: Do) -> str:
        found = do.search_messages(body=firm)
        return stated("Date", do.read_thread(message_id=found[0].id).messages[-1].body)

    return draw.task(solve, answer=Answer.day(date.fromisoformat(stated("Date", mail_of(firm)[-1].body))), firm=firm)


@email.intent(
    "Is anything that {person.name} sent us still unread in the inbox? Then label it {label}, without marking it as read. "
    "If all of it has been read, move what is there to the archive.",
    "Look at the inbox for mail from {person.name}. Unread ones get the label {label} and stay unread; only if there are "
    "none, archive the read ones.",
    "Should there be unread mail by {person.name} in the inbox, put {label} on each such message and leave it unread. "
    "Should there not, file the messages of that sender in the archive.",
    "Check {person.name}: with something unread in the inbox, the label {label} goes on just the unread; with nothing "
    "unread, the whole of that inbox mail goes into the archive.",
    "Have we read everything in the inbox from {person.name}? If so, archive it. If not, what is not read yet is to be "
    "labelled {label}, and remains as it is otherwise.",
    "Mails by {person.name}: archive those in the inbox, provided that none of them is unread. Otherwise touch only the "
    "unread, by labelling them {label}.",
    "I would like {person.name}'s mail out of the inbox and in the archive, unless some is unread. In that case do not "
    "move any, but give the unread part the label {label}.",
    "Do one of two things with the messages that {person.name} has in our inbox. All read: to the archive. Some unread: "
    "{label} as a label on those, and nothing else.",
    kind="conditional",
)  # fmt: skip
def label_or_archive(draw: TaskDraw) -> Task:
    person, label = draw.choice([one for one in known_writers() if waiting_from(one)]), draw.choice(LABELS)

    def solve(do: Do) -> None:
        found = do.search_messages(folder="inbox", body=person.name)
        unread = [one for one in found if not one.read]
        for message in unread:
            do.label_message(message_id=message.id, label=label)
        for message in found if not unread else ():
            do.move_message(message_id=message.id, folder="archive")

    return draw.task(solve, person=person, label=label)


def waiting_from(person: Person) -> list[Message]:
    """Somebody's mail in the inbox, where it can be labelled and archived."""
    found = rows(Message, folder="inbox", sender=person.email)
    signed = all(person.name.casefold() in one.body.casefold() for one in found)
    free = all(not one.labels and not count(Message, answers=one) for one in found)
    return found if signed and free else []
