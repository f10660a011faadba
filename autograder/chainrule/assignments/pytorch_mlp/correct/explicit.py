"""A correct submission that trusts no layer and no loss of the library: matrices, log-sum-exp and loops by hand.

Comments are in German, names are long, and no answer calls that of another exercise where it need not.
"""

import time

import numpy as np
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward
def tensor_forward(x, parameters):
    activations = x
    number_of_layers = len(parameters) // 2
    for layer in range(number_of_layers):
        weight = parameters[2 * layer]
        bias = parameters[2 * layer + 1]
        # (N, ein) mal (ein, aus) ergibt (N, aus)
        pre_activations = torch.matmul(activations, torch.transpose(weight, 0, 1)) + bias
        is_last_layer = layer == number_of_layers - 1
        if is_last_layer:
            return pre_activations
        activations = torch.where(pre_activations > 0, pre_activations, torch.zeros_like(pre_activations))


# %% module
class MLP(nn.Module):
    """Mehrschichtiges Perzeptron aus nackten Matrizen."""

    def __init__(self, widths, activation="relu"):
        super().__init__()
        if len(widths) < 2:
            raise ValueError("Ein Netz braucht mindestens eine Eingabe- und eine Ausgabebreite.")
        if activation not in ("identity", "sigmoid", "tanh", "relu"):
            raise ValueError("Unbekannte Aktivierung: " + str(activation))
        self.activation_name = activation
        self.number_of_layers = len(widths) - 1
        for layer in range(1, self.number_of_layers + 1):
            inputs = widths[layer - 1]
            outputs = widths[layer]
            # Varianz 2/(ein + aus), damit die Signale weder wachsen noch verschwinden
            standard_deviation = (2.0 / (inputs + outputs)) ** 0.5
            weight = torch.randn(outputs, inputs) * standard_deviation
            bias = torch.randn(outputs) * 0.01
            self.register_parameter("weight" + str(layer), nn.Parameter(weight))
            self.register_parameter("bias" + str(layer), nn.Parameter(bias))

    def activate(self, pre_activations):
        if self.activation_name == "sigmoid":
            return torch.sigmoid(pre_activations)
        if self.activation_name == "tanh":
            return torch.tanh(pre_activations)
        if self.activation_name == "relu":
            return torch.relu(pre_activations)
        return pre_activations

    def forward(self, x):
        # Bilder werden zu Zeilen: alles nach der ersten Achse hintereinander
        number_of_samples = x.shape[0]
        values = x.reshape(number_of_samples, self.weight1.shape[1])
        for layer in range(1, self.number_of_layers + 1):
            weight = getattr(self, "weight" + str(layer))
            bias = getattr(self, "bias" + str(layer))
            values = torch.einsum("ni,oi->no", values, weight) + bias
            if layer < self.number_of_layers:
                values = self.activate(values)
        return values


def count_parameters(model):
    total = 0
    for parameter in model.parameters():
        if not parameter.requires_grad:
            continue
        size = 1
        for side in parameter.shape:
            size = size * side
        total = total + size
    return total


# %% autograd_parity
def load_weights(model, arrays):
    parameters = [parameter for parameter in model.parameters()]
    if len(parameters) != len(arrays):
        raise ValueError("Es sind %d Arrays, aber %d Parameter." % (len(arrays), len(parameters)))
    for parameter, array in zip(parameters, arrays):
        if tuple(parameter.shape) != tuple(array.shape):
            raise ValueError("Form %s passt nicht zu %s." % (array.shape, tuple(parameter.shape)))
    for parameter, array in zip(parameters, arrays):
        # .data: der Graph soll von diesem Schreiben nichts wissen
        parameter.data[...] = torch.tensor(array, dtype=parameter.dtype, device=parameter.device)


