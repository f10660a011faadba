"""The mistakes of `xor`: a wrong answer and a hint each; see the package's docstring for the format.

The number after `mistake` is the one in the list of mistakes that the bank started from, where it has one.
"""

import numpy as np
import torch
import torch.nn.functional as F


# %% threshold_neuron: fires_on_the_line
# mistake: a sum of exactly 0 fires as well
# hint: Your neuron is on where the sum is exactly 0, but a point on the line counts as off. Look at the comparison in
#   threshold_neuron: it must be strict.
def threshold_neuron(x, w, b):
    return (x @ w + b >= 0).astype(int)


def and_neuron():
    return np.array([1.0, 1.0]), -1.5


def or_neuron():
    return np.array([1.0, 1.0]), -0.5


def nand_neuron():
    return np.array([-1.0, -1.0]), 1.5


# %% threshold_neuron: plus_minus_one
# mistake 77: answers −1 and +1 instead of 0 and 1
# hint: Your neuron answers −1 where it is off. threshold_neuron returns the integers 0 and 1; labels −1 and +1 belong
#   to the perceptron.
def threshold_neuron(x, w, b):
    return np.where(x @ w + b > 0, 1, -1)


def and_neuron():
    return np.array([1.0, 1.0]), -1.5


def or_neuron():
    return np.array([1.0, 1.0]), -0.5


def nand_neuron():
    return np.array([-1.0, -1.0]), 1.5


# %% threshold_neuron: bias_left_out
# mistake 39: the bias is left out
# hint: Your threshold_neuron leaves out the bias b, so its line always passes through the origin. Add b to w·x before
#   you compare.
def threshold_neuron(x, w, b):
    return (x @ w > 0).astype(int)


def and_neuron():
    return np.array([1.0, 1.0]), -1.5


def or_neuron():
    return np.array([1.0, 1.0]), -0.5


def nand_neuron():
    return np.array([-1.0, -1.0]), 1.5


# %% threshold_neuron: bias_as_threshold
# mistake: fires where w·x exceeds b, as other books have it, with gates to match
# hint: You use b as the level that w·x has to exceed. Here b is a bias, added to w·x and compared with 0, so in your
#   neuron and in all three gates b has the wrong sign.
def threshold_neuron(x, w, b):
    return (x @ w > b).astype(int)


def and_neuron():
    return np.array([1.0, 1.0]), 1.5


def or_neuron():
    return np.array([1.0, 1.0]), 0.5


def nand_neuron():
    return np.array([-1.0, -1.0]), -1.5


# %% threshold_neuron: or_for_and
# mistake 76: the AND neuron is a second OR neuron
# hint: Your and_neuron is an OR: one input of 1 is enough to turn it on. Move its line with b, so that only both
#   inputs together get the sum above 0.
def threshold_neuron(x, w, b):
    return (x @ w + b > 0).astype(int)


def and_neuron():
    return np.array([1.0, 1.0]), -0.5


def or_neuron():
    return np.array([1.0, 1.0]), -0.5


def nand_neuron():
    return np.array([-1.0, -1.0]), 1.5


# %% threshold_neuron: nor_for_nand
# mistake 76: NOR where NAND is asked for
# hint: Your nand_neuron is on at (0, 0) only: that is NOR. NAND is off at (1, 1) only, so with just one input on, its
#   sum must still be above 0; look at b.
def threshold_neuron(x, w, b):
    return (x @ w + b > 0).astype(int)


def and_neuron():
    return np.array([1.0, 1.0]), -1.5


def or_neuron():
    return np.array([1.0, 1.0]), -0.5


def nand_neuron():
    return np.array([-1.0, -1.0]), 0.5


# %% threshold_neuron: line_through_corner
# mistake: the OR line goes through the corner (0, 0)
# hint: Your OR is right at the corners, but its line goes straight through (0, 0), where the least noise decides.
#   Move it away from that corner with b in or_neuron.
def threshold_neuron(x, w, b):
    return (x @ w + b > 0).astype(int)


def and_neuron():
    return np.array([1.0, 1.0]), -1.5


def or_neuron():
    return np.array([1.0, 1.0]), 0.0


def nand_neuron():
    return np.array([-1.0, -1.0]), 1.5


# %% threshold_neuron: line_almost_at_corner
# mistake: the AND line passes a corner at less than 0.2
# hint: Your AND is right at the corners, but its line passes too close to (1, 1). Remember to divide by |w| when you
#   measure the distance, and choose b in and_neuron anew.
def threshold_neuron(x, w, b):
    return (x @ w + b > 0).astype(int)


def and_neuron():
    return np.array([1.0, 1.0]), -1.8


def or_neuron():
    return np.array([1.0, 1.0]), -0.5


def nand_neuron():
    return np.array([-1.0, -1.0]), 1.5


# %% threshold_neuron: truth_table
# mistake 76: a table of the gates instead of a neuron
# hint: Your threshold_neuron looks gates up in a table. A neuron knows no gates: for any x, w and b, it compares the
#   weighted sum plus bias with 0.
def threshold_neuron(x, w, b):
    table = {-1.5: [0, 0, 0, 1], -0.5: [0, 1, 1, 1], 1.5: [1, 1, 1, 0]}
    outputs = table.get(b, [0, 1, 1, 0])
    return np.array([outputs[int(2 * a + c)] for a, c in x])


def and_neuron():
    return np.array([1.0, 1.0]), -1.5


def or_neuron():
    return np.array([1.0, 1.0]), -0.5


def nand_neuron():
    return np.array([-1.0, -1.0]), 1.5


# %% perceptron: bias_not_updated
# mistake 80: the bias stays 0
# hint: Your bias never moves: in perceptron_step a sample that is not clearly on its side changes b as well as w.
#   Without b, the line always goes through the origin.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) <= 0:
        w = w + y * x
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: updates_on_every_sample
# mistake 81: samples that are right already move the weights too
# hint: Your perceptron_step moves the line for every sample. A sample that is clearly on its side, with y·(w·x + b)
#   above 0, must leave w and b as they are.
def perceptron_step(w, b, x, y):
    w = w + y * x
    b = b + y
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: labels_zero_one
# mistake 77: the error of a 0/1 output with −1/+1 labels
# hint: Your error takes an output of 0 or 1 from a label of −1 or +1: class −1 then always moves the line, twice as
#   far when it is wrong. In perceptron_step, use the sign of y·(w·x + b).
def perceptron_step(w, b, x, y):
    output = 1 if w @ x + b > 0 else 0
    w = w + (y - output) * x
    b = b + (y - output)
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: zero_counts_as_right
# mistake: at the zero start nothing is ever wrong: < instead of <=
# hint: Your perceptron_step takes a sample on the line, y·(w·x + b) = 0, as right. It must move the line too: from w
#   = 0 and b = 0, training would never begin.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) < 0:
        w = w + y * x
        b = b + y
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: step_away
# mistake: the weights move to the wrong side
# hint: Your perceptron_step moves the line the wrong way: look at the signs of the updates of w and b. After the
#   step, y·(w·x + b) must have grown.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) <= 0:
        w = w - y * x
        b = b - y
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: changes_w
# mistake: the weights are updated in place
# hint: Your perceptron_step changes the caller's w: += on an array works in place. Make a new array for the result
#   and leave the argument as it is.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) <= 0:
        w += y * x
        b = b + y
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: bias_not_updated_and_row_per_epoch
# mistake 80: the bias stays 0, and the history has one row per epoch
# hint: Two things at once: the bias never learns, although it should move by y like the weights move by y·x, and your
#   history has a row per epoch instead of one per sample.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) <= 0:
        w = w + y * x
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
        history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: row_per_epoch
# mistake: one row per epoch hides the cycle
# hint: Your history has one row per epoch, which hides what happens inside it. Store a row after every sample,
#   whether it moved the line or not: epochs·N + 1 rows in all.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) <= 0:
        w = w + y * x
        b = b + y
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
        history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: history_without_start
# mistake: the zero start is left out
# hint: Your history lacks its first row: row 0 is the start, w = 0 and b = 0, before any sample has been seen. Store
#   it before the loop in train_perceptron.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) <= 0:
        w = w + y * x
        b = b + y
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = []
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: stops_early
# mistake: the history ends with the first epoch without a mistake
# hint: Your train_perceptron stops after an epoch that ends where it began, so rows are missing at the end. Run all
#   epochs, even when nothing changes any more.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) <= 0:
        w = w + y * x
        b = b + y
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
        if history[-1] == history[-len(x) - 1]:
            break
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: no_cycles
# mistake: the verdict knows no cycles
# hint: Your perceptron_verdict never says cycling. If the last row was there before, with other rows in between, the
#   history goes round in a circle; find that earlier row.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) <= 0:
        w = w + y * x
        b = b + y
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "undecided", 0
    return "undecided", 0


