// npm run example NAME [-- OPTIONS]: runs examples/NAME.ts as it stands, on any Node from 20.19 on.

import { readdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = new URL('../', import.meta.url)
const names = readdirSync(new URL('examples', root))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.replace(/\.ts$/, ''))
const [name, ...rest] = process.argv.slice(2)
if (!names.includes(name)) {
  console.error(`example: there is no example ${JSON.stringify(name ?? '')}. There are: ${names.join(', ')}.`)
  process.exit(2)
}
const outfile = fileURLToPath(new URL(`examples/dist/${name}.js`, root))
await build({
  entryPoints: [fileURLToPath(new URL(`examples/${name}.ts`, root))],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
})
process.argv = [process.argv[0], outfile, ...rest]
await import(pathToFileURL(outfile).href)
