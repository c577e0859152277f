"""Writes networks with random weights as ONNX files, each with an input and PyTorch's output: export.py FOLDER NAME …

Names are those of torchvision.models, with `segmentation.` or `video.` before them where they are from there, or unet, lstm, attention.
Works with PyTorch 1.13 and later, without the onnx package.
"""

import inspect
import sys
import warnings

import numpy as np
import torch
import torchvision.models as models
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings('ignore')


class UNet(nn.Module):
    def __init__(self):
        super().__init__()

        def block(i, o):
            return nn.Sequential(
                nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(), nn.Conv2d(o, o, 3, padding=1), nn.ReLU()
            )

        self.down = nn.ModuleList([block(3, 16), block(16, 32)])
        self.middle = block(32, 64)
        self.raise_ = nn.ConvTranspose2d(64, 32, 2, 2)
        self.up = nn.ModuleList([block(64, 32), block(48, 16)])
        self.head = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        a = self.down[0](x)
        b = self.down[1](F.max_pool2d(a, 2))
        y = self.up[0](torch.cat([self.raise_(self.middle(F.max_pool2d(b, 2))), b], 1))
        y = F.interpolate(y, scale_factor=2, mode='bilinear', align_corners=False)
        return self.head(self.up[1](torch.cat([y, a], 1)))


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        self.lstm = nn.LSTM(16, 24, 2, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(48, 12, batch_first=True)
        self.head = nn.Linear(12, 5)

    def forward(self, x):
        y, _ = self.lstm(self.embedding(x))
        _, state = self.gru(y)
        return self.head(state[-1])


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 32, 4, 4)
        self.project = nn.Linear(32, 96)
        self.norm = nn.LayerNorm(32)
        self.feed = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32))
        self.head = nn.Linear(32, 7)

    def forward(self, x):
        y = self.patches(x).flatten(2).transpose(1, 2)
        batch, length, size = y.shape
        q, k, v = [t.reshape(batch, length, 4, 8).transpose(1, 2) for t in self.project(self.norm(y)).chunk(3, -1)]
        seen = (torch.softmax(q @ k.transpose(-2, -1) / 8**0.5, -1) @ v).transpose(1, 2).reshape(batch, length, size)
        y = y + seen
        return self.head((y + self.feed(y)).mean(1))


def build(name):
    if name == 'unet':
        return UNet(), torch.randn(2, 3, 32, 48)
    if name == 'lstm':
        return Tagger(), torch.randint(0, 50, (3, 11))
    if name == 'attention':
        return Attention(), torch.randn(2, 3, 32, 32)
    family, _, rest = name.rpartition('.')
    make = getattr(getattr(models, family) if family else models, rest)
    known = {'weights': None}
    if family == 'segmentation':
        known['weights_backbone'] = None
    if 'init_weights' in inspect.signature(make).parameters or rest in ('googlenet', 'inception_v3'):
        known['init_weights'] = False
    if family == 'video':
        return make(**known), torch.randn(1, 3, 8, 64, 64)
    large = {'inception_v3': 299, 'swin_v2_t': 256}
    fixed = ('vit', 'swin', 'maxvit', 'vgg', 'alexnet')
    size = large.get(rest, 224 if rest.startswith(fixed) else 128)
    return make(**known), torch.randn(1, 3, size, size)


def main(folder, names):
    for name in names:
        torch.manual_seed(0)
        model, x = build(name)
        for part in model.modules():
            if getattr(part, 'running_mean', None) is not None:
                part.running_mean.uniform_(-0.2, 0.2)
                part.running_var.uniform_(0.5, 2)
            # Heads that start at zero would agree with anything.
            if isinstance(part, nn.Linear) and float(part.weight.detach().abs().max()) == 0:
                nn.init.normal_(part.weight, std=0.1)
        model.eval()
        y = model(x)
        y = y['out'] if isinstance(y, dict) else y
        opset = 16 if 'swin' in name else 14
        torch.onnx.export(model, x, f'{folder}/{name}.onnx', opset_version=opset, input_names=['input'])
        np.save(f'{folder}/{name}.in.npy', x.numpy())
        np.save(f'{folder}/{name}.out.npy', y.detach().numpy())


main(sys.argv[1], sys.argv[2:])
