"""Questions of lesson 00b to answer in one's own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="two_precisions",
        question="PyTorch makes numbers of 32 bits unless you ask for more, NumPy makes 64. Why the difference, and "
        "when does it matter to you?",
        answer="A model has millions of numbers, and half the bits are half the memory to keep and to move; its "
        "answers do not need sixteen digits. NumPy was made for general calculation, where they may. It matters when "
        "the two meet: mixed in one product of matrices they raise an error, and results agree only to about 7 digits.",
        section="8. What goes wrong",
    ),
    InYourWords(
        id="view_or_reshape",
        question="When does view refuse, and what does reshape do then?",
        answer="view lays another shape over the numbers as they lie in memory. It refuses where the new shape would "
        "need them in another order, as after most transposing. reshape then copies them into that order; where no "
        "copy is needed it does the same as view.",
        section="3. Another shape, the same numbers",
    ),
    InYourWords(
        id="do_they_fit",
        question="How does broadcasting decide whether two shapes fit?",
        answer="It lines them up at the right. In every place the two lengths must be equal, or one of them must be 1; "
        "a missing axis on the left counts as 1. The axis of length 1 is repeated.",
        section="5. Broadcasting: one row for all",
    ),
    InYourWords(
        id="which_dim",
        question="What does dim mean in softmax, and what happens if you choose the wrong one?",
        answer="It names the axis along which the results sum to 1. With the wrong one nothing raises an error, but "
        "different places compete for the same letter in place of different letters for the same place: the numbers "
        "are no chances of a next letter any more.",
        section="4. Along which axis?",
    ),
)
