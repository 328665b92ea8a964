"""A number in the text that no output shows is found, and what is no number of the text is left alone."""

from decimal import Decimal

import pytest

from workshop.audit.numbers import cited_numbers, numbers, significant_digits, unsupported_numbers
from workshop.audit.prose import spans


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("*blue* gets 41.3%", "blue  41.3%"),
        ("49,152 tokens, or −4.412", "49152\n-4.412"),
        ("| word | p |\n|---|---|\n| blue | 0.150 |", "[0.15]"),
        ("In `[0.125, 0.875]` both stand", "0.125 0.875"),
        ("two digits: 0.15, 3.1, 60, 10,000, 0.000000, 2e-5", ""),
        ("`smollm2-135m-instruct`, x86_64 and gpt-4096x", ""),
        ("```\n12345 in a code block\n```", ""),
        ("[Holtzman et al., 2019](https://arxiv.org/abs/1904.09751)", ""),
        ("3.14159 is on record", ""),
    ],
)
def test_supported_numbers_pass(text, printed, notebook):
    assert unsupported_numbers(notebook(text, printed=printed), {Decimal("3.14159")}) == []


@pytest.mark.parametrize(
    ("text", "printed", "number"),
    [
        ("*blue* gets 41.4%", "blue  41.3%", "41.4"),
        ("**0.413**", "0.4131", "0.413"),
        ("| word | p |\n|---|---|\n| blue | 0.151 |", "0.15", "0.151"),
        ("`x = 0.126`", "0.125", "0.126"),
        ("49,153 tokens", "49152", "49153"),
        ("about 134.5M weights", "134", "134.5"),
        ("[0.777](#here)", "", "0.777"),
        ("from 100–317 words", "", "317"),
        ("<details><summary>Answer</summary>0.251</details>", "0.25", "0.251"),
        ("$e^{0.693}$", "", "0.693"),
    ],
)
def test_a_changed_number_is_found(text, printed, number, notebook):
    faults = unsupported_numbers(notebook(text, printed=printed), set())
    assert [fault.cell for fault in faults] == [1]
    assert faults[0].text.startswith(f"{number} stands in the text but in no output")


def test_numbers_in_markup_support_nothing(notebook):
    page = notebook("672 pixels", text_html='<img width="672">', image_png="672")
    assert len(unsupported_numbers(page, set())) == 1
    assert unsupported_numbers(notebook("0.413", text_html="<b>0.413</b>"), set()) == []


@pytest.mark.parametrize(
    ("text", "digits"), [("0.150", 3), ("413", 3), ("10000", 1), ("0.000", 0), ("0.05", 1), ("100.0", 4), ("2019", 4)]
)
def test_significant_digits(text, digits):
    assert significant_digits(Decimal(text)) == digits


def test_numbers_are_read_without_signs_and_commas():
    assert numbers("10,000 and -0.50, then 1,2 or v3.11") == {Decimal(10000), Decimal("0.50"), Decimal(1), Decimal(2)}


def test_cited_facts_need_a_source(tmp_path):
    file = tmp_path / "cited.toml"
    file.write_text('[[fact]]\nvalue = "49,152 tokens"\nsource = "https://example.org/paper"\n')
    assert cited_numbers(file) == {Decimal(49152)}
    for broken in ('value = "49,152"', 'source = "https://example.org"', 'value = "many"\nsource = "a book"'):
        file.write_text(f"[[fact]]\n{broken}\n")
        with pytest.raises(ValueError, match=r"cited.toml: a fact needs a value"):
            cited_numbers(file)


def test_code_blocks_are_no_prose(notebook):
    assert list(spans(notebook("```python\n[a](gone.md) `gone()` 12345\n```"))) == []
