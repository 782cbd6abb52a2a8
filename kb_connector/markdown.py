"""Markdown as the knowledge base uses it: raw HTML off, headings with stable anchors.

A heading may end in the id that it has in the page that it is from, `## Returns {#returns}`, or in
`{#}` where it has none. Neither is part of its text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_PAGE_ID = re.compile(r"(?<=\s)\{#([\w.~%!$&+,;=:@/?-]*)\}\Z")
_IN_FRAGMENT = "!$&+,;=:@/?"
"""What RFC 3986 lets stand in a fragment, without what Markdown takes for its own."""


def _take_page_ids(state: StateCore) -> None:
    """Takes the page's ids off the headings that stand alone; see `page_id`."""
    for opening, inline in zip(state.tokens, state.tokens[1:], strict=False):
        found = _PAGE_ID.search(inline.content)
        if found and opening.type == "heading_open" and not opening.level:
            inline.content = inline.content[: found.start()].rstrip()
            opening.meta["page_id"] = unquote(found[1])


_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_PARSER.core.ruler.before("inline", "page_ids", _take_page_ids)
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "ð": "d", "þ": "th", "ß": "ss", "ł": "l"})
_BREAKS = {"softbreak": " ", "hardbreak": "\n"}


def parse(markdown: str) -> list[Token]:
    """Block tokens of the text."""
    return _PARSER.parse(markdown)


def fold(text: str) -> str:
    """Lower-case letters without diacritics, as people type them in a hurry.

    >>> fold("Återbetalning på Møn")
    'aterbetalning pa mon'
    """
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def inline_text(token: Token) -> str:
    """The words of one inline token, without its markup."""
    parts = []
    for child in token.children or ():
        if child.type in _BREAKS:
            parts.append(_BREAKS[child.type])
        elif child.type == "image":
            parts.append(inline_text(child))
        else:
            parts.append(child.content)
    return "".join(parts).strip()


def plain_text(markdown: str) -> str:
    """The words of a Markdown text, a block or table cell a line."""
    lines = []
    for token in parse(markdown):
        if token.type == "inline":
            lines.append(inline_text(token))
        elif token.type in {"fence", "code_block"}:
            lines.append(token.content.strip())
    return "\n".join(line for line in lines if line)


def headings(tokens: Sequence[Token]) -> Iterator[tuple[int, str, str]]:
    """The headings that stand alone (not within a list or a quotation).

    Yields:
        Position of the opening token, the heading's plain text, and its anchor, unique in the text.
    """
    seen: dict[str, int] = {}
    for position, token in enumerate(tokens):
        if token.type != "heading_open" or token.level:
            continue
        text = inline_text(tokens[position + 1])
        anchor = re.sub(r"[^\w]+", "-", fold(text)).strip("-") or "section"
        seen[anchor] = seen.get(anchor, 0) + 1
        yield position, text, anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor]}"


def page_id(token: Token) -> str:
    """The id of a heading (its opening token) in the page that it is from; empty without one."""
    return str(token.meta.get("page_id", ""))


def with_page_id(heading: str, identity: str) -> str:
    """A line of a heading with its id in the page that it is from."""
    return f"{heading} {{#{fragment(identity)}}}"


def ends_like_page_id(heading: str) -> bool:
    """Whether a heading's own text would be taken for an id; `{#}` behind it keeps it whole."""
    return bool(_PAGE_ID.search(heading))


def fragment(identity: str) -> str:
    """An id as an address ends in it, behind the `#`.

    >>> fragment("köp (1)")
    'k%C3%B6p%20%281%29'
    """
    return quote(identity, safe=_IN_FRAGMENT)


def to_html(markdown: str) -> str:
    """HTML of a text: raw HTML shown as text, anchors on headings, h1 lowered to h2.

    Links to anything but web pages, mail and the like (`javascript:`, `data:`) stay text.
    """
    tokens = parse(markdown)
    for position, _text, anchor in headings(tokens):
        opening, closing = tokens[position], tokens[position + 2]
        opening.attrSet("id", anchor)
        if opening.tag == "h1":  # the page's only h1 is the article's title
            opening.tag = closing.tag = "h2"
    html: str = _PARSER.renderer.render(tokens, _PARSER.options, {})
    # a table wider than a telephone scrolls by itself; focusable, so that keys reach it too
    html = html.replace("<table>", '<div class="table" tabindex="0"><table>')
    return html.replace("</table>", "</table></div>")
