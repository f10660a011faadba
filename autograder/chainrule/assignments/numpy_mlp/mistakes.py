"""The mistakes of `numpy_mlp`: a wrong answer and a hint each; see the package's docstring for the format.

The number after `mistake` is the one in the list of mistakes that the bank started from, where it has one.
"""

import numpy as np


# %% neuron: layer_without_bias
# mistake 39: the layer leaves its bias out
# hint: Your layer and layer_batch leave the bias out: each neuron adds its own entry of bias, shape (out,), to its
#   weighted sum before the sigmoid.
def neuron(x, w, b):
    return float(1 / (1 + np.exp(-(w @ x + b))))


def layer(x, weight, bias):
    return 1 / (1 + np.exp(-(weight @ x)))


def layer_batch(x, weight, bias):
    return 1 / (1 + np.exp(-(x @ weight.T)))


# %% neuron: no_sigmoid
# mistake: the weighted sum is returned, without the sigmoid
# hint: You return the weighted sum itself: neuron, layer and layer_batch must still squash it into (0, 1) with the
#   sigmoid σ.
def neuron(x, w, b):
    return float(w @ x + b)


def layer(x, weight, bias):
    return weight @ x + bias


def layer_batch(x, weight, bias):
    return x @ weight.T + bias


# %% neuron: sign_in_exponent
# mistake: the exponent lacks its minus: 1 − σ
# hint: The exponent lacks its minus sign, so you compute 1 − σ: your outputs fall where they should rise with the
#   weighted sum.
def neuron(x, w, b):
    return float(1 / (1 + np.exp(w @ x + b)))


def layer(x, weight, bias):
    return 1 / (1 + np.exp(weight @ x + bias))


def layer_batch(x, weight, bias):
    return 1 / (1 + np.exp(x @ weight.T + bias))


# %% neuron: last_sample_only
# mistake 24: the loop over the batch keeps the last sample only
# hint: Only the last row of your batch is filled: in layer_batch each sample n must write into its own row, so that
#   all N rows of (N, out) are computed.
def neuron(x, w, b):
    return float(1 / (1 + np.exp(-(w @ x + b))))


def layer(x, weight, bias):
    return 1 / (1 + np.exp(-(weight @ x + bias)))


def layer_batch(x, weight, bias):
    y = np.zeros((len(x), len(bias)))
    for sample in x:
        y[-1] = layer(sample, weight, bias)
    return y


# %% neuron: batch_last
# mistake: the batch comes out as (out, N)
# hint: Your batch comes out transposed, as (out, N): the batch comes first, so layer_batch must return one row per
#   sample, shape (N, out).
def neuron(x, w, b):
    return float(1 / (1 + np.exp(-(w @ x + b))))


def layer(x, weight, bias):
    return 1 / (1 + np.exp(-(weight @ x + bias)))


def layer_batch(x, weight, bias):
    return 1 / (1 + np.exp(-(weight @ x.T + bias[:, None])))


# %% neuron: integers_truncated
# mistake 29: the outputs are written into an array of the inputs' type
# hint: For whole-number x your outputs lose their decimals: the result array in layer_batch takes over the dtype of
#   x. Outputs of a sigmoid need a float array.
def neuron(x, w, b):
    return float(1 / (1 + np.exp(-(w @ x + b))))


def layer(x, weight, bias):
    return 1 / (1 + np.exp(-(weight @ x + bias)))


def layer_batch(x, weight, bias):
    out = np.empty((len(x), len(bias)), dtype=x.dtype)
    for i in range(len(x)):
        out[i] = layer(x[i], weight, bias)
    return out


# %% neuron: changes_bias
# mistake: the sum is built up in the bias itself
# hint: Your layer changes the caller's bias: an in-place += on a second name for bias writes into the same array. Put
#   the sum into a new array.
def neuron(x, w, b):
    return float(1 / (1 + np.exp(-(w @ x + b))))


def layer(x, weight, bias):
    z = bias
    z += weight @ x
    return 1 / (1 + np.exp(-z))


def layer_batch(x, weight, bias):
    return 1 / (1 + np.exp(-(x @ weight.T + bias)))


# %% activations: sigmoid_overflow
# mistake: e^z / (1 + e^z) is inf / inf for large z
# hint: Your sigmoid overflows for large positive z, where it divides infinity by infinity. Arrange it so that the
#   exponential never gets a positive argument.
def identity(z):
    return z


def sigmoid(z):
    return np.exp(z) / (1 + np.exp(z))


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) ** 2)


def relu_backward(da, z):
    return da * (z > 0)


# %% activations: upstream_ignored
# mistake 7: the backward functions ignore da
# hint: Your backward functions ignore the upstream gradient: the chain rule multiplies each local slope by da,
#   elementwise.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return np.ones(np.shape(da))


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return a * (1 - a)


def tanh_backward(da, z):
    return 1 - np.tanh(z) ** 2


def relu_backward(da, z):
    return 1.0 * (z > 0)


# %% activations: relu_local_derivative_only
# mistake 8: ReLU's backward returns the local derivative only
# hint: relu_backward returns only the local slope: by the chain rule, dz is that slope times the upstream gradient
#   da.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) ** 2)


def relu_backward(da, z):
    return (z > 0).astype(float)


# %% activations: tanh_slope_of_output
# mistake 11: tanh′ is taken of the output instead of the pre-activation
# hint: In tanh_backward the tanh is applied twice: the slope needs the square of tanh(z), so do not put the output a
#   through tanh again.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh_backward(da, z):
    a = np.tanh(z)
    return da * (1 - np.tanh(a) ** 2)


def relu_backward(da, z):
    return da * (z > 0)


# %% activations: sigmoid_slope_at_output
# mistake 12: σ′ is taken at the output a instead of at z
# hint: In sigmoid_backward the sigmoid is applied twice: z is the pre-activation, not the output, so a single sigmoid
#   of z gives the a of the slope.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(sigmoid(z))
    return da * a * (1 - a)


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) ** 2)


def relu_backward(da, z):
    return da * (z > 0)


# %% activations: relu_mask_from_upstream
# mistake 13: ReLU's mask is taken from da
# hint: relu_backward takes its mask from da: which entries pass is decided by the sign of the pre-activation z, and
#   negative gradients may pass too.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) ** 2)


def relu_backward(da, z):
    return da * (da > 0)


# %% activations: relu_changes_input
# mistake 14: ReLU writes its zeros into z
# hint: Your relu writes its zeros into the caller's z: make a new array for the result, because z is still needed
#   afterwards.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return np.tanh(z)


def relu(z):
    z[z < 0] = 0
    return z


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) ** 2)


def relu_backward(da, z):
    return da * (z > 0)


# %% activations: relu_backward_changes_upstream
# mistake 15: ReLU's backward writes its zeros into da
# hint: relu_backward writes its zeros into the caller's da: make a new array dz and leave da as it is.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) ** 2)


def relu_backward(da, z):
    da[z <= 0] = 0
    return da


# %% activations: relu_slope_one_at_zero
# mistake: the slope at exactly 0 counts as 1
# hint: At z = 0, the kink, relu_backward lets the gradient through: look at the comparison in your mask, which must
#   leave zero out.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) ** 2)


def relu_backward(da, z):
    return da * (z >= 0)


# %% activations: sigmoid_sign
# mistake: the exponent lacks its minus: 1 − σ
# hint: The exponent in your sigmoid has the wrong sign, so you compute 1 − σ(z): the sigmoid must rise with z.
def identity(z):
    return z


def sigmoid(z):
    return np.exp(-np.logaddexp(0, z))


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) ** 2)


def relu_backward(da, z):
    return da * (z > 0)


# %% activations: tanh_without_two
# mistake: 2σ(z) − 1 instead of 2σ(2z) − 1
# hint: Your tanh is too flat, it equals tanh(z/2): when you build it from the sigmoid, the argument z needs a factor
#   2 as well.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return 2 * sigmoid(z) - 1


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) ** 2)


def relu_backward(da, z):
    return da * (z > 0)


# %% activations: relu_absolute
# mistake: the absolute value instead of the positive part
# hint: Your relu returns the absolute value: negative entries of z must become zero, not change their sign.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.abs(z)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) ** 2)


def relu_backward(da, z):
    return da * (z > 0)


# %% activations: vectors_only
# mistake: the derivative loops over the first axis and takes its entries for numbers
# hint: Your relu_backward takes z[i] for a number, which holds only for one-dimensional z. Use a mask on the whole
#   array, so that any shape works.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) ** 2)


def relu_backward(da, z):
    return np.array([da[i] if z[i] > 0 else 0.0 for i in range(len(z))])


