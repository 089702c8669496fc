"""The address book: people outside the house, how to reach them, groups, duplicates, and cards in and out as vCard.

The host gives its colleagues (Person); each contact may be looked after by one of them, its keeper. Its own tools may
`add` a Card, and read a contact back as one with `card_of`. The tasks need two colleagues or more.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    City,
    CompanyName,
    Do,
    Document,
    Draw,
    EngineError,
    Module,
    Paragraph,
    PersonName,
    Postcode,
    Range,
    Row,
    Street,
    Task,
    TaskDraw,
    Text,
    Word,
    containing,
    count,
    delete,
    derived,
    field,
    first,
    insert,
    one_of,
    other_than,
    refuse,
    rows,
    today,
)
from agentworlds import (
    Email as Address,
)
from agentworlds.engines.contacts import Card, ContactsEngine, Reach

contacts = Module("contacts", title="Address book", wraps="vobject")
REGION: str = contacts.setting("region", "GB")
"""The country of telephone numbers that are written without one."""
STAFF = contacts.setting("staff", ())
GROUPS: tuple[str, ...] = contacts.setting(
    "groups", ("Newsletter", "Newsletter by post", "Suppliers", "Press", "Summer party")
)
ORGANISATIONS: tuple[tuple[str, str, str, str, str], ...] = contacts.setting("organisations", (
    ("Harbour Timber", "4 Quayside", "Bristol", "BS1 4RN", "harbourtimber.example"),
    ("Marsh & Daughters", "17 Castle Street", "Bristol", "BS2 0JA", "marshdaughters.example"),
    ("Penrose Printing", "Unit 3, Mill Lane", "Leeds", "LS2 8PD", "penroseprint.example"),
    ("Northgate Catering", "88 Northgate", "Leeds", "LS1 5QS", "northgatecatering.example"),
    ("The Evening Courier", "1 Fleet Row", "London", "EC4 2AB", "eveningcourier.example"),
    ("Kettle & Finch Accountants", "25 Holloway Road", "London", "N7 8JG", "kettlefinch.example"),
))  # fmt: skip
"""Name, street, city, postcode and mail domain of the organisations whose people are in the address book."""
TITLES = ("office manager", "sales manager", "buyer", "editor", "accountant", "technician", "director", "driver")
PHONES, EMAILS = ("mobile", "work phone", "home phone", "fax"), ("work email", "home email")
COLUMNS = ("name", "organisation", "job_title", "street", "city", "postcode", "birthday", "keeper", "assistant")
PhoneKind = Literal["mobile", "work phone", "home phone", "fax"]
Kind = Literal["mobile", "work phone", "home phone", "fax", "work email", "home email"]
Column = Literal["name", "organisation", "job_title", "street", "city", "postcode", "birthday", "keeper", "assistant"]
Clearable = Literal[
    "organisation", "job_title", "street", "city", "postcode", "birthday", "keeper", "assistant", "note"
]
engine = contacts.engine(ContactsEngine, "vobject")


@contacts.placeholder
class Person(Row):
    name: PersonName
    email: Address


@contacts.table
class Contact(Row):
    name: PersonName
    organisation: CompanyName | None = None
    job_title: Text | None = None
    street: Street | None = None
    city: City | None = None
    postcode: Postcode | None = None
    birthday: date | None = None
    keeper: Person | None = None
    assistant: "Contact | None" = None
    note: Paragraph | None = field(default=None, wording=True)


@contacts.table(label="written")
class ContactDetail(Row):
    contact: Contact
    kind: Kind
    value: Text
    written: Text
    preferred: bool


@contacts.table
class ContactGroup(Row):
    name: Word


@contacts.table(unique=[("group", "contact")])
class GroupMember(Row):
    group: ContactGroup
    contact: Contact


@dataclass(frozen=True)
class ContactPage:
    results: list[Contact]
    more: bool


@dataclass(frozen=True)
class ContactCard:
    contact: Contact
    phones: list[ContactDetail]
    emails: list[ContactDetail]
    groups: list[ContactGroup]


@dataclass(frozen=True)
class Duplicate:
    one: Contact
    other: Contact
    why: Text


@dataclass(frozen=True)
class DuplicatePage:
    results: list[Duplicate]
    more: bool


@dataclass(frozen=True)
class GroupSize:
    group: ContactGroup
    members: int


@dataclass(frozen=True)
class Imported:
    added: list[Contact]
    skipped: list[Text]


# Reading ------------------------------------------------------------------------------------------------------


@contacts.query(roles=STAFF)
def search_contacts(
    name: Word | None = None,
    organisation: Word | None = None,
    city: Word | None = None,
    number_or_address: Text | None = None,
    group: ContactGroup | None = None,
    keeper: Person | None = None,
    keeper_name: Word | None = None,
    limit: Annotated[int, Range(1, 50)] = 20,
    offset: Annotated[int, Range(0, 100_000)] = 0,
) -> ContactPage:
    """Find contacts, by name. All filters must hold; without any, all contacts are listed page by page.

    Args:
        name: the contact's name contains this, in either case
        organisation: the organisation's name contains this, in either case
        city: the city contains this, in either case
        number_or_address: a whole telephone number, however written, or a part of an e-mail address
        group: only members of this group
        keeper: only those whom this colleague looks after
        keeper_name: only those whose keeper's name contains this, in either case
        limit: results per page
        offset: how many to skip: as many as were shown so far
    """
    filters = {
        column: containing(text)
        for column, text in (("name", name), ("organisation", organisation), ("city", city))
        if text is not None
    }
    found = contacts_where(number_or_address, group, keeper, keeper_name)
    page = rows(Contact, order="name", limit=offset + limit + 1, **filters, **found)
    return ContactPage(page[offset : offset + limit], len(page) > offset + limit)


def contacts_where(
    reach: str | None, group: ContactGroup | None, keeper: Person | None, keeper_name: str | None
) -> dict[str, object]:
    """The filters of a search that are no columns of the contact itself."""
    ids: set[int] | None = None
    if reach is not None:
        ids = {detail.contact.id for detail in details_reached_by(reach)}
    if group is not None:
        members = {member.contact.id for member in rows(GroupMember, group=group)}
        ids = members if ids is None else ids & members
    keepers = None if keeper is None else [keeper]
    if keeper_name is not None:
        wanted = keeper_name.casefold()
        keepers = [one for one in (rows(Person) if keepers is None else keepers) if wanted in one.name.casefold()]
    filters: dict[str, object] = {} if ids is None else {"id": one_of(sorted(ids))}
    return filters if keepers is None else filters | {"keeper": one_of(keepers)}


def details_reached_by(text: str) -> list[ContactDetail]:
    """The numbers equal to what somebody wrote, or the e-mail addresses that contain it."""
    if any(letter.isalpha() or letter == "@" for letter in text):
        return rows(ContactDetail, kind=one_of(EMAILS), value=containing(text.strip()))
    return rows(ContactDetail, value=read_detail("mobile", text, "number_or_address")[0])


@contacts.says("search_contacts")
def say_contacts(data: dict[str, Any]) -> str:
    found = data["results"]
    if not found:
        return "Nobody in the address book fits."
    names = [f"{one['name']} ({one['organisation']})" if one["organisation"] else one["name"] for one in found]
    if data["more"]:
        number = "1 contact" if len(found) == 1 else f"{len(found)} contacts"
        return f"{number} from {names[0]} on, and there are more."
    if len(found) <= 3:
        number = "One contact" if len(found) == 1 else f"{len(found)} contacts"
        return f"{number}: {' and '.join([', '.join(names[:-1]), names[-1]] if len(names) > 1 else names)}."
    return f"{len(found)} contacts, by name from {names[0]} to {names[-1]}."


@contacts.query(roles=STAFF)
def get_contact(contact: Contact) -> ContactCard:
    """A contact's whole card: telephone numbers, e-mail addresses and groups, the preferred number and address first."""
    details = rows(ContactDetail, order="-preferred", contact=contact)
    return ContactCard(
        contact,
        [detail for detail in details if detail.kind in PHONES],
        [detail for detail in details if detail.kind in EMAILS],
        [member.group for member in rows(GroupMember, contact=contact)],
    )


