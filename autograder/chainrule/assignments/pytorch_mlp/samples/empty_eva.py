"""Eva opened the notebook, wrote nothing and submitted it.

Every exercise is as it was released, so every exercise is missing.
"""
