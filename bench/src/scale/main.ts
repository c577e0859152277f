// Training on eight hosts, network namespaces at 10 and at 1 Gbit/s, whose computing is replaced by sleeping, beside the model of `convoke scale`.

import { readFileSync } from 'node:fs'
import { check } from 'convoke/shapes'
import { columns } from '../report/columns.ts'
import { writeWhole } from '../report/files.ts'
import { say } from '../report/say.ts'
import { emulate, hiddenShare, hostCount, recordEmulated } from './emulated.ts'
import { whyNoHosts } from './hosts.ts'
import { measureResNet50, type SleptStep } from './measure.ts'

const rates = ['10gbit', '1gbit']

const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0)} ms`
const share = (value: number): string => `${(100 * value).toFixed(0)}%`

/** Prints the table; in quick mode fewer steps. The step is read from `from` or measured, and goes to `json`, where these are given. */
export async function scale(quick: boolean, json: string | null, from: string | undefined): Promise<void> {
  const why = whyNoHosts()
  check(why === null, () => `bench: ${why}.`)
  if (from === undefined) say('a step of ResNet-50')
  const step = from === undefined ? await measureResNet50() : (JSON.parse(readFileSync(from, 'utf8')) as SleptStep)
  if (json !== null) writeWhole(json, `${JSON.stringify(step)}\n`)
  const trace = await recordEmulated(step)
  const head = ['network', 'alone', `${hostCount} ranks`, 'efficiency', 'sums alone', 'hidden', 'model', 'off']
  const rows: string[][] = [[...head, 'round', 'a rank sends', 'its own time', 'limited by']]
  for (const rate of rates) {
    say(`${hostCount} hosts at ${rate}`)
    const found = await emulate(step, trace, { rate, steps: quick ? 3 : 9, limit: 600 })
    const { alone, seconds, communication, network, model } = found
    rows.push([
      rate.replace('gbit', ' Gbit/s'),
      milliseconds(alone),
      milliseconds(seconds),
      share(alone / seconds),
      milliseconds(communication),
      share(hiddenShare(found)),
      milliseconds(model.seconds),
      share(model.seconds / seconds - 1),
      milliseconds(network.latency),
      `${((network.bandwidth * 8) / 1e9).toFixed(2)} Gbit/s`,
      `${(network.work * 1e9).toFixed(2)} ns/byte`,
      model.limit,
    ])
  }
  process.stdout.write(`${step.name}, ${step.kernels.length} kernels\n${columns(rows).join('\n')}\n`)
}
