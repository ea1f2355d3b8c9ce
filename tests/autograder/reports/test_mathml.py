"""Formulas as MathML, drawn as they were meant or not at all."""

import pytest

from autograder.reports.mathml import mathml


@pytest.mark.parametrize("name", ["aligned", "gathered", "alignedat", "equation"])
def test_environments_of_other_names_are_drawn(name):
    made = mathml(rf"$$\begin{{{name}}}a &= b\\c &= d\end{{{name}}}$$")
    assert made is not None and made.count("<mtr>") == 2 and "\\" not in made


@pytest.mark.parametrize(
    ("tex", "letter"),
    [
        (r"\mathbf{x}", "\U0001d431"),
        (r"\mathbb{R}", "\u211d"),
        (r"\mathbb{E}", "\U0001d53c"),
        (r"\mathcal{L}", "\u2112"),
        (r"\mathcal{N}", "\U0001d4a9"),
        (r"\mathfrak{H}", "\u210c"),
        (r"\mathfrak{g}", "\U0001d524"),
        (r"\mathsf{T}", "\U0001d5b3"),
        (r"\mathtt{a}", "\U0001d68a"),
    ],
)
def test_letters_of_other_alphabets_are_characters_of_their_own(tex, letter):
    assert f">{letter}<" in mathml(f"${tex}$")


def test_upright_letters_stay_upright_and_digits_what_they_are():
    made = mathml(r"$\mathrm{KL}$")
    assert 'mathvariant="normal"' in made and "K" in made and "L" in made
    assert 'mathvariant="normal"' not in mathml("$K$")
    assert "+" in mathml(r"$\mathcal{+}$")


def test_one_dollar_is_in_the_line_and_two_are_a_block():
    assert 'display="inline"' in mathml("$x$") and 'display="block"' in mathml("$$x$$")
    assert 'display="block"' in mathml("\\begin{align}a &= b\\end{align}")
    # The order of attributes differs from one process to another.
    assert 'xmlns="http://www.w3.org/1998/Math/MathML"' in mathml("$x$").split(">")[0]


@pytest.mark.parametrize("tex", [r"$\nosuch x$", r"$\frac$", "$a & b$", "$" + "{" * 200 + "$"])
def test_what_cannot_be_drawn_faithfully_is_not_drawn(tex):
    assert mathml(tex) is None


def test_a_formula_as_deep_as_a_hundred_elements_is_not_drawn():
    def deep(n):
        return mathml("$" + r"\sqrt{" * n + "x" + "}" * n + "$")

    assert deep(20) is not None and deep(120) is None
