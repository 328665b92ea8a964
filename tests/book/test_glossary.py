"""The glossary's sentences as plain text, and links that carry them."""

from workshop.book.glossary import sentences, with_tips

TEXT = """# Glossary

## Query, key
What a *token* asks: see [softmax](../notebooks/01.ipynb) and `top_p`. ([Lesson 04](../notebooks/04.ipynb))

## GQA
Heads that "share" keys. ([Lesson 04b](../notebooks/04b.ipynb))
"""


def test_a_sentence_is_plain_text_without_its_lesson():
    assert sentences(TEXT) == {
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
    assert with_tips(page, sentences(TEXT)) == page.replace('#gqa"><span>', f'#gqa"{tip}><span>')
