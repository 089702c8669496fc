"""A family's home and its robot: rooms to walk, things to wash, fetch and put away, chores, mail and a calendar."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal, get_args

from agentworlds import (
    Answer,
    Do,
    Draw,
    Email,
    FirstName,
    Range,
    Row,
    Task,
    TaskDraw,
    Title,
    Word,
    World,
    actor,
    at_least,
    at_most,
    containing,
    count,
    delete,
    field,
    first,
    insert,
    one_of,
    other_than,
    refuse,
    rows,
    today,
    total,
)  # fmt: skip
from agentworlds.types import MONTHS, say_date

world = World("household", title="the Whitfields' home", now="2026-03-02 08:00", currency="GBP")

Fitting = Literal[
    "table", "worktop", "seat", "rack", "shelf", "tray", "basket", "sink", "bin", "cupboard", "drawer", "box", "fridge",
    "freezer", "microwave", "oven", "dishwasher", "washing machine",
]  # fmt: skip
Sort = Literal[
    "crockery", "glasses", "cutlery", "knives", "cookware", "leftovers", "chilled food", "frozen food", "dry food",
    "fruit and vegetables", "drinks", "toys", "books", "clothes", "towels", "tools", "toiletries", "belongings",
    "decorations",
]  # fmt: skip
Name = Literal["Nora", "Samir", "Edith", "Ivy", "Theo", "Thea"]
Amount = Annotated[int, Range(1, 5000)]

DOORS = ("cupboard", "drawer", "box", "fridge", "freezer", "microwave", "oven", "dishwasher", "washing machine")
COLD = ("fridge", "freezer")
FOOD = ("leftovers", "chilled food", "frozen food", "dry food", "fruit and vegetables", "drinks")
DISHES = ("crockery", "glasses", "cutlery", "cookware")
WASHABLE = (*DISHES, "knives", "clothes", "towels")
TAKES: dict[str, tuple[str, ...]] = {
    "fridge": FOOD, "freezer": FOOD, "microwave": (*FOOD, "crockery"), "oven": (*FOOD, "cookware"),
    "dishwasher": DISHES, "washing machine": ("clothes", "towels"),
}  # fmt: skip
HANDS = 2
DAILY_MINUTES = 90


# The house and what is in it --------------------------------------------------------------------------------------


@world.table
class Room(Row):
    name: Word = field(unique=True)
    floor: Literal["cellar", "ground floor", "upper floor"]


@world.table
class Doorway(Row):
    room: Room
    leads_to: Room


@world.table
class Receptacle(Row):
    name: Word = field(unique=True)
    room: Room = field(hidden=True)
    kind: Fitting
    door: Literal["none", "open", "closed"] = field(free=True)
    capacity: Annotated[int, Range(1, 60)]


@world.table(unique=[("room", "name")])
class Lamp(Row):
    name: Word
    room: Room
    on: bool


@world.table
class Thing(Row):
    name: Word
    kind: Sort
    size: Annotated[int, Range(1, 6)]
    condition: Literal["clean", "dirty"] | None
    temperature: Literal["cold", "room", "hot"] | None
    cut: Literal["whole", "sliced"] | None
    place: Receptacle | None = field(hidden=True)


@world.table(show=("place.room.name",))
class HomeSpot(Row):
    kind: Sort = field(unique=True)
    place: Receptacle


@world.table(transient=True)
class Robot(Row):
    room: Room


# The family and its lists -----------------------------------------------------------------------------------------


@world.table
class Member(Row):
    name: FirstName = field(unique=True)
    email: Email = field(unique=True)


@world.table(owner="member")
class Chore(Row):
    title: Title
    member: Member
    due: date
    minutes: Annotated[int, Range(5, 90)]
    status: Literal["open", "done"] = "open"


@world.table
class Ingredient(Row):
    name: Word = field(unique=True)
    unit: Literal["g", "ml", "pieces"]


@world.table(show=("ingredient.unit",))
class PantryItem(Row):
    thing: Thing = field(unique=True)
    ingredient: Ingredient
    amount: Amount
    expires: date


@world.table
class Recipe(Row):
    name: Title = field(unique=True)
    minutes: Annotated[int, Range(5, 180)]


@world.table(show=("ingredient.unit",))
class RecipeLine(Row):
    recipe: Recipe
    ingredient: Ingredient
    amount: Amount


@world.table(owner="member", show=("ingredient.unit",))
class ShoppingItem(Row):
    member: Member
    ingredient: Ingredient
    amount: Amount


# What anybody in the house may write about: a subject, a text, and what may stand in it.
ASKED: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("An early dinner", "I have to be at {0} at {1} on Thursday, so dinner will have to be early. Please remind us.",
     ("choir practice", "the school concert", "a rehearsal", "the swimming club", "a lecture"),
     ("six", "half past six", "seven", "a quarter to six", "a quarter past six", "a quarter to seven")),
    ("Somebody is coming", "The man for {0} comes on {1} between ten and noon. Please let him in.",
     ("the boiler", "the piano", "the gas meter", "the gutters", "the chimney", "the freezer"),
     ("Tuesday", "Wednesday", "Thursday", "Friday")),
    ("Thank you for the baking", "The {0} were all gone by {1}. The same again next week, please.",
     ("biscuits", "scones", "cheese straws", "rock buns", "flapjacks", "ginger nuts"),
     ("four", "teatime", "the evening", "five", "bedtime")),
    ("Parcel expected", "A parcel with {0} should come this week. {1} will take it if nobody opens.",
     ("seeds", "wool", "a puzzle", "light bulbs", "paint", "strings"),
     ("Number 14", "Number 9", "The corner shop", "The bakery", "The library")),
    ("Visitors on Saturday", "{0} will stay the night on Saturday. We shall need {1}.",
     ("A friend of mine", "Two friends", "Our cousins", "Aunt Maud", "Three people I know"),
     ("the spare blankets", "more towels", "a mattress", "pillows", "the camp bed", "slippers")),
    ("Something squeaks", "The {0} squeaks again. Is there any oil left in the {1}?",
     ("third stair", "garden gate", "pantry door", "swing", "wheelbarrow", "back door"),
     ("cellar", "shed", "utility room", "garage")),
    ("Late tonight", "My {0} is delayed, I shall not be home before {1}. Do not wait with dinner.",
     ("bus", "train", "lift home", "tram", "coach"),
     ("eight", "half past eight", "nine", "half past seven", "a quarter to nine", "a quarter past eight")),
    ("Bin day moved", "A leaflet says that {0} is collected on {1} this month. Please tell the others.",
     ("garden waste", "glass", "paper", "scrap metal", "old clothes"),
     ("the second Friday", "the last Tuesday", "the third Monday", "the first Thursday", "the second Saturday")),
    ("A drip", "The tap in the {0} drips, I heard it {1}. Could you have a look?",
     ("bathroom", "utility room", "kitchen", "garden"),
     ("all night", "this morning", "after lunch", "yesterday", "at dawn", "for an hour")),
    ("Birds", "There was a {0} at the feeder, but the {1} are used up. Put them down for the next shopping, will you?",
     ("nuthatch", "goldfinch", "bullfinch", "woodpecker", "siskin", "jay"),
     ("sunflower seeds", "peanuts", "fat balls", "mealworms", "millet sprays")),
    ("Draughty", "It is draughty in the {0}. Somebody leaves the {1} open, please keep an eye on it.",
     ("hall", "landing", "study", "back bedroom", "dining room"),
     ("front door", "skylight", "cellar door", "side window", "cat flap")),
    ("A film tonight", "Shall we watch a film about {0} tonight? I would make {1}.",
     ("penguins", "the moon landing", "a bank robbery", "two sisters", "a lost dog"),
     ("popcorn", "cocoa", "toast", "punch", "crumpets")),
    ("The neighbours", "The neighbours at number {0} are away and ask us to {1}. I said yes.",
     ("3", "8", "11", "14", "17", "20"),
     ("feed the cat", "water the tomatoes", "take in the post", "look after the hens", "keep a key")),
    ("Lost and found", "I found {0} under the {1}. Whose is it?",
     ("a silver button", "a pound coin", "a tiny key", "a marble", "an earring"),
     ("sofa", "stairs", "bunk bed", "piano", "bookcase", "doormat")),
    ("Too much noise", "The {0} rattled so loudly {1} that I could not read. Is it broken?",
     ("dishwasher", "washing machine", "fridge", "boiler", "freezer"),
     ("last night", "on Sunday", "at breakfast", "after dinner", "at noon", "on Friday")),
)  # fmt: skip
POST = tuple(
    (subject, text.format(one, other))
    for subject, text, some, others in ASKED for one in some for other in others
)  # fmt: skip
# Whom the family has work done by, and what.
FIRMS = (
    ("Rowan & Sons", "office@rowanandsons.example"), ("Rowe and Daughter", "mail@rowedaughter.example"),
    ("Brook Street Repairs", "desk@brookstreet.example"), ("Brookside Handymen", "jobs@brookside.example"),
    ("Ellis Home Services", "visits@ellishome.example"), ("The Willing Hands", "hello@willinghands.example"),
    ("Marlow Maintenance", "planning@marlowmaint.example"), ("Old Mill Builders", "yard@oldmillbuilders.example"),
    ("Tansy Lane Trades", "trades@tansylane.example"), ("Peacock Property Care", "care@peacock.example"),
    ("Fixwell", "service@fixwell.example"), ("Northfield Odd Jobs", "ask@northfieldjobs.example"),
)  # fmt: skip
WORK = (
    "mending the garden wall", "painting the landing", "a stair gate for the cellar", "insulating the loft",
    "a new lock for the back door", "clearing the gutters", "shelves for the utility room", "rehanging the pantry door",
    "retiling the bathroom",
)  # fmt: skip
mail = world.include(
    "email", Person=Member, address="robot@whitfield.example", name="Pip, the robot", staff="robot", topics=POST,
    firms=FIRMS, drafts=False, jobs=WORK, labels=("House", "School", "Bills", "Garden"), intents=False,
    without=("mailbox_overview", "read_thread", "export_message", "save_draft", "send_draft", "label_message"),
)  # fmt: skip
diary = world.include(
    "calendar", Person=Member, name="The Whitfields' calendar", domain="whitfield.example", team=0,
    rooms=("Dining room", "Living room", "Study"), intents=False,
    without=("check_free_busy", "export_calendar", "answer_invitation", "import_calendar"),
)  # fmt: skip

world.role("robot", about=(
    "You are Pip, the Whitfield family's household robot, with two hands. You see only the room that you are in. "
    "You may leave doors and drawers open, but never an appliance when you leave its room."
))  # fmt: skip
world.role("member", Member, about="You help a member of the Whitfield family with the household app.")


@dataclass
class Scene:
    """What the robot sees from where it stands."""

    room: Room
    exits: list[Room]
    furniture: list[Receptacle]
    lamps: list[Lamp]
    holding: list[Thing]


def robot() -> Robot:
    """The only robot in the house."""
    return rows(Robot)[0]


def scene() -> Scene:
    """What there is to see in the robot's room."""
    room = robot().room
    exits = [way.leads_to for way in rows(Doorway, room=room)]
    return Scene(room, exits, rows(Receptacle, room=room), rows(Lamp, room=room), rows(Thing, place=None))


def check_here(place: Receptacle) -> None:
    """Refuse furniture of another room."""
    if place.room != robot().room:
        refuse("unavailable", f"The {place.name} is not in the {robot().room.name}.", hint="go_to its room first")


def check_in_sight(thing: Thing) -> None:
    """Refuse what is elsewhere or shut away, in words that tell neither which nor where."""
    place = thing.place
    if place is not None and (place.room != robot().room or place.door == "closed"):
        refuse("unavailable", "You do not see that from here.", hint="look_inside tells what is where in this room")


# Looking ----------------------------------------------------------------------------------------------------------


@dataclass
class PutDown:
    """What was put down, and where."""

    place: Receptacle
    things: list[Thing]


@world.query(roles="robot")
def look_around() -> Scene:
    """Look round your room: exits, furniture, lamps, and what you hold. Use look_inside to see what lies where."""
    return scene()


@world.query(roles="robot")
def look_inside(place: Receptacle) -> list[Thing]:
    """See what lies on or in a piece of furniture of this room; what has a door must be open."""
    check_here(place)
    if place.door == "closed":
        refuse("unavailable", f"The {place.name} is closed.", hint="open_receptacle opens it")
    return rows(Thing, place=place)


