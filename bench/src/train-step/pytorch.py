# PyTorch's side of the training steps: one request a line in, one answer a line out, both JSON. Networks and layers
# bear Convoke's names, so that its weights find their places.
import base64
import json
import os
import queue
import sys
import threading
import time
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn

requests = queue.Queue()


def listen():
    """Whoever asks may end before a step does: then nothing more is computed."""
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)


def reply(answer):
    print(json.dumps(answer), flush=True)


def floats(text, shape):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32).reshape(shape)


class ConvNorm(nn.Module):
    def __init__(self, channels, out, kernel, stride=1, relu=True):
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(out)
        self.relu = relu

    def forward(self, x):
        y = self.norm(self.conv(x))
        return F.relu(y, inplace=True) if self.relu else y


class Block(nn.Module):
    """As torchvision's: the sum and its ReLU are written over the body's result."""

    def __init__(self, body, shortcut):
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x):
        y = self.body(x)
        y += x if self.shortcut is None else self.shortcut(x)
        return F.relu(y, inplace=True)


def named(**layers):
    return nn.Sequential(OrderedDict(layers))


def compact(channels, classes, widths):
    stages = OrderedDict()
    for i, width in enumerate(widths):
        before = widths[i - 1] if i > 0 else channels
        layers = OrderedDict(unit1=ConvNorm(before, width, 3))
        if i > 0:
            layers["unit2"] = ConvNorm(width, width, 3)
        if i < len(widths) - 1:
            layers["pool"] = nn.MaxPool2d(2)
        stages["stage%d" % (i + 1)] = nn.Sequential(layers)
    return named(**stages, pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten(), head=nn.Linear(widths[-1], classes))


def basic(before, base, stride):
    return named(conv1=ConvNorm(before, base, 3, stride), conv2=ConvNorm(base, base, 3, relu=False))


def bottleneck(before, base, stride):
    return named(
        conv1=ConvNorm(before, base, 1),
        conv2=ConvNorm(base, base, 3, stride),
        conv3=ConvNorm(base, 4 * base, 1, relu=False),
    )


def resnet(channels, classes, stem, block, depths):
    layers = OrderedDict(stem=ConvNorm(channels, 64, 3) if stem == "small" else ConvNorm(channels, 64, 7, 2))
    if stem != "small":
        layers["pool1"] = nn.MaxPool2d(3, 2, 1)
    make, expansion = (bottleneck, 4) if block == "bottleneck" else (basic, 1)
    before = 64
    for stage, depth in enumerate(depths):
        base = 64 * 2**stage
        out, blocks = base * expansion, []
        for i in range(depth):
            stride = 2 if i == 0 and stage > 0 else 1
            around = None if before == out and stride == 1 else ConvNorm(before, out, 1, stride, relu=False)
            blocks.append(Block(make(before, base, stride), around))
            before = out
        layers["stage%d" % (stage + 1)] = nn.Sequential(*blocks)
    return named(**layers, pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten(), head=nn.Linear(before, classes))


def make(kind, **plan):
    network = compact(**plan) if kind == "compact" else resnet(**plan)
    return network.to(memory_format=torch.channels_last).train()


renamed = {"scale": "weight", "mean": "running_mean", "variance": "running_var"}


def place_of(name):
    path, _, last = name.rpartition(".")
    return "%s.%s" % (path, renamed.get(last, last))


def as_here(weight):
    """[height, width, in, out] is [out, in, height, width] here; [in, out] is [out, in]."""
    return weight.permute(3, 2, 0, 1) if weight.dim() == 4 else weight.t() if weight.dim() == 2 else weight


class Training:
    """One network and its steps."""

    def __init__(self, plan):
        self.model = make(**plan)
        self.state = self.model.state_dict()
        self.missing = {name for name in self.state if not name.endswith("num_batches_tracked")}

    def load(self, name, data, shape):
        place, weight = place_of(name), as_here(floats(data, shape))
        target = self.state.get(place)
        if target is None or target.shape != weight.shape:
            raise ValueError("there is no %s of shape %s in PyTorch's network" % (place, list(weight.shape)))
        target.copy_(weight)
        self.missing.discard(place)

    def begin(self, pictures, shape, labels, optimizer, learning_rate, compiled):
        if self.missing:
            raise ValueError("nothing was given for %s" % ", ".join(sorted(self.missing)))
        # [batch, height, width, channels] is how channels last lie in memory.
        self.x = floats(pictures, shape).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        self.y = torch.tensor(labels)
        self.loss = lambda: F.cross_entropy(self.model(self.x), self.y)
        if compiled:
            self.compile()
        self.optimizer = optimizer_of(optimizer, self.model.parameters(), learning_rate)

    def compile(self):
        """Compiles both ways before the first step, which is to start from the weights and averages that were given."""
        if not hasattr(torch, "compile"):
            raise ValueError("PyTorch %s has no torch.compile" % torch.__version__)
        compiled = torch.compile(lambda x, y: F.cross_entropy(self.model(x), y))
        self.loss = lambda: compiled(self.x, self.y)
        kept = [(buffer, buffer.clone()) for buffer in self.model.buffers()]
        self.loss().backward()
        self.model.zero_grad(set_to_none=True)
        with torch.no_grad():
            for buffer, before in kept:
                buffer.copy_(before)

    def step(self):
        start, spent = time.perf_counter(), time.process_time()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        self.optimizer.step()
        value = loss.item()
        return {
            "loss": value,
            "time": (time.perf_counter() - start) * 1000,
            "cpu": (time.process_time() - spent) * 1000,
        }


def optimizer_of(kind, parameters, rate):
    parameters = list(parameters)

    def make_it(**options):
        if kind == "adam":
            return torch.optim.Adam(parameters, lr=rate, **options)
        return torch.optim.SGD(parameters, lr=rate, momentum=0.9, **options)

    try:
        # One pass over all weights; for processors from 2.4 on.
        return make_it(fused=True)
    except (TypeError, RuntimeError):
        return make_it()


def peak_memory():
    """MiB; none where the system does not say."""
    try:
        with open("/proc/self/status") as status:
            found = [line.split()[1] for line in status if line.startswith("VmHWM:")]
        return int(found[0]) / 1024
    except (OSError, IndexError):
        return None


def answer(training, request):
    if "weight" in request:
        training.load(**request["weight"])
    elif "begin" in request:
        training.begin(**request["begin"])
    elif "step" in request:
        return training.step()
    else:
        return {"memory": peak_memory()}
    return {}


def serve():
    threading.Thread(target=listen, daemon=True).start()
    instructions = getattr(getattr(torch.backends, "cpu", None), "get_cpu_capability", lambda: None)()
    reply({"version": torch.__version__, "instructions": instructions})
    training = None
    while True:
        request = json.loads(requests.get())
        try:
            if "plan" in request:
                torch.set_num_threads(request["threads"])
                training = Training(request["plan"])
                reply({})
            else:
                reply(answer(training, request))
        except Exception as error:
            reply({"error": " ".join(str(error).split())[:300]})


if __name__ == "__main__":
    serve()