# %% perceptron: cycle_from_first_occurrence
# mistake: the distance to the first occurrence instead of the last one before
# hint: Your period is counted from the first time the last row occurred. Look for its latest earlier occurrence in
#   perceptron_verdict: the period is one round, not several.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) <= 0:
        w = w + y * x
        b = b + y
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(last, 0, -1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: last_row_alone_converges
# mistake: the last row equals itself, so everything has converged
# hint: Your perceptron_verdict says converged for every history, as the last row always equals itself. At least two
#   rows at the end must be the same.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) <= 0:
        w = w + y * x
        b = b + y
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last + 1):
        if np.all(history[e:] == history[-1]):
            return "converged", e
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: rows_from_one
# mistake: the rows are counted from 1
# hint: The number that goes with your converged is one too large: it is the index of a row, counted from 0. Look at
#   what perceptron_verdict returns with it.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) <= 0:
        w = w + y * x
        b = b + y
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", e + 1
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% perceptron: converged_at_the_end
# mistake: the last row instead of the first that stays
# hint: Your converged comes with the index of the last row. Return that of the first row from which on nothing
#   changes any more; look at what perceptron_verdict returns.
def perceptron_step(w, b, x, y):
    if y * (w @ x + b) <= 0:
        w = w + y * x
        b = b + y
    return w, b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    history = [[w[0], w[1], b]]
    for epoch in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    last = len(history) - 1
    for e in range(last):
        if np.all(history[e:] == history[-1]):
            return "converged", last
    for p in range(1, last + 1):
        if np.all(history[last - p] == history[last]):
            return "cycling", p
    return "undecided", 0


# %% logistic_regression: loss_summed
# mistake: the sum over the samples instead of the mean
# hint: Your logistic_loss sums over the samples, in the loss and in dw and db alike. All three belong to the mean, so
#   N must divide them.
def logistic_loss(w, b, x, y):
    z = x @ w + b
    loss = np.sum(np.logaddexp(0, z) - y * z)
    p = np.exp(-np.logaddexp(0, -z))
    dz = p - y
    return float(loss), x.T @ dz, float(dz.sum())


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = [logistic_loss(w, b, x, y)[0]]
    for step in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        w = w - learning_rate * dw
        b = b - learning_rate * db
        losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    surface = np.zeros((len(w2), len(w1)))
    for i in range(len(w2)):
        for j in range(len(w1)):
            surface[i, j] = logistic_loss(np.array([w1[j], w2[i]]), b, x, y)[0]
    return surface


# %% logistic_regression: gradient_summed
# mistake: the gradient of the sum beside the loss of the mean
# hint: Your loss is the mean over the samples, but dw and db are the gradient of the sum. The 1/N of the mean belongs
#   in the gradient too; look at the error p − y.
def logistic_loss(w, b, x, y):
    z = x @ w + b
    loss = np.mean(np.logaddexp(0, z) - y * z)
    p = np.exp(-np.logaddexp(0, -z))
    dz = p - y
    return float(loss), x.T @ dz, float(dz.sum())


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = [logistic_loss(w, b, x, y)[0]]
    for step in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        w = w - learning_rate * dw
        b = b - learning_rate * db
        losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    surface = np.zeros((len(w2), len(w1)))
    for i in range(len(w2)):
        for j in range(len(w1)):
            surface[i, j] = logistic_loss(np.array([w1[j], w2[i]]), b, x, y)[0]
    return surface


# %% logistic_regression: log_of_zero
# mistake 26: the logarithm of a probability that rounds to 0 or 1
# hint: Your loss takes the logarithm of a probability that rounds to 0 or 1, so it becomes infinite or nan. Write the
#   loss directly in terms of the logits.
def logistic_loss(w, b, x, y):
    z = x @ w + b
    p = np.exp(-np.logaddexp(0, -z))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    dz = (p - y) / len(y)
    return float(loss), x.T @ dz, float(dz.sum())


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = [logistic_loss(w, b, x, y)[0]]
    for step in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        w = w - learning_rate * dw
        b = b - learning_rate * db
        losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    surface = np.zeros((len(w2), len(w1)))
    for i in range(len(w2)):
        for j in range(len(w1)):
            surface[i, j] = logistic_loss(np.array([w1[j], w2[i]]), b, x, y)[0]
    return surface


# %% logistic_regression: sigmoid_twice
# mistake 78: the loss takes the probabilities for logits
# hint: Your sigmoid is applied twice: logistic_loss takes probabilities for logits. Both the loss and the error p − y
#   must start from the same logit w·x + b.
def logistic_loss(w, b, x, y):
    z = x @ w + b
    z = np.exp(-np.logaddexp(0, -z))
    loss = np.mean(np.logaddexp(0, z) - y * z)
    p = np.exp(-np.logaddexp(0, -z))
    dz = (p - y) / len(y)
    return float(loss), x.T @ dz, float(dz.sum())


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = [logistic_loss(w, b, x, y)[0]]
    for step in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        w = w - learning_rate * dw
        b = b - learning_rate * db
        losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    surface = np.zeros((len(w2), len(w1)))
    for i in range(len(w2)):
        for j in range(len(w1)):
            surface[i, j] = logistic_loss(np.array([w1[j], w2[i]]), b, x, y)[0]
    return surface


# %% logistic_regression: targets_as_column
# mistake 79: a column of targets against a row of logits
# hint: Your targets are a column (N, 1) beside logits (N,): broadcasting makes an N × N table, and every target meets
#   every logit. Keep y of shape (N,) in logistic_loss.
def logistic_loss(w, b, x, y):
    z = x @ w + b
    y = np.reshape(y, (-1, 1))
    loss = np.mean(np.logaddexp(0, z) - y * z)
    p = np.exp(-np.logaddexp(0, -z))
    dz = (p - y) / len(y)
    return float(loss), x.T @ dz.sum(axis=0), float(dz.sum())


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = [logistic_loss(w, b, x, y)[0]]
    for step in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        w = w - learning_rate * dw
        b = b - learning_rate * db
        losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    surface = np.zeros((len(w2), len(w1)))
    for i in range(len(w2)):
        for j in range(len(w1)):
            surface[i, j] = logistic_loss(np.array([w1[j], w2[i]]), b, x, y)[0]
    return surface


# %% logistic_regression: bias_never_learns
# mistake 80: the bias keeps its start
# hint: Your bias keeps its start in train_logistic: each step must move b against its gradient db, just as it moves
#   w.
def logistic_loss(w, b, x, y):
    z = x @ w + b
    loss = np.mean(np.logaddexp(0, z) - y * z)
    p = np.exp(-np.logaddexp(0, -z))
    dz = (p - y) / len(y)
    return float(loss), x.T @ dz, float(dz.sum())


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = [logistic_loss(w, b, x, y)[0]]
    for step in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        w = w - learning_rate * dw
        losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    surface = np.zeros((len(w2), len(w1)))
    for i in range(len(w2)):
        for j in range(len(w1)):
            surface[i, j] = logistic_loss(np.array([w1[j], w2[i]]), b, x, y)[0]
    return surface


# %% logistic_regression: losses_without_start
# mistake: the first loss is that after the first step
# hint: Your losses lack the first one, that of the start before any step, so there are only steps of them. Look at
#   where train_logistic begins its list.
def logistic_loss(w, b, x, y):
    z = x @ w + b
    loss = np.mean(np.logaddexp(0, z) - y * z)
    p = np.exp(-np.logaddexp(0, -z))
    dz = (p - y) / len(y)
    return float(loss), x.T @ dz, float(dz.sum())


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = []
    for step in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        w = w - learning_rate * dw
        b = b - learning_rate * db
        losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    surface = np.zeros((len(w2), len(w1)))
    for i in range(len(w2)):
        for j in range(len(w1)):
            surface[i, j] = logistic_loss(np.array([w1[j], w2[i]]), b, x, y)[0]
    return surface


# %% logistic_regression: changes_start
# mistake 32: the start weights are updated in place
# hint: Your train_logistic changes the caller's w: -= on an array works in place. Make a new w in each step, or a
#   copy before the loop.
def logistic_loss(w, b, x, y):
    z = x @ w + b
    loss = np.mean(np.logaddexp(0, z) - y * z)
    p = np.exp(-np.logaddexp(0, -z))
    dz = (p - y) / len(y)
    return float(loss), x.T @ dz, float(dz.sum())


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = [logistic_loss(w, b, x, y)[0]]
    for step in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        w -= learning_rate * dw
        b = b - learning_rate * db
        losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    surface = np.zeros((len(w2), len(w1)))
    for i in range(len(w2)):
        for j in range(len(w1)):
            surface[i, j] = logistic_loss(np.array([w1[j], w2[i]]), b, x, y)[0]
    return surface


