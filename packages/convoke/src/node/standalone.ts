// Writing a network as a folder that runs alone.

import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Network } from '../compile/compile.ts'
import { encodeStandalone } from '../compile/standalone/model.ts'
import { type StandaloneOptions, standaloneModule, standaloneParts } from '../compile/standalone/write.ts'
import { writeWhole } from '../files/files.ts'
import type { Forward } from '../nn/module.ts'
import { ConvokeError } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'

export type { StandaloneOptions }

/** What `writeStandalone` wrote. */
export interface StandaloneFiles {
  /** `model.js`: the engine, the same for every network. */
  readonly module: string
  /** `weights.bin`: the plan and the weights. */
  readonly weights: string
  /** Bytes of `model.js`. */
  readonly moduleBytes: number
  /** Bytes of `weights.bin`. */
  readonly weightBytes: number
}

/** The engine as one script: beside this file once it is built, else where the build puts it. */
async function engineText(): Promise<string> {
  const places = ['../standalone/engine.js', '../../dist/standalone/engine.js'].map(
    (path) => new URL(path, import.meta.url),
  )
  const found = places.find((place) => existsSync(place))
  if (found === undefined) throw new ConvokeError('writeStandalone: the engine is not built. Run npm run build.')
  return readFile(found, 'utf8')
}

/**
 * Writes `model.js` and `weights.bin` to a folder: an ES module that computes the network in Node and in pages with no other file, by
 * WebAssembly. `examples` are the inputs that it is planned for, a list of tensors or shapes each, one for each argument.
 * After `await writeStandalone('app', model, [[[1, 28, 28, 1]]])` other programs, and pages, `import { load } from './app/model.js'`
 * and `await (await load()).run(numbers)`.
 */
export async function writeStandalone<F extends Forward>(
  folder: string,
  network: Network<F>,
  examples: readonly (readonly (Tensor | readonly number[])[])[],
  options: StandaloneOptions = {},
): Promise<StandaloneFiles> {
  const weights = encodeStandalone(standaloneParts(network, examples, options))
  const text = standaloneModule(await engineText())
  await mkdir(folder, { recursive: true })
  const files = { module: join(folder, 'model.js'), weights: join(folder, 'weights.bin') }
  await writeWhole(files.weights, weights)
  await writeWhole(files.module, new TextEncoder().encode(text))
  // Without it, a package above the folder decides whether the module is one.
  const told = join(folder, 'package.json')
  if (!existsSync(told)) await writeWhole(told, new TextEncoder().encode('{ "type": "module" }\n'))
  return { ...files, moduleBytes: Buffer.byteLength(text), weightBytes: weights.byteLength }
}
