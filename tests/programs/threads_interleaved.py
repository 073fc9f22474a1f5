"""Two threads that take turns; what they share is no local while they run."""

import threading


def make():
    turns = [threading.Semaphore(1), threading.Semaphore(0)]
    written = []
    lock = threading.Lock()

    def player(me):
        total = 0
        for round_number in range(4):
            turns[me].acquire()
            with lock:
                total += me + round_number
            put(me, round_number)
            turns[1 - me].release()
        return total

    def put(me, round_number):
        written.append((me, round_number))

    def play(me):
        return player(me)

    return play, written


def run(play):
    threads = [threading.Thread(target=play, args=(i,), name=f"player-{i}") for i in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()


class Hidden:
    """Keeps shared state where no frame shows it."""

    __slots__ = ()
    state = make()


run(Hidden.state[0])
print(Hidden.state[1])
