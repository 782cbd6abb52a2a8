"""Virtual environments of real peers that are Python programs, each made once on a machine."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from running_svara import PROJECT

UV = PROJECT / "scripts" / "uv"


def surroundings() -> dict[str, str]:
    """What another Python is to know of this one's surroundings."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_"))}


def python_with(requirements: Path, version: str) -> Path:
    """The interpreter of an environment with a file of requirements.

    It is made anew where it has none that runs: a cache may outlive the Python it was made with.

    Args:
        requirements: the file; the environment is named after its folder.
        version: of Python, e.g. "3.11".
    """
    about = f"{version} {requirements.read_text()}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "svara-tests"
    name = requirements.parent.name.replace("_", "-")
    place = cache / f"{name}-{hashlib.sha256(about.encode()).hexdigest()[:12]}"
    python, whole = place / "bin" / "python", place / "whole"
    cache.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one process makes it, the others wait
        if not whole.exists() or not python.exists():
            shutil.rmtree(place, ignore_errors=True)
            _run(UV, "venv", "-q", "--python", version, place)
            _run(UV, "pip", "install", "-q", "--python", python, "-r", requirements)
            whole.touch()
    return python


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, check=False, env=surroundings(), capture_output=True, text=True)
    if done.returncode:
        pytest.fail(
            f"a real peer cannot be installed, as this failed: {' '.join(map(str, command))}\n"
            f"{done.stderr}",
            pytrace=False,
        )
