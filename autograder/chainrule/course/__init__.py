"""An nbgrader course graded by chainrule: its configuration, and nbgrader's autograde step with the engine in it.

| module | what it does |
| --- | --- |
| `configuration` | `configure(c)`: what a course's `nbgrader_config.py` calls; `loaded` reads it as nbgrader does |
| `init`, `add`, `new`, `answers`, `proving` | one command each; `placing` makes folders whole or not at all |
| `consistency`, `examination`, `privacy` | do hidden tests and notebooks fit, is a course in order, who can read it |
| `opened`, `by_hand`, `shown` | a course and a single file as the command line grades them, and what it prints |
| `replay`, `comparison` | grade again what was graded, and say what differs and what has changed |
| `unwritten`, `standing` | grade without writing, or write that later; what the gradebook says, and would say then |
| `class_scores` | what the gradebook says of a class |
| `decided`, `late` | what instructors decide that grading must know; what lateness costs |
| `batch`, `graders`, `unchanged` | many graders and one writer: who grades what, and what need not be |
| `collect`, `inbound`, `collected_files` | what was handed in, from the exchange: whose, when, and what was left out |
| `only_one` | locks that nobody waits for |
| `beside`, `timestamps`, `replacing` | files beside a notebook; times, if they are believed; folders replaced whole |
| `one_gradebook` | one connection to the gradebook for a batch, and few commits |
| `internals` | what is needed of nbgrader beyond its documented interface |

and nbgrader's steps, in their order:

| module | what it does |
| --- | --- |
| `exporter` | reads the submission, whatever it is |
| `sanitize` | puts every nbgrader cell back into order; `graded_files` tells a new submission from an old one |
| `grade` | takes over what grading the notebook came to; says how it is to be graded |
| `report` | the table of hidden tests that students see in the feedback |
| `save` | writes the scores to the gradebook |
| `feedback` | makes the page say what the gradebook says |
| `scores_table` | the table of scores that a spreadsheet opens |
"""