# %% activations: integers_truncated
# mistake 29: dz is written into an array of the type of z
# hint: For whole-number z your sigmoid_backward loses its decimals: the array for dz takes over the dtype of z.
#   Gradients need a float array.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    dz = np.zeros_like(z)
    dz[...] = da * sigmoid(z) * (1 - sigmoid(z))
    return dz


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) ** 2)


def relu_backward(da, z):
    return da * (z > 0)


# %% activations: tanh_backward_changes_z
# mistake 14: the hyperbolic tangent is written over z
# hint: tanh_backward overwrites the caller's z with its tanh: asarray does not copy a float array. Put tanh(z) into a
#   new array.
def identity(z):
    return z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.maximum(z, 0)


def identity_backward(da, z):
    return da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh_backward(da, z):
    z = np.asarray(z, dtype=float)
    np.tanh(z, out=z)
    return da * (1 - z**2)


def relu_backward(da, z):
    return da * (z > 0)


# %% scalar_backprop: square_without_two
# mistake 5: the loss's derivative lacks the 2
# hint: Your dloss_dy lacks the factor 2 that comes from differentiating the square, so every derivative after it is
#   half of what it should be.
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(tanh(w * x))
    y = float(theta * h**2)
    dy = float(y - target)
    dtheta = float(dy * h**2)
    dh = float(dy * 2 * theta * h)
    du = dh * (1 - h**2)
    dw = float(du * x)
    dx = float(du * w)
    return {
        "h": h, "y": y, "loss": float((y - target) ** 2), "dloss_dy": dy,
        "dloss_dtheta": dtheta, "dloss_dh": dh, "dloss_dw": dw, "dloss_dx": dx,
    }


# %% scalar_backprop: tanh_called_again
# mistake 20: the backward pass computes tanh a second time
# hint: You call tanh a second time in the backward pass: the slope of tanh can be written with h, which the forward
#   pass has already computed.
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(tanh(w * x))
    y = float(theta * h**2)
    dy = float(2 * (y - target))
    dtheta = float(dy * h**2)
    dh = float(dy * 2 * theta * h)
    du = dh * (1 - tanh(w * x) ** 2)
    dw = float(du * x)
    dx = float(du * w)
    return {
        "h": h, "y": y, "loss": float((y - target) ** 2), "dloss_dy": dy,
        "dloss_dtheta": dtheta, "dloss_dh": dh, "dloss_dw": dw, "dloss_dx": dx,
    }


# %% scalar_backprop: tanh_left_out
# mistake 22: tanh′ is left out of the chain
# hint: The slope of tanh is missing from your chain: on the way from dloss_dh to dloss_dw and dloss_dx, multiply by
#   the derivative of tanh, written with h.
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(tanh(w * x))
    y = float(theta * h**2)
    dy = float(2 * (y - target))
    dtheta = float(dy * h**2)
    dh = float(dy * 2 * theta * h)
    du = dh
    dw = float(du * x)
    dx = float(du * w)
    return {
        "h": h, "y": y, "loss": float((y - target) ** 2), "dloss_dy": dy,
        "dloss_dtheta": dtheta, "dloss_dh": dh, "dloss_dw": dw, "dloss_dx": dx,
    }


# %% scalar_backprop: h_squared_without_two
# mistake: the derivative of θh² by h lacks the 2
# hint: Your dloss_dh lacks the factor 2 from the derivative of θ·h² by h; dloss_dw and dloss_dx inherit the mistake.
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(tanh(w * x))
    y = float(theta * h**2)
    dy = float(2 * (y - target))
    dtheta = float(dy * h**2)
    dh = float(dy * theta * h)
    du = dh * (1 - h**2)
    dw = float(du * x)
    dx = float(du * w)
    return {
        "h": h, "y": y, "loss": float((y - target) ** 2), "dloss_dy": dy,
        "dloss_dtheta": dtheta, "dloss_dh": dh, "dloss_dw": dw, "dloss_dx": dx,
    }


# %% scalar_backprop: theta_gradient_of_h
# mistake: ∂y/∂θ is h instead of h²
# hint: Your dloss_dtheta multiplies by h: y depends on θ through θ·h², so the local derivative of y by θ has h
#   squared.
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(tanh(w * x))
    y = float(theta * h**2)
    dy = float(2 * (y - target))
    dtheta = float(dy * h)
    dh = float(dy * 2 * theta * h)
    du = dh * (1 - h**2)
    dw = float(du * x)
    dx = float(du * w)
    return {
        "h": h, "y": y, "loss": float((y - target) ** 2), "dloss_dy": dy,
        "dloss_dtheta": dtheta, "dloss_dh": dh, "dloss_dw": dw, "dloss_dx": dx,
    }


# %% scalar_backprop: x_and_w_swapped
# mistake: dw is multiplied by w and dx by x
# hint: You swapped the last factors: in the product w·x the derivative by w is the other factor, x, and the
#   derivative by x is w.
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(tanh(w * x))
    y = float(theta * h**2)
    dy = float(2 * (y - target))
    dtheta = float(dy * h**2)
    dh = float(dy * 2 * theta * h)
    du = dh * (1 - h**2)
    dw = float(du * w)
    dx = float(du * x)
    return {
        "h": h, "y": y, "loss": float((y - target) ** 2), "dloss_dy": dy,
        "dloss_dtheta": dtheta, "dloss_dh": dh, "dloss_dw": dw, "dloss_dx": dx,
    }


# %% scalar_backprop: own_tanh
# mistake: np.tanh is called instead of the function that was given
# hint: You call np.tanh yourself: use the function that was passed in as the argument tanh, and call it exactly once.
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(np.tanh(w * x))
    y = float(theta * h**2)
    dy = float(2 * (y - target))
    dtheta = float(dy * h**2)
    dh = float(dy * 2 * theta * h)
    du = dh * (1 - h**2)
    dw = float(du * x)
    dx = float(du * w)
    return {
        "h": h, "y": y, "loss": float((y - target) ** 2), "dloss_dy": dy,
        "dloss_dtheta": dtheta, "dloss_dh": dh, "dloss_dw": dw, "dloss_dx": dx,
    }


# %% scalar_backprop: loss_halved
# mistake: ½ (y − target)², as other courses have it, with the gradient that belongs to it
# hint: You use half the squared error, for the loss and its derivatives alike: the loss here has no factor ½, so its
#   derivative by y keeps the 2.
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(tanh(w * x))
    y = float(theta * h**2)
    dy = float(y - target)
    dtheta = float(dy * h**2)
    dh = float(dy * 2 * theta * h)
    du = dh * (1 - h**2)
    dw = float(du * x)
    dx = float(du * w)
    return {
        "h": h, "y": y, "loss": float((y - target) ** 2 / 2), "dloss_dy": dy,
        "dloss_dtheta": dtheta, "dloss_dh": dh, "dloss_dw": dw, "dloss_dx": dx,
    }


# %% scalar_backprop: h_not_squared
# mistake: y = θ·h in the forward pass, while the backward pass is that of θ·h²
# hint: Your y uses h instead of its square: look at the forward pass, y = θ·h². Your factors ∂y/∂θ and ∂y/∂h already
#   belong to h².
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(tanh(w * x))
    y = float(theta * h)
    dy = float(2 * (y - target))
    dtheta = float(dy * h**2)
    dh = float(dy * 2 * theta * h)
    du = dh * (1 - h**2)
    dw = float(du * x)
    dx = float(du * w)
    return {
        "h": h, "y": y, "loss": float((y - target) ** 2), "dloss_dy": dy,
        "dloss_dtheta": dtheta, "dloss_dh": dh, "dloss_dw": dw, "dloss_dx": dx,
    }


# %% linear_forward: bias_left_out
# mistake 39: the bias is left out
# hint: Your y leaves the bias out: add bias, shape (out,), to every row of the (N, out) product.
def linear_forward(x, weight, bias):
    y = x @ weight.T
    return y, (x, weight)


# %% linear_forward: weight_not_transposed
# mistake: x W instead of x Wᵀ: a shape error, silent when W is square
# hint: You multiply x by the weight without transposing it: weight is (out, in), so (N, in) times it fits only if
#   transposed. A square weight hides this.
def linear_forward(x, weight, bias):
    y = x @ weight + bias
    return y, (x, weight)


# %% linear_forward: cache_order
# mistake: the cache is (weight, x)
# hint: Your cache has the right arrays in the wrong order: the backward pass unpacks it as x first, weight second.
def linear_forward(x, weight, bias):
    y = x @ weight.T + bias
    return y, (weight, x)


# %% linear_forward: last_sample_only
# mistake 24: the loop over the batch keeps the last sample only
# hint: Your y is overwritten for each sample, so only the last one is left, shape (out,): keep one row per sample,
#   shape (N, out).
def linear_forward(x, weight, bias):
    for sample in x:
        y = weight @ sample + bias
    return y, (x, weight)


