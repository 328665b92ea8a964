"""Products of vectors with weight matrices as compiled code, for weights of 32, 8 and 4 bits."""
