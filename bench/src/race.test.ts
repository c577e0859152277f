import { describe, expect, it } from 'vitest'
import type { Contender, Prepared } from './contender.ts'
import { type Layer, layers } from './layers.ts'
import { type RaceOptions, race } from './race.ts'
import { expectedOutputs, type Workload } from './workload.ts'

const layer = layers.find(({ name }) => name === 'depthwise 3×3 144 @56') as Layer
const small: Layer = { ...layer, input: [1, 6, 6, 4], filter: [3, 3, 1, 4], geometry: { padding: 1, groups: 4 } }

const options: RaceOptions = {
  layers: [small],
  mode: 'forward',
  batch: 1,
  budget: { rounds: 2, turn: 1, total: 50, settle: 0, resolution: 0.1 },
  onProgress: () => {},
}

const right = (subject: Workload): Float32Array =>
  Float32Array.from({ length: 6 * 6 * 4 }, (_, index) => expectedOutputs(subject)[0].at(index))

type Custom = Partial<Contender> & { readonly kernel?: string; readonly outputs?: (subject: Workload) => Float32Array }

function contender(name: string, { kernel = '', outputs = right, ...custom }: Custom = {}, disposed: string[] = []) {
  const prepare = async (subject: Workload): Promise<Prepared> => ({
    ...{ kernel, algorithm: '', run: () => {} },
    outputs: async () => [outputs(subject)],
    dispose: () => {
      disposed.push(name)
    },
  })
  const made: Contender = { name, family: 'native', role: 'peer', threads: 1, enters: () => true, prepare, ...custom }
  return made
}

describe('a race', () => {
  it('times everyone whose result is right, and measures the peak of the engine that is judged', async () => {
    const convoke = contender('convoke', { role: 'convoke', kernel: 'k', fmaPeak: async () => 123 })
    const [row] = await race([convoke, contender('peer')], options)
    expect(row.results.map(({ contender, timing }) => [contender, timing !== null])).toEqual([
      ['convoke', true],
      ['peer', true],
    ])
    expect(row.results[0].kernel).toBe('k')
    expect(row.peak).toEqual({ native: 123 })
  })

  it('reports a wrong result instead of timing it', async () => {
    const wrong = contender('wrong', { outputs: (subject) => right(subject).map((value) => value + 1) })
    const [row] = await race([contender('convoke', { role: 'convoke' }), wrong], options)
    expect(row.results[1]).toMatchObject({ contender: 'wrong', timing: null })
    expect(row.results[1].note).toMatch(/^the output is wrong: element/)
  })

  it('goes on without a contender that cannot run the layer, and says why', async () => {
    const prepare = async (): Promise<Prepared> => {
      throw new Error('no grouped convolution\nat somewhere')
    }
    const [row] = await race([contender('unable', { prepare }), contender('convoke', { role: 'convoke' })], options)
    expect(row.results[0]).toMatchObject({ timing: null, note: 'no grouped convolution' })
    expect(row.results[1].timing).not.toBeNull()
  })

  it('leaves out a variant that runs the very kernel that ran already', async () => {
    const convoke = contender('convoke', { role: 'convoke', kernel: 'direct' })
    const same = contender('same', { role: 'variant', kernel: 'direct' })
    const other = contender('other', { role: 'variant', kernel: 'direct', threads: 2 })
    const [row] = await race([convoke, same, other], options)
    expect(row.results.map((result) => result.contender)).toEqual(['convoke', 'other'])
  })

  it('frees everyone at the end, the wrong and the left out too', async () => {
    const disposed: string[] = []
    const wrong = { outputs: (subject: Workload) => right(subject).fill(9) }
    const all = [
      contender('convoke', { role: 'convoke', kernel: 'direct' }, disposed),
      contender('same', { role: 'variant', kernel: 'direct' }, disposed),
      contender('wrong', wrong, disposed),
    ]
    await race(all, options)
    expect(disposed.sort()).toEqual(['convoke', 'same', 'wrong'])
  })
})
