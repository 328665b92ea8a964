"""What lesson 11 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_a_sigmoid",
        question="How does a router learn, and why can't Llama 4's take a softmax over the chosen expert alone?",
        answer="Choosing has no slope; the router learns only through the score, which counts in the answer. A softmax "
        "of one number is 1 whatever the product is, so its slope is 0 and the router would stay as it was. A sigmoid "
        "of the product has a slope.",
        section="1. One expert for each token",
    ),
    InYourWords(
        id="near_and_far",
        question="What does a token know after three near layers, what does the fourth layer bring, and what did the "
        "puzzle say about chunks?",
        answer="After three near layers it has heard from its own chunk, up to itself, and from nobody else. The "
        "fourth sees the whole past, without places. In the puzzle near and turned below far and unturned read longer "
        "rows rightly; chunks lost the neighbour where a new chunk began, a window of the same width did not.",
        section="3. What are chunks and NoPE good for?",
    ),
    InYourWords(
        id="experts_in_a_batch",
        question="Of a mixture a token meets 16 billion numbers. For whom is it as fast as a dense model of that "
        "size, and for whom not?",
        answer="For one reader it fetches as much for a token as the dense model, and knows more. In a batch each row "
        "wakes experts of its own: more and more must be fetched in a step, where the dense model fetches the same "
        "once for all rows. And all experts take up memory in either case.",
        section="6. Scout and Maverick on paper",
    ),
    InYourWords(
        id="what_ten_million_means",
        question="Scout's config says 10 million tokens. Which other lengths would you ask for before you rely on it?",
        answer="How long the texts of its training were: up to 256K, so the rest is extrapolation. How long a text may "
        "get until independent tests that ask for understanding, and not only for finding a sentence, go wrong: much "
        "shorter. And what the cache of such a text takes.",
        section="7. Ten million tokens?",
    ),
)
