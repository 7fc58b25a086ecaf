"""Conversations, members and roles, blocks, users, services."""

import time
import uuid

import pytest

from harness.client import new_id


def test_create_gives_the_conversation_to_all_its_members(people):
    ana, ben = people("ana"), people("ben", gateway=1)
    wanted = new_id()
    made = ana.ok("conversation.create", kind="group", id=wanted.upper(), members=["ben"], title="Plans")[
        "conversation"
    ]
    assert made["id"] == wanted and made["kind"] == "group" and made["title"] == "Plans"
    assert made["role"] == "owner" and made["member_count"] == 2 and made["last_seq"] == 0
    assert made["unread"] == made["mentions_unread"] == made["read_seq"] == made["received_seq"] == 0
    assert made["muted"] is made["archived"] is made["pinned"] is False
    assert made["history"] == "all" and made["expires_after_s"] == 0
    event = ben.event("conversation.created", conversation=wanted)
    assert event["by"] == "ana" and event["details"]["title"] == "Plans" and "unread" not in event["details"]
    # A repeat is the same conversation, without a second event; another's id is a conflict.
    ana.ok("conversation.create", kind="group", id=wanted, members=["ben"], title="Plans")
    assert ben.refused("conversation.create", kind="group", id=wanted, members=[])["code"] == "conflict"
    ana.settle()
    assert len(ana.events("conversation.created", conversation=wanted)) == 1


def test_there_is_one_direct_conversation_a_pair(people):
    ana, ben = people("ana"), people("ben")
    chat = ana.direct("ben")
    assert ben.direct("ana") == chat == ana.direct("ben")
    view = ben.ok("conversation.get", conversation=chat)["conversation"]
    assert view["other"]["id"] == "ana"
    assert {member["user"] for member in view["members"]} == {"ana", "ben"} and view["pins"] == []


@pytest.mark.parametrize(
    "fields, code, field",
    [
        ({"kind": "group", "members": ["ben"]}, "bad_request", "id"),
        ({"kind": "direct", "members": []}, "bad_request", "members"),
        ({"kind": "direct", "members": ["ben", "chloe"]}, "bad_request", "members"),
        ({"kind": "direct", "members": ["ana"]}, "bad_request", "members"),
        ({"kind": "circle", "members": []}, "bad_request", "kind"),
        ({"kind": "group", "id": "GOOD", "members": ["nobody"]}, "not_found", None),
        ({"kind": "direct", "members": ["nobody"]}, "not_found", None),
        ({"kind": "group", "id": "GOOD", "members": ["not a name"]}, "bad_request", "members"),
        ({"kind": "group", "id": "GOOD", "members": "ben"}, "bad_request", "members"),
        ({"kind": "group", "id": "GOOD", "members": [], "history": "some"}, "bad_request", "history"),
        ({"kind": "group", "id": "GOOD", "members": [], "title": "x" * 5_000}, "bad_request", "title"),
    ],
)
def test_create_refuses(people, fields, code, field):
    ana = people("ana")
    people.known("ben", "chloe")
    fields = {name: new_id() if value == "GOOD" else value for name, value in fields.items()}
    error = ana.refused("conversation.create", **fields)
    assert (error["code"], error.get("field")) == (code, field)


def test_the_list_is_by_newest_activity_and_pages(people):
    ana = people("ana")
    people.known("ben")
    made = [ana.group("ben") for _ in range(5)]
    ana.say(made[1], "newest")
    listed = ana.ok("conversation.list")
    assert [c["id"] for c in listed["conversations"]] == [made[1], made[4], made[3], made[2], made[0]]
    assert listed["conversations"][0]["last_message"]["text"] == "newest"
    assert listed["unread_total"] == 0
    first = ana.ok("conversation.list", limit=2)
    second = ana.ok("conversation.list", limit=2, cursor=first["cursor"])
    third = ana.ok("conversation.list", limit=2, cursor=second["cursor"])
    assert [c["id"] for page in (first, second, third) for c in page["conversations"]] == [
        c["id"] for c in listed["conversations"]
    ]
    assert third.get("cursor") is None
    with people("ben") as ben:
        assert ben.ok("conversation.list")["unread_total"] == 1


