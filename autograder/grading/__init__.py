"""From a submission to results: `session` runs one notebook and its hidden tests, `expect` compares, `results` reports."""
