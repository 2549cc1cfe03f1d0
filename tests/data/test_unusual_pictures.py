"""Pictures of more than 8 bits, transparent ones, turned ones, and what is kept for new ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from neuralbuilder.data.images.folder import ImageFolder, read_as, suggested_folder
from neuralbuilder.data.images.new_inputs import read_new_inputs
from neuralbuilder.data.images.pictures import (
    GROUNDS,
    Look,
    picture_facts,
    pixels_of,
    read_picture,
)
from neuralbuilder.data.images.survey import Survey
from neuralbuilder.problems import SettingError
from tests.image_files import write_pictures


def write(folder, name, array):
    """One picture of an array, or a picture itself, under its class and name."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(array) if isinstance(array, np.ndarray) else array
    image.save(path)
    return path


def folder_of(path, **settings) -> ImageFolder:
    return ImageFolder(str(path), **{"size": (6, 8), "ground": "auto", "grey": "auto"} | settings)


def ramp(low, high, kind):
    return np.linspace(low, high, 48).astype(kind).reshape(6, 8)


# ------------------------------------------------------------------ turned pictures


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_deflate"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_is_turned_once(tmp_path, orientation, compression):
    upright = np.zeros((8, 6), np.uint8)
    upright[:4, :2] = 255
    inverse = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    image = Image.fromarray(upright)
    stored = image if inverse is None else image.transpose(Image.Transpose(inverse))
    stored.save(tmp_path / "p.tif", compression=compression, tiffinfo={274: orientation})
    pixels, remarks = read_picture(tmp_path / "p.tif", Look(8, 6))
    np.testing.assert_array_equal(pixels[0], upright)
    assert bool(remarks) == (orientation != 1)
    assert picture_facts(tmp_path / "p.tif") == (8, 6, False)


def test_the_size_that_is_suggested_is_that_of_the_upright_picture(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (8, 6), "red").save(tmp_path / "p.jpg", exif=exif)
    assert picture_facts(tmp_path / "p.jpg") == (8, 6, True)


# ------------------------------------------------------------------ more than 8 bits


@pytest.mark.parametrize(
    ("low", "high", "kind", "suffix"),
    [
        (997, 1019, np.uint16, ".png"),  # a little of 12 bits
        (0, 1023, np.uint16, ".tif"),
        (40, 199, np.int32, ".tif"),
        (-1024, 3071, np.int32, ".tif"),
        (0.25, 0.5, np.float32, ".tif"),
    ],
)
def test_deep_grey_goes_from_black_to_white_by_the_range_of_the_data_set(
    tmp_path, low, high, kind, suffix
):
    middle = (low + high) / 2
    write(tmp_path, f"a/0{suffix}", ramp(low, middle, kind))
    write(tmp_path, f"b/0{suffix}", ramp(middle, high, kind))
    write(tmp_path, f"b/1{suffix}", ramp(low, high, kind))
    dataset = folder_of(tmp_path)
    samples = dataset.load()
    values = ramp(low, high, kind).astype(np.float64)
    expected = np.rint(255 * (values - low) / (high - low))
    np.testing.assert_array_equal(samples.x[2, 0], expected)
    assert len(np.unique(samples.x[2])) == len(np.unique(values))
    assert samples.notes == (
        f"3 pictures have more than 8 bits: grey values from {low} to {high}, the range that "
        "occurs in the data set, go from black to white.",
    )
    kept = dataset.keeping(samples)
    assert kept.grey == f"{low} to {high}"
    assert kept.ground == "white"
    np.testing.assert_array_equal(kept.load().x, samples.x)


@given(
    values=st.lists(st.integers(-(2**31), 2**31 - 1), min_size=2, max_size=48, unique=True),
    kind=st.sampled_from([np.int32, np.float32]),
)
def test_the_order_of_deep_grey_values_is_kept(values, kind):
    deep = np.resize(np.array(values, kind), (6, 8))
    picture = Image.fromarray(deep)
    survey = Survey(finds_grey=True, finds_ground=True)
    assert survey.takes(picture)
    pixels = pixels_of(picture, survey.settled(Look(6, 8)))[0]
    order = np.argsort(deep.ravel(), kind="stable")
    assert (np.diff(pixels.ravel()[order].astype(int)) >= 0).all()
    if deep.min() < deep.max():
        assert (pixels.min(), pixels.max()) == (0, 255)


