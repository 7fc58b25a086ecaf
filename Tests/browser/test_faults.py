"""The network goes, the server goes, the socket is blocked: sending works all the time, and nothing is lost or doubled."""

import json
import time

import pytest
from harness.client import new_id
from harness.waiting import until
from playwright.sync_api import expect

LOBBY = "019a0000-0000-7000-8000-000000000001"


def test_a_killed_gateway_costs_nothing(own_demo, people):
    ana, ben = people(own_demo, "ana"), people(own_demo, "ben")
    ana.write("Before")
    ben.sees("Before")
    killed = own_demo.kill("gateway")
    for number in range(3):
        ana.write(f"During {number}")
        ben.write(f"Ben too {number}")
    own_demo.wait_restarted("gateway", killed)
    back = time.monotonic()
    for number in range(3):
        ben.sees(f"During {number}", timeout=15_000)
        ana.sees(f"Ben too {number}", timeout=15_000)
    assert time.monotonic() - back < 15
    expect(ana.page.locator(".tick[data-delivery='sending']")).to_have_count(0)
    assert len(ana.texts()) == len(set(ana.texts())), "nothing doubled"
    until(lambda: sorted(ana.texts()) == sorted(ben.texts()), "the same on both sides")
    ours = [text for text in ana.texts() if text.startswith("During")]
    assert ours == ["During 0", "During 1", "During 2"], "in the order of writing"


def test_a_browser_without_a_network_says_so_keeps_what_is_written_and_comes_back(own_demo, people):
    ana = people(own_demo, "ana")
    ana.write("Online")
    ana.expect_delivery("Online", "stored")
    ana.page.context.set_offline(True)
    # A browser set offline keeps an open socket open: the gateway goes too.
    killed = own_demo.kill("gateway")
    expect(ana.banner()).to_contain_text("Reconnecting… your messages are kept", timeout=10_000)
    ana.write("Offline")
    ana.expect_delivery("Offline", "sending")
    ana.page.context.set_offline(False)
    own_demo.wait_restarted("gateway", killed)
    ana.expect_delivery("Offline", "stored", timeout=15_000)
    expect(ana.banner()).to_be_hidden(timeout=10_000)


def test_a_closed_tab_loses_no_unsent_message(own_demo, people):
    ana = people(own_demo, "ana")
    killed = own_demo.kill("gateway")
    ana.write("Closed too early")
    ana.expect_delivery("Closed too early", "sending")
    # Written to the browser's storage before the tab goes.
    ana.page.wait_for_timeout(500)
    ana.page.close()
    own_demo.wait_restarted("gateway", killed)
    again = people.page(ana.page.context)
    again.goto(f"{own_demo.page_url}/#as=ana&chat={LOBBY}")
    with own_demo.api("ben") as ben:
        until(
            lambda: "Closed too early" in [one["text"] for one in ben.ok("message.list", conversation=LOBBY)["messages"]],
            "the message that was written before",
        )
    expect(again.locator(".row .text", has_text="Closed too early")).to_have_count(1)


def block_sockets(context) -> None:
    # So that five tries in a row take seconds.
    context.add_init_script("const random = Math.random; Math.random = () => random() * 0.05;")
    context.route_web_socket("**/v1/ws", lambda socket: socket.close())


def test_where_sockets_are_blocked_for_good_polling_works_and_says_so(demo, people):
    ana = people(demo, "ana", "Lobby", setup=block_sockets)
    expect(ana.banner()).to_contain_text("Slow connection: updating every few seconds", timeout=30_000)
    text = f"By polling {new_id()[:8]}"
    ana.write(text)
    ana.expect_delivery(text, "stored", timeout=10_000)
    with demo.api("ben") as ben:
        answer = f"Heard {text}"
        ben.say(LOBBY, answer)
        ana.sees(answer, timeout=10_000)


def test_a_refused_token_is_told_in_words(demo, people):
    context = people.context()
    context.route("**/demo/token", lambda route: route.fulfill(
        status=200, content_type="application/json", body=json.dumps({"token": "not.a.token"})))
    page = people.page(context)
    page.goto(f"{demo.page_url}/#as=ana")
    expect(page.locator(".banner")).to_contain_text("You are not signed in any more", timeout=15_000)
    expect(page.locator(".banner").get_by_role("button", name="Reload")).to_be_visible()


def test_a_server_that_is_down_at_load_is_waited_for(demo, people):
    context = people.context()
    down = [True]
    context.route("**/demo/*", lambda route: route.abort() if down[0] else route.continue_())
    page = people.page(context)
    page.goto(demo.page_url)
    expect(page.get_by_text("The server can’t be reached. Trying again…")).to_be_visible()
    down[0] = False
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible(timeout=10_000)


def test_without_demo_mode_the_page_tells_platform_teams_what_to_do(demo, people):
    context = people.context()
    context.route("**/demo/*", lambda route: route.fulfill(status=404, content_type="application/json", body="{}"))
    page = people.page(context)
    page.goto(demo.page_url)
    expect(page.get_by_role("heading", name="This is a Parley server")).to_be_visible()
    expect(page.locator("pre")).to_contain_text("createParley")


def test_without_storage_the_page_works(demo, people):
    def forbid(context) -> None:
        context.add_init_script("""
            const refuse = () => { throw new DOMException("The operation is insecure.", "SecurityError"); };
            for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
                Object.defineProperty(window, name, { get: refuse });
            }
        """)

    ana = people(demo, "ana", "Lobby", setup=forbid)
    text = f"Private {new_id()[:8]}"
    ana.write(text)
    ana.expect_delivery(text, "stored")


def test_two_tabs_that_send_at_once_send_each_once(demo, people, group):
    group("Two tabs")
    ana = people(demo, "ana", "Two tabs")
    tab = people.again(ana)
    tab.open("Two tabs")
    for number in range(5):
        ana.write(f"First {number}")
        tab.write(f"Second {number}")
    for number in range(5):
        for person in (ana, tab):
            person.sees(f"First {number}")
            person.sees(f"Second {number}")
    until(lambda: ana.texts() == tab.texts(), "one order in both tabs")


@pytest.mark.parametrize("skew_hours", [-30, 30])
def test_a_wrong_clock_changes_no_order(demo, people, group, skew_hours):
    title = f"Skew {skew_hours}"
    chat = group(title, "ben")
    skew = f"""
        const now = Date.now;
        Date.now = () => now() + {skew_hours} * 3_600_000;
    """
    ana = people(demo, "ana", title, setup=lambda context: context.add_init_script(skew))
    with demo.api("ben") as ben:
        ben.say(chat, "First")
        ana.sees("First")
        ana.write("Second")
        ana.expect_delivery("Second", "stored")
        ben.say(chat, "Third")
        ana.sees("Third")
    assert ana.texts() == ["First", "Second", "Third"]


def test_the_shell_opens_without_a_server(own_demo, people):
    ana = people(own_demo, "ana")
    ana.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    until(lambda: ana.page.evaluate("() => caches.keys().then((names) => names.length > 0)"), "the kept shell")
    ana.page.context.set_offline(True)
    ana.page.reload()
    expect(ana.page.locator(".parley")).to_be_visible(timeout=15_000)
    expect(ana.banner()).to_contain_text("Reconnecting… your messages are kept", timeout=10_000)
