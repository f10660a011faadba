"""The reference solution: a section for each exercise, begun by a line of #, two percent signs and its name.

Signatures and docstrings are what students see; `chainrule write-solutions` writes each section into its answer cell.
What stands above the first section is what the notebook's first cell imports.
"""

import numpy as np


# %% softmax
def softmax(scores: np.ndarray) -> np.ndarray:
    """Turn scores into probabilities, row by row.

    scores: one row per sample, one column per class, shape (N, C), of any size
    Returns the probabilities, shape (N, C): positive, and each row adds up to 1. The scores are not changed.
    """
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
