"""Behind the suite `contacts`: cards in the vCard format, telephone numbers, e-mail addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from agentworlds.engines import Engine, EngineError

VERSIONS = ("3.0", "4.0")
LABELS = ("mobile", "work", "home", "fax")
FICTIONAL = ("+447700900", "+441632960")
"""Ranges that Ofcom keeps for fiction, and that no numbering plan therefore calls valid."""
MOST_CARDS = 200


@dataclass(frozen=True)
class Number:
    """A telephone number: as machines dial it (E.164), and as people of a region write it."""

    e164: str
    written: str


@dataclass(frozen=True)
class Reach:
    """A way to reach somebody on a card: the number or address, what it is for, and whether it comes first."""

    value: str
    label: str = "work"
    preferred: bool = False


@dataclass(frozen=True)
class Card:
    """A contact as plain values."""

    name: str
    uid: str = ""
    organisation: str = ""
    job_title: str = ""
    street: str = ""
    city: str = ""
    postcode: str = ""
    birthday: date | None = None
    assistant: str = ""
    note: str = ""
    groups: tuple[str, ...] = ()
    phones: tuple[Reach, ...] = field(default=())
    emails: tuple[Reach, ...] = field(default=())


class ContactsEngine(Protocol):
    """What the suite asks of a library. Every method raises EngineError for what it cannot read."""

    def phone(self, text: str, region: str) -> Number:
        """A telephone number as people write it, where `region` is the country code of numbers without one."""

    def email(self, text: str) -> str:
        """An e-mail address in its normal form."""

    def write_cards(self, cards: Sequence[Card], version: str) -> str:
        """Cards as vCard text of version 3.0 or 4.0."""

    def read_cards(self, text: str) -> list[Card]:
        """The cards of a vCard text; numbers and addresses as they stand there."""


class Vcard(Engine):
    """vobject for the cards, phonenumbers and email-validator for what stands on them."""

    wraps = "vobject, phonenumbers and email-validator"
    requires = ("vobject", "phonenumbers", "email_validator")
    formats = ("RFC 6350 (vCard 4.0)", "RFC 2426 (vCard 3.0)", "E.164")

    def phone(self, text: str, region: str) -> Number:
        """See ContactsEngine. Raises EngineError unless it is a number of its country's numbering plan."""
        import phonenumbers as lib

        try:
            number = lib.parse(text, region)
        except lib.NumberParseException:
            raise EngineError(f"{text!r} is no telephone number") from None
        e164 = lib.format_number(number, lib.PhoneNumberFormat.E164)
        if number.extension:
            raise EngineError("a number is kept without its extension; put that into the note")
        if not _is_valid(number):
            raise EngineError(f"{text!r} is no telephone number: it is {_wrong_with(number)}")
        at_home = number.country_code == lib.country_code_for_region(region)
        style = lib.PhoneNumberFormat.NATIONAL if at_home else lib.PhoneNumberFormat.INTERNATIONAL
        return Number(e164, lib.format_number(number, style))

    def email(self, text: str) -> str:
        """See ContactsEngine. Only the form is checked; nothing is looked up."""
        from email_validator import EmailNotValidError, validate_email

        try:
            return validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError as problem:
            raise EngineError(f"{text!r} is no e-mail address: {problem}") from None

    def write_cards(self, cards: Sequence[Card], version: str) -> str:
        """See ContactsEngine."""
        if version not in VERSIONS:
            raise EngineError(f"vCard {version} is not written; versions are {', '.join(VERSIONS)}")
        return "".join(_write(card, version == "4.0") for card in cards)

    def read_cards(self, text: str) -> list[Card]:
        """See ContactsEngine."""
        import vobject

        try:
            found = [one for one in vobject.readComponents(text) if one.name == "VCARD"]
        except (vobject.base.VObjectError, ValueError, LookupError) as problem:  # all that it raises for bad input
            raise EngineError(f"this is no vCard text: {problem}") from None
        if not found:
            raise EngineError("this is no vCard text: there is no BEGIN:VCARD in it")
        if len(found) > MOST_CARDS:
            raise EngineError(f"{len(found)} cards are more than the {MOST_CARDS} that can be read at once")
        return [_read(one) for one in found]


def _is_valid(number: Any) -> bool:
    import phonenumbers as lib

    e164 = lib.format_number(number, lib.PhoneNumberFormat.E164)
    return bool(lib.is_valid_number(number) or (e164.startswith(FICTIONAL) and len(e164) == 13))


