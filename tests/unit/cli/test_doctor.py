"""`svara doctor`, on folders with one thing wrong."""

from __future__ import annotations

import dataclasses
import os
import socket
import sqlite3
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.doctor import CHECKS, FAIL, OK, WARN, Finding, examine
from bot.settings import Settings, ensure_secrets
from bot.storage.database import state_of_database
from bot.supervisor.claim import claim
from bot.supervisor.ports import free_port
from tests.unit.storage.schema_world import at_baseline, rows_of

FILES = {
    "config.yml": "language: en\npipeline: [{name: A}]\npolicies: [{name: B}]\n",
    "domain.yml": "intents: [a]\nresponses: {b: []}\nactions: [c]\n",
    "endpoints.yml": "tracker_store: {type: bot.store.Store}\n",
    "credentials.yml": "rest: {}\n",
    "bot/store.py": "class Store: ...\n",
    "uv.lock": "",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
def settings(folder: Path) -> Settings:
    port = free_port()
    console = free_port(besides=frozenset({port}))
    return Settings(var=folder / "var", port=port, console_port=console)


def found(settings: Settings, folder: Path, subject: str) -> Finding:
    findings = [each for each in examine(settings, folder) if each.subject == subject]
    assert len(findings) == 1
    return findings[0]


def test_a_sound_project_has_no_failure(settings: Settings, folder: Path) -> None:
    findings = list(examine(settings, folder))
    assert [each for each in findings if each.level == FAIL] == []
    assert len(findings) >= len(CHECKS)


def test_what_is_not_ok_has_an_advice_or_says_it_all(settings: Settings, folder: Path) -> None:
    (folder / "domain.yml").unlink()
    for finding in examine(settings, folder):
        assert finding.level == OK or finding.advice or "Run svara in" in finding.text


def test_configuration_that_is_not_ours_fails(settings: Settings, folder: Path) -> None:
    (folder / "endpoints.yml").write_text("tracker_store: {type: sql}")
    finding = found(settings, folder, "configuration")
    assert finding.level == FAIL
    assert "'tracker_store' is not Svara's" in finding.text


def test_secrets_that_others_may_read_fail(settings: Settings, folder: Path) -> None:
    ensure_secrets(settings)
    assert found(settings, folder, "secrets").level == OK
    path = settings.var / "secrets.json"
    path.chmod(0o640)
    finding = found(settings, folder, "secrets")
    assert (finding.level, finding.advice) == (FAIL, f"Run `chmod 600 {path}`.")


def test_a_database_that_cannot_be_opened_fails(settings: Settings, folder: Path) -> None:
    settings = dataclasses.replace(settings, database_url=f"sqlite:///{folder}/no/such/x.db")
    finding = found(settings, folder, "database")
    assert finding.level == FAIL
    assert "unable to open database file" in finding.text


def test_a_database_that_takes_no_writes_fails(settings: Settings, folder: Path) -> None:
    assert found(settings, folder, "database").level == OK
    refusal = "SELECT RAISE(ABORT, 'database or disk is full')"
    connection = sqlite3.connect(settings.var / "svara.db")
    connection.execute(f"CREATE TRIGGER t BEFORE INSERT ON svara_received BEGIN {refusal}; END")
    connection.close()
    finding = found(settings, folder, "database")
    assert finding.level == FAIL
    assert "disk is full" in finding.text


def test_the_doctor_leaves_nothing_in_the_database(settings: Settings, folder: Path) -> None:
    assert found(settings, folder, "database").level == OK
    connection = sqlite3.connect(settings.var / "svara.db")
    assert connection.execute("SELECT count(*) FROM svara_received").fetchone() == (0,)
    connection.close()


def test_the_doctor_upgrades_no_database(settings: Settings, folder: Path) -> None:
    url = f"sqlite:///{folder}/old.db"
    before = at_baseline(url, versioned=False)
    finding = found(dataclasses.replace(settings, database_url=url), folder, "database")
    assert finding.level == WARN
    assert "from before versions; this Svara upgrades it" in finding.text
    assert rows_of(url) == before
    assert state_of_database(url).version is None


def test_a_taken_port_fails_unless_svara_itself_has_it(settings: Settings, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", settings.port)):
        assert found(settings, folder, "ports").level == FAIL
        descriptor = claim(settings.var, patience=0)
        finding = found(settings, folder, "ports")
        os.close(descriptor)
    assert finding.level == OK
    assert f"running (process {os.getpid()})" in finding.text


def test_a_model_that_is_missing_or_old_is_a_warning(settings: Settings, folder: Path) -> None:
    assert found(settings, folder, "model").level == WARN
    model = folder / "models" / "svara.tar.gz"
    model.parent.mkdir()
    model.touch()
    assert found(settings, folder, "model").level == OK
    os.utime(model, (1_000_000_000, 1_000_000_000))
    finding = found(settings, folder, "model")
    assert finding.level == WARN
    assert "svara.tar.gz is older than" in finding.text


def test_a_clock_that_is_behind_fails(settings: Settings, folder: Path) -> None:
    future = time.time() + 7200
    os.utime(folder / "uv.lock", (future, future))
    finding = found(settings, folder, "clock")
    assert finding.level == FAIL
    assert "2.0 h behind" in finding.text


def test_packages_that_differ_from_the_lock_are_a_warning(settings: Settings, folder: Path) -> None:
    entry = '[[package]]\nname = "click"\nversion = "{}"\nsource = {{}}\n\n'
    (folder / "uv.lock").write_text(entry.format("1.0"))
    finding = found(settings, folder, "lock")
    assert finding.level == WARN
    assert "instead of 1.0" in finding.text
    (folder / "uv.lock").write_text(entry.format("1.0") + entry.format("2.0"))  # by platform
    assert found(settings, folder, "lock").level == OK


def test_a_folder_that_cannot_be_written_fails(settings: Settings, folder: Path) -> None:
    settings = dataclasses.replace(settings, var=folder / "uv.lock" / "var")
    assert found(settings, folder, "folder").level == FAIL


def test_the_command_prints_a_line_each_and_exits_with_1_on_failure(
    folder: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.chdir(folder)
    ports = {"SVARA_PORT": str(settings.port), "SVARA_CONSOLE_PORT": str(settings.console_port)}
    result = CliRunner().invoke(main, ["doctor"], env=ports)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("ok    python: 3.10.")
    (folder / "config.yml").unlink()
    result = CliRunner().invoke(main, ["doctor"], env=ports)
    assert result.exit_code == 1
    assert "FAIL  configuration: config.yml is not in" in result.output
