"""The quiz of lesson 10: answers that can be computed are computed."""

import torch

from lessons_lib import ModelConfig
from lessons_lib.classroom.lessons.lesson10.family_tree import differing
from lessons_lib.classroom.lessons.lesson10.softmax_top_k import my_shares
from lessons_lib.classroom.questions import Question
from lessons_lib.config import costs


def apart_from_llama() -> str:
    llama = ModelConfig.preset("llama-3-8b")
    counts = {
        label: len(differing(llama, ModelConfig.preset(name)))
        for label, name in {
            "Mistral 7B v0.3": "mistral-7b-v0.3",
            "Qwen3 0.6B": "qwen3-0.6b",
            "Gemma 3 1B": "gemma-3-1b",
        }.items()
    }
    return min(counts, key=counts.get)


def bias_without_rotation() -> str:
    q, k, bias = torch.tensor([1.0, 2.0]), torch.eye(2), torch.tensor([3.0, -1.0])
    same = torch.allclose((k @ q).softmax(0), ((k + bias) @ q).softmax(0))
    return "None at all" if same else "It prefers some keys"


def share_of_the_best() -> str:
    return f"{float(my_shares(torch.tensor([[1.0, 3.0, 0.0, 2.0]]), 2).max()):.2f}"


def cache_of_deepseek() -> str:
    deepseek, llama = (
        costs.kv_cache_bytes(config, 1, bits=16) / config.num_hidden_layers
        for config in map(ModelConfig.preset, ("deepseek-v3", "llama-3.1-8b"))
    )
    return f"About {deepseek / llama:.0%} of it"


def active_of_mixtral() -> str:
    return f"About {costs.num_active_parameters(ModelConfig.preset('mixtral-8x7b')) / 1e9:.0f} billion"


QUIZ = (
    Question(
        "Which of these is the same program as Llama 3 8B, with other sizes?",
        {
            "Mistral 7B v0.3": "Not one switch differs. Only v0.1 has the window.",
            "Qwen3 0.6B": "It norms queries and keys, has heads of its own width and ties the head.",
            "Gemma 3 1B": "It is the model with the most differences of the three.",
        },
        apart_from_llama,
    ),
    Question(
        "A model without positions gets a bias on its keys. What does the bias do to the shares of attention?",
        {
            "It prefers some keys": "All scores of a query grow by the same number.",
            "None at all": "Every score of a query grows by q times b, and softmax forgets what all have in common.",
            "It makes all shares equal": "The gaps between the scores stay as they are.",
        },
        bias_without_rotation,
    ),
    Question(
        "A router gives the products 1, 3, 0 and 2, and the best two are chosen as in Mixtral. What is the share of "
        "the best?",
        {
            "0.60": "That is 3 / (3 + 2). The products go through softmax.",
            "0.64": "That is its share among all four. After choosing, the shares are divided by their sum.",
            "0.73": "Softmax of 3 and 2 alone: e / (e + 1).",
        },
        share_of_the_best,
    ),
    Question(
        "How many parameters of Mixtral 8x7B does one token meet?",
        {
            "About 7 billion": "Each token goes to two experts, and attention is not divided.",
            "About 13 billion": "Attention, embedding, head, router and two of eight experts in each layer.",
            "About 47 billion": "That is all of them; they must be in memory, but a token meets two of eight experts.",
        },
        active_of_mixtral,
    ),
    Question(
        "For one token and one layer, how large is the cache of DeepSeek V3 beside that of Llama 3.1 8B?",
        {
            "About 28% of it": "512 + 64 numbers beside 2 times 8 heads of 128.",
            "About 1600% of it": "So it would be if each of its 128 heads kept keys and values.",
            "About 25% of it": "That would leave out the turned key of 64 numbers.",
        },
        cache_of_deepseek,
    ),
    Question(
        "Why does latent attention keep a turned key beside the latent?",
        {
            "A latent is too short for positions": "Length is not the trouble; where the rotation stands is.",
            "A rotation between query and latent would be another matrix at every distance": "So it could not be "
            "absorbed once and for all.",
            "Keys of all heads must be equal": "They are made by different matrices and differ.",
        },
        "A rotation between query and latent would be another matrix at every distance",
    ),
    Question(
        "SmolLM2 passed for a Qwen2 and for a Mixtral with its weights as they are. Why could it not pass for a Qwen3?",
        {
            "Its heads have another width": "A field of the config says how wide heads are. That can be set.",
            "It is too small": "Sizes are no switches.",
            "Norming queries and keys changes what they say": "No weight of that norm gives back the lengths that "
            "it takes away.",
        },
        "Norming queries and keys changes what they say",
    ),
    Question(
        "A config.json has a key `logit_bias_scale` that your loader does not know. What now?",
        {
            "Skip it: the weights fit": "Weights fit whatever a setting says. It may change every number.",
            "Stop, and look it up in the model's paper or code": "Then rename it, fold it into the weights, or write "
            "the part; and compare numbers.",
            "Set it to its default": "You do not know it, so you do not know its default either.",
        },
        "Stop, and look it up in the model's paper or code",
    ),
)
