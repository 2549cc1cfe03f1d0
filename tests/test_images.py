"""Images end to end: from files through the command line and Python into project files."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import neuralbuilder as nb
from neuralbuilder.cli.app import cli, main
from neuralbuilder.data.bundled import Digits
from neuralbuilder.data.images.archive import NumpyArchive
from neuralbuilder.data.images.folder import ImageFolder
from neuralbuilder.data.images.generated import GeneratedDigits
from neuralbuilder.data.images.idx import IdxFiles
from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.layers.input import Input
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.project.checks import check
from neuralbuilder.project.container import read_metadata, unpack
from neuralbuilder.project.examples import example, new_project
from neuralbuilder.project.files import (
    Document,
    from_bytes,
    left_outside,
    load,
    save,
    to_bytes,
)
from neuralbuilder.project.tensors import decode_samples
from neuralbuilder.project.text import print_design
from tests.image_files import pixels, write_idx, write_pictures


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ok(*arguments):
    result = CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(capsys, *arguments):
    assert main([str(a) for a in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()[-1]


def sources(folder):
    """One dataset of images of each kind that comes from files."""
    np.savez(folder / "data.npz", x=pixels(20, 6, 8), y=np.arange(20) % 3)
    return {
        IdxFiles: write_idx(folder),
        NumpyArchive: folder / "data.npz",
        ImageFolder: write_pictures(folder / "pets", {"cat": 4, "dog": 5}),
    }


# ------------------------------------------------------------------ project files


@pytest.mark.parametrize("kind", [IdxFiles, NumpyArchive, ImageFolder])
def test_images_travel_as_bytes_and_open_when_their_source_is_gone(folder, kind):
    dataset = kind(str(sources(folder)[kind]))
    samples = dataset.load()
    save("a.nbnet", Document(new_project("4 -> 2", dataset), samples=samples))
    tensors, _ = unpack((folder / "a.nbnet").read_bytes())
    assert tensors["data/x"].dtype == tensors["data/y"].dtype == np.uint8
    for path in [*folder.glob("*ubyte"), *folder.glob("*.npz"), *folder.glob("pets/*/*")]:
        path.unlink()
    with pytest.raises(UserError):
        dataset.load()
    again = load("a.nbnet")
    assert again.project.plan.dataset == dataset
    assert again.samples is not None
    np.testing.assert_array_equal(again.samples.x, samples.x)
    assert again.samples.x.dtype == np.uint8
    np.testing.assert_array_equal(again.samples.y, samples.y)
    assert again.samples.y.dtype == np.float64
    assert again.samples.class_names == samples.class_names


def test_a_given_test_part_is_kept_in_the_file(folder):
    images = write_idx(folder, "train", 30)
    write_idx(folder, "t10k", 10)
    dataset = IdxFiles(str(images))
    content = to_bytes(Document(new_project("4 -> 2", dataset), samples=dataset.load()))
    again = from_bytes(content)
    assert again.samples is not None
    assert again.samples.test_from == 30
    metadata = dict(read_metadata(content))
    for wrong in (0, 40, -1, "1", True, 1.5):
        facts = json.loads(metadata["data"]) | {"test_from": wrong}
        tensors, _ = unpack(content)
        with pytest.raises(UserError, match="do not fit their description"):
            decode_samples(tensors, metadata | {"data": json.dumps(facts)})


def test_generated_digits_are_not_stored_but_drawn_again():
    dataset = GeneratedDigits(samples=50)
    content = to_bytes(Document(new_project("4 -> 2", dataset), samples=dataset.load()))
    assert len(content) < 5000
    assert from_bytes(content).project.plan.dataset == dataset


# ------------------------------------------------------------------ fitting


def test_an_untouched_network_of_vectors_is_made_to_read_images():
    samples = GeneratedDigits(samples=50).load()
    fitted = edits.fit_to_data(example(), samples)
    assert print_design(fitted) == "28x28 -> flatten -> 3 tanh -> R^10 softmax"
    assert not [p for p in check(fitted, samples) if p.severity == "error"]
    assert edits.fit_to_data(fitted, samples) == fitted
    back = edits.fit_to_data(fitted, Digits().load())
    assert back.node("input").layer == Input((64,))
    assert not [p for p in check(back, Digits().load()) if p.severity == "error"]


def test_a_network_of_convolutions_needs_no_flatten_before_them():
    text = "8x8 -> conv 3@3x3 relu -> flatten -> 4 softmax"
    fitted = edits.fit_to_data(new_project(text), GeneratedDigits(samples=50).load())
    assert print_design(fitted) == "28x28 -> conv 3@3x3 relu -> flatten -> R^10 softmax"


# ------------------------------------------------------------------ the command line


@pytest.mark.parametrize(
    ("kind", "design"),
    [
        (IdxFiles, "4x5 -> conv 2@2x2 relu -> flatten -> 10"),
        (NumpyArchive, "6x8 -> flatten -> 3"),
        (ImageFolder, "6x8 -> conv 2@3x3 -> maxpool 2 -> flatten -> 2"),
    ],
)
def test_new_train_and_predict_with_files(folder, kind, design):
    path = sources(folder)[kind]
    ok("new", design, "--data", path, "-o", "a.nbnet")
    assert isinstance(load("a.nbnet").project.plan.dataset, kind)
    ok("train", "a.nbnet", "--epochs", "2")
    rows = list(csv.reader(ok("predict", "a.nbnet", path).splitlines()))
    if kind is ImageFolder:
        assert rows[0][:2] == ["file", "class"]
        assert [row[0] for row in rows[1:3]] == ["cat/0.png", "cat/1.png"]
        assert len(rows) == 1 + 9
    else:
        assert rows[0][:2] == ["row", "class"]
        assert len(rows) == 1 + 20


def test_words_for_data_sets_of_images():
    ok("new", "28x28 -> flatten -> 10", "--data", "digits28", "-o", "a.nbnet")
    assert load("a.nbnet").project.plan.dataset == GeneratedDigits()
    ok("new", "8x8 -> flatten -> 10", "--data", "digits", "-o", "b.nbnet")
    assert load("b.nbnet").project.plan.dataset == Digits(as_images=True)
    ok("new", "64 -> 10", "--data", "digits", "-o", "c.nbnet")
    assert load("c.nbnet").project.plan.dataset == Digits()


def test_one_picture_is_brought_to_the_size_and_the_range_that_the_network_knows(folder):
    ok("new", "8x8 -> flatten -> 10 softmax", "--data", "digits", "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", "5")
    samples = Digits(as_images=True).load()
    enlarged = np.kron(samples.x[7, 0] * (255 / 16), np.ones((20, 20)))
    Image.fromarray(np.rint(enlarged).astype(np.uint8)).save("seven.png")
    header, row = csv.reader(ok("predict", "a.nbnet", "seven.png").splitlines())
    np.savez("seven.npz", x=samples.x[7])
    _, straight = csv.reader(ok("predict", "a.nbnet", "seven.npz").splitlines())
    assert row[0] == "seven.png"
    assert header[1] == "class"
    assert row[1] == straight[1] == "7"
    np.testing.assert_allclose(np.float64(row[2:]), np.float64(straight[2:]), atol=0.1)


def test_a_broken_picture_is_left_out_of_the_predictions_and_named(folder):
    path = sources(folder)[ImageFolder]
    ok("new", "6x8 -> flatten -> 2", "--data", path, "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", "1")
    (path / "cat" / "1.png").write_bytes(b"nothing")
    result = CliRunner().invoke(cli, ["predict", "a.nbnet", str(path)])
    assert len(result.stdout.splitlines()) == 1 + 8
    assert "1.png is not a picture" in result.stderr


def test_what_does_not_fit_is_refused_in_one_sentence(folder, capsys):
    made = sources(folder)
    ok("new", "6x8 -> flatten -> 2", "--data", made[ImageFolder], "-o", "a.nbnet")
    ok("train", "a.nbnet", "--epochs", "1")
    said = refused(capsys, "predict", "a.nbnet", made[IdxFiles])
    assert "inputs of 1×4×5, but the network reads 1×6×8" in said
    (folder / "t.csv").write_text("a,b\n1,2\n")
    assert "is no picture" in refused(capsys, "predict", "a.nbnet", "t.csv")
    (folder / "one.png").write_bytes(b"nothing")
    assert "one.png is not a picture" in refused(capsys, "predict", "a.nbnet", "one.png")
    (folder / "none").mkdir()
    assert "none holds no pictures" in refused(capsys, "predict", "a.nbnet", "none")
    ok("new", "4 -> 3", "--data", "iris", "-o", "b.nbnet")
    ok("train", "b.nbnet", "--epochs", "1")
    picture = made[ImageFolder] / "cat" / "0.png"
    assert "not pictures" in refused(capsys, "predict", "b.nbnet", picture)
    assert "pets is not a file" in refused(capsys, "predict", "b.nbnet", made[ImageFolder])
    said = refused(capsys, "new", "6x8 -> flatten -> 2", "--data", "gone.npz", "-o", "c.nbnet")
    assert "gone.npz is not there" in said
    said = refused(capsys, "new", "6x8 -> flatten -> 2", "--data", "none", "-o", "c.nbnet")
    assert "none holds no pictures" in said
    assert not (folder / "c.nbnet").exists()


def test_memory_is_said_first(folder):
    np.savez_compressed("big.npz", x=np.zeros((60_000, 28, 28), np.uint8), y=np.arange(60_000) % 2)
    arguments = ["new", "28x28 -> flatten -> 2", "--data", "big.npz", "-o", "a.nbnet"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0
    assert result.stderr.startswith("Reading 60,000 images of 1×28×28, which take about 0.4 GB")


# ------------------------------------------------------------------ Python


@pytest.mark.parametrize("kind", [np.uint8, np.float64])
def test_arrays_of_images(folder, kind):
    x = pixels(60, 6, 8)[:, None].astype(kind)
    y = np.arange(60) % 3
    net = nb.Network("6x8 -> conv 2@3x3 relu -> maxpool 2 -> flatten -> 3 softmax", seed=0)
    net.fit(x, y, epochs=2)
    outputs = net.predict(x)
    assert outputs.shape == (60, 3)
    np.testing.assert_array_equal(net.predict(x[:, 0]), outputs)  # grey images without channels
    net.save("a.nbnet")
    saved = load("a.nbnet")
    assert saved.samples is not None
    assert saved.samples.x.dtype == kind
    assert isinstance(saved.project.plan.dataset, NumpyArchive)
    np.testing.assert_array_equal(nb.load("a.nbnet").predict(x), outputs)


def test_arrays_of_other_sizes_are_refused():
    net = nb.Network("6x8 -> flatten -> 3 softmax")
    for shape in ((4, 8, 6), (4, 3, 6, 8), (4, 48)):
        with pytest.raises(ValueError, match=r"\(samples, 1, 6, 8\)"):
            net.predict(np.zeros(shape, np.uint8))


def test_a_vector_of_pixels_reads_images_flattened(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--data", "digits28", "-o", "a.nbnet"]
    assert main(["new", "784 -> 20 relu -> 10", *words]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(
        "a.nbnet: 28x28 -> flatten -> 20 relu -> R^10 softmax, data: Generated digits, 2,000"
    )
    assert captured.err == ""
    assert load("a.nbnet").project.plan.optimizer.rate == 0.002
    assert main(["train", "a.nbnet", "--epochs", "1"]) == 0
    assert "test accuracy: " in capsys.readouterr().out
    assert main(["new", "783 -> 20 relu -> 10", *words, "--force"]) == 2
    assert "but the data have images of 1×28×28. Change the input" in capsys.readouterr().err


@pytest.fixture
def outside(monkeypatch):
    """Data of any size are too large to travel with a project."""
    monkeypatch.setattr("neuralbuilder.project.files.LARGEST_EMBEDDED", 100)


def test_data_that_do_not_travel_are_said_to_stay_and_are_found_again(folder, outside, capsys):
    images = write_idx(folder, "train", 60)
    new = ["new", "4x5 -> flatten -> 10", "--data", str(images), "-o", "a.nbnet"]
    assert main(new) == 0
    told = capsys.readouterr().err
    assert (
        f"too large to be saved with the project: it only notes that they are in {images}" in told
    )
    assert load("a.nbnet").samples is None
    assert main(["train", "a.nbnet", "--epochs", "1"]) == 0
    (folder / "moved").mkdir()
    for path in folder.glob("train*"):
        path.rename(folder / "moved" / path.name)
    capsys.readouterr()
    assert main(["train", "a.nbnet", "--epochs", "1"]) == 2
    assert "Say where they are now with --data" in capsys.readouterr().err
    place = str(folder / "moved" / images.name)
    assert main(["train", "a.nbnet", "--epochs", "1", "--data", "nowhere"]) == 2
    assert main(["train", "a.nbnet", "--epochs", "1", "--data", place]) == 0
    document = load("a.nbnet")
    assert (document.project.plan.dataset.path, document.state.epoch) == (place, 2)
    assert main(["new", "4 -> 2", "-o", "b.nbnet"]) == 0
    capsys.readouterr()
    assert main(["train", "b.nbnet", "--epochs", "1", "--data", place]) == 2
    assert "(Formula) are in no file" in capsys.readouterr().err


def test_all_of_mnist_would_travel_and_a_hundred_thousand_images_would_not():
    def samples(count):
        x = np.broadcast_to(np.uint8(0), (count, 1, 28, 28))
        y = np.broadcast_to(np.eye(10)[0], (count, 10))
        return Samples(x, y, ("grey",), tuple("0123456789"), "classification")

    dataset = IdxFiles("train-images-idx3-ubyte")
    assert left_outside(dataset, samples(70_000)) == ""
    assert "(79 MB)" in left_outside(dataset, samples(100_000))
    assert left_outside(GeneratedDigits(), samples(100_000)) == ""


def test_labels_of_another_name_are_given_by_hand(folder, capsys):
    images = write_idx(folder, "train", 30)
    (folder / "train-labels-idx1-ubyte").rename(folder / "names.idx")
    new = ("new", "4x5 -> flatten -> 10", "--data", images, "-o", "a.nbnet")
    assert "train-labels-idx1-ubyte, is not beside it" in refused(capsys, *new)
    ok(*new, "--labels", "names.idx")
    assert load("a.nbnet").project.plan.dataset.labels == str(folder / "names.idx")
    assert "holds 30 images" in refused(
        capsys, *new, "--force", "--labels", write_idx(folder, "t10k", 5).with_name(
            "t10k-labels-idx1-ubyte"
        )
    )  # fmt: skip
    other = ("new", "4 -> 2", "-o", "b.nbnet", "--labels", "names.idx")
    assert "--labels is for IDX images" in refused(capsys, *other)


def test_counts_of_one_are_spelt_as_people_do(folder, capsys):
    pets = write_pictures(folder / "pets", {"cat": 1, "dog": 1})
    assert main(["new", "6x8 -> flatten -> 2", "--data", str(pets), "-o", "a.nbnet"]) == 0
    assert "All 2 samples are trained on" in capsys.readouterr().err
    parted = folder / "parted"
    write_pictures(parted / "train", {"cat": 1})
    write_pictures(parted / "test", {"dog": 20})
    assert main(["new", "6x8 -> flatten -> 2", "--data", str(parted), "-o", "c.nbnet"]) == 0
    assert "but only 1 sample is trained on" in capsys.readouterr().err
    one = folder / "flat"
    one.mkdir()
    next((pets / "cat").iterdir()).rename(one / "cat.png")
    said = refused(capsys, "new", "6x8 -> flatten -> 2", "--data", one, "-o", "b.nbnet")
    assert "flat has 1 picture, but no sub-folders" in said


def test_a_folder_is_read_as_the_network_reads(folder, capsys):
    pets = write_pictures(folder / "pets", {"cat": 3, "dog": 3})
    new = ("new", "3x12x10 -> conv 2@3x3 relu -> flatten -> 2", "--data", pets, "-o", "a.nbnet")
    ok(*new)
    document = load("a.nbnet")
    assert document.samples.x.shape == (6, 3, 12, 10)
    ok("new", "60 -> 2", "--data", pets, "-o", "b.nbnet", "--size", "4x5", "--colour")
    assert load("b.nbnet").samples.x.shape == (6, 3, 4, 5)
    ok("new", "81 -> 2", "--data", pets, "-o", "c.nbnet", "--size", "9", "--grey")
    assert load("c.nbnet").samples.x.shape == (6, 1, 9, 9)
    assert "--size cannot be 'a'" in refused(capsys, *new, "--force", "--size", "a")
    assert "Size cannot be" in refused(capsys, *new, "--force", "--size", "0x4")
    other = ("new", "4 -> 3", "--data", "iris", "-o", "d.nbnet")
    assert "are for folders of pictures" in refused(capsys, *other, "--colour")
    assert "--transposed is for IDX images" in refused(capsys, *other, "--transposed")


def test_what_was_found_in_a_folder_is_kept_in_the_project(folder, outside):
    """Predictions know it also where the pictures do not travel with the project."""
    for name, low in (("a", 1000), ("b", 2000)):
        (folder / "deep" / name).mkdir(parents=True)
        for number in range(5):
            deep = np.full((6, 8), low + 10 * number, np.uint16)
            Image.fromarray(deep).save(folder / "deep" / name / f"{number}.png")
    ok("new", "6x8 -> flatten -> 2", "--data", folder / "deep", "-o", "a.nbnet")
    assert load("a.nbnet").samples is None
    assert load("a.nbnet").project.plan.dataset.grey == "1000 to 2040"
    ok("train", "a.nbnet", "--epochs", "20")
    Image.fromarray(np.full((12, 16), 2020, np.uint16)).save("new.png")
    arguments = ["predict", "a.nbnet", "new.png"]
    result = CliRunner().invoke(cli, arguments)
    assert "1 picture is scaled from grey values of 1000 to 2040." in result.stderr
    assert "1 picture is resized to 6×8." in result.stderr
    assert result.stdout.splitlines()[1].startswith("new.png,b,")
    # One bright picture more in the folder does not change what the network has learnt.
    Image.fromarray(np.full((6, 8), 60_000, np.uint16)).save(folder / "deep" / "a" / "9.png")
    assert CliRunner().invoke(cli, arguments).stdout == result.stdout


def test_images_of_emnist_are_turned_by_a_switch(folder):
    images = write_idx(folder, "emnist-letters-train", 30)
    write_idx(folder, "emnist-letters-test", 10)
    turned = pixels(30).swapaxes(1, 2)
    ok("new", "5x4 -> flatten -> 10", "--data", images, "-o", "a.nbnet")
    document = load("a.nbnet")
    assert document.project.plan.dataset == IdxFiles(str(images), transposed=True)
    np.testing.assert_array_equal(document.samples.x[:30, 0], turned)
    assert document.samples.notes[-1] == "Rows and columns of the images are swapped."
    assert document.project.plan.dataset.expected().shape == (1, 5, 4)
    ok("train", "a.nbnet", "--epochs", "1")
    assert len(ok("predict", "a.nbnet", images).splitlines()) == 31
    words = ("--data", images, "-o", "a.nbnet", "--force", "--not-transposed")
    ok("new", "4x5 -> flatten -> 10", *words)
    np.testing.assert_array_equal(load("a.nbnet").samples.x[:30, 0], pixels(30))