# %% logistic_regression: stops_when_flat
# mistake: training ends where the loss no longer falls, with a shorter history
# hint: Your train_logistic stops once the loss hardly falls, so losses are missing at the end. Make all the steps
#   asked for: there are always steps + 1 losses.
def logistic_loss(w, b, x, y):
    z = x @ w + b
    loss = np.mean(np.logaddexp(0, z) - y * z)
    p = np.exp(-np.logaddexp(0, -z))
    dz = (p - y) / len(y)
    return float(loss), x.T @ dz, float(dz.sum())


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = [logistic_loss(w, b, x, y)[0]]
    for step in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        w = w - learning_rate * dw
        b = b - learning_rate * db
        losses.append(logistic_loss(w, b, x, y)[0])
        if losses[-2] - losses[-1] < 1e-6:
            break
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    surface = np.zeros((len(w2), len(w1)))
    for i in range(len(w2)):
        for j in range(len(w1)):
            surface[i, j] = logistic_loss(np.array([w1[j], w2[i]]), b, x, y)[0]
    return surface


# %% logistic_regression: surface_transposed
# mistake 82: one row per w1 instead of per w2
# hint: Your surface is transposed: w1 runs along the columns and w2 along the rows, so loss_surface must have the
#   shape (len(w2), len(w1)).
def logistic_loss(w, b, x, y):
    z = x @ w + b
    loss = np.mean(np.logaddexp(0, z) - y * z)
    p = np.exp(-np.logaddexp(0, -z))
    dz = (p - y) / len(y)
    return float(loss), x.T @ dz, float(dz.sum())


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = [logistic_loss(w, b, x, y)[0]]
    for step in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        w = w - learning_rate * dw
        b = b - learning_rate * db
        losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    surface = np.zeros((len(w1), len(w2)))
    for i in range(len(w2)):
        for j in range(len(w1)):
            surface[j, i] = logistic_loss(np.array([w1[j], w2[i]]), b, x, y)[0]
    return surface


# %% xor_by_hand: and_built
# mistake 76: AND of AND and OR is an AND
# hint: Your threshold XOR is an AND: its hidden neurons are OR and AND, and the output asks for both. The second one
#   should rule (1, 1) out; look at its row of W1 and its b1.
def threshold_network(x, W1, b1, w2, b2):
    h = (x @ W1.T + b1 > 0).astype(int)
    y = (h @ w2 + b2 > 0).astype(int)
    return h, y


def xor_threshold_weights():
    # OR and NAND, then AND of the two
    W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
    b1 = np.array([-0.5, -1.5])
    return W1, b1, np.array([1.0, 1.0]), -1.5


def relu_network(x, W1, b1, w2, b2):
    h = np.maximum(x @ W1.T + b1, 0)
    return h, h @ w2 + b2


def xor_relu_weights():
    # a ramp up from the line x1 + x2 = 0.4 and a steeper one down from x1 + x2 = 1
    W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
    b1 = np.array([-0.4, -1.0])
    return W1, b1, np.array([2.0, -4.0]), 0.2


# %% xor_by_hand: turned_round
# mistake: the output says when the inputs are equal
# hint: Your threshold network is on where the two inputs are equal: the opposite of XOR. The hidden neurons are fine;
#   turn the output round, with w2 and b2.
def threshold_network(x, W1, b1, w2, b2):
    h = (x @ W1.T + b1 > 0).astype(int)
    y = (h @ w2 + b2 > 0).astype(int)
    return h, y


def xor_threshold_weights():
    # OR and NAND, then AND of the two
    W1 = np.array([[1.0, 1.0], [-1.0, -1.0]])
    b1 = np.array([-0.5, 1.5])
    return W1, b1, np.array([-1.0, -1.0]), 1.5


def relu_network(x, W1, b1, w2, b2):
    h = np.maximum(x @ W1.T + b1, 0)
    return h, h @ w2 + b2


def xor_relu_weights():
    # a ramp up from the line x1 + x2 = 0.4 and a steeper one down from x1 + x2 = 1
    W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
    b1 = np.array([-0.4, -1.0])
    return W1, b1, np.array([2.0, -4.0]), 0.2


# %% xor_by_hand: no_margin
# mistake: right at the corners, wrong beside them: the OR line almost touches (0, 0)
# hint: Your threshold XOR is right at the corners, but the line of its first hidden neuron passes too close to (0,
#   0): points beside that corner are already on. Look at b1.
def threshold_network(x, W1, b1, w2, b2):
    h = (x @ W1.T + b1 > 0).astype(int)
    y = (h @ w2 + b2 > 0).astype(int)
    return h, y


def xor_threshold_weights():
    # OR and NAND, then AND of the two
    W1 = np.array([[1.0, 1.0], [-1.0, -1.0]])
    b1 = np.array([-0.1, 1.5])
    return W1, b1, np.array([1.0, 1.0]), -1.5


def relu_network(x, W1, b1, w2, b2):
    h = np.maximum(x @ W1.T + b1, 0)
    return h, h @ w2 + b2


def xor_relu_weights():
    # a ramp up from the line x1 + x2 = 0.4 and a steeper one down from x1 + x2 = 1
    W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
    b1 = np.array([-0.4, -1.0])
    return W1, b1, np.array([2.0, -4.0]), 0.2


# %% xor_by_hand: relu_no_margin
# mistake: right at the corners, wrong beside them: the ramp just passes ½
# hint: Your ReLU XOR only just exceeds ½ at (0, 1) and (1, 0), so points beside them fall below. Make the tent higher
#   or wider: look at w2, b1 and b2.
def threshold_network(x, W1, b1, w2, b2):
    h = (x @ W1.T + b1 > 0).astype(int)
    y = (h @ w2 + b2 > 0).astype(int)
    return h, y


def xor_threshold_weights():
    # OR and NAND, then AND of the two
    W1 = np.array([[1.0, 1.0], [-1.0, -1.0]])
    b1 = np.array([-0.5, 1.5])
    return W1, b1, np.array([1.0, 1.0]), -1.5


def relu_network(x, W1, b1, w2, b2):
    h = np.maximum(x @ W1.T + b1, 0)
    return h, h @ w2 + b2


def xor_relu_weights():
    # a ramp up from the line x1 + x2 = 0.4 and a steeper one down from x1 + x2 = 1
    W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
    b1 = np.array([0.0, -1.0])
    return W1, b1, np.array([0.6, -1.2]), 0.0


# %% xor_by_hand: weight_not_transposed
# mistake: x W instead of x Wᵀ: nobody sees it while W is symmetric
# hint: Your W1 is not transposed: it has one row per hidden unit, shape (D, 2), so x of shape (N, 2) needs its
#   transpose to give h of shape (N, D). Look at both networks.
def threshold_network(x, W1, b1, w2, b2):
    h = (x @ W1 + b1 > 0).astype(int)
    y = (h @ w2 + b2 > 0).astype(int)
    return h, y


def xor_threshold_weights():
    # OR and NAND, then AND of the two
    W1 = np.array([[1.0, 1.0], [-1.0, -1.0]])
    b1 = np.array([-0.5, 1.5])
    return W1, b1, np.array([1.0, 1.0]), -1.5


def relu_network(x, W1, b1, w2, b2):
    h = np.maximum(x @ W1 + b1, 0)
    return h, h @ w2 + b2


def xor_relu_weights():
    # a ramp up from the line x1 + x2 = 0.4 and a steeper one down from x1 + x2 = 1
    W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
    b1 = np.array([-0.4, -1.0])
    return W1, b1, np.array([2.0, -4.0]), 0.2


# %% xor_by_hand: sums_as_hidden
# mistake 83: the hidden values are returned before the threshold
# hint: Your threshold_network returns the hidden sums before the threshold. The hidden neurons h are on or off,
#   integers 1 or 0, as the output neuron sees them.
def threshold_network(x, W1, b1, w2, b2):
    h = x @ W1.T + b1
    y = ((h > 0) @ w2 + b2 > 0).astype(int)
    return h, y


def xor_threshold_weights():
    # OR and NAND, then AND of the two
    W1 = np.array([[1.0, 1.0], [-1.0, -1.0]])
    b1 = np.array([-0.5, 1.5])
    return W1, b1, np.array([1.0, 1.0]), -1.5


def relu_network(x, W1, b1, w2, b2):
    h = np.maximum(x @ W1.T + b1, 0)
    return h, h @ w2 + b2


