// The doors of the library as it is published: `convoke`, and its parts by themselves.

import { execFileSync } from 'node:child_process'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const namespaces = ['nn', 'optim', 'data', 'train', 'models', 'metrics', 'formats'] as const

/** What a module prints that Node runs from here. */
const printed = (code: string): unknown =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    }),
  )

it.each(namespaces)('convoke/%s is what convoke calls by that name', (name) => {
  const [part, whole, same] = printed(`
    import * as part from 'convoke/${name}'
    import { ${name} as whole } from 'convoke'
    const same = Object.keys(part).every((key) => part[key] === whole[key])
    console.log(JSON.stringify([Object.keys(part).sort(), Object.keys(whole).sort(), same]))`) as [
    string[],
    string[],
    boolean,
  ]
  expect(part.length).toBeGreaterThan(4)
  expect(part).toEqual(whole)
  expect(same).toBe(true)
})

it('convoke/ops has the operations, on the tensors of convoke', () => {
  const code = `
    import { tensor } from 'convoke'
    import { add } from 'convoke/ops'
    console.log(JSON.stringify(add(tensor([1, 2]), 1).toArray()))`
  expect(printed(code)).toEqual([2, 3])
})

it('convoke/files is small: it waits for no engine', async () => {
  const { metafile } = await build({
    stdin: { contents: `export * from 'convoke/files'`, resolveDir: import.meta.dirname },
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', metafile: true, outdir: '.' },
  })
  const [output] = Object.values(metafile.outputs)
  expect(output.exports).toContain('replaceFile')
  expect(output.bytes).toBeLessThan(40_000)
})

it('convoke/mpi is small, and loads no MPI where mpirun started nothing', async () => {
  const { metafile } = await build({
    stdin: { contents: `export * from 'convoke/mpi'`, resolveDir: import.meta.dirname },
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', metafile: true, outdir: '.' },
  })
  expect(Object.values(metafile.outputs)[0].bytes).toBeLessThan(30_000)
  const code = `
    import { world } from 'convoke/mpi'
    const values = Float32Array.of(1, 2)
    await world.allReduce(values)
    await world.barrier()
    console.log(JSON.stringify([world.rank, world.size, world.library, [...values]]))`
  expect(printed(code)).toEqual([0, 1, null, [1, 2]])
})

it('convoke/scale is small, and the library has nothing of it', async () => {
  const bundle = (code: string) =>
    build({
      stdin: { contents: code, resolveDir: import.meta.dirname },
      ...{ bundle: true, write: false, format: 'esm', platform: 'node', metafile: true, outdir: '.' },
    })
  const { metafile } = await bundle(`export * from 'convoke/scale'`)
  const [output] = Object.values(metafile.outputs)
  expect(output.exports).toContain('planScaling')
  expect(output.bytes).toBeLessThan(25_000)
  const whole = await bundle(`export * from 'convoke'`)
  expect(whole.outputFiles[0].text).not.toContain('planScaling')
})

it('a bundler takes both doors for one library', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { tensor } from 'convoke'
        import { Activation } from 'convoke/nn'
        export const run = () => Activation('relu')(tensor([-1, 2])).toArray()`,
      resolveDir: import.meta.dirname,
    },
    ...{ bundle: true, write: false, format: 'esm', platform: 'browser', target: 'es2022' },
  })
  const page = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
  expect(page.run()).toEqual([0, 2])
})
