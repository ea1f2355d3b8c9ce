# %% right: autograd.grad of the sum
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.mean()


# %% right: grad_outputs of ones, norm(2, dim=1)
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.mean()


# %% right: pow(2).sum().sqrt()
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -d(x_fake).mean()


# %% right: one alpha for the whole batch
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.mean()


# %% right: a Python number as alpha, image by image
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.mean()


# %% right: torch.lerp, other noise for each loss
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -d(g(torch.randn(len(x_real), g.dim_z, device=device))).mean()


# %% wrong: WGAN with -logsigmoid
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: WGAN with -logsigmoid
# in the generator's loss alone
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: G trained to look fake
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return fake.mean()


# %% wrong: no gradient reaches the generator
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z).detach()
    fake = d(x_fake)
    return -fake.mean()


# %% wrong: summed over the batch
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.sum()


# %% wrong: uniform noise
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.rand(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.mean()


# %% wrong: noise of another shape
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], 100, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.mean()


# %% wrong: -
# squares of scores
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -(fake**2).mean()


# %% wrong: -
# a sigmoid first
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.sigmoid().mean()


# %% wrong: -
# not reduced
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake


# %% wrong: -
# nothing is returned
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return None


# %% raised
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    return -d(g(torch.randn(len(x_real), g.dim_z, device=device))).item().mean()


# %% not attempted
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    # YOUR CODE HERE
    raise NotImplementedError()
