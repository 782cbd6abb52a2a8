"""What a model is made from: its hash, and the copy that a training reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import NluDataInvalid, NluError
from bot.trainer.examples import read_examples
from bot.trainer.training_inputs import fingerprint, still_copy

EXAMPLES = 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hello\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("data/nlu/en", "data/lookups", "bot/nlu", "bot/policies"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "domain.yml").write_text("intents: [greet]\n")
    (tmp_path / "data/nlu/en/greet.yml").write_text(EXAMPLES)
    (tmp_path / "data/lookups/places.csv").write_text("Lund\n")
    (tmp_path / "bot/nlu/classifier.py").write_text("NARROWNESS = 1.5\n")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["domain.yml", "data/nlu/en/greet.yml", "data/lookups/places.csv", "config.yml"]
)
def test_what_is_changed_during_a_training_is_for_the_next_model(project: Path, name: str) -> None:
    before = fingerprint()
    with still_copy() as copy:
        with (project / name).open("a") as file:
            file.write("# changed\n")
        assert fingerprint(copy) == before != fingerprint()
        assert (copy / "data/nlu/en/greet.yml").read_text() == EXAMPLES
    assert not copy.exists()


def test_another_version_of_our_code_makes_another_model(project: Path) -> None:
    before = fingerprint()
    with still_copy() as copy:
        (project / "bot/nlu/classifier.py").write_text("NARROWNESS = 3.0\n")
        assert fingerprint(copy) == fingerprint() != before


def test_what_is_wrong_with_a_file_of_the_copy_is_told_with_the_projects_path(
    project: Path,
) -> None:
    (project / "data/nlu/en/greet.yml").write_text(EXAMPLES + "\t- tabs\n")
    with pytest.raises(NluDataInvalid) as caught, still_copy() as copy:
        read_examples(copy / "data/nlu")
    assert caught.value.path == Path("data/nlu/en/greet.yml")
    assert str(caught.value).startswith("data/nlu/en/greet.yml, line 6: ")
    assert "svara-training-" not in str(caught.value)


def test_without_training_files_it_is_told_which_folder_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NluError, match="data/nlu cannot be opened"), still_copy():
        pass
