"""Whatever people write is text: 2,000 hostile ones, and writing from right to left."""

import random

from harness.waiting import until
from playwright.sync_api import expect

from conftest import say_all

SEED = 20260131
COUNT = 2_000

PARTS = [
    "<script>window.hit=1</script>", "<img src=x onerror='window.hit=1'>", "<svg/onload=window.hit=1>", "\"><b>bold</b>",
    "' onmouseover='window.hit=1", "javascript:window.hit=1", "data:text/html,<script>window.hit=1</script>", "&lt;i&gt;&amp;",
    "https://x.test/\"onclick=\"window.hit=1", "http://user:pw@bank.example/", "https://a.test/\u202egpj.exe", "${window.hit=1}",
    "{{constructor.constructor('window.hit=1')()}}", "</textarea><iframe src=javascript:window.hit=1>", "<style>*{display:none}</style>",
    "\u202eright to left override", "\u2066isolate without an end", "\u200b\u200d\ufeff", "\u0301" * 60, "Z\u0351\u036b\u0343\u036a" * 20,
    "\ud7ff\ue000\ufffd", "\x01\x07\x1b[31m", "a" * 300, "שלום עולם", "مرحبا بالعالم", "👩‍👩‍👧‍👦" * 8, "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "\n\n\n", "\t\t", "%00%0a", "__proto__",
    "constructor", "../../etc/passwd", "'; DROP TABLE message;--", "\\u003cscript\\u003e", "`", "$&", "{name}", "null",
]  # fmt: skip

# Every text that the list shows on its way up, by the message's id.
COLLECT = """async () => {
    const list = document.querySelector(".messages");
    const found = new Map();
    for (let quiet = 0; quiet < 40;) {
        for (const row of list.querySelectorAll(".row.message")) {
            found.set(row.dataset.key, row.querySelector(".text").textContent);
        }
        const before = list.scrollTop;
        list.scrollTop = before - 400;
        await new Promise((resolve) => setTimeout(resolve, 25));
        quiet = list.scrollTop === 0 && document.querySelector(".row.start") ? quiet + 8 : 0;
    }
    return [...found];
}"""


def hostile() -> list[str]:
    random.seed(SEED)
    texts = list(PARTS)
    while len(texts) < COUNT:
        texts.append("".join(random.choices(PARTS, k=random.randint(1, 4))))
    return texts


def test_two_thousand_hostile_texts_are_shown_as_they_are(demo, people, group):
    chat = group("<b>Hostile</b> \u202e group", "ben")
    with demo.api("ben") as ben:
        sent = say_all(ben, chat, hostile())
    # Those that are empty once trimmed are refused.
    assert len(sent) > COUNT * 0.97
    ana = people(demo, "ana", None)
    ana.page.locator(".conversation", has_text="Hostile").click()
    expect(ana.page.locator(".names h2")).to_have_text("<b>Hostile</b> \u202e group", use_inner_text=False)
    ana.page.locator(".messages").evaluate("(list) => { list.scrollTop = list.scrollHeight; }")
    shown = dict(ana.page.evaluate(COLLECT))
    assert len(shown) == len(sent)
    with demo.api("ana") as api:
        for identifier, text in list(sent.items())[:: len(sent) // 50]:
            assert api.ok("message.get", id=identifier)["message"]["text"] == shown[identifier]
    differing = {key: shown.get(key) for key, text in sent.items() if shown.get(key) != trimmed(text)}
    assert not differing, list(differing.items())[:3]
    assert ana.page.evaluate("() => window.hit") is None
    assert ana.page.locator(".rows").locator("script, img, iframe, style, svg:not(.icon), b").count() == 0
    for address in ana.page.locator(".rows a").evaluate_all("(links) => links.map((link) => link.href)"):
        assert address.startswith(("https://", "http://")) and "@" not in address


def trimmed(text: str) -> str:
    """By Unicode's White_Space, as the server does."""
    spaces = "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(chr(code) for code in range(0x2000, 0x200B)) + "\u2028\u2029\u202f\u205f\u3000"
    return text.strip(spaces)


def test_no_text_is_painted_over_another(demo, people, group):
    chat = group("Zalgo", "ben")
    with demo.api("ben") as ben:
        ben.say(chat, "Z\u0351\u036b\u0343\u036a" * 200)
        ben.say(chat, "x" * 2_000)
    ana = people(demo, "ana", "Zalgo", viewport={"width": 320, "height": 640})
    until(lambda: ana.page.locator(".row.message").count() == 2, "both messages")
    for bubble in ana.page.locator(".row .bubble").all():
        box = bubble.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 320
        assert bubble.evaluate("(element) => getComputedStyle(element).overflow") == "clip"


def test_right_to_left_text_stands_at_the_right(demo, people, group):
    group("כותרת", "ben")
    ana = people(demo, "ana", "כותרת")
    ana.write("שלום לכולם")
    direction = ana.sees("שלום לכולם").locator(".text").evaluate("(element) => getComputedStyle(element).direction")
    assert direction == "rtl"
