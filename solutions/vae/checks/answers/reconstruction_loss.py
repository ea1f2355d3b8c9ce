# %% right: binary_cross_entropy
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")


# %% right: BCELoss
def reconstruction_loss(recon_x, x):
    criterion = nn.BCELoss(reduction="sum")
    return criterion(recon_x.flatten(1), x.flatten(1))


# %% right: logarithms that are clamped
def reconstruction_loss(recon_x, x):
    x = x.reshape(len(x), -1)
    log_r = torch.log(recon_x).clamp(min=-100)
    log_not_r = torch.log(1 - recon_x).clamp(min=-100)
    return -torch.sum(x * log_r + (1 - x) * log_not_r)


# %% right: an epsilon in the logarithm
def reconstruction_loss(recon_x, x):
    eps = 1e-8
    x = x.flatten(start_dim=1)
    return -(x * (recon_x + eps).log() + (1 - x) * (1 - recon_x + eps).log()).sum()


# %% right: one image after the other, then added
def reconstruction_loss(recon_x, x):
    losses = F.binary_cross_entropy(recon_x, x.reshape(recon_x.shape), reduction="none")
    return losses.sum(dim=1).sum(dim=0)


# %% wrong: target and prediction swapped
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy(x.view(-1, 784), recon_x, reduction="sum")


# %% wrong: target and prediction swapped & 0 log 0
# written out
def reconstruction_loss(recon_x, x):
    x = x.flatten(1)
    return -(recon_x * x.log() + (1 - recon_x) * (1 - x).log()).sum()


# %% wrong: a mean over the pixels
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy(recon_x, x.view(-1, 784))


# %% wrong: a mean over the pixels & 0 log 0
def reconstruction_loss(recon_x, x):
    x = x.flatten(1)
    return -torch.mean(x * torch.log(recon_x) + (1 - x) * torch.log(1 - recon_x))


# %% wrong: averaged over the batch
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum") / x.shape[0]


# %% wrong: averaged over the batch
def reconstruction_loss(recon_x, x):
    losses = F.binary_cross_entropy(recon_x, x.flatten(1), reduction="none")
    return losses.sum(1).mean()


# %% wrong: negated & 0 log 0
def reconstruction_loss(recon_x, x):
    x = x.flatten(1)
    return (x * torch.log(recon_x) + (1 - x) * torch.log(1 - recon_x)).sum()


# %% wrong: only the ink
def reconstruction_loss(recon_x, x):
    return -(x.flatten(1) * torch.log(recon_x)).sum()


# %% wrong: squared error
def reconstruction_loss(recon_x, x):
    return F.mse_loss(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: squared error
def reconstruction_loss(recon_x, x):
    return F.mse_loss(recon_x, x.view(-1, 784))


# %% wrong: 0 log 0
def reconstruction_loss(recon_x, x):
    x = x.flatten(1)
    return -(x * torch.log(recon_x) + (1 - x) * torch.log(1 - recon_x)).sum()


# %% wrong: -
# the probabilities taken for logits
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy_with_logits(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: -
# one number for each image
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="none").sum(1)


# %% wrong: -
# absolute difference
def reconstruction_loss(recon_x, x):
    return (recon_x - x.flatten(1)).abs().sum()


# %% wrong: -
# NumPy: no gradient
def reconstruction_loss(recon_x, x):
    r, t = recon_x.detach().numpy().clip(1e-9, 1), x.flatten(1).numpy()
    return -np.sum(t * np.log(r) + (1 - t) * np.log((1 - r).clip(1e-9, 1)))


# %% raised
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy(recon_x, x.view(-1, 28), reduction="sum")


# %% not attempted
def reconstruction_loss(recon_x, x):
    # YOUR CODE HERE
    raise NotImplementedError()
