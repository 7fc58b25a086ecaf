"""Judges what each connection got against what it had to get."""

from dataclasses import dataclass, field

from .expected import Expected
from .findings import Finding, Rule
from .stored import MESSAGE, Entry

HIDDEN = "message.hidden"
SHOWN_AT_MOST = 5


@dataclass
class Connection:
    """Follows one connection record by record."""

    name: str
    user: str
    is_service: bool
    since: int | None = None
    epoch: str | None = None
    # Everything up to here came, or was there before.
    position: int = 0
    start: int = 0
    is_let_in: bool = False
    has_end: bool = False
    seen: set[int] = field(default_factory=set)


class Deliveries:
    """One tenant's. Blocks may change between the moment of a message and that of its delivery, which then follows
    either; `block_sent` says since when a change could have happened: offset of the change → when its command left.
    """

    def __init__(self, tenant: str, expected: Expected, block_sent: dict[int, float]):
        self.tenant = tenant
        self.expected = expected
        self.block_sent = block_sent
        self.findings: list[Finding] = []
        self._connections: dict[str, Connection] = {}
        self._epoch: str | None = None
        # (client, conversation, reader) → seq.
        self._marks: dict[tuple[str, str, str], int] = {}

    def take(self, record: dict) -> None:
        match record["what"]:
            case "open":
                name = record["connection"]
                self._connections[name] = Connection(
                    name, record["user"], record.get("service", False), record.get("since"), record.get("epoch")
                )
            case "carry":
                name, position = record["connection"], record["position"]
                self._connections[name] = Connection(
                    name, record["user"], record.get("service", False), position=position, start=position,
                    is_let_in=True,
                )
            case "hello":
                self._hello(self._connections[record["connection"]], record)
            case "mark":
                connection = self._connections[record["connection"]]
                connection.position = max(connection.position, record["offset"])
            case "event":
                self._event(self._connections[record["connection"]], record)
            case "end":
                connection = self._connections[record["connection"]]
                connection.position = max(connection.position, self.expected.stored.newest)
                connection.has_end = True
            case "reload":
                self._reload(record)
            case "silent":
                self._found(Rule.UNANSWERED, f"{record['op']} {record['command']} on {record['connection']}")
            case "stray":
                self._found(Rule.ANSWERED_TWICE, f"{record['ref']} on {record['connection']}")

    def finish(self) -> list[Finding]:
        self._let_through()
        for connection in self._connections.values():
            if not connection.is_let_in:
                continue
            wanted = self.expected.offsets(
                connection.user, connection.is_service, connection.start, connection.position
            )
            missing = [offset for offset in wanted if offset not in connection.seen]
            if missing:
                first = ", ".join(
                    f"{offset} ({self.expected.by_offset[offset].name})" for offset in missing[:SHOWN_AT_MOST]
                )
                self._found(
                    Rule.NOT_DELIVERED,
                    f"{connection.name} had {connection.start}, has up to {connection.position}, and lacks "
                    f"{len(missing)} of {len(wanted)} offsets: {first}",
                )
        return self.findings

    def _let_through(self) -> None:
        """Messages that a block should have kept out of a direct conversation."""
        stored, blocks = self.expected.stored, self.expected.blocks
        pairs: dict[str, list[str]] = {}
        for user, conversation in stored.memberships:
            if conversation in stored.directs:
                pairs.setdefault(conversation, []).append(user)
        for entry in stored.entries:
            if entry.kind != MESSAGE or entry.conversation not in pairs:
                continue
            for other in pairs[entry.conversation]:
                walls = ((other, entry.author or ""), (entry.author or "", other))
                if any(blocks.at(blocker, blocked, entry.offset) for blocker, blocked in walls):
                    self._found(Rule.ACROSS_A_BLOCK, f"message {entry.message} at {entry.offset} is stored")

    def _found(self, rule: Rule, detail: str) -> None:
        self.findings.append(Finding(rule, self.tenant, detail))

    def _hello(self, connection: Connection, record: dict) -> None:
        connection.is_let_in = True
        self._epoch = record["epoch"]
        if record["resumed"]:
            connection.start = connection.since or 0
        else:
            connection.start = record["offset"]
            # A position of an epoch that still holds, within the log: that is what resuming is for.
            if (
                connection.since is not None
                and connection.epoch == record["epoch"]
                and self.expected.stored.floor <= connection.since <= self.expected.stored.newest
            ):
                self._found(
                    Rule.NOT_RESUMED,
                    f"{connection.name} came with {connection.since} of {record['offset']} and was sent to reload",
                )
        connection.position = connection.start

    # Events.

    def _event(self, connection: Connection, record: dict) -> None:
        offset = record.get("offset")
        if offset is None:
            self._passing_event(connection, record)
            return
        entry = self.expected.by_offset.get(offset)
        where = f"{connection.name} got {record['event']} {offset}"
        if offset in connection.seen:
            self._found(Rule.DELIVERED_TWICE, where)
            return
        if offset <= connection.position:
            rule = Rule.DELIVERED_TWICE if offset <= connection.start else Rule.OUT_OF_ORDER
            self._found(rule, f"{where} when it was at {connection.position}")
        connection.seen.add(offset)
        connection.position = max(connection.position, offset)
        if offset <= self.expected.stored.judged_from:
            # What came before this history began had all been delivered.
            if connection.start < offset <= self.expected.stored.base:
                self._found(Rule.DELIVERED_TWICE, f"{where}, from before this history")
            return
        if entry is None or not _agree(entry, record):
            self._found(self._foreign(record), f"{where}, which the log has as {entry}")
            return
        if not self.expected.concerns(connection.user, connection.is_service, offset):
            self._found(Rule.TO_A_NON_MEMBER, f"{where} of {entry.conversation or entry.user}")
            return
        if entry.kind == MESSAGE and not connection.is_service:
            self._form(connection, record, entry, where)

    def _foreign(self, record: dict) -> Rule:
        """A text begins with its tenant's name, so that a stranger's shows."""
        text = record.get("text")
        if text is not None and text.split(" ", 1)[0] != self.tenant:
            return Rule.ACROSS_TENANTS
        return Rule.EVENT_DIFFERS

    def _form(self, connection: Connection, record: dict, entry: Entry, where: str) -> None:
        """Shown or hidden: by a block that held at some moment from the message's own on to the delivery's."""
        blocks, reader, sender = self.expected.blocks, connection.user, entry.author or ""
        is_hidden = record["event"] == HIDDEN
        possible = {blocks.at(reader, sender, entry.offset)}
        for offset, is_blocking in blocks.after(reader, sender, entry.offset):
            if self.block_sent.get(offset, 0.0) > record["at"]:
                break
            possible.add(is_blocking)
        if not self.expected.may_be_hidden(entry, reader):
            possible = {False}
        if is_hidden not in possible:
            rule = Rule.HIDDEN_WITHOUT_BLOCK if is_hidden else Rule.ACROSS_A_BLOCK
            self._found(rule, f"{where} by {sender}")

    def _passing_event(self, connection: Connection, record: dict) -> None:
        """`read`, `received`, `typing`: they have no offset, and their place is among the durable ones."""
        conversation, reader = record.get("conversation"), record.get("reader")
        if conversation is None or reader is None:
            return
        where = f"{connection.name} got {record['event']} of {reader} in {conversation} at {connection.position}"
        if not connection.is_service:
            if not self.expected.stored.is_member_after(connection.user, conversation, connection.position):
                self._found(Rule.TO_A_NON_MEMBER, where)
            elif reader != connection.user and self._is_walled(connection, reader, record["at"]):
                self._found(Rule.ACROSS_A_BLOCK, where)
        if record["event"] == "read":
            key = (record["client"], conversation, reader)
            former = self._marks.get(key, 0)
            if record["seq"] < former:
                self._found(Rule.READ_MOVED_BACK, f"{where}: {record['seq']} after {former}")
            self._marks[key] = max(former, record["seq"])

    def _is_walled(self, connection: Connection, other: str, at: float) -> bool:
        """Whether either blocks the other, since before the connection's position and for good, as far as anybody
        could know at that moment."""
        for blocker, blocked in ((connection.user, other), (other, connection.user)):
            blocks = self.expected.blocks
            if not blocks.at(blocker, blocked, connection.position):
                continue
            later = blocks.after(blocker, blocked, connection.position)
            if all(holds or self.block_sent.get(offset, 0.0) > at for offset, holds in later):
                return True
        return False

    def _reload(self, record: dict) -> None:
        """A page of the newest messages: each as it is stored, none missing up to the newest that was known."""
        known = {
            message.seq: message.id
            for message in self.expected.stored.messages
            if message.conversation == record["conversation"]
        }
        where = f"{record['connection']} reloaded {record['conversation']}"
        seqs = [seq for seq, _ in record["messages"]]
        if seqs and seqs != list(range(seqs[0], seqs[0] + len(seqs))):
            self._found(Rule.RELOAD_INCOMPLETE, f"{where} and got the seqs {seqs}")
        if (seqs[-1] if seqs else 0) < record["newest"]:
            self._found(Rule.RELOAD_INCOMPLETE, f"{where} up to {seqs[-1:]}, but there were {record['newest']}")
        for seq, identifier in record["messages"]:
            if seq in known and known[seq] != identifier:
                self._found(Rule.EVENT_DIFFERS, f"{where}: seq {seq} is {identifier}, stored {known[seq]}")


def _agree(entry: Entry, record: dict) -> bool:
    """Whether an event is what the log has at its offset."""
    name = record["event"]
    if name != entry.name and not (name == HIDDEN and entry.kind == MESSAGE):
        return False
    if record.get("conversation") != entry.conversation:
        return False
    if entry.kind != MESSAGE:
        return True
    if record.get("id") != entry.message or record.get("seq") != entry.seq:
        return False
    return name == HIDDEN or record.get("sender") == entry.author
