"""A small web to search and read, and bookmarks to keep: a town's council, buses, shops, museum, newspaper and recipes.

Pages are text with links written as ``[words](address)``. Some are out of date and some announce what is to come; the
date a page was published and what it says of itself tell which is which. Hosts add pages of their own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from agentworlds import (
    Answer,
    Do,
    Document,
    Draw,
    EngineError,
    Module,
    Paragraph,
    Range,
    Row,
    Task,
    TaskDraw,
    Text,
    Title,
    Url,
    Word,
    containing,
    count,
    delete,
    derived,
    field,
    first,
    insert,
    now,
    refuse,
    rows,
    today,
)  # fmt: skip
from agentworlds.engines.search import PageText, SearchEngine

search = Module("search", title="The web", wraps="SQLite FTS5")
STAFF = search.setting("staff", ())
TOWN: bool = search.setting("town", True)
"""Whether the town's web is made, which the tasks of this suite are about."""
PAGES: tuple[tuple[str, str, str, str], ...] = search.setting("pages", ())
"""Further pages: name of the site, address, title, text."""
MOST_IN_FOLDER: int = search.setting("most_in_folder", 8)
engine = search.engine(SearchEngine, "fts5")

LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
PART = 1_000


@search.table(label="name")
class WebSite(Row):
    host: Text = field(unique=True)
    name: Title = field(unique=True)


@search.table(label="title")
class WebPage(Row):
    site: WebSite
    address: Url = field(unique=True)
    title: Title
    published: date
    text: Document = field(hidden=True)
    facts: Paragraph = field(default="", hidden=True)


@search.table
class Bookmark(Row):
    title: Title = field(free=True)
    address: Url
    folder: Word
    note: Paragraph | None = field(default=None, wording=True)
    read: bool = False
    saved: datetime = field(default=now)


search.reads(
    Bookmark, by=("title", "address", "folder", "note", "read", "saved"), sort=("title", "saved"), roles=STAFF,
    about="Find bookmarks. All filters must hold. 'read' tells whether somebody has read the page since it was saved.",
)  # fmt: skip


# What the tools know of the web: made once for all episodes ---------------------------------------------------


@dataclass(frozen=True)
class Entry:
    title: str
    address: str
    site: str
    host: str
    published: date
    parts: tuple[str, ...]
    links: tuple[tuple[int, str, str], ...]
    """Part, words and address of each link, in order."""


@dataclass(frozen=True)
class Web:
    index: Any
    pages: dict[int, Entry]
    places: dict[str, int]
    """Addresses in their plain form."""
    sites: dict[str, str]
    """Site names and hosts, in lower case, with the host."""


def read_web() -> Web:
    """Every page, ready to be searched and shown."""
    pages, texts = {}, []
    for page in rows(WebPage):
        parts = in_parts(page.text)
        links = tuple((number, *found) for number, part in enumerate(parts, 1) for found in LINK.findall(part))
        shown = tuple(with_numbers(parts))
        pages[page.id] = Entry(page.title, page.address, page.site.name, page.site.host, page.published, shown, links)
        texts.append(PageText(page.id, page.title, page.site.name, LINK.sub(r"\1", page.text)))
    sites = {word.casefold(): site.host for site in rows(WebSite) for word in (site.name, site.host)}
    places = {plain_address(entry.address): number for number, entry in pages.items()}
    return Web(engine.index(texts), pages, places, sites)


def the_web() -> Web:
    return derived(read_web, WebSite, WebPage)


def plain_address(address: str) -> str:
    """An address without what may be left out: ``https://``, ``www.``, a last slash, a mark within the page."""
    bare = re.sub(r"^[a-z]+://", "", address.strip().casefold()).partition("#")[0]
    return bare.removeprefix("www.").rstrip("/")


def in_parts(text: str) -> list[str]:
    """A text cut between paragraphs into parts of some 1,000 characters."""
    parts = [""]
    for paragraph in text.split("\n\n"):
        if parts[-1] and len(parts[-1]) + len(paragraph) > PART:
            parts.append("")
        parts[-1] += ("\n\n" if parts[-1] else "") + paragraph
    return parts


def with_numbers(parts: Sequence[str]) -> list[str]:
    """Parts with each link as its words and its number within the page."""
    shown, before = [], 0
    for part in parts:
        pieces = LINK.split(part)  # text, words, address, text, words, address, …, text
        for place in range(1, len(pieces), 3):
            before += 1
            pieces[place : place + 2] = [f"{pieces[place]} [{before}]", ""]
        shown.append("".join(pieces))
    return shown


def page_at(address: str) -> Entry:
    """The page of an address, or a refusal."""
    web = the_web()
    number = web.places.get(plain_address(address))
    if number is None:
        hint = "search_web finds pages, list_site_pages lists those of a site"
        refuse("not_found", f"There is no page at {address}.", hint=hint, field="address")
    return web.pages[number]


def host_of(site: str) -> str:
    """The host of a site given by name or host, or a refusal."""
    web = the_web()
    host = web.sites.get(plain_address(site)) or web.sites.get(site.strip().casefold())
    if host is None:
        hint = "give the name or the host of a site as search_web shows them"
        refuse("not_found", f"There is no site {site!r}.", hint=hint, field="site")
    return host


# Reading ------------------------------------------------------------------------------------------------------


@dataclass
class WebResult:
    title: Title
    site: Title
    address: Url
    published: date
    excerpt: Paragraph


@dataclass
class WebResults:
    query: Text
    total: int
    more: bool
    pages: list[WebResult]


@dataclass
class PageLink:
    number: int
    words: Paragraph
    address: Url


@dataclass
class PageView:
    title: Title
    site: Title
    address: Url
    published: date
    part: int
    parts: int
    text: Document
    links: list[PageLink]


@dataclass
class PageLine:
    part: int
    line: Paragraph


@dataclass
class SitePage:
    title: Title
    address: Url
    published: date


@dataclass
class SitePages:
    site: Title
    total: int
    more: bool
    pages: list[SitePage]


