"""Sentences that rest on numbers: where the numbers no longer bear one out, the cell fails, and with it the build."""


def claim(sentence: str, condition: object) -> None:
    """Print a sentence if it is true.

    Args:
        sentence: what the reader may rely on.
        condition: whether it holds: True or False, or one truth value of numpy or torch.

    Raises:
        AssertionError: if it does not hold.
        TypeError: if the condition is anything but a truth value: most other things count as true.
    """
    holds = condition.item() if hasattr(condition, "item") else condition
    if not isinstance(holds, bool):
        raise TypeError(f"condition: got {holds!r}, allowed True or False")
    if not holds:
        raise AssertionError(sentence)
    print(sentence)
