"""What D6 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_equal_directions",
        question="A gradient's strongest direction has forty times the strength of others. What does Muon make of it, "
        "and why might that help?",
        answer="It brings all strengths near 1. The step then changes the matrix in its weak directions as much as in "
        "the strong ones, which would otherwise decide alone. That this helps was measured on many models; why is "
        "still argued about.",
        section="1. Muon: each direction its own step",
    ),
)
