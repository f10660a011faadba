"""A correct submission by a student who writes Finnish: comments, names and prints, every step on a line of its own."""

import copy
import math
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward
def kerros(syöte, painot, vakiot):
    """Yksi lineaarinen kerros: syöte kertaa painojen transpoosi, plus vakiot."""
    tulo = torch.matmul(syöte, painot.transpose(0, 1))
    return tulo + vakiot


def tensor_forward(x, parameters):
    W1 = parameters[0]
    b1 = parameters[1]
    W2 = parameters[2]
    b2 = parameters[3]
    W3 = parameters[4]
    b3 = parameters[5]

    # ensimmäinen piilokerros
    z1 = kerros(x, W1, b1)
    h1 = torch.relu(z1)

    # toinen piilokerros
    z2 = kerros(h1, W2, b2)
    h2 = torch.relu(z2)

    # ulostulo, ei aktivointia
    y = kerros(h2, W3, b3)
    return y


# kokeillaan käsin laskettua tapausta: pitäisi tulla 3
ykköset = [torch.ones(3, 2), torch.zeros(3), torch.eye(3), torch.zeros(3), torch.ones(1, 3), torch.zeros(1)]
print("käsin laskettu 3, funktio antaa", tensor_forward(torch.tensor([[0.5, 0.5]]), ykköset).item())


# %% module
class MLP(nn.Module):
    """Monikerroksinen perseptroni."""

    def __init__(self, widths, activation="relu"):
        super().__init__()

        # Tarkistetaan ensin, että syötteet ovat järkeviä
        leveyksiä = len(widths)
        if leveyksiä < 2:
            raise ValueError("Verkossa pitää olla ainakin sisääntulo ja ulostulo.")
        tunnetut = ["identity", "sigmoid", "tanh", "relu"]
        if activation not in tunnetut:
            raise ValueError("Tuntematon aktivointi: " + activation)

        self.aktivoinnin_nimi = activation
        self.viimeinen = leveyksiä - 2

        # Kerrokset tallennetaan nimillä kerros_0, kerros_1, ...
        for i in range(leveyksiä - 1):
            sisään = widths[i]
            ulos = widths[i + 1]
            uusi_kerros = nn.Linear(sisään, ulos)
            self.add_module("kerros_" + str(i), uusi_kerros)

    def aktivoi(self, z):
        if self.aktivoinnin_nimi == "relu":
            return torch.relu(z)
        elif self.aktivoinnin_nimi == "tanh":
            return torch.tanh(z)
        elif self.aktivoinnin_nimi == "sigmoid":
            return torch.sigmoid(z)
        else:
            return z  # identiteetti

    def forward(self, x):
        # kuvat litteiksi, mutta ensimmäinen akseli (näytteet) säilyy
        näytteitä = x.size(0)
        h = x.reshape(näytteitä, -1)
        for nimi, lineaarinen in self.named_children():
            h = lineaarinen(h)
            numero = int(nimi.split("_")[1])
            if numero != self.viimeinen:
                h = self.aktivoi(h)
        return h


def count_parameters(model):
    yhteensä = 0
    for parametri in model.parameters():
        if parametri.requires_grad:
            yhteensä += parametri.numel()
    return yhteensä


malli = MLP([784, 256, 128, 10])
print(malli)
print("Parametreja:", count_parameters(malli))


# %% autograd_parity
def load_weights(model, arrays):
    parametrit = list(model.parameters())

    # Onko taulukoita oikea määrä?
    if len(arrays) != len(parametrit):
        raise ValueError("Taulukoita on " + str(len(arrays)) + ", parametreja " + str(len(parametrit)))

    # Ovatko muodot oikein? Tarkistetaan kaikki ennen kuin mitään muutetaan.
    for i in range(len(parametrit)):
        oikea_muoto = tuple(parametrit[i].shape)
        annettu_muoto = tuple(arrays[i].shape)
        if oikea_muoto != annettu_muoto:
            raise ValueError("Taulukon " + str(i) + " muoto on väärä: " + str(annettu_muoto))

    # Nyt voidaan kopioida
    with torch.no_grad():
        for i in range(len(parametrit)):
            tensori = torch.tensor(arrays[i])
            tensori = tensori.to(parametrit[i].dtype)
            parametrit[i].copy_(tensori)


