"""A team chat: channels and direct messages, threads, mentions, reactions, and what is unread.

The host gives the people in it (Person), best those who work together. One account acts, that of the house itself
(`name`); a message of its own has no author and is marked `ours`. Hosts let people speak with `say` and `whisper`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from agentworlds import (
    Answer,
    Do,
    Draw,
    Module,
    Paragraph,
    PersonName,
    Range,
    Row,
    Task,
    TaskDraw,
    Text,
    Word,
    containing,
    count,
    delete,
    field,
    first,
    insert,
    now,
    one_of,
    other_than,
    refuse,
    rows,
)  # fmt: skip
from agentworlds.types import WEEKDAYS, say_date

chat = Module("chat", title="Team chat")
NAME: str = chat.setting("name", "Front desk")
STAFF = chat.setting("staff", ())
CHANNELS: tuple[tuple[str, str], ...] = chat.setting("channels", (
    ("announcements", "What everybody should know"), ("kitchen", "Tea, the fridge and the dishwasher"),
    ("social", "Outings, birthdays, lunch"), ("repairs", "What is broken and who mends it"),
    ("moving-day", "The move to the new rooms"),
))  # fmt: skip
"""Names and purposes, five at least; everybody is in the first, and one of the last three was archived."""
CHATTER: tuple[str, ...] = chat.setting("chatter", (
    "The dishwasher is full and clean. Could somebody empty it?", "Whose is the green umbrella by the door?",
    "There is cake in the kitchen, first come first served.", "The lift is stuck between two floors again.",
    "I am working from home this afternoon, call me if you need me.", "Has anybody seen the stapler from the front desk?",
    "The window on the stairs does not close, mind the rain.", "Happy birthday, and thank you for the biscuits!",
    "The heating in the back room is on full. Is that on purpose?", "We are out of milk, I will bring some tomorrow.",
    "Who has the key to the cellar?", "The new plant needs water twice a week, please.",
))  # fmt: skip
ASIDES: tuple[str, ...] = chat.setting("asides", (
    "Are you at your desk?", "A parcel for you is at the reception.", "Could you ring me when you have a minute?",
    "The form from last week still lacks a signature.", "I have put the keys back where they were.",
    "Is the meeting room free at three?", "Your lamp was still on last night, I switched it off.",
    "The visitors from Leeds were very pleased, by the way.", "Do you remember where the spare chairs are?",
))  # fmt: skip
"""What people write to us alone."""
PEOPLE: int = chat.setting("people", 8)
"""How many of the host's people take part; 0 where the host brings channels and messages of its own."""
Mark = Literal["thumbs_up", "heart", "tada", "check", "eyes"]
Page = Annotated[int, Range(1, 50)]
Skipped = Annotated[int, Range(0, 1_000_000)]


@chat.placeholder
class Person(Row):
    name: PersonName


@chat.table(label="name")
class ChatChannel(Row):
    name: Word = field(unique=True)
    purpose: Text
    archived: bool = False


@chat.table
class ChannelMember(Row):
    channel: ChatChannel
    person: Person


@chat.table(label="text")
class ChatMessage(Row):
    channel: ChatChannel | None = None
    partner: Person | None = None
    author: Person | None = None
    ours: bool = False
    text: Paragraph = field(wording=True)
    posted: datetime = field(default=now)
    thread: "ChatMessage | None" = None
    unread: bool = False
    mentions_us: bool = False
    edited: bool = False


@chat.table
class ChatMention(Row):
    message: ChatMessage
    person: Person


@chat.table
class ChatReaction(Row):
    message: ChatMessage
    person: Person | None = None
    mark: Mark


@dataclass
class ChannelState:
    channel: ChatChannel
    members: int
    unread: int
    mentions_of_us: int


@dataclass
class DirectState:
    unread: int
    latest: ChatMessage


@dataclass
class ChatOverview:
    channels: list[ChannelState]
    direct: list[DirectState]


@dataclass
class ChannelPage:
    channel: ChatChannel
    members: list[ChannelMember]
    total: int
    more: bool
    messages: list[ChatMessage]


@dataclass
class Reactions:
    message: int
    mark: Mark
    by: list[Text]


@dataclass
class MessageReactions:
    message: ChatMessage
    reactions: list[Reactions]


@dataclass
class MarkedRead:
    conversation: Text
    messages: int


@dataclass
class ChatThread:
    total: int
    more: bool
    messages: list[ChatMessage]
    mentions: list[ChatMention]
    reactions: list[Reactions]


chat.reads(
    ChatMessage, sort=("posted",), roles=STAFF,
    by=("channel", "channel.name", "partner", "partner.name", "author", "author.name", "ours", "text", "posted", "thread",
        "unread", "mentions_us"),
    about="Find messages in channels and in direct conversations (those have a partner and no channel). All filters must "
    "hold. Our own messages have no author and are marked 'ours'; replies name the message that began their thread.",
)  # fmt: skip

# Reading -----------------------------------------------------------------------------------------------------


@chat.query(roles=STAFF)
def chat_overview() -> ChatOverview:
    """All channels, and the latest direct conversations, with what is unread in each and how often it mentions us."""
    unread, mentions = Counter[Row](), Counter[Row]()
    for message in rows(ChatMessage, unread=True):
        place = message.channel or message.partner
        if place is not None:
            unread[place] += 1
            mentions[place] += message.mentions_us
    latest: dict[Row, ChatMessage] = {}
    for message in rows(ChatMessage, order="-posted", limit=200, partner=other_than(None)):
        if message.partner is not None:
            latest.setdefault(message.partner, message)
    return ChatOverview(
        [
            ChannelState(one, count(ChannelMember, channel=one), unread[one], mentions[one])
            for one in rows(ChatChannel, order="archived,name")
        ],
        [DirectState(unread[partner], message) for partner, message in list(latest.items())[:20]],
    )


