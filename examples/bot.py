#!/usr/bin/env python3
"""A bot: hears a tenant's messages by a tap, and answers «!ping» and «!time» as a user of its own.

    parley tap create --tenant acme --name bot --event message.created --json > bot.json
    python3 bot.py bot.json http://127.0.0.1:8080 bot "$SERVICE_TOKEN"

SERVICE_TOKEN is one with the role `service`. The bot answers where its user is a member. An answer's id is made from the
question's, so that a bot that is started again never answers twice.
"""

import datetime
import json
import struct
import sys
import urllib.error
import urllib.request
import uuid

import zmq

from audit_log import CREDIT, SILENCE_MS, connect

NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


def answer(text: str) -> str | None:
    if text == "!ping":
        return "pong"
    if text == "!time":
        return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return None


class Speaker:
    def __init__(self, url: str, user: str, token: str):
        self.url, self.user, self.token = url + "/v1/ops", user, token

    def op(self, **command) -> dict:
        body = json.dumps(command | {"as": self.user}).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url, body, headers), timeout=30) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)

    def hear(self, event: dict) -> None:
        message = event.get("message", {})
        reply = answer(message.get("text", ""))
        if reply is None or message["sender"] == self.user:
            return
        outcome = self.op(
            op="message.send",
            conversation=message["conversation"],
            id=str(uuid.uuid5(NAMESPACE, message["id"])),
            text=reply,
            reply_to=message["id"],
        )
        if not outcome["ok"]:
            print("not sent:", outcome["error"]["code"], file=sys.stderr)


def main() -> None:
    with open(sys.argv[1]) as file:
        keys = json.load(file)
    speaker = Speaker(*sys.argv[2:5])
    speaker.op(op="user.update", name="Bot")
    context = zmq.Context()
    first = None
    while True:
        socket = connect(context, keys, keys["stream"])
        if first is None:  # From now on: what a replay from far in the future ends with is the newest offset.
            socket.send_multipart([b"REPLAY", struct.pack(">Q", 2**63), struct.pack(">Q", 0)])
        else:
            socket.send_multipart([b"STREAM", struct.pack(">Q", first), struct.pack(">I", CREDIT)])
        while socket.poll(SILENCE_MS):
            frames = socket.recv_multipart()
            if frames[0] == b"END":
                first = struct.unpack(">Q", frames[1])[0] + 1
                socket.send_multipart([b"STREAM", struct.pack(">Q", first), struct.pack(">I", CREDIT)])
                print("listening", flush=True)
            elif len(frames) == 3 and b'"heartbeat"' not in frames[2]:
                socket.send_multipart([b"CREDIT", struct.pack(">I", 1)])
                offset = struct.unpack(">Q", frames[1])[0]
                if offset >= (first or 0):
                    first = offset + 1
                    speaker.hear(json.loads(frames[2]))
            elif frames[0] == b"REFUSED":
                socket.poll(1_000)
                break
        socket.close()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
