"""To-do lists: tasks with due dates, priorities, steps and people; what repeats comes back when it is done.

The host gives the people who do the work (Person); tools know them by name or e-mail address. A repeating to-do
follows a rule (RFC 5545) from its first due date on, whenever a single one of its turns is postponed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from agentworlds import (
    Answer,
    Do,
    Draw,
    Email,
    EngineError,
    Module,
    Paragraph,
    PersonName,
    Row,
    Task,
    TaskDraw,
    Text,
    Title,
    at_least,
    below,
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
)
from agentworlds.engines.todo import TodoEngine, Unit
from agentworlds.types import WEEKDAYS, say_date

todo = Module("todo", title="To-do lists", wraps="python-dateutil")
STAFF = todo.setting("staff", ())
TEAM: int = todo.setting("team", 6)
# list → title, how it repeats, steps
LISTS: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = todo.setting("lists", {
    "Office": (
        ("Order printer paper", "monthly", ()), ("Order printer toner", "never", ()),
        ("Water the plants", "weekly", ("Entrance", "Kitchen", "Meeting rooms")),
        ("Empty the shredder", "every_two_weeks", ()), ("Renew the parking permits", "yearly", ()),
        ("Update the phone list", "never", ("Ask for changes", "Print it", "Hang it up")),
        ("Get the coffee machine repaired", "never", ("Find the invoice", "Ring the service", "Try it out")),
        ("Tidy the stationery cupboard", "never", ()), ("Order paper cups", "never", ()),
    ),
    "Accounts": (
        ("Prepare the invoice run", "monthly", ("Collect the time sheets", "Check the rates", "Send the drafts")),
        ("Check the invoice run", "monthly", ()), ("Send payment reminders", "weekly", ()),
        ("Reconcile the petty cash", "weekly", ("Count the cash", "Enter the receipts")),
        ("Close the month", "monthly", ("Post the accruals", "Review the balances", "Lock the period")),
        ("File the VAT return", "quarterly", ("Export the figures", "Get the signature", "Submit it")),
        ("Answer the auditor", "never", ("Find the contracts", "Write the letter")),
    ),
    "Summer party": (
        ("Book the band", "never", ("Compare offers", "Sign the contract")), ("Book the boat", "never", ()),
        ("Send the invitations", "never", ("Write the text", "Make the list of guests", "Post them")),
        ("Order the cake", "never", ()), ("Ask for the speech", "never", ()), ("Order paper cups", "never", ()),
    ),
    "Premises": (
        ("Test the fire alarm", "monthly", ("Tell the neighbours", "Write the log")),
        ("Check the first-aid boxes", "quarterly", ()), ("Read the meters", "monthly", ("Electricity", "Gas", "Water")),
        ("Water the plants", "never", ()), ("Have the windows cleaned", "quarterly", ()),
        ("Order printer paper", "never", ()),
        ("Replace the hall carpet", "never", ("Measure the hall", "Get three quotes", "Have it laid")),
    ),
})  # fmt: skip

engine = todo.engine(TodoEngine, "dateutil")
DAY = timedelta(days=1)
MOST_STEPS = 20

Priority = Literal["low", "normal", "high"]
Repeats = Literal["never", "daily", "weekdays", "weekly", "every_two_weeks", "monthly", "quarterly", "yearly"]
UNITS: dict[str, tuple[Unit, int]] = {
    "daily": ("day", 1), "weekdays": ("weekday", 1), "weekly": ("week", 1), "every_two_weeks": ("week", 2),
    "monthly": ("month", 1), "quarterly": ("month", 3), "yearly": ("year", 1),
}  # fmt: skip


@todo.placeholder
class Person(Row):
    name: PersonName
    email: Email = field(unique=True)


@todo.table
class TodoList(Row):
    name: Title = field(unique=True)


@todo.table(label="title", show=("todo_list.name", "assignee.name"))
class Todo(Row):
    title: Title
    todo_list: TodoList
    assignee: Person | None = None
    due: date | None = None
    priority: Priority = "normal"
    status: Literal["open", "done"] = "open"
    repeats: str = ""
    notes: Paragraph = field(default="", wording=True)
    begun: date | None = field(default=None, hidden=True)
    completed: date | None = field(default=None, clock=True)
    made: datetime = field(default=now)


@todo.table(label="text", unique=[("todo", "position")])
class TodoStep(Row):
    todo: Todo
    position: int
    text: Text
    done: bool = False


# Reading -------------------------------------------------------------------------------------------------


todo.reads(
    Todo, by=("title", "todo_list", "todo_list.name", "assignee", "assignee.name", "due", "priority", "status"),
    sort=("due", "title", "completed"), roles=STAFF,
    about="Find to-dos. All filters must hold. An open one is overdue when its due date has passed; `repeats` is the "
    "rule (RFC 5545) of one that comes back when it is done. read_todo tells its steps.",
)  # fmt: skip


@dataclass
class TodoDetails:
    todo: Todo
    repetition: Text
    next_due: list[date]
    steps: list[TodoStep]


@dataclass
class ListCount:
    todo_list: TodoList
    open: int
    overdue: int


@dataclass
class OverdueTodo:
    days_late: int
    todo: Todo


@dataclass
class TodoOverview:
    open: int
    overdue: int
    due_today: int
    due_within_a_week: int
    without_date: int
    lists: list[ListCount]
    overdue_todos: list[OverdueTodo]
    todos_of_today: list[Todo]


@dataclass
class Completion:
    done: Todo
    next: list[Todo]


def person_called(who: str) -> Person:
    """The person of a name or e-mail address; refuses where that is nobody or several."""
    name = who.strip()
    found = rows(Person, email=name) if "@" in name else rows(Person, name=containing(name), limit=6)
    exact = [person for person in found if person.name.casefold() == name.casefold()] or found
    if len(exact) != 1:
        several = " or ".join(f"{person.name} ({person.email})" for person in exact[:5])
        message = f"{name} may be {several}." if exact else f"We know nobody called {name}."
        refuse("not_found", message, hint="give the full name, or the e-mail address", field="assignee")
    return exact[0]


@todo.query(roles=STAFF)
def read_todo(todo: Todo) -> TodoDetails:
    """A to-do with its steps, how it repeats, and when it is due again once it is done today."""
    again = next_due(todo)
    words = engine.describe(todo.repeats) if todo.repeats else "once"
    return TodoDetails(todo, words, [again] if again else [], rows(TodoStep, todo=todo, order="position"))


def next_due(todo: Todo) -> date | None:
    """When an open to-do comes back if it is done today: the first turn after today and after its due date."""
    if not todo.repeats or todo.due is None or todo.status == "done":
        return None
    return engine.next_due(todo.repeats, todo.begun or todo.due, max(todo.due, today()))


@todo.query(roles=STAFF)
def todo_overview(assignee: Text | None = None) -> TodoOverview:
    """Every list with how much is open, what is overdue and what is due today.

    Args:
        assignee: name or e-mail address; only what this person is to do
    """
    day = today()
    found = rows(Todo, status="open", order="due,title")
    if assignee is not None:
        who = person_called(assignee)
        found = [one for one in found if one.assignee == who]
    days = [(one, one.due) for one in found]
    late = [OverdueTodo((day - due).days, one) for one, due in days if due is not None and due < day]
    counts: dict[int, list[int]] = {}
    for one, due in days:
        both = counts.setdefault(one.todo_list.id, [0, 0])
        both[0] += 1
        both[1] += due is not None and due < day
    lists = [ListCount(one, *counts.get(one.id, (0, 0))) for one in rows(TodoList, order="name")]
    present = [one for one, due in days if due == day]
    soon = sum(due is not None and day <= due < day + 7 * DAY for _, due in days)
    undated = sum(due is None for _, due in days)
    return TodoOverview(len(found), len(late), len(present), soon, undated, lists, late[:30], present[:30])


# Writing -------------------------------------------------------------------------------------------------


@todo.tool(roles=STAFF)
def create_todo_list(name: Title) -> TodoList:
    """Make a new list."""
    if first(TodoList, name=name.strip()):
        refuse(
            "conflict", f"There is a list {name.strip()} already.", hint="todo_overview shows the lists", field="name"
        )
    return insert(TodoList(name=name.strip()))


def add_todo(
    title: str, todo_list: TodoList, due: date | None = None, *, assignee: Person | None = None,
    repeats: str = "never", until: date | None = None, steps: Sequence[str] = (), **more: Any,
) -> Todo:  # fmt: skip
    """Put a to-do on a list; refuses what cannot be. `more` are columns of Todo."""
    rule = ""
    if repeats != "never":
        if due is None:
            refuse("invalid", "What repeats needs a first due date.", field="due")
        try:
            rule = engine.rule(*UNITS[repeats], due, until)
        except EngineError as problem:
            refuse("invalid", f"{problem}.", field="repeats")
    made = insert(
        Todo(title=title.strip(), todo_list=todo_list, assignee=assignee, due=due, repeats=rule,
             begun=due if rule else None, **more)
    )  # fmt: skip
    if steps:
        add_steps(made, steps)
    return made


def add_steps(todo: Todo, steps: Sequence[str]) -> None:
    """Put further steps at the end of a to-do's."""
    last = first(TodoStep, todo=todo, order="-position")
    begin = last.position if last else 0
    if begin + len(steps) > MOST_STEPS:
        refuse("limit", f"A to-do has at most {MOST_STEPS} steps.", hint="make a second to-do", field="steps")
    for number, text in enumerate(steps, begin + 1):
        insert(TodoStep(todo=todo, position=number, text=text))


