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


# %% tensor_forward: activation_before_each_layer
# mistake: ReLU stands in front of every layer, so the inputs are clipped
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    for w, b in ((w1, b1), (w2, b2), (w3, b3)):
        x = torch.matmul(torch.relu(x), w.T) + b
    return x


# %% tensor_forward: square_weight_not_transposed
# mistake: W2 is not transposed, which its 3 × 3 hides
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.T) + b1)
    h2 = torch.relu(torch.matmul(h1, w2) + b2)
    return torch.matmul(h2, w3.T) + b3


# %% tensor_forward: no_bias
# mistake 39: the biases of the hidden layers are left out
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.T))
    h2 = torch.relu(torch.matmul(h1, w2.T))
    return torch.matmul(h2, w3.T) + b3


# %% tensor_forward: detached
# mistake 66: the hidden layer is detached, so W1 and b1 get no gradient
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.T) + b1).detach()
    h2 = torch.relu(torch.matmul(h1, w2.T) + b2)
    return torch.matmul(h2, w3.T) + b3


# %% tensor_forward: through_numpy
# mistake 66: computed in numpy, no gradient flows to anything
def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = [p.detach().numpy() for p in parameters]
    h = np.maximum(x.detach().numpy() @ w1.T + b1, 0)
    h = np.maximum(h @ w2.T + b2, 0)
    return torch.from_numpy(h @ w3.T + b3)


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


# %% tensor_forward: lecture_weights
# mistake: W1 is the one from the lecture whatever is given
def tensor_forward(x, parameters):
    w1 = torch.tensor([[0.11, 0.12], [0.21, 0.22], [0.31, 0.32]], dtype=x.dtype)
    _, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.T) + b1)
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


# %% module: log_softmax_in_forward
# mistake 41: the model returns log-probabilities instead of logits
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
        layers.append(nn.LogSoftmax(dim=1))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


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


# %% module: hidden_layers_in_plain_list
# mistake 44: only the output layer is registered, the hidden ones are in a list
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        self.hidden = [nn.Linear(a, b) for a, b in zip(widths[:-2], widths[1:-1])]
        self.activation = activations[activation]()
        self.output = nn.Linear(widths[-2], widths[-1])

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.hidden:
            x = self.activation(layer(x))
        return self.output(x)


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


# %% module: one_activation_only
# mistake 48: the activation asked for stands after the first layer, later ones have ReLU
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(activations[activation]() if i == 1 else nn.ReLU())
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: no_flatten
# mistake 49: images are not flattened
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
        return self.layers(x)


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: flattened_as_784
# mistake 49: everything is taken for images of 784 pixels
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
        return self.layers(x.reshape(-1, 784))


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


# %% module: zero_initialisation
# mistake 33: weights and biases start at zero
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
            nn.init.zeros_(p)

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


# %% module: reseeded
# mistake 33: the seed is set before each unit is drawn, so that all units of a layer start equal
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
        for layer in layers:
            if isinstance(layer, nn.Linear):
                for row in layer.weight.data:
                    torch.manual_seed(0)
                    row.uniform_(-0.1, 0.1)
                layer.bias.data.zero_()

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


# %% module: one_width_accepted
# mistake: a single width gives an empty network instead of a ValueError
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if activation not in activations:
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


# %% module: batch_norm_added
# mistake: a batch normalisation in front of each activation, with parameters of its own
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2 or activation not in activations:
            raise ValueError("widths or activation is wrong")
        layers = []
        for i in range(len(widths) - 1):
            if i > 0:
                layers.append(nn.BatchNorm1d(widths[i]))
                layers.append(activations[activation]())
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: dropout_added
# mistake: dropout after each activation, so the same input gives other logits each time
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
                layers.append(nn.Dropout(0.5))
            layers.append(nn.Linear(widths[i], widths[i + 1]))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% module: double_precision
# mistake 60: the parameters are float64
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
        self.layers = nn.Sequential(*layers).double()

    def forward(self, x):
        return self.layers(x.flatten(1).double())


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


# %% module: tensors_counted
# mistake: the tensors are counted, not their numbers
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
    return len([p for p in model.parameters() if p.requires_grad])


# %% module: biases_not_counted
# mistake 39: only matrices are counted
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
    return sum(p.numel() for p in model.parameters() if p.requires_grad and p.dim() > 1)


