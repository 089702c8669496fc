"""The application desk of a town hall: permits and licences, filled in field by field, reviewed and decided; their case folders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    Do,
    Draw,
    Email,
    Money,
    Paragraph,
    PersonName,
    Phone,
    Range,
    Reference,
    Row,
    Street,
    Task,
    TaskDraw,
    Text,
    World,
    above,
    actor,
    at_least,
    containing,
    count,
    delete,
    field,
    first,
    insert,
    now,
    one_of,
    other_than,
    refuse,
    role,
    rows,
    today,
    total,
)
from agentworlds.types import say_date

world = World("form_desk", title="Ashcombe Town Hall", now="2026-03-16 08:30", currency="GBP")
STAFF = ("clerk", "officer")
DESK = ("clerk", "applicant")
OPEN = ("draft", "submitted", "under_review", "returned")
CASELOAD = 3
Kind = Literal["text", "number", "date", "drop_down", "check_box"]


# Tables ------------------------------------------------------------------------------------------------------


@world.table
class Department(Row):
    name: Text = field(unique=True)


@world.table
class FormType(Row):
    name: Text = field(unique=True)
    prefix: Reference = field(unique=True)
    department: Department
    fee: Money


@world.table(label="label", unique=[("form_type", "label")])
class FormField(Row):
    form_type: FormType
    section: Text
    label: Text
    kind: Kind
    required: bool
    least: int | None = None
    most: int | None = None
    not_before: "FormField | None" = None


@world.table(unique=[("field", "label")])
class FieldOption(Row):
    field: FormField
    label: Text


@world.table
class DocumentKind(Row):
    name: Text = field(unique=True)


@world.table(show=("form_type.name",), unique=[("form_type", "kind")])
class RequiredDocument(Row):
    form_type: FormType
    kind: DocumentKind
    only_if: FieldOption | None = None


@world.table
class Applicant(Row):
    name: PersonName
    email: Email = field(unique=True)
    phone: Phone
    street: Street
    concession: bool = False
    balance: Money = field(default=Decimal(0))


@world.table
class Officer(Row):
    name: PersonName
    department: Department
    under_review: int = field(default=0, free=True)


@world.table(owner="applicant")
class Application(Row):
    reference: Reference = field(unique=True)
    applicant: Applicant
    form_type: FormType
    channel: Literal["online", "counter", "post"]
    status: Literal["draft", "submitted", "under_review", "returned", "approved", "rejected", "withdrawn"] = "draft"
    fee: Money
    started: datetime = field(default=now)
    submitted: datetime | None = field(default=None, clock=True)
    decided: datetime | None = field(default=None, clock=True)
    officer: Officer | None = None


@world.table(owner="application.applicant", show=("field.kind",), unique=[("application", "field")])
class FieldValue(Row):
    application: Application
    field: FormField
    text: Text | None = None
    number: int | None = None
    day: date | None = None
    option: FieldOption | None = None
    ticked: bool | None = None


@world.table(owner="application.applicant", unique=[("application", "kind")])
class Attachment(Row):
    application: Application
    kind: DocumentKind
    file: Text
    received: datetime = field(default=now)


@world.table(owner="application.applicant", label="outcome")
class Decision(Row):
    application: Application
    officer: Officer
    outcome: Literal["returned", "approved", "rejected"]
    reason: Paragraph = field(wording=True)
    made: datetime = field(default=now)


STREETS = ("Elm Grove", "Station Road", "Quarry Lane", "Albert Terrace", "Priory Close", "Millbrook Avenue",
           "Chapel Street", "Rosemary Hill", "Tanner's Row", "Orchard View")  # fmt: skip
TOPICS = (
    *((f"Papers for the {form}", f"Which papers do you need with the {form}? I have not begun yet and want to be ready.")
      for form in ("street party permit", "skip licence", "pavement seating licence", "allotment tenancy")),
    *((f"Street lamp in {street}", f"The lamp at the end of {street} has been out for a week. Who looks after it?")
      for street in STREETS),
    *((f"Parking on {day} evening", f"May visitors park behind the town hall on {day} evening, or is the gate locked?")
      for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")),
    *((f"Overgrown hedge in {street}", f"A hedge in {street} grows right across the pavement. Could somebody have a look?")
      for street in STREETS),
    *((f"Pothole in {street}", f"There is a deep pothole in {street}, near the junction. When will it be filled?")
      for street in STREETS),
    *((f"Litter bin in {street}", f"The litter bin in {street} is always full by noon. May we have a second one?")
      for street in STREETS),
    *((f"Street sign of {street}", f"The sign at the start of {street} has fallen off its post. I have put it by the wall.")
      for street in STREETS),
    *((f"Salt bin in {street}", f"The salt bin in {street} is empty. Who fills it before the next frost?")
      for street in STREETS),
    *((f"Plots at {site}", f"How long is the waiting list for the allotments at {site} at present?")
      for site in ("Mill Lane", "Beacon Hill", "Canal Side", "Orchard Road")),
    *((f"Opening hours on {day}", f"Is the desk open over lunch on {day}? I can only come between twelve and one.")
      for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")),
    *((f"Lost {thing}", f"I think I left a {thing} at the counter last week. Has anybody handed one in?")
      for thing in ("umbrella with a wooden handle", "pair of reading glasses", "blue folder", "green scarf")),
    ("Road closure signs", "Do we borrow the signs for a closure from you, or must we hire them ourselves?"),
    ("Ramp at the side door", "Is the ramp at the side door usable again? My mother comes in a wheelchair."),
    ("Thank you", "Thank you for the patient help at the counter the other day. It was much appreciated."),
    ("Photos of a site", "My photos are too large for your website. May I bring them in on a memory stick instead?"),
)  # fmt: skip
FIRMS = (
    ("Ashcombe Signs", "orders@ashcombesigns.example"), ("Ashcombe Sign Hire", "hire@signhire.example"),
    ("Clearview Windows", "visits@clearview.example"), ("Northgate Telecom", "support@northgate.example"),
    ("Formline Software", "help@formline.example"), ("Millrace Heating", "service@millrace.example"),
    ("Oakfield Joinery", "workshop@oakfield.example"), ("Scanwell Document Services", "jobs@scanwell.example"),
    ("Pennant Locks", "office@pennantlocks.example"), ("Fern Lane Cleaning", "desk@fernlane.example"),
    ("Brightwater Electric", "jobs@brightwater.example"), ("Town Crier Print", "quotes@towncrier.example"),
)  # fmt: skip
JOBS = ("a new counter for the desk", "the ramp at the side door", "servicing the plan scanner",
        "a lock for the plan room", "painting the waiting room", "a lamp above the notice board",
        "cleaning the council chamber", "printing four hundred allotment maps")  # fmt: skip
bills = world.include("ledger", Account=Applicant, staff="clerk", history=False, credit_limit=Decimal(600),
                      rename={"account": "applicant"})  # fmt: skip
diary = world.include(
    "booking", Client=Applicant, Resource=Officer, owner="client", staff=STAFF, days=4, per_day=2,
    purposes=("help with a form", "show original documents", "site plan check"),
    rename={"Booking": "Appointment", "book_slot": "book_appointment", "move_booking": "move_appointment",
            "cancel_booking": "cancel_appointment", "booking": "appointment", "client": "applicant",
            "resource": "officer"},
)  # fmt: skip
mail = world.include(
    "email", intents=False, Person=Applicant, address="desk@ashcombe.example", name="Ashcombe Town Hall, application desk",
    staff=STAFF, topics=TOPICS, firms=FIRMS, drafts=False, jobs=JOBS,
    without=("mailbox_overview", "read_thread", "export_message", "save_draft", "send_draft", "label_message"),
)  # fmt: skip
drive = world.include(
    "files", intents=False, Person=Applicant, staff=STAFF, office=False,
    without=("get_file", "copy_file", "delete_file", "restore_file", "share_file"),
)  # fmt: skip
world.role("clerk", about="You are a clerk at the application desk of Ashcombe Town Hall.")
world.role("officer", Officer, about="You assist an officer of Ashcombe Town Hall, who decides on applications.")
world.role("applicant", Applicant, about="You help a resident with the town hall's online forms.")


# Reading -----------------------------------------------------------------------------------------------------


@dataclass
class FormGuide:
    name: str
    fee: Money
    fields: list[FormField]
    documents: list[RequiredDocument]


@dataclass
class Sheet:
    reference: str
    values: list[FieldValue]
    attachments: list[Attachment]
    decisions: list[Decision]


@dataclass
class Review:
    reference: str
    missing_fields: list[FormField]
    missing_documents: list[DocumentKind]
    applicant_owes: Money


world.reads(Applicant, by=("name", "email", "street", "concession", "balance"), sort=("name", "balance"))
world.reads(
    Application,
    by=("reference", "applicant", "applicant.name", "form_type", "form_type.name", "status", "channel", "started",
        "submitted", "decided", "officer"),
    sort=("reference", "submitted", "decided"),
)  # fmt: skip


@world.query
def list_forms() -> list[FormType]:
    """All kinds of application, with the department that decides and the fee."""
    return rows(FormType)


@world.query
def read_form(form_type: FormType) -> FormGuide:
    """The fields of a form and the documents it asks for.

    'least' and 'most' bound a number, the length of a text, or how many days from today a date lies. A date with
    'not before' must not precede that other date. A document with 'only if' is asked for only where that option
    is chosen.
    """
    return FormGuide(form_type.name, form_type.fee, rows(FormField, form_type=form_type),
                     rows(RequiredDocument, form_type=form_type))  # fmt: skip


@world.query
def field_options(field: FormField) -> list[FieldOption]:
    """The options of a drop-down field."""
    if field.kind != "drop_down":
        refuse("invalid", f"{field.label} is a {words(field.kind)}, which has no options.", field="field_id")
    return rows(FieldOption, field=field)


@world.query
def read_application(application: Application) -> Sheet:
    """What an application holds: the fields filled in, the documents attached and the decisions made on it."""
    return Sheet(application.reference, rows(FieldValue, order="field", application=application),
                 rows(Attachment, application=application), rows(Decision, application=application))  # fmt: skip


@world.query
def review_application(application: Application) -> Review:
    """What an application still lacks: required fields, documents, and what its applicant owes in all."""
    owes = application.applicant.balance
    return Review(application.reference, missing_fields(application), missing_documents(application), owes)


@world.query
def list_officers() -> list[Officer]:
    """The officers who decide on applications, with their department and how many cases they have under review."""
    return rows(Officer)


# Writing -----------------------------------------------------------------------------------------------------


@world.tool(roles=DESK)
def start_application(applicant: Applicant, form_type: FormType) -> Application:
    """Start a draft. The fee is charged to the applicant at once; people with a concession card pay half."""
    fee = form_type.fee / 2 if applicant.concession else form_type.fee
    reference = f"{form_type.prefix}-{count(Application) + 101:04d}"
    bills.post(applicant, "charge", fee, f"{form_type.name} fee {reference}")
    channel: Literal["online", "counter"] = "online" if role() == "applicant" else "counter"
    return insert(Application(reference=reference, applicant=applicant, form_type=form_type, channel=channel, fee=fee))


@world.tool(roles=DESK, idempotent=True)
def enter_text(application: Application, field: FormField, text: Text) -> FieldValue:
    """Fill in a text field of a draft or returned application, replacing what was there."""
    check_field(application, field, "text")
    check_bounds(field, len(text), "characters")
    value = value_of(application, field)
    value.text = text
    return value


@world.tool(roles=DESK, idempotent=True)
def enter_number(
    application: Application, field: FormField, number: Annotated[int, Range(-1000, 1_000_000)]
) -> FieldValue:
    """Fill in a number field of a draft or returned application, replacing what was there."""
    check_field(application, field, "number")
    check_bounds(field, number, "")
    value = value_of(application, field)
    value.number = number
    return value


@world.tool(roles=DESK, idempotent=True)
def enter_date(application: Application, field: FormField, day: date) -> FieldValue:
    """Fill in a date field of a draft or returned application, replacing what was there."""
    check_field(application, field, "date")
    check_bounds(field, (day - today()).days, "days from today")
    value = value_of(application, field)
    value.day = day
    return value


@world.tool(roles=DESK, idempotent=True)
def choose_option(application: Application, field: FormField, option: FieldOption) -> FieldValue:
    """Choose an option of a drop-down of a draft or returned application, replacing the choice before."""
    check_field(application, field, "drop_down")
    if option.field != field:
        refuse("invalid", f"{option.label} is no option of {field.label}.", hint="field_options lists them",
               field="option_id")  # fmt: skip
    value = value_of(application, field)
    value.option = option
    return value


@world.tool(roles=DESK, idempotent=True)
def tick_box(application: Application, field: FormField, ticked: bool = True) -> FieldValue:
    """Tick or untick a check-box of a draft or returned application. Required boxes must be ticked to submit."""
    check_field(application, field, "check_box")
    value = value_of(application, field)
    value.ticked = ticked
    return value


@world.tool(roles=DESK, destructive=True)
def clear_field(application: Application, field: FormField) -> None:
    """Empty a field of a draft or returned application."""
    check_field(application, field, field.kind)
    value = first(FieldValue, application=application, field=field)
    if value is None:
        refuse("conflict", f"{field.label} is empty already.")
    delete(value)


@world.tool(roles=DESK, idempotent=True)
def attach_document(application: Application, kind: DocumentKind, file: Text) -> Attachment:
    """Attach a document to a draft or returned application; a file of the same kind is replaced.

    Args:
        application: the application it belongs to
        kind: which of the documents that the form asks for
        file: the file's name, ending in .pdf, .jpg or .png
    """
    check_editable(application)
    if not file.lower().endswith((".pdf", ".jpg", ".png")):
        refuse("invalid", "Documents are PDF, JPG or PNG files.", field="file")
    if not count(RequiredDocument, form_type=application.form_type, kind=kind):
        refuse("invalid", f"The {application.form_type.name} form asks for no {kind.name.lower()}.", field="kind_id")
    known = first(Attachment, application=application, kind=kind)
    if known is None:
        return insert(Attachment(application=application, kind=kind, file=file))
    known.file, known.received = file, now()
    return known


@world.tool(roles=DESK)
def submit_application(application: Application) -> Application:
    """Hand in a draft or returned application. It must be complete and its applicant must owe nothing."""
    check_editable(application)
    check_complete(application, "review_application lists what to fill in or attach")
    if application.applicant.balance > 0:
        refuse("insufficient", f"{application.applicant.name} still owes £{application.applicant.balance}.",
               hint="the clerk records a payment first")  # fmt: skip
    application.status = "submitted"
    application.submitted = now()
    return application


@world.tool(roles=DESK, destructive=True)
def withdraw_application(application: Application) -> Application:
    """Withdraw an application that no officer is reviewing. The fee is not taken back by itself."""
    if application.status == "under_review":
        refuse("unavailable", f"{application.reference} is being reviewed.", hint="the officer can return it")
    if application.status not in OPEN:
        refuse("conflict", f"{application.reference} is {application.status} already.")
    application.status = "withdrawn"
    return application


@world.tool(roles=STAFF)
def assign_application(application: Application, officer: Officer) -> Application:
    """Put a submitted application under review by an officer, or pass one that is under review to another officer.

    An officer belongs to the department of the form and has at most three cases under review at a time.
    """
    if application.status not in ("submitted", "under_review"):
        refuse("conflict", f"{application.reference} is {application.status}, not waiting for review.")
    if application.officer == officer:
        refuse("conflict", f"{application.reference} is with {officer.name} already.")
    before = application.officer
    application.status = "under_review"
    application.officer = officer
    recount(officer)
    if before is not None:
        recount(before)
    return application


@world.tool(roles="officer")
def return_application(application: Application, reason: Paragraph) -> Decision:
    """Send an application under review back to its applicant for correction.

    Args:
        application: the case
        reason: what is to be put right
    """
    decision = decide(application, "returned", reason)
    application.status, application.officer = "returned", None
    recount(decision.officer)
    return decision


@world.tool(roles="officer")
def approve_application(application: Application) -> Decision:
    """Approve an application under review. One that lacks something cannot be approved.

    The permit is issued with it: a locked file in the case folder on the drive, which its applicant may view.
    """
    decision = decide(application, "approved", "Approved as applied for.")
    check_complete(application, "return_application sends it back")
    application.status, application.decided = "approved", now()
    recount(decision.officer)
    issue_permit(application, decision)
    return decision


@world.tool(roles="officer", destructive=True)
def reject_application(application: Application, reason: Paragraph) -> Decision:
    """Reject an application under review for good."""
    decision = decide(application, "rejected", reason)
    application.status, application.decided = "rejected", now()
    recount(decision.officer)
    return decision


# What the tools share ----------------------------------------------------------------------------------------


def words(kind: str) -> str:
    """A field's kind as people say it."""
    return {"drop_down": "drop-down", "check_box": "check-box"}.get(kind, f"{kind} field")


