"""A correct submission in German with samples as columns, and all parameters of a network in one vector."""

import numpy as np


# %% neuron
# Ich rechne innen mit Spalten (ein Beispiel = eine Spalte) wie im anderen Kurs: Z = W X + b, X ist (n0, m).
# Am Eingang und am Ausgang jeder Funktion wird gedreht.
def als_spalte(v):
    return np.reshape(v, (-1, 1)).astype(float)


def sigma(Z):
    return 0.5 * np.tanh(0.5 * Z) + 0.5


def layer_batch(x, weight, bias):
    X = np.transpose(x).astype(float)  # (n0, m)
    Z = np.dot(weight, X) + als_spalte(bias)  # (n1, m)
    return sigma(Z).T


def layer(x, weight, bias):
    # eine einzige Spalte
    return layer_batch(als_spalte(x).T, weight, bias)[0]


def neuron(x, w, b):
    # eine Schicht mit einem einzigen Neuron
    return float(layer(x, als_spalte(w).T, np.array([b]))[0])


# %% activations
def _zahl(z):
    return np.array(z, dtype=float)


def identity(z):
    return _zahl(z)


def identity_backward(da, z):
    return _zahl(da)


def sigmoid(z):
    # zwei Zweige mit Masken; jeder sieht nur die Werte, für die er gedacht ist
    z = _zahl(z)
    a = np.empty(np.shape(z))
    pos = z >= 0
    a[pos] = 1 / (1 + np.exp(-z[pos]))
    e = np.exp(z[~pos])
    a[~pos] = e / (1 + e)
    return a


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh(z):
    return np.tanh(_zahl(z))


def tanh_backward(da, z):
    return da * (1 - np.square(tanh(z)))


def relu(z):
    z = np.array(z, dtype=float)
    np.maximum(z, 0, out=z)  # z ist schon eine Kopie
    return z


def relu_backward(da, z):
    dz = np.array(da, dtype=float)
    dz[np.asarray(z) <= 0] = 0  # dz ist schon eine Kopie
    return dz


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    # vorwärts
    h = float(tanh(w * x))
    h2 = h * h
    y = float(theta * h2)
    fehler = y - target

    # rückwärts: ein lokaler Faktor nach dem anderen
    dy = float(fehler + fehler)
    dh = float(dy * 2 * theta * h)
    du = dh - dh * h2  # u = w·x
    namen = ["h", "y", "loss", "dloss_dy", "dloss_dtheta", "dloss_dh", "dloss_dw", "dloss_dx"]
    werte = [h, y, fehler * fehler, dy, dy * h2, dh, du * x, du * w]
    return {name: float(wert) for name, wert in zip(namen, werte)}


# %% linear_forward
def linear_forward(x, weight, bias):
    # Trick: die 1 als weiterer Eingang, der Bias als weitere Spalte von W
    X1 = np.vstack([x.T, np.ones((1, x.shape[0]))])  # (n0 + 1, m)
    W1 = np.column_stack([weight, bias])  # (n1, n0 + 1)
    Y = W1 @ X1  # (n1, m)
    return np.ascontiguousarray(Y.T), (x, weight)


# %% linear_backward
def linear_backward(dy, cache):
    x, W = cache
    m = dy.shape[0]
    dY = dy.T * 1.0  # (n1, m)
    X1 = np.vstack([x.T, np.ones((1, m))])  # (n0 + 1, m), wie vorwärts
    dW1 = dY @ X1.T  # (n1, n0 + 1): Gewichte und Bias zusammen, Summe über die Beispiele
    dX = W.T @ dY  # (n0, m)
    return dX.T, dW1[:, :-1], dW1[:, -1]