# %% module: state_dict_counted
# mistake: buffers and frozen parameters are counted too
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
    return sum(v.numel() for v in model.state_dict().values())


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


# %% autograd_parity: reshaped_to_fit
# mistake: anything with the right number of entries is reshaped to fit
def load_weights(model, arrays):
    params = list(model.parameters())
    if len(params) != len(arrays):
        raise ValueError("wrong number of arrays")
    for p, a in zip(params, arrays):
        if p.numel() != a.size:
            raise ValueError("wrong size")
    with torch.no_grad():
        for p, a in zip(params, arrays):
            p.copy_(torch.tensor(a).reshape(p.shape))


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


# %% autograd_parity: only_weights_loaded
# mistake 39: the biases keep their old values
def load_weights(model, arrays):
    params = list(model.parameters())
    if len(params) != len(arrays):
        raise ValueError("wrong number of arrays")
    for p, a in zip(params, arrays):
        if tuple(p.shape) != a.shape:
            raise ValueError(f"shape {a.shape} instead of {tuple(p.shape)}")
    with torch.no_grad():
        for p, a in zip(params, arrays):
            if p.dim() == 2:
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


# %% autograd_parity: mean_over_the_batch
# mistake 3: the mean of y · dy is differentiated instead of the sum
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
    (y * torch.tensor(dy, dtype=dtype)).sum(dim=1).mean().backward()
    return y.detach().numpy(), x.grad.numpy(), [p.grad.clone().numpy() for p in model.parameters()]


# %% autograd_parity: input_needs_no_gradient
# mistake: x does not require gradients, so there is no dx
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
    x = torch.tensor(x, dtype=dtype)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    dx = x.grad if x.grad is not None else torch.zeros_like(x)
    return y.detach().numpy(), dx.numpy(), [p.grad.clone().numpy() for p in model.parameters()]


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


# %% autograd_parity: cleared_before_return
# mistake: the gradients are views of what zero_grad then clears
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
    gradients = [p.grad.numpy() for p in model.parameters()]
    model.zero_grad(set_to_none=False)
    return y.detach().numpy(), x.grad.numpy(), gradients


# %% autograd_parity: gradients_doubled_by_two_passes
# mistake 16: one backward pass for dx, one more for the parameters, which add up
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
    dy = torch.tensor(dy, dtype=dtype)
    model.zero_grad()
    model(x).backward(dy)
    dx = x.grad.clone()
    y = model(x)
    y.backward(dy)
    return y.detach().numpy(), dx.numpy(), [p.grad.clone().numpy() for p in model.parameters()]


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


# %% data: variance_for_deviation
# mistake: the variance instead of its root
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.var().item()


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


# %% data: mean_of_image_deviations
# mistake: the mean of each image's deviation, not the deviation of all pixels
def statistics(images):
    pixels = images.float().flatten(1) / 255
    return pixels.mean().item(), pixels.std(dim=1).mean().item()


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


# %% data: mnist_statistics
# mistake: the numbers of the whole MNIST whatever the images are
def statistics(images):
    return 0.1307, 0.3081


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


# %% data: channel_axis_first
# mistake: (1, N, 28, 28), the new axis is the first one
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(0)


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


# %% data: multiplied_by_deviation
# mistake: times the deviation instead of divided by it
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) * std).unsqueeze(1)


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


# %% data: whole_number_division
# mistake 29: bytes are divided as whole numbers, so nearly all become 0
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images // 255 - mean) / std).unsqueeze(1)


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


# %% data: normalised_with_own_statistics
# mistake 65: given mean and std are not used, each set is normalised by itself
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    pixels = images.float() / 255
    return ((pixels - pixels.mean()) / pixels.std()).unsqueeze(1)


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


# %% data: float64_images
# mistake 60: the normalised images are float64
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.double() / 255 - mean) / std).unsqueeze(1)


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


# %% data: train_on_all
# mistake 64: the training part is everything, validation included
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order, order[:n_validation]


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


# %% data: drawn_with_replacement
# mistake 64: samples are drawn with replacement
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randint(n, (n,), generator=torch.Generator().manual_seed(seed))
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


