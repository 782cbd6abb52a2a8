"""What a model folder says of itself, in `svara.json` or the files of sentence-transformers.

`svara.json`, every name optional:

    {"model": "onnx/model_quantized.onnx", "prefix": "query: ", "pooling": "mean"}

Where it says nothing: pooling from `1_Pooling/config.json` (default mean), the prefix from the
default prompt or the prompt `query` in `config_sentence_transformers.json` (default none), the
length from `sentence_bert_config.json`, though never over `MAX_TOKENS`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import NluError
from bot.nlu.encoder.base import MAX_TOKENS

MEAN, CLS = "mean", "cls"

_OURS = "svara.json"
_MODELS = ("model.onnx", "onnx/model.onnx")
_MODULES, _POOLING = "modules.json", "1_Pooling/config.json"
_PROMPTS, _LENGTH = "config_sentence_transformers.json", "sentence_bert_config.json"
_STEPS = {"Transformer", "Pooling", "Normalize"}


@dataclass(frozen=True)
class FolderSettings:
    """How to use a model.

    Attributes:
        model: the ONNX file.
        prefix: what is put before each text.
        pooling: how tokens become a sentence: `MEAN` of all, or the first one (`CLS`).
        tokens: the most that is read of a text.
    """

    model: Path
    prefix: str
    pooling: str
    tokens: int


def read_settings(folder: Path) -> FolderSettings:
    """The settings of a model folder.

    Raises:
        NluError: the folder has no model, or a file of settings is damaged or asks for what
            Svara does not do.
    """
    if not folder.is_dir():
        raise NluError(f"The encoder's folder {folder} does not exist. See docs/encoder.md.")
    ours = _read(folder / _OURS)
    for name, value in ours.items():
        if name not in ("model", "prefix", "pooling") or not isinstance(value, str):
            raise NluError(
                f"{folder / _OURS}: '{name}' is not one of model, prefix and pooling with a text."
            )
    pooling = ours.get("pooling", _their_pooling(folder))
    if pooling not in (MEAN, CLS):
        raise NluError(f"{folder / _OURS}: pooling is '{MEAN}' or '{CLS}', not '{pooling}'.")
    return FolderSettings(
        model=_model_file(folder, ours.get("model")),
        prefix=ours.get("prefix", _their_prefix(folder)),
        pooling=pooling,
        tokens=_their_length(folder),
    )


def _model_file(folder: Path, named: str | None) -> Path:
    candidates = [folder / name for name in ((named,) if named else _MODELS)]
    for path in candidates:
        if path.is_file():
            return path
    raise NluError(
        f"There is no {' or '.join(map(str, candidates))}. Put the ONNX model there, or name its "
        f'file in {folder / _OURS}: {{"model": "onnx/model_quantized.onnx"}}.'
    )


def _their_pooling(folder: Path) -> str:
    steps = [str(step.get("type", "")).split(".")[-1] for step in _read_list(folder / _MODULES)]
    strange = set(steps) - _STEPS
    if strange:
        raise NluError(
            f"{folder / _MODULES}: the model ends with a step '{min(strange)}' that its ONNX file "
            "does not have. Take a model of transformer and pooling alone."
        )
    modes = _read(folder / _POOLING)
    wanted = [name for name, on in modes.items() if name.startswith("pooling_mode_") and on is True]
    known = {"pooling_mode_mean_tokens": MEAN, "pooling_mode_cls_token": CLS}
    if not wanted:
        return MEAN
    if len(wanted) > 1 or wanted[0] not in known:
        raise NluError(
            f"{folder / _POOLING}: Svara does mean or cls pooling, not {', '.join(wanted)}. Choose "
            f"one in {folder / _OURS}, or take another model."
        )
    return known[wanted[0]]


def _their_prefix(folder: Path) -> str:
    content = _read(folder / _PROMPTS)
    prompts = content.get("prompts") or {}
    name = content.get("default_prompt_name") or "query"
    return str(prompts.get(name, "")) if isinstance(prompts, dict) else ""


def _their_length(folder: Path) -> int:
    length = _read(folder / _LENGTH).get("max_seq_length")
    return min(length, MAX_TOKENS) if isinstance(length, int) and length > 2 else MAX_TOKENS


def _read(path: Path) -> dict[str, Any]:
    content = _json(path, {})
    if not isinstance(content, dict):
        raise NluError(f"{path} is damaged: it is no JSON object. Copy it anew or delete it.")
    return content


def _read_list(path: Path) -> list[dict[str, Any]]:
    content = _json(path, [])
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise NluError(f"{path} is damaged: it is no list of objects. Copy it anew or delete it.")
    return content


def _json(path: Path, missing: Any) -> Any:
    if not path.exists():
        return missing
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NluError(
            f"{path} is damaged: {error}. Copy it anew from where the model is from, or delete it."
        ) from error
