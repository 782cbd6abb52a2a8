"""Sources that were added: kept by name, without a secret, and gone with all that was theirs."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from kb_connector.article import Article, Change, Checkpoint, Failed, Listing
from kb_connector.connections import (
    Connection,
    add,
    check_name,
    connections,
    find,
    remove,
)
from kb_connector.errors import ConnectionInvalid, SyncRefused
from kb_connector.leases import lease
from kb_connector.runs import counts, keep_run, problems, runs
from kb_connector.sources.registry import KINDS, check, open_source
from kb_connector.store import Store
from kb_connector.sync import sync

Connect = Callable[[], sa.engine.Engine]

SHOP = Connection("shop", "website", {"url": "https://shop.example"})
ZENDESK = Connection("shop-help", "zendesk", {"url": "https://shop.zendesk.com", "user": "a@b.se"})
GIVEN = {
    "url": "https://help.example",
    "max_pages": "20",
    "allow_private": "no",
    "folder": "articles",
    "path": "faq.csv",
    "lang": "sv",
}


class OneArticle:
    """A source with an article that is fine and one that is not."""

    def __init__(self, name: str) -> None:
        self.name = name

    def changes(self, since: str | None) -> list[Change]:
        identity, day = f"{self.name}:sv/{self.name}-1", dt.date(2026, 1, 1)
        fine = Article(
            identity, f"{self.name}-1", "sv", "Frakt", "", "49 kr", "public", day, (), (), self.name
        )
        return [fine, Failed("2", "no text"), Listing(frozenset({identity})), Checkpoint("1")]


def test_what_was_added_is_there_for_every_process(anywhere: Connect) -> None:
    add(anywhere(), ZENDESK)
    add(anywhere(), SHOP)
    assert connections(anywhere()) == [SHOP, ZENDESK]
    assert find(anywhere(), "shop-help") == ZENDESK


def test_a_name_is_taken_once(anywhere: Connect) -> None:
    engine = anywhere()
    check_name(engine, "shop")
    add(engine, SHOP)
    with pytest.raises(ConnectionInvalid, match="already"):
        add(anywhere(), Connection("shop", "faq", {"path": "x.csv", "lang": "sv"}))
    with pytest.raises(ConnectionInvalid, match="already"):
        check_name(engine, "shop")
    assert connections(engine) == [SHOP]


@pytest.mark.parametrize("name", ["", "Shop", "a_b", "-a", "a--b", "å", "x" * 41, "markdown"])
def test_a_name_that_cannot_be_one_is_refused(anywhere: Connect, name: str) -> None:
    with pytest.raises(ConnectionInvalid, match="name"):
        add(anywhere(), Connection(name, "website", {"url": "https://x.example"}))


def test_a_removed_source_leaves_nothing_and_others_stay(anywhere: Connect) -> None:
    engine = anywhere()
    for connection in (SHOP, ZENDESK):
        add(engine, connection)
        summary = sync(Store(engine), OneArticle(connection.name))
        keep_run(engine, summary, dt.datetime.now(dt.timezone.utc))
    version = Store(engine).version()
    assert remove(engine, "shop") == 1
    assert connections(engine) == [ZENDESK]
    assert counts(engine) == {"shop-help": 1}
    assert {each.source for each in problems(engine)} == {"shop-help"}
    assert [run.source for run in runs(engine)] == ["shop-help"]
    assert Store(engine).version() > version, "who has the articles in memory loads them anew"


def test_added_again_it_begins_anew(anywhere: Connect) -> None:
    engine = anywhere()
    add(engine, SHOP)
    sync(Store(engine), OneArticle("shop"))
    remove(engine, "shop")
    add(engine, SHOP)
    assert Store(engine).cursor("shop") is None
    assert runs(engine) == []


def test_a_source_that_is_being_synced_is_not_removed(
    anywhere: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb_connector.connections._WAIT", 0.1)
    engine = anywhere()
    add(engine, SHOP)
    with lease(anywhere(), "shop"), pytest.raises(SyncRefused, match="try again"):
        remove(engine, "shop")
    assert connections(engine) == [SHOP]


@pytest.mark.parametrize("name", ["nobody", "markdown"])
def test_what_was_not_added_is_not_removed(anywhere: Connect, name: str) -> None:
    with pytest.raises(ConnectionInvalid, match=name):
        remove(anywhere(), name)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_opened_with_all_that_it_may_be_told(kind: str) -> None:
    known = KINDS[kind]
    options = {name: GIVEN.get(name, "one, two") for name in known.options}
    source = open_source(Connection("mine", kind, options), "key" if known.secret else None)
    assert source.name == "mine"
    takes = set(inspect.signature(type(source)).parameters) - {"name", "key"}
    assert takes == set(known.options), "an option that the source has cannot be given, or the like"
    required = {
        name
        for name, parameter in inspect.signature(type(source)).parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    assert required - {"key"} <= {name for name in known.options if known.options[name].required}


def test_options_are_read_as_what_they_are() -> None:
    options = {
        "url": "https://x.example",
        "include": "/help, /faq,",
        "max_pages": "7",
        "allow_private": "Yes",
    }
    assert check(Connection("x", "website", options)) == {
        "url": "https://x.example",
        "include": ["/help", "/faq"],
        "max_pages": 7,
        "allow_private": True,
    }
    found = check(Connection("x", "faq", {"path": "faq.csv", "lang": "sv"}))
    assert found == {"path": Path("faq.csv"), "lang": "sv"}


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("sharepoint", {}, "no kind of source 'sharepoint'; there are .*zendesk"),
        ("faq", {"path": "a.csv"}, "needs the option 'lang'"),
        ("zendesk", {"url": "https://x.example", "key": "s3cret"}, "no 'key'; it has url, user"),
        ("website", {"url": "https://x.example", "max_pages": "0"}, "'max_pages'.*at least 1"),
        ("website", {"url": "https://x.example", "allow_private": "perhaps"}, "say yes or no"),
        ("website", {"url": "https://me:s3cret@x.example"}, "no user and password in an address"),
        ("zammad", {"url": "https://me:s3cret@x.example"}, "no user and password in an address"),
    ],
)
def test_options_that_are_wrong_are_refused_without_showing_a_secret(
    kind: str, options: dict[str, str], said: str
) -> None:
    with pytest.raises(ConnectionInvalid, match=said) as refused:
        check(Connection("x", kind, options))
    assert "s3cret" not in str(refused.value)


def test_a_source_without_its_key_is_not_opened() -> None:
    with pytest.raises(ConnectionInvalid, match="has no key"):
        open_source(ZENDESK, None)
