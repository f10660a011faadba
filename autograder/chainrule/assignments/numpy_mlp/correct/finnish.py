"""A correct submission in Finnish: one small step after another, helper functions, and prints all along."""

import numpy as np


# %% neuron
# Apufunktiot ensin: painotettu summa ja sigmoidi yhdelle luvulle.
import math


def painotettu_summa(syötteet, painot, vakio):
    summa = float(vakio)
    for syöte, paino in zip(syötteet, painot):
        summa = summa + float(syöte) * float(paino)
    return summa


def sigmoidi_luvulle(luku):
    if luku >= 0:
        return 1.0 / (1.0 + math.exp(-luku))
    # negatiiviselle luvulle toinen muoto, jotta eksponentti ei kasva
    e = math.exp(luku)
    return e / (1.0 + e)


def neuron(x, w, b):
    summa = painotettu_summa(x, w, b)
    return sigmoidi_luvulle(summa)


def layer(x, weight, bias):
    # joka rivi on yksi neuroni
    ulostulot = []
    for painorivi, vakio in zip(weight, bias):
        ulostulot.append(neuron(x, painorivi, vakio))
    return np.array(ulostulot)


def layer_batch(x, weight, bias):
    näytteitä, neuroneita = x.shape[0], weight.shape[0]
    tulos = np.zeros((näytteitä, neuroneita))
    for n in range(näytteitä):
        tulos[n, :] = layer(x[n], weight, bias)
    return tulos


# kokeilu: nollasumma antaa puolikkaan
print("neuroni nollasyötteellä:", neuron(np.zeros(3), np.ones(3), 0.0))


# %% activations
def joka_alkiolle(funktio, taulukko):
    """Laske funktio taulukon jokaiselle alkiolle erikseen ja säilytä muoto."""
    tulos = np.zeros(taulukko.shape)
    for paikka in np.ndindex(taulukko.shape):
        tulos[paikka] = funktio(float(taulukko[paikka]))
    return tulos


def identity(z):
    return joka_alkiolle(lambda luku: luku, z)


def identity_backward(da, z):
    # kulmakerroin on 1
    return da * np.ones(z.shape)


def sigmoid(z):
    return joka_alkiolle(sigmoidi_luvulle, z)


def sigmoid_backward(da, z):
    a = sigmoid(z)
    kulmakerroin = a * (1.0 - a)
    return da * kulmakerroin


def tanh(z):
    return joka_alkiolle(math.tanh, z)


def tanh_backward(da, z):
    a = tanh(z)
    kulmakerroin = 1.0 - a * a
    return da * kulmakerroin


def relu(z):
    return joka_alkiolle(lambda luku: luku if luku > 0 else 0.0, z)


def relu_backward(da, z):
    kulmakerroin = joka_alkiolle(lambda luku: 1.0 if luku > 0 else 0.0, z)
    return da * kulmakerroin


for nimi, funktio in [("sigmoidi", sigmoid), ("tanh", tanh), ("relu", relu)]:
    print(nimi, "pisteissä -1, 0 ja 1:", funktio(np.array([-1.0, 0.0, 1.0])))


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    # 1. eteenpäin, vasemmalta oikealle
    tulo = w * x
    h = float(tanh(tulo))  # vain kerran!
    h_toiseen = h * h
    y = float(theta * h_toiseen)
    virhe = y - target
    häviö = float(virhe * virhe)

    # 2. taaksepäin, oikealta vasemmalle
    häviö_y = float(2 * virhe)
    y_theta = h_toiseen
    y_h = 2 * theta * h
    häviö_theta = float(häviö_y * y_theta)
    häviö_h = float(häviö_y * y_h)
    h_tulo = 1 - h_toiseen
    häviö_tulo = häviö_h * h_tulo
    häviö_w = float(häviö_tulo * x)
    häviö_x = float(häviö_tulo * w)

    # 3. kaikki sanakirjaan
    tulokset = {}
    tulokset["h"] = h
    tulokset["y"] = y
    tulokset["loss"] = häviö
    tulokset["dloss_dy"] = häviö_y
    tulokset["dloss_dtheta"] = häviö_theta
    tulokset["dloss_dh"] = häviö_h
    tulokset["dloss_dw"] = häviö_w
    tulokset["dloss_dx"] = häviö_x
    return tulokset


for avain, luku in scalar_backprop(1.0, 0.5, 2.0, 1.0).items():
    print(f"{avain:>13} = {luku:.5f}")


# %% linear_forward
def linear_forward(x, weight, bias):
    näytteitä = len(x)
    ulostuloja = len(bias)
    y = np.zeros((näytteitä, ulostuloja))
    for o in range(ulostuloja):
        # sarake o: kaikkien näytteiden tulo yhden yksikön painoilla
        y[:, o] = np.dot(x, weight[o]) + bias[o]
    muisti = (x, weight)
    return y, muisti


