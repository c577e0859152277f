// What the programs in Python have in common: the words, the file of weights, and what is printed.

import { readSafetensors } from '../../code/python.ts'
import { quoted, type Shown, summary, weightsFile, wordsOf } from './facts.ts'

/** Everything before the network's own lines: `ids`, `weights`, `windows`, `maps`. */
export function pythonHead({ answer, reading }: Shown, imports: string): string {
  const { settings, step, vocabulary } = answer
  const { windows, maps } = settings
  return `# ${summary(settings, step)}
# ${weightsFile} lies in the folder where this runs.
import json
import struct

import numpy as np
${imports}

vocabulary = ${quoted(vocabulary)}
sentence = ${wordsOf(reading)}
windows = [${windows.join(', ')}]
maps = ${maps}


${readSafetensors}

weights = read_safetensors("${weightsFile}")
weights["embedding.weight"][0] = 0  # padding is zeros, whatever the file has there
# 0 is padding, 1 an unknown word. Padding stands behind the sentence, for one n-gram of padding alone.
numbers = {word: i + 2 for i, word in enumerate(vocabulary)}
ids = [numbers.get(word, 1) for word in sentence] + [0] * max(windows)
`
}

/** Everything after them, from \`logit\`, \`probability\` and \`answers\` by window, \`[positions, maps]\`, ReLU included. */
export const pythonTail = `
filters = []
for at, window in enumerate(windows):
    for map in range(maps):
        begin = int(answers[window][:, map].argmax())
        pooled = float(answers[window][begin, map])
        weight = float(weights["head.weight"][at * maps + map, 0])
        ngram = sentence[begin : begin + window] if pooled > 0 else []
        filters.append(
            {"window": window, "map": map, "ngram": ngram, "pooled": pooled, "weight": weight, "contribution": pooled * weight}
        )
print(json.dumps({"logit": logit, "probability": probability, "filters": filters}, ensure_ascii=False))
`
