"""A real website: Debian's policy manual as its package installs it, served on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup, Tag

from bot.nlu.search_encoder import search_encoders
from kb_connector import KnowledgeBase
from kb_connector.answer import answer
from kb_connector.article import Article
from kb_connector.passages import passages
from kb_connector.sources.website import WebsiteSource

pytestmark = pytest.mark.scenario

MANUAL = Path("/usr/share/doc/debian-policy/policy.html")


class _Handler(SimpleHTTPRequestHandler):
    """Remembers what it answered."""

    answered: ClassVar[list[tuple[str, int]]] = []

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        self.answered.append((self.path, int(code)))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    assert MANUAL.is_dir(), "apt-get install debian-policy"
    handler = partial(_Handler, directory=str(MANUAL))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_passage_is_led_to_by_the_id_of_its_heading_in_the_manual(site: str) -> None:
    source = WebsiteSource(site, lang="en", allow_private=True, exclude=["/_sources/"])
    led_to = _places(change for change in source.changes(None) if isinstance(change, Article))
    assert len(led_to) > 300
    assert {url for url, there in led_to.items() if not there} == set()


def _places(articles: Iterable[Article]) -> dict[str, bool]:
    """The addresses of all headings, and whether each leads to its heading in the manual."""
    found = {}
    for article in articles:
        url = str(article.url)
        path = MANUAL / (urlsplit(url).path.lstrip("/") or "index.html")
        soup = BeautifulSoup(path.read_text("utf-8"), "lxml")
        for passage in passages(article):
            if passage.heading:
                place, _, identity = str(passage.url).partition("#")
                there = soup.find(id=unquote(identity)) if identity else None
                title = there.find(["h1", "h2", "h3", "h4"]) if isinstance(there, Tag) else None
                heading = title.get_text(" ", strip=True).rstrip("¶ ") if title else ""
                same = heading.replace(" ", "") == passage.heading.replace(" ", "")
                found[str(passage.url)] = place == url and same
    return found


def test_a_manual_becomes_articles_that_answer_questions_in_other_languages(
    site: str, tmp_path: Path
) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'kb.db'}")
    base = KnowledgeBase(engine, encoders=search_encoders())
    source = WebsiteSource(site, lang="en", allow_private=True, exclude=["/_sources/"])
    summary = base.sync(source)
    assert summary.failed == []
    assert len(summary.new) > 15
    pages = {article.slug: article for article in base.articles("en")}
    assert "\n## 2.1. The Debian Free Software" in pages["website-ch-archive"].body_markdown
    assert "\n```\n" in pages["website-ch-opersys"].body_markdown
    titles = {article.title for article in base.articles("en")}
    assert any("Maintainer scripts" in title or "maintainer scripts" in title for title in titles)

    english = base.search("which directory must configuration files be placed in", "en")[0]
    assert english.confidence > base.ranking.offer_at
    shown = answer(english.passage, "which directory must configuration files be placed in")
    assert "/etc" in shown.text
    assert shown.url is not None
    assert shown.url.startswith(site)

    for lang, question, title in (
        ("sv", "hur skriver man skript som körs när paketet installeras", "maintainer scripts"),
        ("da", "hvilke biblioteker skal deles mellem pakker", "Shared libraries"),
        ("nb", "hvilken lisens må programmene ha for å være fri programvare", "Debian Archive"),
    ):
        hit = base.search(question, lang)[0]
        assert title in hit.article.title
        assert hit.lang == "en"
    foreign = base.search("what is the capital of Peru", "en")
    assert all(hit.confidence < base.ranking.offer_at for hit in foreign)

    _Handler.answered.clear()
    again = base.sync(source)
    assert (again.new, again.changed, again.removed) == ([], [], [])
    whole = [path for path, status in _Handler.answered if status == 200]
    assert whole == ["/"]  # to see whether it is a sitemap
    assert len(_Handler.answered) > len(summary.new)
    engine.dispose()
