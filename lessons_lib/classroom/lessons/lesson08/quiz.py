"""The quiz of lesson 08: answers are computed where they can be."""

from fractions import Fraction

from lessons_lib.classroom.questions import Question


def likeness() -> str:
    a, b = {"ab", "bc", "cd", "de"}, {"bc", "cd", "dx"}
    return f"{len(a & b)} of {len(a | b)}"


def precision_and_recall() -> str:
    return " and ".join(str(Fraction(6, count)) for count in (8, 12))


def in_some_band() -> str:
    from lessons_lib.training.data import candidate_chance

    return f"{candidate_chance(0.5, 2, 3):.2f}"


QUIZ = (
    Question(
        text="A finder marks 8 places, and 6 of them are private. The texts hold 12 private places. What are its "
        "precision and its recall?",
        choices={
            "1/2 and 3/4": "They are swapped: 3/4 is the share of what it marks.",
            "3/4 and 3/4": "Recall asks how many of the 12 were found.",
            "3/4 and 1/2": "Right: 6 of 8 marked ones are private, and 6 of 12 private ones are marked.",
            "1/2 and 1/2": "Precision divides by what was marked, and these are 8.",
        },
        answer=precision_and_recall,
    ),
    Question(
        text="Recipes and sums are to be normalised before copies are looked for. What speaks against NFKC?",
        choices={
            "It turns x² and ½ into other text": "Right: the square becomes a plain 2. NFC gives each character one "
            "spelling and changes no statement.",
            "It leaves é in two characters": "It composes as NFC does; NFD takes apart.",
            "It makes all capitals small": "That is `lower()`. NFKC leaves capitals as they are.",
            "It can't mend any mojibake": "True, and NFC can't either: that is no reason to take NFC.",
        },
        answer="It turns x² and ½ into other text",
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
            "The same candidates, found faster": "The curve moves: one band agrees on average at 0.125, and "
            "not at 0.42.",
            "More candidates, of which more are strangers": "Right: a band of two agrees easily. Fewer true pairs are "
            "missed, and the exact comparison has more to do.",
            "More candidates, all of them true pairs": "Only the exact comparison makes sure of that.",
        },
        answer="More candidates, of which more are strangers",
    ),
    Question(
        text="Ten published rules for good web pages keep 25 of our 899 conversations. What does that say of them?",
        choices={
            "Little: most are too short for rules made for pages": "Right: 861 have fewer than 50 words, as a sound "
            "dialogue may. For the same reason many lack common words.",
            "Nearly all of them are noise": "Read some of those that are removed: most are sound dialogues.",
            "Only the 25 are worth learning from": "They are long enough and have common words; that does "
            "not make them the best.",
            "Each limit has to be lowered by half": "Then a number decides, and nobody has looked at a text.",
        },
        answer="Little: most are too short for rules made for pages",
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
        text="Invented numbers: on the same kind of text, model A has a test loss of 1.8 after a random split of the "
        "raw corpus, model B 3.5 after cleaning and splitting by group. Which is better?",
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
