"""What lesson 02 asks in the learner's own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        "characters_or_words",
        "What do you gain and what do you lose with a vocabulary of characters, and with one of words? Give the size "
        "of the vocabulary and the length of the text for each.",
        "Shakespeare needs 80 characters, but then his plays are 4,956,338 tokens long. With words they are 907,954 "
        "tokens, but the list has 25,433 entries, has no end, and what is not on it is lost. BPE with 4,096 entries "
        "needs 1,589,721 tokens, spaces and signs included, and loses nothing.",
        "10. Between characters and words",
    ),
    InYourWords(
        "only_characters",
        "A friend says: I'll just use characters, that is simpler, and nothing is unknown. What do you answer?",
        "Shakespeare gets three times as long as with 4,096 tokens of BPE, and every token passes through the whole "
        "model. And a character that is not on your list is unknown after all, like the é of café. With bytes 256 "
        "numbers are enough for all of them.",
        "10. Between characters and words",
    ),
    InYourWords(
        "why_no_unk",
        "Why can a byte-level BPE tokenizer write a word that it has never seen, without a token for what is unknown?",
        "It starts from the 256 bytes, each of which is a token, and every text is made of bytes. Merges only make the "
        "list shorter; where none fits, the bytes stay.",
        "4. Bytes: nothing is unknown",
    ),
    InYourWords(
        "unk_and_pad",
        "What are the special tokens UNK and PAD for? Give an example of each.",
        "UNK stands for a word that a list of words lacks: don't in a list made from Shakespeare. PAD fills up the "
        "shorter of several texts that a model reads at once, so that all have the same length; it means nothing.",
        "8. Special tokens",
    ),
)
