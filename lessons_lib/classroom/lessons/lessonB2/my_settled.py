"""An exercise of appendix B2: from when on a model has settled, as the lens tells it."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lessonB1.shared import grid, random
from lessons_lib.classroom.lessons.lessonB2.shared import prompt
from lessons_lib.classroom.real_model import real_model


def my_settled(states, gain, table):
    normed = states / states.square().mean(-1, keepdim=True).sqrt() * gain
    favourites = (normed @ table.T).argmax(-1)
    leads = (favourites == favourites[-1]).tolist()
    last_other = max((n for n, leading in enumerate(leads) if not leading), default=-1)
    return [leads.index(True), last_other + 1]


def made(seed, layers, width, words):
    """A stream that wanders and comes home to one word."""
    table, gain = random(seed, words, width), random(seed + 1, width).abs() + 0.3
    pull = torch.linspace(0, 2, layers + 1)[:, None] * table[0] / gain
    return pull + 1.2 * random(seed + 2, layers + 1, width), gain, table


def on_states(answer, states, gain, table):
    """Tensors as they come; or, for a country in place of states, those of SmolLM2."""
    if not isinstance(states, str):
        return answer(states, gain, table)
    from lessons_lib.looking import stream

    model, tokenizer = real_model()
    with torch.no_grad():
        own = stream(model, torch.tensor([tokenizer.encode(prompt(states))]))[:, 0, -1]
        return answer(own, model.model.norm.weight.detach().clone(), model.lm_head.weight.detach())


def _settled(states, gain, table, score=None, give=None, favourite=lambda scores: scores.argmax(-1)):
    """The same with the knobs that mistakes turn."""
    scores = (states * gain) @ table.T if score is None else score(states, gain, table)
    favourites = favourite(scores)
    leads = (favourites == favourites[-1]).tolist()
    first = leads.index(True)
    stays = max((n for n, leading in enumerate(leads) if not leading), default=-1) + 1
    return [first, stays] if give is None else give(first, stays, leads)


def settled_without_gain(*given):
    """It looks as if the gain is left out. The last norm multiplies each number of the stream by its own."""
    return _settled(*given, score=lambda states, gain, table: states @ table.T)


def settled_by_what_is_added(*given):
    """It looks as if you read what each layer adds. The lens reads the stream, all that was added so far."""
    return _settled(
        *given,
        score=lambda states, gain, table: torch.cat((states[:1], states.diff(dim=0))) * gain @ table.T,
    )


def settled_with_lengths_across_layers(*given):
    """It looks as if you norm across the layers. Each state is divided by a length of its own, over dim -1."""
    return _settled(
        *given,
        score=lambda states, gain, table: (states / states.square().mean(0, keepdim=True).sqrt() * gain) @ table.T,
    )


def settled_with_means_taken_away(*given):
    """It looks as if each state's mean is taken away first. This norm only divides by a length, and multiplies by the
    gain."""
    return _settled(
        *given, score=lambda states, gain, table: ((states - states.mean(-1, keepdim=True)) * gain) @ table.T
    )


def settled_with_the_gain_as_a_divisor(*given):
    """It looks as if you divide by the gain. The norm multiplies by it."""
    return _settled(*given, score=lambda states, gain, table: (states / gain) @ table.T)


def settled_with_gains_without_signs(*given):
    """It looks as if the gain's sign is lost. A gain below 0 turns its number round."""
    return _settled(*given, score=lambda states, gain, table: (states * gain.abs()) @ table.T)


def settled_by_the_least(*given):
    """It looks as if the favourite is the word with the least score."""
    return _settled(*given, favourite=lambda scores: scores.argmin(-1))


def settled_by_size(*given):
    """It looks as if scores count without their signs. The favourite has the largest, not the farthest from 0."""
    return _settled(*given, favourite=lambda scores: scores.abs().argmax(-1))


def settled_where_it_leads_first(*given):
    """The second number: it looks as if the first lead counts twice. After it another word may take over once more."""
    return _settled(*given, give=lambda first, stays, leads: [first, first])