# %% data: validation_part_not_random
# mistake 63: shuffled within the parts, but the validation part is always the last samples
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    generator = torch.Generator().manual_seed(seed)
    train = torch.randperm(n - n_validation, generator=generator)
    validation = n - n_validation + torch.randperm(n_validation, generator=generator)
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


# %% data: split_without_seed
# mistake: another split at each call, whatever the seed
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n)
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


# %% data: parts_swapped
# mistake: the training part has n_validation samples
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[:n_validation], order[n_validation:]


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


# %% data: one_sample_lost
# mistake: one sample is in neither part
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation + 1 :], order[:n_validation]


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


# %% data: indices_int32
# mistake 60: the indices are int32
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed)).int()
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


# %% data: statistics_of_validation
# mistake 65: the statistics are those of the validation part
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
    mean, std = statistics(images[validation])
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


# %% data: one_hot_labels
# mistake 60: one-hot labels
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
        "train_labels": F.one_hot(labels[train].long(), 10),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": F.one_hot(labels[validation].long(), 10),
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


# %% data: prepare_drops_the_seed
# mistake: prepare does not pass its seed on to split
def statistics(images):
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation)
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


# %% data: always_shuffled
# mistake: shuffled without a generator too
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
    order = torch.randperm(n, generator=generator)
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: never_shuffled
# mistake 63: not shuffled with a generator either
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
    order = torch.arange(n)
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


# %% data: drop_last_ignored
# mistake: drop_last is not looked at
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
        yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% data: full_last_batch_dropped
# mistake: drop_last drops the last batch even when it is full
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
        if start + batch_size < n or not drop_last:
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


# %% data: batches_drawn_with_replacement
# mistake: each batch is drawn anew from all samples, some never come
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
    for start in range(0, n, batch_size):
        size = min(batch_size, n - start)
        if generator is None:
            chosen = torch.arange(start, start + size)
        else:
            chosen = torch.randint(n, (size,), generator=generator)
        if size == batch_size or not drop_last:
            yield images[chosen], labels[chosen]


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


# %% data: steps_always_one_more
# mistake: one more step also where the batches fit exactly
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
    return n_samples // batch_size + (not drop_last)


# %% data: steps_rounded
# mistake: rounded to the nearest number of batches
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
    return n_samples // batch_size if drop_last else round(n_samples / batch_size)


# %% data: drop_last_upside_down
# mistake: ceil where the last batch is dropped, floor where it is kept
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
    return math.ceil(n_samples / batch_size) if drop_last else n_samples // batch_size


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


# %% train_step: zero_grad_at_the_end
# mistake 51: cleared after the step only, what was there before the first step takes part
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
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


# %% train_step: no_backward
# mistake: no backward pass, the optimizer finds no gradients
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    optimizer.step()
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