def check_due(due: date | None) -> None:
    """Refuse a due date that has passed."""
    if due is not None and due < today():
        refuse("invalid", f"{say_date(due)} has passed.", hint="give today or a later day", field="due")


@todo.tool(roles=STAFF)
def create_todo(
    title: Title, todo_list: TodoList, due: date | None = None, priority: Priority = "normal",
    assignee: Text | None = None, steps: list[Text] | None = None, notes: Paragraph = "", repeats: Repeats = "never",
    until: date | None = None,
) -> TodoDetails:  # fmt: skip
    """Put a to-do on a list. A list holds one open to-do of a title.

    Args:
        due: when it must be done
        assignee: name or e-mail address of who does it; nobody by default
        steps: what it consists of, in order
        repeats: how often it comes back; then `due` is the first time
        until: the last day on which it may be due again
    """
    check_due(due)
    if until is not None and repeats == "never":
        refuse("invalid", "until is for what repeats.", hint="say how it repeats", field="until")
    who = person_called(assignee) if assignee else None
    made = add_todo(title, todo_list, due, assignee=who, repeats=repeats, until=until, steps=steps or (),
                    priority=priority, notes=notes)  # fmt: skip
    return read_todo(made)


def check_open(todo: Todo) -> None:
    """Refuse to change what is done."""
    if todo.status == "done":
        refuse("conflict", f"{todo.title} is done.", hint="reopen_todo opens it again")


