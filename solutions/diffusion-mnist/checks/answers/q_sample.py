# %% right: a view of as many dimensions
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars[t].view(-1, *[1] * (x0.dim() - 1))
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% right: extract(a, t, x.shape), as in many courses
def extract(a, t, x_shape):
    b = t.shape[0]
    out = a.gather(-1, t)
    return out.reshape(b, *((1,) * (len(x_shape) - 1)))


def q_sample(x0, t, alpha_bars, noise):
    sqrt_alphas_cumprod = torch.sqrt(alpha_bars)
    sqrt_one_minus_alphas_cumprod = torch.sqrt(1.0 - alpha_bars)
    return (
        extract(sqrt_alphas_cumprod, t, x0.shape) * x0
        + extract(sqrt_one_minus_alphas_cumprod, t, x0.shape) * noise
    )


# %% right: extract with a loop of unsqueeze, on the device of t
def extract(a, t, shape):
    res = a.to(t.device)[t].float()
    while len(res.shape) < len(shape):
        res = res[..., None]
    return res.expand(shape)


def q_sample(x0, t, alpha_bars, noise):
    a = extract(alpha_bars, t, x0.shape)
    return torch.sqrt(a) * x0 + torch.sqrt(1 - a) * noise


# %% right: flattened and back
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars[t].unsqueeze(1)
    x_t = a**0.5 * x0.flatten(1) + (1 - a) ** 0.5 * noise.flatten(1)
    return x_t.view_as(x0)


# %% right: rows one by one
def q_sample(x0, t, alpha_bars, noise):
    rows = []
    for image, step, e in zip(x0, t, noise):
        a = alpha_bars[step]
        rows.append(torch.sqrt(a) * image + torch.sqrt(1 - a) * e)
    return torch.stack(rows)


# %% right: the dimensions the other way round
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars[t]
    swapped = torch.movedim(x0, 0, -1) * a.sqrt() + torch.movedim(noise, 0, -1) * (1 - a).sqrt()
    return torch.movedim(swapped, -1, 0)


# %% right: 1-based time, with a 1 in front
def q_sample(x0, t, alpha_bars, noise):
    padded = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars])
    step = t + 1
    a = padded[step].reshape((len(x0),) + (1,) * (x0.ndim - 1))
    return x0 * a.sqrt() + noise * (1 - a).sqrt()


# %% right: a class with buffers
class Schedule(nn.Module):
    def __init__(self, alpha_bars):
        super().__init__()
        self.register_buffer("signal", alpha_bars.sqrt())
        self.register_buffer("sigma", (1 - alpha_bars).sqrt())

    def forward(self, x0, t, noise):
        shape = [-1] + [1] * (x0.dim() - 1)
        return self.signal[t].view(shape) * x0 + self.sigma[t].view(shape) * noise


def q_sample(x0, t, alpha_bars, noise):
    return Schedule(alpha_bars)(x0, t, noise)


# %% wrong: noise of its own, from: a view of as many dimensions
-    return a.sqrt() * x0 + (1 - a).sqrt() * noise
+    return a.sqrt() * x0 + (1 - a).sqrt() * torch.randn_like(x0)


# %% wrong: noise of its own
# and uniform
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars[t].view(-1, *[1] * (x0.dim() - 1))
    noise = torch.rand_like(x0)
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong: both roots missing, from: a view of as many dimensions
-    return a.sqrt() * x0 + (1 - a).sqrt() * noise
+    return a * x0 + (1 - a) * noise


# %% wrong: the root of alpha_bar missing, from: a view of as many dimensions
-    return a.sqrt() * x0 + (1 - a).sqrt() * noise
+    return a * x0 + (1 - a).sqrt() * noise


# %% wrong: the root of 1 - alpha_bar missing, from: a view of as many dimensions
-    return a.sqrt() * x0 + (1 - a).sqrt() * noise
+    return a.sqrt() * x0 + (1 - a) * noise


# %% wrong: 1 minus the root, from: a view of as many dimensions
-    return a.sqrt() * x0 + (1 - a).sqrt() * noise
+    a = a.sqrt()
+    return a * x0 + (1 - a) * noise


