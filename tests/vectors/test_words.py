"""Looking words up, and the word vectors that come with the library, against gensim and the full GloVe file."""

import hashlib
import re
import tomllib

import numpy as np
import pytest

from lessons_lib import assets
from lessons_lib.vectors import WordVectors, analogies, analogy_pairs, hit_rates, questions, words


def test_the_shipped_vectors_are_the_file_that_the_note_beside_it_describes():
    note = words.GLOVE.with_suffix(".txt").read_text(encoding="utf-8")
    digest = hashlib.sha256(words.GLOVE.read_bytes()).hexdigest()
    assert re.search(r"^sha256\s+(\w+)$", note, re.MULTILINE)[1] == digest
    assert "Public Domain Dedication" in note and "workshop.glove" in note


def test_the_shipped_vectors_are_rows_of_the_full_file_in_its_order(glove):
    full = np.load(assets.fetch("glove-6b-50d") / "glove_6B_50d_emb.npy", mmap_mode="r")
    head = np.asarray(full[:26_000]).astype(np.float16)
    places = {row.tobytes(): place for place, row in enumerate(head)}
    found = [places[row.tobytes()] for row in glove.vectors.astype(np.float16)]
    assert len(found) == 20_000 and found == sorted(set(found)) and found[0] == 0
    assert all(word.isalpha() and word == word.lower() for word in glove.index_to_key)


def test_lookups_are_rows(glove, keyed):
    assert "queen" in glove and "qeen" not in glove and len(glove) == 20_000
    np.testing.assert_array_equal(glove["queen"], keyed["queen"])
    np.testing.assert_array_equal(glove[["queen", "king"]], keyed[["queen", "king"]])
    assert glove.similarity("cat", "dog") == pytest.approx(keyed.similarity("cat", "dog"), abs=1e-6)
    assert (glove.vector_size, glove.key_to_index["the"]) == (keyed.vector_size, 0)


@pytest.mark.parametrize(
    ("positive", "negative"),
    [
        ("queen", ()),
        (["king", "woman"], ["man"]),
        (["paris", "italy"], "france"),
        (["good", "bad", "good"], []),
        ((), ["red"]),
    ],
)
def test_most_similar_equals_gensim(glove, keyed, positive, negative):
    found = glove.most_similar(positive, negative, topn=30)
    as_lists = ([words] if isinstance(words, str) else list(words) for words in (positive, negative))
    expected = keyed.most_similar(*as_lists, topn=30)
    assert [word for word, _ in found] == [word for word, _ in expected]
    np.testing.assert_allclose([score for _, score in found], [score for _, score in expected], atol=1e-5)


def test_the_words_asked_about_come_back_when_they_may(glove):
    assert glove.most_similar("queen", topn=1, exclude=False)[0] == ("queen", pytest.approx(1, abs=1e-6))
    assert glove.most_similar(["king", "woman"], "man", topn=1, exclude=False)[0][0] == "king"


def test_a_small_vocabulary_gives_fewer_neighbours():
    small = WordVectors(["up", "down", "left"], [[0, 1], [0, -1], [-1, 0]])
    assert [word for word, _ in small.most_similar("up")] == ["left", "down"]


TWO = [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda glove: glove["qeen"],
            "word: got 'qeen', allowed one of the 20,000 words with a vector; near spellings: queen",
        ),
        (lambda glove: glove["x9!z"], "word: got 'x9!z', allowed one of the 20,000 words with a vector$"),
        (lambda glove: glove.most_similar([]), "positive: got no words, allowed one or more"),
        (lambda glove: glove.most_similar("queen", topn=0), "count: got 0"),
        (lambda glove: glove.most_similar("queen", "queen"), "sum of the words: got length 0.0"),
        (lambda glove: glove.similarity("queen", "Queen"), "word: got 'Queen'"),
        (lambda _: WordVectors([], []), "words: got 0"),
        (lambda _: WordVectors(["a", "a"], TWO), "words: got 2 with 1 different ones"),
        (lambda _: WordVectors(["a"], TWO), r"vectors: got shape \[2, 2\], allowed \[1, C\]"),
        (lambda _: WordVectors(["a", "b"], [1.0, 2.0]), r"vectors: got shape \[2\]"),
        (lambda _: WordVectors(["a", "b"], [[1.0], [np.nan]]), "vectors: got a number that is not finite for 'b'"),
        (lambda _: WordVectors(["a", "b"], [[0.0], [1.0]]).most_similar("a"), "words: got length 0.0"),
    ],
)
def test_bad_input_is_refused_with_the_rule(glove, call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call(glove)
    assert "\n" not in str(caught.value)


def test_the_questions_are_many_and_can_all_be_asked(glove):
    pairs = analogy_pairs()
    assert list(pairs) == list(tomllib.loads(analogies.QUESTIONS.read_text(encoding="utf-8")))
    assert len(pairs) >= 6 and sum(len(questions(some)) for some in pairs.values()) >= 1000
    for some in pairs.values():
        used = [word for pair in some for word in pair]
        assert len(used) == len(set(used)) and all(word in glove for word in used)


def test_hit_rates_equal_gensim(glove, keyed, tmp_path):
    pairs = analogy_pairs()
    file = tmp_path / "questions.txt"
    lines = (f": {name}\n" + "\n".join(map(" ".join, questions(some))) for name, some in pairs.items())
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _, sections = keyed.evaluate_word_analogies(file, restrict_vocab=len(glove), case_insensitive=False)
    expected = {one["section"]: (len(one["correct"]), len(one["correct"]) + len(one["incorrect"])) for one in sections}
    assert hit_rates(glove, pairs) == {name: expected[name] for name in pairs}


def test_questions_about_unknown_words_are_not_counted():
    known = WordVectors(["man", "woman", "king", "queen"], [[1, 0, 0], [0, 1, 0], [1, 0, 3], [0, 1, 3]])
    pairs = {"family": [("man", "woman"), ("king", "queen"), ("uncle", "aunt")], "plurals": [("car", "cars")]}
    rates = hit_rates(known, pairs)
    assert rates == {"family": (2, 2), "plurals": (0, 0)}
    assert (rates["family"].share, rates["plurals"].share) == (1, 0)


def test_without_excluding_the_words_asked_about_a_third_of_the_hits_is_lost(glove):
    family = {"family": analogy_pairs()["family"]}
    with_them, without = hit_rates(glove, family, exclude=False)["family"], hit_rates(glove, family)["family"]
    assert with_them.asked == without.asked == 132 and 0.5 < with_them.share < without.share - 0.1
