"""What people call in Python for exact nearest neighbours: rows of the second array
for each row of the first."""
import numpy

from libraries import single
from peer import Peer


def scikit_learn(k):
    def make(threads):
        from sklearn.neighbors import NearestNeighbors

        def nearest(x, y):
            index = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(y)
            return index.kneighbors(x)[0]

        return nearest

    return make


def faiss_flat(k):
    def make(threads):
        import faiss

        faiss.omp_set_num_threads(threads)

        def nearest(x, y):
            index = faiss.IndexFlatL2(y.shape[1])
            index.add(y)
            return index.search(x, k)[0]

        return nearest

    return make


def others(find):
    """Distances to the k nearest other rows of one array, by `find(x, k + 1)`, which
    also finds the row itself, first."""
    return lambda x: find(x)[:, 1:]


def scikit_learn_others(algorithm, k):
    def make(threads):
        from sklearn.neighbors import NearestNeighbors

        def find(x):
            index = NearestNeighbors(
                n_neighbors=k + 1, algorithm=algorithm, n_jobs=threads
            )
            return index.fit(x).kneighbors(x)[0]

        return others(find)

    return make


def scipy_others(k):
    def make(threads):
        from scipy.spatial import cKDTree

        return others(lambda x: cKDTree(x).query(x, k + 1, workers=threads)[0])

    return make


def pykdtree_others(k):
    def make(threads):
        from pykdtree.kdtree import KDTree

        return others(lambda x: KDTree(x).query(x, k + 1)[0])

    return make


def faiss_others(k):
    nearest = faiss_flat(k + 1)

    def make(threads):
        search = nearest(threads)
        return others(lambda x: numpy.sqrt(numpy.maximum(search(x, x), 0)))

    return make


OTHERS = [
    Peer("scikit-learn kd-tree", "sklearn", scikit_learn_others("kd_tree", 10), arrays=1),
    Peer("scikit-learn brute", "sklearn", scikit_learn_others("brute", 10), arrays=1),
    Peer("SciPy cKDTree", "scipy", scipy_others(10), arrays=1),
    Peer("pykdtree", "pykdtree", pykdtree_others(10), arrays=1),
    Peer("faiss flat, float32", "faiss", faiss_others(10), arrays=1, prepare=single),
]

PEERS = OTHERS + [
    peer
    for k in (1, 5, 10, 100)
    for peer in (
        Peer(f"scikit-learn brute, k = {k}", "sklearn", scikit_learn(k)),
        Peer(f"faiss flat, float32, k = {k}", "faiss", faiss_flat(k), prepare=single),
    )
]
