"""An exercise of lesson 09: from texts of unequal length to a batch."""

from lessons_lib.classroom.exercises import Exercise


def my_collate(texts, begin):
    longest = max(len(text) for text in texts)
    inputs, labels = [], []
    for text in texts:
        row = [begin, *text, begin]
        padding = longest + 2 - len(row)
        inputs.append(row[:-1] + [begin] * padding)
        labels.append(row[1:] + [-100] * padding)
    return inputs, labels


def _rows(texts, begin, fill_inputs=None, fill_labels=-100, first=True, last=True):
    longest = max(map(len, texts)) + first + last
    inputs, labels = [], []
    for text in texts:
        row = [begin] * first + list(text) + [begin] * last
        padding = longest - len(row)
        inputs.append(row[:-1] + [begin if fill_inputs is None else fill_inputs] * padding)
        labels.append(row[1:] + [fill_labels] * padding)
    return inputs, labels


def collate_learns_padding(texts, begin):
    """It looks as if the padding of the labels is the separator. Then the model learns to write it again and again:
    where nothing is to be learned stands -100."""
    return _rows(texts, begin, fill_labels=begin)


def collate_pads_labels_with_zero(texts, begin):
    """It looks as if the labels are padded with 0, which is a token. Where nothing is to be learned stands -100."""
    return _rows(texts, begin, fill_labels=0)


def collate_reads_minus_100(texts, begin):
    """It looks as if the inputs are padded with -100 too. No row of the embedding has that number: inputs are padded
    with the separator."""
    return _rows(texts, begin, fill_inputs=-100)


def collate_pads_inputs_with_zero(texts, begin):
    """It looks as if the inputs are padded with 0. Asked for is the separator."""
    return _rows(texts, begin, fill_inputs=0)


def collate_without_shift(texts, begin):
    """It looks as if the labels are the inputs themselves. The label of a place is the token that follows it: a model
    that sees the answer learns to copy it."""
    longest = max(map(len, texts)) + 2
    rows = [[begin, *text, begin] for text in texts]
    inputs = [row + [begin] * (longest - len(row)) for row in rows]
    labels = [row + [-100] * (longest - len(row)) for row in rows]
    return inputs, labels


def collate_of_one_row_twice(texts, begin):
    """It looks as if the labels are the row that is read, not moved. The label of a place is the token that follows it:
    the first label is the first token, and the last one is the separator."""
    inputs, labels = _rows(texts, begin)
    shifted = [
        [-100 if label == -100 else token for token, label in zip(*both, strict=True)]
        for both in zip(inputs, labels, strict=True)
    ]
    return inputs, shifted


def collate_ignores_the_end(texts, begin):
    """It looks as if the last token's label is -100. It is the separator: so the model learns to stop."""
    inputs, labels = _rows(texts, begin)
    return inputs, [row[: len(text)] + [-100] * (len(row) - len(text)) for row, text in zip(labels, texts, strict=True)]


def collate_in_pairs(texts, begin):
    """Right for each row, but in pairs. Asked for are two lists: all inputs, and all labels."""
    return list(zip(*my_collate(texts, begin), strict=True))


def collate_swapped(texts, begin):
    """Right, but inputs and labels are swapped: return the inputs first."""
    return my_collate(texts, begin)[::-1]


def collate_unfilled(texts, begin):
    """It looks as if nothing is filled up: the rows have unequal lengths, and no tensor can be made of them."""
    inputs = [[begin, *text] for text in texts]
    labels = [[*text, begin] for text in texts]
    return inputs, labels


def collate_sorted(texts, begin):
    """It looks as if the rows were sorted by length. They stay in the order of the texts."""
    return my_collate(sorted(texts, key=len, reverse=True), begin)


def collate_one_too_many(texts, begin):
    """It looks as if every row is filled up one place too far: the longest text's row is one longer than the text, and
    needs no filling."""
    inputs, labels = my_collate(texts, begin)
    return [[*row, begin] for row in inputs], [[*row, -100] for row in labels]


def collate_shifted_the_other_way(texts, begin):
    """It looks as if each place is to name the token before it. The label is the token that follows."""
    inputs, labels = [], []
    longest = max(map(len, texts)) + 1
    for text in texts:
        row = [begin, *text, begin]
        padding = longest - len(row) + 1
        inputs.append(row[1:] + [begin] * padding)
        labels.append(row[:-1] + [-100] * padding)
    return inputs, labels


def collate_without_the_end(texts, begin):
    """It looks as if no text ends: the last token's label is the separator, or the model never learns to stop."""
    return _rows(texts, begin, last=False)


def collate_without_the_beginning(texts, begin):
    """It looks as if rows begin with the text. They begin with the separator, as a sample will; its label is the first
    token."""
    return _rows(texts, begin, first=False)


def collate_on_the_left(texts, begin):
    """It looks as if the padding stands on the left. Asked for is the right."""
    longest = max(map(len, texts)) + 1
    inputs, labels = [], []
    for text in texts:
        padding = longest - len(text) - 1
        inputs.append([begin] * padding + [begin, *text])
        labels.append([-100] * padding + [*text, begin])
    return inputs, labels


def collate_cut(texts, begin):
    """It looks as if all texts are cut to the shortest. Keep every token: the shorter rows are padded."""
    shortest = min(map(len, texts))
    return _rows([text[:shortest] for text in texts], begin)


COLLATE = Exercise(
    id="collate",
    title="Texts of unequal length",
    difficulty=2,
    minutes=9,
    kind="transfer",
    contract="a list of texts, each a list of at least one id, and the id of the separator, to two lists of rows, "
    "inputs and labels. A row reads the separator and then the text; each place's label is the token that follows, and "
    "the last token's is the separator. All rows are one longer than the longest text: shorter ones are filled up at "
    "the right, inputs with the separator and labels with -100.",
    cases=(
        ([[5]], 9),
        ([[5, 6, 7]], 9),
        ([[5, 6, 7], [8]], 9),
        ([[3], [0, 4], [6, 6, 6, 2]], 1),
        ([[2, 3], [4, 5]], 0),
    ),
    tried="one token, one text, shorter and longer texts, another separator, and texts of one length",
    hints=(
        "Write the whole row first, [separator, *text, separator]. Which part of it is read, and which is named?",
        "row[:-1] is read and row[1:] is named. Then both are filled up, each with its own number.",
    ),
    solution=my_collate,
    mistakes=(
        collate_learns_padding,
        collate_pads_labels_with_zero,
        collate_reads_minus_100,
        collate_pads_inputs_with_zero,
        collate_without_shift,
        collate_of_one_row_twice,
        collate_ignores_the_end,
        collate_in_pairs,
        collate_swapped,
        collate_unfilled,
        collate_sorted,
        collate_one_too_many,
        collate_shifted_the_other_way,
        collate_without_the_end,
        collate_without_the_beginning,
        collate_on_the_left,
        collate_cut,
    ),
)
