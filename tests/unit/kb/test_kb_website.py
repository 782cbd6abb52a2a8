"""A website becomes articles: carefully fetched, only what may be read, only its own host."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from servers.loopback import Answer, Request, serving

from kb_connector.article import Article
from kb_connector.errors import SourceError
from kb_connector.sources.website import WebsiteSource
from kb_connector.store import Store
from kb_connector.sync import sync

Connect = Callable[[], sa.engine.Engine]
TEXT = "Here is what customers want to know, told in some sentences that are long enough. " * 3


def page(title: str, text: str = TEXT, *, head: str = "", lang: str = "en") -> str:
    """A page with navigation round its text."""
    return (
        f"<!doctype html><html lang={lang}><head><title>{title} | Shop</title>{head}</head><body>"
        f"<nav><a href='/'>Home</a></nav><main><h1>{title}</h1><p>{text}</p></main>"
        "<footer>Cookies</footer></body></html>"
    )


class Website:
    """Pages by path; what was asked for is kept."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[Request] = []
        self.url = ""

    def put(self, path: str, body: Any, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Answer(body, status, named)

    def answer(self, request: Request) -> Answer:
        self.asked.append(request)
        found = self.pages.get(request.path, Answer("not here", 404))
        tag = found.headers.get("ETag")
        if tag and request.headers.get("if-none-match") == tag:
            return Answer("", 304, {"ETag": tag})
        return found

    def paths(self) -> list[str]:
        return [request.path for request in self.asked if request.path != "/robots.txt"]


@pytest.fixture
def site() -> Iterator[Website]:
    website = Website()
    with serving(website.answer) as url:
        website.url = url
        yield website


@pytest.fixture
def store(connect: Connect) -> Store:
    made = Store(connect())
    made.create_all()
    return made


def source(site: Website, path: str = "/", **options: Any) -> WebsiteSource:
    return WebsiteSource(f"{site.url}{path}", **{"allow_private": True, **options})


def titles(store: Store) -> list[str]:
    return sorted(article.title for article in store.articles())


def sitemap(site: Website, **lastmod: str) -> str:
    entries = (
        f"<url><loc>{site.url}/{name}</loc><lastmod>{day}</lastmod></url>"
        for name, day in lastmod.items()
    )
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f"<?xml version='1.0'?><urlset xmlns='{space}'>{''.join(entries)}</urlset>"


def test_a_site_is_read_by_its_links_on_its_own_host_only(site: Website, store: Store) -> None:
    links = (
        "<a href='/a'>A</a><a href='b.html#part'>B</a><a href='https://elsewhere.example/c'>C</a>"
        "<a href='mailto:x@y.se'>mail</a><a href='/photo.png'>photo</a>"
    )
    site.put("/", page("Help", TEXT + links))
    site.put(
        "/a", page("About returns", TEXT + "<a href='/a'>again</a><a href='/index.html'>x</a>")
    )
    site.put("/b.html", page("Om frakt", lang="sv-SE"))
    site.put("/photo.png", b"\x89PNG", Content_Type="image/png")
    sync(store, source(site))
    found = {article.title: article for article in store.articles()}
    assert set(found) == {"Help", "About returns", "Om frakt"}
    assert found["Om frakt"].lang == "sv"
    assert found["Om frakt"].url == f"{site.url}/b.html"
    assert found["Om frakt"].slug == "website-b"
    assert "Cookies" not in found["Help"].body_markdown
    assert "Home" not in found["Help"].body_markdown
    assert site.paths().count("/a") == 1


def test_a_sitemap_and_its_parts_say_what_there_is_and_what_changed(
    site: Website, store: Store
) -> None:
    index = (
        "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>"
        f"{site.url}/part.xml.gz</loc></sitemap></sitemapindex>"
    )
    site.put("/sitemap.xml", index, Content_Type="application/xml")
    site.put("/part.xml.gz", gzip.compress(sitemap(site, a="2026-03-01", b="2026-03-02").encode()))
    site.put("/a", page("A page"))
    site.put("/b", page("B page"))
    sync(store, source(site, "/sitemap.xml"))
    assert [str(article.updated) for article in store.articles()] == ["2026-03-01", "2026-03-02"]
    site.asked.clear()
    site.put("/part.xml.gz", gzip.compress(sitemap(site, a="2026-03-09").encode()))
    site.put("/a", page("A page, renewed"))
    summary = sync(store, source(site, "/sitemap.xml"), allow_removal=True)
    assert (summary.changed, summary.removed) == (
        ["website:en/website-a"],
        ["website:en/website-b"],
    )
    assert "/b" not in site.paths()


def test_pages_that_have_not_changed_cost_a_304(site: Website, store: Store) -> None:
    site.put("/", page("Help", TEXT + "<a href='/a'>A</a>"), ETag='"1"')
    site.put("/a", page("About"), ETag='"1"')
    assert len(sync(store, source(site)).new) == 2
    assert len(sync(store, source(site)).changed) == 0
    site.put("/a", page("About, renewed"), ETag='"2"')
    assert sync(store, source(site)).changed == ["website:en/website-a"]
    assert titles(store) == ["About, renewed", "Help"]


def test_a_page_that_is_gone_goes(site: Website, store: Store) -> None:
    site.put("/", page("Help", TEXT + "<a href='/a'>A</a>"))
    site.put("/a", page("About"))
    sync(store, source(site))
    site.put("/a", "gone", 410)
    assert sync(store, source(site)).removed == ["website:en/website-a"]


def test_robots_are_kept_to_and_pages_that_hide_stay_hidden(site: Website, store: Store) -> None:
    links = "".join(f"<a href='/{name}'>x</a>" for name in ("open", "secret/x", "hidden", "copy"))
    site.put("/", page("Help", TEXT + links))
    site.put("/robots.txt", "User-agent: *\nDisallow: /secret/\n", Content_Type="text/plain")
    site.put("/open", page("Open"))
    site.put("/secret/x", page("Secret"))
    site.put("/hidden", page("Hidden", head="<meta name=robots content='noindex, follow'>"))
    site.put("/copy", page("Copy", head="<link rel=canonical href='/open'>"))
    sync(store, source(site))
    assert titles(store) == ["Help", "Open"]
    assert "/secret/x" not in site.paths()


def test_a_robots_txt_that_fails_stops_the_sync(site: Website, store: Store) -> None:
    site.put("/robots.txt", "", 503)
    with pytest.raises(SourceError, match=r"robots\.txt answers with status 503"):
        sync(store, source(site))


def test_translations_are_one_article(site: Website, store: Store) -> None:
    both = (
        "<link rel=alternate hreflang=en href='/en/r'><link rel=alternate hreflang=no href='/no/r'>"
    )
    site.put("/en/r", page("Returns", TEXT + "<a href='/no/r'>no</a>", head=both))
    site.put("/no/r", page("Retur", head=both, lang="no"))
    sync(store, source(site, "/en/r"))
    assert [(each.lang, each.slug) for each in store.articles()] == [
        ("en", "website-en-r"),
        ("nb", "website-en-r"),
    ]


def test_one_bad_page_is_named_and_keeps_its_old_version(site: Website, store: Store) -> None:
    links = "".join(f"<a href='/{name}'>x</a>" for name in ("a", "b", "round", "large", "away"))
    site.put("/", page("Help", TEXT + links))
    for name in ("a", "b"):
        site.put(f"/{name}", page(f"Page {name}"))
    sync(store, source(site))
    site.put("/a", "down", 500)
    site.put("/round", "", 302, Location="/round2")
    site.put("/round2", "", 302, Location="/round")
    site.put("/large", "x" * 5_100_000)
    site.put("/away", "", 302, Location="https://elsewhere.example/")
    site.put("/c", page("More"))
    with pytest.raises(SourceError, match="seems to be broken"):
        sync(store, source(site))
    for name in "cdefgh":
        links += f"<a href='/{name}'>x</a>"
        site.put(f"/{name}", page(f"Page {name}"))
    site.put("/", page("Help", TEXT + links))
    summary = sync(store, source(site))
    reasons = " ".join(failed.reason for failed in summary.failed)
    for part in ("status 500", "round in a circle", "more than 5,000,000", "another site"):
        assert part in reasons
    assert "Page a" in titles(store)
    assert summary.removed == []


def test_addresses_that_are_none_are_passed_over(site: Website, store: Store) -> None:
    links = "<a href='http://[x'>a</a><a href='http://h:port/'>b</a><a href='/a'>c</a>"
    site.put("/", page("Help", TEXT + links, head="<link rel=canonical href='http://[x'>"))
    site.put("/a", "", 302, Location="http://[x")
    summary = sync(store, source(site))
    assert titles(store) == ["Help"]
    assert "no web address" in summary.failed[0].reason
    for address in ("http://[x", "http://h:port/", "http://"):
        with pytest.raises(SourceError, match="no web address"):
            WebsiteSource(address)


def test_a_site_that_is_down_changes_nothing(site: Website, store: Store) -> None:
    site.put("/", page("Help"))
    sync(store, source(site))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    gone = WebsiteSource(f"http://127.0.0.1:{port}/", allow_private=True)
    with pytest.raises(SourceError, match="cannot be reached"):
        sync(store, gone)
    assert titles(store) == ["Help"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "169.254.169.254"])
