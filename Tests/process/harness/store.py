"""What lies on disk, read by sqlite3 and not by Parley."""

import sqlite3
from pathlib import Path


def tenant_file(data: Path, slug: str) -> Path:
    files = list((data / "tenants" / slug).glob("*.sqlite"))
    assert len(files) == 1, f"{slug} has the files {files}"
    return files[0]


def stored_texts(data: Path, slug: str) -> list[str]:
    """The texts of all messages of a tenant, in the order of the rows."""
    with sqlite3.connect(f"file:{tenant_file(data, slug)}?mode=ro", uri=True) as database:
        return [text for (text,) in database.execute("SELECT text FROM message ORDER BY rowid")]


def last_seen(data: Path, slug: str, user: str) -> int | None:
    """In milliseconds since 1970."""
    with sqlite3.connect(f"file:{tenant_file(data, slug)}?mode=ro", uri=True) as database:
        return database.execute("SELECT last_seen FROM user WHERE id = ?", (user,)).fetchone()[0]


def integrity(data: Path, slug: str) -> str:
    with sqlite3.connect(f"file:{tenant_file(data, slug)}?mode=ro", uri=True) as database:
        return database.execute("PRAGMA integrity_check").fetchone()[0]


def synced_fully(path: Path) -> str:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return database.execute("PRAGMA journal_mode").fetchone()[0]


def oldest_offset(data: Path, slug: str) -> int:
    """Where a tenant's log begins."""
    with sqlite3.connect(f"file:{tenant_file(data, slug)}?mode=ro", uri=True) as database:
        return database.execute("SELECT MIN(offset) FROM log").fetchone()[0]
