"""What D4 asks in the learner's own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        "all_at_once",
        "Why can a transformer learn from all words of a sentence at once, and why does it still write one by one?",
        "While it learns, the right words before each place are known. Nothing at one place waits for the result of "
        "another in the same layer, so one pass makes all predictions; the mask keeps each from seeing its answer. "
        "When it writes, the word before is its own, and has to be chosen first.",
        "3. Why 2017?",
    ),
)
