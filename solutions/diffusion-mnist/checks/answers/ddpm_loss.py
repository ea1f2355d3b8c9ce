# %% right: step by step
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    n = len(x0)
    if t is None:
        t = torch.randint(len(alpha_bars), (n,), device=x0.device)
    if noise is None:
        noise = torch.randn_like(x0)
    left = alpha_bars[t].reshape(n, *[1] * (x0.dim() - 1))
    x_t = left.sqrt() * x0 + (1 - left).sqrt() * noise
    found = model(x_t, t)
    return ((noise - found) ** 2).mean()


# %% right: extract, as in public notebooks
def extract(a, t, x_shape):
    batch_size = t.shape[0]
    out = a.gather(-1, t)
    return out.reshape(batch_size, *((1,) * (len(x_shape) - 1))).to(t.device)


def q_sample(x_start, t, alphas_cumprod, noise):
    sqrt_alphas_cumprod_t = extract(torch.sqrt(alphas_cumprod), t, x_start.shape)
    sqrt_one_minus_t = extract(torch.sqrt(1.0 - alphas_cumprod), t, x_start.shape)
    return sqrt_alphas_cumprod_t * x_start + sqrt_one_minus_t * noise


def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    if t is None:
        t = torch.randint(0, len(alpha_bars), (x0.shape[0],), device=x0.device).long()
    if noise is None:
        noise = torch.randn_like(x0)
    x_noisy = q_sample(x0, t, alpha_bars, noise)
    predicted_noise = model(x_noisy, t)
    return F.mse_loss(noise, predicted_noise)


# %% right: a class that holds the schedule
class GaussianDiffusion(nn.Module):
    def __init__(self, model, alphas_cumprod):
        super().__init__()
        self.model = model
        self.num_timesteps = alphas_cumprod.shape[0]
        self.register_buffer("sqrt_alphas_cumprod", torch.sqrt(alphas_cumprod))
        self.register_buffer("sqrt_one_minus", torch.sqrt(1 - alphas_cumprod))

    def p_losses(self, x, t, noise):
        view = (-1,) + (1,) * (x.dim() - 1)
        x_t = self.sqrt_alphas_cumprod[t].view(view) * x + self.sqrt_one_minus[t].view(view) * noise
        return F.mse_loss(self.model(x_t, t), noise, reduction="mean")

    def forward(self, x, t=None, noise=None):
        t = torch.randint(0, self.num_timesteps, (len(x),)) if t is None else t
        noise = torch.randn(x.shape) if noise is None else noise
        return self.p_losses(x, t, noise)


def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    return GaussianDiffusion(model, alpha_bars)(x0, t, noise)


# %% right: NumPy for schedule and draws
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    bars = alpha_bars.numpy()
    if t is None:
        t = torch.from_numpy(np.random.randint(0, len(bars), size=len(x0)))
    if noise is None:
        noise = torch.from_numpy(np.random.normal(size=tuple(x0.shape)).astype(np.float32))
    a = np.sqrt(bars)[t.numpy()].reshape(-1, *[1] * (x0.ndim - 1))
    b = np.sqrt(1 - bars)[t.numpy()].reshape(-1, *[1] * (x0.ndim - 1))
    x_t = torch.from_numpy(a) * x0 + torch.from_numpy(b) * noise
    return torch.mean((model(x_t, t) - noise) ** 2)


# %% right: transposed instead of reshaped
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint_like(x0.flatten(1)[:, 0], len(alpha_bars)).long() if t is None else t
    noise = torch.normal(0.0, 1.0, x0.shape) if noise is None else noise
    a = alpha_bars[t]
    x_t = (a.sqrt() * x0.transpose(0, -1) + (1 - a).sqrt() * noise.transpose(0, -1)).transpose(0, -1)
    return F.mse_loss(model(x_t, t), noise)


# %% right: counted from 1 inside
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    T = alpha_bars.shape[0]
    padded = torch.cat([torch.ones(1), alpha_bars])
    steps = torch.randint(1, T + 1, (x0.shape[0],)) if t is None else t + 1
    eps = torch.randn(x0.size()) if noise is None else noise
    a_bar = padded[steps]
    while a_bar.dim() < x0.dim():
        a_bar = a_bar.unsqueeze(-1)
    return (eps - model(a_bar**0.5 * x0 + (1 - a_bar) ** 0.5 * eps, steps - 1)).pow(2).mean()


