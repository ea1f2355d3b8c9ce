# %% right: autograd.grad of the sum
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% right: grad_outputs of ones, norm(2, dim=1)
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(len(x_real), 1, 1, 1).to(device)
    x_hat = (alpha * x_real + (1 - alpha) * x_fake).detach().requires_grad_()
    scores = d(x_hat)
    grad = torch.autograd.grad(
        outputs=scores,
        inputs=x_hat,
        grad_outputs=torch.ones_like(scores),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    norm = grad.view(len(x_real), -1).norm(2, dim=1)
    penalty = (norm - 1).pow(2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% right: pow(2).sum().sqrt()
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.pow(2).sum(dim=(1, 2, 3)).sqrt()
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return d(x_fake).mean() - d(x_real).mean() + 10.0 * penalty


# %% right: one alpha for the whole batch
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% right: a Python number as alpha, image by image
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = np.random.uniform()
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = torch.stack([one.pow(2).sum().sqrt() for one in grad])
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% right: torch.lerp, other noise for each loss
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(len(x_real), device=device).reshape(-1, 1, 1, 1)
    x_hat = torch.lerp(x_real, x_fake, alpha)
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = torch.linalg.vector_norm(grad, dim=(1, 2, 3))
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% right: images copied out with einsum, a helper
def penalty(d, x_real, x_fake):
    eps = torch.rand(len(x_real), 1, 1, 1)
    x = (eps * x_real + (1 - eps) * x_fake.detach()).requires_grad_(True)
    (slope,) = torch.autograd.grad(d(x).sum(), x, create_graph=True)
    return (torch.sqrt(torch.einsum("ncij,ncij->n", slope, slope)) - 1).square().mean()


def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    return d(x_fake).mean() - d(x_real).mean() + 10 * penalty(d, x_real, x_fake)


# %% wrong: norm per pixel
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.norm(2, dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: norm per pixel
# row by row
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.norm(dim=-1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: one norm over the whole batch
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.norm()
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: one norm over the whole batch
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.pow(2).sum().sqrt()
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: gradient of a batch mean
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).mean(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: gradient of the image instead of D(image)
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    x_hat.requires_grad_()
    (grad,) = torch.autograd.grad(x_hat, x_hat, torch.ones_like(x_hat), create_graph=True)
    d(x_hat)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: gradient of the image instead of D(image)
# a sum of pixels
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    x_hat = x_hat.detach().requires_grad_()
    scores = d(x_hat)
    (grad,) = torch.autograd.grad(x_hat.sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: the root left out
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).pow(2).sum(1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: a mean of squares in the norm
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.pow(2).mean(dim=(1, 2, 3)).sqrt()
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: the penalty's graph cut
# create_graph forgotten
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: the penalty's graph cut
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm.detach() - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: the penalty of a mean norm
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = (norm.mean() - 1) ** 2
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: another weight of the penalty
# lambda forgotten
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + penalty


# %% wrong: another weight of the penalty
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty / 2


# %% wrong: no penalty
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean()


# %% wrong: the penalty subtracted
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() - 10 * penalty


# %% wrong: a one-sided penalty
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = (F.relu(norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: WGAN with -logsigmoid
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean() + 10 * penalty


# %% wrong: WGAN with -logsigmoid
# in the critic's loss alone
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return F.softplus(-real).mean() + F.softplus(fake).mean() + 10 * penalty


# %% wrong: real and fake swapped
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return real.mean() - fake.mean() + 10 * penalty


# %% wrong: summed over the batch
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.sum() - real.sum() + 10 * ((norm - 1) ** 2).sum()


# %% wrong: alpha per pixel
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand_like(x_real)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: alpha per pixel
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape, device=device)
    x_hat = alpha * x_real + (1 - alpha) * x_fake
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: alpha outside [0, 1]
# normal
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.randn(len(x_real), 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: alpha outside [0, 1]
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = 2 * torch.rand(len(x_real), 1, 1, 1, device=device) - 1
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: the same alpha every time
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    x_hat = 0.5 * x_fake + 0.5 * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: no mix of real and fake
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    x_hat = x_real.clone().requires_grad_()
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: no mix of real and fake
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    x_hat = x_fake
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: uniform noise
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.rand(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: noise of another shape
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], 100, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: -
# alpha is at most 1/2
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    alpha = alpha / 2
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% wrong: -
# squares of scores
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return (fake**2).mean() - (real**2).mean() + 10 * penalty


# %% wrong: -
# a sigmoid first
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.sigmoid().mean() - real.sigmoid().mean() + 10 * penalty


# %% wrong: -
# not reduced
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake - real + 10 * penalty


# %% wrong: -
# nothing is returned
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return None


# %% raised
# alpha of a shape that does not fit
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, device=device)[:, 0]
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% raised
# no gradient without requires_grad
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z).detach()
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% not attempted
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    # YOUR CODE HERE
    raise NotImplementedError()
