"""Appendix B2: the solutions against transformers and plain loops, right answers in other styles, mistakes in other
words."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from classroom.styles import accept, enough
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import our_config, our_copy, reference_llama
from torch import nn

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lessonB2
from lessons_lib.classroom.lessons.lessonB2 import faulty_patches, steering
from lessons_lib.classroom.lessons.lessonB2.lens_on_paper import my_lens_on_paper
from lessons_lib.classroom.lessons.lessonB2.my_patch import Kept, my_patch
from lessons_lib.classroom.lessons.lessonB2.my_settled import made as streams
from lessons_lib.classroom.lessons.lessonB2.my_settled import my_settled
from lessons_lib.classroom.lessons.lessonB2.my_steering import made as texts
from lessons_lib.classroom.lessons.lessonB2.my_steering import my_steering
from lessons_lib.classroom.lessons.lessonB2.shared import COUNTRIES, COUNTRY, prompt
from lessons_lib.classroom.real_model import real_model

EXERCISES = {exercise.id: exercise for exercise in lessonB2.EXERCISES}
CAPITALS = (
    "Paris Rome Berlin London Tokyo Beijing Cairo Athens Vienna Budapest Lisbon Dublin Stockholm Oslo Helsinki "
    "Copenhagen Brussels Tehran Damascus Havana Lima Santiago Nairobi Kiev Bucharest Sofia Ottawa Buenos Addis "
    "Kabul Kathmandu Jerusalem Amman Jakarta Manila Edinburgh Cardiff Reykjavik Kingston Tallinn"
)
bounded = settings(derandomize=True, max_examples=examples(30), deadline=None)


# The solutions against other programs


@given(st.integers(0, 999))
@bounded
def test_settled_is_that_of_the_hidden_states_of_transformers(seed):
    theirs = reference_llama(seed=seed % 7)
    ids = torch.randint(97, (1, 6), generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        *hidden, last = theirs(ids, output_hidden_states=True).hidden_states  # the last is normed already
        seen = [int(theirs.lm_head(theirs.model.norm(x))[0, -1].argmax()) for x in hidden]
        seen.append(int(theirs.lm_head(last)[0, -1].argmax()))
        unnormed = []
        hook = theirs.model.norm.register_forward_pre_hook(lambda _, given: unnormed.append(given[0]))
        theirs(ids)
        hook.remove()
    states = torch.stack([x[0, -1] for x in (*hidden, unnormed[0])])
    first, stays = my_settled(states, theirs.model.norm.weight.detach(), theirs.lm_head.weight.detach())
    assert first == seen.index(seen[-1])
    assert len(set(seen[stays:])) == 1 and (stays == 0 or seen[stays - 1] != seen[-1])


@torch.no_grad()
def test_a_patch_is_the_one_done_on_transformers_by_hand():
    theirs = reference_llama(seed=4)
    ours = our_copy(theirs, our_config())
    ids = torch.randint(97, (2, 5), generator=torch.Generator().manual_seed(2))
    value = torch.randn(2, 36, generator=torch.Generator().manual_seed(3))

    def write(_part, given):  # what enters layer 2 is what layer 1 gives
        x = given[0].clone()
        x[:, 3] = value
        return (x, *given[1:])

    hook = theirs.model.layers[2].register_forward_pre_hook(write)
    expected = theirs(ids).logits
    hook.remove()
    scores = my_patch(lambda: ours(ids), ours.model.layers[1], 3, value)
    torch.testing.assert_close(scores, expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ours(ids), theirs(ids).logits, atol=1e-4, rtol=1e-4)


@given(st.integers(0, 999), st.lists(st.integers(2, 6), min_size=1, max_size=4), st.floats(0.1, 30))
@bounded
def test_the_vector_separates_its_own_texts(seed, sizes, length):
    glad, sad = texts(seed, 5, *sizes), texts(seed + 50, 5, *sizes[::-1])
    vector = my_steering(glad, sad, length)
    centres = [np.mean([text.numpy()[1:].mean(0) for text in side], 0) for side in (glad, sad)]
    assert float(vector.norm()) == pytest.approx(length)
    assert float(torch.tensor(centres[0] - centres[1]) @ vector) == pytest.approx(
        length * np.linalg.norm(centres[0] - centres[1])
    )


def test_the_lens_on_paper_by_torch():
    stream = torch.tensor([[3.0, -1], [-1, 2], [-3, 0], [2.5, 0], [0, 1]]).cumsum(0)
    scores = F.rms_norm(stream, (2,), torch.tensor([1.0, 3])) @ torch.tensor([[2.0, 0], [0, 1], [1, 1]]).T
    favourites = [("dog", "cat", "fox")[i] for i in scores.argmax(-1)]
    *words, stays = my_lens_on_paper()
    assert favourites == words and favourites[stays:] == ["fox"] * 2 and favourites[stays - 1] != "fox"


# What the lesson stands on


@torch.no_grad()
def test_every_country_is_one_token_and_its_capital_is_said():
    model, tokenizer = real_model()
    ids = torch.tensor([tokenizer.encode(prompt(country)) for country in COUNTRIES])
    assert ids.shape == (40, 8)
    assert [tokenizer.decode([int(i)]).strip() for i in ids[:, COUNTRY]] == COUNTRIES
    said = [tokenizer.decode([int(i)]).strip() for i in model(ids, logits_to_keep=1)[:, -1].argmax(-1)]
    capitals = CAPITALS.split()
    assert all(capital.startswith(word) for capital, word in zip(capitals, said, strict=True))
    assert len(set(said)) == 40


def test_moods_are_single_tokens_that_stand_in_no_sentence():
    _, tokenizer = real_model()
    words = [*steering.GOOD.split(), *steering.BAD.split()]
    assert {len(tokenizer.encode(" " + word)) for word in words} == {1}
    for sentence in (*steering.GLAD, *steering.SAD, *steering.FOOD, *steering.WAR, steering.PLAIN):
        assert not set(sentence.lower().replace(".", "").split()) & set(words)
    assert not set(steering.KEPT_BACK) & {*steering.GLAD, *steering.SAD}


def test_each_fault_has_symptoms_of_its_own():
    faults = ["", *"ABCDEFG"]
    assert len({tuple(faulty_patches.shown_by(fault)) for fault in faults}) == len(faults)
    assert faulty_patches.shown_by() == ["exact", "exact", "off", "exact", "Rome", "exact"]
    assert set(faulty_patches.my_faulty_patches()) == set("ABCEF")


def test_no_hook_stays_behind_faults_and_mistakes():
    model, _ = real_model()
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())


# The learner writes the same mistakes differently; the words must be the same.


def patch_by_swapping_forward(run, part, place, value, write=None, keep=False):
    """Without hooks: the part's forward is exchanged."""
    plain = part.forward

    def forward(*given):
        out = plain(*given)
        rows = [row.clone() for row in out.unbind(1)]
        (write or (lambda rows: rows.__setitem__(place, value)))(rows)
        return torch.stack(rows, 1)

    part.forward = forward
    try:
        return run()
    finally:
        if not keep:
            del part.forward