def test_only_pictures_of_more_than_8_bits_are_scaled(tmp_path):
    write(tmp_path, "a/0.png", ramp(100, 160, np.uint8))
    write(tmp_path, "b/0.png", ramp(300, 900, np.uint16))
    samples = folder_of(tmp_path).load()
    np.testing.assert_array_equal(samples.x[0, 0], ramp(100, 160, np.uint8))
    assert (samples.x[1].min(), samples.x[1].max()) == (0, 255)
    assert samples.notes[0].startswith("1 picture has more than 8 bits: grey values from 300 to")


def test_pictures_of_a_single_grey_value_do_no_harm(tmp_path):
    for name in ("a/0.png", "b/0.png"):
        write(tmp_path, name, np.full((6, 8), 500, np.uint16))
    assert (folder_of(tmp_path).load().x == 0).all()


def test_a_range_can_be_given(tmp_path):
    write(tmp_path, "a/0.png", ramp(0, 4095, np.uint16))
    write(tmp_path, "b/0.png", ramp(0, 9000, np.uint16))
    samples = folder_of(tmp_path, grey="0 to 4095").load()
    assert (samples.x[1, 0, -1] == 255).all()
    assert samples.notes == (
        "1 picture is scaled from grey values of 0 to 4095.",
        "1 picture is scaled from grey values of 0 to 4095; values beyond are cut off.",
    )
    for wrong in ("white", "5 to 5", "9 to 1", "1 to inf", "0 to 1 to 2", "0"):
        with pytest.raises(SettingError, match="Deep grey"):
            folder_of(tmp_path, grey=wrong)


def test_fractions_need_a_range_and_finite_values(tmp_path):
    write(tmp_path, "a/0.tif", ramp(0, 1, np.float32))
    write(tmp_path, "a/1.tif", np.full((6, 8), np.nan, np.float32))
    write(tmp_path, "b/0.tif", ramp(0, 1, np.float32))
    samples = folder_of(tmp_path).load()
    assert samples.count == 2
    assert samples.notes[1] == "a/1.tif holds pixels that are not finite numbers."
    write(tmp_path, "a/2.png", ramp(0, 9, np.uint8))
    write(tmp_path, "b/2.png", ramp(0, 9, np.uint8))
    unknown = folder_of(tmp_path, grey="").load()
    assert "a/0.tif holds fractions as pixels, of which nobody knows" in unknown.notes[1]


# ------------------------------------------------------------------ transparency


def shape(colour, side=8):
    """A square of one colour in the middle of a picture that is transparent otherwise."""
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    image.paste(colour, (2, 2, 6, 6))
    return image


@pytest.mark.parametrize(
    ("colours", "ground"),
    [
        (("black", "black"), "white"),
        (("white", "white"), "black"),
        (("yellow", "lightgrey"), "black"),
        (("black", "white"), "grey"),
        (("navy", "darkgreen"), "white"),
    ],
)
@pytest.mark.parametrize("colour", ["grey", "colour"])
def test_the_ground_differs_from_the_shapes(tmp_path, colours, ground, colour):
    for name, its_colour in zip(("a/0.png", "b/0.png"), colours, strict=True):
        write(tmp_path, name, shape(its_colour))
    dataset = folder_of(tmp_path, size=(8, 8), colour=colour)
    samples = dataset.load()
    for image in samples.x.astype(int):
        assert (image[:, 0, 0] == GROUNDS[ground][0]).all()
        assert np.abs(image[:, 3, 3] - image[:, 0, 0]).max() > 90
    assert samples.notes == (
        f"2 pictures have transparent parts: they lie on {ground}, from which what they show "
        "differs most.",
    )
    kept = dataset.keeping(samples)
    assert kept.ground == ground
    np.testing.assert_array_equal(kept.load().x, samples.x)


