"""The building exercise of lesson 06: the learner's whole model, with the real weights, writes its first sentence."""

from collections.abc import Callable
from functools import cache, partial

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson04c.positions_and_heads import my_heads
from lessons_lib.classroom.lessons.lesson05.my_block import my_block
from lessons_lib.classroom.real_model import real_model, real_weights, tensor_of
from lessons_lib.classroom.showing import short
from lessons_lib.classroom.trials import Refused
from lessons_lib.tokenizer import Tokenizer

ONCE = "Once upon a time, there was a little"
TIED, OWN_HEAD = "(made-up weights, tied)", "(made-up weights, a head of its own)"


def my_model(ids, weights, config, looks):
    table = weights["model.embed_tokens.weight"]  # [V, C]
    x = table[ids]  # [T, C]
    for layer, look in enumerate(looks):
        start = f"model.layers.{layer}."
        own = {name.removeprefix(start): w for name, w in weights.items() if name.startswith(start)}
        x = my_block(x, own, look, config["head_dim"])
    size = torch.sqrt(x.square().mean(-1, keepdim=True) + config["rms_norm_eps"])  # [T, 1]
    head = table if config["tie_word_embeddings"] else weights["lm_head.weight"]  # [V, C]
    return (x / size * weights["model.norm.weight"]) @ head.T  # [T, V]


@torch.no_grad()
def whole_model(answer: Callable, prompt: str, tokens: int) -> object:
    """The scores of a model for a prompt, with made-up weights or SmolLM2's; or so many tokens that it writes, always
    the likeliest, up to the first that the library's model would not write.

    Raises:
        Refused: if the answer is no table [T, V].
    """
    if prompt in (TIED, OWN_HEAD):
        given = ([3, 1, 4, 1, 5], *made_up(tied=prompt == TIED))
        return _snapped(_scores(answer, *given), my_model(*given))
    weights, config, looks = real_parts()
    _, tokenizer = real_model()
    ids = tokenizer.encode(prompt)
    if not tokens:
        return _in_short(_scores(answer, ids, weights, config, looks), library_scores(prompt), tokenizer)
    start = len(ids)
    for right in sentence(prompt, tokens):
        scores = _scores(answer, ids, weights, config, looks)
        if scores is None:
            return None
        ids.append(int(scores[-1].argmax()))
        if ids[-1] != right:
            break
    return tokenizer.decode(ids[start:])


def _snapped(scores: Tensor | None, right: Tensor) -> Tensor | None:
    """The right scores in place of those that differ from them by rounding alone: sums may be taken in any order."""
    if scores is None:
        return None
    return right if bool(((scores - right).abs() <= 3e-4 * right.abs().max()).all()) else scores


def _in_short(scores: Tensor | None, right: Tensor, tokenizer: Tokenizer) -> dict | None:
    """Whether all scores are right, and those of the three likeliest tokens at the end."""
    if scores is None:
        return None
    best = right[-1].topk(3).indices.tolist()
    said = [(tokenizer.decode([i]), round(float(scores[-1, i]), 1)) for i in best]
    return {f"all {right.numel():,} scores are right": _snapped(scores, right) is right, "the last": said}


@cache
def library_scores(prompt: str) -> Tensor:
    """What SmolLM2 makes of a prompt, in the library: [T, V]."""
    model, tokenizer = real_model()
    return model(torch.tensor([tokenizer.encode(prompt)]))[0]


@cache
def sentence(prompt: str, tokens: int) -> list[int]:
    """What SmolLM2 writes behind a prompt, always the likeliest token."""
    model, tokenizer = real_model()
    ids = tokenizer.encode(prompt)
    for _ in range(tokens):
        ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
    return ids[-tokens:]


def _scores(answer: Callable, ids: list[int], weights: dict, config: dict, looks: list) -> Tensor | None:
    given, own_config = dict(weights), dict(config)
    scores = answer(list(ids), given, own_config, list(looks))
    if given.keys() != weights.keys() or own_config != config:
        raise Refused(
            "your model must leave weights and config as they are, or its second call finds others: put what a layer "
            "needs into a new dict"
        )
    if scores is None:
        return None
    try:
        scores = tensor_of(scores)
    except (TypeError, ValueError, RuntimeError) as error:
        raise Refused(f"your model must return scores, a table [T, V] of numbers; got {short(scores)}") from error
    expected = [len(ids), config["vocab_size"]]
    if list(scores.shape) != expected:
        raise Refused(f"your model must return the shape [T, V], here {expected}, got {list(scores.shape)}")
    return scores.clone()


