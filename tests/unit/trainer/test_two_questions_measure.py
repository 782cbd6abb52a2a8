"""The measure of two questions: its file, its shares, and examples joined two and two."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.errors import NluError
from bot.nlu.questions import Limits, Pair, Question
from bot.settings import LANGUAGES
from bot.trainer.examples import Example, read_examples
from bot.trainer.two_questions import Heard, Message, join, read_messages, share

BLIND = Path("tests/blind/two_questions.csv")


def pair(first: str, second: str, confidence: float) -> Pair:
    made = [Question(name, 0, 1, False, ((name, confidence),)) for name in (first, second)]
    return Pair(made[0], made[1], clear=True)


def test_shares_of_what_is_found_and_right() -> None:
    heard = [
        Heard(Message("", "one", "other", "en"), [pair("one", "other", 0.9)]),
        Heard(Message("", "one", "other", "en"), [pair("other", "one", 0.9)]),
        Heard(Message("", "one", "other", "en"), [pair("one", "other", 0.3)]),
        Heard(Message("", "one", "", "en"), []),
    ]
    found = share(heard, Limits(clear=0.5))
    assert (found.found, found.right) == (0.5, 0.25)
    assert share([], Limits()).found == 0.0


def test_joined_examples_hold_both_of_different_intents() -> None:
    examples = read_examples()[::20]
    joined = list(join(examples, random.Random(1)))
    assert {message.language for message in joined} == set(LANGUAGES)
    for message in joined:
        assert message.first != message.second
    two = [Example("where is it?", "a_b", "en"), Example("Send a receipt", "c_d", "en")]
    texts = {message.text for seed in range(30) for message in join(two * 2, random.Random(seed))}
    assert "where is it? Also, send a receipt" in texts
    assert "where is it, and send a receipt" in texts


def test_the_blind_messages_are_of_our_intents_and_in_every_language() -> None:
    messages = read_messages(BLIND)
    intents = {example.intent for example in read_examples()}
    for language in LANGUAGES:
        said = [message for message in messages if message.language == language]
        assert sum(bool(message.second) for message in said) == 40
        assert sum(not message.second for message in said) == 15
    assert {m.first for m in messages} | {m.second for m in messages} <= intents | {""}
    assert len({message.text for message in messages}) == len(messages)
    ours = {example.text.lower() for example in read_examples()}
    assert not any(message.text.lower() in ours for message in messages)


@pytest.mark.parametrize("content", ["text,first\na,b\n", None, b"\xff\xfe"])
def test_a_file_that_is_no_such_table_is_refused(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "two.csv"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(NluError, match="text, first, second, lang"):
        read_messages(file)
