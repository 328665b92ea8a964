"""The next-token panel: buttons take tokens, undo takes them back, and typed text is read anew."""

import pytest
import torch

from lessons_lib import ModelConfig, Transformer
from lessons_lib.classroom.panels.token_panel import COUNT, TokenPanel
from lessons_lib.tokenizer import ByteLevel, Tokenizer


@pytest.fixture
def model():
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4}
    return Transformer(ModelConfig(vocab_size=256, initializer_range=0.5, **sizes))


@pytest.fixture
def tokenizer():
    return Tokenizer(ByteLevel([bytes([byte]) for byte in range(256)], merges=[], split="gpt2"))


@pytest.fixture
def panel(model, tokenizer):
    return TokenPanel(model, tokenizer, "sun")


def likeliest(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids]))[0, -1].topk(COUNT).indices.tolist()


def test_each_button_stands_for_one_of_the_likeliest_tokens(panel, model, tokenizer):
    ids = list(b"sun")
    for place in (0, 3, COUNT - 1):
        token = likeliest(model, ids)[place]
        panel.buttons[place].click()
        ids.append(token)
        assert panel.controls["text"].value == tokenizer.decode(ids)


def test_undo_goes_back_step_by_step_even_over_half_characters(panel):
    texts = [panel.controls["text"].value]
    pictures = [panel.picture.value]
    for place in (1, 0, 5, 2):
        panel.buttons[place].click()
        texts.append(panel.controls["text"].value)
        pictures.append(panel.picture.value)
    panel.controls["text"].value = "another"
    assert panel._steps[-1] == list(b"another")
    for text, picture in zip(reversed(texts), reversed(pictures), strict=True):
        panel.undo.click()
        assert panel.controls["text"].value == text
        assert panel.picture.value == picture
    assert panel.undo.disabled


def test_the_line_of_text_says_what_the_buttons_say(panel):
    for button in panel.buttons:
        assert button.description in panel._data["text/plain"]
    assert panel._data["text/plain"].startswith("text = sun: ")


def test_an_empty_text_is_a_sentence_and_not_a_traceback(panel):
    panel.controls["text"].value = ""
    assert "allowed at least one character" in panel.numbers.value
    panel.undo.click()
    assert panel.controls["text"].value == "sun"
