# %% right: the classic stable formula, reshaped
def bce_loss(input, target):
    input, target = input.reshape(-1), target.reshape(-1)
    neg_abs = -input.abs()
    loss = input.clamp(min=0) - input * target + (1 + neg_abs.exp()).log()
    return loss.mean()


# %% right: the classic stable formula, as it stands, from: the classic stable formula, reshaped
-    input, target = input.reshape(-1), target.reshape(-1)


# %% right: softplus, as it stands
def bce_loss(input, target):
    return (F.softplus(input) - target * input).mean()


# %% right: binary_cross_entropy_with_logits
def bce_loss(input, target):
    return F.binary_cross_entropy_with_logits(input, target)


# %% right: nn.BCEWithLogitsLoss on flattened tensors
def bce_loss(input, target):
    criterion = nn.BCEWithLogitsLoss()
    return criterion(input.view(-1), target.view(-1))


# %% right: softplus
def bce_loss(input, target):
    target = target.view_as(input)
    return (F.softplus(input) - target * input).mean()


# %% right: two logsigmoids
def bce_loss(input, target):
    h = input.flatten()
    y = target.flatten()
    return -torch.mean(y * F.logsigmoid(h) + (1 - y) * F.logsigmoid(-h))


# %% right: float64 inside, one pass over sum and count
def bce_loss(input, target):
    h = input.reshape(-1).double()
    t = target.reshape(-1).double()
    total = torch.sum(torch.clamp(h, min=0) - h * t + torch.log1p(torch.exp(-torch.abs(h))))
    return (total / h.shape[0]).float()


# %% right: torch.where, a detached target
def bce_loss(input, target):
    t = target.detach().reshape(input.shape)
    soft = torch.where(
        input > 0,
        input + torch.log1p(torch.exp(-input.abs())),
        torch.log1p(torch.exp(-input.abs())),
    )
    return torch.mean(soft - t * input)


# %% right: logaddexp
def bce_loss(input, target):
    scores = input.ravel()
    labels = target.ravel().to(scores.dtype)
    zero = torch.zeros_like(scores)
    nll = labels * torch.logaddexp(zero, -scores) + (1 - labels) * torch.logaddexp(zero, scores)
    return nll.mean()


# %% right: unequal shapes refused by hand
def bce_loss(input, target):
    assert input.shape == target.shape, "input and target must have the same shape"
    return torch.mean(F.softplus(-input) + (1 - target) * input)


# %% right: two classes and log_softmax
def bce_loss(input, target):
    input, target = input.reshape(-1), target.reshape(-1)
    log_p = torch.log_softmax(torch.stack([torch.zeros_like(input), input], dim=1), dim=1)
    return -(target * log_p[:, 1] + (1 - target) * log_p[:, 0]).mean()


# %% wrong: a table of all pairs
# only one of the two is squeezed
def bce_loss(input, target):
    target = target.squeeze()
    return -(target * F.logsigmoid(input) + (1 - target) * F.logsigmoid(-input)).mean()


# %% wrong: a table of all pairs
def bce_loss(input, target):
    input = input.squeeze()
    return (F.softplus(input) - target * input).mean()


# %% wrong: a table of all pairs & unstable for large logits
# unstable as well
def bce_loss(input, target):
    p = torch.sigmoid(input).view(-1)
    return -torch.mean(target * torch.log(p) + (1 - target) * torch.log(1 - p))


# %% wrong: log of a raw score
# cut to between 0 and 1
def bce_loss(input, target):
    p = input.clamp(1e-6, 1 - 1e-6)
    return -(target * p.log() + (1 - target) * (1 - p).log()).mean()


# %% wrong: log of a raw score
def bce_loss(input, target):
    input, target = input.reshape(-1), target.reshape(-1)
    return -(target * torch.log(input) + (1 - target) * torch.log(1 - input)).mean()


# %% wrong: BCELoss on logits
def bce_loss(input, target):
    return F.binary_cross_entropy(input, target)


# %% wrong: BCELoss on logits
def bce_loss(input, target):
    loss_fn = nn.BCELoss()
    return loss_fn(input.view(-1), target.view(-1))


# %% wrong: sigmoid applied twice
def bce_loss(input, target):
    prob = torch.sigmoid(input)
    return F.binary_cross_entropy_with_logits(prob, target)


# %% wrong: sigmoid applied twice & unstable for large logits
# by hand
def bce_loss(input, target):
    input = 1 / (1 + torch.exp(-input))
    neg_abs = -input.abs()
    return (input.clamp(min=0) - input * target + torch.log(1 + torch.exp(neg_abs))).mean()


# %% wrong: summed over the batch
def bce_loss(input, target):
    return F.binary_cross_entropy_with_logits(input, target, reduction="sum")


# %% wrong: summed over the batch & unstable for large logits
# unstable as well
def bce_loss(input, target):
    p = torch.sigmoid(input)
    loss = 0
    for pi, ti in zip(p.reshape(-1), target.reshape(-1)):
        loss = loss - ti * torch.log(pi) - (1 - ti) * torch.log(1 - pi)
    return loss


# %% wrong: labels swapped
def bce_loss(input, target):
    h, t = input.flatten(), target.flatten()
    return -((1 - t) * F.logsigmoid(h) + t * F.logsigmoid(-h)).mean()


