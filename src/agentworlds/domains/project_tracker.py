"""The issue and project tracker of a software company: teams, sprints, releases, issues, time, rooms and chat."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    Do,
    Draw,
    Email,
    Paragraph,
    PersonName,
    Places,
    Range,
    Reference,
    Row,
    Task,
    TaskDraw,
    Text,
    Word,
    World,
    actor,
    at_least,
    below,
    containing,
    count,
    delete,
    field,
    first,
    insert,
    now,
    one_of,
    refuse,
    rows,
    today,
    total,
)  # fmt: skip

world = World("project_tracker", title="Brightdesk Software", now="2026-03-02 08:00", tick=20, currency="GBP")

Job = Literal["developer", "tester", "designer"]
Kind = Literal["bug", "story", "task"]
Status = Literal["to_do", "in_progress", "in_review", "done", "dropped"]
Priority = Literal["low", "medium", "high", "urgent"]
Points = Literal[1, 2, 3, 5, 8, 13]
OPEN: tuple[Status, ...] = ("to_do", "in_progress", "in_review")
NEXT: dict[str, tuple[Status, ...]] = {
    "to_do": ("in_progress", "dropped"), "in_progress": ("to_do", "in_review", "dropped"),
    "in_review": ("in_progress", "done", "dropped"), "done": ("to_do",), "dropped": ("to_do",),
}  # fmt: skip
DAILY_HOURS = Decimal(10)
TIME_DAYS, EDIT_DAYS = 14, 7


# Tables --------------------------------------------------------------------------------------------------


@world.table
class Team(Row):
    name: Word = field(unique=True)
    mission: Text


@world.table(plural="people")
class Person(Row):
    name: PersonName
    email: Email = field(unique=True)
    team: Team
    job: Job
    wip_limit: Annotated[int, Range(1, 9)]
    away_until: date | None = None


@world.table(label="name")
class Project(Row):
    key: Reference = field(unique=True)
    name: Word = field(unique=True)
    team: Team
    last_number: int = field(hidden=True, free=True)


@world.table
class Sprint(Row):
    project: Project
    name: Word = field(unique=True)
    starts: date
    ends: date
    capacity: Annotated[int, Range(1, 200)]
    state: Literal["planned", "active", "closed"] = "planned"


@world.table
class Release(Row):
    project: Project
    name: Word = field(unique=True)
    due: date
    status: Literal["planned", "released"] = "planned"
    released_on: date | None = field(default=None, clock=True)


@world.table(unique=[("project", "name")])
class Label(Row):
    project: Project
    name: Word


@world.table(label="key", show=("project.team.name",))
class Issue(Row):
    key: Reference = field(unique=True, free=True)
    project: Project
    kind: Kind
    title: Text
    status: Status = "to_do"
    priority: Priority | None = None
    points: Points | None = None
    reporter: Person
    assignee: Person | None = None
    sprint: Sprint | None = None
    release: Release | None = None
    created: date = field(default=today)
    labels: list[Label] = field(default=())


@world.table(show=("issue.status", "other.status"), unique=[("issue", "other")])
class Link(Row):
    issue: Issue
    kind: Literal["blocks", "duplicates"]
    other: Issue


@world.table(owner="author")
class Comment(Row):
    issue: Issue
    author: Person
    body: Paragraph = field(wording=True)
    written: datetime = field(default=now)


@world.table(owner="person", show=("issue.kind", "issue.project.name"), unique=[("issue", "person", "day")])
class TimeLog(Row):
    issue: Issue
    person: Person
    day: date
    hours: Annotated[Decimal, Places(2), Range(0.25, 24)]


@world.table
class Room(Row):
    name: Word = field(unique=True)
    seats: Annotated[int, Range(2, 40)]


world.role("lead", about="You are the delivery lead of Brightdesk Software and keep its tracker in order.")
world.role("developer", Person, about="You help a member of a product team at Brightdesk Software with the tracker.")

# Reads ---------------------------------------------------------------------------------------------------

world.reads(Person, by=("name", "team", "team.name", "job", "away_until"), sort=("name",))
world.reads(Room, by=("name", "seats"), sort=("seats",))
world.reads(
    Issue, by=("key", "title", "project", "project.name", "project.team.name", "sprint", "release", "assignee",
               "reporter", "kind", "status", "priority"),
    sort=("key", "points", "created"),
)  # fmt: skip


@dataclass
class Plan:
    project: Project
    team: Team
    sprints: list[Sprint]
    releases: list[Release]
    labels: list[Label]


@dataclass
class Updated:
    issue: Issue
    labels: list[Label]


@dataclass
class Details:
    labels: list[Label]
    links: list[Link]
    comments: list[Comment]


@world.query
def project_plan(project_name: Text) -> Plan:
    """A project with its team, sprints, releases and labels. A sprint's capacity is in points of all its issues.

    Args:
        project_name: the project's key, its name, or a part of the name that no other project shares
    """
    wanted = project_name.strip().casefold()
    everything = rows(Project, order="name")
    found = [one for one in everything if wanted in (one.key.casefold(), one.name.casefold())]
    found = found or [one for one in everything if wanted in one.name.casefold()]
    if len(found) != 1:
        names = ", ".join(one.name for one in found or everything)
        what = f"Several projects match {project_name!r}" if found else f"There is no project {project_name!r}"
        refuse("invalid" if found else "not_found", f"{what}.", hint=f"choose from {names}", field="project_name")
    project = found[0]
    return Plan(
        project, project.team, rows(Sprint, order="starts", project=project),
        rows(Release, order="due", project=project), rows(Label, order="name", project=project),
    )  # fmt: skip


@world.query
def issue_details(issue: Issue) -> Details:
    """What get_issue and search_issues do not show of an issue: its labels, links in both directions, and comments.

    A developer sees only their own comments.
    """
    me = actor(Person)
    comments = [one for one in rows(Comment, order="written", issue=issue) if me in (None, one.author)]
    return Details(issue.labels, rows(Link, issue=issue) + rows(Link, other=issue), comments)


@world.query
def time_sheet(person: Person, first_day: date, last_day: date) -> list[TimeLog]:
    """The hours that a person logged on the days of a period, both ends included."""
    if last_day < first_day:
        refuse("invalid", "The period ends before it begins.", field="last_day")
    return [log for log in rows(TimeLog, order="day", person=person, day=at_least(first_day)) if log.day <= last_day]


# Writes --------------------------------------------------------------------------------------------------


@world.tool
def create_issue(
    project: Project, kind: Kind, title: Text, reporter: Person, priority: Priority | None = None,
    points: Points | None = None,
) -> Issue:  # fmt: skip
    """Create an issue in a project's backlog; it gets the project's next key.

    Args:
        points: the estimate in story points
    """
    same = first(Issue, project=project, title=title.strip(), status=one_of(OPEN))
    if same is not None:
        refuse("conflict", f"{same.key} is open and has that title.", hint="work with that issue", field="title")
    key = next_key(project)
    return insert(Issue(key=key, project=project, kind=kind, title=title.strip(), reporter=reporter, priority=priority,
                        points=points))  # fmt: skip


@world.tool
def update_issue(
    issue: Issue, title: Text | None = None, kind: Kind | None = None, priority: Priority | None = None,
    points: Points | None = None, labels: list[Label] | None = None, release: Release | None = None,
    project: Project | None = None,
) -> Updated:  # fmt: skip
    """Change an open issue; what is not given stays. Release and labels must be those of the issue's project.

    issue_details shows the labels that it has, project_plan those that there are.

    Args:
        points: the estimate in story points
        labels: all labels that it shall have, in place of those it has
        release: the release that it shall be part of
        project: moves it there: it gets a new key, loses labels and release, and its assignee unless they are on
            that project's team
    """
    check_open(issue)
    if project is not None and project != issue.project:
        move_to(issue, project)
    if release is not None:
        if release.status == "released":
            refuse("conflict", f"{release.name} is out already.", hint="choose a planned release", field="release_id")
        issue.release = release
    if labels is not None:
        issue.labels = labels
    issue.title = title.strip() if title else issue.title
    issue.kind = kind or issue.kind
    issue.priority = priority or issue.priority
    if points and issue.sprint is not None:
        check_room(issue, issue.sprint, points)
    issue.points = points or issue.points
    return Updated(issue, issue.labels)


@world.tool(roles="lead", idempotent=True)
def assign_issue(issue: Issue, assignee: Person | None = None) -> Issue:
    """Assign an open issue to a member of its project's team, or to nobody; who is away gets no further ones.

    Work in progress or in review keeps an assignee. Nobody may have more issues in progress than their wip_limit.

    Args:
        assignee: who shall do it; leave it out to take the assignee off
    """
    check_open(issue)
    if assignee is not None and assignee.away_until is not None and assignee != issue.assignee:
        refuse(
            "unavailable", f"{assignee.name} is away until {spoken(assignee.away_until)}.", hint="choose a colleague"
        )
    issue.assignee = assignee
    return issue


@world.tool
def change_status(issue: Issue, status: Status) -> Issue:
    """Move an issue along: to_do, in_progress, in_review, done, and back by a step before it is done.

    An open issue may be dropped (a duplicate, or not worth doing). Done and dropped ones can be reopened as to_do,
    which takes them out of a closed sprint or a published release. Developers move only issues assigned to them.
    What is in progress or in review has an assignee, who may have no more issues in progress than their wip_limit
    (search_people shows it). Nothing is done while an open issue blocks it.
    """
    me = actor(Person)
    if me is not None and issue.assignee != me:
        refuse("forbidden", f"{issue.key} is not assigned to {me.name}.", hint="ask the delivery lead")
    if status not in NEXT[issue.status]:
        allowed = " or ".join(NEXT[issue.status])
        refuse("conflict", f"{issue.key} is {issue.status}; from there it can go to {allowed}.", field="status")
    issue.status = status
    if issue.sprint is not None and issue.sprint.state == "closed" and status == "to_do":
        issue.sprint = None
    if issue.release is not None and issue.release.status == "released" and status == "to_do":
        issue.release = None
    return issue


@world.tool(roles="lead", idempotent=True)
def plan_issue(issue: Issue, sprint: Sprint | None = None) -> Issue:
    """Put an open issue into a sprint of its project, or back into the backlog. A sprint takes as much as its capacity.

    Args:
        sprint: an active or planned sprint; leave it out for the backlog
    """
    check_open(issue)
    if sprint is not None and sprint.state == "closed":
        refuse("conflict", f"{sprint.name} is closed.", hint="choose the active or a planned sprint", field="sprint_id")
    if sprint is not None and issue.points is None:
        refuse("invalid", f"{issue.key} has no estimate.", hint="update_issue sets its points", field="issue_id")
    if sprint is not None:
        check_room(issue, sprint, issue.points or 0)
    issue.sprint = sprint
    return issue


@world.tool
def link_issues(issue: Issue, kind: Literal["blocks", "duplicates", "none"], other: Issue) -> Details:
    """Say that an issue blocks another or is a duplicate of it; "none" removes the link from the first to the second.

    Args:
        issue: the one that blocks, or the duplicate
        other: the one that has to wait, or the original
    """
    if issue == other:
        refuse("invalid", "An issue cannot be linked to itself.", field="other_id")
    link = first(Link, issue=issue, other=other)
    if kind == "none":
        if link is None:
            refuse("not_found", f"There is no link from {issue.key} to {other.key}.", hint="issue_details lists links")
        delete(link)
    elif first(Link, issue=other, other=issue) is not None:
        refuse("conflict", f"{other.key} is linked to {issue.key}.", hint="remove that link first")
    elif link is not None:
        link.kind = kind
    else:
        insert(Link(issue=issue, kind=kind, other=other))
    return issue_details(issue)


@world.tool
def add_comment(issue: Issue, author: Person, body: Text) -> Comment:
    """Comment on an issue that was not dropped."""
    if issue.status == "dropped":
        refuse("conflict", f"{issue.key} was dropped.", hint="comment on the issue that is still worked on")
    return insert(Comment(issue=issue, author=author, body=body))


@world.tool(idempotent=True)
def edit_comment(comment: Comment, body: Text) -> Comment:
    """Replace a comment's text, within a week of its writing."""
    if comment.written < now() - timedelta(days=EDIT_DAYS):
        refuse("unavailable", f"Comments can be edited for {EDIT_DAYS} days.", hint="add_comment writes a new one")
    comment.body = body
    return comment


