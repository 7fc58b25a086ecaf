"""Files and voice between two browsers: chosen, dropped, pasted, spoken; refused, cancelled, resumed."""

import base64
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from harness.waiting import until

from samples import PROGRAM, pdf, png, text, wav
from test_screens import PHONE, check, fits

# What the browser tells comes in while it is asked something: waits for it ask for the title.
LOADED = "(image) => image.complete && image.naturalWidth > 0"


def given(name: str, kind: str, content: bytes) -> dict:
    return {"name": name, "mimeType": kind, "buffer": content}


def choose(page: Page, *files: dict) -> None:
    page.locator(".composer input[type=file]").set_input_files(list(files))


def chips(page: Page) -> Locator:
    return page.locator(".chip")


def send(page: Page) -> None:
    page.get_by_role("button", name="Send", exact=True).click()


def hand_over(page: Page, kind: str, target: str, *files: dict) -> None:
    """What the browser does where a person drops or pastes files."""
    page.evaluate(
        """([kind, target, files]) => {
            const data = new DataTransfer();
            for (const { name, mimeType, content } of files) {
                const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
                data.items.add(new File([bytes], name, { type: mimeType }));
            }
            const element = document.querySelector(target);
            const how = { bubbles: true, cancelable: true };
            element.dispatchEvent(kind === "paste"
                ? new ClipboardEvent("paste", { ...how, clipboardData: data })
                : new DragEvent(kind, { ...how, dataTransfer: data }));
        }""",
        [kind, target, [one | {"buffer": None, "content": base64.b64encode(one["buffer"]).decode()} for one in files]],
    )


def is_loaded(image: Locator) -> None:
    expect(image).to_be_visible()
    until(lambda: image.evaluate(LOADED), "a picture that is there")


def test_a_picture_is_seen_in_place_by_both_and_opens_large(demo, people, group):
    group("Pictures", "ben")
    ana, ben = people(demo, "ana", "Pictures"), people(demo, "ben", "Pictures")
    choose(ana.page, given("stripes.png", "image/png", png(640, 480)))
    expect(chips(ana.page)).to_have_attribute("data-state", "ready")
    ana.write("Look")
    for person in (ana, ben):
        message = person.sees("Look")
        is_loaded(message.locator(".picture img"))
        box = message.locator(".picture").bounding_box()
        assert (round(box["width"]), round(box["height"])) == (320, 240)
    ana.expect_delivery("Look", "read")
    expect(ben.conversation("Pictures").locator(".line")).to_contain_text("Look")
    choose(ana.page, given("one.png", "image/png", png(200, 100, 1)), given("two.png", "image/png", png(100, 200, 2)))
    send(ana.page)
    tiles = ben.page.locator(".tiles .picture")
    expect(tiles).to_have_count(2)
    expect(ben.conversation("Pictures").locator(".line")).to_contain_text("one.png and 1 more file")
    ben.sees("Look").get_by_role("button", name="Open the picture stripes.png").click()
    viewer = ben.page.locator("dialog.viewer")
    is_loaded(viewer.locator("img"))
    expect(viewer.locator(".viewer-place")).to_have_text("1 of 3")
    ben.page.keyboard.press("ArrowRight")
    expect(viewer.get_by_role("img", name="Picture: one.png")).to_be_visible()
    expect(viewer.locator(".viewer-place")).to_have_text("2 of 3")
    for _ in range(6):
        ben.page.keyboard.press("Tab")
        assert ben.page.evaluate("() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null")
    check(ben.page)
    ben.page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)


def test_a_document_has_a_card_and_is_shown_over_the_page(demo, people, group):
    group("Documents", "ben")
    ana, ben = people(demo, "ana", "Documents"), people(demo, "ben", "Documents")
    choose(ana.page, given("plan.pdf", "application/pdf", pdf()), given("notes.txt", "text/plain", text(3_000)))
    send(ana.page)
    card = ben.page.locator(".card", has_text="plan.pdf")
    expect(card.locator(".card-line")).to_contain_text("PDF · ")
    expect(ben.page.locator(".card", has_text="notes.txt").locator(".card-line")).to_have_text("TXT · 3 kB")
    with ben.page.expect_download() as download:
        ben.page.locator(".card", has_text="notes.txt").click()
    assert download.value.suggested_filename == "notes.txt"
    if ben.page.evaluate("() => navigator.pdfViewerEnabled"):
        card.click()
        frame = ben.page.locator("dialog.viewer iframe")
        expect(frame).to_have_attribute("src", re.compile("^blob:"))
        expect(frame).to_be_visible()
        ben.page.locator("dialog.viewer").get_by_role("button", name="Close").click()
        expect(ben.page.locator("dialog.viewer")).to_have_count(0)


