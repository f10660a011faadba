"""A correct submission that makes an object of everything: layers, meters, experiments and rows."""

# %% tensor_forward
class Affine:
    """x -> x W^T + b"""

    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias

    def __call__(self, x):
        return torch.matmul(x, torch.transpose(self.weight, 0, 1)) + self.bias


class AffineRelu(Affine):
    def __call__(self, x):
        z = super().__call__(x)
        return z * (z > 0)


def tensor_forward(x, parameters):
    W1, b1, W2, b2, W3, b3 = parameters
    for layer in (AffineRelu(W1, b1), AffineRelu(W2, b2), Affine(W3, b3)):
        x = layer(x)
    return x

# %% module
class FeedForward(nn.Module):
    """Base class: flattens the batch, then calls `transform` of the subclass."""

    def transform(self, rows):
        raise TypeError("subclasses say what happens to the rows")

    def forward(self, x):
        return self.transform(torch.flatten(x, 1))

    @property
    def n_trainable(self):
        return count_parameters(self)


class MLP(FeedForward):
    _activations = {
        "identity": staticmethod(lambda z: z),
        "sigmoid": staticmethod(torch.special.expit),
        "tanh": staticmethod(torch.tanh),
        "relu": staticmethod(F.relu),
    }

    def __init__(self, widths, activation="relu"):
        super().__init__()
        if len(widths) < 2:
            raise ValueError("widths: [in, ..., out]")
        if activation not in MLP._activations:
            raise ValueError(f"activation: one of {sorted(MLP._activations)}")
        self.widths, self.activation = list(widths), activation
        self._layers = [f"linear_{k}" for k in range(1, len(widths))]
        for name, n_in, n_out in zip(self._layers, widths[:-1], widths[1:]):
            self.add_module(name, nn.Linear(n_in, n_out))

    def transform(self, rows):
        phi = MLP._activations[self.activation].__func__
        for name in self._layers[:-1]:
            rows = phi(self.get_submodule(name)(rows))
        return self.get_submodule(self._layers[-1])(rows)

    def extra_repr(self):
        return f"{self.widths}, {self.activation}"


def count_parameters(model):
    return nn.utils.parameters_to_vector([torch.zeros(0)] + [
        torch.zeros(p.shape) for p in model.parameters() if p.requires_grad
    ]).numel()

# %% autograd_parity
class WeightLoader:
    def __init__(self, model):
        self.names, self.parameters = zip(*model.named_parameters())

    def check(self, arrays):
        if len(arrays) != len(self.parameters):
            raise ValueError(f"{len(arrays)} arrays for {len(self.parameters)} parameters")
        for name, parameter, array in zip(self.names, self.parameters, arrays):
            if parameter.shape != torch.Size(array.shape):
                raise ValueError(f"{name} is {tuple(parameter.shape)}, not {array.shape}")

    @torch.no_grad()
    def load(self, arrays):
        self.check(arrays)
        for parameter, array in zip(self.parameters, arrays):
            parameter.copy_(torch.from_numpy(array.copy()))


def load_weights(model, arrays):
    WeightLoader(model).load(arrays)


def autograd_gradients(model, x, dy):
    # everything happens in a copy, so the model itself cannot keep anything
    twin = copy.deepcopy(model)
    for p in twin.parameters():
        p.requires_grad_(True)
        p.grad = None
    p = next(twin.parameters())
    x = torch.tensor(x, dtype=p.dtype, device=p.device).requires_grad_()
    y = twin(x)
    torch.autograd.backward([y], [torch.tensor(dy, dtype=p.dtype, device=p.device)])
    as_array = lambda t: t.detach().cpu().numpy()
    return as_array(y), as_array(x.grad), [as_array(p.grad) for p in twin.parameters()]

# %% data
from torch.utils.data import random_split


