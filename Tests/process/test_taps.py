"""Integrators' taps through the real binary: they see their tenant's events, gapless, and nothing else, whatever they try."""

import time
import uuid

import pytest
import zmq

from harness import ports, store
from harness.client import Client
from harness.system import Up
from harness.tap import Follower, Keys, Tap, create
from harness.waiting import until


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    door = ports.free(60)
    system = Up(tmp_path_factory.mktemp("taps"), 1, 1, None, "--taps", f"127.0.0.1:{door}")
    yield system
    assert system.stop() == 0


@pytest.fixture
def acme(system):
    return system.tenant("--set", "rate_commands_per_s=10000", "--set", "rate_burst=10000")


@pytest.fixture
def ana(system, acme):
    system.client(acme, "ben").close()
    with system.client(acme, "ana") as client:
        yield client


def newest(client: Client, chat: str) -> int:
    """The offset of a message that is said now."""
    return client.ok("message.send", conversation=chat, id=str(uuid.uuid4()), text="now")["offset"]


def metric(system, name: str) -> float:
    lines = [line for line in system.metrics("fanout").splitlines() if line.startswith(name)]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def test_a_subscriber_gets_what_clients_get(system, acme, ana):
    keys = create(system, acme)
    chat = ana.direct("ben")
    with Tap.subscriber(keys) as events:
        events.next("heartbeat")
        ana.say(chat, "hello integrator")
        seen = events.next("message.created")
        told = ana.event("message.created", message__text="hello integrator")
        assert seen.json == told
        assert seen.offset == told["offset"]
        assert seen.topic == f"tenant_{acme.slug}_chat_{chat}"
        beat = events.next("heartbeat").json
        assert beat["epoch"] == ana.hello["epoch"] and beat["offset"] >= seen.offset
        assert events.seen[-1].topic == f"tenant_{acme.slug}_system"
        ana.ok("read", conversation=chat, seq=told["seq"])
        ana.ok("typing", conversation=chat, active=True)
        names = {events.next("read", "typing").name for _ in range(2)}
        assert names == {"read", "typing"}


def test_a_topic_narrows_a_subscription(system, acme, ana):
    keys = create(system, acme)
    chat, other = ana.direct("ben"), ana.group()
    with Tap.subscriber(keys, f"tenant_{acme.slug}_chat_{chat}".encode(), f"tenant_{acme.slug}_system".encode()) as tap_:
        tap_.next("heartbeat")
        ana.say(other, "elsewhere")
        ana.say(chat, "here")
        assert tap_.next().json["message"]["text"] == "here"


def test_a_stream_joins_the_past_and_the_present_without_a_gap(system, acme, ana):
    chat = ana.direct("ben")
    for count in range(20):
        ana.say(chat, f"before {count}")
    keys = create(system, acme)
    with Tap.streamer(keys) as stream:
        stream.stream(1, 10_000)
        for count in range(20):
            ana.say(chat, f"after {count}")
        last = newest(ana, chat)
        assert stream.offsets_until(last) == list(range(1, last + 1))


def test_credit_is_all_that_a_stream_gets(system, acme, ana):
    chat = ana.direct("ben")
    for count in range(10):
        ana.say(chat, f"{count}")
    last = newest(ana, chat)
    keys = create(system, acme)
    with Tap.streamer(keys) as stream:
        stream.stream(1, 3)
        assert stream.offsets_until(3) == [1, 2, 3]
        # Heartbeats cost nothing and come all the same.
        stream.next("heartbeat")
        assert [m.offset for m in stream.seen if m.is_event and m.offset] == [1, 2, 3]
        stream.credit(2)
        assert stream.offsets_until(5) == [4, 5]
        stream.credit(2**32 - 1)
        stream.credit(2**32 - 1)
        assert stream.offsets_until(last) == list(range(6, last + 1))


def test_a_replay_is_closed(system, acme, ana):
    chat = ana.direct("ben")
    last = max(newest(ana, chat) for _ in range(8))
    keys = create(system, acme)
    with Tap.streamer(keys) as stream:
        stream.replay(2, 5)
        assert stream.offsets_until(5) == [2, 3, 4, 5]
        end = stream.next()
        assert (end.name, end.offset) == ("END", 5)
        stream.replay(last - 1)
        assert stream.offsets_until(last) == [last - 1, last]
        assert stream.next().offset == last
        stream.replay(last + 50)
        end = stream.next()
        assert (end.name, end.offset) == ("END", last)
        stream.replay(5, 2)
        refused = stream.next()
        assert (refused.name, refused.code) == ("REFUSED", "bad_request")


