"""Language codes of other systems as ours."""

from __future__ import annotations

_OTHER_NAMES = {"no": "nb", "nn": "nb"}


def language(code: str) -> str:
    """Our code for another system's.

    >>> language("sv-SE"), language("en_us"), language("no"), language("nn-NO")
    ('sv', 'en', 'nb', 'nb')
    """
    short = code.strip().lower().replace("_", "-").split("-")[0]
    return _OTHER_NAMES.get(short, short)
