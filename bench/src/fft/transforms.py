# The peers of the benchmark of transforms: scipy.fft, and FFTW's measured plans through its shared library where there is one. One
# request a line in, one answer a line out, both JSON.
import ctypes
import ctypes.util
import json
import sys
import time

import numpy as np
import scipy
import scipy.fft

x, task, plan, buffers, result = None, None, None, None, None


def load_fftw():
    # The name that is not found is None, by which CDLL opens the program itself.
    for name in filter(None, ("libfftw3f.so.3", ctypes.util.find_library("fftw3f"))):
        try:
            library = ctypes.CDLL(name)
        except (OSError, TypeError):
            continue
        library.fftwf_malloc.restype = ctypes.c_void_p
        library.fftwf_malloc.argtypes = [ctypes.c_size_t]
        library.fftwf_free.argtypes = [ctypes.c_void_p]
        library.fftwf_set_timelimit.argtypes = [ctypes.c_double]
        library.fftwf_plan_many_dft.restype = ctypes.c_void_p
        library.fftwf_plan_many_dft_r2c.restype = ctypes.c_void_p
        library.fftwf_execute.argtypes = [ctypes.c_void_p]
        library.fftwf_destroy_plan.argtypes = [ctypes.c_void_p]
        return library
    return None


fftw = load_fftw()


def reply(answer):
    print(json.dumps(answer), flush=True)


def plan_fftw():
    """Out of place, FFTW_MEASURE, at most ten seconds."""
    global plan, buffers
    if fftw is None:
        return
    if plan is not None:
        fftw.fftwf_destroy_plan(plan)
        for buffer in buffers:
            fftw.fftwf_free(buffer)
    shape, axes = task["shape"], task["axes"]
    dims = shape[len(shape) - len(axes):]
    batch = int(np.prod(shape[: len(shape) - len(axes)], dtype=int))
    size = int(np.prod(dims))
    half = size // dims[-1] * (dims[-1] // 2 + 1)
    real = task["kind"] == "rfft"
    sizes = (ctypes.c_int * len(dims))(*dims)
    pointer = ctypes.c_void_p
    buffers = [fftw.fftwf_malloc(8 * size * batch), fftw.fftwf_malloc(8 * size * batch)]
    fftw.fftwf_set_timelimit(10.0)
    common = (len(dims), sizes, batch, pointer(buffers[0]), None, 1, size, pointer(buffers[1]), None, 1)
    if real:
        plan = fftw.fftwf_plan_many_dft_r2c(*common, half, 0)
    else:
        plan = fftw.fftwf_plan_many_dft(*common, size, -1, 0)
    ctypes.memmove(buffers[0], x.ctypes.data, x.nbytes)


def run_scipy():
    global result
    transform = scipy.fft.fftn if task["kind"] == "fft" else scipy.fft.rfftn
    result = transform(x, axes=task["axes"], workers=1)


reply({"version": scipy.__version__, "fftw": fftw is not None})
for line in sys.stdin:
    request = json.loads(line)
    if "load" in request:
        task = request["load"]
        values = np.fromfile(request["file"], dtype=np.float32)
        x = (values if task["kind"] == "rfft" else values.view(np.complex64)).reshape(task["shape"])
        plan_fftw()
        run_scipy()
        flat = result.reshape(-1).view(np.float32)
        reply({"sample": [float(flat[i]) for i in request["sample"]], "peak": float(np.abs(flat).max())})
    else:
        start = time.perf_counter()
        for _ in range(request["times"]):
            if request["run"] == "scipy":
                run_scipy()
            else:
                fftw.fftwf_execute(plan)
        reply({"ms": (time.perf_counter() - start) * 1000 / request["times"]})
