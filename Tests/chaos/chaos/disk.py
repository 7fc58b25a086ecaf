"""A disk of its own that can be filled at once: a tmpfs, whose size is taken down to what it holds."""

import os
import sqlite3
import subprocess
from pathlib import Path

SIZE = "4g"
# Less than the pages of one commit.
LEFT_BYTES = 16_384


class Disk:
    def __init__(self, path: Path):
        self.path = path
        self.is_mounted = False

    def mount(self) -> str | None:
        """What stands in the way, or None."""
        if os.geteuid() != 0:
            return "only root may mount a tmpfs"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "parley-chaos", self.path],
            capture_output=True, text=True, check=False,
        )
        self.is_mounted = done.returncode == 0
        return None if self.is_mounted else done.stderr.strip()

    def unmount(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "--lazy", self.path], check=False)
            self.is_mounted = False

    def fill(self) -> None:
        # A log that is long already would take commits for a while without the disk giving room.
        for file in self.path.glob("tenants/*/tenant.sqlite"):
            with sqlite3.connect(file, timeout=1) as database:
                try:
                    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                except sqlite3.OperationalError:
                    pass
            database.close()
        used = os.statvfs(self.path)
        self._resize(str((used.f_blocks - used.f_bfree) * used.f_frsize + LEFT_BYTES))

    def free(self) -> None:
        self._resize(SIZE)

    def _resize(self, size: str) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", self.path], check=True)
