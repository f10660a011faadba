"""Grading in processes: each submission in one of its own, on this machine or on a cluster.

| module | what it does |
| --- | --- |
| `task` | what a submission's grading needs, and what comes of it, as values that travel |
| `local` | hands tasks to the dispatcher of this process, and gets futures |
| `cluster`, `bundle` | hands them to a Dask scheduler's workers; with the content of files, not their paths |
| `dispatcher` | a lean, warm process that forks one grader per task |
"""
