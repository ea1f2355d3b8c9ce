# %% right: softmax of the exponents
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    a = alpha_bars[t][:, None]
    v = a * sigma**2 + 1 - a
    towards = a.sqrt()[:, None] * means - x[:, None]
    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=1)
    return (r[:, :, None] * towards).sum(1) / v


# %% right: autograd of logsumexp
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        a = alpha_bars[t].view(-1, 1)
        v = a * sigma**2 + (1 - a)
        centres = a.sqrt().unsqueeze(1) * means
        exponents = -((x.unsqueeze(1) - centres) ** 2).sum(-1) / (2 * v)
        log_q = torch.logsumexp(torch.log(weights) + exponents, dim=1)
        (score,) = torch.autograd.grad(log_q.sum(), x)
    return score


# %% right: with the normalisation of each density
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    a = alpha_bars[t]
    s2 = sigma**2 * a + (1 - a)
    mu = a.sqrt()[:, None, None] * means[None]
    diff = x[:, None] - mu
    d = x.shape[1]
    log_n = -0.5 * (diff**2).sum(-1) / s2[:, None] - 0.5 * d * torch.log(2 * math.pi * s2)[:, None]
    log_joint = log_n + weights.log()
    r = torch.exp(log_joint - torch.logsumexp(log_joint, dim=1, keepdim=True))
    return -(r.unsqueeze(-1) * diff).sum(1) / s2[:, None]


# %% right: a loop over the components, the largest exponent subtracted
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    a = alpha_bars[t].reshape(-1, 1)
    var = a * sigma * sigma + 1 - a
    exponents, ways = [], []
    for mean, weight in zip(means, weights):
        way = torch.sqrt(a) * mean - x
        exponents.append(torch.log(weight) - (way * way).sum(1) / (2 * var[:, 0]))
        ways.append(way / var)
    exponents = torch.stack(exponents, 1)
    dens = torch.exp(exponents - exponents.max(1, keepdim=True).values)
    total = sum(dens[:, k : k + 1] * ways[k] for k in range(len(ways)))
    return total / dens.sum(1, keepdim=True)


# %% right: Tweedie's formula, through the mean of x0
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    a = alpha_bars[t][:, None]
    v = a * sigma**2 + 1 - a
    logits = weights.log() - ((x[:, None] - a.sqrt()[:, None] * means) ** 2).sum(-1) / (2 * v)
    r = logits.softmax(1)
    mean = r @ means
    x0 = mean + a.sqrt() * sigma**2 / v * (x - a.sqrt() * mean)
    return (a.sqrt() * x0 - x) / (1 - a)


# %% wrong: an unweighted mean, from: softmax of the exponents
-    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=1)
+    r = torch.full((len(x), len(means)), 1 / len(means))


# %% wrong: an unweighted mean, from: softmax of the exponents
-    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=1)
+    r = weights.expand(len(x), -1)


# %% wrong: the weights left out, from: softmax of the exponents
-    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=1)
+    r = torch.softmax(-(towards**2).sum(-1) / (2 * v), dim=1)


# %% wrong: the weights without their logarithm, from: softmax of the exponents
-    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=1)
+    r = torch.softmax(weights - (towards**2).sum(-1) / (2 * v), dim=1)


# %% wrong: sigma not diffused, from: softmax of the exponents
-    v = a * sigma**2 + 1 - a
+    v = torch.full_like(a, sigma**2)


# %% wrong: sigma not diffused, from: softmax of the exponents
-    v = a * sigma**2 + 1 - a
+    v = sigma**2 + 1 - a


# %% wrong: sigma not diffused, from: softmax of the exponents
-    v = a * sigma**2 + 1 - a
+    v = a * sigma**2


# %% wrong: sigma as a variance, from: softmax of the exponents
-    v = a * sigma**2 + 1 - a
+    v = a * sigma + 1 - a


# %% wrong: the means not shrunk, from: softmax of the exponents
-    towards = a.sqrt()[:, None] * means - x[:, None]
+    towards = means - x[:, None]


# %% wrong: the means shrunk by alpha_bar, from: softmax of the exponents
-    towards = a.sqrt()[:, None] * means - x[:, None]
+    towards = a[:, None] * means - x[:, None]


# %% wrong: the half missing in the exponent, from: softmax of the exponents
-    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=1)
+    r = torch.softmax(weights.log() - (towards**2).sum(-1) / v, dim=1)


