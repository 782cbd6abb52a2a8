"""Tone and sensitive topics as entities of a Rasa message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.model_training import train
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.errors import NluError
from bot.nlu.components import ToneTagger

CONFIGURED = ("examples", "tone", "sensitive")
LOOKUPS = Path(__file__).parents[3] / "data" / "lookups"
EXAMPLES = """
upset:
- you lied to me, I am furious
- never again, this is a disgrace
- I am sick of your excuses
- worst shop of my life
- nobody answers, I am so angry
- what a rotten company, shame on you
urgent:
- I fly tomorrow, hurry please
- need it today, the train leaves in an hour
- can you send it right now, before noon
- it must be here by Friday, is that possible
- quick, the driver is leaving in ten minutes
- the deadline is tonight, please be fast
pleased:
- thank you so much, I love it
- wonderful service, you made my day
- perfect fit, very happy
- best socks ever, many thanks
- you are so kind, brilliant
- we love the tent, great work
neutral:
- where is the size guide
- can I pay by card
- how do I wash wool
- where is the receipt of my order
- is the blue one in stock
- do you ship to Iceland
- what does it weigh
- where can I see my points
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tone")
    (path / "tone").mkdir()
    (path / "tone" / "en.yml").write_text(EXAMPLES)
    (path / "model").mkdir()
    return path


def config(folder: Path, **more: str) -> dict[str, Any]:
    given = {
        "examples": str(folder / "tone"),
        "tone": str(LOOKUPS / "tone.yml"),
        "sensitive": str(LOOKUPS / "sensitive.yml"),
    }
    return ToneTagger.get_default_config() | given | more


def parts(folder: Path) -> tuple[LocalModelStorage, Resource, ExecutionContext]:
    return (
        LocalModelStorage(folder / "model"),
        Resource("tone"),
        ExecutionContext(GraphSchema({})),
    )


@pytest.fixture(scope="module")
def tagger(folder: Path) -> ToneTagger:
    ToneTagger.create(config(folder), *parts(folder)).train(TrainingData())
    return ToneTagger.load(config(folder), *parts(folder))


def entities(tagger: ToneTagger, text: str) -> list[dict[str, Any]]:
    (message,) = tagger.process([Message({"text": text})])
    return list(message.get("entities") or [])


@pytest.mark.parametrize(
    ("text", "tone"),
    [
        ("I am furious, you lied to me again", "upset"),
        ("hurry please, I fly tomorrow, need it today", "urgent"),
        ("thank you so much, wonderful, I love it", "pleased"),
    ],
)
def test_a_tone_is_an_entity_of_the_whole_message(tagger: ToneTagger, text: str, tone: str) -> None:
    (found,) = entities(tagger, text)
    assert (found["entity"], found["value"]) == ("tone", tone)
    assert (found["start"], found["end"]) == (0, len(text))
    assert 0 < found["confidence_entity"] <= 1
    assert found["extractor"] == "ToneTagger"


@pytest.mark.parametrize("text", ["where is the size guide", "", "/greet"])
def test_a_neutral_message_and_a_button_have_none(tagger: ToneTagger, text: str) -> None:
    assert entities(tagger, text) == []


def test_a_sensitive_topic_is_an_entity_of_the_words_that_spoke_of_it(tagger: ToneTagger) -> None:
    text = "can I pay by card? Someone used my card"
    found = [one for one in entities(tagger, text) if one["entity"] == "sensitive_topic"]
    assert [(one["value"], text[one["start"] : one["end"]]) for one in found] == [
        ("fraud", "Someone used my card")
    ]


def test_what_it_learns_from_is_part_of_its_fingerprint(folder: Path, tmp_path: Path) -> None:
    before = ToneTagger.fingerprint_addon(config(folder))
    assert before == ToneTagger.fingerprint_addon(config(folder))
    (tmp_path / "en.yml").write_text(EXAMPLES + "- one more\n")
    assert ToneTagger.fingerprint_addon(config(folder, examples=str(tmp_path))) != before
    phrases = tmp_path / "phrases.yml"
    phrases.write_text("strong: {en: [furious]}\n")
    assert ToneTagger.fingerprint_addon(config(folder, tone=str(phrases))) != before


def test_without_examples_training_is_an_error_that_names_the_folder(
    folder: Path, tmp_path: Path
) -> None:
    tagger = ToneTagger.create(config(folder, examples=str(tmp_path)), *parts(folder))
    with pytest.raises(NluError, match=str(tmp_path)):
        tagger.train(TrainingData())


def test_a_second_training_takes_it_from_rasas_cache(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = {name: str(value) for name, value in config(folder).items() if name in CONFIGURED}
    rules = {"recipe": "default.v1", "assistant_id": "test", "language": "en"}
    pipeline = [{"name": "bot.nlu.components.ToneTagger", **given}]
    Path("config.yml").write_text(
        yaml.safe_dump({**rules, "pipeline": pipeline, "policies": [{"name": "RulePolicy"}]})
    )
    Path("data.yml").write_text(
        "nlu:\n- intent: greet\n  examples: |\n    - hi\n    - hello\n"
        "rules:\n- rule: hi\n  steps:\n  - intent: greet\n  - action: utter_hi\n"
    )
    made = []
    for text in ("Hi!", "Hello!"):
        domain = {"intents": ["greet"], "responses": {"utter_hi": [{"text": text}]}}
        Path("domain.yml").write_text(yaml.safe_dump(domain))
        made.append(train("domain.yml", "config.yml", ["data.yml"], output="models"))
    assert all(each.model and Path(each.model).exists() for each in made)
