"""The help centre's pages: whole, safe, in four languages, for the public only."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from kb_articles import write_page

from kb_connector import KnowledgeBase, MarkdownSource
from kb_connector.errors import ArticleNotFound
from kb_connector.help_centre import (
    LANGUAGES,
    STATIC,
    Site,
    article_page,
    home_page,
    not_found_page,
    search_page,
)
from kb_connector.help_texts import TEXTS

SITE = Site("Nordlys", base_url="https://shop.example")
VOID = {"meta", "link", "input", "br", "hr", "img", "path", "rect", "circle"}


class Page(HTMLParser):
    """Parses a page; refuses tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attrs
            for name, attrs in self.tags
            if name == tag and all(attrs.get(key) == value for key, value in wanted.items())
        ]


def pages(base: KnowledgeBase, lang: str) -> dict[str, str]:
    return {
        "home": home_page(base, SITE, lang),
        "article": article_page(base, SITE, lang, "track-order"),
        "found": search_page(base, SITE, lang, "retur return"),
        "nothing": search_page(base, SITE, lang, "qqqq"),
        "ask": search_page(base, SITE, lang, ""),
        "lost": not_found_page(base, SITE, lang),
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_is_well_formed_and_accessible(base: KnowledgeBase, lang: str) -> None:
    for name, html in pages(base, lang).items():
        page = Page(html)
        assert page.all("html", lang=lang), name
        assert len(page.all("h1")) == 1, name
        assert len(page.all("main")) == 1, name
        assert page.all("a", href="#main"), name
        (field,) = page.all("input")
        assert page.all("label", **{"for": field["id"] or ""}), name
        ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
        assert len(ids) == len(set(ids)), name
        for _, attrs in page.tags:
            assert set((attrs.get("aria-labelledby") or "").split()) <= set(ids), name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_page_has_script_or_style_of_its_own(base: KnowledgeBase, lang: str) -> None:
    for html in pages(base, lang).values():
        page = Page(html)
        assert not page.all("style")
        assert not page.all("script")
        assert not [attrs for _, attrs in page.tags if "style" in attrs]
        assert not [key for _, attrs in page.tags for key in attrs if key.startswith("on")]


def test_the_chat_is_there_when_it_has_an_address(base: KnowledgeBase) -> None:
    site = dataclasses.replace(SITE, widget_url="/chat/widget.js")
    html = article_page(base, site, "da", "track-order")
    assert '<script src="/chat/widget.js" data-lang="da" defer></script>' in html
    assert TEXTS["da"].more_help_chat in html


def test_the_language_switch_leads_to_the_same_article(base: KnowledgeBase) -> None:
    page = Page(article_page(base, SITE, "sv", "delivery"))
    assert page.all(
        "link", rel="alternate", hreflang="sv", href="https://shop.example/help/sv/delivery"
    )
    assert not page.all("link", hreflang="da"), "there is no Danish translation"
    assert page.all("a", hreflang="da", href="/help/da/"), "so the switch leads to the first page"
    assert page.all("a", hreflang="sv", **{"aria-current": "true"})
    translated = Page(article_page(base, SITE, "sv", "track-order"))
    assert translated.all("a", hreflang="nb", href="/help/nb/track-order", lang="nb")
    assert translated.all("link", hreflang="x-default")


def test_every_link_within_the_help_centre_leads_somewhere(base: KnowledgeBase) -> None:
    known = {f"/help/{lang}/{path}" for lang in LANGUAGES for path in ("", "search")}
    known |= {
        f"/help/{each.lang}/{each.slug}" for lang in LANGUAGES for each in base.articles(lang)
    }
    for lang in LANGUAGES:
        for html in pages(base, lang).values():
            for link in Page(html).all("a"):
                target = re.split("[#?]", link["href"] or "")[0]
                assert not target.startswith("/help") or target in known, link


def test_static_files_that_pages_name_exist(base: KnowledgeBase) -> None:
    for link in Page(home_page(base, SITE, "en")).all("link"):
        href = link["href"] or ""
        if "/static/" in href:
            assert (STATIC / href.rsplit("/", 1)[1]).is_file(), href


def test_the_prefix_is_that_of_the_site(base: KnowledgeBase) -> None:
    html = home_page(base, Site("X", prefix="/hjalp"), "sv")
    assert '"/help/' not in html
    assert 'href="/hjalp/sv/track-order"' in html


def test_articles_stand_under_their_categories(base: KnowledgeBase) -> None:
    html = home_page(base, SITE, "sv")
    assert html.index("Din beställning") < html.index("Var är min beställning?")
    assert html.index(">Leverans<") < html.index("Vad kostar frakten?")


def test_an_article_shows_its_date_text_and_anchors(base: KnowledgeBase) -> None:
    html = article_page(base, SITE, "sv", "track-order")
    assert '<time datetime="2026-09-14">Uppdaterad 14 september 2026</time>' in html
    assert '<h2 id="lanken-visar-inget">' in html


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("en", "3 May 2026"), ("sv", "3 maj 2026"), ("da", "3. maj 2026"), ("nb", "3. mai 2026")],
)
def test_dates_are_written_as_in_the_language(lang: str, expected: str) -> None:
    assert TEXTS[lang].format_date(dt.date(2026, 5, 3)) == expected