# %% wrong: labels swapped
def bce_loss(input, target):
    return F.binary_cross_entropy_with_logits(-input, target)


# %% wrong: negated & unstable for large logits
# and unstable
def bce_loss(input, target):
    input, target = input.reshape(-1), target.reshape(-1)
    p = torch.sigmoid(input)
    return (target * p.log() + (1 - target) * (1 - p).log()).mean()


# %% wrong: negated
def bce_loss(input, target):
    h, t = input.flatten(), target.flatten()
    return (t * h - F.softplus(h)).mean()


# %% wrong: unstable for large logits
# as the formula stands in the book
def bce_loss(input, target):
    p = torch.sigmoid(input)
    return -torch.mean(target * torch.log(p) + (1 - target) * torch.log(1 - p))


# %% wrong: unstable for large logits
def bce_loss(input, target):
    input, target = input.reshape(-1), target.reshape(-1)
    p = torch.sigmoid(input)
    return -(target * p.log() + (1 - target) * (1 - p).log()).mean()


# %% wrong: unstable for large logits
# an epsilon hides log(0)
def bce_loss(input, target):
    p = torch.sigmoid(input.view(-1))
    y = target.view(-1)
    eps = 1e-8
    return -torch.mean(y * torch.log(p + eps) + (1 - y) * torch.log(1 - p + eps))


# %% wrong: unstable for large logits
# the stable function, fed with probabilities
def bce_loss(input, target):
    return F.binary_cross_entropy(torch.sigmoid(input), target)


# %% wrong: unstable for large logits
# softplus by hand
def bce_loss(input, target):
    h, t = input.reshape(-1), target.reshape(-1)
    return (torch.log(1 + torch.exp(h)) - t * h).mean()


# %% wrong: only one half
# the positive half only
def bce_loss(input, target):
    return -(target.reshape(-1) * F.logsigmoid(input.reshape(-1))).mean()


# %% wrong: not reduced to one number
# no mean
def bce_loss(input, target):
    h, t = input.reshape(-1), target.reshape(-1)
    return F.softplus(h) - t * h


# %% wrong: the gradient is cut
# a number without a graph
def bce_loss(input, target):
    return F.binary_cross_entropy_with_logits(input.reshape(-1), target.reshape(-1)).item()


# %% wrong: a logarithm with another base & unstable for large logits
# log base 10
def bce_loss(input, target):
    p, t = torch.sigmoid(input.reshape(-1)), target.reshape(-1)
    return -(t * torch.log10(p) + (1 - t) * torch.log10(1 - p)).mean()


# %% wrong: squared error for cross-entropy
# another loss
def bce_loss(input, target):
    return F.mse_loss(torch.sigmoid(input.reshape(-1)), target.reshape(-1))


# %% raised
def bce_loss(input, target):
    return F.cross_entropy_with_logits(input, target)


# %% wrong: the caller's tensor overwritten
def bce_loss(input, target):
    loss = (F.softplus(input.clone()) - target * input.clone()).mean()
    target.data.mul_(0)
    return loss


# %% wrong: the minus of one half missing
def bce_loss(input, target):
    return (target * F.softplus(-input) - (1 - target) * F.softplus(input)).mean()


# %% wrong: a probability, not its logarithm
def bce_loss(input, target):
    p = torch.sigmoid(input)
    return -(target * p + (1 - target) * (1 - p)).mean()


# %% wrong: halved
def bce_loss(input, target):
    return F.binary_cross_entropy_with_logits(input, target) / 2


# %% wrong: only for shape (N, 1)
def bce_loss(input, target):
    batch_size, _ = input.shape
    return F.binary_cross_entropy_with_logits(input, target)


# %% wrong: only for shape (N,)
def bce_loss(input, target):
    (n,) = input.shape
    return F.binary_cross_entropy_with_logits(input, target)


# %% right: squeezed, which a batch of one does not survive
def bce_loss(input, target):
    h, t = input.squeeze(), target.squeeze()
    losses = [F.softplus(a) - b * a for a, b in zip(h, t)]
    return torch.stack(losses).mean()


# %% wrong: -
def bce_loss(input, target):
    return F.binary_cross_entropy_with_logits(input, target) + 1


# %% wrong: the term with the target wrong
def bce_loss(input, target):
    return F.softplus(input).mean()


# %% wrong: -
# weights of its own
def bce_loss(input, target):
    weight = torch.linspace(0, 1, len(input)).reshape(input.shape)
    return F.binary_cross_entropy_with_logits(input, target, weight=weight)


# %% wrong: the product of two means
def bce_loss(input, target):
    return F.softplus(input).mean() - target.mean() * input.mean()


# %% wrong: the product of two means
# a column times a row
def bce_loss(input, target):
    h = input.reshape(-1, 1)
    return (F.softplus(h) - target.reshape(1, -1) * h).mean()


# %% wrong: -
# the median
def bce_loss(input, target):
    return F.binary_cross_entropy_with_logits(input, target, reduction="none").median()


# %% not attempted
def bce_loss(input, target):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: softplus taken apart wrongly & unstable for large logits
def bce_loss(input, target):
    loss = input.clamp(min=0) - input * target + torch.log(1 + torch.exp(-input))
    return loss.mean()