@contacts.says("get_contact")
def say_card(data: dict[str, Any]) -> str:
    who = data["contact"]["name"]
    best = [how[0]["written"] for how in (data["phones"], data["emails"]) if how]
    return f"{who} is best reached at {' or '.join(best)}." if best else f"There is no number or address of {who}."


@contacts.query(roles=STAFF)
def find_duplicate_contacts(
    limit: Annotated[int, Range(1, 50)] = 20, offset: Annotated[int, Range(0, 100_000)] = 0
) -> DuplicatePage:
    """Pairs of contacts that may be the same person.

    Their names are alike (the same last name, and first names that begin with the same letter), and they share
    an organisation, a telephone number or an e-mail address.
    """
    pairs = derived(alike, Contact, ContactDetail)
    page = pairs[offset : offset + limit]
    numbers = [number for one, other, _ in page for number in (one, other)]
    known = {contact.id: contact for contact in rows(Contact, id=one_of(numbers))}
    return DuplicatePage(
        [Duplicate(known[one], known[other], why) for one, other, why in page], len(pairs) > offset + limit
    )


def alike() -> list[tuple[int, int, str]]:
    """Pairs of contacts that may be one person, with the reason; the earlier entry first."""
    by_name: dict[tuple[str, str], list[Contact]] = defaultdict(list)
    for contact in rows(Contact):
        words = contact.name.casefold().split()
        by_name[words[-1], words[0][:1]].append(contact)
    reach: dict[int, list[ContactDetail]] = defaultdict(list)
    for detail in rows(ContactDetail):
        reach[detail.contact.id].append(detail)
    pairs = []
    for namesakes in by_name.values():
        for position, one in enumerate(namesakes):
            for other in namesakes[position + 1 :]:
                theirs = {detail.value for detail in reach[other.id]}
                shared = [detail.written for detail in reach[one.id] if detail.value in theirs]
                if one.organisation and one.organisation == other.organisation:
                    shared.append(one.organisation)
                if shared:
                    pairs.append((one.id, other.id, f"alike names, and both have {', '.join(shared)}"[:300]))
    return sorted(pairs)


@contacts.says("find_duplicate_contacts")
def say_duplicates(data: dict[str, Any]) -> str:
    found = data["results"]
    if not found:
        return "No contact seems to be in the address book twice."
    pairs = f"{len(found)} pairs" if len(found) > 1 else "One pair"
    more = "; there are more" if data["more"] else ""
    return f"{pairs} of entries may be the same person, first {found[0]['one']['name']}{more}."


@contacts.query(roles=STAFF)
def list_contact_groups() -> list[GroupSize]:
    """All groups of the address book, and how many members each has."""
    sizes: dict[int, int] = defaultdict(int)
    for member in rows(GroupMember):
        sizes[member.group.id] += 1
    return [GroupSize(group, sizes[group.id]) for group in rows(ContactGroup, order="name")]


@contacts.says("list_contact_groups")
def say_groups(data: dict[str, Any]) -> str:
    groups = data["results"]
    if not groups:
        return "There are no groups."
    largest = max(groups, key=lambda one: one["members"])
    number = "One group" if len(groups) == 1 else f"{len(groups)} groups"
    return f"{number}; the largest is {largest['group']['name']} with {members(largest['members'])}."


def members(number: int) -> str:
    """So many members, in words."""
    return "one member" if number == 1 else f"{number} members"


# Writing ------------------------------------------------------------------------------------------------------


@contacts.tool(roles=STAFF)
def create_contact(
    name: PersonName,
    organisation: CompanyName | None = None,
    job_title: Text | None = None,
    phone: Text | None = None,
    phone_kind: PhoneKind = "mobile",
    email: Text | None = None,
    street: Street | None = None,
    city: City | None = None,
    postcode: Postcode | None = None,
    keeper: Person | None = None,
    note: Paragraph | None = None,
) -> ContactCard:
    """Add a contact to the address book, with a first number and a first (work) e-mail address.

    Args:
        phone: a telephone number with its area code; one from abroad begins with + and the country's code
        keeper: the colleague who looks after the contact
    """
    details = [read_detail(phone_kind, phone, "phone")] if phone is not None else []
    details += [read_detail("work email", email, "email")] if email is not None else []
    known = known_as(name, details)
    if known is not None:
        hint = "update_contact and add_contact_detail change that one"
        refuse("conflict", f"{name} is in the address book with that already, as contact {known.id}.", hint=hint)
    contact = insert(Contact(name=name, organisation=organisation, job_title=job_title, street=street, city=city,
                             postcode=postcode, keeper=keeper, note=note))  # fmt: skip
    made = write_down(contact, [(detail, False) for detail in details])
    return ContactCard(
        contact, [one for one in made if one.kind in PHONES], [one for one in made if one.kind in EMAILS], []
    )