def autograd_gradients(model, x, dy):
    ensimmäinen_parametri = list(model.parameters())[0]
    tyyppi = ensimmäinen_parametri.dtype

    # 1. numpysta torchiin
    x_t = torch.tensor(x, dtype=tyyppi)
    x_t.requires_grad = True
    dy_t = torch.tensor(dy, dtype=tyyppi)

    # 2. vanhat gradientit pois
    for p in model.parameters():
        p.grad = None

    # 3. eteenpäin
    y_t = model(x_t)

    # 4. taaksepäin
    y_t.backward(dy_t)

    # 5. torchista numpyyn; kopiot, jotta mikään ei muutu myöhemmin
    y = np.copy(y_t.detach().numpy())
    dx = np.copy(x_t.grad.numpy())
    gradientit = []
    for p in model.parameters():
        gradientit.append(np.copy(p.grad.numpy()))

    # 6. siivotaan jäljet
    for p in model.parameters():
        p.grad = None
    return y, dx, gradientit


# %% data
def skaalaa(kuvat):
    """Tavut 0…255 desimaaliluvuiksi 0…1."""
    return kuvat.to(torch.float32) / 255.0


def statistics(images):
    pikselit = skaalaa(images)
    keskiarvo = torch.mean(pikselit)
    keskihajonta = torch.std(pikselit)
    return keskiarvo.item(), keskihajonta.item()


def normalise(images, mean, std):
    pikselit = skaalaa(images)
    keskitetyt = pikselit - mean
    normitetut = keskitetyt / std
    # värikanava väliin: (N, 28, 28) -> (N, 1, 28, 28)
    määrä, korkeus, leveys = normitetut.shape
    return normitetut.reshape(määrä, 1, korkeus, leveys)


def split(n, n_validation, seed=0):
    # Sekoitetaan kuin korttipakka (Fisher–Yates)
    arpoja = np.random.default_rng(seed)
    pakka = list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(arpoja.integers(0, i + 1))
        pakka[i], pakka[j] = pakka[j], pakka[i]
    validointi = torch.tensor(pakka[:n_validation], dtype=torch.int64)
    opetus = torch.tensor(pakka[n_validation:], dtype=torch.int64)
    return opetus, validointi


def prepare(images, labels, n_validation, seed=0):
    n = len(images)
    opetus, validointi = split(n, n_validation, seed)

    # Jaetaan ensin ...
    opetuskuvat = images[opetus]
    validointikuvat = images[validointi]
    opetusluokat = labels[opetus].long()
    validointiluokat = labels[validointi].long()

    # ... ja lasketaan tunnusluvut vain opetuskuvista
    keskiarvo, hajonta = statistics(opetuskuvat)
    print(f"Opetuskuvia {len(opetus)}, validointikuvia {len(validointi)}")
    print(f"Keskiarvo {keskiarvo:.4f}, keskihajonta {hajonta:.4f}")

    tulos = {}
    tulos["train_images"] = normalise(opetuskuvat, keskiarvo, hajonta)
    tulos["train_labels"] = opetusluokat
    tulos["validation_images"] = normalise(validointikuvat, keskiarvo, hajonta)
    tulos["validation_labels"] = validointiluokat
    tulos["mean"] = keskiarvo
    tulos["std"] = hajonta
    return tulos


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = images.shape[0]

    # Jos on arpoja, sekoitetaan
    if generator is not None:
        järjestys = torch.randperm(n, generator=generator)
        images = images[järjestys]
        labels = labels[järjestys]

    # Leikataan eriin
    erät = []
    for alku in range(0, n, batch_size):
        loppu = min(alku + batch_size, n)
        koko = loppu - alku
        if koko < batch_size and drop_last:
            continue  # vajaa erä jää pois
        erä = (images[alku:loppu], labels[alku:loppu])
        erät.append(erä)
    return erät


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    askelia = n_samples / batch_size
    if drop_last:
        return int(math.floor(askelia))
    else:
        return int(math.ceil(askelia))


