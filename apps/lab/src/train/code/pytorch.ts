// The network as a program for PyTorch: it loads the weights and reads the pictures that were held out.

import { lines, readSafetensors } from '../../code/python.ts'
import { networkSummary, picturesFile, pythonTail, type Used, weightsFile } from './used.ts'

export const pytorchOf = (used: Used): string => {
  const { kernel, depth, classes, mean, deviation } = used
  return lines(`
# ${networkSummary(used)}
# ${weightsFile} and ${picturesFile} lie in the folder where this runs.
import json
import struct

import numpy as np
import torch
import torch.nn.functional as F

classes = ${JSON.stringify(classes)}


${readSafetensors}

w = {name: torch.from_numpy(value) for name, value in read_safetensors("${weightsFile}").items()}


def unit(x, name):
    """A convolution with batch normalisation and ReLU."""
    # Kernels are [height, width, in, out] in the file, [out, in, height, width] here.
    x = F.conv2d(x, w[f"{name}.conv.weight"].permute(3, 2, 0, 1), padding=${(kernel - 1) / 2})
    n = f"{name}.norm"
    return F.relu(F.batch_norm(x, w[f"{n}.mean"], w[f"{n}.variance"], w[f"{n}.scale"], w[f"{n}.bias"], eps=1e-5))


def network(x):
    """Scores: [batch, channels, height, width] to [batch, ${classes.length}]."""
    x = unit(x, "stage1.unit1")
    for stage in range(2, ${depth + 1}):
        x = F.max_pool2d(x, 2)
        x = unit(unit(x, f"stage{stage}.unit1"), f"stage{stage}.unit2")
    return x.mean(dim=(2, 3)) @ w["head.weight"] + w["head.bias"]


held_out = read_safetensors("${picturesFile}")
x = (torch.from_numpy(held_out["image"]) - torch.tensor([${mean.join(', ')}])) / torch.tensor([${deviation.join(', ')}])
found = network(x.permute(0, 3, 1, 2)).argmax(dim=1).numpy()
truth = held_out["label"]
${pythonTail}`)
}
