"""What lesson 09b asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="what_settled_means",
        question="A variant's difference is +0.014 ± 0.017. What may you say, and what not?",
        answer="That eight seeds can't tell whether it is better or worse: the bar holds zero. Not that it makes no "
        "difference: it may be worth 0.03, or a little on the other side. More seeds make the bar shorter, with the "
        "root of their number.",
        section="2. The standard error, by hand",
    ),
    InYourWords(
        id="why_pairs",
        question="Why are two variants run on the same seeds, and what is done with their losses?",
        answer="A seed decides the first weights and the stories. What is lucky about it is lucky for both, and "
        "cancels in the difference. So the difference is taken for each seed first, and mean and spread are those of "
        "the differences.",
        section="3. A fair race",
    ),
    InYourWords(
        id="what_was_measured",
        question="Post-norm ended about 0.13 above the baseline. What did the losses on the thing say about this "
        "number?",
        answer="That it is about what looking back is worth: three of 64 words, each 2.6 nats if they must be guessed. "
        "None of the eight runs had learned it after 100 steps, and all runs of the baseline had. So the race measured "
        "how soon it is learned.",
        section="6. What did they really measure?",
    ),
    InYourWords(
        id="why_twenty",
        question="A report tries twenty changes and finds one that helps. Why does that prove little, and what would "
        "you do?",
        answer="Each bar misses the truth about once in ten times, so among twenty changes that do nothing one or two "
        "look settled. Run the one again on new seeds, or ask for a longer bar from the start, and say how many were "
        "tried.",
        section="8. Twenty races find something",
    ),
)
