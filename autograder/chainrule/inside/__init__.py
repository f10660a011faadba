"""What runs beside a student's code: the whole folder is copied into the sandbox, so it holds no secret.

`fork_server` preloads and forks, `guard` watches one submission, `confine` locks a fork in, `kernel` runs ipykernel,
`probe_server` answers over `wire` with `instruments`. It imports nothing else of chainrule; the trusted side imports
what both sides must agree on from here.
"""
