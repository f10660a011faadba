"""A correct submission of folds and generators, with torch.func for the gradients and one epoch as a stream of steps."""

# %% tensor_forward
from functools import reduce


def tensor_forward(x, parameters):
    layer = lambda h, wb: torch.einsum("oi,ni->no", wb[0], h) + wb[1]
    rectified = lambda h, wb: torch.maximum(layer(h, wb), torch.zeros((), dtype=h.dtype, device=h.device))
    *hidden, last = [parameters[k : k + 2] for k in range(0, len(parameters), 2)]
    return layer(reduce(rectified, hidden, x), last)

# %% module
from functools import reduce


class MLP(nn.Module):
    """W1, b1, W2, b2, ... in one ParameterList; forward is a fold over the layers."""

    _functions = {"identity": torch.Tensor.clone, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}

    def __init__(self, widths, activation="relu"):
        super().__init__()
        if not (len(widths) >= 2 and isinstance(activation, str) and activation in self._functions):
            raise ValueError(f"no MLP of widths {widths} with {activation}")
        self.activation = activation
        tensors = []
        for fan_in, fan_out in pairwise(widths):
            tensors += [torch.randn(fan_out, fan_in) * (1 / fan_in) ** 0.5, torch.zeros(fan_out)]
        self.theta = nn.ParameterList(map(nn.Parameter, tensors))

    def forward(self, x):
        act = self._functions[self.activation]
        affine = lambda h, w, b: torch.einsum("ni,oi->no", h, w) + b
        theta = list(self.theta)  # a slice of a ParameterList would make new parameters under functional_call
        pairs = list(zip(theta[::2], theta[1::2]))
        start = affine(x.flatten(start_dim=1), *pairs[0])
        return reduce(lambda z, wb: affine(act(z), *wb), pairs[1:], start)


def count_parameters(model):
    return sum(p.numel() for p in filter(lambda p: p.requires_grad, model.parameters()))

# %% autograd_parity
from torch.func import functional_call, vjp


def load_weights(model, arrays):
    params = tuple(model.parameters())
    shapes = [tuple(p.shape) for p in params], [np.shape(a) for a in arrays]
    if shapes[0] != shapes[1]:
        raise ValueError("shapes of the model {} and of the arrays {}".format(*shapes))
    flat = np.concatenate([np.ravel(a) for a in arrays]).astype(np.float64)
    pieces = torch.from_numpy(flat).split([p.numel() for p in params])
    with torch.no_grad():
        [p.copy_(piece.reshape(p.shape)) for p, piece in zip(params, pieces)]


def autograd_gradients(model, x, dy):
    params = {name: p.detach() for name, p in model.named_parameters()}
    like = next(iter(params.values()))
    y, pullback = vjp(lambda p, t: functional_call(model, p, (t,)), params, torch.tensor(x).to(like))
    grads, dx = pullback(torch.tensor(dy).to(like))
    numpy = lambda t: t.detach().cpu().numpy()
    return numpy(y), numpy(dx), [numpy(grads[name]) for name in params]

# %% data
from itertools import takewhile


def statistics(images):
    # E[x²] - E[x]², exact in whole numbers until the very end
    x = images.flatten().to(torch.int64)
    n, s, ss = x.numel(), int(x.sum()), int((x * x).sum())
    return s / n / 255, math.sqrt(n * ss - s * s) / n / 255


def normalise(images, mean, std):
    # one affine map a·pixel + b
    a, b = 1 / (255 * std), -mean / std
    return images.unsqueeze(1).to(torch.float64).mul(a).add(b).to(torch.float32)


def split(n, n_validation, seed=0):
    keys = torch.rand(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    train, validation = keys.argsort().tensor_split([n - n_validation])
    return train, validation


def prepare(images, labels, n_validation, seed=0):
    def part(name, index):
        return {f"{name}_images": normalise(images[index], mean, std), f"{name}_labels": labels[index].long()}

    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {**part("train", train), **part("validation", validation), "mean": mean, "std": std}


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(labels)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    pieces = iter(order.split(batch_size)) if n else iter(())
    wanted = takewhile(lambda piece: len(piece) == batch_size or not drop_last, pieces)
    return ((images.index_select(0, i), labels.index_select(0, i)) for i in (w.to(labels.device) for w in wanted))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return (n_samples if drop_last else n_samples + batch_size - 1) // batch_size

# %% train_step
from torch.func import functional_call


def train_step(model, images, labels, optimizer):
    params = {name: p for name, p in model.named_parameters() if p.requires_grad}
    device = next(model.parameters()).device
    x, y = images.to(device), labels.to(device).long()
    logits = functional_call(model, params, (x,))
    loss = logits.logsumexp(1).sub(logits.gather(1, y[:, None])[:, 0]).mean()
    gradients = torch.autograd.grad(loss, list(params.values()), allow_unused=True)
    optimizer.zero_grad()
    for p, g in zip(params.values(), gradients):
        p.grad = g
    optimizer.step()
    return loss.item(), int(logits.argmax(1).eq(y).sum())

# %% train_epoch
def train_epoch(model, batches, optimizer):
    def steps():
        for images, labels in batches:
            loss, correct = train_step(model, images, labels, optimizer)
            yield len(labels), len(labels) * loss, correct

    model.train()
    n, loss, correct = map(math.fsum, zip(*steps()))
    return loss / n, correct / n

# %% evaluate
def evaluate(model, batches):
    where = next(model.parameters()).device

    @torch.inference_mode()
    def measure(batch):
        x, y = (t.to(where) for t in batch)
        logits = model(x)
        return torch.stack((F.cross_entropy(logits, y, reduction="none"), (logits.argmax(1) == y).to(logits.dtype)))

    mode = model.training
    try:
        model.train(False)
        loss, right = torch.cat([*map(measure, batches)], dim=1).double()
    finally:
        model.train(mode)
    return loss.mean().item(), right.mean().item()

# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    keys = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate")
    train, validation = ((data[f"{p}_images"], data[f"{p}_labels"]) for p in ("train", "validation"))

    def rows():
        generator = torch.Generator().manual_seed(seed)
        optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
        scheduler = torch.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda _: decay)
        for _ in range(epochs):
            rate = float(scheduler.get_last_lr()[0])
            learned = train_epoch(model, minibatches(*train, batch_size, generator), optimizer)
            yield (*learned, *evaluate(model, minibatches(*validation, batch_size)), rate)
            scheduler.step()

    def logged(table):
        if log_dir is None:
            yield from table
            return
        tags = ("loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate")
        with SummaryWriter(str(log_dir)) as writer:
            for step, row in enumerate(table, start=1):
                for tag, value in zip(tags, row):
                    writer.add_scalar(tag, value, step)
                yield row

    table = list(logged(rows()))
    return {key: [row[k] for row in table] for k, key in enumerate(keys)}


