"""Files: up in one request or in pieces, sent, seen by whoever may see the message, and gone when nobody refers to them."""

import base64
import hashlib
import io
import json
import os
import socket
import subprocess
import time
import wave
from urllib.parse import quote

import httpx
import pytest
from tusclient.client import TusClient

from harness import files as honest
from harness.client import new_id
from harness.object_store import REGION, ObjectStore
from harness.waiting import until

TEXT = "Grüße aus Wien.\n".encode() * 40


class Files:
    """One person's way to files, at one gateway."""

    def __init__(self, system, token: str, gateway: int = 0):
        self.base = system.http(gateway)
        self.http = httpx.Client(base_url=self.base, timeout=60, trust_env=False)
        self.token = token
        self.headers = {"Authorization": f"Bearer {token}"}

    def upload(self, conversation: str, name: str = "note.txt", content: bytes = TEXT, type_: str = "text/plain", **more):
        headers = self.headers | {"Content-Type": type_, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
        return self.http.post(
            "/v1/uploads",
            params={"conversation": conversation} | more,
            content=content,
            headers=headers,
        )

    def uploaded(self, conversation: str, name: str = "note.txt", content: bytes = TEXT, **more) -> dict:
        answer = self.upload(conversation, name, content, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()["upload"]

    def get(self, file: str, **headers) -> httpx.Response:
        return self.http.get(f"/v1/files/{file}", headers=self.headers | headers)


@pytest.fixture
def files(shared, tenant):
    made: list[Files] = []

    def make(user: str, gateway: int = 0) -> Files:
        made.append(Files(shared, tenant.token(user), gateway))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


def error(answer: httpx.Response) -> dict:
    return {"status": answer.status_code} | answer.json()["error"]


def refused(answer: httpx.Response, status: int, code: str, **more) -> None:
    found = error(answer)
    assert (found["status"], found["code"]) == (status, code), found
    for name, value in more.items():
        assert found.get(name) == value, found


def send(client, conversation: str, *uploads: str, **more) -> dict:
    return client.ok("message.send", conversation=conversation, id=new_id(), attachments=list(uploads), **more)


def test_a_file_goes_from_one_to_the_other(people, files):
    ana, ben = people("ana"), people("ben", 1)
    chat = ana.direct("ben")
    upload = files("ana").uploaded(chat, "Gruß.txt")
    assert upload["name"] == "Gruß.txt" and upload["size"] == len(TEXT)
    assert upload["sha256"] == hashlib.sha256(TEXT).hexdigest()
    assert upload["type"].startswith("text/plain")
    sent = send(ana, chat, upload["id"])
    message = ben.event("message.created", message__id=sent["id"])["message"]
    assert message["attachments"] == [
        {"id": upload["id"], "name": "Gruß.txt", "type": upload["type"], "size": len(TEXT)}
    ]
    assert ben.ok("message.get", id=sent["id"])["message"]["attachments"] == message["attachments"]
    got = files("ben", 1).get(upload["id"])
    assert got.status_code == 200 and got.content == TEXT
    assert got.headers["content-disposition"].startswith("attachment; filename=\"Gru_.txt\"; filename*=UTF-8''Gru%C3%9F")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"].startswith("sandbox")
    assert got.headers["cache-control"].startswith("private")


def test_a_form_does_it_too(people, files):
    ana = people("ana")
    people.known("ben")
    chat = ana.direct("ben")
    mine = files("ana")
    form = {"file": ('a "b".txt', TEXT, "text/plain"), "other": (None, "x")}
    answer = mine.http.post(f"/v1/uploads?conversation={chat}", files=form, headers=mine.headers)
    assert answer.status_code == 201, answer.text
    upload = answer.json()["upload"]
    assert upload["name"] == "a _b_.txt" and upload["sha256"] == hashlib.sha256(TEXT).hexdigest()
    assert mine.get(upload["id"]).content == TEXT
    two = [("file", ("a.txt", TEXT, "text/plain")), ("file", ("b.txt", TEXT, "text/plain"))]
    refused(mine.http.post(f"/v1/uploads?conversation={chat}", files=two, headers=mine.headers), 400, "bad_request")


def test_parts_tags_and_heads(people, files):
    ana = people("ana")
    people.known("ben")
    mine = files("ana")
    content = bytes(range(256)) * 1000
    upload = mine.uploaded(ana.direct("ben"), "sound.wav", wav(content))
    whole = mine.get(upload["id"])
    tag = whole.headers["etag"]
    assert tag == f'"{upload["sha256"]}"' and whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-disposition"].startswith("inline")
    size = len(whole.content)
    for asked, first, last in (("0-9", 0, 9), (f"{size - 5}-", size - 5, size - 1), ("-7", size - 7, size - 1), ("5-99999999", 5, size - 1)):
        part = mine.get(upload["id"], Range=f"bytes={asked}")
        assert part.status_code == 206 and part.content == whole.content[first : last + 1]
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
    past = mine.get(upload["id"], Range=f"bytes={size}-")
    assert past.status_code == 416 and past.headers["content-range"] == f"bytes */{size}"
    assert mine.get(upload["id"], Range="bytes=0-1,3-4").status_code == 200
    assert mine.get(upload["id"], **{"Range": "bytes=0-9", "If-Range": '"other"'}).status_code == 200
    assert mine.get(upload["id"], **{"Range": "bytes=0-9", "If-Range": tag}).status_code == 206
    same = mine.get(upload["id"], **{"If-None-Match": tag})
    assert same.status_code == 304 and same.content == b"" and same.headers["etag"] == tag
    head = mine.http.head(f"/v1/files/{upload['id']}", headers=mine.headers)
    assert head.status_code == 200 and head.headers["content-length"] == str(size) and head.content == b""
    assert mine.http.put(f"/v1/files/{upload['id']}", headers=mine.headers).status_code == 405
    assert mine.get("no-id").status_code == 404


def wav(data: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(data)
    return out.getvalue()


def test_a_picture_comes_with_its_size_and_a_small_one(people, files):
    ana = people("ana")
    people.known("ben")
    mine = files("ana")
    chat = ana.direct("ben")
    upload = mine.uploaded(chat, "photo.jpg", honest.image("JPEG", 640, 480), type_="image/jpeg")
    assert (upload["type"], upload["width"], upload["height"]) == ("image/jpeg", 640, 480)
    sent = send(ana, chat, upload["id"])
    attachment = ana.ok("message.get", id=sent["id"])["message"]["attachments"][0]
    assert (attachment["width"], attachment["height"]) == (640, 480)
    small = mine.get(f"{upload['id']}?thumbnail=1")
    assert small.status_code == 200 and small.headers["content-type"] == "image/webp"
    assert small.content == mine.get(f"{upload['id']}/thumbnail").content
    assert len(small.content) < upload["size"] or upload["size"] < 5_000
    text = mine.uploaded(chat)
    refused(mine.get(f"{text['id']}?thumbnail=1"), 404, "not_found")


def test_links_are_for_one_user_and_a_while(people, files, tenant):
    ana, ben = people("ana"), people("ben", 1)
    people.known("eve")
    chat = ana.direct("ben")
    upload = files("ana").uploaded(chat)
    send(ana, chat, upload["id"])
    ben.event("message.created")
    links = ben.ok("file.links", ids=[upload["id"], new_id(), "x"])
    assert list(links["links"]) == [upload["id"]] and links["expires_at"].endswith("Z")
    url = links["links"][upload["id"]]
    bare = files("ben", 1).http
    got = bare.get(url)
    assert got.status_code == 200 and got.content == TEXT
    assert bare.get(url, headers={"Range": "bytes=0-3"}).status_code == 206
    path, signature = url.split("?sig=")
    words = signature.split("~")
    wrong = [
        "~".join([words[0], words[1], "eve", words[3]]),
        "~".join([words[0], str(int(words[1]) + 600_000), *words[2:]]),
        "~".join([*words[:3], "00" * 32]),
        "x",
        "~".join(["nobody", *words[1:]]),
    ]
    for signature in wrong:
        refused(bare.get(f"{path}?sig={signature}"), 401, "unauthenticated")
    other = files("ana").uploaded(chat)
    refused(bare.get(f"/v1/files/{other['id']}?sig={words[0]}~{words[1]}~{words[2]}~{words[3]}"), 401, "unauthenticated")
    refused(bare.get(path), 401, "unauthenticated")


def test_whoever_may_not_read_the_message_does_not_get_the_file(people, files):
    ana, ben = people("ana"), people("ben")
    people.known("eve")
    group = ana.group("ben")
    upload = files("ana").uploaded(group)
    refused(files("ben").get(upload["id"]), 404, "not_found")
    refused(files("eve").get(upload["id"]), 404, "not_found")
    send(ana, group, upload["id"])
    assert files("ben").get(upload["id"]).status_code == 200
    url = ben.ok("file.links", ids=[upload["id"]])["links"][upload["id"]]
    refused(files("eve").get(upload["id"]), 404, "not_found")
    ben.ok("block.add", user="ana")
    refused(files("ben").get(upload["id"]), 404, "not_found")
    refused(files("ben").http.get(url), 404, "not_found")
    ben.ok("block.remove", user="ana")
    assert files("ben").http.get(url).status_code == 200
    ana.ok("member.remove", conversation=group, users=["ben"])
    refused(files("ben").get(upload["id"]), 404, "not_found")
    refused(files("ben").http.get(url), 404, "not_found")


def test_a_service_acts_for_somebody(people, files, tenant):
    ana = people("ana")
    people.known("ben")
    chat = ana.direct("ben")
    mine = files("ana")
    mine.headers = {"Authorization": f"Bearer {tenant.service()}"}
    refused(mine.upload(chat), 400, "bad_request", field="as")
    upload = mine.uploaded(chat, **{"as": "ana"})
    send(ana, chat, upload["id"])
    assert mine.get(upload["id"]).status_code == 200
    refused(files("ana").upload(chat, **{"as": "ben"}), 400, "bad_request", field="as")


def test_what_is_attached_wrongly_is_refused(people, files):
    ana, ben = people("ana"), people("ben")
    chat, group = ana.direct("ben"), ana.group("ben")
    mine = files("ana").uploaded(chat)["id"]
    theirs = files("ben").uploaded(chat)["id"]
    for wrong in ([new_id()], ["x"], [theirs], [mine, theirs]):
        failure = ana.refused("message.send", conversation=chat, id=new_id(), attachments=wrong)
        assert (failure["code"], failure["field"]) == ("not_found", "attachments"), wrong
    failure = ana.refused("message.send", conversation=group, id=new_id(), attachments=[mine])
    assert (failure["code"], failure["field"]) == ("not_found", "attachments")
    assert ana.refused("message.send", conversation=chat, id=new_id(), attachments=[mine, mine])["field"] == "attachments"
    assert ana.refused("message.send", conversation=chat, id=new_id(), attachments=[mine], voice=True)["field"] == "voice"
    message = new_id()
    first = ana.ok("message.send", conversation=chat, id=message, attachments=[mine])
    again = ana.ok("message.send", conversation=chat, id=message, attachments=[mine])
    assert again["duplicate"] is True and again["seq"] == first["seq"]
    failure = ana.refused("message.send", conversation=chat, id=new_id(), attachments=[mine])
    assert failure["code"] == "not_found", "it is in a message already"


def test_a_voice_message(people, files):
    ana, ben = people("ana"), people("ben")
    chat = ana.direct("ben")
    upload = files("ana").uploaded(chat, "voice.wav", wav(bytes(16_000)), type_="audio/wav")
    assert upload["duration_ms"] == 2000
    sent = send(ana, chat, upload["id"], voice=True)
    message = ben.event("message.created", message__id=sent["id"])["message"]
    assert message["voice"] is True and message["attachments"][0]["duration_ms"] == 2000


def test_who_may_not_upload_stores_nothing(people, files, shared, tenant):
    ana, ben = people("ana"), people("ben")
    people.known("eve")
    chat = ana.direct("ben")
    refused(files("eve").upload(chat), 404, "not_found")
    refused(files("ana").upload(new_id()), 404, "not_found")
    refused(files("ana").upload("x"), 400, "bad_request", field="conversation")
    nameless = files("ana")
    answer = nameless.http.post(f"/v1/uploads?conversation={chat}", content=TEXT, headers=nameless.headers)
    refused(answer, 400, "bad_request", field="filename")
    refused(nameless.http.post(f"/v1/uploads?conversation={chat}", content=TEXT), 401, "unauthenticated")
    foreign = nameless.headers | {"Origin": "https://evil.example", "Content-Disposition": "attachment; filename=a.txt"}
    answer = nameless.http.post(f"/v1/uploads?conversation={chat}", content=TEXT, headers=foreign)
    refused(answer, 403, "forbidden")
    ben.ok("block.add", user="ana")
    refused(files("ana").upload(chat), 403, "blocked")


def test_a_renamed_program_is_refused_with_the_reason_and_reported(people, files, shared, tenant):
    ana = people("ana")
    people.known("ben")
    chat = ana.direct("ben")
    mine = files("ana")
    cases = [
        ("setup.exe", honest.WINDOWS, "extension_denied"),
        ("a.php.jpg", honest.image("JPEG"), "extension_denied"),
        ("photo.jpg", honest.WINDOWS, "content_mismatch"),
        ("note.txt", honest.HTML, "content_mismatch"),
        ("thing.xyz", b"hello", "extension_unknown"),
        ("empty.txt", b"", "empty"),
    ]
    for name, content, reason in cases:
        refused(mine.upload(chat, name, content), 415, "unsupported_media", reason=reason)
    report = shared.cli("uploads", "refused", "--tenant", tenant.slug, "--json").json
    assert [(line["name"], line["reason"], line["user"]) for line in reversed(report["refused"])] == [
        (name, reason, "ana") for name, _, reason in cases
    ]
    assert report["reasons"] == {"extension_denied": 2, "content_mismatch": 2, "extension_unknown": 1, "empty": 1}
    assert 'parley_gateway_uploads_refused_total{reason="content_mismatch"}' in shared.metrics("gateway")
    assert staged(shared) == []


def staged(system) -> list[str]:
    """What lies in the staging folder, but for uploads in pieces that go on."""
    names = {path.name for path in (system.data / "uploads").iterdir()}
    return sorted(name for name in names if not name.endswith(".json") and name.split(".")[0] + ".json" not in names)


def stored(system, tenant) -> list[str]:
    folder = system.data / "files" / tenant.slug
    return sorted(path.name for path in folder.rglob("*") if path.is_file()) if folder.exists() else []


# In pieces.


class Tus:
    """A resumable upload, step by step."""

    def __init__(self, files: Files, conversation: str, name: str, content: bytes, type_: str = "text/plain"):
        self.files, self.content = files, content
        self.http = files.http
        self.headers = files.headers | {"Tus-Resumable": "1.0.0"}
        metadata = {"conversation": conversation, "filename": name, "filetype": type_}
        coded = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())
        self.creation = self.headers | {"Upload-Length": str(len(content)), "Upload-Metadata": coded}
        self.url = ""

    def create(self, **more) -> httpx.Response:
        answer = self.http.post("/v1/uploads/tus", headers=self.creation | more.pop("headers", {}), **more)
        self.url = answer.headers.get("location", "")
        return answer

    def head(self, http: httpx.Client | None = None) -> httpx.Response:
        return (http or self.http).head(self.url, headers=self.headers)

    def patch(self, offset: int, content: bytes, http: httpx.Client | None = None, **more) -> httpx.Response:
        headers = self.headers | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        return (http or self.http).patch(self.url, content=content, headers=headers | more)


def result(answer: httpx.Response) -> dict:
    upload = json.loads(base64.b64decode(answer.headers["upload-result"]))["upload"]
    assert upload["id"] == answer.headers["upload-id"]
    return upload


def test_an_upload_in_pieces_over_two_gateways(people, files):
    ana = people("ana")
    people.known("ben")
    chat = ana.direct("ben")
    first, second = files("ana"), files("ana", 1)
    content = TEXT * 50
    tus = Tus(first, chat, "long.txt", content)
    assert "creation" in first.http.options("/v1/uploads/tus").headers["tus-extension"]
    created = tus.create()
    assert created.status_code == 201 and created.headers["tus-resumable"] == "1.0.0"
    assert created.headers["upload-expires"].endswith("GMT")
    half = len(content) // 2
    assert tus.patch(0, content[:half]).headers["upload-offset"] == str(half)
    assert tus.head(second.http).headers["upload-offset"] == str(half)
    refused(tus.patch(0, content), 409, "conflict")
    refused(files("ben").http.patch(tus.url, headers=files("ben").headers | {"Tus-Resumable": "1.0.0", "Upload-Offset": str(half), "Content-Type": "application/offset+octet-stream"}), 404, "not_found")
    done = tus.patch(half, content[half:], second.http)
    assert done.status_code == 204 and done.headers["upload-offset"] == str(len(content)), done.text
    upload = result(done)
    assert upload["sha256"] == hashlib.sha256(content).hexdigest() and upload["name"] == "long.txt"
    assert result(tus.head()) == upload, "who missed the answer asks again"
    assert result(tus.patch(len(content), b"")) == upload
    send(ana, chat, upload["id"])
    assert first.get(upload["id"]).content == content


def test_a_piece_with_a_checksum(people, files):
    ana = people("ana")
    people.known("ben")
    tus = Tus(files("ana"), ana.direct("ben"), "a.txt", TEXT)
    tus.create()
    right = "sha1 " + base64.b64encode(hashlib.sha1(TEXT[:100]).digest()).decode()
    wrong = tus.patch(0, TEXT[1:101], **{"Upload-Checksum": right})
    assert wrong.status_code == 460
    assert tus.head().headers["upload-offset"] == "0"
    assert tus.patch(0, TEXT[:100], **{"Upload-Checksum": right}).headers["upload-offset"] == "100"
    refused(tus.patch(100, TEXT[100:], **{"Upload-Checksum": "md5 x"}), 400, "bad_request", field="upload-checksum")
    right = "sha256 " + base64.b64encode(hashlib.sha256(TEXT[100:]).digest()).decode()
    assert result(tus.patch(100, TEXT[100:], **{"Upload-Checksum": right}))["size"] == len(TEXT)


def test_creating_with_the_first_piece_and_ending(people, files, shared):
    ana = people("ana")
    people.known("ben")
    chat = ana.direct("ben")
    mine = files("ana")
    tus = Tus(mine, chat, "a.txt", TEXT)
    created = tus.create(content=TEXT[:10], headers={"Content-Type": "application/offset+octet-stream"})
    assert created.status_code == 201 and created.headers["upload-offset"] == "10"
    assert mine.http.delete(tus.url, headers=tus.headers).status_code == 204
    assert tus.head().status_code == 404
    whole = Tus(mine, chat, "a.txt", TEXT)
    created = whole.create(content=TEXT, headers={"Content-Type": "application/offset+octet-stream"})
    assert created.status_code == 201 and result(created)["size"] == len(TEXT)
    assert staged(shared) == []


def test_what_tus_refuses(people, files):
    ana = people("ana")
    people.known("ben", "eve")
    chat = ana.direct("ben")
    mine = files("ana")
    tus = Tus(mine, chat, "a.txt", TEXT)
    tus.creation["Tus-Resumable"] = "0.2.2"
    answer = tus.create()
    assert answer.status_code == 412 and answer.headers["tus-version"] == "1.0.0"
    refused(Tus(mine, chat, "setup.exe", TEXT).create(), 415, "unsupported_media", reason="extension_denied")
    refused(Tus(mine, "x", "a.txt", TEXT).create(), 400, "bad_request", field="conversation")
    refused(Tus(files("eve"), chat, "a.txt", TEXT).create(), 404, "not_found")
    large = Tus(mine, chat, "a.txt", b"")
    large.creation["Upload-Length"] = str(50 * 1024 * 1024 + 1)
    refused(large.create(), 413, "too_large", field="size")
    tus = Tus(mine, chat, "a.txt", TEXT)
    tus.create()
    refused(tus.patch(0, TEXT + b"x"), 413, "too_large", field="size")
    assert tus.head().headers["upload-offset"] == "0"
    refused(tus.http.patch(tus.url, content=b"x", headers=tus.headers | {"Upload-Offset": "0"}), 415, "unsupported_media")
    hostile = Tus(mine, chat, "photo.png", honest.WINDOWS)
    hostile.create()
    refused(hostile.patch(0, honest.WINDOWS), 415, "unsupported_media", reason="content_mismatch")
    assert hostile.head().status_code == 415


def test_a_client_that_others_wrote(people, files, shared, tenant):
    ana = people("ana")
    people.known("ben")
    chat = ana.direct("ben")
    mine = files("ana")
    content = honest.image("PNG", 800, 600)
    client = TusClient(mine.base + "/v1/uploads/tus", headers=mine.headers)
    uploader = client.uploader(
        file_stream=io.BytesIO(content),
        chunk_size=max(1, len(content) // 3),
        metadata={"filename": "photo.png", "filetype": "image/png", "conversation": chat},
        upload_checksum=True,
    )
    uploader.upload()
    assert uploader.offset == len(content)
    upload = uploader.url.rsplit("/", 1)[1]
    send(ana, chat, upload)
    assert mine.get(upload).headers["content-type"] == "image/png"


def test_a_gateway_killed_in_the_middle_and_the_other_goes_on(start_up):
    system = start_up(gateways=2)
    tenant = system.tenant()
    ana = system.client(tenant, "ana")
    system.client(tenant, "ben").close()
    chat = ana.direct("ben")
    token = tenant.token("ana")
    content = wav(os.urandom(50 * 1024 * 1024 - 100))
    half = len(content) // 2
    first, second = Files(system, token), Files(system, token, 1)
    tus = Tus(first, chat, "long.wav", content, "audio/wav")
    tus.create()

    def killed():
        yield content[:half]
        until(lambda: int(tus.head(second.http).headers["upload-offset"]) > 0, "bytes on the disk")
        former.append(system.kill("gateway"))
        yield content[half:]

    former: list[int] = []
    headers = tus.headers | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    with pytest.raises(httpx.HTTPError):
        first.http.patch(tus.url, content=killed(), headers=headers)
    offset = int(tus.head(second.http).headers["upload-offset"])
    assert 0 < offset <= len(content)
    done = tus.patch(offset, content[offset:], second.http)
    assert done.status_code == 204, done.text
    assert result(done)["sha256"] == hashlib.sha256(content).hexdigest()
    system.wait_restarted("gateway", former[0])
    assert staged(system) == []
    ana.close()


# Bad input and faults.


def test_a_byte_too_many_and_a_lie_about_the_length(people, files, shared):
    ana = people("ana")
    people.known("ben")
    chat = ana.direct("ben")
    mine = files("ana")
    over = bytes(50 * 1024 * 1024 + 1)
    refused(mine.upload(chat, "a.wav", over), 413, "too_large", field="size")

    def chunked():
        for _ in range(51):
            yield bytes(1024 * 1024)

    answer = mine.http.post(
        f"/v1/uploads?conversation={chat}",
        content=chunked(),
        headers=mine.headers | {"Content-Disposition": "attachment; filename=a.wav"},
    )
    refused(answer, 413, "too_large", field="size")
    with raw(mine, chat, length=1000) as connection:
        connection.sendall(b"x" * 10)
        connection.shutdown(socket.SHUT_WR)
    until(lambda: staged(shared) == [], "nothing left of half an upload")


def raw(files: Files, conversation: str, length: int) -> socket.socket:
    """A connection whose body is still to come."""
    host, port = files.base.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    connection.sendall(
        f"POST /v1/uploads?conversation={conversation} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {length}\r\n"
        f"Authorization: Bearer {files.token}\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\n".encode()
    )
    return connection


def test_whoever_waits_for_leave_gets_it_or_not(people, files):
    ana = people("ana")
    people.known("ben")
    mine = files("ana")
    for chat, wanted in ((ana.direct("ben"), b"HTTP/1.1 100 "), (new_id(), b"HTTP/1.1 404 ")):
        host, port = mine.base.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(
                f"POST /v1/uploads?conversation={chat} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(TEXT)}\r\n"
                f"Authorization: Bearer {mine.token}\r\nExpect: 100-continue\r\n"
                "Content-Disposition: attachment; filename=a.txt\r\n\r\n".encode()
            )
            assert connection.recv(4096).startswith(wanted)
            if b"100" in wanted:
                connection.sendall(TEXT)
                assert connection.recv(4096).startswith(b"HTTP/1.1 201 ")


def test_whoever_stops_half_way_leaves_nothing(people, files, shared, tenant):
    ana = people("ana")
    people.known("ben")
    mine = files("ana")
    with raw(mine, ana.direct("ben"), length=100_000) as connection:
        connection.sendall(b"x" * 50_000)
        until(lambda: staged(shared) != [], "the half on the disk")
    until(lambda: staged(shared) == [], "nothing left")
    assert stored(shared, tenant) == []
    assert tenant_storage(shared, tenant) == 0


def tenant_storage(system, tenant) -> int:
    return system.cli("tenant", "show", tenant.slug, "--json").json["storage_bytes"]


def test_a_trickle_is_cut(start_up):
    system = start_up(extra={"PARLEY_GATEWAY_UPLOAD_BYTES_PER_SECOND_MIN": "100000"})
    tenant = system.tenant()
    ana = system.client(tenant, "ana")
    system.client(tenant, "ben").close()
    mine = Files(system, tenant.token("ana"))
    answered = b""
    with raw(mine, ana.direct("ben"), length=1_000_000) as connection:
        connection.settimeout(0.25)
        deadline = time.monotonic() + 40
        while not answered and time.monotonic() < deadline:
            try:
                connection.sendall(b"x")
                answered = connection.recv(4096)
            except TimeoutError:
                continue
    assert answered.startswith(b"HTTP/1.1 400 "), answered
    until(lambda: staged(system) == [], "nothing left")
    ana.close()


def test_too_many_at_once_of_one_user(people, files, shared):
    ana = people("ana")
    people.known("ben")
    chat = ana.direct("ben")
    mine = files("ana")
    open_ = [raw(mine, chat, length=10_000) for _ in range(8)]
    try:
        until(lambda: "parley_gateway_uploads_under_way 8" in shared.metrics("gateway").splitlines(), "all seats taken")
        answer = mine.upload(chat)
        refused(answer, 503, "overloaded")
        assert answer.headers["retry-after"]
        assert files("ana", 1).upload(chat).status_code == 201, "the other gateway has its own seats"
    finally:
        for connection in open_:
            connection.close()
    until(lambda: mine.upload(chat).status_code == 201, "a seat again")


def test_the_quota_counts_each_content_once(shared, people_of):
    tenant = shared.tenant("--set", "storage_bytes_max=3000")
    ana = people_of(tenant, "ana", "ben")
    chat = ana.direct("ben")
    mine = Files(shared, tenant.token("ana"))
    content = b"a" * 1200
    for _ in range(3):
        mine.uploaded(chat, content=content)
    assert tenant_storage(shared, tenant) == 1200 and len(stored(shared, tenant)) == 1
    mine.uploaded(chat, content=b"b" * 1200)
    refused(mine.upload(chat, content=b"c" * 1200), 413, "too_large", field="storage")
    assert mine.upload(chat, content=content[:600]).status_code == 201
    assert "parley_router_storage_nearly_full_tenants 1" in shared.metrics("router")
    mine.http.close()


@pytest.fixture
def people_of(shared):
    """Connects the first, and has the others known."""
    opened = []

    def connect(tenant, user: str, *others: str):
        for other in others:
            shared.client(tenant, other).close()
        opened.append(shared.client(tenant, user))
        return opened[-1]

    yield connect
    for client in opened:
        client.close()


def test_what_is_not_sent_in_time_is_erased(shared, people_of):
    tenant = shared.tenant("--set", "upload_expiry_s=2")
    ana = people_of(tenant, "ana", "ben")
    chat = ana.direct("ben")
    mine = Files(shared, tenant.token("ana"))
    kept = mine.uploaded(chat, content=b"kept")
    send(ana, chat, kept["id"])
    lost = mine.uploaded(chat, content=b"lost")
    pieces = Tus(mine, chat, "a.txt", TEXT)
    pieces.create()
    pieces.patch(0, TEXT[:10])
    until(lambda: mine.get(lost["id"]).status_code == 404, "the unsent one erased")
    until(lambda: pieces.head().status_code == 404, "the unfinished one erased")
    until(lambda: stored(shared, tenant) == [kept["sha256"]], "its content removed")
    until(lambda: not list((shared.data / "uploads").glob(f"{pieces.url.rsplit('/', 1)[1]}*")), "its bytes swept", 30)
    assert mine.get(kept["id"]).content == b"kept"
    until(lambda: tenant_storage(shared, tenant) == 4, "the room given back")
    mine.http.close()


def test_the_last_message_takes_the_content_along(people, files, shared, tenant):
    ana = people("ana")
    people.known("ben")
    group = ana.group("ben")
    ana.ok("conversation.update", conversation=group, expires_after_s=5)
    other = ana.direct("ben")
    mine = files("ana")
    first, second = mine.uploaded(group), mine.uploaded(other)
    assert first["sha256"] == second["sha256"]
    send(ana, group, first["id"])
    send(ana, other, second["id"])
    alone = mine.uploaded(group, content=b"alone")
    send(ana, group, alone["id"])
    ana.event("message.deleted", 20)
    until(lambda: mine.get(alone["id"]).status_code == 404, "the file gone with its message")
    refused(mine.get(first["id"]), 404, "not_found")
    until(lambda: stored(shared, tenant) == [first["sha256"]], "the content that nobody refers to removed")
    assert mine.get(second["id"]).content == TEXT
    again = mine.uploaded(other, content=b"alone")
    assert mine.get(again["id"]).content == b"alone"


def test_the_last_deletion_takes_the_content_along(people, files, shared, tenant):
    ana = people("ana")
    people.known("ben")
    group = ana.group("ben")
    mine = files("ana")
    uploads = [mine.uploaded(group, content=b"twice") for _ in range(2)]
    messages = [send(ana, group, upload["id"])["id"] for upload in uploads]
    link = ana.ok("file.links", ids=[uploads[0]["id"]])["links"][uploads[0]["id"]]
    ana.ok("message.delete", id=messages[0])
    refused(mine.get(uploads[0]["id"]), 404, "not_found")
    assert mine.http.get(link).status_code == 404
    assert mine.get(uploads[1]["id"]).content == b"twice" and stored(shared, tenant) == [uploads[1]["sha256"]]
    ana.ok("message.delete", id=messages[1])
    refused(mine.get(uploads[1]["id"]), 404, "not_found")
    until(lambda: stored(shared, tenant) == [], "the content that nobody refers to removed")


def test_a_full_disk_refuses_and_leaves_nothing(start_up, tmp_path):
    data = tmp_path / "data"
    (data / "uploads").mkdir(parents=True, mode=0o700)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", data / "uploads"], check=False).returncode:
        pytest.skip("needs to mount")
    try:
        system = start_up(data)
        tenant = system.tenant()
        ana = system.client(tenant, "ana")
        system.client(tenant, "ben").close()
        chat = ana.direct("ben")
        mine = Files(system, tenant.token("ana"))
        refused(mine.upload(chat, content=b"x" * 2_000_000), 503, "unavailable")
        assert staged(system) == [] and stored(system, tenant) == []
        until(lambda: tenant_storage(system, tenant) == 0, "the room given back")
        assert mine.upload(chat).status_code == 201
        ana.close()
        mine.http.close()
        system.stop()
    finally:
        subprocess.run(["umount", "-l", data / "uploads"], check=False)


def test_a_deleted_tenants_files_go_with_it(shared, people_of):
    tenant = shared.tenant()
    ana = people_of(tenant, "ana", "ben")
    mine = Files(shared, tenant.token("ana"))
    mine.uploaded(ana.direct("ben"))
    assert len(stored(shared, tenant)) == 1
    shared.cli("tenant", "delete", tenant.slug)
    until(lambda: stored(shared, tenant) == [], "its files gone", 20)
    mine.http.close()


def test_a_tenants_own_lists(shared, people_of):
    tenant = shared.tenant("--set", "upload_allow=txt,png", "--set", "upload_deny=png")
    ana = people_of(tenant, "ana", "ben")
    chat = ana.direct("ben")
    mine = Files(shared, tenant.token("ana"))
    mine.uploaded(chat)
    refused(mine.upload(chat, "a.pdf", honest.PDF), 415, "unsupported_media", reason="extension_unknown")
    refused(mine.upload(chat, "a.png", honest.image("PNG")), 415, "unsupported_media", reason="extension_denied")
    mine.http.close()


def test_files_in_a_bucket_and_the_bucket_away(start_up, tmp_path):
    store = ObjectStore(tmp_path)
    keys = tmp_path / "keys"
    keys.write_text(f"[default]\naws_access_key_id = {store.access}\naws_secret_access_key = {store.secret}\n")
    keys.chmod(0o600)
    settings = {
        "FILES": "s3",
        "S3_ENDPOINT": f"http://127.0.0.1:{store.port}",
        "S3_BUCKET": store.bucket,
        "S3_REGION": REGION,
        "S3_CREDENTIALS": str(keys),
    }
    extra = {f"PARLEY_{role}_{name}": value for role in ("GATEWAY", "ROUTER") for name, value in settings.items()}
    try:
        system = start_up(tmp_path / "data", extra=extra)
        tenant = system.tenant()
        ana = system.client(tenant, "ana")
        system.client(tenant, "ben").close()
        group = ana.group("ben")
        ana.ok("conversation.update", conversation=group, expires_after_s=5)
        mine = Files(system, tenant.token("ana"))
        content = wav(os.urandom(20 * 1024 * 1024))
        upload = mine.uploaded(group, "long.wav", content)
        photo = mine.uploaded(group, "photo.png", honest.image("PNG"))
        send(ana, group, upload["id"], photo["id"])
        assert len(store.objects()) == 3, "the sound, the picture and the small one"
        assert mine.get(upload["id"]).content == content
        assert mine.get(upload["id"], Range="bytes=20000000-20000009").content == content[20_000_000:20_000_010]
        assert mine.get(f"{photo['id']}?thumbnail=1").status_code == 200
        until(lambda: store.objects() == [], "the contents removed with their message", 30)
        store.stop()
        answer = mine.upload(group, content=b"nowhere to go")
        refused(answer, 503, "unavailable")
        assert staged(system) == []
        ana.close()
        mine.http.close()
    finally:
        store.stop()
