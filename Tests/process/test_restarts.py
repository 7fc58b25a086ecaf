"""A rolling restart, as for a new version: clients that come back and send again see no refusal, and lose nothing."""

import signal
import threading

import httpx
import pytest

from harness import store
from harness.checker import check
from harness.system import Child, Separate, is_up
from harness.waiting import until
from test_faults import FAST, talkers


class Refusals:
    """Commands that were refused, over all connections of some people."""

    def __init__(self, people):
        self.people = people
        self.seen: list[dict] = []
        self.lock = threading.Lock()
        for person in people:
            connect = person.connect
            person.connect = lambda connect=connect, person=person: self._watched(connect, person)
            self._watch(person)

    def _watched(self, connect, person) -> bool:
        if not connect():
            return False
        self._watch(person)
        return True

    def _watch(self, person) -> None:
        client, reply = person.client, person.client.reply

        def watched(*arguments, **options):
            answer = reply(*arguments, **options)
            if not answer["ok"]:
                with self.lock:
                    self.seen.append(answer["error"])
            return answer

        client.reply = watched


def ready(system: Separate, place: int) -> bool:
    """Operations ports: the router's, the fan-outs', the gateways'."""
    return is_up(f"http://127.0.0.1:{system.ops + place}/readyz")


def restart_all(system: Separate) -> list[int]:
    """One process after another, each once the one before is ready again; their exit codes."""
    codes = []
    for place in range(len(system.gateways)):
        codes.append(system.gateways[place].stop())
        system.gateways[place] = system.start_gateway(place)
        until(lambda place=place: ready(system, 1 + system.fanout_count + place), f"gateway {place} ready", 40)
    for place in range(len(system.fanouts)):
        codes.append(system.fanouts[place].stop())
        system.fanouts[place] = system.start_fanout(place)
        until(lambda place=place: ready(system, 1 + place), f"fan-out {place} ready", 40)
    codes.append(system.router.stop())
    system.start_router()
    until(lambda: ready(system, 0), "the router ready", 40)
    until(
        lambda: all(ready(system, 1 + system.fanout_count + place) for place in range(len(system.gateways))),
        "the gateways have found it again",
        40,
    )
    return codes


def test_a_rolling_restart_refuses_no_send(start_separate):
    system = start_separate(gateways=2, fanouts=2, extra=["--drain-window", "1s"])
    tenant = system.tenant(*FAST)
    people, listener, group = talkers(system, tenant, 4)
    refusals = Refusals([*people, listener])
    stop = threading.Event()
    failures: list[BaseException] = []
    sent = {person.name: 0 for person in people}

    def talk(person) -> None:
        try:
            while not stop.is_set():
                person.talk(group, 1, pause=0.02)
                sent[person.name] += 1
        except BaseException as failure:  # Raised again by the test's own thread.
            failures.append(failure)

    threads = [threading.Thread(target=talk, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    until(lambda: sum(sent.values()) > 20 or failures, "talk before it begins")
    codes = restart_all(system)
    before = sum(sent.values())
    until(lambda: sum(sent.values()) > before + 20 or failures, "talk after it")
    stop.set()
    for thread in threads:
        thread.join(60)
    if failures:
        raise failures[0]
    assert codes == [0] * 5
    assert refusals.seen == []
    total = sum(len(person.acknowledged) for person in people)
    assert total == sum(sent.values()) and len(store.stored_texts(system.data, tenant.slug)) == total
    for person in [listener, *people]:
        person.hear(lambda heard: len([e for e in heard if e["event"] == "message.created"]) >= total)
    # Each person says «name 0» again and again: their order among each other is the check's, not their numbers'.
    check(people, [listener, *people], group)
    assert all(listener.resumed[1:]), "whoever comes back with a position is resumed"
    for person in [*people, listener]:
        person.leave()


def test_a_router_that_ends_answers_what_it_has_and_the_next_one_the_rest(start_separate):
    system = start_separate()
    tenant = system.tenant(*FAST, "--set", "in_flight_max=1000")
    with system.client(tenant, "ana") as ana:
        group = ana.group()
        refs = []
        for number in range(400):
            refs.append(ana.send("message.send", conversation=group, id=_id(number), text=str(number)))
            if number == 200:
                system.router.process.send_signal(signal.SIGTERM)
        assert system.router.stop() == 0
        system.start_router()
        replies = [ana.reply(ref, patience=40) for ref in refs]
        assert [reply.get("seq") for reply in replies] == list(range(1, 401)), "each once, in order, none refused"
        ana.settle()
        assert ana.texts(group) == [str(number) for number in range(400)]


def test_readiness_is_gone_before_connections_are(start_separate):
    """A load balancer that asks `/readyz` sends nobody to a gateway that drains."""
    system = start_separate(extra=["--drain-window", "3s"])
    tenant = system.tenant()
    clients = [system.client(tenant, f"user-{number}") for number in range(4)]
    url = f"http://127.0.0.1:{system.ops + 2}/readyz"
    assert httpx.get(url, trust_env=False).status_code == 200
    gateway: Child = system.gateways[0]
    gateway.process.send_signal(signal.SIGTERM)
    warnings = [client.event("draining") for client in clients]
    answer = httpx.get(url, trust_env=False)
    assert answer.status_code == 503 and "stopping" in answer.text
    with pytest.raises(OSError):
        system.client(tenant, "late")
    for client in clients:
        assert client.wait_closed(30)[0] == 4200
    assert {warning["retry_window_ms"] for warning in warnings} == {2_000}
    assert len({warning["closes_in_ms"] for warning in warnings}) > 1, "spread over time"
    assert gateway.process.wait(30) == 0


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"
