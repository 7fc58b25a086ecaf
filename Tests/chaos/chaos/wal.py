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
    page_size, _, salts = *struct.unpack(">II", data[8:16]), data[16:24]
    end = HEADER
    while data[end + 8 : end + 16] == salts and end + FRAME_HEADER + page_size <= len(data):
        end += FRAME_HEADER + page_size
    frame = struct.pack(">II", dice.randint(1, 4), dice.randint(4, 40)) + salts + dice.randbytes(8)
    with path.open("r+b") as file:
        file.seek(end)
        file.write(frame + dice.randbytes(page_size // 2))
    return True
