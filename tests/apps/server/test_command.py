"""The command: it listens, loads, answers, and ends as signals ask; and README's lines, as a stranger types them."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import torch
from models import random_model

import lessons_lib
from lessons_lib.apps.server.__main__ import load, main, parser
from lessons_lib.checkpoint import load_lora, save_lora
from lessons_lib.generation import Request, generate
from lessons_lib.layers import adapters, add_lora, quantize, sharing_weights

from .conftest import SOON, wait_until

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")


@pytest.fixture(scope="module")
def folder(model, tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "mine"
    lessons_lib.save_pretrained(model, folder, tokenizer)
    return folder


@contextmanager
def started(*arguments):
    """The process, and its address once it answers."""
    command = [sys.executable, "-m", "lessons_lib.apps.server", *map(str, arguments), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline()
        yield process, said and re.search(r"Chat: (http://\S+)/ ", said)[1]
    finally:
        process.kill()
        process.communicate()


def streamed(address, most=500):
    body = {"model": "mine", "prompt": "Every head", "max_tokens": most, "stream": True, "ignore_eos": True}
    return httpx.stream("POST", f"{address}/v1/completions", json=body, timeout=SOON)


def log_of(process):
    return [json.loads(line) for line in process.stderr.read().splitlines()]


def test_a_signal_finishes_what_is_written_and_takes_nothing_more(folder):
    with started(folder, "--room", "512") as (process, address), streamed(address) as answer:
        lines = answer.iter_lines()
        next(lines)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: httpx.get(f"{address}/health").json() == {"status": "stopping"})
        refused = httpx.post(f"{address}/v1/completions", json={"model": "mine", "prompt": "a"}, timeout=SOON)
        assert refused.status_code == 503
        rest = [*lines]
        assert rest[-2] == "data: [DONE]" and '"finish_reason": "length"' in rest[-4]
        assert process.wait(SOON) == 0
        log = log_of(process)
        assert [e["event"] for e in log if e["event"] != "request"] == ["ready", "stopping", "stopped"]
        assert [e["new_tokens"] for e in log if e.get("status") == 200 and "texts" in e] == [500]


def test_a_second_signal_cuts(folder):
    with started(folder, "--room", "512") as (process, address), streamed(address) as answer:
        lines = answer.iter_lines()
        next(lines)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: httpx.get(f"{address}/health").status_code == 503)
        process.send_signal(signal.SIGTERM)
        rest = "\n".join(lines)
        assert '"error"' in rest and "[DONE]" not in rest
        assert process.wait(SOON) == 1


def test_what_takes_longer_than_the_drain_is_cut(folder):
    with started(folder, "--room", "512", "--drain", "0.01") as (process, address), streamed(address) as answer:
        lines = answer.iter_lines()
        next(lines)
        process.send_signal(signal.SIGTERM)
        assert '"error"' in "\n".join(lines)
        assert process.wait(SOON) == 1


def test_an_idle_server_ends_at_once(folder):
    with started(folder) as (process, address):
        assert httpx.get(f"{address}/health").json() == {"status": "ok"}
        strange = {"Host": "strange.example"}  # a name that a page of strangers has given to this machine
        assert httpx.get(f"{address}/v1/models", headers=strange).status_code == 400
        process.send_signal(signal.SIGINT)
        assert process.wait(SOON) == 0


def test_only_keys_of_the_file_open(folder, tmp_path):
    keys = tmp_path / "keys.txt"
    keys.write_text("alpha\nbeta\n")
    with started(folder, "--keys", keys, "--rate", "60") as (_, address):
        statuses = [
            httpx.get(f"{address}/v1/models", headers={"Authorization": f"Bearer {key}"}).status_code
            for key in ("alpha", "beta", "gamma")
        ]
    assert statuses == [200, 200, 401]


def test_adapters_are_served_beside_weights_of_8_bits(tokenizer, tmp_path):
    base = random_model(std=0.02, vocab_size=tokenizer.vocab_size, hidden_size=64, intermediate_size=160, head_dim=16)
    lessons_lib.save_pretrained(base, tmp_path / "mine", tokenizer)
    tuned = add_lora(sharing_weights(base))
    for module in adapters(tuned).values():
        torch.nn.init.normal_(module.lora_B, std=0.2)
    save_lora(tuned, tmp_path / "tuned")
    options = parser().parse_args([f"{tmp_path}/mine", "--bits", "8", "--adapter", f"{tmp_path}/tuned", "--slots", "2"])
    served = load(options)
    prompt, found = tokenizer.encode("Every head"), {}
    with served.engine as engine:
        for name in served.names:
            request = Request(prompt, 12, stop_token_ids=())
            found[name] = engine.submit(request, adapter=served.adapter(name)).result(SOON).token_ids
    quantize(base, bits=8)
    tuned = load_lora(sharing_weights(base), tmp_path / "tuned")
    expected = {
        name: [*generate(each, prompt, 12, stop_token_ids=())] for name, each in (("mine", base), ("tuned", tuned))
    }
    assert [*found] == ["mine", "tuned"] and found == expected and found["mine"] != found["tuned"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such-model"], "no-such-model"),
        (["{folder}", "--keys", "{folder}/no-such-file"], "no-such-file"),
        (["{folder}", "--rate", "0"], "--rate: got 0, allowed 1 or more"),
        (["{folder}", "--slots", "0"], "slots: got 0, allowed 1 or more"),
        (["{folder}", "--adapter", "{folder}"], "a whole model"),
    ],
)
def test_mistakes_are_one_line(folder, arguments, message, capsys):
    assert main([*(each.format(folder=folder) for each in arguments), "--port", "0"]) == 1
    said = capsys.readouterr()
    assert message in said.err and "Traceback" not in said.err and said.out == ""


def test_a_stranger_starts_it_by_the_readme_and_talks_to_it():
    command = re.search(r"python -m lessons_lib\.apps\.server ([^`]+)`", README)[1].split()
    example = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[-1]
    with started(*command) as (_, address):
        talk = example.replace("http://127.0.0.1:8000", address)
        done = subprocess.run([sys.executable, "-c", talk], capture_output=True, text=True, timeout=SOON)
        assert done.returncode == 0, done.stderr
        assert "sky" in done.stdout
