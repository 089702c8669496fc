"""A shared drive: folders, files with their versions, a bin, and who may see what.

The host gives the people whom files belong to and are shared with (Person). Its own tools put files on the drive with
`store(path, text, owner=…)` and read them with `at(path)`. From outside, ``agentworlds.engines.files.filesystem(instance)`` is
the drive of a live world as an fsspec file system.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    Do,
    Document,
    Draw,
    EngineError,
    Module,
    Paragraph,
    PersonName,
    Range,
    Row,
    Task,
    TaskDraw,
    Text,
    Title,
    containing,
    count,
    delete,
    derived,
    field,
    first,
    insert,
    now,
    one_of,
    other_than,
    refuse,
    rows,
    total,
)  # fmt: skip
from agentworlds import (
    Email as Address,
)
from agentworlds.engines.files import Entry, FilesEngine, is_text
from agentworlds.spec.tables import a_noun
from agentworlds.types import say_date

files = Module("files", title="Shared drive", wraps="fsspec")
STAFF = files.setting("staff", ())
QUOTA_MB: int = files.setting("quota_mb", 100)
LONGEST = 20_000
DOCUMENTS: tuple[tuple[str, str], ...] = files.setting("documents", ())
"""Further files of the host's own: path and text."""
OFFICE: bool = files.setting("office", True)
"""Whether the drive also holds what an office keeps: policies, invoices, minutes and the like."""
engine = files.engine(FilesEngine, "fsspec")


@files.placeholder
class Person(Row):
    name: PersonName
    email: Address = field(unique=True)


@files.table
class Folder(Row):
    path: Text = field(unique=True)


@files.table(label="name")
class File(Row):
    folder: Folder
    name: Title
    media_type: Title
    size: int = field(free=True)  # follows from the text
    owner: Person | None = None
    changed: datetime = field(default=now)
    version: int = 1
    locked: bool = False
    in_bin: bool = False
    deleted: datetime | None = field(default=None, clock=True)
    text: Document = field(default="", hidden=True)


@files.table(unique=[("file", "number")])
class FileVersion(Row):
    file: File
    number: int
    size: int = field(free=True)
    saved: datetime = field(default=now)
    text: Document = field(hidden=True)


@files.table(unique=[("file", "person")])
class FileShare(Row):
    file: File
    person: Person
    access: Literal["view", "edit"]


files.reads(
    File, by=("name", "folder.path", "media_type", "owner", "owner.name", "size", "changed", "locked", "in_bin"),
    sort=("name", "size", "changed", "folder.path"), roles=STAFF,
    about="Find files by name, folder, owner, size (bytes) or day of change. All filters must hold. Files in the bin are found "
    "too, unless in_bin is false; a file without an owner is the office's own. find_files searches by pattern and by content.",
)  # fmt: skip


@dataclass
class FolderListing:
    path: Text
    folders: list[Folder]
    files: list[File]
    total: int
    more: bool
    size: int
    free: int


@dataclass
class FoundFiles:
    files: list[File]
    lines: list[Paragraph]
    lines_with_words: int
    total: int
    more: bool


@dataclass
class FileText:
    path: Text
    version: int
    from_line: int
    lines: int
    next_line: int
    text: Document


@dataclass
class FileDetails:
    path: Text
    file: File
    shares: list[FileShare]
    versions: list[FileVersion]


# Rules -------------------------------------------------------------------------------------------------------


@files.rule(File, "conflict", "There is already a file {row.name} in {row.folder.path}.", hint="choose another name")
def names_are_unique_in_a_folder(file: File) -> bool:
    return file.in_bin or count(File, folder=file.folder, name=file.name, in_bin=False) == 1


@files.rule(File, "limit", f"The drive is full: its files may take {QUOTA_MB} MB.", hint="put files into the bin")
def drive_has_room(file: File) -> bool:
    return file.in_bin or total(File, "size", in_bin=False) <= QUOTA_MB * 1_000_000


@files.rule(FileShare, "conflict", "{row.person.name} owns {row.file.name}, so it needs no share.")
def owners_need_no_share(share: FileShare) -> bool:
    return share.file.owner != share.person


@files.rule(FileShare, "forbidden", "{row.file.name} is locked, so it can be shared to view only.")
def locked_files_are_not_edited(share: FileShare) -> bool:
    return share.access == "view" or not share.file.locked


# Paths -------------------------------------------------------------------------------------------------------


def clean_folder(path: str) -> str:
    """A folder's path in its normal form; refuses what is none."""
    try:
        return engine.folder(path)
    except EngineError as problem:
        refuse("invalid", f"folder: {problem}.", hint="a folder is written like /Reports/2026", field="folder")


def clean_name(name: str) -> str:
    """A file's name; refuses what cannot be one."""
    try:
        return engine.name(name)
    except EngineError as problem:
        refuse("invalid", f"{problem}.", hint="a name is written like Plan.md", field="name")


def find_folder(path: str, new: bool = False) -> Folder:
    """The folder at a path; made where `new` says so, else refused when there is none."""
    wanted = clean_folder(path)
    found = first(Folder, path=wanted)
    if found is not None:
        return found
    if not new:
        refuse("not_found", f"There is no folder {wanted}.", hint="list_folder shows what there is", field="folder")
    parts = wanted.split("/")
    for end in range(2, len(parts)):
        if first(Folder, path="/".join(parts[:end])) is None:
            insert(Folder(path="/".join(parts[:end])))
    return insert(Folder(path=wanted))


def join(folder: str, name: str) -> str:
    """A file's path."""
    return f"{folder.rstrip('/')}/{name}"


def path_of(file: File) -> str:
    """Where a file is."""
    return join(file.folder.path, file.name)


def at(path: str) -> File | None:
    """The file at a path, as ``/Invoices/2026-03.txt``; None when there is none. For the host's tools."""
    folder, _, name = path.rpartition("/")
    return first(File, folder__path=folder or "/", name=name, in_bin=False)


def store(path: str, text: str, owner: Person | None = None) -> File:
    """Put a text file on the drive, with the folders it needs; one that is there gets a new version. For the host's tools."""
    there = at(path)
    if there is not None:
        save(there, text)
        return there
    folder, _, name = path.rpartition("/")
    return create(find_folder(folder, new=True), clean_name(name), text, owner)


def create(folder: Folder, name: str, text: str, owner: Person | None = None) -> File:
    """A new text file; refuses a name that is no text file's."""
    text = text.rstrip("\r\n")
    media_type = engine.media_type(name)
    if not is_text(media_type):
        message = f"{name} would be {media_type}, which is no text."
        refuse("invalid", message, hint="end the name in .txt, .md, .csv or .json", field="name")
    size = len(text.encode())
    return insert(File(folder=folder, name=name, media_type=media_type, size=size, owner=owner, text=text))