@contacts.tool(roles=STAFF, idempotent=True)
def update_contact(
    contact: Contact,
    name: PersonName | None = None,
    organisation: CompanyName | None = None,
    job_title: Text | None = None,
    street: Street | None = None,
    city: City | None = None,
    postcode: Postcode | None = None,
    birthday: date | None = None,
    keeper: Person | None = None,
    assistant: Contact | None = None,
    note: Paragraph | None = None,
    clear: list[Clearable] | None = None,
) -> Contact:
    """Change what is known about a contact; what is not given stays. Numbers and addresses have tools of their own.

    Args:
        keeper: the colleague who looks after the contact
        assistant: the contact who is this one's assistant
        note: takes the place of the note there is
        clear: what shall be empty from now on
    """
    given = {"name": name, "organisation": organisation, "job_title": job_title, "street": street, "city": city,
             "postcode": postcode, "birthday": birthday, "keeper": keeper, "assistant": assistant, "note": note}  # fmt: skip
    changes: dict[str, Any] = {column: value for column, value in given.items() if value is not None}
    if not changes and not clear:
        refuse("invalid", "Nothing is to be changed.", hint="give what shall change, or clear")
    if birthday is not None and birthday > today():
        refuse("invalid", "A birthday is not in the future.", hint="the year of birth counts", field="birthday")
    if any(column in changes for column in clear or ()):
        refuse("invalid", "What is given is not to be cleared too.", hint="leave it out of clear", field="clear")
    changes |= dict.fromkeys(clear or ())
    for column, value in changes.items():
        setattr(contact, column, value)
    return contact


@contacts.tool(roles=STAFF)
def add_contact_detail(contact: Contact, kind: Kind, value: Text, preferred: bool = False) -> ContactCard:
    """Add a telephone number or an e-mail address to a contact.

    A contact's first number, and its first address, is the preferred one by itself.

    Args:
        value: a telephone number with its area code (one from abroad begins with + and the country's code), or an e-mail address
        preferred: use it first, instead of the number (or address) that was preferred until now
    """
    attach(contact, read_detail(kind, value, "value"), preferred)
    return get_contact(contact)


@contacts.tool(roles=STAFF)
def change_contact_detail(
    detail: ContactDetail,
    value: Text | None = None,
    kind: Kind | None = None,
    preferred: bool = False,
    remove: bool = False,
) -> ContactCard:
    """Correct a number or an e-mail address, say what it is for, prefer it, or remove it; what is not given stays.

    Args:
        value: the right number or address
        preferred: use it first, instead of the number (or address) that was preferred until now
        remove: take it off the card; if it was the preferred one, the oldest other one is
    """
    if value is None and kind is None and not preferred and not remove:
        refuse("invalid", "Nothing is to be changed.", hint="give value, kind, preferred or remove")
    if remove:
        return without_detail(detail)
    if kind is not None and (kind in EMAILS) != (detail.kind in EMAILS):
        refuse(
            "invalid", f"A {detail.kind} does not become a {kind}.", hint="add_contact_detail adds one", field="kind"
        )
    if value is not None:
        detail.value, detail.written, _ = read_detail(detail.kind, value, "value")
    if kind is not None:
        detail.kind = kind
    if preferred:
        prefer(detail)
    return get_contact(detail.contact)


def without_detail(detail: ContactDetail) -> ContactCard:
    """Take a number or an address off a card; if it was the preferred one, the oldest other one is."""
    contact = detail.contact
    others = [one for one in alike_details(contact, detail.kind) if one != detail]
    if detail.preferred and others:
        prefer(others[0])
    delete(detail)
    return get_contact(contact)


@contacts.tool(roles=STAFF, destructive=True)
def merge_contacts(keep: Contact, other: Contact, take: list[Column] | None = None) -> ContactCard:
    """Make one contact of two entries for the same person; the other entry is removed.

    The kept entry's values stay, and its empty ones are filled in from the other. Numbers, addresses, groups and notes
    of both are kept, the kept entry's preferred ones preferred; whoever had the other as assistant has the kept one.

    Args:
        keep: the entry that remains
        other: the entry that goes
        take: what to take from the other entry nevertheless, where it has a value
    """
    if keep == other:
        refuse(
            "conflict",
            "An entry cannot be merged with itself.",
            hint="find_duplicate_contacts names both entries of a pair",
            field="other_id",
        )
    note = "\n".join(one.note for one in (keep, other) if one.note)
    if len(note) > 2000:
        refuse("limit", "The notes of both are longer than 2,000 characters.", hint="update_contact shortens one")
    for column in COLUMNS:
        theirs = getattr(other, column)
        if theirs is not None and (getattr(keep, column) is None or column in (take or ())):
            setattr(keep, column, theirs)
    keep.note = note or None
    for one in [*rows(Contact, assistant=other), keep]:
        if one.assistant in (keep, other):
            one.assistant = None if one == keep else keep
    move_details(keep, other)
    for member in rows(GroupMember, contact=other):
        if count(GroupMember, group=member.group, contact=keep):
            delete(member)
        else:
            member.contact = keep
    delete(other)
    return get_contact(keep)


def move_details(keep: Contact, other: Contact) -> None:
    """Put one entry's numbers and addresses on another's card, unless they stand there already."""
    for kinds in (PHONES, EMAILS):
        mine = rows(ContactDetail, order="-preferred", contact=keep, kind=one_of(kinds))
        theirs = rows(ContactDetail, order="-preferred", contact=other, kind=one_of(kinds))
        for detail in theirs:
            if any(one.value.casefold() == detail.value.casefold() for one in mine):
                delete(detail)
            else:
                detail.contact, detail.preferred = keep, detail.preferred and not mine


@contacts.tool(roles=STAFF, destructive=True)
def delete_contact(contact: Contact) -> None:
    """Remove a contact from the address book, with its numbers and addresses and from all groups."""
    principal = first(Contact, assistant=contact)
    if principal is not None and principal != contact:
        hint = 'update_contact(clear=["assistant"]) or another assistant comes first'
        refuse("conflict", f"{contact.name} is the assistant of {principal.name} (contact {principal.id}).", hint=hint)
    for detail in rows(ContactDetail, contact=contact):
        delete(detail)
    for member in rows(GroupMember, contact=contact):
        delete(member)
    delete(contact)


@contacts.tool(roles=STAFF)
def create_contact_group(name: Word, contacts: list[Contact] | None = None) -> GroupSize:
    """Make a new group.

    Args:
        contacts: its first members
    """
    group = insert(ContactGroup(name=name))
    for contact in contacts or ():
        insert(GroupMember(group=group, contact=contact))
    return GroupSize(group, len(contacts or ()))


