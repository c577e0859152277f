# OpenCV's side of the benchmark of pictures: one request a line in, one answer a line out, both JSON.
import json
import sys
import time

import cv2
import numpy as np

cv2.setNumThreads(1)
border = cv2.BORDER_REFLECT_101
data, shape, picture, result = None, None, None, None


def reply(answer):
    print(json.dumps(answer), flush=True)


def run(case):
    global result
    size = case["size"]
    if case["kind"] == "gaussian":
        result = cv2.GaussianBlur(picture, (size, size), case["sigma"], dst=result, borderType=border)
    elif case["kind"] == "sobel":
        result = cv2.Sobel(picture, cv2.CV_32F, 1, 0, dst=result, ksize=size, borderType=border)
    else:
        kernel = np.array(case["kernel"], dtype=np.float32).reshape(size, size)
        result = cv2.filter2D(picture, -1, kernel, dst=result, borderType=border)


reply({"version": cv2.__version__})
for line in sys.stdin:
    request = json.loads(line)
    if "load" in request:
        data = np.fromfile(request["load"], dtype=np.float32)
        shape = request["shape"]
        picture = data.reshape(shape if shape[2] > 1 else shape[:2])
        result = None
        reply({})
    else:
        start = time.perf_counter()
        run(request["run"])
        spent = (time.perf_counter() - start) * 1000
        flat = result.reshape(-1)
        reply({"ms": spent, "sample": [float(flat[i]) for i in request["sample"]]})