@todo.tool(roles=STAFF)
def change_todo(
    todo: Todo, title: Title | None = None, todo_list: TodoList | None = None, due: date | None = None,
    priority: Priority | None = None, assignee: Text | None = None, notes: Paragraph | None = None,
    clear: list[Literal["due", "assignee", "repeats"]] | None = None,
) -> Todo:  # fmt: skip
    """Change an open to-do, or move it to another list; what is not given stays.

    Args:
        due: a new due date; one that repeats still comes back by its rule, as though it had not been postponed
        assignee: name or e-mail address of who does it from now on
        clear: what it shall no longer have
    """
    check_open(todo)
    if (title, todo_list, due, priority, assignee, notes) == (None,) * 6 and not clear:
        refuse("invalid", "Nothing is to be changed.", hint="give what shall be different")
    if due != todo.due:
        check_due(due)
    for name in clear or ():
        if name == "repeats":
            todo.repeats, todo.begun = "", None
        elif name == "assignee":
            todo.assignee = None
        else:
            todo.due = None
    if title is not None:
        todo.title = title.strip()
    if todo_list is not None:
        todo.todo_list = todo_list
    if due is not None:
        todo.due = due
    if priority is not None:
        todo.priority = priority
    if assignee is not None:
        todo.assignee = person_called(assignee)
    if notes is not None:
        todo.notes = notes
    return todo


@todo.tool(roles=STAFF)
def complete_todo(todo: Todo) -> Completion:
    """Mark a to-do as done. All its steps must be ticked.

    One that repeats comes back as a new to-do with the same steps, due on the first day of its rule after today (and
    after its own due date); `next` shows it.
    """
    check_open(todo)
    again = next_due(todo)
    todo.status, todo.completed = "done", today()
    if again is None:
        return Completion(todo, [])
    following = insert(Todo(
        title=todo.title, todo_list=todo.todo_list, assignee=todo.assignee, due=again, priority=todo.priority,
        repeats=todo.repeats, notes=todo.notes, begun=todo.begun or todo.due,
    ))  # fmt: skip
    add_steps(following, [step.text for step in rows(TodoStep, todo=todo, order="position")])
    return Completion(todo, [following])


@todo.tool(roles=STAFF)
def reopen_todo(todo: Todo) -> Todo:
    """Open a to-do again that was done. What came back after it stays."""
    if todo.status == "open":
        refuse("conflict", f"{todo.title} is open.")
    todo.status, todo.completed = "open", None
    return todo


@todo.tool(roles=STAFF, destructive=True)
def delete_todo(todo: Todo) -> None:
    """Remove a to-do with its steps; one that repeats does not come back."""
    for step in rows(TodoStep, todo=todo):
        delete(step)
    delete(todo)


@todo.tool(roles=STAFF)
def add_todo_steps(todo: Todo, steps: list[Text]) -> TodoDetails:
    """Put further steps at the end of an open to-do's."""
    check_open(todo)
    add_steps(todo, steps)
    return read_todo(todo)


@todo.tool(roles=STAFF, idempotent=True)
def tick_todo_step(step: TodoStep, done: bool = True) -> TodoDetails:
    """Tick a step of an open to-do, or take the tick away. read_todo shows the steps."""
    check_open(step.todo)
    step.done = done
    return read_todo(step.todo)


# Rules ---------------------------------------------------------------------------------------------------


@todo.rule(
    Todo, "conflict", "{row.title} has steps that are not ticked.", "read_todo shows them", watch=["TodoStep.todo"]
)
def done_to_the_last_step(todo: Todo) -> bool:
    return todo.status == "open" or count(TodoStep, todo=todo, done=False) == 0


@todo.rule(Todo, "conflict", "There is an open to-do {row.title} on the list {row.todo_list.name} already.")
def one_of_a_title(todo: Todo) -> bool:
    return todo.status == "done" or count(Todo, todo_list=todo.todo_list, title=todo.title, status="open") == 1


@todo.rule(Todo, "conflict", "{row.title} repeats, so it needs a due date.", "clear repeats as well")
def what_repeats_is_due(todo: Todo) -> bool:
    return not todo.repeats or todo.due is not None


