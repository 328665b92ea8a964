"""Tools, documents, settings, thinking: laid out as transformers does, and nothing anybody says becomes special."""

import enum
import json
import random
import subprocess
import typing
from datetime import datetime

import pytest
from models import random_model
from transformers import PreTrainedTokenizerFast
from transformers.utils.chat_template_utils import get_json_schema, render_jinja_template

import lessons_lib
from lessons_lib.checkpoint.gguf.export import save_gguf
from lessons_lib.tokenizer import ByteLevel, ChatTemplate, Tokenizer, chat, load_tokenizer
from lessons_lib.tokenizer.formats.published import PUBLISHED
from lessons_lib.tokenizer.tool_schema import tool_schema

OWN = {"bos_token": "<s>", "eos_token": "</s>"}
SPECIAL = ["<s>", "</s>", "<|im_start|>", "<|im_end|>", "<think>", "</think>", "[TOOLS]", "<tool_call>", "</tool_call>"]


@pytest.fixture(autouse=True)
def in_process(monkeypatch, request):
    """Templates of these tests run without a child process, which is much faster; one test runs them in one."""

    class Everything:
        def __contains__(self, digest):
            return True

    if "child" not in request.keywords:
        monkeypatch.setattr(chat, "_VOUCHED_FOR", Everything())


def tokenizer_with(source, **more):
    encoder = ByteLevel([bytes([byte]) for byte in range(256)], merges=[], split="gpt2")
    special = {name: 256 + i for i, name in enumerate(SPECIAL)}
    template = ChatTemplate(source, **more)
    return Tokenizer(encoder, special_tokens=special, bos_token_id=256, eos_token_ids=[257], chat_template=template)


def weather(city: str, unit: str = "celsius") -> str:
    """Tell the weather of a city.

    Args:
        city: The city, with its
            country.
        unit: The unit. (choices: ["celsius", "fahrenheit"])

    Returns:
        The weather.
    """


