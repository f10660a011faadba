"""Wrong implementations of the exercises of `pytorch_mlp`, one mistake each, that the graders must fail.

A block `# %% <exercise>: <name>` replaces the whole answer of its exercise; all other exercises are right. The line
below the marker says what is wrong; the number is the mistake's number in the mistake bank, where it has one.
"""

import copy
import math
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward: no_activation
# mistake 46: nothing but affine maps, no ReLU between them
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.matmul(x, w1.T) + b1
    h2 = torch.matmul(h1, w2.T) + b2
    return torch.matmul(h2, w3.T) + b3


# %% tensor_forward: activation_after_last
# mistake 47: ReLU after the last layer too
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    for w, b in ((w1, b1), (w2, b2), (w3, b3)):
        x = torch.relu(torch.matmul(x, w.T) + b)
    return x


# %% tensor_forward: square_weight_not_transposed
# mistake: W2 is not transposed, which its 3 × 3 hides
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.T) + b1)
    h2 = torch.relu(torch.matmul(h1, w2) + b2)
    return torch.matmul(h2, w3.T) + b3


# %% tensor_forward: detached
# mistake 66: the hidden layer is detached, so W1 and b1 get no gradient
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.T) + b1).detach()
    h2 = torch.relu(torch.matmul(h1, w2.T) + b2)
    return torch.matmul(h2, w3.T) + b3


# %% tensor_forward: flat_output
# mistake: the output is (N,) instead of (N, 1)
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.T) + b1)
    h2 = torch.relu(torch.matmul(h1, w2.T) + b2)
    return (torch.matmul(h2, w3.T) + b3).squeeze(1)


# %% tensor_forward: single_precision
# mistake 60: everything is cast to float32, float64 inputs too
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = [p.float() for p in parameters]
    h1 = torch.relu(torch.matmul(x.float(), w1.T) + b1)
    h2 = torch.relu(torch.matmul(h1, w2.T) + b2)
    return torch.matmul(h2, w3.T) + b3


# %% tensor_forward: transposed_in_place
# mistake: t_() turns the caller's weights around for good
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.data.t_()) + b1)
    h2 = torch.relu(torch.matmul(h1, w2.data.t_()) + b2)
    return torch.matmul(h2, w3.data.t_()) + b3


