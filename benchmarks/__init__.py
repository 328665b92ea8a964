"""How fast the library is, beside its peers and beside what the machine allows: `python3 course.py bench [NAMES]`.

All candidates of a benchmark run in turn, A B C A B C, because machines drift; a figure is the median of the rounds.
"× peer" says how many times better ours is than the best peer, pair by pair in each round and then the median. "of
limit" is the share of what the machine reached in the same run when it did nothing but read memory or multiply
matrices. Of memory it says how much of the peak is weights. Timings mean something on a quiet machine only.
"""
