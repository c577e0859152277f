// The network as a program for PyTorch: it loads the weights and finds the masks of the pictures that are shown.

import { lines, readSafetensors } from '../../code/python.ts'
import { picturesFile, type Used, weightsFile } from './used.ts'

export const pytorchOf = ({ depth, kernel, skips, classes, mean, deviation }: Used): string =>
  lines(`
# A U-Net of ${depth} levels, ${skips ? 'with' : 'without'} skip connections (Ronneberger et al. 2015).
# ${weightsFile} and ${picturesFile} lie in the folder where this runs.
import json
import struct

import numpy as np
import torch
import torch.nn.functional as F

classes = ${JSON.stringify(classes)}


${readSafetensors}

w = {name: torch.from_numpy(value) for name, value in read_safetensors("${weightsFile}").items()}


def double(x, name):
    """Two convolutions, each with batch normalisation and ReLU."""
    for i in (1, 2):
        # Kernels are [height, width, in, out] in the file, [out, in, height, width] here.
        x = F.conv2d(x, w[f"{name}.conv{i}.weight"].permute(3, 2, 0, 1), padding=${(kernel - 1) / 2})
        norm = f"{name}.norm{i}"
        x = F.batch_norm(x, w[f"{norm}.mean"], w[f"{norm}.variance"], w[f"{norm}.scale"], w[f"{norm}.bias"], eps=1e-5)
        x = F.relu(x)
    return x


def unet(x):
    """Scores for each pixel: [batch, 3, height, width] to [batch, ${classes.length}, height, width]."""
    kept = []
    for level in range(1, ${depth + 1}):
        kept.append(double(x, f"down{level}"))
        x = F.max_pool2d(kept[-1], 2)
    x = double(x, "bottom")
    for level in range(${depth}, 0, -1):
        x = F.conv_transpose2d(x, w[f"up{level}.weight"].permute(3, 2, 0, 1), w[f"up{level}.bias"], stride=2)
        ${skips ? 'x = double(torch.cat([kept[level - 1], x], dim=1), f"merge{level}")' : 'x = double(x, f"merge{level}")'}
    return F.conv2d(x, w["head.weight"].permute(3, 2, 0, 1), w["head.bias"])


shown = read_safetensors("${picturesFile}")
x = (torch.from_numpy(shown["image"]) - torch.tensor([${mean.join(', ')}])) / torch.tensor([${deviation.join(', ')}])
found = unet(x.permute(0, 3, 1, 2)).argmax(dim=1)
truth = torch.from_numpy(shown["mask"])

pictures = []
for own, there in zip(found, truth):
    counts = [int((own == label).sum()) for label in range(len(classes))]
    pictures.append({"found": dict(zip(classes, counts)), "wrong": int((own != there).sum())})
print(json.dumps(pictures))
`)
