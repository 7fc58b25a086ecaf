"""Histories and stores that are wrong in one way each: the checker must say which."""

import dataclasses
import hashlib

import pytest

from chaos.findings import Rule
from chaos.stored import Entry, Message, Stored
from chaos.uploads import look
from conftest import DIRECT, GROUP, World


def heard(world: World, count: int = 3):
    """ben hears `count` messages of ana; the records of his events."""
    ben = world.connect("ben")
    events = [world.event(ben, world.say("ana")) for _ in range(count)]
    world.end(ben)
    assert world.rules() == set()
    return ben, events


def test_an_acknowledged_message_that_is_not_stored(world):
    entry = world.say("ana")
    world.stored.entries.remove(entry)
    world.stored.messages.clear()
    assert world.rules() == {Rule.ACKNOWLEDGED_MISSING}


def test_an_acknowledged_message_that_is_in_the_log_only(world):
    world.say("ana")
    world.stored.messages.clear()
    assert world.rules() == {Rule.ACKNOWLEDGED_MISSING}


def test_an_acknowledged_message_of_which_the_log_knows_nothing(world):
    world.say("ana")
    world.stored.entries.pop()
    assert Rule.ACKNOWLEDGED_MISSING in world.rules()


def test_an_acknowledged_block_that_is_not_in_the_log(world):
    block = world.change_block("ben", "ana")
    world.stored.entries.remove(block)
    assert world.rules() == {Rule.ACKNOWLEDGED_MISSING}


def test_an_acknowledgement_that_names_another_place(world):
    world.say("ana")
    world.records[-1]["seq"] += 1
    assert world.rules() == {Rule.ACKNOWLEDGED_DIFFERS}


def test_a_block_acknowledged_at_the_offset_of_something_else(world):
    world.say("ana")
    world.change_block("ben", "ana")
    world.records[-1]["offset"] -= 1
    assert world.rules() == {Rule.ACKNOWLEDGED_DIFFERS}


def test_a_message_stored_twice_under_one_id(world):
    entry = world.say("ana")
    copy = dataclasses.replace(entry, offset=world.next, seq=2)
    world.stored.entries.append(copy)
    world.stored.messages.append(Message(entry.message, GROUP, 2, copy.offset, "ana", "acme once"))
    assert Rule.STORED_TWICE in world.rules()


def test_a_message_stored_twice_under_two_ids(world):
    world.message("ana", text="acme the same")
    world.message("ana", text="acme the same")
    assert world.rules() == {Rule.STORED_TWICE}


def test_an_event_that_comes_twice(world):
    ben, events = heard(world)
    world.records.insert(-1, dict(events[1]))
    assert world.rules() == {Rule.DELIVERED_TWICE}


def test_an_event_that_comes_again_after_a_resume(world):
    ben = world.connect("ben")
    world.event(ben, entry := world.say("ana"))
    world.drop(ben)
    ben = world.connect("ben", since=entry.offset)
    world.event(ben, entry)
    world.end(ben)
    assert world.rules() == {Rule.DELIVERED_TWICE}


def test_an_event_that_never_comes(world):
    ben, events = heard(world)
    world.records.remove(events[1])
    assert world.rules() == {Rule.NOT_DELIVERED}


def test_a_last_event_that_never_comes(world):
    ben, events = heard(world)
    world.records.remove(events[-1])
    assert world.rules() == {Rule.NOT_DELIVERED}


def test_a_mark_that_says_more_than_came(world):
    ben = world.connect("ben")
    entry = world.say("ana")
    world.mark(ben, entry.offset)
    world.drop(ben)
    assert world.rules() == {Rule.NOT_DELIVERED}


def test_an_event_missing_from_a_resume(world):
    ben = world.connect("ben")
    world.event(ben, first := world.say("ana"))
    world.drop(ben)
    world.say("ana")
    ben = world.connect("ben", since=first.offset)
    world.event(ben, world.say("ana"))
    world.drop(ben)
    assert world.rules() == {Rule.NOT_DELIVERED}


def test_two_events_that_change_places(world):
    ben, events = heard(world)
    one, two = world.records.index(events[0]), world.records.index(events[1])
    world.records[one], world.records[two] = world.records[two], world.records[one]
    assert world.rules() == {Rule.OUT_OF_ORDER}


def test_an_event_behind_a_mark(world):
    ben = world.connect("ben")
    entry = world.say("ana")
    world.mark(ben, entry.offset)
    world.event(ben, entry)
    world.end(ben)
    assert world.rules() == {Rule.OUT_OF_ORDER}


