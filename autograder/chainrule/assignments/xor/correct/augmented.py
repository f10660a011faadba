"""A correct submission without biases: every layer sees a column of ones, and [W | b] is one matrix throughout."""

import numpy as np


# %% threshold_neuron
def mit_einsen(x):
    """Hängt eine Spalte aus Einsen an: (N, k) -> (N, k + 1)."""
    x = np.asarray(x, dtype=float)
    return np.concatenate([x, np.ones(x.shape[:-1] + (1,))], axis=-1)


def erweitert(W, b):
    """[W | b]: Gewichte und Bias in einer Matrix (bei einem Neuron in einem Vektor)."""
    return np.concatenate([W, np.expand_dims(b, -1)], axis=-1)


ECKEN = mit_einsen(CORNERS)
GATTER = {"and": np.array([3.0, 3.0, -4.5]), "or": np.array([3.0, 3.0, -1.5])}
GATTER["nand"] = -GATTER["and"]


def zerlegt(theta):
    return theta[:-1], theta[-1]


def threshold_neuron(x, w, b):
    return (mit_einsen(x) @ erweitert(w, b) > 0).astype(np.int8)


def and_neuron():
    return zerlegt(GATTER["and"])


def or_neuron():
    return zerlegt(GATTER["or"])


def nand_neuron():
    return zerlegt(GATTER["nand"])


# %% perceptron
def perceptron_step(w, b, x, y):
    theta, z = np.r_[w, b], y * np.r_[x, 1.0]  # mit y gefaltet: richtig ist, wer theta·z > 0 hat
    return zerlegt(theta + z * (theta @ z <= 0))


def train_perceptron(x, y, epochs):
    z = np.asarray(y)[:, None] * mit_einsen(x)
    theta = np.zeros((1 + epochs * len(z), 3))
    for t in range(1, len(theta)):
        k = (t - 1) % len(z)
        theta[t] = theta[t - 1]
        if theta[t] @ z[k] <= 0:
            theta[t] += z[k]
    return theta


def perceptron_verdict(history):
    # jeder Zeile eine Nummer, gleichen Zeilen die gleiche
    _, nummer = np.unique(history, axis=0, return_inverse=True)
    nummer = nummer.ravel()
    (gleich,) = np.nonzero(nummer == nummer[-1])
    if gleich.size == 1:
        return "undecided", 0
    abstand = np.diff(gleich)
    if abstand[-1] > 1:
        return "cycling", int(abstand[-1])
    luecken = np.flatnonzero(abstand > 1)
    return "converged", int(gleich[luecken[-1] + 1] if luecken.size else gleich[0])


# %% logistic_regression
def sigma(z):
    return np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z)))


def verlust(z, y):
    """Mittlere Kreuzentropie, über die letzte Achse."""
    return (np.log1p(np.exp(-np.abs(z))) + np.clip(z, 0, None) - y * z).mean(axis=-1)


def verlust_und_gradient(theta, X, y):
    z = X @ theta
    return verlust(z, y), X.T @ (sigma(z) - y) / len(X)


def logistic_loss(w, b, x, y):
    L, d = verlust_und_gradient(erweitert(w, b), mit_einsen(x), y)
    return L, *zerlegt(d)


def train_logistic(x, y, w, b, steps, learning_rate):
    X, theta = mit_einsen(x), np.r_[w, b].astype(float)
    losses = []
    for _ in range(steps):
        L, d = verlust_und_gradient(theta, X, y)
        losses.append(L)
        theta -= learning_rate * d
    losses.append(verlust(X @ theta, y))
    return *zerlegt(theta), np.array(losses)


def loss_surface(w1, w2, b, x, y):
    W1, W2, B = np.meshgrid(w1, w2, [b])  # je (B, A, 1)
    theta = np.concatenate([W1, W2, B], axis=2)
    return verlust(theta @ mit_einsen(x).T, y)


