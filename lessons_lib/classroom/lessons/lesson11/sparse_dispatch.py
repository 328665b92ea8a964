"""An exercise of lesson 11: sparse dispatch with several experts for a token."""

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson11.shared import grid
from lessons_lib.classroom.trials import Refused


def my_dispatch(x, chosen, scores, ask):
    out = torch.zeros_like(x)
    for number in chosen.unique().tolist():
        mail, k = (chosen == number).nonzero(as_tuple=True)  # which tokens, and as which of their K
        out[mail] += ask(number, mail, scores[mail, k, None] * x[mail])
    return out


EXPERTS = (torch.cos, lambda x: x * x - 1, lambda x: 3 - 2 * x.flip(-1), lambda x: x.abs() + 0.5)


def with_experts(answer, x, chosen, scores):
    """What a learner's dispatch makes of tokens, with four experts that answer something to nothing.

    Raises:
        Refused: if an expert is asked twice, about no token, or about one that was not sent to it.
    """
    asked: set[int] = set()

    def ask(number: int, mail: Tensor, tokens: Tensor) -> Tensor:
        number, mail = int(number), torch.as_tensor(mail).flatten().tolist()
        tokens = torch.as_tensor(tokens)
        if number in asked:
            raise Refused(f"expert {number} was asked twice; collect its tokens and ask it once")
        asked.add(number)
        if not mail:
            raise Refused(f"expert {number} was asked about no token")
        if list(tokens.shape) != [len(mail), x.shape[1]]:
            raise Refused(
                f"for {len(mail)} tokens ask needs the shape {[len(mail), x.shape[1]]}, got {list(tokens.shape)}"
            )
        strangers = [n for n in mail if not 0 <= n < len(x) or number not in chosen[n].tolist()]
        if strangers:
            raise Refused(f"expert {number} was asked about token {strangers[0]}, which was not sent to it")
        if len(set(mail)) < len(mail):
            raise Refused(f"expert {number} was asked about token {mail[0]} twice")
        return EXPERTS[number](tokens)

    given = x.clone(), chosen.clone(), scores.clone()
    out = answer(*given, ask)
    if not all(map(torch.equal, given, (x, chosen, scores))):
        raise Refused("your code changed its input; begin with zeros of its own, torch.zeros_like(x)")
    return out


def _dispatch(x, chosen, scores, ask, inside=lambda s, x: s * x, outside=lambda s, y: y, columns=None):
    out = torch.zeros_like(x)
    for number in chosen.unique().tolist():
        mail, k = (chosen == number).nonzero(as_tuple=True)
        s = scores[mail, k, None]
        answers = outside(s, ask(number, mail, inside(s, x[mail])))
        keep = torch.ones_like(k, dtype=torch.bool) if columns is None else k < columns
        out = out.index_add(0, mail[keep], answers[keep])
    return out


def dispatch_scores_the_output(x, chosen, scores, ask):
    """It looks as if the score multiplies what the expert gives. In Llama 4 it multiplies what the expert reads."""
    return _dispatch(x, chosen, scores, ask, inside=lambda s, x: x, outside=lambda s, y: s * y)


def dispatch_without_scores(x, chosen, scores, ask):
    """It looks as if the scores are not used. Each token is multiplied by its score before its expert reads it."""
    return _dispatch(x, chosen, scores, ask, inside=lambda s, x: x)


def dispatch_scores_twice(x, chosen, scores, ask):
    """It looks as if the score multiplies both what the expert reads and what it gives. It is used once, before."""
    return _dispatch(x, chosen, scores, ask, outside=lambda s, y: s * y)


def dispatch_to_the_first_alone(x, chosen, scores, ask):
    """It looks as if each token gets the answer of one of its experts. It gets the sum over all K."""
    return _dispatch(x, chosen, scores, ask, columns=1)


def dispatch_that_overwrites(x, chosen, scores, ask):
    """It looks as if a later expert overwrites an earlier one's answer: out[mail] = ... A token has K answers: add
    them, out[mail] += ..."""
    out = torch.zeros_like(x)
    for number in chosen.unique().tolist():
        mail, k = (chosen == number).nonzero(as_tuple=True)
        out[mail] = ask(number, mail, scores[mail, k, None] * x[mail])
    return out


def dispatch_with_the_first_score(x, chosen, scores, ask):
    """It looks as if all experts of a token read it with its first score. Each of its K experts has a score of its
    own: scores[n, k] belongs to chosen[n, k]."""
    return _dispatch(x, chosen, scores[:, :1].expand_as(scores), ask)


