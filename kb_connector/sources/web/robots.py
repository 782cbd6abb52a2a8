"""What a site lets a robot read: robots.txt, as RFC 9309 has it."""

from __future__ import annotations

from protego import Protego

from kb_connector.errors import SourceError
from kb_connector.http import USER_AGENT
from kb_connector.sources.web.fetch import LedAway, PageRefused, Site

_MOST_BYTES = 500_000
_LONGEST_DELAY = 10.0


class Robots:
    """The rules of one site.

    Attributes:
        delay: seconds to leave between two pages, never more than ten.
    """

    def __init__(self, text: str) -> None:
        self._rules = Protego.parse(text)
        wanted = self._rules.crawl_delay(USER_AGENT) or 0.0
        self.delay = min(float(wanted), _LONGEST_DELAY)

    def allow(self, url: str) -> bool:
        """Whether a page may be read."""
        return bool(self._rules.can_fetch(url, USER_AGENT))


def read_robots(site: Site) -> Robots:
    """The site's rules; none where it has no robots.txt.

    Raises:
        SourceError: the site fails to say (a server error, no answer, a file without end): then
            nothing may be read.
    """
    url = f"{site.origin}/robots.txt"
    try:
        found = site.fetch(url)
    except LedAway:
        return Robots("")  # RFC 9309, 2.3.1.2: as if there were none
    except PageRefused as error:
        raise _unknown(url, f"cannot be read ({error})") from error
    if found.status >= 500:
        raise _unknown(url, f"answers with status {found.status}")
    text = found.content[:_MOST_BYTES].decode("utf-8-sig", "replace")
    return Robots(text)


def _unknown(url: str, trouble: str) -> SourceError:
    return SourceError(
        f"{url} {trouble}; until it can be read, nothing of the site is. The next sync tries again."
    )