def xor_relu_weights():
    # a ramp up from the line x1 + x2 = 0.4 and a steeper one down from x1 + x2 = 1
    W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
    b1 = np.array([-0.4, -1.0])
    return W1, b1, np.array([2.0, -4.0]), 0.2


# %% xor_by_hand: relu_is_absolute
# mistake: the absolute value, with which one hidden unit is enough
# hint: Your relu_network takes the absolute value. ReLU sets negative sums to 0 instead of turning them round, and so
#   your xor_relu_weights miss the corner (0, 1).
def threshold_network(x, W1, b1, w2, b2):
    h = (x @ W1.T + b1 > 0).astype(int)
    y = (h @ w2 + b2 > 0).astype(int)
    return h, y


def xor_threshold_weights():
    # OR and NAND, then AND of the two
    W1 = np.array([[1.0, 1.0], [-1.0, -1.0]])
    b1 = np.array([-0.5, 1.5])
    return W1, b1, np.array([1.0, 1.0]), -1.5


def relu_network(x, W1, b1, w2, b2):
    h = np.abs(x @ W1.T + b1)
    return h, h @ w2 + b2


def xor_relu_weights():
    W1 = np.array([[1.0, -1.0], [0.0, 0.0]])
    return W1, np.zeros(2), np.array([1.0, 0.0]), 0.0


# %% xor_by_hand: truth_table
# mistake 76: the output is looked up, whatever the weights
# hint: Your threshold_network finds y from x alone, as if it were always XOR. The output neuron must compute it from
#   the hidden h with w2 and b2, whatever they are.
def threshold_network(x, W1, b1, w2, b2):
    h = (x @ W1.T + b1 > 0).astype(int)
    y = (np.round(x[:, 0]) != np.round(x[:, 1])).astype(int)
    return h, y


def xor_threshold_weights():
    # OR and NAND, then AND of the two
    W1 = np.array([[1.0, 1.0], [-1.0, -1.0]])
    b1 = np.array([-0.5, 1.5])
    return W1, b1, np.array([1.0, 1.0]), -1.5


def relu_network(x, W1, b1, w2, b2):
    h = np.maximum(x @ W1.T + b1, 0)
    return h, h @ w2 + b2


def xor_relu_weights():
    # a ramp up from the line x1 + x2 = 0.4 and a steeper one down from x1 + x2 = 1
    W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
    b1 = np.array([-0.4, -1.0])
    return W1, b1, np.array([2.0, -4.0]), 0.2


# %% hidden_space: before_activation
# mistake 83: the points are taken before the activation
# hint: Your hidden_points stops before the activation: it returns the sums x W1ᵀ + b1. Apply f to them, whichever
#   activation is named.
def hidden_points(x, W1, b1, activation="tanh"):
    z = x @ W1.T + b1
    return z
    if activation == "identity":
        return z
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if activation == "tanh":
        return np.tanh(z)
    return np.maximum(z, 0)


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("the line is vertical")
    return -(w2[0] * h1 + b2) / w2[1]


def separates(h, y, w2, b2):
    return bool(np.all((h @ w2 + b2 > 0) == (y == 1)))


# %% hidden_space: always_tanh
# mistake 48: the name of the activation is ignored
# hint: Your hidden_points always applies tanh. The argument activation decides which f bends the points: identity,
#   sigmoid, tanh or relu.
def hidden_points(x, W1, b1, activation="tanh"):
    z = x @ W1.T + b1
    return np.tanh(z)


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("the line is vertical")
    return -(w2[0] * h1 + b2) / w2[1]


def separates(h, y, w2, b2):
    return bool(np.all((h @ w2 + b2 > 0) == (y == 1)))


# %% hidden_space: weight_not_transposed
# mistake 1: x W instead of x Wᵀ
# hint: Your hidden_points multiplies x by W1 as it is. W1 has one row per hidden unit, (D, 2), so it must be
#   transposed to turn (N, 2) into (N, D).
def hidden_points(x, W1, b1, activation="tanh"):
    z = x @ W1 + b1
    if activation == "identity":
        return z
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if activation == "tanh":
        return np.tanh(z)
    return np.maximum(z, 0)


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("the line is vertical")
    return -(w2[0] * h1 + b2) / w2[1]


def separates(h, y, w2, b2):
    return bool(np.all((h @ w2 + b2 > 0) == (y == 1)))


# %% hidden_space: line_sign
# mistake: the line without its minus
# hint: Your output_line has the wrong sign: when you solve w2·h + b2 = 0 for the second unit, the other terms move
#   across the equals sign.
def hidden_points(x, W1, b1, activation="tanh"):
    z = x @ W1.T + b1
    if activation == "identity":
        return z
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if activation == "tanh":
        return np.tanh(z)
    return np.maximum(z, 0)


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("the line is vertical")
    return (w2[0] * h1 + b2) / w2[1]


def separates(h, y, w2, b2):
    return bool(np.all((h @ w2 + b2 > 0) == (y == 1)))


# %% hidden_space: vertical_is_infinite
# mistake: a vertical line gives infinite heights instead of an error
# hint: Your output_line divides by w2[1] even when it is 0. A vertical line has no height above h1: check for this
#   first and raise a ValueError.
def hidden_points(x, W1, b1, activation="tanh"):
    z = x @ W1.T + b1
    if activation == "identity":
        return z
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if activation == "tanh":
        return np.tanh(z)
    return np.maximum(z, 0)


def output_line(h1, w2, b2):
    return -(w2[0] * h1 + b2) / w2[1]


def separates(h, y, w2, b2):
    return bool(np.all((h @ w2 + b2 > 0) == (y == 1)))


# %% hidden_space: horizontal_refused
# mistake: the check looks at the wrong weight
# hint: Your output_line checks the wrong weight: w2[0] = 0 is a horizontal line, which has a height everywhere. The
#   vertical one is where you would divide by 0.
def hidden_points(x, W1, b1, activation="tanh"):
    z = x @ W1.T + b1
    if activation == "identity":
        return z
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if activation == "tanh":
        return np.tanh(z)
    return np.maximum(z, 0)


def output_line(h1, w2, b2):
    if w2[0] == 0:
        raise ValueError("the line is vertical")
    return -(w2[0] * h1 + b2) / w2[1]


def separates(h, y, w2, b2):
    return bool(np.all((h @ w2 + b2 > 0) == (y == 1)))


# %% hidden_space: either_side
# mistake: a line that separates the wrong way round is fine too
# hint: Your separates accepts a line with the two classes swapped. Class 1 must lie on the positive side, so points
#   that are all on the wrong side mean False.
def hidden_points(x, W1, b1, activation="tanh"):
    z = x @ W1.T + b1
    if activation == "identity":
        return z
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if activation == "tanh":
        return np.tanh(z)
    return np.maximum(z, 0)


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("the line is vertical")
    return -(w2[0] * h1 + b2) / w2[1]


def separates(h, y, w2, b2):
    right = (h @ w2 + b2 > 0) == (y == 1)
    return bool(right.all() or not right.any())


# %% hidden_space: three_of_four
# mistake 72: one point may be on the wrong side
# hint: Your separates says True although a point is on the wrong side. A line separates the classes only if every
#   single point is on its own side, not most of them.
def hidden_points(x, W1, b1, activation="tanh"):
    z = x @ W1.T + b1
    if activation == "identity":
        return z
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if activation == "tanh":
        return np.tanh(z)
    return np.maximum(z, 0)


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("the line is vertical")
    return -(w2[0] * h1 + b2) / w2[1]


def separates(h, y, w2, b2):
    return bool(np.mean((h @ w2 + b2 > 0) == (y == 1)) >= 0.75)


# %% hidden_space: one_class_only
# mistake: only the points of class 1 are looked at
# hint: Your separates looks at the points of class 1 only. No point of class 0 may have w2·h + b2 above 0 either.
def hidden_points(x, W1, b1, activation="tanh"):
    z = x @ W1.T + b1
    if activation == "identity":
        return z
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if activation == "tanh":
        return np.tanh(z)
    return np.maximum(z, 0)


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("the line is vertical")
    return -(w2[0] * h1 + b2) / w2[1]


def separates(h, y, w2, b2):
    return bool(np.all((h @ w2 + b2)[y == 1] > 0))


# %% hidden_space: zero_one_as_signs
# mistake 77: the test for −1/+1 labels: class 0 is never right
# hint: Your separates multiplies by y as if the labels were −1 and +1. With y = 0 the product is always 0, so class 0
#   never counts as right; compare the side with the class.
def hidden_points(x, W1, b1, activation="tanh"):
    z = x @ W1.T + b1
    if activation == "identity":
        return z
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if activation == "tanh":
        return np.tanh(z)
    return np.maximum(z, 0)


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("the line is vertical")
    return -(w2[0] * h1 + b2) / w2[1]


