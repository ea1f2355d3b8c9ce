# %% right: detach, zero_grad before each backward
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        D_solver.zero_grad()
        logits_real = D(real)
        fake = G(noise(real.shape[0])).detach()
        d_loss = discriminator_loss(logits_real, D(fake))
        d_loss.backward()
        D_solver.step()

    G_solver.zero_grad()
    fake = G(noise(real.shape[0]))
    g_loss = generator_loss(D(fake))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% right: the fakes under no_grad, images again, numbers returned
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    n = len(real)
    for i in range(k):
        with torch.no_grad():
            fake_images = G(noise(n))
        loss_d = discriminator_loss(D(real), D(fake_images.view(n, 1, 28, 28)))
        D_solver.zero_grad()
        loss_d.backward()
        D_solver.step()
    fake_images = G(noise(n)).view(n, 1, 28, 28)
    loss_g = generator_loss(D(fake_images))
    G_solver.zero_grad()
    loss_g.backward()
    G_solver.step()
    return loss_d.item(), loss_g.item()


# %% right: model.zero_grad of both, before everything
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    batch_size = real.size(0)
    for _ in range(k):
        D.zero_grad()
        G.zero_grad()
        z = noise(batch_size)
        d_error = discriminator_loss(D(real), D(G(z).detach()))
        d_error.backward()
        D_solver.step()
    D.zero_grad()
    G.zero_grad()
    g_error = generator_loss(D(G(noise(batch_size))))
    g_error.backward()
    G_solver.step()
    return d_error.detach(), g_error.detach()


# %% right: requires_grad switched off and on
def _learns(net, flag):
    for p in net.parameters():
        p.requires_grad_(flag)


def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    _learns(G, False)
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise(len(real)))))
        d_loss.backward()
        D_solver.step()
    _learns(G, True)

    _learns(D, False)
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    _learns(D, True)
    return d_loss, g_loss


# %% right: everything cleared after each step
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    def clear():
        D_solver.zero_grad(set_to_none=False)
        G_solver.zero_grad(set_to_none=False)

    for step in range(k):
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
        D_solver.step()
        clear()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    clear()
    return d_loss, g_loss


# %% right: one batch of noise for the whole step
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    z = noise(real.shape[0])
    fake = G(z)
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(fake.detach()))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(fake))
    g_loss.backward()
    G_solver.step()
    return [d_loss, g_loss]


# %% right: gradients of the discriminator's parameters alone
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        d_loss = discriminator_loss(D(real), D(G(noise(len(real)))))
        D_solver.zero_grad()
        d_loss.backward(inputs=list(D.parameters()))
        D_solver.step()
    g_loss = generator_loss(D(G(noise(len(real)))))
    G_solver.zero_grad()
    g_loss.backward(inputs=list(G.parameters()))
    G_solver.step()
    return d_loss, g_loss


# %% right: real and fake in one batch
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    n = real.shape[0]
    D_solver.zero_grad()
    for _ in range(k):
        fake = G(noise(n)).detach().reshape(real.shape)
        logits = D(torch.cat([real, fake]))
        d_loss = discriminator_loss(logits[:n], logits[n:])
        d_loss.backward()
        D_solver.step()
        D_solver.zero_grad()
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(n))))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% right: forward, functional_call and keywords instead of plain calls
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    fixed = {name: parameter.detach() for name, parameter in G.named_parameters()}
    for _ in range(k):
        fake = torch.func.functional_call(G, fixed, (noise(len(real)),))
        D_solver.zero_grad()
        d_loss = discriminator_loss(D.forward(real), D(x=fake))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(nn.Sequential(G, D)(noise(len(real))))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: missing detach
# the generator called by its forward
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        fake = G.forward(noise(len(real)))
        D_solver.zero_grad()
        d_loss = discriminator_loss(D.forward(real), D.forward(fake))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D.forward(G.forward(z=noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: missing detach
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        D_solver.zero_grad()
        fake = G(noise(len(real)))
        d_loss = discriminator_loss(D(real), D(fake))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: missing detach
# and the generator is never cleared
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    n = real.shape[0]
    for _ in range(k):
        D.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise(n))))
        d_loss.backward()
        D_solver.step()
    g_loss = generator_loss(D(G(noise(n))))
    g_loss.backward()
    G_solver.step()
    return d_loss.item(), g_loss.item()


# %% wrong: missing detach
# the graph of the fakes is gone when the generator wants it
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    fake = G(noise(len(real)))
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(fake))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(fake))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: missing detach
# kept alive with retain_graph
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    fake = G(noise(len(real)))
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(fake))
        d_loss.backward(retain_graph=True)
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(fake))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: the generator never moves
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        D_solver.zero_grad()
        fake_images = G(noise(len(real))).detach()
        d_loss = discriminator_loss(D(real), D(fake_images))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(fake_images))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: the generator never moves
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    def fakes():
        with torch.no_grad():
            return G(noise(len(real)))

    for _ in range(k):
        d_loss = discriminator_loss(D(real), D(fakes()))
        D_solver.zero_grad()
        d_loss.backward()
        D_solver.step()
    g_loss = generator_loss(D(fakes()))
    G_solver.zero_grad()
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: the generator updated first
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
        D_solver.step()
    return d_loss, g_loss


