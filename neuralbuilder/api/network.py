"""A network as an object: fit, predict, look inside, save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neuralbuilder.api.arguments import (
    chosen_class_weights,
    chosen_epochs,
    chosen_loss,
    chosen_optimizer,
    chosen_or,
    chosen_sample_weights,
    chosen_schedule,
    chosen_stop_rule,
    usual_loss,
)
from neuralbuilder.api.arrays import Array, group_numbers
from neuralbuilder.api.reading import DataReader, as_value_error
from neuralbuilder.data.class_weights import ClassWeights, sample_weights
from neuralbuilder.data.images.archive import NumpyArchive
from neuralbuilder.data.images.augmentation import Augmentation
from neuralbuilder.data.preprocessing import NoPreprocessing, Prepared, Preprocessing, prepare
from neuralbuilder.data.samples import FileDataset, Samples
from neuralbuilder.data.splits import Split
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.data.tasks import TASKS_BY_WORD
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.losses import (
    Loss,
)
from neuralbuilder.engine.network import Network as Engine
from neuralbuilder.engine.optimizers import Optimizer
from neuralbuilder.engine.schedules import Schedule
from neuralbuilder.engine.statistics import fit_layers
from neuralbuilder.engine.stopping import StopRule
from neuralbuilder.insights.influence import dependence
from neuralbuilder.parts import changed
from neuralbuilder.problems import UserError
from neuralbuilder.project import files
from neuralbuilder.project.checks import check
from neuralbuilder.project.edits import change_plan, set_design
from neuralbuilder.project.files import Document
from neuralbuilder.project.model import Plan, Project, State
from neuralbuilder.project.state import without_course
from neuralbuilder.project.text import print_design
from neuralbuilder.project.usual_plan import usual_settings
from neuralbuilder.training.cross_validation import CrossValidation, cross_validate
from neuralbuilder.training.environment import one_thread
from neuralbuilder.training.judging import EVERYTHING, Judge
from neuralbuilder.training.messages import Load
from neuralbuilder.training.trainer import Trainer

DATA_FROM_PYTHON = "data given in Python"


class Network:
    """A network designed in one line, such as ``Network("4 -> 3 tanh -> 2", seed=0)``.

    A network that begins with ``28x28`` or ``3x32x32`` reads images: arrays of shape (samples,
    channels, height, width) wherever inputs are spoken of below.
    The design is the text form: input space, hidden layers, output, separated by ``->``. Equal
    designs and seeds give equal initial weights. Layers are called ``hidden_1``, ``hidden_2`` …
    and ``output``. Raises `ValueError` with the column for a text that is no network.
    """

    def __init__(self, design: str, *, seed: int = 0, precision: str = "float32") -> None:
        with as_value_error():
            plan = Plan(
                seed=seed,
                precision=precision,
                preprocessing=NoPreprocessing(),
                scale_targets=False,
                split=Split(0.0, 0.0),
            )
            project = set_design(Project(plan=plan), design)
            output = project.graph().layer("output")
            project = change_plan(project, loss=usual_loss(output))
            self._adopt(Document(project))
        self._is_loaded = False

    def _adopt(self, document: Document) -> None:
        for problem in check(document.project):
            if problem.severity == "error":
                place = f"{problem.node}: " if problem.node else ""
                raise UserError(f"{place}{problem.message}", problem.hint)
        self._project = document.project
        self._engine = Engine(self._project.graph(), self._project.plan.precision)
        self._samples = document.samples
        self._notices = document.notices
        self._state = document.state
        self._stopped = ""
        self._notes: tuple[str, ...] = ()
        initial = self._engine.initial(self._project.plan.seed)
        if self._state is not None:
            initial[...] = self._state.parameters
        self._flat = initial

    # ------------------------------------------------------------ what it is

    @property
    def design(self) -> str:
        """The network in its text form."""
        return print_design(self._project)

    @property
    def parameters(self) -> dict[str, Array]:
        """All weights by name: ``hidden_1/W`` (inputs, outputs), ``hidden_1/b`` (outputs,).

        The arrays are the network's own memory: writing into them changes what it computes.
        """
        return dict(self._engine.layout.views(self._flat))

    @property
    def history(self) -> dict[str, Array]:
        """The curves of training so far: arrays (points, 2) of step and value.

        They are called after what is measured and of which part of the data: ``loss/train``,
        ``accuracy/validation``, ``top-5 accuracy/train`` (from 10 classes on), and for numbers
        ``R2/train`` and ``mean absolute error/validation``. They are measured with the weights of
        that step, without dropout and noise, on as many samples as ``samples/train`` says, which at
        the end of a `fit` are all. ``loss/mini-batches`` is the mean loss of the mini-batches on
        the way from point to point.
        """
        return {} if self._state is None else {k: np.array(v) for k, v in self._state.log.items()}

    @property
    def notices(self) -> tuple[str, ...]:
        """What was odd about the file that the network was loaded from, a sentence each."""
        return self._notices

    @property
    def stopped(self) -> str:
        """Why the last `fit` ended early, as a sentence; empty where it trained all its epochs."""
        return self._stopped

    @property
    def notes(self) -> tuple[str, ...]:
        """What the last `fit` noticed about data and settings, as sentences: inputs and targets
        that never change, layers that learn nothing, mini-batches that cannot be filled, a
        validation loss that rises. After `predict` of a DataFrame: columns that were passed over
        or stood in another order, unknown words, missing values and what took their place.
        """
        return self._notes

    def __repr__(self) -> str:
        return f"Network({self.design!r})"

    # ------------------------------------------------------------ what it does

    def fit(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        epochs: int | None = None,
        batch_size: int = 32,
        optimizer: str | Optimizer | None = None,
        learning_rate: float | None = None,
        loss: str | Loss | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        validation: float = 0.0,
        schedule: str | Schedule | None = None,
        early_stopping: int | StopRule | None = None,
        clip_norm: float = 0.0,
        clip_value: float = 0.0,
        scaling: str | Preprocessing | None = None,
        augmentation: str | Augmentation | None = None,
        task: str = "auto",
        class_weights: str | ClassWeights | Mapping[int, float] | ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        restore_best: bool = False,
    ) -> Network:
        """Train on inputs `x` (samples, inputs) and targets `y`; returns the network itself.

        Images are (samples, channels, height, width), or (samples, height, width) where they are
        grey; bytes stay bytes, which saves memory. There must be at least two samples.

        `x` may be a DataFrame of pandas. It is read as a table is in the window: words become
        inputs of 0 and 1, dates become days, and missing values are filled in. `predict`, also of
        a network that was saved and loaded, then finds the columns of a DataFrame by their names.

        `y` is (samples, outputs), or (samples,) for a single output. A classifier also takes class
        numbers 0, 1, 2 …, or as many other numbers or words as it has classes, of shape (samples,).
        What the targets are follows from the output: a softmax tells classes apart, sigmoids with
        targets of 0 and 1 answer yes or no, other outputs give quantities; `task` ("classes",
        "yes/no", "quantities") says otherwise. `optimizer` is "sgd", "momentum", "adam", "lbfgs" …
        or a part with settings of its own; "rprop" and "lbfgs" use all samples in every step. It is
        Adam unless you say otherwise, and training takes 100 epochs.
        `loss` is "mse", "binary_cross_entropy", "categorical_cross_entropy" or None for the one
        that suits the output. `validation` is the share of the samples that is only watched, see
        `history`. `schedule` is "cosine", "step", "plateau" … or a part. `early_stopping` is for
        how many epochs to go on without a better validation loss (training loss where there is no
        validation part); then the best weights are back, and `stopped` says so. `clip_norm` and
        `clip_value` limit the gradient, 0 means no limit.

        `class_weights` say how much samples of each class count in the loss: "balanced" for
        n / (k·n_c), so that all classes count alike, one number per class, or numbers by class
        such as ``{1: 5.0}``. `sample_weight` (samples,) does so for each sample. The loss is the
        weighted mean, so only the ratios of weights matter.

        `restore_best` brings the weights with the best validation loss back at the end; there must
        be a `validation` part.

        Numbers are taken as they are. Images begin as in the window: their pixels are scaled to
        0 … 1, here and in `predict`, and Adam's rate is smaller; classified ones of at least 16×16
        are also shifted by up to a pixel in training, there are 20 to 100 epochs, fewer the more
        images there are, and the rate falls over so many. `scaling` ("none", "standardise" …),
        `augmentation` ("none", "light"), `schedule`, `learning_rate` and `epochs` say otherwise.

        Calling it again goes on where it stopped: two calls with 10 epochs are one with 20, and so
        are 20 calls with one. The rate of images therefore falls along one curve that begins with
        the initial weights, whatever `epochs` says; it ends later only where training does. To let
        it fall to the end of a shorter training, give ``schedule=nb.schedules.Cosine(epochs=5)``.
        Raises `ValueError` for data that do not fit and `FloatingPointError` when the
        weights grow beyond all bounds; the last good weights are then kept. What may be wrong with
        data or settings without being in the way stands in `notes`.
        """
        with as_value_error():
            if restore_best and not validation:
                raise ValueError("restore_best chooses by a validation part; set validation.")
            loss = chosen_loss(loss, self._project.plan.loss, self._output)
            found = self._reader.frame_to_learn(x) if self._reader.is_frame(x) else None
            samples = self._reader.samples(x, y, loss, found, task=task)
            weights = chosen_sample_weights(sample_weight, samples.count)
            samples = samples if weights is None else replace(samples, weights=weights)
            usual = usual_settings(samples)
            epochs = chosen_epochs(epochs, usual["epochs"])
            done = 0 if self._state is None else self._state.epoch
            plan = changed(
                self._project.plan,
                batch_size=batch_size,
                task=TASKS_BY_WORD[task],
                optimizer=chosen_optimizer(optimizer, learning_rate, usual["optimizer"]),
                loss=loss,
                l1=l1,
                l2=l2,
                split=Split(validation, 0.0, seed=self._project.plan.seed, least=0),
                schedule=chosen_schedule(schedule, usual["schedule"], done + epochs),
                stop_rule=chosen_stop_rule(early_stopping),
                clip_norm=clip_norm,
                clip_value=clip_value,
                preprocessing=chosen_or("preprocessing", scaling, self._usual_scaling(samples)),
                augmentation=chosen_or("augmentation", augmentation, usual["augmentation"]),
                class_weights=chosen_class_weights(class_weights, max(2, samples.y.shape[1])),
            )
            prepared = self._prepared(samples, plan)
        self._forget_course(samples, plan)
        self._samples, self._project = samples, replace(self._project, plan=plan)
        self._stopped = ""
        problems = [p for p in check(self._project, samples) if not p.confirms]
        self._notes = (*prepared.notes, *map(str, problems))
        if epochs:
            self._train(prepared, epochs, restore_best)
        return self

    def _usual_scaling(self, samples: Samples) -> Preprocessing:
        """The scaling there is, or for images that nothing is known of yet the one of images."""
        present: Preprocessing = self._project.plan.preprocessing
        if self._is_loaded or self._state is not None or not samples.is_images:
            return present
        suited: Preprocessing = usual_settings(samples)["preprocessing"]
        return suited

    def _train(self, prepared: Prepared, epochs: int, restores_best: bool) -> None:
        trainer = Trainer()
        with as_value_error(), one_thread():
            state = self._now() if self._state is not None else self._measured(prepared)
            project = self._project
            trainer.load(
                Load(0, project.graph(), project.plan, prepared, state, names=project.names)
            )
            stopped = trainer.run(epochs=epochs)
            if restores_best:
                trainer.take_best()
        self._state = trainer.state()
        self._notes += tuple(map(str, trainer.symptoms(self._project.names)))
        self._flat[...] = self._state.parameters
        self._stopped = stopped.message
        if stopped.problem is not None:
            raise FloatingPointError(str(stopped.problem))

    def _forget_course(self, samples: Samples, plan: Plan) -> None:
        """Losses of other data, or of another kind, say nothing about those to come."""
        before, old = self._samples, self._project.plan
        same = (
            before is not None
            and np.array_equal(before.x, samples.x, equal_nan=True)
            and np.array_equal(before.y, samples.y)
            and np.array_equal(before.weights, samples.weights)  # type: ignore[arg-type]
            and (old.objective, old.split) == (plan.objective, plan.split)
            and type(old.schedule) is type(plan.schedule)
            and type(old.stop_rule) is type(plan.stop_rule)
        )
        if self._state is not None and not same:
            self._state = without_course(self._state)

    def cross_validate(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        folds: int = 5,
        groups: ArrayLike | None = None,
        jobs: int | None = None,
        **settings: Any,
    ) -> CrossValidation:
        """Train networks of this design on some of the samples and test them on the others.

        The samples are divided into `folds`; each of them is tested once, by a network that starts
        from the initial weights and learns from all others. Classes are in every fold in
        proportion. `groups` (samples,) has equal values for samples that belong together, such as
        those of one patient: they are learnt from together or tested together. `settings` are
        those of `fit`, such as ``epochs=50``. `jobs` folds are trained at the same time, as many as
        there are cores by default.

        The result has the measures of each fold, ``result.folds[0].measures["accuracy"]``, their
        ``result.mean["accuracy"]`` and ``result.deviation["accuracy"]``. The network itself stays
        as it is. Raises `ValueError` for data that do not fit, or are too few for the folds.
        """
        planned = _Planned.of(self).fit(x, y, **settings)
        assert planned._samples is not None
        samples = planned._samples
        with as_value_error():
            if groups is not None:
                samples = replace(samples, groups=group_numbers(groups, samples.count))
            return cross_validate(planned._project, samples, folds, planned.epochs, jobs)

    def predict(self, x: ArrayLike) -> Array:
        """The outputs for inputs (samples, inputs), as (samples, outputs).

        For a softmax these are probabilities; ``predict(x).argmax(axis=1)`` is the class. A network
        that has learnt from a DataFrame finds the columns of another one by name, whatever their
        order, and says in `notes` what it did. Raises `ValueError` for inputs that do not fit, such
        as a DataFrame without one of the columns, and where outputs are infinite or not a number.
        """
        if self._reader.reads_by_name(x):
            found = self._reader.frame_inputs(x)
            inputs, self._notes = found.x, found.notes
        else:
            inputs = self._reader.array_inputs(x)
        scaling = self._scaling
        with np.errstate(all="ignore"), one_thread():
            if scaling is not None:
                inputs = scaling.inputs(inputs)
            outputs = self._engine.forward(self._flat, inputs.astype(self._engine.dtype))
            if scaling is not None:
                outputs = scaling.original_targets(outputs)
            outputs = np.asarray(outputs, self._engine.dtype)
        bad = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
        if len(bad):
            raise ValueError(
                f"The outputs are infinite or not a number, first for row {bad[0]} of x. Inputs or "
                "weights are too large to be computed with: rescale the inputs, or train anew."
            )
        return outputs

    def evaluate(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        loss: str | Loss | None = None,
        threshold: float = 0.5,
    ) -> dict[str, Any]:
        """The loss and all measures of the answers to inputs `x` beside targets `y`, by name.

        They are those of ``neuralbuilder evaluate --json``: of classes ``accuracy``, ``balanced
        accuracy``, ``macro F1``, ``macro ROC AUC`` and, under ``classes``, ``precision``,
        ``recall``, ``F1`` and ``support`` of each, with the ``confusion`` counts (right class,
        given class); of numbers ``R2``, ``mean absolute error`` and ``root mean squared error``, in
        the units of `y`. Of two classes the second one is given from the `threshold` on, and
        ``precision``, ``recall``, ``F1`` and ``ROC AUC`` are about it. What has no meaning, such
        as the recall of a class without samples, is NaN. Raises `ValueError` as
        `loss_and_gradients` does, and where outputs are no finite numbers.
        """
        if not 0 <= threshold <= 1:
            raise ValueError(f"threshold must be a number from 0 to 1, not {threshold!r}.")
        with as_value_error(), one_thread():
            facts = self._judge(x, y, loss).judge(EVERYTHING, threshold).facts()
        return {name: value for name, value in facts.items() if name != "part"}

    def importance(self, x: ArrayLike, y: ArrayLike) -> dict[str, float]:
        """How much each input is needed, the most important one first: by how much the accuracy,
        or R² of numbers, falls when its values are shuffled among the rows of `x`.

        This is permutation importance, over five ways of shuffling. Of more than 2000 rows so
        many, evenly spread, are taken. Raises `ValueError` for images.
        """
        with as_value_error(), one_thread():
            found = self._judge(x, y, None).importance(EVERYTHING)
        return {column["name"]: column["lost"] for column in found["columns"]}

    def partial_dependence(
        self, x: ArrayLike, column: int, *, points: int = 40
    ) -> tuple[Array, Array]:
        """The mean outputs over the rows of `x`, if one input had the same value in all of them.

        Returns up to `points` values of the input in this `column`, counted from 0, between its
        5 % and its 95 % quantile, and the mean outputs (outputs, values). Raises `ValueError` for
        images, and for a column that there is not.
        """
        inputs = self._reader.inputs(x)
        if self._scaling is not None:
            inputs = self._scaling.filled(inputs)
        if inputs.ndim != 2:
            raise ValueError("These inputs are images; this is about the columns of a table.")
        if type(column) is not int or not 0 <= column < inputs.shape[1]:
            last = inputs.shape[1] - 1
            raise ValueError(f"column must be a whole number from 0 to {last}, not {column!r}.")
        if type(points) is not int or points < 2:
            raise ValueError(f"points must be a whole number of at least 2, not {points!r}.")
        if not len(inputs):
            raise ValueError("x has no rows; give at least one.")
        found = dependence(self.predict, inputs, column, points)
        return found.values, found.outputs

    def loss_and_gradients(
        self, x: ArrayLike, y: ArrayLike, *, loss: str | Loss | None = None
    ) -> tuple[float, dict[str, Array]]:
        """The loss over all samples, and its gradient with respect to every array of `parameters`.

        Both are those of prediction, not of a training step: dropout and noise are off, and batch
        normalisation uses its running statistics. Statistics are measured and not learnt, so they
        have the gradient 0.

        A network that has learnt from images, or in the window, may scale its data; the loss is
        then the one that training sees. Class weights of the last `fit` count here, too.
        """
        with as_value_error():
            plan, data = self._to_measure(x, y, loss)
            with one_thread():
                weights = sample_weights(plan.class_weights, data)
                value, flat = self._engine.loss_and_gradients(
                    self._flat, data.x, data.y, plan.loss, plan.l1, plan.l2, weights
                )
        return value, dict(self._engine.layout.views(flat))

    def save(self, path: str | Path) -> None:
        """Write a ``.nbnet`` file, which the window, the command line and `load` open.

        The data of the last `fit` go along while they are small.
        """
        project = self._project
        samples = self._samples
        if samples is not None and not isinstance(project.plan.dataset, FileDataset):
            source: FileDataset = (
                NumpyArchive(DATA_FROM_PYTHON)
                if samples.is_images
                else CsvTable(DATA_FROM_PYTHON, inputs=_columns_of(samples))
            )
            project = change_plan(project, dataset=source)
        with as_value_error():
            files.save(path, Document(project, self._now(), self._samples))

    # ------------------------------------------------------------ between arrays and engine

    @property
    def _output(self) -> Layer:
        return self._engine.graph.layer(self._engine.output_id)

    @property
    def _scaling(self) -> Any:
        return None if self._state is None else self._state.scaling

    def _now(self) -> State:
        """The state with the weights as they are, which may have been written by hand."""
        flat = self._flat.copy()
        flat.flags.writeable = False
        return State(flat) if self._state is None else replace(self._state, parameters=flat)

    def _to_measure(
        self, x: ArrayLike, y: ArrayLike, loss: str | Loss | None
    ) -> tuple[Plan, Prepared]:
        """All samples as data ready to be measured, and the plan with the loss that is asked for;
        raises `UserError` and `ValueError` for what does not fit.
        """
        plan = changed(
            self._project.plan,
            loss=chosen_loss(loss, self._project.plan.loss, self._output),
            split=Split(0.0, 0.0),
        )
        word = next(word for word, task in TASKS_BY_WORD.items() if task == plan.task)
        samples = self._reader.samples(x, y, plan.loss, at_least=1, task=word)
        return plan, self._prepared(samples, plan)

    def _judge(self, x: ArrayLike, y: ArrayLike, loss: str | Loss | None) -> Judge:
        plan, data = self._to_measure(x, y, loss)
        return Judge(self._engine, self._flat, data, plan.loss, plan.class_weights)

    def _measured(self, prepared: Prepared) -> State:
        """The state before the first step, with what layers measure in the training part."""
        flat = self._flat.copy()
        fit_layers(self._engine, flat, prepared.train_x)
        flat.flags.writeable = False
        return State(flat)

    def _prepared(self, samples: Samples, plan: Plan) -> Prepared:
        outputs = self._engine.output_shape[0]
        return prepare(
            samples,
            plan.split,
            plan.preprocessing,
            plan.scale_targets,
            outputs,
            plan.precision,
            self._scaling if plan.preprocessing == self._project.plan.preprocessing else None,
        )

    @property
    def _reader(self) -> DataReader:
        """What arrays and frames mean to the network as it is now."""
        fill = None if self._scaling is None else self._scaling.input_fill
        return DataReader(self._engine.input_shape, self._output, self._samples, fill)


class _Planned(Network):
    """A network that `fit` leaves untrained: it only says what would be trained, and how."""

    epochs = 0

    @classmethod
    def of(cls, network: Network) -> _Planned:
        """The same design with the same settings, and fresh weights."""
        planned = cls.__new__(cls)
        planned._adopt(Document(network._project, samples=network._samples))
        # What is known of a network that has learnt holds for it, however fresh its weights are.
        planned._is_loaded = network._is_loaded or network._state is not None
        return planned

    def fit(self, x: ArrayLike, y: ArrayLike, **settings: Any) -> _Planned:
        """Take over data and settings."""
        super().fit(x, y, **settings)
        return self

    def _train(self, prepared: Prepared, epochs: int, restores_best: bool) -> None:
        self.epochs = epochs


def load(path: str | Path) -> Network:
    """The network in a ``.nbnet`` file, with its weights, ready to predict or to be trained on.

    Raises `ValueError` that says what is wrong with the file, also where its weights are not
    finite numbers. What else is odd about it is in `Network.notices`, for example that weights did
    not fit and the network is untrained.
    """
    with as_value_error():
        document = files.load(path)
        if document.state is not None and not np.isfinite(document.state.parameters).all():
            raise UserError(
                f"{path}: {' '.join(document.notices)}",
                "On the command line: neuralbuilder train FILE --seed 0.",
            )
        network = Network.__new__(Network)
        network._adopt(document)
        network._is_loaded = True
    return network


def _columns_of(samples: Samples) -> tuple[str, ...]:
    """The columns that make the inputs."""
    return samples.input_names if samples.encoding is None else samples.encoding.sources
