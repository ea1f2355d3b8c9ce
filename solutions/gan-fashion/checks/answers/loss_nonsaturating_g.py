# %% right: logsigmoid
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(fake).mean()


# %% right: softplus, the batch from len()
def loss_nonsaturating_g(g, d, x_real, *, device):
    x_fake = g(torch.randn(len(x_real), g.dim_z).to(device))
    real, fake = d(x_real), d(x_fake)
    return F.softplus(-fake).mean()


# %% right: binary cross-entropy of logits
def loss_nonsaturating_g(g, d, x_real, *, device):
    batch_size = x_real.size(0)
    z = torch.randn((batch_size, g.dim_z), device=device)
    x_fake = g(z)
    real, fake = d(x_real).squeeze(), d(x_fake).squeeze()
    ones, zeros = torch.ones_like(real), torch.zeros_like(fake)
    bce = F.binary_cross_entropy_with_logits
    return bce(fake, ones)


# %% right: other noise for each loss, fakes detached for D
def loss_nonsaturating_g(g, d, x_real, *, device):
    x_fake = g(torch.randn(len(x_real), g.dim_z, device=device)).detach()
    real, fake = d(x_real), d(x_fake)
    fake = d(g(torch.randn(len(x_real), 64, device=device)))
    return -F.logsigmoid(fake).mean()


# %% right: one batch of real images and fakes
def loss_nonsaturating_g(g, d, x_real, *, device):
    n = len(x_real)
    x_fake = g(torch.randn(n, g.dim_z, device=device))
    logits = d(torch.cat([x_real, x_fake])).flatten()
    real, fake = logits[:n], logits[n:]
    return -F.logsigmoid(fake).mean()


# %% right: in two helpers
def _d_half(g, d, x_real, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    return nn.functional.softplus(-d(x_real)).mean() + nn.functional.softplus(d(g(z))).mean()


def _g_half(g, d, x_real, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    return -torch.mean(nn.LogSigmoid()(d(g(z))))


def loss_nonsaturating_g(g, d, x_real, *, device):
    return _g_half(g, d, x_real, device)


# %% wrong: G trained to look fake
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(-fake).mean()


# %% wrong: G trained to look fake
# the sign
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return F.logsigmoid(fake).mean()


# %% wrong: G trained to look fake
# the label 0
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))


# %% wrong: the saturating generator loss
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return F.logsigmoid(-fake).mean()


# %% wrong: the saturating generator loss
# minus the discriminator's half
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.softplus(fake).mean()


# %% wrong: summed over the batch
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(fake).sum()


# %% wrong: a sigmoid too many
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(torch.sigmoid(fake)).mean()


# %% wrong: unstable for large logits
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -torch.log(torch.sigmoid(fake)).mean()


# %% wrong: unstable for large logits
# an epsilon
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -(fake.sigmoid() + 1e-8).log().mean()


# %% wrong: uniform noise
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.rand(len(x_real), g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: uniform noise
# on [-1, 1)
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = 2 * torch.rand(len(x_real), g.dim_z, device=device) - 1
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: noise of another shape
# a batch size written into the code
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(64, g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: noise of another shape
# noise as in another notebook
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(len(x_real), 96, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: no gradient reaches the generator
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z).detach()
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: no gradient reaches the generator
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    with torch.no_grad():
        x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: -
# one-sided label smoothing, which nobody asked for
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return F.binary_cross_entropy_with_logits(fake, torch.full_like(fake, 0.9))


# %% wrong: -
# least squares
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return 0.5 * ((fake - 1) ** 2).mean()


# %% wrong: -
# the loss of a Wasserstein critic
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -fake.mean()


# %% wrong: -
# not reduced
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(fake)


# %% raised
# two lists of labels of the wrong size
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    ones = torch.ones(64, 1, device=device)
    bce = F.binary_cross_entropy_with_logits
    return bce(fake, ones)


# %% not attempted
def loss_nonsaturating_g(g, d, x_real, *, device):
    # YOUR CODE HERE
    raise NotImplementedError()
