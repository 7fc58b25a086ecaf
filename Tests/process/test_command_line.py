"""The command line that scripts rely on (docs/protocol.md §8): outputs and exit codes."""

import json
import os
import pty
import select
import signal
import subprocess
import termios
import threading
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness import command_line
from harness.client import Client
from harness.system import Child
from harness.waiting import until


def run(*arguments, **options):
    return command_line.run(*arguments, **options)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("command-line")


def test_tenants_from_creation_to_deletion(data):
    run(
        "tenant",
        "create",
        "acme",
        "--name",
        "Acme Inc",
        "--origin",
        "https://chat.acme.example",
        "--set",
        "text_max=500",
        data=data,
    )
    shown = run("tenant", "show", "acme", "--json", data=data).json
    assert shown["name"] == "Acme Inc" and shown["origins"] == ["https://chat.acme.example"]
    assert "acme" in run("tenant", "list", data=data).out
    assert [
        t["slug"] if "slug" in t else t["tenant"] for t in _list(run("tenant", "list", "--json", data=data).json)
    ] == ["acme"]
    run("tenant", "update", "acme", "--name", "Acme", "--set", "text_max=600", data=data)
    assert run("tenant", "show", "acme", "--json", data=data).json["name"] == "Acme"
    run("tenant", "suspend", "acme", data=data)
    run("tenant", "resume", "acme", data=data)
    run("tenant", "delete", "acme", data=data)
    run("tenant", "show", "acme", data=data, expect=1)
    run("tenant", "create", "acme", data=data)


def test_refusals_are_1(data):
    run("tenant", "create", "taken", data=data)
    outcome = run("tenant", "create", "taken", data=data, expect=1)
    assert outcome.out == "" and "taken" in outcome.err
    for arguments in [
        ("tenant", "show", "nobody"),
        ("tenant", "update", "nobody", "--name", "x"),
        ("tenant", "suspend", "nobody"),
        ("tenant", "resume", "nobody"),
        ("tenant", "delete", "nobody"),
        ("tenant", "key", "list", "nobody"),
        ("tenant", "key", "remove", "taken", "--kid", "nokey"),
        ("token", "--tenant", "nobody", "--user", "ana"),
        ("user", "suspend", "--tenant", "nobody", "--user", "ana"),
    ]:
        run(*arguments, data=data, expect=1)


def test_wrong_flags_are_64_and_wrong_values_65(data):
    for arguments in [
        ("tenant", "create", "x", "--flag"),
        ("nonsense",),
        ("token", "--user", "ana"),
        ("tenant", "create"),
    ]:
        run(*arguments, data=None if arguments == ("nonsense",) else data, expect=64)
    for arguments in [
        ("tenant", "create", "Bad_Slug"),
        ("tenant", "create", "x_y"),
        ("tenant", "create", "x" * 33),
        ("tenant", "create", "ok1", "--set", "nonsense=1"),
        ("tenant", "create", "ok2", "--set", "text_max=many"),
        ("tenant", "create", "ok3", "--set", "text_max=0"),
        ("tenant", "create", "ok4", "--origin", "not an origin"),
        ("token", "--tenant", "taken", "--user", "not a user"),
        ("token", "--tenant", "taken", "--user", "a", "--ttl", "soon"),
        ("token", "--tenant", "taken", "--user", "a", "--role", "king"),
        ("tenant", "key", "add", "taken", "--kid", "k", "--alg", "HS1", "--file", "/dev/null"),
    ]:
        outcome = run(*arguments, data=data, expect=65)
        assert outcome.err.strip(), arguments


def test_a_file_that_is_not_there_is_74(data):
    run(
        "tenant",
        "key",
        "add",
        "taken",
        "--kid",
        "k",
        "--alg",
        "HS256",
        "--file",
        "/nowhere/at/all",
        data=data,
        expect=74,
    )


def test_settings_that_are_wrong_are_78_and_named(tmp_path):
    config = tmp_path / "gateway.yaml"
    config.write_text("listen: not-an-address\n")
    outcome = run("gateway", "--config", str(config), expect=78)
    assert "listen" in outcome.err and "not-an-address" in outcome.err
    config.write_text("no-such-setting: 1\n")
    assert "no-such-setting" in run("gateway", "--config", str(config), expect=78).err
    missing = tmp_path / "nowhere"
    assert str(missing) in run("up", "--config", str(missing), data=tmp_path / "data", expect=78).err


