#!/usr/bin/env python3
"""Writes every durable event of a tenant into a file, one JSON object a line, without a gap or a double.

    parley tap create --tenant acme --name audit --json > audit.json
    python3 audit_log.py audit.json events.jsonl

The last line of the file says where to go on: kill it at any time and start it again.
"""

import json
import os
import struct
import sys

import zmq

CREDIT = 500
# A heartbeat comes every second; three in a row are missing.
SILENCE_MS = 3_000


def connect(context: zmq.Context, keys: dict, endpoint: str) -> zmq.Socket:
    socket = context.socket(zmq.DEALER)
    socket.linger = 0
    socket.curve_publickey = keys["public"].encode()
    socket.curve_secretkey = keys["secret"].encode()
    socket.curve_serverkey = keys["server"].encode()
    socket.connect(endpoint)
    return socket


def follow(keys: dict, first: int):
    """Yields (offset, JSON) from offset `first` on, for ever."""
    endpoints = [keys["stream"], *(other["stream"] for other in keys.get("others", []))]
    context, attempt = zmq.Context(), 0
    while True:
        socket = connect(context, keys, endpoints[attempt % len(endpoints)])
        socket.send_multipart([b"STREAM", struct.pack(">Q", first), struct.pack(">I", CREDIT)])
        while socket.poll(SILENCE_MS):
            frames = socket.recv_multipart()
            if frames[0] == b"GONE":
                raise SystemExit(f"the log begins at {struct.unpack('>Q', frames[1])[0]}, {first} is wanted")
            if frames[0] == b"REFUSED":
                print("refused:", frames[1].decode(), file=sys.stderr)
                socket.poll(1_000)
                break
            offset = struct.unpack(">Q", frames[1])[0]
            if offset == 0:  # A heartbeat, or a state event; the latter costs credit too.
                if b'"heartbeat"' not in frames[2]:
                    socket.send_multipart([b"CREDIT", struct.pack(">I", 1)])
                continue
            if offset == first:
                yield offset, frames[2]
                first += 1
                socket.send_multipart([b"CREDIT", struct.pack(">I", 1)])
        socket.close()
        attempt += 1


def next_offset(path: str) -> int:
    """What comes after the last whole line; a line that was cut off is taken away."""
    if not os.path.exists(path):
        return 1
    with open(path, "rb+") as log:
        content = log.read()
        whole = content.rfind(b"\n") + 1
        log.truncate(whole)
    lines = content[:whole].splitlines()
    return json.loads(lines[-1])["offset"] + 1 if lines else 1


def main() -> None:
    with open(sys.argv[1]) as file:
        keys = json.load(file)
    path = sys.argv[2]
    first = next_offset(path)
    with open(path, "ab") as log:
        for _, event in follow(keys, first):
            log.write(event + b"\n")
            log.flush()
            os.fsync(log.fileno())


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