# %% linear_forward: hard_coded_batch
# mistake 10: the batch size is a number in the code
# hint: The batch size is a fixed number in your code: take N from the shape of x, so that batches of any size work.
def linear_forward(x, weight, bias):
    y = np.zeros((4, len(bias)))
    for n in range(4):
        y[n] = weight @ x[n] + bias
    return y, (x, weight)


# %% linear_forward: integers_truncated
# mistake 29: y is written into an array of the inputs' type
# hint: For whole-number x your y loses its decimals: the array for y takes over the dtype of x. Let y be a float
#   array.
def linear_forward(x, weight, bias):
    y = np.zeros((len(x), len(weight)), dtype=x.dtype)
    for n in range(len(x)):
        y[n] = weight @ x[n] + bias
    return y, (x, weight)


# %% linear_backward: transposed
# mistake 1: dW has the shape (in, out)
# hint: Your weight gradient is transposed: dweight must have the shape of the weight, (out, in), and not (in, out).
def linear_backward(dy, cache):
    x, weight = cache
    dx = dy @ weight
    dweight = x.T @ dy
    dbias = dy.sum(axis=0)
    return dx, dweight, dbias


# %% linear_backward: bias_not_summed
# mistake 2: db is not summed over the batch
# hint: Your dbias still has one row per sample, shape (N, out): all samples share the bias, so sum over the batch to
#   get (out,).
def linear_backward(dy, cache):
    x, weight = cache
    dx = dy @ weight
    dweight = dy.T @ x
    dbias = dy
    return dx, dweight, dbias


# %% linear_backward: bias_mean
# mistake 3: db is a mean over the batch instead of a sum
# hint: Your dbias is a mean over the batch: the samples share the bias, so their gradients add up. A 1/N, if any, is
#   already in dy.
def linear_backward(dy, cache):
    x, weight = cache
    dx = dy @ weight
    dweight = dy.T @ x
    dbias = dy.mean(axis=0)
    return dx, dweight, dbias


# %% linear_backward: divided_by_batch
# mistake 4: a second 1/N in the layer
# hint: Your dweight and dbias are divided by N: the layer only sums over the batch. If the loss is a mean, dy carries
#   the 1/N already.
def linear_backward(dy, cache):
    x, weight = cache
    dx = dy @ weight
    dweight = dy.T @ x / len(x)
    dbias = dy.sum(axis=0) / len(x)
    return dx, dweight, dbias


# %% linear_backward: upstream_ignored
# mistake 7: dy is taken to be 1
# hint: You compute as if dy were all ones: all three gradients must use the upstream gradient dy that is passed in.
def linear_backward(dy, cache):
    x, weight = cache
    dy = np.ones(dy.shape)
    dx = dy @ weight
    dweight = dy.T @ x
    dbias = dy.sum(axis=0)
    return dx, dweight, dbias


# %% linear_backward: global_input
# mistake 9: x is a variable of the notebook, not from the cache
# hint: You use an x that is not in the function, a variable of your notebook: take x, like weight, from the cache.
def linear_backward(dy, cache):
    weight = cache[1]
    dx = dy @ weight
    dweight = dy.T @ x
    dbias = dy.sum(axis=0)
    return dx, dweight, dbias


# %% linear_backward: hard_coded_batch
# mistake 10: the batch size is a number in the code
# hint: Your dbias works for one batch size only, because N is a fixed number in your code: sum dy over its batch
#   axis, whatever N is.
def linear_backward(dy, cache):
    x, weight = cache
    dx = dy @ weight
    dweight = dy.T @ x
    dbias = np.ones(4) @ dy
    return dx, dweight, dbias


# %% linear_backward: changes_upstream
# mistake 15: dy is divided by N in place, so a second call with it gives something else
# hint: Your function changes the caller's dy in place, so a second call with it gives something else. Only read dy,
#   and put results into new arrays.
def linear_backward(dy, cache):
    x, weight = cache
    dx = dy @ weight
    dweight = dy.T @ x
    dbias = dy.sum(axis=0)
    dy /= len(dy)
    return dx, dweight, dbias


# %% linear_backward: last_sample_only
# mistake 24: the loop over the batch keeps the last sample's gradients
# hint: Your dweight and dbias hold the last sample's gradients only: the parameters are shared, so add up the
#   contributions of all N samples.
def linear_backward(dy, cache):
    x, weight = cache
    dx = dy @ weight
    for n in range(len(x)):
        dweight = np.outer(dy[n], x[n])
        dbias = dy[n].copy()
    return dx, dweight, dbias


# %% linear_backward: autograd
# mistake 37: PyTorch's autograd does the work in an exercise about doing it by hand
# hint: You let PyTorch's autograd do the work: here you derive dx, dweight and dbias by hand and write them as matrix
#   products and a sum in numpy.
import torch


