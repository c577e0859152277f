#!/usr/bin/env node
import { existsSync } from 'node:fs'
import module from 'node:module'

// From Node 22 on, what is compiled once is kept for the next start.
module.enableCompileCache?.()

const main = new URL('../dist/for-node/main.js', import.meta.url)
if (!existsSync(main)) {
  console.error('convoke: the command has not been built yet. Run `npm run build` in the workspace first.')
  process.exit(1)
}
await import(main.href)
