"""Checks Rasa's configuration files without loading Rasa."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

OUR_PACKAGE = "bot."


def problems_of_model_files(folder: Path) -> list[str]:
    """What is wrong with `config.yml` and `domain.yml`, a line a problem; empty when all is well.

    Args:
        folder: the project's folder.
    """
    return [*_config(folder), *_domain(folder)]


def problems_of_server_files(folder: Path) -> list[str]:
    """The same for `endpoints.yml` and `credentials.yml`."""
    return [*_endpoints(folder), *_credentials(folder)]


def _config(folder: Path) -> Iterator[str]:
    config, problem = _read(folder / "config.yml")
    if problem:
        yield problem
        return
    yield from _missing("config.yml", config, ("language", "pipeline", "policies"))
    for section in ("pipeline", "policies"):
        for entry in config.get(section) or ():
            name = entry.get("name") if isinstance(entry, dict) else None
            if not name:
                yield f"config.yml: an entry of '{section}' has no 'name'."
            elif str(name).startswith(OUR_PACKAGE) and not _is_there(folder, str(name)):
                yield f"config.yml: there is no component '{name}'. Check its name."


def _domain(folder: Path) -> Iterator[str]:
    domain, problem = _read(folder / "domain.yml")
    if problem:
        yield problem
        return
    yield from _missing("domain.yml", domain, ("intents", "responses", "actions"))


def _endpoints(folder: Path) -> Iterator[str]:
    endpoints, problem = _read(folder / "endpoints.yml")
    if problem:
        yield problem
        return
    store = endpoints.get("tracker_store") or {}
    kind = str(store.get("type", "")) if isinstance(store, dict) else ""
    if not kind.startswith(OUR_PACKAGE):
        yield (
            "endpoints.yml: 'tracker_store' is not Svara's; without it conversations and handoffs "
            f"are not kept together. Its 'type' must start with '{OUR_PACKAGE}'."
        )
    elif not _is_there(folder, kind):
        yield f"endpoints.yml: there is no tracker store '{kind}'. Check its name."


def _credentials(folder: Path) -> Iterator[str]:
    credentials, problem = _read(folder / "credentials.yml")
    if problem:
        yield problem
        return
    for name in credentials:
        if str(name).startswith(OUR_PACKAGE) and not _is_there(folder, str(name)):
            yield f"credentials.yml: there is no channel '{name}'. Check its name."


def _read(path: Path) -> tuple[dict[str, Any], str | None]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        where = path.parent.resolve()
        return {}, f"{path.name} is not in {where}. Run svara in the project's folder."
    except (OSError, UnicodeDecodeError) as error:
        return {}, f"{path.name} cannot be read: {error}."
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        return {}, f"{path.name}: {line}not valid YAML ({what})."
    if not isinstance(content, dict):
        return (
            {},
            f"{path.name} is empty or no mapping; lines of the form 'name: ...' are expected.",
        )
    return content, None


def _missing(file: str, content: dict[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        if not content.get(key):
            yield f"{file}: '{key}' is missing or empty."


def _is_there(folder: Path, dotted: str) -> bool:
    module, _, name = dotted.rpartition(".")
    base = folder.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return bool(re.search(rf"\b{re.escape(name)}\b", path.read_text(encoding="utf-8")))
    return False
