"""Formulas as MathML, made when the book is built: browsers draw it without a script."""

from html import escape

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def connect(app: Sphinx) -> None:
    """Make `mathml` a way to write formulas."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))


def mathml(formula: str, display: str) -> str:
    """A formula in LaTeX as MathML that also says its LaTeX; `display` is `inline` or `block`."""
    return convert(formula, display=display).replace("<math ", f'<math alttext="{escape(formula)}" ', 1)


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(mathml(node.astext().strip(), "inline"))
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.math_block) -> None:
    # What is too wide for a phone scrolls by itself, for which it must take the focus.
    formula = mathml(node.astext().strip(), "block")
    translator.body.append(f'<div class="formula" tabindex="0">{formula}</div>')
    raise nodes.SkipNode
