"""One remote host: what goes wrong on the way is waited for, told, and never leaks the key."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from servers.loopback import Answer, Request, serving

from kb_connector.errors import SourceError
from kb_connector.http import Client


@contextlib.contextmanager
def answering(*answers: Answer) -> Iterator[tuple[Client, list[Request]]]:
    """A client whose host gives these answers in turn, the last one for ever."""
    asked: list[Request] = []

    def answer(request: Request) -> Answer:
        asked.append(request)
        return answers[min(len(asked), len(answers)) - 1]

    with serving(answer) as url:
        yield Client(url, auth=("me", "secret"), backoff=0.01, max_wait=2, max_bytes=2000), asked


def test_an_answer_is_read_with_the_key_sent() -> None:
    with answering(Answer({"a": 1})) as (client, asked):
        assert client.get_json("/x", {"page": 2}) == {"a": 1}
        assert client.post_json("/x", {"q": "å"}) == {"a": 1}
    assert asked[0].query == {"page": "2"}
    assert asked[0].headers["authorization"].startswith("Basic ")
    assert asked[1].body == {"q": "å"}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_trouble_that_passes_is_waited_for(status: int) -> None:
    with answering(Answer("busy", status, {"Retry-After": "0"}), Answer({"ok": True})) as (
        c,
        asked,
    ):
        assert c.get_json("/x") == {"ok": True}
    assert len(asked) == 2


def test_a_host_is_waited_for_as_long_as_it_says() -> None:
    with answering(Answer("", 429, {"Retry-After": "1"}), Answer({})) as (client, _):
        began = time.monotonic()
        client.get_json("/x")
        assert time.monotonic() - began >= 1


def test_a_host_that_asks_to_wait_for_hours_is_left_for_the_next_sync() -> None:
    with (
        answering(Answer("", 429, {"Retry-After": "7200"})) as (client, asked),
        pytest.raises(SourceError, match="come again in 7200 seconds"),
    ):
        client.get_json("/x")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer("", 401), "does not accept the key"),
        (Answer("", 403), "does not let the key read"),
        (Answer("", 404), "is not there"),
        (Answer("", 418), "status 418"),
        (Answer("", 500, {"Retry-After": "0"}), "status 500"),
        (Answer("<html>Log in</html>"), "something else than JSON"),
        (Answer("x" * 3000), "more than 2,000 bytes"),
        (Answer("", 302, {"Location": "/x"}), "redirected more than 5 times"),
        (Answer("", 302, {"Location": "http://[x"}), "no web address"),
        (Answer("x" * 3000, 302, {"Location": "/x"}), "more than 2,000 bytes"),
    ],
)
def test_what_is_wrong_is_told_without_the_key(answer: Answer, said: str) -> None:
    with answering(answer) as (client, _), pytest.raises(SourceError, match=said) as told:
        client.get_json("/x")
    assert "secret" not in str(told.value)


def test_a_redirect_within_the_host_is_followed_and_one_to_another_is_not() -> None:
    with answering(Answer("", 302, {"Location": "/y"}), Answer({"ok": 1})) as (client, asked):
        assert client.get_json("/x") == {"ok": 1}
        assert asked[1].path == "/y"
    with serving(lambda _: Answer({})) as other:
        moved = Answer("", 302, {"Location": other})
        with answering(moved) as (client, _), pytest.raises(SourceError, match="another host"):
            client.get_json("/x")
        with answering(moved) as (client, _), pytest.raises(SourceError, match="another host"):
            client.get_json(f"{other}/next-page")


def _raw(talk: Callable[[socket.socket], None]) -> str:
    """The address of a server that does this with its one caller."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with server:
            for _ in range(2):
                connection, _address = server.accept()
                with connection:
                    talk(connection)

    threading.Thread(target=run, daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_host_that_says_nothing_or_breaks_off_is_an_error_in_time() -> None:
    for retries in (0, 1):
        silent = _raw(lambda connection: time.sleep(1))
        with pytest.raises(SourceError, match="does not answer in time"):
            Client(silent, read_timeout=0.1, retries=retries).get_json("/x")
    half = _raw(lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"))
    with pytest.raises(SourceError, match="does not answer as it should"):
        Client(half, retries=0).get_json("/x")
    with pytest.raises(SourceError, match="cannot be reached"):
        Client("http://127.0.0.1:9", retries=0).get_json("/x")


@pytest.mark.parametrize(
    "address", ["", "help.example", "ftp://help.example", "file:///etc", "http://[x", "https://a:b"]
)
def test_an_address_that_is_none_is_told_at_once(address: str) -> None:
    with pytest.raises(SourceError, match="no web address"):
        Client(address)
