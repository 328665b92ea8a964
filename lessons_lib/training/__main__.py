"""Train a model on a text: `python -m lessons_lib.training job.toml`, or `python -m lessons_lib.training story.txt`.

Ctrl-C and a request to end (SIGTERM) save the run; the same command goes on from there. See `lessons_lib.training.job`
for what a job can say. Several processes share one by `torchrun --nproc-per-node 2 -m lessons_lib.training job.toml`.
"""

from __future__ import annotations

import argparse
import math
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from tqdm import tqdm

from lessons_lib.checkpoint import save_pretrained
from lessons_lib.errors import AssetError
from lessons_lib.generation import generate
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer
from lessons_lib.training.batches import Windows
from lessons_lib.training.distributed import gathered, place, processes, total, wait
from lessons_lib.training.job import Job, config_of, data_of, opened, read_job, tokenizer_of
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
        job = read_job(options.job)
        with processes(job.device) as device:
            return _train(job, device)
    except (ValueError, OSError, TrainingError, AssetError) as error:
        print(error, file=sys.stderr)
        return 1


def _train(job: Job, device: torch.device) -> int:
    first = place()[0] == 0
    with _asked_to_end() as asked:
        if first:
            tokenizer = tokenizer_of(job)
            data, held_out, bytes_per_token = data_of(job, tokenizer)
        wait()
        if not first:
            tokenizer, data = opened(job)
        run = _run(job, data, tokenizer, device)
        steps = run.recipe.steps
        with tqdm(total=steps, initial=run.step, unit=" steps", disable=run.step == steps or not first) as bar:
            for report in run:
                bar.update()
                bar.set_postfix(loss=f"{report.loss:.2f}")
                stop = total(len(asked)) > 0  # all or none
                if stop or report.step % job.save_every == 0 or report.step == steps:
                    run.save(job.out / "run")
                if stop:
                    break
    model = gathered(run.model)
    if first and run.step < steps:
        print(f"saved after step {run.step} of {steps}; the same command goes on from there")
    elif first:
        _hand_over(model, tokenizer, job, steps, held_out, bytes_per_token)
    return 0


def _run(job: Job, data: Windows, tokenizer: Tokenizer, device: torch.device) -> Run:
    """The job's run: the saved one, if there is one of this job."""
    config = config_of(job, tokenizer)
    where = {"device": device, "spread": job.spread}
    if (job.out / "run").exists():
        run = Run.resume(job.out / "run", data, **where)
        if (run.recipe, run.model.config) != (job.recipe, config):
            raise TrainingError(f"{job.out / 'run'}: is of another recipe or model; delete it, or choose another out")
        return run
    torch.manual_seed(job.seed)
    return Run(Transformer(config), data, job.recipe, **where)


def _hand_over(
    model: Transformer, tokenizer: Tokenizer, job: Job, steps: int, held_out: Tensor, bytes_per_token: float
) -> None:
    save_pretrained(model, job.out / "model", tokenizer)
    nats = held_out_loss(model, held_out)
    bits = nats / math.log(2) / bytes_per_token
    print(f"{model.num_parameters():,} parameters, {steps} steps; on text it never read:")
    print(f"{nats:.2f} nats a token, {bits:.2f} bits a byte")
    print(f"It goes on from a line's end:\n{_sample(model, tokenizer)}")
    print(f"The model is in {job.out / 'model'}; lessons_lib.load opens it, and so does transformers.")
    print(f"To write with it: python -m lessons_lib --model {job.out / 'model'}")


def _sample(model: Transformer, tokenizer: Tokenizer) -> str:
    model.eval()
    ids = generate(model, tokenizer.encode("\n"), max_new_tokens=100, temperature=0.7, seed=0)
    return tokenizer.decode(list(ids))


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


if __name__ == "__main__":
    sys.exit(main())