@world.query(roles="robot")
def floor_plan() -> list[Doorway]:
    """Every doorway of the house, once from each side: which room leads to which."""
    return rows(Doorway)


@world.query(roles="robot")
def house_rules() -> list[HomeSpot]:
    """Where things of each kind are kept in this house. Things may of course have been left elsewhere."""
    return rows(HomeSpot)


@world.query(roles="robot")
def list_members() -> list[Member]:
    """The members of the family and their e-mail addresses."""
    return rows(Member, order="name")


@world.query
def recipe_ingredients(name: Title) -> list[RecipeLine]:
    """What a recipe needs.

    Args:
        name: the recipe's name, or part of it
    """
    found = rows(RecipeLine, recipe__name=containing(name))
    if not found:
        names = ", ".join(one.name for one in rows(Recipe, order="name"))
        refuse("not_found", f"The cookery book has no recipe called {name}.", hint=f"one of {names}", field="name")
    return found


@world.query
def shopping_list() -> list[ShoppingItem]:
    """What is on the shopping list, and who asked for it. A member of the family sees their own requests."""
    person = actor(Member)
    return rows(ShoppingItem) if person is None else rows(ShoppingItem, member=person)


world.reads(Chore, by=("member", "member.name", "title", "due", "status"), sort=("due", "minutes"))
world.reads(
    PantryItem, by=("ingredient", "ingredient.name", "thing.name", "amount", "expires"), sort=("expires", "amount"),
    about="Find what the pantry inventory lists: packets of ingredients, how much is left and when they expire. "
          "A packet is good up to and including the day it expires. The inventory does not say where a packet lies; "
          "leftovers, drinks and odd pieces of fruit and vegetables are not in it.",
)  # fmt: skip


# Doing ------------------------------------------------------------------------------------------------------------


@world.tool(roles="robot", idempotent=True)
def go_to(room: Room) -> Scene:
    """Go through a doorway into the next room and look round there."""
    here = robot().room
    if room == here:
        refuse("conflict", f"You are in the {here.name} already.")
    if not count(Doorway, room=here, leads_to=room):
        exits = ", ".join(way.leads_to.name for way in rows(Doorway, room=here))
        refuse("unavailable", f"No doorway leads from the {here.name} to the {room.name}.", hint=f"from here: {exits}")
    robot().room = room
    return scene()


@world.tool(roles="robot")
def take(thing: Thing) -> Thing:
    """Take a thing that you see into a free hand."""
    if thing.place is None:
        refuse("conflict", f"You are holding the {thing.name} already.")
    check_in_sight(thing)
    if count(Thing, place=None) == HANDS:
        refuse("limit", "Both your hands are full.", hint="put something down first")
    thing.place = None
    return thing


@world.tool(roles="robot")
def put(place: Receptacle, thing: Thing | None = None) -> PutDown:
    """Put down what you hold in or on a piece of furniture, and see what was put where.

    A fridge or freezer makes food cold at once; what goes into the bin leaves the pantry inventory.

    Args:
        thing: what to put down; everything that you hold if left out
    """
    if thing is not None and thing.place is not None:
        refuse("conflict", "You are not holding that.", hint="take it first")
    check_here(place)
    if place.door == "closed":
        refuse("unavailable", f"The {place.name} is closed.", hint="open_receptacle opens it")
    held = rows(Thing, place=None) if thing is None else [thing]
    if not held:
        refuse("conflict", "You are holding nothing.")
    for one in held:
        dirty = one.condition == "dirty" and place.kind in ("cupboard", "drawer")
        if dirty or one.kind not in TAKES.get(place.kind, (one.kind,)):
            why = ", being dirty," if dirty else ""
            refuse("conflict", f"The {one.name}{why} may not go into the {place.name}.")
        one.place = place
        if place.kind in COLD and one.temperature is not None:
            one.temperature = "cold"
        for item in rows(PantryItem, thing=one) if place.kind == "bin" else []:
            delete(item)
    return PutDown(place, held)


@world.tool(roles="robot")
def open_receptacle(place: Receptacle) -> list[Thing]:
    """Open a cupboard, drawer, box or appliance of this room, and see what is in it."""
    check_here(place)
    if place.door != "closed":
        what = "has no door" if place.door == "none" else "is open already"
        refuse("conflict", f"The {place.name} {what}.")
    place.door = "open"
    return rows(Thing, place=place)


@world.tool(roles="robot")
def close_receptacle(place: Receptacle) -> Receptacle:
    """Close a cupboard, drawer, box or appliance of this room."""
    check_here(place)
    if place.door != "open":
        what = "has no door" if place.door == "none" else "is closed already"
        refuse("conflict", f"The {place.name} {what}.")
    place.door = "closed"
    return place


@world.tool(roles="robot")
def run_appliance(place: Receptacle) -> list[Thing]:
    """Run an appliance with its door closed and something in it, and see what is inside afterwards.

    A microwave or oven heats the food inside, a dishwasher or washing machine cleans all that is inside.
    """
    check_here(place)
    if place.kind not in TAKES or place.kind in COLD:
        refuse("invalid", f"The {place.name} is no microwave, oven, dishwasher or washing machine.", field="place_id")
    if place.door == "open":
        refuse("conflict", f"The {place.name} is open.", hint="close_receptacle closes it")
    inside = rows(Thing, place=place)
    if not inside:
        refuse("conflict", f"The {place.name} is empty.")
    for thing in inside:
        if place.kind in ("microwave", "oven") and thing.temperature is not None:
            thing.temperature = "hot"
        if place.kind in ("dishwasher", "washing machine"):
            thing.condition = "clean"
    return inside


@world.tool(roles="robot")
def wash_up() -> list[Thing]:
    """Wash by hand whatever you hold that is dirty, in a room with a sink."""
    here = robot().room
    if not count(Receptacle, room=here, kind="sink"):
        refuse("unavailable", f"There is no sink in the {here.name}.")
    dirty = rows(Thing, place=None, condition="dirty")
    if not dirty:
        refuse("conflict", "You are holding nothing dirty.")
    for thing in dirty:
        thing.condition = "clean"
    return dirty


@world.tool(roles="robot", destructive=True)
def slice_food(thing: Thing) -> Thing:
    """Slice a whole fruit or vegetable that lies on a worktop, with a knife in one hand."""
    check_in_sight(thing)
    if thing.cut is None:
        refuse("invalid", f"The {thing.name} is nothing to slice.", field="thing_id")
    if thing.cut == "sliced":
        refuse("conflict", f"The {thing.name} is sliced already.")
    if thing.place is None or thing.place.kind != "worktop":
        refuse("conflict", f"The {thing.name} does not lie on a worktop.", hint="put it on one first")
    if not count(Thing, place=None, kind="knives"):
        refuse("unavailable", "You hold no knife.", hint="take one; house_rules says where knives are kept")
    thing.cut = "sliced"
    return thing


@world.tool(roles="robot")
def switch_lamp(lamp: Lamp, on: bool) -> Lamp:
    """Switch a lamp of this room on or off."""
    if lamp.room != robot().room:
        refuse("unavailable", f"That lamp is in the {lamp.room.name}.", hint="go_to its room first")
    if lamp.on == on:
        refuse("conflict", f"The {lamp.name} is {'on' if on else 'off'} already.")
    lamp.on = on
    return lamp


@world.tool
def add_shopping_item(member: Member, ingredient: Ingredient, amount: Amount) -> ShoppingItem:
    """Put an ingredient on the shopping list in the name of a member of the family.

    Several members may ask for the same ingredient; all of it is bought.

    Args:
        amount: how much, in the ingredient's unit
    """
    there = first(ShoppingItem, member=member, ingredient=ingredient)
    if there is not None:
        unit = "piece" if (there.amount, ingredient.unit) == (1, "pieces") else ingredient.unit
        message = f"{member.name} has {there.amount} {unit} of {ingredient.name} on the list already."
        refuse("conflict", message, hint="change_shopping_item changes the amount")
    return insert(ShoppingItem(member=member, ingredient=ingredient, amount=amount))


@world.tool(idempotent=True)
def change_shopping_item(item: ShoppingItem, amount: Amount) -> ShoppingItem:
    """Change how much of an ingredient is to be bought."""
    item.amount = amount
    return item


@world.tool(destructive=True)
def remove_shopping_item(item: ShoppingItem) -> None:
    """Take an item off the shopping list."""
    delete(item)


@world.tool
def complete_chore(chore: Chore) -> Chore:
    """Tick off a chore that is done, on the day that it is due or later."""
    if chore.status == "done":
        refuse("conflict", "That chore is done already.")
    if chore.due > today():
        refuse("unavailable", f"That chore is not due before {chore.due.day} {chore.due:%B %Y}.")
    chore.status = "done"
    return chore


@world.tool
def hand_over_chore(chore: Chore, to: Name) -> Chore:
    """Give an open chore to another member of the family.

    Nobody takes on over 90 minutes of open chores on a day, nor any chore for a day on which the calendar has them in
    something that lasts the whole day.
    """
    if chore.status == "done":
        refuse("conflict", "That chore is done already.")
    if chore.member.name == to:
        refuse("conflict", f"That is {to}'s chore already.", field="to")
    taker = rows(Member, name=to)[0]
    if is_away(taker, chore.due):
        refuse("unavailable", f"The calendar has {to} away on {say_date(chore.due)}.", hint="search_events tells more")
    chore.member = taker
    return chore


def is_away(member: Member, day: date) -> bool:
    """Whether something in the calendar takes up a member for the whole of a day."""
    return any(plan.busy and plan.series.all_day for _, plan in diary.occurring(day, day, member))


# Rules ------------------------------------------------------------------------------------------------------------


@world.rule(Receptacle, "limit", "There is not enough room left in or on the {row.name}.", watch=["Thing.place"])
def nothing_overflows(place: Receptacle) -> bool:
    return total(Thing, "size", place=place) <= place.capacity


@world.rule(Robot, "unavailable", "An appliance stands open in the room you are leaving.", hint="close_receptacle")
def appliances_are_shut(robot: Robot) -> bool:
    return not count(Receptacle, kind=one_of(list(TAKES)), door="open", room=other_than(robot.room))


@world.rule(Chore, "limit", "{row.member.name} would have over 90 minutes of open chores that day.")
def chores_are_shared_fairly(chore: Chore) -> bool:
    open_minutes = total(Chore, "minutes", member=chore.member, due=chore.due, status="open")
    return chore.status == "done" or open_minutes <= DAILY_MINUTES


# Data -------------------------------------------------------------------------------------------------------------