def autograd_gradients(model, x, dy):
    parameters = list(model.parameters())
    number_type = parameters[0].dtype
    x_tensor = torch.tensor(np.array(x), dtype=number_type)
    x_tensor.requires_grad_(True)
    dy_tensor = torch.tensor(np.array(dy), dtype=number_type)
    # Alte Gradienten weg, sonst wuerden sie sich aufsummieren
    for parameter in parameters:
        parameter.grad = None
    y_tensor = model.forward(x_tensor)
    # Die Ableitung dieser Zahl nach y ist genau dy
    number = torch.sum(y_tensor * dy_tensor)
    number.backward()
    gradients = []
    for parameter in parameters:
        gradients.append(parameter.grad.detach().numpy().copy())
        parameter.grad = None
    return y_tensor.detach().numpy(), x_tensor.grad.detach().numpy(), gradients


# %% data
import random


def statistics(images):
    # ganze Zahlen: die Summen sind exakt
    pixels = images.to(torch.int64)
    count = pixels.numel()
    mean = pixels.sum().item() / count
    mean_of_squares = (pixels * pixels).sum().item() / count
    variance = mean_of_squares - mean * mean
    return mean / 255.0, variance**0.5 / 255.0


def normalise(images, mean, std):
    number_of_images = images.shape[0]
    result = torch.zeros((number_of_images, 1, 28, 28), dtype=torch.float32)
    result[:, 0, :, :] = images
    result = result / 255.0
    result = result - mean
    result = result / std
    return result


def split(n, n_validation, seed=0):
    numbers = list(range(n))
    random.Random(seed).shuffle(numbers)
    number_of_training_samples = n - n_validation
    train = torch.tensor(numbers[:number_of_training_samples], dtype=torch.int64)
    validation = torch.tensor(numbers[number_of_training_samples:], dtype=torch.int64)
    return train, validation


def prepare(images, labels, n_validation, seed=0):
    train_indices, validation_indices = split(images.shape[0], n_validation, seed)
    raw_train_images = images[train_indices]
    raw_validation_images = images[validation_indices]
    # Nur der Trainingsteil darf Mittelwert und Streuung bestimmen
    mean, std = statistics(raw_train_images)
    data = {}
    data["train_images"] = normalise(raw_train_images, mean, std)
    data["train_labels"] = labels[train_indices].to(torch.int64)
    data["validation_images"] = normalise(raw_validation_images, mean, std)
    data["validation_labels"] = labels[validation_indices].to(torch.int64)
    data["mean"] = mean
    data["std"] = std
    return data


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    number_of_samples = images.shape[0]
    if generator is None:
        order = torch.arange(number_of_samples)
    else:
        order = torch.argsort(torch.rand(number_of_samples, generator=generator))
    result = []
    start = 0
    while start < number_of_samples:
        chosen = order[start : start + batch_size]
        is_full = chosen.shape[0] == batch_size
        if is_full or not drop_last:
            result.append((images[chosen], labels[chosen]))
        start = start + batch_size
    return result


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    full_batches, rest = divmod(n_samples, batch_size)
    if rest > 0 and not drop_last:
        return full_batches + 1
    return full_batches


# %% train_step
def cross_entropy_by_hand(logits, labels):
    """Verlust jeder einzelnen Probe, Form (N,)."""
    # groesster Logit heraus, damit exp nicht ueberlaeuft
    largest = torch.max(logits, dim=1, keepdim=True).values
    shifted = logits - largest.detach()
    log_of_sum = torch.log(torch.sum(torch.exp(shifted), dim=1))
    of_the_right_class = torch.gather(shifted, 1, labels.reshape(-1, 1)).reshape(-1)
    return log_of_sum - of_the_right_class


def train_step(model, images, labels, optimizer):
    device = None
    for parameter in model.parameters():
        device = parameter.device
    images = images.to(device)
    labels = labels.to(device)
    logits = model(images)
    loss = torch.mean(cross_entropy_by_hand(logits, labels))
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None
    loss.backward()
    optimizer.step()
    predicted_classes = torch.argmax(logits, dim=1).tolist()
    true_classes = labels.tolist()
    correct = 0
    for predicted_class, true_class in zip(predicted_classes, true_classes):
        if predicted_class == true_class:
            correct = correct + 1
    return float(loss.item()), correct


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train(True)
    sizes = []
    losses = []
    hits = []
    for images, labels in batches:
        loss, correct = train_step(model, images, labels, optimizer)
        sizes.append(images.shape[0])
        losses.append(loss)
        hits.append(correct)
    # gewichtet: ein kleiner letzter Stapel zaehlt weniger
    total = sum(sizes)
    weighted = 0.0
    for size, loss in zip(sizes, losses):
        weighted = weighted + size / total * loss
    return weighted, sum(hits) / total


