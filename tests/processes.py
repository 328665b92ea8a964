"""Processes that train together, for tests: started from one that has imported torch already, so each costs little."""

import itertools
import multiprocessing
import os
import signal
import socket
from pathlib import Path

import torch
import torch._dynamo
import torch.distributed.checkpoint
import torch.distributed.fsdp
import torch.distributed.tensor
from models import our_config

from lessons_lib import Transformer
from lessons_lib.training import IGNORED, Grpo, Recipe, Rollouts, Rows, Run
from lessons_lib.training.__main__ import main
from lessons_lib.training.distributed import WAYS, gathered, place, processes

_CONTEXT = multiprocessing.get_context("forkserver")


def together(size, function, *arguments):
    """What `function(*arguments)` returns in each of some processes; None and an exit code where it did not return."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    workers = []
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, (Path(__file__).parent, Path(__file__).parents[1])))
    _CONTEXT.set_forkserver_preload([__name__])
    for rank in range(size):
        here, there = _CONTEXT.Pipe(duplex=False)
        worker = _CONTEXT.Process(target=_work, args=(there, rank, size, port, function, arguments))
        worker.start()
        there.close()
        workers.append((worker, here))
    os.environ.pop("PYTHONPATH")
    if before is not None:
        os.environ["PYTHONPATH"] = before
    results = []
    for worker, here in workers:
        try:
            results.append(here.recv() if here.poll(120) else None)
        except EOFError:
            results.append(None)
        worker.join(60)
    codes = [worker.exitcode for worker, _ in workers]
    for worker, _ in workers:
        worker.kill()
    return results, codes


def _work(there, rank, size, port, function, arguments):
    where = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in where.items()})
    torch.set_num_threads(1)
    result = function(*arguments)
    there.send((result, gloo_threads()))


def gloo_threads():
    """How many threads of gloo there are in this process."""
    names = (Path(f"/proc/self/task/{task}/comm").read_text() for task in os.listdir("/proc/self/task"))
    return sum(name.startswith("pt_gloo") for name in names)


# What they do together.


def run(way=None, steps=8, **settings):
    """A run whose rows have unequal numbers of tokens to learn; 7 rows a batch are shared unequally too."""
    torch.manual_seed(0)
    net = Transformer(our_config(vocab_size=100, num_hidden_layers=2, tie_word_embeddings=True))
    return Run(net, data(), Recipe(**{"steps": steps, "batch_size": 7} | settings), spread=way)


def data():
    rows = (torch.arange(1200).pow(2) % 97).view(100, 12)
    rows[::3, 5:] = IGNORED
    return Rows(rows, seed=2)


def numbers(going, most=None):
    """Each report as numbers, and the weights at the end, which the first process has."""
    reports = [tuple(report[:5]) for report in itertools.islice(going, most)]
    model = gathered(going.model)
    return reports, None if model is None else [p.detach().numpy() for p in model.parameters()]


def train(folder):
    with processes():
        return _train(folder)


def _train(folder):
    """Both ways: whole; in parts; saved after 3 steps; gone on with, from here and from one process's folder."""
    found = {}
    for way in WAYS:
        found[way, "whole"] = numbers(run(way))
        if place()[1] == 2:
            found[way, "parts"] = numbers(run(way, accumulate=3))
            going = run(way)
            list(itertools.islice(going, 3))
            going.save(folder / way)
    for way, saver in itertools.product(WAYS, (*WAYS, "one")):
        found[way, saver] = numbers(Run.resume(folder / saver, data(), spread=way))
    return found


def reward_run(way=None):
    """A run on answers of its own, some of which end early."""
    torch.manual_seed(0)
    net = Transformer(our_config(vocab_size=100, num_hidden_layers=2, tie_word_embeddings=True))
    grpo = Grpo(num_generations=5, max_completion_length=6)
    problems = [(3, 1, 4), (5,), (77, 12, 9, 2)]
    data = Rollouts(net, problems, _longer, grpo, encode=list, decode=str, end=range(0, 100, 9))
    return Run(net, data, Recipe(steps=4, batch_size=15), grpo, spread=way)


def _longer(problem, text, ended):
    return float(len(text))


def rewarded(way):
    """A run on answers of its own, which all processes give."""
    with processes():
        return numbers(reward_run(way))


def stay_for(steps):
    """A few steps by DDP."""
    with processes():
        return numbers(run("ddp"), steps)[0]


def die(way):
    """The second process is killed after 3 steps."""
    with processes():
        for report in run(way, steps=1000):
            if place()[0] == 1 and report.step == 3:
                os.kill(os.getpid(), signal.SIGKILL)


def asked_to_end(job):
    """Start a job; the second process alone is asked to end after 3 steps."""
    advance = Run.advance

    def advance_and_ask(self):
        report = advance(self)
        if place()[0] == 1 and report.step == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return report

    Run.advance = advance_and_ask
    return main([str(job)])