def test_a_sound_plays_in_its_message(demo, people, group):
    group("Sounds", "ben")
    ana, ben = people(demo, "ana", "Sounds"), people(demo, "ben", "Sounds")
    choose(ana.page, given("tone.wav", "audio/wav", wav()))
    send(ana.page)
    sound = ben.page.locator(".media audio")
    expect(sound).to_have_attribute("aria-label", "Audio: tone.wav")
    until(lambda: sound.evaluate("(audio) => audio.readyState >= 1 && audio.duration > 0.9"), "the sound's length")


def test_a_voice_message_is_recorded_held_heard_and_sent(demo, people, group):
    group("Voice", "ben")
    ana, ben = people(demo, "ana", "Voice"), people(demo, "ben", "Voice")
    page = ana.page
    page.get_by_role("button", name="Record a voice message").click()
    recorder = page.get_by_role("group", name="Recording")
    expect(recorder).to_be_visible()
    expect(ana.box).to_be_hidden()
    meter = recorder.get_by_role("meter", name="Level of the microphone")
    until(lambda: int(meter.get_attribute("aria-valuenow") or 0) > 5, "a level")
    recorder.get_by_role("button", name="Pause the recording").click()
    expect(recorder.get_by_role("button", name="Go on recording")).to_be_visible()
    check(page)
    recorder.get_by_role("button", name="Go on recording").click()
    expect(recorder.locator(".player-time")).to_have_text(re.compile("0:0[2-9]"), timeout=20_000)
    recorder.get_by_role("button", name="Listen before sending").click()
    expect(recorder.locator(".recorder-heard .player")).to_have_attribute("data-ready", "")
    recorder.get_by_role("button", name="Play").click()
    expect(recorder.locator(".recorder-heard .play")).to_have_attribute("aria-label", "Pause")
    check(page)
    recorder.get_by_role("button", name="Send the voice message").click()
    expect(ana.box).to_be_visible()
    for person in (ana, ben):
        player = person.page.locator(".row.message .player")
        expect(player).to_have_attribute("data-ready", "")
        expect(player).to_have_attribute("aria-label", re.compile("Voice message, 0:0[1-9]"))
        heights = player.locator(".bars i").evaluate_all("(bars) => new Set(bars.map((bar) => bar.style.blockSize)).size")
        assert heights > 1, "the wave is flat"
    expect(ben.conversation("Voice").locator(".line")).to_contain_text("Voice message")
    player = ben.page.locator(".row.message .player")
    speed = player.locator(".speed")
    expect(speed).to_have_text("1×")
    speed.click()
    expect(speed).to_have_text("1.5×")
    speed.click()
    expect(speed).to_have_text("2×")
    player.get_by_role("button", name="Play").click()
    until(lambda: player.get_by_role("slider").input_value() != "0", "the place moves")
    check(ben.page)


