# %% right: autograd.grad, new tensors
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        with torch.enable_grad():
            (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% right: in place, parameters switched off and on
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    is_training = model.training
    model.eval()
    for p in model.parameters():
        p.requires_grad = False
    inp_imgs.requires_grad = True
    had_gradients = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    noise = torch.randn(inp_imgs.shape, device=inp_imgs.device)
    images = []
    for _ in range(steps):
        noise.normal_(0, 0.005)
        inp_imgs.data.add_(noise.data)
        inp_imgs.data.clamp_(min=-1.0, max=1.0)
        energy = -model(inp_imgs)
        energy.sum().backward()
        inp_imgs.grad.data.clamp_(-0.03, 0.03)
        inp_imgs.data.add_(-step_size * inp_imgs.grad.data)
        inp_imgs.grad.detach_()
        inp_imgs.grad.zero_()
        inp_imgs.data.clamp_(min=-1.0, max=1.0)
        if return_img_per_step:
            images.append(inp_imgs.clone().detach())
    for p in model.parameters():
        p.requires_grad = True
    model.train(is_training)
    torch.set_grad_enabled(had_gradients)
    if return_img_per_step:
        return torch.stack(images, dim=0)
    return inp_imgs


# %% right: noise after the gradient
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    imgs = inp_imgs.clone()
    out = []
    for _ in range(steps):
        imgs = imgs.detach().requires_grad_(True)
        energy = -model(imgs).sum()
        grad = torch.autograd.grad(energy, imgs)[0]
        grad = torch.clamp(grad, -0.03, 0.03)
        imgs = imgs - step_size * grad + torch.normal(0.0, 0.005, size=imgs.shape)
        imgs = torch.clamp(imgs, -1, 1).detach()
        out.append(imgs.clone())
    if return_img_per_step:
        return out
    return imgs


# %% right: backward, the old gradients put back
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    before = [p.grad for p in model.parameters()]
    mode = model.training
    model.eval()
    x = inp_imgs.detach().clone()
    history = []
    for _ in range(steps):
        x.requires_grad_(True)
        x.grad = None
        for p in model.parameters():
            p.grad = None
        model(x).sum().backward()
        with torch.no_grad():
            x = x + torch.randn_like(x) * 0.005 + step_size * x.grad.clamp_(-0.03, 0.03)
            x.clamp_(-1, 1)
        history.append(x.clone())
    for p, grad in zip(model.parameters(), before):
        p.grad = grad
    model.train(mode)
    return torch.stack(history) if return_img_per_step else x


# %% right: the result hangs on its last step alone
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x.detach() + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x.detach())
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: wrong sign
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x.detach() - step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: gradient of the mean
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        energy = -model(x).mean()
        (g,) = torch.autograd.grad(energy, x)
        x = (x.detach() - step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: no clamp
# of the gradient
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x.detach() + step_size * g).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: no clamp
# not in place
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    for p in model.parameters():
        p.requires_grad = False
    inp_imgs = inp_imgs.clone()
    inp_imgs.requires_grad = True
    images = []
    for _ in range(steps):
        inp_imgs.data.add_(torch.randn_like(inp_imgs) * 0.005)
        inp_imgs.data.clamp(-1.0, 1.0)
        (-model(inp_imgs)).sum().backward()
        inp_imgs.grad.data.clamp(-0.03, 0.03)
        inp_imgs.data.add_(-step_size * inp_imgs.grad.data)
        inp_imgs.grad.zero_()
        inp_imgs.data.clamp(-1.0, 1.0)
        images.append(inp_imgs.clone().detach())
    for p in model.parameters():
        p.requires_grad = True
    return torch.stack(images) if return_img_per_step else inp_imgs.detach()


# %% wrong: no clamp
# of the pixels, at the end of a step
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = x.detach() + step_size * g.clamp(-0.03, 0.03)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: no noise
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = x.requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: the same noise at every step
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    noise = 0.005 * torch.randn_like(x)
    pictures = []
    for _ in range(steps):
        x = (x + noise).clamp(-1, 1).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: gradients of the images accumulate
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    for p in model.parameters():
        p.requires_grad = False
    x = inp_imgs.detach().clone().requires_grad_()
    pictures = []
    for _ in range(steps):
        x.data.add_(0.005 * torch.randn_like(x))
        x.data.clamp_(-1, 1)
        (-model(x)).sum().backward()
        x.grad.data.clamp_(-0.03, 0.03)
        x.data.add_(-step_size * x.grad.data)
        x.data.clamp_(-1, 1)
        pictures.append(x.detach().clone())
    for p in model.parameters():
        p.requires_grad = True
    return torch.stack(pictures) if return_img_per_step else x.detach()


# %% wrong: gradients left on the parameters
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        energy = -model(x)
        energy.sum().backward()
        x = (x - step_size * x.grad.clamp(-0.03, 0.03)).clamp(-1, 1).detach()
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: modes not restored, from: autograd.grad, new tensors
 def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
