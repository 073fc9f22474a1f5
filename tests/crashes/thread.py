# A thread dies, and the program goes on.
import threading


def job(table):
    return table["missing"]


worker = threading.Thread(target=job, args=({},), name="worker")
worker.start()
worker.join()
print("done")
