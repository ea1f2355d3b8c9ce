"""What the losses of this assignment share: the three forms in which they are written."""

from functools import partial

from autograder.judging import Exercise, Misconception

from .observers.games import GanLoss

FORMS = {"both": "", "d": "_d", "g": "_g"}


class Flaw:
    """A mistake in a loss of two halves, and the halves in which it shows.

    d, g: one wrong half each, as GanLoss has them (or several, or none). whole: further GanLoss
    flaws, as dictionaries. halves: "d", "g", "dg", or "-" for a mistake that only the joint
    function can have; by default those of which a wrong form is given.
    """

    def __init__(self, name, sentence, *, d=(), g=(), whole=(), halves=None, on=()):
        self.name, self.sentence, self.on = name, sentence, on
        self.d, self.g, self.whole = _several(d), _several(g), whole
        self.halves = halves or ("d" if self.d else "") + ("g" if self.g else "")

    def misconception(self, truth: GanLoss, form, probes):
        """The Misconception in this form, or None where the mistake cannot be seen."""
        if form != "both" and form not in self.halves:
            return None
        d = [truth.but(d_loss=wrong) for wrong in self.d]
        g = [truth.but(g_loss=wrong) for wrong in self.g]
        formulas = {"both": [*d, *g], "d": d, "g": g}[form]
        if form == "both":
            formulas += [truth.but(d_loss=a, g_loss=b) for a in self.d for b in self.g]
        # What the discriminator learns of real images does not show in the generator's loss.
        formulas += [
            truth.but(**flaw) for flaw in self.whole if form != "g" or set(flaw) != {"told_of_real"}
        ]
        on = tuple(name for name in self.on if name in probes)
        return Misconception(self.name, self.sentence, tuple(formulas), on=on)


def _several(formulas):
    return tuple(formulas) if isinstance(formulas, (tuple, list)) else (formulas,)


def exercise(name, form, *, truth_in_words, source, points, probes, truth, flaws, remarks=()):
    """The exercise in one of its FORMS.

    probes: functions of the form that return a Probe, or None where there is nothing to see.
    """
    shown = tuple(probe for make in probes if (probe := make(form)))
    known = (flaw.misconception(truth, form, {probe.name for probe in shown}) for flaw in flaws)
    return Exercise(
        id=f"gan-fashion.{name}{FORMS[form]}",
        truth=truth_in_words[form],
        source=source,
        points=points,
        probes=shown,
        oracle=truth,
        misconceptions=tuple(one for one in known if one and one.formulas),
        remarks=remarks,
    )


def watched(observe, form):
    """An observer of adversarial.games for this form."""
    return partial(observe, which=form)
