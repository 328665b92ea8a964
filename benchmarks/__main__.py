"""Measure the library beside its peers: `python -m benchmarks`, all of it or by name."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import (
    arrivals,
    attention,
    block,
    bpe_training,
    decode,
    duplicates,
    encoding,
    experts,
    kinds,
    likelihoods,
    loading,
    masks,
    prefill,
    report,
    search,
    serving,
    speculation,
    steps,
    threads,
    training_growth,
    training_step,
    tuning,
)
from benchmarks.harness import run
from benchmarks.peers import Models
from benchmarks.process import ROOT

SUBJECTS = {
    "decode": decode.benchmark,
    "decode-8": partial(decode.benchmark, bits=8),
    "decode-4": partial(decode.benchmark, bits=4),
    "threads": threads.whose,
    "neighbour": threads.beside,
    "speculate-code": partial(speculation.benchmark, subject="code"),
    "speculate-chat": partial(speculation.benchmark, subject="chat"),
    "context": steps.context,
    "batch": steps.batch,
    **{f"serving-{clients}": partial(serving.benchmark, clients=clients) for clients in serving.CLIENTS},
    **{f"arrivals-{rate}": partial(arrivals.benchmark, rate=rate) for rate in arrivals.RATES},
    "prefill": prefill.benchmark,
    "first-token-8": partial(prefill.quantized, bits=8),
    "first-token-4": partial(prefill.quantized, bits=4),
    "load": loading.benchmark,
    "block": block.benchmark,
    "attention": attention.benchmark,
    **{
        f"experts-{family.partition(':')[0].lower().replace(' ', '-')}": partial(experts.benchmark, family=family)
        for family in experts.MODELS
    },
    "experts-growth": experts.growth,
    **{
        f"kind-{kind.rpartition(' in ')[2].lower().replace(' ', '-')}": partial(kinds.benchmark, kind=kind)
        for kind in kinds.KINDS
    },
    "train": bpe_training.benchmark,
    "train-lines": bpe_training.lines,
    "train-small": bpe_training.small,
    "vocabulary": encoding.memory,
    "duplicates": duplicates.benchmark,
    "sentences": search.sentences,
    "bm25": search.by_words,
    **{f"likelihoods-{shots}": partial(likelihoods.benchmark, shots=shots) for shots in likelihoods.SHOTS},
    "likelihoods-0-alone": partial(likelihoods.benchmark, shots=0, alone=True),
    "masks": masks.benchmark,
    "training-step": training_step.benchmark,
    "training-step-bfloat16": partial(training_step.benchmark, bfloat16=True),
    "training-sizes": training_growth.sizes,
    "training-contexts": training_growth.contexts,
    **{f"tuning-{subject.lower()}": partial(tuning.benchmark, subject=subject) for subject in ("SFT", "DPO", "GRPO")},
}
for _name in encoding.TEXTS | encoding.GIANTS:
    SUBJECTS[f"encode-{_name.replace(' ', '-')}"] = partial(encoding.benchmark, name=_name)


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Run the named benchmarks, or all; results and pictures are written below `root` where they are to be kept."""
    parser = argparse.ArgumentParser(prog="course.py bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(SUBJECTS)} (default: all, and store them)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default: 5)")
    parser.add_argument("--store", action="store_true", help="also keep the named ones' results, in their old places")
    parser.add_argument("--quick", action="store_true", help="only show that it works: a tiny model, one round")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in SUBJECTS]
    if unknown:
        parser.error(f"NAME: got {unknown[0]}, allowed {', '.join(SUBJECTS)}")
    if options.rounds < 1:
        parser.error(f"--rounds: got {options.rounds}, allowed 1 or more")
    rounds, warm_ups = (1, 0) if options.quick else (options.rounds, 1)
    rows = []
    with TemporaryDirectory() as folder:
        models = Models(Path(folder), options.quick)
        for name in options.names or SUBJECTS:
            rows += run(SUBJECTS[name](models), rounds, warm_ups)
    print(report.table(rows))
    if options.store:
        rows = report.merged(report.read(root), rows)
    if (options.store or not options.names) and not options.quick:
        report.write(rows, root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
