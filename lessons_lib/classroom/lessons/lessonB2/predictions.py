"""What appendix B2 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="lens_from_when",
        question="The capital of France is the city of: of 40 such prompts, in how many is the capital already the "
        "lens's favourite behind 20 of the 30 layers?",
        answer=number(unit="prompts"),
    ),
    Prediction(
        id="her_neuron",
        question="A neuron of the last layer writes her, she, herself, hers. It is switched off, and the model reads "
        "the beginning of Ruth. What happens to the mean loss of her and she where they come?",
        answer=choice("it rises", "it falls", "it stays as it was"),
    ),
    Prediction(
        id="where_is_italy",
        question="In France's run one token's numbers behind 20 layers are replaced by those of Italy's run, and the "
        "other seven stay. Which token makes the model say Rome?",
        answer=choice("Italy's country", "the word behind it", "the last token", "none alone"),
    ),
    Prediction(
        id="steering_control",
        question="Now a vector from sentences about food less sentences about war, in which nobody is glad or sad, "
        "brought to the same length. Does it move the mood as well?",
        answer=choice("no more than a random vector", "clearly, but less", "as much or more"),
    ),
)
