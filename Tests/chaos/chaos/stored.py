"""What one tenant's file holds, read by sqlite3 and not by Parley: the truth that histories are judged by."""

import sqlite3
import uuid
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

MESSAGE, BLOCK_ADDED, BLOCK_REMOVED = 1, 8, 9
# The numbers of log.kind are for good (docs/protocol.md §4 has the names).
NAMES = {
    1: "message.created",
    2: "message.deleted",
    3: "conversation.created",
    4: "conversation.updated",
    5: "member.added",
    6: "member.removed",
    7: "member.role",
    8: "block.added",
    9: "block.removed",
    10: "tenant.updated",
}
DIRECT = 0


@dataclass(frozen=True)
class Entry:
    """One durable event of the log. `user`: the only one it is for; neither it nor a conversation: for all."""

    offset: int
    kind: int
    conversation: str | None = None
    user: str | None = None
    author: str | None = None
    message: str | None = None
    seq: int | None = None
    # Of a block.added or block.removed: who is blocked.
    other: str | None = None

    @property
    def name(self) -> str:
        return NAMES[self.kind]


@dataclass(frozen=True)
class Message:
    id: str
    conversation: str
    seq: int
    offset: int
    sender: str
    text: str = ""


@dataclass
class Stored:
    """Entries and messages after offset `base`; memberships, blocks and cursors whole. `floor`: entries up to there
    have been pruned, as the tenant's settings want it."""

    base: int = 0
    floor: int = 0
    entries: list[Entry] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    # (user, conversation) → closed ranges of offsets; None: it lasts.
    memberships: dict[tuple[str, str], list[tuple[int, int | None]]] = field(default_factory=dict)
    directs: set[str] = field(default_factory=set)
    block_changes: list[Entry] = field(default_factory=list)
    # (user, conversation) → seq.
    read_marks: dict[tuple[str, str], int] = field(default_factory=dict)
    # conversation → seq of the last message up to `base`.
    seqs_before: dict[str, int] = field(default_factory=dict)
    # SHA-256 of what finished uploads refer to.
    contents: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    @property
    def judged_from(self) -> int:
        """What the log still says of events after this offset is all there is to say."""
        return max(self.base, self.floor)

    @property
    def newest(self) -> int:
        return self.entries[-1].offset if self.entries else self.judged_from

    def is_member(self, user: str, conversation: str, offset: int) -> bool:
        ranges = self.memberships.get((user, conversation), ())
        return any(first <= offset and (last is None or offset <= last) for first, last in ranges)

    def is_member_after(self, user: str, conversation: str, offset: int) -> bool:
        """Whether somebody who has everything up to `offset` is a member then: who has been removed there is none."""
        ranges = self.memberships.get((user, conversation), ())
        return any(first <= offset and (last is None or offset < last) for first, last in ranges)


class Blocks:
    """Who blocks whom, at which offset."""

    def __init__(self, changes: list[Entry]):
        self._changes: dict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
        for change in changes:
            self._changes[(change.author or "", change.other or "")].append(
                (change.offset, change.kind == BLOCK_ADDED)
            )

    def at(self, blocker: str, blocked: str, offset: int) -> bool:
        changes = self._changes.get((blocker, blocked))
        if not changes:
            return False
        place = bisect_right(changes, (offset, True))
        return place > 0 and changes[place - 1][1]

    def after(self, blocker: str, blocked: str, offset: int) -> list[tuple[int, bool]]:
        """The changes past `offset`: their offsets, and whether the block holds from there on."""
        changes = self._changes.get((blocker, blocked), [])
        return changes[bisect_right(changes, (offset, True)) :]


