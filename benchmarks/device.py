"""What holds of the library on an accelerator: `python -m benchmarks.device cuda`.

Differences and ratios: every family beside transformers on the same device and beside our own CPU, texts that must
come out the same, and training. It stores nothing, and any device that torch finds will do, `cpu` too.
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

from benchmarks.harness import Benchmark, Candidate, per_second, run
from benchmarks.peers import twin
from benchmarks.report import table
from lessons_lib import ModelConfig, Transformer, load
from lessons_lib.generation import KVCache, generate
from lessons_lib.training import Recipe, Run, Windows

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from parity.families import REFERENCES

TEXT, NEW, LONG = 41, 24, 96  # tokens
SMALL = ModelConfig(
    vocab_size=512,
    hidden_size=128,
    intermediate_size=344,
    num_hidden_layers=4,
    num_attention_heads=4,
    num_key_value_heads=2,
    tie_word_embeddings=True,
)
MEDIUM = ModelConfig.preset("smollm2-135m")


def row(subject: str, what: str, value: str | float) -> None:
    print(f"{subject:28} {what:58} {value if isinstance(value, str) else f'{value:.3g}'}", flush=True)


def apart(a: Tensor, b: Tensor) -> float:
    """The largest difference of two tables of scores."""
    return (a.float().cpu() - b.float().cpu()).abs().max().item()


@torch.no_grad()
def families(device: torch.device) -> None:
    """Every family's scores, whole and with a cache, and the text that the likeliest tokens make."""
    for name, family in REFERENCES.items():
        theirs = family.reference()
        ours = family.copy(theirs)
        ids = torch.randint(ours.config.vocab_size, (3, TEXT), generator=torch.Generator().manual_seed(1))
        at_home, text = ours(ids), list(generate(ours, ids[0].tolist(), NEW, temperature=0, stop_token_ids=[]))
        ours, theirs, ids = ours.to(device), theirs.to(device), ids.to(device)
        whole, cache = ours(ids), KVCache.of(ours, 3, TEXT)
        cached = torch.cat([ours(part, cache) for part in ids.split([17, 1, TEXT - 18], dim=1)], dim=1)
        again = list(generate(ours, ids[0].tolist(), NEW, temperature=0, stop_token_ids=[]))
        row(name, "scores from transformers, same device", apart(whole, theirs(ids).logits))
        row(name, "scores from our CPU; with a cache", f"{apart(whole, at_home):.3g}  {apart(cached, whole):.3g}")
        row(name, f"{NEW} likeliest tokens as on our CPU", "same" if again == text else f"differ: {again} {text}")


def writing(device: torch.device, folder: Path | None) -> None:
    """The real model, or one of its shape: its text beside our CPU's, and tokens a second beside transformers'."""
    torch.manual_seed(0)
    model = (load(folder)[0] if folder else Transformer(MEDIUM)).eval()
    name = "SmolLM2-135M" if folder else "random, 135M"
    prompt = torch.randint(MEDIUM.vocab_size, (64,), generator=torch.Generator().manual_seed(2)).tolist()
    expected = list(generate(model, prompt, NEW, temperature=0, stop_token_ids=[]))
    if folder:
        model = load(folder, device=device)[0].eval()
    model = model.to(device)
    made = list(generate(model, prompt, NEW, temperature=0, stop_token_ids=[]))
    row(name, f"{NEW} likeliest tokens as on our CPU", "same" if made == expected else f"differ: {made} {expected}")
    for dtype in (torch.float32, torch.bfloat16):
        model = model.to(dtype)
        theirs = twin(model)

        def ours(model: Transformer = model) -> int:
            return len(list(generate(model, prompt, LONG, temperature=0, stop_token_ids=[])))

        def peer(theirs: nn.Module = theirs) -> int:
            ids = torch.tensor([prompt], device=device)
            settings = {"attention_mask": torch.ones_like(ids), "max_new_tokens": LONG, "do_sample": False}
            return theirs.generate(ids, **settings).shape[1] - len(prompt)

        compare(f"{name} writes, {dtype}", {"ours": ours}, {"transformers": peer}, device)


