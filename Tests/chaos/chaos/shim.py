"""Compiles the shim, and steers it through its page of shared memory."""

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")
SYNCS_TO_FAIL, SYNCS_FAILED, CLOCK_OFFSET, DIES_AT, SYNCS_WAIT = 0, 8, 16, 24, 32
SIZE = 4_096


class Shim:
    """One page, for one process of Parley or more."""

    def __init__(self, library: Path, page: Path):
        self.library, self.page = library, page
        page.write_bytes(bytes(SIZE))
        with page.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), SIZE)

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "CHAOS_CONTROL": str(self.page)}

    def fail_syncs(self, count: int) -> None:
        """Below 0: all, until the next call."""
        struct.pack_into("q", self._map, SYNCS_TO_FAIL, count)

    @property
    def syncs_failed(self) -> int:
        return struct.unpack_from("q", self._map, SYNCS_FAILED)[0]

    def die_at(self, sync: int) -> None:
        """Whoever makes the so many-th sync from now on dies: before it, or below 0 right after it."""
        struct.pack_into("q", self._map, DIES_AT, sync)

    def hold_syncs(self, held: bool) -> None:
        """True: every sync waits until the next call, without an error."""
        struct.pack_into("q", self._map, SYNCS_WAIT, int(held))

    def set_clock(self, offset_s: float) -> None:
        struct.pack_into("q", self._map, CLOCK_OFFSET, int(offset_s * 1e9))


def compile_into(folder: Path) -> Path | None:
    """None where there is no C compiler."""
    compiler = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
    if compiler is None:
        return None
    library = folder / "shim.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", library, SOURCE, "-ldl"], check=True
    )
    return library
