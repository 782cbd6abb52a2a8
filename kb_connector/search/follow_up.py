"""A question that only makes sense with the one before it: "and for Norway?"."""

from __future__ import annotations

from kb_connector.text import words

_MOST_WORDS = 7
_OPENINGS = {
    "en": (
        "and",
        "what about",
        "how about",
        "or",
        "but",
        "also",
        "same for",
        "does that",
        "is that",
    ),
    "sv": ("och", "hur är det med", "vad gäller", "eller", "men", "även", "också", "gäller det"),
    "da": ("og", "hvad med", "hvad så med", "eller", "men", "også", "gælder det"),
    "nb": ("og", "hva med", "enn", "eller", "men", "også", "gjelder det"),
}


def with_what_it_follows(query: str, before: str, lang: str) -> str:
    """The question, with the one before it where it goes on from that.

    >>> with_what_it_follows("and for Norway?", "what does delivery cost", "en")
    'what does delivery cost and for Norway?'
    >>> with_what_it_follows("how do I return a jacket?", "what does delivery cost", "en")
    'how do I return a jacket?'

    Args:
        before: empty where there was none.
    """
    said = words(query)
    if not before.strip() or not said or len(said) > _MOST_WORDS:
        return query
    opening = f"{' '.join(said)} "
    if any(opening.startswith(f"{each} ") for each in _OPENINGS.get(lang, ())):
        return f"{before.strip()} {query.strip()}"
    return query
