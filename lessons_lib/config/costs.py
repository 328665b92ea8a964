"""What a model costs, by formula: bytes of weights, bytes of key/value cache, and operations a token.

A matrix costs one multiplication and one addition for each of its numbers, for each token. Attention adds to that with
every token that can be seen. Of a layer's experts a token pays for those that it is sent to. Norms, activations and the
softmax are left out: they take a few operations where a matrix takes hundreds.
"""

from __future__ import annotations

from lessons_lib.config.model_config import ModelConfig
from lessons_lib.config.parameters import attention_matrices, feed_forward_matrices


def weight_bytes(config: ModelConfig, bits: float = 32) -> int:
    """How many bytes the weights take: `num_parameters * bits / 8`.

    Args:
        config: any model.
        bits: of one weight; above 0. Quantised blocks have fractions: 5 in Q4_1, 8.5 in Q8_0.

    Returns:
        Bytes, rounded up.

    Raises:
        ValueError: for `bits` of 0 or less.

    Example:
        >>> weight_bytes(ModelConfig.preset("smollm2-135m"))
        538060032
    """
    return _bytes(config.num_parameters(), bits)


def kv_cache_bytes(config: ModelConfig, tokens: int, batch_size: int = 1, bits: float = 32) -> int:
    """How many bytes the keys and values of a text take: `2 * layers * G * D * tokens * batch_size * bits / 8`.

    A sliding layer keeps at most its window, and a chunked layer at most its chunk. With latent attention a token takes
    `kv_lora_rank + qk_rope_head_dim` numbers in place of `2 * G * D`.

    Args:
        config: any model.
        tokens: in each text; 0 or more.
        batch_size: texts at a time; 1 or more.
        bits: of one number; above 0.

    Returns:
        Bytes, rounded up.

    Raises:
        ValueError: for a value out of its range.

    Example:
        >>> kv_cache_bytes(ModelConfig.preset("smollm2-135m"), tokens=1)  # 2 * 30 layers * 3 heads * 64 numbers * 4
        46080
    """
    _require(tokens >= 0, "tokens", tokens, "0 or more")
    _require(batch_size >= 1, "batch_size", batch_size, "1 or more")
    kept = sum(tokens if span is None else min(tokens, span) for span in _spans(config))  # over all layers
    numbers = sum(heads * width for heads, width in cached_heads(config))  # of a token, in a layer
    return _bytes(numbers * kept * batch_size, bits)


def flops_per_token(config: ModelConfig, position: int = 0) -> int:
    """How many floating-point operations it takes to score what follows the token at one position, with a cache.

    `2 * numbers in matrices + 4 * H * D * tokens seen`, the second summed over the layers: a query meets a key, and
    weighs a value, at two operations for each number of a head. The embedding costs nothing: it is looked up. Latent
    attention takes the cheaper of its two ways, see `latent_attention_flops`.

    Args:
        config: any model.
        position: counted from 0; the token sees itself and the `position` tokens before it.

    Raises:
        ValueError: for a negative position.

    Source: Kaplan et al. 2020, "Scaling Laws for Neural Language Models", section 2.1.
    """
    _require(position >= 0, "position", position, "0 or more")
    before, after = _pairs(config, position), _pairs(config, position + 1)
    seen = (b - a for a, b in zip(before, after, strict=True))  # in each layer
    matrices = 2 * (_block_matrices(config) + _head_matrix(config))
    return matrices + sum(_attention_flops(config, 1, keys, keys) for keys in seen)


def prefill_flops(config: ModelConfig, tokens: int) -> int:
    """How many floating-point operations it takes to read a prompt and score the one token that follows it.

    As `flops_per_token`, summed over the positions, but for the output matrix, which is used once.

    Args:
        config: any model.
        tokens: in the prompt; 1 or more.

    Raises:
        ValueError: for less than one token.
    """
    _require(tokens >= 1, "tokens", tokens, "1 or more")
    matrices = 2 * (_block_matrices(config) * tokens + _head_matrix(config))
    return matrices + sum(_attention_flops(config, tokens, tokens, pairs) for pairs in _pairs(config, tokens))


