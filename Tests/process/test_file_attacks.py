"""What somebody tries with files who means harm."""

import pytest
from test_files import TEXT, Files, Tus, refused, result


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