# %% linear_backward
def linear_backward(dy, cache):
    x, painot = cache
    dx = np.zeros(x.shape)
    dpainot = np.zeros(painot.shape)
    dvakiot = np.zeros(painot.shape[0])
    for o in range(painot.shape[0]):
        ylävirta = dy[:, o]
        # yksi syöte vaikuttaa kaikkiin yksiköihin: summataan yksiköiden yli
        for i in range(painot.shape[1]):
            dx[:, i] += ylävirta * painot[o, i]
            # yksi paino vaikuttaa kaikkiin näytteisiin: summataan näytteiden yli
            dpainot[o, i] = np.sum(ylävirta * x[:, i])
        dvakiot[o] = np.sum(ylävirta)
    return dx, dpainot, dvakiot


print("muodot:", [g.shape for g in linear_backward(np.ones((4, 2)), (np.ones((4, 3)), np.ones((2, 3))))])


# %% losses
def tarkista_muodot(ennuste, tavoite):
    if list(ennuste.shape) != list(tavoite.shape):
        raise ValueError(f"muodot eivät täsmää: ennuste {ennuste.shape}, tavoite {tavoite.shape}")


def keskiarvo(taulukko):
    return float(np.sum(taulukko)) / taulukko.size


def mse(prediction, target):
    tarkista_muodot(prediction, target)
    virhe = 1.0 * prediction - target
    häviö = keskiarvo(virhe * virhe)
    gradientti = 2.0 * virhe / virhe.size
    return häviö, gradientti


def mae(prediction, target):
    tarkista_muodot(prediction, target)
    virhe = 1.0 * prediction - target
    häviö = keskiarvo(np.abs(virhe))
    gradientti = np.zeros(virhe.shape)
    gradientti[virhe > 0] = 1.0 / virhe.size
    gradientti[virhe < 0] = -1.0 / virhe.size
    return häviö, gradientti


def rmse(prediction, target):
    neliöhäviö, neliögradientti = mse(prediction, target)
    häviö = math.sqrt(neliöhäviö)
    if häviö == 0:
        return 0.0, np.zeros(neliögradientti.shape)
    # ketjusääntö: juuren kulmakerroin on 1 / (2 · juuri)
    return häviö, neliögradientti / (2.0 * häviö)


def binary_cross_entropy(logits, target):
    tarkista_muodot(logits, target)
    p = sigmoid(logits)
    # ln(1 + e^z) ilman ylivuotoa
    log_osa = joka_alkiolle(lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))), logits)
    häviö = keskiarvo(log_osa - target * logits)
    gradientti = (p - target) / p.size
    return häviö, gradientti


def softmax_rivi(rivi):
    """Yhden näytteen todennäköisyydet ja niiden logaritmit."""
    siirretty = rivi - np.max(rivi)
    eksponentit = np.exp(siirretty)
    summa = np.sum(eksponentit)
    return eksponentit / summa, siirretty - np.log(summa)


def softmax_cross_entropy(logits, labels):
    näytteitä, luokkia = logits.shape
    if labels.shape != (näytteitä,):
        raise ValueError(f"luokkien muodon pitää olla ({näytteitä},), mutta se on {labels.shape}")
    häviö = 0.0
    gradientti = np.zeros((näytteitä, luokkia))
    for n in range(näytteitä):
        oikea = labels[n]
        p, log_p = softmax_rivi(logits[n])
        häviö -= float(log_p[oikea])
        gradientti[n] = p
        gradientti[n, oikea] -= 1.0
    return häviö / näytteitä, gradientti / näytteitä


# kolmen luokan arvaus: häviön pitäisi olla ln 3
print("arvaus:", softmax_cross_entropy(np.zeros((1, 3)), np.array([1]))[0], "ln 3:", math.log(3))


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    paikka_alussa = np.array(x, dtype=float)
    gradientti = np.zeros(paikka_alussa.shape)
    for paikka in np.ndindex(paikka_alussa.shape):
        oikealla = paikka_alussa.copy()
        oikealla[paikka] += eps
        vasemmalla = paikka_alussa.copy()
        vasemmalla[paikka] -= eps
        muutos = f(oikealla) - f(vasemmalla)
        matka = 2.0 * eps
        gradientti[paikka] = muutos / matka
    return gradientti


def suurin_itseisarvo(taulukko):
    suurin = 0.0
    for luku in np.ravel(taulukko):
        suurin = max(suurin, abs(float(luku)))
    return suurin


