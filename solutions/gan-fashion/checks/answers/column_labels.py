# %% right: repeat
def column_labels(rows, classes=10):
    return torch.arange(classes).repeat(rows)


# %% right: a remainder
def column_labels(rows, classes=10):
    return torch.arange(rows * classes) % classes


# %% right: expand
def column_labels(rows, classes=10):
    return torch.arange(classes).expand(rows, classes).reshape(-1)


# %% right: a list
def column_labels(rows, classes=10):
    return torch.tensor(list(range(classes)) * rows)


# %% wrong: one row for each class
def column_labels(rows, classes=10):
    return torch.arange(classes).repeat_interleave(rows)


# %% wrong: one row for each class
def column_labels(rows, classes=10):
    return torch.tensor([k for k in range(classes) for _ in range(rows)])


# %% wrong: ten classes, whatever is asked for
def column_labels(rows, classes=10):
    return torch.arange(10).repeat(rows)


# %% wrong: labels counted from 1
def column_labels(rows, classes=10):
    return torch.arange(1, classes + 1).repeat(rows)


# %% wrong: one row only
def column_labels(rows, classes=10):
    return torch.arange(classes)


# %% wrong: labels that are not whole numbers
# floats
def column_labels(rows, classes=10):
    return torch.linspace(0, classes - 1, classes).repeat(rows)


# %% wrong: -
# random labels
def column_labels(rows, classes=10):
    return torch.randint(classes, (rows * classes,))


# %% wrong: a table of labels
# a table
def column_labels(rows, classes=10):
    return torch.arange(classes).repeat(rows, 1)


# %% raised
def column_labels(rows, classes=10):
    return torch.arange(classes).repeat(rows / 1)


# %% wrong: -
# from the last class to the first
def column_labels(rows, classes=10):
    return torch.arange(classes).flip(0).repeat(rows)


# %% wrong: -
# a remainder of the wrong number
def column_labels(rows, classes=10):
    return torch.arange(rows * classes) % rows


# %% not attempted
def column_labels(rows, classes=10):
    # YOUR CODE HERE
    raise NotImplementedError()