# Results in a sentence -----------------------------------------------------------------------------------


def many(number: int, noun: str) -> str:
    """A number of things in words."""
    return f"{number or 'no'} {noun}{'s' * (number != 1)}"


def spoken(day: str) -> str:
    """A day as people say it: Tuesday 3 March."""
    read = date.fromisoformat(day)
    return f"{WEEKDAYS[read.weekday()]} {say_date(read).rsplit(' ', 1)[0]}"


@todo.says("search_todos")
def found_in_words(data: dict[str, Any]) -> str:
    found = data["results"]
    if not found:
        return "There is no such to-do."
    if len(found) == 1 and not data["more"]:
        due = f", due on {spoken(found[0]['due'])}" if found[0]["due"] else ""
        return f"One to-do: {found[0]['title']} ({found[0]['status']}){due}."
    dated = sorted((one["due"], one["title"]) for one in found if one["due"] and one["status"] == "open")
    soonest = f"; of these, {dated[0][1]} is due first, on {spoken(dated[0][0])}" if dated else ""
    number = f"The first {many(len(found), 'to-do')}" if data["more"] else many(len(found), "to-do")
    still = sum(one["status"] == "open" for one in found)
    return f"{number}, {'all' if still == len(found) else still or 'none'} of them open{soonest}."


@todo.says("read_todo")
def todo_in_words(data: dict[str, Any]) -> str:
    one, steps = data["todo"], data["steps"]
    left = [step["text"] for step in steps if not step["done"]]
    progress = f"{len(steps) - len(left)} of {many(len(steps), 'step')} ticked" if steps else "no steps"
    missing = f", still to do: {', '.join(left)}" if left else ""
    due = f"due on {spoken(one['due'])}" if one["due"] else "without a due date"
    again = f" It comes back {data['repetition']}, next on {spoken(data['next_due'][0])}." if data["next_due"] else ""
    return f"{one['title']} is {one['status']}, {due}, {progress}{missing}.{again}"


@todo.says("todo_overview")
def overview_in_words(data: dict[str, Any]) -> str:
    if not data["open"]:
        return "Nothing is open."
    today_ = [one["title"] for one in data["todos_of_today"]]
    due = f"due today: {', '.join(today_)}" if today_ else "nothing due today"
    oldest = data["overdue_todos"][0]["todo"]["title"] if data["overdue_todos"] else ""
    late = f"{data['overdue']} overdue{f', the oldest {oldest}' if oldest else ''}"
    return f"{data['open']} open, {late}; {due}."


@todo.says("complete_todo")
def completion_in_words(data: dict[str, Any]) -> str:
    again = [one["due"] for one in data["next"]]
    return f"{data['done']['title']} is done{f' and comes back on {spoken(again[0])}' if again else ''}."


# Data ----------------------------------------------------------------------------------------------------


def known_people() -> list[Person]:
    """The people whose name means nobody else."""
    return [person for person in rows(Person) if count(Person, name=containing(person.name)) == 1]


PRIORITIES: tuple[Priority, ...] = ("low", "normal", "normal", "high")


@todo.data
def work(draw: Draw) -> None:
    """Lists with what is open, early and late, and what was done of late."""
    team = draw.sample(known_people(), TEAM)
    if not team:
        return
    for copy in range(draw.scale):
        for name, todos in LISTS.items():
            name = name if not copy else f"{name} {copy + 1}"
            todo_list = first(TodoList, name=name) or insert(TodoList(name=name))
            for number, (title, repeats, steps) in enumerate(todos):
                if not count(Todo, todo_list=todo_list, title=title):
                    fill_in(draw, team, todo_list, number, title, repeats, steps)
    for _ in range(20):
        if busy_people():
            break
        for one in rows(Todo, status="open", assignee=other_than(None)):
            one.assignee, one.priority = draw.choice(team), draw.choice(PRIORITIES)


def fill_in(
    draw: Draw, team: list[Person], todo_list: TodoList, number: int, title: str, repeats: str, steps: tuple[str, ...]
) -> None:
    """One to-do, overdue or to come; of what repeats often, the time before that was done."""
    double = sum(title == other for todos in LISTS.values() for other, _, _ in todos) > 1
    late = number % 3 == 0 or (repeats == "never" and not double and draw.chance(30))
    due = draw.day(-12, -1) if late else draw.day(0, 24)
    due -= max(due.weekday() - 4, 0) * DAY
    undated = repeats == "never" and not double and not late and draw.chance(20)
    someone = draw.skewed(team) if draw.chance(85) else None
    priority = draw.choice(PRIORITIES)
    made = datetime.combine(draw.day(-50, -15), datetime.min.time()) + timedelta(hours=10)
    if repeats in ("weekly", "every_two_weeks"):
        earlier = due - (7 if repeats == "weekly" else 14) * DAY
        insert(Todo(title=title, todo_list=todo_list, assignee=someone, due=earlier, priority=priority, status="done",
                    repeats=engine.rule(*UNITS[repeats], earlier), begun=earlier, made=made,
                    completed=min(earlier, draw.day(-5, -1))))  # fmt: skip
    one = add_todo(title, todo_list, None if undated else due, assignee=someone, repeats=repeats, steps=steps,
                   priority=priority, made=made)  # fmt: skip
    ticked = draw.integer(0, len(steps))
    for step in rows(TodoStep, todo=one, order="position")[:ticked]:
        step.done = True
    if repeats == "never" and not double and ticked == len(steps) and draw.chance(25):
        one.status, one.completed = "done", draw.day(-9, -1)


