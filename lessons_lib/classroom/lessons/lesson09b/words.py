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
        answer="A seed decides the stories and their order, and the first weights where both sides have the same "
        "ones. What they share of this luck cancels in the difference. So the difference is taken for each seed "
        "first, and mean and spread are those of the differences.",
        section="3. A fair race",
    ),
    InYourWords(
        id="what_was_measured",
        question="Post-norm ended about 0.13 above the baseline. What did the losses on the thing say about this "
        "number?",
        answer="That 0.11 of it lies on three of 64 words, where the thing is named again: 2.6 nats each if it must be "
        "guessed. None of the eight runs looked back for it after 100 steps, all runs of the baseline did. So most of "
        "the difference is one skill, not learned yet. Whether it comes later, only longer runs can say.",
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