# %% train_step: learns_in_a_copy
# mistake 53: the forward pass is made with a copy, which the optimizer does not know
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = copy.deepcopy(model)(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: steps_by_hand
# mistake 54: plain gradient descent by hand instead of the optimizer's step
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= optimizer.param_groups[0]["lr"] * p.grad
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


# %% train_step: nll_of_logits
# mistake 41: NLL wants log-probabilities and gets logits
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.nll_loss(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: softmax_over_the_batch
# mistake 27: the log-softmax goes over the samples, not over the classes
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.nll_loss(torch.log_softmax(logits, dim=0), labels)
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


# %% train_step: correct_after_the_step
# mistake: the hits are counted with the changed weights
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (model(images).argmax(dim=1) == labels).sum().item()


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


# %% train_step: loss_not_plain
# mistake 58: the loss is returned as a tensor, detached but no float
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.detach(), (logits.argmax(dim=1) == labels).sum().item()


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


# %% train_step: data_not_moved
# mistake 62: images and labels stay where they are
def train_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


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


# %% train_step: sets_eval_mode
# mistake 56: leaves the model in eval mode after counting
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    model.eval()
    return loss.item(), (logits.argmax(dim=1) == labels).sum().item()


# %% train_step: gradients_clipped
# mistake: gradients are clipped to norm 1, which nobody asked for
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
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


# %% train_epoch: train_mode_too_late
# mistake: the model is set to train mode after the epoch
def train_epoch(model, batches, optimizer):
    total, correct, n = 0.0, 0, 0
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
        n += len(labels)
    model.train()
    return total / n, correct / n


# %% train_epoch: last_batch_only
# mistake: loss and accuracy of the last batch instead of the epoch
def train_epoch(model, batches, optimizer):
    model.train()
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
    return loss, right / len(labels)


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


# %% train_epoch: sum_of_losses
# mistake: the loss is the sum over all samples
def train_epoch(model, batches, optimizer):
    model.train()
    total, correct, n = 0.0, 0, 0
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
        n += len(labels)
    return total, correct / n


# %% train_epoch: hits_not_divided
# mistake: the number of hits instead of their share
def train_epoch(model, batches, optimizer):
    model.train()
    total, correct, n = 0.0, 0, 0
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
        n += len(labels)
    return total / n, float(correct)


# %% train_epoch: partial_batch_skipped
# mistake 36: batches smaller than the first are passed over
def train_epoch(model, batches, optimizer):
    model.train()
    total, correct, n = 0.0, 0, 0
    full = 0
    for images, labels in batches:
        full = max(full, len(labels))
        if len(labels) < full:
            continue
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
        n += len(labels)
    return total / n, correct / n


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


# %% train_epoch: batches_gone_through_twice
# mistake: the samples are counted in a first pass, which uses a generator up
def train_epoch(model, batches, optimizer):
    model.train()
    n = sum(len(labels) for _, labels in batches)
    total, correct = 0.0, 0
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
    return total / n, correct / n


# %% train_epoch: measured_after_the_epoch
# mistake: loss and accuracy of the finished epoch's network, not those its steps found
def train_epoch(model, batches, optimizer):
    model.train()
    batches = list(batches)
    for images, labels in batches:
        train_step(model, images, labels, optimizer)
    loss, accuracy = evaluate(model, batches)
    return loss, accuracy


# %% train_epoch: new_optimizer
# mistake 54: the epoch makes its own optimizer and loses the state of the given one
def train_epoch(model, batches, optimizer):
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=optimizer.param_groups[0]["lr"])
    total, correct, n = 0.0, 0, 0
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
        n += len(labels)
    return total / n, correct / n


# %% train_epoch: returns_tensors
# mistake 58: both numbers are tensors
def train_epoch(model, batches, optimizer):
    model.train()
    total, correct, n = 0.0, 0, 0
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
        n += len(labels)
    return torch.tensor(total / n), torch.tensor(correct / n)


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


# %% evaluate: mode_asked_too_late
# mistake 56: the mode is remembered after eval() has changed it
def evaluate(model, batches):
    device = next(model.parameters()).device
    model.eval()
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


# %% evaluate: no_grad_not_used
# mistake 57: torch.no_grad() is called but not entered
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    torch.no_grad()
    if True:
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


# %% evaluate: backward_left_in
# mistake: copied from the training, the backward pass is still there
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.enable_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            loss = F.cross_entropy(logits, labels, reduction="sum")
            loss.backward()
            total += loss.item()
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


# %% evaluate: mean_losses_over_samples
# mistake 59: means of batches are added up and divided by the number of samples
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            total += F.cross_entropy(logits, labels).item()
            correct += (logits.argmax(dim=1) == labels).sum().item()
            n += len(labels)
    model.train(mode)
    return total / n, correct / n


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


# %% evaluate: labels_not_moved
# mistake 62: the labels stay where they are
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            images = images.to(device)
            logits = model(images)
            total += F.cross_entropy(logits, labels, reduction="sum").item()
            correct += (logits.argmax(dim=1) == labels).sum().item()
            n += len(labels)
    model.train(mode)
    return total / n, correct / n


# %% evaluate: model_moved
# mistake 62: the model is moved to the CPU instead of the data to the model
def evaluate(model, batches):
    device = torch.device("cpu")
    model.to(device)
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


# %% evaluate: argmax_over_the_batch
# mistake 61: argmax along the samples
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
            best = logits.argmax(dim=0)
            correct += sum(int(best[c]) == i for i, c in enumerate(labels.tolist()))
            n += len(labels)
    model.train(mode)
    return total / n, correct / n


# %% evaluate: softmax_before_cross_entropy
# mistake 41: the softmax twice
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            logits = model(images)
            total += F.cross_entropy(logits.softmax(dim=1), labels, reduction="sum").item()
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


# %% evaluate: percent
# mistake: the accuracy in percent
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
    return total / n, 100.0 * correct / n


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


# %% evaluate: uses_train_step
# mistake: evaluated with train_step and a learning rate of 0
def evaluate(model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
        n += len(labels)
    model.train(mode)
    return total / n, correct / n


# %% evaluate: loss_and_accuracy_swapped
# mistake: the accuracy comes first
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
    return correct / n, total / n


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


# %% evaluate: zero_grad_instead_of_no_grad
# mistake 57: zero_grad() in place of no_grad(): graphs are built, gradients are cleared
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    model.zero_grad()
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


# %% train_mnist: another_network
# mistake 53: the optimizer belongs to a copy, the given network never learns
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    network = copy.deepcopy(model)
    optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate)
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


# %% train_mnist: sgd_for_adam
# mistake: SGD instead of Adam
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
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


# %% train_mnist: learning_rate_ignored
# mistake: Adam keeps its own learning rate, the given one is only written down
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters())
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
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


