"""Oikea palautus askel askeleelta: suomenkieliset nimet ja kommentit, paljon välituloksia, apufunktioita ja tulosteita."""

import numpy as np


# %% threshold_neuron
# Kokeilin ensin paperilla: suora x1 + x2 = 1.5 erottaa kulman (1, 1) muista.
print("kulmat:")
for kulma, luokka in zip(CORNERS, XOR):
    print("  ", kulma, "->", int(luokka))


def threshold_neuron(x, w, b):
    lukumäärä = x.shape[0]
    vastaus = np.zeros(lukumäärä, dtype=int)
    for i in range(lukumäärä):
        painotettu_summa = x[i, 0] * w[0] + x[i, 1] * w[1] + b
        if painotettu_summa > 0:
            vastaus[i] = 1
        else:
            vastaus[i] = 0
    return vastaus


def lyhin_etäisyys(w, b):
    """Kuinka lähellä suoraa lähin kulma on."""
    pituus = np.sqrt(w[0] ** 2 + w[1] ** 2)
    etäisyydet = []
    for kulma in CORNERS:
        etäisyydet.append(abs(w[0] * kulma[0] + w[1] * kulma[1] + b) / pituus)
    return min(etäisyydet)


def and_neuron():
    w = np.array([2, 2])
    b = -3
    return w, b


def or_neuron():
    w = np.array([2, 2])
    b = -1
    return w, b


def nand_neuron():
    w = np.array([-2, -2])
    b = 3
    return w, b


for nimi, neuroni in [("JA", and_neuron), ("TAI", or_neuron), ("EI-JA", nand_neuron)]:
    w_kokeilu, b_kokeilu = neuroni()
    print(f"{nimi}: {threshold_neuron(CORNERS, w_kokeilu, b_kokeilu)}, lähin kulma {lyhin_etäisyys(w_kokeilu, b_kokeilu):.2f}")


# %% perceptron
def perceptron_step(w, b, x, y):
    uusi_w = np.array(w, dtype=float)  # kopio, ettei alkuperäinen muutu
    uusi_b = float(b)
    puoli = y * (w[0] * x[0] + w[1] * x[1] + b)
    if puoli <= 0:
        uusi_w = uusi_w + y * x
        uusi_b = uusi_b + y
    return uusi_w, uusi_b


def train_perceptron(x, y, epochs):
    w = np.zeros(2)
    b = 0.0
    historia = np.zeros((1, 3))
    muutoksia = 0
    for kierros in range(epochs):
        for näyte in range(len(x)):
            vanha_w, vanha_b = w, b
            w, b = perceptron_step(w, b, x[näyte], y[näyte])
            if b != vanha_b or (w != vanha_w).any():
                muutoksia = muutoksia + 1
            historia = np.concatenate([historia, [[w[0], w[1], b]]])
    print(f"perseptroni: {epochs} kierrosta, {muutoksia} muutosta")
    return historia


def samat(rivi1, rivi2):
    return rivi1[0] == rivi2[0] and rivi1[1] == rivi2[1] and rivi1[2] == rivi2[2]


def perceptron_verdict(history):
    viimeinen = len(history) - 1
    # 1) onko viimeinen rivi ollut jo ennen, ja milloin viimeksi?
    edellinen = None
    for i in range(viimeinen):
        if samat(history[i], history[viimeinen]):
            edellinen = i
    if edellinen is None:
        return ("undecided", 0)
    # 2) heti edellisellä rivillä: liike on pysähtynyt. Missä?
    if edellinen == viimeinen - 1:
        alku = edellinen
        while alku > 0 and samat(history[alku - 1], history[viimeinen]):
            alku = alku - 1
        return ("converged", alku)
    # 3) muuten kierretään ympyrää
    return ("cycling", viimeinen - edellinen)


# %% logistic_regression
def sigmoidi(z):
    """σ(z); suuri positiivinen eksponentti leikataan pois."""
    pieni = np.exp(-abs(z))
    positiiviselle = 1 / (1 + pieni)
    negatiiviselle = pieni / (1 + pieni)
    return np.where(z >= 0, positiiviselle, negatiiviselle)


def ristientropia(z, y):
    """Näytteiden tappiot: ln(1 + eᶻ) - y·z."""
    suurempi = np.where(z > 0, z, 0)
    loppu = np.log(1 + np.exp(-abs(z)))
    return suurempi + loppu - y * z


