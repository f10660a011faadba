"""A correct submission in French, in homogeneous coordinates: a point is (x, 1), a line is (w, b)."""

import numpy as np
import torch
import torch.nn.functional as F


# %% threshold_neuron
# Coordonnées homogènes : un point x devient (x, 1), une droite devient (w, b).
def homogene(x):
    """Ajoute une coordonnée 1 à chaque point : (..., k) -> (..., k + 1)."""
    x = np.asarray(x, dtype=float)
    return np.concatenate([x, np.ones(x.shape[:-1] + (1,))], axis=-1)


def demi_plan(pied, normale):
    """Le demi-plan ouvert bordé par la droite qui passe par `pied`, du côté où va `normale`."""
    normale = np.asarray(normale, dtype=float) / np.hypot(*normale)
    return normale, -float(normale @ np.asarray(pied, dtype=float))


def threshold_neuron(x, w, b):
    return (homogene(x) @ np.append(w, b) > 0).astype(int)


def and_neuron():
    return demi_plan(pied=(0.75, 0.75), normale=(1, 1))


def or_neuron():
    return demi_plan(pied=(0.25, 0.25), normale=(1, 1))


def nand_neuron():
    return demi_plan(pied=(0.75, 0.75), normale=(-1, -1))


# %% perceptron
def perceptron_step(w, b, x, y):
    droite, point = np.append(w, b), np.append(x, 1.0)
    if y * (droite @ point) <= 0:
        droite = droite + y * point  # on tourne la droite vers le point
    return droite[:-1], float(droite[-1])


def train_perceptron(x, y, epochs):
    n = len(x)
    chemin = np.zeros((epochs * n + 1, 3))
    for t in range(epochs * n):
        w, b = perceptron_step(chemin[t, :2], chemin[t, 2], x[t % n], y[t % n])
        chemin[t + 1] = *w, b
    return chemin


def perceptron_verdict(history):
    # On lit l'histoire à l'envers : ici[k] dit si l'on était, il y a k moments, où l'on est à la fin.
    ici = np.all(history[::-1] == history[-1], axis=1)
    repos = len(ici) if ici.all() else int(np.argmin(ici))
    if repos >= 2:
        return "converged", len(ici) - repos
    retours = np.flatnonzero(ici[1:]) + 1
    return ("cycling", int(retours[0])) if retours.size else ("undecided", 0)


# %% logistic_regression
def logistic_loss(w, b, x, y):
    # signe = +1 pour la classe 0 et -1 pour la classe 1 ; le coût d'un point est ln(1 + exp(signe z)).
    points, signe = homogene(x), 1.0 - 2.0 * np.asarray(y, dtype=float)
    marge = signe * (points @ np.append(w, b))
    pente = signe * np.exp(-np.logaddexp(0, -marge)) / len(points)
    gradient = pente @ points
    return float(np.logaddexp(0, marge).mean()), gradient[:2], float(gradient[2])


def train_logistic(x, y, w, b, steps, learning_rate):
    droite, pertes = np.append(w, b).astype(float), np.empty(steps + 1)
    for k in range(steps + 1):
        pertes[k], dw, db = logistic_loss(droite[:2], droite[2], x, y)
        if k < steps:
            droite = droite - learning_rate * np.append(dw, db)
    return droite[:2], float(droite[2]), pertes


def loss_surface(w1, w2, b, x, y):
    x, y = np.asarray(x), np.asarray(y)
    z = np.asarray(w2)[:, None, None] * x[:, 1] + np.asarray(w1)[None, :, None] * x[:, 0] + b
    return np.logaddexp(0, (1 - 2 * y) * z).mean(axis=2)


# %% xor_by_hand
def threshold_network(x, W1, b1, w2, b2):
    h = np.stack([threshold_neuron(x, w, b) for w, b in zip(W1, b1)], axis=1)
    return h, threshold_neuron(h, w2, b2)


def xor_threshold_weights():
    # La bande entre les droites x1 + x2 = 1/2 et x1 + x2 = 3/2 : « ou » et « non-et », puis « et ».
    (u, c), (v, d) = or_neuron(), nand_neuron()
    w, e = and_neuron()
    return np.array([u, v]), np.array([c, d]), w, e


def relu_network(x, W1, b1, w2, b2):
    couche = np.column_stack([W1, b1])
    h = np.maximum(homogene(x) @ couche.T, 0.0)
    return h, homogene(h) @ np.append(w2, b2)


def xor_relu_weights():
    # Le toit y = 1 - |x1 + x2 - 1| ; une valeur absolue est la somme de deux ReLU.
    return np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([-1.0, 1.0]), np.array([-1.0, -1.0]), 1.0


# %% hidden_space
PLIS = {
    "identity": lambda u: u,
    "sigmoid": lambda u: np.exp(-np.logaddexp(0, -u)),
    "tanh": np.tanh,
    "relu": lambda u: np.maximum(u, 0.0),
}


def hidden_points(x, W1, b1, activation="tanh"):
    return PLIS[activation](homogene(x) @ np.column_stack([W1, b1]).T)


def output_line(h1, w2, b2):
    alpha, beta = w2
    if beta == 0:
        raise ValueError("la droite est verticale : aucune hauteur n'appartient à h1")
    return -(alpha * np.asarray(h1, dtype=float) + b2) / beta


def separates(h, y, w2, b2):
    hauteur = np.asarray(h) @ np.asarray(w2) + b2
    return not np.any((hauteur > 0) ^ (np.asarray(y) == 1))


