"""Upset customers and sensitive topics, by the phrases in `data/lookups`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import NluError
from bot.nlu.phrases import compile_phrases, load_phrases
from bot.nlu.tone import NEUTRAL, UPSET, SensitiveTopics, ToneDetector
from bot.settings import LANGUAGES

LOOKUPS = Path(__file__).parents[3] / "data" / "lookups"


@pytest.fixture(scope="module")
def tone() -> ToneDetector:
    return ToneDetector(load_phrases(LOOKUPS / "tone.yml"))


@pytest.fixture(scope="module")
def topics() -> SensitiveTopics:
    return SensitiveTopics(load_phrases(LOOKUPS / "sensitive.yml"))


@pytest.mark.parametrize(
    "text",
    [
        "this is ridiculous",
        "I am absolutely disgusted",
        "WHERE IS MY ORDER?!",
        "I'm annoyed and disappointed",
        "detta är helt oacceptabelt",
        "jag är så arg på er",
        "vad fan håller ni på med",
        "det er fandeme for dårligt",
        "jeg er rasende",
        "dette er helt uakseptabelt!",
        "elendig service",
        "nå er jeg forbanna",
    ],
)
def test_an_upset_customer_is_heard(tone: ToneDetector, text: str) -> None:
    assert tone.detect(text) == UPSET


@pytest.mark.parametrize(
    "text",
    [
        "I'm a fan of your jackets",
        "the zip is a bit annoying",
        "Hello! Where is my order?",
        "OK",
        "NL-104823",
        "jag är ett fan av era jackor",
        "dragkedjan är lite irriterande",
        "jag är lite besviken på färgen",
        "jakken er desværre lidt for stor",
        "Hurra!!",
        "glidelåsen er litt irriterende",
        "SAREK SHELL JACKET",
        "kan jeg få en surdej med?",
    ],
)
def test_one_who_is_not_is_left_alone(tone: ToneDetector, text: str) -> None:
    assert tone.detect(text) == NEUTRAL


def test_two_mild_signs_make_an_upset_customer(tone: ToneDetector) -> None:
    assert tone.detect("I am disappointed") == NEUTRAL
    assert tone.detect("I am disappointed!!") == UPSET
    assert tone.detect("disappointed, DISAPPOINTED") == NEUTRAL  # said twice is one sign


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("someone used my card", "fraud"),
        ("my account was hacked", "fraud"),
        ("någon har använt mitt kort", "fraud"),
        ("jag har blivit bedragen, det är bedrägeri", "fraud"),
        ("nogen har brugt mit kort", "fraud"),
        ("kontoen min er hacket", "fraud"),
        ("the stove caught fire", "injury"),
        ("köket började brinna", "injury"),
        ("jeg kom til skade på den", "injury"),
        ("jeg havnet på sykehuset", "injury"),
        ("my lawyer will write to you", "legal"),
        ("jag gör en polisanmälan", "legal"),
        ("I hører fra min advokat", "legal"),
        ("jeg går til forbrukertilsynet", "legal"),
    ],
)
def test_a_sensitive_topic_is_found(topics: SensitiveTopics, text: str, topic: str) -> None:
    found = topics.detect(text)
    assert found is not None
    assert found[0] == topic
    assert found[1].lower() in text.lower()


@pytest.mark.parametrize(
    "text",
    [
        "where is my order",
        "I burned through the gas canister, which size do you sell?",
        "har ni barnstorlekar?",
        "varnar ni när något är slut?",  # holds "arn"
        "kan jag få hjälp att stämma av min order",
        "jakken har et hul i ærmet",
        "når blir pakken levert",
    ],
)
def test_ordinary_questions_are_not(topics: SensitiveTopics, text: str) -> None:
    assert topics.detect(text) is None


@pytest.mark.parametrize("name", ["tone.yml", "sensitive.yml"])
def test_every_group_has_phrases_in_every_language(name: str) -> None:
    for group, languages in load_phrases(LOOKUPS / name).items():
        assert set(languages) == set(LANGUAGES), group
        assert all(languages.values()), group


def test_a_star_stands_for_the_rest_of_a_word() -> None:
    pattern = compile_phrases(["bedräg*", "two words"])
    assert pattern.search("Bedrägeriet")
    assert pattern.search("two   WORDS")
    assert not pattern.search("twowords")
    assert not compile_phrases([]).search("anything")


@pytest.mark.parametrize("content", ["- a", "group: [a]", "{", ""])
def test_a_file_of_another_shape_is_an_error_that_names_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "phrases.yml"
    path.write_text(content)
    with pytest.raises(NluError, match=r"phrases\.yml"):
        load_phrases(path)
