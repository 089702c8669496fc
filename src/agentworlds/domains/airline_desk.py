"""The service desk of a small Highland airline: flights, fares, reservations, seats, bags, travel credit and airports' pages."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    City,
    Do,
    Draw,
    Email,
    Money,
    PersonName,
    Phone,
    Range,
    Reference,
    Row,
    Task,
    TaskDraw,
    Title,
    Word,
    World,
    above,
    actor,
    at_least,
    at_most,
    below,
    containing,
    count,
    delete,
    field,
    insert,
    now,
    one_of,
    other_than,
    refuse,
    rows,
    total,
)  # fmt: skip

world = World("airline_desk", title="Skerry Air", now="2026-03-02 09:10", tick=20, currency="GBP")
world.role("agent", about="You work at the service desk of Skerry Air in Inverness.")
HOLDING = ("confirmed", "checked_in", "flown")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


CITIES = ("Inverness", "Kirkwall", "Manchester", "Belfast City", "Stornoway")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TOPICS = (
    *((f"Left my {thing} on board", f"I think I left a {thing} in the pocket in front of my seat. Has it been handed in?")
      for thing in ("green scarf", "paperback", "pair of glasses", "woollen hat", "blue notebook", "phone charger")),
    *((f"Invoice for {month}", f"Could you send me an invoice made out to my employer for my flight in {month}?")
      for month in ("September", "October", "November", "December", "January", "February")),
    *((f"Travelling with {thing}", f"I would like to take {thing} into the cabin. The case is 78 cm long. Is that allowed?")
      for thing in ("a fiddle", "a ukulele", "a telescope", "a set of small pipes", "a mandolin")),
    *((f"Steps at {city}", f"Do passengers board by steps at {city}? I ask for my mother, who may visit us in summer.")
      for city in CITIES),
    *((f"Thank you to {day}'s crew", f"The crew on {day} were wonderful with a nervous flyer. Please pass on my thanks.")
      for day in DAYS),
    *((f"Scratched suitcase, {city}", f"My suitcase came off the belt at {city} with a long scratch. How do I claim?")
      for city in CITIES),
    *((f"Dogs to {city}", f"Do you carry dogs to {city}, and does a dog need a ticket of its own?") for city in CITIES),
    *((f"Parking at {city}", f"How much is a week in the car park at {city} airport, and must I book it ahead?")
      for city in CITIES),
    *((f"Bus from {city} airport", f"Is there a bus from {city} airport into town after the last flight has landed?")
      for city in CITIES),
    *((f"Breakfast at {city}", f"Is the café at {city} airport open before the first departure of the day?")
      for city in CITIES),
    *((f"Summer timetable, {city}", f"When do you publish the summer timetable for {city}? We would like to plan ahead.")
      for city in CITIES),
    *((f"Your office on {day}", f"Is your office in the terminal staffed on {day}, and until when?") for day in DAYS),
    *((f"Left luggage at {city}", f"Are there lockers at {city} airport where a rucksack can stay for half a day?")
      for city in CITIES),
    *((f"Taxis at {city}", f"Is a taxi from {city} airport easily found in the evening, or should one order it?")
      for city in CITIES),
    *((f"Webcam at {city}", f"The webcam at {city} airport shows last week's picture. Do you look after it?")
      for city in CITIES),
    *((f"Leaflets for {city}", f"Our guest house near {city} would like twenty of your timetable leaflets. Whom do we ask?")
      for city in CITIES),
    *((f"Charity walk near {city}", f"Would you give a raffle prize for our charity walk near {city} in June?")
      for city in CITIES),
    *((f"Photographs of {city}", f"I have aerial photographs of {city} which your magazine may print. Shall I send some?")
      for city in CITIES),
    ("Middle name missing", "My middle name is missing on a confirmation. Does it matter at the airport?"),
    ("Jobs as cabin crew", "My niece would like to work as cabin crew with you. To whom does she write?"),
    ("School visit", "I teach at a primary school. May a class of twelve come and see an aircraft in May?"),
)  # fmt: skip


@world.table(label="name")
class Airport(Row):
    code: Reference = field(unique=True)
    name: City = field(unique=True)


@world.table(plural="aircraft")
class Aircraft(Row):
    model: Word = field(unique=True)
    bulky_limit: Annotated[int, Range(0, 20)]


@world.table(unique=[("aircraft", "code")])
class Seat(Row):
    aircraft: Aircraft
    code: Reference
    row: Annotated[int, Range(1, 40)]
    side: Literal["left", "right"]
    place: Literal["window", "aisle"]
    cabin: Literal["economy", "premium"]
    exit_row: bool


@world.table(plural="fare_families")
class FareFamily(Row):
    name: Word = field(unique=True)
    cabin: Literal["economy", "premium"]
    supplement: Money
    changes: Literal["not allowed", "fee plus fare difference", "free"]
    change_fee: Money
    refund_percent_72_hours_before: Annotated[int, Range(0, 100)]
    refund_percent_later: Annotated[int, Range(0, 100)]
    bags_included: Annotated[int, Range(0, 3)]


@world.table(unique=[("number", "departs")])
class Flight(Row):
    number: Reference
    origin: Airport
    destination: Airport
    departs: datetime
    arrives: datetime
    aircraft: Aircraft
    price: Money
    group_seats: Annotated[int, Range(0, 40)] = 0
    status: Literal["scheduled", "delayed", "cancelled", "departed"] = "scheduled"
    delay_minutes: Annotated[int, Range(0, 600)] = 0
    expected_departure: datetime | None = field(default=None, free=True)


@world.table
class Passenger(Row):
    name: PersonName
    email: Email = field(unique=True)
    phone: Phone | None = None
    born: date
    balance: Money = field(default=Decimal(0))


@world.table
class Correspondent(Row):
    name: PersonName
    email: Email


@world.table(owner="booker")
class Reservation(Row):
    locator: Reference = field(unique=True, free=True)
    booker: Passenger
    channel: Literal["web", "phone", "desk"]
    made: datetime = field(default=now)


@world.table(owner="reservation.booker", show=(
    "reservation.booker.name", "flight.origin.name", "flight.destination.name", "flight.departs", "flight.status",
    "flight.expected_departure",
))  # fmt: skip
class Segment(Row):
    reservation: Reservation
    traveller: Passenger
    flight: Flight
    family: FareFamily
    fare: Money
    seat: Seat | None = None
    status: Literal["confirmed", "checked_in", "flown", "no_show", "cancelled"] = "confirmed"


@world.table
class BagProduct(Row):
    name: Title = field(unique=True)
    price: Money
    bulky: bool


@world.table(owner="segment.reservation.booker", show=("segment.traveller.name", "segment.reservation.locator"))
class Bag(Row):
    segment: Segment
    product: BagProduct
    price: Money


world.role("passenger", Passenger, about="You help a passenger of Skerry Air in the airline's app.")
bills = world.include(
    "ledger", Account=Passenger, staff="agent", history=False, rename={
        "Entry": "AccountEntry", "search_entries": "search_account_entries", "add_charge": "charge_passenger",
        "record_payment": "take_payment", "refund_charge": "waive_charge", "account_statement": "travel_account",
        "account": "passenger", "entry": "account_entry",
    },
)  # fmt: skip
mail = world.include(
    "email", intents=False, Person=Correspondent, address="desk@skerryair.example", name="Skerry Air service desk", staff="agent",
    topics=TOPICS, firms=(),
    without=("mailbox_overview", "read_thread", "export_message", "save_draft", "send_draft", "label_message"),
)  # fmt: skip
web = world.include("search", town=False, staff="agent", intents=False,
                    without=("follow_link", "find_in_page", "delete_bookmark"))  # fmt: skip


@dataclass
class Availability:
    economy_left: int
    premium_left: int


@dataclass
class Tariff:
    fares: list[FareFamily]
    extra_bags: list[BagProduct]


@dataclass
class Changed:
    segment: Segment
    charged: Money


@dataclass
class Cancelled:
    segment: Segment
    refunded: Money


world.reads(Flight, by=("number", "origin.name", "origin.code", "destination.name", "destination.code", "departs",
                        "status", "price"),
            sort=("departs", "price", "number"))  # fmt: skip
world.reads(Passenger, by=("name", "email", "phone", "balance"), sort=("name", "balance"),
            about="Find passengers. The balance is that of the travel account: above zero is owed to us, below zero is "
                  "credit. All filters must hold.")  # fmt: skip
world.reads(Reservation, by=("locator", "booker", "booker.name", "channel", "made"), sort=("made", "locator"),
            about="Find reservations, known to people by six-letter locators. All filters must hold.")  # fmt: skip
world.reads(
    Segment, by=("reservation", "traveller", "traveller.name", "flight", "flight.number", "flight.departs",
                 "flight.origin.name",
                 "flight.destination.name", "family.name", "status"), sort=("flight.departs", "traveller.name", "fare"),
    about="Find segments: one traveller's place on one flight, within a reservation. All filters must hold.",
)  # fmt: skip


def seats_left(flight: Flight, cabin: Literal["economy", "premium"]) -> int:
    """Seats of a cabin that are neither sold nor held for a group."""
    held = flight.group_seats if cabin == "economy" else 0
    sold = count(Segment, flight=flight, family__cabin=cabin, status=one_of(HOLDING))
    return count(Seat, aircraft=flight.aircraft, cabin=cabin) - held - sold


def seats_free(flight: Flight, **filters: Any) -> list[Seat]:
    """Seats that nobody on a flight has been given, from the front."""
    taken = {segment.seat for segment in rows(Segment, flight=flight, status=one_of(HOLDING), seat=other_than(None))}
    return [seat for seat in rows(Seat, order="row,code", aircraft=flight.aircraft, **filters) if seat not in taken]


def change_cost(segment: Segment, flight: Flight) -> Decimal:
    """What a traveller pays to change to a flight; nothing where the airline cancelled theirs or the fare allows it."""
    if segment.flight.status == "cancelled" or segment.family.changes == "free":
        return Decimal(0)
    return segment.family.change_fee + max(Decimal(0), flight.price + segment.family.supplement - segment.fare)


def locator(number: int) -> str:
    """The six letters of the airline's so-manyth reservation; no two are alike."""
    left, letters = (number * 52711367 + 88172645) % 24**6, ""
    for _ in range(6):
        left, letter = divmod(left, 24)
        letters += LETTERS[letter]
    return letters


def age(person: Passenger) -> int:
    """A person's age in years today."""
    day = now().date()
    return day.year - person.born.year - ((day.month, day.day) < (person.born.month, person.born.day))


def said(moment: datetime) -> str:
    """A date and time as people write them."""
    return f"{moment.day} {moment:%B %Y, %H:%M}"


def check_open(flight: Flight) -> None:
    """Refuse a flight that is cancelled or closed."""
    if flight.status == "cancelled":
        refuse(
            "unavailable",
            f"{flight.number} of {said(flight.departs)} is cancelled.",
            hint="search_flights finds others",
        )
    if flight.departs < now() + timedelta(minutes=45):
        refuse("unavailable", f"{flight.number} of {said(flight.departs)} closed 45 minutes before departure.")


def check_confirmed(segment: Segment) -> None:
    """Refuse a segment that is over, cancelled or checked in."""
    if segment.status != "confirmed":
        refuse(
            "conflict",
            f"Segment {segment.id} is {segment.status.replace('_', ' ')}; only a confirmed one can be altered.",
        )


@world.query
def flight_availability(flight: Flight) -> Availability:
    """How many seats can still be sold on a flight, by cabin; seats held for groups are not counted."""
    check_open(flight)
    return Availability(seats_left(flight, "economy"), seats_left(flight, "premium"))


@world.query
def free_seats(
    flight: Flight, cabin: Literal["economy", "premium"] | None = None, place: Literal["window", "aisle"] | None = None,
    side: Literal["left", "right"] | None = None, row_from: Annotated[int, Range(1, 40)] = 1,
    row_to: Annotated[int, Range(1, 40)] = 40,
) -> list[Seat]:  # fmt: skip
    """The seats of a flight that nobody has been given yet, from the front to the back.

    Args:
        row_from: the first row to look at
        row_to: the last row to look at
    """
    wanted = {"cabin": cabin, "place": place, "side": side}
    given = {name: value for name, value in wanted.items() if value is not None}
    return [seat for seat in seats_free(flight, **given) if row_from <= seat.row <= row_to]


@world.query
def tariff() -> Tariff:
    """Fare families and the prices of extra bags. A ticket costs the flight's price plus the family's supplement."""
    return Tariff(rows(FareFamily, order="supplement"), rows(BagProduct, order="price"))


@world.query
def extra_bags(flight: Flight) -> list[Bag]:
    """The extra bags booked on a flight, with whose they are."""
    mine = actor(Passenger)
    owned: dict[str, Any] = {} if mine is None else {"segment__reservation__booker": mine}
    return rows(Bag, segment__flight=flight, segment__status=one_of(HOLDING), **owned)


