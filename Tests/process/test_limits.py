"""Rates, windows, slow readers: every bound has its code, and says honestly when to come back."""

import json
import os
import socket
import time

import pytest

from harness.client import Client, Refused, new_id
from harness.raw import TEXT, Plain, Raw, frame, upgrade_head
from harness.waiting import until


def test_a_lone_client_that_waits_as_told_gets_through(shared):
    tenant = shared.tenant("--set", "rate_commands_per_s=5", "--set", "rate_burst=5")
    with shared.client(tenant, "ana") as ana:
        refusals = 0
        for _ in range(20):
            reply = ana.ask("ping")
            if not reply["ok"]:
                refusals += 1
                assert reply["error"]["code"] == "rate_limited"
                time.sleep(reply["error"]["retry_after_ms"] / 1_000)
                assert ana.ask("ping")["ok"], "it waited as it was told"
        assert refusals > 0


def test_the_rate_is_the_users_over_all_connections_of_a_gateway(shared):
    tenant = shared.tenant("--set", "rate_commands_per_s=1", "--set", "rate_burst=10")
    with shared.client(tenant, "ana") as one, shared.client(tenant, "ana") as two, shared.client(tenant, "ben") as ben:
        granted = sum(client.ask("ping")["ok"] for _ in range(15) for client in (one, two))
        assert 8 <= granted < 30
        assert ben.ask("ping")["ok"], "another user is not held up"


def test_passing_the_rate_again_and_again_closes_with_4101(shared):
    tenant = shared.tenant("--set", "rate_commands_per_s=1", "--set", "rate_burst=1", "--set", "in_flight_max=1000")
    with Raw(shared.url(), tenant.token("ana")) as raw:
        raw.send(frame(TEXT, b'{"op":"ping","ref":"1"}') * 150)
        assert raw.close_code() == 4101


def test_what_is_refused_by_rate_is_not_stored_and_the_repeat_is(shared):
    tenant = shared.tenant("--set", "rate_commands_per_s=10", "--set", "rate_burst=3")
    with shared.client(tenant, "ana") as ana:
        group = ana.group()
        identifiers = [new_id() for _ in range(10)]
        for identifier in identifiers:
            while True:
                reply = ana.ask("message.send", conversation=group, id=identifier, text=identifier)
                if reply["ok"]:
                    break
                time.sleep(reply["error"]["retry_after_ms"] / 1_000)
        until(lambda: ana.texts(group) == identifiers, "each once, in order")


def test_over_the_window_commands_are_overloaded(shared):
    tenant = shared.tenant(
        "--set", "rate_commands_per_s=100000", "--set", "rate_burst=100000", "--set", "in_flight_max=4"
    )
    with Raw(shared.url(), tenant.token("ana")) as raw:
        group = new_id()
        raw.text({"op": "conversation.create", "ref": "c", "kind": "group", "id": group, "members": []})
        assert raw.reply("c")["ok"]
        commands = [
            {"op": "message.send", "ref": str(n), "conversation": group, "id": new_id(), "text": "x"}
            for n in range(300)
        ]
        raw.send(b"".join(frame(TEXT, json.dumps(command).encode()) for command in commands))
        replies = {}
        while len(replies) < 300:
            opcode, payload = raw.receive()
            assert opcode == TEXT
            found = json.loads(payload)
            if "ref" in found:
                assert found["ref"] not in replies, "one reply each"
                replies[found["ref"]] = found
        refused = [reply["error"] for reply in replies.values() if not reply["ok"]]
        assert refused, "300 at once pass a window of four"
        assert {error["code"] for error in refused} == {"overloaded"}
        assert all(error["retry_after_ms"] > 0 for error in refused)
        stored = sorted(reply["seq"] for reply in replies.values() if reply["ok"])
        assert stored == list(range(1, len(stored) + 1))


