"""Judges what was acknowledged and refused against what is stored."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from .findings import Finding, Rule
from .stored import Stored

# After these nobody knows whether it happened: the client asks again. All others are final.
UNDECIDED = {"unavailable", "overloaded", "internal", "rate_limited"}
# Rights are looked at before repeats are recognised: who was removed meanwhile is told so, whatever is stored.
OF_RIGHTS = {"not_found", "forbidden"}
LOGGED = {
    "message.send": {1},
    "conversation.create": {3},
    "member.add": {5},
    "member.remove": {6},
    "conversation.leave": {6},
    "block.add": {8},
    "block.remove": {9},
}


@dataclass
class Command:
    key: str
    client: str
    user: str
    op: str
    fields: dict
    sent: float
    acknowledged: float | None = None
    reply: dict | None = None
    refusals: list[str] = field(default_factory=list)
    # Whether it has left more than once without a final answer.
    is_repeated: bool = False
    # It was refused for files that are not there.
    lacks_files: bool = False


class Commands:
    """One tenant's."""

    def __init__(self, tenant: str):
        self.tenant = tenant
        self._commands: dict[str, Command] = {}
        self._findings: list[Finding] = []

    def take(self, record: dict) -> None:
        if record["what"] == "send":
            key = record["command"]
            if key not in self._commands:
                self._commands[key] = Command(
                    key, record["client"], record["user"], record["op"], record, record["at"]
                )
        elif record["what"] == "again":
            # One of the last history's, carried over, has no beginning here.
            if record["command"] in self._commands:
                self._commands[record["command"]].is_repeated = True
        elif record["what"] == "reply":
            command = self._commands[record["command"]]
            command.lacks_files = not record["ok"] and record.get("field") == "attachments"
            if record["ok"]:
                command.acknowledged, command.reply = record["at"], record
            elif record["code"] not in UNDECIDED and not (record["code"] in OF_RIGHTS and command.is_repeated):
                command.refusals.append(record["code"])

    @property
    def acknowledged(self) -> int:
        """Messages, counted once each."""
        return sum(command.op == "message.send" and command.reply is not None for command in self._commands.values())

    @property
    def acknowledged_messages(self) -> dict[str, int]:
        """Id → offset."""
        return {
            command.fields["id"]: command.reply["offset"]
            for command in self._commands.values()
            if command.op == "message.send" and command.reply is not None
        }

    @property
    def acknowledged_files(self) -> dict[str, list[str]]:
        """Message → its files."""
        return self._files(lambda command: command.reply is not None)

    @property
    def refused_files(self) -> dict[str, list[str]]:
        """Message that was refused because of them → its files."""
        return self._files(lambda command: command.reply is None and command.lacks_files)

    def _files(self, which: Callable[[Command], bool]) -> dict[str, list[str]]:
        return {
            command.fields["id"]: command.fields["attachments"]
            for command in self._commands.values()
            if command.op == "message.send" and "attachments" in command.fields and which(command)
        }

    @property
    def block_sent(self) -> dict[int, float]:
        """When the command behind each change of a block left first; what nobody acknowledged is missing here."""
        sent: dict[int, float] = {}
        for command in self._commands.values():
            if command.op in ("block.add", "block.remove") and command.reply is not None:
                offset = command.reply.get("offset", 0)
                sent[offset] = min(sent.get(offset, command.sent), command.sent)
        return sent

    def finish(self, stored: Stored) -> list[Finding]:
        self._stored(stored)
        self._acknowledged(stored)
        self._refused(stored)
        self._order(stored)
        self._reads(stored)
        return self._findings

    def _found(self, rule: Rule, detail: str) -> None:
        self._findings.append(Finding(rule, self.tenant, detail))

    def _stored(self, stored: Stored) -> None:
        """The store by itself: no hole, nothing twice."""
        for fault in stored.faults:
            self._found(Rule.BROKEN_FILE, fault)
        offsets = [entry.offset for entry in stored.entries]
        first = stored.judged_from + 1
        wanted = list(range(first, first + len(offsets)))
        if offsets != wanted:
            strange = next((pair for pair in zip(offsets, wanted) if pair[0] != pair[1]), None)
            self._found(Rule.OFFSET_HOLE, f"the log has {strange[0]} where {strange[1]} should be" if strange else "?")
        seqs: dict[str, list[int]] = defaultdict(list)
        ids: dict[str, int] = {}
        texts: dict[str, str] = {}
        for message in stored.messages:
            seqs[message.conversation].append(message.seq)
            if message.id in ids:
                self._found(Rule.STORED_TWICE, f"message {message.id} at {ids[message.id]} and {message.offset}")
            ids[message.id] = message.offset
            # Every text is sent once only, under whatever id.
            if message.text and message.text in texts:
                self._found(Rule.STORED_TWICE, f"«{message.text[:60]}» as {texts[message.text]} and {message.id}")
            texts[message.text] = message.id
        for conversation, found in seqs.items():
            before = stored.seqs_before.get(conversation, 0)
            if sorted(found) != list(range(before + 1, before + 1 + len(found))):
                self._found(Rule.SEQ_HOLE, f"{conversation} after {before} has {sorted(found)[:20]}…")
            if found != sorted(found):
                self._found(Rule.OUT_OF_ORDER, f"{conversation}: seqs do not grow with the offsets")
        logged: dict[str, int] = {}
        for entry in stored.entries:
            if entry.kind == 1 and entry.message is not None:
                if entry.message in logged:
                    self._found(
                        Rule.STORED_TWICE, f"message {entry.message} logged at {logged[entry.message]}, {entry.offset}"
                    )
                logged[entry.message] = entry.offset

    def _acknowledged(self, stored: Stored) -> None:
        messages = {message.id: message for message in stored.messages}
        kinds = {entry.offset: entry.kind for entry in stored.entries}
        for command in self._commands.values():
            reply = command.reply
            if reply is None:
                continue
            offset = reply.get("offset")
            if command.op == "message.send":
                self._acknowledged_message(command, messages.get(command.fields["id"]), kinds, stored.judged_from)
            elif offset is not None and offset > stored.judged_from and command.op in LOGGED:
                if offset not in kinds:
                    self._found(Rule.ACKNOWLEDGED_MISSING, f"{command.op} of {command.client} at {offset}")
                elif kinds[offset] not in LOGGED[command.op]:
                    self._found(
                        Rule.ACKNOWLEDGED_DIFFERS, f"{command.op} of {command.client} at {offset}: {kinds[offset]}"
                    )

    def _acknowledged_message(self, command: Command, message, kinds: dict[int, int], judged_from: int) -> None:
        reply = command.reply or {}
        place = f"seq {reply.get('seq')}, offset {reply.get('offset')}"
        what = f"message {command.fields['id']} of {command.client}, {place}"
        if message is None or message.offset > judged_from and message.offset not in kinds:
            self._found(Rule.ACKNOWLEDGED_MISSING, what)
        elif (message.seq, message.offset, message.conversation, message.sender) != (
            reply.get("seq"), reply.get("offset"), command.fields["conversation"], command.user,
        ):
            self._found(Rule.ACKNOWLEDGED_DIFFERS, f"{what}: stored {message}")

    def _refused(self, stored: Stored) -> None:
        ids = {message.id for message in stored.messages}
        for command in self._commands.values():
            if command.op == "message.send" and command.refusals and command.fields["id"] in ids:
                if command.reply is None:
                    self._found(Rule.STORED_THOUGH_REFUSED, f"message {command.fields['id']}: {command.refusals}")

    def _order(self, stored: Stored) -> None:
        """What was acknowledged before another command left stands before it."""
        offsets = {message.id: message.offset for message in stored.messages}
        moments: list[tuple[float, int, int, str]] = []
        for command in self._commands.values():
            if command.op != "message.send" or command.fields["id"] not in offsets:
                continue
            offset = offsets[command.fields["id"]]
            moments.append((command.sent, 1, offset, command.fields["id"]))
            if command.acknowledged is not None:
                moments.append((command.acknowledged, 0, offset, command.fields["id"]))
        newest = (0, "")
        for _, is_sending, offset, identifier in sorted(moments):
            if not is_sending:
                newest = max(newest, (offset, identifier))
            elif offset < newest[0]:
                self._found(
                    Rule.OUT_OF_ORDER,
                    f"message {identifier} left after {newest[1]} was acknowledged at {newest[0]}, and is at {offset}",
                )

    def _reads(self, stored: Stored) -> None:
        """A read mark never stands before one that was acknowledged when the command left."""
        moments: dict[tuple[str, str], list[tuple[float, int, int]]] = defaultdict(list)
        for command in self._commands.values():
            if command.op != "read" or command.reply is None or command.acknowledged is None:
                continue
            seq = command.reply.get("seq")
            if seq is None:
                continue
            times = moments[(command.user, command.fields["conversation"])]
            times += [(command.sent, 1, seq), (command.acknowledged, 0, seq)]
        for (user, conversation), times in moments.items():
            highest = 0
            for _, is_sending, seq in sorted(times):
                if not is_sending:
                    highest = max(highest, seq)
                elif seq < highest:
                    self._found(Rule.READ_MOVED_BACK, f"{user} in {conversation}: {seq} after {highest}")
            final = stored.read_marks.get((user, conversation))
            # Who is no member any longer has no mark, and who joined anew may begin later, never earlier.
            if final is not None and final < highest:
                self._found(Rule.READ_MOVED_BACK, f"{user} in {conversation}: stored {final}, acknowledged {highest}")