CALL = [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": {"city": "Köln", "n": 1}}}]
SYSTEM, HELLO = {"role": "system", "content": " Be kind.\n"}, {"role": "user", "content": "Hello <|im_end|>\n"}
THOUGHT = {"role": "assistant", "content": "<think>\nhm\n</think>\n\nyes "}
CONVERSATIONS = [
    [HELLO],
    [SYSTEM, HELLO],
    [HELLO, THOUGHT, HELLO],
    [
        HELLO,
        {"role": "assistant", "content": "<think>x</think>y</think>z"},
        HELLO,
        {"role": "assistant", "content": "n"},
    ],
    [HELLO, {"role": "assistant", "content": "<think>broken off"}, HELLO],
    [HELLO, {"role": "assistant", "content": "<think>only a thought</think>"}, HELLO],
    [HELLO, {"role": "assistant", "content": "yes", "reasoning_content": "because"}, HELLO],
    [HELLO, {"role": "assistant", "content": "yes", "thinking": "because"}, HELLO],
    [
        HELLO,
        {"role": "assistant", "content": "", "tool_calls": CALL},
        {"role": "tool", "content": "22", "name": "weather"},
    ],
    [
        HELLO,
        {"role": "assistant", "content": None, "tool_calls": CALL},
        {"role": "tool", "content": "22"},
        THOUGHT,
        HELLO,
    ],
    [{"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": " two"}]}],
]
LOOP = "{% for m in messages %}<|im_start|>{{ m.role }}\n"
TEMPLATES = {
    "keeps what follows the thought": (
        LOOP + "{% set text = m.content or '' %}{% if m.role == 'assistant' and '</think>' in text %}"
        "{% set text = text.split('</think>')[-1] %}{% endif %}{{ text }}<|im_end|>{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"
    ),
    "shows the thought of the last turn": (
        LOOP + "{% set parts = (m.content or '').partition('</think>') %}"
        "{% if loop.last and parts[1] %}<think>{{ parts[0].replace('<think>', '').strip() }}</think>{% endif %}"
        "{{ (parts[2] if parts[1] else parts[0]) | trim }}{{ '<|im_end|>' }}{% endfor %}"
    ),
    "tools and calls": (
        "{%- if tools %}{{- '[TOOLS]' + (tools | tojson(indent=4)) + '\\n' }}{%- endif %}{%- for m in messages %}"
        "{{- '<|im_start|>' + m['role'] + '\n' + (m['content'] or '') }}{%- for c in m.tool_calls or [] %}"
        "{{- '<tool_call>' ~ c.function.name ~ ' ' ~ (c.function.arguments | tojson(ensure_ascii=False)) }}"
        "{{- '</tool_call>' }}"
        "{%- endfor %}{{- '<|im_end|>\n' -}}{%- endfor %}"
    ),
    "settings": (
        "{% if enable_thinking is defined and enable_thinking is false %}off{% endif %}{{ effort | default('low') }}"
        "{% for d in documents or [] %}{{ d.title }}: {{ d['text'] }}{% endfor %}{{ messages[-1].content | length }}"
        "{% for m in messages %}{{ m.content }}{% endfor %}"
    ),
    "json": (
        "{% for m in messages %}{{ m | tojson }}{{ m | tojson(sort_keys=true, separators=(',', ':')) }}"
        "{{ m | tojson(ensure_ascii=true, indent=2) }}{% endfor %}"
    ),
    "loop controls": (
        "{% for m in messages %}{% if m.role == 'system' %}{% continue %}{% endif %}{{ loop.index0 }}{{ m.content }}"
        "{% if loop.index > 1 %}{% break %}{% endif %}{% endfor %}{{ messages | map(attribute='content') | join('') }}"
    ),
    "generation": (
        "{% for m in messages %}{% if m.role == 'assistant' %}"
        "{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}"
        "{% else %}{{ m.content }}{% endif %}{% endfor %}"
    ),
    "macros and blocks": (
        "{% macro turn(role, text) %}<|im_start|>{{ role }}\n{{ text }}{{ caller() if caller else '' }}{% endmacro %}"
        "{% for m in messages %}{% set said %}{{ m.content }}<|im_end|>{% endset %}{{ turn(m.role, said) }}"
        "{% call turn(m.role, m.content) %}</s>{% endcall %}{% filter trim %} {{ m.content }}<|im_end|> {% endfilter %}"
        "{% endfor %}"
    ),
    "joins": (
        "{% set ns = namespace(out='') %}{% for m in messages %}{% set ns.out = ns.out ~ '<|im_start|>' ~ m.content %}"
        "{% endfor %}{{ ns.out }}{{ ['<s>', messages[0].role, '</s>'] | join('-') }}"
        "{{ 'A<|x|>B' | replace('<|x|>', '<|im_end|>') }}{{ ('<s>' * 2)[3:] }}"
    ),
    "cases": (
        "{% for m in messages %}{{ m.content | upper }}{{ m.content[:5] }}{{ m.content | tojson | replace('l', 'r') }}"
        "{{ m.content.split() | join('|') }}{{ m.content.splitlines() | first }}{{ m.content.rsplit('l', 1)[0] }}"
        "{{ (m.content | list)[::-1] | join }}{{ m.content.title().capitalize().lower() }}{% endfor %}"
    ),
    "guards": (
        "{% set d = dict(a='x') %}{% if messages[0].role == 'system' and messages | length > 1 %}"
        "{{ raise_exception('no system here') }}{% endif %}{{ d.a }}{{ messages[-1].content }}"
        "{% for m in messages[:-1] %}{{ m.content }}{% endfor %}"
    ),
}
SETTINGS = [
    {},
    {"add_generation_prompt": False},
    {"enable_thinking": False},
    {"tools": [weather, {"type": "function", "function": {"name": "<|im_end|>"}}]},
    {"documents": [{"title": "T", "text": "D </s>"}], "effort": "high"},
    {"continue_final_message": True},
]


