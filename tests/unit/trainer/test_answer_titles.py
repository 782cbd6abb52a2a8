"""A trainer who writes what an intent is called on a button, with its answer or alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from answers_project import DOMAIN, RULES, TEXTS, everything, write_project
from test_answers import FORMS, NEW_RESPONSE, NEW_RULE

from bot.errors import AnswerRefused, DataChanged, TitleRefused
from bot.settings import LANGUAGES
from bot.trainer.answers import (
    ANSWERED,
    AS_IT_IS,
    CHANGED,
    HELP_CENTRE,
    PERSON,
    TEXT,
    Place,
    read_answers,
    read_journal,
    save,
    standing,
    undo,
)

TOVE, BO = "Tove", "Bo"
TITLES = {
    "en": "Gift wrapping",
    "sv": "Presentinslagning",
    "da": "Få pakket en gave ind",
    "nb": "Få pakket inn en gave",
}
NEW_TITLE = """
  utter_title_gift_wrap:
  - condition: [{type: slot, name: language, value: en}]
    text: "Gift wrapping"
  - condition: [{type: slot, name: language, value: sv}]
    text: "Presentinslagning"
  - condition: [{type: slot, name: language, value: da}]
    text: "Få pakket en gave ind"
  - condition: [{type: slot, name: language, value: nb}]
    text: "Få pakket inn en gave"
