"""All entities of a message together."""

from __future__ import annotations

import statistics
import time
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import NluError
from bot.nlu.entities.extractor import MAX_CHARS, EntityExtractor
from bot.nlu.entities.places import load_towns
from bot.nlu.entities.products import load_products
from bot.settings import LANGUAGES

LOOKUPS = Path(__file__).parents[3] / "data" / "lookups"
NOON = datetime(2025, 10, 8, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def extractor() -> EntityExtractor:
    return EntityExtractor(
        load_products(LOOKUPS / "products.yml"), load_towns(LOOKUPS / "places.csv")
    )


def found(extractor: EntityExtractor, text: str, language: str | None = None) -> dict[str, str]:
    return {span.entity: span.value for span in extractor.find(text, language, NOON)}


def test_each_kind_is_found_beside_the_others(extractor: EntityExtractor) -> None:
    text = (
        "Sarek Shel Jacket fra ordre NL-104823, købt den 3. marts, kostede 1.299,- og skulle til "
        "8600 Silkeborg. Mvh 211062-5629, ring 32 12 34 56 eller ida@mail.example"
    )
    assert found(extractor, text, "da") == {
        "product": "Sarek Shell Jacket",
        "order_number": "NL-104823",
        "date": "2025-03-03",
        "amount": "1299.00 DKK",
        "postcode": "8600",
        "place": "Silkeborg, DK",
        "personal_number": "cpr-nummer 211062-****",
        "phone_number": "+4532123456",
        "email": "ida@mail.example",
    }


def test_the_longest_name_wins(extractor: EntityExtractor) -> None:
    assert found(extractor, "min Skagen jacka") == {"product": "Skagen Windbreaker"}
    assert found(extractor, "min Skagen är trasig") == {"product": "Skagen Windbreaker"}
    assert found(extractor, "leverer I til Skagen") == {"place": "Skagen, DK"}


def test_a_products_own_number_is_part_of_its_name() -> None:
    extractor = EntityExtractor({"Backpack 104823": "Backpack 104823", "anna": "Anna"})
    assert found(extractor, "my Backpack 104823") == {"product": "Backpack 104823"}
    assert found(extractor, "my order 104823") == {"order_number": "NL-104823"}
    assert found(extractor, "anna@mail.example") == {"email": "anna@mail.example"}


def test_today_is_that_of_the_customers(extractor: EntityExtractor) -> None:
    late = datetime(2025, 10, 8, 23, 30, tzinfo=timezone.utc)  # half past one in Stockholm
    assert [span.value for span in extractor.find("today", "en", late)] == ["2025-10-09"]
    now = [span.value for span in extractor.find("today", "en")]
    assert now[0] in {str(datetime.now(timezone.utc).date() + timedelta(days=d)) for d in (0, 1)}


def test_an_unknown_time_zone_is_an_error() -> None:
    with pytest.raises(NluError, match="Europe/Atlantis"):
        EntityExtractor({}, time_zone="Europe/Atlantis")


def test_the_text_after_the_limit_is_not_looked_at(extractor: EntityExtractor) -> None:
    assert found(extractor, "x" * MAX_CHARS + " NL-104823") == {}


MAIL = """> On 3 March 2025 at 12:10, Ida Holm <ida@mail.example> wrote:
>> <p>Hej&nbsp;<b>NL-104823</b></p>
> -- \nIda Holm, Storgatan 1, 831 30 Östersund
Sent from my phone"""


@given(
    st.text(max_size=400)
    | st.text(alphabet="0123456789 .,:-/+kr", max_size=300)
    | st.lists(
        st.sampled_from(
            [
                *["i", "till", "den", "3", "mars", "NL-", "104823", "kr", "811218-9876", "Malmö"],
                *["på", "fredag", "\u200b", "😊", "<b>", "sarek", "@", "\x00", "\n", "2025-02-30"],
            ]
        ),
        max_size=60,
    ).map(" ".join),
    st.sampled_from([*LANGUAGES, None, "fi"]),
)
@example(MAIL, "sv")
@example("\ud800", None)
@example("1" * 400, None)
@settings(max_examples=200, deadline=None)
def test_any_text_gives_spans_in_order_without_overlaps(
    extractor: EntityExtractor, text: str, language: str | None
) -> None:
    spans = extractor.find(text, language, NOON)
    assert all(0 <= s.start < s.end <= len(text) and s.value for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))


@pytest.mark.parametrize(
    "piece",
    [
        *[
            "1 ",
            "1",
            "a",
            " ",
            "(",
            "😊",
            "a\u200b",
            "<b>x</b>",
            "a@",
            "a.",
            "070-",
            "kr 1.",
            "1/1 ",
        ],
        *["i morgon ", "Sarek ", "till Malmö ", "ærø", "\n", MAIL, "811218-9876 ", "1.", "3 mars "],
    ],
)
def test_twenty_thousand_characters_take_little_time(
    extractor: EntityExtractor, piece: str
) -> None:
    text = (piece * 20_000)[:20_000]
    extractor.find(text, "sv", NOON)
    times = []
    for _ in range(5):
        began = time.thread_time()
        extractor.find(text, "sv", NOON)
        times.append(time.thread_time() - began)
    assert statistics.median(times) < 0.1
