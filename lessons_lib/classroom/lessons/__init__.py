"""The lessons: one folder each, with its exercises, its quiz, and what only that lesson draws or probes."""
