# %% right: as in the paper
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    beta = betas[t].view(shape)
    alpha = 1 - beta
    alpha_bar = alpha_bars[t].view(shape)
    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
    keep = (t > 0).view(shape)
    return mean + keep * torch.sqrt(beta) * noise


# %% right: an extract helper
def extract(a, t, x_shape):
    out = a.gather(-1, t)
    return out.reshape(t.shape[0], *((1,) * (len(x_shape) - 1)))


def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    alphas = 1.0 - betas
    sqrt_recip_alphas = torch.sqrt(1.0 / alphas)
    sqrt_one_minus_alphas_cumprod = torch.sqrt(1.0 - alpha_bars)
    betas_t = extract(betas, t, x_t.shape)
    model_mean = extract(sqrt_recip_alphas, t, x_t.shape) * (
        x_t - betas_t * eps / extract(sqrt_one_minus_alphas_cumprod, t, x_t.shape)
    )
    nonzero_mask = (t != 0).float().view(-1, *([1] * (len(x_t.shape) - 1)))
    return model_mean + nonzero_mask * torch.sqrt(betas_t) * noise


# %% right: by way of the predicted x0
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    shape = [len(x_t)] + [1] * (x_t.ndim - 1)
    beta, ab = betas[t].reshape(shape), alpha_bars[t].reshape(shape)
    ab_prev = torch.where(t > 0, alpha_bars[t - 1], torch.ones_like(alpha_bars[t])).reshape(shape)
    x0 = (x_t - torch.sqrt(1 - ab) * eps) / torch.sqrt(ab)
    coef1 = beta * torch.sqrt(ab_prev) / (1 - ab)
    coef2 = (1 - ab_prev) * torch.sqrt(1 - beta) / (1 - ab)
    mean = coef1 * x0 + coef2 * x_t
    z = torch.where((t > 0).reshape(shape), noise, torch.zeros_like(x_t))
    return mean + torch.sqrt(beta) * z


# %% right: a padded schedule and a logarithm
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    def at(a):
        return a[t].reshape(-1, *(1,) * (x_t.dim() - 1))

    prev = F.pad(alpha_bars[:-1], (1, 0), value=1.0)
    x_start = at(torch.sqrt(1.0 / alpha_bars)) * x_t - at(torch.sqrt(1.0 / alpha_bars - 1)) * eps
    posterior_mean_coef1 = betas * torch.sqrt(prev) / (1.0 - alpha_bars)
    posterior_mean_coef2 = (1.0 - prev) * torch.sqrt(1.0 - betas) / (1.0 - alpha_bars)
    mean = at(posterior_mean_coef1) * x_start + at(posterior_mean_coef2) * x_t
    log_variance = torch.log(betas)
    nonzero_mask = (1 - (t == 0).float()).reshape(len(x_t), *(1,) * (x_t.dim() - 1))
    return mean + nonzero_mask * (0.5 * at(log_variance)).exp() * noise


# %% right: a loop over the rows
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    rows = []
    for x, e, k, z in zip(x_t, eps, t.tolist(), noise):
        beta, alpha_bar = betas[k].item(), alpha_bars[k].item()
        alpha = 1 - beta
        mean = (1 / math.sqrt(alpha)) * (x - (1 - alpha) / math.sqrt(1 - alpha_bar) * e)
        sigma = math.sqrt(beta) if k else 0.0
        rows.append(mean + sigma * z)
    return torch.stack(rows)


# %% right: NumPy schedules
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    b, ab, i = np.asarray(betas, dtype=np.float64), np.asarray(alpha_bars), np.asarray(t)

    def of(numbers):
        return torch.from_numpy(np.asarray(numbers)).float().reshape(-1, *[1] * (x_t.dim() - 1))

    mean = of(1 / np.sqrt(1 - b[i])) * (x_t - of(b[i] / np.sqrt(1 - ab[i])) * eps)
    return mean + of(np.where(i > 0, np.sqrt(b[i]), 0)) * noise


# %% right: a class that holds the schedule
class Diffusion(nn.Module):
    def __init__(self, betas, alpha_bars):
        super().__init__()
        self.register_buffer("beta", betas)
        self.register_buffer("alpha", 1 - betas)
        self.register_buffer("alpha_hat", alpha_bars)

    def step(self, x, predicted_noise, t, noise):
        noise = noise.clone()
        noise[t == 0] = 0
        shape = (-1,) + (1,) * (x.dim() - 1)
        alpha = self.alpha[t].reshape(shape)
        alpha_hat = self.alpha_hat[t].reshape(shape)
        beta = self.beta[t].reshape(shape)
        return (
            1 / torch.sqrt(alpha) * (x - ((1 - alpha) / (torch.sqrt(1 - alpha_hat))) * predicted_noise)
            + torch.sqrt(beta) * noise
        )