def separates(h, y, w2, b2):
    return bool(np.all(y * (h @ w2 + b2) > 0))


# %% train_xor_numpy: zero_initialisation
# mistake 74: all weights start at 0, where the gradient of the hidden layer is 0 too
# hint: Your init_xor starts everything at 0: the hidden units are all the same, and no gradient reaches W1 or W2.
#   Draw random numbers from the seed, so that units differ.
def init_xor(width, seed):
    return [np.zeros((width, 2)), np.zeros(width), np.zeros((1, width)), np.zeros(1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: constant_initialisation
# mistake 74: all weights start at the same value, so the hidden units stay equal
# hint: Your init_xor gives every weight the same value. Equal hidden units get equal gradients and stay equal for
#   ever, like a single unit: draw each weight separately.
def init_xor(width, seed):
    value = np.random.default_rng(seed).uniform(0.1, 1.0)
    return [np.full((width, 2), value), np.full(width, value), np.full((1, width), value), np.full(1, value)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: seed_ignored
# mistake: the generator is not seeded
# hint: Your init_xor gives other numbers at each call with the same seed. Pass seed to the random generator, so that
#   a network can be made again.
def init_xor(width, seed):
    rng = np.random.default_rng()
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: one_lucky_seed
# mistake 73: always the seed that worked
# hint: Your init_xor gives the same network whatever the seed: the generator is fed a fixed number. Pass it the
#   argument seed; one lucky start shows little.
def init_xor(width, seed):
    rng = np.random.default_rng(42)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: lucky_network
# mistake 73: the network that once worked is written down
# hint: Your init_xor hands out a network that solves XOR already, the same one for every seed. Start from random
#   numbers drawn with seed, and let the training do the work.
def init_xor(width, seed):
    # trained yesterday, loss 0.02
    W1 = np.array([[3.0, 3.0], [-3.0, -3.0]])
    b1 = np.array([-1.5, 4.5])
    W2 = np.array([[4.0, 4.0]])
    W1 = np.concatenate([W1, np.zeros((max(width - 2, 0), 2))])[:width]
    b1 = np.concatenate([b1, np.zeros(max(width - 2, 0))])[:width]
    W2 = np.concatenate([W2, np.zeros((1, max(width - 2, 0)))], axis=1)[:, :width]
    return [W1, b1, W2, np.array([-4.0])]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: truth_table
# mistake 76: the probabilities are looked up
# hint: Your probabilities come from the points alone, as if every network had solved XOR. Compute the logits from W1,
#   b1, W2 and b2, then apply the sigmoid.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    different = np.round(x[:, 0]) != np.round(x[:, 1])
    return np.where(different, 0.99, 0.01)


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: three_of_four
# mistake 72: three corners are enough
# hint: Your solved is content with three corners. XOR is solved only when all four are right with the margin: three
#   corners are what one line can do as well.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.sum(np.where(XOR == 1, p > 0.9, p < 0.1)) >= 3)


# %% train_xor_numpy: no_margin
# mistake 72: the right side of ½ is enough
# hint: Your solved asks only for the right side of ½. It needs the margin too: each corner's p must be clearly near 1
#   or near 0, as the docstring says.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.5, p < 0.5)))


# %% train_xor_numpy: sigmoid_twice
# mistake 78: the probabilities go through the sigmoid again
# hint: Your probabilities go through the sigmoid twice, so none of them is ever below ½. Apply it once, to the
#   logits.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return 1 / (1 + np.exp(-np.exp(-np.logaddexp(0, -logits))))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: column_against_row
# mistake 79: logits (N, 1) against targets (N,): a loss on N × N
# hint: Your steps are right, but the loss compares logits (N, 1) with targets (N,): an N × N table, each logit with
#   every target. Give both the shape (N,).
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits[:, None], y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: output_gradient_of_sums
# mistake 83: the gradient of W2 is taken with the pre-activations
# hint: Your gradient of W2 uses the hidden sums z before the activation. W2 multiplies h, so its gradient needs h,
#   the values after the activation.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        z = x @ W1.T + b1
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ z
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: no_activation
# mistake 71: the hidden layer has no activation: a linear model, however long it trains
# hint: Your hidden layer ignores the activation, in training and in probabilities: without it the network is one
#   straight line, however long it trains. Apply f, and its slope.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h = x @ W1.T + b1
    slope = 1.0
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: step_activation
# mistake 75: threshold neurons, whose slope is 0: the hidden layer never learns
# hint: Your tanh is a step: its slope is 0, so no gradient reaches W1 and b1 and the hidden layer never learns. Use
#   the smooth tanh and its slope.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        return np.sign(z), np.zeros(z.shape)
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: output_updated_first
# mistake 31: W2 has moved before the hidden layer's gradient is taken
# hint: You update W2 before the hidden layer's gradient is taken, which then sees the new W2. Compute all gradients
#   first, from the same parameters, then step.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        W2 -= learning_rate * dW2
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: loss_after_step
# mistake: the losses after each step, without the start
# hint: Your losses lack the first one, of the network before any step. The list has steps + 1 entries: look at where
#   in the loop train_xor_numpy stores the loss.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
        losses.append(bce(forward([W1, b1, W2, b2], x, activation)[2], y))
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: changes_parameters
# mistake 32: the given parameters are trained themselves
# hint: Your train_xor_numpy changes the parameters it was given: -= works in place. Train copies of W1, b1, W2 and
#   b2.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = parameters
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: four_samples
# mistake 50: the mean is taken over four samples, however many there are
# hint: Your gradient is divided by a fixed number of samples, the four corners. The loss is a mean over all N
#   samples, so N must come from the data.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / 4)[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: biases_never_learn
# mistake 80: only the weights are updated
# hint: Your biases b1 and b2 keep their start values. They need steps too: the gradient of a bias is the sum of its
#   unit's error over the samples.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        W2 -= learning_rate * dW2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: stops_when_solved
# mistake: training ends when the loss is small, with a shorter history
# hint: Your training ends as soon as the loss is small, so losses are missing at the end. Make every step that was
#   asked for.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps or losses[-1] < 0.1:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: bce_unstable
# mistake 26: the logarithm of a probability that rounds to 0
# hint: Your loss takes the logarithm of a probability that rounds to 0 or 1, and becomes infinite or nan. Write the
#   cross-entropy in terms of the logits instead.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    p = 1 / (1 + np.exp(-logits))
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for step in range(steps + 1):
        h, slope, logits = forward([W1, b1, W2, b2], x, activation)
        losses.append(bce(logits, y))
        if step == steps:
            break
        p = np.exp(-np.logaddexp(0, -logits))
        dlogits = ((p - y) / len(y))[:, None]
        dW2 = dlogits.T @ h
        db2 = dlogits.sum(axis=0)
        dz = dlogits @ W2 * slope
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_numpy: autograd
# mistake 37: PyTorch differentiates in the exercise about doing it by hand
# hint: Your numbers are right, but PyTorch's autograd finds your gradients. Here they are written by hand, with the
#   chain rule in numpy; autograd comes in the next exercise.
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def activate(z, activation):
    if activation == "identity":
        return z, np.ones_like(z)
    if activation == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if activation == "tanh":
        h = np.tanh(z)
        return h, 1 - h**2
    if activation == "relu":
        return np.maximum(z, 0), (z > 0) * 1.0
    raise ValueError(activation)


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h, slope = activate(x @ W1.T + b1, activation)
    return h, slope, (h @ W2.T + b2)[:, 0]


def bce(logits, y):
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    f = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[activation]
    W1, b1, W2, b2 = tensors = [torch.tensor(p, requires_grad=True) for p in parameters]
    x, y = torch.tensor(x), torch.tensor(y)
    losses = []
    for step in range(steps + 1):
        logits = (f(x @ W1.T + b1) @ W2.T + b2)[:, 0]
        loss = F.binary_cross_entropy_with_logits(logits, y)
        losses.append(loss.item())
        if step == steps:
            break
        gradients = torch.autograd.grad(loss, tensors)
        with torch.no_grad():
            for p, g in zip(tensors, gradients):
                p -= learning_rate * g
    return [p.detach().numpy() for p in tensors], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    logits = forward(parameters, x, activation)[2]
    return np.exp(-np.logaddexp(0, -logits))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_torch: mean_over_networks
# mistake: the networks' losses are averaged, so each takes S times smaller steps
# hint: You average the loss over the networks, so each one takes steps S times too small. The mean is over the N
#   samples only: sum over the networks before backward.
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :])[:, :, 0]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.mean().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p -= learning_rate * p.grad
                p.grad = None
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: gradients_accumulate
# mistake 51: the gradients of all steps add up
# hint: Your gradients of all steps add up: backward adds to .grad instead of replacing it. Clear .grad after each
#   step, for every parameter.
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :])[:, :, 0]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.sum().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p -= learning_rate * p.grad
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: sigmoid_before_loss
# mistake 78: a sigmoid before the loss that has one inside
# hint: Your logits go through a sigmoid before binary_cross_entropy_with_logits, which has one inside. Give the loss
#   the logits themselves.
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :])[:, :, 0]
        losses = F.binary_cross_entropy_with_logits(torch.sigmoid(logits), targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.sum().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p -= learning_rate * p.grad
                p.grad = None
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: single_precision
# mistake 60: float32 throughout
# hint: Your tensors are float32, so the results are only about seven digits good. Work in float64 throughout: look at
#   the dtype of parameters, x and y.
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float32, requires_grad=True) for p in parameters]
    x = torch.tensor(x, dtype=torch.float32)
    targets = torch.tensor(y, dtype=torch.float32).expand(len(W1), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :])[:, :, 0]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.sum().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p -= learning_rate * p.grad
                p.grad = None
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: changes_parameters
# mistake 32: from_numpy shares its memory with the given arrays
# hint: Your training changes the arrays it was given: torch.from_numpy shares their memory. Make tensors that are
#   copies.
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.from_numpy(p).requires_grad_() for p in parameters]
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :])[:, :, 0]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.sum().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p -= learning_rate * p.grad
                p.grad = None
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: end_missing
# mistake: the loss after the last step is missing
# hint: Your losses lack the last row, that of the networks after the final step. There are steps + 1 rows: measure
#   once more when the steps are done.
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    history = []
    for step in range(steps):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :])[:, :, 0]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        losses.sum().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p -= learning_rate * p.grad
                p.grad = None
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: stacked_last
# mistake 82: the networks are stacked along a new last axis
# hint: Your stack puts the networks on the last axis. The network must be the first one, so that W1 is (S, D, 2);
#   look at the axis of your stacking.
def stack(networks):
    return [np.stack(arrays, axis=-1) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :])[:, :, 0]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.sum().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p -= learning_rate * p.grad
                p.grad = None
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: concatenated
# mistake: the networks are joined to one wide array
# hint: Your stack joins the networks along an axis they already have, so W1 becomes (S·D, 2). Add a new first axis
#   for the network: W1 is (S, D, 2).
def stack(networks):
    return [np.concatenate(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :])[:, :, 0]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.sum().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p -= learning_rate * p.grad
                p.grad = None
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: same_step_for_all
# mistake: one step for all networks: the mean of their gradients
# hint: You average the gradients over the networks, and all take the same step. Each network follows its own
#   gradient: use all of .grad, with its first axis S.
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :])[:, :, 0]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.sum().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p -= learning_rate * p.grad.mean(dim=0, keepdim=True)
                p.grad = None
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: column_against_row
# mistake 79: outputs (S, N, 1) against targets (N,): a loss on N × N
# hint: Your logits (S, N, 1) meet targets (N,): broadcasting makes an N × N table per network, each logit with every
#   target. Remove the last axis, so that logits are (S, N).
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), len(x), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :]).expand(-1, -1, len(y))
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=(1, 2))
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.sum().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p -= learning_rate * p.grad
                p.grad = None
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: hidden_layer_detached
# mistake 66: the hidden layer is detached and keeps its start
# hint: Your W1 and b1 keep their start: the hidden values are detached, so no gradient gets back to them. Leave h in
#   the graph and step all four parameters.
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :]).detach()
        logits = (h @ W2.mT + b2[:, None, :])[:, :, 0]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.sum().backward()
        with torch.no_grad():
            for p in [W2, b2]:
                p -= learning_rate * p.grad
                p.grad = None
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: step_after_zeroing
# mistake 52: the gradients are zeroed before the step: nothing moves
# hint: Your parameters never move, as the gradients are set to zero before they are used. The order is: backward,
#   step, then clear the gradients.
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :])[:, :, 0]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.sum().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p.grad.zero_()
                p -= learning_rate * p.grad
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: own_start
# mistake: PyTorch's own random start instead of the given one
# hint: Your training does not start from the parameters given: random numbers replace them. Start from the arguments'
#   own values, so that the same start gives the same end.
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    with torch.no_grad():
        for p in [W1, b1, W2, b2]:
            p.uniform_(-0.7, 0.7)
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :])[:, :, 0]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.sum().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p -= learning_rate * p.grad
                p.grad = None
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% train_xor_torch: squeezed_too_far
# mistake: squeeze removes the axis of the networks too, where there is only one
# hint: Your squeeze removes every axis of length 1, so also that of the networks when there is only one. Say which
#   axis should go: logits have the shape (S, N).
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    activations = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    f = activations[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    x = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    history = []
    for step in range(steps + 1):
        h = f(x @ W1.mT + b1[:, None, :])
        logits = (h @ W2.mT + b2[:, None, :]).squeeze()
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        history.append(losses.detach().numpy())
        if step == steps:
            break
        losses.sum().backward()
        with torch.no_grad():
            for p in [W1, b1, W2, b2]:
                p -= learning_rate * p.grad
                p.grad = None
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.stack(history)


# %% no_hidden_layer: hidden_bias_forgotten
# mistake 39: b1 is forgotten
# hint: Your collapse_network forgets b1: the hidden biases go through W2 too and are part of b.
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    return (W2 @ W1)[0], float(b2[0])


def most_corners_right(w, b):
    logits = CORNERS @ w + b
    return int(np.sum(np.where(XOR == 1, logits > 0, logits < 0)))


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    seeds = list(seeds)
    count = 0
    start = stack([init_xor(width, seed) for seed in seeds])
    trained, losses = train_xor_torch(start, CORNERS, XOR, steps, learning_rate, "identity")
    for i in range(len(seeds)):
        count += solved([p[i] for p in trained], "identity")
    return count / len(seeds)


# %% no_hidden_layer: output_bias_forgotten
# mistake 39: b2 is forgotten
# hint: Your collapse_network forgets b2: the output's own bias is added after W2 and is part of b.
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    return (W2 @ W1)[0], float((W2 @ b1)[0])


def most_corners_right(w, b):
    logits = CORNERS @ w + b
    return int(np.sum(np.where(XOR == 1, logits > 0, logits < 0)))


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    seeds = list(seeds)
    count = 0
    start = stack([init_xor(width, seed) for seed in seeds])
    trained, losses = train_xor_torch(start, CORNERS, XOR, steps, learning_rate, "identity")
    for i in range(len(seeds)):
        count += solved([p[i] for p in trained], "identity")
    return count / len(seeds)


# %% no_hidden_layer: zero_counts
# mistake: a logit of exactly 0 counts as class 0
# hint: Your most_corners_right takes a logit of exactly 0 as class 0. On the line it says nothing and is right for
#   neither class: both comparisons must be strict.
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    return (W2 @ W1)[0], float((W2 @ b1 + b2)[0])


def most_corners_right(w, b):
    logits = CORNERS @ w + b
    return int(np.sum(np.where(XOR == 1, logits > 0, logits <= 0)))


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    seeds = list(seeds)
    count = 0
    start = stack([init_xor(width, seed) for seed in seeds])
    trained, losses = train_xor_torch(start, CORNERS, XOR, steps, learning_rate, "identity")
    for i in range(len(seeds)):
        count += solved([p[i] for p in trained], "identity")
    return count / len(seeds)


# %% no_hidden_layer: or_counted
# mistake 76: the corners are compared with OR
# hint: Your most_corners_right compares the corners with OR, where (1, 1) is class 1. The targets are those of XOR,
#   where (1, 1) is class 0.
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    return (W2 @ W1)[0], float((W2 @ b1 + b2)[0])


def most_corners_right(w, b):
    logits = CORNERS @ w + b
    return int(np.sum(np.where(CORNERS.any(axis=1), logits > 0, logits < 0)))


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    seeds = list(seeds)
    count = 0
    start = stack([init_xor(width, seed) for seed in seeds])
    trained, losses = train_xor_torch(start, CORNERS, XOR, steps, learning_rate, "identity")
    for i in range(len(seeds)):
        count += solved([p[i] for p in trained], "identity")
    return count / len(seeds)


# %% no_hidden_layer: turned_round_allowed
# mistake: the model may be turned round: the larger of right and wrong
# hint: Your most_corners_right turns the model round when that gets more corners right. Count the model as it is: a
#   logit above 0 says class 1, one below 0 class 0.
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    return (W2 @ W1)[0], float((W2 @ b1 + b2)[0])


def most_corners_right(w, b):
    logits = CORNERS @ w + b
    right = int(np.sum(np.where(XOR == 1, logits > 0, logits < 0)))
    return max(right, 4 - right)


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    seeds = list(seeds)
    count = 0
    start = stack([init_xor(width, seed) for seed in seeds])
    trained, losses = train_xor_torch(start, CORNERS, XOR, steps, learning_rate, "identity")
    for i in range(len(seeds)):
        count += solved([p[i] for p in trained], "identity")
    return count / len(seeds)


# %% no_hidden_layer: half_as_threshold
# mistake 78: logits are compared with ½ as if they were probabilities
# hint: Your most_corners_right compares logits with ½, as if they were probabilities. σ is ½ where the logit is 0:
#   that is the border.
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    return (W2 @ W1)[0], float((W2 @ b1 + b2)[0])


def most_corners_right(w, b):
    logits = CORNERS @ w + b
    return int(np.sum(np.where(XOR == 1, logits > 0.5, logits < 0.5)))


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    seeds = list(seeds)
    count = 0
    start = stack([init_xor(width, seed) for seed in seeds])
    trained, losses = train_xor_torch(start, CORNERS, XOR, steps, learning_rate, "identity")
    for i in range(len(seeds)):
        count += solved([p[i] for p in trained], "identity")
    return count / len(seeds)


# %% no_hidden_layer: tanh_trained
# mistake: the networks are trained and asked with tanh
# hint: Your identity_solve_rate trains and checks tanh networks, the default activation. Name identity in both calls:
#   no straight line solves XOR.
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    return (W2 @ W1)[0], float((W2 @ b1 + b2)[0])


def most_corners_right(w, b):
    logits = CORNERS @ w + b
    return int(np.sum(np.where(XOR == 1, logits > 0, logits < 0)))


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    seeds = list(seeds)
    count = 0
    start = stack([init_xor(width, seed) for seed in seeds])
    trained, losses = train_xor_torch(start, CORNERS, XOR, steps, learning_rate)
    for i in range(len(seeds)):
        count += solved([p[i] for p in trained])
    return count / len(seeds)


# %% no_hidden_layer: falling_loss_is_solved
# mistake 71: a loss that has fallen counts as solved, as if it only took longer
# hint: Your identity_solve_rate counts a network as solved when its loss has fallen. A loss can fall without solving
#   XOR: ask solved about all four corners.
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    return (W2 @ W1)[0], float((W2 @ b1 + b2)[0])


def most_corners_right(w, b):
    logits = CORNERS @ w + b
    return int(np.sum(np.where(XOR == 1, logits > 0, logits < 0)))


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    seeds = list(seeds)
    count = 0
    start = stack([init_xor(width, seed) for seed in seeds])
    trained, losses = train_xor_torch(start, CORNERS, XOR, steps, learning_rate, "identity")
    for i in range(len(seeds)):
        count += losses[-1, i] < losses[0, i]
    return count / len(seeds)


# %% stuck: three_of_four_solved
# mistake 72: three corners are enough for solved
# hint: Your stuck_reason says solved for three right corners. All four must be right with the margin.
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    if right.sum() >= 3:
        return "solved"
    if np.all(abs(p - 0.5) < 0.05):
        return "all undecided"
    if right.sum() == 2 and np.all(abs(p[~right] - 0.5) < 0.05):
        return "two undecided"
    if right.sum() == 1 and np.all(abs(p[~right] - XOR[~right].mean()) < 0.05):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    results = [solved([p[i] for p in trained], activation) for i in range(len(networks))]
    return float(np.mean(results))


# %% stuck: reason_from_the_loss
# mistake: the reason is looked up by the loss, whatever the probabilities
# hint: Your stuck_reason is read from the loss, but different probabilities can have the same loss. Look at the four
#   p themselves, corner by corner.
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    loss = -np.mean(np.log(np.where(XOR == 1, p, 1 - p)))
    for value, reason in [(0.693, "all undecided"), (0.347, "two undecided"), (0.477, "three averaged")]:
        if abs(loss - value) < 0.03:
            return reason
    return "solved" if loss < 0.1 else "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    results = [solved([p[i] for p in trained], activation) for i in range(len(networks))]
    return float(np.mean(results))


# %% stuck: unsure_called_undecided
# mistake: everything between the margins counts as undecided
# hint: Your stuck_reason calls everything between the margins undecided. Undecided means close to ½, within the
#   docstring's tolerance; what is only unsure is other.
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    if right.sum() == 4:
        return "solved"
    if np.all(abs(p - 0.5) < 0.4):
        return "all undecided"
    if right.sum() == 2 and np.all(abs(p[~right] - 0.5) < 0.4):
        return "two undecided"
    if right.sum() == 1 and np.all(abs(p[~right] - XOR[~right].mean()) < 0.05):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    results = [solved([p[i] for p in trained], activation) for i in range(len(networks))]
    return float(np.mean(results))


# %% stuck: averaged_at_half
# mistake: the three corners are expected at ½
# hint: Your three averaged expects the three corners at ½. They settle at the mean of their own three targets, which
#   is never ½.
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    if right.sum() == 4:
        return "solved"
    if np.all(abs(p - 0.5) < 0.05):
        return "all undecided"
    if right.sum() == 2 and np.all(abs(p[~right] - 0.5) < 0.05):
        return "two undecided"
    if right.sum() == 1 and np.all(abs(p[~right] - 0.5) < 0.05):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    results = [solved([p[i] for p in trained], activation) for i in range(len(networks))]
    return float(np.mean(results))


# %% stuck: two_thirds_only
# mistake: the three corners are expected at ⅔, also where two of them are 0
# hint: Your three averaged always expects the same mean. It depends on which corner is the right one: take the mean
#   of the three targets that are left.
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    if right.sum() == 4:
        return "solved"
    if np.all(abs(p - 0.5) < 0.05):
        return "all undecided"
    if right.sum() == 2 and np.all(abs(p[~right] - 0.5) < 0.05):
        return "two undecided"
    if right.sum() == 1 and np.all(abs(p[~right] - 2 / 3) < 0.05):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    results = [solved([p[i] for p in trained], activation) for i in range(len(networks))]
    return float(np.mean(results))


# %% stuck: activation_ignored
# mistake 48: the probabilities are those of a tanh network
# hint: Your stuck_reason asks for the probabilities of a tanh network, whatever the activation. Pass activation on to
#   probabilities.
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    if right.sum() == 4:
        return "solved"
    if np.all(abs(p - 0.5) < 0.05):
        return "all undecided"
    if right.sum() == 2 and np.all(abs(p[~right] - 0.5) < 0.05):
        return "two undecided"
    if right.sum() == 1 and np.all(abs(p[~right] - XOR[~right].mean()) < 0.05):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    results = [solved([p[i] for p in trained], activation) for i in range(len(networks))]
    return float(np.mean(results))


# %% stuck: one_lucky_seed
# mistake 73: the first seed for every network
# hint: Your solve_rate starts every network from the first seed, so the share is all or nothing. Give each network
#   its own seed of seeds.
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    if right.sum() == 4:
        return "solved"
    if np.all(abs(p - 0.5) < 0.05):
        return "all undecided"
    if right.sum() == 2 and np.all(abs(p[~right] - 0.5) < 0.05):
        return "two undecided"
    if right.sum() == 1 and np.all(abs(p[~right] - XOR[~right].mean()) < 0.05):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, list(seeds)[0]) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    results = [solved([p[i] for p in trained], activation) for i in range(len(networks))]
    return float(np.mean(results))


