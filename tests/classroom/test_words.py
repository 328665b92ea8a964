"""What a learner writes is kept and comes back; the answer is folded; the stored cell is nobody's."""

import pytest

from lessons_lib.classroom import record, registry, say
from lessons_lib.classroom.words import InYourWords

ASKED = (
    InYourWords("why", "Why a `vocabulary`?", "Because a model <chooses>.", "1. What does it choose between?"),
    InYourWords("how", "How?", "So.", "2. How"),
)


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    monkeypatch.setattr(registry.lesson("01"), "WORDS", ASKED)


def parts(saying, place=0):
    return saying.panels[place].children


def test_what_is_written_is_kept_and_is_there_again():
    _, area, kept, _ = parts(say("why"))
    assert area.value == ""
    area.value = "It chooses & reads <b>."
    assert kept.value == '<div role="status">Kept: 5 words.</div>'
    assert record.read()["words"] == ["why"]
    _, again, kept, _ = parts(say("how", "why"), 1)
    assert again.value == "It chooses & reads <b>." and "Kept" not in kept.value
    again.value = "Choosing"
    assert "Kept: 1 word." in kept.value


def test_too_long_a_text_and_a_full_disk_are_told(progress_file):
    _, area, kept, _ = parts(say("why"))
    area.value = "x" * (record.LONGEST + 1)
    assert "not saved: 10,001 characters" in kept.value and 'role="status"' in kept.value
    progress_file.mkdir()
    area.value = "short"
    assert "progress was not saved" in kept.value


def test_the_answer_is_folded_and_leads_to_its_section():
    *_, answer = parts(say("why"))
    for page in (answer.value, say("why")._repr_html_()):
        before, _, folded = page.partition("<details>")
        assert "Because" not in before
        assert "Because a model &lt;chooses&gt;." in folded
        assert '<a href="#1.-What-does-it-choose-between?" ' in folded
        assert ">1. What does it choose between?</a>" in folded


def test_what_is_stored_does_not_depend_on_what_was_written():
    before = say("why", "how")._repr_mimebundle_()
    parts(say("why"))[1].value = "Mine"
    after = say("why", "how")._repr_mimebundle_()
    for kind in ("text/plain", "text/html"):
        assert before[kind] == after[kind] and "Mine" not in after[kind]
    assert before["text/plain"].count("\n") == 1
    assert before["text/html"].count("<details>") == 2
    assert "<code>vocabulary</code>" in before["text/html"]


def test_unknown_and_missing_names_fail_the_cell():
    with pytest.raises(ValueError, match="'hwo' is not one of the WORDS of the course; did you mean 'how'"):
        say("why", "hwo")
    with pytest.raises(ValueError, match="say needs the id of a question, got none"):
        say()
