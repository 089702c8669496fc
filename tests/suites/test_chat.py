"""The team chat: what each tool changes and refuses, threads, mentions and reactions, and what is unread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import agentworlds
from agentworlds.certify.fuzz import refusal_sites
from agentworlds.runtime.instance import Instance

WORLD = agentworlds.load("suite:chat")


@pytest.fixture
def chat() -> Iterator[Instance]:
    with WORLD.instance() as instance:
        yield instance


def ask(chat: Instance, sql: str) -> Any:
    row = chat.store.db.execute(sql).fetchone()
    assert row is not None, f"the seed has none: {sql}"
    return row[0] if len(row) == 1 else row


def done(chat: Instance, tool: str, **arguments: Any) -> dict[str, Any]:
    step = chat.call(tool, **arguments)
    assert step.data is not None, step.text
    return step.data


OPEN = "SELECT id FROM chat_channel WHERE name = 'kitchen'"
CLOSED = "SELECT id FROM chat_channel WHERE archived"
MEMBER = f"SELECT person_id FROM channel_member WHERE channel_id = ({OPEN})"
STRANGER = f"SELECT id FROM person WHERE id NOT IN ({MEMBER})"
THEIRS = "SELECT id FROM chat_message WHERE NOT ours AND channel_id = 1"
OURS = "SELECT id FROM chat_message WHERE ours"
IN_CLOSED = f"SELECT id FROM chat_message WHERE channel_id = ({CLOSED})"
WHISPERED = "SELECT id FROM chat_message WHERE partner_id IS NOT NULL"
REFUSED = [
    ("post_message_to_channel", {"channel_id": CLOSED, "text": "Hello"}, "unavailable", " is archived"),
    ("post_message_to_channel", {"channel_id": OPEN, "text": " "}, "invalid", "needs a text"),
    ("post_message_to_channel", {"channel_id": OPEN, "text": "Hi", "mention_ids": [STRANGER]}, "conflict", "is not in that"),
    ("reply_in_thread", {"message_id": WHISPERED, "text": "Hi", "mention_ids": [STRANGER]}, "conflict", "is not in that"),
    ("reply_in_thread", {"message_id": IN_CLOSED, "text": "Hello"}, "unavailable", " is archived"),
    ("edit_chat_message", {"message_id": THEIRS, "text": "Hello"}, "forbidden", "Only messages of our own"),
    ("react_to_message", {"message_id": THEIRS, "mark": "eyes", "remove": True}, "not_found", "no eyes of ours"),
    ("mark_chat_read", {}, "invalid", "Name one conversation"),
    ("mark_chat_read", {"channel_id": OPEN, "person_id": MEMBER}, "invalid", "Name one conversation"),
    ("add_to_channel", {"channel_id": OPEN, "person_id": MEMBER}, "conflict", "is in #kitchen already"),
]  # fmt: skip


def filled(chat: Instance, arguments: dict[str, Any]) -> dict[str, Any]:
    def value(given: Any) -> Any:
        if isinstance(given, list):
            return [value(one) for one in given]
        return ask(chat, given) if str(given).startswith("SELECT") else given

    return {name: value(given) for name, given in arguments.items()}


@pytest.mark.parametrize(("tool", "arguments", "code", "message"), REFUSED)
def test_refuses_and_nothing_remains(
    chat: Instance, tool: str, arguments: dict[str, Any], code: str, message: str
) -> None:
    step = chat.call(tool, **filled(chat, arguments))
    assert step.refusal is not None
    assert (step.refusal.code.value, message in step.refusal.message) == (code, True), step.text
    assert chat.changes() == []


def test_a_mark_is_given_once_and_can_be_taken_off(chat: Instance) -> None:
    message = ask(chat, THEIRS)
    done(chat, "react_to_message", message_id=message, mark="heart")
    step = chat.call("react_to_message", message_id=message, mark="heart")
    assert step.text == "Refused (conflict): That mark is on the message already. Try: remove=True takes it off"
    assert {"message": message, "mark": "heart", "by": ["Front desk"]} in done(
        chat, "read_chat_thread", message_id=message
    )["reactions"]
    done(chat, "react_to_message", message_id=message, mark="heart", remove=True)
    assert chat.changes() == []


def test_every_refusal_and_every_rule_of_the_suite_is_reached_here(chat: Instance) -> None:
    reached = set()
    for tool, arguments, _, _ in [*REFUSED, ("react_to_message", {"message_id": THEIRS, "mark": "tada"}, "", "")]:
        given = filled(chat, arguments)
        steps = [chat.call(tool, **given) for _ in range(2)]
        reached.add(steps[1].refusal.site if steps[1].refusal else None)
    assert reached == {site for site in refusal_sites(WORLD) if "suites/chat.py" in site}


def test_a_reply_to_a_reply_stays_in_the_thread_and_in_its_conversation(chat: Instance) -> None:
    reply, root, channel = ask(chat, "SELECT id, thread_id, channel_id FROM chat_message WHERE thread_id IS NOT NULL")
    ours = done(chat, "reply_in_thread", message_id=reply, text="Thank you.")
    assert (ours["thread_id"], ours["channel_id"], ours["ours"], ours["author_id"]) == (root, channel, True, None)
    thread = done(chat, "read_chat_thread", message_id=ours["id"])
    assert thread["messages"][0]["id"] == root
    assert thread["messages"][-1]["id"] == ours["id"]
    assert thread["total"] == 2 + ask(chat, f"SELECT count(*) FROM chat_message WHERE thread_id = {root}") - 1
    whisper, partner = ask(chat, "SELECT id, partner_id FROM chat_message WHERE partner_id IS NOT NULL")
    answer = done(chat, "reply_in_thread", message_id=whisper, text="I see.", mention_ids=[partner])
    assert (answer["partner_id"], answer["channel_id"]) == (partner, None)


def test_a_mention_needs_a_member_and_is_made_once(chat: Instance) -> None:
    channel, stranger = ask(chat, OPEN), ask(chat, STRANGER)
    refused = chat.call("post_message_to_channel", channel_id=channel, text="Hi", mention_ids=[stranger])
    assert refused.refusal is not None
    assert refused.refusal.hint == "add_to_channel adds people to a channel"
    done(chat, "add_to_channel", channel_id=channel, person_id=stranger)
    post = done(chat, "post_message_to_channel", channel_id=channel, text="Hi", mention_ids=[stranger, stranger])
    mentions = done(chat, "read_chat_thread", message_id=post["id"])["mentions"]
    assert [one["person_id"] for one in mentions] == [stranger]
    assert stranger in [one["person_id"] for one in done(chat, "read_channel", channel_id=channel)["members"]]


def test_who_is_answered_needs_no_mention(chat: Instance) -> None:
    asked, asking, other = ask(
        chat,
        "SELECT m.id, m.author_id, c.person_id FROM chat_message m JOIN channel_member c ON c.channel_id = m.channel_id "
        "AND c.person_id != m.author_id WHERE m.text LIKE 'Does anybody%' AND m.channel_id NOT IN "
        "(SELECT id FROM chat_channel WHERE archived)",
    )
    reply = done(chat, "reply_in_thread", message_id=asked, text="Soon.", mention_ids=[asking, other])
    mentions = done(chat, "read_chat_thread", message_id=reply["id"])["mentions"]
    assert [one["person_id"] for one in mentions] == [other]


def test_only_members_write_vote_and_are_mentioned_and_nobody_writes_where_it_is_over() -> None:
    inside = "(SELECT 1 FROM channel_member n WHERE n.channel_id = m.channel_id AND n.person_id = {})"
    for seed in range(5):
        with WORLD.instance(seed) as chat:
            outside = "SELECT count(*) FROM chat_message m {} WHERE m.channel_id IS NOT NULL AND NOT EXISTS " + inside
            assert ask(chat, f"{outside.format('', 'm.author_id')} AND NOT m.ours") == 0
            assert ask(chat, outside.format("JOIN chat_reaction r ON r.message_id = m.id", "r.person_id")) == 0
            last = ask(chat, f"SELECT text FROM chat_message WHERE channel_id = ({CLOSED}) ORDER BY posted DESC")
            assert last.startswith("This channel has done its work")


def test_an_edited_message_says_so(chat: Instance) -> None:
    before = done(chat, "get_chat_message", chat_message_id=ask(chat, OURS))
    after = done(chat, "edit_chat_message", message_id=before["id"], text="It comes tomorrow.")
    assert after == {**before, "text": "It comes tomorrow.", "edited": True}


def test_what_is_marked_as_read_is_no_longer_counted(chat: Instance) -> None:
    state = next(one for one in done(chat, "chat_overview")["channels"] if one["unread"])
    channel = state["channel"]["id"]
    assert state["unread"] == ask(chat, f"SELECT count(*) FROM chat_message WHERE unread AND channel_id = {channel}")
    name, unread = state["channel"]["name"], state["unread"]
    step = chat.call("mark_chat_read", channel_id=channel)
    assert step.data == {"conversation": f"#{name}", "messages": unread}
    assert step.text.splitlines()[0] == f"{unread} messages in #{name} are now marked as read."
    assert lead(chat, "mark_chat_read", channel_id=channel) == f"Nothing was unread in #{name}."
    after = next(one for one in done(chat, "chat_overview")["channels"] if one["channel"]["id"] == channel)
    assert (after["unread"], after["mentions_of_us"]) == (0, 0)
    partner = ask(chat, "SELECT partner_id FROM chat_message WHERE unread AND partner_id IS NOT NULL")
    assert done(chat, "mark_chat_read", person_id=partner)["messages"] >= 1
    assert all(
        one["unread"] == 0 for one in done(chat, "chat_overview")["direct"] if one["latest"]["partner_id"] == partner
    )


def test_a_channel_is_read_from_the_newest_back_in_pages(chat: Instance) -> None:
    whole = done(chat, "read_channel", channel_id=1, limit=50)
    posted = [one["posted"] for one in whole["messages"]]
    assert posted == sorted(posted, reverse=True)
    pages = [done(chat, "read_channel", channel_id=1, limit=4, offset=offset) for offset in range(0, whole["total"], 4)]
    assert [one for page in pages for one in page["messages"]] == whole["messages"]
    assert [page["more"] for page in pages] == [True] * (len(pages) - 1) + [False]


def lead(chat: Instance, tool: str, **arguments: Any) -> str:
    return chat.call(tool, **arguments).text.splitlines()[0]


def test_results_are_summed_up_as_a_person_would(chat: Instance) -> None:
    assert lead(chat, "search_chat_messages", text="nothing like it") == "No chat messages found."
    channel = ask(chat, OPEN)
    post = done(chat, "post_message_to_channel", channel_id=channel, text="The tap drips.")["id"]
    assert lead(chat, "search_chat_messages", text="tap drips") == "One message: of ours in #kitchen on 2 March 2026."
    assert lead(chat, "get_chat_message", chat_message_id=post) == "A message of ours in #kitchen."
    assert lead(chat, "read_chat_thread", message_id=post) == "No replies, no reactions."
    done(chat, "reply_in_thread", message_id=post, text="The tap drips still.")
    assert lead(chat, "react_to_message", message_id=post, mark="eyes") == "On that message now: eyes by Front desk."
    assert lead(chat, "read_chat_thread", message_id=post) == "1 reply, 1 reaction."
    assert lead(chat, "search_chat_messages", text="tap drips") == (
        "2 messages, none unread; the latest is of ours in #kitchen on 2 March 2026."
    )
    assert lead(chat, "search_chat_messages", text="tap drips", limit=1) == (
        "1 message on this page, none unread; the latest is of ours in #kitchen on 2 March 2026."
    )
    whisper, name = ask(chat, "SELECT m.id, p.name FROM chat_message m JOIN person p ON p.id = m.partner_id")
    assert lead(chat, "get_chat_message", chat_message_id=whisper) == f"A message from {name} to us alone."
    person = ask(chat, f"SELECT id FROM person WHERE name = '{name}'")
    ours = done(chat, "send_direct_message", person_id=person, text="Thank you.")["id"]
    assert lead(chat, "get_chat_message", chat_message_id=ours) == f"A message of ours to {name}."
    closed = ask(chat, f"SELECT name FROM chat_channel WHERE id = ({CLOSED})")
    assert lead(chat, "read_channel", channel_id=ask(chat, CLOSED)) == f"#{closed}, archived: 6 members, 2 messages."
    total = done(chat, "read_channel", channel_id=1)["total"]
    assert lead(chat, "read_channel", channel_id=1, limit=1) == (
        f"#announcements: 8 members, {total} messages, 1 of them here."
    )


def test_the_overview_names_what_waits_and_says_when_nothing_does(chat: Instance) -> None:
    overview = done(chat, "chat_overview")
    first = next(one for one in overview["channels"] if one["unread"])
    assert lead(chat, "chat_overview").startswith(f"Unread: {first['unread']} in #{first['channel']['name']}")
    assert lead(chat, "chat_overview").endswith("; 2 mention us.")
    for state in overview["channels"]:
        done(chat, "mark_chat_read", channel_id=state["channel"]["id"])
    for one in overview["direct"]:
        done(chat, "mark_chat_read", person_id=one["latest"]["partner_id"])
    assert lead(chat, "chat_overview") == "Nothing is unread."


HOST = '''"""An orchestra that talks."""
from agentworlds import Draw, PersonName, Row, Text, World, rows
world = World("orchestra", title="Orchestra", now="2026-03-02 09:00")

@world.table
class Player(Row):
    name: PersonName

talk = world.include("chat", Person=Player, name="Office", intents=False, people=3,
                     channels=(("news", "News"), ("winds", "Winds"), ("strings", "Strings"), ("brass", "Brass"), ("tea", "Tea")))

@world.tool
def complain(player: Player, text: Text) -> talk.ChatMessage:
    """What a player complains about."""
    talk.whisper(player, text)
    return talk.say(player, talk.channel_named("winds"), text, mentions_us=True)

@world.data
def players(draw: Draw) -> None:
    for _ in range(6):
        draw.new(Player)
'''


def test_people_speak_through_the_hosts_tools(tmp_path: Path) -> None:
    path = tmp_path / "orchestra.py"
    path.write_text(HOST)
    with agentworlds.load(path).instance() as chat:
        outside = ask(chat, "SELECT id FROM player WHERE id NOT IN (SELECT person_id FROM channel_member)")
        said = done(chat, "complain", player_id=outside, text="It is cold.")
        assert (said["channel_name"], said["author_id"], said["ours"], said["unread"]) == (
            "winds",
            outside,
            False,
            True,
        )
        found = done(chat, "search_chat_messages", author_id=outside, unread=True)["results"]
        assert {one["channel_name"] for one in found} == {"winds", None}
        winds = next(one for one in done(chat, "chat_overview")["channels"] if one["channel"]["name"] == "winds")
        assert winds["mentions_of_us"] >= 1
        done(chat, "reply_in_thread", message_id=said["id"], text="We see to it.", mention_ids=[outside])