class Scaler:
    def __init__(self, mean=0.0, std=1.0):
        self.mean, self.std = mean, std

    def fit(self, images):
        pixels = images.numpy().reshape(-1)
        self.mean = float(np.mean(pixels, dtype=np.float64) / 255)
        self.std = float(np.std(pixels, dtype=np.float64, ddof=1) / 255)
        return self

    def __call__(self, images):
        pixels = images.numpy().astype(np.float32)[:, np.newaxis] / np.float32(255)
        return torch.from_numpy((pixels - np.float32(self.mean)) / np.float32(self.std))


def statistics(images):
    scaler = Scaler().fit(images)
    return scaler.mean, scaler.std


def normalise(images, mean, std):
    return Scaler(mean, std)(images)


def split(n, n_validation, seed=0):
    generator = torch.Generator().manual_seed(seed)
    parts = random_split(torch.arange(n), [n - n_validation, n_validation], generator)
    train, validation = (torch.tensor(list(part.indices), dtype=torch.int64) for part in parts)
    return train, validation


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].type(torch.LongTensor),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].type(torch.LongTensor),
        "mean": mean,
        "std": std,
    }


class BatchIterator:
    """Draws its order when it is made, and gives out one batch after the other."""

    def __init__(self, images, labels, batch_size, generator, drop_last):
        self.images, self.labels = images, labels
        n = labels.size(0)
        order = range(n) if generator is None else torch.randperm(n, generator=generator).tolist()
        self.order, self.batch_size = list(order), batch_size
        self.left = steps_per_epoch(n, batch_size, drop_last)
        self.position = 0

    def __iter__(self):
        return self

    def __len__(self):
        return self.left

    def __next__(self):
        if not self.left:
            raise StopIteration
        chosen = self.order[self.position : self.position + self.batch_size]
        self.position += self.batch_size
        self.left -= 1
        return self.images[chosen], self.labels[chosen]


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    return BatchIterator(images, labels, batch_size, generator, drop_last)


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    whole, rest = divmod(n_samples, batch_size)
    return whole + int(rest > 0 and not drop_last)

# %% train_step
class Step:
    """What one batch does to a model."""

    log_softmax, nll = nn.LogSoftmax(dim=1), nn.NLLLoss()

    def __init__(self, model, optimizer):
        self.model, self.optimizer = model, optimizer
        self.device = next(model.parameters()).device

    def closure(self):
        self.optimizer.zero_grad()
        self.logits = self.model(self.images)
        loss = self.nll(self.log_softmax(self.logits), self.labels)
        loss.backward()
        return loss

    def __call__(self, images, labels):
        self.images, self.labels = images.to(self.device), labels.to(self.device)
        loss = self.optimizer.step(self.closure)
        right = torch.eq(self.logits.detach().argmax(dim=1), self.labels)
        return loss.item(), right.sum().item()


def train_step(model, images, labels, optimizer):
    return Step(model, optimizer)(images, labels)

# %% train_epoch
class Meter:
    def __init__(self):
        self.mean, self.weight = 0.0, 0

    def __iadd__(self, value_and_weight):
        value, weight = value_and_weight
        self.weight += weight
        self.mean += (value - self.mean) * weight / self.weight
        return self


def train_epoch(model, batches, optimizer):
    loss_meter, accuracy_meter = Meter(), Meter()
    model.train()
    for images, labels in batches:
        n = len(labels)
        loss, correct = train_step(model, images, labels, optimizer)
        loss_meter += loss, n
        accuracy_meter += correct / n, n
    return loss_meter.mean, accuracy_meter.mean

# %% evaluate
class Evaluation:
    """with Evaluation(model) as run: run(images, labels); afterwards run.loss and run.accuracy"""

    def __init__(self, model):
        self.model, self.device = model, next(model.parameters()).device
        self.losses, self.hits = [], []

    def __enter__(self):
        self.was_training = self.model.training
        self.grad = torch.no_grad()
        self.grad.__enter__()
        self.model.eval()
        return self

    def __exit__(self, *problem):
        self.model.train(self.was_training)
        self.grad.__exit__(*problem)

    def __call__(self, images, labels):
        logits, labels = self.model(images.to(self.device)), labels.to(self.device)
        self.losses.extend(nn.functional.cross_entropy(logits, labels, reduction="none").tolist())
        self.hits.extend((logits.argmax(dim=1) == labels).tolist())

    loss = property(lambda self: math.fsum(self.losses) / len(self.losses))
    accuracy = property(lambda self: sum(self.hits) / len(self.hits))


