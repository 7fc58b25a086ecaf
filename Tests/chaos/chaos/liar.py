"""Plays a Parley that breaks its promises, between the socket and the client: to show that the checker notices."""

import random
from collections.abc import Callable

Lie = Callable[[dict], list[dict]]
# Of the messages that come.
SHARE = 0.01


def _is_message(frame: dict) -> bool:
    return frame.get("event") == "message.created"


def drops(dice: random.Random) -> Lie:
    """An event that is lost without a word."""
    return lambda frame: [] if _is_message(frame) and dice.random() < SHARE else [frame]


def doubles(dice: random.Random) -> Lie:
    return lambda frame: [frame, frame] if _is_message(frame) and dice.random() < SHARE else [frame]


def swaps(dice: random.Random) -> Lie:
    """An event that comes after the next one."""
    held: list[dict] = []

    def lie(frame: dict) -> list[dict]:
        if held:
            return [frame, held.pop()]
        if _is_message(frame) and dice.random() < SHARE:
            held.append(frame)
            return []
        return [frame]

    return lie


def forges(dice: random.Random) -> Lie:
    """A refusal turned into an acknowledgement: what an answer before the commit amounts to."""

    def lie(frame: dict) -> list[dict]:
        error = frame.get("error")
        if error is not None and error["code"] in ("unavailable", "not_found", "blocked"):
            return [{"ref": frame.get("ref"), "ok": True, "id": "forged", "seq": 1, "offset": 1}]
        return [frame]

    return lie


def reveals(dice: random.Random) -> Lie:
    """A message shown that a block hides."""

    def lie(frame: dict) -> list[dict]:
        if frame.get("event") != "message.hidden":
            return [frame]
        message = frame["message"] | {"sender": "u0", "text": "revealed"}
        return [frame | {"event": "message.created", "message": message}]

    return lie


LIES: dict[str, Callable[[random.Random], Lie]] = {
    "drop": drops,
    "double": doubles,
    "swap": swaps,
    "forge": forges,
    "reveal": reveals,
}