+    model.eval()

-        with torch.enable_grad():
-            (g,) = torch.autograd.grad(model(x).sum(), x)
+        (g,) = torch.autograd.grad(model(x).sum(), x)


# %% wrong: modes not restored
# always trained afterwards
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    model.eval()
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    model.train()
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: modes not restored
# the parameters stay frozen
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    for p in model.parameters():
        p.requires_grad = False
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        model(x).sum().backward()
        x = (x.detach() + step_size * x.grad.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: one picture again and again
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x.requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x.requires_grad_(False)
        x.add_(0.005 * torch.randn_like(x)).add_(step_size * g.clamp(-0.03, 0.03)).clamp_(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: the sampler under no_grad
@torch.no_grad()
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.clone()
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
    return x


# %% wrong: the sampler under no_grad
# and backward
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.clone().requires_grad_()
    with torch.no_grad():
        for _ in range(steps):
            x.add_(0.005 * torch.randn_like(x)).clamp_(-1, 1)
            (-model(x)).sum().backward()
            x.add_(-step_size * x.grad.clamp(-0.03, 0.03)).clamp_(-1, 1)
            x.grad.zero_()
    return x


# %% wrong: graph kept alive
# the result hangs on all steps
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.clone()
    pictures = []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1)
        if not x.requires_grad:
            x.requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x.detach())
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: another deviation of the noise
# ten times the noise
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x + 0.05 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: uniform noise
# of the same width
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x + 0.005 * torch.rand_like(x)).clamp(-1, 1).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: steps or step_size ignored
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(60):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x.detach() + 10 * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: pixels clamped only at the end, from: autograd.grad, new tensors
-        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
+        x = (x + 0.005 * torch.randn_like(x)).requires_grad_()

-        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
+        x = x.detach() + step_size * g.clamp(-0.03, 0.03)

+    x = x.clamp(-1, 1)
     return torch.stack(pictures) if return_img_per_step else x


# %% wrong: pixels clamped only at the end
# the pictures as well
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = x.detach() + step_size * g.clamp(-0.03, 0.03)
        pictures.append(x)
    if return_img_per_step:
        return torch.stack(pictures).clamp(-1, 1)
    return x.clamp(-1, 1)


# %% wrong: the whole step clamped, from: autograd.grad, new tensors
-        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
+        x = (x.detach() + (step_size * g).clamp(-0.03, 0.03)).clamp(-1, 1)


# %% wrong: the norm clamped, from: autograd.grad, new tensors
-        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
+        g = g * min(1.0, 0.03 / g.norm().item())
+        x = (x.detach() + step_size * g).clamp(-1, 1)


# %% wrong: the norm clamped, from: in place, parameters switched off and on
# by clip_grad_norm_
-        inp_imgs.grad.data.clamp_(-0.03, 0.03)
+        torch.nn.utils.clip_grad_norm_(inp_imgs, 0.03)


# %% wrong: noise after the clamp, from: autograd.grad, new tensors
-        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
+        x = x.clamp(-1, 1).requires_grad_()

         x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
+        x = x + 0.005 * torch.randn_like(x)


# %% wrong: noise in one step only, from: autograd.grad, new tensors
# before the loop
     x = inp_imgs.detach().clone()
+    x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1)

-        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
+        x = x.clone().requires_grad_()


# %% wrong: noise in one step only
# in the last one
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for step in range(steps):
        if step == steps - 1:
            x = x + 0.005 * torch.randn_like(x)
        x = x.detach().requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: another deviation of the noise, from: autograd.grad, new tensors
# the variance taken for it
-        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
+        x = (x + torch.normal(0.0, 0.005**2, x.shape)).clamp(-1, 1).requires_grad_()


# %% wrong: another deviation of the noise, from: autograd.grad, new tensors
# its root
-        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
+        x = (x + math.sqrt(0.005) * torch.randn_like(x)).clamp(-1, 1).requires_grad_()


# %% wrong: uniform noise, from: autograd.grad, new tensors
# around 0
-        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
+        x = (x + 0.005 * (2 * torch.rand_like(x) - 1)).clamp(-1, 1).requires_grad_()


# %% wrong: uniform noise, from: autograd.grad, new tensors
# of the right deviation
-        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
+        noise = 12**0.5 * (torch.rand_like(x) - 0.5)
+        x = (x + 0.005 * noise).clamp(-1, 1).requires_grad_()


# %% wrong: -, from: autograd.grad, new tensors
# the noise clamped
-        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
+        noise = (0.005 * torch.randn_like(x)).clamp(-0.005, 0.005)
+        x = (x + noise).clamp(-1, 1).requires_grad_()


