"""The graders' SGD and Adam take the steps of torch's."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from chainrule.assignments.pytorch_mlp import descent
from chainrule.assignments.pytorch_mlp.descent import Adam, Sgd
from chainrule.assignments.pytorch_mlp.torch_draws import Classifier, classifier
from reference import pytorch_mlp as reference

SIZES = [5, 4, 3]


@pytest.fixture
def drawn() -> Classifier:
    return classifier(np.random.default_rng(3), [6, 8, 4], sum(SIZES), "relu", SIZES)


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.allclose(a, b, rtol=1e-9) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd(drawn: Classifier, momentum: float) -> None:
    start = drawn.reference()
    ours, theirs = copy.deepcopy(start), copy.deepcopy(start)
    descent.train(ours, drawn.batches(SIZES), Sgd(ours, 0.3, momentum))
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.3, momentum=momentum)
    reference.train_epoch(theirs, drawn.batches(SIZES), optimizer)
    assert same(ours, theirs)
    assert not same(ours, start)


def test_sgd_leaves_parameters_out(drawn: Classifier) -> None:
    start = drawn.reference()
    ours = copy.deepcopy(start)
    descent.train(ours, drawn.batches(SIZES), Sgd(ours, 0.3, leave_out=2))
    moved = [not torch.equal(a, b) for a, b in zip(ours.parameters(), start.parameters(), strict=True)]
    assert moved == [False, False, True, True]


def test_adam(drawn: Classifier) -> None:
    ours, theirs = drawn.reference(), drawn.reference()
    adam, optimizer = Adam(ours, 0.01), torch.optim.Adam(theirs.parameters(), lr=0.01)
    for rate in (0.01, 0.005):
        adam.rate = optimizer.param_groups[0]["lr"] = rate
        descent.train(ours, drawn.batches(SIZES), adam)
        reference.train_epoch(theirs, drawn.batches(SIZES), optimizer)
    assert same(ours, theirs)
