"""From a submission to results, for any assignment: `grade.grade` is what every front calls.

| module | what it does |
| --- | --- |
| `assignment` | an assignment's folder and its `assignment.toml` |
| `submission`, `released` | read what was handed in; put its cells back in order |
| `agreement` | whether hidden tests fit the notebook that they are for |
| `outputs` | make the student's outputs safe to look at |
| `notebook` | run the notebook in the sandbox and keep its kernel for questions |
| `hidden_tests`, `asking` | load hidden tests; ask one of one notebook |
| `steps` | tell how far that is, and not how it goes |
| `imports` | tell imports of packages that an assignment does not list |
| `results`, `seed`, `version` | what came out, from which inputs, by which grader |
| `provenance` | what else a grade hangs on: libraries, limits, the assignment's files |
| `solutions` | the reference, carried into notebooks |
"""
