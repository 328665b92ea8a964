"""What lesson 07 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_notes_stay",
        question="Why can the keys and values of old tokens be kept? What would be different in a model without a "
        "causal mask?",
        answer="No token looks ahead, so what a layer computes for a token depends on that token and on those before "
        "it. A longer text changes none of that. Without the mask every new token would be seen by all old ones, and "
        "all keys above the first layer would have to be made again.",
        section="2. The cache: reading every token once",
    ),
    InYourWords(
        id="what_a_batch_shares",
        question="Eight conversations go through the model together. What do they share, and what does each bring "
        "along?",
        answer="They share the weights: one trip to memory serves all eight. Each has a cache of its own, which has "
        "to be kept and read for it alone. So with many or long conversations the caches, and not the weights, fill "
        "the memory and the time.",
        section="4. Several texts at once",
    ),
    InYourWords(
        id="why_on_the_left",
        question="Why is a batch padded on the left, although the scores behind each row's last real token are right "
        "on either side?",
        answer="The next tokens of all rows are put into one new column. With the padding on the left, this column is "
        "the next one of every text. On the right, a short row would have padding between its prompt and its new "
        "tokens, or its new token would have to overwrite a column of its own.",
        section="4. Several texts at once",
    ),
    InYourWords(
        id="form_and_persuasion",
        question="A user types the marks of the chat template into a question. What does our tokenizer prevent, and "
        "what can't it prevent?",
        answer="The marks stay text, so nobody but the application can begin a turn or speak as the system. What the "
        "words say still reaches the model, and a model may do what any words tell it.",
        section="6. A conversation is one long text",
    ),
)
