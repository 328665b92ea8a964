"""What lesson 19 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="ways_on",
        question="Which ways lead on from here?",
        answer="Three: into products, where you build with models that exist and learn serving, evaluation and safety; "
        "into systems, where you make them fit, fast and cheap; into research, where you ask what nobody has measured. "
        "They begin alike: one small project, finished and shown.",
        section="6. Three ways on",
    ),
    InYourWords(
        id="going_on_responsibly",
        question="Why is responsible AI something one goes on with, and no list to tick off once?",
        answer="Models, users and misuse change after the launch: a new prompt finds a new hole, the data ages, "
        "somebody relies on it for what it was not made for. So harms are looked for again and again, people can "
        "report them, and somebody is there who mends or switches off.",
        section="8. Whom it affects",
    ),
    InYourWords(
        id="own_project",
        question="Which project at the end is yours, and why?",
        answer="Yours to write. A good choice is small enough for two weekends, has a measure that says whether it "
        "works, and is about something that you know better than a model does. Write down beforehand what result "
        "would make you stop.",
        section="7. The page before the project",
    ),
)
