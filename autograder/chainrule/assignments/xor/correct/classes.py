"""Poprawne rozwiązanie w klasach: dataclasses, adnotacje typów, komentarze po polsku, optymalizator z torch.optim."""

import numpy as np


# %% threshold_neuron
from dataclasses import dataclass
from typing import NamedTuple, Self


@dataclass(frozen=True)
class Line:
    """Prosta w·x + b = 0; po jej dodatniej stronie neuron się zapala."""

    w: np.ndarray
    b: float

    def score(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(x, dtype=float) @ np.asarray(self.w, dtype=float) + self.b

    def fires(self, x: np.ndarray) -> np.ndarray:
        return np.where(self.score(x) > 0, 1, 0)

    def negated(self) -> Self:
        return type(self)(-self.w, -self.b)

    def __iter__(self):
        return iter((self.w, self.b))


AND = Line(np.array([1.0, 1.0]), -1.4)
OR = Line(np.array([1.0, 1.0]), -0.6)
NAND = AND.negated()


def threshold_neuron(x: np.ndarray, w: np.ndarray, b: float) -> np.ndarray:
    return Line(w, b).fires(x)


def and_neuron() -> tuple[np.ndarray, float]:
    return tuple(AND)


def or_neuron() -> tuple[np.ndarray, float]:
    return tuple(OR)


def nand_neuron() -> tuple[np.ndarray, float]:
    return tuple(NAND)


# %% perceptron
class Verdict(NamedTuple):
    name: str
    number: int


class Perceptron:
    """Reguła Rosenblatta z etykietami −1 i +1."""

    def __init__(self, w: np.ndarray | None = None, b: float = 0.0) -> None:
        self.w = np.zeros(2) if w is None else np.array(w, dtype=float)  # kopia: argument zostaje nietknięty
        self.b = float(b)

    def learn(self, x: np.ndarray, y: int) -> bool:
        """Zwraca, czy trzeba było coś poprawić."""
        mistaken = y * (np.dot(self.w, x) + self.b) <= 0
        if mistaken:
            self.w += y * np.asarray(x)
            self.b += y
        return bool(mistaken)

    @property
    def row(self) -> list[float]:
        return [*self.w.tolist(), self.b]


def perceptron_step(w: np.ndarray, b: float, x: np.ndarray, y: int) -> tuple[np.ndarray, float]:
    neuron = Perceptron(w, b)
    neuron.learn(x, y)
    return neuron.w, neuron.b


def train_perceptron(x: np.ndarray, y: np.ndarray, epochs: int) -> np.ndarray:
    neuron = Perceptron()
    history = [neuron.row]
    for _ in range(epochs):
        for sample, label in zip(x, y, strict=True):
            neuron.learn(sample, label)
            history.append(neuron.row)
    return np.array(history)


def perceptron_verdict(history: np.ndarray) -> Verdict:
    rows = [tuple(row) for row in np.asarray(history).tolist()]
    *earlier, last = rows
    seen = [age for age, row in enumerate(reversed(earlier), start=1) if row == last]
    if not seen:
        return Verdict("undecided", 0)
    if seen[0] > 1:
        return Verdict("cycling", seen[0])
    # ile wierszy na końcu jest takich samych
    still = next((age for age, row in enumerate(reversed(rows)) if row != last), len(rows))
    return Verdict("converged", len(rows) - still)


# %% logistic_regression
@dataclass
class Logistic:
    """Regresja logistyczna: p = σ(w·x + b)."""

    w: np.ndarray
    b: float

    @staticmethod
    def sigmoid(z: np.ndarray) -> np.ndarray:
        small = np.exp(-np.abs(z))  # nigdy nie większe od 1
        return np.where(z >= 0, 1.0, small) / (1.0 + small)

    def loss(self, x: np.ndarray, y: np.ndarray) -> float:
        z = Line(self.w, self.b).score(x)
        return float(np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))))

    def gradient(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
        error = self.sigmoid(Line(self.w, self.b).score(x)) - y
        return np.mean(error[:, np.newaxis] * x, axis=0), float(np.mean(error))

    def step(self, x: np.ndarray, y: np.ndarray, learning_rate: float) -> None:
        dw, db = self.gradient(x, y)
        self.w = self.w - learning_rate * dw
        self.b = self.b - learning_rate * db


def logistic_loss(w: np.ndarray, b: float, x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, float]:
    model = Logistic(w, b)
    return (model.loss(x, y), *model.gradient(x, y))


def train_logistic(
    x: np.ndarray, y: np.ndarray, w: np.ndarray, b: float, steps: int, learning_rate: float
) -> tuple[np.ndarray, float, np.ndarray]:
    model = Logistic(w, b)
    losses = [model.loss(x, y)]
    while len(losses) <= steps:
        model.step(x, y, learning_rate)
        losses.append(model.loss(x, y))
    return model.w, model.b, np.array(losses)


def loss_surface(w1: np.ndarray, w2: np.ndarray, b: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.array([[Logistic(np.array([first, second]), b).loss(x, y) for first in w1] for second in w2])


# %% xor_by_hand
class TwoLayers:
    """Dwie warstwy; podklasy mówią, co robi neuron ukryty, a co wyjście."""

    def __init__(self, W1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: float) -> None:
        self.hidden_lines = [Line(w, b) for w, b in zip(W1, b1, strict=True)]
        self.output_line = Line(w2, b2)

    def hidden(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def output(self, h: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def __call__(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        h = self.hidden(x)
        return h, self.output(h)


class ThresholdLayers(TwoLayers):
    def hidden(self, x: np.ndarray) -> np.ndarray:
        return np.column_stack([line.fires(x) for line in self.hidden_lines])

    def output(self, h: np.ndarray) -> np.ndarray:
        return self.output_line.fires(h)


class ReluLayers(TwoLayers):
    def hidden(self, x: np.ndarray) -> np.ndarray:
        return np.column_stack([np.maximum(line.score(x), 0.0) for line in self.hidden_lines])

    def output(self, h: np.ndarray) -> np.ndarray:
        return self.output_line.score(h)


def threshold_network(
    x: np.ndarray, W1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: float
) -> tuple[np.ndarray, np.ndarray]:
    return ThresholdLayers(W1, b1, w2, b2)(x)


def xor_threshold_weights() -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    # NAND i OR w tej kolejności, na końcu AND; proste mijają narożniki o więcej niż 0,2 w każdym kierunku
    return np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array([1.5, -0.5]), np.array([1.0, 1.0]), -1.4


def relu_network(
    x: np.ndarray, W1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: float
) -> tuple[np.ndarray, np.ndarray]:
    return ReluLayers(W1, b1, w2, b2)(x)


def xor_relu_weights() -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    # dolina zamiast góry: 1 − relu(0,9 − s) − relu(s − 1,1)
    return np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array([0.9, -1.1]), np.array([-1.0, -1.0]), 0.9


# %% hidden_space
from enum import Enum


class Activation(Enum):
    """Funkcje aktywacji i ich pochodne, jedna i druga od pobudzenia z."""

    IDENTITY = "identity"
    SIGMOID = "sigmoid"
    TANH = "tanh"
    RELU = "relu"

    def __call__(self, z: np.ndarray) -> np.ndarray:
        match self:
            case Activation.IDENTITY:
                return z
            case Activation.SIGMOID:
                return Logistic.sigmoid(z)
            case Activation.TANH:
                return np.tanh(z)
            case Activation.RELU:
                return np.maximum(z, 0.0)

    def slope(self, z: np.ndarray) -> np.ndarray:
        match self:
            case Activation.IDENTITY:
                return np.ones(z.shape)
            case Activation.SIGMOID:
                return Logistic.sigmoid(z) * Logistic.sigmoid(-z)
            case Activation.TANH:
                return 1.0 - np.tanh(z) ** 2
            case Activation.RELU:
                return np.where(z > 0, 1.0, 0.0)


def hidden_points(x: np.ndarray, W1: np.ndarray, b1: np.ndarray, activation: str = "tanh") -> np.ndarray:
    return Activation(activation)(np.asarray(x) @ W1.T + b1)


def output_line(h1: np.ndarray, w2: np.ndarray, b2: float) -> np.ndarray:
    if float(w2[1]) == 0.0:
        raise ValueError("prosta jest pionowa: nad h1 nie ma jednej wysokości")
    return (-b2 - w2[0] * np.asarray(h1)) / w2[1]


def separates(h: np.ndarray, y: np.ndarray, w2: np.ndarray, b2: float) -> bool:
    return bool((Line(w2, b2).fires(h) == np.asarray(y)).all())


# %% train_xor_numpy
@dataclass
class Network:
    """Sieć 2-D-1 z własnymi kopiami parametrów."""

    W1: np.ndarray
    b1: np.ndarray
    W2: np.ndarray
    b2: np.ndarray
    activation: Activation = Activation.TANH

    @classmethod
    def of(cls, parameters: list[np.ndarray], activation: str) -> Self:
        return cls(*(np.array(p, dtype=float) for p in parameters), activation=Activation(activation))

    @classmethod
    def random(cls, width: int, seed: int) -> Self:
        # jak w torch.nn.Linear: granica 1/√(liczba wejść)
        generator = np.random.Generator(np.random.PCG64(seed))

        def uniform(inputs: int, *shape: int) -> np.ndarray:
            return generator.uniform(-1, 1, shape) / np.sqrt(inputs)

        return cls(uniform(2, width, 2), uniform(2, width), uniform(width, 1, width), uniform(width, 1))

    @property
    def parameters(self) -> list[np.ndarray]:
        return [self.W1, self.b1, self.W2, self.b2]

    def logits(self, x: np.ndarray) -> np.ndarray:
        self.x = np.asarray(x, dtype=float)
        self.z = self.x @ self.W1.T + self.b1
        self.h = self.activation(self.z)
        return (self.h @ self.W2.T + self.b2).reshape(-1)

    def backward(self, dlogits: np.ndarray) -> list[np.ndarray]:
        upstream = dlogits.reshape(-1, 1)
        dz = (upstream @ self.W2) * self.activation.slope(self.z)
        return [dz.T @ self.x, dz.sum(axis=0), upstream.T @ self.h, upstream.sum(axis=0)]


def bce_with_gradient(logits: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    loss = np.mean(np.maximum(logits, 0) - y * logits + np.log1p(np.exp(-np.abs(logits))))
    return float(loss), (Logistic.sigmoid(logits) - y) / logits.size


def init_xor(width: int, seed: int) -> list[np.ndarray]:
    return Network.random(width, seed).parameters


def train_xor_numpy(
    parameters: list[np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    steps: int,
    learning_rate: float,
    activation: str = "tanh",
) -> tuple[list[np.ndarray], list[float]]:
    network = Network.of(parameters, activation)
    loss, upstream = bce_with_gradient(network.logits(x), y)
    losses = [loss]
    for _ in range(steps):
        # najpierw wszystkie gradienty, potem wszystkie kroki
        for parameter, gradient in zip(network.parameters, network.backward(upstream), strict=True):
            parameter -= learning_rate * gradient
        loss, upstream = bce_with_gradient(network.logits(x), y)
        losses.append(loss)
    return network.parameters, losses


def probabilities(parameters: list[np.ndarray], x: np.ndarray, activation: str = "tanh") -> np.ndarray:
    return Logistic.sigmoid(Network.of(parameters, activation).logits(x))


def solved(parameters: list[np.ndarray], activation: str = "tanh") -> bool:
    p = probabilities(parameters, CORNERS, activation)
    of_the_right_class = np.where(XOR > 0.5, p, 1 - p)
    return bool((of_the_right_class > 0.9).all())


# %% train_xor_torch
class ManyNetworks(torch.nn.Module):
    """S sieci naraz; wymiar sieci jest pierwszy."""

    FUNCTIONS = {"identity": torch.nn.Identity, "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}

    def __init__(self, parameters: list[np.ndarray], activation: str) -> None:
        super().__init__()
        self.weights = torch.nn.ParameterList([torch.tensor(np.asarray(p, dtype=np.float64)) for p in parameters])
        self.activation = self.FUNCTIONS[activation]()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        W1, b1, W2, b2 = self.weights
        batch = x.expand(W1.shape[0], *x.shape)
        h = self.activation(torch.baddbmm(b1.unsqueeze(1), batch, W1.transpose(1, 2)))
        return torch.baddbmm(b2.unsqueeze(1), h, W2.transpose(1, 2)).squeeze(2)


def stack(networks: list[list[np.ndarray]]) -> list[np.ndarray]:
    networks = list(networks)
    return [np.concatenate([network[k][np.newaxis] for network in networks]) for k in range(4)]


def train_xor_torch(
    parameters: list[np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    steps: int,
    learning_rate: float,
    activation: str = "tanh",
) -> tuple[list[np.ndarray], np.ndarray]:
    model = ManyNetworks(parameters, activation)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    inputs = torch.tensor(np.asarray(x), dtype=torch.float64)
    targets = torch.tensor(np.asarray(y), dtype=torch.float64)
    loss_function = torch.nn.BCEWithLogitsLoss(reduction="none")
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        logits = model(inputs)
        each = loss_function(logits, targets.expand_as(logits)).mean(dim=1)
        losses.append(each.tolist())
        each.sum().backward()  # suma, nie średnia: każda sieć uczy się, jakby była sama
        optimizer.step()
    with torch.no_grad():
        logits = model(inputs)
        losses.append(loss_function(logits, targets.expand_as(logits)).mean(dim=1).tolist())
    return [weight.detach().numpy() for weight in model.weights], np.array(losses)


# %% no_hidden_layer
def collapse_network(parameters: list[np.ndarray]) -> tuple[np.ndarray, float]:
    # funkcja afiniczna jest znana, gdy znamy ją w zerze i na wektorach bazy
    network = Network.of(parameters, "identity")
    at_zero, along_x1, along_x2 = network.logits(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    return np.array([along_x1 - at_zero, along_x2 - at_zero]), float(at_zero)


def most_corners_right(w: np.ndarray, b: float) -> int:
    return sum(bool(s > 0) if t == 1 else bool(s < 0) for s, t in zip(Line(w, b).score(CORNERS), XOR, strict=True))


@dataclass
class Experiment:
    """Ten sam trening dla wielu ziaren."""

    width: int
    activation: str
    steps: int
    learning_rate: float

    def solve_rate(self, seeds: Iterable[int]) -> float:
        starts = [init_xor(self.width, seed) for seed in seeds]
        trained, _ = train_xor_torch(stack(starts), CORNERS, XOR, self.steps, self.learning_rate, self.activation)
        outcomes = [solved(list(network), self.activation) for network in zip(*trained, strict=True)]
        return outcomes.count(True) / len(outcomes)


def identity_solve_rate(
    seeds: Iterable[int], width: int = 8, steps: int = 500, learning_rate: float = 1.0
) -> float:
    return Experiment(width, "identity", steps, learning_rate).solve_rate(seeds)


# %% stuck
class Outcome(str, Enum):
    SOLVED = "solved"
    ALL = "all undecided"
    TWO = "two undecided"
    THREE = "three averaged"
    OTHER = "other"


@dataclass(frozen=True)
class Corner:
    p: float
    target: float

    @property
    def sure(self) -> bool:
        return self.p > 0.9 if self.target == 1 else self.p < 0.1

    def near(self, level: float) -> bool:
        return abs(self.p - level) <= 0.05


def diagnosis(corners: list[Corner]) -> Outcome:
    open_ones = [corner for corner in corners if not corner.sure]
    if not open_ones:
        return Outcome.SOLVED
    if len(open_ones) == 3:
        mean = sum(corner.target for corner in open_ones) / 3
        return Outcome.THREE if all(corner.near(mean) for corner in open_ones) else Outcome.OTHER
    at_half = all(corner.near(0.5) for corner in open_ones)
    return {4: Outcome.ALL, 2: Outcome.TWO}.get(len(open_ones), Outcome.OTHER) if at_half else Outcome.OTHER


def stuck_reason(parameters: list[np.ndarray], activation: str = "tanh") -> str:
    p = probabilities(parameters, CORNERS, activation)
    return diagnosis([Corner(float(a), float(t)) for a, t in zip(p, XOR, strict=True)]).value


def solve_rate(
    width: int, activation: str, seeds: Iterable[int], steps: int = 1000, learning_rate: float = 1.0
) -> float:
    return Experiment(width, activation, steps, learning_rate).solve_rate(seeds)


# %% continuous_xor
class NoisyCorners:
    def __init__(self, sigma: float, seed: int) -> None:
        self.sigma = sigma
        self.rng = np.random.default_rng(seed)

    def draw(self) -> tuple[np.ndarray, float]:
        which = self.rng.integers(len(CORNERS))
        return self.rng.normal(loc=CORNERS[which], scale=self.sigma), XOR[which]


def noisy_xor(n: int, sigma: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    source = NoisyCorners(sigma, seed)
    points, classes = zip(*(source.draw() for _ in range(n)))
    return np.array(points), np.array(classes)


def decision_grid(parameters: list[np.ndarray], x1: np.ndarray, x2: np.ndarray, activation: str = "tanh") -> np.ndarray:
    # jeden wiersz siatki na każde x2
    rows = [probabilities(parameters, np.column_stack([x1, np.full(len(x1), height)]), activation) for height in x2]
    return np.vstack(rows)
