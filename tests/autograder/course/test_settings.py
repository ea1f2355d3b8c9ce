"""course.toml."""

import pytest

from autograder.course.settings import Settings
from helpers.errors import CourseError

GITHUB = "https://github.com/some-school/dgm.course"


def of(tmp_path, text):
    (tmp_path / "course.toml").write_text(text, encoding="utf-8")
    return Settings.of(tmp_path)


def test_without_the_file_nothing_is_set(tmp_path):
    assert Settings.of(tmp_path) == Settings()
    assert Settings().notebook_on_colab("vae", "vae") is None


def test_the_repositorys_own_has_a_title_and_no_address(home):
    settings = Settings.of(home.root)
    assert settings.title and settings.repository is None and settings.zip_url is None


@pytest.mark.parametrize("ending", ["", "/", ".git"])
def test_a_repository_gives_the_page_and_the_zip(tmp_path, ending):
    settings = of(tmp_path, f'repository = "{GITHUB}{ending}"\nbranch = "2026/fall"')
    assert settings.zip_url == f"{GITHUB}/archive/refs/heads/2026/fall.zip"
    assert settings.notebook_on_colab("vae", "vae") == (
        "https://colab.research.google.com/github/some-school/dgm.course/blob/2026/fall/"
        "notebooks/vae/vae.ipynb"
    )


def test_a_release_zip_wins_for_installing(tmp_path):
    zip_url = "https://files.school.edu/~x/helpers-1.0.zip?raw=1"
    settings = of(tmp_path, f'repository = "{GITHUB}"\nrelease_zip = "{zip_url}"')
    assert settings.zip_url == zip_url and settings.repository


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title =", "cannot be read"),
        ("title = 3", "sets title to 3"),
        ('title = " "', "sets title to ' '"),
        ('repo = "x"', "sets repo, which is unknown"),
        ('repository = "https://github.com/only-owner"', "should look like https://github.com/"),
        ('repository = "https://github.com/a/b/tree/main"', "should look like"),
        ("repository = 'https://github.com/a/b\")'", "should look like"),
        ('branch = "../x y"', "should look like main"),
        ("release_zip = 'http://a.b/c.zip'", "should look like https://"),
        ("release_zip = 'https://a/\"); import os; (\"'", "should look like https://"),
        ("release_zip = 'https://a/\\'", "should look like https://"),
        ('release_zip = "https://a/{x}"', "should look like https://"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, text, words):
    with pytest.raises(CourseError, match="course.toml") as error:
        of(tmp_path, text)
    assert words in str(error.value)
