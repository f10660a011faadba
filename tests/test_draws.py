"""Random networks for graders: their forward and backward pass are right, and no draw goes on for ever."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from chainrule.checks import draws
from reference import numpy_mlp as reference

WIDTHS = [3, 5, 4, 2]


@pytest.mark.parametrize("activation", draws.ACTIVATIONS)
def test_output_and_gradients_are_those_of_the_reference(activation: str) -> None:
    drawn = draws.draw(np.random.default_rng(1), WIDTHS, activation, 7)
    model = reference.MLP(WIDTHS, activation)
    for own, value in zip(model.parameters(), drawn.parameters, strict=True):
        own[...] = value
    np.testing.assert_allclose(drawn.forward(), model.forward(drawn.x), rtol=1e-12)
    dx, gradients = drawn.backward()
    np.testing.assert_allclose(dx, model.backward(drawn.dy), rtol=1e-10, atol=1e-14)
    for found, want in zip(gradients, model.gradients(), strict=True):
        np.testing.assert_allclose(found, want, rtol=1e-10, atol=1e-14)


def test_no_hidden_unit_is_near_a_kink_and_no_gradient_is_dead() -> None:
    for seed in range(20):
        drawn = draws.draw(np.random.default_rng(seed), WIDTHS, "relu", 3)
        hidden = drawn.x
        pairs = list(zip(drawn.parameters[::2], drawn.parameters[1::2], strict=True))
        for weight, bias in pairs[:-1]:
            z = hidden @ weight.T + bias
            assert np.abs(z).min() >= draws.KINK_MARGIN
            hidden = np.maximum(z, 0)
        dx, gradients = drawn.backward()
        assert min(np.abs(array).max() for array in (dx, *gradients)) >= draws.WEAKEST_GRADIENT


def test_parameters_are_exact_in_single_precision() -> None:
    arrays = draws.parameters(np.random.default_rng(0), WIDTHS)
    assert [array.shape for array in arrays[::2]] == [(outputs, inputs) for inputs, outputs in pairwise(WIDTHS)]
    assert all(np.array_equal(array, array.astype(np.float32)) for array in arrays)


def test_a_draw_that_nothing_fits_ends() -> None:
    """More rows than are ever drawn: without a bound this would be a grader that hangs."""
    with pytest.raises(RuntimeError, match=f"None of {draws.ATTEMPTS} draws fits"):
        draws.draw(np.random.default_rng(0), [1, 1], "relu", draws.CANDIDATES + 1)