@contacts.tool(roles=STAFF, idempotent=True)
def change_contact_group(
    group: ContactGroup,
    add: list[Contact] | None = None,
    remove: list[Contact] | None = None,
    name: Word | None = None,
) -> GroupSize:
    """Put contacts into a group, take some out, or give it another name.

    Args:
        add: who shall be in the group; those who are already stay
        remove: who shall no longer be in the group
        name: its new name
    """
    if not add and not remove and name is None:
        refuse("invalid", "Nothing is to be changed.", hint="give add, remove or name")
    if name is not None:
        group.name = name
    for contact in remove or ():
        member = first(GroupMember, group=group, contact=contact)
        if member is None:
            refuse(
                "conflict", f"{contact.name} is not in the group {group.name}.",
                hint=f"search_contacts(group_id={group.id}) finds who is", field="remove_ids",
            )  # fmt: skip
        delete(member)
    for contact in add or ():
        if contact in (remove or ()):
            refuse(
                "invalid", f"{contact.name} is to be added and to be removed.",
                hint="name everybody in one of the two lists only", field="add_ids",
            )  # fmt: skip
        if count(GroupMember, group=group, contact=contact) == 0:
            insert(GroupMember(group=group, contact=contact))
    return GroupSize(group, count(GroupMember, group=group))


# Cards --------------------------------------------------------------------------------------------------------


@contacts.query(roles=STAFF)
def export_vcards(
    group: ContactGroup | None = None, contacts: list[Contact] | None = None, version: Literal["4.0", "3.0"] = "4.0"
) -> Document:
    """The cards of a group, or of some contacts, as the text of a .vcf file (vCard, RFC 6350).

    Args:
        version: 3.0 for older programs
    """
    chosen = [member.contact for member in rows(GroupMember, group=group)] if group is not None else []
    chosen = list(dict.fromkeys([*chosen, *(contacts or ())]))
    if not chosen:
        refuse("invalid", "There is nobody to export.", hint="give a group that has members, or contacts")
    text = engine.write_cards([card_of(contact) for contact in chosen], version)
    if len(text) > 20_000:
        refuse("limit", f"The cards of {len(chosen)} contacts are too long for one file.", hint="export fewer at once")
    return text


@contacts.tool(roles=STAFF)
def import_vcards(text: Document, keeper: Person | None = None) -> Imported:
    """Add the contacts of a .vcf file (vCard 3.0 or 4.0) to the address book.

    A card is skipped when a contact of that name with one of its numbers or addresses is there already. Its categories put
    a contact into the groups of these names that there are.

    Args:
        text: the file's text
        keeper: the colleague who looks after them
    """
    try:
        cards = engine.read_cards(text)
        for card in cards:
            check_lengths(card)
    except EngineError as problem:
        refuse("invalid", f"{problem}.", hint="export_vcards shows what cards look like", field="text")
    added, skipped = [], []
    for card in cards:
        contact = add(card, keeper)
        if contact is None:
            skipped.append(card.name)
        else:
            added.append(contact)
    if not added:
        refuse("conflict", "Every card is in the address book already.", hint="search_contacts finds them")
    return Imported(added, skipped)


@contacts.says("import_vcards")
def say_imported(data: dict[str, Any]) -> str:
    number, left = len(data["added"]), len(data["skipped"])
    said = "One contact is new" if number == 1 else f"{number} contacts are new"
    return f"{said}; {left} {'was' if left == 1 else 'were'} there already." if left else f"{said}."


# Used above, and by hosts -------------------------------------------------------------------------------------


def add(card: Card, keeper: Person | None = None) -> Contact | None:
    """Add a contact as a card has it; None where the address book has it already."""
    details = [(read_detail(phone_kind(one), one.value, "text"), one.preferred) for one in card.phones]
    details += [(read_detail(email_kind(one), one.value, "text"), one.preferred) for one in card.emails]
    if known_as(card.name, [detail for detail, _ in details]) is not None:
        return None
    assistants = rows(Contact, name=card.assistant) if card.assistant else []
    contact = insert(
        Contact(
            name=card.name, organisation=card.organisation or None, job_title=card.job_title or None,
            street=card.street or None, city=card.city or None, postcode=card.postcode or None, birthday=card.birthday,
            keeper=keeper, assistant=assistants[0] if len(assistants) == 1 else None, note=card.note or None,
        )
    )  # fmt: skip
    write_down(contact, details)
    for name in dict.fromkeys(card.groups):
        group = first(ContactGroup, name=name)
        if group is not None:
            insert(GroupMember(group=group, contact=contact))
    return contact


def phone_kind(reach: Reach) -> Kind:
    """What a number of a card is for."""
    kinds: dict[str, Kind] = {"mobile": "mobile", "home": "home phone", "fax": "fax"}
    return kinds.get(reach.label, "work phone")


def email_kind(reach: Reach) -> Kind:
    """What an address of a card is for."""
    return "home email" if reach.label == "home" else "work email"


def card_of(contact: Contact) -> Card:
    """A contact as a card."""
    details = rows(ContactDetail, contact=contact)
    reach = [(one.kind, Reach(one.value, one.kind.split()[0], one.preferred)) for one in details]
    return Card(
        name=contact.name, uid=f"contact-{contact.id}", organisation=contact.organisation or "",
        job_title=contact.job_title or "", street=contact.street or "", city=contact.city or "",
        postcode=contact.postcode or "", birthday=contact.birthday, note=contact.note or "",
        assistant=contact.assistant.name if contact.assistant is not None else "",
        groups=tuple(member.group.name for member in rows(GroupMember, contact=contact)),
        phones=tuple(one for kind, one in reach if kind in PHONES), emails=tuple(one for kind, one in reach if kind in EMAILS),
    )  # fmt: skip


def check_lengths(card: Card) -> None:
    """Raise EngineError for a card with a text that the address book has no room for."""
    texts = (("name", card.name, 80), ("organisation", card.organisation, 100), ("title", card.job_title, 300),
             ("street", card.street, 120), ("city", card.city, 80), ("note", card.note, 2000))  # fmt: skip
    for what, text, most in texts:
        if len(text) > most:
            raise EngineError(f"the {what} of {card.name[:80]} is longer than {most} characters")
    if card.postcode and not 2 <= len(card.postcode) <= 12:
        raise EngineError(f"the postcode of {card.name} has {len(card.postcode)} characters, not 2 to 12")


def read_detail(kind: Kind, text: str, where: str) -> tuple[str, str, Kind]:
    """A number or an address in its normal form, as people write it, and its kind. Refuses what is none."""
    try:
        if kind in EMAILS:
            address = engine.email(text)
            return address, address, kind
        number = engine.phone(text, REGION)
        return number.e164, number.written, kind
    except EngineError as problem:
        phone = "a number has its area code, and one from abroad + and its country's code before that"
        form = "an address looks like name@firm.example" if kind in EMAILS else phone
        refuse("invalid", f"{problem}.", hint=f"{form}; if it was given like this, ask for the right one", field=where)


