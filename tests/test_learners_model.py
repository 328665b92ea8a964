"""What a learner has after lesson 07: the solutions of the building exercises, put together, write with SmolLM2.

They run in a process of their own, which has torch, the weights, the vocabulary and the learner's code; and nothing of
`lessons_lib`.
"""

import json
import subprocess
import sys

from safetensors.torch import save_file

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.registry import named
from lessons_lib.classroom.source import source_of
from lessons_lib.generation import generate
from lessons_lib.tokenizer.encoding.split import SPLITS

PROMPT = "Once upon a time, there was a little"
COUNT = 64
PARTS = ("sampler", "tokenizer", "positions_and_heads", "my_block", "my_model", "my_look", "my_generate")

BEFORE = """
import json, sys
from itertools import pairwise

import regex
import torch
from safetensors.torch import load_file

folder = sys.argv[1]
weights, given = load_file(f"{folder}/weights.safetensors"), json.load(open(f"{folder}/given.json"))
config, SPLITS = given["config"], {"gpt2": [given["split"]]}
"""

TOGETHER = """
merges = {(left, right): both for left, right, both in given["merges"]}
tokenizer = MyTokenizer([bytes.fromhex(token) for token in given["tokens"]], merges)
number = {model: mine for mine, model in enumerate(given["number"])}  # of a token in this model
base = config["rope_theta"]
looks = [lambda q, k, v: my_heads(q, k, v, base)] * config["num_hidden_layers"]
with torch.no_grad():
    ids = [given["number"][i] for i in tokenizer.encode(given["prompt"])]
    new = my_generate(ids, given["count"], weights, config)
    scores = my_model(ids, weights, config, looks)[-1]  # everything is read, nothing is kept
    first = my_sampler(scores, 0, 50, 0.9, 0.5)
text = tokenizer.decode([number[i] for i in new])
assert not [name for name in sys.modules if name.startswith("lessons_lib")]
print(json.dumps([ids, new, first, text]))
"""


def test_what_the_learner_wrote_writes_what_smollm2_writes(smollm2, tmp_path):
    model, tokenizer = smollm2
    ids = tokenizer.encode(PROMPT)
    new = list(generate(model, ids, max_new_tokens=COUNT, stop_token_ids=()))
    assert learner(model, tokenizer, tmp_path) == [ids, new, new[0], tokenizer.decode(new)]


def learner(model, tokenizer, folder):
    """The ids of the prompt, the new ones, the first as the sampler chooses it, and the text that they are."""
    save_file({name: tensor.detach() for name, tensor in model.named_parameters()}, folder / "weights.safetensors")
    encoder = tokenizer.encoder
    ids = {token: i for i, token in enumerate(encoder.tokens)}
    joined = [encoder.tokens[i] for _, i in encoder.merges]
    tokens = [bytes([byte]) for byte in range(256)] + joined  # as lesson 02 counts; some bytes this model does not know
    mine = {ids[token]: i for i, token in enumerate(tokens) if token in ids}
    given = {
        "config": model.config.to_dict(),
        "split": SPLITS["gpt2"][0],
        "tokens": [token.hex() for token in tokens],
        "merges": [[mine[left], mine[right], mine[both]] for (left, right), both in encoder.merges],
        "number": [ids.get(token) for token in tokens],
        "prompt": PROMPT,
        "count": COUNT,
    }
    (folder / "given.json").write_text(json.dumps(given, default=str))
    exercises: dict[str, Exercise] = named("EXERCISES")
    code = "\n\n".join([BEFORE, *(source_of(exercises[name].solution) for name in PARTS), TOGETHER])
    (folder / "learner.py").write_text(code)
    ran = subprocess.run([sys.executable, "-I", folder / "learner.py", folder], capture_output=True, text=True)
    assert not ran.returncode, ran.stderr
    return json.loads(ran.stdout)
