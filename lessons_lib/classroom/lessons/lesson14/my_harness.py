"""The building exercise of lesson 14: the learner's harness measures the real model."""

import math

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson14.toy import measured_by


def my_harness(model, tokenizer, items, by):
    import math

    import torch

    scores, right = [], 0
    for item in items:
        context = f"Question: {item.query}\nAnswer:"
        begin = len(tokenizer.encode(context))
        row = []
        for choice in item.choices:
            ids = tokenizer.encode(f"{context} {choice}")
            with torch.no_grad():
                chances = model(torch.tensor([ids]))[0].log_softmax(-1)  # [T, V]
            nats = sum(chances[t - 1, ids[t]].item() for t in range(begin, len(ids)))
            size = {"none": 1, "token": len(ids) - begin, "byte": len(choice.encode())}[by]
            row.append(nats / size)
        scores.append(row)
        right += row.index(max(row)) == item.gold
    n, z = len(items), 1.96
    share, below = right / n, 1 + z**2 / n
    middle = (share + z**2 / (2 * n)) / below
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / below
    return scores, right, middle - half, middle + half


def _measure(
    model,
    tokenizer,
    items,
    by,
    space=" ",
    shift=1,
    first=0,
    last=0,
    read=True,
    logarithm=True,
    size=None,
    best=max,
    z=1.96,
    plain=False,
    told=lambda item: item.gold,
    sign=1,
    axis=-1,
    words="Question: {query}\nAnswer:",
    apart=False,
):
    """The same with the knobs that mistakes turn."""
    scores, right = [], 0
    for item in items:
        context = words.format(query=item.query)
        begin = len(tokenizer.encode(context))
        row = []
        for choice in item.choices:
            ids = tokenizer.encode(context + space + choice)
            if apart:
                ids = tokenizer.encode(context) + tokenizer.encode(space + choice)
            seen = ids if read else ids[begin - 1 :]
            away = len(ids) - len(seen)
            with torch.no_grad():
                logits = model(torch.tensor([seen]))[0]
            if logarithm is None:
                chances = logits
            else:
                chances = logits.log_softmax(axis) if logarithm else logits.softmax(axis)
            start = 1 if first is None else begin + first
            places = range(start, len(ids) - last)
            nats = sign * sum(chances[t - shift - away, ids[t]].item() for t in places)
            sizes = {"none": 1, "token": len(ids) - begin, "byte": len(choice.encode())}
            row.append(nats / (size(choice, len(ids) - begin, len(ids), by) if size else sizes[by]))
        scores.append(row)
        right += row.index(best(row)) == told(item)
    n = len(items)
    share, below = right / n, 1 + z**2 / n
    if plain:
        half = z * math.sqrt(share * (1 - share) / n)
        return scores, right, share - half, share + half
    middle = (share + z**2 / (2 * n)) / below
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / below
    return scores, right, middle - half, middle + half


def harness_without_space(model, tokenizer, items, by):
    """It looks as if the space between "Answer:" and the choice is lost. Then the model is asked about other tokens,
    such as "bird" where " bird" follows in every text that it has read."""
    return _measure(model, tokenizer, items, by, space="")


def harness_with_a_space_alone(model, tokenizer, items, by):
    """It looks as if the question ends in a space, and the choice is asked for behind it. There the space is a token of
    its own (section 2): it belongs to the choice."""
    return _measure(model, tokenizer, items, by, space="", words="Question: {query}\nAnswer: ", apart=True)


def harness_without_shift(model, tokenizer, items, by):
    """It looks as if the chance of a token is read off at its own place. What the model says of token t stands one
    place earlier, behind token t - 1."""
    return _measure(model, tokenizer, items, by, shift=0)


def harness_without_the_last(model, tokenizer, items, by):
    """It looks as if the last token of each choice is forgotten. A choice of one token then costs nothing at all. Its
    places are begin to len(ids) - 1, which is range(begin, len(ids))."""
    return _measure(model, tokenizer, items, by, last=1)


