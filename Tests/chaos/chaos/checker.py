"""The judge: histories in, findings out. Pure; whoever calls it has read the store."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .commands import Commands
from .deliveries import Deliveries
from .expected import Expected
from .findings import Finding
from .stored import Stored
from .uploads import Uploads

OF_COMMANDS = ("send", "again", "reply", "unknown")
OF_FILES = ("upload", "download")


@dataclass
class Verdict:
    findings: list[Finding] = field(default_factory=list)
    # Tenant → message id → offset.
    acknowledged: dict[str, dict[str, int]] = field(default_factory=dict)
    deliveries: int = 0
    # Of acknowledged messages.
    files: int = 0

    @property
    def acknowledged_count(self) -> int:
        return sum(len(messages) for messages in self.acknowledged.values())


def check(records: Iterable[dict], stores: dict[str, Stored]) -> Verdict:
    """`records` in any order of tenants, each tenant's in the order in which they happened."""
    commands = {tenant: Commands(tenant) for tenant in stores}
    uploads = {tenant: Uploads(tenant) for tenant in stores}
    seen: dict[str, list[dict]] = {tenant: [] for tenant in stores}
    verdict = Verdict()
    for record in records:
        tenant = record["tenant"]
        if record["what"] in OF_COMMANDS:
            commands[tenant].take(record)
        elif record["what"] in OF_FILES:
            uploads[tenant].take(record)
        else:
            seen[tenant].append(record)
            verdict.deliveries += record["what"] == "event"
    for tenant, stored in stores.items():
        deliveries = Deliveries(tenant, Expected(stored), commands[tenant].block_sent)
        for record in seen[tenant]:
            deliveries.take(record)
        verdict.findings += commands[tenant].finish(stored) + deliveries.finish()
        verdict.files += sum(len(files) for files in commands[tenant].acknowledged_files.values())
        verdict.findings += uploads[tenant].finish(commands[tenant])
        verdict.acknowledged[tenant] = commands[tenant].acknowledged_messages
    return verdict
