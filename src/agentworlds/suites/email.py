"""The organisation's mailbox: read, search, send, reply, forward, file.

The host gives the people it writes with (Person). Subjects and bodies are free wording: a goal asks only
for the facts that a message must state, and for the right recipient.
"""

from datetime import datetime, timedelta
from typing import Literal

from agentworlds import (
    Draw,
    Module,
    Paragraph,
    PersonName,
    Row,
    Text,
    field,
    first,
    insert,
    now,
    refuse,
)
from agentworlds import (
    Email as Address,
)

email = Module("email", title="Mailbox", wraps="email")
HOME: str = email.setting("address", "office@world.example")
NAME: str = email.setting("name", "The office")
STAFF = email.setting("staff", ())
TOPICS: tuple[tuple[str, str], ...] = email.setting("topics", (
    ("Question about my account", "Hello, could you tell me what is on my account at the moment? Thank you."),
    ("Change of address", "Please note that we are moving at the end of the month. I will send the new address."),
    ("Thank you", "Just a line to say thank you for your help last week. Everything went well."),
    ("Opening hours", "Are you open on the Friday before the holiday? I could not find it on the site."),
))  # fmt: skip


@email.placeholder
class Person(Row):
    name: PersonName
    email: Address


@email.table(label="subject", show=("answers.subject",))
class Message(Row):
    folder: Literal["inbox", "sent", "archive", "trash"]
    sender: Address
    recipient: Address
    subject: Text = field(wording=True)
    body: Paragraph = field(wording=True)
    sent: datetime = field(default=now)
    read: bool = field(default=False)
    answers: "Message | None" = None


email.reads(
    Message, by=("folder", "sender", "recipient", "subject", "body", "sent", "read"), sort=("sent",), roles=STAFF
)


@email.tool(roles=STAFF)
def send_message(recipient: Address, subject: Text, body: Paragraph) -> Message:
    """Send an e-mail.

    Args:
        recipient: the address it goes to
    """
    check_recipient(recipient)
    if not body.strip():
        refuse("invalid", "An e-mail needs a body.", field="body")
    return insert(Message(folder="sent", sender=HOME, recipient=recipient, subject=subject, body=body, read=True))


@email.tool(roles=STAFF)
def reply_to_message(message: Message, body: Paragraph) -> Message:
    """Reply to an e-mail that came in; it is marked as read."""
    if message.sender.casefold() == HOME.casefold():
        refuse("conflict", "That is a message of our own.", hint="send_message writes a new one")
    if message.folder == "trash":
        refuse("conflict", "That message is in the trash.", hint="move_message takes it out")
    if not body.strip():
        refuse("invalid", "A reply needs a body.", field="body")
    message.read = True
    subject = message.subject if message.subject.startswith("Re: ") else f"Re: {message.subject}"[:300]
    return insert(
        Message(
            folder="sent", sender=HOME, recipient=message.sender, subject=subject, body=body, read=True, answers=message
        )
    )


@email.tool(roles=STAFF)
def forward_message(message: Message, recipient: Address, note: Paragraph = "") -> Message:
    """Forward an e-mail, with a note above it."""
    check_recipient(recipient)
    if message.folder == "trash":
        refuse("conflict", "That message is in the trash.", hint="move_message takes it out")
    subject = f"Fwd: {message.subject}"[:300]
    body = f"{note}\n\n---\nFrom: {message.sender}\n{message.body}"
    if len(body) > 2000:
        refuse("limit", "With the note the e-mail is longer than 2,000 characters.", hint="write a shorter note")
    return insert(
        Message(folder="sent", sender=HOME, recipient=recipient, subject=subject, body=body, read=True, answers=message)
    )


@email.tool(roles=STAFF, idempotent=True)
def move_message(message: Message, folder: Literal["inbox", "archive", "trash"]) -> Message:
    """Move an e-mail to another folder."""
    message.folder = folder
    return message


@email.tool(roles=STAFF, idempotent=True)
def mark_message(message: Message, read: bool) -> Message:
    """Mark an e-mail as read or unread."""
    if message.folder == "sent":
        refuse("conflict", "Sent messages are always read.")
    message.read = read
    return message


def check_recipient(recipient: str) -> None:
    """Refuse to write to ourselves."""
    if recipient.casefold() == HOME.casefold():
        refuse("conflict", "That is our own address.")


@email.rule(Message, "conflict", "Mail in the inbox is mail that others sent.")
def inbox_holds_incoming(message: Message) -> bool:
    return message.folder != "inbox" or message.sender.casefold() != HOME.casefold()


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
