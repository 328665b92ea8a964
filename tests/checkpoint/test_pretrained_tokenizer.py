"""The tokenizer of a folder whose original is a SentencePiece file, as those of Llama 2 and TinyLlama are."""

import json

import pytest
import sentencepiece
from models import byte_tokenizer, random_model
from sentencepiece_models import trained

import lessons_lib
from lessons_lib.checkpoint import CheckpointError, save_pretrained

TEXTS = ["Grouped heads read the same key. ", "Every head reads every key of its group."] * 9
SIZE = 320  # pieces; the model has two rows more, for an added token and for none
CHAT = "{% for m in messages %}<|im_end|>{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}"
SETTINGS = {
    "add_bos_token": True,
    "added_tokens_decoder": {
        "0": {"content": "<unk>", "special": True},
        "1": {"content": "<s>", "special": True},
        "2": {"content": "</s>", "special": True},
        "320": {"content": "<|im_end|>", "special": True},
    },
    "chat_template": CHAT,
    "legacy": False,
}


@pytest.fixture(scope="module")
def pieces():
    return trained(TEXTS, SIZE)


@pytest.fixture
def folder(tmp_path, pieces):
    target = tmp_path / "model"
    save_pretrained(random_model(vocab_size=SIZE + 2), target)
    (target / "tokenizer.model").write_bytes(pieces)
    (target / "tokenizer_config.json").write_text(json.dumps(SETTINGS))
    (target / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 320]}))
    return target


def test_the_original_is_read_with_what_the_settings_add(folder, pieces):
    _, tokenizer = lessons_lib.load(folder)
    oracle = sentencepiece.SentencePieceProcessor(model_proto=pieces)
    text = "Every head reads  the same group: é."
    assert tokenizer.encode(text) == oracle.encode(text)
    assert tokenizer.special_tokens["<|im_end|>"] == 320
    assert (tokenizer.bos_token_id, tokenizer.eos_token_ids, tokenizer.adds_bos) == (1, [2, 320], True)
    ids = tokenizer.encode_chat([{"role": "user", "content": "key</s>"}])
    assert ids[0] == 320 and ids[-1] == 2 and ids.count(2) == 1


def test_the_other_file_is_the_tokenizer_where_both_lie(folder):
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").unlink()
    (folder / "generation_config.json").unlink()
    assert lessons_lib.load(folder)[1].special_tokens == {}


def test_a_template_in_a_file_of_its_own_wins(folder):
    (folder / "chat_template.jinja").write_text("{% for m in messages %}{{ m.content }}{% endfor %}")
    _, tokenizer = lessons_lib.load(folder)
    chat = [{"role": "user", "content": "Every head"}]
    assert tokenizer.decode(tokenizer.encode_chat(chat)) == "Every head"


ADDED = SETTINGS["added_tokens_decoder"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"added_tokens_decoder": ADDED | {"1": {"content": "<t>", "special": True}}}, "<t>"),
        (
            {"added_tokens_decoder": ADDED | {"270": {"content": "<t>", "special": False}}},
            "the token that tokenizer.model has there",
        ),
        ({"added_tokens_decoder": ADDED | {"321": {"content": "abc", "special": False}}}, "321"),
        ({"added_tokens_decoder": ADDED | {"one": {"content": "abc", "special": True}}}, "one"),
        ({"added_tokens_decoder": {"3": "abc"}}, "tokenizer_config.json"),
        ({"added_tokens_decoder": [1]}, "tokenizer_config.json"),
        ({"added_tokens_decoder": ADDED | {"999999999": {"content": "<t>", "special": True}}}, "got id 999999999"),
        ({"chat_template": ["a"]}, "tokenizer_config.json"),
    ],
)
def test_settings_that_do_not_fit_the_pieces_are_refused(folder, changes, words):
    (folder / "tokenizer_config.json").write_text(json.dumps(SETTINGS | changes))
    with pytest.raises(CheckpointError) as caught:
        lessons_lib.load(folder)
    assert words in str(caught.value)


def test_an_end_that_the_vocabulary_does_not_have_is_refused(folder):
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 999]}))
    with pytest.raises(CheckpointError, match="999"):
        lessons_lib.load(folder)


def test_a_broken_original_is_refused(folder):
    (folder / "tokenizer.model").write_bytes(b"\xff" * 99)
    with pytest.raises(CheckpointError, match=r"tokenizer\.model"):
        lessons_lib.load(folder)
