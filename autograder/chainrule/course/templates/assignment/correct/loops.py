"""A correct submission: loops over samples and classes, with the standard library alone."""

import math

import numpy as np


# %% softmax
def softmax(scores):
    rows = []
    for row in scores:
        largest = max(row)
        powers = [math.exp(score - largest) for score in row]
        total = sum(powers)
        rows.append([power / total for power in powers])
    return np.array(rows)
