"""Backpressure from end to end: whatever stands still or floods, memory stays under its bound (docs/operations.md),
who asks is told when to come back, others keep their share, and all is well again without a restart."""

import os
import signal

import pytest

from harness import store
from harness.flood import Flood, NeverReads
from harness.memory import Watch
from harness.waiting import until

# docs/operations.md «Memory», for the few connections of these tests and their settings. A debug build on a busy machine.
BOUNDS_MIB = {"gateway": 256, "router": 512, "fanout": 384}
FAST = (
    "--set", "rate_commands_per_s=1000000", "--set", "rate_burst=1000000", "--set", "connections_per_user=1000",
)  # fmt: skip


@pytest.fixture
def system(start_up):
    return start_up()


def watch(system) -> Watch:
    return Watch({role: system.pids(role)[0] for role in BOUNDS_MIB})


def within_bounds(watch: Watch) -> None:
    most = watch.mebibytes()
    assert all(most[role] < bound for role, bound in BOUNDS_MIB.items()), most


def works(system, tenant) -> None:
    """By the same processes."""
    with system.client(tenant, "afterwards", claims={}) as client:

        def said() -> bool:
            reply = client.ask("conversation.create", kind="group", id=_group(), members=[])
            return reply["ok"]

        until(said, "commands carried out again", 40)


def test_with_the_router_stopped_commands_are_refused_with_a_time_and_memory_is_bounded(system):
    tenant = system.tenant(*FAST, "--set", "in_flight_max=4096")
    flood = Flood(system, tenant, 12, "x" * 9_000)
    router = system.pids("router")[0]
    with watch(system) as seen:
        os.kill(router, signal.SIGSTOP)
        try:
            flood.start()
            until(lambda: flood.refused["unavailable"] > 500, "commands that nobody answered", 60)
        finally:
            os.kill(router, signal.SIGCONT)
        before = flood.answers["ok"]
        until(lambda: flood.answers["ok"] > before + 100, "commands carried out again", 60)
        flood.stop()
    within_bounds(seen)
    assert set(flood.refused) <= {"unavailable", "overloaded"} and flood.without_time == 0
    assert not flood.closes, "nobody was sent away"
    assert system.pids("router") == [router]
    works(system, tenant)


def test_what_waits_for_a_router_is_bounded_in_bytes(start_up):
    system = start_up(extra={"PARLEY_GATEWAY_REQUESTS_BYTES_MAX": "1048576", "PARLEY_GATEWAY_EVENT_LOOPS": "1"})
    tenant = system.tenant(*FAST, "--set", "in_flight_max=4096")
    with system.client(tenant, "ana") as ana:
        group = ana.group()
        router = system.pids("router")[0]
        os.kill(router, signal.SIGSTOP)
        try:
            # 200 times 9,000 bytes are more than a megabyte: the last of them are refused at once.
            refs = [
                ana.send("message.send", conversation=group, id=_id(number), text="x" * 9_000) for number in range(200)
            ]
            # What weighs little gives way before; what is kept finds room for a few more.
            typing = ana.ask("typing", conversation=group, active=True)
            reading = ana.ask("read", conversation=group, seq=1)
            listing = ana.ask("message.list", conversation=group)
            assert {reply["error"]["code"] for reply in (typing, reading, listing)} == {"overloaded"}
            assert all(reply["error"]["retry_after_ms"] > 0 for reply in (typing, reading, listing))
        finally:
            os.kill(router, signal.SIGCONT)
        replies = [ana.reply(ref, patience=40) for ref in refs]
        taken = [reply for reply in replies if reply["ok"]]
        refused = [reply["error"]["code"] for reply in replies if not reply["ok"]]
        # Either answered when it moved again, or given up at 10 s: nothing is left without an answer.
        assert set(refused) <= {"overloaded", "unavailable"} and "overloaded" in refused
        assert len(taken) + refused.count("unavailable") in range(100, 118), "so many fit into a megabyte"