def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    return Diffusion(betas, alpha_bars).step(x_t, eps, t, noise)


# %% right: a score first
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    while t.dim() < x_t.dim():
        t = t.unsqueeze(-1)
    score = -eps / (1 - alpha_bars[t]).sqrt()
    x = (x_t + betas[t] * score) / (1 - betas[t]).sqrt()
    return torch.where(t == 0, x, x + betas[t].sqrt() * noise)


# %% right: in place, on a clone
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    n = x_t.shape[0]
    x = x_t.clone().view(n, -1)
    b = betas[t][:, None]
    x -= b / (1 - alpha_bars[t][:, None]).sqrt() * eps.view(n, -1)
    x /= (1 - b).sqrt()
    noisy = t >= 1
    x[noisy] += b[noisy].sqrt() * noise.view(n, -1)[noisy]
    return x.view_as(x_t)


# %% right: steps counted from 1
# the text's t is the index + 1
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    step = t + 1
    beta = torch.cat([torch.zeros(1), betas])[step]
    alpha_bar = torch.cat([torch.ones(1), alpha_bars])[step]
    beta, alpha_bar = (a[(...,) + (None,) * (x_t.dim() - 1)] for a in (beta, alpha_bar))
    mean = (x_t - beta / (1 - alpha_bar).sqrt() * eps) / (1 - beta).sqrt()
    noisy = (step > 1)[(...,) + (None,) * (x_t.dim() - 1)]
    return mean + noisy * beta.sqrt() * noise


# %% wrong: alpha_bar for alpha, from: as in the paper
-    alpha = 1 - beta
     alpha_bar = alpha_bars[t].view(shape)
+    alpha = alpha_bar


# %% wrong: alpha_bar for alpha, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t - (1 - alpha_bar) / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)


# %% wrong: the predicted x0, from: as in the paper
# alpha_bar everywhere
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t - (1 - alpha_bar) / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha_bar)


# %% wrong: no root of 1 - alpha_bar, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t - beta / (1 - alpha_bar) * eps) / torch.sqrt(alpha)


# %% wrong: 1 / sqrt(1 - alpha_bar) missing, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t - beta * eps) / torch.sqrt(alpha)


# %% wrong: 1 / sqrt(1 - alpha_bar) missing, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t - eps) / torch.sqrt(alpha)


# %% wrong: alpha for alpha_bar, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t - beta / torch.sqrt(1 - alpha) * eps) / torch.sqrt(alpha)


# %% wrong: alpha for beta, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t - alpha / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)


# %% wrong: alpha for beta, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(beta)


# %% wrong: beta missing before the noise, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t - eps / torch.sqrt(1 - alpha_bar)) / torch.sqrt(alpha)


# %% wrong: 1 / sqrt(alpha) missing, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = x_t - beta / torch.sqrt(1 - alpha_bar) * eps


# %% wrong: multiplied by sqrt(alpha), from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) * torch.sqrt(alpha)


# %% wrong: no root of alpha, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / alpha


# %% wrong: the bracket left out, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = 1 / torch.sqrt(alpha) * x_t - beta / torch.sqrt(1 - alpha_bar) * eps


# %% wrong: the sign of the predicted noise, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t + beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)


# %% wrong: a step too early, from: as in the paper
-    alpha_bar = alpha_bars[t].view(shape)
+    alpha_bar = alpha_bars[t - 1].view(shape)


# %% wrong: a step too early, from: as in the paper
# the noise is right
-    beta = betas[t].view(shape)
-    alpha = 1 - beta
-    alpha_bar = alpha_bars[t].view(shape)
+    beta = betas[t - 1].view(shape)
+    alpha = 1 - beta
+    alpha_bar = alpha_bars[t - 1].view(shape)
+    given = betas[t].view(shape)

-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + keep * torch.sqrt(given) * noise


# %% wrong: a step too early, from: as in the paper
# in everything
-    beta = betas[t].view(shape)
-    alpha = 1 - beta
-    alpha_bar = alpha_bars[t].view(shape)
+    beta = betas[t - 1].view(shape)
+    alpha = 1 - beta
+    alpha_bar = alpha_bars[t - 1].view(shape)