def patch_with(change):
    def answer(run, part, place, value):
        hook = part.register_forward_hook(lambda _part, _given, out: change(out, place, value))
        try:
            return run()
        finally:
            hook.remove()

    return answer


def where(test):
    """Patched wherever a test of the places says so."""

    def change(out, place, value):
        places = torch.arange(out.shape[1])
        return torch.where(test(places, place)[None, :, None], value[:, None].to(out), out)

    return patch_with(change)


def patch_that_stays(run, part, place, value):
    part.register_forward_hook(lambda _part, _given, out: out.index_copy(1, torch.tensor([place]), value[:, None]))
    return run()


def patch_of_a_state(run, part, place, value):
    run()
    return value


def patch_in_data(run, part, place, value):
    def hook(_part, _given, out):
        out.data[:, place] = value
        return out

    handle = part.register_forward_hook(hook)
    scores = run()
    handle.remove()
    return scores


def settled_by_loops(states, gain, table, first=0, by=None, **how):
    """In numpy, from the end."""
    x, g, t = (each.double().numpy() for each in (states, gain, table))
    x = how.get("norm", lambda x: x / np.sqrt((x**2).mean(-1, keepdims=True)))(x)
    best = list(how.get("pick", np.argmax)((x * how.get("gained", lambda g: g)(g)) @ t.T, axis=-1))
    stays = len(best) - 1
    while stays and best[stays - 1] == best[-1]:
        stays -= 1
    both = [best.index(best[-1]), stays]
    return by(both, best) if by else [n + first for n in both]