# %% wrong: 1 minus the root, from: a view of as many dimensions
-    return a.sqrt() * x0 + (1 - a).sqrt() * noise
+    return a.sqrt() * x0 + torch.sqrt(1 - a.sqrt()) * noise


# %% wrong: image and noise swapped, from: a view of as many dimensions
-    return a.sqrt() * x0 + (1 - a).sqrt() * noise
+    return (1 - a).sqrt() * x0 + a.sqrt() * noise


# %% wrong: the image as large as before, from: a view of as many dimensions
-    return a.sqrt() * x0 + (1 - a).sqrt() * noise
+    return x0 + (1 - a).sqrt() * noise


# %% wrong: the noise subtracted, from: a view of as many dimensions
-    return a.sqrt() * x0 + (1 - a).sqrt() * noise
+    return a.sqrt() * x0 - (1 - a).sqrt() * noise


# %% wrong: the noise returned, too, from: a view of as many dimensions
-    return a.sqrt() * x0 + (1 - a).sqrt() * noise
+    return a.sqrt() * x0 + (1 - a).sqrt() * noise, noise


# %% wrong: a time for each column
# (N,) beside (N, ...)
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars[t]
    return torch.sqrt(a) * x0 + torch.sqrt(1 - a) * noise


# %% wrong: alpha for alpha_bar
def q_sample(x0, t, alpha_bars, noise):
    alphas = alpha_bars / torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
    a = alphas[t].view(-1, *[1] * (x0.dim() - 1))
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong: the index off by one, from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (x0.dim() - 1))
+    a = alpha_bars[t - 1].view(-1, *[1] * (x0.dim() - 1))


# %% wrong: the index off by one, from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (x0.dim() - 1))
+    a = alpha_bars[(t - 1).clamp(min=0)].view(-1, *[1] * (x0.dim() - 1))


# %% wrong: one time for the whole batch
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars[t[0]]
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong: only for shape (N, 1, 28, 28)
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars[t].view(-1, 1, 1, 1)
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong: only for shape (N, 1, 28, 28)
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars[t][:, None, None, None]
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong: only for shape (N, d)
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars[t].unsqueeze(1)
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong: the caller's tensor overwritten, from: a view of as many dimensions
-    return a.sqrt() * x0 + (1 - a).sqrt() * noise
+    x0 *= a.sqrt()
+    x0 += (1 - a).sqrt() * noise
+    return x0


# %% wrong: both roots missing & alpha for alpha_bar
def q_sample(x0, t, alpha_bars, noise):
    alphas = alpha_bars / torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
    a = alphas[t].view(-1, *[1] * (x0.dim() - 1))
    return a * x0 + (1 - a) * noise


# %% wrong: both roots missing & only for shape (N, 1, 28, 28)
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars[t].view(-1, 1, 1, 1)
    return a * x0 + (1 - a) * noise


# %% wrong: -
# clamped
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars[t].view(-1, *[1] * (x0.dim() - 1))
    return (a.sqrt() * x0 + (1 - a).sqrt() * noise).clamp(-1, 1)


# %% wrong: -
# time as a number of small steps of equal size
def q_sample(x0, t, alpha_bars, noise):
    a = (1 - t / len(alpha_bars)).view(-1, *[1] * (x0.dim() - 1))
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong: -
# flattened, and left so; images alone show it
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars[t].unsqueeze(1)
    return a.sqrt() * x0.flatten() + (1 - a).sqrt() * noise.flatten()


# %% raised
def q_sample(x0, t, alpha_bars, noise):
    a = alpha_bars.gather(0, t).view(x0.shape)
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% raised
# the schedule of a class that is nowhere
def q_sample(x0, t, alpha_bars, noise):
    return self.sqrt_alphas_cumprod[t] * x0 + self.sqrt_one_minus_alphas_cumprod[t] * noise


# %% not attempted
def q_sample(x0, t, alpha_bars, noise):
    # YOUR CODE HERE
    raise NotImplementedError()
