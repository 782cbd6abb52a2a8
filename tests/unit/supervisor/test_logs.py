"""Log files of the supervised processes."""

from __future__ import annotations

from pathlib import Path

from bot.supervisor.logs import last_line, open_log


def test_a_log_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "log" / "rasa.log"
    for word in (b"one\n", b"two\n"):
        with open_log(path) as log:
            log.write(word)
    assert path.read_text() == "one\ntwo\n"


def test_a_large_log_is_set_aside_once(tmp_path: Path) -> None:
    path = tmp_path / "rasa.log"
    path.write_text("x" * 11)
    with open_log(path, max_bytes=10) as log:
        assert log.tell() == 0
    assert path.read_text() == ""
    assert (tmp_path / "rasa.log.1").read_text() == "x" * 11


def test_a_log_at_the_limit_stays(tmp_path: Path) -> None:
    path = tmp_path / "rasa.log"
    path.write_text("x" * 10)
    with open_log(path, max_bytes=10) as log:
        assert log.tell() == 10
    assert not (tmp_path / "rasa.log.1").exists()


def test_last_line_skips_blank_ones_and_what_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "rasa.log"
    path.write_text("old\nfirst\nlast\n\n  \n")
    assert last_line(path) == "last"
    assert last_line(path, since=4) == "last"
    assert last_line(path, since=path.stat().st_size) == ""
    assert last_line(tmp_path / "none.log") == ""


def test_last_line_is_short_however_long_the_log(tmp_path: Path) -> None:
    path = tmp_path / "rasa.log"
    path.write_text("a\n" * 100_000 + "b" * 10_000)
    assert last_line(path) == "b" * 300
