# %% right: logsigmoid
def loss_nonsaturating(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% right: the networks called by forward and by keyword, from: logsigmoid
-    x_fake = g(z)
-    real, fake = d(x_real), d(x_fake)
+    x_fake = g.forward(z)
+    real, fake = d.forward(x_real), d(x=x_fake)


# %% right: softplus, the batch from len()
def loss_nonsaturating(g, d, x_real, *, device):
    x_fake = g(torch.randn(len(x_real), g.dim_z).to(device))
    real, fake = d(x_real), d(x_fake)
    d_loss = F.softplus(-real).mean() + F.softplus(fake).mean()
    g_loss = F.softplus(-fake).mean()
    return d_loss, g_loss


# %% right: binary cross-entropy of logits
def loss_nonsaturating(g, d, x_real, *, device):
    batch_size = x_real.size(0)
    z = torch.randn((batch_size, g.dim_z), device=device)
    x_fake = g(z)
    real, fake = d(x_real).squeeze(), d(x_fake).squeeze()
    ones, zeros = torch.ones_like(real), torch.zeros_like(fake)
    bce = F.binary_cross_entropy_with_logits
    d_loss = bce(real, ones) + bce(fake, zeros)
    g_loss = bce(fake, ones)
    return d_loss, g_loss


# %% right: other noise for each loss, fakes detached for D
def loss_nonsaturating(g, d, x_real, *, device):
    x_fake = g(torch.randn(len(x_real), g.dim_z, device=device)).detach()
    real, fake = d(x_real), d(x_fake)
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    fake = d(g(torch.randn(len(x_real), 64, device=device)))
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% right: one batch of real images and fakes
def loss_nonsaturating(g, d, x_real, *, device):
    n = len(x_real)
    x_fake = g(torch.randn(n, g.dim_z, device=device))
    logits = d(torch.cat([x_real, x_fake])).flatten()
    real, fake = logits[:n], logits[n:]
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% right: in two helpers
def _d_half(g, d, x_real, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    return nn.functional.softplus(-d(x_real)).mean() + nn.functional.softplus(d(g(z))).mean()


def _g_half(g, d, x_real, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    return -torch.mean(nn.LogSigmoid()(d(g(z))))


def loss_nonsaturating(g, d, x_real, *, device):
    return _d_half(g, d, x_real, device), _g_half(g, d, x_real, device)


# %% wrong: the logit used as a probability, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(1 - fake).mean()


# %% wrong: the logit used as a probability, from: logsigmoid
# in one mean, and with softplus
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -(F.logsigmoid(real) - F.softplus(fake - 1)).mean()


# %% wrong: G trained to look fake, from: logsigmoid
-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = -F.logsigmoid(-fake).mean()


# %% wrong: G trained to look fake, from: logsigmoid
# the sign
-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.logsigmoid(fake).mean()


# %% wrong: G trained to look fake, from: logsigmoid
# the label 0
-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))


# %% wrong: the saturating generator loss, from: logsigmoid
-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.logsigmoid(-fake).mean()


# %% wrong: the saturating generator loss, from: logsigmoid
# minus the discriminator's half
-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = -F.softplus(fake).mean()


# %% wrong: labels swapped, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(-real).mean() - F.logsigmoid(fake).mean()


# %% wrong: labels swapped, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = F.binary_cross_entropy_with_logits(real, torch.zeros_like(real)) + F.binary_cross_entropy_with_logits(
+        fake, torch.ones_like(fake)
+    )


# %% wrong: averaged instead of added, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = 0.5 * (F.softplus(-real).mean() + F.softplus(fake).mean())


# %% wrong: averaged instead of added, from: logsigmoid
# one batch of both
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = F.binary_cross_entropy_with_logits(
+        torch.cat([real, fake]), torch.cat([torch.ones_like(real), torch.zeros_like(fake)])
+    )


# %% wrong: only one half, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(-fake).mean()


# %% wrong: only one half, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(real).mean()


# %% wrong: negated, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()


# %% wrong: summed over the batch
def loss_nonsaturating(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    d_loss = -F.logsigmoid(real).sum() - F.logsigmoid(-fake).sum()
    g_loss = -F.logsigmoid(fake).sum()
    return d_loss, g_loss


# %% wrong: sigmoid applied twice
def loss_nonsaturating(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    d_loss = -F.logsigmoid(torch.sigmoid(real)).mean() - F.logsigmoid(-torch.sigmoid(fake)).mean()
    g_loss = -F.logsigmoid(torch.sigmoid(fake)).mean()
    return d_loss, g_loss


# %% wrong: losses returned in the wrong order, from: logsigmoid
-    return d_loss, g_loss
+    return g_loss, d_loss


# %% wrong: unstable for large logits
def loss_nonsaturating(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    d_loss = -torch.log(torch.sigmoid(real)).mean() - torch.log(1 - torch.sigmoid(fake)).mean()
    g_loss = -torch.log(torch.sigmoid(fake)).mean()
    return d_loss, g_loss


# %% wrong: unstable for large logits
# an epsilon
def loss_nonsaturating(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    d_loss = -(real.sigmoid() + 1e-8).log().mean() - (1 - fake.sigmoid() + 1e-8).log().mean()
    g_loss = -(fake.sigmoid() + 1e-8).log().mean()
    return d_loss, g_loss


# %% wrong: uniform noise, from: logsigmoid
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.rand(len(x_real), g.dim_z, device=device)


# %% wrong: uniform noise, from: logsigmoid
# on [-1, 1)
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = 2 * torch.rand(len(x_real), g.dim_z, device=device) - 1


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


# %% wrong: smoothed labels
# one-sided label smoothing, which nobody asked for
def loss_nonsaturating(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    d_loss = F.binary_cross_entropy_with_logits(
        real, torch.full_like(real, 0.9)
    ) + F.softplus(fake).mean()
    g_loss = F.binary_cross_entropy_with_logits(fake, torch.full_like(fake, 0.9))
    return d_loss, g_loss


# %% wrong: squared error for cross-entropy
# least squares
def loss_nonsaturating(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    d_loss = 0.5 * ((real - 1) ** 2).mean() + 0.5 * (fake**2).mean()
    g_loss = 0.5 * ((fake - 1) ** 2).mean()
    return d_loss, g_loss


# %% wrong: the loss of a Wasserstein critic
# the loss of a Wasserstein critic
def loss_nonsaturating(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    d_loss = fake.mean() - real.mean()
    g_loss = -fake.mean()
    return d_loss, g_loss


# %% wrong: not reduced to one number
# not reduced
def loss_nonsaturating(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    d_loss = -F.logsigmoid(real) - F.logsigmoid(-fake)
    g_loss = -F.logsigmoid(fake)
    return d_loss, g_loss


# %% wrong: a batch size baked in
# two lists of labels of the wrong size
def loss_nonsaturating(g, d, x_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z)
    real, fake = d(x_real), d(x_fake)
    ones = torch.ones(64, 1, device=device)
    bce = F.binary_cross_entropy_with_logits
    d_loss = bce(real, ones) + bce(fake, 0 * ones)
    g_loss = bce(fake, ones)
    return d_loss, g_loss


# %% wrong: both halves labelled fake, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(-real).mean() - F.logsigmoid(-fake).mean()


# %% wrong: both halves labelled real, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(fake).mean()


# %% wrong: labels of 1 and -1, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = (
+        F.binary_cross_entropy_with_logits(real, torch.ones_like(real))
+        + F.binary_cross_entropy_with_logits(fake, -torch.ones_like(fake))
+    )

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.binary_cross_entropy_with_logits(fake, -torch.ones_like(fake))


# %% wrong: the hinge loss, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = F.relu(1 - real).mean() + F.relu(1 + fake).mean()

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.relu(1 - fake).mean()


# %% wrong: a probability, not its logarithm, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -torch.sigmoid(real).mean() - (1 - torch.sigmoid(fake)).mean()

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = (1 - torch.sigmoid(fake)).mean()


# %% wrong: the logarithm of a mean, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = F.softplus(-real.mean()) + F.softplus(fake.mean())

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.softplus(-fake.mean())


# %% wrong: a logarithm with another base, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -(F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()) / math.log(2)

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = -F.logsigmoid(fake).mean() / math.log(2)


# %% wrong: the minus of one half missing, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()


# %% wrong: BCELoss on logits, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = (
+        F.binary_cross_entropy(real, torch.ones_like(real))
+        + F.binary_cross_entropy(fake, torch.zeros_like(fake))
+    )

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.binary_cross_entropy(fake, torch.ones_like(fake))


# %% wrong: the gradient is cut, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = (-F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()).item()


# %% wrong: only for shape (N,), from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = (
+        F.binary_cross_entropy_with_logits(real, torch.ones(len(real)))
+        + F.binary_cross_entropy_with_logits(fake, torch.zeros(len(fake)))
+    )

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.binary_cross_entropy_with_logits(fake, torch.ones(len(fake)))


# %% wrong: averaged instead of added & both halves labelled real, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = (-F.logsigmoid(real).mean() - F.logsigmoid(fake).mean()) / 2


# %% wrong: smoothed labels & negated, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.binary_cross_entropy_with_logits(real, torch.full_like(real, 0.9)) - F.softplus(fake).mean()


# %% wrong: -, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(real).mean() * 0.3 - F.logsigmoid(-fake).mean() * 0.7

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = -F.logsigmoid(fake).mean() * 0.7


# %% wrong: -, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(real).median() - F.logsigmoid(-fake).median()

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = -F.logsigmoid(fake).median()


# %% wrong: -, from: logsigmoid
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean() + 1

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = -F.logsigmoid(fake).mean() + 1


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
+    batch_size, _ = real.shape


# %% right: squeezed, which a batch of one does not survive, from: logsigmoid
-    real, fake = d(x_real), d(x_fake)
+    real, fake = d(x_real), d(x_fake)
+    real = real.squeeze()
+    real[-1]


# %% raised, from: logsigmoid
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.randn(x_real.shape[0], G.dim_z, device=device)


# %% not attempted
def loss_nonsaturating(g, d, x_real, *, device):
    # YOUR CODE HERE
    raise NotImplementedError()