def test_what_is_for_staff_is_on_no_page(base: KnowledgeBase) -> None:
    assert "agent-goodwill" not in home_page(base, SITE, "en")
    assert "agent-goodwill" not in search_page(base, SITE, "en", "goodwill voucher")
    assert "agent-goodwill" not in article_page(base, SITE, "en", "track-order")
    with pytest.raises(ArticleNotFound):
        article_page(base, SITE, "en", "agent-goodwill")


def test_search_results_link_to_the_very_passage(base: KnowledgeBase) -> None:
    html = search_page(base, SITE, "en", "cost of a return")
    assert 'href="/help/en/return-how#what-does-a-return-cost"' in html
    assert "A return costs 5 EUR" in html


def test_what_a_customer_types_is_shown_as_text(base: KnowledgeBase) -> None:
    html = search_page(base, SITE, "en", '"><script>alert(1)</script> {query} {{ 7*7 }}')
    assert "<script>" not in html
    assert "{query} {{ 7*7 }}" in html
    Page(html)


def test_html_and_script_links_in_an_article_stay_text(base: KnowledgeBase, folder: Path) -> None:
    body = "<img src=x onerror=alert(1)> [a](javascript:alert(1))"
    write_page(folder, "en/bad", ("<b>Bold</b>", "[]", "[]", body))
    base.sync(MarkdownSource(folder))
    page = Page(article_page(base, SITE, "en", "bad"))
    assert not page.all("img")
    assert not page.all("b")
    assert not [link for link in page.all("a") if "javascript" in (link["href"] or "")]


def test_a_language_that_the_help_centre_does_not_speak_gets_english(base: KnowledgeBase) -> None:
    assert Page(home_page(base, SITE, "de")).all("html", lang="en")


def test_every_language_has_every_text() -> None:
    english = TEXTS["en"]
    for lang, texts in TEXTS.items():
        assert set(texts.categories) == set(english.categories)
        assert len(texts.months.split()) == 12
        for field in dataclasses.fields(texts):
            value, original = getattr(texts, field.name), getattr(english, field.name)
            assert value, (lang, field.name)
            if isinstance(value, str) and field.name != "date":
                names = re.findall(r"{(\w+)}", value)
                assert sorted(names) == sorted(re.findall(r"{(\w+)}", original)), field.name


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("text", ["ink", "soft", "link", "link-strong"])
@pytest.mark.parametrize("ground", ["paper", "snow"])
def test_text_has_contrast(text: str, ground: str) -> None:
    colours = dict(
        re.findall(r"--([\w-]+): (#[0-9a-f]{6})", (STATIC / "help.css").read_text("utf-8"))
    )
    light, dark = _luminance(colours[ground]), _luminance(colours[text])
    assert (light + 0.05) / (dark + 0.05) >= 4.5