@world.tool
def log_time(
    issue: Issue, person: Person, day: date, hours: Annotated[Decimal, Places(2), Range(0.25, 24)],
    replaces: TimeLog | None = None,
) -> TimeLog:  # fmt: skip
    """Log a team member's hours on an issue of their team for a day of the last fortnight, in quarters of an hour.

    Args:
        replaces: an entry of the same person that was wrong; it becomes this one
    """
    if day > today() or min(day, replaces.day if replaces else day) < today() - timedelta(days=TIME_DAYS):
        refuse("invalid", f"Time is logged for today and the {TIME_DAYS} days before.", field="day")
    if hours % Decimal("0.25"):
        refuse("invalid", "Hours are logged in quarters, such as 1.25.", field="hours")
    if issue.project.team != person.team:
        refuse("forbidden", f"{person.name} is on team {person.team.name}, and {issue.key} is not theirs.")
    if replaces is not None and replaces.person != person:
        refuse("conflict", f"That entry is {replaces.person.name}'s.", field="replaces_id")
    same = first(TimeLog, issue=issue, person=person, day=day)
    if same is not None and same != replaces:
        refuse("conflict", f"{person.name} has {same.hours} hours on {issue.key} that day.", hint="give replaces_id")
    if replaces is None:
        return insert(TimeLog(issue=issue, person=person, day=day, hours=hours))
    replaces.issue, replaces.day, replaces.hours = issue, day, hours
    return replaces


@world.tool(roles="lead")
def set_sprint_state(sprint: Sprint, state: Literal["active", "closed"]) -> Sprint:
    """Start a planned sprint or close the active one, for good. A project has one active sprint at a time.

    That a sprint starts is posted in the project's channel in the chat, all by itself.
    """
    if state == "active" and sprint.state != "planned":
        refuse("conflict", f"{sprint.name} is {sprint.state}; only a planned sprint can start.")
    if state == "closed" and sprint.state != "active":
        refuse("conflict", f"{sprint.name} is {sprint.state}; only the active sprint can be closed.")
    sprint.state = state
    if state == "active":
        announce(sprint.project, f"{sprint.name} has started. It ends on {spoken(sprint.ends)}.")
    return sprint


@world.tool(roles="lead", destructive=True)
def publish_release(release: Release) -> Release:
    """Publish a release, all of whose issues are done or dropped; the project's channel in the chat is told of it."""
    if release.status == "released":
        refuse("conflict", f"{release.name} is out already.")
    if count(Issue, release=release) == 0:
        refuse("conflict", f"{release.name} has no issues.", hint="update_issue adds an issue to a release")
    release.status, release.released_on = "released", today()
    announce(release.project, f"{release.name} is out.")
    return release


def announce(project: Project, text: str) -> None:
    """Post something in a project's channel."""
    insert(talk.ChatMessage(channel=channel_of(project), ours=True, text=text))


def channel_of(project: Project) -> Any:
    """The channel of a project, which has its name."""
    return talk.channel_named(project.name.lower().replace(" ", "-"))


def spoken(day: date) -> str:
    """A date as people say it."""
    return f"{day.day} {day:%B %Y}"


def check_room(issue: Issue, sprint: Sprint, points: int) -> None:
    """Refuse what goes beyond a sprint's capacity."""
    used = total(Issue, "points", sprint=sprint) - (issue.points or 0 if issue.sprint == sprint else 0)
    if used + points > sprint.capacity:
        what = f"{used:.0f} are used and {issue.key} would add {points}"
        refuse("insufficient", f"{sprint.name} takes {sprint.capacity} points; {what}.",
               hint=f"search_issues(sprint_id={sprint.id}) shows what is in it")  # fmt: skip


def check_open(issue: Issue) -> None:
    """Refuse an issue that is done or dropped."""
    if issue.status not in OPEN:
        refuse("conflict", f"{issue.key} is {issue.status}.", hint="change_status(status='to_do') reopens it")


def next_key(project: Project) -> str:
    """The next free key of a project, such as PAY-131."""
    project.last_number += 1
    return f"{project.key}-{project.last_number}"


def move_to(issue: Issue, project: Project) -> None:
    """Move an issue to another project's backlog."""
    if issue.sprint is not None or issue.status != "to_do":
        refuse("conflict", f"{issue.key} has been planned or started.", hint="only to_do issues in the backlog move")
    issue.project, issue.key = project, next_key(project)
    issue.release, issue.labels = None, []
    if issue.assignee is not None and issue.assignee.team != project.team:
        issue.assignee = None


# Rules ---------------------------------------------------------------------------------------------------


@world.rule(
    Issue, "forbidden", "{row.assignee.name} is not on the team of {row.project.name}.", "assign a member of it"
)
def assignee_is_on_the_team(issue: Issue) -> bool:
    return issue.assignee is None or issue.assignee.team == issue.project.team


@world.rule(Issue, "conflict", "{row.key} needs an assignee while it is in progress or in review.")
def started_work_has_an_assignee(issue: Issue) -> bool:
    return issue.status not in ("in_progress", "in_review") or issue.assignee is not None


@world.rule(
    Issue, "limit", "{row.assignee.name} may have only {row.assignee.wip_limit} in progress at a time.",
    "finish or hand over one of theirs first",
)  # fmt: skip
def work_in_progress_is_limited(issue: Issue) -> bool:
    if issue.assignee is None or issue.status != "in_progress":
        return True
    return count(Issue, assignee=issue.assignee, status="in_progress") <= issue.assignee.wip_limit


@world.rule(
    Issue, "conflict", "An issue cannot be done while one that blocks it is open, and {row.key} is concerned.",
    "issue_details lists links", watch=["Link.issue", "Link.other"],
)  # fmt: skip
def done_only_without_open_blockers(issue: Issue) -> bool:
    if issue.status == "done":
        return count(Link, other=issue, kind="blocks", issue__status=one_of(OPEN)) == 0
    return issue.status == "dropped" or count(Link, issue=issue, kind="blocks", other__status="done") == 0


@world.rule(Issue, "invalid", "{row.key}'s sprint, release and labels must be those of its project.",
            watch=["IssueLabels.issue"])  # fmt: skip
def belongs_to_one_project(issue: Issue) -> bool:
    placed = [one.project for one in (issue.sprint, issue.release, *issue.labels) if one is not None]
    return all(project == issue.project for project in placed)


@world.rule(Link, "conflict", "{row.issue.key} is already a duplicate of another issue.")
def duplicates_one_issue(link: Link) -> bool:
    return link.kind != "duplicates" or count(Link, issue=link.issue, kind="duplicates") == 1


@world.rule(
    Sprint, "insufficient", "{row.name} takes {row.capacity} points, and that would be more.",
    "search_issues(sprint_id=…) shows what is in it", watch=["Issue.sprint"],
)  # fmt: skip
def sprint_stays_within_capacity(sprint: Sprint) -> bool:
    return sprint.state == "closed" or total(Issue, "points", sprint=sprint) <= sprint.capacity


@world.rule(Sprint, "conflict", "{row.name} still has open issues.", "plan_issue moves them", watch=["Issue.sprint"])
def closed_sprints_hold_no_open_issues(sprint: Sprint) -> bool:
    return sprint.state != "closed" or count(Issue, sprint=sprint, status=one_of(OPEN)) == 0


@world.rule(Sprint, "conflict", "Another sprint of {row.project.name} is active.", "close that one first")
def one_active_sprint(sprint: Sprint) -> bool:
    return sprint.state != "active" or count(Sprint, project=sprint.project, state="active") == 1


@world.rule(Release, "conflict", "{row.name} still has open issues.", watch=["Issue.release"])
def released_means_finished(release: Release) -> bool:
    return release.status == "planned" or count(Issue, release=release, status=one_of(OPEN)) == 0


@world.rule(TimeLog, "limit", "{row.person.name} would have logged more than 10 hours on {row.day}.")
def days_have_ten_hours(log: TimeLog) -> bool:
    return total(TimeLog, "hours", person=log.person, day=log.day) <= DAILY_HOURS


# Modules -------------------------------------------------------------------------------------------------

