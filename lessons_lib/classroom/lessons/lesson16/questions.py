"""What is asked of the course's text: questions that a section answers, and questions that none does."""

from __future__ import annotations

import re
from typing import NamedTuple


class Question(NamedTuple):
    """A question about lessons 01 to 07.

    Attributes:
        text: what is asked.
        place: lesson and number of the section that says it, such as "01 4".
        answers: words one of which a right answer has.
    """

    text: str
    place: str
    answers: tuple[str, ...]

    def is_answered(self, said: str) -> bool:
        """Whether one of the answers stands in a text as whole words, whatever its capitals."""
        return any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", said, re.IGNORECASE) for each in self.answers)


_WRITTEN = """
What do we throw at a line from 0 to 1 to pick a word by luck? | 01 4 | dart
What is taken away from all scores so that the exponentials do not overflow? | 01 2 | largest, highest
What is the number called that starts the random generator? | 01 4 | seed
Which cut keeps tokens that are at least a tenth as likely as the favourite? | 01 8 | min-p
What is the short name of nucleus sampling? | 01 7 | top-p
Among how many equally likely tokens does a model choose if it knows nothing? | 01 11 | 49,152
Which temperature is advised for a story? | 01 13 | 0.8
What is done to negative scores so that the penalty does not raise them? | 01 9 | multiplied, multiply
What does the model do again and again if it always takes its favourite? | 01 3 | repeat, repeats, same words
After which other setting does our sampler apply the temperature? | 01 10 | penalty
When was byte-pair encoding invented? | 02 3 | 1994
How many bytes does UTF-8 need for an English letter? | 02 4 | one, 1
How long is the list of the words of all of Shakespeare? | 02 2 | 25,433
Which special token fills up the shorter of several texts? | 02 8 | PAD
What must be done with the bytes of all tokens before they are read as UTF-8? | 02 7 | join, joined
What is the place of a merge in the order of learning called? | 02 6 | rank
Which token shows that the merges were learned from a certain play? | 02 9 | HAMLET
Which library rejects a text that has the name of a special token in it? | 02 8 | tiktoken
How many tokens stand in the file of GPT-2 that the course ships? | 02 11 | 50,000
Which fruit did chatbots fail to count the letters of? | 02 The | strawberry
Who said that a word is known by its company? | 03 6 | Firth
How many numbers did GloVe learn for every word? | 03 3 | 50
What do we get for the cosine of (3, 4) and (4, 3)? | 03 3 | 0.96
What is it called if one table serves to read and to score? | 03 4 | weight tying, tying
How is it called to keep only the first few directions of a cloud of points? | 03 8 | PCA
What are word vectors called that are the same in every sentence? | 03 9 | static
Which relation of word pairs is solved without a mistake? | 03 7 | nationalities
How long is a word's vector in the largest Llama 3.1? | 03 8 | 16,384
Which game of word2vec guesses the neighbours from the word? | 03 6 | skip-gram
What do opposites such as hot and cold lack, so that their analogies fail? | 03 7 | common
What is it called when the slopes become tiny in a recurrent network? | 04 1 | vanishing gradient, vanishing
By what is a dot product divided before the softmax? | 04 5 | sqrt D, \\sqrt D, square root
Which score do words to come get before the softmax? | 04 6 | minus infinity, infinity
To which part of a library is a key compared? | 04 4 | cards, card
How many heads has SmolLM2 in all its layers together? | 04 9 | 270
What is it called to switch a head off and see what breaks? | 04 12 | ablation
Where do nearly half of the heads put their attention if they have nothing to report? | 04 9 | first token
Which noun does the model prefer in the riddle of the trophy and the suitcase? | 04 11 | trophy
Which norm leaves the mean where it is? | 05 2 | RMSNorm
What is the path called on which each part adds what it has found? | 05 1 | residual stream, stream
Which function bends the gate of SwiGLU? | 05 3 | SiLU
How many of the last tokens does Mistral's cache that rolls keep? | 05 5 | 4,096
Where did the norm stand in 2017? | 05 4 | after each addition, after, post-norm
What is a place in the middle of the feed-forward network called? | 05 3 | neuron
For which task was the transformer of 2017 made? | 05 5 | translate, translation
Above which number does float16 know none? | 05 6 | 65 thousand
Which kind of file holds only names, places and bare numbers? | 06 4 | safetensors
How many bytes do 32 squeezed weights of Q4_1 share? | 06 5 | 20
Which loss has a model with fresh random weights? | 06 3 | ln V, \\ln V
Which city do the faulty copies of the model still name? | 06 8 | Rome
What was the fault of the third patient? | 06 8 | root, twice
Which argument makes PyTorch silent about names that are missing? | 06 10 | strict=False, strict
How much room on the disk does TinyLlama want? | 06 9 | 2.2 GB
Which setting holds the base of the rotation? | 06 1 | rope_theta
What is stored of old tokens besides their values? | 07 2 | keys
How many bytes of notes does SmolLM2 need for a token? | 07 3 | 46,080
On which side are short rows of a batch filled up? | 07 4 | left
Which role sets the scene of a conversation? | 07 6 | system
By what token does a model say that its answer is finished? | 07 5 | stop token, stop
Which search keeps several beginnings and looks for the likeliest text? | 07 7 | beam, beam search
Without what does a chat model treat a question as a text to go on with? | 07 9 | template
What does a thinking model write down before its answer? | 07 6 | reasoning, thoughts
What grows with the square of the length if everything is read again? | 07 1 | waste
How many tokens is each emoji of the greeting cut into? | 07 5 | three, 3
"""


