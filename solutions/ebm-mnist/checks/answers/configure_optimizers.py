# %% right: Adam and StepLR
def configure_optimizers(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.0, 0.999))
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.97)
    return optimizer, scheduler


# %% right: two lists, as Lightning wants them
def configure_optimizers(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.0001, betas=(0.0, 0.999))
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.97)
    return [optimizer], [scheduler]


# %% right: ExponentialLR
def configure_optimizers(model):
    opt = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.0, 0.999))
    return opt, torch.optim.lr_scheduler.ExponentialLR(opt, 0.97)


# %% right: LambdaLR
def configure_optimizers(model):
    opt = torch.optim.Adam([{"params": list(model.parameters()), "lr": 1e-4}], betas=(0.0, 0.999))
    return opt, torch.optim.lr_scheduler.LambdaLR(opt, lambda epoch: 0.97**epoch)


# %% wrong: betas left at their default
def configure_optimizers(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.97)


# %% wrong: the betas of a GAN
def configure_optimizers(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.5, 0.999))
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.97)


# %% wrong: the wrong learning rate
def configure_optimizers(model):
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.0, 0.999))
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.97)


# %% wrong: no schedule
# the learning rate never changes
def configure_optimizers(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.0, 0.999))
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 97)


# %% wrong: the wrong decay
# gamma left at its default
def configure_optimizers(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.0, 0.999))
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1)


# %% wrong: plain gradient descent
def configure_optimizers(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.97)


# %% wrong: weight decay, from: Adam and StepLR
-    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.0, 0.999))
+    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.0, 0.999))


# %% wrong: the wrong beta2, from: Adam and StepLR
-    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.0, 0.999))
+    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.0, 0.9))


# %% wrong: -
# another algorithm
def configure_optimizers(model):
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-4)
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.97)


# %% wrong: -
# strong weight decay
def configure_optimizers(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.0, 0.999), weight_decay=10.0)
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.97)


# %% wrong: the betas swapped
def configure_optimizers(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.999, 0.0))
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.97)


# %% wrong: -, from: Adam and StepLR
# decay by the square
-    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.97)
+    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.97**2)


# %% raised
# no scheduler
def configure_optimizers(model):
    return torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.0, 0.999))


# %% wrong: returns None, from: Adam and StepLR
# nothing is returned
-    return optimizer, scheduler


# %% wrong: AMSGrad for Adam
def configure_optimizers(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.0, 0.999), amsgrad=True)
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.97)


# %% not attempted
def configure_optimizers(model):
    # YOUR CODE HERE
    raise NotImplementedError()