AREAS = (
    "card checkout", "refunds", "saved cards", "direct debits", "the payout report", "chargebacks",
    "the invoice editor", "credit notes", "payment reminders", "the tax summary", "the receipt scanner", "offline mode",
    "push notifications", "the settings page", "the search bar", "the billing page", "the job queue", "single sign-on",
)  # fmt: skip
MAIL = tuple(
    (subject.format(area), body.format(area))
    for subject, body in (
        ("Demo of {}", "Could we show {} to the support team next week? Any afternoon is fine for us."),
        (
            "Flaky build: {}",
            "The nightly build failed again on the integration tests for {}. They pass when I run them alone.",
        ),
        (
            "Handover notes on {}",
            "I have put my notes on {} into the wiki, in case anybody asks while I am at the conference.",
        ),
        (
            "Estimates for {}",
            "Half of what we want to do about {} is not estimated yet. Should we take an hour before planning?",
        ),
        (
            "Customer asks about {}",
            "Sales called: a large customer waits for changes to {}. Is there anything I may tell them?",
        ),
        ("Screenshots of {}", "The help pages still show the old look of {}. Who could send me new screenshots?"),
        ("Thanks", "That was a useful session about {} yesterday. Thank you for moderating it."),
        ("Test data for {}", "The test tenant has no data for {} any more. Does anybody know who resets it?"),
    )
    for area in AREAS
)
# Whom the company buys from, and what for.
FIRMS = (
    ("Larch Office Supply", "orders@larchoffice.example"), ("Larchmont Facilities", "desk@larchmont.example"),
    ("Quayside Services", "jobs@quaysideservices.example"), ("Beacon Workplaces", "hello@beaconworkplaces.example"),
    ("Granite Contractors", "office@granitecontractors.example"), ("Two Rivers Fit-out", "plans@tworivers.example"),
    ("Kingfisher Interiors", "studio@kingfisherinteriors.example"), ("Cobalt Events", "team@cobaltevents.example"),
    ("Parkgate Group", "sales@parkgate.example"), ("Ivory Lane Partners", "contact@ivorylane.example"),
    ("Union Street Works", "works@unionstreet.example"), ("Fairholme Projects", "mail@fairholme.example"),
)  # fmt: skip
WORK = (
    "soundproofing the Crow's Nest", "screens for the Lighthouse", "a penetration test", "twelve standing desks",
    "moving the build server", "the wiring of the second floor", "a stand at the Leeds fair", "a day of team training",
    "photographs of the office",
)  # fmt: skip
mail = world.include(
    "email", Person=Person, address="delivery@brightdesk.example", name="Brightdesk delivery", staff="lead", topics=MAIL,
    firms=FIRMS, drafts=False, jobs=WORK, labels=("Suppliers", "Customers", "Hiring", "Waiting"), intents=False,
    without=("mailbox_overview", "read_thread", "export_message", "save_draft", "send_draft", "label_message"),
)  # fmt: skip
talk = world.include(
    "chat", Person=Person, name="Delivery lead", people=0, staff="lead", intents=False,
    without=("get_chat_message", "chat_overview", "react_to_message", "mark_chat_read"),
)  # fmt: skip
rooms = world.include(
    "booking", Client=Team, Resource=Room, staff="lead", days=4, per_day=3,
    purposes=("sprint review", "backlog refinement", "retrospective", "design critique", "incident review"),
    rename={"Booking": "Reservation", "book_slot": "reserve_room", "move_booking": "move_reservation",
            "cancel_booking": "cancel_reservation", "record_attendance": "record_room_use", "client": "team",
            "resource": "room", "booking": "reservation"},
)  # fmt: skip


# Data ----------------------------------------------------------------------------------------------------

TEAMS = (
    ("Heron", "Takes payments"), ("Kestrel", "Invoices and what follows from them"),
    ("Osprey", "What customers see and touch"), ("Swift", "What everything else runs on"),
)  # fmt: skip
PROJECTS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("PAY", "Card Payments", "Heron", ("card checkout", "refunds", "saved cards", "direct debits", "the payout report",
                                       "chargebacks", "the 3-D Secure step")),
    ("INV", "Invoicing", "Kestrel", ("the invoice editor", "credit notes", "payment reminders", "the tax summary",
                                     "recurring invoices", "the PDF template", "the customer portal")),
    ("MOB", "Mobile App", "Osprey", ("the receipt scanner", "push notifications", "offline mode",
                                     "the home screen widget", "biometric unlock", "the sign-in screen")),
    ("WEB", "Web App", "Osprey", ("the settings page", "the onboarding tour", "team invitations", "the search bar",
                                  "the notification centre", "the billing page")),
    ("PLT", "Platform", "Swift", ("the job queue", "the audit log", "the rate limiter", "the file store",
                                  "single sign-on", "webhook delivery", "the search index")),
)  # fmt: skip
TITLES: dict[Kind, tuple[str, ...]] = {
    "bug": (
        "Time-outs under load in {}", "Wrong currency symbol in {}", "Accounts with two owners cannot use {}",
        "Error message without a text in {}", "Names with an apostrophe break {}", "Figures of the day before in {}",
        "Memory leak in {}", "Dates an hour off after the clocks change in {}", "Double confirmation from {}",
    ),
    "story": (
        "Export to CSV for {}", "Keyboard shortcuts for {}", "History of changes for {}", "Several currencies in {}",
        "Per-role permissions for {}", "Welsh and Irish translations for {}", "Usage figures for {}",
    ),
    "task": (
        "Load tests for {}", "Move {} to the new event bus", "Remove the old feature flag from {}", "Runbook for {}",
        "Upgrade the libraries behind {}", "Alerting for {}",
    ),
}  # fmt: skip
LABELS = ("regression", "customer-reported", "security", "performance", "accessibility")
REPORTED = ", reported by a customer"  # how the titles of duplicates end
NOTES = (
    "I can reproduce it on staging, not on production.",
    "Support has had three tickets about this since Friday.",
    "The design is in the shared folder; the empty state is still missing.",
    "Let us pair on this tomorrow morning.",
    "Needs a migration, so please do not merge on a Friday.",
    "Agreed: the first version goes without undo.",
    "The test data for this is on the QA tenant.",
    "Turned out smaller than we thought.",
)
FIRST = (
    "Hannah", "Priya", "Tom", "Daniel", "Aisha", "Lewis", "Sofia", "Marek", "Grace", "Owen", "Ingrid", "Kofi", "Nadia",
    "Callum", "Mei", "Rhys", "Elena", "Yusuf",
)  # fmt: skip
LAST = (
    "Clark", "Clarke", "Reid", "Okafor", "Lindqvist", "Patel", "Murray", "Nowak", "Hughes", "Bianchi", "Fraser", "Shah",
    "Donnelly", "Reed", "Marsh", "Adeyemi", "Whitlock", "Kaur", "Sutton", "Novak", "Brennan", "Ortiz",
)  # fmt: skip
JOBS: tuple[Job, ...] = ("developer", "developer", "tester", "developer", "designer")
BOARD: tuple[Status, ...] = ("done", "in_review", "in_progress", "to_do", "done", "in_review", "in_progress", "to_do",
                             "done", "in_review", "to_do", "to_do", "to_do")  # fmt: skip


@world.data
def fill(draw: Draw) -> None:
    """Teams with their people and projects; each project with past sprints, a current and a next one, and a backlog."""
    names, firsts = draw.shuffled(LAST), draw.shuffled(FIRST)
    firsts += firsts[:2]
    for number, (team_name, mission) in enumerate(TEAMS):
        team = draw.new(Team, name=team_name, mission=mission)
        for place, job in enumerate(JOBS):
            name = f"{firsts[5 * number + place]} {names[5 * number + place]}"
            away = draw.day(3, 12) if place == 0 and number > 0 else None
            address = f"{name.lower().replace(' ', '.')}@brightdesk.example"
            draw.new(Person, name=name, email=address, team=team, job=job, wip_limit=3, away_until=away)
    for name, seats in (("Lighthouse", 14), ("Boathouse", 8), ("Crow's Nest", 6)):
        draw.new(Room, name=name, seats=seats)
    for key, name, team_name, _ in PROJECTS:
        project = draw.new(Project, key=key, name=name, team=first(Team, name=team_name),
                           last_number=draw.integer(100, 190))  # fmt: skip
        fill_project(draw, project)
    doing = {person: count(Issue, assignee=person, status="in_progress") for person in rows(Person)}
    for place, person in enumerate(sorted(doing, key=lambda one: (-doing[one], one.id))):
        person.wip_limit = doing[person] if doing[person] and place % 4 == 0 else doing[person] + draw.integer(2, 3)
    mistakes(draw)
    for project in rows(Project):
        issues = rows(Issue, project=project)
        for issue, day in zip(issues, sorted(one.created for one in issues), strict=True):
            issue.created = day - timedelta(days=max(day.weekday() - 4, 0))
    talk_and_time(draw)
    fill_chat(draw)


def fill_project(draw: Draw, project: Project) -> None:
    """The sprints, releases, labels and issues of one project."""
    for label in LABELS:
        draw.new(Label, project=project, name=label)
    major, minor = draw.integer(2, 6), draw.integer(1, 8)
    out, due, _ = (
        draw.new(Release, project=project, name=f"{project.name} {major}.{minor + step}", due=date(2026, 2, 13) +
                 timedelta(days=28 * step), status="planned" if step else "released",
                 released_on=None if step else date(2026, 2, 13)) for step in range(3)
    )  # fmt: skip
    number = draw.integer(14, 40)
    past, older, current, upcoming = (
        draw.new(Sprint, project=project, name=f"{project.key} Sprint {number + step}", starts=start,
                 ends=start + timedelta(days=13), capacity=200, state=state)
        for step, start, state in ((1, date(2026, 2, 4), "closed"), (0, date(2026, 1, 21), "closed"),
                                   (2, date(2026, 2, 18), "active"), (3, date(2026, 3, 4), "planned"))
    )  # fmt: skip
    for step in draw.many(10):
        new_issue(draw, project, "done", past if step % 2 else older, out)
    board = [*draw.shuffled(BOARD[:8]), *draw.shuffled(BOARD[8 : draw.integer(12, 13)])]
    for step, status in enumerate(board):
        new_issue(draw, project, status, current, due if step < 8 else None)
    for _ in range(3):
        new_issue(draw, project, "to_do", upcoming, None)
    for _ in draw.many(4):
        new_issue(draw, project, "to_do", None, None)
    for sprint, slack in ((current, draw.integer(0, 2) if project.key in ("PAY", "WEB") else draw.integer(8, 12)),
                          (upcoming, draw.integer(24, 34)), (past, draw.integer(14, 22)), (older, draw.integer(14, 22))):  # fmt: skip
        sprint.capacity = max(int(total(Issue, "points", sprint=sprint)) + slack, 1)
    for number in range(2):
        untriaged(draw, project, number)


