"""Web Push through the real binary: who is woken, who is not, and that only their browser can read why."""

import contextlib
import re
import socket
import time

import httpx
import pytest

from harness import ports
from harness.browser import Browser, claims
from harness.receiver import Receiver
from harness.system import Up
from harness.waiting import until

SWIFT = {
    "PARLEY_NOTIFIER_ALLOW_PRIVATE": "true",
    "PARLEY_ROUTER_PUSH_HTTP": "true",
    "PARLEY_NOTIFIER_RETRY_FIRST": "100ms",
    "PARLEY_NOTIFIER_PUSH_CONTACT": "mailto:ops@example.org",
}


def start(folder, extra=SWIFT) -> Up:
    return Up(folder, 1, 1, extra, "--taps", f"127.0.0.1:{ports.free(60)}")


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    system = start(tmp_path_factory.mktemp("push"))
    yield system
    assert system.stop() == 0


@pytest.fixture
def acme(system):
    tenant = system.tenant("--set", "rate_commands_per_s=10000", "--set", "rate_burst=10000")
    for user in ("ben", "cleo"):
        system.client(tenant, user).close()
    return tenant


@pytest.fixture
def ana(system, acme):
    with system.client(acme, "ana") as client:
        yield client


@pytest.fixture
def service():
    with Receiver(lambda _: 201) as service:
        yield service


def subscribe(system, tenant, user: str, service: Receiver, name: str = "one") -> Browser:
    """Over HTTP, so that no connection stays; then until the notifier follows the tenant."""
    browser = Browser(f"{service.url}/{user}/{name}")
    reply = ask(system, tenant, user, "push.subscribe", **browser.subscription())
    assert reply.status_code == 200, reply.text
    until(lambda: follows(system, tenant), "the notifier to follow the tenant")
    return browser


def ask(system, tenant, user: str, op: str, /, **fields):
    return httpx.post(
        system.http() + "/v1/ops",
        json={"op": op, "ref": "1"} | fields,
        headers={"authorization": f"Bearer {tenant.token(user)}"},
        trust_env=False,
    )


def follows(system, tenant) -> bool:
    import sqlite3

    with sqlite3.connect(f"file:{system.data}/notifier.sqlite?mode=ro", uri=True) as file:
        sql = "SELECT 1 FROM place WHERE tenant = ? AND epoch IS NOT NULL"
        return file.execute(sql, (tenant.slug,)).fetchone() is not None


def of(service: Receiver, user: str) -> list:
    return [one for one in service.good() if one.path.startswith(f"/{user}/")]


def wait(service: Receiver, user: str, count: int = 1) -> list:
    return until(lambda: (found := of(service, user)) if len(of(service, user)) >= count else None, f"a push to {user}")


def test_who_has_no_connection_is_woken_and_only_their_browser_can_read_it(system, acme, ana, service):
    public = httpx.get(system.http() + "/v1/push/key", trust_env=False).json()["key"]
    assert re.fullmatch(r"B[A-Za-z0-9_-]{86}", public)
    browser = subscribe(system, acme, "ben", service)
    chat = ana.direct("ben")
    said = ana.ok("message.send", conversation=chat, id="0190b6e2-4f3a-7c51-9d20-1f2e3d4c5b6b", text="Wake up 🚲 «now»")
    taken = wait(service, "ben")[0]
    assert browser.read(taken) == {
        "tenant": acme.slug,
        "conversation": chat,
        "id": said["id"],
        "seq": said["seq"],
        "title": "ana",
        "body": "Wake up 🚲 «now»",
        "unread": 1,
    }
    assert taken.headers["urgency"] == "high" and taken.headers["ttl"] == "86400"
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", taken.headers["topic"])
    proven = claims(taken, public, service.url)
    assert proven["sub"] == "mailto:ops@example.org" and 0 < proven["exp"] - time.time() <= 86_400
    stranger = Browser(browser.endpoint)
    with pytest.raises(Exception):
        stranger.read(taken)


def test_who_is_here_the_sender_and_whoever_has_muted_or_blocks_are_left_alone(system, acme, ana, service):
    for user in ("ana", "ben", "cleo"):
        subscribe(system, acme, user, service)
    team = ana.group("ben", "cleo", title="Team")
    assert ask(system, acme, "cleo", "conversation.mute", conversation=team, on=True).json()["ok"]
    ana.say(team, "first")
    assert wait(service, "ben")[0]
    assert ask(system, acme, "ben", "block.add", user="ana").json()["ok"]
    ana.say(team, "second")
    assert ask(system, acme, "cleo", "conversation.mute", conversation=team, on=False).json()["ok"]
    ana.say(team, "third")
    wait(service, "cleo")
    assert ask(system, acme, "ben", "block.remove", user="ana").json()["ok"]
    with system.client(acme, "cleo") as cleo:
        cleo.ok("presence.set", status="invisible")
        ana.say(team, "fourth")
        wait(service, "ben", 2)
    # Everything before the last push to Ben was decided before it.
    assert [one.path for one in service.good()] == ["/ben/one", "/cleo/one", "/ben/one"]


