"""Each of llama.cpp's architectures that we write: llama.cpp opens our file and says the same, and we read it back."""

import math
import re
from functools import cache

import gguf
import pytest
import torch
from parity.gguf_models import ARCHITECTURES as CONFIGS
from parity.gguf_models import FAMILY_FILES, SIZES
from parity.test_llama_cpp import PROMPT, by_llama_cpp, furthest, ids_by_us, llama_cpp

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint.families import FAMILIES
from lessons_lib.checkpoint.gguf import export
from lessons_lib.checkpoint.gguf.architectures import ARCHITECTURES
from lessons_lib.checkpoint.gguf.export import save_gguf
from lessons_lib.errors import CheckpointError
from lessons_lib.formats.gguf import load_gguf
from lessons_lib.formats.gguf_writer import save_gguf_file
from lessons_lib.tokenizer import ByteLevel, Tokenizer

every_architecture = pytest.mark.parametrize("name", CONFIGS)


@cache
def tokenizer() -> Tokenizer:
    """The bytes and two merges."""
    pieces = [*(bytes([byte]) for byte in range(256)), b"th", b"the"]
    encoder = ByteLevel(pieces, [((116, 104), 256), ((256, 101), 257)], split="gpt2")
    return Tokenizer(encoder, special_tokens={"<|end|>": 258}, eos_token_ids=[258])


def small_model(name: str, **changes) -> Transformer:
    """A random model of an architecture that says letters only, since the server keeps back what is not UTF-8."""
    torch.manual_seed(0)
    letters = torch.tensor([tokenizer().token_bytes(i).isalpha() for i in range(259)] + [False] * 9)
    model = Transformer(ModelConfig(vocab_size=268, **(SIZES | CONFIGS[name] | changes))).eval()
    weights = dict(model.named_parameters())
    weights |= {path: buffer for path, buffer in model.named_buffers() if path.endswith("e_score_correction_bias")}
    with torch.no_grad():
        for path, weight in weights.items():
            plus = model.config.rms_norm_offset and not path.endswith("mixer.norm.weight")
            norm = path.endswith("norm.weight")
            weight.normal_(0.0 if plus else 1.0, 0.3) if norm else weight.normal_(0.0, 0.2)
        model.lm_head.weight.mul_(letters[:, None])
        if model.lm_head.bias is not None:
            model.lm_head.bias.mul_(letters)
        if model.config.embedding_multiplier != 1:  # or each token would say itself again
            model.lm_head.weight.mul_(0.1)
    return model


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """For an architecture: its model and the file that we write of it."""
    made = {}

    def get(name):
        if name not in made:
            path = tmp_path_factory.mktemp("gguf") / "small.gguf"
            model = small_model(name)
            assert not ARCHITECTURES[name].differing(model.config)
            with pytest.MonkeyPatch.context() as patch:  # where another of the table can say it too
                patch.setattr(export, "architecture_of", lambda config: name)
                save_gguf(model, tokenizer(), path)
            made[name] = model, path
        return made[name]

    return get


# llama.cpp looks some activations up in a table of float16 numbers, so those are a little off.
ROUNDED = ("gelu", "gelu_pytorch_tanh")


@every_architecture
def test_llama_cpp_says_the_same(name, written):
    model, path = written(name)
    ids = tokenizer().encode(PROMPT)
    theirs = by_llama_cpp(llama_cpp(path), ids)
    assert [token["id"] for token in theirs] == ids_by_us(model, ids)
    assert furthest(model, ids, theirs) < (5e-3 if model.config.hidden_act in ROUNDED else 1e-4)


# What files hold in another form than we do: the exponential of a decay, and a norm's sum of weight and offset.
NOT_BY_BITS = ("mixer.A_log", "norm.weight")


def same(one, other) -> bool:
    """Whether two values are equal as float32."""
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return math.isclose(one, other, rel_tol=1e-6) if isinstance(one, float) else one == other


@every_architecture
def test_a_file_is_read_back_bit_for_bit(name, written):
    model, path = written(name)
    again, _ = lessons_lib.load(path)
    found = {field for field, value in vars(model.config).items() if not same(value, getattr(again.config, field))}
    assert found <= {"bos_token_id", "eos_token_id"}
    state = again.state_dict()
    assert state.keys() == model.state_dict().keys()
    for part, weight in model.state_dict().items():
        exact = not part.endswith(NOT_BY_BITS) or (part.endswith("norm.weight") and not model.config.rms_norm_offset)
        assert torch.equal(state[part], weight) if exact else torch.allclose(state[part], weight, atol=1e-6), part


@every_architecture
def test_a_key_that_nobody_knows_and_one_that_does_not_fit_are_refused(name, written, tmp_path):
    file = load_gguf(written(name)[1])
    tensors = dict(file)
    wrong = {"attention.upside_down": 1, "embedding_length": 93, "block_count": 2}
    for key, value in wrong.items():
        save_gguf_file(tmp_path / "bad.gguf", file.metadata | {f"{name}.{key}": value}, tensors)
        with pytest.raises(CheckpointError) as caught:
            lessons_lib.load(tmp_path / "bad.gguf")
        assert "\n" not in str(caught.value)


@every_architecture
def test_names_are_those_of_the_gguf_package(name, written):
    kinds = {theirs: kind for kind, theirs in gguf.MODEL_ARCH_NAMES.items()}
    if name not in kinds:
        assert name in YOUNGER  # the package does not know it yet; llama.cpp, which opens it above, does
        return
    known = {gguf.TENSOR_NAMES[tensor].replace("{bid}", "#") for tensor in gguf.MODEL_TENSORS[kinds[name]]}
    for path in load_gguf(written(name)[1]):
        bare = re.sub(r"\.(weight|bias)$", "", re.sub(r"^blk\.\d+", "blk.#", path))
        assert bare in known or bare in ALSO.get(name, ()), bare


YOUNGER = {"deepseek32", "hy_v3", "mellum"}
ALSO = {"lfm2moe": {"output"}}  # its published models are tied

WRONG = {
    "hunyuan-dense": {"qk_norm": "before", "qk_norm_weight": None},
    "smollm3": {"no_rope_layers": (1, 1, 1, 1, 1)},
    "granite": {"residual_multiplier": 1.0},
    "glm4": {"rotary_dim": None},
    "nemotron": {"hidden_act": "relu"},
    "olmoe": {"norm_topk_prob": True},
    "dots1": {"routed_scaling_factor": 1.0},
    "gpt-oss": {"sliding_window": 9},
    "llama4": {"scale_expert_input": False},
    "deepseek2": {"rope_pairing": "half"},
    "deepseek32": {"index_topk": 60},
    "mamba": {"selection_norm": "plain"},
    "qwen35": {"rotary_dim": None},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_switch_would_be_seen(name, written):
    model, path = written(name)
    wrong = Transformer(ModelConfig(**(model.config.to_dict() | WRONG[name]))).eval()
    state = {part: weight for part, weight in model.state_dict().items() if part in wrong.state_dict()}
    wrong.load_state_dict(state, strict=False)
    ids = tokenizer().encode(PROMPT)
    assert furthest(wrong, ids, by_llama_cpp(llama_cpp(path), ids)) > 1e-2


def test_every_family_has_an_architecture_or_a_reason():
    assert FAMILY_FILES.keys() == FAMILIES.keys()
    assert CONFIGS.keys() == ARCHITECTURES.keys(), "a small config for each architecture"
    written_as = {name for name, said in FAMILY_FILES.items() if said in ARCHITECTURES}
    assert all(" " in said for name, said in FAMILY_FILES.items() if name not in written_as)
