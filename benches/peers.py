"""What people would run instead, each piece of work timed once and printed as one JSON line.

usage: peers.py numpy|torch DATA ACTIVATION EPOCHS | hog DATA | faiss|sklearn|liblinear DATA FEATURES

DATA holds MNIST's four files, raw or gzip, FEATURES the arrays Htr.npy and Hte.npy. One thread each.
"""
import gzip, json, os, sys, time
import numpy as np


def idx(folder, name, header):
    path = os.path.join(folder, name)
    read = gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path, "rb")
    with read as file:
        return np.frombuffer(file.read(), np.uint8)[header:]


def images(folder, split="train"):
    return idx(folder, f"{split}-images-idx3-ubyte", 16).reshape(-1, 28, 28)


def labels(folder, split="train"):
    return idx(folder, f"{split}-labels-idx1-ubyte", 8)


class Watch:
    """Wall-clock and processor seconds, one of each a lap."""

    def __init__(self):
        self.seconds, self.cpu_seconds, self.began = [], [], (time.perf_counter(), time.process_time())

    def lap(self):
        now = (time.perf_counter(), time.process_time())
        self.seconds.append(now[0] - self.began[0])
        self.cpu_seconds.append(now[1] - self.began[1])
        self.began = now

    def report(self, **more):
        print(json.dumps({"seconds": self.seconds, "cpu_seconds": self.cpu_seconds, **more}))


def numpy_mlp(data, activation, epochs):
    """The network in plain NumPy, float32, batch 64."""
    g = np.random.default_rng(0)
    x, y = images(data).reshape(-1, 784).astype(np.float32) / 255, labels(data)
    one_hot = np.eye(10, dtype=np.float32)[y]
    widths = [784, 500, 250, 100, 10]
    w = [g.uniform(-((6 / (a + b)) ** 0.5), (6 / (a + b)) ** 0.5, (a, b)).astype(np.float32) for a, b in zip(widths, widths[1:])]
    bias = [np.zeros(b, np.float32) for b in widths[1:]]
    f = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}[activation]
    df = {"sigmoid": lambda h: h * (1 - h), "tanh": lambda h: 1 - h * h, "relu": lambda h: (h > 0).astype(np.float32)}[activation]
    rate, watch = np.float32(0.05), Watch()
    for _ in range(int(epochs)):
        order, loss = g.permutation(60000), 0.0
        for start in range(0, 60000, 64):
            rows = order[start : start + 64]
            h = [x[rows]]
            for i in range(4):
                z = h[-1] @ w[i] + bias[i]
                h.append(f(z) if i < 3 else z)
            e = np.exp(h[-1] - h[-1].max(1, keepdims=True))
            p = e / e.sum(1, keepdims=True)
            loss -= float(np.log((p * one_hot[rows]).sum(1) + 1e-30).sum())
            d = (p - one_hot[rows]) / np.float32(len(rows))
            for i in (3, 2, 1, 0):
                gw, gb = h[i].T @ d, d.sum(0)
                if i:
                    d = (d @ w[i].T) * df(h[i])
                w[i] -= rate * gw
                bias[i] -= rate * gb
        watch.lap()
    watch.report(version=np.__version__, train_loss=loss / 60000)


def torch_mlp(data, activation, epochs):
    import torch, torch.nn as nn

    torch.set_num_threads(1)
    x = torch.from_numpy(images(data).reshape(-1, 784).astype(np.float32) / 255)
    y = torch.from_numpy(labels(data).astype(np.int64))
    act = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}[activation]
    model = nn.Sequential(nn.Linear(784, 500), act(), nn.Linear(500, 250), act(), nn.Linear(250, 100), act(), nn.Linear(100, 10))
    for layer in model[::2]:
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    optimiser, watch = torch.optim.SGD(model.parameters(), lr=0.05, foreach=True), Watch()
    for _ in range(int(epochs)):
        order, total = torch.randperm(60000), 0.0
        for start in range(0, 60000, 64):
            rows = order[start : start + 64]
            optimiser.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            optimiser.step()
            total += loss.item() * len(rows)
        watch.lap()
    watch.report(version=torch.__version__, train_loss=total / 60000)


def skimage_hog(data):
    import skimage
    from skimage.feature import hog

    both, watch = np.concatenate([images(data), images(data, "t10k")]), Watch()
    for image in both:
        hog(image, orientations=9, pixels_per_cell=(7, 7), cells_per_block=(2, 2), block_norm="L2-Hys", feature_vector=True)
    watch.lap()
    watch.report(version=skimage.__version__)


def features(folder):
    return (np.ascontiguousarray(np.load(f"{folder}/{name}.npy"), np.float32) for name in ("Htr", "Hte"))


def faiss_knn(data, folder):
    import faiss

    faiss.omp_set_num_threads(1)
    (train, test), y, watch = features(folder), labels(data), Watch()
    index = faiss.IndexFlatL2(train.shape[1])
    index.add(train)
    nearest = index.search(test, 3)[1]
    found = np.array([np.bincount(y[row], minlength=10).argmax() for row in nearest])
    watch.lap()
    watch.report(version=faiss.__version__, accuracy=float((found == labels(data, "t10k")).mean()))


def sklearn_knn(data, folder):
    import sklearn
    from sklearn.neighbors import KNeighborsClassifier

    (train, test), y, watch = features(folder), labels(data), Watch()
    found = KNeighborsClassifier(3, algorithm="brute", n_jobs=1).fit(train, y).predict(test)
    watch.lap()
    watch.report(version=sklearn.__version__, accuracy=float((found == labels(data, "t10k")).mean()))


def liblinear_svm(data, folder):
    import sklearn
    from sklearn.svm import LinearSVC

    (train, test), y = features(folder), labels(data)
    train = train.astype(np.float64)
    watch = Watch()
    svm = LinearSVC(loss="squared_hinge", dual=True, C=1.0, random_state=0).fit(train, y)
    watch.lap()
    sign = np.where(np.arange(10)[None] == y[:, None], 1, -1)
    hinge = np.maximum(0, 1 - sign * svm.decision_function(train)) ** 2
    objective = 0.5 * ((svm.coef_**2).sum() + (svm.intercept_**2).sum()) + hinge.sum()
    accuracy = float((svm.predict(test) == labels(data, "t10k")).mean())
    watch.report(version=sklearn.__version__, accuracy=accuracy, objective=float(objective))


WORKS = {
    "numpy": numpy_mlp,
    "torch": torch_mlp,
    "hog": skimage_hog,
    "faiss": faiss_knn,
    "sklearn": sklearn_knn,
    "liblinear": liblinear_svm,
}

if __name__ == "__main__":
    WORKS[sys.argv[1]](*sys.argv[2:])