FLOORS: dict[str, Literal["cellar", "ground floor", "upper floor"]] = {
    "kitchen": "ground floor", "dining room": "ground floor", "living room": "ground floor", "hall": "ground floor",
    "utility room": "ground floor", "study": "ground floor", "cellar": "cellar", "landing": "upper floor",
    "bathroom": "upper floor", "main bedroom": "upper floor", "children's room": "upper floor",
    "back bedroom": "upper floor",
}  # fmt: skip
WAYS = (
    "hall-kitchen, hall-living room, hall-study, hall-landing, kitchen-dining room, dining room-living room, "
    "kitchen-utility room, utility room-cellar, landing-bathroom, landing-main bedroom, landing-children's room, "
    "landing-back bedroom"
)  # fmt: skip
# Of each room: its furniture as name/kind/capacity, the kind left out where it is the name.
FURNITURE = {
    "kitchen": "worktop/24, breakfast table/table/12, kitchen sink/sink/10, vegetable rack/rack/20, "
               "left wall cupboard/cupboard/24, right wall cupboard/cupboard/16, pan cupboard/cupboard/30, "
               "windowsill/shelf/3, cutlery drawer/drawer/14, knife drawer/drawer/8, larder/cupboard/40, fridge/30, "
               "freezer/14, "
               "microwave/3, "
               "oven/6, dishwasher/16, kitchen bin/bin/50",
    "dining room": "dining table/table/16, sideboard/cupboard/14, serving trolley/shelf/8, window seat/seat/8",
    "living room": "coffee table/table/10, sofa/seat/10, armchair/seat/4, bookcase/shelf/24, toy box/box/30, "
                   "media cabinet/cupboard/10",
    "hall": "key tray/tray/4, shoe rack/rack/8, coat cupboard/cupboard/20, hall bench/seat/6",
    "utility room": "washing machine/14, laundry basket/basket/20, ironing table/table/8, tool drawer/drawer/12",
    "study": "writing desk/table/10, desk drawer/drawer/8, filing shelf/shelf/12",
    "cellar": "wine rack/rack/14, workbench/table/10",
    "landing": "linen cupboard/cupboard/20, landing chair/seat/4",
    "bathroom": "washbasin/sink/4, bathroom cabinet/cupboard/14, laundry hamper/basket/14, bath stool/seat/3",
    "main bedroom": "double bed/seat/12, wardrobe/cupboard/30, bedside table/table/4, chest of drawers/drawer/14",
    "children's room": "bunk bed/seat/10, homework desk/table/10, toy chest/box/20, pine wardrobe/cupboard/20",
    "back bedroom": "reading chair/seat/4, sewing table/table/8, oak dresser/drawer/12",
}  # fmt: skip
LAMPS = {
    "kitchen": "ceiling light, worktop light", "dining room": "pendant lamp", "living room": "floor lamp, reading lamp",
    "hall": "hall lantern", "utility room": "strip light", "study": "desk lamp", "cellar": "cellar bulb",
    "landing": "stair light", "bathroom": "mirror light", "main bedroom": "bedside lamp, ceiling light",
    "children's room": "night light, ceiling light", "back bedroom": "standard lamp",
}  # fmt: skip
# Of each kind: where it is kept, where else it turns up, its size, and what there may be of it.
STOCK: dict[Sort, tuple[str, str, int, str]] = {
    "crockery": ("left wall cupboard",
                 "kitchen sink, worktop, breakfast table, dining table, coffee table, dishwasher, writing desk", 1,
                 "plain blue mug, blue striped mug, plain white mug, chipped white mug, short green mug, tall green mug, red "
                 "espresso cup, "
                 "small dinner plate, blue dinner plate, cake plate, oval fish plate, white cereal bowl, blue "
                 "cereal bowl, soup bowl, "
                 "salad bowl, butter dish, teapot, milk jug, egg cup, gravy boat"),
    "glasses": ("right wall cupboard",
                 "kitchen sink, dining table, coffee table, dishwasher, sideboard, bedside table, sewing table", 1,
                "small tumbler, tall tumbler, white wine glass, red wine glass, beer glass, champagne flute, water jug, tea "
                "glass"),
    "cutlery": ("cutlery drawer", "kitchen sink, dining table, dishwasher, breakfast table", 1,
                "dessert fork, dinner fork, serving fork, soup spoon, long spoon, baby spoon, soup ladle, pie server"),
    "knives": ("knife drawer", "", 1, "bread knife, chef's knife, paring knife"),
    "cookware": ("pan cupboard", "kitchen sink, worktop, dishwasher", 3,
                 "large frying pan, small frying pan, saucepan, milk pan, casserole, roasting tin, colander, wok"),
    "leftovers": ("fridge", "", 1,
                  "tomato soup, lentil soup, chicken curry, vegetable curry, mushroom risotto, shepherd's pie, rice "
                  "pudding"),
    "drinks": ("fridge", "dining table, sideboard, wine rack, worktop, coffee table, workbench", 1,
               "orange juice, clear apple juice, cloudy apple juice, ginger beer, sparkling water, lemonade, elderflower "
               "cordial, iced tea"),
    "toys": ("toy box",
                 "sofa, armchair, coffee table, bunk bed, homework desk, dining table, window seat, hall bench", 1,
             "large teddy bear, small teddy bear, wooden train, wooden tractor, fire engine, stuffed rabbit, jigsaw puzzle, "
             "spinning top, "
             "marble run, skipping rope, rubber dinosaur, doctor's bag, glove puppet, toy xylophone, magnet board, "
             "paper kite, "
             "card game, yo-yo"),
    "books": ("bookcase",
                 "coffee table, bedside table, writing desk, reading chair, homework desk, bathroom cabinet, "
                 "wardrobe", 1,
              "world atlas, bird guide, cookery book, first detective novel, second detective novel, poetry anthology, "
              "gardening book, "
              "Spanish dictionary, ghost story book, railway history"),
    "clothes": ("chest of drawers",
                 "laundry basket, laundry basket, laundry basket, laundry hamper, double bed, bunk bed", 1,
                "grey school jumper, blue school jumper, football shirt, white shirt, checked shirt, black jeans, "
                "denim skirt, "
                "striped pyjamas, woollen socks, running socks, gym shorts, green cardigan"),
    "towels": ("linen cupboard", "laundry basket, laundry basket, laundry hamper, bath stool", 2,
               "blue bath towel, white bath towel, hand towel, beach towel, tea towel, flannel"),
    "tools": ("tool drawer", "workbench, ironing table, linen cupboard, sideboard", 1,
              "claw hammer, tape measure, pipe wrench, bicycle pump, spirit level, small screwdriver, long "
              "screwdriver"),
    "toiletries": ("bathroom cabinet", "washbasin, bedside table, pine wardrobe, oak dresser", 1,
                   "hairbrush, hand cream, sun cream, nail file, box of plasters, spare toothbrush"),
    "belongings": ("key tray", "sofa, coat cupboard, desk drawer, filing shelf, oak dresser, media cabinet, shoe rack, "
                   "sideboard, homework desk, hall bench, ironing table, reading chair", 1,
                   "glasses case, sunglasses case, car key, bicycle key, spare house key, library card, phone charger, "
                   "wallet, hearing aid case, swimming cap, bus pass, sketchbook"),
}  # fmt: skip
# Ingredients as name/unit, where their packets are kept, usual amounts, and the packets.
GROCERIES: dict[str, tuple[Sort, tuple[int, ...], str]] = {
    "milk/ml": ("chilled food", (500, 1000), "semi-skimmed milk, whole milk"),
    "butter/g": ("chilled food", (60, 125, 250), "salted butter, unsalted butter"),
    "eggs/pieces": ("chilled food", (2, 4, 6), "box of eggs"),
    "cheddar/g": ("chilled food", (100, 200), "mild cheddar, mature cheddar"),
    "yoghurt/g": ("chilled food", (150, 450), "plain yoghurt, Greek yoghurt"),
    "bacon/g": ("chilled food", (120, 200), "pack of smoked bacon"),
    "peas/g": ("frozen food", (250, 500), "bag of frozen peas"),
    "flour/g": ("dry food", (100, 250, 500), "plain flour, bread flour"),
    "sugar/g": ("dry food", (80, 250, 500), "caster sugar, brown sugar"),
    "rice/g": ("dry food", (150, 300), "risotto rice, basmati rice"),
    "spaghetti/g": ("dry food", (150, 250, 500), "spaghetti"),
    "lentils/g": ("dry food", (150, 250), "bag of red lentils, bag of green lentils"),
    "chopped tomatoes/g": ("dry food", (400,), "tin of chopped tomatoes"),
    "chickpeas/g": ("dry food", (240, 400), "jar of chickpeas"),
    "stock cubes/pieces": ("dry food", (1, 4), "packet of stock cubes"),
    "oats/g": ("dry food", (100, 250, 500), "bag of rolled oats, bag of jumbo oats"),
    "honey/g": ("dry food", (50, 150), "clover honey"),
    "olive oil/ml": ("dry food", (100, 250), "olive oil"),
    "apples/pieces": ("fruit and vegetables", (1,), "green apple, red apple, cooking apple"),
    "tomatoes/pieces": ("fruit and vegetables", (1,), "vine tomato, beef tomato"),
    "cucumbers/pieces": ("fruit and vegetables", (1,), "cucumber"),
    "lemons/pieces": ("fruit and vegetables", (1,), "large lemon, small lemon"),
    "onions/pieces": ("fruit and vegetables", (1,), "brown onion, red onion"),
    "carrots/pieces": ("fruit and vegetables", (1,), "carrot"),
}  # fmt: skip
# How many days from now, at least and at most, a good packet of a kind lasts; some ingredients practically keep.
LASTS: dict[Sort, tuple[int, int]] = {
    "chilled food": (1, 16), "frozen food": (30, 200), "dry food": (20, 240), "fruit and vegetables": (1, 9),
}  # fmt: skip
KEEPS = ("sugar", "honey", "chopped tomatoes", "chickpeas", "peas")
KEPT: dict[Sort, str] = {
    "chilled food": "fridge", "frozen food": "freezer", "dry food": "larder", "fruit and vegetables": "vegetable rack",
}  # fmt: skip
RECIPES = {
    "Pancakes/25": "flour 200, milk 300, eggs 2, butter 30, lemons 1",
    "Spaghetti carbonara/30": "spaghetti 400, bacon 150, eggs 3, cheddar 80",
    "Lentil soup/45": "lentils 300, carrots 3, onions 1, stock cubes 2, olive oil 20",
    "Pea risotto/40": "rice 350, peas 300, onions 1, butter 40, stock cubes 2",
    "Apple crumble/60": "apples 5, flour 150, butter 100, sugar 90, oats 60",
    "Chickpea curry/35": "chickpeas 480, chopped tomatoes 800, onions 2, yoghurt 200, rice 300",
    "Farmhouse salad/15": "cucumbers 1, tomatoes 4, onions 1, olive oil 40, lemons 1",
    "Flapjacks/50": "oats 300, butter 150, honey 120, sugar 60",
}  # fmt: skip
# Of each chore: its minutes, and every how many days it comes round.
CHORES = {
    "Empty the dishwasher": (10, 1), "Water the plants": (15, 2), "Hoover the stairs": (20, 3),
    "Clean the bathroom": (45, 4), "Change the beds": (30, 7), "Iron the school shirts": (35, 4),
    "Put the bins out": (10, 3), "Walk the neighbours' dog": (40, 1), "Cook dinner": (60, 1),
    "Sort the recycling": (15, 3), "Mow the lawn": (50, 8), "Dust the bookshelves": (25, 5), "Set the table": (10, 1),
    "Clean out the hamster cage": (20, 4), "Mop the kitchen floor": (30, 3), "Feed the hamster": (5, 1),
}  # fmt: skip
# What is no toy but lies where toys do.
LYING_ABOUT = {
    "knitting bag": "sofa", "remote control": "coffee table", "reading glasses": "armchair", "school bag": "bunk bed",
    "pencil case": "homework desk", "calculator": "homework desk", "newspaper": "dining table", "scarf": "window seat",
    "umbrella": "hall bench",
}  # fmt: skip
DECORATIONS = ("glass baubles", "tinsel garland", "paper lanterns", "Easter wreath", "fairy lights", "table bunting")


@world.data
def fill(draw: Draw) -> None:
    """The house, the family, what they own, eat and have to do; a few things dirty, stale or put away wrongly."""
    places = build_house(draw)
    for name in get_args(Name):
        draw.new(Member, name=name, email=f"{name.lower()}@whitfield.example")
    for kind, (home, _, _, names) in STOCK.items():
        draw.new(HomeSpot, kind=kind, place=places[home])
        for name in names.split(", "):
            if kind in ("knives", "drinks", "leftovers") or draw.chance(88):
                leave_somewhere(draw, places, name, kind)
    for name in ("painting overalls", "muddy rugby kit"):
        lay(draw, name, "clothes", 1, places["laundry basket"], dirty=True)
    lay(draw, "torch", "tools", 1, places["linen cupboard"])
    lay(draw, "leek", "fruit and vegetables", 1, places["worktop"], cut="whole")
    lay(draw, "half melon", "fruit and vegetables", 1, places["worktop"], cut="sliced")
    for name in ("basil pot", "parsley pot", "chive pot"):
        lay(draw, name, "decorations", 1, places["windowsill"])
    for name, where in LYING_ABOUT.items():
        if fits(places[where], 1):
            lay(draw, name, "belongings", 1, places[where])
    places["left wall cupboard"].door = places["cutlery drawer"].door = "open"
    stock_up(draw, places)
    for box in draw.many(2):
        cellar = places["workbench"].room
        crate = draw.new(Receptacle, name=f"box {box + 1}", room=cellar, kind="box", door="closed", capacity=12)
        for name in draw.sample(DECORATIONS, 4):
            lay(draw, f"{name} ({box + 1})", "decorations", 2, crate)
    draw.new(HomeSpot, kind="decorations", place=places["workbench"])
    share_chores(draw)
    ask_for_lost_things(draw)
    fill_calendar(draw)


