"""A correct submission: the sum is taken in logarithms, so that nothing overflows."""

import numpy as np


# %% softmax
def softmax(scores):
    return np.exp(scores - np.logaddexp.reduce(scores, axis=1)[:, None])
