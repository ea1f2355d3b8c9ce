# %% right: softmax of the exponents
def optimal_denoiser(x_t, t, data, alpha_bars):
    rows, points = x_t.flatten(1), data.flatten(1)
    a = alpha_bars[t].view(-1, 1)
    distances = ((rows[:, None] - a.sqrt()[:, None] * points) ** 2).sum(-1)
    w = torch.softmax(-distances / (2 * (1 - a)), dim=1)
    return (w @ points).view_as(x_t)


# %% right: cdist of rows that are scaled instead
def optimal_denoiser(x_t, t, data, alpha_bars):
    a = alpha_bars[t][:, None]
    rows, points = x_t.flatten(1) / a.sqrt(), data.flatten(1)
    d2 = torch.cdist(rows, points, compute_mode="donot_use_mm_for_euclid_dist") ** 2
    logits = -d2 * a / (2 * (1 - a))
    return (logits.softmax(dim=-1) @ points).reshape(x_t.shape)


# %% right: the square expanded, without what all data share
def optimal_denoiser(x_t, t, data, alpha_bars):
    rows, points = x_t.flatten(1), data.flatten(1)
    a = alpha_bars[t].unsqueeze(1)
    logits = (a.sqrt() * rows @ points.T - a * (points**2).sum(1) / 2) / (1 - a)
    return torch.matmul(F.softmax(logits, 1), points).reshape_as(x_t)


# %% right: rows one by one
def optimal_denoiser(x_t, t, data, alpha_bars):
    results = []
    for x, step in zip(x_t, t):
        a = alpha_bars[step]
        d2 = ((x - a.sqrt() * data) ** 2).flatten(1).sum(1)
        w = torch.softmax(-d2 / (2 * (1 - a)), 0)
        results.append(torch.einsum("m,m...->...", w, data))
    return torch.stack(results)


# %% right: through the score of a mixture of points
def optimal_denoiser(x_t, t, data, alpha_bars):
    with torch.enable_grad():
        rows = x_t.detach().flatten(1).clone().requires_grad_()
        points = data.flatten(1)
        a = alpha_bars[t].view(-1, 1)
        d2 = ((rows.unsqueeze(1) - a.sqrt().unsqueeze(1) * points) ** 2).sum(2)
        log_q = torch.logsumexp(-d2 / (2 * (1 - a)), 1)
        (score,) = torch.autograd.grad(log_q.sum(), rows)
    x0 = (rows.detach() + (1 - a) * score) / a.sqrt()
    return x0.reshape(x_t.shape)


# %% wrong: a softmax over the batch, from: softmax of the exponents
-    w = torch.softmax(-distances / (2 * (1 - a)), dim=1)
+    w = torch.softmax(-distances / (2 * (1 - a)), dim=0)


# %% wrong: distances to unscaled data, from: softmax of the exponents
-    distances = ((rows[:, None] - a.sqrt()[:, None] * points) ** 2).sum(-1)
+    distances = ((rows[:, None] - points) ** 2).sum(-1)


# %% wrong: the data scaled by alpha_bar, from: softmax of the exponents
-    distances = ((rows[:, None] - a.sqrt()[:, None] * points) ** 2).sum(-1)
+    distances = ((rows[:, None] - a[:, None] * points) ** 2).sum(-1)


# %% wrong: the wrong variance in the exponent, from: softmax of the exponents
-    w = torch.softmax(-distances / (2 * (1 - a)), dim=1)
+    w = torch.softmax(-distances / (1 - a), dim=1)


# %% wrong: the wrong variance in the exponent, from: softmax of the exponents
-    w = torch.softmax(-distances / (2 * (1 - a)), dim=1)
+    w = torch.softmax(-distances / (2 * (1 - a).sqrt()), dim=1)


# %% wrong: the wrong variance in the exponent, from: softmax of the exponents
-    w = torch.softmax(-distances / (2 * (1 - a)), dim=1)
+    w = torch.softmax(-distances / 2, dim=1)


# %% wrong: distances not squared, from: softmax of the exponents
-    distances = ((rows[:, None] - a.sqrt()[:, None] * points) ** 2).sum(-1)
+    distances = (rows[:, None] - a.sqrt()[:, None] * points).norm(dim=-1)


# %% wrong: a mean over the pixels, from: softmax of the exponents
-    distances = ((rows[:, None] - a.sqrt()[:, None] * points) ** 2).sum(-1)
+    distances = ((rows[:, None] - a.sqrt()[:, None] * points) ** 2).mean(-1)


# %% wrong: the nearest datum, from: softmax of the exponents
-    w = torch.softmax(-distances / (2 * (1 - a)), dim=1)
-    return (w @ points).view_as(x_t)
+    return data[distances.argmin(1)]


