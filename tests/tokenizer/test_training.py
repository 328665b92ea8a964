"""Training finds the merges that two other libraries find, ties included, however the text is read."""

import json
import os
import random
import subprocess
import sys
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
import rustbpe
from effort import examples, within
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as PeerTokenizer
from tokenizers import models, pre_tokenizers, trainers

from lessons_lib.corpora import shakespeare, world_english_bible
from lessons_lib.tokenizer.encoding.split import SPLITS, splitter
from lessons_lib.tokenizer.training import compiled, compiled_counting, counting, incremental, plain, train, train_bpe
from lessons_lib.tokenizer.training.source import blocks

STAGES = [plain.learn_merges, incremental.learn_merges, compiled.learn_merges]
COUNTERS = [counting.count_pieces, compiled_counting.count_pieces]
GPT4 = (  # as tiktoken words it
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
LETTERS = [chr(0x4E00 + byte) for byte in range(256)]  # one for each byte, in byte order

pieces = st.dictionaries(
    st.lists(st.sampled_from(b"abcd"), min_size=1, max_size=9).map(bytes), st.integers(1, 4), max_size=7
)
few_letters = st.dictionaries(
    st.lists(st.sampled_from(b"ab"), min_size=1, max_size=14).map(bytes), st.integers(1, 3), max_size=5
)


def merges_of_tokenizers(counts, most):
    """Train the `tokenizers` library on the same pieces. Its ids follow the order of its letters, so of the bytes."""
    peer = PeerTokenizer(models.BPE())
    peer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=256 + most, initial_alphabet=LETTERS, show_progress=False)
    words = ("".join(LETTERS[byte] for byte in piece) for piece in counts)
    peer.train_from_iterator((" ".join([word] * n) for word, n in zip(words, counts.values(), strict=True)), trainer)
    model = json.loads(peer.to_str())["model"]
    return [(model["vocab"][left], model["vocab"][right]) for left, right in model["merges"]]


def tokens_of_rustbpe(texts, vocab_size, pattern=GPT4):
    peer = rustbpe.Tokenizer()
    peer.train_from_iterator(texts, vocab_size, pattern=pattern)
    return [bytes(token) for token, _ in peer.get_mergeable_ranks()]


def tokens_of(merges):
    tokens = [bytes([byte]) for byte in range(256)]
    for left, right in merges:
        tokens.append(tokens[left] + tokens[right])
    return tokens


@pytest.fixture(scope="module")
def corpora():
    code = "".join(
        file.read_text(encoding="utf-8") for file in sorted(Path(json.__file__).parents[1].glob("[a-d]*.py"))
    )
    return {"plays": shakespeare()[:1_500_000], "bible": world_english_bible()[:1_500_000], "code": code}


@pytest.mark.parametrize("learn_merges", STAGES)
def test_merges_by_hand(learn_merges):
    # At first lo, ow and we occur five times each, then low and we, then five pairs three times.
    counts = {b"low": 2, b"lower": 2, b"slow": 1, b"newest": 3}
    assert tokens_of(learn_merges(counts, 4))[256:] == [b"lo", b"we", b"ewe", b"newe"]
    assert learn_merges({b"aaaa": 1, b"bab": 1}, 9) == [(97, 97), (97, 98), (98, 257), (256, 256)]
    assert learn_merges({}, 5) == [] and learn_merges({b"a": 3}, 5) == [] and learn_merges({b"ab": 1}, 0) == []


@pytest.mark.parametrize("corpus", [pieces, few_letters], ids=["letters", "few letters"])
@pytest.mark.parametrize("learn_merges", STAGES)
def test_merges_of_small_corpora_equal_those_of_tokenizers(learn_merges, corpus):
    @given(counts=corpus, most=st.integers(0, 30))
    @settings(max_examples=examples(150))
    def check(counts, most):
        assert learn_merges(counts, most) == merges_of_tokenizers(counts, most)

    check()


@given(texts=st.lists(st.text("ab c", max_size=20), min_size=1, max_size=6), most=st.integers(1, 20))
@settings(max_examples=examples(150))
def test_tokens_of_small_corpora_equal_those_of_rustbpe(texts, most):
    counts = Counter(word.encode() for text in texts for word in text.split())
    assert tokens_of(compiled.learn_merges(counts, most)) == tokens_of_rustbpe(texts, 256 + most, r"[^ ]+")


