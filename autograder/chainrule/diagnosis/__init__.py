"""Names mistakes: the bank of wrong answers, and what a student's values have in common with one of them."""
