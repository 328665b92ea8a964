"""An exercise of appendix B2: a patch that leaves no trace, first in small chains, then in the real model."""

import torch
from torch import nn

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lessonB1.shared import random
from lessons_lib.classroom.lessons.lessonB2.shared import COUNTRY, prompt
from lessons_lib.classroom.real_model import real_model, tensor_of
from lessons_lib.classroom.trials import Refused


def my_patch(run, part, place, value):
    def instead(part, given, out):
        out = out.clone()
        out[:, place] = value
        return out

    hook = part.register_forward_hook(instead)
    scores = run()
    hook.remove()
    return scores


class Kept(nn.Module):
    """Gives the very tensor that it keeps: whoever writes into it has changed the next run too."""

    def __init__(self, seed, *shape):
        super().__init__()
        self.tensor = random(seed, *shape)

    def forward(self, _nothing):
        return self.tensor


class Mixing(nn.Module):
    """Each token hears the mean of those up to it, and adds what it makes of it."""

    def __init__(self, seed, width):
        super().__init__()
        self.matrix = random(seed, width, width)

    def forward(self, x):
        means = x.cumsum(1) / torch.arange(1, x.shape[1] + 1)[:, None]
        return x + torch.tanh(means @ self.matrix)


def chain(texts, tokens, width):
    """Four parts in a row, the first of which keeps its tensor."""
    return nn.Sequential(Kept(1, texts, tokens, width), *(Mixing(2 + n, width) for n in range(3)))


def in_a_run(answer, setting):
    """Sizes of a chain, its part and place; or two countries, and behind how many layers of SmolLM2."""
    if "layers" in setting:
        return _in_smollm2(answer, **setting)
    sizes = [setting[name] for name in ("texts", "tokens", "width")]
    model, value = chain(*sizes), 3 * random(9, setting["texts"], setting["width"])
    plain = model(None).clone()
    scores = _scores(answer, lambda: model(None), model[setting["part"]], setting["place"], value, plain.shape)
    return scores if scores is None else {"scores": scores, "the next run": model(None)}


def _scores(answer, run, part, place, value, shape):
    somebody_elses = part.register_forward_hook(lambda _part, _given, out: None)
    hooks = len(part._forward_hooks) + len(part._forward_pre_hooks)
    value = value.clone()
    before = value.clone()
    try:
        result = answer(run, part, place, value)
        if result is None:
            return None
        scores = tensor_of(result).detach().clone()
        if not torch.equal(value, before):
            raise Refused("your code changed the value that came in; work on a copy")
        if scores.shape != shape:
            raise Refused(
                f"the scores that run() gives have the shape {list(shape)}, and what came {list(scores.shape)}"
            )
        if len(part._forward_hooks) + len(part._forward_pre_hooks) > hooks:
            raise Refused("your hook still hangs on the part: take it off, or every later run is patched too")
        if somebody_elses.id not in part._forward_hooks:
            raise Refused("your code took off a hook that is not yours: take off your own only, with its .remove()")
        return scores
    finally:
        part._forward_hooks.clear()
        part._forward_pre_hooks.clear()


def _in_smollm2(answer, country, other, layers):
    model, tokenizer = real_model()
    one, two = (torch.tensor([tokenizer.encode(prompt(each))]) for each in (country, other))
    part = model.model.layers[layers - 1]
    kept = []
    hook = part.register_forward_hook(lambda _part, _given, out: kept.append(out[:, COUNTRY]))
    with torch.no_grad():
        model(two)
        hook.remove()

        def run():
            return model(one)[:, -1]

        plain = run()
        scores = _scores(answer, run, part, COUNTRY, kept[0], plain.shape)
        if scores is None:
            return None
        said = [tokenizer.decode([int(each.argmax())]) for each in (scores, run())]
    return {"said": said[0], "the next run says": said[1]}


def _patch(run, part, place, value, write=None, give=lambda out, given: out, before=False, scores=lambda run: run()):
    """The same with the knobs that mistakes turn."""

    def write_once(out):
        out[:, place] = value

    def instead(part, given, out=None):
        new = (given[0] if before else out).clone()
        (write or write_once)(new)
        return give((new,) if before else new, given)

    hook = part.register_forward_pre_hook(instead) if before else part.register_forward_hook(instead)
    try:
        return scores(run)
    finally:
        hook.remove()


def patch_that_adds(run, part, place, value):
    """It looks as if the value is added to what stands there. A patch puts it in its place."""

    def add(out):
        out[:, place] += value

    return _patch(run, part, place, value, add)


def patch_of_all_places(run, part, place, value):
    """It looks as if every token gets the value. Only the one at `place` does."""

    def everywhere(out):
        out[:] = value[:, None]

    return _patch(run, part, place, value, everywhere)