def write_down(contact: Contact, details: list[tuple[tuple[str, str, Kind], bool]]) -> list[ContactDetail]:
    """Put numbers and addresses on an empty card; the first of each sort is preferred, unless a later one is to be."""
    made = []
    for kinds in (PHONES, EMAILS):
        some = [(read, preferred) for read, preferred in details if read[2] in kinds]
        best = max((at for at, (_, preferred) in enumerate(some) if preferred), default=0)
        for at, ((value, written, kind), _) in enumerate(some):
            detail = ContactDetail(contact=contact, kind=kind, value=value, written=written, preferred=at == best)
            made.append(insert(detail))
    return made


def attach(contact: Contact, read: tuple[str, str, Kind], preferred: bool = False) -> ContactDetail:
    """Put a number or an address on a contact's card; the first one is preferred."""
    value, written, kind = read
    others = alike_details(contact, kind)
    for one in others if preferred else ():
        one.preferred = False
    best = preferred or not others
    return insert(ContactDetail(contact=contact, kind=kind, value=value, written=written, preferred=best))


def alike_details(contact: Contact, kind: Kind) -> list[ContactDetail]:
    """The numbers on a contact's card if the kind is one of a number, else the addresses."""
    return rows(ContactDetail, contact=contact, kind=one_of(EMAILS if kind in EMAILS else PHONES))


def prefer(detail: ContactDetail) -> None:
    """Let one number, or one address, of a contact be the preferred one."""
    for one in alike_details(detail.contact, detail.kind):
        one.preferred = one == detail


def known_as(name: str, details: list[tuple[str, str, Kind]]) -> Contact | None:
    """A contact of that name who has one of these numbers or addresses."""
    values = [value for value, *_ in details]
    found = rows(ContactDetail, limit=1, value=one_of(values), contact__name=name) if values else []
    return found[0].contact if found else None


@contacts.rule(
    ContactDetail, "conflict", "{row.contact.name} has {row.written} already.", "change_contact_detail changes it"
)
def each_detail_once(detail: ContactDetail) -> bool:
    return (
        sum(one.value.casefold() == detail.value.casefold() for one in rows(ContactDetail, contact=detail.contact)) == 1
    )


@contacts.rule(
    Contact, "invalid", "A contact needs a telephone number, an e-mail address or a street.",
    "give one of them", watch=["ContactDetail.contact"],
)  # fmt: skip
def can_be_reached(contact: Contact) -> bool:
    return contact.street is not None or count(ContactDetail, contact=contact) > 0


@contacts.rule(Contact, "conflict", "Nobody is their own assistant.", "give another contact")
def assistant_is_somebody_else(contact: Contact) -> bool:
    return contact.assistant != contact


@contacts.rule(
    ContactGroup, "conflict", "There is a group {row.name} already.", "change_contact_group adds members to it"
)
def group_names_differ(group: ContactGroup) -> bool:
    return sum(one.name.casefold() == group.name.casefold() for one in rows(ContactGroup)) == 1


# Data ---------------------------------------------------------------------------------------------------------


@contacts.data
def address_book(draw: Draw) -> None:
    """People of some organisations, with groups; a few namesakes, and a few who were entered twice."""
    keepers = draw.sample(rows(Person), 3)
    groups = [first(ContactGroup, name=name) or draw.new(ContactGroup, name=name) for name in GROUPS]
    offset = draw.below(1000)
    made: list[Contact] = []
    for number in draw.many(24):
        place = number % len(ORGANISATIONS)
        firm = ORGANISATIONS[place]
        namesake = number % 11 == 10
        name = made[number - 10].name if namesake else draw.text("person_name")
        contact = person_at(draw, firm, name, keepers)
        made.append(contact)
        mobile, direct = (37 * number + offset) % 1000, (29 * number + offset) % 700
        if draw.chance(65):
            attach(contact, read_detail("mobile", f"+44 7700 900{mobile:03}", ""))
        desk = 700 + place if draw.chance(40) else direct
        if draw.chance(65):
            attach(contact, read_detail("work phone", f"+44 20 7946 0{desk:03}", ""), draw.chance(30))
        home = draw.email_for(name)
        if draw.chance(45):
            attach(contact, read_detail("work email", f"{home.partition('@')[0]}@{firm[4]}", ""))
        if draw.chance(15) and not namesake:
            attach(contact, read_detail("home email", home, ""))
        joined = [groups[place % len(groups)]] if groups and draw.chance(85) else []
        joined += [draw.choice(groups)] if groups and draw.chance(40) else []
        for group in dict.fromkeys(joined):
            draw.new(GroupMember, group=group, contact=contact)
    name_assistants(draw, made)
    for original in draw.sample([one for one in made if count(ContactDetail, contact=one) > 1], len(draw.many(3))):
        enter_again(draw, original, groups)
    if groups and not next_birthdays():
        for contact in made:
            if not known_by_name(contact):
                contact.birthday = None


def person_at(draw: Draw, firm: tuple[str, str, str, str, str], name: str, keepers: list[Person]) -> Contact:
    """A contact at an organisation's address."""
    note = draw.choice(("Rings back in the afternoon.", "Knows us from the trade fair.", "Not in on Fridays."))
    return draw.new(
        Contact, name=name, organisation=firm[0], street=firm[1], city=firm[2], postcode=firm[3],
        job_title=draw.choice(TITLES), birthday=draw.day(-22_000, -8_500) if draw.chance(65) else None,
        keeper=draw.choice(keepers) if keepers and draw.chance(88) else None, assistant=None,
        note=note if draw.chance(20) else None,
    )  # fmt: skip


def name_assistants(draw: Draw, made: list[Contact]) -> None:
    """In each organisation somebody has an assistant, who is also reached at the office's own address."""
    for place, firm in enumerate(ORGANISATIONS):
        staff = made[place :: len(ORGANISATIONS)]
        for principal, assistant in zip(staff[::4], staff[1::4], strict=False):
            principal.assistant, assistant.job_title = assistant, "personal assistant"
            principal.job_title = draw.choice(("director", "head of sales", "managing partner"))
            desk = draw.choice(("office", "info", "desk", "hello", "reception", "post"))
            office = f"{desk}{assistant.id}@{firm[4]}" if draw.scale > 1 else f"{desk}@{firm[4]}"
            attach(assistant, read_detail("work email", office, ""), draw.chance(50))


def enter_again(draw: Draw, original: Contact, groups: list[ContactGroup]) -> None:
    """A second, sketchy entry for somebody: the first name shortened, one number or address shared."""
    names = original.name.split()
    shared = draw.choice(rows(ContactDetail, contact=original))
    copy = draw.new(
        Contact, name=f"{names[0][0]}. {names[-1]}", organisation=original.organisation if draw.chance(40) else None,
        job_title=draw.choice(("deputy director", "head of purchasing", "key account manager")), street=None, city=None,
        postcode=None, birthday=None, keeper=None, assistant=None, note="Card from the trade fair.",
    )  # fmt: skip
    attach(copy, (shared.value, shared.written, shared.kind))
    if groups and draw.chance(60):
        draw.new(GroupMember, group=draw.choice(groups), contact=copy)


