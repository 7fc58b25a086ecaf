"""What the checker may find, and which promise each breaks."""

from dataclasses import dataclass
from enum import Enum


class Promise(Enum):
    """The columns of the table."""

    LOST = "lost"
    DOUBLED = "doubled"
    REORDERED = "reordered"
    LEAKED = "leaked"
    OTHER = "other"


class Rule(Enum):
    ACKNOWLEDGED_MISSING = ("acknowledged but missing", Promise.LOST)
    ACKNOWLEDGED_DIFFERS = ("acknowledged as something else than what is stored", Promise.LOST)
    NOT_DELIVERED = ("not delivered", Promise.LOST)
    NOT_RESUMED = ("a position within the log was not resumed", Promise.LOST)
    OFFSET_HOLE = ("a hole in the offsets", Promise.LOST)
    SEQ_HOLE = ("a hole in the seqs", Promise.LOST)
    RELOAD_INCOMPLETE = ("a reload that lacks something", Promise.LOST)
    FILE_MISSING = ("a file that is not there", Promise.LOST)
    STORED_TWICE = ("stored twice", Promise.DOUBLED)
    DELIVERED_TWICE = ("delivered twice", Promise.DOUBLED)
    OUT_OF_ORDER = ("out of order", Promise.REORDERED)
    READ_MOVED_BACK = ("a read mark that moved back", Promise.REORDERED)
    TO_A_NON_MEMBER = ("delivered to a non-member", Promise.LEAKED)
    ACROSS_A_BLOCK = ("delivered across a block", Promise.LEAKED)
    ACROSS_TENANTS = ("delivered to another tenant", Promise.LEAKED)
    STORED_THOUGH_REFUSED = ("stored though refused", Promise.OTHER)
    EVENT_DIFFERS = ("an event that differs from the log", Promise.OTHER)
    HIDDEN_WITHOUT_BLOCK = ("hidden without a block", Promise.OTHER)
    FILE_DIFFERS = ("a file that is not what was sent", Promise.OTHER)
    HALF_A_FILE = ("half a file in the store", Promise.OTHER)
    BROKEN_FILE = ("a file that fails its check", Promise.OTHER)
    NOT_READY_AGAIN = ("not well again in time", Promise.OTHER)
    DIED = ("a process that died by itself", Promise.OTHER)
    UNANSWERED = ("a command without an answer", Promise.OTHER)
    ANSWERED_TWICE = ("an answer that nobody waits for", Promise.OTHER)

    def __init__(self, text: str, promise: Promise):
        self.text = text
        self.promise = promise


@dataclass(frozen=True)
class Finding:
    rule: Rule
    tenant: str
    detail: str

    def __str__(self) -> str:
        return f"{self.tenant}: {self.rule.text}: {self.detail}"
