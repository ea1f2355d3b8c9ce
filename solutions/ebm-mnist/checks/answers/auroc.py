# %% right: scikit-learn
def auroc(scores_digits, scores_others):
    from sklearn.metrics import roc_auc_score

    labels = torch.cat([torch.zeros(len(scores_digits)), torch.ones(len(scores_others))])
    return roc_auc_score(labels, torch.cat([scores_digits, scores_others]))


# %% right: NumPy and scikit-learn
def auroc(scores_digits, scores_others):
    import sklearn.metrics as metrics

    y_true = np.array([0] * len(scores_digits) + [1] * len(scores_others))
    y_score = np.concatenate([scores_digits.numpy(), scores_others.numpy()])
    return float(metrics.roc_auc_score(y_true, y_score))


# %% right: all pairs
def auroc(scores_digits, scores_others):
    d, o = scores_digits.unsqueeze(0), scores_others.unsqueeze(1)
    wins = (o > d).float() + 0.5 * (o == d).float()
    return wins.mean()


# %% right: the area under the curve
def auroc(scores_digits, scores_others):
    from sklearn.metrics import auc, roc_curve

    labels = torch.cat([torch.zeros_like(scores_digits), torch.ones_like(scores_others)])
    fpr, tpr, _ = roc_curve(labels, torch.cat([scores_digits, scores_others]))
    return auc(fpr, tpr)


# %% wrong: the labels swapped
def auroc(scores_digits, scores_others):
    from sklearn.metrics import roc_auc_score

    labels = torch.cat([torch.ones(len(scores_digits)), torch.zeros(len(scores_others))])
    return roc_auc_score(labels, torch.cat([scores_digits, scores_others]))


# %% wrong: decisions instead of scores
def auroc(scores_digits, scores_others):
    from sklearn.metrics import roc_auc_score

    labels = torch.cat([torch.zeros(len(scores_digits)), torch.ones(len(scores_others))])
    return roc_auc_score(labels, (torch.cat([scores_digits, scores_others]) > 0).float())


# %% wrong: the accuracy of one threshold
def auroc(scores_digits, scores_others):
    right = (scores_digits <= 0).sum() + (scores_others > 0).sum()
    return right / (len(scores_digits) + len(scores_others))


# %% wrong: ties not counted as half
def auroc(scores_digits, scores_others):
    return (scores_others[:, None] > scores_digits[None, :]).float().mean()


# %% wrong: the caller's tensor overwritten, from: scikit-learn
+    low = torch.cat([scores_digits, scores_others]).min()
+    scores_digits -= low
+    scores_others -= low
     labels = torch.cat([torch.zeros(len(scores_digits)), torch.ones(len(scores_others))])


# %% wrong: -
# pairs by position
def auroc(scores_digits, scores_others):
    n = min(len(scores_digits), len(scores_others))
    return (scores_others[:n] > scores_digits[:n]).float().mean()


# %% wrong: -
# average precision
def auroc(scores_digits, scores_others):
    from sklearn.metrics import average_precision_score

    labels = torch.cat([torch.zeros(len(scores_digits)), torch.ones(len(scores_others))])
    return average_precision_score(labels, torch.cat([scores_digits, scores_others]))


# %% wrong: -
# the difference of the means
def auroc(scores_digits, scores_others):
    return scores_others.mean() - scores_digits.mean()


# %% raised
def auroc(scores_digits, scores_others):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(scores_digits, scores_others)


# %% not attempted
def auroc(scores_digits, scores_others):
    # YOUR CODE HERE
    raise NotImplementedError()
