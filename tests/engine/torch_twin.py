"""The same network in PyTorch: one entry per part that PyTorch has, and why there is none.

A `Twin` computes what our graph computes, in PyTorch's own functions, from weights under our names.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import Loss
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Optimizer

torch: Any = pytest.importorskip("torch")
functional = torch.nn.functional
# These tensors are so small that a second thread would only get in the way.
torch.set_num_threads(1)

Tensor = Any
Weights = dict[str, Tensor]

# ------------------------------------------------------------------ activations

ACTIVATIONS: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "linear": lambda part, z: z,
    "sigmoid": lambda part, z: torch.sigmoid(z),
    "tanh": lambda part, z: torch.tanh(z),
    "softsign": lambda part, z: functional.softsign(z),
    # Not functional.hardsigmoid: its gradient is a 1/6 in single precision.
    "hard_sigmoid": lambda part, z: functional.relu6(z + 3.0) / 6.0,
    "relu": lambda part, z: torch.relu(z),
    "leaky_relu": lambda part, z: functional.leaky_relu(z, part.slope),
    "elu": lambda part, z: functional.elu(z, part.alpha),
    "selu": lambda part, z: functional.selu(z),
    "gelu": lambda part, z: functional.gelu(z, approximate="tanh"),
    "silu": lambda part, z: functional.silu(z),
    "softplus": lambda part, z: functional.softplus(z),
    "sine": lambda part, z: torch.sin(z),
    # Its gradient is 0, as ours; PyTorch gives none at all.
    "step": lambda part, z: torch.heaviside(z.detach(), torch.ones_like(z)) + 0.0 * z,
    "softmax": lambda part, z: torch.softmax(z, dim=1),
}
ACTIVATIONS_WITHOUT_TWIN: dict[str, str] = {}

# ------------------------------------------------------------------ layers


def _dense(layer: Any, weights: Weights, inputs: list[Tensor], training: bool) -> Tensor:
    return functional.linear(inputs[0], weights["W"].T, weights.get("b"))


def _conv(layer: Any, weights: Weights, inputs: list[Tensor], training: bool) -> Tensor:
    image, padding = inputs[0], layer.margin if layer.padding == "margin" else 0
    if layer.padding == "same":
        if layer.stride == 1:
            with warnings.catch_warnings():
                # It says of even kernels that it copies, as we do.
                warnings.filterwarnings("ignore", "Using padding='same'")
                return functional.conv2d(image, weights["W"], weights.get("b"), padding="same")
        # PyTorch refuses "same" with a stride; this is TensorFlow's rule for it.
        image = functional.pad(image, _same_padding(image.shape[2:], layer.kernel, layer.stride))
    return functional.conv2d(image, weights["W"], weights.get("b"), layer.stride, padding)


def _same_padding(lengths: Iterable[int], kernel: Iterable[int], stride: int) -> list[int]:
    sides: list[int] = []
    for length, width in zip(lengths, kernel, strict=True):
        windows = (length + stride - 1) // stride
        lacking = max((windows - 1) * stride + width - length, 0)
        # The last axis comes first, and the odd one out lies behind.
        sides = [lacking // 2, lacking - lacking // 2, *sides]
    return sides


def _maxpool(layer: Any, weights: Weights, inputs: list[Tensor], training: bool) -> Tensor:
    return functional.max_pool2d(inputs[0], layer.window, layer.stride or layer.window[0])


def _avgpool(layer: Any, weights: Weights, inputs: list[Tensor], training: bool) -> Tensor:
    return functional.avg_pool2d(inputs[0], layer.window, layer.stride or layer.window[0])


def _batchnorm(layer: Any, weights: Weights, inputs: list[Tensor], training: bool) -> Tensor:
    running, own = (weights["mean"], weights["variance"]), (weights["scale"], weights["shift"])
    return functional.batch_norm(
        inputs[0], *running, *own, training, momentum=layer.momentum, eps=layer.epsilon
    )


def _layernorm(layer: Any, weights: Weights, inputs: list[Tensor], training: bool) -> Tensor:
    shape = inputs[0].shape[1:]
    return functional.layer_norm(
        inputs[0], shape, weights["scale"], weights["shift"], layer.epsilon
    )


def _standardise(layer: Any, weights: Weights, inputs: list[Tensor], training: bool) -> Tensor:
    # A batch normalisation whose statistics are those of all data, and fixed.
    return functional.batch_norm(inputs[0], weights["mean"], weights["deviation"] ** 2, eps=0.0)


def _dropout(layer: Any, weights: Weights, inputs: list[Tensor], training: bool) -> Tensor:
    assert not training, "what is dropped while training is up to chance"
    return functional.dropout(inputs[0], layer.rate, training)


LAYERS: dict[str, Callable[[Any, Weights, list[Tensor], bool], Tensor]] = {
    "dense": _dense,
    "output": _dense,
    "conv": _conv,
    "maxpool": _maxpool,
    "avgpool": _avgpool,
    "globalavgpool": lambda layer, weights, inputs, training: functional.adaptive_avg_pool2d(
        inputs[0], 1
    ).flatten(1),
    "flatten": lambda layer, weights, inputs, training: torch.flatten(inputs[0], 1),
    "reshape": lambda layer, weights, inputs, training: inputs[0].reshape(-1, *layer.shape),
    "dropout": _dropout,
    "batchnorm": _batchnorm,
    "layernorm": _layernorm,
    "standardise": _standardise,
    # The activation follows as it does for every layer that has one.
    "activation": lambda layer, weights, inputs, training: inputs[0],
    "add": lambda layer, weights, inputs, training: torch.stack(inputs).sum(dim=0),
    "concatenate": lambda layer, weights, inputs, training: torch.cat(inputs, dim=1),
}
LAYERS_WITHOUT_TWIN = {
    "input": "In PyTorch the input is a tensor and no layer.",
    "noise": "PyTorch has no layer of Gaussian noise; not training, ours is the identity.",
}

# ------------------------------------------------------------------ losses

LOSSES: dict[str, tuple[str, Callable[[Any, Tensor, Tensor], Tensor]]] = {
    # By the activation of the output: PyTorch computes these from z.
    "mse": ("linear", lambda part, z, y: functional.mse_loss(z, y)),
    "mae": ("linear", lambda part, z, y: functional.l1_loss(z, y)),
    "huber": ("linear", lambda part, z, y: functional.huber_loss(z, y, delta=part.delta)),
    "binary_cross_entropy": (
        "sigmoid",
        lambda part, z, y: functional.binary_cross_entropy_with_logits(z, y),
    ),
    "categorical_cross_entropy": ("softmax", lambda part, z, y: functional.cross_entropy(z, y)),
    "hinge": ("linear", lambda part, z, y: functional.multi_margin_loss(z, y.argmax(dim=1))),
}
LOSSES_WITHOUT_TWIN: dict[str, str] = {}
ONE_HOT = {"hinge"}
"""Losses of which PyTorch's takes nothing but the right class."""