def cached_heads(config: ModelConfig) -> tuple[tuple[int, int], tuple[int, int]]:
    """What a layer keeps of each token: (heads, width) of its keys, and of its values.

    Latent attention keeps one latent in place of the keys, and in place of the values one key that all heads share.

    Example:
        >>> cached_heads(ModelConfig.preset("smollm2-135m"))
        ((3, 64), (3, 64))
    """
    if config.kv_lora_rank is not None:
        return (1, config.kv_lora_rank), (1, config.qk_rope_head_dim)
    return ((config.num_key_value_heads, config.head_dim),) * 2


def latent_attention_flops(config: ModelConfig, queries: int, keys: int, pairs: int) -> tuple[int, int]:
    """What latent attention costs in one layer between its projections from and to the stream, in each of its two ways.

    With R numbers in a latent, N in the part of a key that is made from it, V in a value and r in the shared key:
    expanding takes `2 H (R (N + V) keys + (N + r + V) pairs)` operations, and absorbing
    `2 H (R (N + V) queries + (2 R + r) pairs)`.

    Args:
        config: one with `kv_lora_rank`.
        queries: new tokens.
        keys: latents that they may look at.
        pairs: of a query and a key that it sees; `queries * keys` where nothing is hidden.

    Returns:
        Operations where latents are expanded into keys and values, and where queries are absorbed into latents.
    """
    rank, turned, value = config.kv_lora_rank, config.qk_rope_head_dim, config.v_head_dim
    matrix = rank * (config.head_dim - turned + value)
    expanded = matrix * keys + (config.head_dim + value) * pairs
    absorbed = matrix * queries + (2 * rank + turned) * pairs
    return 2 * config.num_attention_heads * expanded, 2 * config.num_attention_heads * absorbed


def _block_matrices(config: ModelConfig) -> int:
    """The numbers in the matrices of all blocks that a token meets, but for what `latent_attention_flops` counts."""
    with_experts = len(config.moe_layers)
    total = config.num_hidden_layers * attention_matrices(config)
    total += (config.num_hidden_layers - with_experts) * feed_forward_matrices(config, config.intermediate_size)
    if with_experts:
        met = config.num_experts_per_tok + config.n_shared_experts
        router = config.num_local_experts * config.hidden_size
        total += with_experts * (router + feed_forward_matrices(config, met * config.moe_intermediate_size))
    return total


def _head_matrix(config: ModelConfig) -> int:
    return config.vocab_size * config.hidden_size


def _attention_flops(config: ModelConfig, queries: int, keys: int, pairs: int) -> int:
    """What one layer's attention costs between its projections."""
    if config.kv_lora_rank is not None:
        return min(latent_attention_flops(config, queries, keys, pairs))
    return 4 * config.num_attention_heads * config.head_dim * pairs


def _pairs(config: ModelConfig, tokens: int) -> list[int]:
    """For each layer how many pairs of a query and a key that it sees there are in a text."""
    pairs = []
    for kind, span in zip(config.layer_types, _spans(config), strict=True):
        if kind == "chunked_attention":  # full chunks and a last one, each seen from its own start
            chunks, rest = divmod(tokens, span)
            pairs.append(chunks * _triangle(span) + _triangle(rest))
        else:  # the first tokens see all before them, the later ones a window
            growing = tokens if span is None else min(tokens, span)
            pairs.append(_triangle(growing) + (tokens - growing) * growing)
    return pairs


def _spans(config: ModelConfig) -> list[int | None]:
    """For each layer the most tokens that it can see; None for no bound."""
    bounds = {"sliding_attention": config.sliding_window, "chunked_attention": config.attention_chunk_size}
    return [bounds.get(kind) for kind in config.layer_types]


def _triangle(n: int) -> int:
    return n * (n + 1) // 2


def _bytes(numbers: int, bits: float) -> int:
    _require(bits > 0, "bits", bits, "a number above 0")
    return int(-(-numbers * bits // 8))


def _require(ok: bool, field: str, got: object, allowed: str) -> None:
    if not ok:
        raise ValueError(f"{field}: got {got}, allowed {allowed}")
