# %% right: a view of as many dimensions
def score_from_eps(eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (eps.dim() - 1))
    return -eps / (1 - a).sqrt()


# %% right: extract, as in many courses
def extract(a, t, x_shape):
    out = a.gather(-1, t)
    return out.reshape(t.shape[0], *((1,) * (len(x_shape) - 1)))


def score_from_eps(eps, t, alpha_bars):
    sigma = extract(torch.sqrt(1.0 - alpha_bars), t, eps.shape)
    return -eps / sigma


# %% right: a power
def score_from_eps(eps, t, alpha_bars):
    scale = (1 - alpha_bars).pow(-0.5)
    return -scale[t].reshape(len(eps), *[1] * (eps.ndim - 1)) * eps


# %% right: an einsum
def score_from_eps(eps, t, alpha_bars):
    return torch.einsum("n...,n->n...", -eps, torch.rsqrt(1 - alpha_bars[t]))


# %% right: rows one by one
def score_from_eps(eps, t, alpha_bars):
    return torch.stack([-e / torch.sqrt(1 - alpha_bars[s]) for e, s in zip(eps, t)])


# %% wrong: the sign, from: a view of as many dimensions
-    return -eps / (1 - a).sqrt()
+    return eps / (1 - a).sqrt()


# %% wrong: the variance instead of the deviation, from: a view of as many dimensions
-    return -eps / (1 - a).sqrt()
+    return -eps / (1 - a)


# %% wrong: multiplied instead of divided, from: a view of as many dimensions
-    return -eps / (1 - a).sqrt()
+    return -eps * (1 - a).sqrt()


# %% wrong: alpha_bar for 1 - alpha_bar, from: a view of as many dimensions
-    return -eps / (1 - a).sqrt()
+    return -eps / a.sqrt()


# %% wrong: 1 minus the root, from: a view of as many dimensions
-    return -eps / (1 - a).sqrt()
+    return -eps / (1 - a.sqrt())


# %% wrong: not scaled, from: a view of as many dimensions
-    return -eps / (1 - a).sqrt()
+    return -eps


# %% wrong: the index off by one & the sign, from: a view of as many dimensions
-    return -eps / (1 - a).sqrt()
+    return eps / (1 - F.pad(alpha_bars, (1, 0), value=1.0)[t]).view_as(a).sqrt()


# %% wrong: a time for each column, from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (eps.dim() - 1))
+    a = alpha_bars[t]


# %% wrong: alpha for alpha_bar, from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (eps.dim() - 1))
+    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
+    a = (alpha_bars / before)[t].view(-1, *[1] * (eps.dim() - 1))


# %% wrong: the index off by one, from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (eps.dim() - 1))
+    a = alpha_bars[t - 1].view(-1, *[1] * (eps.dim() - 1))


# %% wrong: one time for the whole batch, from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (eps.dim() - 1))
+    a = alpha_bars[t[0]]


# %% wrong: only for shape (N, 1, 28, 28), from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (eps.dim() - 1))
+    a = alpha_bars[t][:, None, None, None]


# %% wrong: only for shape (N, d), from: a view of as many dimensions
-    a = alpha_bars[t].view(-1, *[1] * (eps.dim() - 1))
+    a = alpha_bars[t].unsqueeze(-1)


# %% wrong: the caller's tensor overwritten, from: a view of as many dimensions
-    return -eps / (1 - a).sqrt()
+    result = -eps / (1 - a).sqrt()
+    eps.copy_(result)
+    return result


# %% wrong: -
# twice the precision
def score_from_eps(eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (eps.dim() - 1))
    return -eps / (2 * (1 - a))


# %% wrong: -
# of an energy that is not halved
def score_from_eps(eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (eps.dim() - 1))
    return -2 * eps / (1 - a).sqrt()


# %% wrong: -
# the root of both
def score_from_eps(eps, t, alpha_bars):
    a = alpha_bars[t].view(-1, *[1] * (eps.dim() - 1))
    return -(a / (1 - a)).sqrt() * eps


# %% raised
def score_from_eps(eps, t, alpha_bars):
    return -eps / torch.sqrt(1 - alpha_bars[t].view(eps.shape))


# %% not attempted
def score_from_eps(eps, t, alpha_bars):
    # YOUR CODE HERE
    raise NotImplementedError()
