"""Bytes that no decent client sends: each gets the contract's code and costs the server nothing lasting."""

import json
import os
import socket
import time

import pytest

from harness.client import new_id
from harness.raw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Plain, Raw, frame, upgrade_head
from harness.waiting import until


@pytest.fixture
def raw(shared, tenant):
    with Raw(shared.url(), tenant.token("ana")) as connection:
        yield connection


@pytest.fixture(autouse=True)
def the_server_lives_on(shared):
    pids = [shared.pids(role) for role in ("gateway", "router", "fanout")]
    yield
    assert [shared.pids(role) for role in ("gateway", "router", "fanout")] == pids, "a process died of it"


@pytest.mark.parametrize(
    "payload",
    [
        b"hello",
        b"[]",
        b'"text"',
        b"17",
        b"null",
        b"",
        b"{",
        b'{"op":"ping"',
        b'{"op":"ping"}}',
        b'{"op":"ping"} x',
        b"{'op':'ping'}",
        b'{"op":"ping",}',
    ],
    ids=repr,
)
def test_what_is_no_json_object_closes_with_4000(raw, payload):
    raw.send(frame(TEXT, payload))
    assert raw.close_code() == 4000


def test_a_binary_frame_closes_with_4000(raw):
    raw.send(frame(BINARY, b'{"op":"ping","ref":"1"}'))
    assert raw.close_code() == 4000


def test_bytes_that_are_not_utf8_close_the_connection(raw):
    raw.send(frame(TEXT, b'{"op":"ping","ref":"\xff\xfe"}'))
    assert raw.close_code() in (1007, 4000)


@pytest.mark.parametrize(
    "text, field",
    [
        ('{"op":"fly","ref":"1"}', "op"),
        ('{"ref":"1"}', "op"),
        ('{"op":7,"ref":"1"}', "op"),
        ('{"op":"ping","ref":"1","more":1}', "more"),
        ('{"op":"ping","op":"ping","ref":"1"}', None),
        ('{"op":"ping","ref":"1","x":{"a":1,"a":2}}', None),
        ('{"op":"message.get","ref":"1","id":"\\ud800"}', None),
        ('{"op":"message.get","ref":"1","id":"\\udc00x"}', None),
        ('{"op":"message.get","ref":"1"}', "id"),
        ('{"op":"message.get","ref":"1","id":7}', "id"),
        ('{"op":"message.get","ref":"1","id":null}', "id"),
        ('{"op":"read","ref":"1","conversation":"00000000-0000-4000-8000-000000000000","seq":1e2}', "seq"),
        ('{"op":"ping","ref":7}', "ref"),
        ('{"op":"ping","ref":"' + "x" * 65 + '"}', "ref"),
        ('{"op":"typing","ref":"1","conversation":"00000000-0000-4000-8000-000000000000","active":1}', "active"),
        ('{"op":"hello","ref":"1","protocol":"1"}', "op"),
        ('{"op":"message.get","ref":"1","id":"' + "[" * 100 + '"}', "id"),
    ],
    ids=range(17),
)
def test_a_wrong_command_is_bad_request_and_the_connection_goes_on(raw, text, field):
    raw.send(frame(TEXT, text.encode()))
    error = raw.error()["error"]
    assert error["code"] == "bad_request"
    if field:
        assert error["field"] == field
    raw.text({"op": "ping", "ref": "after"})
    assert raw.reply("after")["ok"]


@pytest.mark.parametrize("depth", [17, 100, 10_000])
def test_nesting_is_bounded(raw, depth):
    # The frame's own object is the first level.
    text = '{"op":"ping","ref":"1","x":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"
    raw.send(frame(TEXT, text.encode()))
    assert raw.error()["error"]["code"] == "bad_request"


def test_a_frame_of_the_limit_is_taken_and_one_byte_more_closes_with_4009(shared, tenant):
    command = {"op": "ping", "ref": "1", "pad": ""}
    for extra, closes in ((0, False), (1, True)):
        with Raw(shared.url(), tenant.token("ana")) as raw:
            command["pad"] = ""
            command["pad"] = "x" * (131_072 + extra - len(json.dumps(command)))
            raw.text(command)
            if closes:
                assert raw.close_code() == 4009
            else:
                assert raw.reply("1")["error"]["field"] == "pad"


