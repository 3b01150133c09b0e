"""What people call in Python for distances, as the libraries have it."""
import numpy

from peer import Peer


def scipy_cdist(threads):
    from scipy.spatial.distance import cdist

    return cdist


def scipy_pdist(threads):
    from scipy.spatial.distance import pdist

    return pdist


def scikit_learn(threads):
    from sklearn.metrics.pairwise import euclidean_distances

    return euclidean_distances


def torch_cdist(mode):
    def make(threads):
        import torch

        torch.set_num_threads(threads)
        return lambda x, y: torch.cdist(x, y, compute_mode=mode)

    return make


def torch_pdist(threads):
    import torch

    torch.set_num_threads(threads)
    return torch.nn.functional.pdist


def as_tensor(array):
    import torch

    return torch.from_numpy(array)


def faiss_pairwise(threads):
    import faiss

    faiss.omp_set_num_threads(threads)

    def distances(x, y):
        squares = faiss.pairwise_distances(x, y)
        return numpy.sqrt(squares, out=squares)

    return distances


def single(array):
    return array.astype(numpy.float32)


PEERS = [
    Peer("scipy cdist", "scipy", scipy_cdist),
    Peer("scipy pdist", "scipy", scipy_pdist, arrays=1),
    Peer("scikit-learn", "sklearn", scikit_learn),
    Peer("torch cdist, products", "torch", torch_cdist("use_mm_for_euclid_dist"),
         prepare=as_tensor),
    Peer("torch cdist, differences", "torch",
         torch_cdist("donot_use_mm_for_euclid_dist"), prepare=as_tensor),
    Peer("torch pdist", "torch", torch_pdist, arrays=1, prepare=as_tensor),
    Peer("faiss, float32", "faiss", faiss_pairwise, prepare=single),
]