def test_members_join_and_leave_while_connected(people):
    ana, ben, chloe = people("ana"), people("ben", gateway=1), people("chloe", gateway=1)
    phone = people("chloe")
    group = ana.group("ben")
    ana.say(group, "before")
    added = ana.ok("member.add", conversation=group, users=["chloe"])["offset"]
    for client in (chloe, phone, ben):
        event = client.event("member.added", offset=added)
        assert event["users"] == ["chloe"] and event["by"] == "ana" and event["details"]["member_count"] == 3
    ana.say(group, "with chloe")
    for client in (chloe, phone):
        client.event("message.created", message__text="with chloe")
    # Unread counts from the joining on; history is open by default.
    view = chloe.ok("conversation.get", conversation=group)["conversation"]
    assert view["unread"] == 1
    assert len(chloe.ok("message.list", conversation=group)["messages"]) == 2
    assert ana.ok("member.add", conversation=group, users=["chloe"])["offset"] == added

    removed = ana.ok("member.remove", conversation=group, users=["chloe"])["offset"]
    ana.say(group, "without chloe")
    for client in (chloe, phone):
        client.event("member.removed", offset=removed)
        client.settle()
        assert client.texts(group) == ["with chloe"], "nothing after the removal, in every open connection"
    assert chloe.refused("message.list", conversation=group)["code"] == "not_found"
    assert chloe.refused("message.send", conversation=group, id=new_id(), text="x")["code"] == "not_found"
    assert chloe.refused("typing", conversation=group, active=True)["code"] == "not_found"
    ben.event("message.created", message__text="without chloe")


def test_history_since_join_hides_what_was_before(people):
    ana, ben = people("ana"), people("ben")
    people.known("chloe")
    group = ana.group("ben", history="since_join")
    early = ana.say(group, "early")
    ana.ok("member.add", conversation=group, users=["chloe"])
    ana.say(group, "late")
    chloe = people("chloe")
    assert [m["text"] for m in chloe.ok("message.list", conversation=group)["messages"]] == ["late"]
    hidden = chloe.ask("message.get", id=early["id"])
    assert not hidden["ok"] or hidden["message"] == {"id": early["id"], "conversation": group, "seq": 1, "hidden": True}
    assert [m["text"] for m in ben.ok("message.list", conversation=group)["messages"]] == ["early", "late"]


def test_roles(people):
    owner, admin, member = people("owner"), people("admin"), people("member", gateway=1)
    people.known("other", "admin2")
    group = owner.group("admin", "member", "admin2")
    assert member.refused("member.add", conversation=group, users=["other"])["code"] == "forbidden"
    assert member.refused("conversation.update", conversation=group, title="x")["code"] == "forbidden"
    assert member.refused("member.remove", conversation=group, users=["admin"])["code"] == "forbidden"
    assert member.refused("member.role", conversation=group, user="member", role="admin")["code"] == "forbidden"
    set_ = owner.ok("member.role", conversation=group, user="admin", role="admin")["offset"]
    event = member.event("member.role", offset=set_)
    assert (event["user"], event["role"], event["by"]) == ("admin", "admin", "owner")
    assert owner.ok("member.role", conversation=group, user="admin", role="admin")["offset"] == set_
    owner.ok("member.role", conversation=group, user="admin2", role="admin")
    admin.ok("conversation.update", conversation=group, title="Renamed")
    assert member.event("conversation.updated")["details"]["title"] == "Renamed"
    admin.ok("member.add", conversation=group, users=["other"])
    admin.ok("member.role", conversation=group, user="other", role="admin")
    for target in ("owner", "admin2"):
        assert admin.refused("member.remove", conversation=group, users=[target])["code"] == "forbidden"
        assert admin.refused("member.role", conversation=group, user=target, role="member")["code"] == "forbidden"
    assert admin.refused("member.role", conversation=group, user="member", role="owner")["code"] == "forbidden"
    assert owner.refused("member.role", conversation=group, user="owner", role="member")["code"] == "conflict"
    assert owner.refused("member.role", conversation=group, user="nobody", role="admin")["code"] == "not_found"
    assert owner.refused("member.role", conversation=group, user="member", role="king")["code"] == "bad_request"
    # The last owner leaves: the longest-standing admin follows.
    owner.ok("conversation.leave", conversation=group)
    assert member.event("member.role", user="admin", role="owner")
    assert owner.refused("conversation.get", conversation=group)["code"] == "not_found"


def test_direct_conversations_have_no_membership_to_change(people):
    ana = people("ana")
    people.known("ben", "chloe")
    chat = ana.direct("ben")
    for op, fields in [
        ("conversation.leave", {}),
        ("member.add", {"users": ["chloe"]}),
        ("member.remove", {"users": ["ben"]}),
        ("member.role", {"user": "ben", "role": "admin"}),
        ("conversation.update", {"title": "x"}),
    ]:
        assert ana.refused(op, conversation=chat, **fields)["code"] == "forbidden", op


