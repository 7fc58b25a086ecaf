"""`GET /v1/events` by long poll: the WebSocket's twin for who can't have one."""

import os
import signal

import httpx
import pytest

from harness.client import new_id
from harness.events import Waiting, get, poll
from harness.raw import Plain
from harness.system import children
from harness.waiting import until


def texts(answer: dict) -> list[str]:
    return [event["message"]["text"] for event in answer["events"] if event["event"] == "message.created"]


def gauge(system, name: str, place: int = 0) -> int:
    line = next(line for line in system.metrics("gateway", place).splitlines() if line.startswith(name + " "))
    return int(float(line.rsplit(" ", 1)[1]))


POLLS = 'parley_gateway_fallback_connections{kind="poll"}'


def waits(system, place: int = 0) -> None:
    until(lambda: gauge(system, POLLS, place) > 0, "a poll that waits")


def test_without_since_it_tells_at_once_where_the_log_stands(shared, tenant, people):
    ana = people("ana")
    chat = ana.group()
    newest = ana.say(chat, "before")["offset"]
    answer = get(shared.http(), tenant.token("ana"))
    assert answer.json() == {"events": [], "offset": newest, "epoch": ana.hello["epoch"], "resumed": False}
    assert answer.headers["cache-control"] == "no-store, no-transform"
    assert answer.headers["x-accel-buffering"] == "no" and int(answer.headers["content-length"]) == len(answer.content)


def test_what_was_missed_comes_in_order_and_in_pages_of_500(shared, tenant, people):
    ana = people("ana")
    token = tenant.token("ben")
    start = poll(shared.http(), token)
    chat = ana.group("ben")
    wanted = [f"text {place}" for place in range(620)]
    refs = [ana.send("message.send", conversation=chat, id=new_id(), text=text) for text in wanted]
    assert all(ana.reply(ref)["ok"] for ref in refs)
    seen, position, sizes = [], start, []
    # Any gateway answers: nothing is remembered between two polls.
    while len(seen) < len(wanted):
        position = poll(shared.http(len(sizes) % 2), token, position)
        assert position["resumed"] is True
        seen += texts(position)
        sizes.append(len([event for event in position["events"] if "offset" in event]))
    assert seen == wanted
    assert sizes[0] == 500 and len(sizes) == 2


def test_a_poll_that_waits_is_answered_by_what_happens(shared, tenant, people):
    ana = people("ana")
    people.known("ben")
    chat = ana.group("ben")
    token = tenant.token("ben")
    position = poll(shared.http(1), token)
    waiting = Waiting(shared.http(1), token, position)
    waits(shared, 1)
    sent = ana.say(chat, "hello")
    answer = waiting.answer().json()
    assert texts(answer) == ["hello"] and answer["offset"] >= sent["offset"] and answer["resumed"] is True
    # Byte for byte what a WebSocket gets.
    assert answer["events"][-1] == ana.event("message.created", message__id=sent["id"])


def test_nothing_new_is_an_empty_answer_that_moves_on(shared, tenant, people):
    ana = people("ana")
    people.known("ben")
    position = poll(shared.http(), tenant.token("ben"))
    waiting = Waiting(shared.http(), tenant.token("ben"), position, wait=1)
    elsewhere = ana.say(ana.group(), "not for Ben")["offset"]
    answer = waiting.answer().json()
    assert answer["events"] == [] and answer["resumed"] is True and answer["epoch"] == position["epoch"]
    assert poll(shared.http(), tenant.token("ben"), answer, wait=0)["offset"] >= elsewhere


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "x"}, "since"),
        ({"since": "-1"}, "since"),
        ({"since": "1.5"}, "since"),
        ({"since": "9" * 20}, "since"),
        ({"since": ""}, "since"),
        ({"wait": "soon"}, "wait"),
        ({"epoch": "e" * 65}, "epoch"),
        ([("since", "1"), ("since", "2")], "since"),
        ({"token": "x"}, None),
    ],
)
def test_a_wrong_query_is_refused_by_its_field(shared, tenant, query, field):
    headers = {"Authorization": f"Bearer {tenant.token('ana')}"}
    answer = httpx.get(shared.http() + "/v1/events", params=query, headers=headers, trust_env=False, timeout=15)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("field")) == (400, "bad_request", field)


def test_tokens_and_methods(shared, tenant):
    for token, code in [
        (None, "unauthenticated"),
        ("nonsense", "unauthenticated"),
        (tenant.token("ana", ttl=-5), "token_expired"),
        (tenant.token("ana", key=b"x" * 48), "unauthenticated"),
    ]:
        answer = get(shared.http(), token)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)
    wrong = httpx.post(shared.http() + "/v1/events", trust_env=False)
    assert wrong.status_code == 405 and wrong.headers["allow"] == "GET, OPTIONS"
    body = {"Authorization": f"Bearer {tenant.token('ana')}"}
    assert httpx.request("GET", shared.http() + "/v1/events", content=b"x", headers=body, trust_env=False).status_code == 400


