# %% right: as in the paper
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    a_t = alpha_bars[t].view(shape)
    a_s = torch.where(s >= 0, alpha_bars[s], torch.ones_like(alpha_bars[s])).view(shape)
    x0 = (x_t - torch.sqrt(1 - a_t) * eps) / torch.sqrt(a_t)
    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
    direction = torch.sqrt(1 - a_s - sigma**2) * eps
    x_s = torch.sqrt(a_s) * x0 + direction
    if noise is not None:
        x_s = x_s + sigma * noise
    return x_s


# %% right: noise drawn where none is given
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    rows = [len(x_t)] + [1] * (x_t.dim() - 1)
    now = alpha_bars[t].reshape(rows)
    then = alpha_bars[s].masked_fill(s < 0, 1.0).reshape(rows)
    if noise is None:
        noise = torch.randn_like(x_t)
    sigma = eta * ((1 - then) / (1 - now) * (1 - now / then)).sqrt()
    predicted = (x_t - (1 - now).sqrt() * eps) / now.sqrt()
    return then.sqrt() * predicted + (1 - then - sigma**2).clamp(min=0).sqrt() * eps + sigma * noise


# %% right: a padded schedule
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    padded = torch.cat([torch.ones(1), alpha_bars])
    at, at_next = padded[t + 1].view(-1, 1), padded[s + 1].view(-1, 1)
    shape = x_t.shape
    x, et = x_t.flatten(1), eps.flatten(1)
    x0_t = (x - et * (1 - at).sqrt()) / at.sqrt()
    c1 = eta * ((1 - at / at_next) * (1 - at_next) / (1 - at)).sqrt()
    c2 = ((1 - at_next) - c1**2).sqrt()
    z = torch.zeros_like(x) if noise is None else noise.flatten(1)
    return (at_next.sqrt() * x0_t + c1 * z + c2 * et).view(shape)


# %% right: a loop over the rows
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    rows = []
    for i, (now, then) in enumerate(zip(t.tolist(), s.tolist())):
        a, b = float(alpha_bars[now]), float(alpha_bars[then]) if then >= 0 else 1.0
        sigma = eta * math.sqrt((1 - b) / (1 - a) * (1 - a / b))
        x0 = (x_t[i] - math.sqrt(1 - a) * eps[i]) / math.sqrt(a)
        row = math.sqrt(b) * x0 + math.sqrt(max(1 - b - sigma * sigma, 0)) * eps[i]
        rows.append(row + sigma * noise[i] if eta > 0 else row)
    return torch.stack(rows)


# %% right: variance, as in diffusers
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    def at(k):
        final_alpha_cumprod = torch.ones_like(k, dtype=alpha_bars.dtype)
        found = torch.where(k >= 0, alpha_bars[k], final_alpha_cumprod)
        while len(found.shape) < len(x_t.shape):
            found = found.unsqueeze(-1)
        return found

    alpha_prod_t, alpha_prod_t_prev = at(t), at(s)
    beta_prod_t = 1 - alpha_prod_t
    beta_prod_t_prev = 1 - alpha_prod_t_prev
    pred_original_sample = (x_t - beta_prod_t ** (0.5) * eps) / alpha_prod_t ** (0.5)
    variance = (beta_prod_t_prev / beta_prod_t) * (1 - alpha_prod_t / alpha_prod_t_prev)
    std_dev_t = eta * variance ** (0.5)
    pred_sample_direction = (1 - alpha_prod_t_prev - std_dev_t**2) ** (0.5) * eps
    prev_sample = alpha_prod_t_prev ** (0.5) * pred_original_sample + pred_sample_direction
    if eta > 0:
        prev_sample = prev_sample + std_dev_t * noise
    return prev_sample


