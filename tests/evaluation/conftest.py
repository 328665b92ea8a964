"""A small random model with a tokenizer of bytes, and tasks that it can be asked."""

import pytest
from models import byte_tokenizer, random_model

import lessons_lib
from lessons_lib.evaluation import Item, Task
from lessons_lib.tokenizer import load_tokenizer


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """The model, its tokenizer, and the folder that holds both."""
    folder = tmp_path_factory.mktemp("tiny")
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    tokenizer = load_tokenizer(folder / "tokenizer.json")
    tokenizer.eos_token_ids = [7]
    model = random_model(vocab_size=tokenizer.vocab_size, eos_token_id=7)
    lessons_lib.save_pretrained(model, folder / "model", tokenizer)
    return model, tokenizer, folder / "model"


@pytest.fixture
def tasks():
    """One of each kind; the choices are of unlike number."""
    shots = (Item(id="s", query="Which head?", choices=("every", "none")),)
    choices = [("every head", "a key"), ("same",), ("one", "group of heads", "one"), ("keys", "größe")]
    ask = tuple(Item(id=str(n), query=f"Who reads {n}?", choices=c, gold=n % len(c)) for n, c in enumerate(choices))
    tell = tuple(Item(id=str(n), query=f"Grouped heads {n}", answers=("read", "?")) for n in range(20))
    texts = tuple(Item(id=str(n), query="Every head reads every key. " * (n + 1)) for n in range(8))
    return [
        Task(name="ask", kind="choice", items=ask, shots=shots, template="Q: {query}\nA:", sha256="1"),
        Task(name="tell", kind="answer", items=tell, max_new_tokens=6, sha256="2"),
        Task(name="texts", kind="text", items=texts, sha256="3"),
    ]
