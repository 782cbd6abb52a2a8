"""Rasa's training in a process of its own: `python -m bot.trainer.rasa_training MODEL`."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.server import quiet


def main(model: str) -> int:
    """Trains a model file of the data in the current folder; the exit code is Rasa's."""
    quiet.prepare("ERROR")
    from rasa.model_training import train  # noqa: PLC0415 (after the warnings are set)

    from bot.server import reading  # noqa: PLC0415

    reading.apply()
    path = Path(model)
    result = train(
        domain="domain.yml",
        config="config.yml",
        training_files=["data/nlu", "data/rules.yml"],
        output=str(path.parent),
        fixed_model_name=path.name.removesuffix(".tar.gz"),
    )
    return int(result.code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