def check_editable(application: Application) -> None:
    """Refuse to change what is no longer, or not again, in the applicant's hands."""
    if application.status not in ("draft", "returned"):
        refuse("conflict", f"{application.reference} is {application.status.replace('_', ' ')} and cannot be changed.",
               hint="only drafts and returned applications can")  # fmt: skip


def check_field(application: Application, field: FormField, kind: str) -> None:
    """Refuse a field of another form or kind."""
    check_editable(application)
    if field.form_type != application.form_type:
        refuse("invalid", f"{field.label} is no field of the {application.form_type.name} form.", field="field_id",
               hint="read_form lists a form's fields")  # fmt: skip
    if field.kind != kind:
        refuse("invalid", f"{field.label} is a {words(field.kind)}, not a {words(kind)}.", field="field_id")


def check_bounds(field: FormField, size: int, unit: str) -> None:
    """Refuse a value outside a field's limits."""
    low, high = field.least, field.most
    if low is not None and high is not None and not low <= size <= high:
        refuse("invalid", f"{field.label}: expected {low} to {high} {unit}".rstrip() + f", got {size}.")


def check_complete(application: Application, hint: str) -> None:
    """Refuse while a required field or document is missing."""
    lacking = [one.label for one in missing_fields(application)] + [one.name for one in missing_documents(application)]
    if lacking:
        refuse("conflict", f"{application.reference} lacks: {', '.join(lacking)}.", hint=hint)


def value_of(application: Application, field: FormField) -> FieldValue:
    """The value of a field, made empty where there is none yet."""
    known = first(FieldValue, application=application, field=field)
    return known or insert(FieldValue(application=application, field=field))


def missing_fields(application: Application) -> list[FormField]:
    """Required fields that are empty, and required boxes that are not ticked."""
    filled = {value.field for value in rows(FieldValue, application=application) if value.ticked is not False}
    return [one for one in rows(FormField, form_type=application.form_type, required=True) if one not in filled]


def missing_documents(application: Application) -> list[DocumentKind]:
    """Documents that the form asks for, given the options chosen, and that are not attached."""
    chosen = {value.option for value in rows(FieldValue, application=application) if value.option is not None}
    there = {one.kind for one in rows(Attachment, application=application)}
    asked = rows(RequiredDocument, form_type=application.form_type)
    return [one.kind for one in asked if (one.only_if is None or one.only_if in chosen) and one.kind not in there]


def case_folder(application: Application) -> str:
    """Where the papers of a case lie on the drive."""
    return f"/Cases/{application.reference}"


def issue_permit(application: Application, decision: Decision) -> None:
    """Put the permit into the case folder, locked, for the applicant to view."""
    said = "\n".join(
        f"{value.field.label}: {in_words(value)}" for value in rows(FieldValue, order="field", application=application)
    )
    text = (f"{application.form_type.name.upper()} {application.reference}\nAshcombe Town Hall\n\n"
            f"Granted to: {application.applicant.name}\n{said}\n\n{decision.officer.name}, {say_date(decision.made.date())}")  # fmt: skip
    permit = drive.store(f"{case_folder(application)}/Permit.txt", text)
    permit.locked = True
    if not count(drive.FileShare, file=permit, person=application.applicant):
        insert(drive.FileShare(file=permit, person=application.applicant, access="view"))


def in_words(value: FieldValue) -> str:
    """What was filled in, as a permit says it."""
    if value.option is not None:
        return value.option.label
    if value.day is not None:
        return say_date(value.day)
    if value.ticked is not None:
        return "yes" if value.ticked else "no"
    return str(value.number if value.number is not None else value.text)


def recount(officer: Officer) -> None:
    """Keep an officer's number of cases under review."""
    officer.under_review = cases(officer)


def decide(application: Application, outcome: Literal["returned", "approved", "rejected"], reason: str) -> Decision:
    """Record an officer's decision on a case that is theirs."""
    officer, me = application.officer, actor(Officer)
    if application.status != "under_review" or officer is None:
        refuse("conflict", f"{application.reference} is {application.status}, not under review.",
               hint="assign_application first")  # fmt: skip
    if me is not None and me != officer:
        refuse("forbidden", f"{application.reference} is with {officer.name}.")
    if not reason.strip():
        refuse("invalid", "The applicant must be told why.", field="reason")
    return insert(Decision(application=application, officer=officer, outcome=outcome, reason=reason))


# Rules -------------------------------------------------------------------------------------------------------


@world.rule(Application, "conflict", "{row.applicant.name} has another {row.form_type.name} application open.",
            "search_applications finds it")  # fmt: skip
def one_open_application_of_a_kind(application: Application) -> bool:
    same = {"applicant": application.applicant, "form_type": application.form_type}
    return application.status not in OPEN or count(Application, status=one_of(OPEN), **same) == 1


@world.rule(Application, "conflict", "{row.officer.name} belongs to another department than the {row.form_type.name}.",
            "list_officers names the departments")  # fmt: skip
def officers_decide_for_their_department(application: Application) -> bool:
    return application.officer is None or application.officer.department == application.form_type.department


@world.rule(Officer, "limit", "{row.name} has three cases under review, which is the most.",
            watch=["Application.officer"])  # fmt: skip
def caseload_is_limited(officer: Officer) -> bool:
    return cases(officer) <= CASELOAD


@world.rule(Application, "invalid", "A date on {row.reference} lies before the one it must follow.",
            watch=["FieldValue.application"])  # fmt: skip
def dates_are_in_order(application: Application) -> bool:
    days = {value.field: value.day for value in rows(FieldValue, application=application) if value.day is not None}
    return all(one.not_before not in days or days[one.not_before] <= day for one, day in days.items() if one.not_before)


# Data --------------------------------------------------------------------------------------------------------

FORMS: tuple[tuple[str, str, str, str], ...] = (
    ("Street party permit", "SP", "Highways and Streets", "36"),
    ("Skip licence", "SK", "Highways and Streets", "58"),
    ("Pavement seating licence", "PS", "Licensing", "124"),
    ("Allotment tenancy", "AT", "Parks and Allotments", "46"),
)
PREMISES = ("The Copper Kettle", "Bianchi & Sons", "The Navigation Inn", "Café Lumen", "The Old Bakery",
            "Harbour Coffee House", "The Greyhound", "Saffron Kitchen", "The Blue Door", "Marsh & Daughters",
           "The Weighbridge", "Nonna's Table", "The Clock House", "Lime Tree Bistro", "The Wheatsheaf", "Pico Bar")  # fmt: skip