# %% module: softmax_in_forward
# mistake 41: the model returns probabilities, cross-entropy takes the softmax again
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(activations[activation]())
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return torch.softmax(self.layers(x.flatten(1)), dim=1)


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: no_linear_between
# mistake 42: of several hidden layers only the first has a Linear, then come activations
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = [nn.Linear(widths[0], widths[1])]
        for _ in widths[2:]:
            layers.append(activations[activation]())
        if len(widths) > 2:
            layers.append(nn.Linear(widths[1], widths[-1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: layers_made_in_forward
# mistake 43: forward makes new layers each time, the model has no parameters
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        self.widths = widths
        self.activation = activations[activation]()

    def forward(self, x):
        x = x.flatten(1)
        for i in range(len(self.widths) - 1):
            if i > 0:
                x = self.activation(x)
            x = nn.Linear(self.widths[i], self.widths[i + 1])(x)
        return x


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: plain_list
# mistake 44: the layers are in a plain list, which nn.Module does not look into
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(activations[activation]())
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = layers

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers:
            x = layer(x)
        return x


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: no_super_init
# mistake 45: super().__init__() is not called
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(activations[activation]())
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: no_activation
# mistake 46: the activation is checked and then forgotten
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        self.layers = nn.Sequential(*[nn.Linear(a, b) for a, b in zip(widths, widths[1:])])

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: activation_after_last
# mistake 47: every Linear is followed by the activation, the last one too
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for a, b in zip(widths, widths[1:]):
            layers += [nn.Linear(a, b), activations[activation]()]
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: activation_ignored
# mistake 48: ReLU whatever is asked for
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(nn.ReLU())
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: squeezed
# mistake 49: squeeze takes the batch away too when it holds one image
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(activations[activation]())
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        if x.dim() > 2:
            x = x.squeeze().flatten(1)
        return self.layers(x)


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: batch_size_hard_coded
# mistake 50: the batch is expected to have 128 images
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(activations[activation]())
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        if x.dim() > 2:
            x = x.view(128, -1)
        return self.layers(x)


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: detached
# mistake 66: the input of the output layer is detached, hidden layers do not learn
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(activations[activation]())
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        *hidden, output = self.layers
        x = x.flatten(1)
        for layer in hidden:
            x = layer(x)
        return output(x.data)


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: no_bias
# mistake 39: layers without biases
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(activations[activation]())
            layers.append(nn.Linear(widths[i], widths[i + 1], bias=False))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: constant_initialisation
# mistake 33: all weights start at 0.01, so all hidden units stay equal
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(activations[activation]())
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = nn.Sequential(*layers)
        for p in self.parameters():
            nn.init.constant_(p, 0.01)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: unknown_activation_accepted
# mistake: an unknown activation becomes ReLU without a word
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2:
            raise ValueError("too few widths")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(activations.get(activation, nn.ReLU)())
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: layers_shared
# mistake: layers of equal widths are one and the same Linear
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        linear = {}
        layers = []
        for i, pair in enumerate(zip(widths, widths[1:])):
            if i > 0:
                layers.append(activations[activation]())
            if pair not in linear:
                linear[pair] = nn.Linear(*pair)
            layers.append(linear[pair])
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: layers_shared_by_networks
# mistake 17: layers are remembered in the class, networks of equal widths share them
class MLP(nn.Module):
    made = {}

    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i, pair in enumerate(zip(widths, widths[1:])):
            if i > 0:
                layers.append(activations[activation]())
            key = (i, *pair)
            if key not in self.made:
                self.made[key] = nn.Linear(*pair)
            layers.append(self.made[key])
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: built_backwards
# mistake: the layers are registered from the last to the first
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        self.n = len(widths) - 1
        for i in reversed(range(self.n)):
            self.add_module(f"linear{i}", nn.Linear(widths[i], widths[i + 1]))
        self.activation = activations[activation]()

    def forward(self, x):
        x = x.flatten(1)
        for i in range(self.n):
            if i > 0:
                x = self.activation(x)
            x = getattr(self, f"linear{i}")(x)
        return x


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: frozen_counted
# mistake: parameters that do not learn are counted too
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(activations[activation]())
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters())


# %% autograd_parity: new_parameters
# mistake 32: new Parameter objects, an optimizer made earlier knows the old ones
def load_weights(model, arrays):
    params = list(model.parameters())
    if len(params) != len(arrays):
        raise ValueError("wrong number of arrays")
    for p, a in zip(params, arrays):
        if tuple(p.shape) != a.shape:
            raise ValueError(f"shape {a.shape} instead of {tuple(p.shape)}")
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    for layer, w, b in zip(layers, arrays[::2], arrays[1::2]):
        layer.weight = nn.Parameter(torch.tensor(w, dtype=layer.weight.dtype))
        layer.bias = nn.Parameter(torch.tensor(b, dtype=layer.bias.dtype))


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    return y.detach().numpy(), x.grad.numpy(), [p.grad.clone().numpy() for p in model.parameters()]


# %% autograd_parity: shares_memory
# mistake 19: the parameters lie on the arrays' memory and follow their changes
def load_weights(model, arrays):
    params = list(model.parameters())
    if len(params) != len(arrays):
        raise ValueError("wrong number of arrays")
    for p, a in zip(params, arrays):
        if tuple(p.shape) != a.shape:
            raise ValueError(f"shape {a.shape} instead of {tuple(p.shape)}")
    for p, a in zip(params, arrays):
        p.data = torch.from_numpy(a).to(p.dtype)


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    return y.detach().numpy(), x.grad.numpy(), [p.grad.clone().numpy() for p in model.parameters()]


# %% autograd_parity: dtype_of_the_arrays
# mistake 60: the model takes over the arrays' dtype
def load_weights(model, arrays):
    params = list(model.parameters())
    if len(params) != len(arrays):
        raise ValueError("wrong number of arrays")
    for p, a in zip(params, arrays):
        if tuple(p.shape) != a.shape:
            raise ValueError(f"shape {a.shape} instead of {tuple(p.shape)}")
    for p, a in zip(params, arrays):
        p.data = torch.tensor(a)


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    return y.detach().numpy(), x.grad.numpy(), [p.grad.clone().numpy() for p in model.parameters()]


# %% autograd_parity: no_longer_trainable
# mistake: requires_grad is switched off for the copying and not on again
def load_weights(model, arrays):
    params = list(model.parameters())
    if len(params) != len(arrays):
        raise ValueError("wrong number of arrays")
    for p, a in zip(params, arrays):
        if tuple(p.shape) != a.shape:
            raise ValueError(f"shape {a.shape} instead of {tuple(p.shape)}")
    for p, a in zip(params, arrays):
        p.requires_grad_(False)
        p.copy_(torch.tensor(a))


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    return y.detach().numpy(), x.grad.numpy(), [p.grad.clone().numpy() for p in model.parameters()]


# %% autograd_parity: shapes_not_checked
# mistake: shapes are not compared, so that broadcasting hides a wrong one
def load_weights(model, arrays):
    params = list(model.parameters())
    if len(params) != len(arrays):
        raise ValueError("wrong number of arrays")
    with torch.no_grad():
        for p, a in zip(params, arrays):
            p.copy_(torch.tensor(a))


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    return y.detach().numpy(), x.grad.numpy(), [p.grad.clone().numpy() for p in model.parameters()]


# %% autograd_parity: number_not_checked
# mistake: arrays that are missing or left over are passed by in silence
def load_weights(model, arrays):
    with torch.no_grad():
        for p, a in zip(model.parameters(), arrays):
            if tuple(p.shape) != a.shape:
                raise ValueError(f"shape {a.shape} instead of {tuple(p.shape)}")
            p.copy_(torch.tensor(a))


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    return y.detach().numpy(), x.grad.numpy(), [p.grad.clone().numpy() for p in model.parameters()]


# %% autograd_parity: gradients_accumulate
# mistake 16: without zero_grad a second call adds to the first
def load_weights(model, arrays):
    params = list(model.parameters())
    if len(params) != len(arrays):
        raise ValueError("wrong number of arrays")
    for p, a in zip(params, arrays):
        if tuple(p.shape) != a.shape:
            raise ValueError(f"shape {a.shape} instead of {tuple(p.shape)}")
    with torch.no_grad():
        for p, a in zip(params, arrays):
            p.copy_(torch.tensor(a))


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    return y.detach().numpy(), x.grad.numpy(), [p.grad.clone().numpy() for p in model.parameters()]


# %% autograd_parity: upstream_ignored
# mistake 7: the sum of the outputs is differentiated, dy is ignored
def load_weights(model, arrays):
    params = list(model.parameters())
    if len(params) != len(arrays):
        raise ValueError("wrong number of arrays")
    for p, a in zip(params, arrays):
        if tuple(p.shape) != a.shape:
            raise ValueError(f"shape {a.shape} instead of {tuple(p.shape)}")
    with torch.no_grad():
        for p, a in zip(params, arrays):
            p.copy_(torch.tensor(a))


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.sum().backward()
    return y.detach().numpy(), x.grad.numpy(), [p.grad.clone().numpy() for p in model.parameters()]


# %% autograd_parity: always_single_precision
# mistake 60: computed in float32 whatever the model's dtype
def load_weights(model, arrays):
    params = list(model.parameters())
    if len(params) != len(arrays):
        raise ValueError("wrong number of arrays")
    for p, a in zip(params, arrays):
        if tuple(p.shape) != a.shape:
            raise ValueError(f"shape {a.shape} instead of {tuple(p.shape)}")
    with torch.no_grad():
        for p, a in zip(params, arrays):
            p.copy_(torch.tensor(a))


def autograd_gradients(model, x, dy):
    model = copy.deepcopy(model).float()
    x = torch.tensor(x, dtype=torch.float32, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=torch.float32))
    return y.detach().numpy(), x.grad.numpy(), [p.grad.clone().numpy() for p in model.parameters()]


# %% autograd_parity: weights_then_biases
# mistake: the gradients of all weights come first, then those of the biases
def load_weights(model, arrays):
    params = list(model.parameters())
    if len(params) != len(arrays):
        raise ValueError("wrong number of arrays")
    for p, a in zip(params, arrays):
        if tuple(p.shape) != a.shape:
            raise ValueError(f"shape {a.shape} instead of {tuple(p.shape)}")
    with torch.no_grad():
        for p, a in zip(params, arrays):
            p.copy_(torch.tensor(a))


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    params = list(model.parameters())
    return y.detach().numpy(), x.grad.numpy(), [p.grad.clone().numpy() for p in params[0::2] + params[1::2]]


# %% data: statistics_not_scaled
# mistake: the statistics are those of the bytes 0…255
def statistics(images):
    pixels = images.float()
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: deviation_of_image_means
# mistake: the deviation of the images' means, not of all pixels
def statistics(images):
    means = (images.float() / 255).mean(dim=(1, 2))
    return means.mean().item(), means.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: normalise_without_255
# mistake: the pixels are not divided by 255
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: no_channel_axis
# mistake: (N, 28, 28), the axis of the channel is missing
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return (images.float() / 255 - mean) / std


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: parts_drawn_apart
# mistake 64: both parts are drawn by themselves and overlap
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    generator = torch.Generator().manual_seed(seed)
    train = torch.randperm(n, generator=generator)[: n - n_validation]
    validation = torch.randperm(n, generator=generator)[:n_validation]
    return train, validation


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: split_not_shuffled
# mistake 63: the last samples are the validation part, nothing is shuffled
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.arange(n)
    return order[: n - n_validation], order[n - n_validation :]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: split_seed_ignored
# mistake: every seed gives the same split
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: statistics_of_all_images
# mistake 65: the statistics are those of all images, validation included
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images)
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: each_part_its_own_statistics
# mistake 65: the validation part is normalised with its own statistics
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], *statistics(images[validation])),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: labels_keep_their_dtype
# mistake 60: the labels stay bytes
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train],
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation],
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: labels_not_split_alike
# mistake: the images are shuffled, the labels are cut in the old order
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[: len(train)].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[len(train) :].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: generator_not_used
# mistake: the order is drawn from the global generator
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: generator_reseeded
# mistake 63: the generator is seeded at each call, so that every epoch has the same order
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    if generator is not None:
        generator.manual_seed(0)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: last_batch_dropped
