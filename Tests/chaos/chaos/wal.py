"""SQLite's write-ahead log as its file format has it: https://www.sqlite.org/fileformat2.html#walformat."""

import random
import struct
from pathlib import Path

HEADER, FRAME_HEADER = 32, 24


def tear(path: Path, dice: random.Random) -> bool:
    """Puts, behind the last frame that counts, one that looks like a commit but is half written and fails its sum.
    False where the file holds no log."""
    data = path.read_bytes()
    if len(data) < HEADER:
        return False
    page_size, salts, end = _end(data)
    frame = struct.pack(">II", dice.randint(1, 4), dice.randint(4, 40)) + salts + dice.randbytes(8)
    with path.open("r+b") as file:
        file.seek(end)
        file.write(frame + dice.randbytes(page_size // 2))
    return True


def rot(path: Path) -> None:
    """Turns bits of the last page that counts: its commit is lost with it."""
    data = bytearray(path.read_bytes())
    if len(data) < HEADER:
        return
    _, _, end = _end(data)
    data[end - 100] ^= 0xFF
    path.write_bytes(data)


def _end(data: bytes) -> tuple[int, bytes, int]:
    """The size of a page, the salts of the frames that count, and where the last of them ends."""
    page_size, _, salts = *struct.unpack(">II", data[8:16]), bytes(data[16:24])
    end = HEADER
    while data[end + 8 : end + 16] == salts and end + FRAME_HEADER + page_size <= len(data):
        end += FRAME_HEADER + page_size
    return page_size, salts, end