def save(file: File, text: str) -> None:
    """Give a file a new text; the one before stays as a version."""
    text = text.rstrip("\r\n")
    insert(FileVersion(file=file, number=file.version, size=file.size, saved=file.changed, text=file.text))
    file.text, file.size, file.version, file.changed = text, len(text.encode()), file.version + 1, now()


def check_text(file: File) -> None:
    """Refuse a file that is no text."""
    if not is_text(file.media_type):
        message = f"{file.name} is {file.media_type}; only text can be read and written."
        refuse("invalid", message, hint="find_files(pattern='**/*.md') finds texts of one sort")


def check_free(file: File) -> None:
    """Refuse to change a file that is locked or in the bin."""
    if file.in_bin:
        refuse("conflict", f"{file.name} is in the bin.", hint="restore_file takes it out")
    if file.locked:
        refuse("forbidden", f"{file.name} is locked: it may be read and copied, but not changed, moved or deleted.")


# Reading -----------------------------------------------------------------------------------------------------


@files.query(roles=STAFF)
def list_folder(
    folder: Text = "/", limit: Annotated[int, Range(1, 50)] = 20, offset: Annotated[int, Range(0, 10_000)] = 0
) -> FolderListing:
    """List a folder: the folders and files in it, by name, and the space they take.

    'size' counts the bytes of everything in the folder and below, 'free' those that are left on the whole drive. Files in
    the bin are not listed and take no space.

    Args:
        folder: its path, as /Reports/2026; the whole drive is /
        limit: files per page
        offset: files to skip, as many as were shown so far
    """
    here = find_folder(folder)
    inside = here.path.rstrip("/") + "/"
    below = [one for one in rows(Folder, path=containing(inside), order="path")
             if one.path.startswith(inside) and one.path != "/"]  # fmt: skip
    found = rows(File, folder=here, in_bin=False, order="name")
    used = total(File, "size", in_bin=False)
    size = used if here.path == "/" else total(File, "size", folder=one_of([here, *below]), in_bin=False)
    return FolderListing(
        here.path, [one for one in below if "/" not in one.path[len(inside):]], found[offset : offset + limit],
        len(found), len(found) > offset + limit, int(size), QUOTA_MB * 1_000_000 - int(used),
    )  # fmt: skip


def tree() -> tuple[Any, dict[str, int]]:
    """What patterns search, every file and folder of the drive, and the ids of the files by path."""
    folders = {folder.id: folder.path for folder in rows(Folder)}
    found = {join(folders[file.folder.id], file.name): file for file in rows(File, in_bin=False)}
    entries = [Entry(path, file.size, file.changed) for path, file in found.items()]
    return engine.tree([*(Entry(path) for path in folders.values()), *entries]), {
        path: file.id for path, file in found.items()
    }


@files.query(roles=STAFF)
def find_files(
    pattern: Text = "**", words: Title | None = None, shared_with: Title | None = None,
    limit: Annotated[int, Range(1, 50)] = 20, offset: Annotated[int, Range(0, 10_000)] = 0,
) -> FoundFiles:  # fmt: skip
    """Find files by a pattern for their path, by their content, or by the person they are shared with.

    'lines' gives the first three lines of each file on the page that contain the words, or the first fifty where only one
    file does, as path:number: line; 'lines_with_words' says how many there are in these files. Files in the bin are left
    out; search_files finds them.

    Args:
        pattern: as Reports/*.csv or **/*plan*.md; * and ? stay within one name, ** stands for any folders
        words: a line of the file contains this, in either case
        shared_with: the name or e-mail address of a person whom the file is shared with
        limit: files per page
        offset: files to skip, as many as were shown so far
    """
    filters: dict[str, Any] = {"text": containing(words)} if words and words.isascii() else {}  # others fold in Python
    shared = None
    if shared_with is not None:
        shared = {share.file.id for share in rows(FileShare, person=find_person(shared_with))}
    if pattern.strip() not in ("**", "/**"):
        everything, ids = derived(tree, Folder, File)
        try:
            filters["id"] = one_of([ids[path] for path in engine.find(everything, pattern) if path in ids])
        except EngineError as problem:
            refuse("invalid", f"pattern: {problem}.", hint="write it like **/*.csv", field="pattern")
    fitting = [file for file in rows(File, in_bin=False, **filters) if shared is None or file.id in shared]
    found = {path_of(file): file for file in fitting}
    lines = {path: matches(file, words) for path, file in sorted(found.items())}
    shown = [path for path in lines if words is None or lines[path]]
    page = shown[offset : offset + limit]
    most = 50 if len(shown) == 1 else 3
    quoted = [f"{path}:{number}: {line.strip()[:200]}" for path in page for number, line in lines[path][:most]]
    more, number_of_lines = len(shown) > offset + limit, sum(len(lines[path]) for path in page)
    return FoundFiles([found[path] for path in page], quoted, number_of_lines, len(shown), more)


def matches(file: File, words: str | None) -> list[tuple[int, str]]:
    """The lines of a file that contain some words, with their numbers."""
    if words is None:
        return []
    wanted, lines = words.casefold(), file.text.splitlines()
    plain = file.text.casefold().splitlines()
    return [(place + 1, lines[place]) for place, line in enumerate(plain) if wanted in line]


def find_person(person: str) -> Person:
    """The person of a name or an e-mail address; refuses when there is none, or more than one."""
    wanted = person.strip().casefold()
    found = [one for one in rows(Person, name=containing(person.strip())) if one.name.casefold() == wanted]
    found = found or [one for one in rows(Person, email=containing(person.strip())) if one.email.casefold() == wanted]
    if len(found) != 1:
        many = f"{len(found)} people here are" if found else "Nobody here is"
        hint = "give the e-mail address" if found else "give the full name or the e-mail address"
        refuse("conflict" if found else "not_found", f"{many} called {person}.", hint=hint, field="person")
    return found[0]


@files.query(roles=STAFF)
def read_file(
    file: File, version: Annotated[int, Range(1, 9999)] | None = None, from_line: Annotated[int, Range(1, 20_000)] = 1,
    lines: Annotated[int, Range(1, 400)] = 200,
) -> FileText:  # fmt: skip
    """Read a text file, or an earlier version of it, in parts of some lines.

    'lines' says how many the file has, 'next_line' from which one to read on, 0 at the end.

    Args:
        version: which version; the current one by default, and file_details lists the others
        from_line: the first line wanted
        lines: how many lines at most
    """
    check_text(file)
    text = file.text
    if version is not None and version != file.version:
        text = find_version(file, version).text
    every = text.splitlines()
    if from_line > max(len(every), 1):
        refuse("invalid", f"{file.name} has {counted(len(every), 'line')}.", field="from_line")
    end = from_line - 1 + lines
    part = "\n".join(every[from_line - 1 : end])
    further = end + 1 if end < len(every) else 0
    return FileText(path_of(file), version or file.version, from_line, len(every), further, part)


