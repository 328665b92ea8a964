"""The building exercise of lesson 17: the learner's scheduler serves many texts with the real model."""

from functools import cache

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson17.step import Step
from lessons_lib.classroom.real_model import real_model
from lessons_lib.classroom.trials import Refused
from lessons_lib.classroom.values import comparable

NEVER = -1  # as a stop token: no model writes it


def my_serve(texts, slots, most, stop, read):
    said = [[] for _ in texts]
    at = [0] * len(texts)  # tokens of each that were read
    waiting = [number for number, (_, new) in enumerate(texts) if new > 0]
    held = {}  # the text in each slot that is taken, in the order in which they were let in
    while waiting or held:
        for slot in range(slots):
            if slot not in held and waiting:
                held[slot] = waiting.pop(0)
        whole = {slot: [*texts[n][0], *said[n]] for slot, n in held.items()}
        unread = {slot: len(whole[slot]) - at[n] for slot, n in held.items()}
        spare = most - sum(left == 1 for left in unread.values())
        rows, ends = [], {}
        for slot, n in held.items():
            count = 1 if unread[slot] == 1 else min(unread[slot], spare)
            spare -= count if unread[slot] > 1 else 0
            rows += [(whole[slot][p], slot, p) for p in range(at[n], at[n] + count)]
            at[n] += count
            if count == unread[slot]:
                ends[slot] = len(rows) - 1  # the row of its last token
        answers = read(rows)
        for slot, row in ends.items():
            n = held[slot]
            if answers[row] != stop:
                said[n].append(answers[row])
            if answers[row] == stop or len(said[n]) == texts[n][1]:
                del held[slot]
    return said


class _Read:
    """What a learner is given as `read`; it notes how many rows of each slot each step has.

    A row looks at its slot, at the positions up to its own. What is written to a position that is taken replaces it,
    and what stood behind it.
    """

    def __init__(self, slots, next_of):
        self.slots, self._next_of = slots, next_of
        self.held = [[] for _ in range(slots)]
        self.counts = []

    def __call__(self, rows):
        rows = [self._row(row) for row in rows]
        self.counts.append([sum(slot == own for _, own, _ in rows) for slot in range(self.slots)])
        for token, slot, position in rows:
            if position > len(self.held[slot]):
                raise Refused(
                    f"position {position} of slot {slot} is read, and {len(self.held[slot])} tokens stand there: none "
                    "may be left out"
                )
            self.held[slot][position:] = [token]
        return self._next_of(rows, self.held) if rows else []

    def _row(self, row):
        try:
            token, slot, position = (int(part) for part in row)
        except (TypeError, ValueError):
            raise Refused("read takes a list of rows (token, slot, position), three whole numbers each") from None
        if not 0 <= slot < self.slots or position < 0:
            raise Refused(
                f"slot {slot}, position {position} is read; slots are numbered from 0, and there are {self.slots}"
            )
        return token, slot, position


def made_up(rows, held):
    """A model that anybody can compute: the next token depends on all tokens of a slot up to the row's."""
    found = []
    for _, slot, position in rows:
        total = 5
        for token in held[slot][: position + 1]:
            total = (total * 31 + token + 1) % 1009
        found.append(total % 20)
    return found


@cache
def _stop():
    model, _ = real_model()
    ends = model.config.eos_token_id
    return ends[0] if isinstance(ends, list | tuple) else ends


def in_the_model(answer, texts, slots, most, stop):
    """What a learner's scheduler makes of some texts, and how many rows of each slot its steps have.

    Args:
        answer: a learner's function.
        texts: (ids, new) for the made-up model, or (prompt, new), with text for a prompt, for the real one.
        slots, most: as the learner gets them.
        stop: likewise; None for the real model's own.
    """
    if real := bool(texts) and isinstance(texts[0][0], str):
        model, tokenizer = real_model()
        texts, stop = [(tokenizer.encode(prompt), new) for prompt, new in texts], _stop()
        step = Step(model, 512)
    read = _Read(slots, (lambda rows, _: step(rows)) if real else made_up)
    said = answer(texts, slots, most, stop, read)
    if said is None:
        return None
    if real:
        said = [_decoded(tokenizer, ids) for ids in said]
    return {"texts": comparable(said), "rows of each slot, step by step": read.counts}


def _decoded(tokenizer, ids):
    ids = [int(token) for token in ids]
    return tokenizer.decode(ids) if all(0 <= token < tokenizer.vocab_size for token in ids) else ids