@search.query(roles=STAFF)
def search_web(
    query: Text,
    site: Title | None = None,
    since: date | None = None,
    limit: Annotated[int, Range(1, 20)] = 8,
    offset: Annotated[int, Range(0, 1000)] = 0,
) -> WebResults:
    """Search the web: the pages that match best come first.

    A page need not have all the words. "Words in quotation marks" must occur as they stand, -words must not occur.

    Args:
        site: only pages of this site, by its name or host
        since: only pages published on this day or later
        limit: results per page
        offset: how many to skip: as many as were shown so far
    """
    web = the_web()
    host = host_of(site) if site is not None else None
    try:
        ranked = engine.rank(web.index, query)
        found = [
            number for number in ranked
            if (host is None or web.pages[number].host == host) and (since is None or web.pages[number].published >= since)
        ]  # fmt: skip
        shown = found[offset : offset + limit]
        excerpts = engine.excerpts(web.index, query, shown)
    except EngineError as problem:
        message = str(problem)
        refuse("invalid", f"{message[:1].upper()}{message[1:]}.", field="query")
    results = []
    for number, excerpt in zip(shown, excerpts, strict=True):
        page = web.pages[number]
        results.append(WebResult(page.title, page.site, page.address, page.published, excerpt))
    return WebResults(query, len(found), len(found) > offset + limit, results)


@search.query(roles=STAFF)
def open_page(address: Url, part: Annotated[int, Range(1, 100)] = 1) -> PageView:
    """Open a page. Long pages are shown in parts; numbers in brackets are links, listed after the text.

    Args:
        address: as search results, links and bookmarks give it
        part: which part of a long page, from 1
    """
    return view_of(page_at(address), part)


@search.query(roles=STAFF)
def follow_link(address: Url, number: Annotated[int, Range(1, 500)]) -> PageView:
    """Open the page that a link leads to.

    Args:
        address: the page that the link is on
        number: the link's number on that page
    """
    page = page_at(address)
    if number > len(page.links):
        some = f"has {len(page.links)} link{'s' * (len(page.links) != 1)}" if page.links else "has no links"
        refuse("invalid", f"{page.title!r} {some}.", field="number")
    _, words, target = page.links[number - 1]
    if plain_address(target) not in the_web().places:
        refuse("unavailable", f"The link {words!r} is broken: {target} does not answer.", hint="search_web finds pages")
    return view_of(page_at(target), 1)


def view_of(page: Entry, part: int) -> PageView:
    """One part of a page, with the links in it."""
    if part > len(page.parts):
        refuse("invalid", f"{page.title!r} has {len(page.parts)} part{'s' * (len(page.parts) != 1)}.", field="part")
    links = [PageLink(n, words, there) for n, (at, words, there) in enumerate(page.links, 1) if at == part]
    text = page.parts[part - 1]
    return PageView(page.title, page.site, page.address, page.published, part, len(page.parts), text, links)


@search.query(roles=STAFF)
def find_in_page(address: Url, words: Word) -> list[PageLine]:
    """The lines of a page that have these words in them, in either case, and the part that each stands in."""
    page = page_at(address)
    wanted = words.casefold()
    return [
        PageLine(number, line[:2000])
        for number, part in enumerate(page.parts, 1) for line in part.splitlines() if wanted in line.casefold()
    ]  # fmt: skip


@search.query(roles=STAFF)
def list_site_pages(
    site: Title, limit: Annotated[int, Range(1, 50)] = 20, offset: Annotated[int, Range(0, 1000)] = 0
) -> SitePages:
    """All pages of a site, the latest first.

    Args:
        site: the site's name or host
        limit: pages at a time
        offset: how many to skip: as many as were shown so far
    """
    host = host_of(site)
    pages = sorted((page for page in the_web().pages.values() if page.host == host), key=lambda page: page.address)
    pages.sort(key=lambda page: page.published, reverse=True)
    shown = [SitePage(page.title, page.address, page.published) for page in pages[offset : offset + limit]]
    name = pages[0].site if pages else site
    return SitePages(name, len(pages), len(pages) > offset + limit, shown)


# Bookmarks ----------------------------------------------------------------------------------------------------


@search.tool(roles=STAFF)
def save_bookmark(
    address: Url, folder: Word = "Reading list", title: Title | None = None, note: Paragraph | None = None
) -> Bookmark:
    """Bookmark a page.

    Args:
        folder: a folder's name; a new name makes a new folder
        title: what to call it; the page's own title if left out
        note: what to remember about it
    """
    page = page_at(address)
    return insert(Bookmark(title=title or page.title, address=page.address, folder=folder.strip(), note=note or None))


@search.tool(roles=STAFF, idempotent=True)
def change_bookmark(
    bookmark: Bookmark,
    folder: Word | None = None,
    title: Title | None = None,
    note: Paragraph | None = None,
    read: bool | None = None,
) -> Bookmark:
    """Move a bookmark to another folder, rename it, or change its note or read mark; what is not given stays."""
    if folder is None and title is None and note is None and read is None:
        refuse("invalid", "Nothing is to be changed.", hint="give folder, title, note or read")
    bookmark.folder = bookmark.folder if folder is None else folder.strip()
    bookmark.title = bookmark.title if title is None else title
    bookmark.note = bookmark.note if note is None else note or None
    bookmark.read = bookmark.read if read is None else read
    return bookmark


@search.tool(roles=STAFF, destructive=True)
def delete_bookmark(bookmark: Bookmark) -> None:
    """Delete a bookmark; the page stays."""
    delete(bookmark)


@search.rule(
    Bookmark,
    "conflict",
    "There is already a bookmark for {row.address}.",
    hint="search_bookmarks finds it, change_bookmark changes it",
)
def one_bookmark_a_page(bookmark: Bookmark) -> bool:
    return count(Bookmark, address=bookmark.address) == 1


@search.rule(
    Bookmark, "conflict", "The folder {row.folder} already has a bookmark called “{row.title}”.",
    hint="give another title, or give the one that is there another with change_bookmark",
)  # fmt: skip
def titles_in_a_folder_differ(bookmark: Bookmark) -> bool:
    return count(Bookmark, folder=bookmark.folder, title=bookmark.title) == 1


@search.rule(
    Bookmark, "limit", f"A folder holds {MOST_IN_FOLDER} bookmarks, and {{row.folder}} is full.",
    hint="use another folder",
)  # fmt: skip
def folders_are_small(bookmark: Bookmark) -> bool:
    return count(Bookmark, folder=bookmark.folder) <= MOST_IN_FOLDER