# %% right: the clean rows apart
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    def at(k):
        return alpha_bars[k].view(-1, *[1] * (x_t.dim() - 1))

    x0 = x_t / at(t).sqrt() - (1 / at(t) - 1).sqrt() * eps
    out = x0.clone()
    going = s != -1
    if going.any():
        now, then = at(t)[going], at(s)[going]
        sigma2 = eta**2 * (1 - then) / (1 - now) * (1 - now / then)
        out[going] = then.sqrt() * x0[going] + (1 - then - sigma2).sqrt() * eps[going]
        if eta:
            out[going] += sigma2.sqrt() * noise[going]
    return out


# %% right: gather
def extract(a, t, shape):
    return a.gather(0, t).reshape(-1, *((1,) * (len(shape) - 1)))


def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    alphas_cumprod = F.pad(alpha_bars, (1, 0), value=1.0)
    a = extract(alphas_cumprod, t + 1, x_t.shape)
    a_next = extract(alphas_cumprod, s + 1, x_t.shape)
    x_start = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    sigma = eta * ((1 - a / a_next) * (1 - a_next) / (1 - a)).sqrt()
    c = (1 - a_next - sigma**2).sqrt()
    img = x_start * a_next.sqrt() + c * eps
    return img if noise is None else img + sigma * noise


# %% wrong: the direction dropped, from: as in the paper
-    x_s = torch.sqrt(a_s) * x0 + direction
+    x_s = torch.sqrt(a_s) * x0


# %% wrong: the predicted x0, from: as in the paper
-    x_s = torch.sqrt(a_s) * x0 + direction
+    x_s = x0


# %% wrong: the predicted x0 & no noise
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()


# %% wrong: the ratio upside down, from: as in the paper
# all of it swapped
     a_s = torch.where(s >= 0, alpha_bars[s], torch.ones_like(alpha_bars[s])).view(shape)
+    a_t, a_s = a_s, a_t


# %% wrong: eta itself as sigma, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    sigma = eta * torch.ones_like(a_t)


# %% wrong: eta itself as sigma
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    a = alpha_bars[t].view(shape)
    b = alpha_bars[s].masked_fill(s < 0, 1.0).view(shape)
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    x = b.sqrt() * x0 + (1 - b - eta**2).sqrt() * eps
    return x if noise is None else x + eta * noise


# %% wrong: eta not used, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    sigma = torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)


# %% wrong: a power of eta, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    sigma = eta**2 * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)


# %% wrong: a power of eta, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    sigma = torch.sqrt(eta * (1 - a_s) / (1 - a_t) * (1 - a_t / a_s))


# %% wrong: sigma of a single step, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    before = torch.where(s >= 0, alpha_bars[t - 1], torch.ones(())).view(shape)
+    sigma = eta * torch.sqrt((1 - before) / (1 - a_t)) * torch.sqrt(1 - a_t / before)


# %% wrong: sigma of a single step, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    sigma = eta * torch.sqrt(1 - a_t / alpha_bars[t - 1].view(shape)) * (s >= 0).view(shape)


# %% wrong: beta for beta tilde, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    sigma = eta * torch.sqrt(1 - a_t / a_s)


# %% wrong: the root of sigma missing, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    sigma = eta * (1 - a_s) / (1 - a_t) * (1 - a_t / a_s)


# %% wrong: the root of sigma missing, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    sigma = eta * (1 - a_s) / (1 - a_t) * torch.sqrt(1 - a_t / a_s)


# %% wrong: the root taken twice, from: as in the paper
     direction = torch.sqrt(1 - a_s - sigma**2) * eps
+    sigma = torch.sqrt(sigma)
+    direction = torch.sqrt(1 - a_s - sigma**2) * eps


# %% wrong: another factor in sigma, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t)


# %% wrong: another factor in sigma, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t))


# %% wrong: sigma left out of the direction, from: as in the paper
-    direction = torch.sqrt(1 - a_s - sigma**2) * eps
+    direction = torch.sqrt(1 - a_s) * eps