def linear_backward(dy, cache):
    x, weight = cache
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    weight = torch.tensor(weight, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(len(weight), dtype=torch.float64, requires_grad=True)
    (x @ weight.T + bias).backward(torch.tensor(dy, dtype=torch.float64))
    return x.grad.numpy(), weight.grad.numpy(), bias.grad.numpy()


# %% linear_backward: dx_with_transposed_weight
# mistake: dx = dy Wᵀ: a shape error, silent when W is square
# hint: Your dx transposes the weight: dy is (N, out) and weight is (out, in), so their shapes fit to (N, in) as they
#   are. A square weight hides this.
def linear_backward(dy, cache):
    x, weight = cache
    dx = dy @ weight.T
    dweight = dy.T @ x
    dbias = dy.sum(axis=0)
    return dx, dweight, dbias


# %% linear_backward: bias_summed_over_units
# mistake: db is summed over the units instead of over the batch
# hint: Your dbias is summed over the wrong axis: sum dy over the batch, not over the units, so that the shape is
#   (out,) and not (N,).
def linear_backward(dy, cache):
    x, weight = cache
    dx = dy @ weight
    dweight = dy.T @ x
    dbias = dy.sum(axis=1)
    return dx, dweight, dbias


# %% linear_backward: returned_in_other_order
# mistake: returned as dW, db, dx
# hint: Your gradients come back in the wrong order: the return statement must give dx first, then dweight, then
#   dbias.
def linear_backward(dy, cache):
    x, weight = cache
    dx = dy @ weight
    dweight = dy.T @ x
    dbias = dy.sum(axis=0)
    return dweight, dbias, dx


# %% linear_backward: accumulates
# mistake 16: the parameter gradients are added to those of the call before
# hint: Your dweight and dbias include those of earlier calls: start afresh in each call and keep nothing in a
#   variable outside the function.
totals = {}


def linear_backward(dy, cache):
    x, weight = cache
    dweight, dbias = totals.get(weight.shape, (0, 0))
    totals[weight.shape] = dweight + dy.T @ x, dbias + dy.sum(axis=0)
    return dy @ weight, *totals[weight.shape]


# %% linear_backward: transposed_and_bias_mean
# mistake 1 and 3: dweight is transposed, and dbias is a mean
# hint: Two things at once: your weight gradient is transposed, it must have the shape of the weight, and your bias
#   gradient is a mean over the batch where every sample should add its share.
def linear_backward(dy, cache):
    x, weight = cache
    return dy @ weight, x.T @ dy, dy.mean(axis=0)


# %% losses: mse_without_two
# mistake 5: the gradient of the MSE lacks the 2
# hint: Your MSE gradient lacks the factor 2 that comes from differentiating the square. The loss itself is right.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: mse_divided_by_rows
# mistake 6: the MSE is divided by N instead of N·outputs
# hint: Your MSE divides by the number of rows: it is the mean over all elements, so loss and gradient divide by
#   N·outputs.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.sum(error**2) / len(error)), 2 * error / len(error)


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: hard_coded_batch
# mistake 10: the batch size is a number in the code
# hint: Your softmax_cross_entropy gradient divides by a fixed number: take the batch size N from the shape of logits.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / 8


# %% losses: softmax_overflow
# mistake 25: the softmax overflows for large logits
# hint: Your softmax overflows for large logits: subtract each row's maximum before the exponential, which changes no
#   probability.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: softmax_log_of_zero
# mistake 26: the logarithm of a probability that rounds to 0
# hint: In softmax_cross_entropy a tiny probability rounds to 0 before you take its logarithm. Compute the
#   log-probability from the shifted logits directly.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    log_p = np.log(p)
    gradient = p
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: binary_log_of_zero
# mistake 26: the logarithm of a probability that rounds to 0
# hint: In binary_cross_entropy a probability rounds to 0 or 1 before you take the logarithm. Write the loss in terms
#   of the logits, for example with logaddexp.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    probability = np.exp(-np.logaddexp(0, -logits))
    loss = -np.mean(target * np.log(probability) + (1 - target) * np.log(1 - probability))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: softmax_over_batch
# mistake 27: the softmax is taken over the samples instead of the classes
# hint: Your softmax runs over the samples: maximum and sum must run along the classes, within each row of (N, C).
#   Check the axis.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=0, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: broadcast_allowed
# mistake 28: (N, 1) − (N,) broadcasts to N×N
# hint: Different shapes are let through, and numpy broadcasts (N, 1) with (N,) to (N, N): compare the shapes first
#   and raise ValueError if they differ.
def difference(a, b):
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: labels_shape_allowed
# mistake 28: labels of shape (N, 1) are let through and broadcast
# hint: softmax_cross_entropy accepts labels of another shape, such as (N, 1): check that labels has shape (N,) and
#   raise ValueError if not.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: integers_truncated
# mistake 29: the gradient is written into an array of the prediction's type
# hint: For whole-number predictions your MSE gradient loses its decimals: its array takes over the dtype of
#   prediction. A gradient needs float64.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    gradient = np.zeros_like(prediction)
    gradient[...] = 2 * error / error.size
    return float(np.mean(error**2)), gradient


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: mae_slope_at_zero
# mistake: the slope of |0| counts as 1
# hint: Where prediction equals target, your MAE gradient takes the slope of the right side: the kink counts as flat,
#   so your sign must tell that case apart.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.where(error >= 0, 1.0, -1.0) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: rmse_zero_over_zero
# mistake: rmse's gradient is 0/0 for a perfect prediction
# hint: For a perfect prediction your RMSE gradient is 0/0: the loss stands in the denominator, so treat the case of
#   loss 0 on its own.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: cross_entropy_summed
# mistake: the cross-entropy is a sum over the batch
# hint: Your softmax_cross_entropy is a sum over the batch: it must be the mean, so both the loss and the gradient
#   carry a 1/N.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.sum(log_p[rows, labels])), gradient


# %% losses: softmax_one_maximum_for_all
# mistake: one maximum for the whole batch: rows far below it underflow
# hint: You subtract one maximum for the whole batch, so rows far below it underflow: each row of logits needs its own
#   maximum. Check axis and keepdims.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max()
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: softmax_clipped
# mistake: a small number under the logarithm bounds the loss
# hint: A small number added inside the logarithm bounds your softmax_cross_entropy loss. Use the log-probability from
#   the shifted logits instead, which is exact.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    log_p = np.log(p + 1e-12)
    gradient = p
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: binary_hard_targets_only
# mistake: targets between 0 and 1 are rounded
# hint: binary_cross_entropy rounds the target: a target may be a probability between 0 and 1, so use it as it is, in
#   the loss and the gradient.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    target = np.round(target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: changes_prediction
# mistake: the error is computed inside the prediction
# hint: Your mse changes the caller's prediction: the in-place subtraction writes the error into it. Put the error
#   into a new array.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    difference(prediction, target)
    prediction -= target
    return float(np.mean(prediction**2)), 2 * prediction / prediction.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: mae_without_sign
# mistake: the gradient of the MAE is 1/n in every entry
# hint: Your MAE gradient has no sign: where prediction lies below target, the slope of the absolute value is
#   negative.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), (error != 0) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: rmse_gradient_of_mse
# mistake: the outer derivative of the square root is left out
# hint: Your RMSE gradient is that of the MSE: the square root is one more link of the chain, and its derivative has
#   the loss in the denominator.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    loss, gradient = mse(prediction, target)
    return float(np.sqrt(loss)), gradient


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: softmax_changes_logits
# mistake: the maximum is subtracted inside the logits
# hint: Your softmax_cross_entropy changes the caller's logits: the in-place subtraction of the maximum writes into
#   them. Use a new array.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    logits -= logits.max(axis=1, keepdims=True)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% losses: softmax_integers_truncated
# mistake 29: the probabilities are written into an array of the logits' type
# hint: For whole-number logits your softmax gradient loses its decimals: the array for the probabilities takes over
#   the dtype of logits. Make it float64.
def difference(a, b):
    if a.shape != b.shape:
        raise ValueError(f"shapes {a.shape} and {b.shape} differ")
    return a - b


def mse(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction, target):
    error = difference(prediction, target)
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction, target):
    error = difference(prediction, target)
    loss = float(np.sqrt(np.mean(error**2)))
    if loss == 0:
        return loss, np.zeros(error.shape)
    return loss, error / (error.size * loss)


def binary_cross_entropy(logits, target):
    difference(logits, target)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError("labels must be (N,)")
    rows = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.empty_like(logits)
    gradient[...] = np.exp(log_p)
    gradient[rows, labels] -= 1
    return float(-np.mean(log_p[rows, labels])), gradient / len(logits)


# %% numerical_gradient: one_sided
# mistake 35: a one-sided difference
# hint: Your difference is one-sided, f(x + eps) against f(x): a central difference goes eps to both sides and is much
#   more exact.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        gradient[index] = (f(x + step) - f(x)) / eps
    return gradient


def relative_error(a, b):
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.max(np.abs(a - b)) / max(scale, 1e-12))


# %% numerical_gradient: function_ignores_step
# mistake 34: f is called with x itself both times
# hint: Your gradient is always zero, because both calls of f get the same unchanged x: pass x with one element moved
#   up, then down.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        gradient[index] = (f(x) - f(x)) / (2 * eps)
    return gradient


def relative_error(a, b):
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.max(np.abs(a - b)) / max(scale, 1e-12))


# %% numerical_gradient: integers_truncated
# mistake 29: integer x stays integer, so the step disappears
# hint: For whole-number x your step disappears: eps is rounded to 0 in an integer array. Work on a float copy of x.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = eps
        gradient[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def relative_error(a, b):
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.max(np.abs(a - b)) / max(scale, 1e-12))


# %% numerical_gradient: not_halved
# mistake: divided by eps instead of 2·eps
# hint: Your gradient is twice too large: the two points lie eps to the left and eps to the right, so look at the
#   distance you divide by.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        gradient[index] = (f(x + step) - f(x - step)) / eps
    return gradient


def relative_error(a, b):
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.max(np.abs(a - b)) / max(scale, 1e-12))


# %% numerical_gradient: x_changed
# mistake: x is moved in place and not put back
# hint: Your x is not put back after the step: give each element its old value before you move the next one, so that
#   the caller's x stays as it was.
def numerical_gradient(f, x, eps=1e-5):
    x = np.asarray(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += eps
        above = f(x)
        x[index] -= 2 * eps
        gradient[index] = (above - f(x)) / (2 * eps)
    return gradient


def relative_error(a, b):
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.max(np.abs(a - b)) / max(scale, 1e-12))


# %% numerical_gradient: flattened
# mistake: the result is one-dimensional
# hint: Your gradient comes out one-dimensional: it must have the shape of x, with each derivative at the index of its
#   element.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        gradient[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient.ravel()


def relative_error(a, b):
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.max(np.abs(a - b)) / max(scale, 1e-12))


# %% numerical_gradient: eps_ignored
# mistake: the step is a number in the code
# hint: Your step does not follow the argument eps: a fixed number in your code replaces it. Use the eps that is
#   passed in.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    eps = 1e-3
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        gradient[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def relative_error(a, b):
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.max(np.abs(a - b)) / max(scale, 1e-12))


# %% numerical_gradient: relative_error_elementwise
# mistake: each element is divided by its own size
# hint: relative_error divides each element by its own size: take the maxima over the whole arrays first, then divide
#   once.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        gradient[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def relative_error(a, b):
    scale = np.maximum(np.abs(a) + np.abs(b), 1e-12)
    return float(np.max(np.abs(a - b) / scale))


# %% numerical_gradient: relative_error_mean
# mistake: a mean instead of the largest difference
# hint: relative_error averages the differences: the numerator is the largest absolute difference, so that one wrong
#   element cannot hide.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        gradient[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def relative_error(a, b):
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.mean(np.abs(a - b)) / max(scale, 1e-12))


# %% numerical_gradient: relative_error_zero_over_zero
# mistake: 0/0 for two arrays of zeros
# hint: For two arrays of zeros relative_error is 0/0: keep the denominator from getting smaller than the bound in the
#   docstring.
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        gradient[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def relative_error(a, b):
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.max(np.abs(a - b)) / scale)