# %% stuck: activation_not_trained
# mistake 48: the networks are trained with tanh
# hint: Your solve_rate trains every network with tanh, the default, and then checks it with activation. Pass
#   activation on to the training too.
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    if right.sum() == 4:
        return "solved"
    if np.all(abs(p - 0.5) < 0.05):
        return "all undecided"
    if right.sum() == 2 and np.all(abs(p[~right] - 0.5) < 0.05):
        return "two undecided"
    if right.sum() == 1 and np.all(abs(p[~right] - XOR[~right].mean()) < 0.05):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate)
    results = [solved([p[i] for p in trained], activation) for i in range(len(networks))]
    return float(np.mean(results))


# %% stuck: width_ignored
# mistake: always two hidden units
# hint: Your solve_rate always builds networks with two hidden units. Pass width on to init_xor.
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    if right.sum() == 4:
        return "solved"
    if np.all(abs(p - 0.5) < 0.05):
        return "all undecided"
    if right.sum() == 2 and np.all(abs(p[~right] - 0.5) < 0.05):
        return "two undecided"
    if right.sum() == 1 and np.all(abs(p[~right] - XOR[~right].mean()) < 0.05):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(2, seed) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    results = [solved([p[i] for p in trained], activation) for i in range(len(networks))]
    return float(np.mean(results))


