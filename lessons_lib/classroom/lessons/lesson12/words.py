"""What lesson 12 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="tune_or_ask",
        question="Somebody wants answers in a certain form. What would you try and measure before you tune a model?",
        answer="Write the prompts that will be held out, and a program that judges an answer. Then ask: the rule in "
        "words, a few examples in the prompt, both, and count. If that is enough, or if the form can be enforced while "
        "tokens are chosen, nothing has to be trained. Facts that change belong into the prompt in any case.",
        section="1. Ask before you tune",
    ),
    InYourWords(
        id="why_b_is_zero",
        question="Why does B begin at zero, and why not A as well?",
        answer="With B at zero the adapter adds nothing, so tuning begins from the very model that was there. A slope "
        "of A is a product with B, and one of B a product with A: if both were zero, neither would ever move.",
        section="4. LoRA: two thin matrices beside a large one",
    ),
    InYourWords(
        id="what_freezing_saves",
        question="Fewer than one number in a hundred learns. What does that save, and what not?",
        answer="For the frozen ones no slope and none of AdamW's two means is kept, so most of the memory for numbers "
        "is saved; what has to be stored and sent is small. The whole model is still run forwards. Backwards only down "
        "to the lowest layer that learns: below it nothing has to be kept for the way back.",
        section="5. What freezing saves",
    ),
)
