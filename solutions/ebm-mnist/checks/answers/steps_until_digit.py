# %% right: a loop
def steps_until_digit(confidence, threshold=0.9):
    T, N = confidence.shape
    first = torch.full((N,), math.inf)
    for n in range(N):
        for t in range(T):
            if confidence[t, n] >= threshold:
                first[n] = t + 1
                break
    return first


# %% right: argmax of the comparison
def steps_until_digit(confidence, threshold=0.9):
    sure = confidence >= threshold
    step = sure.int().argmax(dim=0).float() + 1
    return torch.where(sure.any(dim=0), step, torch.tensor(math.inf))


# %% right: smallest of the steps
def steps_until_digit(confidence, threshold=0.9):
    steps = torch.arange(1, len(confidence) + 1).float().unsqueeze(1).expand_as(confidence)
    return torch.where(confidence >= threshold, steps, float("inf")).min(dim=0).values


# %% right: NumPy
def steps_until_digit(confidence, threshold=0.9):
    sure = confidence.numpy() >= threshold
    steps = np.where(sure.any(axis=0), sure.argmax(axis=0) + 1.0, np.inf)
    return torch.from_numpy(steps)


# %% right: counting what came before
def steps_until_digit(confidence, threshold=0.9):
    seen = (confidence >= threshold).cumsum(0) > 0
    steps = (~seen).sum(0).float() + 1
    steps[~seen[-1]] = float("inf")
    return steps


# %% wrong: counted from 0, from: argmax of the comparison
-    step = sure.int().argmax(dim=0).float() + 1
+    step = sure.int().argmax(dim=0).float()


# %% wrong: the last step instead of the first, from: a loop
-                break


# %% wrong: how many steps, not which
def steps_until_digit(confidence, threshold=0.9):
    return (confidence >= threshold).sum(dim=0).float()


# %% wrong: the step of the largest confidence
def steps_until_digit(confidence, threshold=0.9):
    return confidence.argmax(dim=0).float() + 1


# %% wrong: along the wrong axis
def steps_until_digit(confidence, threshold=0.9):
    sure = confidence >= threshold
    step = sure.int().argmax(dim=1).float() + 1
    return torch.where(sure.any(dim=1), step, torch.tensor(math.inf))


# %% wrong: never taken for the first step
def steps_until_digit(confidence, threshold=0.9):
    return (confidence >= threshold).int().argmax(dim=0).float() + 1


# %% wrong: never taken for the first step
# zero where it never happens
def steps_until_digit(confidence, threshold=0.9):
    T, N = confidence.shape
    first = torch.zeros(N)
    for n in range(N):
        for t in range(T):
            if confidence[t, n] >= threshold and first[n] == 0:
                first[n] = t + 1
    return first


# %% wrong: never taken for the last step
def steps_until_digit(confidence, threshold=0.9):
    reached = confidence >= threshold
    first = reached.int().argmax(0).float() + 1
    return torch.where(reached.any(0), first, torch.tensor(float(len(confidence))))


# %% wrong: never taken for the last step
# one more than there are
def steps_until_digit(confidence, threshold=0.9):
    return ((confidence >= threshold).cumsum(0) == 0).sum(0).float() + 1


# %% wrong: the caller's tensor overwritten, from: argmax of the comparison
-    sure = confidence >= threshold
+    confidence[confidence < threshold] = 0
+    sure = confidence > 0


# %% wrong: -
# one number for all
def steps_until_digit(confidence, threshold=0.9):
    sure = (confidence >= threshold).any(dim=1)
    return sure.int().argmax().float() + 1


# %% wrong: -
# below the threshold
def steps_until_digit(confidence, threshold=0.9):
    low = confidence <= threshold
    return low.int().argmax(dim=0).float() + 1


# %% wrong: -
# whether, not when
def steps_until_digit(confidence, threshold=0.9):
    return (confidence >= threshold).any(dim=0).float()


# %% wrong: above the threshold, not at it
def steps_until_digit(confidence, threshold=0.9):
    sure = confidence > threshold
    first = sure.int().argmax(dim=0) + 1.0
    return torch.where(sure.any(dim=0), first, torch.tensor(math.inf))


# %% wrong: the threshold fixed at 0.9
def steps_until_digit(confidence, threshold=0.9):
    sure = confidence >= 0.9
    first = sure.int().argmax(dim=0) + 1.0
    return torch.where(sure.any(dim=0), first, torch.tensor(math.inf))


# %% raised
def steps_until_digit(confidence, threshold=0.9):
    return [confidence[:, n].index(threshold) for n in range(confidence.shape[1])]


# %% not attempted
def steps_until_digit(confidence, threshold=0.9):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong: the steps below the threshold counted
def steps_until_digit(confidence, threshold=0.9):
    T, N = confidence.shape
    below = (confidence < threshold).sum(dim=0)
    out = below.float() + 1
    out[below == T] = float("inf")
    return out
