"""The page and the SDK out of the binary, and the demo's sign-in."""

import json
import re
import stat

import httpx
import pytest

from harness.raw import Plain

POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; media-src 'self' blob:; frame-src blob:; "
    "style-src 'self'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@pytest.fixture
def http(shared):
    with httpx.Client(base_url=shared.http(), timeout=15, trust_env=False) as http:
        yield http


def test_everything_that_the_page_refers_to_is_there(http):
    seen, left = set(), ["/", "/app/service-worker.js"]
    while left:
        path = left.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = http.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["x-content-type-options"] == "nosniff"
        if not path.startswith("/sdk/"):
            assert answer.headers["content-security-policy"] == POLICY
            left += re.findall(r"[\"'](/(?:app|sdk)/[\w./-]*\w)[\"']", answer.text)
    assert {"/app/app.js", "/app/chat.js", "/app/app.css", "/app/manifest.webmanifest", "/sdk/v1/parley.js"} <= seen
    assert http.get("/app/service-worker.js").headers["service-worker-allowed"] == "/"


def test_copies_are_asked_for_and_hold(http):
    for encoding in ("gzip", "identity"):
        first = http.get("/app/chat.js", headers={"Accept-Encoding": encoding})
        assert first.headers["cache-control"] == "no-cache" and first.headers["vary"] == "Accept-Encoding"
        assert first.headers.get("content-encoding") == ("gzip" if encoding == "gzip" else None)
        again = http.get("/app/chat.js", headers={"Accept-Encoding": encoding, "If-None-Match": first.headers["etag"]})
        assert again.status_code == 304 and not again.content and again.headers["etag"] == first.headers["etag"]
    # The connection goes on after a 304.
    assert http.get("/").status_code == 200


def test_a_head_is_answered_without_a_body(shared):
    plain = Plain(shared.http())
    request = "HEAD {path} HTTP/1.1\r\nHost: a\r\n{more}\r\n"
    plain.send((request.format(path="/", more="") + request.format(path="/nowhere", more="Connection: close\r\n")).encode())
    while plain.more():
        pass
    heads = plain.buffer.decode().split("\r\n\r\n")
    assert heads[0].startswith("HTTP/1.1 200") and heads[1].startswith("HTTP/1.1 404") and heads[2] == ""


def test_the_sdk_is_for_every_page_and_has_a_lasting_address(http):
    newest = http.get("/sdk/v1/parley.js", headers={"Origin": "https://anyone.example"})
    assert newest.headers["access-control-allow-origin"] == "*"
    assert newest.headers["content-type"].startswith("text/javascript")
    assert http.get("/sdk/parley.js").content == newest.content
    lasting = http.get(newest.headers["content-location"])
    assert lasting.content == newest.content and "immutable" in lasting.headers["cache-control"]
    assert "createParley" in http.get("/sdk/v1/parley.d.ts").text


def test_what_is_not_for_browsers_is_not_served(http):
    for path in ("/app/modules/chat.js", "/app/join.mjs", "/sdk/modules/engine.js", "/app/", "/app/..%2f..", "/sdk/v1/0/parley.js"):
        answer = http.get(path)
        assert answer.status_code == 404 and answer.json()["error"]["code"] == "not_found", path
    assert http.post("/").status_code == 405


def test_the_page_can_be_turned_off(start_up):
    system = start_up(extra={"PARLEY_GATEWAY_PAGE": "off"})
    assert httpx.get(system.http() + "/", trust_env=False).status_code == 404
    assert httpx.get(system.http() + "/app/chat.js", trust_env=False).status_code == 404
    assert httpx.get(system.http() + "/sdk/v1/parley.js", trust_env=False).status_code == 200


def test_without_the_demo_there_is_no_sign_in(http):
    assert http.get("/demo/people").json()["error"]["code"] == "not_found"
    assert http.post("/demo/token", json={"user": "ana"}).status_code == 404


def test_the_demo_signs_its_people_in_and_nobody_else(start_up, tmp_path):
    system = start_up(tmp_path, "--demo", gateways=2)
    assert any(line == f"Open {system.http()}/ and choose who you are; in a second window be someone else." for line in system.child.out)
    with httpx.Client(base_url=system.http(1), timeout=15, trust_env=False) as http:
        people = http.get("/demo/people").json()["people"]
        assert {"id": "ana", "name": "Ana"} in people and len(people) == 4
        token = http.post("/demo/token", json={"user": "ana"}).json()["token"]
        reply = http.post("/v1/ops", json={"op": "user.get", "user": "ana"}, headers={"Authorization": f"Bearer {token}"})
        assert reply.json()["user"] == {"id": "ana", "name": "Ana"}
        for body, status in [
            (b'{"user":"eve"}', 404),
            (b"{}", 400),
            (b"[]", 400),
            (b'{"user":7}', 400),
            (b"\xff", 400),
            (b"", 400),
            (b'{"user":"' + b"x" * 2_000 + b'"}', 413),
        ]:
            assert http.post("/demo/token", content=body).status_code == status, body
        assert http.get("/demo/token").status_code == 405
        for origin, status in [("https://evil.example", 403), (system.http(1), 200)]:
            assert http.post("/demo/token", json={"user": "ana"}, headers={"Origin": origin}).status_code == status
        answers = [http.post("/demo/token", json={"user": "ana"}) for _ in range(200)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert not refused or int(refused[0].headers["retry-after"]) >= 1
    file = tmp_path / "run" / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    held = json.loads(file.read_text())["key"].splitlines()[1]
    assert all(held.encode() not in path.read_bytes() for path in tmp_path.glob("*.sqlite*"))
    assert system.stop() == 0
    assert not file.exists(), "the key ends with the run"
    again = start_up(tmp_path)
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(again.http() + "/demo/people", trust_env=False).status_code == 404
    assert httpx.post(again.http() + "/v1/ops", json={"op": "ping"}, headers=headers, trust_env=False).status_code == 200
