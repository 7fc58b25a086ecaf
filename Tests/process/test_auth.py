"""Who gets in: tokens in all four algorithms, what is wrong with them, origins, expiry and refresh."""

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from harness import command_line
from harness.client import Client, Refused
from harness.raw import Raw


def public_pem(key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


KEYS = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "RS256": rsa.generate_private_key(65_537, 2_048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


def closes_with(url: str, token: str | None, headers: dict | None = None, **options) -> tuple[str, int]:
    """The code of the error and that of the close."""
    client = Client(url, None, hello=False, headers=headers, **options)
    try:
        client.say_hello(token)
    except Refused as refused:
        return refused.code, client.wait_closed()[0]
    finally:
        client.close()
    raise AssertionError("the token let them in")


@pytest.mark.parametrize("algorithm", KEYS)
def test_public_keys_prove_tokens(shared, tenant, algorithm):
    tenant.add_key("k", algorithm, public_pem(KEYS[algorithm]))
    token = tenant.token("ana", kid="k", key=KEYS[algorithm], algorithm=algorithm)
    with Client(shared.url(), token) as ana:
        assert ana.hello["user"]["id"] == "ana"
    # A key that has gone proves nothing any more.
    shared.cli("tenant", "key", "remove", tenant.slug, "--kid", "k")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            Client(shared.url(), token).close()
        except Refused as refused:
            assert refused.code == "unauthenticated"
            return
        time.sleep(0.1)
    raise AssertionError("a removed key still proves tokens after 5 s")


def test_wrong_tokens_are_refused_with_4001(shared, tenant):
    tenant.add_key("rsa", "RS256", public_pem(KEYS["RS256"]))
    other = shared.tenant()
    now = int(time.time())
    tampered = tenant.token("ana").rsplit(".", 1)[0] + "." + base64.urlsafe_b64encode(b"x" * 32).rstrip(b"=").decode()
    cases = {
        "none": jwt.encode(tenant.claims("ana"), None, algorithm="none", headers={"kid": "test"}),
        "no kid": tenant.token("ana", kid=None),
        "unknown kid": tenant.token("ana", kid="nowhere"),
        "kid of another kind": tenant.token("ana", kid="rsa"),
        # The public key as an HMAC secret: the oldest trick.
        "public key as secret": _hs256(tenant.claims("ana"), public_pem(KEYS["RS256"]), "rsa"),
        "wrong secret": tenant.token("ana", key=b"x" * 48),
        "tampered": tampered,
        "tenant that does not exist": tenant.token("ana", tenant="nobody-here"),
        "other tenant's key": other.token("ana", tenant=tenant.slug),
        "other tenant's name": tenant.token("ana", tenant=other.slug),
        "no tenant": tenant.token("ana", tenant=None),
        "no sub": tenant.token("ana", sub=None),
        "no exp": tenant.token("ana", exp=None),
        "bad sub": tenant.token("ana", sub="not a user id"),
        "long sub": tenant.token("ana", sub="x" * 65),
        "bad role": tenant.token("ana", role="admin"),
        "not yet": tenant.token("ana", nbf=now + 120),
        "from the future": tenant.token("ana", iat=now + 120),
        "exp as text": _hs256(tenant.claims("ana") | {"exp": "soon"}, tenant.secret, "test"),
        "nothing": "",
    }
    for name, token in cases.items():
        assert closes_with(shared.url(), token) == ("unauthenticated", 4001), name


def test_a_huge_claim_is_refused_or_cut_but_never_stored_whole(shared, tenant):
    try:
        with Client(shared.url(), tenant.token("ana", name="x" * 11_000)) as ana:
            assert len(ana.hello["user"]["name"]) <= 1_000
    except Refused as refused:
        assert refused.code == "unauthenticated"


def test_an_expired_token_says_so(shared, tenant):
    assert closes_with(shared.url(), tenant.token("ana", ttl=-1)) == ("token_expired", 4001)


def test_clocks_may_differ_a_little_but_not_at_the_end(shared, tenant):
    now = int(time.time())
    Client(shared.url(), tenant.token("ana", nbf=now + 20, iat=now + 20)).close()
    assert closes_with(shared.url(), tenant.token("ana", ttl=-5))[1] == 4001


def test_the_header_of_the_upgrade_may_carry_the_token(shared, tenant):
    header = {"Authorization": f"Bearer {tenant.token('ana')}"}
    with Client(shared.url(), None, headers=header) as ana:
        assert ana.hello["user"]["id"] == "ana"
    # With both, the frame's counts; another identity in the header is refused.
    with Client(shared.url(), tenant.token("ana", name="From the frame"), headers=header) as ana:
        assert ana.hello["user"]["name"] == "From the frame"
    assert closes_with(shared.url(), tenant.token("ben"), header)[1] == 4001
    # A bad header is accepted at the upgrade and closed after it: browsers can't see a 401.
    assert closes_with(shared.url(), None, {"Authorization": "Bearer nonsense"}) == ("unauthenticated", 4001)
    assert closes_with(shared.url(), None, {"Authorization": "Basic YTpi"}) == ("unauthenticated", 4001)


def test_a_token_in_the_url_is_not_taken(shared, tenant):
    assert closes_with(shared.url(), None) == ("unauthenticated", 4001)


def test_origins_are_those_of_the_tenant_and_the_gateways_own(shared):
    tenant = shared.tenant("--origin", "https://chat.example")
    bare = shared.tenant()
    own = shared.http()
    port = shared.gateway_ports[0]
    for origin in ("https://chat.example", own, f"http://localhost:{port}", None):
        Client(shared.url(), tenant.token("ana"), origin=origin).close()
    for origin in (
        "https://evil.example",
        "http://chat.example",
        "https://chat.example.evil.example",
        "null",
        "https://chat.example:444",
    ):
        assert closes_with(shared.url(), tenant.token("ana"), origin=origin) == ("forbidden", 4003), origin
    assert closes_with(shared.url(), bare.token("ana"), origin="https://chat.example")[1] == 4003
    Client(shared.url(), bare.token("ana"), origin=own).close()


def test_a_token_about_to_expire_is_announced_refreshed_and_ends_the_connection(shared, tenant):
    refreshed = Client(shared.url(), tenant.token("ana", ttl=5))
    left = Client(shared.url(), tenant.token("ana", ttl=5))
    for client in (refreshed, left):
        assert client.event("token.expiring")["at"].endswith("Z")
    assert refreshed.ok("token.refresh", token=tenant.token("ana", ttl=600))["expires"].endswith("Z")
    for wrong in (tenant.token("ben"), tenant.service(), tenant.token("ana", role="service")):
        assert refreshed.refused("token.refresh", token=wrong)["code"] == "forbidden"
    other = shared.tenant()
    assert refreshed.refused("token.refresh", token=other.token("ana"))["code"] == "forbidden"
    assert refreshed.refused("token.refresh", token="nonsense")["code"] == "unauthenticated"
    assert refreshed.refused("token.refresh", token=tenant.token("ana", ttl=-5))["code"] == "token_expired"
    assert left.wait_closed()[0] == 4203
    assert refreshed.ok("ping")["ok"]
    refreshed.close()


def test_a_suspended_user_and_tenant_are_closed_within_a_second(shared, tenant):
    ana, phone, ben = (shared.client(tenant, user, gateway) for user, gateway in (("ana", 0), ("ana", 1), ("ben", 1)))
    shared.cli("user", "suspend", "--tenant", tenant.slug, "--user", "ana")
    start = time.monotonic()
    assert ana.wait_closed()[0] == phone.wait_closed()[0] == 4004
    assert time.monotonic() - start < 3
    assert closes_with(shared.url(), tenant.token("ana")) == ("forbidden", 4004)
    # Known only after the signature holds.
    assert closes_with(shared.url(), tenant.token("ana", key=b"x" * 48)) == ("unauthenticated", 4001)
    assert ben.ok("ping")["ok"]
    shared.cli("user", "resume", "--tenant", tenant.slug, "--user", "ana")
    _until_in(shared, tenant, "ana")
    shared.cli("tenant", "suspend", tenant.slug)
    assert ben.wait_closed()[0] == 4004
    assert closes_with(shared.url(), tenant.token("ben"))[1] == 4004
    shared.cli("tenant", "resume", tenant.slug)
    _until_in(shared, tenant, "ben")


def test_a_deleted_tenant_is_gone(shared):
    tenant = shared.tenant()
    ana = shared.client(tenant, "ana")
    ana.say(ana.group(), "soon gone")
    shared.cli("tenant", "delete", tenant.slug)
    assert 4000 <= ana.wait_closed()[0] <= 4099
    deadline = time.monotonic() + 10
    while (shared.data / "tenants" / tenant.slug).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not (shared.data / "tenants" / tenant.slug).exists(), "its files are erased"
    assert closes_with(shared.url(), tenant.token("ana"))[1] == 4001


def test_keys_that_can_prove_nothing_are_refused_by_the_command_line(shared, tenant):
    cases = [
        ("HS256", b"short"),
        ("ES256", b"no pem"),
        ("RS256", public_pem(KEYS["ES256"])),
        ("EdDSA", public_pem(KEYS["RS256"])),
    ]
    for number, (algorithm, material) in enumerate(cases):
        assert tenant.add_key(f"bad{number}", algorithm, material, expect=None).code == 65, (algorithm, material[:20])
    assert tenant.add_key("test", "HS256", b"x" * 48, expect=None).code == 1, "the key id is taken"


def test_a_secret_loses_one_final_newline_and_no_more(shared, tenant):
    secret = b"s" * 40
    tenant.add_key("newline", "HS256", secret + b"\n")
    Client(shared.url(), tenant.token("ana", kid="newline", key=secret)).close()


def test_tokens_never_show_in_logs(shared, tenant):
    token = tenant.token("ana", name="Somebody")
    with Client(shared.url(), token) as ana:
        ana.refused("token.refresh", token=token[:-4] + "AAAA")
    with Raw(shared.url()) as raw:
        raw.text({"op": "hello", "ref": "h", "protocol": "1", "token": token, "surprise": 1})
        raw.reply("h")
    log = "\n".join(shared.child.err)
    assert token not in log and tenant.secret.decode() not in log
    assert command_line.run("tenant", "show", tenant.slug, data=shared.data).out.find(tenant.secret.decode()) < 0


def _hs256(claims: dict, secret: bytes, kid: str) -> str:
    """By hand: PyJWT refuses to use a public key as a secret."""

    def encode(part: bytes) -> bytes:
        return base64.urlsafe_b64encode(part).rstrip(b"=")

    head = encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": kid}).encode())
    signed = head + b"." + encode(json.dumps(claims).encode())
    return (signed + b"." + encode(hmac.digest(secret, signed, hashlib.sha256))).decode()


def _until_in(shared, tenant, user: str) -> None:
    deadline = time.monotonic() + 5
    while True:
        try:
            return Client(shared.url(), tenant.token(user)).close()
        except Refused:
            assert time.monotonic() < deadline, f"{user} is still kept out after 5 s"
            time.sleep(0.1)
