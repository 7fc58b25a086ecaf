"""A running system: `parley up`, or the three processes one by one."""

import os
import signal
import subprocess
import threading
import uuid
from pathlib import Path

import httpx

from . import command_line, ports
from .client import Client
from .tenants import Tenant
from .waiting import until

ROLES = ("gateway", "router", "fanout", "notifier")


class Child:
    """One process of ours with its output kept."""

    def __init__(self, arguments: list[str], extra: dict[str, str] | None = None):
        self.arguments = arguments
        self.process = subprocess.Popen(
            [command_line.binary(), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=command_line.environment(extra),
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self.readers = [
            threading.Thread(target=self._keep, args=(stream, lines), daemon=True)
            for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err))
        ]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def _keep(stream, lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))

    @property
    def pid(self) -> int:
        return self.process.pid

    def tail(self) -> str:
        return "\n".join(self.err[-60:])

    def stop(self, patience: float = 30) -> int:
        """SIGTERM, and the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.arguments} did not stop in {patience} s:\n{self.tail()}") from None
        for reader in self.readers:
            reader.join(2)
        return code

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def children(parent: int) -> list[tuple[int, str]]:
    """The process ids and roles of a supervisor's children, from /proc."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if int(stat.rsplit(")", 1)[1].split()[1]) != parent:
            continue
        role = next((word.decode() for word in words[1:2] if word.decode() in ROLES), None)
        if role:
            found.append((int(entry.name), role))
    return sorted(found)


