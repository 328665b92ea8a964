"""The building exercise of lesson 07: the learner's loop with the learner's cache writes through the learner's
model."""

import warnings
from functools import cache

import torch
from torch.overrides import TorchFunctionMode

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson06.my_model import my_model
from lessons_lib.classroom.lessons.lesson07.my_look import LookFromZero, MyLook
from lessons_lib.classroom.real_model import real_model, real_weights
from lessons_lib.classroom.trials import Refused
from lessons_lib.classroom.values import comparable, same

FIRST = "model.layers.0.self_attn.q_proj.weight"  # each token that is read is multiplied by it once

AGAIN = (
    "called again with the same ids, your function gives other tokens: does it draw them, or do looks that are made "
    "outside of it still hold the first text?"
)
PRODUCTS = ("__matmul__", "__rmatmul__", "matmul", "linear", "mm", "mv", "addmm", "einsum", "inner", "tensordot", "dot")


def my_generate(ids, n, weights, config):
    looks = [MyLook(config["rope_theta"]) for _ in range(config["num_hidden_layers"])]
    unread, new = list(ids), []
    for _ in range(n):
        scores = my_model(unread, weights, config, looks)[-1]  # [V]
        unread = [int(scores.argmax())]
        new += unread
    return new


class Read(TorchFunctionMode):
    """Counts the rows that meet a matrix while it lasts, however the product is written."""

    def __init__(self, matrix):
        super().__init__()
        self.matrix, self.rows = matrix, 0

    def __torch_function__(self, function, types, arguments=(), options=None):
        tensors = [x for x in arguments if isinstance(x, torch.Tensor) and x.is_floating_point()]
        mine = [x for x in tensors if x.data_ptr() == self.matrix.data_ptr() and x.numel() == self.matrix.numel()]
        others = [x for x in tensors if all(x is not each for each in mine)]
        if mine and others and getattr(function, "__name__", "") in PRODUCTS:
            self.rows += others[0].numel() // self.matrix.shape[1]
        return function(*arguments, **(options or {}))


@cache
def tiny():
    """Made-up weights of two layers, and their config."""
    config = {
        "vocab_size": 13,
        "hidden_size": 24,
        "intermediate_size": 20,
        "num_hidden_layers": 2,
        "num_attention_heads": 6,
        "num_key_value_heads": 3,
        "head_dim": 4,
        "rope_theta": 100.0,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": True,
        "max_position_embeddings": 64,
    }
    shapes = {"q": (24, 24), "k": (12, 24), "v": (12, 24), "o": (24, 24)}
    generator = torch.Generator().manual_seed(3)

    def drawn(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64).float() * 0.4

    weights = {"model.embed_tokens.weight": 0.5 * drawn(13, 24)}
    for layer in range(2):
        start = f"model.layers.{layer}."
        weights |= {f"{start}{name}.weight": torch.ones(24) for name in ("input_layernorm", "post_attention_layernorm")}
        weights |= {f"{start}self_attn.{name}_proj.weight": drawn(*shape) for name, shape in shapes.items()}
        weights |= {f"{start}mlp.{name}_proj.weight": drawn(20, 24) for name in ("gate", "up")}
        weights[f"{start}mlp.down_proj.weight"] = drawn(24, 20)
    return weights | {"model.norm.weight": torch.ones(24)}, config


@torch.no_grad()
def in_the_model(answer, prompt, n):
    """What a learner's loop writes behind a prompt, and whether more was read than is needed.

    Args:
        answer: a learner's function.
        prompt: text for the real model, or ids for a made-up model of two layers.
        n: new tokens.

    Returns:
        Text or ids, and a sentence about the reading; None if the function returns nothing.
    """
    weights, config = real_weights() if isinstance(prompt, str) else tiny()
    _, tokenizer = real_model() if isinstance(prompt, str) else (None, None)
    ids = tokenizer.encode(prompt) if isinstance(prompt, str) else prompt
    given = list(ids)
    with Read(weights[FIRST]) as reading:
        new = answer(given, n, dict(weights), dict(config))
    if given != list(ids):
        raise Refused("your function changes the list `ids` that it is given: work on a copy, such as list(ids)")
    if new is None:
        return None
    if not isinstance(prompt, str):
        new = comparable(new)
        if not same(comparable(answer(list(ids), n, dict(weights), dict(config))), new):
            raise Refused(AGAIN)
    if reading.rows <= len(ids) + max(0, n - 1):
        read = "nothing is read in vain"
    else:
        read = f"{reading.rows} tokens are read, where {len(ids)} and {max(0, n - 1)} new ones are enough"
    return (_text(tokenizer, new) if isinstance(prompt, str) else new), read


