# %% right: a view of as many dimensions
def predict_x0(x_t, eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()


# %% right: extract, as in many courses
def extract(a, t, x_shape):
    out = a.gather(-1, t)
    return out.reshape(t.shape[0], *((1,) * (len(x_shape) - 1)))


def predict_x0(x_t, eps, t, alpha_bars):
    sqrt_recip_alphas_cumprod = torch.sqrt(1.0 / alpha_bars)
    sqrt_recipm1_alphas_cumprod = torch.sqrt(1.0 / alpha_bars - 1)
    return (
        extract(sqrt_recip_alphas_cumprod, t, x_t.shape) * x_t
        - extract(sqrt_recipm1_alphas_cumprod, t, x_t.shape) * eps
    )


# %% right: flattened and back
def predict_x0(x_t, eps, t, alpha_bars):
    a = alpha_bars[t][:, None]
    clean = (x_t.flatten(1) - torch.sqrt(1 - a) * eps.flatten(1)) / torch.sqrt(a)
    return clean.reshape(x_t.shape)


# %% right: rows one by one
def predict_x0(x_t, eps, t, alpha_bars):
    found = torch.empty_like(x_t)
    for n in range(len(x_t)):
        a = alpha_bars[t[n]].item()
        found[n] = (x_t[n] - math.sqrt(1 - a) * eps[n]) / math.sqrt(a)
    return found


# %% right: 1-based time, with a 1 in front
def predict_x0(x_t, eps, t, alpha_bars):
    padded = F.pad(alpha_bars, (1, 0), value=1.0)
    a = padded[t + 1].reshape([len(t)] + [1] * (x_t.dim() - 1))
    return a.rsqrt() * x_t - (1 / a - 1).sqrt() * eps


# %% wrong: the noise added, from: a view of as many dimensions
-    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()
+    return (x_t + (1 - a).sqrt() * eps) / a.sqrt()


# %% wrong: a root missing, from: a view of as many dimensions
-    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()
+    return (x_t - (1 - a).sqrt() * eps) / a


# %% wrong: a root missing, from: a view of as many dimensions
-    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()
+    return (x_t - (1 - a) * eps) / a.sqrt()


# %% wrong: a root missing, from: a view of as many dimensions
-    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()
+    return (x_t - (1 - a.sqrt()) * eps) / a.sqrt()


# %% wrong: not all divided by the root of alpha_bar, from: a view of as many dimensions
-    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()
+    return x_t - (1 - a).sqrt() * eps / a.sqrt()


# %% wrong: not all divided by the root of alpha_bar, from: a view of as many dimensions
-    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()
+    return x_t - (1 - a).sqrt() * eps


# %% wrong: multiplied by the root of alpha_bar, from: a view of as many dimensions
-    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()
+    return (x_t - (1 - a).sqrt() * eps) * a.sqrt()


# %% wrong: the roots swapped, from: a view of as many dimensions
-    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()
+    return (x_t - a.sqrt() * eps) / (1 - a).sqrt()


# %% wrong: the predicted x0 clamped, from: a view of as many dimensions
-    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()
+    return ((x_t - (1 - a).sqrt() * eps) / a.sqrt()).clamp(-1, 1)


# %% wrong: a time for each column, from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
+    a = alpha_bars[t]


# %% wrong: alpha for alpha_bar, from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
+    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
+    a = (alpha_bars / before)[t].view(-1, *[1] * (x_t.dim() - 1))


# %% wrong: the index off by one, from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
+    a = alpha_bars[t - 1].view(-1, *[1] * (x_t.dim() - 1))


# %% wrong: one time for the whole batch, from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
+    a = alpha_bars[t[0]]


# %% wrong: only for shape (N, 1, 28, 28), from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
+    a = alpha_bars[t][:, None, None, None]


# %% wrong: only for shape (N, d), from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
+    a = alpha_bars[t].unsqueeze(-1)


# %% wrong: the caller's tensor overwritten, from: a view of as many dimensions
-    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()
+    result = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
+    x_t.copy_(result)
+    return result


# %% wrong: -
# the mean of the two
def predict_x0(x_t, eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
    return (x_t + eps) / 2


# %% wrong: -
# through the score, with a factor too many
def predict_x0(x_t, eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
    return (x_t + (1 - a) * (-eps)) / a**1.5


# %% wrong: -
# the noise alone
def predict_x0(x_t, eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
    return (1 - a).sqrt() * eps / a.sqrt()


# %% raised
def predict_x0(x_t, eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
    return (x_t - math.sqrt(1 - a) * eps) / math.sqrt(a)


# %% not attempted
def predict_x0(x_t, eps, t, alpha_bars):
    # YOUR CODE HERE
    raise NotImplementedError()
