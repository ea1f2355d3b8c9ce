# %% right: two calls of binary_cross_entropy_with_logits
def discriminator_loss(logits_real, logits_fake):
    true_labels = torch.ones_like(logits_real)
    loss_real = F.binary_cross_entropy_with_logits(logits_real, true_labels)
    loss_fake = F.binary_cross_entropy_with_logits(logits_fake, torch.zeros_like(logits_fake))
    return loss_real + loss_fake


# %% right: softplus
def discriminator_loss(logits_real, logits_fake):
    return F.softplus(-logits_real).mean() + F.softplus(logits_fake).mean()


# %% right: logsigmoid
def discriminator_loss(logits_real, logits_fake):
    loss = -torch.mean(F.logsigmoid(logits_real)) - torch.mean(F.logsigmoid(-logits_fake))
    return loss


# %% right: the bce_loss of the exercise before, flattened targets
def bce(input, target):
    neg_abs = -input.abs()
    loss = input.clamp(min=0) - input * target + (1 + neg_abs.exp()).log()
    return loss.mean()


def discriminator_loss(logits_real, logits_fake):
    real, fake = logits_real.flatten(), logits_fake.flatten()
    return bce(real, torch.ones(real.shape[0])) + bce(fake, torch.zeros(fake.shape[0]))


# %% right: log(1 - sigmoid) rewritten as logsigmoid(h) - h
def discriminator_loss(logits_real, logits_fake):
    log_d_real = F.logsigmoid(logits_real)
    log_1_minus_d_fake = F.logsigmoid(logits_fake) - logits_fake
    return -(log_d_real.mean() + log_1_minus_d_fake.mean())


# %% right: float64 inside, one sum for both
def discriminator_loss(logits_real, logits_fake):
    r = logits_real.reshape(-1).double()
    f = logits_fake.reshape(-1).double()
    total = torch.logaddexp(torch.zeros_like(r), -r).sum() / r.numel()
    total = total + torch.logaddexp(torch.zeros_like(f), f).sum() / f.numel()
    return total.float()


# %% right: one batch of both, twice its mean
def discriminator_loss(logits_real, logits_fake):
    logits = torch.cat([logits_real, logits_fake])
    labels = torch.cat([torch.ones_like(logits_real), torch.zeros_like(logits_fake)])
    return 2 * nn.BCEWithLogitsLoss()(logits, labels)


# %% right: torch.where inside the exponent
def softplus(h):
    return torch.where(h > 0, h, torch.zeros_like(h)) + torch.log1p(torch.exp(-torch.abs(h)))


def discriminator_loss(logits_real, logits_fake):
    return torch.mean(softplus(-logits_real)) + torch.mean(softplus(logits_fake))


# %% right: a loop over the batch
def discriminator_loss(logits_real, logits_fake):
    loss = torch.zeros(())
    for r in logits_real.reshape(-1):
        loss = loss + F.softplus(-r) / logits_real.shape[0]
    for f in logits_fake.reshape(-1):
        loss = loss + F.softplus(f) / logits_fake.shape[0]
    return loss


# %% wrong: averaged instead of added
def discriminator_loss(logits_real, logits_fake):
    real_loss = F.binary_cross_entropy_with_logits(logits_real, torch.ones_like(logits_real))
    fake_loss = F.binary_cross_entropy_with_logits(logits_fake, torch.zeros_like(logits_fake))
    return (real_loss + fake_loss) / 2


# %% wrong: averaged instead of added, from: one batch of both, twice its mean
# the mean over one batch of both
-    return 2 * nn.BCEWithLogitsLoss()(logits, labels)
+    return F.binary_cross_entropy_with_logits(logits, labels)


# %% wrong: labels swapped
def discriminator_loss(logits_real, logits_fake):
    real_loss = F.binary_cross_entropy_with_logits(logits_real, torch.zeros_like(logits_real))
    fake_loss = F.binary_cross_entropy_with_logits(logits_fake, torch.ones_like(logits_fake))
    return real_loss + fake_loss


# %% wrong: labels swapped & unstable for large logits
# unstable as well
def discriminator_loss(logits_real, logits_fake):
    d_real, d_fake = torch.sigmoid(logits_real), torch.sigmoid(logits_fake)
    return -torch.log(1 - d_real).mean() - torch.log(d_fake).mean()


# %% wrong: summed over the batch
def discriminator_loss(logits_real, logits_fake):
    return F.softplus(-logits_real).sum() + F.softplus(logits_fake).sum()


# %% wrong: summed over the batch
def discriminator_loss(logits_real, logits_fake):
    criterion = nn.BCEWithLogitsLoss(reduction="sum")
    return criterion(logits_real, torch.ones_like(logits_real)) + criterion(
        logits_fake, torch.zeros_like(logits_fake)
    )


