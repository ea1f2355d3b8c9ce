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


# %% not attempted
def ls_generator_loss(scores_fake):
    raise NotImplementedError()
