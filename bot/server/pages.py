"""Pages of the public port: the help centre, the chat widget's script, and the demo shop."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.knowledge import sync_regularly
from bot.settings import LANGUAGES
from kb_connector import help_centre
from kb_connector.errors import ArticleNotFound

WIDGET = Path(__file__).parent.parent / "channels" / "widget" / "dist" / "widget.js"
WIDGET_URL = "/chat/widget.js"
HELP_STATIC = Path(help_centre.__file__).parent / "static"
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self' ws: wss:; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
}
_MAX_QUERY_CHARS = 200


def add(app: Sanic) -> None:
    """Adds the pages, and keeps the articles in step with their sources."""
    settings = app.ctx.settings

    @app.get(WIDGET_URL, name="widget")
    async def widget(_: Request) -> HTTPResponse:
        headers = {"cache-control": "max-age=300", "access-control-allow-origin": "*"}
        return await response.file(WIDGET, mime_type="text/javascript", headers=headers)

    app.static("/help/static", str(HELP_STATIC), name="help_static")

    @app.get("/help", name="help_root")
    async def help_root(_: Request) -> HTTPResponse:
        return response.redirect(f"/help/{LANGUAGES[0]}/")

    for lang in LANGUAGES:
        # A route for each language: a general one would catch /help/static as well.

        @app.get(f"/help/{lang}/", name=f"help_home_{lang}")
        async def help_home(_: Request, lang: str = lang) -> HTTPResponse:
            return _help(lang, lambda site: help_centre.home_page(_base(), site, lang))

        @app.get(f"/help/{lang}/search", name=f"help_search_{lang}")
        async def help_search(request: Request, lang: str = lang) -> HTTPResponse:
            query = (request.args.get("q") or "")[:_MAX_QUERY_CHARS]
            return _help(lang, lambda site: help_centre.search_page(_base(), site, lang, query))

        @app.get(f"/help/{lang}/<slug:str>", name=f"help_article_{lang}")
        async def help_article(_: Request, slug: str, lang: str = lang) -> HTTPResponse:
            if not slug:  # Sanic takes the address of the first page for an empty name
                return await help_home(_, lang)
            return _help(lang, lambda site: help_centre.article_page(_base(), site, lang, slug))

    def _base() -> Any:
        return app.ctx.knowledge_base

    def _help(lang: str, render: Any) -> HTTPResponse:
        site = help_centre.Site(name="Nordlys", base_url=settings.url, widget_url=WIDGET_URL)
        try:
            return page(render(site))
        except ArticleNotFound:
            return page(help_centre.not_found_page(_base(), site, lang), status=404)

    ending = threading.Event()

    async def keep_articles(running: Sanic, _: Any) -> None:
        # The sources elsewhere are read here for the first time: no start waits for them.
        threading.Thread(
            target=sync_regularly,
            args=(settings, running.ctx.knowledge_base, ending),
            name="articles",
            daemon=True,
        ).start()

    async def leave_articles(*_: Any) -> None:
        ending.set()

    app.register_listener(keep_articles, "after_server_start")
    app.register_listener(leave_articles, "before_server_stop")
    if settings.demo_shop:
        _add_shop(app)


def page(html: str, *, status: int = 200) -> HTTPResponse:
    """An HTML page with the security headers."""
    return response.html(html, status=status, headers=SECURITY_HEADERS)


def _add_shop(app: Sanic) -> None:
    from demo_shop import pages as shop  # noqa: PLC0415 (only with the demo shop)
    from demo_shop.samples import sample_orders  # noqa: PLC0415

    app.static(shop.STATIC_URL, str(shop.STATIC_FOLDER), name="shop_static")

    @app.get("/", name="shop_home_default")
    async def shop_home_default(request: Request) -> HTTPResponse:
        asked = request.args.get("lang") or _accepted(request.headers.get("accept-language", ""))
        return page(shop.home(asked if asked in LANGUAGES else LANGUAGES[0], WIDGET_URL))

    for lang in LANGUAGES:

        @app.get(shop.demo_orders_path(lang), name=f"shop_orders_{lang}")
        async def shop_orders(_: Request, lang: str = lang) -> HTTPResponse:
            orders = sample_orders(app.ctx.settings.var / "shop.db")
            return page(shop.demo_orders(lang, orders, WIDGET_URL))

        if shop.home_path(lang).startswith("/?"):
            continue

        @app.get(shop.home_path(lang), name=f"shop_home_{lang}")
        async def shop_home(_: Request, lang: str = lang) -> HTTPResponse:
            return page(shop.home(lang, WIDGET_URL))


def _accepted(header: str) -> str:
    """The first of our languages in an Accept-Language header; `no` counts as `nb`."""
    for part in header.split(","):
        code = part.split(";")[0].strip().lower().split("-")[0]
        code = "nb" if code in ("no", "nn") else code
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]
