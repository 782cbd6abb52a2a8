"""`svara handoff`: what staff see of handoffs and helpdesks from a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.handoff import lifecycle, outbox
from bot.handoff.context import Facts
from bot.handoff.lifecycle import HandoffRequest
from bot.handoff.lookup import Handoff
from bot.settings import Settings, ensure_secrets
from bot.storage import conversations
from bot.storage.database import open_database, reading, transaction

AWAY = "http://127.0.0.1:9/hook"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """An installation whose helpdesk is away."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SVARA_HANDOFF_URL", AWAY)
    made = ensure_secrets(Settings(var=tmp_path / "var", handoff_url=AWAY))
    made.var.mkdir(exist_ok=True)
    yield made
    open_database(made.database).dispose()


@pytest.fixture
def handoff(settings: Settings) -> Handoff:
    with transaction(open_database(settings.database)) as connection:
        conversations.start(connection, "web-1", "webchat", language="sv")
        conversations.append(connection, "web-1", "customer", "hej")
        return lifecycle.open_handoff(
            connection, settings, "web-1", HandoffRequest("customer_asked"), Facts()
        )


def svara(*words: str, say: str = "") -> Result:
    return CliRunner().invoke(main, ["handoff", *words], input=say)


def give_up(settings: Settings) -> None:
    with transaction(open_database(settings.database)) as connection:
        (head,) = outbox.due(connection)
        outbox.failed(connection, head, status=404, error="nobody here", final=True)


def test_handoffs_are_listed_until_they_end(settings: Settings, handoff: Handoff) -> None:
    shown = svara("list").output
    assert handoff.id in shown
    assert "requested" in shown and "helpdesk" in shown and "nobody yet" in shown
    with transaction(open_database(settings.database)) as connection:
        lifecycle.close(connection, handoff.id, "resolved")
    assert "No handoff is open." in svara("list").output
    assert handoff.id in svara("list", "--all").output


def test_one_is_shown_with_its_changes_and_what_went_wrong(
    settings: Settings, handoff: Handoff
) -> None:
    give_up(settings)
    shown = svara("show", handoff.id).output
    assert "requested  (helpdesk)" in shown
    assert "handoff.requested to helpdesk: dead, 1 attempts" in shown
    assert "nobody here" in shown
    assert f"{settings.staff_url}/conversations/web-1" in shown
    unknown = svara("show", "ho_x")
    assert unknown.exit_code == 2 and "There is no handoff 'ho_x'" in unknown.stderr


def test_what_was_given_up_is_sent_again(settings: Settings, handoff: Handoff) -> None:
    give_up(settings)
    assert "1 deliveries are sent again." in svara("replay", handoff.id).output
    with reading(open_database(settings.database)) as connection:
        assert outbox.depth(connection) == {"pending": 1, "dead": 0}
    assert "0 deliveries" in svara("replay", "--all").output
    assert svara("replay").exit_code == 2
    assert "names no desk 'x'" in svara("replay", handoff.id, "--desk", "x").stderr


def test_a_sample_tells_what_is_wrong_with_a_helpdesk(settings: Settings) -> None:
    failed = svara("test")
    assert failed.exit_code == 2
    assert "helpdesk did not take the sample" in failed.stderr
    assert "reachable from here" in failed.stderr


def test_a_key_is_kept_apart_from_the_file(settings: Settings) -> None:
    assert "has no such key" in svara("secret", "helpdesk").stderr
    Path("desks.yml").write_text(
        "desks: {rt: {kind: request_tracker, url: http://x, queue: q, user: u}}"
    )
    kept = svara("secret", "rt", say="pw-1\n")
    assert kept.exit_code == 0 and "pw-1" not in kept.output
    svara("secret", "rt", "--hook", say="whsec_x\n")
    stored = json.loads((settings.var / "secrets.json").read_text())
    assert (stored["desk_secret_rt"], stored["desk_hook_secret_rt"]) == ("pw-1", "whsec_x")
    svara("secret", "rt", "--forget")
    stored = json.loads((settings.var / "secrets.json").read_text())
    assert "desk_secret_rt" not in stored
    assert "names no desk 'other'" in svara("secret", "other").stderr
