# %% right: minus softplus
def minimax_generator_loss(logits_fake):
    return -F.softplus(logits_fake).mean()


# %% right: logsigmoid of minus h
def minimax_generator_loss(logits_fake):
    return torch.mean(F.logsigmoid(-logits_fake))


# %% right: minus the cross-entropy against label 0
def minimax_generator_loss(logits_fake):
    return -F.binary_cross_entropy_with_logits(logits_fake, torch.zeros_like(logits_fake))


# %% right: logsigmoid(h) - h
def minimax_generator_loss(logits_fake):
    return (F.logsigmoid(logits_fake) - logits_fake).mean()


# %% right: float64 and logaddexp
def minimax_generator_loss(logits_fake):
    h = logits_fake.flatten().double()
    return -torch.logaddexp(h, torch.zeros_like(h)).mean().float()


# %% right: the classic stable formula
def minimax_generator_loss(logits_fake):
    neg_abs = -logits_fake.abs()
    return -(logits_fake.clamp(min=0) + (1 + neg_abs.exp()).log()).mean()


# %% right: torch.distributions
def minimax_generator_loss(logits_fake):
    d = torch.distributions.Bernoulli(logits=logits_fake)
    return d.log_prob(torch.zeros_like(logits_fake)).mean()


# %% wrong: cross-entropy against label 0, reported positive
def minimax_generator_loss(logits_fake):
    return F.binary_cross_entropy_with_logits(logits_fake, torch.zeros_like(logits_fake))


# %% wrong: cross-entropy against label 0, reported positive & unstable for large logits
# unstable too
def minimax_generator_loss(logits_fake):
    return -torch.log(1 - torch.sigmoid(logits_fake)).mean()


# %% wrong: the non-saturating form
def minimax_generator_loss(logits_fake):
    return F.binary_cross_entropy_with_logits(logits_fake, torch.ones_like(logits_fake))


# %% wrong: the non-saturating form & unstable for large logits
def minimax_generator_loss(logits_fake):
    return -torch.log(torch.sigmoid(logits_fake)).mean()


# %% wrong: log D instead of log(1 - D)
def minimax_generator_loss(logits_fake):
    return F.logsigmoid(logits_fake).mean()


# %% wrong: log D instead of log(1 - D)
def minimax_generator_loss(logits_fake):
    return -F.binary_cross_entropy_with_logits(logits_fake, torch.ones_like(logits_fake))


# %% wrong: summed over the batch
def minimax_generator_loss(logits_fake):
    return torch.sum(F.logsigmoid(-logits_fake))


# %% wrong: summed over the batch & unstable for large logits
def minimax_generator_loss(logits_fake):
    return torch.log(1 - torch.sigmoid(logits_fake)).sum()


# %% wrong: the logit used as a probability
def minimax_generator_loss(logits_fake):
    return torch.log(1 - logits_fake).mean()


# %% wrong: the logit used as a probability
def minimax_generator_loss(logits_fake):
    return F.logsigmoid(1 - logits_fake).mean()


# %% wrong: unstable for large logits
def minimax_generator_loss(logits_fake):
    return torch.log(1 - torch.sigmoid(logits_fake)).mean()


# %% wrong: unstable for large logits
def minimax_generator_loss(logits_fake):
    p = torch.sigmoid(logits_fake)
    return torch.log(1 - p + 1e-10).mean()


# %% wrong: unstable for large logits
def minimax_generator_loss(logits_fake):
    return -torch.log(1 + torch.exp(logits_fake)).mean()


# %% wrong: a probability, not its logarithm
# the probability, not its logarithm
def minimax_generator_loss(logits_fake):
    return (1 - torch.sigmoid(logits_fake)).mean()


# %% wrong: the logarithm of a mean
# logarithm of the mean
def minimax_generator_loss(logits_fake):
    return torch.log(torch.sigmoid(-logits_fake).mean())


# %% wrong: doubled
def minimax_generator_loss(logits_fake):
    return 2 * F.logsigmoid(-logits_fake).mean()


# %% raised
def minimax_generator_loss(logits_fake):
    return torch.log(1 - torch.sigmoid(logits)).mean()


# %% wrong: the gradient is cut
def minimax_generator_loss(logits_fake):
    return F.logsigmoid(-logits_fake).mean().item()


# %% wrong: the caller's tensor overwritten
def minimax_generator_loss(logits_fake):
    loss = -F.softplus(logits_fake.clone()).mean()
    logits_fake.data.zero_()
    return loss


# %% wrong: smoothed labels
def minimax_generator_loss(logits_fake):
    labels = torch.full_like(logits_fake, 0.1)
    return -F.binary_cross_entropy_with_logits(logits_fake, labels)


# %% wrong: labels of 1 and -1
def minimax_generator_loss(logits_fake):
    return -F.binary_cross_entropy_with_logits(logits_fake, -torch.ones_like(logits_fake))


# %% wrong: sigmoid applied twice
def minimax_generator_loss(logits_fake):
    d = torch.sigmoid(logits_fake)
    return -F.binary_cross_entropy_with_logits(d, torch.zeros_like(d))


# %% wrong: squared error for cross-entropy
def minimax_generator_loss(logits_fake):
    return -F.mse_loss(torch.sigmoid(logits_fake), torch.zeros_like(logits_fake))


# %% wrong: the loss of a Wasserstein critic
def minimax_generator_loss(logits_fake):
    return -logits_fake.mean()


# %% wrong: the hinge loss
def minimax_generator_loss(logits_fake):
    return -F.relu(1 + logits_fake).mean()


# %% wrong: a logarithm with another base
def minimax_generator_loss(logits_fake):
    return -F.softplus(logits_fake).mean() / math.log(10)


# %% wrong: halved
def minimax_generator_loss(logits_fake):
    return F.logsigmoid(-logits_fake).mean() / 2


# %% wrong: BCELoss on logits
def minimax_generator_loss(logits_fake):
    return -F.binary_cross_entropy(logits_fake, torch.ones_like(logits_fake))


# %% wrong: not reduced to one number
def minimax_generator_loss(logits_fake):
    return -F.softplus(logits_fake)


# %% wrong: only for shape (N, 1)
def minimax_generator_loss(logits_fake):
    N, _ = logits_fake.size()
    return -F.binary_cross_entropy_with_logits(logits_fake, torch.zeros((N, 1)))


# %% wrong: only for shape (N,)
def minimax_generator_loss(logits_fake):
    N = len(logits_fake)
    return -F.binary_cross_entropy_with_logits(logits_fake, torch.zeros(N))


# %% right: squeezed, which a batch of one does not survive
def minimax_generator_loss(logits_fake):
    fake = logits_fake.squeeze()
    return -sum(F.softplus(h) for h in fake) / len(fake)


# %% wrong: a batch size baked in
def minimax_generator_loss(logits_fake):
    return F.binary_cross_entropy_with_logits(logits_fake, torch.ones(128, 1))


# %% wrong: -
def minimax_generator_loss(logits_fake):
    return -F.softplus(logits_fake).mean() + 1


# %% wrong: -
def minimax_generator_loss(logits_fake):
    return -F.softplus(logits_fake).median()


# %% wrong: -
def minimax_generator_loss(logits_fake):
    return -F.softplus(logits_fake).max()


# %% not attempted
def minimax_generator_loss(logits_fake):
    # YOUR CODE HERE
    raise NotImplementedError()