"""
EMPTY = dict.fromkeys(LANGUAGES, " ")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return write_project(tmp_path)


def titles(place: Place, intent: str = "gift_wrap") -> dict[str, str] | None:
    found = read_answers(place.project).by_intent[intent].title
    return dict(found.texts) if found else None


def test_an_answer_and_its_title_are_written_at_once_and_taken_back_at_once(
    place: Place, tmp_path: Path
) -> None:
    before = everything(tmp_path)
    entry = save(place, "gift_wrap", TOVE, TEXT, TEXTS, titles=TITLES)
    assert place.project.domain.read_text() == DOMAIN.replace(
        "\n# how long", f"{NEW_RESPONSE}{NEW_TITLE}\n# how long"
    )
    rules = (place.project.conversations / "rules.yml").read_text()
    assert rules == RULES.replace("\n# --- the end", f"{NEW_RULE}\n# --- the end")
    assert entry is not None
    assert (entry.what, entry.title) == (ANSWERED, "utter_title_gift_wrap")
    assert titles(place) == TITLES
    undo(place, TOVE)
    assert everything(tmp_path) == before
    assert titles(place) is None
    assert standing(read_journal(place.journal)) == []


@pytest.mark.parametrize("way", [HELP_CENTRE, PERSON])
def test_the_title_of_an_answer_without_a_text(place: Place, tmp_path: Path, way: str) -> None:
    before = everything(tmp_path)
    save(place, "gift_wrap", TOVE, way, titles=TITLES)
    assert place.project.domain.read_text() == DOMAIN.replace(
        "\n# how long", f"{NEW_TITLE}\n# how long"
    )
    assert read_answers(place.project).by_intent["gift_wrap"].kind == way
    undo(place, TOVE)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("intent", ["greet", "help", "order_status"])
def test_an_answer_of_any_kind_gets_a_title_alone(
    place: Place, tmp_path: Path, intent: str
) -> None:
    """A text, a text that is not changed here, a form."""
    before = everything(tmp_path)
    entry = save(place, intent, TOVE, AS_IT_IS, titles=TITLES)
    assert place.project.domain.read_text() == DOMAIN.replace(
        "\n# how long", f"{NEW_TITLE.replace('gift_wrap', intent)}\n# how long"
    )
    assert (place.project.conversations / "rules.yml").read_text() == RULES
    assert entry is not None
    assert (entry.what, entry.intent, entry.response) == (CHANGED, intent, "")
    undo(place, TOVE)
    assert everything(tmp_path) == before


def test_a_title_is_changed_and_only_its_lines(place: Place) -> None:
    save(place, "order_status", TOVE, AS_IT_IS, titles=TITLES)
    written = place.project.domain.read_text()
    entry = save(place, "order_status", BO, AS_IT_IS, titles={"sv": '"Var" är den?'})
    assert place.project.domain.read_text() == written.replace(
        '"Presentinslagning"', '"\\"Var\\" är den?"'
    )
    assert entry is not None
    assert entry.titles == {"sv": ('"Presentinslagning"', '"\\"Var\\" är den?"')}
    assert save(place, "order_status", BO, AS_IT_IS, titles=titles(place, "order_status")) is None
    with pytest.raises(DataChanged):
        undo(place, TOVE)
    undo(place, BO)
    assert place.project.domain.read_text() == written
    undo(place, TOVE)
    assert place.project.domain.read_text() == DOMAIN


def test_a_text_and_a_title_are_changed_at_once_and_taken_back_at_once(place: Place) -> None:
    save(place, "greet", BO, AS_IT_IS, titles=TITLES)
    written = place.project.domain.read_text()
    entry = save(place, "greet", TOVE, TEXT, {"sv": "Hej!"}, titles=TITLES | {"en": "A greeting"})
    assert place.project.domain.read_text() == written.replace(
        '"Hej, jag är en bot."', '"Hej!"'
    ).replace('"Gift wrapping"', '"A greeting"')
    assert entry is not None
    assert (entry.response, entry.title) == ("utter_greet", "utter_title_greet")
    undo(place, TOVE)
    assert place.project.domain.read_text() == written


def test_a_changed_text_and_a_new_title_are_taken_back_at_once(place: Place) -> None:
    save(place, "greet", TOVE, TEXT, {"sv": "Hej!"}, titles=TITLES)
    assert (titles(place, "greet"), '"Hej!"' in place.project.domain.read_text()) == (TITLES, True)
    undo(place, TOVE)
    assert place.project.domain.read_text() == DOMAIN


@pytest.mark.parametrize("given", [None, {}, EMPTY])
def test_without_a_title_an_intent_is_answered_as_before(
    place: Place, given: dict[str, str] | None
) -> None:
    entry = save(place, "gift_wrap", TOVE, TEXT, TEXTS, titles=given)
    assert "utter_title" not in place.project.domain.read_text()
    assert entry is not None
    assert entry.title == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sv": ""}, "sv: the button has no words. Write them in every language, or in none"),
        ({"da": "x" * 51}, "da: the button has 51 characters, 1 more than the 50"),
        ({"en": "Gift\nwrap"}, "en: the button has several lines"),
        ({"en": "Wrap {product}"}, "en: the button has {"),
        ({"en": "Wrap {{it}}"}, "en: the button has {"),
        ({"nb": "**Gaver**"}, "nb: the button has \\*\\*, which is markup"),
        ({"en": "a\u2028b"}, "en: the button has an invisible character"),
        ({"en": "a\tb"}, "en: the button has an invisible character"),
    ],
)
def test_what_is_no_title_is_refused_and_nothing_is_written(
    place: Place, tmp_path: Path, given: dict[str, str], said: str
) -> None:
    before = everything(tmp_path)
    with pytest.raises(TitleRefused, match=said) as refused:
        save(place, "gift_wrap", TOVE, TEXT, TEXTS, titles=TITLES | given)
    assert refused.value.languages == tuple(given)
    assert everything(tmp_path) == before
    assert not place.journal.exists()


def test_two_buttons_do_not_say_the_same(place: Place) -> None:
    save(place, "gift_wrap", TOVE, PERSON, titles=TITLES)
    other = {"en": "Delivery", "sv": "presentinslagning", "da": "Levering", "nb": "Levering"}
    with pytest.raises(TitleRefused, match=r"sv: .* the same as utter_title_gift_wrap"):
        save(place, "shipping", TOVE, PERSON, titles=other)


def test_a_title_that_is_there_is_not_taken_away(place: Place) -> None:
    save(place, "greet", TOVE, AS_IT_IS, titles=TITLES)
    with pytest.raises(
        TitleRefused, match=r"whole button is taken away by hand, in .*domain\.yml, line 38"
    ):
        save(place, "greet", TOVE, AS_IT_IS, titles=EMPTY)


def test_a_title_of_another_form_is_not_changed_here(tmp_path: Path) -> None:
    domain = DOMAIN.replace("  utter_help:", "  utter_title_greet:\n  - text: Hi\n\n  utter_help:")
    place = write_project(tmp_path, domain=domain)
    with pytest.raises(TitleRefused, match=r"utter_title_greet cannot be changed here.*line 32"):
        save(place, "greet", TOVE, AS_IT_IS, titles=TITLES)
    assert save(place, "greet", TOVE, TEXT, {"sv": "Hej!"}, titles={}) is not None


def test_a_title_that_is_longer_by_hand_keeps_nobody_from_changing_the_text(place: Place) -> None:
    save(place, "greet", TOVE, AS_IT_IS, titles=TITLES)
    path = place.project.domain
    path.write_text(path.read_text().replace("Presentinslagning", "x" * 60))
    there = titles(place, "greet")
    assert save(place, "greet", TOVE, TEXT, {"sv": "Hej!"}, titles=there) is not None
    with pytest.raises(TitleRefused, match="60 characters"):
        save(place, "greet", TOVE, AS_IT_IS, titles={"en": "Wrap it"})


def test_a_button_leads_to_an_answer(place: Place, tmp_path: Path) -> None:
    before = everything(tmp_path)
    with pytest.raises(AnswerRefused, match="gift_wrap has no answer that a button could lead to"):
        save(place, "gift_wrap", TOVE, AS_IT_IS, titles=TITLES)
    with pytest.raises(AnswerRefused, match="asked for by a form"):
        save(place, "callback_window", TOVE, AS_IT_IS, titles=TITLES)
    assert everything(tmp_path) == before


def test_the_second_of_two_trainers_is_told_that_the_title_is_another_by_now(place: Place) -> None:
    seen = read_answers(place.project).by_intent["greet"].seen
    save(place, "greet", BO, AS_IT_IS, titles=TITLES, seen=seen)
    with pytest.raises(DataChanged, match="Bo was faster"):
        save(place, "greet", TOVE, TEXT, {"sv": "Hej!"}, titles=TITLES, seen=seen)
    assert "Hej!" not in place.project.domain.read_text()


@pytest.mark.parametrize("form", FORMS)
def test_files_of_another_form_keep_it(tmp_path: Path, form: str) -> None:
    domain, rules = FORMS[form]
    place = write_project(tmp_path, domain=domain, rules=rules)
    before = everything(tmp_path)
    save(place, "gift_wrap", TOVE, TEXT, TEXTS, titles=TITLES)
    read = yaml.safe_load(place.project.domain.read_bytes())["responses"]
    said = [each["text"] for each in read["utter_title_gift_wrap"]]
    assert sorted(said) == sorted(TITLES.values())
    save(place, "gift_wrap", BO, AS_IT_IS, titles={"sv": "Slå in"})
    assert titles(place) == TITLES | {"sv": "Slå in"}
    undo(place, BO)
    undo(place, TOVE)
    left_over = {name: content for name, content in everything(tmp_path).items() if name in before}
    assert left_over == before


def test_what_was_written_before_there_were_titles_is_still_taken_back(place: Place) -> None:
    save(place, "gift_wrap", TOVE, TEXT, TEXTS)
    line = json.loads(place.journal.read_text())
    del line["title"], line["titles"]
    place.journal.write_text(json.dumps(line) + "\n")
    undo(place, TOVE)
    assert place.project.domain.read_text() == DOMAIN