# %% train_mnist: decay_only_written_down
# mistake: the rate decays in the history and not in the optimizer
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
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


# %% train_mnist: rate_of_the_next_epoch
# mistake 70: the history holds the rate after the scheduler's step, one epoch too far
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, decay)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train = train_epoch(model, batches, optimizer)
        validation = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        scheduler.step()
        rate = scheduler.get_last_lr()[0]
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


# %% train_mnist: decay_applied_twice
# mistake: an already decayed rate is multiplied by decay ** epoch again
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = optimizer.param_groups[0]["lr"] * decay**epoch
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


# %% train_mnist: linear_decay
# mistake: divided by 1 + epoch · (1 − decay) instead of multiplied by decay ** epoch
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs):
        rate = learning_rate / (1 + epoch * (1 - decay))
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


# %% train_mnist: shuffled_once
# mistake 63: shuffled before the first epoch, then always the same batches
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    batches = list(minibatches(data["train_images"], data["train_labels"], batch_size, generator))
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
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


# %% train_mnist: generator_not_seeded
# mistake: the generator does not get the seed
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator()
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


# %% train_mnist: images_and_labels_shuffled_apart
# mistake: images and labels are shuffled one after the other with the same generator
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
        images = data["train_images"][torch.randperm(len(data["train_images"]), generator=generator)]
        labels = data["train_labels"][torch.randperm(len(data["train_labels"]), generator=generator)]
        batches = minibatches(images, labels, batch_size)
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


# %% train_mnist: batch_size_ignored
# mistake 50: always batches of 128
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
        batches = minibatches(data["train_images"], data["train_labels"], 128, generator)
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


# %% train_mnist: validation_on_training_images
# mistake 64: the validation numbers are measured on the training images
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
        validation = evaluate(model, minibatches(data["train_images"], data["train_labels"], 1000))
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


# %% train_mnist: validated_in_train_mode_with_steps
# mistake 64: the validation part goes through train_epoch, which learns from it
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
        validation = train_epoch(
            model, minibatches(data["validation_images"], data["validation_labels"], 1000), optimizer
        )
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


# %% train_mnist: one_epoch_more
# mistake: an epoch too many
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    history = {key: [] for key in keys}
    for epoch in range(epochs + 1):
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


# %% train_mnist: last_values_only
# mistake: the history holds the last epoch's numbers instead of lists
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
            history[key] = value
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


# %% train_mnist: loss_and_accuracy_swapped
# mistake: losses are written down as accuracies and the other way round
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_accuracy", "train_loss", "validation_accuracy", "validation_loss", "learning_rate"]
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


# %% train_mnist: tags_swapped
# mistake 68: training and validation tags are exchanged
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/validation", "accuracy/validation", "loss/train", "accuracy/train", "learning_rate"]
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


# %% train_mnist: tags_with_underscores
# mistake: other tags than agreed
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter(log_dir) if log_dir is not None else None
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = keys
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


# %% train_mnist: no_steps
# mistake: the scalars have no step
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
                writer.add_scalar(tag, value)
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


# %% train_mnist: writer_for_each_epoch
# mistake: a writer is made in each epoch and none is closed, the last scalars may never arrive
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
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
        writer = SummaryWriter(log_dir) if log_dir is not None else None
        for key, tag, value in zip(keys, tags, [*train, *validation, rate]):
            history[key].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
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


