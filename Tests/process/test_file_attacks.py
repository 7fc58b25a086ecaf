"""What somebody tries with files who means harm: others' uploads, others' room, answers that a browser takes for something else."""

import contextlib
import io
import socket
import wave

import pytest
from test_files import TEXT, Files, Tus, refused, result, staged, tenant_storage

from harness import files as honest
from harness.raw import Plain
from harness.waiting import until


@pytest.fixture
def files(shared, tenant):
    made: list[Files] = []

    def make(user: str, gateway: int = 0) -> Files:
        made.append(Files(shared, tenant.token(user), gateway))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


def test_nobody_goes_on_with_anothers_upload_by_acting_for_them(people, files, tenant):
    ana = people("ana")
    people.known("ben", "eve")
    tus = Tus(files("ana"), ana.direct("ben"), "a.txt", TEXT)
    tus.create()
    tus.patch(0, TEXT[:50])
    eve = files("eve", 1)
    piece = {"Tus-Resumable": "1.0.0", "Upload-Offset": "50", "Content-Type": "application/offset+octet-stream"}
    for query, status in (("", 404), ("?as=ana", 400), ("?as=eve", 400)):
        for method, content in (("HEAD", b""), ("PATCH", b"evil"), ("DELETE", b"")):
            answer = eve.http.request(method, tus.url + query, headers=eve.headers | piece, content=content)
            assert answer.status_code == status, (method, query)
    refused(eve.upload(ana.direct("ben"), **{"as": "ana"}), 400, "bad_request", field="as")
    assert tus.head().headers["upload-offset"] == "50"
    assert result(tus.patch(50, TEXT[50:]))["size"] == len(TEXT)
    service = {"Authorization": f"Bearer {tenant.service()}", "Tus-Resumable": "1.0.0"}
    assert eve.http.head(tus.url + "?as=ana", headers=service).status_code == 200


def test_a_picture_that_grows_when_it_is_written_anew_keeps_to_the_quota(shared, tmp_path):
    tenant = shared.tenant("--set", "storage_bytes_max=50000")
    shared.client(tenant, "ben").close()
    with shared.client(tenant, "ana") as ana:
        chat = ana.direct("ben")
        mine = Files(shared, tenant.token("ana"))
        flat = honest.png_of(7_000, 7_000)
        assert len(flat) < 10_000
        refused(mine.upload(chat, "flat.png", flat, "image/png"), 413, "too_large", field="storage")
        tus = Tus(mine, chat, "flat.png", flat, "image/png")
        tus.create()
        refused(tus.patch(0, flat), 413, "too_large")
        assert tus.head().status_code == 413
        assert tenant_storage(shared, tenant) == 0, "nothing stays of either"
        assert mine.upload(chat).status_code == 201
        mine.http.close()
    assert staged(shared) == []


def test_no_answer_about_a_file_is_guessed_at(people, files):
    ana = people("ana")
    people.known("ben")
    mine = files("ana")
    upload = mine.uploaded(ana.direct("ben"), "photo.jpg", honest.image("JPEG"), type_="image/jpeg")["id"]
    wanted = [
        (upload, {}, 200),
        (f"{upload}/thumbnail", {}, 200),
        (upload, {"Range": "bytes=0-3"}, 206),
        (upload, {"Range": "bytes=999999-"}, 416),
        (upload, {"If-None-Match": "*"}, 304),
        ("no-id", {}, 404),
        (upload, {"Authorization": "Bearer x"}, 401),
        (upload, {"Origin": "https://evil.example"}, 403),
    ]
    for path, headers, status in wanted:
        answer = mine.get(path, **headers)
        assert answer.status_code == status, (path, headers)
        assert answer.headers["x-content-type-options"] == "nosniff", (path, headers)
        assert "no-" in answer.headers["cache-control"] and "public" not in answer.headers["cache-control"]
        if status in (200, 206):
            assert answer.headers["content-security-policy"].startswith("sandbox")


def test_slow_downloads_of_one_user_have_an_end(people, files, shared):
    """Each would keep some pieces of the file in the gateway's memory."""
    ana = people("ana")
    people.known("ben")
    mine = files("ana")
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1), file.setsampwidth(1), file.setframerate(8000)
        file.writeframes(bytes(30_000_000))
    upload = mine.uploaded(ana.direct("ben"), "a.wav", sound.getvalue(), type_="audio/wav")["id"]
    head = f"GET /v1/files/{upload} HTTP/1.1\r\nHost: x\r\nAuthorization: {mine.headers['Authorization']}\r\n\r\n"
    with contextlib.ExitStack() as opened:
        answers = []
        for _ in range(34):
            plain = opened.enter_context(Plain(shared.http()))
            plain.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            plain.send(head.encode())
            answers.append(plain.head())
        assert [status for status, _ in answers] == [200] * 32 + [503] * 2
        assert answers[-1][1]["retry-after"] == "2"
        assert mine.get(upload, **{"If-None-Match": "*"}).status_code == 304, "what sends nothing takes no place"
        assert files("ana", 1).get(upload, Range="bytes=0-3").status_code == 206
    until(lambda: mine.get(upload, Range="bytes=0-3").status_code == 206, "a place")
