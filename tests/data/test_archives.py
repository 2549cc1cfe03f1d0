"""NumPy archives with x and y, sound and hostile."""

import zipfile
from io import BytesIO

import numpy as np
import pytest

from neuralbuilder.data.images.archive import NumpyArchive, labels_beside, read_archive_inputs
from neuralbuilder.data.images.sources import dataset_at
from neuralbuilder.data.samples import ReadingCancelled
from neuralbuilder.problems import UserError
from tests.image_files import pixels

LABELS = np.arange(20) % 3


def write(folder, name="data.npz", **arrays) -> NumpyArchive:
    np.savez_compressed(folder / name, **arrays)
    return NumpyArchive(str(folder / name))


def refused(dataset) -> UserError:
    with pytest.raises(UserError) as caught:
        dataset.load()
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("x", "shape", "kind"),
    [
        (pixels(20), (20, 1, 4, 5), np.uint8),
        (pixels(20).astype(np.int64), (20, 1, 4, 5), np.uint8),
        (pixels(20) / np.float32(255), (20, 1, 4, 5), np.float64),
        (pixels(20).reshape(20, 1, 4, 5), (20, 1, 4, 5), np.uint8),
        (np.stack([pixels(20)] * 3, axis=3), (20, 3, 4, 5), np.uint8),
        (np.stack([pixels(20)] * 3, axis=1), (20, 3, 4, 5), np.uint8),
        (pixels(20).reshape(20, 20), (20, 20), np.float64),
        (np.asfortranarray(pixels(20)), (20, 1, 4, 5), np.uint8),
        (pixels(20).astype(">i2"), (20, 1, 4, 5), np.uint8),
        (pixels(20).astype(int) - 100, (20, 1, 4, 5), np.float64),
    ],
)
def test_images_and_rows(tmp_path, x, shape, kind):
    dataset = write(tmp_path, x=x, y=LABELS)
    samples = dataset.load()
    assert samples.x.shape == shape
    assert samples.x.dtype == kind
    assert len(samples.input_names) == shape[1]
    plain = np.moveaxis(x, 3, 1) if x.ndim == 4 and x.shape[3] == 3 else x
    np.testing.assert_array_equal(samples.x.ravel(), plain.ravel())
    expected = dataset.expected()
    assert (expected.count, expected.shape) == (20, shape[1:])
    np.testing.assert_array_equal(read_archive_inputs(dataset.path), samples.x)


@pytest.mark.parametrize(
    ("y", "task", "names"),
    [
        (LABELS, "classification", ("0", "1", "2")),
        (LABELS[:, None].astype(np.uint8), "classification", ("0", "1", "2")),
        (np.array(["cat", "dog"] * 10), "classification", ("cat", "dog")),
        (LABELS > 0, "classification", ("False", "True")),
        (np.eye(3)[LABELS], "classification", ("0", "1", "2")),
        (LABELS / 7, "regression", ("y",)),
        (np.stack([LABELS, LABELS + 1], axis=1), "regression", ("y1", "y2")),
        (np.stack([LABELS > 0, LABELS > 1], axis=1), "yes/no", ("y1", "y2")),
    ],
)
def test_targets(tmp_path, y, task, names):
    samples = write(tmp_path, x=pixels(20), y=y).load()
    assert samples.task == task
    assert samples.target_names == names
    assert samples.y.shape == (20, len(names))


def test_arrays_that_bring_their_test_part(tmp_path):
    dataset = write(
        tmp_path, x_train=pixels(20), y_train=LABELS, x_test=pixels(8), y_test=LABELS[:8]
    )
    samples = dataset.load()
    assert (samples.count, samples.test_from) == (28, 20)
    assert dataset.expected().count == 28
    fewer = NumpyArchive(dataset.path, rows=5).load()
    assert (fewer.count, fewer.test_from) == (10, 5)
    np.testing.assert_array_equal(fewer.x[5:, 0], pixels(8)[:5])


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [
        ("X", "y"), ("X", "Y"), ("images", "labels"), ("Images", "LABELS"), ("data", "target"),
        ("arr_0", "arr_1"), ("X_train", "y_train"), ("digit_images", "digit_labels"),
        ("features", "targets"), ("trainX", "trainY"),
    ],
)  # fmt: skip
def test_usual_names_in_any_case(tmp_path, inputs, targets):
    dataset = write(tmp_path, **{targets: LABELS, inputs: pixels(20)})
    samples = dataset.load()
    assert (samples.x.shape, samples.class_names) == ((20, 1, 4, 5), ("0", "1", "2"))
    assert samples.test_from is None
    assert dataset_at(dataset.path) == dataset
    np.testing.assert_array_equal(read_archive_inputs(dataset.path)[:, 0], pixels(20))