def real_parts() -> tuple[dict, dict, list]:
    """SmolLM2's tensors by name, its config, and a look for each layer."""
    weights, config = real_weights()
    return weights, config, [partial(my_heads, base=config["rope_theta"])] * config["num_hidden_layers"]


@cache
def made_up(*, tied: bool) -> tuple[dict, dict, list]:
    """Small random weights, a config and looks: eleven layers, each with another base, and faint numbers, so that the
    epsilon of the norms counts. With a head of its own the last norm has another epsilon than the blocks. The tied one
    comes with a head too, as some files do, which is not to be used."""
    sizes = {"vocab_size": 13, "hidden_size": 12, "intermediate_size": 10, "num_hidden_layers": 11}
    config = sizes | {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
    config |= {"tie_word_embeddings": tied, "rms_norm_eps": 1e-5 if tied else 1e-4}
    generator = torch.Generator().manual_seed(6)
    V, C, width, H, G, D = 13, 12, 10, 4, 2, 8

    def drawn(*shape: int, size: float = 1.0) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64).mul(size).float()

    weights = {"model.embed_tokens.weight": drawn(V, C, size=0.004)}
    for layer in range(config["num_hidden_layers"]):
        shapes = {"q": (H * D, C), "k": (G * D, C), "v": (G * D, C), "o": (C, H * D)}
        own = {f"self_attn.{name}_proj": drawn(*shape) for name, shape in shapes.items()}
        own |= {"mlp.gate_proj": drawn(width, C), "mlp.up_proj": drawn(width, C), "mlp.down_proj": drawn(C, width)}
        for name in ("self_attn.o_proj", "mlp.down_proj"):
            own[name] *= 0.00003
        own |= {name: 1 + drawn(C, size=0.3) for name in ("input_layernorm", "post_attention_layernorm")}
        weights |= {f"model.layers.{layer}.{name}.weight": tensor for name, tensor in own.items()}
    weights["model.norm.weight"] = 1 + drawn(C, size=0.3)
    weights["lm_head.weight"] = drawn(V, C)
    looks = [partial(my_heads, base=2.0 + layer) for layer in range(config["num_hidden_layers"])]
    return weights, config, looks


def _model(
    ids,
    weights,
    config,
    looks,
    layers=None,
    each=lambda layer: layer,
    look_of=lambda layer: layer,
    norm=None,
    head=None,
    block=my_block,
    before=lambda x: x,
    end=".",
    anywhere=False,
    shortened=lambda name: name.split(".", 3)[3],
):
    """The model with the knobs that mistakes turn."""
    table = weights["model.embed_tokens.weight"]
    x = before(table[ids])
    for number in layers or range(config["num_hidden_layers"]):
        start = f"model.layers.{each(number)}{end}"
        own = {
            shortened(name): w
            for name, w in weights.items()
            if (f"{each(number)}." in name if anywhere else name.startswith(start))
        }
        x = block(x, own, looks[look_of(number)], config["head_dim"])
    x = (norm or _norm)(x, weights["model.norm.weight"], config["rms_norm_eps"])
    if head is None:
        head = table if config["tie_word_embeddings"] else weights["lm_head.weight"]
    return x @ head.T


def _norm(x, weight, eps):
    return x / torch.sqrt(x.square().mean(-1, keepdim=True) + eps) * weight


def model_without_last_norm(ids, weights, config, looks):
    """It looks as if the last norm is missing: between the last block and the head the stream is normed once more."""
    return _model(ids, weights, config, looks, norm=lambda x, weight, eps: x)


def model_with_a_bare_last_norm(ids, weights, config, looks):
    """It looks as if the last norm has no weight: multiply by "model.norm.weight"."""
    return _model(ids, weights, config, looks, norm=lambda x, weight, eps: _norm(x, 1, eps))


def model_without_epsilon(ids, weights, config, looks):
    """It looks as if the last norm adds another epsilon than config["rms_norm_eps"] to the mean square, or none."""
    return _model(ids, weights, config, looks, norm=lambda x, weight, eps: _norm(x, weight, 0))