# %% wrong: sigma for its square in the direction, from: as in the paper
-    direction = torch.sqrt(1 - a_s - sigma**2) * eps
+    direction = torch.sqrt(1 - a_s - sigma) * eps


# %% wrong: the sign of sigma squared, from: as in the paper
-    direction = torch.sqrt(1 - a_s - sigma**2) * eps
+    direction = torch.sqrt(1 - a_s + sigma**2) * eps


# %% wrong: no root in the direction, from: as in the paper
-    direction = torch.sqrt(1 - a_s - sigma**2) * eps
+    direction = (1 - a_s - sigma**2) * eps


# %% wrong: no root of alpha_bar, from: as in the paper
-    x_s = torch.sqrt(a_s) * x0 + direction
+    x_s = a_s * x0 + direction


# %% wrong: no root of alpha_bar, from: as in the paper
-    x0 = (x_t - torch.sqrt(1 - a_t) * eps) / torch.sqrt(a_t)
+    x0 = (x_t - torch.sqrt(1 - a_t) * eps) / a_t


# %% wrong: the predicted x0 not scaled, from: as in the paper
-    x_s = torch.sqrt(a_s) * x0 + direction
+    x_s = x0 + direction


# %% wrong: another x0 predicted, from: as in the paper
-    x0 = (x_t - torch.sqrt(1 - a_t) * eps) / torch.sqrt(a_t)
+    x0 = x_t - torch.sqrt(1 - a_t) * eps


# %% wrong: another x0 predicted, from: as in the paper
-    x0 = (x_t - torch.sqrt(1 - a_t) * eps) / torch.sqrt(a_t)
+    x0 = (x_t - (1 - a_t) * eps) / torch.sqrt(a_t)


# %% wrong: the sign of the predicted noise, from: as in the paper
-    x0 = (x_t - torch.sqrt(1 - a_t) * eps) / torch.sqrt(a_t)
+    x0 = (x_t + torch.sqrt(1 - a_t) * eps) / torch.sqrt(a_t)


# %% wrong: the sign of the predicted noise, from: as in the paper
-    x_s = torch.sqrt(a_s) * x0 + direction
+    x_s = torch.sqrt(a_s) * x0 - direction


# %% wrong: the predicted x0 clamped, from: as in the paper
     x0 = (x_t - torch.sqrt(1 - a_t) * eps) / torch.sqrt(a_t)
+    x0 = torch.clamp(x0, -1.0, 1.0)


# %% wrong: s not used
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    a = alpha_bars[t].view(shape)
    b = alpha_bars[t - 1].masked_fill(t == 0, 1.0).view(shape)
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    sigma = eta * ((1 - b) / (1 - a) * (1 - a / b)).sqrt()
    x = b.sqrt() * x0 + (1 - b - sigma**2).sqrt() * eps
    return x if noise is None else x + sigma * noise


# %% wrong: no noise
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    a = alpha_bars[t].view(shape)
    b = alpha_bars[s].masked_fill(s < 0, 1.0).view(shape)
    sigma2 = eta**2 * (1 - b) / (1 - a) * (1 - a / b)
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    return b.sqrt() * x0 + (1 - b - sigma2).sqrt() * eps


# %% wrong: sigma left out of the direction & no noise
# eta = 0 whatever is asked for
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    a = alpha_bars[t].view(shape)
    b = alpha_bars[s].masked_fill(s < 0, 1.0).view(shape)
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    return b.sqrt() * x0 + (1 - b).sqrt() * eps


# %% wrong: the ratio upside down, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_s / a_t)


# %% wrong: the variance for the deviation, from: as in the paper
-        x_s = x_s + sigma * noise
+        x_s = x_s + sigma**2 * noise


# %% wrong: noise of deviation 1, from: a loop over the rows
-        rows.append(row + sigma * noise[i] if eta > 0 else row)
+        rows.append(row + noise[i] if eta > 0 and then >= 0 else row)