# %% wrong: the generator updated first
# cleared after each step
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    G_solver.zero_grad()
    D_solver.zero_grad()
    for _ in range(k):
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
        D_solver.step()
        D_solver.zero_grad()
    return d_loss.item(), g_loss.item()


# %% wrong: both updated from the old discriminator
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
        D_solver.step()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: both updated from the old discriminator
# the discriminator has moved under the generator's graph
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    fake = G(noise(len(real)))
    g_loss = generator_loss(D(fake))
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(fake.detach()))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: stale gradients not zeroed
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
        D_solver.step()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: stale gradients not zeroed
# the generator's loss leaves its gradient in the discriminator
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
        D_solver.step()
        D_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    G_solver.zero_grad()
    return d_loss, g_loss


# %% wrong: stale gradients not zeroed
# cleared once, in front of the k updates
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    D_solver.zero_grad()
    G_solver.zero_grad()
    for _ in range(k):
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
        D_solver.step()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: stale gradients not zeroed
# G's gradients are cleared in the wrong solver
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
        D_solver.step()
    D_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: a batch size baked in
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    batch_size = 128
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise(batch_size)).detach()))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(batch_size))))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: k ignored
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    D_solver.zero_grad()
    fake = G(noise(len(real))).detach()
    d_loss = discriminator_loss(D(real), D(fake))
    d_loss.backward()
    D_solver.step()

    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: the generator moves k times too
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
        D_solver.step()

        G_solver.zero_grad()
        g_loss = generator_loss(D(G(noise(len(real)))))
        g_loss.backward()
        G_solver.step()
    return d_loss, g_loss


# %% wrong: not the loss of the last update
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    total = 0.0
    for _ in range(k):
        fake = G(noise(len(real))).detach()
        D_solver.zero_grad()
        loss = discriminator_loss(D(real), D(fake))
        loss.backward()
        D_solver.step()
        total += loss.item()
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    return total, g_loss.item()


# %% wrong: not the loss of the last update, from: detach, zero_grad before each backward
# the first one
-    for _ in range(k):
+    first = None
+    for _ in range(k):

-        d_loss.backward()
+        first = d_loss if first is None else first
+        d_loss.backward()

-    return d_loss, g_loss
+    return first, g_loss


# %% wrong: not the loss of the last update, from: detach, zero_grad before each backward
# their mean
-    for _ in range(k):
+    told = 0
+    for _ in range(k):

-        d_loss.backward()
+        told = told + d_loss.detach() / k
+        d_loss.backward()

-    return d_loss, g_loss
+    return told, g_loss


# %% right: the fakes of D's last update serve G as well
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        fake = G(noise(len(real)))
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(fake.detach()))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(fake))
    g_loss.backward()
    G_solver.step()
    return d_loss.detach(), g_loss.detach()


# %% wrong: losses returned in the wrong order
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    n = len(real)
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise(n)).detach()))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(n))))
    g_loss.backward()
    G_solver.step()
    return g_loss.item(), d_loss.item()


# %% wrong: the generator never moves
# no update at all
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
        D_solver.step()
    with torch.no_grad():
        g_loss = generator_loss(D(G(noise(len(real)))))
    return d_loss, g_loss


# %% wrong: -
# the generator's loss moves the discriminator
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
        D_solver.step()
    D_solver.zero_grad()
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    D_solver.step()
    return d_loss, g_loss


# %% wrong: real and fake swapped
# real and fake swapped
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(G(noise(len(real))).detach()), D(real))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: returns None
# nothing is returned
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()


# %% wrong: no step
# no step
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise(len(real))).detach()))
        d_loss.backward()
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    return d_loss, g_loss


# %% raised
# noise is a function
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    for _ in range(k):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(G(noise).detach()))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise)))
    g_loss.backward()
    G_solver.step()
    return d_loss, g_loss


# %% wrong: the generator's loss moves the discriminator, from: detach, zero_grad before each backward
# the wrong solver steps
-    G_solver.step()
+    D_solver.step()


# %% wrong: -, from: detach, zero_grad before each backward
# every other image
-        logits_real = D(real)
+        logits_real = D(real[::2])


# %% wrong: -, from: detach, zero_grad before each backward
# the discriminator steps twice with each gradient
-        D_solver.step()
+        D_solver.step()
+        D_solver.step()


# %% not attempted
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: gradients cleared before the step
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    n = real.shape[0]
    for i in range(k):
        d_loss = discriminator_loss(D(real), D(G(noise(n)).detach()))
        d_loss.backward()
        D_solver.zero_grad()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(n))))
    g_loss.backward()
    G_solver.step()
    return d_loss.detach(), g_loss.detach()


# %% wrong: a loss without a graph
# a generator whose no_grad is left on while it waits
def gan_step(D, G, D_solver, G_solver, discriminator_loss, generator_loss, real, noise, k=1):
    def batches():
        while True:
            with torch.no_grad():
                yield G(noise(len(real)))

    for _, fake in zip(range(k), batches()):
        D_solver.zero_grad()
        d_loss = discriminator_loss(D(real), D(fake))
        d_loss.backward()
        D_solver.step()
    G_solver.zero_grad()
    g_loss = generator_loss(D(G(noise(len(real)))))
    g_loss.backward()
    G_solver.step()
    return d_loss.detach(), g_loss.detach()
