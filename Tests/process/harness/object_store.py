"""moto's S3 server, which checks signatures, and a way to it that can be cut."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import boto3
from botocore.config import Config

from harness import ports
from harness.waiting import until

REGION = "eu-central-1"
EVERYTHING = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
)


class ObjectStore:
    bucket = "files"

    def __init__(self, folder: Path):
        self.port = ports.free()
        # The first four actions need no keys: they make some.
        environment = os.environ | {"INITIAL_NO_AUTH_ACTION_COUNT": "4"}
        self.log = open(folder / "moto.log", "wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            env=environment, stdout=self.log, stderr=self.log,
        )  # fmt: skip
        until(self._is_up, "moto", 60)
        people = self._client("iam", "any", "any")
        people.create_user(UserName="parley")
        people.put_user_policy(UserName="parley", PolicyName="all", PolicyDocument=EVERYTHING)
        key = people.create_access_key(UserName="parley")["AccessKey"]
        self.access, self.secret = key["AccessKeyId"], key["SecretAccessKey"]
        self.client = self._client("s3", self.access, self.secret)
        self.client.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})

    def _client(self, service: str, access: str, secret: str):
        return boto3.client(
            service, endpoint_url=f"http://127.0.0.1:{self.port}", region_name=REGION, aws_access_key_id=access,
            aws_secret_access_key=secret, config=Config(proxies={}, retries={"max_attempts": 1}),
        )  # fmt: skip

    def _is_up(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def objects(self) -> list[str]:
        return [found["Key"] for found in self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])]

    def begun(self) -> list[str]:
        return [found["Key"] for found in self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()


class Way:
    """Forwards connections to a port until it is told otherwise.

    `decide(number, bytes)` is asked for each request's first bytes; it gives bytes to answer in the server's place, b"" to hang up,
    or None to let it through.
    """

    def __init__(self, port: int, decide):
        self.target, self.decide, self.requests = port, decide, 0
        self.lock = threading.Lock()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            connection, _ = self.listening.accept()
            threading.Thread(target=self._forward, args=(connection,), daemon=True).start()

    def _forward(self, connection: socket.socket):
        with connection:
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            with server:
                threading.Thread(target=self._copy, args=(server, connection), daemon=True).start()
                while data := self._read(connection):
                    if data.split(b" ", 1)[0] in (b"GET", b"PUT", b"POST", b"HEAD", b"DELETE"):
                        with self.lock:
                            self.requests += 1
                            number = self.requests
                        answer = self.decide(number, data)
                        if answer is not None:
                            if answer:
                                connection.sendall(answer)
                            connection.shutdown(socket.SHUT_RDWR)
                            return
                    try:
                        server.sendall(data)
                    except OSError:
                        return

    @staticmethod
    def _read(connection: socket.socket) -> bytes:
        try:
            return connection.recv(65_536)
        except OSError:
            return b""

    def _copy(self, server: socket.socket, connection: socket.socket):
        try:
            while data := self._read(server):
                connection.sendall(data)
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
