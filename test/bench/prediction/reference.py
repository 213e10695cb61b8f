"""scikit-learn's Gaussian process on the rows of the benchmark, as its yardstick.

Reads {"rows": [[is_lab, gap_um, loading], ...], "predictions": n} from standard input; writes the processor time of
one fit (hyperparameters by its own optimiser, no restarts) and of n predictions with their standard deviation.
"""

import json
import sys
import time

import numpy
import sklearn
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel


def main():
    given = json.load(sys.stdin)
    rows = numpy.array(given["rows"])
    x, y = rows[:, :2] / [1.0, 100.0], rows[:, 2]
    kernel = ConstantKernel(100.0) * RBF([1.0, 1.0]) + WhiteKernel(1.0)
    model = GaussianProcessRegressor(kernel, normalize_y=True)
    start = time.process_time()
    model.fit(x, y)
    fitted = time.process_time()
    asked = numpy.column_stack([numpy.zeros(given["predictions"]), numpy.linspace(0.6, 2.6, given["predictions"])])
    model.predict(asked, return_std=True)
    done = time.process_time()
    json.dump(
        {"version": sklearn.__version__, "fit_seconds": fitted - start, "predict_seconds": done - fitted},
        sys.stdout,
    )


main()
