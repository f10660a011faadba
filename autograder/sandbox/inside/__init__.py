"""What runs inside the sandbox; it is copied there file by file and holds no secret.

`fork_server` preloads and forks, `guard` watches one submission, `confine` locks a fork in, `kernel` runs ipykernel.
"""
