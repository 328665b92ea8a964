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
        question="Why is a batch padded on the left, although each text goes on rightly on either side, if mask and "
        "places are right?",
        answer="With the padding on the left all rows end in the last column, so the scores of their next tokens "
        "stand in one place, where any loop reads them. On the right each row ends in a column of its own; a loop that "
        "reads the last one reads behind the padding, and only the longest row is right.",
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