def confusion_matrix(model, batches, classes=10):
    where = next(model.parameters()).device

    def counts(batch):
        images, labels = batch
        taken = F.one_hot(model(images.to(where)).argmax(1), classes)
        return torch.einsum("ni,nj->ij", F.one_hot(labels.to(where).long(), classes), taken)

    mode = model.training
    model.train(False)
    with torch.no_grad():
        total = sum(map(counts, batches), torch.zeros(classes, classes, dtype=torch.int64, device=where))
    model.train(mode)
    return total.cpu()

# %% device
def pick_device():
    there = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available, "cpu": lambda: True}
    return torch.device(next(name for name, ask in there.items() if ask()))


def hardware_row(name, epoch_seconds, accuracy):
    from datetime import timedelta

    times = np.asarray(epoch_seconds, dtype=float)
    whole = timedelta(seconds=int(np.rint(times.sum())))
    minutes, seconds = whole // timedelta(minutes=1), whole % timedelta(minutes=1)
    return name, f"{times.mean():.1f} s", f"{minutes} min {seconds.seconds} s", f"{accuracy * 100:.2f} %"

# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    x, y = data["train_images"], data["train_labels"]

    def timed_epoch(model, optimizer, batches):
        started = time.perf_counter_ns()
        train_epoch(model, batches, optimizer)
        return (time.perf_counter_ns() - started) / 1e9

    def row(size):
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        shuffle = torch.Generator().manual_seed(seed)
        seconds = [timed_epoch(model, optimizer, minibatches(x, y, size, shuffle)) for _ in range(epochs)]
        accuracy = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))[1]
        return {
            "batch_size": size,
            "steps": steps_per_epoch(len(y), size),
            "seconds": float(np.mean(seconds)),
            "accuracy": accuracy,
        }

    return [row(size) for size in batch_sizes]


def lecture_claims(rows):
    from itertools import combinations

    opposite = lambda a, b: (a["batch_size"] - b["batch_size"]) * (a["steps"] - b["steps"]) <= 0
    best = lambda key, sign: max(rows, key=lambda row: sign * row[key])["batch_size"]
    return {
        "fewer_steps": all(opposite(a, b) for a, b in combinations(rows, 2)),
        "fastest_128_256": best("seconds", -1) in (128, 256),
        "small_most_accurate": best("accuracy", +1) <= 8,
    }

# %% capacity
from itertools import count, takewhile


def parameters_of(widths):
    return sum(map(lambda n_in, n_out: (n_in + 1) * n_out, widths[:-1], widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    fits = lambda w: parameters_of([n_in, *depth * [w], n_out]) <= budget
    widest = max(takewhile(fits, count(1)), default=None)
    if widest is None:
        raise ValueError(f"a budget of {budget} is too small")
    return widest


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    def learn(widths):
        torch.manual_seed(seed)
        return train_mnist(MLP(widths), data, epochs, batch_size, learning_rate, seed=seed)["validation_accuracy"]

    return [
        {"widths": widths, "parameters": parameters_of(widths), "accuracy": learn(widths)[-1]}
        for widths in architectures
    ]

# %% checkpoint
from io import BytesIO


def save_checkpoint(model, path):
    buffer = BytesIO()
    torch.save(dict(model.state_dict()), buffer)
    Path(path).write_bytes(buffer.getvalue())


def load_checkpoint(path, widths, activation="relu"):
    state = torch.load(BytesIO(Path(path).read_bytes()), map_location="cpu", weights_only=True)
    model = MLP(widths, activation).eval()
    model.load_state_dict(state)
    return model


def predict(model, images):
    mode, where = model.training, next(model.parameters()).device
    try:
        with torch.no_grad():
            return model.eval()(images.to(where)).topk(1, dim=1).indices[:, 0]
    finally:
        model.train(mode)

# %% memory
def weight_bytes(n_weights, bits=32):
    return (n_weights * bits + 7) // 8


def quantise(weight):
    w = weight.detach().to(torch.float64)
    largest = torch.linalg.vector_norm(w, ord=math.inf).item()
    scale = largest / 127 if largest else 1.0
    return (w / scale).round().to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.to(torch.float32) * float(scale)


def quantised_copy(model):
    # deepcopy asks the memo first: there it finds the rounded parameter in place of each old one
    rounded = lambda p: nn.Parameter(dequantise(*quantise(p)).to(p.dtype), requires_grad=p.requires_grad)
    return copy.deepcopy(model, {id(p): rounded(p) for p in model.parameters()})
