"""Speculative loops that go wrong: the mistakes of the building exercise of lesson 07b."""


def _speculate(
    ids,
    n,
    read,
    guess,
    check="first wrong",
    own=True,
    cut=True,
    rows="last",
    behind="",
    alone=False,
    most=None,
):
    """The loop with the knobs that mistakes turn."""
    text, known, end = list(ids), 0, len(ids) + n
    while len(text) < end:
        guesses = [] if alone and not known else guess(text)  # whether the prompt is read alone first
        guesses = guesses[: end - len(text) - 1] if cut else guesses
        guesses = guesses[:most]
        unread = text[known:] + guesses
        best = read(unread, known).argmax(-1).tolist()
        best = best[-len(guesses) - 1 :] if rows == "last" else best[: len(guesses) + 1]
        right = 0
        while right < len(guesses) and guesses[right] == best[right]:
            right += 1
        if check == "nothing":
            new = [*guesses, best[-1]]
        elif check == "anywhere":
            kept = [g for g, b in zip(guesses, best, strict=False) if g == b]
            new = [*kept, best[len(kept)]]
        elif check == "count":
            new = best[: 1 + sum(g == b for g, b in zip(guesses, best, strict=False))]
        elif check == "whole row":
            new = best
        elif check == "keep the wrong one":
            new = guesses[: right + 1] if right < len(guesses) else best
        elif check == "last choice":
            new = [*best[:right], best[-1]]
        elif check == "all or nothing":
            new = best if right == len(guesses) else best[:1]
        elif check == "one":
            new = best[: min(right, 1) + 1]
        elif check == "no guess":
            new = best[:1]
        elif check == "own if wrong":
            new = best[: right + 1] if right < len(guesses) else (guesses or best)
        else:
            new = best[: right + 1] if own else (best[:right] or best[:1])
        before, text = len(text), text + new
        known = {
            "": len(text) - 1,
            "all": 0,
            "one": max(0, len(text) - 2),
            "guesses": before,
            "kept": before + right,
            "rejected": before + len(guesses),
            "all that was read": known + len(unread),
        }[behind]
    return text[len(ids) :]


def speculate_unchecked(ids, n, read, guess):
    """It looks as if all guesses stand. A guess stands only if the model itself would have put the same token there,
    and all in front of it were right."""
    return _speculate(ids, n, read, guess, check="nothing")


def speculate_anywhere(ids, n, read, guess):
    """It looks as if every guess that agrees stands, also behind a wrong one. What was read behind a wrong guess was
    read in a text that is not the text: stop at the first that differs."""
    return _speculate(ids, n, read, guess, check="anywhere")


def speculate_by_count(ids, n, read, guess):
    """It looks as if every guess that agrees stands, also behind a wrong one. What was read behind a wrong guess was
    read in a text that is not the text: stop at the first that differs."""
    return _speculate(ids, n, read, guess, check="count")


def speculate_with_the_whole_row(ids, n, read, guess):
    """It looks as if all choices of the model are appended. Those behind the first wrong guess were made in a text that
    is not the text: after the right guesses comes one choice more."""
    return _speculate(ids, n, read, guess, check="whole row")


def speculate_with_the_whole_row_later(ids, n, read, guess):
    """It looks as if all choices of the model are appended. Those behind the first wrong guess were made in a text that
    is not the text: after the right guesses comes one choice more."""
    return _speculate(ids, n, read, guess, check="whole row", alone=True)


def speculate_with_the_whole_row_unread(ids, n, read, guess):
    """It looks as if all choices of the model are appended. Those behind the first wrong guess were made in a text that
    is not the text: after the right guesses comes one choice more."""
    return _speculate(ids, n, read, guess, check="whole row", behind="kept")


def speculate_keeping_the_wrong(ids, n, read, guess):
    """It looks as if the first wrong guess is kept. In its place stands what the model chose."""
    return _speculate(ids, n, read, guess, check="keep the wrong one")


def speculate_keeping_the_wrong_uncut(ids, n, read, guess):
    """It looks as if the first wrong guess is kept. In its place stands what the model chose."""
    return _speculate(ids, n, read, guess, check="keep the wrong one", cut=False)[:n]


