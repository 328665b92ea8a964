"""Questions of lesson 00c to answer in one's own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="no_grad_or_detach",
        question="How do `torch.no_grad()` and detach differ?",
        answer="Inside no_grad nothing at all is recorded: for writing, for measuring, for the step. detach takes "
        "one tensor out of the record, so that it counts as a fixed number, while everything around it still gets its "
        "slopes.",
        section="1. The slope of everything: autograd",
    ),
    InYourWords(
        id="why_zero_grad",
        question="Why is `optimizer.zero_grad()` called before every backward, and what does its `set_to_none=True` "
        "mean?",
        answer="backward adds to the slopes that are there, so without it a step follows the sum over all earlier "
        "batches. set_to_none, which is the default, throws the old slopes away in place of filling them with zeros: "
        "that saves memory.",
        section="4. Five lines that learn",
    ),
    InYourWords(
        id="train_or_eval",
        question="What changes when you switch from `model.train()` to `model.eval()`, and what does not?",
        answer="Layers that behave differently while learning change, such as dropout, which in eval lets everything "
        "through. Slopes are recorded as before: for that there is no_grad.",
        section="6. Switches and a window",
    ),
)
