"""An adapter by which EleutherAI's harness, `lm-eval`, drives our model: its tasks, our likelihoods and answers.

    from lessons_lib.evaluation.harness import harness_model
    lm_eval.simple_evaluate(model=harness_model(model, tokenizer), tasks=["arc_easy"])

The harness is no part of this library: install it to use this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lessons_lib.evaluation.generation import answers
from lessons_lib.evaluation.likelihood import Asked, encode_pair, encode_text, first_token, score
from lessons_lib.model import Transformer
from lessons_lib.parts import check_model, check_tokenizer
from lessons_lib.tokenizer import Tokenizer

_MOST_NEW_TOKENS = 256  # the harness's own default


class ForHarness:
    """The three questions that the harness asks of a model.

    Each request has `args`: a context and a continuation, a text alone, or a context and how to continue it.

    Args:
        model: any `Transformer`.
        tokenizer: that of the model.
        add_bos: whether the token that begins a text stands in front; None for what the model expects.
    """

    def __init__(self, model: Transformer, tokenizer: Tokenizer, add_bos: bool | None = None) -> None:
        check_model(model)
        check_tokenizer(tokenizer)
        super().__init__()
        self.model, self.tokenizer, self.add_bos = model, tokenizer, add_bos

    @property
    def tokenizer_name(self) -> str:
        """What the harness keeps apart by what it caches of requests."""
        return "lessons_lib"

    def loglikelihood(self, requests: Sequence[Any], **settings: Any) -> list[tuple[float, bool]]:
        """For each context and continuation the likelihood in nats, and whether it is what the model would say."""
        found = score(self.model, [self._pair(*request.args) for request in requests])
        return [(each.nats, each.greedy) for each in found]

    def loglikelihood_rolling(self, requests: Sequence[Any], **settings: Any) -> list[float]:
        """For each text its likelihood in nats, in windows of the model's context."""
        length = self.model.config.max_position_embeddings
        windows = [encode_text(self.tokenizer, request.args[0], length) for request in requests]
        found = iter(score(self.model, [window for of_text in windows for window in of_text]))
        return [sum(next(found).nats for _ in of_text) for of_text in windows]

    def generate_until(self, requests: Sequence[Any], **settings: Any) -> list[str]:
        """Continue each context greedily, up to one of its strings.

        Raises:
            ValueError: for a request that is not greedy.
        """
        texts = [""] * len(requests)
        groups: dict[tuple[int, tuple[str, ...]], list[int]] = {}
        for number, request in enumerate(requests):
            groups.setdefault(_how(dict(request.args[1])), []).append(number)
        for (most, stop), numbers in groups.items():
            prompts = [requests[number].args[0] for number in numbers]
            found = answers(self.model, self.tokenizer, prompts, max_new_tokens=most, stop=stop, add_bos=self.add_bos)
            for place, text in found:
                texts[numbers[place]] = text
        return texts

    def _pair(self, context: str, continuation: str) -> Asked:
        if context:
            return encode_pair(self.tokenizer, context, continuation, add_bos=self.add_bos)
        ids, first = self.tokenizer.encode(continuation), first_token(self.tokenizer)
        return Asked([first], ids[1:] if ids[:1] == [first] else ids)


def harness_model(model: Transformer, tokenizer: Tokenizer, add_bos: bool | None = None) -> Any:
    """A model as `lm_eval.simple_evaluate` takes it; see `ForHarness`.

    Raises:
        ImportError: if the harness is not installed.
    """
    from lm_eval.api.model import LM

    return type("HarnessModel", (ForHarness, LM), {})(model, tokenizer, add_bos)


def _how(settings: dict[str, Any]) -> tuple[int, tuple[str, ...]]:
    if settings.get("do_sample") or settings.get("temperature"):
        raise ValueError("generation_kwargs: got a request to draw, allowed greedy ones (do_sample: false)")
    until = settings.get("until") or []
    until = [until] if isinstance(until, str) else until
    return int(settings.get("max_gen_toks", _MOST_NEW_TOKENS)), tuple(end for end in until if end)
