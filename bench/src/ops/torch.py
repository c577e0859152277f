# PyTorch's side of `--ops`: one request a line in, one answer a line out, both JSON. One thread.
import base64
import json
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(1)
names, watched, code = {}, [], None


def reply(answer):
    print(json.dumps(answer), flush=True)


def floats(text):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32) if text else torch.zeros(0)


def sent(values):
    return base64.b64encode(values.detach().to(torch.float32).contiguous().numpy().tobytes()).decode()


def evaluate():
    return eval(code, names)


def forward():
    with torch.no_grad():
        return evaluate()


def backward():
    for x in watched:
        x.grad = None
    evaluate().sum().backward()


def prepare(request):
    """Inputs of a case and its expression; answers with the result."""
    global names, watched, code
    names, watched = {"torch": torch, "F": F}, []
    for i, (text, shape, integers, constant) in enumerate(request["inputs"]):
        x = floats(text).reshape(shape)
        if integers:
            x = x.to(torch.int64)
        elif not constant and request["backward"]:
            watched.append(x.requires_grad_(True))
        names["x%d" % i] = x
    code = compile(request["code"], "op", "eval")
    return {"values": sent(forward())}


def gradients(weights):
    """Of the sum of the result times weights, each with respect to one input."""
    for x in watched:
        x.grad = None
    y = evaluate()
    (y * floats(weights).reshape(y.shape)).sum().backward()
    return {"gradients": [sent(torch.zeros_like(x) if x.grad is None else x.grad) for x in watched]}


def timed(run, budget):
    run()
    count, start = 0, time.perf_counter()
    while True:
        run()
        count += 1
        spent = (time.perf_counter() - start) * 1000
        if spent >= budget:
            return {"ms": spent / count}


reply({"version": torch.__version__, "instructions": torch.backends.cpu.get_cpu_capability()})
for line in sys.stdin:
    request = json.loads(line)
    try:
        if "code" in request:
            reply(prepare(request))
        elif "weights" in request:
            reply(gradients(request["weights"]))
        else:
            reply(timed(backward if request["backward"] else forward, request["budget"]))
    except Exception as error:
        reply({"error": str(error)})