PLANS = ("Vegetables and a small greenhouse", "Soft fruit along the fence", "Beans, potatoes and cut flowers",
         "Herbs and a wildlife corner")  # fmt: skip
MUSIC = ("No music", "Acoustic only", "Amplified until 21:00")
CLOSING = ("Until 20:00", "Until 21:00", "Until 22:00", "Until 23:00")
TEXTS: dict[str, Sequence[str]] = {
    "Street to be closed": STREETS,
    "Wet-weather plan": ("We move into the church hall", "We put it off by a week", "Gazebos from the scouts"),
    "Where the skip stands": [f"outside {number} {street}" for street in STREETS for number in (7, 14, 23)],
    "Name of the premises": PREMISES,
    "Plans for the plot": PLANS,
}
FieldPlan = tuple[str, str, Kind, bool, int | None, int | None, tuple[str, ...] | str | None]
FIELDS: dict[str, tuple[FieldPlan, ...]] = {
    "SP": (
        ("The event", "Street to be closed", "text", True, 5, 60, None),
        ("The event", "Date of the party", "date", True, 28, 365, None),
        ("The event", "Households invited", "number", True, 5, 200, None),
        ("The event", "Wet-weather plan", "text", False, 5, 200, None),
        ("Noise and drink", "Music", "drop_down", True, None, None, MUSIC),
        ("Noise and drink", "Alcohol", "drop_down", True, None, None, ("None", "Brought by guests", "Sold at a stall")),
        ("Declaration", "Residents have been told", "check_box", True, None, None, None),
    ),
    "SK": (
        ("The skip", "Where the skip stands", "text", True, 5, 60, None),
        ("The skip", "Skip size", "drop_down", True, None, None, ("4-yard", "6-yard", "8-yard", "12-yard")),
        ("The skip", "Parking bays taken", "number", True, 0, 3, None),
        ("Dates", "Delivery date", "date", True, 3, 180, None),
        ("Dates", "Collection date", "date", True, 3, 210, "Delivery date"),
        ("Declaration", "Lamps and cones provided", "check_box", True, None, None, None),
    ),
    "PS": (
        ("Premises", "Name of the premises", "text", True, 3, 60, None),
        ("Seating", "Number of tables", "number", True, 1, 20, None),
        ("Seating", "Closing time", "drop_down", True, None, None, CLOSING),
        ("Seating", "Outdoor heaters", "check_box", False, None, None, None),
        ("Dates", "First day", "date", True, 10, 180, None),
        ("Dates", "Last day", "date", True, 10, 400, "First day"),
    ),
    "AT": (
        ("The plot", "Site", "drop_down", True, None, None, ("Mill Lane", "Beacon Hill", "Canal Side", "Orchard Road")),
        ("The plot", "Plot size", "drop_down", True, None, None, ("Starter plot", "Half plot", "Full plot")),
        ("Tenancy", "Start of tenancy", "date", True, 7, 200, None),
        ("Tenancy", "People sharing the plot", "number", True, 1, 6, None),
        ("Tenancy", "Plans for the plot", "text", False, 5, 200, None),
        ("Declaration", "Site rules accepted", "check_box", True, None, None, None),
    ),
}
DOCUMENTS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "SP": (("Site plan", None), ("Temporary event notice", "Sold at a stall")),
    "SK": (("Photo of the site", None), ("Contractor's insurance", None), ("Traffic management plan", "12-yard")),
    "PS": (("Site plan", None), ("Public liability insurance", None), ("Noise management statement", "Until 23:00")),
    "AT": (("Proof of address", None), ("Reference from another tenant", "Full plot")),
}
FILES = {"Site plan": "site-plan.pdf", "Photo of the site": "photo.jpg", "Proof of address": "council-tax-bill.pdf"}
OFFICERS = (("Highways and Streets", 2), ("Licensing", 2), ("Parks and Allotments", 1))
# Officers' cases under review at the start: form, place of the officer within the department, whether complete.
CASES = (("SP", 0, True), ("SK", 0, True), ("SK", 0, True), ("PS", 0, False))
PLAN = ("draft", "ready", "submitted", "submitted", "returned")
MORE = {"SP": ("submitted", "lacking"), "SK": ("draft", "lacking"), "PS": ("lacking", "approved"), "AT": ()}
UNPAID = {"SP": ("unpaid",), "SK": ("unpaid", "twice"), "PS": ("unpaid",), "AT": ("unpaid", "twice")}


@world.data
def forms(draw: Draw) -> None:
    """The town hall's departments, officers and forms."""
    for name, size in OFFICERS:
        department = insert(Department(name=name))
        for _ in range(size):
            draw.new(Officer, department=department)
    for name, prefix, of, fee in FORMS:
        form = insert(FormType(name=name, prefix=prefix, department=rows(Department, name=of)[0], fee=Decimal(fee)))
        for section, label, kind, required, least, most, more in FIELDS[prefix]:
            before = first(FormField, form_type=form, label=more) if isinstance(more, str) else None
            made = insert(FormField(form_type=form, section=section, label=label, kind=kind, required=required,
                                    least=least, most=most, not_before=before))  # fmt: skip
            for option in more if isinstance(more, tuple) else ():
                insert(FieldOption(field=made, label=option))
        for document, option_label in DOCUMENTS[prefix]:
            sort = first(DocumentKind, name=document) or insert(DocumentKind(name=document))
            only = first(FieldOption, field__form_type=form, label=option_label) if option_label else None
            insert(RequiredDocument(form_type=form, kind=sort, only_if=only))


@world.data
def people_and_papers(draw: Draw) -> None:
    """Applicants, most of whom pay at once, and their applications in every state."""
    people: list[Applicant] = []
    for number in draw.many(30):
        name = draw.text("person_name")
        if number % 7 == 3:
            name = f"{name.split()[0]} {people[-1].name.split()[-1]}"
        people.append(draw.new(Applicant, name=name, concession=draw.chance(25), balance=Decimal(0),
                               street=f"{draw.integer(2, 98)} {draw.choice(STREETS)}"))  # fmt: skip
    paying = [one for place, one in enumerate(people) if place % 30 < 24]
    owing = [one for place, one in enumerate(people) if 24 <= place % 30 < 28]
    doubled = [one for place, one in enumerate(people) if place % 30 >= 28]
    for form in rows(FormType):
        queue = draw.shuffled(paying)
        later, twice = iter(draw.shuffled(owing)), iter(draw.shuffled(doubled))
        for block in draw.many(1):
            for step in (*PLAN, *MORE[form.prefix]):
                file_application(draw, queue.pop(), form, step)
            for step in UNPAID[form.prefix]:
                file_application(draw, next(twice if step == "twice" else later), form, step)
            for prefix, place, complete in CASES if not block else ():
                if prefix == form.prefix:
                    officer = rows(Officer, department=form.department)[place]
                    file_application(draw, queue.pop(), form, "complete" if complete else "lacking", officer)


def file_application(
    draw: Draw, applicant: Applicant, form: FormType, step: str, officer: Officer | None = None
) -> None:
    """Make one application with its fee, values and papers."""
    started = draw.moment(-40, -14)
    fee = form.fee / 2 if applicant.concession else form.fee
    reference = f"{form.prefix}-{count(Application) + 101:04d}"
    channel: Literal["online", "counter", "post"] = "post" if step == "lacking" else draw.choice(("online", "counter"))
    made = insert(Application(reference=reference, applicant=applicant, form_type=form, fee=fee, started=started,
                              channel=channel))  # fmt: skip
    for turn in range(2 if step == "twice" else 1):
        charge = bills.post(applicant, "charge", fee, f"{form.name} fee {reference}")
        charge.posted = started + timedelta(minutes=10 * turn)
    if step != "unpaid":
        bills.post(applicant, "payment", fee, draw.choice(("Card at the counter", "Online payment"))).posted = started
    fill(draw, made, step)
    finish(draw, made, step, officer)


def fill(draw: Draw, made: Application, step: str) -> None:
    """Fill an application's fields and attach its documents, leaving out what its state says."""
    fields = rows(FormField, form_type=made.form_type)
    if step == "draft":
        fields = [] if made.form_type.prefix == "SK" else fields[:3]
    days: dict[FormField, date] = {}
    spare = draw.choice([one for one in fields if one.required]) if step == "lacking" and draw.chance(60) else None
    for one in fields:
        if one != spare and (one.required or draw.chance(10)):
            value = insert(FieldValue(application=made, field=one))
            set_value(draw, value, days)
    if step != "draft":
        unread = step == "returned" or (step == "lacking" and spare is None)
        for kind in missing_documents(made)[1 if unread else 0 :]:
            base = FILES.get(kind.name, f"{kind.name.lower().replace(' ', '-').replace(chr(39), '')}.pdf")
            file = f"{made.reference.lower()}-{base}"
            insert(Attachment(application=made, kind=kind, file=file, received=made.started))


def set_value(draw: Draw, value: FieldValue, days: dict[FormField, date]) -> None:
    """Give a field's value something that fits it."""
    one = value.field
    if one.kind == "text":
        said = {other.text for other in rows(FieldValue, field=one)}
        value.text = draw.choice([text for text in TEXTS[one.label] if text not in said] or TEXTS[one.label])
    elif one.kind == "number":
        value.number = draw.integer(one.least or 0, min(one.most or 1, 60))
    elif one.kind == "date":
        earliest = days.get(one.not_before) if one.not_before else None
        later = earliest + timedelta(days=draw.integer(5, 30)) if earliest else draw.day((one.least or 0) + 2, 120)
        value.day = days[one] = later
    elif one.kind == "drop_down":
        value.option = draw.choice(rows(FieldOption, field=one)[:-1])
    else:
        value.ticked = True


def workday(draw: Draw, first_day: date, last_day: date) -> datetime:
    """A time in office hours of a day from Monday to Friday."""
    days = [first_day + timedelta(days=step) for step in range((last_day - first_day).days + 1)]
    day = draw.choice([one for one in days if one.weekday() < 5])
    return datetime.combine(day, draw.moment(0, 0, (9, 17)).time())


def finish(draw: Draw, made: Application, step: str, officer: Officer | None) -> None:
    """Bring an application to its state."""
    if step not in ("draft", "ready", "unpaid"):
        last = draw.today - timedelta(days=3 if officer is None else 6)
        made.submitted = workday(draw, made.started.date() + timedelta(days=1), last)
        if officer is not None:
            made.status, made.officer = "under_review", officer
            recount(officer)
        elif step in ("submitted", "lacking"):
            made.status = "submitted"
        else:
            close(draw, made, step)


def close(draw: Draw, made: Application, step: str) -> None:
    """Return or approve an application."""
    by = draw.pick(Officer, department=made.form_type.department)
    made.submitted = workday(draw, made.started.date() + timedelta(days=1), draw.today - timedelta(days=6))
    when = workday(draw, made.submitted.date() + timedelta(days=1), draw.today - timedelta(days=1))
    if step == "returned":
        lost = missing_documents(made)[0]
        choice = rows(FormField, form_type=made.form_type, kind="drop_down")[0]
        reason = f"'{choice.label}' does not fit what you describe, and the {lost.name.lower()} could not be opened."
        insert(Decision(application=made, officer=by, outcome="returned", reason=reason, made=when))
        made.status = "returned"
    else:
        made.status, made.officer, made.decided = "approved", by, when
        insert(Decision(application=made, officer=by, outcome="approved", reason="Approved as applied for.", made=when))