def build_house(draw: Draw) -> dict[str, Receptacle]:
    """Rooms, doorways, furniture and lamps; the furniture by name."""
    rooms = {name: draw.new(Room, name=name, floor=floor) for name, floor in FLOORS.items()}
    for way in WAYS.split(", "):
        one, other = way.split("-")
        draw.new(Doorway, room=rooms[one], leads_to=rooms[other])
        draw.new(Doorway, room=rooms[other], leads_to=rooms[one])
    places = {}
    for room, furniture in FURNITURE.items():
        for piece in furniture.split(", "):
            name, *kind, capacity = piece.split("/")
            what = kind[0] if kind else name
            door = "closed" if what in DOORS else "none"
            room_for = int(capacity)
            places[name] = draw.new(Receptacle, name=name, room=rooms[room], kind=what, door=door, capacity=room_for)
    for room, lamps in LAMPS.items():
        for name in lamps.split(", "):
            draw.new(Lamp, name=name, room=rooms[room], on=draw.chance(60))
    draw.new(Robot, room=rooms["kitchen"])
    return places


def lay(
    draw: Draw, name: str, kind: Sort, size: int, place: Receptacle, dirty: bool = False, cut: str | None = None
) -> Thing:
    """A new thing in a place, as it would be found there."""
    condition = ("dirty" if dirty else "clean") if kind in WASHABLE else None
    temperature = ("cold" if place.kind in COLD else "room") if kind in FOOD else None
    state = {"condition": condition, "temperature": temperature, "cut": cut}
    return draw.new(Thing, name=name, kind=kind, size=size, place=place, **state)


def leave_somewhere(draw: Draw, places: dict[str, Receptacle], name: str, kind: Sort) -> None:
    """Most things are where they are kept; some lie elsewhere, dishes and clothes then mostly dirty."""
    home, size = places[STOCK[kind][0]], STOCK[kind][2]
    elsewhere = [one for one in STOCK[kind][1].split(", ") if one]
    astray = 0 if not elsewhere else 75 if kind in ("toys", "belongings", "drinks") else 55
    place = places[draw.choice(elsewhere)] if draw.chance(astray) else home
    if not fits(place, size):
        tops = [one for one in places.values() if one.kind in ("worktop", "table") and fits(one, size)]
        place = home if fits(home, size) else tops[0]
    dirty = place.kind == "dishwasher" or (place.kind not in ("cupboard", "drawer") and draw.chance(80))
    lay(draw, name, kind, size, place, dirty=dirty)


def fits(place: Receptacle, size: int) -> bool:
    """Whether there is room in a place for something of a size."""
    return total(Thing, "size", place=place) + size <= place.capacity


def stock_up(draw: Draw, places: dict[str, Receptacle]) -> None:
    """Ingredients and their packets, the recipes that need them, and what is to be bought."""
    for kind, home in KEPT.items():
        draw.new(HomeSpot, kind=kind, place=places[home])
    for key, (kind, amounts, packets) in GROCERIES.items():
        name, unit = key.split("/")
        ingredient = draw.new(Ingredient, name=name, unit=unit)
        for packet in packets.split(", "):
            if draw.chance(85):
                put_away = places["sideboard" if draw.chance(50) else "left wall cupboard"]
                wrongly = kind in ("chilled food", "dry food") and draw.chance(15) and fits(put_away, 1)
                where = put_away if wrongly else places[KEPT[kind]]
                thing = lay(draw, packet, kind, 1, where, cut="whole" if kind == "fruit and vegetables" else None)
                soon, late = (200, 600) if name in KEEPS else LASTS[kind]
                expires = draw.day(-6, -1) if name not in KEEPS and draw.chance(12) else draw.day(soon, late)
                draw.new(PantryItem, thing=thing, ingredient=ingredient, amount=draw.choice(amounts), expires=expires)
    for home in ("fridge", "larder", "vegetable rack"):
        stored = rows(PantryItem, thing__place=places[home])
        for item in draw.sample([one for one in stored if one.ingredient.name not in KEEPS], 3):
            item.expires = draw.day(-6, -1)
    for key, lines in RECIPES.items():
        name, minutes = key.split("/")
        recipe = draw.new(Recipe, name=name, minutes=int(minutes))
        for line in lines.split(", "):
            needed, _, number = line.rpartition(" ")
            draw.new(RecipeLine, recipe=recipe, ingredient=first(Ingredient, name=needed), amount=int(number))
    for member in rows(Member):
        for ingredient in draw.sample(rows(Ingredient), draw.integer(1, 4)):
            wanted = draw.integer(1, 6) if ingredient.unit == "pieces" else 50 * draw.integer(2, 12)
            draw.new(ShoppingItem, member=member, ingredient=ingredient, amount=wanted)


def share_chores(draw: Draw) -> None:
    """Chores of these days: those of the past mostly done, nobody with too many open ones on one day."""
    turns = {title: draw.integer(0, often - 1) for title, (_, often) in CHORES.items()}
    for step in draw.many(11):
        due = draw.today + timedelta(days=step - 4)
        for title, (minutes, often) in CHORES.items():
            if step % often == turns[title]:
                member = draw.pick(Member)
                busy = total(Chore, "minutes", member=member, due=due, status="open") + minutes > DAILY_MINUTES
                done = busy or (due < draw.today and draw.chance(70))
                if not done or due <= draw.today:
                    status: Literal["open", "done"] = "done" if done else "open"
                    draw.new(Chore, title=title, member=member, due=due, minutes=minutes, status=status)


def ask_for_lost_things(draw: Draw) -> None:
    """E-mails of members who miss something."""
    for thing in draw.sample(rows(Thing, kind="belongings", place__kind=other_than("tray")), 4):
        assert thing.place is not None
        member = draw.pick(Member)
        body = draw.choice((
            "I cannot find the {0} anywhere. I think I had it in the {1} last night. Could you look?\n\n{2}",
            "Has the {0} turned up? It must be somewhere in the {1}, I have looked everywhere else.\n\n{2}",
            "Please look for the {0} when you have a minute. It was in the {1} on Friday.\n\nLove, {2}",
        ))  # fmt: skip
        draw.new(
            mail.Message, folder="inbox", sender=member.email, recipient="robot@whitfield.example", read=False,
            answers=None, subject=f"Have you seen the {thing.name}?", sent=draw.moment(-2, -1),
            body=body.format(thing.name, thing.place.room.name, member.name),
        )  # fmt: skip


# Of what comes round: the title, who holds it and who is asked along, the rule, its first weekday, time, minutes, place.
ROUND: tuple[tuple[str, str, tuple[str, ...], str, int, str, int, str], ...] = (
    ("Swimming club", "Theo", (), "FREQ=WEEKLY;BYDAY=TU,FR", 1, "16:30", 60, "Leisure centre"),
    ("Swimming for over-sixties", "Edith", (), "FREQ=WEEKLY", 2, "10:00", 45, "Leisure centre"),
    ("Football training", "Thea", (), "FREQ=WEEKLY;BYDAY=MO,TH", 0, "17:00", 60, "Park Road pitch"),
    ("Piano lesson", "Ivy", (), "FREQ=WEEKLY", 2, "16:00", 30, "Living room"),
    ("Piano lesson", "Thea", (), "FREQ=WEEKLY", 2, "16:30", 30, "Living room"),
    ("Drama club", "Ivy", (), "FREQ=WEEKLY;BYDAY=MO,WE", 0, "17:15", 75, "School hall"),
    ("Choir practice", "Edith", (), "FREQ=WEEKLY;BYDAY=TU,TH", 1, "19:00", 90, "St Anne's hall"),
    ("Office day", "Nora", (), "FREQ=WEEKLY;BYDAY=MO,WE,TH", 0, "08:45", 450, "Leeds"),
    ("Early shift", "Samir", (), "FREQ=WEEKLY;BYDAY=TU,WE,FR", 1, "06:00", 480, "Depot"),
    ("Book club", "Nora", ("Edith",), "FREQ=WEEKLY;INTERVAL=2", 1, "20:00", 120, "Dining room"),
    ("Family council", "Samir", ("Nora", "Edith", "Ivy"), "FREQ=WEEKLY", 6, "18:00", 30, "Dining room"),
    ("Bins: paper and glass", "", (), "FREQ=WEEKLY;INTERVAL=2", 1, "07:00", 15, "Kerb"),
    ("Bins: garden waste", "", (), "FREQ=WEEKLY;INTERVAL=2", 4, "07:00", 15, "Kerb"),
)  # fmt: skip
# Whole days away: what for, who, and the earliest and latest first day from today, with the number of days.
AWAY: tuple[tuple[str, tuple[str, ...], tuple[int, int], int], ...] = (
    ("School trip to York", ("Theo", "Thea"), (1, 3), 3), ("Wedding in Whitby", ("Nora", "Samir"), (4, 5), 2),
    ("Staying with Aunt Maud", ("Edith",), (1, 3), 3), ("Geography field trip", ("Ivy",), (1, 4), 2),
)  # fmt: skip
# Visits to the house: what for, the firm, its address, who lets it in, and the minutes that it takes.
VISITS = (
    ("Boiler service", "Fernhill Heating", "bookings@fernhillheating.example", "Samir", 60),
    ("Hedge cutting", "Fernhill Gardens", "office@fernhillgardens.example", "Edith", 120),
    ("Piano tuning", "Allegro Pianos", "tuning@allegropianos.example", "Nora", 90),
    ("Chimney sweep", "Blackthorn Sweeps", "diary@blackthornsweeps.example", "Samir", 60),
)  # fmt: skip
CHANGED = (
    "I am afraid that we cannot keep our appointment for the {0}. Could we come on {1} at {2} instead?",
    "about the {0}: two of our people are ill, so we have to put it off. We could offer {1} at {2}. Would that do?",
    "the day that we agreed on for the {0} turns out to be a bad one for us. Is {1} at {2} possible for you?",
    "our van is in the garage, and the {0} has to wait a little. Would {1} at {2} suit you?",
)  # fmt: skip
CLASHES = ("Dentist", "Appointment at the bank", "Lunch with Rosa", "Parents' morning", "Car to the garage")
# What somebody needs for something in these days: the thing, whose, what for, the place, time and minutes.
NEEDS = {
    "swimming cap": ("Thea", "Swimming gala", "Leisure centre", "14:00", 120),
    "library card": ("Theo", "Reading afternoon", "Library", "15:30", 60),
    "sketchbook": ("Ivy", "Sketching at the museum", "City museum", "10:30", 90),
    "bus pass": ("Edith", "Outing with the choir", "Bus station", "08:45", 300),
    "hearing aid case": ("Edith", "Hearing test", "Health centre", "11:30", 45),
    "glasses case": ("Nora", "Eye test", "High Street optician", "12:15", 30),
    "bicycle key": ("Ivy", "Bicycle check", "School yard", "15:45", 30),
    "phone charger": ("Samir", "First-aid course", "Town hall", "18:30", 120),
}  # fmt: skip
NOTES = (
    "Do not forget the {0}, last seen in the {1}.",
    "The {0} has to come along. It was in the {1} yesterday.",
    "To take: {0} (somewhere in the {1}).",
)  # fmt: skip


def fill_calendar(draw: Draw) -> None:
    """What comes round, days away, visits that firms want to put off, and what somebody has to take along."""
    people = {member.name: member for member in rows(Member)}
    monday, midnight = draw.today - timedelta(days=draw.today.weekday()), time()
    for title, holder, guests, rule, weekday, at, minutes, place in ROUND:
        weeks = 2 * draw.integer(2, 6) + ("Bins: g" in title)
        starts = datetime.combine(monday + timedelta(days=weekday - 7 * weeks), time.fromisoformat(at))
        diary.add_event(
            title, starts, minutes, organiser=people.get(holder), people=[people[name] for name in guests], rule=rule,
            place=place, shows_busy=bool(holder), made=starts - timedelta(days=draw.integer(2, 9)),
        )  # fmt: skip
    for title, names, (soonest, latest), days in AWAY:
        starts = datetime.combine(draw.day(soonest, latest), midnight)
        diary.add_event(
            title, starts, 1440 * days, organiser=people[names[0]], people=[people[name] for name in names[1:]],
            all_day=True, made=draw.moment(-40, -20),
        )  # fmt: skip
    for invitation in rows(diary.Invitation):
        invitation.answer = "accepted" if invitation.event.all_day or draw.chance(60) else "waiting"
        invitation.made = invitation.event.made
    draw.need(handovers(draw.today), "nobody could take over somebody's chores of some days")
    draw.need(stand_ins(both_away=False), "nobody could do the chores of anybody who is away")
    draw.need(stand_ins(both_away=True), "nobody who is away has chores while another is away too")
    there = rows(Thing, name=one_of(list(NEEDS)), place__kind=other_than("tray"))
    for thing, note, ahead in zip(draw.sample(there, 4), (*NOTES, NOTES[0]), draw.shuffled((1, 2, 3, 4)), strict=False):
        whose, title, place, at, minutes = NEEDS[thing.name]
        starts = datetime.combine(draw.today + timedelta(days=ahead), time.fromisoformat(at))
        text = note.format(thing.name, room_of(thing).name)
        diary.add_event(
            title, starts, minutes, organiser=people[whose], place=place, notes=text, made=draw.moment(-9, -2)
        )
    make_exceptions(draw)
    put_off_visits(draw, people)