def evaluate(model, batches):
    with Evaluation(model) as run:
        for images, labels in batches:
            run(images, labels)
    return run.loss, run.accuracy

# %% train_mnist
class Callback:
    def after_epoch(self, epoch, values):
        """values: the five numbers of the epoch under their names"""

    def at_end(self):
        """the training is over"""


class History(Callback):
    def __init__(self, names):
        self.lists = {name: [] for name in names}

    def after_epoch(self, epoch, values):
        for name, value in values.items():
            self.lists[name].append(value)


class TensorBoard(Callback):
    def __init__(self, log_dir):
        self.writer = SummaryWriter(log_dir=str(log_dir))

    def after_epoch(self, epoch, values):
        for name, value in values.items():
            part, _, what = name.partition("_")
            self.writer.add_scalar(name if part == "learning" else f"{what}/{part}", value, epoch)

    def at_end(self):
        self.writer.close()


class Trainer:
    names = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate")

    def __init__(self, model, data, batch_size, learning_rate, decay, seed):
        self.model, self.data, self.batch_size = model, data, batch_size
        self.optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, step_size=1, gamma=decay)
        self.generator = torch.Generator().manual_seed(seed)

    def batches(self, part, generator=None):
        return minibatches(self.data[part + "_images"], self.data[part + "_labels"], self.batch_size, generator)

    def epoch(self):
        rate = float(self.optimizer.param_groups[0]["lr"])
        learned = train_epoch(self.model, self.batches("train", self.generator), self.optimizer)
        seen = evaluate(self.model, self.batches("validation"))
        self.scheduler.step()
        return dict(zip(self.names, [*learned, *seen, rate]))

    def run(self, epochs, callbacks):
        for epoch in range(1, epochs + 1):
            values = self.epoch()
            for callback in callbacks:
                callback.after_epoch(epoch, values)
        for callback in callbacks:
            callback.at_end()


def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    history = History(Trainer.names)
    callbacks = [history] if log_dir is None else [history, TensorBoard(log_dir)]
    Trainer(model, data, batch_size, learning_rate, decay, seed).run(epochs, callbacks)
    return history.lists


def confusion_matrix(model, batches, classes=10):
    device, was_training = next(model.parameters()).device, model.training
    truth, taken = [], []
    model.eval()
    with torch.no_grad():
        for images, labels in batches:
            truth.append(labels.cpu().long())
            taken.append(model(images.to(device)).max(dim=1).indices.cpu())
    model.train(was_training)
    pairs = torch.stack([torch.cat(truth), torch.cat(taken)])
    ones = torch.ones(pairs.shape[1], dtype=torch.int64)
    return torch.sparse_coo_tensor(pairs, ones, (classes, classes), check_invariants=True).to_dense()

# %% device
from decimal import Decimal


class Duration:
    def __init__(self, seconds):
        self.seconds = seconds

    def __format__(self, spec):
        if spec == "clock":
            whole = int(f"{self.seconds:.0f}")
            return f"{whole // 60} min {whole % 60} s"
        return f"{self.seconds:{spec}} s"


def pick_device():
    names = ["cuda"] * torch.cuda.is_available() + ["mps"] * torch.backends.mps.is_available() + ["cpu"]
    return torch.device(names[0])


def hardware_row(name, epoch_seconds, accuracy):
    total = Duration(sum(epoch_seconds))
    mean = Duration(total.seconds / len(epoch_seconds))
    return name, f"{mean:.1f}", f"{total:clock}", f"{Decimal(repr(float(accuracy))) * 100:.2f} %"

