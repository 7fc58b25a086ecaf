"""Conversations and their members, blocks, presence: every button does what it says."""

import re

import pytest
from playwright.sync_api import expect


def choose(person, *names: str) -> None:
    dialog = person.page.get_by_role("dialog")
    for name in names:
        dialog.get_by_role("searchbox").fill(name)
        dialog.locator("label.person", has_text=name).first.get_by_role("checkbox").check()


def test_a_direct_conversation_is_begun_from_a_name(demo, people):
    ben = people(demo, "ben", None)
    ben.page.get_by_role("button", name="New conversation").click()
    choose(ben, "Dev")
    ben.page.get_by_role("button", name="Start conversation").click()
    expect(ben.page.locator(".names h2")).to_have_text("Dev")
    ben.write("Hi Dev")
    dev = people(demo, "dev", "Ben")
    dev.sees("Hi Dev")


def test_a_group_is_made_managed_and_left(demo, people):
    ana, ben = people(demo, "ana", None), people(demo, "ben", None)
    ana.page.get_by_role("button", name="New conversation").click()
    choose(ana, "Ben", "Chloe")
    ana.page.get_by_label("Name of the group").fill("Picnic")
    ana.page.get_by_role("button", name="Create group").click()
    expect(ana.page.locator(".names h2")).to_have_text("Picnic")
    ben.open("Picnic")

    panel = ana.panel()
    expect(panel.locator(".people .person")).to_have_count(3)
    panel.get_by_role("button", name="Add people").click()
    choose(ana, "Dev")
    ana.page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    expect(panel.locator(".people .person")).to_have_count(4)
    expect(ben.page.locator(".names .line")).to_have_text("4 members")

    panel.get_by_role("button", name="Rename").click()
    panel.get_by_label("Name of the group").fill("Summer picnic")
    panel.get_by_role("button", name="Save").click()
    expect(ben.page.locator(".names h2")).to_have_text("Summer picnic")

    def act(name: str, action: str) -> None:
        panel.get_by_role("button", name=f"Actions for {name}").click()
        panel.locator(".menu:visible").get_by_role("button", name=action, exact=True).click()

    act("Ben", "Make admin")
    expect(ben.panel().get_by_role("button", name="Add people")).to_be_visible()
    act("Ben", "Make member")
    expect(ben.panel().get_by_role("button", name="Add people")).to_be_hidden()
    act("Dev", "Remove from the group")
    ana.page.get_by_role("dialog").get_by_role("button", name="Remove from the group").click()
    expect(panel.locator(".people .person")).to_have_count(3)

    ben.panel().get_by_role("button", name="Leave group").click()
    ben.page.get_by_role("dialog").get_by_role("button", name="Leave group").click()
    expect(ben.conversation("Summer picnic")).to_have_count(0)
    expect(panel.locator(".people .person")).to_have_count(2)


def test_whoever_is_removed_keeps_his_words_and_is_told(demo, people, group):
    chat = group("Removed", "ben")
    ben = people(demo, "ben", "Removed")
    ben.write("I was here")
    ben.box.fill("Not sent yet")
    with demo.api("ana") as ana:
        ana.ok("member.remove", conversation=chat, users=["ben"])
    expect(ben.page.get_by_text("You are no longer in this group.")).to_be_visible()
    expect(ben.conversation("Removed")).to_have_count(0)
    expect(ben.box).to_be_hidden()
    with demo.api("ana") as ana:
        ana.ok("member.add", conversation=chat, users=["ben"])
    expect(ben.box).to_be_visible()
    expect(ben.box).to_have_value("Not sent yet")


