"""An exercise of appendix B2: a vector that steers, made of two lists of texts, and tried in the real model."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lessonB1.shared import grid, random
from lessons_lib.classroom.real_model import real_model, tensor_of
from lessons_lib.classroom.trials import Refused


def my_steering(glad, sad, length):
    means = [torch.stack([text[1:].mean(0) for text in texts]).mean(0) for texts in (glad, sad)]
    v = means[0] - means[1]
    return length * v / v.norm()


def made(seed, width, *tokens):
    """Texts of random numbers, whose first token is as far out as in a real model."""
    texts = []
    for n, t in enumerate(tokens):
        text = random(seed + n, t, width)
        text[0] = 20 + 5 * text[0]
        texts.append(text)
    return texts


def in_smollm2(answer, glad, sad, length):
    """Streams of the texts; where these are words, the real model's, and then what it says when it is steered."""
    if not isinstance(glad[0], str):
        return _vector(answer, glad, sad, length)
    from lessons_lib.classroom.lessons.lessonB2.steering import LAYERS, pushed, stream_behind

    model, tokenizer = real_model()
    vector = _vector(
        answer, *([stream_behind(model, tokenizer, text) for text in texts] for texts in (glad, sad)), length
    )
    if vector is None:
        return None
    ids = torch.tensor([tokenizer.encode("I think that this book is")])
    with torch.no_grad(), pushed(model, LAYERS, vector.float()):
        scores = model(ids)[0, -1]
    return {"length": vector.norm(), "the five likeliest": [tokenizer.decode([int(i)]) for i in scores.topk(5).indices]}


def _vector(answer, glad, sad, length):
    lists = [[text.clone() for text in texts] for texts in (glad, sad)]
    result = answer(*lists, length)
    if result is None:
        return None
    if not all(
        torch.equal(*pair) for old, new in zip((glad, sad), lists, strict=True) for pair in zip(old, new, strict=True)
    ):
        raise Refused("your code changed a text that came in; work on a copy")
    vector = tensor_of(result).to(torch.float64)
    if vector.shape != glad[0].shape[1:]:
        raise Refused(
            f"one vector of {glad[0].shape[1]} numbers is asked for; yours has the shape {list(vector.shape)}"
        )
    return vector


def _steering(
    glad,
    sad,
    length,
    of_text=lambda text: text[1:].mean(0),
    of_texts=lambda texts, of_text: torch.stack([of_text(text) for text in texts]).mean(0),
    apart=lambda one, other: one - other,
    scaled=lambda v, length: length * v / v.norm(),
):
    """The same with the knobs that mistakes turn."""
    return scaled(apart(of_texts(glad, of_text), of_texts(sad, of_text)), length)


def steering_with_the_first_token(*given):
    """It looks as if the first token counts in the means. Its stream is many times as long as the others' and tells
    little of the text: leave it out."""
    return _steering(*given, of_text=lambda text: text.mean(0))


def steering_of_the_first_token(*given):
    """It looks as if only the first token is taken. It is the one to leave out."""
    return _steering(*given, of_text=lambda text: text[0])


def steering_of_the_last_token(*given):
    """It looks as if only the last token of each text is taken. Take the mean of all but the first."""
    return _steering(*given, of_text=lambda text: text[-1])


def steering_without_the_last_token(*given):
    """It looks as if the last token is left out. It is the first that is left out."""
    return _steering(*given, of_text=lambda text: text[:-1].mean(0))


def steering_of_all_tokens_alike(*given):
    """It looks as if all tokens of all texts are one heap, so a long text counts more. Each text has its own mean
    first."""
    return _steering(*given, of_texts=lambda texts, _: torch.cat([text[1:] for text in texts]).mean(0))


def steering_divided_by_all_tokens(*given):
    """It looks as if the sum without the first token is divided by the number of all tokens."""
    return _steering(*given, of_text=lambda text: text[1:].sum(0) / len(text))


def steering_by_sums_of_tokens(*given):
    """It looks as if tokens are added up and not averaged, so a long text counts more."""
    return _steering(*given, of_text=lambda text: text[1:].sum(0))


def steering_by_sums_of_texts(*given):
    """It looks as if texts are added up and not averaged: then the longer list weighs more."""
    return _steering(*given, of_texts=lambda texts, of_text: torch.stack([of_text(text) for text in texts]).sum(0))


def steering_towards_sad(*given):
    """It looks as if glad is taken from sad. The vector leads from sad to glad."""
    return _steering(*given, apart=lambda one, other: other - one)


