# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A4 · Glossary and answers
#
# **What does this word mean?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times}; the lists are for looking things up |
# | Time to run | a few seconds |
# | You need | nothing |
# | It adds to `lessons_lib` | nothing |
#
# {route}
#
# Two lists, to be searched and not read through. The first says what each **word** of the course means and links the section that teaches it. The second holds **questions** by which you see whether a subject has stayed with you: answer aloud or on paper first, then open the answer, then the section that it comes from. (All of them, at two minutes each, are a good four hours.)
#
# The same words stand in [the glossary](../book/glossary.md) in the order in which the lessons bring them. In JupyterLab, Ctrl+F (on a Mac Cmd+F) searches this page.

# %%
# {setup}

# %% [markdown]
# ## 1. Words
#
# In eight groups, by the lessons that teach them, each in the order of the alphabet.

# %% [markdown] tags=["look-up"]
# {glossary}

# %% [markdown]
# ## 2. Questions
#
# By subject, in the order of the course. Many of them are asked in the lessons too, where there is room to write.

# %% [markdown] tags=["look-up"]
# {questions}

# %% [markdown]
# ## 3. How far are you?
#
# What the lessons' exercises and quizzes know of you:

# %%
from lessons_lib.classroom import progress

progress()

# %% [markdown]
# ## What to take with you
#
# A word that you can't explain in a sentence of your own is worth opening its section again.
#
# **Next:** back to where you came from.
