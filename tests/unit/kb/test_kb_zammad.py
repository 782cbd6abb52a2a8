"""Answers of Zammad: what `zammad_py` writes there comes to the right readers, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from servers.zammad import (
    BRITISH,
    EDITOR,
    ENGLISH,
    NOBODY,
    SWEDISH,
    Zammad,
    running_zammad,
)
from zammad_py import ZammadAPI
from zammad_py.enums import KnowledgeBaseAnswerPublicity as Publicity

from kb_connector.article import Article, Checkpoint, Failed, Listing
from kb_connector.errors import SourceError
from kb_connector.sources.zammad import ZammadSource
from kb_connector.store import Store
from kb_connector.sync import sync

NOW = dt.datetime.now(dt.timezone.utc)


class Editor:
    """An employee who writes in Zammad, by its official client."""

    def __init__(self, url: str) -> None:
        client = ZammadAPI(f"{url}/api/v1/", http_token=EDITOR)
        self.answers = client.knowledge_bases_answers
        self.structure = client.knowledge_bases.init

    def write(self, **texts: str) -> int:
        """A draft, by language: `sv="Title: text"`."""
        made = self.answers.create(
            {
                "knowledge_base_id": 1,
                "category_id": 1,
                "translations_attributes": [
                    {"kb_locale_id": own, **fields(texts[lang])}
                    for lang, own in (("sv", SWEDISH), ("en", ENGLISH), ("gb", BRITISH))
                    if lang in texts
                ],
            }
        )
        return int(made["id"])

    def publish(self, **texts: str) -> int:
        """An answer that everybody may see."""
        number = self.write(**texts)
        self.set(number, Publicity.PUBLICLY)
        return number

    def rewrite(self, number: int, text: str) -> None:
        """Another text for an answer's first translation."""
        assets = self.answers.find_answer(1, number)["assets"]
        first = min(map(int, assets["KnowledgeBaseAnswerTranslation"]))
        changes = {"id": first, **fields(text)}
        self.answers.update(1, {"answer_id": number, "translations_attributes": [changes]})

    def set(self, number: int, publicity: Publicity) -> None:
        """Another state."""
        self.answers.change_answer_visibility(1, number, publicity)


def fields(text: str) -> dict[str, Any]:
    title, _, body = text.partition(": ")
    return {"title": title, "content_attributes": {"body": f"<div>{body}</div>"}}


@pytest.fixture
def running() -> Iterator[tuple[Zammad, str]]:
    with running_zammad() as running:
        yield running


@pytest.fixture
def zammad(running: tuple[Zammad, str]) -> Zammad:
    return running[0]


@pytest.fixture
def url(running: tuple[Zammad, str]) -> str:
    return running[1]


@pytest.fixture
def editor(url: str) -> Editor:
    return Editor(url)


@pytest.fixture
def source(url: str) -> ZammadSource:
    return ZammadSource(url, key=EDITOR)


def test_the_client_reads_in_our_server_what_it_wrote(editor: Editor, zammad: Zammad) -> None:
    number = editor.publish(sv="Retur: Inom 30 dagar.")
    structure = editor.structure()
    assert structure["KnowledgeBaseAnswer"][str(number)]["published_at"]
    content = structure["KnowledgeBaseAnswerTranslation"]["1"]["content_id"]
    shown = editor.answers.find_answer(1, number, include_content_id=content)
    contents = shown["assets"]["KnowledgeBaseAnswerTranslationContent"]
    assert contents[str(content)]["body"] == "<div>Inom 30 dagar.</div>"


