"""Solution articles of Freshdesk: published ones, in all languages, for the right readers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers.freshdesk import DRAFT, KEY, Freshdesk, running_freshdesk

from kb_connector.errors import SourceError
from kb_connector.sources.freshdesk import FreshdeskSource
from kb_connector.store import Store
from kb_connector.sync import sync


@pytest.fixture
def running() -> Iterator[tuple[Freshdesk, str]]:
    with running_freshdesk() as found:
        yield found


@pytest.fixture
def freshdesk(running: tuple[Freshdesk, str]) -> Freshdesk:
    return running[0]


@pytest.fixture
def source(running: tuple[Freshdesk, str]) -> FreshdeskSource:
    return FreshdeskSource(running[1], key=KEY, lang="en", languages=["sv-SE"])


def test_published_articles_come_with_their_translations_and_readers(
    freshdesk: Freshdesk, source: FreshdeskSource, store: Store
) -> None:
    freshdesk.write(5, "Return", "<p>Send it back.</p>")
    freshdesk.write(5, "Retur", "<p>Skicka tillbaka.</p>", lang="sv-SE")
    freshdesk.write(6, "Goodwill", "<p>20 EUR</p>", folder=20)
    freshdesk.write(7, "Draft", "<p>soon</p>", status=DRAFT)
    sync(store, source)
    found = {(each.lang, each.title): each for each in store.articles()}
    assert set(found) == {("en", "Return"), ("sv", "Retur"), ("en", "Goodwill")}
    assert found["en", "Return"].slug == found["sv", "Retur"].slug == "freshdesk-5"
    assert found["en", "Goodwill"].audience == "staff"
    assert found["en", "Return"].url.endswith("/support/solutions/articles/5")
    assert found["sv", "Retur"].url.endswith("/sv-SE/support/solutions/articles/5")


def test_folders_within_folders_are_read(
    freshdesk: Freshdesk, source: FreshdeskSource, store: Store
) -> None:
    freshdesk.inner = {11: 1, 12: 4}
    freshdesk.write(1, "Deep", "<p>text</p>", folder=11)
    freshdesk.write(2, "Deep for one company", "<p>text</p>", folder=12)
    sync(store, source)
    found = {each.title: each.audience for each in store.articles()}
    assert found == {"Deep": "public", "Deep for one company": "staff"}


def test_only_changed_articles_are_given_again_and_gone_ones_go(
    freshdesk: Freshdesk, source: FreshdeskSource, store: Store
) -> None:
    for number in range(1, 131):
        freshdesk.write(number, f"Title {number}", "<p>text</p>")
    assert len(sync(store, source).new) == 130
    freshdesk.write(3, "Title 3", "<p>another text</p>", day=2)
    freshdesk.write(4, "Title 4", "<p>text</p>", status=DRAFT, day=2)
    summary = sync(store, source)
    assert summary.changed == ["freshdesk:en/freshdesk-3"]
    assert summary.removed == ["freshdesk:en/freshdesk-4"]
    assert (summary.new, summary.unchanged) == ([], 128)


def test_a_folder_that_is_closed_to_customers_takes_its_articles_with_it(
    freshdesk: Freshdesk, source: FreshdeskSource, store: Store
) -> None:
    freshdesk.write(1, "Terms", "<p>text</p>")
    sync(store, source)
    freshdesk.folders[10] = 3
    sync(store, source)
    assert store.articles()[0].audience == "staff"


def test_an_article_without_text_is_reported_and_garbage_changes_nothing(
    freshdesk: Freshdesk, source: FreshdeskSource, store: Store
) -> None:
    freshdesk.write(1, "Empty", "<script>x()</script>")
    freshdesk.write(2, "Fine", "<p>text</p><script>x()</script>")
    summary = sync(store, source)
    assert [failed.reason for failed in summary.failed] == ["there is no text in it"]
    assert [cleaned.reason for cleaned in summary.cleaned] == ["taken out: a script"]
    freshdesk.garbage["/folders"] = {"message": "maintenance"}
    with pytest.raises(SourceError, match="did not come as Freshdesk sends it"):
        sync(store, source)
    assert [each.title for each in store.articles()] == ["Fine"]


def test_a_wrong_key_is_told(running: tuple[Freshdesk, str], store: Store) -> None:
    with pytest.raises(SourceError, match="does not accept the key"):
        sync(store, FreshdeskSource(running[1], key="wrong", lang="en"))
