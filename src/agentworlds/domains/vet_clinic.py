"""A neighbourhood veterinary clinic: pets and owners, the diary, visits, vaccinations, medicines, bills, patients' papers."""

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from agentworlds import (
    Answer,
    Do,
    Document,
    Draw,
    Email,
    Money,
    Paragraph,
    PersonName,
    Phone,
    Places,
    Range,
    Row,
    Task,
    TaskDraw,
    Text,
    Word,
    World,
    at_least,
    containing,
    count,
    delete,
    field,
    first,
    insert,
    now,
    other_than,
    refuse,
    rows,
    today,
)  # fmt: skip

world = World("vet_clinic", title="Willow Street Vets", now="2026-03-05 12:50", tick=20, currency="GBP")

CREDIT = Decimal(500)
ADDRESS = "reception@willowvets.example"
PURPOSES = ("booster vaccination", "itchy skin", "limping", "nail clip", "dental check", "weight check",
            "post-operative check", "upset stomach", "medication check", "sore ear")  # fmt: skip
Species = Literal["dog", "cat", "rabbit"]
LETTERS = (
    ("Opening hours at Easter", "Are you open on Easter Saturday? I could not find it on your website."),
    ("Copy of a vaccination card", "The boarding place asks for the vaccination card. Could I have a copy, please?"),
    ("Parking", "Is there anywhere to park close to the surgery? I shall not be able to walk far that day."),
    ("Insurance form", "My insurer needs the history of the last twelve months. Where do they write to?"),
    ("Moving to Spain", "We may move to Spain next year. What would a pet need for that, and how early do we start?"),
    ("Paying by instalments", "Is there a way to spread a larger bill over some months? I ask before it comes to that."),
    ("Lost receipt", "I cannot find the receipt of our last visit. Do you keep copies for the tax year?"),
    ("Evening surgery", "Do you have appointments after six on any day? My shifts end late this spring."),
    ("Bank holiday", "Who do we ring if something happens on the bank holiday weekend?"),
    ("Wheelchair access", "My father will bring the pet next time and uses a wheelchair. Is there a step at your door?"),
    ("Recommendation", "A neighbour is looking for a vet and I have told her about you. Do you take new clients?"),
    ("Left something behind", "I think I left a grey scarf in your waiting room last week. Has anybody handed it in?"),
    ("Weekend away", "Can you recommend somebody in town who looks after pets at their own home for two nights?"),
    ("Old blankets", "We have a bag of clean blankets to give away. Are they of any use to you?"),
    ("School project", "My daughter has to interview somebody about their work. Might one of the nurses have ten minutes?"),
    ("Card reader", "Was the card reader mended? Last time I had to run out for cash."),
    ("Quiet times", "When is your waiting room at its quietest? Ours gets nervous among many animals."),
    ("Thank you to all of you", "Just a line to say thank you for the kind way in which you dealt with us last week."),
    ("Microchip database", "Which database are your microchips registered with? I would like to check our entry."),
    ("Client portal", "The portal asks for a code that never arrives. Is there another way in?"),
    ("Gift voucher", "Do you sell vouchers? My sister will not let me pay her bill any other way."),
    ("Price list", "Could you tell me whether your prices go up in April, as they did last year?"),
    ("Which bus", "Which bus stops nearest to you now that Willow Street is dug up?"),
    ("Talk for beginners", "Are you holding the evening about first aid for pets again this year? I should like to come."),
)  # fmt: skip
FIRMS = (
    ("Clearray Imaging", "service@clearray.example"), ("Clearwater Autoclaves", "service@clearwaterautoclaves.example"),
    ("Pawprint Cleaning", "office@pawprintcleaning.example"), ("Kennelworks", "orders@kennelworks.example"),
    ("Hartley Anaesthetic Machines", "visits@hartleyam.example"), ("Hartley Refrigeration", "jobs@hartleycold.example"),
    ("Vetware Software", "help@vetware.example"), ("Northgate Telecom", "support@northgate.example"),
    ("Millrace Heating", "service@millrace.example"), ("Steel & Tile Flooring", "quotes@steelandtile.example"),
    ("Greenbin Clinical Waste", "collections@greenbin.example"), ("Pennant Locks", "office@pennantlocks.example"),
)  # fmt: skip
JOBS = ("the yearly test of the X-ray machine", "servicing the autoclave", "a new floor in the kennels",
        "recalibrating the scales", "a second lock for the dispensary", "servicing the anaesthetic machine",
        "two more cat cages", "repairing the vaccine fridge")  # fmt: skip
LABORATORY = ("Meadow Diagnostics", "results@meadowdiagnostics.example")

# Tables ------------------------------------------------------------------------------------------------------


@world.table
class Owner(Row):
    name: PersonName
    email: Email = field(unique=True)
    phone: Phone
    balance: Money = field(default=Decimal(0))
    credit_limit: Money = field(default=CREDIT)


@world.table
class Vet(Row):
    name: PersonName
    grade: Literal["partner", "associate", "locum"]
    email: Email = field(unique=True)


@world.table(owner="owner", show=("owner.name",))
class Pet(Row):
    owner: Owner
    name: Word
    species: Species
    breed: Word
    sex: Literal["male", "female", "neutered male", "neutered female"]
    born: date
    weight_kg: Annotated[Decimal, Places(1), Range(0.1, 120)]


world.role("receptionist", about="You are the receptionist of Willow Street Vets.")
world.role("nurse", about="You are a veterinary nurse at Willow Street Vets.")
world.role("owner", Owner, about="You help a pet owner use the client portal of Willow Street Vets.")
STAFF = ("receptionist", "nurse")

bills = world.include("ledger", Account=Owner, staff="receptionist", credit_limit=CREDIT, history=False)
diary = world.include(
    "booking", Client=Pet, Resource=Vet, owner="client.owner", staff=STAFF, purposes=PURPOSES, days=6,
    rename={"Booking": "Appointment", "book_slot": "book_appointment", "move_booking": "move_appointment",
            "cancel_booking": "cancel_appointment", "client": "pet", "resource": "vet", "booking": "appointment"},
)  # fmt: skip
mail = world.include(
    "email", intents=False, Person=Owner, address=ADDRESS, name="Willow Street Vets", staff=STAFF, topics=LETTERS,
    firms=FIRMS, drafts=False, jobs=JOBS,
    without=("mailbox_overview", "read_thread", "export_message", "save_draft", "send_draft", "label_message"),
)  # fmt: skip
drive = world.include(
    "files", intents=False, Person=Owner, staff=STAFF, office=False,
    without=("get_file", "move_file", "copy_file", "delete_file", "restore_file"),
)  # fmt: skip

if TYPE_CHECKING:  # what is used here of the tables that were included

    class Slot(Row):
        resource: Vet
        starts: datetime
        taken: bool

    class Appointment(Row):
        client: Pet
        slot: Slot
        purpose: str
        status: str

    class Entry(Row):
        account: Owner
        amount: Money
        memo: str

    class Message(Row):
        sender: str
        body: str

    class File(Row):
        name: str
        text: str
        changed: datetime
        locked: bool

else:
    Appointment, Slot, Entry, Message, File = diary.Booking, diary.Slot, bills.Entry, mail.Message, drive.File


@world.table
class Treatment(Row):
    name: Word = field(unique=True)
    category: Literal["consultation", "procedure", "laboratory", "imaging", "vaccination"]
    price: Money
    species: Species | None = None
    booster_months: Literal[12, 36] | None = None


@world.table(owner="pet.owner", show=("pet.species", "pet.owner.name"), unique=[("pet", "vaccine")])
class Vaccination(Row):
    pet: Pet
    vaccine: Treatment
    doses: Annotated[int, Range(1, 40)] = 1
    given: date = field(default=today)
    due: date = field(clock=True)


@world.table
class Medicine(Row):
    name: Word = field(unique=True)
    unit: Literal["tablets", "capsules", "bottles", "tubes"]
    unit_price: Money
    stock: Annotated[int, Range(0, 10_000)]
    reorder_level: Annotated[int, Range(0, 10_000)]
    capacity: Annotated[int, Range(1, 10_000)]
    on_order: Annotated[int, Range(0, 10_000)] = 0
    controlled: bool = False


@world.table(
    owner="pet.owner", show=("pet.species", "pet.owner.name"), label="directions", unique=[("pet", "medicine")]
)
class Prescription(Row):
    pet: Pet
    medicine: Medicine
    vet: Vet
    quantity: Annotated[int, Range(1, 300)]
    days: Annotated[int, Range(1, 180)]
    directions: Text
    refills_left: Annotated[int, Range(0, 12)]
    valid_until: date = field(clock=True)
    last_dispensed: date | None = field(default=None, clock=True)


@world.table(owner="pet.owner", show=("pet.owner.name",), label="complaint")
class Visit(Row):
    pet: Pet
    vet: Vet
    held: datetime
    complaint: Text
    notes: Paragraph = field(default="", wording=True)
    status: Literal["open", "charged"] = "open"
    charged: Money | None = None
    appointment: Appointment | None = None


@world.table(owner="visit.pet.owner", show=("treatment.category",))
class VisitItem(Row):
    visit: Visit
    treatment: Treatment
    quantity: Annotated[int, Range(1, 10)] = 1
    price: Money


world.reads(Owner, by=("name", "email", "phone", "balance"), sort=("name", "balance"))
world.reads(Pet, by=("name", "species", "breed", "owner", "owner.name"), sort=("name", "born"))
world.reads(Vaccination, by=("pet", "pet.name", "pet.species", "vaccine.name", "due"), sort=("due",))
world.reads(Medicine, by=("name", "unit", "stock", "on_order", "controlled"), sort=("name", "stock"), roles=STAFF)
world.reads(Visit, by=("pet", "pet.name", "vet", "status", "held"), sort=("held",))

# Tools -------------------------------------------------------------------------------------------------------


@world.query
def list_vets() -> list[Vet]:
    """The vets of the clinic."""
    return rows(Vet, order="name")


@world.query
def price_list(
    category: Literal["consultation", "procedure", "laboratory", "imaging", "vaccination"] | None = None,
) -> list[Treatment]:
    """The price list; a treatment with a species is for that species only.

    Args:
        category: only this part of the list
    """
    return rows(Treatment, order="name", category=category) if category else rows(Treatment, order="name")


@world.query
def prescriptions_of(pet: Pet) -> list[Prescription]:
    """A pet's prescriptions; quantity is what one refill holds, in the medicine's unit."""
    return rows(Prescription, pet=pet)


@world.query
def visit_items(visit: Visit) -> list[VisitItem]:
    """What was done at a visit, each with its price for one."""
    return rows(VisitItem, visit=visit)


@world.tool(idempotent=True)
def change_contact(owner: Owner, email: Email | None = None, phone: Phone | None = None) -> Owner:
    """Change an owner's e-mail address, telephone number or both."""
    if email is None and phone is None:
        refuse("invalid", "There is nothing to change.", hint="give an e-mail address or a telephone number")
    if email is not None and count(Owner, email=email, id=other_than(owner.id)):
        refuse("conflict", "Another owner is registered with that e-mail address.", field="email")
    owner.email = owner.email if email is None else email
    owner.phone = owner.phone if phone is None else phone
    return owner


@world.tool(roles="nurse")
def open_visit(
    appointment: Appointment, weight_kg: Annotated[Decimal, Places(1), Range(0.1, 120)], notes: Paragraph
) -> Visit:
    """Open the visit of an appointment that the pet attended; its purpose becomes the complaint.

    Args:
        weight_kg: what the pet weighs today; its record is brought up to date
        notes: what was found
    """
    if appointment.status != "attended":
        refuse("conflict", f"That appointment is {appointment.status}, not attended.")
    if count(Visit, appointment=appointment):
        refuse("conflict", "That appointment has its visit already.")
    pet = appointment.client
    pet.weight_kg = weight_kg
    return insert(Visit(pet=pet, vet=appointment.slot.resource, held=appointment.slot.starts, notes=notes,
                        complaint=appointment.purpose, appointment=appointment))  # fmt: skip


@world.tool(roles=STAFF)
def add_visit_item(visit: Visit, treatment: Treatment, quantity: Annotated[int, Range(1, 10)] = 1) -> VisitItem:
    """Enter a treatment on an open visit, at the price on the list. Vaccines are entered with give_vaccination."""
    check_open(visit)
    if treatment.category == "vaccination":
        hint = "give_vaccination enters and charges it"
        refuse("invalid", f"{treatment.name} is a vaccine.", hint=hint, field="treatment_id")
    return insert(VisitItem(visit=visit, treatment=treatment, quantity=quantity, price=treatment.price))


