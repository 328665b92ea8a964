"""What lesson 13b asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_a_baseline",
        question="Why is something taken away from the reward before it multiplies the slope, and why may one do that?",
        answer="Without it every answer that is paid at all becomes likelier, a bad one too, and only many draws show "
        "which is better. The chances add up to 1, so their slopes add up to 0: taking the same number away from every "
        "reward changes nothing in the mean, and the draws scatter less.",
        section="3. The slope of a mean reward",
    ),
    InYourWords(
        id="what_reward_taught",
        question="What did the reward teach the model of sums, what did it not teach, and how can you tell?",
        answer="It taught a habit: to work out first. The sums themselves it could do before, as the answers show that "
        "began with a bracket which we wrote: they were right about as often. And problems that none of many answers "
        "solved are hardly solved afterwards.",
        section="6. What was there before",
    ),
    InYourWords(
        id="paid_and_wanted",
        question="A reward rises over the whole run. Why is that no proof that the model has become better?",
        answer="It says what was paid, and what is paid need not be what is wanted: with a test that checks one side "
        "the pay rose to 1 while the sums came out wrong. Measure what you want by something that does not train the "
        "model, and read answers.",
        section="8. A reward with a hole",
    ),
)