def new_issue(draw: Draw, project: Project, status: Status, sprint: Sprint | None, release: Release | None) -> Issue:
    """An issue that was estimated, and assigned if it is in a sprint."""
    members = rows(Person, team=project.team)
    if status == "in_progress":
        members = [one for one in members if count(Issue, assignee=one, status=status) < 3]
    kind: Kind = draw.choice(("bug", "story", "task"))
    points: Points = draw.choice((1, 2, 3, 3, 5) if sprint else (3, 5, 8))
    priority: Priority = draw.choice(("low", "medium", "medium", "high", "urgent"))
    issue = draw.new(
        Issue, key=next_key(project), project=project, kind=kind, title=title_of(draw, project, kind), status=status,
        priority=priority, points=points, reporter=draw.pick(Person), release=release, sprint=sprint,
        assignee=draw.skewed(members) if sprint else None, created=draw.day(-90, -30),
    )  # fmt: skip
    issue.labels = draw.sample(rows(Label, project=project), draw.integer(0, 1))
    return issue


def title_of(draw: Draw, project: Project, kind: Kind) -> str:
    """A title that no open issue of the project has, as long as there are any."""
    areas = next(areas for key, _, _, areas in PROJECTS if key == project.key)
    fresh = [text for text in (form.format(area) for form in TITLES[kind] for area in areas)
             if count(Issue, project=project, title=text[0].upper() + text[1:]) == 0]  # fmt: skip
    text = draw.choice(fresh) if fresh else draw.choice(TITLES[kind]).format(draw.choice(areas))
    return text[0].upper() + text[1:]


def untriaged(draw: Draw, project: Project, number: int) -> Issue:
    """A bug as it comes in: no priority, no estimate, nobody on it."""
    return draw.new(
        Issue, key=next_key(project), project=project, kind="bug", title=title_of(draw, project, "bug"), status="to_do",
        priority=None, points=None, reporter=draw.pick(Person), assignee=None, sprint=None, release=None,
        created=draw.day(-6 - number, -1),
    )  # fmt: skip


def mistakes(draw: Draw) -> None:
    """What went wrong of late: duplicates, bugs in the wrong project, links the wrong way round; and true blockers."""
    for project in rows(Project):
        board = rows(Issue, project=project, sprint__state="active")
        started, waiting = ([one for one in board if one.status == status] for status in ("in_progress", "to_do"))
        author = draw.choice(rows(Person, team=project.team, away_until=None))
        draw.new(Link, issue=started[0], kind="blocks", other=waiting[0])
        draw.new(Link, issue=started[0], kind="blocks", other=waiting[1])
        body = "The link to {1} is the wrong way round: {0} has to wait for {1}.".format(started[0].key, waiting[0].key)
        draw.new(Comment, issue=started[0], author=author, body=body, written=draw.moment(-3, -1))
        reviewed = [one for one in board if one.status == "in_review" and one.release]
        blocker = draw.choice(rows(Issue, project=project, status="to_do", sprint=None, points=at_least(1)))
        draw.new(Link, issue=blocker, kind="blocks", other=started[1])
        if project.key in ("INV", "PLT"):
            draw.new(Link, issue=blocker, kind="blocks", other=reviewed[0])
        original = draw.choice([one for one in board if one.status == "to_do" and one not in waiting[:2]])
        copy = untriaged(draw, project, 0)
        copy.title, copy.kind = original.title + REPORTED, original.kind
        other = draw.choice([one for one in rows(Project) if one.team != project.team])
        stray = untriaged(draw, project, 0)
        stray.title = title_of(draw, other, "bug")


def talk_and_time(draw: Draw) -> None:
    """Comments, and hours logged on working days of the last weeks."""
    for _ in draw.many(16):
        written = draw.moment(-20, -1)
        issue = draw.choice(rows(Issue, created=below(written.date())))
        author = draw.choice(rows(Person, team=issue.project.team))
        draw.new(Comment, issue=issue, author=author, body=draw.choice(NOTES), written=written)
    worked = rows(Issue, status=one_of(("in_progress", "in_review", "done")))
    for _ in draw.many(110):
        issue, day = draw.choice(worked), draw.day(-21 * draw.scale, -1)
        hours = draw.money(0.5, 5, "0.25")
        same = count(TimeLog, issue=issue, person=issue.assignee, day=day)
        taken = total(TimeLog, "hours", person=issue.assignee, day=day)
        if issue.created < day and day.weekday() < 5 and not same and taken + hours <= DAILY_HOURS:
            draw.new(TimeLog, issue=issue, person=issue.assignee, day=day, hours=hours)


# What is said of an issue: what is asked, who names how many points, what is settled, and what is changed afterwards.
SETTLED: tuple[tuple[str, ...], ...] = (
    ("How big is {key}? It has no estimate yet, and no priority.",
     "I would say {small} points.",
     "More than that, there is a migration in it. {big} points, with priority {urgency}.",
     "Fine with me: {big} points and {urgency}. I can take it.",
     "I have had a look at the logs of {key}: {points} points will do. The rest stays as we said."),
    ("{key} has been lying about without an estimate. What do you think?",
     "{points} points, and {urgency} as its priority, because support asks for it every day.",
     "Are you sure? That looks like {small} to me.",
     "No, {points} and {urgency} are right, I have fixed a similar one. I will do it.",
     "Sorry, I have too much on. {taker} does it instead."),
    ("Before planning: can we settle {key}? Points, priority, and who does it.",
     "{big} points if we do it properly, {points} if we leave the old screens alone.",
     "Then leave them alone, so {points} points. Is {other} all right as a priority?",
     "Yes. I can start on it this week.",
     "Product has just told me that it is {urgency}, not {other}. That is decided."),
)  # fmt: skip
REPORTS = (
    "From a customer call: “{}”. Could somebody put this into the tracker if it is not there?",
    "Support sent me this one: “{}”. Does it have a key already?",
    "I keep running into “{}” myself, and so do two customers. Is that in the tracker?",
    "One for the tracker, unless we have it: “{}”.",
)

BETA = (
    "The last testers are off the beta. Thank you, everybody.",
    "What is left over goes into the backlog of #web-app.",
)


def fill_chat(draw: Draw) -> None:
    """A channel for each project: what was settled in threads, what was reported, when releases are due; and questions."""
    for project in rows(Project):
        name = project.name.lower().replace(" ", "-")
        draw.new(talk.ChatChannel, name=name, purpose=f"{project.name}, by team {project.team.name}", archived=False)
    projects = draw.shuffled(rows(Project))
    for project, script in zip(projects[:3], SETTLED, strict=True):
        settle(draw, next(one for one in rows(Issue, project=project, points=None) if is_fresh(one)), script)
    for project, script in zip(projects[3:], SETTLED, strict=False):
        latest = max(one.created for one in rows(Issue, project=project))
        dropped = untriaged(draw, project, 3)
        dropped.created = latest
        settle(draw, dropped, script)
        dropped.status = "dropped"
    for number, (project, text) in enumerate(zip(draw.sample(projects, 4), REPORTS, strict=True)):
        open_bugs = rows(Issue, project=project, kind="bug", status=one_of(OPEN))
        known = [one for one in open_bugs if count(Issue, project=project, title=containing(one.title)) == 1
                 and REPORTED not in one.title]  # fmt: skip
        title = draw.choice(known).title if number % 2 else title_of(draw, project, "bug")
        author = draw.choice([one for one in rows(Person) if one.team != project.team])
        talk.say(author, channel_of(project), text.format(title), posted=draw.moment(-5, -3), unread=False)
    for number, project in enumerate(projects):
        date_release(draw, project, wrong=number < 3)
    over = draw.new(
        talk.ChatChannel, name="web-app-beta", purpose="The beta of last autumn, which is over", archived=False
    )
    for author, text in zip(draw.sample(rows(Person), 2), BETA, strict=True):
        talk.say(author, over, text, posted=draw.moment(-80, -70), unread=False)
    over.archived = True


def settle(draw: Draw, issue: Issue, script: tuple[str, ...]) -> None:
    """A thread in which a team agrees on an issue, and then thinks again about one thing."""
    around = rows(Person, team=issue.project.team, away_until=None)
    asks, first_says, second_says, takes = draw.sample(around, 4)
    takes_instead = draw.choice([one for one in around if one != takes])
    small, points, big = sorted(draw.sample((2, 3, 5, 8, 13), 3))
    urgency, other = draw.sample(("low", "high", "urgent"), 2)
    given = {"key": issue.key, "small": small, "points": points, "big": big, "urgency": urgency, "other": other,
             "taker": takes_instead.name}  # fmt: skip
    posted, root = datetime.combine(issue.created, datetime.min.time()) + timedelta(hours=draw.integer(9, 11)), None
    for author, text in zip((asks, first_says, second_says, takes, takes), script, strict=True):
        said = text.format(**given)
        message = talk.say(author, channel_of(issue.project), said[0].upper() + said[1:], posted=posted, thread=root,
                           unread=False)  # fmt: skip
        root = root or message
        posted += timedelta(minutes=draw.integer(3, 70))
    draw.new(talk.ChatMention, message=root, person=first_says)
    draw.new(talk.ChatReaction, message=root, person=second_says, mark="eyes")


def date_release(draw: Draw, project: Project, wrong: bool) -> None:
    """A post of ours on when a release is due, which may name a wrong day, as somebody noticed who asks us."""
    release = rows(Release, project=project, status="planned", order="due")[0]
    day = release.due - timedelta(days=draw.integer(2, 6) if wrong else 0)
    posted = draw.moment(-13, -10)
    draw.new(talk.ChatMessage, channel=channel_of(project), partner=None, author=None, ours=True, thread=None,
             text=f"{release.name} is due on {spoken(day)}.", posted=posted)  # fmt: skip
    if wrong:
        person = draw.choice([one for one in rows(Person) if one.team != project.team])
        talk.whisper(person, f"Is {release.name} really due on {spoken(day)}? I had another day in mind.",
                     posted=posted + timedelta(days=7), unread=False)  # fmt: skip


# Tasks ---------------------------------------------------------------------------------------------------


def named(found: Any, name: str) -> Any:
    """The one of some rows with exactly that name, for "Clark" is also in "Clarke"."""
    return next(one for one in found if one.name == name)


def home_of(issue: Issue) -> Project:
    """The project that an issue's title is about."""
    title = issue.title.casefold()
    return next(one for one in rows(Project) for key, _, _, areas in PROJECTS
                if key == one.key and any(area.casefold() in title for area in areas))  # fmt: skip


def open_of(person: Person) -> list[Issue]:
    """The open issues assigned to someone."""
    return rows(Issue, order="key", assignee=person, status=one_of(OPEN))


def is_fresh(issue: Issue) -> bool:
    """Whether an issue is an untriaged one in its right project and no duplicate."""
    told_apart = issue.priority is None and issue.status == "to_do" and REPORTED not in issue.title
    return told_apart and home_of(issue) == issue.project


