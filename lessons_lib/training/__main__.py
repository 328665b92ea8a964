"""Train a model on a text: `python -m lessons_lib.training job.toml`, or `python -m lessons_lib.training story.txt`.

Ctrl-C and a request to end (SIGTERM) save the run; the same command goes on from there. See `lessons_lib.training.job`
for what a job can say.
"""

from __future__ import annotations

import argparse
import math
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from tqdm import tqdm

from lessons_lib.checkpoint import save_pretrained
from lessons_lib.errors import AssetError
from lessons_lib.generation import generate
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer
from lessons_lib.training.job import Job, config_of, data_of, read_job, tokenizer_of
from lessons_lib.training.losses import TrainingError, held_out_loss
from lessons_lib.training.run import Run


def main(command: list[str] | None = None) -> int:
    """Start a job, or go on with it.

    Returns:
        The exit code: 0 if the run is done or was saved when asked to end, 1 for an error, which stands on stderr.
    """
    parser = argparse.ArgumentParser(prog="python -m lessons_lib.training", description=__doc__)
    parser.add_argument("job", help="a .toml file, or a text to train on with the usual settings")
    options = parser.parse_args(command)
    try:
        return _train(read_job(options.job))
    except (ValueError, OSError, TrainingError, AssetError) as error:
        print(error, file=sys.stderr)
        return 1


def _train(job: Job) -> int:
    with _asked_to_end() as asked:
        tokenizer = tokenizer_of(job)
        data, held_out, bytes_per_token = data_of(job, tokenizer)
        run = _run(job, data, tokenizer)
        steps = run.recipe.steps
        with tqdm(total=steps, initial=run.step, unit=" steps", disable=run.step == steps) as bar:
            for report in run:
                bar.update()
                bar.set_postfix(loss=f"{report.loss:.2f}")
                if asked or report.step % job.save_every == 0 or report.step == steps:
                    run.save(job.out / "run")
                if asked:
                    break
    if run.step < steps:
        print(f"saved after step {run.step} of {steps}; the same command goes on from there")
        return 0
    save_pretrained(run.model, job.out / "model", tokenizer)
    nats = held_out_loss(run.model, held_out)
    bits = nats / math.log(2) / bytes_per_token
    print(f"{run.model.num_parameters():,} parameters, {steps} steps; on text it never read:")
    print(f"{nats:.2f} nats a token, {bits:.2f} bits a byte")
    print(f"It goes on from a line's end:\n{_sample(run.model, tokenizer)}")
    print(f"The model is in {job.out / 'model'}; lessons_lib.load opens it, and so does transformers.")
    return 0


def _run(job: Job, data, tokenizer: Tokenizer) -> Run:
    """The job's run: the saved one, if there is one of this job."""
    config = config_of(job, tokenizer)
    if (job.out / "run").exists():
        run = Run.resume(job.out / "run", data)
        if (run.recipe, run.model.config) != (job.recipe, config):
            raise TrainingError(f"{job.out / 'run'}: is of another recipe or model; delete it, or choose another out")
        return run
    torch.manual_seed(job.seed)
    return Run(Transformer(config), data, job.recipe)


def _sample(model: Transformer, tokenizer: Tokenizer) -> str:
    model.eval()
    ids = generate(model, tokenizer.encode("\n"), max_new_tokens=100, temperature=0.7, seed=0)
    return tokenizer.decode(list(ids))


@contextmanager
def _asked_to_end() -> Iterator[list[int]]:
    """A list that holds the signals which asked the process to end; a second Ctrl-C ends it at once."""
    asked: list[int] = []

    def note(number: int, frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
