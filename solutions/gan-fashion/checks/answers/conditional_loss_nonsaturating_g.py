# %% right: the labels of the real batch
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
    return -F.logsigmoid(fake).mean()


# %% right: uniform labels
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    y_fake = torch.randint(10, (len(x_real),), device=device)
    real = d(x_real, y_real)
    fake = d(g(z, y_fake), y_fake)
    return F.softplus(-fake).mean()


# %% right: binary cross-entropy of logits, keywords
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    y_fake = torch.randint(10, (len(x_real),), device=device)
    x_fake = g(z, y=y_fake)
    real, fake = d(x_real, y=y_real), d(x_fake, y=y_fake)
    bce = F.binary_cross_entropy_with_logits
    return bce(fake, torch.ones_like(fake))


# %% right: the labels of the real batch in another order
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    y_fake = y_real[torch.randperm(len(y_real), device=y_real.device)]
    real, fake = d(x_real, y_real), d(g(z, y_fake), y_fake)
    return -F.logsigmoid(fake).mean()


# %% right: one batch of both
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    y_fake = torch.randint(10, (len(x_real),), device=device)
    n = len(x_real)
    x = torch.cat([x_real, g(z, y_fake)])
    logits = d(x, torch.cat([y_real, y_fake])).view(-1)
    real, fake = logits[:n], logits[n:]
    return -F.logsigmoid(fake).mean()


# %% right: other fakes for each loss
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(len(x_real), g.dim_z, device=device)
    y = torch.randint(0, 10, (len(x_real),), device=device)
    fake = d(g(z, y), y)
    return F.softplus(-fake).mean()


# %% wrong: G trained to look fake
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    return -F.logsigmoid(-fake).mean()


# %% wrong: G trained to look fake
# the sign
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    return F.logsigmoid(fake).mean()


# %% wrong: G trained to look fake
# the label 0
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    return F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))


# %% wrong: the saturating generator loss
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    return F.logsigmoid(-fake).mean()


# %% wrong: the saturating generator loss
# minus the discriminator's half
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    return -F.softplus(fake).mean()


# %% wrong: summed over the batch
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    return -F.logsigmoid(fake).sum()


# %% wrong: sigmoid applied twice
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    return -F.logsigmoid(torch.sigmoid(fake)).mean()


# %% wrong: labels dropped, from: the labels of the real batch
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    real, fake = d(x_real), d(g(z))


# %% wrong: labels dropped
# the discriminator is not told
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    y_fake = torch.randint(10, (len(x_real),), device=device)
    x_fake = g(z, y_fake)
    real, fake = d(x_real), d(x_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: labels dropped, from: the labels of the real batch
# the generator is not told
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    real, fake = d(x_real, y_real), d(g(z), y_real)


# %% wrong: labels dropped, from: the labels of the real batch
# of the fakes, for the discriminator
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    real, fake = d(x_real, y_real), d(g(z, y_real))


# %% wrong: a fake judged with another label
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    y_fake = torch.randint(10, (len(x_real),), device=device)
    real, fake = d(x_real, y_real), d(g(z, y_fake), y_real)
    return -F.logsigmoid(fake).mean()


# %% wrong: a fake judged with another label
# drawn twice
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    y_fake = torch.randint(10, (len(x_real),), device=device)
    x_fake = g(z, y_fake)
    y_fake = torch.randint(10, (len(x_real),), device=device)
    real, fake = d(x_real, y_real), d(x_fake, y_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: labels of fakes that are not those of the data
# class 9 never comes
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    y_fake = torch.randint(0, 9, (len(x_real),), device=device)
    real, fake = d(x_real, y_real), d(g(z, y_fake), y_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: labels of fakes that are not those of the data, from: the labels of the real batch
# always class 0
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    y_fake = torch.zeros_like(y_real)
+    real, fake = d(x_real, y_real), d(g(z, y_fake), y_fake)


# %% wrong: labels of fakes that are not those of the data
# normal numbers rounded
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    y_fake = (torch.randn(len(x_real)) * 2 + 5).long().clamp(0, 9).to(device)
    real, fake = d(x_real, y_real), d(g(z, y_fake), y_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: uniform noise
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.rand(x_real.shape[0], g.dim_z, device=device)
    y_fake = torch.randint(10, (len(x_real),), device=device)
    real, fake = d(x_real, y_real), d(g(z, y_fake), y_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: noise of the wrong shape
# a batch size written into the code
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(64, g.dim_z, device=device)
    y_fake = torch.randint(10, (64,), device=device)
    real, fake = d(x_real, y_real), d(g(z, y_fake), y_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: no gradient reaches the generator
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    y_fake = torch.randint(10, (len(x_real),), device=device)
    real, fake = d(x_real, y_real), d(g(z, y_fake).detach(), y_fake)
    return -F.logsigmoid(fake).mean()


# %% wrong: smoothed labels
# one-sided label smoothing, which nobody asked for
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    return F.binary_cross_entropy_with_logits(fake, torch.full_like(fake, 0.9))


# %% wrong: squared error for cross-entropy
# least squares
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    return 0.5 * ((fake - 1) ** 2).mean()


# %% wrong: the loss of a Wasserstein critic
# the loss of a Wasserstein critic
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    return -fake.mean()


# %% wrong: not reduced to one number
# not reduced
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    z = torch.randn(x_real.shape[0], g.dim_z, device=device)
    x_fake = g(z, y_real)
    real, fake = d(x_real, y_real), d(x_fake, y_real)
    return -F.logsigmoid(fake)


# %% raised, from: the labels of the real batch
# labels are whole numbers here, one for each image
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    y = F.one_hot(y_real, 10).float()
+    real, fake = d(x_real, y), d(g(z, y), y)


# %% wrong: labels of 1 and -1, from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return F.binary_cross_entropy_with_logits(fake, -torch.ones_like(fake))


# %% wrong: the hinge loss, from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return F.relu(1 - fake).mean()


# %% wrong: a probability, not its logarithm, from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return (1 - torch.sigmoid(fake)).mean()


# %% wrong: the logarithm of a mean, from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return F.softplus(-fake.mean())


# %% wrong: a logarithm with another base, from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return -F.logsigmoid(fake).mean() / math.log(2)


# %% wrong: BCELoss on logits, from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return F.binary_cross_entropy(fake, torch.ones_like(fake))


# %% wrong: only for shape (N,), from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return F.binary_cross_entropy_with_logits(fake, torch.ones(len(fake)))


# %% wrong: a batch size baked in, from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return F.binary_cross_entropy_with_logits(fake, torch.ones(64, 1))


# %% wrong: unstable for large logits, from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return -torch.log(torch.sigmoid(fake)).mean()


# %% wrong: the logit used as a probability, from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return -torch.log(fake).mean()


# %% wrong: -, from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return -F.logsigmoid(fake).mean() * 0.7


# %% wrong: -, from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return -F.logsigmoid(fake).median()


# %% wrong: -, from: the labels of the real batch
-    return -F.logsigmoid(fake).mean()
+    return -F.logsigmoid(fake).mean() + 1


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
+    batch_size, _ = fake.shape


# %% right: squeezed, which a batch of one does not survive, from: the labels of the real batch
-    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    real, fake = d(x_real, y_real), d(g(z, y_real), y_real)
+    fake = fake.squeeze()
+    fake[-1]


# %% not attempted
def conditional_loss_nonsaturating_g(g, d, x_real, y_real, *, device):
    # YOUR CODE HERE
    raise NotImplementedError()
