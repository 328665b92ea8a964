"""What lesson 14 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_bits_a_byte",
        question="Why can't the perplexities of two models with other tokenizers be compared, and why can bits a byte?",
        answer="Perplexity is a mean over tokens, and the same text has more tokens in one tokenizer than in another: "
        "who cuts it into more pieces has an easier choice each time. The surprise of the whole text is one number for "
        "both, and so is the number of its bytes.",
        section="1. How well does it know a text?",
    ),
    InYourWords(
        id="why_paired",
        question="Two models were asked the same questions, and their intervals overlap. Why may one still be surely "
        "better?",
        answer="Each interval contains the luck of which questions were asked, and that is the same for both. What "
        "differs are only the questions that one knows and the other doesn't: if nearly all of these go to one model, "
        "a coin would hardly have done that.",
        section="6. Two on the same questions",
    ),
    InYourWords(
        id="clean_score",
        question="A model is right on 95% of a public test. What would you do before you believe that it knows the "
        "subject?",
        answer="Ask new questions of the same kind that nobody has published, and compare. Ask the old ones in other "
        "words and with the choices in another order; and test whether the published order is likelier to the model "
        "than others. A test whose text stood in the training data measures memory.",
        section="10. Has it read the test?",
    ),
)