def model_with_a_smaller_epsilon(ids, weights, config, looks):
    """It looks as if the last norm adds another epsilon than config["rms_norm_eps"] to the mean square, or none."""
    return _model(ids, weights, config, looks, norm=lambda x, weight, eps: _norm(x, weight, 1e-6))


def model_with_a_fixed_epsilon(ids, weights, config, looks):
    """It looks as if the last norm always adds 1e-5. That is SmolLM2's; another model's config has another
    rms_norm_eps."""
    return _model(ids, weights, config, looks, norm=lambda x, weight, eps: _norm(x, weight, 1e-5))


def model_with_epsilon_outside(ids, weights, config, looks):
    """It looks as if epsilon is added to the root. It is added to the mean square, under the root."""

    def norm(x, weight, eps):
        return x / (x.square().mean(-1, keepdim=True).sqrt() + eps) * weight

    return _model(ids, weights, config, looks, norm=norm)


def model_with_layer_norm(ids, weights, config, looks):
    """It looks as if the last norm subtracts the mean. RMSNorm only divides."""

    def norm(x, weight, eps):
        return F.layer_norm(x, x.shape[-1:], weight, eps=eps)

    return _model(ids, weights, config, looks, norm=norm)


def model_with_one_norm_for_all(ids, weights, config, looks):
    """It looks as if the last norm takes one mean over all tokens. Each token has its own: mean(-1, keepdim=True)."""

    def norm(x, weight, eps):
        return x / torch.sqrt(x.square().mean() + eps) * weight

    return _model(ids, weights, config, looks, norm=norm)


def model_with_a_norm_over_tokens(ids, weights, config, looks):
    """It looks as if the last norm takes its mean over the tokens. Each token has its own, over its C numbers:
    mean(-1, keepdim=True)."""

    def norm(x, weight, eps):
        return x / torch.sqrt(x.square().mean(0) + eps) * weight

    return _model(ids, weights, config, looks, norm=norm)


def model_with_a_sum_in_the_norm(ids, weights, config, looks):
    """It looks as if the last norm takes the sum of the squares. It is their mean."""

    def norm(x, weight, eps):
        return x / torch.sqrt(x.square().sum(-1, keepdim=True) + eps) * weight

    return _model(ids, weights, config, looks, norm=norm)


def model_with_the_norm_in_the_loop(ids, weights, config, looks):
    """It looks as if the last norm stands in the loop too. It comes once, behind all blocks."""
    weight, eps = weights["model.norm.weight"], config["rms_norm_eps"]
    return _model(ids, weights, config, looks, block=lambda x, *more: _norm(my_block(x, *more), weight, eps))


def model_normed_in_the_loop_alone(ids, weights, config, looks):
    """It looks as if the last norm stands in the loop. It comes once, behind all blocks."""
    weight, eps = weights["model.norm.weight"], config["rms_norm_eps"]
    return _model(
        ids,
        weights,
        config,
        looks,
        block=lambda x, *more: _norm(my_block(x, *more), weight, eps),
        norm=lambda x, weight, eps: x,
    )


def model_with_a_norm_of_block_0(ids, weights, config, looks):
    """It looks as if the last norm has the weight of a block's. Its own is "model.norm.weight"."""
    weight = weights["model.layers.0.input_layernorm.weight"]
    return _model(ids, weights, config, looks, norm=lambda x, _, eps: _norm(x, weight, eps))


def model_with_heads_of_64(ids, weights, config, looks):
    """It looks as if a head is always 64 wide. That is SmolLM2: the width of a head stands in config["head_dim"]."""
    return _model(ids, weights, config | {"head_dim": 64}, looks)


def model_with_one_layer(ids, weights, config, looks):
    """It looks as if every block gets the tensors of layer 0. Their names begin with model.layers.0., model.layers.1.
    and so on."""
    return _model(ids, weights, config, looks, each=lambda layer: 0)


def model_with_the_last_layer(ids, weights, config, looks):
    """It looks as if every block gets the tensors of the last layer. Names without their beginning are the same in all
    layers: pick those of one layer at a time."""
    return _model(ids, weights, config, looks, each=lambda layer: config["num_hidden_layers"] - 1)