# Tasks --------------------------------------------------------------------------------------------------------


def known_by_name(contact: Contact) -> bool:
    """Whether a search for the name finds this contact alone."""
    return count(Contact, name=containing(contact.name)) == 1


def entered_once(contact: Contact) -> bool:
    """Whether nothing speaks for a second entry of the same person."""
    return all(contact.id not in (one, other) for one, other, _ in derived(alike, Contact, ContactDetail))


def named_contacts() -> list[Contact]:
    """Contacts of an organisation who are in the book once, and whom a search for the name finds alone."""
    found = rows(Contact, organisation=other_than(None))
    return [one for one in found if known_by_name(one) and entered_once(one)]


def kept_by(keeper: Person) -> list[Contact]:
    """Whom a colleague looks after."""
    return rows(Contact, keeper=keeper)


def keepers_known_by_name() -> list[Person]:
    """Colleagues who look after somebody, and whose names no other keeper's name contains."""
    keepers = list(
        dict.fromkeys(one.keeper for one in rows(Contact, keeper=other_than(None)) if one.keeper is not None)
    )
    names = [keeper.name.casefold() for keeper in keepers]
    return [one for one in keepers if sum(one.name.casefold() in name for name in names) == 1]


def members_of(group: ContactGroup) -> list[Contact]:
    """Who is in a group."""
    return [member.contact for member in rows(GroupMember, group=group)]


def free_number(draw: TaskDraw) -> str:
    """A mobile number that no contact has, as people of the region write it."""
    taken = {detail.value for detail in rows(ContactDetail)}
    number = draw.choice([one for one in (f"+447700900{last:03}" for last in range(1000)) if one not in taken])
    return engine.phone(number, REGION).written


def preferred_email(contact: Contact) -> str | None:
    """The address to use first."""
    best = first(ContactDetail, contact=contact, kind=one_of(EMAILS), preferred=True)
    return best.value if best is not None else None


@contacts.intent(
    "Which e-mail address do I use first for the assistant of {boss.name} at {boss.organisation}?",
    "I want to write to whoever assists {boss.name} ({boss.organisation}). What is the preferred e-mail address?",
    "{boss.name} of {boss.organisation} asked us to go through the assistant. Give me that person's preferred e-mail.",
    "Look up the assistant of {boss.name}, {boss.organisation}, and tell me the e-mail address that comes first on the card.",
    "Where do e-mails for the assistant to {boss.name} from {boss.organisation} go, by preference?",
    "{boss.organisation}: {boss.name} has an assistant in our address book. The preferred e-mail address, please.",
    "To reach the personal assistant of {boss.name} ({boss.organisation}) by mail I need the first-choice e-mail address.",
    "What e-mail address is marked as preferred for the one who assists {boss.name} over at {boss.organisation}?",
    kind="question",
)
def address_of_an_assistant(draw: TaskDraw) -> Task:
    bosses = [one for one in named_contacts() if one.assistant is not None and entered_once(one.assistant)]
    reached = [(one, preferred_email(one.assistant)) for one in bosses if one.assistant is not None]
    boss, address = draw.choice([(one, address) for one, address in reached if address is not None])

    def solve(do: Do) -> str:
        found = do.search_contacts(name=boss.name, organisation=boss.organisation)[0]
        return str(do.get_contact(contact_id=found.assistant_id).emails[0].value)

    return draw.task(solve, answer=Answer.text(address), boss=boss)


@contacts.intent(
    "{contact.name} of {contact.organisation} has a second mobile number, {number}. Add it, and make it the preferred one.",
    "Please put {number} on {contact.name}'s card ({contact.organisation}) as a mobile that is used first from now on.",
    "New mobile for {contact.name}, {contact.organisation}: {number}. It comes first; what else is there stays.",
    "From today {contact.name} of {contact.organisation} is best rung on the mobile {number}; add it and keep the other numbers.",
    "Add the mobile number {number} to the entry of {contact.name} at {contact.organisation}. It is the preferred number now.",
    "On the card of {contact.name} ({contact.organisation}) one more mobile is wanted, {number}, to be called before the others.",
    "{number} reaches {contact.name} from {contact.organisation} on the move. Note it as a mobile and prefer it.",
    "Our contact at {contact.organisation}, {contact.name}, gave us another mobile: {number}. Save it as first choice.",
)
def add_a_preferred_mobile(draw: TaskDraw) -> Task:
    contact, number = draw.choice(named_contacts()), free_number(draw)

    def solve(do: Do) -> None:
        found = do.search_contacts(name=contact.name, organisation=contact.organisation)[0]
        do.add_contact_detail(contact_id=found.id, kind="mobile", value=number, preferred=True)

    return draw.task(solve, contact=contact, number=number)


@contacts.impossible(add_a_preferred_mobile)
def add_a_number_that_is_none(draw: TaskDraw) -> Task:
    contact, number = draw.choice(named_contacts()), free_number(draw)[: -draw.integer(1, 3)].rstrip()

    def solve(do: Do) -> None:
        found = do.search_contacts(name=contact.name, organisation=contact.organisation)[0]
        do.attempt("add_contact_detail", contact_id=found.id, kind="mobile", value=number, preferred=True)

    return draw.task(solve, impossible=True, contact=contact, number=number)


@contacts.intent(
    "{one.name} of {one.organisation} is in the address book twice, a second time as {other.name}. Merge the second entry "
    "into the first; only the second one's job title is the right one.",
    "Our entries {one.name} ({one.organisation}) and {other.name} are the same person. Keep the former, take the job title "
    "from the latter, and make them one.",
    "Please clear up a double: {other.name} is nobody but {one.name} from {one.organisation}. {one.name}'s entry stays, with "
    "the job title that {other.name} has.",
    "Fold {other.name} into {one.name} ({one.organisation}), using the job title given under {other.name} and otherwise what "
    "{one.name}'s card says.",
    "Somebody typed {one.name} of {one.organisation} in again as {other.name}. Unite the two cards under {one.name}; as job "
    "title the one that {other.name} has holds.",
    "There should be one card instead of {one.name}, {one.organisation}, and {other.name}. It is the first that survives, "
    "with the job title of the second.",
    "Merge contacts: to keep is {one.name} at {one.organisation}, to go is {other.name}, to be taken over is the job title.",
    "{other.name} and {one.name} ({one.organisation}) turned out to be one and the same. Let {one.name} remain, but with "
    "{other.name}'s job title.",
    kind="repair",
)
def merge_a_double_entry(draw: TaskDraw) -> Task:
    pairs = [(pair.one, pair.other) for pair in find_duplicate_contacts().results]
    named = [(one, other) for one, other in pairs if known_by_name(one) and known_by_name(other)]
    one, other = draw.choice(
        [pair for pair in named if pair[0].organisation and pair[0].job_title != pair[1].job_title]
    )

    def solve(do: Do) -> None:
        stays = do.search_contacts(name=one.name, organisation=one.organisation)[0]
        goes = do.search_contacts(name=other.name)[0]
        do.merge_contacts(keep_id=stays.id, other_id=goes.id, take=["job_title"])

    return draw.task(solve, one=one, other=other)


