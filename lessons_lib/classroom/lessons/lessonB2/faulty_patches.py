"""An exercise of appendix B2: from what a patching program does to what is wrong with it."""

from functools import cache, partial

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson07.faulty_programs import in_order, with_letters
from lessons_lib.classroom.lessons.lessonB2.shared import COUNTRY, prompt
from lessons_lib.classroom.real_model import real_model
from lessons_lib.layers import rope_frequencies, rotation
from lessons_lib.looking import logit_lens, stream

LAYERS = 12  # behind so many the state is patched
TESTS = ("nothing patched", "own values", "zeros", "all of Italy's", "then says", "run behind it")


class Program:
    """Patches France's run at the country, behind 12 layers, and has one fault, or none.

    Args:
        fault: its letter, or nothing.
    """

    def __init__(self, fault: str = "") -> None:
        self.model, self.tokenizer = real_model()
        self.fault = fault
        self.hooks: list = []
        self.states = _runs()

    def run(self, places: range, source: str = "Italy", factor: int = 1) -> torch.Tensor:
        """The scores [V] of France's last token, some places of its state replaced by those of a source."""
        into = "France"
        if self.fault == "D":
            into, source = source, into
        value = factor * self.states[source][2 if self.fault == "B" else 1]  # [1, T, C]
        if self.fault == "F":
            places = [min(place + 1, 7) for place in places]

        def patched(out):
            out = out.clone()
            out[:, places] = value[:, places] + (out[:, places] if self.fault == "C" else 0)
            return out

        if self.fault == "E":
            x = patched(self.states[into][1])
            for layer in self.model.model.layers[LAYERS:]:
                x = layer(x)
            return logit_lens(self.model, x[0, -1])
        part = self.model.model.layers[LAYERS - 1]
        self.hooks.append(part.register_forward_hook(lambda _part, _given, out: patched(out)))
        scores = self.plain(into)
        if self.fault != "A":
            self.close()
        return scores

    def plain(self, country: str) -> torch.Tensor:
        """The scores of a run from the hooked layer on: what comes before it is the same in all of them."""
        x, config = self.states[country][0], self.model.config
        turns = rotation(torch.arange(x.shape[1]), rope_frequencies(config), config.rope_pairing)
        for layer in self.model.model.layers[LAYERS - 1 :]:
            x = layer(x, turns)
        return logit_lens(self.model, x[0, COUNTRY if self.fault == "G" else -1])

    def close(self) -> None:
        for hook in self.hooks:
            hook.remove()
        self.hooks.clear()


@cache
def _runs() -> dict[str, torch.Tensor]:
    """The streams of both prompts behind 11, 12 and 13 layers, [3, 1, T, C]."""
    model, tokenizer = real_model()
    ids = {country: torch.tensor([tokenizer.encode(prompt(country))]) for country in ("France", "Italy")}
    return {country: stream(model, each)[LAYERS - 1 : LAYERS + 2] for country, each in ids.items()}


@cache
def _wanted() -> dict[str, torch.Tensor]:
    """The scores of the plain runs."""
    right = Program()
    return {country: right.plain(country) for country in ("France", "Italy")}


@torch.no_grad()
def shown_by(fault: str = "") -> list[str]:
    """What a program with that fault does in the six tests, in words."""
    program, wanted = Program(fault), _wanted()
    here, everywhere, nowhere = range(COUNTRY, COUNTRY + 1), range(8), range(0)

    def told(scores, country):
        return "exact" if torch.equal(scores, wanted[country]) else "off"

    said = []
    for places, source, factor, country in (
        (nowhere, "Italy", 1, "France"),
        (here, "France", 1, "France"),
        (here, "Italy", 0, "France"),
        (everywhere, "Italy", 1, "Italy"),
    ):
        said.append(told(program.run(places, source, factor), country))
        program.close()
    said.append(program.tokenizer.decode([int(program.run(here).argmax())]).strip())
    said.append(told(program.plain("France"), "France"))
    program.close()
    return said


