"""The same ops over HTTP, and HTTP's own manners."""

import json

import httpx
import pytest

from harness.client import new_id


@pytest.fixture
def http(shared):
    with httpx.Client(base_url=shared.http(), timeout=15, trust_env=False) as http:
        yield http


def ask(http, token: str | None, op: str, headers: dict | None = None, /, **fields) -> httpx.Response:
    headers = ({"Authorization": f"Bearer {token}"} if token else {}) | (headers or {})
    return http.post("/v1/ops", json={"op": op, "ref": "1"} | fields, headers=headers)


def test_a_message_goes_the_same_way(http, tenant, people):
    ana = people("ana")
    ben = tenant.token("ben")
    assert ask(http, ben, "user.get", user="ben").json()["user"]["id"] == "ben", "the token alone makes him known"
    chat = ana.direct("ben")
    sent = ask(http, ben, "message.send", conversation=chat, id=new_id(), text="by HTTP")
    assert sent.status_code == 200 and sent.headers["content-type"].startswith("application/json")
    reply = sent.json()
    assert reply["ok"] is True and reply["ref"] == "1" and reply["seq"] == 1
    assert ana.event("message.created", message__id=reply["id"])["offset"] == reply["offset"]
    listed = ask(http, ben, "message.list", conversation=chat).json()
    assert [message["text"] for message in listed["messages"]] == ["by HTTP"]


def test_each_code_has_its_status(http, shared, tenant, people):
    ana = people("ana")
    people.known("ben", "chloe")
    token = tenant.token("ana")
    chat = ana.direct("ben")
    group = ana.group("ben")
    sent = ana.say(chat, "x")
    ana.ok("block.add", user="ben")
    cases = [
        (400, "bad_request", "message.get", {"id": "x"}),
        (400, "bad_request", "fly", {}),
        (400, "bad_request", "hello", {"protocol": "1"}),
        (400, "bad_request", "token.refresh", {"token": token}),
        (403, "forbidden", "conversation.leave", {"conversation": chat}),
        (403, "blocked", "message.send", {"conversation": chat, "id": new_id(), "text": "x"}),
        (404, "not_found", "message.get", {"id": new_id()}),
        (409, "conflict", "message.send", {"conversation": group, "id": sent["id"], "text": "x"}),
    ]
    for status, code, op, fields in cases:
        answer = ask(http, token, op, **fields)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), op
        assert answer.json()["ok"] is False


def test_tokens(http, shared, tenant):
    for token, code in [
        (None, "unauthenticated"),
        ("nonsense", "unauthenticated"),
        (tenant.token("ana", ttl=-5), "token_expired"),
    ]:
        answer = ask(http, token, "ping")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)
    shared.cli("user", "suspend", "--tenant", tenant.slug, "--user", "zoe")
    answers = [ask(http, tenant.token("zoe"), "ping") for _ in range(1)]
    assert answers[0].status_code in (200, 403)
    assert http.post(f"/v1/ops?token={tenant.token('ana')}", json={"op": "ping"}).status_code == 401


def test_bodies(http, tenant):
    headers = {"Authorization": f"Bearer {tenant.token('ana')}"}
    for body, status in [(b"", 400), (b"[]", 400), (b"no json", 400), (b'{"op":"ping"}', 200), (b"\xff", 400)]:
        assert http.post("/v1/ops", content=body, headers=headers).status_code == status, body
    large = http.post("/v1/ops", content=b"{" + b" " * 131_072 + b"}", headers=headers)
    assert (large.status_code, large.json()["error"]["code"]) == (413, "too_large")
    chunked = http.post("/v1/ops", content=iter([b'{"op":', b'"ping"}']), headers=headers)
    assert chunked.status_code == 200


def test_unknown_paths_and_methods_are_json(http):
    for method, path, status, code in [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/ops", 405, None),
        ("DELETE", "/v1/ops", 405, None),
        ("GET", "/v1/../etc/passwd", 404, None),
        ("GET", "/metrics", 404, None),
        ("GET", "/healthz", 404, None),
    ]:
        answer = http.request(method, path)
        assert answer.status_code in (status, 400 if ".." in path else status), path
        error = answer.json()["error"]
        assert error["message"] and (code is None or error["code"] == code)


def test_origins_and_preflight(http, shared):
    tenant = shared.tenant("--origin", "https://chat.example")
    token = tenant.token("ana")
    good = ask(http, token, "ping", {"Origin": "https://chat.example"})
    assert good.status_code == 200 and good.headers["access-control-allow-origin"] == "https://chat.example"
    bad = ask(http, token, "ping", {"Origin": "https://evil.example"})
    assert bad.status_code == 403 and "access-control-allow-origin" not in bad.headers
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    granted = http.options("/v1/ops", headers={"Origin": "https://chat.example"} | asks)
    assert granted.status_code in (200, 204)
    assert granted.headers["access-control-allow-origin"] == "https://chat.example"
    assert "authorization" in granted.headers["access-control-allow-headers"].lower()
    refused = http.options("/v1/ops", headers={"Origin": "https://evil.example"} | asks)
    assert "access-control-allow-origin" not in refused.headers


def test_rate_limits_say_when_to_come_back(http, shared):
    tenant = shared.tenant("--set", "rate_commands_per_s=2", "--set", "rate_burst=3")
    token = tenant.token("ana")
    answers = [ask(http, token, "ping") for _ in range(8)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused, "eight at once pass a burst of three"
    error = refused[0].json()["error"]
    assert error["code"] == "rate_limited" and error["retry_after_ms"] > 0
    assert int(refused[0].headers["retry-after"]) * 1_000 >= error["retry_after_ms"] - 999


def test_many_requests_on_one_connection(http, tenant):
    token = tenant.token("ana")
    for number in range(50):
        answer = ask(http, token, "ping", ref=str(number))
        assert json.loads(answer.content) == {"ref": str(number), "ok": True}