# %% xor_by_hand
def threshold_network(x, W1, b1, w2, b2):
    H = mit_einsen(x) @ erweitert(W1, b1).T > 0
    Y = mit_einsen(H) @ erweitert(w2, b2) > 0
    return H.astype(int), Y.astype(int)


def xor_threshold_weights():
    # beide Neuronen sind Zeilen einer Matrix; am Ende: OR ohne AND
    Theta = np.stack([GATTER["or"], GATTER["and"]])
    return Theta[:, :2], Theta[:, 2], np.array([1.0, -1.0]), -0.5


def relu_network(x, W1, b1, w2, b2):
    H = mit_einsen(x) @ erweitert(W1, b1).T
    H[H < 0] = 0
    return H, mit_einsen(H) @ erweitert(w2, b2)


def xor_relu_weights():
    # Tal statt Berg: relu(1 - s) + relu(s - 1) ist |s - 1|, und 1 - |s - 1| ist XOR an den Ecken
    Theta = np.array([[-1.0, -1.0, 1.0], [1.0, 1.0, -1.0]])
    return Theta[:, :2], Theta[:, 2], np.array([-1.0, -1.0]), 1.0


# %% hidden_space
AKTIVIERUNG = {
    "identity": lambda z: z,
    "sigmoid": sigma,
    "tanh": np.tanh,
    "relu": lambda z: (abs(z) + z) / 2,
}
# Ableitung, aus h allein
STEIGUNG = {
    "identity": lambda h: np.ones(h.shape),
    "sigmoid": lambda h: h * (1 - h),
    "tanh": lambda h: (1 - h) * (1 + h),
    "relu": lambda h: (h > 0).astype(float),
}


def hidden_points(x, W1, b1, activation="tanh"):
    return AKTIVIERUNG[activation](mit_einsen(x) @ erweitert(W1, b1).T)


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("Die Gerade ist senkrecht.")
    steigung = np.array([w2[0], b2]) / -w2[1]
    return np.stack([h1, np.ones(np.shape(h1))], axis=-1) @ steigung


def separates(h, y, w2, b2):
    an = mit_einsen(h) @ erweitert(w2, b2) > 0
    return not np.any(an ^ (np.asarray(y) == 1))


# %% train_xor_numpy
def init_xor(width, seed):
    """Alles aus N(0, 1), der Bias ist auch nur ein Gewicht."""
    rng = np.random.default_rng(seed)
    Theta1 = rng.normal(size=(width, 3))
    Theta2 = rng.normal(size=(1, width + 1))
    return auseinander(Theta1, Theta2)


def zusammen(parameters):
    W1, b1, W2, b2 = parameters
    return erweitert(W1, b1), erweitert(W2, b2)


def auseinander(Theta1, Theta2):
    return [Theta1[..., :-1], Theta1[..., -1], Theta2[..., :-1], Theta2[..., -1]]


def vorwaerts(Theta1, Theta2, X, activation):
    H = mit_einsen(AKTIVIERUNG[activation](X @ Theta1.T))
    return H, (H @ Theta2.T)[:, 0]


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    Theta1, Theta2 = zusammen(parameters)
    X, N = mit_einsen(x), len(x)
    losses = np.zeros(steps + 1)
    H, z = vorwaerts(Theta1, Theta2, X, activation)
    losses[0] = verlust(z, y)
    for schritt in range(1, steps + 1):
        dz = ((sigma(z) - y) / N)[:, None]
        dH = (dz @ Theta2)[:, :-1]  # die Spalte der Einsen hat keine Vorgänger
        dU = dH * STEIGUNG[activation](H[:, :-1])
        Theta2 = Theta2 - learning_rate * dz.T @ H
        Theta1 = Theta1 - learning_rate * dU.T @ X
        H, z = vorwaerts(Theta1, Theta2, X, activation)
        losses[schritt] = verlust(z, y)
    return [np.ascontiguousarray(a) for a in auseinander(Theta1, Theta2)], losses


