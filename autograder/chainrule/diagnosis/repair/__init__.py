"""Hints for mistakes that nobody listed: the smallest change of a student's own answer that passes what it failed."""
