"""An exercise of lesson 00b: the learner's linear layer in the place of every linear layer of two models."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial

import numpy as np
import torch
from torch import nn

from lessons_lib import load
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson00b.names import LETTERS
from lessons_lib.tokenizer import Tokenizer


def my_linear(x, weight, bias):
    result = x @ weight.T
    return result if bias is None else result + bias


def linear_adds_the_bias_first(x, weight, bias):
    """Lengths met that do not fit. Was the bias added to x, before the product? It has one number for each output: add
    it behind. Or does * stand where @ should?"""
    if bias is None:
        return x @ weight.T
    return (x + bias[: x.shape[-1]]) @ weight.T


def linear_forgets_the_bias(x, weight, bias):
    """It looks as if you forgot the bias. Where there is one it is added to the product: broadcasting stretches it
    over all rows."""
    return x @ weight.T


def linear_subtracts_the_bias(x, weight, bias):
    """It looks as if the bias was subtracted: add it."""
    return x @ weight.T if bias is None else x @ weight.T - bias


def linear_needs_a_bias(x, weight, bias):
    """It looks as if your function always adds the bias. SmolLM2's layers have none: there bias is None, and nothing
    is to be added."""
    return x @ weight.T + bias


def linear_asks_whether_the_bias_is_true(x, weight, bias):
    """A bias of 27 numbers is neither true nor false, so `if bias:` can't be answered. Ask `bias is None`."""
    result = x @ weight.T
    return result + bias if bias else result


def linear_without_transpose(x, weight, bias):
    """It looks as if the weight was not transposed. It is stored as [out, in] and x is [..., in], so the sizes meet in
    x @ weight.T."""
    result = x @ weight
    return result if bias is None else result + bias


def linear_of_fresh_numbers(x, weight, bias):
    """It looks as if nn.Linear made a new layer, with random numbers of its own. The learned ones are handed over:
    multiply by this weight."""
    return nn.Linear(weight.shape[1], weight.shape[0], dtype=x.dtype)(x)


def linear_of_fresh_numbers_in_32_bits(x, weight, bias):
    """It looks as if nn.Linear made a new layer, with random numbers of its own (and of 32 bits, where x has 64). The
    learned ones are handed over: multiply by this weight."""
    return nn.Linear(weight.shape[1], weight.shape[0])(x)


def linear_from_the_left(x, weight, bias):
    """It looks as if you multiplied weight @ x. The rows of x are what is mixed: x stands on the left."""
    result = weight @ x
    return result if bias is None else result + bias


def linear_with_the_weight_reshaped(x, weight, bias):
    """It looks as if the weight was viewed as [in, out]: the numbers then stay in reading order and land in wrong
    places. Transpose it, with .T."""
    result = x @ weight.reshape(weight.shape[1], weight.shape[0])
    return result if bias is None else result + bias


def linear_of_one_long_list(x, weight, bias):
    """It looks as if x lost its axes: [B, T, in] became [B * T, in] and stayed so, and the next part of the model can't
    tell the texts apart. Only the last axis may change; @ keeps the others."""
    return my_linear(x.reshape(-1, x.shape[-1]), weight, bias)


def linear_as_a_list(x, weight, bias):
    """The next part of the model calculates with tensors, and something else came back: leave out .tolist() or
    .numpy()."""
    return my_linear(x, weight, bias).tolist()


def name_model() -> nn.Module:
    """The model of lesson 00c before it has learned: vectors of 16 numbers for three letters, a linear layer."""
    torch.manual_seed(0)
    wide = {"dtype": torch.float64}
    return nn.Sequential(nn.Embedding(27, 16, **wide), nn.Flatten(1), nn.Linear(48, 27, **wide))


@cache
def smollm2() -> tuple[nn.Module, Tokenizer]:
    """SmolLM2 in 64 bits: sums taken in another order then agree to far more digits than are compared."""
    model, tokenizer = load("smollm2-135m-instruct")
    return model.double(), tokenizer


