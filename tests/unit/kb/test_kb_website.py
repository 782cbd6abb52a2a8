"""A website becomes articles: what is read, what changes, what goes, what stays."""

from __future__ import annotations

import datetime as dt
import gzip
import socket
from collections.abc import Iterator

import pytest
from servers.website import MAP_SPACE, TEXT, Website, links, page, website

from kb_connector.article import Listing
from kb_connector.errors import SourceError
from kb_connector.sources import website as module
from kb_connector.sources.website import WebsiteSource
from kb_connector.store import Store
from kb_connector.sync import sync


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as made:
        yield made


def titles(store: Store) -> list[str]:
    return sorted(article.title for article in store.articles())


def test_a_site_is_read_by_its_links_on_its_own_host_only(site: Website, store: Store) -> None:
    site.put("/", page("Help", links("/a", "b.html#part", "https://elsewhere.example/c")))
    site.put("/a", page("About returns", links("/a", "/index.html", "mailto:x@y.se", "/?page=2")))
    site.put("/b.html", page("Om frakt", lang="sv-SE"))
    sync(store, site.source())
    found = {article.title: article for article in store.articles()}
    assert set(found) == {"Help", "About returns", "Om frakt"}
    assert found["Om frakt"].lang == "sv"
    assert found["Om frakt"].url == f"{site.url}/b.html"
    assert found["Om frakt"].slug == "website-b"
    assert "Cookies" not in found["Help"].body_markdown
    assert "Home" not in found["Help"].body_markdown
    assert site.paths().count("/a") == 1


def test_only_pages_are_read(site: Website, store: Store) -> None:
    site.put("/", page("Help", links("/photo.png", "/manual", "/list.PDF")))
    site.put("/manual", b"%PDF" * 1_500_000, content_type="application/pdf")
    assert sync(store, site.source()).failed == []
    assert titles(store) == ["Help"]
    assert set(site.paths()) == {"/", "/manual"}


def test_a_sitemap_and_its_parts_say_what_there_is_and_what_changed(
    site: Website, store: Store
) -> None:
    index = (
        f"<sitemapindex xmlns='{MAP_SPACE}'><sitemap><loc>"
        f"{site.url}/part.xml.gz</loc></sitemap></sitemapindex>"
    )
    site.put("/sitemap.xml", index, content_type="application/xml")
    site.put("/part.xml.gz", gzip.compress(site.sitemap(a="2026-03-01", b="2026-03-02").encode()))
    site.put("/a", page("A page"))
    site.put("/b", page("B page"))
    sync(store, site.source("/sitemap.xml"))
    assert [str(article.updated) for article in store.articles()] == ["2026-03-01", "2026-03-02"]
    site.asked.clear()
    site.put("/part.xml.gz", gzip.compress(site.sitemap(a="2026-03-09").encode()))
    site.put("/a", page("A page, renewed"))
    summary = sync(store, site.source("/sitemap.xml"), allow_removal=True)
    assert (summary.changed, summary.removed) == (
        ["website:en/website-a"],
        ["website:en/website-b"],
    )
    assert "/b" not in site.paths()


def test_queries_are_kept_where_a_sitemap_names_them(site: Website, store: Store) -> None:
    locs = "".join(f"<url><loc>{site.url}/a?id={n}</loc></url>" for n in (1, 2))
    site.put("/map.xml", f"<urlset xmlns='{MAP_SPACE}'>{locs}</urlset>", content_type="text/xml")
    site.put("/a", page("Answer"))
    sync(store, site.source("/map.xml"))
    assert [each.slug for each in store.articles()] == ["website-a-id-1", "website-a-id-2"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "<urlset><url><loc>https://www.shop.example/a</loc></url></urlset>",
            "as https://www.shop",
        ),
        ("<urlset></urlset>", "names no page"),
        ("<urlset><url>", "is no sitemap"),
        ("<html><body>Back soon</body></html>", "a page instead of a sitemap"),
        (b"\x1f\x8b broken", "cannot be unpacked"),
    ],
)
def test_a_sitemap_that_says_nothing_of_the_site_stops_the_sync(
    site: Website, store: Store, body: str | bytes, said: str
) -> None:
    site.put("/map.xml", body, content_type="text/html")
    with pytest.raises(SourceError, match=said):
        sync(store, site.source("/map.xml"))


