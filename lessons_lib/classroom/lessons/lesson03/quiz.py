"""The quiz of lesson 03: answers that can be computed are computed."""

from lessons_lib.classroom.lessons.lesson03.tables import usual_cosine
from lessons_lib.classroom.questions import Question
from lessons_lib.vectors import load_glove


def usual_or_not() -> str:
    table = load_glove().vectors
    frequent, all_words = usual_cosine(table[:5000]), usual_cosine(table)
    depends = abs(frequent - 0.31) < 0.02 and 2 * all_words < 0.31
    return "It depends on how frequent they are" if depends else "Yes, for unlike words have the cosine 0"


QUIZ = (
    Question(
        "Two words have the cosine 0.31 in GloVe. Are they alike?",
        {
            "Yes, for unlike words have the cosine 0": "Two random words have 0.31 among the 5,000 most frequent: what "
            "counts is what other pairs have.",
            "No, for that is what two random words have": "Of the 5,000 most frequent, yes; of all, 0.11.",
            "It depends on how frequent they are": "Among the 5,000 most frequent it is usual, among all 20,000 more "
            "than twice the usual: a cosine is read beside the baseline of such words.",
        },
        usual_or_not,
    ),
    Question(
        "What are the random words of word2vec for?",
        {
            "They show which words are opposites": "They are drawn at random: nothing says what they mean.",
            "They keep vectors from all growing alike": "If all are long and alike, each pair has the chance 1: "
            "right for real pairs, wrong for random ones.",
            "They teach words that stand in no sentence": "They are drawn from the words of the text.",
        },
        "They keep vectors from all growing alike",
    ),
    Question(
        "Two directions hold an eighth of the spread of GloVe's words. On a map of these two, made by PCA, two words "
        "lie close together. What follows?",
        {
            "They may still be far apart": "Seven eighths are in directions that the map leaves out. The cosine of all "
            "their numbers decides.",
            "Their cosine is at least 0.125": "The eighth is a share of the spread of all points, and says nothing of "
            "two.",
            "They have similar meanings": "Here most of the spread, which holds meaning too, is left out.",
        },
        "They may still be far apart",
    ),
    Question(
        "How can two opposites lie close together in vectors learned from company, even if they never met in a text?",
        {
            "The same words stand around both": "The weather, the water, the tea is hot or cold: likely the same "
            "company pulls both near each other.",
            "The random words push them together": "Random words push away, whoever they are; none of them knows of "
            "opposites.",
            "Both are short and frequent": "The method sees no letters, and frequent words differ widely.",
        },
        "The same words stand around both",
    ),
    Question(
        "Questions about opposites are answered worst of all nine relations. What reason did the lesson measure?",
        {
            "Opposites lie too close together": "Countries lie as close to their capitals, and these do well.",
            "Their words are too rare": "Hot and cold, good and bad, big and small are frequent.",
            "Their steps have no common direction": "The mean cosine of the steps is 0.08; of nationalities, 0.82.",
        },
        "Their steps have no common direction",
    ),
    Question(
        "Someone reports that vectors of 50 numbers, scaled to length 1, got 63% of analogies right. What must "
        "you ask?",
        {
            "In which order the questions came": "Each is answered by itself: the order changes nothing.",
            "What was asked, and what could answer": "The same vectors got from 15% to 100%, by relation "
            "alone; and 40% of all, where the words of the question could answer too.",
            "Whether they took distance or cosine": "Among vectors of length 1 both give the same order.",
        },
        "What was asked, and what could answer",
    ),
    Question(
        "In the last layer the two kinds of bank differ by 0.17. What in the figure says that two meanings need not "
        "be the reason?",
        {
            "Only four sentences were taken": "That calls for care, but the figure does not show it.",
            "The last layer has no vector of bank": "It has one, of the last token, like each layer.",
            "The band of the other words reaches as high": "Words without two such meanings differ by 0.11 to "
            "0.18; at layer 8 by 0.09 at most, where bank has 0.14.",
        },
        "The band of the other words reaches as high",
    ),
)
