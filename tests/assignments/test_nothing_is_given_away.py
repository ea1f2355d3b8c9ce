"""What a student is to find is in no text that the student gets: it is in marking schemes only."""

import re

import pytest

from autograder.course.course import Course, read_notebook
from autograder.notebooks.cells import is_answer
from tests import own_course

# What each exercise is about to find out, as text or code may write it, without spaces: its formula
# where that is to be derived, else the lines that turn the formula of the text into code.
FORMULAS = {
    "diffusion-mnist.linear_schedule": ["torch.linspace(beta_1", "cumprod(1-betas"],
    "diffusion-mnist.cosine_schedule": ["1-f[1:]/f[:-1]"],
    "diffusion-mnist.q_sample": ["a.sqrt()*x0", "(1-a).sqrt()*noise"],
    "diffusion-mnist.signal_to_noise": ["alpha_bars/(1-alpha_bars)"],
    "diffusion-mnist.q_posterior": ["(1-a_before)/(1-a)"],
    "diffusion-mnist.predict_x0": ["-(1-a).sqrt()*eps)/a.sqrt()"],
    "diffusion-mnist.score_from_eps": ["-eps/(1-a).sqrt()"],
    "diffusion-mnist.velocity_from_eps": ["a.sqrt()*eps-(1-a).sqrt()*x0"],
    "diffusion-mnist.mixture_score": ["a*sigma**2+1-a", "weights.log()-"],
    "diffusion-mnist.optimal_denoiser": ["dim=1)@points", "rows@points.T"],
    "diffusion-mnist.ddpm_loss": ["torch.randint(len(alpha_bars)", "(model(x_t,t)-noise)**2"],
    "diffusion-mnist.timestep_embedding": ["math.log(max_period)", "max_period**("],
    "diffusion-mnist.ResBlock": ["nn.GroupNorm(8,in_channels)", "self.conv1(F.silu("],
    "diffusion-mnist.drop_labels": ["torch.rand(len(y)", "torch.rand(y.shape"],
    "diffusion-mnist.ddpm_step": ["beta/(1-a).sqrt()*eps"],
    "diffusion-mnist.ddpm_sample": ["reversed(range(len(betas)))"],
    "diffusion-mnist.ddim_step": ["eta*((1-then)/(1-now)"],
    "diffusion-mnist.guided": ["(1+w)*eps_cond"],
    "diffusion-mnist.interpolate": ["(1-t)*x0+t*x1"],
    "diffusion-mnist.target_velocity": ["returnx1-x0"],
    "diffusion-mnist.flow_matching_loss": ["model(interpolate(x0,x1,t),t)"],
    "diffusion-mnist.euler_sample": ["x+model(x,t)/steps"],
    "diffusion-mnist.prior_kl": ["alpha_bars[-1]*x0**2", "alpha_bars[-1]*x0.flatten(1)**2"],
    "diffusion-mnist.elbo_weight": ["betas[t]**2/(2"],
    "ebm-mnist.Swish": ["x*torch.sigmoid(x)", "x*x.sigmoid()", "F.silu(x)"],
    "ebm-mnist.CNNModel": ["nn.Conv2d(1,"],
    "ebm-mnist.normalized_density": ["/torch.trapezoid(", "energy.min()-energy", "exp(-energy"],
    "ebm-mnist.langevin_step": ["step_size*grad", "energy(x).sum()"],
    "ebm-mnist.generate_samples": ["clamp(-0.03,0.03)", "0.005*torch.randn_like(x)"],
    "ebm-mnist.Sampler": ["random.choices(self.examples", "[:self.max_len]"],
    "ebm-mnist.contrastive_divergence_loss": ["f_fake.mean()-f_real.mean()"],
    "ebm-mnist.regularization_loss": ["f_real**2+f_fake**2", "f_real.square()"],
    "ebm-mnist.configure_optimizers": ["lr=1e-4,betas=", "StepLR(optimizer"],
    "ebm-mnist.ebm_step": ["cd_loss+reg_loss", "clip_grad_norm_(model", "(real+noise).clamp"],
    "ebm-mnist.steps_until_digit": ["argmax(dim=0)+1", "argmax(0)+1"],
    "ebm-mnist.anomaly_score": ["return-model(x)"],
    "ebm-mnist.auroc": ["roc_auc_score(labels,torch.cat", "scores_others>scores_digits"],
    "gan-fashion.column_labels": ["torch.arange(classes)", "%classes"],
    "gan-fashion.build_optimizers": ["Adam(d.parameters()", "Adam(g.parameters()"],
    "gan-fashion.loss_nonsaturating": [
        "softplus(-logits_real)",
        "logsigmoid(logits_real)",
        "torch.randn(len(x_real),g.dim_z",
    ],
    "gan-fashion.ProjectionDiscriminator": [
        "nn.Linear(dim_features,n_classes)",
        "[torch.arange(N),y]",
        ".gather(1,y",
    ],
    "gan-fashion.conditional_loss_nonsaturating": [
        "d(g(z,y_fake),y_fake)",
        "d(g(z,y_real),y_real)",
    ],
    "gan-fashion.gradient_norms": ["grad(d(x).sum(),x", "flatten(1).norm(dim=1)"],
    "gan-fashion.loss_wasserstein_gp": ["alpha*x_fake", "10*penalty", "-1)**2).mean()"],
    "gan-mnist.discriminator": ["nn.Linear(784,256)"],
    "gan-mnist.generator": ["nn.Linear(noise_dim,1024)", "nn.Linear(1024,784)"],
    "gan-mnist.discriminator_loss": ["ones_like(logits_real)", "softplus(-logits_real)"],
    "gan-mnist.generator_loss": ["-F.logsigmoid(logits_fake)", "softplus(-logits_fake)"],
    "gan-mnist.minimax_generator_loss": ["F.logsigmoid(-logits_fake)", "-F.softplus(logits_fake)"],
    "gan-mnist.js_divergence": ["xlogy(p,p)", "(p+q)/2", "xlogy(p,p/m)"],
    "gan-mnist.value_function": ["xlogy(p_data,d)", "xlogy(p_g,1-d)"],
    "gan-mnist.get_optimizer": ["Adam(model.parameters()", "lr=1e-3,betas"],
    "gan-mnist.gan_step": ["noise(n)).detach()", "D(G(noise(n)))", "D_solver.zero_grad()"],
    "gan-mnist.ls_discriminator_loss": [
        "(scores_real-1)",
        "scores_fake**2",
        "scores_fake.square()",
    ],
    "gan-mnist.ls_generator_loss": ["(scores_fake-1)"],
    "gan-mnist.build_dc_classifier": ["nn.Conv2d(1,32"],
    "gan-mnist.build_dc_generator": ["nn.ConvTranspose2d(128,64", "(128,7,7)"],
    "vae.VAE": ["nn.Linear(x_dim,h_dim1)", "nn.Linear(784,512)", "self.fc1(x)"],
    "vae.loss_function": [
        "reconstruction_loss(recon_x,x)+kl_divergence",
        "reconstruction+divergence",
    ],
    "vae.latent_grid": ["cartesian_prod(z,z)", "torch.arange(n)+0.5"],
    "vae.negative_elbo_bound": ["with_logits(logits,x", "m**2+v-1-v.log()", "self.enc(x)\n"],
    "vae.full_covariance_sample": ["tril(L_raw,-1)", "diag_embed(log_sigma.exp())", "L@eps"],
    "vae.log_q": ["**2+math.log(2*math.pi)"],
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
KEPT_BACK = re.compile(
    r"<!-- BEGIN MARK SCHEME -->.*?<!-- END MARK SCHEME -->"
    r"|### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS",
    re.DOTALL,
)
SPACES = re.compile(r"\s|\\[,;!:]|\\(?:bigl|bigr|Bigl|Bigr|left|right)\b|(?<=\$)\$")


def plain(text):
    return SPACES.sub("", text)


def given(notebook):
    """{id: text without spaces} of what students read: no answers, schemes or hidden tests."""
    return {
        cell.id: plain(KEPT_BACK.sub("", cell.source))
        for cell in notebook.cells
        if not is_answer(cell)
    }


def given_away(notebook, assignment):
    """(cell, exercise, formula) for each formula that a text prints."""
    prefix = own_course.CHECKS[assignment].prefix
    return [
        (name, exercise, formula)
        for name, text in given(notebook).items()
        for exercise, formulas in FORMULAS.items()
        if exercise.startswith(f"{prefix}.")
        for formula in formulas
        if formula in text
    ]


@pytest.mark.parametrize("assignment", own_course.ASSIGNMENTS)
def test_no_text_prints_the_formula_of_an_exercise(request, assignment):
    notebook = read_notebook(Course.at(request.config.rootpath).source(assignment))
    assert given_away(notebook, assignment) == []


def test_every_exercise_has_its_formulas():
    asked = [each.id for name in own_course.ASSIGNMENTS for each in own_course.of_assignment(name)]
    assert sorted(FORMULAS) == sorted(asked)


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