# %% wrong: the direction dropped & eta not used, from: as in the paper
-    sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    sigma = torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)

-    x_s = torch.sqrt(a_s) * x0 + direction
+    x_s = torch.sqrt(a_s) * x0


# %% wrong: the end of the list at s = -1, from: as in the paper
-    a_s = torch.where(s >= 0, alpha_bars[s], torch.ones_like(alpha_bars[s])).view(shape)
+    a_s = alpha_bars[s].view(shape)


# %% wrong: the end of the list at s = -1
# with clamps under the roots
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    a_t, a_s = alpha_bars[t].view(shape), alpha_bars[s].view(shape)
    x0 = (x_t - (1 - a_t).sqrt() * eps) / a_t.sqrt()
    sigma = eta * ((1 - a_s) / (1 - a_t)).sqrt() * (1 - a_t / a_s).clamp(min=0).sqrt()
    x_s = a_s.sqrt() * x0 + (1 - a_s - sigma**2).clamp(min=0).sqrt() * eps
    return x_s if noise is None else x_s + sigma * noise


# %% wrong: alpha_bar before the first step, from: as in the paper
-    a_s = torch.where(s >= 0, alpha_bars[s], torch.ones_like(alpha_bars[s])).view(shape)
+    a_s = alpha_bars[s.clamp(min=0)].view(shape)


# %% wrong: the direction dropped & alpha_bar before the first step, from: as in the paper
-    a_s = torch.where(s >= 0, alpha_bars[s], torch.ones_like(alpha_bars[s])).view(shape)
+    a_s = alpha_bars[s.clamp(min=0)].view(shape)

-    x_s = torch.sqrt(a_s) * x0 + direction
+    x_s = torch.sqrt(a_s) * x0


# %% wrong: the noise needed at eta = 0, from: as in the paper
-    if noise is not None:
-        x_s = x_s + sigma * noise
+    x_s = x_s + sigma * noise


# %% wrong: another eta by default, from: noise drawn where none is given
-def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
+def ddim_step(x_t, eps, t, s, alpha_bars, eta=1.0, noise=None):

-    if noise is None:
-        noise = torch.randn_like(x_t)
+    if noise is None:
+        noise = torch.zeros_like(x_t)


# %% wrong: noise of its own, from: as in the paper
-    if noise is not None:
-        x_s = x_s + sigma * noise
+    if eta > 0:
+        x_s = x_s + sigma * torch.randn_like(x_t)


# %% wrong: the caller's tensor overwritten
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    a = alpha_bars[t].view(shape)
    b = alpha_bars[s].masked_fill(s < 0, 1.0).view(shape)
    sigma = eta * ((1 - b) / (1 - a) * (1 - a / b)).sqrt()
    x_t -= (1 - a).sqrt() * eps
    x_t /= a.sqrt()
    x = b.sqrt() * x_t + (1 - b - sigma**2).sqrt() * eps
    return x if noise is None else x + sigma * noise


# %% wrong: DDPM's step
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    before = alpha_bars[t - 1].masked_fill(t == 0, 1.0).view(shape)
    alpha_bar = alpha_bars[t].view(shape)
    alpha = alpha_bar / before
    x = (x_t - (1 - alpha) / (1 - alpha_bar).sqrt() * eps) / alpha.sqrt()
    return x if noise is None else x + (1 - alpha).sqrt() * noise * (t > 0).view(shape)


# %% wrong: a plain number expected, from: as in the paper
-    a_s = torch.where(s >= 0, alpha_bars[s], torch.ones_like(alpha_bars[s])).view(shape)
+    a_s = alpha_bars[s].view(shape) if s >= 0 else torch.ones_like(a_t)


# %% wrong: a time for each column
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    a = alpha_bars[t]
    b = alpha_bars[s].masked_fill(s < 0, 1.0)
    sigma = eta * ((1 - b) / (1 - a) * (1 - a / b)).sqrt()
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    x = b.sqrt() * x0 + (1 - b - sigma**2).sqrt() * eps
    return x if noise is None else x + sigma * noise


