"""The quiz of lesson 13: answers that can be computed are computed."""

import math

import torch

from lessons_lib.classroom.lessons.lesson13.my_dpo_loss import my_dpo_loss
from lessons_lib.classroom.questions import Question


def _twice_as_good() -> str:
    return f"{100 / (1 + math.exp(-math.log(3))):.0f}%"


def _same_margin() -> str:
    reference = torch.tensor([[-20.0, -20.0]])
    up, down = torch.tensor([[-18.0, -23.0]]), torch.tensor([[-60.0, -65.0]])
    same = torch.allclose(my_dpo_loss(up, reference, 0.1), my_dpo_loss(down, reference, 0.1))
    return "Both the same" if same else "A"


QUIZ = (
    Question(
        text="The score of one answer is larger than that of another by ln 3. How often does it win, by Bradley and "
        "Terry?",
        choices={
            "50%": "That is a difference of 0.",
            "75%": "Right: its odds are 3 to 1.",
            "67%": "That is a difference of ln 2.",
            "95%": "That would be a difference of about 3, not of ln 3.",
        },
        answer=_twice_as_good,
    ),
    Question(
        text="The reference gave both answers of a pair −20. After some steps run A gives −18 to the liked and −23 to "
        "the other one, run B −60 and −65. Whose loss of DPO is smaller?",
        choices={
            "A": "It is the better model. But the loss sees only that the two are 5 apart.",
            "B": "Both margins are 5.",
            "Both the same": "Right: only the difference counts.",
            "It depends on beta": "Beta multiplies the same margin in both.",
        },
        answer=_same_margin,
    ),
    Question(
        text="The loss of DPO alone begins at 1.9. What is likely?",
        choices={
            "The answers are long": "Before the first step nothing has changed, so length does not matter.",
            "The reference is another model": "Right: compared with itself, a model has the loss ln 2, about 0.69.",
            "The rate is too high": "The first loss is that before the first step.",
            "The columns are swapped": "Swapped or not, the first loss of DPO alone is ln 2.",
        },
        answer="The reference is another model",
    ),
    Question(
        text="Why does DPO need no reward model?",
        choices={
            "The pairs hold the rewards": "They only say which answer was liked.",
            "The loss is computed without a reward": "There is one, though nobody trained it apart.",
            "The change of the model's own logarithms is the reward": "Right, times beta, up to a part that falls out.",
            "People give the reward while it runs": "Their judgements were made before.",
        },
        answer="The change of the model's own logarithms is the reward",
    ),
    Question(
        text="After DPO with a second part your judge likes far more answers. What would show that the comparison was "
        "needed?",
        choices={
            "The loss has fallen": "It falls in section 7, too, where the answers are empty.",
            "The accuracy is 1": "It is for training pairs, and says nothing of other answers.",
            "The judge liked few answers before": "Then something helped. Copying may have been enough.",
            "The same run on the liked answers alone does worse": "Right: what differs between the two runs is the "
            "comparison.",
        },
        answer="The same run on the liked answers alone does worse",
    ),
    Question(
        text="After tuning, the judge likes all answers of your model. What do you know about whether they are true?",
        choices={
            "Nothing": "Right: what the judge does not look at, it does not measure.",
            "They are true": "The judge never looked at that.",
            "They are more often true than before": "Nobody measured it, and no pair was about it.",
            "They are false": "Some are true. The judge can't tell.",
        },
        answer="Nothing",
    ),
)
