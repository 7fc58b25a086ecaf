"""What issue 4 asks of the page's speed, measured in Chromium on a real system: `make bench-web` prints a table.

Each figure has its target; the exit code is 1 where one is missed."""

import gzip
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "process"))

from conftest import CHROMIUM, CHROMIUM_ARGUMENTS, Demo, say_all  # noqa: E402

from person import Person  # noqa: E402

WEB = Path(__file__).resolve().parents[2] / "Sources" / "Web"
MESSAGES = 10_000
INCOMING = 100
STARTS = 5

# When the reply with the messages came in, and when the first of them had been painted.
WATCH_FIRST = """
    const Socket = window.WebSocket;
    window.WebSocket = class extends Socket {
        constructor(...parameters) {
            super(...parameters);
            this.addEventListener("message", ({ data }) => {
                if (window.replyAt === undefined && data.includes('"messages":[{')) window.replyAt = performance.now();
            });
        }
    };
    new MutationObserver((_, observer) => {
        if (!document.querySelector(".row.message")) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => (window.shownAt = performance.now())));
    }).observe(document, { childList: true, subtree: true });
"""

WATCH_SHIFTS = """() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({ type: "layout-shift" });
}"""

# Scrolls through everything at 4,000 px a second and tells how long the frames took.
SCROLL = """async () => {
    const list = document.querySelector(".messages");
    const frames = [];
    let last = performance.now();
    const until = last + 5_000;
    list.scrollTop = 0;
    while (last < until) {
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        frames.push(now - last);
        list.scrollTop += Math.min(100, now - last) * 4;
        last = now;
    }
    frames.sort((a, b) => a - b);
    return { p50: frames[frames.length >> 1], p99: frames[Math.floor(frames.length * 0.99)],
        rows: list.querySelectorAll(".row").length };
}"""


def shell_bytes() -> int:
    files = [WEB / "sdk" / "parley.js", WEB / "app" / "index.html", *(WEB / "app").glob("*.js"), *(WEB / "app").glob("*.css")]
    files += [*(WEB / "app").glob("*.svg"), *(WEB / "app").glob("*.webmanifest"), WEB / "app" / "messages" / "de.js"]
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)


def first_message(browser, demo: Demo, chat: str) -> float:
    times = []
    for _ in range(STARTS):
        context = browser.new_context(viewport={"width": 1200, "height": 760})
        context.add_init_script(WATCH_FIRST)
        page = context.new_page()
        page.goto(f"{demo.page_url}/#as=ana&chat={chat}")
        expect(page.locator(".row.message").first).to_be_visible(timeout=30_000)
        while page.evaluate("() => window.shownAt") is None:
            time.sleep(0.02)
        times.append(page.evaluate("() => window.shownAt - window.replyAt"))
        context.close()
    return statistics.median(times)


def metrics(session) -> dict[str, float]:
    return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}


def incoming(page: Page, ben, chat: str) -> tuple[float, float, float]:
    """Milliseconds of script, and of style and layout, for each message that comes in; layout shift in all."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.evaluate(WATCH_SHIFTS)
    before = metrics(session)
    for number in range(INCOMING):
        ben.say(chat, f"Incoming {number}")
        time.sleep(0.03)
    expect(page.locator(".row .text", has_text=f"Incoming {INCOMING - 1}")).to_be_visible()
    after = metrics(session)
    per = {name: (after[name] - before[name]) * 1_000 / INCOMING for name in ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")}
    return per["ScriptDuration"], per["LayoutDuration"] + per["RecalcStyleDuration"], page.evaluate("() => window.shift")


def run() -> list[tuple[str, float, float, str]]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = Demo(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        try:
            with demo.api("ana") as ana, demo.api("ben") as ben:
                chat = ana.group("ben", title="Ten thousand")
                say_all(ana, chat, ["The beginning"])
                say_all(ben, chat, [f"Message {number} " + "word " * (number * 7 % 40) for number in range(MESSAGES - 1)])
                first = first_message(browser, demo, chat)
                ana.ok("read", conversation=chat, seq=MESSAGES)
                page = browser.new_context(viewport={"width": 1200, "height": 760}).new_page()
                person = Person(page, demo.page_url, "ana")
                person.sign_in()
                person.open("Ten thousand")
                page.evaluate("""async () => {
                    const list = document.querySelector(".messages");
                    while (!document.querySelector(".row.start")) {
                        list.scrollTop = 0;
                        await new Promise((resolve) => setTimeout(resolve, 10));
                    }
                }""")
                scrolled = page.evaluate(SCROLL)
                page.get_by_role("button", name="To the newest message").click()
                script, layout, shift = incoming(page, ben, chat)
        finally:
            browser.close()
            demo.stop()
    return [
        ("shell, compressed (kB)", shell_bytes() / 1_000, 60, "<"),
        ("first message after the reply (ms)", first, 300, "<"),
        ("script per incoming message, 10,000 loaded (ms)", script, 5, "<"),
        ("style and layout per incoming message (ms)", layout, 16, "<"),
        ("layout shift of 100 incoming messages", shift, 0.001, "<"),
        ("frame while scrolling 10,000, median (ms)", scrolled["p50"], 17, "<"),
        ("frame while scrolling 10,000, 99 % (ms)", scrolled["p99"], 51, "<"),
        ("rows in the document of 10,000", scrolled["rows"], 120, "<"),
    ]


def main() -> int:
    rows = run()
    if "--json" in sys.argv:
        print(json.dumps({name: round(value, 3) for name, value, _, _ in rows}, indent=4))
    else:
        for name, value, target, sign in rows:
            print(f"{name:<52}{value:>10.2f}   {sign} {target:g}{'' if value < target else '   MISSED'}")
    return 0 if all(value < target for _, value, target, _ in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
