"""What is taken is told by the content; names are made harmless."""

from __future__ import annotations

from pathlib import Path

import pytest
import samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.attachments import kinds, names


def kind_of(folder: Path, content: bytes) -> str | None:
    path = folder / "file"
    path.write_bytes(content)
    found = kinds.kind_of(path)
    return found.type if found else None


@pytest.mark.parametrize(
    ("content", "type_"),
    [
        (samples.picture("JPEG"), "image/jpeg"),
        (samples.picture("PNG"), "image/png"),
        (samples.picture("GIF"), "image/gif"),
        (samples.picture("WEBP"), "image/webp"),
        (samples.HEIC, "image/heic"),
        (samples.PDF, "application/pdf"),
        (samples.MP4, "video/mp4"),
        (samples.word(), samples.WORD),
        (samples.archive(mimetype=kinds.ODT.type, content="x"), kinds.ODT.type),
        ("Räkning\n1;2;3\n".encode(), "text/plain"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_taken_is_told_by_its_content(tmp_path: Path, content: bytes, type_: str) -> None:
    assert kind_of(tmp_path, content) == type_


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \n ",
        samples.EXE,
        b"\x7fELF" + bytes(100),
        b"#!/bin/sh\nrm -rf /\n",
        b"<html><script>alert(1)</script></html>",
        b'\xef\xbb\xbf <svg xmlns="http://www.w3.org/2000/svg"/>',
        b"text with \x00 in it",
        b"latin \xe5\xe4\xf6",
        samples.archive(hello="there"),
        samples.word(macros=True),
        samples.archive(mimetype=kinds.ODT.type, Basic__Standard="x"),
        samples.word()[:200],
        b"PK\x03\x04" + bytes(100),
        b"\xff\xd8",
    ],
)
def test_everything_else_is_not(tmp_path: Path, content: bytes) -> None:
    assert kind_of(tmp_path, content) is None


def test_an_archive_whose_parts_begin_before_it_is_nothing_that_is_taken(tmp_path: Path) -> None:
    content = bytearray(samples.word())
    end = content.rindex(b"PK\x05\x06")
    place = slice(end + 16, end + 20)  # where the list of its parts is said to be
    said = int.from_bytes(content[place], "little") + 10_000
    content[place] = said.to_bytes(4, "little")
    assert kind_of(tmp_path, bytes(content)) is None


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda start, rest: start + rest,
            st.sampled_from(
                [b"PK\x03\x04", b"\x00\x00\x00\x18ftyp", b"%PDF", b"GIF8", b"\xff\xd8"]
            ),
            st.binary(max_size=200),
        ),
        st.builds(
            lambda content, at, byte: content[:at] + byte + content[at + 1 :],
            st.just(samples.word()),
            st.integers(0, 400),
            st.binary(min_size=1, max_size=1),
        ),
    )
)
def test_no_content_breaks_it(tmp_path: Path, content: bytes) -> None:
    kind_of(tmp_path, content)


PNG = next(kind for kind in kinds.KINDS if kind.type == "image/png")


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("mugg.png", "mugg.png"),
        ("MUGG.PNG", "MUGG.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\Anna\\Bild (1).png", "Bild (1).png"),
        ("bill.pdf.exe", "bill.pdf.exe.png"),
        ("photo\u202egnp.exe", "photo gnp.exe.png"),
        ('a"b<c>\r\nSet-Cookie: x.png', "a b c Set-Cookie x.png"),
        ("[x](http://evil.example).png", "evil.example).png"),
        ("", "file.png"),
        (".png", "file.png"),
        ("…", "….png"),
        ("å" * 300 + ".png", "å" * 116 + ".png"),
    ],
)
def test_a_name_is_made_harmless(given_name: str, shown: str) -> None:
    assert names.shown_name(given_name, PNG) == shown


@given(st.text(max_size=200))
def test_any_name_fits_its_header_and_its_column(given_name: str) -> None:
    shown = names.shown_name(given_name, PNG)
    assert 1 <= len(shown) <= names.MAX_CHARS
    assert shown.endswith(".png")
    header = names.disposition(shown)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
