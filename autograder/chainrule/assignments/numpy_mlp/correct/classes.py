"""A correct submission as classes: every block is an object that keeps what its backward needs."""

import numpy as np


# %% neuron
class Neurons:
    """Sigmoid neurons that share their inputs."""

    def __init__(self, weight, bias):
        self.weight = np.atleast_2d(weight)
        self.bias = np.atleast_1d(bias)

    def __call__(self, x):
        z = np.asarray(x) @ self.weight.T + self.bias
        return 1.0 / (1.0 + np.exp(-z))


def neuron(x, w, b):
    return float(Neurons(w, b)(x)[0])


def layer(x, weight, bias):
    return Neurons(weight, bias)(x)


def layer_batch(x, weight, bias):
    return Neurons(weight, bias)(x)


# %% activations
class Identity:
    def forward(self, z):
        self.z = np.asarray(z)
        return self.z.copy()

    def backward(self, da):
        return da * self.slope()

    def slope(self):
        return np.ones(self.z.shape)


class Sigmoid(Identity):
    def forward(self, z):
        self.z = np.asarray(z)
        small = np.exp(-np.abs(self.z))  # never above 1
        self.a = np.where(self.z >= 0, 1.0, small) / (1.0 + small)
        return self.a

    def slope(self):
        return self.a * (1.0 - self.a)


class Tanh(Identity):
    def forward(self, z):
        self.z = np.asarray(z)
        self.a = np.tanh(self.z)
        return self.a

    def slope(self):
        return 1.0 - self.a**2


class ReLU(Identity):
    def forward(self, z):
        self.z = np.asarray(z)
        return np.where(self.z > 0, self.z, 0)

    def slope(self):
        return np.where(self.z > 0, 1.0, 0.0)


def backward_of(block, da, z):
    block.forward(z)
    return block.backward(da)


def identity(z):
    return Identity().forward(z)


def sigmoid(z):
    return Sigmoid().forward(z)


def tanh(z):
    return Tanh().forward(z)


def relu(z):
    return ReLU().forward(z)


def identity_backward(da, z):
    return backward_of(Identity(), da, z)


def sigmoid_backward(da, z):
    return backward_of(Sigmoid(), da, z)


def tanh_backward(da, z):
    return backward_of(Tanh(), da, z)


def relu_backward(da, z):
    return backward_of(ReLU(), da, z)


# %% scalar_backprop
class ScalarNetwork:
    def __init__(self, w, theta, tanh):
        self.w, self.theta, self.tanh = w, theta, tanh

    def forward(self, x, target):
        self.x, self.target = x, target
        self.h = float(self.tanh(self.w * x))
        self.y = float(self.theta * self.h**2)
        self.loss = float((self.y - target) ** 2)

    def backward(self):
        self.dloss_dy = float(2 * (self.y - self.target))
        self.dloss_dtheta = float(self.dloss_dy * self.h**2)
        self.dloss_dh = float(self.dloss_dy * 2 * self.theta * self.h)
        dloss_dz = self.dloss_dh * (1 - self.h**2)
        self.dloss_dw = float(dloss_dz * self.x)
        self.dloss_dx = float(dloss_dz * self.w)


def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    net = ScalarNetwork(w, theta, tanh)
    net.forward(x, target)
    net.backward()
    keys = ("h", "y", "loss", "dloss_dy", "dloss_dtheta", "dloss_dh", "dloss_dw", "dloss_dx")
    return {key: getattr(net, key) for key in keys}


# %% linear_forward
class Linear:
    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias
        self.dweight = np.zeros(np.shape(weight))
        self.dbias = np.zeros(np.shape(weight)[0])

    def forward(self, x):
        self.x = x
        return x @ self.weight.T + self.bias

    def backward(self, dy):
        self.dweight = dy.T @ self.x
        self.dbias = dy.sum(axis=0)
        return dy @ self.weight

    def __repr__(self):
        return f"Linear({self.weight.shape[1]} -> {self.weight.shape[0]})"


def linear_forward(x, weight, bias):
    block = Linear(weight, bias)
    return block.forward(x), (block.x, block.weight)


# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache
    block = Linear(weight, bias=None)
    block.x = x
    dx = block.backward(dy)
    return dx, block.dweight, block.dbias


# %% losses
class Loss:
    """Compares two arrays of one shape; subclasses say how."""

    def __call__(self, prediction, target):
        prediction, target = np.asarray(prediction, float), np.asarray(target, float)
        if prediction.shape != target.shape:
            raise ValueError(f"{type(self).__name__}: {prediction.shape} against {target.shape}")
        return float(self.value(prediction, target)), self.slope(prediction, target)


class MSE(Loss):
    def value(self, p, t):
        return np.mean((p - t) ** 2)

    def slope(self, p, t):
        return 2 * (p - t) / p.size


class MAE(Loss):
    def value(self, p, t):
        return np.mean(np.abs(p - t))

    def slope(self, p, t):
        return np.sign(p - t) / p.size


class RMSE(MSE):
    def value(self, p, t):
        return np.sqrt(super().value(p, t))

    def slope(self, p, t):
        loss = self.value(p, t)
        return np.zeros(p.shape) if loss == 0 else super().slope(p, t) / (2 * loss)


class BinaryCrossEntropy(Loss):
    def value(self, z, t):
        return np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z))))

    def slope(self, z, t):
        return (Sigmoid().forward(z) - t) / z.size


class SoftmaxCrossEntropy:
    def __call__(self, logits, labels):
        logits, labels = np.asarray(logits, float), np.asarray(labels)
        n = logits.shape[0]
        if labels.shape != (n,):
            raise ValueError(f"labels are {labels.shape}, expected ({n},)")
        shifted = logits - np.max(logits, axis=1, keepdims=True)
        total = np.sum(np.exp(shifted), axis=1, keepdims=True)
        rows = np.arange(n)
        loss = np.mean(np.log(total[:, 0]) - shifted[rows, labels])
        gradient = np.exp(shifted) / total
        gradient[rows, labels] -= 1
        return float(loss), gradient / n


mse, mae, rmse = MSE(), MAE(), RMSE()
binary_cross_entropy = BinaryCrossEntropy()
softmax_cross_entropy = SoftmaxCrossEntropy()


# %% numerical_gradient
class CentralDifference:
    def __init__(self, f, eps):
        self.f, self.eps = f, eps

    def at(self, x, index):
        step = np.zeros(x.shape)
        step[index] = self.eps
        return (self.f(x + step) - self.f(x - step)) / (2 * self.eps)


def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    slope = CentralDifference(f, eps)
    result = np.empty(x.shape)
    for index in np.ndindex(*x.shape):
        result[index] = slope.at(x, index)
    return result


