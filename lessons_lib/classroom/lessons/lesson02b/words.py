"""What lesson 02b asks in the learner's own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        "hello_and_space",
        "Why is Hello with a space in front another token than Hello without? Why does that matter for prompts?",
        "The pattern puts a word's space into its piece, and merges never cross the border of a piece: the two are "
        "learned apart. A prompt that ends in a space takes that space away from the next word; the model would have "
        "to go on with a word without one, which it hardly ever saw there. So trim prompts.",
        "5. Spaces, letters, numbers",
    ),
    InYourWords(
        "ten_thousand",
        "The number is 10000, the number is ten thousand: which may cost fewer tokens, and why does it matter?",
        "It depends on how digits are cut. GPT-2 has ␣10000 as one token; Llama 3 pays for the lone space, 100 and 00, "
        "SmolLM2 for the space and five digits; ␣ten ␣thousand is two tokens in all three. The cut decides the price, "
        "and which digits a model sees together when it should calculate.",
        "5. Spaces, letters, numbers",
    ),
    InYourWords(
        "own_or_ready",
        "A clinic trains a model on reports. Would you use GPT-4's tokenizer or train one? How would you decide?",
        "If you tune a model that exists, you need its own tokenizer: its table belongs to those ids. If you train "
        "from zero, measure characters a token of both on reports that neither has seen. A small vocabulary trained "
        "on one book beats GPT-4's a little on that book and loses on the other: what counts is how near the reports "
        "are to what each has read, and whether there are enough of them to train one.",
        "8. Train your own?",
    ),
    InYourWords(
        "shakespeare_tokenizer",
        "A tokenizer trained on Shakespeare needs 12 tokens for a sentence about neural networks, GPT-4's needs 8. "
        "Why, and what would you do?",
        "Frequent strings of the training text become tokens. His plays never say neural or network, and propagation "
        "once, which is not enough: the tokenizer falls back on short pieces. Train it on text of the kind that it "
        "will meet; a larger vocabulary from the same plays would only hold more of Shakespeare.",
        "8. Train your own?",
    ),
)