@world.intent(
    "Please triage {issue.key}: priority {priority}, {points} points, label {label.name}. Give it to whichever "
    "developer of team {team.name} has the fewest open issues; whoever is away does not count.",
    "{issue.key} came in without a priority. Make it {priority}, estimate {points} points, tag it {label.name}, and "
    "assign the {team.name} developer who has least open issues and is not away.",
    "New bug {issue.key} for {team.name}. It needs the label {label.name}, {priority} priority and an estimate of "
    "{points} points. Owner: the developer there, present these days, with the smallest number of open issues.",
    "Can you deal with {issue.key}? We agreed on {points} points and {priority}; it is a {label.name} matter. Find "
    "out who among the developers in {team.name} carries the fewest open issues (skip anybody absent) and let them "
    "have it.",
    "From the triage meeting: {issue.key} - {priority}, {points} points, {label.name}. {team.name} takes it, namely "
    "its least busy developer by count of open issues, not counting people on leave.",
    "Set {label.name} as label on {issue.key}, size it at {points} points and rank it {priority}. Then pick an "
    "assignee: a developer from {team.name} who is around and has fewer open issues than the other developers.",
    "Nobody has looked at {issue.key} yet. I would say {priority} and {points} points, with {label.name} on it. Hand "
    "it to team {team.name}'s developer with the shortest list of open issues, leaving out those who are away.",
    "Would you enter the outcome for {issue.key}: label {label.name}, points {points}, priority {priority}? As for "
    "who does it, count the open issues of every {team.name} developer at work and choose the one with the lowest "
    "count.",
    kind="write", role="lead",
)  # fmt: skip
def triage_bug(draw: TaskDraw) -> Task:
    def idle(team: Team) -> list[Person]:
        around = sorted(rows(Person, team=team, job="developer", away_until=None), key=lambda one: len(open_of(one)))
        return around[:1] if len(open_of(around[0])) < len(open_of(around[1])) else []

    issue = draw.choice([one for one in rows(Issue, points=None) if is_fresh(one) and idle(one.project.team)])
    label = draw.choice(rows(Label, project=issue.project))
    priority, points = draw.choice(("low", "high", "urgent")), draw.choice((2, 3, 5, 8))

    def solve(do: Do) -> None:
        found = do.search_issues(key=issue.key)[0]
        plan = do.project_plan(project_name=found.project_name)
        loads = {}
        for person in do.search_people(team_name=plan.team.name, job="developer"):
            if person.away_until is None:
                theirs = do.every("search_issues", assignee_id=person.id)
                loads[person.id] = do.count([one for one in theirs if one.status in OPEN])
        labels = [named(plan.labels, label.name).id]
        do.update_issue(issue_id=found.id, priority=priority, points=points, label_ids=labels)
        do.assign_issue(issue_id=found.id, assignee_id=min(loads, key=lambda person: loads[person]))

    return draw.task(solve, issue=issue, priority=priority, points=points, label=label, team=issue.project.team)


@world.intent(
    "{sprint.name} is over. Move its open issues of high or urgent priority to {next.name} and the other open ones "
    "back to the backlog, then close it and start {next.name}.",
    "Please wrap up {sprint.name}: what is still open goes into {next.name} if it is urgent or high, otherwise into "
    "the backlog. After that close the old sprint and get {next.name} going.",
    "We are done with {sprint.name}. Carry over to {next.name} whatever is unfinished and high or urgent; take "
    "anything unfinished below that out of the sprint. Finally switch sprints: the old one closed, {next.name} "
    "active.",
    "Sprint change today, from {sprint.name} to {next.name}. Leftovers with priority urgent or high come along, "
    "lower ones return to the backlog. Close the first, activate the second.",
    "Can you roll {sprint.name} over into {next.name}? Only open work marked high or urgent may follow, the rest of "
    "the open work is backlog again. I want to see one sprint closed and the next one running.",
    "Team review is finished, so {sprint.name} can be closed. Before that, sort the issues not yet done: high and "
    "urgent into {next.name}, medium and low without a sprint. Start {next.name} as the last step.",
    "End {sprint.name} for me and begin {next.name}. Each issue that is neither done nor dropped either follows "
    "(priority high, urgent) or drops back to the backlog (medium, low).",
    "It is time to start {next.name}. First empty {sprint.name} of unfinished issues - those that are urgent or high "
    "move to the new sprint, all remaining ones become backlog - and shut it.",
    kind="batch", role="lead",
)  # fmt: skip
def change_sprints(draw: TaskDraw) -> Task:
    def carried(sprint: Sprint) -> Decimal:
        return total(Issue, "points", sprint=sprint, status=one_of(OPEN), priority=one_of(("high", "urgent")))

    def following(sprint: Sprint) -> Sprint:
        return rows(Sprint, project=sprint.project, state="planned")[0]

    def fits(sprint: Sprint) -> bool:
        planned = following(sprint)
        return 0 < carried(sprint) <= planned.capacity - total(Issue, "points", sprint=planned)

    sprint = draw.choice([one for one in rows(Sprint, state="active") if fits(one)])

    def solve(do: Do) -> None:
        plan = do.project_plan(project_name=sprint.name.split()[0])
        old, new = named(plan.sprints, sprint.name), named(plan.sprints, following_name)
        for issue in do.every("search_issues", sprint_id=old.id):
            if issue.status in OPEN and issue.priority in ("high", "urgent"):
                do.plan_issue(issue_id=issue.id, sprint_id=new.id)
            elif issue.status in OPEN:
                do.plan_issue(issue_id=issue.id)
        do.set_sprint_state(sprint_id=old.id, state="closed")
        do.set_sprint_state(sprint_id=new.id, state="active")

    following_name = following(sprint).name
    return draw.task(solve, sprint=sprint, next=following(sprint))


@world.intent(
    "{person.name} is away until {person.away_until}. Give what they have in progress or in review to "
    "{colleague.name}, take their name off what is still to do, and e-mail {colleague.name} the keys of the issues "
    "handed over.",
    "Please cover for {person.name}, who is out until {person.away_until}: started issues (in progress, in review) "
    "pass to {colleague.name}, the ones not started become unassigned. {colleague.name} should get a mail listing "
    "the keys passed on.",
    "Handover: {person.name} to {colleague.name}, absence until {person.away_until}. Only work under way or under "
    "review changes hands; to-do issues lose their assignee. Send {colleague.name} a message with every key they "
    "take over.",
    "As {person.name} will not be back before {person.away_until}, {colleague.name} picks up anything of theirs that "
    "is in progress or review. Unassign the remaining open ones. Write to {colleague.name} which keys those are that "
    "they got.",
    "We cannot leave {person.name}'s issues lying about until {person.away_until}. Reassign the started ones, "
    "reviews included, to {colleague.name}; free the unstarted ones for anyone. Then mail {colleague.name} the keys "
    "of theirs.",
    "{colleague.name} agreed to stand in for {person.name} (away until {person.away_until}). That means issues in "
    "progress and in review move over, and to-do ones go back to having nobody. Let {colleague.name} know the moved "
    "keys by e-mail.",
    "Sort out the board while {person.name} is on leave until {person.away_until}: no assignee on their to-do "
    "issues, {colleague.name} on those in progress or in review, plus an e-mail telling {colleague.name} the keys of "
    "the latter.",
    "Who does {person.name}'s work until {person.away_until}? I settled it: {colleague.name} has all that is in "
    "review or in progress, and whatever is untouched gets cleared of an assignee. Send the keys in question to "
    "{colleague.name}.",
    kind="batch", role="lead",
)  # fmt: skip
def hand_over(draw: TaskDraw) -> Task:
    def doing(person: Person) -> int:
        return count(Issue, assignee=person, status="in_progress")

    pairs = [(one, other) for one in rows(Person) if one.away_until is not None
             for other in rows(Person, team=one.team, away_until=None)
             if doing(one) + doing(other) <= other.wip_limit
             and {issue.status for issue in open_of(one)} - {"to_do"}]  # fmt: skip
    person, colleague = draw.choice(pairs)

    def solve(do: Do) -> None:
        away = named(do.search_people(name=person.name), person.name)
        stand_in = named(do.search_people(name=colleague.name), colleague.name)
        keys = []
        for issue in do.every("search_issues", assignee_id=away.id):
            if issue.status in ("in_progress", "in_review"):
                do.assign_issue(issue_id=issue.id, assignee_id=stand_in.id)
                keys.append(issue.key)
            elif issue.status == "to_do":
                do.assign_issue(issue_id=issue.id)
        listed = {f"key{number}": key for number, key in enumerate(keys)}
        body = do.compose("You take over " + ", ".join(f"{{{name}}}" for name in listed) + ".", **listed)
        do.send_message(recipient=stand_in.email, subject=do.compose("Issues handed over to you"), body=body)

    return draw.task(solve, person=person, colleague=colleague)


@world.intent(
    "{person.name} commented on {issue.key} that one of its links is the wrong way round. Turn that link around, put "
    "{issue.key} back to to-do, and e-mail {person.name} the keys of both issues once it is right.",
    "There is a link on {issue.key} in the wrong direction; see the comment by {person.name}. Reverse it, take "
    "{issue.key} back to the to-do column since it must wait now, and mail {person.name} that it is corrected, "
    "naming the two issues.",
    "Please repair what {person.name} pointed out in a comment on {issue.key}: the blocking is entered backwards. "
    "The issue itself goes back to the to-do column. Then write to {person.name}, quoting both keys.",
    "Read {person.name}'s comment on {issue.key}. They are right, the dependency should run the other way. Change "
    "it, make {issue.key} a to-do again, and confirm to {person.name} by mail with the keys of the pair.",
    "Somebody mixed up blocker and blocked on {issue.key}, and {person.name} says so there. Swap the two, stop the "
    "work on {issue.key} (status to do), and send {person.name} a short message in which both keys appear.",
    "{issue.key} is shown as blocking something that really blocks it. {person.name} left a comment saying which "
    "one. Fix this one link, move {issue.key} back from in progress to 'to do', and drop {person.name} a mail with "
    "the two keys.",
    "Could you undo the slip on {issue.key} that {person.name} has described in the comments? Link reversed, issue "
    "parked as to do, {person.name} informed by e-mail about which two keys it was.",
    "One link of {issue.key} points the wrong way according to {person.name}, whose comment names the other issue. "
    "Make the other one the blocker, reset the status of {issue.key} to 'to do' and tell {person.name} in an e-mail, "
    "with both keys in it.",
    kind="repair", role="lead",
)  # fmt: skip
def turn_link_around(draw: TaskDraw) -> Task:
    comment = draw.choice(rows(Comment, body=containing("wrong way round")))
    issue, person = comment.issue, comment.author

    def solve(do: Do) -> None:
        waiting = do.search_issues(key=issue.key)[0]
        details = do.issue_details(issue_id=waiting.id)
        said = next(one.body for one in details.comments if "wrong way round" in one.body)
        link = next(one for one in details.links if one.issue_id == waiting.id and one.other_key in said)
        do.link_issues(issue_id=waiting.id, kind="none", other_id=link.other_id)
        do.link_issues(issue_id=link.other_id, kind="blocks", other_id=waiting.id)
        do.change_status(issue_id=waiting.id, status="to_do")
        author = named(do.search_people(name=person.name), person.name)
        body = do.compose("Done: {one} now waits for {other}.", one=waiting.key, other=link.other_key)
        do.send_message(recipient=author.email, subject=do.compose("Link corrected"), body=body)

    return draw.task(solve, issue=issue, person=person)