def test_each_browser_is_told_and_one_that_went_is_not(system, acme, ana, service):
    first = subscribe(system, acme, "ben", service, "phone")
    subscribe(system, acme, "ben", service, "desk")
    chat = ana.direct("ben")
    ana.say(chat, "both")
    wait(service, "ben", 2)
    assert ask(system, acme, "ben", "push.unsubscribe", endpoint=first.endpoint).json()["ok"]
    ana.say(chat, "one")
    wait(service, "ben", 3)
    assert sorted(one.path for one in of(service, "ben")) == ["/ben/desk", "/ben/desk", "/ben/phone"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_its_service_no_longer_knows_is_dropped(system, acme, ana, status):
    with Receiver(lambda taken: status if taken.path.endswith("old") else 201) as service:
        subscribe(system, acme, "ben", service, "old")
        subscribe(system, acme, "ben", service, "new")
        chat = ana.direct("ben")
        ana.say(chat, "one")
        wait(service, "ben")
        before = metric(system, "parley_notifier_push_subscriptions_ended_total")

        def is_dropped() -> bool:
            count = len(service.taken)
            said = len(of(service, "ben"))
            ana.say(chat, "again")
            wait(service, "ben", said + 1)
            return {one.path for one in service.taken[count:]} == {"/ben/new"}

        until(is_dropped, "a push that goes to the other alone")
        assert metric(system, "parley_notifier_push_subscriptions_ended_total") >= max(before, 1)


def test_a_service_that_is_busy_is_asked_again_when_it_says(system, acme, ana):
    answers = [(429, {"retry-after": "1"}), 503]
    with Receiver(lambda _: answers.pop(0) if answers else 201) as service:
        browser = subscribe(system, acme, "ben", service)
        ana.say(ana.direct("ben"), "patience")
        taken = wait(service, "ben")[0]
        assert browser.read(taken)["body"] == "patience"
        assert [one.status for one in service.taken] == [429, 503, 201]
        assert service.taken[1].at - service.taken[0].at >= 1.0


@pytest.mark.parametrize("role", ["notifier", "router", "fanout"])
def test_whoever_dies_the_push_comes(tmp_path, role):
    system = start(tmp_path)
    try:
        acme = system.tenant()
        system.client(acme, "ben").close()
        with Receiver(lambda _: 201) as service, system.client(acme, "ana") as ana:
            browser = subscribe(system, acme, "ben", service)
            chat = ana.direct("ben")
            former = system.kill(role)
            ana.say(chat, "through it all")
            system.wait_restarted(role, former)
            taken = until(lambda: of(service, "ben"), "the push", 40)
            assert browser.read(taken[-1])["body"] == "through it all"
    finally:
        assert system.stop() == 0


def test_preferences_are_for_ones_own_devices_and_come_again_after_a_return(system, acme, ana):
    chat = ana.direct("ben")
    with system.client(acme, "ana") as second, system.client(acme, "ben") as ben:
        ana.ok("conversation.pin", conversation=chat, on=True)
        told = second.event("conversation.preferences", conversation=chat)
        assert (told["muted"], told["archived"], told["pinned"]) == (False, False, True)
        ana.ok("conversation.archive", conversation=chat, on=True)
        listed = ana.ok("conversation.list")["conversations"]
        assert chat not in [one["id"] for one in listed]
        archived = ana.ok("conversation.list", archived=True)["conversations"]
        assert [one["id"] for one in archived] == [chat] and archived[0]["pinned"] is True
        assert ben.ok("conversation.get", conversation=chat)["conversation"]["pinned"] is False
        ben.say(chat, "hello")
        ben.event("message.created", message__text="hello")
        assert ben.events("conversation.preferences") == []
        place = ana.hello["offset"]
    with system.client(acme, "ana", since=place, epoch=ana.hello["epoch"]) as back:
        again = back.event("conversation.preferences", conversation=chat)
        assert again["archived"] is True and again["pinned"] is True


def test_a_system_as_it_comes_takes_no_plain_endpoint(shared, tenant):
    browser = Browser("http://127.0.0.1:9/x")
    shared.client(tenant, "ben").close()
    reply = ask(shared, tenant, "ben", "push.subscribe", **browser.subscription())
    assert reply.status_code == 400 and reply.json()["error"]["field"] == "endpoint"
    safe = browser.subscription() | {"endpoint": "https://push.example/x"}
    assert ask(shared, tenant, "ben", "push.subscribe", **safe).json()["ok"]


def metric(system, name: str) -> float:
    lines = [line for line in system.metrics("notifier").splitlines() if line.startswith(name)]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def test_receivers_that_answer_nobody_keep_neither_webhooks_nor_other_tenants_waiting(start_up, service):
    swift = SWIFT | {"PARLEY_NOTIFIER_REQUESTS": "8", "PARLEY_NOTIFIER_REQUEST_TIMEOUT": "60s"}
    system = start_up(None, "--taps", f"127.0.0.1:{ports.free(60)}", extra=swift)
    acme, globex, hooli = system.tenant(), system.tenant(), system.tenant()
    with contextlib.ExitStack() as opened:
        # The kernel takes the connections, and nobody reads them.
        silent = [opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(10)]
        receiver = opened.enter_context(Receiver())
        system.client(acme, "ben").close()
        for number, one in enumerate(silent):
            browser = Browser(f"http://127.0.0.1:{one.getsockname()[1]}/{number}")
            assert ask(system, acme, "ben", "push.subscribe", **browser.subscription()).status_code == 200
        system.client(globex, "cleo").close()
        subscribe(system, globex, "cleo", service)
        system.cli("webhook", "create", "--tenant", hooli.slug, "--url", receiver.url, "--event", "message.created")
        until(lambda: follows(system, acme) and follows(system, hooli), "the notifier to follow the tenants")
        ana = opened.enter_context(system.client(acme, "ana"))
        ana.say(ana.direct("ben"), "to nobody")
        until(lambda: under_way(system) == 2, "all pushes that one tenant may have under way")
        for tenant in (globex, hooli):
            system.client(tenant, "cleo").close()
            dora = opened.enter_context(system.client(tenant, "dora"))
            dora.say(dora.direct("cleo"), "to somebody")
        assert receiver.wait(1) and wait(service, "cleo")
        assert under_way(system) == 2, "those are still waiting for an answer"


def under_way(system) -> int:
    lines = system.metrics("notifier").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("parley_notifier_requests "))
