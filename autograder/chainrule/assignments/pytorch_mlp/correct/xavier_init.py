"""A correct submission in classes: layers that reset themselves, a hierarchy of networks, a trainer, a stopwatch, a log.

The start is Xavier's, or orthogonal where a layer is square.
"""

import copy
import math
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward
class TwoHiddenLayers:
    """The network as an object that is called."""

    def __init__(self, w1, b1, w2, b2, w3, b3):
        self.hidden = [(w1, b1), (w2, b2)]
        self.last = (w3, b3)

    @staticmethod
    def linear(x, weight, bias):
        # the weights of all units for all samples: (N, 1, in) * (out, in), summed over the inputs
        return (x.unsqueeze(1) * weight).sum(dim=2) + bias

    def __call__(self, x):
        for weight, bias in self.hidden:
            x = torch.relu(self.linear(x, weight, bias))
        return self.linear(x, *self.last)


def tensor_forward(x, parameters):
    return TwoHiddenLayers(*parameters)(x)


# %% module
class Dense(nn.Linear):
    """A linear layer with a start of its own."""

    def __init__(self, in_features, out_features, gain=1.0):
        self.gain = gain  # before super().__init__, which calls reset_parameters
        super().__init__(in_features, out_features)

    def reset_parameters(self):
        if self.in_features == self.out_features:
            nn.init.orthogonal_(self.weight, gain=self.gain)
        else:
            nn.init.xavier_normal_(self.weight, gain=self.gain)
        nn.init.uniform_(self.bias, -0.01, 0.01)


class Network(nn.Module):
    """What all networks have."""

    def n_parameters(self):
        return sum(p.numel() for p in self.parameters() if p.requires_grad)

    @property
    def device(self):
        return next(self.parameters()).device

    def classify(self, images):
        return self(images).argmax(dim=1)

    def reset(self):
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                layer.reset_parameters()
        return self

    def __repr__(self):
        return f"{type(self).__name__} with {self.n_parameters()} parameters"


class Perceptron(Network):
    """Dense layers; a subclass says which function stands between them."""

    def __init__(self, widths, gain):
        super().__init__()
        if len(widths) < 2:
            raise ValueError(f"{widths} are not enough widths")
        self.widths = list(widths)
        n = len(widths) - 1
        self.dense = nn.ModuleList()
        for k in range(n):
            self.dense.append(Dense(widths[k], widths[k + 1], gain if k < n - 1 else 1.0))

    def between(self, z):
        raise AttributeError("a subclass has this")

    def forward(self, x):
        x = x.view(x.shape[0], self.widths[0])
        for layer in self.dense[:-1]:
            x = self.between(layer(x))
        return self.dense[-1](x)


class MLP(Perceptron):
    FUNCTIONS = {"identity": None, "sigmoid": F.sigmoid, "tanh": F.tanh, "relu": F.relu}
    GAIN_NAMES = {"identity": "linear", "sigmoid": "sigmoid", "tanh": "tanh", "relu": "relu"}

    def __init__(self, widths, activation="relu"):
        if activation not in self.FUNCTIONS:
            raise ValueError(f"activation is one of {list(self.FUNCTIONS)}")
        super().__init__(widths, nn.init.calculate_gain(self.GAIN_NAMES[activation]))
        self.activation = activation

    def between(self, z):
        function = self.FUNCTIONS[self.activation]
        return z if function is None else function(z)


def count_parameters(model):
    return Network.n_parameters(model)


# %% autograd_parity
class Parity:
    """A model beside the numpy network."""

    def __init__(self, model):
        self.model = model
        self.parameters = list(model.parameters())
        self.dtype = self.parameters[0].dtype

    def tensor(self, array):
        return torch.from_numpy(np.array(array)).to(self.dtype)

    def load(self, arrays):
        if [p.dim() for p in self.parameters] != [np.ndim(a) for a in arrays]:
            raise ValueError("the arrays are not W1, b1, W2, b2, ...")
        if any(tuple(p.shape) != np.shape(a) for p, a in zip(self.parameters, arrays)):
            raise ValueError("an array has the wrong shape")
        for p, a in zip(self.parameters, arrays):
            p.data = self.tensor(a).to(p.device)

    def backward(self, x, dy):
        self.model.zero_grad()
        x = self.tensor(x).requires_grad_()
        arrived = {}
        hook = x.register_hook(lambda gradient: arrived.update(dx=gradient.clone()))
        y = self.model(x)
        y.backward(self.tensor(dy))
        hook.remove()
        gradients = [p.grad.clone() for p in self.parameters]
        self.model.zero_grad()
        return y.detach().numpy(), arrived["dx"].numpy(), [g.numpy() for g in gradients]


