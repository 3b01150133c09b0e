"""What people call in Python for exact nearest neighbours: rows of the second array
for each row of the first."""
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


PEERS = [
    peer
    for k in (1, 5, 10, 100)
    for peer in (
        Peer(f"scikit-learn brute, k = {k}", "sklearn", scikit_learn(k)),
        Peer(f"faiss flat, float32, k = {k}", "faiss", faiss_flat(k), prepare=single),
    )
]
