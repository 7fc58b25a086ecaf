"""What a fault may touch: the system, its disk and clock, and the people on it."""

import asyncio
import random
import subprocess
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path

from .crowd import Crowd, Shape
from .device import Device
from .disk import Disk
from .history import History
from .shim import Shim
from .system import System, binary

# The harness asks faster than people do, and all of its devices come from one address.
# Whatever the wall clock does, no upload's time is over.
SETTINGS = (
    "rate_commands_per_s=100000", "rate_burst=100000", "in_flight_max=1000", "connections_per_user=1000",
    "upload_expiry_s=31536000",
)
MOB = "mob"


@dataclass
class Stand:
    system: System
    data: Path
    disk: Disk
    shim: Shim | None
    crowds: list[Crowd]
    dice: random.Random
    # 1 for a run of minutes, less for a short one.
    size: float = 1.0
    mob_size: int = 5_000
    complaints: list[str] = field(default_factory=list)
    history: History | None = None
    _mob: Crowd | None = None
    _kept: set[asyncio.Task] = field(default_factory=set)

    @property
    def everyone(self) -> list[Crowd]:
        return [*self.crowds, *([self._mob] if self._mob else [])]

    @property
    def devices(self) -> list[Device]:
        return [device for crowd in self.crowds for device in crowd.devices]

    def scale(self, count: int) -> int:
        return max(1, round(count * self.size))

    def complain(self, text: str) -> None:
        self.complaints.append(text)

    def refusals(self, code: str) -> int:
        """How many commands were answered so, for good or not."""
        return sum(device.refusals[code] for device in self.devices)

    def keep(self, work: Coroutine) -> None:
        task = asyncio.create_task(work)
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)

    async def until(self, condition: Callable[[], bool], patience_s: float, what: str) -> bool:
        """What does not happen in time is complained of."""
        deadline = time.monotonic() + patience_s
        while not condition():
            if time.monotonic() > deadline:
                self.complain(f"waited {patience_s} s in vain for {what}")
                return False
            await asyncio.sleep(0.02)
        return True

    async def mob(self) -> list[Device]:
        """A tenant of thousands of connections that hear a word now and then; there until `disperse`."""
        users = max(10, self.mob_size // 20)
        shape = Shape(users=users, devices=20, groups=2, group_size=min(users, 40), directs=0, talk_per_s=0.02, files=0)
        self._mob = Crowd(
            MOB, self.crowds[0].secret, shape, self.system.gateway_ports, random.Random(self.dice.random())
        )
        await self._mob.begin(self.history)
        self._mob.talking.set()
        return self._mob.devices

    async def disperse(self) -> None:
        if self._mob is not None:
            await self._mob.finish()
            self._mob = None


def make_tenant(data: Path, tenant: str, secret: bytes, *settings: str) -> None:
    def parley(*words: str) -> None:
        subprocess.run([binary(), *words, "--data", str(data)], check=True, capture_output=True, timeout=60)

    parley("tenant", "create", tenant, *(word for setting in (*SETTINGS, *settings) for word in ("--set", setting)))
    key = data / f"{tenant}.key"
    key.write_bytes(secret)
    try:
        parley("tenant", "key", "add", tenant, "--kid", "chaos", "--alg", "HS256", "--file", str(key))
    finally:
        key.unlink()
