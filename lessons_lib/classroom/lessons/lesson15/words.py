"""What lesson 15 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_two_halves",
        question="Why is a prompt made on one half of the questions and judged on the other?",
        answer="Whoever tries many prompts keeps the one that does best on the questions at hand, and part of that is "
        "luck with these questions. Questions that had no say in the choice tell what it is worth on new ones.",
        section="3. Questions to try on, and questions kept back",
    ),
    InYourWords(
        id="what_a_state_is",
        question="What does a state of the automaton know about the text so far, and what not?",
        answer="It knows what may still follow, and nothing else: it is the derivative by all bytes so far. Two texts "
        "that leave the same pattern are one state.",
        section="5. An automaton over bytes",
    ),
    InYourWords(
        id="outside_the_model",
        question="Why must a check of what a model may do stand outside the model?",
        answer="To the model instructions and the text that it works on are one row of tokens, and in our measurement "
        "it often said the word that the text named. Code around it sees only the result, and no text can talk it out "
        "of its rule.",
        section="9. Text that gives orders",
    ),
)
