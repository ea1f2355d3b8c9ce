# %% right: coefficients
def q_posterior(x0, x_t, t, betas, alpha_bars):
    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
    shape = [-1] + [1] * (x0.dim() - 1)
    beta, bar, bar_before = (v[t].view(shape) for v in (betas, alpha_bars, before))
    first = bar_before.sqrt() * beta / (1 - bar)
    second = (1 - beta).sqrt() * (1 - bar_before) / (1 - bar)
    variance = beta * (1 - bar_before) / (1 - bar)
    return first * x0 + second * x_t, variance


# %% right: extract, as in many courses, and the logarithm, too
def extract(a, t, x_shape):
    out = a.gather(-1, t)
    return out.reshape(t.shape[0], *((1,) * (len(x_shape) - 1)))


def q_posterior(x0, x_t, t, betas, alpha_bars):
    alphas = 1.0 - betas
    alphas_cumprod_prev = F.pad(alpha_bars[:-1], (1, 0), value=1.0)
    posterior_variance = betas * (1.0 - alphas_cumprod_prev) / (1.0 - alpha_bars)
    log_variance = torch.log(posterior_variance.clamp(min=1e-20))
    mean_coef1 = betas * torch.sqrt(alphas_cumprod_prev) / (1.0 - alpha_bars)
    mean_coef2 = (1.0 - alphas_cumprod_prev) * torch.sqrt(alphas) / (1.0 - alpha_bars)
    mean = extract(mean_coef1, t, x_t.shape) * x0 + extract(mean_coef2, t, x_t.shape) * x_t
    return mean, extract(posterior_variance, t, x_t.shape), extract(log_variance, t, x_t.shape)


# %% right: torch.where at the first step, the variance (N,)
def q_posterior(x0, x_t, t, betas, alpha_bars):
    prev = torch.where(t > 0, alpha_bars[(t - 1).clamp(min=0)], torch.ones_like(alpha_bars[t]))
    b, a = betas[t], alpha_bars[t]
    variance = b * (1 - prev) / (1 - a)

    def wide(v):
        return v.reshape(len(v), *[1] * (x0.dim() - 1))

    mean = wide(prev.sqrt() * b / (1 - a)) * x0 + wide((1 - b).sqrt() * (1 - prev) / (1 - a)) * x_t
    return mean, variance


# %% right: the product of two Gaussians
# precisions add up: of x_t given x_{t-1}, and of x_{t-1} given x0; at t = 0 the second is infinite
def q_posterior(x0, x_t, t, betas, alpha_bars):
    shape = (len(t),) + (1,) * (x0.dim() - 1)
    beta = betas[t].reshape(shape)
    before = (alpha_bars / (1 - betas))[t].reshape(shape)
    variance = 1 / ((1 - beta) / beta + 1 / (1 - before).clamp(min=1e-30))
    mean = variance * (
        (1 - beta).sqrt() / beta * x_t + before.sqrt() / (1 - before).clamp(min=1e-30) * x0
    )
    first = (t == 0).reshape(shape)
    return torch.where(first, x0, mean), torch.where(first, torch.zeros_like(variance), variance)


# %% right: through the noise, as in the paper's algorithm
def q_posterior(x0, x_t, t, betas, alpha_bars):
    shape = [-1] + [1] * (x0.dim() - 1)
    beta, bar = betas[t].view(shape), alpha_bars[t].view(shape)
    eps = (x_t - bar.sqrt() * x0) / (1 - bar).sqrt()
    mean = (x_t - beta / (1 - bar).sqrt() * eps) / (1 - beta).sqrt()
    before = torch.cat([torch.ones(1).to(alpha_bars), alpha_bars])[t].view(shape)
    return mean, (beta * (1 - before) / (1 - bar)).expand_as(x0)


# %% right: rows one by one
def q_posterior(x0, x_t, t, betas, alpha_bars):
    means, variances = [], []
    for i in range(len(t)):
        s = int(t[i])
        b, a = betas[s], alpha_bars[s]
        last = alpha_bars[s - 1] if s > 0 else torch.tensor(1.0)
        means.append((last.sqrt() * b * x0[i] + (1 - b).sqrt() * (1 - last) * x_t[i]) / (1 - a))
        variances.append(b * (1 - last) / (1 - a))
    return torch.stack(means), torch.stack(variances)


# %% wrong: alpha_bar before the first step, from: coefficients
-    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
+    before = alpha_bars[torch.arange(len(alpha_bars)) - 1]


# %% wrong: alpha_bar before the first step, from: coefficients
-    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
+    before = torch.cat([alpha_bars[:1], alpha_bars[:-1]])


# %% wrong: alpha_bar of the wrong step, from: coefficients
-    variance = beta * (1 - bar_before) / (1 - bar)
+    variance = beta * (1 - bar) / (1 - bar_before)


# %% wrong: alpha_bar of the wrong step, from: coefficients
-    first = bar_before.sqrt() * beta / (1 - bar)
+    first = bar.sqrt() * beta / (1 - bar)


# %% wrong: alpha_bar of the wrong step, from: coefficients
-    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
+    before = alpha_bars


# %% wrong: the coefficients swapped, from: coefficients
-    return first * x0 + second * x_t, variance
+    return second * x0 + first * x_t, variance


# %% wrong: a root missing, from: coefficients
-    first = bar_before.sqrt() * beta / (1 - bar)
+    first = bar_before * beta / (1 - bar)


