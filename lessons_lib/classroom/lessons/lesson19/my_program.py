"""The last building exercise: the learner's pieces as one program, from text to text, in front of the real model."""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson07.my_generate import FIRST, Read
from lessons_lib.classroom.lessons.lesson19.pieces import (
    MyLook,
    MyTokenizer,
    my_model,
    my_sampler,
    smollm2_files,
)
from lessons_lib.classroom.trials import Refused

TOY, REAL = "a toy's", "SmolLM2's"
DARTS = (0.31, 0.77, 0.12, 0.55, 0.93, 0.4, 0.68, 0.24)
TOY_DARTS = (0.31, 0.77, 0.12, 0.55, 0.93, 0.15, 0.68, 0.45)  # with them each of T, k and threshold is felt
LIKELIEST = (0.5,) * 9  # with T = 0 no dart counts


def my_program(prompt, darts, files, T, k, threshold):
    tokenizer = MyTokenizer(files["tokens"], files["merges"])
    config = files["config"]
    looks = [MyLook(config["rope_theta"]) for _ in range(config["num_hidden_layers"])]
    unread, new = [files["numbers"][i] for i in tokenizer.encode(prompt)], []
    for u in darts:
        scores = my_model(unread, files["weights"], config, looks)[-1]  # [V]
        chosen = my_sampler(scores, T, k, threshold, u)
        if chosen == files["stop"]:
            break
        new.append(chosen)
        unread = [chosen]
    return tokenizer.decode([files["numbers"].index(i) for i in new])


