# %% right: half the mean square
def ls_generator_loss(scores_fake):
    return 0.5 * torch.mean((scores_fake - 1) ** 2)


# %% right: mse_loss
def ls_generator_loss(scores_fake):
    return F.mse_loss(scores_fake, torch.ones_like(scores_fake)) / 2


# %% right: float64
def ls_generator_loss(scores_fake):
    distance = scores_fake.reshape(-1).double() - 1.0
    return (distance.pow(2).sum() / (2 * distance.numel())).float()


# %% right: expanded
def ls_generator_loss(scores_fake):
    return (scores_fake**2).mean() / 2 - scores_fake.mean() + 0.5


# %% right: mean and variance
def ls_generator_loss(scores_fake):
    mean = scores_fake.mean()
    variance = ((scores_fake - mean) ** 2).mean()
    return 0.5 * (variance + (mean - 1) ** 2)


# %% wrong: the half missing
def ls_generator_loss(scores_fake):
    return ((scores_fake - 1) ** 2).mean()


# %% wrong: the half missing
def ls_generator_loss(scores_fake):
    return nn.MSELoss()(scores_fake, torch.ones_like(scores_fake))


# %% wrong: a sigmoid applied first
def ls_generator_loss(scores_fake):
    return 0.5 * ((torch.sigmoid(scores_fake) - 1) ** 2).mean()


# %% wrong: trained to look fake
def ls_generator_loss(scores_fake):
    return 0.5 * torch.mean(scores_fake**2)


# %% wrong: trained to look fake
def ls_generator_loss(scores_fake):
    return 0.5 * F.mse_loss(scores_fake, torch.zeros_like(scores_fake))


# %% wrong: summed over the batch
def ls_generator_loss(scores_fake):
    return 0.5 * ((scores_fake - 1) ** 2).sum()


# %% wrong: the square of a mean
# the square of the mean
def ls_generator_loss(scores_fake):
    return 0.5 * (scores_fake.mean() - 1) ** 2


# %% wrong: distances that are not squared
# the distance, not its square
def ls_generator_loss(scores_fake):
    return 0.5 * (scores_fake - 1).abs().mean()


# %% wrong: negated
def ls_generator_loss(scores_fake):
    return -0.5 * ((scores_fake - 1) ** 2).mean()


# %% wrong: the gradient is cut
# cut off from the graph
def ls_generator_loss(scores_fake):
    return torch.tensor(0.5 * np.mean((scores_fake.detach().numpy() - 1) ** 2))


# %% raised
def ls_generator_loss(scores_fake):
    return 0.5 * ((scores_real - 1) ** 2).mean()


# %% wrong: the caller's tensor overwritten
def ls_generator_loss(scores_fake):
    loss = 0.5 * ((scores_fake.clone() - 1) ** 2).mean()
    scores_fake.data.sub_(1)
    return loss


# %% wrong: targets other than 1 and 0
def ls_generator_loss(scores_fake):
    return 0.5 * ((scores_fake - 0.9) ** 2).mean()


# %% wrong: the cross-entropy again
def ls_generator_loss(scores_fake):
    return F.softplus(-scores_fake).mean()


# %% wrong: not reduced to one number
def ls_generator_loss(scores_fake):
    return 0.5 * (scores_fake - 1) ** 2


# %% wrong: only for shape (N, 1)
def ls_generator_loss(scores_fake):
    N, _ = scores_fake.size()
    return 0.5 * ((scores_fake - torch.ones(N, 1)) ** 2).mean()


# %% wrong: only for shape (N,)
def ls_generator_loss(scores_fake):
    (N,) = scores_fake.size()
    return 0.5 * ((scores_fake - torch.ones(N)) ** 2).mean()


# %% right: squeezed, which a batch of one does not survive
def ls_generator_loss(scores_fake):
    fake = scores_fake.squeeze()
    return 0.5 * sum((s - 1) ** 2 for s in fake) / len(fake)


# %% wrong: only for shape (N, 1)
# a table for (N, 1), whose mean is the same
def ls_generator_loss(scores_fake):
    return 0.5 * ((scores_fake - torch.ones(128)) ** 2).mean()


# %% wrong: trained to look fake & the half missing
# two mistakes at once
def ls_generator_loss(scores_fake):
    return (scores_fake**2).mean()


# %% wrong: -
def ls_generator_loss(scores_fake):
    return 0.5 * ((scores_fake - 1) ** 2).mean() + 1


# %% wrong: -
def ls_generator_loss(scores_fake):
    return 0.5 * ((scores_fake - 1) ** 2).median()


# %% wrong: -
def ls_generator_loss(scores_fake):
    return ((scores_fake - 1) ** 4).mean()


# %% not attempted
def ls_generator_loss(scores_fake):
    raise NotImplementedError()
