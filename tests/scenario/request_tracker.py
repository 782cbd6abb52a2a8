"""A real Request Tracker 5, from Debian's packages, on SQLite in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from running_svara import until

from tests.ports import free_ports

PEER = Path(__file__).parent / "peers" / "request_tracker"
ROOT = ("root", "password")
PACKAGES = "request-tracker5 rt5-db-sqlite rt5-standalone dbconfig-no-thanks msmtp-mta"
SETUP = Path("/usr/sbin/rt-setup-database-5")
SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
CONFIGURATION = """
Set($rtname, 'demo.local'); Set($Organization, 'demo.local'); Set($Timezone, 'UTC');
Set($WebDomain, '127.0.0.1'); Set($WebPort, {port}); Set($WebPath, '');
Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{folder}/rt5.db');
Set($LogToSyslog, undef); Set($LogToSTDERR, 'warning'); Set($MailCommand, 'testfile');
$RT::VarPath = '{folder}'; $RT::MasonDataDir = '{folder}/mason';
$RT::MasonSessionDir = '{folder}/sessions';
1;
"""


class RequestTracker:
    """One installation.

    Args:
        seed: names of files in `peers/request_tracker` with what it begins with.

    Attributes:
        url: its address.
        token_file: where a seed writes the token of an account.
    """

    def __init__(self, folder: Path, *seed: str, **environment: str) -> None:
        missing = [path for path in (SETUP, SERVER) if not path.exists()]
        if missing:
            pytest.fail(f"no Request Tracker here: apt-get install {PACKAGES}", pytrace=False)
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        self.token_file = folder / "token"
        self._port = port
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("conf.d", "mason", "sessions"):
            (folder / name).mkdir(parents=True)
        (folder / "RT_SiteConfig.pm").write_text("1;\n")
        text = CONFIGURATION.replace("{port}", str(port)).replace("{folder}", str(folder))
        (folder / "conf.d" / "50.pm").write_text(text)
        self._environment = os.environ | {
            "RT_SITE_CONFIG": str(folder / "RT_SiteConfig.pm"),
            "RT_SITE_CONFIG_DIR": str(folder / "conf.d"),
            "TOKEN_FILE": str(self.token_file),
            **environment,
        }
        self._set_up("--action", "init")
        for name in seed:
            self._set_up("--action", "insert", "--datafile", str(PEER / name))

    def start(self) -> None:
        """Starts it and returns when it answers."""
        command = [SERVER, "--server", "Starlet", "--host", "127.0.0.1", "--max-workers", "2"]
        with self._log.open("wb") as log:
            self._process = process = subprocess.Popen(
                [*command, "--port", str(self._port)],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

        def answers() -> bool:
            said = self._log.read_text(errors="replace")
            assert process.poll() is None, f"Request Tracker ended:\n{said}"
            with contextlib.suppress(requests.ConnectionError):
                return requests.get(f"{self.url}/REST/2.0/rt", auth=ROOT, timeout=30).ok
            return False

        until(answers, f"Request Tracker to answer; see {self._log}", 60)

    def stop(self) -> None:
        """Stops it; its workers end with it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One call of REST 2.0 as its administrator: what came back, None for nothing."""
        response = requests.request(
            method, f"{self.url}/REST/2.0/{path}", json=body, auth=ROOT, timeout=30
        )
        assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def _set_up(self, *arguments: str) -> None:
        done = subprocess.run(
            [SETUP, *arguments, "--skip-create"],
            check=False,
            env=self._environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{done.args}:\n{done.stdout}{done.stderr}"


@contextlib.contextmanager
def running_request_tracker(
    folder: Path, *seed: str, **environment: str
) -> Iterator[RequestTracker]:
    """A Request Tracker for the time of a `with` block."""
    tracker = RequestTracker(folder, *seed, **environment)
    try:
        tracker.start()
        yield tracker
    finally:
        tracker.stop()
