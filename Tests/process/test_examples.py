"""The examples for integrators, and `parley tail`, as they would be run."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid

import pytest

from harness import command_line, ports
from harness.command_line import REPOSITORY
from harness.system import Up
from harness.tap import create
from harness.waiting import until

EXAMPLES = REPOSITORY / "examples"


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    system = Up(tmp_path_factory.mktemp("examples"), 1, 1, None, "--taps", f"127.0.0.1:{ports.free(40)}")
    yield system
    assert system.stop() == 0


@pytest.fixture
def acme(system):
    return system.tenant("--set", "rate_commands_per_s=10000", "--set", "rate_burst=10000")


@pytest.fixture
def running():
    """Starts programs that end with their test."""
    programs: list[subprocess.Popen] = []

    def start(*command, **options) -> subprocess.Popen:
        program = subprocess.Popen([str(word) for word in command], text=True, env=command_line.environment(), **options)
        programs.append(program)
        return program

    yield start
    for program in programs:
        if program.poll() is None:
            program.kill()
        program.wait()


def keys_file(system, acme, tmp_path, name: str, *arguments: str):
    file = tmp_path / f"{name}.json"
    file.write_text(json.dumps(create(system, acme, name, *arguments).printed))
    return file


def offsets(path) -> list[int]:
    return [json.loads(line)["offset"] for line in path.read_text().splitlines()] if path.exists() else []


def say(client, chat: str, text: str = "said") -> int:
    return client.ok("message.send", conversation=chat, id=str(uuid.uuid4()), text=text)["offset"]


def test_the_audit_log_has_every_event_once_through_kills_of_everything(system, acme, tmp_path, running):
    keys, log = keys_file(system, acme, tmp_path, "audit"), tmp_path / "events.jsonl"
    with system.client(acme, "ana") as ana:
        chat = ana.group()
        program = running(sys.executable, EXAMPLES / "audit_log.py", keys, log)
        last = say(ana, chat)
        until(lambda: offsets(log)[-1:] == [last], "the log is up to date", 30)
        program.kill()
        program.wait()
        # A line that was cut off in the middle.
        with log.open("a") as file:
            file.write('{"event":"cut o')
        say(ana, chat)
        running(sys.executable, EXAMPLES / "audit_log.py", keys, log)
        former = system.kill("fanout")
        last = say(ana, chat)
        system.wait_restarted("fanout", former)
        until(lambda: offsets(log)[-1:] == [last], "the log is up to date again", 40)
    assert offsets(log) == list(range(1, last + 1))


def test_the_bot_answers_where_it_is_a_member(system, acme, tmp_path, running):
    keys = keys_file(system, acme, tmp_path, "bot", "--event", "message.created")
    system.client(acme, "bot").close()
    program = running(
        sys.executable,
        EXAMPLES / "bot.py",
        keys,
        system.http(),
        "bot",
        acme.service(),
        stdout=subprocess.PIPE,
        cwd=tmp_path,
    )
    assert program.stdout.readline().strip() == "listening"
    with system.client(acme, "ana") as ana:
        chat, private = ana.group("bot"), ana.group()
        ana.say(private, "!ping")
        sent = ana.say(chat, "!ping")
        reply = ana.event("message.created", patience=30, message__text="pong")
        assert reply["conversation"] == chat and reply["message"]["reply_to"] == sent["id"]
        assert reply["message"]["sender"] == "bot"


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_the_c_example_follows(system, acme, tmp_path, running):
    program = tmp_path / "follow"
    built = subprocess.run(
        ["cc", "-Wall", "-Wextra", "-Werror", "-o", program, EXAMPLES / "follow.c", "-lzmq"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    keys = create(system, acme)
    out = tmp_path / "out"
    with system.client(acme, "ana") as ana, out.open("w") as stdout:
        chat = ana.group()
        running(program, keys.stream, keys.public, keys.secret, keys.server, stdout=stdout)
        last = max(say(ana, chat, f"{n}") for n in range(700))
        until(lambda: offsets(out)[-1:] == [last], "the C program has all", 30)
    assert offsets(out) == list(range(1, last + 1))


def test_the_ten_lines_of_the_page_follow_through_kills(system, acme, tmp_path, running):
    page = (REPOSITORY / "docs" / "integrators.md").read_text()
    (tmp_path / "ten.py").write_text(page.split("```python\n")[1].split("```")[0])
    (tmp_path / "crm.json").write_text(json.dumps(create(system, acme).printed))
    out = tmp_path / "out"
    with system.client(acme, "ana") as ana, out.open("w") as stdout:
        chat = ana.group()
        running(sys.executable, "-u", "ten.py", cwd=tmp_path, stdout=stdout)
        for role in ("fanout", "router", "gateway"):
            say_until_stored(system, acme, chat)
            former = system.kill(role)
            system.wait_restarted(role, former)
        last = say_until_stored(system, acme, chat)
        until(lambda: offsets(out)[-1:] == [last], "the ten lines have all", 60)
    assert offsets(out) == list(range(1, last + 1))


def say_until_stored(system, acme, chat: str) -> int:
    """On a connection of its own, since gateways are killed too."""

    def stored() -> int | None:
        try:
            with system.client(acme, "ana") as ana:
                reply = ana.ask("message.send", conversation=chat, id=identifier, text="kept")
                return reply["offset"] if reply["ok"] else None
        except Exception:  # The gateway is on its way.
            return None

    identifier = str(uuid.uuid4())
    return until(stored, "an acknowledged message", 40)


def tail(system, acme, running, *arguments, **options):
    return running(
        command_line.binary(), "tail", "--tenant", acme.slug, "--data", system.data, *arguments, **options
    )


def test_tail_follows_and_ends_with_0(system, acme, tmp_path, running):
    out = tmp_path / "out"
    with system.client(acme, "ana") as ana, out.open("w") as stdout:
        chat = ana.group()
        first = say(ana, chat)
        program = tail(system, acme, running, "--from", "start", "--json", stdout=stdout)
        until(lambda: offsets(out)[-1:] == [first], "tail shows the past", 30)
        last = say(ana, chat)
        until(lambda: offsets(out)[-1:] == [last], "tail shows the present", 30)
        program.send_signal(signal.SIGINT)
        assert program.wait(20) == 0
    assert offsets(out) == list(range(1, last + 1))
    taps = system.cli("tap", "list", "--tenant", acme.slug, "--json").json
    assert [t["state"] for t in taps] == ["revoked"], "its tap goes with it"


def test_tail_goes_on_where_it_stopped(system, acme, tmp_path, running):
    state = tmp_path / "position.json"
    with system.client(acme, "ana") as ana:
        chat = ana.group()
        seen: list[int] = []
        for count in range(3):
            out = tmp_path / f"out-{count}"
            last = say(ana, chat)
            with out.open("w") as stdout:
                program = tail(
                    system, acme, running, "--from", "start", "--json", "--state", state, stdout=stdout
                )
                until(lambda out=out, last=last: offsets(out)[-1:] == [last], "tail is up to date", 30)
                program.send_signal(signal.SIGTERM)
                assert program.wait(20) == 0
            seen += offsets(out)
    assert seen == list(range(1, last + 1))


def test_tail_from_now_shows_people_a_line(system, acme, tmp_path, running):
    out = tmp_path / "out"
    with system.client(acme, "ana") as ana, out.open("w") as stdout:
        chat = ana.group()
        say(ana, chat, "before")
        program = tail(system, acme, running, "--event", "message.created", stdout=stdout)

        def shows() -> bool:
            say(ana, chat, "from now \u001b[31m on")
            time.sleep(0.2)
            return "from now" in out.read_text()

        until(shows, "a line for people", 30)
        program.send_signal(signal.SIGINT)
        assert program.wait(20) == 0
    assert "before" not in out.read_text() and "\u001b" not in out.read_text()


def test_tail_refuses_what_is_wrong(system, acme, tmp_path):
    slug = ["--tenant", acme.slug]
    assert system.cli("tail", *slug, "--from", "yesterday", expect=None).code == 65
    assert system.cli("tail", *slug, "--json", "--pretty", expect=None).code == 64
    assert system.cli("tail", "--tenant", "nobody", expect=None).code == 1
    wrong = tmp_path / "wrong"
    wrong.write_text("{}")
    os.chmod(wrong, 0o600)
    assert system.cli("tail", *slug, "--state", str(wrong), expect=None).code == 65
    assert system.cli("tail", *slug, "--keys", str(wrong), expect=None).code == 65