@world.intent(
    "{copy.key} is a duplicate of {original.key}. Link and drop it, add the label {label.name} to {original.key} "
    "without losing the labels it has, and e-mail the duplicate's reporter the key to follow.",
    "Please close {copy.key} as a duplicate: mark it as such against {original.key} and drop it. {original.key} gets "
    "{label.name} on top of its present labels. Whoever reported {copy.key} should hear by mail which key lives on.",
    "We have the same thing twice, {copy.key} and {original.key}; the latter stays. Record that, drop the former, "
    "put {label.name} on the one that stays next to what is there, and write its key to the person who reported the "
    "other.",
    "Merge {copy.key} into {original.key}, please. I mean a duplicates link, status dropped for the first, and the "
    "extra label {label.name} for the second. The reporter of {copy.key} needs an e-mail with the surviving key.",
    "Support opened {copy.key} although {original.key} existed. Drop theirs as a duplicate of ours, and let ours "
    "carry {label.name} too, besides any label it already has. Mail the reporter of theirs our key.",
    "Tidy up after a double report: {original.key} is the real one and gains {label.name} (keep the others), "
    "{copy.key} duplicates it and is dropped. Then tell its reporter in a mail to watch the real key.",
    "Nothing in {copy.key} that {original.key} does not say. So: duplicate link, drop, label {label.name} in "
    "addition on {original.key}, and a message to the person that filed the superfluous one, giving the key we keep.",
    "{original.key} and its twin {copy.key} - keep only the first. The twin is dropped and linked as its duplicate, "
    "the first is also labelled {label.name}, and the twin's reporter receives the first's key by e-mail.",
    kind="write", role="lead",
)  # fmt: skip
def close_duplicate(draw: TaskDraw) -> Task:
    def original_of(issue: Issue) -> Issue:
        return rows(Issue, project=issue.project, title=issue.title.removesuffix(REPORTED), status="to_do")[0]

    copies = rows(Issue, title=containing(REPORTED))
    copy = draw.choice([one for one in copies if all(have.name != LABELS[1] for have in original_of(one).labels)])
    original = original_of(copy)
    label = rows(Label, project=copy.project, name=LABELS[1])[0]

    def solve(do: Do) -> None:
        kept, twin = do.search_issues(key=original.key)[0], do.search_issues(key=copy.key)[0]
        have = do.issue_details(issue_id=kept.id).labels
        extra = named(do.project_plan(project_name=kept.project_name).labels, label.name)
        do.link_issues(issue_id=twin.id, kind="duplicates", other_id=kept.id)
        do.change_status(issue_id=twin.id, status="dropped")
        do.update_issue(issue_id=kept.id, label_ids=[*(one.id for one in have), extra.id])
        reporter = named(do.search_people(name=twin.reporter_name), twin.reporter_name)
        body = do.compose("Thank you. We follow this up as {key}.", key=kept.key)
        do.send_message(recipient=reporter.email, subject=do.compose("Your report was a duplicate"), body=body)

    return draw.task(solve, copy=copy, original=original, label=label)


@world.intent(
    "{issue.key} was filed in the wrong project; it belongs to {right.name}. Move it, label it {label.name} there, "
    "assign {person.name}, and e-mail its reporter the new key.",
    "Please bring {issue.key} to where it should be, {right.name}. {person.name} takes it there as assignee, the "
    "label is {label.name}, and the reporter ought to get a mail saying under which key it goes on.",
    "Wrong drawer: {issue.key} is about {right.name}. Put it there with {label.name} on it and {person.name} as its "
    "assignee. Its key will change, so write the new one to whoever reported it.",
    "{person.name} noticed that {issue.key} is really theirs, that is, one for {right.name}. Transfer it, mark it "
    "{label.name}, hand it to them, and tell the reporter by mail what its key is now.",
    "Correct a misfiling for me. Issue {issue.key}, right project {right.name}, label {label.name}, assignee "
    "{person.name}. Then the reporter gets an e-mail with the key that it received.",
    "Could you re-home {issue.key}? It should sit in {right.name} with {person.name}, carrying {label.name}. Send "
    "the person who reported it a note with its changed key.",
    "Someone put {issue.key} on the wrong board. Shift it over to {right.name}, give it {label.name} from the labels "
    "in use there, let {person.name} have it, and mail the new key to the reporter.",
    "{right.name} is the project that {issue.key} should have been in from the start. Fix this, name {person.name} "
    "assignee, add the {label.name} label, and inform the reporter of the resulting key by e-mail.",
    kind="repair", role="lead",
)  # fmt: skip
def rehome_issue(draw: TaskDraw) -> Task:
    issue = draw.choice([one for one in rows(Issue, points=None) if home_of(one) != one.project])
    right = home_of(issue)
    person = draw.choice(rows(Person, team=right.team, away_until=None))
    label = draw.choice(rows(Label, project=right))

    def solve(do: Do) -> None:
        found = do.search_issues(key=issue.key)[0]
        plan = do.project_plan(project_name=right.name)
        assignee = named(do.search_people(name=person.name), person.name)
        labels = [named(plan.labels, label.name).id]
        moved = do.update_issue(issue_id=found.id, project_id=plan.project.id, label_ids=labels)
        do.assign_issue(issue_id=found.id, assignee_id=assignee.id)
        reporter = named(do.search_people(name=found.reporter_name), found.reporter_name)
        body = do.compose("Your report moved and is now {key}.", key=moved.issue.key)
        do.send_message(recipient=reporter.email, subject=do.compose("New key"), body=body)

    return draw.task(solve, issue=issue, right=right, person=person, label=label)


@world.intent(
    "If {issue.key} still fits into the active sprint of {project.name}, plan it there and assign {person.name}. "
    "Otherwise put it into the planned one, leave it unassigned and e-mail its reporter the name of that sprint as the "
    "tracker has it.",
    "Does the current sprint of {project.name} have the points left for {issue.key}? Then in it goes, with "
    "{person.name} as assignee. If not: next planned sprint, leave it unassigned, and mail the reporter that sprint's "
    "name, written as in the tracker.",
    "{person.name} could take {issue.key} now, capacity of the active sprint of {project.name} permitting; plan and "
    "assign it in that case. Else schedule it for the planned sprint, leave it unassigned and write that sprint's full "
    "name from the tracker to the reporter by e-mail.",
    "Please schedule {issue.key}. First choice is the running sprint of {project.name}, then {person.name} does it. "
    "Should its capacity not allow that, use the planned sprint, leave it unassigned and mail the reporter the "
    "sprint's name just as it is recorded.",
    "I would like {issue.key} in this sprint of {project.name}, done by {person.name}, but only within its capacity. "
    "When there is too little room, it waits for the planned sprint with nobody assigned (leave it unassigned), and "
    "the reporter gets that sprint's recorded name by e-mail.",
    "Check the room in the active sprint of {project.name}. Enough for {issue.key}: add it and make {person.name} "
    "responsible. Not enough: add it to the planned sprint, leave it unassigned and let the reporter know that "
    "sprint's name in a mail, the way the tracker writes it.",
    "Look how many points the active sprint of {project.name} has left. Should {issue.key} be small enough, it joins "
    "with {person.name} as assignee; should it be too big, it joins the planned sprint. In the second case leave it "
    "unassigned, and send its reporter an e-mail with the exact name of that sprint.",
    "Squeeze {issue.key} into the active sprint of {project.name} for {person.name}, unless that breaks the "
    "capacity; then it is one for the planned sprint: leave it unassigned, and tell its reporter by mail what that "
    "sprint is called in the tracker.",
    kind="conditional", role="lead",
)  # fmt: skip
def plan_if_it_fits(draw: TaskDraw) -> Task:
    issue = draw.choice(rows(Issue, status="to_do", sprint=None, assignee=None, points=at_least(1)))
    project = issue.project
    person = draw.choice(rows(Person, team=project.team, away_until=None))

    def solve(do: Do) -> None:
        found = do.search_issues(key=issue.key)[0]
        plan = do.project_plan(project_name=project.name)
        active, planned = (next(one for one in plan.sprints if one.state == state) for state in ("active", "planned"))
        inside = do.every("search_issues", sprint_id=active.id)
        left = do.difference(active.capacity, do.sum(one.points for one in inside))
        if found.points <= left:
            assignee = named(do.search_people(name=person.name), person.name)
            do.plan_issue(issue_id=found.id, sprint_id=active.id)
            do.assign_issue(issue_id=found.id, assignee_id=assignee.id)
        else:
            do.plan_issue(issue_id=found.id, sprint_id=planned.id)
            reporter = named(do.search_people(name=found.reporter_name), found.reporter_name)
            body = do.compose("It is planned for {sprint}.", sprint=planned.name)
            do.send_message(recipient=reporter.email, subject=do.compose("Planned"), body=body)

    return draw.task(solve, issue=issue, project=project, person=person)


@world.intent(
    "How many hours did team {team.name} log on bugs from {begin} to {end}?",
    "What is the total time, in hours, that the people of {team.name} booked on bugs between {begin} and {end}, both "
    "included?",
    "Add up {team.name}'s time sheets from {begin} through {end}, counting only bugs. How many hours is that?",
    "I need a figure for the quality report: bug hours of everybody in {team.name}, first day {begin}, last day "
    "{end}.",
    "In the period {begin} to {end}, bugs cost team {team.name} how many logged hours altogether?",
    "Leaving stories and tasks aside, how much time in hours have members of {team.name} recorded since {begin}, up "
    "to and including {end}?",
    "Sum of hours, issue kind bug, team {team.name}, days {begin} until {end}: what do you get?",
    "Management asks how expensive bugs were. Count the hours which {team.name} put down for them; start at {begin} "
    "and stop after {end}.",
    kind="aggregate", role="lead",
)  # fmt: skip
def hours_on_bugs(draw: TaskDraw) -> Task:
    begin, end = draw.choice(((date(2026, 2, 9), date(2026, 2, 20)), (date(2026, 2, 16), date(2026, 2, 27)),
                              (date(2026, 2, 9), date(2026, 2, 27)), (date(2026, 2, 11), date(2026, 2, 25)),
                              ))  # fmt: skip

    def hours(team: Team) -> Decimal:
        logs = rows(TimeLog, person__team=team, issue__kind="bug", day=at_least(begin))
        return sum((one.hours for one in logs if one.day <= end), Decimal(0))

    team = draw.choice([one for one in rows(Team) if hours(one)])

    def solve(do: Do) -> float | int:
        booked: list[float] = []
        for person in do.search_people(team_name=team.name):
            logs = do.time_sheet(person_id=person.id, first_day=begin, last_day=end)
            booked += [one.hours for one in logs if one.issue_kind == "bug"]
        return do.sum(booked)

    return draw.task(solve, answer=Answer.number(hours(team)), team=team, begin=begin, end=end)


