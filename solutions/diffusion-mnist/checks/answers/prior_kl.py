# %% right: as derived
def prior_kl(x0, alpha_bars):
    left = alpha_bars[-1]
    each = left * x0**2 - left - torch.log(1 - left)
    return each.flatten(1).sum(dim=1) / 2


# %% right: log1p
def prior_kl(x0, alpha_bars):
    a = alpha_bars[-1]
    n = x0[0].numel()
    squares = x0.reshape(len(x0), -1).pow(2).sum(-1)
    return 0.5 * (a * squares - n * a - n * torch.log1p(-a))


# %% right: torch.distributions
def prior_kl(x0, alpha_bars):
    mean = alpha_bars[-1].sqrt() * x0
    std = (1 - alpha_bars[-1]).sqrt().expand_as(mean)
    q = torch.distributions.Normal(mean, std)
    p = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    return torch.distributions.kl_divergence(q, p).flatten(1).sum(1)


# %% right: normal_kl of the public code, with logarithms of variances
def normal_kl(mean1, logvar1, mean2, logvar2):
    return 0.5 * (
        -1.0
        + logvar2
        - logvar1
        + torch.exp(logvar1 - logvar2)
        + ((mean1 - mean2) ** 2) * torch.exp(-logvar2)
    )


def prior_kl(x0, alpha_bars):
    T = len(alpha_bars)
    t = torch.full((x0.shape[0],), T - 1, dtype=torch.long)
    shape = [-1] + [1] * (x0.dim() - 1)
    mean = alpha_bars[t].sqrt().view(shape) * x0
    logvar = torch.log(1.0 - alpha_bars)[t].view(shape).expand_as(x0)
    zero = torch.tensor(0.0)
    kl = normal_kl(mean, logvar, zero, zero)
    return kl.sum(dim=tuple(range(1, kl.dim())))


# %% right: a loop over the images
def prior_kl(x0, alpha_bars):
    left = alpha_bars[-1].item()
    result = []
    for image in x0:
        d = image.numel()
        mu2 = left * (image**2).sum()
        result.append((mu2 + d * (1 - left) - d - d * math.log(1 - left)) / 2)
    return torch.stack(result)


# %% right: NumPy
def prior_kl(x0, alpha_bars):
    a = alpha_bars.numpy()[-1]
    x = x0.numpy().reshape(len(x0), -1)
    kl = 0.5 * np.sum(a * x**2 - a - np.log(1 - a), axis=1)
    return torch.from_numpy(kl)


# %% right: einops style, last element by its number
def prior_kl(x0, alpha_bars):
    T = alpha_bars.shape[0]
    mu = torch.sqrt(alpha_bars[T - 1]) * x0.view(x0.size(0), -1)
    var = 1 - alpha_bars[T - 1]
    return 0.5 * torch.sum(mu.square() + var - 1 - var.log(), dim=-1)


# %% right: with a column
def prior_kl(x0, alpha_bars):
    x = x0.flatten(1)
    var = 1 - alpha_bars[-1]
    kl = 0.5 * (alpha_bars[-1] * x * x + var - 1 - var.log())
    return kl.sum(1, keepdim=True)


# %% wrong: in bits, from: as derived
-    return each.flatten(1).sum(dim=1) / 2
+    return each.flatten(1).sum(dim=1) / (2 * math.log(2))


# %% wrong: in bits, from: as derived
-    each = left * x0**2 - left - torch.log(1 - left)
+    each = (left * x0**2 - left) / math.log(2) - torch.log2(1 - left)


# %% wrong: averaged over the pixels & in bits, from: as derived
# bits per dimension
-    return each.flatten(1).sum(dim=1) / 2
+    return each.flatten(1).mean(dim=1) / (2 * math.log(2))


# %% wrong: averaged over the pixels, from: as derived
-    return each.flatten(1).sum(dim=1) / 2
+    return each.flatten(1).mean(dim=1) / 2


# %% wrong: one number for the whole batch, from: as derived
-    return each.flatten(1).sum(dim=1) / 2
+    return each.flatten(1).sum(dim=1).mean() / 2


# %% wrong: one number for the whole batch, from: as derived
# the sum of everything
-    return each.flatten(1).sum(dim=1) / 2
+    return each.sum() / 2


# %% wrong: one number for the whole batch, from: torch.distributions
# the mean of everything
-    return torch.distributions.kl_divergence(q, p).flatten(1).sum(1)
+    return torch.distributions.kl_divergence(q, p).mean()


# %% wrong: a number for each pixel, from: torch.distributions
-    return torch.distributions.kl_divergence(q, p).flatten(1).sum(1)
+    return torch.distributions.kl_divergence(q, p)


# %% wrong: not at the last step, from: as derived
-    left = alpha_bars[-1]
+    left = alpha_bars[0]


# %% wrong: not at the last step, from: as derived
# one step before
-    left = alpha_bars[-1]
+    left = alpha_bars[len(alpha_bars) - 2]


# %% wrong: not at the last step, from: as derived
# taken for the alphas, which are multiplied once more
-    left = alpha_bars[-1]
+    left = torch.prod(alpha_bars)


# %% wrong: alpha_bar and 1 - alpha_bar swapped, from: as derived
-    each = left * x0**2 - left - torch.log(1 - left)
+    each = (1 - left) * x0**2 + left - 1 - torch.log(left)


# %% wrong: the square of the mean, from: as derived
-    each = left * x0**2 - left - torch.log(1 - left)
+    each = (left * x0) ** 2 - left - torch.log(1 - left)


