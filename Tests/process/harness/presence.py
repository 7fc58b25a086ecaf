"""What tests of presence do all the time."""

from .client import Client
from .waiting import until


def watch(client: Client, *users: str, **fields) -> dict[str, dict]:
    """By user."""
    presences = client.ok("presence.watch", users=list(users), **fields)["presences"]
    assert [presence["user"] for presence in presences] == list(users), "in the order in which they were named"
    return {presence["user"]: presence for presence in presences}


def told(client: Client, user: str, status: str, start: int = 0, **fields) -> dict:
    return client.event("presence", start=start, user=user, status=status, **fields)


def statuses(client: Client, user: str) -> list[str]:
    return [event["status"] for event in client.events("presence", user=user)]


def shown(client: Client, status: str, *users: str) -> dict[str, dict]:
    """Watches these users, and waits until all are shown so: whoever has just come is shown a moment later."""

    def found() -> dict[str, dict] | None:
        presences = watch(client, *users)
        return presences if {presence["status"] for presence in presences.values()} == {status} else None

    return until(found, f"{users} shown as {status}")