def test_ten_times_too_much_is_refused_with_a_time_and_nothing_acknowledged_is_lost(start_up):
    # A lane with few places is overfull at a tenth of what a flood brings.
    system = start_up(extra={"PARLEY_ROUTER_LANE_QUEUE": "64", "PARLEY_ROUTER_LANES": "1"})
    noisy = system.tenant(*FAST, "--set", "in_flight_max=4096")
    honest = system.tenant(*FAST)
    flood = Flood(system, noisy, 8, "x" * 200)
    with watch(system) as seen, system.client(honest, "ana") as ana:
        group = ana.group()
        flood.start()
        until(lambda: flood.refused["overloaded"] > 200, "a queue that is full", 60)
        # The other tenant on the same lane: nothing of it is refused.
        replies = [ana.ask("message.send", conversation=group, id=_id(number), text=str(number)) for number in range(40)]
        assert all(reply["ok"] for reply in replies), [reply for reply in replies if not reply["ok"]]
        assert ana.ok("typing", conversation=group, active=True) and ana.ok("message.list", conversation=group)
        flood.stop()
    within_bounds(seen)
    assert set(flood.refused) == {"overloaded"} and flood.without_time == 0 and not flood.closes
    stored = len(store.stored_texts(system.data, noisy.slug))
    assert stored >= len(flood.acknowledged) > 0
    shed = [line for line in system.metrics("router").splitlines() if line.startswith("parley_router_shed_total")]
    assert any('kind="kept"' in line and not line.endswith(" 0") for line in shed)
    works(system, noisy)


def test_a_flood_waits_for_itself_while_another_tenant_talks_and_for_nobody_alone(system):
    noisy = system.tenant(*FAST)
    honest = system.tenant(*FAST)
    flood = Flood(system, noisy, 8, "x" * 200)

    def held_back() -> int:
        lines = system.metrics("gateway").splitlines()
        return sum(int(line.split()[-1]) for line in lines if line.startswith("parley_gateway_requests_held_back_total"))

    with system.client(honest, "ana") as ana:
        group = ana.group()
        flood.start()

        def is_alone() -> bool:
            """Ana counts for a second; then a thousand of the flood are carried out, and none of them waits."""
            held, carried_out = held_back(), flood.answers["ok"]
            until(lambda: flood.answers["ok"] > carried_out + 1_000, "a flood that is carried out", 60)
            return held_back() == held

        until(is_alone, "a flood that waits for nobody", 30)
        alone = held_back()
        for number in range(40):
            assert ana.ask("message.send", conversation=group, id=_id(number), text=str(number))["ok"]
        assert held_back() > alone
        flood.stop()
    assert set(flood.refused) <= {"overloaded"} and flood.without_time == 0 and not flood.closes
    assert len(store.stored_texts(system.data, noisy.slug)) >= len(flood.acknowledged) > 0


def test_readers_that_never_read_cost_their_bound_and_no_more(system):
    tenant = system.tenant(*FAST)
    never = [NeverReads(system, tenant.token("ben")) for _ in range(10)]
    with watch(system) as seen, system.client(tenant, "ana") as ana:
        group = ana.group("ben")
        text = "x" * 9_900

        def closed() -> int:
            lines = system.metrics("gateway").splitlines()
            return sum(int(line.split()[-1]) for line in lines if "closes_total" in line and '"4202"' in line)

        sent = 0
        while closed() < len(never):
            refs = [ana.send("message.send", conversation=group, id=_id(sent + n), text=text) for n in range(50)]
            assert all(ana.reply(ref, patience=30)["ok"] for ref in refs), "nobody else is held up"
            sent += 50
            assert sent < 6_000, f"{closed()} of {len(never)} are closed"
    within_bounds(seen)
    for reader in never:
        reader.close()
    works(system, tenant)


def test_a_gateway_that_stands_still_is_given_up_by_its_fanout_worker_and_catches_up(start_up):
    """Over ipc too, where the kernel tells nobody: what waits for it is bounded by time."""
    system = start_up(gateways=2)
    tenant = system.tenant(*FAST)
    worker, standing = system.pids("fanout")[0], system.pids("gateway")[1]
    with watch(system) as seen, system.client(tenant, "ben") as ben, system.client(tenant, "ana", gateway=1) as ana:
        group = ana.group("ben")
        open_before = len(os.listdir(f"/proc/{worker}/fd"))
        flood = Flood(system, tenant, 8, "x" * 9_000)
        os.kill(standing, signal.SIGSTOP)
        try:
            flood.start()
            until(lambda: len(os.listdir(f"/proc/{worker}/fd")) < open_before, "a connection given up", 30)
            flood.stop()
            sent = ben.ok("message.send", conversation=group, id=_id(0), text="while you were away")
        finally:
            os.kill(standing, signal.SIGCONT)
        event = ana.event("message.created", patience=60)
        assert (event["offset"], event["message"]["text"]) == (sent["offset"], "while you were away")
    within_bounds(seen)
    works(system, tenant)


_numbers = iter(range(1_000_000))


def _group() -> str:
    return f"00000000-0000-4000-9000-{next(_numbers):012}"


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"
