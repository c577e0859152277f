// What is shown as a program for PyTorch: the network node by node, with the weights of the safetensors file.

import { readSafetensors } from '../../code/python.ts'
import { insideFile, numbersText, type Told } from './told.ts'

/** Undefined where a node has no line. */
export function pytorchOf({ facts, form, layers, layer, channel, cam, occlusion }: Told): string | undefined {
  if (!('lines' in facts.pytorch)) return undefined
  const { height, width, channels } = form
  const { score } = facts
  const last = (at: number, name: string): string =>
    facts.first[at]
      ? `${name}[0].permute(1, 2, 0)`
      : `${name}.reshape(${layers[at].height}, ${layers[at].width}, ${layers[at].channels})`
  return `# ${insideFile} lies in the folder where this runs: the network's weights, and the picture.
import json
import struct

import numpy as np
import torch
import torch.nn.functional as F


${readSafetensors}

w = {name: torch.from_numpy(value) for name, value in read_safetensors("${insideFile}").items()}
picture = w["picture"]  # [${height}, ${width}, ${channels}], 0 ... 1


def run(image, taps={}):
    """Every value of the network by its name in the ONNX file; taps are added to values."""
    def tap(name, value):
        return value + taps[name] if name in taps else value

    x = (image * torch.tensor(${numbersText(facts.scale)}) + torch.tensor(${numbersText(facts.shift)}))[None]
    v = {${JSON.stringify(facts.input)}: ${facts.inputFirst ? 'x.permute(0, 3, 1, 2)' : 'x'}}
    ${facts.pytorch.lines.join('\n    ')}
    return v


values = run(picture)
shown = {"map": ${last(layer, `values[${JSON.stringify(facts.values[layer])}]`)}[..., ${channel}].flatten().tolist()}
${
  score === undefined
    ? ''
    : `

def chances(image):
    return F.softmax(run(image)[${JSON.stringify(score)}].flatten(), dim=0)


shown["chances"] = chances(picture).tolist()
`
}${
  cam === undefined || score === undefined
    ? ''
    : `
# Grad-CAM (Selvaraju et al. 2017).
name = ${JSON.stringify(facts.values[cam.layer])}
tap = torch.zeros_like(values[name], requires_grad=True)
run(picture, {name: tap})[${JSON.stringify(score)}].flatten()[${cam.class}].backward()
grown = ${last(cam.layer, 'tap.grad')}
maps = ${last(cam.layer, 'values[name]')}
shown["gradCam"] = F.relu((maps * grown.mean(dim=(0, 1))).sum(dim=-1)).flatten().tolist()
`
}${
  occlusion === undefined || score === undefined
    ? ''
    : `
# Occlusion (Zeiler & Fergus 2014): a patch of the picture's mean colour over one place after the other.
patch, stride = ${occlusion.patch}, ${occlusion.stride}
colour = picture.mean(dim=(0, 1))
whole = chances(picture)[${occlusion.class}]
drops = []
for row in range(0, ${height}, stride):
    for column in range(0, ${width}, stride):
        top, left = (at + stride // 2 - patch // 2 for at in (row, column))
        covered = picture.clone()
        covered[max(0, top) : max(0, top + patch), max(0, left) : max(0, left + patch)] = colour
        drops.append((whole - chances(covered)[${occlusion.class}]).item())
shown["occlusion"] = drops
`
}
print(json.dumps(shown))
`
}