# %% wrong: one gradient for all steps
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad(model(x).sum(), x)
    x, pictures = x.detach(), []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1)
        x = (x + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: the step halved, from: autograd.grad, new tensors
-        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
+        x = (x.detach() + step_size / 2 * g.clamp(-0.03, 0.03)).clamp(-1, 1)


# %% wrong: a step too many or too few, from: autograd.grad, new tensors
-    for _ in range(steps):
+    for _ in range(1, steps):


# %% wrong: a step too many or too few, from: autograd.grad, new tensors
# too many
-    for _ in range(steps):
+    for _ in range(steps + 1):


# %% wrong: gradients of the parameters erased, from: autograd.grad, new tensors
-        with torch.enable_grad():
-            (g,) = torch.autograd.grad(model(x).sum(), x)
+        model(x).sum().backward()
+        g = x.grad
+        model.zero_grad()


# %% wrong: modes not restored, from: in place, parameters switched off and on
# when all pictures are asked for
+    if return_img_per_step:
+        return torch.stack(images, dim=0)
     for p in model.parameters():
         p.requires_grad = True


# %% wrong: graph kept alive
# create_graph, and a first line that refuses every start that requires a gradient
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    inp_imgs.clamp_(-1, 1)
    inp_imgs.requires_grad = True
    x, pictures = inp_imgs, []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1)
        (g,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        x = (x + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: graph kept alive
# without create_graph, in the pictures, too
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    inp_imgs.clamp_(-1, 1)
    inp_imgs.requires_grad = True
    x, pictures = inp_imgs, []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1)
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return torch.stack(pictures) if return_img_per_step else x


# %% wrong: the start among the pictures, from: autograd.grad, new tensors
-    pictures = []
+    pictures = [x]


# %% wrong: -, from: autograd.grad, new tensors
# the same seed in every call
     x = inp_imgs.detach().clone()
+    torch.manual_seed(0)


# %% wrong: -, from: autograd.grad, new tensors
# only the sign of the gradient
-        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
+        x = (x.detach() + step_size * 0.03 * g.sign()).clamp(-1, 1)


# %% wrong: the pixels in another range, from: autograd.grad, new tensors
-        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
+        x = (x + 0.005 * torch.randn_like(x)).clamp(0, 1).requires_grad_()

-        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
+        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(0, 1)


# %% right: a walk in place that returns a leaf
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    inp_imgs.clamp_(-1, 1)
    inp_imgs.requires_grad = True
    pictures = []
    for _ in range(steps):
        inp_imgs.data.add_(0.005 * torch.randn_like(inp_imgs)).clamp_(-1, 1)
        (g,) = torch.autograd.grad(model(inp_imgs).sum(), inp_imgs)
        inp_imgs.data.add_(step_size * g.clamp(-0.03, 0.03)).clamp_(-1, 1)
        pictures.append(inp_imgs.detach().clone())
    return torch.stack(pictures) if return_img_per_step else inp_imgs


# %% right: every picture on its own last step
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    pictures = []
    for _ in range(steps):
        x = (x.detach() + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x)
    return pictures if return_img_per_step else x


# %% wrong: another bound of the gradient, from: autograd.grad, new tensors
-        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
+        x = (x.detach() + step_size * g.clamp(-0.01, 0.01)).clamp(-1, 1)


# %% wrong: pictures before the step, from: in place, parameters switched off and on
+        if return_img_per_step:
+            images.append(inp_imgs.clone().detach())
         noise.normal_(0, 0.005)

         inp_imgs.data.clamp_(min=-1.0, max=1.0)
-        if return_img_per_step:
-            images.append(inp_imgs.clone().detach())
     for p in model.parameters():
         p.requires_grad = True


# %% wrong: no clamp & wrong sign, from: in place, parameters switched off and on
# two mistakes
-        energy = -model(inp_imgs)
+        energy = model(inp_imgs)

-        inp_imgs.grad.data.clamp_(-0.03, 0.03)


# %% raised
# x.grad is None: nothing has been backwards yet
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone().requires_grad_()
    for _ in range(steps):
        x.grad.zero_()
        model(x).sum().backward()
    return x.detach()


# %% wrong: returns None
# nothing is returned
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach().clone()
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x)
        x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)


# %% not attempted
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: the whole step clamped & cat for stack
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x = inp_imgs.detach()
    out = []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).requires_grad_(True)
        g = torch.autograd.grad(-model(x).sum(), x)[0]
        x = (x - (step_size * g).clamp(-0.03, 0.03)).clamp(-1, 1).detach()
        out.append(x)
    return torch.cat(out) if return_img_per_step else x


# %% wrong: cat for stack
def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    x, pictures = inp_imgs.detach(), []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).requires_grad_()
        slope = torch.autograd.grad(model(x).sum(), x)[0].clamp(-0.03, 0.03)
        x = (x + step_size * slope).clamp(-1, 1).detach()
        pictures.append(x)
    return torch.cat(pictures) if return_img_per_step else x