# Tasks ---------------------------------------------------------------------------------------------------


def unmistakable(**filters: Any) -> list[Todo]:
    """Open to-dos that their title and list tell from all others, also by a part of the title."""
    return [
        one for one in rows(Todo, status="open", **filters)
        if count(Todo, title=containing(one.title), todo_list=one.todo_list, status="open") == 1
    ]  # fmt: skip


def busy_people() -> list[Person]:
    """Those who have some to-dos, of which some are urgent and some are not."""
    own = {person: rows(Todo, assignee=person, status="open") for person in known_people()}
    urgent = {person: sum(one.priority == "high" for one in own[person]) for person in own}
    return [person for person in own if 3 <= len(own[person]) <= 9 and 0 < urgent[person] < len(own[person])]


def list_called(do: Do, name: str) -> Any:
    """A list, by the overview."""
    return next(one.todo_list for one in do.todo_overview().lists if one.todo_list.name == name)


def find(do: Do, one: Todo) -> Any:
    """An open to-do, by title and list."""
    found = do.search_todos(title=one.title, todo_list_name=one.todo_list.name, status="open")
    return next(each for each in found if each.todo_list_name == one.todo_list.name)


def lists_told_apart() -> list[TodoList]:
    """The lists whose name is no part of another's."""
    return [one for one in rows(TodoList) if count(TodoList, name=containing(one.name)) == 1]


NEW = (
    ("Choose new chairs", ("Try some", "Ask for a discount", "Order them")),
    ("Welcome the trainee", ("Prepare a desk", "Write a plan for the first week")),
    ("Replace the old router", ("Save the settings", "Swap it", "Test the wireless network")),
    ("Plan the team lunch", ("Ask for allergies", "Book a table")),
    ("Sort the archive", ("Throw out what is ten years old", "Label the boxes", "Draw a map of the shelves")),
)  # fmt: skip


@todo.intent(
    "Put '{title}' on the list {list}, for {person} to do by {due}, priority {priority}. The steps are, in this order: {steps}.",
    "New to-do for {person} on {list}: '{title}'. It is due on {due} and of {priority} priority; break it down into {steps}.",
    "[Please add|Add] a task called '{title}' to {list}. Steps: {steps}. Deadline: {due}. Priority: {priority}. Assignee: {person}.",
    "{person} is going to take care of '{title}' until {due}. Note it under {list} with {priority} priority and these steps one after "
    "the other: {steps}.",
    "The list {list} lacks something: '{title}', which consists of {steps}. Enter it, in that order, in {person}'s name, "
    "due {due}, {priority} priority.",
    "We agreed that by {due} '{title}' is done, and by {person}. Could you write it on {list} (priority {priority}) and give it the "
    "steps {steps}?",
    "For {list}: '{title}'. What has to happen, first to last: {steps}. Who: {person}. When: not after {due}. How urgent: {priority}.",
    "Make an entry '{title}' in {list} for {person} to do, due date {due}, marked {priority}, with {steps} as its checklist.",
)  # fmt: skip
def add_a_todo(draw: TaskDraw) -> Task:
    todo_list = draw.choice(lists_told_apart())
    fresh = [one for one in NEW if not count(Todo, todo_list=todo_list, title=one[0], status="open")]
    return adding(draw, todo_list, *draw.choice(fresh))


def adding(draw: TaskDraw, todo_list: TodoList, title: str, steps: tuple[str, ...], impossible: bool = False) -> Task:
    person, due = draw.choice(known_people()), draw.day(2, 20)
    priority: Priority = draw.choice(("low", "high"))
    given: dict[str, Any] = {
        "title": title,
        "due": due,
        "priority": priority,
        "assignee": person.name,
        "steps": list(steps),
    }

    def solve(do: Do) -> None:
        place = list_called(do, todo_list.name)
        if impossible:
            do.attempt("create_todo", todo_list_id=place.id, **given)
        else:
            do.create_todo(todo_list_id=place.id, **given)

    return draw.task(solve, impossible=impossible, title=title, list=todo_list.name, person=person.name, due=due,
                     priority=priority, steps=list(steps))  # fmt: skip


@todo.impossible(add_a_todo)
def add_a_todo_that_is_there(draw: TaskDraw) -> Task:
    there = draw.choice([one for one in unmistakable() if one.todo_list in lists_told_apart()])
    return adding(draw, there.todo_list, there.title, ("Ask around", "Get it done"), impossible=True)


