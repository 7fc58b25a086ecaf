"""Deleting a message: who may, what everybody loses, and that nothing brings it back."""

import httpx

from harness.client import Client, new_id


def sent(client, conversation: str, text: str, **more) -> tuple[str, dict]:
    identifier = new_id()
    return identifier, client.ok("message.send", conversation=conversation, id=identifier, text=text, **more)


def test_everybody_loses_a_deleted_message_and_no_way_leads_back_to_it(people, shared, tenant):
    ana, ben, cem = people("ana"), people("ben"), people("cem")
    group = ana.group("ben", "cem")
    start = ben.event("conversation.created", conversation=group)["offset"]
    message, reply = sent(ben, group, "not for long")
    sent(cem, group, "what?", reply_to=message)
    deleted = ben.ok("message.delete", id=message)
    for client in (ana, ben, cem):
        event = client.event("message.deleted", id=message)
        assert event["by"] == "ben" and event["seq"] == reply["seq"] and event["empties"] == reply["offset"]
        assert event["offset"] == deleted["offset"] and event["at"] == deleted["at"]
        stub = client.ok("message.get", id=message)["message"]
        assert stub["deleted"] is True and not stub.get("text") and not stub.get("attachments")
    page = ana.ok("message.list", conversation=group)["messages"]
    assert [one.get("text") or one.get("deleted") for one in page] == [True, "what?"]
    assert ana.ok("conversation.get", conversation=group)["conversation"]["unread"] == 1

    with Client(shared.url(), tenant.token("ana"), start, ana.hello["epoch"]) as later:
        again = later.event("message.created", seq=reply["seq"])
        assert again["offset"] == reply["offset"]
        stub = {"id": message, "conversation": group, "seq": reply["seq"], "deleted": True}
        assert again["message"] == stub
        later.event("message.deleted", id=message)
        assert "not for long" not in str(later.frames)


def test_a_repeat_gets_the_first_answer_over_either_way(people, shared, tenant):
    ana, ben = people("ana"), people("ben")
    group = ana.group("ben")
    message, _ = sent(ben, group, "twice")
    first = ben.ok("message.delete", id=message)
    sent(ana, group, "meanwhile")
    for again in (ben.ok("message.delete", id=message), ana.ok("message.delete", id=message)):
        assert (again["offset"], again["at"]) == (first["offset"], first["at"])
    answer = httpx.post(
        shared.http() + "/v1/ops",
        headers={"Authorization": f"Bearer {tenant.token('ben')}"},
        json={"op": "message.delete", "id": message},
        trust_env=False,
    )
    assert answer.status_code == 200 and answer.json()["offset"] == first["offset"]
    ana.settle()
    assert len(ana.events("message.deleted", id=message)) == 1


def test_who_may_not_is_told_so_and_nothing_changes(people):
    ana, ben, eve = people("ana"), people("ben"), people("eve")
    group, direct = ana.group("ben"), ana.direct("ben")
    of_ana, _ = sent(ana, group, "mine")
    of_ben, _ = sent(ben, group, "his")
    between, _ = sent(ana, direct, "between us")
    assert ben.refused("message.delete", id=of_ana)["code"] == "forbidden"
    assert ben.refused("message.delete", id=between)["code"] == "forbidden"
    for identifier in (of_ana, of_ben, between, new_id()):
        assert eve.refused("message.delete", id=identifier)["code"] == "not_found"
    assert ana.ok("message.delete", id=of_ben)["offset"] > 0, "an owner looks after the group"
    ana.ok("block.add", user="ben")
    assert ana.ok("message.delete", id=between)["offset"] > 0, "one's own, whatever is blocked"
    assert ana.ok("message.get", id=of_ana)["message"]["text"] == "mine"


def test_a_service_deletes_as_somebody(people):
    ana, service = people("ana"), people.service()
    group = ana.group()
    message, _ = sent(ana, group, "said")
    error = service.refused("message.delete", id=message)
    assert (error["code"], error["field"]) == ("bad_request", "as")
    assert service.ok("message.delete", id=message, **{"as": "ana"})
    assert ana.event("message.deleted", id=message)["by"] == "ana"