# %% wrong: a softmax over the points, from: softmax of the exponents
-    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=1)
+    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=0)


# %% wrong: not divided by the variance, from: softmax of the exponents
-    return (r[:, :, None] * towards).sum(1) / v
+    return (r[:, :, None] * towards).sum(1)


# %% wrong: the sign, from: softmax of the exponents
-    return (r[:, :, None] * towards).sum(1) / v
+    return -(r[:, :, None] * towards).sum(1) / v


# %% wrong: a time for each column
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    a = alpha_bars[t]
    towards = a.sqrt() * means - x[:, None]
    v = a * sigma**2 + 1 - a
    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=1)
    return (r[:, :, None] * towards).sum(1) / v


# %% wrong: unstable far out, from: softmax of the exponents
-    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=1)
+    density = weights * torch.exp(-(towards**2).sum(-1) / (2 * v))
+    r = density / density.sum(1, keepdim=True)


# %% wrong: unstable far out, from: softmax of the exponents
-    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=1)
+    density = weights * torch.exp(-(towards**2).sum(-1) / (2 * v))
+    r = density / (density.sum(1, keepdim=True) + 1e-12)


# %% wrong: alpha for alpha_bar, from: softmax of the exponents
-    a = alpha_bars[t][:, None]
+    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
+    a = (alpha_bars / before)[t][:, None]


# %% wrong: the index off by one, from: softmax of the exponents
-    a = alpha_bars[t][:, None]
+    a = alpha_bars[t - 1][:, None]


# %% wrong: one time for the whole batch, from: softmax of the exponents
-    a = alpha_bars[t][:, None]
+    a = alpha_bars[t[0]].reshape(1, 1)


# %% wrong: the caller's tensor overwritten
# as a leaf that wants gradients
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    x.requires_grad_()
    a = alpha_bars[t].view(-1, 1)
    v = a * sigma**2 + (1 - a)
    exponents = -((x.unsqueeze(1) - a.sqrt().unsqueeze(1) * means) ** 2).sum(-1) / (2 * v)
    log_q = torch.logsumexp(torch.log(weights) + exponents, dim=1)
    return torch.autograd.grad(log_q.sum(), x)[0]


# %% wrong: sigma as a variance & the sign
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    a = alpha_bars[t][:, None]
    v = a * sigma + 1 - a
    towards = a.sqrt()[:, None] * means - x[:, None]
    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=1)
    return -(r[:, :, None] * towards).sum(1) / v


# %% wrong: -
# the nearest component alone
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    a = alpha_bars[t][:, None]
    v = a * sigma**2 + 1 - a
    centres = a.sqrt()[:, None] * means
    nearest = ((x[:, None] - centres) ** 2).sum(-1).argmin(1)
    return (centres[torch.arange(len(x)), nearest] - x) / v


# %% wrong: -
# the gradient of the density, not of its logarithm
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    a = alpha_bars[t][:, None]
    v = a * sigma**2 + 1 - a
    towards = a.sqrt()[:, None] * means - x[:, None]
    r = weights * torch.exp(-(towards**2).sum(-1) / (2 * v))
    return (r[:, :, None] * towards).sum(1) / v


# %% wrong: -
# the log density itself
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    a = alpha_bars[t][:, None]
    v = a * sigma**2 + 1 - a
    towards = a.sqrt()[:, None] * means - x[:, None]
    return torch.logsumexp(weights.log() - (towards**2).sum(-1) / (2 * v), 1)


# %% raised
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    a = alpha_bars[t]
    v = a * sigma**2 + 1 - a
    towards = a.sqrt() * means - x
    r = torch.softmax(weights.log() - (towards**2).sum(-1) / (2 * v), dim=1)
    return (r[:, :, None] * towards).sum(1) / v


# %% raised
# torch's mixture, at one time only
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    a = alpha_bars[t].item()
    D = torch.distributions
    parts = D.Independent(D.Normal(a**0.5 * means, (a * sigma**2 + 1 - a) ** 0.5), 1)
    q = D.MixtureSameFamily(D.Categorical(weights), parts)
    x = x.clone().requires_grad_()
    return torch.autograd.grad(q.log_prob(x).sum(), x)[0]


# %% not attempted
def mixture_score(x, t, means, weights, sigma, alpha_bars):
    # YOUR CODE HERE
    raise NotImplementedError()
