"""A WebSocket client by RFC 6455 and no more than Parley needs, over one asyncio transport."""

import asyncio
import base64
import os
import socket
from collections.abc import Callable

CONTINUATION, TEXT, CLOSE, PING, PONG = 0, 1, 8, 9, 10
ABNORMAL = 1006


class Refused(Exception):
    """An upgrade that was answered otherwise than by 101."""

    def __init__(self, status: int, retry_after_s: float):
        super().__init__(f"HTTP {status}")
        self.status = status
        self.retry_after_s = retry_after_s


class Socket(asyncio.Protocol):
    """`heard(bytes)` for each text frame, `ended(code)` once."""

    def __init__(self, heard: Callable[[bytes], None], ended: Callable[[int], None]):
        self._heard, self._ended = heard, ended
        self._buffer = bytearray()
        self._is_open = False
        self._has_ended = False
        self._code = ABNORMAL
        self._transport: asyncio.Transport | None = None
        self._opening: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def connect(
        cls, port: int, heard: Callable[[bytes], None], ended: Callable[[int], None], receive_bytes: int | None = None
    ) -> "Socket":
        """`receive_bytes`: a small buffer in the kernel, so that a reader that stops is felt at the other end soon."""
        loop = asyncio.get_running_loop()
        plain = socket.socket()
        plain.setblocking(False)
        try:
            if receive_bytes is not None:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(plain, ("127.0.0.1", port))
            _, protocol = await loop.create_connection(lambda: cls(heard, ended), sock=plain)
        except BaseException:
            plain.close()
            raise
        try:
            await protocol._opening
        except BaseException:
            protocol.abort()
            raise
        return protocol

    def send(self, text: str) -> None:
        if self._transport is not None and not self._has_ended:
            self._transport.write(_frame(TEXT, text.encode()))

    def abort(self) -> None:
        """Without a word: what a device does that loses its network or its power."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        if self._transport is not None and not self._has_ended:
            self._transport.write(_frame(CLOSE, b"\x03\xe8"))
            self._transport.close()

    def pause(self) -> None:
        if self._transport is not None and not self._has_ended:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None and not self._has_ended:
            self._transport.resume_reading()

    # asyncio.Protocol

    def connection_made(self, transport) -> None:
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: parley.v1\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open and not self._head():
            return
        self._frames()

    def connection_lost(self, failure) -> None:
        self._has_ended = True
        if not self._opening.done():
            self._opening.set_exception(failure or ConnectionError("closed before the upgrade"))
            # Whoever asked may be gone; nobody has to look.
            self._opening.exception()
        elif self._is_open:
            self._ended(self._code)

    def _head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._buffer[:end]).decode("latin-1")
        del self._buffer[: end + 4]
        status = int(head.split(" ", 2)[1])
        if status == 101:
            self._is_open = True
            if not self._opening.done():
                self._opening.set_result(None)
            return True
        wait = 1.0
        for line in head.split("\r\n")[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "retry-after":
                wait = float(value)
        if not self._opening.done():
            self._opening.set_exception(Refused(status, wait))
        return False

    def _frames(self) -> None:
        buffer, start = self._buffer, 0
        length_known = len(buffer)
        while length_known - start >= 2:
            opcode, length, body = buffer[start] & 0x0F, buffer[start + 1] & 0x7F, start + 2
            if length == 126:
                if length_known - start < 4:
                    break
                length, body = int.from_bytes(buffer[start + 2 : start + 4], "big"), start + 4
            elif length == 127:
                if length_known - start < 10:
                    break
                length, body = int.from_bytes(buffer[start + 2 : start + 10], "big"), start + 10
            if length_known - body < length:
                break
            payload = bytes(buffer[body : body + length])
            start = body + length
            if opcode == TEXT:
                self._heard(payload)
            elif opcode == PING:
                self._transport.write(_frame(PONG, payload))
            elif opcode == CLOSE:
                self._code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
                self._transport.write(_frame(CLOSE, payload[:2]))
                self._transport.close()
                break
        del buffer[:start]


def _frame(opcode: int, payload: bytes) -> bytes:
    """Masked with zeros: RFC 6455 wants a mask, and proxies that a random one is for are not on this way."""
    length = len(payload)
    if length < 126:
        head = bytes((0x80 | opcode, 0x80 | length))
    elif length < 65_536:
        head = bytes((0x80 | opcode, 0x80 | 126)) + length.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0x80 | 127)) + length.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload
