"""How a family's files are described: its keys, its names of tensors, and what is written in another way than ours."""
