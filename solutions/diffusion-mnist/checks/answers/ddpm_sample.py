# %% right: as in the paper
@torch.no_grad()
def ddpm_sample(model, shape, betas, alpha_bars):
    T = len(betas)
    x = torch.randn(shape, device=betas.device)
    for i in reversed(range(T)):
        t = torch.full((shape[0],), i, device=betas.device, dtype=torch.long)
        eps = model(x, t)
        noise = torch.randn_like(x) if i > 0 else torch.zeros_like(x)
        alpha = 1 - betas[i]
        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
        x = x + torch.sqrt(betas[i]) * noise
    return x


# %% right: a step of its own, and the mode put back
def ddpm_step(x_t, eps, t, noise, betas, alpha_bars):
    shape = (-1,) + (1,) * (x_t.dim() - 1)
    b, a = betas[t].view(shape), alpha_bars[t].view(shape)
    mean = (x_t - b / (1 - a).sqrt() * eps) / (1 - b).sqrt()
    return mean + (t > 0).view(shape) * b.sqrt() * noise


def ddpm_sample(model, shape, betas, alpha_bars):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x = torch.randn(*shape)
        for k in range(len(betas) - 1, -1, -1):
            t = torch.ones(shape[0], dtype=torch.long) * k
            x = ddpm_step(x, model(x, t), t, torch.randn(shape), betas, alpha_bars)
    model.train(was_training)
    return x


# %% right: a list of all images
@torch.no_grad()
def ddpm_sample(model, shape, betas, alpha_bars):
    imgs = []
    img = torch.randn(shape)
    for i in range(0, len(betas))[::-1]:
        t = torch.tensor([i] * shape[0])
        mean = (img - betas[i] * model(img, t) / (1 - alpha_bars[i]) ** 0.5) / (1 - betas[i]) ** 0.5
        img = mean if i == 0 else mean + betas[i] ** 0.5 * torch.randn_like(img)
        imgs.append(img)
    return imgs


# %% right: all images in one tensor
def ddpm_sample(model, shape, betas, alpha_bars):
    x = torch.randn(shape)
    seen = [x]
    for i in reversed(range(len(betas))):
        with torch.no_grad():
            eps = model(x, torch.full((len(x),), i))
        x = (x - betas[i] / (1 - alpha_bars[i]).sqrt() * eps) / (1 - betas[i]).sqrt()
        if i > 0:
            x = x + betas[i].sqrt() * torch.randn_like(x)
        seen.append(x)
    return torch.stack(seen)


# %% right: the images and the way
@torch.inference_mode()
def ddpm_sample(model, shape, betas, alpha_bars):
    x, way = torch.randn(shape), []
    for i in reversed(range(len(betas))):
        z = torch.randn(shape) if i else 0.0
        eps = model(x, torch.full((shape[0],), i, dtype=torch.int64))
        x = 1 / torch.sqrt(1 - betas[i]) * (
            x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps
        ) + torch.sqrt(betas[i]) * z
        way.append(x.clone())
    return x, way


# %% right: by way of the predicted x0
@torch.no_grad()
def ddpm_sample(model, shape, betas, alpha_bars):
    before = torch.cat([torch.ones(1), alpha_bars[:-1]])
    x = torch.randn(shape)
    for i in torch.arange(len(betas) - 1, -1, -1):
        eps = model(x, i.expand(shape[0]))
        x0 = (x - (1 - alpha_bars[i]).sqrt() * eps) / alpha_bars[i].sqrt()
        c0 = before[i].sqrt() * betas[i] / (1 - alpha_bars[i])
        ct = (1 - betas[i]).sqrt() * (1 - before[i]) / (1 - alpha_bars[i])
        x = c0 * x0 + ct * x + (i > 0) * betas[i].sqrt() * torch.randn_like(x)
    return x


# %% right: steps counted from 1
# the network is told the index
def ddpm_sample(model, shape, betas, alpha_bars):
    x = torch.empty(shape).normal_()
    for step in range(len(betas), 0, -1):
        beta, alpha_bar = betas[step - 1], alpha_bars[step - 1]
        z = torch.randn(shape) if step > 1 else torch.zeros(shape)
        eps = model(x, torch.full((shape[0],), step - 1)).detach()
        x = (x - beta / (1 - alpha_bar).sqrt() * eps) / (1 - beta).sqrt() + beta.sqrt() * z
    return x


