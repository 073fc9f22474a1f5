"""Jobs are run one after another, and their errors are kept; the first is raised when all is done."""

import json


class Job:
    def __init__(self, name, text):
        self.name = name
        self.text = text
        self.result = None


class Queue:
    def __init__(self):
        self.jobs = []
        self.errors = []
        self.done = 0

    def add(self, job):
        self.jobs.append(job)

    def run(self, work):
        for job in self.jobs:
            try:
                job.result = work(job)
            except Exception as error:
                self.errors.append(error)
                self.log(job, error)
            finally:
                self.done += 1

    def log(self, job, error):
        try:
            json.loads(str(error))
        except ValueError:
            self.last = f"{job.name}: {error}"

    def finish(self):
        if self.errors:
            raise self.errors[0]
        return [job.result for job in self.jobs]


def parse(text):
    """An order: the name of an article, a count, and a discount that may be missing."""
    name, _, rest = text.partition(" ")
    count, _, discount = rest.partition("/")
    return name, int(count), int(discount or 0)


def price(name, count, discount):
    single = {"pen": 2, "book": 15, "lamp": 40}[name]
    steps = 10 - discount
    return single * count * steps // 10, 100 // steps


def work(job):
    name, count, discount = parse(job.text)
    amount, share = price(name, count, discount)
    return {"name": name, "amount": amount, "share": share}


def orders():
    texts = ["pen 3", "book 2/1", "lamp 1/5", "pen 12/10", "book 1", "cup 4"]
    for number, text in enumerate(texts):
        yield Job(f"order {number}", text)


def main():
    queue = Queue()
    for job in orders():
        queue.add(job)
    queue.run(work)
    print(queue.finish())


main()
