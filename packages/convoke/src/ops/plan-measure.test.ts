import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  abs,
  conv2d,
  convTranspose2d,
  explainPlan,
  max,
  randomNormal,
  square,
  subtract,
  sum,
  useBackend,
  valueAndGradients,
} from '../index.ts'
import { availableBackends } from '../testing/check-op.ts'

const engines = availableBackends().filter((name) => name === 'native' || name === 'wasm')
const folder = mkdtempSync(join(tmpdir(), 'convoke-plans-'))
const before = process.env['CONVOKE_CACHE']

beforeAll(() => {
  process.env['CONVOKE_CACHE'] = folder
})
afterAll(async () => {
  if (before === undefined) delete process.env['CONVOKE_CACHE']
  else process.env['CONVOKE_CACHE'] = before
  rmSync(folder, { recursive: true, force: true })
  await useBackend(availableBackends()[0])
})

describe.each(engines)('a measured plan on %s', (name) => {
  const x = () => randomNormal([2, 15, 14, 32], { seed: 1 })
  const filter = () => randomNormal([3, 3, 32, 32], { seed: 2 })

  it('computes what every plan does, and is remembered on disk', async () => {
    await useBackend(name)
    const options = { padding: 'same', plan: 'measure' } as const
    expect(explainPlan(x().shape, filter().shape, options).reason).toContain('not measured yet')
    const difference = subtract(
      conv2d(x(), filter(), options),
      conv2d(x(), filter(), { padding: 'same', precision: 'exact' }),
    )
    expect(max(abs(difference)).item()).toBeLessThan(2e-4)
    const { kernel, reason } = explainPlan(x().shape, filter().shape, options)
    expect(reason).toBe('measured: the fastest of what could run')
    const kept = JSON.parse(readFileSync(join(folder, 'convoke', 'plans.json'), 'utf8'))
    expect(Object.values(kept.choices)).toContain(kernel)
  })

  it('covers filter gradients, whose results agree with the exact ones', async () => {
    await useBackend(name)
    const gradient = (options: { readonly plan?: 'measure'; readonly precision?: 'exact' }) => {
      const [input, f] = [x(), filter()]
      return valueAndGradients(() => sum(square(conv2d(input, f, { padding: 'same', ...options }))), [f]).gradients[0]
    }
    const exact = gradient({ precision: 'exact' })
    const difference = max(abs(subtract(gradient({ plan: 'measure' }), exact))).item()
    expect(difference / max(abs(exact)).item()).toBeLessThan(5e-6)
    const options = { padding: 'same', plan: 'measure', gradient: 'filter' } as const
    const { kernel, reason } = explainPlan(x().shape, filter().shape, options)
    expect(reason).toBe('measured: the fastest of what could run')
    const kept = JSON.parse(readFileSync(join(folder, 'convoke', 'plans.json'), 'utf8'))
    const asked = Object.entries(kept.choices).filter(([question]) => question.includes('convFilterGradient'))
    expect(asked.map(([, chosen]) => chosen)).toContain(kernel)
  })

  it('never picks an algorithm that exact results rule out', async () => {
    await useBackend(name)
    const options = { padding: 'same', plan: 'measure', precision: 'exact' } as const
    conv2d(x(), filter(), options)
    expect(explainPlan(x().shape, filter().shape, options).algorithm).toBe('direct')
  })

  it('is what every convolution gets where the backend is told so', async () => {
    await useBackend(name, { plan: 'measure' })
    const [y, f] = [randomNormal([1, 9, 8, 20], { seed: 3 }), randomNormal([3, 3, 16, 20], { seed: 4 })]
    const fast = convTranspose2d(y, f, { padding: 1 })
    await useBackend(name)
    const exact = convTranspose2d(y, f, { padding: 1, precision: 'exact' })
    expect(max(abs(subtract(fast, exact))).item()).toBeLessThan(2e-4)
    const kept = JSON.parse(readFileSync(join(folder, 'convoke', 'plans.json'), 'utf8'))
    expect(Object.keys(kept.choices).some((question) => question.includes('convTranspose'))).toBe(true)
  })
})

it('refuses a plan it does not know', async () => {
  expect(() => conv2d(randomNormal([1, 5, 5, 1]), randomNormal([3, 3, 1, 1]), { plan: 'guess' as 'model' })).toThrow(
    /the plan is "guess"/,
  )
  await expect(useBackend('reference', { plan: 'guess' as 'model' })).rejects.toThrow(/the plan is "guess"/)
})