# %% wrong: the logit used as a probability
def discriminator_loss(logits_real, logits_fake):
    return -(torch.log(logits_real).mean() + torch.log(1 - logits_fake).mean())


# %% wrong: the logit used as a probability
# 1 - logits is taken for the logit of the other class
def discriminator_loss(logits_real, logits_fake):
    ones = torch.ones_like(logits_real)
    real = F.binary_cross_entropy_with_logits(logits_real, ones)
    fake = F.binary_cross_entropy_with_logits(1 - logits_fake, torch.ones_like(logits_fake))
    return real + fake


# %% wrong: the logit used as a probability
def discriminator_loss(logits_real, logits_fake):
    real = F.binary_cross_entropy_with_logits(logits_real, torch.ones_like(logits_real))
    fake = F.binary_cross_entropy_with_logits(1 - logits_fake, torch.zeros_like(logits_fake))
    return real + fake


# %% wrong: the logit used as a probability
# an epsilon against the nan
def discriminator_loss(logits_real, logits_fake):
    eps = 1e-8
    loss = torch.log(logits_real + eps) + torch.log(1 - logits_fake + eps)
    return -loss.mean()


# %% wrong: both halves labelled real
def discriminator_loss(logits_real, logits_fake):
    labels = torch.ones_like(logits_real)
    loss = F.binary_cross_entropy_with_logits(logits_real, labels)
    loss = loss + F.binary_cross_entropy_with_logits(logits_fake, labels)
    return loss


# %% wrong: both halves labelled real & unstable for large logits
# the minus is lost, and the stability
def discriminator_loss(logits_real, logits_fake):
    return (
        -torch.log(torch.sigmoid(logits_real)).mean() - torch.log(torch.sigmoid(logits_fake)).mean()
    )


# %% wrong: only one half
def discriminator_loss(logits_real, logits_fake):
    loss = F.binary_cross_entropy_with_logits(logits_real, torch.ones_like(logits_real))
    return loss


# %% wrong: only one half
# overwritten in the next line
def discriminator_loss(logits_real, logits_fake):
    loss = F.softplus(-logits_real).mean()
    loss = F.softplus(logits_fake).mean()
    return loss


# %% wrong: negated
def discriminator_loss(logits_real, logits_fake):
    # E[log D(x)] + E[log(1 - D(G(z)))]
    return F.logsigmoid(logits_real).mean() + F.logsigmoid(-logits_fake).mean()


# %% wrong: negated & unstable for large logits
# and unstable
def discriminator_loss(logits_real, logits_fake):
    return (
        torch.log(torch.sigmoid(logits_real)).mean()
        + torch.log(1 - torch.sigmoid(logits_fake)).mean()
    )


# %% wrong: unstable for large logits
def discriminator_loss(logits_real, logits_fake):
    d_real = torch.sigmoid(logits_real)
    d_fake = torch.sigmoid(logits_fake)
    return -(torch.log(d_real) + torch.log(1 - d_fake)).mean()


# %% wrong: unstable for large logits
def discriminator_loss(logits_real, logits_fake):
    d_real, d_fake = torch.sigmoid(logits_real), torch.sigmoid(logits_fake)
    criterion = nn.BCELoss()
    return criterion(d_real, torch.ones_like(d_real)) + criterion(d_fake, torch.zeros_like(d_fake))


# %% wrong: unstable for large logits
def discriminator_loss(logits_real, logits_fake):
    return (
        torch.log(1 + torch.exp(-logits_real)).mean() + torch.log(1 + torch.exp(logits_fake)).mean()
    )


# %% wrong: smoothed labels
# one-sided label smoothing, which nobody asked for
def discriminator_loss(logits_real, logits_fake):
    real = F.binary_cross_entropy_with_logits(logits_real, torch.full_like(logits_real, 0.9))
    fake = F.binary_cross_entropy_with_logits(logits_fake, torch.zeros_like(logits_fake))
    return real + fake


# %% wrong: the loss of a Wasserstein critic
# the critic of a Wasserstein GAN
def discriminator_loss(logits_real, logits_fake):
    return logits_fake.mean() - logits_real.mean()


# %% wrong: squared error for cross-entropy
# least squares
def discriminator_loss(logits_real, logits_fake):
    return 0.5 * ((logits_real - 1) ** 2).mean() + 0.5 * (logits_fake**2).mean()


# %% wrong: the gradient is cut
# the fakes are cut off from the graph
def discriminator_loss(logits_real, logits_fake):
    return F.softplus(-logits_real).mean() + F.softplus(logits_fake.detach()).mean()


# %% wrong: not reduced to one number
# not reduced
def discriminator_loss(logits_real, logits_fake):
    return F.softplus(-logits_real) + F.softplus(logits_fake)


