# %% right: autograd.grad of the sum
def langevin_step(energy, x, step_size, noise):
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(energy(x).sum(), x)
    return x.detach() - step_size * gradient + noise


# %% right: under enable_grad, a clone first
def langevin_step(energy, x, step_size, noise):
    with torch.enable_grad():
        here = x.clone().detach().requires_grad_(True)
        grad = torch.autograd.grad(energy(here), here, grad_outputs=torch.ones(len(x)))[0]
    with torch.no_grad():
        return here - step_size * grad + noise


# %% right: backward, parameters switched off and on
def langevin_step(energy, x, step_size, noise):
    for p in energy.parameters():
        p.requires_grad_(False)
    x = x.detach().clone()
    x.requires_grad = True
    energy(x).sum().backward()
    for p in energy.parameters():
        p.requires_grad_(True)
    return (x - step_size * x.grad + noise).detach()


# %% right: the result still requires a gradient
def langevin_step(energy, x, step_size, noise):
    x = x.detach().requires_grad_(True)
    gradient = torch.autograd.grad(energy(x).sum(), x)[0]
    return (x - step_size * gradient + noise).detach().requires_grad_(True)


# %% right: in place, on the caller's x
def langevin_step(energy, x, step_size, noise):
    x.requires_grad_(True)
    grad = torch.autograd.grad(energy(x).sum(), x)[0]
    x.data.add_(-step_size * grad)
    x.data.add_(noise)
    return x


# %% wrong: wrong sign, from: autograd.grad of the sum
-    return x.detach() - step_size * gradient + noise
+    return x.detach() + step_size * gradient + noise


# %% wrong: wrong sign
# two signs too many
def langevin_step(energy, x, step_size, noise):
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(-energy(x).sum(), x)
    return x.detach() - step_size * gradient + noise


# %% wrong: gradient of the mean
def langevin_step(energy, x, step_size, noise):
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(energy(x).mean(), x)
    return x.detach() - step_size * gradient + noise


# %% wrong: graph kept alive
def langevin_step(energy, x, step_size, noise):
    x = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(energy(x).sum(), x)
    return x - step_size * gradient + noise


# %% wrong: graph kept alive
# create_graph as well
def langevin_step(energy, x, step_size, noise):
    x.requires_grad_()
    gradient = torch.autograd.grad(energy(x).sum(), x, create_graph=True)[0]
    return x - step_size * gradient + noise


# %% wrong: no noise, from: autograd.grad of the sum
-    return x.detach() - step_size * gradient + noise
+    return x.detach() - step_size * gradient


# %% wrong: no noise
# add, where add_ was meant
def langevin_step(energy, x, step_size, noise):
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(energy(x).sum(), x)
    new = x.detach() - step_size * gradient
    new.add(noise)
    return new


# %% wrong: the noise scaled again
def langevin_step(energy, x, step_size, noise):
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(energy(x).sum(), x)
    return x.detach() - step_size * gradient + math.sqrt(2 * step_size) * noise


# %% wrong: the noise scaled again, from: autograd.grad of the sum
# a missing pair of parentheses
-    return x.detach() - step_size * gradient + noise
+    return x.detach() - step_size * (gradient + noise)


# %% wrong: the step halved, from: autograd.grad of the sum
-    return x.detach() - step_size * gradient + noise
+    return x.detach() - 0.5 * step_size * gradient + noise


# %% wrong: only the sign of the gradient & gradients left on the parameters
# two mistakes: gradients left on the parameters, and a sign
def langevin_step(energy, x, step_size, noise):
    x = x.detach().clone().requires_grad_()
    loss = energy(x).sum()
    loss.backward()
    return (x - step_size * x.grad.sign() + noise).detach()


# %% wrong: gradients left on the parameters
def langevin_step(energy, x, step_size, noise):
    x = x.detach().clone().requires_grad_()
    energy(x).sum().backward()
    return (x - step_size * x.grad + noise).detach()


# %% wrong: gradients of the parameters erased
# zeroed, which is not what was there
def langevin_step(energy, x, step_size, noise):
    x = x.detach().clone().requires_grad_()
    energy(x).sum().backward()
    with torch.no_grad():
        new = x - step_size * x.grad + noise
    energy.zero_grad()
    return new


# %% wrong: no gradient of x
def langevin_step(energy, x, step_size, noise):
    with torch.no_grad():
        x = x.requires_grad_()
        (gradient,) = torch.autograd.grad(energy(x).sum(), x)
    return x.detach() - step_size * gradient + noise


# %% wrong: one gradient for the whole batch, from: autograd.grad of the sum
-    return x.detach() - step_size * gradient + noise
+    return x.detach() - step_size * gradient.mean() + noise


# %% wrong: only the sign of the gradient, from: autograd.grad of the sum
-    return x.detach() - step_size * gradient + noise
+    return x.detach() - step_size * gradient.sign() + noise


# %% wrong: parameters left frozen
def langevin_step(energy, x, step_size, noise):
    for p in energy.parameters():
        p.requires_grad_(False)
    x = x.detach().clone().requires_grad_()
    energy(x).sum().backward()
    return (x - step_size * x.grad + noise).detach()


# %% wrong: the gradient of the noisy point
def langevin_step(energy, x, step_size, noise):
    x = (x.detach() + noise).requires_grad_()
    (gradient,) = torch.autograd.grad(energy(x).sum(), x)
    return x.detach() - step_size * gradient


# %% wrong: graph kept alive
# create_graph behind a first line in place
def langevin_step(energy, x, step_size, noise):
    x += 0
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(energy(x).sum(), x, create_graph=True)
    return x - step_size * gradient + noise


# %% wrong: graph kept alive
# connected with the parameters alone
def langevin_step(energy, x, step_size, noise):
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(energy(x).sum(), x, create_graph=True)
    return x.detach() - step_size * gradient + noise


# %% right: what the next step cuts off
def langevin_step(energy, x, step_size, noise):
    x += 0
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(energy(x).sum(), x)
    return x - step_size * gradient + noise


# %% wrong: noise of its own, from: autograd.grad of the sum
# noise of its own
-    return x.detach() - step_size * gradient + noise
+    return x.detach() - step_size * gradient + math.sqrt(2 * step_size) * torch.randn_like(x)


# %% wrong: -, from: autograd.grad of the sum
# a step size of its own
-    return x.detach() - step_size * gradient + noise
+    return x.detach() - 0.01 * gradient + noise


# %% raised
# a vector has no backward of its own
def langevin_step(energy, x, step_size, noise):
    x = x.detach().requires_grad_()
    energy(x).backward()
    return x.detach() - step_size * x.grad + noise


# %% wrong: -, from: autograd.grad of the sum
# the next state rounded
-    return x.detach() - step_size * gradient + noise
+    return (10 * (x.detach() - step_size * gradient + noise)).round() / 10


# %% wrong: -, from: autograd.grad of the sum
# shrunk as by weight decay
-    return x.detach() - step_size * gradient + noise
+    return 0.9 * x.detach() - step_size * gradient + noise


# %% not attempted
def langevin_step(energy, x, step_size, noise):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: gradient of the mean & gradients left on the parameters
def langevin_step(energy, x, step_size, noise):
    x = x.detach().clone().requires_grad_(True)
    energy(x).mean().backward()
    return (x - step_size * x.grad + noise).detach()


# %% wrong: the noise scaled again & the step halved
def langevin_step(energy, x, step_size, noise):
    x = x.detach().clone().requires_grad_(True)
    g = torch.autograd.grad(energy(x).sum(), x)[0]
    return (x - 0.5 * step_size * g + math.sqrt(step_size) * noise).detach()
