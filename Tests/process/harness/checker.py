"""People who go on talking through faults, and who judges what they heard."""

import random
import threading
import time

from .client import Client, new_id
from .waiting import PATIENCE


class Person:
    """One user on one connection after another, by docs/protocol.md §5: comes back with `since`, and sends again what
    was not acknowledged, under the same id."""

    def __init__(self, urls: list[str], token: str, name: str):
        self.urls, self.token, self.name = urls, token, name
        self.since: int | None = None
        self.epoch: str | None = None
        self.heard: list[dict] = []
        self.resumed: list[bool] = []
        self.acknowledged: dict[str, dict] = {}
        self.client: Client | None = None
        self.failures = 0
        self.ended: str | None = None
        self.stopping = threading.Event()

    def connect(self) -> bool:
        try:
            client = Client(random.choice(self.urls), self.token, self.since, self.epoch)
        except Exception as failure:  # Whatever it is: try again, until the deadline.
            self.failures += 1
            self.ended = repr(failure)
            time.sleep(0.1)
            return False
        self.client = client
        self.place = 0
        self.epoch = client.hello["epoch"]
        self.resumed.append(client.hello["resumed"])
        return True

    def listen(self) -> None:
        """Takes in what came."""
        client = self.client
        with client.arrived:
            new = client.frames[self.place :]
            self.place = len(client.frames)
        for frame in new:
            if "event" in frame and "offset" in frame:
                if frame["event"] != "mark":
                    self.heard.append(frame)
                if self.since is None or frame["offset"] > self.since:
                    self.since = frame["offset"]

    @property
    def is_away(self) -> bool:
        return self.client is None or self.client.closed is not None

    def come_back(self, deadline: float) -> None:
        while self.is_away:
            if self.client is not None:
                self.listen()
            assert time.monotonic() < deadline, f"{self.name} could not come back: {self.ended}"
            self.connect()

    def talk(self, conversation: str, count: int, pause: float = 0.0, patience: float = 90) -> None:
        """Sends `count` messages, one after the other, each until it is acknowledged."""
        deadline = time.monotonic() + patience
        for number in range(count):
            if self.stopping.is_set():
                break
            self.deliver(conversation, new_id(), f"{self.name} {number}", deadline)
            time.sleep(pause)

    def deliver(self, conversation: str, identifier: str, text: str, deadline: float) -> None:
        while True:
            self.come_back(deadline)
            try:
                ref = self.client.send("message.send", conversation=conversation, id=identifier, text=text)
                reply = self.client.reply(ref, PATIENCE)
            except Exception:  # The connection broke: again under the same id.
                assert time.monotonic() < deadline, f"{self.name} could not send {text}"
                if not self.is_away:
                    self.client.drop()
                    self.client.wait_closed()
                continue
            self.listen()
            if reply["ok"]:
                self.acknowledged[identifier] = reply
                return
            wait = reply["error"].get("retry_after_ms")
            assert wait is not None, f"{text} was refused: {reply}"
            time.sleep(wait / 1000)

    def hear(self, done, patience: float = 60) -> None:
        """Listens, coming back where needed, until `done(heard)`."""
        deadline = time.monotonic() + patience
        while True:
            self.come_back(deadline)
            self.listen()
            if done(self.heard):
                return
            assert time.monotonic() < deadline, f"{self.name} heard only {len(self.heard)}: {self.heard[-3:]}"
            time.sleep(0.02)

    def leave(self) -> None:
        if self.client:
            self.client.close()


def check(people: list[Person], listeners: list[Person], conversation: str) -> None:
    """Every acknowledged message came to every listener exactly once, in one order that all share."""
    acknowledged = {identifier: reply for person in people for identifier, reply in person.acknowledged.items()}
    for listener in listeners:
        offsets = [event["offset"] for event in listener.heard]
        assert offsets == sorted(set(offsets)), f"{listener.name}: doubled or out of order: {offsets}"
        messages = [
            event
            for event in listener.heard
            if event["event"] == "message.created" and event["conversation"] == conversation
        ]
        by_id = {event["message"]["id"]: event for event in messages}
        assert len(by_id) == len(messages), f"{listener.name}: one message, two events"
        missing = set(acknowledged) - set(by_id)
        assert not missing, f"{listener.name}: {len(missing)} of {len(acknowledged)} acknowledged messages never came"
        for identifier, reply in acknowledged.items():
            event = by_id[identifier]
            assert (event["seq"], event["offset"]) == (reply["seq"], reply["offset"]), "reply and event disagree"
        seqs = [event["seq"] for event in messages]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), f"{listener.name}: a hole in {seqs}"
        for person in people:
            numbers = [
                int(event["message"]["text"].split()[-1])
                for event in messages
                if event["message"]["sender"] == person.name
            ]
            assert numbers == sorted(numbers), f"{listener.name}: {person.name}'s messages changed places"
