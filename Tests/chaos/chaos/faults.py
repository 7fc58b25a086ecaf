"""Everything that is done to a running system. Each kind is a coroutine that breaks something, waits, and puts right
what only a hand could: processes that a supervisor would start again are started again at once."""

import asyncio
import os
import resource
import signal
import time
from collections.abc import Awaitable, Callable

from . import wal
from .stand import Stand
from .system import Process

Fault = Callable[[Stand], Awaitable[str]]
KINDS: dict[str, Fault] = {}


def kind(name: str) -> Callable[[Fault], Fault]:
    def register(fault: Fault) -> Fault:
        KINDS[name] = fault
        return fault

    return register


# Killed.


async def _kill(stand: Stand, *victims: Process) -> str:
    for victim in victims:
        victim.kill()
    await asyncio.sleep(stand.dice.choice((0, 0, 0.3, 1)))
    for victim in stand.dice.sample(victims, len(victims)):
        victim.start()
    return " and ".join(victim.name for victim in victims)


@kind("kill -9 router")
async def kill_router(stand: Stand) -> str:
    return await _kill(stand, stand.system.router)


@kind("kill -9 fan-out")
async def kill_fanout(stand: Stand) -> str:
    return await _kill(stand, stand.dice.choice(stand.system.fanouts))


@kind("kill -9 gateway")
async def kill_gateway(stand: Stand) -> str:
    return await _kill(stand, stand.dice.choice(stand.system.gateways))


@kind("kill -9 two at once")
async def kill_two(stand: Stand) -> str:
    return await _kill(stand, *stand.dice.sample(stand.system.all, 2))


@kind("kill -9 router, thrice")
async def kill_router_thrice(stand: Stand) -> str:
    for _ in range(3):
        await _kill(stand, stand.system.router)
        await asyncio.sleep(stand.dice.uniform(0.05, 0.5))
    return "router"


@kind("kill -9 all")
async def kill_all(stand: Stand) -> str:
    return await _kill(stand, *stand.system.all)


@kind("restart of all")
async def restart_all(stand: Stand) -> str:
    codes = await asyncio.gather(*(process.stop() for process in stand.system.all))
    for process, code in zip(stand.system.all, codes):
        if code != 0:
            stand.complain(f"{process.name} ended with {code} when it was told to stop")
        process.start()
    return "all, in an orderly way"


# Stopped: there, and doing nothing, which no closed socket tells.


async def _stop(stand: Stand, *victims: Process, seconds: float | None = None) -> str:
    seconds = seconds or stand.dice.choice((0.3, 1, 2, 4))
    for victim in victims:
        victim.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        for victim in victims:
            victim.signal(signal.SIGCONT)
    return f"{' and '.join(victim.name for victim in victims)} for {seconds} s"


@kind("SIGSTOP router")
async def stop_router(stand: Stand) -> str:
    return await _stop(stand, stand.system.router)


@kind("SIGSTOP router for long")
async def stop_router_for_long(stand: Stand) -> str:
    """Longer than a command may wait for its answer, and than a link may be silent."""
    return await _stop(stand, stand.system.router, seconds=12)


@kind("SIGSTOP fan-out")
async def stop_fanout(stand: Stand) -> str:
    """A gateway gives up a worker that is silent for 3 s: about that, too."""
    return await _stop(stand, stand.dice.choice(stand.system.fanouts), seconds=stand.dice.choice((1, 2.8, 3.2, 6)))


@kind("SIGSTOP gateway")
async def stop_gateway(stand: Stand) -> str:
    return await _stop(stand, stand.dice.choice(stand.system.gateways))


@kind("SIGSTOP two at once")
async def stop_two(stand: Stand) -> str:
    return await _stop(stand, *stand.dice.sample(stand.system.all, 2))


# The wires between processes.


async def _wires(stand: Stand, do: str, links: list[str], seconds: float, ms: int = 0) -> str:
    await stand.system.wires(do, links, ms)
    try:
        await asyncio.sleep(seconds)
    finally:
        await stand.system.wires("heal", links)
    return f"{', '.join(links)} for {seconds} s"


@kind("link cut: gateway to router")
async def cut_commands(stand: Stand) -> str:
    link = stand.dice.choice(stand.system.link_names("commands"))
    return await _wires(stand, "cut", [link], stand.dice.choice((0, 0.5, 2)))


@kind("link cut: router to fan-out")
async def cut_events(stand: Stand) -> str:
    fanout = stand.dice.choice(stand.system.fanouts)
    links = [name for name in stand.system.link_names(fanout.name) if name.startswith(fanout.name)]
    return await _wires(stand, "cut", links, stand.dice.choice((0, 0.5, 2)))


