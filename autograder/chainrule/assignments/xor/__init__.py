"""All that belongs to the assignment `xor`, the problem that needs a hidden layer, and is not for students."""