def test_each_language_of_an_answer_is_an_article_of_one_slug(
    editor: Editor, source: ZammadSource, url: str
) -> None:
    editor.publish(sv="Retur: Inom 30 dagar.", en="Returns: Within 30 days.")
    found = [each for each in source.changes(None) if isinstance(each, Article)]
    assert [(each.id, each.title, each.body_markdown) for each in found] == [
        ("zammad:sv/zammad-1", "Retur", "Inom 30 dagar."),
        ("zammad:en/zammad-1", "Returns", "Within 30 days."),
    ]
    assert {each.slug for each in found} == {"zammad-1"}
    assert {each.audience for each in found} == {"public"}
    assert found[0].url == f"{url}/help/sv-se/1/1"
    assert found[0].updated == dt.date(2026, 3, 1)


def test_only_the_text_of_changed_answers_is_read_again(
    editor: Editor, source: ZammadSource, store: Store, zammad: Zammad
) -> None:
    first, second = editor.publish(sv="Retur: Ja."), editor.publish(sv="Byte: Nej.")
    sync(store, source)
    zammad.bodies_read.clear()
    assert str(sync(store, source)).endswith("0 failed, 2 unchanged")
    assert zammad.bodies_read == []
    editor.rewrite(second, "Byte: Jo.")
    assert sync(store, source).changed == [f"zammad:sv/zammad-{second}"]
    assert zammad.bodies_read == [zammad.translations[second]["content_id"]]
    assert first != second


def test_drafts_come_to_nobody_internal_answers_to_staff_and_archived_ones_go(
    editor: Editor, source: ZammadSource, store: Store, url: str
) -> None:
    editor.publish(sv="Kvar: Ja.")
    number = editor.write(sv="Kulans: Tio procent.")
    assert len(sync(store, source).new) == 1
    editor.set(number, Publicity.INTERNALLY)
    assert sync(store, source).new == [f"zammad:sv/zammad-{number}"]
    (internal,) = [each for each in store.articles() if each.title == "Kulans"]
    assert internal.audience == "staff"
    assert internal.url == f"{url}/#knowledge_base/1/locale/sv-se/answer/{number}"
    editor.set(number, Publicity.PUBLICLY)
    assert sync(store, source).changed == [f"zammad:sv/zammad-{number}"]
    editor.set(number, Publicity.ARCHIVE)
    assert sync(store, source).removed == [f"zammad:sv/zammad-{number}"]
    editor.set(number, Publicity.UNARCHIVE)
    assert sync(store, source).new == [f"zammad:sv/zammad-{number}"]
    editor.answers.destroy_answer(1, number)
    assert sync(store, source).removed == [f"zammad:sv/zammad-{number}"]


def test_a_time_set_in_advance_counts_when_it_has_come(
    editor: Editor, source: ZammadSource, zammad: Zammad
) -> None:
    number = editor.write(sv="Rea: Börjar snart.")
    zammad.schedule(number, "publish", NOW + dt.timedelta(days=400))
    zammad.schedule(number, "internal", NOW - dt.timedelta(minutes=1))
    article, *_, checkpoint = source.changes(None)
    assert isinstance(article, Article) and article.audience == "staff"
    zammad.answers[number]["published_at"] = zammad.answers[number]["internal_at"]
    assert isinstance(checkpoint, Checkpoint)
    later = next(source.changes(checkpoint.cursor))
    assert isinstance(later, Article) and later.audience == "public"


def test_a_knowledge_base_that_is_switched_off_is_for_staff(
    editor: Editor, source: ZammadSource, zammad: Zammad
) -> None:
    editor.publish(sv="Retur: Ja.")
    zammad.base["active"] = False
    article = next(source.changes(None))
    assert isinstance(article, Article) and article.audience == "staff"


@pytest.mark.parametrize(
    ("address", "page"),
    [("/faq", "{url}/faq/sv-se/1/1"), ("help.shop.example", "http://help.shop.example/sv-se/1/1")],
)
def test_an_own_address_of_the_knowledge_base_is_where_customers_read(
    editor: Editor, source: ZammadSource, zammad: Zammad, url: str, address: str, page: str
) -> None:
    editor.publish(sv="Retur: Ja.")
    zammad.base["custom_address"] = address
    article = next(source.changes(None))
    assert isinstance(article, Article) and article.url == page.format(url=url)


