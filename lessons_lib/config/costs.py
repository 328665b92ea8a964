"""What a model costs, by formula: parameters, bytes of weights, bytes of key/value cache, and operations a token.

A matrix costs one multiplication and one addition for each of its numbers, for each token. Attention adds to that with
every token that can be seen. Of a layer's experts a token pays for those that it is sent to. Norms, activations and the
softmax are left out: they take a few operations where a matrix takes hundreds. So is what a state costs.
"""

from __future__ import annotations

from lessons_lib.config.by_layer import at, inner_width, shares_keys
from lessons_lib.config.model_config import ModelConfig
from lessons_lib.config.rules import SPANS
from lessons_lib.config.states import STATES, mixer_matrices, mixer_parameters, state_numbers


def num_parameters(config: ModelConfig) -> int:
    """How many numbers a model learns; a tied matrix counts once.

    Example:
        >>> num_parameters(ModelConfig.preset("smollm2-135m"))
        134515008
    """
    return _parameters(config, active=False)


def num_active_parameters(config: ModelConfig) -> int:
    """How many of its parameters one token meets: all but the experts that it is not sent to.

    Example:
        >>> num_active_parameters(ModelConfig.preset("mixtral-8x7b"))
        12879925248
    """
    return _parameters(config, active=True)


def weight_bytes(config: ModelConfig, bits: float = 32) -> int:
    """How many bytes the weights take: `num_parameters(config) * bits / 8`.

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
    return _bytes(num_parameters(config), bits)


def kv_cache_bytes(config: ModelConfig, tokens: int, batch_size: int = 1, bits: float = 32) -> int:
    """How many bytes the keys and values of a text take: `2 * layers * G * D * tokens * batch_size * bits / 8`.

    A sliding layer keeps at most its window, and a chunked layer at most its chunk. With latent attention a token takes
    `kv_lora_rank + qk_rope_head_dim` numbers in place of `2 * G * D`. A layer without attention keeps none; see
    `state_bytes`.

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
    kept = 0  # numbers, over all layers
    for layer, span in enumerate(_spans(config)):
        numbers = sum(heads * width for heads, width in cached_heads(config, layer))  # of a token
        kept += numbers * (tokens if span is None else min(tokens, span))
    return _bytes(kept * batch_size, bits)


def state_bytes(config: ModelConfig, batch_size: int = 1, bits: float = 32) -> int:
    """How many bytes the states of texts take, which have the same size however long the texts are.

    Args:
        config: any model; 0 for one without states.
        batch_size: texts at a time; 1 or more.
        bits: of one number; above 0.

    Returns:
        Bytes, rounded up.

    Raises:
        ValueError: for a value out of its range.
    """
    _require(batch_size >= 1, "batch_size", batch_size, "1 or more")
    numbers = sum(state_numbers(config, kind) for kind in config.layer_types if kind in STATES)
    return _bytes(numbers * batch_size, bits)


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
    seen = [b - a for a, b in zip(before, after, strict=True)]  # in each layer
    matrices = 2 * (_block_matrices(config) + _head_matrix(config))
    return matrices + sum(_attention_flops(config, layer, 1, keys, keys) for layer, keys in enumerate(seen))


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
    seen = enumerate(_pairs(config, tokens))
    return matrices + sum(_attention_flops(config, layer, tokens, tokens, pairs) for layer, pairs in seen)


def cached_heads(config: ModelConfig, layer: int = 0) -> tuple[tuple[int, int], tuple[int, int]]:
    """What a layer keeps of each token: (heads, width) of its keys, and of its values; zeros for nothing.

    Latent attention keeps one latent in place of the keys, and in place of the values one key that all heads share,
    with that of the indexer beside it.

    Example:
        >>> cached_heads(ModelConfig.preset("smollm2-135m"))
        ((3, 64), (3, 64))
    """
    if config.layer_types[layer] not in SPANS:
        return (0, 0), (0, 0)
    if config.kv_lora_rank is not None:
        indexed = config.index_head_dim if layer in config.index_layers else 0
        return (1, config.kv_lora_rank), (1, config.qk_rope_head_dim + indexed)
    if shares_keys(config, layer):
        return (0, 0), (0, 0)
    config = at(config, config.layer_types[layer])
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
    rank, rotated, value = config.kv_lora_rank, config.qk_rope_head_dim, config.v_head_dim
    matrix = rank * (config.head_dim - rotated + value)
    expanded = matrix * keys + (config.head_dim + value) * pairs
    absorbed = matrix * queries + (2 * rank + rotated) * pairs
    return 2 * config.num_attention_heads * expanded, 2 * config.num_attention_heads * absorbed