@cache
def toy() -> dict[str, Any]:
    """A vocabulary of 260 tokens, and weights under which each token has one likeliest follower: a b an é ! end.

    Attention and feed-forward network add nothing, so the last token alone decides. The model's numbers are not those
    of the vocabulary.
    """
    tokens = [bytes([byte]) for byte in range(256)] + [b"an", b"ana", "é".encode()]
    merges = {(97, 110): 256, (256, 97): 257, (195, 169): 258}
    size = len(tokens) + 1
    numbers = [(7 * i + 3) % size for i in range(len(tokens))]
    stop = ({*range(size)} - {*numbers}).pop()
    chain = [*b"ab", 256, 195, 169, *b"!"]  # é in two tokens, as a model may write it
    follower = dict(zip(chain, [*chain[1:], None], strict=True)) | {257: 97, ord("?"): 98, ord("."): 256}
    head = torch.zeros(size, size)
    for token, after in follower.items():
        head[stop if after is None else numbers[after], numbers[token]] = 1.0
        head[numbers[ord("?")], numbers[token]] = 0.9  # nearly as likely
        head[numbers[ord(".")], numbers[token]] = 0.8
    config = {"num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4}
    config |= {"rope_theta": 100.0, "rms_norm_eps": 1e-5, "tie_word_embeddings": False, "hidden_size": size}
    start = "model.layers.0."
    weights = {"model.embed_tokens.weight": torch.eye(size), "lm_head.weight": head}
    weights |= {f"{start}{name}.weight": torch.ones(size) for name in ("input_layernorm", "post_attention_layernorm")}
    shapes = {"self_attn.q_proj": (8, size), "self_attn.k_proj": (4, size), "self_attn.v_proj": (4, size)}
    shapes |= {"self_attn.o_proj": (size, 8), "mlp.gate_proj": (5, size), "mlp.up_proj": (5, size)}
    shapes |= {"mlp.down_proj": (size, 5)}
    weights |= {f"{start}{name}.weight": torch.zeros(shape) for name, shape in shapes.items()}
    weights["model.norm.weight"] = torch.ones(size)
    return {
        "tokens": tokens,
        "merges": merges,
        "numbers": numbers,
        "stop": stop,
        "weights": weights,
        "config": config,
    }


@torch.no_grad()
def in_front_of_the_model(
    answer: Callable, prompt: str, darts: tuple[float, ...], files: str, T: float, k: int, threshold: float
) -> tuple[object, str] | None:
    """What a learner's program writes behind a prompt, and whether it read more than it needs.

    Args:
        answer: the learner's function.
        prompt, darts, T, k, threshold: what it gets.
        files: whose, `TOY` or `REAL`.

    Raises:
        Refused: for a result that is no text.
    """
    text, read = _reading(answer, prompt, darts, files, T, k, threshold)
    if text is None:
        return None
    if not isinstance(text, str):
        raise Refused(f"the new text is asked for, a str; got a {type(text).__name__}")
    most = _needed(prompt, darts, files, T, k, threshold)
    if read <= most:
        return text, "nothing is read in vain"
    return text, f"{read} tokens are read, where {most} are enough"


def _reading(answer: Callable, prompt: str, darts: tuple[float, ...], files: str, *how: float) -> tuple[Any, int]:
    """What a program returns, and how many tokens went through the model for it."""
    own = dict(toy()) if files == TOY else smollm2_files()
    lent = own | {"weights": dict(own["weights"]), "config": dict(own["config"])}
    with Read(own["weights"][FIRST]) as reading:
        text = answer(prompt, list(darts), lent, *how)
    return text, reading.rows


@cache
def _needed(prompt: str, darts: tuple[float, ...], files: str, *how: float) -> int:
    """The prompt's tokens, and all that are chosen but the last."""
    return max(_reading(my_program, prompt, some, files, *how)[1] for some in (darts, (0.5,)))


def _program(
    prompt,
    darts,
    files,
    T,
    k,
    threshold,
    numbered=True,
    back=True,
    stops=True,
    keeps_stop=False,
    joined=True,
    whole=False,
    again=False,
    row=-1,
    greedy=False,
    one_look=False,
    in_vain="",
):
    """The solution with the knobs that mistakes turn."""
    tokenizer = MyTokenizer(files["tokens"], files["merges"])
    config, numbers = files["config"], files["numbers"]

    def made():
        if one_look:
            return [MyLook(config["rope_theta"])] * config["num_hidden_layers"]
        return [MyLook(config["rope_theta"]) for _ in range(config["num_hidden_layers"])]

    looks, ids = made(), tokenizer.encode(prompt)
    text = [numbers[i] for i in ids] if numbered else list(ids)
    unread, new = list(text), []
    for u in darts:
        scores = my_model(unread, files["weights"], config, looks)[row]
        chosen = my_sampler(scores, 0 if greedy else T, k, threshold, u)
        if stops and chosen == files["stop"]:
            if keeps_stop:
                new.append(chosen)
            break
        new.append(chosen)
        text.append(chosen)
        unread = [chosen]
        if again:
            looks, unread = made(), list(text)
    if darts and in_vain == ("stop" if chosen == files["stop"] else "last"):
        my_model([chosen], files["weights"], config, looks)
    shown = [i for i in (text if whole else new) if keeps_stop or i != files["stop"]]
    known = [numbers.index(i) if back else min(i, len(numbers) - 1) for i in shown]
    if not joined:
        return "".join(tokenizer.decode([i]) for i in known)
    return tokenizer.decode(known)


def program_with_foreign_numbers(prompt, darts, files, T, k, threshold):
    """It looks as if the tokenizer's ids went into the model as they are. The model numbers its tokens in another
    order: numbers[i] is its number of token i."""
    return _program(prompt, darts, files, T, k, threshold, numbered=False)


def program_without_the_way_back(prompt, darts, files, T, k, threshold):
    """It looks as if the model's numbers were decoded as they are. numbers leads from the tokenizer's ids to the
    model's; on the way back its place is asked for: numbers.index(...)."""
    return _program(prompt, darts, files, T, k, threshold, back=False)


def program_that_goes_on(prompt, darts, files, T, k, threshold):
    """It looks as if your program leaves stop out and goes on. When stop is chosen, the text is over."""
    return _program(prompt, darts, files, T, k, threshold, stops=False)


def program_with_the_end(prompt, darts, files, T, k, threshold):
    """It looks as if stop is kept like any other token. The tokenizer has no token for it: leave the loop when it is
    chosen, before it is kept."""
    return _program(prompt, darts, files, T, k, threshold, keeps_stop=True)


def program_token_by_token(prompt, darts, files, T, k, threshold):
    """It looks as if each token is decoded by itself. A character may lie in two tokens: decode all of them
    together."""
    return _program(prompt, darts, files, T, k, threshold, joined=False)


def program_with_the_prompt(prompt, darts, files, T, k, threshold):
    """It looks as if the prompt stands in front of the new text: return the new text alone."""
    return _program(prompt, darts, files, T, k, threshold, whole=True)


def program_reading_again(prompt, darts, files, T, k, threshold):
    """The text is right, and every token is read again at each step. Make the looks once, and hand over only the new
    token."""
    return _program(prompt, darts, files, T, k, threshold, again=True)


def program_by_the_first_row(prompt, darts, files, T, k, threshold):
    """It looks as if you took the first row of the scores. What follows the text stands in the last one."""
    return _program(prompt, darts, files, T, k, threshold, row=0)


def program_always_likeliest(prompt, darts, files, T, k, threshold):
    """It looks as if the likeliest token is always taken. T, k, threshold and the dart decide: my_sampler(scores, T, k,
    threshold, u)."""
    return _program(prompt, darts, files, T, k, threshold, greedy=True)


def program_without_T(prompt, darts, files, T, k, threshold):
    """It looks as if T is 1 wherever it is not 0. Hand over the one that was given."""
    return _program(prompt, darts, files, 1.0 if T else 0, k, threshold)


def program_without_k(prompt, darts, files, T, k, threshold):
    """It looks as if all tokens may be chosen, whatever k says. Hand over the k that was given."""
    return _program(prompt, darts, files, T, len(files["numbers"]), threshold)


def program_without_threshold(prompt, darts, files, T, k, threshold):
    """It looks as if the threshold that was given is not used: top-p cuts off nothing, or always at the same share."""
    return _program(prompt, darts, files, T, k, 1.0)


def program_reading_its_last(prompt, darts, files, T, k, threshold):
    """The text is right, but a token goes through the model behind which nothing is chosen. Read what was chosen when
    the next dart needs it."""
    return _program(prompt, darts, files, T, k, threshold, in_vain="last")


def program_reading_stop(prompt, darts, files, T, k, threshold):
    """The text is right, but stop goes through the model, and nothing is chosen behind it. Leave the loop before."""
    return _program(prompt, darts, files, T, k, threshold, in_vain="stop")


def program_with_one_look(prompt, darts, files, T, k, threshold):
    """It looks as if all layers share one look, and so one cache. Each layer needs its own MyLook."""
    return _program(prompt, darts, files, T, k, threshold, one_look=True)


def program_with_one_dart(prompt, darts, files, T, k, threshold):
    """It looks as if every token is chosen with the first dart. Each token has a dart of its own."""
    return _program(prompt, [darts[0] for _ in darts] if darts else [], files, T, k, threshold)


def program_one_short(prompt, darts, files, T, k, threshold):
    """It looks as if one token is missing: one for each dart, unless the text ends before."""
    return _program(prompt, darts[:-1], files, T, k, threshold)


MY_PROGRAM = Exercise(
    id="my_program",
    title="Capstone C: all of it is yours",
    difficulty=3,
    minutes=30,
    kind="build",
    contract="prompt, a text; darts, a list of numbers from 0 to below 1; files, a dict with tokens and merges as "
    "MyTokenizer takes them, numbers, where numbers[i] is the model's number of token i, stop, the model's number of "
    "the token that ends a text, and weights and config as my_model takes them; and T, k and threshold. To the new "
    "text alone: for each dart one token, chosen as my_sampler does, until the darts are used up or stop is chosen, "
    "which is no part of the text. A character may lie in several tokens. No token goes through the model twice, "
    "and none behind which nothing is chosen.",
    cases=(
        ("a", (0.5,), TOY, 0, 50, 1.0),
        ("a", LIKELIEST, TOY, 0, 50, 1.0),
        ("banana", (), TOY, 0, 50, 1.0),
        ("a cabana", (0.5,) * 4, TOY, 0, 50, 1.0),
        ("a", TOY_DARTS, TOY, 4.0, 3, 1.0),
        ("a", TOY_DARTS, TOY, 4.0, 3, 0.7),
        ("The capital of France is", (0.5,) * 6, REAL, 0, 50, 0.9),
        ("Once upon a time, in a small village by the sea,", DARTS, REAL, 0.8, 40, 0.9),
    ),
    real=2,
    tried="a toy that ends, whose é lies in two tokens; and SmolLM2, greedy and with darts",
    hints=(
        "Five steps: encode, the model's numbers, the loop of lesson 07, back from its numbers, decode. In the loop "
        "stands my_sampler in place of argmax.",
        "One MyLook(config['rope_theta']) for each layer. The first time the whole prompt is unread, later only the "
        "token that was chosen.",
        "Leave the loop when the chosen token is files['stop'], before it is kept. Back: files['numbers'].index(i) for "
        "each; then decode once.",
    ),
    solution=my_program,
    harness=in_front_of_the_model,
    mistakes=(
        program_with_foreign_numbers,
        program_without_the_way_back,
        program_that_goes_on,
        program_with_the_end,
        program_token_by_token,
        program_with_the_prompt,
        program_reading_again,
        program_by_the_first_row,
        program_always_likeliest,
        program_without_T,
        program_without_k,
        program_without_threshold,
        program_reading_its_last,
        program_reading_stop,
        program_with_one_look,
        program_with_one_dart,
        program_one_short,
    ),
)