@world.tool
def book_flight(
    traveller: Passenger, flight: Flight, family: FareFamily, reservation: Reservation | None = None
) -> Segment:
    """Book a traveller on a flight; the fare is charged to the booker's travel account.

    Args:
        reservation: an existing reservation to add to; without it a new one is made, with the traveller as its booker
    """
    check_open(flight)
    if reservation is None:
        if age(traveller) < 16:
            refuse("invalid",
                   f"{traveller.name} is {age(traveller)}; children under 16 travel in an adult's reservation.",
                   hint="give the adult's reservation_id", field="traveller_id")  # fmt: skip
        reservation = insert(Reservation(locator=locator(count(Reservation) + 1), booker=traveller, channel="desk"))
    elif count(Segment, reservation=reservation, status=other_than("cancelled")) >= 9:
        refuse("limit", f"{reservation.locator} has nine segments already, the most that a reservation holds.",
               hint="make a new reservation")  # fmt: skip
    fare = flight.price + family.supplement
    bills.post(reservation.booker, "charge", fare, f"{family.name} fare {flight.number}, {reservation.locator}")
    return insert(Segment(reservation=reservation, traveller=traveller, flight=flight, family=family, fare=fare))


@world.tool
def change_flight(segment: Segment, flight: Flight) -> Changed:
    """Move a traveller to another flight on the same route, up to two hours before departure.

    Whether the fare may be changed, and for what fee, is in the tariff. Where there is a fee, a dearer flight costs the
    difference besides; a cheaper one gives nothing back. From a flight that we cancelled everyone moves free of charge.
    The old seat is given up, and the traveller chooses another at check-in; bags move along.
    """
    check_confirmed(segment)
    check_open(flight)
    old, family = segment.flight, segment.family
    if flight == old:
        refuse("conflict", f"{segment.traveller.name} is on that flight already.")
    if (flight.origin, flight.destination) != (old.origin, old.destination):
        refuse("invalid",
               f"{flight.number} goes from {flight.origin.name} to {flight.destination.name}; the ticket is from "
               f"{old.origin.name} to {old.destination.name}.", hint="search both ends", field="flight_id")  # fmt: skip
    if old.status != "cancelled" and family.changes == "not allowed":
        refuse("conflict", f"{family.name} fares cannot be changed.")
    if old.status != "cancelled" and old.departs < now() + timedelta(hours=2):
        refuse("unavailable", "Flights can be changed up to two hours before departure.")
    cost = change_cost(segment, flight)
    if cost:
        bills.post(
            segment.reservation.booker, "charge", cost, f"Change of {segment.reservation.locator} to {flight.number}"
        )
        segment.fare = max(segment.fare, flight.price + family.supplement)
    segment.flight, segment.seat = flight, None
    return Changed(segment, cost)


@world.tool(idempotent=True)
def assign_seat(segment: Segment, seat: Seat) -> Segment:
    """Give a traveller a seat, or another one, before check-in."""
    check_confirmed(segment)
    segment.seat = seat
    return segment


@world.tool(destructive=True)
def cancel_segment(segment: Segment) -> Cancelled:
    """Cancel a traveller's place on a flight, up to two hours before departure.

    The share of the fare that the tariff names goes to the booker's travel account (all of it if we cancelled the
    flight), and the whole price of extra bags.
    """
    check_confirmed(segment)
    flight, family = segment.flight, segment.family
    if flight.status == "cancelled":
        share = 100
    elif flight.departs < now() + timedelta(hours=2):
        refuse("unavailable", "Flights can be cancelled up to two hours before departure.")
    else:
        early = flight.departs >= now() + timedelta(hours=72)
        share = family.refund_percent_72_hours_before if early else family.refund_percent_later
    return give_up(segment, share)


def give_up(segment: Segment, share: int) -> Cancelled:
    """Cancel a segment and credit that share of its fare, and its extra bags."""
    refund = (segment.fare * share / 100).quantize(Decimal("0.01")) + total(Bag, "price", segment=segment)
    segment.status, segment.seat = "cancelled", None
    if refund:
        memo = f"Cancellation of {segment.flight.number}, {segment.reservation.locator}"
        bills.post(segment.reservation.booker, "refund", refund, memo)
    return Cancelled(segment, refund)


@world.tool(destructive=True, roles="agent")
def void_duplicate(segment: Segment) -> Cancelled:
    """Cancel a place that a traveller holds twice: on the same route and day as another confirmed one.

    Whatever the fare, all of it goes back to the booker's travel account, and the whole price of its extra bags.
    """
    check_confirmed(segment)
    flight = segment.flight
    same_route = rows(Segment, traveller=segment.traveller, status="confirmed", flight__origin=flight.origin,
                      flight__destination=flight.destination)  # fmt: skip
    if sum(one.flight.departs.date() == flight.departs.date() for one in same_route) < 2:
        refuse("conflict", f"{segment.traveller.name} has no second confirmed segment on that route that day.",
               hint="cancel_segment cancels by the fare's conditions")  # fmt: skip
    return give_up(segment, 100)


@world.tool
def add_bag(segment: Segment, product: BagProduct) -> Bag:
    """Add an extra bag to a traveller's flight, up to three hours before departure; the booker's account is charged."""
    check_confirmed(segment)
    check_open(segment.flight)
    if segment.flight.departs < now() + timedelta(hours=3):
        refuse("unavailable", "Bags can be added up to three hours before departure.", hint="pay at the bag drop")
    bills.post(segment.reservation.booker, "charge", product.price, f"{product.name}, {segment.reservation.locator}")
    return insert(Bag(segment=segment, product=product, price=product.price))


@world.tool(destructive=True)
def remove_bag(bag: Bag) -> Segment:
    """Take an extra bag off again, up to a day before departure; its price goes back to the booker's account."""
    segment = bag.segment
    check_confirmed(segment)
    if segment.flight.departs < now() + timedelta(hours=24):
        refuse("unavailable", "Bags can be taken off up to 24 hours before departure.")
    bills.post(
        segment.reservation.booker, "refund", bag.price, f"{bag.product.name} removed, {segment.reservation.locator}"
    )
    delete(bag)
    return segment


@world.tool
def check_in(segment: Segment) -> Segment:
    """Check a traveller in, from 48 hours to 45 minutes before departure, with a seat and a booker who owes nothing."""
    check_confirmed(segment)
    check_open(segment.flight)
    if segment.flight.departs > now() + timedelta(hours=48):
        refuse(
            "unavailable", f"Check-in for {segment.flight.number} opens 48 hours before {said(segment.flight.departs)}."
        )
    booker = segment.reservation.booker
    if booker.balance > 0:
        refuse(
            "insufficient", f"{booker.name} owes £{booker.balance} on the travel account.", hint="pay the balance first"
        )
    segment.status = "checked_in"
    return segment


@world.tool(roles="agent", idempotent=True)
def delay_flight(flight: Flight, minutes: Annotated[int, Range(15, 600)]) -> Flight:
    """Record that a flight of the next two days will leave late.

    Args:
        minutes: how late it will leave, counted from its scheduled departure
    """
    check_open(flight)
    if flight.departs > now() + timedelta(hours=48):
        refuse("unavailable", "Delays are recorded for flights of the next 48 hours.")
    flight.status, flight.delay_minutes = "delayed", minutes
    flight.expected_departure = flight.departs + timedelta(minutes=minutes)
    return flight


@world.rule(Flight, "unavailable", "{row.number} of {row.departs} has no seat left in that cabin.",
            "flight_availability tells",
            watch=["Segment.flight"])  # fmt: skip
def no_cabin_is_oversold(flight: Flight) -> bool:
    return flight.status == "cancelled" or (seats_left(flight, "economy") >= 0 and seats_left(flight, "premium") >= 0)


@world.rule(
    Segment,
    "invalid",
    "That seat is not on the flight's aircraft, or not in the cabin that was paid for.",
    "free_seats lists",
)
def seat_is_in_the_cabin(segment: Segment) -> bool:
    seat = segment.seat
    return seat is None or (seat.aircraft == segment.flight.aircraft and seat.cabin == segment.family.cabin)


@world.rule(Segment, "conflict", "Somebody else has that seat.", "free_seats lists the free ones")
def seat_is_given_once(segment: Segment) -> bool:
    if segment.seat is None or segment.status not in HOLDING:
        return True
    return count(Segment, flight=segment.flight, seat=segment.seat, status=one_of(HOLDING)) == 1


@world.rule(
    Segment, "invalid", "Seats at the exits are for travellers of 16 and over; {row.traveller.name} is younger."
)
def exits_are_for_adults(segment: Segment) -> bool:
    return segment.seat is None or not segment.seat.exit_row or age(segment.traveller) >= 16


@world.rule(Segment, "conflict", "Nobody is checked in without a seat.", "assign_seat gives one")
def checked_in_means_seated(segment: Segment) -> bool:
    return segment.status != "checked_in" or segment.seat is not None


@world.rule(Segment, "conflict", "{row.traveller.name} is on another flight at that time.")
def travellers_are_in_one_place(segment: Segment) -> bool:
    if segment.status not in ("confirmed", "checked_in") or segment.flight.status == "cancelled":
        return True
    return not others_in_the_air(segment.traveller, segment.flight, segment)


def others_in_the_air(traveller: Passenger, flight: Flight, segment: Segment) -> int:
    """How many other places a traveller holds on flights at the same time as this one."""
    return count(Segment, traveller=traveller, status=one_of(("confirmed", "checked_in")), id=other_than(segment.id),
                 flight__status=other_than("cancelled"), flight__departs=below(flight.arrives),
                 flight__arrives=above(flight.departs))  # fmt: skip


@world.rule(Segment, "limit", "A traveller takes at most three extra bags on a flight.", watch=["Bag.segment"])
def three_extra_bags_at_most(segment: Segment) -> bool:
    return count(Bag, segment=segment) <= 3


@world.rule(Flight, "unavailable", "{row.number} of {row.departs} has no room for another bulky item.",
            watch=["Bag.segment.flight", "Segment.flight"])  # fmt: skip
def bulky_items_fit(flight: Flight) -> bool:
    return bulky_room(flight) >= 0


def bulky_room(flight: Flight) -> int:
    """How many more bulky items a flight takes."""
    return flight.aircraft.bulky_limit - count(
        Bag, segment__flight=flight, product__bulky=True, segment__status=one_of(HOLDING)
    )


FIRST = [
    "Morag", "Alan", "Fiona", "Iain", "Kirsty", "Hamish", "Eilidh", "Callum", "Margaret", "Donald", "Catriona",
    "Ruaridh", "Isla", "Magnus", "Ingrid", "Gordon", "Sheena", "Angus", "Rhona", "Finlay", "Elspeth", "Murdo", "Ailsa",
]  # fmt: skip
LAST = [
    "MacLeod", "Mackay", "Sinclair", "Rendall", "Fraser", "Munro", "Drever", "Foubister", "Morrison", "Macdonald",
    "Flett", "Linklater", "Murray", "Campbell", "Leask", "Urquhart", "Matheson", "Clouston", "Stewart", "Heddle",
]  # fmt: skip
LINES = (  # from, to, number, aircraft, price, minutes, on every so-manyth day, departure times there and back
    ("INV", "KOI", 101, "Twin Otter", 48, 45, 1, ((7, 15), (8, 25)), ((16, 35), (17, 50))),
    ("INV", "MAN", 201, "Saab 340", 84, 80, 1, ((10, 40), (14, 50))),
    ("INV", "BHD", 301, "Saab 340", 72, 65, 2, ((12, 25), (18, 20))),
    ("INV", "SYY", 401, "Twin Otter", 55, 40, 2, ((11, 30), (13, 5))),
)  # fmt: skip
HOMES = (
    35  # besides those of the travellers who come and go: 8 on cancelled flights, 12 on full ones, 6 spare, 9 that sing
)
FAMILIES = (  # name, cabin, supplement, changes, change fee, percent back from 72 hours on, later, bags included
    ("Light", "economy", 0, "not allowed", 0, 0, 0, 0),
    ("Standard", "economy", 20, "fee plus fare difference", 35, 75, 25, 1),
    ("Flex", "economy", 55, "free", 0, 100, 100, 1),
    ("Premium Saver", "premium", 70, "fee plus fare difference", 30, 75, 50, 2),
    ("Premium Flex", "premium", 120, "free", 0, 100, 100, 2),
)
BAGS = (("Bag up to 23 kg", 28, False), ("Heavy bag up to 32 kg", 45, False), ("Cool box of seafood", 18, False),
        ("Bicycle", 40, True), ("Set of golf clubs", 32, True), ("Surfboard", 36, True))  # fmt: skip


