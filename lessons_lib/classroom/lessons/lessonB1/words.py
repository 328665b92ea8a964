"""What appendix B1 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_take_away",
        question="What does the delta rule do that a sum does not, and what does it cost the older facts?",
        answer="Before it writes, it looks what the state says under the key, and writes only the difference. So a key "
        "that comes again has its new value alone, where a sum has both. But a key that overlaps with older ones "
        "changes what they give, so the oldest facts are lost first.",
        section="5. What a state forgets",
    ),
    InYourWords(
        id="why_hybrids",
        question="Why do published models with states still have some layers with attention?",
        answer="A state has K rows, and with more facts than that something is lost; attention keeps every key and, "
        "with scores that are sharp enough, finds it again. A few such layers keep the text whole, and most of the "
        "memory is saved all the same. That they do the looking up in a trained model was not measured here.",
        section="6. Hybrids: who keeps a cache",
    ),
)
