# %% right: the labels of the real batch
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% right: the networks called by forward and by keyword, from: the labels of the real batch
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    real, fake = d(y=y_real, x=x_real), d.forward(g.forward(z, y=y_real), y_real)


# %% right: uniform labels
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    y_fake = torch.randint(10, (len(x_real),), device=device)
    real = d(x_real, y_real)
    fake = d(g(z, y_fake), y_fake)
    d_loss = F.softplus(-real).mean() + F.softplus(fake).mean()
    g_loss = F.softplus(-fake).mean()
    return d_loss, g_loss


# %% right: binary cross-entropy of logits, keywords
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    y_fake = torch.randint(10, (len(x_real),), device=device)
    x_fake = g(z, y=y_fake)
    real, fake = d(x_real, y=y_real), d(x_fake, y=y_fake)
    bce = F.binary_cross_entropy_with_logits
    d_loss = bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))
    g_loss = bce(fake, torch.ones_like(fake))
    return d_loss, g_loss


# %% right: the labels of the real batch in another order, from: the labels of the real batch
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    y_fake = y_real[torch.randperm(len(y_real), device=y_real.device)]
+    real, fake = d(x_real, y_real), d(g(z, y_fake), y_fake)


# %% right: one batch of both, from: the labels of the real batch
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    y_fake = torch.randint(10, (len(x_real),), device=device)
+    n = len(x_real)
+    x = torch.cat([x_real, g(z, y_fake)])
+    logits = d(x, torch.cat([y_real, y_fake])).view(-1)
+    real, fake = logits[:n], logits[n:]


# %% right: other fakes for each loss
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(len(x_real), g.dim_z, device=device)
    y = torch.randint(0, 10, (len(x_real),), device=device)
    fake = d(g(z, y), y)
    d_loss = F.softplus(-d(x_real, y_real)).mean() + F.softplus(fake).mean()
    z = torch.randn(len(x_real), g.dim_z, device=device)
    y = torch.randint(0, 10, (len(x_real),), device=device)
    fake = d(g(z, y), y)
    g_loss = F.softplus(-fake).mean()
    return d_loss, g_loss


# %% wrong: the logit used as a probability
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(1 - fake).mean()
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% wrong: the logit used as a probability
# in one mean, and with softplus
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -(F.logsigmoid(real) - F.softplus(fake - 1)).mean()
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% wrong: G trained to look fake
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    g_loss = -F.logsigmoid(-fake).mean()
    return d_loss, g_loss


# %% wrong: G trained to look fake
# the sign
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    g_loss = F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% wrong: G trained to look fake
# the label 0
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    g_loss = F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
    return d_loss, g_loss


# %% wrong: the saturating generator loss
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    g_loss = F.logsigmoid(-fake).mean()
    return d_loss, g_loss


# %% wrong: the saturating generator loss
# minus the discriminator's half
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    g_loss = -F.softplus(fake).mean()
    return d_loss, g_loss


# %% wrong: labels swapped
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(-real).mean() - F.logsigmoid(fake).mean()
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% wrong: labels swapped
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = F.binary_cross_entropy_with_logits(real, torch.zeros_like(real)) + F.binary_cross_entropy_with_logits(
        fake, torch.ones_like(fake)
    )
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% wrong: averaged instead of added
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = 0.5 * (F.softplus(-real).mean() + F.softplus(fake).mean())
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% wrong: averaged instead of added
# one batch of both
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = F.binary_cross_entropy_with_logits(
        torch.cat([real, fake]), torch.cat([torch.ones_like(real), torch.zeros_like(fake)])
    )
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% wrong: only one half
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(-fake).mean()
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% wrong: only one half
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(real).mean()
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% wrong: negated
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% wrong: summed over the batch
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(real).sum() - F.logsigmoid(-fake).sum()
    g_loss = -F.logsigmoid(fake).sum()
    return d_loss, g_loss


# %% wrong: sigmoid applied twice
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(torch.sigmoid(real)).mean() - F.logsigmoid(-torch.sigmoid(fake)).mean()
    g_loss = -F.logsigmoid(torch.sigmoid(fake)).mean()
    return d_loss, g_loss


