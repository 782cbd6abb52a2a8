"""While the server runs, every source is synced by itself, and a slow one holds up nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import knowledge
from bot.knowledge import sync_folder, sync_regularly
from bot.settings import Settings, keep_kb_secret
from bot.storage.database import open_database
from kb_connector import KnowledgeBase
from kb_connector.article import Change
from kb_connector.connections import Connection, add
from kb_connector.runs import Run, counts, runs
from kb_connector.sources.faq import FaqSource
from kb_connector.sources.zendesk import ZendeskSource

ARTICLE = "---\ntitle: Frakt\nupdated: 2026-01-01\n---\nFrakten kostar 49 kr.\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(knowledge, "LOOK_EVERY", 0.05)
    page = tmp_path / "articles" / "sv" / "frakt.md"
    page.parent.mkdir(parents=True)
    page.write_text(ARTICLE, "utf-8")
    (tmp_path / "faq.csv").write_text("question,answer\nRetur?,Gratis\n", "utf-8")
    (tmp_path / "var").mkdir()
    return Settings(var=tmp_path / "var", kb_folder=tmp_path / "articles")


@pytest.fixture
def base(settings: Settings) -> Iterator[KnowledgeBase]:
    engine = open_database(settings.database)
    yield KnowledgeBase(engine)
    engine.dispose()


@pytest.fixture
def running(settings: Settings, base: KnowledgeBase) -> Iterator[Callable[[], None]]:
    """Starts a worker's regular syncs."""
    stop, workers = threading.Event(), []

    def start() -> None:
        worker = threading.Thread(target=sync_regularly, args=(settings, base, stop))
        workers.append(worker)
        worker.start()

    yield start
    stop.set()
    for worker in workers:
        worker.join(5)
        assert not worker.is_alive()
    for thread in threading.enumerate():
        if thread.name.startswith("sync-"):
            thread.join(5)


def faq(settings: Settings, name: str) -> Connection:
    path = settings.var.parent / "faq.csv"
    return Connection(name, "faq", {"path": str(path), "lang": "sv"})


def run_of(base: KnowledgeBase, source: str) -> Run:
    """The source's run, as soon as it is there."""
    for _ in range(200):
        for run in runs(base.store.engine):
            if run.source == source:
                return run
        time.sleep(0.05)
    raise AssertionError(f"{source} was not synced")


def test_the_folder_is_there_before_anybody_is_served(
    settings: Settings, base: KnowledgeBase
) -> None:
    add(base.store.engine, faq(settings, "elsewhere"))
    sync_folder(settings, base)
    assert [article.title for article in base.articles("sv")] == ["Frakt"]
    assert [run.source for run in runs(base.store.engine)] == ["markdown"]


def test_a_source_that_is_added_while_it_runs_comes_by_itself(
    settings: Settings, base: KnowledgeBase, running: Callable[[], None]
) -> None:
    running()
    assert run_of(base, "markdown").new == 1
    add(base.store.engine, faq(settings, "elsewhere"))
    assert run_of(base, "elsewhere").new == 1
    assert counts(base.store.engine) == {"markdown": 1, "elsewhere": 1}


def test_a_slow_source_holds_up_nobody(
    settings: Settings,
    base: KnowledgeBase,
    running: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = threading.Event()
    real = FaqSource.changes

    def slowly(self: FaqSource, since: str | None) -> Iterator[Change]:
        if self.name == "a-slow-one":
            go_on.wait(10)
        return real(self, since)

    monkeypatch.setattr(FaqSource, "changes", slowly)
    add(base.store.engine, faq(settings, "a-slow-one"))
    add(base.store.engine, faq(settings, "quick"))
    running()
    assert run_of(base, "quick").error is None
    assert "a-slow-one" not in {run.source for run in runs(base.store.engine)}
    go_on.set()
    assert run_of(base, "a-slow-one").new == 1


def test_two_workers_sync_a_source_once(
    settings: Settings,
    base: KnowledgeBase,
    running: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    real = FaqSource.changes

    def counted(self: FaqSource, since: str | None) -> Iterator[Change]:
        asked.append(self.name)
        time.sleep(0.2)
        yield from real(self, since)

    monkeypatch.setattr(FaqSource, "changes", counted)
    add(base.store.engine, faq(settings, "elsewhere"))
    running()
    running()
    run_of(base, "elsewhere")
    time.sleep(0.3)
    assert asked == ["elsewhere"]


def test_a_source_without_its_key_says_which_variable_to_set(
    settings: Settings, base: KnowledgeBase, running: Callable[[], None]
) -> None:
    add(base.store.engine, Connection("shop-help", "zendesk", {"url": "http://127.0.0.1:9"}))
    running()
    assert "SVARA_KB_SECRET_SHOP_HELP" in str(run_of(base, "shop-help").error)


def test_a_key_is_the_variable_or_the_one_that_was_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []

    def noted(self: ZendeskSource, url: str, *, key: str, name: str) -> None:
        given.append(key)

    monkeypatch.setattr(ZendeskSource, "__init__", noted)
    connection = Connection("shop-help", "zendesk", {"url": "https://x.zendesk.com"})
    keep_kb_secret(settings, "shop-help", "kept")
    knowledge.open_connection(settings, connection)
    monkeypatch.setenv("SVARA_KB_SECRET_SHOP_HELP", "set")
    knowledge.open_connection(settings, connection)
    assert given == ["kept", "set"]
