"""A link that leads nowhere and a picture without a description are found."""

import nbformat
import pytest

from workshop.audit.links import broken_links
from workshop.audit.outputs import METADATA


@pytest.fixture
def folder(tmp_path, notebook):
    (tmp_path / "notes.md").write_text("# How sure should it be?\n\n<a id='no'></a><a id=\"here\"></a>\n")
    other = notebook("## 2. The `top_p` filter: why?")
    other.metadata = nbformat.from_dict(METADATA)
    nbformat.write(other, tmp_path / "other.ipynb")
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        "[a](notes.md)",
        "[a](notes.md#how-sure-should-it-be)",
        "[a](notes.md#here)",
        "[a](other.ipynb#2.-The-top_p-filter:-why?)",
        "[a](other.ipynb#2.-The-top_p-filter%3A-why%3F)",
        "# Top p\n\n[a](#top-p)",
        "![bars](notes.md)",
        "[a](https://example.org/x?y=1#z)",
        '<img src="x" alt="bars">',
    ],
)
def test_good_links_pass(text, folder, notebook):
    assert broken_links(notebook(text), folder) == []


@pytest.mark.parametrize(
    "text",
    [
        "[a](gone.md)",
        "[a](notes.md#how-sure)",
        "[a](other.ipynb#gone)",
        "[a](other.ipynb#2-the-top_p-filter-why)",
        "[a](#gone)",
        "![](notes.md)",
        "![bars](gone.png)",
        "[a](http://example.org)",
        "[a](https://nowhere)",
        "[a](ftp://example.org/file)",
        "[![badge](https://example.org/b.svg)](gone.md)",
        '<img src="x">',
        'a <img src="x" alt=""> b',
        "<script>alert(1)</script>",
        '<iframe title="a" width="9"></iframe>',
    ],
)
def test_a_broken_link_is_found(text, folder, notebook):
    assert len(broken_links(notebook(text), folder)) == 1
