import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const label = fileURLToPath(new URL('../../dist/sheet/label.js', import.meta.url))
const script = `
  import { drawLabel } from ${JSON.stringify(label)}
  const { pixels, width, height } = await drawLabel('gaussian:2 <&> √(a² + b²)', 15, '#102030', 'bold')
  console.log(JSON.stringify({ width, height, ink: pixels.some((v) => v > 0) }))
`

const draw = (env: Record<string, string>) =>
  new Promise<{ stdout: string; stderr: string }>((resolve) => {
    const options = { env: { PATH: process.env['PATH'] ?? '', ...env } }
    execFile(process.execPath, ['--input-type=module', '-e', script], options, (_, stdout, stderr) =>
      resolve({ stdout, stderr }),
    )
  })

describe('drawLabel', () => {
  it('draws text, quietly, also on a machine without fonts or font configuration', async () => {
    const [here, bare] = [await draw({}), await draw({ FONTCONFIG_PATH: '/nonexistent' })]
    expect([here.stderr, bare.stderr]).toEqual(['', ''])
    const [a, b] = [JSON.parse(here.stdout), JSON.parse(bare.stdout)]
    expect([a.ink, b.ink]).toEqual([true, true])
    // Hinting may differ, the font may not: a fallback font would have other widths.
    expect(Math.abs(a.width - b.width)).toBeLessThanOrEqual(2)
    expect(b.width).toBeGreaterThan(150)
    expect(b.height).toBeLessThan(25)
  })
})
