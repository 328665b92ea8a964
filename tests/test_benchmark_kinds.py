"""The benchmark of kinds: transformers computes what we do, on the model that we saved."""

import pytest
import torch
from test_benchmark_experts import follow

from benchmarks import experts, kinds
from lessons_lib.generation import Runner
from lessons_lib.generation.compiled.fit import aside


@pytest.mark.parametrize("kind", kinds.KINDS)
@torch.no_grad()
def test_both_compute_the_same(kind, tmp_path):
    model = experts.made(kinds.config_of(kind, small=True))
    peer, ids = experts.theirs(model, tmp_path / "model"), torch.arange(150)[None]
    ours = follow(experts.ours(model, Runner(model)), ids, 3)
    torch.testing.assert_close(ours, follow(experts.of_transformers(peer, None), ids, 3), atol=2e-4, rtol=0)


def test_the_titles_say_who_is_stepped():
    found = {kind: (aside(experts.made(kinds.config_of(kind, small=True))) or "").split(" ")[0] for kind in kinds.KINDS}
    assert list(found.values()) == ["", "", *["layer_types"] * 3, "v_head_dim", "v_head_dim"]