def test_members_page(people):
    service = people.service()
    names = [f"user-{n:03}" for n in range(150)]
    for name in names:
        service.send("user.update", as_=name, name=name, ref=name)
    for name in names:
        assert service.reply(name)["ok"]
    ana = people("ana")
    group = ana.group(*names)
    view = ana.ok("conversation.get", conversation=group)["conversation"]
    assert len(view["members"]) == 100 and view["member_count"] == 151
    first = ana.ok("conversation.members", conversation=group)
    second = ana.ok("conversation.members", conversation=group, cursor=first["cursor"])
    users = [m["user"] for m in first["members"] + second["members"]]
    assert sorted(users) == sorted([*names, "ana"]) and second.get("cursor") is None


def test_a_block_stops_a_direct_conversation_both_ways_at_once(people):
    ana, ben, phone = people("ana"), people("ben", gateway=1), people("ana", gateway=1)
    chat = ana.direct("ben")
    ana.say(chat, "before")
    offset = ana.ok("block.add", user="ben")["offset"]
    assert phone.event("block.added", offset=offset)["user"] == "ben"
    assert ana.ok("block.add", user="ben")["offset"] == offset
    assert [user["id"] for user in ana.ok("block.list")["users"]] == ["ben"]
    for client in (ana, ben):
        assert client.refused("message.send", conversation=chat, id=new_id(), text="x")["code"] == "blocked"
        assert client.refused("typing", conversation=chat, active=True)["code"] == "blocked"
        assert [m["text"] for m in client.ok("message.list", conversation=chat)["messages"]] == ["before"]
    other = "ben"
    assert ben.refused("conversation.create", kind="group", id=new_id(), members=["ana"])["code"] == "blocked"
    assert ana.refused("conversation.create", kind="group", id=new_id(), members=[other])["code"] == "blocked"
    # The cursor moves, its receipt stays away.
    assert ben.ok("read", conversation=chat, seq=1)["unread"] == 0
    ana.settle(), ben.settle()
    assert ana.events("read", user="ben") == [] and ben.events("block.added") == []
    ana.ok("block.remove", user="ben")
    ben.say(chat, "after")
    ana.event("message.created", message__text="after")


def test_a_repeat_is_recognised_before_a_block(people):
    ana = people("ana")
    people.known("ben")
    chat = ana.direct("ben")
    sent = ana.say(chat, "before")
    with people("ben") as ben:
        ben.ok("block.add", user="ana")
    assert ana.say(chat, "before", id=sent["id"])["duplicate"] is True


def test_who_blocks_gets_stubs_in_a_group_and_nobody_else_notices(people):
    ana, ben, chloe = people("ana"), people("ben", gateway=1), people("chloe")
    group = ana.group("ben", "chloe")
    shown = ben.say(group, "before the block")
    ana.event("message.created", message__id=shown["id"])
    ana.ok("block.add", user="ben")
    sent = ben.say(group, "you can't see this")
    stub = {"id": sent["id"], "conversation": group, "seq": 2, "hidden": True}
    twin = ana.event("message.hidden", conversation=group)
    assert (twin["offset"], twin["seq"], twin["message"]) == (sent["offset"], 2, stub)
    chloe.event("message.created", message__id=sent["id"])
    ben.event("message.created", message__id=sent["id"])
    assert ana.ok("message.get", id=sent["id"])["message"] == stub
    listed = ana.ok("message.list", conversation=group)["messages"]
    assert all(m.get("hidden") for m in listed) and [m["seq"] for m in listed] == [1, 2]
    view = ana.ok("conversation.get", conversation=group)["conversation"]
    assert view["last_message"] == stub and view["unread"] == 0
    assert [m["text"] for m in chloe.ok("message.list", conversation=group)["messages"]] == [
        "before the block",
        "you can't see this",
    ]
    # Neither sees the other's typing or read marks; the others do.
    ben.ok("typing", conversation=group, active=True)
    chloe.event("typing", user="ben")
    ana.say(group, "from ana")
    ben.event("message.created", message__text="from ana")
    ben.ok("read", conversation=group, seq=3)
    ana.ok("read", conversation=group, seq=3)
    chloe.event("read", user="ben"), chloe.event("read", user="ana")
    ana.settle(), ben.settle()
    assert ana.events("typing") == [] and ana.events("read", user="ben") == [] and ben.events("read", user="ana") == []
    assert "you can't see this" not in str(ana.frames)
    # A third person may add both.
    chloe.ok("conversation.create", kind="group", id=new_id(), members=["ana", "ben"])
    # Replay filters by the blocks of its own moment.
    ana.ok("block.remove", user="ben")
    assert ana.ok("message.get", id=sent["id"])["message"]["text"] == "you can't see this"


