"""An HTTP server that takes what the notifier sends, and answers as a test wants it."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .waiting import until


@dataclass
class Taken:
    """One request, and the status that it was answered with."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    at: float

    @property
    def event(self) -> dict:
        return json.loads(self.body)

    @property
    def offset(self) -> int:
        return int(self.headers["webhook-id"].rsplit(":", 1)[1])


class Receiver:
    """Answers 204 unless `answer` says otherwise: a status, or a status and headers."""

    def __init__(self, answer: Callable[[Taken], int | tuple[int, dict]] | None = None):
        self.answer = answer or (lambda _: 204)
        self.taken: list[Taken] = []
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                taken = Taken(self.path, headers, body, 0, time.monotonic())
                answer = receiver.answer(taken)
                taken.status, more = answer if isinstance(answer, tuple) else (answer, {})
                with receiver.lock:
                    receiver.taken.append(taken)
                self.send_response(taken.status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def good(self) -> list[Taken]:
        """What was taken for good, in the order of its answers."""
        with self.lock:
            return [one for one in self.taken if 200 <= one.status < 300]

    def wait(self, count: int, patience: float = 30) -> list[Taken]:
        return until(lambda: (good := self.good()) if len(self.good()) >= count else None, f"{count} requests", patience)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self) -> "Receiver":
        return self

    def __exit__(self, *_) -> None:
        self.close()


def is_signed(taken: Taken, secret: str) -> bool:
    """By Standard Webhooks 1.0, from its text alone."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{taken.headers['webhook-id']}.{taken.headers['webhook-timestamp']}.".encode() + taken.body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(wanted, taken.headers["webhook-signature"])