def settled_off_the_front(states, gain, table):
    best = ((states * gain) @ table.T).argmax(-1).tolist()
    n = len(best) - 1
    while best[n] == best[-1]:
        n -= 1
    return best.index(best[-1]), n + 1


def at_the_next_index(out, place, value):
    out = out.clone()
    out[:, place + 1] = value
    return out


def in_a_text(out, place, value):
    out = out.clone()
    out[place] = value
    return out


def alone(out, place, value):
    new = torch.zeros_like(out)
    new[:, place] = value
    return new


def patch_that_clears_all_hooks(run, part, place, value):
    part.register_forward_hook(lambda _part, _given, out: out.index_copy(1, torch.tensor([place]), value[:, None]))
    scores = run()
    part._forward_hooks.clear()
    return scores


def steering_of_pairs(glad, sad, length):
    apart = [one[1:].mean(0) - other[1:].mean(0) for one, other in zip(glad, sad, strict=False)]
    return length * F.normalize(sum(apart), dim=0)


def steering_of_directions(glad, sad, length):
    one, other = (F.normalize(torch.stack([t[1:].mean(0) for t in side]).mean(0), dim=0) for side in (glad, sad))
    return length * (one - other)


def steering_in_numpy(glad, sad, length, **how):
    def centre(side):
        means = [how.get("text", lambda t: t[1:].mean(0))(text.numpy()) for text in side]
        return how.get("side", lambda means: np.mean(means, 0))(means)

    v = centre(glad) - how.get("take", 1) * centre(sad)
    with np.errstate(invalid="ignore"):
        return how.get("scale", lambda v: length * v / np.sqrt((v**2).sum()))(v)