def test_state_events_come_on_a_stream_and_cost_credit(system, acme, ana):
    chat = ana.direct("ben")
    seq = ana.say(chat, "to be read")["seq"]
    last = newest(ana, chat)
    keys = create(system, acme)
    with Tap.streamer(keys) as stream, system.client(acme, "ben") as ben:
        stream.stream(last, 2)
        assert stream.next().offset == last
        ben.ok("read", conversation=chat, seq=seq)
        read = stream.next("read")
        assert read.offset == 0 and read.json["user"] == "ben"
        newest(ana, chat)
        stream.next("heartbeat")
        stream.next("heartbeat")
        assert stream.seen[-1].json["offset"] == last + 1
        assert [m.offset for m in stream.seen if m.name == "message.created"] == [last]


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["--event", "message.created"], "only messages"),
        (["--no-text"], "no text"),
    ],
)
def test_a_narrower_scope(system, acme, ana, arguments, expected):
    chat = ana.direct("ben")
    ana.say(chat, "a secret «with quotes \" and \\ slashes»")
    last = newest(ana, chat)
    keys = create(system, acme, "narrow", *arguments)
    assert keys.subscribe is None if "subscribe" in keys.printed else True
    with Tap.streamer(keys) as stream:
        stream.stream(1, 1_000)
        offsets = stream.offsets_until(last)
        events = [m.json for m in stream.seen if m.is_event and m.offset]
        if expected == "no text":
            assert offsets == list(range(1, last + 1))
            assert {e["message"]["text"] for e in events if e["event"] == "message.created"} == {""}
            assert b"secret" not in b"".join(frame for m in stream.seen for frame in m.frames)
        else:
            assert {e["event"] for e in events} == {"message.created"}


def test_a_conversations_tap_sees_that_conversation(system, acme, ana):
    chat, other = ana.direct("ben"), ana.group()
    keys = create(system, acme, "one", "--conversation", chat)
    with Tap.streamer(keys) as stream:
        stream.stream(1, 1_000)
        ana.say(other, "elsewhere")
        last = newest(ana, chat)
        stream.offsets_until(last)
        assert {m.json["conversation"] for m in stream.seen if m.is_event and m.offset} == {chat}


def test_a_deleted_message_is_empty_on_every_way(system, acme, ana):
    chat = ana.direct("ben")
    ana.ok("conversation.update", conversation=(group := ana.group("ben")), expires_after_s=5)
    sent = ana.say(group, "gone in a moment")
    ana.event("message.deleted", patience=30, conversation=group)
    last = newest(ana, chat)
    keys = create(system, acme)
    with Tap.streamer(keys) as stream:
        stream.stream(1, 1_000)
        assert stream.offsets_until(last) == list(range(1, last + 1))
        emptied = next(m.json for m in stream.seen if m.is_event and m.offset == sent["offset"])
        assert emptied["message"]["deleted"] is True and "text" not in emptied["message"]
        assert b"gone in a moment" not in b"".join(frame for m in stream.seen for frame in m.frames)


# What a tap may not do.


def test_another_tenants_tap_gets_nothing(system, acme, ana):
    keys = create(system, acme)
    other = system.tenant()
    foreign = create(system, other)
    chat = ana.direct("ben")
    # To the endpoint of the other tenant, with keys of one's own.
    crossed = Keys(foreign.printed | {"subscribe": keys.subscribe})
    with Tap.subscriber(keys) as own, Tap.subscriber(crossed) as stranger, Tap.streamer(foreign) as stream:
        own.next("heartbeat")
        stream.stream(1, 1_000)
        ana.say(chat, "for acme alone")
        own.next("message.created")
        stranger.nothing(2)
        # The stream gives the key's own tenant, whatever offsets are asked for.
        stream.next("heartbeat")
        stream.replay(1, 50)
        stream.next("END")
        topics = {m.topic for m in stream.seen if m.is_event}
        assert topics == {f"tenant_{other.slug}_system"}