@pytest.mark.parametrize(
    "names",
    [
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("X_train", "Y_train", "X_test", "Y_test"),
        ("xtrain", "ytrain", "xtest", "ytest"),
    ],
)
def test_parts_by_usual_names(tmp_path, names):
    arrays = (pixels(20), LABELS, pixels(8, seed=1), LABELS[:8])
    samples = write(tmp_path, **dict(zip(names, arrays, strict=True))).load()
    assert (samples.count, samples.test_from) == (28, 20)
    assert samples.notes == (f"The test part is {names[2]} and {names[3]}.",)
    np.testing.assert_array_equal(samples.x[20:, 0], pixels(8, seed=1))


def test_a_validation_part_is_joined_to_the_training_part(tmp_path):
    parts = {
        f"{part}_{what}": array
        for part, count in (("train", 20), ("val", 5), ("test", 8))
        for what, array in (("images", pixels(count)), ("labels", LABELS[:count, None]))
    }
    samples = write(tmp_path, **parts).load()
    assert (samples.count, samples.test_from) == (33, 25)
    assert samples.notes[0].startswith("val_images and val_labels are joined to the training")


@pytest.mark.parametrize(
    ("inputs", "targets", "suffix"),
    [
        ("x", "y", ".npy"), ("X", "Y", ".npy"), ("images", "labels", ".npy"),
        ("x", "y", ".npz"), ("my-imgs", "my-labels", ".npz"),
    ],
)  # fmt: skip
def test_a_file_for_each_array(tmp_path, inputs, targets, suffix):
    save = np.save if suffix == ".npy" else np.savez
    save(tmp_path / f"{inputs}{suffix}", pixels(20))
    save(tmp_path / f"{targets}{suffix}", LABELS)
    dataset = dataset_at(tmp_path / f"{inputs}{suffix}")
    samples = dataset.load()
    np.testing.assert_array_equal(samples.x[:, 0], pixels(20))
    np.testing.assert_array_equal(samples.labels, LABELS)
    assert samples.notes == (
        f"The labels of {inputs}{suffix} are those in {targets}{suffix}.",
    )  # fmt: skip
    assert dataset.expected().count == 20
    np.testing.assert_array_equal(read_archive_inputs(dataset.path), samples.x)


def test_files_for_the_test_are_found_beside(tmp_path):
    for part, count in (("train", 20), ("test", 8)):
        np.savez(tmp_path / f"kmnist-{part}-imgs.npz", pixels(count))
        np.savez(tmp_path / f"kmnist-{part}-labels.npz", LABELS[:count])
    samples = NumpyArchive(str(tmp_path / "kmnist-train-imgs.npz")).load()
    assert (samples.count, samples.test_from) == (28, 20)
    assert samples.notes[0] == ("The test part is kmnist-test-imgs.npz and kmnist-test-labels.npz.")


def test_labels_of_another_name_are_chosen(tmp_path):
    np.save(tmp_path / "x.npy", pixels(20))
    np.save(tmp_path / "kinds.npy", LABELS)
    alone = NumpyArchive(str(tmp_path / "x.npy"))
    assert "no file with its labels is beside it" in refused(alone).message
    assert not labels_beside(alone)
    chosen = NumpyArchive(alone.path, labels="kinds.npy")
    assert chosen.load().class_names == ("0", "1", "2")
    np.save(tmp_path / "y.npy", LABELS)
    assert "holds labels by its name" in refused(NumpyArchive(str(tmp_path / "y.npy"))).message


def test_reading_can_be_stopped(tmp_path):
    with pytest.raises(ReadingCancelled):
        write(tmp_path, x=pixels(20), y=LABELS).read(lambda share: False)


# ------------------------------------------------------------------ bad files


def archive_of(folder, members: dict[str, bytes]) -> NumpyArchive:
    path = folder / "made.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return NumpyArchive(str(path))


