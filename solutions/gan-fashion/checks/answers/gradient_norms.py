# %% right: the sum of the scores
def gradient_norms(d, x):
    x = x.requires_grad_()
    (gradient,) = torch.autograd.grad(d(x).sum(), x, create_graph=True)
    return gradient.flatten(1).norm(dim=1)


# %% right: grad_outputs of ones, norm(2, dim=1)
def gradient_norms(d, x):
    x = x.detach().clone().requires_grad_(True)
    scores = d(x)
    gradient = torch.autograd.grad(
        outputs=scores,
        inputs=x,
        grad_outputs=torch.ones_like(scores),
        create_graph=True,
        retain_graph=True,
    )[0]
    return gradient.view(x.size(0), -1).norm(2, dim=1)


# %% right: pow(2).sum().sqrt()
def gradient_norms(d, x):
    x = x.detach().requires_grad_()
    gradient = torch.autograd.grad(d(x).sum(), [x], create_graph=True)[0]
    return gradient.pow(2).sum(dim=(1, 2, 3)).sqrt()


# %% right: image by image
def gradient_norms(d, x):
    norms = []
    for image in x:
        one = image[None].detach().requires_grad_()
        (gradient,) = torch.autograd.grad(d(one).sum(), one, create_graph=True)
        norms.append(gradient.pow(2).sum().sqrt())
    return torch.stack(norms)


# %% right: torch.linalg, a column
def gradient_norms(d, x):
    x.requires_grad_(True)
    out = d(x)
    slope = torch.autograd.grad(out, x, torch.ones_like(out), create_graph=True)[0]
    return torch.linalg.vector_norm(slope, dim=(1, 2, 3))[:, None]


# %% wrong: norm per pixel, from: the sum of the scores
-    return gradient.flatten(1).norm(dim=1)
+    return gradient.norm(2, dim=1).flatten(1)


# %% wrong: norm per pixel, from: the sum of the scores
# row by row
-    return gradient.flatten(1).norm(dim=1)
+    return gradient.norm(2, dim=-1)


# %% wrong: one norm over the whole batch, from: the sum of the scores
-    return gradient.flatten(1).norm(dim=1)
+    return gradient.norm()


# %% wrong: one norm over the whole batch, from: the sum of the scores
# once for each image
-    return gradient.flatten(1).norm(dim=1)
+    return gradient.norm().expand(len(x))


# %% wrong: one norm over the whole batch
def gradient_norms(d, x):
    x = x.requires_grad_()
    scores = d(x)
    gradient = torch.autograd.grad(scores, x, torch.ones_like(scores), create_graph=True)[0]
    return gradient.pow(2).sum().sqrt()


# %% wrong: gradient of a batch mean
def gradient_norms(d, x):
    x = x.requires_grad_()
    (gradient,) = torch.autograd.grad(d(x).mean(), x, create_graph=True)
    return gradient.flatten(1).norm(dim=1)


# %% wrong: gradient of a batch mean
# the norms keep no graph either
def gradient_norms(d, x):
    x = x.requires_grad_()
    d(x).mean().backward()
    return x.grad.flatten(1).norm(dim=1)


# %% wrong: gradient of the image instead of D(image)
def gradient_norms(d, x):
    x = x.requires_grad_()
    (gradient,) = torch.autograd.grad(x.sum(), x, create_graph=True)
    return gradient.flatten(1).norm(dim=1)


# %% wrong: gradient of the image instead of D(image)
def gradient_norms(d, x):
    x = x.requires_grad_()
    gradient = torch.autograd.grad(x, x, grad_outputs=torch.ones_like(x), create_graph=True)[0]
    return gradient.flatten(1).norm(dim=1)


# %% wrong: the root left out, from: the sum of the scores
-    return gradient.flatten(1).norm(dim=1)
+    return gradient.flatten(1).pow(2).sum(1)


# %% wrong: a mean of squares in the norm, from: the sum of the scores
-    return gradient.flatten(1).norm(dim=1)
+    return gradient.pow(2).mean(dim=(1, 2, 3)).sqrt()


# %% wrong: the penalty's graph cut
def gradient_norms(d, x):
    x = x.requires_grad_()
    (gradient,) = torch.autograd.grad(d(x).sum(), x)
    return gradient.flatten(1).norm(dim=1)


# %% wrong: the penalty's graph cut
def gradient_norms(d, x):
    x = x.requires_grad_()
    d(x).sum().backward()
    return x.grad.flatten(1).norm(dim=1)


# %% wrong: the largest slope, from: the sum of the scores
# the largest slope
-    return gradient.flatten(1).norm(dim=1)
+    return gradient.abs().amax(dim=(1, 2, 3))


# %% wrong: a sum of slopes, from: the sum of the scores
# the sum of the slopes
-    return gradient.flatten(1).norm(dim=1)
+    return gradient.flatten(1).norm(p=1, dim=1)


# %% wrong: the penalty instead of the norms, from: the sum of the scores
# the penalty itself
-    return gradient.flatten(1).norm(dim=1)
+    return ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()


# %% wrong: a gradient that cannot be taken
# the images do not want a gradient
def gradient_norms(d, x):
    (gradient,) = torch.autograd.grad(d(x).sum(), x.clone(), create_graph=True)
    return gradient.flatten(1).norm(dim=1)


# %% wrong: a gradient that cannot be taken
# gradients of several scores at once
def gradient_norms(d, x):
    x = x.requires_grad_()
    (gradient,) = torch.autograd.grad(d(x), x, create_graph=True)
    return gradient.flatten(1).norm(dim=1)


# %% wrong: one mean for the whole batch, from: the sum of the scores
-    return gradient.flatten(1).norm(dim=1)
+    return gradient.flatten(1).norm(dim=1).mean()


# %% wrong: the caller's tensor overwritten, from: the sum of the scores
# kept small for the next call
-    return gradient.flatten(1).norm(dim=1)
+    norms = gradient.flatten(1).norm(dim=1)
+    x.data.clamp_(-0.5, 0.5)
+    return norms


# %% wrong: only for shape (N, 1), from: the sum of the scores
-    (gradient,) = torch.autograd.grad(d(x).sum(), x, create_graph=True)
+    (gradient,) = torch.autograd.grad(d(x)[:, 0].sum(), x, create_graph=True)


# %% wrong: only for shape (N,), from: the sum of the scores
-    (gradient,) = torch.autograd.grad(d(x).sum(), x, create_graph=True)
+    (gradient,) = torch.autograd.grad(d(x), x, torch.ones(len(x)), create_graph=True)


# %% wrong: -, from: the sum of the scores
# moved, so that no norm is 0
-    return gradient.flatten(1).norm(dim=1)
+    return gradient.flatten(1).norm(dim=1) + 0.1


# %% wrong: -, from: the sum of the scores
# another norm
-    return gradient.flatten(1).norm(dim=1)
+    return gradient.flatten(1).norm(p=3, dim=1)


# %% wrong: -, from: the sum of the scores
# half of each image
-    return gradient.flatten(1).norm(dim=1)
+    return gradient.flatten(1)[:, ::2].norm(dim=1)


# %% raised, from: the sum of the scores
-    return gradient.flatten(1).norm(dim=1)
+    return grad.flatten(1).norm(dim=1)


# %% not attempted
def gradient_norms(d, x):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: norm per pixel
def gradient_norms(d, x):
    x = x.detach().requires_grad_()
    g = torch.autograd.grad(d(x).sum(), x, create_graph=True)[0]
    return g.norm(2, dim=1)