# Summaries ----------------------------------------------------------------------------------------------------


@search.says("search_web")
def say_results(data: dict[str, Any]) -> str:
    total, pages = data["total"], data["pages"]
    if not total:
        return f"Nothing on the web matches {data['query']!r}."
    if not pages:
        return f"Only {number_of(total, 'page')} match{'es' * (total == 1)} {data['query']!r}."
    best, rest = pages[0], " More follow with a higher offset." if data["more"] else ""
    start = f"{number_of(total, 'page')} match{'es' * (total == 1)} {data['query']!r}"
    return f"{start}; here first: {best['title']!r} on {best['site']} ({written(best['published'])}).{rest}"


@search.says("open_page")
def say_page(data: dict[str, Any]) -> str:
    part = f", part {data['part']} of {data['parts']}" if data["parts"] > 1 else ""
    links = f" It has {number_of(len(data['links']), 'link')}." if data["links"] else ""
    return f"{data['title']!r} on {data['site']}, published {written(data['published'])}{part}.{links}"


@search.says("follow_link")
def say_followed(data: dict[str, Any]) -> str:
    return f"The link leads to {say_page(data)}"


@search.says("find_in_page")
def say_lines(data: dict[str, Any]) -> str:
    lines = data["results"]
    if not lines:
        return "These words do not occur on the page."
    if data["more"]:
        return f"More than {len(lines)} lines of the page have these words."
    return f"{number_of(len(lines), 'line')} of the page {'has' if len(lines) == 1 else 'have'} these words."


@search.says("list_site_pages")
def say_site(data: dict[str, Any]) -> str:
    if not data["pages"]:
        return f"{data['site']} has {number_of(data['total'], 'page')}, and none beyond those shown before."
    return f"{data['site']} has {number_of(data['total'], 'page')}, the latest first."


@search.says("search_bookmarks")
def say_bookmarks(data: dict[str, Any]) -> str:
    found = data["results"]
    if not found:
        return ""
    unread = sum(not one["read"] for one in found)
    folders = list(dict.fromkeys(one["folder"] for one in found))
    place = f"in {folders[0]}" if len(folders) == 1 else f"in {len(folders)} folders"
    state = "all read" if not unread else ("none read yet" if unread == len(found) else f"{unread} not read yet")
    if len(found) == 1:
        state = "read" if not unread else "not read yet"
    more = " There are more." if data["more"] else ""
    return f"{number_of(len(found), 'bookmark')} {place}, {state}.{more}"


def number_of(amount: int, noun: str) -> str:
    return f"{amount} {noun}{'s' * (amount != 1)}" if amount else f"no {noun}s"


