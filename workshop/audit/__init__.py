"""What a stored notebook must be, each a check that executes nothing and returns its faults, one line each."""