def linear_that_turns_the_weight(x, weight, bias):
    """The weight that was handed over is transposed for good: `weight.t_()` changes it in place, as the _ at the end
    says. `weight.T` leaves it as it is."""
    result = x @ weight.t_()
    return result if bias is None else result + bias


class _Unfit(Exception):
    """A learner's function gave what the next part of the model would only stumble over: None, a list, lost axes."""


@contextmanager
def replaced(model: nn.Module, answer: Callable) -> Iterator[None]:
    """A model whose linear layers all call `answer(x, weight, bias)` in place of their own forward.

    Raises:
        _Unfit: when the answer does not fit, inside; its one argument is what to compare.
    """

    def forward(x, layer):
        weight = layer.weight.view_as(layer.weight)  # whoever transposes it in place must not spoil the model
        result = answer(x, weight, layer.bias)
        if weight.stride() != layer.weight.stride():
            raise _Unfit("a weight that was transposed in place")
        if result is None:
            raise _Unfit(None)
        if not isinstance(result, torch.Tensor):
            raise _Unfit("no tensor")
        if np.ndim(result) != x.dim():
            raise _Unfit(f"for x {list(x.shape)} a result {list(np.shape(result))}")
        return result

    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    try:
        for layer in layers:
            layer.forward = partial(forward, layer=layer)
        yield
    finally:
        for layer in layers:
            vars(layer).pop("forward", None)


def scores_with(answer: Callable, model: str, text: str) -> dict[str, float] | str | None:
    """A model's scores for what comes after a text, calculated with the learner's linear layer.

    Returns:
        Of the name model the scores of the end (`.`) and of a, b and c, of SmolLM2 the ten highest and whose they are.
        They are large enough for an answer in 32 bits to agree. None if the function returned nothing, a sentence if
        its result can't go on.
    """
    if model == "names":
        network = name_model()
        ids = torch.tensor([[LETTERS.index(letter) for letter in text[-3:]]])  # [1, 3]
    else:
        network, tokenizer = smollm2()
        ids = torch.tensor([tokenizer.encode(text)])  # [1, T]
    torch.manual_seed(0)  # a layer of fresh random numbers comes out the same each time, and is recognised
    with torch.no_grad(), replaced(network, answer):
        try:
            scores = network(ids)
        except _Unfit as unfit:
            return unfit.args[0]
    if model == "names":
        return dict(zip(LETTERS[:4], scores[0, :4].tolist(), strict=True))
    best = scores[0, -1].topk(10)
    return {tokenizer.decode([i]): score for i, score in zip(best.indices.tolist(), best.values.tolist(), strict=True)}


LINEAR = Exercise(
    id="linear",
    title="Your linear layer inside SmolLM2",
    difficulty=2,
    minutes=5,
    kind="build",
    contract="x [..., in], weight [out, in] and bias [out] or None to [..., out]: the product of x with the transposed "
    "weight, plus the bias where there is one.",
    cases=(("names", "ada"), ("names", ".mi"), ("smollm2", "The sun is shining, and the sky is")),
    tried="the linear layer of the name model, and all of SmolLM2's at once: the same scores for the next letter "
    "and the next token. 'The sun is shining, and the sky is', it says, ' a', ' ab', ' painted', ' clear' or ' blue'",
    hints=(
        "Section 6 has the line for a layer with a bias.",
        "x @ weight.T works for any number of axes in front of the last.",
        "A bias of None means: the product alone. Ask `bias is None`; a tensor is neither true nor false.",
    ),
    solution=my_linear,
    mistakes=(
        linear_forgets_the_bias,
        linear_subtracts_the_bias,
        linear_needs_a_bias,
        linear_asks_whether_the_bias_is_true,
        linear_adds_the_bias_first,
        linear_without_transpose,
        linear_of_fresh_numbers,
        linear_of_fresh_numbers_in_32_bits,
        linear_from_the_left,
        linear_with_the_weight_reshaped,
        linear_of_one_long_list,
        linear_that_turns_the_weight,
        linear_as_a_list,
    ),
    real=1,
    harness=scores_with,
)
