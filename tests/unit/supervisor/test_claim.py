"""One `svara up` at a time in one folder."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bot.errors import SupervisorError
from bot.supervisor.claim import FILE, claim, running


def test_a_folder_is_made_and_claimed_by_this_process(tmp_path: Path) -> None:
    descriptor = claim(tmp_path / "new" / "var", patience=0)
    assert running(tmp_path / "new" / "var") == os.getpid()
    os.close(descriptor)
    assert running(tmp_path / "new" / "var") is None


def test_a_second_claim_is_refused_at_once_while_the_owner_lives(tmp_path: Path) -> None:
    descriptor = claim(tmp_path, patience=0)
    began = time.monotonic()
    with pytest.raises(SupervisorError, match=rf"already running .* \(process {os.getpid()}\)"):
        claim(tmp_path, patience=30)
    assert time.monotonic() - began < 5
    os.close(descriptor)
    os.close(claim(tmp_path, patience=0))


def test_a_claim_waits_for_what_a_killed_owner_left(tmp_path: Path) -> None:
    descriptor = claim(tmp_path, patience=0)
    (tmp_path / FILE).write_text(str(_ended_process()))
    told: list[bool] = []
    timer = threading.Timer(0.4, os.close, [descriptor])
    timer.start()
    os.close(claim(tmp_path, patience=10, waiting=lambda: told.append(True)))
    assert told == [True]


def test_a_claim_does_not_wait_for_ever(tmp_path: Path) -> None:
    descriptor = claim(tmp_path, patience=0)
    (tmp_path / FILE).write_text(str(_ended_process()))
    with pytest.raises(SupervisorError, match=r"already running in the folder '\S+'\. Stop it"):
        claim(tmp_path, patience=0.2)
    os.close(descriptor)


def test_nothing_runs_where_nothing_ever_did(tmp_path: Path) -> None:
    assert running(tmp_path / "nowhere") is None


def _ended_process() -> int:
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as child:
        return child.pid
