"""The three processes started one by one over tcp://, as systemd or compose do; TLS; the command line around them."""

import signal
import socket
import ssl

import httpx

from harness import certificates, command_line
from harness.client import Client
from harness.system import Child, is_up
from harness.tenants import Tenant
from harness.waiting import until


def test_three_processes_by_hand_carry_a_message(start_separate):
    system = start_separate(gateways=2, fanouts=2)
    tenant = system.tenant()
    with system.client(tenant, "ana", 0) as ana, system.client(tenant, "ben", 1) as ben:
        chat = ana.direct("ben")
        ana.say(chat, "over tcp")
        ben.event("message.created", message__text="over tcp")
    assert system.stop() == [0] * 5


def test_operations_ports_tell_the_truth(start_separate):
    system = start_separate()
    for place in range(3):
        base = f"http://127.0.0.1:{system.ops + place}"
        assert httpx.get(base + "/healthz", trust_env=False).status_code == 200
        assert httpx.get(base + "/readyz", trust_env=False).status_code == 200
        metrics = httpx.get(base + "/metrics", trust_env=False)
        assert metrics.headers["content-type"].startswith("text/plain") and "# TYPE parley_" in metrics.text
    # Without its router a gateway lives but is not ready.
    system.router.kill()
    gateway = f"http://127.0.0.1:{system.ops + 2}"
    until(lambda: httpx.get(gateway + "/readyz", trust_env=False).status_code == 503, "not ready without a router", 40)
    assert httpx.get(gateway + "/healthz", trust_env=False).status_code == 200
    system.start_router()
    until(lambda: is_up(gateway + "/readyz"), "ready again", 40)


def test_a_second_router_on_the_same_data_says_who_holds_it(start_separate):
    system = start_separate()
    second = Child(
        [
            "router",
            "--data",
            str(system.data),
            "--commands",
            "tcp://127.0.0.1:0",
            "--events",
            "tcp://127.0.0.1:0",
            "--replay",
            "tcp://127.0.0.1:0",
            "--keys",
            str(system.keys),
            "--operations",
            "127.0.0.1:0",
        ]
    )
    assert second.process.wait(20) == 74
    second.stop()
    assert str(system.router.pid) in second.tail()
    up = Child(["up", "--data", str(system.data), "--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0"])
    assert up.process.wait(40) != 0
    up.stop()
    tenant = system.tenant()
    with system.client(tenant, "ana") as ana:
        ana.say(ana.group(), "the first goes on")


def test_tls_and_its_reload(start_separate, tmp_path):
    folder = tmp_path / "tls"
    folder.mkdir()
    certificate, key = certificates.write(folder, "first")
    system = start_separate(extra=["--tls-certificate", str(certificate), "--tls-key", str(key)])
    tenant = system.tenant()
    port = system.gateway_ports[0]
    url = f"wss://127.0.0.1:{port}"

    def context() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(certificate))

    first = Client(url, tenant.token("ana"), ssl=context())
    group = first.group()
    first.say(group, "secretly")
    answer = httpx.post(
        f"https://127.0.0.1:{port}/v1/ops",
        json={"op": "ping"},
        verify=context(),
        trust_env=False,
        headers={"Authorization": f"Bearer {tenant.token('ana')}"},
    )
    assert answer.json() == {"ok": True}
    served = _served(port)
    certificates.write(folder, "second")
    system.gateways[0].process.send_signal(signal.SIGHUP)
    until(lambda: _served(port) != served, "the new certificate")
    with Client(url, tenant.token("ana"), ssl=context()) as second:
        second.say(group, "with the new one")
        first.event("message.created", message__text="with the new one")
    # A broken file keeps the old one.
    served = _served(port)
    certificate.write_text("nonsense")
    system.gateways[0].process.send_signal(signal.SIGHUP)
    until(lambda: any("certificate" in line.lower() for line in system.gateways[0].err[-20:]), "a line about it")
    assert _served(port) == served
    assert first.ok("ping")["ok"]
    first.close()


def test_plain_http_on_a_tls_port_hurts_nobody(start_separate, tmp_path):
    certificate, key = certificates.write(tmp_path, "plain")
    system = start_separate(extra=["--tls-certificate", str(certificate), "--tls-key", str(key)])
    with socket.create_connection(("127.0.0.1", system.gateway_ports[0]), 10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        plain.settimeout(10)
        try:
            while plain.recv(4_096):
                pass
        except ConnectionError:
            pass
    tenant = system.tenant()
    context = ssl.create_default_context(cafile=str(certificate))
    Client(f"wss://127.0.0.1:{system.gateway_ports[0]}", tenant.token("ana"), ssl=context).close()


def test_tenants_made_before_any_router_runs_are_there(tmp_path, start_separate):
    command_line.run("tenant", "create", "early", "--name", "Early", data=tmp_path)
    tenant = Tenant("early", tmp_path)
    system = start_separate()
    with system.client(tenant, "ana") as ana:
        assert ana.hello["tenant"] == "early"


def _served(port: int) -> bytes:
    context = ssl._create_unverified_context()  # Only to look at the certificate.
    with socket.create_connection(("127.0.0.1", port), 10) as plain, context.wrap_socket(plain) as secured:
        return secured.getpeercert(binary_form=True)
