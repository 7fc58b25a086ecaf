"""Files up and down over HTTP, by docs/protocol.md §6, and no more of it than one request a connection."""

import asyncio
import hashlib
import json

PATIENCE_S = 12.0


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def upload(
    port: int, token: str, conversation: str, content: bytes, pause_s: float = 0, gives_up: bool = False
) -> tuple[int, dict]:
    """The status and what came with it; 0 where no answer came.

    `pause_s`: half of the content comes so much later. `gives_up`: it never comes.
    """
    head = (
        f"POST /v1/uploads?conversation={conversation} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: text/plain\r\nContent-Length: {len(content)}\r\n"
        'Content-Disposition: attachment; filename="note.txt"\r\n\r\n'
    )
    half = len(content) // 2
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(head.encode() + content[:half])
                await writer.drain()
                await asyncio.sleep(pause_s)
                if gives_up:
                    return 0, {}
                writer.write(content[half:])
                await writer.drain()
                status, body = await _answer(reader)
                return (0, {}) if body is None else (status, json.loads(body))
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return 0, {}


async def download(port: int, token: str, file: str) -> tuple[int, str | None]:
    """The status and the content's SHA-256; 0 where no answer came, or not all of it."""
    head = f"GET /v1/files/{file} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(head.encode())
                status, body = await _answer(reader)
                return (0, None) if body is None else (status, digest(body) if status == 200 else None)
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return 0, None


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes | None]:
    """None where less came than was said."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return 0, None
    lines = head.split("\r\n")
    length = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")), 0)
    try:
        return int(lines[0].split()[1]), await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return 0, None
