"""Histories that are right, however strange they look: the checker must not cry wolf."""

from chaos.stored import Message
from conftest import DIRECT, GROUP, World


def test_a_quiet_history_is_right(world):
    ben = world.connect("ben")
    for entry in (world.say("ana"), world.say("ana", DIRECT)):
        world.event(ben, entry)
    world.end(ben)
    assert world.rules() == set()


def test_what_came_before_the_hello_is_not_owed(world):
    world.say("ana")
    ben = world.connect("ben")
    world.end(ben)
    assert world.rules() == set()


def test_a_resume_gets_what_was_missed_and_nothing_again(world):
    ben = world.connect("ben")
    world.event(ben, first := world.say("ana"))
    world.drop(ben)
    missed = world.say("ana")
    ben = world.connect("ben", since=first.offset)
    world.event(ben, missed)
    world.mark(ben, missed.offset)
    world.end(ben)
    assert world.rules() == set()


def test_a_connection_that_broke_owes_nothing_past_its_last_event(world):
    ben = world.connect("ben")
    world.event(ben, world.say("ana"))
    world.say("ana")
    world.drop(ben)
    assert world.rules() == set()


def test_a_position_past_the_log_may_reload(world):
    ben = world.connect("ben", since=world.stored.newest + 10, resumed=False)
    world.record("reload", "ben", connection=ben, conversation=GROUP, messages=[], newest=0)
    world.end(ben)
    assert world.rules() == set()


def test_the_removed_get_their_own_removal_and_no_more(world):
    cy, ben = world.connect("cy"), world.connect("ben")
    removal = world.leave(GROUP, "cy")
    world.event(cy, removal), world.event(ben, removal)
    world.event(ben, world.say("ana"))
    back = world.join(GROUP, "cy")
    world.event(ben, back), world.event(cy, back)
    after = world.say("ana")
    for connection in (ben, cy):
        world.event(connection, after)
        world.end(connection)
    assert world.rules() == set()


def test_hidden_twins_stand_where_a_block_holds(world):
    ben = world.connect("ben")
    block = world.change_block("ben", "ana")
    world.event(ben, block, conversation=None)
    world.event(ben, world.say("ana"), hidden=True)
    world.event(ben, world.say("cy"))
    lifted = world.change_block("ben", "ana", added=False)
    world.event(ben, lifted, conversation=None)
    world.event(ben, world.say("ana"))
    world.end(ben)
    assert world.rules() == set()


def test_a_block_set_while_a_message_was_on_its_way_may_hide_it_or_not(world):
    for hidden in (False, True):
        world = World()
        ben = world.connect("ben")
        message = world.say("ana")
        block = world.change_block("ben", "ana")
        world.event(ben, message, hidden=hidden)
        world.event(ben, block, conversation=None)
        world.end(ben)
        assert world.rules() == set()


def test_replay_filters_by_the_blocks_of_its_own_moment(world):
    block = world.change_block("ben", "ana")
    message = world.say("ana")
    world.change_block("ben", "ana", added=False)
    ben = world.connect("ben", since=block.offset)
    world.event(ben, message)
    world.event(ben, world.stored.entries[-1], conversation=None)
    world.end(ben)
    assert world.rules() == set()


def test_past_messages_of_a_direct_conversation_stay_readable_across_a_block(world):
    message = world.say("ana", DIRECT)
    block = world.change_block("ben", "ana")
    ben = world.connect("ben", since=message.offset - 1)
    world.event(ben, message)
    world.event(ben, block, conversation=None)
    world.end(ben)
    assert world.rules() == set()


def test_the_blocks_of_others_are_nobodys_business(world):
    cy = world.connect("cy")
    world.change_block("ben", "ana")
    world.event(cy, world.say("ana"))
    world.end(cy)
    assert world.rules() == set()


