"""Somebody in front of the page: what they do, and what they see."""

import re
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect


class Person:
    def __init__(self, page: Page, url: str, user: str, touch: bool = False):
        self.page, self.url, self.user, self.touch = page, url, user, touch

    def sign_in(self) -> None:
        self.page.goto(f"{self.url}/#as={quote(self.user)}")
        expect(self.page.locator(".parley")).to_be_visible()

    def conversation(self, title: str) -> Locator:
        """Its line in the list."""
        exact = self.page.locator(".title", has_text=re.compile(f"^{re.escape(title)}$"))
        return self.page.locator(".conversation").filter(has=exact)

    def open(self, title: str) -> None:
        self.conversation(title).click()
        expect(self.page.locator(".names h2")).to_have_text(title)
        expect(self.page.locator(".middle")).not_to_contain_text("Loading")

    @property
    def box(self) -> Locator:
        return self.page.locator(".composer textarea")

    def write(self, text: str) -> None:
        self.write_over(text)
        expect(self.box).to_have_value("")

    def message(self, text: str) -> Locator:
        return self.page.locator(".row.message").filter(has=self.page.locator(".text", has_text=re.compile(f"^{re.escape(text)}$")))

    def sees(self, text: str, timeout: float = 10_000) -> Locator:
        """Exactly one message with that text."""
        message = self.message(text)
        expect(message).to_have_count(1, timeout=timeout)
        return message

    def delivery(self, text: str) -> Locator:
        return self.message(text).locator(".tick")

    def expect_delivery(self, text: str, state: str, timeout: float = 10_000) -> None:
        expect(self.delivery(text)).to_have_attribute("data-delivery", state, timeout=timeout)

    def texts(self) -> list[str]:
        return self.page.locator(".row.message .text").all_text_contents()

    def banner(self) -> Locator:
        return self.page.locator(".banner")

    def panel(self) -> Locator:
        panel = self.page.locator(".panel")
        if not panel.is_visible():
            self.page.locator(".about").click()
        expect(panel).to_be_visible()
        return panel

    def write_over(self, text: str) -> None:
        """Writes what is sent instead of a message that was refused."""
        self.box.fill(text)
        # On a screen keyboard, Enter breaks the line.
        if self.touch:
            self.page.get_by_role("button", name="Send").click()
        else:
            self.box.press("Enter")
