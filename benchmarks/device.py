"""What holds of the library on an accelerator: `python -m benchmarks.device cuda`.

A table of differences and ratios: every family beside transformers on the same device and beside our own CPU, texts
that must come out the same, and training. It stores nothing, and any device that torch finds will do, `cpu` too.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from lessons_lib import ModelConfig, Transformer, load
from lessons_lib.checkpoint.families import FAMILIES
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
MEDIUM = ModelConfig(
    vocab_size=49152,
    hidden_size=576,
    intermediate_size=1536,
    num_hidden_layers=30,
    num_attention_heads=9,
    num_key_value_heads=3,
    tie_word_embeddings=True,
)


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

        compare(name, f"tokens/s written, {dtype}", {"ours": ours, "transformers": peer}, device)


def twin(model: Transformer) -> nn.Module:
    """The same weights in transformers, whose texts do not end before they are as long as asked."""
    values = FAMILIES["llama"].values(model.config) | {"bos_token_id": None, "eos_token_id": None}
    config = LlamaConfig(**values, attn_implementation="sdpa")
    weight = next(model.parameters())
    theirs = LlamaForCausalLM(config).to(weight.device, weight.dtype)
    theirs.load_state_dict(model.state_dict(), strict=True)
    return theirs.eval()


def learning(device: torch.device) -> None:
    """Losses beside our CPU's; a run that was saved and goes on; compiled; the medium model beside transformers'."""
    tokens = torch.randint(512, (40_000,), generator=torch.Generator().manual_seed(3))
    tokens = (tokens + tokens.roll(1) * 3) % 512  # something to learn
    data = Windows(tokens, 96, seed=0)

    def run(place: torch.device | str, **changes) -> Run:
        torch.manual_seed(4)
        model = Transformer(SMALL).to(place)
        return Run(model, data, Recipe(**{"steps": 20, "batch_size": 8, "accumulate": 2} | changes))

    home = [report.loss for report in run("cpu")]
    whole = run(device)
    there = [report.loss for report in whole]
    row("training", "largest difference of 20 losses from our CPU's", max(map(abs, map(float.__sub__, home, there))))
    with TemporaryDirectory() as folder:
        cut = run(device)
        for _ in range(9):
            cut.advance()
        cut.save(f"{folder}/run")
        model = Transformer(SMALL).to(device)
        after = [report.loss for report in Run.resume(f"{folder}/run", data, model)]
    same = after == there[9:] and all(map(torch.equal, model.parameters(), whole.model.parameters()))
    row("training", "9 steps, saved, 11 more: losses and weights", "same to the bit" if same else "differ")
    half = [report.loss for report in run(device, bfloat16=True)]
    row("training", "bfloat16: last loss less float32's", half[-1] - there[-1])
    swift = run(device)
    swift.model.compile()
    fast = [report.loss for report in swift]
    row("training", "compiled: largest difference of 20 losses", max(map(abs, map(float.__sub__, fast, there))))
    if device.type == "cpu":
        return  # the medium model takes minutes there
    wide = Windows(torch.randint(MEDIUM.vocab_size, (200_000,)), 1024, seed=0)
    steps = Recipe(steps=1000, batch_size=16, bfloat16=True)
    runs = {}
    for compiled in (False, True):
        ours = Transformer(MEDIUM).to(device)
        for name, model in {"ours": ours, "transformers": Logits(twin(ours).train())}.items():
            runs[name + ", compiled" * compiled] = Run(model, wide, steps)
            if compiled:
                model.compile()
    candidates = {name: lambda one=one: one.advance().tokens for name, one in runs.items()}
    compare("135M, 16 rows of 1,024", "tokens/s learned, bfloat16", candidates, device)
    row("135M, 16 rows of 1,024", "most memory, GB", torch.cuda.max_memory_allocated() / 1e9)


class Logits(nn.Module):
    """transformers' model, giving scores alone."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, token_ids: Tensor) -> Tensor:
        return self.model(token_ids).logits


def compare(subject: str, what: str, candidates: dict[str, Callable[[], int]], device: torch.device) -> None:
    """Things a second of each candidate, in turn, medians of 5 after 2 to warm up, as times the first."""

    def speed(work: Callable[[], int]) -> float:
        start = time.perf_counter()
        done = work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return done / (time.perf_counter() - start)

    rounds = [{name: speed(work) for name, work in candidates.items()} for _ in range(7)][2:]
    first = next(iter(candidates))
    for name in candidates:
        ratio = median(one[first] / one[name] for one in rounds)
        row(subject, f"{what}: {name}", f"{median(one[name] for one in rounds):,.0f}   {first} is {ratio:.2f} times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("device", type=torch.device)
    parser.add_argument("--model", type=Path, help="a folder or file of the real SmolLM2-135M; else a random one")
    parser.add_argument("parts", nargs="*", default=["families", "writing", "learning"])
    options = parser.parse_args()
    name = torch.cuda.get_device_name() if options.device.type == "cuda" else "this processor"
    row("device", "torch", f"{name}, {torch.__version__}")
    for part in options.parts:
        if part == "families":
            families(options.device)
        elif part == "writing":
            writing(options.device, options.model)
        elif part == "learning":
            learning(options.device)


if __name__ == "__main__":
    main()
