"""Runs a job: `python -m bot.trainer.jobs ID MODULE:FUNCTION`."""

from __future__ import annotations

import logging
import sys

from bot.settings import load_settings
from bot.trainer.jobs.working import run

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    _, job_id, target = sys.argv
    sys.exit(run(load_settings(), int(job_id), target))
