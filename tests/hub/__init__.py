"""A JupyterHub with a course that is graded on submit, used in a real browser as students and instructors use it."""
