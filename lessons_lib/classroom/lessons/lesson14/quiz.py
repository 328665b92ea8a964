"""The quiz of lesson 14: answers that can be computed are computed."""

from lessons_lib.classroom.questions import Question
from lessons_lib.evaluation import bits_per_byte, mcnemar, needed, normalised, pick, wilson


def _fewer_bits() -> str:
    found = {
        "A": bits_per_byte(-1000.0, ["x" * 800]),
        "B": bits_per_byte(-900.0, ["x" * 800]),
    }
    return min(found, key=found.get)


def _picked() -> str:
    choices = ["bird", "musical instrument", "tree"]
    plain = choices[pick([-4.0, -6.0, -5.0])]
    by_byte = choices[pick(normalised([-4.0, -6.0, -5.0], choices, "byte"))]
    return f"{plain}; then {by_byte}"


def _wider() -> str:
    low, high = wilson(20, 20)
    return f"{100 * low:.0f}% to {100 * high:.0f}%"


def _surer() -> str:
    one = mcnemar([True] * 5 + [False] * 3, [False] * 5 + [True] * 3).p
    other = mcnemar([True] * 50 + [False] * 30, [False] * 50 + [True] * 30).p
    return "The second" if other < one else "The first"


def _four_times() -> str:
    return f"About {round(needed(0.6, 0.625) / needed(0.6, 0.65))} times as many"


QUIZ = (
    Question(
        text="Of one text of 800 bytes, model A gives 1,000 nats of surprise in 150 tokens, model B 900 nats in 250. "
        "Which knows the text better?",
        choices={
            "A": "It has the larger surprise for the same bytes.",
            "B": "Right: fewer nats for the same bytes. Its tokens are shorter, that is all.",
            "It can't be told, since the tokens differ": "The text is the same, and so are its bytes.",
        },
        answer=_fewer_bits,
    ),
    Question(
        text='The choices "bird", "musical instrument" and "tree" have the log-likelihoods −4, −6 and −5. Which is '
        "picked if nothing is divided, and which if bytes divide?",
        choices={
            "musical instrument; then bird": "Without division the largest is picked, −4.",
            "bird; then bird": "−4 / 4 is −1, but −6 / 18 is −0.33.",
            "bird; then musical instrument": "Right: −1, −0.33 and −1.25 are the scores by bytes.",
            "tree; then bird": "−5 is not the largest.",
        },
        answer=_picked,
    ),
    Question(
        text="A model answers 20 of 20 questions rightly. Which shares fit with that (Wilson, 95%)?",
        choices={
            "84% to 100%": "Right. Twenty questions can't tell 100% from 90%.",
            "100% to 100%": "That is share ± 1.96 standard errors, which has no width here.",
            "95% to 100%": "One question less would be 95%; that has nothing to do with how sure 20 of 20 are.",
            "50% to 100%": "A model that is right half the time would get 20 of 20 once in a million.",
        },
        answer=_wider,
    ),
    Question(
        text="First test: A alone knows 5 questions, B alone 3. Second test: A alone knows 50, B alone 30; both tests "
        "have 1,000 questions. Which shows better that A is ahead?",
        choices={
            "The first": "5 to 3 is what a coin does most of the time.",
            "The second": "Right: the same proportion, but a coin gives 50 to 30 or worse only about three times in a "
            "hundred.",
            "Neither, since the proportion is the same": "The number of tosses counts, too.",
        },
        answer=_surer,
    ),
    Question(
        text="To find a difference half as large (60% and 62.5% in place of 60% and 65%), how many questions does it "
        "take?",
        choices={
            "Twice as many": "The interval shrinks with the root of the number.",
            "About 4 times as many": "Right: half the width takes four times the questions.",
            "About 1.4 times as many": "The root goes the other way.",
            "As many": "A smaller difference is harder to see.",
        },
        answer=_four_times,
    ),
    Question(
        text='A judge says "A" 198 times of 200, for pairs in both orders. What can still be learnt from this judge?',
        choices={
            "That the answers shown as A are better": "Each answer was shown as A once, and as B once.",
            "Nothing whatever": "How *much* likelier A is may still differ between the two orders.",
            "That the judge is right in half of the pairs": "It names a letter, not an answer.",
            "Which answer it prefers, by how likely A is in each order": "Right: the "
            "letter's pull is in both, and falls out of the difference. Whether that preference is worth anything is "
            "another question.",
        },
        answer="Which answer it prefers, by how likely A is in each order",
    ),
)
