"""The building exercise of lesson 16: the learner's retriever, with the real encoder on the course."""

import re
from functools import cache

import numpy as np

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson16 import course


def my_retriever(question, documents, size, encode, say, threshold):
    import re

    import numpy as np

    chunks = []
    for name, text in documents.items():
        words = text.split()
        chunks += [(name, " ".join(words[i : i + size])) for i in range(0, len(words), size)]
    if not chunks:
        return None
    vectors = np.asarray(encode([question, *(text for _, text in chunks)]), float)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = vectors[1:] @ vectors[0]
    best = int(cosines.argmax())
    if cosines[best] < threshold:
        return None
    name, text = chunks[best]
    quote = say(question, text)
    wanted = " ".join(quote.split())
    whole = wanted and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text)
    return (name, quote) if whole else None


def _stands(quote, text):
    wanted, text = " ".join(quote.split()), " ".join(text.split())
    return bool(wanted) and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text) is not None


def _cut(words, size):
    return [" ".join(words[i : i + size]) for i in range(0, len(words), size)]


def _retrieve(
    question,
    documents,
    size,
    encode,
    say,
    threshold,
    cut=_cut,
    together=False,
    near=None,
    enough=lambda cosine, threshold: cosine >= threshold,
    last=False,
    stands=_stands,
    where="chunk",
    give=lambda name, quote, text: (name, quote),
    read="chunk",
    tries=1,
):
    """The same with the knobs that mistakes turn."""
    if together:
        words = " ".join(documents.values()).split()
        chunks = [(next(iter(documents)), text) for text in cut(words, size)]
    else:
        chunks = [(name, text) for name, whole in documents.items() for text in cut(whole.split(), size)]
    if not chunks:
        return None
    vectors = np.asarray(encode([question, *(text for _, text in chunks)]), float)
    if near is None:
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        scores = vectors[1:] @ vectors[0]
    else:
        scores = near(vectors[0], vectors[1:])
    order = np.argsort(-scores, kind="stable")
    if last:
        order = [max(range(len(scores)), key=lambda i: (scores[i], i))]
    for best in order[:tries]:
        if not enough(scores[best], threshold):
            return None
        name, text = chunks[best]
        quote = say(question, text if read == "chunk" else documents[name])
        everything = " ".join(" ".join(each.split()) for each in documents.values())
        if stands(quote, {"chunk": text, "document": documents[name], "all": everything}[where]):
            return give(name, quote, text)
    return None


