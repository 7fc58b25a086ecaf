"""Parley's own page in Chromium, on a system that runs in demo mode; the harness is the process tests'."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "process"))

from harness import command_line  # noqa: E402
from harness.client import Client, new_id  # noqa: E402
from harness.system import Up  # noqa: E402

from person import Person  # noqa: E402

CHROMIUM = os.environ.get("PARLEY_CHROMIUM", "/usr/bin/chromium")
# As root there is no sandbox; in many containers /dev/shm is too small for the pages of many contexts.
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
# A microphone that beeps, and nobody who has to allow it.
CHROMIUM_ARGUMENTS += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
TENANT = "demo"


def pytest_sessionstart(session) -> None:
    if session.config.option.collectonly:
        return
    for what, path in (("binary", command_line.binary()), ("Chromium", CHROMIUM)):
        if not os.access(path, os.X_OK):
            pytest.exit(f"there is no {what} at {path}", 2)


class Demo(Up):
    """`parley up --demo`, with rates for tests, which ask faster than people do."""

    def __init__(self, data: Path, *arguments: str):
        super().__init__(data, 1, 1, None, "--demo", *arguments)
        self.cli("tenant", "update", TENANT, "--set", "rate_commands_per_s=10000", "--set", "rate_burst=10000")
        # The change is known to the gateway once a connection of the tenant is told so; a socket asks for it.
        self.page_url = self.http()

    def token(self, user: str) -> str:
        arguments = ("token", "--tenant", TENANT, "--user", user, "--name", user.capitalize(), "--ttl", "1h")
        return self.cli(*arguments).out.strip()

    def api(self, user: str) -> Client:
        """Someone of the demo without a browser."""
        return Client(self.url(), self.token(user))


def say_all(client: Client, conversation: str, texts: list[str]) -> dict[str, str]:
    """Sends many messages, at most 50 on their way at once; the texts of those that were taken, by id."""
    sent: dict[str, str] = {}
    for start in range(0, len(texts), 50):
        batch = {new_id(): text for text in texts[start : start + 50]}
        refs = {
            client.send("message.send", conversation=conversation, id=identifier, text=text): identifier
            for identifier, text in batch.items()
        }
        for ref, identifier in refs.items():
            if client.reply(ref)["ok"]:
                sent[identifier] = batch[identifier]
    return sent


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Iterator[Demo]:
    system = Demo(tmp_path_factory.mktemp("demo"))
    yield system
    code = system.stop()
    assert code == 0, f"parley up ended with {code}:\n{system.child.tail()}"


@pytest.fixture
def own_demo(tmp_path) -> Iterator[Demo]:
    """A system of the test's own, for tests that break it."""
    system = Demo(tmp_path)
    yield system
    system.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


class People:
    """Opens the page as someone, each in a browser context of their own; no page may have an error of script or policy."""

    def __init__(self, browser: Browser):
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []

    def context(self, **options) -> BrowserContext:
        settings = {"viewport": {"width": 1200, "height": 760}, "locale": "en-GB", "reduced_motion": "reduce"}
        context = self.browser.new_context(**(settings | options))
        context.set_default_timeout(20_000)
        self.contexts.append(context)
        return context

    def page(self, context: BrowserContext) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack}"))
        page.on("console", self._heard)
        return page

    def __call__(self, demo: Demo, user: str, conversation: str | None = "Lobby", setup=None, **options) -> Person:
        context = self.context(**options)
        if setup:
            setup(context)
        person = Person(self.page(context), demo.page_url, user, options.get("has_touch", False))
        person.sign_in()
        if conversation:
            person.open(conversation)
        return person

    def again(self, person: Person) -> Person:
        """A second tab of the same person."""
        tab = Person(self.page(person.page.context), person.url, person.user)
        tab.sign_in()
        return tab

    def _heard(self, message: ConsoleMessage) -> None:
        # What could not be loaded is told as an error too, and is what some tests are about.
        if message.type == "error" and "Failed to load resource" not in message.text and "WebSocket" not in message.text:
            self.errors.append(message.text)


@pytest.fixture
def people(browser: Browser) -> Iterator[People]:
    people = People(browser)
    yield people
    for context in people.contexts:
        context.close()
    assert not people.errors, people.errors


@pytest.fixture
def group(demo: Demo) -> Callable[..., str]:
    """Makes a group of Ana's with a title of its own; its id."""

    def make(title: str, *members: str, **fields) -> str:
        with demo.api("ana") as ana:
            return ana.group(*members, title=title, **fields)

    return make
