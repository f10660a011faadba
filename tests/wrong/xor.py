"""Wrong implementations of the exercises of `xor`, one mistake each, that the graders must fail.

A block `# %% <exercise>: <name>` replaces the whole answer of its exercise; all other exercises are right. The line
below the marker says what is wrong; the number is the mistake's number in the mistake bank, where it has one.
"""

import numpy as np
import torch
import torch.nn.functional as F


# %% threshold_neuron: fires_on_the_line
# mistake: a sum of exactly 0 fires as well
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


# %% perceptron: row_per_epoch
# mistake: one row per epoch hides the cycle
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
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 4, n)
    return CORNERS[corner] + rng.normal(0, sigma, (n, 2)), XOR[corner]


def decision_grid(parameters, x1, x2, activation="tanh"):
    a, b = np.meshgrid(x1, x2)
    points = np.stack([a.ravel(), b.ravel()], axis=1)
    return probabilities(parameters, points).reshape(len(x2), len(x1))
