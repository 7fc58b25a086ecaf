"""Every screen: no accessibility violation, usable at 320 px and by keyboard, in both themes and both languages."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PHONE = {"width": 320, "height": 568}


def check(page) -> None:
    results = Axe().run(page)
    found = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in results.response["violations"]]
    assert not found, found


def fits(page) -> None:
    """Nothing is wider than the screen."""
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    out = page.evaluate("""() => [...document.querySelectorAll(".parley button, .parley input, .parley textarea, .screen *")]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".unseen, pre"))
        .filter((one) => { const { left, right } = one.getBoundingClientRect(); return left < -1 || right > innerWidth + 1; })
        .map((one) => one.outerHTML.slice(0, 120))""")
    assert not out, out


@pytest.fixture(params=[("light", None), ("dark", None), ("light", PHONE)], ids=["light", "dark", "phone"])
def look(request):
    scheme, viewport = request.param
    return {"color_scheme": scheme} | ({"viewport": viewport, "has_touch": True} if viewport else {})


def test_before_the_chat(demo, people, look):
    context = people.context(**look)
    page = people.page(context)
    page.goto(demo.page_url)
    expect(page.locator(".faces")).to_be_visible()
    check(page)
    fits(page)
    context.route("**/demo/*", lambda route: route.fulfill(status=404, content_type="application/json", body="{}"))
    page.goto(demo.page_url)
    expect(page.locator("pre")).to_be_visible()
    check(page)
    fits(page)


def test_the_chat(demo, people, group, look):
    name = f"Screens {look}"[:40]
    chat = group(name, "ben", "chloe")
    with demo.api("ben") as ben:
        root = ben.say(chat, "A question with https://example.org/a/long/address?with=parameters&and=more")
        ben.say(chat, "🎉")
        ben.say(chat, "An answer", reply_to=root["id"])
    ana = people(demo, "ana", None, **look)
    page = ana.page
    expect(ana.conversation(name)).to_be_visible()
    check(page)
    fits(page)
    ana.open(name)
    ana.write("My own words")
    ana.expect_delivery("My own words", "stored")
    check(page)
    fits(page)
    page.get_by_role("button", name="Emoji").click()
    expect(page.locator(".emoji")).to_be_visible()
    check(page)
    fits(page)
    page.keyboard.press("Escape")
    ana.panel()
    check(page)
    fits(page)
    page.get_by_role("button", name="Actions for Ben").click()
    expect(page.locator(".menu:visible")).to_be_visible()
    check(page)
    fits(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add people").click()
    check(page)
    fits(page)
    page.keyboard.press("Escape")
    page.locator(".panel").get_by_role("button", name="Close").click()
    expect(page.locator(".panel")).to_be_hidden()
    if look.get("viewport"):
        page.get_by_role("button", name="Back to the conversations").click()
        expect(ana.conversation(name)).to_be_visible()
    for opener in ("New conversation", re.compile("Settings")):
        page.get_by_role("button", name=opener).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        check(page)
        fits(page)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_message_that_failed(demo, people, look):
    with demo.api("dev") as api:
        api.direct("ana")
        api.ok("block.add", user="ana")
    ana = people(demo, "ana", "Dev", **look)
    ana.write("Refused")
    expect(ana.message("Refused").first).to_contain_text("Dev can’t receive messages from you")
    check(ana.page)
    fits(ana.page)


def test_everything_by_keyboard(demo, people, group):
    chat = group("Keys", "ben")
    with demo.api("ben") as ben:
        ben.say(chat, "First line")
        ben.say(chat, "Second line")
    ana = people(demo, "ana", None)
    page = ana.page
    expect(ana.conversation("Keys")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("keys")
    page.keyboard.press("Enter")
    expect(page.locator(".names h2")).to_have_text("Keys")
    expect(ana.box).to_be_focused()
    page.keyboard.type("One")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Two")
    page.keyboard.press("Enter")
    ana.sees("One\nTwo")
    page.locator(".messages").focus()
    page.keyboard.press("ArrowUp")
    expect(ana.message("One\nTwo")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(ana.message("Second line")).to_be_focused()
    page.keyboard.press("r")
    expect(page.locator(".context")).to_contain_text("Second line")
    expect(ana.box).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".context")).to_be_hidden()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator(".names h2")).not_to_have_text("Keys")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".names h2")).to_have_text("Keys")
    page.locator(".messages").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    check(page)
    page.keyboard.press("Escape")
    ana.panel()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()


def test_incoming_messages_are_read_out(demo, people, group):
    chat = group("Aloud", "ben")
    ana = people(demo, "ana", "Aloud")
    with demo.api("ben") as ben:
        ben.say(chat, "Can you hear me?")
    expect(ana.page.locator(".parley > .unseen[role=status]")).to_have_text("Ben: Can you hear me?")


def test_german_and_a_theme_are_chosen_and_stay(demo, people):
    ana = people(demo, "ana")
    page = ana.page
    page.get_by_role("button", name=re.compile("Settings")).click()
    page.get_by_label("Appearance").select_option("dark")
    expect(page.locator(".parley")).to_have_attribute("data-theme", "dark")
    page.get_by_label("Language").select_option("de")
    expect(page.get_by_placeholder("Nachricht schreiben")).to_be_visible()
    page.reload()
    expect(page.get_by_placeholder("Nachricht schreiben")).to_be_visible()
    expect(page.locator(".parley")).to_have_attribute("data-theme", "dark")
    check(page)


def test_a_german_browser_gets_german(demo, people):
    page = people.page(people.context(locale="de-DE"))
    page.goto(demo.page_url)
    expect(page.get_by_role("heading", name="Wer bist du?")).to_be_visible()


def test_switching_to_someone_else(demo, people):
    ana = people(demo, "ana")
    ana.page.get_by_role("button", name=re.compile("Settings")).click()
    ana.page.get_by_role("button", name="Switch to someone else").click()
    ana.page.get_by_role("button", name="Continue as Ben").click()
    expect(ana.page.get_by_role("button", name="Ben · Settings")).to_be_visible()


def test_the_back_button_of_a_phone_goes_to_the_list(demo, people):
    ana = people(demo, "ana", "Lobby", viewport=PHONE)
    ana.page.go_back()
    expect(ana.conversation("Lobby")).to_be_visible()
    expect(ana.box).to_be_hidden()
