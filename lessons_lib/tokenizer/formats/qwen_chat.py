r"""The chat formats of Qwen2.5 and Qwen3, with tools, and with the thoughts of Qwen3.

Thoughts of earlier turns are not shown again: an answer is shown from behind its `</think>`. Only behind the last
question, where a model that calls tools goes on with one train of thought, they stay.

A line that ends in a tag loses its end in these templates, so where one is meant it is written `{{ '\n' }}`.
"""

_SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
_TOOLS = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>"
    "{% for tool in tools %}{{ '\\n' }}{{ tool | tojson }}{% endfor %}{{ '\\n' }}</tools>\n\n"
    "For each function call, return a json object with function name and arguments within <tool_call></tool_call> "
    'XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
)
_HAS_SYSTEM = "messages and messages[0].role == 'system'"
_PROMPT = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"

# A result goes to the model as a user's message; neighbouring ones share it.
_RESULT = (
    "{% if loop.first or loop.previtem.role != 'tool' %}<|im_start|>user{% endif %}"
    "{{ '\\n' }}<tool_response>\n{{ text }}\n</tool_response>"
    "{% if loop.last or loop.nextitem.role != 'tool' %}<|im_end|>\n{% endif %}"
)
_CALLS = (
    "{% for call in message.tool_calls or [] %}{% set call = call.function or call %}"
    "{% if text or not loop.first or LINE_FIRST %}{{ '\\n' }}{% endif %}"
    '<tool_call>\n{"name": "{{ call.name }}", "arguments": {{ ARGUMENTS }}}\n</tool_call>{% endfor %}'
)

QWEN25 = (
    f"{{% set system = messages[0].content if {_HAS_SYSTEM} else '{_SYSTEM}' %}}"
    "<|im_start|>system\n{{ system }}{% if tools %}{{ '\\n\\n' }}" + _TOOLS + "{% endif %}<|im_end|>\n"
    "{% for message in messages %}{% set text = message.content %}"
    "{% if message.role == 'tool' %}" + _RESULT + "{% elif message.role != 'system' or not loop.first %}"
    "<|im_start|>{{ message.role }}{% if text or not message.tool_calls %}{{ '\\n' }}{{ text }}{% endif %}"
    + _CALLS.replace("LINE_FIRST", "true").replace("ARGUMENTS", "call.arguments | tojson")
    + "<|im_end|>\n{% endif %}{% endfor %}"
    + _PROMPT
)

QWEN3 = (
    "{% if tools %}<|im_start|>system\n{% if "
    + _HAS_SYSTEM
    + " %}{{ messages[0].content }}{{ '\\n\\n' }}{% endif %}"
    + _TOOLS
    + "<|im_end|>\n{% elif "
    + _HAS_SYSTEM
    + " %}<|im_start|>system\n{{ messages[0].content }}<|im_end|>\n{% endif %}"
    # The last question is the last message of a user that is no result of a tool.
    "{% set last = namespace(question=messages | length - 1) %}"
    "{% for message in messages %}{% set text = message.content %}"
    "{% if message.role == 'user' and text is string"
    " and not (text.startswith('<tool_response>') and text.endswith('</tool_response>')) %}"
    "{% set last.question = loop.index0 %}{% endif %}{% endfor %}"
    "{% for message in messages %}{% set text = message.content if message.content is string else '' %}"
    "{% if message.role == 'tool' %}" + _RESULT + "{% elif message.role == 'assistant' %}"
    "{% set thought = message.reasoning_content if message.reasoning_content is string else '' %}"
    "{% if message.reasoning_content is not string and '</think>' in text %}"
    "{% set thought = text.split('</think>')[0].split('<think>')[-1] %}"
    "{% set text = text.split('</think>')[-1].lstrip('\\n') %}{% endif %}"
    "<|im_start|>assistant\n"
    "{% if loop.index0 > last.question and (loop.last or thought) %}"
    "<think>\n{{ thought.strip('\\n') }}\n</think>\n\n{{ text.lstrip('\\n') }}{% else %}{{ text }}{% endif %}"
    + _CALLS.replace("LINE_FIRST", "false").replace(
        "ARGUMENTS", "call.arguments if call.arguments is string else call.arguments | tojson"
    )
    + "<|im_end|>\n"
    "{% elif message.role != 'system' or not loop.first %}"
    "<|im_start|>{{ message.role }}\n{{ text }}<|im_end|>\n{% endif %}{% endfor %}"
    + _PROMPT.replace("{% endif %}", "{% if enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}")
)