# mistake 36: the last partial batch is always left out
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: labels_not_shuffled
# mistake: the images are shuffled, their labels are not
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[start : start + batch_size]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: only_batches_shuffled
# mistake: the order of the batches is random, their content is not
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    starts = torch.arange(0, len(images), batch_size)
    if generator is not None:
        starts = starts[torch.randperm(len(starts), generator=generator)]
    for start in starts.tolist():
        x, y = images[start : start + batch_size], labels[start : start + batch_size]
        if len(x) == batch_size or not drop_last:
            yield x, y


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: steps_floor
# mistake 36: the last partial batch is not counted
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size


# %% train_step: no_zero_grad
# mistake 51: old gradients are not cleared
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: zero_grad_after_backward
# mistake 52: the gradients are cleared between backward and step
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: no_step
# mistake 53: gradients, but no step
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: own_optimizer
# mistake 54: a new optimizer at each step instead of the given one, so momentum is lost
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=optimizer.param_groups[0]["lr"])
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: softmax_before_cross_entropy
# mistake 41: cross-entropy of the softmax, which it takes once more itself
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(torch.softmax(logits, dim=1), labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: squared_error_of_one_hot
# mistake 60: mean squared error against one-hot floats
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.mse_loss(torch.softmax(logits, dim=1), F.one_hot(labels, logits.shape[1]).float())
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: sum_of_losses
# mistake: the sum over the batch instead of the mean
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels, reduction="sum")
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: loss_after_the_step
# mistake: loss and hits are those after the step
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: returns_tensors
# mistake 58: loss and hits are returned as tensors, the loss with its graph
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss, (logits.argmax(dim=1) == labels).sum()


