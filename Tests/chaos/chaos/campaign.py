"""Round after round: people talk, something breaks, all must be well again, and the checker judges."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import checker, stored, uploads
from .crowd import Crowd
from .expected import Expected
from .faults import KINDS
from .findings import Finding, Rule
from .history import History, read
from .stand import Stand

READY_S = 10.0
# For what waits in queues, on a machine that is busy with other things too.
REST_S = 60.0
# Of each tenant, as something breaks.
FILES_AT_ONCE = 3


@dataclass
class Round:
    kind: str
    number: int
    note: str = ""
    acknowledged: int = 0
    deliveries: int = 0
    # Of acknowledged messages.
    files: int = 0
    recovery_s: float | None = None
    findings: list[Finding] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    history: Path | None = None


class Campaign:
    def __init__(self, stand: Stand, folder: Path, messages_per_round: int):
        self.stand, self.folder, self.messages_per_round = stand, folder, messages_per_round
        self.rounds: list[Round] = []
        # Tenant → offset up to which all has been judged.
        self._bases: dict[str, int] = {}
        self.acknowledged: dict[str, dict[str, int]] = {}

    async def round(self, kind: str) -> Round:
        number = len(self.rounds) + 1
        this = Round(kind, number, history=self.folder / f"{number:03}.jsonl")
        stand = self.stand
        stand.complaints.clear()
        stand.history = History(this.history)
        for device in stand.devices:
            device.begin(stand.history)
        watch = asyncio.create_task(self._look_after())
        for crowd in stand.crowds:
            crowd.talking.set()
        await self._talk(self.messages_per_round // 3)
        # Whatever happens, it happens to files on their way too.
        for crowd in stand.crowds:
            crowd.rush(stand.scale(FILES_AT_ONCE))
        await asyncio.sleep(stand.dice.uniform(0, 0.1))
        this.note = await KINDS[kind](stand)
        this.recovery_s = await self._recover(this)
        await self._talk(self.messages_per_round - self.messages_per_round // 3)
        await self._rest(this)
        watch.cancel()
        for crowd in stand.everyone:
            crowd.complain()
        stand.history.close()
        self._judge(this)
        await stand.disperse()
        this.complaints = list(stand.complaints)
        self.rounds.append(this)
        if not this.findings and this.history is not None:
            this.history.unlink()
        return this

    def _said(self) -> int:
        return sum(crowd.counts["acknowledged"] for crowd in self.stand.crowds)

    async def _talk(self, count: int) -> None:
        goal = self._said() + count
        await self.stand.until(lambda: self._said() >= goal, REST_S, f"{count} acknowledged messages")

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(1)
            for device in self.stand.devices:
                device.look_after()

    async def _recover(self, this: Round) -> float | None:
        """From the end of the fault until all processes are ready and each tenant has had something acknowledged."""
        began = time.monotonic()
        before = {crowd.tenant: crowd.counts["acknowledged"] for crowd in self.stand.crowds}
        for process in self.stand.system.all:
            if process.has_died:
                this.findings.append(
                    Finding(Rule.DIED, "-", f"{process.name} with {process.child.returncode}: {process.output}")
                )
                process.start()
        ready = await self.stand.system.until_ready(READY_S)
        if ready is None:
            names = ", ".join(await self.stand.system.unready())
            this.findings.append(Finding(Rule.NOT_READY_AGAIN, "-", f"{names} not ready within {READY_S} s"))
            # The rest is judged all the same; what never comes back ends the run below.
            await self.stand.system.until_ready(REST_S)
        for crowd in self.stand.crowds:
            left = max(0.1, began + READY_S - time.monotonic())
            came = await self.stand.until(
                lambda crowd=crowd: crowd.counts["acknowledged"] > before[crowd.tenant], left,
                f"an acknowledgement in {crowd.tenant}",
            )
            if not came:
                this.findings.append(
                    Finding(Rule.NOT_READY_AGAIN, crowd.tenant, f"nothing acknowledged within {READY_S} s")
                )
        return time.monotonic() - began

    async def _rest(self, this: Round) -> None:
        """Nobody says more, all is answered, and everybody has what is theirs."""
        stand = self.stand
        for crowd in stand.everyone:
            crowd.talking.clear()
        for _ in range(2):
            if not await stand.until(lambda: not any(crowd.waiting for crowd in stand.everyone), REST_S, "all answers"):
                waiting = [line for crowd in stand.everyone for device in crowd.devices for line in device.describe()]
                this.findings.append(Finding(Rule.UNANSWERED, "-", f"{len(waiting)}: {'; '.join(waiting[:4])}"))
            # A person who had just begun to say something.
            await asyncio.sleep(0.05)
        for crowd in stand.everyone:
            expected = Expected(self._store(crowd))
            newest = expected.stored.newest

            def missing(crowd: Crowd = crowd, expected: Expected = expected, newest: int = newest) -> list[str]:
                return [
                    device.name
                    for device in crowd.devices
                    if not device.is_let_in
                    or expected.offsets(device.user, device.user == "backend", device.position or 0, newest)
                ]

            deadline = time.monotonic() + READY_S
            while (late := missing()) and time.monotonic() < deadline:
                await asyncio.sleep(0.05)
            if late:
                this.findings.append(
                    Finding(Rule.NOT_READY_AGAIN, crowd.tenant, f"{len(late)} devices lag: {', '.join(late[:5])}")
                )
            await crowd.see(crowd.unseen, READY_S)
            crowd.unseen = {}
            this.findings += await self._look_at_files(crowd)
            for device in crowd.devices:
                device.end()

    def _store(self, crowd: Crowd, check: bool = False) -> stored.Stored:
        file = self.stand.data / "tenants" / crowd.tenant / "tenant.sqlite"
        return stored.read(file, 0 if check else self._bases.get(crowd.tenant, 0), check)

    def _judge(self, this: Round) -> None:
        stores = {crowd.tenant: self._store(crowd) for crowd in self.stand.everyone}
        verdict = checker.check(read(this.history), stores)
        this.findings += verdict.findings
        this.acknowledged, this.deliveries = verdict.acknowledged_count, verdict.deliveries
        this.files = verdict.files
        for tenant, messages in verdict.acknowledged.items():
            self.acknowledged.setdefault(tenant, {}).update(messages)
        for tenant, store in stores.items():
            self._bases[tenant] = store.newest

    async def _look_at_files(self, crowd: Crowd) -> list[Finding]:
        """A gateway whose client went may take back what it had just stored: what is wrong has to stay so."""
        for _ in range(3):
            found = uploads.look(self.stand.data / "files", crowd.tenant, self._store(crowd))
            if not found:
                break
            await asyncio.sleep(0.5)
        return found

    async def last_look(self) -> list[Finding]:
        """Every file of every message that was ever acknowledged, once more."""
        return [
            Finding(Rule.FILE_MISSING, crowd.tenant, f"{file} at the end")
            for crowd in self.stand.crowds
            for file in await crowd.see(crowd.files, READY_S)
        ]

    def last_judgement(self) -> list[Finding]:
        """The whole store at the end: SQLite's own check, no hole, nothing twice, all that was ever acknowledged."""
        findings: list[Finding] = []
        for crowd in self.stand.crowds:
            store = self._store(crowd, check=True)
            findings += checker.check([], {crowd.tenant: store}).findings
            offsets = {message.id: message.offset for message in store.messages}
            for identifier, offset in self.acknowledged.get(crowd.tenant, {}).items():
                if offsets.get(identifier) != offset:
                    findings.append(Finding(Rule.ACKNOWLEDGED_MISSING, crowd.tenant, f"message {identifier}"))
        return findings


def plan(kinds: list[str], count: int, dice: random.Random) -> list[str]:
    """Every kind in turn, in an order of its own each time."""
    order: list[str] = []
    while len(order) < count:
        order += dice.sample(kinds, len(kinds))
    return order[:count]
