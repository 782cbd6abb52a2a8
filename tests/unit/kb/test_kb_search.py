"""Search finds the right article, says how sure it is, and shows nobody what is not for them."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
from kb_articles import article

from kb_connector import Hit, KnowledgeBase, MarkdownSource, SearchIndex
from kb_connector.article import Article

SHOP = Path(__file__).parents[3] / "data" / "kb"


def slugs(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.article.slug for hit in hits]


@pytest.mark.parametrize(
    ("lang", "query", "slug"),
    [
        ("en", "where's my order NL-104823", "track-order"),
        ("en", "how do i send something back", "return-how"),
        ("en", "i forgot my pasword", "reset-password"),
        ("sv", "hur skickar man tillbaka", "return-how"),
        ("sv", "har en sen leverans", "track-order"),
        ("sv", "fraktkostnaderna", "delivery"),
        ("sv", "bestalningen", "track-order"),
        ("da", "hvor bliver min ordre af", "track-order"),
        ("da", "retunere", "return-how"),
        ("nb", "hvor er bestillinga mi", "track-order"),
        ("nb", "returnere", "return-how"),
    ],
)
def test_the_right_article_comes_first(
    base: KnowledgeBase, lang: str, query: str, slug: str
) -> None:
    assert slugs(base.search(query, lang))[:1] == [slug]


def test_a_part_of_a_compound_finds_the_compound(base: KnowledgeBase) -> None:
    assert slugs(base.search("vad är kostnaden", "sv"))[:1] == ["delivery"]


def test_the_very_words_of_a_title_find_it_though_they_say_little_each() -> None:
    pages = {
        "Where is my order?": "Follow it with the link.",
        "Changing an order": "Order, order, order: an order can be changed until it is packed.",
        "Cancel an order": "An order can be cancelled.",
    }
    articles = [
        dataclasses.replace(article(body), id=title, slug=title, lang="en", title=title)
        for title, body in pages.items()
    ]
    hits = SearchIndex(articles).search("Hi! where is my order NL-104823?", "en")
    assert slugs(hits)[0] == "Where is my order?"


def test_a_rare_word_chooses_the_passage_and_not_common_ones_beside_it() -> None:
    hours = article(
        "Vi svarar från nio till sex.\n\n"
        "## Besök\nSkriv vilken dag som passar, vilken vara och vilket paket det gäller.\n\n"
        "## Schweiz\nVi stänger klockan fyra."
    )
    others = [
        dataclasses.replace(
            article(f"Den dag ett paket packas läggs vara {n} överst."), id=f"m:sv/{n}", slug=str(n)
        )
        for n in range(6)
    ]
    found = SearchIndex([hours, *others]).hit("m:sv/x", "dag paket schweiz", "sv")
    assert found is not None and found.passage.heading == "Schweiz"


def test_the_passage_is_the_one_about_the_question(base: KnowledgeBase) -> None:
    hit = base.search("what does it cost to return", "en")[0]
    assert hit.passage.heading == "What does a return cost?"
    assert hit.passage.url == ("https://shop.example/help/en/return-how#what-does-a-return-cost")


def test_a_question_about_the_whole_article_gets_its_beginning(base: KnowledgeBase) -> None:
    for query in ("how do I return something", "send back", "return label"):
        hit = base.search(query, "en")[0]
        assert (hit.article.slug, hit.passage.heading) == ("return-how", "")


def test_a_matching_intent_lifts_an_article_and_its_confidence(base: KnowledgeBase) -> None:
    query = "parcel label"
    plain = {hit.article.slug: hit for hit in base.search(query, "en")}
    lifted = base.search(query, "en", topics=["order_status"])
    assert slugs(lifted)[0] == "track-order"
    assert lifted[0].confidence > plain["track-order"].confidence
    against = base.search(query, "en", topics=["reset_password"])
    assert {hit.article.slug: hit.confidence for hit in against}["track-order"] < lifted[
        0
    ].confidence


def test_an_intent_alone_finds_its_article(base: KnowledgeBase) -> None:
    assert slugs(base.search("???", "en", topics=["reset_password"])) == ["reset-password"]


def test_confidence_is_higher_for_a_clear_question_than_for_one_out_of_scope(
    base: KnowledgeBase,
) -> None:
    clear = base.search("forgotten my password, need a reset link", "en")[0]
    foreign = base.search("who won the football match on the radio yesterday", "en")
    assert clear.confidence > 0.7
    assert all(hit.confidence < 0.4 for hit in foreign)


def test_a_hit_other_than_the_first_is_less_likely(base: KnowledgeBase) -> None:
    hits = base.search("tracking link and return label", "en")
    assert len(hits) > 1
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 <= hit.confidence <= 1 for hit in hits)
    assert hits[0].confidence > hits[1].confidence


def test_customers_do_not_find_what_is_for_staff(base: KnowledgeBase) -> None:
    assert "agent-goodwill" not in slugs(base.search("goodwill voucher", "en", limit=10))
    found = base.search("goodwill voucher", "en", topics=["order_status"], limit=10)
    assert "agent-goodwill" not in slugs(found)
    assert slugs(base.search("goodwill voucher", "en", audience="staff"))[0] == "agent-goodwill"


def test_excluded_articles_and_those_past_the_limit_stay_away(base: KnowledgeBase) -> None:
    first = base.search("return label link parcel", "en", limit=1)
    assert len(first) == 1
    rest = base.search("return label link parcel", "en", exclude=[first[0].article.id])
    assert first[0].article.id not in [hit.article.id for hit in rest]
    assert rest
    assert base.search("return label", "en", limit=0) == ()


def test_a_language_without_articles_is_answered_in_english_and_says_so(
    base: KnowledgeBase,
) -> None:
    (hit, *_) = base.search("password reset", "de")
    assert (hit.article.slug, hit.lang) == ("reset-password", "en")


def test_an_article_only_for_staff_does_not_stop_the_way_to_english(base: KnowledgeBase) -> None:
    english = base.articles("en")
    staff = [a for a in base.articles("en", "staff") if a.audience == "staff"]
    german = Article(**(vars(staff[0]) | {"id": "x:de/a", "lang": "de"}))
    index = SearchIndex([*english, german])
    assert index.search("password", "de")[0].lang == "en"
    assert index.search("voucher", "de", audience="staff")[0].lang == "de"


@pytest.mark.parametrize("query", ["", "   ", "?", "😀" * 50, "x" * 100_000, "\x00", "a'b\"; --"])
def test_any_query_is_answered(base: KnowledgeBase, query: str) -> None:
    assert all(0 <= hit.confidence <= 1 for hit in base.search(query, "sv"))


def test_an_empty_knowledge_base_finds_nothing() -> None:
    assert SearchIndex([]).search("parcel", "en") == ()


def test_importing_loads_no_slow_library_and_prints_nothing() -> None:
    code = (
        "import sys, kb_connector, kb_connector.help_centre;"
        "assert not {'sklearn', 'scipy', 'bm25s', 'numba', 'rasa'} & set(sys.modules);"
        "assert not any(name.split('.')[0] == 'bot' for name in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("lang", ["en", "sv", "da", "nb"])
def test_every_article_of_the_demo_shop_is_found_by_its_own_title(lang: str) -> None:
    changes = MarkdownSource(SHOP).changes(None)
    articles = [each for each in changes if isinstance(each, Article) and each.lang == lang]
    assert articles
    index = SearchIndex(articles)
    lost = [
        each.slug
        for each in articles
        if each.intents and each.slug not in slugs(index.search(each.title, lang, audience="staff"))
    ]
    assert lost == []


@pytest.mark.parametrize("before", ["pass", "import jax.lax"])
def test_searching_does_not_start_jax_though_it_is_installed_beside_rasa(before: str) -> None:
    code = (
        f"import sys; {before}; from kb_connector.search.bm25 import load_bm25s;"
        "assert load_bm25s().BM25; from bm25s.selection import JAX_IS_AVAILABLE;"
        f"assert not JAX_IS_AVAILABLE; assert ('jax' in sys.modules) == ({before!r} != 'pass');"
        "import jax.lax; assert jax.lax.top_k"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
