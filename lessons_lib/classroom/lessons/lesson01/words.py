"""What lesson 01 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="letters_as_tokens",
        question="A friend says: I'll use letters as tokens, they are so few, and no word is ever unknown. What do you "
        "answer?",
        answer="All of that is true, and it costs. The sentence about the fox has 44 characters but 10 tokens, and "
        "each is work for the model. Pieces of words keep most of the advantage: they make up rare words.",
        section="1. What does it choose between?",
    ),
    InYourWords(
        id="greedy_or_dart",
        question="When is it right to take the likeliest token every time, and when is it not?",
        answer="For a question with one answer, or when the same input must give the same output. For a longer text it "
        "is a risk: our greedy text came back to the same words, and was ever surer of them.",
        section="3. Greedy: always the favourite",
    ),
    InYourWords(
        id="heat_and_scissors",
        question="Why is temperature alone not enough? Why do people use it together with a filter?",
        answer="Temperature moves all tokens by one rule, so heat that makes the text livelier also feeds the tens of "
        "thousands of tokens that do not fit. A filter removes these before the draw, and heat then acts "
        "among the rest.",
        section="5. Temperature: how sure should it be?",
    ),
    InYourWords(
        id="count_or_share",
        question="Explain the difference between top-k and top-p with one case in which k = 10 is too many and one in "
        "which it is too few.",
        answer="Top-k keeps a number of tokens, top-p keeps a share of the chance. After To be or not to, one token "
        "has nearly everything, and the nine that follow, such as exist or decide, are not Hamlet; "
        "after an open sentence, ten leave out many that would be fine. Top-p keeps few in the first case and many "
        "in the second.",
        section="7. Top-p: keep enough",
    ),
)
