"""Webhooks through the real binary: signed, in order, at least once whatever dies, and only to where they may go."""

import time
import uuid

import httpx
import pytest

from harness import ports
from harness.receiver import Receiver, is_signed
from harness.system import Up
from harness.waiting import until

SWIFT = {"PARLEY_NOTIFIER_ALLOW_PRIVATE": "true", "PARLEY_NOTIFIER_RETRY_FIRST": "100ms"}


def start(folder, extra: dict[str, str], fanouts: int = 1) -> Up:
    return Up(folder, 1, fanouts, extra, "--taps", f"127.0.0.1:{ports.free(60)}")


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    system = start(tmp_path_factory.mktemp("webhooks"), SWIFT)
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


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


def hook(system, tenant, url: str, *arguments: str) -> dict:
    """A webhook whose tenant's stream is being followed."""
    made = system.cli("webhook", "create", "--tenant", tenant.slug, "--url", url, "--json", *arguments).json
    follows(system, tenant)
    return made


def follows(system, tenant) -> None:
    """Until the notifier stands somewhere in the tenant's log."""

    def stands() -> bool:
        taps = system.cli("tap", "list", "--tenant", tenant.slug, "--all", "--json").json
        return any(tap["state"] == "internal" for tap in taps) and place(system, tenant) is not None

    until(stands, "the notifier to follow the tenant", 30)


def place(system, tenant):
    import sqlite3

    with sqlite3.connect(f"file:{system.data}/notifier.sqlite?mode=ro", uri=True) as file:
        row = file.execute("SELECT next FROM place WHERE tenant = ? AND epoch IS NOT NULL", (tenant.slug,)).fetchone()
    return row and row[0]


def listed(system, tenant, id: str) -> dict:
    views = system.cli("webhook", "list", "--tenant", tenant.slug, "--json").json
    return next(view for view in views if view["id"] == id)


def failed(system, tenant) -> list[dict]:
    return system.cli("webhook", "failed", "--tenant", tenant.slug, "--json").json


def metric(system, name: str) -> float:
    lines = [line for line in system.metrics("notifier").splitlines() if line.startswith(name)]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def test_an_event_is_posted_as_clients_get_it_and_signed(system, acme, ana, receiver):
    made = hook(system, acme, receiver.url + "/in?x=1")
    assert made["secret"].startswith("whsec_")
    chat = ana.direct("ben")
    ana.say(chat, "hello «platform»")
    told = ana.event("message.created", message__text="hello «platform»")
    taken = receiver.wait(2)
    assert [one.event["event"] for one in taken] == ["conversation.created", "message.created"]
    last = taken[-1]
    assert last.path == "/in?x=1"
    assert last.event == told
    assert last.headers["webhook-id"] == f"{ana.hello['epoch']}:{told['offset']}"
    assert abs(int(last.headers["webhook-timestamp"]) - time.time()) < 60
    assert last.headers["parley-tenant"] == acme.slug and last.headers["parley-webhook"] == made["id"]
    assert last.headers["content-type"] == "application/json"
    assert is_signed(last, made["secret"]) and not is_signed(last, made["secret"][:-4] + "AAA=")


def test_what_a_hook_does_not_want_it_does_not_get(system, acme, ana, receiver):
    chat = ana.direct("ben")
    other = ana.group("ben")
    hook(system, acme, receiver.url, "--event", "message.created", "--conversation", chat)
    ana.say(other, "elsewhere")
    ana.ok("conversation.update", conversation=other, title="New")
    ana.say(chat, "here")
    assert [one.event["message"]["text"] for one in receiver.wait(1)] == ["here"]