def load_weights(model, arrays):
    Parity(model).load(arrays)


def autograd_gradients(model, x, dy):
    return Parity(model).backward(x, dy)


# %% data
class Scaler:
    """Learns mean and deviation from some images and normalises others."""

    def __init__(self, mean=None, std=None):
        self.mean, self.std = mean, std

    def fit(self, images):
        # Welford's method, image by image, with all sums in double precision
        n, mean, m2 = 0, 0.0, 0.0
        for image in images:
            pixels = image.double() / 255
            k = pixels.numel()
            delta = pixels.mean().item() - mean
            m2 += ((pixels - pixels.mean()) ** 2).sum().item() + delta**2 * n * k / (n + k)
            mean += delta * k / (n + k)
            n += k
        self.mean, self.std = mean, math.sqrt(m2 / (n - 1))
        return self

    def transform(self, images):
        x = images.float().view(-1, 1, 28, 28) / 255
        return (x - self.mean) / self.std


def statistics(images):
    scaler = Scaler().fit(images)
    return scaler.mean, scaler.std


def normalise(images, mean, std):
    return Scaler(mean, std).transform(images)


def split(n, n_validation, seed=0):
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    order = torch.randperm(n)
    torch.random.set_rng_state(state)  # nobody else's random numbers change
    return order[: n - n_validation], order[n - n_validation :]


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    scaler = Scaler().fit(images[train])
    data = {"mean": scaler.mean, "std": scaler.std}
    for name, index in ("train", train), ("validation", validation):
        data[name + "_images"] = scaler.transform(images[index])
        data[name + "_labels"] = labels[index].type(torch.int64)
    return data


class Batches:
    """An iterator that moves along an order of the samples."""

    def __init__(self, images, labels, batch_size, order, drop_last):
        self.images, self.labels = images, labels
        self.batch_size, self.order, self.drop_last = batch_size, order, drop_last
        self.position = 0

    def __iter__(self):
        return self

    def __next__(self):
        index = self.order[self.position : self.position + self.batch_size]
        self.position += self.batch_size
        if len(index) == 0 or (self.drop_last and len(index) < self.batch_size):
            raise StopIteration
        return self.images[index], self.labels[index]


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    if generator is None:
        order = torch.arange(len(images))
    else:
        order = torch.randperm(len(images), generator=generator)
    return Batches(images, labels, batch_size, order, drop_last)


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return sum(1 for _ in Batches(torch.empty(n_samples), torch.empty(n_samples), batch_size, torch.arange(n_samples), drop_last))


# %% train_step
class Trainer:
    """A model and its optimizer."""

    loss_function = nn.CrossEntropyLoss(reduction="none")

    def __init__(self, model, optimizer):
        self.model, self.optimizer = model, optimizer
        self.device = next(model.parameters()).device

    def losses(self, images, labels):
        """The loss of each sample, and which are right."""
        images, labels = images.to(self.device), labels.to(self.device)
        logits = self.model(images)
        return self.loss_function(logits, labels), logits.argmax(dim=1) == labels

    def step(self, images, labels):
        for group in self.optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad.zero_()
        losses, right = self.losses(images, labels)
        loss = losses.mean()
        loss.backward()
        self.optimizer.step()
        return loss.item(), right.sum().item()


def train_step(model, images, labels, optimizer):
    return Trainer(model, optimizer).step(images, labels)


# %% train_epoch
class Meter:
    """A weighted mean."""

    def __init__(self):
        self.sum, self.weight = 0.0, 0

    def add(self, value, weight=1):
        self.sum += value * weight
        self.weight += weight

    @property
    def mean(self):
        return self.sum / self.weight


class EpochTrainer(Trainer):
    def epoch(self, batches):
        self.model.train()
        loss, accuracy = Meter(), Meter()
        for images, labels in batches:
            batch_loss, right = self.step(images, labels)
            loss.add(batch_loss, len(labels))
            accuracy.add(right / len(labels), len(labels))
        return loss.mean, accuracy.mean