def theirs(source, messages, add_generation_prompt=None, continue_final_message=False, **settings):
    prompt = not continue_final_message if add_generation_prompt is None else add_generation_prompt
    settings = {"tools": None, "documents": None} | settings
    [text] = render_jinja_template(
        [messages], chat_template=source, add_generation_prompt=prompt, continue_final_message=continue_final_message,
        **settings, **OWN,
    )[0]  # fmt: skip
    return text


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: ",".join(settings) or "none")
@pytest.mark.parametrize("name", TEMPLATES)
def test_everything_is_laid_out_as_transformers_does(name, settings):
    source, refused = TEMPLATES[name], 0
    tokenizer = tokenizer_with(source)
    for messages in CONVERSATIONS:
        try:
            wanted = theirs(source, messages, **settings)
        except Exception:  # a template may fail in any way
            refused += 1
            with pytest.raises(ValueError, match=r"chat template|continue_final_message"):
                tokenizer.encode_chat(messages, **settings)
        else:
            if "CONTINUE_FINAL" in wanted:  # it leaves its mark where a message is shown twice
                with pytest.raises(ValueError, match="continue_final_message: got another last message"):
                    tokenizer.encode_chat(messages, **settings)
                continue
            assert tokenizer.decode(tokenizer.encode_chat(messages, **settings)) == wanted
    assert refused < len(CONVERSATIONS) or "continue_final_message" in settings


@pytest.mark.parametrize("name", ["keeps what follows the thought", "tools and calls", "joins", "macros and blocks"])
def test_the_templates_own_words_are_special_and_nothing_else_is(name):
    tokenizer = tokenizer_with(TEMPLATES[name])
    plain = [
        {"role": "user", "content": "aaaa"},
        {"role": "assistant", "content": "bbbb"},
        {"role": "user", "content": "c"},
    ]
    wanted = [i for i in tokenizer.encode_chat(plain) if i > 255]
    assert wanted
    for special in SPECIAL:
        for attack in (
            special,
            f"x{special}y",
            special[:3] + special + special[3:],
            special * 3,
            f"{special}\n{special}",
        ):
            attacked = [plain[0] | {"content": attack}, plain[1] | {"content": f"b{attack}"}, plain[2]]
            if "think" in special:  # what a template looks for decides what it shows, and is text all the same
                attacked[1] = plain[1]
            assert [i for i in tokenizer.encode_chat(attacked) if i > 255] == wanted


def test_tools_documents_and_settings_smuggle_nothing():
    source = (
        "<s>{{ tools | tojson }}{{ documents[0].text }}{{ motto }}{{ things.a[0] }}{% for m in messages %}"
        "{{ m.content }}{{ m.name }}{{ m.reasoning_content }}{% for c in m.tool_calls %}{{ c.function.name }}"
        "{{ c.function.arguments }}{% for k, v in c.function.arguments.items() %}{{ k }}{{ v }}{% endfor %}"
        "{% endfor %}{% endfor %}</s>"
    )
    tokenizer, tried = tokenizer_with(source), 0
    for special in SPECIAL:
        for attack in (special, f"a{special}b", special + special, special[:2] + special + special[2:]):
            function = {"name": attack, "arguments": {attack: attack, "more": [attack]}}
            message = {"role": "assistant", "content": attack, "name": attack, "reasoning_content": attack}
            ids = tokenizer.encode_chat(
                [message | {"tool_calls": [{"function": function}]}],
                tools=[{"name": attack, attack: [attack]}],
                documents=[{"text": attack}],
                motto=attack,
                things={"a": (attack,)},
            )
            assert [i for i in ids if i > 255] == [256, 257]
            assert tokenizer.decode(ids).count(attack) > 8
            tried += 1
    assert tried == 36


def test_own_words_out_of_an_unknown_operation_are_an_error():
    tokenizer = tokenizer_with("{% for m in messages %}{{ '%s<|im_end|>' | format(m.content) }}{% endfor %}")
    with pytest.raises(ValueError, match=r"chat template: got '<\|im_end\|>' out of an unknown operation"):
        tokenizer.encode_chat([{"role": "user", "content": "Hello"}])


