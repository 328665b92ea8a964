"""The texts: known lines, known counts, and nothing left of the formats they came in."""

import yaml

from lessons_lib import assets
from lessons_lib.corpora import conversations, shakespeare, world_english_bible


def test_shakespeare_is_38_plays_of_plain_text():
    text = shakespeare()
    lines = text.split("\n")
    assert lines[0] == "A Midsummer Night's Dream"
    assert lines.count("ACT I") == 38
    assert "HAMLET\nTo be, or not to be: that is the question:\nWhether 'tis nobler in the mind to suffer\n" in text
    assert "\n\nRomeo and Juliet\n\nACT I\n\nPROLOGUE\n" in text
    assert 4_900_000 < len(text) < 5_000_000


def test_shakespeare_has_no_marks_of_markdown():
    text = shakespeare()
    assert not set(text) & set("*_#\\")
    assert not any(line.endswith(" ") for line in text.split("\n"))
    assert text.endswith("\n") and not text.endswith("\n\n")


def test_the_bible_has_one_verse_a_line():
    verses = world_english_bible().removesuffix("\n").split("\n")
    assert len(verses) == 31_102  # as printed Bibles of 66 books count them
    assert verses[0] == "In the beginning God created the heavens and the earth."
    assert verses.count("Jesus wept.") == 1
    assert verses[-1] == "The grace of the Lord Jesus be with all the saints. Amen."
    assert all(verse == " ".join(verse.split()) for verse in verses)


def test_the_bible_writes_apostrophes_and_no_names_of_the_format():
    text = world_english_bible()
    assert "God's Spirit was hovering over the surface of the waters." in text
    assert "`" not in text and "Book." not in text
    assert 4_000_000 < len(text) < 4_100_000


def test_the_conversations_are_those_that_a_yaml_library_reads():
    expected = []
    for file in sorted(assets.fetch("chatterbot-english").glob("*.yml")):
        for turns in yaml.safe_load(file.read_text(encoding="utf-8"))["conversations"]:
            expected.append(
                (file.stem, turns if isinstance(turns, str) else tuple(turn.rstrip("\n") for turn in turns))
            )
    found = conversations()
    assert len(found) == 2_026
    bingo = 'In a game of bingo, which number is represented by the phrase "two little ducks"?'
    # One conversation lacks a dash: to YAML it is one string, with the answer's own dash in it.
    [(ours, theirs)] = [(tuple(a), b) for a, b in zip(found, expected, strict=True) if tuple(a) != b]
    assert ours == ("trivia", (bingo, "22")) and theirs == ("trivia", f"{bingo} - '22'")


def test_the_conversations_are_as_dirty_as_they_came():
    texts = [conversation.text for conversation in conversations()]
    assert len(set(texts)) == 899
    assert texts.count("My printer is not printing.\nEnsure it's powered on and has paper, then restart it.") == 121
    assert "Which African country was formerly known as Abyssinia?\nEthiopia\u00a0" in texts
    assert any("two vultures boarded a plane" in text and "  stewardess stops them" in text for text in texts)
    assert "```\ndef quicksort(arr):\n    if len(arr) <= 1:\n        return arr\n" in "\n".join(texts)