def _text(tokenizer, new):
    ids = [int(token) for token in new]
    return tokenizer.decode(ids) if all(0 <= token < tokenizer.vocab_size for token in ids) else ids


def _generate(ids, n, weights, config, look=MyLook, again=False, row=-1, share=False, fresh=False, late=0):
    """The loop with the knobs that mistakes turn."""

    def made():
        if share:
            return [look(config["rope_theta"])] * config["num_hidden_layers"]
        return [look(config["rope_theta"]) for _ in range(config["num_hidden_layers"])]

    looks, text, unread, new = made(), list(ids), list(ids), []
    for _ in range(n + late):
        if fresh:
            looks = made()
        token = int(my_model(unread, weights, config, looks)[row].argmax())
        text.append(token)
        new.append(token)
        unread = list(text) if again else [token]
    return new


def generate_reading_all_again(ids, n, weights, config):
    """The text is right, and every token is read again at each step. Make the looks once, before the loop, and hand
    over only what they have not seen."""
    return _generate(ids, n, weights, config, again=True, fresh=True)


def generate_reading_twice(ids, n, weights, config):
    """It looks as if the whole text is handed to looks that hold it already, so that they have read everything twice.
    After the prompt, hand over the new token alone."""
    return _generate(ids, n, weights, config, again=True)


def generate_reading_the_last(ids, n, weights, config):
    """The text is right, and a token is read in vain: the last new one. Nobody wants the scores behind it, so read a
    token only where another is to come."""
    looks = [MyLook(config["rope_theta"]) for _ in range(config["num_hidden_layers"])]
    scores, new = my_model(list(ids), weights, config, looks), []
    for _ in range(n):
        new.append(int(scores[-1].argmax()))
        scores = my_model(new[-1:], weights, config, looks)
    return new


def generate_reading_the_end_twice(ids, n, weights, config):
    """It looks as if the last token of the prompt is read twice: once with the prompt, and once more for its scores.
    They are the last row of what reading the prompt returns."""
    looks = [MyLook(config["rope_theta"]) for _ in range(config["num_hidden_layers"])]
    my_model(list(ids), weights, config, looks)
    return _continued(ids[-1:], n, weights, config, looks)


def generate_with_a_base_of_its_own(ids, n, weights, config):
    """It looks as if the looks are made with a base of your own, such as 10000. The model was trained with
    config['rope_theta']."""
    return _continued(ids, n, weights, config, [MyLook(10000.0) for _ in range(config["num_hidden_layers"])])


