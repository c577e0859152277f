// The network as a program for Node, with Convoke.

import { vectorSize } from '../state.ts'
import { quoted, type Shown, summary, weightsFile, wordsOf } from './facts.ts'

export function typescriptOf({ answer, reading }: Shown): string {
  const { settings, step, vocabulary } = answer
  const { windows, maps } = settings
  return `// ${summary(settings, step)}
// npm install convoke; ${weightsFile} lies in the folder where this runs.

import { readFile } from 'node:fs/promises'
import { data, formats, models, multiply, sigmoid, tensor } from 'convoke'

const words = data.vocabularyOf(${quoted(vocabulary)})
const sentence = ${wordsOf(reading)}
const windows = [${windows.join(', ')}]
const maps = ${maps}

const file = formats.decodeSafetensors(await readFile('${weightsFile}'))
const network = models.TextCNN({ vocabulary: words.size, classes: 1, size: ${vectorSize}, windows, maps, dropout: 0 })
network.loadState(formats.fromHost(file.tensors))
network.eval()

// What each window's filters answer to each n-gram, ReLU included.
const answers = new Map<string, Float32Array>()
network.observe({
  leave: ({ path, output }) => {
    if (path.startsWith('conv')) answers.set(path, (output as ReturnType<typeof tensor>).dataSync() as Float32Array)
  },
})

// Padding behind the sentence, for one n-gram of padding alone under the widest window.
const length = sentence.length + ${windows.at(-1)}
const logit = network(tensor(words.encode(sentence, length).data, { shape: [1, length] }))
const weights = await network.state()['head.weight'].data()

const filters = windows.flatMap((window, at) =>
  Array.from({ length: maps }, (_, map) => {
    const values = answers.get(\`conv\${window}\`)!.filter((_, i) => i % maps === map)
    const pooled = Math.max(...values)
    const begin = values.indexOf(pooled)
    const weight = weights[at * maps + map]
    const ngram = pooled === 0 ? [] : sentence.slice(begin, begin + window)
    return { window, map, ngram, pooled, weight, contribution: multiply(pooled, weight).item() }
  }),
)
console.log(JSON.stringify({ logit: logit.item(), probability: sigmoid(logit).item(), filters }))
`
}
