"""The mistakes of `pytorch_mlp`: a wrong answer and a hint each; see the package's docstring for the format.

The number after `mistake` is the one in the list of mistakes that the bank started from, where it has one.
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
# hint: Your network has no ReLU, so the three layers collapse into one affine map. Apply `torch.relu` to h1 and to
#   h2, between the layers.
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.matmul(x, w1.T) + b1
    h2 = torch.matmul(h1, w2.T) + b2
    return torch.matmul(h2, w3.T) + b3


# %% tensor_forward: activation_after_last
# mistake 47: ReLU after the last layer too
# hint: You apply ReLU after the last layer too, so no output can be negative. The activation belongs only between
#   layers: after W1 and after W2.
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    for w, b in ((w1, b1), (w2, b2), (w3, b3)):
        x = torch.relu(torch.matmul(x, w.T) + b)
    return x


# %% tensor_forward: square_weight_not_transposed
# mistake: W2 is not transposed, which its 3 × 3 hides
# hint: You do not transpose W2. Each weight is (out, in), so x is multiplied by its `.T`; because W2 is square, the
#   shapes cannot warn you.
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.T) + b1)
    h2 = torch.relu(torch.matmul(h1, w2) + b2)
    return torch.matmul(h2, w3.T) + b3


# %% tensor_forward: detached
# mistake 66: the hidden layer is detached, so W1 and b1 get no gradient
# hint: Your outputs are right, but the first hidden layer is cut from the graph, so W1, b1 and x get no gradient.
#   Look for a `detach` or `.data` on h1.
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.T) + b1).detach()
    h2 = torch.relu(torch.matmul(h1, w2.T) + b2)
    return torch.matmul(h2, w3.T) + b3


# %% tensor_forward: flat_output
# mistake: the output is (N,) instead of (N, 1)
# hint: You drop the last axis: your outputs have shape (N,). One output for each sample still has its own axis, (N,
#   1), so leave out the `squeeze`.
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.T) + b1)
    h2 = torch.relu(torch.matmul(h1, w2.T) + b2)
    return (torch.matmul(h2, w3.T) + b3).squeeze(1)


# %% tensor_forward: single_precision
# mistake 60: everything is cast to float32, float64 inputs too
# hint: Your outputs are always float32. They should have the dtype of x, so float64 inputs must stay float64: look
#   for a `float()` cast of x or of the parameters.
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = [p.float() for p in parameters]
    h1 = torch.relu(torch.matmul(x.float(), w1.T) + b1)
    h2 = torch.relu(torch.matmul(h1, w2.T) + b2)
    return torch.matmul(h2, w3.T) + b3


# %% tensor_forward: weights_cut_from_the_graph
# mistake 66: .data cuts the weights from the graph
# hint: Your outputs are right, but no gradient reaches W1, W2 and W3: `.data` cuts the weights from the graph.
#   Transpose the weight itself, with `.T`.
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.data.t_()) + b1)
    h2 = torch.relu(torch.matmul(h1, w2.data.t_()) + b2)
    return torch.matmul(h2, w3.data.t_()) + b3


# %% module: softmax_in_forward
# mistake 41: the model returns probabilities, cross-entropy takes the softmax again
# hint: Your model returns probabilities. It should return logits, straight from the last linear layer: cross-entropy
#   takes the softmax itself, so leave it out of `forward`.
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
# hint: With several hidden layers, only the first gets a Linear. Each pair of neighbouring widths needs its own
#   `nn.Linear`, with one activation between each two.
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
# hint: You make the layers in `forward`, so each call draws new random weights and `parameters()` is empty. Make them
#   once in `__init__` and keep them on `self`.
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
# hint: Your layers lie in a plain Python list, which `nn.Module` does not look into: `parameters()` is empty. Use
#   `nn.Sequential` or `nn.ModuleList`.
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
# hint: Your `__init__` does not call that of `nn.Module` through `super` first, so the module is not ready and
#   refuses to register your layers.
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
# hint: You check the name of the activation but never use it: your layers follow each other directly. Put one
#   activation between each two Linear layers.
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
# hint: You put an activation after the last Linear too. Activations stand only between layers; the logits come
#   straight from the last one.
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
# hint: Your network uses ReLU whatever is asked for. Build the layer that the argument `activation` names, for all
#   four names.
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
# hint: Your `squeeze` also removes the batch axis when the batch holds one image. Flatten everything after the first
#   axis and leave that axis alone.
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
# hint: Your `forward` fixes the number of images in a batch. Keep the first axis as long as it comes, as `flatten(1)`
#   does, and flatten only what follows.
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
# hint: Your outputs are right, but the input of the output layer is cut from the graph (`.data` or `detach`), so the
#   hidden layers and x get no gradient.
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
# hint: Your linear layers have no biases. `parameters()` should give a weight and a bias for each layer, so look for
#   `bias=False`.
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
# hint: All your parameters start at one constant, so the hidden units of a layer stay equal and learn the same thing.
#   Keep the random start that `nn.Linear` gives.
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
# hint: An unknown activation silently becomes ReLU. Your `__init__` should raise a ValueError for every name that is
#   not among the four.
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
# hint: Layers of equal widths are one and the same `nn.Linear` in your network, so they share weights. Make a new
#   Linear for each pair of neighbouring widths.
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
# hint: Two networks of equal widths share their layers, because you keep the layers on the class. Make new ones in
#   each `__init__` and keep them on `self`.
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
# hint: You register the layers from last to first, so `parameters()` begins with the output layer. Create them in the
#   order of the data: W1, b1, W2, b2, ...
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
# hint: Your `count_parameters` counts frozen parameters too. Count only what the model can learn: those whose
#   `requires_grad` is true.
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
# hint: Your `load_weights` replaces the parameter objects, so an optimizer made earlier still holds the old ones.
#   Copy the values into the existing parameters.
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
# hint: Your parameters share memory with the numpy arrays, so changing an array later changes the model. Copy the
#   values in `load_weights`, with `copy_`.
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
# hint: Your model takes over the dtype of the arrays. Parameters keep their own dtype: copy the values into them in
#   `load_weights` instead of setting `.data`.
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
# hint: After your `load_weights` the parameters no longer require gradients. Copy inside `torch.no_grad()` rather
#   than switching `requires_grad` off.
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
# hint: Your `load_weights` does not compare shapes, so broadcasting can hide a wrong array. Raise a ValueError if an
#   array has another shape than its parameter.
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
# hint: Your `load_weights` accepts too many or too few arrays: `zip` stops at the shorter list. Compare the two
#   lengths first and raise a ValueError.
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
# hint: Your second call adds its gradients to those of the first: `backward` accumulates in `.grad`. Clear them in
#   `autograd_gradients` before you go backward.
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
# hint: Your gradients ignore dy: you differentiate the plain sum of the outputs. Hand dy, shape (N, out), to
#   `backward` as the upstream gradient.
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
# hint: Your `autograd_gradients` computes in float32 whatever the model is. Use the dtype of the model's parameters
#   for x and dy, and leave the model uncast.
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
# hint: Your gradients list all weights first, then all biases. They should follow the order of `model.parameters()`:
#   W1, b1, W2, b2, ...
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
# hint: Your mean and std are those of the raw bytes. In `statistics`, scale the pixels to 0 to 1 before you measure
#   them.
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
# hint: Your std is that of the images' means. In `statistics`, take mean and std over all pixels of all images at
#   once, without averaging each image first.
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
# hint: Your `normalise` forgets to scale the bytes to 0 to 1. Mean and std belong to scaled pixels, so scale first,
#   then subtract and divide.
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
# hint: Your `normalise` returns (N, 28, 28). The colour channel needs an axis of its own after the batch axis: (N, 1,
#   28, 28).
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
# hint: Your `split` draws the two parts separately, so they overlap. Draw one random order of all n indices and cut
#   it into two pieces.
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
# hint: Your `split` takes the samples in file order: the last ones are always for validation. Draw a random order of
#   the indices, then cut it.
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
# hint: Your `split` gives the same split for every seed. Seed its generator with the argument `seed`, not with a
#   constant.
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
# hint: You measure mean and std on all images. In `prepare`, use only the training part: nothing may be learned from
#   the validation images.
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
# hint: You normalise the validation part with its own mean and std. In `prepare`, both parts use the mean and std of
#   the training part.
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
# hint: Your labels keep the dtype they came in. In `prepare`, turn both label tensors into int64, which cross-entropy
#   needs for class indices.
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
# hint: In `prepare` you shuffle the images but cut the labels in their old order, so they no longer match. Index
#   images and labels with the same indices.
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
# hint: Your `minibatches` draws its order from the global generator. Pass the given `generator` on to
#   `torch.randperm`.
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
# hint: Your `minibatches` seeds the generator anew at each call, so every epoch has the same order. Just draw from it
#   as it comes; the caller seeds it.
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
# hint: Your `minibatches` always leaves out a smaller last batch. It should do so only if `drop_last` is true.
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
# hint: Your `minibatches` shuffles the images but not their labels, so they no longer match. Index both with the same
#   part of the random order.
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
# hint: You shuffle the order of the batches, but each still holds neighbouring samples. In `minibatches`, draw a
#   random order of all samples, then cut it.
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
# hint: Your `steps_per_epoch` never counts a smaller last batch. Round down only if `drop_last` is true, otherwise
#   round up.
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
# hint: Gradients from before are added to yours, because `backward` accumulates in `.grad`. Clear them with
#   `zero_grad` before you go backward.
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
# hint: Your parameters do not move. `step` needs the gradients of `backward`: check that you call `step` at all, and
#   that `zero_grad` comes before `backward`, not after it.
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
# hint: Your parameters do not move. `step` needs the gradients of `backward`: check that you call `step` at all, and
#   that `zero_grad` comes before `backward`, not after it.
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: no_zero_grad_and_graph_kept
# mistake 51 and 58: old gradients are not cleared, and the loss comes back with its graph
# hint: Two things at once: gradients from before are added to yours, and the loss you return still holds its graph.
#   Clear the gradients with `zero_grad`, and return `loss.item()`.
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss, (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: own_optimizer
# mistake 54: a new optimizer at each step instead of the given one, so momentum is lost
# hint: You step with an optimizer of your own, which has no momentum and takes all parameters. Use the one you are
#   given: it remembers its state between steps.
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
# hint: You take the softmax twice: `F.cross_entropy` includes it. Hand it the logits just as the model returns them.
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
# hint: Your loss is a squared error against one-hot targets. The exercise asks for the mean cross-entropy of the
#   logits with the class indices.
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
# hint: Your loss is summed over the batch, so the step grows with the batch size too. Cross-entropy should give the
#   mean here: look at `reduction`.
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
# hint: You measure loss and correct after the step. Both belong to the logits that you computed before the optimizer
#   moved the parameters.
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
# hint: Your values are right, but you return tensors, and the loss still carries its graph. Return plain Python
#   numbers: think of `loss.item()`.
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
# hint: Your `argmax` runs along the samples. The logits are (N, classes): take the largest along `dim=1`, which gives
#   (N,), one class for each sample.
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
# hint: You return the share of correct samples. Here it should be their number, as an int: sum the hits of the batch
#   and do not divide.
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
# hint: You move only the images to the model's device. The labels must go there too, before they meet the logits.
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
# hint: You move the batch to the best device of the machine. It must go where the model is: ask one of the model's
#   parameters for its `device`.
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
# hint: Your step switches the model to train mode. Leave the mode as it comes, without `model.train()`: choosing it
#   is the caller's task.
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
# hint: Your loss averages the batch means, so a small batch weighs as much as a large one. Weight each loss by its
#   number of samples and divide by all samples.
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
# hint: Your accuracy averages those of the batches, so a small batch weighs as much as a large one. Add up the
#   correct samples and divide by all samples.
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
# hint: You treat every batch as if it had the size of the first. Batches can differ: use each batch's own
#   `len(labels)` for both the loss and the accuracy.
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
# hint: You never switch to train mode, so a model that comes in eval mode is trained in it. Set the mode once, before
#   the loop.
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
# hint: Your `return` stands inside the loop, so you learn from the first batch only. Move it behind the loop.
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
# hint: You call `train_step` twice for each batch, so the model takes two steps. Call it once and keep both of its
#   results.
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
# hint: Your accuracy is in percent. It should be a share from 0 to 1, so do not scale it.
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
# hint: You take `batches` for a list, but it may be a generator, which has no length and no index. Loop over it
#   directly.
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
# hint: Your model is evaluated in the mode it came in, so dropout may still drop units. Switch to eval mode before
#   the loop.
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
# hint: You leave the model in eval mode. Remember `model.training` at the start and put the model back into that mode
#   at the end.
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
# hint: You always end in train mode, even if the model came in eval mode. Restore the mode that you found at the
#   start.
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
# hint: Your numbers are right, but each forward pass builds a graph that nobody needs. Evaluate inside
#   `torch.no_grad()`.
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
# hint: After your evaluation the parameters no longer require gradients. Leave `requires_grad` alone:
#   `torch.no_grad()` is all you need.
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
# hint: You average the batches' means, so a small batch weighs as much as a large one. Sum losses and hits over all
#   samples, then divide by their number.
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
# hint: You leave images and labels where they are. Move both to the device of the model's parameters before the
#   forward pass.
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
# hint: Your `return` stands inside the loop, so only the first batch counts. Move it behind the loop.
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
# hint: Your values are right, but you return tensors. Loss and accuracy should be plain floats: think of `.item()`
#   when you add up.
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
# hint: You switch gradients off for good, so nothing can be trained afterwards. Use `torch.no_grad()` as a `with`
#   block, which ends by itself.
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
# hint: You make a new Adam in each epoch, so it forgets its moments. Make it once before the loop, and only set its
#   learning rate in each epoch.
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
# hint: You train a copy, so the model you were given stays as it was. Train it in place, without `deepcopy`.
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
# hint: Your learning rate decays after every batch. It should change once per epoch: learning_rate · decay**e
#   throughout epoch e.
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
# hint: Your learning rate decays one epoch too early. Epochs count from 0, so the first one uses the undecayed rate:
#   step a scheduler at the end of the epoch.
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
# hint: Your training samples come in the same given order in every epoch. Pass the generator on to `minibatches`, so
#   that it shuffles them.
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
# hint: Every epoch has the same random order, because you seed a new generator each time. Make one generator before
#   the loop and let all epochs draw from it.
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
# hint: You train on the validation images too, so they are no longer unseen. Learn from the training part only.
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
# hint: You validate before each epoch, so your values lag one epoch behind. Call `evaluate` after `train_epoch`.
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
# hint: Your loop starts at epoch 1 and misses one epoch. Count from 0, so that there are `epochs` rounds and the
#   first has the undecayed rate.
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
# hint: Your history holds tensors. Each list should hold plain floats, as `train_epoch` and `evaluate` return them.
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
# hint: You write the validation values under the tags of the training. Give them their own: loss/validation and
#   accuracy/validation.
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
# hint: Your TensorBoard steps start at 0. They should run from 1 to `epochs`: look at the step that you give to
#   `add_scalar`.
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
# hint: You write log files even without a `log_dir`: `SummaryWriter` then makes a folder of its own. Create the
#   writer only if `log_dir` is given.
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
# hint: After your training the model returns probabilities instead of logits. Add no softmax to it, such as by a
#   forward hook: training changes only its parameters.
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
# hint: Your confusion matrix is transposed. Entry [i, j] counts samples of class i taken for j: rows are the true
#   classes, columns the predicted ones.
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
# hint: Your confusion matrix counts only the last batch. Create the matrix of zeros once, before the loop.
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
# hint: Your confusion matrix is right, but its forward passes build graphs that nobody needs. Predict inside
#   `torch.no_grad()`.
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
# hint: You prefer MPS to CUDA. In `pick_device`, ask for CUDA first, then for MPS, and take the CPU if there is
#   neither.
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
# hint: You never look for Apple's GPU. In `pick_device`, ask for MPS if there is no CUDA, before you fall back to the
#   CPU.
def pick_device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = divmod(round(total), 60)
    mean = total / len(epoch_seconds)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% device: always_cuda
# mistake 62: CUDA hard-coded
# hint: You return CUDA even where there is none. In `pick_device`, ask whether CUDA is available, then MPS, and end
#   with the CPU.
def pick_device():
    return torch.device("cuda")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = divmod(round(total), 60)
    mean = total / len(epoch_seconds)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% device: sixty_seconds
# mistake: minutes are split off before rounding, 59.7 s becomes 0 min 60 s
# hint: Your row can show 60 seconds, because you split off the minutes before rounding. Round the total to whole
#   seconds first, then split it.
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
# hint: You compute the whole training time from the rounded mean. In `hardware_row`, take it from the sum of the
#   epochs, and round the mean only to print it.
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
# hint: You print the share 0 to 1 with a percent sign. In `hardware_row`, turn the accuracy into percent first.
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
# hint: Your network goes on learning from one batch size to the next. Build a fresh MLP for each size, inside the
#   loop and right after seeding.
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
# hint: You seed only once, so each batch size starts from other weights. Call `torch.manual_seed` right before you
#   build each network.
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
# hint: You train with Adam, which adapts its steps by itself. The comparison asks for plain `SGD`.
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
# hint: Your batches are not shuffled. In `sweep_batch_sizes`, give `minibatches` a seeded generator.
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
# hint: Your training leaves out the smaller last batch, though you count it in the steps. Do not set `drop_last`:
#   every sample should be learned from.
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
# hint: You measure the accuracy on the training images. In `sweep_batch_sizes`, evaluate on the validation part,
#   which the network has not seen.
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
# hint: Your rows come sorted by batch size. Keep the order in which `batch_sizes` is given.
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
# hint: Your fewer_steps is false if two sizes need equally many steps. The claim is only that a larger batch never
#   needs more, so equal is fine.
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
# hint: Your fewer_steps compares the rows as they come. In `lecture_claims`, sort them by batch size before you
#   compare neighbours.
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
# hint: In `lecture_claims`, a batch size of exactly 8 counts as small too: the claim says at most 8. Look at your
#   comparison.
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
# hint: Your `parameters_of` counts only the weights. Each output of a layer has a bias too: one more for each unit
#   after the input.
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
# hint: Your `parameters_of` counts units. Count what they learn: a layer has a weight for each pair of input and
#   output, and a bias for each output.
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
# hint: Your `equal_width` returns the first width that exceeds the budget, one too many. Check the next width before
#   you grow to it.
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
# hint: Your `equal_width` refuses a width that needs exactly the budget. At most includes equality: look at your
#   comparison.
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
# hint: Your `equal_width` returns width 0 if the budget is too small. It should raise a ValueError if even one unit
#   in each hidden layer costs too much.
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
# hint: Your seed arrives as the decay: in `train_mnist`, decay stands between learning_rate and seed. Pass the seed
#   by its name.
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
# hint: You seed only once, so the later networks start from other random numbers. In `compare_architectures`, seed
#   right before you build each MLP.
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
# hint: You report the accuracy on the training part. In `compare_architectures`, take the validation accuracy of the
#   last epoch from the history.
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
# hint: You save the whole model object, which `torch.load` refuses with `weights_only=True`. Save only its
#   `state_dict()`.
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
# hint: You save the state_dict inside a larger dictionary, so loading does not find the weights at the top. Save the
#   `state_dict()` alone.
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
# hint: Your `load_checkpoint` returns a model in train mode. Switch it to eval mode before you return it.
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
# hint: Your `load_checkpoint` always builds a ReLU network. The file holds only weights, so pass `activation` on to
#   `MLP`.
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
# hint: Your loaded model keeps its random weights: updating the dictionary that `state_dict()` returns changes no
#   parameter. Use `load_state_dict`.
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
# hint: Your `load_checkpoint` puts the tensors back on the device they were saved from, which may not exist here. Set
#   `map_location` to the CPU.
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
# hint: Your `predict` leaves the model in eval mode. Remember `model.training` at the start and restore that mode at
#   the end.
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
# hint: Your classes are right, but the forward pass in `predict` builds a graph that nobody needs. Run it inside
#   `torch.no_grad()`.
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
# hint: In `predict`, your `argmax` runs along the samples. The logits are (N, classes): take it along `dim=1`, so
#   that the result is (N,).
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
# hint: Your `weight_bytes` ignores `bits` and always counts four bytes. Each weight takes `bits` bits, and a byte is
#   eight of them.
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
# hint: Your scale comes from the range, as for unsigned bytes. Signed int8 lies around zero: in `quantise`, let the
#   largest absolute value decide.
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
# hint: Your scale comes from the largest weight, so a large negative weight does not fit into int8. In `quantise`,
#   take the largest absolute value.
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
# hint: Your weights are cut off towards zero, because turning floats into int8 drops the decimals. In `quantise`,
#   round to the nearest whole number first.
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
# hint: For zeros alone, your scale is 0 and you divide by it. In `quantise`, give this case the scale that the
#   docstring names.
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
# hint: Your numbers are rounded but still floats. In `quantise`, turn them into int8, which is what saves the memory.
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
# hint: Your `quantise` changes the weight itself: `detach` shares its memory and an in-place operation writes to it.
#   Compute a new tensor instead.
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
# hint: Your `dequantise` divides by the scale. Quantising divided the weights by it, so going back multiplies.
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
# hint: Your copy shares its parameters with the model, so quantising it changes the model too. In `quantised_copy`,
#   copy deeply.
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
# hint: Your `quantised_copy` leaves the biases as they were. Every parameter should go through int8 and back,
#   whatever its number of axes.
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
