"""The approaches of the workshop notebook, from loops to compiled threads.

Programs of our own after the same ideas. All use as many processes or threads as
they are told.
"""
import importlib.util
import math
import mmap
import multiprocessing
import os
import pathlib
import subprocess
import sysconfig
import tempfile

import numpy

from peer import Peer


def loops(threads):
    def distances(x, y):
        out = numpy.empty((len(x), len(y)))
        for i in range(len(x)):
            for j in range(len(y)):
                total = 0.0
                for k in range(x.shape[1]):
                    gap = x[i, k] - y[j, k]
                    total += gap * gap
                out[i, j] = math.sqrt(total)
        return out

    return distances


def from_row(row, y):
    gaps = y - row
    return numpy.sqrt((gaps * gaps).sum(axis=1))


def numpy_rows(threads):
    def distances(x, y):
        out = numpy.empty((len(x), len(y)))
        for i in range(len(x)):
            out[i] = from_row(x[i], y)
        return out

    return distances


def process_pool(threads):
    fork = multiprocessing.get_context("fork")

    def distances(x, y):
        with fork.Pool(threads) as pool:
            return numpy.array(pool.starmap(from_row, [(row, y) for row in x]))

    return distances


def fork_shared(threads):
    """As PyMP does it: children fill an array whose memory they share."""

    def fill(out, part, x, y):
        for i in range(part, len(x), threads):
            out[i] = from_row(x[i], y)

    def child(*work):
        process = os.fork()
        if process:
            return process
        status = 1
        try:
            fill(*work)
            status = 0
        finally:
            os._exit(status)  # no clean-up of what is the parent's

    def distances(x, y):
        memory = mmap.mmap(-1, 8 * len(x) * len(y))
        out = numpy.frombuffer(memory).reshape(len(x), len(y))
        children = [child(out, part, x, y) for part in range(1, threads)]
        fill(out, 0, x, y)
        for process in children:
            if os.waitpid(process, 0)[1] != 0:
                raise RuntimeError("a forked child failed")
        return out

    return distances


def cython_prange(threads):
    prange = compile_cython(pathlib.Path(__file__).with_name("prange.pyx"))

    def distances(x, y):
        out = numpy.empty((len(x), len(y)))
        prange.fill(x, y, out, threads)
        return out

    return distances


def compile_cython(source):
    """The module that `source` makes; nothing is left where it lies."""
    from Cython.Compiler.Main import CompilationOptions, compile

    with tempfile.TemporaryDirectory() as folder:
        c = f"{folder}/{source.stem}.c"
        library = f"{folder}/{source.stem}.so"
        if compile(str(source), CompilationOptions(output_file=c)).num_errors:
            raise RuntimeError("Cython could not translate")
        include = "-I" + sysconfig.get_paths()["include"]
        flags = ["-O3", "-march=native", "-fopenmp", "-fPIC", "-shared", "-w"]
        subprocess.run(["cc", *flags, include, c, "-o", library], check=True)
        spec = importlib.util.spec_from_file_location(source.stem, library)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def numba_prange(fastmath):
    def make(threads):
        import numba

        numba.set_num_threads(threads)

        # A function of its own, for within prange Numba forgets about fastmath.
        @numba.njit(fastmath=fastmath)
        def distance(x, y):
            total = 0.0
            for k in range(x.size):
                gap = x[k] - y[k]
                total += gap * gap
            return math.sqrt(total)

        @numba.njit(parallel=True)
        def distances(x, y):
            out = numpy.empty((x.shape[0], y.shape[0]))
            for i in numba.prange(x.shape[0]):
                for j in range(y.shape[0]):
                    out[i, j] = distance(x[i], y[j])
            return out

        return distances

    return make


PEERS = [
    Peer("Python loops", "numpy", loops),
    Peer("NumPy rows", "numpy", numpy_rows),
    Peer("multiprocessing", "numpy", process_pool),
    Peer("fork and share, as PyMP", "numpy", fork_shared),
    Peer("Cython prange", "Cython", cython_prange),
    Peer("Numba prange", "numba", numba_prange(False)),
    Peer("Numba prange, fastmath", "numba", numba_prange(True)),
]
