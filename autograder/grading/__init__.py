"""From a submission to results: `session` runs notebook and hidden tests, `expect` compares, `results` reports."""