@world.intent(
    "Get {release.name} out: mark what is in review as done, move its other open issues to {later.name}, and publish "
    "it.",
    "Please publish {release.name}. Everything of it that is being reviewed counts as done, and whatever else is "
    "open shifts to {later.name} beforehand.",
    "{release.name} ships today. Issues in review have passed, so set them to done; the ones not that far go into "
    "{later.name}. Then release it.",
    "Finish the release {release.name}: reviews are through, hence done, all remaining open issues are for "
    "{later.name}. After that it can be published.",
    "Can we release {release.name}? QA signed off what is in review - close those as done. To-do and in-progress "
    "issues slip to {later.name}. Publish as soon as nothing is open.",
    "Clear the way for {release.name}. Reassign its to-do and in-progress items to the release {later.name}, "
    "complete those under review, and hit publish.",
    "Time to cut {release.name}. Unstarted and half-finished work slides into {later.name}; reviewed work becomes "
    "done; the release itself goes live.",
    "I promised sales that {release.name} would be live. Do the paperwork: done for all its issues in review, "
    "{later.name} as new release for everything else that is open, publication at the end.",
    kind="write", role="lead",
)  # fmt: skip
def finish_release(draw: TaskDraw) -> Task:
    planned = rows(Release, status="planned")
    release = draw.choice([one for one in planned if count(Issue, release=one) and not held_up(one)])
    later = rows(Release, project=release.project, order="-due")[0]

    def solve(do: Do) -> None:
        plan = do.project_plan(project_name=release.name.rpartition(" ")[0])
        ours, after = named(plan.releases, release.name), named(plan.releases, later.name)
        for issue in do.every("search_issues", release_id=ours.id):
            if issue.status == "in_review":
                do.change_status(issue_id=issue.id, status="done")
            elif issue.status in OPEN:
                do.update_issue(issue_id=issue.id, release_id=after.id)
        do.publish_release(release_id=ours.id)

    return draw.task(solve, release=release, later=later)


def held_up(release: Release) -> list[Link]:
    """The links by which open issues block the release's issues in review."""
    return rows(Link, kind="blocks", other__release=release, other__status="in_review", issue__status=one_of(OPEN))


@world.impossible(finish_release)
def finish_release_with_a_blocked_issue(draw: TaskDraw) -> Task:
    release = draw.choice([one for one in rows(Release, status="planned") if held_up(one)])
    later = rows(Release, project=release.project, order="-due")[0]
    blocked = held_up(release)[0].other.key

    def solve(do: Do) -> None:
        plan = do.project_plan(project_name=release.name.rpartition(" ")[0])
        ours = named(plan.releases, release.name)
        for issue in do.every("search_issues", release_id=ours.id, status="in_review"):
            links = do.issue_details(issue_id=issue.id).links
            if issue.key == blocked and any(one.other_key == blocked and one.issue_status in OPEN for one in links):
                do.attempt("change_status", issue_id=issue.id, status="done")

    return draw.task(solve, impossible=True, release=release, later=later)


@world.intent(
    "Book the {room.name} for team {team.name}: a {minutes}-minute slot, the first free one from {day} on; enter "
    "'{purpose}' as its purpose. E-mail everyone on the team who is not away the room, date and time.",
    "Team {team.name} needs the {room.name} for a {minutes}-minute slot, the earliest open one on or after {day}; its "
    "purpose reads '{purpose}'. Write to each of its members at work with room, date and time.",
    "Please find {team.name} a slot in the {room.name}, as soon as possible but not before {day}. Take a "
    "{minutes}-minute slot and put '{purpose}' as purpose. Members who are not on leave each get a mail with room, "
    "date and time.",
    "'{purpose}' for {team.name} (enter just these words as the purpose): take the {room.name}, the soonest free one "
    "of its {minutes}-minute slots counting from {day}. Invite every present team member by e-mail, stating room, date "
    "and time.",
    "Could you reserve the {room.name}? Team {team.name}, purpose '{purpose}', a {minutes}-minute slot, any day from "
    "{day} but the nearest one free. Then mail its people, except those away, the date, the time and the room.",
    "{team.name} would like to meet in the {room.name}, with '{purpose}' given as the purpose. It has to be a "
    "{minutes}-minute slot, no earlier than {day}, otherwise the first free. Everybody in the team who is around "
    "should receive date, time and room by mail.",
    "Put {team.name} into the first free {minutes}-minute slot that the {room.name} has on {day} or later, purpose "
    "'{purpose}', and send an individual e-mail with date, time and the room's name to all who are not absent.",
    "I have to get team {team.name} together. From {day} onwards, the {room.name}, a {minutes}-minute slot, earliest "
    "free one. Book that under the purpose '{purpose}' and notify the members in the office one by one by mail: room, "
    "date, time.",
    kind="write", role="lead",
)  # fmt: skip
def reserve_for_team(draw: TaskDraw) -> Task:
    day = draw.choice((date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)))
    start = datetime.combine(day, datetime.min.time())

    def earliest(room: Any, minutes: int) -> Any:
        return first(rooms.Slot, order="starts", resource=room, minutes=minutes, taken=False, starts=at_least(start))

    choices = [(room, minutes, team) for room in rows(Room) for minutes in (30, 45) for team in rows(Team)
               if earliest(room, minutes) and not count(rooms.Booking, client=team, status="booked",
                                                        slot__starts=earliest(room, minutes).starts)]  # fmt: skip
    room, minutes, team = draw.choice(choices)
    purpose = draw.choice(("retrospective", "sprint review", "planning meeting", "bug triage"))

    def solve(do: Do) -> None:
        people = do.search_people(team_name=team.name)
        free = do.search_slots(room_name=room.name, minutes=minutes, taken=False, starts_from=day, sort="starts")
        held = do.reserve_room(team_id=people[0].team_id, slot_id=free[0].id, purpose=purpose)
        for person in people:
            if person.away_until is None:
                when = datetime.fromisoformat(held.slot_starts)
                body = do.compose("We meet in the {room}, {when}.", room=held.slot_room_name, when=when)
                do.send_message(recipient=person.email, subject=do.compose("Invitation"), body=body)

    return draw.task(solve, room=room, team=team, minutes=minutes, day=day, purpose=purpose)


@world.intent(
    "On {day} I logged my time on {wrong.key} by mistake; it was {right.key}. Correct that entry, move {right.key} "
    "to review and start {next.key}.",
    "My hours of {day} went to {wrong.key} but I was working on {right.key}. Please rebook them. {right.key} is "
    "ready for review, so I take up {next.key} now.",
    "I mixed up two issues in my time sheet for {day}: what stands at {wrong.key} belongs to {right.key}. Change "
    "that. As I am finished, set {right.key} to in review and {next.key} to in progress.",
    "Can you shift the time I put on {wrong.key} for {day} over to {right.key}, all of it? Then hand {right.key} to "
    "the reviewers and mark {next.key} as begun.",
    "{right.key} can go to review now and {next.key} to in progress, for that is what I do next. Also, the entry of "
    "{day} under {wrong.key} is wrong, as those hours were spent on {right.key}.",
    "Wrong issue in my log, sorry. Date {day}, recorded {wrong.key}, correct {right.key}, same hours. And "
    "{right.key} should go into review, {next.key} into progress.",
    "The work I did on {day} was for {right.key}, yet it is down as {wrong.key}. Fix the log so that it is only "
    "there once, put {right.key} up for review, and let everybody see that I am on {next.key} from today.",
    "Take my {day} hours away from {wrong.key} and count them towards {right.key}. While you are there, change the "
    "status of {right.key} to in review; after that {next.key} gets started.",
    kind="repair", role="developer",
)  # fmt: skip
def correct_my_hours(draw: TaskDraw) -> Task:
    recent = rows(TimeLog, day=at_least(draw.today - timedelta(days=TIME_DAYS)))
    choices = [
        (log, right, after) for log in recent for right in rows(Issue, assignee=log.person, status="in_progress")
        for after in rows(Issue, assignee=log.person, status="to_do", sprint__state="active")
        if right != log.issue and not count(TimeLog, issue=right, person=log.person, day=log.day)
    ]  # fmt: skip
    log, right, after = draw.choice(choices)
    wrong, day, person = log.issue, log.day, log.person

    def solve(do: Do) -> None:
        meant = do.search_issues(key=right.key)[0]
        logs = do.time_sheet(person_id=person.id, first_day=day, last_day=day)
        entry = next(one for one in logs if one.issue_key == wrong.key)
        do.log_time(issue_id=meant.id, person_id=person.id, day=day, hours=entry.hours, replaces_id=entry.id)
        do.change_status(issue_id=meant.id, status="in_review")
        do.change_status(issue_id=do.search_issues(key=after.key)[0].id, status="in_progress")

    return draw.task(solve, actor=person, wrong=wrong, right=right, next=after, day=day)