def test_a_length_that_lies_does_not_reserve_memory(shared, tenant):
    with Raw(shared.url(), tenant.token("ana")) as raw:
        raw.send(bytes([0x81, 0xFF]) + (2**62).to_bytes(8, "big") + os.urandom(4))
        assert raw.close_code() in (4009, 1009)


def test_fragments_are_put_together_within_the_limit(raw):
    payload = b'{"op":"ping","ref":"in pieces"}'
    raw.send(frame(TEXT, payload[:5], fin=False) + frame(CONTINUATION, payload[5:20], fin=False))
    # A control frame may come in between.
    raw.send(frame(PING, b"hi") + frame(CONTINUATION, payload[20:]))
    assert raw.until(PONG) == b"hi"
    assert raw.reply("in pieces")["ok"]


def test_fragments_over_the_limit_close_with_4009(raw):
    raw.send(frame(TEXT, b"x" * 65_536, fin=False))
    raw.send(frame(CONTINUATION, b"x" * 65_536, fin=False))
    raw.send(frame(CONTINUATION, b"x", fin=True))
    assert raw.close_code() == 4009


@pytest.mark.parametrize(
    "data",
    [
        frame(TEXT, b"{}", mask=False),
        frame(TEXT, b"{}", rsv=4),
        frame(3, b"{}"),
        frame(11, b""),
        frame(PING, b"x" * 126),
        frame(PING, b"x", fin=False),
        frame(CONTINUATION, b"{}"),
        frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"),
    ],
    ids=["unmasked", "rsv", "opcode 3", "opcode 11", "long ping", "cut ping", "continuation first", "text in text"],
)
def test_broken_framing_closes_by_rfc_6455(raw, data):
    raw.send(data)
    assert raw.close_code() == 1002


def test_a_close_is_answered_with_a_close(raw):
    raw.send(frame(CLOSE, (1000).to_bytes(2, "big")))
    assert raw.close_code() in (1000, 1005)
    assert raw.rest() == b""


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
def test_close_codes_that_may_not_be_sent_are_a_protocol_error(raw, code):
    raw.send(frame(CLOSE, code.to_bytes(2, "big")))
    assert raw.close_code() == 1002


def test_anything_but_hello_first_closes_with_4000(shared):
    with Raw(shared.url()) as raw:
        raw.text({"op": "ping", "ref": "1"})
        assert raw.close_code() == 4000


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"protocol": "2"}, 4002),
        ({"protocol": 1}, 4000),
        ({"protocol": None}, 4000),
        ({"surprise": 1}, 4000),
        ({"since": "x"}, 4000),
        ({"token": "nonsense"}, 4001),
        ({"token": ""}, 4001),
        ({"token": "a.b.c"}, 4001),
        ({"token": None}, 4001),
        ({"client": {"name": "x" * 2_000}}, 4000),
        ({"client": "x"}, 4000),
    ],
)
def test_a_refused_hello_gets_its_reply_then_the_close(shared, tenant, changes, code):
    hello = {"op": "hello", "ref": "h", "protocol": "1", "token": tenant.token("ana")} | changes
    with Raw(shared.url()) as raw:
        raw.text({name: value for name, value in hello.items() if value is not None})
        reply = raw.reply("h")
        assert reply["ok"] is False
        assert reply["error"]["code"] == ("unauthenticated" if code == 4001 else "bad_request")
        assert raw.close_code() == code


def test_a_client_description_of_any_shape_is_taken(shared, tenant):
    with Raw(shared.url()) as raw:
        raw.text(
            {
                "op": "hello",
                "ref": "h",
                "protocol": "1.7",
                "token": tenant.token("ana"),
                "client": {"name": "x", "deep": [{"a": [1.5e3, None, True]}]},
            }
        )
        assert raw.reply("h")["ok"]


def test_a_hello_over_16_kib_closes_with_4009(shared):
    with Raw(shared.url()) as raw:
        raw.text({"op": "hello", "ref": "h", "protocol": "1", "token": "x" * 16_384})
        assert raw.close_code() == 4009


def test_no_hello_closes_with_4007_within_its_time(shared):
    with Raw(shared.url()) as raw:
        start = time.monotonic()
        assert raw.close_code() == 4007
        assert 8 < time.monotonic() - start < 20


