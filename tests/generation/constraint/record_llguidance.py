"""Records llguidance's masks for `test_masks.py`, from an environment of its own:

python -m venv V && V/bin/pip install llguidance==1.9.1 && V/bin/python tests/generation/constraint/record_llguidance.py
"""

import json
from pathlib import Path

import llguidance
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper

LETTERS = [bytes([value]) for value in range(256)]
WORDS = 'ab abc bc {" ": ", "} name 12 2024 - 0. .5 the " the" é 日本 \n\n'.replace(" ", "|").split("|")
TOKENS = [*LETTERS, *dict.fromkeys(word.encode() for word in WORDS if len(word.encode()) > 1)]
CASES = {
    r"(ab|c)*d": "ababcd",
    r"[a-z]{2,5}": "name",
    r'\{"name": "[a-zé ]{1,8}"\}': '{"name": "the é"}',
    r"-?(0|[1-9][0-9]{0,3})(\.[0-9]+)?": "-2024.512",
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}": "2024-12-12",
    r"(the|name|日本)+": "the日本name",
    r"[^\n]*\n\n": "abc\n\n",
}


class Greedy:
    """The longest token first: any way to cut a text will do."""

    eos_token_id = len(TOKENS)
    bos_token_id = None
    tokens = (*TOKENS, b"<eos>")
    special_token_ids = (len(TOKENS),)

    def __call__(self, text):
        data = text.encode() if isinstance(text, str) else text
        found = []
        while data:
            best = max((token for token in TOKENS if data.startswith(token)), key=len)
            found.append(TOKENS.index(best))
            data = data[len(best) :]
        return found


def recorded(tokenizer, pattern, text):
    matcher = LLMatcher(tokenizer, LLMatcher.grammar_from_regex(pattern))
    steps = []
    for token in [*Greedy()(text), Greedy.eos_token_id]:
        mask = matcher.compute_bitmask()
        steps.append([token, [i for i in range(len(TOKENS) + 1) if mask[i // 8] >> i % 8 & 1]])
        assert matcher.consume_token(token), matcher.get_error()
    return {"pattern": pattern, "text": text, "steps": steps}


if __name__ == "__main__":
    theirs = LLTokenizer(TokenizerWrapper(Greedy()))
    cases = [recorded(theirs, pattern, text) for pattern, text in CASES.items()]
    whole = {"llguidance": llguidance.__version__, "tokens": [token.hex() for token in TOKENS], "cases": cases}
    (Path(__file__).parent / "llguidance.json").write_text(json.dumps(whole, separators=(",", ":")) + "\n")