@kind("link cut: fan-out to gateway")
async def cut_deliveries(stand: Stand) -> str:
    gateway = stand.dice.choice(stand.system.gateways)
    links = stand.system.link_names(gateway.name, stand.dice.choice(("events", "replay", "fanout")))
    return await _wires(stand, "cut", links, stand.dice.choice((0, 0.5, 4)))


@kind("links cut again and again")
async def cut_repeatedly(stand: Stand) -> str:
    links = stand.dice.sample(stand.system.link_names(), 4)
    for _ in range(4):
        await _wires(stand, "cut", links, 0.1)
        await asyncio.sleep(0.3)
    return ", ".join(links)


@kind("links slow")
async def slow_links(stand: Stand) -> str:
    """All, or some: events may then come later than the answers and heartbeats that tell of them."""
    names = stand.system.link_names()
    links = names if stand.dice.random() < 0.5 else stand.dice.sample(names, len(names) // 3)
    ms = stand.dice.choice((30, 100, 300))
    return f"{ms} ms: " + await _wires(stand, "delay", links, stand.dice.choice((1, 3)), ms)


@kind("a link that swallows")
async def held_links(stand: Stand) -> str:
    """Nothing passes and nothing closes, until it does again."""
    link = stand.dice.choice(stand.system.link_names())
    return await _wires(stand, "hold", [link], stand.dice.choice((1, 3, 5)))


# The disk and the clock.


@kind("disk full")
async def disk_full(stand: Stand) -> str:
    refused = stand.refusals("unavailable")
    stand.disk.fill()
    try:
        await stand.until(lambda: stand.refusals("unavailable") > refused, 8, "a refusal on a full disk")
        await asyncio.sleep(stand.dice.choice((0.5, 1.5)))
    finally:
        stand.disk.free()
    return f"{stand.refusals('unavailable') - refused} refusals"


@kind("disk full, then restart")
async def disk_full_and_restart(stand: Stand) -> str:
    """The router has to open its files where there is no room."""
    refused, router = stand.refusals("unavailable"), stand.system.router
    way = stand.dice.choice(("kill -9", "SIGTERM", "reboot"))
    stand.disk.fill()
    try:
        await stand.until(lambda: stand.refusals("unavailable") > refused, 8, "a refusal on a full disk")
        if way == "SIGTERM":
            await router.stop()
        else:
            router.kill()
        if way == "reboot":
            for file in stand.data.glob("tenants/*/tenant.sqlite-shm"):
                file.unlink()
        router.start()
        await asyncio.sleep(2)
    finally:
        stand.disk.free()
    return f"{way}, {stand.refusals('unavailable') - refused} refusals"


async def _die_at_a_sync(stand: Stand, sync: int) -> str:
    """Whoever makes that sync: mostly the router, or a gateway that stores a file."""
    deaths = stand.dice.choice((1, 2, 3))
    for _ in range(deaths):
        stand.shim.die_at(sync)
        await stand.until(lambda: any(one.has_died for one in stand.system.all), 15, "a death at a sync")
        stand.shim.die_at(0)
        victims = [one for one in stand.system.all if one.has_died] or [stand.system.router]
        for victim in victims:
            victim.kill()
            victim.start()
        await asyncio.sleep(stand.dice.uniform(0.1, 0.6))
    return f"{deaths} times, at sync {abs(sync)}"


@kind("death before the fsync")
async def death_before_sync(stand: Stand) -> str:
    """All is written and nothing synced, acknowledged or published."""
    return await _die_at_a_sync(stand, stand.dice.randint(1, 20))


@kind("death after the fsync")
async def death_after_sync(stand: Stand) -> str:
    """All is on disk and nothing acknowledged or published."""
    return await _die_at_a_sync(stand, -stand.dice.randint(1, 20))


@kind("fsync fails")
async def sync_errors(stand: Stand) -> str:
    before = stand.shim.syncs_failed
    count = stand.dice.choice((1, 3, -1))
    stand.shim.fail_syncs(count)
    try:
        await stand.until(lambda: stand.shim.syncs_failed > before, 8, "a failed sync")
        await asyncio.sleep(0.2 if count > 0 else stand.dice.choice((0.5, 1.5)))
    finally:
        stand.shim.fail_syncs(0)
    return f"{stand.shim.syncs_failed - before} times"


@kind("fsync fails, then kill -9")
async def sync_errors_and_death(stand: Stand) -> str:
    """What a failed commit left in the log of the file must neither be believed nor harm."""
    before = stand.shim.syncs_failed
    stand.shim.fail_syncs(-1)
    try:
        await stand.until(lambda: stand.shim.syncs_failed > before, 8, "a failed sync")
        await asyncio.sleep(0.2)
        stand.system.router.kill()
    finally:
        stand.shim.fail_syncs(0)
    stand.system.router.start()
    return f"{stand.shim.syncs_failed - before} times"


@kind("torn page at the end of the WAL")
async def torn_wal(stand: Stand) -> str:
    """A crash in the middle of a write: the last page is half there and wrong."""
    stand.system.router.kill()
    torn = sum(wal.tear(file, stand.dice) for file in stand.data.glob("tenants/*/tenant.sqlite-wal"))
    stand.system.router.start()
    return f"{torn} files"


@kind("wall clock stepped")
async def clock_steps(stand: Stand) -> str:
    steps = [stand.dice.choice((1, -1)) * stand.dice.choice((2, 3_600, 86_400)) for _ in range(3)]
    try:
        for step in steps:
            stand.shim.set_clock(step)
            await asyncio.sleep(0.5)
    finally:
        stand.shim.set_clock(0)
    return ", ".join(f"{step:+d} s" for step in steps) + ", back"


# Clients that behave badly or come all at once.

# Four megabytes: the kernel alone takes in more than two for a reader that has stopped.
LONG_MESSAGES = 400


async def _readers(stand: Stand, pulse_s: float | None) -> str:
    """Some devices stop reading, or read a little now and then, while much is said to them."""
    crowd = stand.dice.choice(stand.crowds)
    group = stand.dice.choice([group for group in crowd.groups.values() if group.keeper])
    readers = [device for device in crowd.lame if device.user in group.members and device.user != group.keeper]
    former = sum(len(reader.close_codes) for reader in readers)
    told = LONG_MESSAGES
    answered = 0

    async def shout() -> None:
        nonlocal answered
        await crowd.say(crowd.of_user[group.keeper][0], group, filler=9_900)
        answered += 1

    for reader in readers:
        reader.pause()
    for _ in range(told):
        stand.keep(shout())
    while answered < told:
        await asyncio.sleep(0.1)
        if pulse_s is not None:
            for reader in readers:
                reader.resume()
                await asyncio.sleep(pulse_s)
                reader.pause()
    await asyncio.sleep(0.5)
    for reader in readers:
        reader.resume()
    # A close stands behind all that the kernel had taken in.
    deadline = time.monotonic() + 3
    while (closes := sum(len(reader.close_codes) for reader in readers) - former) == 0 and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    return f"{len(readers)} readers, {told} long messages, {closes} closed"


@kind("slow readers")
async def slow_readers(stand: Stand) -> str:
    return await _readers(stand, 0.005)


@kind("dead readers")
async def dead_readers(stand: Stand) -> str:
    return await _readers(stand, None)


@kind("all reconnect at once")
async def storm(stand: Stand) -> str:
    devices = [*stand.devices, *(await stand.mob())]
    for device in devices:
        device.drop()
    # The losses come in with the loop's next turn.
    await asyncio.sleep(0.05)
    began = asyncio.get_running_loop().time()
    await stand.until(lambda: all(device.is_let_in for device in devices), 60, "everybody back")
    return f"{len(devices)} back in {asyncio.get_running_loop().time() - began:.1f} s"


async def _starve(stand: Stand, victim: Process) -> str:
    pid = victim.child.pid
    former = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 2, former[1]))
    try:
        for device in stand.dice.sample(stand.devices, len(stand.devices) // 4):
            device.drop()
        await asyncio.sleep(stand.dice.choice((0.5, 2)))
    finally:
        if not victim.has_died:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, former)
    return f"{victim.name} with {used} descriptors"


