// What a TextCNN looks for: the phrases that its kernels answer to most, for the kernels that weigh most in the decision.

import { type data, keep, type nn, scope, Tensor, tensor, withoutGradients } from 'convoke'
import type { RunConfig } from '../config.ts'
import { tokenizerOf } from '../kits/tokenizer.ts'
import type { Section } from './section.ts'

/** Texts looked through, kernels shown for each class, phrases for each kernel. */
const [mostTexts, shownKernels, shownPhrases] = [400, 6, 4]

interface Answer {
  readonly strength: number
  readonly phrase: string
}

/** Strongest answers of each kernel of the windows, in the order of the head's inputs. */
async function answers(
  config: RunConfig,
  model: nn.Module,
  set: data.Dataset<data.TokenizedText>,
  textOf: (index: number) => string,
): Promise<Answer[][]> {
  const divide = tokenizerOf(config.text!)
  const best: Answer[][] = []
  const seen: { readonly window: number; readonly value: Tensor }[] = []
  const stop = model.observe({
    leave: ({ module, output }) => {
      if (!module.kind.startsWith('Conv1d') || !(output instanceof Tensor)) return
      seen.push({ window: Number(module.options['kernel']), value: keep(output.view(output.shape)) })
    },
  })
  try {
    for (let index = 0; index < Math.min(mostTexts, set.length); index++) {
      const { tokens } = await set.get(index)
      withoutGradients(() => scope(() => model(tensor(tokens.data, { shape: [1, tokens.shape[0]] })))).dispose()
      const words = divide(textOf(index))
      let first = 0
      for (const { window, value } of seen.splice(0)) {
        const [, positions, maps] = value.shape
        const numbers = await value.data()
        value.dispose()
        for (let map = 0; map < maps; map++) {
          let at = 0
          for (let p = 1; p < positions; p++) if (numbers[p * maps + map] > numbers[at * maps + map]) at = p
          const phrase = words.slice(at, at + window).join(' ')
          best[first + map] ??= []
          const list = best[first + map]
          if (phrase === '' || list.some((one) => one.phrase === phrase)) continue
          list.push({ strength: numbers[at * maps + map], phrase })
          list.sort((a, b) => b.strength - a.strength)
          list.splice(shownPhrases)
        }
        first += maps
      }
    }
  } finally {
    stop()
  }
  return best
}

/** A table of phrases by class; none for networks that are no TextCNN. */
export async function phraseSections(
  config: RunConfig,
  model: nn.Module,
  set: data.Dataset<data.TokenizedText>,
  textOf: (index: number) => string,
): Promise<Section[]> {
  if (config.model.name !== 'textcnn') return []
  model.eval()
  const found = await answers(config, model, set, textOf)
  const { classes } = config
  const head = Array.from(await model.state()['head.weight'].data())
  // What a kernel adds to a class above what it adds to all of them on average.
  const weightFor = (kernel: number, label: number): number => {
    const own = head.slice(kernel * classes.length, (kernel + 1) * classes.length)
    return own[label] - own.reduce((sum, value) => sum + value, 0) / classes.length
  }
  const rows = classes.slice(0, 20).flatMap((name, label) =>
    found
      .map((list, kernel) => ({ list, weight: weightFor(kernel, label) * (list[0]?.strength ?? 0) }))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, shownKernels)
      .map(({ list, weight }) => [list.map(({ phrase }) => phrase).join(' · '), name, `+${weight.toFixed(2)}`]),
  )
  const note =
    'The kernels with the largest weight for each class, the test phrases with the strongest response, and what the strongest adds to the score of the class.'
  return [{ kind: 'table', title: 'What the kernels look for', note, head: ['phrases', 'for', 'adds'], rows }]
}
