"""A published config that no lesson before has named, and the same with small sizes."""

import json
from typing import Any

# https://huggingface.co/databricks/dbrx-base, without the lines about software, as a copy of the file has them.
PUBLISHED = """{"model_type": "dbrx", "vocab_size": 100352, "d_model": 6144, "n_heads": 48, "n_layers": 40,
 "max_seq_len": 32768, "tie_word_embeddings": false, "emb_pdrop": 0.0, "resid_pdrop": 0.0,
 "attn_config": {"attn_pdrop": 0, "clip_qkv": 8, "kv_n_heads": 8, "rope_theta": 500000},
 "ffn_config": {"ffn_act_fn": {"name": "silu"}, "ffn_hidden_size": 10752, "moe_loss_weight": 0.05,
  "moe_normalize_expert_weights": 1, "moe_num_experts": 16, "moe_top_k": 4}}"""


def small(clip: float) -> dict[str, Any]:
    """The same config with sizes that are small and all different, and a bound of one's choice."""
    file = json.loads(PUBLISHED)
    file |= {"vocab_size": 97, "d_model": 36, "n_heads": 6, "n_layers": 3, "max_seq_len": 128}
    file["attn_config"] |= {"clip_qkv": clip, "kv_n_heads": 2}
    file["ffn_config"] |= {"ffn_hidden_size": 20, "moe_num_experts": 5, "moe_top_k": 2}
    file["ffn_config"]["moe_normalize_expert_weights"] = 1.0  # transformers 5.23 refuses the published 1
    return file
