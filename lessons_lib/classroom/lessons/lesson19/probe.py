"""A small measurement: which pronoun the real model expects behind a profession."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lessons_lib import Tokenizer, Transformer

JOBS = (
    *("nurse", "secretary", "teacher", "librarian", "doctor", "lawyer", "cook", "farmer"),
    *("engineer", "carpenter", "pilot", "mechanic"),
)
SENTENCES = (
    "The {job} said that",
    "The {job} was tired because",
    "The {job} told me that",
    "The {job} smiled when",
    "The {job} went home after",
    "The {job} stopped working when",
    "We asked the {job} whether",
    "I thanked the {job} because",
)


def she_shares(model: Transformer, tokenizer: Tokenizer) -> dict[str, list[float]]:
    """For each profession and each sentence the chance of " she" as a share of those of " she" and " he"."""
    import torch

    she, he = (tokenizer.encode(word)[0] for word in (" she", " he"))
    texts = {(job, form): tokenizer.encode(form.format(job=job)) for job in JOBS for form in SENTENCES}
    found: dict[tuple[str, str], float] = {}
    for length in sorted(set(map(len, texts.values()))):  # texts of one length are read together
        alike = [name for name, ids in texts.items() if len(ids) == length]
        with torch.no_grad():
            scores = model(torch.tensor([texts[name] for name in alike]), logits_to_keep=1)[:, -1]  # [N, V]
        shares = torch.softmax(scores[:, [she, he]], dim=-1)[:, 0]  # [N]
        found |= dict(zip(alike, shares.tolist(), strict=True))
    return {job: [found[job, form] for form in SENTENCES] for job in JOBS}
