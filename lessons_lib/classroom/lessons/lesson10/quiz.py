"""The quiz of lesson 10: answers that can be computed are computed."""

import torch

from lessons_lib import ModelConfig
from lessons_lib.classroom.lessons.lesson10.switches import differing
from lessons_lib.classroom.questions import Question
from lessons_lib.config import costs
from lessons_lib.layers import apply_rope, rotation


def apart_from_llama() -> str:
    llama = ModelConfig.preset("llama-3-8b")
    counts = {
        label: len(differing(llama, ModelConfig.preset(name)))
        for label, name in {
            "Qwen3 0.6B": "qwen3-0.6b",
            "Mistral 7B v0.3": "mistral-7b-v0.3",
            "Gemma 3 1B": "gemma-3-1b",
        }.items()
    }
    return min(counts, key=counts.get)


def bias_with_rotation() -> str:
    bias = torch.tensor([3.0, -1.0])
    turned = apply_rope(bias.expand(5, 2), rotation(torch.arange(5), torch.ones(1), "half"))  # [5, D]
    query = torch.tensor([0.0, 0.0])  # a word that asks for nothing
    shares = (turned @ (query + turned[4])).softmax(0)
    return (
        "Some distances gain, beside what each word gains" if shares.max() - shares.min() > 0.01 else "Nothing changes"
    )


def share_of_the_best() -> str:
    best = torch.tensor([1.0, 3.0, 0.0, 2.0]).softmax(0).topk(2).values
    return f"{float(best.max() / best.sum()):.2f}"


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
            "Qwen3 0.6B": "It norms queries and keys, has heads of its own width and ties the head.",
            "Mistral 7B v0.3": "Not one switch differs. Only v0.1 has the window.",
            "Gemma 3 1B": "It is the one with the most differences of the three.",
        },
        apart_from_llama,
    ),
    Question(
        "A model with rotary positions has a bias on its queries and its keys. A query of zeros asks for nothing. What "
        "do the two biases do to its shares?",
        {
            "Some distances gain, beside what each word gains": "What is turned is the bias too, so a turned bias "
            "meets a turned bias: that depends on the distance alone.",
            "Nothing changes": "So it would be without the rotation: all scores would grow by one number.",
            "All shares become equal": "They would be without the biases. With them the query is its bias, which "
            "scores each key by its word and its distance.",
        },
        bias_with_rotation,
    ),
    Question(
        "A router gives the products 1, 3, 0 and 2. The best two are chosen as in Mixtral, with norm_topk_prob. What "
        "is the share of the best?",
        {
            "0.60": "That is 3 / (3 + 2). The products go through softmax.",
            "0.64": "That is its share among all four. With norm_topk_prob the two are divided by their sum.",
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
        "For one token and one layer, how large is the cache of DeepSeek V3 beside that of Llama 3.1 8B, with its 8 "
        "heads of 128 for keys and values?",
        {
            "About 28% of it": "512 + 64 numbers beside 2 times 8 heads of 128.",
            "About 1600% of it": "So it would be if each of its 128 heads kept keys and values.",
            "About 25% of it": "That would leave out the turned key of 64 numbers.",
        },
        cache_of_deepseek,
    ),
    Question(
        "In latent attention a query is brought down to the latents by its head's matrix. What would a rotation of the "
        "keys do to that?",
        {
            "The latents would need more numbers": "Length is not the trouble; where the rotation stands is.",
            "All heads would get the same key": "They are made by different matrices and differ.",
            "Each distance would need a query of its own": "The rotation stands between query and matrix, so it can't "
            "be absorbed once for the whole text. Hence the turned key beside the latent.",
        },
        "Each distance would need a query of its own",
    ),
    Question(
        "Granite multiplies what each feed-forward network (without biases) gives by 0.22. Your skeleton has no such "
        "setting. What is the least that has to be done?",
        {
            "Write a new block with a factor": "It works, and it is more than needed.",
            "Multiply down_proj by 0.22": "The last thing that the network does is a product with that matrix, and a "
            "constant behind a matrix is another matrix.",
            "Multiply all its matrices by 0.22": "Then the gate, which is bent, and the product of gate and up change "
            "too.",
        },
        "Multiply down_proj by 0.22",
    ),
    Question(
        "Somebody checks a loader of a model with a window of 4,096 on three prompts of a sentence each: all scores "
        "agree with the reference. What is known about the window?",
        {
            "It is right for short texts and a little wrong for long ones": "Perhaps, and perhaps it is right: the "
            "test can't tell.",
            "It is right, since all scores agree": "They would agree with every window that no prompt fills.",
            "Only that it isn't shorter than the prompts": "No token had more before it. Make the window small and the "
            "text long.",
        },
        "Only that it isn't shorter than the prompts",
    ),
)
