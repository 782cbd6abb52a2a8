"""Random changes against the simplest model of them: lists of lines."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.errors import DataChanged, NluError
from bot.trainer.nlu_files import Add, Change, Move, Remove, Replace, apply, read_sources

TEXTS = st.sampled_from(
    ["hej", "hej då", "- dash", "# no comment", "a: b", '"q"', "ÅÄÖ 😀", "x" * 200]
)
INTENTS = st.sampled_from(["greet", "goodbye", "new_one"])
ENDS = st.sampled_from(["\n", "\r\n"])
HEAD = """version: "3.1"   # kept

nlu:
- intent: greet
  examples: |
     # a comment of the block
     -  hej
     - [hej](greeting) du

# between two
- lookup: x
  examples: |
    - not ours
- intent: goodbye   # and another
  examples: |
    - ses
"""
COMMENTS = ["# kept", "# a comment of the block", "# between two", "# and another", "not ours"]


class Editing(RuleBasedStateMachine):
    @initialize(end=ENDS, last=st.booleans())
    def start(self, end: str, last: bool) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "sv" / "greet.yml"
        self.path.parent.mkdir()
        content = HEAD.replace("\n", end)
        self.path.write_bytes((content if last else content.rstrip()).encode())
        self.end = end
        self.model: dict[str, list[str]] = {
            "greet": ["hej", "[hej](greeting) du"],
            "goodbye": ["ses"],
            "new_one": [],
        }

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    def make(self, change: Change, possible: bool) -> None:
        before = self.content()
        if possible:
            apply([change], self.folder)
        else:
            with pytest.raises(DataChanged):
                apply([change], self.folder)
            assert self.content() == before

    def content(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}

    @rule(intent=INTENTS, text=TEXTS)
    def add(self, intent: str, text: str) -> None:
        self.make(Add("sv", intent, text), True)
        if text not in self.model[intent]:
            self.model[intent].append(text)

    @rule(intent=INTENTS, text=TEXTS)
    def remove(self, intent: str, text: str) -> None:
        there = text in self.model[intent]
        self.make(Remove("sv", intent, text), there)
        if there:
            self.model[intent].remove(text)

    @rule(intent=INTENTS, old=TEXTS, new=TEXTS)
    def replace(self, intent: str, old: str, new: str) -> None:
        texts = self.model[intent]
        self.make(Replace("sv", intent, old, new), old in texts or old == new)
        if old in texts and old != new:
            if new in texts:
                texts.remove(old)
            else:
                texts[texts.index(old)] = new

    @rule(intent=INTENTS, to=INTENTS, text=TEXTS)
    def move(self, intent: str, to: str, text: str) -> None:
        there = text in self.model[intent]
        self.make(Move("sv", intent, to, text), there)
        if there and intent != to:
            self.model[intent].remove(text)
            if text not in self.model[to]:
                self.model[to].append(text)

    @rule(texts=st.lists(st.tuples(INTENTS, TEXTS), max_size=4))
    def several(self, texts: list[tuple[str, str]]) -> None:
        apply([Add("sv", intent, text) for intent, text in texts], self.folder)
        for intent, text in texts:
            if text not in self.model[intent]:
                self.model[intent].append(text)

    @rule(text=TEXTS)
    def one_of_several_fails(self, text: str) -> None:
        before = self.content()
        with pytest.raises(NluError):
            apply([Add("sv", "greet", text), Remove("sv", "greet", "never there")], self.folder)
        assert self.content() == before

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        if not hasattr(self, "model"):
            return
        found: dict[str, list[str]] = {intent: [] for intent in self.model}
        for one in read_sources(self.folder):
            found[one.intent].append(one.marked)
        assert found == self.model
        content = self.path.read_bytes().decode()
        assert all(comment in content for comment in COMMENTS)
        assert content.count("\n") == content.count(self.end)


Editing.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestEditing = Editing.TestCase
