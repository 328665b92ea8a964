"""The quiz of lesson 08: answers are computed where they can be."""

from lessons_lib.classroom.questions import Question


def likeness() -> str:
    a, b = {"ab", "bc", "cd", "de"}, {"bc", "cd", "dx"}
    return f"{len(a & b)} of {len(a | b)}"


def in_some_band() -> str:
    from lessons_lib.training.data import candidate_chance

    return f"{candidate_chance(0.5, 2, 3):.2f}"


QUIZ = (
    Question(
        text="A program drops copies from the training half and from the test half, each on its own, after a random "
        "split. What is left?",
        choices={
            "No copy at all": "Within each half, yes. A text that stood in both halves still stands once in each.",
            "The copies inside each half": "Those are what it drops.",
            "The leak: one copy on either side": "Right: what stands once here and once there is a copy that neither "
            "half can see. Drop copies first, then split.",
            "Only near copies": "Exact ones too, if they lie on different sides.",
        },
        answer="The leak: one copy on either side",
    ),
    Question(
        text="'café' is written with one character é in one text, and with e and a combining accent in another. What "
        "do the two have in common before normalising?",
        choices={
            "Their look": "Right: on the screen they are alike. Characters, bytes and hashes differ.",
            "Their length": "One has four characters, the other five.",
            "Their hash": "A hash is made of the bytes, and these differ.",
            "Their bytes": "é is two bytes in UTF-8, e with the accent behind it three.",
        },
        answer="Their look",
    ),
    Question(
        text="One text has the shingles ab, bc, cd, de; the other bc, cd, dx. What is their Jaccard likeness?",
        choices={
            "2 of 7": "7 counts the shared ones twice. They hold five different ones together.",
            "2 of 3": "That is the share of the second text alone that stands in the first.",
            "2 of 4": "That is the share of the first text alone that stands in the second.",
            "2 of 5": "Right: bc and cd are shared, of ab, bc, cd, de, dx.",
        },
        answer=likeness,
    ),
    Question(
        text="Two texts are 50% alike. Their signatures are cut into 2 bands of 3 places. What is the chance that they "
        "become candidates?",
        choices={
            "0.25": "That adds the two bands' chances of 1/8. Both may agree, and that would count twice.",
            "0.23": "Right: a band agrees with 1/8, neither does with 7/8 · 7/8, and 1 - 49/64 is 0.23.",
            "0.12": "That is one band: it agrees with 0.5 · 0.5 · 0.5. There are two.",
            "0.50": "That is the chance for one place.",
        },
        answer=in_some_band,
    ),
    Question(
        text="You keep 128 places and go from 32 bands of 4 to 64 bands of 2. What happens?",
        choices={
            "Fewer candidates, and more true pairs are missed": "It is the other way round: two places agree more "
            "easily than four, and there are more bands to try.",
            "The same candidates, found faster": "The curve moves: its chance of 0.64 lies at 0.13 in place of 0.42.",
            "More candidates, of which more are strangers": "Right: a band of two agrees easily. Fewer true pairs are "
            "missed, and the exact comparison has more to do.",
            "More candidates, all of them true pairs": "Only the exact comparison makes sure of that.",
        },
        answer="More candidates, of which more are strangers",
    ),
    Question(
        text="Ten published rules for good web pages keep 25 of our 899 conversations. What do you do?",
        choices={
            "Look at what each rule removes": "Right: most of it goes for being short, as a sound dialogue may be. The "
            "rules were made for pages; this corpus needs its own.",
            "Keep the 25": "Most of what is removed is shorter than 50 words. Short is not bad here.",
            "Drop the rules: they are bad ones": "For web pages they are not. A rule is made for a kind of text.",
            "Lower each limit until half is kept": "Then a number decides, and nobody has looked at a text.",
        },
        answer="Look at what each rule removes",
    ),
    Question(
        text="A hash of the group decides the side, and not a shuffled list. What is gained, when new texts arrive?",
        choices={
            "The test part keeps exactly a tenth": "It only comes near a tenth; groups are of unequal size.",
            "New groups all go to training": "A new group's hash may fall on either side.",
            "Copies need no longer be dropped": "Copies of one group stay together, but a model still reads them again "
            "and again.",
            "No earlier text changes sides": "Right: its hash is what it was. A new shuffle moved 65 of 80 test texts "
            "into training.",
        },
        answer="No earlier text changes sides",
    ),
    Question(
        text="On the same kind of text, model A has a test loss of 1.8 after a random split of the raw corpus, model B "
        "3.5 after cleaning and splitting by group. Which is better?",
        choices={
            "A, by half": "Its test holds texts that it has read. The number says how well it remembers.",
            "These numbers can't tell": "Right: the two tests ask different things. Both models have to answer one "
            "test that neither has read.",
            "B, since its data is cleaner": "It may be. But a comparison needs one test for both.",
            "They are equal": "Nothing says so.",
        },
        answer="These numbers can't tell",
    ),
)
