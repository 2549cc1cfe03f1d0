"""IDX files: MNIST and its relatives, sound and damaged."""

import gzip
import struct

import numpy as np
import pytest

from neuralbuilder.data.images.idx import IdxFiles, holds_idx, read_idx_images
from neuralbuilder.data.images.sources import dataset_at
from neuralbuilder.data.samples import ReadingCancelled
from neuralbuilder.data.splits import Split, split_indices, trained_count
from neuralbuilder.problems import UserError
from tests.image_files import idx_bytes, pixels, write_idx


def refused(path, **settings) -> UserError:
    with pytest.raises(UserError) as caught:
        IdxFiles(str(path), **settings).load()
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("packed", [False, True])
def test_images_and_labels_are_read_plain_and_packed(tmp_path, packed):
    samples = IdxFiles(str(write_idx(tmp_path, packed=packed))).load()
    assert samples.x.dtype == np.uint8
    np.testing.assert_array_equal(samples.x[:, 0], pixels(20))
    assert samples.class_names == tuple("0123456789")
    np.testing.assert_array_equal(samples.labels, np.arange(20) % 10)
    assert samples.test_from is None


@pytest.mark.parametrize(
    ("training", "test"),
    [
        ("train", "t10k"),
        ("train10k", "t10k"),
        ("train", "test"),
        ("emnist-train", "emnist-test"),
    ],
)
def test_the_test_file_beside_it_becomes_the_test_part(tmp_path, training, test):
    images = write_idx(tmp_path, training, 50)
    write_idx(tmp_path, test, 30, packed=True, seed=1)
    samples = IdxFiles(str(images)).load()
    assert samples.count == 80
    assert samples.test_from == 50
    np.testing.assert_array_equal(samples.x[50:, 0], pixels(30, seed=1))
    assert f"{test}-images-idx3-ubyte.gz" in samples.notes[0]
    train, validation, held = split_indices(samples, Split(0.2, 0.3))
    np.testing.assert_array_equal(held, np.arange(50, 80))
    assert len(validation) == 10
    assert len(train) == trained_count(samples, Split(0.2, 0.3)) == 40
    assert max(*train, *validation) < 50
    assert IdxFiles(str(images), pair=False).load().test_from is None


def test_a_file_for_the_test_alone_is_divided_as_usual(tmp_path):
    assert IdxFiles(str(write_idx(tmp_path, "t10k"))).load().test_from is None


def test_the_names_of_other_mirrors_are_known(tmp_path):
    images = write_idx(tmp_path)
    images.rename(tmp_path / "train-images.idx3-ubyte")
    (tmp_path / "train-labels-idx1-ubyte").rename(tmp_path / "train-labels.idx1-ubyte")
    assert IdxFiles(str(tmp_path / "train-images.idx3-ubyte")).load().count == 20


def test_other_names_need_the_labels_to_be_chosen(tmp_path):
    images = write_idx(tmp_path).rename(tmp_path / "pixels.idx")
    labels = (tmp_path / "train-labels-idx1-ubyte").rename(tmp_path / "answers.idx")
    error = refused(images)
    assert "does not tell the name" in error.message
    assert "Labels" in error.hint
    assert IdxFiles(str(images), labels=str(labels)).load().count == 20
    assert IdxFiles(str(images), labels="answers.idx").load().count == 20


def test_at_most_so_many_images_of_each_file(tmp_path):
    images = write_idx(tmp_path, packed=True)
    write_idx(tmp_path, "t10k", packed=True)
    dataset = IdxFiles(str(images), rows=12)
    assert dataset.expected().count == 24
    samples = dataset.load()
    assert samples.count == 24
    assert samples.test_from == 12
    np.testing.assert_array_equal(samples.labels[:12], np.arange(12) % 10)


def test_reading_tells_how_far_it_is_and_can_be_stopped(tmp_path):
    images = write_idx(tmp_path)
    told = []
    IdxFiles(str(images)).read(lambda share: told.append(share) is None)
    assert told[-1] == 1.0
    with pytest.raises(ReadingCancelled):
        IdxFiles(str(images)).read(lambda share: False)


def test_images_without_labels_are_new_inputs(tmp_path):
    np.testing.assert_array_equal(read_idx_images(write_idx(tmp_path))[:, 0], pixels(20))


def test_a_folder_with_idx_files_is_read_as_such(tmp_path):
    write_idx(tmp_path, "t10k")
    images = write_idx(tmp_path)
    assert dataset_at(tmp_path) == IdxFiles(str(images)) == dataset_at(images)


# ------------------------------------------------------------------ bad files


