"""Names of new intents, made of what a trainer writes."""

from __future__ import annotations

import pytest

from bot.errors import IntentUnknown
from bot.trainer.inbox.new_intents import new_name
from bot.trainer.nlu_files.changes import NAME_CHARS, can_name_an_intent, intent_name
from bot.trainer.slugs import slug


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Presentinslagning & kort!", "presentinslagning_kort"),
        ("gift_card", "gift_card"),
        ("  Gåva till någon?  ", "gava_till_nagon"),
        ("Ændre på ønsker", "aendre_pa_onsker"),
        ("Größe", "grosse"),
        ("Crème  brûlée", "creme_brulee"),
        ("a__b", "a_b"),
        ("lost-parcel", "lost_parcel"),
        ("3 för 2", "3_for_2"),
        ("ﬁnd /etc/../passwd\x00\n", "find_etc_passwd"),
    ],
)
def test_a_name_is_made_of_free_text(text: str, name: str) -> None:
    assert intent_name(text) == name
    assert can_name_an_intent(name)
    assert intent_name(name) == name
    assert new_name(text, {"greet"}) == name


@pytest.mark.parametrize("text", ["", "  ", "!?", "日本", "12", "1_000", "null", "True", "0x1f"])
def test_what_no_name_can_be_made_of_is_said(text: str) -> None:
    assert intent_name(text) == ""
    with pytest.raises(IntentUnknown, match="No name can be made of"):
        new_name(text, ())


def test_a_long_description_is_cut_between_words() -> None:
    name = intent_name("kunden vill veta " * 10)
    assert name == "kunden_vill_veta_kunden_vill_veta_kunden_vill_veta_kunden"
    assert len(intent_name("x" * 100)) == NAME_CHARS
    exact = "a" * 29 + "_" + "b" * 30
    assert intent_name(exact) == exact
    assert intent_name(exact + "_c") == exact


def test_a_name_that_there_is_or_that_rasa_uses_is_refused() -> None:
    with pytest.raises(IntentUnknown, match="an intent order_status already"):
        new_name("Order status!", {"order_status"})
    with pytest.raises(IntentUnknown, match="Rasa uses itself"):
        new_name("NLU fallback", ())


def test_files_are_called_in_the_same_letters() -> None:
    assert slug("Smørrebrød på Åland", "-") == "smorrebrod-pa-aland"
