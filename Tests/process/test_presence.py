"""Who is here: presence over two gateways, as others see it."""

import httpx
import pytest

from harness.presence import shown, statuses, told, watch

USERS_MAX = 200


def test_hello_says_that_there_is_presence(people):
    assert "presence" in people("ana").hello["features"]


def test_two_people_see_each_other_come_and_go(people):
    people.known("ben")
    ana = people("ana", 0)
    assert watch(ana, "ben")["ben"]["status"] == "offline"
    ben = people("ben", 1)
    event = told(ana, "ben", "online")
    assert set(event) == {"event", "user", "status"}
    assert shown(ben, "online", "ana") == {"ana": {"user": "ana", "status": "online"}}
    ana.close()
    assert told(ben, "ana", "offline")["last_seen"].endswith("Z")
    people("ana", 1)
    assert "last_seen" not in told(ben, "ana", "online")
    assert statuses(ben, "ana")[-2:] == ["offline", "online"]


def test_last_seen_is_what_a_later_reader_gets_too(people):
    ana, ben = people("ana"), people("ben", 1)
    shown(ana, "online", "ben")
    ben.close()
    seen = told(ana, "ben", "offline")["last_seen"]
    assert watch(people("chloe", 1), "ben")["ben"] == {"user": "ben", "status": "offline", "last_seen": seen}


def test_a_person_is_shown_as_they_say(people):
    ana, ben = people("ana"), people("ben", 1)
    shown(ana, "online", "ben")
    ben.ok("presence.set", status="away", text="  Lunch 🥨 ")
    assert told(ana, "ben", "away")["text"] == "Lunch 🥨"
    assert watch(ana, "ben")["ben"] == {"user": "ben", "status": "away", "text": "Lunch 🥨"}
    ben.ok("presence.set", status="online")
    assert "text" not in told(ana, "ben", "online")


def test_nobody_invisible_is_seen_to_come_or_go(people):
    ana, chloe = people("ana"), people("chloe")
    ben = people("ben", 1)
    ben.ok("presence.set", status="invisible", text="hidden")
    presence = shown(ana, "offline", "ben")["ben"]
    assert "text" not in presence
    seen = presence.get("last_seen")
    place = ana.mark_place()
    ben.close()
    watch(ana, "ben", "chloe")
    # What closes the line: a change that came after.
    chloe.ok("presence.set", status="away")
    told(ana, "chloe", "away", place)
    chloe.close()
    told(ana, "chloe", "offline", place)
    assert [event["user"] for event in ana.events("presence")[-2:]] == ["chloe", "chloe"]
    assert watch(ana, "ben")["ben"].get("last_seen") == seen, "no fresh last_seen"


def test_one_device_online_is_online_and_one_hidden_hides_all(people):
    ana, phone, desk = people("ana"), people("ben", 0), people("ben", 1)
    shown(ana, "online", "ben")
    phone.ok("presence.set", status="away")
    phone.ok("presence.set", status="away", text="on the phone")
    # The text is told, the status is the other device's.
    assert told(ana, "ben", "online", text="on the phone")
    desk.ok("presence.set", status="away", text="both")
    told(ana, "ben", "away", text="both")
    place = ana.mark_place()
    phone.ok("presence.set", status="invisible")
    told(ana, "ben", "offline", place)
    place = ana.mark_place()
    phone.close()
    told(ana, "ben", "away", place, text="both")
    place = ana.mark_place()
    desk.close()
    told(ana, "ben", "offline", place)


def test_many_changes_are_few_events(people):
    ana, ben = people("ana"), people("ben", 1)
    shown(ana, "online", "ben")
    changes = 100
    for number in range(changes):
        ben.ok("presence.set", status="away" if number % 2 else "online", text=f"{number}")
    told(ana, "ben", "away", text=f"{changes - 1}")
    # A hundred replies take far less than a fifth of so many seconds.
    assert len(ana.events("presence", user="ben")) <= changes // 5


def test_a_watch_replaces_the_former_one_and_a_refused_one_does_not(people):
    people.known("ben", "chloe", "dev")
    ana = people("ana")
    watch(ana, "ben", "chloe")
    watch(ana, "chloe")
    crowd = [f"user-{number}" for number in range(USERS_MAX + 1)]
    error = ana.refused("presence.watch", users=crowd)
    assert (error["code"], error["field"]) == ("bad_request", "users")
    assert ana.refused("presence.watch", users=["ben", "ghost"])["code"] == "not_found"
    people("ben", 1)
    people("chloe", 1)
    told(ana, "chloe", "online")
    assert statuses(ana, "ben") == []
    assert ana.ok("presence.watch", users=[])["presences"] == []