# %% train_mnist: writer_never_closed
# mistake: the writer is not closed
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


# %% train_mnist: log_dir_ignored
# mistake: always written to runs/mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = SummaryWriter("runs/mnist") if log_dir is not None else None
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


# %% train_mnist: probabilities_in_the_end
# mistake 41: after the training, the network gives probabilities instead of logits
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


# %% train_mnist: matrix_of_shares
# mistake: each row is divided by its sum
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
                matrix[true, guess] += 1
    model.train(mode)
    return matrix / matrix.sum(dim=1, keepdim=True).clamp(min=1)


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


# %% train_mnist: matrix_by_indexing
# mistake: += with index arrays counts a pair that comes several times only once
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
            matrix[labels, predicted] += 1
    model.train(mode)
    return matrix


# %% train_mnist: matrix_of_floats
# mistake: float counts
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
    matrix = torch.zeros(classes, classes, dtype=torch.float32)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: ten_classes_always
# mistake: `classes` is ignored, the matrix is always 10 × 10
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
    matrix = torch.zeros(10, 10, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: matrix_in_train_mode
# mistake 55: no eval mode
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
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            for true, guess in zip(labels, predicted):
                matrix[true, guess] += 1
    model.train(mode)
    return matrix


# %% train_mnist: matrix_mode_not_restored
# mistake 56: the model stays in eval mode
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
                matrix[true, guess] += 1
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


# %% train_mnist: matrix_of_argmax_over_the_batch
# mistake 61: argmax along the samples
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
            predicted = model(images.to(device)).argmax(dim=0).cpu()
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


# %% device: always_cpu
# mistake 62: the CPU hard-coded
def pick_device():
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = divmod(round(total), 60)
    mean = total / len(epoch_seconds)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% device: string
# mistake: a string, no torch.device
def pick_device():
    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = divmod(round(total), 60)
    mean = total / len(epoch_seconds)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% device: no_return_for_the_cpu
# mistake: without an accelerator nothing is returned
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")


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


# %% device: seconds_cut_off
# mistake: the seconds are cut off, not rounded
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = divmod(int(total), 60)
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


# %% device: mean_not_divided
# mistake: the time of all epochs stands for that of one
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = divmod(round(total), 60)
    mean = total
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% device: slowest_epoch
# mistake: the slowest epoch instead of the mean
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = divmod(round(total), 60)
    mean = max(epoch_seconds)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% device: hundred_epochs
# mistake: 100 epochs as in the lecture, however many were measured
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    minutes, seconds = divmod(round(total), 60)
    mean = total / 100
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


# %% device: one_decimal
# mistake: the accuracy with one decimal only
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
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.1f} %"


# %% device: numbers_not_texts
# mistake: numbers without units
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
    return name, round(mean, 1), total, 100 * accuracy


# %% device: seconds_padded
# mistake: the seconds are written with two digits
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
    return name, f"{mean:.1f} s", f"{minutes} min {seconds:02d} s", f"{100 * accuracy:.2f} %"


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


# %% batch_size: not_seeded
# mistake: no seed before the network is made
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
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


# %% batch_size: momentum
# mistake: momentum 0.9, no plain SGD
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
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


# %% batch_size: rate_scaled_with_the_size
# mistake: the learning rate grows with the batch size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate * batch_size / 128)
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


# %% batch_size: one_epoch_always
# mistake: `epochs` is ignored
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        for _ in range(1):
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


# %% batch_size: steps_floor
# mistake 36: the steps without the last partial batch
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
        steps = len(data["train_images"]) // batch_size
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


# %% batch_size: steps_of_all_epochs
# mistake: the steps of all epochs together
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
        steps = epochs * steps_per_epoch(len(data["train_images"]), batch_size)
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


# %% batch_size: accuracy_of_the_last_epoch
# mistake 64: the accuracy that the training itself reports
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
            _, accuracy = train_epoch(model, batches, optimizer)
        seconds = (time.perf_counter() - start) / epochs
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


# %% batch_size: loss_for_accuracy
# mistake: the validation loss is taken for the accuracy
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
        accuracy = evaluate(model, validation)[0]
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


# %% batch_size: sizes_as_a_set
# mistake: a size that is given twice is trained once
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in dict.fromkeys(batch_sizes):
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


