"""What appendix B2 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_group",
        question="Four heads are switched off one by one, and little happens. Why may they matter all the same, and "
        "how do you find out?",
        answer="Where one is off, others may still bring what it would have brought, so each alone seems cheap. Switch "
        "them off together, on many prompts, beside as many other heads of the same layers, and compare with the sum "
        "of the single prices; and leave each out of the group once, for it may not belong there.",
        section="4. Heads that cover for each other",
    ),
    InYourWords(
        id="readable_or_used",
        question="A program reads from a model's numbers which country a text is about. Why does that not prove that "
        "the model uses them for its answer?",
        answer="What can be read may lie there unused. Here the country could be read at the word behind it in all 40 "
        "prompts, and another country's numbers put there hardly moved the answer, even with the country itself "
        "blanked. Whether something is used is shown by changing it.",
        section="6. What none of that proves",
    ),
    InYourWords(
        id="what_a_control_says",
        question="A patch makes the old answer vanish. Which two controls do you need before you say anything?",
        answer="The run's own values put back must change nothing, bit for bit, or the program is at fault. And wrong "
        "values, such as random ones, make the old answer vanish as well: so what counts is that the other run's "
        "answer comes, and not that the old one goes.",
        section="3. Whose numbers say Rome?",
    ),
)
