"""Checks the machine, the installation and the configuration: `svara doctor`."""

from __future__ import annotations

import platform
import re
import shutil
import stat
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import SchemaTooNew, StorageError, UpgradeFailed
from bot.settings import SECRETS_FILE, Settings
from bot.storage.database import open_database, state_of_database, without_password
from bot.storage.schema import versions
from bot.storage.tables import received
from bot.supervisor import ports
from bot.supervisor.claim import running
from bot.supervisor.project_files import problems_of_model_files, problems_of_server_files

OK, WARN, FAIL = "ok", "warn", "FAIL"
LITTLE_DISK, LEAST_DISK = 2 * 1024**3, 256 * 1024**2
_LOCKED = re.compile(r'^\[\[package\]\]\nname = "([^"]+)"\nversion = "([^"]+)"', re.MULTILINE)
_SYNC = "Run `make run`, or `scripts/uv sync --frozen`."


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        level: `ok`, `warn` or `FAIL`.
        advice: what to do; empty when nothing has to be done.
    """

    level: str
    subject: str
    text: str
    advice: str = ""


def examine(settings: Settings, folder: Path) -> Iterator[Finding]:
    """Makes all checks, one after the other.

    Args:
        folder: the project's folder.
    """
    for check in CHECKS:
        yield from check(settings, folder)


def _python(_settings: Settings, _folder: Path) -> Iterator[Finding]:
    found = platform.python_version()
    if sys.version_info[:2] == (3, 10):
        yield Finding(OK, "python", found)
    else:
        yield Finding(FAIL, "python", f"{found}; Rasa needs 3.10", f"Remove .venv. {_SYNC}")


def _packages(_settings: Settings, folder: Path) -> Iterator[Finding]:
    wrong = []
    for text in metadata.requires("svara") or []:
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate():
            version = _version(wanted.name)
            if version is None or not wanted.specifier.contains(version, prereleases=True):
                wrong.append(f"{wanted} is wanted, {version or 'nothing'} is installed")
    if wrong:
        yield Finding(FAIL, "packages", "; ".join(wrong), _SYNC)
    else:
        yield Finding(OK, "packages", f"as wanted (rasa {_version('rasa')})")
    yield _lock(folder)


def _lock(folder: Path) -> Finding:
    lock = folder / "uv.lock"
    if not lock.is_file():
        return Finding(WARN, "lock", "there is no uv.lock here", "Run svara in the project.")
    locked = _LOCKED.findall(lock.read_text(encoding="utf-8"))
    # A name that is locked more than once is for several platforms.
    times = Counter(name for name, _ in locked)
    differing = [
        f"{name} {installed} instead of {version}"
        for name, version in locked
        if times[name] == 1 and (installed := _version(name)) not in {None, version}
    ]
    if differing:
        shown = ", ".join(differing[:5]) + (", ..." if len(differing) > 5 else "")
        return Finding(WARN, "lock", f"installed otherwise than locked: {shown}", _SYNC)
    return Finding(OK, "lock", f"what is installed is what uv.lock says ({len(locked)} packages)")


def _files(_settings: Settings, folder: Path) -> Iterator[Finding]:
    problems = [*problems_of_model_files(folder), *problems_of_server_files(folder)]
    for problem in problems:
        yield Finding(FAIL, "configuration", problem)
    if not problems:
        yield Finding(OK, "configuration", "config, domain, endpoints and credentials are complete")


def _folder(settings: Settings, _folder: Path) -> Iterator[Finding]:
    try:
        settings.var.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.var):
            pass
        free = shutil.disk_usage(settings.var).free
    except OSError as error:
        advice = "Make it writable, or choose another with --var."
        yield Finding(FAIL, "folder", f"'{settings.var}' is not writable: {error}", advice)
        return
    level = FAIL if free < LEAST_DISK else WARN if free < LITTLE_DISK else OK
    advice = "" if level == OK else "Free some space: models and the database grow there."
    text = f"'{settings.var}' is writable, {free / 1024**3:.1f} GiB free"
    yield Finding(level, "folder", text, advice)


def _database(settings: Settings, _folder: Path) -> Iterator[Finding]:
    row = {"webhook_id": f"doctor-{uuid.uuid4()}", "receiver": "doctor", "received_at": time.time()}
    try:
        state = state_of_database(settings.database)
        if state.made and state.version in (None, *versions()[:-1]):
            # Opening it would upgrade it, perhaps under an older Svara that runs.
            had = f"of version {state.version}" if state.version else "from before versions"
            text = f"{without_password(settings.database)} is {had}; this Svara upgrades it"
            advice = "Stop an older Svara and back up first; `svara up` does the rest."
            yield Finding(WARN, "database", text, advice)
            return
        engine = open_database(settings.database)
        with engine.connect() as connection:
            trial = connection.begin()
            connection.execute(received.insert().values(row))
            trial.rollback()
        yield Finding(
            OK, "database", f"{without_password(settings.database)} opens and takes writes"
        )
    except (SchemaTooNew, UpgradeFailed) as error:
        yield Finding(FAIL, "database", str(error))
    except StorageError as error:
        yield Finding(FAIL, "database", _first_line(error), "Check SVARA_DATABASE_URL.")
    except SQLAlchemyError as error:
        advice = "Is the disk full, the file read-only, or another program writing to it?"
        yield Finding(FAIL, "database", f"cannot be written: {_first_line(error)}", advice)


def _ports(settings: Settings, _folder: Path) -> Iterator[Finding]:
    owner = running(settings.var)
    if owner is not None:
        yield Finding(OK, "ports", f"Svara is running (process {owner})")
        return
    _, problems = ports.settle(settings)
    for problem in problems:
        yield Finding(FAIL, "ports", problem)
    if not problems:
        yield Finding(OK, "ports", f"{settings.port} and {settings.console_port} are free")


def _secrets(settings: Settings, _folder: Path) -> Iterator[Finding]:
    path = settings.var / SECRETS_FILE
    if not path.exists():
        yield Finding(OK, "secrets", "none yet; `svara up` makes them when it first starts")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        text = f"others may read {path} (mode {mode:04o})"
        yield Finding(FAIL, "secrets", text, f"Run `chmod 600 {path}`.")
    else:
        yield Finding(OK, "secrets", f"{path} is readable by its owner only")


def _model(settings: Settings, folder: Path) -> Iterator[Finding]:
    models = sorted((folder / "models").glob("*.tar.gz"), key=_changed)
    if not models:
        advice = "`svara up` trains one when it starts; `svara train` does it now."
        yield Finding(WARN, "model", "there is none yet", advice)
        return
    newest = models[-1]
    sources = [folder / "config.yml", folder / "domain.yml", *folder.glob("data/**/*.yml")]
    newer = [path for path in sources if path.exists() and _changed(path) > _changed(newest)]
    if newer:
        text = f"{newest.name} is older than {max(newer, key=_changed)}"
        yield Finding(WARN, "model", text, "`svara train` makes a new one if it has to.")
    else:
        yield Finding(OK, "model", f"{newest.name} is newer than its data")


def _clock(_settings: Settings, folder: Path) -> Iterator[Finding]:
    known = [
        p for p in (folder / "uv.lock", folder / "pyproject.toml", Path(__file__)) if p.exists()
    ]
    behind = max(_changed(path) for path in known) - time.time()
    if behind > 60:
        text = f"the clock is at least {behind / 3600:.1f} h behind the project's files"
        yield Finding(FAIL, "clock", text, "Set it: webhooks from the wrong time are refused.")
    else:
        yield Finding(OK, "clock", time.strftime("%Y-%m-%d %H:%M:%S %Z"))


def _chromium(_settings: Settings, _folder: Path) -> Iterator[Finding]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    found = found or _playwrights_chromium()
    if found:
        yield Finding(OK, "chromium", found)
    else:
        advice = "Only tests of the web pages need it: `.venv/bin/playwright install chromium`."
        yield Finding(WARN, "chromium", "not found", advice)


def _playwrights_chromium() -> str | None:
    if _version("playwright") is None:
        return None
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- for developers only

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _changed(path: Path) -> float:
    return path.stat().st_mtime


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


CHECKS: tuple[Callable[[Settings, Path], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _files,
    _folder,
    _secrets,
    _database,
    _ports,
    _model,
    _clock,
    _chromium,
)
