"""How alike two pictures are, whatever was done to hide it."""

import pytest
import torch
import torch.nn.functional as F

from autograder.judging.trained import copies
from autograder.judging.trained.rejection import NoData, Refused
from helpers.errors import CourseError


def strokes(count, seed=0):
    """Smooth random pictures (N, 1, 28, 28) in [0, 1], with room at their borders."""
    drawn = torch.rand(count, 1, 5, 5, generator=torch.Generator().manual_seed(seed))
    drawn = F.interpolate(drawn, size=16, mode="bicubic").clamp(0, 1)
    return F.pad(2 * (drawn - 0.5).clamp(0), (6, 6, 6, 6))


PICTURES = strokes(20)


def apart(one, other):
    return (copies.described(one) - copies.described(other)).norm(dim=1)


def test_a_description_has_length_one_unless_the_picture_is_blank():
    made = copies.described(PICTURES)
    assert made.shape == (20, 196) and torch.allclose(made.norm(dim=1), torch.ones(20), atol=1e-5)
    assert torch.equal(copies.described(PICTURES.reshape(20, 784)), made)
    assert not copies.described(torch.zeros(2, 784)).any()
    # Noise on the background is gone; so is how bright a picture is, nearly.
    faint = copies.described(torch.full((1, 784), copies.FAINT - 0.01))
    assert not faint.any()


def test_a_shift_changes_little_and_another_picture_much():
    other = apart(PICTURES, PICTURES.roll(1, 0)).median()
    for shift in ((2, 0), (0, -3), (3, 3)):
        moved = apart(PICTURES, PICTURES.roll(shift, (2, 3)))
        assert moved.max() < 0.1 < other / 3
    turned = apart(PICTURES, PICTURES.transpose(2, 3)).median()
    assert turned > 0.3


def test_the_distance_to_the_nearest(monkeypatch):
    found, among = torch.eye(3)[:2], torch.tensor([[0.0, 1.0, 0.0], [3.0, 0.0, 0.0]])
    assert copies._nearest(found, among).tolist() == pytest.approx([2**0.5, 0.0])
    many = torch.cat([10 + torch.zeros(5000, 3), torch.eye(3)[:1]])
    assert copies._nearest(found[:1], many).tolist() == [0.0]
    real = {"train": among[:1], "test": among[1:]}
    monkeypatch.setattr(copies, "_real", lambda name, split: real[split])
    assert copies.distances(torch.tensor([[3.0, 0.0, 1.0]]), "x").tolist() == [1.0]
    assert [*copies._slices(501)] == [slice(0, 250), slice(250, 500), slice(500, 750)]


@pytest.fixture
def real(monkeypatch):
    """Real images that are none: 60 to copy, 40 that tell how near new ones come."""
    sets = {"train": copies.described(strokes(60)), "test": copies.described(strokes(40, 1))}
    monkeypatch.setattr(copies, "_real", lambda name, split: sets[split])
    copies._usual.cache_clear()
    yield
    copies._usual.cache_clear()


@pytest.mark.parametrize(
    ("copied", "refused"), [(0, False), (100, False), (140, True), (400, True)]
)
def test_more_than_three_in_ten_copies_are_refused(real, copied, refused):
    images = torch.cat([strokes(60).repeat(7, 1, 1, 1)[:copied], strokes(400 - copied, 2)])
    look = lambda: copies.require_new(  # noqa: E731
        images.flatten(1), "mnist", torch.Generator().manual_seed(0)
    )
    if not refused:
        look()
        return
    with pytest.raises(Refused) as caught:
        look()
    assert caught.value.name == "copies of real images"
    assert f"{min(copied // 4 + 1, 100)}% of its pictures lie nearer" in caught.value.sentence


def test_all_a_little_too_near_are_refused(real):
    near = strokes(60) + 0.05 * torch.rand(60, 1, 28, 28, generator=torch.Generator())
    with pytest.raises(Refused):
        copies.require_new(near.clamp(0, 1).flatten(1), "mnist", torch.Generator())


def test_all_real_images_of_a_split_are_described(monkeypatch):
    asked = []

    class Images:
        name = "x"

        def __len__(self):
            return 251

        def scaled(self, part):
            asked.append(part)
            return PICTURES[:2]

    monkeypatch.setattr(copies.data, "load", lambda *which: {("x", "test"): Images()}[which])
    copies._real.cache_clear()
    found = copies._real("x", "test")
    assert torch.equal(found, copies.described(PICTURES[[0, 1, 0, 1]]))
    assert asked == [slice(0, 250), slice(250, 500)]
    monkeypatch.setattr(Images, "name", "digits")
    copies._real.cache_clear()
    words = "only be seen beside the images of x, which are not here: set COURSE_DATA"
    with pytest.raises(NoData, match=words):
        copies._real("x", "test")

    def missing(*which):
        raise CourseError("no images here")

    monkeypatch.setattr(copies.data, "load", missing)
    with pytest.raises(NoData, match="no images here"):
        copies._real("x", "test")
    copies._real.cache_clear()


def test_how_near_two_thousand_test_images_come_to_the_training_images(monkeypatch):
    sets = {"train": torch.eye(3)[:1], "test": torch.eye(3)[[0] * 2000 + [1]]}
    monkeypatch.setattr(copies, "_real", lambda name, split: sets[split])
    copies._usual.cache_clear()
    assert copies._usual("x").tolist() == [0.0] * 2000
    copies._usual.cache_clear()


def test_four_hundred_pictures_are_looked_at_in_no_order(real, monkeypatch):
    seen = []

    def distances(found, name):
        seen.append(found)
        return torch.full((len(found),), 9.0)

    monkeypatch.setattr(copies, "distances", distances)
    images = torch.cat([strokes(20), strokes(20, 1)]).repeat(25, 1, 1, 1).flatten(1)
    for seed in (0, 0, 1):
        copies.require_new(images, "mnist", torch.Generator().manual_seed(seed))
    assert [len(each) for each in seen] == [400] * 3
    assert torch.equal(seen[0], seen[1]) and not torch.equal(seen[0], seen[2])
    assert not torch.equal(seen[0], copies.described(images[:400]))


@pytest.mark.parametrize(
    ("near", "others", "refused"),
    [
        # The usual distance is 1, and 0.5 that of one in a hundred.
        (120, 1.0, False),
        (121, 1.0, True),
        (0, 0.61, False),
        (0, 0.59, True),
    ],
)
def test_where_new_pictures_end_and_copies_begin(monkeypatch, near, others, refused):
    usual = torch.cat([torch.full((2,), 0.5), torch.ones(98)])
    found = torch.cat([torch.full((near,), 0.4), torch.full((400 - near,), others)])
    monkeypatch.setattr(copies, "_usual", lambda name: usual)
    monkeypatch.setattr(copies, "distances", lambda described, name: found)
    images = torch.zeros(400, 784)
    if not refused:
        copies.require_new(images, "mnist", torch.Generator())
        return
    with pytest.raises(Refused) as caught:
        copies.require_new(images, "mnist", torch.Generator())
    assert caught.value.name == "copies of real images"


def test_what_is_faint_is_gone_and_what_is_not_is_left():
    """Noise of a fifth on the background; real strokes reach 0.6 and more."""
    for level, left in ((0.19, False), (0.21, True)):
        assert bool(copies.described(torch.full((1, 784), level)).any()) is left
    one = torch.zeros(1, 28, 28)
    one[0, 14, 14] = 1.0
    assert not copies.described(one).any()  # one pixel is no stroke
    one[0, 13:16, 13:16] = 1.0
    assert copies.described(one).norm() > 0.99