# %% losses
def _gleich(a, b):
    a, b = np.array(a, dtype=float), np.array(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError(f"Formen passen nicht zusammen: {a.shape} und {b.shape}")
    return a, b


def mse(prediction, target):
    p, t = _gleich(prediction, target)
    M = p.size
    e = p - t
    return float(np.vdot(e, e) / M), 2 / M * e


def mae(prediction, target):
    p, t = _gleich(prediction, target)
    ueber, unter = p > t, p < t
    steigung = ueber.astype(float) - unter.astype(float)
    return float(np.vdot(steigung, p - t) / p.size), steigung / p.size


def rmse(prediction, target):
    wert, grad = mse(prediction, target)
    wurzel = np.sqrt(wert)
    nenner = 2 * wurzel if wurzel > 0 else 1.0  # Fehler 0: grad ist schon 0
    return float(wurzel), grad / nenner


def binary_cross_entropy(logits, target):
    z, t = _gleich(logits, target)
    # -t ln σ(z) - (1-t) ln(1-σ(z)) = ln(1+e^z) - t z;  ln(1+e^z) = max(z,0) + ln(1+e^-|z|)
    # t z erst vom großen Teil abziehen, damit nichts ausgelöscht wird
    gross = np.where(z > 0, (1 - t) * z, -t * z)
    klein = np.log1p(np.exp(-np.abs(z)))
    return float(np.mean(gross + klein)), (sigmoid(z) - t) / z.size


def softmax_cross_entropy(logits, labels):
    m, C = logits.shape
    if np.shape(labels) != (m,):
        raise ValueError("labels: eine ganze Zahl für jedes Beispiel")
    Z = np.array(logits, dtype=float).T  # (C, m)
    Y = np.zeros((C, m))
    Y[labels, np.arange(m)] = 1
    Z = Z - Z.max(axis=0)
    lse = np.log(np.exp(Z).sum(axis=0))
    richtig = Z[labels, np.arange(m)]
    dZ = (np.exp(Z - lse) - Y) / m
    return float(np.mean(lse - richtig)), dZ.T


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    form = np.shape(x)
    start = np.array(x, dtype=float, order="C").reshape(-1)
    spruenge = eps * np.eye(start.size)  # Zeile k: ein Sprung nur beim Element k
    d = [f((start + s).reshape(form)) - f((start - s).reshape(form)) for s in spruenge]
    return np.array(d, dtype=float).reshape(form) / (2 * eps)


def relative_error(a, b):
    a, b = np.ravel(a).astype(float), np.ravel(b).astype(float)
    unten = np.linalg.norm(a, np.inf) + np.linalg.norm(b, np.inf)
    return float(np.linalg.norm(a - b, np.inf) / max(unten, 1e-12))


# %% mlp
class MLP:
    """Alle Parameter liegen in EINEM Vektor theta, alle Gradienten in einem Vektor dtheta.

    W und b jeder Schicht sind nur Fenster (views) darauf.
    """

    def __init__(self, widths, activation="relu", seed=0):
        paare = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if len(widths) < 2:
            raise ValueError("mindestens zwei Breiten")
        if activation not in paare:
            raise ValueError(f"unbekannte Aktivierung: {activation}")
        self.g, self.g_zurueck = paare[activation]
        self.widths = tuple(widths)
        self.formen = []
        for n0, n1 in zip(self.widths, self.widths[1:]):
            self.formen += [(n1, n0), (n1,)]
        self.theta = np.zeros(self.count_parameters())
        self.dtheta = np.zeros_like(self.theta)
        zufall = np.random.default_rng(seed)
        for p in self.parameters():
            # Gewichte nach Glorot/He, Bias etwas kleiner
            breite = 1.2 / np.sqrt(p.shape[1]) if p.ndim == 2 else 0.4
            p[...] = zufall.normal(0, breite, p.shape)

    def _fenster(self, vektor):
        stellen = np.cumsum([int(np.prod(f)) for f in self.formen])[:-1]
        return [teil.reshape(f) for teil, f in zip(np.split(vektor, stellen), self.formen)]

    def forward(self, x):
        p = self.parameters()
        self.gemerkt = []  # je Schicht: (cache, z)
        h = x
        for W, b in zip(p[0::2], p[1::2]):
            z, cache = linear_forward(h, W, b)
            self.gemerkt.append((cache, z))
            h = self.g(z)
        return z  # nach der letzten Schicht ohne g

    def backward(self, dy):
        dtheta = np.zeros_like(self.theta)
        d = self._fenster(dtheta)
        schichten = len(self.gemerkt)
        dz = dy
        for l in range(schichten - 1, -1, -1):
            cache, _ = self.gemerkt[l]
            da, d[2 * l][...], d[2 * l + 1][...] = linear_backward(dz, cache)
            if l > 0:
                dz = self.g_zurueck(da, self.gemerkt[l - 1][1])
        self.dtheta = dtheta
        return da

    def parameters(self):
        return self._fenster(self.theta)

    def gradients(self):
        return self._fenster(self.dtheta)

    def count_parameters(self):
        return sum(n1 * (n0 + 1) for n0, n1 in zip(self.widths, self.widths[1:]))


# %% collapse
def collapse(weights, biases):
    # homogene Koordinaten: [W b; 0 1] macht aus jeder Schicht ein einziges Matrixprodukt
    T = np.eye(weights[0].shape[1] + 1)
    for W, b in zip(weights, biases):
        n1, n0 = W.shape
        H = np.zeros((n1 + 1, n0 + 1))
        H[:n1, :n0], H[:n1, n0], H[n1, n0] = W, b, 1
        T = H @ T
    return T[:-1, :-1], T[:-1, -1]


# %% shallow_joints
def shallow_stages(x, theta, phi):
    X1 = np.vstack([np.ones(len(x)), x])  # (2, N), oben die 1 für den Bias
    Z = theta @ X1  # (D, N)
    H = np.where(Z > 0, Z, 0.0)
    G = np.diag(phi[1:]) @ H
    return Z.T, H.T, G.T, phi[0] + G.sum(axis=0)


def shallow_joints(theta):
    beweglich = theta[theta[:, 1] != 0]
    return np.sort(np.divide(-beweglich[:, 0], beweglich[:, 1]))


def shallow_slopes(theta, phi):
    knicke = shallow_joints(theta)
    # die Ableitung einer Einheit bei x ist 0 oder φ_i θ_i1; geprüft an je einer Stelle im Inneren
    if knicke.size:
        rand = np.concatenate([[knicke[0] - 2], knicke, [knicke[-1] + 2]])
    else:
        rand = np.array([-1.0, 1.0])
    mitte = (rand[:-1] + rand[1:]) / 2
    an = shallow_stages(mitte, theta, phi)[0] > 0  # (Bereiche, D)
    return np.where(an, phi[1:] * theta[:, 1], 0.0).sum(axis=1)


# %% sgd
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        np.subtract(p, learning_rate * g, out=p)


def minibatches(n, batch_size, rng):
    reihenfolge = np.arange(n)
    rng.shuffle(reihenfolge)
    anzahl = -(-n // batch_size)  # aufgerundet
    return [reihenfolge[k * batch_size : (k + 1) * batch_size] for k in range(anzahl)]


def decayed_learning_rate(start, decay, epoch):
    return float(start * np.prod(np.full(epoch, decay, dtype=float)))


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    zufall = np.random.default_rng(seed)
    verlauf = {"loss": [], "learning_rate": []}

    def notiere():
        verlauf["loss"].append(mse(model.forward(x), y)[0])

    notiere()
    epoche = 0
    while epoche < epochs:
        eta = decayed_learning_rate(learning_rate, decay, epoche)
        verlauf["learning_rate"].append(eta)
        for teil in minibatches(len(x), batch_size, zufall):
            ausgabe = model.forward(x[teil])
            _, dy = mse(ausgabe, y[teil])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), eta)
        notiere()
        epoche += 1
    return verlauf


# %% lecture_errors
def count_weights(widths):
    # Summe der Nebendiagonale des äußeren Produkts: D_{k-1} · D_k
    D = np.array(widths, dtype=int)
    return int(np.trace(np.outer(D, D), offset=1))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    if drop_last:
        return n_samples // batch_size
    return (n_samples + batch_size - 1) // batch_size


def gradient_step(w, gradient, learning_rate):
    s = -learning_rate * np.asarray(gradient, dtype=float)  # s gegen den Gradienten: ∇L · s < 0
    return w + s


def count_deep_parameters(depth, width):
    return depth * width * (width + 1)


def binary_loss(p, y):
    p, y = np.asarray(p, dtype=float), np.asarray(y, dtype=float)
    treffer = y * p + (1 - y) * (1 - p)  # Wahrscheinlichkeit der richtigen Klasse
    return float(-np.log(treffer).sum())


def split_theta(theta):
    # Spalte 0 steht allein (Bias), Spalte 1 wird mit x multipliziert (Gewicht)
    return theta @ np.array([1.0, 0.0]), theta @ np.array([0.0, 1.0])
