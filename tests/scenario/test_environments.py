"""The environments of real peers: made once, and again where they no longer run."""

from __future__ import annotations

import subprocess
import sys

import pytest
from environments import python_with

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def requirements(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "a_peer" / "requirements.txt"
    file.parent.mkdir()
    file.write_text("# this one needs nothing\n")
    return file


def version_of(python):
    run = [python, "-c", "import sys; print(*sys.version_info[:2], sep='.')"]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout.strip()


def test_an_environment_is_made_once(requirements):
    python = python_with(requirements, VERSION)
    assert version_of(python) == VERSION
    made = python.parent.stat().st_ctime_ns
    assert python_with(requirements, VERSION) == python
    assert python.parent.stat().st_ctime_ns == made


def test_one_whose_python_is_gone_from_the_machine_is_made_again(requirements):
    python = python_with(requirements, VERSION)
    python.unlink()
    python.symlink_to("/no/longer/here/python3")
    assert version_of(python_with(requirements, VERSION)) == VERSION


def test_one_that_was_not_made_to_the_end_is_made_again(requirements):
    python = python_with(requirements, VERSION)
    (python.parent.parent / "whole").unlink()
    (python.parent.parent / "left-over").touch()
    assert version_of(python_with(requirements, VERSION)) == VERSION
    assert not (python.parent.parent / "left-over").exists()
