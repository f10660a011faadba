"""Asks a finished notebook for values: `student` on the trusted side, `answer` in the sandbox, `wire` between them."""
