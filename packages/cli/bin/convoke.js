#!/usr/bin/env node
import { existsSync } from 'node:fs'
import module from 'node:module'

// Said here, in words that an old Node can read: what is imported below has newer ones.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19) || typeof process.getBuiltinModule !== 'function') {
  console.error(
    `convoke: Convoke needs Node 20.19 or later, and this is Node ${process.versions.node}. Install a newer one, or run \`npx -p node@24 -p convoke-cli convoke\`.`,
  )
  process.exit(1)
}

// From Node 22 on, what is compiled once is kept for the next start.
module.enableCompileCache?.()

const main = new URL('../dist/for-node/main.js', import.meta.url)
if (!existsSync(main)) {
  console.error('convoke: the command has not been built yet. Run `npm run build` in the workspace first.')
  process.exit(1)
}
await import(main.href)
