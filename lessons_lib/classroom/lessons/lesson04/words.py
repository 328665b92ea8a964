"""What lesson 04 asks in the learner's own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        "library",
        "Explain query, key and value by a library. Where does the comparison end?",
        "You come with a question (query), compare it with the cards of the catalogue (keys) and get what stands on "
        "the shelf (values). A library hands over one book; attention hands over a mean of all of them, in which a "
        "book counts the more, the better its card fits the question.",
        "4. Query, key, value",
    ),
    InYourWords(
        "why_the_root",
        "Why are the scores divided by the square root of D, and what happens in training if they are not?",
        "A dot product of D random products grows like the root of D. Large scores make softmax give nearly all to one "
        "key; the weights then hardly move when a score moves, so training has next to nothing to go by.",
        "5. Why divide by the square root of D",
    ),
    InYourWords(
        "why_2017",
        "What did the paper of 2017 leave out, and what did that make possible in training?",
        "It left out the note that is rewritten word by word, and kept attention alone. The note of a word needs the "
        "note before it, so words must wait for each other; with attention all rows come out of the same products, and "
        "with a causal mask each of them is a guess to learn from. A whole text is learned from at once.",
        "6. No looking ahead",
    ),
    InYourWords(
        "why_heads",
        "Why several heads, if one wide head has just as many weights?",
        "A head has one row of weights for each word, and a row sums to 1: what it gives to one place it takes from "
        "another. Several narrow heads have several rows, so a word can look at one place for one thing and at another "
        "for the next, and the finds stand side by side.",
        "8. Many heads",
    ),
    InYourWords(
        "what_a_map_proves",
        "A map shows that a head gives a word 0.98. What may you conclude, and what must you do to conclude more?",
        "That this word's value enters the mean of this head with the factor 0.98, in this text. The value may be "
        "tiny, and other heads may do the same work. Switch the head off, alone and together with others like it, and "
        "see whether the answer changes.",
        "9. Mrs Quimbletop again",
    ),
)
