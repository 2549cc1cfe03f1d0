"""How long a training step takes here, beside PyTorch and scikit-learn.

All candidates train the same network on the same data with the same mini-batches, in float32, with
the same number of threads, update included. They are measured in turns within one run, so that what
slows the machine down slows all of them down; only the ratios can be compared between machines.
"""

from neuralbuilder.benchmark.cases import CASES as CASES
from neuralbuilder.benchmark.cases import Case as Case
from neuralbuilder.benchmark.machine import is_quiet as is_quiet
from neuralbuilder.benchmark.measurement import LIBRARIES as LIBRARIES
from neuralbuilder.benchmark.measurement import OURS as OURS
from neuralbuilder.benchmark.measurement import Settings as Settings
from neuralbuilder.benchmark.measurement import installed as installed
from neuralbuilder.benchmark.measurement import measure as measure
from neuralbuilder.benchmark.measurement import stages as stages
from neuralbuilder.benchmark.measurement import verdict as verdict
