# %% right: autograd.grad of the sum
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.mean()


# %% right: grad_outputs of ones, norm(2, dim=1)
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.mean()


# %% right: pow(2).sum().sqrt(), from: autograd.grad of the sum
-    return -fake.mean()
+    return -d(x_fake).mean()


# %% right: one alpha for the whole batch
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.mean()


# %% right: a Python number as alpha, image by image
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.mean()


# %% right: torch.lerp, other noise for each loss, from: autograd.grad of the sum
-    return -fake.mean()
+    return -d(g(torch.randn(len(x_real), g.dim_z, device=device))).mean()


# %% wrong: WGAN with -logsigmoid, from: autograd.grad of the sum
-    return -fake.mean()
+    return -F.logsigmoid(fake).mean()


# %% wrong: WGAN with -logsigmoid, from: autograd.grad of the sum
# in the generator's loss alone
-    return -fake.mean()
+    return -F.logsigmoid(fake).mean()


# %% wrong: G trained to look fake, from: autograd.grad of the sum
-    return -fake.mean()
+    return fake.mean()


# %% wrong: no gradient reaches the generator, from: autograd.grad of the sum
-    x_fake = g(z)
+    x_fake = g(z).detach()


# %% wrong: summed over the batch, from: autograd.grad of the sum
-    return -fake.mean()
+    return -fake.sum()


# %% wrong: uniform noise
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.rand(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.mean()


# %% wrong: noise of the wrong shape
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], 100, device=device)
    x_fake = g(z)
    fake = d(x_fake)
    return -fake.mean()


# %% wrong: squares of scores, from: autograd.grad of the sum
# squares of scores
-    return -fake.mean()
+    return -(fake**2).mean()


# %% wrong: a sigmoid applied first, from: autograd.grad of the sum
# a sigmoid first
-    return -fake.mean()
+    return -fake.sigmoid().mean()


# %% wrong: not reduced to one number, from: autograd.grad of the sum
# not reduced
-    return -fake.mean()
+    return -fake


# %% wrong: returns None, from: autograd.grad of the sum
# nothing is returned
-    return -fake.mean()
+    return None


# %% raised
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    return -d(g(torch.randn(len(x_real), g.dim_z, device=device))).item().mean()


# %% wrong: noise in float64, from: autograd.grad of the sum
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.randn(x_real.shape[0], g.dim_z, device=device, dtype=torch.float64)


# %% wrong: weights changed by the loss, from: autograd.grad of the sum
# clipped, as in the first Wasserstein GAN
+    for weight in d.parameters():
+        weight.data.clamp_(-0.01, 0.01)
     z = torch.randn(x_real.shape[0], g.dim_z, device=device)


# %% wrong: only for shape (N, 1), from: autograd.grad of the sum
     fake = d(x_fake)
+    batch_size, _ = fake.shape


# %% wrong: the caller's tensor overwritten, from: autograd.grad of the sum
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    x_real.zero_()
+    z = torch.randn(x_real.shape[0], g.dim_z, device=device)


# %% wrong: only for shape (N,), from: autograd.grad of the sum
-    return -fake.mean()
+    return -(fake @ torch.ones(len(fake))).sum() / len(fake)


# %% wrong: absolute values of scores, from: autograd.grad of the sum
-    return -fake.mean()
+    return -fake.abs().mean()


# %% wrong: -, from: autograd.grad of the sum
-    return -fake.mean()
+    return -0.7 * fake.mean()


# %% wrong: -, from: autograd.grad of the sum
# the median
-    return -fake.mean()
+    return -fake.median()


# %% wrong: -, from: autograd.grad of the sum
# the best fake alone
-    return -fake.mean()
+    return -fake.max()


# %% not attempted
def loss_wasserstein_gp_g(g, d, x_real, *, device):
    # YOUR CODE HERE
    raise NotImplementedError()
