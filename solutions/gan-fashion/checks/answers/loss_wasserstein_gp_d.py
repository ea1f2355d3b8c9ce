# %% right: autograd.grad of the sum
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
    x_hat = alpha * x_fake + (1 - alpha) * x_real
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = grad.flatten(1).norm(dim=1)
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% right: grad_outputs of ones, norm(2, dim=1)
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(len(x_real), 1, 1, 1).to(device)
    x_hat = (alpha * x_real + (1 - alpha) * x_fake).detach().requires_grad_()
    scores = d(x_hat)
    grad = torch.autograd.grad(
        outputs=scores,
        inputs=x_hat,
        grad_outputs=torch.ones_like(scores),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    norm = grad.view(len(x_real), -1).norm(2, dim=1)
    penalty = (norm - 1).pow(2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% right: pow(2).sum().sqrt(), from: autograd.grad of the sum
-    norm = grad.flatten(1).norm(dim=1)
+    norm = grad.pow(2).sum(dim=(1, 2, 3)).sqrt()

-    return fake.mean() - real.mean() + 10 * penalty
+    return d(x_fake).mean() - d(x_real).mean() + 10.0 * penalty


# %% right: one alpha for the whole batch, from: autograd.grad of the sum
-    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
+    alpha = torch.rand(1, device=device)


# %% right: a Python number as alpha, image by image, from: autograd.grad of the sum
-    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
+    alpha = np.random.uniform()

-    norm = grad.flatten(1).norm(dim=1)
+    norm = torch.stack([one.pow(2).sum().sqrt() for one in grad])


# %% right: torch.lerp, other noise for each loss
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    alpha = torch.rand(len(x_real), device=device).reshape(-1, 1, 1, 1)
    x_hat = torch.lerp(x_real, x_fake, alpha)
    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
    norm = torch.linalg.vector_norm(grad, dim=(1, 2, 3))
    penalty = ((norm - 1) ** 2).mean()
    real, fake = d(x_real), d(x_fake)
    return fake.mean() - real.mean() + 10 * penalty


# %% right: images copied out with einsum, a helper
def penalty(d, x_real, x_fake):
    eps = torch.rand(len(x_real), 1, 1, 1)
    x = (eps * x_real + (1 - eps) * x_fake.detach()).requires_grad_(True)
    (slope,) = torch.autograd.grad(d(x).sum(), x, create_graph=True)
    return (torch.sqrt(torch.einsum("ncij,ncij->n", slope, slope)) - 1).square().mean()


def loss_wasserstein_gp_d(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    return d(x_fake).mean() - d(x_real).mean() + 10 * penalty(d, x_real, x_fake)


# %% wrong: norm per pixel, from: autograd.grad of the sum
-    norm = grad.flatten(1).norm(dim=1)
+    norm = grad.norm(2, dim=1)


# %% wrong: norm per pixel, from: autograd.grad of the sum
# row by row
-    norm = grad.flatten(1).norm(dim=1)
+    norm = grad.norm(dim=-1)


# %% wrong: one norm over the whole batch, from: autograd.grad of the sum
-    norm = grad.flatten(1).norm(dim=1)
+    norm = grad.norm()


# %% wrong: one norm over the whole batch, from: autograd.grad of the sum
-    norm = grad.flatten(1).norm(dim=1)
+    norm = grad.pow(2).sum().sqrt()


# %% wrong: gradient of a batch mean, from: autograd.grad of the sum
-    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
+    (grad,) = torch.autograd.grad(d(x_hat).mean(), x_hat, create_graph=True)


# %% wrong: gradient of the image instead of D(image), from: autograd.grad of the sum
-    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
+    x_hat.requires_grad_()
+    (grad,) = torch.autograd.grad(x_hat, x_hat, torch.ones_like(x_hat), create_graph=True)
+    d(x_hat)


# %% wrong: gradient of the image instead of D(image), from: autograd.grad of the sum
# a sum of pixels
-    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
+    x_hat = x_hat.detach().requires_grad_()
+    scores = d(x_hat)
+    (grad,) = torch.autograd.grad(x_hat.sum(), x_hat, create_graph=True)


# %% wrong: the root left out, from: autograd.grad of the sum
-    norm = grad.flatten(1).norm(dim=1)
+    norm = grad.flatten(1).pow(2).sum(1)


# %% wrong: a mean of squares in the norm, from: autograd.grad of the sum
-    norm = grad.flatten(1).norm(dim=1)
+    norm = grad.pow(2).mean(dim=(1, 2, 3)).sqrt()


# %% wrong: the penalty's graph cut, from: autograd.grad of the sum
# create_graph forgotten
-    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
+    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat)


# %% wrong: the penalty's graph cut, from: autograd.grad of the sum
-    penalty = ((norm - 1) ** 2).mean()
+    penalty = ((norm.detach() - 1) ** 2).mean()


# %% wrong: the penalty of a mean norm, from: autograd.grad of the sum
-    penalty = ((norm - 1) ** 2).mean()
+    penalty = (norm.mean() - 1) ** 2


# %% wrong: the wrong weight of the penalty, from: autograd.grad of the sum
# lambda forgotten
-    return fake.mean() - real.mean() + 10 * penalty
+    return fake.mean() - real.mean() + penalty


# %% wrong: the wrong weight of the penalty, from: autograd.grad of the sum
-    return fake.mean() - real.mean() + 10 * penalty
+    return fake.mean() - real.mean() + 10 * penalty / 2


# %% wrong: no penalty, from: autograd.grad of the sum
-    return fake.mean() - real.mean() + 10 * penalty
+    return fake.mean() - real.mean()


# %% wrong: the penalty subtracted, from: autograd.grad of the sum
-    return fake.mean() - real.mean() + 10 * penalty
+    return fake.mean() - real.mean() - 10 * penalty


# %% wrong: a one-sided penalty, from: autograd.grad of the sum
-    penalty = ((norm - 1) ** 2).mean()
+    penalty = (F.relu(norm - 1) ** 2).mean()


# %% wrong: WGAN with -logsigmoid, from: autograd.grad of the sum
-    return fake.mean() - real.mean() + 10 * penalty
+    return -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean() + 10 * penalty


# %% wrong: WGAN with -logsigmoid, from: autograd.grad of the sum
# in the critic's loss alone
-    return fake.mean() - real.mean() + 10 * penalty
+    return F.softplus(-real).mean() + F.softplus(fake).mean() + 10 * penalty


# %% wrong: real and fake swapped, from: autograd.grad of the sum
-    return fake.mean() - real.mean() + 10 * penalty
+    return real.mean() - fake.mean() + 10 * penalty


# %% wrong: summed over the batch, from: autograd.grad of the sum
-    return fake.mean() - real.mean() + 10 * penalty
+    return fake.sum() - real.sum() + 10 * ((norm - 1) ** 2).sum()


# %% wrong: alpha per pixel, from: autograd.grad of the sum
-    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
+    alpha = torch.rand_like(x_real)


# %% wrong: alpha per pixel, from: autograd.grad of the sum
-    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
-    x_hat = alpha * x_fake + (1 - alpha) * x_real
+    alpha = torch.rand(x_real.shape, device=device)
+    x_hat = alpha * x_real + (1 - alpha) * x_fake


# %% wrong: alpha outside [0, 1], from: autograd.grad of the sum
# normal
-    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
+    alpha = torch.randn(len(x_real), 1, 1, 1, device=device)


# %% wrong: alpha outside [0, 1], from: autograd.grad of the sum
-    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
+    alpha = 2 * torch.rand(len(x_real), 1, 1, 1, device=device) - 1


# %% wrong: the same alpha every time, from: autograd.grad of the sum
-    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
-    x_hat = alpha * x_fake + (1 - alpha) * x_real
+    x_hat = 0.5 * x_fake + 0.5 * x_real


# %% wrong: no mix of real and fake, from: autograd.grad of the sum
-    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
-    x_hat = alpha * x_fake + (1 - alpha) * x_real
+    x_hat = x_real.clone().requires_grad_()


# %% wrong: no mix of real and fake, from: autograd.grad of the sum
-    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
-    x_hat = alpha * x_fake + (1 - alpha) * x_real
+    x_hat = x_fake


# %% wrong: uniform noise, from: autograd.grad of the sum
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.rand(x_real.shape[0], g.dim_z, device=device)


# %% wrong: noise of the wrong shape, from: autograd.grad of the sum
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.randn(x_real.shape[0], 100, device=device)


# %% wrong: alpha not uniform, from: autograd.grad of the sum
# alpha is at most 1/2
     alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
+    alpha = alpha / 2


# %% wrong: squares of scores, from: autograd.grad of the sum
# squares of scores
-    return fake.mean() - real.mean() + 10 * penalty
+    return (fake**2).mean() - (real**2).mean() + 10 * penalty


# %% wrong: a sigmoid applied first, from: autograd.grad of the sum
# a sigmoid first
-    return fake.mean() - real.mean() + 10 * penalty
+    return fake.sigmoid().mean() - real.sigmoid().mean() + 10 * penalty


# %% wrong: not reduced to one number, from: autograd.grad of the sum
# not reduced
-    return fake.mean() - real.mean() + 10 * penalty
+    return fake - real + 10 * penalty


# %% wrong: returns None, from: autograd.grad of the sum
# nothing is returned
-    return fake.mean() - real.mean() + 10 * penalty
+    return None


# %% wrong: alpha of a shape that does not fit, from: autograd.grad of the sum
# alpha of a shape that does not fit
-    alpha = torch.rand(x_real.shape[0], 1, 1, 1, device=device)
+    alpha = torch.rand(x_real.shape[0], 1, device=device)[:, 0]


# %% wrong: a gradient that cannot be taken, from: autograd.grad of the sum
# no gradient without requires_grad
-    x_fake = g(z)
+    x_fake = g(z).detach()


# %% wrong: noise in float64, from: autograd.grad of the sum
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.randn(x_real.shape[0], g.dim_z, device=device, dtype=torch.float64)


# %% wrong: weights changed by the loss, from: autograd.grad of the sum
# clipped, as in the first Wasserstein GAN
+    for weight in d.parameters():
+        weight.data.clamp_(-0.01, 0.01)
     z = torch.randn(x_real.shape[0], g.dim_z, device=device)


# %% wrong: only for shape (N, 1), from: autograd.grad of the sum
     real, fake = d(x_real), d(x_fake)
+    batch_size, _ = real.shape


# %% wrong: the caller's tensor overwritten, from: autograd.grad of the sum
-    real, fake = d(x_real), d(x_fake)
+    real, fake = d(x_real.clone()), d(x_fake)
+    x_real.data.zero_()


# %% wrong: only for shape (N,), from: autograd.grad of the sum
-    (grad,) = torch.autograd.grad(d(x_hat).sum(), x_hat, create_graph=True)
+    ones = torch.ones(len(x_hat))
+    (grad,) = torch.autograd.grad(d(x_hat), x_hat, ones, create_graph=True)


# %% wrong: the gradient is cut, from: autograd.grad of the sum
# the penalty alone keeps its gradient
-    return fake.mean() - real.mean() + 10 * penalty
+    return (fake.mean() - real.mean()).detach() + 10 * penalty


# %% wrong: only one half, from: autograd.grad of the sum
-    return fake.mean() - real.mean() + 10 * penalty
+    return -real.mean() + 10 * penalty


# %% wrong: the minus of one half missing, from: autograd.grad of the sum
-    return fake.mean() - real.mean() + 10 * penalty
+    return fake.mean() + real.mean() + 10 * penalty


# %% wrong: absolute values of scores, from: autograd.grad of the sum
-    return fake.mean() - real.mean() + 10 * penalty
+    return fake.abs().mean() - real.abs().mean() + 10 * penalty


# %% wrong: a penalty towards slope 0, from: autograd.grad of the sum
-    penalty = ((norm - 1) ** 2).mean()
+    penalty = (norm**2).mean()


# %% wrong: a penalty that is not squared, from: autograd.grad of the sum
-    penalty = ((norm - 1) ** 2).mean()
+    penalty = (norm - 1).abs().mean()


# %% wrong: the penalty summed over the batch, from: autograd.grad of the sum
-    penalty = ((norm - 1) ** 2).mean()
+    penalty = ((norm - 1) ** 2).sum()


# %% wrong: -, from: autograd.grad of the sum
-    return fake.mean() - real.mean() + 10 * penalty
+    return fake.mean() - 0.7 * real.mean() + 10 * penalty


# %% wrong: -, from: autograd.grad of the sum
# medians
-    return fake.mean() - real.mean() + 10 * penalty
+    return fake.median() - real.median() + 10 * penalty


# %% wrong: -, from: autograd.grad of the sum
-    penalty = ((norm - 1) ** 2).mean()
+    penalty = ((norm - 1) ** 4).mean()


# %% raised, from: autograd.grad of the sum
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.randn(x_real.shape[0], G.dim_z, device=device)


# %% wrong: shares that do not add up to 1, from: autograd.grad of the sum
-    x_hat = alpha * x_fake + (1 - alpha) * x_real
+    x_hat = alpha * x_fake + alpha * x_real


# %% wrong: shares that do not add up to 1, from: autograd.grad of the sum
-    x_hat = alpha * x_fake + (1 - alpha) * x_real
+    x_hat = x_real + alpha * x_fake


# %% not attempted
def loss_wasserstein_gp_d(g, d, x_real, *, device):
    # YOUR CODE HERE
    raise NotImplementedError()