# Qwen's and Llama's own formats


@pytest.mark.parametrize("name", ["qwen2.5", "qwen3"])
def test_qwen_shows_calls_and_results(name):
    source = PUBLISHED[name].chat
    messages = [HELLO, {"role": "assistant", "content": "", "tool_calls": CALL * 2}, {"role": "tool", "content": "22"},
                {"role": "tool", "content": "23"}, {"role": "assistant", "content": "warm"}, HELLO]  # fmt: skip
    text = "".join(part.text for part in ChatTemplate(source).lay_out(messages, True, {}, tools=[weather]))
    call = '<tool_call>\n{"name": "weather", "arguments": {"city": "Köln", "n": 1}}\n</tool_call>'
    assert text.count(call) == 2 and f"{call}\n{call}<|im_end|>\n" in text
    results = (
        "<|im_start|>user\n<tool_response>\n22\n</tool_response>\n<tool_response>\n23\n</tool_response><|im_end|>\n"
    )
    assert results in text and text.endswith("<|im_start|>assistant\n")
    assert f"<tools>\n{json.dumps(tool_schema(weather), ensure_ascii=False)}\n</tools>" in text


def test_qwen3_thinks_or_does_not():
    def text(messages, **variables):
        parts = ChatTemplate(PUBLISHED["qwen3"].chat).lay_out(messages, True, {}, variables=variables)
        return "".join(part.text for part in parts)

    assert text([HELLO]).endswith("<|im_start|>assistant\n")
    assert text([HELLO], enable_thinking=True).endswith("<|im_start|>assistant\n")
    assert text([HELLO], enable_thinking=False).endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert "<|im_start|>assistant\nyes <|im_end|>" in text([HELLO, THOUGHT, HELLO])
    assert "<|im_start|>assistant\n<think>\nhm\n</think>\n\nyes <|im_end|>" in text([HELLO, THOUGHT])


def test_llama_3_trims_what_is_said_and_llama_4_does_not(published):
    said = [{"role": "user", "content": "  What?  "}]
    assert "\n\nWhat?<|eot_id|>" in published("llama3").decode(published("llama3").encode_chat(said))
    assert "\n\n  What?  <|eot|>" in published("llama4").decode(published("llama4").encode_chat(said))


@pytest.mark.parametrize("name", ["llama3", "llama4", "mistral-v1"])
def test_a_chat_starts_with_one_token_that_starts_a_text(name, published):
    tokenizer = published(name)
    ids = tokenizer.encode_chat(message for message in [{"role": "user", "content": "<s><|begin_of_text|>Hi"}])
    assert ids[0] == tokenizer.bos_token_id and ids.count(tokenizer.bos_token_id) == 1


# Arguments


def test_every_argument_may_be_an_iterator():
    tokenizer = tokenizer_with(TEMPLATES["tools and calls"] + TEMPLATES["settings"])
    tools, documents = [weather], [{"title": "T", "text": "D"}]
    wanted = tokenizer.encode_chat([SYSTEM, HELLO], tools=tools, documents=documents)
    assert tokenizer.encode_chat(iter([SYSTEM, HELLO]), tools=iter(tools), documents=(d for d in documents)) == wanted
    assert len(wanted) > 400


