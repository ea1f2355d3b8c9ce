# %% right: mse_loss
def flow_matching_loss(model, x1, t=None, x0=None):
    if t is None:
        t = torch.rand(len(x1), device=x1.device)
    if x0 is None:
        x0 = torch.randn_like(x1)
    time = t.view(-1, *[1] * (x1.dim() - 1))
    x_t = (1 - time) * x0 + time * x1
    return F.mse_loss(model(x_t, t), x1 - x0)


# %% right: functions of its own
def interpolate(x0, x1, t):
    while t.dim() < x1.dim():
        t = t[..., None]
    return x0 + t * (x1 - x0)


def target_velocity(x0, x1):
    return x1 - x0


def flow_matching_loss(model, x1, t=None, x0=None):
    t = torch.rand(x1.shape[0]).to(x1) if t is None else t
    x0 = torch.randn(x1.shape).to(x1) if x0 is None else x0
    error = model(interpolate(x0, x1, t), t) - target_velocity(x0, x1)
    return (error**2).mean()


# %% right: a small sigma_min
def flow_matching_loss(model, x1, t=None, x0=None):
    sigma_min = 1e-4
    t = torch.rand(x1.size(0)) if t is None else t
    x0 = torch.randn_like(x1) if x0 is None else x0
    s = t.reshape(-1, *(1,) * (x1.ndim - 1))
    x_t = (1 - (1 - sigma_min) * s) * x0 + s * x1
    u = x1 - (1 - sigma_min) * x0
    return (model(x_t, t) - u).pow(2).flatten(1).mean(1).mean()


# %% right: the other sign on both sides
def flow_matching_loss(model, x1, t=None, x0=None):
    if t is None:
        t = torch.empty(len(x1)).uniform_()
    if x0 is None:
        x0 = torch.normal(torch.zeros_like(x1), 1.0)
    flat0, flat1 = x0.flatten(1), x1.flatten(1)
    x_t = (t[:, None] * flat1 + (1 - t[:, None]) * flat0).view_as(x1)
    return torch.mean((x0 - x1 + model(x_t, t)) ** 2)


# %% right: times spread evenly over the batch
def flow_matching_loss(model, x1, t=None, x0=None):
    if t is None:
        t = (torch.rand(1) + torch.arange(len(x1)) / len(x1)) % 1
    if x0 is None:
        x0 = torch.randn_like(x1)
    time = t.view(-1, *[1] * (x1.dim() - 1))
    return ((model(torch.lerp(x0, x1, time.expand_as(x1)), t) - (x1 - x0)) ** 2).mean()


# %% wrong: the velocity backwards, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, t), x0 - x1)


# %% wrong: time runs the other way, from: mse_loss
-    x_t = (1 - time) * x0 + time * x1
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    x_t = time * x0 + (1 - time) * x1
+    return F.mse_loss(model(x_t, t), x0 - x1)


# %% wrong: time runs the other way, from: mse_loss
-    x_t = (1 - time) * x0 + time * x1
+    x_t = time * x0 + (1 - time) * x1


# %% wrong: time runs the other way, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, 1 - t), x1 - x0)


# %% wrong: another target, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, t), x1)


# %% wrong: another target, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, t), (x1 - x0) / (1 - time))


# %% wrong: another target, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, t), x0)


# %% wrong: the network is not asked at x_t, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x1, t), x1 - x0)


# %% wrong: the network is not asked at x_t, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x0, t), x1 - x0)


# %% wrong: another path, from: mse_loss
-    x_t = (1 - time) * x0 + time * x1
+    x_t = (1 - time).sqrt() * x0 + time.sqrt() * x1


# %% wrong: the time on another scale, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, 1000 * t), x1 - x0)


# %% wrong: the time on another scale, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, (t * 1000).long()), x1 - x0)


# %% wrong: times of another shape, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, time), x1 - x0)


# %% wrong: times of another shape, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, t[:, None]), x1 - x0)


# %% wrong: one time for the whole batch, from: mse_loss
     time = t.view(-1, *[1] * (x1.dim() - 1))
+    t = t[:1].expand(len(x1))
+    time = t[0]


# %% wrong: a time for each column & one time drawn for the whole batch
def flow_matching_loss(model, x1, t=None, x0=None):
    if t is None:
        t = torch.rand(1).expand(len(x1))
    if x0 is None:
        x0 = torch.randn_like(x1)
    x_t = (1 - t) * x0 + t * x1 if x1.shape[-1] == len(t) else (1 - t[0]) * x0 + t[0] * x1
    return F.mse_loss(model(x_t, t), x1 - x0)


# %% wrong: a time for each column
def flow_matching_loss(model, x1, t=None, x0=None):
    t = torch.rand(len(x1)) if t is None else t
    x0 = torch.randn_like(x1) if x0 is None else x0
    x_t = (1 - t) * x0 + t * x1
    return F.mse_loss(model(x_t, t), x1 - x0)


