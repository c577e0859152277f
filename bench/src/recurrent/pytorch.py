# PyTorch's side of the benchmark of recurrent layers: one request a line in, one answer a line out, both JSON.
import base64
import json
import sys
import time

import torch

module, x, training = None, None, False


def reply(answer):
    print(json.dumps(answer), flush=True)


def floats(text, shape):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32).reshape(shape)


def load(request):
    global module, x, training
    training = request["training"]
    module = getattr(torch.nn, request["kind"])(request["features"], request["units"], batch_first=True)
    with torch.no_grad():
        for name, (text, shape) in request["parameters"].items():
            # Convoke's weights are [in, gates]; PyTorch's the other way around.
            getattr(module, name).copy_(floats(text, shape).T)
    x = floats(*request["input"]).requires_grad_(training)


def run():
    if not training:
        with torch.no_grad():
            return module(x)[0]
    module.zero_grad()
    x.grad = None
    output = module(x)[0]
    output.square().sum().backward()
    return output


reply({"version": torch.__version__})
for line in sys.stdin:
    request = json.loads(line)
    if "threads" in request:
        torch.set_num_threads(request["threads"])
        reply({})
    elif "load" in request:
        load(request["load"])
        reply({})
    else:
        start = time.perf_counter()
        output = run()
        spent = (time.perf_counter() - start) * 1000
        result = x.grad if training else output
        flat = result.detach().reshape(-1)
        reply({"ms": spent, "sample": [float(flat[i]) for i in request["run"]]})