@chat.query(roles=STAFF)
def read_channel(channel: ChatChannel, limit: Page = 20, offset: Skipped = 0) -> ChannelPage:
    """A channel's members, and its messages from the newest back, replies in threads among them.

    Args:
        limit: messages per page
        offset: how many to skip: as many as were shown so far
    """
    found = rows(ChatMessage, order="-posted", channel=channel)
    members = rows(ChannelMember, channel=channel)
    return ChannelPage(channel, members, len(found), offset + limit < len(found), found[offset : offset + limit])


@chat.query(roles=STAFF)
def read_chat_thread(message: ChatMessage, limit: Page = 20, offset: Skipped = 0) -> ChatThread:
    """The thread that a message belongs to, from its beginning, with the mentions in it and the reactions to it.

    Args:
        message: any message of the thread; one without replies is a thread of its own
        limit: messages per page
        offset: how many to skip: as many as were shown so far
    """
    root = message.thread or message
    found = [root, *rows(ChatMessage, order="posted", thread=root)]
    page = found[offset : offset + limit]
    mentions = rows(ChatMention, message=one_of(page))
    return ChatThread(len(found), offset + limit < len(found), page, mentions, reactions_to(page))


def reactions_to(messages: Sequence[ChatMessage]) -> list[Reactions]:
    """Who reacted to some messages, mark by mark."""
    people: dict[tuple[int, Mark], list[str]] = {}
    for one in rows(ChatReaction, message=one_of(messages)):
        people.setdefault((one.message.id, one.mark), []).append(one.person.name if one.person is not None else NAME)
    return [Reactions(message, mark, names) for (message, mark), names in people.items()]


@chat.says("search_chat_messages")
def messages_in_words(data: dict[str, Any]) -> str:
    found = data["results"]
    if not found:
        return ""
    latest = max(found, key=lambda one: (one["posted"], one["id"]))
    which = f"{written_by(latest)} on {say_date(date.fromisoformat(latest['posted'][:10]))}"
    if len(found) == 1 and not data["more"]:
        return f"One message{', unread' * latest['unread']}: {which}."
    unread = sum(one["unread"] for one in found)
    said = f"{len(found)} message{'s' * (len(found) != 1)}{' on this page' if data['more'] else ''}"
    return f"{said}, {unread or 'none'} unread; the latest is {which}."


@chat.says("get_chat_message")
def message_in_words(data: dict[str, Any]) -> str:
    return f"A message {written_by(data)}."


def written_by(data: dict[str, Any]) -> str:
    """Whose message it is, and where it stands."""
    if data["channel_id"] is None:
        return f"of ours to {named(data, 'partner')}" if data["ours"] else f"from {named(data, 'author')} to us alone"
    writer = "of ours" if data["ours"] else f"by {named(data, 'author')}"
    return f"{writer} in #{data['channel_name']}"


def named(data: dict[str, Any], column: str) -> str:
    """The name beside a reference; what a host calls it is the host's."""
    return next(
        (str(value) for key, value in data.items() if key.startswith(f"{column}_") and key != f"{column}_id"), ""
    )


@chat.says("chat_overview")
def overview_in_words(data: dict[str, Any]) -> str:
    waiting = [f"{one['unread']} in #{one['channel']['name']}" for one in data["channels"] if one["unread"]]
    waiting += [f"{one['unread']} from {named(one['latest'], 'partner')}" for one in data["direct"] if one["unread"]]
    mentions = sum(one["mentions_of_us"] for one in data["channels"])
    asked = f"; {mentions} mention{'s' * (mentions == 1)} us" if mentions else ""
    return f"Unread: {', '.join(waiting)}{asked}." if waiting else "Nothing is unread."


@chat.says("read_channel")
def channel_in_words(data: dict[str, Any]) -> str:
    members, total = len(data["members"]), data["total"]
    closed = ", archived" if data["channel"]["archived"] else ""
    shown = f", {len(data['messages'])} of them here" if len(data["messages"]) < total else ""
    people = f"{members} member{'s' * (members != 1)}"
    return f"#{data['channel']['name']}{closed}: {people}, {total} message{'s' * (total != 1)}{shown}."


@chat.says("read_chat_thread")
def thread_in_words(data: dict[str, Any]) -> str:
    replies = data["total"] - 1
    reacted = sum(len(one["by"]) for one in data["reactions"])
    answered = f"{replies} repl{'y' if replies == 1 else 'ies'}" if replies else "No replies"
    return f"{answered}, {reacted or 'no'} reaction{'s' * (reacted != 1)}."


# Writing -----------------------------------------------------------------------------------------------------


@chat.tool(roles=STAFF)
def post_message_to_channel(channel: ChatChannel, text: Paragraph, mentions: list[Person] | None = None) -> ChatMessage:
    """Post a message in a channel.

    Args:
        mentions: the people to notify, who must be members of the channel; the text need not name them
    """
    check_open(channel)
    check_text(text)
    message = insert(ChatMessage(channel=channel, ours=True, text=text))
    mention(message, mentions)
    return message