def written(day: date | str) -> str:
    """A day as people write it."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


# The pages ----------------------------------------------------------------------------------------------------


def publish(
    site: str, address: str, title: str, text: str, published: date | None = None, facts: dict[str, str] | None = None
) -> WebPage:
    """Put a page on the web, for hosts: in their data functions, or in tools of theirs.

    A site that is not there yet is made. `facts` are for tasks that ask about the page; agents do not see them.
    """
    host = plain_address(address).partition("/")[0]
    there = first(WebSite, host=host) or insert(WebSite(host=host, name=site))
    known = "\n".join(f"{name}: {value}" for name, value in (facts or {}).items())
    page = WebPage(site=there, address=address, title=title, text=text, published=published or today(), facts=known)
    return insert(page)


def facts_of(page: WebPage) -> dict[str, str]:
    """What is known of a page without reading it."""
    return dict(line.split(": ", 1) for line in page.facts.splitlines())


TOWNS = ("Saltby", "Merrow", "Thornwick", "Pellham", "Dunmere", "Ashcombe")
# Name of the site, its host, what the prices are for, where they stand, a remark, the items with their prices in pence.
PRICE_LISTS: tuple[tuple[str, str, str, str, str, tuple[tuple[str, int, int], ...]], ...] = (
    ("{} Buses", "{}buses.example", "Bus fares", "fares", "Children are those under 16. Dogs ride free.",
     (("adult single", 210, 280), ("adult day ticket", 520, 690), ("child single", 110, 150), ("weekly ticket", 1900, 2500))),
    ("{} Town Council", "{}council.example", "Parking permit charges", "parking/charges",
     "A permit is for one vehicle and one year.",
     (("first resident permit", 5000, 6500), ("second resident permit", 8000, 9900),
      ("book of visitor permits", 1400, 2200), ("trade permit", 14000, 18000))),
    ("{} Leisure Pool", "{}pool.example", "Pool prices", "prices", "A family is two adults and up to three children.",
     (("adult swim", 480, 620), ("child swim", 240, 330), ("family swim", 1300, 1700), ("ten-swim card", 4100, 5300))),
    ("{} Museum", "{}museum.example", "Museum ticket prices", "tickets", "Tickets are valid for the whole day.",
     (("adult ticket", 800, 1100), ("child ticket", 350, 500), ("family ticket", 2000, 2600), ("annual pass", 2900, 3900))),
)  # fmt: skip
SHOPS = (("Brook Hardware", "brookhardware.example"), ("Lantern & Loom", "lanternandloom.example"),
         ("Fairfield Home", "fairfieldhome.example"))  # fmt: skip
PRODUCTS = (
    ("Kestrel desk lamp", "a jointed lamp with a heavy foot, enamelled in black", 2400, 3900),
    ("Kestrel desk lamp, brass", "the jointed lamp in brushed brass, with a linen flex", 4400, 5900),
    ("Tern kettle, 1.7 litres", "a steel kettle that switches itself off; the lid lifts right out", 2900, 4400),
    ("Tern kettle, 1 litre", "the smaller steel kettle, for two or three cups", 2300, 3300),
    ("Marl storage box", "a lidded box of grey felt, 38 by 26 by 24 centimetres", 1200, 1900),
    ("Finch extension lead, 10 metres", "four sockets on a reel, with a cut-out", 1500, 2300),
)
RECIPES = (
    ("Lemon drizzle cake", ("lemons", "butter", "eggs", "flour", "caster sugar"), 180),
    ("Lemon drizzle cake without eggs", ("lemons", "yoghurt", "oil", "flour", "caster sugar"), 170),
    ("Coffee and walnut loaf", ("walnuts", "coffee", "butter", "eggs", "flour"), 175),
    ("Beetroot salad with walnuts", ("beetroot", "walnuts", "rocket", "oil"), 0),
    ("Rhubarb crumble", ("rhubarb", "oats", "butter", "flour", "ginger"), 190),
    ("Ginger flapjacks", ("oats", "ginger", "butter", "golden syrup"), 160),
)
CAFES = ("Harbour Café", "Harbour Kitchen", "The Weighbridge")
STREETS = ("Quay Street", "Mill Lane", "Station Road", "Church Row", "Corn Street", "Lock Lane")
SHOWS = (("Birds of the Estuary", "birds", "the long gallery"), ("Boats of the Estuary", "boats", "the boat hall"))
REMARKS = {
    "Prices": ("for the budget", "for whoever does the petty cash", "compare with the bank statement"),
    "Lunch": ("ring before noon for a table", "takes no cards", "room for ten at the back"),
    "For the office": ("reception asked for one", "look elsewhere before we buy", "the old one is broken"),
    "Reading list": ("for the noticeboard", "mention it on Monday", "for the next newsletter"),
}
"""What people note down beside the bookmarks of a folder."""
NOTICES = (
    ("Choir looks for tenors", "The choral society meets on Tuesdays in the Corn Hall and would welcome more voices, above all low ones."),
    ("Footbridge closed for painting", "The footbridge at the mill is closed on weekdays until the painters are done. Walkers go round by the lock."),
    ("Seed swap in the Corn Hall", "Gardeners bring what they have too much of. Beans, says the organiser, are always too many."),
    ("Market moves for a week", "While the square is resurfaced the stalls stand in Station Road, from eight until two as always."),
    ("Library lends tools", "Drills, ladders and a wallpaper table can now be borrowed like books, for a fortnight at a time."),
)  # fmt: skip
YEAR = (
    "Ice on the mill pond, and the first skaters since anybody can remember; the council put up a sign, and nobody read it.",
    "The footbridge got its new handrail. It is green, which was not what had been ordered, and most people prefer it.",
    "Snow fell on the day of the spring market. The florist sold out of primroses by ten and went home to bed.",
    "The buses changed to their summer times a week early. The company apologised with free rides on the Sunday after.",
    "A heron settled by the lock and stayed. Anglers are divided; the primary school has named it Gerald.",
    "The pool opened for night swimming, until ten on Fridays. Towels are still not lent, in spite of several letters.",
    "Dry weeks. The council asked gardeners to water after dark, and the allotments gave their first prize to a cactus.",
    "The museum counted its ten thousandth visitor, a plumber from two streets away who had come about the boiler.",
    "The Corn Hall was given a new roof. Three of the old tiles were signed by the men who laid them in 1887.",
    "Floods came to the lower meadow and went again. The cows had been moved in time by a farmer who distrusts forecasts.",
    "The library began to lend ladders. The longest waiting list, though, is still for a novel about a ladder.",
    "Lights in the square, mulled juice for the children, and a brass band that played through a power cut.",
)  # fmt: skip


def pounds(pence: int) -> str:
    return f"£{pence // 100}.{pence % 100:02d}"


@search.data
def spread_pages(draw: Draw) -> None:
    """The host's pages, and the web of a town."""
    for site, address, title, text in PAGES:
        if not count(WebPage, address=address):
            publish(site, address, title, text, draw.day(-60, -10))
    if TOWN:
        name = draw.choice(TOWNS)
        spread_price_lists(draw, name)
        spread_shops(draw)
        spread_recipes(draw)
        spread_places(draw, name)
        spread_news(draw, name)
        keep_bookmarks(draw)


