"""Notes in Markdown: sections, tables and checklists, tags, and links between notes.

The host gives the people who write notes (Person). Its own tools start notes with `write_down(title, text, …)`, find them with
`titled(title)` and add to them with `append(note, section, text)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    Do,
    Document,
    Draw,
    Module,
    Paragraph,
    PersonName,
    Range,
    Row,
    Task,
    TaskDraw,
    Text,
    Title,
    Word,
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
)
from agentworlds import (
    Email as Address,
)
from agentworlds.engines.notes import Grid, Item, NotesEngine, Section
from agentworlds.types import say_date

notes = Module("notes", title="Notes", wraps="markdown-it-py")
STAFF = notes.setting("staff", ())
PAGES: tuple[tuple[str, str, str], ...] = notes.setting("pages", ())
"""Further notes of the host's own: title, notebook and text."""
LONGEST = 20_000
PART = 8_000
MOST_TAGS = 4
engine = notes.engine(NotesEngine, "markdown_it")


@notes.placeholder
class Person(Row):
    name: PersonName
    email: Address = field(unique=True)


@notes.table
class Note(Row):
    title: Title
    notebook: Word
    author: Person | None = None
    changed: datetime = field(default=now)
    archived: bool = False
    body: Document = field(default="", hidden=True)


@notes.table(unique=[("note", "tag")])
class NoteTag(Row):
    note: Note
    tag: Word


notes.reads(
    Note, by=("title", "notebook", "author", "author.name", "changed", "archived"), sort=("title", "changed", "notebook"),
    roles=STAFF, about="Find notes by title, notebook, author or day of change. All filters must hold. find_in_notes searches their "
    "text, their tags and their links.",
)  # fmt: skip


@dataclass
class NoteSection:
    title: Text
    level: int
    lines: int


@dataclass
class NoteOutline:
    note: Note
    tags: list[Word]
    sections: list[NoteSection]
    open_items: list[Paragraph]
    done_items: int
    tables: list[Paragraph]
    links_to: list[Title]
    linked_from: list[Note]


@dataclass
class NoteText:
    title: Title
    section: Paragraph
    part: int
    parts: int
    text: Document


@dataclass
class FoundNotes:
    notes: list[Note]
    lines: list[Paragraph]
    total: int
    more: bool


# Rules -------------------------------------------------------------------------------------------------------


@notes.rule(Note, "conflict", "There is already a note called {row.title}.", hint="choose another title")
def titles_are_unique(note: Note) -> bool:
    return sum(one.title.casefold() == note.title.casefold() for one in rows(Note, title=containing(note.title))) == 1


@notes.rule(
    Note, "conflict", "{row.title} has checklist items that are open, so it cannot be archived.", hint="tick_item"
)
def archived_notes_are_done(note: Note) -> bool:
    return not note.archived or all(item.done for item in engine.items(note.body))


@notes.rule(NoteTag, "limit", f"{{row.note.title}} may have {MOST_TAGS} tags at most.", hint="remove_tag takes one off")
def tags_are_few(tag: NoteTag) -> bool:
    return count(NoteTag, note=tag.note) <= MOST_TAGS


# What a note is made of --------------------------------------------------------------------------------------


def titled(title: str) -> Note | None:
    """The note of a title, letters of either case; None when there is none. For the host's tools."""
    found = first(Note, title=title)
    if found is None:
        wanted = title.strip().casefold()
        found = next(
            (one for one in rows(Note, title=containing(title.strip())) if one.title.casefold() == wanted), None
        )
    return found


def write_down(
    title: str, text: str, notebook: str = "Notes", author: Person | None = None, tags: tuple[str, ...] = ()
) -> Note:
    """Start a note. For the host's tools."""
    note = insert(Note(title=clean_title(title), notebook=notebook, author=author, body=clean(text)))
    for tag in dict.fromkeys(tag.strip().casefold() for tag in tags):
        insert(NoteTag(note=note, tag=tag))
    return note


def append(note: Note, section: str, text: str) -> None:
    """Add a paragraph to a section's own text. For the host's tools."""
    found = find_section(note, section)
    splice(note, found.end, found.end, ["", *clean(text).split("\n")])


def clean(text: str) -> str:
    """Text whose lines end in line feeds, without blank lines at its end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()


def clean_title(title: str) -> str:
    """A title without the blanks around it; refuses one that no link could name."""
    if any(sign in title for sign in "[]|#\\\n\r"):
        refuse("invalid", "A title may not have [ ] | # or \\ in it, as links could not name it.", field="title")
    return title.strip()


def check_live(note: Note) -> None:
    """Refuse to change the text of an archived note."""
    if note.archived:
        refuse(
            "forbidden", f"{note.title} is archived, so its text stays as it is.", hint="organise_note(archived=false)"
        )


def check_links(text: str) -> None:
    """Refuse text that links to a note that there is not."""
    for link in engine.links(text):
        if titled(link.title) is None:
            refuse(
                "not_found",
                f"There is no note {link.title} to link to.",
                hint="search_notes finds titles",
                field="text",
            )


def find_section(note: Note, wanted: str) -> Section:
    """A section by its heading, or by ``Parent > Heading``; refuses when there is none, or more than one."""
    *parents, heading = [part.strip().casefold() for part in wanted.split(" > ")]
    sections = engine.sections(note.body)
    found = [one for one in sections if one.title.casefold() == heading]
    for parent in parents:
        above = [one for one in sections if one.title.casefold() == parent]
        found = [one for one in found if any(up.start < one.start < up.last for up in above)]
    if len(found) != 1:
        many = f"{len(found)} sections" if found else "no section"
        hint = "write it as Parent > Heading" if found else "note_outline lists its sections"
        refuse("conflict" if found else "not_found", f"{note.title} has {many} {wanted}.", hint=hint, field="section")
    return found[0]


def find_item(note: Note, wanted: str) -> Item:
    """An item of a note's checklists; refuses when there is none, or more than one."""
    found = [one for one in engine.items(note.body) if one.text.casefold() == " ".join(wanted.split()).casefold()]
    if len(found) != 1:
        many = f"{len(found)} items" if found else "no checklist item"
        hint = "reword one of them with write_section" if found else "note_outline lists the open ones"
        refuse(
            "conflict" if found else "not_found", f"{note.title} has {many} “{wanted[:80]}”.", hint=hint, field="item"
        )
    return found[0]


