"""The names of products, and what customers call them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo_shop.catalogue import PRODUCTS
from demo_shop.seed import PLANS

LOOKUP = Path(__file__).parents[3] / "data" / "lookups" / "products.yml"
LANGUAGES = ("en", "sv", "da", "nb")


@pytest.fixture(scope="module")
def products() -> Any:
    return yaml.safe_load(LOOKUP.read_text(encoding="utf-8"))["products"]


def plain(text: str) -> str:
    return re.sub(r"[\s-]+", "", text).lower()


def test_every_product_but_the_gift_card_can_be_recognised(products: Any) -> None:
    assert [entry["name"] for entry in products] == [
        product.name for product in PRODUCTS if product.name != "Gift Card"
    ]
    for entry in products:
        assert set(entry) == {"name", "everyone", *LANGUAGES}
        assert all(isinstance(alias, str) for key in entry for alias in entry[key])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_alias_names_one_product(products: Any, lang: str) -> None:
    owner: dict[str, str] = {}
    for entry in products:
        for alias in {plain(text) for text in (entry["name"], *entry["everyone"], *entry[lang])}:
            assert owner.setdefault(alias, entry["name"]) == entry["name"], alias
    assert len(owner) >= 60


def test_no_alias_is_listed_twice(products: Any) -> None:
    for entry in products:
        for lang in LANGUAGES:
            aliases = [entry["name"], *entry["everyone"], *entry[lang]]
            aliases = [alias.lower() for alias in aliases]
            assert len(aliases) == len(set(aliases)), (entry["name"], lang)


def test_seeded_orders_are_of_products_that_exist() -> None:
    ordered = {line.split("/")[0] for plan in PLANS for line in plan.lines.split(", ")}
    assert ordered <= {product.name for product in PRODUCTS}