def logistic_loss(w, b, x, y):
    N = len(y)
    # eteenpäin
    z = x[:, 0] * w[0] + x[:, 1] * w[1] + b
    p = sigmoidi(z)
    tappio = np.sum(ristientropia(z, y)) / N
    # taaksepäin
    virhe = p - y
    dw1 = np.sum(virhe * x[:, 0]) / N
    dw2 = np.sum(virhe * x[:, 1]) / N
    db = np.sum(virhe) / N
    return tappio, np.array([dw1, dw2]), db


def train_logistic(x, y, w, b, steps, learning_rate):
    w = w.copy()
    tappiot = []
    tappio, dw, db = logistic_loss(w, b, x, y)
    tappiot.append(tappio)
    askel = 0
    while askel < steps:
        w = w - learning_rate * dw
        b = b - learning_rate * db
        tappio, dw, db = logistic_loss(w, b, x, y)
        tappiot.append(tappio)
        askel += 1
        if askel % 100 == 0:
            print(f"askel {askel}: tappio {tappio:.4f}")
    return w, b, np.array(tappiot)


def loss_surface(w1, w2, b, x, y):
    pinta = np.zeros((len(w2), len(w1)))
    for rivi in range(len(w2)):
        for sarake in range(len(w1)):
            painot = np.array([w1[sarake], w2[rivi]])
            tappio, _, _ = logistic_loss(painot, b, x, y)
            pinta[rivi, sarake] = tappio
    return pinta


# %% xor_by_hand
def threshold_network(x, W1, b1, w2, b2):
    piilokerros = []
    for i in range(len(b1)):
        piilokerros.append(threshold_neuron(x, W1[i], b1[i]))
    h = np.array(piilokerros).T
    # threshold_neuron osaa vain kaksi syötettä, joten ulostulo lasketaan tässä
    summa = np.zeros(len(x)) + b2
    for i in range(len(w2)):
        summa = summa + w2[i] * h[:, i]
    y = np.array([1 if s > 0 else 0 for s in summa])
    return h, y


def xor_threshold_weights():
    # XOR = TAI ja EI-JA
    tai_w, tai_b = or_neuron()
    eija_w, eija_b = nand_neuron()
    ja_w, ja_b = and_neuron()
    W1 = np.array([tai_w, eija_w])
    b1 = np.array([tai_b, eija_b])
    return W1, b1, ja_w, ja_b


def relu(z):
    tulos = np.array(z, dtype=float)
    tulos[tulos < 0] = 0.0
    return tulos


def relu_network(x, W1, b1, w2, b2):
    z = np.matmul(x, np.transpose(W1)) + b1
    h = relu(z)
    y = np.matmul(h, w2) + b2
    return h, y


def xor_relu_weights():
    # Kuljetaan kulmasta (0, 0) kulmaan (1, 1), s = x1 + x2 kasvaa nollasta kahteen:
    # ensimmäinen yksikkö nostaa, toinen kääntää alas kohdassa s = 1.
    W1 = np.array([[1, 1], [1, 1]])
    b1 = np.array([0, -1])
    w2 = np.array([1, -2])
    b2 = 0
    return W1, b1, w2, b2


_, kokeilu = threshold_network(CORNERS, *xor_threshold_weights())
print("kynnysverkko antaa", kokeilu)
_, kokeilu = relu_network(CORNERS, *xor_relu_weights())
print("ReLU-verkko antaa", kokeilu)


# %% hidden_space
def aktivoi(z, nimi):
    if nimi == "sigmoid":
        return sigmoidi(z)
    if nimi == "tanh":
        e = np.exp(-2 * abs(z))
        return np.sign(z) * (1 - e) / (1 + e)
    if nimi == "relu":
        return relu(z)
    if nimi == "identity":
        return z
    raise ValueError("tuntematon aktivaatio: " + nimi)


def hidden_points(x, W1, b1, activation="tanh"):
    z = np.matmul(x, np.transpose(W1))
    z = z + b1
    return aktivoi(z, activation)


def output_line(h1, w2, b2):
    ensimmäinen_paino = w2[0]
    toinen_paino = w2[1]
    if toinen_paino == 0:
        raise ValueError("Suora on pystysuora, korkeutta ei ole.")
    kulmakerroin = -ensimmäinen_paino / toinen_paino
    vakio = -b2 / toinen_paino
    return kulmakerroin * h1 + vakio


