"""What a site lets a robot read: robots.txt, as RFC 9309 has it."""

from __future__ import annotations

from protego import Protego

from kb_connector.errors import SourceError
from kb_connector.http import USER_AGENT
from kb_connector.sources.web.fetch import PageRefused, Site

_MOST_BYTES = 500_000
_LONGEST_DELAY = 10.0


class Robots:
    """The rules of one site.

    Attributes:
        delay: seconds to leave between two pages, never more than ten.
        sitemaps: that it names.
    """

    def __init__(self, text: str) -> None:
        self._rules = Protego.parse(text)
        wanted = self._rules.crawl_delay(USER_AGENT) or 0.0
        self.delay = min(float(wanted), _LONGEST_DELAY)
        self.sitemaps = [str(url) for url in self._rules.sitemaps]

    def allow(self, url: str) -> bool:
        """Whether a page may be read."""
        return bool(self._rules.can_fetch(url, USER_AGENT))


def read_robots(site: Site) -> Robots:
    """The site's rules; none where it has no robots.txt.

    Raises:
        SourceError: the site fails to say (a server error): then nothing may be read.
    """
    try:
        found = site.fetch(f"{site.origin}/robots.txt")
    except PageRefused:
        return Robots("")
    if found.status >= 500:
        raise SourceError(
            f"{site.origin}/robots.txt answers with status {found.status}; until it can be read, "
            "nothing of the site is. The next sync tries again."
        )
    text = found.content[:_MOST_BYTES].decode("utf-8", "replace") if found.status == 200 else ""
    return Robots(text)