def find_version(file: File, number: int) -> FileVersion:
    """An earlier version of a file; refuses when there is none."""
    found = first(FileVersion, file=file, number=number)
    if found is None:
        message = f"{file.name} has no version {number}; the current one is {file.version}."
        refuse("not_found", message, hint="file_details lists the earlier ones", field="version")
    return found


@files.query(roles=STAFF)
def file_details(file: File) -> FileDetails:
    """A file's path, whom it is shared with, and its earlier versions, the latest first."""
    return FileDetails(path_of(file), file, rows(FileShare, file=file), rows(FileVersion, file=file, order="-number"))


# Writing -----------------------------------------------------------------------------------------------------


@files.tool(roles=STAFF)
def write_file(
    folder: Text,
    name: Title,
    text: Document,
    mode: Literal["create", "replace", "append"] = "create",
    new_folder: bool = False,
) -> File:
    """Write a text file. Replacing or appending keeps the text before as a version.

    A text is kept without line breaks at its end; what is appended begins on a line of its own.

    Args:
        folder: the folder's path, as /Reports/2026
        name: the file's name with its extension, as Plan.md
        text: the whole text, or what to add
        mode: create a new file, replace the text of one that is there, or append further lines to it
        new_folder: make the folder where there is none
    """
    home = find_folder(folder, new=new_folder and mode == "create")
    name = clean_name(name)
    if mode == "create":
        if count(File, folder=home, name=name, in_bin=False):
            hint = "mode='replace' or mode='append' writes to that one; a new file needs another name"
            refuse("conflict", f"There is already a file {name} in {home.path}.", hint=hint, field="name")
        return create(home, name, text)
    file = first(File, folder=home, name=name, in_bin=False)
    if file is None:
        message = f"There is no file {name} in {home.path}."
        refuse("not_found", message, hint="mode='create' makes one, and list_folder shows what there is", field="name")
    check_free(file)
    check_text(file)
    if mode == "append":
        text = f"{file.text}\n{text}" if file.text else text
        if len(text) > LONGEST:
            refuse("limit", f"With that {name} would be longer than {LONGEST:,} characters.", hint="begin another file")
    save(file, text)
    return file


@files.tool(roles=STAFF)
def move_file(file: File, folder: Text | None = None, name: Title | None = None, new_folder: bool = False) -> File:
    """Move a file to another folder, give it another name, or both.

    Args:
        folder: the path of the folder it goes to; it stays where it is by default
        name: its new name with the extension; it keeps its name by default
        new_folder: make the folder where there is none
    """
    check_free(file)
    home, title = target(file, folder, name, new_folder)
    if (home, title) == (file.folder, file.name):
        refuse("conflict", f"{path_of(file)} is there already.", hint="give another folder or name")
    file.folder, file.name = home, title
    file.media_type = engine.media_type(title)
    return file


@files.tool(roles=STAFF)
def copy_file(file: File, folder: Text | None = None, name: Title | None = None, new_folder: bool = False) -> File:
    """Copy a file as it is now, to another folder or under another name.

    The copy has no earlier versions, is not locked, is shared with nobody, and belongs to the same person.

    Args:
        folder: the path of the folder for the copy; the same folder by default
        name: the copy's name with the extension; the same name by default
        new_folder: make the folder where there is none
    """
    if file.in_bin:
        refuse("conflict", f"{file.name} is in the bin.", hint="restore_file takes it out")
    home, title = target(file, folder, name, new_folder)
    return insert(File(folder=home, name=title, media_type=engine.media_type(title), size=file.size, owner=file.owner,
                       text=file.text))  # fmt: skip


def target(file: File, folder: str | None, name: str | None, new_folder: bool) -> tuple[Folder, str]:
    """Where a file or its copy goes; refuses a name that makes it another sort of file."""
    home = file.folder if folder is None else find_folder(folder, new_folder)
    title = file.name if name is None else clean_name(name)
    media_type = engine.media_type(title)
    if media_type != file.media_type and not (is_text(media_type) and is_text(file.media_type)):
        message = f"{file.name} is {file.media_type} and would become {media_type}."
        refuse("invalid", message, hint="keep the extension of the name", field="name")
    return home, title


@files.tool(roles=STAFF)
def delete_file(file: File) -> File:
    """Put a file into the bin. restore_file takes it out again; until then it takes no space."""
    check_free(file)
    file.in_bin, file.deleted = True, now()
    return file


@files.tool(roles=STAFF)
def restore_file(file: File, version: Annotated[int, Range(1, 9999)] | None = None) -> File:
    """Take a file out of the bin, back to the folder it was in; or make an earlier version of a file its text again.

    Args:
        version: the earlier version whose text becomes the current one; leave it out for a file in the bin
    """
    if version is None:
        if not file.in_bin:
            refuse("conflict", f"{file.name} is not in the bin.", hint="give the version wanted back", field="version")
        file.in_bin, file.deleted = False, None
        return file
    check_free(file)
    save(file, find_version(file, version).text)
    return file


@files.tool(roles=STAFF, idempotent=True)
def share_file(file: File, person: Title, access: Literal["view", "edit", "none"]) -> list[FileShare]:
    """Share a file with a person, change how, or share it no more. The result is all whom it is shared with then.

    Args:
        person: their full name or e-mail address
        access: what they may do; none takes the share away
    """
    if file.in_bin:
        refuse("conflict", f"{file.name} is in the bin.", hint="restore_file takes it out")
    someone = find_person(person)
    share = first(FileShare, file=file, person=someone)
    if access == "none":
        if share is None:
            refuse("not_found", f"{file.name} is not shared with {someone.name}.", field="person")
        delete(share)
    elif share is None:
        insert(FileShare(file=file, person=someone, access=access))
    else:
        share.access = access
    return rows(FileShare, file=file)


# In a sentence -----------------------------------------------------------------------------------------------


def counted(number: int, noun: str) -> str:
    """A number of things: ``1 file``, ``3 files``."""
    return f"{number or 'no'} {noun}{'s' * (number != 1)}"


def weighed(size: int) -> str:
    """A size as people say it: ``812 bytes``, ``2.4 MB``."""
    for unit, name in ((1_000_000, "MB"), (1000, "kB")):
        if size >= unit:
            return f"{Decimal(size) / unit:.1f} {name}"
    return f"{size} byte{'s' * (size != 1)}"


