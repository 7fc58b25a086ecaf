"""Upgrades from former versions' files, kept as they were written; downgrades, refused in words."""

import sqlite3
from pathlib import Path

import pytest

from harness import command_line, ports, store
from harness.client import Client
from harness.system import Child
from harness.tenants import Tenant

FORMER = Path(__file__).resolve().parents[1] / "Fixtures" / "former"
GROUP = "913ddfde-b774-404a-88ed-956315d13476"
DIRECT = "1d5ccc78-3ffa-84bc-be93-731d97cebbaf"
EPOCH = "ejh4w40rfvf"
SECRET = b"the-secret-of-a-tenant-of-a-former-version-of-parley"


def lay_out(version: str, data: Path) -> None:
    """The data directory as that version left it."""
    (data / "tenants" / "former").mkdir(parents=True, mode=0o700)
    for script, file in (("registry.sql", "registry.sqlite"), ("tenant.sql", "tenants/former/tenant.sqlite")):
        path = data / file
        with sqlite3.connect(path) as database:
            database.executescript((FORMER / version / script).read_text())
        database.close()
        path.chmod(0o600)


def known_tenant(data: Path) -> Tenant:
    """The one in the files: its key is in them."""
    tenant = Tenant.__new__(Tenant)
    tenant.slug, tenant.data, tenant.secret = "former", data, SECRET
    return tenant


def user_version(path: Path) -> int:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


@pytest.mark.parametrize("version", sorted(path.name for path in FORMER.iterdir()))
def test_what_a_former_version_stored_is_there_and_goes_on(start_up, tmp_path, version):
    lay_out(version, tmp_path)
    file = tmp_path / "tenants" / "former" / "tenant.sqlite"
    before = user_version(file)
    assert f"version-{before}" == version
    system = start_up(tmp_path)
    tenant = known_tenant(tmp_path)
    # Whoever was there before is resumed from where they were.
    with Client(system.url(), tenant.token("ben"), 3, EPOCH) as ben, system.client(tenant, "ana") as ana:
        assert ben.hello["resumed"] is True and ben.hello["epoch"] == EPOCH
        mark = ben.event("mark", live=True)
        assert mark["offset"] == 11
        assert ben.texts() == ["a root", "in the thread", "just us two", "last of the former version"]
        listed = ana.ok("message.list", conversation=GROUP)["messages"]
        assert [message.get("text") for message in listed] == [
            "one, in group",
            "two \u2603 \U0001f600",
            "a root",
            None,  # Ana has blocked cy.
            "last of the former version",
        ]
        assert listed[1]["reply_to"] == listed[0]["id"] and listed[3]["hidden"] is True
        found = {entry["id"]: entry for entry in ben.ok("conversation.list")["conversations"]}
        assert set(found) == {GROUP, DIRECT}
        assert (found[GROUP]["title"], found[GROUP]["read_seq"], found[GROUP]["unread"]) == ("Former times", 3, 1)
        assert [user["id"] for user in ana.ok("block.list")["users"]] == ["cy"]
        assert ana.ok("user.get", user="ben")["user"]["name"] == "Ben"
        said = ana.say(GROUP, "first of this version")
        assert (said["seq"], said["offset"]) == (6, 12)
        ben.event("message.created", message__text="first of this version")
    assert system.stop() == 0
    assert user_version(file) > before
    assert store.integrity(tmp_path, "former") == "ok"


def test_an_upgrade_that_is_killed_is_done_again(start_up, tmp_path):
    """Migrations are transactions: a copy of the file in between is the one or the other."""
    lay_out("version-1", tmp_path)
    system = start_up(tmp_path)
    tenant = known_tenant(tmp_path)
    system.client(tenant, "ana").close()
    former = system.kill("router")
    system.wait_restarted("router", former)
    with system.client(tenant, "ana") as ana:
        assert len(ana.ok("message.list", conversation=GROUP)["messages"]) == 5


def dump(path: Path) -> list[str]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return [*database.iterdump(), str(user_version(path))]


def newer(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


@pytest.mark.parametrize(
    "file, words",
    [
        ("tenants/former/tenant.sqlite", "tenant former has version 99"),
        ("registry.sqlite", "the registry has version 99"),
    ],
)
def test_a_later_versions_data_is_refused_with_74_and_left_alone(tmp_path, file, words):
    lay_out("version-1", tmp_path)
    newer(tmp_path / file)
    kept = dump(tmp_path / file)
    router = Child(["router", "--data", str(tmp_path), *_endpoints(tmp_path), "--operations", "127.0.0.1:0"])
    assert router.process.wait(40) == 74
    router.stop()
    assert words in router.tail() and "use a newer one" in router.tail()
    assert dump(tmp_path / file) == kept


def test_parley_up_says_so_too(tmp_path):
    lay_out("version-1", tmp_path)
    newer(tmp_path / "tenants" / "former" / "tenant.sqlite")
    up = Child(
        ["up", "--data", str(tmp_path), "--listen", f"127.0.0.1:{ports.free()}", "--operations", "127.0.0.1:0"]
    )
    assert up.process.wait(60) == 74
    up.stop()
    assert "tenant former has version 99" in up.tail()
    assert command_line.run("tenant", "list", data=tmp_path).code == 0


def _endpoints(folder: Path) -> list[str]:
    return [word for name in ("commands", "events", "replay") for word in (f"--{name}", f"ipc://{folder}/run/{name}")]