EVENTS = (  # what and where, its site, what happens there
    ("Orkney Fiddle Days", "Kirkwall", "orkneyfiddledays.example", "Concerts are in the cathedral, sessions wherever there is a chair."),
    ("Manchester Brass Days", "Manchester", "manchesterbrass.example", "Twelve bands march in, play, and are judged from behind a curtain."),
    ("Lagan Quilt Days", "Belfast City", "laganquilts.example", "Quilts hang in the old rope works; bring the ones that you are stuck with."),
    ("Hebridean Song Days", "Stornoway", "hebrideansong.example", "Choirs sing in the town hall, and visitors may join in from the second day."),
)  # fmt: skip
PARKING = (
    ("The car while we are away", "We shall leave the car at {} Airport from the day we fly out until the day we are back."),
    ("Parking for our trip", "What does the car park of {} Airport take for our trip, from the first day to the last?"),
    ("Leaving a car behind", "Our old estate will stand at {} Airport for the time of the journey, both days of travel too."),
    ("Cost of the car park", "Before I decide on a taxi: how dear is parking at {} Airport from departure to return?"),
)  # fmt: skip
OWN_PAGES = (
    ("instruments", "Musical instruments in the cabin", "Instruments in cases of up to 85 cm go into the cabin without charge. Longer ones "
     "need a seat of their own or travel in the hold, as a bulky item."),
    ("dogs", "Dogs on board", "Assistance dogs fly with their people. Other dogs we cannot carry, in the cabin or in the hold."),
)  # fmt: skip
WINDOWS = (("06:00", "11:00"), ("06:00", "12:00"), ("07:00", "17:00"), ("08:00", "18:00"))
NOTICE, CHARGES = "Notice to airlines", "Car park charges from "


@world.data
def fill(draw: Draw) -> None:
    """A timetable of nine days, households with one trip each, a curling club and a choir who fly on it, and what went wrong lately."""
    catalogue(draw)
    for day in range(-1, 8 * draw.scale):
        timetable(draw, draw.today + timedelta(days=day))
    homes = [household(draw) for _ in range(HOMES + len(draw.many(12)))]
    club = [person(draw, f"{first} {draw.choice(LAST)}", 1955, 1990) for first in draw.sample(FIRST, 6)]
    coming = rows(Flight, status="scheduled", departs=at_least(draw.now + timedelta(hours=6)), order="departs")
    soon = [f for f in coming if f.departs < draw.now + timedelta(hours=47) and f.aircraft.model == "Twin Otter"]
    kirkwall = [
        f
        for f in coming
        if f.origin.code == "INV" and f.number in ("SR101", "SR103") and 1 < (f.departs - draw.now).days < 5
    ]
    boarding = rows(Flight, number="SR201", status="scheduled", order="departs")[:1]
    crowded = boarding + draw.sample(soon, 2) + draw.sample(kirkwall, 2)
    cancelled = crowded[3:]
    waiting, singers = homes[8:-9], homes[-9:]
    choir = sorted([singer for home in singers for singer in home][:9], key=lambda singer: singer.born)
    for group, number in ((club, "SR201"), (choir, "SR202")):
        late = [f for f in coming if f.number == number and (f.departs - draw.now).days > 4]
        book(draw, group, draw.choice(late), "Standard")
    for flight in crowded:
        islanders = homes[:4] if flight == cancelled[0] else homes[4:8]
        parties = islanders if flight in cancelled else [waiting.pop() for _ in range(4)]
        for home, family in zip(parties, draw.shuffled(("Standard", "Standard", "Flex", "Light")), strict=True):
            book(draw, home[: draw.integer(1, 2 if flight == crowded[1] else 3)], flight, family)
    gone = rows(Flight, status="departed")
    for _ in draw.many(12):
        flight = draw.choice(gone) if draw.chance(25) else draw.choice(coming)
        party = waiting.pop()[: draw.integer(1, 3)]
        names = ("Standard", "Flex", "Light", "Premium Saver", "Premium Flex")
        family = draw.skewed(names[: 5 if flight.aircraft.model == "Saab 340" else 3])
        reservation = book(draw, party, flight, family)
        back = [
            f
            for f in coming
            if f.origin == flight.destination
            and f.destination == flight.origin
            and (f.departs - flight.departs).days >= 2
        ]
        if back and reservation is not None and draw.chance(80):
            book(draw, party, draw.choice(back[:6]), family, reservation)
    quiet = [f for f in coming if f.number == "SR101" and f.departs.date() not in [c.departs.date() for c in crowded]]
    duplicates(draw, waiting, quiet)
    laden(draw, rows(Segment, reservation__booker=club[0])[0], crowded[1])
    for flight in cancelled:
        flight.status = "cancelled"
    tonight = [f for f in rows(Flight, status="scheduled", departs=above(draw.now)) if f.departs.date() == draw.today]
    held_up = draw.choice([f for f in tonight if f not in crowded])
    held_up.status, held_up.delay_minutes = "delayed", 40
    held_up.expected_departure = held_up.departs + timedelta(minutes=40)
    accounts(draw)
    groups(draw, coming, cancelled)
    for writer in list(dict.fromkeys(one.booker for one in draw.shuffled(rows(Reservation))))[:16]:
        draw.new(Correspondent, name=writer.name, email=writer.email)
    draw.need(parties_ahead(draw), "nobody flies together whose booker has no credit")
    draw.need(made_up_for(), "no cancelled flight whose travellers fit on one")
    draw.need(owing_flights(draw), "no flight with several bookers who owe something")
    draw.need(wrong_charges(), "too few wrong charges")


def catalogue(draw: Draw) -> None:
    """Airports, aircraft with their seats, fares and bags."""
    for code, city in (
        ("INV", "Inverness"),
        ("KOI", "Kirkwall"),
        ("MAN", "Manchester"),
        ("BHD", "Belfast City"),
        ("SYY", "Stornoway"),
    ):
        draw.new(Airport, code=code, name=city)
    for model, last, premium, exit_row, bulky in (("Twin Otter", 6, 0, 4, 3), ("Saab 340", 10, 2, 5, 6)):
        aircraft = draw.new(Aircraft, model=model, bulky_limit=bulky)
        for number in range(1, last + 1):
            for letter in "ABC":
                draw.new(Seat, aircraft=aircraft, code=f"{number}{letter}", row=number, exit_row=number == exit_row,
                         side="left" if letter == "A" else "right", place="aisle" if letter == "B" else "window",
                         cabin="premium" if number <= premium else "economy")  # fmt: skip
    for name, cabin, supplement, changes, fee, early, later, bags in FAMILIES:
        draw.new(FareFamily, name=name, cabin=cabin, supplement=Decimal(supplement), changes=changes,
                 change_fee=Decimal(fee), refund_percent_72_hours_before=early, refund_percent_later=later,
                 bags_included=bags)  # fmt: skip
    for name, price, large in BAGS:
        draw.new(BagProduct, name=name, price=Decimal(price), bulky=large)


def timetable(draw: Draw, day: date) -> None:
    """The flights of one day; numbers are odd on the way out and even on the way back."""
    ports = {port.code: port for port in rows(Airport)}
    for origin, destination, first_number, model, price, minutes, every, *rotations in LINES:
        if day.toordinal() % every:
            continue
        for turn, times in enumerate(rotations):
            for back, (hour, minute) in enumerate(times):
                departs = datetime.combine(day, time(hour, minute))
                ends = (ports[origin], ports[destination])[:: -1 if back else 1]
                status = "departed" if departs < draw.now else "scheduled"
                draw.new(Flight, number=f"SR{first_number + 2 * turn + back}", origin=ends[0], destination=ends[1],
                         departs=departs, arrives=departs + timedelta(minutes=minutes), status=status,
                         aircraft=rows(Aircraft, model=model)[0],
                         price=Decimal(price + draw.integer(0, 38)), expected_departure=None)  # fmt: skip


def person(draw: Draw, name: str, earliest: int, latest: int) -> Passenger:
    """A passenger born in those years; children have no telephone."""
    born = date(draw.integer(earliest, latest), draw.integer(1, 12), draw.integer(1, 28))
    return draw.new(Passenger, name=name, born=born, phone=draw.text("phone") if born.year < 2010 else None)


def household(draw: Draw) -> list[Passenger]:
    """One or two adults, often with a child."""
    surname = draw.skewed(LAST)
    names = [f"{first} {surname}" for first in draw.sample(FIRST, 3)]
    people = [person(draw, name, 1948, 2003) for name in names[: draw.integer(1, 2)]]
    return [*people, person(draw, names[2], 2012, 2019)] if draw.chance(50) else people


def book(
    draw: Draw, party: list[Passenger], flight: Flight, name: str, reservation: Reservation | None = None
) -> Reservation | None:
    """Book a party where there is room and nobody flies elsewhere at that time; a return goes into its reservation."""
    family = rows(FareFamily, name=name)[0]
    if seats_left(flight, family.cabin) < len(party) or any(flies_that_day(each, flight) for each in party):
        return None
    if reservation is None:
        channel: Literal["web", "phone", "desk"] = draw.skewed(("web", "phone", "desk"))
        reservation = draw.new(Reservation, locator=locator(count(Reservation) + 1), booker=party[0], channel=channel,
                               made=draw.moment(-50, -4))  # fmt: skip
    fare = flight.price + family.supplement - draw.choice((0, 0, 3, 8))
    gone = flight.status == "departed"
    for each in party:
        seats = seats_free(flight, cabin=family.cabin, exit_row=False)
        windows = [s for s in seats if s.place == "window"]
        status: Literal["confirmed", "checked_in", "flown", "no_show"]
        status = ("no_show" if draw.chance(8) else "flown") if gone else "confirmed"
        seat = windows[0] if windows and draw.chance(70) else draw.choice(seats or [None])
        seat = seat if gone or draw.chance(55) else None
        if not gone and seat is not None and flight.departs < draw.now + timedelta(hours=47) and draw.chance(15):
            status = "checked_in"
        segment = draw.new(Segment, reservation=reservation, traveller=each, flight=flight, family=family, fare=fare,
                           seat=seat, status=status)  # fmt: skip
        product = draw.skewed(rows(BagProduct))
        if draw.chance(20) and (not product.bulky or bulky_room(flight) > 0):
            draw.new(Bag, segment=segment, product=product, price=product.price)
    return reservation


def duplicates(draw: Draw, homes: list[list[Passenger]], mornings: list[Flight]) -> None:
    """People who booked the morning flight on the website and, seeing no confirmation, the evening one by telephone."""
    bags = rows(BagProduct, bulky=False)
    for flight in draw.sample(mornings, 4):
        evening = rows(Flight, number="SR103", departs=above(flight.departs), order="departs")[0]
        for home in draw.shuffled(homes):
            owner = home[0]
            if not count(Segment, traveller=owner) and count(Passenger, name=containing(owner.name)) == 1:
                made = draw.moment(-9, -3)
                for place, channel in ((flight, "web"), (evening, "phone")):
                    reservation = draw.new(
                        Reservation, locator=locator(count(Reservation) + 1), booker=owner, channel=channel, made=made
                    )
                    family = rows(FareFamily, name=draw.choice(("Light", "Standard")))[0]
                    segment = draw.new(Segment, reservation=reservation, traveller=owner, flight=place, family=family,
                                       fare=place.price + family.supplement, seat=None)  # fmt: skip
                    product = draw.choice(bags)
                    draw.new(Bag, segment=segment, product=product, price=product.price)
                break


def flies_that_day(traveller: Passenger, flight: Flight) -> bool:
    """Whether someone flies anywhere on the day of a flight."""
    return any(s.flight.departs.date() == flight.departs.date() for s in rows(Segment, traveller=traveller))


def laden(draw: Draw, curler: Segment, flight: Flight) -> None:
    """A curler who brings stones, and cyclists who fill the hold of a small aircraft."""
    heavy, bicycle = rows(BagProduct, name="Heavy bag up to 32 kg")[0], rows(BagProduct, name="Bicycle")[0]
    for _ in range(3 - count(Bag, segment=curler)):
        draw.new(Bag, segment=curler, product=heavy, price=heavy.price)
    for segment in rows(Segment, flight=flight, limit=bulky_room(flight)):
        if count(Bag, segment=segment) < 3:
            draw.new(Bag, segment=segment, product=bicycle, price=bicycle.price)


