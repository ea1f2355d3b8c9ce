# %% right: binary_cross_entropy
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")


# %% right: BCELoss
def reconstruction_loss(recon_x, x):
    criterion = nn.BCELoss(reduction="sum")
    return criterion(recon_x.flatten(1), x.flatten(1))


# %% right: logarithms that are clamped
def reconstruction_loss(recon_x, x):
    x = x.reshape(len(x), -1)
    log_r = torch.log(recon_x).clamp(min=-100)
    log_not_r = torch.log(1 - recon_x).clamp(min=-100)
    return -torch.sum(x * log_r + (1 - x) * log_not_r)


# %% right: an epsilon in the logarithm
def reconstruction_loss(recon_x, x):
    eps = 1e-8
    x = x.flatten(start_dim=1)
    return -(x * (recon_x + eps).log() + (1 - x) * (1 - recon_x + eps).log()).sum()


# %% right: one image after the other, then added
def reconstruction_loss(recon_x, x):
    losses = F.binary_cross_entropy(recon_x, x.reshape(recon_x.shape), reduction="none")
    return losses.sum(dim=1).sum(dim=0)


# %% wrong: target and prediction swapped
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy(x.view(-1, 784), recon_x, reduction="sum")


# %% wrong: target and prediction swapped & 0 log 0
# written out
def reconstruction_loss(recon_x, x):
    x = x.flatten(1)
    return -(recon_x * x.log() + (1 - recon_x) * (1 - x).log()).sum()


# %% wrong: a mean over the pixels
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy(recon_x, x.view(-1, 784))


# %% wrong: a mean over the pixels & 0 log 0
def reconstruction_loss(recon_x, x):
    x = x.flatten(1)
    return -torch.mean(x * torch.log(recon_x) + (1 - x) * torch.log(1 - recon_x))


# %% wrong: averaged over the batch
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum") / x.shape[0]


# %% wrong: averaged over the batch
def reconstruction_loss(recon_x, x):
    losses = F.binary_cross_entropy(recon_x, x.flatten(1), reduction="none")
    return losses.sum(1).mean()


# %% wrong: negated & 0 log 0
def reconstruction_loss(recon_x, x):
    x = x.flatten(1)
    return (x * torch.log(recon_x) + (1 - x) * torch.log(1 - recon_x)).sum()


# %% wrong: only the ink
def reconstruction_loss(recon_x, x):
    return -(x.flatten(1) * torch.log(recon_x)).sum()


# %% wrong: squared error for cross-entropy
def reconstruction_loss(recon_x, x):
    return F.mse_loss(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: 0 log 0
def reconstruction_loss(recon_x, x):
    x = x.flatten(1)
    return -(x * torch.log(recon_x) + (1 - x) * torch.log(1 - recon_x)).sum()


# %% wrong: probabilities taken for logits
# the probabilities taken for logits
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy_with_logits(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: not summed
# one number for each image
def reconstruction_loss(recon_x, x):
    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="none").sum(1)


# %% wrong: absolute error
# absolute difference
def reconstruction_loss(recon_x, x):
    return (recon_x - x.flatten(1)).abs().sum()


# %% wrong: the gradient is cut
# NumPy: no gradient
def reconstruction_loss(recon_x, x):
    r, t = recon_x.detach().numpy().clip(1e-9, 1), x.flatten(1).numpy()
    return -np.sum(t * np.log(r) + (1 - t) * np.log((1 - r).clip(1e-9, 1)))


# %% wrong: the caller's tensor overwritten, from: binary_cross_entropy
# against the logarithm of 0
+    recon_x.clamp_(1e-6, 1 - 1e-6)
     return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: the caller's tensor overwritten, from: logarithms that are clamped
# the logarithms are a view of the images
-    x = x.reshape(len(x), -1)
-    log_r = torch.log(recon_x).clamp(min=-100)
-    log_not_r = torch.log(1 - recon_x).clamp(min=-100)
-    return -torch.sum(x * log_r + (1 - x) * log_not_r)
+    x = x.reshape(len(x), -1)
+    empty = torch.log(1 - recon_x).clamp(min=-100)
+    loss = -torch.sum(x * torch.log(recon_x).clamp(min=-100))
+    return loss - torch.sum(x.neg_().add_(1) * empty)


# %% wrong: halved or doubled, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return 0.5 * F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: not summed, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="none").sum(1)


# %% wrong: the gradient is cut, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    with torch.no_grad():
+        return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: rows of pixels only, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.binary_cross_entropy(recon_x, x, reduction="sum")


# %% wrong: rows of pixels only, from: binary_cross_entropy
# typed in
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return -(x * torch.log(recon_x + 1e-8) + (1 - x) * torch.log(1 - recon_x + 1e-8)).sum()


# %% wrong: absolute error, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.l1_loss(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: probabilities taken for logits, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.binary_cross_entropy_with_logits(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: a softmax over the pixels, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.cross_entropy(recon_x, x.view(-1, 784), reduction="sum")


# %% wrong: squared error for cross-entropy & averaged over the batch, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.mse_loss(recon_x, x.view(-1, 784), reduction="sum") / len(x)


# %% wrong: squared error for cross-entropy & a mean over the pixels, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.mse_loss(recon_x, x.view(-1, 784))


# %% wrong: probabilities taken for logits & averaged over the batch, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    loss = nn.BCEWithLogitsLoss(reduction="sum")
+    return loss(recon_x, x.view(-1, 784)) / x.shape[0]


# %% wrong: squared error for cross-entropy & rows of pixels only, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.mse_loss(recon_x, x, reduction="sum")


# %% wrong: more than the loss returned, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    loss = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return loss, loss / len(x)


# %% wrong: -, from: binary_cross_entropy
# squared first
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.binary_cross_entropy(recon_x**2, x.view(-1, 784), reduction="sum")


# %% wrong: grey pixels made black and white, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.binary_cross_entropy(recon_x, x.view(-1, 784).round(), reduction="sum")


# %% wrong: -, from: binary_cross_entropy
# darker pixels
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.binary_cross_entropy(recon_x, x.view(-1, 784) ** 2, reduction="sum")


# %% wrong: -, from: binary_cross_entropy
# of distributions over the pixels
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.kl_div(recon_x.log(), x.view(-1, 784), reduction="sum")


# %% wrong: negated, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return -F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")


# %% raised, from: binary_cross_entropy
-    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
+    return F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="total")


# %% not attempted
def reconstruction_loss(recon_x, x):
    # YOUR CODE HERE
    raise NotImplementedError()
