"""Eva opened the notebook, looked at the widget for a while, wrote nothing and submitted it.

Every exercise is as it was released, so every exercise is missing.
"""
