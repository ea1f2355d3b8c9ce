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


# %% wrong: samples not detached
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real = (real + noise).clamp(-1, 1)
    fake = sample()
    f_real, f_fake = model(real), model(fake)
    cd_loss = contrastive_divergence_loss(f_real, f_fake)
    reg_loss = regularization_loss(f_real, f_fake)
    optimizer.zero_grad()
    (cd_loss + reg_loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: no noise on the real images
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real = real
    fake = sample().detach()
    f_real, f_fake = model(real), model(fake)
    cd_loss = contrastive_divergence_loss(f_real, f_fake)
    reg_loss = regularization_loss(f_real, f_fake)
    optimizer.zero_grad()
    (cd_loss + reg_loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: no noise on the real images
# not in place
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real.add(noise).clamp(-1, 1)
    fake = sample().detach()
    f_real, f_fake = model(real), model(fake)
    cd_loss = contrastive_divergence_loss(f_real, f_fake)
    reg_loss = regularization_loss(f_real, f_fake)
    optimizer.zero_grad()
    (cd_loss + reg_loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: noisy images not cut to [-1, 1]
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real = real + noise
    fake = sample().detach()
    f_real, f_fake = model(real), model(fake)
    cd_loss = contrastive_divergence_loss(f_real, f_fake)
    reg_loss = regularization_loss(f_real, f_fake)
    optimizer.zero_grad()
    (cd_loss + reg_loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: no clipping
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
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: no clipping
# too late
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
    optimizer.step()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: clipped in another way
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
    torch.nn.utils.clip_grad_value_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: clipped in another way
# always of length 0.1
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
    for p in model.parameters():
        p.grad = 0.1 * p.grad / p.grad.norm()
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: stale gradients not zeroed
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real = (real + noise).clamp(-1, 1)
    fake = sample().detach()
    f_real, f_fake = model(real), model(fake)
    cd_loss = contrastive_divergence_loss(f_real, f_fake)
    reg_loss = regularization_loss(f_real, f_fake)
    (cd_loss + reg_loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: the regulariser left out
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real = (real + noise).clamp(-1, 1)
    fake = sample().detach()
    f_real, f_fake = model(real), model(fake)
    cd_loss = contrastive_divergence_loss(f_real, f_fake)
    reg_loss = regularization_loss(f_real, f_fake)
    optimizer.zero_grad()
    cd_loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: real and fake swapped
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real = (real + noise).clamp(-1, 1)
    fake = sample().detach()
    f_fake, f_real = model(real), model(fake)
    cd_loss = contrastive_divergence_loss(f_real, f_fake)
    reg_loss = regularization_loss(f_real, f_fake)
    optimizer.zero_grad()
    (cd_loss + reg_loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: uphill
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real = (real + noise).clamp(-1, 1)
    fake = sample().detach()
    f_real, f_fake = model(real), model(fake)
    cd_loss = contrastive_divergence_loss(f_real, f_fake)
    reg_loss = regularization_loss(f_real, f_fake)
    optimizer.zero_grad()
    (-cd_loss - reg_loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: -
# no step
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
    return cd_loss.detach(), reg_loss.detach()


# %% wrong: -
# one number is returned
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
    return (cd_loss + reg_loss).detach()


# %% wrong: -
# both losses of the whole batch
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real = (real + noise).clamp(-1, 1)
    fake = sample().detach()
    both = model(torch.cat([real, fake]))
    f_real, f_fake = both, both
    cd_loss = contrastive_divergence_loss(f_real, f_fake)
    reg_loss = regularization_loss(f_real, f_fake)
    optimizer.zero_grad()
    (cd_loss + reg_loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% raised
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real = (real + noise).clamp(-1, 1)
    fake = sample().detach()
    f_real, f_fake = model(real), model(fake)
    cd_loss = contrastive_divergence_loss(f_real)
    reg_loss = regularization_loss(f_real, f_fake)
    optimizer.zero_grad()
    (cd_loss + reg_loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% raised
# sample takes no argument
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    real = (real + noise).clamp(-1, 1)
    fake = sample(len(real)).detach()
    f_real, f_fake = model(real), model(fake)
    cd_loss = contrastive_divergence_loss(f_real, f_fake)
    reg_loss = regularization_loss(f_real, f_fake)
    optimizer.zero_grad()
    (cd_loss + reg_loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return cd_loss.detach(), reg_loss.detach()


# %% not attempted
def ebm_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    # YOUR CODE HERE
    raise NotImplementedError()