# %% evaluate
def evaluate(model, batches):
    # jede Schicht merkt sich ihren eigenen Modus
    modes = {}
    for module in model.modules():
        modes[module] = module.training
    model.train(False)
    device = list(model.parameters())[0].device
    loss_of_all = 0.0
    hits = 0
    seen = 0
    with torch.set_grad_enabled(False):
        for images, labels in batches:
            images_there = images.to(device)
            labels_there = labels.to(device)
            logits = model(images_there)
            largest = torch.max(logits, dim=1).values
            log_of_sum = largest + torch.log(torch.sum(torch.exp(logits - largest[:, None]), dim=1))
            of_the_right_class = logits[torch.arange(len(labels), device=device), labels_there]
            loss_of_all = loss_of_all + torch.sum(log_of_sum - of_the_right_class).item()
            hits = hits + torch.sum(torch.argmax(logits, dim=1) == labels_there).item()
            seen = seen + len(labels)
    for module, mode in modes.items():
        module.training = mode
    return loss_of_all / seen, hits / seen


# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator()
    generator.manual_seed(seed)
    train_losses = []
    train_accuracies = []
    validation_losses = []
    validation_accuracies = []
    learning_rates = []

    learning_rate_now = learning_rate
    for epoch in range(epochs):
        optimizer.param_groups[0]["lr"] = learning_rate_now
        training_batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train_loss, train_accuracy = train_epoch(model, training_batches, optimizer)
        # alle Validierungsbilder auf einmal
        validation_loss, validation_accuracy = evaluate(model, [(data["validation_images"], data["validation_labels"])])
        train_losses.append(train_loss)
        train_accuracies.append(train_accuracy)
        validation_losses.append(validation_loss)
        validation_accuracies.append(validation_accuracy)
        learning_rates.append(learning_rate_now)
        print("Epoche", epoch + 1, "von", epochs, "Verlust", round(train_loss, 4))
        learning_rate_now = learning_rate_now * decay

    if log_dir is not None:
        # erst am Ende geschrieben, die Schritte stimmen trotzdem
        writer = SummaryWriter(log_dir=str(log_dir))
        for epoch in range(epochs):
            writer.add_scalar("loss/train", train_losses[epoch], global_step=epoch + 1)
            writer.add_scalar("accuracy/train", train_accuracies[epoch], global_step=epoch + 1)
            writer.add_scalar("loss/validation", validation_losses[epoch], global_step=epoch + 1)
            writer.add_scalar("accuracy/validation", validation_accuracies[epoch], global_step=epoch + 1)
            writer.add_scalar("learning_rate", learning_rates[epoch], global_step=epoch + 1)
        writer.flush()
        writer.close()

    return {
        "train_loss": train_losses,
        "train_accuracy": train_accuracies,
        "validation_loss": validation_losses,
        "validation_accuracy": validation_accuracies,
        "learning_rate": learning_rates,
    }


def confusion_matrix(model, batches, classes=10):
    was_in_training = model.training
    model.eval()
    device = list(model.parameters())[0].device
    table = []
    for _ in range(classes):
        table.append([0] * classes)
    for images, labels in batches:
        with torch.no_grad():
            predicted_classes = model(images.to(device)).argmax(dim=1).tolist()
        for true_class, predicted_class in zip(labels.tolist(), predicted_classes):
            table[true_class][predicted_class] += 1
    if was_in_training:
        model.train()
    return torch.tensor(table, dtype=torch.int64)


# %% device
def pick_device():
    name = "cpu"
    if torch.backends.mps.is_available():
        name = "mps"
    if torch.cuda.is_available():
        # NVIDIA geht vor
        name = "cuda"
    return torch.device(name)