def dispatch_with_the_sum_of_scores(x, chosen, scores, ask):
    """It looks as if all experts of a token read it with the sum of its scores. Each has a score of its own."""
    return _dispatch(x, chosen, scores.sum(1, keepdim=True).expand_as(scores), ask)


def dispatch_scores_by_expert(x, chosen, scores, ask):
    """It looks as if scores were looked up by the expert's number. They stand in the order of chosen: scores[n, k]
    belongs to chosen[n, k]."""
    return _dispatch(x, chosen, scores.gather(1, chosen % scores.shape[1]), ask)


def dispatch_that_averages(x, chosen, scores, ask):
    """It looks as if the answers of a token's experts are averaged. They are added."""
    return _dispatch(x, chosen, scores, ask) / chosen.shape[1]


def dispatch_with_the_stream(x, chosen, scores, ask):
    """It looks as if the tokens themselves are added to the answers. Asked for are the answers alone: begin with
    zeros."""
    return x + _dispatch(x, chosen, scores, ask)


def dispatch_with_sigmoid_scores(x, chosen, scores, ask):
    """It looks as if the scores went through sigmoid. They are scores already: multiply by them as they are."""
    return _dispatch(x, chosen, scores.sigmoid(), ask)


def dispatch_with_softmax_scores(x, chosen, scores, ask):
    """It looks as if the scores went through softmax. They are scores already: multiply by them as they are."""
    return _dispatch(x, chosen, scores.softmax(-1), ask)


def dispatch_to_the_best_alone(x, chosen, scores, ask):
    """It looks as if only the expert with the largest score answers. A token gets the sum over all K."""
    best = scores.argmax(-1, keepdim=True)
    return _dispatch(x, chosen.gather(1, best), scores.gather(1, best), ask)


DISPATCH = Exercise(
    id="sparse_dispatch",
    title="Several experts for a token",
    difficulty=2,
    minutes=12,
    kind="transfer",
    contract="x [N, C], chosen [N, K] whole numbers, those of a token pairwise different, scores [N, K] and ask, to "
    "[N, C]: token n gets the sum over k of what expert chosen[n, k] answers to scores[n, k] * x[n]. ask(number, mail, "
    "tokens) gives the answers [n, C] of one expert to tokens [n, C], n of 1 or more; mail, [n], says which tokens of "
    "x they are made of. An expert is asked once at most.",
    cases=(
        (grid((4,)), torch.tensor([[0]]), torch.tensor([[0.5]])),
        (grid((2, 1), (-1, 3)), torch.tensor([[1, 2], [0, 1]]), torch.tensor([[0.5, 0.25], [0.75, 1.0]])),
        (
            grid((2, 1), (-1, 3), (-2, -1), (0.5, 0.25)),
            torch.tensor([[2], [0], [2], [0]]),
            torch.tensor([[0.9], [0.5], [0.7], [0.6]]),
        ),
        (
            grid((1, 2, 3), (0, 0, 0), (3, 1, -1), (2, -2, 0.5), (1, 1, 1)),
            torch.tensor([[1, 3], [3, 0], [0, 2], [1, 0], [1, 3]]),
            torch.tensor([[0.8, 0.1], [0.3, 0.9], [0.5, 0.4], [0.2, 0.6], [0.6, 0.7]]),
        ),
        (
            grid((1, -2), (3, 0.5)),
            torch.tensor([[3, 0, 1], [2, 3, 0]]),
            torch.tensor([[0.5, 0.25, 0.75], [0.1, 0.9, 0.4]]),
        ),
    ),
    tried="one, two and three experts a token, experts without a token, a token of zeros",
    hints=(
        "Which experts have mail? chosen.unique(). Go through them: each is asked once.",
        "(chosen == number).nonzero(as_tuple=True) gives two tensors: the tokens that are this expert's, and as which "
        "of their K it was chosen.",
        "scores[mail, k, None] has the shape [n, 1]. Begin with zeros, and add each answer with out[mail] += ...",
    ),
    solution=my_dispatch,
    harness=with_experts,
    mistakes=(
        dispatch_scores_the_output,
        dispatch_without_scores,
        dispatch_scores_twice,
        dispatch_to_the_first_alone,
        dispatch_that_overwrites,
        dispatch_with_the_first_score,
        dispatch_with_the_sum_of_scores,
        dispatch_scores_by_expert,
        dispatch_that_averages,
        dispatch_with_the_stream,
        dispatch_with_sigmoid_scores,
        dispatch_with_softmax_scores,
        dispatch_to_the_best_alone,
    ),
)