GUIDES = (
    ("/Read me.md", "# The drive of the application desk\n\nThe papers of a case lie in /Cases, in a folder named by its reference.\n"
     "What comes by post is scanned into /Post. The post book says which scan belongs to which application; once it is dealt with, "
     "the scan is moved into the case folder.\nPermits are **locked**.", 300, True),
    ("/Guides/Street parties.md", "# Street parties\n\nApply at least four weeks before the day. Bus routes stay open.\n"
     "The fire station, the bus company and the police are asked.", 420, False),
    ("/Guides/Street parties.md", "# Street parties\n\nApply at least four weeks before the day. A bus route can be closed when the company "
     "agrees.\nThe fire station, the bus company and the police are asked.", 33, False),
    ("/Guides/Skips in the road.md", "# Skips in the road\n\nAt most three parking bays. A 12-yard skip needs a traffic management plan.\n"
     "Lamps at night, whatever the street.", 150, False),
    ("/Guides/Tables on the pavement.md", "# Tables on the pavement\n\nTwo metres must stay free for people to walk.\nAfter ten at night a noise "
     "management statement is needed.", 95, False),
    ("/Guides/Allotments.md", "# Allotments\n\nThe association is asked before a plot is let. A full plot needs a reference from another "
     "tenant.", 70, False),
    ("/Templates/Letter of return.md", "Dear ______,\n\nyour application ______ cannot be decided yet. What is to be put right: ______\n\n"
     "Ashcombe Town Hall", 500, False),
    ("/Post/Post book January.txt", "Date; scan; application; paper\n22 January 2026; Scan 0377.pdf; PS-0092; Site plan\n"
     "26 January 2026; Scan 0381.pdf; SP-0088; Letter", 44, False),
)  # fmt: skip
"""What the desk keeps for itself: path, text, how many days ago it changed, and whether it is locked."""
PARTIES: dict[str, tuple[tuple[str, str], ...]] = {
    "SP": (("Ashcombe Fire Station", "the engine needs a lane of three metres"), ("Severn Buses", "route 7 runs through"),
           ("Police, neighbourhood team", "there is a match on the same day")),
    "SK": (("Highways inspector", "the surface is to be renewed then"), ("Refuse Service", "the lorry could not turn"),
           ("Severn Buses", "it would stand at a stop")),
    "PS": (("Environmental Health", "there were complaints about noise"), ("Highways inspector", "the pavement is too narrow"),
           ("Market Street Residents", "they want quiet by nine")),
    "AT": (("Allotment Association", "others have waited longer"), ("Grounds Maintenance", "a water main is to be laid there"),
           ("Site steward", "the last plot was left overgrown")),
}  # fmt: skip
"""Who is asked about an application, and what they may object to."""
ENCLOSED = {"SP": "list of stewards", "SK": "letter from the contractor", "PS": "list of neighbours",
            "AT": "list of helpers"}  # fmt: skip
"""What applicants e-mail as an attachment."""


@world.data
def papers_of_the_desk(draw: Draw) -> None:
    """The desk's drive: guides, permits, consultations, letters of return, and scans of what came by post."""
    drive.find_folder("/", new=True)
    for path, text, days, locked in GUIDES:
        put(draw, path, text, days).locked = locked
    for one in rows(Application, status="approved"):
        decision = rows(Decision, application=one, outcome="approved")[0]
        issue_permit(one, decision)
        drive.at(f"{case_folder(one)}/Permit.txt").changed = decision.made
    for number, one in enumerate(waiting()):
        put(draw, f"{case_folder(one)}/Consultation.md", consultation(draw, one, number), 3)
    for one in rows(Application, status="returned"):
        decision = rows(Decision, application=one, outcome="returned")[0]
        text = (f"Dear {one.applicant.name},\n\nyour application {one.reference} cannot be decided yet. {decision.reason}\n\n"
                f"{decision.officer.name}, Ashcombe Town Hall")  # fmt: skip
        drive.store(f"{case_folder(one)}/Letter of return.md", text).changed = decision.made
    keep_the_post_book(draw)


def put(draw: Draw, path: str, text: str, days: int) -> Any:
    """A file as it was saved so many days ago; what was there before becomes an earlier version."""
    file = drive.store(path, text)
    file.changed = draw.moment(-days, -days)
    return file


def waiting() -> list[Application]:
    """Applications that are complete and wait for an officer."""
    return [one for one in rows(Application, status="submitted") if complete(one)]


def consultation(draw: Draw, application: Application, number: int) -> str:
    """What those who were asked said: nothing against it, an objection, or one that was withdrawn."""
    asked = draw.shuffled(PARTIES[application.form_type.prefix])
    submitted = application.submitted.date() if application.submitted else draw.today
    days = sorted(draw.integer(1, (draw.today - submitted).days - 2) for _ in asked)
    said = [f"{party}: no objection" for party, _ in asked]
    if number % 3:
        place = draw.below(len(asked))
        said[place] = f"{asked[place][0]}: objects, {asked[place][1]}"
    dates = [friday_before(submitted + timedelta(days=day)) for day in days]
    lines = [f"- {say_date(day)}, {line}" for day, line in zip(dates, said, strict=True)]
    if number % 3 == 1:
        lines.append(
            f"- {say_date(friday_before(draw.today - timedelta(days=1)))}, {asked[place][0]}: no objection any more"
        )
    return f"# Consultation on {application.reference}\n\nWhat somebody said last counts.\n\n" + "\n".join(lines)


def friday_before(day: date) -> date:
    """The day, or the Friday before a weekend."""
    return day - timedelta(days=max(day.weekday() - 4, 0))


def keep_the_post_book(draw: Draw) -> None:
    """Papers that came by post for returned applications, one of them left out, among others."""
    lines = list[tuple[date, str, str]]()
    returned = draw.shuffled(rows(Application, status="returned"))
    for number, one in enumerate(returned):
        came = draw.day(-5, -3)
        lines.append((came, one.reference, "Letter"))
        if number % 4:
            lines.append((friday_before(came + timedelta(days=2)), one.reference, missing_documents(one)[0].name))
    for one in draw.sample(rows(Application, status="submitted"), 2):
        lines.append((friday_before(draw.day(-9, -4)), one.reference, draw.choice(("Letter", "Site plan"))))
    entries = ["Date; scan; application; paper"]
    for number, (day, reference, paper) in enumerate(sorted(lines), 405):
        entries.append(f"{say_date(day)}; Scan {number:04d}.pdf; {reference}; {paper}")
        insert(drive.File(folder=drive.find_folder("/Post", new=True), name=f"Scan {number:04d}.pdf", media_type="application/pdf",
                          size=draw.integer(90_000, 2_400_000), changed=datetime(day.year, day.month, day.day, 11)))  # fmt: skip
    put(draw, "/Post/Post book March.txt", "\n".join(entries), 3)


@world.data
def letters_with_papers(draw: Draw) -> None:
    """E-mails by which applicants send a paper on, some of them for a second time."""
    writers = [one for one in waiting() if known(one.applicant)]
    for number, one in enumerate(draw.sample(writers, min(4 * draw.scale, len(writers)))):
        what, sent = ENCLOSED[one.form_type.prefix], draw.moment(-6, -4)
        send_paper(draw, one, what, f"Attached is the {what} for {one.reference}.", sent)
        if number % 2 == 0:
            body = f"There was a mistake in what I sent. Please take this {what} for {one.reference} in its place."
            send_paper(draw, one, what, body, sent + timedelta(days=2, minutes=45))


def send_paper(draw: Draw, application: Application, what: str, body: str, sent: datetime) -> None:
    """An applicant's e-mail with a paper attached."""
    person, names = application.applicant, [draw.text("person_name") for _ in range(draw.integer(3, 5))]
    letter = mail.deliver(
        person.email, f"{what.capitalize()}, {application.reference}", f"{body}\n\n{person.name}", sent=sent
    )
    text = f"{what.capitalize()} for {application.reference}\n\n" + "\n".join(
        f"- {name}, {draw.text('phone')}" for name in names
    )
    mail.attach(letter, f"{what.replace(' ', '-')}.txt", text)


# Tasks -------------------------------------------------------------------------------------------------------


def known(applicant: Applicant) -> bool:
    """Whether a search for the name finds this person alone."""
    return count(Applicant, name=containing(applicant.name)) == 1


def cases(officer: Officer) -> int:
    """How many applications an officer has under review."""
    return count(Application, officer=officer, status="under_review")


def charged_twice(applicant: Applicant) -> bool:
    """Whether a fee was charged to someone twice."""
    charges = rows(bills.Entry, account=applicant, kind="charge")
    return len({one.memo for one in charges}) < len(charges)


def complete(application: Application) -> bool:
    """Whether nothing is missing."""
    return not missing_fields(application) and not missing_documents(application)


def plain_options(choice: FormField) -> list[FieldOption]:
    """The options of a drop-down that call for no further document."""
    return [one for one in rows(FieldOption, field=choice) if not count(RequiredDocument, only_if=one)]


def has_time(officer: Officer, applicant: Applicant, day: date) -> bool:
    """Whether an officer has a free slot on a day, and the applicant no other appointment at the first of them."""
    slots = rows(diary.Slot, order="starts", resource=officer, taken=False)
    free = [one.starts for one in slots if one.starts.date() == day]
    return bool(free) and not count(diary.Booking, client=applicant, status="booked", slot__starts=free[0])


def fill_in(do: Do, application: int, guide: Any, values: dict[str, Any]) -> None:
    """Fill in the fields of a form by their labels."""
    for one in guide.fields:
        if one.label in values:
            target, value = {"application_id": application, "field_id": one.id}, values[one.label]
            match one.kind:
                case "text":
                    do.enter_text(**target, text=value)
                case "number":
                    do.enter_number(**target, number=value)
                case "date":
                    do.enter_date(**target, day=value)
                case "check_box":
                    do.tick_box(**target, ticked=value)
                case _:
                    do.choose_option(**target, option_id=named(do.field_options(field_id=one.id), value, "label"))


def named(found: Any, name: str, key: str = "name") -> int:
    """The id of the one with that very name."""
    return next(int(one.id) for one in found if one[key] == name)


def attach(do: Do, application: int, guide: Any, files: dict[str, str]) -> None:
    """Attach files by the kind of document they are."""
    for kind, file in files.items():
        asked = next(one for one in guide.documents if one.kind_name == kind)
        do.attach_document(application_id=application, kind_id=asked.kind_id, file=file)


def write_to(do: Do, applicant_id: int, subject: str, body: str) -> None:
    """E-mail an applicant at the address on file."""
    do.send_message(recipient=do.get_applicant(applicant_id=applicant_id).email, subject=do.compose(subject), body=body)


