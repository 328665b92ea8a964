"""Carry out a job: go on where it was left, show how far it is, save when asked to end, and hand over the result."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from tqdm import tqdm

from lessons_lib.training.distributed import gathered, place, total
from lessons_lib.training.jobs.job import Job, Work
from lessons_lib.training.losses import TrainingError
from lessons_lib.training.run import Run


def carry_out(job: Job, device: torch.device) -> None:
    """Start a job, or go on with it, until it is done or somebody asks the process to end."""
    first = place()[0] == 0
    with _asked_to_end() as asked:
        work = job.ready(device)
        run = _run(job, work, device)
        steps = run.recipe.steps
        with tqdm(total=steps, initial=run.step, unit=" steps", disable=run.step == steps or not first) as bar:
            for report in run:
                bar.update()
                shown = {"loss": report.loss} | dict(report.measures)
                bar.set_postfix({name: f"{value:.2f}" for name, value in shown.items()})
                stop = total(len(asked)) > 0  # all or none
                if stop or report.step % job.save_every == 0 or report.step == steps:
                    run.save(job.out / "run")
                if stop:
                    break
    model = gathered(run.model)
    if first and run.step < steps:
        print(f"saved after step {run.step} of {steps}; the same command goes on from there")
    elif first:
        work.hand_over(model)


def _run(job: Job, work: Work, device: torch.device) -> Run:
    """The job's run: the saved one, if there is one of this job."""
    where = {"device": device, "spread": job.spread}
    folder = job.out / "run"
    if not folder.exists():
        return Run(work.model, work.data, work.recipe, work.objective, **where)
    try:
        run = Run.resume(folder, work.data, work.model, work.objective, **where)
        if run.recipe != work.recipe:
            raise TrainingError(f"recipe: got {work.recipe}, that of the run in {folder}: {run.recipe}")
    except (TrainingError, ValueError) as error:
        raise TrainingError(f"{error}\n{folder} is of another job; delete it, or choose another out") from None
    return run


@contextmanager
def _asked_to_end() -> Iterator[list[int]]:
    """A list that holds the signals which asked the process to end; a second Ctrl-C ends it at once."""
    asked: list[int] = []

    def note(number: int, frame: object) -> None:
        if asked and place()[1] == 1:  # torchrun passes on what reached this process already
            raise KeyboardInterrupt
        asked.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