def test_pages_that_have_not_changed_cost_a_304(site: Website, store: Store) -> None:
    site.put("/", page("Help", links("/a")), etag='"1"')
    site.put("/a", page("About"), etag='"1"')
    assert len(sync(store, site.source()).new) == 2
    assert len(sync(store, site.source()).changed) == 0
    site.put("/a", page("About, renewed"), etag='"2"')
    assert sync(store, site.source()).changed == ["website:en/website-a"]
    assert titles(store) == ["About, renewed", "Help"]


def test_a_page_sent_anew_with_the_same_text_has_not_changed(
    site: Website, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put("/", page("Help"))
    sync(store, site.source())

    class Later(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Later:
            return cls(2099, 1, 1, tzinfo=tz)

    monkeypatch.setattr(module.dt, "datetime", Later)
    assert sync(store, site.source()).changed == []
    site.put("/", page("Help", TEXT + "And more."))
    assert sync(store, site.source()).changed == ["website:en/website-home"]
    assert str(store.articles()[0].updated) == "2099-01-01"


def test_a_page_that_is_gone_goes(site: Website, store: Store) -> None:
    site.put("/", page("Help", links("/a", "/b")))
    site.put("/a", page("About"))
    site.put("/b", page("Bikes"))
    sync(store, site.source())
    site.put("/a", "gone", 410)
    assert sync(store, site.source()).removed == ["website:en/website-a"]
    site.put("/", page("Help"))
    assert sync(store, site.source()).removed == ["website:en/website-b"]


def test_robots_are_kept_to_and_pages_that_hide_stay_hidden(site: Website, store: Store) -> None:
    site.put("/", page("Help", links("/open", "/secret/x", "/hidden", "/told", "/copy", "/deep")))
    site.put("/robots.txt", "User-agent: svara-kb\nDisallow: /secret/\n", content_type="text/plain")
    site.put("/open", page("Open"))
    site.put("/secret/x", page("Secret"))
    site.put("/hidden", page("Hidden", head="<meta name=robots content='noindex, follow'>"))
    site.put("/told", page("Told"), x_robots_tag="otherbot: nofollow, svara-kb: noindex")
    site.put("/copy", page("Copy", head="<link rel=canonical href='/open'>"))
    site.put("/deep", page("Deep", links("/deeper"), head="<meta name=robots content=nofollow>"))
    site.put("/deeper", page("Deeper"))
    sync(store, site.source())
    assert titles(store) == ["Deep", "Help", "Open"]
    assert "/secret/x" not in site.paths()
    assert {request.headers["user-agent"] for request in site.asked} == {"Svara-kb/1.0"}


def test_a_site_that_wants_time_between_pages_gets_it(
    site: Website, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(module.time, "sleep", waited.append)
    site.put("/", page("Help", links("/a", "/b")))
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 3\n")
    sync(store, site.source())
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 3600\n")
    sync(store, site.source())
    assert waited == [3.0, 3.0, 10.0, 10.0]


@pytest.mark.parametrize(
    ("body", "status", "headers", "said"),
    [
        ("", 503, {}, r"robots\.txt answers with status 503"),
        ("x" * 5_100_000, 200, {}, r"robots\.txt cannot be read"),
        ("User-agent: *\nDisallow: /", 200, {}, r"robots\.txt does not let us read"),
    ],
)
def test_a_robots_txt_that_fails_or_forbids_stops_the_sync(
    site: Website, store: Store, body: str, status: int, headers: dict[str, str], said: str
) -> None:
    site.put("/", page("Help"))
    site.put("/robots.txt", body, status, **headers)
    with pytest.raises(SourceError, match=said):
        sync(store, site.source())
    assert site.paths() == []


@pytest.mark.parametrize(("status", "headers"), [(404, {}), (403, {}), (302, {"location": "/r"})])
def test_where_robots_txt_is_not_to_be_had_all_may_be_read(
    site: Website, store: Store, status: int, headers: dict[str, str]
) -> None:
    site.put("/", page("Help"))
    site.put("/robots.txt", "User-agent: *\nDisallow: /", status, **headers)
    site.put("/r", "", 302, location="/robots.txt")
    sync(store, site.source())
    assert titles(store) == ["Help"]


def test_robots_txt_is_asked_before_a_redirect_is_followed(site: Website, store: Store) -> None:
    site.put("/", page("Help", links("/a", "/b", "/c")))
    for name in "abc":
        site.put(f"/{name}", page(f"Page {name}"))
    sync(store, site.source())
    site.put("/robots.txt", "User-agent: *\nDisallow: /secret\n")
    site.put("/a", "", 302, location="/hop")
    site.put("/hop", "", 302, location="/secret/a")
    site.put("/secret/a", page("Secret"))
    for full in (False, True):
        summary = sync(store, site.source(), full=full)
        assert [(failed.id, failed.reason) for failed in summary.failed] == [
            (
                f"{site.url}/a" if full else "website:en/website-a",
                f"{site.url}/a: it leads to {site.url}/secret/a, which robots.txt does not let us "
                "read.",
            )
        ]
        assert titles(store) == ["Help", "Page a", "Page b", "Page c"]
    site.put("/", "", 302, location="/secret/a")
    with pytest.raises(SourceError, match=r"secret/a, which robots\.txt does not let us read"):
        sync(store, site.source())
    index = f"<sitemapindex><sitemap><loc>{site.url}/part.xml</loc></sitemap></sitemapindex>"
    site.put("/map.xml", index, content_type="text/xml")
    site.put("/part.xml", "", 302, location="/secret/a")
    with pytest.raises(SourceError, match=r"secret/a, which robots\.txt does not let us read"):
        sync(store, site.source("/map.xml"))
    assert "/hop" in site.paths()
    assert "/secret/a" not in site.paths()


def test_translations_are_one_article(site: Website, store: Store) -> None:
    both = (
        "<link rel=alternate hreflang=en href='/en/r'><link rel=alternate hreflang=no href='/no/r'>"
    )
    site.put("/en/r", page("Returns", links("/no/r", "/en/x"), head=both))
    site.put("/no/r", page("Retur", head=both, lang="no"))
    site.put("/en/x", page("Its template names another page's translations", head=both))
    sync(store, site.source("/en/r"))
    assert [(each.lang, each.slug) for each in store.articles()] == [
        ("en", "website-en-r"),
        ("en", "website-en-x"),
        ("nb", "website-en-r"),
    ]


def test_no_two_pages_share_a_name_and_each_keeps_its_own(site: Website, store: Store) -> None:
    site.put("/", page("Help", links("/a/b", "/a-b", "/%D0%BF", "/" + "x" * 300)))
    for path in ("/a/b", "/a-b", "/%D0%BF", "/" + "x" * 300):
        site.put(path, page(f"Page {path[:9]}"))
    sync(store, site.source())
    before = {each.url: each.slug for each in store.articles()}
    assert len(set(before.values())) == 5
    assert before[f"{site.url}/a/b"] == "website-a-b"
    assert all(len(slug) < 130 for slug in before.values())
    site.put("/", page("Help", links("/a-b", "/a/b")))
    site.put("/a/b", page("Renewed"))
    sync(store, site.source())
    after = {each.url: each.slug for each in store.articles()}
    assert after.items() <= before.items()


def test_a_page_that_has_moved_is_one_article_at_its_new_address(
    site: Website, store: Store
) -> None:
    site.put("/", page("Help", links("/old", "/round/", "/alias")))
    site.put("/old", "", 301, location="/new")
    site.put("/new", page("New"))
    site.put("/alias", page("Alias", head="<link rel=canonical href='/real'>"))
    site.put("/real", page("Real"))
    # the page calls itself by an address that leads back to it
    site.put("/round/", page("Round", head="<link rel=canonical href='/round'>"))
    site.put("/round", "", 301, location="/round/")
    for _ in range(2):
        sync(store, site.source())
        assert {each.title: each.url for each in store.articles()} == {
            "Help": f"{site.url}/",
            "New": f"{site.url}/new",
            "Real": f"{site.url}/real",
            "Round": f"{site.url}/round/",
        }


def test_a_site_read_at_another_address_than_its_public_one_is_read(
    site: Website, store: Store
) -> None:
    site.put("/", page("Help", head="<link rel=canonical href='https://help.example/'>"))
    sync(store, site.source())
    assert titles(store) == ["Help"]


def test_one_bad_page_is_named_and_keeps_its_old_version(site: Website, store: Store) -> None:
    good = [f"/{name}" for name in "abcdefgh"]
    site.put("/", page("Help", links(*good)))
    for path in good:
        site.put(path, page(f"Page {path}"))
    sync(store, site.source())
    site.put("/", page("Help", links(*good, "/round", "/large", "/away", "/packed")))
    site.put("/a", "down", 500)
    site.put("/round", "", 302, location="/round2")
    site.put("/round2", "", 302, location="/round")
    site.put("/large", "x" * 5_100_000)
    site.put("/packed", gzip.compress(b"x" * 5_100_000), content_encoding="gzip")
    site.put("/away", "", 302, location="https://elsewhere.example/")
    for full in (False, True):
        summary = sync(store, site.source(), full=full)
        reasons = {failed.reason for failed in summary.failed}
        assert reasons == {
            f"{site.url}/a: it answers with status 500.",
            f"{site.url}/round: its redirects go round in a circle, or never end.",
            f"{site.url}/large: it has more than 5,000,000 bytes.",
            f"{site.url}/packed: it has more than 5,000,000 bytes.",
            f"{site.url}/away: it leads to another site, https://elsewhere.example/.",
        }
        assert "Page /a" in titles(store)
        assert summary.removed == []
    site.put("/a", page("Mended"))
    assert sync(store, site.source()).changed == ["website:en/website-a"]


def test_addresses_that_are_none_are_passed_over(site: Website, store: Store) -> None:
    bad = "<link rel=canonical href='http://[x'><base href='http://h:port/'>"
    site.put("/", page("Help", links("http://[x", "http://h:port/", "/a"), head=bad))
    site.put("/a", "", 302, location="http://[x")
    summary = sync(store, site.source())
    assert titles(store) == ["Help"]
    assert "no web address" in summary.failed[0].reason
    for address in ("http://[x", "http://h:port/", "http://", "ftp://h/", "https://me:secret@h/"):
        with pytest.raises(SourceError, match="no web address") as refused:
            WebsiteSource(address)
        assert "secret" not in str(refused.value)


def test_a_site_that_is_down_or_broken_changes_nothing(site: Website, store: Store) -> None:
    paths = [f"/{number}" for number in range(12)]
    site.put("/", page("Help", links(*paths)))
    for path in paths:
        site.put(path, page(f"Page {path}"))
    sync(store, site.source())
    before = store.articles()
    for path in paths:
        site.put(path, "", 500)
    with pytest.raises(SourceError, match=r"12 of 13 pages .* seems to be broken"):
        sync(store, site.source())
    for path in paths:
        site.put(path, page("We are closed"))
    with pytest.raises(SourceError, match=r"12 pages .* the same title and text"):
        sync(store, site.source())
    site.put("/", "", 502)
    with pytest.raises(SourceError, match="status 502"):
        sync(store, site.source())
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(SourceError, match="cannot be reached"):
        sync(store, WebsiteSource(f"http://127.0.0.1:{port}/", allow_private=True))
    assert store.articles() == before


def test_only_the_wanted_parts_are_read(site: Website, store: Store) -> None:
    site.put("/", page("Home", links("/help/1", "/help/2", "/news/1")))
    for path in ("/help/1", "/help/2", "/news/1"):
        site.put(path, page(f"Page {path}"), etag='"1"')
    sync(store, site.source(include=["/help/"], exclude=["/help/2"]))
    assert titles(store) == ["Page /help/1"]
    assert "/news/1" not in site.paths()
    sync(store, site.source())
    assert titles(store) == ["Home", "Page /help/1", "Page /help/2", "Page /news/1"]


def test_more_pages_than_allowed_are_said_and_none_is_taken_for_gone(
    site: Website, store: Store
) -> None:
    paths = [f"/{number}" for number in range(6)]
    site.put("/", page("Help", links(*paths)))
    for path in paths:
        site.put(path, page(f"Page {path}"))
    assert not any(isinstance(c, Listing) for c in site.source(max_pages=3).changes(None))
    sync(store, site.source())
    summary = sync(store, site.source(max_pages=3))
    assert [failed.reason for failed in summary.failed] == [
        f"{site.url} has more than 3 pages; the others are not read. Raise max_pages, or say with "
        "include and exclude which ones matter."
    ]
    assert len(store.articles()) == 7
    assert sync(store, site.source(max_pages=7)).failed == []


def test_a_damaged_cursor_says_what_to_do(site: Website) -> None:
    for cursor in ("{", "[]", '{"addresses": ["a"], "pages": [{"links": [7]}]}'):
        with pytest.raises(SourceError, match="sync it again with `full`"):
            list(site.source().changes(cursor))