# %% wrong: the error not squared, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.l1_loss(model(x_t, t), x1 - x0)


# %% wrong: the error not squared, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.smooth_l1_loss(model(x_t, t), x1 - x0)


# %% wrong: the error not squared, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return (model(x_t, t) - (x1 - x0)).flatten(1).norm(dim=1).mean()


# %% wrong: the squared norm of each image, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return ((model(x_t, t) - (x1 - x0)) ** 2).flatten(1).sum(1).mean()


# %% wrong: a root of the mean square, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, t), x1 - x0).sqrt()


# %% wrong: summed over the batch, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, t), x1 - x0, reduction="sum")


# %% wrong: not reduced to one number, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return (model(x_t, t) - (x1 - x0)) ** 2


# %% wrong: halved, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return 0.5 * F.mse_loss(model(x_t, t), x1 - x0)


# %% wrong: the velocity backwards & halved, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, t), x0 - x1) / 2


# %% wrong: the gradient is cut, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    return F.mse_loss(model(x_t, t).detach(), x1 - x0)


# %% wrong: the gradient is cut, from: mse_loss
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    with torch.no_grad():
+        return F.mse_loss(model(x_t, t), x1 - x0)


# %% wrong: t and x0 not used
def flow_matching_loss(model, x1, t=None, x0=None):
    t, x0 = torch.rand(len(x1)), torch.randn_like(x1)
    time = t.view(-1, *[1] * (x1.dim() - 1))
    return F.mse_loss(model((1 - time) * x0 + time * x1, t), x1 - x0)


# %% wrong: one time drawn for the whole batch, from: mse_loss
-        t = torch.rand(len(x1), device=x1.device)
+        t = torch.rand(1, device=x1.device).expand(len(x1))


# %% wrong: times not uniform, from: mse_loss
-        t = torch.rand(len(x1), device=x1.device)
+        t = torch.sigmoid(torch.randn(len(x1), device=x1.device))


# %% wrong: times not uniform, from: mse_loss
-        t = torch.rand(len(x1), device=x1.device)
+        t = torch.randn(len(x1), device=x1.device)


# %% right: times in thousandths, from: mse_loss
-        t = torch.rand(len(x1), device=x1.device)
+        t = torch.randint(0, 1000, (len(x1),)) / 1000


# %% wrong: uniform noise, from: mse_loss
-        x0 = torch.randn_like(x1)
+        x0 = torch.rand_like(x1)


# %% wrong: uniform noise, from: mse_loss
-        x0 = torch.randn_like(x1)
+        x0 = 2 * torch.rand_like(x1) - 1


# %% wrong: one noise for all images, from: mse_loss
-        x0 = torch.randn_like(x1)
+        x0 = torch.randn_like(x1[:1]).expand_as(x1)


# %% wrong: noise drawn twice
def flow_matching_loss(model, x1, t=None, x0=None):
    t = torch.rand(len(x1)) if t is None else t
    time = t.view(-1, *[1] * (x1.dim() - 1))

    def noise():
        return torch.randn_like(x1) if x0 is None else x0

    return F.mse_loss(model((1 - time) * noise() + time * x1, t), x1 - noise())


# %% wrong: a seed set inside, from: mse_loss
     if t is None:
+        torch.manual_seed(0)


# %% wrong: -
# the image predicted from the velocity, and compared
def flow_matching_loss(model, x1, t=None, x0=None):
    t = torch.rand(len(x1)) if t is None else t
    x0 = torch.randn_like(x1) if x0 is None else x0
    time = t.view(-1, *[1] * (x1.dim() - 1))
    x_t = (1 - time) * x0 + time * x1
    return F.mse_loss(x_t + (1 - time) * model(x_t, t), x1)


# %% wrong: -
# weighted by the time
def flow_matching_loss(model, x1, t=None, x0=None):
    t = torch.rand(len(x1)) if t is None else t
    x0 = torch.randn_like(x1) if x0 is None else x0
    time = t.view(-1, *[1] * (x1.dim() - 1))
    error = model((1 - time) * x0 + time * x1, t) - (x1 - x0)
    return (error**2 * (1 - time) ** 2).mean()


# %% wrong: -, from: mse_loss
# with a penalty on the velocity
-    return F.mse_loss(model(x_t, t), x1 - x0)
+    v = model(x_t, t)
+    return F.mse_loss(v, x1 - x0) + 0.1 * v.square().mean()


# %% raised
# no defaults
def flow_matching_loss(model, x1, t, x0):
    time = t.view(-1, *[1] * (x1.dim() - 1))
    return F.mse_loss(model((1 - time) * x0 + time * x1, t), x1 - x0)


# %% not attempted
def flow_matching_loss(model, x1, t=None, x0=None):
    # YOUR CODE HERE
    raise NotImplementedError()