@pytest.mark.parametrize("mode", ["LA", "P", "L", "RGB"])
def test_every_kind_of_transparency_counts(tmp_path, mode):
    for name in ("a/0.png", "b/0.png"):
        if mode in ("L", "RGB"):  # one colour is the transparent one
            image = Image.new(mode, (8, 8), "black")
            image.paste("white", (2, 2, 6, 6))
            clear = 0 if mode == "L" else (0, 0, 0)
            (tmp_path / name).parent.mkdir()
            image.save(tmp_path / name, transparency=clear)
        else:
            write(tmp_path, name, shape("white").convert(mode))
    samples = folder_of(tmp_path, size=(8, 8)).load()
    assert samples.x[0, 0, 0, 0] == 0
    assert samples.x[0, 0, 3, 3] > 250


def test_what_is_opaque_everywhere_says_nothing_of_transparency(tmp_path):
    for name in ("a/0.png", "b/0.png"):
        write(tmp_path, name, Image.new("RGBA", (8, 8), "white"))
    dataset = folder_of(tmp_path, size=(8, 8))
    samples = dataset.load()
    assert samples.notes == ()
    assert dataset.keeping(samples).ground == "white"


# ------------------------------------------------------------------ other spaces of colour


def test_lab_is_converted(tmp_path):
    # Lightness 0 … 255 for 0 … 100, a* and b* 128 more than they are: a strong red, and white.
    write(tmp_path, "a/0.tif", Image.new("LAB", (8, 6), (138, 209, 198)))
    write(tmp_path, "b/0.tif", Image.new("LAB", (8, 6), (255, 128, 128)))
    samples = folder_of(tmp_path, colour="colour").load()
    red, green, blue = samples.x[0, :, 3, 3].astype(int)
    assert red > 230
    assert max(green, blue) < 60
    assert (samples.x[1] > 250).all()
    assert samples.notes == ("2 pictures are converted from LAB.",)
    assert folder_of(tmp_path).load().x[1].min() > 250


# ------------------------------------------------------------------ what a network asks for


@pytest.mark.parametrize(
    ("shape", "size", "colour"),
    [
        ((3, 64, 48), (64, 48), "colour"),
        ((1, 20, 20), (20, 20), "grey"),
        ((2, 20, 20), (6, 8), "grey"),
        ((4,), (6, 8), "grey"),
        ((1, 600, 600), (6, 8), "grey"),
    ],
)
def test_size_and_colours_are_those_of_the_network(tmp_path, shape, size, colour):
    pets = write_pictures(tmp_path / "pets", {"cat": 2, "dog": 2})
    folder = read_as(suggested_folder(pets), shape)
    assert (folder.size, folder.colour) == (size, colour)


def test_new_pictures_are_read_as_those_in_training_were(tmp_path):
    for name, low in (("a/0.png", 1000), ("b/0.png", 1100)):
        write(tmp_path / "train", name, ramp(low, low + 100, np.uint16))
        write(tmp_path / "train", name.replace("0", "1"), shape("white"))
    dataset = folder_of(tmp_path / "train")
    samples = dataset.load()
    dataset = dataset.keeping(samples)
    # Alone, this picture would go from black to white, and the black shape would lie on white.
    write(tmp_path / "new", "faint.png", ramp(1100, 1110, np.uint16))
    write(tmp_path / "new", "large.png", shape("black").resize((80, 60)))
    found = read_new_inputs(tmp_path / "new", samples, dataset, (1, 6, 8))
    assert found is not None
    assert found.files == ("faint.png", "large.png")
    assert (found.x[0].min(), found.x[0].max()) == (round(255 * 0.5), round(255 * 110 / 200))
    assert (found.x[1] == 0).all()
    assert sorted(found.notes) == [
        "1 picture is resized to 6×8.",
        "1 picture is scaled from grey values of 1000 to 1200.",
        "1 picture is transparent and laid on black.",
    ]