def test_a_repeat_gets_the_first_result(world):
    world.send("ana", "message.send", "m3", id="m3", conversation=GROUP)
    entry = world.message("ana")
    world.record("reply", "ana", command="m3", ok=False, code="unavailable")
    world.send("ana", "message.send", "m3", id="m3", conversation=GROUP)
    world.acknowledge("ana", "m3", id="m3", seq=entry.seq, offset=entry.offset)
    assert world.rules() == set()


def test_the_unanswered_may_be_stored_or_not(world):
    world.send("ana", "message.send", "m3", id="m3", conversation=GROUP)
    world.message("ana")
    world.send("ana", "message.send", "gone", id="gone", conversation=GROUP)
    world.record("unknown", "ana", command="gone")
    assert world.rules() == set()


def test_commands_that_overlap_may_be_stored_in_either_order(world):
    world.send("ana", "message.send", "a", id="a", conversation=GROUP)
    world.send("cy", "message.send", "b", id="b", conversation=GROUP)
    for identifier, user, seq in (("b", "cy", 1), ("a", "ana", 2)):
        entry = world.log(1, GROUP, author=user, message=identifier, seq=seq)
        world.stored.messages.append(Message(identifier, GROUP, seq, entry.offset, user, f"acme {identifier}"))
    world.acknowledge("ana", "a", id="a", seq=2, offset=4)
    world.acknowledge("cy", "b", id="b", seq=1, offset=3)
    assert world.rules() == set()


def test_a_service_gets_everything_and_nothing_hidden(world):
    world.change_block("ben", "ana")
    connection = world.connect("backend")
    world.records[-2]["service"] = True
    world.event(connection, world.say("ana"))
    world.event(connection, world.change_block("ben", "cy"), conversation=None)
    world.end(connection)
    assert world.rules() == set()


def test_a_history_may_begin_in_the_middle(world):
    earlier = world.say("ana")
    world.records.clear()
    world.stored.base = earlier.offset
    world.stored.entries.clear(), world.stored.messages.clear()
    world.stored.seqs_before = {GROUP: 1}
    world.record("carry", "ben", connection="ben/1#0", position=earlier.offset)
    world.event("ben/1#0", world.say("ana"))
    world.end("ben/1#0")
    assert world.rules() == set()


def test_read_marks_move_forward_and_their_tellers_need_not_be_told_twice(world):
    ben = world.connect("ben")
    world.event(ben, first := world.say("ana"))
    world.send("cy", "read", "r1", conversation=GROUP, seq=first.seq)
    world.acknowledge("cy", "r1", seq=first.seq)
    world.state(ben, "read", "cy", first.seq)
    world.stored.read_marks[("cy", GROUP)] = first.seq
    world.state(ben, "read", "cy", first.seq)
    world.end(ben)
    assert world.rules() == set()


def test_what_was_pruned_is_not_missed(world):
    world.say("ana")
    world.say("ana")
    ben = world.connect("ben", since=1, resumed=False)
    world.event(ben, world.say("ana"))
    world.end(ben)
    world.stored.floor = world.stored.newest - 1
    world.stored.entries[:] = world.stored.entries[-1:]
    assert world.rules() == set()


def test_who_is_removed_between_two_tries_is_refused_what_is_stored(world):
    world.send("ana", "message.send", "m3", id="m3", conversation=GROUP)
    world.message("ana")
    world.record("again", "ana", command="m3")
    world.record("reply", "ana", command="m3", ok=False, code="not_found")
    assert world.rules() == set()


def test_files_that_come_as_they_were_sent(world):
    world.upload("ana", "f1")
    world.say("ana", attachments=["f1"])
    busy = world.download("f1", is_last=False)
    busy["status"], busy["sha256"] = 0, None
    world.download("f1")
    assert world.rules() == set()


def test_a_file_that_nobody_sent_is_not_owed_and_one_that_was_never_taken_may_be_unknown(world):
    world.upload("ana", "f1")
    world.send("ana", "message.send", "m3", id="m3", conversation=GROUP, attachments=["f2"])
    world.record("reply", "ana", command="m3", ok=False, code="not_found", field="attachments")
    assert world.rules() == set()