# Luennon taulukossa on B = 128: 469 (pyöristetty ylös) ja B = 64: 937 (pyöristetty alas!)
print(steps_per_epoch(60000, 128), steps_per_epoch(60000, 64), steps_per_epoch(60000, 64, drop_last=True))


# %% train_step
def laske_oikeat(logitit, luokat):
    """Montako näytettä meni oikein."""
    ennusteet = torch.argmax(logitit, dim=1)
    osumat = ennusteet == luokat
    return int(osumat.sum().item())


def train_step(model, images, labels, optimizer):
    # Data samalle laitteelle kuin malli
    laite = next(model.parameters()).device
    kuvat = images.to(laite)
    luokat = labels.to(laite)

    # Eteenpäin
    logitit = model(kuvat)
    häviöfunktio = nn.CrossEntropyLoss()
    häviö = häviöfunktio(logitit, luokat)
    oikein = laske_oikeat(logitit, luokat)

    # Taaksepäin
    optimizer.zero_grad()
    häviö.backward()
    optimizer.step()

    return häviö.item(), oikein


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train()
    häviöiden_summa = 0.0
    oikeiden_summa = 0
    näytteitä = 0
    for kuvat, luokat in batches:
        erän_koko = luokat.shape[0]
        erän_häviö, erän_oikeat = train_step(model, kuvat, luokat, optimizer)
        # erän häviö on keskiarvo, joten kerrotaan erän koolla
        häviöiden_summa += erän_häviö * erän_koko
        oikeiden_summa += erän_oikeat
        näytteitä += erän_koko
    keskihäviö = häviöiden_summa / näytteitä
    osuus = oikeiden_summa / näytteitä
    return keskihäviö, osuus


# %% evaluate
def evaluate(model, batches):
    laite = next(model.parameters()).device

    # muistetaan, missä tilassa malli oli
    oli_opetustilassa = model.training
    model.eval()

    häviöiden_summa = 0.0
    oikeiden_summa = 0
    näytteitä = 0
    with torch.no_grad():
        for kuvat, luokat in batches:
            kuvat = kuvat.to(laite)
            luokat = luokat.to(laite)
            logitit = model(kuvat)
            erän_häviö = F.cross_entropy(logitit, luokat)
            häviöiden_summa += erän_häviö.item() * luokat.shape[0]
            oikeiden_summa += laske_oikeat(logitit, luokat)
            näytteitä += luokat.shape[0]

    # palautetaan tila
    if oli_opetustilassa:
        model.train()
    else:
        model.eval()
    return häviöiden_summa / näytteitä, oikeiden_summa / näytteitä


# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    # Adam tehdään vain kerran!
    optimoija = torch.optim.Adam(model.parameters(), lr=learning_rate)
    arpoja = torch.Generator()
    arpoja.manual_seed(seed)

    kirjoittaja = None
    if log_dir is not None:
        kirjoittaja = SummaryWriter(log_dir)

    historia = {}
    historia["train_loss"] = []
    historia["train_accuracy"] = []
    historia["validation_loss"] = []
    historia["validation_accuracy"] = []
    historia["learning_rate"] = []

    for kierros in range(epochs):
        # 1. oppimisnopeus tälle kierrokselle
        nopeus = learning_rate * (decay**kierros)
        optimoija.param_groups[0]["lr"] = nopeus

        # 2. opetus
        opetuserät = minibatches(data["train_images"], data["train_labels"], batch_size, arpoja)
        opetushäviö, opetustarkkuus = train_epoch(model, opetuserät, optimoija)

        # 3. validointi
        validointierät = minibatches(data["validation_images"], data["validation_labels"], 200)
        validointihäviö, validointitarkkuus = evaluate(model, validointierät)

        # 4. kirjataan ylös
        historia["train_loss"].append(opetushäviö)
        historia["train_accuracy"].append(opetustarkkuus)
        historia["validation_loss"].append(validointihäviö)
        historia["validation_accuracy"].append(validointitarkkuus)
        historia["learning_rate"].append(nopeus)
        if kirjoittaja is not None:
            askel = kierros + 1
            kirjoittaja.add_scalar("loss/train", opetushäviö, askel)
            kirjoittaja.add_scalar("accuracy/train", opetustarkkuus, askel)
            kirjoittaja.add_scalar("loss/validation", validointihäviö, askel)
            kirjoittaja.add_scalar("accuracy/validation", validointitarkkuus, askel)
            kirjoittaja.add_scalar("learning_rate", nopeus, askel)

        print(
            f"Kierros {kierros + 1}/{epochs}: "
            f"häviö {opetushäviö:.4f}, tarkkuus {opetustarkkuus:.2%}, "
            f"validointi {validointihäviö:.4f}, {validointitarkkuus:.2%}"
        )

    if kirjoittaja is not None:
        kirjoittaja.flush()
        kirjoittaja.close()
    return historia


