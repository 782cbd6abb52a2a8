"""Articles of a real Request Tracker in the knowledge base, as they are written and taken away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from request_tracker import RequestTracker, running_request_tracker

from kb_connector import KnowledgeBase
from kb_connector.article import STAFF
from kb_connector.errors import SourceError
from kb_connector.sources.request_tracker import RequestTrackerSource

pytestmark = pytest.mark.scenario


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestTracker]:
    """A Request Tracker with two accounts that may read some classes; see the seed."""
    folder = tmp_path_factory.mktemp("request-tracker")
    with running_request_tracker(folder, "articles.pl") as tracker:
        yield tracker


@pytest.fixture
def written(tracker: RequestTracker) -> Iterator[list[str]]:
    """Ids of the articles that a test writes, which are taken away after it."""
    ids: list[str] = []
    yield ids
    for number in ids:
        tracker.call("PUT", f"article/{number}", {"Name": f"Was {number}"})  # names are unique
        tracker.call("DELETE", f"article/{number}")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'kb.db'}")
    yield KnowledgeBase(engine, base_url="https://shop.example", check_every=0.0)
    engine.dispose()


def reading(tracker: RequestTracker, **options: Any) -> RequestTrackerSource:
    given = {"lang": "en", "key": tracker.token_file.read_text(), "staff_classes": ["Staff notes"]}
    return RequestTrackerSource(tracker.url, **{**given, **options})


def write(
    tracker: RequestTracker, written: list[str], name: str, text: str, kind: str = "General"
) -> str:
    body = {"Name": name, "Summary": f"About {name}", "Class": kind}
    made = tracker.call("POST", "article", {**body, "CustomFields": {"Content": text}})
    written.append(made["id"])
    return str(made["id"])


def test_an_article_is_found_then_changed_then_gone(
    tracker: RequestTracker, written: list[str], base: KnowledgeBase
) -> None:
    returns = write(tracker, written, "Returns", "<p>Send it back within <b>30</b> days.</p>")
    washing = write(tracker, written, "Washing", "Wool: by hand.\nCotton: 60 °C.\n\nNever boil.")
    source = reading(tracker)

    assert len(base.sync(source).new) == 2
    found = base.article("en", f"request-tracker-{returns}")
    assert found.title == "Returns" and found.summary == "About Returns"
    assert found.body_markdown == "Send it back within **30** days."
    assert found.url == f"https://shop.example/help/en/request-tracker-{returns}"
    plain = base.article("en", f"request-tracker-{washing}").body_markdown
    assert plain.count("\n\n") == 1 and "Cotton: 60 °C." in plain.splitlines()[1]
    assert base.search("how many days to send it back", "en")[0].article.title == "Returns"

    text = {"CustomFields": {"Content": "<p>Send it back within 60 days.</p>"}}
    tracker.call("PUT", f"article/{returns}", text)
    second = base.sync(source)
    assert second.changed == [f"request-tracker:en/request-tracker-{returns}"]
    assert "60 days" in base.article("en", f"request-tracker-{returns}").body_markdown

    tracker.call("DELETE", f"article/{returns}")  # which disables it
    third = base.sync(source)
    assert third.removed == [f"request-tracker:en/request-tracker-{returns}"]
    assert [each.title for each in base.articles("en")] == ["Washing"]

    tracker.call("PUT", f"article/{returns}", {"Disabled": 0})
    assert base.sync(source).new == [f"request-tracker:en/request-tracker-{returns}"]


def test_a_staff_class_is_for_staff_and_an_unseen_class_for_nobody(
    tracker: RequestTracker, written: list[str], base: KnowledgeBase
) -> None:
    write(tracker, written, "Returns", "Within 30 days.")
    goodwill = write(tracker, written, "Goodwill", "Up to 10 percent.", "Staff notes")
    write(tracker, written, "Not finished", "Perhaps.", "Drafts")
    base.sync(reading(tracker))
    assert [each.title for each in base.articles("en")] == ["Returns"]
    assert {each.title for each in base.articles("en", STAFF)} == {"Returns", "Goodwill"}
    article = base.article("en", f"request-tracker-{goodwill}", audience=STAFF)
    assert article.url == f"{tracker.url}/Articles/Article/Display.html?id={goodwill}"


def test_more_than_a_page_of_articles_comes_and_what_leaves_our_sight_goes(
    tracker: RequestTracker, base: KnowledgeBase
) -> None:
    source = reading(
        tracker,
        user="archivist",
        key="archivist-password",
        staff_classes=[],
        public_url="https://help.example/a/{id}",
    )
    assert len(base.sync(source).new) == 103
    some = next(each for each in base.articles("en") if each.title == "Article 51")
    number = some.slug.removeprefix("request-tracker-")
    assert some.body_markdown == "Text 51." and some.url == f"https://help.example/a/{number}"
    # in a class that the account does not see no search tells of it; the listing does
    tracker.call("PUT", f"article/{number}", {"Class": "Drafts"})
    assert base.sync(source).removed == []
    assert base.sync(source, full=True).removed == [some.id]


def test_an_article_without_text_fails_and_says_where_its_text_should_be(
    tracker: RequestTracker, written: list[str], base: KnowledgeBase
) -> None:
    write(tracker, written, "Returns", "Within 30 days.")
    summary = base.sync(reading(tracker, body_field="Body"))
    assert len(summary.failed) == 1 and "custom field 'Body'" in summary.failed[0].reason


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"key": "1-14-0123456789abcdef"}, "key"),
        ({"user": "reader", "key": "wrong"}, "key"),
        ({"staff_classes": ["Staf notes"]}, "no class Staf notes; it shows General, Staff notes"),
        ({"classes": ["Drafts"]}, "no class Drafts"),
    ],
)
def test_a_wrong_key_and_a_class_that_is_not_shown_are_told(
    tracker: RequestTracker, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        list(reading(tracker, **options).changes(None))
