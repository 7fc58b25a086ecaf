"""What a gateway does while it lacks events."""

import asyncio
import uuid

from small import needs_binary, small

pytestmark = needs_binary


def test_whoever_was_removed_hears_no_read_mark_while_the_removal_is_lost(tmp_path):
    """A gateway loses the bus for a moment, and with it the removal of cy; what it lacks it can't get yet. dan is on
    the same gateway and stays a member: once he hears of ben's read marks, cy must not have."""

    async def run() -> None:
        async with small(tmp_path) as stand:
            ana, ben = await stand.device("ana", 0, 0), await stand.device("ben", 0, 0)
            await stand.device("cy", 0, 1), await stand.device("dan", 0, 1)
            group = str(uuid.uuid4())
            await ana.ask("conversation.create", kind="group", id=group, members=["ben", "cy", "dan"])
            for number in range(8):
                await ana.ask("message.send", conversation=group, id=str(uuid.uuid4()), text=f"acme {number}")
            await until(lambda: len(stand.events("cy/0")) >= 9 and len(stand.events("dan/0")) >= 9)
            events = stand.system.link_names("gateway-1", "events")
            replay = stand.system.link_names("gateway-1", "replay")
            await stand.system.wires("hold", replay)
            await stand.system.wires("cut", events)
            await ana.ask("member.remove", conversation=group, users=["cy"])
            await stand.system.wires("heal", events)
            # The bus comes back when it does; from then on each of these reaches the gateway.
            for seq in range(1, 9):
                await ben.ask("read", conversation=group, seq=seq)
                await asyncio.sleep(0.25)
            await stand.system.wires("heal", replay)
            await ana.ask("message.send", conversation=group, id=str(uuid.uuid4()), text="acme after")
            await until(lambda: any(event.get("text") == "acme after" for event in stand.events("dan/0")))
            assert not [event for event in stand.events("cy/0") if event["event"] == "read"]
            assert stand.events("cy/0")[-1]["event"] == "member.removed"

    asyncio.run(run())


async def until(condition) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.05)
