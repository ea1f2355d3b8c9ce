# %% right: a view of as many dimensions
def velocity_from_eps(x_t, eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
    return (eps - (1 - a).sqrt() * x_t) / a.sqrt()


# %% right: through x0
def velocity_from_eps(x_t, eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    return a.sqrt() * eps - (1 - a).sqrt() * x0


# %% right: extract, as in many courses
def extract(a, t, x_shape):
    out = a.gather(-1, t)
    return out.reshape(t.shape[0], *((1,) * (len(x_shape) - 1)))


def predict(x_t, t, alpha_bars, noise):
    return (
        extract(torch.sqrt(1.0 / alpha_bars), t, x_t.shape) * x_t
        - extract(torch.sqrt(1.0 / alpha_bars - 1), t, x_t.shape) * noise
    )


def velocity_from_eps(x_t, eps, t, alpha_bars):
    x_start = predict(x_t, t, alpha_bars, eps)
    return (
        extract(torch.sqrt(alpha_bars), t, x_t.shape) * eps
        - extract(torch.sqrt(1.0 - alpha_bars), t, x_t.shape) * x_start
    )


# %% right: as an angle
def velocity_from_eps(x_t, eps, t, alpha_bars):
    angle = torch.acos(alpha_bars.sqrt())[t].reshape(len(t), *[1] * (x_t.dim() - 1))
    return eps / torch.cos(angle) - torch.tan(angle) * x_t


# %% right: rows one by one
def velocity_from_eps(x_t, eps, t, alpha_bars):
    rows = []
    for x, e, s in zip(x_t, eps, t):
        a = alpha_bars[s]
        clean = (x - (1 - a) ** 0.5 * e) / a**0.5
        rows.append(a**0.5 * e - (1 - a) ** 0.5 * clean)
    return torch.stack(rows)


# %% wrong: the sign, from: a view of as many dimensions
-    return (eps - (1 - a).sqrt() * x_t) / a.sqrt()
+    return ((1 - a).sqrt() * x_t - eps) / a.sqrt()


# %% wrong: x_t for x0, from: a view of as many dimensions
-    return (eps - (1 - a).sqrt() * x_t) / a.sqrt()
+    return a.sqrt() * eps - (1 - a).sqrt() * x_t


# %% wrong: the roots swapped, from: through x0
-    return a.sqrt() * eps - (1 - a).sqrt() * x0
+    return (1 - a).sqrt() * eps - a.sqrt() * x0


# %% wrong: a sum, from: through x0
-    return a.sqrt() * eps - (1 - a).sqrt() * x0
+    return a.sqrt() * eps + (1 - a).sqrt() * x0


# %% wrong: a root missing, from: through x0
-    return a.sqrt() * eps - (1 - a).sqrt() * x0
+    return a * eps - (1 - a) * x0


# %% wrong: a root missing, from: through x0
-    return a.sqrt() * eps - (1 - a).sqrt() * x0
+    return a.sqrt() * eps - (1 - a) * x0


# %% wrong: the difference alone, from: through x0
-    return a.sqrt() * eps - (1 - a).sqrt() * x0
+    return eps - x0


# %% wrong: the difference alone, from: through x0
-    return a.sqrt() * eps - (1 - a).sqrt() * x0
+    return x0 - eps


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
-    return (eps - (1 - a).sqrt() * x_t) / a.sqrt()
+    result = (eps - (1 - a).sqrt() * x_t) / a.sqrt()
+    x_t.copy_(result)
+    return result


# %% wrong: -
# x0 instead
def velocity_from_eps(x_t, eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
    return (x_t - (1 - a).sqrt() * eps) / a.sqrt()


# %% wrong: -
# the derivative of x_t in alpha_bar
def velocity_from_eps(x_t, eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    return x0 / (2 * a.sqrt()) - eps / (2 * (1 - a).sqrt())


# %% wrong: -
# not divided
def velocity_from_eps(x_t, eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
    return eps - (1 - a).sqrt() * x_t


# %% raised
def velocity_from_eps(x_t, eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (x_t.dim() - 1))
    return a.sqrt() * eps - (1 - a).sqrt() * x0


# %% not attempted
def velocity_from_eps(x_t, eps, t, alpha_bars):
    # YOUR CODE HERE
    raise NotImplementedError()