def find_table(note: Note, section: Section | None) -> Grid:
    """The table of a section's own text, or of the whole note; refuses when there is none, or more than one."""
    found = [one for one in engine.tables(note.body) if section is None or section.start < one.line < section.end]
    if len(found) != 1:
        where = note.title if section is None else f"Under {section.title}"
        many = f"{len(found)} tables" if found else "no table"
        message = f"{where} {'there is' if section else 'has'} {many}."
        refuse("conflict" if found else "not_found", message, hint="note_outline lists the tables", field="section")
    return found[0]


def home_of(note: Note, line: int) -> Section | None:
    """The section that a line stands in."""
    return next((one for one in reversed(engine.sections(note.body)) if one.start < line), None)


def splice(note: Note, start: int, end: int, written: list[str]) -> None:
    """Put lines in the place of others, with one blank line before whatever heading follows."""
    lines = note.body.split("\n")
    before, after = "\n".join(lines[:start]).rstrip(), "\n".join(lines[end:]).lstrip("\n")
    text = "\n".join([*([before] if before else []), *written]).strip("\n")
    save(note, f"{text}\n\n{after}" if after else text)


def save(note: Note, text: str) -> None:
    """Give a note another text."""
    if len(text) > LONGEST:
        refuse("limit", f"{note.title} would be longer than {LONGEST:,} characters.", hint="begin another note")
    note.body, note.changed = text, now()


def section_text(note: Note, section: Section | None, part: int = 1) -> NoteText:
    """A section as it is now, with the sections below it; the whole note for none."""
    return cut(note, section.title if section else "", text_of(note, section), part)


def text_of(note: Note, section: Section | None) -> str:
    """The text of a section and those below it; the whole note's for none."""
    lines = note.body.split("\n")
    return "\n".join(lines[section.start : section.last] if section else lines).rstrip()


