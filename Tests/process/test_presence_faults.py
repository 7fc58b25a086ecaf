"""Presence is right again within the lease after any process is killed, and nobody is shown to go meanwhile."""

import pytest

from harness import store
from harness.presence import shown, statuses, told, watch
from harness.system import Up
from harness.waiting import until

# A router's lease on what a gateway's link said, and time for a busy machine.
LEASE = 10.0
PATIENCE = LEASE + 25


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    system = Up(tmp_path_factory.mktemp("presence"), gateways=2, fanouts=2)
    yield system
    assert system.stop() == 0


def test_a_killed_gateways_people_go(system):
    tenant = system.tenant()
    with system.client(tenant, "ana", 0) as ana:
        system.client(tenant, "ben", 1), system.client(tenant, "chloe", 0)
        shown(ana, "online", "ben", "chloe")
        former = system.kill("gateway", 1)
        assert ana.event("presence", PATIENCE, user="ben", status="offline")["last_seen"]
        system.wait_restarted("gateway", former, 1)
        with system.client(tenant, "ben", 1):
            ana.event("presence", user="ben", status="online")
        assert "offline" not in statuses(ana, "chloe")


def test_a_killed_router_learns_again_who_is_here(system):
    tenant = system.tenant()
    with (
        system.client(tenant, "ana", 0) as ana,
        system.client(tenant, "ben", 1) as ben,
        system.client(tenant, "chloe", 1) as chloe,
        system.client(tenant, "dev", 1) as dev,
    ):
        shown(ana, "online", "ben", "chloe", "dev")
        ben.ok("presence.set", status="away", text="Lunch")
        told(ana, "ben", "away", text="Lunch")
        former = system.kill("router")
        # Both while it is away: one goes, one says something else.
        chloe.close()
        dev.ok("presence.set", status="away")
        system.wait_restarted("router", former)
        ana.event("presence", PATIENCE, user="chloe", status="offline")
        ana.event("presence", PATIENCE, user="dev", status="away")
        place = ana.mark_place()
        # A change after it: the router knows who watches.
        ben.ok("presence.set", status="online")
        ana.event("presence", PATIENCE, start=place, user="ben", status="online")
        assert "offline" not in statuses(ana, "ben") + statuses(ana, "dev")
        assert watch(ana, "ben")["ben"] == {"user": "ben", "status": "online"}


def test_a_killed_fanout_is_not_noticed(system):
    tenant = system.tenant()
    with system.client(tenant, "ana", 0) as ana, system.client(tenant, "ben", 1) as ben:
        shown(ana, "online", "ben")
        place = ana.mark_place()
        former = system.kill("fanout")
        ben.ok("presence.set", status="away")
        told(ana, "ben", "away", place)
        system.wait_restarted("fanout", former)
        ben.ok("presence.set", status="online")
        told(ana, "ben", "online", place)
        assert "offline" not in statuses(ana, "ben")


def test_last_seen_outlives_a_restart(start_up, tmp_path):
    first = start_up(tmp_path)
    tenant = first.tenant()
    with first.client(tenant, "ana") as ana:
        ben = first.client(tenant, "ben")
        shown(ana, "online", "ben")
        ben.close()
        seen = told(ana, "ben", "offline")["last_seen"]

        # Stored together with others', some seconds later.
        until(lambda: store.last_seen(tmp_path, tenant.slug, "ben") is not None, "the moment stored", PATIENCE)
    assert first.stop() == 0
    second = start_up(tmp_path)
    with second.client(tenant, "ana") as ana:
        assert watch(ana, "ben")["ben"] == {"user": "ben", "status": "offline", "last_seen": seen}

