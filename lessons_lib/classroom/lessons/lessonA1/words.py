"""What appendix A1 asks for in the learner's own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="what_the_model_sees",
        question='`"the cat"` and `" the cat"` differ by one space. What of it reaches the model?',
        answer="Another first id, and nothing else. The model sees one whole number for each token, no letters and no "
        'spaces. But a single space before a word belongs to the word, so "the" and " the" are two tokens.',
        section="6. Full circle",
    ),
    InYourWords(
        id="why_get",
        question="Why does `encode` look a word up with `get` and a second value, and not with square brackets?",
        answer="A new text may hold a word that is not in the vocabulary. Square brackets would stop the program with "
        "a KeyError. `get` gives its second value instead, here the id of <unk>, so that every text has ids, though "
        "not every text comes back.",
        section="2. A vocabulary: dicts, sets, counts",
    ),
    InYourWords(
        id="function_or_class",
        question="What is the difference between a function and a class?",
        answer="A function takes arguments, does one thing and gives a result. A class makes objects that keep things "
        "of their own, such as a vocabulary, together with the functions that work on them: two tokenizers of one "
        "class have two vocabularies.",
        section="4. Classes",
    ),
    InYourWords(
        id="all_but_the_last",
        question="What does `ids[:-1]` give, and what is it for when a model is trained?",
        answer="Everything but the last id: what goes in. Beside it lies `ids[1:]`, everything but the first: what "
        "should come out. At each place the model has seen all the ids up to there, and should say the next.",
        section="1. Text and lists",
    ),
    InYourWords(
        id="like_the_real_one",
        question="What do your tokenizer and a real one have in common, and what can only the real one do?",
        answer="Both are objects that keep a vocabulary and have the calls `encode` and `decode`, so one can stand in "
        "the other's place. The real one cuts a word that is not in its list into smaller pieces that are, so that "
        "every text comes back.",
        section="6. Full circle",
    ),
)