def spread_price_lists(draw: Draw, town: str) -> None:
    """Each list as it was last year, as it is, and for two of them as it will be."""
    for place, (name, host, what, path, remark, items) in enumerate(PRICE_LISTS):
        site, host = name.format(town), host.format(town.lower())
        since = draw.day(-80, -40)
        before, coming = since - timedelta(days=364 + 7 * place), since + timedelta(days=182)
        prices = [5 * draw.integer(low // 5, high // 5) for _, low, high in items]
        replaced = f"These prices have been replaced. [The prices now in force](https://{host}/{path})"
        earlier = f"[Earlier prices](https://{host}/{path}/{before.year})"
        contents = [f"[{what}](https://{host}/{path})", f"[{what}, {before.year}](https://{host}/{path}/{before.year})"]
        editions = [("past", f"{path}/{before.year}", before, 19, replaced if place % 2 else "")]
        editions += [("current", path, since, 20, earlier)]
        if place % 2 == 0:
            editions.append(("coming", f"{path}/next", coming, 22, "Until that day the present prices apply."))
            contents.append(f"[{what}: what will change](https://{host}/{path}/next)")
        for edition, where, start, twentieths, link in editions:
            known = [(item, 5 * (price * twentieths // 100)) for (item, *_), price in zip(items, prices, strict=True)]
            lines = "\n".join(f"- {item.capitalize()}: {pounds(price)}" for item, price in known)
            text = f"{what} from {written(start)}\n\n{lines}\n\n{remark} {link}".strip()
            facts = {"list": what, "edition": edition, **{item: str(Decimal(price) / 100) for item, price in known}}
            published = draw.day(-12, -6) if edition == "coming" else start - timedelta(days=9)
            publish(site, f"https://{host}/{where}", what, text, published, facts)
        text = f"Welcome to {site}. On these pages you find:\n\n" + "\n".join(f"- {line}" for line in contents)
        publish(site, f"https://{host}", site, text, draw.day(-5, -1))


def spread_shops(draw: Draw) -> None:
    """Shops with their delivery charges, and most products in two shops or three."""
    first_gap = draw.below(4)
    for number, (shop, host) in enumerate(SHOPS):
        fee, free = draw.choice((295, 350, 395, 450)), draw.choice((4000, 5000, 6000))
        listed = []
        for place, (product, about, low, high) in enumerate(PRODUCTS):
            if (number + place + first_gap) % 4:
                path = slug(product)
                price, stock, years = 5 * draw.integer(low // 5, high // 5), draw.integer(0, 9), draw.integer(2, 5)
                state = f"In stock: {stock}" if stock else "Out of stock; more are on their way"
                text = (
                    f"{product}: {about}.\n\nPrice: {pounds(price)}\n{state}\nGuarantee: {years} years\n\n"
                    f"Delivery is extra: [Delivery and returns](https://{host}/delivery)"
                )
                facts = {"product": product, "price": str(Decimal(price) / 100), "stock": str(stock)}
                publish(shop, f"https://{host}/{path}", product, text, draw.day(-120, -15), facts)
                listed.append(f"- [{product}](https://{host}/{path})")
        text = (
            f"{shop} delivers within three working days.\n\nDelivery costs {pounds(fee)} an order, whatever is in it. "
            f"For orders of {pounds(free)} or more, before delivery, it is free.\n\nWhat you do not like comes back to us "
            "within 30 days; the postage back is yours."
        )
        facts = {"fee": str(Decimal(fee) / 100), "free": str(Decimal(free) / 100)}
        publish(shop, f"https://{host}/delivery", "Delivery and returns", text, draw.day(-200, -100), facts)
        goods = "\n".join(listed)
        publish(shop, f"https://{host}", shop, f"What we sell:\n\n{goods}\n\n[Delivery and returns](https://{host}/delivery)",
                draw.day(-30, -10))  # fmt: skip


def spread_recipes(draw: Draw) -> None:
    """A site of recipes."""
    site, home, links = "Kitchen Notes", "https://kitchennotes.example", []
    for title, ingredients, heat in RECIPES:
        address = f"{home}/{slug(title)}"
        amounts = "\n".join(f"- {one}" for one in ingredients)
        end = f"Bake at {heat} degrees for {draw.integer(5, 9) * 5} minutes." if heat else "Toss just before serving."
        text = f"For {draw.integer(4, 8)} people.\n\nIngredients:\n{amounts}\n\n{end}\n\n[All recipes]({home})"
        publish(site, address, title, text, draw.day(-900, -30), {"recipe": ", ".join(ingredients)})
        links.append(f"- [{title}]({address})")
    publish(site, home, site, "Recipes, all tried:\n\n" + "\n".join(links), draw.day(-29, -5))


def slug(title: str) -> str:
    """A title as it stands in addresses."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower())


def spread_places(draw: Draw, town: str) -> None:
    """Cafés with a directory that leads to them, and what the museum shows."""
    links = []
    days, streets = draw.shuffled(WEEKDAYS[:5]), draw.sample(STREETS, len(CAFES))
    for place, cafe in enumerate(CAFES):
        host = re.sub(r"[^a-z]+", "", cafe.lower().replace("é", "e")) + ".example"
        winter, summer, extra = days[place], days[(place + 1) % 5], days[(place + 3) % 5]
        opens, closes = draw.integer(8, 10), draw.integer(15, 18)
        text = (
            f"{cafe}, {draw.integer(2, 48)} {streets[place]}, {town}. Telephone {draw.text('phone')}.\n\nFrom October to March we "
            f"are open from {opens} until {closes} and closed on {winter}s.\n\nFrom April to September we are open from "
            f"{opens - 1} until {closes + 2} and closed on {summer}s.\n\nOn {extra}s there is soup."
        )
        publish(cafe, f"https://{host}", f"{cafe}: find us", text, draw.day(-300, -60),
                {"cafe": cafe, "winter": winter, "summer": summer})  # fmt: skip
        links.append(f"- [{cafe}](https://{host})")
    links.append(f"- [The Old Tearoom](https://oldtearoom{town.lower()}.example)")
    publish(f"{town} Directory", f"https://{town.lower()}directory.example", f"Where to eat in {town}",
            "Cafés in town, each with its own page:\n\n" + "\n".join(links), draw.day(-400, -320))  # fmt: skip
    museum, host = f"{town} Museum", f"{town.lower()}museum.example"
    for show, path, room in SHOWS:
        ends = draw.day(15, 40)
        later = ends + timedelta(days=7 * draw.integer(2, 5))
        text = (
            f"{show}, in {room}, until {written(ends)}. Admission is included in the ticket.\n\nChanges are "
            f"announced in our news: [{show}: news](https://{host}/news/{path})"
        )
        publish(museum, f"https://{host}/{path}", f"Exhibition: {show}", text, draw.day(-120, -90))
        text = f"So many people have come that we keep {show} open longer: its last day is now {written(later)}."
        publish(museum, f"https://{host}/news/{path}", f"{show}: news", text, draw.day(-20, -3),
                {"show": show, "last": later.isoformat()})  # fmt: skip


def spread_news(draw: Draw, town: str) -> None:
    """The newspaper, with links to what it writes about; one page is long."""
    site, home = f"The {town} Herald", f"https://{town.lower()}herald.example"
    for page in lists("coming"):
        text = (
            f"{page.title} in {town} will go up again. The new prices are set out by {page.site.name} itself: "
            f"[{page.title}: what will change]({page.address}). Readers' letters have been lively."
        )
        address = f"{home}/{slug(page.title)}-to-rise"
        publish(site, address, f"{page.title} to rise", text, page.published + timedelta(days=1))
    for number in draw.many(4):
        title, text = NOTICES[number % len(NOTICES)]
        again = f" ({number // len(NOTICES) + 1})" if number >= len(NOTICES) else ""
        publish(site, f"{home}/{number + 1}", title + again, text, draw.day(-90, -2))
    months = "\n\n".join(f"{month}. {text}" for month, text in zip(MONTHS, YEAR, strict=True))
    text = f"What we wrote about, month by month.\n\n{months}"
    publish(site, f"{home}/year", f"{town}'s year", text, draw.day(-60, -50))


def keep_bookmarks(draw: Draw) -> None:
    """What somebody bookmarked: price lists of last year, cafés, a few products, some news; some of it read."""
    known = [(page, facts_of(page)) for page in rows(WebPage)]
    some = {
        "Prices": [page for page, facts in known if facts.get("edition") == "past"],
        "Lunch": [page for page, facts in known if "cafe" in facts],
        "For the office": draw.sample([page for page, facts in known if "product" in facts], 3),
        "Reading list": rows(WebPage, address=containing("herald.example"), limit=7),
    }
    for folder, pages in some.items():
        for place, page in enumerate(pages):
            if not count(Bookmark, address=page.address) and count(Bookmark, folder=folder) < MOST_IN_FOLDER:
                taken = count(Bookmark, folder=folder, title=page.title)
                title = f"{page.title} ({page.site.name})" if taken else page.title
                early = page.published < draw.today - timedelta(days=30)
                saved = draw.moment(-30, -15) if early else draw.moment(-1, -1)
                read = folder in ("For the office", "Reading list") and place % 2 == 0
                note = draw.choice(REMARKS[folder]) if draw.chance(50) else None
                insert(Bookmark(title=title, address=page.address, folder=folder, note=note, read=read, saved=saved))


# Tasks --------------------------------------------------------------------------------------------------------


def lists(edition: str) -> list[WebPage]:
    """The town's price lists of an edition."""
    return [page for page in rows(WebPage) if facts_of(page).get("edition") == edition]


def editions(do: Do, what: str, site: str) -> list[tuple[date, str]]:
    """The price lists that a site has, as read: the day each holds from and its text, by day."""
    found = []
    for hit in do.search_web(query=what, site=site).pages:
        text = do.open_page(address=hit.address).text if hit.title.lower() == what else ""
        if text.lower().startswith(f"{what} from "):
            found.append((day_in(text.splitlines()[0]), text))
    return sorted(found)


def in_force(do: Do, what: str, site: str, day: date) -> str:
    """The list that holds on a day: the latest that has begun."""
    return [text for since, text in editions(do, what, site) if since <= day][-1]


def day_in(text: str) -> date:
    """The last day that a text writes out."""
    number, month, year = re.findall(rf"(\d+) ({'|'.join(MONTHS)}) (\d{{4}})", text)[-1]
    return date(int(year), MONTHS.index(month) + 1, int(number))


def amount_after(words: str, text: str) -> Decimal:
    """The amount that follows some words in a text."""
    found = re.search(rf"{re.escape(words)}:? £([\d.]+\d)", text, re.IGNORECASE)
    return Decimal(found[1]) if found else Decimal(0)


@search.intent(
    "What does {site} charge for the {item} at present? See its {what}.",
    "How much is the {item} by the {what} of {site} that hold today?",
    "I need one figure off the web: {item}, {site}, {what} now in force.",
    "Look at the {what} published by {site} and tell me today's price for the {item}.",
    "Somebody here wants to know what the {item} costs. The right page is among the {what} on the site of {site}.",
    "{site} has put its {what} online more than once. What is the valid price of the {item}?",
    "Price check, please: {item} ({what}, {site}), as of now and not as it was or will be.",
    "If I paid {site} for the {item} this afternoon, what would I pay? The {what} should say.",
    kind="question",
)
def price_now(draw: TaskDraw) -> Task:
    page = draw.choice(lists("current"))
    item = draw.choice(list(facts_of(page))[2:])
    site, what = page.site.name, page.title.lower()

    def solve(do: Do) -> Decimal:
        return amount_after(item, in_force(do, what, site, draw.today))

    return draw.task(solve, answer=Answer.money(Decimal(facts_of(page)[item])), site=site, what=what, item=item)


@search.intent(
    "By how much did the {item} go up when {site} last changed its {what}?",
    "Compare the {what} of {site} now in force with the list before: how much dearer is the {item}?",
    "{site} replaced its {what}. What is the difference in the price of the {item}?",
    "How much more does the {item} cost today than under the previous {what} of {site}?",
    "Find the rise for the {item} between the earlier and the present {what}, both on the site of {site}.",
    "We budget by last year's {what}. What must be added for the {item}, given what {site} takes now?",
    "Old price, present price, subtract: {item}, {what}, {site}.",
    "What has the latest change that is already in effect added to the {item}? It concerns the {what} of {site}.",
    kind="aggregate",
)
def price_rise(draw: TaskDraw) -> Task:
    page = draw.choice(lists("current"))
    before = next(one for one in lists("past") if one.title == page.title)
    item = draw.choice(list(facts_of(page))[2:])
    site, what = page.site.name, page.title.lower()

    def solve(do: Do) -> Any:
        known = [text for since, text in editions(do, what, site) if since <= draw.today]
        return do.difference(amount_after(item, known[-1]), amount_after(item, known[-2]))

    rise = Decimal(facts_of(page)[item]) - Decimal(facts_of(before)[item])
    return draw.task(solve, answer=Answer.money(rise), site=site, what=what, item=item)


@dataclass(frozen=True)
class Offer:
    page: WebPage
    product: str
    shop: str
    price: Decimal
    stock: int
    fee: Decimal
    free: Decimal

    def total(self, pieces: int) -> Decimal:
        """What an order of some pieces costs, delivery included."""
        goods = self.price * pieces
        return goods if goods >= self.free else goods + self.fee


def offers() -> list[Offer]:
    """Every product of every shop."""
    found = []
    for page in rows(WebPage):
        known = facts_of(page)
        if "product" in known:
            terms = facts_of(rows(WebPage, site=page.site, facts=containing("fee:"))[0])
            price, stock = Decimal(known["price"]), int(known["stock"])
            found.append(
                Offer(
                    page, known["product"], page.site.name, price, stock, Decimal(terms["fee"]), Decimal(terms["free"])
                )
            )
    return found


def total_at(do: Do, product: str, shop: str, pieces: int) -> tuple[str, Any]:
    """A product's address at a shop and what an order comes to, as its pages say."""
    hit = next(one for one in do.search_web(query=product, site=shop).pages if one.title == product)
    view = do.open_page(address=hit.address)
    terms = do.follow_link(address=hit.address, number=view.links[0].number).text
    price, free = amount_after("Price", view.text), amount_after("For orders of", terms)
    goods = do.product(price, pieces) if pieces > 1 else price
    return hit.address, goods if goods >= free else do.sum([goods, amount_after("Delivery costs", terms)])


@search.intent(
    "What would an order of {pieces} × {product} from {shop} come to, delivered?",
    "Look up {shop}: {pieces} of the {product}, with delivery. How much in all?",
    "I am thinking of ordering the {product} from {shop}, {pieces} of them. What will they charge me, delivery included?",
    "Total, with carriage: {product}, quantity {pieces}, shop {shop}.",
    "Find out on the site of {shop} what we pay to have {pieces} pieces of the {product} sent to us.",
    "How large would the invoice from {shop} be for {pieces} times the {product} including delivery?",
    "{product}: we need {pieces}. At {shop}'s price and with its delivery terms, what does that make?",
    "Please calculate an order at {shop}. Goods: {product}, {pieces} in number. Do not forget what delivery costs.",
    kind="aggregate",
)
def order_total(draw: TaskDraw) -> Task:
    offer = draw.choice([one for one in offers() if one.stock >= 2])
    pieces = draw.integer(2, min(offer.stock, 4))

    def solve(do: Do) -> Any:
        return total_at(do, offer.product, offer.shop, pieces)[1]

    return draw.task(
        solve, answer=Answer.money(offer.total(pieces)), pieces=pieces, product=offer.product, shop=offer.shop
    )


FOLDERS = ("To order", "Spring plans", "For the kitchen", "Ideas", "Purchases")


@search.intent(
    "Who delivers one {product} for less, {shop} or {other}? Bookmark that shop's page of it in the folder “{folder}”.",
    "Compare {shop} and {other} for a single {product}, delivery included, and put a bookmark to the cheaper offer in “{folder}”.",
    "We want one {product}. Save the page of the better offer ({shop} against {other}, with delivery) under “{folder}”.",
    "{other} or {shop}? Whichever sends us a {product} at the lower total belongs into the bookmark folder “{folder}”.",
    "Of the two product pages for the {product} at {shop} and at {other}, bookmark in “{folder}” the one where we pay less once it is delivered.",
    "In “{folder}” I would like a bookmark for buying a {product}: from {shop} if that is cheaper in the end, otherwise from {other}. Mind the carriage.",
    "Check both {shop} and {other}: price of one {product} plus delivery. The page of the one that wins goes to the folder “{folder}”.",
    "Please find out where one {product} is the better bargain, delivered, and file that page in “{folder}”. The shops are {other} and {shop}.",
    kind="conditional",
)
def save_cheaper_offer(draw: TaskDraw) -> Task:
    pairs = [
        (one, other) for one in offers() for other in offers()
        if one.product == other.product and one.total(1) < other.total(1) and one.stock and other.stock
        and not count(Bookmark, address=one.page.address)
    ]  # fmt: skip
    cheap, dear = draw.choice(pairs)
    shop, other = draw.shuffled([cheap.shop, dear.shop])
    product, folder = cheap.product, draw.choice(FOLDERS)

    def solve(do: Do) -> None:
        address = min(total_at(do, product, name, 1)[::-1] for name in (shop, other))[1]
        do.save_bookmark(address=address, folder=folder)

    return draw.task(solve, product=product, shop=shop, other=other, folder=folder)


@search.intent(
    "Bookmark the {product} as {shop} sells it, in the folder “{folder}”, and note its price there.",
    "Save {shop}'s page of the {product} under “{folder}”; the note should say what it costs.",
    "I'd like to find the {product} at {shop} again: a bookmark in “{folder}”, please, with the price in the note.",
    "Put the page where {shop} offers the {product} into “{folder}”. Add the price as a note.",
    "New bookmark, folder “{folder}”, for the {product} on the site of {shop}; write the price of one beside it.",
    "Can you keep the {product} from {shop} for us? Folder: “{folder}”. Note: what they ask for it.",
    "File the product page for {product} ({shop}) in “{folder}” with a remark that states its price.",
    "“{folder}” should get a bookmark that leads to the {product} at {shop} and mentions how much one is.",
)
def bookmark_a_product(draw: TaskDraw) -> Task:
    offer = draw.choice([one for one in offers() if not count(Bookmark, address=one.page.address)])
    folder = draw.choice(FOLDERS)

    def solve(do: Do) -> None:
        found = do.search_web(query=offer.product, site=offer.shop).pages
        hit = next(one for one in found if one.title == offer.product)
        price = amount_after("Price", do.open_page(address=hit.address).text)
        note = do.compose("Costs £{price}.", price=price)
        do.save_bookmark(address=hit.address, folder=folder, note=note)

    return draw.task(solve, product=offer.product, shop=offer.shop, folder=folder)


@search.impossible(bookmark_a_product)
def bookmark_a_product_not_sold(draw: TaskDraw) -> Task:
    sold = [(offer.product, offer.shop) for offer in offers()]
    missing = [(product, shop) for product, *_ in PRODUCTS for shop, _ in SHOPS if (product, shop) not in sold]
    product, shop = draw.choice(missing)

    def solve(do: Do) -> None:
        do.search_web(query=product, site=shop)
        assert all(page.title != product for page in do.list_site_pages(site=shop).pages)

    return draw.task(solve, impossible=True, product=product, shop=shop, folder=draw.choice(FOLDERS))


@search.intent(
    "Bookmark every recipe on {site} that has {ingredient} among its ingredients, in the folder “{folder}”.",
    "We have too much of one thing: {ingredient}. Save all recipes of {site} with it under “{folder}”.",
    "Go through the recipes of {site} and put those calling for {ingredient} into “{folder}”.",
    "Which dishes on {site} take {ingredient}? A bookmark in “{folder}” for each of them, please.",
    "The folder “{folder}” should hold each recipe from {site} that lists {ingredient}.",
    "Collect in “{folder}”: the pages of {site} on which {ingredient} is an ingredient.",
    "I want to cook with {ingredient} this week. Keep me whatever {site} has for that, as bookmarks in “{folder}”.",
    "Search {site} for things to make from {ingredient}, read the lists of ingredients, and file what fits in “{folder}”.",
    kind="batch",
)
def bookmark_recipes(draw: TaskDraw) -> Task:
    recipes = [(page, facts_of(page)["recipe"].split(", ")) for page in rows(WebPage, facts=containing("recipe:"))]
    known = [one for _, ingredients in recipes for one in ingredients]
    ingredient = draw.choice([one for one in dict.fromkeys(known) if known.count(one) in (2, 3)])
    folder, site = draw.choice(("Baking", "Cooking", "This week")), recipes[0][0].site.name

    def solve(do: Do) -> None:
        pages = do.list_site_pages(site=site).pages
        for page in [one for one in pages if f"- {ingredient}\n" in do.open_page(address=one.address).text]:
            do.save_bookmark(address=page.address, folder=folder)

    return draw.task(solve, site=site, ingredient=ingredient, folder=folder)


@search.intent(
    "The bookmark “{bookmark.title}” in the folder “{bookmark.folder}” leads to an old price list. Replace it by the list in force now.",
    "Our link to “{bookmark.title}” (folder “{bookmark.folder}”) is out of date; delete it and bookmark today's edition in its place.",
    "Somebody used last year's prices because of the “{bookmark.title}” bookmark under “{bookmark.folder}”. It ought to lead to the present ones.",
    "Please repair “{bookmark.folder}”: “{bookmark.title}” points at prices that no longer hold. Only the current page shall be bookmarked there.",
    "Exchange the stale entry “{bookmark.title}” in “{bookmark.folder}” for a bookmark of the page with the valid prices.",
    "In “{bookmark.folder}” there is a bookmark called “{bookmark.title}” to a superseded list. Take it out, and put the one that applies at the moment in.",
    "What “{bookmark.title}” opens is not valid any more. Swap that bookmark for the right page, same folder (“{bookmark.folder}”).",
    "Update the bookmarks: instead of the former price list, “{bookmark.title}” in “{bookmark.folder}” should be the one that counts today.",
    kind="repair",
)
def replace_an_old_bookmark(draw: TaskDraw) -> Task:
    old = {page.address: page for page in lists("past")}
    saved = [one for one in rows(Bookmark) if one.address in old and count(Bookmark, title=one.title) == 1]
    bookmark = draw.choice([one for one in saved if not count(Bookmark, address=address_now(old[one.address]))])

    def solve(do: Do) -> None:
        found = do.search_bookmarks(title=bookmark.title, folder=bookmark.folder)[0]
        stale = do.open_page(address=found.address)
        hits = [one for one in do.search_web(query=stale.title, site=stale.site).pages if one.title == stale.title]
        begun = [(day_in(do.open_page(address=one.address).text.splitlines()[0]), one.address) for one in hits]
        do.delete_bookmark(bookmark_id=found.id)
        do.save_bookmark(address=max(one for one in begun if one[0] <= draw.today)[1], folder=found.folder)

    return draw.task(solve, bookmark=bookmark)


def address_now(past: WebPage) -> str:
    """Where the present edition of an old price list stands."""
    return next(page.address for page in lists("current") if page.title == past.title)


@search.intent(
    "Move all bookmarks in “{folder}” that have been read to the folder “{target}”.",
    "Please clear up “{folder}”: what is marked as read goes to “{target}”, the rest stays.",
    "Everything read in the bookmark folder “{folder}” belongs in “{target}” from now on.",
    "“{folder}” should keep its unread bookmarks only; shift the others into “{target}”.",
    "Go over “{folder}” and put each bookmark we have read already into “{target}”.",
    "Make a folder “{target}” for those bookmarks of “{folder}” that somebody has read.",
    "I only want to see what is still to be read under “{folder}”. File the finished ones as “{target}”.",
    "Take the read entries out of “{folder}” and store them in “{target}”; do not touch any that nobody has read.",
    kind="batch",
)
def tidy_a_folder(draw: TaskDraw) -> Task:
    folders = [one.folder for one in rows(Bookmark, read=True)]
    folder = draw.choice(
        [one for one in dict.fromkeys(folders) if 1 < folders.count(one) < count(Bookmark, folder=one)]
    )
    target = draw.choice(("Done", "Archive", "Read already", "Old news"))

    def solve(do: Do) -> None:
        for one in do.search_bookmarks(folder=folder, read=True, limit=50):
            do.change_bookmark(bookmark_id=one.id, folder=target)

    return draw.task(solve, folder=folder, target=target)


@search.intent(
    "Until when can one see {show} at {site}?",
    "What is the last day of {show}? It is on at {site}.",
    "My sister wants to visit {show} in {site}. On which date does it close?",
    "Please look up how long {site} is showing {show}; I mean the date that holds now.",
    "When does {show} end, according to the latest that {site} says about it?",
    "{site} has extended some exhibitions. Give me the final day of {show}.",
    "Before we plan a trip to {site}: up to what day does {show} run?",
    "The poster for {show} is out of date. Which closing date does {site} announce by now?",
    kind="question",
)
def last_day(draw: TaskDraw) -> Task:
    page = draw.choice(rows(WebPage, facts=containing("show:")))
    show, site = facts_of(page)["show"], page.site.name

    def solve(do: Do) -> date:
        hits = [one for one in do.search_web(query=show, site=site).pages if show in one.title]
        views = [do.open_page(address=one.address) for one in hits]
        return day_in(max(views, key=lambda view: str(view.published)).text)

    return draw.task(solve, answer=Answer.day(date.fromisoformat(facts_of(page)["last"])), show=show, site=site)


@search.intent(
    "On which weekday is {cafe} closed in {month}?",
    "I would like to have lunch at {cafe} some time in {month}. Which day of the week should I avoid?",
    "What is the closing day of {cafe} during {month}?",
    "Check the site of {cafe}: when it is {month}, which weekday do they stay shut?",
    "Our {month} meeting could be at {cafe}. On what day of the week would we find the door locked?",
    "{cafe} takes one day off a week. Which is it in {month}?",
    "For the diary: the weekday in {month} on which {cafe} does not open.",
    "Tell me the rest day that {cafe} keeps in {month}, by what it says about itself on the web.",
    kind="question",
)
def closing_day(draw: TaskDraw) -> Task:
    known = facts_of(draw.choice(rows(WebPage, facts=containing("cafe:"))))
    number = draw.integer(1, 12)
    summer, cafe = 4 <= number <= 9, known["cafe"]

    def solve(do: Do) -> str:
        hit = next(one for one in do.search_web(query=cafe).pages if one.site == cafe)
        text = do.open_page(address=hit.address).text
        season = text[text.index("From April" if summer else "From October") :]
        return str(re.findall(r"closed on (\w+)s", season)[0])

    answer = Answer.choice(known["summer" if summer else "winter"], WEEKDAYS)
    return draw.task(solve, answer=answer, cafe=cafe, month=MONTHS[number - 1])