# %% right: detached in each step
def ddpm_sample(model, shape, betas, alpha_bars):
    x = torch.normal(0.0, 1.0, size=tuple(shape))
    for i in reversed(range(betas.shape[0])):
        eps = model(x, torch.tensor(i).repeat(shape[0]))
        mean = (x - betas[i] / (1 - alpha_bars[i]).sqrt() * eps) / (1 - betas[i]).sqrt()
        x = mean.detach()
        if i != 0:
            x += betas[i].sqrt() * torch.randn(shape)
    return x


# %% wrong: the loop stops before the last step, from: as in the paper
-    for i in reversed(range(T)):
+    for i in reversed(range(1, T)):


# %% wrong: one step too many, from: a step of its own, and the mode put back
# after t = 0 comes the index -1, the last
-        for k in range(len(betas) - 1, -1, -1):
+        for k in range(len(betas) - 1, -2, -1):


# %% wrong: the loop stops before the last step & times counted from 1
# the text's steps, with the index i - 1 in the formulas alone, down to 2
def ddpm_sample(model, shape, betas, alpha_bars):
    x = torch.randn(shape)
    for i in range(len(betas) - 1, 0, -1):
        with torch.no_grad():
            eps = model(x, torch.full((shape[0],), i + 1))
        x = (x - betas[i] / (1 - alpha_bars[i]).sqrt() * eps) / (1 - betas[i]).sqrt()
        x = x + betas[i].sqrt() * torch.randn(shape)
    return x


# %% wrong: times counted from 1, from: as in the paper
-        t = torch.full((shape[0],), i, device=betas.device, dtype=torch.long)
+        t = torch.full((shape[0],), i + 1, device=betas.device, dtype=torch.long)


# %% wrong: times counted from 1, from: steps counted from 1
-        eps = model(x, torch.full((shape[0],), step - 1)).detach()
+        eps = model(x, torch.full((shape[0],), step)).detach()


# %% wrong: the variance for the deviation & times counted from 1, from: as in the paper
-        t = torch.full((shape[0],), i, device=betas.device, dtype=torch.long)
+        t = torch.full((shape[0],), i + 1, device=betas.device, dtype=torch.long)

-        x = x + torch.sqrt(betas[i]) * noise
+        x = x + betas[i] * noise


# %% wrong: the times on another scale, from: as in the paper
-        eps = model(x, t)
+        eps = model(x, t / T)


# %% wrong: the times on another scale, from: as in the paper
-        eps = model(x, t)
+        eps = model(x, (t.float() + 1) / T)


# %% wrong: the times on another scale, from: as in the paper
-        eps = model(x, t)
+        eps = model(x, T - 1 - t)


# %% wrong: times of another shape, from: as in the paper
-        eps = model(x, t)
+        eps = model(x, torch.tensor([i]))


# %% wrong: times of another shape, from: as in the paper
-        eps = model(x, t)
+        eps = model(x, i)


# %% wrong: times of another shape, from: as in the paper
-        eps = model(x, t)
+        eps = model(x, t[:, None])


# %% wrong: the steps in the wrong order, from: as in the paper
-    for i in reversed(range(T)):
+    for i in range(T):


# %% wrong: the network asked once, from: as in the paper
     x = torch.randn(shape, device=betas.device)
+    eps = model(x, torch.full((shape[0],), T - 1))

-        eps = model(x, t)


# %% wrong: the network asked twice a step, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * model(x, t)) / torch.sqrt(alpha)


# %% wrong: uniform noise, from: as in the paper
-        noise = torch.randn_like(x) if i > 0 else torch.zeros_like(x)
+        noise = torch.rand_like(x) if i > 0 else torch.zeros_like(x)


# %% wrong: uniform noise, from: as in the paper
-    x = torch.randn(shape, device=betas.device)
+    x = torch.rand(shape, device=betas.device)

-        noise = torch.randn_like(x) if i > 0 else torch.zeros_like(x)
+        noise = torch.rand_like(x) if i > 0 else torch.zeros_like(x)


# %% wrong: the start is not normal noise, from: as in the paper
-    x = torch.randn(shape, device=betas.device)
+    x = torch.rand(shape, device=betas.device)


# %% wrong: the start is not normal noise, from: as in the paper
-    x = torch.randn(shape, device=betas.device)
+    x = torch.zeros(shape, device=betas.device)


# %% wrong: one noise for all images, from: as in the paper
-        noise = torch.randn_like(x) if i > 0 else torch.zeros_like(x)
+        noise = torch.randn_like(x[:1]) if i > 0 else torch.zeros_like(x)


