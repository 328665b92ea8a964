"""Two models side by side: one block of each drawn part by part, what differs marked, and what each one costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lessons_lib.classroom.lessons.lesson10.switches import SILENT, differing, switches
from lessons_lib.config import ModelConfig, costs

if TYPE_CHECKING:
    from ipywidgets import SelectionSlider
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Named = tuple[str, ModelConfig]
Line = tuple[str, tuple[str, ...]]  # of a drawing: what it says, and the switches that it speaks of
MARK = "◆ "


def draw_pair(left: Named, right: Named, tokens: int) -> tuple[Figure, str]:
    """Draw the blocks of two models; a line that speaks of a switch which they set differently bears a mark.

    Args:
        left, right: a name and a config each.
        tokens: length of the text whose cache is counted; a model with a shorter context reads as much as it can.

    Returns:
        The figure, and the same in a line of text.
    """
    import matplotlib.pyplot as plt

    differs = differing(left[1], right[1])
    figure, axes = plt.subplots(1, 2)
    heights = []
    for ax, (name, config) in zip(axes, (left, right), strict=True):
        heights.append(_draw_block(ax, config, set(differs)))
        ax.set_title(name, fontweight="bold")
        ax.text(-0.3, -0.35, "\n".join(_costs(config, tokens)), va="top", fontsize=9, linespacing=1.3)
    top, bottom = max(heights) + 0.2, -2.2
    for ax in axes:
        ax.set(xlim=(-0.4, 5.8), ylim=(bottom, top))
        ax.axis("off")
    figure.set_size_inches(8.4, 0.5 * (top - bottom))  # so that boxes fit their text, however many there are
    apart = "; ".join(f"{name} {' / '.join(values)}" for name, values in differs.items()) or "no switch"
    said = [f"{name}: {', '.join(_costs(config, tokens))}" for name, config in (left, right)]
    return figure, f"{left[0]} / {right[0]}: {apart}. " + ". ".join(said)


def sliders(names: list[str]) -> dict[str, SelectionSlider]:
    """What the panel is moved by: two of the models by name, and the length of a text."""
    from ipywidgets import SelectionSlider

    lengths = [2**n for n in range(10, 18)]
    chosen = {"left": (names, "mixtral-8x7b"), "right": (names, "deepseek-v3"), "context": (lengths, 32768)}
    return {
        what: SelectionSlider(options=options, value=value, continuous_update=False)
        for what, (options, value) in chosen.items()
    }


def _draw_block(ax: Axes, config: ModelConfig, marked: set[str]) -> float:
    """The stream as a thick line from the bottom up, and a branch for each of the two parts; gives the height."""
    norm = [(switches(config)["norm"], ("norm", "norm place"))]
    before, after, on_stream = ([norm] if config.norm_placement in places else [] for places in _PLACES)
    y = _box(ax, -0.2, 0.1, _embedding(config), marked, 5.4)
    bottom = y
    for part in (_attention(config), _feed_forward(config)):
        low = y + 0.25
        y = low + 0.2
        for lines in (*before, part, *after):
            y = _box(ax, 1.1, y, lines, marked, 4.1) + 0.12
        y += 0.15
        ax.plot([0.35, 3.15, 3.15, 0.35], [low, low, y, y], "k-", linewidth=1, marker="", zorder=0)
        ax.plot(0.35, y, "ko", markersize=9, markerfacecolor="white")
        ax.text(0.35, y, "+", ha="center", va="center", fontsize=9)
        for lines in on_stream:
            y = _box(ax, -0.2, y + 0.2, lines, marked, 2.2)
    ax.text(5.5, (bottom + y) / 2, f"{config.num_hidden_layers} times", rotation=270, va="center", fontsize=9)
    end = y + 0.3
    ax.plot([0.35, 0.35], [bottom, end], "k-", linewidth=3.5, marker="", zorder=-1, solid_capstyle="butt")
    return _box(ax, -0.2, end, _head(config), marked, 5.4)


# Where a norm stands before a part, behind it on the branch, and on the stream itself.
_PLACES = (("pre", "sandwich", "parallel", "parallel_two"), ("sandwich", "output"), ("post",))


def _box(ax: Axes, x: float, y: float, lines: list[Line], marked: set[str], width: float) -> float:
    """A box with its lower left corner at x, y; gives the height of its upper edge."""
    from matplotlib.patches import Rectangle

    texts = [(MARK if marked.intersection(about) else "") + text for text, about in lines]
    height = 0.3 + 0.33 * len(texts)
    ax.add_patch(Rectangle((x, y), width, height, facecolor="white", edgecolor="black"))
    ax.text(x + width / 2, y + height / 2, "\n".join(texts), ha="center", va="center", fontsize=9, linespacing=1.25)
    return y + height


def _embedding(config: ModelConfig) -> list[Line]:
    lines: list[Line] = [(f"embedding: {config.vocab_size:,} tokens, width {config.hidden_size:,}", ())]
    if config.embedding_multiplier != 1:
        lines.append((switches(config)["embedding"], ("embedding",)))
    if config.position_embedding_type == "learned":
        lines.append(("plus a learned vector for each place", ("positions",)))
    return lines


def _attention(config: ModelConfig) -> list[Line]:
    c, said = config, switches(config)
    heads = f"{c.num_attention_heads} heads of queries, {c.head_dim} wide"
    keys = [f"{c.num_key_value_heads} head{'s' * (c.num_key_value_heads > 1)} of keys and values"]
    if c.kv_lora_rank:
        parts = f"{c.head_dim - c.qk_rope_head_dim} + {c.qk_rope_head_dim} turned"
        heads = f"{c.num_attention_heads} query heads, {parts}"
        keys = [f"keys and values from a latent of {c.kv_lora_rank}", f"and one turned key, {c.qk_rope_head_dim} wide"]
        keys += [f"queries from a latent of {c.q_lora_rank:,}"] if c.q_lora_rank else []
    bounds = {"window": c.sliding_window, "chunks": c.attention_chunk_size}
    spans = [f"{word} of {bounds[word]:,}" if word in bounds else word for word in said["sight"].split(" and ")]
    lines = [("attention", ()), (heads, ("head width",)), *((line, ("keys",)) for line in keys)]
    if c.position_embedding_type != "learned":
        lines.append((f"positions: {said['positions']}", ("positions",)))
    lines.append((f"sight: {' and '.join(spans)}", ("sight",)))
    optional = {
        "rope scaling": "rotation scaled: {}",
        "q/k norm": "q and k normed {}",
        "biases": "biases: {}",
        "score cap": f"scores capped at {c.attn_logit_softcapping or 0:g}",
        "temperature": "sharper far into a text",
    }
    return lines + [(text.format(said[name]), (name,)) for name, text in optional.items() if said[name] != "none"]


def _feed_forward(config: ModelConfig) -> list[Line]:
    c, said = config, switches(config)
    lines: list[Line] = [(f"feed-forward, {said['feed-forward']}", ("feed-forward",))]
    if len(c.moe_layers) < c.num_hidden_layers:
        where = f" in {c.num_hidden_layers - len(c.moe_layers)} layers" if c.moe_layers else ""
        lines.append((f"{c.intermediate_size:,} wide{where}", ("experts",) if c.moe_layers else ()))
    if c.moe_layers:
        some = f"{c.num_experts_per_tok} of {c.num_local_experts} experts, {c.moe_intermediate_size:,} wide"
        how = said["router"].split(", ")
        lines += [(some, ("experts",)), (f"router: {', '.join(how[:3])}", ("router",))]
        lines += [(", ".join(how[3:]), ("router",))] if how[3:] else []  # what one line has no room for
    if c.n_shared_experts:
        lines.append((f"and a shared one, {c.n_shared_experts * c.moe_intermediate_size:,} wide", ("experts",)))
    return lines


def _head(config: ModelConfig) -> list[Line]:
    said = switches(config)
    last = "" if config.norm_placement == "post" else f"{said['norm']}, "
    lines: list[Line] = [(f"{last}head: {said['head']}", ("head", "norm") if last else ("head",))]
    if config.final_logit_softcapping:
        lines.append((f"scores capped at {config.final_logit_softcapping:g}", ("final cap",)))
    return lines + [(f"{name}: {said[name]}", (name,)) for name in SILENT if name in said]


def _costs(config: ModelConfig, tokens: int) -> list[str]:
    total, active = costs.num_parameters(config), costs.num_active_parameters(config)
    read = min(tokens, config.max_position_embeddings)
    cut = ", its longest" if read < tokens else ""
    return [
        f"{total:,} parameters",
        f"{active:,} of them for each token",
        f"{costs.weight_bytes(config, 16) / 1e9:,.1f} GB of weights at 16 bits",
        f"{costs.kv_cache_bytes(config, read, bits=16) / 1e9:,.3f} GB of cache for {read:,} tokens{cut}",
    ]