@todo.intent(
    "{title} on the list {list} is finished, with every one of its steps. Tick what is open and mark it done.",
    "Done at last: {title} ({list}). Please check off its remaining steps, then complete it.",
    "You can close {title} under {list}; no step of it is left, whatever the ticks say, so set those first.",
    "Record that {title} from {list} has been completed. Its checklist was worked through to the end, and should show that.",
    "All that was still missing from {title} on {list} has been taken care of. Bring its steps up to date and complete it.",
    "{list}, {title}: cross off the steps not yet crossed off and the to-do itself.",
    "Nothing remains to be done about {title} (list {list}). Put a tick at each step that has none and finish the to-do.",
    "Everybody has reported back on {title}, so it is over, step by step and as a whole. It is in {list}.",
)  # fmt: skip
def finish_with_its_steps(draw: TaskDraw) -> Task:
    one = draw.choice([one for one in unmistakable() if count(TodoStep, todo=one, done=False)])

    def solve(do: Do) -> None:
        found = find(do, one)
        for step in do.read_todo(todo_id=found.id).steps:
            if not step.done:
                do.tick_todo_step(step_id=step.id)
        do.complete_todo(todo_id=found.id)

    return draw.task(solve, title=one.title, list=one.todo_list.name)


@todo.intent(
    "{person.name} will be away. Give what {person.name} has open to others: high priority goes to {senior.name}, the rest to "
    "{junior.name}.",
    "Share out {person.name}'s open to-dos, those marked high to {senior.name} and all others to {junior.name}.",
    "From today {person.name} has no time. {senior.name} takes over the open to-dos of high priority, {junior.name} those of normal or low.",
    "Please reassign everything still to be done by {person.name}: if the priority is high, {senior.name} does it; if not, {junior.name}.",
    "{junior.name} and {senior.name} stand in for {person.name}. Of the open to-dos, {senior.name} gets the high-priority ones only and "
    "{junior.name} whatever else there is.",
    "No to-do that is open may stay with {person.name}. Urgent ones (high) move to {senior.name}; the remaining ones to {junior.name}.",
    "I need {person.name}'s open work handed over to {senior.name} where the priority is high and to {junior.name} otherwise.",
    "Who does {person.name}'s things? {senior.name} what has high priority, {junior.name} everything below. Change the open to-dos so.",
    kind="batch",
)  # fmt: skip
def hand_over(draw: TaskDraw) -> Task:
    person = draw.choice(busy_people())
    senior, junior = draw.sample([one for one in known_people() if one != person], 2)

    def solve(do: Do) -> None:
        for one in do.every("search_todos", assignee_name=person.name, status="open"):
            do.change_todo(todo_id=one.id, assignee=senior.name if one.priority == "high" else junior.name)

    return draw.task(solve, person=person, senior=senior, junior=junior)


@todo.intent(
    "By how many days are {people}'s open to-dos overdue, all added up? One that was due three days ago counts three.",
    "Sum up the delay: for each open to-do of {people} whose due date has passed, take the days since then, and give me the total.",
    "I would like a single number for how late {people} are with their work, namely the days between due date and today over all "
    "overdue to-dos.",
    "Look at what {people} should have done before today and have not. How many days late is that together?",
    "Count up the days of delay on the overdue to-dos assigned to {people} (yesterday's deadline makes one day).",
    "What do the days overdue come to if one adds them for every open to-do of {people} that is past its date?",
    "For {people}: days from deadline until today, summed over the to-dos that are still open and late. The figure, please.",
    "Tell me the total lateness in days of {people}; only open to-dos that were due before today play a part.",
    kind="aggregate",
)  # fmt: skip
def days_overdue(draw: TaskDraw) -> Task:
    late = rows(Todo, status="open", due=below(draw.today))
    people = draw.sample([one for one in known_people() if any(each.assignee == one for each in late)], 3)
    draw.need(people, "nobody is late")
    names = [person.name for person in people]
    days = sum((draw.today - one.due).days for one in late if one.due and one.assignee in people)

    def solve(do: Do) -> Any:
        late = [one for name in names for one in do.todo_overview(assignee=name).overdue_todos]
        return do.sum([one.days_late for one in late])

    return draw.task(solve, answer=Answer.number(days), people=names)


@todo.intent(
    "Postpone what is overdue on the list {list} to {due}; leave those that repeat as they are.",
    "Everything on {list} whose date has passed gets {due} as its new due date, apart from to-dos that repeat.",
    "{list} has fallen behind. Set all its late to-dos that come up once only to {due}, please.",
    "Please move the deadlines on {list}: open, past its date and not repeating means due on {due} from now on.",
    "Give the overdue one-off to-dos of {list} time until {due}.",
    "On {list}, nothing that happens just once should be late any more: the new date for such to-dos is {due}. Repeating ones "
    "keep theirs.",
    "We catch up with {list} by {due}. Change the due dates of those open to-dos that are late, unless they repeat.",
    "New deadline {due} for each late item in {list}; skip the ones with a repetition.",
    kind="batch",
)  # fmt: skip
def postpone_what_is_late(draw: TaskDraw) -> Task:
    late = {
        one: count(Todo, todo_list=one, status="open", due=below(draw.today), repeats="") for one in lists_told_apart()
    }
    most = max(late.values(), default=0)
    todo_list = draw.choice([one for one in late if min(most, 2) <= late[one] <= 8 and most])
    due = draw.day(3, 15)

    def solve(do: Do) -> None:
        late = do.every(
            "search_todos", todo_list_name=todo_list.name, status="open", due_to=do.shift(draw.today, days=-1)
        )
        for one in late:
            if not one.repeats:
                do.change_todo(todo_id=one.id, due=due)

    return draw.task(solve, list=todo_list.name, due=due)