def relative_error(a, b):
    ero = suurin_itseisarvo(a - b)
    koko = suurin_itseisarvo(a) + suurin_itseisarvo(b)
    if koko < 1e-12:
        koko = 1e-12
    return ero / koko


kokeilu = numerical_gradient(lambda v: float(np.sum(v**2)), np.array([1.0, 2.0]))
print("neliösumman gradientti pisteessä (1, 2):", kokeilu)


# %% mlp
class MLP:
    """Monikerroksinen perseptroni."""

    AKTIVOINNIT = {
        "identity": (identity, identity_backward),
        "sigmoid": (sigmoid, sigmoid_backward),
        "tanh": (tanh, tanh_backward),
        "relu": (relu, relu_backward),
    }

    def __init__(self, widths, activation="relu", seed=0):
        if len(widths) < 2:
            raise ValueError("verkko tarvitsee ainakin kaksi leveyttä")
        if activation not in MLP.AKTIVOINNIT:
            raise ValueError(f"tuntematon aktivointi: {activation}")
        self.leveydet = list(widths)
        self.aktivointi, self.aktivointi_taakse = MLP.AKTIVOINNIT[activation]
        self.kerroksia = len(widths) - 1
        arpoja = np.random.default_rng(seed)
        # parametrit yhteen listaan: W1, b1, W2, b2, …
        self.parametrit = []
        for k in range(self.kerroksia):
            sisään, ulos = self.leveydet[k], self.leveydet[k + 1]
            hajonta = 1.0 / math.sqrt(sisään)
            self.parametrit.append(arpoja.normal(0.0, hajonta, size=(ulos, sisään)))
            self.parametrit.append(arpoja.normal(0.0, 0.5, size=ulos))
        self.gradientit = [np.zeros(p.shape) for p in self.parametrit]

    def paino(self, k):
        return self.parametrit[2 * k]

    def vakio(self, k):
        return self.parametrit[2 * k + 1]

    def forward(self, x):
        self.muistit = []
        self.esiaktivoinnit = []
        arvo = x
        for k in range(self.kerroksia):
            z, muisti = linear_forward(arvo, self.paino(k), self.vakio(k))
            self.muistit.append(muisti)
            self.esiaktivoinnit.append(z)
            viimeinen = k == self.kerroksia - 1
            if viimeinen:
                arvo = z  # viimeisen kerroksen jälkeen ei ole aktivointia
            else:
                arvo = self.aktivointi(z)
        return arvo

    def backward(self, dy):
        gradientti = dy
        for k in reversed(range(self.kerroksia)):
            viimeinen = k == self.kerroksia - 1
            if not viimeinen:
                gradientti = self.aktivointi_taakse(gradientti, self.esiaktivoinnit[k])
            gradientti, dpaino, dvakio = linear_backward(gradientti, self.muistit[k])
            self.gradientit[2 * k] = dpaino
            self.gradientit[2 * k + 1] = dvakio
        return gradientti

    def parameters(self):
        return self.parametrit

    def gradients(self):
        return self.gradientit

    def count_parameters(self):
        määrä = 0
        for k in range(self.kerroksia):
            määrä += self.leveydet[k] * self.leveydet[k + 1] + self.leveydet[k + 1]
        return määrä

    def tulosta(self):
        for k in range(self.kerroksia):
            print(f"kerros {k + 1}: {self.leveydet[k]} -> {self.leveydet[k + 1]}")
        print("parametreja yhteensä:", self.count_parameters())


MLP([2, 3, 3, 1]).tulosta()


# %% collapse
def yhdistä(ensimmäinen, toinen):
    """Kaksi peräkkäistä kerrosta yhdeksi."""
    w1, b1 = ensimmäinen
    w2, b2 = toinen
    return w2 @ w1, w2 @ b1 + b2


def collapse(weights, biases):
    kerrokset = list(zip(weights, biases))
    # yhdistetään kaksi viimeistä, kunnes jäljellä on vain yksi
    while len(kerrokset) > 1:
        toinen = kerrokset.pop()
        ensimmäinen = kerrokset.pop()
        kerrokset.append(yhdistä(ensimmäinen, toinen))
    paino, vakio = kerrokset[0]
    return paino, vakio


# %% shallow_joints
def shallow_stages(x, theta, phi):
    näytteitä, yksiköitä = len(x), len(theta)
    esiaktivoinnit = np.zeros((näytteitä, yksiköitä))
    for i in range(yksiköitä):
        vakio, paino = theta[i]
        esiaktivoinnit[:, i] = vakio + paino * x
    aktivoinnit = relu(esiaktivoinnit)
    painotetut = np.zeros((näytteitä, yksiköitä))
    y = np.zeros(näytteitä) + phi[0]
    for i in range(yksiköitä):
        painotetut[:, i] = phi[i + 1] * aktivoinnit[:, i]
        y = y + painotetut[:, i]
    return esiaktivoinnit, aktivoinnit, painotetut, y