# %% wrong: a batch size baked in
def discriminator_loss(logits_real, logits_fake):
    return F.binary_cross_entropy_with_logits(logits_real, torch.ones(128, 1))


# %% wrong: the caller's tensor overwritten
def discriminator_loss(logits_real, logits_fake):
    loss = F.softplus(-logits_real).mean() + F.softplus(logits_fake.clone()).mean()
    logits_fake.data.zero_()
    return loss


# %% wrong: both halves labelled fake
def discriminator_loss(logits_real, logits_fake):
    return F.softplus(logits_real).mean() + F.softplus(logits_fake).mean()


# %% wrong: labels of 1 and -1
def discriminator_loss(logits_real, logits_fake):
    real = F.binary_cross_entropy_with_logits(logits_real, torch.ones_like(logits_real))
    return real + F.binary_cross_entropy_with_logits(logits_fake, -torch.ones_like(logits_fake))


# %% wrong: sigmoid applied twice
def discriminator_loss(logits_real, logits_fake):
    real, fake = torch.sigmoid(logits_real), torch.sigmoid(logits_fake)
    loss = F.binary_cross_entropy_with_logits(real, torch.ones_like(real))
    return loss + F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))


# %% wrong: the hinge loss
def discriminator_loss(logits_real, logits_fake):
    return F.relu(1 - logits_real).mean() + F.relu(1 + logits_fake).mean()


# %% wrong: a probability, not its logarithm
def discriminator_loss(logits_real, logits_fake):
    return -torch.sigmoid(logits_real).mean() - (1 - torch.sigmoid(logits_fake)).mean()


# %% wrong: the logarithm of a mean
def discriminator_loss(logits_real, logits_fake):
    return F.softplus(-logits_real.mean()) + F.softplus(logits_fake.mean())


# %% wrong: a logarithm with another base
def discriminator_loss(logits_real, logits_fake):
    return (F.softplus(-logits_real).mean() + F.softplus(logits_fake).mean()) / math.log(2)


# %% wrong: the minus of one half missing
def discriminator_loss(logits_real, logits_fake):
    return F.softplus(-logits_real).mean() - F.softplus(logits_fake).mean()


# %% wrong: BCELoss on logits
def discriminator_loss(logits_real, logits_fake):
    bce = nn.BCELoss()
    real = bce(logits_real, torch.ones_like(logits_real))
    return real + bce(logits_fake, torch.zeros_like(logits_fake))


# %% wrong: only for shape (N, 1)
def discriminator_loss(logits_real, logits_fake):
    N, _ = logits_real.size()
    real = F.binary_cross_entropy_with_logits(logits_real, torch.ones((N, 1)))
    return real + F.binary_cross_entropy_with_logits(logits_fake, torch.zeros((N, 1)))


# %% wrong: only for shape (N,)
def discriminator_loss(logits_real, logits_fake):
    N = len(logits_real)
    real = F.binary_cross_entropy_with_logits(logits_real, torch.ones(N))
    return real + F.binary_cross_entropy_with_logits(logits_fake, torch.zeros(N))


# %% right: squeezed, which a batch of one does not survive
def discriminator_loss(logits_real, logits_fake):
    real, fake = logits_real.squeeze(), logits_fake.squeeze()
    return sum(F.softplus(-h) for h in real) / len(real) + F.softplus(fake).mean()


# %% wrong: both halves labelled real & averaged instead of added
# two mistakes at once
def discriminator_loss(logits_real, logits_fake):
    return (F.softplus(-logits_real).mean() + F.softplus(-logits_fake).mean()) / 2


# %% wrong: smoothed labels & the logit used as a probability
# two mistakes at once
def discriminator_loss(logits_real, logits_fake):
    real = F.binary_cross_entropy_with_logits(logits_real, torch.full_like(logits_real, 0.9))
    return real + F.softplus(logits_fake - 1).mean()


# %% wrong: -
def discriminator_loss(logits_real, logits_fake):
    return F.softplus(-logits_real).mean() + F.softplus(logits_fake).mean() + 1


# %% wrong: -
def discriminator_loss(logits_real, logits_fake):
    return F.softplus(-logits_real).median() + F.softplus(logits_fake).median()


# %% wrong: -
def discriminator_loss(logits_real, logits_fake):
    return 0.3 * F.softplus(-logits_real).mean() + 0.7 * F.softplus(logits_fake).mean()


# %% raised
def discriminator_loss(logits_real, logits_fake):
    return F.softplus(-real).mean() + F.softplus(fake).mean()


# %% not attempted
def discriminator_loss(logits_real, logits_fake):
    loss = None
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: labels swapped & averaged instead of added
def discriminator_loss(logits_real, logits_fake):
    bce = F.binary_cross_entropy_with_logits
    return 0.5 * (bce(logits_real, torch.zeros_like(logits_real)) + bce(logits_fake, torch.ones_like(logits_fake)))
