"""The speeds of this machine, live: a table that lives in a widget and is never stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

import torch
from torch import Tensor

from lessons_lib.classroom.lessons.lesson07b.shared import megabytes
from lessons_lib.config.costs import kv_cache_bytes
from lessons_lib.generation import KVCache, NGramDraft, Runner, generate, speculate
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer

STORED_TEXT = "The speeds of this machine are shown here while the notebook runs."
HELD = 200  # tokens of the text that is continued
GUESSES = 6  # read in one pass, with the newest token of the text
QUOTED = "The harbour was quiet, the boats lay on the sand, and the old man mended his nets."


@dataclass(frozen=True)
class Speed:
    """What one way of writing comes to.

    Attributes:
        tokens: a second.
        fetched: MB that each pass has to fetch from memory.
        passes: a second.
    """

    tokens: float
    fetched: float
    passes: float


class Speeds:
    """Measures some ways to write the next token, when it is made and whenever its button is pressed.

    As the last line of a cell it is displayed: live a table, stored one line that is always the same.

    Args:
        model: the model in 32 bits.
        tokenizer: its tokenizer.
        small: quantised copies by their names.

    Attributes:
        found: the newest `Speed` by the name of the way.
        reading: GB a second that this machine fetches at its best: while it adds up all weights, or writes.
        seven: what a compiled pass over 7 tokens takes, in passes over 1.
        products: the share of a cached step that its products with weights take, alone.
    """

    def __init__(self, model: Transformer, tokenizer: Tokenizer, small: Mapping[str, Transformer]) -> None:
        self._model, self._tokenizer, self._small = model, tokenizer, dict(small)
        self.found: dict[str, Speed] = {}
        self.reading = self.seven = self.products = 0.0
        self.measure()

    @torch.no_grad()
    def measure(self) -> None:
        """Measure everything anew; a few seconds."""
        model, weights = self._model, megabytes(self._model)
        text = torch.arange(100, 100 + HELD)[None]  # any tokens do
        cache = KVCache(model.config, max_length=HELD + 1)
        notes = cache.nbytes / 1e6
        matrices = [x for x in model.parameters() if x.ndim == 2]
        products = _seconds(lambda: [torch.nn.functional.linear(x[:1], x) for x in matrices], 5)
        model(text, cache, logits_to_keep=1)
        added = _seconds(lambda: [x.sum() for x in model.parameters()], 5)
        plain = _seconds(lambda: model(text, logits_to_keep=1), 1)
        steps = {"cached": _seconds(lambda: _step(model, cache), 5), "compiled": self._compiled(model, text)}
        steps |= {name: self._compiled(small, text) for name, small in self._small.items()}
        fetched = {"cached": weights, "compiled": weights} | {n: megabytes(m) for n, m in self._small.items()}
        self.found = {"plain": Speed(1 / plain, weights, 1 / plain)}
        self.found |= {n: Speed(1 / t, fetched[n] + notes, 1 / t) for n, t in steps.items()}
        self.found["compiled, with look-up"] = self._guessing(weights)
        self.seven = self._compiled(model, text, 1 + GUESSES) / steps["compiled"]
        self.products = products / steps["cached"]
        self.reading = max([weights / added, *(speed.passes * speed.fetched for speed in self.found.values())]) / 1e3

    def _compiled(self, model: Transformer, text: Tensor, tokens: int = 1) -> float:
        runner, cache = Runner(model), KVCache(model.config, max_length=HELD + tokens)
        runner(text, cache, 1)
        return _seconds(lambda: _step(runner, cache, tokens), 8)

    def _guessing(self, weights: float) -> Speed:
        ids = self._tokenizer.encode_chat([{"role": "user", "content": f"Copy this sentence: {QUOTED}"}])
        best, fetched = None, weights + kv_cache_bytes(self._model.config, len(ids) + 24) / 1e6
        for _ in range(2):
            guessing = speculate(self._model, ids, NGramDraft(), 24)
            next(guessing)  # the prompt is read here
            start, passes, tokens = time.perf_counter(), guessing.passes, 0
            for _token in guessing:
                tokens += 1
            took = time.perf_counter() - start
            found = Speed(tokens / took, fetched, (guessing.passes - passes) / took)
            best = found if best is None or found.tokens > best.tokens else best
        return best

    def table(self) -> list[tuple[str, ...]]:
        """The rows of the table as text, its head first."""
        rows = [("", "tokens a second", "MB a pass", "GB a second", "at most, one a pass")]
        for name, speed in self.found.items():
            bound = 1e3 * self.reading / speed.fetched
            numbers = (speed.tokens, speed.fetched, speed.passes * speed.fetched / 1e3, bound)
            rows.append((name, *(f"{number:,.1f}" if number < 100 else f"{number:,.0f}" for number in numbers)))
        return rows

    def sentences(self) -> list[str]:
        """What is said below the table."""
        threads, lookup = torch.get_num_threads(), "compiled, with look-up"
        pairs = [("plain", "cached"), ("cached", "compiled"), *(("compiled", name) for name in [*self._small, lookup])]
        gains = [f"{b} {self.found[b].tokens / self.found[a].tokens:.1f} times {a}" for a, b in pairs]
        return [
            f"By tokens a second: {'; '.join(gains)}.",
            f"At its best (adding up all weights, or in a row above) it fetched {self.reading:.1f} GB a second. "
            f"torch has {threads} thread{'s' * (threads > 1)}.",
            f"The products with matrices of weights, alone, take {self.products:.0%} of the time of a cached step.",
            f"A compiled pass over {1 + GUESSES} tokens takes {self.seven:.2f} times as long as one over 1 token.",
        ]

    def __repr__(self) -> str:
        rows = ["".join(f"{cell:>22}" for cell in row) for row in self.table()]
        return "\n".join([*rows, *self.sentences()])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        import ipywidgets

        table = ipywidgets.HTML(self._page())
        button = ipywidgets.Button(description="measure again", layout=ipywidgets.Layout(width="auto"))

        def again(_button: object) -> None:
            self.measure()
            table.value = self._page()

        button.on_click(again)
        panel = ipywidgets.VBox([table, button])
        view = {"version_major": 2, "version_minor": 0, "model_id": panel.model_id}
        return {"text/plain": STORED_TEXT, "application/vnd.jupyter.widget-view+json": view}

    def _page(self) -> str:
        head, *rows = self.table()
        most = max(speed.tokens for speed in self.found.values())
        lines = []
        for row, speed in zip(rows, self.found.values(), strict=True):
            cells = "".join(f'<td style="text-align: right; padding: 0 1em">{escape(cell)}</td>' for cell in row[1:])
            bar = f'<div style="background: #0072B2; height: 0.9em; width: {12 * speed.tokens / most:.1f}em"></div>'
            lines.append(f'<tr><td style="padding: 0 1em">{escape(row[0])}</td>{cells}<td>{bar}</td></tr>')
        top = "".join(f'<th style="padding: 0 1em">{escape(cell)}</th>' for cell in head)
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences())
        return f'<table role="table"><thead><tr>{top}</tr></thead><tbody>{"".join(lines)}</tbody></table>{said}'


def same_text(model: Transformer, ids: list[int], count: int) -> bool:
    """Whether the compiled step, one token at a time, writes what the model writes with a cache."""
    texts = []
    for reader in (model, Runner(model)):
        cache, unread, new = KVCache(model.config, max_length=len(ids) + count), list(ids), []
        for _ in range(count):
            unread = [int(reader(torch.tensor([unread]), cache)[0, -1].argmax())]
            new += unread
        texts.append(new)
    return texts[0] == texts[1] == list(generate(model, ids, count, stop_token_ids=()))


def _step(reader: Callable, cache: KVCache, tokens: int = 1) -> None:
    cache.truncate(HELD)
    reader(torch.arange(7, 7 + tokens)[None], cache)


def _seconds(task: Callable[[], object], repeats: int) -> float:
    """The shortest of some tries, after one that does not count."""
    task()
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        best = min(best, time.perf_counter() - start)
    return best
