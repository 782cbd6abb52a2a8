"""What holds for all commands."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bot.cli import main

ROOT = Path(__file__).parents[3]


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from walk(inner, (*path, name))


COMMANDS = list(walk(main))


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(("svara", *path)))
def test_has_help_with_an_example_that_calls_it(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    _, found, examples = result.output.partition("Example:\n")
    assert found
    assert all(line.strip().startswith("svara") for line in examples.strip().splitlines())
    assert " ".join(("svara", *path)) in examples


@pytest.mark.parametrize("path", COMMANDS[1:], ids=" ".join)
def test_is_in_the_documentation_with_its_options(path: tuple[str, ...]) -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    title = f"## svara {' '.join(path)}\n"
    assert title in page
    section = page.split(title)[1].split("\n## ")[0]
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    for parameter in command.params:
        option = isinstance(parameter, click.Option)
        shown = parameter.opts[0] if option else str(parameter.name).upper()
        assert f"`{shown}" in section, f"{shown} is not described"


def test_all_that_is_asked_for_is_there() -> None:
    assert {" ".join(path) for path in COMMANDS} >= {
        "up",
        "chat",
        "train",
        "kb add",
        "kb sync",
        "kb status",
        "kb remove",
        "kb search",
        "evaluate kb",
        "evaluate assistant",
        "evaluate intents",
        "evaluate tone",
        "doctor",
        "health",
        "staff-password",
    }


def test_help_comes_at_once_because_nothing_heavy_is_loaded() -> None:
    code = (
        "import sys; from bot.cli import main; main(['--help'], standalone_mode=False); "
        "heavy = {'rasa', 'numpy', 'sqlalchemy', 'requests', 'sklearn', 'tensorflow'}; "
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    began = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert result.returncode == 0, f"loaded: {result.stderr}"
    assert time.monotonic() - began < 3  # 0.1 s on a quiet machine