@files.says("search_files")
def say_search(data: dict[str, Any]) -> str:
    found = data["results"]
    if not found:
        return "No file is like that."
    latest = max(found, key=lambda one: one["changed"])
    binned = sum(one["in_bin"] for one in found)
    said = f"{counted(len(found), 'file')}{' on this page, and there are more' if data['more'] else ''}"
    if binned:
        said += f", {binned} of them in the bin" if binned < len(found) else ", in the bin"
    where = join(latest["folder_path"], latest["name"])
    return f"{said}: {where}." if len(found) == 1 else f"{said}; the last to change was {where}."


@files.says("list_folder")
def say_folder(data: dict[str, Any]) -> str:
    others = data["total"] - len(data["files"])
    shown = f" ({others} of the files on other pages)" if others else ""
    return (f"{data['path']} holds {counted(len(data['folders']), 'folder')} and {counted(data['total'], 'file')}, "
            f"{weighed(data['size'])} in all{shown}; {weighed(data['free'])} are free on the drive.")  # fmt: skip


@files.says("find_files")
def say_found(data: dict[str, Any]) -> str:
    if not data["total"]:
        return "Nothing was found."
    if not data["files"]:
        return f"{counted(data['total'], 'file')} were found, but none on this page."
    start = join(data["files"][0]["folder_path"], data["files"][0]["name"])
    if data["total"] == 1:
        lines, held = len(data["lines"]), data["lines_with_words"]
        return f"1 file found: {start}{f'; the first {lines} of its {held} lines with the words' * (lines < held)}."
    if data["more"]:
        return f"{data['total']} files found, {len(data['files'])} of them on this page; the first is {start}."
    return f"{data['total']} files found; the first is {start}."


@files.says("read_file")
def say_text(data: dict[str, Any]) -> str:
    path, every, start = f"{data['path']}, version {data['version']}", data["lines"], data["from_line"]
    if not every:
        return f"{path}, is empty."
    last = data["next_line"] - 1 if data["next_line"] else every
    if last - start + 1 == every:
        return f"{path}, all {every} lines." if every > 1 else f"{path}, its only line."
    part = f"lines {start} to {last}" if last > start else f"line {start}"
    more = f"; from_line={data['next_line']} goes on" if data["next_line"] else ""
    return f"{path}, {part} of {every}{more}."


@files.says("file_details")
def say_details(data: dict[str, Any]) -> str:
    people = [f"{share['person_name']} ({share['access']})" for share in data["shares"]]
    shared = f"shared with {', '.join(people)}" if people else "shared with nobody"
    state = ", in the bin" * data["file"]["in_bin"] + ", locked" * data["file"]["locked"]
    return f"{data['path']}{state}, {shared}, with {counted(len(data['versions']), 'earlier version')}."


# Data --------------------------------------------------------------------------------------------------------

SUPPLIERS = (
    ("Brightwater Plumbing", (("Call-out and first hour", 85), ("Further hours", 130), ("Valves and fittings", 48))),
    ("Brightwater Printing", (("Leaflets, folded", 160), ("Letterheads", 75), ("Binding", 40))),
    ("Harbour Cleaning", (("Offices, weekly", 240), ("Windows", 65), ("Materials", 22))),
    ("Harbour Catering", (("Lunches", 190), ("Coffee and tea", 55), ("Delivery", 15))),
)
"""Who sends invoices, for what, and what it costs about."""
POLICIES = (
    ("Travel policy", (("hotel night", 110), ("day of meals", 40), ("taxi ride", 30))),
    ("Expenses policy", (("team lunch", 25), ("leaving present", 50), ("parking permit", 90))),
    ("Home office policy", (("desk lamp", 45), ("office chair", 220), ("second screen", 180))),
    ("Training policy", (("course day", 250), ("exam fee", 140), ("textbook", 35))),
)
GOODS = (
    ("day pass", 18), ("month pass", 190), ("meeting room", 35), ("locker", 12), ("guest desk", 24), ("parking space", 60),
)  # fmt: skip
REGIONS = ("North", "South", "East", "West", "Islands")
TALKS = (
    ("Coffee machine", "We lease one for a year. {0} signs."), ("Car park", "The barrier stays open until noon; {0} tells the tenants."),
    ("Summer party", "It will be on the roof. {0} asks for offers."), ("Boiler", "The boiler is to be replaced in spring. {0} has the keys."),
    ("New phones", "Everybody gets one by May. {0} makes the list."), ("Fire drill", "The drill took nine minutes, which is too long; {0} looks into it."),
    ("Website", "The old photos go. {0} writes the new page."), ("Rent review", "The landlord wants more; {0} answers him."),
    ("Bicycle shed", "The lock is broken again. {0} orders two."), ("Interns", "Two will come in June. {0} looks after them."),
    ("Insurance", "The water damage is settled. {0} files the letter."), ("Garden", "The bench is to be painted. {0} has the paint."),
)  # fmt: skip
PICTURES = ("Opening day", "Roof terrace", "Team picture", "New entrance", "Meeting room", "Front window")


def month_before(day: date, months: int) -> date:
    """The first day of the month so many months before a day's."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


DATA_PROTECTION = (
    "# Data protection\n\nWhoever loses a laptop or a phone tells the office within {} hours. Rooms with personal files in them "
    "are kept locked. What has been kept for its time is shredded or deleted:\n\n"
    "- Job applications: after {} months\n- Visitor book: after {} months\n- Invoices: after 7 years"
)
"""A policy of another kind: hours and months are filled in."""


def policy_text(title: str, limits: dict[str, int]) -> str:
    """A policy with the amounts that it allows."""
    lines = "\n".join(f"- {what}: {amount}" for what, amount in limits.items())
    return f"# {title}\n\nThe office pays up to these amounts. Whatever costs more needs a signature first.\n\n{lines}"


class Shelf:
    """Puts the suite's own files on the drive; what a host put there before stays as it is."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        people = rows(Person, limit=12)
        names = [person.name for person in people]
        self.people = [person for person in people if names.count(person.name) == 1][:8]

    def put(self, path: str, text: str, days: int, earlier: tuple[str, ...] = (), **more: Any) -> None:
        """A text file that changed so many days ago, with earlier versions, each some weeks older."""
        if at(path) is None:
            folder, _, name = path.rpartition("/")
            changed = self.draw.moment(-days, -days)
            file = insert(File(
                folder=find_folder(folder, new=True), name=name, media_type=engine.media_type(name), size=len(text.encode()),
                owner=self.owner(), changed=changed, version=len(earlier) + 1, text=text, **more,
            ))  # fmt: skip
            for number, old in enumerate(earlier, 1):
                saved = changed - timedelta(days=30 * (len(earlier) + 1 - number))
                insert(FileVersion(file=file, number=number, size=len(old.encode()), saved=saved, text=old))

    def picture(self, path: str, size: int, days: int, **more: Any) -> None:
        """A file that is no text."""
        if at(path) is None:
            folder, _, name = path.rpartition("/")
            insert(File(folder=find_folder(folder, new=True), name=name, media_type=engine.media_type(name), size=size,
                        owner=self.owner(), changed=self.draw.moment(-days, -days), **more))  # fmt: skip

    def owner(self) -> Person | None:
        """Somebody of the office, or the office itself."""
        return self.draw.choice(self.people) if self.people and self.draw.chance(70) else None