def test_nobody_comes_in_without_a_key(system, acme, ana):
    keys = create(system, acme)
    chat = ana.direct("ben")
    public, secret = zmq.curve_keypair()
    made_up = Keys(keys.printed | {"public": public.decode(), "secret": secret.decode()})
    wrong_server = Keys(keys.printed | {"server": public.decode()})
    before = metric(system, "parley_tap_handshakes_refused_total")
    with (
        Tap(zmq.SUB, keys.subscribe, None) as bare,
        Tap(zmq.DEALER, keys.stream, None) as bare_stream,
        Tap.subscriber(made_up) as unknown,
        Tap.streamer(made_up) as unknown_stream,
        Tap.subscriber(wrong_server) as misled,
        Tap.subscriber(keys) as own,
    ):
        for stream in (bare_stream, unknown_stream):
            stream.stream(1, 100)
        own.next("heartbeat")
        ana.say(chat, "not for them")
        own.next("message.created")
        for stranger in (bare, bare_stream, unknown, unknown_stream, misled):
            stranger.nothing(0.7)
    until(lambda: metric(system, "parley_tap_handshakes_refused_total") > before, "refused handshakes are counted")


def test_a_routing_id_in_use_is_refused_and_later_gives_nothing_away(system, acme, ana):
    keys = create(system, acme)
    other = create(system, system.tenant())
    chat = ana.direct("ben")
    first = Tap.streamer(keys, routing_id=b"same")
    first.stream(1, 100_000)
    last = newest(ana, chat)
    first.offsets_until(last)
    with Tap.streamer(other, routing_id=b"same") as second:
        second.stream(1, 100_000)
        second.nothing(2.5)
        # Its first frame would be taken for a routing id once the first is gone.
        first.socket.close(0)
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            second.send(b"same")
            newest(ana, chat)
            message = second.receive(0.02)
            assert message is None or acme.slug.encode() not in b"".join(message.frames), message.frames
    first.context.term()
    # A third that bears the name honestly is served its own.
    with Tap.streamer(keys, routing_id=b"same") as third:
        third.stream(last, 10)
        assert third.next().offset == last


def test_revoking_ends_a_tap_within_a_second_and_the_others_go_on(system, acme, ana):
    keys, stays = create(system, acme), create(system, acme, "stays")
    chat = ana.direct("ben")
    follower = Follower(stays)
    with Tap.subscriber(keys) as events, Tap.streamer(keys) as stream, Tap.subscriber(stays) as others:
        for each in (events, others):
            each.next("heartbeat")
        stream.stream(1, 1_000)
        follower.until(newest(ana, chat))
        began = time.monotonic()
        system.cli("tap", "revoke", "--tenant", acme.slug, "--name", "crm")
        refused = stream.next("REFUSED")
        assert refused.code == "unauthenticated"
        took = time.monotonic() - began
        last = newest(ana, chat)
        follower.until(last)
        # The other subscriber comes back by itself.
        others.next("heartbeat")
        assert until(lambda: _hears(others, ana, chat), "the other subscriber hears again", 20)
        while events.receive(0.01):
            pass
        newest(ana, chat)
        events.nothing(1.5)
        assert last not in [m.offset for m in events.seen if m.is_event]
        stream.stream(1, 10)
        assert stream.next("REFUSED").code == "unauthenticated"
        # The command itself takes its time on a busy machine; what is promised is a second.
        print(f"revoked after {took:.2f} s, the command included")
    follower.close()
    listed = system.cli("tap", "list", "--tenant", acme.slug, "--json").json
    assert [(t["name"], t["state"]) for t in listed] == [("crm", "revoked"), ("stays", "in force")]
    audit = system.cli("tap", "audit", "--tenant", acme.slug, "--json").json
    assert [line["action"] for line in audit] == ["tap.create", "tap.create", "tap.revoke"]


def _hears(subscriber: Tap, client: Client, chat: str) -> bool:
    offset = newest(client, chat)
    message = subscriber.receive(0.5)
    while message is not None and message.offset < offset:
        message = subscriber.receive(0.5)
    return message is not None


def test_a_rotated_tap_has_new_keys_and_the_old_end(system, acme, ana):
    old = create(system, acme)
    chat = ana.direct("ben")
    new = Keys(system.cli("tap", "rotate", "--tenant", acme.slug, "--name", "crm", "--json").json)
    assert new.public != old.public and new.subscribe == old.subscribe
    with Tap.streamer(new) as stream:
        stream.stream(1, 100)
        stream.offsets_until(newest(ana, chat))
        # Where the new key is known the old one is known no more.
        with Tap.streamer(old) as ended:
            ended.stream(1, 100)
            ended.nothing(2)


