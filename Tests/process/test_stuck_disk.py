"""A disk that does not answer: no error, no end, every fsync waits."""

import pytest

from chaos.shim import Shim, compile_into
from harness import store
from harness.client import Refused
from harness.flood import Flood
from harness.memory import Watch
from harness.system import is_up
from harness.waiting import until
from test_overload import FAST, _id, watch, within_bounds


@pytest.fixture
def shim(tmp_path) -> Shim:
    library = compile_into(tmp_path)
    if library is None:
        pytest.skip("no C compiler")
    return Shim(library, tmp_path / "control")


@pytest.fixture
def system(start_up, tmp_path, shim):
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    system = start_up(data, extra=shim.environment)
    yield system
    # Nothing ends while the disk does not answer.
    shim.hold_syncs(False)


def test_commands_that_store_are_refused_with_a_time_reading_goes_on_and_it_heals_by_itself(system, shim):
    tenant = system.tenant(*FAST)
    with system.client(tenant, "ana") as ana, system.client(tenant, "ben") as ben:
        group = ana.group("ben")
        ana.say(group, "before")
        router = system.pids("router")
        shim.hold_syncs(True)
        ref = ana.send("message.send", conversation=group, id=_id(1), text="meanwhile")
        # Who reads, and who comes back, notices nothing.
        assert [message["text"] for message in ben.ok("message.list", conversation=group)["messages"]] == ["before"]
        with system.client(tenant, "ben") as again:
            assert again.ok("conversation.list")["conversations"]
        refused = ana.reply(ref, patience=40)
        assert refused["error"]["code"] == "unavailable" and refused["error"]["retry_after_ms"] > 0
        until(lambda: not is_up(system.operations("router") + "/readyz"), "the router says that it is not ready", 40)
        with pytest.raises(Refused) as newcomer:
            # Somebody nobody has seen has to be stored first.
            system.client(tenant, "newcomer")
        assert newcomer.value.code in ("unavailable", "overloaded") and newcomer.value.retry_after_ms > 0
        shim.hold_syncs(False)
        until(lambda: is_up(system.operations("router") + "/readyz"), "ready again", 40)
        assert ana.say(group, "meanwhile", id=_id(1))["seq"] == 2, "stored once, however often it was sent"
        ben.event("message.created", message__text="meanwhile")
        ana.settle(), ben.settle()
        assert ana.texts(group) == ben.texts(group) == ["before", "meanwhile"]
        assert system.pids("router") == router


def test_a_flood_against_a_disk_that_does_not_answer_is_bounded(system, shim):
    tenant = system.tenant(*FAST, "--set", "in_flight_max=4096")
    flood = Flood(system, tenant, 12, "x" * 9_000)
    flood.start()
    until(lambda: flood.answers["ok"] > 100, "the flood", 60)
    seen: Watch
    with watch(system) as seen:
        shim.hold_syncs(True)
        # Given up by the gateway after 10 s, and still in the lane's queue: once that is full of them, the next are refused.
        until(lambda: flood.refused["unavailable"] > 300 and flood.refused["overloaded"] > 1_000, "a full queue", 90)
        shim.hold_syncs(False)
        before = flood.answers["ok"]
        until(lambda: flood.answers["ok"] > before + 100, "commands carried out again", 60)
        flood.stop()
    within_bounds(seen)
    assert set(flood.refused) <= {"unavailable", "overloaded"} and flood.without_time == 0 and not flood.closes
    assert len(store.stored_texts(system.data, tenant.slug)) >= len(flood.acknowledged)