# %% right: the mean of each image, then of all
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    if t is None:
        t = (torch.rand(len(x0)) * len(alpha_bars)).long()
    if noise is None:
        noise = torch.distributions.Normal(0.0, 1.0).sample(x0.shape)
    view = [len(x0)] + [1] * (x0.dim() - 1)
    x_t = alpha_bars[t].sqrt().view(view) * x0 + (1 - alpha_bars[t]).sqrt().view(view) * noise
    losses = (model(x_t, t) - noise).square().flatten(1).mean(dim=1)
    return losses.mean()


# %% right: the time as a float, the network called by names
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    if t is None:
        t = torch.multinomial(torch.ones(len(alpha_bars)), len(x0), replacement=True)
    if noise is None:
        noise = torch.empty_like(x0).normal_()
    left = alpha_bars[t][(...,) + (None,) * (x0.dim() - 1)]
    x_t = torch.sqrt(left) * x0 + torch.sqrt(1 - left) * noise
    return nn.MSELoss()(model(x=x_t, t=t.float()), noise)


# %% right: by the signal-to-noise ratio
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(0, alpha_bars.numel(), x0.shape[:1]) if t is None else t
    noise = torch.randn_like(x0) if noise is None else noise
    log_snr = torch.log(alpha_bars / (1 - alpha_bars))[t]
    log_snr = log_snr.reshape(-1, *(1 for _ in x0.shape[1:]))
    x_t = torch.sigmoid(log_snr).sqrt() * x0 + torch.sigmoid(-log_snr).sqrt() * noise
    return F.mse_loss(input=model(x_t, t), target=noise)


# %% right: one by one
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    if t is None:
        t = torch.tensor([int(torch.randint(len(alpha_bars), ())) for _ in x0])
    if noise is None:
        noise = torch.stack([torch.randn(x.shape) for x in x0])
    rows = [
        alpha_bars[i] ** 0.5 * x + (1 - alpha_bars[i]) ** 0.5 * e for i, x, e in zip(t, x0, noise)
    ]
    return (model(torch.stack(rows), t) - noise).pow(2).sum() / x0.numel()


# %% right: vmap
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(len(alpha_bars), (len(x0),)) if t is None else t
    noise = torch.randn_like(x0) if noise is None else noise
    x_t = torch.vmap(lambda x, a, e: a.sqrt() * x + (1 - a).sqrt() * e)(x0, alpha_bars[t], noise)
    return torch.square(torch.sub(noise, model(x_t, t))).mean()


# %% wrong: both roots missing, from: step by step
-    x_t = left.sqrt() * x0 + (1 - left).sqrt() * noise
+    x_t = left * x0 + (1 - left) * noise


# %% wrong: the root of alpha_bar missing, from: step by step
-    x_t = left.sqrt() * x0 + (1 - left).sqrt() * noise
+    x_t = left * x0 + (1 - left).sqrt() * noise


# %% wrong: the root of 1 - alpha_bar missing, from: extract, as in public notebooks
-    sqrt_one_minus_t = extract(torch.sqrt(1.0 - alphas_cumprod), t, x_start.shape)
+    sqrt_one_minus_t = extract(1.0 - alphas_cumprod, t, x_start.shape)


# %% wrong: 1 minus the root, from: step by step
-    x_t = left.sqrt() * x0 + (1 - left).sqrt() * noise
+    x_t = left.sqrt() * x0 + (1 - left.sqrt()) * noise


# %% wrong: image and noise swapped, from: step by step
-    x_t = left.sqrt() * x0 + (1 - left).sqrt() * noise
+    x_t = (1 - left).sqrt() * x0 + left.sqrt() * noise


# %% wrong: the image as large as before, from: step by step
-    x_t = left.sqrt() * x0 + (1 - left).sqrt() * noise
+    x_t = x0 + (1 - left).sqrt() * noise


# %% wrong: the noise subtracted, from: step by step
-    x_t = left.sqrt() * x0 + (1 - left).sqrt() * noise
+    x_t = left.sqrt() * x0 - (1 - left).sqrt() * noise


# %% wrong: alpha for alpha_bar
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(0, len(alpha_bars), (len(x0),)) if t is None else t
    noise = torch.randn_like(x0) if noise is None else noise
    before = torch.cat([torch.ones(1), alpha_bars[:-1]])
    alphas = (alpha_bars / before)[t].reshape(-1, *[1] * (x0.dim() - 1))
    x_t = alphas.sqrt() * x0 + (1 - alphas).sqrt() * noise
    return F.mse_loss(model(x_t, t), noise)


# %% wrong: the network is given the clean image, from: step by step
-    found = model(x_t, t)
+    found = model(x0, t)