@pytest.mark.parametrize(
    "changes, status",
    [
        ({"headers": {"Sec-WebSocket-Protocol": None}}, 400),
        ({"headers": {"Sec-WebSocket-Protocol": "parley.v9, chat"}}, 400),
        ({"headers": {"Upgrade": None, "Connection": None}}, 426),
        ({"headers": {"Sec-WebSocket-Version": "8"}}, 426),
        ({"headers": {"Sec-WebSocket-Key": None}}, 400),
        ({"headers": {"Sec-WebSocket-Key": "abc"}}, 400),
        ({"headers": {"Host": None}}, 400),
        ({"line": "POST /v1/ws HTTP/1.1"}, 405),
    ],
    ids=["no subprotocol", "other subprotocols", "no upgrade", "version 8", "no key", "short key", "no host", "post"],
)
def test_upgrades_that_do_not_hold_are_refused(shared, changes, status):
    with Plain(shared.url()) as plain:
        plain.send(upgrade_head(plain.authority, **changes))
        got, _ = plain.head()
        # A head that is no HTTP at all may be refused as such.
        assert got == status or (status in (405, 426) and got == 400 and "Host" in changes.get("headers", {}))


def test_the_subprotocol_is_chosen_from_a_list(shared):
    with Plain(shared.url()) as plain:
        plain.send(upgrade_head(plain.authority, headers={"Sec-WebSocket-Protocol": "other, parley.v1"}))
        status, headers = plain.head()
        assert status == 101 and headers["sec-websocket-protocol"] == "parley.v1"


def test_a_foreign_upgrade_is_answered_as_plain_http(shared):
    with Plain(shared.url()) as plain:
        plain.send(
            f"GET /nowhere HTTP/1.1\r\nHost: {plain.authority}\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n".encode()
        )
        assert plain.head()[0] == 404


def test_a_head_that_drips_is_cut_off(shared):
    with Plain(shared.url()) as plain:
        plain.send(b"GET /v1/ws HTTP/1.1\r\n")
        deadline = time.monotonic() + 30
        plain.socket.settimeout(0.5)
        while time.monotonic() < deadline:
            try:
                plain.send(b"X: y\r\n")
                if not plain.more():
                    return
            except TimeoutError:
                continue
            except OSError:
                return
        raise AssertionError("a client that sends its head line by line was still there after 30 s")


def test_a_body_that_drips_is_cut_off(shared, tenant):
    with Plain(shared.url()) as plain:
        plain.send(
            (
                f"POST /v1/ops HTTP/1.1\r\nHost: {plain.authority}\r\nContent-Type: application/json\r\n"
                f"Authorization: Bearer {tenant.token('ana')}\r\nContent-Length: 1000\r\n\r\n"
            ).encode()
        )
        deadline = time.monotonic() + 40
        plain.socket.settimeout(0.5)
        while time.monotonic() < deadline:
            try:
                plain.send(b" ")
                if not plain.more():
                    return
            except TimeoutError:
                continue
            except OSError:
                return
        raise AssertionError("a client that sends its body byte by byte was still there after 40 s")


def test_a_head_that_never_ends_is_refused(shared):
    with Plain(shared.url()) as plain:
        try:
            plain.send(b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000)
        except OSError:
            return
        plain.socket.settimeout(15)
        rest = plain.rest()
        assert rest == b"" or rest.split()[1] in (b"400", b"413", b"414", b"431")


def test_random_bytes_hurt_nobody(shared, tenant):
    for length in (1, 100, 5_000):
        with Plain(shared.url()) as plain:
            plain.send(os.urandom(length))
            plain.socket.shutdown(socket.SHUT_WR)
            plain.rest()
        with Raw(shared.url(), tenant.token("ana")) as raw:
            raw.send(os.urandom(length))
            raw.socket.shutdown(socket.SHUT_WR)
            raw.rest()
    with shared.client(tenant, "ana") as ana:
        assert ana.say(ana.group(), "still here", id=new_id())["ok"]


def test_bad_input_shows_in_the_metrics(shared, tenant):
    before = [shared.metrics("gateway", place) for place in range(2)][0]
    with Raw(shared.url(), tenant.token("ana")) as raw:
        raw.send(frame(TEXT, b'{"op":"fly","ref":"1"}'))
        raw.error()
        raw.send(frame(TEXT, b"nonsense"))
        assert raw.close_code() == 4000

    def grown(label: str) -> bool:
        return _sum(shared.metrics("gateway"), label) > _sum(before, label)

    until(lambda: grown('"bad_request"'), "bad_request counted")
    until(lambda: grown('"4000"'), "close code 4000 counted")


def _sum(metrics: str, label: str) -> float:
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines() if label in line and not line.startswith("#")
    )
