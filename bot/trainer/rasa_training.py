"""Rasa's training in a process of its own: `python -m bot.trainer.rasa_training NAME`."""

from __future__ import annotations

import sys

from bot.server import quiet


def main(name: str) -> int:
    """Trains `models/NAME.tar.gz`; the exit code is Rasa's."""
    quiet.prepare("ERROR")
    from rasa.model_training import train  # noqa: PLC0415 (after the warnings are set)

    result = train(
        domain="domain.yml",
        config="config.yml",
        training_files=["data/nlu", "data/rules.yml"],
        output="models",
        fixed_model_name=name,
    )
    return int(result.code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
