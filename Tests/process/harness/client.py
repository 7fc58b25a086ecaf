"""A WebSocket client by docs/protocol.md: one thread reads, tests ask and wait."""

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Callable

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from .waiting import PATIENCE


class Refused(Exception):
    """A reply that is not ok."""

    def __init__(self, error: dict):
        super().__init__(error)
        self.code = error["code"]
        self.field = error.get("field")
        self.retry_after_ms = error.get("retry_after_ms")
        self.error = error


class Client:
    def __init__(
        self,
        url: str,
        token: str | None,
        since: int | None = None,
        epoch: str | None = None,
        *,
        origin: str | None = None,
        headers: dict | None = None,
        hello: bool = True,
        ssl=None,
    ):
        self.frames: list[dict] = []
        self.closed: tuple[int, str] | None = None
        self.arrived = threading.Condition()
        self.count = 0
        self.refs = 0
        self.resources = contextlib.ExitStack()
        self.socket = self._open(url, origin, headers, ssl)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.hello: dict = {}
        if hello:
            self.hello = self.say_hello(token, since, epoch)

    def _open(self, url, origin, headers, ssl):
        """Waits as it is told where too many come from this address at once."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.resources.enter_context(
                    connect(
                        url + "/v1/ws",
                        subprotocols=["parley.v1"],
                        origin=origin,
                        additional_headers=headers,
                        max_size=None,
                        compression=None,
                        ping_interval=None,
                        open_timeout=PATIENCE,
                        close_timeout=5,
                        proxy=None,
                        ssl=ssl,
                    )
                )
            except InvalidStatus as refusal:
                if refusal.response.status_code != 429 or time.monotonic() > deadline:
                    raise
                time.sleep(min(float(refusal.response.headers.get("Retry-After", "1")), 5))

    def _read(self) -> None:
        try:
            while True:
                frame = json.loads(self.socket.recv())
                with self.arrived:
                    self.frames.append(frame)
                    self.arrived.notify_all()
        except ConnectionClosed as end:
            received = end.rcvd
            closed = (received.code, received.reason) if received else (1006, "")
        except Exception as failure:  # A frame that is no JSON: shown by whoever waits for another.
            closed = (1006, repr(failure))
        with self.arrived:
            self.closed = closed
            self.arrived.notify_all()

    # What goes out.

    def send_text(self, text: str) -> None:
        self.socket.send(text)

    def send(self, op: str, **fields) -> str:
        """Sends a command and does not wait; its ref."""
        self.refs += 1
        ref = fields.pop("ref", f"r{self.refs}")
        command = {"op": op, "ref": ref} | {name.rstrip("_"): value for name, value in fields.items()}
        self.socket.send(json.dumps(command))
        return ref

    def ask(self, op: str, **fields) -> dict:
        """The reply, ok or not."""
        return self.reply(self.send(op, **fields))

    def reply(self, ref: str, patience: float = PATIENCE) -> dict:
        return self.wait(lambda frame: frame.get("ref") == ref, f"the reply to {ref}", patience)

    def ok(self, op: str, **fields) -> dict:
        reply = self.ask(op, **fields)
        if not reply["ok"]:
            raise Refused(reply["error"])
        return reply

    def refused(self, op: str, **fields) -> dict:
        """The error of a command that must not succeed."""
        reply = self.ask(op, **fields)
        assert not reply["ok"], f"{op} {fields} was granted: {reply}"
        assert reply["error"]["message"]
        return reply["error"]

    def say_hello(self, token: str | None, since: int | None = None, epoch: str | None = None, **more) -> dict:
        fields = {"protocol": "1", "token": token, "since": since, "epoch": epoch} | more
        reply = self.ask("hello", **{name: value for name, value in fields.items() if value is not None})
        if not reply["ok"]:
            raise Refused(reply["error"])
        return reply

    # What comes in.

    def wait(self, matches: Callable[[dict], bool], what: str, patience: float = PATIENCE, start: int = 0) -> dict:
        """The first frame from place `start` on that matches, among those that came and those to come."""
        deadline = time.monotonic() + patience
        place = start
        with self.arrived:
            while True:
                while place < len(self.frames):
                    if matches(self.frames[place]):
                        return self.frames[place]
                    place += 1
                if self.closed:
                    raise AssertionError(f"closed with {self.closed} before {what}; last: {self.frames[-5:]}")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"waited {patience} s in vain for {what}; last: {self.frames[-5:]}")
                self.arrived.wait(left)

    def event(self, name: str, patience: float = PATIENCE, start: int = 0, **fields) -> dict:
        """The first event of that name whose fields are as given (`message__text` looks inside `message`)."""

        def matches(frame: dict) -> bool:
            return frame.get("event") == name and all(_inside(frame, key) == value for key, value in fields.items())

        return self.wait(matches, f"event {name} {fields}", patience, start)

    def events(self, name: str | None = None, **fields) -> list[dict]:
        """The events that came up to now."""
        with self.arrived:
            return [
                frame
                for frame in self.frames
                if "event" in frame
                and name in (None, frame["event"])
                and all(_inside(frame, key) == value for key, value in fields.items())
            ]

    def durable(self) -> list[dict]:
        return [event for event in self.events() if "offset" in event and event["event"] != "mark"]

    def mark_place(self) -> int:
        """How many frames came up to now: a `start` for `event`."""
        with self.arrived:
            return len(self.frames)

    def settle(self) -> int:
        """Waits until everything that was acknowledged before this call has come, and gives the offset of the proof:
        durable events come in order, so one that is caused now closes the line."""
        reply = self.ok("conversation.create", kind="group", id=str(uuid.uuid4()), members=[])
        made = reply["conversation"]["id"]
        return self.event("conversation.created", conversation=made)["offset"]

    def wait_closed(self, patience: float = PATIENCE) -> tuple[int, str]:
        deadline = time.monotonic() + patience
        with self.arrived:
            while not self.closed:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"not closed in {patience} s; last: {self.frames[-5:]}")
                self.arrived.wait(left)
            return self.closed

    def close(self) -> None:
        self.resources.close()

    def drop(self) -> None:
        """Ends the connection without a close frame, as a network does."""
        self.socket.socket.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    # What tests do all the time.

    def group(self, *members: str, **fields) -> str:
        """A new group; its id."""
        made = self.ok("conversation.create", kind="group", id=new_id(), members=list(members), **fields)
        return made["conversation"]["id"]

    def direct(self, other: str) -> str:
        return self.ok("conversation.create", kind="direct", members=[other])["conversation"]["id"]

    def say(self, conversation: str, text: str, **fields) -> dict:
        """A message; its reply with the `id` that it has."""
        return self.ok("message.send", conversation=conversation, id=fields.pop("id", new_id()), text=text, **fields)

    def texts(self, conversation: str | None = None) -> list[str]:
        """The texts of the messages that came live or by replay, in their order."""
        return [
            event["message"]["text"]
            for event in self.events("message.created")
            if conversation in (None, event["conversation"])
        ]


def new_id() -> str:
    return str(uuid.uuid4())


def _inside(frame: dict, key: str):
    for part in key.split("__"):
        if not isinstance(frame, dict):
            return None
        frame = frame.get(part)
    return frame
