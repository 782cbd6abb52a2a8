"""An encoder from a folder with an ONNX model, as the Hugging Face hub has them.

model.onnx or onnx/model.onnx       the network; `model` in svara.json names another
tokenizer.json                      how a text becomes tokens
svara.json and others               optional: see `folder_settings`
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from bot.errors import NluError
from bot.nlu.encoder.base import SentenceEncoder
from bot.nlu.encoder.folder_settings import CLS, FolderSettings, read_settings
from bot.nlu.encoder.session import open_session
from bot.nlu.encoder.weights import Floats

_TOKENIZER = "tokenizer.json"
_KINDS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_INPUTS: dict[str, Callable[[Encoding], list[int]]] = {
    "input_ids": lambda tokens: tokens.ids,
    "attention_mask": lambda tokens: tokens.attention_mask,
    "token_type_ids": lambda tokens: tokens.type_ids,
}


def load_folder(folder: Path) -> SentenceEncoder:
    """An encoder from a model folder, laid out as described above.

    Raises:
        NluError: a file is missing, damaged, or asks for what Svara does not do.
    """
    settings = read_settings(folder)
    tokenizer = folder / _TOKENIZER
    model = _Model(settings, _read_tokenizer(tokenizer, settings.tokens))
    digest = _digest([settings.model, tokenizer])
    name = f"{folder.name}-{digest}/{settings.pooling}/{settings.tokens}/{settings.prefix}"
    return SentenceEncoder(name, model.dimensions, model.vector)


class _Model:
    """A network and its tokenizer; what it takes and gives is found out by trying."""

    def __init__(self, settings: FolderSettings, tokenizer: Tokenizer) -> None:
        self._settings, self._tokenizer = settings, tokenizer
        self._session = open_session(settings.model, str(settings.model))
        self._kinds = {}
        for wanted in self._session.get_inputs():
            if wanted.name not in _INPUTS or wanted.type not in _KINDS:
                raise NluError(
                    f"{settings.model} wants the input '{wanted.name}' of {wanted.type}; Svara "
                    f"gives {', '.join(_INPUTS)} as integers. Export the model for feature "
                    "extraction."
                )
            self._kinds[wanted.name] = _KINDS[wanted.type]
        self.dimensions = len(self._pooled(tokenizer.encode("a")))

    def vector(self, text: str) -> Floats:
        """A text's unit vector; of one without any token, the first axis."""
        tokens = self._tokenizer.encode(self._settings.prefix + text)
        vector = self._pooled(tokens) if tokens.ids else np.zeros(self.dimensions, np.float32)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length):
            raise NluError(f"{self._settings.model} gives numbers that are not finite.")
        unit: Floats = vector / np.float32(length) if length else np.eye(1, self.dimensions)[0]
        return unit

    def _pooled(self, tokens: Encoding) -> Floats:
        """One vector from the first output with one a token, else from the first a sentence."""
        outputs: list[Floats] = [np.asarray(output, np.float32) for output in self._run(tokens)]
        for output in outputs:
            if output.ndim == 3:
                words: Floats = output[0]
                pooled: Floats = words[0] if self._settings.pooling == CLS else words.mean(axis=0)
                return pooled
        for output in outputs:
            if output.ndim == 2:
                sentence: Floats = output[0]
                return sentence
        raise NluError(
            f"{self._settings.model} gives neither a vector for each token nor one for the "
            "sentence. Export the model for feature extraction."
        )

    def _run(self, tokens: Encoding) -> list[NDArray[Any]]:
        feed = {name: np.array([_INPUTS[name](tokens)], kind) for name, kind in self._kinds.items()}
        try:
            return list(self._session.run(None, feed))
        except Exception as error:
            # onnxruntime's exceptions have no common root of their own.
            raise NluError(
                f"{self._settings.model} cannot be run with the {_TOKENIZER} beside it: {error}. "
                "Take both from the same model."
            ) from error


def _read_tokenizer(path: Path, tokens: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:
        # The library raises bare exceptions.
        raise NluError(
            f"{path} is missing or is not a tokenizer: {error}. "
            "Copy tokenizer.json from where the model is from."
        ) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(tokens)
    return tokenizer


def _digest(files: list[Path]) -> str:
    """Of the files' contents, with those that a large model keeps beside its own."""
    digest = hashlib.sha256()
    for file in files:
        for part in sorted(file.parent.glob(f"{file.name}*")):
            with part.open("rb") as content:
                while block := content.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()[:16]
