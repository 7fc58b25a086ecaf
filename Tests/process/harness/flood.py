"""More than a system can do: connections that send without end, read what comes and keep nothing but counts."""

import json
import socket
import threading
from collections import Counter

from .client import new_id
from .raw import CLOSE, TEXT, Raw, frame

# Commands that one connection has on their way, a little more than the window of 64 that the contract lets it have.
AHEAD = 80


class Flood:
    """Some connections of one tenant, each a thread, that talk in a group of their own until `stop`."""

    def __init__(self, system, tenant, connections: int, text: str, name: str = "flood", gateway: int = 0):
        self.answers: Counter = Counter()
        self.without_time = 0
        self.closes: Counter = Counter()
        self.sent: dict[str, set[str]] = {}
        self.acknowledged: set[str] = set()
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.text = text
        self.raws = [
            Raw(system.url(gateway), tenant.token(f"{name}-{number}")) for number in range(connections)
        ]
        self.groups = []
        for raw in self.raws:
            group = new_id()
            raw.text({"op": "conversation.create", "ref": "c", "kind": "group", "id": group, "members": []})
            assert raw.reply("c")["ok"]
            self.groups.append(group)
        self.threads = [
            threading.Thread(target=self._run, args=(raw, group), daemon=True)
            for raw, group in zip(self.raws, self.groups)
        ]

    def start(self) -> "Flood":
        for thread in self.threads:
            thread.start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
        for raw in self.raws:
            raw.close()

    @property
    def refused(self) -> Counter:
        with self.lock:
            return Counter({code: count for code, count in self.answers.items() if code != "ok"})

    def _run(self, raw: Raw, group: str) -> None:
        raw.socket.settimeout(0.2)
        ahead = 0
        waiting: dict[str, str] = {}
        while not self.stopping.is_set():
            batch = b""
            while ahead < AHEAD:
                identifier = new_id()
                waiting[identifier] = identifier
                batch += frame(
                    TEXT,
                    json.dumps(
                        {
                            "op": "message.send",
                            "ref": identifier,
                            "conversation": group,
                            "id": identifier,
                            "text": self.text,
                        }
                    ).encode(),
                )
                ahead += 1
            try:
                if batch:
                    raw.socket.settimeout(30)
                    raw.send(batch)
                    raw.socket.settimeout(0.2)
                received = raw.receive()
            except TimeoutError:
                continue
            except OSError:
                return self._closed(1006)
            if received is None:
                return self._closed(1006)
            opcode, payload = received
            if opcode == CLOSE:
                return self._closed(int.from_bytes(payload[:2], "big"))
            if opcode != TEXT:
                continue
            found = json.loads(payload)
            if found.get("ref") not in waiting:
                continue
            identifier = waiting.pop(found["ref"])
            ahead -= 1
            with self.lock:
                if found["ok"]:
                    self.answers["ok"] += 1
                    self.acknowledged.add(identifier)
                else:
                    error = found["error"]
                    self.answers[error["code"]] += 1
                    if error.get("retry_after_ms", 0) <= 0:
                        self.without_time += 1

    def _closed(self, code: int) -> None:
        with self.lock:
            self.closes[code] += 1


class NeverReads:
    """A connection that says hello and then takes nothing in."""

    def __init__(self, system, token: str, gateway: int = 0):
        self.raw = Raw(system.url(gateway), token)
        self.raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)

    def close(self) -> None:
        self.raw.close()
