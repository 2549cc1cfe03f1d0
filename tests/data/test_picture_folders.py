"""Folders of pictures: one sub-folder per class, whatever is in them."""

import os
import warnings

import numpy as np
import pytest
from PIL import Image

from neuralbuilder.data.images.folder import ImageFolder, suggested_folder
from neuralbuilder.data.images.pictures import Look, read_picture
from neuralbuilder.data.images.sources import dataset_at
from neuralbuilder.data.samples import ReadingCancelled
from neuralbuilder.problems import UserError
from tests.image_files import png_header, write_pictures


def folder_of(path, **settings) -> ImageFolder:
    return ImageFolder(str(path), **{"size": (6, 8)} | settings)


def refused(dataset) -> UserError:
    with pytest.raises(UserError) as caught:
        dataset.load()
    assert caught.value.hint
    return caught.value


@pytest.fixture
def pets(tmp_path):
    return write_pictures(tmp_path / "pets", {"cat": 3, "dog": 4})


@pytest.mark.parametrize(
    "suffix", [".png", ".bmp", ".gif", ".tif", ".pgm", ".webp", ".jpg", ".jfif"]
)
def test_pictures_of_every_format(tmp_path, suffix):
    samples = folder_of(write_pictures(tmp_path / "f", {"a": 3, "b": 2}, suffix)).load()
    assert samples.x.shape == (5, 1, 6, 8)
    assert samples.x.dtype == np.uint8
    assert samples.class_names == ("a", "b")
    assert samples.labels.tolist() == [0, 0, 0, 1, 1]
    assert samples.notes == ()
    if suffix not in (".jpg", ".jfif", ".webp"):
        with Image.open(tmp_path / "f" / "b" / f"0{suffix}") as picture:
            first = np.asarray(picture.convert("L"))
        np.testing.assert_array_equal(samples.x[3, 0], first)


def test_classes_are_in_the_order_in_which_people_count(tmp_path):
    names = dict.fromkeys(("10", "9", "b", "A"), 1)
    assert folder_of(write_pictures(tmp_path / "f", names)).load().class_names == (
        "9", "10", "A", "b",
    )  # fmt: skip


def test_colours_are_three_channels(pets):
    Image.new("RGB", (8, 6), (255, 100, 0)).save(pets / "cat" / "0.png")
    samples = folder_of(pets, colour="colour").load()
    assert samples.x.shape == (7, 3, 6, 8)
    assert samples.input_names == ("red", "green", "blue")
    assert samples.x[0, :, 0, 0].tolist() == [255, 100, 0]
    assert folder_of(pets).load().x[0, 0, 0, 0] == round(0.299 * 255 + 0.587 * 100)


@pytest.mark.parametrize(
    ("resizing", "expected"),
    [
        # A picture of 4×8: a white half, a black half, on a square of 4×4.
        ("stretch", [[255, 255, 0, 0]] * 4),
        ("crop", [[255, 255, 0, 0]] * 4),
        ("fit", None),
    ],
)
def test_the_ways_to_one_size(tmp_path, resizing, expected):
    picture = np.zeros((4, 8), np.uint8)
    picture[:, :4] = 255
    Image.fromarray(picture).save(tmp_path / "p.png")
    pixels = read_picture(tmp_path / "p.png", Look(4, 4, 1, resizing))[0][0].astype(int)
    if expected is None:
        middle = pixels[1:3]
        assert (middle[:, 0] > 200).all()
        assert (middle[:, 3] < 55).all()
        assert len(np.unique(pixels[[0, 3]])) == 1  # one colour above and below
    else:
        assert np.abs(pixels - expected).max() <= 70


def test_a_margin_continues_the_ground_of_the_picture(tmp_path):
    Image.new("RGB", (10, 4), (250, 250, 250)).save(tmp_path / "p.png")
    pixels, _ = read_picture(tmp_path / "p.png", Look(10, 10, 3, "fit"))
    assert (pixels == 250).all()


def test_train_and_test_folders_are_parts_and_not_classes(tmp_path):
    write_pictures(tmp_path / "f" / "train", {"a": 3, "b": 3})
    write_pictures(tmp_path / "f" / "test", {"a": 2, "b": 1})
    write_pictures(tmp_path / "f" / "val", {"a": 1})
    samples = folder_of(tmp_path / "f").load()
    assert samples.class_names == ("a", "b")
    assert (samples.count, samples.test_from) == (10, 7)
    assert "test" in samples.notes[0]