def generate_without_int(ids, n, weights, config):
    """It looks as if argmax's result goes to the model as it is, a tensor. ids are numbers: int(scores.argmax())."""
    looks = [MyLook(config["rope_theta"]) for _ in range(config["num_hidden_layers"])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of such a list before it fails
        return _continued(ids, n, weights, config, looks, number=lambda token: token)


def _continued(unread, n, weights, config, looks, number=int):
    unread, new = list(unread), []
    for _ in range(n):
        unread = [number(my_model(unread, weights, config, looks)[-1].argmax())]
        new += unread
    return new


def generate_with_30_looks(ids, n, weights, config):
    """It looks as if there are 30 looks whatever the model, as SmolLM2 needs. How many layers a model has stands in
    config['num_hidden_layers']."""
    return _continued(ids, n, weights, config, [MyLook(config["rope_theta"]) for _ in range(30)])


def generate_with_fresh_looks(ids, n, weights, config):
    """The first token is right, and those behind it are not: a new token sees itself alone. Either each step makes new
    looks, and they belong in front of the loop; or your look keeps nothing."""
    return _generate(ids, n, weights, config, fresh=True)


def generate_with_one_look(ids, n, weights, config):
    """It looks as if all layers share one look, as [MyLook(...)] * layers does: one object, many times. Each layer
    keeps keys and values of its own: make a new object for each."""
    return _generate(ids, n, weights, config, share=True)


def generate_from_the_first_row(ids, n, weights, config):
    """It looks as if you took the scores behind the first token. The next token is scored in the last row."""
    return _generate(ids, n, weights, config, row=0)


def generate_with_the_prompt(ids, n, weights, config):
    """The prompt is in the answer too. Asked for are the new tokens alone."""
    return [*ids, *_generate(ids, n, weights, config)]


def generate_one_too_few(ids, n, weights, config):
    """It looks as if a token is missing: n new tokens are asked for, and the first comes from reading the prompt."""
    return _generate(ids, n, weights, config, late=-1)


def generate_without_the_first(ids, n, weights, config):
    """It looks as if the token that comes from reading the prompt is used and not handed out. It is the first new
    one."""
    return _generate(ids, n, weights, config, late=1)[1:]


def generate_one_too_many(ids, n, weights, config):
    """It looks as if there is a token too many. Reading the prompt gives the first new one; n are asked for."""
    return _generate(ids, n, weights, config, late=1)


def generate_from_zero(ids, n, weights, config):
    """The first token is right, and those behind it are not: it looks as if your look counts the places of each call
    from 0. New tokens stand behind those that are kept."""
    return _generate(ids, n, weights, config, look=LookFromZero)


def generate_the_unlikeliest(ids, n, weights, config):
    """It looks as if you take the smallest score. Greedy takes the largest, argmax."""
    looks = [MyLook(config["rope_theta"]) for _ in range(config["num_hidden_layers"])]
    unread, new = list(ids), []
    for _ in range(n):
        unread = [int(my_model(unread, weights, config, looks)[-1].argmin())]
        new += unread
    return new


MY_GENERATE = Exercise(
    id="my_generate",
    title="Your loop, your cache, your model",
    difficulty=3,
    minutes=15,
    kind="build",
    contract="ids, a list of at least one token number; n, 0 or more; weights and config as my_model of lesson 06 "
    "takes them. To a list of the n new tokens alone, each the likeliest behind what came before. It makes one "
    "MyLook for each layer, with the base config['rope_theta'], no token goes through the model twice, and the "
    "last new one not at all. ids stays as it is.",
    cases=(
        ([3, 1, 4], 1),
        ([3, 1, 4], 6),
        ([7], 5),
        ([2, 11, 5, 0, 9], 7),
        ([5, 3], 0),
        ("The capital of France is", 6),
        ("Once upon a time, in a small village by the sea,", 8),
    ),
    tried="a made-up model and SmolLM2, prompts of 1 token to 13, and no new token: the library's ids, nothing read "
    "in vain",
    hints=(
        "config['num_hidden_layers'] looks, made once: [MyLook(config['rope_theta']) for _ in range(...)].",
        "What has not been read yet is at first the whole prompt, and afterwards one token.",
        "my_model(unread, weights, config, looks)[-1] scores the next token; argmax chooses it.",
    ),
    solution=my_generate,
    real=2,
    harness=in_the_model,
    mistakes=(
        generate_reading_all_again,
        generate_reading_twice,
        generate_reading_the_last,
        generate_reading_the_end_twice,
        generate_with_a_base_of_its_own,
        generate_without_int,
        generate_with_30_looks,
        generate_with_fresh_looks,
        generate_with_one_look,
        generate_from_the_first_row,
        generate_with_the_prompt,
        generate_one_too_few,
        generate_without_the_first,
        generate_one_too_many,
        generate_from_zero,
        generate_the_unlikeliest,
    ),
)
