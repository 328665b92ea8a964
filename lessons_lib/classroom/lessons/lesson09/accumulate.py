"""An exercise of lesson 09: the mean of a batch that is worked off in parts."""

from lessons_lib.classroom.exercises import Exercise


def my_batch_loss(parts):
    losses = [loss for part in parts for loss, label in part if label != -100]
    return sum(losses) / len(losses)


def _means(parts):
    kept = [[loss for loss, label in part if label != -100] for part in parts]
    return [sum(part) / len(part) for part in kept if part], [len(part) for part in kept]


def loss_by_parts(parts):
    """It looks as if you took the mean of the parts' means. A part with few labels then counts as much as one with
    many: add up the losses and divide by all labels once."""
    means, _ = _means(parts)
    return sum(means) / len(means)


def loss_by_all_parts(parts):
    """It looks as if the parts' means were added up and divided by the number of parts. Add up the losses of all parts
    and divide by all labels, once."""
    means, _ = _means(parts)
    return sum(means) / len(parts)


def loss_with_ignored(parts):
    """It looks as if places with the label -100 count too. They are not to be learned: leave out their losses, and
    don't count them."""
    losses = [loss for part in parts for loss, _ in part]
    return sum(losses) / len(losses)


def loss_over_all_places(parts):
    """It looks as if the ignored losses are left out, and the sum is still divided by all places. Divide by the number
    of labels that are not -100."""
    kept = [loss for part in parts for loss, label in part if label != -100]
    return sum(kept) / sum(map(len, parts))


def loss_with_ignored_above(parts):
    """It looks as if the ignored losses are added up, though only the other labels are counted. Leave them out above
    the line of the fraction too."""
    losses = [loss for part in parts for loss, _ in part]
    return sum(losses) / sum(label != -100 for part in parts for _, label in part)


def loss_up_to_the_first_ignored(parts):
    """It looks as if a part ends at its first ignored place, as by break. Labels that count may follow: continue."""
    kept = []
    for part in parts:
        for loss, label in part:
            if label == -100:
                break
            kept.append(loss)
    return sum(kept) / len(kept)


def loss_as_a_sum(parts):
    """It looks as if you returned the sum. Divide it by the number of labels that count."""
    return sum(loss for part in parts for loss, label in part if label != -100)


def loss_without_zero(parts):
    """It looks as if the label 0 is left out. 0 is a token like any other; only -100 is ignored."""
    losses = [loss for part in parts for loss, label in part if label > 0]
    return sum(losses) / len(losses)


def loss_without_losses_of_zero(parts):
    """It looks as if places whose loss is 0 are left out. They count: the model was right and sure there. Only the
    label says what is ignored."""
    losses = [loss for part in parts for loss, label in part if label != -100 and loss]
    return sum(losses) / len(losses)


def loss_a_part(parts):
    """It looks as if the sum of the losses is divided by the number of parts. Divide by the number of labels that
    count."""
    return loss_as_a_sum(parts) / len(parts)


def loss_by_lengths(parts):
    """It looks as if each part's mean is weighted with all its places. Weigh it with the number of its labels that are
    not -100, or add up the losses themselves."""
    means, _ = _means(parts)
    lengths = [len(part) for part in parts if any(label != -100 for _, label in part)]
    return sum(mean * length for mean, length in zip(means, lengths, strict=True)) / sum(lengths)


def loss_of_different_places(parts):
    """It looks as if two places with the same loss and label are counted once. They are two places: a set or a dict
    loses one."""
    places = {place for part in parts for place in part if place[1] != -100}
    return sum(loss for loss, _ in places) / len(places)


def loss_of_the_first_part(parts):
    """It looks as if only the first part was looked at. Does a return stand inside the loop?"""
    return my_batch_loss([part for part in parts if any(label != -100 for _, label in part)][:1])


ACCUMULATE = Exercise(
    id="batch_loss",
    title="The loss of a batch in parts",
    difficulty=1,
    minutes=3,
    contract="a list of parts, each a list of pairs (loss, label) of its places, to the mean loss of the whole batch: "
    "over all places whose label is not -100. At least one label counts; a part may have none.",
    cases=(
        ([[(2.0, 7)]],),
        ([[(2.0, 7), (4.0, 0)]],),
        ([[(1.0, 5), (1.0, 5), (1.0, 8)], [(3.0, 2)]],),
        ([[(1.5, 5), (9.0, -100)], [(3.0, 0), (8.0, -100), (0.5, 4)]],),
        ([[(6.0, -100), (7.0, -100)], [(3.0, 1), (1.0, 0), (5.0, 9)], [(4.0, -100), (0.25, 3)]],),
        ([[(0.0, 4), (2.0, 6)], [(0.0, -100), (1.0, 0)]],),
    ),
    tried="one label, a label 0, parts of unequal size, ignored places at the end, in the middle and first, a part "
    "in which all are ignored, and losses of 0",
    hints=(
        "In section 8 the mean of the means was wrong. Which two numbers of a part can be added up?",
        "Two running totals over all parts: the losses that count, and how many they are.",
    ),
    solution=my_batch_loss,
    mistakes=(
        loss_by_parts,
        loss_by_all_parts,
        loss_with_ignored,
        loss_over_all_places,
        loss_with_ignored_above,
        loss_up_to_the_first_ignored,
        loss_as_a_sum,
        loss_without_zero,
        loss_without_losses_of_zero,
        loss_a_part,
        loss_by_lengths,
        loss_of_different_places,
        loss_of_the_first_part,
    ),
)
