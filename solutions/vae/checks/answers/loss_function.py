# %% right: the two halves added
def loss_function(recon_x, x, mu, log_var):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return BCE + KLD


# %% right: through functions of its own
def bce(recon_x, x):
    return F.binary_cross_entropy(recon_x, x.flatten(1), reduction="sum")


def kl(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()


def loss_function(recon_x, x, mu, log_var):
    return bce(recon_x, x) + kl(mu, log_var)


# %% right: image by image, then the sum
def loss_function(recon_x, x, mu, log_var):
    rec = F.binary_cross_entropy(recon_x, x.reshape(recon_x.shape), reduction="none").sum(1)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1)
    return (rec + kl).sum()


# %% wrong: 0 log 0
def loss_function(recon_x, x, mu, log_var):
    x = x.reshape(-1, 784)
    log_likelihood = (x * torch.log(recon_x) + (1 - x) * torch.log(1 - recon_x)).sum()
    elbo = log_likelihood - 0.5 * torch.sum(mu**2 + torch.exp(log_var) - 1 - log_var)
    return -elbo


# %% wrong: mean BCE with summed KL
def loss_function(recon_x, x, mu, log_var):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784))
    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return BCE + KLD


# %% wrong: mean BCE with summed KL
# an image's cross-entropy, averaged over the batch
def loss_function(recon_x, x, mu, log_var):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum") / len(x)
    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return BCE + KLD


# %% wrong: the KL subtracted
def loss_function(recon_x, x, mu, log_var):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
    KLD = 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return BCE + KLD


# %% wrong: target and prediction swapped
def loss_function(recon_x, x, mu, log_var):
    BCE = F.binary_cross_entropy(x.view(-1, 784), recon_x, reduction="sum")
    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return BCE + KLD


# %% wrong: plus instead of minus
def loss_function(recon_x, x, mu, log_var):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
    KLD = 0.5 * torch.sum(log_var.exp() + mu.pow(2) + log_var - 1)
    return BCE + KLD


# %% wrong: plus instead of minus
# with log sigma as well
def loss_function(recon_x, x, mu, log_var):
    reconstruction = F.binary_cross_entropy(recon_x, x.flatten(1), reduction="sum")
    sigma = (log_var / 2).exp()
    return reconstruction + 0.5 * (sigma**2 + mu**2 + sigma.log() - 1).sum()


# %% wrong: the half missing
def loss_function(recon_x, x, mu, log_var):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
    KLD = torch.sum(log_var.exp() + mu.pow(2) - log_var - 1)
    return BCE + KLD


# %% wrong: log σ for log σ²
def loss_function(recon_x, x, mu, log_var):
    std = torch.exp(0.5 * log_var)
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
    return BCE + 0.5 * torch.sum(std**2 + mu**2 - torch.log(std) - 1)


# %% wrong: log σ for log σ²
# log_var taken for log sigma
def loss_function(recon_x, x, mu, log_var):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
    return BCE + torch.sum(0.5 * (torch.exp(2 * log_var) + mu**2 - 1) - log_var)


# %% wrong: only one half
def loss_function(recon_x, x, mu, log_var):
    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: only one half
# the other one
def loss_function(recon_x, x, mu, log_var):
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: averaged over the batch, from: the two halves added
-    return BCE + KLD
+    return (BCE + KLD) / x.size(0)


# %% wrong: negated, from: the two halves added
-    return BCE + KLD
+    return -(BCE + KLD)


# %% wrong: a weight on the KL
# a weight on the KL that nobody asked for
def loss_function(recon_x, x, mu, log_var, beta=4):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
    return BCE - beta * 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: more than the loss returned, from: the two halves added
# three numbers
-    return BCE + KLD
+    return BCE + KLD, BCE, KLD


# %% wrong: the caller's tensor overwritten, from: the two halves added
# exp_() at the end: the value is right, once
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
-    return BCE + KLD
+    rest = torch.sum(1 + log_var - mu.pow(2))
+    return BCE - 0.5 * (rest - torch.sum(log_var.exp_()))


# %% wrong: the caller's tensor overwritten, from: image by image, then the sum
# the images are rounded in place through a view
-    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1)
+    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1)
+    x.view(-1).round_()


