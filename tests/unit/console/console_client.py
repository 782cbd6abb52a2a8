"""A member of staff without a browser."""

from __future__ import annotations

import re
from typing import Any

import requests
from console_browser import PASSWORD

TIMEOUT = 10


class Agent:
    """A member of staff with a browser that runs no scripts."""

    def __init__(self, console: Any) -> None:
        self.console = console
        self.http = requests.Session()

    def get(self, path: str, **how: Any) -> requests.Response:
        """Opens a page."""
        return self.http.get(self.console.url + path, timeout=TIMEOUT, **how)

    def post(self, path: str, csrf: str | None = None, **form: str) -> requests.Response:
        """Sends a form as the page would, or with another token."""
        token = self.csrf() if csrf is None else csrf
        return self.http.post(
            self.console.url + path,
            data=form | {"csrf": token},
            timeout=TIMEOUT,
            allow_redirects=False,
        )

    def log_in(self, login: str = "agent", password: str = PASSWORD, **more: str) -> Any:
        """Fills in the login form."""
        page = self.get("/login").text
        token = re.search(r'name="csrf" value="(\w+)"', page)
        assert token
        return self.post("/login", csrf=token[1], login=login, password=password, **more)

    def csrf(self) -> str:
        """The token of this session's pages."""
        found = re.search(r'<meta name="csrf" content="(\w+)">', self.get("/desk").text)
        assert found, "not logged in"
        return found[1]