# %% train_step: argmax_over_the_batch
# mistake 61: argmax along the samples
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), int((logits.argmax(dim=0) == labels[: logits.shape[1], None].flatten()[0]).sum())


# %% train_step: accuracy_for_a_count
# mistake: the share of hits instead of their number
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).float().mean().item()


# %% train_step: labels_not_moved
# mistake 62: only the images are moved
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images = images.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: device_from_the_machine
# mistake 62: moved to what the machine has, not to where the model is
def train_step(model, images, labels, optimizer):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: sets_train_mode
# mistake: switches the model to train mode
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    model.train()
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_epoch: mean_of_batch_means
# mistake 59: the mean of the batches' losses, whatever their sizes
def train_epoch(model, batches, optimizer):
    model.train()
    losses, correct, n = [], 0, 0
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        losses.append(loss)
        correct += right
        n += len(labels)
    return sum(losses) / len(losses), correct / n


# %% train_epoch: mean_of_batch_accuracies
# mistake 59: the mean of the batches' accuracies, whatever their sizes
def train_epoch(model, batches, optimizer):
    model.train()
    total, n, accuracies = 0.0, 0, []
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        n += len(labels)
        accuracies.append(right / len(labels))
    return total / n, sum(accuracies) / len(accuracies)


# %% train_epoch: size_of_the_first_batch
# mistake 50: every batch is counted with the size of the first
def train_epoch(model, batches, optimizer):
    model.train()
    total, correct, steps, batch_size = 0.0, 0, 0, None
    for images, labels in batches:
        if batch_size is None:
            batch_size = len(labels)
        loss, right = train_step(model, images, labels, optimizer)
        total += loss
        correct += right
        steps += 1
    return total / steps, correct / (steps * batch_size)


# %% train_epoch: no_train_mode
# mistake: a model that comes in eval mode stays in it
def train_epoch(model, batches, optimizer):
    total, correct, n = 0.0, 0, 0
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
        n += len(labels)
    return total / n, correct / n


# %% train_epoch: return_in_the_loop
# mistake: the return stands in the loop, only one batch is learned from
def train_epoch(model, batches, optimizer):
    model.train()
    total, correct, n = 0.0, 0, 0
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
        n += len(labels)
        return total / n, correct / n


# %% train_epoch: two_steps_per_batch
# mistake: train_step is called once for the loss and once more for the hits
def train_epoch(model, batches, optimizer):
    model.train()
    total, correct, n = 0.0, 0, 0
    for images, labels in batches:
        total += train_step(model, images, labels, optimizer)[0] * len(labels)
        correct += train_step(model, images, labels, optimizer)[1]
        n += len(labels)
    return total / n, correct / n


# %% train_epoch: percent
# mistake: the accuracy in percent
def train_epoch(model, batches, optimizer):
    model.train()
    total, correct, n = 0.0, 0, 0
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
        n += len(labels)
    return total / n, 100 * correct / n


# %% train_epoch: batches_indexed
# mistake: batches is taken for a list, a generator has no length
def train_epoch(model, batches, optimizer):
    model.train()
    total, correct, n = 0.0, 0, 0
    for i in range(len(batches)):
        images, labels = batches[i]
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
        n += len(labels)
    return total / n, correct / n


# %% evaluate: no_eval
# mistake 55: evaluated in the mode it came in
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            total += F.cross_entropy(logits, labels, reduction="sum").item()
            correct += (logits.argmax(dim=1) == labels).sum().item()
            n += len(labels)
    model.train(mode)
    return total / n, correct / n


# %% evaluate: left_in_eval_mode
# mistake 56: the model stays in eval mode
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            total += F.cross_entropy(logits, labels, reduction="sum").item()
            correct += (logits.argmax(dim=1) == labels).sum().item()
            n += len(labels)
    return total / n, correct / n