# %% wrong: losses returned in the wrong order
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    g_loss = -F.logsigmoid(fake).mean()
    return g_loss, d_loss


# %% wrong: labels dropped, from: the labels of the real batch
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    real, fake = d(x_real), d(g(z))


# %% wrong: labels dropped, from: the labels of the real batch
# the discriminator is not told
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    y_fake = torch.randint(10, (len(x_real),), device=device)
+    x_fake = g(z, y_fake)
+    real, fake = d(x_real), d(x_fake)


# %% wrong: labels dropped, from: the labels of the real batch
# the generator is not told
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    real, fake = d(x_real, y_real), d(g(z), y_real)


# %% wrong: labels dropped, from: the labels of the real batch
# of the fakes, for the discriminator
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    real, fake = d(x_real, y_real), d(g(z, y_real))


# %% wrong: a fake judged with another label, from: the labels of the real batch
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    y_fake = torch.randint(10, (len(x_real),), device=device)
+    real, fake = d(x_real, y_real), d(g(z, y_fake), y_real)


# %% wrong: a fake judged with another label, from: the labels of the real batch
# drawn twice
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    y_fake = torch.randint(10, (len(x_real),), device=device)
+    x_fake = g(z, y_fake)
+    y_fake = torch.randint(10, (len(x_real),), device=device)
+    real, fake = d(x_real, y_real), d(x_fake, y_fake)


# %% wrong: labels of fakes that are not those of the data, from: the labels of the real batch
# class 9 never comes
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    y_fake = torch.randint(0, 9, (len(x_real),), device=device)
+    real, fake = d(x_real, y_real), d(g(z, y_fake), y_fake)


# %% wrong: labels of fakes that are not those of the data, from: the labels of the real batch
# always class 0
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    y_fake = torch.zeros_like(y_real)
+    real, fake = d(x_real, y_real), d(g(z, y_fake), y_fake)


# %% wrong: labels of fakes that are not those of the data, from: the labels of the real batch
# normal numbers rounded
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    y_fake = (torch.randn(len(x_real)) + 5).long().clamp(0, 9).to(device)
+    real, fake = d(x_real, y_real), d(g(z, y_fake), y_fake)


# %% wrong: uniform noise
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.rand(x_real.shape[0], g.dim_z, device=device)
    y_fake = torch.randint(10, (len(x_real),), device=device)
    real, fake = d(x_real, y_real), d(g(z, y_fake), y_fake)
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% wrong: noise of the wrong shape
# a batch size written into the code
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(64, g.dim_z, device=device)
    y_fake = torch.randint(10, (64,), device=device)
    real, fake = d(x_real, y_real), d(g(z, y_fake), y_fake)
    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
    g_loss = -F.logsigmoid(fake).mean()
    return d_loss, g_loss


# %% wrong: no gradient reaches the generator, from: the labels of the real batch
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    y_fake = torch.randint(10, (len(x_real),), device=device)
+    real, fake = d(x_real, y_real), d(g(z, y_fake).detach(), y_fake)


# %% wrong: smoothed labels
# one-sided label smoothing, which nobody asked for
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = F.binary_cross_entropy_with_logits(
        real, torch.full_like(real, 0.9)
    ) + F.softplus(fake).mean()
    g_loss = F.binary_cross_entropy_with_logits(fake, torch.full_like(fake, 0.9))
    return d_loss, g_loss


# %% wrong: squared error for cross-entropy
# least squares
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = 0.5 * ((real - 1) ** 2).mean() + 0.5 * (fake**2).mean()
    g_loss = 0.5 * ((fake - 1) ** 2).mean()
    return d_loss, g_loss


# %% wrong: the loss of a Wasserstein critic
# the loss of a Wasserstein critic
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = fake.mean() - real.mean()
    g_loss = -fake.mean()
    return d_loss, g_loss


# %% wrong: not reduced to one number
# not reduced
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    d_loss = -F.logsigmoid(real) - F.logsigmoid(-fake)
    g_loss = -F.logsigmoid(fake)
    return d_loss, g_loss


# %% raised, from: the labels of the real batch
# labels are whole numbers here, one for each image
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    y = F.one_hot(y_real, 10).float()
+    real, fake = d(x_real, y), d(g(z, y), y)


