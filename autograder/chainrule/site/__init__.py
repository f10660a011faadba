"""Looks at a JupyterHub with a course on it: can students come in, hand in, and read nothing that is not theirs?

`accounts` and `reading` say who can open what, really tried where this runs as root; `places` are what is secret;
`student_environment`, `hub_config`, `scopes` and `answering` look at the other ways in; `examination` is all of it.
"""