@world.tool(roles=STAFF, destructive=True)
def remove_visit_item(item: VisitItem) -> Visit:
    """Take a treatment off an open visit."""
    visit = item.visit
    check_open(visit)
    delete(item)
    return visit


@world.tool(roles=STAFF)
def charge_visit(visit: Visit) -> Visit:
    """Charge everything on an open visit to the owner's account, which closes the visit.

    Nothing is charged that would take what an owner owes over the credit limit of £500.
    """
    check_open(visit)
    amount = sum((item.price * item.quantity for item in rows(VisitItem, visit=visit)), Decimal(0))
    if not amount:
        refuse("conflict", "Nothing is entered on that visit.", hint="add_visit_item enters treatments")
    charge(visit.pet.owner, amount, f"Visit of {visit.pet.name} on {written(visit.held)}")
    visit.status, visit.charged = "charged", amount
    return visit


def charge(owner: Owner, amount: Decimal, memo: str) -> None:
    """Charge an owner, unless they would then owe more than the credit limit."""
    if owner.balance + amount > owner.credit_limit:
        over = f"{owner.name} owes £{owner.balance:.2f}; £{amount:.2f} more would be over the credit limit of £500.00."
        refuse("insufficient", over, hint="the owner has to pay something first, which reception records")
    bills.post(owner, "charge", amount, memo)


def written(day: date) -> str:
    """A day as people write it."""
    return f"{day.day} {day:%B %Y}"


def check_open(visit: Visit) -> None:
    """Refuse to change a visit that is charged."""
    if visit.status != "open":
        refuse("conflict", "That visit has been charged.")


@world.tool(roles="nurse")
def give_vaccination(pet: Pet, vaccine: Treatment) -> Vaccination:
    """Record that a pet was vaccinated today, set the date of the next dose and charge the owner.

    The vaccination certificate in the pet's folder on the drive is written anew.

    Pets are vaccinated from eight weeks of age, at most 30 days before the next dose is due, and while the charge
    leaves what the owner owes within the credit limit of £500.

    Args:
        vaccine: the vaccine's id on the price list
    """
    if vaccine.booster_months is None:
        hint = "price_list(category='vaccination') lists the vaccines"
        refuse("invalid", f"{vaccine.name} is no vaccine.", hint=hint, field="vaccine_id")
    if vaccine.species not in (None, pet.species):
        refuse("invalid", f"{vaccine.name} is licensed for the {vaccine.species} only.", field="vaccine_id")
    if pet.born > today() - timedelta(weeks=8):
        refuse("unavailable", f"{pet.name} is under eight weeks old, too young for a vaccine.")
    card = first(Vaccination, pet=pet, vaccine=vaccine)
    if card is not None and card.due > today() + timedelta(days=30):
        refuse("conflict", f"{pet.name} is covered until {written(card.due)}; a dose is given at most 30 days early.")
    due = years_later(today(), vaccine.booster_months // 12)
    charge(pet.owner, vaccine.price, f"{vaccine.name} for {pet.name}")
    if card is None:
        card = insert(Vaccination(pet=pet, vaccine=vaccine, due=due))
    else:
        card.doses, card.given, card.due = card.doses + 1, today(), due
    certify(pet)
    return card


def certify(pet: Pet) -> File:
    """Put a pet's vaccination certificate on the drive, as its cards stand."""
    jabs = "\n".join(
        f"{card.vaccine.name}: given {written(card.given)}, next due {written(card.due)}"
        for card in rows(Vaccination, pet=pet, order="due")
    )
    text = (f"VACCINATION CERTIFICATE\nWillow Street Vets\n\nPatient: {pet.name}, {pet.species}, {pet.breed}, "
            f"born {written(pet.born)}\nOwner: {pet.owner.name}\n\n{jabs}")  # fmt: skip
    file: File = drive.store(f"{folder_of(pet)}/Vaccination certificate.txt", text)
    return file


def folder_of(pet: Pet) -> str:
    """Where a patient's papers lie."""
    return f"/Patients/{pet.id:03d} {pet.name} {pet.owner.name.split()[-1]}"


@world.tool(roles="nurse")
def record_lab_result(visit: Visit, test: Treatment, report: Document) -> File:
    """File the laboratory's report on a test that was taken at a visit, in the pet's folder on the drive.

    The file is named after the day of the visit and the test, as 2026-02-17 Urinalysis.txt. A report that is there
    already is kept as an earlier version.

    Args:
        test: the test's id on the price list
        report: what the laboratory wrote, word for word
    """
    if test.category != "laboratory":
        hint = "price_list(category='laboratory') lists the tests"
        refuse("invalid", f"{test.name} is no laboratory test.", hint=hint, field="test_id")
    if not count(VisitItem, visit=visit, treatment=test):
        refuse("conflict", f"No {test.name.lower()} was taken at that visit.", hint="visit_items shows what was done")
    file: File = drive.store(f"{folder_of(visit.pet)}/{visit.held.date()} {test.name}.txt", report)
    return file


@world.tool(roles="nurse")
def dispense_refill(prescription: Prescription) -> Prescription:
    """Dispense one refill from stock and charge quantity times unit price to the owner.

    A refill is given at most a week before the last one runs out, and while the charge leaves what the owner owes
    within the credit limit of £500.
    """
    medicine, pet = prescription.medicine, prescription.pet
    if prescription.valid_until < today():
        refuse(
            "unavailable",
            f"That prescription was valid until {written(prescription.valid_until)}.",
            hint="a vet must renew it",
        )
    if prescription.refills_left == 0:
        refuse("limit", "No refills are left on that prescription.", hint="a vet must renew it")
    last = prescription.last_dispensed
    if last is not None and today() < last + timedelta(days=prescription.days - 7):
        due = last + timedelta(days=prescription.days - 7)
        early = f"Too early: dispensed on {written(last)}, the next refill is due from {written(due)}."
        refuse("unavailable", early)
    if medicine.stock < prescription.quantity:
        short = f"{prescription.quantity} {medicine.unit} are needed and {medicine.stock} in stock."
        refuse("insufficient", short, hint="order_stock orders more")
    medicine.stock -= prescription.quantity
    prescription.refills_left -= 1
    prescription.last_dispensed = today()
    charge(pet.owner, medicine.unit_price * prescription.quantity, f"{medicine.name} for {pet.name}")
    return prescription


@world.tool(roles="nurse")
def renew_prescription(prescription: Prescription, refills: Annotated[int, Range(1, 6)]) -> Prescription:
    """Record that the vet renewed a prescription that is used up or out of date, for 180 days from today.

    The pet must have been seen within 180 days; controlled medicines are renewed for one refill at a time.
    """
    if prescription.refills_left and prescription.valid_until >= today():
        refuse("conflict", f"That prescription has {prescription.refills_left} refills left and has not run out.")
    if prescription.medicine.controlled and refills > 1:
        refuse("limit", f"{prescription.medicine.name} is controlled: one refill at a time.", field="refills")
    if not count(Visit, pet=prescription.pet, held=at_least(now() - timedelta(days=180))):
        unseen = f"{prescription.pet.name} has not been seen for 180 days."
        refuse("unavailable", unseen, hint="book a medication check first")
    prescription.refills_left = refills
    prescription.valid_until = today() + timedelta(days=180)
    return prescription


@world.tool(roles="nurse")
def order_stock(medicine: Medicine, quantity: Annotated[int, Range(1, 10_000)]) -> Medicine:
    """Order a medicine from the wholesaler: one open order per medicine, of at most its capacity less its stock.

    Args:
        quantity: how much, in the medicine's unit
    """
    if medicine.on_order:
        refuse("conflict", f"{medicine.on_order} {medicine.unit} of {medicine.name} are on order already.")
    medicine.on_order = quantity
    return medicine


@world.tool(roles="nurse")
def receive_stock(medicine: Medicine, quantity: Annotated[int, Range(1, 10_000)]) -> Medicine:
    """Book a delivery into stock; what did not come stays on order."""
    if quantity > medicine.on_order:
        refuse("conflict", f"{medicine.on_order} {medicine.unit} of {medicine.name} are on order, not {quantity}.")
    medicine.on_order -= quantity
    medicine.stock += quantity
    return medicine


def years_later(day: date, years: int) -> date:
    """The same day so many years on; 28 February where there is no 29th."""
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + years, day=28 if leap_day and (day.year + years) % 4 else day.day)


# Rules -------------------------------------------------------------------------------------------------------


@world.rule(Visit, "conflict", "{row.pet.name} has another visit open.", "charge that visit first")
def one_open_visit(visit: Visit) -> bool:
    return visit.status != "open" or count(Visit, pet=visit.pet, status="open") == 1


@world.rule(VisitItem, "limit", "A visit has one consultation fee.")
def one_consultation_fee(item: VisitItem) -> bool:
    fees = rows(VisitItem, visit=item.visit, treatment__category="consultation")
    return item.treatment.category != "consultation" or sum(fee.quantity for fee in fees) == 1


@world.rule(VisitItem, "invalid", "{row.treatment.name} is for the {row.treatment.species} only.")
def treatment_fits_species(item: VisitItem) -> bool:
    return item.treatment.species in (None, item.visit.pet.species)


@world.rule(Vaccination, "invalid", "{row.vaccine.name} is licensed for the {row.vaccine.species} only.")
def vaccine_fits_species(card: Vaccination) -> bool:
    return card.vaccine.species == card.pet.species


@world.rule(Medicine, "limit", "The shelf holds {row.capacity} {row.unit} of {row.name}, with what is on order.")
def stock_fits_the_shelf(medicine: Medicine) -> bool:
    return medicine.stock + medicine.on_order <= medicine.capacity


# Data --------------------------------------------------------------------------------------------------------

FIRST = ("Sarah", "James", "Priya", "Michael", "Emma", "Oluwaseun", "Catherine", "Daniel", "Aisha", "Thomas",
         "Megan", "Rhys", "Fiona", "Callum", "Yusuf", "Grace", "Hannah", "Peter", "Zoe", "Martin", "Simon")  # fmt: skip
LAST = ("Patel", "Hughes", "Campbell", "Okonkwo", "Wright", "Kowalska", "Ahmed", "Evans", "Fletcher", "Ball",
        "Macdonald", "Reid", "Sharma", "Turner", "Osborne", "Whitfield", "Nguyen", "Doyle", "Price")  # fmt: skip