def _serve(
    texts,
    slots,
    most,
    stop,
    read,
    join=True,
    wants=lambda new: new > 0,
    take=0,
    used=lambda slots: range(slots),
    share="ours",
    move=0,
    end=lambda said, new: len(said) == new,
    stops=True,
    shown=False,
    which=lambda row, first, slot: row,
    early=False,
    again=False,
    give=lambda said, texts, order: said,
    late=False,
    follow=False,
    rest=True,
    by_slot=False,
    asked=False,
):
    """The same with the knobs that mistakes turn."""
    said, at, order = [[] for _ in texts], [0] * len(texts), []
    waiting = [number for number, (_, new) in enumerate(texts) if wants(new)]
    held, lengths, begin = {}, [0] * slots, {}
    while waiting or held:
        if join or not held:
            for slot in used(slots):
                if slot not in held and waiting:
                    held[slot] = waiting.pop(take)
                    begin[held[slot]] = lengths[slot] if follow else 0
        if not rest and waiting:
            waiting = []
        held = dict(sorted(held.items())) if by_slot else held
        whole = {slot: [*texts[n][0], *said[n]] for slot, n in held.items()}
        if again:
            at = [0] * len(texts)
        unread = {slot: len(whole[slot]) - at[n] for slot, n in held.items()}
        counts = _shares(unread, most, share)
        rows, ends = [], {}
        for slot, n in held.items():
            first, count = len(rows), counts[slot]
            rows += [(whole[slot][p], slot, begin[n] + max(0, p + move)) for p in range(at[n], at[n] + count)]
            at[n] += count
            lengths[slot] = begin[n] + at[n]
            if count and (count == unread[slot] or early):
                ends[slot] = which(len(rows) - 1, first, slot)
        answers = read(rows)
        for slot, row in ends.items():
            n, token = held[slot], answers[row]
            over = end(said[n], texts[n][1]) if late else False
            if not over and (token != stop or shown or not stops):
                said[n].append(token)
            if (
                over
                or (token == stop and stops)
                or (asked and stop in texts[n][0])
                or (not late and end(said[n], texts[n][1]))
            ):
                del held[slot]
                order.append(n)
    return give(said, texts, order)