# %% wrong: the network is given the noise, from: step by step
-    found = model(x_t, t)
+    found = model(noise, t)


# %% wrong: the image to be found, from: step by step
-    return ((noise - found) ** 2).mean()
+    return ((x0 - found) ** 2).mean()


# %% wrong: the image to be found, from: step by step
# the noisy one
-    return ((noise - found) ** 2).mean()
+    return ((x_t - found) ** 2).mean()


# %% wrong: the image to be found, from: step by step
# less the predicted noise
-    return ((noise - found) ** 2).mean()
+    return F.mse_loss(x_t - found, x0)


# %% wrong: the noise's sign, from: step by step
-    return ((noise - found) ** 2).mean()
+    return ((noise + found) ** 2).mean()


# %% wrong: times counted from 1, from: step by step
-        t = torch.randint(len(alpha_bars), (n,), device=x0.device)
+        t = torch.randint(1, len(alpha_bars) + 1, (n,), device=x0.device)

-    left = alpha_bars[t].reshape(n, *[1] * (x0.dim() - 1))
+    left = alpha_bars[t - 1].reshape(n, *[1] * (x0.dim() - 1))


# %% wrong: times counted from 1, from: step by step
# for the network
-    found = model(x_t, t)
+    found = model(x_t, t + 1)


# %% wrong: another time for the network, from: step by step
-    found = model(x_t, t)
+    found = model(x_t, t / len(alpha_bars))


# %% wrong: another time for the network, from: step by step
# backwards
-    found = model(x_t, t)
+    found = model(x_t, len(alpha_bars) - 1 - t)


# %% wrong: absolute error, from: extract, as in public notebooks
-    return F.mse_loss(noise, predicted_noise)
+    return F.l1_loss(noise, predicted_noise)


# %% wrong: absolute error, from: extract, as in public notebooks
# Huber's
-    return F.mse_loss(noise, predicted_noise)
+    return F.smooth_l1_loss(noise, predicted_noise)


# %% wrong: a norm, not squared, from: step by step
-    return ((noise - found) ** 2).mean()
+    return ((noise - found) ** 2).mean().sqrt()


# %% wrong: a norm, not squared, from: step by step
-    return ((noise - found) ** 2).mean()
+    return torch.norm(noise - found)


# %% wrong: a norm, not squared, from: step by step
# of each image
-    return ((noise - found) ** 2).mean()
+    return torch.linalg.vector_norm((noise - found).flatten(1), dim=1).mean()


# %% wrong: not squared, from: step by step
-    return ((noise - found) ** 2).mean()
+    return (noise - found).mean()


# %% wrong: summed over the batch, from: the mean of each image, then of all
-    return losses.mean()
+    return losses.sum()


# %% wrong: summed over the pixels, from: the mean of each image, then of all
-    losses = (model(x_t, t) - noise).square().flatten(1).mean(dim=1)
+    losses = (model(x_t, t) - noise).square().flatten(1).sum(dim=1)


# %% wrong: summed over everything, from: extract, as in public notebooks
-    return F.mse_loss(noise, predicted_noise)
+    return F.mse_loss(noise, predicted_noise, reduction="sum")


# %% wrong: not reduced to one number, from: extract, as in public notebooks
-    return F.mse_loss(noise, predicted_noise)
+    return F.mse_loss(noise, predicted_noise, reduction="none")


# %% wrong: not reduced to one number, from: the mean of each image, then of all
-    return losses.mean()
+    return losses


# %% wrong: halved, from: step by step
-    return ((noise - found) ** 2).mean()
+    return 0.5 * ((noise - found) ** 2).mean()


# %% wrong: the gradient is cut, from: step by step
-    found = model(x_t, t)
+    with torch.no_grad():
+        found = model(x_t, t)


# %% wrong: the gradient is cut, from: step by step
-    return ((noise - found) ** 2).mean()
+    return torch.tensor(((noise - found) ** 2).mean().item())


# %% wrong: uniform noise, from: step by step
-        noise = torch.randn_like(x0)
+        noise = torch.rand_like(x0)


# %% wrong: uniform noise, from: step by step
-        noise = torch.randn_like(x0)
+        noise = 2 * torch.rand(x0.shape) - 1


# %% wrong: noise of another deviation, from: step by step
-        noise = torch.randn_like(x0)
+        noise = 0.1 * torch.randn_like(x0)


# %% wrong: the last time never drawn, from: extract, as in public notebooks
-        t = torch.randint(0, len(alpha_bars), (x0.shape[0],), device=x0.device).long()
+        t = torch.randint(0, len(alpha_bars) - 1, (x0.shape[0],), device=x0.device).long()


