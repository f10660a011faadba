"""A correct submission: loops over samples and classes, with the standard library alone."""

import numpy as np

# %% softmax
from math import exp


def softmax(scores):
    rows = []
    for row in scores:
        largest = max(row)
        powers = [exp(score - largest) for score in row]
        total = sum(powers)
        rows.append([power / total for power in powers])
    return np.array(rows)