def _wrong_with(number: Any) -> str:
    """Why a number is none. One that a few digits more would complete is too short, even where shorter ones exist."""
    import phonenumbers as lib

    too = {lib.ValidationResult.TOO_LONG: "too long", lib.ValidationResult.TOO_SHORT: "too short"}
    found = lib.is_possible_number_with_reason(number)
    e164 = lib.format_number(number, lib.PhoneNumberFormat.E164)
    if found not in too and any(_is_valid(lib.parse(e164 + "0" * more)) for more in range(1, 5)):
        return "too short"
    return too.get(found, "not in use in its country")


def _write(card: Card, four: bool) -> str:
    import vobject

    made = vobject.vCard()
    made.add("version").value = "4.0" if four else "3.0"
    given, _, family = card.name.rpartition(" ")
    made.add("n").value = vobject.vcard.Name(family=family, given=given)
    texts = {
        "uid": card.uid,
        "fn": card.name,
        "title": card.job_title,
        "note": card.note,
        "x-assistant": card.assistant,
    }
    for name, text in texts.items():
        if text:
            made.add(name).value = text
    if card.organisation:
        made.add("org").value = [card.organisation]
    if card.birthday:
        made.add("bday").value = f"{card.birthday:%Y%m%d}" if four else card.birthday.isoformat()
    if card.street or card.city or card.postcode:
        made.add("adr").value = vobject.vcard.Address(street=card.street, city=card.city, code=card.postcode)
        made.adr.params["TYPE"] = ["work"]
    if card.groups:
        made.add("categories").value = list(card.groups)
    for phone in card.phones:
        line = made.add("tel")
        line.value = f"tel:{phone.value}" if four else phone.value
        line.params |= {"VALUE": ["uri"]} if four else {}
        _describe(line, "cell" if phone.label == "mobile" else phone.label, phone.preferred, four)
    for email in card.emails:
        line = made.add("email")
        line.value = email.value
        _describe(line, email.label, email.preferred, four)
    return str(made.serialize())


def _describe(line: Any, label: str, preferred: bool, four: bool) -> None:
    """Say what a number or address is for, and that it comes first, as either version does."""
    if four:
        line.params |= {"TYPE": [label], **({"PREF": ["1"]} if preferred else {})}
    else:
        line.params["TYPE"] = [label.upper(), *(["PREF"] if preferred else [])]


def _read(card: Any) -> Card:
    version = _text(card, "version")
    if version not in VERSIONS:
        raise EngineError(f"vCard {version or 'without a version'} is not read; versions are {', '.join(VERSIONS)}")
    name = _text(card, "fn") or (" ".join(str(card.n.value).split()) if hasattr(card, "n") else "")
    if not name:
        raise EngineError("a card has no name (FN)")
    address = card.adr.value if hasattr(card, "adr") else None
    return Card(
        name=name,
        uid=_text(card, "uid"),
        organisation=str(card.org.value[0]).strip() if hasattr(card, "org") and card.org.value else "",
        job_title=_text(card, "title"),
        street=_joined(address.street) if address else "",
        city=_joined(address.city) if address else "",
        postcode=_joined(address.code) if address else "",
        birthday=_day(_text(card, "bday")),
        assistant=_text(card, "x_assistant"),
        note=_text(card, "note"),
        groups=tuple(_group for line in card.contents.get("categories", ()) for _group in _listed(line.value)),
        phones=tuple(_reach(line, "tel:") for line in card.contents.get("tel", ())),
        emails=tuple(_reach(line, "mailto:") for line in card.contents.get("email", ())),
    )


def _text(card: Any, name: str) -> str:
    line = getattr(card, name, None)
    return line.value.strip() if line is not None and isinstance(line.value, str) else ""


def _joined(value: str | list[str]) -> str:
    return value.strip() if isinstance(value, str) else ", ".join(one.strip() for one in value)


def _listed(value: str | list[str]) -> list[str]:
    return [one.strip() for one in ([value] if isinstance(value, str) else value) if one.strip()]


def _day(text: str) -> date | None:
    """A whole day; one without its year (``--0203``) is none."""
    if not text:
        return None
    try:
        return date.fromisoformat(text[:8] if text[:8].isdigit() else text[:10])
    except ValueError:
        return None


def _reach(line: Any, scheme: str) -> Reach:
    kinds = [kind.casefold() for value in line.params.get("TYPE", ()) for kind in value.split(",")]
    kinds += [kind.casefold() for kind in line.singletonparams]
    label = next((known for known in LABELS if known in kinds), "mobile" if "cell" in kinds else "work")
    preferred = "pref" in kinds or "1" in line.params.get("PREF", ())
    return Reach(str(line.value).strip().removeprefix(scheme), label, preferred)
