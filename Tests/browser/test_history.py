"""Long conversations: loaded by fifty while one scrolls up, nothing jumps, only what is near the view is there."""

from harness.waiting import until
from playwright.sync_api import expect

from conftest import say_all

COUNT = 600

# Scrolls up by steps as a wheel does. For each step: by how much a row that was in view moved on screen beyond the step.
SCROLL_UP = """async () => {
    const list = document.querySelector(".messages");
    const jumps = [];
    let rows = 0;
    for (let step = 0; step < 2_000 && !document.querySelector(".row.start"); step += 1) {
        const view = list.getBoundingClientRect();
        const row = [...list.querySelectorAll(".row.message")].find((one) => one.getBoundingClientRect().top > view.top + 60);
        const before = row.getBoundingClientRect().top;
        const from = list.scrollTop;
        list.scrollTop = from - 120;
        const moved = from - list.scrollTop;
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 8)));
        if (row.isConnected) jumps.push(Math.abs(row.getBoundingClientRect().top - before - moved));
        rows = Math.max(rows, list.querySelectorAll(".row").length);
    }
    return { jump: Math.max(...jumps), steps: jumps.length, rows };
}"""


def test_history_loads_above_without_a_jump(demo, people, group):
    chat = group("History", "ben")
    with demo.api("ben") as ben:
        say_all(ben, chat, [f"Line {number} " + "word " * (number * 7 % 60) for number in range(COUNT)])
        ben.ok("read", conversation=chat, seq=COUNT)
    with demo.api("ana") as api:
        api.ok("read", conversation=chat, seq=COUNT)
    ana = people(demo, "ana", "History")
    expect(ana.page.locator(".row.message").last).to_contain_text(f"Line {COUNT - 1} ")
    seen = ana.page.evaluate(SCROLL_UP)
    assert seen["steps"] > 50
    assert seen["jump"] <= 2, seen
    assert seen["rows"] < 90, seen
    expect(ana.page.locator(".row.message").first).to_contain_text("Line 0 ")
    ana.page.get_by_role("button", name="To the newest message").click()
    expect(ana.page.locator(".row.message").last).to_contain_text(f"Line {COUNT - 1} ")


def test_the_first_unread_one_is_a_click_away(demo, people, group):
    chat = group("Unread", "ben")
    with demo.api("ana") as api:
        api.say(chat, "Read long ago")
    with demo.api("ben") as ben:
        say_all(ben, chat, [f"Unread {number}" for number in range(130)])
    with demo.api("ana") as api:
        api.ok("read", conversation=chat, seq=1)
    ana = people(demo, "ana", None)
    expect(ana.conversation("Unread").locator(".count")).to_have_text("130")
    ana.open("Unread")
    expect(ana.sees("Unread 129")).to_be_in_viewport()
    until(lambda: ana.page.locator(".jump.unread").is_visible(), "the way up")
    ana.page.get_by_role("button", name="130 unread messages").click()
    expect(ana.message("Unread 0")).to_be_in_viewport(timeout=10_000)
    expect(ana.page.locator(".row.unread")).to_be_in_viewport()
