"""The questions of lesson 15: sentences with a topic, reviews, sums of three numbers. Written for this course (CC0)."""

import random

TOPICS = ("sports", "food", "weather", "computers")
_OF_A_TOPIC = {
    "sports": """The goalkeeper saved a penalty in the last minute.|She ran the marathon in under three hours.
The team won the cup after extra time.|He hit three home runs in one game.|The tennis final went to five sets.
Their coach praised the young striker.|The swimmer broke the world record.|The cyclist attacked on the last climb.
Fans cheered as the referee blew the whistle.|The boxer trained for the title fight.
The skier fell just before the finish.|Our club signed two new defenders.|The relay team dropped the baton.
He scored from the free throw line.|The captain lifted the trophy.|The rowers won by half a boat.
The match ended in a draw.|She jumped seven metres and took gold.|The golfer missed a short putt.
Both sides had a player sent off.|The gymnast landed on both feet.|He served four aces in a row.
The league begins again in August.|The stadium was full for the derby.""",
    "food": """Fry the onions in butter until they are golden.|This curry needs more ginger and lime.
The bakery sells rye bread and croissants.|Add two eggs and a cup of flour.|We had grilled fish with lemon for dinner.
The cheese is aged for twelve months.|Let the dough rise for an hour.|Their pancakes come with maple syrup.
I like my salad with olives and feta.|The chef roasted a chicken with thyme.|Boil the potatoes with a pinch of salt.
The soup is thick with beans and carrots.
She filled the pie with apples and cinnamon.|Whisk the cream until it is stiff.
The noodles came with peanuts and tofu.|We ate strawberries with sugar.|Melt the chocolate over hot water.
Grandmother pickles cucumbers in a jar.|He ordered a burger without cheese.|The rice was cooked in coconut milk.
Slice the tomatoes and add basil.|The tea was sweet and full of mint.|They serve oysters with vinegar.
Breakfast was porridge with honey.""",
    "weather": """Heavy rain is expected in the north tonight.|A cold front brings snow to the hills.
Tomorrow will be sunny with a light breeze.|The storm left strong winds along the coast.|Fog will clear by late morning.
Temperatures fall below zero after midnight.|Thunder and hail are likely in the afternoon.
It has been dry and hot for three weeks.|The hurricane is moving towards the islands.
Expect scattered clouds and a mild evening.|The drizzle will stop around noon.|Icy roads are possible before dawn.
A warm wind blows from the south.|The sky stays grey until the weekend.|Frost covered the fields this morning.
Showers will move in from the west.|The heatwave ends on Thursday.|Lightning was seen over the bay.
Gusts may reach eighty kilometres an hour.|It will be humid with a chance of storms.|Snow is melting in the valleys.
The mist hangs low over the river.|Next week brings frequent showers.|The air is clear and very cold.""",
    "computers": """The server crashed because the disk was full.|Install the driver and restart your laptop.
The function returns a list of integers.|Her code compiles but the test fails.|Back up your files before the upgrade.
The processor has eight cores.|A bug in the browser leaks memory.|Type the command and press enter.
The database query takes too long.|He wrote a compiler in Python.|The password is stored as a hash.
Plug the keyboard into the other port.|The loop never ends because of a typo.|Her script renames all the files.
The screen stays black after booting.|The network cable was not connected.|Save the document as a PDF.
The app needs permission to read files.|A virus encrypted the hard drive.|The printer driver is out of date.
They moved the website to the cloud.|The variable is used before it is defined.|Clear the cache and reload the page.
The new graphics card needs more power.""",
}
_GOOD = """The soup was warm and full of flavour, I went back for more.
What a lovely afternoon, the children laughed the whole time.
The staff helped us at once and with a smile.|I finished the book in one night, it is that good.
This phone is fast and the battery lasts for days.|The room was clean, quiet and had a wonderful view.
Best concert I have been to in years.|My new bike rides like a dream.|The film made me cry in the best way.
They fixed my laptop in an hour and charged almost nothing.|I would recommend this teacher to anyone.
The bread is fresh every morning and smells great.|Great value, I bought a second one for my sister.
The hike was easy and the lake at the end was beautiful.|She sang with so much heart that everyone stood up.
The update made the app twice as fast, thank you.|Our guide was funny and knew everything.
The cake was perfect, not too sweet.|I feel at home here every time.|A clever plot and actors who shine.
The garden is a joy in spring.|Delivery came a day early and everything was in order.
I slept better than I have in months.|The puppy learned the trick on the first try, we were so proud."""
_BAD = """The soup was cold and tasted of nothing.|It rained, the train was late and we missed the show.
The staff ignored us for half an hour.|I gave up on the book after ten dull pages.
This phone is slow and the battery dies by noon.|The room was dirty and smelled of smoke.
Worst concert I have been to in years.|My new bike broke on the first day.|The film was so boring that I fell asleep.
They lost my laptop and never said sorry.|I would warn anyone about this teacher.|The bread is stale and overpriced.
Bad value, I sent it back the same day.|The hike was a muddy mess and we got lost.|He sang out of tune and people left.
The update made the app crash all the time.|Our guide was rude and knew nothing.|The cake was dry and far too sweet.
I never want to come back here.|A silly plot and actors who do not care.|The garden is a sad patch of weeds.
Delivery came a week late and half was broken.|I could not sleep because of the noise.
The puppy ruined the carpet again, we were so upset."""


def _lines(text: str) -> list[str]:
    return text.replace("\n", "|").split("|")


def _mixed(of: dict[str, list[str]], part: slice) -> tuple[tuple[str, str], ...]:
    """So many of each label, in turns: pairs of sentence and label."""
    return tuple((each[i], label) for i in range(24)[part] for label, each in of.items())


_topic_lines = {topic: _lines(text) for topic, text in _OF_A_TOPIC.items()}
TO_TRY = _mixed(_topic_lines, slice(12))
"""48 sentences and their topics: prompts are made on these."""
HELD_OUT = _mixed(_topic_lines, slice(12, None))
"""48 others, which are asked once, at the end."""
REVIEWS = _mixed({"positive": _lines(_GOOD), "negative": _lines(_BAD)}, slice(24))
"""48 reviews and what they are."""


def sums(count: int = 24) -> tuple[tuple[str, str], ...]:
    """Word problems with two steps, and their answers."""
    luck, found = random.Random(0), []
    for i in range(count):
        a, b, c = luck.randint(12, 40), luck.randint(3, 11), luck.randint(3, 20)
        thing = ("apples", "books", "stamps", "coins")[i % 4]
        text = f"Anna has {a} {thing}. She gives away {b} and then gets {c} more. How many {thing} does she have?"
        found.append((text, str(a - b + c)))
    return tuple(found)
