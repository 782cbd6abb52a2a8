"""HTML of an article as clean Markdown."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from bs4 import BeautifulSoup, Comment, MarkupResemblesLocatorWarning, Tag
from bs4.element import NavigableString
from markdownify import MarkdownConverter

from kb_connector.markdown import ends_like_page_id, parse, with_page_id

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
_SIGNS = {"", "¶", "#", "§", "🔗", "\u200b"}
"""What manuals hang on their headings, as links to them."""
_PERMALINKS = {"headerlink", "permalink", "hash-link", "header-anchor", "anchor", "anchor-link"}
"""Classes of such links."""
_ANCHORS = ["a", "span"]
"""What is put into a text for nothing but its id."""
_SHOWN = {"img", "hr", "iframe", "video", "audio", "object", "embed", "input", "svg", "canvas"}
"""Tags that are seen though there is no text in them."""
_WHOLE = {"main", "body"}
"""Their ids are of the page, not of its first heading."""
_HEADING = re.compile(r"^h[1-6]$")
_SIGN = "\N{UGARITIC WORD DIVIDER}"
"""Stands in no page, and is left alone by all that read one: private characters are taken out."""
_MARK = re.compile(rf"{_SIGN}([0-9]{{1,7}}){_SIGN} ?")


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
    tables, broken ones mended; headings begin at the second level, below the title, and keep the
    ids that lead to them, as `markdown.page_id` reads them.

    Args:
        base_url: what links are relative to; without it relative ones become text.
    """
    with warnings.catch_warnings():
        # a text that is nothing but an address is an article's text all the same
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        soup = BeautifulSoup(html, "lxml")
    settle_ids(soup)
    notes = _clean(soup)
    _flatten_depths(soup)
    for link in soup.select(":is(h1, h2, h3, h4, h5, h6) a"):
        if link.get_text(strip=True) in _SIGNS:
            link.decompose()
    for link in soup.find_all("a"):
        _mend_link(link, base_url)
    for image in soup.find_all("img"):
        image.replace_with(str(image.get("alt") or "").strip())
    notes += ["a broken table" for table in soup.find_all("table") if _mend_table(soup, table)]
    _level_headings(soup)
    ids = mark_headings(soup)
    text = MarkdownConverter(
        heading_style="atx", bullets="-", code_language_callback=_code_language
    ).convert_soup(soup)
    lines = [line.rstrip() for line in text.splitlines()]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    text = _with_ids(text, ids)
    return Markdown(text, tuple(dict.fromkeys(notes)))


def settle_ids(soup: BeautifulSoup) -> None:
    """Gives each heading of a page the id that leads to it; none to those without.

    It may be the heading's own, that of an anchor in it or right before it, that of the part of
    the page that begins with it, or what its permalink leads to.
    """
    places: dict[str, Tag] = {}
    for tag in [*soup.find_all(id=True), *soup.find_all("a", attrs={"name": True})]:
        for name in _names(tag):  # of several with the same id the first is led to
            places.setdefault(name, tag)
    for heading in _headings(soup):
        identity = _leading_to(heading, places)
        heading.attrs.pop("id", None)
        if identity:
            heading["id"] = identity


def _headings(soup: BeautifulSoup) -> list[Tag]:
    """All but those within others: no page means that, and it may go on without end."""
    found, waiting = [], [soup.contents]
    while waiting:
        for tag in (each for each in waiting.pop() if isinstance(each, Tag)):
            if _HEADING.match(tag.name):
                found.append(tag)
            else:
                waiting.append(tag.contents)
    return found


def _leading_to(heading: Tag, places: Mapping[str, Tag]) -> str:
    """The id that leads to a heading; empty without one."""
    links = [link for link in _permalinks(heading, places) if link]
    around = [*heading.find_all(_ANCHORS), *_right_before(heading)]
    found = [
        *(name for name in _names(heading) if places[name] is heading),
        *(link for link in links if link in places),
        *(name for tag in around for name in _names(tag) if places[name] is tag),
        *links,  # a script may know what they lead to
    ]
    return found[0] if found else ""


def _names(tag: Tag) -> list[str]:
    named = [tag.get("id"), tag.get("name") if tag.name == "a" else None]
    return [str(each) for each in named if each and str(each).strip()]


def _permalinks(heading: Tag, places: Mapping[str, Tag]) -> Iterator[str]:
    """Where the signs on a heading lead to, in the page."""
    for link in heading.find_all("a", href=re.compile("^#")):
        classes = set(map(str, link.get_attribute_list("class")))
        if link.get_text(strip=True) in _SIGNS or classes & _PERMALINKS:
            target = str(link["href"])[1:]
            yield target if target in places else unquote(target)


def _right_before(heading: Tag) -> Iterator[Tag]:
    """The tags that begin with a heading and the empty anchors before it, the nearest first."""
    inner = heading
    for each in heading.previous_elements:
        if isinstance(each, Tag):
            if each.name in _SHOWN | _WHOLE or _HEADING.match(each.name):
                return
            if each is inner.parent:
                inner = each
            if each is inner or each.name in _ANCHORS:
                yield each
        elif type(each) is NavigableString and each.strip():  # no comment or script
            return


def mark_headings(soup: BeautifulSoup) -> list[str]:
    """Puts a mark before the text of each heading that has an id.

    The mark is text, and goes wherever the heading's text goes; `take_marks` takes it off.

    Returns:
        The ids, by the marks' numbers.
    """
    ids: list[str] = []
    for heading in _headings(soup):
        identity = str(heading.get("id") or "")
        text = heading.get_text().strip()
        if text and (identity or ends_like_page_id(text)):
            heading.insert(0, f"{_SIGN}{len(ids)}{_SIGN} ")
            ids.append(identity)
    return ids


def take_marks(soup: BeautifulSoup, ids: list[str]) -> None:
    """Takes off the marks, and gives the headings that they are in the ids that they stand for."""
    for text in soup.find_all(string=_MARK):
        found, heading = _MARK.search(text), text.find_parent(_HEADING)
        if found and heading and int(found[1]) < len(ids):
            heading["id"] = ids[int(found[1])]
        text.replace_with(_MARK.sub("", text))


def _with_ids(text: str, ids: list[str]) -> str:
    """Markdown with its headings' ids for the marks on them; marks elsewhere are taken off."""
    if not ids:
        return text
    lines = text.split("\n")
    for token in parse(text):
        if token.type == "heading_open" and not token.level and token.map:
            line = lines[token.map[0]]
            found = _MARK.search(line)
            if found and int(found[1]) < len(ids):
                lines[token.map[0]] = with_page_id(_MARK.sub("", line), ids[int(found[1])])
    return _MARK.sub("", "\n".join(lines))


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
    headings = soup.find_all(_HEADING)
    if not headings:
        return
    up = min(int(tag.name[1]) for tag in headings) - _HIGHEST
    for tag in headings:
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