# %% wrong: the coefficients swapped, from: by way of the predicted x0
-    mean = coef1 * x0 + coef2 * x_t
+    mean = coef2 * x0 + coef1 * x_t


# %% wrong: the predicted x0 clamped, from: by way of the predicted x0
     x0 = (x_t - torch.sqrt(1 - ab) * eps) / torch.sqrt(ab)
+    x0 = x0.clamp(-1, 1)


# %% wrong: the predicted x0 clamped & beta tilde for beta, from: a padded schedule and a logarithm
     x_start = at(torch.sqrt(1.0 / alpha_bars)) * x_t - at(torch.sqrt(1.0 / alpha_bars - 1)) * eps
+    x_start.clamp_(-1.0, 1.0)

-    log_variance = torch.log(betas)
+    posterior_variance = betas * (1.0 - prev) / (1.0 - alpha_bars)
+    log_variance = torch.log(posterior_variance.clamp(min=1e-20))


# %% wrong: DDIM's step & no noise
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    def rows(a):
        return a.view(-1, *[1] * (x_t.dim() - 1))

    before = rows(torch.cat([torch.ones(1), alpha_bars])[t])
    now = rows(alpha_bars[t])
    x0 = (x_t - (1 - now).sqrt() * eps) / now.sqrt()
    return before.sqrt() * x0 + (1 - before).sqrt() * eps


# %% wrong: x0 noised anew
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    def rows(a):
        return a.view(-1, *[1] * (x_t.dim() - 1))

    before = rows(torch.cat([torch.ones(1), alpha_bars])[t])
    now = rows(alpha_bars[t])
    x0 = (x_t - (1 - now).sqrt() * eps) / now.sqrt()
    return before.sqrt() * x0 + (1 - before).sqrt() * noise


# %% wrong: no noise, from: as in the paper
-    return mean + keep * torch.sqrt(beta) * noise
+    return mean


# %% wrong: noise at the last step, from: as in the paper
-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + torch.sqrt(beta) * noise


# %% wrong: noise at the last step, from: as in the paper
-    keep = (t > 0).view(shape)
+    keep = (t >= 0).view(shape)


# %% wrong: no noise in the last step but one, from: as in the paper
-    keep = (t > 0).view(shape)
+    keep = (t > 1).view(shape)


# %% wrong: the variance for the deviation, from: as in the paper
-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + keep * beta * noise


# %% wrong: the variance for the deviation & no noise in the last step but one, from: as in the paper
-    keep = (t > 0).view(shape)
-    return mean + keep * torch.sqrt(beta) * noise
+    keep = (t > 1).view(shape)
+    return mean + keep * beta * noise


# %% wrong: the variance for the deviation & noise at the last step, from: as in the paper
-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + beta * noise


# %% wrong: alpha_bar for alpha & noise at the last step, from: as in the paper
-    alpha = 1 - beta
     alpha_bar = alpha_bars[t].view(shape)
+    alpha = alpha_bar

-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + torch.sqrt(beta) * noise


# %% wrong: alpha_bar for alpha & the variance for the deviation, from: as in the paper
-    alpha = 1 - beta
     alpha_bar = alpha_bars[t].view(shape)
+    alpha = alpha_bar

-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + keep * beta * noise


# %% wrong: beta tilde for beta, from: by way of the predicted x0
-    return mean + torch.sqrt(beta) * z
+    variance = beta * (1 - ab_prev) / (1 - ab)
+    return mean + torch.sqrt(variance) * z


# %% wrong: the noise inside the bracket, from: as in the paper
-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + keep * torch.sqrt(beta) * noise / torch.sqrt(alpha)


# %% wrong: noise of deviation 1, from: as in the paper
-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + keep * noise


# %% wrong: noise of deviation 1 & noise at the last step, from: as in the paper
-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + noise


# %% wrong: the deviation of the forward process, from: as in the paper
-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + keep * torch.sqrt(1 - alpha_bar) * noise


# %% wrong: alpha_bar before the first step, from: by way of the predicted x0
-    ab_prev = torch.where(t > 0, alpha_bars[t - 1], torch.ones_like(alpha_bars[t])).reshape(shape)
+    ab_prev = alpha_bars[(t - 1).clamp(min=0)].reshape(shape)


# %% wrong: noise for all rows or none, from: as in the paper
-    keep = (t > 0).view(shape)
+    keep = bool(t[0] > 0)


