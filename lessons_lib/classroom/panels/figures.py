"""One look for every figure of the course: readable in grey, safe for colour-blind readers, the same on every machine.

`use_style()` stands once in a notebook; `show(fig, alt=...)` displays a figure and keeps its description beside it.
"""

import base64
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The palette of Okabe and Ito without its twins in grey: from dark to light these are 0.00, 0.34, 0.47, 0.64, 0.84.
# Source: M. Okabe and K. Ito, "Color Universal Design", 2008.
BLACK, BLUE, VERMILION, ORANGE, YELLOW = "#000000", "#0072B2", "#D55E00", "#E69F00", "#F0E442"
COLOURS = (BLUE, ORANGE, BLACK, VERMILION, YELLOW)
LINES = ("-", "--", ":", "-.", (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v")
HATCHES = ("", "//", "..", "xx", "\\\\")  # for neighbouring bars and areas

DPI = 144
CSS_PIXELS_PER_INCH = 96


def use_style() -> None:
    """Draw all further figures of this process in the style of the course."""
    import matplotlib

    matplotlib.rcParams.update(style())


def style() -> dict[str, object]:
    """The style as matplotlib settings, for `matplotlib.rc_context`."""
    from matplotlib import cycler

    return {
        "axes.axisbelow": True,
        "axes.edgecolor": "#555555",
        "axes.grid": True,
        "axes.prop_cycle": cycler(color=COLOURS, linestyle=LINES, marker=MARKERS),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 11,
        "figure.constrained_layout.use": True,
        "figure.dpi": DPI,
        "figure.facecolor": "white",
        "figure.figsize": (7, 3.2),
        "font.family": "DejaVu Sans",  # comes with matplotlib, so it is the same everywhere
        "font.size": 10,
        "grid.color": "#dddddd",
        "hatch.linewidth": 0.6,
        "legend.frameon": False,
        "lines.linewidth": 1.8,
        "lines.markersize": 4,
        "savefig.dpi": DPI,
    }


def png(figure: "Figure") -> bytes:
    """A figure as a PNG file that does not name the software that drew it; the figure is closed."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()


def show(figure: "Figure", *, alt: str) -> None:
    """Display a figure with a description for those who can't see it, and close it.

    Args:
        figure: a matplotlib figure.
        alt: what the figure shows, in a sentence or two, with its main numbers.

    Raises:
        ValueError: if `alt` is empty.
    """
    from IPython.display import display

    if not alt.strip():
        raise ValueError("alt must say what the figure shows, got an empty text")
    data, metadata = picture(png(figure), alt)
    display(data, metadata=metadata, raw=True)


def picture(image: bytes, alt: str) -> tuple[dict[str, str], dict[str, dict]]:
    """A PNG and its description as the data and metadata of a notebook output."""
    width = int.from_bytes(image[16:20], "big")  # the first field of a PNG's header
    return (
        {"image/png": base64.b64encode(image).decode(), "text/plain": alt},
        {"image/png": {"alt": alt, "width": width * CSS_PIXELS_PER_INCH // DPI}},
    )
