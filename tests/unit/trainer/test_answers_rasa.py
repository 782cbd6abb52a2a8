"""That Rasa reads an answer as it was meant, and says it in the customer's language."""

from __future__ import annotations

import asyncio
import re
import string
import tempfile
import warnings
from pathlib import Path
from typing import Any

import pytest
from answers_project import DOMAIN, RULES, TEXTS, write_project
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import AnswerRefused
from bot.settings import LANGUAGES
from bot.trainer.answers import HELP_CENTRE, TEXT, save
from bot.trainer.answers.yaml_file import read_yaml

SLOT = "slots:\n  language:\n    type: text\n    mappings:\n    - type: custom\n\n"
WITH_SLOT = DOMAIN.replace("\nactions:\n", f"\n{SLOT}actions:\n")
SIGNS = st.characters(codec="utf-8") | st.sampled_from("-#[](){}:|>\"'\\u0% \t\n&*!,?\u2028\x85$`<")
TEXTS_OF_TRAINERS = st.text(SIGNS, min_size=1, max_size=30)


def rasa_says(domain: Path, language: str, response: str = "utter_gift_wrap") -> str:
    from rasa.core.nlg import TemplatedNaturalLanguageGenerator  # noqa: PLC0415
    from rasa.shared.core.domain import Domain  # noqa: PLC0415
    from rasa.shared.core.events import SlotSet  # noqa: PLC0415
    from rasa.shared.core.trackers import DialogueStateTracker  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = Domain.load(str(domain))
        tracker = DialogueStateTracker.from_events("a", [], slots=read.slots)
        tracker.update(SlotSet("language", language))
        generator = TemplatedNaturalLanguageGenerator(read.responses)
        said = asyncio.run(generator.generate(response, tracker, "rest"))
    assert said is not None
    return str(said["text"])


def rasa_reads_rules(path: Path) -> list[tuple[str, list[str]]]:
    from rasa.shared.core.events import ActionExecuted, UserUttered  # noqa: PLC0415
    from rasa.shared.core.training_data.story_reader.yaml_story_reader import (  # noqa: PLC0415
        YAMLStoryReader,
    )

    def steps(events: list[Any]) -> list[str]:
        found = []
        for event in events:
            if isinstance(event, UserUttered):
                found.append(str(event.intent_name))
            elif isinstance(event, ActionExecuted):
                found.append(str(event.action_name))
        return [each for each in found if each not in ("...", "action_listen")]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = YAMLStoryReader().read_from_file(str(path))
    return [(step.block_name, steps(step.events)) for step in read]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_customers_language_chooses_the_text(tmp_path: Path, end: str) -> None:
    place = write_project(
        tmp_path, domain=WITH_SLOT.replace("\n", end), rules=RULES.replace("\n", end)
    )
    texts = TEXTS | {"sv": "Ja,\n{{så}} \\ \"är\" 'det'."}
    titles = {language: f'"{language}": # \\ gåva' for language in LANGUAGES}
    save(place, "gift_wrap", "tove", TEXT, texts, titles=titles)
    wanted = TEXTS | {"sv": "Ja,\n{så} \\ \"är\" 'det'."}
    for language in LANGUAGES:
        assert rasa_says(place.project.domain, language) == wanted[language]
        title = rasa_says(place.project.domain, language, "utter_title_gift_wrap")
        assert title == titles[language]
    save(place, "shipping", "tove", HELP_CENTRE)
    assert rasa_reads_rules(place.project.conversations / "rules.yml")[-2:] == [
        ("Gift wrap is answered by a text", ["gift_wrap", "utter_gift_wrap"]),
        ("Shipping is answered from the help centre", ["shipping", "action_answer"]),
    ]


@settings(max_examples=60, deadline=None)
@given(text=TEXTS_OF_TRAINERS)
def test_any_text_that_is_taken_is_said_as_it_was_written(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = write_project(Path(folder), domain=WITH_SLOT)
        try:
            save(place, "gift_wrap", "tove", TEXT, TEXTS | {"sv": text})
        except AnswerRefused:
            assert place.project.domain.read_text() == WITH_SLOT
            return
        said = rasa_says(place.project.domain, "sv")
        # Whatever ended a line where it was written, it is a line.
        lines = [line.rstrip() for line in re.split(r"\r\n|\r|\n", text.strip())]
        assert said == "\n".join(lines).replace("{{", "{").replace("}}", "}")


@settings(max_examples=60, deadline=None)
@given(tail=st.text(string.printable, max_size=40))
def test_whatever_follows_in_a_file_the_rules_before_stay(tail: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = write_project(Path(folder), rules=f"{RULES}{tail}")
        path = place.project.conversations / "rules.yml"
        before = path.read_bytes()
        try:
            save(place, "gift_wrap", "tove", HELP_CENTRE)
        except Exception:  # noqa: BLE001 -- refused, whatever the reason
            assert path.read_bytes() == before
            return
        rules = read_yaml(path).plain()["rules"][1]
        assert len(rules) == 4
