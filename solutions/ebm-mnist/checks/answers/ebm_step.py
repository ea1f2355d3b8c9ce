# %% right: as the text says
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real = (real + noise).clamp(-1, 1)
    fake = sample().detach()
    f_real, f_fake = model(real), model(fake)
    cd_loss = contrastive_divergence_loss(f_real, f_fake)
    reg_loss = regularization_loss(f_real, f_fake)
    optimizer.zero_grad()
    (cd_loss + reg_loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% right: one forward pass for both halves
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    noisy = torch.clamp(real + noise, min=-1.0, max=1.0)
    fake = sample().detach()
    f_real, f_fake = model(torch.cat([noisy, fake], dim=0)).chunk(2, dim=0)
    cd = contrastive_divergence_loss(f_real, f_fake)
    reg = regularization_loss(f_real, f_fake)
    loss = reg + cd
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.1)
    optimizer.step()
    return cd, reg


# %% right: noise added in place, numbers returned
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real.add_(noise).clamp_(min=-1.0, max=1.0)
    with torch.no_grad():
        fake = sample()
    optimizer.zero_grad()
    f_real = model(real)
    f_fake = model(fake)
    cd_loss = contrastive_divergence_loss(f_real, f_fake)
    reg_loss = regularization_loss(f_real, f_fake)
    total = cd_loss + reg_loss
    total.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.item(), reg_loss.item()


# %% right: the norm by hand
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real = (real + noise).clip(-1, 1)
    fake = sample().detach().clone()
    f_real, f_fake = model(real), model(fake)
    losses = contrastive_divergence_loss(f_real, f_fake), regularization_loss(f_real, f_fake)
    for p in model.parameters():
        p.grad = None
    sum(losses).backward()
    norm = torch.sqrt(sum((p.grad**2).sum() for p in model.parameters()))
    if norm > 0.1:
        for p in model.parameters():
            p.grad.mul_(0.1 / norm)
    optimizer.step()
    return losses


# %% wrong: samples not detached, from: as the text says
-    fake = sample().detach()
+    fake = sample()


# %% wrong: no noise on the real images, from: as the text says
-    real = (real + noise).clamp(-1, 1)
+    real = real


# %% wrong: no noise on the real images, from: as the text says
# not in place
-    real = (real + noise).clamp(-1, 1)
+    real.add(noise).clamp(-1, 1)


# %% wrong: noisy images not cut to [-1, 1], from: as the text says
-    real = (real + noise).clamp(-1, 1)
+    real = real + noise


# %% wrong: no clipping, from: as the text says
-    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)


# %% wrong: no clipping, from: as the text says
# too late
     (cd_loss + reg_loss).backward()
+    optimizer.step()

-    optimizer.step()


# %% wrong: clipped in the wrong way, from: as the text says
-    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
+    torch.nn.utils.clip_grad_value_(model.parameters(), 0.1)


# %% wrong: clipped in the wrong way, from: as the text says
# always of length 0.1
-    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
+    for p in model.parameters():
+        p.grad = 0.1 * p.grad / p.grad.norm()


# %% wrong: stale gradients not zeroed, from: as the text says
-    optimizer.zero_grad()


# %% wrong: the regulariser left out, from: as the text says
-    (cd_loss + reg_loss).backward()
+    cd_loss.backward()


# %% wrong: real and fake swapped, from: as the text says
-    f_real, f_fake = model(real), model(fake)
+    f_fake, f_real = model(real), model(fake)


# %% wrong: uphill, from: as the text says
-    (cd_loss + reg_loss).backward()
+    (-cd_loss - reg_loss).backward()


# %% wrong: the weights do not move, from: as the text says
# no step
-    optimizer.step()


# %% wrong: a loss without a graph, from: as the text says
-    cd_loss = contrastive_divergence_loss(f_real, f_fake)
-    reg_loss = regularization_loss(f_real, f_fake)
+    cd_loss = contrastive_divergence_loss(f_real, f_fake).detach()
+    reg_loss = regularization_loss(f_real, f_fake).detach()


# %% raised, from: as the text says
# one number is returned
-    return cd_loss.detach(), reg_loss.detach()
+    return (cd_loss + reg_loss).detach()


# %% wrong: -, from: as the text says
# both losses of the whole batch
-    f_real, f_fake = model(real), model(fake)
+    both = model(torch.cat([real, fake]))
+    f_real, f_fake = both, both


# %% wrong: the weights do not move, from: as the text says
# cleared between backward and step
     (cd_loss + reg_loss).backward()
+    optimizer.zero_grad()


# %% wrong: each parameter clipped on its own, from: as the text says
-    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
+    for p in model.parameters():
+        torch.nn.utils.clip_grad_norm_(p, 0.1)


# %% wrong: noise on the samples, from: as the text says
# as well
-    fake = sample().detach()
+    fake = sample().detach() + noise


# %% wrong: only one side pushes, from: as the text says
-    f_real, f_fake = model(real), model(fake)
+    f_real, f_fake = model(real), model(fake).detach()


# %% wrong: the contrastive loss left out, from: as the text says
-    (cd_loss + reg_loss).backward()
+    reg_loss.backward()


# %% wrong: the losses after the update, from: as the text says
     optimizer.step()
+    f_real, f_fake = model(real), model(fake)
+    cd_loss = contrastive_divergence_loss(f_real, f_fake)
+    reg_loss = regularization_loss(f_real, f_fake)


# %% wrong: the two losses swapped, from: as the text says
-    return cd_loss.detach(), reg_loss.detach()
+    return reg_loss.detach(), cd_loss.detach()


# %% wrong: -, from: as the text says
# noise of its own
-    real = (real + noise).clamp(-1, 1)
+    real = (real + 0.005 * torch.randn_like(real)).clamp(-1, 1)


# %% wrong: -, from: as the text says
# half the sum
-    (cd_loss + reg_loss).backward()
+    (0.5 * (cd_loss + reg_loss)).backward()


# %% right: the losses with their graphs, from: as the text says
-    return cd_loss.detach(), reg_loss.detach()
+    return cd_loss, reg_loss


# %% raised, from: as the text says
-    cd_loss = contrastive_divergence_loss(f_real, f_fake)
+    cd_loss = contrastive_divergence_loss(f_real)


# %% raised, from: as the text says
# sample takes no argument
-    fake = sample().detach()
+    fake = sample(len(real)).detach()


# %% not attempted
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    # YOUR CODE HERE
    raise NotImplementedError()
