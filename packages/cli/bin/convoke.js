#!/usr/bin/env node
import { existsSync } from 'node:fs'

const main = new URL('../dist/main.js', import.meta.url)
if (!existsSync(main)) {
  console.error('convoke: the command has not been built yet. Run `npm run build` in the workspace first.')
  process.exit(1)
}
await import(main.href)
