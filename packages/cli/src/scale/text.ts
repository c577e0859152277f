// A plan of more ranks as people read it, and as JSON.

import type { Limit } from 'convoke/scale'
import { bold } from '../terminal/output.ts'
import { bytes, table, thousands } from '../terminal/table.ts'
import { exactNumber, percent } from '../terminal/words.ts'
import type { KnownNetwork } from './network.ts'
import type { Planned } from './trial.ts'

const limits: Readonly<Record<Limit, string>> = {
  computing: 'computing',
  'small batch': 'batches too small for a rank',
  'last bucket': 'the last bucket',
  normalisation: 'layers that normalise together',
  latency: 'latency',
  bandwidth: 'bandwidth',
  copying: 'copying what arrives',
  asking: 'too few calls to MPI between kernels',
}

/** 0.0123 → 12.3 ms */
function time(seconds: number): string {
  const [value, unit] = seconds >= 1 ? [seconds, 's'] : seconds >= 1e-3 ? [seconds * 1e3, 'ms'] : [seconds * 1e6, 'µs']
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`
}

const perSecond = (bandwidth: number): string =>
  bandwidth >= 1.25e8
    ? `${exactNumber((bandwidth * 8) / 1e9, 3)} Gbit/s`
    : `${exactNumber((bandwidth * 8) / 1e6, 3)} Mbit/s`

function networkText({ bandwidth, latency, work, from }: KnownNetwork, ranks: number): string {
  const copying = work > 0 ? `, and ${exactNumber(work * 1e9, 2)} ns of a rank’s own for each byte` : ''
  const what = `${perSecond(bandwidth)} (${from.bandwidth}), ${time(latency)} a message (${from.latency})${copying}`
  const how = ranks > 1 ? '' : '; on several ranks it is measured: mpirun -n 2 npx convoke …'
  return `  network: ${what}${how}`
}

/** How the figures come about. */
export const modelText = `The model: a rank computes as it was measured here, and its gradients set out in
buckets, first 1 MB and then 25 MB, as the backward pass makes them known. A sum
over p ranks is 2 log2(p) messages of a rank, of halves, quarters and so on
(Rabenseifner 2004; Thakur et al. 2005), and 2(p - 1) around a ring where p is
no power of two (Patarasuk & Yuan 2009): 2(p - 1)/p of the bytes either way. A
message takes latency + bytes / bandwidth, and a rank sends one at a time; the
next one sets out when MPI is asked, between two kernels. "Hidden" is the share
of the time of all sums that does not make the step longer. Left out: ranks that
are slower than others, switches that are shared, ranks that share a network
card.`

export function planText({ step, network, rows, measured }: Planned, ranks: number): string {
  const starts = step.calls.flatMap((call) => (call.kind === 'start' ? [call] : []))
  const sent = starts.reduce((sum, call) => sum + call.bytes, 0)
  const first = starts.length > 0 ? `, the first of them after ${time(starts[0].at)}` : ''
  const head = ['ranks', 'examples', 'a step', 'examples/s', 'efficiency', 'memory', 'hidden', 'limited by']
  const lines = rows.map((row) => [
    thousands(row.ranks),
    thousands(row.examples),
    time(row.seconds),
    thousands(Number(exactNumber(row.rate, 3))),
    percent(row.efficiency, 0),
    bytes(row.memory),
    row.hidden === null ? '–' : percent(row.hidden, 0),
    limits[row.limit],
  ])
  const [title, ...body] = table([head, ...lines], [...new Array(7).fill('right'), 'left'])
  const here = rows.find((row) => row.ranks === ranks)
  const off = measured === null || here === undefined ? null : here.seconds / measured - 1
  return [
    `  a step of one rank: ${time(step.seconds)}; ${exactNumber(sent / 1e6, 3)} MB to add up in ${starts.length} sums${first}`,
    networkText(network, ranks),
    '',
    bold(title),
    ...body,
    ...(off === null
      ? []
      : [
          '',
          `measured on these ${ranks} ranks: ${time(measured as number)} a step; the model is ${off < 0 ? percent(-off, 0) : percent(off, 0)} ${off < 0 ? 'below' : 'above'}`,
        ]),
    '',
    modelText,
  ].join('\n')
}

/** What a plan is to those who read JSON: seconds, bytes, bytes a second. */
export const planJson = ({ step, network, rows, measured }: Planned) => ({
  step: {
    examples: step.examples,
    seconds: step.seconds,
    sums: step.calls.flatMap((call) => (call.kind === 'start' ? [{ after: call.at, bytes: call.bytes }] : [])),
  },
  network,
  rows,
  measured,
})
