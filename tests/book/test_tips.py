"""The glossary's sentences as plain text, and links that carry them."""

from workshop.book.tips import sentences, with_tips
from workshop.glossary import Term

TERMS = [
    Term("Query, key", "What a *token* asks: see [softmax](../notebooks/01.ipynb) and `top_p`.", "04"),
    Term("GQA", 'Heads that "share" keys.', "04b"),
]


def test_a_sentence_is_plain_text():
    assert sentences(TERMS) == {
        "query-key": "What a token asks: see softmax and top_p.",
        "gqa": 'Heads that "share" keys.',
    }


def test_only_links_to_terms_are_changed():
    page = (
        '<a class="reference internal" href="../book/glossary.html#gqa"><span>GQA</span></a>'
        '<a class="reference internal" href="other.html#gqa">other</a>'
        '<a class="reference internal" href="../book/glossary.html#unknown">unknown</a>'
    )
    tip = ' data-tip="Heads that &quot;share&quot; keys."'
    assert with_tips(page, sentences(TERMS)) == page.replace('#gqa"><span>', f'#gqa"{tip}><span>')