def _parameters(config: ModelConfig, active: bool) -> int:
    """All parameters; `active` leaves out the experts that a token is not sent to."""
    c = config.hidden_size
    norm = c * _norm_parameters(config)
    norms = {"sandwich": 4, "parallel": 1}.get(config.norm_placement, 2)
    matrices = 1 if config.tie_word_embeddings else 2
    ends = matrices * config.vocab_size * c + (0 if config.norm_placement == "post" else norm)
    ends += norm if config.embedding_norm else 0
    ends += config.vocab_size if config.lm_head_bias else 0
    positions = config.max_position_embeddings * c if config.position_embedding_type == "learned" else 0
    with_experts = len(config.moe_layers)
    blocks = sum(_attention_parameters(config, layer) for layer in _looking(config))
    norms_of_keys = 2 * (config.index_head_dim or 0)
    blocks += len(config.index_layers) * (_index_matrices(config) + norms_of_keys)
    blocks += sum(mixer_parameters(config, kind) for kind in config.layer_types if kind in STATES)
    blocks += _parts(config) * norms // 2 * norm
    blocks += sum(_feed_forward_parameters(config, width) for width in _dense_widths(config))
    if with_experts:
        blocks += with_experts * _expert_layer_parameters(config, active)
        more = 3 * norm + c + config.num_local_experts  # norms, and numbers that the router scales by
        blocks += with_experts * more if config.dense_beside_experts else 0
    blocks += config.num_hidden_layers * config.layer_scalar
    blocks += config.num_hidden_layers * _embedded_matrices(config) + _ends_of_streams(config)
    if (width := config.hidden_size_per_layer_input) is not None:  # norms, and the rows
        blocks += norm // c * (width + config.num_hidden_layers * c)
        blocks += config.num_hidden_layers * width * config.vocab_size_per_layer_input
    if config.altup_num_inputs > 1:
        blocks += config.num_hidden_layers * (2 * norm + c)  # of the router and of the way around, and a scale
    return ends + positions + blocks + len(config.sink_layers) * config.num_attention_heads


def _norm_parameters(config: ModelConfig) -> int:
    """How many numbers a norm learns for each number that it reads: a weight, a weight and a bias, or nothing."""
    return {"all": 2 if config.norm_type == "layer" else 1, "weight": 1, "none": 0}[config.norm_parameters]


def _looking(config: ModelConfig) -> list[int]:
    """The numbers of the layers that have attention."""
    return [layer for layer, kind in enumerate(config.layer_types) if kind in SPANS]


def _dense_widths(config: ModelConfig) -> list[int]:
    """The widths of all feed-forward networks that are no experts."""
    experts = () if config.dense_beside_experts else config.moe_layers
    without = {*config.mixer_only_layers, *experts}
    return [inner_width(config, layer) for layer in range(config.num_hidden_layers) if layer not in without]


def _embedded_matrices(config: ModelConfig) -> int:
    """The numbers in the matrices by which one layer lets its embedding in, and of the way around its attention."""
    c, streams = config.hidden_size, config.altup_num_inputs
    total = 3 * c * (config.hidden_size_per_layer_input or 0)  # one of the three is the model's, by layers
    if streams == 1:
        return total
    return total + 2 * c * config.laurel_rank + streams * (streams + streams**2 + c)


def _ends_of_streams(config: ModelConfig) -> int:
    """The numbers in the matrices that make several streams of one, and one of them again."""
    return 2 * (config.altup_num_inputs - 1) * config.hidden_size**2


def _thinking(config: ModelConfig) -> int:
    """How many layers have a feed-forward network, or experts."""
    return config.num_hidden_layers - len(config.mixer_only_layers)


def _parts(config: ModelConfig) -> int:
    """How many parts the blocks have together: what mixes tokens, and feed-forward networks."""
    return sum(kind != "none" for kind in config.layer_types) + _thinking(config)


def _attention_parameters(config: ModelConfig, layer: int) -> int:
    """Those of one layer's attention."""
    shared = shares_keys(config, layer)
    has_values = config.layer_types[layer] != "full_attention" or not config.attention_k_eq_v
    matrices = _attention_matrices(config, layer)
    config = at(config, config.layer_types[layer])
    d, rank, q_rank = config.head_dim, config.kv_lora_rank, config.q_lora_rank or 0
    total = matrices + (config.hidden_size if config.attention_output_bias else 0)
    if rank is None:
        norms = _qk_norm_parameters(config, shared)
        norms += config.num_attention_heads * d * _norm_parameters(config) if config.sub_norms else 0
        gates = config.num_attention_heads if config.attn_output_gate else 0
        keys = 0 if shared else config.num_key_value_heads * (1 + has_values)
        biased = (gates + config.num_attention_heads + keys) * d
    else:
        total += rank * config.num_attention_heads * (d - config.qk_rope_head_dim + config.v_head_dim)
        norms, biased = q_rank + rank, q_rank + rank + config.qk_rope_head_dim
    return total + norms + (biased if config.attention_bias else 0)