def test_as_many_as_the_limit_are_watched_at_once(people):
    users = [f"user-{number}" for number in range(USERS_MAX)]
    with people.service() as service:
        for user in users:
            service.ok("user.update", name=user, as_=user)
    ana = people("ana")
    assert {presence["status"] for presence in watch(ana, *users).values()} == {"offline"}
    people(users[-1], 1)
    told(ana, users[-1], "online")


def test_nobody_sees_anyone_across_a_block(people):
    ana, ben, chloe = people("ana"), people("ben", 1), people("chloe")
    shown(ana, "online", "ben", "chloe"), shown(ben, "online", "ana", "chloe")
    ana.ok("block.add", user="ben")
    for one, other in ((ana, "ben"), (ben, "ana")):
        assert set(told(one, other, "offline")) == {"event", "user", "status"}, "nothing but that"
    assert watch(ben, "ana", "chloe")["ana"] == {"user": "ana", "status": "offline"}
    before = statuses(ana, "ben"), statuses(ben, "ana")
    places = ana.mark_place(), ben.mark_place()
    ana.ok("presence.set", status="away"), ben.ok("presence.set", status="away")
    shown(chloe, "away", "ana", "ben")
    # What closes the line: a change that came after theirs were told.
    chloe.ok("presence.set", status="away")
    told(ana, "chloe", "away", places[0]), told(ben, "chloe", "away", places[1])
    assert (statuses(ana, "ben"), statuses(ben, "ana")) == before
    ana.ok("block.remove", user="ben")
    told(ana, "ben", "away", places[0]), told(ben, "ana", "away", places[1])


def test_another_tenants_people_do_not_exist(people, shared):
    other = shared.tenant()
    with shared.client(other, "ben", 1):
        ana = people("ana")
        assert ana.refused("presence.watch", users=["ben"])["code"] == "not_found"
        people.known("ben")
        assert shown(ana, "offline", "ben")["ben"].keys() >= {"user", "status"}


def test_a_service_sees_all_and_is_nobody_itself(people):
    ana, ben = people("ana"), people("ben", 1)
    ben.ok("block.add", user="ana")
    service = people.service()
    shown(service, "online", "ana", "ben")
    assert watch(service, "ana", "ben", as_="ana")["ben"] == {"user": "ben", "status": "offline"}
    watch(service, "ana", "ben")
    error = service.refused("presence.set", status="away")
    assert (error["code"], error["field"]) == ("bad_request", "as")
    assert service.refused("presence.set", status="away", as_="ghost")["code"] == "not_found"
    service.ok("user.update", name="Dora", as_="dora")
    watch(service, "dora")
    service.ok("presence.set", status="away", text="by the bot", as_="dora")
    assert told(service, "dora", "away")["text"] == "by the bot"
    assert ana.refused("presence.watch", users=["backend"])["code"] == "not_found"
    error = ana.refused("presence.set", status="away", as_="ben")
    assert (error["code"], error["field"]) == ("bad_request", "as")


@pytest.mark.parametrize("fields, field", [({}, "status"), ({"status": "offline"}, "status"), ({"status": "away", "text": "x" * 101}, "text")])
def test_what_is_wrong_is_named(people, fields, field):
    error = people("ana").refused("presence.set", **fields)
    assert (error["code"], error["field"]) == ("bad_request", field)


def test_the_same_over_http(shared, tenant, people):
    people.known("ben")
    ana = people("ana")
    shown(ana, "offline", "ben")
    with httpx.Client(base_url=shared.http(1), timeout=15, trust_env=False) as http:

        def ask(user: str, **command) -> dict:
            answer = http.post("/v1/ops", json=command, headers={"Authorization": f"Bearer {tenant.token(user)}"})
            return {"status_code": answer.status_code} | answer.json()

        assert ask("ben", op="presence.set", status="away", text="by HTTP") == {"status_code": 200, "ok": True}
        assert told(ana, "ben", "away")["text"] == "by HTTP"
        reply = ask("chloe", op="presence.watch", users=["ana", "ben"])
        assert reply["presences"] == [
            {"user": "ana", "status": "online"},
            {"user": "ben", "status": "away", "text": "by HTTP"},
        ]
        assert ask("ben", op="presence.set", status="offline")["status_code"] == 400
        assert ask("ben", op="presence.watch", users=["ghost"])["status_code"] == 404
