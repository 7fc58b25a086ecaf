"""`GET /v1/events` as server-sent events (docs/protocol.md §6)."""

import os
import signal

from harness.client import new_id
from harness.events import Stream, poll
from harness.raw import Plain
from harness.waiting import until

from test_events import gauge

STREAMS = 'parley_gateway_fallback_connections{kind="sse"}'


def test_a_stream_begins_with_its_position_and_goes_on_live(shared, tenant, people):
    ana = people("ana")
    people.known("ben")
    chat = ana.group("ben")
    position = poll(shared.http(), tenant.token("ben"))
    missed = ana.say(chat, "missed")
    with Stream(shared.http(), tenant.token("ben"), position) as stream:
        assert stream.response.headers["content-type"] == "text/event-stream"
        assert stream.response.headers["cache-control"] == "no-store, no-transform"
        assert stream.response.headers["x-accel-buffering"] == "no"
        live = stream.live()
        opening = {"event": "mark", "offset": position["offset"], "epoch": position["epoch"], "resumed": True}
        assert stream.items[0] == (str(position["offset"]), opening)
        assert stream.items[1][0] == str(missed["offset"]) and stream.texts() == ["missed"]
        assert live["offset"] == missed["offset"]
        said = ana.say(chat, "live")
        identifier, event = stream.event("message.created", offset=said["offset"])
        assert identifier == str(said["offset"])
        assert event == ana.event("message.created", message__id=said["id"])
        ana.ok("typing", conversation=chat, active=True)
        assert stream.event("typing", user="ana", active=True)[0] is None
        ana.ok("read", conversation=chat, seq=said["seq"])
        assert stream.event("read", user="ana")[0] is None


def test_last_event_id_counts_before_since(shared, tenant, people):
    ana = people("ana")
    people.known("ben")
    chat = ana.group("ben")
    position = poll(shared.http(), tenant.token("ben"))
    offsets = [ana.say(chat, text)["offset"] for text in ("one", "two", "three")]
    with Stream(shared.http(1), tenant.token("ben"), position, last=str(offsets[0])) as stream:
        stream.live()
        assert stream.texts() == ["two", "three"]


def test_a_position_that_means_nothing_is_told(shared, tenant, people):
    newest = people("ana").hello["offset"]
    with Stream(shared.http(), tenant.token("ana"), {"offset": newest + 9, "epoch": "other"}) as stream:
        assert stream.live()["offset"] == newest
        assert stream.items[0][1]["resumed"] is False


def test_a_long_past_comes_in_pages_and_what_happens_meanwhile_behind_it(shared, tenant, people):
    ana = people("ana")
    people.known("ben")
    position = poll(shared.http(), tenant.token("ben"))
    chat = ana.group("ben")
    wanted = [f"text {place}" for place in range(1_300)]
    for start in range(0, len(wanted), 400):
        part = wanted[start : start + 400]
        refs = [ana.send("message.send", conversation=chat, id=new_id(), text=text) for text in part]
        if start >= 800:
            break
        assert all(ana.reply(ref)["ok"] for ref in refs)
    sent = [ana.send("message.send", conversation=chat, id=new_id(), text=text) for text in wanted[1_200:]]
    with Stream(shared.http(1), tenant.token("ben"), position) as stream:
        stream.wait(lambda _: len(stream.texts()) >= len(wanted), "all of them", 60)
        assert all(ana.reply(ref)["ok"] for ref in [*refs, *sent])
        assert stream.texts() == wanted
        offsets = [event["offset"] for _, event in stream.items if event["event"] != "mark" and "offset" in event]
        assert offsets == sorted(set(offsets))


def test_a_blocked_sender_is_hidden_and_a_removed_member_gets_no_more(shared, tenant, people):
    ana, ben = people("ana"), people("ben")
    chat = ben.group("ana")
    ana.ok("block.add", user="ben")
    with Stream(shared.http(), tenant.token("ana")) as stream:
        stream.live()
        said = ben.say(chat, "unseen")
        _, event = stream.event("message.hidden", offset=said["offset"])
        assert event["message"] == {"id": said["id"], "conversation": chat, "seq": said["seq"], "hidden": True}
        ben.ok("member.remove", conversation=chat, users=["ana"])
        stream.event("member.removed")
        ben.say(chat, "without her")
        other = ana.group()
        stream.event("conversation.created", conversation=other)
        assert [event["event"] for _, event in stream.items if "offset" in event and event["event"] != "mark"] == [
            "message.hidden",
            "member.removed",
            "conversation.created",
        ]


