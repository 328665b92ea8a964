"""What lesson 06 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="sizes_and_settings",
        question="A config has sizes and settings. What comes of a mistake in each kind?",
        answer="One wrong size gives matrices of other shapes, so the weights don't fit and loading stops (unless "
        "other wrong sizes make up for it). A wrong base of the rotation or epsilon of the norms is in no shape: the "
        "weights fit, the model runs, and it computes something else.",
        section="1. The blueprint",
    ),
    InYourWords(
        id="the_way_of_a_token",
        question="Describe the way of a token through the whole model, with the number of numbers that describe it at "
        "each stage.",
        answer="Its id picks a row of 576 numbers from the embedding. Thirty blocks each add to these 576; inside a "
        "block there are 192 for keys and values and 1,536 in the feed-forward network. The last norm keeps 576. The "
        "head, here the embedding matrix again, turns them into 49,152 scores.",
        section="2. A skeleton with dummy parts",
    ),
    InYourWords(
        id="loss_at_the_start",
        question="A model's loss at the start is far below ln V. What can be the reason, and what can't?",
        answer="The weights are not fresh, the targets are not shifted (in a tied model), or padding is counted in the "
        "mean. A missing mask can't be: random weights can't use what they see. It shows after some dozens of "
        "steps of training, when the loss falls too far, or at once in a test of causality.",
        section="3. Two checks before the first weight",
    ),
    InYourWords(
        id="why_numbers",
        question="Why compare numbers part by part, if the model already writes good sentences?",
        answer="All our patients say Rome, and one has a lower perplexity than the healthy model: a model survives "
        "many faults well enough to say what it would have said anyway. Two programs with the same weights agree in "
        "every part up to rounding, so the first part that does not tells where the fault is.",
        section="8. Three patients",
    ),
)
