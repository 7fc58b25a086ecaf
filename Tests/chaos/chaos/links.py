"""The wires between Parley's processes, in a process of their own so that the load does not slow them: each a TCP port
that forwards to another, and that can be cut, held up or slowed down.

    python -m chaos.links '[["name", 5001, 6001], …]'

Commands come as JSON lines on stdin, each answered by a line `ok`:

    {"do": "cut", "links": ["name"]}      connections end at once, and new ones are refused
    {"do": "hold", "links": ["name"]}     nothing passes, and nothing says so
    {"do": "delay", "links": ["name"], "ms": 100}
    {"do": "heal", "links": ["name"]}
"""

import asyncio
import json
import sys
from collections import deque


class Link:
    def __init__(self, name: str, port: int, target: int):
        self.name, self.port, self.target = name, port, target
        self.delay_s = 0.0
        self.is_held = False
        self.is_cut = False
        self._server: asyncio.Server | None = None
        self.ends: set[End] = set()

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Near(self), "127.0.0.1", self.port, reuse_address=True)

    async def cut(self) -> None:
        self.is_cut = True
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in list(self.ends):
            end.abort()

    def hold(self) -> None:
        self.is_held = True
        for end in self.ends:
            end.steer()

    async def heal(self) -> None:
        self.delay_s, self.is_held, self.is_cut = 0.0, False, False
        if self._server is None:
            await self.listen()
        for end in list(self.ends):
            end.steer()


class End(asyncio.Protocol):
    """One of the two connections of a pair; what it reads goes out at the other."""

    def __init__(self, link: Link):
        self.link = link
        self.other: End | None = None
        self.transport: asyncio.Transport | None = None
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._is_full = False

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.link.ends.add(self)
        self.steer()

    def data_received(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        if self.link.delay_s or self._waiting:
            self._waiting.append((loop.time() + self.link.delay_s, data))
            loop.call_at(self._waiting[-1][0], self._pass)
        else:
            self._forward(data)

    def _pass(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._waiting and self._waiting[0][0] <= now + 0.001:
            self._forward(self._waiting.popleft()[1])

    def _forward(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def connection_lost(self, failure) -> None:
        self.link.ends.discard(self)
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other._is_full = True
            self.other.steer()

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other._is_full = False
            self.other.steer()

    def steer(self) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        if self.link.is_held or self._is_full or self.other is None or self.other.transport is None:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()


class Near(End):
    def connection_made(self, transport) -> None:
        super().connection_made(transport)
        self._task = asyncio.get_running_loop().create_task(self._reach())

    async def _reach(self) -> None:
        far = End(self.link)
        self.other, far.other = far, self
        try:
            await asyncio.get_running_loop().create_connection(lambda: far, "127.0.0.1", self.link.target)
        except OSError:
            self.abort()
            return
        if self.transport is None or self.transport.is_closing():
            far.abort()
            return
        self.steer(), far.steer()


async def serve(links: dict[str, Link]) -> None:
    for link in links.values():
        await link.listen()
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    print("ok", flush=True)
    while line := await commands.readline():
        command = json.loads(line)
        for name in command["links"]:
            link = links[name]
            match command["do"]:
                case "cut":
                    await link.cut()
                case "hold":
                    link.hold()
                case "delay":
                    link.delay_s = command["ms"] / 1_000
                case "heal":
                    await link.heal()
        print("ok", flush=True)


if __name__ == "__main__":
    asyncio.run(serve({name: Link(name, port, target) for name, port, target in json.loads(sys.argv[1])}))
