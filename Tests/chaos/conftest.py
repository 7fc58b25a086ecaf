"""A small tenant with its history, right to begin with, for tests to put wrong."""

import pytest

from chaos.checker import check
from chaos.findings import Rule
from chaos.stored import BLOCK_ADDED, BLOCK_REMOVED, Entry, Message, Stored

GROUP, DIRECT = "group", "direct"


class World:
    """Builds a store and, beside it, what clients did and saw. Time goes on by a second with each record."""

    def __init__(self, tenant: str = "acme"):
        self.tenant = tenant
        self.stored = Stored(directs={DIRECT})
        self.records: list[dict] = []
        self.clock = 0.0
        self.seqs = {GROUP: 0, DIRECT: 0}
        self.join(GROUP, "ana", "ben", "cy")
        self.join(DIRECT, "ana", "ben")

    # The store.

    @property
    def next(self) -> int:
        return self.stored.newest + 1

    def log(self, kind: int, conversation: str | None = None, **more) -> Entry:
        entry = Entry(self.next, kind, conversation, **more)
        self.stored.entries.append(entry)
        return entry

    def join(self, conversation: str, *users: str) -> Entry:
        kind = 3 if not any(key[1] == conversation for key in self.stored.memberships) else 5
        for user in users:
            self.stored.memberships.setdefault((user, conversation), []).append((self.next, None))
        return self.log(kind, conversation, author=users[0])

    def leave(self, conversation: str, user: str) -> Entry:
        ranges = self.stored.memberships[(user, conversation)]
        ranges[-1] = (ranges[-1][0], self.next)
        return self.log(6, conversation, author=user)

    def block(self, blocker: str, blocked: str, added: bool = True) -> Entry:
        entry = self.log(BLOCK_ADDED if added else BLOCK_REMOVED, None, user=blocker, author=blocker, other=blocked)
        self.stored.block_changes.append(entry)
        return entry

    def message(self, sender: str, conversation: str = GROUP, text: str | None = None) -> Entry:
        self.seqs[conversation] += 1
        seq, identifier = self.seqs[conversation], f"m{self.next}"
        entry = self.log(1, conversation, author=sender, message=identifier, seq=seq)
        text = f"{self.tenant} {identifier}" if text is None else text
        self.stored.messages.append(Message(identifier, conversation, seq, entry.offset, sender, text))
        return entry

    # The history.

    def record(self, what: str, user: str, device: str = "1", **fields) -> dict:
        self.clock += 1
        record = {"what": what, "at": self.clock, "tenant": self.tenant, "client": f"{user}/{device}", "user": user}
        record |= fields
        self.records.append(record)
        return record

    def send(self, user: str, op: str, key: str, **fields) -> dict:
        return self.record("send", user, command=key, op=op, **fields)

    def acknowledge(self, user: str, key: str, **fields) -> dict:
        return self.record("reply", user, command=key, ok=True, **fields)

    def say(self, user: str, conversation: str = GROUP, **fields) -> Entry:
        """A message from the sending to the acknowledgement."""
        identifier = f"m{self.next}"
        self.send(user, "message.send", identifier, id=identifier, conversation=conversation, **fields)
        entry = self.message(user, conversation)
        self.acknowledge(user, identifier, id=identifier, seq=entry.seq, offset=entry.offset)
        return entry

    def upload(self, user: str, file: str) -> dict:
        return self.record("upload", user, file=file, sent=f"hash of {file}", sha256=f"hash of {file}")

    def download(self, file: str, is_last: bool = True) -> dict:
        digest = f"hash of {file}"
        return self.record(
            "download", "backend", file=file, sent=digest, status=200, sha256=digest, is_last=is_last
        )

    def change_block(self, blocker: str, blocked: str, added: bool = True) -> Entry:
        key = f"b{self.next}"
        self.send(blocker, "block.add" if added else "block.remove", key)
        entry = self.block(blocker, blocked, added)
        self.acknowledge(blocker, key, offset=entry.offset)
        return entry

    def connect(self, user: str, since: int | None = None, resumed: bool = True, device: str = "1") -> str:
        connection = f"{user}/{device}#{len(self.records)}"
        epoch = None if since is None else "e1"
        self.record("open", user, device, connection=connection, since=since, epoch=epoch)
        self.record(
            "hello", user, device, connection=connection, resumed=resumed and since is not None,
            offset=self.stored.newest, epoch="e1",
        )
        return connection

    def event(self, connection: str, entry: Entry, hidden: bool = False, **changes) -> dict:
        user, device = connection.split("#")[0].split("/")
        fields = {
            "connection": connection, "event": "message.hidden" if hidden else entry.name, "offset": entry.offset,
            "conversation": entry.conversation, "id": entry.message, "seq": entry.seq,
            "sender": None if hidden else entry.author,
        }
        return self.record("event", user, device, **(fields | changes))

    def state(self, connection: str, name: str, reader: str, seq: int, conversation: str = GROUP) -> dict:
        user, device = connection.split("#")[0].split("/")
        return self.record(
            "event", user, device, connection=connection, event=name, conversation=conversation, reader=reader, seq=seq
        )

    def mark(self, connection: str, offset: int) -> dict:
        user, device = connection.split("#")[0].split("/")
        return self.record("mark", user, device, connection=connection, offset=offset)

    def end(self, connection: str) -> dict:
        user, device = connection.split("#")[0].split("/")
        return self.record("end", user, device, connection=connection)

    def drop(self, connection: str) -> dict:
        user, device = connection.split("#")[0].split("/")
        return self.record("close", user, device, connection=connection, code=1006)

    # The verdict.

    def rules(self) -> set[Rule]:
        return {finding.rule for finding in check(self.records, {self.tenant: self.stored}).findings}


@pytest.fixture
def world() -> World:
    return World()
