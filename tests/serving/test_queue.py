"""The queue is fair, never lets too many in, and forgets those who leave."""

import threading
import time

import pytest

from mer_core.serving.queue import FairQueue


@pytest.mark.parametrize("limit", [1, 2])
def test_first_come_first_served_and_never_too_many(limit: int) -> None:
    queue, inside, most, order, places = FairQueue(limit), 0, 0, [], {}
    lock, gate = threading.Lock(), threading.Event()

    def visit(number: int) -> None:
        nonlocal inside, most
        with queue.turn(lambda place: places.setdefault(number, place), every=0.01):
            with lock:
                inside, most = inside + 1, max(most, inside + 1)
                order.append(number)
            gate.wait(5)
            with lock:
                inside -= 1

    threads = []
    for number in range(6):
        threads.append(threading.Thread(target=visit, args=(number,)))
        threads[-1].start()
        while len(queue) <= number:
            time.sleep(0.001)
    while len(places) < 6 - limit:
        time.sleep(0.001)
    gate.set()
    for thread in threads:
        thread.join(5)
    assert most == limit and len(queue) == 0
    assert places == {number: number - limit + 1 for number in range(limit, 6)}
    if limit == 1:
        assert order == list(range(6))


def test_whoever_leaves_the_line_holds_nobody_up() -> None:
    queue = FairQueue()

    class Left(Exception):
        pass

    def leave(place: int) -> None:
        raise Left

    with queue.turn():
        with pytest.raises(Left), queue.turn(leave):
            pass
        assert len(queue) == 1
    with queue.turn():
        assert len(queue) == 1


def test_a_failure_inside_gives_the_turn_back() -> None:
    queue = FairQueue()
    with pytest.raises(RuntimeError), queue.turn():
        raise RuntimeError
    assert len(queue) == 0


def test_a_queue_that_lets_nobody_in_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        FairQueue(0)
