"""Long work that the console starts: a process of its own, whose progress is in the database.

A page starts a job, shows how far it is, and may cancel it; the console can be restarted meanwhile.
A job is alive as long as it gives a sign of life every second. One that ended without saying so
(killed, out of memory) is told from that, and has failed.
"""

from bot.trainer.jobs.control import KINDS, cancel, cancel_all_here, start
from bot.trainer.jobs.records import ALIVE_SECONDS, KEPT, Job, get, latest, log_file
from bot.trainer.jobs.working import Progress, RunJob, run

__all__ = [
    "ALIVE_SECONDS",
    "KEPT",
    "KINDS",
    "Job",
    "Progress",
    "RunJob",
    "cancel",
    "cancel_all_here",
    "get",
    "latest",
    "log_file",
    "run",
    "start",
]
