"""What lesson 18 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_idle_decides",
        question="Two people rent the same GPU for the same model. One pays twenty times as much for a token. How?",
        answer="The hour costs both the same, whether used or not. The first one's GPU is full all day, the other's a "
        "twentieth of it, so the rent is shared by a twentieth of the tokens.",
        section="5. What a million tokens costs",
    ),
    InYourWords(
        id="when_serverless",
        question="When is a machine that stops by itself the better choice, and what does it cost besides money?",
        answer="When it would stand idle for most of the time: its hour is dearer, but only hours in use are paid. It "
        "costs waiting: whoever comes after a pause waits for a machine, the program and the weights.",
        section="5. What a million tokens costs",
    ),
    InYourWords(
        id="what_fsdp_cuts",
        question="Both DDP and FSDP share a batch among workers. What does FSDP share besides, and why?",
        answer="The weights, gradients and running means: each worker keeps a part of them, and a layer is brought "
        "together only while it is computed. With DDP each worker must hold all of them, and large models don't fit.",
        section="8. Training on many machines",
    ),
)