@pytest.mark.parametrize("packed", [False, True])
def test_cut_short_at_every_place(tmp_path, packed):
    images = write_idx(tmp_path, packed=packed)
    content = images.read_bytes()
    for length in range(3, len(content), 37):
        images.write_bytes(content[:length])
        error = refused(images)
        assert images.name in error.message
        assert "cut short" in error.message or "cannot be" in error.message
    images.write_bytes(b"")
    assert "is empty" in refused(images).message


def test_damaged_gzip(tmp_path):
    images = write_idx(tmp_path, packed=True)
    content = bytearray(images.read_bytes())
    content[-6] ^= 0xFF  # its checksum
    images.write_bytes(content)
    assert "is damaged" in refused(images).message
    content[40:60] = bytes(20)
    images.write_bytes(content)
    assert images.name in refused(images).message


def test_gzip_that_unpacks_to_more_than_it_says_is_not_unpacked(tmp_path):
    images = write_idx(tmp_path, packed=True)
    images.write_bytes(gzip.compress(idx_bytes(pixels(20)) + bytes(10_000_000)))
    assert "more than it says" in refused(images).message


def test_gzip_bomb_that_says_how_large_it_is(tmp_path):
    images = write_idx(tmp_path, packed=True)
    header = bytes((0, 0, 8, 3)) + struct.pack(">III", 50_000, 500, 500)
    images.write_bytes(gzip.compress(header + bytes(1000)))
    assert "12,500,000,000 bytes" in refused(images).message


def test_more_than_the_limit_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("neuralbuilder.data.images.labelled.MAXIMUM_BYTES", 300)
    images = write_idx(tmp_path)
    images.write_bytes(images.read_bytes()[:30])
    assert "20 images of 4×5" in refused(images).message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "89 50 4e 47"),
        (bytes((0, 1, 8, 3)) + bytes(100), "is not an IDX file"),
        (bytes((0, 0, 7, 3)) + bytes(100), "is not an IDX file"),
        (idx_bytes(pixels(20), code=0x0D), "fractions (type code 0x0D)"),
        (idx_bytes(np.zeros((4, 5), np.uint8)), "shape 4×5"),
        (idx_bytes(np.zeros((4, 0, 5), np.uint8)), "shape 4×0×5"),
    ],
)
def test_wrong_beginnings(tmp_path, content, expected):
    images = write_idx(tmp_path)
    images.write_bytes(content)
    error = refused(images)
    assert expected in error.message
    assert images.name in error.message


def test_labels_where_images_are_expected_and_the_other_way_round(tmp_path):
    images = write_idx(tmp_path)
    labels = tmp_path / "train-labels-idx1-ubyte"
    assert "holds labels, not images" in refused(labels).message
    assert "holds images, not labels" in refused(images, labels=str(images)).message


def test_different_numbers_of_images_and_labels(tmp_path):
    images = write_idx(tmp_path)
    images.write_bytes(idx_bytes(pixels(19)))
    message = refused(images).message
    assert "19 images" in message
    assert "20 labels" in message


def test_labels_that_are_not_there(tmp_path):
    images = write_idx(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    assert "train-labels-idx1-ubyte, is not beside it" in refused(images).message


def test_one_class_only(tmp_path):
    images = write_idx(tmp_path)
    labels = idx_bytes(np.full(20, 7, np.uint8))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(labels)
    assert "one class only, '7'," in refused(images).message


def test_a_test_file_of_another_size(tmp_path):
    images = write_idx(tmp_path)
    write_idx(tmp_path, "t10k").write_bytes(idx_bytes(pixels(20, 6, 6)))
    error = refused(images)
    assert "6×6, not of 4×5" in error.message
    assert "off" in error.hint
    assert IdxFiles(str(images), pair=False).load().count == 20


def test_files_that_are_gone(tmp_path):
    assert "is not there" in refused(tmp_path / "train-images-idx3-ubyte").message
    assert "No file is chosen" in refused("").message
    assert "is not a file" in refused(tmp_path).message


def test_what_is_packed_is_told_by_its_beginning_where_the_name_does_not(tmp_path):
    packed = {"images.gz": idx_bytes(pixels(2)), "table.csv.gz": b"a,b\n1,2\n", "x-ubyte.gz": b"?"}
    for name, content in packed.items():
        (tmp_path / name).write_bytes(gzip.compress(content))
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8b what")
    found = [name for name in (*packed, "broken.gz", "none.gz") if holds_idx(tmp_path / name)]
    assert found == ["images.gz", "x-ubyte.gz"]
