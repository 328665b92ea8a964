"""Family: how the files of one `model_type` say what our config and our parameter names say, both ways.

A key of `config.json` is one of four things. It stands for a field of ours as it is (`keys`), or for a part that is
written in another way (`parts`); or it changes no number (`harmless`), or may have one value only (`only`). Any other
key must be empty or say what is so anyway: a switch that nobody looked at is how a model becomes quietly wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.neutral import cleaned, is_empty, is_neutral
from lessons_lib.config import ModelConfig
from lessons_lib.formats.lazy import LazyTensor

Values = Mapping[str, Any]
MOST_NAMED = 40  # faults in one message
MOST_TENSORS = 100_000  # of one model; experts of a hostile file, packed by the thousand, would fill the memory


@dataclass(frozen=True)
class KeyGroup:
    """Something that `config.json` writes in another way than our config, such as the rotary positions.

    Args:
        keys: the keys of `config.json` that it reads.
        read: makes fields of our config from the values of the file, and the family's defaults where it has none.
        write: makes values of the file from our config.
    """

    keys: tuple[str, ...]
    read: Callable[[Values], dict[str, Any]]
    write: Callable[[ModelConfig], dict[str, Any]]


def _is_computed(name: str, names: Collection[str]) -> bool:
    return name.endswith(".rotary_emb.inv_freq")  # frequencies, which old files carry


@dataclass(frozen=True, kw_only=True)
class Family:
    """One family of models.

    Args:
        model_type: its name in `config.json`.
        architecture: the class that transformers makes of it.
        keys: field of our config by key of the file, where both hold the same value.
        defaults: what the family means by leaving a key out. A key of `keys` that has no default must be there.
        fixed: fields of our config that are the same in the whole family, so that no file states them.
        parts: what is written in another way.
        harmless: keys that this family's files carry and that change no number.
        only: keys with the one value under which this family is what we build.
        to_ours: makes our parameters out of one tensor of a file.
        from_ours: makes a file's tensors out of all our parameters.
        skipped: says of a tensor's name, among all names of the files, whether it is left out.
        quantized: the `quant_method` of files whose weights `joined` makes plain.
        joined: takes those tensors out that are ours only several together, and gives what they make, by our names.
        text: the key under which the values of the text model lie, in files of models that do more.
    """

    model_type: str
    architecture: str
    keys: Mapping[str, str]
    defaults: Mapping[str, Any]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[KeyGroup, ...] = ()
    harmless: frozenset[str] = frozenset()
    only: Mapping[str, Any] = field(default_factory=dict)
    to_ours: Callable[[str, Tensor, ModelConfig], dict[str, Tensor]] = Names().to_ours
    from_ours: Callable[[Mapping[str, Tensor], ModelConfig], dict[str, Tensor | LazyTensor]] = Names().from_ours
    skipped: Callable[[str, Collection[str]], bool] = _is_computed
    text: str | None = None
    quantized: str | None = None
    joined: Callable[[dict[str, Tensor]], dict[str, LazyTensor]] = lambda tensors: {}

    def config(self, values: Values) -> ModelConfig:
        """Read the values of a `config.json`.

        Raises:
            ValueError: naming all keys that are missing, unknown or not covered, or the field with an impossible value.
        """
        values, config = self._of_text(values), None
        faults = [f"{key}: got nothing, allowed a value" for key in self._missing(values)]
        if not faults:
            try:
                config = self._built(values)
            except ValueError as error:
                faults.append(str(error))
        faults += [
            f"{key:.80}: got {values[key]!r:.60}, allowed {rule}" for key, rule in self._not_ours(values, config)
        ]
        if faults:
            more = f"; and {len(faults) - MOST_NAMED} more" if len(faults) > MOST_NAMED else ""
            raise ValueError("; ".join(faults[:MOST_NAMED]) + more)
        return config

    def values(self, config: ModelConfig) -> dict[str, Any]:
        """Write a config as the values of a `config.json`; whether they say all of it, only reading them back shows."""
        written = {"architectures": [self.architecture], "model_type": self.model_type, "pad_token_id": None}
        fields = config.to_dict()
        if len(config.eos_token_id) < 2:  # a list only where there are several
            fields["eos_token_id"] = next(iter(config.eos_token_id), None)
        written |= {key: fields[name] for key, name in self.keys.items()}
        for part in self.parts:
            written |= part.write(config)
        return written

    def like(
        self,
        model_type: str,
        architecture: str | None = None,
        *,
        without: Iterable[str] = (),
        names: Names | None = None,
        **changes: Any,
    ) -> Family:
        """Another family that differs from this one in what is given.

        Args:
            model_type, architecture: its names; None for an architecture whose name is that of the type.
            without: keys that its files do not have.
            names: its names of tensors, where they are others.
            **changes: fields of a family. What is given in `keys`, `defaults`, `fixed`, `harmless` and `only` is added
                to what is here; a `None` in `fixed` takes a field out.
        """
        added: dict[str, Any] = {"harmless": self.harmless | changes.get("harmless", frozenset())}
        added |= {name: getattr(self, name) | changes.get(name, {}) for name in ("defaults", "only", "fixed")}
        keys = {key: name for key, name in self.keys.items() if key not in set(without)} | changes.get("keys", {})
        added["keys"] = {key: name for key, name in keys.items() if name not in added["fixed"]}
        added["fixed"] = {name: value for name, value in added["fixed"].items() if value is not None}
        if names is not None:
            added |= {"to_ours": names.to_ours, "from_ours": names.from_ours}
        architecture = architecture or model_type.title().replace("_", "") + "ForCausalLM"
        return replace(self, model_type=model_type, architecture=architecture, **(changes | added))

    def parameters(self, tensors: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor | LazyTensor]:
        """Give a file's tensors our names and our order of rows; they stay views of the file.

        Raises:
            ValueError: if two tensors of the file are one of ours, or there are more than any model has.
        """
        tensors = dict(tensors)
        ours: dict[str, Tensor | LazyTensor] = dict(self.joined(tensors))
        for name, tensor in tensors.items():
            if self.skipped(name, tensors.keys()):
                continue
            made = self.to_ours(name, tensor, config)
            if twice := ours.keys() & made.keys():
                raise ValueError(f"{name}: got a second {min(twice)}, allowed one")
            ours |= made
            if len(ours) > MOST_TENSORS:
                raise ValueError(f"{name}: got more than {MOST_TENSORS} tensors, allowed at most so many")
        return ours

    def _of_text(self, values: Values) -> Values:
        """Lay the values of the text model over those of the whole."""
        if self.text is None:
            return values
        inside = values.get(self.text)
        if not isinstance(inside, dict):
            raise ValueError(f"{self.text}: got {inside!r:.60}, allowed an object")
        return {key: value for key, value in values.items() if key != self.text} | inside

    def _built(self, values: Values) -> ModelConfig:
        try:
            fields = {}
            for key, name in self.keys.items():
                default = self.defaults.get(key)
                fields[name] = cleaned(name, values.get(key, default), default)
            if "hidden_act" in fields:
                fields["hidden_act"] = _SAME_ACTIVATION.get(fields["hidden_act"], fields["hidden_act"])
            whole = dict(self.defaults) | dict(values)
            for part in self.parts:
                fields |= part.read(whole)
            return ModelConfig(**self.fixed, **fields)
        # Text, a number without bounds or a step of zero, where a size should be.
        except (TypeError, OverflowError, ZeroDivisionError) as error:
            raise ValueError(f"sizes: got {error}, allowed whole numbers") from None

    def _missing(self, values: Values) -> Iterable[str]:
        return (key for key in self.keys if key not in self.defaults and values.get(key) is None)

    def _not_ours(self, values: Values, config: ModelConfig | None) -> Iterable[tuple[str, str]]:
        """The keys that would make another model than ours, and what is allowed there."""
        known = {*self.keys, *self.harmless, *_HARMLESS, *(key for part in self.parts for key in part.keys)}
        read = {key for part in self.parts for key in part.keys}
        only, rule = (
            {key: value for key, value in _ONLY.items() if key not in read} | self.only,
            f"no such key in a model of type {self.model_type}, for it may change the numbers",
        )
        for key, value in values.items():
            if key in only:
                if value != only[key]:
                    yield key, repr(only[key])
            elif key in known or "dropout" in key:
                continue
            elif not (is_empty(key, value, config) or is_neutral(key, values, config)):
                yield key, rule


# Two names of one function; the first of each pair is read, never written.
_SAME_ACTIVATION = {"swish": "silu", "gelu_python": "gelu"} | dict.fromkeys(
    ("gelu_new", "gelu_fast", "gelu_accurate", "gelu_python_tanh"), "gelu_pytorch_tanh"
)

_ONLY = {"partial_rotary_factor": 1.0, "pruned_heads": {}, "chunk_size_feed_forward": 0}

# What transformers 4 and 5 and popular tools write into every config.json and no forward pass reads.
_HARMLESS_NAMES = """
    _attn_implementation _attn_implementation_autoset _commit_hash _name_or_path architectures attention_dropout
    attn_implementation cache_implementation dtype finetuning_task id2label is_decoder label2id max_length min_length
    model_type neftune_noise_alpha output_attentions output_hidden_states pad_token_id prefix pretraining_tp
    problem_type return_dict sep_token_id task_specific_params tokenizer_class torch_dtype transformers.js_config
    transformers_version unsloth_fixed unsloth_version use_cache decoder_start_token_id unk_token_id tf_legacy_loss
    bad_words_ids begin_suppress_tokens diversity_penalty do_sample early_stopping encoder_no_repeat_ngram_size
    exponential_decay_length_penalty forced_bos_token_id forced_eos_token_id length_penalty no_repeat_ngram_size
    num_beam_groups num_beams num_return_sequences output_scores remove_invalid_values repetition_penalty
    return_dict_in_generate suppress_tokens temperature top_k top_p typical_p tie_encoder_decoder torchscript
    use_bfloat16 gradient_checkpointing max_sequence_length model_max_length tokenizer_model_max_length
    tokenizer_padding_side _flash_attn_2_enabled max_seq_length max_seq_len seq_length sequence_length seq_len
    keys_to_ignore_at_inference base_model_tp_plan base_model_pp_plan bos_token eos_token pad_token unk_token
    initializer_factor use_flash_attn use_flash_attention use_sdpa resid_pdrop embd_pdrop attn_pdrop loss_type
    predict_special_tokens output_past n_special n_ctx layerdrop vocab_file sub_configs model_parallel is_llama_config
"""
_HARMLESS = frozenset(_HARMLESS_NAMES.split())
