"""The reference solution: one module per assignment, one section per exercise.

`numpy_mlp`     forward and backward by hand: neurons, blocks, losses, a network, training
`pytorch_mlp`   the same network in PyTorch, trained on images; data, devices, checkpoints, memory
`xor`           the problem that needs a hidden layer: by hand, in numpy, in PyTorch, and how training gets stuck

`python -m reference.train` trains the lecture's network on full MNIST, fast; the other modules here are its parts.

An assignment's module is in percent format: a line `# %% linear_backward` starts the section of the exercise
`linear_backward`, and that section is exactly the solution cell of the exercise in its notebook in `source/`.
Signatures and docstrings are what the student sees; the bodies are the solution. Nothing here is ever released to
students.
"""
