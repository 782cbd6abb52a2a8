"""A website as web servers serve them: pages by path, conditional requests, redirects."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from servers.loopback import Answer, Request, serving

from kb_connector.sources.website import WebsiteSource

TEXT = "Here is what customers want to know, told in some sentences that are long enough. " * 3
MAP_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def page(title: str, text: str = TEXT, *, head: str = "", lang: str = "en") -> str:
    """A page with navigation round its text."""
    return (
        f"<!doctype html><html lang={lang}><head><title>{title} | Shop</title>{head}</head><body>"
        f"<nav><a href='/'>Home</a></nav><main><h1>{title}</h1><p>{text}</p></main>"
        "<footer>Cookies</footer></body></html>"
    )


def links(*targets: str) -> str:
    """A text that leads to other pages."""
    return TEXT + "".join(f"<a href='{target}'>more</a> " for target in targets)


class Website:
    """Pages by path, some after some seconds; what was asked for is kept."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[Request] = []
        self.slow: dict[str, float] = {}
        self.url = ""

    def put(self, path: str, body: Any, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        self.pages[path] = Answer(body, status, named)

    def answer(self, request: Request) -> Answer:
        self.asked.append(request)
        if request.path in self.slow:
            time.sleep(self.slow[request.path])
        found = self.pages.get(request.path, Answer("not here", 404))
        tag = found.headers.get("etag")
        if tag and request.headers.get("if-none-match") == tag:
            return Answer("", 304, {"etag": tag})
        return found

    def paths(self) -> list[str]:
        return [request.path for request in self.asked if request.path != "/robots.txt"]

    def source(self, path: str = "/", **options: Any) -> WebsiteSource:
        return WebsiteSource(f"{self.url}{path}", **{"allow_private": True, **options})

    def sitemap(self, **lastmod: str) -> str:
        entries = "".join(
            f"<url><loc>{self.url}/{name}</loc><lastmod>{day}</lastmod></url>"
            for name, day in lastmod.items()
        )
        return f"<?xml version='1.0'?><urlset xmlns='{MAP_SPACE}'>{entries}</urlset>"


@contextlib.contextmanager
def website() -> Iterator[Website]:
    """One on loopback, until the block ends."""
    made = Website()
    with serving(made.answer) as url:
        made.url = url
        yield made
