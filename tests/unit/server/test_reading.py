"""Rasa's files read sooner: the same content, and the same words about what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import rasa.shared.utils.validation
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.utils import io
from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

from bot.server import reading

ROOT = Path(__file__).parents[3]
STOCK = (
    rasa.shared.utils.validation.validate_yaml_schema,
    VersionedResolver.versioned_resolver,
)
NLU = "version: '3.1'\nnlu:\n- intent: greet\n  examples: |\n    - hej\n"


def put_back() -> None:
    rasa.shared.utils.validation.validate_yaml_schema = STOCK[0]
    VersionedResolver.versioned_resolver = STOCK[1]


@pytest.fixture
def sooner() -> Iterator[None]:
    reading.apply()
    yield
    put_back()


def what_is_wrong(kind: type[Domain] | type[RasaYAMLReader], text: str) -> str:
    with pytest.raises(RasaException) as caught:
        if kind is Domain:
            Domain.from_yaml(text, "some.yml")
        else:
            reader = RasaYAMLReader()
            reader.filename = "some.yml"
            reader.reads(text)
    return f"{type(caught.value).__name__}: {caught.value}"


def test_our_domain_is_the_same(sooner: None) -> None:
    ours = Domain.from_path(ROOT / "domain.yml")
    put_back()
    stock = Domain.from_path(ROOT / "domain.yml")
    assert ours.as_dict() == stock.as_dict()
    assert ours.fingerprint() == stock.fingerprint()


def test_our_examples_and_rules_are_the_same(sooner: None) -> None:
    domain = Domain.from_path(ROOT / "domain.yml")
    files = sorted((ROOT / "data/nlu/nb").glob("*.yml"))
    ours = [RasaYAMLReader().read(str(file)).fingerprint() for file in files]
    our_rules = YAMLStoryReader(domain).read_from_file(ROOT / "data/rules.yml")
    put_back()
    assert files
    assert ours == [RasaYAMLReader().read(str(file)).fingerprint() for file in files]
    stock_rules = YAMLStoryReader(domain).read_from_file(ROOT / "data/rules.yml")
    assert [rule.as_story_string() for rule in our_rules] == [
        rule.as_story_string() for rule in stock_rules
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Domain, "version: '3.1'\nslots:\n  a:\n    type: []\n"),
        (Domain, "version: '3.1'\nresponses:\n  utter_a:\n  - txt: 5\n    image: [1]\n"),
        (Domain, "version: '3.1'\nintents:\n- a\n\t- b\n"),
        (Domain, "version: '3.1'\nintents: [a]\nintents: [b]\n"),
        (Domain, "version: '3.1'\nintents: [a\n"),
        (Domain, "- just\n- a list\n"),
        (RasaYAMLReader, NLU + "- intent: [1]\n  examples: 5\n"),
        (RasaYAMLReader, NLU + "- intent: bye\n  exmples: |\n    - hejdå\n"),
        (RasaYAMLReader, NLU.replace("    - hej", "\t- hej")),
        (RasaYAMLReader, NLU.replace("examples: |", "examples: |\n  examples: |")),
    ],
)
def test_what_is_wrong_is_said_as_by_stock_rasa(
    sooner: None, kind: type[Domain] | type[RasaYAMLReader], text: str
) -> None:
    ours = what_is_wrong(kind, text)
    put_back()
    assert ours == what_is_wrong(kind, text)


def test_a_good_file_after_a_bad_one_is_good(sooner: None) -> None:
    what_is_wrong(RasaYAMLReader, NLU + "- intent: [1]\n  examples: 5\n")
    assert [example.data["text"] for example in RasaYAMLReader().reads(NLU).intent_examples] == [
        "hej"
    ]


def test_only_a_bad_file_is_read_again(sooner: None, monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[str] = []
    monkeypatch.setattr(reading, "_stock_validate", lambda text, *_: again.append(text))
    RasaYAMLReader().reads(NLU)
    assert again == []
    bad = NLU + "- intent: bye\n  exmples: |\n    - hejdå\n"
    with pytest.warns(UserWarning, match="has no examples"):
        RasaYAMLReader().reads(bad)
    assert again == [bad]


def test_a_variable_is_what_it_stands_for(sooner: None, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "version: '3.1'\nintents:\n- ${SVARA_SOME}\n"
    monkeypatch.setenv("SVARA_SOME", "some_intent")
    assert "some_intent" in Domain.from_yaml(text).intents
    monkeypatch.delenv("SVARA_SOME")
    with pytest.raises(RasaException, match="SVARA_SOME"):
        Domain.from_yaml(text)


def test_reading_more_words_does_not_make_more_rules(sooner: None) -> None:
    def after(words: int) -> int:
        resolver = VersionedResolver(version=(1, 2), loader=YAML(typ="safe"))
        for word in range(words):
            resolver.resolve(ScalarNode, f"n{word}", (True, False))
        return sum(len(rules) for rules in resolver.versioned_resolver.values())

    assert after(1) == after(200)
    put_back()
    assert after(1) < after(200), "ruamel.yaml has mended it: `rules` is no longer needed"


@pytest.mark.parametrize(
    "text", ["7", "0o17", "1e3", "on", "no", "null", "~", "''", "2026-11-29", "true", "å", "."]
)
def test_a_word_is_what_it_was(sooner: None, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SVARA_SOME", "7")
    document = f"- {text}\n- {text}\n- ${{SVARA_SOME}}\n"
    ours = io.read_yaml(document)
    put_back()
    assert [(type(each), each) for each in ours] == [
        (type(each), each) for each in io.read_yaml(document)
    ]
