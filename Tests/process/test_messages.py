"""`message.send`, `.get`, `.list`, `read`, `received`, `typing`: what they give and what they refuse."""

import time
import uuid

import pytest

from harness.client import new_id


@pytest.fixture
def pair(people):
    ana, ben = people("ana"), people("ben", gateway=1)
    return ana, ben, ana.direct("ben")


def test_a_repeat_is_the_first_result_whatever_its_text(pair):
    ana, ben, chat = pair
    first = ana.say(chat, "once")
    again = ana.say(chat, "twice?", id=first["id"])
    assert again["duplicate"] is True
    assert {key: again[key] for key in ("id", "seq", "offset", "at")} == {
        key: first[key] for key in ("id", "seq", "offset", "at")
    }
    upper = ana.say(chat, "thrice?", id=first["id"].upper())
    assert upper["duplicate"] is True and upper["id"] == first["id"]
    ana.settle()
    assert ana.texts(chat) == ["once"]


def test_an_id_that_is_taken_is_a_bare_conflict(pair, people):
    ana, ben, chat = pair
    sent = ana.say(chat, "mine")
    assert ben.refused("message.send", conversation=chat, id=sent["id"], text="no")["code"] == "conflict"
    other = ana.group("ben")
    assert ana.refused("message.send", conversation=other, id=sent["id"], text="no")["code"] == "conflict"


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"text": "x" * 10_001}, "text"),
        ({"text": ""}, "text"),
        ({"text": " \t\n\u00a0 "}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({}, "text"),
        ({"text": "x", "id": "no-uuid"}, "id"),
        ({"text": "x", "surprise": 1}, "surprise"),
        ({"text": "x", "reply_to": 7}, "reply_to"),
        ({"text": "x", "voice": "yes"}, "voice"),
    ],
    ids=["10001", "empty", "blank", "nul", "number", "null", "none", "id", "unknown", "reply_to", "voice"],
)
def test_send_refuses_and_names_the_first_wrong_field(pair, fields, field):
    ana, _, chat = pair
    error = ana.refused("message.send", conversation=chat, **({"id": new_id()} | fields))
    assert (error["code"], error["field"]) == ("bad_request", field)


def test_the_longest_text_goes_through_as_it_is(pair):
    ana, ben, chat = pair
    text = "👩‍👩‍👧" + "é" * (10_000 - 5)
    assert len(text) == 10_000
    ana.say(chat, text)
    assert ben.event("message.created")["message"]["text"] == text


def test_text_is_trimmed_at_its_ends_and_nowhere_else(pair):
    ana, ben, chat = pair
    ana.say(chat, "\u2003 <b>a  b</b>\n\n c \u00a0")
    assert ben.event("message.created")["message"]["text"] == "<b>a  b</b>\n\n c"


def test_replies_and_threads(pair, people):
    ana, ben, chat = pair
    root = ana.say(chat, "root")
    quoted = ben.say(chat, "answer", reply_to=root["id"])
    threaded = ben.say(chat, "in the thread", thread=root["id"])
    assert ana.event("message.created", message__id=quoted["id"])["message"]["reply_to"] == root["id"]
    assert ana.event("message.created", message__id=threaded["id"])["message"]["thread"] == root["id"]
    assert ana.ok("message.get", id=root["id"])["message"]["thread_count"] == 1
    error = ana.refused("message.send", conversation=chat, id=new_id(), text="x", thread=threaded["id"])
    assert (error["code"], error["field"]) == ("bad_request", "thread")
    for field in ("reply_to", "thread"):
        error = ana.refused("message.send", conversation=chat, id=new_id(), text="x", **{field: new_id()})
        assert error["code"] == "not_found"
    other = ana.group("ben")
    error = ana.refused("message.send", conversation=other, id=new_id(), text="x", reply_to=root["id"])
    assert error["code"] == "not_found"


def test_attachments_that_nobody_uploaded_do_not_exist(pair):
    ana, _, chat = pair
    error = ana.refused("message.send", conversation=chat, id=new_id(), attachments=[new_id()])
    assert error["code"] == "not_found"


def test_pages_neither_skip_nor_repeat(pair):
    ana, ben, chat = pair
    for number in range(1, 121):
        ana.say(chat, str(number))
    newest = ben.ok("message.list", conversation=chat)
    assert [m["seq"] for m in newest["messages"]] == list(range(71, 121)) and newest["more"] is True
    older = ben.ok("message.list", conversation=chat, before=71)
    assert [m["seq"] for m in older["messages"]] == list(range(21, 71)) and older["more"] is True
    oldest = ben.ok("message.list", conversation=chat, before=21)
    assert [m["seq"] for m in oldest["messages"]] == list(range(1, 21)) and oldest["more"] is False
    after = ben.ok("message.list", conversation=chat, after=100, limit=5)
    assert [m["seq"] for m in after["messages"]] == list(range(101, 106)) and after["more"] is True
    assert ben.ok("message.list", conversation=chat, after=120) | {"ref": 0} == {
        "ref": 0,
        "ok": True,
        "messages": [],
        "more": False,
    }


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"limit": 0}, "limit"),
        ({"limit": 51}, "limit"),
        ({"limit": 1.5}, "limit"),
        ({"before": -1}, "before"),
        ({"before": "5"}, "before"),
    ],
)
def test_list_refuses_what_is_out_of_bounds(pair, fields, field):
    ana, _, chat = pair
    error = ana.refused("message.list", conversation=chat, **fields)
    assert (error["code"], error["field"]) == ("bad_request", field)


