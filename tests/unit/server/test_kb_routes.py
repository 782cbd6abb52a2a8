"""The knowledge base over HTTP: a real server on loopback, real articles, real requests."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from sanic import Sanic

from bot.rate_limit import RateLimit
from bot.server import kb_routes
from bot.settings import Settings
from kb_connector import KnowledgeBase, MarkdownSource
from tests.served import serving

SHOP = "https://shop.example"
LONG = "a" * 20_000
ARTICLES = {
    "en/returns": ("How do I return something?", "Send it back.\n\n## Cost\n\nReturns cost 5 EUR."),
    "en/refund": ("When is my refund for a return paid?", "Within 5 days of the return."),
    "en/password": ("I have forgotten my password", "Choose Forgot password."),
    "sv/returns": ("Hur gör jag en retur?", "Gör en retursedel på Mina sidor."),
    "sv/sweden": ("Bara på svenska", "Frakten till Kiruna kostar 79 kr."),
}
STAFF = ("Goodwill for returns", "Up to 20 EUR without asking.")
Serve = Callable[..., str]


def page(title: str, text: str, audience: str) -> str:
    return f"---\ntitle: {title}\naudience: {audience}\nupdated: 2026-09-01\n---\n\n{text}\n"


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    for name, (title, text) in ARTICLES.items():
        path = tmp_path / "kb" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(title, text, "public"), encoding="utf-8")
    (tmp_path / "kb" / "en" / "goodwill.md").write_text(page(*STAFF, "staff"), encoding="utf-8")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'kb.db'}")
    knowledge = KnowledgeBase(engine, base_url=SHOP)
    assert knowledge.sync(MarkdownSource(tmp_path / "kb")).failed == []
    yield knowledge
    engine.dispose()


def made(base: KnowledgeBase, settings: Settings) -> Sanic:
    """The routes as an application."""
    app = Sanic(f"kb-{uuid.uuid4().hex}", configure_logging=False, register=False)
    app.ctx.settings, app.ctx.knowledge_base = settings, base
    kb_routes.add(app)
    return app


@pytest.fixture
def serve(base: KnowledgeBase) -> Iterator[Serve]:
    """Starts a server with some settings; gives its address."""
    with ExitStack() as running:
        yield lambda **settings: running.enter_context(serving(made(base, Settings(**settings))))


@pytest.fixture
def url(serve: Serve) -> str:
    return serve(web_origins=SHOP)


def get(address: str, headers: dict[str, str] | None = None, **params: Any) -> requests.Response:
    return requests.get(address, params=params, headers=headers, timeout=10)


def post(address: str, body: Any, headers: dict[str, str] | None = None) -> requests.Response:
    return requests.post(address, json=body, headers=headers, timeout=10)


def test_articles_are_suggested_from_the_first_letters(url: str) -> None:
    got = get(f"{url}/kb/v1/suggest", q="forg", lang="en")
    assert got.json()[0] == {
        "id": "markdown:en/password",
        "title": "I have forgotten my password",
        "url": f"{SHOP}/help/en/password",
        "lang": "en",
    }
    assert got.headers["cache-control"] == "max-age=60"


def test_a_search_gives_the_passage_that_answers_with_its_address(url: str) -> None:
    (first, *_) = get(f"{url}/kb/v1/search", q="what do returns cost", lang="en").json()
    assert 0 < first.pop("confidence") <= 1
    assert first == {
        "id": "markdown:en/returns",
        "title": "How do I return something?",
        "url": f"{SHOP}/help/en/returns#cost",
        "lang": "en",
        "heading": "Cost",
        "text": "Returns cost 5 EUR.",
    }


def test_what_is_for_staff_is_not_found(url: str) -> None:
    for route in ("suggest", "search"):
        got = get(f"{url}/kb/v1/{route}", q="goodwill for returns", lang="en", limit=10)
        assert "Goodwill" not in got.text
        assert got.json()


@pytest.mark.parametrize("lang", ["xx", "", "en'--", "🧦", pytest.param("e" * 3000, id="long")])
def test_an_unknown_language_is_taken_for_english(url: str, lang: str) -> None:
    got = get(f"{url}/kb/v1/suggest", q="forgotten", lang=lang).json()
    assert [each["lang"] for each in got] == ["en"]


def test_languages_are_known_by_other_codes(url: str) -> None:
    assert get(f"{url}/kb/v1/suggest", q="retur", lang="sv-SE").json()[0]["lang"] == "sv"


@pytest.mark.parametrize("route", ["suggest", "search"])
@pytest.mark.parametrize(
    "query", ["", "   ", "\t\n", "🧦🧦", "👩‍👩‍👧", "\x00\x01\x1b", "...", " \x00 🧦 "]
)
def test_a_query_without_words_finds_nothing(url: str, route: str, query: str) -> None:
    got = get(f"{url}/kb/v1/{route}", q=query, lang="en")
    assert (got.status_code, got.json()) == (200, [])


@pytest.mark.parametrize("route", ["suggest", "search"])
@pytest.mark.parametrize(
    "query",
    [
        "'; DROP TABLE kb_articles; --",
        "<script>alert(1)</script>",
        "как вернуть заказ",
        "كيف أرجع الطلب",
        "返品するには",
        "%00%ff%fe",
        "{{7*7}} ${7*7}",
        "((((((((((",
        "ret\x00urn",
    ],
)
def test_strange_queries_are_only_text(url: str, route: str, query: str) -> None:
    got = get(f"{url}/kb/v1/{route}", q=query, lang="en")
    assert got.status_code == 200
    assert "<script" not in got.text
    assert get(f"{url}/kb/v1/suggest", q="forgotten", lang="en").json()


def test_a_query_of_no_valid_utf8_is_only_text(url: str) -> None:
    got = requests.get(f"{url}/kb/v1/search?q=%ff%fe%ed%a0%80return&lang=en", timeout=10)
    assert got.status_code == 200


def test_no_more_than_200_characters_of_a_query_count(url: str) -> None:
    within, past = "x " * 90 + "forgotten password", "x " * 100 + "forgotten password"
    found = get(f"{url}/kb/v1/search", q=within, lang="en").json()
    assert [each["id"] for each in found] == ["markdown:en/password"]
    assert get(f"{url}/kb/v1/search", q=past, lang="en").json() == []


def test_an_endless_query_is_refused_and_harms_nobody(url: str) -> None:
    assert get(f"{url}/kb/v1/suggest", q=LONG, lang="en").status_code == 413
    assert get(f"{url}/kb/v1/suggest", q="forgotten", lang="en").json()


@pytest.mark.parametrize(("limit", "count"), [(1, 1), ("", 2), (10, 2), (0, 1), (99999, 2)])
def test_limit_is_how_many_are_wanted_at_most(url: str, limit: Any, count: int) -> None:
    found = get(f"{url}/kb/v1/search", q="return", lang="en", limit=limit)
    assert len(found.json()) == count


@pytest.mark.parametrize("limit", ["many", "-1", "1.5", "²"])
def test_a_limit_that_is_no_number_is_refused(url: str, limit: str) -> None:
    got = get(f"{url}/kb/v1/search", q="return", limit=limit)
    assert got.status_code == 400
    assert "'limit'" in got.json()["message"]


def test_pages_of_allowed_origins_may_ask(url: str) -> None:
    got = get(f"{url}/kb/v1/suggest", {"origin": SHOP}, q="forgotten")
    assert got.headers["access-control-allow-origin"] == SHOP
    assert got.headers["vary"] == "origin"
    plain = get(f"{url}/kb/v1/suggest", q="forgotten")
    assert "access-control-allow-origin" not in plain.headers
    assert plain.headers["vary"] == "origin"


@pytest.mark.parametrize("origin", ["https://evil.example", f"{SHOP}.evil.example", "null"])
@pytest.mark.parametrize("route", ["suggest", "search", "opened"])
def test_pages_of_other_origins_may_not(
    url: str, base: KnowledgeBase, route: str, origin: str
) -> None:
    headers = {"origin": origin}
    body = {"article_id": "markdown:en/returns", "q": "x", "lang": "en"}
    asked = post if route == "opened" else get
    arguments = {"body": body} if route == "opened" else {"q": "return"}
    got = asked(f"{url}/kb/v1/{route}", headers=headers, **arguments)
    assert got.status_code == 403
    assert "access-control-allow-origin" not in got.headers
    assert base.feedback() == []


def test_a_browser_that_asks_before_it_posts_json_is_told_that_it_may(url: str) -> None:
    asked = {"access-control-request-method": "POST", "origin": SHOP}
    got = requests.options(f"{url}/kb/v1/opened", headers=asked, timeout=10)
    assert got.status_code == 204
    assert got.headers["access-control-allow-origin"] == SHOP
    assert got.headers["access-control-allow-headers"] == "content-type"


def test_who_asks_too_often_is_told_when_to_come_again(serve: Serve) -> None:
    url = serve(kb_requests_per_minute=3, web_origins=SHOP)
    routes = ["suggest", "search", "suggest", "search"]
    got = [get(f"{url}/kb/v1/{route}", {"origin": SHOP}, q="return") for route in routes]
    assert [each.status_code for each in got] == [200, 200, 200, 429]
    assert 50 <= int(got[-1].headers["retry-after"]) <= 60
    assert got[-1].headers["access-control-allow-origin"] == SHOP
    assert "cache-control" not in got[-1].headers
    assert post(f"{url}/kb/v1/opened", {}).status_code == 429


def test_clients_behind_a_proxy_are_told_apart_only_where_one_is_known(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    def statuses(url: str, *addresses: str) -> list[int]:
        forwarded = [{"x-forwarded-for": address} for address in addresses]
        return [get(f"{url}/kb/v1/suggest", each, q="return").status_code for each in forwarded]

    without = serve(kb_requests_per_minute=1)
    assert statuses(without, "192.0.2.1", "192.0.2.2") == [200, 429]
    assert "set `proxies`" in caplog.text
    behind = serve(kb_requests_per_minute=1, proxies=1)
    # what the client itself puts first is not believed
    assert statuses(behind, "9.9.9.9, 192.0.2.1", "8.8.8.8, 192.0.2.1") == [200, 429]
    assert statuses(behind, "192.0.2.2") == [200]
    assert statuses(behind, "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1") == [200, 429, 200]
    assert statuses(behind, "::ffff:192.0.2.3", "192.0.2.3", "::ffff:192.0.2.4") == [200, 429, 200]
    assert statuses(behind, "unknown") == [200]


def test_an_opened_article_is_kept_with_the_question(url: str, base: KnowledgeBase) -> None:
    body = {"article_id": "markdown:sv/sweden", "q": "frakt\x00 till\ud800 Kiruna 🧦", "lang": "sv"}
    got = post(f"{url}/kb/v1/opened", body)
    assert (got.status_code, got.content) == (204, b"")
    (kept,) = base.feedback()
    assert (kept.query, kept.article_id) == ("frakt till Kiruna 🧦", "markdown:sv/sweden")
    assert (kept.lang, kept.verdict, kept.conversation_id) == ("sv", "opened", None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"\xff", 400),
        pytest.param(b"[" * 4000, 400, id="deep"),
        (b'{"article_id": "markdown:en/returns"}', 400),
        (b'{"article_id": "markdown:en/returns", "q": " \\u0000 "}', 400),
        (b'{"article_id": "markdown:en/returns", "q": ["x"]}', 400),
        (b'{"article_id": "markdown:en/nothing", "q": "x"}', 404),
        (b'{"article_id": "markdown:en/goodwill", "q": "x"}', 404),
        (b'{"article_id": {"a": 1}, "q": "x"}', 404),
        pytest.param(b'{"q": "' + b"x" * 5000 + b'"}', 413, id="long"),
    ],
)
def test_what_nobody_can_have_opened_is_refused(
    url: str, base: KnowledgeBase, body: bytes, status: int
) -> None:
    got = requests.post(f"{url}/kb/v1/opened", data=body, timeout=10)
    assert got.status_code == status
    assert got.json()["message"]
    assert base.feedback() == []


def test_a_database_that_is_away_is_said_and_the_search_goes_on(
    url: str, base: KnowledgeBase
) -> None:
    assert get(f"{url}/kb/v1/suggest", q="forgotten").json()
    with base.store.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE kb_feedback"))
    body = {"article_id": "markdown:en/returns", "q": "x", "lang": "en"}
    assert post(f"{url}/kb/v1/opened", body).status_code == 503
    assert get(f"{url}/kb/v1/suggest", q="forgotten").json()


def test_a_long_search_holds_up_nobody_else(
    url: str, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_: Any, **__: Any) -> tuple[()]:
        begun.set()
        go_on.wait(10)
        return ()

    monkeypatch.setattr(base, "search", slow)
    asking = threading.Thread(target=get, args=(f"{url}/kb/v1/search",), kwargs={"q": "return"})
    asking.start()
    assert begun.wait(10)
    assert get(f"{url}/kb/v1/search", q="return", limit="no").status_code == 400
    assert asking.is_alive()
    go_on.set()
    asking.join(10)


def test_so_many_may_come_in_a_minute_and_who_was_refused_is_not_counted() -> None:
    now = 0.0
    limit = RateLimit(3, 60, clock=lambda: now)
    assert [limit.wait("a") for _ in range(4)] == [0.0, 0.0, 0.0, 60.0]
    now = 50.0
    assert limit.wait("a") == pytest.approx(10.0)
    assert limit.wait("b") == 0.0
    now = 60.0
    assert [limit.wait("a") for _ in range(4)] == [0.0, 0.0, 0.0, 60.0]


def test_very_many_senders_do_not_fill_the_memory() -> None:
    limit = RateLimit(1, 60, clock=lambda: 0.0)
    for number in range(20_000):
        limit.wait(str(number))
    assert limit.wait("19999") > 0
    assert limit.wait("0") == 0.0
