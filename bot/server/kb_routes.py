"""Routes of the knowledge base, for the chat widget and for the shop's own pages."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import math
import unicodedata
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.rate_limit import RateLimit
from bot.settings import LANGUAGES
from kb_connector.answer import answer
from kb_connector.errors import KnowledgeBaseError
from kb_connector.feedback import OPENED
from kb_connector.knowledge_base import KnowledgeBase
from kb_connector.sources.languages import language

logger = logging.getLogger(__name__)

MAX_QUERY_CHARS = 200
MAX_BODY_BYTES = 4096
MAX_HITS = 10
_HITS = 3
_CACHED = {"cache-control": "max-age=60"}

Route = Callable[[KnowledgeBase, Request], HTTPResponse]


class _Refused(Exception):
    """A request that cannot be served, with what to send instead."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def add(app: Sanic) -> None:
    """Adds the routes; together they have one rate limit for each client."""
    # from here on remote_addr is the client's address; empty where no proxy is to be believed
    app.config.PROXIES_COUNT = max(app.ctx.settings.proxies, 0) or None
    guard = _guard(app)
    app.add_route(guard(suggest), "/kb/v1/suggest", name="kb_suggest")
    app.add_route(guard(search), "/kb/v1/search", name="kb_search")
    app.add_route(guard(opened), "/kb/v1/opened", methods=["POST", "OPTIONS"], name="kb_opened")


def suggest(base: KnowledgeBase, request: Request) -> HTTPResponse:
    """Articles to offer while somebody types."""
    found = base.suggest(_clean(request.args.get("q")), _lang(request.args.get("lang")))
    shown = [{"id": a.id, "title": a.title, "url": a.url, "lang": a.lang} for a in found]
    return response.json(shown, headers=_CACHED)


def search(base: KnowledgeBase, request: Request) -> HTTPResponse:
    """Articles that answer a question, each with its answer."""
    query = _clean(request.args.get("q"))
    hits = base.search(query, _lang(request.args.get("lang")), limit=_limit(request))
    shown = []
    for hit in hits:
        said = answer(hit.passage, query)
        shown.append(
            {
                "id": hit.article.id,
                "title": said.title,
                "url": said.url,
                "lang": hit.lang,
                "heading": said.heading,
                "text": said.text,
                "confidence": round(hit.confidence, 3),
            }
        )
    return response.json(shown, headers=_CACHED)


def opened(base: KnowledgeBase, request: Request) -> HTTPResponse:
    """Somebody opened an article that was suggested."""
    if len(request.body) > MAX_BODY_BYTES:
        raise _Refused(413, f"The body is larger than {MAX_BODY_BYTES} bytes.")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise _Refused(
            400, 'Send a JSON object like {"article_id": "...", "q": "...", "lang": "en"}.'
        )
    query, article_id = _clean(body.get("q")), body.get("article_id")
    lang = _lang(body.get("lang"))
    if not query:
        raise _Refused(400, "'q' must be what the customer had written.")
    if not isinstance(article_id, str) or base.hit(article_id, "", lang) is None:
        raise _Refused(404, "'article_id' must be the id of an article that was suggested.")
    base.record_feedback(query, article_id, lang, OPENED)
    return response.empty()


def _guard(app: Sanic) -> Callable[[Route], Callable[[Request], Awaitable[HTTPResponse]]]:
    """What all the routes share: origins, the rate limit, errors, and a thread for the work."""
    settings = app.ctx.settings
    limit = RateLimit(settings.kb_requests_per_minute, 60)

    async def reply(route: Route, request: Request) -> HTTPResponse:
        if request.method == "OPTIONS":
            allowed = {"methods": "POST", "headers": "content-type"}
            headers = {f"access-control-allow-{name}": value for name, value in allowed.items()}
            return response.empty(headers=headers)
        seconds = limit.wait(sender_of(request))
        if seconds:
            if "x-forwarded-for" in request.headers and not settings.proxies:
                _tell_of_a_proxy()
            refusal = _problem(429, "Too many requests. Try again later.")
            refusal.headers["retry-after"] = str(math.ceil(seconds))
            return refusal
        try:
            return await asyncio.get_running_loop().run_in_executor(
                None, route, app.ctx.knowledge_base, request
            )
        except _Refused as refused:
            return _problem(refused.status, str(refused))
        except KnowledgeBaseError:
            logger.exception("The knowledge base cannot be asked")
            return _problem(503, "The knowledge base did not answer. Try again later.")

    def guard(route: Route) -> Callable[[Request], Awaitable[HTTPResponse]]:
        async def guarded(request: Request) -> HTTPResponse:
            origin = request.headers.get("origin")
            if origin and origin not in settings.allowed_origins:
                return _problem(403, "Pages of this origin may not ask; see `web_origins`.")
            answered = await reply(route, request)
            answered.headers["vary"] = "origin"
            if origin:
                answered.headers["access-control-allow-origin"] = origin
            return answered

        return guarded

    return guard


def _clean(text: Any) -> str:
    """A question as it is searched for and kept: without control characters, not too long."""
    if not isinstance(text, str):
        return ""
    begin = text[: 2 * MAX_QUERY_CHARS]
    # databases refuse NUL, UTF-8 has no place for half of a surrogate pair
    kept = [" " if unicodedata.category(each) in ("Cc", "Cs") else each for each in begin]
    return " ".join("".join(kept).split())[:MAX_QUERY_CHARS]


def _lang(code: Any) -> str:
    """One of our languages, English for all that we do not have."""
    known = language(code[:20]) if isinstance(code, str) else ""
    return known if known in LANGUAGES else LANGUAGES[0]


def _limit(request: Request) -> int:
    given = request.args.get("limit") or str(_HITS)
    if not (given.isascii() and given.isdigit()):
        raise _Refused(400, f"'limit' must be a whole number, 1 to {MAX_HITS}.")
    return min(max(int(given), 1), MAX_HITS)


def sender_of(request: Request) -> str:
    """Whom a request counts for: an IPv4 address, or the /64 that one household has of IPv6."""
    address: str = request.remote_addr or request.ip
    try:
        ip = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return address
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ipaddress.ip_network((ip, 64), strict=False) if ip.version == 6 else ip)


@cache
def _tell_of_a_proxy() -> None:
    logger.warning(
        "Requests come through a proxy, and all that do share one rate limit: "
        "set `proxies` to the number of proxies in front of this port."
    )


def _problem(status: int, text: str) -> HTTPResponse:
    return response.json({"error": "refused", "message": text}, status=status)