# %% evaluate: always_back_to_train_mode
# mistake 56: train mode afterwards, also for a model that came in eval mode
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            total += F.cross_entropy(logits, labels, reduction="sum").item()
            correct += (logits.argmax(dim=1) == labels).sum().item()
            n += len(labels)
    model.train()
    return total / n, correct / n


# %% evaluate: builds_graphs
# mistake 57: no torch.no_grad()
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    for images, labels in batches:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)
        total += F.cross_entropy(logits, labels, reduction="sum").item()
        correct += (logits.argmax(dim=1) == labels).sum().item()
        n += len(labels)
    model.train(mode)
    return total / n, correct / n


# %% evaluate: parameters_frozen
# mistake 57: the parameters are frozen for the evaluation and never thawed
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    for p in model.parameters():
        p.requires_grad_(False)
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            total += F.cross_entropy(logits, labels, reduction="sum").item()
            correct += (logits.argmax(dim=1) == labels).sum().item()
            n += len(labels)
    model.train(mode)
    return total / n, correct / n


# %% evaluate: mean_of_batch_means
# mistake 59: the mean of the batches' means
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    losses, accuracies = [], []
    with torch.no_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            losses.append(F.cross_entropy(logits, labels).item())
            accuracies.append((logits.argmax(dim=1) == labels).float().mean().item())
    model.train(mode)
    return sum(losses) / len(losses), sum(accuracies) / len(accuracies)


# %% evaluate: data_not_moved
# mistake 62: images and labels stay where they are
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            total += F.cross_entropy(logits, labels, reduction="sum").item()
            correct += (logits.argmax(dim=1) == labels).sum().item()
            n += len(labels)
    model.train(mode)
    return total / n, correct / n


# %% evaluate: return_in_the_loop
# mistake: the return stands in the loop, only the first batch counts
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            total += F.cross_entropy(logits, labels, reduction="sum").item()
            correct += (logits.argmax(dim=1) == labels).sum().item()
            n += len(labels)
            model.train(mode)
            return total / n, correct / n


# %% evaluate: returns_tensors
# mistake 58: sums of tensors, the results are tensors too
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            total += F.cross_entropy(logits, labels, reduction="sum")
            correct += (logits.argmax(dim=1) == labels).sum()
            n += len(labels)
    model.train(mode)
    return total / n, correct / n


# %% evaluate: gradients_switched_off
# mistake: gradients are switched off for good, nothing can be trained afterwards
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    torch.set_grad_enabled(False)
    if True:
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            total += F.cross_entropy(logits, labels, reduction="sum").item()
            correct += (logits.argmax(dim=1) == labels).sum().item()
            n += len(labels)
    model.train(mode)
    return total / n, correct / n


