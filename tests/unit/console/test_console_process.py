"""`python -m bot.console`, as the supervisor starts and stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from bot.settings import as_environment

ROOT = Path(__file__).parents[3]
PASSWORD = "a-long-password"


@pytest.fixture
def process(settings, tmp_path):
    environment = os.environ | as_environment(settings) | {"PYTHONPATH": str(ROOT)}
    environment["SVARA_STAFF_PASSWORD"] = PASSWORD
    with (tmp_path / "log").open("w") as log:
        started = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "bot.console"],
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        yield started
        started.kill()
        started.wait()


def wait_for(url, process, log):
    until = time.monotonic() + 20
    while True:
        assert process.poll() is None, log.read_text()
        try:
            return requests.get(url, timeout=5)
        except requests.ConnectionError:
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)


def test_it_serves_quietly_and_stops_at_once_though_pages_are_open(settings, process, tmp_path):
    log = tmp_path / "log"
    page = wait_for(f"{settings.staff_url}/login", process, log)
    browser = requests.Session()
    browser.cookies.update(page.cookies)
    token = page.text.split('name="csrf" value="', 1)[1].split('"', 1)[0]
    form = {"login": "agent", "password": PASSWORD, "csrf": token}
    assert browser.post(f"{settings.staff_url}/login", data=form, timeout=10).ok
    with browser.get(
        f"{settings.staff_url}/desk/events?view=waiting", stream=True, timeout=10
    ) as stream:
        assert b"retry" in next(stream.iter_lines())
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=4)
    assert process.returncode in (0, -signal.SIGTERM)
    assert log.read_text() == ""