def train_epoch(model, batches, optimizer):
    return EpochTrainer(model, optimizer).epoch(batches)


# %% evaluate
class Examiner(Trainer):
    """Only looks: a trainer without an optimizer."""

    def __init__(self, model):
        super().__init__(model, None)

    def __enter__(self):
        self.was_training = self.model.training
        self.model.eval()
        self.no_grad = torch.no_grad()
        self.no_grad.__enter__()
        return self

    def __exit__(self, *error):
        self.no_grad.__exit__(*error)
        self.model.train(self.was_training)

    def examine(self, batches):
        loss, accuracy = Meter(), Meter()
        for images, labels in batches:
            losses, right = self.losses(images, labels)
            for sample_loss, sample_right in zip(losses.tolist(), right.tolist()):
                loss.add(sample_loss)
                accuracy.add(sample_right)
        return loss.mean, accuracy.mean


def evaluate(model, batches):
    with Examiner(model) as examiner:
        return examiner.examine(batches)


# %% train_mnist
class History(dict):
    """The lists of the history, which TensorBoard gets to see at the end."""

    TAGS = {
        "train_loss": "loss/train",
        "train_accuracy": "accuracy/train",
        "validation_loss": "loss/validation",
        "validation_accuracy": "accuracy/validation",
        "learning_rate": "learning_rate",
    }

    def __init__(self):
        super().__init__((name, []) for name in self.TAGS)

    def note(self, **values):
        for name, value in values.items():
            self[name].append(value)

    def write(self, log_dir):
        writer = SummaryWriter(log_dir)
        for name, tag in self.TAGS.items():
            for step, value in enumerate(self[name], 1):
                writer.add_scalar(tag, value, step)
        writer.close()


def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    adam = torch.optim.Adam(model.parameters(), lr=learning_rate)
    trainer = EpochTrainer(model, adam)
    generator = torch.Generator().manual_seed(seed)
    history = History()
    rate = learning_rate
    for _ in range(epochs):
        for group in adam.param_groups:
            group["lr"] = rate
        loss, accuracy = trainer.epoch(minibatches(data["train_images"], data["train_labels"], batch_size, generator))
        history.note(train_loss=loss, train_accuracy=accuracy, learning_rate=rate)
        with Examiner(model) as examiner:
            validation = minibatches(data["validation_images"], data["validation_labels"], 250)
            loss, accuracy = examiner.examine(validation)
        history.note(validation_loss=loss, validation_accuracy=accuracy)
        rate *= decay
    if log_dir is not None:
        history.write(log_dir)
    return history


def confusion_matrix(model, batches, classes=10):
    counts = torch.zeros((classes, classes), dtype=torch.int64)
    with Examiner(model) as examiner:
        for images, labels in batches:
            taken = model(images.to(examiner.device)).argmax(dim=1).cpu()
            for i in range(classes):
                counts[i] += taken[labels.cpu() == i].bincount(minlength=classes)
    return counts


# %% device
class Hardware:
    ORDER = ("cuda", "mps", "cpu")

    def __init__(self):
        self.there = {"cpu"}
        if torch.cuda.is_available():
            self.there.add("cuda")
        if torch.backends.mps.is_available():
            self.there.add("mps")

    def fastest(self):
        return torch.device(min(self.there, key=self.ORDER.index))


class Duration:
    def __init__(self, seconds):
        self.seconds = seconds

    def short(self):
        return f"{self.seconds:.1f} s"

    def long(self):
        whole = math.floor(self.seconds + 0.5)
        return f"{whole // 60} min {whole % 60} s"


def pick_device():
    return Hardware().fastest()


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    return name, Duration(total / len(epoch_seconds)).short(), Duration(total).long(), f"{100 * accuracy:.2f} %"


# %% batch_size
class Stopwatch:
    """Adds up the time between start and stop."""

    def __init__(self):
        self.seconds = 0.0

    def __enter__(self):
        self.started = time.perf_counter()
        return self

    def __exit__(self, *error):
        self.seconds += time.perf_counter() - self.started


