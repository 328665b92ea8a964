"""What lesson 09b asks before it shows it."""

from lessons_lib.classroom.predictions import Prediction, choice, number, order

PREDICTIONS = (
    Prediction(
        id="which_part",
        question="A small Llama is trained again with one part taken out. In which order do the parts cost "
        "most, the costliest first?",
        answer=order("no attention", "no feed-forward", "no norm", "no positions", "no adding"),
    ),
    Prediction(
        id="same_again",
        question="The same model is trained twice from different random numbers, eight times over. The losses are "
        "between 0.5 and 0.6. How far apart are the two at most, in nats a word, to two decimals?",
        answer=number(unit="nats a word"),
    ),
    Prediction(
        id="which_norm",
        question="Llama has RMSNorm, GPT-2 has LayerNorm. Which will eight seeds find better here?",
        answer=choice("RMSNorm", "LayerNorm", "can't be settled"),
    ),
    Prediction(
        id="at_least_one",
        question="Twenty variants are exactly as good as the baseline, and each is raced with eight seeds. Of 100 such "
        "series, in how many does at least one bar of two standard errors miss zero?",
        answer=number(unit="of 100"),
    ),
)
