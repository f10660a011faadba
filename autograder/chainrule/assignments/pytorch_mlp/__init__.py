"""All that belongs to the assignment `pytorch_mlp`, the same network in PyTorch, and is not for students."""