# %% wrong: the same noise at every step
def ddpm_sample(model, shape, betas, alpha_bars):
    x, noise = torch.randn(shape), torch.randn(shape)
    for i in reversed(range(len(betas))):
        with torch.no_grad():
            eps = model(x, torch.full((shape[0],), i))
        x = (x - betas[i] / (1 - alpha_bars[i]).sqrt() * eps) / (1 - betas[i]).sqrt()
        if i > 0:
            x = x + betas[i].sqrt() * noise
    return x


# %% wrong: a seed set inside, from: as in the paper
     T = len(betas)
+    torch.manual_seed(0)


# %% wrong: noise at the last step, from: as in the paper
-        noise = torch.randn_like(x) if i > 0 else torch.zeros_like(x)
+        noise = torch.randn_like(x)


# %% wrong: no noise in the last step but one, from: as in the paper
-        noise = torch.randn_like(x) if i > 0 else torch.zeros_like(x)
+        noise = torch.randn_like(x) if i > 1 else torch.zeros_like(x)


# %% wrong: no noise, from: as in the paper
-        x = x + torch.sqrt(betas[i]) * noise


# %% wrong: the variance for the deviation, from: as in the paper
-        x = x + torch.sqrt(betas[i]) * noise
+        x = x + betas[i] * noise


# %% wrong: beta tilde for beta, from: by way of the predicted x0
-        x = c0 * x0 + ct * x + (i > 0) * betas[i].sqrt() * torch.randn_like(x)
+        variance = betas[i] * (1 - before[i]) / (1 - alpha_bars[i])
+        x = c0 * x0 + ct * x + variance.sqrt() * torch.randn_like(x)


# %% wrong: alpha_bar for alpha, from: as in the paper
-        alpha = 1 - betas[i]
+        alpha = alpha_bars[i]


# %% wrong: 1 / sqrt(1 - alpha_bar) missing, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = (x - betas[i] * eps) / torch.sqrt(alpha)


# %% wrong: too much noise in each step
@torch.no_grad()
def ddpm_sample(model, shape, betas, alpha_bars):
    x = torch.randn(shape)
    for i in reversed(range(len(betas))):
        eps = model(x, torch.full((shape[0],), i))
        z = torch.randn(shape) * (i > 0)
        inside = x - betas[i] / (1 - alpha_bars[i]).sqrt() * eps + betas[i].sqrt() * z
        x = inside / (1 - betas[i]).sqrt()
    return x


# %% wrong: clamped, from: by way of the predicted x0
         x0 = (x - (1 - alpha_bars[i]).sqrt() * eps) / alpha_bars[i].sqrt()
+        x0 = x0.clamp(-1, 1)


# %% wrong: alpha_bar before the first step, from: by way of the predicted x0
-    before = torch.cat([torch.ones(1), alpha_bars[:-1]])
+    before = torch.cat([alpha_bars[:1], alpha_bars[:-1]])


# %% wrong: clamped, from: as in the paper
-    return x
+    return x.clamp(-1, 1)


# %% wrong: scaled at the end, from: as in the paper
-    return x
+    return (x + 1) / 2


# %% wrong: graph kept alive, from: as in the paper
-@torch.no_grad()
 def ddpm_sample(model, shape, betas, alpha_bars):


# %% wrong: noise at the last step & graph kept alive, from: as in the paper
-@torch.no_grad()
 def ddpm_sample(model, shape, betas, alpha_bars):

-        noise = torch.randn_like(x) if i > 0 else torch.zeros_like(x)
+        noise = torch.randn_like(x)


# %% wrong: modes not restored, from: a step of its own, and the mode put back
-    model.train(was_training)


# %% wrong: modes not restored, from: a step of its own, and the mode put back
-    model.train(was_training)
+    model.train()


# %% wrong: -
# half as many steps, with the coefficients of single ones
@torch.no_grad()
def ddpm_sample(model, shape, betas, alpha_bars):
    x = torch.randn(shape)
    for i in range(len(betas) - 1, -1, -2):
        eps = model(x, torch.full((shape[0],), i))
        x = (x - betas[i] / (1 - alpha_bars[i]).sqrt() * eps) / (1 - betas[i]).sqrt()
        if i > 0:
            x = x + betas[i].sqrt() * torch.randn(shape)
    return x


# %% wrong: DDIM for DDPM
@torch.no_grad()
def ddpm_sample(model, shape, betas, alpha_bars):
    padded = torch.cat([torch.ones(1), alpha_bars])
    x = torch.randn(shape)
    for i in reversed(range(len(betas))):
        eps = model(x, torch.full((shape[0],), i))
        x0 = (x - (1 - padded[i + 1]).sqrt() * eps) / padded[i + 1].sqrt()
        x = padded[i].sqrt() * x0 + (1 - padded[i]).sqrt() * eps
    return x