def separates(h, y, w2, b2):
    väärin = 0
    for piste, luokka in zip(h, y):
        arvo = np.matmul(piste, w2) + b2
        if luokka == 1 and arvo <= 0:
            väärin += 1
        if luokka == 0 and arvo > 0:
            väärin += 1
    return väärin == 0


# %% train_xor_numpy
def init_xor(width, seed):
    satunnainen = np.random.RandomState(seed)
    W1 = satunnainen.uniform(-2, 2, (width, 2))
    b1 = satunnainen.uniform(-1, 1, width)
    # puolet yksiköistä äänestää puolesta, puolet vastaan
    W2 = np.ones((1, width))
    W2[0, 1::2] = -1
    b2 = np.zeros(1)
    return [W1, b1, W2, b2]


def eteenpäin(verkko, x, aktivaatio):
    muisti = {}
    muisti["z1"] = np.matmul(x, verkko["W1"].T) + verkko["b1"]
    muisti["h"] = aktivoi(muisti["z1"], aktivaatio)
    muisti["z2"] = np.matmul(muisti["h"], verkko["W2"].T) + verkko["b2"]
    muisti["p"] = sigmoidi(muisti["z2"])  # (N, 1)
    return muisti


def derivaatta(muisti, aktivaatio):
    h = muisti["h"]
    if aktivaatio == "tanh":
        return 1 - h**2
    if aktivaatio == "sigmoid":
        return h * (1 - h)
    if aktivaatio == "relu":
        return (muisti["z1"] > 0).astype(float)
    return np.ones(h.shape)


def taaksepäin(verkko, muisti, x, y, aktivaatio):
    N = len(x)
    pysty_y = y.reshape(N, 1)  # muuten p - y olisi (N, N)
    dz2 = (muisti["p"] - pysty_y) / N
    gradientit = {}
    gradientit["W2"] = np.matmul(dz2.T, muisti["h"])
    gradientit["b2"] = dz2.sum(axis=0)
    dh = np.matmul(dz2, verkko["W2"])
    dz1 = dh * derivaatta(muisti, aktivaatio)
    gradientit["W1"] = np.matmul(dz1.T, x)
    gradientit["b1"] = dz1.sum(axis=0)
    return gradientit


def sanakirjaksi(parametrit):
    verkko = {}
    for nimi, taulukko in zip(["W1", "b1", "W2", "b2"], parametrit):
        verkko[nimi] = np.array(taulukko, dtype=float)
    return verkko


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    verkko = sanakirjaksi(parameters)
    tappiot = []
    for askel in range(steps + 1):
        muisti = eteenpäin(verkko, x, activation)
        tappio = np.mean(ristientropia(muisti["z2"][:, 0], y))
        tappiot.append(tappio)
        if askel % 250 == 0:
            print(f"askel {askel:4d}  tappio {tappio:.5f}  p = {np.round(muisti['p'].ravel()[:4], 2)}")
        if askel == steps:
            break
        gradientit = taaksepäin(verkko, muisti, x, y, activation)
        for nimi in verkko:
            verkko[nimi] = verkko[nimi] - learning_rate * gradientit[nimi]
    return [verkko["W1"], verkko["b1"], verkko["W2"], verkko["b2"]], np.array(tappiot)


def probabilities(parameters, x, activation="tanh"):
    muisti = eteenpäin(sanakirjaksi(parameters), x, activation)
    return muisti["p"][:, 0]


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    oikein = 0
    for i in range(4):
        if XOR[i] == 1 and p[i] > 0.9:
            oikein += 1
        if XOR[i] == 0 and p[i] < 0.1:
            oikein += 1
    return oikein == 4


