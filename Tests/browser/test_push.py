"""Notifications: the switch in the settings, and what the service worker makes of a push."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from harness.waiting import until
from person import Person

NOTIFICATIONS = """() => navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then((shown) =>
    shown.map(({ title, body, tag, data }) => ({ title, body, tag, conversation: data?.conversation })))"""


@pytest.fixture
def ana(demo, browser, tmp_path):
    """Ana in a browser that keeps a profile: pushes are delivered in no other."""
    context = browser.browser_type.launch_persistent_context(
        str(tmp_path / "profile"),
        executable_path=CHROMIUM,
        args=CHROMIUM_ARGUMENTS,
        permissions=["notifications"],
        viewport={"width": 1200, "height": 760},
        locale="en-GB",
        reduced_motion="reduce",
    )
    ana = Person(context.new_page(), demo.page_url, "ana")
    ana.sign_in()
    ana.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    yield ana
    context.close()


def deliver(ana: Person, text: str, has_arrived: Callable[[], bool], what: str) -> None:
    """As the browser's push service would, which comes again: a worker that is about to end takes nothing."""
    session = ana.page.context.new_cdp_session(ana.page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"] if not one["isDeleted"]),
    )
    session.send("ServiceWorker.enable")
    until(lambda: ana.page.evaluate("() => true") and found, "the worker's registration")

    def delivered() -> bool:
        session.send(
            "ServiceWorker.deliverPushMessage", {"origin": ana.url, "registrationId": found[-1], "data": text}
        )
        try:
            until(has_arrived, what, 3)
        except AssertionError:
            return False
        return True

    until(delivered, what, 15)


def shown(ana: Person) -> list[dict]:
    return ana.page.evaluate(NOTIFICATIONS)


def test_a_push_becomes_a_notification_one_for_each_conversation(ana):
    told = {"tenant": "demo", "conversation": "c-1", "id": "m", "seq": 1, "title": "Ben", "body": "Hello", "unread": 1}
    deliver(ana, json.dumps(told), lambda: len(shown(ana)) == 1, "a notification")
    newer = json.dumps(told | {"body": "Hello again <b>", "unread": 2})
    deliver(ana, newer, lambda: shown(ana)[0]["body"] == "Hello again <b>", "the newer one in its place")
    other = json.dumps(told | {"conversation": "c-2", "title": "Cleo"})
    deliver(ana, other, lambda: len(shown(ana)) == 2, "one of another conversation")
    assert {(one["title"], one["tag"], one["conversation"]) for one in shown(ana)} == {
        ("Ben", "c-1", "c-1"),
        ("Cleo", "c-2", "c-2"),
    }


def test_a_push_that_can_not_be_read_shows_something_all_the_same(ana):
    for text in ("no JSON", "[]", '{"title":{},"body":7}'):
        deliver(ana, text, lambda: bool(shown(ana)), "a notification")
    assert {one["title"] for one in shown(ana)} == {"Parley"} and {one["body"] for one in shown(ana)} == {""}


def test_a_click_opens_the_conversation(demo, ana, group):
    chat = group("Woken", "ben")
    told = json.dumps({"conversation": chat, "title": "Ben", "body": "Come"})
    deliver(ana, told, lambda: bool(shown(ana)), "a notification")
    worker = until(lambda: ana.page.context.service_workers[:1], "the worker")[0]
    # Nobody can click on a notification here; the worker is told so.
    worker.evaluate(
        """async () => {
            const [notification] = await self.registration.getNotifications();
            self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
        }"""
    )
    expect(ana.page.locator(".names h2")).to_have_text("Woken")
    until(lambda: not shown(ana), "the notification to go")


def test_the_switch_asks_only_when_it_is_clicked_and_says_where_it_fails(ana):
    ana.page.evaluate(
        """() => {
            window.asked = [];
            const { prototype } = PushManager;
            prototype.subscribe = (options) => {
                window.asked.push(options);
                return Promise.reject(new DOMException("no service", "AbortError"));
            };
        }"""
    )
    ana.page.get_by_role("button", name="Settings").click()
    switch = ana.page.get_by_role("switch", name="Notifications on this device")
    expect(switch).to_have_attribute("aria-checked", "false")
    assert ana.page.evaluate("() => window.asked.length") == 0
    switch.click()
    expect(ana.page.get_by_text("Notifications could not be changed. Try again later.")).to_be_visible()
    asked = ana.page.evaluate("() => window.asked")
    assert len(asked) == 1 and asked[0]["userVisibleOnly"] is True and asked[0]["applicationServerKey"].startswith("B")
    expect(switch).to_have_attribute("aria-checked", "false")


def test_the_switch_tells_the_server_and_takes_it_back(ana):
    key = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    ana.page.evaluate(
        """(key) => {
            const { prototype } = PushManager;
            let kept = null;
            prototype.getSubscription = async () => kept;
            prototype.subscribe = async () => {
                const endpoint = "https://push.example/one";
                kept = {
                    endpoint,
                    toJSON: () => ({ endpoint, keys: { p256dh: key, auth: "BTBZMqHH6r4Tts7J_aSIgg" } }),
                    unsubscribe: async () => { kept = null; return true; },
                };
                return kept;
            };
        }""",
        key,
    )
    ana.page.get_by_role("button", name="Settings").click()
    switch = ana.page.get_by_role("switch", name="Notifications on this device")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(switch).to_have_text("On")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(switch).to_have_text("Off")