def test_a_position_that_means_nothing_is_not_resumed(shared, tenant, people):
    ana = people("ana")
    newest = ana.say(ana.group(), "x")["offset"]
    epoch = ana.hello["epoch"]
    for position in ({"since": 1, "epoch": "other"}, {"since": newest + 50, "epoch": epoch}, {"since": 1}):
        answer = get(shared.http(), tenant.token("ana"), **position).json()
        assert answer == {"events": [], "offset": newest, "epoch": epoch, "resumed": False}


def test_another_tenants_events_never_come(shared, tenant, people):
    other = shared.tenant()
    people("ana")
    position = poll(shared.http(), tenant.token("ana"))
    waiting = Waiting(shared.http(), tenant.token("ana"), position, wait=2)
    waits(shared)
    with shared.client(other, "ana") as stranger:
        stranger.say(stranger.group(), "elsewhere")
    assert waiting.answer().json()["events"] == []


def test_who_is_removed_while_waiting_gets_that_and_nothing_after(shared, tenant, people):
    ana = people("ana")
    people.known("ben")
    chat = ana.group("ben")
    token = tenant.token("ben")
    waiting = Waiting(shared.http(), token, poll(shared.http(), token))
    waits(shared)
    ana.ok("member.remove", conversation=chat, users=["ben"])
    answer = waiting.answer().json()
    assert [event["event"] for event in answer["events"]] == ["member.removed"]
    ana.say(chat, "without Ben")
    assert poll(shared.http(), token, answer, wait=1)["events"] == []
    ana.ok("member.add", conversation=chat, users=["ben"])
    assert [event["event"] for event in poll(shared.http(), token, answer)["events"]] == ["member.added"]


def test_a_killed_gateway_costs_a_poll_and_nothing_else(start_up, tmp_path):
    system = start_up(gateways=2)
    tenant = system.tenant("--set", "rate_commands_per_s=1000", "--set", "rate_burst=1000")
    token = tenant.token("ben")
    with system.client(tenant, "ana", 1) as ana:
        system.client(tenant, "ben", 1).close()
        chat = ana.group("ben")
        position = poll(system.http(0), token)
        waiting = Waiting(system.http(0), token, position)
        waits(system)
        killed = [pid for pid, role in children(system.child.pid) if role == "gateway"]
        command = {pid: open(f"/proc/{pid}/cmdline", "rb").read() for pid in killed}
        port = f"127.0.0.1:{system.gateway_ports[0]}".encode()
        os.kill(next(pid for pid in killed if port in command[pid]), signal.SIGKILL)
        with pytest.raises(httpx.HTTPError):
            waiting.answer()
        wanted = [f"text {place}" for place in range(30)]
        seen = []
        for text in wanted:
            ana.say(chat, text)
            if len(text) % 2:
                position = poll(system.http(1), token, position)
                seen += texts(position)
        while len(seen) < len(wanted):
            position = poll(system.http(1), token, position)
            seen += texts(position)
        assert seen == wanted


def test_a_blocked_sender_is_hidden_live_and_from_the_log(shared, tenant, people):
    ana, ben = people("ana"), people("ben")
    chat = ana.group("ben", "chloe") if people.known("chloe") is None else ""
    ana.ok("block.add", user="ben")
    position = poll(shared.http(), tenant.token("ana"))
    waiting = Waiting(shared.http(), tenant.token("ana"), position)
    waits(shared)
    said = ben.say(chat, "unseen")
    live = waiting.answer().json()["events"]
    later = poll(shared.http(1), tenant.token("ana"), position)["events"]
    for events in (live, later):
        [event] = events
        assert event["event"] == "message.hidden" and event["offset"] == said["offset"]
        assert event["message"] == {"id": said["id"], "conversation": chat, "seq": said["seq"], "hidden": True}


def test_a_suspended_user_is_told_while_waiting(shared, tenant):
    token = tenant.token("ben")
    waiting = Waiting(shared.http(), token, poll(shared.http(), token))
    waits(shared)
    shared.cli("user", "suspend", "--tenant", tenant.slug, "--user", "ben")
    answer = waiting.answer()
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert get(shared.http(), token).status_code == 403


def test_a_token_that_ends_ends_the_wait(shared, tenant):
    position = poll(shared.http(), tenant.token("ben"))
    short = tenant.token("ben", ttl=2)
    answer = Waiting(shared.http(), short, position, wait=30).answer()
    assert answer.status_code == 200 and answer.json()["events"] == []
    assert get(shared.http(), short).json()["error"]["code"] == "token_expired"


def test_states_come_at_once_and_then_let_polls_wait_again(shared, tenant, people):
    ana, ben = people("ana"), people("ben")
    chat = ana.direct("ben")
    seq = ana.say(chat, "read me")["seq"]
    token = tenant.token("ana")
    position = poll(shared.http(), token)
    waiting = Waiting(shared.http(), token, position)
    waits(shared)
    ben.ok("read", conversation=chat, seq=seq)
    answer = waiting.answer().json()
    moved = [event for event in answer["events"] if event["event"] == "read"]
    assert [(event["user"], event["seq"]) for event in moved] == [("ben", seq)] and "offset" not in moved[0]
    assert poll(shared.http(), token, position, wait=0)["events"], "a client that starts at that position learns of it"
    again = Waiting(shared.http(), token, answer, wait=30)
    waits(shared)
    assert not again.is_answered, "what was told is no reason to answer at once"
    ana.say(chat, "next")
    assert "next" in texts(again.answer().json())