# %% wrong: the square of the mean, from: as derived
# not squared
-    each = left * x0**2 - left - torch.log(1 - left)
+    each = left.sqrt() * x0 - left - torch.log(1 - left)


# %% wrong: the square of the mean, from: as derived
# the root of alpha_bar as its square
-    each = left * x0**2 - left - torch.log(1 - left)
+    each = left.sqrt() * x0**2 - left - torch.log(1 - left)


# %% wrong: the square of the mean, from: torch.distributions
# the mean is the image
-    mean = alpha_bars[-1].sqrt() * x0
+    mean = x0


# %% wrong: the deviation for the variance, from: torch.distributions
-    std = (1 - alpha_bars[-1]).sqrt().expand_as(mean)
+    std = (1 - alpha_bars[-1]).expand_as(mean)


# %% wrong: the deviation for the variance, from: einops style, last element by its number
-    var = 1 - alpha_bars[T - 1]
+    var = torch.sqrt(1 - alpha_bars[T - 1])


# %% wrong: the logarithm of the deviation, from: as derived
-    each = left * x0**2 - left - torch.log(1 - left)
+    each = left * x0**2 - left - torch.log(torch.sqrt(1 - left))


# %% wrong: the logarithm of the deviation, from: as derived
# the half inside
-    each = left * x0**2 - left - torch.log(1 - left)
-    return each.flatten(1).sum(dim=1) / 2
+    each = 0.5 * (left * x0**2 - left) - torch.log(1 - left)
+    return each.flatten(1).sum(dim=1)


# %% wrong: the logarithm's sign, from: as derived
-    each = left * x0**2 - left - torch.log(1 - left)
+    each = left * x0**2 - left + torch.log(1 - left)


# %% wrong: the -1 missing, from: einops style, last element by its number
-    return 0.5 * torch.sum(mu.square() + var - 1 - var.log(), dim=-1)
+    return 0.5 * torch.sum(mu.square() + var - var.log(), dim=-1)


# %% wrong: the -1 missing
# once for the image, not for each pixel
def prior_kl(x0, alpha_bars):
    a = alpha_bars[-1]
    each = a * x0**2 + (1 - a) - torch.log(1 - a)
    return 0.5 * (each.flatten(1).sum(1) - 1)


# %% wrong: the image left out
def prior_kl(x0, alpha_bars):
    a = alpha_bars[-1]
    each = (-a - torch.log(1 - a)) / 2
    return each * torch.ones(len(x0)) * x0[0].numel()


# %% wrong: the variance left out, from: as derived
-    each = left * x0**2 - left - torch.log(1 - left)
+    each = left * x0**2


# %% wrong: the other direction, from: torch.distributions
-    return torch.distributions.kl_divergence(q, p).flatten(1).sum(1)
+    return torch.distributions.kl_divergence(p, q).flatten(1).sum(1)


# %% wrong: doubled, from: as derived
-    return each.flatten(1).sum(dim=1) / 2
+    return each.flatten(1).sum(dim=1)


# %% wrong: negated, from: as derived
-    return each.flatten(1).sum(dim=1) / 2
+    return -each.flatten(1).sum(dim=1) / 2


# %% wrong: negated & doubled, from: as derived
-    return each.flatten(1).sum(dim=1) / 2
+    return -each.flatten(1).sum(dim=1)


# %% wrong: only for images, from: as derived
-    return each.flatten(1).sum(dim=1) / 2
+    return each.sum(dim=(1, 2, 3)) / 2


# %% wrong: only for rows, from: as derived
-    return each.flatten(1).sum(dim=1) / 2
+    return each.sum(dim=1) / 2


# %% wrong: only for rows, from: as derived
# the last axis
-    return each.flatten(1).sum(dim=1) / 2
+    return each.sum(-1) / 2


# %% wrong: the caller's tensor overwritten, from: as derived
-    each = left * x0**2 - left - torch.log(1 - left)
+    each = x0.pow_(2).mul_(left) - left - torch.log(1 - left)


# %% wrong: -
# an estimate from one draw of x_T
def prior_kl(x0, alpha_bars):
    a = alpha_bars[-1]
    x_T = a.sqrt() * x0 + (1 - a).sqrt() * torch.randn_like(x0)
    q = torch.distributions.Normal(a.sqrt() * x0, (1 - a).sqrt())
    p = torch.distributions.Normal(0.0, 1.0)
    return (q.log_prob(x_T) - p.log_prob(x_T)).flatten(1).sum(1)


# %% wrong: -
# the sum over all steps
def prior_kl(x0, alpha_bars):
    total = 0
    for a in alpha_bars:
        total = total + (a * x0**2 - a - torch.log(1 - a)).flatten(1).sum(1) / 2
    return total


# %% wrong: -
# the clean image is taken for a log variance
def prior_kl(x0, alpha_bars):
    mu = alpha_bars[-1].sqrt() * x0
    return -0.5 * (1 + x0 - mu**2 - x0.exp()).flatten(1).sum(1)


# %% raised
def prior_kl(x0, alpha_bars):
    mean = alpha_bars[-1].sqrt() * x0
    q = torch.distributions.Normal(mean, 1 - alpha_bars)
    return torch.distributions.kl_divergence(q, torch.distributions.Normal(0, 1)).flatten(1).sum(1)


# %% not attempted
def prior_kl(x0, alpha_bars):
    # YOUR CODE HERE
    raise NotImplementedError()