def test_an_expired_tap_ends(system, acme, ana):
    keys = create(system, acme, "short", "--ttl", "4s")
    chat = ana.direct("ben")
    with Tap.streamer(keys) as stream:
        stream.stream(1, 10_000)
        stream.offsets_until(newest(ana, chat))
        assert stream.next("REFUSED", patience=20).code == "unauthenticated"
        stream.stream(1, 10)
        assert stream.next("REFUSED").code == "unauthenticated"


def test_rubbish_harms_nobody(system, acme, ana):
    keys = create(system, acme)
    chat = ana.direct("ben")
    with Tap.streamer(keys) as rude, Tap.streamer(create(system, acme, "good")) as good, Tap.subscriber(keys) as subscriber:
        good.stream(1, 100_000)
        subscriber.next("heartbeat")
        for frames in (
            [b""],
            [b"", b"", b""],
            [b"STREAM"],
            [b"STREAM", b"\x01", b"\x01"],
            [b"REPLAY", b"\xff" * 8, b"\xff" * 7],
            [b"CREDIT", b"\x00" * 4],
            [b"x" * 900],
            [b"y"] * 12,
            [b"END", b"\0" * 8],
            [b"taps", b"\0" * 16],
        ):
            rude.send(*frames)
        rude.stream(2**64 - 1, 2**32 - 1)
        rude.replay(2**64 - 1, 2**64 - 1)
        until(
            lambda: {(m := rude.next("REFUSED", "END")).name} and len(rude.seen) >= 9, "answers to rubbish", 30
        )
        assert all(m.code in ("bad_request", "not_found", "rate_limited") for m in rude.seen if m.name == "REFUSED")
        last = newest(ana, chat)
        good.offsets_until(last)
        # Too long a frame costs the connection, and nobody else's.
        rude.send(b"z" * 5_000)
        last = newest(ana, chat)
        good.offsets_until(last)
        subscriber.next("message.created")


def test_a_subscriber_with_a_million_topics_is_cut_off(system, acme, ana):
    greedy, calm = create(system, acme, "greedy"), create(system, system.tenant(), "calm")
    chat = ana.direct("ben")
    before = metric(system, 'parley_tap_rebound_total{why="subscriptions"}')
    with (
        Tap.subscriber(greedy, sndhwm=0) as many,
        # Such a topic is longer than any frame may be: it costs the connection, each time anew.
        Tap.subscriber(greedy, b"t" * 4_096, b""),
        Tap.subscriber(calm) as few,
        Tap.streamer(create(system, acme)) as stream,
    ):
        stream.stream(1, 100_000)
        few.next("heartbeat")
        many.next("heartbeat")
        for count in range(30_000):
            many.socket.subscribe(f"topic {count}".encode())
        until(
            lambda: metric(system, 'parley_tap_rebound_total{why="subscriptions"}') > before,
            "the publisher is bound anew",
            30,
        )
        few.next("heartbeat")
        stream.offsets_until(newest(ana, chat))


def test_replaying_from_the_start_in_a_loop_is_slowed_down(system, acme, ana):
    chat = ana.direct("ben")
    newest(ana, chat)
    with Tap.streamer(create(system, acme)) as loop, Tap.streamer(create(system, acme, "good")) as good:
        good.stream(1, 100_000)
        for _ in range(200):
            loop.replay(0)
        codes = set()
        for _ in range(200):
            message = loop.next("END", "REFUSED")
            codes.add(message.name if message.name == "END" else message.code)
        assert "END" in codes and codes & {"rate_limited", "overloaded"}
        good.offsets_until(newest(ana, chat))


def test_a_tap_that_never_reads_slows_nobody(system, acme, ana):
    keys = create(system, acme)
    chat = ana.direct("ben")
    with (
        Tap.subscriber(keys, rcvhwm=1) as deaf,
        Tap.streamer(keys, rcvhwm=1) as idle,
        Tap.streamer(create(system, acme, "good")) as good,
    ):
        deaf.next("heartbeat")
        idle.stream(1, 2**32 - 1)
        good.stream(1, 2**32 - 1)
        last = 0
        for _ in range(300):
            last = newest(ana, chat)
        assert good.offsets_until(last, 40) == list(range(1, last + 1))