def test_one_conversation_keeps_its_order_while_others_go_on(system, acme, ana):
    slow, quick = ana.direct("ben"), ana.group("ben")
    refused: set[int] = set()

    def answer(taken):
        if taken.event.get("conversation") == slow and taken.offset not in refused:
            refused.add(taken.offset)
            return 503
        return 204

    with Receiver(answer) as receiver:
        hook(system, acme, receiver.url, "--event", "message.created")
        for number in range(6):
            ana.say(slow, f"slow {number}")
            ana.say(quick, f"quick {number}")
        taken = receiver.wait(12)
        for chat in (slow, quick):
            offsets = [one.offset for one in taken if one.event["conversation"] == chat]
            assert offsets == sorted(set(offsets)) and len(offsets) == 6


def test_a_redirection_is_not_followed_and_its_target_hears_nothing(system, acme, ana, receiver):
    with Receiver(lambda _: (307, {"location": receiver.url})) as first:
        hook(system, acme, first.url, "--event", "message.created")
        ana.say(ana.direct("ben"), "round the corner")
        until(lambda: len(first.taken) >= 2, "a second try of what was redirected")
    assert receiver.taken == []


def test_gone_disables_the_hook_and_keeps_what_waited(system, acme, ana):
    with Receiver(lambda _: 410) as receiver:
        made = hook(system, acme, receiver.url, "--event", "message.created")
        chat = ana.direct("ben")
        ana.say(chat, "anybody there")
        until(lambda: listed(system, acme, made["id"])["state"] == "disabled", "the hook disabled")
        assert until(lambda: failed(system, acme), "its letter")[0]["reason"] == "answered 410"


def test_a_removed_hook_hears_nothing_more(system, acme, ana, receiver):
    made = hook(system, acme, receiver.url, "--event", "message.created")
    with Receiver() as other:
        hook(system, acme, other.url, "--event", "message.created")
        chat = ana.direct("ben")
        ana.say(chat, "both")
        receiver.wait(1)
        system.cli("webhook", "remove", "--tenant", acme.slug, made["id"])
        system.cli("webhook", "remove", "--tenant", acme.slug, made["id"], expect=1)
        # The notifier has read the registry once the next hook is followed.
        with Receiver() as third:
            before = len(other.good())
            hook(system, acme, third.url, "--event", "message.created")

            def reached() -> bool:
                ana.say(chat, "one")
                return bool(third.good())

            until(reached, "the third hook")
            count = len(receiver.good())
            ana.say(chat, "last")
            until(lambda: other.good()[-1].event["message"]["text"] == "last", "the last message")
            assert len(other.good()) > before
            assert len(receiver.good()) == count


def test_dead_letters_are_kept_and_replayed(tmp_path):
    system = start(tmp_path, SWIFT | {"PARLEY_NOTIFIER_RETRY_FOR": "300ms", "PARLEY_NOTIFIER_RETRY_FIRST": "20ms"})
    try:
        acme = system.tenant()
        system.client(acme, "ben").close()
        broken = True
        with Receiver(lambda _: 500 if broken else 200) as receiver, system.client(acme, "ana") as ana:
            made = hook(system, acme, receiver.url, "--event", "message.created")
            chat = ana.direct("ben")
            for number in range(3):
                ana.say(chat, f"lost {number}")
            letters = until(lambda: (found := failed(system, acme)) and len(found) == 3 and found, "three dead letters", 30)
            assert {letter["reason"] for letter in letters} == {"answered 500"}
            assert [letter["webhook"] for letter in letters] == [made["id"]] * 3
            assert listed(system, acme, made["id"])["failed"] == 3
            broken = False
            assert system.cli("webhook", "replay", "--tenant", acme.slug, str(letters[1]["id"]), "--json").json == {
                "queued": 1
            }
            assert receiver.wait(1)[0].event["message"]["text"] == "lost 1"
            assert system.cli("webhook", "replay", "--tenant", acme.slug, "--all", "--json").json == {"queued": 2}
            texts = [one.event["message"]["text"] for one in receiver.wait(3)]
            assert texts == ["lost 1", "lost 0", "lost 2"]
            assert is_signed(receiver.good()[-1], made["secret"])
            assert failed(system, acme) == []
            system.cli("webhook", "replay", "--tenant", acme.slug, "99", expect=1)
            system.cli("webhook", "replay", "--tenant", acme.slug, expect=64)
    finally:
        assert system.stop() == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])
