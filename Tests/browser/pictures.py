"""Takes the pictures of each screen for the README and the docs: `python pictures.py` writes docs/pictures/*.png."""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "process"))

from conftest import CHROMIUM, CHROMIUM_ARGUMENTS, Demo  # noqa: E402

from person import Person  # noqa: E402

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
WIDE = {"width": 1200, "height": 720}
PHONE = {"width": 375, "height": 720}


def save(page: Page, name: str) -> None:
    # What moves by itself is still by then.
    page.wait_for_timeout(600)
    page.mouse.move(0, 0)
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


def talk(demo: Demo) -> None:
    """What people said before the pictures."""
    with demo.api("ana") as ana, demo.api("ben") as ben, demo.api("chloe") as chloe, demo.api("dev") as dev:
        market = ana.group("ben", "chloe", "dev", title="Harbour market")
        dev.say(market, "The stall is booked for Saturday, 8 to 14 h.")
        question = chloe.say(market, "Who can bring the big parasol?")
        ana.say(market, "I can. It is in the cellar since last summer.")
        ben.say(market, "And I have the van: https://example.org/van?from=7", reply_to=question["id"])
        ben.say(market, "Should fit everything, the crates too.")
        chloe.say(market, "🎉")
        books = chloe.group("ana", "ben", title="Book club")
        chloe.say(books, "Next one: the lighthouse. Chapter 1 to 5 until Tuesday?")
        direct = dev.direct("ana")
        dev.say(direct, "Did the invoice arrive?")


def run() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = Demo(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)

        def person(user: str, **options) -> Person:
            settings = {"viewport": WIDE, "locale": "en-GB", "reduced_motion": "reduce"} | options
            someone = Person(browser.new_context(**settings).new_page(), demo.page_url, user)
            someone.sign_in()
            return someone

        try:
            talk(demo)
            page = browser.new_context(viewport=WIDE, locale="en-GB").new_page()
            page.goto(demo.page_url)
            expect(page.locator(".faces")).to_be_visible()
            save(page, "sign-in")

            ben, chloe, dev = person("ben"), person("chloe"), person("dev")
            for one in (ben, chloe, dev):
                one.open("Harbour market")
            ana = person("ana")
            ana.open("Harbour market")
            ana.write("Perfect. See you at seven!")
            ana.expect_delivery("Perfect. See you at seven!", "read")
            ben.box.press_sequentially("I bri", delay=30)
            expect(ana.page.locator(".typing-line")).to_have_text("Ben is typing…")
            save(ana.page, "conversation")
            ben.box.fill("")
            ana.panel()
            save(ana.page, "members")
            ana.page.locator(".panel").get_by_role("button", name="Close").click()
            ana.page.get_by_role("button", name="New conversation").click()
            save(ana.page, "new-conversation")
            ana.page.keyboard.press("Escape")

            dark = person("chloe", color_scheme="dark")
            dark.open("Harbour market")
            save(dark.page, "dark")
            phone = person("dev", viewport=PHONE, has_touch=True)
            save(phone.page, "phone-list")
            phone.open("Harbour market")
            save(phone.page, "phone-conversation")
        finally:
            browser.close()
            demo.stop()


if __name__ == "__main__":
    run()
