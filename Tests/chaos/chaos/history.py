"""What every client did and saw: one JSON object a line, in the order of one monotonic clock.

Every record has `what`, `at` (seconds of CLOCK_MONOTONIC), `tenant`, `client` (one device for good, over all of its
connections) and `user`. By `what`:

    open     a connection is being made: connection, since?, epoch?, service?
    hello    it was let in: connection, resumed, offset, epoch
    carry    it was open when this history began: connection, position, service?
    mark     connection, offset
    event    connection, event, and of its fields those that it has: offset, conversation, seq, id, sender, reader, text
    reload   what a list showed: connection, conversation, messages [[seq, id]…], newest (of the conversation), asked
    close    connection, code
    end      the connection was still open at the end, when all had come to rest: connection
    send     a command leaves for the first time: command (a key for good), op, and its fields
    again    the same command leaves once more: command
    reply    command, ok, and of the reply: code, offset, seq, id
    unknown  nobody waits for the answer any longer: command
    silent   a command had no answer for long, on a connection that lived: connection, op, command
    upload   a file was taken: file, sent (SHA-256 of what was sent), sha256 (as the answer says)
    download a file was asked for: file, sent, status, sha256 (of what came, where all did), is_last (when all had come
             to rest, on behalf of the backend)
    stray    an answer came that nobody waits for: connection, ref
"""

import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path


class History:
    """Writes one. Buffered, so that writing costs the load little; `close` before it is read. What happens after that
    belongs to none: the next one begins with what is carried over."""

    def __init__(self, path: Path):
        self.path = path
        self._file = path.open("w", buffering=1 << 20)
        self._encode = json.JSONEncoder(separators=(",", ":")).encode

    def add(self, what: str, tenant: str, client: str, user: str, **fields) -> None:
        if self._file.closed:
            return
        record = {"what": what, "at": round(time.monotonic(), 6), "tenant": tenant, "client": client, "user": user}
        record.update(fields)
        self._file.write(self._encode(record) + "\n")

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def read(path: Path) -> Iterator[dict]:
    with path.open() as file:
        yield from parse(file)


def parse(lines: Iterable[str]) -> Iterator[dict]:
    for line in lines:
        yield json.loads(line)
