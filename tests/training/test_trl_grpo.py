"""GRPO beside TRL: on the same random Llama, the same answers and rewards, the same losses and gradients."""

import dataclasses

import pytest
import tokenizers
import torch
from models import our_config, our_copy, random, reference_llama, torchs_product

from lessons_lib.training import IGNORED, Grpo, Judged, Rollouts
from lessons_lib.training.losses import scores_at

PROBLEMS = ["3 1 4", "5", "77 12 9 2", "8 2"]
FILL = 96  # what TRL fills with
ENDS = range(0, 97, 8)  # often enough that answers end at different places
SETTINGS = Grpo(num_generations=3, max_completion_length=7, epsilon_high=0.28)
LOSSES = ["grpo", "bnpo", "dapo", "dr_grpo"]


def encode(text):
    return [int(word) for word in text.split()]


def decode(ids):
    return " ".join(map(str, ids))


def reward(problem, text, ended):
    """Different in most groups, none for some, and the same for all of one problem."""
    if problem == "8 2":
        return 0.1
    return None if text.startswith("1") else len(text) ** 2 / 7 + ended


@pytest.fixture(scope="module")
def theirs():
    return reference_llama()


@pytest.fixture(scope="module")
def trainer(theirs, tmp_path_factory):
    """TRL's trainer, which is given answers in place of making them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
        from datasets import Dataset  # takes seconds, and so does trl
        from transformers import PreTrainedTokenizerFast
        from trl import GRPOConfig, GRPOTrainer

        words = tokenizers.Tokenizer(tokenizers.models.WordLevel({str(n): n for n in range(97)}, unk_token="0"))
        words.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
        words = PreTrainedTokenizerFast(tokenizer_object=words, eos_token=str(FILL), pad_token=str(FILL))

        def judge(prompts, completions, completion_ids, **_):
            ended = [ids[-1] in ENDS for ids in completion_ids]
            texts = [decode(ids[: len(ids) - end]) for ids, end in zip(completion_ids, ended, strict=True)]
            return [reward(*answer) for answer in zip(prompts, texts, ended, strict=True)]

        settings = GRPOConfig(
            output_dir=tmp_path_factory.mktemp("trl"),
            per_device_train_batch_size=12,
            num_generations=SETTINGS.num_generations,
            max_completion_length=SETTINGS.max_completion_length,
            epsilon_high=SETTINGS.epsilon_high,
            use_cpu=True,
            bf16=False,
            activation_checkpointing=False,
            report_to=[],
        )
        made = GRPOTrainer(
            theirs,
            judge,
            settings,
            train_dataset=Dataset.from_list([{"prompt": problem} for problem in PROBLEMS]),
            processing_class=words,
            rollout_func=lambda *_: dict(zip(("prompt_ids", "completion_ids", "logprobs"), made.given, strict=True)),
        )
    made.model.train()
    made.current_gradient_accumulation_steps = 1
    return made


def ours(theirs):
    return our_copy(theirs, our_config())


def told_by_trl(trainer, grpo, data, batch):
    """The inputs of TRL's loss, with TRL's own advantages."""
    named = batch.labels != IGNORED
    prompts = [encode(answer.problem) for answer in data.answers]
    answers = [labels[here].tolist() for labels, here in zip(batch.labels, named, strict=True)]
    trainer.given = prompts, answers, None
    trainer.scale_rewards, trainer.beta, trainer.loss_type = grpo.scale_rewards, 0.0, grpo.loss_type
    return trainer._generate_and_score_completions([{"prompt": answer.problem} for answer in data.answers])


def behind_each_other(values, named, like):
    """What stands at the places of answers, [N, T], as TRL has it: from the left."""
    found = torch.zeros(like.shape)
    for row, here, out in zip(values, named, found, strict=True):
        out[: here.sum()] = row[here]
    return found


@pytest.mark.parametrize("scale", ["group", "batch", "none"])
def test_answers_are_judged_and_rated_as_trl_does(trainer, theirs, scale):
    grpo = dataclasses.replace(SETTINGS, scale_rewards=scale)
    data = Rollouts(ours(theirs), PROBLEMS, reward, grpo, encode=encode, decode=decode, end=ENDS)
    batch = Judged(*data.batch(0, 12))
    assert any(answer.reward is None for answer in data.answers)
    inputs = told_by_trl(trainer, grpo, data, batch)
    torch.testing.assert_close(batch.advantages, inputs["advantages"], atol=1e-5, rtol=1e-5)
    assert inputs["completion_mask"].sum() == (batch.labels != IGNORED).sum() == inputs["num_items_in_batch"]


@pytest.mark.parametrize("loss_type", LOSSES)
@pytest.mark.parametrize(("beta", "corrected"), [(0.0, False), (0.04, False), (0.04, True)])
def test_losses_and_gradients_are_those_of_trl(trainer, theirs, loss_type, beta, corrected):
    grpo = dataclasses.replace(
        SETTINGS, loss_type=loss_type, beta=beta, use_bias_correction_kl=corrected, tolerance=None
    )
    model, batch, inputs = stale(trainer, theirs, grpo)
    with torchs_product():
        loss, measures = grpo.total(lambda *asked: scores_at(model, *asked), tuple(batch))
        (loss / 12).backward()
    trainer.beta, trainer.args.use_bias_correction_kl = beta, corrected
    theirs.zero_grad()
    expected = trainer._compute_loss(theirs, inputs)
    expected.backward()
    assert loss.item() / 12 == pytest.approx(expected.item(), abs=1e-6)
    for name, parameter in theirs.named_parameters():
        torch.testing.assert_close(dict(model.named_parameters())[name].grad, parameter.grad, atol=2e-6, rtol=1e-4)
    watched = {"clipped": "clip_ratio/region_mean", "entropy": "entropy"} | ({"kl": "kl"} if beta else {})
    assert measures["clipped"] > 0
    for name, told in watched.items():
        if name != "kl" or not corrected:  # TRL tells the corrected one
            assert measures[name] / 12 == pytest.approx(trainer._metrics["train"][told][-1], abs=1e-4)


def stale(trainer, theirs, grpo):
    """A model, its answers with probabilities that have moved since, and the same for TRL."""
    model = ours(theirs)
    plain = dataclasses.replace(grpo, beta=0.0)
    data = Rollouts(model, PROBLEMS, reward, plain, encode=encode, decode=decode, end=ENDS)
    batch = Judged(*data.batch(0, 12))
    inputs = told_by_trl(trainer, grpo, data, batch)
    named = batch.labels != IGNORED
    moved = batch.old + 0.3 * random(*batch.old.shape)
    reference = batch.old + 0.2 * random(*batch.old.shape, seed=1)
    for name, values in (("old_per_token_logps", moved), ("ref_per_token_logps", reference)):
        inputs[name] = behind_each_other(values, named, inputs["completion_mask"])
    return model, batch._replace(old=moved * named, reference=reference * named), inputs


@pytest.mark.parametrize("loss_type", LOSSES)
def test_two_parts_of_a_batch_are_as_in_trl_but_for_bnpo(trainer, theirs, loss_type):
    grpo = dataclasses.replace(SETTINGS, loss_type=loss_type, tolerance=None)
    model, batch, inputs = stale(trainer, theirs, grpo)
    loss = grpo.total(lambda *asked: scores_at(model, *asked), tuple(batch))[0].item() / 12
    everything = inputs.pop("num_items_in_batch")
    parts = [
        {name: value[half] for name, value in inputs.items()} | {"num_items_in_batch": everything}
        for half in (slice(6), slice(6, 12))
    ]
    trainer.args.steps_per_generation, trainer.current_gradient_accumulation_steps = 2, 2
    try:
        found = sum(trainer._compute_loss(theirs, part).item() for part in parts)
    finally:
        trainer.args.steps_per_generation, trainer.current_gradient_accumulation_steps = 1, 1
    if loss_type == "bnpo":  # the mean of two means, which weighs a token by the length of its half
        assert abs(found - loss) > 1e-4
    else:
        assert found == pytest.approx(loss, abs=1e-6)


def test_what_trl_does_by_default_is_what_we_do_by_default():
    from trl import GRPOConfig

    defaults, known = {field.name: field.default for field in dataclasses.fields(GRPOConfig)}, Grpo()
    assert defaults["scale_rewards"] == "group"
    same = {"num_generations", "temperature", "loss_type", "epsilon", "epsilon_high", "beta"}
    for name in same:
        assert getattr(known, name) == defaults[name], name
    assert defaults["use_bias_correction_kl"] is True and known.use_bias_correction_kl is False
