"""Kill -9 under load, drains, restarts: nothing acknowledged is lost, doubled or out of order."""

import os
import signal
import threading
import time
import uuid

import pytest

from harness import store
from harness.checker import Person, check
from harness.client import Client, Refused
from harness.system import Up, is_up
from harness.waiting import until

FAST = ("--set", "rate_commands_per_s=100000", "--set", "rate_burst=100000")


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    system = Up(tmp_path_factory.mktemp("faults"), gateways=2, fanouts=2)
    yield system
    assert system.stop() == 0


def talkers(system, tenant, count: int) -> tuple[list[Person], Person, str]:
    """People who talk in one group, a listener who is one of them, and the group."""
    urls = [system.url(0), system.url(1)]
    names = [f"person-{number}" for number in range(count)]
    people = [Person(urls, tenant.token(name), name) for name in names]
    listener = Person(urls, tenant.token("listener"), "listener")
    for person in [*people, listener]:
        person.come_back(time.monotonic() + 30)
    group = people[0].client.group(*names[1:], "listener")
    for person in [*people, listener]:
        person.client.event("conversation.created", conversation=group)
        person.listen()
    return people, listener, group


def run_through(system, tenant, fault, messages: int = 60) -> None:
    people, listener, group = talkers(system, tenant, 4)
    failures: list[BaseException] = []

    def guarded(work, *arguments) -> None:
        try:
            work(*arguments)
        except BaseException as failure:  # Raised again by the test's own thread.
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(person.talk, group, messages, 0.01)) for person in people]
    done = threading.Event()

    def all_came(heard) -> bool:
        if failures:
            raise failures[0]
        if not done.is_set():
            return False
        ids = {event["message"]["id"] for event in heard if event["event"] == "message.created"}
        return all(identifier in ids for person in people for identifier in person.acknowledged)

    ear = threading.Thread(target=guarded, args=(listener.hear, all_came, 110))
    for thread in [*threads, ear]:
        thread.start()
    until(
        lambda: sum(len(person.acknowledged) for person in people) > messages // 4 or failures, "talk before the fault"
    )
    fault()
    for thread in threads:
        thread.join(110)
    done.set()
    ear.join(110)
    if failures:
        raise failures[0]
    assert all(len(person.acknowledged) == messages for person in people)
    # The talkers themselves hear all of it too.
    for person in people:
        person.hear(
            lambda heard: (
                len({e["message"]["id"] for e in heard if e["event"] == "message.created"}) >= messages * len(people)
            )
        )
    check(people, [listener, *people], group)
    assert all(listener.resumed[1:]), "whoever comes back with a position is resumed"
    texts = store.stored_texts(system.data, tenant.slug)
    assert sorted(texts) == sorted(f"{person.name} {number}" for person in people for number in range(messages))
    for person in [*people, listener]:
        person.leave()


@pytest.mark.parametrize("role, place", [("router", 0), ("fanout", 0), ("fanout", 1), ("gateway", 0)])
def test_kill_under_load(system, role, place):
    def fault() -> None:
        former = system.kill(role, place)
        system.wait_restarted(role, former, place)

    run_through(system, system.tenant(*FAST), fault)


def test_the_router_killed_three_times(system):
    def fault() -> None:
        for _ in range(3):
            former = system.kill("router")
            system.wait_restarted("router", former)
            time.sleep(0.3)

    run_through(system, system.tenant(*FAST), fault, messages=150)


def test_connections_outlive_router_and_fanout(system):
    tenant = system.tenant()
    with system.client(tenant, "ana", 0) as ana, system.client(tenant, "ben", 1) as ben:
        group = ana.group("ben")
        for role in ("router", "fanout", "router"):
            former = system.kill(role)
            # Said while it is away: answered when it is back, or refused with when to try again.
            while True:
                reply = ana.ask("message.send", conversation=group, id=_fixed(role, former), text=f"{role} {former}")
                if reply["ok"]:
                    break
                assert reply["error"]["code"] in ("unavailable", "overloaded")
                time.sleep(reply["error"]["retry_after_ms"] / 1_000)
            ben.event("message.created", message__text=f"{role} {former}", patience=30)
            system.wait_restarted(role, former)
        ana.settle(), ben.settle()
        assert ana.closed is None and ben.closed is None
        assert len(ana.texts(group)) == len(ben.texts(group)) == 3


