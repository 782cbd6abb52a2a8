"""A file is there as a whole, or as it was before."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.whole_files import write_whole


def test_a_file_and_its_folder_are_made_with_the_line_ends_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    write_whole(path, "å\r\nb\n")
    assert path.read_bytes() == "å\r\nb\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in path.parent.iterdir()] == ["b.txt"]


def test_one_that_is_there_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o600)
    write_whole(path, b"new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)


def test_what_was_there_stays_when_it_cannot_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.mkdir()
    with pytest.raises(OSError):
        write_whole(path, "new")
    assert list(tmp_path.iterdir()) == [path] and path.is_dir()
