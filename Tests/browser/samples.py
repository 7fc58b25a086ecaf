"""Files that people send, made here: a picture, a document, a sound, and what only says it is one."""

import io
import math
import random
import struct
import wave
import zlib


def png(width: int, height: int, seed: int = 0) -> bytes:
    """Stripes of a colour of its own for each seed."""
    colours = [bytes(random.Random(seed * 100 + stripe).randbytes(3)) for stripe in range(8)]
    rows = b"".join(b"\0" + b"".join(colours[x * 8 // width] for x in range(width)) for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pdf() -> bytes:
    """One page that says «Parley»."""
    text = b"BT /F1 48 Tf 72 700 Td (Parley) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def wav(seconds: float = 1) -> bytes:
    """A tone of 440 Hz."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setparams((1, 2, 8_000, 0, "NONE", "none"))
        sound.writeframes(b"".join(struct.pack("<h", int(9_000 * math.sin(n * 440 * 2 * math.pi / 8_000))) for n in range(int(8_000 * seconds))))
    return buffer.getvalue()


def text(size: int, seed: int = 0) -> bytes:
    """Lines of words that don't repeat, so that nothing takes them for anything else."""
    source = random.Random(seed)
    line = (" ".join(f"{source.randrange(16**8):08x}" for _ in range(8)) + "\n").encode()
    lines = bytearray()
    while len(lines) < size:
        lines += line[: max(1, size - len(lines))]
        line = (" ".join(f"{source.randrange(16**8):08x}" for _ in range(8)) + "\n").encode()
    return bytes(lines[:size])


#: The beginning of a Windows program.
PROGRAM = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" + bytes(44) + b"\x40\0\0\0PE\0\0\x4c\x01" + bytes(400)
