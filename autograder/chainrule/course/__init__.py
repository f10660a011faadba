"""An nbgrader course graded by chainrule: its configuration, and nbgrader's autograde step with the engine in it.

| module | what it does, in the order of the pipeline |
| --- | --- |
| `configuration` | `configure(c)`: what a course's `nbgrader_config.py` calls |
| `exporter` | reads the submission, whatever it is |
| `sanitize` | puts every nbgrader cell back into order |
| `grade` | runs the notebook in the sandbox and its hidden tests outside; writes `results.json` |
| `outputs` | makes the student's outputs safe to look at |
| `report` | the table of hidden tests that students see in the feedback |
| `save` | writes the scores to the gradebook |
| `opened` | a course as the command line uses it |
"""
