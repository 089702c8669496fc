"""The mailbox's engine: e-mail as it travels, in the format of RFC 5322 and MIME."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from agentworlds.engines import Engine, EngineError

if TYPE_CHECKING:
    from email.headerregistry import Address
    from email.message import MIMEPart

ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
DOT_ATOMS = re.compile(rf"{ATOM}(?:\.{ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""The addresses of RFC 5322, 3.4.1, without quoted and internationalised ones, which Pythons read differently."""
LONGEST_LINE = 998
"""Letters of a line of the body, after RFC 5322, 2.1.1; longer ones are wrapped as quoted-printable."""


@dataclass(frozen=True)
class File:
    """An attachment: text of some media type, such as ``text/csv``."""

    name: str
    media_type: str
    content: str


@dataclass(frozen=True)
class Mail:
    """A message with all that its text says.

    Attributes:
        identity: What its Message-ID holds between the angle brackets.
        sent: Local time; on the wire without a zone (``-0000``).
        references: Identities of the messages before it in its conversation, the one that it answers last.
        sender_name: The sender as people call it; empty where only the address is known.
    """

    identity: str
    sender: str
    recipient: str
    subject: str
    body: str
    sent: datetime
    cc: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    references: tuple[str, ...] = ()
    sender_name: str = ""


class MailEngine(Protocol):
    """Writes and reads messages as text. What one engine writes, any can read."""

    def write(self, mail: Mail) -> str:
        """The message as text, lines ending in CRLF. Raises EngineError for an address that cannot travel."""

    def read(self, raw: str) -> Mail:
        """A message from its text. Raises EngineError for a text that is no message, or holds more than text."""


class Mime(Engine):
    """Python's own `email` package."""

    wraps = "email (Python standard library)"
    requires = ("email",)
    formats = ("RFC 5322", "RFC 2045 (MIME)")

    def write(self, mail: Mail) -> str:
        """See MailEngine. The boundary between parts follows from the identity, so the text is always the same."""
        from email.message import EmailMessage
        from email.policy import SMTP
        from email.utils import format_datetime

        message = EmailMessage(SMTP.clone(cte_type="7bit", max_line_length=LONGEST_LINE))
        message["From"] = _address(mail.sender, mail.sender_name)
        message["To"] = _address(mail.recipient)
        if mail.cc:
            message["Cc"] = [_address(one) for one in mail.cc]
        message["Subject"] = _one_line(mail.subject)
        message["Date"] = format_datetime(mail.sent)
        message["Message-ID"] = f"<{mail.identity}>"
        if mail.references:
            message["In-Reply-To"] = f"<{mail.references[-1]}>"
            message["References"] = " ".join(f"<{one}>" for one in mail.references)
        message.set_content(mail.body.rstrip("\n"))
        for file in mail.files:
            main, _, sub = file.media_type.partition("/")
            message.add_attachment(file.content.encode(), main, sub, filename=file.name, params={"charset": "utf-8"})
        if mail.files:
            message.set_boundary(f"=_{mail.identity.partition('@')[0]}")
        return message.as_string(policy=SMTP)

    def read(self, raw: str) -> Mail:
        """See MailEngine."""
        from email import message_from_string
        from email.message import EmailMessage
        from email.policy import SMTP

        message = message_from_string(raw, EmailMessage, policy=SMTP)
        try:
            sender, recipient = message["From"].addresses[0], message["To"].addresses[0]
            sent = message["Date"].datetime.replace(tzinfo=None)
        except (AttributeError, IndexError):
            raise EngineError("a message needs the headers From, To and Date") from None
        for one in (sender, recipient):
            _address(one.addr_spec)
        body = message.get_body(("plain",))
        if body is None:
            raise EngineError("the message has no plain text")
        return Mail(
            identity=_identities(message["Message-ID"])[-1] if message["Message-ID"] else "",
            sender=sender.addr_spec,
            sender_name=sender.display_name,
            recipient=recipient.addr_spec,
            cc=tuple(one.addr_spec for one in message["Cc"].addresses) if message["Cc"] else (),
            subject=str(message["Subject"] or ""),
            body=_text(body).replace("\r\n", "\n").rstrip("\n"),
            sent=sent,
            files=tuple(_file(part, number) for number, part in enumerate(message.iter_attachments(), 1)),
            references=_identities(message["References"] or message["In-Reply-To"] or ""),
        )


def _address(address: str, name: str = "") -> Address:
    from email.headerregistry import Address

    if not DOT_ATOMS.fullmatch(address):
        raise EngineError(f"{address} is no address that mail can be sent to")
    return Address(_one_line(name), addr_spec=address)


def _one_line(text: str) -> str:
    """A header's value: nothing in it may begin another header."""
    return " ".join(text.split())


def _identities(header: str) -> tuple[str, ...]:
    return tuple(one.strip("<>") for one in str(header).split())


def _text(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except LookupError:
        raise EngineError(f"nothing reads text in {part.get_content_charset()}") from None


def _file(part: MIMEPart, number: int) -> File:
    name = part.get_filename() or f"attachment-{number}.txt"
    if part.get_content_maintype() != "text":
        raise EngineError(f"{name} is {part.get_content_type()}; only text can be attached")
    return File(name, part.get_content_type(), _text(part))