class Sweep:
    def __init__(self, widths, data, epochs, learning_rate, seed):
        self.widths, self.data, self.epochs = widths, data, epochs
        self.learning_rate, self.seed = learning_rate, seed

    def fresh_model(self):
        torch.manual_seed(self.seed)
        return MLP(self.widths)

    def row(self, batch_size):
        model, watch = self.fresh_model(), Stopwatch()
        trainer = EpochTrainer(model, torch.optim.SGD(model.parameters(), lr=self.learning_rate))
        generator = torch.Generator().manual_seed(self.seed)
        for _ in range(self.epochs):
            batches = minibatches(self.data["train_images"], self.data["train_labels"], batch_size, generator)
            with watch:
                trainer.epoch(batches)
        validation = [(self.data["validation_images"], self.data["validation_labels"])]
        return {
            "batch_size": batch_size,
            "steps": steps_per_epoch(len(self.data["train_images"]), batch_size),
            "seconds": watch.seconds / self.epochs,
            "accuracy": evaluate(model, validation)[1],
        }


def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    sweep = Sweep(widths, data, epochs, learning_rate, seed)
    return [sweep.row(batch_size) for batch_size in batch_sizes]


class Claims:
    def __init__(self, rows):
        self.rows = sorted(rows, key=lambda row: row["batch_size"])

    def fewer_steps(self):
        least = math.inf
        for row in self.rows:
            if row["steps"] > least:
                return False
            least = row["steps"]
        return True

    def fastest_128_256(self):
        return min(self.rows, key=lambda row: row["seconds"])["batch_size"] in (128, 256)

    def small_most_accurate(self):
        return max(self.rows, key=lambda row: row["accuracy"])["batch_size"] <= 8


def lecture_claims(rows):
    claims = Claims(rows)
    return {name: getattr(claims, name)() for name in ("fewer_steps", "fastest_128_256", "small_most_accurate")}


# %% capacity
class Architecture:
    def __init__(self, *widths):
        self.widths = widths

    @classmethod
    def equal(cls, width, depth, n_in, n_out):
        return cls(n_in, *(depth * [width]), n_out)

    def parameters(self):
        # an extra unit that is always 1 stands for the bias
        return sum((self.widths[k] + 1) * self.widths[k + 1] for k in range(len(self.widths) - 1))


def parameters_of(widths):
    return Architecture(*widths).parameters()


def equal_width(budget, depth, n_in=784, n_out=10):
    def fits(width):
        return Architecture.equal(width, depth, n_in, n_out).parameters() <= budget

    def search(low, high):
        """low fits and high does not: the largest that fits."""
        if high - low == 1:
            return low
        middle = (low + high) // 2
        return search(middle, high) if fits(middle) else search(low, middle)

    if not fits(1):
        raise ValueError(f"{budget} is less than the smallest network needs")
    return search(1, budget + 1)


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(
            model=model, data=data, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate, seed=seed
        )
        rows.append({
            "widths": model.widths,
            "parameters": model.n_parameters(),
            "accuracy": history["validation_accuracy"].pop(),
        })
    return rows


# %% checkpoint
class Checkpoint:
    def __init__(self, path):
        self.path = path

    def save(self, model):
        torch.save(model.state_dict(), self.path)

    def restore(self, model):
        model.load_state_dict(torch.load(self.path, map_location="cpu", weights_only=True))
        return model


def save_checkpoint(model, path):
    Checkpoint(path).save(model)


def load_checkpoint(path, widths, activation="relu"):
    return Checkpoint(path).restore(MLP(widths, activation)).cpu().eval()


def predict(model, images):
    with Examiner(model) as examiner:
        return model(images.to(examiner.device)).argmax(dim=1)


# %% memory
# as the reference
class Int8:
    """A tensor as int8 and a scale."""

    def __init__(self, numbers, scale):
        self.numbers, self.scale = numbers, scale

    @classmethod
    def of(cls, weight):
        weight = weight.detach()
        scale = max(weight.max().item(), -weight.min().item()) / 127
        if scale == 0:
            scale = 1.0
        return cls(torch.round(weight / scale).to(torch.int8), scale)

    def float(self):
        return self.numbers.float() * self.scale


def quantise(weight):
    result = Int8.of(weight)
    return result.numbers, result.scale


def dequantise(quantised, scale):
    return Int8(quantised, scale).float()


def quantised_copy(model):
    other = copy.deepcopy(model)
    for p in other.parameters():
        p.data = Int8.of(p).float()
    return other
