"""The decode step as compiled code: the whole model in one call, and the kernels that it is made of."""
