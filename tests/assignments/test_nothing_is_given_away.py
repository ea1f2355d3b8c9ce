"""What a student is to find is in no text that the student gets: it is in marking schemes only."""

import re

import pytest

from autograder.course.course import Course, read_notebook
from autograder.notebooks.cells import is_answer, is_test
from tests import own_course

# The formula of each exercise that is to be derived, as text or code may write it, without spaces.
FORMULAS = {
    "foundations.logit_from_densities": [
        r"\logp_\text{data}(x)-\logp_\theta(x)",
        r"\logp_\text{data}-\logp_\theta",
        r"\logp(x)-\logp_n(x)",
        "log_p_data-log_p_model",
        "logratio",
    ],
    "foundations.kl_generator_loss": ["-logits.mean()", r"$-h$", r"=-h$"],
    "foundations.projection_logits": [r"\mu_y-\hat\mu_y", r"\mu_{y}-\hat\mu_{y}", "mu-mu_hat"],
    "foundations.kl_gaussian": [
        r"(\theta-\theta_0)^2/2\varepsilon^2",
        r"\frac{(\theta-\theta_0)^2}{2\varepsilon^2}",
        "(2*eps**2)",
    ],
    "foundations.js_point_masses": [r"\mathrm{JS}=\log2", r"JSis$\log2"],
    "foundations.wasserstein_1d": ["sort()"],
    "foundations.optimal_critic_1d": [r"\operatorname{sign}(\theta_0-\theta)", "sign(theta0"],
    "foundations.nce_objective": ["-E-\\logZ-\\logp_n", "-E(x)-\\logZ-\\logp_n(x)", "-log_z-log"],
    "foundations.ridge": [r"Z^\topZ+n\lambdaA", "Z.T@Z", r"n\lambdaA"],
    "foundations.jacobian_xy_uv": [r"\tfrac12&\tfrac12", "[0.5,0.5],[0.5,-0.5]"],
    "foundations.density_uv": [
        r"e^{-(u^2+v^2)/4}",
        r"\frac{1}{4\pi}",
        r"\frac1{4\pi}e",
        r"productoftwo$\mathcalN(0,2)$",
    ],
    "foundations.density_from_inverse": ["2*f_uv", r"e^{-2(x^2+y^2)/4}"],
    "gan-mnist.preprocess_img": ["2x-1", "2*x-1", "2*batch-1"],
    "gan-mnist.deprocess_img": ["(x+1)/2"],
    "gan-mnist.sample_noise": ["2*torch.rand"],
    "gan-mnist.bce_loss": [r"\zeta(h)-th", r"\zeta(h)-t\,h", "log1p(torch.exp(-"],
    "gan-mnist.optimal_discriminator": [
        r"\frac{p_\text{data}(x)}{p_\text{data}(x)+p_g(x)}",
        r"p_\text{data}/(p_\text{data}+p_g)",
        r"\frac{a}{a+b}",
    ],
    "vae.sampling": ["exp(0.5*log_var)", "(log_var/2).exp()"],
    "vae.reconstruction_loss": ["binary_cross_entropy("],
    "vae.kl_divergence": [
        r"\mu^2+\sigma^2-1-\log\sigma^2",
        r"\operatorname{tr}\Sigma+\mu^\top\mu-d-\log\det\Sigma",
        r"\logv_{p,i}-\logv_{q,i}",
        "mu**2+log_var.exp()-1-log_var",
    ],
    "vae.kl_normal": [r"\logv_{p,i}-\logv_{q,i}", "pv.log()-qv.log()"],
    "vae.kl_full_covariance": [r"\operatorname{tr}\Sigma+\mu^\top\mu-d-\log\det\Sigma"],
    "vae.linear_gaussian_elbo": [r"\lVertx-Wm\rVert^2"],
    "vae.sample_gaussian": ["v.sqrt()", r"\sqrt{v}"],
}
SCHEME = re.compile(r"<!-- BEGIN MARK SCHEME -->.*?<!-- END MARK SCHEME -->", re.DOTALL)
SPACES = re.compile(r"\s|\\[,;!:]|\\(?:bigl|bigr|Bigl|Bigr|left|right)\b|(?<=\$)\$")


def plain(text):
    return SPACES.sub("", text)


def given(notebook):
    """{id: text without spaces} of what students get to read: no answers, schemes or checks."""
    return {
        cell.id: plain(SCHEME.sub("", cell.source))
        for cell in notebook.cells
        if not is_answer(cell) and not is_test(cell)
    }


def given_away(notebook, assignment):
    """(cell, exercise, formula) for each formula that a text prints."""
    return [
        (name, exercise, formula)
        for name, text in given(notebook).items()
        for exercise, formulas in FORMULAS.items()
        if exercise.startswith(f"{assignment}.")
        for formula in formulas
        if formula in text
    ]


@pytest.mark.parametrize("assignment", own_course.ASSIGNMENTS)
def test_no_text_prints_the_formula_of_an_exercise(request, assignment):
    notebook = read_notebook(Course.at(request.config.rootpath).source(assignment))
    assert given_away(notebook, assignment) == []


def test_every_formula_belongs_to_an_exercise():
    assert set(FORMULAS) <= {exercise.id for exercise in own_course.everything()}


@pytest.mark.parametrize(
    "text",
    [
        r"Show that $(Z^\top Z + n\lambda A)\, w = Z^\top y$ at the minimum.",
        "return torch.linalg.solve(Z.T @ Z + len(Z) * lam * torch.eye(2), Z.T @ y)",
        r"Start from $f_{UV}(u, v) = \frac1{4\pi}e^{-(u^2 + v^2)/4}$.",
        r"$h^*(x) = \log p_\text{data}(x) - \log p_\theta(x)$",
    ],
)
def test_a_formula_in_a_question_is_seen_and_in_its_scheme_is_not(text):
    from nbformat.v4 import new_markdown_cell, new_notebook

    scheme = f"<!-- BEGIN MARK SCHEME -->\n{text}\n<!-- END MARK SCHEME -->"
    for source, seen in [(text, True), (f"Derive it.\n{scheme}", False)]:
        notebook = new_notebook(cells=[new_markdown_cell(source)])
        assert bool(given_away(notebook, "foundations")) is seen
