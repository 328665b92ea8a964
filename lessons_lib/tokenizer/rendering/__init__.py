"""Rendering chat templates: a sandbox, and text that remembers who said it.

This folder imports nothing of the library, so that a child process can load it alone.
"""
