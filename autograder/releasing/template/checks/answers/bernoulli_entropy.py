# %% right: logsigmoid
def bernoulli_entropy(logits):
    p = torch.sigmoid(logits)
    return -(p * F.logsigmoid(logits) + (1 - p) * F.logsigmoid(-logits))


# %% right: softplus minus the mean of the logit
def bernoulli_entropy(logits):
    return F.softplus(logits) - logits * torch.sigmoid(logits)


# %% right: torch's own distribution
def bernoulli_entropy(logits):
    return torch.distributions.Bernoulli(logits=logits).entropy()


# %% right: -p log p of both outcomes, with 0 log 0 = 0
def bernoulli_entropy(logits):
    p = torch.sigmoid(logits)
    return torch.special.entr(p) + torch.special.entr(1 - p)


# %% wrong: the sign
def bernoulli_entropy(logits):
    p = torch.sigmoid(logits)
    return p * F.logsigmoid(logits) + (1 - p) * F.logsigmoid(-logits)


# %% wrong: one outcome only
def bernoulli_entropy(logits):
    return -torch.sigmoid(logits) * F.logsigmoid(logits)


# %% wrong: in bits
def bernoulli_entropy(logits):
    p = torch.sigmoid(logits)
    nats = p * F.softplus(-logits) + (1 - p) * F.softplus(logits)
    return nats / torch.tensor(2.0, dtype=logits.dtype).log()


# %% wrong: in bits & unstable for large logits
def bernoulli_entropy(logits):
    p = torch.sigmoid(logits)
    return -(p * torch.log2(p) + (1 - p) * torch.log2(1 - p))


# %% wrong: averaged over the logits
def bernoulli_entropy(logits):
    return F.binary_cross_entropy_with_logits(logits, torch.sigmoid(logits))


# %% wrong: unstable for large logits
def bernoulli_entropy(logits):
    p = torch.sigmoid(logits)
    return -(p * torch.log(p) + (1 - p) * torch.log(1 - p))


# %% wrong: the caller's tensor overwritten
def bernoulli_entropy(logits):
    p = logits.sigmoid_()
    return torch.special.entr(p) + torch.special.entr(1 - p)


# %% wrong: -
# the logit used as a probability
def bernoulli_entropy(logits):
    return -(logits * torch.log(logits) + (1 - logits) * torch.log(1 - logits))


# %% wrong: -
# the variance of the outcome
def bernoulli_entropy(logits):
    p = torch.sigmoid(logits)
    return p * (1 - p)


# %% wrong: -
# without the weights of the outcomes
def bernoulli_entropy(logits):
    return -F.logsigmoid(logits) - F.logsigmoid(-logits)


# %% raised
def bernoulli_entropy(logits):
    return -sum(p * math.log(p) for p in torch.sigmoid(logit))


# %% not attempted
def bernoulli_entropy(logits):
    # YOUR CODE HERE
    raise NotImplementedError()
