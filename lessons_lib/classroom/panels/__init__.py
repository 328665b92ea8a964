"""Panels and pictures of the lessons: controls that redraw, texts as coloured tokens, a chat, the style of figures."""