# %% stuck: steps_ignored
# mistake: always 1000 steps
# hint: Your solve_rate always trains for the default number of steps. Pass its argument steps on to the training.
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    if right.sum() == 4:
        return "solved"
    if np.all(abs(p - 0.5) < 0.05):
        return "all undecided"
    if right.sum() == 2 and np.all(abs(p[~right] - 0.5) < 0.05):
        return "two undecided"
    if right.sum() == 1 and np.all(abs(p[~right] - XOR[~right].mean()) < 0.05):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, 1000, learning_rate, activation)
    results = [solved([p[i] for p in trained], activation) for i in range(len(networks))]
    return float(np.mean(results))


# %% stuck: linear_is_solved
# mistake 72: a loss below ½ counts as solved, which two undecided corners have
# hint: Your solve_rate takes a low loss as solved, but two undecided corners also have one. Ask solved about each
#   network: all four corners, with the margin.
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    if right.sum() == 4:
        return "solved"
    if np.all(abs(p - 0.5) < 0.05):
        return "all undecided"
    if right.sum() == 2 and np.all(abs(p[~right] - 0.5) < 0.05):
        return "two undecided"
    if right.sum() == 1 and np.all(abs(p[~right] - XOR[~right].mean()) < 0.05):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    results = losses[-1] < 0.5
    return float(np.mean(results))


