"""What several exercises of lesson 00 use: the shower that lesson measures, and the line that it fits."""

import numpy as np

KNOB = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
WARMER = np.array([-4.0, -1.2, 2.4, 4.8, 8.0])


def slopes(x, y, a, b):
    """The slopes of the loss of the line a x + b for its two numbers."""
    error = a * x + b - y
    return 2 * np.mean(error * x), 2 * np.mean(error)