def cut(note: Note, section: str, text: str, part: int) -> NoteText:
    """A part of a text; refuses one after the last."""
    parts = max(-(-len(text) // PART), 1)
    if part > parts:
        refuse("invalid", f"There {'is 1 part' if parts == 1 else f'are {parts} parts'} only.", field="part")
    return NoteText(note.title, section, part, parts, text[(part - 1) * PART : part * PART])


# Reading -----------------------------------------------------------------------------------------------------


def linking_to(note: Note) -> list[Note]:
    """The notes that link to a note."""
    wanted = note.title.casefold()
    named = note.title if note.title.isascii() else "[["  # SQLite folds the letters of ASCII only
    return [one for one in rows(Note, body=containing(named), order="title")
            if any(link.title.casefold() == wanted for link in engine.links(one.body))]  # fmt: skip


@notes.query(roles=STAFF)
def note_outline(note: Note) -> NoteOutline:
    """What a note consists of: its tags, sections, open checklist items, tables, and the links from and to it.

    A section's 'lines' count its own text. A table is given by its section and columns. 'links_to' are the titles of the notes it
    links to, 'linked_from' the notes that link to it.
    """
    sections = engine.sections(note.body)
    lines = note.body.split("\n")
    items = engine.items(note.body)
    tables = []
    for grid in engine.tables(note.body):
        home = home_of(note, grid.line)
        tables.append(f"{home.title if home else '(no heading)'}: {' | '.join(grid.columns)}"[:2000])
    return NoteOutline(
        note, [one.tag for one in rows(NoteTag, note=note, order="tag")],
        [NoteSection(one.title or "(no heading)", one.level, sum(bool(line.strip()) for line in lines[one.body : one.end]))
         for one in sections],
        [item.text[:2000] for item in items if not item.done], sum(item.done for item in items), tables,
        list(dict.fromkeys(link.title[:120] for link in engine.links(note.body))), linking_to(note),
    )  # fmt: skip


@notes.query(roles=STAFF)
def read_note(
    note: Note,
    section: Text | None = None,
    form: Literal["markdown", "html"] = "markdown",
    part: Annotated[int, Range(1, 99)] = 1,
) -> NoteText:
    """Read a note, or one section with those below it.

    Links to other notes are written [[Title]], open checklist items - [ ] and done ones - [x].

    Args:
        section: its heading; written Parent > Heading where a heading occurs twice
        form: Markdown as it was written, or HTML as it looks
        part: which part of a long text; 'parts' says how many there are
    """
    found = find_section(note, section) if section is not None else None
    text = text_of(note, found)
    return cut(note, found.title if found else "", engine.html(text) if form == "html" else text, part)


@notes.query(roles=STAFF)
def find_in_notes(
    words: Title | None = None, tag: Word | None = None, links_to: Note | None = None, archived: bool = False,
    limit: Annotated[int, Range(1, 50)] = 20, offset: Annotated[int, Range(0, 10_000)] = 0,
) -> FoundNotes:  # fmt: skip
    """Find notes by their text, a tag, or the note that they link to. All that is given must hold.

    'lines' gives for each note on the page the first lines that contain the words, as title:number: line. Notes are listed by title.

    Args:
        words: a line of the text contains this, in either case
        tag: notes with this tag
        links_to: notes that link to this one
        archived: archived notes instead of the others
        limit: notes per page
        offset: notes to skip, as many as were shown so far
    """
    filters: dict[str, Any] = {"body": containing(words)} if words and words.isascii() else {}  # others fold in Python
    if tag is not None:
        filters["id"] = one_of([one.note.id for one in rows(NoteTag, tag=tag.strip().casefold())])
    found = rows(Note, archived=archived, order="title", **filters)
    if links_to is not None:
        linking = {one.id for one in linking_to(links_to)}
        found = [note for note in found if note.id in linking]
    lines = {note: matches(note, words) for note in found}
    shown = [note for note in found if words is None or lines[note]]
    page = shown[offset : offset + limit]
    return FoundNotes(page, [line for note in page for line in lines[note]], len(shown), len(shown) > offset + limit)


def matches(note: Note, words: str | None) -> list[str]:
    """The first three lines of a note that contain some words."""
    wanted = (words or "").casefold()
    lines = enumerate(note.body.split("\n") if wanted else [], 1)
    return [f"{note.title}:{number}: {line.strip()[:200]}" for number, line in lines if wanted in line.casefold()][:3]


# Writing -----------------------------------------------------------------------------------------------------


@notes.tool(roles=STAFF)
def create_note(title: Title, text: Document, notebook: Word = "Notes", tags: list[Word] | None = None) -> Note:
    """Start a note.

    Args:
        title: what it is called; no other note has the same title
        text: Markdown; [[Title]] links to another note, '- [ ] ' begins a checklist item
        notebook: the notebook it goes into
        tags: its tags; they are kept in small letters
    """
    check_links(text)
    return write_down(title, text, notebook, tags=tuple(tags or ()))


@notes.tool(roles=STAFF)
def write_section(
    note: Note, section: Text, text: Document, mode: Literal["append", "replace", "new"] = "append"
) -> NoteText:
    """Write into a section of a note. The result is the section as it is then.

    Args:
        section: its heading; written Parent > Heading where a heading occurs twice
        text: Markdown without headings
        mode: append a paragraph to the section's own text, before the sections below it; replace that text; or put a new section
            of that heading at the end of the note
    """
    check_live(note)
    text = clean(text)
    if engine.sections(text):
        refuse(
            "invalid",
            "The text has headings of its own.",
            hint="mode='new' makes one section after the other",
            field="text",
        )
    check_links(text)
    headings, written = [one.title for one in engine.sections(note.body)], ["", *text.split("\n")]
    if mode == "new":
        heading = " ".join(section.split())
        if heading.casefold() in (one.casefold() for one in headings):
            refuse("conflict", f"{note.title} has a section {heading} already.", hint="append to it", field="section")
        end, headings = note.body.count("\n") + 1, [*headings, heading]
        splice(note, end, end, [*([""] if note.body else []), f"## {heading}", *written])
    else:
        home = find_section(note, section)
        splice(note, home.end if mode == "append" else home.body, home.end, written)
    sections = engine.sections(note.body)
    if [one.title for one in sections] != headings:
        refuse(
            "invalid",
            "That would change other headings.",
            hint="close every code block that the text opens",
            field="text",
        )
    return section_text(note, sections[-1] if mode == "new" else find_section(note, section))


@notes.tool(roles=STAFF)
def write_table_row(note: Note, cells: list[Title], row: Title | None = None, section: Text | None = None) -> NoteText:
    """Add a row to a table in a note, or change one. The result is the table's section as it is then.

    Args:
        cells: what the row's cells shall read, one for each column; days as 2026-03-02
        row: the first cell of the row to change, as it is now; a new last row by default
        section: the heading that the table stands under; may be left out where the note has one table only
    """
    check_live(note)
    grid = find_table(note, find_section(note, section) if section is not None else None)
    if len(cells) != len(grid.columns):
        message = (
            f"The table has {len(grid.columns)} columns: {', '.join(grid.columns)}; {len(cells)} cells were given."
        )
        refuse("invalid", message[:300], field="cells")
    check_links(" ".join(cells))
    names = [cells_of_row[0].casefold() for cells_of_row in grid.rows]
    place = len(names)
    if row is not None:
        if names.count(row.strip().casefold()) != 1:
            refuse("not_found", f"The table has no single row {row}.", hint="read_note shows the table", field="row")
        place = names.index(row.strip().casefold())
    if cells[0].strip().casefold() in [name for number, name in enumerate(names) if number != place]:
        refuse("conflict", f"The table has a row {cells[0].strip()} already.", hint="row='…' changes it", field="cells")
    line = "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
    lines = note.body.split("\n")
    lines[grid.line + place : grid.line + place + (row is not None)] = [line]
    save(note, "\n".join(lines))
    return section_text(note, home_of(note, grid.line))


@notes.tool(roles=STAFF)
def add_checklist_item(note: Note, item: Text, section: Text | None = None) -> NoteText:
    """Add an open item to the end of a checklist. The result is the checklist's section as it is then.

    Args:
        item: what is to be done, on one line
        section: the heading that the checklist stands under, where one is begun if there is none; may be left out where the note has
            its checklist items under one heading only
    """
    check_live(note)
    text = " ".join(item.split())
    found = find_section(note, section) if section is not None else None
    items = [one for one in engine.items(note.body) if found is None or found.start < one.line < found.end]
    if found is None and len({home_of(note, one.line) for one in items}) != 1:
        many = "several checklists" if items else "no checklist"
        refuse(
            "conflict" if items else "not_found", f"{note.title} has {many}.", hint="say which section", field="section"
        )
    if any(one.text.casefold() == text.casefold() for one in items):
        refuse("conflict", f"“{text}” is on that checklist already.", hint="tick_item ticks it", field="item")
    check_links(text)
    if items:
        lines = note.body.split("\n")
        lines.insert(items[-1].end, f"- [ ] {text}")
        save(note, "\n".join(lines))
        return section_text(note, home_of(note, items[-1].line))
    assert found is not None
    splice(note, found.end, found.end, ["", f"- [ ] {text}"])
    return section_text(note, home_of(note, found.body))


@notes.tool(roles=STAFF)
def tick_item(note: Note, item: Text, done: bool = True) -> NoteOutline:
    """Tick an item of a note's checklists, or open it again.

    Args:
        item: the item's whole text
        done: false opens a ticked item again
    """
    check_live(note)
    found = find_item(note, item)
    if found.done == done:
        refuse("conflict", f"That item is {'ticked' if done else 'open'} already.", field="item")
    lines = note.body.split("\n")
    line = lines[found.line]
    at = line.index("[") + 1
    lines[found.line] = f"{line[:at]}{'x' if done else ' '}{line[at + 1 :]}"
    save(note, "\n".join(lines))
    return note_outline(note)


@notes.tool(roles=STAFF)
def rename_note(note: Note, title: Title) -> list[Note]:
    """Give a note another title. Links to it in other notes follow; the result is the note and those that were changed with it.

    Args:
        title: the new title
    """
    title = clean_title(title)
    if title == note.title:
        refuse("conflict", "That is its title.", field="title")
    linking = linking_to(note)
    for one in linking:
        save(one, engine.relink(one.body, note.title, title))
    note.title, note.changed = title, now()
    return list(dict.fromkeys([note, *linking]))


@notes.tool(roles=STAFF, idempotent=True)
def organise_note(
    note: Note, notebook: Word | None = None, add_tag: Word | None = None, remove_tag: Word | None = None,
    archived: bool | None = None,
) -> Note:  # fmt: skip
    """Put a note into another notebook, tag it, or archive it. An archived note keeps its text as it is.

    Args:
        notebook: the notebook it goes into
        add_tag: a tag that it gets; tags are kept in small letters
        remove_tag: a tag that is taken off
        archived: whether it is archived; one with open checklist items cannot be
    """
    if notebook is None and add_tag is None and remove_tag is None and archived is None:
        refuse("invalid", "Nothing is to be changed.", hint="give notebook, add_tag, remove_tag or archived")
    if remove_tag is not None:
        tag = first(NoteTag, note=note, tag=remove_tag.strip().casefold())
        if tag is None:
            refuse(
                "not_found",
                f"{note.title} has no tag {remove_tag}.",
                hint="note_outline lists its tags",
                field="remove_tag",
            )
        delete(tag)
    if add_tag is not None and first(NoteTag, note=note, tag=add_tag.strip().casefold()) is None:
        insert(NoteTag(note=note, tag=add_tag.strip().casefold()))
    note.notebook = note.notebook if notebook is None else notebook.strip()
    note.archived = note.archived if archived is None else archived
    return note


# In a sentence -----------------------------------------------------------------------------------------------


def counted(number: int, noun: str) -> str:
    """A number of things: ``1 note``, ``no notes``."""
    return f"{number or 'no'} {noun}{'s' * (number != 1)}"


@notes.says("search_notes")
def say_search(data: dict[str, Any]) -> str:
    found = data["results"]
    if not found:
        return "No note is like that."
    latest = max(found, key=lambda one: one["changed"])
    books = list(dict.fromkeys(one["notebook"] for one in found))
    if len(found) == 1:
        return f"1 note{', and there are more' * data['more']}: {latest['title']}, in {latest['notebook']}."
    where = f"in {books[0]}" if len(books) == 1 else f"in {len(books)} notebooks"
    more = ", and there are more" * data["more"]
    return f"{len(found)} notes {where}{more}; {latest['title']} was the last to change."


@notes.says("note_outline")
def say_outline(data: dict[str, Any]) -> str:
    note = data["note"]
    tags = f", tagged {', '.join(data['tags'])}" if data["tags"] else ""
    items, done = len(data["open_items"]), data["done_items"]
    boxes = f", {items} of {counted(items + done, 'checklist item')} open" if items or done else ""
    linked = f", linked from {counted(len(data['linked_from']), 'note')}" if data["linked_from"] else ""
    state = " (archived)" if note["archived"] else ""
    return f"{note['title']}{state} in {note['notebook']}{tags}: {counted(len(data['sections']), 'section')}{boxes}{linked}."


@notes.says("read_note")
def say_text(data: dict[str, Any]) -> str:
    what = f"{data['title']}, {data['section']}" if data["section"] else data["title"]
    part = f", part {data['part']} of {data['parts']}" if data["parts"] > 1 else ""
    return f"{what}{part}:" if data["text"] else f"{what} is empty."


@notes.says("find_in_notes")
def say_found(data: dict[str, Any]) -> str:
    if not data["total"]:
        return "No note was found."
    titles = [note["title"] for note in data["notes"]]
    if not titles:
        return f"{counted(data['total'], 'note')} found, but none on this page."
    return (
        f"{counted(data['total'], 'note')} found{', the first ones here' * data['more']}, beginning with {titles[0]}."
    )


# Data --------------------------------------------------------------------------------------------------------

PROJECTS = (
    ("Office move", "offices", "Be in the new rooms before the lease ends.",
     ("Sign the lease", "Order the desks", "Moving day", "Hand over the old keys"),
     ("Measure the rooms", "Ask three removal firms", "Tell the post office", "Order new signs")),
    ("Website relaunch", "website", "A site that works on telephones and that we can change ourselves.",
     ("Choose the agency", "Texts are written", "Test with customers", "Go live"),
     ("Collect old texts", "Buy pictures", "Check the links", "Write the privacy page")),
    ("Summer party", "people", "One evening outside for everybody and their families.",
     ("Book the garden", "Send invitations", "Count the guests", "The party"),
     ("Ask for offers", "Borrow benches", "Find a band", "Plan for rain")),
    ("New till", "shop", "Replace the till before its support runs out.",
     ("Compare offers", "Order the till", "Train the staff", "First day of use"),
     ("List what we need", "Visit the trade fair", "Export the old data", "Print a crib sheet")),
    ("First-aid course", "people", "Two first-aiders on every floor.",
     ("Find a trainer", "Fix the day", "Hold the course", "Hang up the lists"),
     ("Count the first-aiders", "Check the boxes", "Book a room", "Order plasters")),
)  # fmt: skip
"""Projects: title, tag, aim, milestones, and what is on the checklist."""
DECISIONS = ("the budget goes up by a tenth", "we take the cheaper offer", "the next step waits for a second opinion",
             "two more people join in", "it goes ahead as planned", "the plan is shown to everybody first")  # fmt: skip
ERRANDS = (
    "ring the landlord", "order the chairs", "write to the insurer", "book the large room", "update the price list", "collect the keys",
    "send round the photos", "ask for a second offer", "pay the deposit", "check the fire doors", "buy a new kettle", "print the badges",
    "clear the store room", "thank the speakers", "renew the parking permits", "return the samples", "test the alarm", "water the plants",
)  # fmt: skip
SUPPLIERS = ("Brightwater Plumbing", "Brightwater Printing", "Harbour Cleaning", "Harbour Catering", "Oakfield Office", "Northgate Lifts",
             "Penrose Locks", "Tindall Windows", "Marsh Lane Taxis")  # fmt: skip
GUIDES = (
    ("Printer", "It jams on thick paper.\n\n## When it jams\n\nOpen the flap at the back, pull the sheet out slowly, close the flap.\n\n"
     "## Paper\n\nOrdered from the firm in [[Suppliers]], always five boxes."),
    ("Alarm", "The panel is beside the back door.\n\n## Arming\n\nClose all windows, then hold the blue key for three seconds.\n\n"
     "## False alarm\n\nCall the number on the panel and say the word of the week."),
    ("Kitchen", "Whoever empties the machine fills it again.\n\n## Fridge\n\nCleared on Fridays.\n\n## Coffee\n\nBeans are in the tall cupboard; "
     "who delivers them stands in [[Suppliers]]."),
    ("Opening hours", "## Office\n\n| Day | From | To |\n| --- | --- | --- |\n| Monday | 09:00 | 17:00 |\n| Tuesday | 09:00 | 17:00 |\n| Thursday | 10:00 | 19:00 |"
     "\n\n## Telephone\n\nFrom eight to six, but for holidays."),
)  # fmt: skip


SHOPPING = """Friday's delivery brings what is open here.

## Kitchen

- [x] milk
- [ ] coffee
- [ ] washing-up liquid

## Office

- [ ] paper
- [x] pencils
- [ ] batteries for the clock"""


def grid_text(columns: tuple[str, ...], lines: Sequence[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, ("---",) * len(columns), *lines))


def put(
    draw: Draw, title: str, text: str, notebook: str, days: int, tags: tuple[str, ...] = (), archived: bool = False
) -> None:
    """A note that changed so many days ago, unless the host has one of that title."""
    if titled(title) is None:
        people = rows(Person, limit=8)
        author = draw.choice(people) if people and draw.chance(80) else None
        note = insert(
            Note(
                title=title,
                notebook=notebook,
                author=author,
                changed=draw.moment(-days, -days),
                archived=archived,
                body=text,
            )
        )
        for tag in tags:
            insert(NoteTag(note=note, tag=tag))


@notes.data
def pages(draw: Draw) -> None:
    """Projects with milestones, meetings with decisions and errands, suppliers, and how things are done."""
    year = draw.today.year
    put(draw, "Suppliers", suppliers(draw, draw.sample(SUPPLIERS, 6), year), "Office", 12, ("office", "suppliers"))
    put(
        draw,
        f"Suppliers {year - 1}",
        suppliers(draw, list(SUPPLIERS[:5]), year - 1),
        "Office",
        380,
        ("office",),
        archived=True,
    )
    for title, text in GUIDES:
        put(draw, title, text, "Guides", draw.integer(30, 300), ("howto", "office"))
    put(draw, "Shopping", SHOPPING, "Office", 4, ("kitchen", "list", "office", "weekly"))
    for title, notebook, text in PAGES:
        if titled(title) is None:
            put(draw, title, text, notebook, draw.integer(2, 40))
    for title, tag, aim, milestones, steps in PROJECTS:
        put(draw, title, project(draw, aim, milestones, steps), "Projects", draw.integer(3, 20), ("project", tag))
    old = f"## Goal\n\n{PROJECTS[0][2]}\n\n## Milestones\n\n{grid_text(('Milestone', 'Due', 'Who'), [('Moving day', f'{year - 3}-05-04', 'the firm')])}"
    put(draw, f"Office move {year - 3}", old, "Projects", 900, ("project",), archived=True)
    put(draw, "Project overview", overview(draw), "Projects", 6, ("project",))
    errands = draw.shuffled(ERRANDS)
    names = [person.name for person in rows(Person, limit=8)] or ["The office"]
    for number in draw.many(6):
        kind = ("Team meeting", "Board meeting")[number % 2]
        day = draw.today - timedelta(days=draw.today.weekday() + 7 * (1 + number // 2))
        topic = PROJECTS[number % len(PROJECTS)][0]
        busy = draw.sample(names, min(2, len(names)))
        lines = []
        for place in range(5):
            errand = errands[(5 * number + place) % len(errands)]
            lines.append(f"- [{'x' if place and draw.chance(35) else ' '}] {busy[place % len(busy)]}: {errand}")
        text = (
            f"Present: {', '.join(busy)} and others\n\n## Decisions\n\n[[{topic}]]: {draw.choice(DECISIONS)}.\n\n## Actions\n\n"
            + "\n".join(lines)
        )
        put(
            draw,
            f"{kind} {say_date(day)}",
            text,
            "Meetings",
            (draw.today - day).days,
            ("meeting", kind.partition(" ")[0].casefold()),
        )


def suppliers(draw: Draw, names: list[str], year: int) -> str:
    """A list of firms, with a number and the end of the contract for each."""
    lines = [
        (name, draw.text("phone"), f"{date(year, 6, 30) + timedelta(days=92 * draw.integer(0, 5))}")
        for name in sorted(names)
    ]
    return f"Whom we have contracts with.\n\n## Contracts\n\n{grid_text(('Supplier', 'Phone', 'Until'), lines)}\n\n## Rules\n\nThree offers above 500."


def overview(draw: Draw) -> str:
    """What the projects may cost, and which of them have been presented."""
    costs = grid_text(
        ("Project", "Budget", "State"),
        [(title, f"{draw.integer(8, 60) * 100}", draw.choice(("running", "waiting"))) for title, *_ in PROJECTS],
    )
    boxes = "\n".join(f"- [{'x' if place < 2 else ' '}] {title}" for place, (title, *_) in enumerate(PROJECTS))
    return f"The dates stand in each project's own note; the oldest is [[{PROJECTS[0][0]}]].\n\n## Costs\n\n{costs}\n\n## Presented to the board\n\n{boxes}"


def project(draw: Draw, aim: str, milestones: tuple[str, ...], steps: tuple[str, ...]) -> str:
    """A project's note: its goal, a table of milestones, a checklist, and a log."""
    day, lines = draw.day(-20, 10), []
    for milestone in milestones:
        people = rows(Person, limit=8)
        lines.append((milestone, day.isoformat(), draw.choice(people).name if people else "the office"))
        day += timedelta(days=draw.integer(6, 30))
    boxes = "\n".join(f"- [{'x' if place < 2 and draw.chance(50) else ' '}] {step}" for place, step in enumerate(steps))
    return f"## Goal\n\n{aim}\n\n## Milestones\n\n{grid_text(('Milestone', 'Due', 'Who'), lines)}\n\n## Checklist\n\n{boxes}\n\n## Log\n\nStarted."


# Tasks -------------------------------------------------------------------------------------------------------


def find_note(do: Do, title: str) -> Any:
    """The note of a title, among those that contain it."""
    return next(one for one in do.search_notes(title=title) if one.title == title)


def grid_of(note: Note, section: str) -> dict[str, tuple[str, ...]]:
    """The rows of the table under a heading, by their first cell."""
    found = next((one for one in engine.sections(note.body) if one.title == section), None)
    grids = [grid for grid in engine.tables(note.body) if found and found.start < grid.line < found.end]
    return {cells[0]: cells for cells in grids[0].rows} if grids else {}


def read_row(text: str, name: str) -> list[str]:
    """The cells of a table's row, read from the text of a note."""
    line = next(line for line in text.split("\n") if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def projects() -> list[Note]:
    """The notes of projects that have milestones."""
    return [note for note in rows(Note, archived=False) if grid_of(note, "Milestones")]


def decided(note: Note) -> Note | None:
    """The one project that a meeting decided on."""
    found = [titled(link.title) for link in engine.links(note.body)]
    return found[0] if len(found) == 1 and found[0] is not None and grid_of(found[0], "Milestones") else None


def meetings() -> list[Note]:
    """The notes of meetings that have errands."""
    return [note for note in rows(Note, notebook="Meetings", archived=False)
            if any(one.title == "Actions" for one in engine.sections(note.body))]  # fmt: skip


@notes.intent(
    "The note {meeting.title} has a decision on one project. On which day is “{milestone}” due in that project?",
    "When is “{milestone}” due? I mean in the project that was decided on according to {meeting.title}.",
    "Look at the decisions in {meeting.title}, follow them to the project, and tell me the due day of its milestone “{milestone}”.",
    "{meeting.title} names a project under Decisions. Its milestones are in a table; what is the date for “{milestone}”?",
    "I missed it: the project that came up among the decisions of {meeting.title}, by when does it want “{milestone}”?",
    "Which date do we have for “{milestone}” in the project linked from the decisions of {meeting.title}?",
    "For the project talked about in {meeting.title}, please give me the day that is set for “{milestone}”.",
    "Start from {meeting.title}. A project is linked there, and in its note stands when “{milestone}” is due: which day?",
    kind="question",
)
def milestone_due(draw: TaskDraw) -> Task:
    meeting = draw.choice([note for note in meetings() if decided(note)])
    project = decided(meeting)
    milestones = grid_of(project, "Milestones") if project else {}
    milestone = draw.choice(list(milestones))

    def solve(do: Do) -> str:
        return read_row(milestones_of(do, meeting), milestone)[1]

    due = date.fromisoformat(milestones[milestone][1])
    return draw.task(solve, answer=Answer.day(due), meeting=meeting, milestone=milestone)


def milestones_of(do: Do, meeting: Note) -> str:
    """The milestones of the project that a meeting decided on, as a reader gets there."""
    outline = do.note_outline(note_id=find_note(do, meeting.title).id)
    project = find_note(do, outline.links_to[0])
    return str(do.read_note(note_id=project.id).text)


@notes.impossible(milestone_due)
def milestone_that_is_not_planned(draw: TaskDraw) -> Task:
    meeting = draw.choice([note for note in meetings() if decided(note)])
    project = decided(meeting)
    others = [name for note in projects() if note != project for name in grid_of(note, "Milestones")]
    milestone = draw.choice([name for name in others if project is None or name not in project.body])

    def solve(do: Do) -> None:
        milestones_of(do, meeting)

    return draw.task(solve, answer=Answer.day(draw.today), impossible=True, meeting=meeting, milestone=milestone)


@notes.intent(
    "How many checklist items are still open in all notes tagged {tag}? Leave archived notes out.",
    "Count what is not ticked yet over every note with the tag {tag}, the archived ones apart.",
    "Take the notes under the tag {tag} that are not archived. What is the number of open items on their checklists, all together?",
    "I want to know how much is left to do: the open checklist items of everything tagged {tag}, archive excluded.",
    "Please add up the unticked boxes in the live notes that carry the tag {tag}.",
    "With {tag} as the tag, go through our notes, archived ones excepted, and give me the sum of their open items.",
    "How long is the list if one puts together each open item of the notes tagged {tag}? Nothing from the archive.",
    "Among current notes, those with the tag {tag} have checklists. In total, how many of the items are undone?",
    kind="aggregate",
)
def open_items_by_tag(draw: TaskDraw) -> Task:
    tagged: dict[str, list[Note]] = {}
    for one in rows(NoteTag, note__archived=False):
        tagged.setdefault(one.tag, []).append(one.note)
    tag = draw.choice([tag for tag, found in sorted(tagged.items()) if 2 <= len(found) <= 8
                       and sum(any(not item.done for item in engine.items(note.body)) for note in found) >= 2])  # fmt: skip

    def solve(do: Do) -> Any:
        found = do.find_in_notes(tag=tag, limit=50).notes
        return do.sum([do.count(do.note_outline(note_id=one.id).open_items) for one in found])

    number = sum(not item.done for note in tagged[tag] for item in engine.items(note.body))
    return draw.task(solve, answer=Answer.number(number), tag=tag)


@notes.intent(
    "Add {supplier} to the table under Contracts in the note {list.title}: telephone {phone}, contract until {until}.",
    "We have a new contract with {supplier} that runs until {until}; their number is {phone}. Put a row for them at the end of the table Contracts in {list.title}.",
    "In {list.title}, section Contracts, the table lacks {supplier}. Please enter them last with {phone} and {until}.",
    "New supplier for the note {list.title}: {supplier}, {phone}. The contract ends on {until}. It goes below the others in the Contracts table.",
    "Could you write {supplier} into our note {list.title}? Under Contracts, as a further row: phone {phone}, until {until}.",
    "The contract with {supplier} is signed. Until: {until}. Phone: {phone}. Append that to the table in the Contracts section of {list.title}.",
    "Extend the Contracts table of {list.title} by one row. The three cells are {supplier}, {phone} and {until}.",
    "{supplier} should stand in {list.title} from now on, under Contracts, with the number {phone} and {until} as the end of the contract.",
)
def add_supplier(draw: TaskDraw) -> Task:
    note = titled("Suppliers")
    draw.need(note is not None and not note.archived, "there is no list of suppliers")
    there = grid_of(note, "Contracts") if note else {}
    supplier = draw.choice([name for name in SUPPLIERS if name not in there])
    phone, until = (
        draw.text("phone"),
        (date(draw.today.year + 1, 1, 31) + timedelta(days=draw.integer(0, 300))).isoformat(),
    )

    def solve(do: Do) -> None:
        found = find_note(do, "Suppliers")
        home = next(one for one in do.note_outline(note_id=found.id).sections if one.title == "Contracts")
        do.write_table_row(note_id=found.id, section=home.title, cells=[supplier, phone, until])

    return draw.task(solve, list=note, supplier=supplier, phone=phone, until=until)


@notes.intent(
    "The contract with {supplier} was extended until {until}. Change that in the table of the note {list.title}; the telephone number stays.",
    "Please correct our note {list.title}: {supplier} now has a contract until {until}. Leave the other cells as they are.",
    "In {list.title} the row of {supplier} has an old date. It should say {until}, and nothing else in the row changes.",
    "{until} is the new end of the contract with {supplier}. Would you put it into the Contracts table of {list.title}, keeping their number?",
    "We renewed with {supplier}. Update the column Until for them in {list.title} to {until}; only that.",
    "Note for the file {list.title}, section Contracts: as for {supplier}, the last cell becomes {until} and the first two remain.",
    "Set the day on which the contract of {supplier} ends to {until} in our table of {list.title}, without touching their phone number.",
    "There is an error in {list.title}. The contract of {supplier} runs until {until}, not until the day given there. Put it right, please.",
    kind="repair",
)
def extend_contract(draw: TaskDraw) -> Task:
    note = titled("Suppliers")
    draw.need(note is not None and not note.archived, "there is no list of suppliers")
    supplier = draw.choice(list(grid_of(note, "Contracts") if note else {}))
    until = (date(draw.today.year + 2, 1, 31) + timedelta(days=draw.integer(0, 300))).isoformat()

    def solve(do: Do) -> None:
        found = find_note(do, "Suppliers")
        name, phone, _ = read_row(do.read_note(note_id=found.id).text, supplier)
        do.write_table_row(note_id=found.id, section="Contracts", cells=[name, phone, until], row=supplier)

    return draw.task(solve, list=note, supplier=supplier, until=until)


def errands_of(note: Note) -> dict[str, list[str]]:
    """The open errands of a meeting, by the person they are for."""
    found: dict[str, list[str]] = {}
    for item in engine.items(note.body):
        name, sign, _ = item.text.partition(": ")
        if sign and not item.done:
            found.setdefault(name, []).append(item.text)
    return found


@notes.intent(
    "{person} has done everything that {meeting.title} gave them to do. Tick their open items there.",
    "In {meeting.title}, all actions for {person} are finished. Please mark each of them as done.",
    "Good news from {person}: whatever stood against their name in {meeting.title} is settled, so tick it off.",
    "Go to {meeting.title} and tick every item that is still open and belongs to {person}; nobody else's.",
    "{person} reports the errands from {meeting.title} as complete. Would you tick those items?",
    "The actions in {meeting.title} that begin with {person} can all be ticked now. The others stay.",
    "Update the checklist of {meeting.title}: no item of {person} is open any longer.",
    "Please close what {person} had on the list of {meeting.title}, item by item.",
    kind="batch",
)
def tick_errands(draw: TaskDraw) -> Task:
    meeting, person = draw.choice(
        [(note, name) for note in meetings() for name, open_ones in errands_of(note).items() if len(open_ones) >= 2]
    )

    def solve(do: Do) -> None:
        found = find_note(do, meeting.title)
        for item in do.note_outline(note_id=found.id).open_items:
            if item.startswith(f"{person}: "):
                do.tick_item(note_id=found.id, item=item)

    return draw.task(solve, meeting=meeting, person=person)


@notes.intent(
    "Carry over: put the items that are still open in {meeting.title} onto the checklist of {project.title}, in the same order and with the same words.",
    "What {meeting.title} left open belongs to {project.title} now. Add each open item to the section Checklist there, word for word and in order. The meeting's note stays as it is.",
    "Please copy all unticked items of {meeting.title} to the end of the Checklist section in {project.title}, keeping their wording and their order.",
    "The Checklist of {project.title} should also have the open actions of {meeting.title}, added one after the other as they stand there.",
    "From {meeting.title}, take every item without a tick. To {project.title}, under Checklist, add the same items in the same order.",
    "{project.title} gets more to do: extend its Checklist by the items of {meeting.title} that nobody has ticked, unchanged and in sequence.",
    "I would like the undone items of {meeting.title} to appear, in their order and with exactly their text, below the others in the Checklist of {project.title}.",
    "Repeat on the Checklist of {project.title} whatever is not yet done in {meeting.title}. Same text, same order, and leave the meeting's own list alone.",
    kind="batch",
)
def carry_over(draw: TaskDraw) -> Task:
    meeting = draw.choice([note for note in meetings() if 2 <= sum(map(len, errands_of(note).values())) <= 5])
    fitting = [note for note in projects() if any(one.title == "Checklist" for one in engine.sections(note.body))]
    items = [item.text for item in engine.items(meeting.body) if not item.done]
    project = draw.choice([note for note in fitting if not any(item in note.body for item in items)])

    def solve(do: Do) -> None:
        source, target = find_note(do, meeting.title), find_note(do, project.title)
        home = next(one.title for one in do.note_outline(note_id=target.id).sections if one.title == "Checklist")
        for item in do.note_outline(note_id=source.id).open_items:
            do.add_checklist_item(note_id=target.id, section=home, item=item)

    return draw.task(solve, meeting=meeting, project=project)


@notes.intent(
    "Rename the note {note.title} to “{title}”, so that links to it still work.",
    "{note.title} is to be called “{title}” from now on. Notes that link to it should link to the new title.",
    "Please give {note.title} the title “{title}” and see that no link in another note breaks.",
    "We have a better name for {note.title}: “{title}”. Change it, links included.",
    "The note called {note.title} needs a new title, “{title}”. Whatever links there must follow.",
    "Could you retitle {note.title}? The new title is “{title}”, and references in other notes are to be kept right.",
    "“{title}” shall be the title of what is now the note {note.title}, in the links of the others as well.",
    "Change a title, please: before, {note.title}; after, “{title}”. The links in our notes have to lead to it as before.",
)
def rename_linked_note(draw: TaskDraw) -> Task:
    note = draw.choice(
        [
            one
            for one in rows(Note, archived=False)
            if any(one.title in other.body for other in rows(Note)) and linking_to(one)
        ]
    )
    title = f"{note.title} {draw.choice(('plan', 'overview', 'for everybody', 'at a glance'))}"
    draw.need(titled(title) is None, "there is such a note already")

    def solve(do: Do) -> None:
        do.rename_note(note_id=find_note(do, note.title).id, title=title)

    return draw.task(solve, note=note, title=title)


@notes.intent(
    "Is “{milestone}” in {project.title} due before {day}? If so, add “{early}” to the Checklist there; if not, add “{late}”.",
    "Depending on the due date of “{milestone}”, the Checklist of {project.title} gets one more item: “{early}” when it is before {day}, otherwise “{late}”.",
    "Please check in {project.title} when “{milestone}” is due. Before {day} means a new checklist item “{early}”; on that day or later means “{late}”.",
    "{project.title} needs another item in its section Checklist. Make it “{late}” unless “{milestone}” falls before {day}; in that case make it “{early}”.",
    "We said: if “{milestone}” of {project.title} comes before {day}, then “{early}”, else “{late}”. Put the right one on its Checklist.",
    "Look up “{milestone}” among the milestones of {project.title}. Should its date be earlier than {day}, put “{early}” on the Checklist, and “{late}” should it not be.",
    "One item is to be added under Checklist in {project.title}. Which? “{early}” if the milestone “{milestone}” is set for a day before {day}, “{late}” if for {day} or after.",
    "With {day} as the limit, see whether “{milestone}” in {project.title} is due earlier. Yes: add the item “{early}” to the Checklist. No: add “{late}” instead.",
    kind="conditional",
)
def item_by_due_date(draw: TaskDraw) -> Task:
    project = draw.choice(
        [note for note in projects() if any(one.title == "Checklist" for one in engine.sections(note.body))]
    )
    milestone, cells = draw.choice(list(grid_of(project, "Milestones").items()))
    day = date.fromisoformat(cells[1]) + timedelta(days=draw.choice((-6, -1, 0, 1, 5)))
    early, late = f"Hurry up: {milestone}", f"Look again next week: {milestone}"

    def solve(do: Do) -> None:
        found = find_note(do, project.title)
        due = read_row(do.read_note(note_id=found.id).text, milestone)[1]
        do.add_checklist_item(note_id=found.id, section="Checklist", item=early if due < day.isoformat() else late)

    return draw.task(solve, project=project, milestone=milestone, day=day, early=early, late=late)


@notes.intent(
    "Start a note “{title}” in the notebook {notebook}, with the tag {tag} and the text “{text}”. Tag {project.title} with {tag} too.",
    "We need a new note. Title: “{title}”; notebook: {notebook}; tag: {tag}; text: “{text}”. Give {project.title} the same tag besides.",
    "Please tag {project.title} with {tag}, and create a note under that tag as well: “{title}” in {notebook}, which reads “{text}”.",
    "Two things with the tag {tag}: it goes on {project.title}, and on a note yet to be made, “{title}”, with “{text}” as its text, in the notebook {notebook}.",
    "Into the notebook {notebook} goes a note that is called “{title}” and says “{text}”. Both it and {project.title} are to have the tag {tag}.",
    "Could you write “{text}” into a new note “{title}”? Notebook {notebook}, tag {tag}. And {project.title} should carry {tag} as a further tag.",
    "Add the tag {tag} to {project.title}. For what comes next, open a note in {notebook} with the title “{title}”, this tag, and just “{text}” in it.",
    "From today there is a tag {tag}. {project.title} gets it, and so does a fresh note of the title “{title}”, kept in {notebook}, whose whole text is “{text}”.",
)
def start_follow_up(draw: TaskDraw) -> Task:
    project = draw.choice([note for note in projects() if count(NoteTag, note=note) < MOST_TAGS])
    title, tag = f"Questions about {project.title}", draw.choice(("spring", "urgent", "budget", "review"))
    draw.need(titled(title) is None and first(NoteTag, note=project, tag=tag) is None, "that has been done")
    text = f"To be asked at the next meeting on [[{project.title}]]."

    def solve(do: Do) -> None:
        do.create_note(title=title, text=text, notebook="Projects", tags=[tag])
        do.organise_note(note_id=find_note(do, project.title).id, add_tag=tag)

    return draw.task(solve, project=project, title=title, tag=tag, text=text, notebook="Projects")
