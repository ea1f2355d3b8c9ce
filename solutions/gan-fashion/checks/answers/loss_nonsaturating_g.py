# %% right: logsigmoid
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(fake).mean()


# %% right: softplus, the batch from len()
def loss_nonsaturating_g(g, d, x_real, *, device):
    x_fake = g(torch.randn(len(x_real), g.dim_z).to(device))
    real, fake = d(x_real), d(x_fake)
    return F.softplus(-fake).mean()


# %% right: binary cross-entropy of logits
def loss_nonsaturating_g(g, d, x_real, *, device):
    batch_size = x_real.size(0)
    z = torch.randn((batch_size, g.dim_z), device=device)
    x_fake = g(z)
    real, fake = d(x_real).squeeze(), d(x_fake).squeeze()
    ones, zeros = torch.ones_like(real), torch.zeros_like(fake)
    bce = F.binary_cross_entropy_with_logits
    return bce(fake, ones)


# %% right: other noise for each loss, fakes detached for D
def loss_nonsaturating_g(g, d, x_real, *, device):
    x_fake = g(torch.randn(len(x_real), g.dim_z, device=device)).detach()
    real, fake = d(x_real), d(x_fake)
    fake = d(g(torch.randn(len(x_real), 64, device=device)))
    return -F.logsigmoid(fake).mean()


# %% right: one batch of real images and fakes
def loss_nonsaturating_g(g, d, x_real, *, device):
    n = len(x_real)
    x_fake = g(torch.randn(n, g.dim_z, device=device))
    logits = d(torch.cat([x_real, x_fake])).flatten()
    real, fake = logits[:n], logits[n:]
    return -F.logsigmoid(fake).mean()


# %% right: in two helpers
def _d_half(g, d, x_real, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    return nn.functional.softplus(-d(x_real)).mean() + nn.functional.softplus(d(g(z))).mean()


def _g_half(g, d, x_real, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    return -torch.mean(nn.LogSigmoid()(d(g(z))))


def loss_nonsaturating_g(g, d, x_real, *, device):
    return _g_half(g, d, x_real, device)


# %% wrong: G trained to look fake, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return -F.logsigmoid(-fake).mean()


# %% wrong: G trained to look fake, from: logsigmoid
# the sign
-    return -F.logsigmoid(fake).mean()
+    return F.logsigmoid(fake).mean()


# %% wrong: G trained to look fake, from: logsigmoid
# the label 0
-    return -F.logsigmoid(fake).mean()
+    return F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))


# %% wrong: the saturating generator loss, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return F.logsigmoid(-fake).mean()


# %% wrong: the saturating generator loss, from: logsigmoid
# minus the discriminator's half
-    return -F.logsigmoid(fake).mean()
+    return -F.softplus(fake).mean()


# %% wrong: summed over the batch, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return -F.logsigmoid(fake).sum()


# %% wrong: sigmoid applied twice, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return -F.logsigmoid(torch.sigmoid(fake)).mean()


# %% wrong: unstable for large logits, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return -torch.log(torch.sigmoid(fake)).mean()


# %% wrong: unstable for large logits, from: logsigmoid
# an epsilon
-    return -F.logsigmoid(fake).mean()
+    return -(fake.sigmoid() + 1e-8).log().mean()


# %% wrong: uniform noise, from: logsigmoid
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.rand(len(x_real), g.dim_z, device=device)


# %% wrong: uniform noise
# on [-1, 1)
def loss_nonsaturating_g(g, d, x_real, *, device):
    z = 2 * torch.rand(len(x_real), g.dim_z, device=device) - 1
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: noise of the wrong shape, from: logsigmoid
# a batch size written into the code
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.randn(64, g.dim_z, device=device)


# %% wrong: noise of the wrong shape, from: logsigmoid
# noise as in another notebook
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.randn(len(x_real), 96, device=device)


# %% wrong: no gradient reaches the generator, from: logsigmoid
-    x_fake = g(z)
+    x_fake = g(z).detach()


# %% wrong: no gradient reaches the generator, from: logsigmoid
-    x_fake = g(z)
+    with torch.no_grad():
+        x_fake = g(z)


# %% wrong: smoothed labels, from: logsigmoid
# one-sided label smoothing, which nobody asked for
-    return -F.logsigmoid(fake).mean()
+    return F.binary_cross_entropy_with_logits(fake, torch.full_like(fake, 0.9))


# %% wrong: squared error for cross-entropy, from: logsigmoid
# least squares
-    return -F.logsigmoid(fake).mean()
+    return 0.5 * ((fake - 1) ** 2).mean()


# %% wrong: the loss of a Wasserstein critic, from: logsigmoid
# the loss of a Wasserstein critic
-    return -F.logsigmoid(fake).mean()
+    return -fake.mean()


# %% wrong: not reduced to one number, from: logsigmoid
# not reduced
-    return -F.logsigmoid(fake).mean()
+    return -F.logsigmoid(fake)


# %% wrong: a batch size baked in, from: logsigmoid
# two lists of labels of the wrong size
-    return -F.logsigmoid(fake).mean()
+    ones = torch.ones(64, 1, device=device)
+    bce = F.binary_cross_entropy_with_logits
+    return bce(fake, ones)


# %% wrong: labels of 1 and -1, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return F.binary_cross_entropy_with_logits(fake, -torch.ones_like(fake))


# %% wrong: the hinge loss, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return F.relu(1 - fake).mean()


# %% wrong: a probability, not its logarithm, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return (1 - torch.sigmoid(fake)).mean()


# %% wrong: the logarithm of a mean, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return F.softplus(-fake.mean())


# %% wrong: a logarithm with another base, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return -F.logsigmoid(fake).mean() / math.log(2)


# %% wrong: BCELoss on logits, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return F.binary_cross_entropy(fake, torch.ones_like(fake))


# %% wrong: only for shape (N,), from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return F.binary_cross_entropy_with_logits(fake, torch.ones(len(fake)))


# %% wrong: the logit used as a probability, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return -torch.log(fake).mean()


# %% wrong: -, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return -F.logsigmoid(fake).mean() * 0.7


# %% wrong: -, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return -F.logsigmoid(fake).median()


# %% wrong: -, from: logsigmoid
-    return -F.logsigmoid(fake).mean()
+    return -F.logsigmoid(fake).mean() + 1


# %% wrong: noise in float64, from: logsigmoid
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.randn(x_real.shape[0], g.dim_z, device=device, dtype=torch.float64)


# %% wrong: weights changed by the loss, from: logsigmoid
# clipped, as in the first Wasserstein GAN
+    for weight in d.parameters():
+        weight.data.clamp_(-0.01, 0.01)
     z = torch.randn(x_real.shape[0], g.dim_z, device=device)


# %% wrong: the caller's tensor overwritten, from: logsigmoid
-    real, fake = d(x_real), d(x_fake)
+    real, fake = d(x_real.clone()), d(x_fake)
+    x_real.zero_()


# %% wrong: only for shape (N, 1), from: logsigmoid
     real, fake = d(x_real), d(x_fake)
+    batch_size, _ = fake.shape


# %% right: squeezed, which a batch of one does not survive, from: logsigmoid
-    real, fake = d(x_real), d(x_fake)
+    real, fake = d(x_real), d(x_fake)
+    fake = fake.squeeze()
+    fake[-1]


# %% raised, from: logsigmoid
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.randn(x_real.shape[0], G.dim_z, device=device)


# %% not attempted
def loss_nonsaturating_g(g, d, x_real, *, device):
    # YOUR CODE HERE
    raise NotImplementedError()
