"""Product names, with typing errors and endings."""

from __future__ import annotations

import itertools
import statistics
import time
from pathlib import Path

import pytest

from bot.errors import NluError
from bot.nlu.entities.products import ProductFinder, load_products

LOOKUP = Path(__file__).parents[3] / "data" / "lookups" / "products.yml"


@pytest.fixture(scope="module")
def finder() -> ProductFinder:
    return ProductFinder(load_products(LOOKUP))


def products(finder: ProductFinder, text: str) -> list[str]:
    return [span.value for span in finder.find(text)][:1]


@pytest.mark.parametrize(
    "text",
    [
        "Sarek Shell Jacket",
        "sarek shell jacket",
        "the Sarek Shel Jacket please",
        "min sarekjacka är för liten",
        "sarekjackan gick sönder",
        "sarekjakken er gået i stykker",
        "sarekjakka mi er for liten",
        "my sarek-jacket",
    ],
)
def test_a_product_is_found_by_its_names_in_each_language(finder: ProductFinder, text: str) -> None:
    assert products(finder, text) == ["Sarek Shell Jacket"]


@pytest.mark.parametrize("text", ["sarekjakan", "Sarek Shell Jaket", "sarek shell jackett"])
def test_typing_errors_are_forgiven(finder: ProductFinder, text: str) -> None:
    assert products(finder, text) == ["Sarek Shell Jacket"]


@pytest.mark.parametrize(
    "text", ["sagen er lukket", "jag vill parkera", "hello there", "hvor er pakken min", ""]
)
def test_ordinary_words_are_no_products(finder: ProductFinder, text: str) -> None:
    assert products(finder, text) == []


def test_a_number_tells_two_products_apart() -> None:
    finder = ProductFinder({"jotun tent 2": "Two", "jotun tent 3": "Three"})
    assert products(finder, "the jotun tent 3") == ["Three"]
    assert products(finder, "the jotun tentt 2") == ["Two"]
    assert products(finder, "the jotun tent 4") == []


def test_the_place_and_the_confidence_are_those_of_the_match(finder: ProductFinder) -> None:
    text = "the Sarek Shel Jacket, please"
    span = finder.find(text)[0]
    assert text[span.start : span.end] == "Sarek Shel Jacket"
    assert 0.88 <= span.confidence < 1


def test_a_message_takes_under_five_milliseconds_on_five_thousand_names() -> None:
    syllables = ["ska", "bre", "lun", "vik", "dal", "fjo", "tun", "ber", "hol", "ste", "rin", "gra"]
    words = ["".join(three) for three in itertools.product(syllables, repeat=3)]
    names = [f"{a} {b}" for a, b in zip(words * 3, words[7:] + words * 2, strict=False)][:5000]
    finder = ProductFinder({name: name for name in names})
    text = "hej, jag undrar om ni har skabrelun i storlek M, min förra gick sönder"
    finder.find(text)
    times = []
    for _ in range(15):
        began = time.perf_counter()
        finder.find(text)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.005, f"median {statistics.median(times) * 1000:.1f} ms"


def test_names_and_aliases_of_every_language_are_loaded() -> None:
    names = load_products(LOOKUP)
    assert names["Sarek Shell Jacket"] == names["sarek"] == names["sarekjackan"]
    assert names["sarekjakken"] == names["skalljakka"] == "Sarek Shell Jacket"


@pytest.mark.parametrize("content", ["", "products: 3", "products: [{aliases: []}]", "[", "a: b"])
def test_a_table_of_another_shape_is_an_error_that_names_the_file(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "table.yml"
    path.write_text(content)
    with pytest.raises(NluError, match=r"table\.yml"):
        load_products(path)


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NluError, match=r"nothing\.yml"):
        load_products(tmp_path / "nothing.yml")


def test_an_empty_table_finds_nothing() -> None:
    assert ProductFinder({}).find("Sarek Shell Jacket") == []
