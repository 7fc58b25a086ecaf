"""Where one writes: as high as its lines, and the newest message stays in view whatever its height."""

import json

from playwright.sync_api import expect

from conftest import TENANT, say_all

COUNT = 40
NEWEST = "To the newest message"


def test_a_tall_draft_leaves_the_list_at_its_end(demo, people, group):
    chat = group("Tall draft", "ben")
    with demo.api("ben") as ben:
        say_all(ben, chat, [f"Line {number}" for number in range(COUNT)])
        ben.ok("read", conversation=chat, seq=COUNT)
    with demo.api("ana") as api:
        api.ok("read", conversation=chat, seq=COUNT)
    ana = people(demo, "ana", "Tall draft")
    last = ana.sees(f"Line {COUNT - 1}")
    expect(last).to_be_in_viewport()
    low = ana.box.bounding_box()["height"]
    for number in range(8):
        ana.box.press_sequentially(f"Draft {number}")
        ana.box.press("Shift+Enter")
        expect(last).to_be_in_viewport(ratio=1)
        expect(ana.page.get_by_role("button", name=NEWEST)).to_be_hidden()
    assert ana.box.bounding_box()["height"] > 6 * 22
    ana.box.press("Control+a")
    ana.box.press("Delete")
    expect(ana.page.get_by_role("button", name=NEWEST)).to_be_hidden()
    assert ana.box.bounding_box()["height"] == low
    with demo.api("ben") as ben:
        ben.say(chat, "And it goes on")
    expect(ana.sees("And it goes on")).to_be_in_viewport(ratio=1)


def test_the_box_is_as_high_as_ever_after_an_unblock(demo, people):
    with demo.api("ben") as api:
        api.direct("dev")
        api.ok("block.add", user="dev")
    ben = people(demo, "ben", "Dev")
    expect(ben.box).to_be_hidden()
    ben.page.locator(".notice").get_by_role("button", name="Unblock Dev").click()
    expect(ben.box).to_be_visible()
    assert ben.box.bounding_box()["height"] >= 40


def test_a_suspension_is_told_and_covers_nothing(own_demo, people):
    ben = people(own_demo, "ben")
    own_demo.cli("user", "suspend", "--tenant", TENANT, "--user", "ben")
    expect(ben.banner()).to_contain_text("Your access is suspended", timeout=15_000)
    banner = ben.banner().bounding_box()
    for part in (".list", ".main"):
        assert ben.page.locator(part).bounding_box()["y"] >= banner["y"] + banner["height"]


def test_a_list_that_will_not_come_is_not_said_to_be_loading(demo, people):
    context = people.context()
    context.route("**/demo/token", lambda route: route.fulfill(
        status=200, content_type="application/json", body=json.dumps({"token": "not.a.token"})))
    page = people.page(context)
    page.goto(f"{demo.page_url}/#as=ana")
    expect(page.locator(".banner")).to_contain_text("You are not signed in any more", timeout=15_000)
    expect(page.locator(".list")).not_to_contain_text("Loading")
