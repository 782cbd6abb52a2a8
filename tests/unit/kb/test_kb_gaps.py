"""What customers asked and no article answered, grouped by what they meant."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from bot.nlu.search_encoder import search_encoders
from kb_connector import KnowledgeBase, MarkdownSource
from kb_connector.gaps import Gap, as_csv, find_gaps


@pytest.fixture
def asked(connect, folder: Path) -> KnowledgeBase:
    base = KnowledgeBase(connect(), encoders=search_encoders())
    base.sync(MarkdownSource(folder))
    for text, lang, verdict, conversation in (
        ("can you gift wrap it", "en", "no_answer", "c1"),
        ("Can you gift wrap it?", "en", "no_answer", "c2"),
        ("do you wrap it as a present", "en", "no_answer", "c3"),
        ("kan ni slå in det som present", "sv", "no_answer", "c4"),
        ("do you have a shop in Oslo", "en", "no_answer", "c5"),
        ("hur tvättar man ull", "sv", "not_helped", "c6"),
        ("where is my parcel", "en", "helped", "c7"),
        ("😀", "en", "no_answer", "c8"),
    ):
        base.record_feedback(text, "", lang, verdict, conversation_id=conversation)
    return base


def gaps_of(base: KnowledgeBase) -> list[Gap]:
    return find_gaps(base, base.feedback(), search_encoders()[0])


def test_the_same_question_in_other_words_and_languages_is_one_gap(asked: KnowledgeBase) -> None:
    first, *others = gaps_of(asked)
    assert first.count == 4
    assert dict(first.languages) == {"en": 3, "sv": 1}
    assert {first.question, *first.examples} == {
        "Can you gift wrap it?",
        "do you wrap it as a present",
        "kan ni slå in det som present",
    }
    assert first.conversations[0] == "c4", "the newest first"
    assert {gap.question for gap in others} == {"do you have a shop in Oslo", "hur tvättar man ull"}


def test_an_article_in_another_language_is_named(asked: KnowledgeBase) -> None:
    wool = next(gap for gap in gaps_of(asked) if gap.lang == "sv")
    assert wool.elsewhere == {"en": "Washing wool"}


def test_without_an_encoder_the_same_words_are_the_same_question(asked: KnowledgeBase) -> None:
    found = find_gaps(asked, asked.feedback())
    assert found[0].question == "Can you gift wrap it?"
    assert found[0].count == 2


def test_no_question_no_gap(connect) -> None:
    assert gaps_of(KnowledgeBase(connect())) == []


def test_the_table_is_safe_in_a_spreadsheet(asked: KnowledgeBase) -> None:
    asked.record_feedback('=HYPERLINK("http://evil")', "", "en", "no_answer")
    rows = list(csv.DictReader(io.StringIO(as_csv(gaps_of(asked)))))
    assert rows[0]["count"] == "4"
    assert all(not row["question"].startswith("=") for row in rows)
    assert any(row["question"].startswith("'=HYPERLINK") for row in rows)
