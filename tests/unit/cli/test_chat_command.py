"""`svara chat` and `svara health` as programs, against an HTTP server."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.commands.http import MAX_BYTES, request_json
from bot.commands.rest_conversation import Button, Conversation, parse_reply
from bot.errors import SvaraError

ROOT = Path(__file__).parents[3]


class Peer(http.server.ThreadingHTTPServer):
    """A REST channel: echoes what it is sent, and says what a test puts into `said`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.said: list[dict[str, Any]] = []
        self.received: list[dict[str, Any]] = []
        self.token = ""
        self.fails_with = 0
        self.raw: bytes | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def say(self, text: str, **more: Any) -> dict[str, Any]:
        message = {"id": len(self.said) + 100, "speaker": "bot", "text": text, **more}
        self.said.append(message)
        return message


class Handler(http.server.BaseHTTPRequestHandler):
    server: Peer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/healthz":
            self._answer({"status": "ready"})
            return
        after = int(parse_qs(parts.query)["after"][0])
        self._answer([message for message in self.server.said if message["id"] > after])

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append(body)
        if body["message"] == "choose":
            buttons = [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
            self._answer([self.server.say("Sure?", buttons=buttons)])
        else:
            self._answer([self.server.say(f"you said {body['message']}")])

    def _answer(self, body: Any) -> None:
        status = self.server.fails_with or 200
        if self.server.token and self.headers["Authorization"] != f"Bearer {self.server.token}":
            status, body = 401, {"error": "refused", "message": "no"}
        content = self.server.raw if self.server.raw is not None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def svara(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot.cli", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_replies_are_shown_and_a_number_sends_the_payload(peer: Peer) -> None:
    output, errors = svara("chat", "--url", peer.url).communicate("hello\nchoose\n2\n3\n", 20)
    assert output == (
        "Svara: you said hello\nSvara: Sure?\n  [1] Yes\n  [2] No\n"
        "Svara: you said /deny\nSvara: you said 3\n"
    )
    assert errors == ""
    assert [body["message"] for body in peer.received] == ["hello", "choose", "/deny", "3"]
    senders = {body["sender"] for body in peer.received}
    assert len(senders) == 1
    assert senders.pop().startswith("cmdline-")


def test_what_a_person_says_later_comes_by_itself(peer: Peer) -> None:
    child = svara("chat", "--url", peer.url)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("hello\n")
    child.stdin.flush()
    assert child.stdout.readline() == "Svara: you said hello\n"
    peer.say("Kim has joined", speaker="system")
    peer.say("I will look at it", speaker="agent", agent={"name": "Kim"})
    assert child.stdout.readline() == "*: Kim has joined\n"
    assert child.stdout.readline() == "Kim: I will look at it\n"
    assert child.communicate(timeout=10) == ("", "")


def test_an_article_is_shown_as_the_source(peer: Peer) -> None:
    child = svara("chat", "--url", peer.url)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("hello\n")
    child.stdin.flush()
    child.stdout.readline()
    peer.say("Within 30 days.", article={"title": "Returns", "url": "https://shop.example/r"})
    assert child.stdout.readline() == "Svara: Within 30 days.\n"
    assert child.stdout.readline() == "  Source: Returns, https://shop.example/r\n"
    child.communicate(timeout=10)


def test_a_file_is_shown_as_a_link(peer: Peer) -> None:
    child = svara("chat", "--url", peer.url)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("hello\n")
    child.stdin.flush()
    child.stdout.readline()
    peer.say("Print it.", attachments=[{"name": "label.png", "url": "https://shop.example/f"}])
    assert child.stdout.readline() == "Svara: Print it.\n"
    assert child.stdout.readline() == "  File: label.png, https://shop.example/f\n"
    child.communicate(timeout=10)


def test_nothing_from_outside_steers_the_terminal(peer: Peer) -> None:
    output, _ = svara("chat", "--url", peer.url).communicate("a\x1b[2Jb\n", 20)
    assert output == "Svara: you said a[2Jb\n"


def test_a_space_that_does_not_break_stays_a_space(peer: Peer) -> None:
    said = "den 20\u00a0november, 1\u202f299 kr"
    output, _ = svara("chat", "--url", peer.url).communicate(f"{said}\n", 20)
    assert output == "Svara: you said den 20 november, 1 299 kr\n"


def test_nobody_there_is_one_clear_line() -> None:
    output, errors = svara("chat", "--url", "http://127.0.0.1:9").communicate("hello\n", 20)
    assert output == ""
    assert errors == (
        "svara: Nothing answers at http://127.0.0.1:9. Start Svara with `svara up`, "
        "or give its address with --url.\n"
    )


def test_the_token_is_sent(peer: Peer) -> None:
    peer.token = "s3cret"
    child = svara("chat", "--url", peer.url, SVARA_REST_TOKEN="s3cret")
    assert child.communicate("hello\n", 20)[0] == "Svara: you said hello\n"


def test_a_missing_token_is_one_clear_line(peer: Peer) -> None:
    peer.token = "s3cret"
    child = svara("chat", "--url", peer.url)
    _, errors = child.communicate("hello\n", 20)
    assert child.returncode == 2
    assert len(errors.splitlines()) == 1
    assert "set SVARA_REST_TOKEN" in errors


def test_a_message_that_is_refused_does_not_end_the_conversation(peer: Peer) -> None:
    conversation = Conversation(peer.url, "anna")
    peer.fails_with, peer.raw = 429, b'{"error": "too_fast", "message": "Slower, please."}'
    with pytest.raises(SvaraError, match=r"\(429\): Slower, please\."):
        conversation.send("hello")
    peer.fails_with, peer.raw = 0, None
    assert [reply.text for reply in conversation.send("again")] == ["you said again"]


def test_every_reply_comes_once_and_none_is_missed(peer: Peer) -> None:
    conversation = Conversation(peer.url, "anna")
    peer.say("just before", agent={"name": "Kim"})
    assert [reply.text for reply in conversation.send("hi")] == ["you said hi"]
    assert [reply.text for reply in conversation.news()] == ["just before"]
    assert conversation.news() == []


def test_a_sender_is_quoted_in_the_address(peer: Peer) -> None:
    assert Conversation(peer.url, "a/b?c#d").news() == []


@pytest.mark.parametrize(
    "raw", [b'{"a": 1}', b'[{"text": "no id"}]', b"[1]", b"<html>", b"", b"5", b'"text"']
)
def test_another_service_is_not_taken_for_svara(peer: Peer, raw: bytes) -> None:
    peer.raw = raw
    with pytest.raises(SvaraError, match="does not answer like Svara"):
        Conversation(peer.url, "anna").send("hello")


def test_a_body_without_end_is_refused(peer: Peer) -> None:
    peer.raw = b"[" + b" " * MAX_BYTES + b"]"
    with pytest.raises(SvaraError, match="does not answer like Svara"):
        request_json("GET", f"{peer.url}/healthz")


def test_a_slow_answer_is_given_up(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Handler, "_answer", lambda *_: time.sleep(2))
    with pytest.raises(SvaraError, match="did not answer within 0 s"):
        request_json("GET", f"{peer.url}/healthz", seconds=0.2)


def test_buttons_without_a_payload_send_their_title() -> None:
    reply = parse_reply({"id": 1, "text": None, "buttons": [{"title": "Yes"}]})
    assert reply.buttons == (Button("Yes", "Yes"),)
    assert reply.text == ""


def test_health_prints_the_report(peer: Peer) -> None:
    child = svara("health", "--url", peer.url)
    output, _ = child.communicate(timeout=20)
    assert json.loads(output) == {"status": "ready"}
    assert child.returncode == 0


def test_health_is_1_when_not_ready(peer: Peer) -> None:
    peer.fails_with = 503
    child = svara("health", "--url", peer.url)
    child.communicate(timeout=20)
    assert child.returncode == 1