@todo.intent(
    "If {title} on {list} is done today, when does it come round again?",
    "Suppose we complete {title} ({list}) now. On which date is the next one due?",
    "{title} in {list} repeats. Once today's is ticked off, what is the due date that follows?",
    "Tell me the day on which {title} from the list {list} will next be due after being finished today.",
    "For planning: finishing {title} today brings it back on {list} with which deadline?",
    "Assume {title} were marked done today. Its successor on {list} would be due when?",
    "What date would the next {title} carry, if somebody were to finish the present one on {list} this very day?",
    "I am about to complete {title} of {list}. Before I do: when am I supposed to do it the next time?",
    kind="question",
)  # fmt: skip
def when_it_comes_back(draw: TaskDraw) -> Task:
    choices = [(one, day) for one in unmistakable(repeats=other_than("")) if (day := next_due(one))]
    one, day = draw.choice(choices)

    def solve(do: Do) -> Any:
        return do.read_todo(todo_id=find(do, one).id).next_due[0]

    return draw.task(solve, answer=Answer.day(day), title=one.title, list=one.todo_list.name)


@todo.intent(
    "If all steps of {title} on {list} are ticked, complete it; if not, set it to high priority and give it to {person}.",
    "See how far {title} ({list}) has come. With no step missing it can be marked done. With one or more open, {person} takes it over "
    "at high priority.",
    "Either finish {title} from {list}, provided that its checklist is complete, or else pass it on to {person} with high priority.",
    "Has {title} on {list} any open step? Then it becomes {person}'s and urgent (high). Has it none, tick it off.",
    "Please check the steps of {title} under {list}: a complete set means done, an incomplete one means assignee {person} and "
    "priority high.",
    "{person} shall help with {title} (list {list}) as a matter of high priority, unless each step is ticked already, in which case "
    "simply complete it.",
    "Look into {list} for {title}. Everything ticked? Complete. Something left? Priority high, assigned to {person}.",
    "Depending on whether steps are left in {title} on {list}: none left, then close the to-do; some left, then raise it to high and "
    "make {person} responsible.",
    kind="conditional",
)  # fmt: skip
def finish_or_escalate(draw: TaskDraw) -> Task:
    with_steps = [one for one in unmistakable() if count(TodoStep, todo=one)]
    ready = [one for one in with_steps if not count(TodoStep, todo=one, done=False)]
    slow = [one for one in with_steps if one not in ready and one.priority != "high"]
    one = draw.choice(ready if ready and draw.chance(50) else slow)
    person = draw.choice([person for person in known_people() if person != one.assignee])

    def solve(do: Do) -> None:
        found = find(do, one)
        if all(step.done for step in do.read_todo(todo_id=found.id).steps):
            do.complete_todo(todo_id=found.id)
        else:
            do.change_todo(todo_id=found.id, priority="high", assignee=person.name)

    return draw.task(solve, title=one.title, list=one.todo_list.name, person=person)


ROUTINES = {
    "Computer care": ("Back up the server", "Test the spare laptops", "Update the meeting-room screens"),
    "Kitchen duty": ("Clean the fridge", "Descale the kettle", "Wash the tea towels"),
    "Stockroom": ("Count the stock", "Check the best-before dates", "Sweep the stockroom"),
    "Caretaker's rounds": ("Walk through the building", "Empty the post box", "Test the emergency lights"),
}
"""Lists that are not there yet, with what may come first on them."""
EVERY = {
    "weekly": "every week",
    "every_two_weeks": "every two weeks",
    "monthly": "every month",
    "quarterly": "every three months",
}


@todo.intent(
    "Start a new list '{name}' and put '{title}' on it, for {person}, {every} from {due} on, not beyond {until}.",
    "We need a list called '{name}'. Its first entry: '{title}', first due on {due}, {every} after that until {until}, {person} does it.",
    "'{title}' is to be done {every} by {person}, beginning on {due} and ending by {until}. Keep it on a list of its own named '{name}'.",
    "Please create '{name}' as a list, then a repeating to-do in it: '{title}', {every}, first time {due}, last day {until}, "
    "assigned to {person}.",
    "{person} takes on '{title}' {every}. Set it up on '{name}', a list we do not have yet, with {due} as the first due date and "
    "{until} as the limit.",
    "Open a list by the name of '{name}'. In it goes '{title}', which comes up {every}, starting {due}, up to {until}; the "
    "responsible person is {person}.",
    "From {due} until {until}, {every}: '{title}'. It belongs to {person} and on a list '{name}' that you make for it.",
    "Make the list '{name}' with one to-do to begin with. Title '{title}', assignee {person}, due {due}, recurring {every}, until {until}.",
)  # fmt: skip
def set_up_a_routine(draw: TaskDraw) -> Task:
    name = draw.choice([one for one in ROUTINES if not count(TodoList, name=one)])
    repeats = draw.choice(list(EVERY))
    title, person = draw.choice(ROUTINES[name]), draw.choice(known_people())
    due, until = draw.day(1, 14), draw.day(200, 400)

    def solve(do: Do) -> None:
        made = do.create_todo_list(name=name)
        do.create_todo(title=title, todo_list_id=made.id, due=due, assignee=person.name, repeats=repeats, until=until)

    return draw.task(solve, name=name, title=title, person=person, every=EVERY[repeats], due=due, until=until)


