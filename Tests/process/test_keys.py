"""CURVE between Parley's own processes: over tcp always, and only with keys that are known."""

import base64

import zmq
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from harness import command_line, ports
from harness.system import Child
from harness.waiting import until


def test_over_tcp_no_process_starts_without_keys(tmp_path):
    tcp = f"tcp://127.0.0.1:{ports.free()}"
    router = ["router", "--data", str(tmp_path), "--operations", "127.0.0.1:0"]
    for arguments in (
        [*router, "--commands", tcp],
        ["fanout", "--router-events", tcp, "--router-replay", tcp, "--events", tcp, "--replay", tcp],
        ["gateway", "--router-commands", tcp, "--fanout-events", tcp, "--fanout-replay", tcp],
        ["notifier", "--data", str(tmp_path), "--router-replay", tcp],
    ):
        child = Child(arguments)
        assert child.process.wait(30) == 78
        child.stop()
        assert "keys" in child.tail() and "parley keys init" in child.tail()


def test_keys_init_makes_what_is_missing_and_no_more(tmp_path):
    made = command_line.run("keys", "init", "--json", data=tmp_path).json
    assert sorted(made) == ["fanout", "gateway", "notifier", "push", "router", "taps"]
    for name in made:
        secret = tmp_path / "keys" / f"{name}.secret"
        assert secret.stat().st_mode & 0o777 == 0o600
        text = secret.read_text().strip()
        if name == "push":
            number = int.from_bytes(base64.urlsafe_b64decode(text + "="))
            point = ec.derive_private_key(number, ec.SECP256R1()).public_key()
            public = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            assert base64.urlsafe_b64encode(public).decode().rstrip("=") == made[name]
        else:
            assert zmq.curve_public(text.encode()).decode() == made[name]
    (tmp_path / "keys" / "gateway.secret").unlink()
    (tmp_path / "keys" / "gateway.public").unlink()
    again = command_line.run("keys", "init", "--json", data=tmp_path).json
    assert again["gateway"] != made["gateway"]
    assert {name: key for name, key in again.items() if name != "gateway"} == {
        name: key for name, key in made.items() if name != "gateway"
    }
    assert command_line.run("keys", "show", "--json", data=tmp_path).json == again
    # A secret that others may read is none.
    (tmp_path / "keys" / "router.secret").chmod(0o644)
    assert command_line.run("keys", "show", data=tmp_path, expect=None).code == 74


def test_a_process_with_an_unknown_key_hears_nothing_and_is_counted(start_separate):
    system = start_separate()
    tenant = system.tenant()
    server = (system.keys / "router.public").read_text().strip().encode()
    public, secret = zmq.curve_keypair()
    context = zmq.Context()
    strangers = []
    for keyed in (True, False):
        stranger = context.socket(zmq.SUB)
        stranger.linger = 0
        if keyed:
            stranger.curve_publickey, stranger.curve_secretkey, stranger.curve_serverkey = public, secret, server
        stranger.subscribe(b"")
        stranger.connect(system.endpoint(1))
        strangers.append(stranger)
    with system.client(tenant, "ana") as ana:
        ana.say(ana.group(), "among ourselves")
        ana.event("message.created", message__text="among ourselves")
    assert not any(stranger.poll(1_500) for stranger in strangers)
    until(
        lambda: any("unknown keys" in line for line in system.router.err), "a line about the unknown key in the log", 20
    )
    for stranger in strangers:
        stranger.close(0)
    context.term()
