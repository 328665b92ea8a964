"""Lesson 16: the solutions against libraries that nobody here wrote, what it has recorded, mistakes in other words."""

import itertools
import json
import math
import re
import sys
from collections import defaultdict
from itertools import zip_longest
from pathlib import Path

import anyio
import bm25s
import mcp
import numpy as np
import pytest
from classroom.styles import accept, enough, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.retrieval import prose
from lessons_lib.apps.retrieval import Hit, Index, answer, check_quotes, chunk, fuse
from lessons_lib.apps.tools import Toolbox
from lessons_lib.classroom.lessons import lesson16
from lessons_lib.classroom.lessons.lesson15 import ways
from lessons_lib.classroom.lessons.lesson16 import asking, course, my_retriever, questions, which_calls
from lessons_lib.classroom.lessons.lesson16.my_bm25 import my_bm25
from lessons_lib.classroom.lessons.lesson16.my_fuse import my_fuse
from lessons_lib.classroom.lessons.lesson16.my_threshold import my_threshold
from lessons_lib.classroom.real_model import real_model

ROOT = Path(__file__).resolve().parents[3]
EXERCISES = {exercise.id: exercise for exercise in lesson16.EXERCISES}
bounded = settings(derandomize=True, max_examples=examples(60), deadline=None)


# What is stored


def test_the_recorded_parts_are_of_todays_questions_and_ways():
    stored = json.loads(asking.STORED.read_text("utf-8"))
    assert list(stored["said"]) == list(asking.WAYS)
    for name, row in stored["said"].items():
        assert row["fingerprint"] == asking.fingerprint(asking.WAYS[name]), f"run {stored['command']}"
        assert len(row["said"]) == len(asking.asked(asking.WAYS[name].group))
    for size in asking.SIZES:
        assert stored["searches"][str(size)]["fingerprint"] == asking.fingerprint(size), f"run {stored['command']}"


def test_a_search_finds_what_was_recorded():
    searcher = asking.Searcher(my_retriever._encoder())
    places = searcher.places(questions.KEPT_BACK)
    assert places == asking.recorded()["searches"]["100"]["places"]["kept back"]
    assert searcher.filled(questions.KEPT_BACK) == asking.recorded()["searches"]["100"]["filled"]["kept back"]
    assert len(searcher.passages) == asking.recorded()["searches"]["100"]["passages"] == 278
    some = [searcher.passages[ranking[0]].text for ranking in searcher.rankings(questions.TO_TRY[:3])["both"]]
    assert some == asking.recorded()["said"]["found"]["read"][:3]


def test_room_is_filled_with_the_nearest_passages_and_the_last_one_is_cut(monkeypatch):
    searcher = asking.Searcher(my_retriever._encoder())
    [question] = [each for each in questions.KEPT_BACK if each.text.startswith("How many bytes does UTF-8")][:1]
    rooms = (10, 50, 400)
    found = []
    for room in rooms:
        monkeypatch.setattr(asking, "ROOM", room)
        found.append(searcher.filled([question])[0])
    [ranking] = searcher.rankings([question])["vectors"]
    words = " ".join(searcher.passages[row].text for row in ranking[:20]).split()
    for room, fits in zip(rooms, found, strict=True):
        costs = itertools.accumulate(len(searcher.encoder.wordpiece.encode(word)) - 2 for word in words)
        assert not fits or question.is_answered(" ".join(words[: sum(cost <= room for cost in costs)]))
    assert found == sorted(found)


def test_the_model_says_what_was_recorded():
    row = asking.recorded()["said"]["found"]
    said = asking.answers(*real_model(), asking.WAYS["found"], row["read"], slice(0, 3))
    assert said == row["said"][:3]


def test_each_question_has_a_section_that_says_it_and_is_still_in_the_course():
    passages = course.passages(my_retriever._encoder().wordpiece)
    for question in questions.ALL:
        right = [passage for passage in passages if course.says(passage.id, question.place)]
        assert len({course.section(passage.id) for passage in right}) == 1
        assert any(question.is_answered(passage.text) for passage in right), question.text
        lesson, heading = course.today(right[0].id)
        source = (ROOT / "notebooks/src" / f"{lesson}.py").read_text("utf-8")
        assert f"# ## {heading}\n" in source, f"{lesson}: {heading} is gone; say in MOVED where it stands now"
    texts = [question.text for question in (*questions.ALL, *questions.IN_OTHER_WORDS)]
    texts += [*questions.FAR, *questions.NEAR]
    assert len(texts) == len(set(texts)) == 64 + 32 + 32