@files.data
def shelves(draw: Draw) -> None:
    """The host's files; then what an office keeps: policies and their drafts, invoices, minutes, reports, pictures, a bin."""
    shelf = Shelf(draw)
    for path, text in DOCUMENTS:
        shelf.put(path, text, draw.integer(2, 40))
    if not OFFICE:
        return
    for name in ("/Archive", f"/Archive/{draw.today.year - 1}", "/Drafts", "/Letters"):
        find_folder(name, new=True)
    shelf.put("/Welcome.md", "# The shared drive\n\nInvoices stand in a folder for each year. Old ones go to /Archive.\nDrafts stand in "
              "/Drafts until they are approved.\nWhat is signed, or being audited, is **locked**.", 200, locked=True)  # fmt: skip
    shelf.picture("/Floor plan.pdf", QUOTA_MB * draw.integer(7_000, 19_000), 300)
    fill_visitors(draw, shelf)
    fill_policies(draw, shelf)
    fill_reports(draw, shelf)
    fill_invoices(draw, shelf)
    fill_minutes(draw, shelf)
    for name in ("Lease of the office", "Cleaning contract"):
        text = f"{name}\n\nMonthly fee: {draw.integer(20, 90) * 10}\nNotice: three months to the end of a quarter.\n\nSigned by both parties."
        shelf.put(f"/Contracts/{name}.txt", text, draw.integer(150, 400), locked=True)
    shelf.put(
        "/Contracts/Cleaning contract (draft).txt", "Cleaning contract\n\nMonthly fee: to be agreed\n\nNot signed.", 420
    )
    share = QUOTA_MB * 10_000  # a hundredth of the drive
    for number, subject in enumerate(PICTURES[:5]):
        shelf.picture(f"/Pictures/{subject}.jpg", draw.integer(3 * share, 4 * share) + number, draw.integer(20, 90))
    for number in (1, 2, 3):
        shelf.picture(f"/Pictures/Opening day, part {number}.mp4", draw.integer(22 * share, 25 * share), 88)
    fill_bin(draw, shelf)
    texts = rows(File, in_bin=False, media_type=containing("text/"))
    for file in draw.sample(texts, min(8, len(texts))):
        for person in draw.sample(shelf.people, 1):
            if person != file.owner and not count(FileShare, file=file):
                insert(
                    FileShare(file=file, person=person, access="view" if file.locked else draw.choice(("view", "edit")))
                )
    if not topics_to_share():
        for minutes in rows(File, folder__path="/Minutes", in_bin=False):
            minutes.owner = None
            for shared in rows(FileShare, file=minutes):
                delete(shared)


def fill_visitors(draw: Draw, shelf: Shelf) -> None:
    """A long file: who came to see whom, a line for each visit."""
    hosts = [person.name for person in shelf.people] or ["nobody in particular"]
    days = [day for back in range(1, 151) if (day := draw.today - timedelta(days=back)).weekday() < 5]
    times = [
        datetime.combine(draw.choice(days), datetime.min.time()) + timedelta(minutes=15 * draw.integer(34, 68))
        for _ in range(250)
    ]
    visits = sorted((when, draw.text("first_name"), draw.skewed(hosts)) for when in times)
    lines = [f"{when:%Y-%m-%d %H:%M} {guest} to see {host}" for when, guest, host in visits]
    fitting = [line for place, line in enumerate(lines) if len("\n".join(lines[: place + 1])) < LONGEST - 200]
    shelf.put("/Visitor book.txt", "\n".join(fitting), 1)