def test_private_addresses_are_refused_whatever_name_they_have(host: str, store: Store) -> None:
    with pytest.raises(SourceError, match=r"private address|no host"):
        sync(store, WebsiteSource(f"http://{host}:9/"))


def test_a_name_that_answers_differently_the_second_time_gains_nothing(
    site: Website, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = iter(["93.184.216.34", "127.0.0.1"])
    asked: list[str] = []

    def resolve(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(given, "127.0.0.1"), 0))]

    monkeypatch.setattr("kb_connector.sources.web.fetch.socket.getaddrinfo", resolve)
    with pytest.raises(SourceError, match=r"cannot be reached|private address"):
        sync(store, WebsiteSource(site.url.replace("127.0.0.1", "rebind.example")))
    assert site.asked == []


def test_only_the_wanted_parts_are_read_and_no_more_than_allowed(
    site: Website, store: Store
) -> None:
    links = "".join(f"<a href='/help/{n}'>x</a>" for n in range(9)) + "<a href='/news/1'>x</a>"
    site.put("/help/", page("Help", TEXT + links))
    site.put("/news/1", page("News"))
    for number in range(9):
        site.put(f"/help/{number}", page(f"Page {number}"))
    sync(store, source(site, "/help/", include=["/help/"], exclude=["/help/8"], max_pages=5))
    assert len(store.articles()) == 5
    assert "News" not in titles(store)


def test_a_page_without_a_marked_main_part_gives_its_text(site: Website, store: Store) -> None:
    site.put(
        "/",
        "<html lang=en><head><title>Opening hours - Shop</title></head><body><div class=menu>"
        f"<a href=/x>Menu</a></div><div class=content><h2>When</h2><p>{TEXT}</p><ul><li>Monday 9-17"
        f"</li><li>Sunday closed</li></ul><p>{TEXT}</p></div></body></html>",
    )
    sync(store, source(site))
    (article,) = store.articles()
    assert isinstance(article, Article)
    assert article.title == "Opening hours"
    assert "Monday 9-17" in article.body_markdown
