"""Small models with pairwise different sizes, in our code and in transformers, for tests that compare the two."""

from contextlib import contextmanager
from unittest.mock import patch

import tokenizers
import torch

from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint.pretrained import fill

# No two sizes are equal, so a wrong axis cannot pass: H 6, G 2, D 10, C 36, F 52, V 97, 3 layers.
SIZES = {
    "vocab_size": 97,
    "hidden_size": 36,
    "intermediate_size": 52,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 10,
    "max_position_embeddings": 128,
}
LLAMA3_SCALING = {
    "rope_type": "llama3",
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}


def reference_llama(seed: int = 0, rope_theta: float = 10000.0, rope_scaling: dict | None = None, **changes):
    """A random transformers Llama whose norm weights and biases are random too."""
    from transformers import LlamaConfig, LlamaForCausalLM  # takes seconds, and most tests need ours only

    torch.manual_seed(seed)
    rope = (rope_scaling or {"rope_type": "default"}) | {"rope_theta": rope_theta}
    config = LlamaConfig(
        **(SIZES | {"rms_norm_eps": 1e-5, "tie_word_embeddings": False} | changes), rope_parameters=rope
    )
    config._attn_implementation = "eager"
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name or name.endswith("bias"):
                parameter.normal_(1.0, 0.3)
            else:
                parameter.normal_(0.0, 0.15)
    return model


def our_config(**changes) -> ModelConfig:
    return ModelConfig(**(SIZES | changes))


def our_copy(reference: torch.nn.Module, config: ModelConfig) -> Transformer:
    """Our model with the reference's weights."""
    model = Transformer(config)
    state = {name: tensor.clone() for name, tensor in reference.state_dict().items()}
    fill(model, state, "reference")
    return model.eval()


def random_model(seed: int = 0, std: float = 0.15, **changes) -> Transformer:
    """Our model with random weights, norms included."""
    torch.manual_seed(seed)
    model = Transformer(our_config(**changes)).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(1.0, 0.3) if "norm" in name else parameter.normal_(0.0, std)
    return model


@contextmanager
def torchs_product():
    """Inside, `linear` is torch's own, as transformers uses it, so that no difference comes from the matrix kernel."""
    with patch("lessons_lib.layers.linear.linear", torch.nn.functional.linear):
        yield


def random(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Normally distributed numbers."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def token_ids(*shape: int, seed: int = 1, vocab_size: int = SIZES["vocab_size"]) -> torch.Tensor:
    return torch.randint(vocab_size, shape, generator=torch.Generator().manual_seed(seed))


def byte_tokenizer() -> tokenizers.Tokenizer:
    """A byte-level tokenizer of 300 tokens, trained by the `tokenizers` library."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(
        ["Grouped heads read the same key. " * 5, "Every head reads every key of its group."], trainer
    )
    return tokenizer