def patch_from_there_on(run, part, place, value):
    """It looks as if all tokens from `place` on get the value. Only the one at `place` does."""

    def onwards(out):
        out[:, place:] = value[:, None]

    return _patch(run, part, place, value, onwards)


def patch_counted_from_one(run, part, place, value):
    """It looks as if places are counted from 1. They are counted from 0, as Python does."""

    def earlier(out):
        out[:, place - 1] = value

    return _patch(run, part, place, value, earlier)


def patch_of_the_next_place(run, part, place, value):
    """It looks as if the token behind `place` gets the value."""

    def later(out):
        out[:, (place + 1) % out.shape[1]] = value

    return _patch(run, part, place, value, later)


def patch_at_the_last_place(run, part, place, value):
    """It looks as if the last token gets the value. `place` says which one does."""

    def last(out):
        out[:, -1] = value

    return _patch(run, part, place, value, last)


def patch_of_a_text(run, part, place, value):
    """It looks as if `place` counts texts. Dim 0 of the output is the text and dim 1 the token: out[:, place]."""

    def whole(out):
        out[place] = value

    return _patch(run, part, place, value, whole)


def patch_with_zeros_elsewhere(run, part, place, value):
    """It looks as if all other places get zeros. They keep what the part gives by itself."""

    def alone(out):
        out[:] = 0
        out[:, place] = value

    return _patch(run, part, place, value, alone)


def patch_of_the_first_text(run, part, place, value):
    """It looks as if only the first text is patched. Each text has a value of its own: out[:, place]."""

    def first(out):
        out[0, place] = value[0]

    return _patch(run, part, place, value, first)


def patch_with_the_first_value(run, part, place, value):
    """It looks as if all texts get the first one's value. Each has its own."""

    def same(out):
        out[:, place] = value[0]

    return _patch(run, part, place, value, same)


def patch_that_is_not_returned(run, part, place, value):
    """It looks as if nothing is patched. What a hook returns stands in the output's place: if it returns nothing, the
    output stays, and a changed copy is lost."""
    return run()


def patch_of_the_input(run, part, place, value):
    """It looks as if the part's input is patched, and the part then goes on with it. Patch what it gives: a forward
    hook, not one before."""
    if isinstance(part, Kept):
        return run()
    return _patch(run, part, place, value, before=True)


def patch_of_zeros(run, part, place, value):
    """It looks as if zeros are put there. That is an ablation; a patch puts the value there."""

    def zero(out):
        out[:, place] = 0

    return _patch(run, part, place, value, zero)


def patch_in_place(run, part, place, value):
    """It looks as if your hook writes into the part's own output. Where the part keeps that tensor, the next run is
    patched too: write into a copy, out.clone()."""

    def instead(part, given, out):
        out[:, place] = value

    hook = part.register_forward_hook(instead)
    scores = run()
    hook.remove()
    return scores


MY_PATCH = Exercise(
    id="my_patch",
    title="Your patch in SmolLM2",
    difficulty=2,
    minutes=20,
    kind="build",
    contract="run, a function without arguments that runs a model and gives its scores; part, a module of that model "
    "whose output is [B, T, C]; place, a whole number; value [B, C]. To the scores of a run in which the part gives "
    "value at that place, one row for each text, and at all others what it gives by itself. Behind it everything is as "
    "before: the next run is a plain one.",
    cases=(
        ({"texts": 1, "tokens": 2, "width": 2, "part": 1, "place": 0},),
        ({"texts": 1, "tokens": 3, "width": 2, "part": 3, "place": 1},),
        ({"texts": 1, "tokens": 3, "width": 2, "part": 0, "place": 1},),
        ({"texts": 3, "tokens": 5, "width": 4, "part": 2, "place": 2},),
        ({"texts": 2, "tokens": 5, "width": 3, "part": 0, "place": 4},),
        ({"country": "Japan", "other": "Egypt", "layers": 12},),
        ({"country": "Japan", "other": "Egypt", "layers": 28},),
    ),
    real=2,
    tried="each part of a chain, one text and several, then Egypt in Japan's place in SmolLM2, and the run behind it",
    hints=(
        "Hang a forward hook on part; what the hook returns stands in the place of its output.",
        "In the hook: a copy of the output, out.clone(), with value written at [:, place]; return the copy.",
        "hook = part.register_forward_hook(...); scores = run(); hook.remove(); return scores.",
    ),
    solution=my_patch,
    harness=in_a_run,
    mistakes=(
        patch_that_adds,
        patch_of_all_places,
        patch_from_there_on,
        patch_counted_from_one,
        patch_of_the_next_place,
        patch_at_the_last_place,
        patch_of_a_text,
        patch_with_zeros_elsewhere,
        patch_of_the_first_text,
        patch_with_the_first_value,
        patch_that_is_not_returned,
        patch_of_the_input,
        patch_of_zeros,
        patch_in_place,
    ),
)