# %% wrong: a root missing, from: coefficients
-    second = (1 - beta).sqrt() * (1 - bar_before) / (1 - bar)
+    second = (1 - beta) * (1 - bar_before) / (1 - bar)


# %% wrong: the root of alpha_bar for that of alpha, from: coefficients
-    second = (1 - beta).sqrt() * (1 - bar_before) / (1 - bar)
+    second = bar.sqrt() * (1 - bar_before) / (1 - bar)


# %% wrong: not divided by 1 - alpha_bar, from: coefficients
-    first = bar_before.sqrt() * beta / (1 - bar)
-    second = (1 - beta).sqrt() * (1 - bar_before) / (1 - bar)
+    first = bar_before.sqrt() * beta
+    second = (1 - beta).sqrt() * (1 - bar_before)


# %% wrong: beta as the variance, from: coefficients
-    variance = beta * (1 - bar_before) / (1 - bar)
+    variance = beta


# %% wrong: the deviation returned, from: coefficients
-    return first * x0 + second * x_t, variance
+    return first * x0 + second * x_t, variance.sqrt()


# %% wrong: the logarithm of the variance returned, from: coefficients
-    return first * x0 + second * x_t, variance
+    return first * x0 + second * x_t, torch.log(variance.clamp(min=1e-20))


# %% wrong: in the other order, from: coefficients
-    return first * x0 + second * x_t, variance
+    return variance, first * x0 + second * x_t


# %% wrong: a time for each column
def q_posterior(x0, x_t, t, betas, alpha_bars):
    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
    beta, bar, bar_before = betas[t], alpha_bars[t], before[t]
    first = bar_before.sqrt() * beta / (1 - bar)
    second = (1 - beta).sqrt() * (1 - bar_before) / (1 - bar)
    return first * x0 + second * x_t, beta * (1 - bar_before) / (1 - bar)


# %% wrong: alpha for alpha_bar, from: coefficients
-    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
+    alpha_bars = 1 - betas
+    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])


# %% wrong: the index off by one, from: coefficients
-    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
+    alpha_bars = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
+    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])


# %% wrong: one time for the whole batch, from: coefficients
-    beta, bar, bar_before = (v[t].view(shape) for v in (betas, alpha_bars, before))
+    beta, bar, bar_before = (v[t[0]].expand(len(t)).view(shape) for v in (betas, alpha_bars, before))


# %% wrong: only for shape (N, 1, 28, 28), from: coefficients
-    shape = [-1] + [1] * (x0.dim() - 1)
+    shape = [-1, 1, 1, 1]


# %% wrong: only for shape (N, d), from: coefficients
-    shape = [-1] + [1] * (x0.dim() - 1)
+    shape = [-1, 1]


# %% wrong: the caller's tensor overwritten, from: coefficients
-    return first * x0 + second * x_t, variance
+    x_t.mul_(second)
+    return x_t.add_(first * x0), variance


# %% wrong: the coefficients swapped & beta as the variance, from: coefficients
-    variance = beta * (1 - bar_before) / (1 - bar)
-    return first * x0 + second * x_t, variance
+    return second * x0 + first * x_t, beta


# %% wrong: -
# the mean with a plus of precisions for variances
def q_posterior(x0, x_t, t, betas, alpha_bars):
    shape = [-1] + [1] * (x0.dim() - 1)
    beta, bar = betas[t].view(shape), alpha_bars[t].view(shape)
    return bar.sqrt() * x0 + (1 - bar).sqrt() * x_t, beta


# %% wrong: -
# the mean of the forward step
def q_posterior(x0, x_t, t, betas, alpha_bars):
    shape = [-1] + [1] * (x0.dim() - 1)
    beta = betas[t].view(shape)
    return (1 - beta).sqrt() * x_t, beta


# %% wrong: -
# the variance over 1 - beta
def q_posterior(x0, x_t, t, betas, alpha_bars):
    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
    shape = [-1] + [1] * (x0.dim() - 1)
    beta, bar, bar_before = (v[t].view(shape) for v in (betas, alpha_bars, before))
    first = bar_before.sqrt() * beta / (1 - bar)
    second = (1 - beta).sqrt() * (1 - bar_before) / (1 - bar)
    return first * x0 + second * x_t, beta * (1 - bar_before) / (1 - beta)


# %% raised
# the mean alone
def q_posterior(x0, x_t, t, betas, alpha_bars):
    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
    shape = [-1] + [1] * (x0.dim() - 1)
    beta, bar, bar_before = (v[t].view(shape) for v in (betas, alpha_bars, before))
    first = bar_before.sqrt() * beta / (1 - bar)
    return first * x0 + (1 - beta).sqrt() * (1 - bar_before) / (1 - bar) * x_t


# %% raised
def q_posterior(x0, x_t, t, betas, alpha_bars):
    if t > 0:
        before = alpha_bars[t - 1]
    else:
        before = 1.0
    first = before**0.5 * betas[t] / (1 - alpha_bars[t])
    second = (1 - betas[t]).sqrt() * (1 - before) / (1 - alpha_bars[t])
    return first * x0 + second * x_t, betas[t] * (1 - before) / (1 - alpha_bars[t])


# %% not attempted
def q_posterior(x0, x_t, t, betas, alpha_bars):
    # YOUR CODE HERE
    raise NotImplementedError()