def test_the_rules_are_those_of_the_reference():
    assert merges_of_tokenizers({b"abcd": 1, b"aaa": 1}, 1) == [(97, 97)]  # twice in aaa, where one can be joined
    assert merges_of_tokenizers({b"ba": 1, b"ab": 1}, 1) == [(97, 98)]  # the lowest pair, not the first one met
    assert merges_of_tokenizers({b"xy": 2, b"ab": 1}, 2) == [(120, 121), (97, 98)]  # pairs that occur once, too


@pytest.mark.parametrize("name", ["plays", "bible", "code"])
def test_merges_of_real_text_equal_those_of_tokenizers(corpora, name):
    counts = compiled_counting.count_pieces([corpora[name]], "gpt2")
    assert compiled.learn_merges(counts, 8000) == merges_of_tokenizers(counts, 8000)


@pytest.mark.parametrize("name", ["plays", "bible", "code"])
def test_tokenizers_of_real_text_equal_those_of_rustbpe(corpora, name):
    tokenizer = train_bpe(corpora[name], 6000)
    peer = rustbpe.Tokenizer()
    peer.train_from_iterator([corpora[name]], 6000, pattern=GPT4)
    assert [tokenizer.token_bytes(i) for i in range(6000)] == [bytes(token) for token, _ in peer.get_mergeable_ranks()]
    sample = corpora["bible"][-50_000:]
    assert tokenizer.encode(sample) == peer.encode(sample)


def test_the_three_stages_agree_on_real_text(corpora):
    counts = counting.count_pieces([corpora["plays"][:40_000]], "o200k")
    first, second, third = (learn_merges(counts, 250) for learn_merges in STAGES)
    assert len(first) == 250 and first == second == third
    counts = counting.count_pieces([corpora["code"][:300_000]], "llama3")
    assert incremental.learn_merges(counts, 5000) == compiled.learn_merges(counts, 5000)


@given(counts=pieces, chance=st.randoms(use_true_random=False))
@settings(max_examples=examples(50))
def test_the_order_of_pieces_does_not_matter(counts, chance):
    shuffled = list(counts.items())
    chance.shuffle(shuffled)
    assert len({tuple(learn_merges(c, 20)) for learn_merges in STAGES for c in (counts, dict(shuffled))}) == 1


def test_large_counts():
    counts = {b"ab": 10**15, b"cd": 10**15 + 1, b"bc": 3}
    assert compiled.learn_merges(counts, 3) == incremental.learn_merges(counts, 3) == [(99, 100), (97, 98), (98, 99)]


@pytest.mark.parametrize("piece", [b"a" * 300_000, b"ab" * 150_000, random.Random(0).randbytes(300_000)])
def test_one_long_piece_takes_linear_time(piece):
    compiled.learn_merges({b"aab": 1}, 2)
    assert len(within(1, lambda: compiled.learn_merges({piece: 1}, 2000))) <= 2000


def test_progress_adds_up_to_the_merges():
    counts = counting.count_pieces([shakespeare()[:20_000]], "gpt2")
    for learn_merges in STAGES[1:]:
        reports = []
        merges = learn_merges(counts, 1000, reports.append)
        assert sum(reports) == len(merges) == 1000 and len(reports) > 1


@pytest.mark.parametrize("split", SPLITS)
def test_counts_equal_those_of_the_pattern(split, strings, corpora):
    texts = [*strings, corpora["code"][:100_000], "x" * 100_000, *map(str, range(9000))]
    wanted = Counter(piece.encode() for text in texts for piece in splitter(split)(text))
    for count_pieces in COUNTERS:
        assert count_pieces(texts, split) == wanted


@pytest.mark.parametrize("count_pieces", COUNTERS)
def test_lone_surrogates_are_refused(count_pieces):
    with pytest.raises(ValueError, match=r"text: got the lone surrogate '\\ud800' at 1, allowed Unicode text"):
        count_pieces(["fine", "a\ud800"], "gpt2")


def test_the_place_of_a_lone_surrogate_is_that_in_the_text():
    with pytest.raises(ValueError, match="at 600000, allowed"):
        train_bpe("a b " * 150_000 + "\udfff", 300)


EDGES = [*"abAZéß中\u0301ſ019½ \t\n\r\u3000.,'’/!-🙂", "'s", "'LL", "  ", "\r\n", "<|end|>", "<|", "|>"]


@pytest.mark.parametrize("split", SPLITS)
def test_blocks_of_any_size_have_the_pieces_of_the_whole(split, strings):
    chance = random.Random(split)
    edges = ["".join(chance.choices(EDGES, k=60)) for _ in range(10)]
    for text in [*edges, *chance.sample(strings, 20)]:
        wanted = counting.count_pieces(text.split("<|end|>"), split)
        for size in range(1, 51):
            assert counting.count_pieces(blocks(text, ["<|end|>"], size), split) == wanted, (size, text)


