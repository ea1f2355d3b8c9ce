# %% right: label 1 for the fakes
def generator_loss(logits_fake):
    true_labels = torch.ones_like(logits_fake)
    return F.binary_cross_entropy_with_logits(logits_fake, true_labels)


# %% right: softplus
def generator_loss(logits_fake):
    return F.softplus(-logits_fake).mean()


# %% right: logsigmoid
def generator_loss(logits_fake):
    return -F.logsigmoid(logits_fake).mean()


# %% right: the classic stable formula
def bce(input, target):
    neg_abs = -input.abs()
    loss = input.clamp(min=0) - input * target + (1 + neg_abs.exp()).log()
    return loss.mean()


def generator_loss(logits_fake):
    N = logits_fake.size(0)
    return bce(logits_fake.view(N), torch.ones(N))


# %% right: float64, two passes
def generator_loss(logits_fake):
    f = logits_fake.reshape(-1).to(torch.float64)
    losses = torch.clamp(-f, min=0) + torch.log1p(torch.exp(-f.abs()))
    rough = losses.mean()
    return (rough + (losses - rough).mean()).to(logits_fake.dtype)


# %% right: minus the logit plus the minimax softplus
def generator_loss(logits_fake):
    return torch.mean(F.softplus(logits_fake) - logits_fake)


# %% right: cross-entropy of two classes
def generator_loss(logits_fake):
    h = logits_fake.reshape(-1, 1)
    two = torch.cat([torch.zeros_like(h), h], dim=1)
    return F.cross_entropy(two, torch.ones(len(h), dtype=torch.long))


# %% wrong: the minimax form
def generator_loss(logits_fake):
    return -F.binary_cross_entropy_with_logits(logits_fake, torch.zeros_like(logits_fake))


# %% wrong: the minimax form & unstable for large logits
# and unstable
def generator_loss(logits_fake):
    return torch.log(1 - torch.sigmoid(logits_fake)).mean()


# %% wrong: negated
def generator_loss(logits_fake):
    return F.logsigmoid(logits_fake).mean()


# %% wrong: negated
def generator_loss(logits_fake):
    loss = nn.BCEWithLogitsLoss()
    return -loss(logits_fake, torch.ones_like(logits_fake))


# %% wrong: trained to look fake
def generator_loss(logits_fake):
    fake_labels = torch.zeros_like(logits_fake)
    return F.binary_cross_entropy_with_logits(logits_fake, fake_labels)


# %% wrong: trained to look fake & unstable for large logits
# unstable too
def generator_loss(logits_fake):
    return -torch.log(1 - torch.sigmoid(logits_fake)).mean()


# %% wrong: summed over the batch
def generator_loss(logits_fake):
    return F.softplus(-logits_fake).sum()


# %% wrong: summed over the batch
def generator_loss(logits_fake):
    return F.binary_cross_entropy_with_logits(
        logits_fake, torch.ones_like(logits_fake), reduction="sum"
    )


# %% wrong: the logit used as a probability
def generator_loss(logits_fake):
    return -torch.log(logits_fake).mean()


# %% wrong: the logit used as a probability
def generator_loss(logits_fake):
    return -torch.mean(torch.log(logits_fake + 1e-8))


# %% wrong: the logit used as a probability
def generator_loss(logits_fake):
    return F.binary_cross_entropy_with_logits(1 - logits_fake, torch.ones_like(logits_fake))


# %% wrong: unstable for large logits
def generator_loss(logits_fake):
    return -torch.log(torch.sigmoid(logits_fake)).mean()


# %% wrong: unstable for large logits
def generator_loss(logits_fake):
    d_fake = torch.sigmoid(logits_fake).clamp(1e-7, 1 - 1e-7)
    return -d_fake.log().mean()


# %% wrong: unstable for large logits
def generator_loss(logits_fake):
    return F.binary_cross_entropy(torch.sigmoid(logits_fake), torch.ones_like(logits_fake))