def learning(device: torch.device) -> None:
    """Losses beside our CPU's; a run that was saved and goes on; compiled; the medium model beside transformers'."""
    tokens = torch.randint(512, (40_000,), generator=torch.Generator().manual_seed(3))
    tokens = (tokens + tokens.roll(1) * 3) % 512  # something to learn
    data = Windows(tokens, 96, seed=0)

    def started(place: torch.device | str, **changes) -> Run:
        torch.manual_seed(4)
        model = Transformer(SMALL).to(place)
        return Run(model, data, Recipe(**{"steps": 20, "batch_size": 8, "accumulate": 2} | changes))

    home = [report.loss for report in started("cpu")]
    whole = started(device)
    there = [report.loss for report in whole]
    row("training", "largest difference of 20 losses from our CPU's", max(map(abs, map(float.__sub__, home, there))))
    with TemporaryDirectory() as folder:
        cut = started(device)
        for _ in range(9):
            cut.advance()
        cut.save(f"{folder}/run")
        model = Transformer(SMALL).to(device)
        after = [report.loss for report in Run.resume(f"{folder}/run", data, model)]
    same = after == there[9:] and all(map(torch.equal, model.parameters(), whole.model.parameters()))
    row("training", "9 steps, saved, 11 more: losses and weights", "same to the bit" if same else "differ")
    half = [report.loss for report in started(device, bfloat16=True)]
    row("training", "bfloat16: last loss less float32's", half[-1] - there[-1])
    swift = started(device)
    swift.model.compile()
    fast = [report.loss for report in swift]
    row("training", "compiled: largest difference of 20 losses", max(map(abs, map(float.__sub__, fast, there))))
    if device.type == "cpu":
        return  # the medium model takes minutes there
    wide = Windows(torch.randint(MEDIUM.vocab_size, (200_000,)), 1024, seed=0)
    steps = Recipe(steps=1000, batch_size=16, bfloat16=True)
    ours, theirs = {}, {}
    for compiled in (False, True):
        model = Transformer(MEDIUM).to(device)
        peer = Logits(twin(copy.deepcopy(model)).train())
        for name, one, group in (("ours", model, ours), ("transformers", peer, theirs)):
            if compiled:
                one.compile()
            group[name + ", compiled" * compiled] = partial(_learned, Run(one, wide, steps))
    compare("135M learns, 16 rows of 1,024, bfloat16", ours, theirs, device)
    row("135M, 16 rows of 1,024", "most memory, GB", torch.cuda.max_memory_allocated() / 1e9)


class Logits(nn.Module):
    """transformers' model, giving scores alone."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, token_ids: Tensor) -> Tensor:
        return self.model(token_ids).logits


def _learned(one: Run) -> int:
    return one.advance().tokens


def compare(
    title: str, ours: dict[str, Callable[[], int]], peers: dict[str, Callable[[], int]], device: torch.device
) -> None:
    """Tokens a second in turn, medians of 5 after 2 to warm up."""

    def candidate(work: Callable[[], int]) -> Candidate:
        def whole() -> int:
            done = work()
            if device.type == "cuda":
                torch.cuda.synchronize()
            return done

        return per_second(whole, {"tokens/s": 1})

    both = ({name: candidate(work) for name, work in group.items()} for group in (ours, peers))
    print(table(run(Benchmark(title, *both), rounds=5, warm_ups=2)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("device", type=torch.device)
    parser.add_argument("--model", type=Path, help="a folder or file of the real SmolLM2-135M; else a random one")
    parser.add_argument("parts", nargs="*", metavar="PART", help="families, writing, learning (default: all)")
    options = parser.parse_args()
    parts = {"families": families, "writing": partial(writing, folder=options.model), "learning": learning}
    if unknown := set(options.parts) - set(parts):
        parser.error(f"PART: got {min(unknown)}, allowed {', '.join(parts)}")
    name = torch.cuda.get_device_name() if options.device.type == "cuda" else "this processor"
    row("device", "torch", f"{name}, {torch.__version__}")
    for part in options.parts or parts:
        parts[part](options.device)


if __name__ == "__main__":
    main()
