"""Writes the weights of networks with random numbers as safetensors, each with an input and PyTorch's output: weights.py FOLDER NAME …

Names are those of torchvision.models, or of timm with `timm/` before them, where timm is installed.
"""

import json
import sys
import warnings

import numpy as np
import torch
import torchvision.models as models

warnings.filterwarnings('ignore')


def save(path, tensors):
    header, parts, at = {}, [], 0
    for name, tensor in tensors.items():
        values = tensor.detach().contiguous().numpy()
        data = values.tobytes()
        dtype = {'float32': 'F32', 'int64': 'I64'}[str(values.dtype)]
        header[name] = {'dtype': dtype, 'shape': list(values.shape), 'data_offsets': [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(len(text).to_bytes(8, 'little') + text)
        for part in parts:
            file.write(part)


def build(name):
    if name.startswith('timm/'):
        import timm

        return timm.create_model(name[5:])
    return getattr(models, name)(weights=None)


def main(folder, names):
    for name in names:
        torch.manual_seed(0)
        model = build(name)
        for part in model.modules():
            if getattr(part, 'running_mean', None) is not None:
                part.running_mean.uniform_(-0.2, 0.2)
                part.running_var.uniform_(0.5, 2)
        # Scales and biases that are 1, 0 or next to nothing would agree in any order.
        for path, parameter in model.named_parameters():
            if path.endswith(('layer_scale', 'gamma')):
                torch.nn.init.uniform_(parameter, 0.1, 0.5)
            elif parameter.dim() == 1:
                torch.nn.init.uniform_(parameter, *((0.5, 1.5) if path.endswith('weight') else (-0.2, 0.2)))
        model.eval()
        x = torch.randn(2, 3, *((224, 224) if 'vgg' in name else (96, 128)))
        y = model(x)
        base = f'{folder}/{name.replace("/", "-")}'
        save(f'{base}.safetensors', model.state_dict())
        np.save(f'{base}.in.npy', x.numpy().transpose(0, 2, 3, 1).copy())
        np.save(f'{base}.out.npy', y.detach().numpy())


main(sys.argv[1], sys.argv[2:])