WRONG = [
    ("lens_on_paper", lambda: ("Dog", "Dog", "Cat", "Dog", "Fox", 4), "gain was left out"),
    ("lens_on_paper", "dog fox cat fox fox 1", "takes over once more"),
    ("my_settled", settled_off_the_front, "runs off the front"),
    ("lens_on_paper", lambda: ["dog", "dog", "cat", "dog", "fox", 4], "gain was left out"),
    ("lens_on_paper", lambda: ["dog", "cat", "cat", "dog", "fox", 4], "what each layer adds"),
    ("lens_on_paper", lambda: ["dog", "fox", "cat", "fox", "fox", 1], "takes over once more"),
    ("lens_on_paper", lambda: ["dog", "fox", "cat", "fox", "fox"], ""),
    ("lens_on_paper", lambda: ["fox", "cat", "fox", "fox", 3], ""),
    ("my_settled", lambda *a: settled_by_loops(*a, first=1), "counting starts at 1"),
    ("my_settled", lambda *a: settled_by_loops(*a, gained=lambda g: 1), "gain is left out"),
    ("my_settled", lambda *a: settled_by_loops(*a, gained=lambda g: 1 / g), "divide by the gain"),
    ("my_settled", lambda *a: settled_by_loops(*a, pick=np.argmin), "least score"),
    ("my_settled", lambda *a: settled_by_loops(*a, by=lambda both, best: both[::-1]), "changed places"),
    ("my_settled", lambda *a: settled_by_loops(*a, by=lambda both, best: [both[0]] * 2), "first lead counts twice"),
    ("my_settled", lambda *a: settled_by_loops(*a, by=lambda both, best: [both[1]] * 2), "both are from when it stays"),
    ("my_settled", lambda *a: settled_by_loops(*a, by=lambda both, best: [both[0], both[1] - 1]), "another word leads"),
    (
        "my_settled",
        lambda *a: settled_by_loops(*a, by=lambda both, best: [both[0], both[1] and both[1] - 1]),
        "another word leads",
    ),
    ("my_settled", lambda *a: settled_by_loops(*a, gained=np.abs), "gain's sign is lost"),
    ("my_settled", lambda *a: settled_by_loops(*a, gained=np.square), "gain's sign is lost"),
    ("my_settled", lambda *a: settled_by_loops(*a, by=lambda both, best: both[1]), ""),
    ("my_settled", lambda *a: settled_by_loops(*a, by=lambda both, best: [both[0], best.count(best[-1])]), ""),
    (
        "my_settled",
        lambda *a: settled_by_loops(*a, norm=lambda x: (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)),
        "mean is taken away",
    ),
    (
        "my_settled",
        lambda *a: settled_by_loops(*a, norm=lambda x: x / np.sqrt((x**2).mean(0, keepdims=True))),
        "norm across the layers",
    ),
    ("faulty_patches", "GCFAB", "would be no city"),
    ("faulty_patches", list("EBFAC"), "2 and 5 have changed places"),
    ("faulty_patches", "E C D A B", "the other way round"),
    ("faulty_patches", "E, F, C, A, B", ""),
    ("faulty_patches", "EBFAB", "zeros of a later layer"),
    ("faulty_patches", "BCFAE", ""),
    ("faulty_patches", "ECFA", ""),
    ("my_patch", where(lambda places, place: places >= place), "all tokens from"),
    ("my_patch", where(lambda places, place: places >= 0), "every token gets the value"),
    ("my_patch", where(lambda places, place: places == place + 1), ""),
    ("my_patch", patch_with(at_the_next_index), "token behind `place`"),
    ("my_patch", patch_with(in_a_text), "`place` counts texts"),
    ("my_patch", patch_with(alone), "all other places get zeros"),
    ("my_patch", patch_that_clears_all_hooks, "not yours"),
    ("my_patch", where(lambda places, place: places == len(places) - 1), "last token gets the value"),
    ("my_patch", where(lambda places, place: places == (place - 1) % len(places)), "counted from 1"),
    ("my_patch", patch_with(lambda out, place, value: None), "nothing is patched"),
    (
        "my_patch",
        patch_with(lambda out, place, value: out.clone().index_add(1, torch.tensor([place]), value[:, None])),
        "is added",
    ),
    ("my_patch", patch_with(lambda out, place, value: out.index_fill(1, torch.tensor([place]), 0)), "zeros are put"),
    ("my_patch", patch_with(lambda out, place, value: value), ""),
    ("my_patch", patch_that_stays, "still hangs on"),
    ("my_patch", patch_of_a_state, "have the shape"),
    ("my_patch", patch_in_data, "part's own output"),
    ("my_patch", lambda run, part, place, value: print("patched") or None, "returned nothing"),
    ("my_patch", lambda *a: patch_by_swapping_forward(*a, write=lambda rows: rows.__setitem__(0, a[3])), ""),
    ("my_steering", lambda *a: steering_in_numpy(*a, text=lambda t: t.mean(0)), "first token counts"),
    ("my_steering", lambda *a: steering_in_numpy(*a, text=lambda t: t[-1]), "only the last token"),
    ("my_steering", lambda *a: steering_in_numpy(*a, text=lambda t: t[:-1].mean(0)), "last token is left out"),
    ("my_steering", lambda *a: steering_in_numpy(*a, text=lambda t: t[1:].sum(0)), "tokens are added up"),
    ("my_steering", lambda *a: steering_in_numpy(*a, side=lambda means: np.sum(means, 0)), "texts are added up"),
    ("my_steering", lambda *a: steering_in_numpy(*a, take=0), "sad is left out"),
    ("my_steering", lambda *a: steering_in_numpy(*a, take=-1), ""),
    ("my_steering", lambda glad, sad, n: steering_in_numpy(sad, glad, n), "glad is taken from sad"),
    ("my_steering", lambda *a: steering_in_numpy(*a, scale=lambda v: v), "length that came out"),
    ("my_steering", lambda *a: steering_in_numpy(*a, scale=lambda v: a[2] * v), "divide it by its own"),
    ("my_steering", lambda *a: steering_in_numpy(*a, scale=lambda v: v / np.linalg.norm(v)), "has length 1"),
    ("my_steering", lambda *a: steering_in_numpy(*a, scale=lambda v: a[2] * v / (v**2).sum()), ""),
    ("my_steering", lambda *a: steering_in_numpy(*a, scale=lambda v: a[2] * v / np.abs(v).max()), ""),
    ("my_steering", lambda *a: steering_in_numpy(*a)[None], "one vector of"),
    ("my_steering", lambda *a: steering_in_numpy(*a, scale=lambda v: a[2] * v / v.std()), ""),
    ("my_steering", lambda *a: steering_in_numpy(*a) * a[0][0].shape[1] ** 0.5, "root of the mean of the squares"),
    ("my_steering", steering_of_pairs, "taken in pairs"),
    ("my_steering", steering_of_directions, "before the difference"),
    (
        "my_steering",
        lambda glad, sad, n: (
            n * F.normalize(torch.cat([t[1:] for t in glad]).mean(0) - torch.cat([t[1:] for t in sad]).mean(0), dim=0)
        ),
        "one heap",
    ),
]