def test_what_a_prediction_says_is_what_was_recorded():
    [asked] = [each for each in lesson16.PREDICTIONS if each.id == "other_words"]
    first = [sum(asking.within(asking.places(100, "kept back", search), 3)) for search in ("BM25", "vectors")]
    assert first == [int(number) for number in re.findall(r"for (\d+)", asked.question)]


def test_prose_is_taken_from_a_notebook():
    found = prose("03_embeddings")
    assert found.startswith("# 03_embeddings\n") and "](" not in found and "## Exercises" not in found
    assert "## 6. Where do the numbers come from?\n" in found and "keeps" in found


@pytest.mark.parametrize(
    ("answers", "said", "expected"),
    [
        (("one", "1"), "It takes One byte.", True),
        (("one", "1"), "None of them, or 12.", False),
        (("top-p",), "the short name is Top-p", True),
        (("49,152",), "49,1520", False),
        ((), "anything", False),
    ],
)
def test_what_counts_as_answered(answers, said, expected):
    assert questions.Question("?", "01 1", answers).is_answered(said) == expected


# The exercises against other programs


@given(
    st.lists(st.lists(st.sampled_from("abcde"), max_size=6), min_size=1, max_size=6),
    st.lists(st.sampled_from("abcdef"), max_size=4),
)
@bounded
def test_bm25_is_that_of_bm25s(texts, question):
    if not any(texts) or not set(question) & {word for text in texts for word in text}:
        assert my_bm25(question, texts, 1.5, 0.75) == [0.0] * len(texts)
        return
    known = {word for text in texts for word in text}
    theirs = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    theirs.index(texts, show_progress=False)
    expected = sum(theirs.get_scores([word]) for word in question if word in known)
    np.testing.assert_allclose(my_bm25(question, texts, 1.5, 0.75), expected, rtol=1e-4, atol=1e-6)


@given(st.lists(st.lists(st.sampled_from("abcdefg"), unique=True), max_size=4), st.sampled_from([0, 1, 10, 60]))
@bounded
def test_fusion_is_the_librarys(rankings, k):
    assert my_fuse(rankings, k) == fuse(rankings, k)


@given(
    st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), max_size=6),
    st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), max_size=6),
    st.sampled_from([0.5, 1, 2.5]),
)
@bounded
def test_no_threshold_costs_less(answerable, silent, cost):
    def price(bar):
        return sum(score < bar for score in answerable) + cost * sum(score >= bar for score in silent)

    chosen = my_threshold(answerable, silent, cost)
    tried = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, math.inf]
    assert price(chosen) == min(map(price, tried))
    assert not [bar for bar in {*answerable, *silent, math.inf} if bar > chosen and price(bar) == price(chosen)]


def test_the_calls_run_as_the_toolbox_says():
    def multiply(a: int, b: int) -> int:
        """Multiply two whole numbers.

        Args:
            a: The first number.
            b: The second number.
        """
        return a * b

    box = Toolbox([multiply])
    found = [box.call_text(call).outcome == "done" for call in which_calls.CALLS]
    assert found == which_calls.my_which_calls()


def library_retriever(question, documents, size, encode, say, threshold):
    """The same by the parts of the library: chunk, Index, answer, check_quotes."""
    index = Index()
    for name, text in documents.items():
        parts = chunk(text, size, by="tokens", length=lambda part: len(part.split()))
        passages = [(f"{name}\n{n}", " ".join(part.text.split())) for n, part in enumerate(parts)]
        index.add(passages, encode([text for _, text in passages]) if passages else [])
    if not len(index):
        return None
    hits = index.search(encode([question])[0], 1)
    found = answer(question, hits, lambda asked, near: f'"{say(asked, near[0].text)}"', threshold)
    if found.abstains or found.invented or not found.quotes:
        return None
    return found.sources[0].partition("\n")[0], found.quotes[0].text