@todo.intent(
    "{title} is on two lists, {kept} and {gone}. It should be on {kept} alone, with the earlier of the two due dates and {person} to do it.",
    "Somebody entered {title} twice. Remove the one on {gone} and keep the one on {kept}; it takes the sooner due date of the pair and "
    "goes to {person}.",
    "Please merge the two open to-dos {title}: the copy under {gone} goes, {kept}'s stays, due on whichever date comes first, "
    "assigned to {person}.",
    "There is a double: {title}, once under {kept} and once under {gone}. Delete the latter. The former is {person}'s now and must be "
    "done by the earlier date given on either.",
    "Of the two to-dos called {title} only {kept}'s is needed. Assign it to {person}, make it due when the first of both was due, and "
    "throw {gone}'s away.",
    "We want {title} no longer on {gone} but just on {kept}, where {person} does it. As due date choose the earlier one of both entries.",
    "Clean up a duplicate, please. {gone} should lose {title}; on {kept} it remains, with {person} in charge and whichever "
    "due date of the two is first.",
    "Why do both {kept} and {gone} list {title}? Have {person} do it, by the first of the two dates, on {kept}, and drop the other entry.",
    kind="repair",
)  # fmt: skip
def merge_a_double(draw: TaskDraw) -> Task:
    lists, pairs = lists_told_apart(), []
    for one in unmistakable(due=other_than(None)):
        for other in unmistakable(title=one.title, due=other_than(None)):
            apart = one != other and one.due != other.due and one.todo_list in lists and other.todo_list in lists
            may_move = min(one.due or draw.today, other.due or draw.today) >= draw.today
            first_already = (one.due or draw.today) < (other.due or draw.today)
            if apart and (may_move or first_already) and not other.repeats:
                pairs.append((one, other))
    one, other = draw.choice(pairs)
    person = draw.choice([person for person in known_people() if person != one.assignee])

    def solve(do: Do) -> None:
        found = {
            each.todo_list_name: each
            for each in do.search_todos(title=one.title, status="open")
            if each.title == one.title
        }
        kept, gone = found[one.todo_list.name], found[other.todo_list.name]
        due = min(kept.due, gone.due)
        do.change_todo(todo_id=kept.id, assignee=person.name, due=due if due != kept.due else None)
        do.delete_todo(todo_id=gone.id)

    return draw.task(solve, title=one.title, kept=one.todo_list.name, gone=other.todo_list.name, person=person)


@todo.intent(
    "Which to-dos of {people} are due from {begin} to {end}? Titles of the open ones, please.",
    "What do {people} have to get done between {begin} and {end}, both days included? Name the open to-dos.",
    "List by title whatever is open, assigned to {people} and due in the days {begin} to {end}.",
    "{people} want to know their deadlines from {begin} up to {end}. Which open to-dos are they?",
    "Going by the to-do lists, what falls due for {people} in the time from {begin} through {end} and has not been done?",
    "Give me the titles of all open to-dos with a due date in {begin} to {end} that belong to {people}.",
    "For the meeting of {people}: which of their to-dos, still open, have a deadline no earlier than {begin} and no later than {end}?",
    "Between {begin} and {end}, which open to-dos come due if one looks at {people} together?",
    kind="question",
)  # fmt: skip
def what_falls_due(draw: TaskDraw) -> Task:
    begin = draw.today + draw.integer(0, 4) * DAY
    end = begin + draw.integer(7, 12) * DAY
    due = rows(Todo, status="open", due=at_least(begin), assignee=other_than(None))
    due = [one for one in due if one.due and one.due <= end]
    people, titles = list[Person](), list[str]()
    for person in draw.shuffled(known_people()):
        own = [one.title for one in due if one.assignee == person]
        if own and len(people) < 3 and len({*titles, *own}) == len(titles) + len(own):
            people, titles = [*people, person], [*titles, *own]
    draw.need(people, "nothing falls due")
    names = [person.name for person in people]

    def solve(do: Do) -> list[str]:
        found = []
        for name in names:
            found += do.every("search_todos", assignee_name=name, status="open", due_from=begin, due_to=end)
        return [one.title for one in found]

    return draw.task(solve, answer=Answer.items(titles), people=names, begin=begin, end=end)
