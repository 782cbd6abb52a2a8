"""A real django-helpdesk, in a virtual environment of its own, on SQLite in a folder of its own."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import lxml.html
import requests
from environments import python_with, surroundings
from running_svara import until

from tests.ports import free_ports

PEER = Path(__file__).parent / "peers" / "django_helpdesk"
REQUIREMENTS = PEER / "requirements.txt"
PYTHON = "3.10"
ADMIN = ("admin", "admin-password")
ASTRID, BO = ("astrid", "astrid-password"), ("bo", "bo-password")
RESOLVED, CLOSED = 3, 4


class DjangoHelpdesk:
    """One installation.

    Args:
        hook_url: where it posts what happens to tickets.

    Attributes:
        url: its address.
        mail: where what it mails lies, a file each.
    """

    def __init__(self, folder: Path, hook_url: str) -> None:
        (self._port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self._port}"
        self.mail = folder / "mail"
        self._python = python_with(REQUIREMENTS, PYTHON)
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {
            **surroundings(),
            "PYTHONPATH": str(PEER),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DJANGO_SETTINGS_MODULE": "settings",
            "DJANGO_HELPDESK_FOLDER": str(folder),
            "HELPDESK_FOLLOWUP_WEBHOOK_URLS": hook_url,
        }
        self._run("-m", "django", "migrate", "-v0")
        self._run("-m", "django", "loaddata", "-v0", "emailtemplate.json")
        self._run(str(PEER / "seed.py"))

    def start(self) -> None:
        """Starts it and returns when it answers."""
        with self._log.open("ab") as log:
            self._process = process = subprocess.Popen(
                [
                    self._python,
                    "-m",
                    "django",
                    "runserver",
                    "--noreload",
                    f"127.0.0.1:{self._port}",
                ],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

        def answers() -> bool:
            said = self._log.read_text(errors="replace")
            assert process.poll() is None, f"django-helpdesk ended:\n{said}"
            with contextlib.suppress(requests.ConnectionError):
                return requests.get(f"{self.url}/login/", timeout=30).ok
            return False

        until(answers, f"django-helpdesk to answer; see {self._log}", 60)

    def stop(self) -> None:
        """Stops it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One call of its API as its administrator: what came back, None for nothing."""
        response = requests.request(
            method, f"{self.url}/api/{path}", json=body, auth=ADMIN, timeout=30
        )
        assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def tickets_of(self, conversation: str) -> list[dict[str, Any]]:
        """A conversation's tickets, oldest first."""
        found = self.call("GET", "tickets/?page_size=500")["results"]
        return [each for each in found if each["custom_conversation_id"] == conversation]

    def followups(self, ticket: int) -> list[dict[str, Any]]:
        """What was written into a ticket, oldest first."""
        found: list[dict[str, Any]] = self.call("GET", f"tickets/{ticket}/")["followup_set"]
        return [each for each in found if each["comment"]]

    @contextlib.contextmanager
    def browser(self, agent: tuple[str, str]) -> Iterator[requests.Session]:
        """What an agent's browser has after the login."""
        with requests.Session() as session:
            address = f"{self.url}/login/"
            form = {"username": agent[0], "password": agent[1]}
            token = _token(session.get(address, timeout=30).text)
            sent = session.post(
                address,
                data={**form, "csrfmiddlewaretoken": token},
                headers={"Referer": address},
                timeout=30,
                allow_redirects=False,
            )
            assert sent.status_code == 302, sent.text
            yield session

    def answer(
        self,
        ticket: int,
        text: str,
        *,
        agent: tuple[str, str] = ASTRID,
        public: bool = True,
        status: int | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> int:
        """An agent fills in the form on a ticket's page; the HTTP status that they get."""
        chosen = {"comment": text} | ({"new_status": str(status)} if status else {})
        left_out = () if public else ("public",)
        return self._send(ticket, "ticket-respond-form", chosen, left_out, agent, files)

    def assign(self, ticket: int, number: int, agent: tuple[str, str] = ASTRID) -> int:
        """An agent chooses whose a ticket is in the list beside it; the HTTP status they get."""
        return self._send(ticket, None, {"owner": str(number)}, (), agent, None)

    def _send(
        self,
        ticket: int,
        name: str | None,
        chosen: Mapping[str, str],
        left_out: Collection[str],
        agent: tuple[str, str],
        files: Mapping[str, tuple[str, bytes, str]] | None,
    ) -> int:
        page = f"{self.url}/tickets/{ticket}/"
        with self.browser(agent) as session:
            forms = lxml.html.fromstring(session.get(page, timeout=30).text).forms
            action = f"/tickets/{ticket}/update/"
            form = next(f for f in forms if f.action == action and f.get("id") == name)
            filled = {key: value for key, value in form.form_values() if key not in left_out}
            sent = session.post(
                self.url + action,
                data=filled | chosen,
                files=files,
                headers={"Referer": page},
                timeout=30,
                allow_redirects=False,
            )
        return sent.status_code

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            [self._python, *arguments],
            check=False,
            env=self._environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{done.args}:\n{done.stdout}{done.stderr}"


def _token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found, page
    return found[1]


@contextlib.contextmanager
def running_django_helpdesk(folder: Path, hook_url: str) -> Iterator[DjangoHelpdesk]:
    """A django-helpdesk for the time of a `with` block."""
    helpdesk = DjangoHelpdesk(folder, hook_url)
    try:
        helpdesk.start()
        yield helpdesk
    finally:
        helpdesk.stop()
