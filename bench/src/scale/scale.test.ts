// The model of `convoke scale` beside eight hosts on real TCP.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { StepTrace } from 'convoke/scale'
import { beforeAll, describe, expect, it } from 'vitest'
import { emulate, hiddenShare, recordEmulated } from './emulated.ts'
import { onHosts, whyNoHosts } from './hosts.ts'
import type { SleptStep } from './measure.ts'

const why = whyNoHosts()
if (why !== null) console.warn(`hosts as network namespaces: ${why}. Their tests are skipped.`)

// `npm run bench -- --scale --json FILE` on two threads of a Zen 4 with AVX-512.
const step = JSON.parse(readFileSync(new URL('resnet50-step.json', import.meta.url), 'utf8')) as SleptStep

describe.skipIf(why !== null)('eight hosts that train ResNet-50', () => {
  let trace: StepTrace
  beforeAll(async () => {
    trace = await recordEmulated(step)
  }, 60_000)

  // Others may use the machine: a step that they hold up is tried again.
  it.each(['10gbit', '1gbit'])(
    'take the time that the model says, at %s',
    { timeout: 200_000, retry: 2 },
    async (rate) => {
      const found = await emulate(step, trace, { rate, steps: 2, limit: 60 })
      const { alone, seconds, communication, model, network } = found
      console.log(
        `${rate}: ${(1000 * seconds).toFixed(0)} ms a step, model ${(1000 * model.seconds).toFixed(0)} ms; efficiency ${((100 * alone) / seconds) | 0}%, ${(100 * hiddenShare(found)).toFixed(0)}% of ${(1000 * communication).toFixed(0)} ms hidden; a round ${(1000 * network.latency).toFixed(2)} ms, ${((network.bandwidth * 8) / 1e9).toFixed(2)} Gbit/s`,
      )
      expect(found.ranks).toBe(8)
      // Sleeping for so long is what the step is made of.
      const slept = step.kernels.reduce((sum, [milliseconds]) => sum + milliseconds, step.rest) / 1000
      expect(alone).toBeGreaterThan(slept)
      expect(seconds).toBeGreaterThan(slept)
      expect(Math.abs(model.seconds / seconds - 1)).toBeLessThan(0.15)
      // No rank sends more than its line takes: twice seven eighths of the gradients.
      const bytes = step.sizes.reduce((sum, size) => sum + 4 * size, 0)
      const line = rate === '1gbit' ? 1e9 / 8 : 10e9 / 8
      expect(communication).toBeGreaterThan((2 * (7 / 8) * bytes) / line)
    },
  )

  it('are ended and taken away where they hang', async () => {
    const command = [process.execPath, '-e', 'setTimeout(() => {}, 60_000)']
    const began = performance.now()
    await expect(onHosts({ hosts: 2, rate: '1gbit', command, limit: 2 })).rejects.toThrow(/not ended after 2 seconds/)
    expect(performance.now() - began).toBeLessThan(15_000)
    const left = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    expect(left).not.toContain(`convoke-${process.pid}-`)
  })
})
