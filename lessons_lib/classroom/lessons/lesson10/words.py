"""What lesson 10 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="absent_key",
        question="A config.json lacks a key. Why can't you know what that means from the file alone?",
        answer="Each family has its own default: Llama's rope_theta means 10,000 by being absent, Gemma's head is tied "
        "unless the file says otherwise, Llama's is not. So the meaning stands in the family's code or in a table made "
        "from it. A null may mean the same as absent, or not.",
        section="1. Two configs, side by side",
    ),
    InYourWords(
        id="why_qk_norm",
        question="The block norms its input already. What can still make scores grow without bound, and what stops it?",
        answer="The matrices that make queries and keys come after that norm, and training may make them large: ten "
        "times both is a hundred times the score, and softmax gives everything to one key. Norming each query and key "
        "after these matrices takes their size out; a cap bends the scores themselves.",
        section="3. Four switches inside attention",
    ),
    InYourWords(
        id="why_latent",
        question="What does latent attention keep for a token, how do heads still get keys of their own, and why is "
        "there a turned key beside it?",
        answer="It keeps one normed vector for all heads. A matrix of each head would make its key; instead the new "
        "token's query is multiplied with that matrix once and meets the latents themselves. A rotation between the "
        "two would be another matrix at every distance, so the latent has no position, and a small turned key, shared "
        "by all heads, says where the token stood.",
        section="6. One short vector in place of keys and values",
    ),
    InYourWords(
        id="two_kinds_of_new",
        question="Two new models bring something that Llama's config can't say: one has sinks, the other a state of "
        "fixed size. Why is the second further away?",
        answer="A sink is one more column in the softmax; everything around it stays, the cache too. A state replaces "
        "keys and values by one table into which all tokens are added, so the cache, the reading of a prompt and the "
        "generation loop change with it.",
        section="8. What leaves the skeleton",
    ),
)
