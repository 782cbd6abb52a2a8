"""What agents attach: links where those work, else named in the text, so that nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

# As `bot.handoff.inbound` takes them.
MOST, NAME_CHARS, URL_CHARS = 10, 200, 2000
_UNSAFE = re.compile(r"[\s()<>]")


def passed_on(text: str, files: Iterable[tuple[str, str]]) -> tuple[str, list[dict[str, str]]]:
    """A message's text and links, from what an agent wrote and attached.

    Args:
        files: name and address each; the address may be empty, or none that a customer can open.

    Returns:
        The text, below it the names of what cannot be linked, and the links as `FromAgent` has
        them: `{"name", "url"}` each.
    """
    links: list[dict[str, str]] = []
    lines = [text.strip()]
    for given, address in files:
        name = " ".join(given.split())[:NAME_CHARS] or "file"
        url = _UNSAFE.sub(lambda found: quote(found.group(), safe=""), address.strip())
        usable = url.startswith(("https://", "http://")) and len(url) <= URL_CHARS
        if usable and len(links) < MOST:
            links.append({"name": name, "url": url})
        else:
            lines.append(f"\N{PAPERCLIP} {name}" + (f": {url}" if usable else ""))
    return "\n".join(line for line in lines if line), links
