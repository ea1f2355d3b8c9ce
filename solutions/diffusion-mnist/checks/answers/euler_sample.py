# %% right: a loop
@torch.no_grad()
def euler_sample(model, x, steps):
    for k in range(steps):
        t = torch.full((len(x),), k / steps, device=x.device)
        x = x + model(x, t) / steps
    return x


# %% right: a grid of times
@torch.no_grad()
def euler_sample(model, x, steps):
    times = torch.linspace(0, 1, steps + 1)
    for now, then in zip(times[:-1], times[1:]):
        x = x + (then - now) * model(x, now.expand(x.shape[0]))
    return x


# %% right: a list of all points
def euler_sample(model, x, steps):
    dt, way = 1.0 / steps, [x]
    with torch.no_grad():
        for i in range(steps):
            t = torch.ones(x.shape[0]) * i * dt
            way.append(way[-1] + dt * model(way[-1], t))
    return way


# %% right: all points in one tensor
@torch.no_grad()
def euler_sample(model, x, steps):
    way = [x.clone()]
    t = torch.zeros(x.size(0))
    for _ in range(steps):
        x = x + model(x, t) * (1 / steps)
        t = t + 1 / steps
        way.append(x.clone())
    return torch.stack(way)


# %% right: in place on a clone, the mode put back
def euler_sample(model, x, steps):
    training = model.training
    model.eval()
    x = x.detach().clone()
    with torch.inference_mode():
        x = x.clone()
        for i in range(steps):
            x += model(x, torch.tensor([i / steps] * len(x))) / steps
    model.train(training)
    return x


# %% right: the point and the way
@torch.no_grad()
def euler_sample(model, x, steps):
    way = []
    for k in torch.arange(steps) / steps:
        x = torch.add(x, model(x, k.repeat(len(x))), alpha=1 / steps)
        way.append(x)
    return x, way


# %% right: detached in each step
def euler_sample(model, x, steps):
    for k in range(steps):
        x = (x + model(x, x.new_full((len(x),), k / steps)) / steps).detach()
    return x


# %% wrong: the network asked at the end, from: a loop
-        t = torch.full((len(x),), k / steps, device=x.device)
+        t = torch.full((len(x),), (k + 1) / steps, device=x.device)


# %% wrong: the network asked at the end
@torch.no_grad()
def euler_sample(model, x, steps):
    for t in torch.linspace(0, 1, steps):
        x = x + model(x, t.expand(len(x))) / steps
    return x


# %% wrong: steps of another length
@torch.no_grad()
def euler_sample(model, x, steps):
    times = torch.linspace(0, 1, steps)
    dt = times[1] - times[0] if steps > 1 else 1.0
    for t in times:
        x = x + dt * model(x, t.expand(len(x)))
    return x


# %% wrong: steps of another length, from: a loop
-        x = x + model(x, t) / steps
+        x = x + model(x, t)


# %% wrong: one step too many, from: a loop
-    for k in range(steps):
+    for k in range(steps + 1):


# %% wrong: one step too many
@torch.no_grad()
def euler_sample(model, x, steps):
    for t in torch.linspace(0, 1, steps + 1):
        x = x + model(x, t.expand(len(x))) / steps
    return x


# %% wrong: one step too few
@torch.no_grad()
def euler_sample(model, x, steps):
    times = torch.linspace(0, 1, steps)
    for now, then in zip(times, times[1:]):
        x = x + (then - now) * model(x, now.expand(len(x)))
    if steps == 1:
        x = x + model(x, torch.zeros(len(x)))
    return x


# %% wrong: one step too few, from: a loop
-    for k in range(steps):
+    for k in range(max(steps - 1, 1)):


# %% wrong: time runs the other way, from: a loop
-        t = torch.full((len(x),), k / steps, device=x.device)
-        x = x + model(x, t) / steps
+        t = torch.full((len(x),), 1 - k / steps, device=x.device)
+        x = x - model(x, t) / steps


# %% wrong: time runs the other way, from: a loop
-        t = torch.full((len(x),), k / steps, device=x.device)
+        t = torch.full((len(x),), 1 - k / steps, device=x.device)


# %% wrong: the sign of the velocity, from: a loop
-        x = x + model(x, t) / steps
+        x = x - model(x, t) / steps


# %% wrong: the time on another scale, from: a loop
-        t = torch.full((len(x),), k / steps, device=x.device)
+        t = torch.full((len(x),), k, device=x.device)


# %% wrong: the time on another scale, from: a loop
-        t = torch.full((len(x),), k / steps, device=x.device)
+        t = torch.full((len(x),), 1000 * k / steps, device=x.device)


# %% wrong: the time on another scale, from: a loop
-        t = torch.full((len(x),), k / steps, device=x.device)
+        t = torch.zeros(len(x))


# %% wrong: times of another shape, from: a loop
-        t = torch.full((len(x),), k / steps, device=x.device)
+        t = torch.tensor(k / steps)


# %% wrong: times of another shape, from: a loop
-        t = torch.full((len(x),), k / steps, device=x.device)
+        t = torch.full((len(x), 1), k / steps, device=x.device)


# %% wrong: another method than Euler's
@torch.no_grad()
def euler_sample(model, x, steps):
    h = 1 / steps
    for k in range(steps):
        t = torch.full((len(x),), k * h)
        first = model(x, t)
        second = model(x + h * first, t + h)
        x = x + h * (first + second) / 2
    return x


# %% wrong: another method than Euler's
@torch.no_grad()
def euler_sample(model, x, steps):
    h = 1 / steps
    for k in range(steps):
        t = torch.full((len(x),), k * h)
        x = x + h * model(x + h / 2 * model(x, t), t + h / 2)
    return x


# %% wrong: clamped or scaled at the end, from: a loop
-    return x
+    return x.clamp(-1, 1)


# %% wrong: the velocity instead of x
@torch.no_grad()
def euler_sample(model, x, steps):
    for k in range(steps):
        v = model(x, torch.full((len(x),), k / steps))
        x = x + v / steps
    return v


# %% wrong: graph kept alive, from: a loop
-@torch.no_grad()
 def euler_sample(model, x, steps):


# %% wrong: one step too many & graph kept alive, from: a loop
-@torch.no_grad()
 def euler_sample(model, x, steps):

-    for k in range(steps):
+    for k in range(steps + 1):


# %% wrong: modes not restored, from: in place on a clone, the mode put back
-    model.train(training)


# %% wrong: the caller's noise overwritten, from: a loop
-        x = x + model(x, t) / steps
+        x += model(x, t) / steps


# %% wrong: -
# with noise, as in a stochastic sampler
@torch.no_grad()
def euler_sample(model, x, steps):
    for k in range(steps):
        t = torch.full((len(x),), k / steps)
        x = x + model(x, t) / steps + 0.1 * torch.randn_like(x) / steps**0.5
    return x


# %% wrong: -
# a step of all that is left
@torch.no_grad()
def euler_sample(model, x, steps):
    for k in range(steps):
        t = torch.full((len(x),), k / steps)
        x = x + (1 - k / steps) * model(x, t)
    return x


# %% wrong: -, from: a grid of times
# short steps first
-    times = torch.linspace(0, 1, steps + 1)
+    times = torch.linspace(0, 1, steps + 1) ** 2


# %% raised
@torch.no_grad()
def euler_sample(model, x, steps):
    for t in torch.linspace(0, 1, steps + 1)[:-1]:
        x = x + model(x) / steps
    return x


# %% not attempted
def euler_sample(model, x, steps):
    # YOUR CODE HERE
    raise NotImplementedError()