def model_with_a_loose_beginning(ids, weights, config, looks):
    """It looks as if layer 1 gets the tensors of layer 10 or 19 too: their names also begin with "model.layers.1". Ask
    for the dot behind the number."""
    return _model(ids, weights, config, looks, end="")


def model_with_a_number_anywhere(ids, weights, config, looks):
    """It looks as if layer 1 gets the tensors of layer 11 or 21 too: their names also hold "1.". Ask for the whole
    beginning, f"model.layers.{layer}."."""
    return _model(ids, weights, config, looks, anywhere=True)


def model_with_long_names(ids, weights, config, looks):
    """It looks as if a block gets its tensors under their long names. my_block knows them without `model.layers.0.`:
    name.removeprefix(start)."""
    return _model(ids, weights, config, looks, shortened=lambda name: name)


def model_with_thirty_layers(ids, weights, config, looks):
    """It looks as if the model always has 30 layers. That is SmolLM2: how many there are stands in
    config["num_hidden_layers"]."""
    return _model(ids, weights, config, looks, layers=range(30))


def model_in_alphabetical_order(ids, weights, config, looks):
    """It looks as if the layers run in alphabetical order: 0, 1, 10, 11, ..., 2. They run by number."""
    order = sorted(range(config["num_hidden_layers"]), key=str)
    return _model(ids, weights, config, looks, layers=order)


def model_backwards(ids, weights, config, looks):
    """It looks as if the layers run from the last to the first."""
    return _model(ids, weights, config, looks, layers=range(config["num_hidden_layers"])[::-1])


def model_of_the_last_number(ids, weights, config, looks):
    """It looks as if every block gets tensors and look of the last layer. A lambda in a loop reads its variables when
    it is called, and by then the loop is over: give them as defaults, lambda x, own=own, look=look: ..."""
    last = config["num_hidden_layers"] - 1
    return _model(ids, weights, config, looks, each=lambda layer: last, look_of=lambda layer: last)


def model_without_the_last_block(ids, weights, config, looks):
    """It looks as if one block is left out at the end: range(n) ends at n - 1 by itself."""
    return _model(ids, weights, config, looks, layers=range(config["num_hidden_layers"] - 1))


def model_without_the_first_block(ids, weights, config, looks):
    """It looks as if block 0 is left out: layers count from 0."""
    return _model(ids, weights, config, looks, layers=range(1, config["num_hidden_layers"]))


def model_of_one_block(ids, weights, config, looks):
    """It looks as if each block reads the embeddings, so only the last one counts. Block 1 reads what block 0 returns:
    x = my_block(x, ...)."""
    return _model(ids, weights, config, looks, layers=[config["num_hidden_layers"] - 1])


def model_adding_twice(ids, weights, config, looks):
    """It looks as if what a block returns is added to the stream. It *is* the stream: a block adds by itself."""
    return _model(ids, weights, config, looks, block=lambda x, *more: x + my_block(x, *more))


def model_with_the_first_look(ids, weights, config, looks):
    """It looks as if every layer looks with looks[0]. Layer number n has looks[n]."""
    return _model(ids, weights, config, looks, look_of=lambda layer: 0)


def model_with_the_last_look(ids, weights, config, looks):
    """It looks as if every layer looks with looks[-1]. Layer number n has looks[n]."""
    return _model(ids, weights, config, looks, look_of=lambda layer: -1)


def model_always_tied(ids, weights, config, looks):
    """It looks as if the head is always the embedding. Where config["tie_word_embeddings"] is False, it is
    "lm_head.weight"."""
    return _model(ids, weights, config, looks, head=weights["model.embed_tokens.weight"])


def model_never_tied(ids, weights, config, looks):
    """It looks as if "lm_head.weight" is the head even where config["tie_word_embeddings"] is True. There it is the
    embedding matrix: the config decides, and not whether there is such a tensor."""
    return _model(ids, weights, config, looks, head=weights["lm_head.weight"])


def model_tied_the_other_way(ids, weights, config, looks):
    """It looks as if tie_word_embeddings is taken the other way round: tied means that the head is the embedding
    matrix."""
    other = "lm_head.weight" if config["tie_word_embeddings"] else "model.embed_tokens.weight"
    return _model(ids, weights, config, looks, head=weights[other])