def taitteet_ja_yksiköt(theta):
    """Parit (taitekohta, yksikön numero) vasemmalta oikealle."""
    parit = []
    for numero, (vakio, paino) in enumerate(theta):
        if paino == 0:
            continue  # tämä yksikkö ei koskaan käänny
        parit.append((-vakio / paino, numero))
    parit.sort()
    return parit


def shallow_joints(theta):
    return np.array([kohta for kohta, numero in taitteet_ja_yksiköt(theta)], dtype=float)


def shallow_slopes(theta, phi):
    # kaukana vasemmalla ovat päällä ne yksiköt, joiden paino on negatiivinen
    päällä = {numero for numero in range(len(theta)) if theta[numero, 1] < 0}

    def kulmakerroin_nyt():
        summa = 0.0
        for numero in päällä:
            summa += phi[numero + 1] * theta[numero, 1]
        return summa

    kulmakertoimet = [kulmakerroin_nyt()]
    for kohta, numero in taitteet_ja_yksiköt(theta):
        if numero in päällä:
            päällä.remove(numero)
        else:
            päällä.add(numero)
        kulmakertoimet.append(kulmakerroin_nyt())
    return np.array(kulmakertoimet)


# %% sgd
def sgd_step(parameters, gradients, learning_rate):
    numero = 0
    while numero < len(parameters):
        askel = learning_rate * gradients[numero]
        parameters[numero][:] = parameters[numero] - askel  # samaan taulukkoon, ei uuteen
        numero += 1


def minibatches(n, batch_size, rng):
    järjestys = list(rng.permutation(n))
    erät = []
    while järjestys:
        erä = []
        while järjestys and len(erä) < batch_size:
            erä.append(järjestys.pop())
        erät.append(np.array(erä))
    return erät


def decayed_learning_rate(start, decay, epoch):
    nopeus = start
    for _ in range(epoch):
        nopeus = nopeus * decay
    return nopeus


print("erien koot:", [len(erä) for erä in minibatches(10, 4, np.random.default_rng(1))])


# %% fit_curve
def häviö_kaikilla(malli, x, y):
    häviö, _ = mse(malli.forward(x), y)
    return häviö


def opetusaskel(malli, x, y, nopeus):
    ennuste = malli.forward(x)
    _, dy = mse(ennuste, y)
    malli.backward(dy)
    sgd_step(malli.parameters(), malli.gradients(), nopeus)


def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    arpoja = np.random.default_rng(seed)
    häviöt = [häviö_kaikilla(model, x, y)]
    nopeudet = []
    for kierros in range(epochs):
        nopeus = decayed_learning_rate(learning_rate, decay, kierros)
        nopeudet.append(nopeus)
        for erä in minibatches(len(x), batch_size, arpoja):
            opetusaskel(model, x[erä], y[erä], nopeus)
        häviöt.append(häviö_kaikilla(model, x, y))
        if (kierros + 1) % 20 == 0:
            print(f"kierros {kierros + 1}: häviö {häviöt[-1]:.4f}, oppimisnopeus {nopeus:.4f}")
    return {"loss": häviöt, "learning_rate": nopeudet}


# %% lecture_errors
def count_weights(widths):
    määrä = 0
    edellinen = None
    for leveys in widths:
        if edellinen is not None:
            määrä += edellinen * leveys  # painot ovat kahden kerroksen välissä
        edellinen = leveys
    return määrä


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    täysiä = n_samples // batch_size
    ylijäämä = n_samples - täysiä * batch_size
    if ylijäämä > 0 and not drop_last:
        return täysiä + 1
    return täysiä


def gradient_step(w, gradient, learning_rate):
    alamäkeen = -gradient
    return w + learning_rate * alamäkeen


def count_deep_parameters(depth, width):
    painoja = width * width
    vakioita = width
    return sum([painoja + vakioita] * depth)


def binary_loss(p, y):
    häviö = 0.0
    for todennäköisyys, luokka in zip(p, y):
        if luokka == 1:
            häviö += -math.log(todennäköisyys)
        else:
            häviö += -math.log(1.0 - todennäköisyys)
    return häviö


def split_theta(theta):
    vakiot = theta[:, 0]  # θ_i0 on vakio …
    painot = theta[:, 1]  # … ja θ_i1 kerrotaan syötteellä
    return vakiot, painot


print("500-500:", count_weights([500, 500]), "ja 5 kertaa 200:", count_weights([200] * 5))
