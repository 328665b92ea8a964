"""Parts of attention, norms and feed-forward networks that some families have and no lesson shows."""
