"""The handwritten digits that come with the program."""

import numpy as np

from neuralbuilder.assets import resource
from neuralbuilder.data.images.mnist import Mnist
from neuralbuilder.data.splits import Split, split_indices
from neuralbuilder.project.examples import image_example
from neuralbuilder.project.files import Document, from_bytes, to_bytes

# So many images of each digit are in the whole of MNIST.
TRAINING = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_each_digit_has_the_share_that_it_has_in_the_whole():
    samples = Mnist().load()
    assert samples.x.shape == (10_000, 1, 28, 28)
    assert samples.x.dtype == np.uint8
    assert samples.test_from == 8000
    assert samples.class_names == tuple("0123456789")
    for rows, whole in ((slice(0, 8000), TRAINING), (slice(8000, None), TEST)):
        counts = samples.y[rows].sum(axis=0)
        shares = np.array(whole) / sum(whole)
        assert np.abs(counts - shares * counts.sum()).max() < 1


def test_no_image_is_there_twice_and_digits_look_like_those_of_mnist():
    x = Mnist().load().x
    assert len({image.tobytes() for image in x}) == len(x)
    # White on black; the means are those that are stated for the whole: 0.1307 and 0.3081.
    assert abs(x.mean() / 255 - 0.1307) < 0.003
    assert abs(x.std() / 255 - 0.3081) < 0.003


def test_the_given_test_part_is_the_test_part():
    samples = Mnist().load()
    train, validation, test = split_indices(samples, Split())
    assert test.tolist() == list(range(8000, 10_000))
    assert len(train) + len(validation) == 8000


def test_they_are_small_and_do_not_travel_with_a_project():
    folder = resource("data", "mnist")
    assert sum(file.stat().st_size for file in folder.iterdir()) < 1_700_000
    samples = Mnist().load()
    content = to_bytes(Document(image_example(), samples=samples))
    assert len(content) < 5000 + 4 * samples.count, "only which of them are in which part"
    assert from_bytes(content).project.plan.dataset == Mnist()
