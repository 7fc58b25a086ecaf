"""The resident memory of processes, watched while a test runs."""

import threading
from pathlib import Path

MIB = 1_048_576


def resident(pid: int) -> int:
    """Bytes; 0 where there is no such process."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1_024
    except OSError:
        pass
    return 0


class Watch:
    """The most that each process had at a time, from `with` to its end."""

    def __init__(self, pids: dict[str, int]):
        self.pids = pids
        self.most = {name: resident(pid) for name, pid in pids.items()}
        self.begin = dict(self.most)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._stopping.wait(0.1):
            for name, pid in self.pids.items():
                self.most[name] = max(self.most[name], resident(pid))

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stopping.set()
        self._thread.join(5)

    def mebibytes(self) -> dict[str, int]:
        return {name: bytes_ // MIB for name, bytes_ in self.most.items()}
