# %% right: two means
def contrastive_divergence_loss(f_real, f_fake):
    return f_fake.mean() - f_real.mean()


# %% right: the mean of the differences
def contrastive_divergence_loss(f_real, f_fake):
    return (f_fake - f_real).mean()


# %% right: sums over lengths
def contrastive_divergence_loss(f_real, f_fake):
    return torch.sum(f_fake) / len(f_fake) - torch.sum(f_real) / f_real.numel()


# %% right: by way of energies
def contrastive_divergence_loss(f_real, f_fake):
    energy_real, energy_fake = -f_real, -f_fake
    return torch.mean(energy_real) - torch.mean(energy_fake)


# %% wrong: the sign
def contrastive_divergence_loss(f_real, f_fake):
    return f_real.mean() - f_fake.mean()


# %% wrong: the sign
def contrastive_divergence_loss(f_real, f_fake):
    return -(f_fake.mean() - f_real.mean())


# %% wrong: only one side
def contrastive_divergence_loss(f_real, f_fake):
    return -f_real.mean()


# %% wrong: only one side
def contrastive_divergence_loss(f_real, f_fake):
    return f_fake.mean()


# %% wrong: the absolute difference
def contrastive_divergence_loss(f_real, f_fake):
    return torch.abs(f_fake.mean() - f_real.mean())


# %% wrong: the squared difference
def contrastive_divergence_loss(f_real, f_fake):
    return (f_fake.mean() - f_real.mean()) ** 2


# %% wrong: the squared difference
def contrastive_divergence_loss(f_real, f_fake):
    return F.mse_loss(f_fake, f_real)


# %% wrong: averaged, not subtracted in full
def contrastive_divergence_loss(f_real, f_fake):
    return 0.5 * (f_fake.mean() - f_real.mean())


# %% wrong: averaged, not subtracted in full
def contrastive_divergence_loss(f_real, f_fake):
    return torch.cat([f_fake, -f_real]).mean()


# %% wrong: the loss of a GAN
def contrastive_divergence_loss(f_real, f_fake):
    return F.softplus(-f_real).mean() + F.softplus(f_fake).mean()


# %% wrong: summed over the batch
def contrastive_divergence_loss(f_real, f_fake):
    return f_fake.sum() - f_real.sum()


# %% wrong: the mean is missing
# no reduction
def contrastive_divergence_loss(f_real, f_fake):
    return f_fake - f_real


# %% wrong: -
# a hinge
def contrastive_divergence_loss(f_real, f_fake):
    return F.relu(1 + f_fake - f_real).mean()


# %% wrong: the gradient is cut & only for float32
# a number without a graph
def contrastive_divergence_loss(f_real, f_fake):
    return f_fake.mean().item() - f_real.mean().item()


# %% wrong: the mean is missing
def contrastive_divergence_loss(f_real, f_fake):
    return f_fake - f_real


# %% wrong: the regulariser added
def contrastive_divergence_loss(f_real, f_fake):
    reg_loss = 0.1 * (f_real**2 + f_fake**2).mean()
    return f_fake.mean() - f_real.mean() + reg_loss


# %% wrong: the gradient is cut & only for float32
# numbers
def contrastive_divergence_loss(f_real, f_fake):
    return torch.tensor(f_fake.mean().item() - f_real.mean().item())


# %% wrong: the caller's tensor overwritten
def contrastive_divergence_loss(f_real, f_fake):
    f_real *= -1
    return f_fake.mean() + f_real.mean()


# %% wrong: -
# medians
def contrastive_divergence_loss(f_real, f_fake):
    return f_fake.median() - f_real.median()


# %% wrong: -
# the ratio
def contrastive_divergence_loss(f_real, f_fake):
    return f_fake.mean() / f_real.mean()


# %% wrong: only for shape (N, 1)
def contrastive_divergence_loss(f_real, f_fake):
    n, _ = f_real.shape
    return (f_fake.sum() - f_real.sum()) / n


# %% wrong: only for shape (N,)
def contrastive_divergence_loss(f_real, f_fake):
    (n,) = f_real.shape
    return (f_fake.sum() - f_real.sum()) / n


# %% wrong: only for float32
def contrastive_divergence_loss(f_real, f_fake):
    f_real, f_fake = f_real.float(), f_fake.float()
    return f_fake.mean() - f_real.mean()


# %% wrong: a batch size baked in
def contrastive_divergence_loss(f_real, f_fake):
    n = max(len(f_real), 6)
    return (f_fake.sum() - f_real.sum()) / n


# %% raised
def contrastive_divergence_loss(f_real, f_fake):
    return mean(f_fake) - mean(f_real)


# %% not attempted
def contrastive_divergence_loss(f_real, f_fake):
    # YOUR CODE HERE
    raise NotImplementedError()
