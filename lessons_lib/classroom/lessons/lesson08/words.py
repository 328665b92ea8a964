"""What lesson 08 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="what_lowercase_costs",
        question="What does a corpus gain by lowercasing, and what does it lose?",
        answer="Fewer different words, each with more examples: The and the become one, and WHO, where somebody "
        "shouts, is who. What only the capital told apart is gone: US, the country, and us. A model that reads lower "
        "case alone never writes a capital.",
        section="2. One spelling for each character",
    ),
    InYourWords(
        id="why_a_hash",
        question="Why does a program that looks for copies keep hashes and not the texts?",
        answer="A hash has the same few bytes however long the text is, equal texts have equal hashes, and different "
        "ones practically never. So a set of hashes fits into memory where the texts would not, and looking one up "
        "compares a few bytes.",
        section="3. Exact copies",
    ),
    InYourWords(
        id="what_copies_do",
        question="Name two harms that copies in a corpus do to a model or to its score.",
        answer="The model reads the same text many times, in the place of others, and learns it by heart. And a random "
        "split puts copies on both sides, so the test asks for what was learned by heart: the score is better than the "
        "model.",
        section="The finished thing first",
    ),
    InYourWords(
        id="why_verify",
        question="Why is a pair that agrees in a whole band only a candidate?",
        answer="Agreement is left to chance: pairs that are little alike agree in some band now and then, and there "
        "are very many such pairs. So most candidates may be strangers. The exact likeness of the few candidates is "
        "cheap to compute, and decides.",
        section="4. Near copies",
    ),
    InYourWords(
        id="why_groups",
        question="Why is a corpus split by question or document, and not by line or paragraph?",
        answer="Parts of one document tell about each other: the same question with another answer, the next paragraph "
        "of the same page. If they lie on both sides, the test asks for something half known. So whatever belongs "
        "together goes to one side whole.",
        section="7. Split by group",
    ),
)
