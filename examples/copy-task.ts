// What sees far: the copy task with a plain CNN, a dilated one, recurrence and attention.
//
//     npm run example copy-task
//     npm run example copy-task -- --length 40 --steps 1500
//     npm run example copy-task -- --only attention,GRU --steps 3000
//     npm run example copy-task -- --quick
//
// Ten symbols, a wait of `length` steps, then the ten symbols again (Hochreiter & Schmidhuber 1997; Arjovsky et al. 2016).
// All networks are about as large, see the same sequences for as many steps, and no step sees later ones. Guessing
// recalls one symbol in eight.

import { add, arange, cast, data, nn, optim, type Tensor, train, withoutGradients } from 'convoke'
import { experiment } from './common/experiment.ts'

const run = experiment('copy-task', {
  length: { type: 'string', default: '20' },
  steps: { type: 'string', default: '800' },
  only: { type: 'string' },
})
const { quick, seed, values } = run
const length = quick ? 5 : Number(values['length'])
const steps = quick ? 20 : Number(values['steps'])
const [batchSize, symbols, recalled] = [32, 10, 10]
const time = length + 2 * recalled

/** Two causal convolutions around a residual connection, as in a TCN; with dilation 1 throughout it is a plain CNN. */
const level = (width: number, kernel: number, dilation: number): nn.Module => {
  const conv = () => nn.Conv1d({ in: width, out: width, kernel, dilation, padding: 'causal', activation: 'relu' })
  return nn.Residual(nn.Sequential(conv(), conv()), { activation: 'relu' })
}

const convolutional = (dilations: readonly number[]): nn.Module =>
  nn.Sequential(
    nn.Embedding({ count: symbols, size: 32 }),
    // biome-ignore lint/plugin/spread-of-a-list: nine levels at most
    ...dilations.map((dilation) => level(32, 3, dilation)),
    nn.Linear({ in: 32, out: symbols }),
  )

const recurrent = (cell: nn.Module<(x: Tensor) => { output: Tensor }>, hidden: number): nn.Module =>
  nn.defineModule({
    kind: 'Recurrent',
    children: {
      embedding: nn.Embedding({ count: symbols, size: 32 }),
      cell,
      head: nn.Linear({ in: hidden, out: symbols }),
    },
    forward:
      ({ children }) =>
      (tokens: Tensor) =>
        children.head(children.cell(children.embedding(tokens)).output),
  })

/** One layer of attention over tokens and places, and a layer that reads what it brought. */
const attending = (): nn.Module =>
  nn.defineModule({
    kind: 'Attending',
    children: {
      embedding: nn.Embedding({ count: symbols, size: 64 }),
      places: nn.Embedding({ count: time, size: 64 }),
      attention: nn.MultiHeadAttention({ size: 64, heads: 4, causal: true }),
      norm: nn.LayerNorm({ channels: 64 }),
      mix: nn.Linear({ in: 64, out: 64 }),
      head: nn.Linear({ in: 64, out: symbols }),
    },
    forward:
      ({ children }) =>
      (tokens: Tensor) => {
        const x = add(children.embedding(tokens), children.places(cast(arange(tokens.shape[1]), 'int32')))
        const y = children.norm(add(x, children.attention(x)))
        return children.head(add(y, children.mix(y)))
      },
  })

const networks: Readonly<Record<string, () => nn.Module>> = {
  'plain CNN': () => convolutional([1, 1, 1, 1]),
  'dilated CNN (TCN)': () => convolutional([1, 2, 4, 8]),
  GRU: () => recurrent(nn.GRU({ in: 32, hidden: 64 }), 64),
  LSTM: () => recurrent(nn.LSTM({ in: 32, hidden: 64 }), 64),
  attention: attending,
}

const sequences = (count: number, own: number): data.Dataset<data.SequencePair> =>
  data.mapDataset(data.copyMemory({ count, length, seed: own }), ({ input, target }) => ({
    input: { shape: [time], data: Int32Array.from(input.data) },
    target,
  }))

/** The share of the ten symbols that is recalled. */
async function recall(model: nn.Module, set: data.Dataset<data.SequencePair>): Promise<number> {
  let [right, count] = [0, 0]
  for await (const batch of data.batches(set, { size: 64 })) {
    const scores = withoutGradients(() => model(batch.input))
    const [found, wanted] = [await scores.data(), await batch.target.data()]
    for (let at = 0; at < wanted.length; at++) {
      if (at % time < time - recalled) continue
      const row = found.subarray(at * symbols, (at + 1) * symbols)
      // biome-ignore lint/plugin/spread-of-a-list: the scores of ten symbols
      if (row.indexOf(Math.max(...row)) === wanted[at]) right++
      count++
    }
    scores.dispose()
    data.disposeBatch(batch)
  }
  return right / count
}

/** Steps that the output can depend on; recurrence and attention see all before. */
function reach(model: nn.Module): string {
  const field = nn.summary(model, [1, time], { dtype: 'int32' }).rows.at(-1)?.receptiveField
  return model.kind !== 'Sequential' || field == null ? 'all' : String(field[0].size)
}

console.log(`copy ten symbols after ${length} steps; ${steps} batches of ${batchSize}`)
const count = steps * batchSize
const unseen = sequences(quick ? 64 : 500, seed + 1000)
const rows = [['network', 'parameters', 'sees', 'loss', 'recalled', 'seconds']]
const only = values['only']?.toString().split(',')
for (const [name, make] of Object.entries(networks)) {
  if (only !== undefined && !only.includes(name)) continue
  const model = make().initialize(seed)
  const task = train.sequenceLabelling(model, symbols)
  const started = run.seconds()
  await train.fit({
    ...{ model, task, batchSize, seed, epochs: 1, clipNorm: 1, train: sequences(count, seed) },
    optimizer: optim.Adam(model.parameters(), { learningRate: 4e-3 }),
    schedule: optim.oneCycle({ steps }),
  })
  const took = run.seconds() - started
  model.eval()
  const [{ loss }, share] = [await train.evaluate(model, task, unseen), await recall(model, unseen)]
  rows.push([
    name,
    String(model.parameterCount()),
    reach(model),
    loss.toFixed(4),
    `${(100 * share).toFixed(1)}%`,
    took.toFixed(0),
  ])
  console.log(`${name}: ${rows.at(-1)![4]} recalled, ${took.toFixed(0)} s`)
}
const widths = rows[0].map((_, column) => rows.reduce((most, row) => Math.max(most, row[column].length), 0))
console.log(
  `\n${rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')).join('\n')}`,
)
