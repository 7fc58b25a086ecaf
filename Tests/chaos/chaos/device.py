"""One device of one user, by docs/protocol.md §5: comes back with `since`, sends again what has no final answer under
the same id, and writes down all that it did and saw."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from .commands import UNDECIDED
from .history import History
from .liar import Lie
from .socket import ABNORMAL, Refused, Socket

# No answer for so long, on a connection that lives: Parley's own bound is 10 s, and the machine may be busy.
ANSWER_S = 40.0
# docs/protocol.md lets a client spread its coming back over longer; tests have less time.
RETRY_S_MAX = 1.0
NAMED = ("offset", "conversation", "seq")
NOTED = ("id", "conversation", "seq", "attachments")


@dataclass
class Pending:
    key: str
    op: str
    text: str
    answer: asyncio.Future
    last: dict = field(default_factory=dict)
    sent: float = 0.0


class Device:
    """`lies`: what the harness does to incoming frames where it plays a broken Parley."""

    def __init__(
        self,
        tenant: str,
        user: str,
        number: int,
        token: str,
        ports: list[int],
        random_source: random.Random,
        *,
        is_service: bool = False,
        receive_bytes: int | None = None,
    ):
        self.tenant, self.user, self.name = tenant, user, f"{user}/{number}"
        self.token, self._ports, self._random = token, ports, random_source
        self._is_service, self.receive_bytes = is_service, receive_bytes
        self.lies: list[Lie] = []
        self.history: History | None = None
        self.position: int | None = None
        self.epoch: str | None = None
        self.connection: str | None = None
        self.is_let_in = False
        self.reload: Callable[["Device"], None] | None = None
        self.close_codes: list[int] = []
        self.refusals: Counter[str] = Counter()
        self.port = 0
        self._socket: Socket | None = None
        self._connections = 0
        self._pending: dict[str, Pending] = {}
        self._refs: dict[str, Pending] = {}
        self._count = 0
        self._gone = asyncio.Event()
        self._is_stopping = False
        self._failures = 0
        self._let_in = asyncio.Event()

    # The history.

    def note(self, what: str, **fields) -> None:
        if self.history is not None:
            self.history.add(what, self.tenant, self.name, self.user, **fields)

    def begin(self, history: History) -> None:
        """A new history begins: what is open is carried over into it."""
        self.history = history
        if self.connection is not None and self.is_let_in:
            self.note("carry", connection=self.connection, position=self.position or 0, service=self._is_service)
        elif self.connection is not None:
            self.note(
                "open", connection=self.connection, since=self.position, epoch=self.epoch, service=self._is_service
            )

    def end(self) -> None:
        if self.connection is not None and self.is_let_in:
            self.note("end", connection=self.connection)

    # The connection.

    async def run(self) -> None:
        while not self._is_stopping:
            wait = 0.0
            self.port = self._random.choice(self._ports)
            self._gone.clear()
            try:
                async with asyncio.timeout(15):
                    self._socket = await Socket.connect(self.port, self._heard, self._ended, self.receive_bytes)
            except Refused as refusal:
                wait = refusal.retry_after_s
            except (OSError, TimeoutError):
                wait = 0.1
            else:
                self._hello()
                await self._gone.wait()
            self._failures = min(self._failures + 1, 5)
            if not self._is_stopping:
                await asyncio.sleep(max(wait, self._random.uniform(0, min(RETRY_S_MAX, 0.05 * 2**self._failures))))

    def _hello(self) -> None:
        self._connections += 1
        self.connection = f"{self.name}#{self._connections}"
        hello: dict = {"op": "hello", "ref": "hello", "protocol": "1", "token": self.token}
        if self.position is not None:
            hello |= {"since": self.position, "epoch": self.epoch}
        self.note("open", connection=self.connection, since=self.position, epoch=self.epoch, service=self._is_service)
        self._socket.send(json.dumps(hello))

    def _ended(self, code: int) -> None:
        if self.connection is not None:
            self.note("close", connection=self.connection, code=code)
        self.close_codes.append(code)
        self.connection, self.is_let_in, self._socket = None, False, None
        self._let_in.clear()
        self._refs.clear()
        self._gone.set()

    def drop(self) -> None:
        if self._socket is not None:
            self._socket.abort()

    def pause(self) -> None:
        if self._socket is not None:
            self._socket.pause()

    def resume(self) -> None:
        if self._socket is not None:
            self._socket.resume()

    async def stop(self) -> None:
        self._is_stopping = True
        if self._socket is not None:
            self._socket.close()
        self._gone.set()

    async def until_let_in(self, patience_s: float) -> None:
        async with asyncio.timeout(patience_s):
            await self._let_in.wait()

    # What comes in.

    def _heard(self, payload: bytes) -> None:
        frames = [json.loads(payload)]
        for lie in self.lies:
            frames = [told for frame in frames for told in lie(frame)]
        for one in frames:
            if "event" in one:
                self._event(one)
            else:
                self._reply(one)

    def _event(self, frame: dict) -> None:
        name, offset = frame["event"], frame.get("offset")
        if name == "mark":
            self.note("mark", connection=self.connection, offset=offset)
            self.position = max(self.position or 0, offset)
            return
        if name in ("token.expiring", "draining"):
            return
        fields = {key: frame[key] for key in NAMED if key in frame}
        message = frame.get("message")
        if message is not None:
            fields["id"] = message["id"]
            if "sender" in message:
                fields["sender"], fields["text"] = message["sender"], message["text"][:40]
        if offset is None:
            fields["reader"] = frame.get("user")
        else:
            self.position = max(self.position or 0, offset)
        self.note("event", connection=self.connection, event=name, **fields)

    def _reply(self, frame: dict) -> None:
        ref = frame.get("ref")
        if ref == "hello":
            self._greeted(frame)
            return
        if ref is None:
            # Something told without a ref was refused: typing, most likely.
            return
        pending = self._refs.pop(ref, None)
        if pending is None:
            self.note("stray", connection=self.connection, ref=ref)
            return
        pending.last = frame
        ok = frame["ok"]
        fields = {key: frame[key] for key in ("offset", "seq", "id") if key in frame}
        if not ok:
            fields["code"] = frame["error"]["code"]
            self.refusals[fields["code"]] += 1
            if "field" in frame["error"]:
                fields["field"] = frame["error"]["field"]
        self.note("reply", command=pending.key, ok=ok, **fields)
        if not ok and fields["code"] in UNDECIDED:
            wait = min(frame["error"].get("retry_after_ms", 250) / 1_000, RETRY_S_MAX)
            asyncio.get_running_loop().call_later(wait, self._again, pending.key)
            return
        self._pending.pop(pending.key, None)
        if not pending.answer.done():
            pending.answer.set_result(frame)

    def _greeted(self, frame: dict) -> None:
        if not frame["ok"]:
            # The close follows.
            return
        self._failures = 0
        self.is_let_in = True
        self.epoch = frame["epoch"]
        self.note(
            "hello", connection=self.connection, resumed=frame["resumed"], offset=frame["offset"], epoch=frame["epoch"]
        )
        if not frame["resumed"]:
            is_first = self.position is None
            self.position = frame["offset"]
            if self.reload is not None and not is_first:
                self.reload(self)
        self._let_in.set()
        for pending in list(self._pending.values()):
            self._send(pending)

    # What goes out.

    @property
    def waiting(self) -> int:
        return len(self._pending)

    def describe(self) -> list[str]:
        """What waits, for whoever wonders why."""
        asked = {pending.key for pending in self._refs.values()}
        return [
            f"{self.name} (let in: {self.is_let_in}, gateway {self.port}) {pending.op} {pending.key} "
            f"asked: {pending.key in asked}, last answer {pending.last}"
            for pending in self._pending.values()
        ]

    async def ask(self, op: str, key: str | None = None, **fields) -> dict:
        """The final answer, however many connections it takes. Storing commands only carry ids of their own, so that
        sending one again is safe."""
        self._count += 1
        key = key or f"{self.name}:{self._count}"
        command = {"op": op} | fields
        pending = Pending(key, op, json.dumps(command)[1:], asyncio.get_running_loop().create_future())
        self._pending[key] = pending
        noted = {name: value for name, value in fields.items() if name in NOTED}
        self.note("send", command=key, op=op, **noted)
        if self.is_let_in:
            self._send(pending)
        return await pending.answer

    def tell(self, op: str, **fields) -> None:
        """Nobody waits for it."""
        if self.is_let_in:
            self._socket.send(json.dumps({"op": op} | fields))

    def _again(self, key: str) -> None:
        pending = self._pending.get(key)
        if pending is not None and self.is_let_in and not any(other is pending for other in self._refs.values()):
            self._send(pending)

    def _send(self, pending: Pending) -> None:
        self._count += 1
        ref = f"r{self._count}"
        self._refs[ref] = pending
        if pending.sent:
            self.note("again", command=pending.key)
        pending.sent = time.monotonic()
        self._socket.send(f'{{"ref":"{ref}",{pending.text}')

    def look_after(self) -> None:
        """Ends a connection on which a command has no answer: the harness calls it now and then."""
        overdue = [p for p in self._refs.values() if time.monotonic() - p.sent > ANSWER_S]
        if overdue:
            self.note("silent", connection=self.connection, op=overdue[0].op, command=overdue[0].key)
            self.close_codes.append(ABNORMAL)
            self.drop()