# %% batch_size
class Experiment:
    def __init__(self, widths, data, epochs, learning_rate, seed):
        self.widths, self.data, self.epochs = widths, data, epochs
        self.learning_rate, self.seed = learning_rate, seed

    def __call__(self, batch_size):
        torch.manual_seed(self.seed)
        model = MLP(self.widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=self.learning_rate)
        generator = torch.Generator().manual_seed(self.seed)
        x, y = self.data["train_images"], self.data["train_labels"]
        watch = time.perf_counter()
        for _ in range(self.epochs):
            train_epoch(model, minibatches(x, y, batch_size, generator), optimizer)
        watch = time.perf_counter() - watch
        x, y = self.data["validation_images"], self.data["validation_labels"]
        return {
            "batch_size": batch_size,
            "steps": steps_per_epoch(len(self.data["train_labels"]), batch_size),
            "seconds": watch / self.epochs,
            "accuracy": evaluate(model, [(x, y)])[1],
        }


def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    experiment = Experiment(widths, data, epochs, learning_rate, seed)
    return [experiment(batch_size) for batch_size in batch_sizes]


def lecture_claims(rows):
    steps = {}
    for row in rows:
        steps.setdefault(row["batch_size"], []).append(row["steps"])
    fewer = all(max(steps[b]) <= min(steps[a]) for a, b in pairwise(sorted(steps)))
    return {
        "fewer_steps": fewer,
        "fastest_128_256": sorted(rows, key=lambda r: r["seconds"])[0]["batch_size"] in (128, 256),
        "small_most_accurate": sorted(rows, key=lambda r: -r["accuracy"])[0]["batch_size"] <= 8,
    }

# %% capacity
class Architecture:
    def __init__(self, widths):
        self.widths = list(widths)

    @classmethod
    def equal(cls, n_in, width, depth, n_out):
        return cls([n_in] + [width] * depth + [n_out])

    def __len__(self):
        w = self.widths
        return int(np.dot(w[:-1], w[1:])) + sum(w[1:])


def parameters_of(widths):
    return len(Architecture(widths))


def equal_width(budget, depth, n_in=784, n_out=10):
    def affordable(width):
        return len(Architecture.equal(n_in, width, depth, n_out)) <= budget

    low, high = 0, 1  # low is affordable (or 0), high is not
    while affordable(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if affordable(middle) else (low, middle)
    if low == 0:
        raise ValueError("the budget allows not even a width of 1")
    return low


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, 1.0, seed)
        rows.append(
            dict(widths=widths, parameters=count_parameters(model), accuracy=history["validation_accuracy"].pop())
        )
    return rows

# %% checkpoint
class Checkpoint:
    def __init__(self, path):
        self.path = Path(path)

    def write(self, state):
        with self.path.open("wb") as file:
            torch.save(state, file)

    def read(self):
        with self.path.open("rb") as file:
            return torch.load(file, map_location=lambda storage, location: storage, weights_only=True)


def save_checkpoint(model, path):
    Checkpoint(path).write(model.state_dict())


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(Checkpoint(path).read())
    return model.train(False)


def predict(model, images):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        scores = model(images.to(next(model.parameters()).device))
    if was_training:
        model.train()
    return torch.max(scores, dim=-1)[1]

# %% memory
from typing import NamedTuple


class Quantised(NamedTuple):
    steps: torch.Tensor
    scale: float

    def restore(self):
        return dequantise(self.steps, self.scale)


def weight_bytes(n_weights, bits=32):
    return math.ceil(n_weights * bits / 8)


def quantise(weight):
    flat = weight.detach().cpu().double().numpy()
    scale = float(np.abs(flat).max()) / 127 or 1.0
    return Quantised(torch.tensor(np.rint(flat / scale), dtype=torch.int8), scale)


def dequantise(quantised, scale):
    return (quantised.double() * scale).float()


def quantised_copy(model):
    twin = copy.deepcopy(model)
    for module in twin.modules():
        for name, p in list(module.named_parameters(recurse=False)):
            setattr(module, name, nn.Parameter(quantise(p).restore().to(p), requires_grad=p.requires_grad))
    return twin
