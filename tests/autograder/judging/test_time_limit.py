"""A time limit inside one process."""

import signal
import threading
import time

import pytest

from autograder.judging.time_limit import TimedOut, time_limit


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
