"""python -m chaos: see --help. Ends with 0 where every promise held, 1 where one broke."""

import argparse
import asyncio
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from . import shim as shims
from .campaign import Campaign, plan
from .crowd import Crowd, Shape
from .disk import Disk
from .faults import KINDS
from .history import History
from .liar import LIES
from .report import table
from .stand import MOB, Stand, make_tenant
from .system import System, binary

# Those that last long, or that another kind has nearly in it.
NOT_SHORT = (
    "kill -9 all",
    "SIGSTOP router for long",
    "SIGSTOP fan-out",
    "links cut again and again",
    "disk full, then restart",
)
SHORT_KINDS = [name for name in KINDS if name not in NOT_SHORT]


SHOWN_OF_A_RULE = 3
EVENTS_KEPT = 100


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description="Breaks a running Parley on purpose.")
    parser.add_argument("--seed", type=int, help="what the dice begin with (default: a new one, which is printed)")
    parser.add_argument("--rounds", type=int, help="how many faults (default: each kind once)")
    parser.add_argument("--minutes", type=float, help="begin no further round after so long")
    parser.add_argument("--kinds", help="only those whose names contain one of these words, separated by commas")
    parser.add_argument("--short", action="store_true", help="fewer people, fewer messages, a fixed seed: for ./test")
    parser.add_argument("--messages", type=int, help="acknowledged messages in each round")
    parser.add_argument("--folder", type=Path, help="where to work (default: a new one under the system's)")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a run in which all went well too")
    parser.add_argument(
        "--lie", choices=sorted(LIES), action="append", default=[],
        help="break what clients see, to show that the checker notices; repeatable",
    )
    parser.add_argument("--list", action="store_true", help="list the kinds")
    return parser.parse_args()


def say(text: str) -> None:
    print(text, flush=True)


def usable(kinds: list[str], disk: Disk, shim: shims.Shim | None) -> list[str]:
    """Without those that this machine does not allow, and loudly so."""
    why_not = disk.mount()
    left = list(kinds)
    if why_not is not None:
        say(f"SKIPPED: what fills the disk, because {why_not}")
        left = [name for name in left if not name.startswith("disk")]
    if shim is None:
        say("SKIPPED: what meddles with syncs and the clock, because there is no C compiler")
        left = [name for name in left if "fsync" not in name and "clock" not in name]
    return left


async def run(options: argparse.Namespace, seed: int, folder: Path) -> int:
    dice = random.Random(seed)
    data = folder / "data"
    data.mkdir(mode=0o700)
    disk = Disk(data)
    library = shims.compile_into(folder)
    shim = shims.Shim(library, folder / "control") if library else None
    words = (options.kinds or "").split(",")
    kinds = [name for name in (SHORT_KINDS if options.short else KINDS) if any(word in name for word in words)]
    system = System(folder, data, shim, gateways=2 if options.short else 3)
    try:
        kinds = usable(kinds, disk, shim)
        return await _run(options, dice, folder, Stand(system, data, disk, shim, [], dice), kinds)
    finally:
        system.kill_all()
        if disk.is_mounted and data.exists():
            shutil.copytree(data, folder / "kept-data", ignore_dangling_symlinks=True, ignore=_sockets)
        disk.unmount()


def _sockets(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_socket()]


async def _run(options: argparse.Namespace, dice: random.Random, folder: Path, stand: Stand, kinds: list[str]) -> int:
    secret = dice.randbytes(24).hex().encode()
    shape = Shape(users=12, talk_per_s=2, files=0.06) if options.short else Shape(users=36, groups=12, directs=18, talk_per_s=2)
    names = ["acme", "globex"] if options.short else ["acme", "globex", "initech", "umbrella"]
    if options.short:
        stand.size, stand.mob_size = 0.4, 200
    for name in [*names, MOB]:
        # The last one forgets what is old: who comes back from before that has to reload.
        settings = [f"log_retention_events={EVENTS_KEPT}"] if name == names[-1] else []
        make_tenant(stand.data, name, secret, *settings)
    await stand.system.start()
    for name in names:
        crowd = Crowd(name, secret, shape, stand.system.gateway_ports, random.Random(dice.random()))
        for lie in options.lie:
            crowd.tell(LIES[lie])
        stand.crowds.append(crowd)
    opening = History(folder / "opening.jsonl")
    for crowd in stand.crowds:
        await crowd.begin(opening)
    opening.close()
    say(f"{len(stand.devices)} devices of {len(names)} tenants on {len(stand.system.gateway_ports)} gateways")
    messages = options.messages or (80 if options.short else 520)
    campaign = Campaign(stand, folder, messages)
    failed = False
    last_begin = time.monotonic() + 60 * (options.minutes or 1e6)
    for kind in plan(kinds, options.rounds or len(kinds), dice):
        if time.monotonic() > last_begin:
            break
        this = await campaign.round(kind)
        verdict = "ok" if not this.findings else f"{len(this.findings)} FINDINGS"
        recovery = "-" if this.recovery_s is None else f"{this.recovery_s:.1f} s"
        say(
            f"{this.number:3} {kind:34} {verdict:12} {this.acknowledged:5} acknowledged, {this.files:3} files, "
            f"{this.deliveries:6} events, "
            f"well after {recovery}  ({this.note})"
        )
        shown: Counter[str] = Counter()
        for finding in this.findings:
            shown[finding.rule.text] += 1
            if shown[finding.rule.text] <= SHOWN_OF_A_RULE:
                say(f"      {finding}")
        for complaint in this.complaints[:4]:
            say(f"      note: {complaint}")
        failed = failed or bool(this.findings)
    last = await campaign.last_look()
    for crowd in stand.crowds:
        await crowd.finish()
    codes = await stand.system.finish()
    for name, code in codes.items():
        if code != 0:
            say(f"      {name} ended with {code}")
            failed = True
    last += campaign.last_judgement()
    for finding in last[:20]:
        say(f"      at the end: {finding}")
    say("")
    say(table(campaign.rounds, last))
    return 1 if failed or last else 0


def main() -> int:
    options = arguments()
    if options.list:
        say("\n".join(KINDS))
        return 0
    if not os.access(binary(), os.X_OK):
        say(f"there is no binary at {binary()}: build it, or set PARLEY_BINARY")
        return 2
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    seed = options.seed if options.seed is not None else 1 if options.short else random.SystemRandom().getrandbits(32)
    folder = Path(options.folder or tempfile.mkdtemp(prefix="parley-chaos-"))
    folder.mkdir(exist_ok=True)
    say(f"seed {seed}, folder {folder}")
    began = time.monotonic()
    code = 1
    try:
        code = asyncio.run(run(options, seed, folder))
    finally:
        say(f"{time.monotonic() - began:.0f} s")
        if code == 0 and not options.keep:
            shutil.rmtree(folder)
        else:
            say(f"seed {seed}; everything is kept in {folder}")
    return code


if __name__ == "__main__":
    sys.exit(main())