# %% wrong: x0 noised anew
@torch.no_grad()
def ddpm_sample(model, shape, betas, alpha_bars):
    padded = torch.cat([torch.ones(1), alpha_bars])
    x = torch.randn(shape)
    for i in reversed(range(len(betas))):
        eps = model(x, torch.full((shape[0],), i))
        x0 = (x - (1 - padded[i + 1]).sqrt() * eps) / padded[i + 1].sqrt()
        x = padded[i].sqrt() * x0 + (1 - padded[i]).sqrt() * torch.randn_like(x)
    return x


# %% wrong: the loop stops before the last step, from: as in the paper
-    for i in reversed(range(T)):
+    for i in reversed(range(1, T)):

-        noise = torch.randn_like(x) if i > 0 else torch.zeros_like(x)
+        noise = torch.randn_like(x) if i > 1 else torch.zeros_like(x)


# %% wrong: alpha for beta, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = (x - alpha / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)


# %% wrong: beta missing before the noise, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = (x - 1 / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)


# %% wrong: the root of beta before the predicted noise, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = (x - torch.sqrt(betas[i] / (1 - alpha_bars[i])) * eps) / torch.sqrt(alpha)


# %% wrong: alpha for alpha_bar, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = (x - betas[i] / torch.sqrt(1 - alpha) * eps) / torch.sqrt(alpha)


# %% wrong: 1 / sqrt(alpha) missing, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps


# %% wrong: the predicted x0, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = (x - torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha_bars[i])


# %% wrong: no root of alpha, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / alpha


# %% wrong: no root of 1 - alpha_bar, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = (x - betas[i] / (1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)


# %% wrong: the sign of the predicted noise, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = (x + betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)


# %% wrong: multiplied by sqrt(alpha), from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) * torch.sqrt(alpha)


# %% wrong: the bracket left out, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = x / torch.sqrt(alpha) - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps


# %% wrong: noise of deviation 1, from: as in the paper
-        x = x + torch.sqrt(betas[i]) * noise
+        x = x + noise


# %% wrong: too much noise in each step, from: as in the paper
-        x = x + torch.sqrt(betas[i]) * noise
+        x = x + torch.sqrt(1 - alpha_bars[i]) * noise


# %% wrong: -, from: as in the paper
-        x = x + torch.sqrt(betas[i]) * noise
+        x = x + 0.6 * torch.sqrt(betas[i]) * noise


# %% wrong: no noise where the walk begins, from: as in the paper
-        noise = torch.randn_like(x) if i > 0 else torch.zeros_like(x)
+        noise = torch.randn_like(x) if i < T - 1 else torch.zeros_like(x)


# %% wrong: the coefficients swapped, from: by way of the predicted x0
-        x = c0 * x0 + ct * x + (i > 0) * betas[i].sqrt() * torch.randn_like(x)
+        x = ct * x0 + c0 * x + (i > 0) * betas[i].sqrt() * torch.randn_like(x)


# %% wrong: DDIM's step, from: by way of the predicted x0
-        x = c0 * x0 + ct * x + (i > 0) * betas[i].sqrt() * torch.randn_like(x)
+        x = before[i].sqrt() * x0 + (1 - before[i]).sqrt() * eps
+        x = x + (i > 0) * betas[i].sqrt() * torch.randn_like(x)


# %% wrong: a step too early, from: as in the paper
-        alpha = 1 - betas[i]
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        alpha = 1 - betas[i - 1]
+        x = (x - betas[i - 1] / torch.sqrt(1 - alpha_bars[i - 1]) * eps) / torch.sqrt(alpha)


# %% wrong: -, from: as in the paper
-        x = (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)
+        x = 0.9 * (x - betas[i] / torch.sqrt(1 - alpha_bars[i]) * eps) / torch.sqrt(alpha)


# %% raised
# steps counted from 1, and a schedule that is not
@torch.no_grad()
def ddpm_sample(model, shape, betas, alpha_bars):
    x = torch.randn(shape)
    for i in range(len(betas), 0, -1):
        eps = model(x, torch.full((shape[0],), i))
        x = (x - betas[i] / (1 - alpha_bars[i]).sqrt() * eps) / (1 - betas[i]).sqrt()
        x = x + betas[i].sqrt() * torch.randn(shape)
    return x


# %% raised
# the network is not asked
def ddpm_sample(model, shape, betas, alpha_bars):
    return torch.randn(shape)


# %% not attempted
def ddpm_sample(model, shape, betas, alpha_bars):
    # YOUR CODE HERE
    raise NotImplementedError()