def make_exceptions(draw: Draw) -> None:
    """Of some of what comes round, a time in these days is cancelled; another is later than usual."""
    for title in ("Football training", "Drama club", "Choir practice"):
        event = rows(diary.Event, title=title)[0]
        ahead = diary.occurring(draw.today, draw.today + timedelta(days=13))
        change = diary.change_of(event, draw.choice([span for span, plan in ahead if plan.event == event.id]))
        change.cancelled = title != "Choir practice"
        change.starts += timedelta(minutes=0 if change.cancelled else 45)


def put_off_visits(draw: Draw, people: dict[str, Member]) -> None:
    """Visits to the house, and letters in which the firms ask for another time; half of those times do not suit."""
    letters, clashes = draw.shuffled(CHANGED), draw.shuffled(CLASHES)
    for number, (title, firm, address, holder, minutes) in enumerate(draw.shuffled(VISITS)):
        member = people[holder]
        starts, other = (
            draw.choice(diary.free_slots([member], minutes, draw.today + timedelta(days=soonest),
                                         draw.today + timedelta(days=latest), time(9), time(16)))[0]
            for soonest, latest in ((3, 8), (9, 15))
        )  # fmt: skip
        notes = f"{firm}; {holder} lets them in."
        diary.add_event(
            title, starts, minutes, organiser=member, place="At home", notes=notes, made=draw.moment(-30, -10)
        )
        if number % 2:
            begins = other + timedelta(minutes=draw.choice((-30, 15, 30)))
            diary.add_event(clashes.pop(), begins, 60, organiser=member, made=draw.moment(-12, -5))
        said = letters.pop().format(title[0].lower() + title[1:], say_date(other.date()), f"{other:%H:%M}")
        mail.deliver(
            address, f"Another time: {title}", f"Dear Whitfields,\n\n{said}\n\n{firm}", sent=draw.moment(-2, -1)
        )


# Tasks: how the reference gets about ------------------------------------------------------------------------------


class Walk:
    """A reference's way through the house: by the floor plan, looking into one piece of furniture after another."""

    def __init__(self, do: Do) -> None:
        self.do = do
        self.ways: list[Any] = []
        self.arrive(do.look_around())

    def arrive(self, scene: Any) -> None:
        """Take in a room."""
        self.scene = scene
        self.open = {place.id for place in scene.furniture if place.door == "open"}

    def to(self, room: str) -> "Walk":
        """Walk to a room the short way, closing appliances behind."""
        if self.scene.room.name != room:
            self.ways = self.ways or list(self.do.floor_plan())
            for name in route(self.ways, self.scene.room.name, room):
                for place in self.scene.furniture:
                    if place.kind in TAKES and place.id in self.open:
                        self.close(place)
                step = next(one for one in self.scene.exits if one.name == name)
                self.arrive(self.do.go_to(room_id=step.id))
        return self

    def place(self, name: str) -> Any:
        """A piece of furniture of this room by its name."""
        return next(one for one in self.scene.furniture if one.name == name)

    def look(self, place: Any) -> list[Any]:
        """What is in or on it; opened if need be."""
        if place.door == "none" or place.id in self.open:
            return list(self.do.look_inside(place_id=place.id))
        self.open.add(place.id)
        return list(self.do.open_receptacle(place_id=place.id))

    def close(self, place: Any) -> None:
        """Close what stands open."""
        self.open.discard(place.id)
        self.do.close_receptacle(place_id=place.id)

    def find(self, name: str) -> tuple[Any, Any]:
        """A thing of this room and its place: open surfaces are looked at first, then what has a door."""
        for place in sorted(self.scene.furniture, key=lambda one: str(one.door) == "closed"):
            for thing in self.look(place):
                if thing.name == name:
                    return thing, place
        return None, None

    def put(self, thing: Any, name: str) -> None:
        """Put down what is held, opening the place first if need be."""
        place = self.place(name)
        if place.door != "none" and place.id not in self.open:
            self.look(place)
        self.do.put(thing_id=thing.id, place_id=place.id)


def route(ways: list[Any], start: str, goal: str) -> list[str]:
    """The rooms on the shortest way from one room to another."""
    reached: dict[str, list[str]] = {start: []}
    for _ in range(len(FLOORS)):
        for name, steps in list(reached.items()):
            for way in ways:
                if way.room_name == name:
                    reached.setdefault(way.leads_to_name, [*steps, way.leads_to_name])
    return reached[goal]


def surfaces(outside: Room | None, size: int = 1) -> list[Receptacle]:
    """Tables that one can serve at, with room for something, in other rooms than one."""
    work = ("ironing table", "workbench")
    tables = [place for place in rows(Receptacle, kind="table") if place.name not in work]
    return [place for place in tables if place.room != outside and fits(place, size)]


def room_of(thing: Thing) -> Room:
    """The room where a thing lies."""
    assert thing.place is not None
    return thing.place.room


# Tasks ------------------------------------------------------------------------------------------------------------


@world.intent(
    "The {thing} has been left dirty somewhere in the {room}. Wash it and set it on the {spot} in the "
    "{spot.room}.",
    "Please look for the {thing}, dirty as it is, in the {room}; get it clean, then take it to the {spot.room} and "
    "leave it on the {spot}.",
    "I'd like the {thing} on the {spot} ({spot.room}), but clean, please! It is dirty and to be found somewhere "
    "in the {room}.",
    "For the {spot} in the {spot.room} we still need the {thing}. Somebody used it: fetch it from the {room} and "
    "wash it before you set it down.",
    "Someone abandoned the {thing} in the {room} after using it. Once you have washed it, its place is in the "
    "{spot.room}, on the {spot}.",
    "Could you get the {thing} out of the {room}, see that it becomes spotless and stand it on the {spot} of the "
    "{spot.room}?",
    "Guests are coming to the {spot.room}. Put the {thing} out for them on the {spot}, not dirty as it is now but "
    "washed. Last seen: {room}.",
    "One dirty item, the {thing}. Find where in the {room} it hides, get it clean, carry it into the {spot.room} "
    "and place it on the {spot}.",
    kind="write", role="robot",
)  # fmt: skip
def clean_and_serve(draw: TaskDraw) -> Task:
    thing = draw.choice(rows(Thing, kind=one_of(["crockery", "glasses", "cutlery"]), condition="dirty"))
    room = room_of(thing)
    spot = draw.choice(surfaces(room))

    def solve(do: Do) -> None:
        walk = Walk(do).to(room.name)
        found, _ = walk.find(thing.name)
        do.take(thing_id=found.id)
        walk.to("kitchen")
        do.wash_up()
        walk.to(spot.room.name).put(found, spot.name)

    return draw.task(solve, thing=thing, room=room, spot=spot)


@world.impossible(clean_and_serve)
def clean_and_serve_what_is_not_there(draw: TaskDraw) -> Task:
    dishes = [name for kind in ("crockery", "glasses", "cutlery") for name in STOCK[kind][3].split(", ")]
    gone = [name for name in dishes if not count(Thing, name=name)] or ["willow-pattern mug"]
    room = draw.choice(rows(Room, name=one_of(["kitchen", "dining room", "living room"])))

    def solve(do: Do) -> None:
        Walk(do).to(room.name).find(name)

    name = draw.choice(gone)
    return draw.task(solve, impossible=True, thing=name, room=room, spot=draw.choice(surfaces(room)))


@world.intent(
    "Warm up the {food} from the fridge until it is hot and put it on the {spot} in the {spot.room}.",
    "I am starving! There is {food} in the fridge: heat it for me. I am in the {spot.room}, just put it on the "
    "{spot}.",
    "Dinner will be the rest of the {food}, served hot on the {spot} of the {spot.room}. It is cold now, in the "
    "fridge.",
    "Would you take the {food} out of the fridge, make it hot and serve it in the {spot.room}? It can stand on "
    "the {spot}.",
    "Edith would like some hot {food}. You find it in the fridge; once it is heated, set it on the {spot} in the "
    "{spot.room} for her.",
    "A job for you: get the {food} (fridge), heat it, put it down in the {spot.room}, on the {spot}.",
    "Somebody eats late tonight. Set the {food} on the {spot} ({spot.room}) after heating it; at present the "
    "fridge has it.",
    "Nobody likes {food} straight from the fridge, so make it hot first, then carry it over to the {spot.room} "
    "and leave it on the {spot}.",
    kind="write", role="robot",
)  # fmt: skip
def heat_and_serve(draw: TaskDraw) -> Task:
    food = draw.choice(rows(Thing, kind="leftovers", place__kind="fridge"))
    spot = draw.choice(surfaces(room_of(food)))

    def solve(do: Do) -> None:
        walk = Walk(do).to("kitchen")
        found = next(one for one in walk.look(walk.place("fridge")) if one.name == food.name)
        do.take(thing_id=found.id)
        microwave = walk.place("microwave")
        walk.put(found, "microwave")
        walk.close(microwave)
        do.run_appliance(place_id=microwave.id)
        warm = next(one for one in walk.look(microwave) if one.temperature == "hot")
        do.take(thing_id=warm.id)
        walk.to(spot.room.name).put(warm, spot.name)

    return draw.task(solve, food=food, spot=spot)


@world.intent(
    "The {drink} in the {room} is warm. Chill it and then put it on the {spot} in the {spot.room}.",
    "Nobody wants a lukewarm {drink}: find it in the {room}, cool it down, and serve it cold on the {spot} of the "
    "{spot.room}.",
    "Please bring the {drink} to the {spot.room}, cold, and set it on the {spot}. Somebody left it out in the "
    "{room}, so it has to be cooled first.",
    "We left the {drink} standing in the {room} overnight. Make it cold, and after that it goes onto the {spot} "
    "({spot.room}).",
    "Could I have the {drink}, nicely cold, on the {spot} in the {spot.room}? You should come across it in the "
    "{room}, at room temperature.",
    "Fetch the {drink} from the {room}; get it cold; deliver it to the {spot.room}, where it goes on the {spot}.",
    "I'll be in the {spot.room} in ten minutes and would love to find the {drink} on the {spot}, properly cooled. "
    "It must be in the {room} now.",
    "A visitor asked for the {drink}, but cold. Look round the {room} for it, chill it, and leave it on the "
    "{spot} of the {spot.room}.",
    kind="write", role="robot",
)  # fmt: skip
def chill_and_serve(draw: TaskDraw) -> Task:
    drink = draw.choice(rows(Thing, kind="drinks", temperature="room"))
    room = room_of(drink)
    spot = draw.choice(surfaces(room))

    def solve(do: Do) -> None:
        walk = Walk(do).to(room.name)
        found, _ = walk.find(drink.name)
        do.take(thing_id=found.id)
        walk.to("kitchen").put(found, "fridge")
        do.take(thing_id=found.id)
        walk.to(spot.room.name).put(found, spot.name)

    return draw.task(solve, drink=drink, room=room, spot=spot)


@world.intent(
    "Take the {food} from the vegetable rack in the kitchen, slice it on the worktop and put it on the {spot} in "
    "the {spot.room}. The knife goes back where it belongs.",
    "For a snack in the {spot.room}: cut up the {food} that is in the kitchen's vegetable rack, on the worktop "
    "there, return the knife and leave the slices on the {spot}.",
    "Would you prepare the {food} out of the vegetable rack? Sliced on the kitchen worktop, please, with the "
    "knife back in its place after, and then over to the {spot.room}, onto the {spot}.",
    "The children want the {food} in slices; it lies in the vegetable rack. Use the kitchen worktop and any "
    "knife, put the knife away again, and serve the slices on the {spot} in the {spot.room}.",
    "There is a {food} in the vegetable rack in the kitchen that wants slicing on our worktop. When done, no "
    "knife may be left lying out, and the slices belong on the {spot} of the {spot.room}.",
    "Carry the {food} from the vegetable rack to the kitchen worktop and slice it with a knife; knife back to "
    "where knives are kept; sliced thing to the {spot} ({spot.room}).",
    "My lunch shall be on the {spot} in the {spot.room}: just the {food} from the vegetable rack, sliced. Cut it "
    "on the kitchen worktop and put the knife back in its place.",
    "Set out the {food} in slices on the {spot} that stands in the {spot.room}. It is still whole, in the "
    "vegetable rack, so cut it first at the kitchen worktop, remembering to put away the knife.",
    kind="write", role="robot",
)  # fmt: skip
def slice_and_serve(draw: TaskDraw) -> Task:
    good = [item.thing.id for item in rows(PantryItem, expires=at_least(draw.today))]
    raw = rows(Thing, cut="whole", place__name="vegetable rack", id=one_of(good))
    food = draw.choice([one for one in raw if "onion" not in one.name])
    spot = draw.choice(surfaces(room_of(food)))

    def solve(do: Do) -> None:
        rules = {rule.kind: rule for rule in do.house_rules()}
        walk = Walk(do).to("kitchen")
        kept = walk.look(walk.place(rules["fruit and vegetables"].place_name))
        found = next(one for one in kept if one.name == food.name)
        do.take(thing_id=found.id)
        walk.put(found, "worktop")
        knife = walk.look(walk.place(rules["knives"].place_name))[0]
        do.take(thing_id=knife.id)
        do.slice_food(thing_id=found.id)
        walk.put(knife, rules["knives"].place_name)
        do.take(thing_id=found.id)
        walk.to(spot.room.name).put(found, spot.name)

    return draw.task(solve, food=food, spot=spot)