def test_a_block_ends_messages_and_is_taken_back(demo, people):
    with demo.api("chloe") as api:
        api.direct("dev")
    chloe, dev = people(demo, "chloe", "Dev"), people(demo, "dev", "Chloe")
    chloe.panel().get_by_role("button", name="Block Dev").click()
    chloe.page.get_by_role("dialog").get_by_role("button", name="Block Dev").click()
    expect(chloe.page.locator(".notice")).to_contain_text("You blocked Dev.")
    dev.write("Can you hear me?")
    failed = dev.message("Can you hear me?")
    expect(failed).to_contain_text("Not sent: Chloe can’t receive messages from you")
    chloe.page.locator(".notice").get_by_role("button", name="Unblock Dev").click()
    expect(chloe.box).to_be_visible()
    failed.get_by_role("button", name="Retry").click()
    chloe.sees("Can you hear me?")
    dev.expect_delivery("Can you hear me?", "read")


def test_a_message_that_was_refused_is_edited_or_deleted(demo, people):
    with demo.api("chloe") as api:
        api.direct("ben")
        api.ok("block.add", user="ben")
    ben = people(demo, "ben", "Chloe")
    ben.write("One")
    ben.write("Two")
    expect(ben.message("One")).to_contain_text("Not sent")
    expect(ben.message("Two")).to_contain_text("Not sent")
    ben.page.reload()
    ben.message("One").get_by_role("button", name="Delete").click()
    expect(ben.message("One")).to_have_count(0)
    with demo.api("chloe") as api:
        api.ok("block.remove", user="ben")
    ben.box.fill("A draft meanwhile")
    ben.message("Two").get_by_role("button", name="Edit").click()
    expect(ben.box).to_have_value("Two")
    ben.write_over("Two, better")
    ben.expect_delivery("Two, better", "stored")
    expect(ben.box).to_have_value("A draft meanwhile")


def test_what_a_blocked_person_says_in_a_group_is_a_stub(demo, people, group):
    chat = group("Stubs", "ben", "dev")
    with demo.api("dev") as dev:
        dev.say(chat, "Before the block")
        ben = people(demo, "ben", "Stubs")
        ben.sees("Before the block")
        with demo.api("ben") as api:
            api.ok("block.add", user="dev")
        expect(ben.message("Message from someone you blocked")).to_have_count(1)
        dev.say(chat, "During the block")
        expect(ben.message("Message from someone you blocked")).to_have_count(2)
        with demo.api("ben") as api:
            api.ok("block.remove", user="dev")
        ben.sees("Before the block")
        ben.sees("During the block")


def test_presence_shows_who_is_here_and_when_somebody_was(demo, people):
    with demo.api("chloe") as api:
        api.direct("ana")
    chloe = people(demo, "chloe", "Ana")
    line = chloe.page.locator(".names .line")
    ana = people(demo, "ana", None)
    expect(line).to_have_text("Online")
    expect(chloe.conversation("Ana").locator(".dot")).to_have_attribute("data-status", "online")
    ana.page.get_by_role("button", name=re.compile("Settings")).click()
    ana.page.get_by_label("Your status").select_option("away")
    expect(line).to_have_text("Away")
    ana.page.get_by_label("Your status").select_option("invisible")
    expect(line).to_have_text(re.compile("Offline|Last seen"))
    ana.page.get_by_label("Your status").select_option("online")
    expect(line).to_have_text("Online")
    ana.page.close()
    expect(line).to_have_text(re.compile("Last seen"), timeout=60_000)


@pytest.mark.parametrize("query, found", [("lob", ["Lobby"]), ("zzz", [])])
def test_the_filter_finds_by_name(demo, people, query, found):
    ana = people(demo, "ana", None)
    expect(ana.conversation("Lobby")).to_have_count(1)
    ana.page.keyboard.press("/")
    expect(ana.page.locator(".filter")).to_be_focused()
    ana.page.keyboard.type(query)
    expect(ana.page.locator(".conversation:visible .title")).to_have_text(found)
    if not found:
        expect(ana.page.get_by_text("Nothing found for “zzz”.")).to_be_visible()
    else:
        ana.page.keyboard.press("Enter")
        expect(ana.page.locator(".names h2")).to_have_text("Lobby")
