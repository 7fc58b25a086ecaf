"""A WebSocket by hand, for bytes that a decent client can't send (RFC 6455)."""

import base64
import json
import os
import socket
import struct
from urllib.parse import urlsplit

from .waiting import PATIENCE

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0


def frame(opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0, mask: bool = True) -> bytes:
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    masked = 0x80 if mask else 0
    if len(payload) < 126:
        head += bytes([masked | len(payload)])
    elif len(payload) < 65_536:
        head += bytes([masked | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([masked | 127]) + struct.pack(">Q", len(payload))
    if not mask:
        return head + payload
    key = os.urandom(4)
    repeated = key * (len(payload) // 4 + 1)
    return head + key + bytes(one ^ other for one, other in zip(payload, repeated))


def upgrade_head(authority: str, **changes) -> bytes:
    """The head of an upgrade; a header given as None is left out."""
    headers = {
        "Host": authority,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "parley.v1",
    } | changes.pop("headers", {})
    line = changes.pop("line", "GET /v1/ws HTTP/1.1")
    lines = [line] + [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Plain:
    """A TCP connection that reads what comes."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        self.authority = parts.netloc
        self.socket = socket.create_connection((parts.hostname, parts.port), PATIENCE)
        self.buffer = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def more(self) -> bool:
        """False at the end."""
        try:
            data = self.socket.recv(65_536)
        except ConnectionError:
            return False
        self.buffer += data
        return bool(data)

    def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of a response."""
        while b"\r\n\r\n" not in self.buffer:
            assert self.more(), f"ended before a response: {self.buffer!r}"
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        return int(lines[0].split()[1]), headers

    def rest(self) -> bytes:
        """Everything up to the end."""
        while self.more():
            pass
        return self.buffer

    def close(self) -> None:
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.close()


class Raw(Plain):
    """An upgraded connection; `token` says hello."""

    def __init__(self, url: str, token: str | None = None):
        super().__init__(url)
        self.send(upgrade_head(self.authority))
        status, _ = self.head()
        assert status == 101, f"no upgrade: {status}"
        if token:
            self.text({"op": "hello", "ref": "h", "protocol": "1", "token": token})
            reply = self.reply("h")
            assert reply["ok"], reply

    def text(self, command: dict) -> None:
        self.send(frame(TEXT, json.dumps(command).encode()))

    def receive(self) -> tuple[int, bytes] | None:
        """Opcode and payload of the next frame; None at the end."""
        while True:
            parsed = self._parse()
            if parsed:
                return parsed
            if not self.more():
                return None

    def _parse(self) -> tuple[int, bytes] | None:
        data = self.buffer
        if len(data) < 2:
            return None
        assert data[1] & 0x80 == 0, "a server never masks"
        length, start = data[1] & 0x7F, 2
        if length == 126:
            start = 4
            length = int.from_bytes(data[2:4], "big")
        elif length == 127:
            start = 10
            length = int.from_bytes(data[2:10], "big")
        if len(data) < start or len(data) < start + length:
            return None
        self.buffer = data[start + length :]
        return data[0] & 0x0F, data[start : start + length]

    def until(self, opcode: int) -> bytes:
        """The payload of the next frame of that kind."""
        while True:
            received = self.receive()
            assert received, f"ended before a frame of opcode {opcode}"
            if received[0] == opcode:
                return received[1]

    def reply(self, ref: str) -> dict:
        while True:
            received = self.receive()
            assert received, f"ended before the reply to {ref}"
            opcode, payload = received
            assert opcode != CLOSE, f"closed with {payload!r} before the reply to {ref}"
            if opcode == TEXT:
                found = json.loads(payload)
                if found.get("ref") == ref:
                    return found

    def error(self) -> dict:
        """The next reply that is not ok."""
        while True:
            received = self.receive()
            assert received, "ended before an error"
            opcode, payload = received
            assert opcode != CLOSE, f"closed with {payload!r} before an error"
            if opcode == TEXT:
                found = json.loads(payload)
                if found.get("ok") is False:
                    return found

    def close_code(self) -> int:
        """Reads to the close frame; 1006 where the connection ends without one."""
        while True:
            received = self.receive()
            if received is None:
                return 1006
            opcode, payload = received
            if opcode == CLOSE:
                return int.from_bytes(payload[:2], "big") if payload else 1005