def test_at_most_so_many_pictures_per_class(pets):
    assert folder_of(pets, rows=2).load().y.sum(axis=0).tolist() == [2, 2]
    assert folder_of(pets, rows=2).expected().count == 4


def test_the_first_pictures_suggest_size_and_colours(tmp_path, pets):
    found = {"ground": "auto", "grey": "auto"}
    assert suggested_folder(pets) == ImageFolder(str(pets), size=(6, 8), colour="grey", **found)
    Image.new("RGB", (300, 200), "red").save(pets / "dog" / "0.png")
    assert dataset_at(pets) == ImageFolder(str(pets), size=(28, 28), colour="colour", **found)


def test_reading_tells_how_far_it_is_and_can_be_stopped(pets):
    told = []
    folder_of(pets).read(lambda share: told.append(share) is None)
    assert told[-1] == 1.0
    with pytest.raises(ReadingCancelled):
        folder_of(pets).read(lambda share: False)


# ------------------------------------------------------------------ bad pictures


def test_i1_a_picture_of_50000_by_50000_is_refused_before_it_is_decoded(pets):
    (pets / "cat" / "0.png").write_bytes(png_header(50_000, 50_000))
    (pets / "cat" / "1.png").write_bytes(png_header(12_000, 10_000))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        samples = folder_of(pets).load()
    assert samples.count == 5
    assert "cat/0.png has 2,500,000,000 pixels" in samples.notes[1]
    assert "cat/1.png has 12,000 × 10,000 pixels; at most 100,000,000" in samples.notes[2]


def test_i2_a_jpeg_that_is_cut_short(pets):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 80), np.uint8))
    picture.save(pets / "cat" / "0.jpg")
    content = (pets / "cat" / "0.jpg").read_bytes()
    (pets / "cat" / "0.jpg").write_bytes(content[: len(content) // 2])
    samples = folder_of(pets).load()
    assert samples.count == 7
    assert samples.notes[:2] == (
        "1 of 8 pictures could not be read and is left out:",
        "cat/0.jpg cannot be read: it is cut short.",
    )


def test_i2_a_wrong_ending_is_noted(pets):
    (pets / "cat" / "0.png").rename(pets / "cat" / "0.jpg")
    samples = folder_of(pets).load()
    assert samples.count == 7
    assert samples.notes == ("1 picture is PNG in spite of the name.",)


def test_i2_a_text_that_is_called_a_picture(pets):
    (pets / "cat" / "0.png").write_text("no picture")
    assert folder_of(pets).load().notes[1] == "cat/0.png is not a picture."


def test_i2_of_an_animation_the_first_frame_is_used(pets):
    frames = [Image.new("L", (8, 6), shade) for shade in (40, 200)]
    frames[0].save(pets / "cat" / "a.gif", save_all=True, append_images=frames[1:])
    samples = folder_of(pets).load()
    assert samples.notes == ("1 picture is animated; the first frame is used.",)
    assert (samples.x[3] == 40).all()


def test_i2_cmyk_is_converted(pets):
    Image.new("CMYK", (8, 6), (0, 255, 255, 0)).save(pets / "cat" / "a.jpg")
    samples = folder_of(pets, colour="colour").load()
    assert samples.notes == ("1 picture is converted from CMYK.",)
    red, green, blue = samples.x[3, :, 3, 3].astype(int)
    assert red > 200
    assert max(green, blue) < 60


def test_i2_sixteen_bits_become_eight_without_clipping(pets):
    values = np.linspace(0, 65535, 48).astype(np.uint16).reshape(6, 8)
    Image.fromarray(values).save(pets / "cat" / "a.png")
    samples = folder_of(pets).load()
    assert samples.notes == ("1 picture is reduced from 16 bits to 8.",)
    np.testing.assert_array_equal(samples.x[3, 0], np.rint(values / 257))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_i2_pictures_are_turned_upright(tmp_path, orientation):
    upright = np.zeros((8, 8), np.uint8)
    upright[:4, :2] = 255
    # The inverse of the transposition that a viewer makes for this orientation.
    inverse = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    image = Image.fromarray(upright)
    stored = image if inverse is None else image.transpose(Image.Transpose(inverse))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "p.png", exif=exif)
    pixels, remarks = read_picture(tmp_path / "p.png", Look(8, 8))
    np.testing.assert_array_equal(pixels[0], upright)
    assert bool(remarks) == (orientation != 1)


def test_transparency_lies_on_white(tmp_path):
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "p.png")
    assert (read_picture(tmp_path / "p.png", Look(4, 4))[0] == 255).all()


