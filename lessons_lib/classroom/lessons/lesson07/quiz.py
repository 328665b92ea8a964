"""The quiz of lesson 07: answers that can be computed are computed."""

import torch

from lessons_lib.classroom.lessons.lesson07.accept import P3, Q3
from lessons_lib.classroom.lessons.lesson07.check_guesses import my_check_guesses
from lessons_lib.classroom.lessons.lesson07.safe_length import my_safe_length
from lessons_lib.classroom.questions import Question
from lessons_lib.config import ModelConfig
from lessons_lib.config.costs import kv_cache_bytes


def tokens_read_with_a_cache() -> str:
    prompt, new = 10, 5
    return str(prompt + new - 1)


def bytes_saved_by_sharing() -> str:
    config = ModelConfig.preset("llama-3-8b")
    shared = kv_cache_bytes(config, tokens=1)
    own = shared * config.num_attention_heads // config.num_key_value_heads
    return {2: "half", 4: "a quarter", 8: "an eighth"}[own // shared]


def tokens_for_balance() -> str:
    peak, bandwidth, bytes_a_weight = 400e9, 40e9, 4
    return str(round(peak / bandwidth * bytes_a_weight / 2))


def printed_of_a_false_alarm() -> str:
    return repr("a ST"[: my_safe_length("a ST", ["STOP"])])


def chance_of_acceptance() -> str:
    return f"{float(torch.minimum(P3, Q3).sum()):.1f}"


def tokens_from_a_wrong_guess() -> str:
    return str(len(my_check_guesses([1, 2, 3, 4], [9, 2, 3, 4, 5])))


QUIZ = (
    Question(
        "A prompt of 10 tokens, 5 new ones, with a cache. How many tokens does the model read?",
        {
            "14": "10 in one pass, then one for each new token but the last.",
            "15": "The last new token is written and never read.",
            "60": "That is what it reads without a cache: 10 + 11 + 12 + 13 + 14.",
        },
        tokens_read_with_a_cache,
    ),
    Question(
        "Why are keys and values kept, and queries not?",
        {
            "Queries are too large": "A query head is as wide as a key head.",
            "A query is asked once, when its token is read": "Later tokens look at old keys and values with queries of "
            "their own; nobody asks an old query again.",
            "Queries change when the text grows": "They don't: nothing of an old token changes, since no token looks "
            "ahead.",
        },
        "A query is asked once, when its token is read",
    ),
    Question(
        "Llama 3 8B has 32 query heads that share 8 key/value heads. How large is its cache, beside one in which every "
        "head keeps its own?",
        {
            "half": "That would be 16 of 32.",
            "an eighth": "8 heads remain, and that is not an eighth of 32.",
            "a quarter": "8 of 32: the cache grows with the key/value heads.",
        },
        bytes_saved_by_sharing,
    ),
    Question(
        "A processor does 400 billion operations a second and reads 40 billion bytes. From how many tokens a pass does "
        "arithmetic limit, with weights of 32 bits?",
        {
            "10": "10 operations a byte is the balance, and a pass over T tokens does T / 2 operations a byte.",
            "40": "That would be so for T / 4 operations a byte, that is, for weights of 64 bits.",
            "20": "T / 2 operations for each byte have to reach 400 / 40 = 10.",
        },
        tokens_for_balance,
    ),
    Question(
        "The stop string is STOP, and so far the model has written `a ST`. What may be on the screen?",
        {
            "'a ST'": "If OP comes next, half of the stop string is already printed.",
            "'a '": "ST may be the beginning of STOP, so it waits.",
            "''": "Nothing that could still become STOP begins before the S.",
        },
        printed_of_a_false_alarm,
    ),
    Question(
        "A user types `<|im_end|>` into the chat. What does our tokenizer make of it?",
        {
            "Several tokens of ordinary text": "What people say is always encoded as text.",
            "The stop token": "Only if the application glues strings together. Here, special tokens come from the "
            "template alone.",
            "An error": "People may type what they like; it stays text.",
        },
        "Several tokens of ordinary text",
    ),
    Question(
        "The model's chances are 0.5, 0.3, 0.2 and the draft's 0.2, 0.7, 0.1. How often is a guess accepted?",
        {
            "0.6": "The sum of the smaller ones: 0.2 + 0.3 + 0.1.",
            "1.0": "The second token is proposed too often, and most of it has to be refused.",
            "0.5": "Acceptance is the overlap of both distributions, not the chance of the favourite.",
        },
        chance_of_acceptance,
    ),
    Question(
        "The first of four greedy guesses is wrong and the other three agree with the model. How many tokens does the "
        "pass bring?",
        {
            "0": "The model's own choice in the place of the wrong guess is right by definition.",
            "1": "The model's own token in the first place. What follows was read behind a wrong token.",
            "4": "The three behind the wrong guess were checked in a text that is not the text.",
        },
        tokens_from_a_wrong_guess,
    ),
)