NAMES = {
    "dog": ("Bella", "Milo", "Alfie", "Luna", "Poppy", "Teddy", "Rosie", "Max", "Charlie", "Daisy", "Buddy"),
    "cat": ("Luna", "Milo", "Bella", "Oscar", "Tilly", "Smudge", "Charlie", "Poppy", "Willow", "Felix"),
    "rabbit": ("Thumper", "Clover", "Poppy", "Biscuit", "Daisy", "Hazel"),
}
MALE = ("Milo", "Alfie", "Teddy", "Max", "Charlie", "Buddy", "Oscar", "Smudge", "Felix", "Thumper", "Biscuit")
BREEDS: dict[str, tuple[tuple[str, float, float], ...]] = {
    "dog": (("Labrador", 24, 36), ("Cocker Spaniel", 11, 16), ("Border Terrier", 5, 8), ("Greyhound", 26, 34),
            ("Cockapoo", 7, 14), ("French Bulldog", 9, 14), ("crossbreed", 8, 30)),
    "cat": (("domestic shorthair", 3.2, 6), ("British Shorthair", 4, 7), ("Maine Coon", 5, 8.5), ("Siamese", 3, 5)),
    "rabbit": (("Netherland Dwarf", 0.9, 1.3), ("Mini Lop", 1.4, 2.2), ("Rex", 2.4, 3.8)),
}  # fmt: skip
VETS = (("Helen Marsh", "partner"), ("Tom Marsden", "associate"), ("Helen Okafor", "partner"), ("Priya Nair", "locum"))
TREATMENTS: tuple[tuple[str, str, str, str | None, int | None], ...] = (
    ("Consultation", "consultation", "46.00", None, None),
    ("Follow-up consultation", "consultation", "32.00", None, None),
    ("Nurse consultation", "consultation", "18.50", None, None),
    ("Nail clip", "procedure", "16.50", None, None),
    ("Anal gland expression", "procedure", "22.00", None, None),
    ("Microchip", "procedure", "24.50", None, None),
    ("Wound dressing", "procedure", "28.00", None, None),
    ("Subcutaneous fluids", "procedure", "34.00", None, None),
    ("Ear flush under sedation", "procedure", "88.00", None, None),
    ("Molar burring", "procedure", "85.00", "rabbit", None),
    ("Dental scale and polish, dog", "procedure", "285.00", "dog", None),
    ("Dental scale and polish, cat", "procedure", "245.00", "cat", None),
    ("Blood profile", "laboratory", "98.00", None, None),
    ("Urinalysis", "laboratory", "36.00", None, None),
    ("Faecal parasite check", "laboratory", "44.00", None, None),
    ("Ear swab cytology", "laboratory", "39.00", None, None),
    ("X-ray, two views", "imaging", "185.00", None, None),
    ("Abdominal ultrasound", "imaging", "165.00", None, None),
    ("DHPPi and lepto booster", "vaccination", "58.00", "dog", 12),
    ("Kennel cough vaccine", "vaccination", "42.50", "dog", 12),
    ("Rabies vaccine", "vaccination", "65.00", "dog", 36),
    ("Cat flu and enteritis booster", "vaccination", "54.00", "cat", 12),
    ("Feline leukaemia vaccine", "vaccination", "39.00", "cat", 36),
    ("Myxo-RHD booster", "vaccination", "52.00", "rabbit", 12),
)
MEDICINES: tuple[tuple[str, str, str, int, int, str, int, str], ...] = (
    ("Meloxicam 1.5 mg/ml suspension", "bottles", "24.60", 4, 20, "dog rabbit", 1, "By weight once a day with food"),
    ("Meloxicam 0.5 mg/ml suspension", "bottles", "17.80", 4, 20, "cat", 1, "By weight once a day with food"),
    ("Carprofen 50 mg tablets", "tablets", "0.62", 80, 400, "dog", 60, "One tablet twice a day"),
    ("Pimobendan 5 mg tablets", "tablets", "1.15", 80, 400, "dog", 60, "One tablet twice a day before food"),
    ("Pimobendan 1.25 mg tablets", "tablets", "0.74", 60, 300, "dog", 60, "One tablet twice a day before food"),
    ("Phenobarbital 60 mg tablets", "tablets", "0.36", 80, 400, "dog", 60, "One tablet every twelve hours"),
    ("Levothyroxine 0.4 mg tablets", "tablets", "0.48", 60, 300, "dog", 60, "One tablet twice a day"),
    ("Prednisolone 5 mg tablets", "tablets", "0.28", 80, 400, "dog cat", 30, "One tablet once a day with food"),
    ("Prednisolone 1 mg tablets", "tablets", "0.19", 60, 300, "cat", 30, "One tablet once a day in the morning"),
    ("Thiamazole 5 mg tablets", "tablets", "0.55", 60, 300, "cat", 30, "Half a tablet twice a day"),
    ("Amlodipine 1.25 mg tablets", "tablets", "0.68", 60, 300, "cat", 30, "One tablet once a day"),
    ("Gabapentin 100 mg capsules", "capsules", "0.52", 60, 300, "cat dog", 30, "One capsule at night"),
    ("Fusidic acid eye gel", "tubes", "19.40", 4, 20, "rabbit dog cat", 1, "One drop in each eye twice a day"),
    ("Chlorhexidine ear cleaner", "bottles", "13.90", 4, 40, "dog cat", 1, "Both ears twice a week"),
)  # fmt: skip
CONTROLLED = ("Phenobarbital 60 mg tablets", "Gabapentin 100 mg capsules")
ELDERLY = {
    "Pimobendan 5 mg tablets": 8, "Pimobendan 1.25 mg tablets": 8, "Levothyroxine 0.4 mg tablets": 5,
    "Carprofen 50 mg tablets": 4, "Thiamazole 5 mg tablets": 9, "Amlodipine 1.25 mg tablets": 9,
    "Gabapentin 100 mg capsules": 5,
}  # fmt: skip
"""From how many years of age a pet has a medicine; the others are for any grown pet."""
WEIGHTS = {"Pimobendan 5 mg tablets": (15, 99), "Pimobendan 1.25 mg tablets": (0, 15),
           "Carprofen 50 mg tablets": (10, 99), "Phenobarbital 60 mg tablets": (10, 99)}  # fmt: skip
"""For which weights in kilograms a tablet is made."""
NOTES: dict[str, tuple[str, ...]] = {
    "booster vaccination": ("Bright and alert, chest clear, gums pink", "Well in itself, heart rate normal"),
    "itchy skin": ("Coat dull, no fleas seen, red patches on the belly", "Flea dirt along the back, skin sore"),
    "limping": ("Slight limp on the near fore, no heat", "Stiff behind after rest, hips move freely"),
    "nail clip": ("All nails long, dew claws curling", "Nails overgrown on the hind feet, pads fine"),
    "dental check": ("Early tartar on the upper premolars", "Gums a little red, no loose teeth"),
    "weight check": ("Weight up a little, ribs hard to feel", "Good condition, keep to the present diet"),
    "post-operative check": ("Scar healed well, stitches out", "Wound dry and clean, collar off from Sunday"),
    "upset stomach": ("Abdomen soft, temperature 38.6", "Loose stools for two days, drinking well"),
    "medication check": ("Does well on the present dose, heart rate normal", "No side effects seen, appetite good"),
    "sore ear": ("Both ears red, wax on the left side only", "Right ear warm, shakes the head often"),
}
DONE: dict[str, tuple[str, ...]] = {
    "booster vaccination": (),
    "itchy skin": ("Blood profile", "Faecal parasite check"),
    "limping": ("X-ray, two views",),
    "nail clip": ("Nail clip",),
    "dental check": ("Blood profile",),
    "weight check": ("Urinalysis",),
    "post-operative check": ("Wound dressing",),
    "upset stomach": ("Faecal parasite check", "Subcutaneous fluids"),
    "medication check": ("Blood profile", "Urinalysis"),
    "sore ear": ("Ear swab cytology",),
}
"""What is found and what is done at a visit, by why the pet came."""
CHEAP = ("booster vaccination", "nail clip", "weight check", "post-operative check", "upset stomach", "sore ear")
NUMBERS = (
    ("New phone number", "We have a new telephone number: {number}. The old one stops working on Friday."),
    ("Change of telephone", "I have changed provider and can now be reached on {number}. The old line is cut off."),
    ("My mobile went through the wash", "So there is a new one, and with it a new number: {number}."),
    ("Contact details", "Could you update our contact details? The phone is {number} now; this address stays."),
    ("Ringing me about {pet}", "From now on please ring {number} about {pet}. What you have is my old job's number."),
    ("Please note", "Just to let you know that my telephone number is {number} as of this week."),
    ("Your text went astray", "A text of yours about {pet} went to a number I gave up. The right one is {number}."),
)


