"""The help centre: functions that return its pages as HTML.

No script or style stands in the pages themselves: they work under
`Content-Security-Policy: default-src 'self'`. The files of `STATIC` are served at
`<prefix>/static/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kb_connector.answer import answer
from kb_connector.article import Article
from kb_connector.help_texts import CATEGORY_INTENTS, DEFAULT_LANG, OTHER, TEXTS, Texts
from kb_connector.knowledge_base import KnowledgeBase
from kb_connector.markdown import headings, parse, to_html
from kb_connector.search.index import Hit
from kb_connector.text import MAX_QUERY

STATIC = Path(__file__).with_name("static")
LANGUAGES = tuple(TEXTS)
_TEMPLATES = Path(__file__).with_name("templates")
_SNIPPET = 240  # characters
_RESULTS = 8
_RELATED = 4
_LEAST_HEADINGS = 3  # a page with fewer needs no table of contents


@dataclass(frozen=True)
class Site:
    """Where the help centre is, and whose.

    Attributes:
        name: the shop's name.
        prefix: path that all its pages are under.
        base_url: the host's address, as in `https://shop.example`; for the links to the other
            languages, which search engines want whole. Empty: links without a host.
        shop_url: where the shop's name in the head of the page leads.
        widget_url: the chat widget's script; None for pages without chat.
    """

    name: str
    prefix: str = "/help"
    base_url: str = ""
    shop_url: str = "/"
    widget_url: str | None = None

    def home(self, lang: str) -> str:
        """Path of a language's first page."""
        return f"{self.prefix}/{lang}/"

    def article(self, lang: str, slug: str, anchor: str = "") -> str:
        """Path of an article, or of a heading in it."""
        return f"{self.prefix}/{lang}/{quote(slug)}" + (f"#{anchor}" if anchor else "")

    def search(self, lang: str, query: str = "") -> str:
        """Path of a search page."""
        question = "?" + urlencode({"q": query}) if query else ""
        return f"{self.prefix}/{lang}/search{question}"


def home_page(base: KnowledgeBase, site: Site, lang: str) -> str:
    """The first page: search, and every public article by category."""
    articles = base.articles(lang)
    links = {code: site.home(code) for code in LANGUAGES}
    return _render("home.html", base, site, lang, links, categories=_by_category(articles, lang))


def article_page(base: KnowledgeBase, site: Site, lang: str, slug: str) -> str:
    """The page of a public article.

    Raises:
        ArticleNotFound: there is none in that language; see `not_found_page`.
    """
    article = base.article(lang, slug)
    translations = base.translations(slug)
    links = {code: site.article(code, slug) for code in LANGUAGES if code in translations}
    contents = [(text, anchor) for _, text, anchor in headings(parse(article.body_markdown))]
    return _render(
        "article.html",
        base,
        site,
        lang,
        links,
        article=article,
        category=_texts(lang).categories[category(article)],
        category_name=category(article),
        updated=_texts(lang).format_date(article.updated),
        # safe: made by our own renderer, with raw HTML off
        body=Markup(to_html(article.body_markdown)),  # noqa: S704
        contents=contents if len(contents) >= _LEAST_HEADINGS else [],
        related=_related(article, base.articles(lang)),
    )


def search_page(base: KnowledgeBase, site: Site, lang: str, query: str) -> str:
    """What a search finds; a page with only the search field when the query is empty."""
    query = " ".join(query.split())[:MAX_QUERY]
    hits = base.search(query, lang, limit=_RESULTS) if query else ()
    links = {code: site.search(code, query) for code in LANGUAGES}
    results = [(hit, _snippet(hit, query)) for hit in hits]
    return _render("search.html", base, site, lang, links, query=query, results=results)


def not_found_page(base: KnowledgeBase, site: Site, lang: str) -> str:
    """For an address that leads nowhere; to be sent with status 404."""
    links = {code: site.home(code) for code in LANGUAGES}
    return _render("not_found.html", base, site, lang, links)


def category(article: Article) -> str:
    """The category (see `CATEGORY_INTENTS`) that an article stands under."""
    for intent in article.intents:
        for name, intents in CATEGORY_INTENTS.items():
            if intent in intents:
                return name
    return OTHER


def _by_category(articles: Iterable[Article], lang: str) -> list[tuple[str, str, list[Article]]]:
    shelves: dict[str, list[Article]] = {name: [] for name in (*CATEGORY_INTENTS, OTHER)}
    for article in sorted(articles, key=lambda each: each.title.casefold()):
        shelves[category(article)].append(article)
    titles = _texts(lang).categories
    return [(name, titles[name], found) for name, found in shelves.items() if found]


def _related(article: Article, articles: Sequence[Article]) -> list[Article]:
    def closeness(other: Article) -> tuple[int, bool]:
        shared = len(set(article.intents) & set(other.intents))
        return shared, category(article) == category(other)

    others = [each for each in articles if each.id != article.id and any(closeness(each))]
    return sorted(others, key=closeness, reverse=True)[:_RELATED]


def _snippet(hit: Hit, query: str) -> Markup:
    # safe: as in article_page
    return Markup(to_html(answer(hit.passage, query, limit=_SNIPPET).text))  # noqa: S704


def _render(
    template: str,
    base: KnowledgeBase,
    site: Site,
    lang: str,
    links: dict[str, str],
    **values: object,
) -> str:
    """Fills a template; `links` are the same page in the languages that have it."""
    contact = next((each for each in base.articles(lang) if category(each) == "contact"), None)
    page = _environment().get_template(template)
    return page.render(
        site=site,
        lang=lang if lang in TEXTS else DEFAULT_LANG,
        t=_texts(lang),
        texts=TEXTS,
        links=links,
        default_lang=DEFAULT_LANG,
        contact=contact,
        **values,
    )


def _texts(lang: str) -> Texts:
    return TEXTS.get(lang, TEXTS[DEFAULT_LANG])


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
