"""Several processes, and processes that die: every file is whole at every moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from nlu_folder import write

from bot.errors import DataChanged, NluError
from bot.trainer.nlu_files import Add, Move, Replace, apply, read_sources
from bot.trainer.nlu_files.applying import planned
from bot.trainer.nlu_files.lock import locked
from bot.trainer.nlu_files.writing import Written, write_all

ROOT = Path(__file__).parents[3]
MANY = 500


def block(intent: str, texts: Sequence[str]) -> str:
    return f"nlu:\n- intent: {intent}\n  examples: |\n" + "".join(f"    - {t}\n" for t in texts)


def python(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


ADD_ONE_BY_ONE = """
import sys
from pathlib import Path
from bot.trainer.nlu_files import Add, apply
for number in range(int(sys.argv[3])):
    apply([Add("en", "a", f"{sys.argv[2]} {number}")], Path(sys.argv[1]))
"""

MOVE_TO_AND_FRO = """
import sys
from pathlib import Path
from bot.trainer.nlu_files import Move, apply
folder, many = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
while True:
    for one, other in (("a", "b"), ("b", "a")):
        there = [Move("en", one, other, f"moving {n}") for n in range(many)]
        back = [Move("en", other, one, f"returning {n}") for n in range(many)]
        apply(there + back, folder)
"""


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    write(tmp_path, "en/a.yml", block("a", ["first"]))
    both = [python(ADD_ONE_BY_ONE, tmp_path, name, 40) for name in ("left", "right")]
    assert [process.communicate(timeout=60) and process.returncode for process in both] == [0, 0]
    found = [one.text for one in read_sources(tmp_path)]
    assert found[0] == "first"
    assert sorted(found[1:]) == sorted(f"{w} {n}" for w in ("left", "right") for n in range(40))


def after_replacements(count: int, files: Sequence[Path]) -> None:
    """Waits until files have been replaced that often: two of four are half a change."""
    until = time.monotonic() + 20
    last = [file.stat().st_ino for file in files]
    while count and time.monotonic() < until:
        now = [file.stat().st_ino for file in files]
        count -= now != last
        last = now
    assert not count


def test_a_process_killed_in_mid_write_leaves_every_file_whole_and_loses_nothing(
    tmp_path: Path,
) -> None:
    moving = [f"moving {n}" for n in range(MANY)]
    returning = [f"returning {n}" for n in range(MANY)]
    texts = {"stays in a", "stays in b", *moving, *returning}
    for attempt in range(8):
        both = (
            write(tmp_path, "en/a.yml", "# kept\n" + block("a", ["stays in a", *moving])),
            write(tmp_path, "en/b.yml", block("b", ["stays in b", *returning])),
        )
        process = python(MOVE_TO_AND_FRO, tmp_path, MANY)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        after_replacements(attempt % 4 + 1, both)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        process.stdout.close()
        assert {one.text for one in read_sources(tmp_path)} == texts
        # What it had prepared is cleared away by the next one.
        apply([Add("en", "a", "and one more"), Move("en", "a", "b", "stays in a")], tmp_path)
        assert {one.text for one in read_sources(tmp_path)} == {*texts, "and one more"}
    assert (tmp_path / "en" / "a.yml").read_text().startswith("# kept\n")
    assert sorted(path.name for path in (tmp_path / "en").iterdir()) == ["a.yml", "b.yml"]


def test_who_waits_too_long_for_another_is_told_so(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(DataChanged, match="Somebody else"), locked(tmp_path, 0.1):
        pass
    with locked(tmp_path, 0):
        pass


def test_a_file_changed_at_the_last_moment_is_not_written_over(tmp_path: Path) -> None:
    first, second = write(tmp_path, "a", "1"), write(tmp_path, "b", "theirs")
    with pytest.raises(DataChanged, match="b was changed"):
        write_all([Written(first, b"1", b"2"), Written(second, b"old", b"new")])
    with pytest.raises(DataChanged, match="b was changed"):
        write_all([Written(first, b"1", b"2"), Written(second, None, b"new")])
    assert (first.read_text(), second.read_text()) == ("1", "theirs")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_changed(tmp_path: Path) -> None:
    first, place = write(tmp_path, "a", "1"), tmp_path / "a" / "b"
    with pytest.raises(NluError, match="cannot be written"):
        write_all([Written(first, b"1", b"2"), Written(place, None, b"new")])
    assert first.read_text() == "1"


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    real = write(tmp_path, "elsewhere/real.txt", block("a", ["hi"]))
    real.chmod(0o640)
    (tmp_path / "nlu" / "en").mkdir(parents=True)
    link = tmp_path / "nlu" / "en" / "a.yml"
    link.symlink_to(real)
    assert apply([Add("en", "a", "ho")], tmp_path / "nlu") == [link]
    assert link.is_symlink()
    assert real.read_text() == block("a", ["hi", "ho"])
    assert real.stat().st_mode & 0o777 == 0o640


def test_what_a_killed_process_left_prepared_is_cleared_away(tmp_path: Path) -> None:
    write(tmp_path, "en/a.yml", block("a", ["hi"]))
    left = write(tmp_path, "en/.a.yml.svara-new", "half")
    apply([Add("en", "a", "ho")], tmp_path)
    assert not left.exists()


def test_no_example_is_missing_after_any_step_of_a_swap(tmp_path: Path) -> None:
    first = write(tmp_path, "en/a.yml", block("a", ["x", "stays"]))
    write(tmp_path, "en/b.yml", block("b", ["y"]))
    write(tmp_path, "en/c.yml", block("c", ["z"]))
    swap = [
        Move("en", "a", "b", "x"),
        Move("en", "b", "a", "y"),
        Move("en", "c", "a", "z"),
        Replace("en", "a", "stays", "stays so"),
    ]
    steps = planned(swap, tmp_path, {}, None)
    assert len(steps) == 5
    for step in steps:
        assert step.path.read_bytes() == step.old
        step.path.write_bytes(step.new)
        found = {one.text.removesuffix(" so") for one in read_sources(tmp_path)}
        assert found == {"x", "y", "z", "stays"}
    assert first.read_text() == block("a", ["stays so", "y", "z"])


def test_a_swap_is_taken_back_when_a_file_changes_at_the_last_moment(tmp_path: Path) -> None:
    first, second = write(tmp_path, "a", "1"), write(tmp_path, "b", "1")
    steps = [
        Written(first, b"1", b"2"),
        Written(second, b"1", b"2"),
        Written(first, b"2", b"3"),
        Written(second, b"not this", b"3"),
    ]
    with pytest.raises(DataChanged):
        write_all(steps)
    assert (first.read_text(), second.read_text()) == ("1", "1")
    write_all(steps[:3])
    assert (first.read_text(), second.read_text()) == ("3", "2")


def test_a_hundred_thousand_examples_are_read_and_one_is_added_in_no_time(tmp_path: Path) -> None:
    write(
        tmp_path, "en/a.yml", block("a", [f"where is my parcel number {n}" for n in range(100_000)])
    )
    started = time.process_time()
    assert len(read_sources(tmp_path)) == 100_000
    read = time.process_time() - started
    started = time.process_time()
    apply([Add("en", "a", "where is it")], tmp_path)
    assert read < 5
    assert time.process_time() - started < 5
    assert read_sources(tmp_path)[-1].marked == "where is it"
