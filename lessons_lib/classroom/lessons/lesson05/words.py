"""What lesson 05 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_adding",
        question="Why does a part add to the stream and not replace it? Say what happens to a gradient either way, and "
        "what adding does not solve.",
        answer="Slopes in a row multiply. A part that replaces has its own slope, so over many parts the product falls "
        "to nothing or grows beyond bounds, but for a narrow band of strengths. A part that adds has 1 plus its slope: "
        "one that does nothing passes all on. The product can still grow, which norms hold back.",
        section="1. The stream: nobody crosses out, everybody adds",
    ),
    InYourWords(
        id="what_a_norm_keeps",
        question="A vector becomes ten times as long in front of a norm. What does the part behind it notice? And if "
        "100 is added to every number?",
        answer="Of ten times the length, nothing: both norms divide by what has grown, but for the small epsilon. Of "
        "the 100, LayerNorm's part notices nothing, since the mean is taken away. RMSNorm keeps it, and after it all "
        "numbers look nearly alike.",
        section="2. Norms: one size for all",
    ),
    InYourWords(
        id="a_negative_gate",
        question="What does a SwiGLU neuron add to the stream if its gate is far below 0, a little below 0, and above "
        "0?",
        answer="Far below 0 next to nothing. A little below 0, a little: silu is negative there, down to -0.28, so its "
        "column comes with the opposite sign of up; but many such gates together are not little. Above 0 its column "
        "comes with the sign of up, the larger the gate, the more of it.",
        section="3. The feed-forward network: thinking alone",
    ),
    InYourWords(
        id="read_the_columns",
        question="Somebody shows you the drawing of an unknown model. Name four things that tell you whether it is "
        "rather of 2017 or of today.",
        answer="Two stacks with cross attention or one; sines added below or queries and keys turned in each layer; "
        "norms behind the additions or in front of the parts, with a last one on top; a bend alone or a gate;"
        " LayerNorm or RMSNorm; dropout or none; a window and a rolling cache.",
        section="5. Two whole models, side by side",
    ),
)