def hardware_row(name, epoch_seconds, accuracy):
    total = 0.0
    for seconds in epoch_seconds:
        total = total + seconds
    mean_text = "%.1f s" % (total / len(epoch_seconds))
    whole_seconds = int(total + 0.5)
    total_text = "%d min %d s" % (whole_seconds // 60, whole_seconds % 60)
    accuracy_text = "%.2f %%" % (accuracy * 100.0)
    return (name, mean_text, total_text, accuracy_text)


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator()
        generator.manual_seed(seed)
        seconds_of_epochs = []
        steps = 0
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            steps = len(batches)
            before = time.time()
            train_epoch(model, batches, optimizer)
            after = time.time()
            seconds_of_epochs.append(after - before)
        loss, accuracy = evaluate(model, [(data["validation_images"], data["validation_labels"])])
        row = {}
        row["batch_size"] = batch_size
        row["steps"] = steps
        row["seconds"] = sum(seconds_of_epochs) / len(seconds_of_epochs)
        row["accuracy"] = accuracy
        rows.append(row)
    return rows


def lecture_claims(rows):
    fewer_steps = True
    for one in rows:
        for other in rows:
            # groesserer Stapel, mehr Schritte: Behauptung widerlegt
            if other["batch_size"] > one["batch_size"] and other["steps"] > one["steps"]:
                fewer_steps = False
    fastest = rows[0]
    most_accurate = rows[0]
    for row in rows:
        if row["seconds"] < fastest["seconds"]:
            fastest = row
        if row["accuracy"] > most_accurate["accuracy"]:
            most_accurate = row
    return {
        "fewer_steps": fewer_steps,
        "fastest_128_256": fastest["batch_size"] == 128 or fastest["batch_size"] == 256,
        "small_most_accurate": most_accurate["batch_size"] <= 8,
    }


# %% capacity
import math


def parameters_of(widths):
    weights = 0
    biases = 0
    for position in range(1, len(widths)):
        weights = weights + widths[position - 1] * widths[position]
        biases = biases + widths[position]
    return weights + biases


def equal_width(budget, depth, n_in=784, n_out=10):
    # Die Anzahl ist a w^2 + b w + n_out; die groessere Nullstelle von "Anzahl - Budget" gibt die Breite
    a = depth - 1
    b = n_in + 1 + (depth - 1) + n_out
    c = n_out - budget
    if a + b + c > 0:
        raise ValueError("Schon w = 1 braucht mehr als %d Parameter." % budget)
    if a == 0:
        return -c // b
    return (math.isqrt(b * b - 4 * a * c) - b) // (2 * a)


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    results = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, 1.0, seed)
        accuracies = history["validation_accuracy"]
        results.append(
            {
                "widths": widths,
                "parameters": parameters_of(widths),
                "accuracy": accuracies[len(accuracies) - 1],
            }
        )
    return results


# %% checkpoint
def save_checkpoint(model, path):
    numbers = {}
    for name, tensor in model.state_dict().items():
        numbers[name] = tensor.detach().clone()
    with open(path, "wb") as file:
        torch.save(numbers, file)


def load_checkpoint(path, widths, activation="relu"):
    with open(path, "rb") as file:
        numbers = torch.load(file, map_location="cpu", weights_only=True)
    model = MLP(widths, activation)
    model.load_state_dict(numbers)
    model.train(False)
    return model


def predict(model, images):
    was_in_training = model.training
    model.train(False)
    device = list(model.parameters())[0].device
    with torch.no_grad():
        logits = model(images.to(device))
    model.train(was_in_training)
    return torch.max(logits, dim=1).indices


# %% memory
def weight_bytes(n_weights, bits=32):
    bits_of_all = n_weights * bits
    return bits_of_all // 8


def quantise(weight):
    largest = float(torch.max(torch.abs(weight)))
    scale = largest / 127.0
    if largest == 0.0:
        scale = 1.0
    # kaufmaennisch runden: die Haelfte weg von der Null
    levels = torch.floor(torch.abs(weight) / scale + 0.5) * torch.sign(weight)
    return levels.to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.type(torch.float32) * scale


def quantised_copy(model):
    import copy

    other = copy.deepcopy(model)
    for parameter in other.parameters():
        quantised, scale = quantise(parameter.detach())
        parameter.data.copy_(dequantise(quantised, scale))
    return other
