"""Names for files and intents, made of what people write."""

from __future__ import annotations

import re

from kb_connector.markdown import fold

_OTHER_SIGNS = re.compile(r"[^a-z0-9]+")


def slug(text: str, between: str = "_") -> str:
    """The words of a text in small letters a to z and digits; empty where it has none of these.

    Args:
        between: stands between two words.

    >>> slug("Presentinslagning & kort!")
    'presentinslagning_kort'
    >>> slug("Smørrebrød på Åland", "-")
    'smorrebrod-pa-aland'
    """
    return _OTHER_SIGNS.sub(between, fold(text)).strip(between)
