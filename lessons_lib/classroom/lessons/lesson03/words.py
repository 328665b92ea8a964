"""What lesson 03 asks in the learner's own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        "letters_ids_vectors",
        "Why can neither the codes of its letters nor its id say what a word means, and why can a list of numbers?",
        "Codes of letters are alike where the spelling is: king is near ling. An id says when the token came into the "
        "vocabulary. On a line a word has two neighbours only. In a space of many dimensions a word can be near "
        "many others, each in another direction.",
        "1. Why not the letters, why not the ids?",
    ),
    InYourWords(
        "why_hundreds",
        "Why is it called an embedding, and why has it hundreds of numbers and not three?",
        "Its vector places a word in a space, as a town on a map. Three axes are enough for eight chosen words. "
        "Of 1,188 questions about all kinds of words, one in a hundred is answered with five numbers a word "
        "in GloVe, and more with each step up to all 50.",
        "8. Why so many numbers?",
    ),
    InYourWords(
        "king_sum",
        "What does king - man + woman = queen say about the vectors, and what must be said beside it?",
        "The step from man to woman and the one from king to queen point roughly the same way: in GloVe the mean "
        "cosine of such steps is 0.64. But the word nearest to the sum is king, which is not allowed as an answer, and "
        "four of nine such sums come out. Taking the step gains most where the steps of a relation point alike; "
        "opposites have no common step, and 85% of their questions fail.",
        "7. Arithmetic with words",
    ),
    InYourWords(
        "company",
        "You shall know a word by the company it keeps. How does a program learn vectors from that, without labels?",
        "It takes pairs of words that stand near each other, and random pairs. The vectors of real pairs are pulled "
        "together, those of random pairs pushed apart. The text itself says which pairs are real. Words with the same "
        "company are pulled by the same vectors and end up near each other.",
        "6. Where do the numbers come from?",
    ),
    InYourWords(
        "one_bank",
        "What is the difference between a static and a contextual vector? Use the word bank.",
        "A table gives bank one row, in every sentence the same. GloVe's is all money: words of the river are hardly "
        "nearer than words of neither kind. Inside a model each layer rewrites the row with what stands before the "
        "word: in the lesson's four sentences, at a layer picked after looking, the two kinds of bank are further "
        "apart than six other words in their places.",
        "9. What one vector a word can't do",
    ),
)
