"""Appointments: free slots of someone or something bookable, and who has which.

The host gives who books (Client) and what is booked (Resource): pets and vets, applicants and officers,
teams and rooms.
"""

from datetime import datetime, time, timedelta
from typing import Literal

from agentworlds import Draw, Module, Row, Text, Word, count, field, insert, now, refuse, rows

booking = Module("booking", title="Appointment book")
DAYS: int = booking.setting("days", 8)
PER_DAY: int = booking.setting("per_day", 4)
PURPOSES: tuple[str, ...] = booking.setting("purposes", ("first visit", "follow-up", "review"))
STAFF = booking.setting("staff", ())
NOTICE_HOURS: int = booking.setting("notice_hours", 2)


@booking.placeholder
class Client(Row):
    name: Word


@booking.placeholder
class Resource(Row):
    name: Word


@booking.table(unique=[("resource", "starts")])
class Slot(Row):
    resource: Resource
    starts: datetime
    minutes: Literal[15, 30, 45, 60]
    taken: bool = False


@booking.table(
    owner=booking.setting("owner", None), show=("slot.starts", "slot.minutes", "slot.resource.name"), label="purpose"
)
class Booking(Row):
    client: Client
    slot: Slot
    purpose: Text
    status: Literal["booked", "attended", "missed", "cancelled"] = "booked"
    made: datetime = field(default=now)


booking.reads(Slot, by=("resource", "resource.name", "starts", "minutes", "taken"), sort=("starts", "minutes"))
booking.reads(
    Booking, by=("client", "client.name", "slot.resource", "slot.starts", "status", "purpose"), sort=("slot.starts",)
)


@booking.tool
def book_slot(client: Client, slot: Slot, purpose: Text) -> Booking:
    """Book a free slot.

    Args:
        purpose: what the appointment is for
    """
    check_open(slot)
    slot.taken = True
    return insert(Booking(client=client, slot=slot, purpose=purpose))


@booking.tool
def move_booking(booking: Booking, slot: Slot) -> Booking:
    """Move an appointment that is still to come to another free slot."""
    check_pending(booking)
    check_open(slot)
    booking.slot.taken = False
    slot.taken = True
    booking.slot = slot
    return booking


@booking.tool(destructive=True)
def cancel_booking(booking: Booking) -> Booking:
    """Cancel an appointment that is still to come and free its slot."""
    check_pending(booking)
    if booking.slot.starts < now() + timedelta(hours=NOTICE_HOURS):
        refuse("unavailable", f"Appointments can be cancelled up to {NOTICE_HOURS} hours before they start.")
    booking.slot.taken = False
    booking.status = "cancelled"
    return booking


@booking.tool(roles=STAFF, idempotent=True)
def record_attendance(booking: Booking, status: Literal["attended", "missed"]) -> Booking:
    """Record whether the client came, once the appointment's time has passed."""
    if booking.status == "cancelled":
        refuse("conflict", "That appointment was cancelled.")
    if booking.slot.starts > now():
        refuse("unavailable", "That appointment is still to come.")
    booking.status = status
    return booking


def check_open(slot: Slot) -> None:
    """Refuse a slot that is taken or past."""
    if slot.taken:
        refuse("conflict", "That slot is taken.", hint="search_slots(taken=False) finds free ones")
    if slot.starts <= now():
        refuse("unavailable", "That slot has passed.")


def check_pending(booking: Booking) -> None:
    """Refuse a booking that is over or cancelled."""
    if booking.status != "booked" or booking.slot.starts <= now():
        state = "has begun" if booking.status == "booked" else f"is {booking.status}"
        refuse("conflict", f"Only an appointment that is still to come can be changed; that one {state}.")


@booking.rule(Booking, "conflict", "The same client has another appointment at that time.")
def client_is_in_one_place(booking: Booking) -> bool:
    if booking.status != "booked":
        return True
    return count(Booking, client=booking.client, status="booked", slot__starts=booking.slot.starts) == 1


@booking.data
def calendar(draw: Draw) -> None:
    """Slots on the days before and after today, some of them booked."""
    times = [
        time(9),
        time(9, 45),
        time(10, 30),
        time(11, 15),
        time(13),
        time(13, 45),
        time(14, 30),
        time(15, 15),
        time(16),
    ]
    for resource in rows(Resource):
        for offset in range(-3, DAYS):
            day = draw.today + timedelta(days=offset)
            if day.weekday() < 5:
                for start in sorted(draw.sample(times, PER_DAY)):
                    minutes: Literal[15, 30, 45] = draw.choice((15, 30, 30, 45))
                    draw.new(Slot, resource=resource, starts=datetime.combine(day, start), minutes=minutes)
    for slot in rows(Slot, order="starts", taken=False):
        if draw.chance(45):
            client = draw.pick(Client, skew=True)
            if all(other.slot.starts.date() != slot.starts.date() for other in rows(Booking, client=client)):
                past = slot.starts <= now()
                status: Literal["booked", "attended", "missed"] = (
                    "booked" if not past else ("missed" if draw.chance(10) else "attended")
                )
                slot.taken = True
                draw.new(
                    Booking,
                    client=client,
                    slot=slot,
                    purpose=draw.choice(PURPOSES),
                    status=status,
                    made=draw.moment(-20, -4),
                )