@contacts.intent(
    "Everybody from {firm} who is in the group {old.name} moves to the group {new.name}.",
    "Take the people of {firm} out of our group {old.name} and put them into {new.name} instead.",
    "In the address book, {new.name} is the right group for the members of {old.name} who work at {firm}. Move them over.",
    "The contacts at {firm} listed under {old.name} belong in {new.name}; they should no longer be in the first group.",
    "[Please move|Move] all of {firm} from {old.name} to {new.name} - I mean those of them who are in {old.name} now.",
    "Groups need tidying: whoever is of {firm} and in {old.name} leaves that group and joins {new.name}.",
    "{firm} changes groups: its people in {old.name} leave there and become members of {new.name}. Nobody else is touched.",
    "Find who of {firm} is in {old.name}, remove them there, and add these same people to {new.name}.",
    kind="batch",
)
def move_between_groups(draw: TaskDraw) -> Task:
    groups = rows(ContactGroup)
    options = []
    for old in groups:
        for firm in dict.fromkeys(one.organisation for one in members_of(old) if one.organisation):
            movers = rows(Contact, order="name", organisation=containing(firm))
            movers = [one for one in movers if count(GroupMember, group=old, contact=one)]
            if not all(entered_once(one) for one in movers):
                continue
            options += [
                (old, firm, new) for new in groups
                if new != old and not all(count(GroupMember, group=new, contact=one) for one in movers)
            ]  # fmt: skip
    old, firm, new = draw.choice(options)

    def solve(do: Do) -> None:
        known = {one.group.name: one.group.id for one in do.list_contact_groups()}
        movers = [one.id for one in do.every("search_contacts", organisation=firm, group_id=known[old.name])]
        do.change_contact_group(group_id=known[old.name], remove_ids=movers)
        do.change_contact_group(group_id=known[new.name], add_ids=movers)

    return draw.task(solve, firm=firm, old=old, new=new)


@contacts.intent(
    "{keeper.name} hands the contacts in {city} over to {successor.name}. Change the keeper of each of them.",
    "From now on {successor.name} looks after the {city} contacts that were {keeper.name}'s.",
    "Please make {successor.name} the keeper of every contact in {city} whom {keeper.name} looks after at present.",
    "{keeper.name} has given up the {city} round. All contacts there that {keeper.name} kept go to {successor.name}.",
    "Who in {city} is looked after by {keeper.name} shall be looked after by {successor.name}.",
    "In the address book, replace {keeper.name} by {successor.name} as keeper, but only for contacts in {city}.",
    "Reassign {keeper.name}'s people in {city}: their new keeper is {successor.name}.",
    "{successor.name} takes {city} over from {keeper.name}. Put that on the cards of the contacts concerned.",
    kind="batch",
)
def hand_contacts_over(draw: TaskDraw) -> Task:
    keepers = keepers_known_by_name()
    towns = list(dict.fromkeys(one.city for one in rows(Contact, city=other_than(None))))
    options = [
        (keeper, town) for keeper in keepers for town in towns
        if town and 2 <= count(Contact, keeper=keeper, city=containing(town)) <= 6
    ]  # fmt: skip
    keeper, city = draw.choice(options)
    successor = draw.choice([one for one in keepers if one != keeper])

    def solve(do: Do) -> None:
        new = do.search_contacts(keeper_name=successor.name)[0].keeper_id
        for contact in do.every("search_contacts", keeper_name=keeper.name, city=city):
            do.update_contact(contact_id=contact.id, keeper_id=new)

    return draw.task(solve, keeper=keeper, successor=successor, city=city)


@contacts.intent(
    "How many of the contacts that {keeper.name} looks after have no e-mail address at all?",
    "Count {keeper.name}'s contacts on whose cards there is not a single e-mail address.",
    "{keeper.name} is going to write an e-mail to each of the contacts that {keeper.name} keeps. With how many will that fail for want of any address?",
    "Of the people kept by {keeper.name} in the address book, how many cannot be e-mailed?",
    "Going through the cards of {keeper.name}'s contacts: on how many is no e-mail given, neither for work nor for home?",
    "I need a figure: contacts whose keeper is {keeper.name} and who are without e-mail.",
    "To how many of those in {keeper.name}'s care could we only ring or send a letter, because no mail address is known?",
    "Check whom {keeper.name} looks after. In how many cases is an e-mail address missing altogether?",
    kind="aggregate",
)
def contacts_without_email(draw: TaskDraw) -> Task:
    missing: dict[int, list[Person]] = {}
    for one in keepers_known_by_name():
        if 2 <= len(kept_by(one)) <= 14:
            lacking = [each for each in kept_by(one) if count(ContactDetail, contact=each, kind=one_of(EMAILS)) == 0]
            missing.setdefault(len(lacking), []).append(one)
    without = draw.choice(sorted(missing))
    keeper = draw.choice(missing[without])

    def solve(do: Do) -> int:
        cards = [do.get_contact(contact_id=one.id) for one in do.every("search_contacts", keeper_name=keeper.name)]
        return do.count([card for card in cards if not card.emails])

    return draw.task(solve, answer=Answer.number(without), keeper=keeper)