def accounts(draw: Draw) -> None:
    """What was charged and paid for all that, goodwill credit, and change fees, some of them charged by mistake."""

    def post(
        account: Passenger, kind: Literal["charge", "payment", "refund"], amount: Decimal, memo: str, posted: datetime
    ) -> None:
        bills.post(account, kind, amount, memo).posted = posted

    changed = 0
    for reservation in rows(Reservation):
        mine, code, booker = rows(Segment, reservation=reservation), reservation.locator, reservation.booker
        owed = total(Segment, "fare", reservation=reservation) + total(Bag, "price", segment__reservation=reservation)
        post(booker, "charge", owed, f"Booking {code}", reservation.made)
        if draw.chance(70):
            post(booker, "payment", owed, f"Card payment, {code}", reservation.made)
        family = mine[0].family
        likely = {"not allowed": 0, "fee plus fare difference": 30, "free": 70}[family.changes]
        if draw.chance(likely) and changed < 12 * draw.scale:
            fee = Decimal(35 if family.cabin == "economy" else 30)
            posted = max(draw.moment(-20, -2), reservation.made + timedelta(days=1))
            post(booker, "charge", fee, f"Change of {code} to {mine[-1].flight.number}", posted)
            post(booker, "payment", fee, f"Card payment, {code}", posted)
            changed += 1
        if booker.balance <= 0 and draw.chance(50):
            post(booker, "refund", draw.money(20, 90, "5"), "Goodwill credit after a delay", draw.moment(-60, -20))


def groups(draw: Draw, coming: list[Flight], cancelled: list[Flight]) -> None:
    """Seats held for walking tours and football clubs: some flights are full, others have a place or two."""
    for flight in coming:
        left = seats_left(flight, "economy")
        after = any(f.number[:4] == flight.number[:4] and f.origin == flight.origin
                    and f.departs < flight.departs < f.departs + timedelta(hours=16)
                    for f in cancelled)  # fmt: skip
        if flight.status == "scheduled" and (after or draw.chance(30)):
            flight.group_seats = max(0, left - (draw.integer(0, 3) if after else draw.choice((0, 0, 1, 2))))


@world.data
def web_pages(draw: Draw) -> None:
    """The pages of airports, of festivals and of our own, some of them overtaken, and letters that ask about parking."""
    for port in rows(Airport):
        charges(draw, port.name)
    for city in ("Inverness", "Kirkwall"):
        notices(draw, city)
    festivals(draw)
    for path, title, text in OWN_PAGES:
        web.publish("Skerry Air", f"https://skerryair.example/{path}", title, text, draw.day(-300, -200))
    lists = rows(web.WebPage, title=containing(CHARGES), published=below(draw.today), limit=2)
    for folder, page in (
        ("Car parks", lists[0]),
        ("Car parks", lists[1]),
        ("Notices", rows(web.WebPage, title=containing(NOTICE))[0]),
    ):
        title, saved = (
            f"{page.site.name}: {page.title}",
            max(draw.now - timedelta(days=20), datetime.combine(page.published, time(16, 20))),
        )
        draw.new(web.Bookmark, title=title, address=page.address, folder=folder, note=None, read=True, saved=saved)
    trips = [
        (out, back) for reservation in rows(Reservation) if (trip := round_trip(reservation)) for out, back in (trip,)
    ]
    draw.need(trips, "nobody flies there and back")
    for (subject, body), (out, _) in zip(draw.shuffled(PARKING), draw.shuffled(trips), strict=False):
        booker, code = out.reservation.booker, out.reservation.locator
        question = f"{body.format(out.flight.origin.name)} What will it come to? Our confirmation is attached.\n\n{booker.name}"
        letter = mail.deliver(booker.email, subject, question, sent=draw.moment(-3, -2), read=draw.chance(40))
        lines = ("Skerry Air", f"Confirmation of booking {code}", "", "Flights and seats are shown in our app under this locator.",
                 "Please be at the airport 60 minutes before departure.", "")  # fmt: skip
        mail.attach(letter, "confirmation.txt", "\n".join(lines))


def site_of(city: str) -> str:
    """Where the pages of a city's airport stand."""
    return f"https://{web.slug(city)}-airport.example"


def charges(draw: Draw, city: str) -> None:
    """What an airport's car park costs, as it was, as it is, and for some as it will be while people are away."""
    began = draw.day(-110, -40)
    starts = [began, *([began - timedelta(days=364)] if city in ("Inverness", "Kirkwall") else [])]
    starts += [draw.day(3, 5)] if city in ("Inverness", "Kirkwall", "Manchester") else []
    two, per_day = draw.integer(18, 30), draw.integer(7, 12)
    for start in sorted(starts):
        lines = [("Up to 2 days", two), ("Up to 4 days", two + 3 * per_day), ("Up to 7 days", two + 6 * per_day),
                 ("Up to 14 days", two + 9 * per_day)]  # fmt: skip
        prices = "\n".join(f"- {span}: £{halves / 2:.2f}" for span, halves in lines)
        text = (f"{CHARGES}{web.written(start)}\n\n{prices}\n\nThe first and the last day of a stay count as whole days. The list in "
                "force on the first day holds for all of the stay.")  # fmt: skip
        published = draw.day(-12, -6) if start > draw.today else start - timedelta(days=14)
        web.publish(
            f"{city} Airport", f"{site_of(city)}/parking/{start}", f"{CHARGES}{web.written(start)}", text, published
        )
        two, per_day = two + draw.integer(1, 4), per_day + draw.integer(1, 2)


def notices(draw: Draw, city: str) -> None:
    """An airport's notice about tomorrow, the one that takes its place, and one about the day after."""
    tomorrow, after = draw.today + timedelta(days=1), draw.today + timedelta(days=2)
    late, later = draw.sample((20, 25, 30, 35, 40, 45, 55, 70), 2)
    first, second = draw.sample(WINDOWS, 2)
    cause = draw.choice(("Fog is forecast", "Part of the runway lighting has failed", "The tower is short of hands"))
    for day, kind, (begins, ends), minutes, published in (
        (tomorrow, "", first, late, draw.today - timedelta(days=1)),
        (tomorrow, ", revised", second, later, draw.today),
        (after, "", first, late + 5, draw.today),
    ):
        replaced = (
            f"This takes the place of our notice of {web.written(draw.today - timedelta(days=1))}. " if kind else ""
        )
        text = (f"{replaced}{cause}. All departures that are scheduled from {begins} to {ends} on {web.written(day)} leave {minutes} minutes "
                "late. Other departures are on time.")  # fmt: skip
        address = f"{site_of(city)}/airlines/{day}{'-revised' if kind else ''}"
        web.publish(f"{city} Airport", address, f"{NOTICE}{kind}: {web.written(day)}", text, published)


def festivals(draw: Draw) -> None:
    """What takes place where we fly: the programmes of last year and of this, one moved to another day, one put off."""
    for fate, (name, city, host, about) in zip(
        ("as planned", "as planned", "moved", "put off"), draw.shuffled(EVENTS), strict=True
    ):
        opens = draw.sample(opening_days(draw, city), 2)
        for year, day, published in ((2025, date(2025, 3, draw.integer(5, 25)), date(2025, 1, draw.integer(5, 25))),
                                     (2026, opens[0], draw.day(-60, -40))):  # fmt: skip
            text = f"{name} {year} open on {web.written(day)} at {draw.integer(11, 15)}:00 and last three days. {about}"
            web.publish(name, f"https://{host}/{year}", f"{name} {year}: programme", text, published)
        if fate == "moved":
            text = f"The hall is double-booked. {name} 2026 now open on {web.written(opens[1])}; the programme and the tickets stay as they are."
            web.publish(name, f"https://{host}/2026/new-date", f"{name} 2026: another day", text, draw.day(-6, -2))
        if fate == "put off":
            text = f"{name} 2026 cannot take place this month. There is no new date yet; whoever has a ticket gets the money back."
            web.publish(name, f"https://{host}/2026/put-off", f"{name} 2026 are put off", text, draw.day(-6, -2))


def opening_days(draw: Draw, city: str) -> list[date]:
    """The next days on whose eve we fly to a city."""
    eves = {
        flight.departs.date() for flight in rows(Flight, destination__name=city, origin__code="INV", status="scheduled")
    }
    return [eve + timedelta(days=1) for eve in sorted(eves) if draw.today + timedelta(days=1) < eve]


def round_trip(reservation: Reservation) -> tuple[Segment, Segment] | None:
    """The first flight out and the flight back of a reservation that goes to one place and returns, all of it still to come."""
    mine = rows(Segment, order="flight.departs", reservation=reservation, traveller=reservation.booker)
    if len(mine) != 2 or any(one.status != "confirmed" or one.flight.status == "cancelled" for one in mine):
        return None
    out, back = mine
    return (out, back) if out.flight.origin == back.flight.destination else None


def sure(traveller: Passenger) -> bool:
    """Whether searching for a person's name finds nobody else."""
    return count(Passenger, name=containing(traveller.name)) == 1


def coming_segments(draw: Draw, **filters: Any) -> list[Segment]:
    """Confirmed segments of flights that leave no sooner than in six hours."""
    after = at_least(draw.now + timedelta(hours=6))
    return rows(Segment, status="confirmed", flight__departs=after, flight__status=other_than("cancelled"), **filters)


def parties_ahead(draw: Draw) -> list[tuple[Flight, Reservation, int]]:
    """Who flies together, under a booker without credit: the flight, the reservation, and how many they are."""
    parties = []
    for flight in {s.flight: s.flight for s in coming_segments(draw)}.values():
        for reservation in {s.reservation: s for s in coming_segments(draw, flight=flight)}:
            mine = rows(Segment, flight=flight, reservation=reservation)
            if 2 <= len(mine) <= 4 and reservation.booker.balance >= 0 and all(s.status == "confirmed" for s in mine):
                parties.append((flight, reservation, len(mine)))
    return parties


def made_up_for() -> list[Flight]:
    """The cancelled flights whose travellers all fit on one later flight."""
    found = []
    for flight in rows(Flight, status="cancelled"):
        stranded = rows(Segment, flight=flight, status="confirmed")
        target = next((f for f in later_flights(flight) if seats_left(f, "economy") >= len(stranded)), None)
        if target and len(stranded) > 2 and all(can_take(s, target) for s in stranded):
            found.append(flight)
    return found


def owing_flights(draw: Draw) -> list[tuple[Flight, Decimal]]:
    """Flights with several bookers, of whom some owe something, and what they owe in all."""
    bookers: dict[Flight, set[Passenger]] = {}
    for segment in coming_segments(draw):
        bookers.setdefault(segment.flight, set()).add(segment.reservation.booker)
    owed = {f: sum((max(Decimal(0), p.balance) for p in people), Decimal(0)) for f, people in bookers.items()}
    return [(f, owed[f]) for f, people in bookers.items() if len(people) > 1 and owed[f] > 0]


def wrong_charges() -> list[tuple[date, Decimal]]:
    """Days since when two to six changes of free fares were charged, and what these came to."""
    changes = rows(bills.Entry, kind="charge", memo=containing("Change of"), order="posted")
    families = {e: rows(Segment, reservation__locator=e.memo.split()[2])[0].family for e in changes}
    found = []
    for since in [e.posted.date() for e in changes]:
        wrong = [e.amount for e in changes if e.posted.date() >= since and families[e].changes == "free"]
        if 2 <= len(wrong) <= 6:
            found.append((since, sum(wrong, Decimal(0))))
    return found


def later_flights(flight: Flight) -> list[Flight]:
    """The flights on the same route after this one that go, the earliest first."""
    return rows(Flight, order="departs", origin=flight.origin, destination=flight.destination,
                departs=above(flight.departs),
                status=one_of(("scheduled", "delayed")))  # fmt: skip


def can_take(segment: Segment, flight: Flight) -> bool:
    """Whether a traveller flies nowhere between now and then, and the flight has room for what they bring."""
    between = {"flight__departs": above(segment.flight.departs), "flight__arrives": at_most(flight.arrives)}
    busy = count(
        Segment,
        traveller=segment.traveller,
        status=one_of(("confirmed", "checked_in")),
        id=other_than(segment.id),
        **between,
    )
    bulky = count(Bag, segment=segment, product__bulky=True)
    return not busy and not others_in_the_air(segment.traveller, flight, segment) and bulky <= bulky_room(flight)


def alone(segment: Segment) -> bool:
    """Whether a traveller is grown up and leaves no child behind alone when moved to another flight."""
    party = rows(Segment, reservation=segment.reservation, flight=segment.flight, id=other_than(segment.id))
    others = [age(one.traveller) for one in party]
    return age(segment.traveller) >= 16 and (not others or max(others) >= 16)


def follows(traveller: Passenger, flight: Flight) -> bool:
    """Whether a flight fits between the others of a traveller: from where the last one ended to where the next starts."""
    mine = rows(Segment, order="flight.departs", traveller=traveller, status=one_of(HOLDING))
    before = [one.flight for one in mine if one.flight.departs <= flight.departs]
    after = [one.flight for one in mine if one.flight.departs > flight.departs]
    return ((not before or (before[-1].destination == flight.origin and before[-1].arrives < flight.departs))
            and (not after or (after[0].origin == flight.destination and after[0].departs > flight.arrives)))  # fmt: skip


def find_flight(do: Do, number: str, day: date) -> Any:
    """A flight by number and day."""
    return do.search_flights(number=number, departs_from=day, departs_to=day)[0]


