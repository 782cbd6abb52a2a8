"""Articles of Zendesk: what its export tells comes to the right readers, once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from servers.zendesk import BEARER, MAIL, TOKEN, Zendesk, running_zendesk
from zenpy import Zenpy

from kb_connector.article import Article, Listing
from kb_connector.errors import SourceError
from kb_connector.sources.zendesk import ZendeskSource
from kb_connector.store import Store
from kb_connector.sync import sync


@pytest.fixture
def zendesk() -> Iterator[Zendesk]:
    with running_zendesk() as running:
        yield running


@pytest.fixture
def source(zendesk: Zendesk) -> ZendeskSource:
    return ZendeskSource(zendesk.url, key=TOKEN, user=MAIL)


class _Here(HTTPAdapter):
    """Sends what is meant for Zendesk to the server of the test."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> Any:
        here = request.copy()
        here.url = self._url + str(request.url).split(".zendesk.com", 1)[1]
        response = super().send(here, *given, **named)
        response.url, response.request = str(request.url), request
        return response


def test_the_official_client_reads_the_same_articles_from_the_contract_server(
    zendesk: Zendesk, source: ZendeskSource
) -> None:
    zendesk.write(1, sv="Retur: <p>Gör så här.</p>")
    zendesk.write(2, sv="Frakt: <p>49 kr.</p>")
    zendesk.write(3, sv="Betalning: <p>Kort.</p>")
    session = requests.Session()
    session.mount("https://", _Here(zendesk.url))
    client = Zenpy(subdomain="shop", email=MAIL, token=TOKEN, session=session)
    theirs = {article.title for article in client.help_center.articles()}
    ours = {each.title for each in source.changes(None) if isinstance(each, Article)}
    assert theirs == ours == {"Retur", "Frakt", "Betalning"}


def test_an_article_comes_in_all_its_languages_with_what_zendesk_knows_of_it(
    zendesk: Zendesk, source: ZendeskSource, store: Store
) -> None:
    zendesk.write(
        7, sv_se="Retur: <h1>Så här</h1><p>Skicka <b>tillbaka</b>.</p>", no="Retur: <p>Send.</p>",
        labels=["retur", "byte"],
    )  # fmt: skip
    sync(store, source)
    nb, sv = store.articles()
    assert (sv.lang, nb.lang) == ("sv", "nb")
    assert sv.slug == nb.slug == "zendesk-7"
    assert sv.body_markdown == "## Så här\n\nSkicka **tillbaka**."
    assert sv.keywords == ("retur", "byte")
    assert sv.url == "https://help.example/hc/sv-se/articles/7"
    assert nb.url == "https://help.example/hc/no/articles/7"
    assert (sv.audience, sv.updated.isoformat()) == ("public", "2026-03-01")


def test_translations_that_are_not_sent_along_are_asked_for(
    zendesk: Zendesk, source: ZendeskSource, store: Store
) -> None:
    zendesk.sideloads = False
    zendesk.write(1, en="Return: text", da="Retur: tekst")
    assert sync(store, source).new == ["zendesk:en/zendesk-1", "zendesk:da/zendesk-1"]


def test_the_list_of_all_is_read_once_a_day(zendesk: Zendesk, source: ZendeskSource) -> None:
    for number in range(1, 6):
        zendesk.write(number, en=f"Title {number}: text", da=f"Titel {number}: tekst")
    zendesk.write(6, en="Draft: text", draft=True)
    now = dt.datetime.now(dt.timezone.utc)
    listings = {
        hours: [
            change
            for change in source.changes(
                json.dumps({"start": 1, "listed": (now - dt.timedelta(hours=hours)).isoformat()})
            )
            if isinstance(change, Listing)
        ]
        for hours in (23, 25)
    }
    assert listings[23] == []
    assert listings[25] == [
        Listing(
            frozenset(f"zendesk:{lang}/zendesk-{n}" for n in range(1, 6) for lang in ("en", "da"))
        )
    ]


def test_only_what_changed_is_read_again(
    zendesk: Zendesk, source: ZendeskSource, store: Store
) -> None:
    for number in range(1, 6):
        zendesk.write(number, en=f"Title {number}: text")
    assert len(sync(store, source).new) == 5
    zendesk.asked.clear()
    zendesk.write(2, en="Title 2: another text")
    summary = sync(store, source)
    assert (summary.changed, summary.new) == (["zendesk:en/zendesk-2"], [])
    assert zendesk.asked[0] > 0
    assert sync(store, source).changed == []


def test_a_draft_is_not_shown_and_one_that_was_published_goes(
    zendesk: Zendesk, source: ZendeskSource, store: Store
) -> None:
    zendesk.write(1, en="Seen: text")
    zendesk.write(2, en="Never seen: text", draft=True)
    sync(store, source)
    assert [each.title for each in store.articles()] == ["Seen"]
    zendesk.write(3, en="Third: text")
    zendesk.write(1, en="Seen: text", draft=True)
    assert sync(store, source).removed == ["zendesk:en/zendesk-1"]


def test_what_a_user_segment_may_see_is_for_staff(
    zendesk: Zendesk, source: ZendeskSource, store: Store
) -> None:
    zendesk.write(1, en="Goodwill: 20 EUR", segment=360)
    zendesk.write(2, en="Two segments: 30 EUR")
    zendesk.articles[2]["user_segment_ids"] = [360, 361]
    sync(store, source)
    assert [each.audience for each in store.articles()] == ["staff", "staff"]


def test_a_deleted_article_goes_with_the_next_listing(
    zendesk: Zendesk, source: ZendeskSource, store: Store
) -> None:
    zendesk.write(1, en="One: text", da="En: tekst")
    zendesk.write(2, en="Two: text")
    sync(store, source)
    zendesk.delete(1)
    assert sync(store, source).removed == [], "the export says nothing, the list is a day's"
    assert sync(store, source, full=True).removed == [
        "zendesk:da/zendesk-1",
        "zendesk:en/zendesk-1",
    ]


def test_a_busy_zendesk_is_waited_for(
    zendesk: Zendesk, source: ZendeskSource, store: Store
) -> None:
    zendesk.write(1, en="One: text")
    zendesk.busy = 2
    assert len(sync(store, source).new) == 1


def test_garbage_half_way_keeps_what_came_before_and_says_what_to_do(
    zendesk: Zendesk, source: ZendeskSource, store: Store
) -> None:
    zendesk.sideloads = False
    for number in range(1, 4):
        zendesk.write(number, en=f"Title {number}: text")
    zendesk.garbage["/3/translations.json"] = "<html>Log in</html>"
    with pytest.raises(SourceError, match="something else than JSON"):
        sync(store, source)
    assert len(store.articles()) == 2
    zendesk.garbage["/3/translations.json"] = {"translations": [{"locale": 1}]}
    with pytest.raises(SourceError, match="did not come as Zendesk sends it"):
        sync(store, source)
    zendesk.garbage.clear()
    assert sync(store, source).new == ["zendesk:en/zendesk-3"]


def test_a_wrong_key_is_told(zendesk: Zendesk, store: Store) -> None:
    with pytest.raises(SourceError, match="does not accept the key"):
        sync(store, ZendeskSource(zendesk.url, key="wrong", user=MAIL))


def test_an_oauth_token_is_accepted_as_well(zendesk: Zendesk, store: Store) -> None:
    zendesk.write(1, en="One: text")
    assert len(sync(store, ZendeskSource(zendesk.url, key=BEARER)).new) == 1