# %% mlp: tanh_slope_of_output
# mistake 11: the activations' backward gets their outputs instead of the pre-activations
# hint: In backward the activation's slope is taken at its output: pass the stored pre-activation z of that layer to
#   the activation's backward function.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.act(self.zs[k]))
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: accumulates
# mistake 16: the gradients add up over the calls of backward
# hint: Your gradients add up over the calls of backward: each call must replace those of the call before, so assign
#   them instead of using +=.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, dweight, dbias = linear_backward(dy, self.caches[k])
            self.grads[2 * k] += dweight
            self.grads[2 * k + 1] += dbias
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: cache_on_the_class
# mistake 17: the caches belong to the class and are shared by all networks
# hint: All your networks share one cache, because it belongs to the class: store what forward notes on self, as a new
#   list in each forward.
class MLP:
    caches = []
    zs = []

    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches.clear()
        self.zs.clear()
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: one_activation_for_all
# mistake 18: one activation object for all layers remembers the last pre-activation only
# hint: All hidden layers use the last hidden layer's pre-activation in backward: forward must keep one z per layer,
#   not overwrite a single one.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches = []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            if k < self.depth - 1:
                self.last_z = z
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.last_z)
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: stale_weights
# mistake 19: backward uses copies of the weights from the start
# hint: Your backward uses the weights from the start, not those of the last forward: take each layer's weight from
#   the cache that forward stored.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.copies = [p.copy() for p in self.params]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, (self.caches[k][0], self.copies[2 * k]))
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: first_input_everywhere
# mistake 21: every layer's backward gets the network's input
# hint: Every layer's weight gradient uses the network's input: each layer needs its own input, the activation of the
#   layer before, from its own cache.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, (self.caches[0][0], self.params[2 * k]))
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: activation_backward_left_out
# mistake 22: the activations are left out of the chain
# hint: Your backward leaves the activations out of the chain: on the way from one linear block to the one before it,
#   dy passes through the activation's backward.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: layers_in_wrong_order
# mistake 23: backward walks from the first layer to the last
# hint: Your backward walks from the first layer to the last: dy belongs to the output, so begin at the last layer and
#   go back.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in range(self.depth):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: parameters_are_copies
# mistake 32: parameters() hands out copies
# hint: Your parameters() hands out copies, so writing into them does not reach the network: return the very arrays
#   that forward uses.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return [p.copy() for p in self.params]

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: zero_initialisation
# mistake 33: all weights start at 0, so hidden units stay equal
# hint: All your parameters start at zero, so the hidden units stay equal and learn nothing of their own: draw random
#   start values from the seed.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            self.params += [np.zeros((n_out, n_in)), np.zeros(n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: first_hidden_width_everywhere
# mistake 38: every hidden layer gets the first one's width
# hint: All your hidden layers have the first one's width: layer by layer, the shape (out, in) comes from two
#   neighbouring entries of widths.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        widths = [widths[0], *[widths[1]] * (len(widths) - 2), widths[-1]]
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: count_without_biases
# mistake 39: the count leaves the biases out
# hint: Your count_parameters counts the weights only: the biases are parameters too.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params[::2])


# %% mlp: bias_left_out
# mistake 39: the biases exist but are not added
# hint: Your network has biases, but forward does not add them: pass each layer's own bias to its linear block.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], np.zeros(self.params[2 * k + 1].shape))
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: activation_after_last_layer
# mistake: the output goes through the activation as well
# hint: Your network applies the activation after the last layer too: there the output is z itself, and backward skips
#   that activation as well.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z)
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: no_activation
# mistake: the activations are never called
# hint: Your forward never applies the activation, so the network is one affine map: put it between the linear blocks,
#   after each layer but the last.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: activation_argument_ignored
# mistake: always ReLU
# hint: Your network always uses ReLU: choose the forward and backward functions by the argument activation.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions["relu"]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: unknown_activation_accepted
# mistake: an unknown activation becomes ReLU
# hint: An unknown activation silently becomes ReLU: raise ValueError if the name is not one of the four.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions.get(activation, functions["relu"])
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: one_width_accepted
# mistake: a network of one width is accepted
# hint: A network with fewer than two widths is accepted: it needs an input and an output width, so raise ValueError,
#   also for an empty list.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: seed_ignored
# mistake: the generator is not seeded
# hint: Your start values differ from run to run: pass the argument seed to the random generator, so that the same
#   seed gives the same network.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng()
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: weights_then_biases
# mistake: all weights first, then all biases
# hint: Your parameters() lists all weights, then all biases: the order is W and b of each layer in turn, and
#   gradients() must match it.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params[::2] + self.params[1::2]

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: no_dx
# mistake: backward returns nothing
# hint: Your backward returns nothing: after the walk through all layers, hand back the gradient for the input, dx of
#   shape (N, in).
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: backward_calls_forward
# mistake 20: the whole forward pass is computed again in backward
# hint: Your backward computes the forward pass again: use the caches and pre-activations that the last forward stored
#   on self.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        self.forward(self.caches[0][0])
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: seed_fixed
# mistake: the same start whatever the seed
# hint: You get the same start values whatever the seed: the random generator has a fixed number where the argument
#   seed belongs.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(0)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: divided_by_batch
# mistake 4: the 1/N of the loss is in the network as well
# hint: Your backward divides by the batch size: dy carries the 1/N of the loss already, so use it as it comes.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [rng.uniform(-bound, bound, (n_out, n_in)), rng.uniform(-bound, bound, n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        dy = dy / len(dy)
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% mlp: equal_units
# mistake 33: all units of a layer start with the same random weights
# hint: All units of a layer start with the same weights and the same bias, so they stay equal: draw a separate row of
#   random weights for each unit.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in functions:
            raise ValueError("unknown activation")
        if len(widths) < 2:
            raise ValueError("two widths at least")
        self.act, self.act_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            bound = 1 / np.sqrt(n_in)
            self.params += [np.tile(rng.uniform(-bound, bound, n_in), (n_out, 1)), np.zeros(n_out)]
        self.depth = len(widths) - 1
        self.grads = [np.zeros(p.shape) for p in self.params]

    def forward(self, x):
        self.caches, self.zs = [], []
        for k in range(self.depth):
            z, cache = linear_forward(x, self.params[2 * k], self.params[2 * k + 1])
            self.caches.append(cache)
            self.zs.append(z)
            x = self.act(z) if k < self.depth - 1 else z
        return x

    def backward(self, dy):
        for k in reversed(range(self.depth)):
            if k < self.depth - 1:
                dy = self.act_backward(dy, self.zs[k])
            dy, self.grads[2 * k], self.grads[2 * k + 1] = linear_backward(dy, self.caches[k])
        return dy

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return sum(p.size for p in self.params)


# %% collapse: product_in_wrong_order
# mistake 23: W₁W₂ instead of W₂W₁
# hint: Your weights are multiplied in the wrong order: the layer applied later stands on the left, so that the shape
#   becomes (out_L, in_1).
def collapse(weights, biases):
    weight, bias = weights[0], biases[0]
    for w, b in zip(weights[1:], biases[1:]):
        weight, bias = weight @ w, w @ bias + b
    return weight, bias


# %% collapse: biases_added_up
# mistake: the biases are added without passing through the later weights
# hint: You simply add up the biases: a layer's bias passes through all later layers, so multiply the bias so far by
#   the next weight before you add.
def collapse(weights, biases):
    weight, bias = weights[0], biases[0]
    for w, b in zip(weights[1:], biases[1:]):
        weight, bias = w @ weight, bias + b
    return weight, bias


# %% collapse: last_bias_only
# mistake: only the last layer's bias survives
# hint: Only the last layer's bias is left: the earlier biases reach the output too, each multiplied by the weights of
#   the later layers.
def collapse(weights, biases):
    weight, bias = weights[0], biases[0]
    for w, b in zip(weights[1:], biases[1:]):
        weight, bias = w @ weight, b
    return weight, bias


# %% collapse: two_layers_only
# mistake 38: layers after the second are ignored
# hint: You stop after the second layer: let your loop run over all L layers, in weights and in biases.
def collapse(weights, biases):
    weight, bias = weights[0], biases[0]
    for w, b in zip(weights[1:2], biases[1:2]):
        weight, bias = w @ weight, w @ bias + b
    return weight, bias


# %% collapse: changes_biases
# mistake: the biases are carried on inside the arguments
# hint: Your code writes into the caller's list of biases: carry the running bias in a variable of its own, as a new
#   array each time.
def collapse(weights, biases):
    weight = weights[0]
    for k in range(1, len(weights)):
        biases[k] += weights[k] @ biases[k - 1]
        weight = weights[k] @ weight
    return weight, biases[-1]


# %% collapse: two_layers_needed
# mistake: begins with the product of the first two layers
# hint: Your code needs at least two layers: start from the first layer alone, so that a single layer works as well.
def collapse(weights, biases):
    weight, bias = weights[1] @ weights[0], weights[1] @ biases[0] + biases[1]
    for w, b in zip(weights[2:], biases[2:]):
        weight, bias = w @ weight, w @ bias + b
    return weight, bias


# %% shallow_joints: columns_swapped
# mistake: θ_i0 is taken for the weight in the stages
# hint: In shallow_stages you swapped the columns of theta: the first column holds the biases, the second the weights
#   that multiply x.
def shallow_stages(x, theta, phi):
    pre_activations = theta[:, 1] + x[:, None] * theta[:, 0]
    activations = np.maximum(pre_activations, 0)
    weighted = activations * phi[1:]
    y = phi[0] + weighted.sum(axis=1)
    return pre_activations, activations, weighted, y


