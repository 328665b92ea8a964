"""The drawings of lesson 04c."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib.classroom.panels.figures import BLACK, LINES


def sharing(queries: int, layouts: Mapping[str, int]) -> Figure:
    """For some numbers of key and value heads: query heads above, and below those that they read."""
    figure, panels = plt.subplots(1, len(layouts), figsize=(7.5, 2))
    for axes, (name, keys) in zip(panels, layouts.items(), strict=True):
        group = queries // keys
        for h in range(queries):
            middle = group * (h // group + 0.5)
            axes.plot((h + 0.5, middle), (1.6, 0.7), color="#333333", linestyle="-", marker="", linewidth=1)
            axes.add_patch(plt.Rectangle((h + 0.08, 1.6), 0.84, 0.6, facecolor="white", edgecolor="black"))
            axes.text(h + 0.5, 1.9, str(h), ha="center", va="center", fontsize=8)
        for g in range(keys):
            middle, width = group * (g + 0.5), min(1.6, group * 0.84)
            box = ((middle - width / 2, 0.1), width, 0.6)
            axes.add_patch(plt.Rectangle(*box, facecolor="#dedede", edgecolor="black"))
            axes.text(middle, 0.4, str(g), ha="center", va="center", fontsize=8)
        axes.set(xlim=(-0.1, queries + 0.1), ylim=(0, 2.3))
        axes.set_title(f"{name}: {keys} kept", loc="center", fontsize=10)
        axes.axis("off")
    panels[0].text(-0.4, 1.9, "query", ha="right", va="center", fontsize=9)
    panels[0].text(-0.4, 0.4, "key/value", ha="right", va="center", fontsize=9)
    return figure


def masks(tables: Mapping[str, Tensor], row: int) -> Figure:
    """Masks [T, T]: dark where the token of the row may look; one row is outlined."""
    figure, panels = plt.subplots(1, len(tables), figsize=(7.5, 2.8))
    for axes, (name, mask) in zip(panels, tables.items(), strict=True):
        axes.imshow(mask, cmap="Greys", vmin=0, vmax=1.6)
        axes.add_patch(plt.Rectangle((-0.5, row - 0.5), len(mask), 1, fill=False, edgecolor="#D55E00", linewidth=2))
        ticks = range(0, len(mask), 4)
        axes.set(title=name, xlabel="looked at", xticks=ticks, yticks=ticks)
        axes.set_xticks([x - 0.5 for x in range(1, len(mask))], minor=True)
        axes.set_yticks([y - 0.5 for y in range(1, len(mask))], minor=True)
        axes.grid(visible=False)
        axes.grid(which="minor", color="white", linestyle="-", linewidth=0.8)
        axes.tick_params(which="minor", length=0)
    panels[0].set_ylabel("who looks (grey: sees)")
    return figure


def costs(lengths: Tensor, looking: Mapping[str, Tensor]) -> Figure:
    """For some layers how much looking costs the last token of a text of some lengths [N], in multiplications of all
    matrices of the layer."""
    figure, axes = plt.subplots(figsize=(7, 2.8))
    for (name, share), line in zip(looking.items(), LINES, strict=False):
        axes.plot(lengths, share, linestyle=line, marker="", label=name)
        if share.max() >= 1:
            at = int(lengths[(share >= 1).nonzero()[0]])
            axes.plot([at], [1], marker="o", color=BLACK, linestyle="")
            axes.annotate(f"{at:,}", (at, 1), (6, -13), textcoords="offset points", fontsize=9)
        else:
            at = int(lengths[share.argmax()])  # from here on level
            axes.plot([at], [float(share.max())], marker="o", color=BLACK, linestyle="")
            axes.annotate(f"{at:,}", (at, float(share.max())), (-4, 6), textcoords="offset points", fontsize=9)
    axes.axhline(1, color=BLACK, linewidth=0.8, linestyle="-", marker="")
    axes.set(xlabel="tokens in the text so far", ylabel="multiplications:\nlooking / matrices")
    axes.set(xlim=(0, float(lengths[-1])), ylim=(0, 1.4))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    figure.legend(loc="outside upper center", ncols=len(looking))
    return figure


def bill(work: Mapping[str, float], kept: Mapping[str, float]) -> Figure:
    """What the latest token of a text costs a layer, in multiplications, and what is kept of the text, in MB."""
    figure, panels = plt.subplots(1, 2, figsize=(7.5, 2.2))
    for axes, amounts, title, most in (
        (panels[0], work, "multiplications, in millions", 36),
        (panels[1], kept, "keys and values kept, in MB", 4300),
    ):
        axes.barh(list(amounts), list(amounts.values()), color="white", edgecolor="black", hatch="//")
        for place, amount in enumerate(amounts.values()):
            axes.text(amount + most / 60, place, f"{amount:,.1f}" if most < 100 else f"{amount:,.0f}", va="center")
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.set(title=title, xlim=(0, 1.25 * most))
        axes.xaxis.set_major_formatter("{x:,.0f}")
    return figure