def test_gone_says_what_is_left(system):
    acme = system.tenant("--set", "log_retention_events=5", "--set", "rate_commands_per_s=10000", "--set", "rate_burst=10000")
    with system.client(acme, "ana") as ana:
        chat = ana.group()
        for _ in range(30):
            last = newest(ana, chat)
        keys = create(system, acme)

        # Nothing more is said: a quiet tenant's log is cut too.
        until(lambda: store.oldest_offset(system.data, acme.slug) == last - 4, "the log cut to its last five", 90)
        # Not from the ring, which still has them: from a worker that begins anew.
        former = system.kill("fanout")
        system.wait_restarted("fanout", former)
        with Tap.streamer(keys) as stream:
            stream.replay(1, 3)
            gone = stream.next("GONE", "END", "REFUSED", patience=30)
            assert (gone.name, gone.offset) == ("GONE", last - 4)
            stream.stream(last - 4, 100)
            assert stream.offsets_until(last) == list(range(last - 4, last + 1))


# Faults.


def test_taps_resume_gapless_when_processes_are_killed(tmp_path_factory):
    door = ports.free(60)
    system = Up(tmp_path_factory.mktemp("killed"), 3, 1, None, "--taps", f"127.0.0.1:{door}")
    try:
        acme = system.tenant("--set", "rate_commands_per_s=10000", "--set", "rate_burst=10000")
        followers = [Follower(create(system, acme, f"tap-{count}")) for count in range(20)]
        with system.client(acme, "ana", 2) as ana:
            chat = ana.group()
            for role in ("fanout", "router", "fanout", "gateway"):
                for follower in followers:
                    follower.step(0)
                for _ in range(5):
                    last = _stored(ana, chat)
                former = system.kill(role)
                for _ in range(5):
                    last = _stored(ana, chat)
                system.wait_restarted(role, former)
            for follower in followers:
                follower.until(last)
        for follower in followers:
            assert follower.offsets == list(range(1, last + 1))
            follower.close()
    finally:
        assert system.stop() == 0


def _stored(client: Client, chat: str) -> int:
    """The offset of a message that is sent until it is acknowledged."""
    identifier = str(uuid.uuid4())
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        reply = client.ask("message.send", conversation=chat, id=identifier, text="kept")
        if reply["ok"]:
            return reply["offset"]
        time.sleep(reply["error"].get("retry_after_ms", 100) / 1_000)
    raise AssertionError("nothing was acknowledged for a minute")


def test_a_second_worker_takes_over_for_a_tap(tmp_path_factory):
    door = ports.free(1_003 + 60)
    system = Up(tmp_path_factory.mktemp("two"), 2, 2, None, "--taps", f"127.0.0.1:{door}")
    try:
        acme = system.tenant("--set", "rate_commands_per_s=10000", "--set", "rate_burst=10000")
        keys = create(system, acme)
        assert len(keys.others) == 1
        other = Keys(keys.printed | keys.others[0])
        with system.client(acme, "ana") as ana, Tap.streamer(keys) as first, Tap.streamer(other) as second:
            chat = ana.group()
            first.stream(1, 10_000)
            second.stream(1, 10_000)
            last = newest(ana, chat)
            for stream in (first, second):
                assert stream.offsets_until(last) == list(range(1, last + 1))
            former = system.kill("fanout", 0)
            after = newest(ana, chat)
            assert second.offsets_until(after) == list(range(last + 1, after + 1))
            system.wait_restarted("fanout", former, 0)
    finally:
        assert system.stop() == 0


def test_tap_commands_refuse_what_is_wrong(system, acme):
    create(system, acme)
    again = system.cli("tap", "create", "--tenant", acme.slug, "--name", "crm", expect=None)
    assert again.code == 1 and "exists already" in again.err
    assert system.cli("tap", "revoke", "--tenant", acme.slug, "--name", "nobody", expect=None).code == 1
    assert system.cli("tap", "create", "--tenant", "nobody", "--name", "x", expect=None).code == 1
    for wrong in (["--event", "nothing"], ["--conversation", "x"], ["--ttl", "long"], ["--taps", "nowhere"]):
        assert system.cli("tap", "create", "--tenant", acme.slug, "--name", "y", *wrong, expect=None).code == 65
    assert system.cli("tap", "create", "--tenant", acme.slug, expect=None).code == 64
    secret = system.data / "keys" / "taps.secret"
    assert secret.stat().st_mode & 0o777 == 0o600
