// The folder of a choice, which it goes on from:
//
//   choose.json      the data, the choices and the rules
//   trials.jsonl     one line for each training that ended
//   trials/N.safetensors    the weights of each, so that the recommended one can be tested and used

import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { nn, train } from 'convoke'
import { loadWeights, lockFolder, makeFolder, readBytes, saveWeights, writeWhole } from 'convoke/node'
import { ConvokeError, check } from 'convoke/shapes'
import { shippedConfig } from 'convoke-workbench'
import * as v from 'valibot'
import { fileProblem } from '../file-problem.ts'
import { visibleJson } from '../terminal/visible.ts'
import type { RunConfig } from '../training/config.ts'

/** A trial and where its weights are, below the folder. */
export interface KeptTrial extends train.Trial {
  readonly weights: string
}

export interface ChooseFolder {
  readonly path: string
  /** Trials that were made before. */
  readonly trials: KeptTrial[]
  keep(trial: train.Trial, model: nn.Module, config: RunConfig): Promise<void>
  load(trial: KeptTrial, model: nn.Module): Promise<void>
}

/** JSON has no infinity and no NaN, and writes null for them. */
const orNaN = v.pipe(
  v.nullable(v.number()),
  v.transform((value) => value ?? Number.NaN),
)

const keptTrial = v.looseObject({
  ...{ name: v.string(), seed: v.pipe(v.number(), v.safeInteger()), accuracy: v.pipe(v.number(), v.finite()) },
  ...{ loss: orNaN, trainingLoss: orNaN, seconds: orNaN, milliseconds: orNaN },
  weights: v.pipe(v.string(), v.regex(/^trials\/\d+\.safetensors$/)),
})

/** The trials in the log. A line that a crash cut short is forgotten, so that the next one does not continue it. */
async function trialsIn(log: string): Promise<KeptTrial[]> {
  const text = await readBytes(log).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => '',
  )
  const lines = text.split('\n').flatMap((line) => {
    const trial = parseTrial(line)
    return trial === null ? [] : [{ line, trial }]
  })
  const whole = lines.map(({ line }) => `${line}\n`).join('')
  if (whole !== text) await writeWhole(log, new TextEncoder().encode(whole))
  return lines.map(({ trial }) => trial)
}

function parseTrial(line: string): KeptTrial | null {
  try {
    const result = v.safeParse(keptTrial, JSON.parse(line))
    return result.success ? (result.output as KeptTrial) : null
  } catch {
    return null
  }
}

/**
 * Opens the folder, or makes it. `rules` are all that decides the outcome of a trial, as plain data: a folder of other
 * rules is refused. A last line that was cut short by a crash is ignored.
 */
export async function chooseFolder(path: string, rules: unknown): Promise<ChooseFolder> {
  const text = `${visibleJson(JSON.stringify(rules, null, 2))}\n`
  const settings = join(path, 'choose.json')
  try {
    await makeFolder(join(path, 'trials'))
  } catch (error) {
    throw fileProblem(error, path)
  }
  await lockFolder(path)
  const before = await readBytes(settings).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => null,
  )
  check(
    before === null || before === text,
    () =>
      `${path} holds a comparison with other settings (${differences(before!, text)}). Use another --out, or the same data and options.`,
  )
  if (before === null) await writeWhole(settings, new TextEncoder().encode(text))
  const log = join(path, 'trials.jsonl')
  const trials = await trialsIn(log)
  return {
    ...{ path, trials },
    async keep(trial, model, config) {
      const kept = { ...trial, weights: `trials/${nextNumber(trials)}.safetensors` }
      await saveWeights(model, join(path, kept.weights), { convoke: shippedConfig(config) })
      try {
        await appendFile(log, `${visibleJson(JSON.stringify(kept))}\n`)
      } catch (error) {
        throw fileProblem(error, log)
      }
      trials.push(kept)
    },
    async load({ weights }, model) {
      await loadWeights(model, join(path, weights))
    },
  }
}

/** Above every number that was given, so that no trial writes over another's weights. */
const nextNumber = (trials: readonly KeptTrial[]): number =>
  1 + trials.reduce((most, { weights }) => Math.max(most, Number(/\d+/.exec(weights)?.[0] ?? 0)), 0)

/** Which rules differ, by their names at the top. */
function differences(before: string, now: string): string {
  try {
    const [a, b] = [JSON.parse(before) as Record<string, unknown>, JSON.parse(now) as Record<string, unknown>]
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
    return `${names.filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name])).join(', ')} differ`
  } catch {
    throw new ConvokeError('choose.json is damaged. Name another --out.')
  }
}
