"""Which entities are offered for marking, and what is preselected."""

from __future__ import annotations

from pathlib import Path

import inbox_world
import pytest

from bot.trainer.inbox.entities import Likely, likely_entity, marked_entities

MARKED = """\
version: "3.1"
nlu:
- intent: return_item
  examples: |
    - can i send the [wool hat](product) back
    - the [Wool Hat](product) is too small
    - the [wool hat](product) of order [NL-104823](order_number)
    - is the [sky](product) for sale
    - the [sky](place) is blue
"""


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Path, Path]:
    inbox_world.write_files(tmp_path)
    return tmp_path / "nlu", tmp_path / "domain.yml"


@pytest.fixture
def marked(shop: tuple[Path, Path]) -> tuple[Path, Path]:
    (shop[0] / "en" / "marked.yml").write_text(MARKED, encoding="utf-8")
    return shop


def test_what_examples_mark_is_offered_in_the_order_of_the_domain(marked) -> None:
    assert marked_entities(*marked) == ["order_number", "product"]


def test_while_nothing_is_marked_the_whole_domain_is_offered(shop) -> None:
    assert marked_entities(*shop) == ["order_number", "product", "tone"]


OFFERED = ("order_number", "product", "date", "amount", "place")


@pytest.mark.parametrize(
    ("words", "language", "likely"),
    [
        ("wool HAT", "en", Likely("product", 3)),
        (" wool hat,", "en", Likely("product", 3)),
        ("NL-555555", "en", Likely("order_number", 0)),
        ("24 december", "sv", Likely("date", 0)),
        ("2 195 kr", "nb", Likely("amount", 0)),
        ("sky", "en", None),  # one is as likely as the other
        ("is too small", "en", None),
        ("a parcel of 24 december", "en", None),  # more than a date
        ("anna@mail.example", "en", None),  # an e-mail address, but none is offered
        ("", "en", None),
    ],
)
def test_only_with_good_reason_is_one_preselected(marked, words, language, likely) -> None:
    assert likely_entity(words, language, OFFERED, marked[0]) == likely


def test_on_the_shops_own_files_internal_ones_are_not_offered() -> None:
    offered = marked_entities(Path("data/nlu"), Path("domain.yml"))
    assert {"order_number", "product", "date", "amount"} <= set(offered)
    assert not {"language", "other_language", "tone", "sensitive_topic", "rating"} & set(offered)
    assert not {"callback_window", "rating_word", "article", "choice"} & set(offered)
