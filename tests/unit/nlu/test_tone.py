"""How a customer sounds, as learned from the project's sentences, and topics for a person."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NluError
from bot.nlu.meaning import encode_kept
from bot.nlu.phrases import compile_phrases, load_phrases
from bot.nlu.tone import (
    NEUTRAL,
    PLEASED,
    TONES,
    UPSET,
    URGENT,
    SensitiveTopics,
    ToneDetector,
    ToneSigns,
    read_tones,
)
from bot.settings import LANGUAGES

ROOT = Path(__file__).parents[3]
LOOKUPS = ROOT / "data" / "lookups"
BLIND = ROOT / "tests" / "blind" / "tone.csv"
FEW = [
    ("worst service ever, I am furious", UPSET),
    ("you lied to me again and I am sick of it", UPSET),
    ("så jäkla dåligt, jag är rasande", UPSET),
    ("where is the size guide", NEUTRAL),
    ("can I pay by card", NEUTRAL),
    ("hur tvättar man ull", NEUTRAL),
    ("thank you so much, I love it", PLEASED),
    ("wow vad fin den är, tusen tack", PLEASED),
]


@pytest.fixture(scope="module")
def tone() -> ToneDetector:
    """The detector that `rasa train` makes."""
    examples = read_tones(ROOT / "data" / "tone")
    texts, tones = [one.text for one in examples], [one.tone for one in examples]
    return ToneDetector(load_phrases(LOOKUPS / "tone.yml")).fit(texts, tones, encode=encode_kept)


@pytest.fixture(scope="module")
def signs() -> ToneSigns:
    return ToneSigns(load_phrases(LOOKUPS / "tone.yml"))


@pytest.fixture(scope="module")
def few() -> ToneDetector:
    """One that learned next to nothing."""
    texts, tones = zip(*FEW, strict=True)
    return ToneDetector({"strong": {"en": ["furious"]}}).fit(texts, tones)


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
        "ingen av dere gidder å svare, og jeg er så lei",
    ],
)
def test_an_upset_customer_is_heard(tone: ToneDetector, text: str) -> None:
    assert tone.detect(text).label == UPSET


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
        "HEJ, HAR NI DEN I XL",
        "I'd like to make a complaint about a broken buckle, how do I do that?",
    ],
)
def test_one_who_is_not_is_left_alone(tone: ToneDetector, text: str) -> None:
    assert tone.detect(text).label != UPSET


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I fly tomorrow morning, can it get here before that?", URGENT),
        ("vi åker på fredag, hinner paketet fram?", URGENT),
        ("det haster, vi rejser i morgen tidlig", URGENT),
        ("rekker dere å sende den i dag? vi drar i kveld", URGENT),
        ("thank you so much, you saved our trip!", PLEASED),
        ("åh vad fina de är, helt underbara!", PLEASED),
        ("fantastisk hjælp, jeg er så glad", PLEASED),
        ("tusen takk, dere er best!", PLEASED),
        ("thanks", NEUTRAL),
        ("it's not urgent, I only wonder about the size", NEUTRAL),
        ("tack på förhand, var hittar jag fakturan?", NEUTRAL),
        ("", NEUTRAL),
        ("?!?!", NEUTRAL),
        ("12345 67", NEUTRAL),
    ],
)
def test_haste_and_joy_are_told_from_an_ordinary_question(
    tone: ToneDetector, text: str, label: str
) -> None:
    assert tone.detect(text).label == label


def test_swearing_of_a_happy_customer_is_no_anger(tone: ToneDetector, signs: ToneSigns) -> None:
    happy = "fy fan vad fin den blev, jag är helt kär, tusen tack"
    assert signs.angry(happy)
    assert tone.detect(happy).label == PLEASED


def test_anger_in_haste_is_anger(tone: ToneDetector) -> None:
    text = "We leave tomorrow and you lied to me again, I am furious!"
    assert tone.detect(text).label == UPSET


def test_it_is_as_good_on_sentences_written_apart_as_the_documentation_says(
    tone: ToneDetector,
) -> None:
    with BLIND.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    texts, right = [row["text"] for row in rows], np.array([row["tone"] for row in rows])
    said = np.array([one.label for one in tone.decide(texts, tone.predict_proba(texts))])
    assert (said == right).mean() > 0.85
    assert (right[said == UPSET] == UPSET).mean() > 0.85
    assert (said[right == UPSET] == UPSET).mean() > 0.75


def test_no_sentence_of_the_blind_test_is_trained_on() -> None:
    known = {one.text.lower() for one in read_tones(ROOT / "data" / "tone")}
    with BLIND.open(encoding="utf-8", newline="") as stream:
        assert not [row for row in csv.DictReader(stream) if row["text"].lower() in known]


def test_every_tone_has_examples_in_every_language() -> None:
    found = {(one.language, one.tone) for one in read_tones(ROOT / "data" / "tone")}
    assert found == {(language, tone) for language in LANGUAGES for tone in TONES}


@given(st.text())
@settings(max_examples=60, deadline=None)
def test_any_text_has_a_tone_and_a_probability(few: ToneDetector, text: str) -> None:
    found = few.detect(text)
    assert found.label in TONES
    assert 0 <= found.confidence <= 1


@pytest.mark.parametrize(
    "text",
    ["a" * 20_000, "hej " * 5_000, "<p>" * 3_000, "\u200b\x00\ud800", "!" * 9_000, "😡" * 5_000],
    ids=["letters", "words", "html", "controls", "exclamations", "emoji"],
)
def test_odd_and_long_texts_have_a_tone(tone: ToneDetector, text: str) -> None:
    assert tone.detect(text).label in TONES


def test_probabilities_sum_to_one_and_rows_do_not_change_each_other(few: ToneDetector) -> None:
    texts = ["great, thank you", "where is it", "I am furious", ""]
    shares = few.predict_proba(texts)
    assert np.allclose(shares.sum(axis=1), 1)
    assert np.allclose(shares[1:2], few.predict_proba(texts[1:2]), atol=1e-5)


def test_the_same_examples_make_the_same_detector(few: ToneDetector) -> None:
    texts, tones = zip(*FEW, strict=True)
    again = ToneDetector({"strong": {"en": ["furious"]}}).fit(texts, tones)
    asked = [*texts, "something else"]
    assert np.array_equal(again.predict_proba(asked), few.predict_proba(asked))
    assert again.threshold_ == few.threshold_


def test_two_tones_are_enough() -> None:
    texts, tones = zip(*[one for one in FEW if one[1] != PLEASED], strict=True)
    detector = ToneDetector({}).fit(texts, tones)
    assert detector.classes_.tolist() == [NEUTRAL, UPSET]
    assert detector.predict_proba(texts).argmax(axis=1).tolist() == [1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("tones", "said"),
    [
        ([NEUTRAL] * 4, "two examples"),
        ([UPSET] * 4, "two examples"),
        ([UPSET, NEUTRAL, NEUTRAL, NEUTRAL], "two examples"),
        ([UPSET, UPSET, NEUTRAL, "angry"], "no tone 'angry'"),
    ],
)
def test_examples_that_teach_nothing_are_an_error(tones: list[str], said: str) -> None:
    with pytest.raises(NluError, match=said):
        ToneDetector({}).fit(["a b", "c d", "e f", "g h"], tones)


def test_it_is_the_same_when_read_back(few: ToneDetector, tmp_path: Path) -> None:
    few.save(tmp_path)
    again = ToneDetector.load(tmp_path)
    texts = [text for text, _ in FEW]
    assert np.allclose(again.predict_proba(texts), few.predict_proba(texts), atol=1e-3)
    assert (again.threshold_, again.classes_.tolist()) == (few.threshold_, few.classes_.tolist())
    assert again.detect("furious").label == UPSET  # a phrase that came with the model


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"phrases": 1}'])
def test_a_damaged_file_is_an_error_never_an_untrained_detector(
    few: ToneDetector, tmp_path: Path, content: str
) -> None:
    few.save(tmp_path)
    (tmp_path / "tone.json").write_text(content)
    with pytest.raises(NluError, match="Train a new model"):
        ToneDetector.load(tmp_path)


def test_parts_that_do_not_fit_together_are_an_error(few: ToneDetector, tmp_path: Path) -> None:
    few.save(tmp_path)
    content = json.loads((tmp_path / "tone.json").read_text())
    content["phrases"]["more"] = {"en": ["sign"]}
    (tmp_path / "tone.json").write_text(json.dumps(content))
    with pytest.raises(NluError, match="fit together"):
        ToneDetector.load(tmp_path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NluError):
        ToneDetector.load(tmp_path)


def test_two_mild_signs_make_an_upset_customer(signs: ToneSigns) -> None:
    assert not signs.angry("I am disappointed")
    assert signs.angry("I am disappointed!!")
    assert not signs.angry("disappointed, DISAPPOINTED")  # said twice is one sign


def test_signs_are_numbers_of_what_shows(signs: ToneSigns) -> None:
    calm, loud = signs.numbers("where is it"), signs.numbers("WHERE IS MY PARCEL?!! 😡")
    assert len(calm) == len(loud)
    assert sum(loud) > sum(calm)


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