@chat.tool(roles=STAFF)
def reply_in_thread(message: ChatMessage, text: Paragraph, mentions: list[Person] | None = None) -> ChatMessage:
    """Reply to a message, in its thread. Who wrote the message is notified of the reply in any case.

    Args:
        mentions: other people to notify, who must be members of the channel; the text need not name them
    """
    check_open(message.channel)
    check_text(text)
    root = message.thread or message
    reply = insert(ChatMessage(channel=root.channel, partner=root.partner, ours=True, text=text, thread=root))
    mention(reply, [person for person in mentions or () if person not in (message.author, root.author)])
    return reply


@chat.tool(roles=STAFF)
def send_direct_message(person: Person, text: Paragraph) -> ChatMessage:
    """Write to one person only."""
    check_text(text)
    return insert(ChatMessage(partner=person, ours=True, text=text))


@chat.tool(roles=STAFF)
def edit_chat_message(message: ChatMessage, text: Paragraph) -> ChatMessage:
    """Change the text of a message of our own; it is then marked as edited.

    Args:
        text: the whole new text
    """
    if not message.ours:
        refuse("forbidden", "Only messages of our own can be changed.", hint="reply_in_thread answers it")
    check_open(message.channel)
    check_text(text)
    message.text = text
    message.edited = True
    return message


@chat.tool(roles=STAFF)
def react_to_message(message: ChatMessage, mark: Mark, remove: bool = False) -> MessageReactions:
    """React to a message with a mark, or take our mark off again.

    Args:
        remove: take it off
    """
    check_open(message.channel)
    ours = first(ChatReaction, message=message, mark=mark, person=None) if remove else None
    if not remove:
        insert(ChatReaction(message=message, mark=mark))
    elif ours is None:
        refuse("not_found", f"There is no {mark} of ours on that message.", field="mark")
    else:
        delete(ours)
    return MessageReactions(message, reactions_to([message]))


@chat.tool(roles=STAFF, idempotent=True)
def mark_chat_read(channel: ChatChannel | None = None, person: Person | None = None) -> MarkedRead:
    """Mark everything in a channel, or in the direct conversation with a person, as read; says how much that was.

    Args:
        channel: the channel, or else
        person: whom the direct conversation is with
    """
    if (channel is None) == (person is None):
        refuse("invalid", "Name one conversation.", hint="give channel_id or person_id")
    unread = rows(ChatMessage, unread=True, **({"partner": person} if channel is None else {"channel": channel}))
    for message in unread:
        message.unread = False
    where = f"#{channel.name}" if channel is not None else f"the conversation with {person.name if person else ''}"
    return MarkedRead(where, len(unread))


@chat.tool(roles=STAFF)
def add_to_channel(channel: ChatChannel, person: Person) -> ChannelMember:
    """Add a person to a channel."""
    check_open(channel)
    return insert(ChannelMember(channel=channel, person=person))


@chat.says("react_to_message")
def reactions_in_words(data: dict[str, Any]) -> str:
    given = [f"{one['mark']} by {' and '.join(one['by'])}" for one in data["reactions"]]
    return f"On that message now: {'; '.join(given)}." if given else "There is no reaction on that message now."


@chat.says("mark_chat_read")
def marked_in_words(data: dict[str, Any]) -> str:
    number, where = data["messages"], data["conversation"]
    marked = f"{number} message{'s' * (number != 1)} in {where} {'is' if number == 1 else 'are'} now marked as read."
    return marked if number else f"Nothing was unread in {where}."


def check_open(channel: ChatChannel | None) -> None:
    """Refuse what changes an archived channel."""
    if channel is not None and channel.archived:
        refuse("unavailable", f"#{channel.name} is archived; it can only be read.")


def check_text(text: str) -> None:
    """Refuse a message without words."""
    if not text.strip():
        refuse("invalid", "A message needs a text.", field="text")


def mention(message: ChatMessage, people: Sequence[Person] | None) -> None:
    """Notify people of a message, each once."""
    for person in dict.fromkeys(people or ()):
        insert(ChatMention(message=message, person=person))


@chat.rule(
    ChatMention, "conflict", "{row.person.name} is not in that conversation.", "add_to_channel adds people to a channel"
)  # fmt: skip
def mentioned_people_can_read_it(mention: ChatMention) -> bool:
    channel = mention.message.channel
    if channel is None:
        return mention.message.partner == mention.person
    return count(ChannelMember, channel=channel, person=mention.person) > 0


@chat.rule(ChannelMember, "conflict", "{row.person.name} is in #{row.channel.name} already.")
def members_are_in_once(member: ChannelMember) -> bool:
    return count(ChannelMember, channel=member.channel, person=member.person) == 1


@chat.rule(ChatReaction, "conflict", "That mark is on the message already.", "remove=True takes it off")
def marks_are_given_once(reaction: ChatReaction) -> bool:
    return count(ChatReaction, message=reaction.message, mark=reaction.mark, person=reaction.person) == 1


# For hosts ---------------------------------------------------------------------------------------------------


def say(
    author: Person, channel: ChatChannel, text: str, *, posted: datetime | None = None, thread: ChatMessage | None = None,
    unread: bool = True, mentions_us: bool = False,
) -> ChatMessage:  # fmt: skip
    """What somebody writes in a channel, now or at a time before; who was not in it is now."""
    if not count(ChannelMember, channel=channel, person=author):
        insert(ChannelMember(channel=channel, person=author))
    return insert(ChatMessage(channel=channel, author=author, text=text, posted=posted or now(), thread=thread,
                              unread=unread, mentions_us=mentions_us))  # fmt: skip


def whisper(author: Person, text: str, *, posted: datetime | None = None, unread: bool = True) -> ChatMessage:
    """What somebody writes to us alone."""
    return insert(ChatMessage(partner=author, author=author, text=text, posted=posted or now(), unread=unread))