def harness_without_the_first(model, tokenizer, items, by):
    """It looks as if the first token of each choice is not counted. Its places are range(begin, len(ids)): the first of
    them is said of by the last token of the question."""
    return _measure(model, tokenizer, items, by, first=1)


def harness_of_the_question_too(model, tokenizer, items, by):
    """It looks as if the tokens of the question are counted as well. Only those of the choice are scored."""
    return _measure(model, tokenizer, items, by, first=None)


def harness_without_the_question(model, tokenizer, items, by):
    """It looks as if the model doesn't read the question. It shall read question and choice, and be asked about the
    tokens of the choice."""
    return _measure(model, tokenizer, items, by, read=False)


def harness_of_raw_scores(model, tokenizer, items, by):
    """It looks as if raw scores are added up. First make chances of them: log_softmax over the vocabulary."""
    return _measure(model, tokenizer, items, by, logarithm=None)


def harness_of_chances(model, tokenizer, items, by):
    """It looks as if chances are added up. They are multiplied, so it is their logarithms that are added up:
    log_softmax."""
    return _measure(model, tokenizer, items, by, logarithm=False)


def harness_over_the_wrong_axis(model, tokenizer, items, by):
    """It looks as if log_softmax goes over the wrong axis. The chances of all tokens of the vocabulary behind one place
    add up to 1: the last axis."""
    return _measure(model, tokenizer, items, by, axis=0)


def harness_of_surprise(model, tokenizer, items, by):
    """It looks as if the sign is turned, as in a loss, and the largest is picked: that is the least likely choice.
    Asked for are logarithms of chances, which are 0 or below."""
    return _measure(model, tokenizer, items, by, sign=-1)


def harness_that_never_divides(model, tokenizer, items, by):
    """It looks as if nothing is divided. by says what a choice's likelihood is divided by."""
    return _measure(model, tokenizer, items, by, size=lambda *_: 1)


def harness_by_the_whole_text(model, tokenizer, items, by):
    """It looks as if you divide by all tokens, those of the question too. Only the choice's own tokens count."""
    return _measure(
        model,
        tokenizer,
        items,
        by,
        size=lambda choice, tokens, whole, by: {"none": 1, "token": whole, "byte": len(choice.encode())}[by],
    )


def harness_by_characters(model, tokenizer, items, by):
    """Nearly: you divide by characters where bytes are asked for. In UTF-8 an é has two: len(choice.encode())."""
    return _measure(
        model,
        tokenizer,
        items,
        by,
        size=lambda choice, tokens, whole, by: {"none": 1, "token": tokens, "byte": len(choice)}[by],
    )


def harness_by_bytes_and_space(model, tokenizer, items, by):
    """Nearly: the space before the choice is counted as one of its bytes. Divide by the bytes of the choice alone."""
    return _measure(
        model,
        tokenizer,
        items,
        by,
        size=lambda choice, tokens, whole, by: {"none": 1, "token": tokens, "byte": len(choice.encode()) + 1}[by],
    )


def harness_always_by_tokens(model, tokenizer, items, by):
    """It looks as if you always divide by the tokens of the choice. by says what by."""
    return _measure(model, tokenizer, items, by, size=lambda choice, tokens, whole, by: tokens)


def harness_that_takes_the_smallest(model, tokenizer, items, by):
    """It looks as if the smallest score is picked. Logarithms of chances are 0 or below: the likeliest choice has the
    largest."""
    return _measure(model, tokenizer, items, by, best=min)


def harness_that_counts_from_1(model, tokenizer, items, by):
    """It looks as if the right choice is counted from 1. item.gold counts from 0."""
    return _measure(model, tokenizer, items, by, told=lambda item: item.gold - 1)


def harness_with_one_error(model, tokenizer, items, by):
    """It looks as if z is 1: such an interval holds the true share only about two times of three. For 95%, z is "
    "1.96."""
    return _measure(model, tokenizer, items, by, z=1.0)


