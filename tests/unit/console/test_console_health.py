"""`/healthz`, as a load balancer and an operator read it."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from bot.server.health import report, short_report


@pytest.fixture
def public_port():
    """A public port that answers as told."""
    said = {"status": 200, "body": b"{}"}

    class Port(BaseHTTPRequestHandler):
        def do_GET(self):
            said["path"] = self.path
            self.send_response(said["status"])
            self.end_headers()
            self.wfile.write(said["body"])

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    said["port"] = server.server_address[1]
    yield said
    server.shutdown()
    server.server_close()


def tell(public_port, ready):
    status, body = short_report(ready, "a-model" if ready else None)
    public_port.update(status=status, body=json.dumps(body).encode())


def test_ready_when_the_public_port_and_the_database_are(settings, public_port):
    tell(public_port, True)
    status, body = report(replace(settings, port=public_port["port"]), rasa_ready=None)
    assert (status, body["status"], body["model"]) == (200, "ready", "a-model")
    assert (body["database"], body["queue"]) == (True, {"pending": 0, "dead": 0})
    assert set(body["versions"]) == {"svara", "rasa", "python"}
    assert public_port["path"] == "/healthz?short=1"


def test_starting_while_the_model_is_loaded(settings, public_port):
    tell(public_port, False)
    status, body = report(replace(settings, port=public_port["port"]), rasa_ready=None)
    assert (status, body["status"], body["model"]) == (503, "starting", None)


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"status": "fine"}'])
def test_unavailable_when_the_public_port_talks_nonsense(settings, public_port, answer):
    public_port["body"] = answer
    status, body = report(replace(settings, port=public_port["port"]), rasa_ready=None)
    assert (status, body["status"]) == (503, "unavailable")


def test_the_public_port_reports_its_own_state(settings):
    assert report(settings, rasa_ready=True, model="m")[1]["model"] == "m"
    assert report(settings, rasa_ready=False)[0] == 503


def test_unavailable_without_a_database(settings, tmp_path):
    lost = replace(settings, database_url=f"sqlite:///{tmp_path / 'no-folder' / 'x.db'}")
    status, body = report(lost, rasa_ready=True)
    assert (status, body["status"], body["database"], body["queue"]) == (
        503,
        "unavailable",
        False,
        None,
    )


def test_the_console_serves_it_without_a_login(console):
    # Its public port is its own here, and it asks itself: no such report, so not available.
    answer = requests.get(f"{console.url}/healthz", timeout=10)
    assert answer.status_code == 503
    assert answer.json()["database"] is True