def test_before_and_after_together_are_refused(pair):
    ana, _, chat = pair
    assert ana.refused("message.list", conversation=chat, before=1, after=1)["code"] == "bad_request"


def test_get_gives_members_the_message_and_strangers_nothing(pair, people):
    ana, ben, chat = pair
    sent = ana.say(chat, "hi")
    assert ben.ok("message.get", id=sent["id"].upper())["message"]["text"] == "hi"
    stranger = people("chloe")
    assert stranger.refused("message.get", id=sent["id"])["code"] == "not_found"
    assert stranger.refused("message.get", id=new_id())["code"] == "not_found"


def test_a_stranger_can_do_nothing_in_a_conversation(pair, people):
    ana, _, chat = pair
    stranger = people("chloe")
    for op, fields in [
        ("message.send", {"id": new_id(), "text": "x"}),
        ("message.list", {}),
        ("read", {"seq": 1}),
        ("received", {"seq": 1}),
        ("typing", {"active": True}),
        ("conversation.get", {}),
        ("conversation.members", {}),
        ("conversation.update", {"title": "x"}),
        ("conversation.leave", {}),
        ("member.add", {"users": ["chloe"]}),
        ("member.remove", {"users": ["ana"]}),
        ("member.role", {"user": "ana", "role": "member"}),
    ]:
        assert stranger.refused(op, conversation=chat, **fields)["code"] == "not_found", op
        assert stranger.refused(op, conversation=new_id(), **fields)["code"] == "not_found", op
    ana.say(chat, "private")
    stranger.settle()
    assert stranger.events("message.created") == []


def test_a_read_receipt_is_one_persons_and_never_moves_back(people):
    ana, ben, chloe = people("ana"), people("ben", gateway=1), people("chloe")
    group = ana.group("ben", "chloe")
    for number in range(3):
        ana.say(group, str(number))
    assert ben.ok("read", conversation=group, seq=2) | {"ref": 0} == {"ref": 0, "ok": True, "seq": 2, "unread": 1}
    for client in (ana, ben, chloe):
        event = client.event("read", conversation=group, user="ben")
        assert event["seq"] == 2 and "offset" not in event
    assert ben.ok("read", conversation=group, seq=1)["seq"] == 2
    assert ben.ok("read", conversation=group, seq=99) | {"ref": 0} == {"ref": 0, "ok": True, "seq": 3, "unread": 0}
    ana.event("read", user="ben", seq=3)
    ben.ok("received", conversation=group, seq=3)
    ana.event("received", user="ben", seq=3)
    # Nobody else's mark moved with it.
    members = {m["user"]: m for m in ana.ok("conversation.members", conversation=group)["members"]}
    assert (members["ben"]["read_seq"], members["chloe"]["read_seq"]) == (3, 0)
    assert chloe.ok("conversation.get", conversation=group)["conversation"]["unread"] == 3
    assert ana.ok("conversation.get", conversation=group)["conversation"]["unread"] == 0
    ana.settle()
    assert [e["seq"] for e in ana.events("read", user="ben")] == [2, 3]


def test_typing_reaches_the_others_ends_by_itself_and_never_echoes(pair):
    ana, ben, chat = pair
    start = time.monotonic()
    ana.ok("typing", conversation=chat, active=True)
    assert ben.event("typing", user="ana", active=True)["conversation"] == chat
    ben.event("typing", user="ana", active=False, patience=15)
    assert time.monotonic() - start > 4, "it ends six seconds after the last renewal, not before"
    ana.settle()
    assert ana.events("typing") == []


def test_typing_ends_on_send_on_stop_and_with_the_last_connection(pair, people):
    ana, ben, chat = pair
    ana.ok("typing", conversation=chat, active=True)
    ben.event("typing", user="ana", active=True)
    ana.say(chat, "done")
    ben.event("typing", user="ana", active=False, patience=4)

    place = ben.mark_place()
    ana.ok("typing", conversation=chat, active=True)
    ana.ok("typing", conversation=chat, active=False)
    ben.event("typing", user="ana", active=True, start=place)
    ben.event("typing", user="ana", active=False, start=place, patience=4)

    place = ben.mark_place()
    second = people("ana", gateway=1)
    second.ok("typing", conversation=chat, active=True)
    ben.event("typing", user="ana", active=True, start=place)
    second.close()
    ben.event("typing", user="ana", active=False, start=place, patience=15)

    place = ben.mark_place()
    ana.ok("typing", conversation=chat, active=True)
    ben.event("typing", user="ana", active=True, start=place)
    ana.close()
    ben.event("typing", user="ana", active=False, start=place, patience=4)


def test_ping_is_answered(pair):
    ana, _, _ = pair
    assert ana.ok("ping", ref="9") == {"ref": "9", "ok": True}


def test_a_command_without_ref_is_answered_only_where_it_fails(pair):
    ana, _, chat = pair
    place = ana.mark_place()
    ana.send_text('{"op":"message.send","conversation":"%s","id":"%s","text":"quiet"}' % (chat, uuid.uuid4()))
    ana.event("message.created", message__text="quiet")
    ana.send_text('{"op":"message.get","id":"%s"}' % uuid.uuid4())
    failed = ana.wait(lambda frame: frame.get("ok") is False, "the refusal", start=place)
    assert "ref" not in failed and failed["error"]["code"] == "not_found"
    assert [f for f in ana.frames[place:] if f.get("ok")] == []