def model_with_any_head_there_is(ids, weights, config, looks):
    """It looks as if "lm_head.weight" is the head even where config["tie_word_embeddings"] is True. There it is the
    embedding matrix: the config decides, and not whether there is such a tensor."""
    table = weights["model.embed_tokens.weight"]
    return _model(ids, weights, config, looks, head=weights.get("lm_head.weight", table))


def model_with_chances(ids, weights, config, looks):
    """It looks as if you returned chances. Scores are asked for, without a softmax."""
    return _model(ids, weights, config, looks).softmax(-1)


def model_with_log_chances(ids, weights, config, looks):
    """It looks as if you returned the logarithms of chances. Scores are asked for, without a softmax."""
    return _model(ids, weights, config, looks).log_softmax(-1)


def model_with_loud_embeddings(ids, weights, config, looks):
    """It looks as if the embeddings are multiplied by the square root of C. Some models do that, this family does
    not."""
    return _model(ids, weights, config, looks, before=lambda x: x * x.shape[-1] ** 0.5)


def model_with_a_norm_in_front(ids, weights, config, looks):
    """It looks as if the embeddings are normed before the first block. Each block norms what it reads by itself."""
    weight, eps = weights["model.norm.weight"], config["rms_norm_eps"]
    return _model(ids, weights, config, looks, before=lambda x: _norm(x, weight, eps))


MY_MODEL = Exercise(
    id="my_model",
    title="Your whole model",
    difficulty=3,
    minutes=22,
    kind="build",
    contract="my_model(ids, weights, config, looks): a list of T ids to scores [T, V], row i for the token after "
    "ids[i]. weights: all tensors by the names of SmolLM2's file. config: a dict with num_hidden_layers, head_dim, "
    "rms_norm_eps, tie_word_embeddings and others; where tie_word_embeddings is True, the head is the embedding "
    'matrix, where it is False, it is weights["lm_head.weight"] [V, C]. looks: a list of functions look(q, k, v), one '
    "for each layer, q [H, T, D], k and v [G, T, D]. The blocks are those of my_block(x, its weights, look, head_dim), "
    "whose weights have the names without `model.layers.0.` and so on, and whose norms have the epsilon 1e-5. The last "
    "norm has that of the config.",
    cases=(
        (TIED, 0),
        (OWN_HEAD, 0),
        ("Rome", 0),
        ("The capital of France is Paris, and the capital of Italy is", 0),
        ("Salt is made of sodium and", 0),
        (ONCE, 11),
    ),
    tried="all scores of three prompts and of two models with made-up weights are right. Its first sentence: Once upon "
    "a time, there was a little girl named Emma who loved to play in the sun.",
    hints=(
        'x = weights["model.embed_tokens.weight"][ids] is [T, C]; then a loop over the layers, then the norm, then the '
        "head.",
        'In the loop, a dict of the tensors whose name starts with f"model.layers.{layer}.", dot included, under the '
        "name without that beginning: name.removeprefix(start).",
        "The last norm divides by the root of the mean square plus eps of each row, and multiplies by its weight. The "
        "head is a table [V, C], so the scores are x @ head.T.",
    ),
    solution=my_model,
    real=4,
    harness=whole_model,
    mistakes=(
        model_without_last_norm,
        model_with_a_bare_last_norm,
        model_without_epsilon,
        model_with_a_smaller_epsilon,
        model_with_a_fixed_epsilon,
        model_with_epsilon_outside,
        model_with_layer_norm,
        model_with_one_norm_for_all,
        model_with_a_norm_over_tokens,
        model_with_a_sum_in_the_norm,
        model_with_the_norm_in_the_loop,
        model_normed_in_the_loop_alone,
        model_with_a_norm_of_block_0,
        model_with_heads_of_64,
        model_with_one_layer,
        model_with_the_last_layer,
        model_with_a_loose_beginning,
        model_with_a_number_anywhere,
        model_with_long_names,
        model_with_thirty_layers,
        model_in_alphabetical_order,
        model_backwards,
        model_of_the_last_number,
        model_without_the_last_block,
        model_without_the_first_block,
        model_of_one_block,
        model_adding_twice,
        model_with_the_first_look,
        model_with_the_last_look,
        model_always_tied,
        model_never_tied,
        model_tied_the_other_way,
        model_with_any_head_there_is,
        model_with_chances,
        model_with_log_chances,
        model_with_loud_embeddings,
        model_with_a_norm_in_front,
    ),
)
