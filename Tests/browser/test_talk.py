"""The acceptance runs with two people in two browsers, and what else a talk is."""

from harness.waiting import until
from playwright.sync_api import expect


def test_a_new_user_signs_in_by_one_click_and_reads(demo, people):
    page = people.page(people.context())
    page.goto(demo.page_url)
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    assert page.locator(".face-button").count() == 4
    other = page.get_by_role("link", name="Open a second window as Ben")
    assert other.get_attribute("target") == "_blank" and other.get_attribute("rel") == "noopener"
    page.get_by_role("button", name="Continue as Ana").click()
    expect(page.locator(".conversation", has_text="Lobby")).to_be_visible()
    page.locator(".conversation", has_text="Lobby").click()
    expect(page.locator(".row.message").first).to_be_visible()
    expect(page.locator(".banner")).to_be_hidden()
    page.reload()
    expect(page.locator(".names h2")).to_have_text("Lobby")


def test_a_message_is_in_both_windows_and_the_second_tab_at_once(demo, people, group):
    group("Both windows", "ben")
    ana, ben = people(demo, "ana", "Both windows"), people(demo, "ben", "Both windows")
    tab = people.again(ana)
    tab.open("Both windows")
    expect(ana.page.get_by_text("No messages yet. Say hello.")).to_be_visible()
    ana.write("Hello, Ben!")
    for person in (ana, ben, tab):
        person.sees("Hello, Ben!", timeout=2_000)
    expect(ben.sees("Hello, Ben!")).to_contain_class("theirs")
    expect(tab.sees("Hello, Ben!")).to_contain_class("own")
    ben.write("Hello, Ana!")
    tab.write("From the second tab")
    for person in (ana, ben, tab):
        person.sees("Hello, Ana!")
        person.sees("From the second tab")
    assert ana.texts() == ben.texts() == tab.texts()


def test_a_message_is_deleted_for_everyone_and_by_an_admin(demo, people, group):
    group("Second thoughts", "ben")
    ana, ben = people(demo, "ana", "Second thoughts"), people(demo, "ben", "Second thoughts")
    ben.write("Said by Ben")
    ana.write("Said by Ana")
    row = ben.sees("Said by Ana")
    row.hover()
    expect(row.get_by_role("button", name="Reply")).to_be_visible()
    expect(row.get_by_role("button", name="Delete")).to_be_hidden()
    for words, by_key in (("Said by Ana", False), ("Said by Ben", True)):
        row = ana.sees(words)
        dialog = ana.page.get_by_role("dialog")
        if by_key:
            row.focus()
            row.press("Delete")
        else:
            row.hover()
            row.get_by_role("button", name="Delete").click()
            dialog.get_by_role("button", name="Cancel").click()
            ben.sees(words)
            row.hover()
            row.get_by_role("button", name="Delete").click()
        expect(dialog).to_contain_text("for everyone")
        dialog.get_by_role("button", name="Delete").click()
        for person in (ana, ben):
            expect(person.page.locator(".rows").get_by_text(words)).to_have_count(0)
    for person in (ana, ben):
        expect(person.page.locator(".row.message .stub")).to_have_text(["Message deleted", "Message deleted"])
        expect(person.conversation("Second thoughts").locator(".line")).to_contain_text("Message deleted")


def test_typing_appears_and_disappears(demo, people):
    ana, ben = people(demo, "ana", "Ben"), people(demo, "ben", "Ana")
    ben.box.press_sequentially("Hm", delay=50)
    line = ana.page.locator(".typing-line")
    expect(line).to_have_text("Ben is typing…", timeout=3_000)
    expect(ana.conversation("Ben").locator(".line")).to_have_text("typing…")
    ben.box.press("Enter")
    expect(line).to_have_text("", timeout=3_000)
    ben.box.press_sequentially("Wait", delay=50)
    expect(line).to_have_text("Ben is typing…")
    # Without renewal it ends by itself after 6 s.
    expect(line).to_have_text("", timeout=9_000)


def test_ticks_go_from_stored_to_received_to_read(demo, people):
    with demo.api("ana") as api:
        api.direct("chloe")
    ana = people(demo, "ana", "Chloe")
    ana.write("Are you there?")
    ana.expect_delivery("Are you there?", "stored")
    chloe = people(demo, "chloe", None)
    ana.expect_delivery("Are you there?", "received")
    expect(chloe.conversation("Ana").locator(".count")).to_have_text("1")
    chloe.open("Ana")
    ana.expect_delivery("Are you there?", "read", timeout=3_000)
    expect(chloe.conversation("Ana").locator(".count")).to_be_hidden()
    expect(ana.delivery("Are you there?")).to_contain_text("Read")