def header(shape: str, kind: str = "|u1") -> bytes:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (63 - (len(text) + 10) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def array(values) -> bytes:
    buffer = BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


def test_w6_an_archive_that_unpacks_to_10_gb_is_refused_by_the_declared_sizes(tmp_path):
    made = {"x.npy": header("(10000000, 1000)") + bytes(1000), "y.npy": array(LABELS)}
    message = refused(archive_of(tmp_path, made)).message
    assert "the array x of shape 10000000×1000" in message
    assert "10.0 GB" in message


def test_w7_python_objects_are_never_loaded(tmp_path):
    y = np.array([print, "text"] * 10, dtype=object)
    np.savez(tmp_path / "data.npz", x=pixels(20), y=y)
    error = refused(NumpyArchive(str(tmp_path / "data.npz")))
    assert "the array y holds Python objects, which can run code" in error.message
    assert "not supported" in error.message


@pytest.mark.parametrize("name", ["m.pkl", "m.pt", "m.pth", "m.keras", "m.h5"])
def test_w7_files_that_can_run_code_are_not_opened(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x80\x04.")
    with pytest.raises(UserError, match=name) as caught:
        dataset_at(tmp_path / name)
    assert ".npz" in caught.value.hint


def test_w7_a_single_array_of_python_objects_is_never_loaded(tmp_path):
    np.save(tmp_path / "x.npy", np.array([print, "text"] * 10, dtype=object))
    np.save(tmp_path / "y.npy", LABELS)
    message = refused(NumpyArchive(str(tmp_path / "x.npy"))).message
    assert "the array x holds Python objects, which can run code" in message
    (tmp_path / "x.npy").write_bytes(b"\x80\x04.")
    assert "the array x is damaged" in refused(NumpyArchive(str(tmp_path / "x.npy"))).message
    (tmp_path / "x.npy").write_bytes(header("(20, 20)") + bytes(100))
    assert "x.npy is cut short" in refused(NumpyArchive(str(tmp_path / "x.npy"))).message


def test_w8_a_member_with_a_path_for_a_name_is_not_found_and_nothing_is_written(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    made = archive_of(inside, {"../x.npy": array(pixels(20)), "y.npy": array(LABELS)})
    assert "holds no arrays x and y" in refused(made).message
    assert [path.name for path in tmp_path.rglob("*")] == ["inside", "made.npz"]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, "holds no arrays x and y; it holds nothing"),
        ({"a.npy": array(LABELS)}, "it holds a"),
        ({"x.npy": b"nonsense", "y.npy": array(LABELS)}, "the array x is damaged"),
        ({"x.npy": b"", "y.npy": array(LABELS)}, "the array x is damaged"),
        ({"x.npy": header("(20, 20)") + bytes(100), "y.npy": array(LABELS)}, "is cut short"),
        ({"x.npy": header("(-2, 20)"), "y.npy": array(LABELS)}, "the array x"),
        ({"x.npy": header("(0, 4, 5)"), "y.npy": array(LABELS)}, "is empty"),
        ({"x.npy": array(pixels(20)), "y.npy": array(LABELS[:9])}, "20 samples, but y has 9"),
        ({"x.npy": array(pixels(20)), "y.npy": array(LABELS * 0)}, "one class only, '0',"),
        ({"x.npy": array(LABELS), "y.npy": array(LABELS)}, "x has shape 20"),
        ({"x.npy": array(np.array(["a"] * 20)), "y.npy": array(LABELS)}, "not numbers"),
        ({"x.npy": array(np.full((20, 3), np.nan)), "y.npy": array(LABELS)}, "sample 0"),
        ({"x.npy": array(pixels(20)), "y.npy": array(pixels(20))}, "y has shape 20×4×5"),
    ],
)  # fmt: skip
def test_arrays_that_make_no_sense(tmp_path, members, expected):
    assert expected in refused(archive_of(tmp_path, members)).message


def test_damaged_archives(tmp_path):
    path = tmp_path / "data.npz"
    write(tmp_path, x=pixels(20), y=LABELS)
    content = path.read_bytes()
    for length in range(1, len(content), 61):
        path.write_bytes(content[:length])
        assert "data.npz is damaged" in refused(NumpyArchive(str(path))).message
    middle = len(content) // 3
    path.write_bytes(content[:middle] + bytes(40) + content[middle + 40 :])
    assert "data.npz" in refused(NumpyArchive(str(path))).message
    path.write_bytes(b"")
    assert "is empty" in refused(NumpyArchive(str(path))).message
    assert "No file is chosen" in refused(NumpyArchive()).message
    assert "is not there" in refused(NumpyArchive(str(tmp_path / "gone.npz"))).message


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (12, 2",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (True, 2), }",
        b"(" * 60,
    ],
)
def test_a_header_that_is_no_header_is_one_sentence(tmp_path, header):
    length = len(header) + 1
    content = b"\x93NUMPY\x01\x00" + length.to_bytes(2, "little") + header + b"\n" + bytes(192)
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("x.npy", content)
        archive.writestr("y.npy", content)
    assert "the array x is damaged" in refused(NumpyArchive(str(tmp_path / "data.npz"))).message
