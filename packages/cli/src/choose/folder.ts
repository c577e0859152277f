// The folder of a choice, which it goes on from:
//
//   choose.json      the data, the choices and the rules
//   trials.jsonl     one line for each training that ended
//   trials/N.safetensors    the weights of each, so that the recommended one can be tested and used

import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { nn, train } from 'convoke'
import { loadWeights, readBytes, saveWeights, writeWhole } from 'convoke/node'
import { ConvokeError, check } from 'convoke/shapes'
import { fileProblem } from '../picture/file-problem.ts'
import { type RunConfig, shippedConfig } from '../training/config.ts'

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

async function linesOf(path: string): Promise<readonly string[]> {
  try {
    return new TextDecoder()
      .decode(await readBytes(path))
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    return []
  }
}

/**
 * Opens the folder, or makes it. `rules` are all that decides the outcome of a trial, as plain data: a folder of other
 * rules is refused. A last line that was cut short by a crash is passed over.
 */
export async function chooseFolder(path: string, rules: unknown): Promise<ChooseFolder> {
  const text = `${JSON.stringify(rules, null, 2)}\n`
  const settings = join(path, 'choose.json')
  const before = await readBytes(settings).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => null,
  )
  check(
    before === null || before === text,
    () =>
      `${path} holds a choice by other rules (${differences(before!, text)}). Name another --out, or the same data and options as there.`,
  )
  try {
    await mkdir(join(path, 'trials'), { recursive: true })
  } catch (error) {
    throw fileProblem(error, path)
  }
  if (before === null) await writeWhole(settings, new TextEncoder().encode(text))
  const log = join(path, 'trials.jsonl')
  const trials: KeptTrial[] = []
  for (const line of await linesOf(log)) {
    try {
      trials.push(JSON.parse(line) as KeptTrial)
    } catch {
      // The rest of a line that a crash cut short; the next one starts anew.
      await appendFile(log, '\n')
    }
  }
  return {
    ...{ path, trials },
    async keep(trial, model, config) {
      const kept = { ...trial, weights: `trials/${trials.length + 1}.safetensors` }
      await saveWeights(model, join(path, kept.weights), { convoke: shippedConfig(config) })
      try {
        await appendFile(log, `${JSON.stringify(kept)}\n`)
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