# %% wrong: the first time never drawn, from: extract, as in public notebooks
-        t = torch.randint(0, len(alpha_bars), (x0.shape[0],), device=x0.device).long()
+        t = torch.randint(1, len(alpha_bars), (x0.shape[0],), device=x0.device).long()


# %% wrong: both ends never drawn, from: step by step
-        t = torch.randint(len(alpha_bars), (n,), device=x0.device)
+        t = torch.randint(1, len(alpha_bars) - 1, (n,), device=x0.device)


# %% wrong: the noise drawn again, from: step by step
-    return ((noise - found) ** 2).mean()
+    return ((torch.randn_like(x0) - found) ** 2).mean()


# %% wrong: the noise drawn twice
# by a function that draws its own
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    def q_sample(x0, t, noise=None):
        noise = torch.randn_like(x0) if noise is None else noise
        left = alpha_bars[t].reshape(-1, *[1] * (x0.dim() - 1))
        return left.sqrt() * x0 + (1 - left).sqrt() * noise

    t = torch.randint(0, len(alpha_bars), (len(x0),)) if t is None else t
    x_t = q_sample(x0, t, noise)
    noise = torch.randn_like(x0) if noise is None else noise
    return F.mse_loss(model(x_t, t), noise)


# %% wrong: one time for the whole batch, from: step by step
-        t = torch.randint(len(alpha_bars), (n,), device=x0.device)
+        t = torch.full((n,), np.random.randint(len(alpha_bars)), device=x0.device)


# %% wrong: one time for the whole batch
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(0, len(alpha_bars), (1,)) if t is None else t
    noise = torch.randn_like(x0) if noise is None else noise
    left = alpha_bars[t].reshape(-1, *[1] * (x0.dim() - 1))
    return F.mse_loss(model(left.sqrt() * x0 + (1 - left).sqrt() * noise, t), noise)


# %% wrong: one noise for several pixels, from: step by step
-        noise = torch.randn_like(x0)
+        noise = torch.randn_like(x0[:1]).expand_as(x0)


# %% wrong: one noise for several pixels, from: step by step
# the same each time
-    n = len(x0)
+    n = len(x0)
+    torch.manual_seed(42)


# %% wrong: the given times not used, from: step by step
-    if t is None:
-        t = torch.randint(len(alpha_bars), (n,), device=x0.device)
+    t = torch.randint(len(alpha_bars), (n,), device=x0.device)


# %% wrong: the given noise not used, from: step by step
-    if noise is None:
-        noise = torch.randn_like(x0)
+    noise = torch.randn_like(x0)


# %% wrong: the given times not used & the given noise not used, from: step by step
-    if t is None:
-        t = torch.randint(len(alpha_bars), (n,), device=x0.device)
-    if noise is None:
-        noise = torch.randn_like(x0)
+    t = torch.randint(len(alpha_bars), (n,), device=x0.device)
+    noise = torch.randn_like(x0)


# %% wrong: times outside the schedule, from: step by step
-        t = torch.randint(len(alpha_bars), (n,), device=x0.device)
+        t = torch.randint(0, 1000, (n,), device=x0.device)


# %% wrong: times outside the schedule, from: step by step
# one too far
-        t = torch.randint(len(alpha_bars), (n,), device=x0.device)
+        t = torch.randint(0, len(alpha_bars) + 1, (n,), device=x0.device)


# %% wrong: a time for each column
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(0, len(alpha_bars), (len(x0),)) if t is None else t
    noise = torch.randn_like(x0) if noise is None else noise
    x_t = alpha_bars[t].sqrt() * x0 + (1 - alpha_bars[t]).sqrt() * noise
    return F.mse_loss(model(x_t, t), noise)


# %% wrong: the caller's tensor overwritten, from: step by step
-    x_t = left.sqrt() * x0 + (1 - left).sqrt() * noise
+    x_t = x0.mul_(left.sqrt()).add_((1 - left).sqrt() * noise)


# %% wrong: both roots missing & summed over everything, from: step by step
-    x_t = left.sqrt() * x0 + (1 - left).sqrt() * noise
-    found = model(x_t, t)
-    return ((noise - found) ** 2).mean()
+    x_t = left * x0 + (1 - left) * noise
+    found = model(x_t, t)
+    return ((noise - found) ** 2).sum()


# %% wrong: both roots missing & uniform noise, from: step by step
-        noise = torch.randn_like(x0)
+        noise = torch.rand_like(x0)

