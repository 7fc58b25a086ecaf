"""Two people in one tenant talk through the real processes, and it is on disk."""

import uuid

from harness import command_line, store
from harness.client import Client


def test_a_message_goes_from_one_person_to_another_across_gateways_and_is_in_sqlite(shared, tenant, people):
    ana, ben = people("ana"), people("ben", gateway=1)
    chat = ana.direct("ben")
    sent = ana.say(chat, "Hello, Ben!")
    heard = ben.event("message.created", conversation=chat)
    assert heard["offset"] == sent["offset"] and heard["seq"] == sent["seq"] == 1
    assert heard["message"] == {
        "id": sent["id"],
        "conversation": chat,
        "seq": 1,
        "sender": "ana",
        "at": sent["at"],
        "text": "Hello, Ben!",
        "attachments": [],
    }
    assert heard["at"] == sent["at"]
    # The sender's own connections hear it too, once.
    ana.event("message.created", message__id=sent["id"])
    ana.settle()
    assert len(ana.events("message.created")) == 1
    assert store.stored_texts(shared.data, tenant.slug) == ["Hello, Ben!"]
    assert store.integrity(shared.data, tenant.slug) == "ok"


def test_hello_answers_as_the_contract_says(shared):
    tenant = shared.tenant()
    with Client(shared.url(), tenant.token("ana", name="Ana Ruiz", picture="https://example.org/a.png")) as ana:
        hello = ana.hello
        assert hello["ok"] is True and hello["ref"] == "r1"
        assert hello["protocol"].split(".")[0] == "1"
        assert isinstance(hello["features"], list)
        assert hello["tenant"] == tenant.slug
        assert hello["user"] == {"id": "ana", "name": "Ana Ruiz", "picture": "https://example.org/a.png"}
        assert hello["session"] and hello["epoch"]
        assert hello["resumed"] is False
        assert isinstance(hello["offset"], int)
        assert hello["heartbeat_ms"] > 0 and hello["retry_window_ms"] > 0
        assert hello["server_time"].endswith("Z")
        assert hello["limits"]["text"] == 10_000 and hello["limits"]["frame_bytes"] == 131_072
        assert hello["limits"]["in_flight"] == 64 and hello["limits"]["file_bytes"] > 0
        mark = ana.event("mark")
        assert mark["live"] is True and mark["offset"] == hello["offset"]


def test_a_token_of_the_command_line_lets_a_person_in(shared, tenant):
    printed = shared.cli("token", "--tenant", tenant.slug, "--user", "ana", "--name", "Ana", "--ttl", "1h").out
    assert printed.count("\n") == 1, "the token alone"
    with Client(shared.url(), printed.strip()) as ana:
        assert ana.hello["user"]["name"] == "Ana"


def test_every_connection_of_every_member_hears_once_in_one_order(people):
    ana, phone = people("ana"), people("ana", gateway=1)
    ben, tablet = people("ben"), people("ben", gateway=1)
    group = ana.group("ben")
    for number in range(20):
        (ana, ben, phone, tablet)[number % 4].send(
            "message.send", conversation=group, id=str(uuid.uuid4()), text=str(number)
        )
    for client in (ana, phone, ben, tablet):
        client.wait(lambda _: len(client.texts(group)) == 20, "twenty messages")
    orders = [
        [(e["offset"], e["seq"], e["message"]["id"]) for e in c.events("message.created")]
        for c in (ana, phone, ben, tablet)
    ]
    assert orders[0] == orders[1] == orders[2] == orders[3]
    assert [seq for _, seq, _ in orders[0]] == list(range(1, 21))
    offsets = [offset for offset, _, _ in orders[0]]
    assert offsets == sorted(set(offsets))


def test_commands_of_one_connection_are_carried_out_in_order(people):
    ana = people("ana")
    group = ana.group()
    refs = [ana.send("message.send", conversation=group, id=str(uuid.uuid4()), text=str(n)) for n in range(60)]
    assert [ana.reply(ref)["seq"] for ref in refs] == list(range(1, 61))


def test_offsets_are_contiguous_for_a_service_that_hears_all(people):
    service = people.service()
    ana, ben = people("ana"), people("ben")
    group = ana.group("ben")
    for number in range(5):
        ben.say(group, str(number))
    last = ana.ok("conversation.update", conversation=group, title="Talk")["offset"]
    service.event("conversation.updated", offset=last)
    offsets = [event["offset"] for event in service.durable()]
    assert offsets == list(range(offsets[0], last + 1))


def test_another_tenant_sees_and_gets_nothing(shared, people):
    ana = people("ana")
    group = ana.group()
    sent = ana.say(group, "ours")
    stranger_tenant = shared.tenant()
    with shared.client(stranger_tenant, "ana") as same_name:
        for op, fields in [
            ("conversation.get", {"conversation": group}),
            ("message.list", {"conversation": group}),
            ("message.get", {"id": sent["id"]}),
            ("conversation.members", {"conversation": group}),
            ("message.send", {"conversation": group, "id": str(uuid.uuid4()), "text": "theirs"}),
            ("read", {"conversation": group, "seq": 1}),
            ("typing", {"conversation": group, "active": True}),
            ("conversation.leave", {"conversation": group}),
            ("member.add", {"conversation": group, "users": ["ana"]}),
        ]:
            assert same_name.refused(op, **fields)["code"] == "not_found", op
        ana.say(group, "ours again")
        same_name.settle()
        assert same_name.events("message.created") == []
        assert same_name.ok("conversation.list")["conversations"][0]["id"] != group
    assert ana.texts(group) == ["ours", "ours again"]


def test_prefixes_of_tenants_do_not_mix(shared):
    """`tenant_a_` is no prefix of another tenant's topic, whatever the slugs."""
    short = shared.tenant(slug="p-" + uuid.uuid4().hex[:6])
    long = shared.tenant(slug=short.slug + "-x")
    with shared.client(short, "ana") as one, shared.client(long, "ana") as other:
        one.say(one.group(), "for one")
        other.say(other.group(), "for the other")
        one.settle(), other.settle()
        assert one.texts() == ["for one"] and other.texts() == ["for the other"]


def test_version_is_printed():
    assert command_line.run("version").out.strip()