@contacts.intent(
    "We missed a call from {number}. If the number is in the address book, put that contact into the group {group.name}; "
    "if it is not, add {name} of {firm} with it as a mobile number.",
    "Is {number} somebody we know? Then that person joins the group {group.name}. Otherwise it was {name} from {firm}: "
    "create a contact with this mobile.",
    "Caller {number}: known contacts go into {group.name}, an unknown one is to be entered as {name}, {firm}, mobile {number}.",
    "Find out whose number {number} is. Add the contact who has it to {group.name}, or, if nobody has, make a new contact "
    "{name} at {firm} with that mobile.",
    "There is {number} on the answering machine. For an existing contact, add them to our {group.name} group; for none, "
    "save {name} ({firm}) under this mobile number.",
    "Look {number} up. No hit means a new card for {name} of {firm} with it as the mobile; a hit means one more member of "
    "{group.name}.",
    "If the address book has a contact with {number}, that contact should be in {group.name}. If it has none, {name} who works "
    "at {firm} should be added, and {number} is the mobile.",
    "Somebody rang from {number}. Put whoever that is in our contacts into the group {group.name} - unless we do not have the "
    "number, in which case create a contact {name} of {firm} with it as the mobile.",
    kind="conditional",
)
def file_a_caller(draw: TaskDraw) -> Task:
    group = draw.choice(rows(ContactGroup))
    phones = rows(ContactDetail, kind="mobile")
    known = [one for one in phones if count(ContactDetail, value=one.value) == 1]
    caller = draw.choice([one for one in known if not count(GroupMember, group=group, contact=one.contact)])
    number = caller.written if draw.chance(50) else free_number(draw)
    name, firm = draw.text("person_name"), draw.choice(["Bramley Cycles", "Oak Hill School", "Tide Mill Bakery"])

    def solve(do: Do) -> None:
        found = do.search_contacts(number_or_address=number)
        if found:
            chosen = next(one.group.id for one in do.list_contact_groups() if one.group.name == group.name)
            do.change_contact_group(group_id=chosen, add_ids=[found[0].id])
        else:
            do.create_contact(name=name, organisation=firm, phone=number, phone_kind="mobile")

    return draw.task(solve, number=number, group=group, name=name, firm=firm)


@contacts.intent(
    "{firm} has changed its mail domain: replace the part after the @ by {host} in the work address of every contact there.",
    "All work e-mail addresses at {firm} end in {host} now; what stands before the @ stays. Correct the cards.",
    "The mail of {firm} moved to {host}. Please bring the work addresses of its people in our address book up to date.",
    "Change the work e-mail of everybody at {firm} from the old domain to {host}, same name before the @.",
    "Nothing sent to {firm} arrives: their work addresses are at {host} these days, otherwise unchanged. Update them all.",
    "In each work address of a contact at {firm}, {host} has to follow the @.",
    "New domain at {firm}, namely {host}. Go through its contacts and rewrite their work e-mail accordingly.",
    "Our cards for {firm} still carry the former mail domain. Work addresses read ...@{host} from now on; put that right.",
    kind="batch",
)
def follow_a_new_domain(draw: TaskDraw) -> Task:
    work = rows(ContactDetail, kind="work email")
    firms = dict.fromkeys(one.organisation for one in rows(Contact, organisation=other_than(None)))
    fitting = []
    for firm in firms:
        own = [one for one in work if one.contact.organisation == firm]
        domains = [one.value.partition("@")[2] for one in own]
        if firm and own and all(one in own or one.value.partition("@")[2] not in domains for one in work):
            fitting.append(firm)
    firm = draw.choice(fitting)
    host = f"{draw.choice(['mail', 'team', 'post'])}.{''.join(letter for letter in firm.lower() if letter.isalpha())}.example"

    def solve(do: Do) -> None:
        for contact in do.every("search_contacts", organisation=firm):
            for email in do.get_contact(contact_id=contact.id).emails:
                if email.kind == "work email":
                    address = do.compose("{name}@{host}", name=email.value.partition("@")[0], host=host)
                    do.change_contact_detail(detail_id=email.id, value=address)

    return draw.task(solve, firm=firm, host=host)


@contacts.intent(
    "Add the card below to the address book and put the new contact into the group {group.name}.\n\n{card}",
    "This came with a mail. Import it, please; the person belongs in {group.name}.\n\n{card}",
    "A new contact for us, member of the group {group.name}:\n\n{card}",
    "Read in this vCard, then add whom it describes to {group.name}:\n\n{card}",
    "Save the following .vcf file among our contacts. It goes with the group {group.name}.\n\n{card}",
    "Take over this business card. {group.name} is the group for it.\n\n{card}",
    "Please enter the contact that this file holds, and list the person under {group.name}:\n\n{card}",
    "{group.name} gets one more member, to be created from this card:\n\n{card}",
)
def take_a_card_over(draw: TaskDraw) -> Task:
    group, name = draw.choice(rows(ContactGroup)), draw.text("person_name")
    draw.need(count(Contact, name=containing(name)) == 0, "the name is in the book")
    firm = draw.choice(["Bramley Cycles", "Oak Hill School", "Tide Mill Bakery"])
    phone = Reach(engine.phone(free_number(draw), REGION).e164, "mobile", True)
    email = Reach(draw.email_for(name), "work", True)
    city = draw.choice(["Bristol", "Leeds", "York"])
    card = engine.write_cards([Card(name, organisation=firm, city=city, phones=(phone,), emails=(email,))], "4.0")

    def solve(do: Do) -> None:
        new = do.import_vcards(text=card).added[0].id
        chosen = next(one.group.id for one in do.list_contact_groups() if one.group.name == group.name)
        do.change_contact_group(group_id=chosen, add_ids=[new])

    return draw.task(solve, group=group, card=card)


@contacts.intent(
    "Who in the group {group.name} is the next to have a birthday, counted from tomorrow?",
    "Whose birthday comes up next among the members of {group.name}? Today does not count.",
    "I want to send a card in good time: which member of {group.name} has a birthday soonest after today?",
    "Looking ahead from tomorrow, name the member of our group {group.name} whose birthday comes first.",
    "Of everybody in {group.name} whose birthday we know, who will celebrate first after today?",
    "After today, the earliest birthday in {group.name} is whose?",
    "Tell me which contact in the group {group.name} we have to congratulate next; today's are done.",
    "Next birthday in {group.name} from tomorrow on: who is it?",
    kind="question",
)
def next_birthday(draw: TaskDraw) -> Task:
    group, contact = draw.choice(next_birthdays())

    def solve(do: Do) -> str:
        chosen = next(one.group.id for one in do.list_contact_groups() if one.group.name == group.name)
        found = [one for one in do.every("search_contacts", group_id=chosen) if one.birthday]
        return str(min(found, key=lambda one: days_to_birthday(date.fromisoformat(one.birthday))).name)

    return draw.task(solve, answer=Answer.row(contact), group=group)


def next_birthdays() -> list[tuple[ContactGroup, Contact]]:
    """The groups in which one member alone has the next birthday and is known by name."""
    found = []
    for group in rows(ContactGroup):
        born = sorted((days_to_birthday(one.birthday), one.id) for one in members_of(group) if one.birthday is not None)
        if len(born) > 1 and born[0][0] < born[1][0]:
            found.append((group, rows(Contact, id=born[0][1])[0]))
    return [(group, contact) for group, contact in found if known_by_name(contact)]


def days_to_birthday(born: date) -> int:
    """Days from today to a birthday that is not today's; 29 February is kept on 1 March in other years."""
    for year in (today().year, today().year + 1):
        leap = (born.month, born.day) != (2, 29) or year % 4 == 0
        day = date(year, born.month, born.day) if leap else date(year, 3, 1)
        if day > today():
            break
    return (day - today()).days
