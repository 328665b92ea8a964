"""The quiz of lesson 19: answers that can be computed are computed."""

from lessons_lib.classroom.lessons.lesson19.count_it import my_count
from lessons_lib.classroom.lessons.lesson19.dbrx import small
from lessons_lib.classroom.questions import Question


def _more_experts() -> str:
    before, after = small(8), small(8)
    after["ffn_config"] = after["ffn_config"] | {"moe_num_experts": 10}
    changed = [one != other for one, other in zip(my_count(before), my_count(after), strict=True)]
    met = my_count(after)[1] - my_count(before)[1]
    hardly = 0 < met < my_count(before)[1] / 50
    return "All parameters; those that a token meets hardly" if changed == [True, True, False] and hardly else "?"


QUIZ = (
    Question(
        text="A config has a key that you don't know. You leave it out, and the model opens without an error. What "
        "follows?",
        choices={
            "The key changes nothing": "A bound on queries has no tensor: nothing can be missing, and scores differ.",
            "The key is about training": "Perhaps. Its name is no proof.",
            "Nothing yet": "Right: the model's code tells, or scores beside another program's where the key is felt.",
        },
        answer="Nothing yet",
    ),
    Question(
        text="Two programs disagree, and yours reads the file as it is written. What is the best next step?",
        choices={
            "Change one thing at a time until they agree": "Right: what makes them agree names the thing to look up. "
            "It doesn't say who is right.",
            "Trust the better known program": "Known programs have faults, too; here one read its base elsewhere.",
            "Trust your own": "Then there is nothing left that could prove you wrong.",
            "Average both": "The mean of a right and a wrong score is wrong.",
        },
        answer="Change one thing at a time until they agree",
    ),
    Question(
        text="DBRX gets twice as many experts, and a token is sent to as many as before. What grows?",
        choices={
            "The cache": "Experts keep nothing.",
            "All parameters; those that a token meets hardly": "Right: twice the experts must lie in memory. A token "
            "meets only more rows of the router.",
            "Both kinds alike": "A token still meets moe_top_k experts.",
            "Nothing": "Each expert has three matrices of its own.",
        },
        answer=_more_experts,
    ),
    Question(
        text="Your project's page says: “Done when the answers look good”. What is missing?",
        choices={
            "A larger model": "Then it would look good with a larger model.",
            "A number, a simple rival and a bound, written before": "Right: otherwise any result can be called a "
            "success.",
            "More data": "How much would be enough? The page can't say.",
            "A date": "A date ends the work; it does not say whether it worked.",
        },
        answer="A number, a simple rival and a bound, written before",
    ),
    Question(
        text="The share of she behind nurse has a narrow interval far from one half. What does that settle?",
        choices={
            "That the model harms nurses": "That depends on what is built with it, and nobody looked at that.",
            "That the texts it read are unfair": "The texts were not counted, and the model need not copy them.",
            "That a larger model does the same": "One model was asked.",
            "What this model does in sentences like these": "Right, and no more. Other sentences, languages and uses "
            "need measurements of their own.",
        },
        answer="What this model does in sentences like these",
    ),
)
