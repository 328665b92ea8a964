"""Generation with the real SmolLM2-135M-Instruct: what small random models might let pass."""

from texts import TEXTS

from lessons_lib.generation import Chat, NGramDraft, Request, generate, generate_batch, speculate

NEW = 12


def test_rows_of_a_batch_and_speculation_equal_single_runs(smollm2):
    model, tokenizer = smollm2
    prompts = [tokenizer.encode(text)[:n] for text, n in zip(TEXTS.values(), (30, 7, 19), strict=False)]
    alone = [list(generate(model, ids, NEW, stop_token_ids=())) for ids in prompts]
    together = [[] for _ in prompts]
    for i, token in generate_batch(model, [Request(ids, NEW, stop_token_ids=()) for ids in prompts]):
        together[i] += [token.id] if token.id is not None else []
    assert together == alone
    assert list(speculate(model, prompts[0], NGramDraft(2, 1), NEW, stop_token_ids=())) == alone[0]


def test_a_chat_reads_each_turn_once(smollm2):
    model, tokenizer = smollm2
    chat = Chat(model, tokenizer, max_new_tokens=40)
    assert "Paris" in "".join(chat.say("What is the capital of France?"))
    held = chat.cache.cache.length
    assert "Rome" in "".join(chat.say("And of Italy?"))
    assert chat.cache.reused == held
    question = tokenizer.encode_chat(chat.messages[:3])
    answer = list(generate(model, question, 40))
    assert tokenizer.decode(answer) == chat.messages[3]["content"]
