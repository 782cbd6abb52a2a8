"""Cuts an article into passages at its headings."""

from __future__ import annotations

import re

from kb_connector.article import Article, Passage
from kb_connector.markdown import headings, page_id, parse


def passages(article: Article) -> tuple[Passage, ...]:
    """The parts of an article, in order; headings with nothing beneath are left out."""
    # as the parser counts them, which splitlines() does not
    lines = re.split(r"\r\n?|\n", article.body_markdown)
    tokens = parse(article.body_markdown)
    # heading, anchor, the page's id, first line of the heading, first line of the text
    cuts = [("", "", "", 0, 0)]
    for position, heading, anchor in headings(tokens):
        first, after = tokens[position].map or (0, 0)
        cuts.append((heading, anchor, page_id(tokens[position]), first, after))
    ends = [cut[3] for cut in cuts[1:]] + [len(lines)]
    found = []
    for (heading, anchor, identity, _first, after), end in zip(cuts, ends, strict=True):
        text = "\n".join(lines[after:end]).strip()
        if text:
            found.append(Passage(article, heading, anchor, text, identity))
    return tuple(found)