def test_a_stopped_router_is_unavailable_not_silent(system):
    """SIGSTOP: the process is there and does nothing, which no closed socket tells."""
    tenant = system.tenant()
    with system.client(tenant, "ana") as ana:
        group = ana.group()
        router = system.pids("router")[0]
        os.kill(router, signal.SIGSTOP)
        try:
            reply = ana.reply(ana.send("message.send", conversation=group, id=_fixed("stop", 1), text="x"), patience=40)
            assert reply["ok"] is False and reply["error"]["code"] in ("unavailable", "overloaded")
            assert reply["error"]["retry_after_ms"] > 0
        finally:
            os.kill(router, signal.SIGCONT)

        def stored() -> bool:
            return ana.ask("message.send", conversation=group, id=_fixed("stop", 1), text="x")["ok"]

        until(stored, "the repeat after it woke", 30)
        ana.settle()
        assert ana.texts(group) == ["x"]


def test_a_restart_of_everything_keeps_everything(start_up, tmp_path):
    first = start_up(tmp_path)
    tenant = first.tenant()
    with first.client(tenant, "ana") as ana:
        group = ana.group()
        sent = [ana.say(group, str(number)) for number in range(20)]
        epoch = ana.hello["epoch"]
        ana.ok("read", conversation=group, seq=7)
    assert first.stop() == 0
    second = start_up(tmp_path)
    with Client(second.url(), tenant.token("ana"), sent[9]["offset"], epoch) as ana:
        assert ana.hello["resumed"] is True and ana.hello["epoch"] == epoch
        ana.event("mark", live=True)
        assert ana.texts(group) == [str(number) for number in range(10, 20)]
        assert ana.say(group, "0", id=sent[0]["id"])["duplicate"] is True
        listed = ana.ok("message.list", conversation=group)["messages"]
        assert [message["id"] for message in listed] == [reply["id"] for reply in sent]
        assert ana.say(group, "more")["seq"] == 21


def test_the_supervisors_death_takes_its_children_along(start_up):
    system = start_up()
    pids = [pid for role in ("gateway", "router", "fanout") for pid in system.pids(role)]
    assert len(pids) == 3
    system.child.kill()
    until(lambda: not any(_alive(pid) for pid in pids), "the children gone")


def test_a_drain_warns_goes_on_working_and_closes_with_4200(start_up):
    system = start_up()
    tenant = system.tenant()
    clients = [system.client(tenant, f"user-{number}") for number in range(5)]
    group = clients[0].group()
    stopper = threading.Thread(target=system.stop)
    stopper.start()
    warning = clients[0].event("draining")
    assert warning["closes_in_ms"] >= 0 and warning["retry_window_ms"] > 0
    try:
        # Commands work until the close.
        clients[0].say(group, "while draining")
    except (AssertionError, Refused):
        assert clients[0].closed is not None
    for client in clients:
        code, reason = client.wait_closed(30)
        assert code == 4200, (code, reason)
    stopper.join(40)
    assert system.child.process.returncode == 0


def test_a_child_that_was_stopped_is_started_again_and_ready_says_so(system):
    former = system.kill("gateway", 1)
    system.wait_restarted("gateway", former, 1)
    until(lambda: is_up(system.operations("gateway", 1) + "/readyz"), "gateway 1 ready")
    system.client(system.tenant(), "ana", 1).close()


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _fixed(word: str, number: int) -> str:
    """The same id for the same message, however often it is sent."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{word} {number}"))
