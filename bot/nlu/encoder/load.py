"""Each encoder once in a process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path

from bot.nlu.encoder.base import Encoder
from bot.nlu.encoder.folder import load_folder
from bot.nlu.encoder.memory import Remembering
from bot.nlu.encoder.packaged import LAYERS, load_packaged, load_packaged_english
from bot.settings import load_settings

_ENGLISH = "English"

_loaded: dict[Hashable, Encoder] = {}
_lock = threading.Lock()


def load_encoder(
    folder: Path | None = None, *, cache: Path | None = None, layers: Sequence[int] = LAYERS
) -> Encoder:
    """The sentence encoder, loaded at the first call and shared by all later ones.

    It remembers the last single messages, so that all who ask about one encode it once.

    Args:
        folder: a model folder (docs/encoder.md); default the setting `encoder_folder`, and where
            it is empty the encoder that comes with Svara.
        cache: where the packaged encoder keeps what it makes at its first start; default
            `cache_folder()`.
        layers: of the packaged encoder: after which layers to take the mean over the tokens.

    Raises:
        NluError: a file is missing, damaged or of another kind; the message says what to do.
        SettingsError: a setting cannot be used, or there is no folder for caches.
    """
    chosen = folder or load_settings().encoder_folder
    if chosen:
        path = Path(chosen).resolve()
        return _once(path, lambda: load_folder(path))
    key = tuple(layers)
    return _once(key, lambda: load_packaged(cache or cache_folder(), layers=key))


def load_english_encoder(*, cache: Path | None = None) -> Encoder:
    """The packaged encoder that knows English only; as `load_encoder`, once and remembering.

    Args:
        cache: as of `load_encoder`.

    Raises:
        NluError: a file is missing or damaged; the message says what to do.
        SettingsError: a setting cannot be used, or there is no folder for caches.
    """
    return _once(_ENGLISH, lambda: load_packaged_english(cache or cache_folder()))


def cache_folder() -> Path:
    """Where encoders keep what they make: `encoder` in the folder for what can be made again.

    Raises:
        SettingsError: a setting cannot be used, or there is no folder for caches.
    """
    return load_settings().cache_folder / "encoder"


def _once(key: Hashable, load: Callable[[], Encoder]) -> Encoder:
    with _lock:
        if key not in _loaded:
            _loaded[key] = Remembering(load())
        return _loaded[key]