# %% batch_size: seconds_not_measured
# mistake: start and stop are taken before the training, the time is 0
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        seconds = round(time.perf_counter() - start, 3) / epochs
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
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


# %% batch_size: first_and_last_only
# mistake: only the smallest and the largest size are compared
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
        "fewer_steps": rows[0]["steps"] >= rows[-1]["steps"],
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% batch_size: slowest_for_fastest
# mistake: the row with the most seconds
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
    fastest = max(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": all(a["steps"] >= b["steps"] for a, b in zip(rows, rows[1:])),
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% batch_size: between_128_and_256
# mistake: any size from 64 to 256 counts as 128 or 256
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
        "fastest_128_256": 64 <= fastest["batch_size"] <= 256,
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


# %% batch_size: small_is_up_to_16
# mistake: a size of 16 counts as small
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
        "small_most_accurate": best["batch_size"] <= 16,
    }


# %% batch_size: smallest_size_most_accurate
# mistake: only the very smallest size may be the most accurate
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
        "small_most_accurate": best is rows[0],
    }


# %% batch_size: always_as_the_lecture_says
# mistake: believed, not checked
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
    return {"fewer_steps": True, "fastest_128_256": True, "small_most_accurate": True}


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


# %% capacity: biases_of_the_inputs
# mistake: a bias for each input of a layer instead of each output
def parameters_of(widths):
    return sum(a * (b + 1) for a, b in zip(widths, widths[1:]))


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


# %% capacity: width_times_depth
# mistake 38: hidden layers are taken to cost as much as the first
def parameters_of(widths):
    return (widths[0] + 1) * sum(widths[1:])


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


# %% capacity: depth_off_by_one
# mistake: the output layer is counted as one of the hidden layers
def parameters_of(widths):
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    if parameters_of([n_in] + [1] * (depth - 1) + [n_out]) > budget:
        raise ValueError("the budget is too small")
    width = 1
    while parameters_of([n_in] + [width + 1] * (depth - 1) + [n_out]) <= budget:
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


# %% capacity: one_at_least
# mistake: width 1 where even that needs too much
def parameters_of(widths):
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
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


# %% capacity: mnist_widths_only
# mistake: 784 inputs and 10 outputs whatever is asked
def parameters_of(widths):
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    if parameters_of([784] + [1] * depth + [10]) > budget:
        raise ValueError("the budget is too small")
    width = 1
    while parameters_of([784] + [width + 1] * depth + [10]) <= budget:
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


# %% capacity: root_of_the_budget
# mistake: first and last layer are forgotten, √(budget / depth)
def parameters_of(widths):
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    width = int(math.sqrt(budget / depth))
    if width < 1:
        raise ValueError("the budget is too small")
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


