// The network as a program for PyTorch.

import type { Shown } from './facts.ts'
import { pythonHead, pythonTail } from './python.ts'

export const pytorchOf = (
  shown: Shown,
): string => `${pythonHead(shown, 'import torch\nimport torch.nn.functional as F')}
w = {name: torch.tensor(value) for name, value in weights.items()}
x = F.embedding(torch.tensor([ids]), w["embedding.weight"])  # [1, words, vector]
answers = {}
pooled = []
for window in windows:
    # Kernels are [words, vector, filters] in the file, [filters, vector, words] here.
    kernel = w[f"conv{window}.weight"].permute(2, 1, 0)
    y = F.relu(F.conv1d(x.transpose(1, 2), kernel, w[f"conv{window}.bias"]))  # [1, filters, positions]
    answers[window] = y[0].T.numpy()
    pooled.append(y.amax(dim=2))
y = torch.cat(pooled, dim=1) @ w["head.weight"] + w["head.bias"]
logit = y.item()
probability = torch.sigmoid(y).item()
${pythonTail}`
