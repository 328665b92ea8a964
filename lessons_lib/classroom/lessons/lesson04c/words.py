"""What lesson 04c asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_share_heads",
        question="Why do query heads share keys and values, and why is it not the queries that are shared?",
        answer="Keys and values of all earlier tokens are kept while a model writes, queries are used once. That store "
        "grows with the text and with the number of key and value heads, so fewer of these save memory; many query "
        "heads still allow many different looks.",
        section="1. Heads that share",
    ),
    InYourWords(
        id="cost_of_a_long_text",
        question="A text grows to twice its length. What happens to the work of one layer and to the table of scores?",
        answer="The matrices do twice the work, since each token passes through them once. Looking at the whole past "
        "takes four times the multiplications and, held as a whole, the table has four times the entries. Which of the "
        "two is dearer depends on the length and on the model: for one token of SmolLM2 they are equal at 3,072 keys. "
        "With a window, looking grows no faster than the text once the window is full: in Mistral 7B it stays under a "
        "sixth of the matrices.",
        section="3. What it costs",
    ),
    InYourWords(
        id="on_the_way",
        question="How can the weighted mean of an attention head be computed without ever holding all of its scores?",
        answer="Go through the keys block by block and keep three things: the largest score so far, the sum of the "
        "exponentials with it subtracted, and the values times these exponentials, added up. When a larger score "
        "comes, shrink sum and mix by e to the power of old minus new. At the end divide the mix by the sum: the "
        "result is the same as that of softmax over all scores.",
        section="4. Look in blocks",
    ),
)
