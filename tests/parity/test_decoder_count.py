"""How many of the decoders that transformers lists the library opens, and why it leaves out the others."""

from pathlib import Path

from parity.table import COUNT
from transformers import CONFIG_MAPPING
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from lessons_lib.checkpoint import families
from lessons_lib.checkpoint.families import FAMILIES

# What its list holds beside decoders of text.
ENCODERS = """
    bert bert-generation big_bird camembert data2vec-text electra ernie megatron-bert rembert roberta
    roberta-prelayernorm roc_bert roformer xlm xlm-roberta xlm-roberta-xl xlnet xmod reformer
"""
HALVES = "bart bigbird_pegasus blenderbot blenderbot-small marian mbart mvp pegasus plbart prophetnet"
MORE_THAN_TEXT = """
    fuyu git got_ocr2 mllama moshi moss_transcribe_diarize musicgen musicgen_melody phi4_multimodal trocr whisper
    gemma3 gemma3n gemma4 gemma4_unified llama4 qwen3_5 qwen3_5_moe qwen4_exp dots3_note emu3
"""
OTHERS = "blt gemma4_assistant gemma4_unified_assistant"  # bytes in three transformers; drafters for another model
NO_DECODERS = {*ENCODERS.split(), *HALVES.split(), *MORE_THAN_TEXT.split(), *OTHERS.split()}


def _each(why: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), why)


STATE = "keeps a state of another kind, or beside attention in one layer"
SPARSE = "chooses the keys that it looks at by an index of its own"
GATE = "a gate on what attention gives"
BY_LAYER = "heads of another number or width in some layers"
LEFT_OUT = {
    **_each(STATE, "bailing_hybrid falcon_h1 lfm3 olmo_hybrid recurrent_gemma rwkv xlstm zamba zamba2"),
    **_each("short convolutions and relative positions", "inkling2_text inkling_text"),
    **_each(SPARSE, "axk2 dots3_note_text hy_v4 minimax_m3_vl_text"),
    **_each("several residual streams, and " + SPARSE, "deepseek_v4 qwen4_exp_text"),
    **_each(GATE, "beam laguna"),
    "mimo_v2_flash": BY_LAYER,
    "axk1": "a norm on what the experts give",
    "cpmant": "a learned bias for each distance, by buckets",
    "ctrl": "waves in halves, and embeddings of tokens that are read twice",
    "diffllama": "the difference of two attentions",
    "doge": "a mask that is learnt",
    "hrm_text": "the same layers many times in turn",
    "jetmoe": "experts for attention",
    "longcat_flash": "two attentions in one block, and experts that give back what they read",
    "zaya": "convolutions over queries and keys, and a router that is a network",
    "modernbert-decoder": "a network in front of its output matrix",
    "gpt_neox_japanese": "a bias in its last layer alone",
}


def test_a_family_is_data():
    """25 lines each on average, all lines of all files counted."""
    files = Path(families.__file__).parent.glob("*.py")
    lines = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
    assert lines <= 25 * len(FAMILIES), f"{lines} lines for {len(FAMILIES)} families"


def test_every_decoder_opens_or_is_left_out_for_a_reason(record_property):
    listed = set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)
    decoders = (listed & set(CONFIG_MAPPING)) - NO_DECODERS
    opened = decoders & FAMILIES.keys() | {"gpt-sw3"}  # which is GPT-2, in its files too
    assert not NO_DECODERS - listed and len(decoders | {"gpt-sw3"}) == 136
    left_out = {name: why for name, why in LEFT_OUT.items() if name not in opened}
    assert not LEFT_OUT.keys() & opened, "these open now: take them out of LEFT_OUT"
    assert opened | left_out.keys() == decoders | {"gpt-sw3"}
    record_property(COUNT, [sorted(opened), left_out])
