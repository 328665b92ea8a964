"""The two texts: known lines, known counts, and nothing left of the formats they came in."""

from lessons_lib.corpora import shakespeare, world_english_bible


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