def test_a_recording_can_be_thrown_away_and_needs_a_microphone(demo, people, group):
    group("Thrown away")
    ana = people(demo, "ana", "Thrown away")
    page = ana.page
    page.get_by_role("button", name="Record a voice message").click()
    expect(page.get_by_role("group", name="Recording")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Recording")).to_be_hidden()
    expect(ana.box).to_be_focused()
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError')); }")
    page.get_by_role("button", name="Record a voice message").click()
    expect(page.get_by_role("alert").filter(has_text="The microphone can’t be used")).to_be_visible()
    assert page.locator(".row.message").count() == 0


def test_a_renamed_program_is_refused_with_the_reason(demo, people, group):
    group("Refused", "ben")
    ana = people(demo, "ana", "Refused")
    choose(ana.page, given("holiday.jpg", "image/jpeg", PROGRAM), given("setup.exe", "application/octet-stream", PROGRAM))
    lines = ana.page.locator(".chip-line")
    expect(lines.nth(0)).to_have_text("holiday.jpg is not what its name says")
    expect(lines.nth(1)).to_have_text("Files like setup.exe can’t be sent: they could harm whoever opens them")
    ana.box.fill("With these")
    expect(ana.page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    check(ana.page)
    ana.page.get_by_role("button", name="Remove holiday.jpg").click()
    ana.page.get_by_role("button", name="Remove setup.exe").click()
    expect(chips(ana.page)).to_have_count(0)
    ana.write("Without them")
    expect(ana.sees("Without them").locator(".files")).to_be_hidden()


def test_what_is_refused_after_it_was_sent_says_why(demo, people, group):
    group("Refused later")
    ana = people(demo, "ana", "Refused later")
    held = []
    ana.page.route("**/v1/uploads?*", lambda route: held.append(route))
    choose(ana.page, given("holiday.jpg", "image/jpeg", PROGRAM))
    ana.write("See")
    message = ana.sees("See")
    expect(message.locator(".progress")).to_contain_text("0 %")
    until(lambda: ana.page.title() and held, "the upload")
    held[0].continue_()
    expect(message.locator(".below")).to_contain_text("Not sent: holiday.jpg is not what its name says")
    message.get_by_role("button", name="Delete").click()
    expect(ana.message("See")).to_have_count(0)


def test_too_large_and_too_many_are_told_before_anything_is_sent(demo, people, group):
    group("Bounds")
    ana = people(demo, "ana", "Bounds")
    asked = []
    ana.page.on("request", lambda request: asked.append(request.url) if "/v1/uploads" in request.url else None)
    ana.page.evaluate("""() => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(53_000_000)], "film.mp4", { type: "video/mp4" }));
        const input = document.querySelector(".composer input[type=file]");
        input.files = data.files;
        input.dispatchEvent(new Event("change"));
    }""")
    expect(ana.page.locator(".chip-line")).to_have_text(re.compile("film.mp4 is larger than 5\\d MB"))
    assert not asked
    ana.page.get_by_role("button", name="Remove film.mp4").click()
    choose(ana.page, *[given(f"{n}.txt", "text/plain", text(50, n)) for n in range(11)])
    expect(chips(ana.page)).to_have_count(10)
    expect(ana.page.get_by_text("At most 10 files in one message")).to_be_visible()


def test_dropped_and_pasted_files_go_to_the_conversation(demo, people, group):
    group("Dropped", "ben")
    ana, ben = people(demo, "ana", "Dropped"), people(demo, "ben", "Dropped")
    picture = given("dropped.png", "image/png", png(64, 64, 3))
    hand_over(ana.page, "dragover", ".messages", picture)
    expect(ana.page.get_by_text("Drop files here to send them")).to_be_visible()
    hand_over(ana.page, "drop", ".messages", picture)
    expect(ana.page.get_by_text("Drop files here to send them")).to_be_hidden()
    expect(chips(ana.page)).to_have_count(1)
    hand_over(ana.page, "drop", ".list", picture)
    hand_over(ana.page, "paste", ".composer textarea", given("pasted.png", "image/png", png(64, 64, 4)))
    expect(chips(ana.page)).to_have_count(2)
    ana.open("Lobby")
    expect(chips(ana.page)).to_have_count(0)
    ana.open("Dropped")
    expect(chips(ana.page)).to_have_count(2)
    send(ana.page)
    expect(ben.page.locator(".tiles .picture")).to_have_count(2)
    for place in range(2):
        is_loaded(ben.page.locator(".tiles .picture img").nth(place))


def test_an_upload_is_cancelled_and_one_that_failed_is_tried_again(demo, people, group):
    group("Again", "ben")
    ana, ben = people(demo, "ana", "Again"), people(demo, "ben", "Again")
    page = ana.page
    held, deleted = [], []
    page.on("request", lambda request: deleted.append(request.url) if request.method == "DELETE" else None)
    page.route("**/v1/uploads/tus/*", lambda route: held.append(route) if route.request.method == "PATCH" else route.continue_())
    choose(page, given("long.txt", "text/plain", text(3_000_000)))
    until(lambda: page.title() and held, "a piece on its way")
    page.get_by_role("button", name="Remove long.txt").click()
    expect(chips(page)).to_have_count(0)
    until(lambda: page.title() and deleted, "that the server is told")
    page.unroute("**/v1/uploads/tus/*")
    refusal = '{"ok":false,"error":{"code":"forbidden","message":"…"}}'
    page.route("**/v1/uploads?*", lambda route: route.fulfill(status=403, content_type="application/json", body=refusal))
    choose(page, given("short.txt", "text/plain", text(300)))
    expect(chips(page)).to_have_attribute("data-state", "failed")
    page.unroute("**/v1/uploads?*")
    page.get_by_role("button", name="Try short.txt again").click()
    expect(chips(page)).to_have_attribute("data-state", "ready")
    send(page)
    expect(ben.page.locator(".card", has_text="short.txt")).to_be_visible()


def test_a_message_waits_for_its_files_while_the_network_is_away(demo, people, group):
    group("Waits", "ben")
    ana, ben = people(demo, "ana", "Waits"), people(demo, "ben", "Waits")
    ana.page.context.set_offline(True)
    choose(ana.page, given("later.png", "image/png", png(64, 64, 5)))
    ana.write("Later")
    message = ana.sees("Later")
    is_loaded(message.locator(".picture img"))
    ana.page.context.set_offline(False)
    is_loaded(ben.sees("Later", timeout=40_000).locator(".picture img"))
    ana.expect_delivery("Later", "read", timeout=20_000)


@pytest.mark.parametrize("look", [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": PHONE, "has_touch": True}], ids=["light", "dark", "phone"])
def test_files_on_every_screen(demo, people, group, look):
    name = f"Files {len(str(look))}"
    group(name, "ben")
    ana = people(demo, "ana", name, **look)
    page = ana.page
    choose(page, given("a picture with a rather long name.png", "image/png", png(400, 300)), given("a.pdf", "application/pdf", pdf()),
           given("tone.wav", "audio/wav", wav()), given("program.exe", "application/octet-stream", PROGRAM))
    expect(chips(page).filter(has_text="can’t be sent")).to_be_visible()
    expect(page.locator(".chip[data-state=ready]")).to_have_count(3)
    check(page)
    fits(page)
    page.get_by_role("button", name="Remove program.exe").click()
    send(page)
    is_loaded(page.locator(".picture img"))
    expect(page.locator(".tick[data-delivery=stored]")).to_be_visible()
    expect(page.locator(".media audio")).to_be_visible()
    check(page)
    fits(page)
    if not look.get("viewport"):
        return
    page.get_by_role("button", name="Record a voice message").click()
    expect(page.get_by_role("group", name="Recording")).to_be_visible()
    fits(page)
    page.keyboard.press("Escape")


def test_german_has_words_for_files(demo, people, group):
    group("Dateien")
    ana = people(demo, "ana", "Dateien", locale="de-DE")
    choose(ana.page, given("urlaub.jpg", "image/jpeg", PROGRAM))
    expect(ana.page.locator(".chip-line")).to_have_text("urlaub.jpg ist nicht, was der Name sagt")


def test_a_large_upload_goes_on_after_the_gateway_was_killed(own_demo, people):
    ana, ben = people(own_demo, "ana"), people(own_demo, "ben")
    page = ana.page
    content = text(20_000_000)
    offsets, posts = [], []

    def seen(request) -> None:
        if request.method == "PATCH":
            offsets.append(int(request.headers["upload-offset"]))
            if len(offsets) == 3:
                own_demo.kill("gateway")
        elif request.method == "POST" and request.url.endswith("/v1/uploads/tus"):
            posts.append(request.url)

    page.on("request", seen)
    choose(page, given("large.txt", "text/plain", content))
    expect(chips(page)).to_have_attribute("data-state", "ready", timeout=60_000)
    assert len(posts) == 1, "it began anew"
    assert offsets[3] > 0 and offsets == sorted(offsets)
    send(page)
    card = ben.page.locator(".card", has_text="large.txt")
    expect(card).to_be_visible(timeout=30_000)
    with ben.page.expect_download() as download:
        card.click()
    assert download.value.path().read_bytes() == content
