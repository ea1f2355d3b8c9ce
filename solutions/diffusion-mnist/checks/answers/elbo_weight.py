# %% right: simplified
def elbo_weight(t, betas, alpha_bars):
    return betas[t] / (2 * (1 - betas[t]) * (1 - alpha_bars[t]))


# %% right: as the paper writes it
def elbo_weight(t, betas, alpha_bars):
    alphas = 1 - betas
    sigma2 = betas
    weights = betas**2 / (2 * sigma2 * alphas * (1 - alpha_bars))
    return weights[t]


# %% right: the square of the slope of the mean
def elbo_weight(t, betas, alpha_bars):
    b = betas[t]
    slope = b / (torch.sqrt(1 - b) * torch.sqrt(1 - alpha_bars[t]))
    return slope.pow(2) / (2 * b)


# %% right: extract from a table
def extract(a, t, x_shape):
    out = a.gather(-1, t)
    return out.reshape(t.shape[0], *((1,) * (len(x_shape) - 1)))


def elbo_weight(t, betas, alpha_bars):
    alphas = 1.0 - betas
    table = 0.5 * betas / alphas / (1.0 - alpha_bars)
    return extract(table, t, (len(t),))


# %% right: NumPy
def elbo_weight(t, betas, alpha_bars):
    b, a = betas.numpy(), alpha_bars.numpy()
    w = b**2 / (2 * b * (1 - b) * (1 - a))
    return torch.from_numpy(w)[t]


# %% right: a class that holds the schedule
class Schedule(nn.Module):
    def __init__(self, betas, alpha_bars):
        super().__init__()
        self.register_buffer("betas", betas)
        self.register_buffer("alphas", 1 - betas)
        self.register_buffer("alphas_cumprod", alpha_bars)

    def weight(self, t):
        return self.betas[t] ** 2 / (
            2 * self.betas[t] * self.alphas[t] * (1 - self.alphas_cumprod[t])
        )


def elbo_weight(t, betas, alpha_bars):
    return Schedule(betas, alpha_bars).weight(t)


# %% right: counted from 1 inside
def elbo_weight(t, betas, alpha_bars):
    n = t + 1
    one = torch.ones(1)
    a_bar = torch.cat([one, alpha_bars])
    beta = torch.cat([one, betas])
    alpha = a_bar[n] / a_bar[n - 1]
    return (1 - alpha) ** 2 / (2 * beta[n] * alpha * (1 - a_bar[n]))


# %% right: one by one
def elbo_weight(t, betas, alpha_bars):
    return torch.tensor(
        [(betas[i] / (2 * (1 - betas[i]) * (1 - alpha_bars[i]))).item() for i in t.tolist()]
    )


# %% wrong: the posterior's variance
def elbo_weight(t, betas, alpha_bars):
    before = torch.cat([torch.ones(1), alpha_bars[:-1]])
    variance = betas * (1 - before) / (1 - alpha_bars)
    return (betas**2 / (2 * variance * (1 - betas) * (1 - alpha_bars)))[t]


# %% wrong: the posterior's variance
# the first variance goes around
def elbo_weight(t, betas, alpha_bars):
    variance = betas[t] * (1 - alpha_bars[t - 1]) / (1 - alpha_bars[t])
    return betas[t] ** 2 / (2 * variance * (1 - betas[t]) * (1 - alpha_bars[t]))


# %% wrong: the posterior's variance
# alpha_bar of the step before
def elbo_weight(t, betas, alpha_bars):
    before = alpha_bars[(t - 1).clamp(min=0)]
    return betas[t] / (2 * (1 - betas[t]) * (1 - before))


# %% wrong: the posterior's variance
# by the signal-to-noise ratio
def elbo_weight(t, betas, alpha_bars):
    snr = alpha_bars / (1 - alpha_bars)
    before = torch.cat([torch.tensor([math.inf]), snr[:-1]])
    return 0.5 * (before[t] / snr[t] - 1)


# %% wrong: the weight of the image's error
def elbo_weight(t, betas, alpha_bars):
    snr = alpha_bars / (1 - alpha_bars)
    before = torch.cat([torch.tensor([math.inf]), snr[:-1]])
    return 0.5 * (before[t] - snr[t])


