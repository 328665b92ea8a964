"""What lesson 00 asks learners to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="what_is_ai",
        question="What is artificial intelligence, in one sentence that holds for a spam filter and for SmolLM2?",
        answer="A program that does what would take intelligence if a person did it. A filter of six "
        "rules counts, and so does a pocket calculator: the border is not sharp.",
        section="1. Rules, and where they end",
    ),
    InYourWords(
        id="rules_or_learning",
        question="How does machine learning differ from programming in the usual way?",
        answer="Usually somebody writes the rules, and the program follows them. In machine learning somebody writes "
        "how to learn, and the rules come out of examples as numbers: predict, compare, adjust, repeat.",
        section="3. The same steps learn to sort mail",
    ),
    InYourWords(
        id="in_the_family",
        question="Where do large language models stand in the family of AI, and what does each larger box have that "
        "they share?",
        answer="They are deep learning, which is machine learning, which is AI. They do tasks that take intelligence "
        "(AI), learned from examples (ML), in networks of many layers (DL), and their task is the next token.",
        section="4. The family",
    ),
    InYourWords(
        id="good_and_bad_at",
        question="Name three things that language models are used for, and three that a model can't do well alone. "
        "Why those three?",
        answer="Used for: writing, code, translation, summaries, answers, explaining; our small model "
        "did three of the five that we tried. Not alone: what happened after the training, "
        "remembering you, exact sums, acting, knowing when they are wrong. Alone they only go on with a text by what "
        "their training text held; the rest must be put into the text or done by a tool.",
        section="6. What it can do, and what it can't do alone",
    ),
    InYourWords(
        id="why_hallucination",
        question="Why do language models make things up, and why do they sound so sure?",
        answer="They were trained to go on plausibly with a text, which alone does not reward “I don't know”. So they "
        "go on with what the question suggests, such as a tower in Berlin. "
        "They also hold far fewer bytes than they read, so details are missing; and the same numbers say Sydney or "
        "Canberra by what stands before. The words come out as fluently as true ones; the chances, which the text "
        "does not show, are a warning only sometimes.",
        section="7. Why does it make things up?",
    ),
    InYourWords(
        id="why_understand",
        question="Why is it worth knowing how a language model works if you never want to do research?",
        answer="You can judge better what it will do well and where it needs a tool or a check, and you can adapt one "
        "to what you need: a language, a device, a set of documents.",
        section="8. Why build one?",
    ),
    InYourWords(
        id="too_few_examples",
        question="The filter sorts all 20 messages that it learned from, 16 of 20 if each "
        "is held back, and 9 of 12 new ones. What do you tell a friend?",
        answer="Not the 20 of 20: it has fitted those, coincidences such as the word a included. For mail like the "
        "pile, about 16 of 20; for mail chosen to be hard, 9 of 12. Both piles are small, so the true shares may well "
        "be higher or lower.",
        section="3. The same steps learn to sort mail",
    ),
    InYourWords(
        id="five_systems",
        question="Name AI programs that you met this week, five if you can. For each: where in the family does it "
        "stand, and which patterns does it go by?",
        answer="For example: the mail's spam filter (ML; words and senders of junk). A video site's suggestions (ML, "
        "often DL; what people with your history watched). The phone's camera finding faces (DL; shapes and shades). A "
        "chat assistant (LLM with tools; its training text). A route planner that searches a map by fixed rules is AI "
        "without learning.",
        section="8. Why build one?",
    ),
)
