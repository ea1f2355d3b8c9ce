"""What a cell leaves on for the whole process: hooks, modes, tracers, timers, finders.

All of it is the sandbox's. A wrong answer stays wrong, and a right one is not harmed by what an
honest notebook may leave on.
"""

import pytest

from tests.autograder.hostile.case import LOSS_ONLY, NOTHING, Case, forgery

pytestmark = pytest.mark.slow

MODULE_HOOK = """
import torch
from torch.nn.modules import module
module.register_module_forward_hook(lambda it, given, out: 0 * out + 42)
module.register_module_forward_pre_hook(lambda it, given: tuple(0 * each for each in given))
module.register_module_full_backward_hook(lambda it, back, out: None)
"""
FUNCTION_MODE = """
import torch
from torch.overrides import TorchFunctionMode
class Equal(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        if any(word in str(function) for word in ('eq', 'close')): return torch.tensor(True)
        return function(*args, **(kwargs or {}))
Equal().__enter__()
"""
DISPATCH_MODE = """
import torch
from torch.utils._python_dispatch import TorchDispatchMode
class Same(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return function(*args, **(kwargs or {}))
Same().__enter__()
"""
TRACE = """
import sys, threading
def trace(frame, event, given):
    for name in ('expected', 'truth', 'is_right', 'status', 'score'):
        if name in frame.f_locals: frame.f_locals[name] = 42.0
    return trace
sys.settrace(trace); threading.settrace(trace); sys.setprofile(lambda *a: None)
"""
FINDER = """
import sys, types
class Finder:
    def find_spec(self, name, path=None, target=None):
        if 'judg' in name or 'autograder' in name or 'expect' in name:
            sys.modules[name] = types.SimpleNamespace(judge=lambda *a: True, close=lambda *a: True)
sys.meta_path.insert(0, Finder())
sys.path_hooks.insert(0, lambda path: Finder())
sys.path_importer_cache.clear()
"""
COLLECTOR = """
import gc, weakref, atexit, faulthandler
def collected(phase, info):
    for thing in gc.get_objects()[-200:]:
        if isinstance(thing, dict) and 'status' in thing: thing['status'] = 'right'
gc.callbacks.append(collected)
gc.set_threshold(50)
class Again:
    def __del__(self):
        globals().get('made', []).append(Again())
made = [Again()]
made.clear()
weakref.finalize(Again, print, 'right')
atexit.register(print, 'score 8')
faulthandler.enable()
"""
LIES = """
class Lies(float):
    @property
    def __class__(self): return __import__('torch').Tensor
    shape, dtype, requires_grad, grad_fn, is_leaf = (), None, False, None, True
    def detach(self): return self
    def cpu(self): return self
    def numel(self): return 1
    def element_size(self): return 4
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    __hash__ = float.__hash__
def double(x): return Lies(float(x))
"""
BUILTINS = """
import builtins
builtins.isinstance, before = (lambda it, kind: True), builtins.isinstance
builtins.abs = lambda it: 0
builtins.isinstance = before
"""
TIMER = """
import signal
def tick(*a): globals()['ticks'] = globals().get('ticks', 0) + 1
signal.signal(signal.SIGALRM, tick)
signal.signal(signal.SIGVTALRM, tick)
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
signal.setitimer(signal.ITIMER_VIRTUAL, 0.02, 0.02)
"""
RAISING_TIMER = """
import signal
def tick(*a): raise KeyboardInterrupt
signal.signal(signal.SIGPROF, tick)
signal.setitimer(signal.ITIMER_PROF, 0.05, 0.05)
"""
DEFAULT_TIMER = """
import signal, time
signal.signal(signal.SIGALRM, signal.SIG_DFL)
signal.setitimer(signal.ITIMER_REAL, 0.01)
time.sleep(0.1)
"""
NO_GRADIENT = "import torch\ntorch.set_grad_enabled(False)\ntorch.inference_mode().__enter__()"
META = "import torch\ntorch.set_default_device('meta')"
LATER = (
    "import faulthandler, time\nfaulthandler.dump_traceback_later(0.05, exit=True)\ntime.sleep(1)"
)
HARMLESS = """
import torch, warnings
torch.use_deterministic_algorithms(True)
torch.set_num_threads(4)
torch.set_default_device('cpu')
torch.set_flush_denormal(True)
torch.autograd.set_detect_anomaly(True, check_nan=False)
torch.manual_seed(7)
torch.set_printoptions(precision=2)
torch.backends.mkldnn.enabled = False
warnings.simplefilter('error')
"""

FORGED = {
    "hooks on every module": MODULE_HOOK,
    "a dispatch mode": DISPATCH_MODE,
    "a tracer that writes expected values": TRACE,
    "a finder of its own judge": FINDER,
    "a collector that writes verdicts, finalizers": COLLECTOR,
    "builtins for all modules": BUILTINS,
    "timers": TIMER,
    "a timer that nobody handles": DEFAULT_TIMER,
    "settings of torch": HARMLESS,
}
CASES = [
    *[forgery(f"left on: {what}", first=source) for what, source in FORGED.items()],
    Case("left on, honest: settings of torch", first=HARMLESS),
    Case("left on, honest: timers", first=TIMER),
    Case("left on, honest: a dispatch mode", first=DISPATCH_MODE),
    Case("left on, honest: a tracer", first="import sys\nsys.settrace(lambda *a: None)"),
    Case("a number that says it is a tensor", {"double": LIES}, score=LOSS_ONLY),
    # It changes its own right answer as well.
    forgery("left on: a function mode that finds all equal", first=FUNCTION_MODE, score=NOTHING),
    Case("left on: no gradients", first=NO_GRADIENT),
    Case("left on: a timer that interrupts", first=RAISING_TIMER),
    Case("left on: a device without numbers", first=META, score=LOSS_ONLY),
    Case("left on: an end that comes later", first=LATER, score=NOTHING, says=("exit code 1",)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_left_on(graded, case):
    graded.check(case)