def is_up(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


class System:
    """What tests need of a running system, however it was started."""

    data: Path
    gateway_ports: list[int]

    def url(self, gateway: int = 0) -> str:
        return f"ws://127.0.0.1:{self.gateway_ports[gateway]}"

    def http(self, gateway: int = 0) -> str:
        return f"http://127.0.0.1:{self.gateway_ports[gateway]}"

    def cli(self, *arguments: str, **options):
        return command_line.run(*arguments, data=self.data, **options)

    def tenant(self, *arguments: str, slug: str | None = None) -> Tenant:
        """A tenant of its own for a test, with a key whose secret the test holds."""
        slug = slug or "t-" + uuid.uuid4().hex[:12]
        self.cli("tenant", "create", slug, *arguments)
        return Tenant(slug, self.data)

    def client(self, tenant: Tenant, user: str, gateway: int = 0, **options) -> Client:
        """A connection that has said hello."""
        token = options.pop("token", None) or tenant.token(user, **options.pop("claims", {}))
        return Client(self.url(gateway), token, **options)


class Up(System):
    """`parley up`."""

    def __init__(
        self, data: Path, gateways: int = 1, fanouts: int = 1, extra: dict[str, str] | None = None, *arguments: str
    ):
        self.data = data
        first = ports.free(gateways)
        self.gateway_ports = [first + place for place in range(gateways)]
        self.operations_port = ports.free(gateways + 2 + fanouts)
        self.gateways, self.fanouts = gateways, fanouts
        self.child = Child(
            [
                "up",
                "--data",
                str(data),
                "--listen",
                f"127.0.0.1:{first}",
                "--gateways",
                str(gateways),
                "--fanouts",
                str(fanouts),
                "--operations",
                f"127.0.0.1:{self.operations_port}",
                *arguments,
            ],
            extra,
        )
        self.wait_ready()

    def wait_ready(self) -> None:
        wanted = {f"ready http://127.0.0.1:{port}" for port in self.gateway_ports}

        def is_ready() -> bool:
            if self.child.process.poll() is not None:
                raise AssertionError(f"parley up ended with {self.child.process.returncode}:\n{self.child.tail()}")
            return wanted <= {line.strip() for line in self.child.out}

        try:
            until(is_ready, "the ready lines", 40)
        except AssertionError:
            self.child.kill()
            raise AssertionError(f"not ready: {self.child.out}\n{self.child.tail()}") from None

    def pids(self, role: str) -> list[int]:
        return [pid for pid, other in children(self.child.pid) if other == role]

    def operations(self, role: str, place: int = 0) -> str:
        """Operations ports: gateways first, then the router, the fan-outs, the notifier."""
        before = {"gateway": 0, "router": self.gateways, "fanout": self.gateways + 1}
        before["notifier"] = self.gateways + 1 + self.fanouts
        return f"http://127.0.0.1:{self.operations_port + before[role] + place}"

    def metrics(self, role: str, place: int = 0) -> str:
        return httpx.get(self.operations(role, place) + "/metrics", timeout=5, trust_env=False).text

    def kill(self, role: str, place: int = 0) -> int:
        """SIGKILL to one child; its process id."""
        pid = until(lambda: self.pids(role)[place : place + 1], f"a {role} to kill")[0]
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_restarted(self, role: str, former: int, place: int = 0) -> None:
        count = {"gateway": self.gateways, "router": 1, "fanout": self.fanouts, "notifier": 1}[role]

        def is_back() -> bool:
            pids = self.pids(role)
            return former not in pids and len(pids) == count and is_up(self.operations(role, place) + "/readyz")

        until(is_back, f"the {role} back after a kill", 40)

    def stop(self) -> int:
        return self.child.stop()


class Separate(System):
    """A router, a fan-out worker and gateways over tcp://, each started by hand; `wires` shares the endpoints."""

    def __init__(self, data: Path, gateways: int = 1, fanouts: int = 1, extra: list[str] | None = None):
        self.data = data
        self.bus = ports.free(3 + 2 * fanouts)
        self.ops = ports.free(1 + fanouts + gateways)
        self.gateway_ports = [ports.free() for _ in range(gateways)]
        self.fanout_count = fanouts
        self.extra = extra or []
        self.cli("keys", "init")
        self.keys = data / "keys"
        self.router: Child | None = None
        self.fanouts: list[Child] = []
        self.gateways: list[Child] = []
        self.start_router()
        self.fanouts = [self.start_fanout(place) for place in range(fanouts)]
        self.gateways = [self.start_gateway(place) for place in range(gateways)]
        self.wait_ready()

    def wait_ready(self) -> None:
        urls = [f"http://127.0.0.1:{self.ops + place}/readyz" for place in range(len(self.all()))]
        try:
            until(lambda: all(is_up(url) for url in urls), "all processes ready", 40)
        except AssertionError:
            for child in self.all():
                child.kill()
            raise AssertionError(f"not ready:\n{self.tails()}") from None

    def endpoint(self, place: int) -> str:
        return f"tcp://127.0.0.1:{self.bus + place}"

    def start_router(self) -> None:
        self.router = Child(
            [
                "router",
                "--data",
                str(self.data),
                "--commands",
                self.endpoint(0),
                "--events",
                self.endpoint(1),
                "--replay",
                self.endpoint(2),
                "--keys",
                str(self.keys),
                "--operations",
                f"127.0.0.1:{self.ops}",
            ]
        )

    def start_fanout(self, place: int) -> Child:
        return Child(
            [
                "fanout",
                "--router-events",
                self.endpoint(1),
                "--router-replay",
                self.endpoint(2),
                "--events",
                self.endpoint(3 + 2 * place),
                "--replay",
                self.endpoint(4 + 2 * place),
                "--keys",
                str(self.keys),
                "--operations",
                f"127.0.0.1:{self.ops + 1 + place}",
            ]
        )

    def start_gateway(self, place: int) -> Child:
        return Child(
            [
                "gateway",
                "--listen",
                f"127.0.0.1:{self.gateway_ports[place]}",
                "--router-commands",
                self.endpoint(0),
                *(word for n in range(self.fanout_count) for word in ("--fanout-events", self.endpoint(3 + 2 * n))),
                *(word for n in range(self.fanout_count) for word in ("--fanout-replay", self.endpoint(4 + 2 * n))),
                "--keys",
                str(self.keys),
                "--operations",
                f"127.0.0.1:{self.ops + 1 + self.fanout_count + place}",
                *self.extra,
            ]
        )

    def all(self) -> list[Child]:
        return [*self.gateways, *self.fanouts, *([self.router] if self.router else [])]

    def tails(self) -> str:
        return "\n".join(child.tail() for child in self.all())

    def stop(self) -> list[int]:
        codes = []
        for child in self.all():
            codes.append(child.stop())
        return codes