def shallow_joints(theta):
    theta = theta[theta[:, 1] != 0]
    return np.sort(-theta[:, 0] / theta[:, 1])


def shallow_slopes(theta, phi):
    joints = np.sort([-b / w for b, w in theta if w != 0])
    if len(joints) == 0:
        return np.zeros(1)
    places = np.concatenate([[joints[0] - 1], (joints[:-1] + joints[1:]) / 2, [joints[-1] + 1]])
    slopes = []
    for place in places:
        active = theta[:, 0] + theta[:, 1] * place > 0
        slopes.append(np.sum(phi[1:] * theta[:, 1] * active))
    return np.array(slopes)


# %% shallow_joints: output_bias_left_out
# mistake 39: φ₀ is left out of y
# hint: Your output y leaves out the output bias φ_0: add it to the sum of the weighted activations.
def shallow_stages(x, theta, phi):
    pre_activations = theta[:, 0] + x[:, None] * theta[:, 1]
    activations = np.maximum(pre_activations, 0)
    weighted = activations * phi[1:]
    y = weighted.sum(axis=1)
    return pre_activations, activations, weighted, y


def shallow_joints(theta):
    theta = theta[theta[:, 1] != 0]
    return np.sort(-theta[:, 0] / theta[:, 1])


def shallow_slopes(theta, phi):
    joints = np.sort([-b / w for b, w in theta if w != 0])
    if len(joints) == 0:
        return np.zeros(1)
    places = np.concatenate([[joints[0] - 1], (joints[:-1] + joints[1:]) / 2, [joints[-1] + 1]])
    slopes = []
    for place in places:
        active = theta[:, 0] + theta[:, 1] * place > 0
        slopes.append(np.sum(phi[1:] * theta[:, 1] * active))
    return np.array(slopes)


# %% shallow_joints: weighted_before_relu
# mistake: the pre-activations are weighted instead of the activations
# hint: You weight the pre-activations: φ multiplies what comes out of the ReLU, so build weighted, and with it y,
#   from the activations.
def shallow_stages(x, theta, phi):
    pre_activations = theta[:, 0] + x[:, None] * theta[:, 1]
    activations = np.maximum(pre_activations, 0)
    weighted = pre_activations * phi[1:]
    y = phi[0] + weighted.sum(axis=1)
    return pre_activations, activations, weighted, y


def shallow_joints(theta):
    theta = theta[theta[:, 1] != 0]
    return np.sort(-theta[:, 0] / theta[:, 1])


def shallow_slopes(theta, phi):
    joints = np.sort([-b / w for b, w in theta if w != 0])
    if len(joints) == 0:
        return np.zeros(1)
    places = np.concatenate([[joints[0] - 1], (joints[:-1] + joints[1:]) / 2, [joints[-1] + 1]])
    slopes = []
    for place in places:
        active = theta[:, 0] + theta[:, 1] * place > 0
        slopes.append(np.sum(phi[1:] * theta[:, 1] * active))
    return np.array(slopes)


# %% shallow_joints: joints_unsorted
# mistake: the joints are in the units' order
# hint: Your joints are in the order of the hidden units: return them in ascending order of x.
def shallow_stages(x, theta, phi):
    pre_activations = theta[:, 0] + x[:, None] * theta[:, 1]
    activations = np.maximum(pre_activations, 0)
    weighted = activations * phi[1:]
    y = phi[0] + weighted.sum(axis=1)
    return pre_activations, activations, weighted, y


def shallow_joints(theta):
    theta = theta[theta[:, 1] != 0]
    return -theta[:, 0] / theta[:, 1]


def shallow_slopes(theta, phi):
    joints = np.sort([-b / w for b, w in theta if w != 0])
    if len(joints) == 0:
        return np.zeros(1)
    places = np.concatenate([[joints[0] - 1], (joints[:-1] + joints[1:]) / 2, [joints[-1] + 1]])
    slopes = []
    for place in places:
        active = theta[:, 0] + theta[:, 1] * place > 0
        slopes.append(np.sum(phi[1:] * theta[:, 1] * active))
    return np.array(slopes)


# %% shallow_joints: joints_sign
# mistake: θ₀/θ₁ without the minus
# hint: Your joints lie mirrored at x = 0: solve θ_i0 + θ_i1·x = 0 for x once more and watch the sign.
def shallow_stages(x, theta, phi):
    pre_activations = theta[:, 0] + x[:, None] * theta[:, 1]
    activations = np.maximum(pre_activations, 0)
    weighted = activations * phi[1:]
    y = phi[0] + weighted.sum(axis=1)
    return pre_activations, activations, weighted, y


def shallow_joints(theta):
    theta = theta[theta[:, 1] != 0]
    return np.sort(theta[:, 0] / theta[:, 1])


def shallow_slopes(theta, phi):
    joints = np.sort([-b / w for b, w in theta if w != 0])
    if len(joints) == 0:
        return np.zeros(1)
    places = np.concatenate([[joints[0] - 1], (joints[:-1] + joints[1:]) / 2, [joints[-1] + 1]])
    slopes = []
    for place in places:
        active = theta[:, 0] + theta[:, 1] * place > 0
        slopes.append(np.sum(phi[1:] * theta[:, 1] * active))
    return np.array(slopes)


# %% shallow_joints: joints_at_infinity
# mistake: units with weight 0 get a joint at infinity
# hint: You give units with weight 0 a joint too, by dividing by zero: such a unit never switches, so leave it out
#   before you divide.
def shallow_stages(x, theta, phi):
    pre_activations = theta[:, 0] + x[:, None] * theta[:, 1]
    activations = np.maximum(pre_activations, 0)
    weighted = activations * phi[1:]
    y = phi[0] + weighted.sum(axis=1)
    return pre_activations, activations, weighted, y


def shallow_joints(theta):
    return np.sort(-theta[:, 0] / theta[:, 1])


def shallow_slopes(theta, phi):
    joints = np.sort([-b / w for b, w in theta if w != 0])
    if len(joints) == 0:
        return np.zeros(1)
    places = np.concatenate([[joints[0] - 1], (joints[:-1] + joints[1:]) / 2, [joints[-1] + 1]])
    slopes = []
    for place in places:
        active = theta[:, 0] + theta[:, 1] * place > 0
        slopes.append(np.sum(phi[1:] * theta[:, 1] * active))
    return np.array(slopes)


# %% shallow_joints: first_joint_not_sorted
# mistake: off in the sorting: the first joint stays where it is
# hint: Your first joint is left out of the sorting: it stays where the first unit puts it. Sort all the joints
#   together.
def shallow_stages(x, theta, phi):
    pre_activations = theta[:, 0] + x[:, None] * theta[:, 1]
    activations = np.maximum(pre_activations, 0)
    weighted = activations * phi[1:]
    y = phi[0] + weighted.sum(axis=1)
    return pre_activations, activations, weighted, y


def shallow_joints(theta):
    theta = theta[theta[:, 1] != 0]
    joints = -theta[:, 0] / theta[:, 1]
    joints[1:] = np.sort(joints[1:])
    return joints


def shallow_slopes(theta, phi):
    joints = np.sort([-b / w for b, w in theta if w != 0])
    if len(joints) == 0:
        return np.zeros(1)
    places = np.concatenate([[joints[0] - 1], (joints[:-1] + joints[1:]) / 2, [joints[-1] + 1]])
    slopes = []
    for place in places:
        active = theta[:, 0] + theta[:, 1] * place > 0
        slopes.append(np.sum(phi[1:] * theta[:, 1] * active))
    return np.array(slopes)


# %% shallow_joints: slopes_all_units_active
# mistake: inactive units are counted in every region
# hint: All your regions have the same slope: only units that are on in a region, with a positive pre-activation
#   there, add φ_i·θ_i1.
def shallow_stages(x, theta, phi):
    pre_activations = theta[:, 0] + x[:, None] * theta[:, 1]
    activations = np.maximum(pre_activations, 0)
    weighted = activations * phi[1:]
    y = phi[0] + weighted.sum(axis=1)
    return pre_activations, activations, weighted, y


def shallow_joints(theta):
    theta = theta[theta[:, 1] != 0]
    return np.sort(-theta[:, 0] / theta[:, 1])


def shallow_slopes(theta, phi):
    joints = np.sort([-b / w for b, w in theta if w != 0])
    if len(joints) == 0:
        return np.zeros(1)
    places = np.concatenate([[joints[0] - 1], (joints[:-1] + joints[1:]) / 2, [joints[-1] + 1]])
    slopes = []
    for _ in places:
        slopes.append(np.sum(phi[1:] * theta[:, 1]))
    return np.array(slopes)


