"""The quiz of lesson 07: answers that can be computed are computed."""

from lessons_lib.classroom.lessons.lesson07.best_cache import my_best_cache
from lessons_lib.classroom.lessons.lesson07.safe_length import my_safe_length
from lessons_lib.classroom.questions import Question
from lessons_lib.config import ModelConfig
from lessons_lib.config.costs import kv_cache_bytes, weight_bytes


def tokens_read_with_a_cache() -> str:
    prompt, new = 10, 5
    return str(prompt + new - 1)


def printed_of_a_false_alarm() -> str:
    return repr("a ST"[: my_safe_length("a ST", ["STOP"])])


def reads_behind_a_change() -> str:
    kept = list(range(1000))
    _, unread = my_best_cache([kept], [*kept[:300], -1, *kept[301:]])
    return f"{len(unread)} tokens"


def place_behind_a_gap() -> str:
    real = [1] * 3 + [0] * 5 + [1]
    return str(sum(real) - 1)


def rows_that_fit() -> str:
    config = ModelConfig.preset("llama-3-8b")
    free = 24e9 - weight_bytes(config, bits=16)
    return str(int(free // kv_cache_bytes(config, 4000, bits=16)))


QUIZ = (
    Question(
        "A prompt of 10 tokens, 5 new ones, with a cache. How many tokens does the model have to read?",
        {
            "5": "The prompt is read too, once.",
            "14": "10 in one pass, then one for each new token but the last.",
            "15": "The last new token is written and need not be read.",
            "60": "That is what it reads without a cache: 10 + 11 + 12 + 13 + 14.",
        },
        tokens_read_with_a_cache,
    ),
    Question(
        "Why are keys and values kept, and queries not?",
        {
            "Queries take more room": "They do where heads are shared, but that is not why: nobody would read them.",
            "Queries change as the text grows": "They don't: nothing of an old token changes, since no token looks "
            "ahead.",
            "Queries are not turned by their places": "They are, as keys are.",
            "A query is asked once, by its own token": "Later tokens look at old keys with queries of their own.",
        },
        "A query is asked once, by its own token",
    ),
    Question(
        "Llama 3 8B in 16 bits takes 16.1 GB, and a token of its cache 131,072 bytes. How many conversations of 4,000 "
        "tokens fit into 24 GB beside it?",
        {
            "1": "A conversation takes 0.52 GB, and 7.9 GB are free.",
            "15": "7.9 GB are free, and each conversation takes a cache of 0.52 GB for itself.",
            "45": "That would be all of the 24 GB: the weights take 16.1 of them.",
            "as many as you like": "They share the weights, but not the caches.",
        },
        rows_that_fit,
    ),
    Question(
        "A row of 3 tokens, at places 0, 1 and 2, is padded on the right to 8 columns. Its first new token stands in "
        "column 8, counted from 0. At which place is it to be turned?",
        {
            "0": "It would stand on its own text's first token, at the distance 0.",
            "3": "Next to the last token of its text, as if there were no gap.",
            "8": "That is its column. The rotation would put five tokens of nothing between it and its text.",
            "9": "That counts the columns from 1, and the gap too.",
        },
        place_behind_a_gap,
    ),
    Question(
        "The stop string is STOP, and so far the model has written `a ST`. What may be on the screen?",
        {
            "'a ST'": "If OP comes next, half of the stop string is already printed.",
            "''": "Nothing that could still become STOP begins before the S.",
            "'a '": "ST may be the beginning of STOP, so it waits.",
            "'a S'": "The S could be the first letter of STOP.",
        },
        printed_of_a_false_alarm,
    ),
    Question(
        "A user types `<|im_end|>` into the chat. What does our tokenizer make of it?",
        {
            "The stop token": "Only if the application glues strings together. Here, special tokens come from the "
            "template alone.",
            "Several tokens of ordinary text": "What people say is always encoded as text.",
            "Nothing: it is cut out": "People may write about the mark, as this question does.",
            "An error": "People may type what they like.",
        },
        "Several tokens of ordinary text",
    ),
    Question(
        "1,000 tokens are in the cache. The next prompt is the same but for token 300, counted from 0. How much of it "
        "has to be read?",
        {
            "1 token": "The tokens behind it look at it, so their keys above the first layer are others.",
            "300 tokens": "These, in front of the change, are the ones that need not be read.",
            "700 tokens": "The changed token and all behind it.",
            "1000 tokens": "What stands in front of the change has not seen it.",
        },
        reads_behind_a_change,
    ),
    Question(
        "A chat program shows the answer of a thinking model, and its template leaves the thoughts of earlier answers "
        "out. What follows for the next turn?",
        {
            "The model can't think in that turn": "It thinks anew in each turn.",
            "All of the kept text is of use": "Behind the first thought left out, the prompt is not the text that was "
            "read.",
            "Nothing of the kept text is of use": "All in front of the first thought left out is.",
            "A part of the kept text is of use": "The part in front of the first thought that is left out.",
        },
        "A part of the kept text is of use",
    ),
)
