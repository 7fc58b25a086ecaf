"""What ends by itself in tenants that nobody uses, and what goes with a tenant that is deleted while nothing runs."""

import socket
from pathlib import Path

import httpx

from harness.waiting import until

TEXT = b"what nobody sends\n" * 40
EXPIRY = "upload_expiry_s=3"


def upload(system, tenant, user: str, conversation: str) -> dict:
    answer = httpx.post(
        f"{system.http()}/v1/uploads", params={"conversation": conversation}, content=TEXT, timeout=60, trust_env=False,
        headers={
            "Authorization": f"Bearer {tenant.token(user)}", "Content-Type": "text/plain",
            "Content-Disposition": 'attachment; filename="note.txt"',
        },
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return answer.json()["upload"]


def begin(system, tenant, user: str, conversation: str, size: int) -> socket.socket:
    """An upload that says its size, and sends no more than its beginning."""
    connection = socket.create_connection(("127.0.0.1", system.gateway_ports[0]))
    connection.sendall(
        f"POST /v1/uploads?conversation={conversation} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n"
        f"Authorization: Bearer {tenant.token(user)}\r\nContent-Type: text/plain\r\n"
        'Content-Disposition: attachment; filename="note.txt"\r\n\r\nIt begins'.encode()
    )
    return connection


def direct(system, tenant) -> str:
    for user in ("ben", "ana"):
        client = system.client(tenant, user)
        conversation = client.direct("ben") if user == "ana" else ""
        client.close()
    return conversation


def room(system, tenant) -> int:
    """What the tenant's files take, uploads under way counted in: read beside the router, which is not asked."""
    return system.cli("tenant", "show", tenant.slug, "--json").json["storage_bytes"]


def contents(folder: Path, tenant) -> list[Path]:
    return [path for path in (folder / tenant.slug).rglob("*") if path.is_file()]


def test_a_router_that_starts_ends_what_nobody_sent_though_nobody_comes(start_up, tmp_path):
    data = tmp_path / "data"
    system = start_up(data)
    tenant = system.tenant("--set", EXPIRY)
    upload(system, tenant, "ana", direct(system, tenant))
    assert system.stop() == 0
    assert contents(data / "files", tenant) and room(system, tenant) == len(TEXT)
    system = start_up(data)
    until(lambda: room(system, tenant) == 0, "the room given back", 20)
    assert contents(data / "files", tenant) == []
    system.stop()


def test_the_room_kept_for_an_upload_comes_back_when_its_gateway_is_killed(start_up):
    system = start_up()
    tenant = system.tenant("--set", EXPIRY)
    with begin(system, tenant, "ana", direct(system, tenant), 1_000_000):
        until(lambda: room(system, tenant) == 1_000_000, "the room kept")
        killed = system.kill("gateway")
    until(lambda: room(system, tenant) == 0, "the room given back", 20)
    system.wait_restarted("gateway", killed)
    system.stop()


def test_it_comes_back_when_the_router_is_killed_as_well(start_up):
    system = start_up()
    tenant = system.tenant("--set", EXPIRY)
    with begin(system, tenant, "ana", direct(system, tenant), 1_000_000):
        until(lambda: room(system, tenant) == 1_000_000, "the room kept")
        router, gateway = system.kill("router"), system.kill("gateway")
    system.wait_restarted("router", router)
    until(lambda: room(system, tenant) == 0, "the room given back", 20)
    system.wait_restarted("gateway", gateway)
    system.stop()


def test_a_tenant_deleted_while_nothing_runs_takes_its_files_along(start_up, tmp_path):
    data = tmp_path / "data"
    system = start_up(data)
    tenant = system.tenant()
    upload(system, tenant, "ana", direct(system, tenant))
    assert contents(data / "files", tenant)
    system.stop()
    system.cli("tenant", "delete", tenant.slug)
    assert contents(data / "files", tenant) == []
    assert not (data / "tenants" / tenant.slug).exists()
    system.cli("tenant", "create", tenant.slug)


def test_files_that_are_not_there_then_go_with_the_next_router(start_up, tmp_path):
    """As where they lie in another folder, or in a bucket: only routers are told."""
    data = tmp_path / "data"
    system = start_up(data)
    tenant = system.tenant()
    upload(system, tenant, "ana", direct(system, tenant))
    system.stop()
    (data / "files").rename(data / "elsewhere")
    assert "the next router removes its files" in system.cli("tenant", "delete", tenant.slug).out
    assert not (data / "tenants" / tenant.slug).exists()
    system.cli("tenant", "create", tenant.slug, expect=1)
    (data / "elsewhere").rename(data / "files")
    assert contents(data / "files", tenant)
    system = start_up(data)
    until(lambda: contents(data / "files", tenant) == [], "its files gone", 20)
    until(lambda: system.cli("tenant", "create", tenant.slug, expect=None).code == 0, "its name free", 20)
    system.stop()