# %% shallow_joints: slopes_right_of_joint
# mistake: every unit counts as active to the right of its joint, whatever its weight's sign
# hint: You treat every unit as on to the right of its joint: a unit with negative weight θ_i1 is on to the left of
#   it.
def shallow_stages(x, theta, phi):
    pre_activations = theta[:, 0] + x[:, None] * theta[:, 1]
    activations = np.maximum(pre_activations, 0)
    weighted = activations * phi[1:]
    y = phi[0] + weighted.sum(axis=1)
    return pre_activations, activations, weighted, y


def shallow_joints(theta):
    theta = theta[theta[:, 1] != 0]
    return np.sort(-theta[:, 0] / theta[:, 1])


def shallow_slopes(theta, phi):
    joints = np.sort([-b / w for b, w in theta if w != 0])
    if len(joints) == 0:
        return np.zeros(1)
    places = np.concatenate([[joints[0] - 1], (joints[:-1] + joints[1:]) / 2, [joints[-1] + 1]])
    slopes = []
    for place in places:
        active = (theta[:, 1] != 0) & (-theta[:, 0] / np.where(theta[:, 1] == 0, 1, theta[:, 1]) < place)
        slopes.append(np.sum(phi[1:] * theta[:, 1] * active))
    return np.array(slopes)


# %% shallow_joints: slopes_from_right_to_left
# mistake: the regions go from right to left
# hint: Your slopes are listed from right to left: the first one belongs to the region left of all joints.
def shallow_stages(x, theta, phi):
    pre_activations = theta[:, 0] + x[:, None] * theta[:, 1]
    activations = np.maximum(pre_activations, 0)
    weighted = activations * phi[1:]
    y = phi[0] + weighted.sum(axis=1)
    return pre_activations, activations, weighted, y


def shallow_joints(theta):
    theta = theta[theta[:, 1] != 0]
    return np.sort(-theta[:, 0] / theta[:, 1])


def shallow_slopes(theta, phi):
    joints = np.sort([-b / w for b, w in theta if w != 0])
    if len(joints) == 0:
        return np.zeros(1)
    places = np.concatenate([[joints[0] - 1], (joints[:-1] + joints[1:]) / 2, [joints[-1] + 1]])
    slopes = []
    for place in places:
        active = theta[:, 0] + theta[:, 1] * place > 0
        slopes.append(np.sum(phi[1:] * theta[:, 1] * active))
    return np.array(slopes[::-1])


# %% sgd: wrong_sign
# mistake 30: uphill: the gradient is added
# hint: Your sgd_step goes uphill: the gradient points to a larger loss, so the step must go against it.
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p += learning_rate * g


def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def decayed_learning_rate(start, decay, epoch):
    return start * decay**epoch


# %% sgd: rebinding
# mistake 32: the name is bound to a new array, the network keeps the old one
# hint: Your sgd_step makes new arrays and leaves the caller's unchanged: change each parameter in place, not only the
#   name of it in your loop.
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p = p - learning_rate * g


def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def decayed_learning_rate(start, decay, epoch):
    return start * decay**epoch


# %% sgd: last_batch_dropped
# mistake 36: the last partial batch is dropped
# hint: Your minibatches drop the last partial batch: it holds what is left, so that each sample is in exactly one
#   batch.
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g


def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n - batch_size + 1, batch_size)]


def decayed_learning_rate(start, decay, epoch):
    return start * decay**epoch


# %% sgd: last_batch_filled_up
# mistake 36: the last batch is filled up with samples of the first
# hint: Your last batch is filled up with samples of the first, so some come twice: it may be smaller and holds only
#   what is left.
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g


def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    order = np.concatenate([order, order[: -n % batch_size]])
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def decayed_learning_rate(start, decay, epoch):
    return start * decay**epoch


# %% sgd: not_shuffled
# mistake: the order is that of the data
# hint: Your minibatches keep the order of the data: draw a permutation of the samples from rng first, then cut it
#   into batches.
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g


def minibatches(n, batch_size, rng):
    order = np.arange(n)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def decayed_learning_rate(start, decay, epoch):
    return start * decay**epoch


# %% sgd: rng_ignored
# mistake: an order that does not come from rng
# hint: Your order does not come from rng but from numpy's global generator, so rng's seed has no effect: draw the
#   permutation from the rng passed in.
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g


def minibatches(n, batch_size, rng):
    order = np.random.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def decayed_learning_rate(start, decay, epoch):
    return start * decay**epoch


# %% sgd: decay_from_one
# mistake: epochs are counted from 1
# hint: Your learning rate has decayed once too often: epochs are counted from 0, and epoch 0 uses the start value as
#   it is.
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g


def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def decayed_learning_rate(start, decay, epoch):
    return start * decay ** (epoch + 1)


# %% sgd: decay_of_inverse_time
# mistake: another schedule: start / (1 + decay·epoch)
# hint: You use another schedule, a division that grows with the epoch: here each epoch multiplies the learning rate
#   by decay.
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g


def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def decayed_learning_rate(start, decay, epoch):
    return start / (1 + decay * epoch)


# %% sgd: biases_not_updated
# mistake: vectors are skipped in the update
# hint: Your sgd_step updates matrices only: the biases, vectors of shape (out,), are parameters as well and need the
#   same step.
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        if p.ndim == 2:
            p -= learning_rate * g


def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def decayed_learning_rate(start, decay, epoch):
    return start * decay**epoch


# %% sgd: changes_gradients
# mistake: the gradients are scaled in place
# hint: Your sgd_step scales the caller's gradients in place: only the parameters may change, so multiply by the
#   learning rate into a new array.
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        g *= learning_rate
        p -= g


def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def decayed_learning_rate(start, decay, epoch):
    return start * decay**epoch


# %% sgd: batches_shuffled_only
# mistake 63: the samples stay in order, only the batches are shuffled
# hint: You shuffle whole batches, but inside each one the samples stay in order: permute the n samples first, then
#   cut.
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g


def minibatches(n, batch_size, rng):
    batches = [np.arange(i, min(i + batch_size, n)) for i in range(0, n, batch_size)]
    return [batches[k] for k in rng.permutation(len(batches))]


def decayed_learning_rate(start, decay, epoch):
    return start * decay**epoch


# %% sgd: rng_replaced
# mistake: a generator with a seed of its own in place of rng: every epoch gets the same order
# hint: Your minibatches make a generator with a seed of its own, so every call gives the same order: draw the
#   permutation from the rng passed in.
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g


def minibatches(n, batch_size, rng):
    order = np.random.default_rng(0).permutation(n)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def decayed_learning_rate(start, decay, epoch):
    return start * decay**epoch


# %% fit_curve: decay_per_batch
# mistake 40: the learning rate decays after every batch
# hint: Your learning rate decays after every batch: it stays the same within an epoch and depends on the epoch's
#   number only.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    rate = learning_rate
    for _ in range(epochs):
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), batch_size, rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
            rate *= decay
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: update_before_all_gradients
# mistake 31: each parameter is updated before the gradients of the layers below are known
# hint: You update parameters while gradients are still being computed, with weights already changed: finish one
#   backward first, then update all.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), batch_size, rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            for i in reversed(range(len(model.parameters()))):
                model.backward(dy)
                sgd_step([model.parameters()[i]], [model.gradients()[i]], rate)
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: last_batch_dropped
# mistake 36: the last partial batch is skipped
# hint: You skip the last batch of an epoch when it is not full: it counts as well and gets its own step.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), batch_size, rng):
            if len(batch) < batch_size:
                continue
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: last_batch_underweighted
# mistake 36: a partial batch is divided by the full batch size
# hint: Your gradient of a partial batch is divided by the full batch size, so its step is too small: divide by the
#   samples really in that batch, as mse does.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), batch_size, rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy * len(batch) / batch_size)
            sgd_step(model.parameters(), model.gradients(), rate)
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: wrong_sign
# mistake 30: uphill: the step goes along the gradient
# hint: Your training goes uphill: the step must go against the gradient. sgd_step subtracts already, so hand it a
#   positive learning rate.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), batch_size, rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), -rate)
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: copies_trained
# mistake 32: copies of the parameters are trained
# hint: Your steps do not reach the model, so its loss never changes: give sgd_step the arrays of model.parameters()
#   themselves, not copies.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), batch_size, rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step([p.copy() for p in model.parameters()], model.gradients(), rate)
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: history_one_short
# mistake: the loss before the first step is missing
# hint: Your list of losses is one too short: the loss over all data before the first step belongs at its beginning.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [], "learning_rate": []}
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), batch_size, rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: loss_of_last_batch
# mistake: the history holds the last batch's loss
# hint: After each epoch you note the loss of the last batch: evaluate the model on all of x and y instead, once the
#   epoch is over.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), batch_size, rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        history["loss"].append(loss)
    return history