def speculate_keeping_the_wrong_later(ids, n, read, guess):
    """It looks as if the first wrong guess is kept. In its place stands what the model chose."""
    return _speculate(ids, n, read, guess, check="keep the wrong one", alone=True)


def speculate_unchecked_later(ids, n, read, guess):
    """It looks as if all guesses stand. A guess stands only if the model itself would have put the same token there,
    and all in front of it were right."""
    return _speculate(ids, n, read, guess, check="nothing", alone=True)


def speculate_with_the_last_choice(ids, n, read, guess):
    """It looks as if the model's choice behind the last guess is appended, whichever guesses were right. What stands is
    its choice behind the last right guess."""
    return _speculate(ids, n, read, guess, check="last choice")


def speculate_with_the_last_choice_uncut(ids, n, read, guess):
    """It looks as if the model's choice behind the last guess is appended, whichever guesses were right. What stands is
    its choice behind the last right guess."""
    return _speculate(ids, n, read, guess, check="last choice", cut=False)[:n]


def speculate_all_or_nothing(ids, n, read, guess):
    """The text is right. It looks as if one wrong guess throws all away: those in front of it are right, and stay."""
    return _speculate(ids, n, read, guess, check="all or nothing")


def speculate_one_at_a_time(ids, n, read, guess):
    """The text is right. It looks as if at most one guess of a pass is used: go on for as long as guess and choice
    agree."""
    return _speculate(ids, n, read, guess, check="one")


def speculate_one_guess(ids, n, read, guess):
    """The text is right. It looks as if at most one guess of a pass is used: go on for as long as guess and choice
    agree."""
    return _speculate(ids, n, read, guess, most=1)


def speculate_without_the_last_guess(ids, n, read, guess):
    """The text is right. Where all guesses are right, a pass brings a token less than it could: is the last guess left
    out, or the model's own token behind it?"""
    return _speculate(ids, n, read, guess, cut=False, most=-1)[:n]


def speculate_without_the_last_guess_if_cut(ids, n, read, guess):
    """The text is right. Where all guesses are right, a pass brings a token less than it could: is the last guess left
    out, or the model's own token behind it?"""
    return _speculate(ids, n, read, guess, most=-1)


def _at_most(most):
    def speculate_at_most(ids, n, read, guess):
        """The text is right. It looks as if a pass takes only so many guesses. Take all that the draft gives, up to the
        number that is still wanted."""
        return _speculate(ids, n, read, guess, most=most)

    return speculate_at_most


def speculate_without_guesses(ids, n, read, guess):
    """The text is right, and no guess is used: each pass brings one token. Compare the guesses with the model's
    choices, and append those that agree, too."""
    return _speculate(ids, n, read, guess, check="no guess")


def speculate_without_the_models_own(ids, n, read, guess):
    """The text is right. It looks as if the model's own token is appended only where no guess is right. It comes with
    every pass, behind the right guesses."""
    return _speculate(ids, n, read, guess, own=False)


def speculate_with_its_own_where_one_is_wrong(ids, n, read, guess):
    """The text is right. Where all guesses are right, a pass brings a token less than it could: is the last guess left
    out, or the model's own token behind it?"""
    return _speculate(ids, n, read, guess, check="own if wrong", cut=False)[:n]


def speculate_with_its_own_where_one_is_wrong_if_cut(ids, n, read, guess):
    """The text is right. Where all guesses are right, a pass brings a token less than it could: is the last guess left
    out, or the model's own token behind it?"""
    return _speculate(ids, n, read, guess, check="own if wrong")


def speculate_without_forgetting(ids, n, read, guess):
    """It looks as if the model reads on behind guesses that were wrong. Read on behind what stands: all of the text
    but its newest token, which no pass has read."""
    return _speculate(ids, n, read, guess, behind="all that was read")


