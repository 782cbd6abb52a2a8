"""The commands that need no running Svara."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.settings import (
    Settings,
    as_environment,
    child_environment,
    ensure_secrets,
    load_settings,
)
from bot.storage.database import open_database
from kb_connector.leases import lease

ARTICLE = """---
title: How to return an item
updated: 2025-01-31
summary: Send it back within 30 days.
---

# How to return an item

Send it back within 30 days. The return is free.
"""


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def svara(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def test_the_staff_password_is_the_one_that_was_made(tmp_path: Path) -> None:
    settings = ensure_secrets(Settings(var=tmp_path / "var"))
    result = svara("staff-password")
    assert result.exit_code == 0
    assert result.output == settings.staff_password + "\n"


def test_the_staff_password_of_another_folder(tmp_path: Path) -> None:
    settings = ensure_secrets(Settings(var=tmp_path / "elsewhere"))
    assert svara("staff-password", "--var", "elsewhere").output.strip() == settings.staff_password


def test_no_staff_password_yet_is_one_clear_line() -> None:
    result = svara("staff-password")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("svara: There is no password in 'var' yet")
    assert "unless SVARA_STAFF_PASSWORD gives it one" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_setting_of_the_wrong_type_is_one_clear_line() -> None:
    result = svara("health", SVARA_PORT="many")
    assert result.exit_code == 2
    assert result.stderr == (
        "svara: Setting 'port' (SVARA_PORT) must be of type int, not 'many'.\n"
    )


def write_article(folder: Path) -> None:
    path = folder / "data" / "kb" / "en" / "return-an-item.md"
    path.parent.mkdir(parents=True)
    path.write_text(ARTICLE)


def test_articles_are_synced_and_found(tmp_path: Path) -> None:
    write_article(tmp_path)
    result = svara("kb", "sync")
    assert result.exit_code == 0, result.output
    assert result.output == "markdown: 1 new, 0 changed, 0 removed, 0 failed, 0 unchanged\n"
    result = svara("kb", "search", "how do I return an item")
    assert result.exit_code == 0
    first, text = result.output.splitlines()
    assert "How to return an item  (http://127.0.0.1:5005/help/en/return-an-item" in first
    assert first.split("%")[0].strip().isdecimal()
    assert "Send it back within 30 days." in text


def test_an_article_that_cannot_be_used_is_told_and_makes_exit_code_1(tmp_path: Path) -> None:
    write_article(tmp_path)
    (tmp_path / "data" / "kb" / "en" / "broken.md").write_text("no front matter")
    result = svara("kb", "sync")
    assert result.exit_code == 1
    assert "1 new, 0 changed, 0 removed, 1 failed" in result.stdout
    assert "broken" in result.stderr


def test_a_knowledge_base_that_cannot_be_read_is_one_clear_line() -> None:
    result = svara("kb", "sync")
    assert result.exit_code == 2
    assert result.stderr.startswith("svara: ")
    assert "data/kb" in result.stderr


def test_a_search_before_the_first_sync_says_what_to_do() -> None:
    result = svara("kb", "search", "hello")
    assert result.exit_code == 2
    assert result.stderr == (
        "svara: There are no articles yet. Read them in with `svara kb sync`.\n"
    )


def test_a_child_gets_the_settings_over_whatever_its_environment_or_file_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SVARA_PORT", "6001")
    monkeypatch.setenv("SVARA_LOG_LEVEL", "DEBUG")
    (tmp_path / "svara.yml").write_text("console_port: 6002\n")
    settings = load_settings(overrides={"port": 5005, "console_port": 5006, "demo_shop": False})
    assert (settings.port, settings.console_port, settings.log_level) == (5005, 5006, "DEBUG")
    child = child_environment(settings)
    assert load_settings(child) == settings
    assert "PATH" in child


def test_no_secret_is_among_the_variables_of_a_child(tmp_path: Path) -> None:
    settings = ensure_secrets(Settings(var=tmp_path))
    stored = json.loads((tmp_path / "secrets.json").read_text())
    assert not set(as_environment(settings).values()) & set(stored.values())


FAQ = "question,answer\nDo you ship to Åland?,Yes.\nGift wrapping?,5 EUR.\n"


def write_faq(tmp_path: Path) -> None:
    write_article(tmp_path)
    (tmp_path / "faq.csv").write_text(FAQ, encoding="utf-8")


def test_a_source_is_added_synced_shown_and_removed(tmp_path: Path) -> None:
    write_faq(tmp_path)
    added = svara("kb", "add", "faq", "extra", "--option", "path=faq.csv", "--option", "lang=en")
    assert added.exit_code == 0
    assert "Do you ship to Åland?" in added.output
    synced = svara("kb", "sync")
    assert "extra: 2 new, 0 changed, 0 removed, 0 failed, 0 unchanged" in synced.stdout
    assert "markdown: 1 new" in synced.stdout
    shown = svara("kb", "status").stdout
    assert "extra: faq, 2 articles" in shown
    assert "2 new, 0 changed, 0 removed, 0 failed" in shown
    assert "Gift wrapping?" in svara("kb", "search", "gift wrapping").stdout
    assert svara("kb", "remove", "extra", "--yes").stdout == "Removed, with 2 articles.\n"
    assert "extra" not in svara("kb", "status").stdout
    assert "Gift wrapping?" not in svara("kb", "search", "gift wrapping").stdout


def test_a_source_that_cannot_be_read_is_not_added(tmp_path: Path) -> None:
    result = svara("kb", "add", "faq", "extra", "--option", "path=no.csv", "--option", "lang=en")
    assert result.exit_code == 2
    assert "no.csv cannot be read" in result.stderr
    assert "extra" not in svara("kb", "status").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sharepoint", "x"), "no kind of source 'sharepoint'"),
        (("faq", "x"), "needs the option 'path'"),
        (("faq", "X Y", "--option", "path=a.csv", "--option", "lang=en"), "cannot be the name"),
        (("faq", "markdown", "--option", "path=a.csv"), "give another name"),
        (("website", "x", "--option", "url=http://e.x", "--option", "colour=red"), "no 'colour'"),
        (("website", "x", "--option", "url=http://e.x", "--option", "max_pages=many"), "max_pages"),
        (("website", "x", "--option", "url=nonsense"), "no web address"),
        (("website", "x", "--option", "url"), "expected NAME=VALUE"),
    ],
)
def test_a_source_described_wrongly_is_refused_with_what_to_do(
    arguments: tuple[str, ...], said: str
) -> None:
    result = svara("kb", "add", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_the_key_of_a_source_is_asked_for_and_kept_out_of_the_database(tmp_path: Path) -> None:
    arguments = ("kb", "add", "zendesk", "help", "--option", "url=http://127.0.0.1:9", "--no-check")
    result = CliRunner().invoke(main, arguments, input="s3cret-key\n")
    assert result.exit_code == 0
    assert "s3cret-key" not in result.output
    secrets = tmp_path / "var" / "secrets.json"
    assert json.loads(secrets.read_text())["kb_secret_help"] == "s3cret-key"
    assert secrets.stat().st_mode & 0o077 == 0
    assert b"s3cret-key" not in (tmp_path / "var" / "svara.db").read_bytes()
    assert svara("kb", "remove", "help", "--yes").exit_code == 0
    assert "kb_secret_help" not in json.loads(secrets.read_text())


def test_the_status_says_when_the_next_sync_is(tmp_path: Path) -> None:
    write_article(tmp_path)
    assert "not synced yet" in svara("kb", "status").stdout
    svara("kb", "sync", SVARA_KB_SYNC_MINUTES="30")
    shown = svara("kb", "status", SVARA_KB_SYNC_MINUTES="30").stdout
    last, following = (
        dt.datetime.fromisoformat(each) for each in re.findall(r"sync (\S+ \S+) UTC", shown)
    )
    assert following - last == dt.timedelta(minutes=30)


def test_a_name_that_is_taken_is_refused_before_anything_is_asked_for(tmp_path: Path) -> None:
    write_faq(tmp_path)
    svara("kb", "add", "faq", "extra", "--option", "path=faq.csv", "--option", "lang=en")
    result = svara("kb", "add", "zendesk", "extra", "--option", "url=https://x.zendesk.com")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "There is a source 'extra' already" in result.stderr


def test_a_source_that_another_process_syncs_is_left_to_it(tmp_path: Path) -> None:
    write_faq(tmp_path)
    svara("kb", "add", "faq", "extra", "--option", "path=faq.csv", "--option", "lang=en")
    engine = open_database(load_settings().database)
    with lease(engine, "extra"):
        synced = svara("kb", "sync")
        removed = svara("kb", "remove", "extra", "--yes")
    assert synced.exit_code == 1
    assert "markdown: 1 new" in synced.stdout
    assert "extra: not synced: Another process" in synced.stderr
    assert removed.exit_code == 2
    assert "is being synced" in removed.stderr
    assert svara("kb", "remove", "extra", "--yes").exit_code == 0


def test_one_source_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    write_faq(tmp_path)
    svara("kb", "add", "faq", "extra", "--option", "path=faq.csv", "--option", "lang=en")
    (tmp_path / "faq.csv").unlink()
    result = svara("kb", "sync")
    assert result.exit_code == 1
    assert "markdown: 1 new" in result.stdout
    assert "extra: not synced: " in result.stderr
    assert "faq.csv cannot be read" in svara("kb", "status").stdout