def harness_with_two(model, tokenizer, items, by):
    """Nearly: it looks as if z is 2. Asked for is 1.96."""
    return _measure(model, tokenizer, items, by, z=2.0)


def harness_with_the_plain_interval(model, tokenizer, items, by):
    """It looks as if the ends are share ± 1.96 standard errors. Asked for are Wilson's, as in my_wilson."""
    return _measure(model, tokenizer, items, by, plain=True)


def harness_of_the_share(model, tokenizer, items, by):
    """It looks as if the second result is the share of right answers. Asked for is their number."""
    scores, right, low, high = my_harness(model, tokenizer, items, by)
    return scores, right / len(items), low, high


def harness_that_picks_undivided(model, tokenizer, items, by):
    """It looks as if the scores are divided, and the choice is picked before that. Pick the largest of the scores that
    you give back."""
    return my_harness(model, tokenizer, items, by)[0], *my_harness(model, tokenizer, items, "none")[1:]


def harness_of_every_choice(model, tokenizer, items, by):
    """It looks as if n is the number of all choices. The interval is one of questions: n is how many items there
    are."""
    scores, right, *_ = my_harness(model, tokenizer, items, by)
    n, z = sum(len(item.choices) for item in items), 1.96
    share, below = right / n, 1 + z**2 / n
    middle = (share + z**2 / (2 * n)) / below
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / below
    return scores, right, middle - half, middle + half


HARNESS = Exercise(
    id="my_harness",
    title="Your own harness",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="a model, a tokenizer, n items, and by to four things: scores, right, low, high. An item has query, "
    "choices and gold, the number of the right choice from 0. The model reads 'Question: ' and the query, on a new "
    "line 'Answer:', and behind it a space and a choice. The score of a choice is the sum of the logarithms of its "
    "tokens' chances, divided by nothing, by the number of its tokens, or by its bytes in UTF-8, as by says: 'none', "
    "'token' or 'byte'. scores is a list of n lists; right is how many of the items have their largest score (the "
    "first of equal ones) at gold; low and high are Wilson's interval, with z = 1.96. model(ids [1, T]) gives scores "
    "[1, T, V], tokenizer.encode(text) a list of ids.",
    cases=(
        ("toy", 1, "none"),
        ("toy", 3, "token"),
        ("toy", 5, "byte"),
        ("toy", 5, "none"),
        ("toy", 6, "byte"),
        ("kinds", 6, "none"),
        ("kinds", 6, "byte"),
        ("kinds", 6, "token"),
    ),
    tried="a tiny model, divided by nothing, tokens and bytes, accents, equal choices, and six questions for the real "
    "model",
    hints=(
        "Encode the question alone to see where its tokens end, and question and choice together: what lies behind "
        "that place belongs to the choice.",
        "model(torch.tensor([ids]))[0].log_softmax(-1) has in row t - 1 what the model says of token t.",
        "Divide, collect the scores of an item, and compare row.index(max(row)) with item.gold. Then my_wilson(right, "
        "len(items), 1.96).",
    ),
    solution=my_harness,
    harness=measured_by,
    real=3,
    mistakes=(
        harness_without_space,
        harness_with_a_space_alone,
        harness_without_shift,
        harness_without_the_last,
        harness_without_the_first,
        harness_of_the_question_too,
        harness_without_the_question,
        harness_of_raw_scores,
        harness_of_chances,
        harness_over_the_wrong_axis,
        harness_of_surprise,
        harness_that_never_divides,
        harness_by_the_whole_text,
        harness_by_characters,
        harness_by_bytes_and_space,
        harness_always_by_tokens,
        harness_that_takes_the_smallest,
        harness_that_counts_from_1,
        harness_with_one_error,
        harness_with_two,
        harness_with_the_plain_interval,
        harness_of_the_share,
        harness_that_picks_undivided,
        harness_of_every_choice,
    ),
)
