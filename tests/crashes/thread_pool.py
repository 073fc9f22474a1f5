# handed on: a worker's exception comes out of its future.
from concurrent.futures import ThreadPoolExecutor


def job(number):
    if number == 2:
        raise ValueError(number)
    return number


def main():
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(job, range(4)))


main()
