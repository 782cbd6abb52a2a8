"""The main text of a page, as HTML without what stands round it."""

from __future__ import annotations

import codecs
import re

import trafilatura
from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from lxml import etree

from kb_connector.html import mark_headings, take_marks

_ROUND_IT = ["nav", "footer", "header"]
_LATIN = "cp1252"
"""What browsers read where a page says latin-1."""
_NAMES = {
    "item": "li",
    "ref": "a",
    "row": "tr",
    "quote": "blockquote",
    "lb": "br",
    "list": "ul",
    "code": "code",
    "main": "main",
    "p": "p",
    "table": "table",
}
"""Elements of trafilatura's XML in HTML; the others are renamed by what they say of themselves."""
_RENDERED = {"#b": "b", "#i": "i", "#t": "code", "#sub": "sub", "#sup": "sup"}


def decoded(content: bytes, charset: str = "") -> str:
    """The text of a page.

    UTF-8 if it can be that, else what the server says, else what the page says.
    """
    declared = EncodingDetector.find_declared_encoding(content, is_html=True)
    for name in ("utf-8-sig", charset, declared):
        try:
            encoding = codecs.lookup(name or "").name
            return content.decode(_LATIN if encoding in ("iso8859-1", "ascii") else encoding)
        except (LookupError, ValueError):
            continue
    return content.decode(_LATIN, "replace")


def marked(soup: BeautifulSoup) -> Tag | None:
    """What the page itself says is its main part."""
    named = soup.find("main") or soup.select_one("[role=main]")
    articles = soup.find_all("article")
    if named is None and len(articles) == 1:
        named = articles[0]
    return named if isinstance(named, Tag) and len(named.get_text(strip=True)) > 100 else None


def main_text(soup: BeautifulSoup, title: str) -> str:
    """HTML of the main part without its title; of a page that marks none, of what looks like it.

    The soup is used up.
    """
    part = marked(soup)
    if part is None:
        part = _guessed(soup)
    for tag in part.find_all(_ROUND_IT):
        _keep_heading_only(tag, title)
    for tag in part.find_all("aside"):
        if not _is_note(tag):
            tag.decompose()
    heading = part.find("h1")
    if isinstance(heading, Tag) and _same(heading, title):
        heading.decompose()
    for tag in part.find_all(id=True):
        if not re.fullmatch("h[1-6]", tag.name):  # it may begin with another heading by now
            del tag["id"]
    return part.decode() if part.get_text(strip=True) else ""


def _guessed(soup: BeautifulSoup) -> Tag:
    """As trafilatura sees it. Of its outputs only the XML keeps tables, nesting and code."""
    for image in soup.find_all("img"):
        image.replace_with(str(image.get("alt") or ""))
    ids = mark_headings(soup)  # trafilatura keeps no attributes
    found = trafilatura.extract(
        soup.decode(),
        output_format="xml",
        include_links=True,
        include_formatting=True,
        include_tables=True,
        include_comments=False,
        favor_recall=True,
    )
    if not found:
        return BeautifulSoup("", "lxml")
    tree = etree.fromstring(found.encode(), etree.XMLParser(resolve_entities=False, recover=True))
    main = tree.find("main")
    if main is None:
        return BeautifulSoup("", "lxml")
    for element in main.iter(etree.Element):
        _rename(element)
    made = BeautifulSoup(etree.tostring(main, encoding="unicode", method="html"), "lxml")
    take_marks(made, ids)
    return made


def _rename(element: etree._Element) -> None:
    said = dict(element.attrib)
    element.attrib.clear()
    if element.tag == "head":
        element.tag = said.get("rend", "h2")
    elif element.tag == "hi":
        element.tag = _RENDERED.get(said.get("rend", ""), "span")
    elif element.tag == "cell":
        element.tag = "th" if said.get("role") == "head" else "td"
    elif element.tag == "list" and said.get("rend") == "ol":
        element.tag = "ol"
    elif element.tag == "code" and (_stands_alone(element) or "\n" in (element.text or "")):
        element.tag = "pre"
    else:
        if element.tag == "ref":
            element.set("href", said.get("target", ""))
        element.tag = _NAMES.get(str(element.tag), "span")


def _stands_alone(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == "main" and not (element.tail or "").strip()


def _keep_heading_only(tag: Tag, title: str) -> None:
    """A heading other than the title may stand in an article's `header`; the rest is round it."""
    heading = tag.find(["h1", "h2"]) if tag.name == "header" else None
    if isinstance(heading, Tag) and not _same(heading, title):
        tag.replace_with(heading.extract())
    else:
        tag.decompose()


def _is_note(aside: Tag) -> bool:
    said = f"{aside.get('role') or ''} {' '.join(map(str, aside.get_attribute_list('class')))}"
    return any(word in said.lower() for word in ("note", "warn", "tip", "admonition", "callout"))


def _same(heading: Tag, title: str) -> bool:
    return heading.get_text(" ", strip=True).rstrip("¶#§ ") == title
