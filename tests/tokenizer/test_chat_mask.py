"""Which tokens the assistant says: those that transformers finds by marks in the template, for any template."""

import pytest
from transformers import PreTrainedTokenizerFast

from lessons_lib.tokenizer import ByteLevel, ChatTemplate, Tokenizer, chat
from lessons_lib.tokenizer.formats.published import PUBLISHED

PLAIN = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
PLAIN += "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
MARKED = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' %}"
    "{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}"
    "{% else %}{{ m.content + '<|im_end|>\n' }}{% endif %}{% endfor %}"
)
CONVERSATIONS = [
    [("user", "Hello")],
    [("system", "You are a pirate."), ("user", "Who are you?"), ("assistant", "Arr.")],
    [("user", "What is 2 + 2?"), ("assistant", "4"), ("user", "And 12 + 345?"), ("assistant", "357 🙂 日本語")],
    [("user", "  leading"), ("assistant", "trailing  \n"), ("user", "\n\nboth\t "), ("assistant", "  in front")],
    [("user", "same"), ("assistant", "same"), ("user", "same"), ("assistant", "same")],
    [("user", "a"), ("assistant", "b"), ("assistant", "c"), ("user", "d")],
    [("assistant", "I begin."), ("user", "Well."), ("assistant", "stays text<|im_")],
    [("user", "Who?"), ("assistant", "x = [1]\n\n  y"), ("user", "assistant"), ("assistant", "user\n")],
]


@pytest.fixture(autouse=True)
def in_process(monkeypatch):
    """Templates run without a child process, which is much faster."""

    class Everything:
        def __contains__(self, digest):
            return True

    monkeypatch.setattr(chat, "_VOUCHED_FOR", Everything())


@pytest.fixture(scope="module")
def theirs(oracle, metadata):
    copy = type(oracle).from_str(oracle.to_str())
    copy.add_special_tokens(metadata["tokenizer.ggml.tokens"][:17])
    return PreTrainedTokenizerFast(tokenizer_object=copy, bos_token="<|im_start|>", eos_token="<|im_end|>")


def tokenizer_of(source):
    encoder = ByteLevel([bytes([byte]) for byte in range(256)], merges=[], split="gpt2")
    names = {name: 256 + n for n, name in enumerate(["<|im_start|>", "<|im_end|>", "<|eot_id|>", "<|eot|>"])}
    ends = list(names.values())[1:]
    return Tokenizer(encoder, special_tokens=names, eos_token_ids=ends, chat_template=ChatTemplate(source))


def turns(conversation):
    return [{"role": role, "content": content} for role, content in conversation]


def said_by(tokenizer, messages, **settings):
    """The stretches that the mask shows, as text."""
    ids, mask = tokenizer.encode_chat(messages, add_generation_prompt=False, return_mask=True, **settings)
    assert ids == tokenizer.encode_chat(messages, add_generation_prompt=False, **settings)
    assert len(ids) == len(mask)
    stretches, before = [], False
    for i, spoken in zip(ids, mask, strict=True):
        if spoken and not before:
            stretches.append([])
        if spoken:
            stretches[-1].append(i)
        before = spoken
    return [tokenizer.decode(stretch) for stretch in stretches]


@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_the_mask_is_that_of_transformers_which_needs_marks(strict_tokenizer, theirs, conversation, monkeypatch):
    messages = turns(conversation)
    expected = theirs.apply_chat_template(
        messages, chat_template=MARKED, return_assistant_tokens_mask=True, return_dict=True
    )
    for source in (PLAIN, MARKED):
        monkeypatch.setattr(strict_tokenizer, "chat_template", ChatTemplate(source))
        ids, mask = strict_tokenizer.encode_chat(messages, add_generation_prompt=False, return_mask=True)
        assert ids == expected["input_ids"]
        assert mask == [bool(said) for said in expected["assistant_masks"]]