def test_blocking_oneself_or_nobody(people):
    ana = people("ana")
    error = ana.refused("block.add", user="ana")
    assert (error["code"], error["field"]) == ("bad_request", "user")
    assert ana.refused("block.add", user="nobody")["code"] == "not_found"
    people.known("ben")
    assert ana.ok("block.remove", user="ben")["offset"] == 0


def test_users_are_found_by_name_and_id(people):
    ana = people("ana", claims={"name": "Ana Ruiz"})
    people("ben", claims={"name": "Benedikt Ruiz"})
    assert ana.ok("user.get", user="ben")["user"] == {"id": "ben", "name": "Benedikt Ruiz"}
    assert ana.refused("user.get", user="nobody")["code"] == "not_found"
    assert {u["id"] for u in ana.ok("user.search", query="ruiz")["users"]} == {"ana", "ben"}
    assert [u["id"] for u in ana.ok("user.search", query="bene")["users"]] == ["ben"]
    assert ana.refused("user.search", query="  ")["field"] == "query"
    assert ana.ok("user.update", name="Ana R.")["user"]["name"] == "Ana R."
    assert ana.ok("user.get", user="ana")["user"]["name"] == "Ana R."


def test_a_service_acts_for_people(people):
    service = people.service()
    assert service.ok("user.update", as_="zoe", name="Zoe")["user"] == {"id": "zoe", "name": "Zoe"}
    ana = people("ana")
    group = ana.group("zoe")
    sent = service.ok("message.send", as_="zoe", conversation=group, id=new_id(), text="from the backend")
    assert ana.event("message.created", message__id=sent["id"])["message"]["sender"] == "zoe"
    service.event("message.created", message__id=sent["id"])
    assert service.ok("message.list", conversation=group)["messages"][0]["text"] == "from the backend"
    error = service.refused("message.send", conversation=group, id=new_id(), text="x")
    assert (error["code"], error["field"]) == ("bad_request", "as")
    assert (
        service.refused("message.send", as_="stranger", conversation=group, id=new_id(), text="x")["code"]
        == "not_found"
    )
    ana.ok("read", conversation=group, seq=1)
    assert service.event("read", user="ana")["seq"] == 1
    chat = ana.direct("zoe")
    ana.say(chat, "seen by the service")
    service.event("message.created", message__text="seen by the service")


def test_a_user_may_not_act_for_another(people):
    ana = people("ana")
    people.known("ben")
    group = ana.group("ben")
    error = ana.refused("message.send", as_="ben", conversation=group, id=new_id(), text="x")
    assert error["code"] in ("bad_request", "forbidden")
    ana.settle()
    assert ana.texts(group) == []


def test_messages_disappear_in_time(people):
    ana, ben = people("ana"), people("ben", gateway=1)
    group = ana.group("ben")
    lasting = ana.say(group, "stays")
    assert ana.refused("conversation.update", conversation=group, expires_after_s=4)["field"] == "expires_after_s"
    ana.ok("conversation.update", conversation=group, expires_after_s=5)
    start = time.monotonic()
    sent = ana.say(group, "goes")
    gone = ben.event("message.deleted", id=sent["id"], patience=20)
    assert time.monotonic() - start > 4.5
    assert gone["empties"] == sent["offset"] and gone["seq"] == 2
    deleted = ben.ok("message.get", id=sent["id"])["message"]
    assert deleted.get("deleted") is True and not deleted.get("text")
    assert ben.ok("message.get", id=lasting["id"])["message"]["text"] == "stays"


def test_the_last_to_leave_closes_the_group(people):
    ana = people("ana")
    group = ana.group()
    offset = ana.ok("conversation.leave", conversation=group)["offset"]
    assert ana.event("member.removed", offset=offset)["users"] == ["ana"]
    assert ana.refused("conversation.get", conversation=group)["code"] == "not_found"
    assert ana.refused("message.send", conversation=group, id=str(uuid.uuid4()), text="x")["code"] == "not_found"


def test_typing_goes_on_while_the_typist_is_connected_elsewhere(people):
    ana, ben, phone = people("ana"), people("ben"), people("ben", gateway=1)
    chat = ana.direct("ben")
    ben.ok("typing", conversation=chat, active=True)
    ana.event("typing", user="ben", active=True)
    phone.close()
    # What comes after it on the phone's way to the router is told; typing is not.
    tablet = people("ben", gateway=1)
    tablet.ok("read", conversation=chat, seq=0)
    ana.settle()
    assert ana.events("typing", active=False) == []
    tablet.close(), ben.close()
    ana.event("typing", user="ben", active=False)
