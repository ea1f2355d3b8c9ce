"""A time limit inside one process."""

import signal
import threading
import time

import pytest

from autograder.judging.time_limit import TimedOut, limit_of, time_limit


def test_a_loop_is_interrupted():
    with pytest.raises(TimedOut), time_limit(0.2):
        while True:
            pass


def test_a_second_alarm_follows_the_first():
    with pytest.raises(TimedOut), time_limit(0.1):
        try:
            time.sleep(60)
        finally:
            time.sleep(60)


def test_whoever_is_quick_is_left_alone_and_the_handler_comes_back():
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(0.2):
        assert signal.getsignal(signal.SIGALRM) is not before
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    time.sleep(0.3)  # nothing rings any more


def test_the_handler_comes_back_after_an_exception():
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(KeyError), time_limit(5):
        raise KeyError
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_outside_the_main_thread_there_is_no_limit():
    done = []

    def work():
        with time_limit(0.05):
            time.sleep(0.2)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done


def test_it_rings_again_every_second_until_its_time_is_over():
    with time_limit(60):
        left, every = signal.getitimer(signal.ITIMER_REAL)
        assert 50 < left <= 60 and every == 1.0


def test_without_a_timer_there_is_no_limit(monkeypatch):
    before = signal.getsignal(signal.SIGALRM)
    monkeypatch.delattr(signal, "setitimer")
    with time_limit(0.01):
        assert signal.getsignal(signal.SIGALRM) is before


def test_a_subject_in_a_sandbox_has_a_limit_of_its_own():
    class There:
        def time_limit(self, seconds):
            return self, seconds

    there = There()
    assert limit_of(there)(3.0) == (there, 3.0)
    here = lambda: None  # noqa: E731
    here.time_limit = lambda seconds: None  # a student may write anything into a function
    assert limit_of(here) is limit_of(3) is time_limit
