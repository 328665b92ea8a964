"""The quiz of lesson 11: answers that can be computed are computed."""

from lessons_lib import ModelConfig
from lessons_lib.classroom.lessons.lesson11.visible_tokens import my_visible
from lessons_lib.classroom.questions import Question
from lessons_lib.config import costs


def _scout() -> ModelConfig:
    return ModelConfig.preset("llama-4-scout")


def _seen_by_a_chunked_layer() -> str:
    return f"{len(my_visible(8195, 0, 8192, 4, 0)):,}"


def _growing_layers() -> str:
    small, large = (costs.kv_cache_bytes(_scout(), tokens) for tokens in (1_000_000, 2_000_000))
    growing = (large - small) // costs.kv_cache_bytes(_scout(), 1) * _scout().num_hidden_layers // 1_000_000
    return f"in {growing} of {_scout().num_hidden_layers}"


def _awake() -> str:
    return f"about {16 * (1 - (1 - 1 / 16) ** 8):.0f}"


def _share_at_half_a_score() -> str:
    return {0.5: "a half", 0.25: "a quarter", 0.125: "an eighth"}[(0.5 * 3) * (0.5 * 7) / (3 * 7)]


QUIZ = (
    Question(
        text="A layer has 16 experts and a shared one, and each token is sent to one expert. How many feed-forward "
        "networks does a token meet?",
        choices={
            "1": "Its own expert is one. Which other one reads every token?",
            "2": "Right: its expert and the shared one. The router adds next to nothing.",
            "16": "So it is if all tokens are given to all experts, and even then the shared one is missing.",
            "17": "That is what it costs if all tokens are given to all experts.",
        },
        answer="2",
    ),
    Question(
        text="Why can a top-1 router not be trained with a softmax over the chosen expert alone?",
        choices={
            "The softmax would be negative": "A softmax is never negative.",
            "All tokens would get the same expert": "The choice is made before the softmax.",
            "The softmax of small products is 0": "Of one number it is never 0, however small the number.",
            "The score would be 1 for every product": "Right: so it has no slope, and nothing tells the router "
            "anything.",
        },
        answer="The score would be 1 for every product",
    ),
    Question(
        text="A batch of 8 rows writes one token each. About how many of Scout's 16 experts in a layer are fetched, if "
        "all are equally likely?",
        choices={
            "about 6": "Right: 16 (1 - (15/16)^8). Two of the eight rows or so meet an expert that is awake already.",
            "about 8": "That would be so if no two rows were sent to the same expert.",
            "about 1": "That is one row.",
            "about 16": "For that it takes a much larger batch: at 128 rows nearly all are.",
        },
        answer=_awake,
    ),
    Question(
        text="In a near layer with chunks of 8,192, how many tokens does the token at position 8,195 see?",
        choices={
            "8,192": "That would be a sliding window. Chunks do not move along.",
            "3": "It sees itself, too.",
            "4": "Right: positions 8,192 to 8,195. Its chunk has just begun.",
            "8,196": "That is what a far layer sees.",
        },
        answer=_seen_by_a_chunked_layer,
    ),
    Question(
        text="What happened in the puzzle to the models with chunks of 4, trained on rows of 12, in rows of 13?",
        choices={
            "They lost the digit at the beginning": "The far layer finds it at any distance.",
            "They lost the letter just before the mark": "Right: the mark opens a new chunk, and the layer that knows "
            "what is near sees it alone.",
            "They lost both": "The far layer finds the digit at any distance.",
            "They lost neither": "Those with a window of 4 lost neither.",
        },
        answer="They lost the letter just before the mark",
    ),
    Question(
        text="A text grows from one million tokens to two. In how many of Scout's layers does the cache grow?",
        choices={
            "in 48 of 48": "Near layers never need more than their last chunk.",
            "in 36 of 48": "Those are the near ones, and theirs stay as they are.",
            "in 12 of 48": "Right: every fourth layer sees everything, and keeps everything.",
            "in 0 of 48": "The layers that see everything have to keep it.",
        },
        answer=_growing_layers,
    ),
    Question(
        text="An expert without silu: one neuron, gate times up, no biases. The score is a half, and stands on what "
        "the expert reads. What is left of its answer?",
        choices={
            "a half": "So it is with the score on the output.",
            "a quarter": "Right: gate and up are both halved. Silu only makes that inexact.",
            "an eighth": "Two numbers are multiplied, gate and up, not three.",
            "all of it": "A norm would undo the score, but there is none between it and the expert.",
        },
        answer=_share_at_half_a_score,
    ),
    Question(
        text="A port of Llama 4 gives the right scores for a prompt of one token, and wrong ones from the second on. "
        "What do you suspect first?",
        choices={
            "the side on which the score stands": "That shows at the first token.",
            "the temperature of far layers": "It changes nothing before position 8,191.",
            "where chunks begin": "That shows at position 8,192, or earlier beside padding.",
            "which numbers turn together": "Right: place 0 is not turned, so no pairing is wrong there.",
        },
        answer="which numbers turn together",
    ),
)
