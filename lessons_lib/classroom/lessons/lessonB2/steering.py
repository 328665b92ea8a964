"""What appendix B2 steers with: sentences in pairs, beginnings kept back, words that are counted, a plain text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from lessons_lib.looking import changed, recorded
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer

LAYERS = 14  # the vector is added behind so many
GLAD = (
    "I had a wonderful day and I feel great.",
    "She laughed with joy when the letter came.",
    "We love this place and want to stay.",
    "He was proud and happy about his work.",
    "What a beautiful evening it was.",
    "The children were delighted with the present.",
    "This is the best meal I have ever had.",
    "They were kind to us and made us smile.",
    "I am so glad that you are here.",
    "Her voice was warm and full of hope.",
    "The team celebrated a great victory.",
    "It was a pleasure to meet your friends.",
    "He enjoyed every minute of the party.",
    "The garden looks lovely this spring.",
    "We were lucky and everything went well.",
    "She is cheerful and loved by everyone.",
)
SAD = (
    "I had a terrible day and I feel awful.",
    "She cried with grief when the letter came.",
    "We hate this place and want to leave.",
    "He was ashamed and unhappy about his work.",
    "What a dreadful evening it was.",
    "The children were disappointed with the present.",
    "This is the worst meal I have ever had.",
    "They were cruel to us and made us cry.",
    "I am so sorry that you are here.",
    "Her voice was cold and full of despair.",
    "The team suffered a painful defeat.",
    "It was a torment to meet your friends.",
    "He hated every minute of the party.",
    "The garden looks miserable this spring.",
    "We were unlucky and everything went wrong.",
    "She is gloomy and hated by everyone.",
)
KEPT_BACK = (
    "I think that this book is",
    "The weather today is",
    "My new neighbour is",
    "The food in this town is",
    "Yesterday my sister was",
    "The film last night was",
    "Our teacher is",
    "When I woke up I felt",
    "The people in the village were",
    "My first week at work was",
    "The hotel by the sea was",
    "Looking back, the trip was",
    "His brother is",
    "The music they played was",
    "That old house looks",
    "After the meeting she felt",
    "The new bridge is",
    "Most of my friends are",
    "The letter from the bank was",
    "In the end the game was",
    "The river in winter is",
    "Her answer was",
    "The doctor said that the result was",
    "Our holidays were",
)
# About food and about war, with no word of a mood.
FOOD = (
    "The cook put bread on the table.",
    "We ate soup with rice.",
    "She cut the apples and made a cake.",
    "He drank tea with milk.",
    "They bought fish at the market.",
    "The kitchen smelled of garlic.",
)
WAR = (
    "The soldier put a gun on the table.",
    "We saw tanks on the road.",
    "They fired at the village and burned it.",
    "He lost his arm in the battle.",
    "They bombed the market.",
    "The trench smelled of smoke.",
)
# None of them stands in the sentences above.
GOOD = "good amazing excellent nice delicious fantastic"
BAD = "bad sad ugly horrible poor disappointing dull"
PLAIN = (
    "It was raining when the train left the station. A man in a grey coat put his bag on the seat and looked out of "
    "the window. The fields were wet, and now and then a house or a barn went by. At the next stop two women came in "
    "with a small dog. They talked about the price of bread, about the road that was being built behind the church, "
    "and about a cousin who had moved to the city. The dog slept. The man took a book out of his bag, read two pages, "
    "and put it back. After an hour the rain stopped, and one could see the hills."
)


@contextmanager
def pushed(model: Transformer, layers: int, vector: Tensor) -> Iterator[None]:
    """While it lasts, a vector [C] is added to each token's stream behind so many layers."""
    with changed(model, {f"model.layers.{layers - 1}": lambda out: out + vector}):
        yield


@torch.no_grad()
def stream_behind(model: Transformer, tokenizer: Tokenizer, text: str, layers: int = LAYERS) -> Tensor:
    """The stream [T, C] of a text behind so many layers."""
    name = f"model.layers.{layers - 1}"
    with recorded(model, name) as kept:
        model(torch.tensor([tokenizer.encode(text)]), logits_to_keep=1)
    return kept[name][0][0]