def test_a_template_for_tools_is_taken_where_there_are_tools():
    tokenizer = tokenizer_with("plain{{ messages[0].content }}", tool_use="tools{{ messages[0].content }}")
    assert tokenizer.decode(tokenizer.encode_chat([HELLO])).startswith("plain")
    assert tokenizer.decode(tokenizer.encode_chat([HELLO], tools=[weather])).startswith("tools")
    assert tokenizer.decode(tokenizer.encode_chat([HELLO], tools=[])).startswith("tools")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tools": weather}, "tools: got one function, allowed a list"),
        ({"tools": {"type": "function"}}, "tools: got one dict, allowed a list"),
        ({"tools": ["weather"]}, r"tools\[0\]: got str, allowed a function or a schema"),
        ({"tools": [lambda x: x]}, r"tools\[0\] \(<lambda>\): got no docstring"),
        ({"documents": ["text"]}, r"documents\[0\]: got str, allowed an object"),
        ({"effort": object()}, "effort: got object, allowed text, numbers, lists and objects"),
        ({"effort": {1: 2}}, "effort: got the name 1, allowed text"),
        ({"continue_final_message": True, "add_generation_prompt": True}, "continue_final_message: got True beside"),
    ],
)
def test_malformed_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        tokenizer_with("{{ messages[0].content }}").encode_chat([HELLO], **settings)


@pytest.mark.parametrize("messages", [[], [{"role": "assistant", "content": None, "tool_calls": CALL}]])
def test_only_text_is_continued(messages):
    with pytest.raises(ValueError, match="continue_final_message: got no text in the last message"):
        tokenizer_with("{{ messages }}").encode_chat(messages, continue_final_message=True)


def test_today_is_known():
    tokenizer = tokenizer_with("{{ strftime_now('%d %b %Y') }}{{ messages[0].content }}")
    before = datetime.now().strftime("%d %b %Y")
    text = tokenizer.decode(tokenizer.encode_chat([{"role": "user", "content": ""}]))
    assert text in (before, datetime.now().strftime("%d %b %Y"))


def test_older_sandboxes_are_refused(monkeypatch):
    tokenizer = tokenizer_with("{{ messages[0].content }}")
    for release in ("3.1.5", "3.0.9", "2.11.3"):
        monkeypatch.setattr(chat, "version", lambda name, release=release: release)
        with pytest.raises(ImportError, match=rf"jinja2: got {release}, allowed 3\.1\.6 or later"):
            tokenizer.encode_chat([HELLO])
    for release in ("3.1.6", "3.2.0", "4.0"):
        monkeypatch.setattr(chat, "version", lambda name, release=release: release)
        assert tokenizer.encode_chat([HELLO])


WHAT_IS_SET = "import json, os; print(json.dumps(list(os.environ)))"


def test_the_child_has_no_environment(monkeypatch):
    monkeypatch.setattr(chat, "_VOUCHED_FOR", set())
    monkeypatch.setenv("SECRET", "a secret")
    run, seen = subprocess.run, []

    def watched(command, **options):
        seen.append(options["env"])
        return (
            run([command[0], "-I", "-c", "import os; print(dict(os.environ))"], **options)
            if probe
            else run(command, **options)
        )

    monkeypatch.setattr(subprocess, "run", watched)
    probe = False
    tokenizer = tokenizer_with("{{ messages[0].content }}<|im_end|>")
    assert tokenizer.encode_chat([HELLO])[-1] == 259
    assert seen and not any("SECRET" in names or "PATH" in names for names in seen)


def test_a_child_lays_out_what_this_process_does(monkeypatch):
    for name in ("keeps what follows the thought", "tools and calls", "macros and blocks"):
        tokenizer = tokenizer_with(TEMPLATES[name])
        for messages in CONVERSATIONS[:3]:
            here = tokenizer.encode_chat(messages, tools=[weather])
            with monkeypatch.context() as patch:
                patch.setattr(chat, "_VOUCHED_FOR", set())
                assert tokenizer.encode_chat(messages, tools=[weather]) == here


# Schemas of functions


class Colour(enum.Enum):
    RED = "red"
    BLUE = 3


def many_types(
    a: int, b: float, c: str, d: bool, e: typing.Any, f: list, g: list[int], h: dict, i: dict[str, float],
    j: tuple[int, str], k: int | None, q: int | str, m: list[int] | str | None,
    n: typing.Literal["x", 1], o: Colour, p: float | None = None,
):  # fmt: skip
    """Do much.

    It takes two paragraphs to say
    what.

    Args:
        a: A.
        b: B, which goes on
            here: and there.
        c: C (choices: ["u ", "v"])
        d: D
        e: E
        f: F
        g: G
        h: H
        i: I
        j: J
        k: K

        q: L
        m: M
        n: N
        o: O
        p: P

    Returns:
        Nothing.

    Raises:
        ValueError: Never.
    """