@world.intent(
    "Gather all toys lying in the open in the {room} and put them into the {spot} in the {spot.room}.",
    "The {room} is a playground again. Every toy that lies about there goes into the {spot} ({spot.room}); leave "
    "closed furniture alone.",
    "Please clear the toys off the seats and tables of the {room}. They should all end up in the {spot} of the "
    "{spot.room}.",
    "Before the vacuum cleaner comes to the {room}: any toy out in the open there is to be moved to the {spot.room}, "
    "inside the {spot}.",
    "Could you collect whatever toys the children dropped on the furniture of the {room}, anything without a door, "
    "and drop them in the {spot.room}'s {spot}?",
    "Toy patrol! Area: {room}, open surfaces only. Destination: {spot}, {spot.room}. All of them.",
    "I promised Grandma that the {room} will be free of toys lying around. Fill the {spot} with them; you find it in "
    "the {spot.room}.",
    "Tidy up after the twins: look at each open surface of the {room}, pick up the toys, and only the toys, "
    "and store these within the {spot} that the {spot.room} has.",
    kind="batch", role="robot",
)  # fmt: skip
def gather_toys(draw: TaskDraw) -> Task:
    toys: dict[Room, list[Thing]] = defaultdict(list)
    for toy in rows(Thing, kind="toys", place__door="none"):
        toys[room_of(toy)].append(toy)
    littered = [room for room, found in toys.items() if len(found) > 1]
    room = draw.choice([room for room in littered if len(toys[room]) <= 6] or littered)
    spot = rows(Receptacle, name="toy chest" if room.floor == "upper floor" else "toy box")[0]
    draw.need(fits(spot, len(toys[room])), "no room for so many toys")

    def solve(do: Do) -> None:
        walk = Walk(do).to(room.name)
        tops = [place for place in walk.scene.furniture if place.door == "none"]
        lying = [thing for place in tops for thing in walk.look(place) if thing.kind == "toys"]
        for start in range(0, len(lying), HANDS):
            walk.to(room.name)
            for toy in lying[start : start + HANDS]:
                do.take(thing_id=toy.id)
            walk.to(spot.room.name)
            for toy in lying[start : start + HANDS]:
                walk.put(toy, spot.name)

    return draw.task(solve, room=room, spot=spot)


@world.intent(
    "Wash the dirty {goods} from the {place} in the washing machine and leave them in the machine. Whatever is "
    "clean stays where it is.",
    "Laundry day: load all {goods} in the {place} that are dirty, run the washing machine, and leave them in the "
    "machine until I come.",
    "Could you do a wash with just the dirty {goods} out of the {place}? Leave them in the machine afterwards; I "
    "shall unload it.",
    "Please run the washing machine. What goes in: every one of the {goods} in our {place} which needs washing, "
    "and nothing else. Then leave them in the machine.",
    "Take care of the {goods} in the {place}, only the dirty ones, by machine. Leave them in the machine when "
    "they are clean; I will hang them up myself later on.",
    "I need clean {goods} for tomorrow! Sort through the {place}, put those not clean into the washing machine, "
    "start it and leave them in the machine.",
    "Among the things in the {place} there are dirty {goods}. Wash all of these in the washing machine, please, "
    "and leave them in the machine.",
    "Pick the used, dirty {goods} out of the {place}, carry them to the washing machine and get them clean, "
    "without mixing in other stuff. Leave them in the machine.",
    kind="batch", role="robot",
)  # fmt: skip
def wash_laundry(draw: TaskDraw) -> Task:
    loads = []
    for place in rows(Receptacle, name=one_of(["laundry basket", "laundry hamper"])):
        for goods in ("clothes", "towels"):
            number = count(Thing, place=place, kind=goods, condition="dirty")
            if number > 1 or (number and place.name == "laundry hamper"):
                loads.append((place, goods))
    place, goods = draw.choice(loads)

    def solve(do: Do) -> None:
        walk = Walk(do).to(place.room.name)
        dirty = [one for one in walk.look(walk.place(place.name)) if one.kind == goods and one.condition == "dirty"]
        for start in range(0, len(dirty), HANDS):
            walk.to(place.room.name)
            for thing in dirty[start : start + HANDS]:
                do.take(thing_id=thing.id)
            walk.to("utility room")
            for thing in dirty[start : start + HANDS]:
                walk.put(thing, "washing machine")
        machine = walk.place("washing machine")
        walk.close(machine)
        do.run_appliance(place_id=machine.id)

    return draw.task(solve, place=place, goods=goods)


@world.intent(
    "Throw everything in the {place} that expired on {day} or before into the kitchen bin. The pantry inventory knows "
    "the dates.",
    "Please clear out the {place}: food dated {day} or earlier belongs in the kitchen bin by now; see the inventory "
    "of the pantry.",
    "What is in the {place} with an expiry date up to and including {day} has to go. Check against the pantry list, "
    "use the kitchen bin.",
    "Go through the {place} and bin any packet that, says the pantry inventory, was good until {day} at most. Kitchen "
    "bin, thanks.",
    "I don't want anyone to fall ill. So: {place}, expiry by {day} (that day included), off to the kitchen bin, item "
    "after item.",
    "Compare the contents of the {place} with our pantry inventory and discard, in the kitchen bin, all items "
    "expiring no later than {day}.",
    "Old food stinks. Whichever things the {place} holds whose expiry is {day}, or lies earlier, should land in the "
    "kitchen bin.",
    "Do the weekly stale-food round on the {place} only. Limit for the expiry date: {day}, inclusive. Where to: the "
    "kitchen bin.",
    kind="batch", role="robot",
)  # fmt: skip
def throw_out_expired(draw: TaskDraw) -> Task:
    rounds = []
    for place in rows(Receptacle, name=one_of(["fridge", "larder", "vegetable rack"])):
        for back in range(1, 4):
            day = draw.today - timedelta(days=back)
            if 3 <= count(PantryItem, thing__place=place, expires=at_most(day)) <= 8:
                rounds.append((place, day))
    place, day = draw.choice(rounds)

    def solve(do: Do) -> None:
        stale = {item.thing_id for item in do.every("search_pantry_items", expires_to=day)}
        walk = Walk(do).to("kitchen")
        bad = [one for one in walk.look(walk.place(place.name)) if one.id in stale]
        for start in range(0, len(bad), HANDS):
            for thing in bad[start : start + HANDS]:
                do.take(thing_id=thing.id)
            for thing in bad[start : start + HANDS]:
                walk.put(thing, "kitchen bin")

    return draw.task(solve, place=place, day=day)


@world.intent(
    "Where in the {room} is the {thing}? Name the piece of furniture.",
    "I am looking for the {thing}. It has to be in the {room}; which piece of furniture holds it?",
    "Please find out on or in what exactly the {thing} lies. I only know that the room is the {room}.",
    "We cannot find the {thing}! Search the {room} and tell me what table, drawer, cupboard or whatever it turned up "
    "in.",
    "Somewhere in the {room} we have the {thing}. Locate it for me and just say the name of the furniture.",
    "Has anybody tidied the {thing} away? Have a look through the {room} and report its present spot there.",
    "Ivy wants the {thing} and asks under which roof, so to speak, it is: the right cupboard, shelf or the like of "
    "the {room}, please.",
    "Go to the {room}, look everywhere, and let me know the place in that room at which you see the {thing}.",
    kind="question", role="robot",
)  # fmt: skip
def find_a_thing(draw: TaskDraw) -> Task:
    kinds = ["crockery", "cookware", "toys", "books", "tools", "toiletries", "belongings"]
    thing = draw.choice(rows(Thing, kind=one_of(kinds)))
    room = room_of(thing)

    def solve(do: Do) -> Any:
        _, place = Walk(do).to(room.name).find(thing.name)
        return place.name

    assert thing.place is not None
    return draw.task(solve, answer=Answer.row(thing.place), thing=thing, room=room)


@world.intent(
    "How many dirty things are there in the {room}? Count what is shut away in drawers, cupboards or machines too.",
    "Please go over the {room}, inside all furniture as well, and tell me the number of items that are dirty.",
    "What is the total of dirty objects in the {room}, be they dishes, clothes, towels or anything, in the open or "
    "behind doors?",
    "I want to know how much washing awaits us: count each dirty item of the {room}, appliances and closed furniture "
    "included.",
    "Check the whole {room}, opening whatever has a door, and give me a figure: things in there which are not clean "
    "but dirty.",
    "Inspection of the {room}! Look into every single piece of furniture. The question is in what quantity you meet "
    "dirty things.",
    "If you had to clean all that is dirty in the {room}, from surfaces, baskets, cupboards and so on, how many "
    "pieces would it be?",
    "Samir bets that fewer than ten dirty things can be found in the {room}. Search it completely and say how many "
    "they really are.",
    kind="aggregate", role="robot",
)  # fmt: skip
def count_dirty_things(draw: TaskDraw) -> Task:
    dirty = {room: count(Thing, place__room=room, condition="dirty") for room in rows(Room)}
    room = draw.choice([one for one in rows(Room) if dirty[one] and count(Receptacle, room=one) > 3])

    def solve(do: Do) -> int:
        walk = Walk(do).to(room.name)
        return do.count([one for place in walk.scene.furniture for one in walk.look(place) if one.condition == "dirty"])

    return draw.task(solve, answer=Answer.number(dirty[room]), room=room)


@world.intent(
    "{member} wants to make {recipe}. Of each ingredient that our pantry has too little of, put what is missing "
    "on the shopping list in {member}'s name, whatever others have put on the list; do not count packets that "
    "expired before today.",
    "Check for {recipe} whether the pantry inventory covers every ingredient (in date, today included). Where it "
    "falls short, list the difference for shopping on behalf of {member}, no matter what others have asked for.",
    "Please get the shopping for {recipe} ready: compare what the recipe asks with our stock that is not past its "
    "expiry day. Shortfalls go on the list, exact amounts only, for {member}, even where others want the same "
    "ingredient.",
    "I'd like to surprise everyone with {recipe}. What do we lack? Expired food is no food. Add exactly the "
    "lacking amounts to the list as requests of {member}; what others have put on the list is for them.",
    "Shopping list, please: whatever quantity {recipe} needs beyond the unexpired stock in the pantry, one entry "
    "per ingredient, asked for by {member} and on top of anything others have listed. Nothing for ingredients we "
    "have enough of.",
    "{recipe} it shall be on Wednesday! Let {member} have on the list the amounts by which the pantry's usable "
    "packets, that is, those still good today, are below the recipe. Ignore the requests of others.",
    "Can we cook {recipe} with what is in the house and has not gone off before today? If some ingredient is "
    "short, enter how much is missing under {member} on the list to buy, regardless of what others have there.",
    "Work out from the cookery book and the pantry inventory which ingredients of {recipe} run short, expired "
    "ones not counting, then note down those missing quantities for {member} to be bought; entries of others make "
    "no difference.",
    kind="conditional", role="robot",
)  # fmt: skip
def list_missing_ingredients(draw: TaskDraw) -> Task:
    def short(line: RecipeLine) -> bool:
        return total(PantryItem, "amount", ingredient=line.ingredient, expires=at_least(draw.today)) < line.amount

    fitting = []
    for recipe in rows(Recipe):
        lacking = [short(line) for line in rows(RecipeLine, recipe=recipe)]
        needed = [line.ingredient for line in rows(RecipeLine, recipe=recipe)]
        free = [one for one in rows(Member) if not count(ShoppingItem, member=one, ingredient=one_of(needed))]
        fitting += [(recipe, member) for member in free if any(lacking) and not all(lacking)]
    recipe, member = draw.choice(fitting)

    def solve(do: Do) -> None:
        person = next(one for one in do.list_members() if one.name == member.name)
        for line in do.recipe_ingredients(name=recipe.name):
            stock = do.every("search_pantry_items", ingredient_id=line.ingredient_id, expires_from=draw.today)
            have = do.sum(item.amount for item in stock)
            if have < line.amount:
                missing = do.difference(line.amount, have)
                do.add_shopping_item(member_id=person.id, ingredient_id=line.ingredient_id, amount=missing)

    return draw.task(solve, recipe=recipe, member=member)