def test_i3_one_broken_picture_in_a_thousand_is_listed(tmp_path):
    folder = write_pictures(tmp_path / "f", {"a": 500, "b": 500})
    (folder / "b" / "77.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    samples = folder_of(folder).load()
    assert samples.count == 999
    assert samples.y.sum(axis=0).tolist() == [500, 499]
    assert samples.notes[0] == "1 of 1,000 pictures could not be read and is left out:"
    assert samples.notes[1].startswith("b/77.png")
    assert len(samples.notes) == 2


def test_i3_many_broken_pictures_are_counted(tmp_path):
    folder = write_pictures(tmp_path / "f", {"a": 30, "b": 2})
    for number in range(25):
        (folder / "a" / f"{number}.png").write_bytes(b"nothing")
    samples = folder_of(folder).load()
    assert samples.count == 7
    assert samples.notes[-1] == "and 5 more."


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="no links here")
def test_i4_links_that_lead_in_a_circle_come_to_an_end(pets):
    os.symlink(pets, pets / "cat" / "again")
    os.symlink("self", pets / "dog" / "self")
    (pets / "dog" / "deep").mkdir()
    os.symlink("..", pets / "dog" / "deep" / "up")
    samples = folder_of(pets).load()
    assert samples.class_names == ("cat", "dog")
    # Whoever links the folder itself into a class has all its pictures in that class.
    assert samples.y.sum(axis=0).tolist() == [7, 4]


def test_other_files_are_passed_over_and_named(pets):
    (pets / "cat" / "notes.txt").write_text("hello")
    (pets / "cat" / ".hidden.png").write_text("hello")
    (pets / "empty").mkdir()
    samples = folder_of(pets).load()
    assert samples.count == 7
    assert samples.class_names == ("cat", "dog")
    assert samples.notes == (
        "Passed over, because they are no pictures: cat/notes.txt, "
        "empty (a folder without pictures).",
    )


def test_empty_folder(tmp_path):
    assert "holds no pictures" in refused(folder_of(tmp_path)).message


def test_pictures_without_sub_folders(pets):
    error = refused(folder_of(pets / "cat"))
    assert error.message == "cat has 3 pictures, but no sub-folders."
    assert "one sub-folder per class" in error.hint


def test_sub_folders_without_pictures(tmp_path):
    (tmp_path / "f" / "a").mkdir(parents=True)
    (tmp_path / "f" / "b").mkdir()
    assert "2 sub-folders, but no pictures" in refused(folder_of(tmp_path / "f")).message


def test_one_class_only(tmp_path):
    message = refused(folder_of(write_pictures(tmp_path / "f", {"cat": 3}))).message
    assert "f: there is one class only, 'cat'," in message


def test_a_class_whose_pictures_are_all_broken(pets):
    for picture in (pets / "cat").iterdir():
        picture.write_bytes(b"nothing")
    message = refused(folder_of(pets)).message
    assert "not one picture of 'cat' can be read" in message
    assert "cat/0.png" in message


def test_folders_that_are_not_there(tmp_path, pets):
    assert "gone is not there" in refused(folder_of(tmp_path / "gone")).message
    assert "is not a folder" in refused(folder_of(pets / "cat" / "0.png")).message
    assert "No folder is chosen" in refused(ImageFolder()).message
    with pytest.raises(UserError, match="single picture"):
        dataset_at(pets / "cat" / "0.png")


def test_too_much_is_refused_before_it_is_read(pets, monkeypatch):
    monkeypatch.setattr("neuralbuilder.data.images.labelled.MAXIMUM_BYTES", 300)
    for picture in pets.rglob("*.png"):
        picture.write_bytes(b"nothing")
    assert "7 images of 1×6×8" in refused(folder_of(pets)).message