def test_what_the_server_would_refuse_is_refused_when_it_is_made(data, tmp_path):
    run("token", "--tenant", "taken", "--user", "ana", "--name", "n" * 101, data=data, expect=65)
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = tmp_path / "public.pem"
    pem.write_bytes(key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    run("tenant", "key", "add", "taken", "--kid", "k", "--alg", "HS256", "--file", str(pem), data=data, expect=65)


def test_a_token_is_printed_alone_and_says_what_was_asked(data):
    printed = run(
        "token", "--tenant", "taken", "--user", "ana", "--name", "Ana", "--role", "service", "--ttl", "90s", data=data
    ).out
    claims = jwt.decode(printed.strip(), options={"verify_signature": False})
    assert (
        claims["tenant"] == "taken"
        and claims["sub"] == "ana"
        and claims["name"] == "Ana"
        and claims["role"] == "service"
    )
    assert 80 < claims["exp"] - time.time() < 100
    assert jwt.get_unverified_header(printed.strip())["kid"]


def test_keys_are_listed_without_their_secrets(data, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"a secret of enough bytes, certainly so")
    run("tenant", "key", "add", "taken", "--kid", "mine", "--alg", "HS256", "--file", str(secret), data=data)
    listed = (
        run("tenant", "key", "list", "taken", data=data).out
        + run("tenant", "key", "list", "taken", "--json", data=data).out
    )
    assert "mine" in listed and "HS256" in listed and "a secret of enough bytes" not in listed
    run("tenant", "key", "remove", "taken", "--kid", "mine", data=data)


def test_the_data_folder_may_come_from_the_environment(data):
    done = subprocess.run(
        [command_line.binary(), "tenant", "list"],
        capture_output=True,
        text=True,
        check=True,
        env=command_line.environment({"PARLEY_DATA": str(data)}),
    )
    assert "taken" in done.stdout


def test_files_of_the_data_folder_are_their_owners_alone(data):
    assert data.joinpath("registry.sqlite").stat().st_mode & 0o077 == 0


def test_nothing_running_is_69(data):
    run("status", data=data, expect=69)
    run("connect", "--url", "ws://127.0.0.1:1", "--tenant", "taken", "--user", "ana", data=data, expect=69, stdin="")


def test_help_is_everywhere():
    for arguments in [
        [],
        ["up"],
        ["gateway"],
        ["router"],
        ["fanout"],
        ["tenant"],
        ["tenant", "create"],
        ["tenant", "key", "add"],
        ["user", "suspend"],
        ["token"],
        ["connect"],
        ["bench"],
        ["config"],
        ["status"],
    ]:
        assert "usage" in run(*arguments, "--help").out.lower(), arguments
    assert "--listen" in run("gateway", "--help").out


def test_config_shows_where_each_setting_came_from(tmp_path):
    shown = run("config", "show", "gateway").out
    assert "listen" in shown and "default" in shown


def test_status_lists_the_processes(shared):
    status = shared.cli("status", "--json").json
    processes = _list(status)
    roles = [process.get("role") or process.get("name") or process.get("process") for process in processes]
    kinds = [next(kind for kind in ("gateway", "router", "fanout", "notifier") if kind in role) for role in roles]
    assert kinds == ["gateway", "gateway", "router", "fanout", "fanout", "notifier"], "as their ports go"


def test_the_demo_can_be_run_again(tmp_path, start_up):
    for _ in range(2):
        system = start_up(tmp_path, "--demo")
        assert system.stop() == 0
        printed = "\n".join(system.child.out + system.child.err)
        assert "parley connect" in printed
    tenants = command_line.run("tenant", "list", data=tmp_path).out
    assert tenants.count("demo") >= 1


def test_people_talk_through_terminals_and_the_router_may_die(start_up):
    """The show of the spine: two terminals, messages both ways, kill -9 of the router in between."""
    system = start_up()
    tenant = system.tenant()
    service = Client(system.url(), tenant.service())
    for user in ("ana", "ben"):
        service.ok("user.update", as_=user, name=user.title())
    chat = service.ok("conversation.create", as_="ana", kind="direct", members=["ben"])["conversation"]["id"]
    terminals = {user: _Terminal(system, tenant, user) for user in ("ana", "ben")}
    try:
        terminals["ana"].type("hello from ana")
        terminals["ben"].sees("hello from ana")
        former = system.kill("router")
        terminals["ben"].type("written while the router was away")
        system.wait_restarted("router", former)
        terminals["ana"].sees("written while the router was away")
        terminals["ana"].type("\x1b[2Jnot a control sequence")
        terminals["ben"].sees("not a control sequence")
        assert not any("\x1b[2J" in line for line in terminals["ben"].lines)
        for terminal in terminals.values():
            terminal.type("/quit")
            assert terminal.child.wait(20) == 0
    finally:
        for terminal in terminals.values():
            terminal.child.kill()
    service.wait(lambda _: len(service.texts(chat)) == 3, "three messages")
    service.close()


def test_a_real_terminal_tells_who_types_and_is_left_as_it_was(shared, tenant, people):
    ana = people("ana")
    people.known("ben")
    chat = ana.direct("ben")
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    command = [command_line.binary(), "connect", "--url", shared.url(1), "--token", tenant.token("ben")]
    child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=command_line.environment())
    shown = bytearray()

    def sees(text: str) -> bool:
        while select.select([master], [], [], 0)[0]:
            shown.extend(os.read(master, 65_536))
        return text.encode() in shown

    try:
        until(lambda: sees("* in ana"), "the conversation")
        os.write(master, b"hel")
        ana.event("typing", conversation=chat, user="ben", active=True)
        ana.ok("typing", conversation=chat, active=True)
        until(lambda: sees("(ana typing"), "the prompt tells who types")
        os.write(master, b"p\x7flo\r")
        assert ana.event("message.created", conversation=chat)["message"]["text"] == "hello"
        ana.say(chat, "\x1b[2Jhi")
        until(lambda: sees("\ufffd[2Jhi"), "the answer, made harmless")
        ana.event("read", user="ben", seq=2)
        os.write(master, b"\x03")
        assert child.wait(20) == 0
        assert termios.tcgetattr(slave) == before
    finally:
        child.kill()
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_terminal_client_and_leaves_the_terminal_usable(shared, tenant, people, number):
    people.known("ben")
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    command = [command_line.binary(), "connect", "--url", shared.url(1), "--token", tenant.token("ben")]
    child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=command_line.environment())
    try:
        until(lambda: termios.tcgetattr(slave) != before, "raw mode")
        child.send_signal(number)
        assert child.wait(20) == -number
        assert termios.tcgetattr(slave) == before
    finally:
        child.kill()
        os.close(master)
        os.close(slave)


