"""The documentation says what is there: commands, links, routes."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bot.cli import main
from bot.settings import ensure_secrets, load_settings

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
INLINE = re.compile(r"`(svara [a-z][^`]*)`")
CODE = re.compile(r"`[^`]*`")


def commands_of(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    found = INLINE.findall(BLOCK.sub("", text))
    for block in BLOCK.findall(text):
        lines = [line.removeprefix("$ ").strip() for line in block.splitlines()]
        found += [line for line in lines if line.startswith("svara ")]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_shown_is_one_that_svara_takes(page: Path) -> None:
    for shown in commands_of(page):
        if "..." in shown or "COMMAND" in shown:
            continue
        words = shlex.split(shown, comments=True)[1:]
        command: click.Command = main
        while isinstance(command, click.Group) and words:
            if words[0].startswith("-"):
                break
            assert words[0] in command.commands, f"{page.name}: `{shown}`"
            command = command.commands[words.pop(0)]
        options = {name for parameter in command.params for name in parameter.opts}
        for word in words:
            if word.startswith("--") and word != "--help":
                assert word.split("=")[0] in options, f"{page.name}: `{shown}` has no {word}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    # In code, `[NL-1](order_number)` is the mark of an entity.
    prose = CODE.sub("", BLOCK.sub("", page.read_text(encoding="utf-8")))
    for target in LINK.findall(prose):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        for target in re.findall(r"`?make ([a-z-]+)", page.read_text(encoding="utf-8")):
            if target in {"test", "run", "train", "check", "fmt", "help"} or "-" in target:
                assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_every_route_of_the_public_port_is_documented(tmp_path: Path) -> None:
    # In a process of its own: Sanic allows an application's name once, and Rasa is heavy.
    script = """
import sys
from bot.server import quiet
quiet.prepare("ERROR")
from pathlib import Path
from bot.server.app import create_app
from bot.settings import ensure_secrets, load_settings
app = create_app(ensure_secrets(load_settings()), model=Path("models"))
for path in sorted({route.path for route in app.router.routes}):
    sys.stdout.write("ROUTE /" + path + "\\n")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"SVARA_VAR": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    paths = [line[6:] for line in done.stdout.splitlines() if line.startswith("ROUTE ")]
    assert "/healthz" in paths
    documented = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
    for path in paths:
        shown = re.sub(r"<__file_uri__:path>", "...", path)
        shown = re.sub(r"<(\w+):\w+>", r"<\1>", shown)
        shown = re.sub(r"(?<=/)(en|sv|da|nb)(?=/|$)", "<lang>", shown)
        assert re.search(rf"[ `]{re.escape(shown)}`", documented), shown


def test_every_route_of_the_staff_port_is_documented(tmp_path: Path) -> None:
    from bot.console.app import create_app  # noqa: PLC0415

    documented = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
    settings = ensure_secrets(load_settings({"SVARA_VAR": str(tmp_path)}))
    for route in create_app(settings).routes:
        path = re.sub(r"{(\w+):\w+}", r"{\1}", str(getattr(route, "path", "")))
        last = "/" + path.rsplit("/", 1)[1]
        assert path in documented or f"`{last}`" in documented, path