def test_the_retriever_is_as_good_as_the_librarys():
    exercise = EXERCISES["my_retriever"]
    for case in exercise.cases:
        if case[-1] <= 1:  # the library takes float32: a threshold of 1 needs a hair less
            case = (*case[:-1], case[-1] - 1e-6)
        ours = exercise.harness(exercise.solution, *case)
        assert ours == exercise.harness(library_retriever, *case), case[0]


@given(st.text("ab 1\n", max_size=6), st.text("ab 1\n", max_size=12))
@bounded
def test_a_quote_stands_where_the_library_finds_it(quote, text):
    found = check_quotes(f'"{quote}"', [Hit("here", text, 1.0)])
    assert my_retriever._stands(quote, text) == (bool(found) and found[0].id is not None)


# MCP as the lesson has it


def test_the_lessons_server_talks_to_the_official_client(tmp_path):
    source = (ROOT / "notebooks/src/16_retrieval_and_tools.py").read_text("utf-8")
    server = "import json, sys\nfrom lessons_lib.apps.tools import Toolbox\n"
    for name in ("multiply", "plain_reply"):
        server += "\n\n" + re.search(rf"(?ms)^def {name}\(.*?(?=^\S)", source)[0]
    server += "\nfor line in sys.stdin:\n    said = plain_reply(Toolbox([multiply]), line)\n"
    server += "    if said:\n        print(json.dumps(said), flush=True)\n"
    (tmp_path / "server.py").write_text(server, encoding="utf-8")
    started = mcp.StdioServerParameters(
        command=sys.executable, args=[str(tmp_path / "server.py")], env={"PYTHONPATH": str(ROOT)}
    )

    async def talk():
        with anyio.fail_after(60):
            async with mcp.stdio_client(started) as streams, mcp.ClientSession(*streams) as client:
                await client.initialize()
                [tool] = (await client.list_tools()).tools
                right = await client.call_tool("multiply", {"a": 6, "b": 7})
                wrong = await client.call_tool("multiply", {"a": "6", "b": 7})
                return tool, right, wrong

    tool, right, wrong = anyio.run(talk)
    assert tool.name == "multiply" and tool.input_schema["required"] == ["a", "b"]
    assert right.content[0].text == "42" and not right.is_error
    assert wrong.is_error and "integer" in wrong.content[0].text


# The learner writes the same mistakes differently; the words must be the same.


def bm25_by_plain_idf(question, texts, k1, b):
    mean, scores = sum(map(len, texts)) / max(1, len(texts)), [0.0] * len(texts)
    for word in question:
        having = [place for place, text in enumerate(texts) if word in text]
        for place in having:
            n, length = texts[place].count(word), len(texts[place]) / mean
            scores[place] += math.log(len(texts) / len(having)) * n / (n + k1 * (1 - b + b * length))
    return scores


def bm25_by_numpy(
    question, texts, k1, b, log=np.log1p, heavy=1.0, length=None, have=None, once=False, mean=np.mean, raw=False
):
    lengths = np.array([len(set(text)) if length == "different" else len(text) for text in texts], float)
    scores = np.zeros(len(texts))
    if not lengths.any():
        return scores
    for word in set(question) if once else question:
        counts = np.array([text.count(word) for text in texts], float)
        d = counts.sum() if have == "all" else np.count_nonzero(counts)
        idf = log((len(texts) - d + 0.5) / (d + 0.5))
        below = counts + k1 * (1 - b + b * lengths / mean(lengths))
        part = counts if raw else np.divide(counts, below, out=np.zeros_like(counts), where=counts > 0)
        scores += heavy * idf * part
    return scores


def fuse_by_names(rankings, k, first=1, tie=None, share=lambda k, place: 1 / (k + place), add=True, common=False):
    names = list(dict.fromkeys(name for ranking in rankings for name in ranking))
    pairs = []
    for name in names:
        places = [list(ranking).index(name) + first for ranking in rankings if name in ranking]
        if common and len(places) < len(rankings):
            continue
        worths = [share(k, place) if k + place else math.inf for place in places]
        pairs.append((name, sum(worths) if add else max(worths)))
    pairs.sort(key=lambda pair: pair[1], reverse=True)
    if tie == "name":
        pairs.sort(key=lambda pair: (-pair[1], pair[0]))
    return tuple(pairs)


