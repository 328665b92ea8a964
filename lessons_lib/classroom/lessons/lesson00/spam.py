"""The messages that lesson 00 sorts, written for it, with what each of them is, and what is learned of each from the
others."""

import re
from collections.abc import Sequence

import numpy as np

SPAM, WANTED = 1, -1

MESSAGES = (
    ("WIN a free phone now", SPAM),
    ("Free prize waiting, claim now", SPAM),
    ("You win cash, claim your prize today", SPAM),
    ("Cheap pills, order now", SPAM),
    ("Claim your free cash now", SPAM),
    ("Urgent: your account wins a prize", SPAM),
    ("Free entry, win a car today", SPAM),
    ("Order cheap watches now, free delivery", SPAM),
    ("Last chance to claim your money", SPAM),
    ("Cash prize for you, call now", SPAM),
    ("Are you free for lunch today", WANTED),
    ("See you at the station at six", WANTED),
    ("Can you call me now", WANTED),
    ("Did our team win the match", WANTED),
    ("Lunch at my place tomorrow", WANTED),
    ("Your order of books is at the desk", WANTED),
    ("The car is at the station", WANTED),
    ("Thank you for the book, see you soon", WANTED),
    ("Can we meet tomorrow at six", WANTED),
    ("My phone is broken, call my mother", WANTED),
)

NEW_MESSAGES = (
    ("Claim a free car today", SPAM),
    ("Win money now", SPAM),
    ("Cheap phone, order today", SPAM),
    ("A prize is waiting, call now", SPAM),
    ("C1aim y0ur pr1ze", SPAM),
    ("Meet lonely people at your place", SPAM),
    ("Are you free tomorrow", WANTED),
    ("Did you win at cards", WANTED),
    ("My order is late, can you call", WANTED),
    ("See you at lunch", WANTED),
    ("My mother got a prize for her cake", WANTED),
    ("Bring cash for the bus today", WANTED),
)


def held_back(times: Sequence[int], rate: float = 0.1) -> tuple[list[float], list[int]]:
    """How a filter does on messages of the pile that it has not seen: each is held back once, the other 19 are learned.

    Args:
        times: the numbers of steps after which to look.
        rate: the learning rate.

    Returns:
        For each time the mean loss of the 20 held back, and how many of them are right.
    """
    bags = [re.findall("[a-z0-9]+", f"always {message}".lower()) for message, _ in MESSAGES]
    vocabulary = sorted({word for bag in bags for word in bag})
    counts = np.array([[bag.count(word) for word in vocabulary] for bag in bags])  # [messages, words]
    kinds = np.array([kind for _, kind in MESSAGES])
    errors = np.zeros((len(times), len(MESSAGES)))
    for place in range(len(MESSAGES)):
        others = np.arange(len(MESSAGES)) != place
        weights = np.zeros(len(vocabulary))
        for step in range(1, max(times) + 1):
            error = counts[others] @ weights - kinds[others]
            weights -= rate * 2 * error @ counts[others] / others.sum()
            if step in times:
                errors[times.index(step), place] = counts[place] @ weights - kinds[place]
    right = ((errors + kinds > 0) == (kinds > 0)).sum(1)
    return (errors**2).mean(1).tolist(), right.tolist()
