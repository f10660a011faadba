"""chainrule's grader: a sandbox for student notebooks, a data-only probe into it, and hidden pytest graders outside."""
