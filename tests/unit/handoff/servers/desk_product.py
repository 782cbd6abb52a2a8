"""What stand-ins for helpdesk products have in common: HTTP on a free port, and its troubles."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """What came in.

    Attributes:
        headers: names in lower case.
        body: the JSON; the bytes of anything else; None without one.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Answer:
    """What goes out, as JSON."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The product says no.

    Args:
        status: of HTTP.
        body: sent as JSON.
    """

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.answer = Answer(body, status)


class Product:
    """A product; its own parts are in `answer`.

    Attributes:
        url: its address while it is up.
        calls: all that came, as `METHOD path`, in order.
        lose: patterns of calls that are done, but whose answer is lost; each once.
        busy: answers to the next calls instead of doing them, as 429 with `Retry-After`.
    """

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[str] = []
        self.lose: list[str] = []
        self.busy: list[Answer] = []
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """Does one call; may raise `Refused`."""
        raise NotImplementedError

    def done(self, request: Request) -> Answer | None:
        """What goes out for one call; None when the answer is lost."""
        call = f"{request.method} {request.path}"
        with self._lock:
            self.calls.append(call)
            if self.busy:
                return self.busy.pop(0)
            try:
                answer = self.answer(request)
            except Refused as error:
                return error.answer
            lost = next((pattern for pattern in self.lose if re.search(pattern, call)), None)
            if lost is not None:
                self.lose.remove(lost)
            return answer if lost is None else None


@contextlib.contextmanager
def running(product: Product) -> Iterator[None]:
    """Has the product up until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(url.query, keep_blank_values=True))
            is_json = "json" in headers.get("content-type", "json")
            body = (json.loads(raw) if is_json else raw) if raw else None
            answer = product.done(Request(self.command, url.path, query, headers, body))
            if answer is None:
                self.close_connection = True
                return
            content = b"" if answer.body is None else json.dumps(answer.body).encode()
            self.send_response_only(answer.status)
            for name, value in {"content-type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 (http.server's names)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    product.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
