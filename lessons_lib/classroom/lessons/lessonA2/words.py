"""The questions of appendix A2 that want an answer in words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_logarithms",
        question="Why do programs add logarithms of chances where they could multiply the chances?",
        answer="No factor is above 1, so the product of many becomes smaller than any float, and then it is 0: in 32 "
        "bits 46 factors of 0.1 are enough. Logarithms turn the product into a sum, which stays a number of ordinary "
        "size. Nothing is lost: exp of the sum is the product, where it can be written at all.",
        section="5. Chances: softmax, and products of many",
    ),
    InYourWords(
        id="dot_or_cosine",
        question="When do the dot product and the cosine disagree about which of two vectors is more like a third?",
        answer="When the vectors differ in length. The dot product is the cosine times both lengths, so a long vector "
        "that points somewhat the same way can beat a short one that points exactly the same way. The cosine looks at "
        "the direction alone.",
        section="2. Vectors: length, dot product, cosine",
    ),
    InYourWords(
        id="what_meets_what",
        question="What must fit so that two matrices can be multiplied, and what is one number of the result?",
        answer="A row of the first must be as long as a column of the second: the inner sizes are equal. One number of "
        "the result is the dot product of a row of the first with a column of the second. So the result has as many "
        "rows as the first and as many columns as the second.",
        section="3. Matrices: rows meet columns",
    ),
    InYourWords(
        id="better_by_a_little",
        question="Model A has a loss of 2.60, model B 2.57, each the mean of eight runs with a standard error of 0.02. "
        "What can you say?",
        answer="Not that B is better. Variances add in a difference too, so that of 0.03 has a standard error of about "
        "0.028, and two of them are 0.057: a difference of 0 is well within. More runs would tell: four times "
        "as many halve the standard error.",
        section="8. Mean and spread",
    ),
    InYourWords(
        id="what_a_gradient_tells",
        question="What does a gradient tell, and how does training use it?",
        answer="It holds one slope for each learned number: how much the loss grows per unit of that number, over a "
        "tiny nudge, if the others stay. Training moves every number a small step against its slope, so the loss falls "
        "as long as the step is small enough.",
        section="9. Slopes: gradient and chain rule",
    ),
)
