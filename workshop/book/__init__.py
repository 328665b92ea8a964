"""The web book: the stored notebooks, the glossary and the library's docstrings as a site that works from any folder.

`python -m workshop.book` builds it with Sphinx. Nothing is executed and nothing is fetched.
"""