def test_a_message_stored_before_one_that_was_acknowledged_when_it_left(world):
    world.say("ana")
    world.say("ana")
    left, right = world.stored.messages
    world.stored.messages[:] = [
        dataclasses.replace(right, offset=left.offset, seq=left.seq),
        dataclasses.replace(left, offset=right.offset, seq=right.seq),
    ]
    one, two = world.stored.entries[-2:]
    world.stored.entries[-2:] = [
        dataclasses.replace(one, message=two.message), dataclasses.replace(two, message=one.message)
    ]
    assert Rule.OUT_OF_ORDER in world.rules()


def test_a_hole_in_the_offsets(world):
    world.message("ana")
    world.message("ana")
    world.stored.entries[-1] = dataclasses.replace(world.stored.entries[-1], offset=world.next)
    assert Rule.OFFSET_HOLE in world.rules()


def test_a_hole_in_the_seqs(world):
    world.message("ana")
    world.seqs[GROUP] += 1
    world.message("ana")
    assert world.rules() == {Rule.SEQ_HOLE}


@pytest.mark.parametrize("back", [False, True])
def test_a_former_member_that_goes_on_hearing(world, back):
    cy = world.connect("cy")
    world.event(cy, world.leave(GROUP, "cy"))
    world.event(cy, world.say("ana"))
    if back:
        world.event(cy, world.join(GROUP, "cy"))
    world.end(cy)
    assert world.rules() == {Rule.TO_A_NON_MEMBER}


def test_a_stranger_that_hears(world):
    dan = world.connect("dan")
    world.event(dan, world.say("ana"))
    world.end(dan)
    assert world.rules() == {Rule.TO_A_NON_MEMBER}


def test_somebody_elses_block(world):
    cy = world.connect("cy")
    world.event(cy, world.change_block("ben", "ana"), conversation=None)
    world.end(cy)
    assert world.rules() == {Rule.TO_A_NON_MEMBER}


def test_a_former_member_that_hears_of_read_marks(world):
    cy = world.connect("cy")
    world.event(cy, world.leave(GROUP, "cy"))
    world.state(cy, "read", "ben", 1)
    world.end(cy)
    assert world.rules() == {Rule.TO_A_NON_MEMBER}


def test_a_message_shown_across_a_block(world):
    ben = world.connect("ben")
    world.event(ben, world.change_block("ben", "ana"), conversation=None)
    world.event(ben, world.say("ana"))
    world.end(ben)
    assert world.rules() == {Rule.ACROSS_A_BLOCK}


@pytest.mark.parametrize("name", ["read", "typing"])
@pytest.mark.parametrize("blocker, blocked", [("ben", "cy"), ("cy", "ben")])
def test_what_somebody_does_told_across_a_block(world, name, blocker, blocked):
    ben = world.connect("ben")
    block = world.change_block(blocker, blocked)
    if blocker == "ben":
        world.event(ben, block, conversation=None)
    world.event(ben, world.say("ana"))
    world.state(ben, name, "cy", 1)
    world.end(ben)
    assert world.rules() == {Rule.ACROSS_A_BLOCK}


def test_a_message_hidden_for_nothing(world):
    ben = world.connect("ben")
    world.event(ben, world.say("ana"), hidden=True)
    world.end(ben)
    assert world.rules() == {Rule.HIDDEN_WITHOUT_BLOCK}


def test_a_message_hidden_by_a_block_of_later(world):
    ben = world.connect("ben")
    message = world.say("ana")
    world.event(ben, message, hidden=True)
    world.event(ben, world.change_block("ben", "ana"), conversation=None)
    world.end(ben)
    assert world.rules() == {Rule.HIDDEN_WITHOUT_BLOCK}


def test_a_direct_message_hidden(world):
    ben = world.connect("ben")
    message = world.say("ana", DIRECT)
    world.event(ben, block := world.change_block("ben", "ana"), conversation=None)
    world.drop(ben)
    ben = world.connect("ben", since=message.offset - 1)
    world.event(ben, message, hidden=True)
    world.event(ben, block, conversation=None)
    world.end(ben)
    assert Rule.HIDDEN_WITHOUT_BLOCK in world.rules()


def test_a_direct_message_stored_across_a_block(world):
    world.block("ben", "ana")
    world.message("ana", DIRECT)
    assert world.rules() == {Rule.ACROSS_A_BLOCK}


def test_another_tenants_message(world):
    ben, events = heard(world)
    events[1] |= {"id": "m99", "text": "globex secret"}
    assert Rule.ACROSS_TENANTS in world.rules()


def test_an_event_that_the_log_does_not_know(world):
    ben = world.connect("ben")
    world.event(ben, Entry(world.next, 1, GROUP, author="ana", message="m99", seq=1), text="acme m99")
    world.end(ben)
    assert world.rules() == {Rule.EVENT_DIFFERS}