# ------------------------------------------------------------------ optimizers


def _adamw(part: Any, weights: list[Tensor]) -> Any:
    """AdamW with decay for weights and none for biases."""
    groups = [
        {"params": [w for w in weights if w.ndim > 1], "weight_decay": part.decay},
        {"params": [w for w in weights if w.ndim == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, part.learning_rate, (part.beta1, part.beta2), part.epsilon)


OPTIMIZERS: dict[str, Callable[[Any, list[Tensor]], Any]] = {
    "sgd": lambda part, w: torch.optim.SGD(w, part.learning_rate),
    "momentum": lambda part, w: torch.optim.SGD(w, part.learning_rate, part.momentum),
    "nesterov": lambda part, w: torch.optim.SGD(
        w, part.learning_rate, part.momentum, nesterov=True
    ),
    "rmsprop": lambda part, w: torch.optim.RMSprop(
        w, part.learning_rate, part.smoothing, part.epsilon
    ),
    "adagrad": lambda part, w: torch.optim.Adagrad(w, part.learning_rate, eps=part.epsilon),
    "adam": lambda part, w: torch.optim.Adam(
        w, part.learning_rate, (part.beta1, part.beta2), part.epsilon
    ),
    "adamw": _adamw,
    "rprop": lambda part, w: torch.optim.Rprop(
        w, part.learning_rate, (part.shrinking, part.growth), (part.smallest, part.largest)
    ),
}
OPTIMIZERS_WITHOUT_TWIN = {
    "lbfgs": "PyTorch's searches along its lines by rules of its own, and ours by SciPy's.",
}

# ------------------------------------------------------------------ schedules


def _warm_up(part: Any, optimizer: Any) -> Any:
    begin = torch.optim.lr_scheduler.LinearLR(optimizer, part.start, total_iters=part.epochs)
    then = SCHEDULES[part.then.name](part.then, optimizer)
    return torch.optim.lr_scheduler.SequentialLR(optimizer, [begin, then], [part.epochs])


def _plateau(part: Any, optimizer: Any) -> Any:
    return torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer,
        factor=part.reduction,
        patience=part.patience,
        threshold=part.improvement,
        min_lr=part.minimum * optimizer.param_groups[0]["lr"],
    )


def _cosine(part: Any, optimizer: Any) -> Any:
    lowest = part.minimum * optimizer.defaults["lr"]
    return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, part.epochs, lowest)


SCHEDULES: dict[str, Callable[[Any, Any], Any]] = {
    "constant": lambda part, o: torch.optim.lr_scheduler.ConstantLR(o, factor=1.0),
    "step": lambda part, o: torch.optim.lr_scheduler.StepLR(o, part.epochs, part.gamma),
    "exponential": lambda part, o: torch.optim.lr_scheduler.ExponentialLR(o, part.gamma),
    "cosine": _cosine,
    "plateau": _plateau,
    "warm_up": _warm_up,
}
SCHEDULES_WITHOUT_TWIN: dict[str, str] = {}