def retriever_that_loses_the_end(*given):
    """It looks as if the last words of a document are lost where they fill no whole chunk. The last chunk may be
    shorter."""
    return _retrieve(*given, cut=lambda words, size: _cut(words[: len(words) // size * size], size))


def retriever_over_borders(*given):
    """It looks as if all documents are put together before they are cut. A chunk belongs to one document: cut each by
    itself."""
    return _retrieve(*given, together=True)


def retriever_by_characters(*given):
    """It looks as if a chunk has `size` characters. It has so many words: text.split() gives them."""

    def cut(words, size):
        text = " ".join(words)
        return [text[i : i + size] for i in range(0, len(text), size)]

    return _retrieve(*given, cut=cut)


def retriever_of_whole_documents(*given):
    """It looks as if documents are not cut. A vector of a long text is about everything and nothing: chunks of `size`
    words."""
    return _retrieve(*given, cut=lambda words, size: [" ".join(words)] * bool(words))


def retriever_that_overlaps(question, documents, size, *given):
    """It looks as if chunks overlap by half. Here each begins where the one before it ends."""
    step = max(1, size // 2)
    return _retrieve(
        question,
        documents,
        size,
        *given,
        cut=lambda words, size: [" ".join(words[i : i + size]) for i in range(0, len(words), step)],
    )


def retriever_by_dot_product(*given):
    """It looks as if the vectors' lengths play a part. A cosine divides the product by both lengths."""
    return _retrieve(*given, near=lambda asked, vectors: vectors @ asked)


def retriever_by_half_a_cosine(*given):
    """It looks as if only the chunks' lengths are divided by, and the question's is not. The order is right, but the
    threshold is compared with another number than a cosine."""
    return _retrieve(*given, near=lambda asked, vectors: vectors @ asked / np.linalg.norm(vectors, axis=1))


def retriever_by_the_questions_length(*given):
    """It looks as if only the question's length is divided by, and the chunks' are not: long vectors win."""
    return _retrieve(*given, near=lambda asked, vectors: vectors @ asked / np.linalg.norm(asked))


def retriever_that_always_answers(*given):
    """It looks as if the threshold is not used, or is compared with a place and not with the cosine. Below it the
    answer is None."""
    return _retrieve(*given, enough=lambda cosine, threshold: True)


def retriever_that_asks_for_more(*given):
    """It looks as if a cosine that equals the threshold is not enough. It is: only below it the answer is None."""
    return _retrieve(*given, enough=lambda cosine, threshold: cosine > threshold)


def retriever_of_the_last(*given):
    """It looks as if of two chunks with the same cosine the later one is taken. Asked for is the first."""
    return _retrieve(*given, last=True)


def retriever_that_trusts(*given):
    """It looks as if quotes are not checked. What the model says must stand in the chunk, or the answer is None."""
    return _retrieve(*given, stands=lambda quote, text: True)


def retriever_in_small_letters(*given):
    """It looks as if capitals are ignored. A quote is the same letter for letter."""
    return _retrieve(*given, stands=lambda quote, text: _stands(quote.lower(), text.lower()))


def retriever_by_words(*given):
    """It looks as if each word of the quote is looked for alone. Then the same words in another order pass, or with
    others left out between them, and these can say the opposite."""
    return _retrieve(*given, stands=lambda quote, text: bool(quote.split()) and set(quote.split()) <= set(text.split()))


def retriever_by_parts_of_words(*given):
    """It looks as if a part of a word passes. A quote is whole: no letter or digit goes on at either end, or 12 would
    stand in 512."""
    return _retrieve(*given, stands=lambda quote, text: bool(quote.split()) and " ".join(quote.split()) in text)


def retriever_of_patterns(*given):
    """It looks as if the quote is searched as a pattern, in which a full stop stands for any character and a bracket
    opens a group: re.escape(quote)."""

    def stands(quote, text):
        wanted = " ".join(quote.split())
        return bool(wanted) and re.search(rf"(?<!\w){wanted}(?!\w)", text) is not None

    return _retrieve(*given, stands=stands)


def retriever_between_spaces(*given):
    """It looks as if a space must stand at both ends of the quote. A comma or a bracket may too: only a letter or a
    digit would go on."""
    return _retrieve(
        *given, stands=lambda quote, text: bool(quote.split()) and f" {' '.join(quote.split())} " in f" {text} "
    )


def retriever_at_the_first_place(*given):
    """It looks as if only the first place is looked at where the quote's letters come. Where a word goes on there, the
    quote may still stand whole at a later one."""

    def stands(quote, text):
        wanted = " ".join(quote.split())
        before, found, after = text.partition(wanted) if wanted else ("", "", "")
        return bool(found) and not before[-1:].isalnum() and not after[:1].isalnum()

    return _retrieve(*given, stands=stands)


def retriever_without_signs(*given):
    """It looks as if punctuation is dropped. A quote is the same letter for letter, with its signs: -12 is not 12."""
    return _retrieve(*given, stands=lambda quote, text: _stands(*(re.sub(r"[^\w\s]", " ", t) for t in (quote, text))))


def retriever_of_english_letters(*given):
    """It looks as if only a to z and digits count as what goes on. é is a letter too: caf is a part of café."""

    def stands(quote, text):
        wanted = re.escape(" ".join(quote.split()))
        return bool(wanted) and re.search(rf"(?<![A-Za-z0-9]){wanted}(?![A-Za-z0-9])", text) is not None

    return _retrieve(*given, stands=stands)


def retriever_with_its_own_spaces(*given):
    """It looks as if the quote's white space must be the same. Spaces and line ends may differ: " ".join(quote.split())
    on both sides."""
    return _retrieve(
        *given,
        stands=lambda quote, text: bool(quote.strip()) and bool(re.search(rf"(?<!\w){re.escape(quote)}(?!\w)", text)),
    )


def retriever_of_nothing(*given):
    """It looks as if an empty quote passes. Nothing stands in every text, and says nothing: None."""
    return _retrieve(*given, stands=lambda quote, text: not quote.split() or _stands(quote, text))


def retriever_with_the_whole_document(*given):
    """It looks as if the quote is looked for in the whole document, or in all. It must stand in the chunk that was
    read."""
    return _retrieve(*given, where="document")


def retriever_with_all_documents(*given):
    """It looks as if the quote is looked for in the whole document, or in all. It must stand in the chunk that was
    read."""
    return _retrieve(*given, where="all")


def retriever_that_goes_on(*given):
    """It looks as if the next chunk is tried where a quote doesn't stand. Only the best one is asked; a quote that
    fails is None."""
    return _retrieve(*given, tries=3)


def retriever_of_chunks(*given):
    """It looks as if the chunk is given back, and not what was said of it."""
    return _retrieve(*given, give=lambda name, quote, text: (name, text))


def retriever_the_other_way(*given):
    """The right two, but the other way round: first the document's name, then the quote."""
    return _retrieve(*given, give=lambda name, quote, text: (quote, name))


_AXES = ("cat", "sleep", "bank", "512")


def _toy_encode(texts):
    """How often a few words stand in each text, times its length; a last number for a text that has none of them."""
    rows = []
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        row = [len(words) * sum(word.startswith(axis) for word in words) for axis in _AXES]
        rows.append([*row, int(not any(row))])
    return np.array(rows)


_SAYS = {
    "Do cats sleep?": "Cats sleep a lot.",
    "Do cats sleep much?": "cats sleep a lot.",
    "Cats that sleep?": "a lot. Cats sleep",
    "Does a cat sleep?": "Cats  sleep\na lot.",
    "Sleep, cat?": "leep a lot",
    "Sleeping cats?": " ",
    "Sleepy cats?": "all day",
    "Cats, sleep.": "river bank",
    "And sleeping cats?": "They never hurry",
    "512?": "12",
    "The 512?": "to 512",
    "Only cats?": "Some cats",
    "Any cats?": "but cats",
    "cat sleep": "sleep",
    "cat bank?": "cat",
    "No 512?": "cat",
    "Cats and sleep?": "Some cats",
    "Which bank?": "bank where boats",
    "Cat sleeps?": "cat sleeps",
    "How do cats sleep?": "sleep a lot.",
    "Which cats sleep?": "Cats (most of them",
    "Cat café?": "caf",
    "How cold is a cat?": "-12",
}
_PETS = "Cats sleep a lot. They never hurry, and nobody minds. Some cats of the town sleep all day."
_MONEY = "Rates rise to 512 percent now. Nobody had a bank near the river bank where boats lie."
_END = "We rest. Dogs play but cats"
_DOCUMENTS = {"pets": _PETS, "empty": "", "money": _MONEY, "end": _END}


@cache
def _sections():
    """Three sections of the course by name."""
    found = {}
    for part in course.prose().split("\n## "):
        heading, _, text = part.partition("\n")
        if heading.startswith(("4. Bytes", "9. The repetition", "3. What the notes")):
            found[heading] = text
    return found


@cache
def _encoder():
    from lessons_lib.apps.embedding import load_encoder

    return load_encoder()


@cache
def _vector(text):
    return _encoder().encode([text])[0]


def _pointed(question, text):
    """The sentence of a text that is nearest to a question."""
    from lessons_lib.classroom.lessons.lesson16.asking import sentences

    return max(sentences(text), key=lambda sentence: float(_vector(sentence) @ _vector(question)))


def answered(answer, question, documents, size, threshold):
    """What a learner's retriever answers from toy documents, or from the course with the real encoder."""
    if documents != "the course":
        return answer(question, dict(documents), size, _toy_encode, lambda asked, text: _SAYS[asked], threshold)

    def encode(texts):
        return np.array([_vector(text) for text in texts])

    return answer(question, dict(_sections()), size, encode, _pointed, threshold)


RETRIEVER = Exercise(
    id="my_retriever",
    title="Your retriever",
    difficulty=3,
    minutes=30,
    kind="build",
    contract="question; documents, a dict from name to text; size; encode, which makes of a list of texts their "
    "vectors [N, C], of any lengths but 0; say(question, text), which gives what a model says from a text; and "
    "threshold; to (name, quote) or None. Each document is cut by itself, from its beginning, into chunks of "
    "size words; the last may be shorter; its words are joined by single spaces. The model is asked about the "
    "chunk with the highest cosine, the first of equals, if that is at least threshold. What it says is the "
    "quote, and is given back with the name of the chunk's document if it stands in that chunk: letter for "
    "letter and whole, no letter or digit going on at either end, where only white space may differ. In all "
    "other cases None, also for a quote without words.",
    cases=(
        ("Do cats sleep?", {"pets": "Cats sleep a lot."}, 4, 0.5),
        ("Do cats sleep?", {}, 4, 0.5),
        ("Do cats sleep?", {"empty": ""}, 4, 0.5),
        ("Any cats?", {"end": _END}, 4, 0.5),
        ("cat sleep", {"long": "cat dog bank bank cat cat cat", "right": "cat sleep"}, 7, 0.5),
        ("cat bank?", {"pets": "cat"}, 1, 0.5),
        ("cat bank?", {"pets": "cat"}, 1, 0.9),
        ("cat bank?", {"pets": "cat"}, 1, 1.5),
        ("No 512?", {"pets": "cat"}, 1, 0.5),
        ("Cat sleeps?", {"pets": "a cat sleeps now"}, 2, 0.5),
        ("How do cats sleep?", {"pets": "Cats sleep a lot, too."}, 9, 0.5),
        ("Which cats sleep?", {"pets": "Cats (most of them) sleep."}, 9, 0.5),
        ("512?", {"money": "512 or 12"}, 4, 0.5),
        ("Cat café?", {"pets": "A cat café."}, 4, 0.5),
        ("How cold is a cat?", {"pets": "A cat at 12."}, 4, 0.5),
        ("Only cats?", {"pets": "Some cats"}, 9, 1.0),
        ("Only cats?", _DOCUMENTS, 4, 0.5),
        ("Do cats sleep?", _DOCUMENTS, 4, 0.5),
        ("Do cats sleep much?", _DOCUMENTS, 4, 0.5),
        ("Cats that sleep?", _DOCUMENTS, 4, 0.5),
        ("Does a cat sleep?", _DOCUMENTS, 4, 0.5),
        ("Sleep, cat?", _DOCUMENTS, 4, 0.5),
        ("Sleeping cats?", _DOCUMENTS, 4, 0.5),
        ("Sleepy cats?", _DOCUMENTS, 4, 0.5),
        ("Cats, sleep.", _DOCUMENTS, 4, 0.5),
        ("And sleeping cats?", _DOCUMENTS, 4, 0.5),
        ("512?", _DOCUMENTS, 4, 0.5),
        ("The 512?", _DOCUMENTS, 4, 0.5),
        ("Cats and sleep?", _DOCUMENTS, 4, 0.5),
        ("Which bank?", _DOCUMENTS, 5, 0.5),
        ("How many bytes is an English letter?", "the course", 50, 0.3),
        ("Which model stops growing at 4,096 tokens?", "the course", 50, 0.3),
        ("What does one conversation weigh?", "the course", 50, 0.3),
        ("How long must an egg boil?", "the course", 50, 0.3),
    ),
    tried="cats that sleep, no document and an empty one, quotes in other letters, orders, spaces, signs and parts, "
    "ties, thresholds, chunks at the end; then four questions on sections of the course, with the real encoder",
    hints=(
        "Three steps: chunks as a list of (name, text); the cosines of the question with each; the check of what was "
        "said.",
        "words[i : i + size] for i in range(0, len(words), size): the last piece is as long as it is.",
        "Divide every vector by its length, np.linalg.norm(vectors, axis=1, keepdims=True). For the quote: "
        r're.search(rf"(?<!\w){re.escape(quote)}(?!\w)", text), with quote = " ".join(quote.split()).',
    ),
    solution=my_retriever,
    harness=answered,
    real=4,
    mistakes=(
        retriever_that_loses_the_end,
        retriever_over_borders,
        retriever_by_characters,
        retriever_of_whole_documents,
        retriever_that_overlaps,
        retriever_by_dot_product,
        retriever_by_half_a_cosine,
        retriever_by_the_questions_length,
        retriever_that_always_answers,
        retriever_that_asks_for_more,
        retriever_of_the_last,
        retriever_that_trusts,
        retriever_in_small_letters,
        retriever_by_words,
        retriever_by_parts_of_words,
        retriever_of_patterns,
        retriever_between_spaces,
        retriever_at_the_first_place,
        retriever_without_signs,
        retriever_of_english_letters,
        retriever_with_its_own_spaces,
        retriever_of_nothing,
        retriever_with_the_whole_document,
        retriever_with_all_documents,
        retriever_that_goes_on,
        retriever_of_chunks,
        retriever_the_other_way,
    ),
)