# %% train_mnist: optimizer_for_each_epoch
# mistake 54: a new optimizer in each epoch, Adam forgets its moments
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        optimizer = torch.optim.Adam(model.parameters(), lr=rate)
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: trains_a_copy
# mistake 53: a copy is trained and measured, the given network stays as it was
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    model = copy.deepcopy(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: decay_for_each_batch
# mistake 40: the rate decays after every batch
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = optimizer.param_groups[0]["lr"]
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        results = []
        for images, labels in batches:
            loss, accuracy = train_epoch(model, [(images, labels)], optimizer)
            results.append((loss, accuracy, len(labels)))
            optimizer.param_groups[0]["lr"] *= decay
        n = sum(result[2] for result in results)
        train = sum(r[0] * r[2] for r in results) / n, sum(r[1] * r[2] for r in results) / n
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: scheduler_before_the_optimizer
# mistake 70: the scheduler steps first, so the first epoch has a decayed rate already
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, decay)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        scheduler.step()
        rate = scheduler.get_last_lr()[0]
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: not_shuffled
# mistake 63: the training images come in the given order
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: generator_for_each_epoch
# mistake 63: the generator is made anew in each epoch, so the order is always the same
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        generator = torch.Generator().manual_seed(seed)
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: learns_from_validation_too
# mistake 64: the validation images are among those learned from
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        images = torch.cat([data["train_images"], data["validation_images"]])
        labels = torch.cat([data["train_labels"], data["validation_labels"]])
        batches = minibatches(images, labels, batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: validation_before_the_epoch
# mistake: validated before the epoch, so that the last one is never seen
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: one_epoch_less
# mistake: counted from 1 to epochs − 1, one epoch is missing
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(1, epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: history_of_tensors
# mistake 58: the history holds tensors
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(torch.tensor(value))
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: validation_under_the_training_tag
# mistake 68: the validation's scalars go to the tags of the training
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/train", "accuracy/train", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: steps_from_zero
# mistake: the scalars' steps start at 0
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: always_writes
# mistake: without a log_dir the writer makes a folder of its own
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir)
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: probabilities_from_now_on
# mistake 41: after the training the network is made to give probabilities instead of logits
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    model.register_forward_hook(lambda module, inputs, logits: logits.softmax(dim=1))
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: matrix_transposed
# mistake: rows are the predicted classes
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[guess, true] += 1
    model.train(mode)
    return matrix


# %% train_mnist: matrix_of_the_last_batch
# mistake: the counts start anew with each batch
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    with torch.no_grad():
        for images, labels in batches:
            matrix = torch.zeros(classes, classes, dtype=torch.int64)
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: matrix_with_graphs
# mistake 57: no torch.no_grad()
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    if True:
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% device: mps_before_cuda
# mistake: MPS is preferred to CUDA
def pick_device():
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = divmod(round(total), 60)
    mean = total / len(epoch_seconds)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% device: no_mps
# mistake: Apple's GPU is not looked for
def pick_device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = divmod(round(total), 60)
    mean = total / len(epoch_seconds)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% device: always_cuda
# mistake 62: CUDA hard-coded
def pick_device():
    return torch.device("cuda")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = divmod(round(total), 60)
    mean = total / len(epoch_seconds)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% device: sixty_seconds
# mistake: minutes are split off before rounding, 59.7 s becomes 0 min 60 s
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = int(total // 60), round(total % 60)
    mean = total / len(epoch_seconds)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% device: total_of_the_rounded_mean
# mistake: the whole time is the rounded mean times the number of epochs
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    mean = round(total / len(epoch_seconds), 1)
    minutes, seconds = divmod(round(mean * len(epoch_seconds)), 60)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% device: accuracy_as_a_share
# mistake: 0.95 %
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = divmod(round(total), 60)
    mean = total / len(epoch_seconds)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{accuracy:.2f} %"


# %% batch_size: one_network_for_all
# mistake: the network is made once and goes on learning with the next size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    torch.manual_seed(seed)
    model = MLP(widths)
    for batch_size in batch_sizes:
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
        seconds = (time.perf_counter() - start) / epochs
        validation = minibatches(data["validation_images"], data["validation_labels"], 1000)
        accuracy = evaluate(model, validation)[1]
        steps = steps_per_epoch(len(data["train_images"]), batch_size)
        rows.append({"batch_size": batch_size, "steps": steps, "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda row: row["batch_size"])
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": all(a["steps"] >= b["steps"] for a, b in zip(rows, rows[1:])),
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% batch_size: seeded_once
# mistake: the seed is set once, so each size starts from other weights
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    torch.manual_seed(seed)
    for batch_size in batch_sizes:
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
        seconds = (time.perf_counter() - start) / epochs
        validation = minibatches(data["validation_images"], data["validation_labels"], 1000)
        accuracy = evaluate(model, validation)[1]
        steps = steps_per_epoch(len(data["train_images"]), batch_size)
        rows.append({"batch_size": batch_size, "steps": steps, "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda row: row["batch_size"])
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": all(a["steps"] >= b["steps"] for a, b in zip(rows, rows[1:])),
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% batch_size: adam
# mistake: Adam instead of plain SGD
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
        seconds = (time.perf_counter() - start) / epochs
        validation = minibatches(data["validation_images"], data["validation_labels"], 1000)
        accuracy = evaluate(model, validation)[1]
        steps = steps_per_epoch(len(data["train_images"]), batch_size)
        rows.append({"batch_size": batch_size, "steps": steps, "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda row: row["batch_size"])
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": all(a["steps"] >= b["steps"] for a, b in zip(rows, rows[1:])),
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% batch_size: not_shuffled
# mistake 63: the batches are not shuffled
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        start = time.perf_counter()
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size)
            train_epoch(model, batches, optimizer)
        seconds = (time.perf_counter() - start) / epochs
        validation = minibatches(data["validation_images"], data["validation_labels"], 1000)
        accuracy = evaluate(model, validation)[1]
        steps = steps_per_epoch(len(data["train_images"]), batch_size)
        rows.append({"batch_size": batch_size, "steps": steps, "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda row: row["batch_size"])
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": all(a["steps"] >= b["steps"] for a, b in zip(rows, rows[1:])),
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% batch_size: last_batch_dropped
# mistake 36: the last partial batch is dropped in the training
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator, drop_last=True)
            train_epoch(model, batches, optimizer)
        seconds = (time.perf_counter() - start) / epochs
        validation = minibatches(data["validation_images"], data["validation_labels"], 1000)
        accuracy = evaluate(model, validation)[1]
        steps = steps_per_epoch(len(data["train_images"]), batch_size)
        rows.append({"batch_size": batch_size, "steps": steps, "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda row: row["batch_size"])
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": all(a["steps"] >= b["steps"] for a, b in zip(rows, rows[1:])),
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% batch_size: accuracy_on_training_images
# mistake 64: the accuracy on the training images
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
        seconds = (time.perf_counter() - start) / epochs
        validation = minibatches(data["train_images"], data["train_labels"], 1000)
        accuracy = evaluate(model, validation)[1]
        steps = steps_per_epoch(len(data["train_images"]), batch_size)
        rows.append({"batch_size": batch_size, "steps": steps, "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda row: row["batch_size"])
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": all(a["steps"] >= b["steps"] for a, b in zip(rows, rows[1:])),
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% batch_size: sizes_sorted
# mistake: rows in the order of the sizes, not in the given one
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in sorted(batch_sizes):
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
        seconds = (time.perf_counter() - start) / epochs
        validation = minibatches(data["validation_images"], data["validation_labels"], 1000)
        accuracy = evaluate(model, validation)[1]
        steps = steps_per_epoch(len(data["train_images"]), batch_size)
        rows.append({"batch_size": batch_size, "steps": steps, "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda row: row["batch_size"])
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": all(a["steps"] >= b["steps"] for a, b in zip(rows, rows[1:])),
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% batch_size: strictly_fewer_steps
# mistake: equal numbers of steps count against the lecture
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
        seconds = (time.perf_counter() - start) / epochs
        validation = minibatches(data["validation_images"], data["validation_labels"], 1000)
        accuracy = evaluate(model, validation)[1]
        steps = steps_per_epoch(len(data["train_images"]), batch_size)
        rows.append({"batch_size": batch_size, "steps": steps, "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda row: row["batch_size"])
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": all(a["steps"] > b["steps"] for a, b in zip(rows, rows[1:])),
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% batch_size: order_of_the_rows
# mistake: the rows are taken to come in the order of the sizes
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
        seconds = (time.perf_counter() - start) / epochs
        validation = minibatches(data["validation_images"], data["validation_labels"], 1000)
        accuracy = evaluate(model, validation)[1]
        steps = steps_per_epoch(len(data["train_images"]), batch_size)
        rows.append({"batch_size": batch_size, "steps": steps, "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows):
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": all(a["steps"] >= b["steps"] for a, b in zip(rows, rows[1:])),
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% batch_size: smaller_than_8
# mistake: a size of 8 is not counted as small
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
        seconds = (time.perf_counter() - start) / epochs
        validation = minibatches(data["validation_images"], data["validation_labels"], 1000)
        accuracy = evaluate(model, validation)[1]
        steps = steps_per_epoch(len(data["train_images"]), batch_size)
        rows.append({"batch_size": batch_size, "steps": steps, "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda row: row["batch_size"])
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": all(a["steps"] >= b["steps"] for a, b in zip(rows, rows[1:])),
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] < 8,
    }


# %% capacity: no_biases
# mistake 39: the biases are not counted
def parameters_of(widths):
    return sum(a * b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    if parameters_of([n_in] + [1] * depth + [n_out]) > budget:
        raise ValueError("the budget is too small")
    width = 1
    while parameters_of([n_in] + [width + 1] * depth + [n_out]) <= budget:
        width += 1
    return width


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        accuracy = history["validation_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return rows


# %% capacity: neurons_counted
# mistake: the neurons are counted, not their weights
def parameters_of(widths):
    return sum(widths[1:])


def equal_width(budget, depth, n_in=784, n_out=10):
    if parameters_of([n_in] + [1] * depth + [n_out]) > budget:
        raise ValueError("the budget is too small")
    width = 1
    while parameters_of([n_in] + [width + 1] * depth + [n_out]) <= budget:
        width += 1
    return width


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        accuracy = history["validation_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return rows


# %% capacity: first_that_exceeds
# mistake: the first width that needs more than the budget
def parameters_of(widths):
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    if parameters_of([n_in] + [1] * depth + [n_out]) > budget:
        raise ValueError("the budget is too small")
    width = 1
    while parameters_of([n_in] + [width] * depth + [n_out]) <= budget:
        width += 1
    return width


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        accuracy = history["validation_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return rows


# %% capacity: exact_fit_refused
# mistake: a width that needs exactly the budget is refused
def parameters_of(widths):
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    if parameters_of([n_in] + [1] * depth + [n_out]) > budget:
        raise ValueError("the budget is too small")
    width = 1
    while parameters_of([n_in] + [width + 1] * depth + [n_out]) < budget:
        width += 1
    return width


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        accuracy = history["validation_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return rows


# %% capacity: no_value_error
# mistake: width 0 instead of a ValueError
def parameters_of(widths):
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    width = 0
    while parameters_of([n_in] + [width + 1] * depth + [n_out]) <= budget:
        width += 1
    return width


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        accuracy = history["validation_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return rows


# %% capacity: seed_as_decay
# mistake: the seed is passed on in the place of the decay
def parameters_of(widths):
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    if parameters_of([n_in] + [1] * depth + [n_out]) > budget:
        raise ValueError("the budget is too small")
    width = 1
    while parameters_of([n_in] + [width + 1] * depth + [n_out]) <= budget:
        width += 1
    return width


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed)
        accuracy = history["validation_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return rows


# %% capacity: seeded_once
# mistake: the seed is set once, later networks start from other weights
def parameters_of(widths):
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    if parameters_of([n_in] + [1] * depth + [n_out]) > budget:
        raise ValueError("the budget is too small")
    width = 1
    while parameters_of([n_in] + [width + 1] * depth + [n_out]) <= budget:
        width += 1
    return width


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    torch.manual_seed(seed)
    for widths in architectures:
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        accuracy = history["validation_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return rows


# %% capacity: training_accuracy
# mistake 64: the accuracy on the training part
def parameters_of(widths):
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    if parameters_of([n_in] + [1] * depth + [n_out]) > budget:
        raise ValueError("the budget is too small")
    width = 1
    while parameters_of([n_in] + [width + 1] * depth + [n_out]) <= budget:
        width += 1
    return width


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        accuracy = history["train_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return rows


# %% checkpoint: saves_the_module
# mistake 67: the whole model object, which weights_only refuses
def save_checkpoint(model, path):
    torch.save(model, path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    model.eval()
    return model


def predict(model, images):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images.to(next(model.parameters()).device))
    model.train(mode)
    return logits.argmax(dim=1)


# %% checkpoint: saves_a_wrapped_state
# mistake 67: the state_dict in a dictionary with other things
def save_checkpoint(model, path):
    torch.save({"model": model.state_dict(), "training": model.training}, path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    model.eval()
    return model


def predict(model, images):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images.to(next(model.parameters()).device))
    model.train(mode)
    return logits.argmax(dim=1)


# %% checkpoint: not_in_eval_mode
# mistake 55: the loaded model is in train mode
def save_checkpoint(model, path):
    torch.save(model.state_dict(), path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return model


def predict(model, images):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images.to(next(model.parameters()).device))
    model.train(mode)
    return logits.argmax(dim=1)


# %% checkpoint: activation_ignored
# mistake 48: always ReLU
def save_checkpoint(model, path):
    torch.save(model.state_dict(), path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    model.eval()
    return model


def predict(model, images):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images.to(next(model.parameters()).device))
    model.train(mode)
    return logits.argmax(dim=1)


# %% checkpoint: weights_not_loaded
# mistake: the state is read and not loaded into the model
def save_checkpoint(model, path):
    torch.save(model.state_dict(), path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.state_dict().update(state)
    model.eval()
    return model


def predict(model, images):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images.to(next(model.parameters()).device))
    model.train(mode)
    return logits.argmax(dim=1)


# %% checkpoint: no_map_location
# mistake 62: a file from another device cannot be read on the CPU
def save_checkpoint(model, path):
    torch.save(model.state_dict(), path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, weights_only=True))
    model.eval()
    return model


def predict(model, images):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images.to(next(model.parameters()).device))
    model.train(mode)
    return logits.argmax(dim=1)


# %% checkpoint: mode_not_restored
# mistake 56: the model stays in eval mode
def save_checkpoint(model, path):
    torch.save(model.state_dict(), path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    model.eval()
    return model


def predict(model, images):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images.to(next(model.parameters()).device))
    return logits.argmax(dim=1)


# %% checkpoint: predicts_with_graph
# mistake 57: no torch.no_grad()
def save_checkpoint(model, path):
    torch.save(model.state_dict(), path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    model.eval()
    return model


def predict(model, images):
    mode = model.training
    model.eval()
    logits = model(images.to(next(model.parameters()).device))
    model.train(mode)
    return logits.argmax(dim=1)


# %% checkpoint: argmax_over_the_batch
# mistake 61: argmax along the samples
def save_checkpoint(model, path):
    torch.save(model.state_dict(), path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    model.eval()
    return model


def predict(model, images):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images.to(next(model.parameters()).device))
    model.train(mode)
    return logits.argmax(dim=0)


# %% memory: four_bytes_each
# mistake 69: four bytes each, also for int8
def weight_bytes(n_weights, bits=32):
    return n_weights * 4


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.float() * scale


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for p in result.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: scale_255
# mistake: the scale is range / 255 as for unsigned bytes
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = (weight.max() - weight.min()).item() / 255
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.float() * scale


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for p in result.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: largest_not_absolute
# mistake: the largest weight without its absolute value
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.float() * scale


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for p in result.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: cut_off
# mistake: int8 cuts the decimals off, nothing is rounded
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return (weight / scale).to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.float() * scale


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for p in result.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: zeros_divided
# mistake: zeros alone are divided by a scale of 0
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    return torch.round(weight / scale).to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.float() * scale


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for p in result.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: still_floats
# mistake: rounded, but not int8
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale), scale


def dequantise(quantised, scale):
    return quantised.float() * scale


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for p in result.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: weight_changed
# mistake: the weight itself is divided and rounded
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return weight.div_(scale).round_().to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.float() * scale


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for p in result.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: dequantised_by_division
# mistake: divided by the scale
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.float() / scale


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for p in result.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: shallow_copy
# mistake: a shallow copy shares its parameters with the model
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.float() * scale


def quantised_copy(model):
    result = copy.copy(model)
    with torch.no_grad():
        for p in result.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: biases_kept
# mistake: only matrices are quantised
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.float() * scale


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for p in result.parameters():
            if p.dim() == 2:
                q, scale = quantise(p)
                p.copy_(dequantise(q, scale))
    return result