@pytest.mark.parametrize("split", SPLITS)
@given(text=st.lists(st.sampled_from(EDGES), max_size=30).map("".join), size=st.integers(1, 12))
@settings(max_examples=examples(100))
def test_blocks_have_the_pieces_of_the_whole(split, text, size):
    names = ["<|end|>", "|>", "a<|", "<|end|>a"]  # they overlap: the first one counts, and there the longest
    wanted = counting.count_pieces(texts_between(text, names), split)
    assert counting.count_pieces(blocks(text, names, size), split) == wanted


def texts_between(text, names):
    texts, start, place = [], 0, 0
    while place < len(text):
        length = max((len(name) for name in names if text.startswith(name, place)), default=0)
        if length:
            texts.append(text[start:place])
            start = place + length
        place += length or 1
    return [*texts, text[start:]]


def test_blocks_are_no_larger_than_needed():
    text = "one two\n" * 1000
    assert "".join(blocks(text, size=100)) == text
    assert max(map(len, blocks(text, size=100))) <= 108
    assert list(blocks("x" * 1000, size=100)) == ["x" * 1000]  # nowhere to cut
    assert list(blocks("", size=100)) == list(blocks([], size=100)) == []


def test_a_text_without_a_place_to_cut_takes_linear_time():
    assert len(within(4, lambda: list(blocks("x" * 4_000_000, ["<|end|>"], 1 << 14)))) == 1


def same(one, other):
    tables = [([t.token_bytes(i) for i in range(t.vocab_size)], t.special_tokens) for t in (one, other)]
    return tables[0] == tables[1] and one.encode("The sun’s 12\n  ") == other.encode("The sun’s 12\n  ")


@pytest.fixture(scope="module")
def plays(corpora):
    return [corpora["plays"][start : start + 60_000] for start in (0, 200_000, 400_000)]


def test_texts_files_and_iterators_are_the_same_source(plays, tmp_path):
    files = [tmp_path / f"{n}.txt" for n in range(3)]
    for file, text in zip(files, plays, strict=True):
        file.write_bytes(text.encode())
    trained = train_bpe(plays, 500)
    for source in (files, iter(files), tuple(plays), (text for text in plays), [plays[0], files[1], plays[2]]):
        assert same(train_bpe(source, 500), trained)
    assert same(train_bpe(files[0], 500), train_bpe(plays[0], 500))
    assert not same(train_bpe(plays[0], 500), trained)
    joined = train_bpe("<|end|>".join(plays), 501, special_tokens=["<|end|>"])
    assert [joined.token_bytes(i) for i in range(500)] == [trained.token_bytes(i) for i in range(500)]


def test_line_ends_of_files_are_kept(tmp_path):
    (tmp_path / "dos.txt").write_bytes(b"a\r\nb\r\n" * 9)
    tokenizer = train_bpe(tmp_path / "dos.txt", 257)
    assert tokenizer.token_bytes(256) == b"\r\n"


def test_ids_are_bytes_then_merges_then_special_tokens(plays):
    plain_one, special = train_bpe(plays, 400), train_bpe(plays, 402, special_tokens=["<|b|>", "<|a|>"])
    assert [special.token_bytes(i) for i in range(256)] == [bytes([byte]) for byte in range(256)]
    assert [special.token_bytes(i) for i in range(400)] == [plain_one.token_bytes(i) for i in range(400)]
    assert special.special_tokens == {"<|b|>": 400, "<|a|>": 401} and special.vocab_size == 402
    assert special.encode("a<|a|>", allow_special=True) == [97, 401]
    assert 401 not in special.encode("a<|a|>")


def test_special_tokens_end_texts_and_are_not_learned():
    text = "ab<|end|>" * 50 + "xy"
    assert train_bpe(text, 258, special_tokens=["<|end|>"]).vocab_size == 258
    learned = train_bpe(text, 300, special_tokens=["<|end|>"])
    assert [learned.token_bytes(i) for i in range(256, learned.vocab_size)] == [b"ab", b"xy", b"<|end|>"]
    assert train_bpe(text, 300).vocab_size > 260


def test_text_comes_back(plays):
    tokenizer = train_bpe(plays, 1000, pattern="o200k")
    text = plays[1] + "日本語 🙂 \0\x04 ½"
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text and max(ids) < 1000
    assert len(ids) < 0.45 * len(text.encode())