def settled_where_it_stays(*given):
    """The first number: it looks as if both are from when it stays. It may have led before, and lost the lead."""
    return _settled(*given, give=lambda first, stays, leads: [stays, stays])


def settled_counted_from_one(*given):
    """It looks as if counting starts at 1. State 0 is the one behind no layer."""
    return _settled(*given, give=lambda first, stays, leads: [first + 1, stays + 1])


def settled_at_the_last_other(*given):
    """The second number: it looks as if it is the last state in which another word leads. Asked is the one
    behind it."""
    return _settled(*given, give=lambda first, stays, leads: [first, stays - 1])


def settled_at_the_last_other_or_0(*given):
    """The second number: it looks as if it is the last state in which another word leads. Asked is the one
    behind it."""
    return _settled(*given, give=lambda first, stays, leads: [first, max(stays - 1, 0)])


def settled_past_the_front(*given):
    """It looks as if your search for another favourite runs off the front. Where the last one leads from the start,
    the second number is 0."""

    def give(first, stays, leads):
        before = len(leads) - 1
        while leads[before]:
            before -= 1
        return [first, before + 1]

    return _settled(*given, give=give)


def settled_from_the_end(*given):
    """The second number: it looks as if you count how many states it leads at the end. Asked is behind how many layers
    that begins."""
    return _settled(*given, give=lambda first, stays, leads: [first, len(leads) - stays])


def settled_turned_over(*given):
    """It looks as if the two numbers have changed places."""
    return _settled(*given, give=lambda first, stays, leads: [stays, first])


MY_SETTLED = Exercise(
    id="my_settled",
    title="When has it settled?",
    difficulty=2,
    minutes=15,
    kind="rebuild",
    contract="states [N + 1, C], one token's stream behind 0 to N layers; gain [C], by which the last norm multiplies; "
    "table [V, C], a row for each token of the vocabulary. To a list of two whole numbers, both counted in layers: the "
    "first state in which the last state's favourite is the favourite, and the first from which it stays so to the "
    "end. The norm divides a state by its length, and no bias is added.",
    cases=(
        (grid((1, 0), (0, 1), (1, 0), (2, 1)), grid(1, 1), grid((1, 0), (0, 1))),
        (grid((0, 1), (1, 0)), grid(1, 1), grid((1, 0), (0, 1))),
        (grid((2, 1), (2, 1), (3, 2)), grid(1, 3), grid((1, 0), (0, 1))),
        (grid((3, -1), (2, 1), (-1, 1), (1.5, 1), (1.5, 2)), grid(1, 3), grid((2, 0), (0, 1), (1, 1))),
        (grid((-2, -1), (-2, -3), (-1, 3)), grid(-2, 1), grid((1, 0), (0, 1))),
        made(1, 6, 3, 5),
        made(11, 8, 4, 6),
        made(21, 9, 5, 4),
        made(31, 12, 3, 7),
        ("Canada", None, None),
        ("Iceland", None, None),
    ),
    real=2,
    tried="streams on paper and at random, and the streams of two prompts in SmolLM2",
    hints=(
        "Scores of all states at once: (states * gain) @ table.T. The length changes no order.",
        "argmax(-1) gives each state's favourite; compare them with the last one.",
        "The second number is 1 more than the last place at which they differ, 0 if they never do.",
    ),
    solution=my_settled,
    harness=on_states,
    mistakes=(
        settled_without_gain,
        settled_by_what_is_added,
        settled_with_lengths_across_layers,
        settled_with_means_taken_away,
        settled_with_the_gain_as_a_divisor,
        settled_with_gains_without_signs,
        settled_by_the_least,
        settled_by_size,
        settled_where_it_leads_first,
        settled_where_it_stays,
        settled_counted_from_one,
        settled_at_the_last_other,
        settled_at_the_last_other_or_0,
        settled_past_the_front,
        settled_from_the_end,
        settled_turned_over,
    ),
)