# %% fit_curve: batch_size_ignored
# mistake: all data in every step
# hint: Each of your steps uses all the data: pass batch_size on to minibatches, so that an epoch has several smaller
#   steps.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), len(x), rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: decay_ignored
# mistake: the learning rate never decays
# hint: Your learning rate never decays: ask decayed_learning_rate for the rate of each epoch.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    for epoch in range(epochs):
        rate = learning_rate
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), batch_size, rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: rate_per_batch_in_history
# mistake 40: the history holds a learning rate per batch
# hint: Your history has one learning rate per batch: note it once per epoch, outside the loop over the batches.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        for batch in minibatches(len(x), batch_size, rng):
            history["learning_rate"].append(rate)
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: gradient_summed
# mistake: the gradient is summed over the batch instead of averaged
# hint: Your gradient is summed over the batch, so the steps grow with its size: the gradient that mse returns is that
#   of the mean already.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), batch_size, rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy * len(batch))
            sgd_step(model.parameters(), model.gradients(), rate)
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: not_shuffled
# mistake 63: the samples are taken in order
# hint: You take the samples in the order of the data: draw a new random order in each epoch, with minibatches and
#   your seeded generator.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    rate = learning_rate
    for _ in range(epochs):
        history["learning_rate"].append(rate)
        for batch in np.array_split(np.arange(len(x)), range(batch_size, len(x), batch_size)):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        rate *= decay
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: same_order_in_every_epoch
# mistake 63: the order is drawn once for all epochs
# hint: You shuffle once and reuse the same batches: call minibatches anew in each epoch, always with the same
#   generator.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    rate = learning_rate
    batches = minibatches(len(x), batch_size, rng)
    for _ in range(epochs):
        history["learning_rate"].append(rate)
        for batch in batches:
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        rate *= decay
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: seed_ignored
# mistake: the generator is not seeded
# hint: Your shuffling differs from run to run: make one generator from the argument seed, before the loop over the
#   epochs.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng()
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    rate = learning_rate
    for _ in range(epochs):
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), batch_size, rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        rate *= decay
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% fit_curve: first_loss_after_training
# mistake: the history begins with the loss after the first epoch, twice
# hint: Your first loss is that after the first epoch, entered twice: compute the loss over all data before the first
#   step.
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [], "learning_rate": []}
    rate = learning_rate
    for _ in range(epochs):
        history["learning_rate"].append(rate)
        for batch in minibatches(len(x), batch_size, rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        rate *= decay
        history["loss"].append(mse(model.forward(x), y)[0])
    history["loss"] = history["loss"][:1] + history["loss"]
    return history


# %% lecture_errors: neurons_counted
# mistake: neurons instead of weights: 2×500 is 1000
# hint: count_weights counts neurons: between two neighbouring layers each neuron of one is joined to each of the
#   other, so multiply the two widths.
def count_weights(widths):
    return sum(widths)


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else -(-n_samples // batch_size)


def gradient_step(w, gradient, learning_rate):
    return w - learning_rate * gradient


def count_deep_parameters(depth, width):
    return depth * (width * width + width)


def binary_loss(p, y):
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta):
    return theta[:, 0], theta[:, 1]


# %% lecture_errors: biases_counted
# mistake: the biases are counted with the weights
# hint: count_weights counts the biases as well: here only the weights between neighbouring layers count.
def count_weights(widths):
    return sum(a * b + b for a, b in zip(widths[:-1], widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else -(-n_samples // batch_size)


def gradient_step(w, gradient, learning_rate):
    return w - learning_rate * gradient


def count_deep_parameters(depth, width):
    return depth * (width * width + width)


def binary_loss(p, y):
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta):
    return theta[:, 0], theta[:, 1]


# %% lecture_errors: steps_floor
# mistake 36: floor: the last partial batch is lost
# hint: steps_per_epoch always rounds down: the last batch that is not full counts too, unless drop_last is set.
def count_weights(widths):
    return sum(a * b for a, b in zip(widths[:-1], widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size


def gradient_step(w, gradient, learning_rate):
    return w - learning_rate * gradient


def count_deep_parameters(depth, width):
    return depth * (width * width + width)


def binary_loss(p, y):
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta):
    return theta[:, 0], theta[:, 1]


# %% lecture_errors: drop_last_ignored
# mistake: ceil, whatever drop_last says
# hint: steps_per_epoch ignores drop_last: if it is set, the last batch that is not full is left out, so round down.
def count_weights(widths):
    return sum(a * b for a, b in zip(widths[:-1], widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return -(-n_samples // batch_size)


def gradient_step(w, gradient, learning_rate):
    return w - learning_rate * gradient


def count_deep_parameters(depth, width):
    return depth * (width * width + width)


def binary_loss(p, y):
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta):
    return theta[:, 0], theta[:, 1]


# %% lecture_errors: uphill
# mistake 30: the weights move along the gradient
# hint: gradient_step goes uphill: the gradient points to a larger loss, so the step must go against it.
def count_weights(widths):
    return sum(a * b for a, b in zip(widths[:-1], widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else -(-n_samples // batch_size)


def gradient_step(w, gradient, learning_rate):
    return w + learning_rate * gradient


def count_deep_parameters(depth, width):
    return depth * (width * width + width)


def binary_loss(p, y):
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta):
    return theta[:, 0], theta[:, 1]


# %% lecture_errors: weights_changed
# mistake 15: the old weights are overwritten
# hint: gradient_step overwrites the caller's w: return a new array instead of changing w in place.
def count_weights(widths):
    return sum(a * b for a, b in zip(widths[:-1], widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else -(-n_samples // batch_size)


def gradient_step(w, gradient, learning_rate):
    w -= learning_rate * gradient
    return w


def count_deep_parameters(depth, width):
    return depth * (width * width + width)


def binary_loss(p, y):
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta):
    return theta[:, 0], theta[:, 1]


# %% lecture_errors: parameters_linear_in_width
# mistake: h·k instead of h·(k² + k)
# hint: count_deep_parameters counts only one value per unit: a layer from width to width values has a square weight
#   matrix as well as its biases.
def count_weights(widths):
    return sum(a * b for a, b in zip(widths[:-1], widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else -(-n_samples // batch_size)


def gradient_step(w, gradient, learning_rate):
    return w - learning_rate * gradient


def count_deep_parameters(depth, width):
    return depth * width


def binary_loss(p, y):
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta):
    return theta[:, 0], theta[:, 1]


# %% lecture_errors: deep_biases_left_out
# mistake 39: h·k², the biases are left out
# hint: count_deep_parameters leaves the biases out: each layer has one bias per output, besides its square weight
#   matrix.
def count_weights(widths):
    return sum(a * b for a, b in zip(widths[:-1], widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else -(-n_samples // batch_size)


def gradient_step(w, gradient, learning_rate):
    return w - learning_rate * gradient


def count_deep_parameters(depth, width):
    return depth * width * width


def binary_loss(p, y):
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta):
    return theta[:, 0], theta[:, 1]


# %% lecture_errors: brackets_missing
# mistake: the minus belongs to the first term only
# hint: The minus in your binary_loss reaches the first term only: both terms belong in brackets behind it, or the
#   loss can turn negative.
def count_weights(widths):
    return sum(a * b for a, b in zip(widths[:-1], widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else -(-n_samples // batch_size)


def gradient_step(w, gradient, learning_rate):
    return w - learning_rate * gradient


def count_deep_parameters(depth, width):
    return depth * (width * width + width)


def binary_loss(p, y):
    return float(np.sum(-y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta):
    return theta[:, 0], theta[:, 1]


# %% lecture_errors: loss_averaged
# mistake: a mean instead of a sum
# hint: Your binary_loss is a mean over the samples: here it is their sum, without a division by N.
def count_weights(widths):
    return sum(a * b for a, b in zip(widths[:-1], widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else -(-n_samples // batch_size)


def gradient_step(w, gradient, learning_rate):
    return w - learning_rate * gradient


def count_deep_parameters(depth, width):
    return depth * (width * width + width)


def binary_loss(p, y):
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta):
    return theta[:, 0], theta[:, 1]


# %% lecture_errors: columns_swapped
# mistake: the columns under each other's names
# hint: split_theta returns the columns under each other's names: the first column of theta holds the biases, the
#   second the weights.
def count_weights(widths):
    return sum(a * b for a, b in zip(widths[:-1], widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else -(-n_samples // batch_size)


def gradient_step(w, gradient, learning_rate):
    return w - learning_rate * gradient


def count_deep_parameters(depth, width):
    return depth * (width * width + width)


def binary_loss(p, y):
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta):
    return theta[:, 1], theta[:, 0]