# %% wrong: both halves labelled fake, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(-real).mean() - F.logsigmoid(-fake).mean()


# %% wrong: both halves labelled real, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(fake).mean()


# %% wrong: labels of 1 and -1, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = (
+        F.binary_cross_entropy_with_logits(real, torch.ones_like(real))
+        + F.binary_cross_entropy_with_logits(fake, -torch.ones_like(fake))
+    )

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.binary_cross_entropy_with_logits(fake, -torch.ones_like(fake))


# %% wrong: the hinge loss, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = F.relu(1 - real).mean() + F.relu(1 + fake).mean()

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.relu(1 - fake).mean()


# %% wrong: a probability, not its logarithm, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -torch.sigmoid(real).mean() - (1 - torch.sigmoid(fake)).mean()

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = (1 - torch.sigmoid(fake)).mean()


# %% wrong: the logarithm of a mean, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = F.softplus(-real.mean()) + F.softplus(fake.mean())

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.softplus(-fake.mean())


# %% wrong: a logarithm with another base, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -(F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()) / math.log(2)

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = -F.logsigmoid(fake).mean() / math.log(2)


# %% wrong: the minus of one half missing, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()


# %% wrong: BCELoss on logits, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = (
+        F.binary_cross_entropy(real, torch.ones_like(real))
+        + F.binary_cross_entropy(fake, torch.zeros_like(fake))
+    )

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.binary_cross_entropy(fake, torch.ones_like(fake))


# %% wrong: the gradient is cut, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = (-F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()).item()


# %% wrong: only for shape (N,), from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = (
+        F.binary_cross_entropy_with_logits(real, torch.ones(len(real)))
+        + F.binary_cross_entropy_with_logits(fake, torch.zeros(len(fake)))
+    )

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.binary_cross_entropy_with_logits(fake, torch.ones(len(fake)))


# %% wrong: a batch size baked in, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = (
+        F.binary_cross_entropy_with_logits(real, torch.ones(64, 1))
+        + F.binary_cross_entropy_with_logits(fake, torch.zeros(64, 1))
+    )

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = F.binary_cross_entropy_with_logits(fake, torch.ones(64, 1))


# %% wrong: unstable for large logits, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -torch.log(torch.sigmoid(real)).mean() - torch.log(1 - torch.sigmoid(fake)).mean()

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = -torch.log(torch.sigmoid(fake)).mean()


# %% wrong: averaged instead of added & both halves labelled real, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = (-F.logsigmoid(real).mean() - F.logsigmoid(fake).mean()) / 2


# %% wrong: smoothed labels & negated, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.binary_cross_entropy_with_logits(real, torch.full_like(real, 0.9)) - F.softplus(fake).mean()


# %% wrong: -, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(real).mean() * 0.3 - F.logsigmoid(-fake).mean() * 0.7

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = -F.logsigmoid(fake).mean() * 0.7


# %% wrong: -, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(real).median() - F.logsigmoid(-fake).median()

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = -F.logsigmoid(fake).median()


# %% wrong: -, from: the labels of the real batch
-    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()
+    d_loss = -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean() + 1

-    g_loss = -F.logsigmoid(fake).mean()
+    g_loss = -F.logsigmoid(fake).mean() + 1


# %% wrong: noise in float64, from: the labels of the real batch
-    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
+    z = torch.randn(x_real.shape[0], g.dim_z, device=device, dtype=torch.float64)


# %% wrong: weights changed by the loss, from: the labels of the real batch
# clipped, as in the first Wasserstein GAN
+    for weight in d.parameters():
+        weight.data.clamp_(-0.01, 0.01)
     z = torch.randn(x_real.shape[0], g.dim_z, device=device)


# %% wrong: the caller's tensor overwritten, from: the labels of the real batch
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    real, fake = d(x_real.clone(), y_real), d(g(z, y_real), y_real)
+    x_real.zero_()


# %% wrong: only for shape (N, 1), from: the labels of the real batch
     real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    batch_size, _ = real.shape


# %% right: squeezed, which a batch of one does not survive, from: the labels of the real batch
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    real = real.squeeze()
+    real[-1]


# %% not attempted
def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    # YOUR CODE HERE
    raise NotImplementedError()
