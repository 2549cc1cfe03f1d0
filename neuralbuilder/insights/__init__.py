"""Figures computed beside the network, as values that a user interface can paint.

Importing this package registers all insights, in the order in which menus show them.
"""

# isort: off
from neuralbuilder.insights.loss import Accuracy as Accuracy
from neuralbuilder.insights.loss import LearningRate as LearningRate
from neuralbuilder.insights.loss import LossCurve as LossCurve
from neuralbuilder.insights.loss import MetricCurve as MetricCurve
from neuralbuilder.insights.histograms import ActivationHistograms as ActivationHistograms
from neuralbuilder.insights.histograms import WeightHistograms as WeightHistograms
from neuralbuilder.insights.confusion import ClassAccuracy as ClassAccuracy
from neuralbuilder.insights.confusion import ConfusionMatrix as ConfusionMatrix
from neuralbuilder.insights.gallery import Gallery as Gallery
from neuralbuilder.insights.predictions import Predictions as Predictions
from neuralbuilder.insights.measures import Measures as Measures
from neuralbuilder.insights.threshold import Threshold as Threshold
from neuralbuilder.insights.ranking import RocCurve as RocCurve
from neuralbuilder.insights.ranking import PrecisionRecall as PrecisionRecall
from neuralbuilder.insights.calibration import CalibrationCurve as CalibrationCurve
from neuralbuilder.insights.residuals import Residuals as Residuals
from neuralbuilder.insights.inputs import InputImportance as InputImportance
from neuralbuilder.insights.inputs import PartialDependence as PartialDependence
from neuralbuilder.insights.kernels import Kernels as Kernels
from neuralbuilder.insights.kernels import KernelGradients as KernelGradients
from neuralbuilder.insights.gradients import GradientSizes as GradientSizes
from neuralbuilder.insights.softmax import SoftmaxArithmetic as SoftmaxArithmetic
from neuralbuilder.insights.statistics import LayerStatistics as LayerStatistics
from neuralbuilder.insights.activation_curve import ActivationCurve as ActivationCurve
from neuralbuilder.insights.neuron import NeuronArithmetic as NeuronArithmetic
from neuralbuilder.insights.canvas import NetworkView as NetworkView
from neuralbuilder.insights.backward_view import BackwardView as BackwardView
from neuralbuilder.insights.cells import CellArithmetic as CellArithmetic
from neuralbuilder.insights.feature_map import FeatureMap as FeatureMap
from neuralbuilder.insights.next_wrong import NextWrong as NextWrong
