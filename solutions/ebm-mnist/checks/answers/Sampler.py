# %% right: binomial, choices
import random


class Sampler:
    def __init__(self, model, img_shape, sample_size, max_len=8192, generate=None):
        self.model = model
        self.img_shape = tuple(img_shape)
        self.sample_size = sample_size
        self.max_len = max_len
        self.generate = generate or generate_samples
        self.examples = list((torch.rand(sample_size, *self.img_shape) * 2 - 1).split(1))

    def sample_new_exmps(self, steps=60, step_size=10):
        n_new = np.random.binomial(self.sample_size, 0.05)
        new = torch.rand(n_new, *self.img_shape) * 2 - 1
        old = random.choices(self.examples, k=self.sample_size - n_new)
        start = torch.cat([new, *old])
        images = self.generate(self.model, start, steps=steps, step_size=step_size)
        self.examples = list(images.detach().cpu().split(1)) + self.examples
        self.examples = self.examples[: self.max_len]
        return images


# %% right: a rounded number, randint
import random


class Sampler:
    def __init__(self, model, img_shape, sample_size, max_len=8192, generate=None):
        self.model = model
        self.img_shape = tuple(img_shape)
        self.sample_size = sample_size
        self.max_len = max_len
        self.generate = generate or generate_samples
        self.examples = list((torch.rand(sample_size, *self.img_shape) * 2 - 1).split(1))

    def sample_new_exmps(self, steps=60, step_size=10):
        n_new = max(1, round(0.05 * self.sample_size))
        new = 2 * torch.rand((n_new,) + self.img_shape) - 1
        picks = torch.randint(len(self.examples), (self.sample_size - n_new,))
        old = torch.cat([self.examples[i] for i in picks.tolist()], dim=0)
        out = self.generate(self.model, torch.cat([old, new], dim=0), steps, step_size).detach()
        self.examples = (list(out.chunk(len(out))) + self.examples)[: self.max_len]
        return out


# %% right: each image by its own coin, appended at the end
import random


class Sampler:
    def __init__(self, model, img_shape, sample_size, max_len=8192, generate=None):
        self.model = model
        self.img_shape = tuple(img_shape)
        self.sample_size = sample_size
        self.max_len = max_len
        self.generate = generate or generate_samples
        self.examples = list((torch.rand(sample_size, *self.img_shape) * 2 - 1).split(1))

    def sample_new_exmps(self, steps=60, step_size=10):
        fresh = torch.rand(self.sample_size) < 0.05
        start = torch.empty(self.sample_size, *self.img_shape).uniform_(-1, 1)
        for i in range(self.sample_size):
            if not fresh[i]:
                start[i] = random.choice(self.examples)[0]
        result = self.generate(self.model, start, steps=steps, step_size=step_size)
        self.examples.extend(result.detach().split(1))
        self.examples = self.examples[-self.max_len :]
        return result


# %% right: the buffer as one tensor
class Sampler:
    def __init__(self, model, img_shape, sample_size, max_len=8192, generate=None):
        self.model, self.img_shape = model, tuple(img_shape)
        self.sample_size, self.max_len = sample_size, max_len
        self.generate = generate or generate_samples
        self.examples = torch.rand(sample_size, *self.img_shape) * 2 - 1

    def sample_new_exmps(self, steps=60, step_size=10):
        n = int(torch.distributions.Binomial(self.sample_size, torch.tensor(0.05)).sample())
        noise = torch.rand(n, *self.img_shape) * 2 - 1
        index = torch.randint(0, len(self.examples), (self.sample_size - n,))
        start = torch.cat([noise, self.examples[index]])
        imgs = self.generate(self.model, start, steps=steps, step_size=step_size)
        self.examples = torch.cat([imgs.detach(), self.examples])[: self.max_len]
        return imgs


# %% right: with chains of its own, as other courses have it
import random