# %% wrong: noise for all rows or none, from: as in the paper
-    keep = (t > 0).view(shape)
-    return mean + keep * torch.sqrt(beta) * noise
+    if (t > 0).any():
+        mean = mean + torch.sqrt(beta) * noise
+    return mean


# %% wrong: one time for the whole batch, from: as in the paper
-    beta = betas[t].view(shape)
-    alpha = 1 - beta
-    alpha_bar = alpha_bars[t].view(shape)
+    beta = betas[t[0]]
+    alpha = 1 - beta
+    alpha_bar = alpha_bars[t[0]]


# %% wrong: one time for the whole batch, from: as in the paper
# also for the noise
     shape = (-1,) + (1,) * (x_t.dim() - 1)
+    t = t[:1]


# %% wrong: a time for each column, from: as in the paper
-    shape = (-1,) + (1,) * (x_t.dim() - 1)
+    shape = (-1,)


# %% wrong: a plain number expected, from: as in the paper
-    keep = (t > 0).view(shape)
-    return mean + keep * torch.sqrt(beta) * noise
+    if t > 0:
+        mean = mean + torch.sqrt(beta) * noise
+    return mean


# %% wrong: a plain number expected
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    mean = (x_t - betas[t] / math.sqrt(1 - alpha_bars[t]) * eps) / math.sqrt(1 - betas[t])
    return mean + math.sqrt(betas[t]) * noise * (t > 0)


# %% wrong: noise of its own, from: as in the paper
-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + keep * torch.sqrt(beta) * torch.randn_like(x_t)


# %% wrong: the caller's tensor overwritten, from: in place, on a clone
-    x = x_t.clone().view(n, -1)
+    x = x_t.view(n, -1)


# %% wrong: -, from: as in the paper
# one beta of the whole schedule
-    beta = betas[t].view(shape)
-    alpha = 1 - beta
+    beta = betas.mean()
+    alpha = 1 - beta


# %% wrong: -, from: as in the paper
# half of the noise
-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + 0.5 * keep * torch.sqrt(beta) * noise


# %% wrong: -
# forwards
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    beta = betas[t].view(-1, *[1] * (x_t.dim() - 1))
    return (1 - beta).sqrt() * x_t + beta.sqrt() * noise


# %% wrong: the root of beta before the predicted noise, from: as in the paper
-    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)
+    mean = (x_t - torch.sqrt(beta) / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(alpha)


# %% wrong: the new noise subtracted, from: as in the paper
-    return mean + keep * torch.sqrt(beta) * noise
+    return mean - keep * torch.sqrt(beta) * noise


# %% wrong: no noise where the walk begins, from: as in the paper
-    keep = (t > 0).view(shape)
+    keep = (t < len(betas) - 1).view(shape)


# %% wrong: eps and noise swapped, from: as in the paper
     shape = (-1,) + (1,) * (x_t.dim() - 1)
+    eps, noise = noise, eps


# %% wrong: alpha_bars multiplied up again, from: as in the paper
-    alpha_bar = alpha_bars[t].view(shape)
+    alpha_bar = torch.cumprod(alpha_bars, 0)[t].view(shape)


# %% wrong: the variance for the deviation & alpha_bars multiplied up again, from: as in the paper
-    alpha_bar = alpha_bars[t].view(shape)
+    alpha_bar = torch.cumprod(alpha_bars, 0)[t].view(shape)

-    return mean + keep * torch.sqrt(beta) * noise
+    return mean + keep * beta * noise


# %% wrong: only for shape (N, d)
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    beta, alpha_bar = betas[t].unsqueeze(1), alpha_bars[t].unsqueeze(1)
    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(1 - beta)
    return mean + (t > 0).unsqueeze(1) * torch.sqrt(beta) * noise


# %% raised
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    beta = betas[t].view(-1, *[1] * (x_t.dim() - 1))
    mean = (x_t - beta / torch.sqrt(1 - alpha_bar[t]) * eps) / torch.sqrt(alpha)
    return mean + (t > 0) * torch.sqrt(beta) * noise


# %% wrong: only for shape (N, 1, 28, 28)
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    n, c, h, w = x_t.shape
    beta, alpha_bar = betas[t].view(n, 1, 1, 1), alpha_bars[t].view(n, 1, 1, 1)
    mean = (x_t - beta / torch.sqrt(1 - alpha_bar) * eps) / torch.sqrt(1 - beta)
    return mean + (t > 0).view(n, 1, 1, 1) * torch.sqrt(beta) * noise


# %% not attempted
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    # YOUR CODE HERE
    raise NotImplementedError()
