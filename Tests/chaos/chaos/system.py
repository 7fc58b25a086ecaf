"""The processes, each started and killed by the harness, with every wire between them led through `links`."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from .shim import Shim

PACKAGE = Path(__file__).resolve().parents[1]
OUTBOUND_BYTES_MAX = 262_144


def binary() -> str:
    default = PACKAGE.parents[1] / ".build" / "debug" / "parley"
    return os.environ.get("PARLEY_BINARY", str(default))


def free_ports(count: int) -> int:
    """The first of `count` free ports in a row, below the range that the kernel hands out to clients."""
    for _ in range(200):
        first = random.SystemRandom().randint(12_000, 32_000 - count)
        if all(_is_free(first + place) for place in range(count)):
            return first
    raise RuntimeError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@dataclass
class Process:
    """One of Parley's, over all of its lives."""

    name: str
    arguments: list[str]
    operations: int
    output: Path
    environment: dict[str, str] = field(default_factory=dict)
    child: subprocess.Popen | None = None
    starts: int = 0

    @property
    def role(self) -> str:
        return self.name.split("-")[0]

    def start(self) -> None:
        assert self.child is None or self.child.poll() is not None
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
        self.starts += 1
        with self.output.open("ab") as out:
            self.child = subprocess.Popen(
                [binary(), *self.arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env=clean | self.environment,
            )

    def signal(self, number: int) -> None:
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(number)

    def kill(self) -> None:
        if self.child is not None:
            self.signal(signal.SIGKILL)
            self.child.wait()

    async def stop(self, patience_s: float = 30) -> int | None:
        """SIGTERM; its exit code, None where it had to be killed."""
        if self.child is None:
            return 0
        self.signal(signal.SIGTERM)
        deadline = time.monotonic() + patience_s
        while self.child.poll() is None:
            if time.monotonic() > deadline:
                self.kill()
                return None
            await asyncio.sleep(0.02)
        return self.child.returncode

    @property
    def has_died(self) -> bool:
        return self.child is not None and self.child.poll() is not None

    async def is_ready(self) -> bool:
        return not self.has_died and await _status(self.operations, "/readyz") == 200


async def _status(port: int, path: str) -> int:
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                line = await reader.readline()
                return int(line.split()[1]) if line else 0
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError, IndexError):
        return 0


def _make_keys(folder: Path) -> Path:
    """What the processes prove themselves to each other with, over tcp."""
    subprocess.run([binary(), "keys", "init", "--data", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder / "keys"


class System:
    def __init__(self, folder: Path, data: Path, shim: Shim | None, gateways: int = 3, fanouts: int = 2):
        self.folder, self.data, self.shim = folder, data, shim
        first = free_ports(64)
        ports = iter(range(first, first + 64))
        self._links: list[tuple[str, int, int]] = []

        def link(name: str, target: int) -> str:
            port = next(ports)
            self._links.append((name, port, target))
            return f"tcp://127.0.0.1:{port}"

        def at(port: int) -> str:
            return f"tcp://127.0.0.1:{port}"

        commands, events, replay = next(ports), next(ports), next(ports)
        environment = shim.environment if shim else {}
        # Not under `data`, which may be full from the start.
        keys = _make_keys(folder / "keyring")

        def process(name: str, *arguments: str) -> Process:
            operations = next(ports)
            words = [name.split("-")[0], *arguments, "--keys", str(keys), "--operations", f"127.0.0.1:{operations}"]
            return Process(name, words, operations, folder / f"{name}.log", dict(environment))

        files = ["--files-folder", str(data / "files")]
        self.router = process(
            "router", "--data", str(data), *files, "--commands", at(commands), "--events", at(events), "--replay", at(replay)
        )
        self.fanouts: list[Process] = []
        published: list[tuple[int, int]] = []
        for number in range(fanouts):
            name = f"fanout-{number}"
            ours, replays = next(ports), next(ports)
            published.append((ours, replays))
            self.fanouts.append(
                process(
                    name, "--router-events", link(f"{name} events", events), "--router-replay",
                    link(f"{name} replay", replay), "--events", at(ours), "--replay", at(replays),
                )
            )
        self.gateways: list[Process] = []
        self.gateway_ports: list[int] = []
        for number in range(gateways):
            name = f"gateway-{number}"
            words = ["--router-commands", link(f"{name} commands", commands)]
            for place, (ours, replays) in enumerate(published):
                words += ["--fanout-events", link(f"{name} fanout-{place} events", ours)]
                words += ["--fanout-replay", link(f"{name} fanout-{place} replay", replays)]
            self.gateway_ports.append(next(ports))
            self.gateways.append(
                process(
                    name, "--listen", f"127.0.0.1:{self.gateway_ports[-1]}", "--heartbeat", "5s", "--drain-window",
                    "1s", "--outbound-bytes-max", str(OUTBOUND_BYTES_MAX), *files, "--uploads-folder",
                    str(data / "uploads"), *words,
                )
            )
        self._proxy: asyncio.subprocess.Process | None = None

    @property
    def all(self) -> list[Process]:
        return [self.router, *self.fanouts, *self.gateways]

    def link_names(self, *parts: str) -> list[str]:
        return [name for name, _, _ in self._links if all(part in name for part in parts)]

    async def start(self) -> None:
        self._proxy = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "chaos.links", json.dumps(self._links), cwd=PACKAGE,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )
        await self._proxy.stdout.readline()
        for process in self.all:
            process.start()
        await self.until_ready(60)

    async def until_ready(self, patience_s: float) -> float | None:
        """How long it took until all were ready at once; None: they were not in that time."""
        began = time.monotonic()
        while True:
            if all(await asyncio.gather(*(process.is_ready() for process in self.all))):
                return time.monotonic() - began
            if time.monotonic() - began > patience_s:
                return None
            await asyncio.sleep(0.05)

    async def unready(self) -> list[str]:
        return [process.name for process in self.all if not await process.is_ready()]

    async def wires(self, do: str, links: list[str], ms: int = 0) -> None:
        self._proxy.stdin.write(json.dumps({"do": do, "links": links, "ms": ms}).encode() + b"\n")
        await self._proxy.stdin.drain()
        answer = await self._proxy.stdout.readline()
        assert answer == b"ok\n", answer

    async def finish(self) -> dict[str, int | None]:
        """Stops all in an orderly way; their exit codes."""
        for process in self.all:
            process.signal(signal.SIGCONT)
        codes = {}
        for process in [*self.gateways, *self.fanouts, self.router]:
            codes[process.name] = await process.stop()
        if self._proxy is not None:
            self._proxy.stdin.close()
            await self._proxy.wait()
        return codes

    def kill_all(self) -> None:
        for process in self.all:
            process.kill()
        if self._proxy is not None and self._proxy.returncode is None:
            self._proxy.kill()
