"""What lesson 13 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_a_reference",
        question="What would go wrong if a model were only taught to make a reward large, with nothing that holds it "
        "back, and what holds it back in DPO?",
        answer="It would put everything on the one answer that the reward likes best, wherever the reward is mistaken. "
        "The price beta for each nat of KL holds it near the reference; the best chances are then the old ones times "
        "exp(reward / beta).",
        section="3. A reward, and a price for moving away",
    ),
    InYourWords(
        id="where_the_reward_went",
        question="DPO has no reward model. Where has the reward gone?",
        answer="It is read off the model itself: beta times how much more likely an answer has become than it was for "
        "the reference. The part of the formula that nobody can compute, ln Z, belongs to the question alone, so it "
        "falls out of the difference of two answers.",
        section="4. DPO in five lines",
    ),
    InYourWords(
        id="only_the_difference",
        question="How can the loss of DPO fall to 0 while the liked answer becomes less likely, and what helps?",
        answer="Only the difference of the two rewards counts, so both may fall if the other one falls further. To add "
        "the loss of the liked answer makes that dear; fewer steps help too.",
        section="7. How it fails",
    ),
)