def steering_of_glad_alone(*given):
    """It looks as if sad is left out. What both have in common must go: take the difference."""
    return _steering(*given, apart=lambda one, other: one)


def steering_of_unscaled_length(*given):
    """It looks as if the vector has the length that came out. Bring it to `length`."""
    return _steering(*given, scaled=lambda v, length: v)


def steering_times_length(*given):
    """It looks as if the difference is multiplied by `length`. First divide it by its own."""
    return _steering(*given, scaled=lambda v, length: length * v)


def steering_of_length_one(*given):
    """It looks as if the vector has length 1. Bring it to `length`."""
    return _steering(*given, scaled=lambda v, length: v / v.norm())


def steering_by_the_sum_of_numbers(*given):
    """It looks as if the difference is divided by the sum of its numbers, without signs. Its length is the root of the
    sum of squares."""
    return _steering(*given, scaled=lambda v, length: length * v / v.abs().sum())


def steering_of_texts_of_length_one(*given):
    """It looks as if each text's mean is brought to length 1. Only the difference is brought to a length."""
    return _steering(*given, of_text=lambda text: text[1:].mean(0) / text[1:].mean(0).norm())


def steering_by_the_mean_of_squares(*given):
    """It looks as if you divide by the root of the mean of the squares. A length is the root of their sum."""
    return _steering(*given, scaled=lambda v, length: length * v / v.square().mean().sqrt())


def steering_between_unit_means(*given):
    """It looks as if the two means are brought to length 1 before the difference. First the difference, then its
    length."""
    return _steering(
        *given, apart=lambda one, other: one / one.norm() - other / other.norm(), scaled=lambda v, length: length * v
    )


def steering_between_unit_means_and_scaled(*given):
    """It looks as if the two means are brought to length 1 before the difference. First the difference, then its
    length."""
    return _steering(*given, apart=lambda one, other: one / one.norm() - other / other.norm())


def steering_in_pairs(glad, sad, length):
    """It looks as if glad and sad texts are taken in pairs, so those of the longer list are lost. Each list has a mean
    of its own."""
    pairs = min(len(glad), len(sad))
    return _steering(glad[:pairs], sad[:pairs], length)


STEERING = Exercise(
    id="my_steering",
    title="Your vector steers SmolLM2",
    difficulty=2,
    minutes=20,
    kind="build",
    contract="glad and sad, two lists of texts, each text its stream [T, C] behind some layer, with at least two "
    "tokens; the lists may be of different lengths, and so may the texts; length, a number above 0. To the vector [C] "
    "of that length that leads from sad to glad: each text's mean over its tokens without the first, the mean over the "
    "texts of a list, the difference. Every text counts the same.",
    cases=(
        ([grid((9, 9), (4, 0))], [grid((9, 9), (1, 4))], 5.0),
        ([grid((9, 5), (4, 0), (2, 0))], [grid((7, 9), (0, 4))], 10.0),
        ([grid((9, 9), (4, 0)), grid((9, 8), (2, 2), (0, 2), (1, 2))], [grid((9, 9), (1, 4))], 1.0),
        (made(1, 3, 4, 2), made(5, 3, 3, 6, 5), 2.5),
        (made(11, 6, 3, 5, 4, 7), made(21, 6, 2, 6), 0.25),
        (
            ["We love this place and want to stay.", "What a wonderful day."],
            ["We hate this place and want to leave.", "What a terrible and dreadful day it was."],
            20.0,
        ),
    ),
    real=1,
    tried="texts and lists of different lengths, several lengths of the vector, then what SmolLM2 says with yours",
    hints=(
        "One text first: text[1:].mean(0) is [C].",
        "torch.stack puts a list of [C] into one tensor; its mean over dim 0 is that of the texts.",
        "length * v / v.norm() has the length `length`.",
    ),
    solution=my_steering,
    harness=in_smollm2,
    mistakes=(
        steering_with_the_first_token,
        steering_of_the_first_token,
        steering_of_the_last_token,
        steering_without_the_last_token,
        steering_of_all_tokens_alike,
        steering_divided_by_all_tokens,
        steering_by_sums_of_tokens,
        steering_by_sums_of_texts,
        steering_towards_sad,
        steering_of_glad_alone,
        steering_of_unscaled_length,
        steering_times_length,
        steering_of_length_one,
        steering_by_the_sum_of_numbers,
        steering_of_texts_of_length_one,
        steering_by_the_mean_of_squares,
        steering_between_unit_means,
        steering_between_unit_means_and_scaled,
        steering_in_pairs,
    ),
)