-    x_t = left.sqrt() * x0 + (1 - left).sqrt() * noise
+    x_t = left * x0 + (1 - left) * noise


# %% wrong: one time for the whole batch & uniform noise
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(0, len(alpha_bars), (1,)).repeat(len(x0)) if t is None else t
    noise = torch.rand_like(x0) if noise is None else noise
    left = alpha_bars[t].reshape(-1, *[1] * (x0.dim() - 1))
    return F.mse_loss(model(left.sqrt() * x0 + (1 - left).sqrt() * noise, t), noise)


# %% wrong: the first time never drawn
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    if t is None:
        t = torch.randint(0, len(alpha_bars), (len(x0),)).clamp(min=1)
    noise = torch.randn(x0.shape) if noise is None else noise
    ab = alpha_bars[t].reshape([-1] + [1] * (x0.dim() - 1))
    return F.mse_loss(model(ab.sqrt() * x0 + (1 - ab).sqrt() * noise, t), noise)


# %% wrong: only for shape (N, 1, 28, 28)
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(len(alpha_bars), (len(x0),)) if t is None else t
    noise = torch.randn(x0.shape) if noise is None else noise
    ab = alpha_bars[t].view(-1, 1, 1, 1)
    return F.mse_loss(model(ab.sqrt() * x0 + (1 - ab).sqrt() * noise, t), noise)


# %% wrong: only for shape (N, d)
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(len(alpha_bars), (len(x0),)) if t is None else t
    noise = torch.randn(x0.shape) if noise is None else noise
    ab = alpha_bars[t][:, None]
    return F.mse_loss(model(ab.sqrt() * x0 + (1 - ab).sqrt() * noise, t), noise)


# %% wrong: the root of alpha_bar missing & summed over the pixels
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(len(alpha_bars), (len(x0),)) if t is None else t
    noise = torch.randn(x0.shape) if noise is None else noise
    ab = alpha_bars[t].reshape([-1] + [1] * (x0.dim() - 1))
    e = model(ab * x0 + (1 - ab).sqrt() * noise, t) - noise
    return (e**2).flatten(1).sum(1).mean()


# %% wrong: the image to be found
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(len(alpha_bars), (len(x0),)) if t is None else t
    noise = torch.randn(x0.shape) if noise is None else noise
    ab = alpha_bars[t].reshape([-1] + [1] * (x0.dim() - 1))
    v = ab.sqrt() * noise - (1 - ab).sqrt() * x0
    return F.mse_loss(model(ab.sqrt() * x0 + (1 - ab).sqrt() * noise, t), v)


# %% wrong: -
# weighted by the signal-to-noise ratio
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(0, len(alpha_bars), (len(x0),)) if t is None else t
    noise = torch.randn_like(x0) if noise is None else noise
    left = alpha_bars[t].reshape(-1, *[1] * (x0.dim() - 1))
    found = model(left.sqrt() * x0 + (1 - left).sqrt() * noise, t)
    return (left / (1 - left) * (noise - found) ** 2).mean()


# %% wrong: -, from: step by step
# the cross-entropy
-    return ((noise - found) ** 2).mean()
+    return F.binary_cross_entropy_with_logits(found, noise.sigmoid())


# %% wrong: -
# the noise is added with no schedule
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(0, len(alpha_bars), (len(x0),)) if t is None else t
    noise = torch.randn_like(x0) if noise is None else noise
    part = (t / len(alpha_bars)).reshape(-1, *[1] * (x0.dim() - 1))
    return F.mse_loss(model((1 - part) * x0 + part * noise, t), noise)


# %% raised
# the time is not told
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(0, len(alpha_bars), (len(x0),)) if t is None else t
    noise = torch.randn_like(x0) if noise is None else noise
    left = alpha_bars[t].reshape(-1, *[1] * (x0.dim() - 1))
    return F.mse_loss(model(left.sqrt() * x0 + (1 - left).sqrt() * noise), noise)


# %% raised
# the time as a table
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    t = torch.randint(0, len(alpha_bars), (len(x0),)) if t is None else t
    noise = torch.randn_like(x0) if noise is None else noise
    t = t.reshape(-1, *[1] * (x0.dim() - 1))
    left = alpha_bars[t]
    return F.mse_loss(model(left.sqrt() * x0 + (1 - left).sqrt() * noise, t), noise)


# %% not attempted
def ddpm_loss(model, x0, alpha_bars, t=None, noise=None):
    # YOUR CODE HERE
    raise NotImplementedError()
