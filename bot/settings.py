"""Every setting of Svara: typed, from the environment, one optional file and the generated secrets.

Nothing else in the project reads the environment. A setting is looked up in this order:
`SVARA_<NAME>` in the environment, `<name>:` in `svara.yml`, `var/secrets.json` (secrets only), the
default. `docs/settings.md` lists them; a test holds the two together.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.errors import SettingsError

LANGUAGES = ("en", "sv", "da", "nb")
"""Languages that a customer may write in; the first is the one to fall back to."""

PREFIX = "SVARA_"
SECRETS_FILE = "secrets.json"
_KB_SECRET = "kb_secret_"  # noqa: S105 (the beginning of a name)
_DESK_SECRET, _HOOK_SECRET = "desk_secret_", "desk_hook_secret_"
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def _setting(default: Any, help_text: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"help": help_text, "secret": secret})


@dataclass(frozen=True)
class Settings:
    """The settings, once read. Paths are relative to the working directory unless absolute."""

    var: Path = _setting(Path("var"), "folder for everything that is written while running")
    host: str = _setting("127.0.0.1", "address that the public port and the console bind")
    port: int = _setting(5005, "public port: chat, help centre, REST channel, inbound events")
    console_port: int = _setting(5006, "staff port: console and desk")
    actions_port: int = _setting(5055, "loopback port of the action server")
    shop_port: int = _setting(5056, "loopback port of the demo shop's order API")
    public_url: str = _setting("", "public address as customers see it; default: host and port")
    console_url: str = _setting("", "console's address as staff see it; default: host and port")
    database_url: str = _setting("", "SQLAlchemy URL; default: SQLite file `svara.db` under `var`")
    workers: int = _setting(1, "Rasa workers; more than one needs a shared lock store")
    cache: str = _setting(
        "", "folder for what can be made again; default: `svara` in the user's folder of caches"
    )
    encoder_folder: str = _setting(
        "", "folder of a sentence encoder of your own; default: the one that comes with Svara"
    )

    web_origins: str = _setting(
        "", "comma-separated origins whose pages may embed the chat; the public address always may"
    )
    proxies: int = _setting(
        0, "reverse proxies before the public port, whose X-Forwarded-For is then believed"
    )
    session_secret: str = _setting("", "key that signs web chat sessions and links", secret=True)
    session_days: int = _setting(30, "days a web chat session lives after its last use")
    rest_token: str = _setting(
        "", "bearer token of the REST channel; unset: loopback callers only", secret=True
    )
    message_max_chars: int = _setting(2000, "longest message that a customer may send, characters")
    attachment_max_bytes: int = _setting(
        10 * 1024 * 1024, "largest file that a customer or an agent may send, bytes"
    )
    attachments_per_message: int = _setting(5, "files that one message may have")
    conversation_days: int = _setting(
        0, "days after its last message that a conversation is kept; 0: until somebody deletes it"
    )
    messages_per_minute: int = _setting(20, "messages a minute that one customer may send")
    turn_timeout: float = _setting(20.0, "seconds before a turn without an answer is given up")
    action_timeout: float = _setting(10.0, "seconds that Rasa waits for the action server")
    tracker_turns: int = _setting(20, "customer turns of a conversation that Rasa reads back")

    time_zone: str = _setting(
        "Europe/Stockholm", "time zone of a helpdesk whose entry in the file names none"
    )
    handoff_url: str = _setting("", "where handoffs are delivered; default: the console's desk")
    desks_file: Path = _setting(
        Path("desks.yml"), "file with the helpdesks; without it, the one of `handoff_url`"
    )
    desk_poll_seconds: float = _setting(
        5.0, "seconds between two looks for agents' words at a helpdesk"
    )
    handoff_secret: str = _setting(
        "", "webhook secrets (whsec_..., comma-separated; the first signs, all verify)", secret=True
    )
    handoff_patience_minutes: float = _setting(
        10.0, "minutes of opening hours after which a customer is told that nobody has come yet"
    )
    handoff_expire_hours: float = _setting(
        72.0, "hours after which a handoff that nobody has taken ends"
    )
    handoff_context_limit: int = _setting(65536, "largest handoff.requested body, bytes")
    handoff_events_on: str = _setting("both", "ports that take inbound events: both, public, staff")
    transcript_days: int = _setting(30, "days that a signed link to a transcript or a file works")

    kb_folder: Path = _setting(Path("data/kb"), "folder with the Markdown articles")
    kb_sync_minutes: int = _setting(10, "minutes between two syncs of the articles")
    kb_answer_at: float = _setting(0.84, "search confidence from which an article is the answer")
    kb_offer_at: float = _setting(
        0.2, "search confidence from which articles are offered, to customers and to agents"
    )
    kb_requests_per_minute: int = _setting(
        120, "requests a minute to /kb/v1 that one client address may make"
    )

    order_system_url: str = _setting("", "order system's address; default: the demo shop's")
    order_system_key: str = _setting("", "key for the order system", secret=True)
    demo_shop: bool = _setting(True, "start the demo shop and serve its page at /")

    staff_login: str = _setting("agent", "login of the first member of staff")
    staff_password: str = _setting("", "password of the first member of staff", secret=True)
    staff_name: str = _setting("Kim", "display name of the first member of staff")
    log_level: str = _setting("WARNING", "DEBUG, INFO, WARNING or ERROR")

    @property
    def url(self) -> str:
        """Public address without a trailing slash."""
        return (self.public_url or self.local_url).rstrip("/")

    @property
    def staff_url(self) -> str:
        """Console's address without a trailing slash."""
        return (self.console_url or self.local_staff_url).rstrip("/")

    @property
    def local_url(self) -> str:
        """Public port's address from this machine, whatever stands in front of it."""
        return f"http://{_reachable(self.host)}:{self.port}"

    @property
    def local_staff_url(self) -> str:
        """Console's address from this machine."""
        return f"http://{_reachable(self.host)}:{self.console_port}"

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the database."""
        return self.database_url or f"sqlite:///{self.var.resolve() / 'svara.db'}"

    @property
    def cache_folder(self) -> Path:
        """Folder for what can be made again (XDG base directories).

        Raises:
            SettingsError: none is set, and the user has no home folder.
        """
        if self.cache:
            return Path(self.cache)
        try:
            return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "svara"
        except RuntimeError as error:
            raise SettingsError(
                f"There is no folder for caches: {error} Set {PREFIX}CACHE to one."
            ) from error

    @property
    def helpdesk_url(self) -> str:
        """Where handoffs are delivered."""
        return self.handoff_url or f"{self.local_staff_url}/desk/v1/webhook"

    @property
    def inbound_url(self) -> str:
        """Where the embedded desk sends an agent's words: the same door as any other helpdesk's."""
        return f"{self.local_url}/handoff/v1/events"

    @property
    def orders_url(self) -> str:
        """Order system's address."""
        return self.order_system_url or f"http://127.0.0.1:{self.shop_port}"

    @property
    def handoff_secrets(self) -> tuple[str, ...]:
        """Webhook secrets; the first one signs."""
        return tuple(s.strip() for s in self.handoff_secret.split(",") if s.strip())

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins whose pages may open a web chat."""
        extra = (o.strip().rstrip("/") for o in self.web_origins.split(","))
        own = {self.url, f"http://127.0.0.1:{self.port}", f"http://localhost:{self.port}"}
        return tuple(sorted(own | {o for o in extra if o}))


def load_settings(
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
    *,
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """Reads the settings.

    Args:
        environment: variables to read, default the process's.
        file: YAML file with settings, default `svara.yml` in the working directory if it is there.
        overrides: settings by name that win over both, as given on a command line.

    Raises:
        SettingsError: a value has the wrong type, or a name is unknown.
    """
    env = dict(os.environ if environment is None else environment)
    env |= {PREFIX + name.upper(): str(value) for name, value in (overrides or {}).items()}
    path = file or Path("svara.yml")
    from_file = _read_file(path) if file or path.exists() else {}
    values: dict[str, Any] = {}
    known = {f.name: f for f in dataclasses.fields(Settings)}
    for name in from_file:
        if name not in known:
            raise SettingsError(f"{path}: no setting is called '{name}'. See docs/settings.md.")
    for name, spec in known.items():
        raw = env.get(PREFIX + name.upper(), from_file.get(name))
        if raw is not None:
            values[name] = _convert(name, raw, type(spec.default))
    var = values.get("var", known["var"].default)
    stored = _read_secrets(var / SECRETS_FILE)
    for name, spec in known.items():
        if spec.metadata["secret"] and not values.get(name) and name in stored:
            values[name] = stored[name]
    return Settings(**values)


def ensure_secrets(settings: Settings) -> Settings:
    """Writes the secrets that are not set to `var/secrets.json` (mode 0600), once.

    Returns:
        The settings with every secret that Svara needs filled in.

    Raises:
        SettingsError: the folder cannot be written.
    """
    wanted: dict[str, Callable[[], str]] = {
        "session_secret": lambda: secrets.token_urlsafe(32),
        "handoff_secret": lambda: "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "order_system_key": lambda: secrets.token_urlsafe(32),
        "staff_password": lambda: secrets.token_urlsafe(9),
    }
    missing: dict[str, Any] = {
        name: make() for name, make in wanted.items() if not getattr(settings, name)
    }
    if not missing:
        return settings
    _write_secrets(settings, _read_secrets(settings.var / SECRETS_FILE) | missing)
    return dataclasses.replace(settings, **missing)


def kb_secret(settings: Settings, source: str) -> str:
    """The key of a source of the knowledge base: `SVARA_KB_SECRET_<NAME>`, or as it was kept.

    Args:
        source: its name; hyphens become underscores in the variable.

    Returns:
        Empty when there is none.
    """
    return _named_secret(settings, f"{_KB_SECRET}{source}")


def kb_secret_variable(source: str) -> str:
    """Name of the variable that may have a source's key.

    >>> kb_secret_variable("shop-help")
    'SVARA_KB_SECRET_SHOP_HELP'
    """
    return _variable(f"{_KB_SECRET}{source}")


def keep_kb_secret(settings: Settings, source: str, secret: str | None) -> None:
    """Keeps the key of a source in `var/secrets.json` (mode 0600), or forgets it.

    Raises:
        SettingsError: the folder cannot be written.
    """
    _keep_secret(settings, f"{_KB_SECRET}{source}", secret)


def desk_secret(settings: Settings, desk: str, *, hook: bool = False) -> str:
    """The key of a helpdesk: `SVARA_DESK_SECRET_<NAME>`, or as it was kept; empty for none.

    Args:
        desk: its name; hyphens become underscores in the variable.
        hook: not the key, but what its webhooks are signed with (`SVARA_DESK_HOOK_SECRET_<NAME>`).
    """
    return _named_secret(settings, f"{_HOOK_SECRET if hook else _DESK_SECRET}{desk}")


def keep_desk_secret(
    settings: Settings, desk: str, secret: str | None, *, hook: bool = False
) -> None:
    """Keeps the key of a helpdesk in `var/secrets.json` (mode 0600), or forgets it.

    Raises:
        SettingsError: the folder cannot be written.
    """
    _keep_secret(settings, f"{_HOOK_SECRET if hook else _DESK_SECRET}{desk}", secret)


def _named_secret(settings: Settings, name: str) -> str:
    kept = _read_secrets(settings.var / SECRETS_FILE).get(name, "")
    return os.environ.get(_variable(name)) or kept


def _variable(name: str) -> str:
    return f"{PREFIX}{name}".upper().replace("-", "_")


def _keep_secret(settings: Settings, name: str, secret: str | None) -> None:
    stored = _read_secrets(settings.var / SECRETS_FILE)
    others = {each: value for each, value in stored.items() if each != name}
    wanted = others | ({name: secret} if secret else {})
    if wanted != stored:
        _write_secrets(settings, wanted)


def _write_secrets(settings: Settings, stored: Mapping[str, str]) -> None:
    path = settings.var / SECRETS_FILE
    try:
        settings.var.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(stored, out, indent=2)
        temporary.replace(path)
    except OSError as error:
        raise SettingsError(
            f"Cannot write to the folder '{settings.var}': {error.strerror}. "
            "Make it writable, or choose another with --var."
        ) from error


def as_environment(settings: Settings) -> dict[str, str]:
    """The settings as variables for a child process; secrets stay in their file.

    Those at their default are named too: a file that the child reads may say otherwise.
    """
    return {
        PREFIX + spec.name.upper(): str(getattr(settings, spec.name))
        for spec in dataclasses.fields(Settings)
        if not spec.metadata["secret"]
    }


def child_environment(settings: Settings) -> dict[str, str]:
    """Environment of a child process: this process's own, with the settings as decided here."""
    return {**os.environ, **as_environment(settings)}


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104


def _convert(name: str, raw: Any, kind: type) -> Any:
    text = str(raw).strip()
    try:
        if kind is bool:
            if text.lower() in _TRUE | _FALSE:
                return text.lower() in _TRUE
            raise ValueError(text)
        return kind(text)
    except ValueError as error:
        raise SettingsError(
            f"Setting '{name}' ({PREFIX}{name.upper()}) must be of type {kind.__name__}, "
            f"not '{text}'."
        ) from error


def _read_file(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"Cannot read the settings file '{path}': {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path}: expected lines of the form 'name: value'.")
    return content


def _read_secrets(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"Cannot read the generated secrets '{path}': {error}. "
            "Restore the file, or delete it to have new ones made (open chats then start anew)."
        ) from error
    return {str(k): str(v) for k, v in content.items()}
