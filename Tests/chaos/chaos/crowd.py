"""Tenants full of people who talk, read, block, come and go."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from .device import Device
from .history import History
from .liar import Lie
from .transfers import digest, download, upload

# Longer than any step of the clock that the harness makes.
TOKEN_S = 30 * 86_400
PATIENCE_S = 60.0
# What an upload may be refused with for good: its sender was removed or blocked meanwhile.
REFUSED_FOR_GOOD = {"not_found", "forbidden", "blocked"}
UPLOAD_PATIENCE_S = 20.0
DOWNLOADS_AT_ONCE = 16


def token(tenant: str, user: str, secret: bytes, role: str = "user") -> str:
    """A JWT by hand: HS256 under the key id `chaos`."""

    def part(value: dict) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    claims = {"tenant": tenant, "sub": user, "exp": int(time.time()) + TOKEN_S, "role": role}
    head = part({"alg": "HS256", "typ": "JWT", "kid": "chaos"}) + b"." + part(claims)
    proof = base64.urlsafe_b64encode(hmac.new(secret, head, hashlib.sha256).digest()).rstrip(b"=")
    return (head + b"." + proof).decode()


@dataclass
class Group:
    id: str
    keeper: str
    members: set[str]
    # Of the last message that was acknowledged.
    seq: int = 0


@dataclass
class Shape:
    """How many of what; `talk_per_s` is of each person."""

    users: int = 24
    devices: int = 2
    groups: int = 8
    group_size: int = 8
    directs: int = 12
    talk_per_s: float = 1.5
    filler: int = 40
    # Of what is said, how much comes with a file.
    files: float = 0.1


@dataclass
class Crowd:
    """One tenant's people and their devices."""

    tenant: str
    secret: bytes
    shape: Shape
    ports: list[int]
    random: random.Random
    devices: list[Device] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.users = [f"u{number}" for number in range(self.shape.users)]
        self.groups: dict[str, Group] = {}
        self.blocks: set[tuple[str, str]] = set()
        self.counts: Counter[str] = Counter()
        self.said = 0
        # File → SHA-256: of acknowledged messages, and those among them that nobody has asked for since.
        self.files: dict[str, str] = {}
        self.unseen: dict[str, str] = {}
        self._uploading = 0
        self.talking = asyncio.Event()
        self._tasks: list[asyncio.Task] = []
        for user in self.users:
            for number in range(self.shape.devices):
                # Each person's last device may stop reading, which is felt the sooner the less the kernel takes in.
                is_last = number == self.shape.devices - 1
                self.devices.append(self._device(user, number, receive_bytes=4_096 if is_last else None))
        self.devices.append(self._device("backend", 0, is_service=True))
        self.lame = [device for device in self.devices if device.receive_bytes is not None]
        self.of_user = {user: [d for d in self.devices if d.user == user] for user in self.users}

    def _device(self, user: str, number: int, **options) -> Device:
        role = "service" if options.get("is_service") else "user"
        device = Device(
            self.tenant, user, number, token(self.tenant, user, self.secret, role), self.ports,
            random.Random(self.random.random()), **options,
        )
        device.reload = self._reload
        return device

    def tell(self, lie: Callable[[random.Random], Lie]) -> None:
        for device in self.devices:
            device.lies.append(lie(random.Random(self.random.random())))

    async def begin(self, history: History) -> None:
        """Everybody connects, and what they talk in is made."""
        for device in self.devices:
            device.history = history
            self._tasks.append(asyncio.create_task(device.run()))
        for device in self.devices:
            await device.until_let_in(PATIENCE_S)
        for _ in range(self.shape.groups):
            people = self.random.sample(self.users, self.shape.group_size)
            group = Group(str(uuid.UUID(int=self.random.getrandbits(128))), people[0], set(people))
            reply = await self.of_user[people[0]][0].ask(
                "conversation.create", kind="group", id=group.id, members=people[1:], title=f"{self.tenant} group"
            )
            assert reply["ok"], reply
            self.groups[group.id] = group
        for _ in range(self.shape.directs):
            one, two = self.random.sample(self.users, 2)
            reply = await self.of_user[one][0].ask("conversation.create", kind="direct", members=[two])
            assert reply["ok"], reply
            identifier = reply["conversation"]["id"]
            self.groups.setdefault(identifier, Group(identifier, "", {one, two}))
        for user in self.users:
            self._tasks.append(asyncio.create_task(self._live(user)))

    async def finish(self) -> None:
        for device in self.devices:
            await device.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def complain(self) -> None:
        """Raises what went wrong in the harness itself."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    @property
    def waiting(self) -> int:
        return self._uploading + sum(device.waiting for device in self.devices)

    # What one person does.

    async def _live(self, user: str) -> None:
        dice = random.Random(self.random.random())
        while True:
            await self.talking.wait()
            await asyncio.sleep(dice.expovariate(self.shape.talk_per_s))
            if not self.talking.is_set():
                continue
            device = dice.choice(self.of_user[user])
            chance = dice.random()
            if chance < 0.80:
                await self._talk(device, dice)
            elif chance < 0.88:
                await self._read(device, dice)
            elif chance < 0.92:
                self._type(device, dice)
            elif chance < 0.95:
                await self._block(device, dice)
            else:
                await self._keep(device, dice)

    def _mine(self, user: str) -> list[Group]:
        return [group for group in self.groups.values() if user in group.members]

    async def _talk(self, device: Device, dice: random.Random) -> None:
        mine = self._mine(device.user)
        if mine and dice.random() < self.shape.files:
            # It takes a while, and nobody is silent meanwhile.
            self._begin_to_show(device, dice.choice(mine), dice)
        elif mine:
            # Now and then several at once, without waiting for each.
            count = 1 if dice.random() < 0.9 else dice.randint(2, 6)
            await asyncio.gather(*(self.say(device, dice.choice(mine)) for _ in range(count)))

    def rush(self, count: int) -> None:
        """So many files at once, whoever sends them."""
        for _ in range(count):
            device = self.random.choice(self.of_user[self.random.choice(self.users)])
            mine = self._mine(device.user)
            if mine:
                self._begin_to_show(device, self.random.choice(mine), self.random)

    def _begin_to_show(self, device: Device, group: Group, dice: random.Random) -> None:
        self._uploading += 1
        self._tasks.append(asyncio.create_task(self._show(device, group, random.Random(dice.random()))))

    async def _show(self, device: Device, group: Group, dice: random.Random) -> None:
        """Sends a file: mostly one of its own, else one of a few that others send too."""
        try:
            number = dice.randrange(4) if dice.random() < 0.25 else 4 + self.said
            content = f"{self.tenant} {number}\n".encode() * dice.choice((20, 400, 4_000))
            gives_up = dice.random() < 0.1
            file = await self._upload(device, group, content, dice, gives_up)
            # One that nobody sends stays with whoever sent it.
            if file is None or dice.random() < 0.1:
                return
            reply = await self.say(device, group, attachments=[file])
            if reply["ok"]:
                self.files[file] = self.unseen[file] = digest(content)
                await self._look(device, file, digest(content), is_last=False)
        finally:
            self._uploading -= 1

    async def _upload(
        self, device: Device, group: Group, content: bytes, dice: random.Random, gives_up: bool
    ) -> str | None:
        deadline = time.monotonic() + UPLOAD_PATIENCE_S
        while time.monotonic() < deadline:
            pause = dice.choice((0, 0, 0.05, 0.3))
            port = dice.choice(self.ports)
            status, answer = await upload(port, device.token, group.id, content, pause, gives_up)
            if status == 201:
                file = answer["upload"]["id"]
                device.note("upload", file=file, sent=digest(content), sha256=answer["upload"]["sha256"])
                self.counts["uploaded"] += 1
                return file
            code = answer.get("error", {}).get("code", "cut off")
            self.counts[f"upload {code}"] += 1
            if gives_up or code in REFUSED_FOR_GOOD:
                return None
            await asyncio.sleep(dice.uniform(0.05, 0.5))
        return None

    async def _look(self, device: Device, file: str, sent: str, is_last: bool) -> int:
        status, sha256 = await download(self.random.choice(self.ports), device.token, file)
        device.note("download", file=file, sent=sent, status=status, sha256=sha256, is_last=is_last)
        return status if sha256 == sent else 0

    async def see(self, files: dict[str, str], patience_s: float) -> list[str]:
        """Asks for these files on behalf of the backend, which may see all; those that did not come, as they were sent, in
        that time."""
        backend = self.devices[-1]
        deadline = time.monotonic() + patience_s
        late = dict(files)
        while late:
            files = list(late.items())
            for place in range(0, len(files), DOWNLOADS_AT_ONCE):
                some = files[place : place + DOWNLOADS_AT_ONCE]
                came = await asyncio.gather(*(self._look(backend, file, sent, is_last=True) for file, sent in some))
                for (file, _), status in zip(some, came):
                    if status == 200:
                        del late[file]
            if late and time.monotonic() > deadline:
                break
            if late:
                await asyncio.sleep(0.1)
        return list(late)

    async def say(
        self, device: Device, group: Group, filler: int | None = None, attachments: list[str] | None = None
    ) -> dict:
        self.said += 1
        identifier = str(uuid.UUID(int=self.random.getrandbits(128)))
        text = f"{self.tenant} {device.user} {self.said} " + "x" * (self.shape.filler if filler is None else filler)
        more = {"attachments": attachments} if attachments else {}
        reply = await device.ask(
            "message.send", key=identifier, conversation=group.id, id=identifier, text=text, **more
        )
        if reply["ok"]:
            group.seq = max(group.seq, reply["seq"])
            self.counts["acknowledged"] += 1
        else:
            self.counts[reply["error"]["code"]] += 1
        return reply

    async def _read(self, device: Device, dice: random.Random) -> None:
        mine = [group for group in self._mine(device.user) if group.seq]
        if mine:
            group = dice.choice(mine)
            await device.ask("read", conversation=group.id, seq=max(1, group.seq - dice.randint(0, 3)))

    def _type(self, device: Device, dice: random.Random) -> None:
        mine = self._mine(device.user)
        if mine:
            device.tell("typing", conversation=dice.choice(mine).id, active=True)

    async def _block(self, device: Device, dice: random.Random) -> None:
        mine = sorted(other for blocker, other in self.blocks if blocker == device.user)
        if mine and dice.random() < 0.6:
            other = dice.choice(mine)
            self.blocks.discard((device.user, other))
            await device.ask("block.remove", user=other)
        else:
            other = dice.choice([user for user in self.users if user != device.user])
            if (device.user, other) not in self.blocks:
                await device.ask("block.add", user=other)
                self.blocks.add((device.user, other))

    async def _keep(self, device: Device, dice: random.Random) -> None:
        """The keeper of a group removes somebody, or takes somebody in."""
        mine = [group for group in self.groups.values() if group.keeper == device.user]
        if not mine:
            return
        group = dice.choice(mine)
        others = sorted(group.members - {group.keeper})
        strangers = sorted(set(self.users) - group.members)
        if len(others) > 2 and (dice.random() < 0.5 or not strangers):
            gone = dice.choice(others)
            reply = await device.ask("member.remove", conversation=group.id, users=[gone])
            if reply["ok"]:
                group.members.discard(gone)
        elif strangers:
            new = dice.choice(strangers)
            reply = await device.ask("member.add", conversation=group.id, users=[new])
            if reply["ok"]:
                group.members.add(new)

    def _reload(self, device: Device) -> None:
        """What a client does that could not be resumed: it lists anew."""
        mine = self._mine(device.user)
        if mine and not device.user == "backend":
            self._tasks.append(asyncio.create_task(self._list(device, self.random.choice(mine))))

    async def _list(self, device: Device, group: Group) -> None:
        known, connection = group.seq, device.connection
        reply = await device.ask("message.list", conversation=group.id)
        if reply["ok"]:
            messages = [[message["seq"], message["id"]] for message in reply["messages"]]
            device.note(
                "reload", connection=connection, conversation=group.id, messages=messages, newest=known
            )