# %% train_xor_numpy
def init_xor(width, seed):
    # Chaque unité : une droite de direction quelconque par un point quelconque du carré.
    hasard = np.random.default_rng(seed)
    angle = hasard.uniform(0, 2 * np.pi, width)
    W1 = 3.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    b1 = -np.sum(W1 * hasard.uniform(0, 1, (width, 2)), axis=1)
    return [W1, b1, hasard.uniform(-1, 1, (1, width)), np.zeros(1)]


PENTES = {  # écrites avec h = f(u)
    "identity": lambda h: np.ones_like(h),
    "sigmoid": lambda h: h * (1 - h),
    "tanh": lambda h: 1 - h * h,
    "relu": lambda h: (h > 0).astype(float),
}


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = parameters
    M1, M2 = np.column_stack([W1, b1]), np.append(W2[0], b2)  # (D, 3) et (D + 1,)
    X, signe, pertes = homogene(x), 1 - 2 * np.asarray(y, dtype=float), np.empty(steps + 1)
    for k in range(steps + 1):
        h = PLIS[activation](X @ M1.T)
        H = homogene(h)
        marge = signe * (H @ M2)
        pertes[k] = np.logaddexp(0, marge).mean()
        if k == steps:
            break
        dz = signe * np.exp(-np.logaddexp(0, -marge)) / len(X)
        du = np.outer(dz, M2[:-1]) * PENTES[activation](h)
        M1, M2 = M1 - learning_rate * (du.T @ X), M2 - learning_rate * (dz @ H)
    return [M1[:, :2].copy(), M1[:, 2].copy(), M2[None, :-1].copy(), M2[-1:].copy()], pertes


def probabilities(parameters, x, activation="tanh"):
    W1, b1, W2, b2 = parameters
    z = homogene(hidden_points(x, W1, b1, activation)) @ np.append(W2[0], b2)
    return np.exp(-np.logaddexp(0, -z))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(p[XOR == 1].min() > 0.9 and p[XOR == 0].max() < 0.1)


# %% train_xor_torch
def stack(networks):
    return [np.stack(couches) for couches in zip(*networks)]


class Faisceau(torch.nn.Module):
    """S réseaux côte à côte, en coordonnées homogènes : M1 (S, D, 3) et M2 (S, D + 1)."""

    def __init__(self, W1, b1, W2, b2, f):
        super().__init__()
        self.M1 = torch.nn.Parameter(torch.tensor(np.concatenate([W1, b1[..., None]], axis=2)))
        self.M2 = torch.nn.Parameter(torch.tensor(np.concatenate([W2[:, 0], b2], axis=1)))
        self.f = f

    def forward(self, X):
        h = self.f(torch.einsum("ni,sdi->snd", X, self.M1))
        return torch.einsum("snd,sd->sn", h, self.M2[:, :-1]) + self.M2[:, -1:]

    def tableaux(self):
        M1, M2 = (M.detach().numpy() for M in (self.M1, self.M2))
        return [M1[..., :2].copy(), M1[..., 2].copy(), M2[:, None, :-1].copy(), M2[:, -1:].copy()]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    f = {"identity": torch.nn.Identity(), "relu": F.relu}.get(activation) or getattr(torch, activation)
    reseaux = Faisceau(*parameters, f)
    X, cible = torch.tensor(homogene(x)), torch.tensor(np.asarray(y, dtype=float))
    descente = torch.optim.SGD(reseaux.parameters(), lr=learning_rate)
    pertes = np.empty((steps + 1, len(parameters[0])))
    for k in range(steps + 1):
        z = reseaux(X)
        L = F.binary_cross_entropy_with_logits(z, cible.expand_as(z), reduction="none").mean(dim=1)
        pertes[k] = L.detach().numpy()
        if k < steps:
            descente.zero_grad()
            L.sum().backward()
            descente.step()
    return reseaux.tableaux(), pertes


# %% no_hidden_layer
def collapse_network(parameters):
    # Composer deux applications affines, c'est multiplier leurs matrices homogènes.
    W1, b1, W2, b2 = parameters
    premiere = np.vstack([np.column_stack([W1, b1]), [0.0, 0.0, 1.0]])
    w_et_b = np.append(W2[0], b2) @ premiere
    return w_et_b[:2], float(w_et_b[2])


def most_corners_right(w, b):
    voulu = 2 * XOR - 1
    return int(np.sum(np.sign(CORNERS @ np.asarray(w) + b) == voulu))


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    depart = stack([init_xor(width, seed) for seed in seeds])
    arrivee, _ = train_xor_torch(depart, CORNERS, XOR, steps, learning_rate, "identity")
    return float(np.mean([solved(reseau, "identity") for reseau in zip(*arrivee)]))


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    juste = np.where(XOR == 1, p > 0.9, p < 0.1)
    reste = ~juste

    def tous_pres(de):
        return bool(np.all(np.abs(p[reste] - de) <= 0.05))

    combien = int(juste.sum())
    if combien == 4:
        return "solved"
    if combien == 0 and tous_pres(de=0.5):
        return "all undecided"
    if combien == 2 and tous_pres(de=0.5):
        return "two undecided"
    if combien == 1 and tous_pres(de=XOR[reste].mean()):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    depart = stack([init_xor(width, seed) for seed in seeds])
    arrivee, _ = train_xor_torch(depart, CORNERS, XOR, steps, learning_rate, activation)
    return float(np.mean([solved(reseau, activation) for reseau in zip(*arrivee)]))


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    hasard = np.random.default_rng(seed)
    coin = hasard.integers(0, 4, size=n)
    return CORNERS[coin] + hasard.normal(0.0, sigma, size=(n, 2)), XOR[coin]


def decision_grid(parameters, x1, x2, activation="tanh"):
    plan = np.stack(np.meshgrid(x1, x2), axis=-1)  # (B, A, 2)
    return probabilities(parameters, plan.reshape(-1, 2), activation).reshape(plan.shape[:2])