@world.intent(
    "If the pantry has at least {need} {ingredient.unit} of {ingredient} in date, take {ingredient} off my shopping "
    "list; "
    "otherwise change what I asked for to {need} {ingredient.unit}.",
    "I asked for {ingredient}. Should {need} {ingredient.unit} or more of it be left that is good today, strike my "
    "entry, and if "
    "not, make it {need} {ingredient.unit}.",
    "Do we own {need} {ingredient.unit} of unexpired {ingredient}? Then I need none: remove it from my requests. With "
    "less "
    "than that, set the entry's amount to {need} {ingredient.unit}.",
    "About the {ingredient} on my list: look what the inventory holds, ignoring everything past its expiry date. Less "
    "than {need} "
    "{ingredient.unit} means I want {need} {ingredient.unit} bought, else the entry can go.",
    "My recipe needs {need} {ingredient.unit} of {ingredient}. Drop my shopping request for it when our packets that "
    "have not expired "
    "suffice. When they don't, I would like the request to read {need} {ingredient.unit}.",
    "Please revise my wish for {ingredient}: no longer wanted provided that there is enough at home, i.e. {need} "
    "{ingredient.unit} "
    "not expired; but {need} {ingredient.unit} in the other case.",
    "Only buy {ingredient} for me if stocks not yet expired are under {need} {ingredient.unit}, and in that event "
    "exactly "
    "{need} {ingredient.unit}. Correct or delete the item I have there accordingly.",
    "Before anyone goes shopping, compare usable {ingredient} in the pantry with the {need} {ingredient.unit} I "
    "require. Enough: delete "
    "my item. Too little: put {need} {ingredient.unit} as its amount.",
    kind="conditional", role="member",
)  # fmt: skip
def revise_my_request(draw: TaskDraw) -> Task:
    fitting = [one for one in rows(ShoppingItem) if one.ingredient.unit != "pieces"]
    item = draw.choice([one for one in fitting if in_date(draw.today, one.ingredient)] or fitting)
    ingredient, have = item.ingredient, in_date(draw.today, item.ingredient)
    need = have - have % 50 if draw.chance(50) and have > 50 else have + 50 * draw.integer(1, 6)
    need += 25 if need == item.amount else 0

    def solve(do: Do) -> None:
        mine = next(one for one in do.shopping_list() if one.ingredient_name == ingredient.name)
        stock = do.every("search_pantry_items", ingredient_id=mine.ingredient_id, expires_from=draw.today)
        if do.sum(one.amount for one in stock) >= need:
            do.remove_shopping_item(item_id=mine.id)
        else:
            do.change_shopping_item(item_id=mine.id, amount=need)

    return draw.task(solve, actor=item.member, ingredient=ingredient, need=need)


def in_date(day: date, ingredient: Ingredient) -> int:
    """How much of an ingredient has not expired by a day."""
    return int(total(PantryItem, "amount", ingredient=ingredient, expires=at_least(day)))


@world.intent(
    "I am away from {start} to {end}. Hand all my open chores that are due in that time over to {other}.",
    "{other} has promised to do my chores while I am travelling ({start} until {end}, both included). Pass on every "
    "open one.",
    "Please give {other} each chore of mine still open and due between {start} and {end}, the first and last day "
    "counting.",
    "School trip! From {start} through {end} I can do nothing in the house, so whatever I have open for those days is "
    "{other}'s now.",
    "Swap me out of the rota: starting {start}, ending {end} inclusive, {other} takes my undone chores.",
    "Could you move my not yet finished chores with a due date no earlier than {start} and no later than {end} to "
    "{other}?",
    "My deal with {other}: I get the bigger room, and my open duties of {start} up to and including {end} change "
    "hands. Enter that.",
    "For the days {start} to {end} put {other} in charge of anything the chore plan has down for me which isn't "
    "ticked off.",
    kind="batch", role="member",
)  # fmt: skip
def hand_over_my_chores(draw: TaskDraw) -> Task:
    member, other, start, end = draw.choice(handovers(draw.today))

    def solve(do: Do) -> None:
        for chore in do.every("search_chores", status="open", due_from=start, due_to=end):
            do.hand_over_chore(chore_id=chore.id, to=other.name)

    return draw.task(solve, actor=member, other=other, start=start, end=end)


def handovers(today: date) -> list[tuple[Member, Member, date, date]]:
    """Who can take all of whose chores over some days without having too much to do on any."""
    found = []
    for member in rows(Member):
        for start, end in [(today + timedelta(days=one), today + timedelta(days=one + 3)) for one in range(3)]:
            mine = [one for one in rows(Chore, member=member, status="open", due=at_most(end)) if one.due >= start]
            if 2 < len(mine) < 9:
                others = [one for one in rows(Member) if one != member and can_take(one, mine)]
                found += [(member, other, start, end) for other in others]
    return found


def can_take(other: Member, chores: list[Chore]) -> bool:
    """Whether a member is there to do some more chores besides their own of the same days."""
    load: dict[date, int] = defaultdict(int)
    for chore in chores:
        load[chore.due] += chore.minutes
    own = {day: total(Chore, "minutes", member=other, due=day, status="open") for day in load}
    return all(load[day] + own[day] <= DAILY_MINUTES and not is_away(other, day) for day in load)


@world.intent(
    "Somebody put the {thing} away in the wrong place in the {room}. Find it and put it where the house rules say.",
    "The {thing} does not belong in the {room}, not there at least. Please track it down and keep to the house rules "
    "on where it goes.",
    "Theo tidied up, so the {thing} is now in some odd cupboard or drawer of the {room}. Correct that according to "
    "our house rules.",
    "Undo a mistake for me: in the {room} the {thing} got stowed away wrongly. Its proper place is in the house rules.",
    "We have rules in this house, yet the {thing} was shut in somewhere in the {room}. Take it out, store it properly.",
    "When you next pass the {room}, search the furniture for the {thing}; a guest misplaced it. The right spot "
    "follows from its kind, see the rules.",
    "Return the {thing}, which was wrongly left behind a door or in a drawer in the {room}, to the place where things "
    "of that kind are kept.",
    "Why is the {thing} in the {room}, where I would never look? Move it from its hiding place to where it has to be "
    "kept by the house rules.",
    kind="repair", role="robot",
)  # fmt: skip
def put_right(draw: TaskDraw) -> Task:
    home = {spot.kind: spot.place for spot in rows(HomeSpot)}
    kinds = ["chilled food", "dry food", "books", "tools", "toiletries"]
    shut = rows(Thing, kind=one_of(kinds), place__kind=one_of(["cupboard", "drawer"]))
    wrong = [one for one in shut if one.place != home[one.kind] and fits(home[one.kind], one.size)]
    thing = draw.choice(wrong)
    room = room_of(thing)

    def solve(do: Do) -> None:
        walk = Walk(do).to(room.name)
        found, _ = walk.find(thing.name)
        do.take(thing_id=found.id)
        rule = next(one for one in do.house_rules() if one.kind == found.kind)
        walk.to(rule.place_room_name).put(found, rule.place_name)

    return draw.task(solve, thing=thing, room=room)


@world.intent(
    "{member} has mailed to ask about the {thing}. Look for it in the room that the message mentions and reply with "
    "the piece of furniture it is in or on.",
    "There is a message from {member}: the {thing} is lost. Please search the room named there and answer it, saying "
    "what furniture has the item.",
    "Could you deal with {member}'s e-mail about the missing {thing}? Read where it was last, go and see, then write "
    "back its exact spot.",
    "Lost property: {thing}. {member} wrote in which room it should be. Once you know the cupboard, seat or table, "
    "reply to that mail naming it.",
    "Open the mailbox, find what {member} says on the {thing}, have a look there yourself, and let your reply tell "
    "the name of the furniture. "
    "Do not move anything.",
    "Answer {member}, who misses the {thing}. The hint in the mail should be enough for you to find it; what I want "
    "stated is the furniture's name.",
    "A search request came in by e-mail, sender {member}, object {thing}. Carry it out and respond with the place "
    "(which bench, shelf, drawer ...).",
    "{member} still waits to hear where the {thing} is. Their message gives the room; your reply to the same message "
    "should give the piece of furniture.",
    kind="write", role="robot",
)  # fmt: skip
def answer_lost_property(draw: TaskDraw) -> Task:
    asked = draw.choice(rows(mail.Message, folder="inbox", subject=containing("Have you seen the ")))
    thing = rows(Thing, name=asked.subject.removeprefix("Have you seen the ").removesuffix("?"))[0]
    member, room = rows(Member, email=asked.sender)[0], room_of(thing)

    def solve(do: Do) -> None:
        message = do.search_messages(folder="inbox", subject=thing.name)[0]
        _, place = Walk(do).to(room.name).find(thing.name)
        body = do.compose("I have found it, it is here: {place}. Pip", place=place.name)
        do.reply_to_message(message_id=message.id, body=body)

    return draw.task(solve, member=member, thing=thing)


@world.intent(
    "Switch off every lamp that is on in these rooms: {rooms}.",
    "We are leaving. Please see to it that no light burns in any of these: {rooms}.",
    "Could you make a round and turn out all lamps in the {rooms}? Leave those elsewhere as they are.",
    "The electricity bill was shocking. Lights out, now, for the following part of the house: {rooms}.",
    "Everyone forgot the lights again! In each of the {rooms}, anything still shining has to be put out, nothing else.",
    "Before you dock for the night, darken the {rooms}; other rooms are in use.",
    "I want it dark in the {rooms}. Go there and check lamp after lamp.",
    "Energy-saving walk, stops: {rooms}. At each stop extinguish the lamps you meet burning.",
    kind="batch", role="robot",
)  # fmt: skip
def switch_off_lamps(draw: TaskDraw) -> Task:
    lit = [room for room in rows(Room) if count(Lamp, room=room, on=True)]
    chosen = draw.sample(lit, 4)

    def solve(do: Do) -> None:
        walk = Walk(do)
        for room in chosen:
            for lamp in walk.to(room.name).scene.lamps:
                if lamp.on:
                    do.switch_lamp(lamp_id=lamp.id, on=False)

    return draw.task(solve, rooms=chosen)


@world.intent(
    "{firm} would like to move the visit that our calendar has as '{title}'; see their e-mail. If whoever holds that entry "
    "has nothing else in the calendar during the new time, as long as the visit takes, change the entry and reply with the "
    "new date and time. Otherwise leave it and reply with the date and time that are in our calendar.",
    "There is mail from {firm} about '{title}'. They name another time. Should the person holding '{title}' be free for all "
    "of it by the calendar, shift our entry there and answer with that date and time; if something else overlaps it, change "
    "nothing and answer that it stays at the present date and time, naming both.",
    "Please deal with the request of {firm} to come at a different time for '{title}' (it lasts as long as before). Free at "
    "that time, says the calendar, the one whose entry it is? Then move the entry and confirm day and hour by replying. Not "
    "free? Then reply with the day and hour as they are and touch nothing.",
    "Read what {firm} propose and look whether the holder of our '{title}' entry can make it: there must be no other event of "
    "theirs over the length of the visit. Can make it: put '{title}' on the new time, and reply stating date and time. "
    "Cannot: reply that we insist on the date and time we have down.",
    "'{title}' is to be at another time, if {firm} have their way. Compare with the calendar of the one who holds it. In case "
    "of a clash during any part of the visit, our entry remains and the reply repeats its date and time; with no clash, "
    "the entry moves and the reply repeats the new ones.",
    "The visit '{title}' by {firm}: they ask by mail for a new time. Whether that suits depends on the organiser of the "
    "calendar entry, who must be without other events for the whole visit. If it suits, change the start in the calendar; "
    "in any case reply to the mail with the date and the time which then hold.",
    "Answer {firm}, who mailed us about another time for '{title}'. Accept, in the calendar too, when the family member "
    "holding the entry is not otherwise taken up at any minute of it. Decline, with the calendar left alone, when that is "
    "not so. Your answer says on which date and at what time we expect them.",
    "Can we let {firm} have the time that they now want for '{title}'? Yes, if the holder of that calendar entry has an empty "
    "calendar then, from the start of the visit to its end: the entry goes there. No, if not: the entry stays. Either way "
    "they are to get a reply giving the date and time that apply.",
    kind="conditional", role="robot",
)  # fmt: skip
def answer_put_off_visit(draw: TaskDraw) -> Task:
    title, firm, *_ = draw.choice(VISITS)

    def solve(do: Do) -> None:
        letter = do.search_messages(folder="inbox", body=firm)[0]
        entry = do.search_events(title=title).events[0]
        wanted = proposed(letter.body)
        slots = do.find_meeting_times(people=[entry.event.organiser_name], minutes=entry.minutes, first=wanted.date())
        free = next((one.starts for one in slots if one.starts == wanted.isoformat()), None)
        if free:
            do.change_event(event_id=entry.event.id, starts=free)
        body = do.compose("We expect you on {when}. Pip", when=datetime.fromisoformat(free or entry.starts))
        do.reply_to_message(message_id=letter.id, body=body)

    return draw.task(solve, firm=firm, title=title)


