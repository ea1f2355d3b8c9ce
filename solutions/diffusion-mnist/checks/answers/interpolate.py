# %% right: view
def interpolate(x0, x1, t):
    t = t.view(-1, *[1] * (x1.dim() - 1))
    return (1 - t) * x0 + t * x1


# %% right: from the noise on
def interpolate(x0, x1, t):
    while t.dim() < x0.dim():
        t = t.unsqueeze(-1)
    return x0 + t * (x1 - x0)


# %% right: lerp
def interpolate(x0, x1, t):
    return torch.lerp(x0, x1, t.reshape(len(t), *(1 for _ in x1.shape[1:])).expand_as(x1))


# %% right: flat
def interpolate(x0, x1, t):
    flat = t[:, None] * x1.flatten(1) + (1 - t)[:, None] * x0.flatten(1)
    return flat.view(x1.shape)


# %% right: a small sigma_min
def interpolate(x0, x1, t, sigma_min=1e-4):
    t = t[(...,) + (None,) * (x1.ndim - 1)]
    return (1 - (1 - sigma_min) * t) * x0 + t * x1


# %% right: einsum
def interpolate(x0, x1, t):
    return torch.einsum("n,n...->n...", t, x1) + torch.einsum("n,n...->n...", 1 - t, x0)


# %% right: a loop
def interpolate(x0, x1, t):
    return torch.stack([(1 - time) * a + time * b for a, b, time in zip(x0, x1, t)])


# %% wrong: time runs the other way, from: view
-    return (1 - t) * x0 + t * x1
+    return t * x0 + (1 - t) * x1


# %% wrong: roots before noise and data, from: view
-    return (1 - t) * x0 + t * x1
+    return torch.sqrt(1 - t) * x0 + torch.sqrt(t) * x1


# %% wrong: roots before noise and data, from: view
-    return (1 - t) * x0 + t * x1
+    return (1 - t**2).sqrt() * x0 + t * x1


# %% wrong: one of the two factors missing, from: view
-    return (1 - t) * x0 + t * x1
+    return x0 + t * x1


# %% wrong: one of the two factors missing, from: view
-    return (1 - t) * x0 + t * x1
+    return (1 - t) * x0 + x1


# %% wrong: the sign of the line, from: view
-    return (1 - t) * x0 + t * x1
+    return x0 + t * (x0 - x1)


# %% wrong: the sign of the line, from: view
-    return (1 - t) * x0 + t * x1
+    return (1 - t) * x0 - t * x1


# %% wrong: a line from the data to the noise, from: view
-    return (1 - t) * x0 + t * x1
+    return x1 + t * (x1 - x0)


# %% wrong: one time for the whole batch, from: view
-    t = t.view(-1, *[1] * (x1.dim() - 1))
+    t = t[0]


# %% wrong: one time for the whole batch, from: view
-    t = t.view(-1, *[1] * (x1.dim() - 1))
+    t = t.mean()


# %% wrong: a time for each column
def interpolate(x0, x1, t):
    return (1 - t) * x0 + t * x1


# %% wrong: times along an axis of the image
def interpolate(x0, x1, t):
    t = t.unsqueeze(1)
    return (1 - t) * x0 + t * x1


# %% wrong: sigma_min above 0, from: a small sigma_min
-def interpolate(x0, x1, t, sigma_min=1e-4):
+def interpolate(x0, x1, t, sigma_min=0.01):


# %% wrong: the caller's tensor overwritten, from: view
-    return (1 - t) * x0 + t * x1
+    x0 *= 1 - t
+    x0 += t * x1
+    return x0


# %% wrong: -
# a smooth step
def interpolate(x0, x1, t):
    t = t.view(-1, *[1] * (x1.dim() - 1))
    t = 3 * t**2 - 2 * t**3
    return (1 - t) * x0 + t * x1


# %% wrong: -
# with noise of its own
def interpolate(x0, x1, t):
    t = t.view(-1, *[1] * (x1.dim() - 1))
    return (1 - t) * x0 + t * x1 + 0.1 * torch.randn_like(x1)


# %% wrong: only for shape (N, 1, 28, 28)
def interpolate(x0, x1, t):
    n, c, h, w = x1.shape
    t = t.view(n, 1, 1, 1)
    return (1 - t) * x0 + t * x1


# %% wrong: every time for every row
def interpolate(x0, x1, t):
    t = t.view(-1, 1, 1, 1)
    return (1 - t) * x0.unsqueeze(0) + t * x1.unsqueeze(0) if x1.dim() < 4 else (1 - t) * x0 + t * x1


# %% wrong: roots before noise and data, from: view
-    return (1 - t) * x0 + t * x1
+    return torch.cos(math.pi / 2 * t) * x0 + torch.sin(math.pi / 2 * t) * x1


# %% wrong: only for shape (N, d)
def interpolate(x0, x1, t):
    n, d = x1.shape
    t = t.view(n, 1).expand(n, d)
    return (1 - t) * x0 + t * x1


# %% wrong: -, from: view
# the time squared
-    return (1 - t) * x0 + t * x1
+    return (1 - t**2) * x0 + t**2 * x1


# %% raised
def interpolate(x0, x1, t):
    return (1 - t) @ x0 + t @ x2


# %% not attempted
def interpolate(x0, x1, t):
    # YOUR CODE HERE
    raise NotImplementedError()