def confusion_matrix(model, batches, classes=10):
    laite = next(model.parameters()).device
    oli_opetustilassa = model.training
    model.eval()
    matriisi = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for kuvat, luokat in batches:
            ennusteet = torch.argmax(model(kuvat.to(laite)), dim=1)
            for k in range(len(luokat)):
                oikea = int(luokat[k])
                ennuste = int(ennusteet[k])
                # rivi on oikea luokka, sarake ennuste
                matriisi[oikea, ennuste] += 1
    model.train(oli_opetustilassa)
    return matriisi


# %% device
def pick_device():
    if torch.cuda.is_available():
        print("Löytyi NVIDIAn näytönohjain")
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        print("Löytyi Applen näytönohjain")
        return torch.device("mps")
    print("Ei näytönohjainta, käytetään suoritinta")
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    kierroksia = len(epoch_seconds)
    yhteensä = sum(epoch_seconds)
    keskiaika = yhteensä / kierroksia

    # Pyöristetään ensin kokonaisiin sekunteihin, muuten voisi tulla "0 min 60 s"
    kokonaiset = round(yhteensä)
    minuutit = kokonaiset // 60
    sekunnit = kokonaiset - 60 * minuutit

    epookki = "{:.1f} s".format(keskiaika)
    koko_aika = "{} min {} s".format(minuutit, sekunnit)
    prosentit = "{:.2f} %".format(accuracy * 100)
    return name, epookki, koko_aika, prosentit


print(hardware_row("oma läppäri", [2.876] * 100, 0.9535))


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rivit = []
    for eräkoko in batch_sizes:
        # aina sama alku
        torch.manual_seed(seed)
        malli = MLP(widths)
        optimoija = torch.optim.SGD(malli.parameters(), lr=learning_rate)
        arpoja = torch.Generator()
        arpoja.manual_seed(seed)

        # kello käyntiin
        ajat = []
        for kierros in range(epochs):
            alku = time.perf_counter()
            erät = minibatches(data["train_images"], data["train_labels"], eräkoko, arpoja)
            train_epoch(malli, erät, optimoija)
            loppu = time.perf_counter()
            ajat.append(loppu - alku)
        aika = sum(ajat) / len(ajat)

        validointierät = minibatches(data["validation_images"], data["validation_labels"], 200)
        häviö, tarkkuus = evaluate(malli, validointierät)
        askeleet = steps_per_epoch(len(data["train_images"]), eräkoko)
        print(f"eräkoko {eräkoko:5d}: {askeleet:6d} askelta, {aika:.3f} s, {tarkkuus:.2%}")

        rivi = {"batch_size": eräkoko, "steps": askeleet, "seconds": aika, "accuracy": tarkkuus}
        rivit.append(rivi)
    return rivit


