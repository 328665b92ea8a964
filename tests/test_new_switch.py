"""A new switch takes two edits: its field, and the layer that obeys it. All else asks the field."""

import subprocess
import sys

# Two edits of source text, made while the modules are imported.
EDITS = """
import importlib.machinery, pathlib, sys

FIELD = '    embedding_multiplier: float = field('
LAYER = "            return x + weighed(self.mlp(self.post_attention_layernorm(x)))"
EDITS = {
    "lessons_lib.config.model_config": (
        FIELD, '    louder_by: float = field(default=1.0, metadata=about("switch", POSITIVE))\\n' + FIELD
    ),
    "lessons_lib.layers.block": (
        LAYER, LAYER.replace("self.mlp(", "self.self_attn.config.louder_by * self.mlp(")
    ),
}

class Edited(importlib.machinery.SourceFileLoader):
    def get_code(self, name):
        old, new = EDITS[name]
        source = pathlib.Path(self.path).read_text("utf-8")
        assert source.count(old) == 1, (name, source.count(old))
        return compile(source.replace(old, new), self.path, "exec")

class Finder(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        spec = super().find_spec(name, path, target)
        if name in EDITS:
            spec.loader = Edited(name, spec.origin)
        return spec

sys.meta_path.insert(0, Finder)
"""

CHECKS = """
from dataclasses import replace
import torch
from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint.gguf.export import architecture_of
from lessons_lib.classroom.lessons.lesson10.switches import differing
from lessons_lib.classroom.lessons.lesson10.model_cards import MARK, draw_pair
from lessons_lib.generation.runner import Runner

def refusal(call, *arguments, **settings):
    try:
        call(*arguments, **settings)
    except ValueError as error:
        return str(error)

llama = ModelConfig(vocab_size=11, hidden_size=8, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2)
louder = replace(llama, louder_by=0.22)
models = [Transformer(config).eval() for config in (llama, louder)]
models[1].load_state_dict(models[0].state_dict())
one, other = (model(torch.tensor([[1, 2, 3]])) for model in models)
assert not torch.allclose(one, other)

assert refusal(replace, llama, louder_by=-1) == (
    "ModelConfig.louder_by: got -1, allowed a finite number above 0"
)
assert Runner(models[0]).step is not None and Runner(models[1]).step is None
assert "louder_by: got 0.22, allowed 1.0 in a GGUF file" in refusal(architecture_of, louder)
assert differing(llama, louder) == {"louder_by": ("1.0", "0.22")}
figure, said = draw_pair(("llama", llama), ("louder", louder), tokens=4)
drawn = [text.get_text() for text in figure.axes[1].texts]
assert any(MARK + "louder_by: 0.22" in text for text in drawn) and "louder_by 1.0 / 0.22" in said
assert ModelConfig(**louder.to_dict()) == louder
print("as it should be")
"""

# A field that says nothing of itself.
SILENT = EDITS.replace('= field(default=1.0, metadata=about("switch", POSITIVE))', "= 1.0")


def run(*parts: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", "\n".join(parts)], capture_output=True, text=True, check=False)


def test_a_new_switch_takes_two_edits():
    done = run(EDITS, "import matplotlib", 'matplotlib.use("Agg")', CHECKS)
    assert done.stdout == "as it should be\n", done.stderr


def test_a_field_that_says_nothing_of_itself_is_refused_in_words():
    done = run(SILENT, "import lessons_lib.config")
    assert "ModelConfig.louder_by: got a field that does not say what it is, allowed" in done.stderr
    assert 'metadata=about("switch", FLAG)), see config/fields.py' in done.stderr
