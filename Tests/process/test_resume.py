"""Coming back: `since`, `epoch`, `resumed` and `mark`."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from harness.client import Client
from harness.store import tenant_file


def come_back(shared, tenant, user: str, since, epoch, gateway: int = 0) -> Client:
    return Client(shared.url(gateway), tenant.token(user), since, epoch)


def test_what_was_missed_comes_in_order_then_the_mark_then_live(shared, tenant, people):
    ana = people("ana")
    ben = people("ben")
    group = ana.group("ben")
    position, epoch = ben.settle(), ben.hello["epoch"]
    ben.close()
    offsets = [ana.say(group, str(number))["offset"] for number in range(700)]
    ana.ok("read", conversation=group, seq=700)
    with come_back(shared, tenant, "ben", position, epoch, gateway=1) as back:
        assert back.hello["resumed"] is True and back.hello["epoch"] == epoch
        mark = back.event("mark", live=True)
        assert mark["offset"] >= offsets[-1]
        place = back.frames.index(mark)
        missed = [frame for frame in back.frames[1:place] if frame["event"] == "message.created"]
        assert [event["offset"] for event in missed] == offsets
        assert [event["message"]["text"] for event in missed] == [str(number) for number in range(700)]
        states = [frame for frame in back.frames[1:place] if frame["event"] == "read"]
        assert [(state["user"], state["seq"]) for state in states if state["user"] == "ana"] == [("ana", 700)]
        durables = [index for index, frame in enumerate(back.frames[:place]) if "offset" in frame and "event" in frame]
        assert back.frames.index(states[0]) > max(durables), "state events come after the durable ones"
        ana.say(group, "live")
        back.event("message.created", message__text="live")


def test_nothing_is_doubled_by_coming_back_with_the_same_position(shared, tenant, people):
    ana = people("ana")
    group = ana.group()
    first = ana.say(group, "one")["offset"]
    ana.say(group, "two")
    epoch = ana.hello["epoch"]
    for _ in range(2):
        with come_back(shared, tenant, "ana", first, epoch) as back:
            back.event("mark", live=True)
            assert back.texts(group) == ["two"]


@pytest.mark.parametrize(
    "since, epoch", [("none", "none"), ("good", "none"), ("good", "other"), ("future", "good"), ("none", "good")]
)
def test_a_position_that_means_nothing_is_not_resumed(shared, tenant, people, since, epoch):
    ana = people("ana")
    offset = ana.say(ana.group(), "x")["offset"]
    since = {"none": None, "good": offset, "future": offset + 1_000_000}[since]
    epoch = {"none": None, "good": ana.hello["epoch"], "other": "some-other-epoch"}[epoch]
    with come_back(shared, tenant, "ana", since, epoch) as back:
        assert back.hello["resumed"] is False
        mark = back.event("mark", live=True)
        assert mark["offset"] >= offset and back.durable() == []


def test_the_newest_position_resumes_with_nothing(shared, tenant, people):
    ana = people("ana")
    ana.say(ana.group(), "x")
    newest = ana.settle()
    with come_back(shared, tenant, "ana", newest, ana.hello["epoch"]) as back:
        assert back.hello["resumed"] is True
        assert back.event("mark", live=True)["offset"] == newest and back.durable() == []


def test_zero_is_the_beginning(shared, tenant, people):
    ana = people("ana")
    group = ana.group()
    ana.say(group, "first of all")
    with come_back(shared, tenant, "ana", 0, ana.hello["epoch"]) as back:
        assert back.hello["resumed"] is True
        back.event("mark", live=True)
        assert back.events("conversation.created", conversation=group) and back.texts(group) == ["first of all"]


def test_a_former_member_gets_what_concerned_him_then_and_ends_with_the_removal(shared, tenant, people):
    ana, ben = people("ana"), people("ben")
    group = ana.group("ben")
    position, epoch = ben.settle(), ben.hello["epoch"]
    ben.close()
    ana.say(group, "while a member")
    removed = ana.ok("member.remove", conversation=group, users=["ben"])["offset"]
    ana.say(group, "not for ben")
    added = ana.ok("member.add", conversation=group, users=["ben"])["offset"]
    ana.say(group, "a member again")
    with come_back(shared, tenant, "ben", position, epoch) as back:
        back.event("mark", live=True)
        assert back.texts(group) == ["while a member", "a member again"]
        kinds = [(event["event"], event["offset"]) for event in back.durable() if event["event"].startswith("member.")]
        assert kinds == [("member.removed", removed), ("member.added", added)]


def test_replay_goes_by_the_blocks_of_its_own_moment(shared, tenant, people):
    ana, ben = people("ana"), people("ben")
    people.known("chloe")
    group = ana.group("ben", "chloe")
    position, epoch = ana.settle(), ana.hello["epoch"]
    ben.say(group, "sent before the block")
    ana.ok("block.add", user="ben")
    with come_back(shared, tenant, "ana", position, epoch) as back:
        back.event("mark", live=True)
        assert back.texts(group) == [] and len(back.events("message.hidden", conversation=group)) == 1
    ana.ok("block.remove", user="ben")
    with come_back(shared, tenant, "ana", position, epoch) as back:
        back.event("mark", live=True)
        assert back.texts(group) == ["sent before the block"]


def test_live_events_during_the_replay_come_after_it(shared, tenant, people):
    ana, ben = people("ana"), people("ben")
    group = ana.group("ben")
    position, epoch = ben.settle(), ben.hello["epoch"]
    ben.close()
    for number in range(300):
        ana.send("message.send", conversation=group, id=_id(number), text=str(number), ref=f"m{number}")
    backs = []
    for number in range(300):
        ana.reply(f"m{number}")
        if number % 60 == 0:
            backs.append(come_back(shared, tenant, "ben", position, epoch, gateway=number // 60 % 2))
    for back in backs:
        back.wait(lambda _, back=back: len(back.texts(group)) >= 300, "all messages")
        assert back.texts(group) == [str(number) for number in range(300)]
        back.close()


def test_quiet_connections_hear_marks_of_their_position(start_up):
    system = start_up(extra={"PARLEY_GATEWAY_HEARTBEAT": "1s"})
    tenant = system.tenant()
    with system.client(tenant, "ana") as ana, system.client(tenant, "ben") as ben:
        assert ben.hello["heartbeat_ms"] == 1_000
        offset = ana.say(ana.group(), "not ben's")["offset"]
        # What does not concern ben still moves his position on.
        ben.wait(lambda frame: frame.get("event") == "mark" and frame["offset"] >= offset, "a later mark")


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def test_who_saw_more_than_a_restored_copy_loads_everything_again(start_up, tmp_path):
    """By the steps of docs/operations.md."""
    system = start_up()
    tenant = system.tenant()
    with system.client(tenant, "ana") as ana:
        chat = ana.group()
        ana.say(chat, "in the copy")
        copy = tmp_path / "copy.sqlite"
        with closing(sqlite3.connect(tenant_file(system.data, tenant.slug))) as source:
            with closing(sqlite3.connect(copy)) as target:
                source.backup(target)
        seen = ana.say(chat, "after the copy")["offset"]
        epoch = ana.hello["epoch"]
    assert system.stop() == 0
    file = tenant_file(system.data, tenant.slug)
    for suffix in ("-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)
    file.write_bytes(copy.read_bytes())
    documented = Path(__file__).parents[2] / "docs" / "operations.md"
    (statement,) = re.findall(r'sqlite3 tenant.sqlite "(UPDATE [^"]+)"', documented.read_text())
    with closing(sqlite3.connect(file)) as database:
        database.execute(statement)
        database.commit()
    system = start_up(system.data)
    with Client(system.url(), tenant.token("ana"), since=seen, epoch=epoch) as back:
        assert back.hello["resumed"] is False and back.hello["epoch"] != epoch
        assert [m["text"] for m in back.ok("message.list", conversation=chat)["messages"]] == ["in the copy"]
        assert back.say(chat, "and on")["offset"] == seen