# %% train_xor_torch
def stack(networks):
    W1t, b1t, W2t, b2t = [], [], [], []
    for W1, b1, W2, b2 in networks:
        W1t.append(W1)
        b1t.append(b1)
        W2t.append(W2)
        b2t.append(b2)
    return [np.array(W1t), np.array(b1t), np.array(W2t), np.array(b2t)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = parameters
    S, D, _ = W1.shape
    # kaikkien verkkojen piiloyksiköt peräkkäin yhteen isoon kerrokseen: S·D riviä
    iso_W1 = torch.tensor(W1.reshape(S * D, 2), requires_grad=True)
    iso_b1 = torch.tensor(b1.reshape(S * D), requires_grad=True)
    iso_W2 = torch.tensor(W2.reshape(S * D), requires_grad=True)
    iso_b2 = torch.tensor(b2.reshape(S), requires_grad=True)
    painot = [iso_W1, iso_b1, iso_W2, iso_b2]

    syöte = torch.tensor(x)
    kohde = torch.tensor(y).reshape(-1, 1)
    tappiot = np.zeros((steps + 1, S))
    for askel in range(steps + 1):
        z1 = syöte @ iso_W1.T + iso_b1  # (N, S·D)
        if activation == "tanh":
            h = torch.tanh(z1)
        elif activation == "sigmoid":
            h = torch.sigmoid(z1)
        elif activation == "relu":
            h = torch.relu(z1)
        else:
            h = z1
        # jokainen verkko laskee yhteen vain omat yksikkönsä
        logitit = (h * iso_W2).reshape(-1, S, D).sum(dim=2) + iso_b2  # (N, S)
        kohteet = kohde.expand(-1, S)
        kukin = F.binary_cross_entropy_with_logits(logitit, kohteet, reduction="none").mean(dim=0)
        tappiot[askel] = kukin.detach().numpy()
        if askel % 250 == 0:
            print(f"askel {askel}: tappio keskimäärin {tappiot[askel].mean():.4f} ({S} verkkoa)")
        if askel < steps:
            kukin.sum().backward()
            with torch.no_grad():
                for paino in painot:
                    paino -= learning_rate * paino.grad
                    paino.grad.zero_()
    valmis = [paino.detach().numpy() for paino in painot]
    muodot = [(S, D, 2), (S, D), (S, 1, D), (S, 1)]
    return [paino.reshape(muoto) for paino, muoto in zip(valmis, muodot)], tappiot


# %% no_hidden_layer
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    # z = W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2)
    w = np.matmul(W2, W1)[0]
    b = np.matmul(W2, b1)[0] + b2[0]
    return w, float(b)


def most_corners_right(w, b):
    oikein = 0
    for kulma, luokka in zip(CORNERS, XOR):
        logit = w[0] * kulma[0] + w[1] * kulma[1] + b
        if logit > 0:
            arvaus = 1
        elif logit < 0:
            arvaus = 0
        else:
            arvaus = None  # suoralla: ei sano mitään
        if arvaus == luokka:
            oikein = oikein + 1
    return oikein


def onnistuneiden_osuus(leveys, aktivaatio, siemenet, askeleet, oppimisnopeus):
    verkot = []
    for siemen in siemenet:
        verkot.append(init_xor(leveys, siemen))
    W1, b1, W2, b2 = train_xor_torch(stack(verkot), CORNERS, XOR, askeleet, oppimisnopeus, aktivaatio)[0]
    onnistui = 0
    for s in range(len(verkot)):
        if solved([W1[s], b1[s], W2[s], b2[s]], aktivaatio):
            onnistui += 1
    print(f"{onnistui} / {len(verkot)} verkkoa ratkaisi XORin")
    return onnistui / len(verkot)


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    return onnistuneiden_osuus(width, "identity", seeds, steps, learning_rate)


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    epävarmat = []
    for i in range(4):
        varma = p[i] > 0.9 if XOR[i] == 1 else p[i] < 0.1
        if not varma:
            epävarmat.append(i)

    def lähellä(taso):
        return all(abs(p[i] - taso) <= 0.05 for i in epävarmat)

    if len(epävarmat) == 0:
        return "solved"
    if len(epävarmat) == 4 and lähellä(0.5):
        return "all undecided"
    if len(epävarmat) == 2 and lähellä(0.5):
        return "two undecided"
    if len(epävarmat) == 3:
        keskiarvo = sum(XOR[i] for i in epävarmat) / 3
        if lähellä(keskiarvo):
            return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return onnistuneiden_osuus(width, activation, seeds, steps, learning_rate)


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    satunnainen = np.random.RandomState(seed)
    x = np.zeros((n, 2))
    y = np.zeros(n)
    for i in range(n):
        numero = satunnainen.randint(4)
        x[i] = CORNERS[numero] + sigma * satunnainen.randn(2)
        y[i] = XOR[numero]
    return x, y


def decision_grid(parameters, x1, x2, activation="tanh"):
    korkeus = len(x2)
    leveys = len(x1)
    pisteet = []
    for i in range(korkeus):
        for j in range(leveys):
            pisteet.append([x1[j], x2[i]])
    p = probabilities(parameters, np.array(pisteet), activation)
    ruudukko = p.reshape(korkeus, leveys)
    return ruudukko