@pytest.mark.parametrize(("name", "answer", "words"), WRONG)
def test_a_wrong_answer_is_refused_and_a_mistake_in_other_words_is_recognised(name, answer, words):
    value = answer if callable(answer) else lambda: answer
    report = feedback(EXERCISES[name], value)
    assert report.startswith("✗") and words in report, report


def test_enough_wrong_answers_are_tried():
    enough(EXERCISES, WRONG)


# Right answers in another style


RIGHT = {
    "lens_on_paper": lambda: ("dog", "fox", "cat", "fox", "fox", np.int64(3)),
    "my_settled": settled_by_loops,
    "faulty_patches": lambda: "e, c, f, a, b",
    "my_patch": patch_by_swapping_forward,
    "my_steering": steering_in_numpy,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def settled_as_a_tensor(states, gain, table):
    best = (F.rms_norm(states, states.shape[-1:], gain) @ table.T).argmax(-1)
    same = best == best[-1]
    return torch.stack((same.int().argmax(), len(best) - same.flip(0).int().cumprod(0).sum()))


def settled_as_a_pair(states, gain, table):
    best = [max(range(len(table)), key=lambda word: float(table[word] @ (gain * x))) for x in states[:, : len(gain)]]
    stays = next(n for n in range(len(best)) if set(best[n:]) == {best[-1]})
    return best.index(best[-1]), stays


class Patching:
    """A hook that is an object, with a context."""

    def __init__(self, part, place, value):
        self.place, self.value, self.hook = place, value, part.register_forward_hook(self)

    def __call__(self, part, given, out):
        return torch.cat((out[:, : self.place], self.value[:, None].to(out), out[:, self.place + 1 :]), 1)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.hook.remove()


def patch_in_a_context(run, part, place, value):
    with Patching(part, place, value):
        return run()


def patch_once(run, part, place, value):
    def instead(_part, _given, out):
        hook.remove()
        mask = torch.zeros_like(out)
        mask[:, place] = 1
        return out * (1 - mask) + value[:, None] * mask

    hook = part.register_forward_hook(instead)
    return run().tolist()


def steering_by_loops(glad, sad, length):
    width = glad[0].shape[1]
    v = [0.0] * width
    for side, sign in ((glad, 1), (sad, -1)):
        for text in side:
            for token in text[1:].tolist():
                for c in range(width):
                    v[c] += sign * token[c] / (len(text) - 1) / len(side)
    size = sum(x * x for x in v) ** 0.5
    return [length * x / size for x in v]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("my_settled", settled_as_a_tensor),
        ("my_settled", settled_as_a_pair),
        ("my_patch", patch_in_a_context),
        ("my_patch", patch_once),
        ("my_steering", steering_by_loops),
        ("my_steering", lambda *a: F.normalize(torch.tensor(steering_in_numpy(*a)), dim=0) * a[2]),
        ("faulty_patches", lambda: dict(enumerate("ECFAB", 1))),
        ("lens_on_paper", lambda: ["dog", "fox", "cat", "fox", "fox", 3.0]),
        ("lens_on_paper", lambda: ["Dog", "Fox", "Cat", "Fox", "Fox", 3]),
        ("lens_on_paper", "dog, fox, cat, fox, fox, 3"),
    ],
)
def test_more_right_answers_pass(name, answer):
    report = feedback(EXERCISES[name], answer if callable(answer) else lambda: answer)
    assert report.startswith("✓"), report


def test_a_part_that_keeps_its_tensor_shows_who_writes_into_it():
    part = Kept(1, 1, 2, 2)
    before = part(None).clone()
    my_patch(lambda: part(None), part, 0, torch.ones(1, 2))
    assert torch.equal(part(None), before)


@given(st.integers(0, 500))
@bounded
def test_streams_that_are_made_up_come_home(seed):
    states, gain, table = streams(seed, 6, 4, 5)
    first, stays = my_settled(states, gain, table)
    assert 0 <= first <= stays <= 6
    assert isinstance(nn.functional.rms_norm(states, (4,), gain), torch.Tensor)
