"""An integrator's side, by docs/integrators.md: SUB and DEALER sockets with CURVE keys."""

import contextlib
import json
import struct
import time
from dataclasses import dataclass, field

import zmq

from .waiting import PATIENCE, until


def number(value: int) -> bytes:
    return struct.pack(">Q", value)


@dataclass
class Message:
    """Three frames of an event, or the two of anything else."""

    frames: list[bytes]

    @property
    def is_event(self) -> bool:
        return len(self.frames) == 3

    @property
    def name(self) -> str:
        return self.json["event"] if self.is_event else self.frames[0].decode()

    @property
    def topic(self) -> str:
        return self.frames[0].decode()

    @property
    def offset(self) -> int:
        return struct.unpack(">Q", self.frames[1])[0]

    @property
    def code(self) -> str:
        return self.frames[1].decode()

    @property
    def json(self) -> dict:
        return json.loads(self.frames[2])


@dataclass
class Keys:
    """What `parley tap create --json` printed."""

    printed: dict = field(default_factory=dict)

    def __getattr__(self, name: str):
        return self.printed[name]


class Tap:
    """One socket of an integrator, with CURVE; or without, where `keys` are None."""

    def __init__(self, kind: int, endpoint: str, keys: Keys | None, topics: tuple[bytes, ...] = (b"",), **options):
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.linger = 0
        if keys is not None:
            self.socket.curve_publickey = keys.public.encode()
            self.socket.curve_secretkey = keys.secret.encode()
            self.socket.curve_serverkey = options.pop("server", keys.server).encode()
        for name, value in options.items():
            setattr(self.socket, name, value)
        if kind == zmq.SUB:
            for topic in topics:
                self.socket.subscribe(topic)
        self.socket.connect(endpoint)
        self.seen: list[Message] = []

    @classmethod
    def subscriber(cls, keys: Keys, *topics: bytes, **options) -> "Tap":
        return cls(zmq.SUB, keys.subscribe, keys, topics or (b"",), **options)

    @classmethod
    def streamer(cls, keys: Keys, **options) -> "Tap":
        return cls(zmq.DEALER, keys.stream, keys, **options)

    def send(self, *frames: bytes) -> None:
        self.socket.send_multipart(list(frames))

    def stream(self, start: int, credit: int = 1_000) -> None:
        self.send(b"STREAM", number(start), struct.pack(">I", credit))

    def credit(self, more: int) -> None:
        self.send(b"CREDIT", struct.pack(">I", more))

    def replay(self, start: int, end: int = 0) -> None:
        self.send(b"REPLAY", number(start), number(end))

    def receive(self, patience: float) -> Message | None:
        if not self.socket.poll(max(0, int(patience * 1_000))):
            return None
        message = Message(self.socket.recv_multipart())
        self.seen.append(message)
        return message

    def next(self, *names: str, patience: float = PATIENCE) -> Message:
        """The next message that is one of these; nothing else but heartbeats may come before where `names` is empty."""
        deadline = time.monotonic() + patience
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if message is None:
                break
            if (message.name in names) if names else message.name != "heartbeat":
                return message
        raise AssertionError(f"no {names or 'message'} came; seen: {[m.name for m in self.seen[-20:]]}")

    def offsets_until(self, last: int, patience: float = PATIENCE) -> list[int]:
        """The offsets of durable events up to `last`, in the order in which they came."""
        found: list[int] = []
        deadline = time.monotonic() + patience
        while not found or found[-1] < last:
            message = self.receive(deadline - time.monotonic())
            assert message is not None, f"nothing after {found[-5:]}, waited for {last}"
            if message.is_event and message.offset:
                found.append(message.offset)
        return found

    def nothing(self, seconds: float) -> None:
        """Nothing at all comes in that time."""
        message = self.receive(seconds)
        assert message is None, message and message.frames

    def close(self) -> None:
        self.socket.close(0)
        self.context.term()

    def __enter__(self) -> "Tap":
        return self

    def __exit__(self, *_) -> None:
        self.close()


def create(system, tenant, name: str = "crm", *arguments: str) -> Keys:
    outcome = system.cli("tap", "create", "--tenant", tenant.slug, "--name", name, "--json", *arguments)
    return Keys(outcome.json)


class Follower:
    """A gapless subscriber: a stream that is asked for anew, from what it has, when it is quiet for too long."""

    SILENCE = 3.0

    def __init__(self, keys: Keys, start: int = 1):
        self.keys, self.start = keys, start
        self.offsets: list[int] = []
        self.tap: Tap | None = None
        self.heard = 0.0

    @property
    def next(self) -> int:
        return self.offsets[-1] + 1 if self.offsets else self.start

    def step(self, patience: float = 0.2) -> None:
        now = time.monotonic()
        if self.tap is None:
            self.tap = Tap.streamer(self.keys)
        if now - self.heard > self.SILENCE:
            self.tap.stream(self.next, 500)
            self.heard = now
        message = self.tap.receive(patience)
        if message is None:
            return
        self.heard = time.monotonic()
        if message.name == "REFUSED":
            self.heard = 0.0
        elif message.is_event and message.offset >= self.next:
            self.offsets.append(message.offset)
            self.tap.credit(1)

    def until(self, last: int, patience: float = 60) -> None:
        def is_there() -> bool:
            self.step()
            return self.next > last

        until(is_there, f"offset {last} on the stream; has {self.offsets[-3:]}", patience)

    def close(self) -> None:
        with contextlib.suppress(Exception):
            if self.tap:
                self.tap.close()
