"""Several texts from one prompt, drawn together: the weights are read once a step for all of them."""

from collections.abc import Iterable, Sequence


def draw_several(
    model, token_ids: Sequence[int], max_new_tokens: int, seeds: Iterable[int], **settings: float
) -> list[list[int]]:
    """The new tokens of each seed, as `list(generate(..., seed=seed))` gives them."""
    from lessons_lib.generation import Request, Sampler, generate_batch

    requests = [Request(token_ids, max_new_tokens, Sampler(seed=seed, **settings)) for seed in seeds]
    texts = [[] for _ in requests]
    for i, token in generate_batch(model, requests):
        if token.finish_reason is None:
            texts[i].append(token.id)
    return texts
