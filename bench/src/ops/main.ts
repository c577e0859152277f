// Every op at two sizes, forward and with its gradients, one thread, beside ONNX Runtime's single operators and PyTorch, in
// turns: so that a cliff shows itself.

import * as convoke from 'convoke'
import { check } from 'convoke/shapes'
import { pytorchVariable } from '../peers/python.ts'
import { writeWhole } from '../report/files.ts'
import { machineFacts } from '../report/machine.ts'
import { say } from '../report/say.ts'
import { opCases } from './cases.ts'
import { type Budget, measureCase, type OpRow, type ReferenceTimes } from './measure.ts'
import { startOnnx } from './onnx.ts'
import { nameOf } from './op-case.ts'
import { opLines } from './table.ts'
import { startTorch } from './torch.ts'

const fullBudget: Budget = { rounds: 7, turn: 12, warm: 250, reference: 500 }
const quickBudget: Budget = { rounds: 3, turn: 5, warm: 150, reference: 200 }

/** Runs the benchmark; `filter` chooses among the ops by name and size. */
export async function ops(filter: string | undefined, quick: boolean, json: string | null): Promise<void> {
  const pattern = new RegExp(filter ?? '', 'iu')
  const chosen = opCases.filter((task) => pattern.test(nameOf(task)))
  check(chosen.length > 0, () => `bench: no op matches --filter ${JSON.stringify(filter)}.`)
  const onnx = await startOnnx()
  if (onnx === null) say('onnxruntime-node is not installed')
  const torch = await startTorch()
  if (torch === null) say(`no Python with PyTorch here (Debian: python3-torch; or name one in ${pytorchVariable})`)
  else say(`PyTorch ${torch.version} with ${torch.instructions}`)
  await convoke.useBackend('native')
  convoke.setThreads(1)
  const rows: OpRow[] = []
  const references: ReferenceTimes = new Map()
  // Whoever stops it has the rows until then.
  let stopped = false
  const stop = (): void => {
    stopped = true
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  try {
    for (const [index, task] of chosen.entries()) {
      if (stopped) break
      say(`${index + 1}/${chosen.length} ${nameOf(task)}`)
      const measured = await measureCase(task, { onnx, torch }, quick ? quickBudget : fullBudget, references)
      for (const row of measured) rows.push(row)
    }
  } catch (error) {
    // Who stops the benchmark stops its peers as well.
    if (!stopped) throw error
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    torch?.close()
  }
  process.stdout.write(`${opLines(rows, torch === null ? '' : ` ${torch.version}`).join('\n')}\n`)
  if (json === null) return
  const peers = { onnx: onnx?.version ?? null, torch: torch && `${torch.version}, ${torch.instructions}` }
  const report = { date: new Date().toISOString(), machine: machineFacts(), peers, rows }
  writeWhole(json, `${JSON.stringify(report, null, 1)}\n`)
}
