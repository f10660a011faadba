"""nbgrader's autograde step, with the sandbox and the hidden tests in it; `nbgrader_config.py` names these classes.

| module | what it does, in the order of the pipeline |
| --- | --- |
| `exporter` | reads the submission, whatever it is |
| `sanitize` | puts every nbgrader cell back into order |
| `grade` | runs the notebook in the sandbox and its hidden tests outside; writes `results.json` |
| `outputs` | makes the student's outputs safe to look at |
| `report` | the table of hidden tests that students see in the feedback |
| `save` | writes the scores to the gradebook |
"""
