"""Train a model on a text, or tune one on rows of JSON.

    python -m lessons_lib.training story.txt     a small model, from nothing but the text
    python -m lessons_lib.training talk.jsonl    SmolLM2 learns from the rows
    python -m lessons_lib.training job.toml      either, with settings of your own

A row is one line, in one of these forms:

    {"messages": [{"role": "user", "content": "Hi!"}, {"role": "assistant", "content": "Hello."}]}
    {"prompt": "Hi!", "completion": "Hello."}
    {"prompt": "Hi!", "chosen": "Hello.", "rejected": "What?"}
    {"prompt": "Hi!"}                            with a reward, and whatever else that needs to know

Ctrl-C and a request to end (SIGTERM) save the run; the same command goes on from there. Several processes share a job:

    torchrun --nproc-per-node 2 -m lessons_lib.training job.toml

A job for a text:
{text}
A job for rows:
{rows}
"""

from __future__ import annotations

import argparse
import sys
import textwrap

from lessons_lib.errors import AssetError
from lessons_lib.training.distributed import processes
from lessons_lib.training.jobs import carry_out, from_text, read_job, tuning
from lessons_lib.training.losses import TrainingError


def main(command: list[str] | None = None) -> int:
    """Start a job, or go on with it.

    Returns:
        The exit code: 0 if the run is done or was saved when asked to end, 1 for an error, which stands on stderr.
    """
    parser = argparse.ArgumentParser(
        prog="python -m lessons_lib.training",
        description=_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("job", help="a .toml file, or a text or rows to learn from with the usual settings")
    options = parser.parse_args(command)
    try:
        job = read_job(options.job)
        with processes(job.device) as device:
            carry_out(job, device)
    except (ValueError, OSError, TrainingError, AssetError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _help() -> str:
    """What a job can say, as its modules say it."""
    files = {"text": from_text, "rows": tuning}
    examples = {
        name: textwrap.indent("\n" + module.__doc__.split("\n\n", 1)[1].strip() + "\n", "    ")
        for name, module in files.items()
    }
    return __doc__.replace("{text}", examples["text"]).replace("{rows}", examples["rows"])


if __name__ == "__main__":
    sys.exit(main())
