"""A small system of real processes for tests that do one thing to it by hand."""

import asyncio
import json
import os
import random
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chaos.crowd import token
from chaos.device import Device
from chaos.history import History
from chaos.stand import make_tenant
from chaos.system import System, binary

needs_binary = pytest.mark.skipif(not os.access(binary(), os.X_OK), reason="there is no binary: set PARLEY_BINARY")
SECRET = b"a-secret-of-a-small-system-for-tests-only"


class Small:
    """A system with one tenant, and devices that connect to the gateway they are told."""

    def __init__(self, folder: Path):
        self.folder, self.data = folder, folder / "data"
        self.data.mkdir(mode=0o700)
        make_tenant(self.data, "acme", SECRET)
        self.system = System(folder, self.data, None, gateways=2, fanouts=1)
        self.history = History(folder / "history.jsonl")
        self.tasks: list[asyncio.Task] = []

    async def device(self, user: str, number: int, gateway: int) -> Device:
        ports = [self.system.gateway_ports[gateway]]
        device = Device("acme", user, number, token("acme", user, SECRET), ports, random.Random(1))
        device.history = self.history
        self.tasks.append(asyncio.create_task(device.run()))
        await device.until_let_in(20)
        return device

    def events(self, *clients: str) -> list[dict]:
        """What these devices have got so far, in order."""
        self.history.flush()
        records = [json.loads(line) for line in self.history.path.read_text().splitlines()]
        return [record for record in records if record["what"] == "event" and record["client"] in clients]


@asynccontextmanager
async def small(folder: Path):
    small = Small(folder)
    try:
        await small.system.start()
        yield small
    finally:
        for task in small.tasks:
            task.cancel()
        await small.system.finish()
