"""What `parley inspect` says of files, through the processes that a gateway uses: honest ones are taken, hostile ones refused
for the right reason, and nothing that happens to a process costs more than one file."""

import json
import os
import signal
import socket
import struct
import subprocess
import threading
from pathlib import Path

import pytest
from PIL import Image

from harness import command_line, files
from harness.waiting import until


def inspect(*paths: Path, options: tuple[str, ...] = ()) -> list[dict]:
    done = subprocess.run(
        [command_line.binary(), "inspect", "--json", *options, *map(str, paths)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode in (0, 1), done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["file"] for line in lines] == [str(path) for path in paths]
    return lines


def test_honest_files_are_taken(tmp_path):
    honest = files.honest()
    paths = [files.write(tmp_path / str(number), name, data) for number, (name, (data, _)) in enumerate(honest.items())]
    wrong = {
        line["file"]: line
        for line, (name, (_, kind)) in zip(inspect(*paths), honest.items())
        if (line["verdict"], line.get("name"), line.get("type")) != ("accepted", name, kind)
    }
    assert wrong == {}


def test_hostile_files_are_refused_for_their_reason(tmp_path):
    hostile = files.hostile()
    paths = [files.write(tmp_path / str(number), name, data) for number, (name, data, _) in enumerate(hostile.values())]
    found = {what: (line["verdict"], line.get("reason")) for what, line in zip(hostile, inspect(*paths))}
    assert found == {what: ("refused", reason) for what, (_, _, reason) in hostile.items()}
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(left) == sorted(paths), "something was left behind"


def test_a_picture_loses_its_place_and_keeps_its_looks(tmp_path):
    photo = files.write(tmp_path / "1", "a.jpg", files.image("JPEG", 640, 480, exif=files.with_place(), comment=b"SECRET-WORDS"))
    moving = files.write(tmp_path / "2", "a.gif", files.image("GIF", frames=3, comment=b"SECRET-WORDS"))
    hidden = files.write(tmp_path / "3", "a.png", files.image("PNG") + b"<script>SECRET-WORDS</script>")
    first, second, third = inspect(photo, moving, hidden, options=("--keep",))
    for line in (first, second, third):
        assert line["verdict"] == "accepted"
        for made in (line["rewritten"], line["thumbnail"]):
            assert b"SECRET" not in Path(made).read_bytes()
            assert os.stat(made).st_mode & 0o777 == 0o600
        small = Image.open(line["thumbnail"])
        assert small.format == "WEBP" and max(small.size) <= 320
    # It was taken with the camera on its side.
    upright = Image.open(first["rewritten"])
    assert upright.size == (480, 640) == (first["width"], first["height"])
    assert not upright.getexif().get_ifd(0x8825) and upright.getexif().get(0x0112, 1) == 1
    assert Image.open(first["thumbnail"]).size == (240, 320)
    assert Image.open(second["rewritten"]).n_frames == 3


def test_lengths_are_read_where_they_are_cheap(tmp_path):
    paths = [
        files.write(tmp_path / name, name, data)
        for name, data in (("a.wav", files.sound()), ("a.opus", files.opus(3)), ("a.webm", files.webm()))
    ]
    assert [line.get("duration_ms") for line in inspect(*paths)] == [1000, 3000, None]


def test_a_tenant_may_take_macros(tmp_path):
    hostile = files.hostile()
    paths = [
        files.write(tmp_path / str(number), name, data)
        for number, (name, data, reason) in enumerate(hostile.values())
        if reason == "macro"
    ]
    assert {line["verdict"] for line in inspect(*paths, options=("--allow-macros",))} == {"accepted"}


def test_text_may_have_the_encoding_that_was_declared(tmp_path):
    path = files.write(tmp_path / "1", "a.txt", "café €\n".encode("windows-1252"))
    assert inspect(path)[0]["reason"] == "text_encoding"
    taken = inspect(path, options=("--type", "text/plain; charset=Windows-1252"))[0]
    assert (taken["verdict"], taken["type"]) == ("accepted", "text/plain; charset=windows-1252")
    assert inspect(path, options=("--type", "text/plain; charset=utf-7"))[0]["reason"] == "text_encoding"


class Hands:
    """The gateway's side of the socket to one inspecting process."""

    limits = {
        "memoryBytes": 512 << 20, "processorSeconds": 20, "wallSeconds": 30, "pixelsMax": 50_000_000, "pixelsInAllMax": 200_000_000,
        "thumbnailSide": 320, "entriesMax": 10_000, "unpackedBytesMax": 1 << 30, "ratioMax": 200, "ratioFromBytes": 8 << 20,
        "depthMax": 2, "nestedBytesMax": 64 << 20,
    }  # fmt: skip

    def __init__(self):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(60)
        self.process = subprocess.Popen(
            [command_line.binary(), "inspect"], stdin=theirs, env={"PATH": "/usr/bin:/bin"}
        )
        theirs.close()
        assert json.loads(self.socket.recv(4096)) == {"hasImages": True}

    def ask(self, path: Path, extension: str, outputs: tuple[Path, ...] = (), **limits) -> None:
        request = {
            "fileExtension": extension, "allowsMacros": False, "allowsEncrypted": False, "limits": self.limits | limits,
        }  # fmt: skip
        opened = [os.open(path, os.O_RDONLY), *(os.open(output, os.O_RDWR | os.O_CREAT, 0o600) for output in outputs)]
        socket.send_fds(self.socket, [json.dumps(request).encode()], opened)
        for descriptor in opened:
            os.close(descriptor)

    def answer(self) -> dict:
        return json.loads(self.socket.recv(4096))

    def child(self) -> int:
        """The copy that looks at a file, once there is one."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        tasks = path.parent.parent
        return until(lambda: next((int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()), None), "a copy that reads")

    def end(self) -> int:
        self.socket.close()
        return self.process.wait(timeout=20)


@pytest.fixture
def hands():
    hands = Hands()
    yield hands
    if hands.process.poll() is None:
        hands.process.kill()
        hands.process.wait()


@pytest.fixture(scope="module")
def slow(tmp_path_factory) -> Path:
    """A zip that takes seconds to look through."""
    return files.write(tmp_path_factory.mktemp("slow") / "1", "a.zip", files.zipped({"zeros.txt": bytes(512 << 20)}))


FREE = {"ratioMax": 100_000, "unpackedBytesMax": 1 << 40}


def test_a_crash_costs_one_file(hands, slow, tmp_path):
    hands.ask(slow, "zip", **FREE)
    os.kill(hands.child(), signal.SIGSEGV)
    assert hands.answer()["reason"] == "inspector_failed"
    hands.ask(files.write(tmp_path / "1", "a.txt", b"hello\n"), "txt")
    assert hands.answer()["sniffed"] == "text/plain"
    assert hands.end() == 0


def test_a_hang_ends_at_its_deadline(hands, slow, tmp_path):
    hands.ask(slow, "zip", **FREE, wallSeconds=1)
    os.kill(hands.child(), signal.SIGSTOP)
    assert hands.answer()["reason"] == "inspector_failed"
    assert hands.end() == 0


def test_an_endless_loop_ends_at_its_share_of_the_processor(hands, slow):
    hands.ask(slow, "zip", **FREE, processorSeconds=0)
    assert hands.answer()["reason"] == "inspector_failed"


def test_memory_is_bounded(hands, tmp_path):
    picture = files.write(tmp_path / "1", "a.png", files.png_of(7_000, 7_000))
    hands.ask(picture, "png", (tmp_path / "out", tmp_path / "small"), memoryBytes=4 << 20)
    assert "reason" in hands.answer()
    hands.ask(picture, "png", (tmp_path / "out", tmp_path / "small"))
    assert hands.answer()["width"] == 7_000


def test_the_process_that_reads_has_no_rights(hands, slow):
    hands.ask(slow, "zip", **FREE)
    child = hands.child()
    until(lambda: "Seccomp:\t2" in Path(f"/proc/{child}/status").read_text(), "confinement")
    status = Path(f"/proc/{child}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    limits = {line[:25].strip(): line[25:].split()[0] for line in Path(f"/proc/{child}/limits").read_text().splitlines()[1:]}
    assert limits["Max core file size"] == "0" and limits["Max cpu time"] == "20" and limits["Max open files"] == "32"
    assert int(limits["Max address space"]) < 8 << 30
    assert os.readlink(f"/proc/{child}/cwd") == "/"
    opened = {os.readlink(f"/proc/{child}/fd/{number}") for number in os.listdir(f"/proc/{child}/fd")}
    assert not any(name.startswith("socket:") for name in opened), opened
    os.kill(hands.process.pid, signal.SIGKILL)
    # It ends with the one that started it.
    until(lambda: not Path(f"/proc/{child}").exists() or "State:\tZ" in Path(f"/proc/{child}/status").read_text(), "its end")


def test_requests_that_are_none_are_survived(hands, tmp_path):
    path = files.write(tmp_path / "1", "a.txt", b"hello\n")
    for bytes_ in (b"{}", b"\xff\xfe", b'{"fileExtension":1}'):
        descriptor = os.open(path, os.O_RDONLY)
        socket.send_fds(hands.socket, [bytes_], [descriptor])
        os.close(descriptor)
        assert hands.answer()["reason"] == "inspector_failed"
    assert hands.end() == 0


def test_it_needs_a_socket_or_a_file():
    done = subprocess.run([command_line.binary(), "inspect"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert done.returncode == 64 and "name a file" in done.stderr


class Clamd:
    """As much of clamd as INSTREAM needs: it finds the EICAR test file, or does as it is told."""

    def __init__(self, path: Path, behaviour: str = ""):
        self.address, self.behaviour, self.scanned = f"unix:{path}", behaviour, []
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(path))
        self.listening.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listening.accept()
            with connection, connection.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                data = b""
                while (size := struct.unpack(">I", stream.read(4))[0]) > 0:
                    data += stream.read(size)
                self.scanned.append(data)
                if self.behaviour != "hang up":
                    found = b"Eicar-Test FOUND" if b"EICAR" in data else b"OK"
                    connection.sendall(b"INSTREAM size limit exceeded. ERROR\0" if self.behaviour == "error" else b"stream: " + found + b"\0")


def test_viruses_are_found_by_clamd(tmp_path):
    scanner = Clamd(tmp_path / "clamd")
    bad = files.write(tmp_path / "1", "a.txt", b"this says EICAR\n")
    good = files.write(tmp_path / "2", "a.txt", b"hello\n" * 50_000)
    lines = inspect(bad, good, options=("--scanner", scanner.address))
    assert [line.get("reason") for line in lines] == ["infected", None]
    assert scanner.scanned == [bad.read_bytes(), good.read_bytes()]


@pytest.mark.parametrize("behaviour", ["hang up", "error", "absent"])
def test_without_an_answer_of_clamd_nothing_is_taken(tmp_path, behaviour):
    address = f"unix:{tmp_path}/nowhere" if behaviour == "absent" else Clamd(tmp_path / "clamd", behaviour).address
    picture = files.write(tmp_path / "1", "a.png", files.image("PNG"))
    assert [(line["verdict"], line["reason"]) for line in inspect(picture, options=("--scanner", address))] == [
        ("unavailable", "scanner_down")
    ]
    assert list(picture.parent.iterdir()) == [picture]