@world.data
def catalogue(draw: Draw) -> None:
    """The vets, the price list and the dispensary, whose shelves are partly low."""
    for name, grade in VETS:
        draw.new(Vet, name=name, grade=grade, email=f"{name.lower().replace(' ', '.')}@willowvets.example")
    for name, category, price, species, months in TREATMENTS:
        draw.new(Treatment, name=name, category=category, price=Decimal(price), species=species, booster_months=months)
    low = draw.sample(range(len(MEDICINES)), 7)
    for position, (name, unit, unit_price, reorder, capacity, *_) in enumerate(MEDICINES):
        stock = draw.integer(0, reorder // 2) if position in low else draw.integer(reorder + 1, capacity * 3 // 4)
        coming = capacity // 2 if position in low[:2] else 0
        draw.new(Medicine, name=name, unit=unit, unit_price=Decimal(unit_price), stock=stock, reorder_level=reorder,
                 capacity=capacity, on_order=coming, controlled=name in CONTROLLED)  # fmt: skip


@world.data
def clients(draw: Draw) -> None:
    """Owners and their pets, with vaccination cards and repeat prescriptions."""
    for number in draw.many(24):
        owner = draw.new(Owner, name=f"{draw.choice(FIRST)} {draw.choice(LAST)}")
        for _ in range(draw.integer(1, 2) + (number % 4 == 0)):
            species: Species = draw.choice(("dog", "dog", "cat", "cat", "rabbit"))
            name = draw.skewed([n for n in NAMES[species] if not count(Pet, owner=owner, name=n)])
            new_pet(draw, owner, species, name, infant=number % 8 == 5)
    adults = [pet for pet in rows(Pet) if is_adult(pet)]
    for pet in adults:
        for vaccine in rows(Treatment, category="vaccination", species=pet.species):
            if draw.chance(95 if vaccine.booster_months == 12 and "booster" in vaccine.name else 25):
                latest = -300 if vaccine.booster_months == 12 and draw.chance(70) else -20
                given = draw.day(-385 if vaccine.booster_months == 12 else -900, latest)
                given = max(given, pet.born + timedelta(weeks=9))
                draw.new(Vaccination, pet=pet, vaccine=vaccine, doses=draw.integer(1, 6), given=given,
                         due=years_later(given, (vaccine.booster_months or 12) // 12))  # fmt: skip
    for _ in draw.many(30):
        pet = draw.choice(adults)
        name, _, _, _, _, _, quantity, directions = draw.choice([m for m in MEDICINES if suits(pet, m[0], m[5])])
        medicine = rows(Medicine, name=name)[0]
        if not count(Prescription, pet=pet, medicine=medicine):
            draw.new(Prescription, pet=pet, medicine=medicine, vet=draw.pick(Vet), quantity=quantity, days=30,
                     directions=directions, valid_until=draw.day(-10, 160),
                     refills_left=draw.choice((0, 0, 1) if medicine.controlled else (0, 1, 2, 3, 5)),
                     last_dispensed=None if draw.chance(15) else draw.day(-70, -14))  # fmt: skip
    scripts = [script for script in rows(Prescription) if known(script.pet)]
    if not any(script.medicine.stock < script.quantity for script in scripts):
        script = draw.choice(scripts)
        script.medicine.stock = script.quantity - 1


def suits(pet: Pet, medicine: str, species: str) -> bool:
    """Whether a medicine is one for a pet's species, age and weight."""
    light, heavy = WEIGHTS.get(medicine, (0, 99))
    grown = pet.born <= today() - timedelta(days=365 * ELDERLY.get(medicine, 0))
    return pet.species in species and grown and light <= pet.weight_kg < heavy


def new_pet(draw: Draw, owner: Owner, species: Species, name: str, *, infant: bool) -> None:
    """A pet of an owner, grown up or a few weeks old."""
    breed, low, high = draw.choice(BREEDS[species])
    sex = "male" if name in MALE else "female"
    draw.new(Pet, owner=owner, name=name, species=species, breed=breed, sex=sex if infant else f"neutered {sex}",
             born=draw.day(-50, -30) if infant else draw.day(-4400, -200),
             weight_kg=draw.money(low / 5, high / 5, "0.1") if infant else draw.money(low, high, "0.1"))  # fmt: skip


@world.data
def history(draw: Draw) -> None:
    """Visits of the last months with what was charged and paid, some charged twice; letters about new numbers."""
    adults = [pet for pet in rows(Pet) if is_adult(pet)]
    for number in draw.many(26):
        still_open, twice = number % 4 == 0, number % 8 == 1
        held = draw.moment(-3, -1) if still_open else on_weekday(draw.moment(-170, -5))
        near = {visit.pet for visit in rows(Visit) if visit.status == "open" or abs(visit.held - held).days < 12}
        fitting = [pet for pet in adults if pet not in near]
        if twice:
            fitting = [pet for pet in fitting if known(pet) and pet.owner.balance < 120]
        pet, complaint = draw.choice(fitting), draw.choice(CHEAP if twice else PURPOSES)
        visit = draw.new(Visit, pet=pet, vet=draw.pick(Vet), held=held, complaint=complaint,
                         notes=draw.choice(NOTES[complaint]), charged=None)  # fmt: skip
        fee = "Follow-up consultation" if complaint in ("post-operative check", "medication check") else "Consultation"
        for name in (fee, *draw.sample(DONE[complaint], draw.integer(0, len(DONE[complaint])))):
            treatment = rows(Treatment, name=name)[0]
            draw.new(VisitItem, visit=visit, treatment=treatment, price=treatment.price, quantity=1)
        if not still_open:
            settle(draw, visit, twice=twice)
    named = [visit for visit in rows(Visit, status="open") if known(visit.pet)]
    draw.need(len(named) > 1, "the laboratory has to write about two pets at least that can be named")
    for owner in draw.sample(rows(Owner, balance=Decimal(0)), 2 * draw.scale):
        debt = bills.post(owner, "charge", draw.money(450, 490, "5"), "Cruciate ligament surgery, after insurance")
        debt.posted = draw.moment(-40, -20)
    writers = draw.sample(known_owners(), min(7 * draw.scale, len(known_owners())))
    for number, owner in enumerate(writers):
        subject, body = NUMBERS[number % len(NUMBERS)]
        facts = {"pet": rows(Pet, owner=owner)[0].name, "number": draw.text("phone")}
        draw.new(Message, folder="inbox", sender=owner.email, recipient=ADDRESS, subject=subject.format(**facts),
                 body=f"{body.format(**facts)}\n\n{owner.name}", sent=draw.moment(-4, -1), read=draw.chance(30),
                 answers=None)  # fmt: skip
    owner = draw.pick(Owner)
    body = f"Please pass on my thanks to the nurse who rang me back on Friday.\n\n{owner.name}"
    draw.new(Message, folder="archive", sender=owner.email, recipient=ADDRESS, subject="For the nurse", body=body,
             sent=draw.moment(-13, -9), read=True, answers=None)  # fmt: skip


ANALYTES: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "Blood profile": (("ALT", "U/l", "10", "100"), ("Creatinine", "µmol/l", "40", "140"),
                      ("Glucose", "mmol/l", "3.5", "6.5"), ("Urea", "mmol/l", "2.5", "9.6")),
    "Urinalysis": (("Protein", "g/l", "0.1", "0.4"), ("pH", "", "5.5", "7.5"), ("White cells", "per field", "1", "5")),
    "Faecal parasite check": (("Roundworm eggs", "per gram", "1", "40"), ("Coccidia", "per gram", "1", "20")),
    "Ear swab cytology": (("Yeast cells", "per field", "1", "4"), ("Cocci", "per field", "1", "9")),
}  # fmt: skip
"""What a test measures, in which unit, and what is normal."""
PAPERS = (
    ("/Read me.md", "# The practice's drive\n\nA patient's papers lie in /Patients, in a folder with the patient's number, name and "
     "surname: /Patients/012 Bella Evans.\nLaboratory reports begin with the day of the visit. What lies above the normal range is "
     "marked HIGH in them.\nSigned consent forms are scanned and **locked**.\nPrices that are not in force yet stand in /Practice, "
     "and a draft is a draft.", 240, True),
    ("/Practice/Out-of-hours rota February.txt", "7 and 8 February: Helen Marsh\n14 and 15 February: Tom Marsden\n"
     "21 and 22 February: Helen Okafor\n28 February and 1 March: Helen Marsh", 38, False),
    ("/Practice/Out-of-hours rota March.txt", "7 and 8 March: Helen Okafor\n14 and 15 March: Helen Marsh\n"
     "21 and 22 March: Tom Marsden\n28 and 29 March: Helen Okafor", 9, False),
    ("/Practice/Sending samples.md", "# Sending samples\n\nBlood: spun within the hour, red top.\nUrine: the same day, never by post on a "
     "Friday.\nThe laboratory e-mails a preliminary report first where a value has to be run again. Only the final one is filed.", 120, False),
    ("/Practice/Evening on first aid.md", "# Evening on first aid\n\nAbout thirty chairs fit into the waiting room.\nBandaging: the nurses. "
     "Poisons and what to bring along: Helen Okafor.", 21, False),
    ("/Forms/Consent to an operation.md", "# Consent to an operation\n\nI have been told what is to be done, why, and what the risk of the "
     "anaesthetic is.\n\nPatient: ______\nOperation: ______\nTelephone on the day: ______\nSigned: ______", 410, True),
    ("/Forms/Insurance claim.md", "# Insurance claim\n\nPolicy: ______\nPatient: ______\nFirst noticed on: ______\n\nThe history of the last "
     "twelve months is to be added.", 300, False),
    ("/Forms/Travel to Spain.md", "# Travel to Spain\n\n1. Microchip, before anything else.\n2. Rabies vaccine, from twelve weeks of age.\n"
     "3. Wait 21 days.\n4. Health certificate, at most ten days before leaving.", 64, False),
)  # fmt: skip
"""What the practice keeps for itself: path, text, how many days ago it changed, and whether it is locked."""


@world.data
def practice_papers(draw: Draw) -> None:
    """The practice's own papers, among them the prices of April in a draft, an earlier version and the last."""
    drive.find_folder("/", new=True)
    for path, text, days, locked in PAPERS:
        put(draw, path, text, days).locked = locked
    for name, days, percent in (("Price list from 1 April (draft)", 30, 9), ("Price list from 1 April", 16, 7),
                                ("Price list from 1 April", 6, 5)):  # fmt: skip
        lines = [f"{one.name}: {raised(one.price, percent + draw.integer(0, 2)):.2f}" for one in rows(Treatment)]
        put(draw, f"/Practice/{name}.txt", "\n".join(lines), days)


def raised(price: Decimal, percent: int) -> Decimal:
    """A price so many percent dearer, to the half pound above."""
    return (price * (100 + percent) / 50).to_integral_value(ROUND_CEILING) / 2


def put(draw: Draw, path: str, text: str, days: int) -> File:
    """A file as it was saved so many days ago; what was there before becomes an earlier version."""
    file: File = drive.store(path, text)
    file.changed = draw.moment(-days, -days)
    return file


@world.data
def patients_papers(draw: Draw) -> None:
    """Reports on the tests of past visits, some older ones, certificates, and consents that owners signed."""
    done = rows(VisitItem, treatment__category="laboratory", visit__status="charged", order="-visit.held")
    for number, item in enumerate(done[: 12 * draw.scale]):
        visit = item.visit
        report = lab_report(draw, visit.pet, item.treatment, visit.held.date(), high=number % 2 == 0)
        path = f"{folder_of(visit.pet)}/{visit.held.date()} {item.treatment.name}.txt"
        put(draw, path, report, max((draw.today - visit.held.date()).days - 2, 1))
        if number % 3 == 0:
            day = visit.held.date() - timedelta(days=draw.integer(200, 380))
            if day > visit.pet.born:
                report = lab_report(draw, visit.pet, item.treatment, day, high=number % 2 == 1)
                put(draw, f"{folder_of(visit.pet)}/{day} {item.treatment.name}.txt", report, (draw.today - day).days)
    for number, pet in enumerate(draw.sample([p for p in rows(Pet) if count(Vaccination, pet=p)], 6 * draw.scale)):
        certify(pet).changed = draw.moment(-90, -20)
        if number % 2 == 0:
            certificate = drive.at(f"{folder_of(pet)}/Vaccination certificate.txt")
            insert(drive.FileShare(file=certificate, person=pet.owner, access="view"))
    for pet in draw.sample([pet for pet in rows(Pet) if is_adult(pet)], 3 * draw.scale):
        born = datetime(pet.born.year, pet.born.month, pet.born.day, 9)
        signed = on_weekday(born + timedelta(days=draw.integer(185, 195)))
        insert(drive.File(folder=drive.find_folder(folder_of(pet), new=True), media_type="application/pdf",
                          name=f"{signed.date()} Consent to neutering, signed.pdf", owner=pet.owner, locked=True,
                          size=draw.integer(180_000, 900_000), changed=signed))  # fmt: skip
    draw.need(latest_reports(), "no report on a pet that can be named")


def lab_report(draw: Draw, pet: Pet, test: Treatment, day: date, *, high: bool) -> str:
    """What the laboratory writes about a test; one value is too high where that is asked for."""
    too_high = draw.choice(ANALYTES[test.name]) if high else None
    lines = []
    for analyte in ANALYTES[test.name]:
        name, unit, low, top = analyte
        step, most = "0.1" if "." in low else "1", float(top)
        value = (
            draw.money(most * 1.15 + 0.1, most * 1.8, step)
            if analyte == too_high
            else draw.money(float(low), most, step)
        )
        measured = f"{value} {unit}".rstrip()
        lines.append(f"{name}: {measured} (normal {low} to {top}){' HIGH' if value > Decimal(top) else ''}")
    head = f"{LABORATORY[0].upper()}\n\nPatient: {pet.name}, {pet.species}\nOwner: {pet.owner.name}\nTest: {test.name}"
    return "\n".join([f"{head}\nSample taken: {written(day)}", "", *lines])


@world.data
def laboratory_mail(draw: Draw) -> None:
    """Reports on the tests of open visits that the laboratory has e-mailed, final ones and preliminary ones."""
    waiting = [visit for visit in rows(Visit, status="open", order="held") if known(visit.pet)]
    few = max(len(waiting) * 2 // 3, 1)
    for number, visit in enumerate(waiting):
        test = test_at(visit) or rows(Treatment, name=fitting_test(visit.complaint))[0]
        if test_at(visit) is None:
            draw.new(VisitItem, visit=visit, treatment=test, price=test.price, quantity=1)
        report = lab_report(draw, visit.pet, test, visit.held.date(), high=draw.chance(50))
        pending = re.sub(r"^.*\(normal.*$", lambda line: f"{line[0].partition(':')[0]}: to follow", report, flags=re.M)
        if number % 2 == 1 or number >= few:
            send_report(draw, visit, test, "preliminary", pending)
        if number < few:
            send_report(draw, visit, test, "final", report)


def fitting_test(complaint: str) -> str:
    """The laboratory test that a complaint calls for."""
    return next((name for name in DONE[complaint] if name in ANALYTES), "Blood profile")


def test_at(visit: Visit) -> Treatment | None:
    """The laboratory test that was taken at a visit."""
    item = first(VisitItem, visit=visit, treatment__category="laboratory")
    return item.treatment if item else None


def send_report(draw: Draw, visit: Visit, test: Treatment, state: str, report: str) -> None:
    """An e-mail with a report from the laboratory: a preliminary one in the morning after the visit, a final one today."""
    ends = " The final report will follow." if state == "preliminary" else ""
    body = (f"Attached is our {state} report on {visit.pet.name}, owner {visit.pet.owner.name}: {test.name.lower()}, "
            f"sample taken on {written(visit.held)}.{ends}\n\n{LABORATORY[0]}")  # fmt: skip
    early = state == "preliminary"
    sent = draw.moment(0, 0, (7, 9) if early else (10, 12))
    letter = mail.deliver(LABORATORY[1], f"{state.capitalize()} report: {visit.pet.name}", body, sent=sent, read=early)
    mail.attach(letter, f"{state}-{visit.pet.name.lower()}-{draw.integer(40_000, 99_000)}.txt", report)


def is_adult(pet: Pet) -> bool:
    """Whether a pet is no infant any more."""
    return pet.born < today() - timedelta(days=150)


def on_weekday(moment: datetime) -> datetime:
    """The moment, or the same time on the Friday before a weekend."""
    return moment - timedelta(days=max(moment.weekday() - 4, 0))


def settle(draw: Draw, visit: Visit, *, twice: bool) -> None:
    """Charge a visit of the past; a charge entered twice was not paid yet, nor was what was sold with it."""
    visit.status = "charged"
    visit.charged = sum((item.price for item in rows(VisitItem, visit=visit)), Decimal(0))
    memo = f"Visit of {visit.pet.name} on {written(visit.held)}"
    for copy in range(1 + twice):
        entry = bills.post(visit.pet.owner, "charge", visit.charged, memo)
        entry.posted = visit.held + timedelta(minutes=40 + 6 * copy)
    if twice:
        sold = bills.post(visit.pet.owner, "charge", draw.money(9, 28, "0.50"), f"Flea treatment for {visit.pet.name}")
        sold.posted = visit.held + timedelta(minutes=43)
    if not twice and draw.chance(45 if visit.pet.owner.balance < 300 else 100):
        paid = bills.post(visit.pet.owner, "payment", visit.charged, "Card payment")
        paid.posted = visit.held + timedelta(minutes=45)


# Tasks -------------------------------------------------------------------------------------------------------


def known(pet: Pet) -> bool:
    """Whether a pet's name and its owner's name lead to one pet."""
    namesakes = count(Pet, owner=pet.owner, name=containing(pet.name))
    return namesakes == 1 and count(Owner, name=containing(pet.owner.name)) == 1


def known_pets() -> list[Pet]:
    """The pets that people can name without a mistake."""
    return [pet for pet in rows(Pet) if known(pet)]


def known_owners() -> list[Owner]:
    """The owners whose names nobody shares."""
    return [owner for owner in rows(Owner) if count(Owner, name=containing(owner.name)) == 1]


def is_free(pet: Pet, slot: Slot) -> bool:
    """Whether a pet has no appointment at a slot's time."""
    return not count(Appointment, client=pet, status="booked", slot__starts=slot.starts)


def open_slots(vet: Vet, since: datetime, until: datetime) -> list[Slot]:
    """A vet's free slots in a time, the earliest first."""
    return [slot for slot in rows(Slot, resource=vet, taken=False, order="starts") if since <= slot.starts <= until]


def coming(after: date) -> list[Appointment]:
    """The booked appointments of the days after one."""
    return [a for a in rows(Appointment, status="booked", order="slot.starts") if a.slot.starts.date() > after]


def the_appointment(do: Do, pet: int, status: str, when: datetime | date) -> Any:
    """A pet's only appointment on a day or at a time."""
    return do.search_appointments(pet_id=pet, status=status, slot_starts_from=when, slot_starts_to=when)[0]


def end_of(day: datetime | date) -> datetime:
    """The last moment of a day."""
    return datetime(day.year, day.month, day.day, 23, 59)


@world.intent(
    "Book {owner}'s {pet.species} {pet} in with {vet} (purpose: \"{purpose}\"). Take the first free slot from {start} "
    "on, that day only, and e-mail {owner} the date and time.",
    "{owner} rang: {vet} should see {pet}, the {pet.species}, as early as possible from {start} on but still that "
    "day. Enter \"{purpose}\" as the purpose and confirm date and time to {owner} by e-mail.",
    "Please find the earliest opening {vet} has from {start} onwards (no other day will do), take it for {pet}, the "
    "{pet.species} of {owner}, purpose \"{purpose}\", and send {owner} an e-mail with the date and the time.",
    "New appointment: patient {pet} ({pet.species}), client {owner}, vet {vet}, purpose \"{purpose}\". Not before "
    "{start}, the sooner after it the better, and it has to be that day. The client gets the day and time by e-mail.",
    "Can you get {pet} in to see {vet}? It is {owner}'s {pet.species} and the purpose is \"{purpose}\". They need the "
    "first gap from {start} on, that day and no other. E-mail {owner} the date and time you booked.",
    "{vet} has agreed to see {owner}'s {pet.species} called {pet}: {start}, or the next free slot after it that day. "
    "Book it as \"{purpose}\" and write to {owner} with the date and time.",
    "{owner} is free from {start} until the end of that day and insists on {vet}. Give their {pet.species} {pet} the "
    "first slot that is open, noted as \"{purpose}\", and mail them its date and time.",
    "For {owner}: {pet} (a {pet.species}) to see {vet}; the diary should say \"{purpose}\". Take whichever free slot "
    "comes first from {start}, on that day, then let them know the date and the time by e-mail.",
    kind="write", role="receptionist",
)  # fmt: skip
def book_the_first_slot(draw: TaskDraw) -> Task:
    slot = draw.choice([slot for slot in rows(Slot, taken=False) if slot.starts.date() > draw.today])
    start = slot.starts.replace(hour=draw.integer(9, slot.starts.hour), minute=0)
    vet = slot.resource
    got = open_slots(vet, start, end_of(start))[0]
    pet = draw.choice([p for p in known_pets() if is_free(p, got)])
    return booking_task(draw, pet, vet, start, possible=True)


def booking_task(draw: TaskDraw, pet: Pet, vet: Vet, start: datetime, *, possible: bool) -> Task:
    """The task of booking a pet's first slot with a vet, which finds none where it is impossible."""
    purpose = draw.choice(PURPOSES)

    def solve(do: Do) -> None:
        person = do.search_owners(name=pet.owner.name)[0]
        patient = do.search_pets(owner_id=person.id, name=pet.name)[0]
        doctor = next(one for one in do.list_vets() if one.name == vet.name)
        slots = do.search_slots(vet_id=doctor.id, taken=False, starts_from=start, starts_to=start.date(), sort="starts")
        if len(slots) == 0:
            return
        do.book_appointment(pet_id=patient.id, slot_id=slots[0].id, purpose=purpose)
        when = datetime.fromisoformat(slots[0].starts)
        body = do.compose("We look forward to seeing you on {when}. Willow Street Vets", when=when)
        do.send_message(recipient=person.email, subject=do.compose("Your appointment"), body=body)

    return draw.task(solve, impossible=not possible, pet=pet, owner=pet.owner, vet=vet, start=start, purpose=purpose)


@world.impossible(book_the_first_slot)
def book_on_a_full_day(draw: TaskDraw) -> Task:
    def full(hours: int) -> list[tuple[Vet, datetime]]:
        """So many hours after the full hour of a slot to come, where its vet has none left on that day."""
        times = [(slot.resource, slot.starts.replace(minute=0) + timedelta(hours=hours))
                 for slot in rows(Slot, order="starts") if slot.starts.date() > draw.today]  # fmt: skip
        return [(vet, start) for vet, start in times if not open_slots(vet, start, end_of(start))]

    vet, start = draw.choice(full(0) or full(1))
    return booking_task(draw, draw.choice(known_pets()), vet, start, possible=False)


@world.intent(
    "{owner} cannot bring {pet} on {day}. Move the appointment to the first free slot of the same vet on a later day "
    "and e-mail them the new date and time.",
    "Please put off {pet}'s appointment of {day} ({owner}'s pet): move it to the earliest opening that the same vet "
    "has on any day after that one. Afterwards {owner} should have the new date and time in an e-mail.",
    "A change for {owner}: the appointment booked for {pet} on {day} has to move to a later day. Keep the vet, pick "
    "the next available slot, confirm it by e-mail with day and time.",
    "Something came up for {owner} on {day}, so {pet} needs another day, as soon after as the vet they were to see "
    "has a gap. Move the appointment they have and mail them the new date and time.",
    "Could you move the {day} appointment of {pet} (owner {owner}) back? Not the same day; otherwise the soonest the "
    "same vet can do. Send the owner the new day and time by e-mail.",
    "{pet} was to come on {day}, but {owner} has no car. Take the same vet's first opening from the following day on, "
    "move the booking there, and write an e-mail to {owner} with the new date and time.",
    "Reschedule: client {owner}, patient {pet}, currently {day}. Move the existing appointment to the earliest slot "
    "that vet has free after that day. E-mail the new date and time to the client.",
    "I promised {owner} we would find {pet} a later day than {day} with the vet they already have. Give them the "
    "first that is free, move the appointment, and tell them the date and time by e-mail.",
    kind="write", role="receptionist",
)  # fmt: skip
def move_to_a_later_day(draw: TaskDraw) -> Task:
    fitting = []
    for appointment in coming(draw.today):
        pet, slot = appointment.client, appointment.slot
        same_day = [a for a in coming(draw.today) if a.client == pet and a.slot.starts.date() == slot.starts.date()]
        later = open_slots(slot.resource, end_of(slot.starts), datetime(2027, 1, 1))
        if known(pet) and len(same_day) == 1 and later and is_free(pet, later[0]):
            fitting.append((pet, slot.starts.date()))
    pet, day = draw.choice(fitting)

    def solve(do: Do) -> None:
        person = do.search_owners(name=pet.owner.name)[0]
        patient = do.search_pets(owner_id=person.id, name=pet.name)[0]
        planned = the_appointment(do, patient.id, "booked", day)
        slot = do.get_slot(slot_id=planned.slot_id)
        later = do.search_slots(vet_id=slot.vet_id, taken=False, starts_from=do.shift(day, days=1), sort="starts")[0]
        do.move_appointment(appointment_id=planned.id, slot_id=later.id)
        when = datetime.fromisoformat(later.starts)
        body = do.compose("Your appointment is now on {when}. Willow Street Vets", when=when)
        do.send_message(recipient=person.email, subject=do.compose("Your new appointment"), body=body)

    return draw.task(solve, pet=pet, owner=pet.owner, day=day)


@world.intent(
    "Send vaccination reminders for our {animals}: one e-mail to the owner for every vaccination that is overdue or "
    "falls due by {until}, giving the pet's name, the vaccine and the date it is due.",
    "It is reminder day. Go through the {animals} whose vaccinations are due on or before {until}, overdue ones "
    "included, and write to each owner, a separate e-mail per vaccination, with the name of the pet, which vaccine it "
    "is and its due date.",
    "Which {animals} need a jab by {until}, or should have had it already? Their owners each get an e-mail for every "
    "such vaccination, naming pet, vaccine and due date.",
    "Please mail the owners of all {animals} with a vaccination due up to and including {until} (anything already "
    "late counts too). One message per vaccination: pet, vaccine, date due.",
    "Before the next clinic, remind the owners of the {animals} that have a vaccine due no later than {until}, late "
    "ones as well. It takes an e-mail for each vaccine, stating the pet, the vaccine and when it is due.",
    "Vaccination recall, {animals} only, everything due to {until} and all that is overdue: e-mail the owner once per "
    "vaccine due with the pet's name, the vaccine's name and the due date.",
    "We are behind with recalls. For {animals}, take all vaccinations with a due date of {until} or earlier and send "
    "their owners an e-mail about each one; it must say which pet, which vaccine and what date.",
    "Write reminder e-mails, one for each vaccination of our {animals} that is due by {until} or was due before now. "
    "Say who the pet is, what it needs and the due date; the owner is the recipient.",
    kind="batch", role="receptionist",
)  # fmt: skip
def remind_of_vaccinations(draw: TaskDraw) -> Task:
    species: Species = draw.choice(("dog", "cat"))
    dues = [card.due for card in rows(Vaccination, pet__species=species, order="due")]
    until = max(dues[draw.integer(3, min(5, len(dues) - 1))], draw.today + timedelta(days=3))
    draw.need(sum(due <= until for due in dues) <= 8, "too many are due")

    def solve(do: Do) -> None:
        text = "{pet}'s {vaccine} is due on {due}. Please ring us for an appointment."
        for card in do.every("search_vaccinations", pet_species=species, due_to=until, sort="due"):
            pet = do.get_pet(pet_id=card.pet_id)
            person = do.get_owner(owner_id=pet.owner_id)
            body = do.compose(text, pet=card.pet_name, vaccine=card.vaccine_name, due=date.fromisoformat(card.due))
            do.send_message(recipient=person.email, subject=do.compose("Vaccination reminder"), body=body)

    return draw.task(solve, animals=f"{species}s", until=until)


@world.intent(
    "{owner} asks for a refill of {medicine} for {pet}. If we have enough in stock for it, dispense it and e-mail "
    "them what it costs; if not, order {amount} {medicine.unit} instead and e-mail them that {medicine} is on order.",
    "Repeat request: {medicine} for {owner}'s {pet}. Should the shelf not cover one refill, put {amount} "
    "{medicine.unit} on order and write to {owner} naming {medicine} as what we are waiting for. Otherwise hand it "
    "out and mail them the charge.",
    "Please see to {pet}'s {medicine} ({owner} is the owner). Enough stock for a refill: dispense, then e-mail the "
    "owner the price. Too little: order {amount} {medicine.unit} and e-mail the owner that {medicine} has been "
    "ordered.",
    "{owner} would like another refill of {pet}'s {medicine}. Look at the stock first. When it suffices, give the "
    "refill and e-mail the amount we charged; when it does not, get {amount} {medicine.unit} ordered and say in an "
    "e-mail that {medicine} is coming.",
    "Can {pet} have the next refill of {medicine}? Dispense only if stock allows and tell {owner} by e-mail what was "
    "charged. Failing that, {amount} {medicine.unit} are to be ordered, and the e-mail to {owner} says we ordered "
    "{medicine}.",
    "For {owner}'s {pet}: one refill, {medicine}. In stock in full? Dispense it and e-mail the cost. Short? Then "
    "nothing is dispensed, {amount} {medicine.unit} go on order, and the e-mail explains that we wait for {medicine}.",
    "Check whether what we have of {medicine} is enough for a refill for {pet}, who belongs to {owner}. Depending on "
    "that either dispense it and send the owner the amount by e-mail, or order {amount} {medicine.unit} and e-mail "
    "the owner that {medicine} is on its way.",
    "{pet} is running out of {medicine}, says {owner}. Our stock decides: if one refill can be filled completely, do "
    "so and mail them the sum charged. If it cannot, order {amount} {medicine.unit} and mail them that {medicine} "
    "must come in first.",
    kind="conditional", role="nurse",
)  # fmt: skip
def refill_or_order(draw: TaskDraw) -> Task:
    enough = draw.chance(60)
    due = [script for script in rows(Prescription, medicine__on_order=0) if is_due(script)]
    chosen = draw.choice([s for s in due if (s.medicine.stock >= s.quantity) == enough] or due)
    pet, medicine = chosen.pet, chosen.medicine
    room = medicine.capacity - medicine.stock
    amount = room // 2 if medicine.capacity < 100 else room // 20 * 10

    def solve(do: Do) -> None:
        person = do.search_owners(name=pet.owner.name)[0]
        patient = do.search_pets(owner_id=person.id, name=pet.name)[0]
        script = next(one for one in do.prescriptions_of(pet_id=patient.id) if one.medicine_name == medicine.name)
        shelf = do.get_medicine(medicine_id=script.medicine_id)
        if shelf.stock >= script.quantity:
            do.dispense_refill(prescription_id=script.id)
            cost = do.product(shelf.unit_price, script.quantity)
            body = do.compose("The refill is ready; we charged £{cost}.", cost=cost)
        else:
            do.order_stock(medicine_id=shelf.id, quantity=amount)
            body = do.compose("We have run short of {name} and ordered more.", name=shelf.name)
        do.send_message(recipient=person.email, subject=do.compose("Your repeat prescription"), body=body)

    return draw.task(solve, pet=pet, owner=pet.owner, medicine=medicine, amount=amount)


def is_due(script: Prescription) -> bool:
    """Whether a prescription can be refilled today, as far as it alone is concerned."""
    last, cost = script.last_dispensed, script.medicine.unit_price * script.quantity
    early = last is not None and today() < last + timedelta(days=script.days - 7)
    usable = script.refills_left > 0 and script.valid_until >= today() and not early
    return usable and known(script.pet) and script.pet.owner.balance + cost <= CREDIT


@world.intent(
    "{owner} brought {pet} to the appointment of {start}. Open the visit with a weight of {weight} kg and the note "
    "\"{notes}\", enter {treatments} once each, charge it and e-mail {owner} the total.",
    "Please write up {pet}'s appointment of {start} (owner {owner}): weight {weight} kg, findings \"{notes}\", done "
    "were {treatments}. Charge the visit, then e-mail the owner what it came to.",
    "The visit for {start} is not in the system yet. Patient {pet}, client {owner}, {weight} kg, note: \"{notes}\". "
    "Treatments, one of each: {treatments}. Bill it and mail the client the sum.",
    "From my sheet: {pet} ({owner}), seen on {start}, weighed in at {weight} kg. \"{notes}\". I did {treatments}. Can "
    "you open the visit, put those on, charge them and send {owner} the total by e-mail?",
    "We saw {owner}'s {pet} on {start}. Record the visit: scales said {weight} kg, notes are \"{notes}\", items are "
    "{treatments}, each once. When it is charged, e-mail the total charged to {owner}.",
    "Enter and charge what happened at {pet}'s appointment on {start}; {owner} is the owner. It weighs {weight} kg, "
    "the note reads \"{notes}\" and the bill has {treatments}. {owner} is to get the amount by e-mail.",
    "{pet} attended on {start}, now weighs {weight} kg, and had {treatments}. Put this into a visit for {owner}'s "
    "account with the note \"{notes}\", charge the lot, and write {owner} an e-mail with the bill's total.",
    "Visit to be opened and billed: appointment {start}, {owner} with {pet}, {weight} kg. Notes \"{notes}\". Single "
    "items {treatments}. {owner} is to have an e-mail telling the full amount.",
    kind="write", role="nurse",
)  # fmt: skip
def write_up_a_visit(draw: TaskDraw) -> Task:
    seen = [a for a in rows(Appointment, status="attended") if known(a.client) and a.client.owner.balance <= 250]
    appointment = draw.choice([a for a in seen if is_adult(a.client) and not count(Visit, pet=a.client, status="open")])
    pet = appointment.client
    weight = float(pet.weight_kg + draw.choice((Decimal("0.1"), Decimal("0.2"), Decimal("0.3"))))
    cheap = [t for t in rows(Treatment, species=None) if t.category in ("procedure", "laboratory") and t.price < 60]
    treatments = [draw.choice(rows(Treatment, category="consultation")), *draw.sample(cheap, draw.integer(2, 3))]
    start, notes = appointment.slot.starts, draw.choice(NOTES[appointment.purpose])

    def solve(do: Do) -> None:
        person = do.search_owners(name=pet.owner.name)[0]
        patient = do.search_pets(owner_id=person.id, name=pet.name)[0]
        came = the_appointment(do, patient.id, "attended", start)
        visit = do.open_visit(appointment_id=came.id, weight_kg=weight, notes=notes)
        prices = do.price_list()
        for treatment in treatments:
            listed = next(one for one in prices if one.name == treatment.name)
            do.add_visit_item(visit_id=visit.id, treatment_id=listed.id)
        bill = do.charge_visit(visit_id=visit.id)
        body = do.compose("Thank you for coming in. Your bill is £{total}.", total=bill.charged)
        do.send_message(recipient=person.email, subject=do.compose("Your visit"), body=body)

    return draw.task(solve, pet=pet, owner=pet.owner, start=start, weight=weight, notes=notes, treatments=treatments)


@world.intent(
    "The appointment on {start} was booked for {wrong}'s {pet}, but it is {right}'s {pet} who is coming. Cancel it, "
    "book the same slot for the right pet with the same purpose, and e-mail {right} the date and time. I shall ring "
    "{wrong} myself.",
    "Wrong {pet}! {wrong} knows nothing of the booking on {start} and needs no e-mail; it was meant for the {pet} of "
    "{right}. Put this right: cancel the one, book the other into that slot for the same purpose, and {right} gets "
    "the date and time by e-mail.",
    "I mixed up two patients called {pet}. What stands in the diary on {start} under {wrong} belongs to {right}. "
    "Please cancel it and book it anew, same slot, same purpose, and mail {right} the day and time to come. I have "
    "told {wrong} by phone.",
    "{right} says they were promised {start} for {pet}, and we find it under {wrong}, whose pet has the same name. "
    "Correct it by cancelling that booking and making one for {right}'s {pet} in the slot, purpose unchanged, then "
    "confirm day and time to {right} by e-mail. {wrong} has heard of it on the phone.",
    "Two pets named {pet}, one mistake: on {start} it should be {right}'s and not {wrong}'s. Cancel that appointment "
    "and give the slot to the right one under the same purpose. {right} needs an e-mail with the date and the time; "
    "{wrong} has been told.",
    "Could you fix my slip? I booked {wrong}'s {pet} for {start} when {right} was on the phone about their own {pet}. "
    "Cancel mine, take the slot for theirs with the purpose I entered, and e-mail {right} the date and time. I will "
    "phone {wrong} about it.",
    "Diary correction for {start}: patient {pet}, owner {right} instead of {wrong}. That means cancelling the present "
    "appointment, booking that same slot anew for the same purpose, and e-mailing {right} its date and time. No mail "
    "to {wrong}, who has been rung up.",
    "{wrong} got a text about {pet} on {start} and rang us in surprise, as the booking came from {right}, who also "
    "has a {pet}. Cancel the wrong appointment, enter the right pet at the same slot and purpose, and let {right} "
    "have the date and time by e-mail; with {wrong} all is settled.",
    kind="repair", role="receptionist",
)  # fmt: skip
def mend_a_mistaken_pet(draw: TaskDraw) -> Task:
    pairs = []
    for appointment in coming(draw.today):
        booked = appointment.client
        for other in rows(Pet, name=booked.name):
            if other.owner != booked.owner and known(booked) and known(other) and is_free(other, appointment.slot):
                pairs.append((appointment, booked, other))
    appointment, booked, other = draw.choice(pairs)
    start = appointment.slot.starts

    def solve(do: Do) -> None:
        wrong = do.search_owners(name=booked.owner.name)[0]
        theirs = do.search_pets(owner_id=wrong.id, name=booked.name)[0]
        mistake = the_appointment(do, theirs.id, "booked", start)
        right = do.search_owners(name=other.owner.name)[0]
        patient = do.search_pets(owner_id=right.id, name=other.name)[0]
        do.cancel_appointment(appointment_id=mistake.id)
        do.book_appointment(pet_id=patient.id, slot_id=mistake.slot_id, purpose=mistake.purpose)
        when = datetime.fromisoformat(mistake.slot_starts)
        body = do.compose("We expect you on {when}. Willow Street Vets", when=when)
        do.send_message(recipient=right.email, subject=do.compose("Your appointment"), body=body)

    return draw.task(solve, pet=booked, wrong=booked.owner, right=other.owner, start=start)


@world.intent(
    "{owner} was charged twice for \"{entry.memo}\", {entry.amount} each. Refund the later of the two charges and "
    "e-mail {owner} the amount refunded and the balance they owe after it.",
    "Please look at {owner}'s account: \"{entry.memo}\" is on it two times at {entry.amount}. Take back the second "
    "one, then tell them by e-mail how much was refunded and what is still owed.",
    "A double entry, I am afraid. {owner}, \"{entry.memo}\", {entry.amount}. The charge posted last should be "
    "refunded; afterwards mail the owner both the refund and the remaining balance.",
    "{owner} complains about paying {entry.amount} double for \"{entry.memo}\". They are right. Reverse whichever "
    "charge came later and write them an e-mail with the refunded sum and the new balance.",
    "Can you undo the duplicate of \"{entry.memo}\" ({entry.amount}) on the account of {owner}? It is the later "
    "posting that goes. Then an e-mail to {owner}: what we took back, what they owe now.",
    "On the books of {owner} the same thing, \"{entry.memo}\" at {entry.amount}, was posted once and then again "
    "minutes later. Keep the first, refund the other, and e-mail them the amount and their balance.",
    "Someone pressed the button twice: \"{entry.memo}\", {entry.amount}, {owner}. Correct it with a refund of the "
    "more recent charge. {owner} should read in an e-mail what was refunded and what the account stands at.",
    "Refund needed for {owner}. Reason: charge \"{entry.memo}\" of {entry.amount} exists twice, and the later copy is "
    "wrong. Let {owner} know the refund's amount and the outstanding balance by e-mail once it is done.",
    kind="repair", role="receptionist",
)  # fmt: skip
def refund_a_double_charge(draw: TaskDraw) -> Task:
    charges = [entry for entry in rows(Entry, kind="charge", order="posted") if entry.account in known_owners()]
    doubled = [e for e in charges if count(Entry, account=e.account, memo=containing(e.memo)) == 2]
    entry = draw.choice([e for e in doubled if e.account.balance not in (e.amount, 2 * e.amount)])
    owner = entry.account

    def solve(do: Do) -> None:
        person = do.search_owners(name=owner.name)[0]
        copies = do.search_entries(account_id=person.id, kind="charge", memo=entry.memo, sort="posted")
        do.refund_charge(entry_id=copies[1].id)
        after = do.account_statement(account_id=person.id)
        text = "We refunded £{amount}; your balance is now £{balance}."
        body = do.compose(text, amount=copies[1].amount, balance=after.balance)
        do.send_message(recipient=person.email, subject=do.compose("Charged twice"), body=body)

    return draw.task(solve, owner=owner, entry=entry)


@world.intent(
    "How much do the owners of the {animals} booked in on {day} owe us altogether? Count every owner once.",
    "Add up the balances of everyone bringing one of the {animals} in the diary for {day}; somebody with two that day "
    "counts a single time.",
    "For {day}: what is the sum owed by all owners of {animals} that have an appointment, no owner counted double?",
    "I want to ask for money at the desk on {day}. What do the people whose {animals} are booked in then owe in total "
    "(one balance each, however many pets)?",
    "Look through the booked appointments of {day}, {animals} only, and give me the total outstanding on the accounts "
    "of their owners, each owner taken once.",
    "What would we collect if each owner with an appointment for {animals} on {day} cleared the whole account?",
    "Total debt of the clients we expect with {animals} on {day}, please. Go by the appointments still booked, and "
    "take each client's balance only once.",
    "Which sum is open on the accounts of those whose {animals} we are to see on {day}? Nobody may be added twice.",
    kind="aggregate", role="receptionist",
)  # fmt: skip
def owed_by_those_expected(draw: TaskDraw) -> Task:
    owing: dict[tuple[date, Species], dict[Owner, Decimal]] = {}
    for appointment in coming(draw.today):
        pet = appointment.client
        owing.setdefault((appointment.slot.starts.date(), pet.species), {})[pet.owner] = pet.owner.balance
    day, species = draw.choice([key for key, owed in owing.items() if sum(owed.values()) > 0 and len(owed) > 1])

    def solve(do: Do) -> float:
        expected = do.every("search_appointments", status="booked", slot_starts_from=day, slot_starts_to=day)
        pets = [do.get_pet(pet_id=pet) for pet in sorted({one.pet_id for one in expected})]
        owners = sorted({pet.owner_id for pet in pets if pet.species == species})
        return do.sum([do.get_owner(owner_id=owner).balance for owner in owners])

    answer = Answer.money(sum(owing[day, species].values(), Decimal(0)))
    return draw.task(solve, answer=answer, day=day, animals=f"{species}s")


@world.intent(
    "I am away from {leave} to {home}. Please move every appointment my pets have in that time to the first free slot "
    "with the same vet on or after {back}.",
    "We are on holiday {leave} to {home}, both days included. Whatever is booked for my animals then, move it: same "
    "vet, the earliest opening from {back} on.",
    "Could you clear {leave} until {home} for me? All my pets' bookings on those days should be moved to the "
    "soonest slot their vet has free, counting from {back}.",
    "My plans changed and from {leave} through {home} I cannot come. Move each appointment we have then to the first "
    "time its vet has free, but not before {back}.",
    "Nobody can bring the pets between {leave} and {home}. I am free again on {back}, so move those appointments to "
    "each vet's next available slot from that day.",
    "Please postpone all we have with you from {leave} up to and including {home}. Move every one of them to the "
    "first gap that the same vet has on {back} or later.",
    "I have to travel, leaving {leave}, returning the evening of {home}. Can my appointments during the trip move to "
    "the vets' first free times starting {back}? Same vet for each, please.",
    "The appointments of my pets that fall on {leave}, on {home} or on a day between do not suit me any more. From "
    "{back} I can come at any time: move each to the earliest free slot of the vet it was booked with.",
    kind="batch", role="owner",
)  # fmt: skip
def put_off_during_a_holiday(draw: TaskDraw) -> Task:
    leave, sunday, monday, tuesday = (date(2026, 3, day) for day in (6, 8, 9, 10))
    home, back = draw.choice(((monday, tuesday), (sunday, monday)))
    since = datetime(back.year, back.month, back.day)
    plans: dict[Owner, list[tuple[Appointment, Slot]]] = {}
    for owner in rows(Owner):
        mine = [a for a in coming(draw.today) if a.client.owner == owner and a.slot.starts.date() <= home]
        found = [(a, open_slots(a.slot.resource, since, datetime(2027, 1, 1))) for a in mine]
        moves = [(a, slots[0]) for a, slots in found if slots and is_free(a.client, slots[0])]
        apart = len({slot for _, slot in moves}) == len({(a.client, slot.starts) for a, slot in moves}) == len(mine)
        if mine and apart:
            plans[owner] = moves
    owner = draw.choice([o for o in plans if len(plans[o]) > 1] or list(plans))

    def solve(do: Do) -> None:
        for planned in do.every("search_appointments", status="booked", slot_starts_from=leave, slot_starts_to=home):
            slot = do.get_slot(slot_id=planned.slot_id)
            later = do.search_slots(vet_id=slot.vet_id, taken=False, starts_from=back, sort="starts")[0]
            do.move_appointment(appointment_id=planned.id, slot_id=later.id)

    return draw.task(solve, actor=owner, leave=leave, home=home, back=back)


@world.intent(
    "Restock the dispensary: for every medicine at or below its reorder level with nothing on order, order as much as "
    "brings it to {percent} percent of its capacity. Then one e-mail to {address} listing each medicine and the "
    "quantity ordered.",
    "Please do the wholesaler's order. Whatever has sunk to the reorder level or under it and is not on order yet "
    "gets filled up to {percent} percent of capacity. Send the list, medicines with quantities, to {address} in a "
    "single e-mail.",
    "Stock check! Anything not already ordered whose stock is no higher than its reorder level: order the difference "
    "to {percent} percent of the shelf's capacity. E-mail all names and quantities to {address} together.",
    "Our shelves look thin. Go through all medicines, leave out those on order, and where stock has reached the "
    "reorder level or less, order up to {percent} percent of capacity. {address} gets one message with every item and "
    "how many.",
    "Orders for today, rule as always: stock at the reorder level or lower and none on order means order until "
    "{percent} percent of capacity is reached. When done, write to {address} once, naming every medicine ordered with "
    "its amount.",
    "I need the low medicines ordered. Low is at or under the reorder level; skip what is on order; the target is "
    "{percent} percent of what the shelf holds. One e-mail then goes to {address} with the names and the numbers "
    "ordered.",
    "Fill the gaps in the dispensary to {percent} percent of each capacity, but only for medicines that are down to "
    "their reorder level (or below) and have no order open. Put it all, name and quantity, into one e-mail for "
    "{address}.",
    "Bring what is short back to {percent} percent of its capacity by ordering the missing quantity. Short means "
    "stock not above the reorder level and nothing coming. Report the medicines and quantities to {address} in one "
    "e-mail.",
    kind="batch", role="nurse",
)  # fmt: skip
def restock_the_dispensary(draw: TaskDraw) -> Task:
    percent = draw.choice((50, 75, 100))
    address = draw.choice(("orders@meadowvet.example", "sales@hartwellmedical.example", "orders@northvet.example"))

    def solve(do: Do) -> None:
        lines: list[str] = []
        facts: dict[str, object] = {}
        for shelf in do.every("search_medicines"):
            if shelf.stock <= shelf.reorder_level and not shelf.on_order:
                missing = do.difference(do.percent(percent, shelf.capacity), shelf.stock)
                do.order_stock(medicine_id=shelf.id, quantity=missing)
                facts |= {f"name{shelf.id}": shelf.name, f"amount{shelf.id}": missing}
                lines.append(f"{{name{shelf.id}}}: {{amount{shelf.id}}}")
        do.send_message(recipient=address, subject=do.compose("Order"), body=do.compose("\n".join(lines), **facts))

    return draw.task(solve, percent=percent, address=address)


@world.intent(
    "{owner} is paying {amount}; record it with the memo \"{memo}\". If their account then stands at {limit} or less, "
    "book {pet} in {vet}'s first free slot on {day} with the purpose \"{purpose}\"; otherwise book nothing and e-mail "
    "them what they still owe.",
    "Record a payment of {amount} (\"{memo}\") from {owner}. Owing more than {limit} afterwards means no appointment, "
    "only an e-mail with the remaining balance. Otherwise {pet} gets the first free slot that {vet} has on {day}, "
    "purpose \"{purpose}\".",
    "{amount} has come in from {owner}. Put it on the account with \"{memo}\" as the memo. Only if they then owe no "
    "more than {limit} may {pet} be booked: {vet}, {day}, earliest free slot, \"{purpose}\". If it is more, leave the "
    "diary alone and mail them the balance still due.",
    "Please take {amount} off {owner}'s debt, paid just now, memo \"{memo}\". They want {vet} to see {pet} on {day} "
    "(\"{purpose}\"). That is fine with a balance up to {limit}, in the first slot going. Above it, tell them the "
    "balance by e-mail instead of booking.",
    "Payment first: {owner}, {amount}, posted as \"{memo}\". Then see what is left on the account. Up to {limit}, "
    "book {pet} at the earliest {vet} can do on {day}, as \"{purpose}\". Over {limit}, no booking; e-mail them what "
    "is outstanding.",
    "{owner} has {amount} here and wants an appointment for {pet} with {vet} on {day}, purpose \"{purpose}\". Enter "
    "the money (memo: \"{memo}\"). Our line today is {limit}: at or under it book the first opening, above it just "
    "e-mail them the amount left to pay.",
    "Enter {amount} received from {owner}, \"{memo}\", and check the balance. Is it at most {limit}? Then {vet} sees "
    "{pet} on {day}, first available slot, noted as \"{purpose}\". Is it higher? Then they only get an e-mail saying "
    "how much remains.",
    "If the {amount} that {owner} pays (record it now, the memo being \"{memo}\") leaves no more than {limit} owing, "
    "make {pet} an appointment with {vet} at the first free time on {day} and call it \"{purpose}\". If more is left, "
    "skip that and e-mail them the open balance.",
    kind="conditional", role="receptionist",
)  # fmt: skip
def pay_then_book(draw: TaskDraw) -> Task:
    slot = draw.choice([slot for slot in rows(Slot, taken=False) if slot.starts.date() > draw.today])
    vet = slot.resource
    day = slot.starts.date()
    got = open_slots(vet, datetime(day.year, day.month, day.day), end_of(day))[0]
    pet = draw.choice([p for p in known_pets() if p.owner.balance >= 30 and is_free(p, got)])
    amount = min(draw.money(10, 200, "10"), pet.owner.balance // 2)
    left = pet.owner.balance - amount
    limit = left // 10 * 10 + (30 if draw.chance(50) else -10)
    purpose, memo = draw.choice(PURPOSES), draw.choice(("Card payment", "Bank transfer", "Cash", "Cheque"))

    def solve(do: Do) -> None:
        person = do.search_owners(name=pet.owner.name)[0]
        do.record_payment(account_id=person.id, amount=amount, memo=memo)
        after = do.account_statement(account_id=person.id)
        if after.balance > limit:
            body = do.compose("Thank you. £{balance} is still open on your account.", balance=after.balance)
            do.send_message(recipient=person.email, subject=do.compose("Your account"), body=body)
            return
        patient = do.search_pets(owner_id=person.id, name=pet.name)[0]
        doctor = next(one for one in do.list_vets() if one.name == vet.name)
        first_free = do.search_slots(vet_id=doctor.id, taken=False, starts_from=day, starts_to=day, sort="starts")[0]
        do.book_appointment(pet_id=patient.id, slot_id=first_free.id, purpose=purpose)

    return draw.task(solve, owner=pet.owner, pet=pet, amount=amount, limit=limit, vet=vet, day=day,
                     purpose=purpose, memo=memo)  # fmt: skip


@world.intent(
    "{owner} has written to us with a new telephone number. Enter it, answer the e-mail quoting the number, and "
    "archive their e-mail.",
    "There is an e-mail from {owner} about a change of phone number. Update the record, reply with the number so that "
    "they can see it is right, then put their message into the archive.",
    "Please deal with {owner}'s e-mail on their new number: change it in our records, confirm it by a reply that "
    "repeats the number, and move what they wrote out of the inbox to the archive.",
    "The telephone number we hold for {owner} is out of date; the new one is in the inbox. Correct it, reply to that "
    "e-mail repeating it, archive the e-mail.",
    "Somewhere in our mail {owner} gives a new phone number. Find it, change the owner's entry, write back stating "
    "the number we now have, and file the letter in the archive.",
    "{owner} can soon be reached under another number only, as they told us by e-mail. Have the new one registered, "
    "send a reply with it, and their message archived.",
    "Clear one from the inbox: {owner}, new phone number. To do: our record of the owner, a reply in which the number "
    "appears, and the message to the archive.",
    "Could you take over the number that {owner} e-mailed us? After the change answer that very message, mentioning "
    "the number, and then archive it.",
    kind="write", role="receptionist",
)  # fmt: skip
def take_over_a_new_number(draw: TaskDraw) -> Task:
    letters = rows(Message, folder="inbox", body=containing("020 7946"))
    letter = draw.choice([one for one in letters if first(Owner, email=one.sender) in known_owners()])
    owner = rows(Owner, email=letter.sender)[0]

    def solve(do: Do) -> None:
        person = do.search_owners(name=owner.name)[0]
        found = do.every("search_messages", sender=person.email, folder="inbox")
        read = do.get_message(message_id=next(one.id for one in found if "020 7946" in one.body))
        number = re.findall(r"020 7946 \d+", read.body)[0]
        do.change_contact(owner_id=person.id, phone=number)
        body = do.compose("Thank you. We now have {number} for you.", number=number)
        do.reply_to_message(message_id=read.id, body=body)
        do.move_message(message_id=read.id, folder="archive")

    return draw.task(solve, owner=owner)


@world.intent(
    "Which medicines on prescription for {owner}'s pets do we not have enough of for one refill? Name each medicine "
    "once.",
    "{owner} will ask for refills of everything. List the medicines prescribed to their pets whose stock falls short "
    "of the quantity of one refill.",
    "Of all that is prescribed for the animals of {owner}, what could we not dispense in full from stock today? The "
    "names of the medicines will do.",
    "Compare our stock with the prescriptions of {owner}'s pets and tell me the medicines where a single refill is "
    "more than we have.",
    "For every pet of {owner}: which prescribed medicines have less in stock than a refill's quantity? I need their "
    "names.",
    "What is running short for {owner}? I mean medicines that their pets are prescribed and of which less is on the "
    "shelf than one refill takes.",
    "Give me the medicines, by name, that {owner}'s pets are prescribed and that would run out before filling one "
    "refill.",
    "I am preparing a call to {owner}. Which of their pets' prescribed medicines are out, or too low to fill one "
    "refill?",
    kind="question", role="nurse",
)  # fmt: skip
def short_for_an_owner(draw: TaskDraw) -> Task:
    lacking = {}
    for owner in known_owners():
        scripts = rows(Prescription, pet__owner=owner)
        lacking[owner] = (len(scripts), sorted({s.medicine.name for s in scripts if s.medicine.stock < s.quantity}))
    ample = [owner for owner, (scripts, names) in lacking.items() if names and scripts > 1]
    owner = draw.choice(ample or [owner for owner, (_, names) in lacking.items() if names])

    def solve(do: Do) -> list[str]:
        person = do.search_owners(name=owner.name)[0]
        names, shelves = set(), dict[int, Any]()
        for pet in do.search_pets(owner_id=person.id):
            for script in do.prescriptions_of(pet_id=pet.id):
                if script.medicine_id not in shelves:
                    shelves[script.medicine_id] = do.get_medicine(medicine_id=script.medicine_id)
                if shelves[script.medicine_id].stock < script.quantity:
                    names.add(script.medicine_name)
        return sorted(names)

    return draw.task(solve, answer=Answer.items(lacking[owner][1]), owner=owner)


@world.intent(
    "The laboratory has e-mailed its final report on {owner}'s {pet}. Record it with the pet's open visit, share the "
    "file that this makes with {owner}, to view, and e-mail them the {analyte} value.",
    "Please see to the lab report for {pet} ({owner}): the final one is attached to a message in our inbox. It goes on "
    "record with the open visit; {owner} may then view the file, and gets an e-mail with the figure for {analyte}.",
    "{owner} is waiting for {pet}'s test. Take the final report out of the laboratory's mail, enter it under the visit "
    "that is open, give {owner} access to view the file, and write to them by e-mail what {analyte} came to.",
    "Results are in for patient {pet}, client {owner}. Whatever the mailed final report says belongs on record with "
    "the open visit. After that open the file to the client (viewing only) and mail them the result for {analyte}.",
    "Could you file what the lab found in {pet}? I mean the final report they sent us by e-mail; the visit is still "
    "open and {owner} is the owner. {owner} should be able to view the filed report, and learn by e-mail what {analyte} came to.",
    "An attachment from the laboratory holds the final report on {pet}, who belongs to {owner}. Enter it, word for "
    "word, as a result of the open visit, let {owner} see but not edit the new file, and e-mail {owner} the "
    "result for {analyte}.",
    "For {pet}'s open visit the laboratory's final report should have reached the mailbox. Record the report, share "
    "its file with the owner, {owner}, for viewing, and let them know by e-mail what was found for {analyte}.",
    "Three things about {pet} of {owner}: the final lab report goes from the e-mail into our records, at the open "
    "visit; {owner} is given viewing access to the file; and an e-mail to {owner} names the number for {analyte}.",
    kind="write", role="nurse",
)  # fmt: skip
def record_a_mailed_report(draw: TaskDraw) -> Task:
    return report_task(draw, "Final", possible=True)


def report_task(draw: TaskDraw, state: str, *, possible: bool) -> Task:
    """The task of recording the final report on a pet, which cannot be done where only a preliminary one has come."""
    pets = [visit.pet for visit in rows(Visit, status="open") if known(visit.pet)]
    reported = [pet for pet in pets if bool(letters_about(pet, "final")) == possible and letters_about(pet, state)]
    pet = draw.choice(reported)
    visit = rows(Visit, pet=pet, status="open")[0]
    test = test_at(visit)
    analyte = draw.choice(ANALYTES[test.name if test else "Blood profile"])[0]
    said = analyte if analyte in ("ALT", "pH") else analyte.lower()

    def solve(do: Do) -> None:
        person = do.search_owners(name=pet.owner.name)[0]
        patient = do.search_pets(owner_id=person.id, name=pet.name)[0]
        letters = [one for one in do.search_messages(body=pet.owner.name, folder="inbox") if one.attachments]
        final = [one for one in letters if one.subject == f"Final report: {pet.name}"]
        if not final:
            return
        report = do.read_attachment(message_id=final[0].id, name=final[0].attachments).text
        unfinished = do.search_visits(pet_id=patient.id, status="open")[0]
        done = next(one for one in do.visit_items(visit_id=unfinished.id) if f"Test: {one.treatment_name}" in report)
        file = do.record_lab_result(visit_id=unfinished.id, test_id=done.treatment_id, report=report)
        do.share_file(file_id=file.id, person=pet.owner.name, access="view")
        value = measured(report, analyte)
        body = do.compose("The laboratory has found a value of {value}.", value=value)
        do.send_message(recipient=person.email, subject=do.compose("The test result"), body=body)

    return draw.task(solve, impossible=not possible, pet=pet, owner=pet.owner, analyte=said)


def letters_about(pet: Pet, state: str) -> list[Message]:
    """The laboratory's letters about a pet that carry a report of a sort."""
    said = f"{state.lower()} report on {pet.name}, owner {pet.owner.name}:"
    return rows(Message, folder="inbox", sender=LABORATORY[1], body=containing(said))


def measured(report: str, analyte: str) -> str:
    """The value of an analyte in a report."""
    return str(re.findall(rf"^{re.escape(analyte)}: ([\d.]+)", report, re.M)[0])


@world.impossible(record_a_mailed_report)
def record_a_report_that_is_not_final(draw: TaskDraw) -> Task:
    return report_task(draw, "Preliminary", possible=False)


@world.intent(
    "Look at the latest {test} report on {owner}'s {pet} in the drive's patient folders. If it marks a value as HIGH, "
    "book {pet} in {vet}'s first free slot on {day} (purpose \"{purpose}\") and e-mail {owner} the date and time. "
    "If it does not, let {owner} view the report and book nothing.",
    "What does the newest {test} report for {pet} ({owner}) on our drive say? With anything marked HIGH, {vet} should "
    "see {pet} on {day}, earliest free slot, \"{purpose}\", and the owner gets date and time by e-mail. With nothing "
    "marked HIGH, just share that report with {owner} for viewing.",
    "{owner} wants to know whether {pet} has to come again. Go by the most recent {test} report in {pet}'s folder: no "
    "HIGH in it means that {owner} may view it, and that is all. A HIGH means an appointment with {vet} on {day}, first "
    "one free, entered as \"{purpose}\", and an e-mail with its date and time.",
    "Depending on the last {test} report filed for {pet}, do one of two things. Some value is HIGH: take {vet}'s first "
    "open slot of {day} for {pet}, purpose \"{purpose}\", and mail {owner} day and time. None is: give {owner} viewing "
    "access to this report.",
    "Please check {pet}'s file on the drive ({owner} is the owner) for the latest {test} report. When the laboratory "
    "has marked something HIGH there, book \"{purpose}\" with {vet} for {day} at the first free time and write {owner} "
    "an e-mail with date and time; when it has not, make the report viewable by {owner} instead.",
    "If {owner}'s {pet} had every value within range in its most recent {test} report (see the drive), share the "
    "report with {owner} to view. Should one of them be HIGH, no sharing: {pet} is to see {vet} on {day} in the first "
    "slot going, as \"{purpose}\", and {owner} hears date and time by e-mail.",
    "A HIGH in the newest {test} report of {pet}, client {owner}? Then the diary needs \"{purpose}\" with {vet}, "
    "first free slot on {day}, and {owner} an e-mail that gives date and time. No HIGH? Then {owner} is to be able to "
    "view the report on the drive. Nothing else either way.",
    "I promised {owner} an answer about {pet}'s last {test}. Open the report on the drive. All in order, nothing HIGH: "
    "let them view it. Otherwise get {pet} in with {vet} on {day}, as early as there is a free slot, under "
    "\"{purpose}\", and e-mail them when that is, date and time.",
    kind="conditional", role="nurse",
)  # fmt: skip
def act_on_a_report(draw: TaskDraw) -> Task:
    slot = draw.choice([slot for slot in rows(Slot, taken=False) if slot.starts.date() > draw.today])
    vet, day = slot.resource, slot.starts.date()
    got = open_slots(vet, datetime(day.year, day.month, day.day), end_of(day))[0]
    reports = [(pet, test, file) for pet, test, file in latest_reports() if is_free(pet, got)]
    wanted = draw.chance(50)
    pet, test, _ = draw.choice([one for one in reports if (" HIGH" in one[2].text) == wanted] or reports)
    purpose = draw.choice(("medication check", "weight check"))

    def solve(do: Do) -> None:
        person = do.search_owners(name=pet.owner.name)[0]
        patient = do.search_pets(owner_id=person.id, name=pet.name)[0]
        found = do.search_files(name=test, folder_path=pet.name, sort="-name")
        latest = next(one for one in found if one.folder_path.startswith(f"/Patients/{patient.id:03d} "))
        if " HIGH" not in do.read_file(file_id=latest.id).text:
            do.share_file(file_id=latest.id, person=pet.owner.name, access="view")
            return
        doctor = next(one for one in do.list_vets() if one.name == vet.name)
        first_free = do.search_slots(vet_id=doctor.id, taken=False, starts_from=day, starts_to=day, sort="starts")[0]
        do.book_appointment(pet_id=patient.id, slot_id=first_free.id, purpose=purpose)
        when = datetime.fromisoformat(first_free.starts)
        body = do.compose("We should like to see you on {when}. Willow Street Vets", when=when)
        do.send_message(recipient=person.email, subject=do.compose("The laboratory report"), body=body)

    return draw.task(solve, pet=pet, owner=pet.owner, vet=vet, day=day, test=test.lower(), purpose=purpose)


def latest_reports() -> list[tuple[Pet, str, File]]:
    """The latest report of each test in the folders of the pets that people can name."""
    found = [(pet, test, first(File, order="-name", folder__path=folder_of(pet), name=containing(test)))
             for pet in known_pets() for test in ANALYTES]  # fmt: skip
    return [(pet, test, file) for pet, test, file in found if file is not None]


@world.intent(
    "{owner}'s {pet} has an open visit. How much dearer would what is entered on it be at the prices from {start}, "
    "which are on the drive, than at the prices entered?",
    "By what amount would the bill for {pet}'s open visit ({owner}) rise if the price list from {start} applied? Take "
    "the list on our drive, not the draft of it.",
    "Suppose that we charged the open visit of {pet}, owner {owner}, after the change of prices on {start}. How much "
    "more than now would it come to? The new price list is in the practice's files.",
    "{owner} asks what they save because {pet} came before {start}. Compare the items on the open visit with the price "
    "list from {start} that is on the drive, and give me the difference.",
    "Work out the gap between two totals for the visit of {pet} ({owner}) that is still open: with the prices entered "
    "there, and with those of the list from {start} in our shared files.",
    "What does the rise of {start} make on the treatments of {pet}'s open visit, all taken together? {owner} is the "
    "owner; the coming price list is a file on the drive.",
    "Please add up by how much each item on the open visit of {owner}'s {pet} goes up with the price list from "
    "{start}. You find the list, approved, on the drive; a single sum will do.",
    "Imagine {pet} of {owner} coming for the very same things under April's price list, the one from {start} on our "
    "drive. How many pounds more would that be than what stands on the open visit?",
    kind="aggregate", role="receptionist",
)  # fmt: skip
def dearer_from_april(draw: TaskDraw) -> Task:
    prices = drive.at("/Practice/Price list from 1 April.txt").text
    visit = draw.choice([v for v in rows(Visit, status="open") if known(v.pet) and count(VisitItem, visit=v) > 1])
    pet = visit.pet
    start = "1 April"
    more = sum(((Decimal(listed(prices, item.treatment.name)) - item.price) * item.quantity
                for item in rows(VisitItem, visit=visit)), Decimal(0))  # fmt: skip

    def solve(do: Do) -> float:
        person = do.search_owners(name=pet.owner.name)[0]
        patient = do.search_pets(owner_id=person.id, name=pet.name)[0]
        unfinished = do.search_visits(pet_id=patient.id, status="open")[0]
        items = do.visit_items(visit_id=unfinished.id)
        lists = do.search_files(name=start)
        approved = next(one for one in lists if one.name == "Price list from 1 April.txt")
        text = do.read_file(file_id=approved.id).text
        coming = do.sum([listed(text, one.treatment_name) for one in items for _ in range(one.quantity)])
        return do.difference(coming, do.sum([one.price for one in items for _ in range(one.quantity)]))

    return draw.task(solve, answer=Answer.money(more), pet=pet, owner=pet.owner, start=start)


def listed(prices: str, treatment: str) -> str:
    """What a treatment costs by a price list."""
    return str(re.findall(rf"^{re.escape(treatment)}: ([\d.]+)$", prices, re.M)[0])
