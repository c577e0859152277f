// The examples that a network is trained on: prepared and augmented in worker threads where that costs more than asking them, and here
// where it does not. Either gives the same numbers.

import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { type data, randomSource } from 'convoke'
import { mapInWorkers, threadsLeft } from 'convoke/node'
import type { RunConfig } from './config.ts'
import type { Examples, TaskName } from './data/opened.ts'
import { kitOf } from './kits/index.ts'
import type { KitAugmentation } from './kits/kit.ts'

export interface Feeding {
  /** Examples as the network takes them. */
  readonly set: data.Dataset<object>
  readonly augment: KitAugmentation<object> | 'own' | undefined
  /** Ends the threads. */
  close(): Promise<void>
}

/** Milliseconds of preparing a batch from which on a thread is worth its messages. */
const worthThread = 0.5

/** Examples looked at to learn what one costs, and milliseconds spent on that. */
const [looked, spent] = [8, 10]

/** The module that prepares examples: beside this one in what is published; of the build where this is run from its source. */
function preparingModule(): URL | null {
  const places = ['./preparing.js', '../../dist/for-node/preparing.js'].map((path) => new URL(path, import.meta.url))
  return places.find((place) => existsSync(place)) ?? null
}

/** Milliseconds; timers take no more. */
const longest = 2 ** 31 - 1

/** A worker starts threads of its own beside it. */
const threadsOfWorker = 8

/**
 * Whether there is a core for a thread, and it can be started without a doubt: where the address space is limited (`ulimit -v`) and another
 * heap does not fit, V8 ends the process.
 */
function canStartThread(): boolean {
  if (availableParallelism() < 2 || threadsLeft() < threadsOfWorker) return false
  try {
    return !/^Max address space\s+\d/m.test(readFileSync('/proc/self/limits', 'utf8'))
  } catch {
    // Not Linux.
    return true
  }
}

export async function feedingFor(config: RunConfig, set: data.Dataset<Examples[TaskName]>): Promise<Feeding> {
  const kit = kitOf(config.task)
  const augment = kit.augment(config)
  const here: Feeding = { set: kit.ready(config, set), augment, close: async () => {} }
  if (!canStartThread()) return here
  const cost = await costOf(config, set)
  const module = preparingModule()
  if (module === null || cost * config.training.batchSize < worthThread) return here
  const mapped = mapInWorkers<Examples[TaskName], object>(set, module, { options: config, others: augment?.others })
  try {
    await mapped.get(0)
  } catch {
    // No thread is to be had, or the example is at fault, which is told when its turn comes.
    await mapped.close()
    return here
  }
  // Idle workers do not hold the process open; a training that waits for one does.
  const held = setInterval(() => {}, longest)
  const close = async (): Promise<void> => {
    await mapped.close()
    clearInterval(held)
  }
  return { set: mapped, augment: augment === undefined ? undefined : 'own', close }
}

/** Milliseconds that preparing and augmenting an example takes, once the code is compiled. */
async function costOf(config: RunConfig, set: data.Dataset<Examples[TaskName]>): Promise<number> {
  const kit = kitOf(config.task)
  const augment = kit.augment(config)
  const count = Math.min(looked, set.length)
  const examples: Examples[TaskName][] = []
  for (let i = 0; i < count; i++) examples.push(await set.get(Math.floor((i * set.length) / count)))
  const { classes } = set
  const all: data.Dataset<Examples[TaskName]> = {
    length: count,
    get: (index) => examples[index],
    ...(classes && { classes }),
  }
  const began = performance.now()
  let least = Number.POSITIVE_INFINITY
  do {
    const ready = kit.ready(config, all)
    const from = performance.now()
    for (let i = 0; i < count; i++) {
      const along = Array.from({ length: augment?.others ?? 0 }, (_, other) => (i + other + 1) % count)
      const [example, ...others] = await Promise.all([i, ...along].map((own) => ready.get(own)))
      augment?.(example, randomSource(i), others)
    }
    least = Math.min(least, (performance.now() - from) / count)
  } while (performance.now() - began < spent)
  return least
}