def _qk_norm_parameters(config: ModelConfig, shared: bool) -> int:
    """Those of the norms of one layer's queries and keys."""
    kind = config.qk_norm_weight or ("head" if config.qk_norm == "before" else None)
    if kind is None:
        return 0
    if kind == "head":
        return (1 if shared else 2) * config.head_dim * _norm_parameters(config)
    return (config.num_attention_heads + (0 if shared else config.num_key_value_heads)) * config.head_dim


def _attention_matrices(config: ModelConfig, layer: int) -> int:
    """The numbers in one layer's projections, but for the one that makes keys and values from latents."""
    shared, kind = shares_keys(config, layer), config.layer_types[layer]
    has_values = kind != "full_attention" or not config.attention_k_eq_v
    config = at(config, kind)
    c, query = config.hidden_size, config.num_attention_heads * config.head_dim
    if config.kv_lora_rank is None:
        gate = c * query if config.attn_output_gate else 0
        keys = 0 if shared else (1 + has_values) * config.num_key_value_heads * config.head_dim
        return gate + c * (2 * query + keys)  # q and o, k and v
    to_query = c * query if config.q_lora_rank is None else config.q_lora_rank * (c + query)
    to_latent = c * (config.kv_lora_rank + config.qk_rope_head_dim)
    return to_query + to_latent + c * config.num_attention_heads * config.v_head_dim


def _index_matrices(config: ModelConfig) -> int:
    """The numbers in the projections of one indexer."""
    if config.index_topk is None:
        return 0
    heads, d = config.index_n_heads, config.index_head_dim
    return config.q_lora_rank * heads * d + config.hidden_size * (d + heads)


def _feed_forward_parameters(config: ModelConfig, width: int) -> int:
    """Those of one feed-forward network of some width, such as one expert."""
    inner = 2 if config.gated_mlp else 1  # projections into the width
    biases = inner * width + config.hidden_size if config.mlp_bias else 0
    bend = 2 if config.hidden_act == "xielu" else 0
    norm = width * _norm_parameters(config) if config.sub_norms else 0
    return _feed_forward_matrices(config, width) + biases + bend + norm


def _feed_forward_matrices(config: ModelConfig, width: int) -> int:
    """The numbers in the projections of one feed-forward network."""
    return (3 if config.gated_mlp else 2) * config.hidden_size * width


def _expert_layer_parameters(config: ModelConfig, active: bool = False) -> int:
    """Those of one layer's router and experts; `active` leaves out the experts that a token is not sent to."""
    width = config.moe_intermediate_size
    routed = config.num_experts_per_tok if active else config.num_local_experts
    total = config.num_local_experts * config.hidden_size + routed * _feed_forward_parameters(config, width)
    if config.n_shared_experts:
        total += _feed_forward_parameters(config, _shared_width(config))
    return total + (config.num_local_experts if config.router_bias else 0) + _shared_gate(config)


def _shared_width(config: ModelConfig) -> int:
    return config.shared_expert_intermediate_size or config.n_shared_experts * config.moe_intermediate_size


def _shared_gate(config: ModelConfig) -> int:
    return config.hidden_size if config.shared_expert_gate else 0


def _block_matrices(config: ModelConfig) -> int:
    """The numbers in the matrices of all blocks that a token meets, but for what `latent_attention_flops` counts."""
    with_experts = len(config.moe_layers)
    total = sum(_attention_matrices(config, layer) for layer in _looking(config))
    total += len(config.index_layers) * _index_matrices(config)
    total += sum(mixer_matrices(config, kind) for kind in config.layer_types if kind in STATES)
    total += sum(_feed_forward_matrices(config, width) for width in _dense_widths(config))
    total += config.num_hidden_layers * _embedded_matrices(config) + _ends_of_streams(config)
    if with_experts:
        met = config.num_experts_per_tok * config.moe_intermediate_size
        met += _shared_width(config) if config.n_shared_experts else 0
        router = config.num_local_experts * config.hidden_size + _shared_gate(config)
        total += with_experts * (router + _feed_forward_matrices(config, met))
    return total


def _head_matrix(config: ModelConfig) -> int:
    return config.vocab_size * config.hidden_size


def _attention_flops(config: ModelConfig, layer: int, queries: int, keys: int, pairs: int) -> int:
    """What one layer's attention costs between its projections."""
    if config.kv_lora_rank is not None:
        index = config.index_n_heads * config.index_head_dim if layer in config.index_layers else 0
        return min(latent_attention_flops(config, queries, keys, pairs)) + 2 * index * pairs
    config = at(config, config.layer_types[layer])
    return 4 * config.num_attention_heads * config.head_dim * pairs


def _pairs(config: ModelConfig, tokens: int) -> list[int]:
    """For each layer how many pairs of a query and a key that it sees there are in a text."""
    pairs = []
    for kind, span in zip(config.layer_types, _spans(config), strict=True):
        if kind == "chunked_attention":  # full chunks and a last one, each seen from its own start
            chunks, rest = divmod(tokens, span)
            pairs.append(chunks * _triangle(span) + _triangle(rest))
        elif kind not in SPANS:
            pairs.append(0)
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
