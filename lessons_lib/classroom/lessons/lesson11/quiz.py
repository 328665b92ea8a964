"""The quiz of lesson 11: answers that can be computed are computed."""

from lessons_lib import ModelConfig
from lessons_lib.classroom.lessons.lesson11.temperature_tuning import my_temperature
from lessons_lib.classroom.lessons.lesson11.visible_tokens import my_visible
from lessons_lib.classroom.questions import Question
from lessons_lib.config import costs


def _active_share() -> str:
    maverick = ModelConfig.preset("llama-4-maverick")
    return f"about {costs.num_active_parameters(maverick) / costs.num_parameters(maverick):.0%}"


def _first_sharpened() -> str:
    scout = ModelConfig.preset("llama-4-scout")
    found = (p for p in range(20_000) if my_temperature(p, scout.floor_scale, scout.attn_scale) > 1)
    return f"{next(found):,}"


def _seen_by_a_chunked_layer() -> str:
    return str(len(my_visible(8195, 0, 8192, 4, 0)))


def _cache_layers() -> str:
    scout = ModelConfig.preset("llama-4-scout")
    small, large = (costs.kv_cache_bytes(scout, tokens) for tokens in (1_000_000, 2_000_000))
    growing = (large - small) // costs.kv_cache_bytes(scout, 1) * scout.num_hidden_layers // 1_000_000
    return f"{growing} of {scout.num_hidden_layers}"


QUIZ = (
    Question(
        text="A mixture has 16 experts and a shared one, and each token is sent to one expert. How much work is a "
        "token, beside a single network of the same width?",
        choices={
            "as much": "It would be without the shared expert.",
            "twice as much": "Its own expert and the shared one. The router adds next to nothing.",
            "17 times as much": "That is what it costs if all tokens are given to all experts.",
            "a sixteenth": "A token is not divided among the experts: one of them works on it in full.",
        },
        answer="twice as much",
    ),
    Question(
        text="Why can a top-1 router not be trained with a softmax over the chosen expert alone?",
        choices={
            "The softmax is too slow": "It is one exponential.",
            "The score would always be 1, so it has no slope": "A softmax of a single number is 1, whatever the number "
            "is. Nothing tells the router that another choice would have been better.",
            "The experts would all get the same tokens": "The choice is made before the softmax.",
            "The score could be negative": "A softmax is never negative.",
        },
        answer="The score would always be 1, so it has no slope",
    ),
    Question(
        text="An expert's score is 0.5 and multiplies what the expert reads. The answer is then about",
        choices={
            "half as long": "So it would be if the score multiplied the answer.",
            "a quarter as long": "Gate and up both read half as much, and they are multiplied with each other.",
            "as long as before": "The feed-forward network has no norm inside that would undo the factor.",
            "zero": "Only a score of 0 does that.",
        },
        answer="a quarter as long",
    ),
    Question(
        text="What share of Maverick's parameters does one token meet?",
        choices={
            "about 4%": "17 of 401 billion.",
            "about 16%": "That is Scout, which has as many active parameters and a quarter of the size.",
            "about 50%": "Half of the layers are dense, but nearly all parameters are in the other half.",
            "about 1%": "One of 128 experts, but attention, dense layers, shared experts and embeddings come on top.",
        },
        answer=_active_share,
    ),
    Question(
        text="In a chunked layer of Llama 4, with chunks of 8192, how many tokens does the token at position 8195 see?",
        choices={
            "8192": "That would be a sliding window. Chunks do not move along.",
            "8196": "That is what a layer without chunks sees.",
            "4": "Positions 8192 to 8195: its chunk has just begun.",
            "3": "It sees itself, too.",
        },
        answer=_seen_by_a_chunked_layer,
    ),
    Question(
        text="At which position does the temperature of Llama 4 change a query for the first time?",
        choices={
            "1": "The floor is 0 for the whole first stretch, and the logarithm of 1 is 0.",
            "8,190": "There p + 1 is 8191, and the floor is still 0.",
            "8,191": "There p + 1 is 8192, for positions count from 0.",
            "8,192": "One too late: it is p + 1 that is divided.",
        },
        answer=_first_sharpened,
    ),
    Question(
        text="A text grows from one million tokens to two. In how many of Scout's layers does the cache grow?",
        choices={
            "48 of 48": "Chunked layers never need more than their last chunk.",
            "36 of 48": "Those are the chunked ones, and theirs stay as they are.",
            "12 of 48": "Every fourth layer sees everything, and keeps everything.",
            "0 of 48": "The layers that see everything have to keep it.",
        },
        answer=_cache_layers,
    ),
    Question(
        text="A port of Llama 4 gives the right scores for a prompt of one token and wrong ones for longer prompts. "
        "What do you suspect first?",
        choices={
            "The temperature": "It changes nothing before position 8191.",
            "The score on the wrong side of the expert": "That shows at the first token.",
            "The pairing of the rotation": "Position 0 is not turned, so no pairing is wrong there. Llama 4's files "
            "pair neighbours, those of Llama 1 to 3 on the Hub halves.",
            "The balancing loss": "It belongs to training, and changes nothing when the model runs.",
        },
        answer="The pairing of the rotation",
    ),
)