@world.intent(
    "Which open issues block open issues of {release.name}, as the links are recorded? I need their keys.",
    "List the keys of everything unfinished that holds up an unfinished issue in the release {release.name}. Take the "
    "links as they are recorded.",
    "What is {release.name} waiting for? Go through its open issues and, by the links as recorded, name the keys of "
    "those open ones that block them.",
    "Give me the blockers for {release.name}, as keys: issues still open that something open in that release depends "
    "on, trusting the recorded links.",
    "Before the go/no-go for {release.name} I want the keys of all open blockers of the issues in it that are not "
    "finished, exactly as the links are recorded now.",
    "Somebody has to chase what stands in the way of {release.name}. By key, which open issues have a blocks link to "
    "one of its open issues, whatever comments say about the link?",
    "Look at the links of each open issue planned for {release.name} as they are recorded and collect the keys at "
    "their blocking end, if still open.",
    "{release.name}: tell me, key by key, on which pieces of open work its own open work has to wait according to the "
    "recorded links.",
    kind="question", role="lead",
)  # fmt: skip
def blockers_of_release(draw: TaskDraw) -> Task:
    def blockers(release: Release) -> list[str]:
        links = rows(Link, kind="blocks", other__release=release, other__status=one_of(OPEN))
        return sorted({link.issue.key for link in links if link.issue.status in OPEN})

    release = draw.choice([one for one in rows(Release, status="planned") if blockers(one)])

    def solve(do: Do) -> list[str]:
        plan = do.project_plan(project_name=release.name.rpartition(" ")[0])
        keys = set()
        for issue in do.every("search_issues", release_id=named(plan.releases, release.name).id):
            if issue.status in OPEN:
                links = do.issue_details(issue_id=issue.id).links
                keys |= {one.issue_key for one in links
                         if one.kind == "blocks" and one.other_id == issue.id and one.issue_status in OPEN}  # fmt: skip
        return sorted(keys)

    return draw.task(solve, answer=Answer.items(blockers(release)), release=release)


@world.intent(
    "The team has settled {issue.key} in a thread in the chat. Set the points and the priority that hold in the end, assign "
    "the person who does it in the end, reply in that thread with the points and the assignee's full name, and e-mail the "
    "assignee the issue's key.",
    "Read what the chat says on {issue.key}, to the last message of the thread, since one thing was changed later. Estimate, "
    "priority and assignee go into the tracker accordingly. Answer in the thread, with points and the full name of the "
    "assignee, and write the assignee an e-mail with the key.",
    "Please bring {issue.key} up to date from its thread in the chat: points, priority, who does it, all three as agreed "
    "at last. Then confirm points and name (in full) with a reply in the thread. The one who does it gets a mail giving the "
    "key.",
    "For {issue.key} there are a number of points, a priority and somebody to do it, all decided in the chat; mind second "
    "thoughts. Enter them. The thread should get a reply that repeats the points and the assignee's full name, and the "
    "assignee an e-mail that names the key.",
    "Would you transfer the outcome of the chat thread about {issue.key} to the tracker? It is about estimate, priority "
    "and assignee. Let the thread know by a reply (points, full name) and the assignee by e-mail (key of the issue).",
    "What was agreed on {issue.key} is still only in the chat. Put the final points, the final priority and the final "
    "assignee on the issue; state points and assignee, with full name, in an answer in the thread; and mail the key to "
    "that assignee.",
    "In a chat thread people discussed how big and how urgent {issue.key} is and who takes it. The last word on each counts. "
    "Update and assign the issue, reply to the thread naming the points and the assignee in full, send the assignee a mail "
    "with the key in it.",
    "{issue.key} needs points, a priority and an assignee, which you find by reading its thread in the chat to the end. When "
    "they are in the tracker, post the points and the assignee's full name as a reply in the same thread. Besides, e-mail "
    "the key to the assignee.",
    kind="write", role="lead",
)  # fmt: skip
def enter_what_was_settled(draw: TaskDraw) -> Task:
    return entering(draw, dropped=False)


@world.impossible(enter_what_was_settled)
def enter_what_was_settled_on_a_dropped_issue(draw: TaskDraw) -> Task:
    return entering(draw, dropped=True)


def entering(draw: TaskDraw, dropped: bool) -> Task:
    """The task of entering what a thread says on an issue, which may have been dropped since."""
    issues = rows(Issue, points=None, status="dropped" if dropped else "to_do")
    issue = draw.choice([one for one in issues if count(talk.ChatMessage, text=containing(one.key))])

    def solve(do: Do) -> None:
        asked = do.search_chat_messages(text=issue.key)[0]
        said = list(do.read_chat_thread(message_id=asked.id).messages)
        found = do.search_issues(key=issue.key)[0]
        points = [int(number) for one in said for number in re.findall(r"(?<![-\w])\d+", one.text)][-1]
        priority = [words[0] for one in said if (words := re.findall(r"\b(low|high|urgent)\b", one.text))][-1]
        if dropped:
            do.attempt("update_issue", issue_id=found.id, points=points, priority=priority)
            return
        do.update_issue(issue_id=found.id, points=points, priority=priority)
        team = do.search_people(team_name=found.project_team_name)
        offers = next(one.author_name for one in said if re.search(r"I (can take|will do|can start on) it", one.text))
        person = next((one for one in team if one.name in said[-1].text), None) or named(team, offers)
        do.assign_issue(issue_id=found.id, assignee_id=person.id)
        text = do.compose("Entered: {points} points, {name} does it.", points=points, name=person.name)
        do.reply_in_thread(message_id=asked.id, text=text)
        body = do.compose("{key} is yours.", key=issue.key)
        do.send_message(recipient=person.email, subject=do.compose("An issue for you"), body=body)

    return draw.task(solve, impossible=dropped, issue=issue)


@world.intent(
    "{author.name} has passed on a bug in #{channel}, its title in quotation marks. If {project.name} has an open issue of "
    "exactly that title, answer {author.name} in the thread of that message with its key. If not, create a bug with that "
    "title, reported by {author.name}, and answer with the new key.",
    "See what {author.name} wrote in #{channel} about a bug, and look whether it is open in {project.name} under just the "
    "title quoted. Is it? Reply to the message, in its thread, with the key. Is it not? File it as a bug with the quoted "
    "title and {author.name} as reporter, and reply with the key that it gets.",
    "In #{channel}, {author.name} asks for a key. Either the quoted title is that of an open issue in {project.name}, then "
    "give its key in a threaded reply, or it has to be created first there: kind bug, same title, reporter {author.name}; "
    "then the reply gives the new one.",
    "Please take care of the bug that {author.name} mentioned in #{channel}. No duplicates: where an open issue in "
    "{project.name} has the very title in quotation marks, reply with that key, otherwise with the key of a new bug of this "
    "title which has {author.name} as reporter. Use the message's thread.",
    "{author.name} quotes a bug in #{channel}. Compare the quotation with the titles of {project.name}'s open issues. On a "
    "match, the thread gets a reply with the key found. Without one, open a bug, titled as quoted and reported by "
    "{author.name}, and put its key into the reply.",
    "Somebody ({author.name}, in #{channel}) wants a bug in the tracker, project {project.name}. It may be there, open and "
    "with the title that is quoted; else add it, kind bug, title as quoted, reporter {author.name}. Whichever it is, tell "
    "the key in the thread of the message.",
    "The bug from {author.name}'s message in #{channel}: does {project.name} have it as an open issue, by the quoted title? If "
    "it does, only answer in thread with the key. If it does not, it becomes a new bug there under the quoted title, in the "
    "name of {author.name}, and the answer has that key.",
    "Reply in thread to what {author.name} posted in #{channel} on a bug, stating the issue's key. That is the key of the "
    "open {project.name} issue titled like the quotation, or, if there is none, of a bug that you create with the quotation "
    "as its title and {author.name} as its reporter.",
    kind="conditional", role="lead",
)  # fmt: skip
def file_what_was_reported(draw: TaskDraw) -> Task:
    message = draw.choice([one for one in rows(talk.ChatMessage, thread=None) if "“" in one.text])
    channel, author = message.channel, message.author
    project = next(one for one in rows(Project) if channel_of(one) == channel)

    def solve(do: Do) -> None:
        found = do.search_chat_messages(channel_name=channel.name, author_name=author.name)
        asked = next(one for one in found if "“" in one.text)
        title = asked.text.partition("“")[2].partition("”")[0]
        alike = do.search_issues(title=title, project_name=project.name)
        key = next((one.key for one in alike if one.title == title and one.status in OPEN), None)
        if key is None:
            home = do.project_plan(project_name=project.name).project
            key = do.create_issue(project_id=home.id, kind="bug", title=title, reporter_id=asked.author_id).key
        do.reply_in_thread(message_id=asked.id, text=do.compose("The key is {key}.", key=key))

    return draw.task(solve, author=author, channel=channel.name, project=project)


@world.intent(
    "{person.name} doubts, in a direct message, the day that our chat post gives for {release.name}. Go by the tracker: edit "
    "the post so that it has the right due date, answer the direct message with that date and with the number of "
    "open issues in the release.",
    "Our post in the chat on when {release.name} is due is wrong, as {person.name} suspects in a direct message. Change it "
    "to the date in the tracker. Reply to {person.name} there with the date and with how many issues of the release are "
    "still open.",
    "We told everybody in the chat a due date for {release.name} that is not the one in the tracker. Mend the post by editing "
    "it. {person.name}, who asked us directly, gets a reply with the correct date and the count of the release's open issues.",
    "Please correct what we posted about {release.name}: the date there has to be the tracker's due date. And reply to "
    "{person.name}'s direct question about it; the reply states that date and the number of issues in it that are open.",
    "Compare our chat post on {release.name} with the tracker and rewrite its date accordingly. After this, {person.name} is "
    "to read in an answer to the direct message when the release is due and how many open issues it has.",
    "{person.name} asked directly whether the day we posted for {release.name} is right. It is not. Put the tracker's due date "
    "into the post, no new post, and into a reply to {person.name}, which also says how many open issues are left in it.",
    "Edit our post in the chat: {release.name} is due when the tracker says. Send {person.name} the same date by replying to "
    "the direct message on this release, and add the figure of how many of its issues are open.",
    "The day in our post about the due date of {release.name} does not agree with the tracker. The post has to be edited, and "
    "{person.name}'s direct message to be answered, with the true date in both. The answer needs one thing more, the number "
    "of issues open in the release.",
    kind="repair", role="lead",
)  # fmt: skip
def correct_our_post(draw: TaskDraw) -> Task:
    asked = draw.choice(rows(talk.ChatMessage, text=containing("had another day in mind")))
    release = next(one for one in rows(Release) if f"Is {one.name} really" in asked.text)

    def solve(do: Do) -> None:
        said = do.search_chat_messages(text=release.name)
        post, question = (next(one for one in said if bool(one.ours) == ours) for ours in (True, False))
        plan = do.project_plan(project_name=release.name.rpartition(" ")[0])
        right = named(plan.releases, release.name)
        left = [one for one in do.every("search_issues", release_id=right.id) if one.status in OPEN]
        text = do.compose("{release} is due on {day}.", release=right.name, day=right.due)
        do.edit_chat_message(message_id=post.id, text=text)
        answer = do.compose(
            "It is due on {day}. {number} of its issues are open.", day=right.due, number=do.count(left)
        )
        do.reply_in_thread(message_id=question.id, text=answer)

    return draw.task(solve, person=asked.author, release=release)
