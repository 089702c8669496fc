"""The shared drive: folders and files, versions and the bin, sharing, patterns, and the drive as an fsspec file system."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import agentworlds
from agentworlds.engines import EngineError
from agentworlds.engines.files import Entry, Fsspec, filesystem

world = agentworlds.load("suite:files")


@pytest.fixture
def drive() -> Iterator[agentworlds.Instance]:
    with world.instance() as instance:
        yield instance


def file_id(drive: agentworlds.Instance, path: str) -> int:
    folder, _, name = path.rpartition("/")
    found = drive.call("search_files", name=name, folder_path=folder or "/", in_bin=False).data["results"]
    return next(one["id"] for one in found if one["name"] == name and one["folder_path"] == (folder or "/"))


def value(drive: agentworlds.Instance, sql: str) -> Any:
    return drive.store.execute(sql).get


BINNED = "SELECT id FROM file WHERE in_bin = 1 LIMIT 1"
PICTURE = "SELECT id FROM file WHERE media_type = 'image/jpeg' LIMIT 1"
VIDEO = "SELECT id FROM file WHERE media_type = 'video/mp4' LIMIT 1"
LOCKED = "SELECT id FROM file WHERE locked = 1 LIMIT 1"
OWNED = "SELECT id FROM file WHERE owner_id IS NOT NULL AND in_bin = 0 AND locked = 0 LIMIT 1"
OWNER = "SELECT p.name FROM file f JOIN person p ON p.id = f.owner_id WHERE f.in_bin = 0 AND f.locked = 0 LIMIT 1"
SOMEBODY = "SELECT name FROM person WHERE id = 20"
LOCKED_POLICY = (
    "SELECT f.name FROM file f JOIN folder d ON d.id = f.folder_id WHERE d.path = '/Policies' AND f.locked = 1"
)
POLICY = "SELECT f.id FROM file f JOIN folder d ON d.id = f.folder_id WHERE path || '/' || name = '/Policies/Travel policy.md'"

REFUSALS = [
    ("list_folder", {"folder": "/Invocies"}, "not_found", "There is no folder /Invocies."),
    ("list_folder", {"folder": "/Reports/../Minutes"}, "invalid", "'..' cannot be a name"),
    ("write_file", {"folder": "/Drafts", "name": "a/b.md", "text": "x"}, "invalid", "'a/b.md' cannot be a name"),
    ("write_file", {"folder": "/Drafts", "name": "photo.jpg", "text": "x"}, "invalid", "photo.jpg would be image/jpeg"),
    ("write_file", {"folder": "/Policies", "name": "Changes.txt", "text": "x"}, "conflict", "There is already a file Changes.txt in /Policies."),
    ("write_file", {"folder": "/Policies", "name": "changes.txt", "text": "x", "mode": "append"}, "not_found", "There is no file changes.txt in /Policies."),
    ("write_file", {"folder": "/Drafts/New", "name": "a.md", "text": "x"}, "not_found", "There is no folder /Drafts/New."),
    ("write_file", {"folder": "/Policies", "name": LOCKED_POLICY, "text": "x", "mode": "replace"}, "forbidden", " is locked"),
    ("write_file", {"folder": "/", "name": "Floor plan.pdf", "text": "x", "mode": "append"}, "invalid", "Floor plan.pdf is application/pdf"),
    ("write_file", {"folder": "/", "name": "Visitor book.txt", "text": "x" * 15_000, "mode": "append"}, "limit", "Visitor book.txt would be longer than 20,000"),
    ("find_files", {"pattern": "Re**ts/*.csv"}, "invalid", "pattern: not a pattern"),
    ("find_files", {"pattern": "*a*a*a*a*a*.csv"}, "invalid", "at most 4 stars"),
    ("find_files", {"shared_with": "Nobody Atall"}, "not_found", "Nobody here is called Nobody Atall."),
    ("read_file", {"file_id": PICTURE}, "invalid", "only text can be read"),
    ("read_file", {"file_id": POLICY, "version": 99}, "not_found", "Travel policy.md has no version 99"),
    ("read_file", {"file_id": POLICY, "from_line": 8}, "invalid", "Travel policy.md has 7 lines."),
    ("move_file", {"file_id": POLICY}, "conflict", "is there already"),
    ("move_file", {"file_id": POLICY, "folder": "/Drafts"}, "conflict", "There is already a file Travel policy.md in /Drafts."),
    ("move_file", {"file_id": LOCKED, "folder": "/Drafts"}, "forbidden", "is locked"),
    ("move_file", {"file_id": BINNED, "folder": "/Drafts"}, "conflict", "is in the bin"),
    ("move_file", {"file_id": PICTURE, "name": "picture.png"}, "invalid", "would become image/png"),
    ("copy_file", {"file_id": BINNED, "folder": "/Drafts"}, "conflict", "is in the bin"),
    ("copy_file", {"file_id": VIDEO, "folder": "/Archive"}, "limit", "The drive is full"),
    ("delete_file", {"file_id": LOCKED}, "forbidden", "is locked"),
    ("restore_file", {"file_id": POLICY}, "conflict", "is not in the bin"),
    ("restore_file", {"file_id": POLICY, "version": 99}, "not_found", "has no version 99"),
    ("restore_file", {"file_id": BINNED, "version": 1}, "conflict", "is in the bin"),
    ("share_file", {"file_id": BINNED, "person": SOMEBODY, "access": "view"}, "conflict", "is in the bin"),
    ("share_file", {"file_id": POLICY, "person": SOMEBODY, "access": "none"}, "not_found", "is not shared with"),
    ("share_file", {"file_id": OWNED, "person": OWNER, "access": "view"}, "conflict", "so it needs no share"),
    ("share_file", {"file_id": LOCKED, "person": SOMEBODY, "access": "edit"}, "forbidden", "so it can be shared to view only"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "given", "code", "message"), REFUSALS)
def test_what_cannot_be_is_refused_and_changes_nothing(
    drive: agentworlds.Instance, tool: str, given: dict[str, Any], code: str, message: str
) -> None:
    arguments = {name: value(drive, one) if str(one).startswith("SELECT") else one for name, one in given.items()}
    step = drive.apply(tool, arguments)
    assert step.refusal is not None, step.text
    assert (step.refusal.code, message in step.refusal.message) == (code, True), step.text
    assert drive.changes() == []


def test_a_file_that_is_written_can_be_found_read_changed_and_found_again(drive: agentworlds.Instance) -> None:
    made = drive.call(
        "write_file", folder="/Projects/Roof", name="Plan.md", text="# Plan\n\nAsk the café.", new_folder=True
    ).data
    assert (made["folder_path"], made["size"], made["media_type"], made["version"]) == (
        "/Projects/Roof",
        22,
        "text/markdown",
        1,
    )
    assert drive.call("find_files", words="CAFÉ").data["lines"] == ["/Projects/Roof/Plan.md:3: Ask the café."]
    drive.call("write_file", folder="Projects/Roof/", name="Plan.md", text="Done.", mode="append")
    moved = drive.call("move_file", file_id=made["id"], folder="/Archive", name="Roof plan.txt").data
    assert (moved["folder_path"], moved["name"], moved["media_type"]) == ("/Archive", "Roof plan.txt", "text/plain")
    assert drive.call("read_file", file_id=made["id"]).data["text"] == "# Plan\n\nAsk the café.\nDone."
    assert [one["path"] for one in drive.call("list_folder", folder="/Projects").data["folders"]] == ["/Projects/Roof"]


def test_line_breaks_at_the_end_of_a_text_are_not_kept(drive: agentworlds.Instance) -> None:
    made = drive.call("write_file", folder="/Drafts", name="Note.txt", text="one\r\n\n").data
    added = drive.call("write_file", folder="/Drafts", name="Note.txt", text="two\n", mode="append").data
    assert (made["size"], added["size"]) == (3, 7)
    assert drive.call("read_file", file_id=made["id"]).data["text"] == "one\ntwo"


@pytest.mark.parametrize("intent", ["publish_draft", "log_policy_change"])
def test_a_text_that_was_asked_for_may_end_in_a_line_break_or_have_others_inside(intent: str) -> None:
    task = next(one.spec for one in world.tasks(0) if one.spec.intent == intent)
    with world.episode(task=task.index) as episode:
        for call in task.solution:
            text = {"text": call.arguments["text"].replace("\n\n", "\n") + "\n"} if call.tool == "write_file" else {}
            episode.call(call.tool, **(call.arguments | text))
        assert episode.finish().success


def test_who_creates_a_file_that_is_there_is_told_how_to_write_to_it(drive: agentworlds.Instance) -> None:
    step = drive.call("write_file", folder="/Policies", name="Changes.txt", text="x")
    assert step.text == (
        "Refused (conflict): There is already a file Changes.txt in /Policies. "
        "Try: mode='replace' or mode='append' writes to that one; a new file needs another name"
    )


def test_of_one_file_alone_fifty_lines_are_given_and_of_several_three_each(drive: agentworlds.Instance) -> None:
    book = drive.call("find_files", words=" to see ").data
    assert (book["total"], len(book["lines"]), book["lines_with_words"]) == (1, 50, 250)
    sales = drive.call("find_files", pattern="Reports/Sales*", words=";").data
    assert (sales["total"], len(sales["lines"]), sales["lines_with_words"]) == (4, 12, 24)


def test_visitors_come_on_working_days(drive: agentworlds.Instance) -> None:
    book = value(drive, "SELECT text FROM file WHERE name = 'Visitor book.txt'").splitlines()
    assert {date.fromisoformat(line[:10]).weekday() for line in book} == {0, 1, 2, 3, 4}


def test_each_policy_is_locked_in_some_seeds_and_can_be_published_in_others() -> None:
    locked, published = set(), 0
    for seed in range(24):
        with world.instance(seed=seed) as drive:
            locked.add(value(drive, LOCKED_POLICY))
        published += sum(
            "Data protection.md" in task.spec.instruction
            for task in world.tasks(seed)
            if task.spec.intent == "publish_draft"
        )
    assert len(locked) == 5
    assert published


def test_every_version_stays_and_any_can_come_back(drive: agentworlds.Instance) -> None:
    made = drive.call("write_file", folder="/Drafts", name="Note.txt", text="one").data["id"]
    for text in ("two", "three"):
        drive.call("write_file", folder="/Drafts", name="Note.txt", text=text, mode="replace")
    versions = drive.call("file_details", file_id=made).data["versions"]
    assert [one["number"] for one in versions] == [2, 1]
    assert [drive.call("read_file", file_id=made, version=number).data["text"] for number in (1, 2, 3)] == [
        "one",
        "two",
        "three",
    ]
    restored = drive.call("restore_file", file_id=made, version=1).data
    assert (restored["version"], drive.call("read_file", file_id=made).data["text"]) == (4, "one")
    assert drive.call("read_file", file_id=made, version=3).data["text"] == "three"


def test_the_bin_keeps_a_file_out_of_sight_and_out_of_the_quota(drive: agentworlds.Instance) -> None:
    before = drive.call("list_folder").data["free"]
    video = value(drive, VIDEO)
    size = drive.call("get_file", file_id=video).data["size"]
    gone = drive.call("delete_file", file_id=video).data
    assert (gone["in_bin"], gone["deleted"][:10]) == (True, "2026-03-02")
    assert drive.call("list_folder").data["free"] == before + size
    assert gone["name"] not in {one["name"] for one in drive.call("find_files", pattern="**/*.mp4").data["files"]}
    back = drive.call("restore_file", file_id=video).data
    assert (back["in_bin"], back["deleted"], drive.call("list_folder").data["free"]) == (False, None, before)


def test_a_name_is_free_again_once_its_file_is_in_the_bin_and_taken_when_it_comes_back(
    drive: agentworlds.Instance,
) -> None:
    first = drive.call("write_file", folder="/Drafts", name="Note.txt", text="one").data["id"]
    drive.call("delete_file", file_id=first)
    assert drive.call("write_file", folder="/Drafts", name="Note.txt", text="two").ok
    step = drive.call("restore_file", file_id=first)
    assert step.text == "Refused (conflict): There is already a file Note.txt in /Drafts. Try: choose another name"


def test_shares_are_given_changed_and_taken_away(drive: agentworlds.Instance) -> None:
    made = drive.call("write_file", folder="/Drafts", name="Note.txt", text="one").data["id"]
    name, email = drive.store.execute("SELECT name, email FROM person WHERE id = 20").fetchall()[0]
    drive.call("share_file", file_id=made, person=name.upper(), access="view")
    shares = drive.call("share_file", file_id=made, person=email, access="edit").data["results"]
    assert [(one["person_name"], one["access"]) for one in shares] == [(name, "edit")]
    assert [one["id"] for one in drive.call("find_files", shared_with=name).data["files"]] == [made]
    assert drive.call("share_file", file_id=made, person=name, access="none").data["results"] == []


def test_namesakes_are_told_apart_by_their_address(tmp_path: Path) -> None:
    host = load_host(tmp_path)
    with host.instance() as office:
        office.call("file_invoice", staff_id=1, number=7)
        invoice = office.call("find_files", pattern="Bills/*").data["files"][0]["id"]
        step = office.call("share_file", file_id=invoice, person="Ann Lee", access="view")
        assert step.text == "Refused (conflict): 2 people here are called Ann Lee. Try: give the e-mail address"
        shares = office.call("share_file", file_id=invoice, person="lee@example.org", access="view").data["results"]
        assert [one["person_id"] for one in shares] == [3]


def test_folders_and_finds_are_read_page_by_page(drive: agentworlds.Instance) -> None:
    whole = drive.call("find_files", limit=50).data
    pages = [drive.call("find_files", limit=20, offset=offset).data for offset in range(0, whole["total"], 20)]
    ids = [one["id"] for page in pages for one in page["files"]]
    assert len(ids) == len(set(ids)) == whole["total"] == value(drive, "SELECT count(*) FROM file WHERE in_bin = 0")
    assert [page["more"] for page in pages] == [True] * (len(pages) - 1) + [False]
    policies = drive.call("list_folder", folder="/Policies", limit=2, offset=2).data
    assert ([one["name"] for one in policies["files"]], policies["total"], policies["more"]) == (
        ["Expenses policy.md", "Home office policy.md"], 7, True)  # fmt: skip


def test_a_long_file_is_read_in_parts_that_make_up_the_whole(drive: agentworlds.Instance) -> None:
    book, parts, start = file_id(drive, "/Visitor book.txt"), [], 1
    for _ in range(10):
        page = drive.call("read_file", file_id=book, from_line=start, lines=100).data
        parts.append(page["text"])
        start = page["next_line"]
        if not start:
            break
    assert "\n".join(parts) == value(drive, f"SELECT text FROM file WHERE id = {book}")
    assert len(parts) == -(-page["lines"] // 100)


GLOBS = [
    ("**/*.csv", 6), ("Reports/*", 6), ("/Reports/Sales*", 4), ("*.csv", 0), ("*", 3), ("Policies/Travel policy*.md", 2),
    ("**/*.mp?", 3), ("Reports/Sales *-1[12].csv", 2), ("Reports", 0), ("drive:///Reports/*", 6),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "total"), GLOBS)
def test_patterns_are_those_of_fsspec(drive: agentworlds.Instance, pattern: str, total: int) -> None:
    assert drive.call("find_files", pattern=pattern).data["total"] == total


def test_patterns_see_what_an_episode_changed(drive: agentworlds.Instance) -> None:
    assert drive.call("find_files", pattern="Letters/*").data["total"] == 0
    drive.call("copy_file", file_id=file_id(drive, "/Policies/Changes.txt"), folder="/Letters")
    assert drive.call("find_files", pattern="Letters/*").data["total"] == 1
    drive.reset()
    assert drive.call("find_files", pattern="Letters/*").data["total"] == 0


# The drive from outside --------------------------------------------------------------------------------------


def test_the_drive_is_an_fsspec_file_system(drive: agentworlds.Instance) -> None:
    fs = filesystem(drive)
    assert fs.ls("/Reports", detail=False)[0] == "/Reports/Price list 2025.csv"
    assert fs.glob("**/Sales*.csv") == [
        f"/Reports/Sales {month}.csv" for month in ("2025-11", "2025-12", "2026-01", "2026-02")
    ]
    assert {root: len(names) for root, _, names in fs.walk("/Invoices")} == {
        "/Invoices": 0,
        "/Invoices/2025": 12,
        "/Invoices/2026": 8,
    }
    assert fs.cat("/Policies/Changes.txt") == b"What changed in our policies, the latest last."
    assert fs.info("/Policies") == {"name": "/Policies", "size": 0, "type": "directory"}
    assert (fs.exists("drive:///Minutes"), fs.isdir("/Minutes"), fs.isfile("/Minutes"), fs.exists("/minutes")) == (
        True,
        True,
        False,
        False,
    )
    assert fs.du("/") == drive.call("list_folder").data["size"]
    assert fs.du("/Policies") == drive.call("list_folder", folder="/Policies").data["size"]
    assert (
        fs.modified("/Welcome.md").isoformat()
        == drive.call("get_file", file_id=file_id(drive, "/Welcome.md")).data["changed"]
    )
    assert fs.cat_file("/Policies/Changes.txt", start=5, end=12) == b"changed"


def test_tables_are_read_through_the_file_system_as_the_tools_read_them(drive: agentworlds.Instance) -> None:
    with filesystem(drive).open("/Reports/Sales 2026-01.csv", "r", newline="") as opened:
        table = list(csv.DictReader(opened, delimiter=";"))
    assert [row["Region"] for row in table] == ["North", "South", "East", "West", "Islands"]
    text = drive.call("read_file", file_id=file_id(drive, "/Reports/Sales 2026-01.csv")).data["text"]
    assert sum(int(row["Orders"]) for row in table) == sum(int(line.split(";")[1]) for line in text.splitlines()[1:])


def test_the_file_system_shows_the_episode_it_belongs_to(drive: agentworlds.Instance) -> None:
    fs, other = filesystem(drive), filesystem(world.instance())
    drive.call("write_file", folder="/Drafts", name="ü.txt", text="für alle")
    assert fs.cat("/Drafts/ü.txt").decode() == "für alle"
    assert (fs.size("/Drafts/ü.txt"), other.exists("/Drafts/ü.txt")) == (9, False)
    drive.reset()
    with pytest.raises(FileNotFoundError):
        fs.info("/Drafts/ü.txt")


def test_the_file_system_is_read_only_and_says_what_it_cannot_open(drive: agentworlds.Instance) -> None:
    fs = filesystem(drive)
    with pytest.raises(OSError, match="changed by its tools"):
        fs.open("/Drafts/new.txt", "w")
    with pytest.raises(IsADirectoryError):
        fs.open("/Drafts")
    with pytest.raises(OSError, match="no content of application/pdf"):
        fs.cat("/Floor plan.pdf")
    with pytest.raises(FileNotFoundError):
        fs.ls("/Nowhere")
    with (
        agentworlds.load("suite:notes").instance() as office,
        pytest.raises(LookupError, match="does not include the suite files"),
    ):
        filesystem(office)


# The engine --------------------------------------------------------------------------------------------------

PATHS = [("/A/b/", "/A/b"), ("A", "/A"), ("", "/"), ("/", "/"), ("drive:///A b/c.d", "/A b/c.d"), (" /A ", "/A")]
NO_PATHS = ["/a//b", "..", "/a/../b", "/a\\b", "/a?", "/a \n/b", "/" + "x" * 200, "/a /b"]


@pytest.mark.parametrize(("given", "path"), PATHS)
def test_a_folder_has_one_path(given: str, path: str) -> None:
    assert Fsspec().folder(given) == path


@pytest.mark.parametrize("given", NO_PATHS)
def test_what_is_no_path_is_an_error(given: str) -> None:
    with pytest.raises(EngineError):
        Fsspec().folder(given)


def test_an_engine_finds_in_what_it_was_given() -> None:
    engine = Fsspec()
    tree = engine.tree([Entry("/"), Entry("/a"), Entry("/a/x.md", 3), Entry("/a/b"), Entry("/a/b/y.md", 4)])
    assert engine.find(tree, "**/*.md") == ["/a/b/y.md", "/a/x.md"]
    assert engine.find(tree, "a/*") == ["/a/b", "/a/x.md"]
    assert engine.media_type("x.MD") == "text/markdown"
    assert [engine.media_type(name) for name in ("README", "a.tar", ".md")] == [
        "text/plain",
        "application/octet-stream",
        "text/markdown",
    ]


# In a host ---------------------------------------------------------------------------------------------------

HOST = '''
"""An office that keeps its invoices on the drive."""

from agentworlds import Draw, Email, PersonName, Row, World, field

world = World("paper_office", title="Paper Office")


@world.table
class Staff(Row):
    name: PersonName
    email: Email = field(unique=True)


drive = world.include("files", Person=Staff, quota_mb=5, documents=(("/House rules.md", "No smoking."),))


@world.tool
def file_invoice(staff: Staff, number: int) -> drive.File:
    """Write an invoice to the drive."""
    return drive.store(f"/Bills/{number}.txt", f"Invoice {number}", owner=staff)


@world.data
def people(draw: Draw) -> None:
    for name, email in (("Bo Ray", "bo@example.org"), ("Ann Lee", "ann@example.org"), ("Ann Lee", "lee@example.org")):
        draw.new(Staff, name=name, email=email)
    drive.store("/Welcome.md", "Our own welcome.")
'''


def load_host(folder: Path) -> agentworlds.LoadedWorld:
    script = folder / "paper_office.py"
    script.write_text(HOST)
    return agentworlds.load(script)


def test_a_host_keeps_its_own_files_beside_those_of_the_suite(tmp_path: Path) -> None:
    with load_host(tmp_path).instance() as office:
        fs = filesystem(office)
        assert (fs.cat("/Welcome.md"), fs.cat("/House rules.md")) == (b"Our own welcome.", b"No smoking.")
        first = office.call("file_invoice", staff_id=1, number=7).data
        assert (first["folder_path"], first["owner_name"], first["version"]) == ("/Bills", "Bo Ray", 1)
        assert office.call("file_invoice", staff_id=1, number=7).data["version"] == 2
        assert office.call("list_folder").data["free"] > 0


# In a sentence -----------------------------------------------------------------------------------------------


def lead(step: agentworlds.Step) -> str:
    return step.text.splitlines()[0]


def test_results_are_summed_up_in_a_sentence(drive: agentworlds.Instance) -> None:
    policy = file_id(drive, "/Policies/Travel policy (old).md")
    said = [
        lead(drive.call("search_files", name="no such thing")),
        lead(drive.call("search_files", name="Changes")),
        lead(drive.call("search_files", in_bin=True, name="sign")),
        lead(drive.call("find_files", pattern="Letters/*")),
        lead(drive.call("find_files", pattern="Reports/Sales*", limit=2)),
        lead(drive.call("find_files", pattern="Reports/Sales*")),
        lead(drive.call("find_files", pattern="Visitor book.txt")),
        lead(drive.call("find_files", words=" to see ")),
        lead(drive.call("find_files", pattern="Reports/Sales*", offset=20)),
        lead(drive.call("list_folder", folder="/Letters")).partition(";")[0],
        lead(drive.call("read_file", file_id=policy)),
        lead(drive.call("read_file", file_id=policy, from_line=2, lines=3)),
        lead(drive.call("file_details", file_id=policy)),
    ]
    assert said == [
        "No file is like that.",
        "1 file: /Policies/Changes.txt.",
        "1 file, in the bin: /Pictures/Old sign.png.",
        "Nothing was found.",
        "4 files found, 2 of them on this page; the first is /Reports/Sales 2025-11.csv.",
        "4 files found; the first is /Reports/Sales 2025-11.csv.",
        "1 file found: /Visitor book.txt.",
        "1 file found: /Visitor book.txt; the first 50 of its 250 lines with the words.",
        "4 files were found, but none on this page.",
        "/Letters holds no folders and no files, 0 bytes in all",
        "/Policies/Travel policy (old).md, version 1, all 5 lines.",
        "/Policies/Travel policy (old).md, version 1, lines 2 to 4 of 5; from_line=5 goes on.",
        "/Policies/Travel policy (old).md, shared with nobody, with no earlier versions.",
    ]
