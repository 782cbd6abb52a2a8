"""Many sources, many processes: each source is synced by itself, by one at a time."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from servers.loopback import Answer, Request, serving

from kb_connector import KnowledgeBase, MarkdownSource
from kb_connector.article import Change
from kb_connector.connections import Connection
from kb_connector.leases import lease
from kb_connector.runs import counts, runs
from kb_connector.sources import KnowledgeSource
from kb_connector.sources.faq import FaqSource
from kb_connector.sources.registry import open_source
from kb_connector.syncing import failed, is_due, next_sync, sync_all, sync_due

Connect = Callable[[], sa.engine.Engine]
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    path = tmp_path / "faq.csv"
    path.write_text("question,answer\nFrakt?,49 kr\nRetur?,Gratis\n", "utf-8")
    return path


class Slow:
    """Reads a file, after a while; counts how often it was asked."""

    def __init__(self, path: Path) -> None:
        self.name = "faq"
        self.asked = 0
        self._path = path

    def __call__(self) -> KnowledgeSource:
        return self

    def changes(self, since: str | None) -> Iterator[Change]:
        self.asked += 1
        time.sleep(0.3)
        yield from FaqSource(self._path, lang="sv").changes(since)


def broken() -> KnowledgeSource:
    raise KeyError("what nobody thought of")


def test_one_that_fails_stops_nobody_and_what_happened_is_kept(
    anywhere: Connect, faq: Path, folder: Path
) -> None:
    engine = anywhere()
    base = KnowledgeBase(engine)
    told: list[tuple[str, int]] = []
    outcomes = sync_all(
        base,
        [
            ("broken", broken),
            ("gone", lambda: FaqSource(faq.with_name("gone.csv"), lang="sv", name="gone")),
            ("faq", lambda: FaqSource(faq, lang="sv")),
            ("markdown", lambda: MarkdownSource(folder)),
        ],
        progress=lambda source, read: told.append((source, read)),
    )
    assert failed(outcomes)
    assert [each.summary.source for each in outcomes if not each.error] == ["faq", "markdown"]
    kept = {run.source: run for run in runs(engine)}
    assert "what nobody thought of" in str(kept["broken"].error)
    assert "gone.csv cannot be read" in str(kept["gone"].error)
    assert (kept["faq"].new, kept["faq"].error) == (2, None)
    assert counts(engine)["faq"] == 2
    assert [read for source, read in told if source == "faq"] == [1, 2]


def test_a_failed_article_counts_as_failed(anywhere: Connect, faq: Path) -> None:
    faq.write_text("question,answer\nFrakt?,\nRetur?,Gratis\n", "utf-8")
    outcomes = sync_all(KnowledgeBase(anywhere()), [("faq", lambda: FaqSource(faq, lang="sv"))])
    assert outcomes[0].error is None
    assert failed(outcomes)


def test_of_many_processes_at_once_one_syncs(anywhere: Connect, faq: Path) -> None:
    source = Slow(faq)
    bases = [KnowledgeBase(anywhere(), create_tables=False) for _ in range(5)]
    ready = threading.Barrier(len(bases))
    outcomes = []

    def worker(base: KnowledgeBase) -> None:
        ready.wait()
        outcomes.append(sync_due(base, "faq", source, HOUR))

    threads = [threading.Thread(target=worker, args=(base,)) for base in bases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert source.asked == 1
    assert [str(each.summary) for each in outcomes if each] == [
        "faq: 2 new, 0 changed, 0 removed, 0 failed, 0 unchanged"
    ]


def test_a_source_is_due_again_after_the_pause_also_when_it_failed(
    anywhere: Connect, faq: Path
) -> None:
    base = KnowledgeBase(anywhere())
    missing = Connection("faq", "faq", {"path": str(faq) + ".not", "lang": "sv"})
    assert is_due(base, "faq", HOUR)
    first = sync_due(base, "faq", lambda: open_source(missing, None), HOUR)
    assert first is not None
    assert first.error
    assert sync_due(base, "faq", lambda: open_source(missing, None), HOUR) is None
    run = runs(base.store.engine)[0]
    assert next_sync(run, HOUR) == run.finished + HOUR
    again = sync_due(base, "faq", lambda: FaqSource(faq, lang="sv"), dt.timedelta(0))
    assert again is not None
    assert again.error is None
    assert runs(base.store.engine)[0].error is None, "a sync that went well settles the failure"


def test_two_syncs_by_hand_the_second_is_told_and_the_first_goes_on(
    anywhere: Connect, faq: Path
) -> None:
    base = KnowledgeBase(anywhere())
    sources = [("faq", lambda: FaqSource(faq, lang="sv"))]
    sync_all(base, sources)
    before = runs(base.store.engine)
    with lease(anywhere(), "faq"):
        busy = sync_all(base, sources)
    assert "just now" in str(busy[0].error)
    assert runs(base.store.engine) == before, "what the other process did is not written over"


def test_who_waits_syncs_after_the_other(anywhere: Connect, faq: Path) -> None:
    source = Slow(faq)
    one, two = KnowledgeBase(anywhere()), KnowledgeBase(anywhere())
    first = threading.Thread(target=sync_all, args=(one, [("faq", source)]))
    first.start()
    while not source.asked:
        time.sleep(0.01)
    outcomes = sync_all(two, [("faq", source)], wait=10.0)
    first.join()
    assert (outcomes[0].error, outcomes[0].summary.unchanged) == (None, 2)


def test_a_remote_source_is_read_by_what_was_kept_of_it(anywhere: Connect) -> None:
    page = "<html lang=sv><title>Frakt</title><main><h1>Frakt</h1><p>{}</p></main></html>"
    asked: list[str] = []

    def site(request: Request) -> Answer:
        asked.append(request.path)
        if request.path != "/":
            return Answer("nothing", 404)
        return Answer(page.format("Frakten kostar 49 kr, och är fri från 599 kr. " * 5))

    base = KnowledgeBase(anywhere())
    with serving(site) as url:
        shop = Connection("shop", "website", {"url": f"{url}/", "allow_private": "yes"})
        outcomes = sync_all(base, [("shop", lambda: open_source(shop, None))])
    assert not failed(outcomes), outcomes
    assert [article.source for article in base.articles("sv")] == ["shop"]
    down = sync_all(base, [("shop", lambda: open_source(shop, None))])
    assert down[0].error
    assert counts(base.store.engine) == {"shop": 1}, "what was read before stays"