# %% wrong: the weight of the image's error, from: simplified
-    return betas[t] / (2 * (1 - betas[t]) * (1 - alpha_bars[t]))
+    snr = alpha_bars[t] / (1 - alpha_bars[t])
+    return betas[t] * snr / (2 * (1 - betas[t]) * (1 - alpha_bars[t]))


# %% wrong: the variance left out, from: as the paper writes it
-    weights = betas**2 / (2 * sigma2 * alphas * (1 - alpha_bars))
+    weights = betas**2 / (2 * alphas * (1 - alpha_bars))


# %% wrong: the deviation for the variance, from: as the paper writes it
-    sigma2 = betas
+    sigma2 = betas.sqrt()


# %% wrong: the deviation for the variance, from: as the paper writes it
# squared
-    sigma2 = betas
+    sigma2 = betas**2


# %% wrong: not squared, from: the square of the slope of the mean
-    return slope.pow(2) / (2 * b)
+    return slope / (2 * b)


# %% wrong: not squared, from: as the paper writes it
-    weights = betas**2 / (2 * sigma2 * alphas * (1 - alpha_bars))
+    weights = betas**2 / (2 * sigma2 * alphas * (1 - alpha_bars).sqrt())


# %% wrong: alpha left out, from: as the paper writes it
-    weights = betas**2 / (2 * sigma2 * alphas * (1 - alpha_bars))
+    weights = betas**2 / (2 * sigma2 * (1 - alpha_bars))


# %% wrong: alpha_bar for alpha, from: as the paper writes it
-    weights = betas**2 / (2 * sigma2 * alphas * (1 - alpha_bars))
+    weights = betas**2 / (2 * sigma2 * alpha_bars * (1 - alpha_bars))


# %% wrong: alpha for alpha_bar, from: as the paper writes it
-    weights = betas**2 / (2 * sigma2 * alphas * (1 - alpha_bars))
+    weights = betas**2 / (2 * sigma2 * alphas * (1 - alphas))


# %% wrong: 1 - alpha_bar left out, from: as the paper writes it
-    weights = betas**2 / (2 * sigma2 * alphas * (1 - alpha_bars))
+    weights = betas**2 / (2 * sigma2 * alphas)


# %% wrong: upside down, from: simplified
-    return betas[t] / (2 * (1 - betas[t]) * (1 - alpha_bars[t]))
+    return (2 * (1 - betas[t]) * (1 - alpha_bars[t])) / betas[t]


# %% wrong: a step too early, from: as the paper writes it
-    return weights[t]
+    return weights[t - 1]


# %% wrong: not at the time t, from: as the paper writes it
-    return weights[t]
+    return weights


# %% wrong: one number for the whole batch, from: as the paper writes it
-    return weights[t]
+    return weights[t].mean()


# %% wrong: times the number of steps, from: as the paper writes it
-    return weights[t]
+    return len(betas) * weights[t]


# %% wrong: doubled, from: as the paper writes it
-    weights = betas**2 / (2 * sigma2 * alphas * (1 - alpha_bars))
+    weights = betas**2 / (sigma2 * alphas * (1 - alpha_bars))


# %% wrong: the caller's tensor overwritten
def elbo_weight(t, betas, alpha_bars):
    b = betas[t]
    alphas = betas.neg_().add_(1)
    return b / (2 * alphas[t] * (1 - alpha_bars[t]))


# %% wrong: -
# 1, the weight of the simple loss
def elbo_weight(t, betas, alpha_bars):
    return torch.ones(len(t))


# %% wrong: -
# the first time has no weight
def elbo_weight(t, betas, alpha_bars):
    w = betas[t] / (2 * (1 - betas[t]) * (1 - alpha_bars[t]))
    return torch.where(t == 0, torch.zeros_like(w), w)


# %% wrong: -
# the signal-to-noise ratio
def elbo_weight(t, betas, alpha_bars):
    return alpha_bars[t] / (1 - alpha_bars[t])


# %% raised
def elbo_weight(t, betas, alpha_bars):
    alphas = 1 - betas
    sigma = betas[t].sqrt()
    return betas[t] ** 2 / (2 * sigma**2 * alphas[t] * (1 - alpha_bars[t + 1]))


# %% not attempted
def elbo_weight(t, betas, alpha_bars):
    # YOUR CODE HERE
    raise NotImplementedError()