def no_arguments() -> int:
    """Count."""


def odd_return(a: int) -> "Colour":
    """Do it.

    Args:
        a: The first
    """


class Methods:
    def one(self, a: int) -> object:
        """Do one.

        Args:
            a: The first
        """


@pytest.mark.parametrize("function", [weather, many_types, no_arguments, odd_return, Methods().one, Methods.one])
def test_schemas_are_those_of_transformers(function):
    assert tool_schema(function) == get_json_schema(function)


def test_functions_that_say_too_little_are_refused():
    def no_hint(a):
        """Do it.

        Args:
            a: The first
        """

    def no_description(a: int):
        """Do it."""

    def odd_type(a: complex):
        """Do it.

        Args:
            a: The first
        """

    for function, complaint in ((no_hint, "a without a type hint"), (no_description, "a without a description"),
                                (odd_type, "got the type <class 'complex'>")):  # fmt: skip
        with pytest.raises(ValueError, match=complaint):
            tool_schema(function)
        with pytest.raises(Exception, match=r"hint|description"):
            get_json_schema(function)


def test_random_conversations_are_laid_out_as_transformers_does():
    chance, source = random.Random(0), PUBLISHED["qwen3"].chat
    pieces = ["a", " ", "\n", "</think>", "<think>", "<|im_end|>", "é", "<tool_response>", "</tool_response>"]
    for _ in range(150):
        messages = [
            {"role": role, "content": "".join(chance.choices(pieces, k=chance.randrange(6)))}
            for _ in range(chance.randrange(1, 4))
            for role in ("user", "assistant")
        ]
        parts = ChatTemplate(source).lay_out(messages, False, {})
        assert "".join(part.text for part in parts) == theirs(source, messages, False)


def test_templates_are_read_where_transformers_saves_them(tmp_path):
    named = {
        "default": "plain{{ messages[0].content }}",
        "tool_use": "tools{{ messages[0].content }}",
        "rag": "{{ no }}",
    }
    lessons_lib.save_pretrained(random_model(vocab_size=64), tmp_path, tokenizer_with(named["default"]))
    peer = PreTrainedTokenizerFast.from_pretrained(tmp_path)
    peer.chat_template = named
    peer.save_pretrained(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*.jinja")) == [
        "chat_template.jinja",
        "rag.jinja",
        "tool_use.jinja",
    ]
    ours = load_tokenizer(tmp_path)
    assert (ours.chat_template.source, ours.chat_template.tool_use) == (named["default"], named["tool_use"])
    folder = next(tmp_path.rglob("tool_use.jinja")).parent
    folder.rename(tmp_path.parent / "elsewhere")
    folder.symlink_to(tmp_path.parent / "elsewhere")
    assert load_tokenizer(tmp_path).chat_template.tool_use is None  # a link out of the model's folder is not followed


def test_both_templates_are_saved_and_read_back(tmp_path):
    tokenizer = tokenizer_with("plain{{ messages[0].content }}", tool_use="tools{{ messages[0].content }}")
    model = random_model(vocab_size=tokenizer.vocab_size)
    lessons_lib.save_pretrained(model, tmp_path / "folder", tokenizer)
    save_gguf(model, tokenizer, tmp_path / "file.gguf")
    for saved in (tmp_path / "folder", tmp_path / "file.gguf"):
        template = load_tokenizer(saved).chat_template
        assert (template.source, template.tool_use) == (
            tokenizer.chat_template.source,
            tokenizer.chat_template.tool_use,
        )
    peer = PreTrainedTokenizerFast.from_pretrained(tmp_path / "folder")
    assert peer.apply_chat_template([HELLO], tools=[weather], tokenize=False) == f"tools{HELLO['content']}"
