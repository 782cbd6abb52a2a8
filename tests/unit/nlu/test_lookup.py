"""Names of a large table in a text."""

from __future__ import annotations

import itertools
import random
import time

import pytest

from bot.nlu.entities.lookup import MAX_TEXT_WORDS, WITH_ENDING, NameIndex
from bot.nlu.entities.words import words_of

NAMES = [
    "jacka",
    "jakke",
    "skor",
    "Regnbukse",
    "pannlampa",
    "Rygsæk",
    "Jotun Tent 2",
    "Møn sweater",
]


def found(index: NameIndex, names: list[str], text: str) -> list[str]:
    matches = sorted(index.find(words_of(text)), key=lambda m: m.score, reverse=True)
    return [names[match.name] for match in matches][:1]


@pytest.fixture(scope="module")
def large() -> tuple[NameIndex, list[str]]:
    syllables = ["ska", "bre", "lun", "vik", "dal", "fjo", "tun", "ber", "hol", "ste", "rin", "gra"]
    words = ["".join(three) for three in itertools.product(syllables, repeat=3)]
    pairs = [f"{a} {b} {n}" for a, b in itertools.permutations(words, 2) for n in (2, 3)]
    names = random.Random(3).sample(pairs, 50_000)
    return NameIndex(names), names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("jackan", "jacka"),
        ("jackans", "jacka"),
        ("jackorna", "jacka"),
        ("jakken", "jakke"),
        ("jakkens", "jakke"),
        ("jakkerne", "jakke"),
        ("jakka", "jakke"),
        ("skorna", "skor"),
        ("regnbuksene", "Regnbukse"),
        ("regnbuksa", "Regnbukse"),
        ("pannlampor", "pannlampa"),
        ("rygsækken", "Rygsæk"),
        ("rygsaekkens", "Rygsæk"),
        ("mon-sweateren", "Møn sweater"),
        ("jotun tents 2", "Jotun Tent 2"),
    ],
)
def test_endings_of_each_language_are_taken_off(text: str, name: str) -> None:
    assert found(NameIndex(NAMES), NAMES, f"min {text} er borte") == [name]


@pytest.mark.parametrize("text", ["jack", "jotun tent 3", "parken", "skall", "skolan", "tent 2"])
def test_another_word_is_no_name_with_an_ending(text: str) -> None:
    assert found(NameIndex(NAMES), NAMES, text) == []


def test_a_common_word_is_no_ending_of_a_name_that_nobody_says() -> None:
    assert found(NameIndex(["numm"]), ["numm"], "hvilket nummer") == []


def test_a_name_with_an_ending_is_less_sure_than_as_it_is() -> None:
    index = NameIndex(["jacka"])
    assert index.find(words_of("jackan"))[0].score == WITH_ENDING
    assert index.find(words_of("jacka"))[0].score == 1.0


def test_words_may_be_joined_or_parted_unless_people_say_them_so() -> None:
    names = ["Sarekjacka", "Boughton"]
    index = NameIndex(names)
    assert found(index, names, "min sarek jacka") == ["Sarekjacka"]
    assert found(index, names, "the one I bought on Tuesday") == []


def test_one_name_of_fifty_thousand_is_found_misspelt(large: tuple[NameIndex, list[str]]) -> None:
    index, names = large
    rng = random.Random(4)
    for name in rng.sample(names, 30):
        place = name.index(" ") - 2
        misspelt = name[:place] + name[place + 1 :]
        assert found(index, names, f"var är min {misspelt} som jag köpte hos er") == [name]


def test_a_message_takes_under_five_milliseconds_on_fifty_thousand_names(
    large: tuple[NameIndex, list[str]],
) -> None:
    index, names = large
    text = f"hej, jag undrar om ni har {names[7].replace('a', 'e', 1)} kvar i lager nu"
    index.find(words_of(text))
    times = []
    for _ in range(15):
        began = time.thread_time()
        index.find(words_of(text))
        times.append(time.thread_time() - began)
    assert sorted(times)[7] < 0.005


def test_words_after_the_two_hundredth_are_not_looked_at() -> None:
    index = NameIndex(["Regnbukse"])
    text = "ord " * MAX_TEXT_WORDS
    assert index.find(words_of(f"{text} regnbukse")) == []
    assert index.find(words_of(f"regnbukse {text}")) != []


def test_an_empty_table_has_no_names() -> None:
    assert NameIndex([]).find(words_of("jacka")) == NameIndex([""]).find(words_of("jacka")) == []