# %% wrong: the nearest datum
# nearest without the shrinking
def optimal_denoiser(x_t, t, data, alpha_bars):
    distances = torch.cdist(x_t.flatten(1), data.flatten(1))
    return data[distances.argmin(1)]


# %% wrong: the unweighted mean, from: softmax of the exponents
-    return (w @ points).view_as(x_t)
+    return points.mean(0).expand(len(rows), -1).reshape(x_t.shape)


# %% wrong: the sign of the exponent, from: softmax of the exponents
-    w = torch.softmax(-distances / (2 * (1 - a)), dim=1)
+    w = torch.softmax(distances / (2 * (1 - a)), dim=1)


# %% wrong: another prediction than x0, from: softmax of the exponents
-    return (w @ points).view_as(x_t)
+    return (a.sqrt() * (w @ points)).view_as(x_t)


# %% wrong: another prediction than x0, from: softmax of the exponents
-    return (w @ points).view_as(x_t)
+    return ((rows - a.sqrt() * (w @ points)) / (1 - a).sqrt()).view_as(x_t)


# %% wrong: a time for each column, from: softmax of the exponents
-    w = torch.softmax(-distances / (2 * (1 - a)), dim=1)
+    w = torch.softmax(-distances / (2 * (1 - alpha_bars[t])), dim=1)


# %% wrong: unstable far out, from: softmax of the exponents
-    w = torch.softmax(-distances / (2 * (1 - a)), dim=1)
+    w = torch.exp(-distances / (2 * (1 - a)))
+    w = w / w.sum(1, keepdim=True)


# %% wrong: unstable far out, from: softmax of the exponents
-    w = torch.softmax(-distances / (2 * (1 - a)), dim=1)
+    w = torch.exp(-distances / (2 * (1 - a)))
+    w = w / w.sum(1, keepdim=True).clamp(min=1e-30)


# %% wrong: alpha for alpha_bar, from: softmax of the exponents
-    a = alpha_bars[t].view(-1, 1)
+    before = torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
+    a = (alpha_bars / before)[t].view(-1, 1)


# %% wrong: the index off by one, from: softmax of the exponents
-    a = alpha_bars[t].view(-1, 1)
+    a = alpha_bars[(t - 1).clamp(min=0)].view(-1, 1)


# %% wrong: one time for the whole batch, from: softmax of the exponents
-    a = alpha_bars[t].view(-1, 1)
+    a = alpha_bars[t[:1]].view(-1, 1)


# %% wrong: the caller's tensor overwritten, from: softmax of the exponents
-    return (w @ points).view_as(x_t)
+    rows.copy_(w @ points)
+    return x_t


# %% wrong: the wrong variance in the exponent & one time for the whole batch
def optimal_denoiser(x_t, t, data, alpha_bars):
    rows, points = x_t.flatten(1), data.flatten(1)
    a = alpha_bars[t[0]]
    distances = ((rows[:, None] - a.sqrt() * points) ** 2).sum(-1)
    w = torch.softmax(-distances / (1 - a), dim=1)
    return (w @ points).view_as(x_t)


# %% wrong: -
# weights that are inverse distances
def optimal_denoiser(x_t, t, data, alpha_bars):
    rows, points = x_t.flatten(1), data.flatten(1)
    a = alpha_bars[t].view(-1, 1)
    w = 1 / ((rows[:, None] - a.sqrt()[:, None] * points) ** 2).sum(-1)
    return ((w / w.sum(1, keepdim=True)) @ points).view_as(x_t)


# %% wrong: -
# of absolute values
def optimal_denoiser(x_t, t, data, alpha_bars):
    rows, points = x_t.flatten(1), data.flatten(1)
    a = alpha_bars[t].view(-1, 1)
    distances = (rows[:, None] - a.sqrt()[:, None] * points).abs().sum(-1)
    return (torch.softmax(-distances / (2 * (1 - a)), dim=1) @ points).view_as(x_t)


# %% wrong: -
# the weights themselves
def optimal_denoiser(x_t, t, data, alpha_bars):
    rows, points = x_t.flatten(1), data.flatten(1)
    a = alpha_bars[t].view(-1, 1)
    distances = ((rows[:, None] - a.sqrt()[:, None] * points) ** 2).sum(-1)
    return torch.softmax(-distances / (2 * (1 - a)), dim=1)


# %% raised
def optimal_denoiser(x_t, t, data, alpha_bars):
    a = alpha_bars[t].view(-1, 1)
    distances = ((x_t - a.sqrt() * data) ** 2).sum(-1)
    w = torch.softmax(-distances / (2 * (1 - a)), dim=1)
    return w @ data


# %% not attempted
def optimal_denoiser(x_t, t, data, alpha_bars):
    # YOUR CODE HERE
    raise NotImplementedError()
