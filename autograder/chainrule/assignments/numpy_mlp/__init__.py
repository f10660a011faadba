"""All that belongs to the assignment `numpy_mlp`, a neural network by hand, and is not for students."""