def flights_after(do: Do, found: Any) -> list[Any]:
    """The flights after one that was found, on its route, that are not cancelled."""
    later = do.every("search_flights", origin_name=found.flight_origin_name,
                     destination_name=found.flight_destination_name,
                     departs_from=found.flight_departs, sort="departs")  # fmt: skip
    return [f for f in later if f.status != "cancelled" and f.departs > found.flight_departs]


def with_room(do: Do, flights: list[Any], cabin: str, seats: int) -> Any:
    """The first of some flights that has that many seats left."""
    return next(f for f in flights if do.flight_availability(flight_id=f.id)[f"{cabin}_left"] >= seats)


def write_to(do: Do, passenger_id: int, subject: str, body: str, **facts: Any) -> None:
    """E-mail a passenger."""
    address = do.get_passenger(passenger_id=passenger_id).email
    do.send_message(recipient=address, subject=do.compose(subject), body=do.compose(body, **facts))


@world.intent(
    "{traveller.name} ({locator}) cannot make {flight.number} on {day}. Change that ticket to the earliest later "
    "flight on the route with a seat in the same cabin, and e-mail whoever booked it the new flight's number, its "
    "date and time of departure and what we charged. The seat they will choose themselves.",
    "Please rebook {traveller.name} off {flight.number} of {day}, reservation {locator}: the next departure after "
    "it, same route and cabin, that still has a place; the seat they pick themselves. The booker wants number, "
    "date and time of departure and charge confirmed by e-mail.",
    "Reservation {locator}: {traveller.name} has a meeting that clashes with {flight.number} ({day}). Put them on "
    "the soonest later service that is not full in their cabin, then write to the booker by e-mail with the flight "
    "number, the date and time it leaves and the cost of the change. Seats are chosen by the traveller later.",
    "A caller says {traveller.name} will miss {flight.number} on {day}. Locator {locator}. Find the first flight "
    "after that one with room in the cabin they paid for and move the ticket there, leaving the seat to them; "
    "afterwards mail the booker which flight it is, its date and time of departure and the amount charged.",
    "Could you push {traveller.name} back to the next available flight? The ticket is for {flight.number}, {day}, "
    "under {locator}. Cabin stays as it is; they will choose a seat themselves. Let the person who made the booking "
    "know by mail: new number, date and time of departure, amount charged.",
    "Next flight with a free seat, please, for {traveller.name}, now on {flight.number} of {day} (booking "
    "{locator}), no change of cabin. Once moved, the booker gets an e-mail stating flight number, date and time of "
    "departure and price of changing. The traveller will see to the seat.",
    "{locator} needs a change: take {traveller.name} from {flight.number} on {day} to the following flight that has "
    "space in that cabin, skipping any that are sold out or cancelled, and send the booker its number and the date "
    "and time of departure by e-mail, along with the sum charged. Do not choose a seat for them.",
    "We promised to get {traveller.name}, booked under {locator} on {flight.number} ({day}), onto a later plane: as "
    "early as possible after that one, same cabin, whatever seat they may choose later. Do it and tell the booker in "
    "an e-mail the number, the date and time of departure and how much it came to.",
    kind="write", role="agent",
)  # fmt: skip
def move_to_a_later_flight(draw: TaskDraw) -> Task:
    found = []
    for segment in coming_segments(draw, family__changes="fee plus fare difference"):
        open_ones = [f for f in later_flights(segment.flight) if seats_left(f, segment.family.cabin) > 0]
        if open_ones and alone(segment) and can_take(segment, open_ones[0]):
            found.append((open_ones[0] != later_flights(segment.flight)[0], segment))
    return later_task(draw, draw.choice([s for skips, s in found if skips] or [s for _, s in found]))


@world.impossible(move_to_a_later_flight)
def move_a_ticket_that_cannot_be_changed(draw: TaskDraw) -> Task:
    fixed = [s for s in coming_segments(draw, family__changes="not allowed")
             if alone(s) and any(seats_left(f, s.family.cabin) > 0 for f in later_flights(s.flight))]  # fmt: skip
    return later_task(draw, draw.choice(fixed), impossible=True)


def later_task(draw: TaskDraw, segment: Segment, impossible: bool = False) -> Task:
    """The task of moving a segment to the next flight with a seat, where its fare allows that."""
    flight, reservation = segment.flight, segment.reservation

    def solve(do: Do) -> None:
        booking = do.search_reservations(locator=reservation.locator)[0]
        old = do.search_segments(
            reservation_id=booking.id, traveller_name=segment.traveller.name, flight_number=flight.number
        )[0]
        cabin = next(f.cabin for f in do.tariff().fares if f.id == old.family_id)
        new = with_room(do, flights_after(do, old), cabin, 1)
        changed = do.attempt("change_flight", segment_id=old.id, flight_id=new.id)
        if changed is not None:
            write_to(do, booking.booker_id, "Your new flight",
                     "You now fly on {number}, which leaves on {when}. We charged £{amount}.",
                     number=new.number, when=datetime.fromisoformat(new.departs), amount=changed.charged)  # fmt: skip

    return draw.task(
        solve,
        impossible=impossible,
        traveller=segment.traveller,
        locator=reservation.locator,
        flight=flight,
        day=flight.departs.date(),
    )


@world.intent(
    "Give me a window seat on the {side} side of {flight.number} on {day}, as far forward as possible in rows {low} "
    "to {high}, and check me in.",
    "I'd like to check in for {flight.number} ({day}), but first move me to the {side}-hand windows: the foremost "
    "free one between rows {low} and {high}.",
    "On {day} I fly {flight.number}. Can I sit by a window on the {side}, somewhere in rows {low}-{high}, the nearer "
    "the front the better? Then do my check-in too, please.",
    "Please change my seat on {flight.number}, {day}: {side} side, window, rows {low} through {high}, picking the "
    "lowest row that is free. After that complete the check-in.",
    "Check-in for {flight.number} on {day}, please. Seat wish: {side} window in rows {low} to {high}, the first of "
    "them that is free.",
    "I get airsick unless I can look out, so for {flight.number} of {day} pick the most forward available {side} "
    "window from row {low} to row {high} and have me checked in.",
    "My flight is {flight.number} on {day}. Before you check me in, swap my place for a window at the {side}; only "
    "rows {low} to {high} will do, and I want the front-most of those going.",
    "Want to be on the {side} with a window for {flight.number} ({day}): take whichever open seat in rows {low} to "
    "{high} is closest to the cockpit, finish with check-in.",
    kind="write", role="passenger",
)  # fmt: skip
def choose_a_window_and_check_in(draw: TaskDraw) -> Task:
    segment, side, low, high = draw.choice(window_wishes(draw))
    flight, day = segment.flight, segment.flight.departs.date()

    def solve(do: Do) -> None:
        mine = do.search_segments(traveller_id=segment.traveller.id, flight_number=flight.number,
                                  flight_departs_from=day,
                                  flight_departs_to=day)[0]  # fmt: skip
        cabin = next(f.cabin for f in do.tariff().fares if f.id == mine.family_id)
        seat = do.free_seats(
            flight_id=mine.flight_id, cabin=cabin, place="window", side=side, row_from=low, row_to=high
        )[0]
        do.assign_seat(segment_id=mine.id, seat_id=seat.id)
        do.check_in(segment_id=mine.id)

    return draw.task(solve, actor=segment.traveller, flight=flight, day=day, side=side, low=low, high=high)


def window_wishes(draw: TaskDraw) -> list[tuple[Segment, str, int, int]]:
    """Who can check in and owes nothing, with rows and a side in which a window of their cabin is free."""
    wishes = []
    for segment in coming_segments(draw, flight__arrives=at_most(draw.now + timedelta(hours=46))):
        mine = segment.reservation.booker == segment.traveller and segment.traveller.balance <= 0
        for side in ("left", "right") if mine else ():
            for low, high in ((1, 2), (2, 3), (3, 5), (2, 4), (5, 6), (6, 8), (3, 6)):
                free = seats_free(segment.flight, side=side, place="window", cabin=segment.family.cabin,
                                  row=one_of(range(low, high + 1)))  # fmt: skip
                fits = count(Seat, aircraft=segment.flight.aircraft, row=high, cabin=segment.family.cabin)
                if free and fits and (segment.seat is None or not low <= segment.seat.row <= high):
                    wishes.append((segment, side, low, high))
    return wishes


@world.intent(
    "{booker.name} wants to give up reservation {locator} altogether. Cancel every segment that is still to come, on "
    "the fare's conditions, and e-mail {booker.name} how much goes back to the travel account in all.",
    "Please cancel the whole of {locator} and let {booker.name}, who booked it, know by mail the total refund.",
    "The trip under {locator} is off. Take all its travellers off all their flights, add up what was refunded and "
    "write the sum to {booker.name}.",
    "Booking {locator} ({booker.name}): everything in it is to be cancelled under the normal refund rules. The "
    "booker should receive an e-mail with the overall amount credited.",
    "{booker.name} phoned in tears: nobody on {locator} can travel any more. Cancel it completely, then send a "
    "message saying what the refunds come to.",
    "No more journey for {locator}. Every place on every flight in the reservation should be released; {booker.name} "
    "gets one e-mail naming the full amount returned.",
    "Could you void the plans of {booker.name}? That is, cancel each ticket in {locator} as the tariff allows, and "
    "mail back the figure refunded in total.",
    "Cancel {locator} from first to last segment. By e-mail, tell {booker.name} the refund for all of them together.",
    kind="write", role="agent",
)  # fmt: skip
def cancel_a_reservation(draw: TaskDraw) -> Task:
    ahead, sizes = coming_segments(draw), {}
    for reservation in {s.reservation.id: s.reservation for s in ahead if s.family.name != "Light"}.values():
        mine = rows(Segment, reservation=reservation)
        refunded = any(s.family.refund_percent_later for s in mine)
        if refunded and sure(reservation.booker) and 2 <= len(mine) <= 8 and all(s in ahead for s in mine):
            sizes[reservation] = len(mine)
    enough = min(4, max(sizes.values()))
    reservation = draw.choice([r for r, size in sizes.items() if size >= enough])

    def solve(do: Do) -> None:
        booking = do.search_reservations(locator=reservation.locator)[0]
        refunds = [
            do.cancel_segment(segment_id=s.id).refunded
            for s in do.search_segments(reservation_id=booking.id, status="confirmed")
        ]
        write_to(do, booking.booker_id, "Your cancellation",
                 "Your reservation is cancelled; £{amount} is on your travel account.",
                 amount=do.sum(refunds))  # fmt: skip

    return draw.task(solve, locator=reservation.locator, booker=reservation.booker)


@world.intent(
    "Add one {product} for everybody travelling on {flight.number} in my booking {locator}. What do I owe you in all "
    "after that?",
    "We are each bringing a {product} on {flight.number}, reservation {locator}; please put them on. And how much "
    "will be open on my travel account then?",
    "For {locator}: one extra {product} a head, only on the {flight.number} leg. Tell me the balance I have to pay "
    "afterwards, including anything still due.",
    "Could my party in {locator} have a {product} apiece on flight {flight.number}? I also need to know my "
    "outstanding balance once they are booked.",
    "Please book a {product} per traveller on {flight.number} under {locator}, then tell me what I owe on my "
    "travel account altogether.",
    "How much would I owe altogether, with a {product} for each of us on {flight.number}? Go ahead and add them to "
    "{locator} before you answer.",
    "{locator} here. All of us flying {flight.number} need a {product}, so charge my account for those and report "
    "what it then comes to.",
    "Extra luggage: {product}, once for every person I have on {flight.number} ({locator}). Then state the amount "
    "due from me in total.",
    kind="write", role="passenger",
)  # fmt: skip
def add_bags_for_the_party(draw: TaskDraw) -> Task:
    flight, reservation, size = draw.choice(parties_ahead(draw))
    product = draw.choice([p for p in rows(BagProduct) if not p.bulky or bulky_room(flight) >= size])

    def solve(do: Do) -> float:
        booking = do.search_reservations(locator=reservation.locator)[0]
        bag = next(p for p in do.tariff().extra_bags if p.name == product.name)
        for segment in do.search_segments(reservation_id=booking.id, flight_number=flight.number):
            do.add_bag(segment_id=segment.id, product_id=bag.id)
        return float(do.travel_account(passenger_id=booking.booker_id).balance)

    owed = reservation.booker.balance + size * product.price
    return draw.task(solve, answer=Answer.money(owed), actor=reservation.booker, product=product.name.lower(),
                     flight=flight,
                     locator=reservation.locator)  # fmt: skip