def proposed(text: str) -> datetime:
    """The date and time that a letter names: ``12 March 2026 at 14:30``."""
    day, month, year, at = re.findall(r"(\d+) ([A-Z][a-z]+) (\d{4}) at (\d\d:\d\d)", text)[0]
    return datetime.combine(date(int(year), MONTHS.index(month) + 1, int(day)), time.fromisoformat(at))


@world.intent(
    "{member} will be away: '{title}', the calendar has the days. Hand all of {member}'s open chores that are due on those "
    "days over to {other}, and e-mail {other} how many chores that makes and the last of the days.",
    "Because of '{title}' {member} can do nothing in the house on the days that the calendar gives for it. {other} takes "
    "every open chore of {member}'s falling due then. Let {other} know by mail the number of chores and the final day.",
    "Look up in the calendar when '{title}' is. Whatever chores {member} has open with a due date among its days now belong "
    "to {other}. Then write {other} an e-mail: so many chores, and the date of the last day of absence.",
    "{other} stands in for {member} during '{title}' (dates: see calendar). Pass on {member}'s chores that are still open "
    "and due on these dates, one and all. {other} also wants a mail with the count of them and the last date.",
    "For each day on which the calendar says '{title}', the open chores of {member} go to {other}. Afterwards send "
    "{other} a message by e-mail that states how many were handed over and what the last day is.",
    "Please rearrange the chore plan for the time of '{title}': {member} out, {other} in, as far as open chores due in "
    "those days are concerned. The days stand in the calendar. Mail {other} the number of chores and the day it ends.",
    "Who does {member}'s chores while '{title}' is on? {other} does! So give {other} the open ones due from the first to "
    "the last day as our calendar has it, and send off an e-mail telling {other} how many and until which date.",
    "'{title}' is coming up, and {member} has chores in that time. See the calendar for the days, move those chores, if "
    "they are not done yet, to {other}, and inform {other} by e-mail of their number and of the last day.",
    kind="batch", role="robot",
)  # fmt: skip
def stand_in_for(draw: TaskDraw) -> Task:
    return standing_in(draw, both_away=False)


@world.impossible(stand_in_for)
def stand_in_for_when_away_too(draw: TaskDraw) -> Task:
    return standing_in(draw, both_away=True)


def standing_in(draw: TaskDraw, both_away: bool) -> Task:
    """The task of handing over chores to somebody who is there on none, or on all, of their days."""
    member, other, title = draw.choice(stand_ins(both_away))

    def solve(do: Do) -> None:
        entry = do.search_events(title=title, person=member.name).events[0]
        last = do.shift(entry.ends[:10], days=-1)
        chores = do.search_chores(member_name=member.name, status="open", due_from=entry.starts[:10], due_to=last)
        if both_away:
            do.attempt("hand_over_chore", chore_id=chores[0].id, to=other.name)
            return
        for chore in chores:
            do.hand_over_chore(chore_id=chore.id, to=other.name)
        person = next(one for one in do.list_members() if one.name == other.name)
        body = do.compose("You take over {number} chores. The last day is {day}.", number=do.count(chores), day=last)
        do.send_message(recipient=person.email, subject=do.compose("Chores"), body=body)

    return draw.task(solve, impossible=both_away, member=member, other=other, title=title)


def stand_ins(both_away: bool) -> list[tuple[Member, Member, str]]:
    """Who is away and has chores then, who could do them all or is away on all of their days too, and what for."""
    fitting = []
    for title, names, _, days in AWAY:
        event = rows(diary.Event, title=title)[0]
        begins = event.starts.date()
        for member in rows(Member, name=one_of(names)):
            chores = rows(Chore, member=member, status="open", due=at_least(begins))
            chores = [one for one in chores if one.due < begins + timedelta(days=days)]
            for other in rows(Member, name=other_than(member.name)) if chores else []:
                fits = all(is_away(other, one.due) for one in chores) if both_away else can_take(other, chores)
                fitting += [(member, other, title)] if fits and (both_away or len(chores) > 1) else []
    return fitting


@world.intent(
    "How many minutes of open chores do I have on the days, from {start} to {end}, on which the calendar has {title} for me?",
    "Between {start} and {end} I go to {title}. Take just the days when that really takes place and add up the minutes of my "
    "open chores due on them.",
    "On {title} days I am short of time. Looking at {start} up to {end}: what do my open chores on those days come to in "
    "minutes?",
    "Please sum the minutes of what I still have to do in the house on each day with {title} in my calendar, {start} "
    "through {end}.",
    "I want to know what awaits me when I have {title}. Count the minutes of my open chores with such a day as due date; "
    "period: {start} to {end}, both included.",
    "From {start} until {end}, which days have {title}? Tell me how many minutes of chores, not done yet, I must do on these "
    "days altogether.",
    "My chores and my {title} collide. Give me the total minutes of the open ones that fall due on a day of {title} in the "
    "time {start} - {end}.",
    "See the calendar for the dates of my {title} from {start} to {end}, then the chore plan for my open chores of the same "
    "dates. What is their length in minutes, taken together?",
    kind="aggregate", role="member",
)  # fmt: skip
def chores_on_busy_days(draw: TaskDraw) -> Task:
    start, end, fitting = draw.today, draw.today + timedelta(days=6), []
    for event in rows(diary.Event, repeats=containing("BYDAY"), organiser=other_than(None)):
        days = [span.starts.date() for span, plan in diary.occurring(start, end) if plan.event == event.id]
        minutes = total(Chore, "minutes", member=event.organiser, status="open", due=one_of(days))
        fitting += [(event.organiser, event.title, minutes)] if len(days) > 1 and minutes else []
    member, title, minutes = draw.choice(fitting)

    def solve(do: Do) -> Any:
        chores = []
        for one in do.search_events(title=title, first=start, last=end).events:
            chores += do.search_chores(status="open", due_from=one.starts[:10], due_to=one.starts[:10])
        return do.sum(chore.minutes for chore in chores)

    answer = Answer.number(minutes)
    return draw.task(solve, answer=answer, actor=member, title=title, start=start, end=end)


@world.intent(
    "{member} is home on {day} after all: that day's '{title}' is off. Cancel that one time of it in the calendar, give "
    "{member} all of {other}'s open chores due that day, and e-mail {other} how many they are.",
    "There is no '{title}' for {member} on {day}; take out that date only. With the time won {member} does what {other} has "
    "open for that day, so hand it over, and tell {other} by mail the number of chores.",
    "'{title}' drops out on {day}. Please cancel just this one for {member} in the calendar, move {other}'s chores that are "
    "open and due then to {member}, and write {other} an e-mail saying how many moved.",
    "Two changes for {day}: {member}'s '{title}' does not take place that day (other days it does), and the open chores "
    "which {other} has due become {member}'s. {other} should learn their number from an e-mail.",
    "{member} helps {other} on {day}, now that '{title}' is called off for that date. So: remove this date of it from the "
    "calendar, pass {other}'s open chores of the day on to {member}, mail {other} the count.",
    "The '{title}' of {day} is cancelled, and {member} offers to do {other}'s chores instead. Enter both, that is, the one "
    "cancelled date and each open chore due that day. Then send {other} the number by e-mail.",
    "For {day}, please cancel {member}'s '{title}' (not the whole series). Everything {other} still has to do in the house "
    "on that day is for {member}. An e-mail to {other} with how many chores that is would be nice.",
    "On {day} only, strike '{title}' from {member}'s calendar. {other}'s open chores with that due date change over to "
    "{member}. How many have changed over? Let {other} know this in a mail.",
    kind="batch", role="robot",
)  # fmt: skip
def help_out_instead(draw: TaskDraw) -> Task:
    fitting = []
    for event in rows(diary.Event, repeats=containing("WEEKLY"), organiser=other_than(None)):
        for span, plan in diary.occurring(draw.today + timedelta(days=1), draw.today + timedelta(days=6)):
            for other in rows(Member, name=other_than(event.organiser.name)) if plan.event == event.id else []:
                chores = rows(Chore, member=other, status="open", due=span.starts.date())
                if chores and can_take(event.organiser, chores):
                    fitting.append((event, span.starts.date(), other))
    event, day, other = draw.choice(fitting)

    def solve(do: Do) -> None:
        entry = do.search_events(title=event.title, person=event.organiser.name, first=day, last=day).events[0]
        do.cancel_event(event_id=entry.event.id, which="this", occurrence=entry.starts)
        chores = do.search_chores(member_name=other.name, status="open", due_from=day, due_to=day)
        for chore in chores:
            do.hand_over_chore(chore_id=chore.id, to=event.organiser.name)
        person = next(one for one in do.list_members() if one.name == other.name)
        body = do.compose("Chores that somebody else does for you: {number}. Pip", number=do.count(chores))
        do.send_message(recipient=person.email, subject=do.compose("Chores"), body=body)

    return draw.task(solve, member=event.organiser, title=event.title, day=day, other=other)


@world.intent(
    "{member} has '{title}' in the calendar, with a note of what to take along. Find that thing and put it on the {spot} in "
    "the {spot.room}.",
    "What does {member} need for '{title}'? The calendar says so, and where it was. Fetch it and lay it on the {spot} "
    "({spot.room}).",
    "Get things ready for {member}'s '{title}': whatever the note in the calendar asks for should lie on the {spot} of the "
    "{spot.room}.",
    "Please look at the calendar entry '{title}' of {member}. Something has to come along; search the room named there for it "
    "and leave it in the {spot.room}, on the {spot}.",
    "{member} must not forget the thing for '{title}' again! You will find what it is in the calendar's note. Bring it to the "
    "{spot.room} and set it down on the {spot}.",
    "Before '{title}', {member} wants to find the one thing that is needed on the {spot} in the {spot.room}. Which one, and "
    "where to look, stands in the calendar.",
    "There is a note with '{title}' in our calendar. Do {member} the favour of finding the item it mentions, and carry it to "
    "the {spot} that is in the {spot.room}.",
    "Pack for {member}: event '{title}', one item, see the notes of the event for it and for the room. Destination is the "
    "{spot.room}, where it goes on the {spot}.",
    kind="write", role="robot",
)  # fmt: skip
def lay_out_what_is_needed(draw: TaskDraw) -> Task:
    noted = [(thing, event) for name, (_, title, *_) in NEEDS.items() for event in rows(diary.Event, title=title)
             for thing in rows(Thing, name=name)]  # fmt: skip
    thing, event = draw.choice(noted)
    room = room_of(thing)
    ready = rows(Receptacle, name=one_of(["hall bench", "landing chair", "breakfast table", "window seat"]))
    spot = draw.choice([place for place in ready if place.room != room and fits(place, 1)])

    def solve(do: Do) -> None:
        note = do.search_events(title=event.title, person=event.organiser.name).events[0].event.notes
        needed, where = (next(one for one in names if one in note) for names in (NEEDS, FLOORS))
        walk = Walk(do).to(where)
        found, _ = walk.find(needed)
        do.take(thing_id=found.id)
        walk.to(spot.room.name).put(found, spot.name)

    return draw.task(solve, member=event.organiser, title=event.title, spot=spot)