def test_typing_reaches_a_poll_that_waits(shared, tenant, people):
    ana = people("ana")
    people.known("ben")
    chat = ana.direct("ben")
    token = tenant.token("ben")
    waiting = Waiting(shared.http(), token, poll(shared.http(), token))
    waits(shared)
    ana.ok("typing", conversation=chat, active=True)
    [event] = waiting.answer().json()["events"]
    assert event == {"event": "typing", "conversation": chat, "user": "ana", "active": True}


def test_a_service_gets_everything(shared, tenant, people):
    ana = people("ana")
    token = tenant.service()
    position = poll(shared.http(), token)
    waiting = Waiting(shared.http(), token, position)
    waits(shared)
    ana.ok("conversation.create", kind="group", id=new_id(), members=[])
    assert [event["event"] for event in waiting.answer().json()["events"]] == ["conversation.created"]


def test_polls_count_as_the_users_connections_and_at_their_rate(shared):
    tenant = shared.tenant("--set", "connections_per_user=2", "--set", "rate_commands_per_s=1", "--set", "rate_burst=4")
    token = tenant.token("ana")
    position = poll(shared.http(), token)
    polls = [Waiting(shared.http(), token, position, wait=3) for _ in range(2)]
    until(lambda: gauge(shared, POLLS) >= 2, "two polls that wait")
    third = get(shared.http(), token)
    assert (third.status_code, third.json()["error"]["code"]) == (429, "rate_limited")
    assert int(third.headers["retry-after"]) >= 1
    assert all(one.answer().status_code == 200 for one in polls)
    answers = [get(shared.http(), token) for _ in range(6)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and refused[0].json()["error"]["retry_after_ms"] > 0


def test_no_more_readers_than_the_gateway_has_room_for(start_up):
    system = start_up(extra={"PARLEY_GATEWAY_EVENT_READERS_MAX": "1"})
    tenant = system.tenant()
    token = tenant.token("ana")
    waiting = Waiting(system.http(), token, poll(system.http(), token), wait=3)
    waits(system)
    answer = get(system.http(), tenant.token("ben"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")
    assert int(answer.headers["retry-after"]) >= 1
    assert waiting.answer().status_code == 200
    assert get(system.http(), tenant.token("ben")).status_code == 200


def test_a_client_that_goes_away_frees_its_place(shared, tenant):
    token = tenant.token("gone")
    position = poll(shared.http(1), token)
    until(lambda: gauge(shared, POLLS, 1) == 0, "no other polls")
    plain = Plain(shared.http(1))
    query = f"since={position['offset']}&epoch={position['epoch']}&wait=30"
    head = f"GET /v1/events?{query} HTTP/1.1\r\nHost: {plain.authority}\r\nAuthorization: Bearer {token}\r\n\r\n"
    plain.send(head.encode())
    waits(shared, 1)
    plain.socket.close()
    until(lambda: gauge(shared, POLLS, 1) == 0, "the place free again")


def test_origins_and_preflight(shared):
    tenant = shared.tenant("--origin", "https://chat.example")
    token = tenant.token("ana")
    good = get(shared.http(), token, {"Origin": "https://chat.example"})
    assert good.status_code == 200 and good.headers["access-control-allow-origin"] == "https://chat.example"
    bad = get(shared.http(), token, {"Origin": "https://evil.example"})
    assert bad.status_code == 403 and "access-control-allow-origin" not in bad.headers
    wrong = get(shared.http(), token, {"Origin": "https://chat.example"}, since="x")
    assert wrong.status_code == 400 and wrong.headers["access-control-allow-origin"] == "https://chat.example"
    asks = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization,last-event-id"}
    granted = httpx.options(
        shared.http() + "/v1/events", headers={"Origin": "https://chat.example"} | asks, trust_env=False
    )
    assert granted.status_code == 204 and "GET" in granted.headers["access-control-allow-methods"]
    assert "last-event-id" in granted.headers["access-control-allow-headers"]


def test_a_gateway_that_goes_answers_its_polls(start_up):
    system = start_up()
    tenant = system.tenant()
    token = tenant.token("ana")
    position = poll(system.http(), token)
    waiting = Waiting(system.http(), token, position)
    waits(system)
    os.kill(system.pids("gateway")[0], signal.SIGTERM)
    answer = waiting.answer()
    assert answer.status_code == 200 and answer.json() == {**position, "events": [], "resumed": True}


def test_a_router_that_is_away_is_unavailable(start_separate):
    system = start_separate()
    tenant = system.tenant()
    token = tenant.token("ana")
    poll(system.http(), token)
    system.router.kill()
    answer = get(system.http(), token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