def _shares(unread, most, share):
    writing = sum(left == 1 for left in unread.values())
    spare, counts = most if share in ("no matter who writes", "in order") else most - writing, {}
    prompts = [slot for slot, left in unread.items() if left > 1]
    for slot, left in unread.items():
        if share == "whole":
            counts[slot] = left
        elif share == "in order":
            counts[slot] = min(left, spare)
            spare -= counts[slot]
        elif left == 1:
            counts[slot] = 1
        elif share == "one by one":
            counts[slot] = min(1, spare)
            spare -= counts[slot]
        elif share == "equally":
            counts[slot] = min(left, spare // len(prompts))
        elif share == "first alone":
            counts[slot] = min(left, spare) if slot == prompts[0] else 0
        elif share == "not beside others":
            counts[slot] = 0 if writing else min(left, spare)
            spare -= counts[slot]
        elif share == "most each":
            counts[slot] = min(left, most)
        else:
            counts[slot] = min(left, spare)
            spare -= counts[slot]
    return counts


def serve_in_static_batches(*given):
    """The texts are right, but it looks as if nobody joins before all that run have ended. A slot that is free goes to
    the next text before the next step."""
    return _serve(*given, join=False)


def serve_one_after_the_other(*given):
    """The texts are right, but it looks as if one is served after the other, in slot 0. All slots are to be used, and
    a step holds rows of all of them."""
    return _serve(*given, used=lambda slots: range(1))


def serve_with_one_slot_too_few(*given):
    """The texts are right, but it looks as if a slot stays empty. There are as many as slots says, from 0 on."""
    return _serve(*given, used=lambda slots: range(max(1, slots - 1)))


def serve_the_last_first(*given):
    """It looks as if the text that came last is let in first. They come in their order."""
    return _serve(*given, take=-1)


def serve_those_who_have_a_slot(*given):
    """It looks as if only as many texts are served as there are slots. When one has ended, the next gets its slot."""
    return _serve(*given, rest=False)


def serve_whole_prompts(*given):
    """It looks as if a prompt is read whole in one step, however long it is. A step has at most `most` rows."""
    return _serve(*given, share="whole")


def serve_without_counting_writers(*given):
    """It looks as if prompts get `most` rows, beside those of the texts that are being written. All together have
    `most`: take the writers' away first."""
    return _serve(*given, share="no matter who writes")


def serve_with_most_for_each(*given):
    """It looks as if each prompt gets up to `most` rows. What one has taken the next can't have."""
    return _serve(*given, share="most each")


def serve_in_order(*given):
    """It looks as if rows are given in the order of coming alone. Then a long prompt that came early leaves none for a
    text that is being written: those go first."""
    return _serve(*given, share="in order")


def serve_by_slot(*given):
    """The texts are right, but it looks as if the rows that are left go to prompts in the order of their slots. They
    go to who came first, and a later text may have a lower slot."""
    return _serve(*given, by_slot=True)


def serve_from_the_highest_slot(*given):
    """The texts are right, but it looks as if the highest free slot is given first. The lowest is."""
    return _serve(*given, used=lambda slots: reversed(range(slots)))


def serve_where_nobody_asks_for_the_end(*given):
    """It looks as if the stop token is looked for in the prompt, too. There it ends nothing: with SmolLM2
    each message of a chat ends with it."""
    return _serve(*given, asked=True)


def serve_a_token_at_a_time(*given):
    """The texts are right, but it looks as if each prompt is read a token at a time. It gets all rows that are left."""
    return _serve(*given, share="one by one")


def serve_prompts_equally(*given):
    """It looks as if the rows that are left are shared equally among the prompts. They go to the first, then to the
    second, and so on."""
    return _serve(*given, share="equally")


def serve_one_prompt_a_step(*given):
    """It looks as if only one prompt is read in a step. If rows are left behind the first, the second gets them."""
    return _serve(*given, share="first alone")


def serve_prompts_when_nobody_writes(*given):
    """It looks as if prompts are read only while nobody writes. The rows that writers leave are theirs."""
    return _serve(*given, share="not beside others")


def serve_behind_what_was_there(*given):
    """It looks as if positions go on from the text that was in the slot before. Then the new text sees what somebody
    else has asked. Each text begins at position 0."""
    return _serve(*given, follow=True)


def serve_one_place_too_early(*given):
    """It looks as if positions are one too low: each token replaces the one before it. The first stands at 0, the next
    at 1."""
    return _serve(*given, move=-1)


def serve_the_stop_token(*given):
    """It looks as if the stop token is given out. It ends a text, and is no part of it."""
    return _serve(*given, shown=True)


def serve_without_end(*given):
    """It looks as if nobody looks for the stop token. A text that writes it has ended."""
    return _serve(*given, stops=False)


def serve_one_too_many(*given):
    """It looks as if a text ends one token too late. It has at most as many as it wanted."""
    return _serve(*given, end=lambda said, new: len(said) == new + 1)


def serve_one_too_few(*given):
    """It looks as if a text ends one token too early. It has as many as it wanted, unless it stops."""
    return _serve(*given, end=lambda said, new: len(said) >= new - 1)


def serve_those_who_want_nothing(*given):
    """It looks as if a text that wants no token gets one, or a slot. It is answered at once, with an empty list, and
    nothing of it is read."""
    return _serve(*given, wants=lambda new: True, end=lambda said, new: len(said) >= new)


def serve_the_last_token_too(*given):
    """The texts are right, but it looks as if the last token of a text is read before it leaves. Nobody asks what
    would come behind it: it leaves as soon as that is chosen."""
    return _serve(*given, late=True)


def serve_by_the_first_row(*given):
    """It looks as if a text's next token is taken from the first of its rows. What comes behind its *last* token
    stands in its last row."""
    return _serve(*given, which=lambda row, first, slot: first)


def serve_by_the_number_of_the_slot(*given):
    """It looks as if the answers are looked up by the number of the slot. There is one for each *row*: a prompt has
    several."""
    return _serve(*given, which=lambda row, first, slot: slot)


def serve_after_each_piece(*given):
    """It looks as if a token is taken behind each piece of a prompt. Only behind the whole prompt there is a next
    token."""
    return _serve(*given, early=True)


def serve_reading_all_again(*given):
    """The texts are right, but it looks as if each step reads a text from its beginning. What stands in a slot stays
    there: read on."""
    return _serve(*given, again=True, share="whole")


def serve_in_the_order_of_their_ends(*given):
    """It looks as if the answers come in the order in which the texts ended. Asked for is the order in which they
    came."""
    return _serve(*given, give=lambda said, texts, order: [said[n] for n in order])


def serve_prompts_too(*given):
    """It looks as if each answer begins with its prompt. Asked for are the new tokens alone."""
    return _serve(
        *given, give=lambda said, texts, order: [[*ids, *new] for (ids, _), new in zip(texts, said, strict=True)]
    )


def serve_without_those_who_got_nothing(*given):
    """It looks as if texts without a new token are left out. There is a list for each text; theirs is empty."""
    return _serve(*given, give=lambda said, texts, order: [new for new in said if new])


MY_SERVE = Exercise(
    id="my_serve",
    title="Your scheduler serves SmolLM2",
    difficulty=3,
    minutes=30,
    kind="build",
    contract="texts, a list of (ids, new): a prompt of one token or more, and how many new ones are wanted at most; "
    "slots, 1 or more; most, at least slots; stop, a token; and read. To the list of each text's new tokens, in the "
    "order of texts. A text ends with its last token that is wanted, or with stop, which is not given out. One that "
    "wants none has an empty list, and nothing of it is read. read takes the rows of a step, a list of (token, slot, "
    "position), slots and positions counted from 0, and gives for each row the likeliest next token. Before each step "
    "free slots, lowest first, go to texts in their order. A step has at most `most` rows: first one for each text "
    "with a single unread token, then of the others as many tokens as there are rows left, in the order in which they "
    "came. No token is read twice, and the last new one not at all.",
    cases=(
        ([([4, 7, 1], 2)], 1, 8, NEVER),
        ([([4, 7, 1], 3), ([2, 9], 2)], 2, 8, NEVER),
        ([([4], 2), ([2, 9], 5), ([8, 8, 3], 2)], 2, 8, NEVER),
        ([([4, 7, 1, 2, 6], 3), ([3], 4)], 2, 4, NEVER),
        ([([5], 6), ([1, 2, 3, 4, 5, 6, 7, 8, 9], 2), ([6, 6, 6], 3), ([9, 1], 1)], 3, 4, NEVER),
        ([([1, 2, 3, 4, 5, 6, 7], 2), ([7, 5, 3, 1], 4), ([2], 1), ([3, 1, 4, 1, 5, 9], 3), ([2, 6], 2)], 2, 5, NEVER),
        ([([4, 7, 1], 0), ([2, 9], 2), ([5, 5], 0), ([1], 1)], 1, 3, NEVER),
        ([([4, 7, 1], 4), ([2, 9], 4), ([5, 5], 4), ([1, 8, 8], 4)], 2, 6, 11),
        ([([4, 7, 1], 3), ([6, 1], 3), ([2, 9], 3)], 2, 4, 8),
        ([([3, 1, 4, 1, 5], 2), ([9, 2, 6, 5, 3, 5], 3), ([8, 9, 7], 1), ([9, 3], 4)], 4, 4, NEVER),
        ([([1, 2, 3, 4], 1), ([5, 6, 7], 1), ([8, 9, 1, 2], 1), ([3], 1)], 3, 9, NEVER),
        ([([17], 1), ([12, 3, 5, 7, 2, 8, 4, 6], 2), ([10, 6, 13], 1)], 2, 3, NEVER),
        ([([1], 0), ([2, 3], 2), ([4, 5], 2)], 2, 4, NEVER),
        ([([4, 9, 1], 3), ([2, 9], 2), ([9], 2)], 2, 4, 9),
        ([], 2, 4, NEVER),
        (
            [
                ("The capital of France is", 5),
                ("The opposite of hot is", 3),
                ("Once upon a time, in a small village by the sea, there lived", 6),
                ("a, b, c, d,", 6),
                ("My car has four", 4),
            ],
            2,
            8,
            None,
        ),
    ),
    real=1,
    tried="one slot and several, more texts than slots, long prompts, texts that stop or want nothing, then SmolLM2",
    hints=(
        "Three things to keep: who waits, which text each slot holds, and how many tokens of each text have been read.",
        "A text's tokens are its prompt and its new ones together; unread is their number less those that were read. "
        "It is 1 while a text is being written, so one rule serves prompts and texts.",
        "While you gather the rows, note for each text whose last token is among them in which row it stands. Behind "
        "read(rows), the answer of that row is its next token.",
    ),
    solution=my_serve,
    harness=in_the_model,
    mistakes=(
        serve_in_static_batches,
        serve_one_after_the_other,
        serve_with_one_slot_too_few,
        serve_the_last_first,
        serve_those_who_have_a_slot,
        serve_whole_prompts,
        serve_without_counting_writers,
        serve_with_most_for_each,
        serve_in_order,
        serve_by_slot,
        serve_from_the_highest_slot,
        serve_where_nobody_asks_for_the_end,
        serve_a_token_at_a_time,
        serve_prompts_equally,
        serve_one_prompt_a_step,
        serve_prompts_when_nobody_writes,
        serve_behind_what_was_there,
        serve_one_place_too_early,
        serve_the_stop_token,
        serve_without_end,
        serve_one_too_many,
        serve_one_too_few,
        serve_those_who_want_nothing,
        serve_the_last_token_too,
        serve_by_the_first_row,
        serve_by_the_number_of_the_slot,
        serve_after_each_piece,
        serve_reading_all_again,
        serve_in_the_order_of_their_ends,
        serve_prompts_too,
        serve_without_those_who_got_nothing,
    ),
)