# ------------------------------------------------------------------ initializers

INITIALIZERS: dict[str, Callable[[Any, Tensor], Any]] = {
    "glorot_uniform": lambda part, w: torch.nn.init.xavier_uniform_(w),
    "glorot_normal": lambda part, w: torch.nn.init.xavier_normal_(w),
    "he_uniform": lambda part, w: torch.nn.init.kaiming_uniform_(w, nonlinearity="relu"),
    "he_normal": lambda part, w: torch.nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "lecun_uniform": lambda part, w: torch.nn.init.kaiming_uniform_(w, nonlinearity="linear"),
    "lecun_normal": lambda part, w: torch.nn.init.kaiming_normal_(w, nonlinearity="linear"),
    "orthogonal": lambda part, w: torch.nn.init.orthogonal_(w, part.gain),
    "uniform": lambda part, w: torch.nn.init.uniform_(w, -part.limit, part.limit),
    "normal": lambda part, w: torch.nn.init.normal_(w, 0.0, part.deviation),
    "constant": lambda part, w: torch.nn.init.constant_(w, part.value),
    "zeros": lambda part, w: torch.nn.init.zeros_(w),
}
INITIALIZERS_WITHOUT_TWIN: dict[str, str] = {}

STOP_RULES_WITHOUT_TWIN = dict.fromkeys(
    ("never", "early"), "PyTorch leaves the training loop, and so its end, to its users."
)

METRICS_WITHOUT_TWIN = dict.fromkeys(
    ("accuracy", "top_k", "confusion", "binary_accuracy", "r_squared", "mean_absolute_error"),
    "PyTorch itself has no metrics; they are checked by hand and beside scikit-learn.",
)

TWINS: dict[str, tuple[Iterable[str], dict[str, str]]] = {
    "layer": (LAYERS, LAYERS_WITHOUT_TWIN),
    "activation": (ACTIVATIONS, ACTIVATIONS_WITHOUT_TWIN),
    "loss": (LOSSES, LOSSES_WITHOUT_TWIN),
    "optimizer": (OPTIMIZERS, OPTIMIZERS_WITHOUT_TWIN),
    "schedule": (SCHEDULES, SCHEDULES_WITHOUT_TWIN),
    "stop_rule": ((), STOP_RULES_WITHOUT_TWIN),
    "initializer": (INITIALIZERS, INITIALIZERS_WITHOUT_TWIN),
    "metric": ((), METRICS_WITHOUT_TWIN),
}
"""By kind: the names with a twin, and the names of parts that PyTorch has not, with the reason."""

# ------------------------------------------------------------------ the network


class Twin:
    """A network in PyTorch that starts with copies of our parameters.

    After `forward`, `values` has the output of every node and `z` the sums of the output layer.
    """

    def __init__(self, network: Network, parameters: Any) -> None:
        self.network = network
        views = network.layout.views(parameters)
        self.weights: Weights = {
            entry.name: torch.tensor(views[entry.name], requires_grad=entry.trainable)
            for entry in network.layout.entries
        }
        self.values: dict[str, Tensor] = {}
        self.z: Tensor = None

    @property
    def trainable(self) -> list[Tensor]:
        """The weights that an optimizer moves, in our order."""
        return [values for values in self.weights.values() if values.requires_grad]

    def forward(self, x: Tensor, training: bool = False) -> Tensor:
        """The output for inputs of shape (samples, …)."""
        graph = self.network.graph
        self.values = {self.network.input_id: x}
        for node in self.network.shapes.outputs:
            if node != self.network.input_id:
                inputs = [self.values[source] for source in graph.sources(node)]
                self.values[node] = self._output(node, graph.layer(node), inputs, training)
        return self.values[self.network.output_id]

    def _output(self, node: str, layer: Layer, inputs: list[Tensor], training: bool) -> Tensor:
        own = {entry.parameter: self.weights[entry.name] for entry in self.network.layout.of(node)}
        z = LAYERS[layer.name](layer, own, inputs, training)
        self.z = z if layer.role == "output" else self.z
        activation: Any = getattr(layer, "activation", None)
        return z if activation is None else ACTIVATIONS[activation.name](activation, z)

    def loss(self, x: Tensor, y: Tensor, loss: Loss, training: bool = False) -> Tensor:
        """The loss, from the sums where PyTorch wants them, else from the outputs."""
        output = self.forward(x, training)
        of_z = loss.fuses(self.network.graph.layer(self.network.output_id))
        return LOSSES[loss.name][1](loss, self.z if of_z else output, y)


def torch_optimizer(optimizer: Optimizer, twin: Twin) -> Any:
    """PyTorch's optimizer with the same settings."""
    return OPTIMIZERS[optimizer.name](optimizer, twin.trainable)