@pytest.mark.parametrize("name", [name for name, one in PUBLISHED.items() if one.chat])
def test_of_published_templates_the_answers_and_what_ends_them(name):
    end = {"llama3": "<|eot_id|>", "llama4": "<|eot|>"}.get(name, "<|im_end|>")
    tokenizer = tokenizer_of(PUBLISHED[name].chat)
    messages = turns([("user", "One?"), ("assistant", "Yes, one."), ("user", "Two?"), ("assistant", "No.")])
    said = said_by(tokenizer, messages)
    assert len(said) == 2
    assert said[0].endswith("Yes, one." + end)
    assert said[1].endswith("No." + end)
    assert "assistant" not in "".join(said)


def test_a_thinking_model_says_what_it_thinks_behind_the_prompt_and_not_the_prompt():
    tokenizer = tokenizer_of(PUBLISHED["qwen3"].chat)
    thought = {"role": "assistant", "content": "Four.", "reasoning_content": "2 + 2"}
    said = said_by(tokenizer, [*turns([("user", "2 + 2?")]), thought])
    assert said == ["<think>\n2 + 2\n</think>\n\nFour.<|im_end|>"]


def test_a_prompt_that_opens_the_thought_is_not_said():
    source = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}<think>\n{% endif %}"
        "{{ m.content }}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"
    )
    said = said_by(tokenizer_of(source), turns([("user", "Hm?"), ("assistant", "so\n</think>yes")]))
    assert said == ["so\n</think>yes<|im_end|>"]


def test_a_call_is_said_with_all_that_the_template_writes_around_it():
    source = (
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + (m.content or '') }}"
        "{% for c in m.tool_calls or [] %}<tool_call>{{ c.function.name }}({{ c.function.arguments.city }})</tool_call>"
        "{% endfor %}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    function = {"name": "weather", "arguments": {"city": "Köln"}}
    call = {"role": "assistant", "content": "I look.", "tool_calls": [{"type": "function", "function": function}]}
    said = said_by(tokenizer_of(source), [*turns([("user", "Warm?")]), call, {"role": "tool", "content": "22"}])
    assert said == ["I look.<tool_call>weather(Köln)</tool_call><|im_end|>"]


def test_a_template_without_an_end_ends_with_the_answer():
    source = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    assert said_by(tokenizer_of(source), turns([("user", "Q"), ("assistant", "A"), ("user", "R")])) == ["A"]


def test_a_space_that_the_template_puts_before_an_answer_is_in_its_first_token(strict_tokenizer, monkeypatch):
    source = (
        "{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}"
        "{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}"
    )
    monkeypatch.setattr(strict_tokenizer, "chat_template", ChatTemplate(source))
    assert said_by(strict_tokenizer, turns([("user", "Well?"), ("assistant", "Yes.")])) == [" Yes.<|im_end|>"]


def test_nobody_answers_where_only_a_prompt_stands():
    tokenizer = tokenizer_of(PLAIN)
    ids, mask = tokenizer.encode_chat(turns([("user", "Hello")]), return_mask=True)
    assert len(mask) == len(ids)
    assert not any(mask)
    ids, mask = tokenizer.encode_chat([], return_mask=True)
    assert len(mask) == len(ids)
    assert not any(mask)


def test_an_answer_that_is_to_go_on_is_said_as_far_as_it_stands():
    tokenizer = tokenizer_of(PLAIN)
    messages = turns([("user", "Count"), ("assistant", "one, two")])
    ids, mask = tokenizer.encode_chat(messages, continue_final_message=True, return_mask=True)
    assert tokenizer.decode([i for i, spoken in zip(ids, mask, strict=True) if spoken]) == "one, two"


def test_the_real_model(strict_tokenizer):
    messages = turns(
        [("user", "What is a dog?"), ("assistant", "An animal."), ("user", "A cat?"), ("assistant", "Too.")]
    )
    assert said_by(strict_tokenizer, messages) == ["An animal.<|im_end|>", "Too.<|im_end|>"]