@pytest.mark.parametrize("change", [{"id": "other"}, {"seq": 9}, {"sender": "cy"}, {"conversation": DIRECT}])
def test_an_event_that_differs_from_the_log(world, change):
    ben, events = heard(world)
    events[1] |= change
    assert world.rules() == {Rule.EVENT_DIFFERS}


def test_a_position_that_is_not_resumed(world):
    world.say("ana")
    ben = world.connect("ben", since=1, resumed=False)
    world.end(ben)
    assert world.rules() == {Rule.NOT_RESUMED}


def test_a_reload_with_a_hole(world):
    for _ in range(3):
        world.say("ana")
    ben = world.connect("ben")
    listed = [[message.seq, message.id] for message in world.stored.messages]
    reload = world.record("reload", "ben", connection=ben, conversation=GROUP, messages=listed, newest=3)
    assert world.rules() == set()
    reload["messages"] = [listed[0], listed[2]]
    assert world.rules() == {Rule.RELOAD_INCOMPLETE}
    reload["messages"] = listed[:2]
    assert world.rules() == {Rule.RELOAD_INCOMPLETE}


@pytest.mark.parametrize("code", ["blocked", "not_found"])
def test_a_refused_message_that_is_stored(world, code):
    world.send("ana", "message.send", "m3", id="m3", conversation=GROUP)
    world.record("reply", "ana", command="m3", ok=False, code=code)
    world.message("ana")
    assert world.rules() == {Rule.STORED_THOUGH_REFUSED}


def test_a_read_mark_that_somebody_sees_move_back(world):
    ben = world.connect("ben")
    for seq in (2, 1):
        world.state(ben, "read", "cy", seq)
    world.end(ben)
    assert world.rules() == {Rule.READ_MOVED_BACK}


def test_a_read_mark_answered_lower_than_one_acknowledged_before(world):
    for key, seq in (("r1", 2), ("r2", 1)):
        world.send("cy", "read", key, conversation=GROUP, seq=seq)
        world.acknowledge("cy", key, seq=seq)
    assert world.rules() == {Rule.READ_MOVED_BACK}


def test_a_read_mark_stored_lower_than_it_was_acknowledged(world):
    world.send("cy", "read", "r1", conversation=GROUP, seq=2)
    world.acknowledge("cy", "r1", seq=2)
    world.stored.read_marks[("cy", GROUP)] = 1
    assert world.rules() == {Rule.READ_MOVED_BACK}


def test_a_file_that_fails_its_check(world):
    world.stored.faults.append("row 3 missing from index")
    assert world.rules() == {Rule.BROKEN_FILE}


def test_a_file_of_an_acknowledged_message_that_does_not_come(world):
    world.upload("ana", "f1")
    world.say("ana", attachments=["f1"])
    world.download("f1", is_last=False)
    assert world.rules() == {Rule.FILE_MISSING}
    last = world.download("f1")
    assert world.rules() == set()
    last["status"], last["sha256"] = 404, None
    assert world.rules() == {Rule.FILE_MISSING}


@pytest.mark.parametrize("is_last", [True, False])
def test_a_file_that_comes_as_something_else(world, is_last):
    world.upload("ana", "f1")
    world.download("f1", is_last)["sha256"] = "hash of half of it"
    assert world.rules() == {Rule.FILE_DIFFERS}


def test_a_file_that_is_taken_as_something_else(world):
    world.upload("ana", "f1")["sha256"] = "hash of half of it"
    assert world.rules() == {Rule.FILE_DIFFERS}


@pytest.mark.parametrize("is_repeated", [True, False])
def test_a_file_that_was_taken_and_is_unknown_to_the_message_that_names_it(world, is_repeated):
    world.upload("ana", "f1")
    world.send("ana", "message.send", "m3", id="m3", conversation=GROUP, attachments=["f1"])
    if is_repeated:
        world.record("again", "ana", command="m3")
    world.record("reply", "ana", command="m3", ok=False, code="not_found", field="attachments")
    assert world.rules() == {Rule.FILE_MISSING}


def test_half_a_file_in_the_store_and_one_that_is_not_there(tmp_path):
    whole, half, missing = (hashlib.sha256(content).hexdigest() for content in (b"whole", b"half", b"missing"))
    for content, name in ((b"whole", whole), (b"ha", half), (b"any", f"{whole}.thumbnail")):
        folder = tmp_path / "acme" / name[:2]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    found = look(tmp_path, "acme", Stored(contents={whole, missing}))
    assert {(finding.rule, finding.detail.split()[-1]) for finding in found} == {
        (Rule.HALF_A_FILE, "bytes"), (Rule.FILE_MISSING, missing),
    }