def symptoms() -> str:
    """What the right program and five faulty ones do, a line each."""
    rows = {"right": ""} | {f"program {n}": fault for n, fault in enumerate(my_faulty_patches(), 1)}
    lines = ["           " + "".join(f"{test:17}" for test in TESTS)]
    lines += [f"{name:11}" + "".join(f"{word:17}" for word in shown_by(fault)) for name, fault in rows.items()]
    return "\n".join(line.rstrip() for line in lines)


def my_faulty_patches():
    # 1: even without a patch something changes. 2: zeros change nothing. 3: the patch hits another token. 4: the next
    # run is patched. 5: own values are not those that stood there.
    return ["E", "C", "F", "A", "B"]


def by_program(answer):
    return in_order(answer, "program")


_with = partial(with_letters, my_faulty_patches())


def patches_read_elsewhere_in_one():
    """1: if scores were read behind the country, the word that follows would be no city. Here it is the right one, and
    yet nothing is exact."""
    return _with(_1="G")


def patches_the_other_way_in_one():
    """1: the other way round, France's values in Italy's run, own values would still be exact. Here they are not."""
    return _with(_1="D")


def patches_late_in_one():
    """1: a value of the wrong layer does harm only where it is put. Here no value is put anywhere, and the scores are
    off."""
    return _with(_1="B")


def patches_of_a_late_value_in_two():
    """2: zeros of a later layer are zeros too, and would do as much harm as those of the right program. Here zeros
    change nothing. What is done with the value?"""
    return _with(_2="B")


def patches_of_another_place_in_two():
    """2: at another place zeros would show, and own values would be exact. Here it is the other way round. What is done
    with the value?"""
    return _with(_2="F")


def patches_the_other_way_in_three():
    """3: the other way round, the run with nothing patched would be Italy's, and all of Italy's values would give
    France's scores. Both are exact here. Only what one place does is wrong."""
    return _with(_3="D")


def patches_that_stay_in_three():
    """3: the run behind it is exact, so no hook stays. Which test shows a wrong place, and which can't?"""
    return _with(_3="A")


def patches_of_another_place_in_four():
    """4: the patch itself does what it should, in all five tests. What is wrong comes after it."""
    return _with(_4="F")


def patches_that_add_in_five():
    """5: if the value were added, zeros would change nothing. Here they do."""
    return _with(_5="C")


def patches_without_rotation_in_five():
    """5: without rotation the scores would be off with nothing patched. Here they are exact, so everything behind the
    patch runs as it should."""
    return _with(_5="E")


def patches_two_and_five_swapped():
    """2 and 5 have changed places. In 2 zeros change nothing, in 5 they do."""
    return _with(_2="B", _5="C")


FAULTY_PATCHES = Exercise(
    id="faulty_patches",
    title="What is wrong with it?",
    difficulty=2,
    minutes=15,
    kind="diagnose",
    contract="a list of five letters: the fault of program 1, of program 2, and so on to program 5.",
    cases=((),),
    tried="all five programs",
    hints=(
        "Read a row from left to right, and stop at the first word that differs from the right program's.",
        "Zeros that are added change nothing. A wrong place can't show where all places are patched.",
        "In program 1 no value is put anywhere, and yet the scores are off: what else does a run need?",
    ),
    solution=my_faulty_patches,
    harness=by_program,
    mistakes=(
        patches_read_elsewhere_in_one,
        patches_the_other_way_in_one,
        patches_late_in_one,
        patches_of_a_late_value_in_two,
        patches_of_another_place_in_two,
        patches_the_other_way_in_three,
        patches_that_stay_in_three,
        patches_of_another_place_in_four,
        patches_that_add_in_five,
        patches_without_rotation_in_five,
        patches_two_and_five_swapped,
    ),
)