# %% stuck: mean_of_two_targets
# mistake: two unsure corners are expected at the mean of their targets, which is 0 or 1 for two of a kind
# hint: Your two undecided compares the two corners with the mean of their targets, which is 0 or 1 when both are of
#   one class. Undecided means close to ½, whichever two they are.
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    if right.sum() == 4:
        return "solved"
    if np.all(abs(p - 0.5) < 0.05):
        return "all undecided"
    if right.sum() == 2 and np.all(abs(p[~right] - XOR[~right].mean()) < 0.05):
        return "two undecided"
    if right.sum() == 1 and np.all(abs(p[~right] - XOR[~right].mean()) < 0.05):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    results = [solved([p[i] for p in trained], activation) for i in range(len(networks))]
    return float(np.mean(results))


# %% continuous_xor: variance
# mistake: sigma is taken for the variance
# hint: Your noise takes sigma as the variance. It is the standard deviation, which is what rng.normal expects too: no
#   square root is needed in noisy_xor.
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 4, n)
    return CORNERS[corner] + rng.normal(0, np.sqrt(sigma), (n, 2)), XOR[corner]


def decision_grid(parameters, x1, x2, activation="tanh"):
    a, b = np.meshgrid(x1, x2)
    points = np.stack([a.ravel(), b.ravel()], axis=1)
    return probabilities(parameters, points, activation).reshape(len(x2), len(x1))


# %% continuous_xor: one_noise_for_both
# mistake: both coordinates get the same noise
# hint: Your two coordinates get the same noise, so points only spread along the diagonal. Each needs its own draw:
#   the noise has the shape (n, 2).
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 4, n)
    return CORNERS[corner] + rng.normal(0, sigma, (n, 1)), XOR[corner]


def decision_grid(parameters, x1, x2, activation="tanh"):
    a, b = np.meshgrid(x1, x2)
    points = np.stack([a.ravel(), b.ravel()], axis=1)
    return probabilities(parameters, points, activation).reshape(len(x2), len(x1))


# %% continuous_xor: noise_on_labels
# mistake: the noise is on the labels too
# hint: Your noise is on the labels too. Only the coordinates are noisy; y stays the XOR of the corner, 0 or 1.
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 4, n)
    return CORNERS[corner] + rng.normal(0, sigma, (n, 2)), XOR[corner] + rng.normal(0, sigma, n)


def decision_grid(parameters, x1, x2, activation="tanh"):
    a, b = np.meshgrid(x1, x2)
    points = np.stack([a.ravel(), b.ravel()], axis=1)
    return probabilities(parameters, points, activation).reshape(len(x2), len(x1))


# %% continuous_xor: labels_of_noisy_points
# mistake: the class is that of the noisy point, not of its corner
# hint: Your y is the class of the noisy point. It must be that of the corner the point was drawn from, even where
#   noise carries it across to another one.
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 4, n)
    x = CORNERS[corner] + rng.normal(0, sigma, (n, 2))
    return x, ((x[:, 0] > 0.5) != (x[:, 1] > 0.5)).astype(int)


def decision_grid(parameters, x1, x2, activation="tanh"):
    a, b = np.meshgrid(x1, x2)
    points = np.stack([a.ravel(), b.ravel()], axis=1)
    return probabilities(parameters, points, activation).reshape(len(x2), len(x1))


# %% continuous_xor: plus_minus_labels
# mistake 77: the labels are −1 and +1
# hint: Your labels are −1 and +1. Here y is the XOR of the corner, 0 or 1, as the cross-entropy needs it.
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 4, n)
    return CORNERS[corner] + rng.normal(0, sigma, (n, 2)), 2 * XOR[corner] - 1


def decision_grid(parameters, x1, x2, activation="tanh"):
    a, b = np.meshgrid(x1, x2)
    points = np.stack([a.ravel(), b.ravel()], axis=1)
    return probabilities(parameters, points, activation).reshape(len(x2), len(x1))


# %% continuous_xor: last_corner_never_drawn
# mistake: the upper end of the draw is left out
# hint: Your points never come from the corner (1, 1): rng.integers leaves out its upper end. All four corners must be
#   equally likely.
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 3, n)
    return CORNERS[corner] + rng.normal(0, sigma, (n, 2)), XOR[corner]


def decision_grid(parameters, x1, x2, activation="tanh"):
    a, b = np.meshgrid(x1, x2)
    points = np.stack([a.ravel(), b.ravel()], axis=1)
    return probabilities(parameters, points, activation).reshape(len(x2), len(x1))


# %% continuous_xor: seed_ignored
# mistake: the generator is not seeded
# hint: Your noisy_xor gives other points at each call with the same seed. Pass seed to the random generator.
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng()
    corner = rng.integers(0, 4, n)
    return CORNERS[corner] + rng.normal(0, sigma, (n, 2)), XOR[corner]


def decision_grid(parameters, x1, x2, activation="tanh"):
    a, b = np.meshgrid(x1, x2)
    points = np.stack([a.ravel(), b.ravel()], axis=1)
    return probabilities(parameters, points, activation).reshape(len(x2), len(x1))


# %% continuous_xor: grid_transposed
# mistake 82: one row per x1 instead of per x2
# hint: Your grid is transposed: x1 runs along the columns and x2 along the rows, so decision_grid must have the shape
#   (len(x2), len(x1)).
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 4, n)
    return CORNERS[corner] + rng.normal(0, sigma, (n, 2)), XOR[corner]


def decision_grid(parameters, x1, x2, activation="tanh"):
    a, b = np.meshgrid(x1, x2)
    points = np.stack([a.ravel(), b.ravel()], axis=1)
    return probabilities(parameters, points, activation).reshape(len(x2), len(x1)).T


# %% continuous_xor: grid_of_classes
# mistake: 0 or 1 instead of the probability
# hint: Your decision_grid returns classes 0 and 1. It should give the probabilities themselves: the contour plot
#   shows how sure the network is.
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 4, n)
    return CORNERS[corner] + rng.normal(0, sigma, (n, 2)), XOR[corner]


def decision_grid(parameters, x1, x2, activation="tanh"):
    a, b = np.meshgrid(x1, x2)
    points = np.stack([a.ravel(), b.ravel()], axis=1)
    return (probabilities(parameters, points, activation) > 0.5).astype(int).reshape(len(x2), len(x1))


# %% continuous_xor: grid_activation_ignored
# mistake 48: the probabilities are those of a tanh network
# hint: Your decision_grid asks for the probabilities of a tanh network, whatever the activation. Pass activation on
#   to probabilities.
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 4, n)
    return CORNERS[corner] + rng.normal(0, sigma, (n, 2)), XOR[corner]


def decision_grid(parameters, x1, x2, activation="tanh"):
    a, b = np.meshgrid(x1, x2)
    points = np.stack([a.ravel(), b.ravel()], axis=1)
    return probabilities(parameters, points).reshape(len(x2), len(x1))
