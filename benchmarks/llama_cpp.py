"""llama.cpp in a process of its own: its server never quite rests, and would slow down who is measured beside it."""

from __future__ import annotations

import json
import os
import sys

from benchmarks.harness import Sample


def measure(path: str, prompt: str, new: str, figure: str) -> Sample:
    """One completion after another of the same kind.

    Args:
        path: a GGUF file.
        prompt: token ids, as JSON.
        new: how many tokens to make.
        figure: what the server says of it, "prompt_per_second" or "predicted_per_second".
    """
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx, params.n_parallel, params.warmup, params.verbosity = 1024, 1, False, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = os.cpu_count()
    server = xllamacpp.Server(params)
    request = {"prompt": json.loads(prompt), "n_predict": int(new), "temperature": 0}
    request |= {"ignore_eos": True, "cache_prompt": False}
    for _ in range(2):
        answer = server.handle_completions(request)
    return {"tokens/s": answer["timings"][figure]}


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])), flush=True)
    os._exit(0)  # its threads may not end by themselves
