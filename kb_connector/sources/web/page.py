"""What a page says: its main text, title, language, links and translations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

import trafilatura
from bs4 import BeautifulSoup, Tag

from kb_connector.sources.languages import language

_SEPARATORS = re.compile(r"\s+[|–—·»-]\s+")


@dataclass(frozen=True)
class Page:
    """A page as it was read.

    Attributes:
        html: of its main text; empty where none was found.
        lang: our code; empty where it says none.
        canonical: its own name for its address; empty without.
        translations: addresses of the same page by our code.
        links: addresses on the page, without their anchors.
        indexed: whether it wants to be found.
    """

    title: str
    html: str
    lang: str
    canonical: str
    translations: dict[str, str]
    links: tuple[str, ...]
    indexed: bool


def read_page(content: bytes, url: str) -> Page:
    """Reads a page's HTML."""
    soup = BeautifulSoup(content, "lxml")
    root = soup.find("html")
    lang = str(root.get("lang") or "") if isinstance(root, Tag) else ""
    title = _title(soup)
    return Page(
        title=title,
        html=_main_text(content, soup),
        lang=language(lang) if lang else "",
        canonical=_link(soup, url, "canonical"),
        translations=_translations(soup, url),
        links=tuple(dict.fromkeys(_links(soup, url))),
        indexed=not _noindex(soup),
    )


def _main_text(content: bytes, soup: BeautifulSoup) -> str:
    """The part that is about something; `main` or `article` where the page names it."""
    named = soup.find("main") or soup.select_one("[role=main]") or soup.find("article")
    if isinstance(named, Tag) and len(named.get_text(strip=True)) > 100:
        for tag in named.find_all(["nav", "aside", "footer", "header"]):
            tag.decompose()
        heading = named.find("h1")
        if isinstance(heading, Tag):
            heading.decompose()  # it is the article's title
        return str(named)
    found = trafilatura.extract(
        content.decode("utf-8", "replace"),
        output_format="html",
        include_links=True,
        include_formatting=True,
        include_tables=True,
        include_comments=False,
        favor_recall=True,
    )
    return str(found or "")


def _title(soup: BeautifulSoup) -> str:
    """The page's own heading; else its title without the site's name."""
    heading = soup.find("h1")
    if isinstance(heading, Tag) and heading.get_text(" ", strip=True):
        return heading.get_text(" ", strip=True).rstrip("¶#§ ")
    shared = soup.find("meta", attrs={"property": "og:title"})
    if isinstance(shared, Tag) and shared.get("content"):
        return str(shared["content"]).strip()
    title = soup.find("title")
    return _SEPARATORS.split(title.get_text(" ", strip=True))[0] if isinstance(title, Tag) else ""


def _link(soup: BeautifulSoup, url: str, relation: str) -> str:
    found = soup.find("link", rel=relation, href=True)
    return _whole(url, found["href"]) if isinstance(found, Tag) else ""


def _translations(soup: BeautifulSoup, url: str) -> dict[str, str]:
    found = {}
    for each in soup.find_all("link", rel="alternate", hreflang=True, href=True):
        code = str(each["hreflang"]).lower()
        if code != "x-default":
            found[language(code)] = _whole(url, each["href"])
    return found


def _links(soup: BeautifulSoup, url: str) -> list[str]:
    base = soup.find("base", href=True)
    start = (_whole(url, base["href"]) or url) if isinstance(base, Tag) else url
    found = []
    for each in soup.find_all("a", href=True):
        if "nofollow" in (each.get("rel") or []):
            continue
        address = _whole(start, each["href"])
        if address.startswith(("http://", "https://")):
            found.append(address)
    return found


def _whole(url: str, target: object) -> str:
    """A whole address without its anchor; empty for one that is none."""
    try:
        found = urldefrag(urljoin(url, str(target).strip()))[0]
        urlsplit(found).port  # noqa: B018 (says whether it is a number)
    except ValueError:
        return ""
    return found


def _noindex(soup: BeautifulSoup) -> bool:
    return any(
        "noindex" in str(each.get("content") or "").lower()
        for each in soup.find_all("meta", attrs={"name": re.compile("^robots$", re.I)})
    )
