"""The measure of negations, and how good the assistant is on sentences written before it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import NluError
from bot.nlu.classifier import IntentClassifier
from bot.settings import LANGUAGES
from bot.trainer import costs
from bot.trainer.cross_validation import OUT_OF_SCOPE
from bot.trainer.evaluation_report.served import served_thresholds
from bot.trainer.examples import read_examples
from bot.trainer.labelled import Labelled
from bot.trainer.negation import KINDS, Message, Outcome, aware, hear, read_messages, shares

ROOT = Path(__file__).parents[3]
BLIND = ROOT / "tests" / "blind"


@pytest.fixture(scope="module")
def model() -> IntentClassifier:
    rows = [Labelled(e.text, e.intent, e.language) for e in read_examples()]
    return costs.fit(rows, OUT_OF_SCOPE)


@pytest.mark.parametrize(
    ("name", "alone", "instead", "kept", "wrongly_acted"),
    [("negation.csv", 0.94, 0.85, 0.95, 0.06), ("negation_2.csv", 0.79, 0.9, 0.85, 0.13)],
)
def test_it_is_as_good_on_sentences_written_apart_as_the_documentation_says(
    model: IntentClassifier,
    name: str,
    alone: float,
    instead: float,
    kept: float,
    wrongly_acted: float,
) -> None:
    messages = read_messages(BLIND / name)
    found = shares(hear(aware(model), messages, served_thresholds()))
    assert found["alone"] >= alone
    assert found["instead"] >= instead
    assert found["kept"] >= kept
    assert found["wrongly acted"] <= wrongly_acted


def test_shares_of_what_is_right() -> None:
    alone, instead = Message("", "", "x", "en"), Message("", "y", "x", "en")
    kept = Message("", "x", "", "en")
    outcomes = [
        Outcome(alone, "deny", 0.9, acted=True),
        Outcome(alone, "x", 0.5, acted=False),
        Outcome(alone, "x", 0.9, acted=True),
        Outcome(alone, "y", 0.9, acted=True),
        Outcome(instead, "y", 0.9, acted=True),
        Outcome(instead, "x", 0.6, acted=False),
        Outcome(kept, "deny", 0.9, acted=True),
    ]
    found = shares(outcomes)
    assert (found["alone"], found["instead"], found["kept"]) == (0.5, 0.5, 0)
    assert found["wrongly acted"] == pytest.approx(3 / 7)


@pytest.mark.parametrize("name", ["negation.csv", "negation_2.csv"])
def test_the_blind_messages_are_of_our_intents_and_of_every_kind_and_language(name: str) -> None:
    messages = read_messages(BLIND / name)
    examples = read_examples()
    intents = {example.intent for example in examples}
    for language in LANGUAGES:
        assert {m.kind for m in messages if m.language == language} == set(KINDS)
    assert {m.intent for m in messages} | {m.negated for m in messages} <= intents | {""}
    ours = {example.text.lower() for example in examples}
    assert not any(message.text.lower() in ours for message in messages)


@pytest.mark.parametrize("content", ["text,intent\na,b\n", None, b"\xff\xfe"])
def test_a_file_that_is_no_such_table_is_refused(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "not.csv"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(NluError, match="text, intent, not, lang"):
        read_messages(file)