def fuse_by_columns(rankings, k):
    sums = defaultdict(float)
    for place, column in enumerate(zip_longest(*rankings), 1):
        for name in column:
            if name is not None:
                sums[name] += 1 / (k + place)
    return sorted(sums.items(), key=lambda item: item[1], reverse=True)


def threshold_by_numpy(
    answerable, silent, cost, weight=None, above=False, lose=False, infinity=True, lowest=False, only=None
):
    answerable, silent = np.array(answerable, float), np.array(silent, float)
    tried = [*answerable, *silent] if only is None else (answerable, silent)[only]
    bars = np.unique([*tried, *([np.inf] if infinity else [])])
    if not len(bars):
        return np.inf
    weight = cost if weight is None else weight
    lost = (answerable[None] <= bars[:, None] if above or lose else answerable[None] < bars[:, None]).sum(1)
    told = (silent[None] > bars[:, None] if above else silent[None] >= bars[:, None]).sum(1)
    prices = lost + weight * told
    best = np.flatnonzero(prices == prices.min())
    return bars[best[0] if lowest else best[-1]]


def retriever_by_steps(
    question,
    documents,
    size,
    encode,
    say,
    threshold,
    whole=True,
    case=True,
    strict=False,
    norm=True,
    full=False,
    last=False,
    checked=True,
    gap=True,
    bar=True,
    step=None,
    reverse=False,
    empty=False,
    asked_norm=True,
    inside="chunk",
    stands=None,
):
    best, found = -math.inf, None
    [asked] = encode([question])
    for name, text in documents.items():
        words = text.split()
        end = len(words) - size + 1 if full else len(words)
        for start in range(0, end, step or size):
            part = " ".join(words[start : start + size])
            [vector] = encode([part])
            score = sum(float(x) * float(y) for x, y in zip(asked, vector, strict=True))
            score /= math.sqrt(sum(float(x) ** 2 for x in vector)) if norm else 1
            score /= math.sqrt(sum(float(x) ** 2 for x in asked)) if norm and asked_norm else 1
            if score > best or (last and score == best):
                best, found = score, (name, part)
    if found is None or (bar and (best <= threshold if strict else best < threshold - 1e-12)):
        return None
    name, part = found
    quote = say(question, part)
    text = part if inside == "chunk" else documents[name]
    wanted, text = (" ".join(quote.split()) if gap else quote), " ".join(text.split())
    if not case:
        wanted, text = wanted.casefold(), text.casefold()
    if not checked:
        return name, quote
    if not wanted.strip():
        return (name, quote) if empty else None
    padded, sought = f" {text} ", f" {wanted} "
    if stands:
        good = stands(wanted, text)
    elif not whole:
        good = wanted in text
    else:
        plain = re.sub(r"(?<=\w)(?=[^\w\s])|(?<=[^\w\s])(?=\w)", " ", padded)
        good = re.sub(r"(?<=\w)(?=[^\w\s])|(?<=[^\w\s])(?=\w)", " ", sought) in plain
    if not good:
        return None
    return (quote, name) if reverse else (name, quote)


def as_a_pattern(quote, text):
    return re.search(r"(?:^|\W)" + quote + r"(?:\W|$)", text)


def as_a_list_of_words(quote, text):
    sought, words = quote.split(), text.split()
    return any(words[n : n + len(sought)] == sought for n in range(len(words)))


def at_the_first_place(quote, text):
    start = text.find(quote)
    end = start + len(quote)
    return start >= 0 and not (text[:start][-1:].isalnum() or text[end : end + 1].isalnum())


def by_words_without_signs(quote, text):
    quote, text = (" ".join(["", *re.findall(r"\w+", each), ""]) for each in (quote, text))
    return quote in text


def between_english_letters(quote, text):
    ends = [(text[: at.start()][-1:], text[at.end() :][:1]) for at in re.finditer(re.escape(quote), text)]
    return any(not any(end.isascii() and end.isalnum() for end in pair) for pair in ends)


