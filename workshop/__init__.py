"""Authors' tools, which nobody who only reads the lessons needs: they run from the course's folder, not installed."""