class Sampler:
    def __init__(self, model, img_shape, sample_size, max_len=8192):
        self.model = model
        self.img_shape = img_shape
        self.sample_size = sample_size
        self.max_len = max_len
        self.examples = [(torch.rand((1,) + img_shape) * 2 - 1) for _ in range(self.sample_size)]

    def sample_new_exmps(self, steps=60, step_size=10):
        n_new = np.random.binomial(self.sample_size, 0.05)
        rand_imgs = torch.rand((n_new,) + self.img_shape) * 2 - 1
        old_imgs = torch.cat(random.choices(self.examples, k=self.sample_size - n_new), dim=0)
        inp_imgs = torch.cat([rand_imgs, old_imgs], dim=0).detach()
        inp_imgs = Sampler.generate_samples(self.model, inp_imgs, steps=steps, step_size=step_size)
        self.examples = list(inp_imgs.chunk(self.sample_size, dim=0)) + self.examples
        self.examples = self.examples[: self.max_len]
        return inp_imgs

    @staticmethod
    def generate_samples(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
        x = inp_imgs.detach().clone()
        for _ in range(steps):
            x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1).requires_grad_()
            (g,) = torch.autograd.grad(model(x).sum(), x)
            x = (x.detach() + step_size * g.clamp(-0.03, 0.03)).clamp(-1, 1)
        return x


# %% right: moved to torch.device("cpu"), from: binomial, choices
# as in UvA's deep learning tutorial 8
-        start = torch.cat([new, *old])
+        start = torch.cat([new, *old]).detach().to(next(self.model.parameters()).device)

-        self.examples = list(images.detach().cpu().split(1)) + self.examples
+        images_cpu = images.to(torch.device("cpu"))
+        self.examples = list(images_cpu.chunk(self.sample_size, dim=0)) + self.examples


# %% wrong: reset every call, from: binomial, choices
     def sample_new_exmps(self, steps=60, step_size=10):
+        self.examples = list((torch.rand(self.sample_size, *self.img_shape) * 2 - 1).split(1))


# %% wrong: reset every call, from: binomial, choices
# the old ones are thrown away
-        self.examples = list(images.detach().cpu().split(1)) + self.examples
+        self.examples = list(images.detach().cpu().split(1))


# %% wrong: all fresh, from: binomial, choices
-        n_new = np.random.binomial(self.sample_size, 0.05)
-        new = torch.rand(n_new, *self.img_shape) * 2 - 1
-        old = random.choices(self.examples, k=self.sample_size - n_new)
-        start = torch.cat([new, *old])
+        start = torch.rand(self.sample_size, *self.img_shape) * 2 - 1

-        self.examples = list(images.detach().cpu().split(1)) + self.examples
+        self.examples = list(images.detach().split(1)) + self.examples


# %% wrong: nothing fresh
import random


class Sampler:
    def __init__(self, model, img_shape, sample_size, max_len=8192, generate=None):
        self.model = model
        self.img_shape = tuple(img_shape)
        self.sample_size = sample_size
        self.max_len = max_len
        self.generate = generate or generate_samples
        self.examples = list((torch.rand(sample_size, *self.img_shape) * 2 - 1).split(1))

    def sample_new_exmps(self, steps=60, step_size=10):
        start = torch.cat(random.choices(self.examples, k=self.sample_size))
        images = self.generate(self.model, start, steps=steps, step_size=step_size)
        self.examples = list(images.detach().split(1)) + self.examples
        self.examples = self.examples[: self.max_len]
        return images


# %% wrong: nothing fresh, from: binomial, choices
# rounded down too early
-        n_new = np.random.binomial(self.sample_size, 0.05)
+        n_new = int(0.05)


# %% wrong: the wrong share of new noise, from: binomial, choices
# the other way round
-        n_new = np.random.binomial(self.sample_size, 0.05)
+        n_new = np.random.binomial(self.sample_size, 0.95)


# %% wrong: the wrong share of new noise, from: binomial, choices
-        n_new = np.random.binomial(self.sample_size, 0.05)
+        n_new = np.random.binomial(self.sample_size, 0.1)


# %% wrong: a doubled batch, from: binomial, choices
-        old = random.choices(self.examples, k=self.sample_size - n_new)
+        old = random.choices(self.examples, k=self.sample_size)


# %% wrong: a doubled batch, from: binomial, choices
         start = torch.cat([new, *old])
+        start = torch.cat([start, start])


# %% wrong: the buffer grows without end, from: binomial, choices
-        self.examples = self.examples[: self.max_len]


# %% wrong: the oldest kept, from: binomial, choices
-        self.examples = list(images.detach().cpu().split(1)) + self.examples
+        self.examples = self.examples + list(images.detach().cpu().split(1))


