"""Whom each event of the log concerns, by docs/protocol.md §3 and §4."""

from bisect import bisect_left, bisect_right
from collections import defaultdict

from .stored import MESSAGE, Blocks, Entry, Stored


class Expected:
    """The offsets that each user's connections must get."""

    def __init__(self, stored: Stored):
        self.stored = stored
        self.blocks = Blocks(stored.block_changes)
        self.by_offset: dict[int, Entry] = {entry.offset: entry for entry in stored.entries}
        self._all = [entry.offset for entry in stored.entries]
        self._of_user: dict[str, list[int]] = defaultdict(list)
        self._for_everyone: list[int] = []
        people: dict[str, list[tuple[str, int, int | None]]] = defaultdict(list)
        for (user, conversation), ranges in stored.memberships.items():
            for first, last in ranges:
                people[conversation].append((user, first, last))
        for entry in stored.entries:
            if entry.conversation is not None:
                for user, first, last in people[entry.conversation]:
                    if first <= entry.offset and (last is None or entry.offset <= last):
                        self._of_user[user].append(entry.offset)
            elif entry.user is not None:
                self._of_user[entry.user].append(entry.offset)
            else:
                self._for_everyone.append(entry.offset)
        if self._for_everyone:
            for user, offsets in self._of_user.items():
                self._of_user[user] = sorted(set(offsets) | set(self._for_everyone))

    def offsets(self, user: str, service: bool, after: int, up_to: int) -> list[int]:
        """Both ends as a connection knows them: it had `after`, it has everything up to `up_to`."""
        concerned = self._all if service else self._of_user.get(user, self._for_everyone)
        return concerned[bisect_right(concerned, after) : bisect_right(concerned, up_to)]

    def concerns(self, user: str, service: bool, offset: int) -> bool:
        concerned = self._all if service else self._of_user.get(user, self._for_everyone)
        place = bisect_left(concerned, offset)
        return place < len(concerned) and concerned[place] == offset

    def may_be_hidden(self, entry: Entry, reader: str) -> bool:
        """Messages of a direct conversation are never hidden: a block lets no new one through there."""
        return (
            entry.kind == MESSAGE and entry.author != reader and entry.conversation not in self.stored.directs
        )