@pytest.mark.parametrize("pattern", SPLITS)
def test_every_pattern_can_be_trained(pattern, plays):
    tokens = tokens_of(incremental.learn_merges(counting.count_pieces(plays[:1], pattern), 150))
    tokenizer = train_bpe(plays[0], 406, pattern)
    assert [tokenizer.token_bytes(i) for i in range(406)] == tokens


def test_small_texts_give_fewer_tokens():
    assert train_bpe("a b", 10**12).vocab_size == 257  # " b"
    assert train_bpe("a", 1000, special_tokens=["<|end|>"]).special_tokens == {"<|end|>": 256}


def test_without_numba_the_result_is_the_same(plays, monkeypatch):
    fast = train_bpe(plays, 600)
    monkeypatch.setattr(train, "find_spec", lambda name: None)
    monkeypatch.setattr(compiled, "learn_merges", None)
    assert same(train_bpe(plays, 600), fast)


def test_the_hash_seed_has_no_say():
    program = (
        "from lessons_lib.tokenizer.training import train_bpe\n"
        "t = train_bpe('the cat sat on the mat that the rat ate, ab ba', 300, special_tokens={'<a>': 1, '<b>': 2})\n"
        "print([t.token_bytes(i) for i in range(t.vocab_size)])"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parents[2],
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "2")
    ]
    outputs = [process.communicate()[0] for process in processes]
    assert outputs[0] == outputs[1] and b"the" in outputs[0]


def test_text_is_never_held_whole(tmp_path):
    line = "All that glitters is not gold; often have you heard that told.\n"
    file = tmp_path / "large.txt"
    with file.open("w", encoding="utf-8", newline="") as out:
        out.writelines(line * 1000 for _ in range(300))
    size = file.stat().st_size  # 19 MB
    train_bpe(line, 300)
    tracemalloc.start()
    for source in (file, (line * 1000 for _ in range(300))):
        train_bpe(source, 300)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size / 3


def test_an_interrupt_leaves_nothing_broken(plays):
    def interrupted():
        yield plays[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_bpe(interrupted(), 300)
    assert train_bpe(plays[0], 300).vocab_size == 300


def test_short_work_shows_no_bar(plays, capsys):
    train_bpe(plays[0], 300)
    assert capsys.readouterr() == ("", "")


def test_long_work_shows_a_bar_if_wanted(plays, capsys, monkeypatch):
    monkeypatch.setattr(train, "_QUIET_SECONDS", 0)
    train_bpe(plays[0], 300)
    shown = capsys.readouterr().err
    assert "Reading" in shown and "Merging" in shown and "44/44" in shown
    train_bpe(plays[0], 300, show_progress=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", 255), "vocab_size: got 255, allowed 256 or more: 256 bytes, 0 special tokens and any number of merges"),
        (("a", 257, "gpt4", ["<a>", "<b>"]), "vocab_size: got 257, allowed 258 or more"),
        (("a", 300.0), "vocab_size: got 300.0, allowed 256 or more"),
        (("a", 300, "gpt9"), "pattern: got 'gpt9', allowed gpt2, gpt4, llama3"),
        (("a", 300, "gpt4", "<a>"), "special_tokens: got one str, allowed a list of names"),
        (("a", 300, "gpt4", ["<a>", "<a>"]), r"special_tokens\[1\]: got '<a>', allowed a name that no other token has"),
        (("a", 300, "gpt4", [""]), r"special_tokens\[0\]: got '', allowed"),
        (("a", 300, "gpt4", [b"<a>"]), r"special_tokens\[0\]: got b'<a>', allowed"),
        (("", 300), "source: got no text, allowed at least one character"),
        (([], 300), "source: got no text"),
        (("<a>", 300, "gpt4", ["<a>"]), "source: got no text"),
        ((b"abc", 300), r"source: got bytes, allowed texts \(str\) and files \(pathlib.Path\)"),
        ((["a", None], 300), r"source\[1\]: got NoneType, allowed texts"),
        (("a\udc80", 300), r"text: got the lone surrogate '\\udc80' at 1, allowed Unicode text"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        train_bpe(*arguments)


def test_files_that_are_no_text_are_named(tmp_path):
    (tmp_path / "photo.txt").write_bytes(b"abc \xff\xd8")
    with pytest.raises(ValueError, match=r"photo\.txt: got byte 0xFF, allowed UTF-8 text$"):
        train_bpe(tmp_path / "photo.txt", 300)
    with pytest.raises(FileNotFoundError):
        train_bpe(tmp_path / "missing.txt", 300)