@kind("no descriptors: gateway")
async def starve_gateway(stand: Stand) -> str:
    return await _starve(stand, stand.dice.choice(stand.system.gateways))


@kind("no descriptors: fan-out")
async def starve_fanout(stand: Stand) -> str:
    fanout = stand.dice.choice(stand.system.fanouts)
    cut = asyncio.create_task(_wires(stand, "cut", stand.system.link_names(fanout.name), 0.2))
    try:
        return await _starve(stand, fanout)
    finally:
        await cut


@kind("no descriptors: router")
async def starve_router(stand: Stand) -> str:
    """Its wires break too, so that it has to accept them anew."""
    links = stand.system.link_names("commands")
    cut = asyncio.create_task(_wires(stand, "cut", links, 0.2))
    try:
        return await _starve(stand, stand.system.router)
    finally:
        await cut


# Together.


@kind("two kinds at once")
async def two_kinds(stand: Stand) -> str:
    """One that strikes a process, one that strikes what is between them."""
    one = stand.dice.choice((kill_router, kill_fanout, kill_gateway, stop_router, stop_fanout, stop_gateway, torn_wal))
    others = (cut_commands, cut_events, cut_deliveries, slow_links, held_links)
    two = stand.dice.choice((*others, sync_errors) if stand.shim else others)
    return "; ".join(await asyncio.gather(one(stand), two(stand)))