def test_tags_are_keywords(editor: Editor, source: ZammadSource, zammad: Zammad) -> None:
    number = editor.publish(sv="Retur: Ja.")
    zammad.answers[number]["tags"] = ["skicka tillbaka", "ångra"]
    article = next(source.changes(None))
    assert isinstance(article, Article) and article.keywords == ("skicka tillbaka", "ångra")


def test_of_two_translations_into_one_language_the_primary_one_stays(
    editor: Editor, source: ZammadSource, zammad: Zammad
) -> None:
    editor.publish(en="Colors: Red.", gb="Colours: Red.")
    zammad.primary = BRITISH
    article, failed, listing, _checkpoint = source.changes(None)
    assert isinstance(article, Article) and article.title == "Colours"
    assert isinstance(failed, Failed) and "two translations into en" in failed.reason
    assert listing == Listing(frozenset({"zammad:en/zammad-1"}))


def test_an_answer_without_text_fails_and_is_read_again(
    editor: Editor, source: ZammadSource, zammad: Zammad, store: Store
) -> None:
    editor.publish(sv="Tom: ")
    assert len(sync(store, source).failed) == 1
    zammad.contents[101]["body"] = "Nu med text."  # as if we could read it better tomorrow
    assert len(sync(store, source).new) == 1


def test_a_sync_that_breaks_off_keeps_what_it_had(
    editor: Editor, url: str, store: Store, zammad: Zammad
) -> None:
    for number in range(102):
        editor.publish(sv=f"Svar {number}: Text {number}.")
    source = ZammadSource(url, key=EDITOR)
    zammad.garbage["/answers/102"] = "<html>Log in</html>"
    with pytest.raises(SourceError):
        sync(store, source)
    assert len(store.articles()) == 100
    zammad.garbage.clear()
    zammad.bodies_read.clear()
    assert len(sync(store, source).new) == 2
    assert len(zammad.bodies_read) == 2


@pytest.mark.parametrize(
    ("ending", "garbage"),
    [
        ("/init", "<html>Log in</html>"),
        ("/init", {"KnowledgeBase": {"1": {"answer_ids": [1]}}}),
        ("/init", [1]),
        ("/signshow", {"collections": {}}),
        ("/answers/2", {"id": 2, "assets": {}}),
        ("/answers/2", "<html>Log in</html>"),
    ],
)
def test_garbage_half_way_is_an_error_and_changes_nothing(
    editor: Editor, source: ZammadSource, zammad: Zammad, store: Store, ending: str, garbage: Any
) -> None:
    editor.publish(sv="Retur: Ja.")
    sync(store, source)
    editor.rewrite(1, "Retur: Nej.")
    editor.publish(sv="Byte: Ja.")
    before = store.articles()
    zammad.garbage[ending] = garbage
    with pytest.raises(SourceError):
        sync(store, source)
    assert store.articles() == before


def test_a_locale_that_zammad_no_longer_offers_is_an_error(
    editor: Editor, source: ZammadSource, zammad: Zammad
) -> None:
    editor.publish(sv="Retur: Ja.")
    zammad.garbage["/signshow"] = {"collections": {"Locale": []}}
    with pytest.raises(SourceError, match="locale 31"):
        list(source.changes(None))


def test_a_wrong_token_and_one_without_rights_are_errors(url: str, editor: Editor) -> None:
    editor.publish(sv="Retur: Ja.")
    with pytest.raises(SourceError, match="key"):
        list(ZammadSource(url, key="wrong").changes(None))
    with pytest.raises(SourceError, match=r"knowledge_base\.reader"):
        list(ZammadSource(url, key=NOBODY).changes(None))


def test_a_damaged_cursor_is_an_error(source: ZammadSource) -> None:
    with pytest.raises(SourceError, match="full"):
        list(source.changes("[1, 2"))