@world.intent(
    "{applicant} is at the counter for a street party permit: {street} closed on {day}, {households} households "
    "invited, music '{music}', alcohol '{alcohol}'. The residents have been told and the site plan is {plan}. Take "
    "the fee, entered as '{memo}', and hand the application in.",
    "Please start and submit a street party permit for {applicant}. Street: {street}. Date: {day}. Households: "
    "{households}. Under Music choose '{music}', under Alcohol '{alcohol}'. All residents know about it, so tick "
    "that box. Site plan: {plan}. The fee has just been paid in full; book it with the memo '{memo}'.",
    "New party application, all details by phone from {applicant}: they want {street} on {day} for {households} "
    "invited households. Drink: '{alcohol}'; sound: '{music}'. They confirmed that residents have been told. I saved "
    "the site plan as {plan}. Record payment of the whole fee as '{memo}' and send it off for review.",
    "Can you do the whole street party form for {applicant}? It is about {street}, on {day}. {households} households "
    "have an invitation, the music option is '{music}' and the alcohol option '{alcohol}'; yes, the residents were "
    "told. Attach {plan} as site plan, put the fee through as '{memo}', submit.",
    "I have a paper slip here: '{applicant}, street party, {street}, {day}, households: {households}, music: "
    "{music}, alcohol: {alcohol}, residents told: yes, plan: {plan}'. The money for the fee is in the till "
    "('{memo}'). Type it in as a new application and submit it.",
    "On {day} there will be a party in {street}, and {applicant} needs the permit. Fill in {households} households, "
    "'{music}' as music and '{alcohol}' as alcohol, tick that residents have been told, add the site plan {plan}, "
    "collect the fee under '{memo}' and submit.",
    "Open a street party application in the name of {applicant} and complete it: the closed street is {street}, the "
    "date {day}, the number of households {households}, residents informed. Options are '{alcohol}' for alcohol and "
    "'{music}' for music. The plan's file is {plan}. Once the fee is posted as paid ('{memo}') it can go in.",
    "Would you get {applicant}'s party in {street} applied for today? They gave {day} as the date and {households} "
    "as the households; they want '{music}' and, for drinks, '{alcohol}'. Neighbours have been told, they say, so "
    "that box is ticked too. Upload {plan} for the site plan. Full fee received, memo '{memo}'. Then submit.",
    kind="write", role="clerk",
)  # fmt: skip
def street_party_at_the_counter(draw: TaskDraw) -> Task:
    form = rows(FormType, prefix="SP")[0]
    applicant = draw.choice(
        [
            one
            for one in rows(Applicant, balance=Decimal(0))
            if known(one) and not count(Application, applicant=one, form_type=form, status=one_of(OPEN))
        ]
    )
    street, day, households = draw.choice(STREETS), draw.day(40, 150), draw.integer(12, 90)
    music, alcohol = draw.choice(MUSIC), draw.choice(("None", "Brought by guests"))
    plan = f"{street.lower().replace(' ', '-').replace(chr(39), '')}-plan.{draw.choice(('pdf', 'png'))}"
    memo = draw.choice(("Card at the counter", "Cash at the counter"))

    def solve(do: Do) -> None:
        person = do.search_applicants(name=applicant.name)[0]
        kind = named(do.list_forms(), "Street party permit")
        guide = do.read_form(form_type_id=kind)
        made = do.start_application(applicant_id=person.id, form_type_id=kind)
        fill_in(do, made.id, guide, {
            "Street to be closed": street, "Date of the party": day, "Households invited": households, "Music": music,
            "Alcohol": alcohol, "Residents have been told": True,
        })  # fmt: skip
        attach(do, made.id, guide, {"Site plan": plan})
        do.record_payment(applicant_id=person.id, amount=made.fee, memo=memo)
        do.submit_application(application_id=made.id)

    return draw.task(solve, applicant=applicant, street=street, day=day, households=households, music=music,
                     alcohol=alcohol, plan=plan, memo=memo)  # fmt: skip


@world.intent(
    "My skip licence is still an empty draft. The {size} skip stands '{place}' from {delivery} to {collection} and "
    "takes {bays} parking bays; lamps and cones are provided. The photo of the site is {photo}, the contractor's "
    "insurance {insurance}. Fill it all in and submit it.",
    "Please complete the draft for my skip: delivery {delivery}, collection {collection}, size {size}, position "
    "'{place}', parking bays {bays}. My contractor supplies the lamps and cones. Upload {insurance} (insurance) and "
    "{photo} (site photo), then hand it in.",
    "I have paid for a skip licence but never filled in the form. Here is everything: it will be '{place}', a {size} "
    "one, {bays} bays lost, brought on {delivery}, fetched on {collection}, with lamps and cones. Documents: {photo} "
    "shows the site, {insurance} is the contractor's insurance. Send it in, please.",
    "Could you finish my skip application? Where it stands: '{place}'. How big: {size}. How many parking bays: {bays}. "
    "Delivered {delivery}; collected {collection}. Tick the lamps and cones. Attach site photo {photo} and insurance "
    "certificate {insurance} of the contractor. After that it can be submitted.",
    "We are clearing the house, so put these into my skip licence draft and submit: from {delivery} until "
    "{collection}, '{place}', skip size {size}, parking bays taken {bays}, lamps and cones will be there. Insurance of "
    "the contractor is {insurance}; picture of the site is {photo}.",
    "The builder wants the skip on {delivery}. Enter that in my draft along with its collection on {collection}, the "
    "size ({size}), the place ('{place}') and the number of parking bays, {bays}. Lamps and cones: provided. Add "
    "{photo} as photo of the site plus {insurance} as contractor's insurance and hand the thing in for me.",
    "Take my unfinished skip licence and bring it to submission. Details: '{place}'; {size}; bays taken: {bays}; "
    "first day {delivery}, last day, when they collect, {collection}; lamps and cones yes. Files: {insurance} for "
    "the insurance of my contractor, {photo} for the site.",
    "For the skip I applied for: please state {collection} as collection and {delivery} as delivery date, {bays} as "
    "parking bays, {size} as size, and that it is to stand '{place}'. Confirm lamps and cones. You need two papers, "
    "the site photo ({photo}) and the contractor's insurance ({insurance}). Submit once they are in.",
    kind="write", role="applicant",
)  # fmt: skip
def my_skip_licence(draw: TaskDraw) -> Task:
    drafts = rows(Application, form_type__prefix="SK", status="draft", applicant__balance=Decimal(0))
    draft = draw.choice([one for one in drafts if not count(FieldValue, application=one)])
    delivery = draw.day(5, 40)
    collection = delivery + timedelta(days=draw.integer(3, 14))
    place, size = draw.choice(TEXTS["Where the skip stands"]), draw.choice(("4-yard", "6-yard", "8-yard"))
    bays, photo = draw.integer(2, 3), draw.choice(("front-of-house.jpg", "kerbside.png"))
    insurance = draw.choice(("skip-insurance-2026.pdf", "liability-cover.pdf"))

    def solve(do: Do) -> None:
        kind = named(do.list_forms(), "Skip licence")
        mine = do.search_applications(form_type_id=kind, status="draft")[0]
        guide = do.read_form(form_type_id=kind)
        fill_in(do, mine.id, guide, {
            "Where the skip stands": place, "Skip size": size, "Parking bays taken": bays, "Delivery date": delivery,
            "Collection date": collection, "Lamps and cones provided": True,
        })  # fmt: skip
        attach(do, mine.id, guide, {"Photo of the site": photo, "Contractor's insurance": insurance})
        do.submit_application(application_id=mine.id)

    return draw.task(solve, actor=draft.applicant, place=place, size=size, bays=bays, delivery=delivery,
                     collection=collection, photo=photo, insurance=insurance)  # fmt: skip


@world.intent(
    "{application.reference} was returned to {application.applicant.name}. Change {field.label} to '{option.label}', "
    "attach {file} in place of the {kind.name} that could not be opened, and submit it again.",
    "{application.applicant.name} has come back about {application.reference}: under {field.label} it must say "
    "'{option.label}', and here is a readable {kind.name}, {file}. Please correct the application and resubmit.",
    "Put right what the officer objected to in {application.reference} ({application.applicant.name}): "
    "'{option.label}' is the right choice for {field.label}; the new file for the {kind.name} is {file}. Then hand "
    "it in.",
    "We got the corrections for {application.reference} from {application.applicant.name}. The wrong {field.label} "
    "becomes '{option.label}'. Upload {file} as {kind.name}. When both are done the application goes in once more.",
    "Please repair the returned application {application.reference} of {application.applicant.name} and send it off: "
    "set {field.label} to '{option.label}' and add {file}, their {kind.name}.",
    "{application.applicant.name} made a mistake in {application.reference}. It is '{option.label}', not what they "
    "chose for {field.label}. They brought the {kind.name} along as {file}; add that and then submit for a second "
    "time.",
    "Could you see to {application.reference}? The officer sent it back. {application.applicant.name} now says "
    "{field.label}: '{option.label}', with {file} serving as the {kind.name}. Back into the queue with it afterwards.",
    "Second attempt for {application.applicant.name}: open {application.reference}, replace the entry at "
    "{field.label} by '{option.label}', file {file} under {kind.name}, resubmit.",
    kind="repair", role="clerk",
)  # fmt: skip
def correct_a_returned_application(draw: TaskDraw) -> Task:
    application = draw.choice(rows(Application, status="returned", applicant__balance=Decimal(0)))
    choice = rows(FormField, form_type=application.form_type, kind="drop_down")[0]
    value = first(FieldValue, application=application, field=choice)
    option = draw.choice([one for one in plain_options(choice) if value is None or one != value.option])
    kind = missing_documents(application)[0]
    file = f"{kind.name.lower().replace(' ', '-').replace(chr(39), '')}-{draw.choice(('rescan', 'new', 'second'))}.pdf"

    def solve(do: Do) -> None:
        found = do.search_applications(reference=application.reference)[0]
        fill_in(do, found.id, do.read_form(form_type_id=found.form_type_id), {choice.label: option.label})
        lacking = do.review_application(application_id=found.id).missing_documents
        do.attach_document(application_id=found.id, kind_id=lacking[0].id, file=file)
        do.submit_application(application_id=found.id)

    return draw.task(solve, application=application, field=choice, option=option, kind=kind, file=file)


@world.intent(
    "I have changed my mind about my {form}: {field.label} should be '{option.label}'. That calls for one more "
    "document, which is {file}. Add it and submit the application.",
    "Please switch {field.label} to '{option.label}' in my draft {form}, attach {file} as the paper that is then "
    "needed, and hand it in.",
    "In my {form} draft the {field.label} is wrong, I want '{option.label}'. I know that you then ask for something "
    "extra; the file is {file}. Submit it once that is in.",
    "Could my {form} say '{option.label}' at {field.label} instead? Whatever document goes with that choice, I have "
    "it as {file}. After that please send the application off.",
    "Before my {form} goes in, set {field.label} to '{option.label}'. {file} is the document required for that. Then "
    "submit.",
    "My plans have grown: make it '{option.label}' under {field.label} on the {form} I began, put {file} in for the "
    "document which becomes necessary, and finish by submitting.",
    "Update the choice for {field.label} on my unfinished {form}; it is '{option.label}' now. You will see that a "
    "further document is missing. Use {file} for it. I would like the whole thing handed in today.",
    "One correction and one upload for my {form}, then it is ready to go in: '{option.label}' as {field.label}, and "
    "{file} as the document which only that option asks for.",
    kind="write", role="applicant",
)  # fmt: skip
def change_my_choice(draw: TaskDraw) -> Task:
    ready = [one for one in rows(Application, status="draft", applicant__balance=Decimal(0)) if complete(one)]
    draft = draw.choice(ready)
    extra = next(one for one in rows(RequiredDocument, form_type=draft.form_type, only_if=other_than(None)))
    option = extra.only_if
    assert option is not None
    file = f"{draw.choice(('scan', 'signed', 'final'))}-{extra.kind.name.lower().replace(' ', '-')}.pdf"

    def solve(do: Do) -> None:
        mine = do.search_applications(form_type_name=draft.form_type.name, status="draft")[0]
        fill_in(do, mine.id, do.read_form(form_type_id=mine.form_type_id), {option.field.label: option.label})
        lacking = do.review_application(application_id=mine.id).missing_documents
        do.attach_document(application_id=mine.id, kind_id=lacking[0].id, file=file)
        do.submit_application(application_id=mine.id)

    return draw.task(solve, actor=draft.applicant, form=draft.form_type.name.lower(), field=option.field,
                     option=option, file=file)  # fmt: skip


