# %% right: minus the mean
def kl_generator_loss(logits):
    return -logits.mean()


# %% right: both losses with softplus
def kl_generator_loss(logits):
    minimax = -F.softplus(logits).mean()
    nonsaturating = F.softplus(-logits).mean()
    return minimax + nonsaturating


# %% right: logsigmoid
def kl_generator_loss(logits):
    return torch.mean(F.logsigmoid(-logits) - F.logsigmoid(logits))


# %% right: binary cross-entropy
def kl_generator_loss(logits):
    real = F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
    fake = F.binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))
    return real - fake


# %% right: a sum, divided
def kl_generator_loss(logits):
    return (0 - logits).sum() / len(logits)


# %% wrong: the sign
def kl_generator_loss(logits):
    return logits.mean()


# %% wrong: the sign
def kl_generator_loss(logits):
    return torch.mean(F.logsigmoid(logits) - F.logsigmoid(-logits))


# %% wrong: only one of the two losses
def kl_generator_loss(logits):
    return F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


# %% wrong: only one of the two losses & unstable for large logits
def kl_generator_loss(logits):
    return torch.log(1 - torch.sigmoid(logits)).mean()


# %% wrong: subtracted instead of added
def kl_generator_loss(logits):
    return F.logsigmoid(-logits).mean() + F.logsigmoid(logits).mean()


# %% wrong: subtracted instead of added
def kl_generator_loss(logits):
    return F.softplus(logits).mean() + F.softplus(-logits).mean()


# %% wrong: averaged instead of added
def kl_generator_loss(logits):
    return 0.5 * (F.softplus(-logits).mean() - F.softplus(logits).mean())


# %% wrong: summed over the batch
def kl_generator_loss(logits):
    return -torch.sum(logits)


# %% wrong: the sigmoid of the logit
def kl_generator_loss(logits):
    return -torch.sigmoid(logits).mean()


# %% wrong: the sigmoid of the logit
def kl_generator_loss(logits):
    d = torch.sigmoid(logits)
    return ((1 - d) - d).mean()


# %% wrong: the logit used as a probability
def kl_generator_loss(logits):
    return torch.log(1 - logits).mean() - torch.log(logits).mean()


# %% wrong: the logit used as a probability
def kl_generator_loss(logits):
    return torch.mean(torch.log((1 - logits) / logits))


# %% wrong: unstable for large logits
def kl_generator_loss(logits):
    d = torch.sigmoid(logits)
    return (torch.log(1 - d) - torch.log(d)).mean()


# %% wrong: unstable for large logits
# PyTorch's cross-entropy of probabilities clamps its logarithms at -100
def kl_generator_loss(logits):
    d = torch.sigmoid(logits)
    real = F.binary_cross_entropy(d, torch.ones_like(d))
    return real - F.binary_cross_entropy(d, torch.zeros_like(d))


# %% wrong: -
# not averaged
def kl_generator_loss(logits):
    return -logits


# %% wrong: -
# the discriminator's loss
def kl_generator_loss(logits):
    return F.softplus(logits).mean()


# %% wrong: -
# a square
def kl_generator_loss(logits):
    return ((logits - 1) ** 2).mean()


# %% wrong: the caller's tensor overwritten, from: minus the mean
-    return -logits.mean()
+    return logits.neg_().mean()


# %% raised
def kl_generator_loss(logits):
    return minimax_generator_loss(logits) + generator_loss(logits)


# %% not attempted
def kl_generator_loss(logits):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: the gradient is cut
def kl_generator_loss(logits):
    return torch.tensor(-logits.mean().item())
