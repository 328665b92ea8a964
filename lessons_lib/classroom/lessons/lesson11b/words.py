"""What lesson 11b asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="who_learns",
        question="Why does an expert that no word is sent to learn nothing from this step, and how can it be asked "
        "again all the same?",
        answer="It does not run, so the loss does not depend on its weights, nor, as each score is a sigmoid of its "
        "own, on its row of the router: both have no slope. But the rows of the others move, and the words' vectors "
        "too, so that its score can come to be the largest.",
        section="1. Who is not asked learns nothing",
    ),
    InYourWords(
        id="two_cures",
        question="How do the balancing loss and the moving bias even out the work, and what does each of them touch?",
        answer="The loss multiplies each expert's share, which is counted, with its mean score, which has a slope: the "
        "scores of busy experts are pushed down, and with them whatever made these scores. The bias is added only "
        "where experts are chosen, and moves against the load after each step; no slope of it reaches what is learned.",
        section="2. Two ways to share the work",
    ),
    InYourWords(
        id="what_an_expert_is",
        question="Somebody shows you that one expert takes most of the animals and says: this is the expert for "
        "animals. What would you look at before you believe it?",
        answer="How many of them an expert of an untrained model takes, since the same few words come again and "
        "again; what else this expert takes; and whether the words become worse when "
        "it is silenced. And another seed: it may be another expert there, or none.",
        section="4. Which expert takes which word?",
    ),
)