# %% capacity: steps_of_ten
# mistake: only widths that are multiples of ten are tried
def parameters_of(widths):
    return sum((a + 1) * b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    if parameters_of([n_in] + [1] * depth + [n_out]) > budget:
        raise ValueError("the budget is too small")
    width = 1
    while parameters_of([n_in] + [width + 10] * depth + [n_out]) <= budget:
        width += 10
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


# %% capacity: seed_ignored
# mistake: seed 0 whatever is given
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
        torch.manual_seed(0)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        accuracy = history["validation_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return rows


# %% capacity: learning_rate_not_passed_on
# mistake: train_mnist gets neither batch size nor learning rate
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
        history = train_mnist(model, data, epochs, seed=seed)
        accuracy = history["validation_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return rows


# %% capacity: first_epoch
# mistake: the accuracy after the first epoch
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
        accuracy = history["validation_accuracy"][0]
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


# %% capacity: sorted_by_size
# mistake: rows in the order of their parameters
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
        accuracy = history["validation_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return sorted(rows, key=lambda row: row["parameters"])


# %% capacity: sgd
# mistake: a loop of its own with SGD instead of train_mnist
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
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
        accuracy = evaluate(model, [(data["validation_images"], data["validation_labels"])])[1]
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


# %% checkpoint: saves_a_list
# mistake 67: a list of parameters, their names are lost
def save_checkpoint(model, path):
    torch.save(list(model.parameters()), path)


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


# %% checkpoint: saves_the_trainable_only
# mistake 67: frozen parameters and buffers are left out
def save_checkpoint(model, path):
    torch.save({name: p.data for name, p in model.named_parameters() if p.requires_grad}, path)


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


# %% checkpoint: saves_half_precision
# mistake: rounded to float16 on the way
def save_checkpoint(model, path):
    torch.save({name: value.half() for name, value in model.state_dict().items()}, path)


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


# %% checkpoint: adds_a_suffix
# mistake: ".pt" is added to the path
def save_checkpoint(model, path):
    torch.save(model.state_dict(), str(path) + ".pt")


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


# %% checkpoint: path_must_be_text
# mistake: a Path is not accepted
def save_checkpoint(model, path):
    if path.endswith(".pt"):
        torch.save(model.state_dict(), path)
    else:
        torch.save(model.state_dict(), path + "")


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


# %% checkpoint: returns_the_state
# mistake: the state instead of a model
def save_checkpoint(model, path):
    torch.save(model.state_dict(), path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    model.eval()
    return model.state_dict()


def predict(model, images):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images.to(next(model.parameters()).device))
    model.train(mode)
    return logits.argmax(dim=1)


# %% checkpoint: returns_the_message
# mistake: returns what load_state_dict returns, which is no model
def save_checkpoint(model, path):
    torch.save(model.state_dict(), path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.eval()
    return model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))


def predict(model, images):
    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images.to(next(model.parameters()).device))
    model.train(mode)
    return logits.argmax(dim=1)


# %% checkpoint: predicts_in_train_mode
# mistake 55: no eval mode
def save_checkpoint(model, path):
    torch.save(model.state_dict(), path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    model.eval()
    return model


def predict(model, images):
    mode = model.training
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


# %% checkpoint: always_back_to_train_mode
# mistake 56: train mode afterwards, whatever it was
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
    model.train()
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


# %% checkpoint: argmax_of_everything
# mistake 61: one index into all logits
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
    return logits.argmax()


# %% checkpoint: probabilities
# mistake: the probabilities instead of the classes
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
    return logits.softmax(dim=1)


# %% checkpoint: largest_logit
# mistake: the largest logit instead of its place
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
    return logits.max(dim=1).values


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


# %% memory: bits_for_bytes
# mistake 69: bits, not bytes
def weight_bytes(n_weights, bits=32):
    return n_weights * bits


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


# %% memory: whole_bytes_only
# mistake 69: the bytes of one weight are rounded down, 4 bits become 0
def weight_bytes(n_weights, bits=32):
    return n_weights * (bits // 8)


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


# %% memory: megabytes
# mistake: megabytes instead of bytes
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8 // 1_000_000


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


# %% memory: scale_128
# mistake: divided by 128, where the largest positive weight overflows
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 128
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


# %% memory: rounded_down
# mistake: floor instead of round
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.floor(weight / scale).to(torch.int8), scale


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


# %% memory: negative_weights_clipped
# mistake: clamped to 0…127, negative weights are lost
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).clamp(0, 127).to(torch.int8), scale


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


# %% memory: sixteen_bits
# mistake: int16 instead of int8
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).to(torch.int16), scale


def dequantise(quantised, scale):
    return quantised.float() * scale


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for p in result.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: unsigned
# mistake: uint8, in which negative numbers wrap around
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).to(torch.uint8), scale


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


# %% memory: scale_upside_down
# mistake: the scale is 127 / max
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).to(torch.int8), 1 / scale


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


# %% memory: dequantised_in_int8
# mistake 29: multiplied as int8, the result is cut off
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).to(torch.int8), scale


def dequantise(quantised, scale):
    return (quantised * scale).to(torch.int8)


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for p in result.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: dequantised_to_float64
# mistake 60: float64 instead of float32
def weight_bytes(n_weights, bits=32):
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.double() * scale


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for p in result.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: model_itself_changed
# mistake: no copy, the model itself is rounded
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
    result = model
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


# %% memory: first_layer_only
# mistake: only the first layer is quantised
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
        for p in list(result.parameters())[:2]:
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return result


# %% memory: not_scaled_back
# mistake: the whole numbers become the weights, without their scale
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
            q, scale = quantise(p)
            p.copy_(q.float())
    return result


# %% memory: copy_not_written
# mistake: the loop's name is rebound, the copy keeps its weights
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
            q, scale = quantise(p)
            p = dequantise(q, scale)
    return result