def test_no_address_of_the_machine_itself_is_reached_by_any_name(strict, host):
    system, acme, ana, receiver = strict
    port = receiver.server.server_address[1]
    system.cli("webhook", "create", "--tenant", acme.slug, "--url", f"http://{host}:{port}/", "--event", "message.created")
    follows(system, acme)
    before = metric(system, 'parley_notifier_attempt_failures_total{why="forbidden"}')
    names = metric(system, 'parley_notifier_attempt_failures_total{why="name"}')
    chat = ana.direct("ben")

    def is_refused() -> bool:
        ana.say(chat, "inside")
        now = metric(system, 'parley_notifier_attempt_failures_total{why="forbidden"}')
        # Where the machine has no such family of addresses, the name leads nowhere.
        return now > before or metric(system, 'parley_notifier_attempt_failures_total{why="name"}') > names

    until(is_refused, "the refusal to be counted")
    assert receiver.taken == []


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A system as it comes, which sends to no private address."""
    system = start(tmp_path_factory.mktemp("strict"), {})
    acme = system.tenant("--set", "rate_commands_per_s=10000", "--set", "rate_burst=10000")
    system.client(acme, "ben").close()
    with Receiver() as receiver, system.client(acme, "ana") as ana:
        yield system, acme, ana, receiver
    assert system.stop() == 0


@pytest.mark.parametrize("role", ["notifier", "fanout", "router"])
def test_whoever_dies_every_event_comes_at_least_once_and_in_order(tmp_path, role):
    system = start(tmp_path, SWIFT)
    try:
        acme = system.tenant("--set", "rate_commands_per_s=10000", "--set", "rate_burst=10000")
        system.client(acme, "ben").close()
        with Receiver() as receiver, system.client(acme, "ana") as ana:
            hook(system, acme, receiver.url, "--event", "message.created")
            chats = [ana.direct("ben"), ana.group("ben")]
            stored: dict[str, list[int]] = {chat: [] for chat in chats}
            for number in range(120):
                chat = chats[number % 2]
                said = ana.ok("message.send", conversation=chat, id=str(uuid.uuid4()), text=f"number {number}")
                stored[chat].append(said["offset"])
                if number == 60:
                    former = system.kill(role)
            system.wait_restarted(role, former)
            for chat in chats:
                stored[chat].append(ana.ok("message.send", conversation=chat, id=str(uuid.uuid4()), text="end")["offset"])
            ends = {offsets[-1] for offsets in stored.values()}
            until(lambda: ends <= {one.offset for one in receiver.good()}, "the last of each conversation", 60)
            for chat in chats:
                seen = [one.offset for one in receiver.good() if one.event["conversation"] == chat]
                firsts = list(dict.fromkeys(seen))
                assert firsts == stored[chat], "each for the first time in its order, none missing"
    finally:
        assert system.stop() == 0


def test_without_hooks_and_subscriptions_no_stream_is_followed(start_up):
    shared = start_up()
    tenant = shared.tenant()
    status = shared.cli("status", "--json").json
    assert status["children"][-1]["name"] == "notifier" and status["children"][-1]["ready"]
    assert "parley_notifier_tenants 0" in shared.metrics("notifier")
    assert httpx.get(shared.operations("notifier") + "/readyz", trust_env=False).status_code == 200
    assert shared.cli("tap", "list", "--tenant", tenant.slug, "--all", "--json").json == []


@pytest.mark.parametrize("url", ["ftp://example.org/", "https://", "https://a b/", "https://u@h/", "https://h/#f", "x"])
def test_what_is_no_url_is_refused(shared, tenant, url):
    shared.cli("webhook", "create", "--tenant", tenant.slug, "--url", url, expect=65)
