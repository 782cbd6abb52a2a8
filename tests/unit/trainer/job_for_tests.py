"""Work for the tests of jobs, done in their processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import NluError
from bot.settings import Settings
from bot.trainer.jobs import Progress


def count(_settings: Settings, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Counts to a number."""
    for number in range(arguments["to"]):
        progress("Counting", number + 1, arguments["to"])
    return {"counted": arguments["to"]}


def refuse(
    _settings: Settings, _arguments: Mapping[str, Any], _progress: Progress
) -> dict[str, Any]:
    """Cannot be done."""
    raise NluError("data/nlu/en/greet.yml, line 3: this is not YAML.")


def die(_settings: Settings, _arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Is killed in the middle."""
    progress("Dying", 0, 0)
    print("memory is short", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def sleep(_settings: Settings, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Has a child of its own and sleeps, both for a minute."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(arguments["pids"]).write_text(f"{os.getpid()} {child.pid}")
    progress("Sleeping", 1, 60)
    time.sleep(60)
    return {}


def gated(_settings: Settings, _arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Trains until the test has made the file `go`, and gives the verdict of `verdict.json`."""
    progress("Training the model", 1, 4)
    while not Path("go").exists():
        time.sleep(0.05)
    verdict: dict[str, Any] = json.loads(Path("verdict.json").read_text())
    return {"model": verdict["new"], "shipped": False, "gate": verdict}