def _read(line: str) -> Question:
    text, place, answers = (part.strip() for part in line.split(" | "))
    # a comma with a space parts two answers; 49,152 has none
    return Question(text, place, tuple(answers.split(", ")))


ALL = tuple(map(_read, _WRITTEN.strip().split("\n")))
TO_TRY, KEPT_BACK = ALL[0::2], ALL[1::2]

_IN_OTHER_WORDS = """
How do I keep softmax from blowing up on big inputs?
Is there a filter whose bar depends on how sure the top candidate is?
How lost is an untrained network about what follows, as a count of options?
Below zero, how is a word that was said before made less probable?
In the chain of filters, what comes right ahead of heating?
How much storage does one Latin character take?
How are sentences of unequal size brought to the same size?
How does one tell which joining rule was found earlier?
Who complains when users type control markers into their message?
What were AI assistants laughed at for when spelling?
How big are the word representations that were published in 2014?
Can input and output layers share their parameters?
How are representations called that ignore the context?
How wide is the biggest network of Meta?
Why does arithmetic fail for antonyms?
How do you stop the match of long queries and keys from getting too big?
What is the analogy for how tokens are looked up?
How do you find out whether a part of the network matters?
Does the network understand what a pronoun points to?
What is the highway through all layers?
How far back can the French 7B network see?
What do you call one unit of the hidden layer?
What is the limit of half precision?
How small does a block of compressed parameters get?
What do the broken versions reply about Italy?
How can loading hide a typo in a parameter's key?
Which option controls how quickly angles change with position?
How much memory does the history of a chat take per word piece?
Who tells the assistant how to behave?
How do I look for the best whole sentence instead of one step at a time?
Do some assistants talk to themselves before replying?
Into how many pieces is a smiley split?
"""
# Those that are kept back, as somebody asks who hasn't read the lessons.
IN_OTHER_WORDS = tuple(
    question._replace(text=text) for question, text in zip(KEPT_BACK, _IN_OTHER_WORDS.strip().split("\n"), strict=True)
)

FAR = (
    "What is the capital of Peru?",
    "How long must an egg boil?",
    "Who painted the Mona Lisa?",
    "When should I plant tomatoes?",
    "Who won the football World Cup in 1998?",
    "How do I mend a flat bicycle tyre?",
    "How far away is the moon?",
    "What does a plumber earn in a month?",
    "At which age are children vaccinated against measles?",
    "Do I need a visa for Japan?",
    "Which wine goes well with fish?",
    "When may a king castle in chess?",
    "In which year did the Berlin wall fall?",
    "How do I get coffee stains out of a shirt?",
    "How many people live in Kenya?",
    "Why does my cat sneeze?",
)
NEAR = (
    "How many parameters has GPT-5?",
    "Who founded OpenAI?",
    "What does a graphics card for training cost?",
    "How much electricity did the training of Llama 3 take?",
    "Which company makes the chips called TPU?",
    "How do diffusion models draw pictures?",
    "How many tokens can Claude read at once?",
    "How many layers has the large BERT?",
    "With which learning rate was SmolLM2 trained?",
    "Who is the first author of the paper about GPT-2?",
    "How does a model recognise speech?",
    "Under which licence is Llama 3 published?",
    "When was PyTorch first released?",
    "How do shops use embeddings to recommend films?",
    "How many languages does Gemma 3 speak?",
    "How many people work at Mistral?",
)
SILENT_TO_TRY, SILENT_KEPT_BACK = (*FAR[0::2], *NEAR[0::2]), (*FAR[1::2], *NEAR[1::2])

# A sentence, one that means something like it, and one that has its words.
TRIPLES = (
    ("How do I sleep better?", "Tips against insomnia", "How do I swim better?"),
    ("The bank raised its rates.", "Loans have become more expensive.", "The boat lay on the bank."),
    ("My laptop won't start.", "The computer does not turn on.", "My race won't start."),
    ("Where can I eat cheaply?", "Restaurants with low prices", "Where can I park cheaply?"),
    ("He plays the piano.", "A musician at the keyboard", "He plays the fool."),
    ("The child is ill.", "A boy has a fever.", "The child is late."),
    ("It will rain tomorrow.", "Take an umbrella with you then.", "It will end tomorrow."),
    ("The plane was delayed.", "Our flight left two hours late.", "The plane was painted."),
    ("She sold her house.", "Others live in her old home now.", "She sold her bike."),
)

BY_KIND = {  # what was not used to choose a threshold
    "kept back": [question.text for question in KEPT_BACK],
    "in other words": [question.text for question in IN_OTHER_WORDS],
    "silent, near": list(NEAR[1::2]),
    "silent, far": list(FAR[1::2]),
}