class _Terminal:
    def __init__(self, system, tenant, user: str):
        self.child = subprocess.Popen(
            [command_line.binary(), "connect", "--url", system.url(), "--token", tenant.token(user)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=command_line.environment(),
        )
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.child.stdout:
            self.lines.append(line)

    def type(self, line: str) -> None:
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def sees(self, text: str) -> None:
        until(lambda: any(text in line for line in self.lines), f"{text!r} in {self.lines}", 30)


def _list(document) -> list:
    """The list in a JSON document that is one or holds one."""
    if isinstance(document, list):
        return document
    return next(value for value in document.values() if isinstance(value, list))


def test_json_is_json(data):
    for arguments in [
        ("tenant", "list"),
        ("tenant", "show", "taken"),
        ("tenant", "key", "list", "taken"),
        ("version",),
    ]:
        json.loads(run(*arguments, "--json", data=None if arguments == ("version",) else data).out)


def test_up_refuses_a_port_that_is_taken(shared, tmp_path):
    up = Child(
        [
            "up",
            "--data",
            str(tmp_path),
            "--listen",
            f"127.0.0.1:{shared.gateway_ports[0]}",
            "--operations",
            "127.0.0.1:0",
        ]
    )
    try:
        assert up.process.wait(60) != 0
    finally:
        up.kill()
