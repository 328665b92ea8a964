"""The tokenizer's benchmarks do the same work on all sides and run from the command line."""

import io

import pytest
from PIL import Image

from benchmarks import bpe_training, encoding
from benchmarks.peers import Models


def test_trainers_learn_the_same_number_of_tokens(tmp_path):
    file = tmp_path / "text.txt"
    file.write_bytes(bpe_training.english(10_000))
    assert [trainer()(file, 400) for trainer in bpe_training.TRAINERS.values()] == [400] * 5


def test_training_text_has_the_size_asked_for_and_new_words_in_every_copy():
    text = bpe_training.english(10_000_000)
    assert len(text) == 10_000_000 and text.decode().startswith("A Midsummer Night's Dream")
    assert len(set(text[-1_000_000:].split()) - set(text[:9_000_000].split())) > 5_000


def test_training_candidates_run_in_processes_of_their_own(tmp_path):
    benchmark = bpe_training.small(Models(tmp_path, quick=True))
    assert benchmark.title == "Train 300 tokens on 0.02 MB"
    assert list(benchmark.ours) == ["ours, compiled", "ours, incremental", "ours, plain"]
    sample = benchmark.peers["rustbpe"]()
    assert list(sample) == ["s", "CPU s", "MB", "MB more than at the start"]
    assert sample["s"] > 0 and 5 < sample["MB"] < 500


def test_lines_are_trained_on_as_a_list_and_one_by_one(tmp_path):
    benchmark = bpe_training.lines(Models(tmp_path, quick=True))
    assert list(benchmark.ours) == ["ours, list of lines", "ours, iterator of lines"]
    assert all(candidate()["s"] > 0 for candidate in (benchmark.ours | benchmark.peers).values())


def test_growth_is_drawn(monkeypatch):
    sample = {"s": 2.0, "CPU s": 1.0, "MB": 100.0, "MB more than at the start": 10.0}
    monkeypatch.setattr(bpe_training, "in_process", lambda *_: lambda: sample)
    sizes = [1000, 10_000]
    with Image.open(io.BytesIO(bpe_training.picture(sizes, bpe_training.growth(sizes)))) as picture:
        assert picture.format == "PNG" and min(picture.size) > 300


@pytest.mark.parametrize("name", [*encoding.TEXTS, "one letter"])
def test_encoders_are_measured_on_equal_ids(name, tmp_path, monkeypatch):
    monkeypatch.setattr(encoding, "QUICK_SIZE", 20_000)
    benchmark = encoding.benchmark(Models(tmp_path, quick=True), name)
    assert list(benchmark.ours) == ["ours, compiled", "ours, plain Python"]
    assert set(benchmark.peers) == {"tokenizers", "tiktoken"}
    samples = [candidate() for candidate in (benchmark.ours | benchmark.peers).values()]
    [unit] = {unit for sample in samples for unit in sample}
    assert unit == ("MB/s" if name in encoding.TEXTS else "s")
    assert all(sample[unit] > 0 for sample in samples)


def test_encoders_that_disagree_are_not_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(encoding, "_tiktoken", lambda: lambda text: [0])
    with pytest.raises(ValueError, match="code: tiktoken gives other ids than ours"):
        encoding.benchmark(Models(tmp_path, quick=True), "code")


def test_texts_to_encode_have_the_size_asked_for():
    for make in (encoding.TEXTS | encoding.GIANTS).values():
        assert len(make(30_000)) == 30_000
    assert len(set(encoding.languages(30_000).split())) > 1000


def test_memory_is_measured_in_a_process_of_its_own(tmp_path):
    benchmark = encoding.memory(Models(tmp_path, quick=True))
    sample = benchmark.peers["tiktoken"]()
    assert 0 < sample["s"] < 60 and 20 < sample["MB"] < 1000
