"""Times as other systems write them, and answers that are not what they should be."""

from __future__ import annotations

import datetime as dt

import pytest

from kb_connector.errors import SourceError
from kb_connector.sources.contract import expected, moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-31T09:00:00Z",
        "2026-03-31T09:00:00.1Z",
        "2026-03-31T11:00:00.123+02:00",
        "2026-03-31T04:00:00-0500",
    ],
)
def test_a_time_is_read_in_utc(text: str) -> None:
    assert moment(text) == dt.datetime(2026, 3, 31, 9, tzinfo=dt.timezone.utc)


@pytest.mark.parametrize("text", ["2026-03-31T09:00:00", "2026-03-31", "yesterday", ""])
def test_a_time_without_zone_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"time zone|isoformat"):
        moment(text)


def test_an_answer_of_another_shape_says_whose_and_what() -> None:
    message = "Answer 7 did not come as Zammad sends it.*'body'"
    with pytest.raises(SourceError, match=message), expected("Zammad", "Answer 7"):
        {}["body"]