@world.intent(
    "{application.applicant.name} asks what is still missing from their {application.form_type.name} application. "
    "List the fields not yet filled in and the documents not yet attached, named as the form does.",
    "Which required fields and documents does the {application.form_type.name} of {application.applicant.name} still "
    "lack? Use the names that the form has for them.",
    "Name everything we still need before the {application.form_type.name} application by "
    "{application.applicant.name} is complete: empty required fields and missing documents, as the form calls them.",
    "What has {application.applicant.name} not given us yet for the {application.form_type.name}? I need all the "
    "gaps, fields as well as documents, in the form's own words.",
    "Go through {application.applicant.name}'s {application.form_type.name} and tell me each required field and "
    "document that is not there yet. Call them what the form calls them.",
    "I am about to ring {application.applicant.name} on the {application.form_type.name}. Give me the list of the "
    "fields they must still fill in and the documents they must still bring, by their names on the form.",
    "For the {application.form_type.name} under the name {application.applicant.name}: state all outstanding entries "
    "and attachments, naming the items as the form does.",
    "How does {application.applicant.name}'s {application.form_type.name} stand? Read out the missing fields and "
    "missing documents under the names on the form, nothing else.",
    kind="question", role="clerk",
)  # fmt: skip
def what_is_missing(draw: TaskDraw) -> Task:
    candidates = [one for one in rows(Application, status=one_of(("draft", "submitted", "under_review")))
                  if not complete(one) and known(one.applicant)
                  and count(Application, applicant=one.applicant, form_type=one.form_type) == 1]  # fmt: skip
    application = draw.choice(candidates)
    lacking = [one.label for one in missing_fields(application)] + [one.name for one in missing_documents(application)]

    def solve(do: Do) -> list[str]:
        person = do.search_applicants(name=application.applicant.name)[0]
        found = do.search_applications(applicant_id=person.id, form_type_name=application.form_type.name)[0]
        review = do.review_application(application_id=found.id)
        return [one.label for one in review.missing_fields] + [one.name for one in review.missing_documents]

    return draw.task(solve, answer=Answer.items(lacking), application=application)


@world.intent(
    "Please take on every {form.name} application that was submitted up to and including {day} and is complete, and "
    "approve it. Leave the incomplete ones as they are.",
    "Clear the queue for me: all complete {form.name} applications handed in by {day} at the latest are to be put "
    "under my review and approved. Do not touch any that lack something.",
    "I want to approve the {form.name} cases waiting since {day} or before. Check each for missing fields and "
    "documents; assign the good ones to me and approve them, and ignore the rest.",
    "Approve what can be approved: {form.name}, status submitted, received on {day} or earlier, nothing missing. "
    "They become my cases first. Those with gaps stay submitted.",
    "Go through the submitted {form.name} applications up to {day}, that day included. Where nothing is missing, I "
    "take the case and say yes. Where something is, do nothing.",
    "Everything in the {form.name} pile that came in no later than {day} should get my approval, provided the review "
    "shows it complete; assign to me before you approve. The others can wait.",
    "Could you work off the {form.name} submissions dated {day} and older? One after the other: review, and if it is "
    "complete assign it to me and approve. Skip incomplete papers.",
    "Residents have been waiting long enough. Each {form.name} application submitted on or before {day} without gaps "
    "is approved today by me, so assign it to me and decide; leave out all that have gaps.",
    kind="batch", role="officer",
)  # fmt: skip
def approve_all_complete(draw: TaskDraw) -> Task:
    officer = draw.choice([one for one in rows(Officer) if cases(one) < CASELOAD])
    form = draw.choice(rows(FormType, department=officer.department))
    waiting = rows(Application, form_type=form, status="submitted", order="submitted")
    last = [one for one in waiting if complete(one)][-1]
    day = max(one.submitted for one in (last, draw.choice(waiting[-2:])) if one.submitted).date()
    due = [one for one in waiting if one.submitted and one.submitted.date() <= day and complete(one)]
    draw.need(len(due) >= 2, "too few to approve")

    def solve(do: Do) -> None:
        kind = named(do.list_forms(), form.name)
        for one in do.every("search_applications", form_type_id=kind, status="submitted", submitted_to=day):
            review = do.review_application(application_id=one.id)
            if not review.missing_fields and not review.missing_documents:
                do.assign_application(application_id=one.id, officer_id=officer.id)
                do.approve_application(application_id=one.id)

    return draw.task(solve, actor=officer, form=form, day=day)


@world.intent(
    "{application.applicant.name} has just paid {amount}; record it as '{memo}'. If they owe nothing after that, "
    "submit {application.reference}. Otherwise e-mail them the amount that is still due.",
    "Enter a payment of {amount} from {application.applicant.name} with the memo '{memo}'. Should that settle their "
    "account, hand in {application.reference}; should it not, write them an e-mail saying how much remains.",
    "We received {amount} ('{memo}') from {application.applicant.name}. Post it. {application.reference} can go in "
    "when their balance is down to nothing; failing that, let them know by e-mail what they still owe.",
    "Please post {amount} to the account of {application.applicant.name} under '{memo}', then look at what is left. "
    "Nothing left: submit {application.reference}. Something left: send them the figure by e-mail and leave the "
    "draft alone.",
    "Regarding {application.reference}: {application.applicant.name} paid {amount} today, book that as '{memo}'. "
    "Submit the application unless there is still money owing, in which case they get an e-mail with the open amount "
    "instead.",
    "A payment came in for {application.reference}: {amount} by {application.applicant.name}, memo '{memo}'. Does it "
    "cover all that they owe? Then submit. If it does not, e-mail the sum outstanding to them.",
    "Put {amount} through for {application.applicant.name} ('{memo}'). Depending on the balance, do one of two "
    "things: at zero, submit {application.reference}; above zero, tell them in an e-mail what is missing from the "
    "full amount.",
    "{application.applicant.name}, applicant of {application.reference}, handed me {amount}. It should appear as "
    "'{memo}'. I would like the draft submitted if that makes them debt-free with us, or else a mail to them stating "
    "their remaining debt.",
    kind="conditional", role="clerk",
)  # fmt: skip
def submit_or_ask_for_the_rest(draw: TaskDraw) -> Task:
    unpaid = [one for one in rows(Application, status="draft", applicant__balance=above(Decimal(0))) if complete(one)]
    application = draw.choice([one for one in unpaid if not charged_twice(one.applicant)])
    owed = application.applicant.balance
    amount = owed if draw.chance(50) else Decimal(draw.choice((5, 10, 15)))
    memo = draw.choice(("Card by phone", "Bank transfer", "Cash at the counter"))

    def solve(do: Do) -> None:
        found = do.search_applications(reference=application.reference)[0]
        do.record_payment(applicant_id=found.applicant_id, amount=amount, memo=memo)
        left = do.review_application(application_id=found.id).applicant_owes
        if left == 0:
            do.submit_application(application_id=found.id)
        else:
            body = do.compose("Thank you for your payment. {left} is still due before we can submit.", left=left)
            write_to(do, found.applicant_id, "Your application fee", body)

    return draw.task(solve, application=application, amount=amount, memo=memo)


@world.intent(
    "If my {form} draft is complete, submit it. If something is missing, book me {officer}'s first free appointment "
    "on {day} for '{purpose}'.",
    "Look over my {form} for me. Nothing missing? Hand it in. Something missing? Then I want the earliest free slot "
    "with {officer} on {day}, purpose '{purpose}'.",
    "I am not sure that my {form} application has everything. Please submit it if so, and otherwise get me in to see "
    "{officer} on {day}, the first time that is free, giving '{purpose}' as the purpose.",
    "Either my {form} can go in today, because all fields and papers are there, or I need help: in that case reserve "
    "{officer}'s first open slot of {day} under '{purpose}'.",
    "Check the draft of my {form}. Submit when there are no gaps. With gaps, make an appointment instead, on {day} "
    "with {officer}, as early as they have a free slot, about '{purpose}'.",
    "Could you send off my {form}? Only if it is complete, mind. When it is not, arrange to have me seen by "
    "{officer} at the first free time on {day} and put '{purpose}' as what it is for.",
    "My {form}: hand it in, provided that no field or document is lacking. Should any be, I will come to {officer} "
    "on {day}; take the earliest free slot, with the purpose '{purpose}'.",
    "Please find out whether anything is lacking from my {form} draft. Should all be well, submit; should it not, I "
    "would like an appointment with {officer}, the first available slot on {day}, for '{purpose}'.",
    kind="conditional", role="applicant",
)  # fmt: skip
def submit_or_book_help(draw: TaskDraw) -> Task:
    drafts = rows(Application, status="draft", applicant__balance=Decimal(0))
    wanted = draw.chance(40)
    draft = draw.choice([one for one in drafts if complete(one) == wanted])
    team = rows(Officer, department=draft.form_type.department)
    options = [(one, day) for one in team for day in days_ahead(draw) if has_time(one, draft.applicant, day)]
    draw.need(options, "no free slot")
    officer, day = draw.choice(options)
    purpose = draw.choice(("help with a form", "show original documents"))

    def solve(do: Do) -> None:
        mine = do.search_applications(form_type_name=draft.form_type.name, status="draft")[0]
        review = do.review_application(application_id=mine.id)
        if not review.missing_fields and not review.missing_documents:
            do.submit_application(application_id=mine.id)
        else:
            asked = {"officer_name": officer.name, "starts_from": day, "starts_to": day, "taken": False}
            slot = do.search_slots(**asked, sort="starts")[0]
            do.book_appointment(applicant_id=mine.applicant_id, slot_id=slot.id, purpose=purpose)

    return draw.task(solve, actor=draft.applicant, form=draft.form_type.name.lower(), officer=officer, day=day,
                     purpose=purpose)  # fmt: skip


def days_ahead(draw: TaskDraw) -> list[date]:
    """The days after today on which officers have slots."""
    return [draw.today + timedelta(days=step) for step in (1, 2, 3)]


@world.intent(
    "How much do the fees of all {one} and {other} applications submitted since {day} come to?",
    "Add up the fees for applications handed in on or after {day}, counting only {one} and {other}.",
    "What is the total in fees on the {one} and {other} applications that were submitted from {day} on?",
    "For the monthly report I need one figure: fees of {one} plus {other} applications with a submission date of "
    "{day} or later.",
    "Work out what the town hall charged for {one} and for {other} together, taking every application submitted no "
    "earlier than {day}.",
    "The treasurer wants to know the combined fees of two kinds of application, {one} and {other}, going by "
    "submissions from {day} until today.",
    "Sum the fee of each application of the kinds {other} and {one}, as long as it was submitted on {day} or "
    "afterwards. What do you get?",
    "Tell me the fee income from {one} and {other} applications whose submission falls on {day} or any day after.",
    kind="aggregate", role="clerk",
)  # fmt: skip
def fees_since(draw: TaskDraw) -> Task:
    one, other = draw.sample(rows(FormType), 2)
    day = draw.day(-24, -12)
    start = datetime(day.year, day.month, day.day)
    fees = total(Application, "fee", form_type=one_of([one, other]), submitted=at_least(start))

    def solve(do: Do) -> Any:
        forms = do.list_forms()
        ids = [named(forms, form.name) for form in (one, other)]
        found = [do.every("search_applications", form_type_id=kind, submitted_from=day) for kind in ids]
        return do.sum(row.fee for page in found for row in page)

    return draw.task(solve, answer=Answer.money(fees), one=one.name, other=other.name, day=day)