# %% right: minus the bound, its logarithms clamped
def loss_function(recon_x, x, mu, log_var):
    x = x.reshape(-1, 784)
    log_r, log_not_r = (torch.log(r).clamp(min=-100) for r in (recon_x, 1 - recon_x))
    log_likelihood = (x * log_r + (1 - x) * log_not_r).sum()
    return -(log_likelihood - 0.5 * torch.sum(mu**2 + torch.exp(log_var) - 1 - log_var))


# %% wrong: means instead of sums, from: the two halves added
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784))
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = -0.5 * torch.mean(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: means instead of sums, from: the two halves added
# the KL averaged over the batch only
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784))
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = -0.5 * torch.mean(torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1))


# %% wrong: summed BCE with mean KL, from: the two halves added
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = -0.5 * torch.mean(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: halved or doubled, from: the two halves added
-    return BCE + KLD
+    return 0.5 * (BCE + KLD)


# %% wrong: not summed, from: the two halves added
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="none").sum(1)
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1)


# %% wrong: the gradient is cut, from: the two halves added
-    return BCE + KLD
+    return (BCE + KLD).detach()


# %% wrong: rows of pixels only, from: the two halves added
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = F.binary_cross_entropy(recon_x, x, reduction="sum")


# %% wrong: squared error for cross-entropy, from: the two halves added
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = F.mse_loss(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: squared error for cross-entropy, averaged, from: the two halves added
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = F.mse_loss(recon_x, x.view(-1, 784))


# %% wrong: squared error for cross-entropy, averaged & a mean over the code, from: the two halves added
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = F.mse_loss(recon_x, x.view(-1, 784))
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = -0.5 * torch.mean(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: squared error for cross-entropy, averaged & averaged over the batch, from: the two halves added
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = F.mse_loss(recon_x, x.view(-1, 784), reduction="sum")

-    return BCE + KLD
+    return (BCE + KLD) / len(x)


# %% wrong: squared error for cross-entropy & rows of pixels only, from: the two halves added
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = F.mse_loss(recon_x, x, reduction="sum")


# %% wrong: averaged over the batch & rows of pixels only, from: the two halves added
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = F.binary_cross_entropy(recon_x, x, reduction="sum")

-    return BCE + KLD
+    return (BCE + KLD) / x.size(0)


# %% wrong: probabilities taken for logits, from: the two halves added
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = F.binary_cross_entropy_with_logits(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: squared error for cross-entropy & the half missing, from: the two halves added
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = F.mse_loss(recon_x, x.view(-1, 784), reduction="sum")
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = -torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: squared error for cross-entropy & plus instead of minus, from: the two halves added
-    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    BCE = ((recon_x - x.view(-1, 784)) ** 2).sum()
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = 0.5 * torch.sum(log_var.exp() + mu.pow(2) + log_var - 1)


# %% wrong: the exp dropped, from: the two halves added
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var)


# %% wrong: log σ² doubled, from: the two halves added
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = -0.5 * torch.sum(1 + 2 * log_var - mu.pow(2) - log_var.exp())


# %% wrong: the variance squared, from: the two halves added
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp().pow(2))


# %% wrong: the half twice, from: the two halves added
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = -0.25 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong: more than the loss returned, from: the two halves added
# all three
-    return BCE + KLD
+    return BCE + KLD, BCE, KLD


# %% wrong: the 1 forgotten, from: the two halves added
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = -0.5 * torch.sum(log_var - mu.pow(2) - log_var.exp())


# %% wrong: 1 for d, from: the two halves added
# once for all codes
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
+    KLD = -0.5 * (1 + torch.sum(log_var - mu.pow(2) - log_var.exp()))


# %% wrong: -, from: the two halves added
# multiplied
-    return BCE + KLD
+    return BCE * KLD


# %% wrong: -, from: the two halves added
# its root
-    return BCE + KLD
+    return (BCE + KLD).sqrt()


# %% wrong: -, from: the two halves added
# free bits
-    return BCE + KLD
+    return BCE + KLD.clamp(min=100)


# %% raised, from: the two halves added
-    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% not attempted
def loss_function(recon_x, x, mu, log_var):
    raise NotImplementedError()
