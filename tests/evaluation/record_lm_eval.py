"""Record what lm-eval says of our tasks, for the tests: its HFLM on the same weights, and itself driving our model.

lm-eval 0.4.13 wants an older python-dateutil than the course's set, so it lives in an environment of its own:

    python tests/evaluation/record_lm_eval.py

writes `lm_eval.json` beside this file. In that environment are lm-eval[hf] 0.4.13 and the course's requirements.
"""

# ruff: noqa: E402 (the environment is set before what reads it is imported)

import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}

import lm_eval
import torch
import yaml
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager
from models import byte_tokenizer, random_model
from transformers import AutoTokenizer

import lessons_lib
from benchmarks.peers import Models
from lessons_lib.evaluation import load_tasks
from lessons_lib.evaluation.harness import harness_model
from lessons_lib.evaluation.task import FOLDER
from lessons_lib.tokenizer import load_tokenizer

RUNS = (("kinds", 0, 40), ("kinds", 5, 12), ("where", 0, 6), ("notes", 5, 8))
METRICS = {"choice": ("acc", "acc_norm", "acc_bytes", "acc_mutual_info"), "answer": ("exact_match",)}


def settings(task, folder):
    """Our task as the harness's YAML; its examples in a file of their own."""
    shots = folder / f"{task.name}-shots.jsonl"
    by_kind = {
        "choice": lambda shot: {"choices": list(shot.choices), "gold": shot.gold},
        "answer": lambda shot: {"answer": shot.told},
    }
    rows = [{"id": shot.id, "query": shot.query, **by_kind[task.kind](shot)} for shot in task.shots]
    shots.write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = {
        "task": f"ours_{task.name}",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(FOLDER / f"{task.name}.jsonl"), "train": str(shots)}},
        "test_split": "test",
        "fewshot_split": "train",
        "fewshot_config": {"sampler": "first_n"},
        "doc_to_text": task.template.replace("{query}", "{{query}}"),
        "metric_list": [{"metric": m, "aggregation": "mean", "higher_is_better": True} for m in METRICS[task.kind]],
    }
    if task.kind == "choice":
        return made | {"output_type": "multiple_choice", "doc_to_choice": "{{choices}}", "doc_to_target": "{{gold}}"}
    kwargs = {"until": list(task.stop), "do_sample": False, "max_gen_toks": task.max_new_tokens}
    strip = {"name": "strip", "filter": [{"function": "remove_whitespace"}, {"function": "take_first"}]}
    return made | {
        "output_type": "generate_until",
        "doc_to_target": "{{answer}}",
        "generation_kwargs": kwargs,
        "filter_list": [strip],
    }


def texts():
    """Texts of 1 to 30 questions: with a byte a token, some are longer than the small model's context."""
    [task] = load_tasks("kinds")
    queries = iter(item.query for item in task.items)
    return ["\n".join(next(queries) for _ in range(n)) for n in (1, 2, 4, 8, 13, 30)] + ["größe  \n", "a"]


def rolling(lm, folder):
    """The likelihood of each text, and what the harness says of all."""
    rows = folder / "texts.jsonl"
    rows.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts()))
    made = {
        "task": "ours_texts",
        "output_type": "loglikelihood_rolling",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(rows)}},
        "test_split": "test",
        "doc_to_text": "",
        "doc_to_target": "{{text}}",
        "metric_list": [{"metric": name} for name in ("word_perplexity", "byte_perplexity", "bits_per_byte")],
    }
    (folder / "texts.yaml").write_text(yaml.safe_dump(made))
    return run(lm, folder, "texts", 0, None)


def random_pair(folder):
    """A small random model of ours, and the harness's own model of the same folder."""
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    tokenizer = load_tokenizer(folder / "tokenizer.json")
    tokenizer.eos_token_ids = [7]
    model = random_model(vocab_size=tokenizer.vocab_size, eos_token_id=7)
    lessons_lib.save_pretrained(model, folder / "model", tokenizer)
    theirs = AutoTokenizer.from_pretrained(folder / "model")
    theirs.eos_token = theirs.convert_ids_to_tokens(7)
    theirs.save_pretrained(folder / "model")
    peer = HFLM(pretrained=str(folder / "model"), tokenizer=theirs, device="cpu", dtype="float32", batch_size=8)
    return peer, harness_model(model, tokenizer)


def run(lm, folder, name, shots, limit):
    """The harness's table, and what the model said of each item."""
    manager = TaskManager(include_path=str(folder), include_defaults=False)
    found = lm_eval.simple_evaluate(
        model=lm, tasks=[f"ours_{name}"], num_fewshot=shots, limit=limit, task_manager=manager, bootstrap_iters=100
    )
    table = {k.split(",")[0]: v for k, v in found["results"][f"ours_{name}"].items() if isinstance(v, float)}
    samples = sorted(found["samples"][f"ours_{name}"], key=lambda sample: sample["doc_id"])
    said = [[part[0] if isinstance(part[0], list | tuple) else part for part in s["resps"]] for s in samples]
    return {"table": table, "said": said}


def main():
    torch.set_num_threads(1)
    recorded = {"lm_eval": lm_eval.__version__, "runs": [], "texts": texts(), "rolling": {}}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        models = Models(folder / "model")
        (folder / "model").mkdir()
        theirs = AutoTokenizer.from_pretrained(models.saved)
        for name, token in (("bos_token", models.tokenizer.bos_token_id), ("eos_token", models.tokenizer.eos_token_id)):
            setattr(theirs, name, models.tokenizer.token_bytes(token).decode())
        theirs.save_pretrained(models.saved)
        peer = HFLM(pretrained=str(models.saved), device="cpu", dtype="float32", batch_size=8)
        ours = harness_model(models.ours, models.tokenizer)
        for name, shots, limit in RUNS:
            [task] = load_tasks(name)
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(settings(task, folder)))
            both = {who: run(lm, folder, name, shots, limit) for who, lm in (("hflm", peer), ("ours", ours))}
            recorded["runs"].append({"task": name, "shots": shots, "limit": limit, **both})
            print(name, shots, {who: found["table"] for who, found in both.items()})
        (folder / "random").mkdir()
        for which, pair in (("smollm2", (peer, ours)), ("random", random_pair(folder / "random"))):
            both = {who: rolling(lm, folder) for who, lm in zip(("hflm", "ours"), pair, strict=True)}
            recorded["rolling"][which] = both
            print("rolling", which, {who: found["table"] for who, found in both.items()})
    Path(__file__).with_name("lm_eval.json").write_text(json.dumps(recorded) + "\n")


if __name__ == "__main__":
    main()