def speculate_without_forgetting_uncut(ids, n, read, guess):
    """It looks as if the model reads on behind guesses that were wrong. Read on behind what stands: all of the text
    but its newest token, which no pass has read."""
    return _speculate(ids, n, read, guess, behind="rejected", cut=False)[:n]


def speculate_too_far(ids, n, read, guess):
    """More than n new tokens are returned. Cut them to n at the end, or the guesses before they are read."""
    return _speculate(ids, n, read, guess, cut=False)


def speculate_from_the_first_rows(ids, n, read, guess):
    """It looks as if you compare the guesses with the first rows of the scores. In front of the guesses other tokens
    were unread, at first the whole prompt: the choices in place of the guesses are in the last rows, len(guesses) + 1
    of them."""
    return _speculate(ids, n, read, guess, rows="first")


def speculate_reading_all_again(ids, n, read, guess):
    """The text is right, and the model reads all of it in every pass. Hand over what it has not read, and say behind
    how many tokens."""
    return _speculate(ids, n, read, guess, behind="all")


def speculate_reading_one_again(ids, n, read, guess):
    """The text is right, and each pass reads one token again. All of the text but its newest token has been read:
    known = len(text) - 1."""
    return _speculate(ids, n, read, guess, behind="one")


def speculate_reading_guesses_again(ids, n, read, guess):
    """The text is right, and its right guesses are read a second time. The pass that checked them has read them: behind
    it only the newest token of the text is unread."""
    return _speculate(ids, n, read, guess, behind="guesses")


def speculate_reading_twice_a_pass(ids, n, read, guess):
    """The text is right, and each round reads twice. The scores that check the guesses also hold the model's own token:
    its row is the one behind the last right guess."""
    text, known = list(ids), 0
    while len(text) < len(ids) + n:
        guesses = guess(text)[: len(ids) + n - len(text) - 1]
        best = read(text[known:] + guesses, known).argmax(-1).tolist()[-len(guesses) - 1 :]
        right = 0
        while right < len(guesses) and guesses[right] == best[right]:
            right += 1
        text += guesses[:right]
        text.append(int(read(text[-1:], len(text) - 1)[-1].argmax()))
        known = len(text) - 1
    return text[len(ids) :]


def speculate_guessing_from_the_prompt(ids, n, read, guess):
    """The text is right, and the draft is asked about the prompt each time. Ask it about all of the text so far."""
    return _speculate(ids, n, read, lambda text: guess(list(ids)))


def speculate_returning_the_guesses(ids, n, read, guess):
    """It looks as if the draft's guesses are returned. Let the model read them, and keep those that are its own
    choices, too."""
    return guess(list(ids))[:n]


def speculate_with_the_prompt(ids, n, read, guess):
    """The prompt is in the answer too. Asked for are the new tokens alone."""
    return [*ids, *_speculate(ids, n, read, guess)]


MISTAKES = (
    speculate_unchecked,
    speculate_anywhere,
    speculate_by_count,
    speculate_with_the_whole_row,
    speculate_with_the_whole_row_later,
    speculate_with_the_whole_row_unread,
    speculate_keeping_the_wrong,
    speculate_keeping_the_wrong_uncut,
    speculate_keeping_the_wrong_later,
    speculate_unchecked_later,
    speculate_with_the_last_choice,
    speculate_with_the_last_choice_uncut,
    speculate_all_or_nothing,
    speculate_one_at_a_time,
    speculate_one_guess,
    speculate_without_the_last_guess,
    speculate_without_the_last_guess_if_cut,
    *map(_at_most, (4, 5, 6, 8)),
    speculate_without_guesses,
    speculate_without_the_models_own,
    speculate_with_its_own_where_one_is_wrong,
    speculate_with_its_own_where_one_is_wrong_if_cut,
    speculate_without_forgetting,
    speculate_without_forgetting_uncut,
    speculate_too_far,
    speculate_from_the_first_rows,
    speculate_reading_all_again,
    speculate_reading_one_again,
    speculate_reading_guesses_again,
    speculate_reading_twice_a_pass,
    speculate_guessing_from_the_prompt,
    speculate_returning_the_guesses,
    speculate_with_the_prompt,
)
