"""Predict first: a cell that asks before it shows, and a later one that puts the guess beside the result.

Guesses live in the kernel, so a notebook that is run from the top asks again, and a stored one holds nobody's guess.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from lessons_lib.classroom import record, registry
from lessons_lib.classroom.panels.bundle import bundle, html, status

if TYPE_CHECKING:
    from ipywidgets import Widget


@dataclass(frozen=True)
class Number:
    """A prediction of a number; `unit` is said behind it."""

    unit: str = ""
    choices = ()

    def read(self, value: Any) -> int | float:
        """A number, or text that a learner typed, such as `1,200` or `12 tokens`.

        Raises:
            ValueError: if it is no finite number.
        """
        value = value.item() if hasattr(value, "item") else value
        if isinstance(value, str):
            typed = re.sub(r"[,_\s]", "", value.removesuffix(self.unit))
            value = int(typed) if re.fullmatch(r"[+-]?\d{1,300}", typed) else _float(typed)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError("a number is asked for, such as 12")
        return value

    def words(self, value: float) -> str:
        return f"{value:,}{'' if self.unit.startswith('%') else ' '}{self.unit}".rstrip()

    def control(self, keep: Callable[[Any], None]) -> "Widget":
        import ipywidgets

        asked = f"Your guess ({self.unit})" if self.unit else "Your guess"
        box = ipywidgets.Text(placeholder="a number, then Enter", description=asked, continuous_update=False)
        box.layout.width = "28em"
        box.style.description_width = "initial"
        box.observe(lambda change: keep(change["new"]) if change["new"].strip() else None, names="value")
        return box


@dataclass(frozen=True)
class Choice:
    """A prediction of one of some texts."""

    choices: tuple[str, ...]

    def read(self, value: Any) -> str:
        """One of the choices.

        Raises:
            ValueError: if it is none.
        """
        if value not in self.choices:
            raise ValueError(f"got {value!r}, allowed {', '.join(map(repr, self.choices))}")
        return value

    def words(self, value: str) -> str:
        return value

    def control(self, keep: Callable[[Any], None]) -> "Widget":
        import ipywidgets

        radio = ipywidgets.RadioButtons(options=self.choices, value=None, layout=ipywidgets.Layout(width="auto"))
        radio.observe(lambda change: keep(change["new"]), names="value")
        return radio


@dataclass(frozen=True)
class Order:
    """A prediction of the order in which some texts come."""

    choices: tuple[str, ...]

    def read(self, value: Any) -> tuple[str, ...]:
        """All the choices, each once.

        Raises:
            ValueError: if one is missing, comes twice, or is no choice.
        """
        if isinstance(value, str) or sorted(map(str, value)) != sorted(self.choices):
            raise ValueError(f"got {value!r}, allowed each once: {', '.join(map(repr, self.choices))}")
        return tuple(value)

    def words(self, value: Sequence[str]) -> str:
        return ", ".join(value)

    def control(self, keep: Callable[[Any], None]) -> "Widget":
        """Buttons to press in order; the last starts again."""
        import ipywidgets

        pressed: list[str] = []
        buttons = {choice: ipywidgets.Button(layout=ipywidgets.Layout(width="auto")) for choice in self.choices}
        again = ipywidgets.Button(description="Start again", layout=ipywidgets.Layout(width="auto"))

        def press(choice: str) -> None:
            if choice not in pressed:
                pressed.append(choice)
            label()
            keep(tuple(pressed))

        def start_again() -> None:
            pressed.clear()
            label()
            keep(())

        def label() -> None:
            for choice, button in buttons.items():
                button.description = f"{pressed.index(choice) + 1}. {choice}" if choice in pressed else choice

        label()
        for choice, button in buttons.items():
            button.on_click(lambda _, choice=choice: press(choice))
        again.on_click(lambda _: start_again())
        return ipywidgets.HBox([*buttons.values(), again], layout=ipywidgets.Layout(flex_flow="row wrap"))


def number(unit: str = "") -> Number:
    """A prediction of a number, such as `number(unit="tokens")`."""
    return Number(unit)


def choice(*choices: str) -> Choice:
    """A prediction of one of some texts."""
    return Choice(choices)


def order(*choices: str) -> Order:
    """A prediction of the order in which some texts come."""
    return Order(choices)


@dataclass(frozen=True)
class Prediction:
    """A question that is asked before the answer is computed.

    Attributes:
        id: name for `predict` and `reveal`, unique in the course.
        question: what will come out; names in backticks are shown as code.
        answer: what kind of answer is asked for.
    """

    id: str
    question: str
    answer: Number | Choice | Order


class Guess:
    """Asks for one prediction and keeps it.

    Attributes:
        control: the widget that takes the guess.
        answer: HTML widget that says what was kept.
    """

    def __init__(self, prediction: Prediction) -> None:
        import ipywidgets

        self.prediction = prediction
        self.control = prediction.answer.control(self._keep)
        self.answer = ipywidgets.HTML(status())
        question = ipywidgets.HTML(f"<b>Before you run on: {html(prediction.question)}</b>")
        self.panel = ipywidgets.VBox([question, self.control, self.answer])

    def _keep(self, value: Any) -> None:
        asked = self.prediction.answer
        _guesses.pop(self.prediction.id, None)
        if isinstance(asked, Order) and len(value) < len(asked.choices):
            self.answer.value = status(f"So far: {asked.words(value)}" if value else "Press them in order.")
            return
        try:
            guess = _guesses[self.prediction.id] = asked.read(value)
        except ValueError as error:
            self.answer.value = status(f"Not kept: {error}")
            return
        saved = record.noted("predictions", self.prediction.id)
        self.answer.value = status(f"Your guess: {asked.words(guess)}", saved)

    def __repr__(self) -> str:
        choices = (f"   ○ {choice}" for choice in self.prediction.answer.choices)
        return "\n".join([f"Before you run on: {self.prediction.question}", *choices])

    def _repr_html_(self) -> str:
        choices = "".join(f"<li>{escape(choice)}</li>" for choice in self.prediction.answer.choices)
        listed = f"<ul>{choices}</ul>" if choices else ""
        return f"<p><b>Before you run on: {html(self.prediction.question)}</b></p>{listed}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        return bundle(self.panel, repr(self), self._repr_html_())


_guesses: dict[str, Any] = {}


def predict(name: str) -> Guess:
    """Ask for a prediction; as the last line of a cell it is displayed.

    Args:
        name: the id of a prediction.

    Raises:
        ValueError: if the course has no such prediction.
    """
    return Guess(registry.find("PREDICTIONS", name))


def reveal(name: str, result: Any) -> None:
    """Print the result beside the guess, if there is one.

    Args:
        name: the id of a prediction.
        result: a number (rounded to what matters), one of the choices, or all of them in order.

    Raises:
        ValueError: if the course has no such prediction, or the result is no answer to it.
    """
    asked = registry.find("PREDICTIONS", name).answer
    result = asked.read(result)
    guess = _guesses.get(name)
    if guess is None:
        print(f"It is {asked.words(result)}.")
    elif guess == result:
        print(f"You guessed {asked.words(guess)}, and so it is.")
    else:
        print(f"You guessed {asked.words(guess)}. It is {asked.words(result)}.")


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("a number is asked for, such as 12") from None
