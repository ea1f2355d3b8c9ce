# %% right: the two halves
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * torch.mean((scores_real - 1) ** 2) + 0.5 * torch.mean(scores_fake**2)


# %% right: mse_loss
def ls_discriminator_loss(scores_real, scores_fake):
    loss_real = F.mse_loss(scores_real, torch.ones_like(scores_real))
    loss_fake = F.mse_loss(scores_fake, torch.zeros_like(scores_fake))
    return (loss_real + loss_fake) / 2


# %% right: float64 and dot products
def ls_discriminator_loss(scores_real, scores_fake):
    r = scores_real.flatten().double() - 1
    f = scores_fake.flatten().double()
    return (torch.dot(r, r) / (2 * len(r)) + torch.dot(f, f) / (2 * len(f))).float()


# %% right: means of square and score
def ls_discriminator_loss(scores_real, scores_fake):
    real = scores_real.pow(2).mean() - 2 * scores_real.mean() + 1
    return real.div(2) + scores_fake.square().mean() / 2


# %% right: a small helper
def half_square(scores, target):
    return ((scores - target) ** 2 / 2).mean()


def ls_discriminator_loss(scores_real, scores_fake):
    return half_square(scores_real, 1.0) + half_square(scores_fake, 0.0)


# %% right: norms
def ls_discriminator_loss(scores_real, scores_fake):
    n = scores_real.shape[0]
    return (torch.norm(scores_real - 1) ** 2 + torch.norm(scores_fake) ** 2) / (2 * n)


# %% wrong: the halves missing
def ls_discriminator_loss(scores_real, scores_fake):
    return ((scores_real - 1) ** 2).mean() + (scores_fake**2).mean()


# %% wrong: the halves missing
def ls_discriminator_loss(scores_real, scores_fake):
    mse = nn.MSELoss()
    return mse(scores_real, torch.ones_like(scores_real)) + mse(
        scores_fake, torch.zeros_like(scores_fake)
    )


# %% wrong: a sigmoid applied first
def ls_discriminator_loss(scores_real, scores_fake):
    d_real = torch.sigmoid(scores_real)
    d_fake = torch.sigmoid(scores_fake)
    return 0.5 * ((d_real - 1) ** 2).mean() + 0.5 * (d_fake**2).mean()


# %% wrong: a sigmoid applied first
def ls_discriminator_loss(scores_real, scores_fake):
    real = 0.5 * F.mse_loss(scores_real.sigmoid(), torch.ones_like(scores_real))
    return real + 0.5 * F.mse_loss(scores_fake.sigmoid(), torch.zeros_like(scores_fake))


# %% wrong: targets swapped
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * (scores_real**2).mean() + 0.5 * ((scores_fake - 1) ** 2).mean()


# %% wrong: summed over the batch
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * torch.sum((scores_real - 1) ** 2) + 0.5 * torch.sum(scores_fake**2)


# %% wrong: summed over the batch
def ls_discriminator_loss(scores_real, scores_fake):
    real = F.mse_loss(scores_real, torch.ones_like(scores_real), reduction="sum")
    fake = F.mse_loss(scores_fake, torch.zeros_like(scores_fake), reduction="sum")
    return (real + fake) / 2


# %% wrong: the square of a mean
# the square of the mean
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * (scores_real.mean() - 1) ** 2 + 0.5 * scores_fake.mean() ** 2


# %% wrong: both pulled to 1
# both pulled to 1
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * ((scores_real - 1) ** 2).mean() + 0.5 * ((scores_fake - 1) ** 2).mean()


# %% wrong: the halves missing
# one half only
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * ((scores_real - 1) ** 2).mean() + (scores_fake**2).mean()


# %% raised
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * F.mse_loss(scores_real, 1.0) + 0.5 * F.mse_loss(scores_fake, 0.0)


# %% wrong: the caller's tensor overwritten
def ls_discriminator_loss(scores_real, scores_fake):
    loss = 0.5 * ((scores_real - 1) ** 2).mean() + 0.5 * (scores_fake.clone() ** 2).mean()
    scores_fake.data.zero_()
    return loss


# %% wrong: both pulled to 0
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * (scores_real**2).mean() + 0.5 * (scores_fake**2).mean()


# %% wrong: targets other than 1 and 0
# -1 for fakes
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * ((scores_real - 1) ** 2).mean() + 0.5 * ((scores_fake + 1) ** 2).mean()


# %% wrong: distances that are not squared
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * (scores_real - 1).abs().mean() + 0.5 * scores_fake.abs().mean()


# %% wrong: the cross-entropy again
def ls_discriminator_loss(scores_real, scores_fake):
    return F.softplus(-scores_real).mean() + F.softplus(scores_fake).mean()


# %% wrong: the minus of one half missing
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * ((scores_real - 1) ** 2).mean() - 0.5 * (scores_fake**2).mean()


# %% wrong: only one half
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * ((scores_real - 1) ** 2).mean()


# %% wrong: the gradient is cut
def ls_discriminator_loss(scores_real, scores_fake):
    return (0.5 * ((scores_real - 1) ** 2).mean() + 0.5 * (scores_fake**2).mean()).item()


# %% wrong: halved
def ls_discriminator_loss(scores_real, scores_fake):
    return (0.5 * ((scores_real - 1) ** 2).mean() + 0.5 * (scores_fake**2).mean()) / 2


# %% wrong: negated
def ls_discriminator_loss(scores_real, scores_fake):
    return -0.5 * ((scores_real - 1) ** 2).mean() - 0.5 * (scores_fake**2).mean()


# %% wrong: not reduced to one number
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * (scores_real - 1) ** 2 + 0.5 * scores_fake**2


# %% wrong: only for shape (N, 1)
def ls_discriminator_loss(scores_real, scores_fake):
    N, _ = scores_real.size()
    return 0.5 * ((scores_real - 1) ** 2).mean() + 0.5 * (scores_fake**2).mean()


# %% wrong: only for shape (N,)
def ls_discriminator_loss(scores_real, scores_fake):
    (N,) = scores_real.size()
    return 0.5 * ((scores_real - 1) ** 2).mean() + 0.5 * (scores_fake**2).mean()


# %% right: squeezed, which a batch of one does not survive
def ls_discriminator_loss(scores_real, scores_fake):
    real = scores_real.squeeze()
    return 0.5 * sum((s - 1) ** 2 for s in real) / len(real) + 0.5 * (scores_fake**2).mean()


# %% wrong: only for shape (N, 1)
# a table for (N, 1), whose mean is the same
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * ((scores_real - torch.ones(128)) ** 2).mean() + 0.5 * (scores_fake**2).mean()


# %% wrong: both pulled to 1 & the halves missing
# two mistakes at once
def ls_discriminator_loss(scores_real, scores_fake):
    return ((scores_real - 1) ** 2).mean() + ((scores_fake - 1) ** 2).mean()


# %% wrong: -
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * ((scores_real - 1) ** 2).mean() + 0.5 * (scores_fake**2).mean() + 1


# %% wrong: -
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * ((scores_real - 1) ** 2).median() + 0.5 * (scores_fake**2).median()


# %% wrong: -
def ls_discriminator_loss(scores_real, scores_fake):
    return ((scores_real - 1) ** 4).mean() + (scores_fake**4).mean()


# %% not attempted
def ls_discriminator_loss(scores_real, scores_fake):
    raise NotImplementedError()