def relative_error(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    largest = max(abs(a).max() + abs(b).max(), 1e-12)
    return float(abs(a - b).max() / largest)


# %% mlp
class MLP:
    BLOCKS = {"identity": Identity, "sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU}

    def __init__(self, widths, activation="relu", seed=0):
        if activation not in self.BLOCKS:
            raise ValueError(f"no such activation: {activation}")
        if len(widths) < 2:
            raise ValueError("widths needs inputs and outputs")
        generator = np.random.default_rng(seed)
        self.layers = []
        for n_in, n_out in zip(widths, widths[1:]):
            if self.layers:
                self.layers.append(self.BLOCKS[activation]())
            limit = 1 / np.sqrt(n_in)
            self.layers.append(
                Linear(generator.uniform(-limit, limit, (n_out, n_in)), generator.uniform(-limit, limit, n_out))
            )

    @property
    def linears(self):
        return [block for block in self.layers if isinstance(block, Linear)]

    def forward(self, x):
        for block in self.layers:
            x = block.forward(x)
        return x

    def backward(self, dy):
        for block in reversed(self.layers):
            dy = block.backward(dy)
        return dy

    def parameters(self):
        return [p for block in self.linears for p in (block.weight, block.bias)]

    def gradients(self):
        return [g for block in self.linears for g in (block.dweight, block.dbias)]

    def count_parameters(self):
        return int(sum(block.weight.size + block.bias.size for block in self.linears))

    def __repr__(self):
        return "MLP(" + ", ".join(map(repr, self.linears)) + ")"


# %% collapse
class Affine:
    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias

    def then(self, other):
        return Affine(other.weight @ self.weight, other.weight @ self.bias + other.bias)


def collapse(weights, biases):
    first, *rest = (Affine(w, b) for w, b in zip(weights, biases))
    for following in rest:
        first = first.then(following)
    return first.weight, first.bias


# %% shallow_joints
class Shallow:
    def __init__(self, theta, phi):
        self.theta = np.asarray(theta, float)
        self.phi = np.asarray(phi, float)

    def stages(self, x):
        pre = self.theta[:, 0] + np.asarray(x, float)[:, np.newaxis] * self.theta[:, 1]
        act = ReLU().forward(pre)
        weighted = act * self.phi[1:]
        return pre, act, weighted, self.phi[0] + weighted.sum(axis=1)

    @property
    def joints(self):
        return np.array(sorted(-b / w for b, w in self.theta if w != 0))

    def slopes(self):
        """Far to the left the units with negative weight are on; each joint switches one on or off."""
        weights, phi = self.theta[:, 1], self.phi[1:]
        slope = float(np.sum((phi * weights)[weights < 0]))
        result = [slope]
        turning = [(-b / w, p * abs(w)) for (b, w), p in zip(self.theta, phi) if w != 0]
        for _, change in sorted(turning):
            slope += change
            result.append(slope)
        return np.array(result)


def shallow_stages(x, theta, phi):
    return Shallow(theta, phi).stages(x)


def shallow_joints(theta):
    return Shallow(theta, np.zeros(len(theta) + 1)).joints


def shallow_slopes(theta, phi):
    return Shallow(theta, phi).slopes()


# %% sgd
# as the reference
class SGD:
    def __init__(self, parameters, learning_rate):
        self.parameters, self.learning_rate = parameters, learning_rate

    def step(self, gradients):
        for parameter, gradient in zip(self.parameters, gradients):
            np.subtract(parameter, self.learning_rate * gradient, out=parameter)


class Batches:
    def __init__(self, n, batch_size):
        self.n, self.batch_size = n, batch_size

    def draw(self, rng):
        order = np.arange(self.n)
        rng.shuffle(order)
        return [order[i : i + self.batch_size] for i in range(0, self.n, self.batch_size)]


def sgd_step(parameters, gradients, learning_rate):
    SGD(parameters, learning_rate).step(gradients)


def minibatches(n, batch_size, rng):
    return Batches(n, batch_size).draw(rng)


# %% fit_curve
class Trainer:
    def __init__(self, model, x, y):
        self.model, self.x, self.y = model, x, y
        self.history = {"loss": [self.loss()], "learning_rate": []}

    def loss(self):
        return mse(self.model.forward(self.x), self.y)[0]

    def epoch(self, batches, learning_rate):
        optimizer = SGD(self.model.parameters(), learning_rate)
        for rows in batches:
            _, dy = mse(self.model.forward(self.x[rows]), self.y[rows])
            self.model.backward(dy)
            optimizer.step(self.model.gradients())
        self.history["learning_rate"].append(learning_rate)
        self.history["loss"].append(self.loss())


def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    trainer = Trainer(model, x, y)
    for epoch in range(epochs):
        trainer.epoch(minibatches(len(x), batch_size, rng), decayed_learning_rate(learning_rate, decay, epoch))
    return trainer.history


# %% lecture_errors
class LayerSize:
    def __init__(self, n_in, n_out):
        self.weights = n_in * n_out
        self.parameters = self.weights + n_out


def count_weights(widths):
    return sum(LayerSize(a, b).weights for a, b in zip(widths, widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    whole, rest = divmod(n_samples, batch_size)
    return whole if drop_last or rest == 0 else whole + 1


def gradient_step(w, gradient, learning_rate):
    new = np.array(w, dtype=float)
    SGD([new], learning_rate).step([gradient])
    return new


def count_deep_parameters(depth, width):
    return sum(LayerSize(width, width).parameters for _ in range(depth))


def binary_loss(p, y):
    p, y = np.asarray(p, float), np.asarray(y, float)
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta):
    theta = np.asarray(theta)
    return theta[:, 0], theta[:, 1]
