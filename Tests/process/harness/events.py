"""Readers of events by HTTP (docs/protocol.md §6): long polls and server-sent events."""

import contextlib
import json
import socket
import threading
import time

import httpx

from .waiting import PATIENCE


def get(url: str, token: str | None, headers: dict | None = None, /, **query) -> httpx.Response:
    """One request for events."""
    headers = ({"Authorization": f"Bearer {token}"} if token else {}) | (headers or {})
    return httpx.get(url + "/v1/events", params=query, headers=headers, timeout=60, trust_env=False)


def poll(url: str, token: str, position: dict | None = None, wait: int = 25) -> dict:
    """One poll that has to be answered with events; `position` is the answer before."""
    query = {"wait": wait} | ({"since": position["offset"], "epoch": position["epoch"]} if position else {})
    answer = get(url, token, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


class Waiting:
    """A request for events on a thread of its own, so that the test can do something meanwhile."""

    def __init__(self, url: str, token: str, position: dict, wait: int = 30):
        self.result: httpx.Response | Exception | None = None
        self.query = {"since": position["offset"], "epoch": position["epoch"], "wait": wait}
        self.url, self.token = url, token
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.result = get(self.url, self.token, **self.query)
        except Exception as failure:
            self.result = failure

    @property
    def is_answered(self) -> bool:
        return self.result is not None

    def answer(self) -> httpx.Response:
        self.thread.join(PATIENCE)
        assert self.result is not None, "the poll is not answered"
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


class Stream:
    """Server-sent events, read on a thread: `items` are pairs of id (or None) and the event."""

    def __init__(self, url: str, token: str, position: dict | None = None, last: str | None = None):
        query = {"since": position["offset"], "epoch": position["epoch"]} if position else {}
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        if last is not None:
            headers["Last-Event-ID"] = last
        self.items: list[tuple[str | None, dict]] = []
        self.comments = 0
        self.is_closed = False
        self.arrived = threading.Condition()
        self.resources = contextlib.ExitStack()
        client = self.resources.enter_context(httpx.Client(timeout=60, trust_env=False))
        self.response = self.resources.enter_context(
            client.stream("GET", url + "/v1/events", params=query, headers=headers)
        )
        assert self.response.status_code == 200, self.response.read()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        identifier = None
        with contextlib.suppress(httpx.HTTPError, httpx.StreamError):
            for line in self.response.iter_lines():
                with self.arrived:
                    if line.startswith(":"):
                        self.comments += 1
                    elif line.startswith("id: "):
                        identifier = line[4:]
                    elif line.startswith("data: "):
                        self.items.append((identifier, json.loads(line[6:])))
                    elif not line:
                        identifier = None
                    self.arrived.notify_all()
        with self.arrived:
            self.is_closed = True
            self.arrived.notify_all()

    def wait(self, condition, what: str, patience: float = PATIENCE):
        """What `condition` gives of the items, once it is true."""
        deadline = time.monotonic() + patience
        with self.arrived:
            while True:
                result = condition(self.items)
                if result:
                    return result
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"in vain: {what}; last: {self.items[-5:]}")
                self.arrived.wait(left)

    def event(self, name: str, **fields) -> tuple[str | None, dict]:
        def found(items):
            return next(
                (
                    item
                    for item in items
                    if item[1]["event"] == name and all(item[1].get(key) == value for key, value in fields.items())
                ),
                None,
            )

        return self.wait(found, f"{name} {fields}")

    def live(self) -> dict:
        """The mark that ends the catching up."""
        return self.event("mark", live=True)[1]

    def texts(self) -> list[str]:
        with self.arrived:
            return [event["message"]["text"] for _, event in self.items if event["event"] == "message.created"]

    def wait_closed(self) -> None:
        self.thread.join(PATIENCE)
        assert self.is_closed, f"the stream goes on: {self.items[-5:]}"

    def close(self) -> None:
        # A socket that a thread reads from is not closed by closing it.
        with contextlib.suppress(OSError):
            self.response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self.thread.join(PATIENCE)
        self.resources.close()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_) -> None:
        self.close()
