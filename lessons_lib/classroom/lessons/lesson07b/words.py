"""What lesson 07b asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="two_walls",
        question="Why does reading a prompt run into another wall than writing, although both use the same weights?",
        answer="A pass fetches every weight once, however many tokens it reads. Writing reads one token a pass, so "
        "the fetching is what takes the time. A prompt has many tokens in one pass: each weight is used many times, "
        "and the arithmetic takes longer than the fetching.",
        section="1. Two walls",
    ),
    InYourWords(
        id="why_small_groups",
        question="Why are weights rounded in small groups, each with its own scale? What does a smaller group cost?",
        answer="The largest weight sets the scale, and one outlier makes the steps coarse for all that share it. In "
        "small groups it spoils few. Each group stores a scale, 16 bits: half a bit a weight in groups of 32, a "
        "quarter in groups of 64.",
        section="3. Smaller weights",
    ),
    InYourWords(
        id="why_the_same_text",
        question="Why is the greedy text of speculative decoding the model's own, however bad the draft?",
        answer="A guess is kept only where the model would itself have put the same token, and only if all in front "
        "of it were kept. Behind them comes the model's own choice. So every token that is appended is the one that "
        "the model chooses there. A bad draft costs time, never text.",
        section="4. Guessing ahead",
    ),
    InYourWords(
        id="when_not_to_guess",
        question="When does guessing not pay?",
        answer="When guesses are seldom right, or cost much beside a pass of the model; and where the machine is "
        "already limited by arithmetic, as with many rows in a batch, since then more tokens in a pass take more "
        "time.",
        section="5. What guessing gains",
    ),
)
