"""What D3 asks in the learner's own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        "why_leave_fast_pairs",
        "Why may a fast pair keep its speed in a text twice as long as the model knows, and a slow one may not?",
        "A fast pair went round many times within the trained length, so the model has met all its angles; further on, "
        "the same ones come again. A slow pair never got round: further on it points where it never pointed, and its "
        "scores are ones that no training has shaped. Slowed down, it stays where it has been.",
        "1. What is new about a far distance?",
    ),
)
