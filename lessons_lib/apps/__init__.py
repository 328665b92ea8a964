"""What is built around a model: vectors for sentences, search in texts of one's own, tools that a model may call,
a server for many clients."""