def fill_policies(draw: Draw, shelf: Shelf) -> None:
    """Policies that changed, one of them locked, their drafts, and a log of the changes."""
    locked = draw.choice(("Data protection", *(title for title, _ in POLICIES)))
    for title, things in POLICIES:
        paid = {thing: about + 5 * draw.integer(-1, 3) for thing, about in things}
        before = {thing: amount + draw.choice((-10, -5, 5, 10)) for thing, amount in paid.items()}
        planned = {thing: amount + draw.choice((5, 10, 20)) for thing, amount in paid.items()}
        earlier = (policy_text(title, dict(things[:1])), policy_text(title, before))
        shelf.put(f"/Policies/{title}.md", policy_text(title, paid), draw.integer(20, 60), earlier[draw.below(2) :],
                  locked=title == locked)  # fmt: skip
        shelf.put(f"/Drafts/{title}.md", policy_text(title, planned), draw.integer(2, 12))
    hours, months = draw.choice((24, 48)), draw.choice((6, 12))
    shelf.put(
        "/Policies/Data protection.md",
        DATA_PROTECTION.format(hours, months, 12),
        130,
        locked=locked == "Data protection",
    )
    shelf.put("/Drafts/Data protection.md", DATA_PROTECTION.format(hours // 2, months, 6), 9)
    shelf.put("/Policies/Travel policy (old).md", policy_text("Travel policy", {"hotel night": 75}), 700)
    shelf.put("/Policies/Changes.txt", "What changed in our policies, the latest last.", 90)


def fill_reports(draw: Draw, shelf: Shelf) -> None:
    """Sales by month and region, and price lists with versions."""
    for months in range(1, 5):
        month = month_before(draw.today, months)
        lines = [f"{region};{draw.integer(12, 95)};{draw.money(900, 8000)}" for region in REGIONS]
        shelf.put(
            f"/Reports/Sales {month:%Y-%m}.csv",
            "\n".join(["Region;Orders;Revenue", *lines]),
            max((draw.today - month_before(draw.today, months - 1)).days, 1),
        )
    for name, days, share in (("Price list", 15, 100), (f"Price list {draw.today.year - 1}", 240, 90)):
        prices = [Decimal(about * share * draw.integer(95, 105)) / 10_000 for _, about in GOODS]
        texts = []
        for step in (4, 2, 0):  # each version raises every price by some percent
            listed = [f"{good};{price * (100 - step - place % 2) / 100:.2f}"
                      for place, ((good, _), price) in enumerate(zip(GOODS, prices, strict=True))]  # fmt: skip
            texts.append("\n".join(["Item;Price", *listed]))
        shelf.put(f"/Reports/{name}.csv", texts[-1], days, tuple(texts[:-1]))


def fill_invoices(draw: Draw, shelf: Shelf) -> None:
    """An invoice of each supplier for every month."""
    for number in draw.many(20):
        supplier, items = SUPPLIERS[number % len(SUPPLIERS)]
        day = month_before(draw.today, 1 + number // len(SUPPLIERS)) + timedelta(days=draw.integer(1, 26))
        amounts = [draw.money(0.7 * about, 1.4 * about, "0.10") for _, about in items]
        lines = "\n".join(f"{item}: {amount:.2f}" for (item, _), amount in zip(items, amounts, strict=True))
        text = f"INVOICE {draw.integer(10000, 99999)}\n\nFrom: {supplier}\nDate: {say_date(day)}\n\n{lines}\n\nTotal: {sum(amounts):.2f}"
        shelf.put(f"/Invoices/{day.year}/{day.isoformat()} {supplier}.txt", text, (draw.today - day).days)


def fill_minutes(draw: Draw, shelf: Shelf) -> None:
    """Minutes of meetings: who was there, and what was talked about."""
    talks = draw.shuffled(TALKS)
    for number in draw.many(6):
        kind = ("Team meeting", "Board meeting")[number % 2]
        day = draw.today - timedelta(days=draw.today.weekday() + 7 * (1 + number // 2))
        present = draw.sample(shelf.people, min(3, len(shelf.people)))
        parts = [f"## {title}\n\n{text.format(present[place % len(present)].name if present else 'The office')}"
                 for place, (title, text) in enumerate(talks[(2 * number + one) % len(talks)] for one in (0, 1))]  # fmt: skip
        names = ", ".join(person.name for person in present)
        text = "\n\n".join([f"# {kind}, {say_date(day)}", f"Present: {names}", *parts])
        shelf.put(f"/Minutes/{day.isoformat()} {kind}.md", text, (draw.today - day).days)


def fill_bin(draw: Draw, shelf: Shelf) -> None:
    """What was thrown away, twice under the same name."""
    for number, title in enumerate(("Seating plan", "Guest list", "Phone list")):
        for age in (0, 1):
            when = draw.moment(-9 - 8 * age - number, -5 - 8 * age - number)
            text = f"# {title}\n\n" + "\n".join(f"- {draw.text('person_name')}" for _ in range(3))
            days = 20 + 9 * age + number
            shelf.put(f"/Letters/{title}.md", text, days, in_bin=True, deleted=when)
    shelf.picture("/Pictures/Old sign.png", QUOTA_MB * 8_200, 95, in_bin=True, deleted=draw.moment(-30, -20))


# Tasks -------------------------------------------------------------------------------------------------------


def find_one(do: Do, folder: str, name: str) -> Any:
    """The file of a name in a folder, as a careful person finds it."""
    found = do.search_files(name=name, in_bin=False)
    return next(one for one in found if one.name == name and one.folder_path == folder)


def policies(locked: bool) -> list[tuple[File, File]]:
    """Policies and their drafts."""
    found = [(at(f"/Policies/{draft.name}"), draft) for draft in rows(File, folder__path="/Drafts", in_bin=False)]
    return [(file, draft) for file, draft in found if file is not None and file.locked == locked]


def invoices(folder: str, supplier: str) -> list[File]:
    """The invoices of a supplier in a folder."""
    return rows(File, folder__path=folder, name=containing(supplier), in_bin=False)


def a_year(draw: TaskDraw) -> tuple[str, str, list[File]]:
    """A year's folder, a supplier with several invoices in it, and these."""
    folders = [folder.path for folder in rows(Folder) if re.fullmatch(r"/Invoices/\d{4}", folder.path)]
    return draw.choice([(folder, supplier, found) for folder in folders for supplier, _ in SUPPLIERS
                        if 2 <= len(found := invoices(folder, supplier)) <= 6])  # fmt: skip


def amount_after(text: str, label: str) -> Decimal:
    """The amount that stands behind a label on a line of its own."""
    found = re.search(rf"^(?:- )?{re.escape(label)}[:;] ?(\d+(?:\.\d+)?)(?:;|$)", text, re.M)
    return Decimal(found.group(1)) if found else Decimal(0)


@files.intent(
    "The draft of {draft.name} in /Drafts is approved. Make its text the new text of the file of that name in /Policies, as a further version of it, and put the draft into the bin.",
    "We accept the draft {draft.name}: what stands in /Drafts shall replace, word for word, the text of {draft.name} in /Policies. The draft itself can then go into the bin.",
    "Please publish {draft.name}. That is, overwrite the file in /Policies with the draft's text from /Drafts, and delete the draft.",
    "[Good news|It is decided]: everybody signed off the new {draft.name}. Carry its wording over from /Drafts into the existing file in /Policies and throw the draft away.",
    "In /Drafts there is a {draft.name} that takes effect today. The one in /Policies has to read exactly like it from now on; bin the draft.",
    "Swap the wording of /Policies' {draft.name} for that of the approved draft, keeping the same file so that older versions stay with it. No draft of it should be left in /Drafts.",
    "{draft.name} went through. Take the text out of the drafts folder, save it over the policy of the same name in /Policies, then get rid of the draft.",
    "Could you bring /Policies up to date? Its {draft.name} needs the text of the draft with that name, which lies in /Drafts and belongs in the bin once you are done.",
)  # fmt: skip
def publish_draft(draw: TaskDraw) -> Task:
    _, draft = draw.choice(policies(locked=False))

    def solve(do: Do) -> None:
        found = find_one(do, "/Drafts", draft.name)
        text = do.read_file(file_id=found.id).text
        do.write_file(folder="/Policies", name=draft.name, text=text, mode="replace")
        do.delete_file(file_id=found.id)

    return draw.task(solve, draft=draft)


@files.impossible(publish_draft)
def publish_draft_of_a_locked_policy(draw: TaskDraw) -> Task:
    _, draft = draw.choice(policies(locked=True))

    def solve(do: Do) -> None:
        found = find_one(do, "/Drafts", draft.name)
        text = do.read_file(file_id=found.id).text
        do.attempt("write_file", folder="/Policies", name=draft.name, text=text, mode="replace")

    return draw.task(solve, impossible=True, draft=draft)


@files.intent(
    "What do the invoices of {supplier} in {folder} come to, all together?",
    "Add up the totals of every invoice from {supplier} that is kept in {folder}.",
    "How much did {supplier} charge us according to the invoices in {folder}?",
    "I need one figure for the books: the sum of {supplier}'s invoice totals, looking at {folder} only.",
    "Go through {folder}, take the invoices that {supplier} sent, and tell me the total of their totals.",
    "{supplier} asks what we have paid in that time. Going by {folder}, which amount is it in all?",
    "Please work out the whole cost of {supplier} from the files in {folder}; other suppliers do not matter.",
    "Across all bills from {supplier} stored under {folder}, what is the overall sum?",
    kind="aggregate",
)
def supplier_bill(draw: TaskDraw) -> Task:
    folder, supplier, found = a_year(draw)

    def solve(do: Do) -> Any:
        bills = do.search_files(name=supplier, folder_path=folder, in_bin=False)
        return do.sum([amount_after(do.read_file(file_id=one.id).text, "Total") for one in bills])

    answer = sum((amount_after(file.text, "Total") for file in found), Decimal(0))
    return draw.task(solve, answer=Answer.money(answer), folder=folder, supplier=supplier)


@files.intent(
    "Move every invoice of {supplier} out of {folder} into {target}; everything else stays where it is.",
    "{folder} still holds invoices from {supplier}. They belong in {target} now, all of them, under the names they have.",
    "We are done with {supplier}: put their invoices from {folder} away in {target}.",
    "Please file the {supplier} invoices that lie in {folder} under {target} instead.",
    "The auditor wants all papers of {supplier} in {target}. Take whatever invoices of theirs {folder} has and move them there.",
    "Clear {folder} of {supplier}'s invoices by moving each one to {target}. Do not touch the other suppliers.",
    "What {supplier} billed us and we keep in {folder} should be found in {target} from today on. Moving is enough, no copies.",
    "Tidy up a little: from {folder} to {target} with every single file that is an invoice by {supplier}.",
    kind="batch",
)
def archive_invoices(draw: TaskDraw) -> Task:
    folder, supplier, _ = a_year(draw)
    target = draw.choice(
        [one.path for one in rows(Folder) if one.path.startswith("/Archive") and not invoices(one.path, supplier)]
    )

    def solve(do: Do) -> None:
        for one in do.search_files(name=supplier, folder_path=folder, in_bin=False):
            do.move_file(file_id=one.id, folder=target)

    return draw.task(solve, folder=folder, supplier=supplier, target=target)


def attendance(file: File) -> list[str]:
    """Who was at a meeting, by its minutes."""
    found = re.search(r"^Present: (.+)$", file.text, re.M)
    return found.group(1).split(", ") if found else []


def topics_to_share() -> list[str]:
    """What was talked about at one meeting only, whose minutes can be shared with everybody who was there."""
    minutes = [file for file in rows(File, folder__path="/Minutes", in_bin=False) if can_receive(file)]
    topics = [topic for file in minutes for topic in re.findall(r"^## (.+)$", file.text, re.M)]
    return [topic for topic in topics if count(File, text=containing(f"## {topic}"), in_bin=False) == 1]


def can_receive(file: File) -> bool:
    """Whether minutes can be shared with everybody they name: known by one name, not the owner, and nobody has them yet."""
    people = [rows(Person, name=name) for name in attendance(file)]
    return bool(people) and not count(FileShare, file=file) and all(
        len(found) == 1 and found[0] != file.owner and count(Person, name=containing(found[0].name)) == 1 for found in people
    )  # fmt: skip


@files.intent(
    "At one of our meetings, {topic} was on the agenda. Let everybody who was present view its minutes.",
    "The minutes that have a part on {topic}: share them, to view, with each person listed as present in them.",
    "Whoever sat in the meeting about {topic} should be able to read the minutes but not to edit them. Please arrange it.",
    "Find the minutes where {topic} came up and give all the people who attended access to view them.",
    "{topic} was discussed in just one meeting. Those who were there have asked for the minutes; sharing for viewing will do.",
    "Please share the minutes under whose headings {topic} appears. With whom? Everyone they name as present. How? View only.",
    "Everyone present when we talked about {topic} is to get the minutes of that meeting, without the right to change them.",
    "I promised the people at the meeting on {topic} that they could look at the minutes on the drive. Open the file to each of them for viewing.",
    kind="batch",
)
def share_minutes(draw: TaskDraw) -> Task:
    topic = draw.choice(topics_to_share())

    def solve(do: Do) -> None:
        found = do.find_files(words=topic).files
        texts = {one.id: do.read_file(file_id=one.id).text for one in found}
        minutes, text = next((one, text) for one, text in texts.items() if f"## {topic}" in text)
        present = next(line for line in text.splitlines() if line.startswith("Present: "))
        for name in present.removeprefix("Present: ").split(", "):
            do.share_file(file_id=minutes, person=name, access="view")

    return draw.task(solve, topic=f"“{topic}”")


@files.intent(
    "What did {good} cost according to {list.name} before its latest change?",
    "{list.name} was changed not long ago. Which price did its version just before that give for {good}?",
    "A customer insists on the old price of {good}, meaning the one in the last but one version of {list.name}. How much is that?",
    "Look into the history of {list.name}: what was the price of {good} in the version that the present one replaced?",
    "In {list.name}, as it was until the most recent edit, {good} stood at what amount?",
    "Please tell me the previous price of {good}. I mean the one in the version of {list.name} right before the current one.",
    "How much had we put down for {good} in {list.name}, one version back from today's?",
    "Before {list.name} got its current text, what did it ask for {good}?",
    kind="question",
)
def price_before(draw: TaskDraw) -> Task:
    lists = [file for file in rows(File, name=containing("Price list"), in_bin=False) if count(FileVersion, file=file)]
    file, good = draw.choice(lists), draw.choice(GOODS)[0]
    old = first(FileVersion, file=file, number=file.version - 1)
    draw.need(old is not None and amount_after(old.text, good), "that was not on the list")

    def solve(do: Do) -> Any:
        found = find_one(do, file.folder.path, file.name)
        versions = do.file_details(file_id=found.id).versions
        return amount_after(do.read_file(file_id=found.id, version=versions[0].number).text, good)

    return draw.task(
        solve, answer=Answer.money(amount_after(old.text, good) if old else Decimal(0)), list=file, good=a_noun(good)
    )


@files.intent(
    "Compare {policy.name} in /Policies with its version before. If it now allows more for {thing}, add the line “{up}” at the end of {log}; if it allows less, add the line “{down}”.",
    "Did the latest change to /Policies/{policy.name} raise or lower the amount for {thing}? When raised, append “{up}” to {log}, when lowered append “{down}”.",
    "{log} needs one more line at its end. It reads “{up}” if {thing} may cost more under the current {policy.name} than under the version it replaced, and “{down}” if it may cost less.",
    "Please log what happened to the amount for {thing}, going by {policy.name} as it stands in /Policies and one version back: “{up}” for an increase, “{down}” for a cut. The log is {log} and new lines go last.",
    "Our log {log} says nothing yet about {thing}. Check the present and the previous text of /Policies/{policy.name}, then append “{down}” where the amount has fallen, or else, as it has risen, “{up}”.",
    "[I wonder|Tell the log] whether {thing} became dearer for us with the last version of {policy.name} in /Policies. Extend {log} by the line “{up}” in case the limit went up, or by “{down}” in case it went down.",
    "One line is due in {log}. Which one depends on what /Policies/{policy.name} allows for {thing}: if the limit of now is above the one before, write “{up}”; if it is below, write “{down}”. Put it last.",
    "Take the two latest versions of {policy.name}, the one in /Policies. A higher limit for {thing} in the newer one means that “{up}” goes to the end of {log}; a lower limit means “{down}”.",
    kind="conditional",
)  # fmt: skip
def log_policy_change(draw: TaskDraw) -> Task:
    log = at("/Policies/Changes.txt")
    draw.need(log is not None, "there is no log")
    options = []
    for policy in rows(File, folder__path="/Policies", in_bin=False):
        old = first(FileVersion, file=policy, number=policy.version - 1)
        for title, things in POLICIES:
            for thing, _ in things:
                if old is not None and policy.name == f"{title}.md":
                    change = amount_after(policy.text, thing) - amount_after(old.text, thing)
                    if change and amount_after(old.text, thing):
                        options.append((policy, thing, change))
    policy, thing, change = draw.choice(options)
    up, down = f"{policy.name}: more for {a_noun(thing)}", f"{policy.name}: less for {a_noun(thing)}"

    def solve(do: Do) -> None:
        found = find_one(do, "/Policies", policy.name)
        last = do.file_details(file_id=found.id).versions[0].number
        current, old = do.read_file(file_id=found.id).text, do.read_file(file_id=found.id, version=last).text
        line = up if amount_after(current, thing) > amount_after(old, thing) else down
        do.write_file(folder="/Policies", name="Changes.txt", text=line, mode="append")

    return draw.task(solve, policy=policy, thing=a_noun(thing), up=up, down=down, log="/Policies/Changes.txt")


@files.intent(
    "{name} was thrown away by mistake on {day}. Take it out of the bin and move it to {folder}.",
    "We need {name} back, the one that was deleted on {day}; it shall then be in {folder}.",
    "On {day} somebody put {name} into the bin. Please restore that file and file it under {folder}.",
    "There may be several things called {name} in the bin. The one deleted on {day} is wanted again, in {folder}.",
    "Could you undo the deletion of {name} from {day}? Afterwards the file belongs in {folder}.",
    "Rescue {name}: of those in the bin it is the one from {day}, and {folder} is where it should end up.",
    "The bin swallowed our {name} on {day}. Once it is restored, have it moved over to {folder}.",
    "Get back what was binned on {day} under the name of {name}, and give it a place in {folder}.",
    kind="repair",
)
def bring_back(draw: TaskDraw) -> Task:
    fitting = [
        file for file in rows(File, in_bin=True, folder__path=other_than("/Archive"))
        if file.deleted is not None and not file.locked and at(path_of(file)) is None and at(f"/Archive/{file.name}") is None
        and sum(one.deleted.date() == file.deleted.date() for one in rows(File, in_bin=True, name=containing(file.name)) if one.deleted) == 1
    ]  # fmt: skip
    file = draw.choice(fitting)
    folder = draw.choice([one.path for one in rows(Folder, path=one_of(["/Archive", "/Drafts", "/Reports"]))
                          if one != file.folder and at(join(one.path, file.name)) is None])  # fmt: skip
    day = file.deleted.date() if file.deleted else draw.today

    def solve(do: Do) -> None:
        binned = do.search_files(name=file.name, in_bin=True)
        wanted = next(one for one in binned if one.deleted.startswith(day.isoformat()))
        do.restore_file(file_id=wanted.id)
        do.move_file(file_id=wanted.id, folder=folder)

    return draw.task(solve, name=file.name, day=day, folder=folder)


@files.intent(
    "How many orders did the {region} region place in all, going by the monthly sales files in /Reports?",
    "Sum up the orders of {region} over all the Sales files under /Reports.",
    "Each month has a sales file in /Reports. Take the orders of {region} out of every one and give me the sum.",
    "For the region {region} I want a single number: its orders in all months that /Reports has a sales file for.",
    "Please count the orders from {region} across the sales files, month after month, that lie in /Reports.",
    "What do the orders of {region} add up to if you read every Sales csv in /Reports?",
    "Looking at the sales of all the months on file in /Reports, how many orders came out of {region}?",
    "The manager for {region} wants to know the number of orders in total; use each of the monthly sales tables in /Reports.",
    kind="aggregate",
)
def orders_of_a_region(draw: TaskDraw) -> Task:
    region = draw.choice(REGIONS)
    reports = [
        file
        for file in rows(File, folder__path="/Reports", in_bin=False)
        if re.fullmatch(r"Sales \d{4}-\d\d\.csv", file.name)
    ]
    draw.need(reports, "there are no sales files")

    def solve(do: Do) -> Any:
        folder = next(one.path for one in do.list_folder().folders if one.path == "/Reports")
        tables = [one for one in do.list_folder(folder=folder).files if one.name.startswith("Sales")]
        return do.sum([amount_after(do.read_file(file_id=one.id).text, region) for one in tables])

    orders = sum(int(amount_after(file.text, region)) for file in reports)
    return draw.task(solve, answer=Answer.number(orders), region=region)


@files.intent(
    "How many visitors came to see {host} in {month}, by the file {book}?",
    "Count the entries of {month} in {book} that are visits to {host}.",
    "{host} asks how often the door was opened for a guest of theirs during {month}. The answer is in {book}.",
    "Please read {book} and give me the number of people who came for {host} in {month}.",
    "In {month}, what was the number of guests of {host}? Every visit has a line of its own in {book}.",
    "Reception wrote each visit into {book}. How many of those in {month} were to see {host}?",
    "Look up {month} in {book}: on how many lines is {host} the person visited?",
    "I am told that {host} had a lot of visits in {month}. Tell me the figure, going by {book}.",
    kind="aggregate",
)
def visits_in_a_month(draw: TaskDraw) -> Task:
    book = at("/Visitor book.txt")
    lines = book.text.splitlines() if book is not None else []
    month = month_before(draw.today, draw.integer(1, 3))
    hosts = [line.partition(" to see ")[2] for line in lines]
    there = [who for line, who in zip(lines, hosts, strict=True) if line.startswith(f"{month:%Y-%m}-")]
    host = draw.choice([who for who in sorted(there) if sum(who in line for line in lines) <= 50])

    def solve(do: Do) -> int:
        found = do.find_files(pattern="/Visitor book.txt", words=host).lines
        return do.count([line for line in found if f": {month:%Y-%m}-" in line and line.endswith(f"to see {host}")])

    return draw.task(solve, answer=Answer.number(there.count(host)), host=host, month=f"{say_date(month).partition(' ')[2]}",
                     book="/Visitor book.txt")  # fmt: skip
