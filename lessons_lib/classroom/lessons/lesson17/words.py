"""What lesson 17 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_in_pieces",
        question="Who gains when a long prompt is read in pieces, and who pays?",
        answer="Those gain who are being answered: no step is long, so their texts don't halt. The one with the long "
        "prompt pays a little, since its first token comes some steps later.",
        section="2. A long prompt",
    ),
    InYourWords(
        id="why_refuse",
        question="Why does a good server refuse requests when it could let them wait?",
        answer="A queue makes nothing faster. Once all slots are busy, each request more lengthens the wait of all "
        "behind it, and people leave before their answer comes. A refusal comes at once, and may say when to ask "
        "again.",
        section="8. How many are too many?",
    ),
    InYourWords(
        id="what_not_to_log",
        question="Somebody wants whole requests in the log, to find faults sooner. What do you say?",
        answer="What people write is theirs, and many read logs, for years. A number for the request, the lengths, the "
        "times and the kind of error are mostly enough to find the fault; what else is needed is asked for, with leave "
        "and for a while.",
        section="7. Limits, and what a server tells",
    ),
)
