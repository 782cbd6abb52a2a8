"""Where a desk of desks.yml may be: on the open internet, or where its entry allows it."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from handoff_world import Receiver
from servers.desk_product import Answer, Product, Request, running

from bot.errors import DeskError, DeskRefused, DeskUnavailable
from bot.handoff.desks.contract import REQUESTED, Event, Ticket
from bot.handoff.desks.http import DeskClient
from bot.handoff.desks.kinds import KINDS
from bot.handoff.desks.opened import open_desk
from bot.handoff.desks.plan import DEFAULT
from bot.handoff.sample import sample_context
from bot.settings import Settings, keep_desk_secret

PRIVATE = (
    "http://127.0.0.1:9/",
    "http://localhost:9/",
    "http://[::1]:9/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://0.0.0.0:9/",
    "http://2130706433:9/",
    "http://0x7f.1:9/",
)
GIVEN: dict[str, dict[str, Any]] = {
    "chatwoot": {"account": 1, "inbox": 1},
    "django_helpdesk": {"queue": 1, "user": "svara"},
    "freshdesk": {"group": 1},
    "request_tracker": {"queue": "Chat", "user": "svara"},
    "webhook": {},
    "zammad": {"group": "Users"},
    "zendesk": {"user": "svara@example.com"},
    "zendesk_messaging": {"app": "5f", "key_id": "app_5f"},
}


class Listening(Product):
    """Whatever comes here should not have."""

    def answer(self, request: Request) -> Answer:
        return Answer({})


def resolving(monkeypatch: pytest.MonkeyPatch, **hosts: str) -> list[str]:
    """Has names stand for addresses; what was asked for is noted."""
    asked: list[str] = []
    usual = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *rest: Any, **how: Any) -> Any:
        name = str(host)
        asked.append(name)
        return usual(hosts.get(name.partition(".")[0], name), port, *rest, **how)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("url", PRIVATE)
def test_private_addresses_are_refused_in_every_spelling(url: str) -> None:
    with pytest.raises(DeskRefused, match="allow_private: true"):
        DeskClient("support", url, allow_private=False).call("GET", "")


def test_a_name_that_stands_for_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolving(monkeypatch, desk="127.0.0.1")
    product = Listening()
    with running(product):
        port = product.url.rpartition(":")[2]
        client = DeskClient("support", f"http://desk.example:{port}", allow_private=False)
        with pytest.raises(DeskRefused, match=r"desk\.example is at a private address"):
            client.call("GET", "/x")
    assert product.calls == []


def test_what_was_looked_up_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    # A name that answers differently the second time gains nothing: there is no second time.
    asked = resolving(monkeypatch, desk="127.0.0.1")
    monkeypatch.setattr("kb_connector.sources.web.pinned.is_public", lambda _: True)
    product = Listening()
    with running(product):
        port = product.url.rpartition(":")[2]
        client = DeskClient("support", f"http://desk.example:{port}", allow_private=False)
        assert client.call("GET", "/x").status == 200
    assert product.calls == ["GET /x"]
    assert asked.count("desk.example") == 1


def test_a_name_that_there_is_not_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    with pytest.raises(DeskUnavailable, match="no host"):
        DeskClient("support", "http://desk.example/", allow_private=False).call("GET", "")


def test_behind_a_proxy_the_proxy_connects_but_not_to_an_address_that_is_seen_to_be_private(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product = Listening()
    with running(product):
        monkeypatch.setenv("http_proxy", product.url)
        client = DeskClient("support", "http://desk.example", allow_private=False)
        assert client.call("GET", "/x").status == 200
        assert product.calls == ["GET /x"]
        inside = DeskClient("support", "http://10.0.0.1", allow_private=False)
        with pytest.raises(DeskRefused, match="private address"):
            inside.call("GET", "/x")
    assert product.calls == ["GET /x"]


@pytest.mark.parametrize("kind", sorted(GIVEN))
def test_every_kind_of_desk_asks_for_leave(settings: Settings, tmp_path: Path, kind: str) -> None:
    product = Listening()
    with running(product):
        entry = {"kind": kind, "url": product.url, **GIVEN[kind]}
        for allowed in (False, True):
            (tmp_path / "desks.yml").write_text(
                yaml.safe_dump({"desks": {"support": entry | {"allow_private": allowed}}})
            )
            there = replace(settings, desks_file=tmp_path / "desks.yml")
            keep_desk_secret(there, "support", "a key")
            context = sample_context(there)
            event = Event("w-1", REQUESTED, context, json.dumps({"data": context}))
            desk = open_desk(there, "support")
            try:
                made: Ticket | str | None = desk.deliver(event, None)
            except DeskError as error:
                made = str(error)
            if not allowed:
                assert "is at a private address" in str(made)
                assert product.calls == []
    assert product.calls, made


def test_every_kind_with_an_address_is_tried_here() -> None:
    at_an_address = {
        name for name, kind in KINDS.items() if "url" in {**kind.required, **kind.optional}
    }
    assert set(GIVEN) == at_an_address


def test_the_settings_are_the_operators_own_word(settings: Settings, receiver: Receiver) -> None:
    there = replace(settings, handoff_url=receiver.url)
    context = sample_context(there)
    event = Event("w-1", REQUESTED, context, json.dumps({"data": context}))
    open_desk(there, DEFAULT).deliver(event, None)
    assert receiver.ids == ["w-1"]