def channel_named(name: str) -> ChatChannel:
    """The channel of a name."""
    return rows(ChatChannel, name=name)[0]


# Data --------------------------------------------------------------------------------------------------------

POLLS = (
    ("lunch on Friday", "the noodle bar", "the Turkish grill"), ("the summer outing", "a boat trip", "a bicycle tour"),
    ("the new coffee", "the dark roast", "the mild one"), ("the group photo", "the garden", "the stairs"),
)  # fmt: skip
EVENTS = (
    ("the open day", "chairs"),
    ("the street party", "benches"),
    ("the concert", "cushions"),
    ("the fair", "tables"),
)
DATES = ("fire drill", "boiler check", "group photo session", "window cleaning", "first-aid course")
PAPERS = ("the new fire rules", "the holiday plan", "the parking rules", "the notes on data protection")
THINGS = ("the new printer", "the paper delivery", "the plumber", "the locksmith")


@chat.data
def conversations(draw: Draw) -> None:
    """Channels with their members, small talk, and what people agree on: votes, offers, dates, papers to read."""
    people = draw.sample(distinct(), PEOPLE)
    if not people:
        return
    news, *others = [insert(ChatChannel(name=name, purpose=purpose)) for name, purpose in CHANNELS]
    closed = draw.choice(others[-3:])
    for person in people:
        insert(ChannelMember(channel=news, person=person))
    for channel in others:
        for person in draw.sample(people, max(len(people) * 3 // 4, 2)):
            insert(ChannelMember(channel=channel, person=person))
    others.remove(closed)
    small_talk(draw, people, others)
    for topic in draw.sample(POLLS, 2):
        hold_a_poll(draw, draw.choice(others), *topic)
    for event in draw.sample(EVENTS, 2):
        collect_offers(draw, draw.choice(others), *event)
    for matter, place in zip(draw.sample(DATES, 3), (*draw.sample(others, 2), closed), strict=True):
        name_a_date(draw, news, place, matter, unread=place != closed)
    close(draw, closed)
    for paper in draw.sample(PAPERS, 2):
        hand_out(draw, people, news, paper)
    for thing, person in zip(draw.sample(THINGS, 2), draw.sample(people, 2), strict=True):
        name_a_wrong_date(draw, news, person, thing)
    for text, channel in (
        ("could you order more tea?", others[0]),
        ("may I have the key on Monday?", draw.choice(others)),
    ):
        say(draw.choice(members_of(channel)), channel, f"@{NAME} {text}", posted=draw.moment(-2, -1), mentions_us=True)


def small_talk(draw: Draw, people: list[Person], channels: list[ChatChannel]) -> None:
    """What people say in passing, to all or to us alone; some leave us one line, others several."""
    texts = draw.shuffled(CHATTER)
    for number in draw.many(len(people)):
        channel = draw.choice(channels)
        author = draw.choice(members_of(channel))
        said = say(author, channel, texts[number % len(texts)], posted=draw.moment(-6, -1), unread=draw.chance(30))
        if number % 3 == 0:
            mention(said, [draw.choice(members_of(channel))])
    for lines, person in zip(draw.sample(range(1, 6), 3), draw.sample(people, 3), strict=False):
        for line in draw.sample(ASIDES, lines):
            whisper(person, line, posted=draw.moment(-3, -1))


def distinct() -> list[Person]:
    """The host's people whose names nobody else has."""
    names = [person.name.casefold() for person in rows(Person)]
    return [person for person in rows(Person) if names.count(person.name.casefold()) == 1]


def members_of(channel: ChatChannel) -> list[Person]:
    """The people in a channel."""
    return [member.person for member in rows(ChannelMember, channel=channel)]


def close(draw: Draw, channel: ChatChannel) -> None:
    """A channel is archived, as one of its members says there."""
    latest = rows(ChatMessage, channel=channel, order="-posted")[0]
    say(draw.choice(members_of(channel)), channel, "This channel has done its work, I am archiving it. Thank you, all!",
        posted=latest.posted + timedelta(minutes=75), unread=False)  # fmt: skip
    channel.archived = True


def hold_a_poll(draw: Draw, channel: ChatChannel, topic: str, one: str, other: str) -> None:
    """A vote by reactions, of an odd number of people, and somebody who talks about the same."""
    author, *voters = draw.shuffled(members_of(channel))
    marks: list[Mark] = draw.sample(get_args(Mark), 2)
    posted = draw.moment(-7, -5)
    poll = say(author, channel, f"A vote on {topic}: please react with {marks[0]} for {one}, or with {marks[1]} for {other}.",
               posted=posted, unread=False)  # fmt: skip
    voting = draw.choice([*range(3, len(voters) + 1, 2)][-2:] or [1])
    for number, voter in enumerate(voters[:voting]):
        insert(ChatReaction(message=poll, person=voter, mark=marks[number % 2 if number < 3 else draw.integer(0, 1)]))
    say(
        voters[0],
        channel,
        f"I am looking forward to {topic} already!",
        posted=posted + timedelta(hours=2),
        unread=False,
    )


def collect_offers(draw: Draw, channel: ChatChannel, event: str, things: str) -> None:
    """A thread of offers, one of which is taken back in part."""
    author, *helpers = draw.shuffled(members_of(channel))[:5]
    posted = draw.moment(-9, -7)
    call = say(
        author,
        channel,
        f"For {event} we need {things}. Who can bring some? Please reply here.",
        posted=posted,
        unread=False,
    )
    for number, helper in enumerate(helpers):
        posted += timedelta(minutes=draw.integer(4, 90))
        text = (
            f"I can bring {draw.integer(4, 12)} {things}." if number != 1 else "I have none, but I will help to carry."
        )
        say(helper, channel, text, posted=posted, thread=call, unread=False)
    text = f"Sorry, I have counted again. I can bring {draw.integer(2, 3)} {things}, not more."
    say(helpers[0], channel, text, posted=posted + timedelta(hours=20), thread=call, unread=draw.chance(50))


def name_a_date(draw: Draw, news: ChatChannel, place: ChatChannel, topic: str, unread: bool) -> None:
    """A date that was announced and then moved, and a question after it in another channel."""
    asking = draw.choice(members_of(place))
    author = draw.choice([person for person in members_of(news) if person != asking])
    posted, day = draw.moment(-6, -5), on_weekday(draw.day(5, 8))
    told = say(author, news, f"The {topic} is on {long_day(day)}.", posted=posted, unread=False)
    later = on_weekday(day + timedelta(days=draw.integer(2, 9)))
    moved = f"Correction: the {topic} has been moved to {long_day(later)}."
    say(author, news, moved, posted=posted + timedelta(days=2, minutes=35), thread=told, unread=False)
    say(asking, place, f"Does anybody know when the {topic} is?", posted=draw.moment(-2, -1), unread=unread)


def hand_out(draw: Draw, people: list[Person], news: ChatChannel, paper: str) -> None:
    """A paper that everybody is to confirm having read; not everybody has."""
    author, *readers = draw.shuffled(people)
    asked = say(author, news, f"Please read {paper} and react with check when you have.", posted=draw.moment(-8, -5),
                unread=False)  # fmt: skip
    for reader in readers[draw.integer(2, 3) :]:
        insert(ChatReaction(message=asked, person=reader, mark="check"))


def name_a_wrong_date(draw: Draw, news: ChatChannel, person: Person, thing: str) -> None:
    """A message of ours with a date that is no longer right, as somebody lets us know."""
    posted, day = draw.moment(-5, -4), on_weekday(draw.day(3, 6))
    insert(
        ChatMessage(channel=news, ours=True, text=f"Please note that {thing} comes on {long_day(day)}.", posted=posted)
    )
    other = long_day(on_weekday(day + timedelta(days=draw.integer(1, 5))))
    whisper(person, f"About {thing}: they rang me, it will be {other} instead.", posted=posted + timedelta(days=2))


def on_weekday(day: date) -> date:
    """The day, or the Monday after a weekend."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() > 4 else 0)


def long_day(day: date) -> str:
    """A day as people here write it: ``Thursday, 2026-03-12``."""
    return f"{WEEKDAYS[day.weekday()]}, {day}"


# Tasks -------------------------------------------------------------------------------------------------------


def day_in(text: str) -> str:
    """The last day that a text names."""
    return str(re.findall(r"\d{4}-\d\d-\d\d", text)[-1])


def number_in(text: str) -> str:
    """The number that a text names."""
    return str(re.findall(r"\d+", text)[0])


def mark_for(option: str, text: str) -> str:
    """The mark that stands for an option of a poll."""
    return str(re.findall(rf"(\w+) for {re.escape(option)}", text)[0])


def polls() -> list[ChatMessage]:
    """The votes that were held."""
    return rows(ChatMessage, text=containing("A vote on "), author=other_than(None))


def subject_of(poll: ChatMessage) -> tuple[str, str, str]:
    """The topic and the two options of a vote."""
    return next(one for one in POLLS if f"A vote on {one[0]}:" in poll.text)


def find_poll(do: Do, topic: str) -> Any:
    """A vote, as an agent finds it."""
    return next(one for one in do.search_chat_messages(text=topic) if one.text.startswith("A vote"))


def writers() -> list[Person]:
    """People who have written something, and whose name is in no other's."""
    names = [person.name.casefold() for person in rows(Person)]
    return [
        person for person in rows(Person)
        if count(ChatMessage, author=person) and sum(person.name.casefold() in name for name in names) == 1
    ]  # fmt: skip


@chat.intent(
    "Who voted for {option} in the chat's vote on {topic}?",
    "There was a vote on {topic}. I need the names of those who want {option}.",
    "Please look up in the chat which people chose {option} when {topic} was put to the vote.",
    "List everybody whose reaction to the vote about {topic} stands for {option}.",
    "On {topic}, some are for {option}. Which people are they, going by their reactions?",
    "Give me the supporters of {option} by name; the matter was {topic}, and they voted with reactions.",
    "In the poll concerning {topic}, what are the names of all that reacted in favour of {option}?",
    "I want to thank the voters who picked {option}. It was the vote on {topic} in one of the channels. Who?",
    kind="question",
)  # fmt: skip
def who_voted_for_it(draw: TaskDraw) -> Task:
    poll = draw.choice(polls())
    topic, *options = subject_of(poll)
    option = draw.choice(options)
    chosen = rows(ChatReaction, message=poll, mark=mark_for(option, poll.text))

    def solve(do: Do) -> Any:
        found = find_poll(do, topic)
        reactions = do.read_chat_thread(message_id=found.id).reactions
        return next(one.by for one in reactions if one.mark == mark_for(option, found.text))

    names = [one.person.name for one in chosen if one.person is not None]
    return draw.task(solve, answer=Answer.items(names), topic=topic, option=option)


@chat.intent(
    "Send {person.name} the result of the chat's vote on {topic} in a direct message: what has the most votes, and how many, in "
    "figures.",
    "{person.name} would like to know how the vote on {topic} went. Write to them directly which choice is ahead, and its number of "
    "votes in figures.",
    "Count the reactions to the vote about {topic} and let {person.name} alone know what has won and, as a figure, with how many votes.",
    "A private message to {person.name}, please, that names what most people want in the poll on {topic} and says how many they are "
    "(a figure, please).",
    "Tell {person.name}, not in a channel but directly, what came out when people voted on {topic}: the winner only, and its votes in "
    "figures.",
    "Which of the two is in front in the vote on {topic}? Pass that on to {person.name} by direct message, together with its number of "
    "votes in figures.",
    "{person.name} cannot open the channel in which {topic} is voted on. Message them the choice that leads, and the figure of those "
    "who are for it.",
    "Look at the poll for {topic}. Whatever has more votes than the other goes into a direct message to {person.name}, and so does the "
    "number of its votes, in figures.",
)  # fmt: skip
def report_a_vote(draw: TaskDraw) -> Task:
    poll, person = draw.choice(polls()), draw.choice(writers())
    topic, *options = subject_of(poll)

    def solve(do: Do) -> None:
        found = find_poll(do, topic)
        votes = {reaction.mark: reaction.by for reaction in do.read_chat_thread(message_id=found.id).reactions}
        winner = max(options, key=lambda option: len(votes.get(mark_for(option, found.text), ())))
        number = do.count(votes[mark_for(winner, found.text)])
        body = do.compose("Ahead is: {winner}. Votes: {number}.", winner=winner.split(" ", 1)[1], number=number)
        reader = do.search_chat_messages(author_name=person.name)[0].author_id
        do.send_direct_message(person_id=reader, text=body)

    return draw.task(solve, person=person, topic=topic)


@chat.intent(
    "How many {things} will people bring to {event}, going by the thread in the chat? Where somebody wrote twice, the "
    "later message counts.",
    "Add up the {things} offered for {event} in the chat. One helper has changed the offer since; use the new figure.",
    "For {event} we asked for {things}. What number of them has been promised by now, all helpers together?",
    "Please work out from the replies how many {things} we can count on for {event}; corrections replace what they "
    "correct.",
    "Somebody called for {things} for {event}, and people answered below. Give me the sum of what they will really bring.",
    "I have to hire what is missing for {event}. How many {things} do we get from our own people, as their last word has it?",
    "What do the offers of {things} come to in the thread about {event}? Mind that one person had to reduce theirs.",
    "Read the thread on {event} and total the {things}. An offer that its author took back in part counts with the rest "
    "only.",
    kind="aggregate",
)  # fmt: skip
def sum_of_offers(draw: TaskDraw) -> Task:
    held = {event: things for event, things in EVENTS if count(ChatMessage, text=containing(f"For {event} we need"))}
    event = draw.choice(list(held))
    things = held[event]
    call = rows(ChatMessage, text=containing(f"For {event} we need"))[0]
    last: dict[Person | None, int] = {}
    for reply in rows(ChatMessage, order="posted", thread=call, text=containing(f" {things}")):
        last[reply.author] = int(number_in(reply.text))

    def solve(do: Do) -> Any:
        found = next(one for one in do.search_chat_messages(text=event) if one.text.startswith("For "))
        offers = {}
        for message in do.read_chat_thread(message_id=found.id).messages[1:]:
            if things in message.text:
                offers[message.author_id] = number_in(message.text)
        return do.sum(offers.values())

    return draw.task(solve, answer=Answer.number(Decimal(sum(last.values()))), event=event, things=things)


@chat.intent(
    "{asking.name} asks in #{channel.name} when the {topic} is. Answer in the thread of that question with the date that "
    "holds now, and put the mark {mark} on the question.",
    "In #{channel.name} there is an open question by {asking.name} about the date of the {topic}. Reply to it, in its "
    "thread, giving the current date; then react to it with {mark}.",
    "Please help {asking.name}, who wants to know the day of the {topic}: find it in the chat, beware of the correction, "
    "and write it under the question in #{channel.name}. The question gets the mark {mark} from us.",
    "The {topic} was announced and then moved. Tell {asking.name} the new day as a reply to the question in "
    "#{channel.name}, and mark the question with {mark}.",
    "React with {mark} to what {asking.name} asked in #{channel.name} on the {topic}, and reply there in a thread: name the "
    "date on which it takes place after all.",
    "Somebody, namely {asking.name}, does not know when the {topic} will be. See #{channel.name}. Put the right date into "
    "a thread below the question and leave the mark {mark} on it.",
    "Two things for the question that {asking.name} left in #{channel.name}: a threaded reply with the day now fixed for "
    "the {topic}, and our mark {mark} as a reaction.",
    "What {asking.name} would like to learn in #{channel.name} stands in another channel: the date of the {topic}, as last "
    "corrected. Reply in thread with it and add the reaction {mark} to the question.",
)  # fmt: skip
def answer_a_question(draw: TaskDraw) -> Task:
    return answer_in(draw, archived=False)


@chat.impossible(answer_a_question)
def answer_a_question_in_an_archived_channel(draw: TaskDraw) -> Task:
    return answer_in(draw, archived=True)


def answer_in(draw: TaskDraw, archived: bool) -> Task:
    """The task about a question, in a channel that takes a reply or in one that does not."""
    asked = rows(ChatMessage, text=containing("Does anybody know when the "), channel__archived=archived)
    question = draw.choice(asked)
    topic = next(one for one in DATES if f" {one} is?" in question.text)
    mark, channel = draw.choice(get_args(Mark)), question.channel
    assert channel is not None

    def solve(do: Do) -> None:
        found = do.search_chat_messages(text=topic)
        asked = next(one for one in found if one.channel_name == channel.name and "?" in one.text)
        latest = max((one for one in found if "?" not in one.text), key=lambda one: one.posted)
        body = do.compose("It is on {day}.", day=day_in(latest.text))
        if archived:
            do.attempt("reply_in_thread", message_id=asked.id, text=body)
            return
        do.reply_in_thread(message_id=asked.id, text=body)
        do.react_to_message(message_id=asked.id, mark=mark)

    return draw.task(solve, impossible=archived, asking=question.author, channel=channel, topic=topic, mark=mark)


@chat.intent(
    "On which day is the {topic}, after the last that was said about it in the chat?",
    "The {topic} has been moved. What is the new date?",
    "Please look in the chat for the date of the {topic}; there has been a correction.",
    "I need the day of the {topic} for the wall calendar. Which one holds?",
    "When does the {topic} take place, according to the latest message on it?",
    "Name the date that the {topic} was put off to.",
    "Somebody announced the {topic} and later corrected it. Give me the corrected day.",
    "What is the right date of the {topic}? Do not fall for the first announcement.",
    kind="question",
)  # fmt: skip
def when_is_it(draw: TaskDraw) -> Task:
    moved = rows(ChatMessage, text=containing("Correction: the "))
    topic = draw.choice([one for one in DATES if any(f"the {one} has" in message.text for message in moved)])
    day = next(day_in(message.text) for message in moved if f"the {topic} has" in message.text)

    def solve(do: Do) -> str:
        found = [one for one in do.search_chat_messages(text=topic) if "?" not in one.text]
        return day_in(max(found, key=lambda one: one.posted).text)

    return draw.task(solve, answer=Answer.day(date.fromisoformat(day)), topic=topic)


@chat.intent(
    "Remind everybody in #{channel.name} who has not yet put a check on the message about {paper}: a direct message each, "
    "asking for it by {day}. Its author needs none.",
    "The message on {paper} in #{channel.name} wants a check from every member. Write directly to those who have not given "
    "theirs, leaving out the author, and set {day} as the last day.",
    "Who in #{channel.name} still owes the check for {paper}? Each of them, but not the author of the message, should get "
    "a direct message that names {day} as the deadline.",
    "Please chase the missing confirmations of {paper}. Members of #{channel.name} without a check under it get a private "
    "line with the date {day}; whoever wrote the message is exempt.",
    "By {day} all members of #{channel.name} must have reacted with check to the message about {paper}. Tell the late ones "
    "so, one direct message per person. The writer of that message is not one of them.",
    "Compare the members of #{channel.name} with the checks on {paper}. For each member without one, apart from the author, "
    "send a direct message saying that {day} is the limit.",
    "Nudge, privately and one by one, the people of #{channel.name} whose check below {paper} is missing. Mention {day}. "
    "Skip the person who posted it.",
    "I want a reminder to go out, as direct messages, because of {paper}: to the members of #{channel.name} that have not "
    "reacted with check, minus the author. It has to say {day}.",
    kind="batch",
)  # fmt: skip
def remind_who_has_not_read_it(draw: TaskDraw) -> Task:
    message = draw.choice(
        rows(ChatMessage, text=containing("and react with check when you have"), channel=other_than(None))
    )
    paper = next(one for one in PAPERS if one in message.text)
    day = draw.day(3, 10)

    def solve(do: Do) -> None:
        asked = do.search_chat_messages(text=paper)[0]
        reactions = do.read_chat_thread(message_id=asked.id).reactions
        given = [name for one in reactions if one.mark == "check" for name in one.by]
        for member in do.read_channel(channel_id=asked.channel_id).members:
            if member.person_name not in given and member.person_id != asked.author_id:
                text = do.compose("Please read it and give your check by {day}.", day=day)
                do.send_direct_message(person_id=member.person_id, text=text)

    return draw.task(solve, channel=message.channel, paper=paper, day=day)


@chat.intent(
    "Post in #{channel.name} that the meeting is on {when}, mentioning {one.name} and {other.name}. Whoever of them is not "
    "in the channel has to be added first.",
    "{one.name} and {other.name} should be mentioned in a message to #{channel.name} saying that we meet on {when}. If one "
    "is no member yet, make them one.",
    "Please announce a meeting, {when}, in #{channel.name}. Notify {one.name} as well as {other.name} by a mention, and see "
    "to it before that both are in there.",
    "Add to #{channel.name} who is missing of {one.name} and {other.name}, then write there that the meeting takes place "
    "{when} and mention the two.",
    "We meet on {when}. Let #{channel.name} know in a post that mentions {one.name}, {other.name}; should it refuse a "
    "mention, the person must join the channel.",
    "A post for #{channel.name}: meeting {when}. It mentions two people, {one.name} and {other.name}. Bring them into the "
    "channel where needed.",
    "Check the members of #{channel.name} for {one.name} and {other.name} and add the absent. After that comes a message "
    "there, mentions for both, with the date and time of our meeting: {when}.",
    "I would like {one.name} and {other.name} to hear, by being mentioned in #{channel.name}, that our meeting is set for "
    "{when}. Membership is required for that, so add people if it is lacking.",
    kind="conditional",
)  # fmt: skip
def call_a_meeting(draw: TaskDraw) -> Task:
    known = writers()
    channel = draw.choice([one for one in rows(ChatChannel, archived=False) if set(known) - set(members_of(one))])
    one = draw.choice([person for person in known if person not in members_of(channel)])
    other = draw.choice([person for person in known if person != one])
    when = datetime.combine(on_weekday(draw.day(2, 6)), datetime.min.time()) + timedelta(
        hours=draw.integer(9, 15), minutes=30
    )

    def solve(do: Do) -> None:
        states = do.chat_overview().channels
        target = next(state.channel.id for state in states if state.channel.name == channel.name)
        present = [member.person_id for member in do.read_channel(channel_id=target).members]
        people = [do.search_chat_messages(author_name=person.name)[0].author_id for person in (one, other)]
        for person in people:
            if person not in present:
                do.add_to_channel(channel_id=target, person_id=person)
        text = do.compose("We meet on {when}.", when=when)
        do.post_message_to_channel(channel_id=target, text=text, mention_ids=people)

    return draw.task(solve, channel=channel, one=one, other=other, when=when)


@chat.intent(
    "Our message about {thing} in the chat names a day that is wrong by now; {person.name} has told us the right one "
    "directly. Edit our message, and put the mark {mark} on what {person.name} wrote.",
    "Correct the date in the message that we posted on {thing}. You find the new date in the direct talk with "
    "{person.name}; react with {mark} there.",
    "{person.name} let us know that {thing} comes on another day. Change the text of our post so that it says so, and thank "
    "{person.name} with the reaction {mark}.",
    "Please put right what we told everybody about {thing}: no new message, but the old one edited to the date which "
    "{person.name} gave us in private. Their message gets the mark {mark}.",
    "There is a mistake in our post on {thing}, as a direct message by {person.name} shows. Mend the day in it and mark the "
    "direct message with {mark}.",
    "The day we posted for {thing} no longer holds. Go by {person.name}'s direct message, rewrite our post, and leave a "
    "{mark} under the direct message.",
    "Update, by editing, the day on which {thing} comes in what we wrote. {person.name} has sent us the day in a direct "
    "message, to which you then react: {mark}.",
    "Since {person.name} wrote to us about {thing}, our own post has been out of date. Replace the day in the post. And {mark} "
    "goes on {person.name}'s message as a reaction.",
    kind="repair",
)  # fmt: skip
def correct_our_message(draw: TaskDraw) -> Task:
    told = draw.choice(rows(ChatMessage, text=containing("they rang me"), partner=other_than(None)))
    thing = next(one for one in THINGS if one in told.text)
    mark = draw.choice(get_args(Mark))

    def solve(do: Do) -> None:
        found = do.search_chat_messages(text=thing)
        post = next(one for one in found if one.ours)
        direct = next(one for one in found if one.partner_id)
        text = do.compose("Please note the new day: {day}.", day=day_in(direct.text))
        do.edit_chat_message(message_id=post.id, text=text)
        do.react_to_message(message_id=direct.id, mark=mark)

    return draw.task(solve, thing=thing, person=told.partner, mark=mark)


@chat.intent(
    "Go through the channels. Where unread messages mention us, put the mark {mark} on each message that does; every channel in "
    "which none does can be marked as read.",
    "Clear the chat: channels without an unread mention of us are to be marked as read. In the others, only react with "
    "{mark} to the unread messages that mention us.",
    "Please react with {mark} to whatever mentions us and is unread, and mark all channels as read that hold no such "
    "message. Leave direct conversations alone.",
    "Go through the channels with unread messages. If we are mentioned in some of those messages, react to each of these with {mark} "
    "and leave the channel as it is; if in none, mark the channel as read.",
    "For each channel with something unread: if we are mentioned in it, {mark} as a reaction on those mentions, and if "
    "not, mark the channel as read. This is not about direct messages.",
    "Sort out what is unread in the channels. An unread mention of us gets the mark {mark} and its channel stays as it is. A channel "
    "free of mentions is marked read.",
    "Let people see by the mark {mark} that we noticed their unread mentions of us. Then mark as read the channels, and the "
    "channels only, where unread messages do not mention us.",
    "Which channels can we mark as read, since no unread message there mentions us? Do that with all of them, and give the "
    "unread mentions in the remaining ones the mark {mark} each.",
    kind="batch",
)  # fmt: skip
def clear_the_channels(draw: TaskDraw) -> Task:
    mark = draw.choice(get_args(Mark))

    def solve(do: Do) -> None:
        for state in do.chat_overview().channels:
            if state.unread and not state.mentions_of_us:
                do.mark_chat_read(channel_id=state.channel.id)
        for message in do.every("search_chat_messages", unread=True, mentions_us=True):
            do.react_to_message(message_id=message.id, mark=mark)

    return draw.task(solve, mark=mark)


@chat.intent(
    "How many unread messages by {person.name} are there in the chat, channels and direct talk together?",
    "Count what {person.name} has written in the chat and we have not read.",
    "{person.name} wonders whether we have seen everything. What is the number of their chat messages still unread?",
    "Tell me how many messages of {person.name}'s are waiting for us, wherever in the chat they stand.",
    "In the chat, how much by {person.name} is marked as unread? I want a figure.",
    "What number of unread messages has {person.name} as the author?",
    "Please find the unread chat messages from {person.name} and say how many they are.",
    "Of all that is unread in channels and direct conversations, how many pieces did {person.name} write?",
    kind="aggregate",
)  # fmt: skip
def unread_by_somebody(draw: TaskDraw) -> Task:
    waiting: dict[int, list[Person]] = {}
    for one in writers():
        waiting.setdefault(count(ChatMessage, author=one, unread=True), []).append(one)
    person = draw.choice(waiting[draw.choice([number for number in waiting if number])])

    def solve(do: Do) -> Any:
        return do.count(do.every("search_chat_messages", author_name=person.name, unread=True))

    unread = count(ChatMessage, author=person, unread=True)
    return draw.task(solve, answer=Answer.number(unread), person=person)
