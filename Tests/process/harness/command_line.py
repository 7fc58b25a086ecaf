"""The binary and how to call it."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def binary() -> str:
    return os.environ.get("PARLEY_BINARY", str(REPOSITORY / ".build" / "debug" / "parley"))


def environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """Without settings that whoever runs the tests may have around."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    return clean | (extra or {})


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def run(*arguments: str, data: Path | None = None, expect: int | None = 0, stdin: str | None = None) -> Outcome:
    """Runs one `parley` command to its end; `expect` None takes any exit code."""
    command = [binary(), *arguments]
    if data is not None:
        command += ["--data", str(data)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=environment(), input=stdin, check=False
    )
    outcome = Outcome(done.returncode, done.stdout, done.stderr)
    if expect is not None:
        assert done.returncode == expect, f"{arguments} gave {done.returncode}: {done.stdout}{done.stderr}"
    return outcome