# %% wrong: one time for the whole batch
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    a = alpha_bars[t[0]]
    b = alpha_bars[s[0]] if s[0] >= 0 else torch.ones(())
    sigma = eta * ((1 - b) / (1 - a) * (1 - a / b)).sqrt()
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    x = b.sqrt() * x0 + (1 - b - sigma**2).sqrt() * eps
    return x if noise is None else x + sigma * noise


# %% wrong: -
# a mean of both
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    a = alpha_bars[t].view(shape)
    b = alpha_bars[s].masked_fill(s < 0, 1.0).view(shape)
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    return (x0 + x_t) / 2 * b.sqrt()


# %% wrong: -
# noised anew with the given noise
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    a = alpha_bars[t].view(shape)
    b = alpha_bars[s].masked_fill(s < 0, 1.0).view(shape)
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    return b.sqrt() * x0 + (1 - b).sqrt() * (eps if noise is None else noise)


# %% wrong: alpha_bar of the wrong step, from: as in the paper
-    direction = torch.sqrt(1 - a_s - sigma**2) * eps
+    direction = torch.sqrt(1 - a_t - sigma**2) * eps


# %% wrong: a step too early, from: a padded schedule
-    at, at_next = padded[t + 1].view(-1, 1), padded[s + 1].view(-1, 1)
+    at, at_next = padded[t].view(-1, 1), padded[s + 1].view(-1, 1)


# %% wrong: the predicted x0 clamped, from: as in the paper
     x0 = (x_t - torch.sqrt(1 - a_t) * eps) / torch.sqrt(a_t)
+    x0 = x0.clamp(-1, 1)
+    eps = (x_t - torch.sqrt(a_t) * x0) / torch.sqrt(1 - a_t)


# %% wrong: clean rows decided for the whole batch, from: as in the paper
-    a_s = torch.where(s >= 0, alpha_bars[s], torch.ones_like(alpha_bars[s])).view(shape)
+    a_s = alpha_bars[s].view(shape) if s[0] >= 0 else torch.ones_like(a_t)


# %% wrong: sigma left out of the direction & eta itself as sigma, from: as in the paper
-    direction = torch.sqrt(1 - a_s - sigma**2) * eps
+    direction = torch.sqrt(1 - a_s) * eps

-        x_s = x_s + sigma * noise
+        x_s = x_s + eta * noise


# %% wrong: only for shape (N, 1, 28, 28), from: as in the paper
-    shape = (-1,) + (1,) * (x_t.dim() - 1)
+    shape = (len(x_t), 1, 1, 1)


# %% wrong: t and s swapped, from: as in the paper
# all but sigma
-    x0 = (x_t - torch.sqrt(1 - a_t) * eps) / torch.sqrt(a_t)
     sigma = eta * torch.sqrt((1 - a_s) / (1 - a_t)) * torch.sqrt(1 - a_t / a_s)
+    a_t, a_s = a_s, a_t
+    x0 = (x_t - torch.sqrt(1 - a_t) * eps) / torch.sqrt(a_t)


# %% wrong: only for shape (N, d), from: as in the paper
-    shape = (-1,) + (1,) * (x_t.dim() - 1)
+    shape = (-1, 1)


# %% wrong: -, from: as in the paper
# a little more of the predicted noise
-    x_s = torch.sqrt(a_s) * x0 + direction
+    x_s = torch.sqrt(a_s) * x0 + 1.1 * direction


# %% raised
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    a = alpha_bars[t].view(shape)
    b = alpha_bars[s].masked_fill(s < 0, 1.0).view(shape)
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    return b.sqrt() * x0 + (1 - b - sigma**2).sqrt() * eps


# %% not attempted
def ddim_step(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    # YOUR CODE HERE
    raise NotImplementedError()