def probabilities(parameters, x, activation="tanh"):
    return sigma(vorwaerts(*zusammen(parameters), mit_einsen(x), activation)[1])


def solved(parameters, activation="tanh"):
    # p > 0.9 heißt Logit > ln 9
    _, z = vorwaerts(*zusammen(parameters), ECKEN, activation)
    return bool(((2 * XOR - 1) * z > np.log(9)).all())


# %% train_xor_torch
def stack(networks):
    Theta1, Theta2 = (np.stack(Thetas) for Thetas in zip(*map(zusammen, networks)))
    return auseinander(Theta1, Theta2)


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    f = {"identity": lambda u: u, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[activation]
    Theta1, Theta2 = (torch.tensor(Theta, requires_grad=True) for Theta in zusammen(parameters))
    X, ziel = torch.tensor(mit_einsen(x)), torch.tensor(np.asarray(y, dtype=float))
    eins = torch.ones(len(Theta1), len(X), 1, dtype=torch.float64)

    def einzeln():
        H = torch.cat([f(X @ Theta1.transpose(1, 2)), eins], dim=2)
        z = (H @ Theta2.transpose(1, 2))[:, :, 0]
        return (F.softplus(z) - ziel * z).mean(dim=1)

    losses = []
    for _ in range(steps):
        L = einzeln()
        losses.append(L.detach())
        L.sum().backward()
        for Theta in (Theta1, Theta2):
            Theta.data.add_(Theta.grad, alpha=-learning_rate)
            Theta.grad = None
    losses.append(einzeln().detach())
    return auseinander(Theta1.detach().numpy(), Theta2.detach().numpy()), torch.stack(losses).numpy()


# %% no_hidden_layer
def collapse_network(parameters):
    # das Produkt zweier affiner Abbildungen; die letzte Zeile reicht die Eins weiter
    Theta1, Theta2 = zusammen(parameters)
    theta = Theta2 @ np.vstack([Theta1, [0, 0, 1]])
    w, b = zerlegt(theta[0])
    return w, float(b)


def most_corners_right(w, b):
    return int((ECKEN @ np.append(w, b) * np.where(XOR == 1, 1, -1) > 0).sum())


def anteil(width, seeds, steps, learning_rate, activation):
    netze = stack([init_xor(width, seed) for seed in seeds])
    ende, _ = train_xor_torch(netze, CORNERS, XOR, steps, learning_rate, activation)
    Theta1, Theta2 = zusammen(ende)
    H = mit_einsen(AKTIVIERUNG[activation](ECKEN @ Theta1.swapaxes(1, 2)))
    z = np.squeeze(H @ Theta2.swapaxes(1, 2), axis=2)
    return ((2 * XOR - 1) * z > np.log(9)).all(axis=1).mean()


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    return anteil(width, seeds, steps, learning_rate, "identity")


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    richtig = np.abs(p - XOR) < 0.1
    offen = 4 - richtig.sum()
    if offen == 0:
        return "solved"
    mitte = XOR[~richtig].mean() if offen == 3 else 0.5
    nahe = np.abs(p[~richtig] - mitte).max() <= 0.05
    if not nahe or offen == 1:
        return "other"
    return ("two undecided", "three averaged", "all undecided")[offen - 2]


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return anteil(width, seeds, steps, learning_rate, activation)


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    tabelle = rng.choice(np.c_[CORNERS, XOR], size=n)  # zieht ganze Zeilen
    return tabelle[:, :2] + rng.normal(scale=sigma, size=(n, 2)), tabelle[:, 2]


def decision_grid(parameters, x1, x2, activation="tanh"):
    Theta1, Theta2 = zusammen(parameters)
    X = np.stack([*np.meshgrid(x1, x2), np.ones((len(x2), len(x1)))], axis=-1)
    H = mit_einsen(AKTIVIERUNG[activation](X @ Theta1.T))
    return sigma((H @ Theta2.T)[..., 0])