@world.intent(
    "If moving {traveller.name} ({locator}) from {flight.number} on {day} to {target.number} on {new_day} costs no "
    "more than {limit} in all, do it. If it costs more, leave the ticket alone. Either way e-mail the booker what "
    "the change costs.",
    "{traveller.name} would rather take {target.number} of {new_day} than {flight.number} of {day}; locator "
    "{locator}. Change it provided fee and fare difference together stay within {limit}, otherwise not. In both "
    "cases the booker should hear by mail what the amount is.",
    "What would it take to get {traveller.name} onto {target.number}, {new_day}? The ticket is {locator}, "
    "{flight.number}, {day}. Up to {limit} you may go ahead and change; above that keep things as they are. Write "
    "the figure to the booker, whichever it is.",
    "The limit is {limit}: when the switch of {traveller.name} from {flight.number} ({day}) to {target.number} "
    "({new_day}) under {locator} comes to that or less, make it, else don't. Send the booker an e-mail with the "
    "price of the change regardless.",
    "Booking {locator}. Work out the total for changing {traveller.name}'s {flight.number} on {day} into "
    "{target.number} on {new_day}, e-mail it to the booker, and carry the change out only if the total does not "
    "exceed {limit}.",
    "Please rebook {traveller.name} to {target.number} on {new_day} instead of {flight.number} on {day} (reservation "
    "{locator}), but their employer pays at most {limit}. Too dear means no change. The booker must be mailed the "
    "cost in any event.",
    "Check {locator}: a change for {traveller.name} out of {flight.number}, {day}, and into {target.number}, "
    "{new_day}. Affordable is anything not above {limit}, and then it is to be done; if not affordable, nothing "
    "moves. A mail to the booker names the cost both ways.",
    "Does {limit} cover it? {locator} has {traveller.name} on {flight.number}, {day}; the wish is {target.number}, "
    "{new_day}. Alter the ticket if so, hands off if not, and tell the booker the "
    "exact cost by e-mail.",
    kind="conditional", role="agent",
)  # fmt: skip
def change_if_it_is_cheap(draw: TaskDraw) -> Task:
    options = [
        (segment, flight) for segment in coming_segments(draw, family__changes="fee plus fare difference")
        for flight in later_flights(segment.flight)[:4]
        if alone(segment) and seats_left(flight, segment.family.cabin) > 0 and can_take(segment, flight)
    ]  # fmt: skip
    segment, target = draw.choice(options)
    flight, code, cost = segment.flight, segment.reservation.locator, change_cost(segment, target)
    limit = 5 * (cost // 5 + draw.choice((-3, -2, -1, 1, 2, 4)))

    def solve(do: Do) -> None:
        booking = do.search_reservations(locator=code)[0]
        old = do.search_segments(
            reservation_id=booking.id, traveller_name=segment.traveller.name, flight_number=flight.number
        )[0]
        new = find_flight(do, target.number, target.departs.date())
        family = next(f for f in do.tariff().fares if f.id == old.family_id)
        dearer = do.difference(do.sum([new.price, family.supplement]), old.fare)
        price = do.sum([family.change_fee, dearer]) if dearer > 0 else family.change_fee
        if price <= limit and do.flight_availability(flight_id=new.id)[f"{family.cabin}_left"] > 0:
            do.change_flight(segment_id=old.id, flight_id=new.id)
        write_to(do, booking.booker_id, "Your change request", "The change costs £{amount} in all.", amount=price)

    return draw.task(solve, traveller=segment.traveller, locator=code, flight=flight, day=flight.departs.date(),
                     target=target,
                     new_day=target.departs.date(), limit=limit)  # fmt: skip


@world.intent(
    "{traveller.name} has travel credit with us. If it covers a {product} on {flight.number} of {day}, add that to "
    "{locator} and e-mail {traveller.name} the credit that remains; if not, add nothing and mail what the {product} "
    "costs.",
    "Can {traveller.name}'s credit pay for a {product} on {flight.number}, {day} ({locator})? If yes, book it and "
    "write how much credit is left. If no, book nothing and write the price of the {product} instead.",
    "Booking {locator}: {traveller.name} asks for a {product} on {flight.number} on {day}, paid from travel credit. "
    "Enough credit: put it on and mail the rest of the credit. Too little: leave the booking and mail the price.",
    "Look whether the travel account of {traveller.name} holds enough credit for one {product}, to go on "
    "{flight.number} ({day}, reservation {locator}). When it does, add the item and confirm the remaining credit by "
    "e-mail; when it does not, only tell them its price by e-mail.",
    "A {product} should go with {traveller.name} on {day}, flight {flight.number}, locator {locator}, but only out "
    "of existing credit. Add it where the credit suffices and e-mail what is then left of it, or otherwise e-mail "
    "the charge for the item without adding.",
    "Please use {traveller.name}'s credit for a {product}: {locator}, {flight.number}, {day}. Not sufficient? Then "
    "send {traveller.name} just the price. Sufficient? Then add it and send the credit still remaining.",
    "By e-mail {traveller.name} is to learn one of two sums. Either the credit left over after you added a {product} "
    "to {flight.number} on {day} in {locator}, if the credit was enough, or else the price of the {product}, which "
    "you then do not add.",
    "{locator}, {flight.number} of {day}: add a {product} for {traveller.name} as long as the credit on the travel "
    "account is not smaller than its price, mailing the leftover credit. With smaller credit refrain from adding and "
    "mail the price.",
    kind="conditional", role="agent",
)  # fmt: skip
def bag_from_travel_credit(draw: TaskDraw) -> Task:
    segment = draw.choice([s for s in coming_segments(draw, traveller__balance=below(0))
                           if s.reservation.booker == s.traveller
                           and count(Bag, segment=s) < 3])  # fmt: skip
    flight, code, credit = segment.flight, segment.reservation.locator, -segment.traveller.balance
    products = [p for p in rows(BagProduct) if not p.bulky or bulky_room(flight) > 0]
    enough = [p for p in products if p.price < credit]
    product = draw.choice(enough if enough and draw.chance(50) else [p for p in products if p.price > credit] or enough)

    def solve(do: Do) -> None:
        booking = do.search_reservations(locator=code)[0]
        mine = do.search_segments(
            reservation_id=booking.id, traveller_name=segment.traveller.name, flight_number=flight.number
        )[0]
        balance = do.travel_account(passenger_id=booking.booker_id).balance
        bag = next(p for p in do.tariff().extra_bags if p.name == product.name)
        if -balance >= bag.price:
            do.add_bag(segment_id=mine.id, product_id=bag.id)
            after = do.travel_account(passenger_id=booking.booker_id)
            rest = do.difference(do.sum([after.paid, after.refunded]), after.charged)
            write_to(
                do, booking.booker_id, "Your extra bag", "It is booked, and £{rest} of your credit is left.", rest=rest
            )
        else:
            write_to(
                do, booking.booker_id, "Your extra bag", "Your credit is too small: it costs £{price}.", price=bag.price
            )

    return draw.task(
        solve,
        traveller=segment.traveller,
        product=product.name.lower(),
        flight=flight,
        day=flight.departs.date(),
        locator=code,
    )


@world.intent(
    "{flight.number} on {day} is cancelled. Move everyone still booked on it to the earliest later flight on the "
    "route that has room for all of them together, then e-mail each person who made one of those bookings the new "
    "flight's number and its date and time of departure.",
    "We had to cancel {flight.number} of {day}. All its remaining travellers go onto one flight, the first one after "
    "it with enough seats for the lot. Mail every booker once with the number of that flight and the date "
    "and time it departs.",
    "Please sort out the people stranded by the cancellation of {flight.number}, {day}: keep them together on the "
    "next flight where all fit. Each booker is to be told its number and the date and time it leaves, one e-mail per "
    "booker.",
    "Crew shortage killed {flight.number} on {day}. Find the soonest later departure that can take the whole "
    "remaining load, rebook them all there, and e-mail every booker (once) stating flight number, date and time.",
    "Rebook the passengers of the cancelled {flight.number} ({day}) as one group. Which flight? The first following "
    "one with seats enough for every one of them. Whoever booked should get a single mail giving that flight's "
    "number and its date and time of departure.",
    "Nobody has yet been moved off {flight.number} of {day}, which will not fly. Do it now: same route, as early as "
    "possible afterwards, everyone on the same plane. Then inform all bookers by e-mail of the number and the "
    "date and time of departure, one message each.",
    "For {flight.number}, {day}: cancelled, passengers waiting. Transfer every one of them to the nearest later "
    "flight big enough for them all, and notify each booker in one mail with its number and the date and time of its "
    "departure.",
    "The loads on the days after {day} are tight, but all who held seats on the cancelled {flight.number} must "
    "travel together. Put them on the earliest later flight that has places for all, and let each booker know number, "
    "date and time of departure in one e-mail.",
    kind="batch", role="agent",
)  # fmt: skip
def rebook_a_cancelled_flight(draw: TaskDraw) -> Task:
    flight = draw.choice(made_up_for())

    def solve(do: Do) -> None:
        old = find_flight(do, flight.number, flight.departs.date())
        stranded = do.every("search_segments", flight_id=old.id, status="confirmed")
        new = with_room(do, flights_after(do, stranded[0]), "economy", do.count(stranded))
        for segment in stranded:
            do.change_flight(segment_id=segment.id, flight_id=new.id)
        bookers = [
            do.get_reservation(reservation_id=r).booker_id for r in dict.fromkeys(s.reservation_id for s in stranded)
        ]
        for booker in dict.fromkeys(bookers):
            write_to(
                do,
                booker,
                "Your flight was cancelled",
                "We moved you to {number}, which leaves on {when}.",
                number=new.number,
                when=datetime.fromisoformat(new.departs),
            )

    return draw.task(solve, flight=flight, day=flight.departs.date())


@world.intent(
    "{flight.number} on {day} will leave {minutes} minutes late. Record the delay and e-mail every traveller on it, "
    "confirmed or checked in, the new date and time of departure.",
    "Operations report a delay of {minutes} minutes for {flight.number}, {day}. Enter it, then mail each of the "
    "travellers the date and time at which they will now depart.",
    "Because of fog, put {minutes} minutes on {flight.number} of {day} and write to all its passengers individually "
    "by e-mail with the date and time at which it will go.",
    "Please log that {flight.number} ({day}) is {minutes} minutes behind, and let everybody travelling on it know "
    "the date and time of the expected departure by personal e-mail.",
    "The inbound aircraft is late, so {flight.number} on {day} goes {minutes} minutes after its scheduled time. Set "
    "that in the system; every person with a place on board gets a mail naming date and time of the revised departure.",
    "Delay notice wanted. Flight {flight.number}, {day}, {minutes} minutes. First the record, afterwards one e-mail "
    "per traveller (not per booking) stating the new date and time of departure.",
    "Mark {flight.number} of {day} as delayed by {minutes} minutes. Each passenger, children included, has an "
    "address of their own: mail all of them the date and time it now leaves.",
    "A technical check will hold {flight.number} back by {minutes} minutes on {day}. Note it, and inform those who "
    "are booked, one by one via e-mail, of the date and time of departure that result.",
    kind="batch", role="agent",
)  # fmt: skip
def announce_a_delay(draw: TaskDraw) -> Task:
    ahead = rows(Flight, status="scheduled", departs=at_least(draw.now + timedelta(hours=6)))
    soon = [f for f in ahead if f.departs < draw.now + timedelta(hours=47)]
    crowds = [f for f in soon if 4 <= count(Segment, flight=f, status=one_of(HOLDING)) <= 9]
    flight, minutes = draw.choice(crowds), draw.choice((25, 35, 50, 65, 80, 110))

    def solve(do: Do) -> None:
        found = find_flight(do, flight.number, flight.departs.date())
        do.delay_flight(flight_id=found.id, minutes=minutes)
        leaves = do.shift(found.departs, minutes=minutes)
        for segment in do.every("search_segments", flight_id=found.id):
            if segment.status in ("confirmed", "checked_in"):
                write_to(do, segment.traveller_id, "Your flight is delayed",
                         "We are sorry: your flight will leave on {when}.",
                         when=datetime.fromisoformat(leaves))  # fmt: skip

    return draw.task(solve, flight=flight, day=flight.departs.date(), minutes=minutes)


@world.intent(
    "{traveller.name} is booked twice from {origin.name} to {destination.name} on {day}. Keep the {keep} flight and "
    "void the other as a duplicate. Any extra bag on the voided one has to be booked on the kept one as well. E-mail "
    "{traveller.name} the amount refunded for the voided place.",
    "By mistake {traveller.name} made two bookings for {day}, {origin.name} to {destination.name}. The {keep} "
    "departure stays. Void the second as a duplicate, carry its extra bags over by booking the same again on the "
    "flight that stays, and mail {traveller.name} what the voided one gave back.",
    "Double booking, {origin.name}-{destination.name}, {day}: {traveller.name} holds a place on both the morning and "
    "the evening flight and wants the {keep} of them. Void the unwanted place, add the bags it had to the remaining "
    "segment, and write to {traveller.name} how much was returned for the void.",
    "Our website was slow to confirm, so {traveller.name} telephoned too and now flies {origin.name} to "
    "{destination.name} twice on {day}. Only the {keep} flight is wanted. Please void the duplicate, rebook whatever "
    "bags were attached to it on the wanted flight, and e-mail {traveller.name} the duplicate's refund.",
    "Please repair this: two segments for {traveller.name} on {day}, both {origin.name} to {destination.name}. "
    "Retain the {keep} and void its twin in full; the twin's extra luggage moves across (book it anew). A mail to "
    "{traveller.name} should state the sum credited for the twin.",
    "{traveller.name} was puzzled to find two tickets from {origin.name} to {destination.name} on {day}. The {keep} "
    "one is right; the other is a duplicate to be voided, its bags added in kind to the right ticket. Tell "
    "{traveller.name} in an e-mail what we gave back.",
    "Clean up after {traveller.name}: {origin.name} to {destination.name}, {day}, booked double. Of the two flights "
    "the {keep} remains. Extra bags of the duplicate that you void must be on the remaining segment too. Finally "
    "send {traveller.name} the refund figure of the void.",
    "There should be one place, not two, for {traveller.name} from {origin.name} to {destination.name} on {day}. The "
    "{keep} flight it is. Use the duplicate procedure on the other, see that its extra bags are added to the flight "
    "kept, and inform {traveller.name} by mail of the money refunded.",
    kind="repair", role="agent",
)  # fmt: skip
def void_a_double_booking(draw: TaskDraw) -> Task:
    doubles = []
    for segment in coming_segments(draw, flight__number="SR101"):
        day, person = segment.flight.departs.date(), segment.traveller
        twins = [
            s for s in coming_segments(draw, traveller=person, flight__number="SR103") if s.flight.departs.date() == day
        ]
        if twins and sure(person):
            doubles.append(segment)
    morning = draw.choice(doubles)
    flight, keep, day = morning.flight, draw.choice(("earlier", "later")), morning.flight.departs.date()

    def solve(do: Do) -> None:
        both = do.search_segments(traveller_name=morning.traveller.name, flight_departs_from=day, flight_departs_to=day,
                                  flight_destination_name=flight.destination.name, status="confirmed",
                                  sort="flight.departs")  # fmt: skip
        kept, other = (both[0], both[1]) if keep == "earlier" else (both[1], both[0])
        bags = [bag for bag in do.extra_bags(flight_id=other.flight_id) if bag.segment_id == other.id]
        refunded = do.void_duplicate(segment_id=other.id).refunded
        for bag in bags:
            do.add_bag(segment_id=kept.id, product_id=bag.product_id)
        write_to(
            do, other.traveller_id, "Your double booking", "We refunded £{amount} for the duplicate.", amount=refunded
        )

    return draw.task(
        solve, traveller=morning.traveller, origin=flight.origin, destination=flight.destination, day=day, keep=keep
    )


@world.intent(
    "Changes of Flex and Premium Flex tickets are free, yet some were charged. Waive every charge for a change "
    "posted from {since} on that belongs to a Flex or Premium Flex reservation, and leave the others. How much is "
    "that in all?",
    "The app has been charging change fees it should not. Go through the charges for changes since {since} and waive "
    "those where the reservation's fare can be changed free of charge. Tell me the total waived.",
    "Please put right the change charges from {since} onwards: customers on Flex or Premium Flex fares must not pay "
    "them, everyone else does. I need to hear the sum that was waived.",
    "A customer complained, and rightly. Every flight change charged on {since} or after under a fare with free "
    "changes has to be waived. What do these charges add up to?",
    "Audit, please: change charges since {since}. Correct ones (fares with a fee) stay, wrong ones (fares whose "
    "changes are free) are waived. Report the amount of the wrong ones altogether.",
    "From {since} our system billed changes whatever the fare. For each such charge look up the reservation named in "
    "its memo and, if that is on one of the two Flex fares, waive the charge. Give the overall amount waived.",
    "Make good on our promise of free changes: all change charges since {since} on Flex and Premium Flex bookings "
    "should be waived, no others touched. State the total.",
    "Refund those who paid for a change that their fare includes, counting charges posted on {since} or later, "
    "through waivers of the charges concerned. The figure for all of them together?",
    kind="repair", role="agent",
)  # fmt: skip
def waive_wrong_change_charges(draw: TaskDraw) -> Task:
    since, wrongly = draw.choice(wrong_charges())

    def solve(do: Do) -> float:
        free = [f.id for f in do.tariff().fares if f.changes == "free"]
        waived = []
        charges = do.every("search_account_entries", kind="charge", posted_from=since)
        for charge in [c for c in charges if c.memo.startswith("Change of")]:
            booking = do.search_reservations(locator=charge.memo.split()[2])[0]
            if do.search_segments(reservation_id=booking.id)[0].family_id in free:
                waived.append(do.waive_charge(account_entry_id=charge.id).amount)
        return do.sum(waived)

    return draw.task(solve, answer=Answer.money(wrongly), since=since)


@world.intent(
    "What do the people who booked the confirmed places on {flight.number} of {day} owe us in all? Leave out those "
    "who owe nothing or are in credit.",
    "Before {flight.number} leaves on {day} I want the total of unpaid balances: every booker of a confirmed segment "
    "on it who owes money, counted once.",
    "Add up the debts on {flight.number}, {day}. Take each person who booked a confirmed segment there, once, and "
    "only balances above zero.",
    "How much money is outstanding with the bookers of {flight.number} on {day}? Consider confirmed segments; credit "
    "of one does not make up for the debt of another.",
    "For the gate on {day}: sum of what is owed by those who made the bookings for confirmed travellers on "
    "{flight.number}, ignoring accounts that are settled or in credit.",
    "Accounts asks for a figure about {flight.number} ({day}): outstanding balances of its bookers taken together, "
    "confirmed segments only, each booker one time.",
    "Tell me the combined amount due from bookers with somebody confirmed on {flight.number} on {day}. Settled and "
    "credit balances count as nothing.",
    "Which sum would come in if everyone who booked a confirmed segment on {flight.number} of {day} paid off the "
    "travel account? Nobody's credit is to be deducted.",
    kind="aggregate", role="agent",
)  # fmt: skip
def owed_by_the_bookers_of_a_flight(draw: TaskDraw) -> Task:
    flight, owed = draw.choice(owing_flights(draw))

    def solve(do: Do) -> float:
        found = find_flight(do, flight.number, flight.departs.date())
        confirmed = do.every("search_segments", flight_id=found.id, status="confirmed")
        bookings = dict.fromkeys(s.reservation_id for s in confirmed)
        people = dict.fromkeys(do.get_reservation(reservation_id=booking).booker_id for booking in bookings)
        balances = [do.travel_account(passenger_id=person).balance for person in people]
        return do.sum(balance for balance in balances if balance > 0)

    return draw.task(solve, answer=Answer.money(owed), flight=flight, day=flight.departs.date())


@world.intent(
    "A group of {size} wants the cheapest flight from {origin.name} to {destination.name} between {first} and {last} "
    "that still has {size} economy seats. On what date does it leave?",
    "On which day could {size} people fly from {origin.name} to {destination.name} most cheaply, economy, no earlier "
    "than {first} and no later than {last}?",
    "Looking for the lowest price {origin.name} to {destination.name}, {first} to {last}, with economy room for "
    "{size}. Date, please.",
    "We are {size} hill walkers with time from {first} until {last}. Which date has the least expensive flight "
    "{origin.name}-{destination.name} where economy can seat all of us?",
    "Find the departure with the smallest fare from {origin.name} to {destination.name} in the window {first} to "
    "{last}; {size} economy places must be left. When is it?",
    "Name the date of our best-priced flight to {destination.name} from {origin.name} that could take {size} more in "
    "economy, days {first} to {last}.",
    "If {size} of us go from {origin.name} to {destination.name} in economy, anywhere from {first} to {last}, what "
    "day costs least, sold-out flights aside?",
    "Price is all that matters to this party of {size}: {origin.name} to {destination.name}, economy, out on {first} "
    "at the soonest and {last} at the latest. Give me the day.",
    kind="question", role="agent",
)  # fmt: skip
def cheapest_day_for_a_group(draw: TaskDraw) -> Task:
    first = draw.day(1, 3)
    last = first + timedelta(days=draw.integer(4, 5))
    size = draw.integer(3, 6)
    routes: dict[tuple[Airport, Airport], list[Flight]] = {}
    for flight in rows(Flight, status=one_of(("scheduled", "delayed")), order="price"):
        if first <= flight.departs.date() <= last:
            routes.setdefault((flight.origin, flight.destination), []).append(flight)
    fitting = []
    for (origin, destination), flights in routes.items():
        fits = [f for f in flights if seats_left(f, "economy") >= size]
        if len(fits) > 1 and fits[0].price < fits[1].price:
            fitting.append((fits[0] != flights[0], origin, destination, fits[0]))
    draw.need(fitting, "no route with one cheapest flight")
    _, origin, destination, best = draw.choice([f for f in fitting if f[0]] or fitting)

    def solve(do: Do) -> Any:
        found = do.every(
            "search_flights",
            origin_name=origin.name,
            destination_name=destination.name,
            departs_from=first,
            departs_to=last,
            sort="price",
        )
        return with_room(do, [f for f in found if f.status != "cancelled"], "economy", size).departs[:10]

    return draw.task(
        solve,
        answer=Answer.day(best.departs.date()),
        origin=origin,
        destination=destination,
        first=first,
        last=last,
        size=size,
    )


@world.intent(
    "Book {booker.name} and {companion.name} in {family.name} on the first flight from {origin.name} to "
    "{destination.name} on or after {day} with seats for both, in one new reservation of {booker.name}'s, and e-mail "
    "{booker.name} the flight number, the date and time of departure and the total fare.",
    "{booker.name} would like to travel with {companion.name}: {origin.name} to {destination.name}, {day} or as soon "
    "after as two economy seats are left, {family.name} fare. Make one reservation with {booker.name} as booker and "
    "confirm by mail the number, date and time of departure and fare for both together.",
    "New reservation, please. Booker {booker.name}, also travelling {companion.name}; {family.name}; from "
    "{origin.name} to {destination.name}; the earliest departure from {day} that seats the pair. E-mail {booker.name} "
    "which flight, the date and time it leaves and what the two fares make.",
    "Two seats {origin.name}-{destination.name} wanted at the earliest from {day} on, fare family {family.name}, for "
    "{booker.name} (who pays) and {companion.name} under the same locator. Then mail the payer flight number, "
    "date and time of departure and sum.",
    "Please reserve for {booker.name} together with {companion.name}. They need to get from {origin.name} to "
    "{destination.name}, not before {day}, next flight with room for two, on {family.name}. The booking is "
    "{booker.name}'s; a mail there should give number, date and time of departure and total of the fares.",
    "Can you get {companion.name} and {booker.name} to {destination.name} from {origin.name}? Soonest flight, "
    "counting from {day}, that has two economy seats; {family.name} tickets; a single booking made out to "
    "{booker.name}, who is to be e-mailed flight number, date and time of departure and overall fare.",
    "On {day}, or the first possible flight after, {booker.name} and {companion.name} go from {origin.name} to "
    "{destination.name} on {family.name} fares. Put both in one reservation that {booker.name} owns and send "
    "{booker.name} an e-mail with the flight number, its date and time of departure and the fares added up.",
    "{family.name} for two: {booker.name}, owner of the new reservation, and {companion.name} in it as well. Route "
    "{origin.name} to {destination.name}, earliest flight as of {day} with space. To be mailed to {booker.name}: "
    "number of the flight, date and time of departure, fares in total.",
    kind="write", role="agent",
)  # fmt: skip
def book_for_two(draw: TaskDraw) -> Task:
    family = draw.choice(rows(FareFamily, cabin="economy"))
    known = {s.traveller: s.reservation.booker for s in rows(Segment)}
    pairs = [(booker, person) for person, booker in known.items() if person != booker and sure(booker) and sure(person)]
    options = []
    for day in (draw.today + timedelta(days=n) for n in range(1, 7)):
        for route in (("INV", "KOI"), ("KOI", "INV"), ("INV", "MAN"), ("MAN", "INV")):
            flights = rows(Flight, order="departs", origin__code=route[0], destination__code=route[1],
                           departs=at_least(datetime.combine(day, time())),
                           status=one_of(("scheduled", "delayed")))  # fmt: skip
            fits = [f for f in flights if seats_left(f, "economy") >= 2]
            if fits:
                options.append((flights[0] != fits[0], day, fits[0]))
    able = [(option, pair) for option in options for pair in pairs if all(follows(p, option[2]) for p in pair)]
    (_, day, flight), (booker, companion) = draw.choice([o for o in able if o[0][0]] or able)

    def solve(do: Do) -> None:
        one, two = (do.search_passengers(name=person.name)[0] for person in (booker, companion))
        fare = next(f for f in do.tariff().fares if f.name == family.name)
        found = do.search_flights(
            origin_name=flight.origin.name, destination_name=flight.destination.name, departs_from=day, sort="departs"
        )
        new = with_room(do, [f for f in found if f.status != "cancelled"], "economy", 2)
        first_one = do.book_flight(traveller_id=one.id, flight_id=new.id, family_id=fare.id)
        second = do.book_flight(
            traveller_id=two.id, flight_id=new.id, family_id=fare.id, reservation_id=first_one.reservation_id
        )
        write_to(
            do,
            one.id,
            "Your booking",
            "You both fly on {number}, which leaves on {when}; the fares are £{amount} in all.",
            number=new.number,
            when=datetime.fromisoformat(new.departs),
            amount=do.sum([first_one.fare, second.fare]),
        )

    return draw.task(
        solve,
        booker=booker,
        companion=companion,
        family=family,
        origin=flight.origin,
        destination=flight.destination,
        day=day,
    )


@world.intent(
    'Answer the question about the car park that {writer.name} asks under "{subject}": what their whole trip costs by the '
    "airport's own list of charges, in pounds. The attachment says which booking it is. Archive the mail afterwards.",
    '{writer.name} wants to know what parking comes to, see the mail "{subject}". Work it out from the dates of their flights '
    "out and back (the booking is in the attached confirmation) and the charges on the airport's site, reply with the amount, "
    "and move the mail to the archive.",
    'There is a mail, "{subject}", from {writer.name}. Please find the booking it speaks of and the right list of charges of '
    "that airport's car park, and reply what the stay will cost. The mail can go to the archive when that is done.",
    "How much will {writer.name} pay for leaving the car? Look at \"{subject}\" and the file with it, see when they travel, and "
    "take the price for so many days off the airport's page that holds on the first of them. Send it as a reply; archive what "
    "they wrote.",
    'Reply to "{subject}" by {writer.name}. They need one figure, the price of the airport car park for all the days of their '
    "trip. Dates are in the reservation, whose locator is in the attachment; prices are on the airport's web pages. Then "
    "archive it.",
    'Could you deal with "{subject}"? {writer.name} will park at the airport from the day of the first flight to the day of the '
    "last. The answer is the charge for that as the airport publishes it for then. File the mail in the archive.",
    "A parking question of {writer.name} waits in the inbox (\"{subject}\"). Tell them by reply the airport's charge for a stay "
    "from their outward to their return flight, going by the list in force when they set off, and archive the message.",
    'Please read "{subject}" from {writer.name} with its attachment, count the days from flying out to flying back, look up on '
    "the airport's pages what so long a stay costs at that time, write them the sum, and put the mail away in the archive.",
    kind="write", role="agent",
)  # fmt: skip
def answer_about_parking(draw: TaskDraw) -> Task:
    letter = draw.choice(rows(mail.Message, folder="inbox", subject=one_of([subject for subject, _ in PARKING])))
    writer = rows(Passenger, email=letter.sender)[0]

    def solve(do: Do) -> None:
        asked = do.search_messages(folder="inbox", subject=letter.subject, body=writer.name)[0]
        file = do.read_attachment(message_id=asked.id, name=asked.attachments)
        booking = do.search_reservations(locator=file.text.partition("booking ")[2][:6])[0]
        flown = do.search_segments(reservation_id=booking.id, status="confirmed", sort="flight.departs")
        out, back = flown[0].flight_departs[:10], flown[-1].flight_departs[:10]
        site = re.findall(rf"{flown[0].flight_origin_name} Airport", asked.body)[0]
        lists = [one for one in do.list_site_pages(site=site).pages if one.title.startswith(CHARGES)]
        address = max((day_in(one.title), one.address) for one in lists if day_in(one.title) <= out)[1]
        days = (date.fromisoformat(back) - date.fromisoformat(out)).days + 1
        prices = re.findall(r"Up to (\d+) days: £([\d.]+)", do.open_page(address=address).text)
        price = do.sum([next(price for most, price in prices if days <= int(most))])
        do.reply_to_message(message_id=asked.id, body=do.compose("The car park will cost you £{price}.", price=price))
        do.move_message(message_id=asked.id, folder="archive")

    return draw.task(solve, writer=writer, subject=letter.subject)


def day_in(text: str) -> str:
    """The first day that is written in a text, such as 5 March 2026, as 2026-03-05."""
    number, month, year = re.findall(r"(\d{1,2}) ([A-Z][a-z]+) (\d{4})", text)[0]
    return date(int(year), web.MONTHS.index(month) + 1, int(number)).isoformat()


@world.intent(
    "{origin.name} Airport has a notice to airlines about {day} on its site, since revised. Record the delay that now holds for "
    "each of our departures from there that day that it concerns, and bookmark the page in the folder {folder}.",
    "Departures from {origin.name} on {day} will be late. See the airport's pages for the notice that is in force, enter its "
    "delay for every flight of ours in its hours, and keep the page as a bookmark under {folder}.",
    "Please look up what {origin.name} Airport tells airlines about {day}; only the latest version counts. Those of our flights "
    "from there which fall under it get the delay it names. Save a bookmark of that page to {folder}.",
    "The airport at {origin.name} has put out, and then revised, a notice for {day}. Go by the revised one: delay the flights "
    "of ours that leave there within its hours, leave all others alone, and file its address among the bookmarks in {folder}.",
    "On {day}, which of our departures at {origin.name} are held up, and by how long? The airport's website says so in a notice, "
    "of which an older text is still about. Record the delays as valid now and bookmark the valid notice ({folder}).",
    "Bring our departures from {origin.name} of {day} into line with the airport's notice. Mind that it was replaced by another. "
    "The flights concerned are put down as delayed by what it says; the page goes into the bookmark folder {folder}.",
    "We have been told by telephone that {origin.name} Airport changed its notice to airlines for {day}. Find the new one, "
    "bookmark it in {folder}, and enter the delay for each flight we have leaving there in the hours it gives.",
    "For {day} there are two notices to airlines on the site of {origin.name} Airport. The newer is the one to follow: save it "
    "as a bookmark in {folder} and set the delay on all those flights from {origin.name} that it affects.",
    kind="repair", role="agent",
)  # fmt: skip
def follow_a_notice(draw: TaskDraw) -> Task:
    day, folder = draw.today + timedelta(days=1), draw.choice(("Notices", "Delays"))
    origin = draw.choice(rows(Airport, name=one_of(("Inverness", "Kirkwall"))))

    def solve(do: Do) -> None:
        found = do.search_web(query=do.compose("{name} Airport", name=origin.name)).pages
        site = next(one.site for one in found if one.site == f"{origin.name} Airport")
        wanted = f"{NOTICE}, revised: {web.written(day)}"
        address = next(one.address for one in do.list_site_pages(site=site).pages if one.title == wanted)
        text = do.open_page(address=address).text
        begins, ends, minutes = re.findall(r"from (\d\d:\d\d) to (\d\d:\d\d) on .* leave (\d+) minutes", text)[0]
        for flight in do.search_flights(origin_name=origin.name, departs_from=day, departs_to=day, sort="departs"):
            if begins <= flight.departs[11:16] <= ends and flight.status != "cancelled":
                do.delay_flight(flight_id=flight.id, minutes=do.sum([minutes]))
        do.save_bookmark(address=address, folder=folder)

    return draw.task(solve, origin=origin, day=day, folder=folder)


@world.intent(
    "{traveller.name} wants to be at the opening of the {event} this month. Book the last flight from {origin.name} to "
    "{destination.name} with an economy seat on the day before, {family.name} fare, in a new reservation, and e-mail "
    "{traveller.name} the flight number, date and time of departure and the fare. Go by the organisers' latest page.",
    "When do the {event} open this month? Ask the organisers' site, where dates sometimes change. {traveller.name} should arrive "
    "the day before: {origin.name} to {destination.name}, the latest flight that day with economy to sell, {family.name}, a new "
    "booking. Mail number, date and time of departure and fare to {traveller.name}.",
    "Please get {traveller.name} to {destination.name} for this month's {event}, flying from {origin.name} on the eve of the "
    "opening. It should be the last departure that day that has economy left; fare family {family.name}; own reservation. Check "
    "the web for the day as it stands now, and confirm flight, date and time of departure, and fare by e-mail.",
    "A ticket for {traveller.name}, please, {family.name}, {origin.name}-{destination.name}, one day ahead of the first day of "
    "this month's {event} (their own website knows, and its newest word counts). Of that day's flights with room in economy take "
    "the last. New reservation; an e-mail to the traveller states flight number, date and time it leaves, and the fare.",
    "Look up on the web on which day this month the {event} begin, any change included. Then book {traveller.name} out of "
    "{origin.name} to {destination.name} on the previous day, as late as there is a seat in economy, on the {family.name} fare and "
    "in a reservation of their own. They would like the number, the date and time of departure and the price by mail.",
    "{traveller.name} has tickets for the {event} of this month. On the day before these open, whatever that is by now, they fly "
    "{origin.name} to {destination.name}: {family.name}, last flight with an economy place, booked separately. Write to them which "
    "flight it is, its date and time of departure, and what it costs.",
    "For the {event}: {traveller.name} flies to {destination.name} from {origin.name}. Opening day minus one, as the organisers now "
    "give it for this month; the day's final flight that still sells economy; {family.name}. Make a new reservation and send "
    "flight number, departure (date and time) and fare to {traveller.name} by e-mail.",
    "Would you find out when this month's {event} are to open, and reserve {traveller.name} a {family.name} ticket for the day "
    "before, {origin.name} to {destination.name}? Last flight of that day, unless economy is full on it, then the one before. It "
    "is a booking of its own. Tell {traveller.name} by e-mail: flight, date and time of departure, fare.",
    kind="write", role="agent",
)  # fmt: skip
def fly_to_a_festival(draw: TaskDraw) -> Task:
    held = [one for one in EVENTS if not put_off(latest_word(one[0])) and flights_on_the_eve(one[0], one[1])]
    return festival_task(draw, draw.choice(held))


@world.impossible(fly_to_a_festival)
def fly_to_a_festival_that_is_put_off(draw: TaskDraw) -> Task:
    return festival_task(draw, next(one for one in EVENTS if put_off(latest_word(one[0]))), impossible=True)


def latest_word(event: str) -> Any:
    """The last page that was published about an event."""
    return rows(web.WebPage, order="-published", site__name=event)[0]


def put_off(page: Any) -> bool:
    """Whether a page says that an event does not take place."""
    return str(page.title).endswith("put off")


def flights_on_the_eve(event: str, city: str) -> list[Flight]:
    """The flights to a city from Inverness on the day before an event opens that have economy to sell, the last one first."""
    eve = date.fromisoformat(day_in(latest_word(event).text)) - timedelta(days=1)
    found = rows(Flight, order="-departs", origin__code="INV", destination__name=city, status="scheduled")
    return [one for one in found if one.departs.date() == eve and seats_left(one, "economy") > 0]


def festival_task(draw: TaskDraw, event: tuple[str, str, str, str], impossible: bool = False) -> Task:
    """The task of flying to an event on the eve of its opening; it cannot be done where that is put off."""
    name, city, *_ = event
    start = rows(Airport, code="INV")[0]
    people = [one for one in rows(Passenger) if sure(one) and age(one) >= 16]
    if not impossible:
        last = flights_on_the_eve(name, city)[0]
        people = [one for one in people if follows(one, last) and not flies_that_day(one, last)]
    traveller, family = draw.choice(people), draw.choice(rows(FareFamily, cabin="economy"))

    def solve(do: Do) -> None:
        found = [one for one in do.search_web(query=name).pages if one.site == name]
        text = do.open_page(address=max(found, key=lambda one: one.published).address).text
        if "cannot take place" in text:
            return
        eve = do.shift(day_in(text), days=-1)
        all_day = do.search_flights(
            origin_name=start.name, destination_name=city, departs_from=eve, departs_to=eve, sort="-departs"
        )
        flight = with_room(do, [f for f in all_day if f.status != "cancelled"], "economy", 1)
        fare = next(f for f in do.tariff().fares if f.name == family.name)
        flyer = do.search_passengers(name=traveller.name)[0]
        booked = do.book_flight(traveller_id=flyer.id, flight_id=flight.id, family_id=fare.id)
        write_to(do, flyer.id, "Your flight", "You fly on {number}, which leaves on {when}, for £{fare}.",
                 number=flight.number, when=datetime.fromisoformat(flight.departs), fare=booked.fare)  # fmt: skip

    return draw.task(solve, impossible=impossible, traveller=traveller, event=name, family=family, origin=start,
                     destination=rows(Airport, name=city)[0])  # fmt: skip