def test_quiet_streams_get_marks(start_up):
    system = start_up(extra={"PARLEY_GATEWAY_HEARTBEAT": "1s"})
    tenant = system.tenant()
    with Stream(system.http(), tenant.token("ana")) as stream, system.client(tenant, "ben") as ben:
        stream.live()
        newest = ben.say(ben.group(), "not for Ana")["offset"]
        identifier, _ = stream.event("mark", offset=newest)
        assert identifier == str(newest)


def test_a_stream_ends_with_its_token_and_says_so_before(shared, tenant):
    with Stream(shared.http(), tenant.token("ana", ttl=3)) as stream:
        stream.event("token.expiring")
        stream.wait_closed()


def test_a_suspended_users_stream_ends(shared, tenant):
    with Stream(shared.http(), tenant.token("ana")) as stream:
        stream.live()
        shared.cli("user", "suspend", "--tenant", tenant.slug, "--user", "ana")
        stream.wait_closed()


def test_a_gateway_that_goes_says_so_and_the_next_goes_on(start_up):
    system = start_up(gateways=2)
    tenant = system.tenant()
    with system.client(tenant, "ana", 1) as ana:
        chat = ana.group()
        position = poll(system.http(0), tenant.token("ana"))
        stream = Stream(system.http(0), tenant.token("ana"), position)
        stream.live()
        first = ana.say(chat, "one")
        stream.event("message.created", offset=first["offset"])
        until(lambda: gauge(system, STREAMS) == 1, "the stream counted")
        for pid in system.pids("gateway"):
            port = f"127.0.0.1:{system.gateway_ports[0]}".encode()
            if port in open(f"/proc/{pid}/cmdline", "rb").read():
                os.kill(pid, signal.SIGTERM)
        stream.event("draining")
        stream.wait_closed()
        last = [identifier for identifier, _ in stream.items if identifier][-1]
        ana.say(chat, "two")
        with Stream(system.http(1), tenant.token("ana"), position, last=last) as again:
            again.wait(lambda _: again.texts(), "the second message")
            assert again.texts() == ["two"]


def test_a_slow_reader_is_cut_counted_and_holds_nobody_up(start_up):
    system = start_up(extra={"PARLEY_GATEWAY_OUTBOUND_BYTES_MAX": "65536"})
    tenant = system.tenant(
        "--set", "rate_commands_per_s=10000", "--set", "rate_burst=10000", "--set", "in_flight_max=1000"
    )
    with system.client(tenant, "ana") as ana:
        system.client(tenant, "ben").close()
        group = ana.group("ben")
        plain = Plain(system.http())
        token = tenant.token("ben")
        head = f"GET /v1/events HTTP/1.1\r\nHost: {plain.authority}\r\nAuthorization: Bearer {token}\r\n"
        plain.send((head + "Accept: text/event-stream\r\n\r\n").encode())
        until(lambda: gauge(system, STREAMS) == 1, "the stream open")
        sent = 0
        # The kernel's buffers take some megabytes before the gateway's own queue grows.
        for _ in range(120):
            refs = [ana.send("message.send", conversation=group, id=new_id(), text="x" * 9_000) for _ in range(20)]
            assert all(ana.reply(ref)["ok"] for ref in refs)
            sent += 20
            if gauge(system, "parley_gateway_fallback_slow_total"):
                break
        assert gauge(system, "parley_gateway_fallback_slow_total") == 1, f"{sent} messages that nobody read"
        assert gauge(system, STREAMS) == 0
        until(lambda: len(ana.texts(group)) == sent, "the talker's own messages")
        plain.socket.close()


def test_a_client_that_goes_away_is_noticed(shared, tenant):
    until(lambda: gauge(shared, STREAMS, 1) == 0, "no other streams")
    with Stream(shared.http(1), tenant.token("ana")) as stream:
        stream.live()
        assert gauge(shared, STREAMS, 1) == 1
    until(lambda: gauge(shared, STREAMS, 1) == 0, "the stream gone")
