"""What goes wrong while a constrained text is made."""


class ConstraintError(ValueError):
    """A text broke off before its constraint let it end, or a constraint grew beyond all bounds."""
