"""HTML of an article as clean Markdown."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Comment, MarkupResemblesLocatorWarning, Tag
from markdownify import MarkdownConverter

_TAKEN_OUT = {
    "script": "script",
    "style": "style",
    "iframe": "iframe",
    "object": "embedded object",
    "embed": "embedded object",
    "form": "form",
    "input": "form field",
    "button": "form field",
    "select": "form field",
    "textarea": "form field",
    "template": "template",
    "svg": "drawing",
    "canvas": "drawing",
    "audio": "audio",
    "video": "video",
    "noscript": "noscript",
}
_TOLD = {"script", "iframe", "embedded object", "form", "audio", "video"}
"""What a reader misses; styles and the like nobody does."""
_SCHEMES = {"http", "https", "mailto", "tel"}
_HIGHEST, _LOWEST = 2, 6
_DEEPEST = 80
"""Levels of tags within each other that keep their form; nobody writes that many."""
_SPARSE = 5
"""A table that has this many times more places than cells is none."""
_SIGNS = {"", "¶", "#", "§", "🔗"}
"""What manuals hang on their headings, as links to them."""


@dataclass(frozen=True)
class Markdown:
    """What has become of some HTML.

    Attributes:
        notes: what was taken out, in words for the person who syncs.
    """

    text: str
    notes: tuple[str, ...]


def to_markdown(html: str, *, base_url: str | None = None) -> Markdown:
    """Markdown of an article's HTML.

    Scripts, styles, frames and forms are taken out; images become their descriptions; tables stay
    tables, broken ones mended; headings begin at the second level, below the title.

    Args:
        base_url: what links are relative to; without it relative ones become text.
    """
    with warnings.catch_warnings():
        # a text that is nothing but an address is an article's text all the same
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        soup = BeautifulSoup(html, "lxml")
    notes = _clean(soup)
    _flatten_depths(soup)
    for link in soup.find_all("a"):
        _mend_link(link, base_url)
    for image in soup.find_all("img"):
        image.replace_with(str(image.get("alt") or "").strip())
    notes += ["a broken table" for table in soup.find_all("table") if _mend_table(soup, table)]
    _level_headings(soup)
    text = MarkdownConverter(
        heading_style="atx", bullets="-", code_language_callback=_code_language
    ).convert_soup(soup)
    lines = [line.rstrip() for line in text.splitlines()]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return Markdown(text, tuple(dict.fromkeys(notes)))


def _clean(soup: BeautifulSoup) -> list[str]:
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    counted: Counter[str] = Counter()
    for tag in soup.find_all(list(_TAKEN_OUT)):
        if tag.decomposed:
            continue
        counted[_TAKEN_OUT[tag.name]] += 1
        tag.decompose()
    return [
        f"{'an' if what[0] in 'aei' else 'a'} {what}" if count == 1 else f"{count} {what}s"
        for what, count in counted.items()
        if what in _TOLD
    ]


def _flatten_depths(soup: BeautifulSoup) -> None:
    """What is nested deeper than can be followed becomes text."""
    level: list[Tag] = [soup]
    for _ in range(_DEEPEST):
        level = [child for tag in level for child in tag.find_all(True, recursive=False)]
    for tag in level:
        tag.replace_with(tag.get_text(" "))


def _mend_link(link: Tag, base_url: str | None) -> None:
    target = str(link.get("href") or "").strip()
    try:
        whole = urljoin(base_url, target) if base_url else target
        usable = bool(target) and urlsplit(whole).scheme.lower() in _SCHEMES
    except ValueError:
        usable = False
    if not usable:
        link.unwrap()
        return
    link["href"] = whole.replace(" ", "%20").replace(")", "%29")
    link.attrs.pop("title", None)


def _mend_table(soup: BeautifulSoup, table: Tag) -> bool:
    """Makes every row as long as the longest and the first a header; whether it was broken."""
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    cells = [[c for c in row.find_all(["td", "th"]) if c.find_parent("tr") is row] for row in rows]
    rows = [row for row, mine in zip(rows, cells, strict=True) if mine]
    cells = [mine for mine in cells if mine]
    if not cells or table.find("table") is not None:
        table.unwrap() if not cells else _flatten(table)
        return bool(cells)
    spans = [[_number(cell.get("colspan")) for cell in mine] for mine in cells]
    width = max(map(sum, spans))
    if width * len(rows) > _SPARSE * sum(map(len, cells)) + 100:
        _flatten(table)
        return True
    for mine, widths in zip(cells, spans, strict=True):
        for cell, span in zip(mine, widths, strict=True):
            _mend_cell(soup, cell, span)
    for row, widths in zip(rows, spans, strict=True):
        for _ in range(width - sum(widths)):
            row.append(soup.new_tag("td"))
    return any(sum(widths) < width for widths in spans)


def _mend_cell(soup: BeautifulSoup, cell: Tag, span: int) -> None:
    """One line of text, and empty cells for the further columns that it spans."""
    for _ in range(span - 1):
        cell.insert_after(soup.new_tag(cell.name))
    cell.attrs = {}
    for block in cell.find_all(["p", "div", "br"]):
        block.insert_before(" ")
        block.unwrap() if block.name != "br" else block.decompose()


def _flatten(table: Tag) -> None:
    """A table for the layout: its cells become paragraphs."""
    for tag in table.find_all(["table", "tbody", "thead", "tr", "td", "th"]):
        tag.name = "div"
    table.name = "div"


def _level_headings(soup: BeautifulSoup) -> None:
    headings = soup.find_all(re.compile(r"^h[1-6]$"))
    if not headings:
        return
    up = min(int(tag.name[1]) for tag in headings) - _HIGHEST
    for tag in headings:
        for link in tag.find_all("a"):
            if link.get_text(strip=True) in _SIGNS:
                link.decompose()
        if not tag.get_text(strip=True):
            tag.decompose()
        else:
            tag.name = f"h{min(_LOWEST, int(tag.name[1]) - up)}"


def _code_language(tag: Tag) -> str | None:
    inner = tag.find("code")
    classes: list[Any] = []
    for each in (tag, inner if isinstance(inner, Tag) else tag):
        classes += each.get("class") or []
    for name in classes:
        if str(name).startswith(("language-", "lang-")):
            return str(name).split("-", 1)[1]
    return None


def _number(text: Any) -> int:
    try:
        return max(1, min(50, int(str(text))))
    except ValueError:
        return 1