def test_too_many_connections_of_one_user_close_with_4103(shared):
    tenant = shared.tenant("--set", "connections_per_user=2")
    one, two = shared.client(tenant, "ana"), shared.client(tenant, "ana")
    third = Client(shared.url(), None, hello=False)
    with pytest.raises(Refused):
        third.say_hello(tenant.token("ana"))
    assert third.wait_closed()[0] == 4103
    one.close()
    shared.client(tenant, "ben").close()

    def fits() -> bool:
        try:
            shared.client(tenant, "ana").close()
        except Refused:
            return False
        return True

    until(fits, "a place after one has gone")
    two.close()


def test_a_reader_that_does_not_read_is_closed_with_4202_and_resumes(start_up):
    system = start_up(extra={"PARLEY_GATEWAY_OUTBOUND_BYTES_MAX": "65536"})
    tenant = system.tenant("--set", "rate_commands_per_s=100000", "--set", "rate_burst=100000")
    with system.client(tenant, "ana") as ana:
        slow = Raw(system.url(), tenant.token("ben"))
        slow.text({"op": "ping", "ref": "1"})
        slow.reply("1")
        group = ana.group("ben")
        position = None
        text = "x" * 9_000
        sent = 0
        closed = False
        # The kernel's buffers take some megabytes before the gateway's own queue grows.
        for _ in range(120):
            refs = [ana.send("message.send", conversation=group, id=new_id(), text=text) for _ in range(20)]
            for ref in refs:
                assert ana.reply(ref)["ok"]
            sent += 20
            metrics = system.metrics("gateway")
            if any(
                '"4202"' in line and not line.rstrip().endswith(" 0")
                for line in metrics.splitlines()
                if not line.startswith("#")
            ):
                closed = True
                break
        assert closed, f"still connected after {sent * len(text)} bytes that nobody read"
        # Others were not held up.
        until(lambda: len(ana.texts(group)) == sent, "the talker's own messages")
        seen = []
        code = None
        while True:
            received = slow.receive()
            if received is None:
                break
            opcode, payload = received
            if opcode == 8:
                code = int.from_bytes(payload[:2], "big")
                break
            event = json.loads(payload)
            if event.get("event") == "message.created":
                seen.append(event["seq"])
                position = event["offset"]
        assert code in (4202, None)
        assert seen == list(range(1, len(seen) + 1)) and len(seen) <= sent
        with Client(system.url(), tenant.token("ben"), position, ana.hello["epoch"]) as back:
            assert back.hello["resumed"] is True
            back.wait(lambda _: len(back.texts(group)) == sent - len(seen), "the rest", patience=40)


def test_a_connection_that_shows_no_life_is_closed_with_4201(start_up):
    system = start_up(extra={"PARLEY_GATEWAY_HEARTBEAT": "1s"})
    tenant = system.tenant()
    # A raw client answers no pings by itself.
    with Raw(system.url(), tenant.token("ana")) as dead, system.client(tenant, "ben") as alive:
        assert dead.close_code() == 4201
        assert alive.ok("ping")["ok"]


def test_too_many_upgrades_from_one_address_get_429(start_up):
    system = start_up(extra={"PARLEY_GATEWAY_PENDING_PER_ADDRESS_MAX": "4"})
    waiting = []
    try:
        statuses = []
        for _ in range(12):
            plain = Plain(system.url())
            waiting.append(plain)
            plain.send(upgrade_head(plain.authority))
            status, headers = plain.head()
            statuses.append(status)
            if status == 429:
                assert int(headers["retry-after"]) >= 1
        assert statuses[0] == 101 and 429 in statuses
    finally:
        for plain in waiting:
            plain.close()


def test_the_operations_port_takes_few_connections_at_a_time(start_up):
    system = start_up()
    host, port = system.operations("router").removeprefix("http://").split(":")
    before = len(os.listdir(f"/proc/{system.pids('router')[0]}/fd"))
    idle = [socket.create_connection((host, int(port))) for _ in range(120)]
    tenant = system.tenant()
    with system.client(tenant, "ana") as ana:
        assert ana.ask("ping")["ok"]
        assert len(os.listdir(f"/proc/{system.pids('router')[0]}/fd")) < before + 90
    for connection in idle:
        connection.close()
    assert "parley_router_links" in system.metrics("router")
