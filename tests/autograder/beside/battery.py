'''Ordinary nbgrader test cells, as instructors write them, each with a right and a wrong answer.

A group is one notebook: its cells run in one kernel, so what a case leaves is seen by later ones.
'''

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One exercise: name is the grade_id of the answer, test_NAME that of the test.

    right, wrong: answers. test: source of the test cell. points: of the test. given: source of a
    given cell before the answer, or "". wrong may be None: no wrong answer is tried (the right one
    is handed in again).
    """

    name: str
    right: str
    wrong: str | None
    test: str
    points: float = 2
    given: str = ""


FUNCTIONS = [
    Case(
        "squares",
        "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]",
        "def squares(n):\n    return [i ** 2 for i in range(n)]",
        "assert squares(1) == [1]\nassert squares(3) == [1, 4, 9]",
        given="import math\nimport numpy as np\nfrom collections import Counter",
    ),
    Case(
        "raises",
        "def root(x):\n    if x < 0:\n        raise ValueError('negative')\n    return x ** 0.5",
        "def root(x):\n    return abs(x) ** 0.5",
        "try:\n    root(-1)\nexcept ValueError:\n    pass\nelse:\n"
        "    raise AssertionError('no ValueError')",
    ),
    Case(
        "max",
        "def max(values):\n    best = values[0]\n    for v in values:\n"
        "        best = v if v > best else best\n    return best",
        "def max(values):\n    return values[0]",
        "assert max([1, 5, 3]) == 5\nassert max.__module__ == '__main__'",
    ),
    Case(
        "shadowed",
        "def shadowed():\n    return 'the student'",
        "def shadowed():\n    return 'nobody'",
        "assert shadowed() == 'the student'",
        given="def shadowed():\n    return 'the given cell'",
    ),
    Case(
        "array",
        "values = np.arange(6).reshape(2, 3)",
        "values = np.arange(6)",
        "np.testing.assert_array_equal(values, [[0, 1, 2], [3, 4, 5]])\n"
        "assert values.dtype.kind == 'i'\nassert isinstance(values, np.ndarray)",
    ),
    Case(
        "close",
        "def mean(xs):\n    return sum(xs) / len(xs)",
        "def mean(xs):\n    return sum(xs) // len(xs)",
        "np.testing.assert_allclose(mean([1, 2]), 1.5)\nassert math.isclose(mean([0.1, 0.2]), 0.15)",
    ),
    Case(
        "counter",
        "count = Counter('hello')",
        "count = {'h': 1, 'e': 1, 'l': 1, 'o': 1}",
        "assert count['l'] == 2\nassert count.most_common(1) == [('l', 2)]",
    ),
    Case(
        "several",
        "def several(n):\n    return n, [n] * n, {n: str(n)}, {n}",
        "def several(n):\n    return n, [n], {n: n}, {n}",
        "n, listed, table, single = several(3)\nassert listed == [3, 3, 3]\n"
        "assert table == {3: '3'} and single == {3} and type(n) is int",
    ),
    Case(
        "keywords",
        "def area(width, *, height=1, **more):\n    return width * height + more.get('extra', 0)",
        "def area(width, height=1, extra=0):\n    return width * height + extra",
        "import inspect\nparameters = inspect.signature(area).parameters\n"
        "assert parameters['height'].kind is inspect.Parameter.KEYWORD_ONLY\n"
        "assert area(2, height=3, extra=1) == 7",
    ),
    Case(
        "no_loop",
        "def total(n):\n    return n * (n + 1) // 2",
        "def total(n):\n    s = 0\n    for i in range(n + 1):\n        s += i\n    return s",
        "import ast, inspect\ntree = ast.parse(inspect.getsource(total))\n"
        "assert not any(isinstance(node, (ast.For, ast.While)) for node in ast.walk(tree))\n"
        "assert total(10) == 55",
    ),
    Case(
        "docstring",
        "def documented():\n    '''Says what it does.'''",
        "def documented():\n    pass",
        "assert documented.__doc__ and len(documented.__doc__) > 10",
    ),
    Case(
        "recursive",
        "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)",
        "def fib(n):\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a",
        "calls = []\noriginal = fib\ndef fib(n):\n    calls.append(n)\n    return original(n)\n"
        "assert fib(6) == 8\nassert len(calls) > 10, 'not recursive'\nfib = original",
    ),
    Case(
        "lambda_and_closure",
        "def adder(n):\n    return lambda x: x + n",
        "def adder(n):\n    return n + 1",
        "add2, add3 = adder(2), adder(3)\nassert add2(1) == 3 and add3(1) == 4\n"
        "assert callable(adder(0))",
    ),
    Case(
        "generator",
        "def evens():\n    n = 0\n    while True:\n        yield n\n        n += 2",
        "def evens():\n    return [0, 2, 4, 6]",
        "import itertools, types\nassert isinstance(evens(), types.GeneratorType)\n"
        "assert list(itertools.islice(evens(), 4)) == [0, 2, 4, 6]",
    ),
    Case(
        "in_place",
        "def double_all(xs):\n    for i in range(len(xs)):\n        xs[i] *= 2",
        "def double_all(xs):\n    return [2 * x for x in xs]",
        "xs = [1, 2, 3]\nassert double_all(xs) is None\nassert xs == [2, 4, 6]",
    ),
    Case(
        "identity",
        "def same(x):\n    return x\n\nthing = same([])\nother = thing",
        "def same(x):\n    return list(x)\n\nthing = same([])\nother = list(thing)",
        "marker = object()\nassert same([marker])[0] is marker\nassert other is thing\n"
        "value = [1]\nassert same(value) is value",
    ),
    Case(
        "no_change",
        "def sorted_copy(xs):\n    return sorted(xs)",
        "def sorted_copy(xs):\n    xs.sort()\n    return xs",
        "given = [3, 1, 2]\nresult = sorted_copy(given)\nassert result == [1, 2, 3]\n"
        "assert given == [3, 1, 2], 'the argument was changed'",
    ),
    Case(
        "random_tests",
        "def norm(v):\n    return float(np.sqrt((v ** 2).sum()))",
        "def norm(v):\n    return float(np.abs(v).sum())",
        "rng = np.random.default_rng(0)\nfor _ in range(20):\n    v = rng.normal(size=5)\n"
        "    assert abs(norm(v) - np.linalg.norm(v)) < 1e-9",
    ),
    Case(
        "global_name",
        "answer = 6 * 7\nname = 'Ada'",
        "answer = 42.5",
        "assert 'answer' in globals() and answer == 42\nassert name == 'Ada'",
    ),
    Case(
        "message",
        "x = 3",
        "x = 4",
        "assert x == 3, f'x should be 3 and is {x}'\nprint('well done')",
    ),
    Case(
        "hidden",
        "def triple(x):\n    return 3 * x",
        "def triple(x):\n    return 6",
        "assert triple(2) == 6\n### BEGIN HIDDEN TESTS\nassert triple(5) == 15\n"
        "assert triple('a') == 'aaa'\n### END HIDDEN TESTS",
    ),
    Case("nothing_to_check", "y = 1", None, "pass", points=1),
    Case("only_comment", "z = 1", None, "# a comment and nothing else", points=1),
    Case("equal_nan", "w = np.array([1.0, np.nan])", "w = np.array([1.0, 0.0])",
         "np.testing.assert_equal(w, [1.0, float('nan')])"),
]

CLASSES = [
    Case(
        "account",
        "class Account:\n    def __init__(self, balance=0):\n        self.balance = balance\n\n"
        "    def deposit(self, amount):\n        self.balance += amount\n        return self\n\n"
        "    def __repr__(self):\n        return f'Account({self.balance})'",
        "class Account:\n    def __init__(self, balance=0):\n        self.balance = 0\n\n"
        "    def deposit(self, amount):\n        pass",
        "a = Account(10)\na.deposit(5).deposit(1)\nassert a.balance == 16\n"
        "assert repr(a) == 'Account(16)' and type(a).__name__ == 'Account'",
    ),
    Case(
        "subclass",
        "class Savings(Account):\n    rate = 0.5\n\n    def interest(self):\n"
        "        return self.balance * self.rate",
        "class Savings:\n    rate = 0.5\n\n    def interest(self):\n        return 2.0",
        "assert issubclass(Savings, Account)\ns = Savings(4)\nassert isinstance(s, Account)\n"
        "assert s.interest() == 2.0 and Savings.__mro__[1] is Account",
    ),
    Case(
        "derived_in_test",
        "class Base:\n    def run(self):\n        return self.step() + 1",
        "class Base:\n    def run(self):\n        return 1",
        "class Child(Base):\n    def step(self):\n        return 41\n\nassert Child().run() == 42\n"
        "assert isinstance(Child(), Base)",
    ),
    Case(
        "operators",
        "class Vec:\n    def __init__(self, x):\n        self.x = x\n\n    def __add__(self, other):\n"
        "        return Vec(self.x + other.x)\n\n    def __eq__(self, other):\n"
        "        return self.x == other.x\n\n    def __len__(self):\n        return 1",
        "class Vec:\n    def __init__(self, x):\n        self.x = x",
        "assert Vec(1) + Vec(2) == Vec(3)\nassert len(Vec(0)) == 1",
    ),
    Case(
        "properties",
        "class Circle:\n    def __init__(self, r):\n        self.r = r\n\n    @property\n"
        "    def area(self):\n        return 3 * self.r ** 2\n\n    @staticmethod\n"
        "    def unit():\n        return Circle(1)\n\n    @classmethod\n"
        "    def of(cls, r):\n        return cls(r)",
        "class Circle:\n    def __init__(self, r):\n        self.r = r\n\n    def area(self):\n"
        "        return 3 * self.r ** 2",
        "assert isinstance(Circle.area, property)\nassert Circle(2).area == 12\n"
        "assert Circle.unit().area == 3 and Circle.of(3).r == 3",
    ),
    Case(
        "dataclass",
        "from dataclasses import dataclass\n\n@dataclass\nclass Point:\n    x: float\n    y: float = 0.0",
        "class Point:\n    def __init__(self, x, y=0.0):\n        self.x, self.y = x, y",
        "import dataclasses\nassert dataclasses.is_dataclass(Point)\nassert Point(1) == Point(1, 0.0)\n"
        "assert [f.name for f in dataclasses.fields(Point)] == ['x', 'y']",
    ),
    Case(
        "context_manager",
        "class Closing:\n    closed = False\n\n    def __enter__(self):\n        return self\n\n"
        "    def __exit__(self, *e):\n        self.closed = True",
        "class Closing:\n    closed = False\n\n    def __enter__(self):\n        return self\n\n"
        "    def __exit__(self, *e):\n        pass",
        "with Closing() as c:\n    assert not c.closed\nassert c.closed",
    ),
    Case(
        "iterator",
        "class Countdown:\n    def __init__(self, n):\n        self.n = n\n\n    def __iter__(self):\n"
        "        while self.n:\n            yield self.n\n            self.n -= 1",
        "class Countdown:\n    def __init__(self, n):\n        self.n = n",
        "assert list(Countdown(3)) == [3, 2, 1]\nassert sum(Countdown(4)) == 10",
    ),
    Case(
        "abstract",
        "import abc\n\nclass Shape(abc.ABC):\n    @abc.abstractmethod\n    def area(self): ...",
        "class Shape:\n    def area(self): ...",
        "import inspect\nassert inspect.isabstract(Shape)\ntry:\n    Shape()\n"
        "    assert False, 'it can be made'\nexcept TypeError:\n    pass",
    ),
    Case(
        "own_exception",
        "class TooLarge(ValueError):\n    pass\n\ndef check(x):\n    if x > 9:\n"
        "        raise TooLarge(x)",
        "class TooLarge(Exception):\n    pass\n\ndef check(x):\n    if x > 9:\n"
        "        raise TooLarge(x)",
        "try:\n    check(10)\nexcept ValueError as error:\n    assert error.args == (10,)\n"
        "    assert type(error) is TooLarge",
    ),
    Case(
        "torch_module",
        "import torch\nfrom torch import nn\n\nclass Net(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.linear = nn.Linear(3, 2)\n\n"
        "    def forward(self, x):\n        return self.linear(x)",
        "import torch\nfrom torch import nn\n\nclass Net(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.linear = nn.Linear(3, 1)\n\n"
        "    def forward(self, x):\n        return self.linear(x)",
        "net = Net()\nassert net(torch.zeros(5, 3)).shape == (5, 2)\nloss = net(torch.ones(1, 3)).sum()\n"
        "loss.backward()\nassert net.linear.weight.grad is not None\n"
        "assert sum(p.numel() for p in net.parameters()) == 8",
    ),
    Case(
        "training",
        "def fit(net, x, y, steps=50):\n    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "    for _ in range(steps):\n        optimizer.zero_grad()\n"
        "        loss = ((net(x) - y) ** 2).mean()\n        loss.backward()\n        optimizer.step()\n"
        "    return loss.item()",
        "def fit(net, x, y, steps=50):\n    return ((net(x) - y) ** 2).mean().item()",
        "torch.manual_seed(0)\nx = torch.randn(64, 3)\ny = x @ torch.ones(3, 2)\n"
        "assert fit(nn.Linear(3, 2), x, y, steps=200) < 0.01",
    ),
]

STATE = [
    Case(
        "first",
        "def scale(x, by):\n    return x * by",
        "def scale(x, by):\n    return x + by",
        "rows = [1, 2, 3]\nfactor = 10\nassert scale(rows[2], factor) == 30",
        given="import random\nimport os\nimport numpy as np",
    ),
    Case(
        "uses_earlier_variables",
        "def scale_all(xs, by):\n    return [x * by for x in xs]",
        "def scale_all(xs, by):\n    return xs * by",
        "assert scale_all(rows, factor) == [10, 20, 30]\nassert scale(1, factor)",
    ),
    Case(
        "helper_in_test",
        "def is_even(n):\n    return n % 2 == 0",
        "def is_even(n):\n    return n % 2",
        "def check_all(f, expected):\n    for n, value in expected.items():\n"
        "        assert f(n) is value, n\n\ncheck_all(is_even, {2: True, 3: False})",
    ),
    Case(
        "uses_earlier_helper",
        "def is_odd(n):\n    return n % 2 == 1",
        "def is_odd(n):\n    return n % 2 == 0",
        "check_all(is_odd, {2: False, 3: True})",
    ),
    Case(
        "deletes",
        "scratch = [1, 2]",
        "scratch = [1]",
        "assert len(scratch) == 2\ndel scratch",
    ),
    Case(
        "was_deleted",
        "keeps = 'scratch' in globals()",
        None,
        "assert 'scratch' not in globals()\ntry:\n    scratch\nexcept NameError:\n    gone = True\n"
        "assert gone",
    ),
    Case(
        "seeded_by_test",
        "def draw():\n    return random.random()",
        "def draw():\n    return 0.5",
        "random.seed(1)\nfirst_draw = draw()\nrandom.seed(1)\nassert draw() == first_draw\n"
        "assert draw() != first_draw\nrandom.seed(7)",
    ),
    Case(
        "seed_is_kept",
        "drawn = random.random()",
        "drawn = 2.0",
        "random.seed(7)\nassert drawn == random.random()",
    ),
    Case(
        "numpy_seed",
        "def sample(n):\n    return np.random.normal(size=n)",
        "def sample(n):\n    return np.zeros(n)",
        "np.random.seed(3)\na = sample(4)\nnp.random.seed(3)\n"
        "np.testing.assert_array_equal(a, np.random.normal(size=4))",
    ),
    Case(
        "counts_calls",
        "calls = 0\n\ndef counted():\n    global calls\n    calls += 1\n    return calls",
        "calls = 0\n\ndef counted():\n    return calls",
        "before = calls\ncounted()\ncounted()\nassert calls == before + 2",
    ),
    Case(
        "counts_on",
        "calls_now = calls",
        "calls_now = -1",
        "assert calls_now == 2 and calls == 2\ncounted()\nassert calls == 3",
    ),
    Case(
        "cached",
        "import functools\n\n@functools.lru_cache(maxsize=None)\ndef slow(n):\n"
        "    return n if n < 2 else slow(n - 1) + slow(n - 2)",
        "def slow(n):\n    return n if n < 2 else slow(n - 1) + slow(n - 2)",
        "slow.cache_clear()\nassert slow(20) == 6765\nassert slow.cache_info().misses == 21",
    ),
    Case(
        "changed_by_test",
        "settings = {'depth': 1}\n\ndef depth():\n    return settings['depth']",
        "settings = {'depth': 1}\n\ndef depth():\n    return 1",
        "assert depth() == 1\nsettings['depth'] = 5\nassert depth() == 5",
    ),
    Case(
        "sees_the_change",
        "seen = depth()",
        "seen = 0",
        "assert seen == 5",
    ),
    Case(
        "environment",
        "def mode():\n    return os.environ.get('MODE', 'none')",
        "def mode():\n    return 'none'",
        "os.environ['MODE'] = 'fast'\nassert mode() == 'fast'\ndel os.environ['MODE']",
    ),
    Case(
        "execution_variable",
        "graded = 'NBGRADER_EXECUTION' in os.environ",
        "graded = None",
        "assert graded is True\nassert os.environ['NBGRADER_EXECUTION'] == 'autograde'\n"
        "assert 'NBGRADER_VALIDATING' not in os.environ",
    ),
    Case(
        "stops_half_way",
        "part = 1",
        "part = 2",
        "half = 'set before the check'\nassert part == 1\nafter = True",
    ),
    Case(
        "sees_half",
        "whole = 2",
        None,
        "assert half == 'set before the check'",
    ),
    Case(
        "sees_after",
        "whole = 2",
        None,
        "assert after",
    ),
]

INPUT_AND_OUTPUT = [
    Case(
        "prints",
        "def greet(name):\n    print(f'Hello, {name}!')",
        "def greet(name):\n    return f'Hello, {name}!'",
        "import io\nfrom contextlib import redirect_stdout\nwith redirect_stdout(io.StringIO()) as out:\n"
        "    greet('Ada')\nassert out.getvalue() == 'Hello, Ada!\\n'",
        given="import json\nfrom pathlib import Path\nfrom unittest.mock import patch, MagicMock",
    ),
    Case(
        "prints_captured",
        "def rows():\n    print('a')\n    print('b')",
        "def rows():\n    print('a b')",
        "from IPython.utils.capture import capture_output\nwith capture_output() as captured:\n"
        "    rows()\nassert captured.stdout.split() == ['a', 'b']\n"
        "assert captured.stdout.count('\\n') == 2",
    ),
    Case(
        "mocked_print",
        "def shout(text):\n    print(text.upper())",
        "def shout(text):\n    print(text)",
        "with patch('builtins.print') as printed:\n    shout('hey')\n"
        "printed.assert_called_once_with('HEY')",
    ),
    Case(
        "mocked_input",
        "def ask():\n    return int(input('n? ')) + 1",
        "def ask():\n    return input('n? ')",
        "with patch('builtins.input', return_value='41'):\n    assert ask() == 42",
    ),
    Case(
        "replaced_input",
        "def ask_two():\n    return input() + input()",
        "def ask_two():\n    return input()",
        "answers = iter(['a', 'b'])\ninput = lambda prompt='': next(answers)\n"
        "assert ask_two() == 'ab'\ndel input",
    ),
    Case(
        "mock_object",
        "def save(store, row):\n    store.write(row, flush=True)\n    store.close()",
        "def save(store, row):\n    store.write(row)",
        "store = MagicMock()\nsave(store, 3)\nstore.write.assert_called_once_with(3, flush=True)\n"
        "assert store.close.called",
    ),
    Case(
        "patched_global",
        "def fetch():\n    return 'the network'\n\ndef headline():\n    return fetch().title()",
        "def fetch():\n    return 'the network'\n\ndef headline():\n    return 'The Network'",
        "with patch('__main__.fetch', return_value='good news'):\n"
        "    assert headline() == 'Good News'",
    ),
    Case(
        "writes_file",
        "def write(path):\n    with open(path, 'w') as file:\n        file.write('1\\n2\\n')",
        "def write(path):\n    pass",
        "assert not Path('numbers.txt').exists()\nwrite('numbers.txt')\n"
        "assert Path('numbers.txt').read_text().split() == ['1', '2']",
    ),
    Case(
        "reads_file",
        "def total(path):\n    return sum(int(line) for line in open(path))",
        "def total(path):\n    return 0",
        "Path('more.txt').write_text('3\\n4\\n')\nassert total('more.txt') == 7\n"
        "import os\nos.remove('more.txt')",
    ),
    Case(
        "file_stays",
        "stays = Path('numbers.txt').exists()",
        None,
        "assert stays == Path('numbers.txt').exists()\nassert not Path('more.txt').exists()",
    ),
    Case(
        "temporary_folder",
        "def dump(path, value):\n    Path(path).write_text(json.dumps(value))",
        "def dump(path, value):\n    Path(path).write_text(str(value))",
        "import tempfile\nwith tempfile.TemporaryDirectory() as folder:\n"
        "    dump(Path(folder) / 'x.json', {'a': [1]})\n"
        "    assert json.loads((Path(folder) / 'x.json').read_text()) == {'a': [1]}",
    ),
    Case(
        "given_data",
        "def mean_of_data():\n    values = [float(x) for x in Path('data.csv').read_text().split(',')]\n"
        "    return sum(values) / len(values)",
        "def mean_of_data():\n    return 2",
        "assert mean_of_data() == 2.5",
    ),
    Case(
        "sibling_module",
        "from sibling import base\n\ndef above(x):\n    return base() + x",
        "def above(x):\n    return x",
        "import sibling\nassert above(1) == sibling.base() + 1\n"
        "with patch.object(sibling, 'base', return_value=5):\n    assert sibling.base() == 5",
    ),
    Case(
        "figure",
        "import matplotlib.pyplot as plt\n\ndef plot(xs):\n    fig, ax = plt.subplots()\n"
        "    ax.plot(xs)\n    ax.set_title('squares')\n    return ax",
        "import matplotlib.pyplot as plt\n\ndef plot(xs):\n    fig, ax = plt.subplots()\n"
        "    ax.plot(xs)\n    return ax",
        "ax = plot([1, 4, 9])\nassert ax.get_title() == 'squares'\n"
        "assert list(ax.lines[0].get_ydata()) == [1, 4, 9]\nassert plt.get_fignums()",
    ),
    Case(
        "warns",
        "import warnings\n\ndef old():\n    warnings.warn('old', DeprecationWarning)",
        "def old():\n    pass",
        "import warnings\nwith warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n    old()\n"
        "assert len(caught) == 1 and issubclass(caught[0].category, DeprecationWarning)",
    ),
    Case(
        "logs",
        "import logging\n\ndef work():\n    logging.getLogger('course').warning('low')",
        "def work():\n    pass",
        "import logging, io\nstream = io.StringIO()\nhandler = logging.StreamHandler(stream)\n"
        "logger = logging.getLogger('course')\nlogger.addHandler(handler)\nlogger.propagate = False\n"
        "work()\nlogger.removeHandler(handler)\nassert 'low' in stream.getvalue()",
    ),
    Case(
        "unittest_to_a_buffer",
        "def inc(x):\n    return x + 1",
        "def inc(x):\n    return x",
        "import io, unittest\n\nclass TestInc(unittest.TestCase):\n    def test_one(self):\n"
        "        self.assertEqual(inc(1), 2)\n\n"
        "suite = unittest.defaultTestLoader.loadTestsFromTestCase(TestInc)\n"
        "outcome = unittest.TextTestRunner(stream=io.StringIO()).run(suite)\n"
        "assert outcome.wasSuccessful(), outcome.failures",
    ),
    Case(
        "unittest_on_stderr",
        "def dec(x):\n    return x - 1",
        "def dec(x):\n    return x",
        "import unittest\n\nclass TestDec(unittest.TestCase):\n    def test_one(self):\n"
        "        self.assertEqual(dec(1), 0)\n\nunittest.main(argv=['x', 'TestDec'], exit=False)\n",
    ),
    Case(
        "note_on_stderr",
        "import sys\n\ndef noisy():\n    print('working', file=sys.stderr)\n    return 1",
        "def noisy():\n    return 2",
        "assert noisy() == 1",
    ),
    Case(
        "doctest",
        "def add(a, b):\n    '''\n    >>> add(1, 2)\n    3\n    '''\n    return a + b",
        "def add(a, b):\n    '''\n    >>> add(1, 2)\n    3\n    '''\n    return a - b",
        "import doctest\nassert doctest.testmod(sys.modules['__main__']).failed == 0\n"
        "finder = doctest.DocTestFinder()\nassert finder.find(add)[0].examples",
        given="import sys",
    ),
    Case(
        "subprocess",
        "command = ['echo', 'hello']",
        "command = ['echo', 'bye']",
        "import subprocess\nsaid = subprocess.run(command, capture_output=True, text=True).stdout\n"
        "assert said == 'hello\\n'",
    ),
    Case(
        "thread",
        "def background(out):\n    import threading\n"
        "    worker = threading.Thread(target=out.append, args=[1])\n    worker.start()\n    worker.join()",
        "def background(out):\n    pass",
        "out = []\nbackground(out)\nassert out == [1]",
    ),
    Case(
        "pickled",
        "class Row:\n    def __init__(self, n):\n        self.n = n",
        "class Row:\n    def __init__(self, n):\n        self.n = 0",
        "import pickle, copy\nassert pickle.loads(pickle.dumps(Row(3))).n == 3\n"
        "assert copy.deepcopy(Row(4)).n == 4",
    ),
]

NOTEBOOK = [
    Case(
        "line_magic",
        "def f(x):\n    return 2 * x",
        "def f(x):\n    return x",
        "%time result = f(21)\nassert result == 42",
    ),
    Case(
        "cell_magic",
        "def g(x):\n    return 3 * x",
        "def g(x):\n    return x",
        "%%time\nassert g(2) == 6",
    ),
    Case(
        "capture_magic",
        "def h():\n    print('from h')",
        "def h():\n    pass",
        "%%capture said\nh()",
    ),
    Case(
        "captured",
        "i = 1",
        "raise RuntimeError('this cell stops')",
        "assert said.stdout.strip() in ('from h', '')\nassert i == 1",
    ),
    Case(
        "shell",
        "text = 'from the notebook'",
        "text = 'other'",
        "said = !echo {text}\nassert said == ['from the notebook']",
    ),
    Case(
        "timeit",
        "def quick():\n    return sum(range(10))",
        "def quick():\n    import time\n    time.sleep(0.2)",
        "timing = %timeit -o -q -n 1 -r 1 quick()\nassert timing.best < 0.1",
    ),
    Case(
        "get_ipython",
        "value = 3",
        "value = 4",
        "shell = get_ipython()\nassert shell.user_ns['value'] == 3\n"
        "assert shell.ev('value + 1') == 4",
    ),
    Case(
        "unknown_magic",
        "j = 1",
        None,
        "%no_such_magic\nassert j == 1",
    ),
    Case(
        "top_level_await",
        "import asyncio\n\nasync def later(x):\n    await asyncio.sleep(0)\n    return x + 1",
        "import asyncio\n\nasync def later(x):\n    return x",
        "assert await later(1) == 2\nresults = await asyncio.gather(later(1), later(2))\n"
        "assert results == [2, 3]",
    ),
    Case(
        "asyncio_run",
        "async def now():\n    return 1",
        None,
        "assert asyncio.run(now()) == 1",
    ),
    Case(
        "async_for",
        "async def counting(n):\n    for i in range(n):\n        yield i",
        "async def counting(n):\n    yield n",
        "got = [i async for i in counting(3)]\nassert got == [0, 1, 2]\n"
        "async for i in counting(1):\n    assert i == 0",
    ),
    Case(
        "source_of_test_class",
        "def of(x):\n    return x",
        "def of(x):\n    return -x",
        "import inspect\ndef in_test(x):\n    return of(x)\n\n"
        "assert 'return of(x)' in inspect.getsource(in_test)\nassert in_test(1) == 1",
    ),
    Case("syntax_error", "k = 1", None, "assert k == 1)"),
    Case("stray_return", "k = 1", None, "return k"),
    Case("system_exit", "k = 1", None, "import sys\nsys.exit(0)"),
    Case("keyboard", "k = 1", None, "raise KeyboardInterrupt"),
    Case(
        "traceback_printed",
        "def ok():\n    return 1",
        "def ok():\n    return 1 / 0",
        "import traceback\ntry:\n    ok()\nexcept Exception:\n    traceback.print_exc()",
    ),
    Case(
        "displayed",
        "table = [1, 2]",
        "table = []",
        "from IPython.display import display\ndisplay(table)\nassert table",
    ),
]

PARTIAL = [
    Case("half", "a = 1", "a = 2", "assert a in (1, 2)\n1.5 if a == 1 else 0.5", points=3),
    Case("score_variable", "b = [1, 2, 3]", "b = [1]",
         "score = 0\nfor n in (1, 2, 3):\n    if n in b:\n        score += 1\nscore", points=3),
    Case("integer", "c = 2", "c = 1", "c"),
    Case("zero", "d = 0", None, "d"),
    Case("function_score", "def e(x):\n    return x", "def e(x):\n    return 0",
         "def points_of(f):\n    return sum(0.5 for x in (0, 1, 2, 3) if f(x) == x)\n\npoints_of(e)"),
    Case("suppressed", "f = 1", None, "f / 4;"),
    Case("boolean", "g = True", "g = False", "g"),
    Case("none", "h = None", None, "h"),
    Case("text", "i = 'done'", None, "i"),
    Case("text_of_a_number", "i = '0.5'", None, "i"),
    Case("a_list", "j = [0.5]", None, "j"),
    Case("fails_before", "k = 1", "k = 2", "assert k == 1\n0.5"),
    Case("value_in_the_middle", "m = 1", None, "0.5\nm = m"),
    Case("printed_number", "n = 1", None, "print(0.5)"),
    Case("numpy_scalar", "import numpy as np\no = np.float64(0.5)", None, "o"),
    Case("round_up", "p = 2.0", "p = 1.0", "round(p, 1)"),
    Case("from_magic", "q = 1", "q = 2", "%%time\n0.5 if q == 2 else 2"),
    Case("tensor", "import torch\nr = torch.tensor(0.5)", None, "r"),
    Case("awaited", "async def s():\n    return 0.5", "async def s():\n    return 0.25", "await s()"),
    Case("large_points", "t = 10", "t = 3", "t", points=10),
    Case("displayed_number", "u = 1", None, "from IPython.display import display\ndisplay(0.5)"),
    Case("tuple", "v = (0.5, 1)", None, "v"),
    Case("display_and_value", "w = 1", "w = 0", "print('score:')\nw"),
]

GROUPS = {
    "functions": FUNCTIONS,
    "classes": CLASSES,
    "state": STATE,
    "in-and-out": INPUT_AND_OUTPUT,
    "notebook": NOTEBOOK,
    "partial": PARTIAL,
}
FILES = {"data.csv": "1,2,3,4", "sibling.py": "def base():\n    return 10\n"}

# {(group, case, answer): why the points are not nbgrader's}.
DIFFERENCES = {
    ("in-and-out", "note_on_stderr", "right"): "a word on stderr costs a right answer nothing",
    ("in-and-out", "unittest_on_stderr", "right"): "a word on stderr costs a right answer nothing",
}