WRONG = [
    ("my_bm25", lambda *a: bm25_by_numpy(*a, log=lambda x: x + 1), "without its logarithm"),
    ("my_bm25", lambda *a: bm25_by_numpy(*a, log=np.log), "inside the logarithm is missing"),
    ("my_bm25", lambda *a: bm25_by_numpy(*a, log=lambda x: np.log1p(x) / np.log(2)), "another than the natural"),
    ("my_bm25", lambda *a: bm25_by_numpy(*a, length="different"), "*different* words"),
    ("my_bm25", lambda *a: bm25_by_numpy(*a, have="all"), "how often the word comes"),
    ("my_bm25", lambda *a: bm25_by_numpy(*a, once=True), "has twice counts once"),
    ("my_bm25", lambda *a: bm25_by_numpy(*a, mean=np.max), "longest text"),
    ("my_bm25", lambda *a: bm25_by_numpy(*a, mean=np.median), ""),
    ("my_bm25", lambda *a: bm25_by_numpy(*a, raw=True), ""),
    ("my_bm25", lambda q, t, k1, b: bm25_by_numpy(q, t, k1, b, heavy=k1 + 1), "k1 + 1"),
    ("my_bm25", lambda q, t, k1, b: bm25_by_numpy(q, t, 1.5, 0.75), ""),
    ("my_bm25", lambda q, t, k1, b: bm25_by_numpy(q, t, k1, 1 - b), "changed places"),
    ("my_bm25", bm25_by_plain_idf, "TF-IDF"),
    ("my_bm25", lambda q, t, k1, b: bm25_by_numpy(q, t, b, k1), ""),
    ("my_bm25", lambda q, t, k1, b: bm25_by_numpy(q, t, k1, 0), "length of a text plays no part"),
    ("my_bm25", lambda *a: max(bm25_by_numpy(*a), default=0), ""),
    ("my_fuse", lambda *a: fuse_by_names(*a, first=0), "number 0"),
    ("my_fuse", lambda r, k: fuse_by_names(r, 60), "always 60"),
    ("my_fuse", lambda r, k: fuse_by_names(r, 0), "k is left out"),
    ("my_fuse", lambda *a: fuse_by_names(*a, tie="name"), "alphabet"),
    ("my_fuse", lambda *a: fuse_by_names(*a, add=False), "best place counts"),
    ("my_fuse", lambda *a: fuse_by_names(*a, common=True), "must stand in every ranking"),
    ("my_fuse", fuse_by_columns, "all first places are read"),
    ("my_fuse", lambda *a: fuse_by_names(*a)[::-1], ""),
    ("my_fuse", lambda *a: [name for name, _ in fuse_by_names(*a)], ""),
    ("my_fuse", lambda *a: fuse_by_names(*a)[:-1], ""),
    ("my_fuse", lambda *a: fuse_by_names(*a, share=lambda k, p: 1 / (k * p + 1)), ""),
    ("my_fuse", lambda *a: fuse_by_names(*a, share=lambda k, p: 1 / k + 1 / p if k else 1 / p), ""),
    ("my_fuse", lambda *a: fuse_by_names(*a, share=lambda k, p: -(k + p)), ""),
    ("my_fuse", lambda r, k: fuse_by_names(r[:2], k), ""),
    ("my_threshold", lambda a, s, c: threshold_by_numpy(a, s, c, weight=1), "cost the same"),
    ("my_threshold", lambda *a: threshold_by_numpy(*a, above=True), "equals the threshold"),
    ("my_threshold", lambda *a: threshold_by_numpy(*a, infinity=False), "infinity is not tried"),
    ("my_threshold", lambda *a: threshold_by_numpy(*a, lowest=True), "lowest is taken"),
    ("my_threshold", lambda *a: threshold_by_numpy(*a, only=1), "only the silent questions' scores"),
    ("my_threshold", lambda *a: threshold_by_numpy(*a, lose=True), "counts as lost"),
    ("my_threshold", lambda *a: None if math.isinf(my_threshold(*a)) else my_threshold(*a), "None stands for never"),
    ("my_threshold", lambda a, s, c: threshold_by_numpy(a, s, c, weight=1 / c), ""),
    ("my_threshold", lambda a, s, c: threshold_by_numpy(a, s, int(c)), ""),
    ("my_threshold", lambda *a: threshold_by_numpy(a[0], a[1], a[2] + 1), ""),
    ("my_threshold", lambda a, s, c: threshold_by_numpy(s, a, c), ""),
    ("my_threshold", lambda a, s, c: max(s, default=math.inf), ""),
    ("my_threshold", lambda a, s, c: min(a, default=math.inf), "must be answered"),
    ("my_threshold", lambda a, s, c: np.mean([*a, *s]) if a or s else math.inf, ""),
    ("my_threshold", lambda a, s, c: sorted([*a, *s, math.inf])[len(s)], ""),  # a threshold on ranks
    ("my_threshold", lambda a, s, c: min(threshold_by_numpy(a, s, c), 1.0), ""),
    ("my_threshold", lambda a, s, c: len([x for x in a if x >= threshold_by_numpy(a, s, c)]), ""),
    ("which_calls", [True, True, False, False, False, True], "is a text"),
    ("which_calls", [True, False, False, False, True, True], "knows no c"),
    ("which_calls", [1, 0, 1, 0, 0, 1], "Multiply with a capital"),
    ("which_calls", np.array([True, False, False, True, False, True]), "it is required"),
    ("which_calls", [True] * 6, ""),
    ("which_calls", [True, False, False, False, False], ""),
    ("my_retriever", lambda *a: retriever_by_steps(*a, full=True), "last words of a document are lost"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, norm=False), "lengths play a part"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, asked_norm=False), "the question's is not"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, case=False), "capitals are ignored"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, whole=False), "part of a word"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, checked=False), "quotes are not checked"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, gap=False), "white space must be the same"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, bar=False), "threshold is not used"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, strict=True), "equals the threshold is not enough"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, last=True), "the later one"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, inside="document"), "whole document"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, empty=True), "empty quote"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, reverse=True), "other way round"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, step=a[2] // 2 or 1), "overlap by half"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, stands=as_a_pattern), "as a pattern"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, stands=as_a_list_of_words), "a space must stand at both ends"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, stands=at_the_first_place), "only the first place"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, stands=by_words_without_signs), "punctuation is dropped"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, stands=between_english_letters), "only a to z"),
    ("my_retriever", lambda *a: retriever_by_steps(*a, step=1), ""),
    ("my_retriever", lambda q, d, n, e, s, t: retriever_by_steps(q, d, n - 1 or 1, e, s, t), ""),
    ("my_retriever", lambda q, d, n, e, s, t: retriever_by_steps(q, d, n, e, s, min(t, 0.5)), ""),
    ("my_retriever", lambda *a: retriever_by_steps(*a) and list(retriever_by_steps(*a))[1], ""),
    ("my_retriever", lambda *a: retriever_by_steps(*a) or ("", ""), ""),
]


@pytest.mark.parametrize(("name", "answer", "words"), WRONG)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def test_twelve_wrong_answers_for_each_function():
    enough(EXERCISES, WRONG)


RIGHT = {
    "my_bm25": bm25_by_numpy,
    "my_fuse": fuse_by_names,
    "my_threshold": threshold_by_numpy,
    "which_calls": lambda: np.array([True, False, False, False, False, True]),
    "my_retriever": retriever_by_steps,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def test_a_long_text_costs_no_overflow():
    scores = my_bm25(["a"], [["a"] * 100_000, ["b"]], 1.5, 0.75)
    assert 0 < scores[0] < 1 and scores[1] == 0
    assert my_fuse([[str(n) for n in range(20_000)]], 60)[-1] == ("19999", 1 / 20_060)
    assert my_threshold([1e300, -1e300], [1e308], 1e9) == math.inf


def test_the_prompts_are_those_of_the_ways():
    assert ways.MODEL == asking.MODEL and "{passage}" not in asking.ALONE
    for way in asking.WAYS.values():
        assert ("{passage}" in way.template) == (way.passage != "none")