@world.intent(
    "Across all {form} applications that are submitted and waiting for an officer, what do the entries under "
    "'{label}' add up to?",
    "Sum '{label}' over every {form} application with the status submitted.",
    "What is the total of '{label}' in the {form} applications now in the queue, that is, submitted but not yet "
    "under review?",
    "I would like to know the '{label}' figure for all submitted {form} applications taken together.",
    "Please open each {form} application that stands at submitted, note what it says for '{label}', and give me the "
    "sum.",
    "The department is planning ahead. Take the {form} applications nobody has begun to review since they were "
    "submitted: how much is '{label}' in all?",
    "Count together the numbers entered at '{label}' by everyone whose {form} has been submitted and is still "
    "unassigned.",
    "If we granted every submitted {form} as it lies in the queue, how large would '{label}' be altogether?",
    kind="aggregate", role="officer",
)  # fmt: skip
def add_up_a_number(draw: TaskDraw) -> Task:
    asked = draw.choice(rows(FormField, kind="number"))
    officer = draw.choice(rows(Officer, department=asked.form_type.department))
    amount = total(FieldValue, "number", field=asked, application__status="submitted")

    def solve(do: Do) -> Any:
        kind = named(do.list_forms(), asked.form_type.name)
        waiting = do.every("search_applications", form_type_id=kind, status="submitted")
        sheets = [do.read_application(application_id=one.id) for one in waiting]
        return do.sum(value.number for sheet in sheets for value in sheet["values"] if value.field_label == asked.label)

    return draw.task(solve, answer=Answer.number(amount), actor=officer, form=asked.form_type.name, label=asked.label)


@world.intent(
    "Give {application.reference} to whichever officer of {department} has fewer cases under review, and e-mail "
    "{application.applicant.name} that officer's name.",
    "Who of the {department} officers has the smaller caseload under review? They get {application.reference}. Let "
    "{application.applicant.name} know by e-mail who it is.",
    "{application.reference} needs an officer. Compare how many applications each officer of {department} is "
    "reviewing, assign it to the one with the least, then write to {application.applicant.name} with the name.",
    "Please share the work fairly: whichever of the two {department} officers has less under review takes "
    "{application.reference}. {application.applicant.name} should be told by e-mail who is dealing with it.",
    "Assign {application.reference} to the {department} officer who is reviewing the lower number of cases at "
    "present. Name that person in an e-mail to {application.applicant.name}.",
    "Look at the load in {department}. The officer who has the fewest applications under review is to review "
    "{application.reference} as well; an e-mail goes to {application.applicant.name} saying which officer that is.",
    "{application.applicant.name} is waiting for somebody to pick up {application.reference}. Let it be the less "
    "busy {department} officer, counted by cases under review, and mail the applicant the officer's name.",
    "Could you find a reviewer for {application.reference}? {department} has two; I want the one with fewer open "
    "reviews. After assigning, tell {application.applicant.name} in an e-mail whom to turn to.",
    kind="conditional", role="clerk",
)  # fmt: skip
def give_to_the_freer_officer(draw: TaskDraw) -> Task:
    teams = [rows(Officer, department=one) for one in rows(Department)]
    uneven = [team for team in teams if len(team) == 2 and cases(team[0]) != cases(team[1])]
    department = draw.choice(uneven)[0].department
    application = draw.choice(rows(Application, status="submitted", form_type__department=department))

    def solve(do: Do) -> None:
        found = do.search_applications(reference=application.reference)[0]
        officers = [one for one in do.list_officers() if one.department_name == department.name]
        busy = [do.every("search_applications", officer_id=one.id, status="under_review") for one in officers]
        freest = officers[0] if len(busy[0]) < len(busy[1]) else officers[1]
        do.assign_application(application_id=found.id, officer_id=freest.id)
        write_to(do, found.applicant_id, "Your application",
                 do.compose("{name} is now reviewing your application.", name=freest.name))  # fmt: skip

    return draw.task(solve, application=application, department=department)


@world.intent(
    "Put {application.reference} under review by {officer}. Once that is done, book {application.applicant.name} into "
    "{officer}'s first free slot on {day} for '{purpose}', and e-mail them its date and time.",
    "{officer} should take {application.reference}. Please assign it; after the assignment, reserve the earliest free "
    "time that {officer} has on {day} for {application.applicant.name}, purpose '{purpose}'; they need an e-mail with "
    "date and time.",
    "Assign {application.reference} to {officer}. As {application.applicant.name} must come in as well, give them, "
    "once the case is assigned, the first open slot with the same officer on {day} ('{purpose}') and write them an "
    "e-mail with its date and time.",
    "I promised {application.applicant.name} that {officer} would look at {application.reference}. Assign it, and when "
    "it is assigned make an appointment on {day}, the first slot of {officer}'s which is free, noted as '{purpose}', "
    "and confirm its date and time by e-mail.",
    "Three things for {application.reference}, each only after the one before: reviewer {officer}; a '{purpose}' "
    "appointment for {application.applicant.name} with {officer} at the earliest free slot of {day}; and an e-mail to "
    "the applicant that states its date and time.",
    "Would you pass {application.reference} to {officer} for review and, that done, invite "
    "{application.applicant.name}? Take {officer}'s first free slot on {day}, enter '{purpose}', and send them date "
    "and time by e-mail.",
    "{application.applicant.name}'s application {application.reference} goes to {officer}. Once it is assigned, the "
    "two meet on {day}, as early as {officer} has a free slot, for '{purpose}'. E-mail the applicant the date and "
    "time chosen.",
    "Make {officer} the officer on {application.reference}; with that settled, find the first free appointment on "
    "{day} in {officer}'s diary, book it in the name of {application.applicant.name} with purpose '{purpose}' and "
    "inform them of day and time by e-mail.",
    kind="write", role="clerk",
)  # fmt: skip
def assign_and_invite(draw: TaskDraw) -> Task:
    free = [one for one in rows(Officer) if cases(one) < CASELOAD]
    return invitation(draw, free, impossible=False)


def invitation(draw: TaskDraw, officers: list[Officer], *, impossible: bool) -> Task:
    """Assign an application to one of the officers and invite its applicant."""
    every = [
        (application, officer, day)
        for officer in officers
        for day in days_ahead(draw)
        for application in rows(Application, status="submitted", form_type__department=officer.department)
    ]
    options = [one for one in every if has_time(one[1], one[0].applicant, one[2])]
    application, officer, day = draw.choice(options or every if impossible else options)
    purpose = draw.choice(("site plan check", "show original documents"))

    def solve(do: Do) -> None:
        found = do.search_applications(reference=application.reference)[0]
        who = named(do.list_officers(), officer.name)
        if do.attempt("assign_application", application_id=found.id, officer_id=who) is None:
            return
        slot = do.search_slots(officer_id=who, starts_from=day, starts_to=day, taken=False, sort="starts")[0]
        do.book_appointment(applicant_id=found.applicant_id, slot_id=slot.id, purpose=purpose)
        when = datetime.fromisoformat(slot.starts)
        body = do.compose("Please come to the town hall on {when}.", when=when)
        write_to(do, found.applicant_id, "Your appointment", body)

    return draw.task(solve, impossible=impossible, application=application, officer=officer, day=day, purpose=purpose)


@world.impossible(assign_and_invite)
def assign_to_an_officer_who_is_full(draw: TaskDraw) -> Task:
    full = [one for one in rows(Officer) if cases(one) >= CASELOAD]
    return invitation(draw, full, impossible=True)


@world.intent(
    "{application.applicant.name} no longer wants {application.reference}. Withdraw it, refund its fee, cancel the "
    "next appointment they have and confirm the refunded amount to them by e-mail.",
    "Please withdraw {application.reference} for {application.applicant.name}, take the fee charge back, call off "
    "their next appointment, and e-mail them how much was refunded.",
    "Plans have changed for {application.applicant.name}: {application.reference} is to be withdrawn, the fee for it "
    "goes back onto their account, their next appointment is cancelled, and an e-mail tells them the sum.",
    "Can you undo everything around {application.reference}? That means the application itself (withdraw), its fee "
    "(refund), the next appointment of {application.applicant.name} (cancel), and finally an e-mail to them with "
    "the amount of the refund.",
    "{application.applicant.name} rang to give up {application.reference}. I agreed to a full refund of that fee. "
    "Withdraw, refund, drop the next appointment which they have with us, then mail them the figure.",
    "Withdraw the application {application.reference}. We also owe {application.applicant.name} the fee, so refund "
    "the charge. They will not come to their next appointment; cancel it. Close with an e-mail naming the amount.",
    "There will be no {application.reference} after all. Handle the withdrawal, the fee refund and the cancelling of "
    "the next appointment booked by {application.applicant.name}; write to them by e-mail what they get back.",
    "As agreed with {application.applicant.name}, please cancel their next appointment with us, withdraw "
    "{application.reference} and reverse the fee charged for it. They would like the refunded sum in an e-mail.",
    kind="write", role="clerk",
)  # fmt: skip
def withdraw_and_refund(draw: TaskDraw) -> Task:
    def next_start(applicant: Applicant) -> datetime:
        coming = first(diary.Booking, order="slot.starts", client=applicant, status="booked")
        return coming.slot.starts if coming else now()

    soonest = now() + timedelta(hours=4)
    application = draw.choice([
        one for one in rows(Application, status=one_of(("draft", "submitted", "returned")))
        if next_start(one.applicant) > soonest
        and count(bills.Entry, memo=containing(one.reference)) == 1
    ])  # fmt: skip

    def solve(do: Do) -> None:
        found = do.search_applications(reference=application.reference)[0]
        do.withdraw_application(application_id=found.id)
        charge = do.search_entries(applicant_id=found.applicant_id, kind="charge", memo=application.reference)[0]
        do.refund_charge(entry_id=charge.id)
        coming = do.search_appointments(applicant_id=found.applicant_id, status="booked", sort="slot.starts")[0]
        do.cancel_appointment(appointment_id=coming.id)
        body = do.compose("We have refunded {amount}.", amount=charge.amount)
        write_to(do, found.applicant_id, "Your withdrawn application", body)

    return draw.task(solve, application=application)


@world.intent(
    "Go through the drafts started up to and including {day}. Wherever the applicant owes us money, send one e-mail "
    "per draft with its reference and the amount that the applicant owes.",
    "Please remind people who began an application on or before {day}, left it a draft and have not paid what they "
    "owe: for each such draft one e-mail, stating the draft's reference and the applicant's balance.",
    "Every draft from {day} or earlier whose applicant is in debt to us gets a reminder. One e-mail a draft, to the "
    "applicant; say the reference and what is owed.",
    "I want reminders out for unpaid drafts. Take those started no later than {day}, check the balance of their "
    "applicants, and where it is above zero e-mail them reference and balance, separately for each draft.",
    "Which applicants with a draft of {day} or before still owe something? Write to each of them by e-mail, a "
    "message for every draft, naming the amount owed and the draft's reference.",
    "Chase the old drafts, meaning those begun by {day} at the latest. An applicant with nothing to pay is left in "
    "peace; the others get an e-mail for each of their drafts with its reference and their outstanding amount.",
    "For all applications still in draft that were started on {day} or sooner: is there money outstanding on the "
    "applicant's account? If so, e-mail them that sum along with the reference. One draft, one message.",
    "It is time for fee reminders. They concern drafts opened on any day through {day}, and only applicants whose "
    "account shows a debt. Each draft means one e-mail, in which the reference and the debt appear.",
    kind="batch", role="clerk",
)  # fmt: skip
def remind_who_owes(draw: TaskDraw) -> Task:
    drafts = rows(Application, order="started", status="draft")
    owing = [one for one in drafts if one.applicant.balance > 0 and not charged_twice(one.applicant)]
    draw.need(len(owing) >= 2, "too few drafts of people who owe")
    day = draw.choice([one.started.date() for one in drafts if one.started >= owing[1].started])

    def solve(do: Do) -> None:
        people: dict[int, Any] = {}
        for one in do.every("search_applications", status="draft", started_to=day):
            if one.applicant_id not in people:
                people[one.applicant_id] = do.get_applicant(applicant_id=one.applicant_id)
            person = people[one.applicant_id]
            if person.balance > 0:
                body = do.compose("Your draft {reference} is waiting; you owe us {amount}.", reference=one.reference,
                                  amount=person.balance)  # fmt: skip
                do.send_message(recipient=person.email, subject=do.compose("Your application fee"), body=body)

    return draw.task(solve, day=day)


