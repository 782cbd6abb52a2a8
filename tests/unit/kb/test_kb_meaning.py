"""Search by meaning: other words, other languages, what was asked before."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.nlu.search_encoder import search_encoders
from kb_connector import KnowledgeBase, MarkdownSource, SearchIndex
from kb_connector.article import Article
from kb_connector.search import EarlierQuestion
from kb_connector.search.follow_up import with_what_it_follows

SHOP = Path(__file__).parents[3] / "data" / "kb"


@pytest.fixture(scope="module")
def shop() -> list[Article]:
    return [each for each in MarkdownSource(SHOP).changes(None) if isinstance(each, Article)]


@pytest.fixture(scope="module")
def index(shop: list[Article]) -> SearchIndex:
    return SearchIndex(shop, encoders=search_encoders())


@pytest.mark.parametrize(
    ("lang", "question", "slug"),
    [
        ("en", "the thing I got has a hole in it", "faulty-item"),
        ("en", "you took the money from my card two times", "double-charge"),
        ("sv", "ni har dragit pengar två gånger", "double-charge"),
        ("da", "jeg kan ikke huske mit kodeord", "reset-password"),
        ("nb", "når får jeg pengene tilbake", "refund-time"),
    ],
)
def test_other_words_with_the_same_meaning_find_the_article(
    index: SearchIndex, lang: str, question: str, slug: str
) -> None:
    found = [hit.article.slug for hit in index.search(question, lang)]
    assert slug in found
    assert {hit.lang for hit in index.search(question, lang)} == {lang}


def test_an_article_that_exists_in_english_only_is_found_in_other_languages(
    shop: list[Article],
) -> None:
    kept = [each for each in shop if each.lang == "en" or each.slug != "gift-cards"]
    index = SearchIndex(kept, encoders=search_encoders())
    for lang, question in (
        ("sv", "hur länge gäller ett presentkort"),
        ("da", "hvor længe gælder et gavekort"),
        ("nb", "hvor lenge er et gavekort gyldig"),
    ):
        hit = index.search(question, lang)[0]
        assert (hit.article.slug, hit.lang) == ("gift-cards", "en")


def test_a_translation_hides_the_article_in_other_languages(index: SearchIndex) -> None:
    hits = index.search("hur länge gäller ett presentkort", "sv", limit=50)
    assert [hit.lang for hit in hits if hit.article.slug == "gift-cards"] == ["sv"]


def test_a_question_asked_before_lifts_its_article_and_drowns_no_other(
    shop: list[Article],
) -> None:
    text = "is it possible to get the parcel quicker than usual"
    right = next(each for each in shop if (each.lang, each.slug) == ("en", "express-delivery"))
    without = SearchIndex(shop, encoders=search_encoders())
    helped = SearchIndex(
        shop, encoders=search_encoders(), asked=[EarlierQuestion(text, "en", right.id)] * 50
    )
    before = {hit.article.id: hit.score for hit in without.search(text, "en", limit=50)}
    after = {hit.article.id: hit.score for hit in helped.search(text, "en", limit=50)}
    assert after[right.id] > before[right.id]
    other = "how do I wash a wool sweater"
    assert [hit.article.id for hit in helped.search(other, "en")] == [
        hit.article.id for hit in without.search(other, "en")
    ]


def test_what_no_article_is_about_gets_an_orderly_no(index: SearchIndex) -> None:
    for lang, question in (
        ("en", "who won the football match yesterday"),
        ("sv", "vad heter huvudstaden i Peru"),
        ("da", "skriv et digt om havet"),
        ("nb", "hvordan blir været i morgen"),
    ):
        hits = index.search(question, lang)
        assert all(hit.confidence < index.ranking.answer_at for hit in hits), question


@pytest.mark.parametrize(
    "query",
    ["", "   ", "😀😀", "\x00\x07", "x" * 20_000, "'; DROP TABLE kb_articles; --",
     "<script>alert(1)</script>", "где мой заказ", "我的订单在哪里", "a" * 300 + " " + "b" * 300],
)  # fmt: skip
def test_any_query_gets_an_orderly_answer(index: SearchIndex, query: str) -> None:
    for lang in ("sv", "en", "xx"):
        assert all(0 <= hit.confidence <= 1 for hit in index.search(query, lang))


def test_only_changed_articles_are_prepared_anew(shop: list[Article]) -> None:
    first = SearchIndex(shop, encoders=search_encoders())
    changed = replace(shop[0], title="Something else entirely")
    second = SearchIndex([changed, *shop[1:]], encoders=search_encoders(), before=first)
    old = {each.article.id: each for each in first.shelves[changed.lang].prepared}
    new = {each.article.id: each for each in second.shelves[changed.lang].prepared}
    assert new[changed.id] is not old[changed.id]
    assert all(new[each] is old[each] for each in new if each != changed.id)
    found = second.search("something else entirely", changed.lang, audience="staff")
    assert found[0].article.id == changed.id


def test_a_follow_up_is_searched_with_what_it_follows(base: KnowledgeBase) -> None:
    alone = base.search("and what does it cost?", "en")
    following = base.search("and what does it cost?", "en", before="how do I return something")
    assert following[0].article.slug == "return-how"
    assert following[0].confidence >= max([hit.confidence for hit in alone], default=0)


def test_a_follow_up_gets_the_passage_about_what_is_new_in_it(index: SearchIndex) -> None:
    first, *_ = index.search("vad kostar frakten?", "sv")
    (hit, *_) = index.search("och till Norge?", "sv", before="vad kostar frakten?")
    assert hit.query == "vad kostar frakten? och till Norge?"
    assert (first.query, first.passage.heading) == ("vad kostar frakten?", "")
    assert hit.article.slug == "delivery-times-prices"
    assert "Norge" in hit.passage.text


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("hur skickar jag tillba", "return-how"),
        ("vad kostar leve", "delivery-times-prices"),
        ("glömt löse", "reset-password"),
        ("presentko", "gift-cards"),
    ],
)
def test_a_word_that_is_half_typed_is_guessed(
    connect: Callable[[], sa.engine.Engine], typed: str, slug: str
) -> None:
    base = KnowledgeBase(connect(), encoders=search_encoders())
    base.sync(MarkdownSource(SHOP))
    assert slug in [article.slug for article in base.suggest(typed, "sv")]
    assert base.suggest("vem vann fotbollsmatc", "sv") == ()


@pytest.mark.parametrize(
    ("query", "before", "lang", "searched"),
    [
        ("og til Norge?", "hvad koster fragten", "da", "hvad koster fragten og til Norge?"),
        ("och för presentkort?", "hur länge", "sv", "hur länge och för presentkort?"),
        ("hva med Danmark", "når kommer pakken", "nb", "når kommer pakken hva med Danmark"),
        ("and for Norway?", "", "en", "and for Norway?"),
        ("where is my parcel?", "what does it cost", "en", "where is my parcel?"),
        ("", "what does it cost", "en", ""),
    ],
)
def test_what_goes_on_from_the_question_before_is_told_by_its_opening(
    query: str, before: str, lang: str, searched: str
) -> None:
    assert with_what_it_follows(query, before, lang) == searched


def test_what_helped_a_customer_is_learned_while_it_runs_and_unlearned_when_it_no_longer_helps(
    tmp_path: Path,
) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'kb.db'}")
    base = KnowledgeBase(engine, encoders=search_encoders(), check_every=0.0, learn_every=0.0)
    base.sync(MarkdownSource(SHOP))
    text = "is it possible to get the parcel quicker than usual"
    right = "markdown:en/express-delivery"

    def lifted(wanted: bool) -> bool:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            hits = base.search(text, "en", limit=50)
            asked = next(hit.features["asked"] for hit in hits if hit.article.id == right)
            if (asked > 0.5) is wanted:
                return True
            time.sleep(0.05)
        return False

    assert lifted(False)
    base.record_feedback(text, right, "en", "opened")
    base.record_feedback(text, right, "en", "helped")
    assert lifted(True)
    base.record_feedback(text, right, "en", "asked_for_a_person")
    assert lifted(False)
    engine.dispose()