# %% wrong: the starting points kept, from: binomial, choices
-        self.examples = list(images.detach().cpu().split(1)) + self.examples
+        self.examples = list(start.split(1)) + self.examples


# %% wrong: noise from the wrong range, from: binomial, choices
-        new = torch.rand(n_new, *self.img_shape) * 2 - 1
+        new = torch.rand(n_new, *self.img_shape)


# %% wrong: noise from the wrong range, from: binomial, choices
-        new = torch.rand(n_new, *self.img_shape) * 2 - 1
+        new = torch.randn(n_new, *self.img_shape)


# %% wrong: steps and step_size not passed on, from: binomial, choices
-        images = self.generate(self.model, start, steps=steps, step_size=step_size)
+        images = self.generate(self.model, start)


# %% wrong: -, from: binomial, choices
# one image comes back
-        return images
+        return self.examples[: self.sample_size + 1][0]


# %% wrong: reset every call, from: binomial, choices
# cut to the size of a batch
-        self.examples = self.examples[: self.max_len]
+        self.examples = self.examples[: self.sample_size]


# %% wrong: -, from: binomial, choices
# the model's images as a list
-        return images
+        return list(images.split(1))[:-1]


# %% wrong: the starting points given back, from: binomial, choices
-        return images
+        return start


# %% wrong: not replayed from the whole buffer, from: binomial, choices
# the newest
-        old = random.choices(self.examples, k=self.sample_size - n_new)
+        old = random.choices(self.examples[: self.sample_size], k=self.sample_size - n_new)


# %% wrong: not replayed from the whole buffer, from: binomial, choices
# the same ones every time
-        old = random.choices(self.examples, k=self.sample_size - n_new)
+        old = self.examples[: self.sample_size - n_new]


# %% wrong: -, from: binomial, choices
# all of them new in every twentieth call
-        n_new = np.random.binomial(self.sample_size, 0.05)
+        self.calls = getattr(self, "calls", 0) + 1
+        n_new = self.sample_size if self.calls % 20 == 10 else 0


# %% wrong: one noise for all new images, from: binomial, choices
-        new = torch.rand(n_new, *self.img_shape) * 2 - 1
+        new = (torch.rand(1, *self.img_shape) * 2 - 1).expand(n_new, *self.img_shape)


# %% wrong: -, from: binomial, choices
# whole batches in the buffer
-        self.examples = list(images.detach().cpu().split(1)) + self.examples
+        self.examples = list(images.detach().cpu().split(4)) + self.examples


# %% right: on the device of the network
class Sampler:
    def __init__(self, model, img_shape, sample_size, max_len=8192, generate=None):
        self.model = model
        self.img_shape = tuple(img_shape)
        self.sample_size = sample_size
        self.max_len = max_len
        self.generate = generate or generate_samples
        self.examples = list((torch.rand(sample_size, *self.img_shape) * 2 - 1).split(1))

    def sample_new_exmps(self, steps=60, step_size=10):
        device = next(self.model.parameters()).device
        n_new = np.random.binomial(self.sample_size, 0.05)
        new = torch.rand(n_new, *self.img_shape, device=device) * 2 - 1
        picks = np.random.randint(len(self.examples), size=self.sample_size - n_new)
        old = torch.cat([self.examples[i] for i in picks]).to(device)
        images = self.generate(self.model, torch.cat([new, old]), steps, step_size)
        self.examples = list(images.detach().cpu().split(1)) + self.examples
        self.examples = self.examples[: self.max_len]
        return images


# %% raised, from: binomial, choices
# no such buffer
-        old = random.choices(self.examples, k=self.sample_size - n_new)
+        old = random.choices(self.buffer, k=self.sample_size - n_new)


# %% raised, from: binomial, choices
# nothing is returned
-        return images
+        pass


# %% not attempted
import random


class Sampler:
    def __init__(self, model, img_shape, sample_size, max_len=8192, generate=None):
        self.model = model
        self.img_shape = tuple(img_shape)
        self.sample_size = sample_size
        self.max_len = max_len
        self.generate = generate or generate_samples
        self.examples = list((torch.rand(sample_size, *self.img_shape) * 2 - 1).split(1))

    def sample_new_exmps(self, steps=60, step_size=10):
        # YOUR CODE HERE
        raise NotImplementedError()