def read(path: Path, base: int = 0, check: bool = False) -> Stored:
    """Opens the file read-only beside whoever has it open; `check`: SQLite's own check of the whole file too."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    try:
        database.execute("BEGIN")
        return _read(database, base, check)
    finally:
        database.close()


def _read(database: sqlite3.Connection, base: int, check: bool) -> Stored:
    (oldest,) = database.execute("SELECT COALESCE(MIN(offset), 1) FROM log").fetchone()
    stored = Stored(base=base, floor=oldest - 1)
    blocked = "CASE WHEN kind IN (8, 9) THEN json_extract(CAST(json AS TEXT), '$.user') END"
    columns = f"offset, kind, conversation, user, author, message, seq, {blocked}"
    for row in database.execute(f"SELECT {columns} FROM log WHERE offset > ? ORDER BY offset", (base,)):
        stored.entries.append(_entry(row))
    for row in database.execute(f"SELECT {columns} FROM log WHERE kind IN (8, 9) ORDER BY offset"):
        stored.block_changes.append(_entry(row))
    stored.block_changes = _before_pruning(
        stored.block_changes, list(database.execute("SELECT blocker, blocked, active, offset FROM block"))
    )
    messages = "SELECT id, conversation, seq, offset, sender, text FROM message WHERE offset > ? ORDER BY offset"
    for identifier, conversation, seq, offset, sender, text in database.execute(messages, (base,)):
        stored.messages.append(Message(_uuid(identifier), _uuid(conversation), seq, offset, sender, text))
    for user, conversation, first, last in database.execute(
        "SELECT user, conversation, from_offset, until_offset FROM membership ORDER BY from_offset"
    ):
        stored.memberships.setdefault((user, _uuid(conversation)), []).append((first, last))
    for (conversation,) in database.execute("SELECT id FROM conversation WHERE kind = ?", (DIRECT,)):
        stored.directs.add(_uuid(conversation))
    for user, conversation, seq in database.execute("SELECT user, conversation, read_seq FROM member"):
        stored.read_marks[(user, _uuid(conversation))] = seq
    if base:
        before = "SELECT conversation, MAX(seq) FROM message WHERE offset <= ? GROUP BY conversation"
        for conversation, seq in database.execute(before, (base,)):
            stored.seqs_before[_uuid(conversation)] = seq
    for (content,) in database.execute("SELECT DISTINCT sha256 FROM upload WHERE state = 2"):
        stored.contents.add(content)
    stored.faults = _books(database)
    if check:
        rows = [row for (row,) in database.execute("PRAGMA integrity_check")]
        stored.faults += [row for row in rows if row != "ok"]
    return stored


def _books(database: sqlite3.Connection) -> list[str]:
    """What does not add up about uploads."""
    faults = []
    said = database.execute("SELECT stored, reserved FROM storage_use").fetchone()
    (contents,) = database.execute("SELECT COALESCE(SUM(bytes), 0) FROM content").fetchone()
    (reserved,) = database.execute("SELECT COALESCE(SUM(reserved), 0) FROM upload").fetchone()
    if said != (contents, reserved):
        faults.append(f"the books say {said} of storage, its rows {(contents, reserved)}")
    (early,) = database.execute("SELECT COUNT(*) FROM upload WHERE message IS NOT NULL AND state <> 2").fetchone()
    if early:
        faults.append(f"messages refer to {early} uploads that are not finished")
    lacking = "SELECT COUNT(*) FROM upload WHERE state = 2 AND sha256 NOT IN (SELECT sha256 FROM content WHERE state = 0)"
    (count,) = database.execute(lacking).fetchone()
    if count:
        faults.append(f"{count} uploads refer to contents that are not kept")
    return faults


def _before_pruning(logged: list[Entry], latest: list[tuple[str, str, int, int]]) -> list[Entry]:
    """The changes of blocks with what a pruned log no longer tells of them: the last state of each is in a table, and a
    first change that lifts a block says that there was one."""
    firsts: dict[tuple[str | None, str | None], Entry] = {}
    for change in logged:
        firsts.setdefault((change.author, change.other), change)
    earlier = [
        Entry(0, BLOCK_ADDED, user=change.user, author=change.author, other=change.other)
        for change in firsts.values()
        if change.kind == BLOCK_REMOVED
    ]
    for blocker, blocked, active, offset in latest:
        if (blocker, blocked) not in firsts:
            kind = BLOCK_ADDED if active else BLOCK_REMOVED
            earlier.append(Entry(offset, kind, user=blocker, author=blocker, other=blocked))
    return sorted([*earlier, *logged], key=lambda change: change.offset)


def _entry(row) -> Entry:
    offset, kind, conversation, user, author, message, seq, other = row
    return Entry(
        offset,
        kind,
        _uuid(conversation) if conversation else None,
        user,
        author,
        _uuid(message) if message else None,
        seq,
        other,
    )


def _uuid(raw: bytes) -> str:
    return str(uuid.UUID(bytes=raw))
