"""Jobs of `python -m lessons_lib.training`: what a file asks for, made ready, run, and handed over."""

from lessons_lib.training.jobs.from_text import FromText
from lessons_lib.training.jobs.job import Job, Work
from lessons_lib.training.jobs.reading import read_job
from lessons_lib.training.jobs.running import carry_out
from lessons_lib.training.jobs.tuning import Tuning

__all__ = ["FromText", "Job", "Tuning", "Work", "carry_out", "read_job"]
