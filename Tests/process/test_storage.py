"""Places for files, through `parley storage check`, which stores, reads, lists and removes: a folder, and S3 as moto serves it,
which checks the signature of every request."""

import os
import subprocess
from pathlib import Path

import pytest

from harness import command_line
from harness.object_store import REGION, ObjectStore, Way
from harness.waiting import until

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def object_store(tmp_path_factory):
    store = ObjectStore(tmp_path_factory.mktemp("moto"))
    yield store
    store.stop()


@pytest.fixture
def keys(object_store, tmp_path) -> Path:
    path = tmp_path / "keys"
    path.write_text(f"[default]\naws_access_key_id = {object_store.access}\naws_secret_access_key = {object_store.secret}\n")
    path.chmod(0o600)
    return path


def check(*arguments: str, expect: int = 0, env: dict[str, str] | None = None) -> command_line.Outcome:
    done = subprocess.run(
        [command_line.binary(), "storage", "check", *arguments],
        capture_output=True, text=True, timeout=120, env=command_line.environment(env),
    )  # fmt: skip
    assert done.returncode == expect, done.stdout + done.stderr
    return command_line.Outcome(done.returncode, done.stdout, done.stderr)


def bucket(store: ObjectStore, keys: Path, url: str | None = None) -> tuple[str, ...]:
    return (
        "--endpoint", url or f"http://127.0.0.1:{store.port}", "--bucket", store.bucket, "--region", REGION, "--credentials", str(keys),
    )  # fmt: skip


@pytest.mark.parametrize("size", [1, MEGABYTE, 16 * MEGABYTE, 16 * MEGABYTE + 1, 40 * MEGABYTE])
def test_an_object_store_works(object_store, keys, size):
    outcome = check(*bucket(object_store, keys), "--bytes", str(size), "--json")
    assert outcome.json["bytes"] == size
    assert object_store.objects() == [] and object_store.begun() == []


def test_keys_may_come_from_the_environment(object_store, keys):
    arguments = bucket(object_store, keys)[:-2]
    check(*arguments, env={"AWS_ACCESS_KEY_ID": object_store.access, "AWS_SECRET_ACCESS_KEY": object_store.secret})
    wrong = check(*arguments, env={"AWS_ACCESS_KEY_ID": object_store.access, "AWS_SECRET_ACCESS_KEY": "no"}, expect=69)
    assert "403" in wrong.err and object_store.secret not in wrong.err
    assert "no keys" in check(*arguments, expect=78).err


def test_a_file_of_keys_that_others_may_read_is_refused(object_store, keys):
    keys.chmod(0o644)
    assert "chmod 600" in check(*bucket(object_store, keys), expect=69).err


def test_a_bucket_that_is_not_there_is_named_as_such(object_store, keys):
    arguments = list(bucket(object_store, keys))
    arguments[3] = "nowhere"
    assert "NoSuchBucket" in check(*arguments, expect=69).err


@pytest.mark.parametrize("failure", [b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", b""])
def test_what_fails_now_and_then_is_asked_again(object_store, keys, failure):
    way = Way(object_store.port, lambda number, _: failure if number % 3 == 0 else None)
    check(*bucket(object_store, keys, way.url), "--bytes", str(20 * MEGABYTE))
    assert way.requests > 12
    assert object_store.objects() == [] and object_store.begun() == []


def test_an_upload_that_fails_half_way_leaves_nothing(object_store, keys):
    def no_second_part(_: int, request: bytes) -> bytes | None:
        return b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" if b"partNumber=2" in request else None

    way = Way(object_store.port, no_second_part)
    assert "500" in check(*bucket(object_store, keys, way.url), "--bytes", str(40 * MEGABYTE), expect=69).err
    assert object_store.objects() == [] and object_store.begun() == []


def test_parts_that_can_not_be_joined_are_no_file(object_store, keys):
    answer = b"<Error><Code>InternalError</Code></Error>"

    def no_join(_: int, request: bytes) -> bytes | None:
        is_join = request.startswith(b"POST") and b"?uploadId=" in request.split(b"\r\n", 1)[0]
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(answer)
        return head + answer if is_join else None

    way = Way(object_store.port, no_join)
    assert "InternalError" in check(*bucket(object_store, keys, way.url), "--bytes", str(20 * MEGABYTE), expect=69).err
    assert object_store.objects() == [] and object_store.begun() == []


def test_a_server_that_goes_in_the_middle_is_an_error_and_not_a_hang(tmp_path):
    store = ObjectStore(tmp_path)
    keys = tmp_path / "keys"
    keys.write_text(f"aws_access_key_id={store.access}\naws_secret_access_key={store.secret}\n")
    keys.chmod(0o600)

    def killed(_: int, request: bytes) -> bytes | None:
        if b"partNumber=2" in request:
            store.process.kill()
        return None

    way = Way(store.port, killed)
    outcome = check(*bucket(store, keys, way.url), "--bytes", str(40 * MEGABYTE), expect=69)
    assert "object store" in outcome.err
    store.stop()


def test_an_answer_that_breaks_off_is_an_error_and_not_a_hang(object_store, keys):
    def cut(_: int, request: bytes) -> bytes | None:
        is_whole = request.startswith(b"GET") and b"range:" not in request.lower() and b"list-type" not in request
        return b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc" if is_whole else None

    way = Way(object_store.port, cut)
    check(*bucket(object_store, keys, way.url), expect=69)
    assert object_store.objects() == []


def test_a_folder_works(tmp_path):
    root = tmp_path / "blobs"
    check("--folder", str(root), "--bytes", str(5 * MEGABYTE))
    assert [path for path in root.rglob("*") if path.is_file()] == []
    assert os.stat(root).st_mode & 0o777 == 0o700


def test_a_full_disk_is_said_to_be_full(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount")
    try:
        assert "no room" in check("--folder", str(small / "blobs"), "--bytes", str(3 * MEGABYTE), expect=69).err
        left = [path for path in small.rglob("*") if path.is_file()]
        assert left == []
    finally:
        until(lambda: subprocess.run(["umount", str(small)], capture_output=True, check=False).returncode == 0, "umount")
