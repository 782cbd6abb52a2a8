"""The settings: where they come from, their types, the secrets, and their page."""

from __future__ import annotations

import dataclasses
import json
import re
import stat
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import (
    Settings,
    as_environment,
    child_environment,
    ensure_secrets,
    load_settings,
)

ROOT = Path(__file__).parents[2]
FIELDS = {field.name: field for field in dataclasses.fields(Settings)}
SECRETS = {name for name, field in FIELDS.items() if field.metadata["secret"]}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `svara.yml` and no `var` of the working directory's."""
    monkeypatch.chdir(tmp_path)


def test_nothing_set_gives_the_defaults() -> None:
    assert load_settings({}) == Settings()


def test_the_environment_is_read_by_type() -> None:
    found = load_settings(
        {
            "SVARA_PORT": "8080",
            "SVARA_TURN_TIMEOUT": "2.5",
            "SVARA_DEMO_SHOP": "no",
            "SVARA_KB_FOLDER": "/srv/articles",
            "SVARA_STAFF_NAME": " Åsa ",
            "PORT": "1",
        }
    )
    assert (found.port, found.turn_timeout, found.demo_shop) == (8080, 2.5, False)
    assert (found.kb_folder, found.staff_name) == (Path("/srv/articles"), "Åsa")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("TRUE", True), ("on", True), ("0", False), ("off", False), ("", False)],
)
def test_yes_and_no_are_written_in_several_ways(text: str, value: bool) -> None:
    assert load_settings({"SVARA_DEMO_SHOP": text}).demo_shop is value


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [("PORT", "many", "int"), ("TURN_TIMEOUT", "soon", "float"), ("DEMO_SHOP", "maybe", "bool")],
)
def test_a_value_of_the_wrong_type_is_an_error_that_names_both(
    name: str, value: str, kind: str
) -> None:
    with pytest.raises(SettingsError, match=rf"SVARA_{name}.*{kind}.*'{value}'"):
        load_settings({f"SVARA_{name}": value})


def test_the_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "svara.yml").write_text("port: 8080\nhost: 0.0.0.0\n")
    found = load_settings({"SVARA_PORT": "9090"})
    assert (found.port, found.host) == (9090, "0.0.0.0")


def test_the_command_line_wins_over_both(tmp_path: Path) -> None:
    (tmp_path / "svara.yml").write_text("port: 8080\n")
    assert load_settings({"SVARA_PORT": "9090"}, overrides={"port": 7070}).port == 7070


def test_another_file_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text("port: 8080\n")
    assert load_settings({}, path).port == 8080
    with pytest.raises(SettingsError, match=r"other\.yml"):
        load_settings({}, tmp_path / "other.yml")


@pytest.mark.parametrize(
    ("content", "said"),
    [("prot: 8080\n", "'prot'"), ("- a\n", "name: value"), ("port: [\n", "Cannot read")],
)
def test_a_file_with_a_mistake_is_an_error(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "svara.yml").write_text(content)
    with pytest.raises(SettingsError, match=said):
        load_settings({})


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "svara.yml").write_text("# nothing yet\n")
    assert load_settings({}) == Settings()


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    settings = ensure_secrets(load_settings({"SVARA_VAR": str(tmp_path / "var")}))
    path = tmp_path / "var" / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["secrets.json"]
    made = SECRETS - {"rest_token"}
    assert all(getattr(settings, name) for name in made)
    assert load_settings({"SVARA_VAR": str(tmp_path / "var")}) == settings
    assert ensure_secrets(settings) == settings
    assert set(json.loads(path.read_text())) == made


def test_a_secret_that_is_set_wins_and_is_not_written_down(tmp_path: Path) -> None:
    environment = {"SVARA_VAR": str(tmp_path), "SVARA_SESSION_SECRET": "mine"}
    settings = ensure_secrets(load_settings(environment))
    assert settings.session_secret == "mine"
    assert "session_secret" not in json.loads((tmp_path / "secrets.json").read_text())


def test_a_new_secret_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"session_secret": "old"}')
    settings = ensure_secrets(load_settings({"SVARA_VAR": str(tmp_path)}))
    assert settings.session_secret == "old"
    assert settings.handoff_secret.startswith("whsec_")


def test_damaged_secrets_are_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(SettingsError, match="delete it"):
        load_settings({"SVARA_VAR": str(tmp_path)})


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="--var"):
        ensure_secrets(Settings(var=tmp_path / "file" / "var"))


def test_a_child_process_reads_the_same_settings_and_no_secret_by_the_way() -> None:
    settings = load_settings({"SVARA_PORT": "8080", "SVARA_SESSION_SECRET": "secret"})
    handed = as_environment(settings)
    assert not {f"SVARA_{name.upper()}" for name in SECRETS} & set(handed)
    assert load_settings(handed) == dataclasses.replace(settings, session_secret="")
    assert child_environment(settings)["SVARA_PORT"] == "8080"


def test_addresses_follow_host_and_ports() -> None:
    settings = Settings(host="0.0.0.0", port=8080, console_port=8081, shop_port=8082)
    assert settings.url == settings.local_url == "http://127.0.0.1:8080"
    assert settings.helpdesk_url == "http://127.0.0.1:8081/desk/v1/webhook"
    assert settings.inbound_url == "http://127.0.0.1:8080/handoff/v1/events"
    assert settings.orders_url == "http://127.0.0.1:8082"
    public = dataclasses.replace(settings, public_url="https://chat.example/")
    assert (public.url, public.local_url) == ("https://chat.example", "http://127.0.0.1:8080")


def test_caches_are_where_the_user_keeps_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Settings().cache_folder == tmp_path / "svara"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert Settings().cache_folder == Path.home() / ".cache" / "svara"
    assert Settings(cache="/var/cache/svara").cache_folder == Path("/var/cache/svara")


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(SettingsError, match="Set SVARA_CACHE"):
        _ = Settings().cache_folder


def test_origins_that_may_embed_the_chat() -> None:
    settings = Settings(web_origins="https://shop.example/, ,https://b.example")
    assert set(settings.allowed_origins) == {
        "http://127.0.0.1:5005",
        "http://localhost:5005",
        "https://shop.example",
        "https://b.example",
    }


def test_the_first_webhook_secret_signs() -> None:
    assert Settings(handoff_secret=" whsec_a, whsec_b ,").handoff_secrets == ("whsec_a", "whsec_b")


def test_the_page_lists_every_setting_with_its_default_and_no_other() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", page, re.MULTILINE)
    assert [name for name, _, _ in rows] == list(FIELDS)
    for name, default, text in rows:
        field = FIELDS[name]
        assert text == field.metadata["help"], name
        if name not in SECRETS:
            value = str(field.default).lower() if field.type == "bool" else str(field.default)
            assert default == (f"`{value}`" if value else ""), name