def test_a_group_tells_how_many_and_who_read(demo, people, group):
    group("Read by", "ben", "chloe")
    ana, ben = people(demo, "ana", "Read by"), people(demo, "ben", "Read by")
    ana.write("Who reads this?")
    read_by = ana.page.locator(".read-by:visible")
    expect(read_by).to_have_text("Read by 1")
    ana.expect_delivery("Who reads this?", "stored")
    read_by.click()
    dialog = ana.page.get_by_role("dialog")
    expect(dialog.locator(".people").first).to_contain_text("Ben")
    expect(dialog).to_contain_text("Chloe")
    ana.page.keyboard.press("Escape")
    people(demo, "chloe", "Read by")
    expect(read_by).to_have_text("Read by everyone")
    ana.expect_delivery("Who reads this?", "read")
    ben.sees("Who reads this?")


def test_a_reply_quotes_and_leads_back(demo, people, group):
    group("Replies", "ben")
    ana, ben = people(demo, "ana", "Replies"), people(demo, "ben", "Replies")
    ana.write("Lunch at noon?")
    message = ben.sees("Lunch at noon?")
    message.hover()
    message.get_by_role("button", name="Reply", exact=True).click()
    expect(ben.page.locator(".context")).to_contain_text("Replying to Ana")
    ben.write("Yes, gladly")
    quote = ana.sees("Yes, gladly").locator(".quote")
    expect(quote).to_contain_text("You")
    expect(quote).to_contain_text("Lunch at noon?")
    quote.click()
    expect(ana.message("Lunch at noon?")).to_be_in_viewport()


def test_drafts_stay_with_their_conversation_and_outlive_the_page(demo, people, group):
    group("Draft one")
    group("Draft two")
    ana = people(demo, "ana", "Draft one")
    ana.box.fill("Half a thought")
    ana.open("Draft two")
    expect(ana.box).to_have_value("")
    expect(ana.conversation("Draft one").locator(".line")).to_have_text("Draft: Half a thought")
    stored = "() => Object.values(localStorage).some((value) => value.includes('Half a thought'))"
    until(lambda: ana.page.evaluate(stored), "the draft in the browser's storage")
    ana.page.reload()
    ana.open("Draft one")
    expect(ana.box).to_have_value("Half a thought")
    ana.box.press("Enter")
    ana.sees("Half a thought")


def test_links_open_elsewhere_and_large_emoji_are_large(demo, people, group):
    group("Links")
    ana = people(demo, "ana", "Links")
    ana.write("See https://example.org/a?b=1, and javascript:alert(1).")
    link = ana.page.locator(".row .text a")
    expect(link).to_have_count(1)
    assert link.get_attribute("href") == "https://example.org/a?b=1"
    assert link.get_attribute("rel") == "noopener noreferrer" and link.get_attribute("target") == "_blank"
    ana.page.get_by_role("button", name="Emoji").click()
    ana.page.locator(".emoji button", has_text="🎉").click()
    expect(ana.box).to_have_value("🎉")
    ana.box.press("Enter")
    expect(ana.sees("🎉").locator(".bubble")).to_contain_class("big")


def test_what_is_too_long_says_by_how_much_and_is_kept(demo, people, group):
    group("Too long")
    ana = people(demo, "ana", "Too long")
    ana.box.fill("x" * 10_213)
    expect(ana.page.locator("#composer-hint")).to_have_text("Too long by 213 characters")
    expect(ana.page.get_by_role("button", name="Send")).to_be_disabled()
    ana.box.press("Enter")
    assert len(ana.box.input_value()) == 10_213
    ana.box.fill("👍" * 9_999)
    expect(ana.page.locator("#composer-hint")).to_have_text("1 character left")


def test_new_messages_wait_below_while_one_reads_above(demo, people, group):
    chat = group("Above", "ben")
    with demo.api("ben") as ben:
        for number in range(45):
            ben.say(chat, f"Line {number}")
        ana = people(demo, "ana", "Above")
        # Opened where the unread ones begin: all of them are on the first page.
        expect(ana.page.locator(".row.unread")).to_be_in_viewport()
        ana.page.locator(".messages").evaluate("(list) => { list.scrollTop = 300; }")
        expect(ana.page.get_by_role("button", name="To the newest message")).to_be_visible()
        before = ana.page.evaluate(ANCHOR)
        for number in range(3):
            ben.say(chat, f"Late {number}")
        button = ana.page.get_by_role("button", name="3 new messages")
        expect(button).to_be_visible()
        assert ana.page.evaluate(ANCHOR) == before, "nothing moves while one reads"
        button.click()
        expect(ana.sees("Late 2")).to_be_in_viewport()
        expect(button).to_be_hidden()
        # At the end, what comes is shown.
        ben.say(chat, "At the end")
        expect(ana.sees("At the end")).to_be_in_viewport()


# The first row in view and where it is.
ANCHOR = """() => {
    const list = document.querySelector(".messages").getBoundingClientRect();
    for (const row of document.querySelectorAll(".row")) {
        const { top, bottom } = row.getBoundingClientRect();
        if (bottom > list.top + 1) return [row.dataset.key, Math.round(top)];
    }
}"""
