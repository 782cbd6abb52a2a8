"""Rasa's configuration files, checked without Rasa."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.supervisor.project_files import problems_of_model_files, problems_of_server_files

ROOT = Path(__file__).parents[3]
GOOD = {
    "config.yml": "language: en\npipeline: [{name: bot.nlu.Tone}]\npolicies: [{name: B}]\n",
    "domain.yml": "intents: [greet]\nresponses: {utter_greet: []}\nactions: [action_x]\n",
    "endpoints.yml": "tracker_store: {type: bot.store.Store}\n",
    "credentials.yml": "bot.channel.Chat: {}\n",
    "bot/nlu/__init__.py": "from bot.nlu.tone import Tone\n",
    "bot/store.py": "class Store: ...\n",
    "bot/channel.py": "class Chat: ...\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in GOOD.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def problems(folder: Path) -> list[str]:
    return [*problems_of_model_files(folder), *problems_of_server_files(folder)]


def test_good_files_have_no_problem(folder: Path) -> None:
    assert problems(folder) == []


def test_the_projects_own_files_have_no_problem() -> None:
    assert problems(ROOT) == []


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("config.yml", "pipeline: [", "config.yml: line 1: not valid YAML"),
        ("config.yml", "", "config.yml is empty or no mapping"),
        ("config.yml", "- a", "config.yml is empty or no mapping"),
        (
            "config.yml",
            "language: en\npipeline: [{name: A}]\n",
            "config.yml: 'policies' is missing or empty.",
        ),
        (
            "config.yml",
            "language: en\npipeline: [A]\npolicies: [{name: B}]",
            "config.yml: an entry of 'pipeline' has no 'name'.",
        ),
        (
            "config.yml",
            "language: en\npipeline: [{name: A}]\npolicies: [{name: bot.nlu.Nothing}]",
            "config.yml: there is no component 'bot.nlu.Nothing'.",
        ),
        ("domain.yml", "intents: [a]\nactions: [b]\n", "domain.yml: 'responses' is missing"),
        ("endpoints.yml", "tracker_store: {type: sql}", "endpoints.yml: 'tracker_store' is not"),
        ("endpoints.yml", "action_endpoint: {}", "endpoints.yml: 'tracker_store' is not"),
        ("endpoints.yml", "tracker_store: {type: bot.x.Y}", "endpoints.yml: there is no tracker"),
        ("credentials.yml", "bot.channel.Telex: {}", "credentials.yml: there is no channel"),
    ],
)
def test_each_problem_is_one_line_that_names_the_file(
    folder: Path, file: str, text: str, expected: str
) -> None:
    (folder / file).write_text(text)
    found = problems(folder)
    assert len(found) == 1
    assert found[0].startswith(expected)
    assert "\n" not in found[0]


@pytest.mark.parametrize("file", [name for name in GOOD if name.endswith(".yml")])
def test_a_file_that_is_not_there_is_told_with_its_folder(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert problems(folder) == [f"{file} is not in {folder}. Run svara in the project's folder."]


def test_a_file_that_is_no_text_is_a_problem(folder: Path) -> None:
    (folder / "domain.yml").write_bytes(b"\xff\xfe\x00")
    assert problems(folder)[0].startswith("domain.yml cannot be read")