# %% wrong: halved
# half of it
def generator_loss(logits_fake):
    return 0.5 * F.softplus(-logits_fake).mean()


# %% wrong: a probability, not its logarithm
def generator_loss(logits_fake):
    return (1 - torch.sigmoid(logits_fake)).mean()


# %% wrong: the gradient is cut
# the fakes are cut off from the generator
def generator_loss(logits_fake):
    return F.softplus(-logits_fake.detach()).mean()


# %% wrong: the gradient is cut & unstable for large logits
# a Python number
def generator_loss(logits_fake):
    return float(np.mean(np.log1p(np.exp(-logits_fake.detach().numpy().clip(-50, 50)))))


# %% raised
def generator_loss(logits_fake):
    return F.binary_cross_entropy_with_logits(logits_fake, 1)


# %% wrong: the caller's tensor overwritten
def generator_loss(logits_fake):
    loss = F.softplus(-logits_fake.clone()).mean()
    logits_fake.data.zero_()
    return loss


# %% wrong: smoothed labels
def generator_loss(logits_fake):
    labels = torch.full_like(logits_fake, 0.9)
    return F.binary_cross_entropy_with_logits(logits_fake, labels)


# %% wrong: labels of 1 and -1
def generator_loss(logits_fake):
    return F.binary_cross_entropy_with_logits(logits_fake, -torch.ones_like(logits_fake))


# %% wrong: sigmoid applied twice
def generator_loss(logits_fake):
    d = torch.sigmoid(logits_fake)
    return F.binary_cross_entropy_with_logits(d, torch.ones_like(d))


# %% wrong: squared error for cross-entropy
def generator_loss(logits_fake):
    return F.mse_loss(torch.sigmoid(logits_fake), torch.ones_like(logits_fake))


# %% wrong: the loss of a Wasserstein critic
def generator_loss(logits_fake):
    return -logits_fake.mean()


# %% wrong: the hinge loss
def generator_loss(logits_fake):
    return F.relu(1 - logits_fake).mean()


# %% wrong: a logarithm with another base
def generator_loss(logits_fake):
    return F.softplus(-logits_fake).mean() / math.log(10)


# %% wrong: the logarithm of a mean
def generator_loss(logits_fake):
    return F.softplus(-logits_fake.mean())


# %% wrong: BCELoss on logits
def generator_loss(logits_fake):
    return F.binary_cross_entropy(logits_fake, torch.ones_like(logits_fake))


# %% wrong: not reduced to one number
def generator_loss(logits_fake):
    return F.softplus(-logits_fake)


# %% wrong: only for shape (N, 1)
def generator_loss(logits_fake):
    N, _ = logits_fake.size()
    return F.binary_cross_entropy_with_logits(logits_fake, torch.ones((N, 1)))


# %% wrong: only for shape (N,)
def generator_loss(logits_fake):
    N = len(logits_fake)
    return F.binary_cross_entropy_with_logits(logits_fake, torch.ones(N))


# %% right: squeezed, which a batch of one does not survive
def generator_loss(logits_fake):
    fake = logits_fake.squeeze()
    return sum(F.softplus(-h) for h in fake) / len(fake)


# %% wrong: a batch size baked in
def generator_loss(logits_fake):
    return F.binary_cross_entropy_with_logits(logits_fake, torch.ones(128, 1))


# %% wrong: -
def generator_loss(logits_fake):
    return F.softplus(-logits_fake).mean() + 1


# %% wrong: -
def generator_loss(logits_fake):
    return F.softplus(-logits_fake).median()


# %% wrong: -
def generator_loss(logits_fake):
    return F.softplus(-logits_fake).max()


# %% wrong: sigmoid applied twice & summed over the batch
# two mistakes at once
def generator_loss(logits_fake):
    d = torch.sigmoid(logits_fake)
    return F.binary_cross_entropy_with_logits(d, torch.ones_like(d), reduction="sum")


# %% not attempted
def generator_loss(logits_fake):
    raise NotImplementedError()
