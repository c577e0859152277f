// Runs of the library's own networks as models: `convoke inspect`, `convoke convert`.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formats, models, randomUniform } from 'convoke'
import { decodeOnnx, graphModule } from 'convoke/graph'
import { loadWeights } from 'convoke/node'
import { describe, expect, it } from 'vitest'
import { convoke, folder, words } from '../../test/run.ts'

const run = (cwd: string, line: string) => convoke(cwd, ...words(line))

describe('a run', () => {
  it('is inspected, drawn and written as ONNX like a model', async () => {
    const cwd = await folder()
    await run(cwd, 'train classify --data digits --examples 60 --size 12 --epochs 1 --threads 1 --out r')
    const { stdout, code } = await run(cwd, 'inspect r --draw r.svg --json')
    expect(code).toBe(0)
    const report = JSON.parse(stdout)
    const { model } = JSON.parse(await readFile(join(cwd, 'r/config.json'), 'utf8'))
    const own = models.build(model.name as 'compact', model.options)
    expect(report.shapes).toEqual({ pixels: [1, 12, 12, 1] })
    expect(report.parameters).toBe(own.parameterCount())
    const svg = await readFile(join(cwd, 'r.svg'), 'utf8')
    expect(formats.parseXml('r.svg', svg).name).toBe('svg')
    expect(svg).toContain('>Conv 3×3</text>')
    expect((await run(cwd, 'convert r out.onnx')).code).toBe(0)
    await loadWeights(own, join(cwd, 'r/best.safetensors'))
    const x = randomUniform([1, 12, 12, 1], { seed: 1 })
    const written = graphModule(decodeOnnx(await readFile(join(cwd, 'out.onnx')))).eval()
    const [a, b] = [written(x).dataSync(), own.eval()(x).dataSync()]
    a.forEach((value, i) => {
      expect(value).toBeCloseTo(b[i], 4)
    })
  })

  it('has drawings that are SVG alone', async () => {
    const cwd = await folder()
    const { code, stderr } = await run(cwd, 'inspect r --draw r.png')
    expect([code, stderr]).toEqual([2, expect.stringContaining('--draw is "r.png"; drawings are .svg files')])
  })
})
