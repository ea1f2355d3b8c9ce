# %% right: the mean of the sum
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_real**2 + f_fake**2).mean()


# %% right: two means
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_real.pow(2).mean() + f_fake.pow(2).mean())


# %% right: square()
def regularization_loss(f_real, f_fake, alpha=0.1):
    loss = f_real.square().mean()
    loss = loss + f_fake.square().mean()
    return loss * alpha


# %% right: mse_loss against zero
def regularization_loss(f_real, f_fake, alpha=0.1):
    real = F.mse_loss(f_real, torch.zeros_like(f_real))
    fake = F.mse_loss(f_fake, torch.zeros_like(f_fake))
    return alpha * (real + fake)


# %% wrong: halved
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (torch.cat([f_real, f_fake]) ** 2).mean()


# %% wrong: halved
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha / 2 * (f_real**2 + f_fake**2).mean()


# %% wrong: only one side
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_real**2).mean()


# %% wrong: only one side
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_fake**2).mean()


# %% wrong: the square of the mean
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_real.mean() ** 2 + f_fake.mean() ** 2)


# %% wrong: subtracted
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_fake**2 - f_real**2).mean()


# %% wrong: absolute values
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_real.abs() + f_fake.abs()).mean()


# %% wrong: alpha left out
def regularization_loss(f_real, f_fake, alpha=0.1):
    return (f_real**2 + f_fake**2).mean()


# %% wrong: alpha fixed at 0.1
def regularization_loss(f_real, f_fake, alpha=0.1):
    return 0.1 * (f_real**2 + f_fake**2).mean()


# %% wrong: summed over the batch
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_real**2 + f_fake**2).sum()


# %% wrong: added before squaring
# the square of the difference
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * ((f_real - f_fake) ** 2).mean()


# %% wrong: a norm, not its square
# the length
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_real.norm() + f_fake.norm())


# %% wrong: -
# a caret is no power
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_real * 2 + f_fake * 2).mean()


# %% wrong: the mean is missing
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_real**2 + f_fake**2)


# %% wrong: a norm, not its square
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (torch.norm(f_real) + torch.norm(f_fake))


# %% wrong: the gradient is cut
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_real.detach() ** 2 + f_fake.detach() ** 2).mean()


# %% wrong: the caller's tensor overwritten
def regularization_loss(f_real, f_fake, alpha=0.1):
    f_real.pow_(2)
    f_fake.pow_(2)
    return alpha * (f_real + f_fake).mean()


# %% wrong: -
# alpha squared as well
def regularization_loss(f_real, f_fake, alpha=0.1):
    return ((alpha * f_real) ** 2 + (alpha * f_fake) ** 2).mean()


# %% wrong: only for shape (N, 1)
def regularization_loss(f_real, f_fake, alpha=0.1):
    n, _ = f_real.shape
    return alpha * (f_real**2 + f_fake**2).sum() / n


# %% wrong: only for shape (N,)
def regularization_loss(f_real, f_fake, alpha=0.1):
    (n,) = f_real.shape
    return alpha * (f_real**2 + f_fake**2).sum() / n


# %% wrong: only for float32
def regularization_loss(f_real, f_fake, alpha=0.1):
    f_real, f_fake = f_real.float(), f_fake.float()
    return alpha * (f_real**2 + f_fake**2).mean()


# %% wrong: a batch size baked in
def regularization_loss(f_real, f_fake, alpha=0.1):
    n = max(len(f_real), 6)
    return alpha * (f_real**2 + f_fake**2).sum() / n


# %% raised
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_real ^ 2 + f_fake ^ 2).mean()


# %% wrong: added before squaring
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * (f_real + f_fake).pow(2).mean()


# %% wrong: -
# the larger of the two
def regularization_loss(f_real, f_fake, alpha=0.1):
    return alpha * torch.maximum(f_real**2, f_fake**2).mean()


# %% not attempted
def regularization_loss(f_real, f_fake, alpha=0.1):
    # YOUR CODE HERE
    raise NotImplementedError()
