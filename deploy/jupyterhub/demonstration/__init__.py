"""What `make hub` does, step by step: places, environments, accounts, a course, and the Hub itself."""
