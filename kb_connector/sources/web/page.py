"""What a page says: its main text, title, language, links and translations."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, Tag, XMLParsedAsHTMLWarning

from kb_connector.html import settle_ids
from kb_connector.http import USER_AGENT
from kb_connector.sources.languages import language
from kb_connector.sources.web.addresses import joined, origin, plain
from kb_connector.sources.web.fetch import Fetched
from kb_connector.sources.web.text import decoded, main_text, marked

_BETWEEN = r"\s+[|–—·»-]\s+"
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.I)
_ROBOT = USER_AGENT.split("/")[0].lower()


@dataclass(frozen=True)
class Page:
    """A page as it was read. All addresses are whole.

    Attributes:
        html: of its main text; empty where none was found.
        lang: our code; empty where it says none.
        canonical: its own name for its address; empty without.
        translations: addresses of the same page by our code.
        links: addresses that it leads to; none where robots are asked not to follow.
        indexed: whether it wants to be found.
    """

    title: str
    html: str
    lang: str
    canonical: str
    translations: Mapping[str, str]
    links: tuple[str, ...]
    indexed: bool


def read_page(found: Fetched) -> Page:
    """Reads a page's HTML."""
    charset = _CHARSET.search(found.headers.get("content-type", ""))
    with warnings.catch_warnings():
        # XHTML, and a page that is nothing but an address, are read all the same
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        soup = BeautifulSoup(decoded(found.content, charset[1] if charset else ""), "lxml")
    settle_ids(soup)  # first: permalinks are known by leading nowhere else
    _complete_links(soup, found.url)
    told = _directives(soup, found.headers.get("x-robots-tag", ""))
    canonical = soup.find("link", rel="canonical", href=True)
    root = soup.find("html")
    title = _title(soup, found.url)
    return Page(
        title=title,
        lang=_language(str(root.get("lang") or "")) if isinstance(root, Tag) else "",
        canonical=plain(str(canonical["href"])) if isinstance(canonical, Tag) else "",
        translations=_translations(soup),
        links=() if told & {"nofollow", "none"} else _links(soup),
        indexed=not told & {"noindex", "none"},
        html=main_text(soup, title),  # last: it uses the soup up
    )


def _complete_links(soup: BeautifulSoup, url: str) -> None:
    base = soup.find("base", href=True)
    start = joined(url, str(base["href"])) if isinstance(base, Tag) else url
    for tag in soup.find_all(["a", "area", "link"], href=True):
        address = joined(start or url, str(tag["href"]))
        if address:
            tag["href"] = address
        else:
            del tag["href"]


def _directives(soup: BeautifulSoup, header: str) -> set[str]:
    """What robots are asked, in the page and in its header (`noindex`, `otherbot: noindex`)."""
    told = set()
    for each in soup.find_all("meta", attrs={"name": re.compile(f"^(robots|{_ROBOT})$", re.I)}):
        told |= {word.strip().lower() for word in str(each.get("content") or "").split(",")}
    robot = _ROBOT
    for part in header.lower().split(","):
        before, colon, word = part.rpartition(":")
        robot = before.strip() if colon else robot
        if robot == _ROBOT:
            told.add(word.strip())
    return told


def _title(soup: BeautifulSoup, url: str) -> str:
    """The heading of the main part, what is shared, or the title; without the site's name."""
    site = _meta(soup, "og:site_name")
    part = marked(soup)
    for heading in part.find_all("h1") if part else soup.find_all("h1"):
        text = heading.get_text(" ", strip=True).rstrip("¶#§ ")
        if text and text != site and not _is_logo(heading, url):
            return text
    shared = _without(_meta(soup, "og:title"), site)
    if shared:
        return shared
    title = soup.find("title")
    text = title.get_text(" ", strip=True) if isinstance(title, Tag) else ""
    without = _without(text, site)
    if without != text:
        return without
    return re.sub(rf"^(.*\S){_BETWEEN}.*$", r"\1", text)


def _is_logo(heading: Tag, url: str) -> bool:
    """Whether it is the site's name: a heading outside the text that leads to the first page."""
    link = heading.find("a", href=True)
    if not isinstance(link, Tag) or heading.find_parent(["main", "article"]):
        return False
    address = str(link["href"])
    if origin(address) != origin(url):
        return False
    return urlsplit(plain(address)).path == "/" and urlsplit(plain(url)).path != "/"


def _without(text: str, site: str) -> str:
    """A title without the site's name before or after it."""
    if not site:
        return text
    name = re.escape(site)
    return re.sub(rf"{_BETWEEN}{name}$|^{name}{_BETWEEN}", "", text)


def _meta(soup: BeautifulSoup, name: str) -> str:
    found = soup.find("meta", attrs={"property": name})
    return str(found.get("content") or "").strip() if isinstance(found, Tag) else ""


def _language(code: str) -> str:
    made = language(code)
    return made if re.fullmatch("[a-z]{2,3}", made) else ""


def _translations(soup: BeautifulSoup) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in soup.find_all("link", rel="alternate", hreflang=True, href=True):
        code = str(each["hreflang"])
        lang = "" if code.lower() == "x-default" else _language(code)
        if lang and origin(str(each["href"])):
            found.setdefault(lang, plain(str(each["href"])))
    return found


def _links(soup: BeautifulSoup) -> tuple[str, ...]:
    found = []
    for each in soup.find_all(["a", "area"], href=True):
        address = str(each["href"])
        if "nofollow" not in (each.get("rel") or []) and origin(address):
            found.append(plain(address))
    return tuple(dict.fromkeys(found))
