"""What lesson 16 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_two_counts",
        question="Why are retrieval and answers counted apart?",
        answer="If only the final answers are counted, nobody knows which part has failed. With the right passage "
        "given, what is wrong is the model's fault; where the passage was not found, no model can quote from it.",
        section="9. Two counts",
    ),
    InYourWords(
        id="what_idf_does",
        question="Why does BM25 count a rare word more than a common one?",
        answer="A word that nearly all texts have does not tell them apart. One that few have points at these few. The "
        "logarithm keeps a single rare word from outweighing everything else.",
        section="4. Words that count",
    ),
    InYourWords(
        id="who_decides",
        question="A model asks for a tool. Who decides whether it runs, and by what?",
        answer="Code outside the model: the name must be on the list, every argument known and of its type, and the "
        "number of calls within the limit. The model only proposes.",
        section="11. Tools",
    ),
)
