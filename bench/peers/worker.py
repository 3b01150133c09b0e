"""Runs Python's peers for another process, which orders line by line.

    python3 worker.py THREADS

reads orders from its input and answers each on its output, a line of JSON each:
{"do": "time", "peer": "scipy cdist", "calls": 1} is answered {"seconds": 0.25}. An
order that fails is answered {"error": "why"}.
"""
import gc
import importlib
import importlib.metadata
import json
import os
import platform
import sys
import time

import numpy

import libraries
import neighbours
import notebook

# Modules that are called otherwise where versions are kept.
DISTRIBUTIONS = {"sklearn": "scikit-learn"}


class Worker:
    def __init__(self, threads):
        self.threads = threads
        self.peers = {}
        self.functions = {}
        self.arrays = ()
        self.prepared = {}

    def start(self):
        """Makes all peers ready, and tells which are, and why others are not."""
        versions = {"Python": platform.python_version()}
        missing = {}
        for peer in libraries.PEERS + notebook.PEERS + neighbours.PEERS:
            try:
                version = version_of(peer.package)
                function = peer.make(self.threads)
                # What compiles at its first call compiles now.
                trial = peer.prepare(numpy.arange(240.0).reshape(120, 2))
                function(*[trial] * peer.arrays)
            except Exception as error:
                missing[peer.name] = f"{type(error).__name__}: {error}"
                continue
            versions[DISTRIBUTIONS.get(peer.package, peer.package)] = version
            self.peers[peer.name] = peer
            self.functions[peer.name] = function
        gc.collect()
        gc.freeze()  # what libraries brought needs no look before each run
        return {"found": list(self.peers), "missing": missing, "versions": versions}

    def take(self, files, shapes):
        """Reads the data, matrices as R writes them, into C order as is usual here."""
        self.prepared = {}
        self.arrays = [
            numpy.ascontiguousarray(numpy.fromfile(file).reshape(shape[::-1]).T)
            for file, shape in zip(files, shapes)
        ]
        return {}

    def ready(self, peer):
        if peer not in self.prepared:
            prepare = self.peers[peer].prepare
            self.prepared[peer] = [prepare(array) for array in self.arrays]
        return self.functions[peer], self.prepared[peer]

    def time(self, peer, calls):
        function, arrays = self.ready(peer)
        gc.collect()
        seconds = 0.0
        for _ in range(calls):
            start = time.perf_counter()
            result = function(*arrays)
            seconds += time.perf_counter() - start
            del result
        return {"seconds": seconds / calls}

    def write(self, peer, file):
        """Writes a peer's result, as R keeps matrices."""
        function, arrays = self.ready(peer)
        result = numpy.asarray(function(*arrays), dtype=numpy.float64)
        numpy.ascontiguousarray(result.T).tofile(file)
        return {"shape": result.shape}


def version_of(package):
    module = importlib.import_module(package)
    if hasattr(module, "__version__"):
        return module.__version__
    return importlib.metadata.version(package)


def main():
    # What libraries print must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = Worker(int(sys.argv[1]))
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = getattr(worker, order.pop("do"))(**order)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