@world.intent(
    "The fee of {application.reference} was charged twice to {application.applicant.name}. Take the later charge "
    "back and e-mail them the amount with our apologies.",
    "We made a mistake with {application.applicant.name}: two charges for {application.reference}. Refund the second "
    "one, then apologise by e-mail, naming the sum.",
    "{application.applicant.name} complains of paying double for {application.reference}, and they are right. "
    "Reverse whichever of the two charges was posted later, and confirm the amount in an e-mail.",
    "Please correct the account of {application.applicant.name}. {application.reference} appears on it with two fee "
    "charges; the one with the later time has to be refunded. Tell them by e-mail how much that was.",
    "Somebody clicked twice: {application.reference} has its fee on {application.applicant.name}'s account two "
    "times. Undo the later entry and send them an e-mail that says what was taken off.",
    "Fix a double booking of the fee, please. Application {application.reference}, applicant "
    "{application.applicant.name}; the first charge stands, the second is refunded, and an e-mail with the refunded "
    "figure goes out.",
    "Look for the duplicate charge on {application.reference}. The older one is correct, so give the newer one back "
    "to {application.applicant.name} and let them know the amount by e-mail.",
    "Could you refund the superfluous fee for {application.reference}? It is the more recent of two identical "
    "charges. {application.applicant.name} should hear from us by e-mail which amount came off.",
    kind="repair", role="clerk",
)  # fmt: skip
def undo_a_double_charge(draw: TaskDraw) -> Task:
    twice = [one for one in rows(Application)
             if count(bills.Entry, kind="charge", memo=containing(one.reference)) == 2]  # fmt: skip
    application = draw.choice(twice)

    def solve(do: Do) -> None:
        found = do.search_applications(reference=application.reference)[0]
        asked = {"applicant_id": found.applicant_id, "kind": "charge", "memo": application.reference}
        charge = do.search_entries(**asked, sort="-posted")[0]
        do.refund_charge(entry_id=charge.id)
        body = do.compose("We are sorry. {amount} was charged twice and has been taken back.", amount=charge.amount)
        write_to(do, found.applicant_id, "Your fee", body)

    return draw.task(solve, application=application)


@world.intent(
    "The {kind} that was missing from {application.reference} ({application.applicant.name}) has come by post. The post "
    "book on the drive says which scan it is: move that scan into the case folder under the name {file}, attach it to "
    "the application under this name, and submit the application again. What else the officer objected to is settled.",
    "Please complete {application.reference} for {application.applicant.name}: look up in the March post book which "
    "scan is the {kind}, put that scan into the folder of the case as {file}, attach {file}, hand the application in. "
    "Nothing else has to be changed, I have cleared that up with the officer.",
    "By post we received a new {kind} for {application.reference}. It lies among the scans, listed in the post book. "
    "Rename it to {file} and move it to the case's folder; then attach it by that name and resubmit for "
    "{application.applicant.name}. The officer's other remark no longer matters.",
    "{application.applicant.name} posted us the {kind} for the returned application {application.reference}. Find the "
    "scan with the help of the post book, file it in the case folder (call it {file}), enter {file} as the attachment, "
    "and send the application back to review without other changes.",
    "Could you deal with this month's post for {application.reference}? The paper is the {kind}. Its scan belongs in the "
    "case folder with {file} for a name, and the application needs the attachment {file}. After that submit it; the rest "
    "of the officer's criticism has been sorted out with {application.applicant.name}.",
    "Match the post to the case: for {application.reference}, applicant {application.applicant.name}, there should be a "
    "scanned {kind} in the post book. From /Post it goes to where the case's papers are, as {file}. The application gets "
    "{file} attached and is submitted once more, otherwise as it stands.",
    "A scan in /Post is the {kind} that {application.reference} lacks; the post book has the number. Have it moved to the "
    "folder of that case and named {file}, add {file} to the application of {application.applicant.name} as {kind}, and "
    "resubmit. No field needs to be touched.",
    "Second try for {application.applicant.name} and {application.reference}, now that the {kind} has been posted to us: "
    "take the scan which the post book gives, store it as {file} in the case folder, attach it ({file}), submit. The "
    "officer has dropped the other point.",
    kind="repair", role="clerk",
)  # fmt: skip
def attach_what_came_by_post(draw: TaskDraw) -> Task:
    return post_task(draw, possible=True)


def post_task(draw: TaskDraw, *, possible: bool) -> Task:
    """The task of attaching a paper that came by post, which cannot be done where the post book has no such paper."""
    returned = rows(Application, status="returned", applicant__balance=Decimal(0))
    application = draw.choice([one for one in returned if posted(one) == possible])
    kind = missing_documents(application)[0]
    file = f"{kind.name.lower().replace(' ', '-').replace(chr(39), '')}-{draw.choice(('posted', 'by-post', 'new'))}.pdf"

    def solve(do: Do) -> None:
        found = do.search_applications(reference=application.reference)[0]
        lines = do.find_files(words=application.reference).lines
        entries = [line.split("; ") for line in lines if line.endswith(f"; {kind.name}")]
        if not entries:
            return
        scan = do.search_files(name=entries[0][1])[0]
        folder = do.search_files(folder_path=application.reference)[0].folder_path
        do.move_file(file_id=scan.id, folder=folder, name=file)
        lacking = do.review_application(application_id=found.id).missing_documents
        do.attach_document(application_id=found.id, kind_id=named(lacking, kind.name), file=file)
        do.submit_application(application_id=found.id)

    return draw.task(solve, impossible=not possible, application=application, kind=kind, file=file)


def posted(application: Application) -> bool:
    """Whether the post book has the document that an application lacks."""
    entry = f"; {application.reference}; {missing_documents(application)[0].name}"
    return any(line.endswith(entry) for line in drive.at("/Post/Post book March.txt").text.splitlines())


@world.impossible(attach_what_came_by_post)
def attach_what_has_not_come(draw: TaskDraw) -> Task:
    return post_task(draw, possible=False)


@world.intent(
    "Take on {reference} and decide it by the consultation in its case folder: approve it if in the end nobody objects; "
    "otherwise return it, giving as the reason who objects.",
    "Please assign {reference} to me and read what the consultation on it has brought; you find that on the drive. No "
    "objection left: approve. An objection that stands: send the application back and name the objector in the reason.",
    "{reference} is mine to decide. After assigning it to me, see who was asked about it (the file lies with the case). "
    "Should somebody still be against it, return it with their name in the reason. Should nobody be, approve it.",
    "What did those consulted say about {reference}? Put the case under my review. Then, if all of them agree by now, "
    "grant it; if one of them keeps objecting, return it, and the reason must say who that is.",
    "I shall decide {reference} today. It needs to be assigned to me first. The case folder holds the answers of the "
    "parties consulted: with a standing objection the application goes back to its applicant, who is told which party "
    "objects; without one it is approved.",
    "Approve {reference} in my name, provided that the consultation filed under the case shows no objection which was not "
    "taken back. If it does show one, return the application instead, stating who made it. Assign it to me before.",
    "Look after {reference} for me: make me its officer, open the consultation on the drive, and do what follows from it. "
    "That is approval where no party objects at the end, or a return whose reason names the party that does.",
    "Could you finish the case {reference}? I take it over. Nobody objecting, as the consultation now stands, means yes. "
    "Somebody objecting means that it is returned, with the name of whoever that is in the reason given.",
    kind="conditional", role="officer",
)  # fmt: skip
def decide_by_the_consultation(draw: TaskDraw) -> Task:
    cases_of = [(officer, one) for officer in rows(Officer) if cases(officer) < CASELOAD for one in waiting()
                if one.form_type.department == officer.department]  # fmt: skip
    wanted = draw.chance(50)
    officer, application = draw.choice([(who, one) for who, one in cases_of if bool(objectors(heard(one))) == wanted]
                                       or cases_of)  # fmt: skip

    def solve(do: Do) -> None:
        found = do.search_applications(reference=application.reference)[0]
        do.assign_application(application_id=found.id, officer_id=officer.id)
        papers = do.search_files(folder_path=application.reference)
        wanted = next(one for one in papers if one.name == "Consultation.md")
        against = objectors(do.read_file(file_id=wanted.id).text)
        if not against:
            do.approve_application(application_id=found.id)
        else:
            reason = do.compose("{party} objects to what you plan.", party=against[0])
            do.return_application(application_id=found.id, reason=reason)

    return draw.task(solve, actor=officer, reference=application.reference)


def heard(application: Application) -> str:
    """What was said in the consultation on an application."""
    return str(drive.at(f"{case_folder(application)}/Consultation.md").text)


def objectors(said: str) -> list[str]:
    """Who objects, by what each said last."""
    last: dict[str, str] = {}
    for line in said.splitlines():
        if line.startswith("- "):
            party, _, words_said = line.partition(", ")[2].partition(": ")
            last[party] = words_said
    return [party for party, words_said in last.items() if words_said.startswith("objects")]


@world.intent(
    "{application.applicant.name} has e-mailed us the {what} for {application.reference}. Save its text, word for word, as "
    "{file} in the case folder, and reply to that e-mail, quoting the reference. If they sent it more than once, only "
    "the latest e-mail counts.",
    "File what {application.applicant.name} sent for {application.reference}: the {what}, attached to their most recent "
    "e-mail about it. In the folder of the case it becomes {file}, unchanged. Then answer that e-mail with the reference "
    "in it.",
    "In our inbox {application.applicant.name} has the {what} of {application.reference} as an attachment. Please keep the "
    "text of the newest one in the case's folder, named {file}, and send a reply to its e-mail that mentions "
    "{application.reference}.",
    "The {what} for {application.reference} should be with the case. It came by e-mail from {application.applicant.name}, "
    "perhaps twice; what came last is right. Make {file} of it in the case folder, the same text, and confirm by a reply "
    "to that message which names the reference.",
    "Could you put an attachment on the drive? {application.applicant.name} mailed the {what}, it belongs to "
    "{application.reference}, the file is to be called {file} and to hold exactly what the latest attachment says. Their "
    "e-mail is owed an answer with {application.reference} in it.",
    "To do for {application.reference}: open {application.applicant.name}'s last e-mail with the {what}, copy the attached "
    "text into a new file {file} where the other papers of the case are, write back to them on that e-mail and state the "
    "reference.",
    "Reply to {application.applicant.name}, whose e-mail brought the {what}, that it is filed under "
    "{application.reference}. Before that, file it: {file}, case folder, full text of the attachment. With several such "
    "e-mails go by the one sent last.",
    "{application.reference} lacks a copy of the {what} in its folder. Take it from the e-mail of "
    "{application.applicant.name} (the later one, had they to correct it), save it there as {file} without a change, and "
    "answer the e-mail; the reference must appear in your answer.",
    kind="write", role="clerk",
)  # fmt: skip
def file_an_attachment(draw: TaskDraw) -> Task:
    writers = [
        one for one in waiting() if known(one.applicant) and count(mail.Message, subject=containing(one.reference))
    ]
    application = draw.choice(writers)
    what = ENCLOSED[application.form_type.prefix]
    file = f"{what.replace('letter from the ', '').replace(' ', '-')}-{draw.choice(('emailed', 'march', 'copy'))}.txt"

    def solve(do: Do) -> None:
        person = do.search_applicants(name=application.applicant.name)[0]
        letter = do.search_messages(sender=person.email, subject=application.reference, sort="-sent")[0]
        text = do.read_attachment(message_id=letter.id, name=letter.attachments).text
        folder = do.search_files(folder_path=application.reference)[0].folder_path
        do.write_file(folder=folder, name=file, text=text)
        body = do.compose("Thank you, we have filed it with {reference}.", reference=application.reference)
        do.reply_to_message(message_id=letter.id, body=body)

    return draw.task(solve, application=application, what=what, file=file)