def lecture_claims(rows):
    # Järjestetään rivit eräkoon mukaan (lisäyslajittelu)
    järjestetyt = []
    for rivi in rows:
        paikka = 0
        while paikka < len(järjestetyt) and järjestetyt[paikka]["batch_size"] < rivi["batch_size"]:
            paikka += 1
        järjestetyt.insert(paikka, rivi)

    # Väite 1: suurempi erä ei koskaan tarvitse enemmän askelia
    vähemmän_askelia = True
    for i in range(1, len(järjestetyt)):
        if järjestetyt[i]["steps"] > järjestetyt[i - 1]["steps"]:
            vähemmän_askelia = False

    # Väite 2: nopein on 128 tai 256
    nopein = järjestetyt[0]
    for rivi in järjestetyt:
        if rivi["seconds"] < nopein["seconds"]:
            nopein = rivi
    nopein_on_keskikokoinen = nopein["batch_size"] == 128 or nopein["batch_size"] == 256

    # Väite 3: tarkimman eräkoko on korkeintaan 8
    tarkin = järjestetyt[0]
    for rivi in järjestetyt:
        if rivi["accuracy"] > tarkin["accuracy"]:
            tarkin = rivi
    tarkin_on_pieni = tarkin["batch_size"] <= 8

    return {
        "fewer_steps": vähemmän_askelia,
        "fastest_128_256": nopein_on_keskikokoinen,
        "small_most_accurate": tarkin_on_pieni,
    }


# %% capacity
def parameters_of(widths):
    yhteensä = 0
    for i in range(len(widths) - 1):
        painoja = widths[i] * widths[i + 1]
        vakioita = widths[i + 1]
        yhteensä += painoja + vakioita
    return yhteensä


def equal_width(budget, depth, n_in=784, n_out=10):
    def tarve(leveys):
        leveydet = [n_in]
        for _ in range(depth):
            leveydet.append(leveys)
        leveydet.append(n_out)
        return parameters_of(leveydet)

    # Aloitetaan varmasti liian leveästä ja kavennetaan, kunnes mahtuu
    leveys = budget // n_in + 1
    while leveys >= 1 and tarve(leveys) > budget:
        leveys -= 1
    if leveys < 1:
        raise ValueError("Budjetti ei riitä edes yhden yksikön kerroksiin.")
    return leveys


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rivit = []
    for leveydet in architectures:
        print("Opetetaan verkkoa", leveydet)
        torch.manual_seed(seed)
        malli = MLP(leveydet)
        historia = train_mnist(malli, data, epochs, batch_size=batch_size, learning_rate=learning_rate, seed=seed)
        viimeinen_tarkkuus = historia["validation_accuracy"][-1]
        rivi = {}
        rivi["widths"] = leveydet
        rivi["parameters"] = parameters_of(leveydet)
        rivi["accuracy"] = viimeinen_tarkkuus
        rivit.append(rivi)
    return rivit


# %% checkpoint
def save_checkpoint(model, path):
    tila = model.state_dict()
    torch.save(tila, path)
    print("Tallennettu:", path)


def load_checkpoint(path, widths, activation="relu"):
    malli = MLP(widths, activation)
    tila = torch.load(path, map_location="cpu", weights_only=True)
    malli.load_state_dict(tila)
    malli.eval()  # päättelytila
    return malli


def predict(model, images):
    laite = next(model.parameters()).device
    oli_opetustilassa = model.training
    model.eval()
    with torch.no_grad():
        logitit = model(images.to(laite))
        suurin, luokka = torch.max(logitit, dim=1)
    model.train(oli_opetustilassa)
    return luokka


# %% memory
def weight_bytes(n_weights, bits=32):
    bittejä = n_weights * bits
    tavuja = bittejä // 8
    return tavuja


def quantise(weight):
    painot = weight.detach().clone()
    suurin = painot.abs().max().item()
    if suurin == 0.0:
        skaala = 1.0  # pelkkiä nollia
    else:
        skaala = suurin / 127
    jaettu = painot / skaala
    pyöristetty = torch.round(jaettu)
    return pyöristetty.to(torch.int8), skaala


def dequantise(quantised, scale):
    desimaaliluvut = quantised.to(torch.float32)
    return scale * desimaaliluvut


def quantised_copy(model):
    kopio = copy.deepcopy(model)
    with torch.no_grad():
        for parametri in kopio.parameters():
            kvantisoitu, skaala = quantise(parametri)
            parametri.copy_(dequantise(kvantisoitu, skaala))
    return kopio
