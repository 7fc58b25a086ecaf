"""Judges files: what was taken is there, as it was sent, for as long as a message refers to it."""

import hashlib
from pathlib import Path

from .commands import Commands
from .findings import Finding, Rule
from .stored import Stored


class Uploads:
    """One tenant's."""

    def __init__(self, tenant: str):
        self.tenant = tenant
        self.findings: list[Finding] = []
        # File → SHA-256 of what was sent.
        self._taken: dict[str, str] = {}
        # Files that were asked for at the end, and came.
        self._seen: set[str] = set()

    def take(self, record: dict) -> None:
        file, came = record["file"], record["sha256"]
        if record["what"] == "upload":
            self._taken[file] = record["sent"]
            if came != record["sent"]:
                self._found(Rule.FILE_DIFFERS, f"{file} was taken as {came}, and is {record['sent']}")
        elif record["status"] == 200:
            if came != record["sent"]:
                self._found(Rule.FILE_DIFFERS, f"{file} came as {came}, and was {record['sent']}")
            elif record["is_last"]:
                self._seen.add(file)

    def finish(self, commands: Commands) -> list[Finding]:
        for message, files in commands.acknowledged_files.items():
            for file in files:
                if file not in self._seen:
                    self._found(Rule.FILE_MISSING, f"{file} of message {message}")
        for message, files in commands.refused_files.items():
            for file in files:
                if file in self._taken:
                    self._found(Rule.FILE_MISSING, f"{file} was taken, and unknown when message {message} named it")
        return self.findings

    def _found(self, rule: Rule, detail: str) -> None:
        self.findings.append(Finding(rule, self.tenant, detail))


def look(folder: Path, tenant: str, stored: Stored) -> list[Finding]:
    """The store of files itself, at rest: each is what its name says, and what uploads refer to is there."""
    findings: list[Finding] = []
    there: set[str] = set()
    for path in (folder / tenant).glob("??/*"):
        there.add(path.name)
        if "." not in path.name and hashlib.sha256(path.read_bytes()).hexdigest() != path.name:
            findings.append(Finding(Rule.HALF_A_FILE, tenant, f"{path.name}, {path.stat().st_size} bytes"))
    for content in sorted(stored.contents - there):
        findings.append(Finding(Rule.FILE_MISSING, tenant, f"content {content}"))
    return findings
